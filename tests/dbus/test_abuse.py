"""What a hostile client may try on the private connection and what it costs: the
helper's memory stays bounded, others go on, nothing is left behind."""
import os
import struct
import subprocess
import time

import wire
from wire import GLib
from world import bpf_exists, bpf_ids, descriptors, is_alive, rss_kib, wait_for

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


def test_a_client_that_never_reads_and_calls_too_much_is_disconnected(world):
    world.start()
    pid = world.helper()
    before = len(descriptors(pid))
    floods = [world.root_raw() for _ in range(2)]  # as many as one user may have
    for raw in floods:
        call = raw.message("GetRecursionMisses")
        while raw.send(call * 100, timeout_s=0.5) == len(call) * 100:
            pass
    wait_for(lambda: len(descriptors(pid)) <= before, "the end of both connections")
    assert_serves(world)


def test_a_client_of_a_byte_a_second_holds_up_nobody(world):
    world.start()
    raw = world.root_raw()
    message = raw.message("Start", "u", struct.pack("<I", 1))
    for byte in message[:3]:
        raw.send(bytes([byte]))
        begin = time.monotonic()
        assert_serves(world)
        assert time.monotonic() - begin < 30
        time.sleep(1)


def test_sessions_that_come_and_go_leave_nothing(world):
    world.start()
    pid = world.helper()
    assert_serves(world)
    time.sleep(0.2)
    descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    ids = set()
    cycles = 10000 if world.long else 200
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


def test_a_method_of_another_version_is_refused_in_words(world):
    world.start()
    session = started(world)
    for method, args in (("Nothing", None), ("ReadMore", GLib.Variant("(sv)", ("a", GLib.Variant("u", 1))))):
        try:
            session.call(method, args)
        except wire.RemoteError as error:
            assert error.short == "UnknownMethod" and method in error.message, error
            continue
        raise AssertionError(f"{method} was taken")
    assert session.read(4096, 1000)[1][1] > 0


def test_arguments_of_other_types_end_the_connection(world):
    world.start()
    pid = world.helper()
    for method, args in (("Read", GLib.Variant("(s)", ("much",))), ("Stop", GLib.Variant("(u)", (1,))),
                         ("Start", GLib.Variant("(t)", (1,))), ("Start", None)):
        session = world.root_session()
        try:
            session.call(method, args)
        except wire.RemoteError:
            assert session.connection.is_closed(), f"{method}{args} was answered"
            continue
        raise AssertionError(f"{method} was taken")
    assert is_alive(pid)
    assert_serves(world)


PATH, INTERFACE, MEMBER = (1, "o", wire.SESSION_PATH), (2, "s", wire.SESSION), (3, "s", "Stop")
# Header fields, kind of message, flags, serial. Before they were looked at, each of some
# twelve kinds of these ended the helper and the sessions of all users.
HOSTILE_HEADERS = [
    *(([PATH, INTERFACE, MEMBER, (7, "s", sender)], 1, 0, 1)
      for sender in ("not valid", "a", "", ":1.1", "org.freedesktop.DBus", "x" * 255)),
    *(([(1, kind, value), INTERFACE, MEMBER], 1, 0, 1)
      for kind, value in (("s", wire.SESSION_PATH), ("g", "s"), ("u", 7), ("y", b"\1"), ("b", b"\1\0\0\0"),
                          ("s", "no path"), ("o", "no path"), ("o", "/"))),
    *(([PATH, (2, kind, value), MEMBER], 1, 0, 1)
      for kind, value in (("o", "/a"), ("g", "s"), ("u", 7), ("s", "no interface"), ("s", ""))),
    *(([PATH, INTERFACE, (3, kind, value)], 1, 0, 1)
      for kind, value in (("o", "/a"), ("g", "s"), ("u", 7), ("y", b"\1"), ("s", "no.member"), ("s", ""),
                          ("s", "x" * 256))),
    *(([PATH, INTERFACE, MEMBER, field], 1, 0, 1)
      for field in ((4, "s", "a.b"), (5, "u", 1), (6, "s", ":1.1"), (8, "s", "u"), (8, "g", "("), (9, "u", 1),
                    (0, "s", "x"), (10, "s", "x"), (255, "u", 1), MEMBER, PATH)),
    ([PATH, INTERFACE, MEMBER, (8, "g", ""), (8, "g", "")], 1, 0, 1),
    ([INTERFACE, MEMBER], 1, 0, 1), ([PATH, MEMBER], 1, 0, 1), ([PATH, INTERFACE], 1, 0, 1), ([], 1, 0, 1),
    ([(5, "u", 1)], 2, 0, 1), ([(5, "u", 1), (4, "s", "a.b")], 3, 0, 1),
    ([PATH, INTERFACE, MEMBER], 4, 0, 1), ([PATH, INTERFACE, MEMBER], 0, 0, 1),
    ([PATH, INTERFACE, MEMBER], 255, 0, 1), ([PATH, INTERFACE, MEMBER], 1, 0x80, 1),
    ([PATH, INTERFACE, MEMBER], 1, 0, 0), ([PATH, INTERFACE, MEMBER] + [(10, "s", "x")] * 100, 1, 0, 1),
]


def test_hostile_headers_end_the_connection_and_nothing_else(world):
    world.start()
    pid = world.helper()
    beside = started(world)
    for fields, kind, flags, serial in HOSTILE_HEADERS:
        for body in (b"", b"\1\0\0\0"):
            raw = world.root_raw()
            raw.send(wire.message(fields, body, kind, flags, serial))
            assert raw.is_closed(), f"{fields}, kind {kind}, flags {flags}, serial {serial} was taken"
            raw.close()
            assert is_alive(pid), f"{fields}, kind {kind} ended the helper"
    beside.stop()
    _data, (_until, produced, delivered, lost) = beside.read_to_the_end()
    assert produced == delivered + lost > 0


def test_why_a_connection_was_ended_is_logged_and_fills_no_log(world):
    log = f"{world.work}/log"
    world.start_limited(f"exec 2> {log}")
    pid = world.helper()
    for number in range(60):
        raw = world.root_raw()
        raw.send(wire.message([PATH, INTERFACE, (3, "s", "Start"), (8, "g", "u")], os.urandom(65000))
                 if number % 2 else os.urandom(65536))
        assert raw.is_closed()
        raw.close()
    with open(log) as file:
        lines = file.readlines()
    assert 0 < len(lines) <= 12 and all(len(line) < 400 for line in lines), lines
    assert all("no call to a trace session" in line and "user 0" in line for line in lines), lines
    assert is_alive(pid)


def test_forged_senders_do_not_lift_the_limit_of_calls(world):
    world.start()
    pid = world.helper()
    before = rss_kib(pid)
    raw = world.root_raw()
    calls = b"".join(wire.message([PATH, INTERFACE, (3, "s", "GetRecursionMisses"), (7, "s", f":1.{number}")],
                                  serial=number + 1) for number in range(1000))
    ended = time.monotonic() + 2
    while time.monotonic() < ended and raw.send(calls, timeout_s=1) == len(calls):
        pass
    assert raw.is_closed()
    assert rss_kib(pid) - before < 8 * 1024, f"{rss_kib(pid) - before} KiB more"
    assert_serves(world)


def test_answers_that_nobody_reads_are_bounded_for_every_call(world):
    world.start()
    pid = world.helper()
    properties = "org.freedesktop.DBus.Properties"
    asked = b"".join(struct.pack("<I", len(text)) + text.encode() + b"\0" * (4 - len(text) % 4)
                     for text in (wire.SESSION, "Capabilities"))
    for interface, member, signature, body in (
            (wire.SESSION, "GetRecursionMisses", "", b""), (wire.SESSION, "Unknown", "", b""),
            (properties, "Get", "ss", asked[:-3]), (properties, "GetAll", "s", b""),
            ("org.freedesktop.DBus.Introspectable", "Introspect", "", b"")):
        before = rss_kib(pid)
        raw = world.root_raw()
        for _ in range(20):
            raw.send(b"".join(raw.message(member, signature, body, interface=interface)
                              for _ in range(500)), timeout_s=0.2)
        assert rss_kib(pid) - before < 8 * 1024, (member, f"{rss_kib(pid) - before} KiB more")
        raw.close()
    assert_serves(world)


def test_a_helper_with_few_descriptors_refuses_in_words_and_recovers(world):
    world.start_limited("ulimit -n 120")
    pid = world.helper()
    sessions = []
    try:
        while len(sessions) < 8:
            sessions.append(started(world))
        raise AssertionError("eight sessions with 120 descriptors")
    except wire.RemoteError as error:
        assert error.short == "LimitsExceeded" and "open files" in error.message, error
    assert sessions, "not one session with 120 descriptors"
    for session in sessions:
        session.close()
    wait_for(lambda: not bpf_ids(pid), "the end of the programs")
    assert is_alive(pid)
    assert_serves(world)


def test_a_session_takes_no_more_descriptors_than_it_is_let_in_for(world):
    world.start()
    pid = world.helper()
    before = len(descriptors(pid))
    session = started(world)
    assert session.read()[1][1] > 0
    assert len(descriptors(pid)) - before <= 64, descriptors(pid)  # WEFT_RESOURCES_OF_SESSION
    print(f"# {len(descriptors(pid)) - before} descriptors a session", flush=True)


def test_a_helper_of_hardly_any_descriptors_says_so(world):
    for number in (*range(8, 41), 60, 80, 97):
        run = subprocess.run(["sh", "-c", f"ulimit -n {number}; exec {world.helper_path} --stdio"],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert run.returncode == 1 and "file descriptors" in run.stderr, (number, run)


def test_long_messages_on_the_bus_cost_nothing(world):
    """Each of 32 MiB made a gigabyte of memory, and held up all sessions meanwhile."""
    world.start()
    pid = world.helper()
    session = started(world)
    client = world.client("weft-denied")
    before = rss_kib(pid)
    most = 0
    for entries in (100, 1000, 1100, 20000, 2000000):
        client.order("bomb", entries=entries, wait_s=30 if entries <= 1000 else 1)
        said = None
        while said is None:
            session.read(4096, 10)
            most = max(most, rss_kib(pid) - before)
            said = client.hear(0.01)
        assert said == {"bombed": entries <= 1000}, (entries, said)
    assert most < 16 * 1024, f"{most} KiB more"
    assert world.client("weft-allowed1").open(1) == "opened"
    assert is_alive(pid)


def test_descriptors_on_the_bus_do_not_arrive(world):
    world.start()
    pid = world.helper()
    before = len(descriptors(pid))
    bus = wire.connect()
    for _ in range(50):
        call = wire.open_message({"ring-bytes": GLib.Variant("u", 1)})
        numbers = wire.Gio.UnixFDList.new()
        for _ in range(16):
            numbers.append(0)
        call.set_unix_fd_list(numbers)
        bus.send_message(call, wire.Gio.DBusSendMessageFlags.NONE)
    bus.flush_sync(None)
    assert len(descriptors(pid)) <= before + 2
    assert is_alive(pid)
    assert_serves(world)


def test_callers_that_vanish_leave_no_descriptors(world):
    world.start()
    pid = world.helper()
    assert world.client("weft-denied").open(1) == "AccessDenied"
    before, memory = len(descriptors(pid)), rss_kib(pid)
    most = 0
    for user in ("weft-own", "weft-denied"):
        client = world.client(user)
        client.ask("vanish", "vanished", 300, calls=20000 if world.long else 2500)
        most = max(most, len(descriptors(pid)))
        wait_for(lambda: len(descriptors(pid)) <= before, "closed descriptors", 30)
    assert most - before < 40, f"{most - before} descriptors more"
    assert rss_kib(pid) - memory < 8 * 1024, f"{rss_kib(pid) - memory} KiB more"
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
