"""What a hostile client may try on the private connection and what it costs: the
helper's memory stays bounded, others go on, nothing is left behind."""
import os
import struct
import time

import wire
from wire import GLib
from world import bpf_exists, bpf_ids, is_alive, rss_kib, wait_for

# What a session that is filled to its limits may cost beyond one that is not.
MOST_GROWTH_KIB = 64 * 1024


def started(world, options=None):
    session = world.root_session(options)
    session.start()
    return session


def assert_serves(world):
    """A well-behaved client gets what it asks for."""
    session = started(world)
    assert session.read(4096, 1000)[1][1] > 0
    session.close()


def test_a_flood_of_calls_without_reply_is_bounded(world):
    world.start()
    pid = world.helper()
    raw = world.root_raw()
    raw.send(raw.message("Start", "u", struct.pack("<I", 1), flags=1))
    before = rss_kib(pid)
    read = b"".join(raw.message("Read", "uu", struct.pack("<II", 1 << 20, 33), flags=1)
                    for _ in range(20000))
    raw.send(read, timeout_s=3)
    assert is_alive(pid)
    assert rss_kib(pid) - before < MOST_GROWTH_KIB, f"{rss_kib(pid) - before} KiB more"
    raw.close()
    assert_serves(world)


def test_a_client_that_never_reads_is_bounded(world):
    world.start()
    pid = world.helper()
    raw = world.root_raw()
    raw.send(raw.message("Start", "u", struct.pack("<I", 1)))
    before = rss_kib(pid)
    for _ in range(5):
        raw.send(b"".join(raw.message("Read", "uu", struct.pack("<II", 1 << 22, 0))
                          for _ in range(2000)), timeout_s=1)
        assert_serves(world)
    assert rss_kib(pid) - before < MOST_GROWTH_KIB, f"{rss_kib(pid) - before} KiB more"


def test_a_client_of_a_byte_a_second_holds_up_nobody(world):
    world.start()
    raw = world.root_raw()
    message = raw.message("Start", "u", struct.pack("<I", 1))
    for byte in message[:3]:
        raw.send(bytes([byte]))
        begin = time.monotonic()
        assert_serves(world)
        assert time.monotonic() - begin < 5
        time.sleep(1)


def test_sessions_that_come_and_go_leave_nothing(world):
    world.start()
    pid = world.helper()
    assert_serves(world)
    time.sleep(0.2)
    descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    ids = set()
    cycles = 10000 if world.long else 500
    bus = wire.connect()
    before = rss_kib(pid)
    for _ in range(cycles):
        session = wire.Session(wire.open_fd(bus))
        session.start()
        ids |= bpf_ids(pid) if len(ids) < 200 else set()
        session.close()
        wait_for(lambda: not bpf_ids(pid), "the end of the programs")
    wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) <= descriptors, "closed descriptors")
    assert ids and not any(bpf_exists(kind, number) for kind, number in sorted(ids)[:20])
    grown = rss_kib(pid) - before
    assert grown < 16 * 1024, f"{grown} KiB more after {cycles} sessions"


def test_malformed_bytes_end_the_connection_and_nothing_else(world):
    world.start()
    pid = world.helper()
    for bytes_ in (b"\0" * 64, b"GET / HTTP/1.0\r\n\r\n", os.urandom(4096),
                   # a body of 2 GiB, a header of 2 GiB, a big-endian nonsense
                   struct.pack("<cBBBIII", b"l", 1, 0, 1, 1 << 31, 1, 16) + b"\0" * 16,
                   struct.pack("<cBBBIII", b"l", 1, 0, 1, 0, 1, 1 << 31) + b"\0" * 64,
                   struct.pack(">cBBBIII", b"B", 9, 0, 9, 99, 0, 99) + b"\xff" * 400):
        raw = world.root_raw()
        raw.send(bytes_)
        assert raw.is_closed(), f"{bytes_[:16]!r} was taken"
        raw.close()
    assert is_alive(pid)
    assert_serves(world)


def test_what_is_no_call_of_ours_is_refused(world):
    world.start()
    session = started(world)
    for method, args in (("Nothing", None), ("Read", GLib.Variant("(s)", ("much",))),
                         ("Start", GLib.Variant("(t)", (1,)))):
        try:
            session.call(method, args)
        except wire.RemoteError:
            continue
        raise AssertionError(f"{method} was taken")
    assert session.read(4096, 1000)[1][1] > 0


def test_a_helper_without_descriptors_refuses_and_recovers(world):
    wrapper, helper_path = f"{world.work}/few-descriptors", world.helper_path
    with open(wrapper, "w") as file:
        file.write(f'#!/bin/sh\nulimit -n 36\nexec {helper_path} "$@"\n')
    os.chmod(wrapper, 0o755)
    world.helper_path = wrapper
    try:
        world.start()
    finally:
        world.helper_path = helper_path
    pid = world.helper()
    sessions = []
    try:
        while len(sessions) < 8:
            sessions.append(started(world))
        raise AssertionError("eight sessions with 36 descriptors")
    except wire.RemoteError as error:
        assert "Too many open files" in error.message, error
    assert sessions, "not one session with 36 descriptors"
    for session in sessions:
        session.close()
    wait_for(lambda: not bpf_ids(pid), "the end of the programs")
    assert is_alive(pid)
    assert_serves(world)


def test_a_trace_of_ones_own_names_nobody_else(world):
    world.start()
    world.spawn("/usr/bin/python3", "-c", "import time\nwhile True: time.sleep(.001)")
    client = world.client("weft-own")
    assert client.open(1, {"own": True}) == "opened"
    client.ask("start", "version", number=1)
    busy = world.spawn("setpriv", f"--reuid={client.uid}", f"--regid={client.uid}",
                       "--clear-groups", "/usr/bin/python3", "-c",
                       "import time\nwhile True: time.sleep(.001)")
    data = bytes.fromhex(client.ask("collect", "records", 20, number=1, seconds=1)["records"])
    named = set()
    for kind, tid, _cpu, record in wire.records(data):
        named.add(tid)
        if kind in (1, 2):  # who comes in a switch, who is woken
            named.add(struct.unpack_from("<I", record, 20 if kind == 1 else 16)[0])
    named -= {0, 0xFFFFFFFF}
    assert busy.pid in named, "its own process was not seen"
    for tid in named:
        try:
            owner = os.stat(f"/proc/{tid}").st_uid
        except OSError:
            continue  # gone
        assert owner == client.uid, f"{tid} of user {owner} was named"
