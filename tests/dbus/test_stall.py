"""Readers of the private connection that stall or crawl: what they lose is counted exactly,
what they cost is bounded, and who reads beside them loses nothing."""
import os
import signal
import struct
import time

import wire
from world import descriptors, is_alive, status_of, wait_for

SMALL_RING = 1 << 18
# For who reads beside, so that a slow machine makes it late, not lossy.
LARGE_RING = {"ring-bytes": wire.GLib.Variant("u", 1 << 27)}
STALL_S = 1.5
LOST, SUSPEND, SYNC = 8, 9, 10
MOST_READ_BYTES = 4 << 20
MOST_IN_FLIGHT = 16
# Two answers that wait and one that is being written, each as a message and as the bytes
# that it becomes; and what the helper's allocator keeps beside them.
MOST_GROWTH_KIB = 3 * 2 * MOST_READ_BYTES // 1024 + 16 * 1024

# They rest now and then: two that only wake each other can keep a CPU from everybody else,
# the kernel's own threads included, and then attaching a program waits (membarrier() alone
# took 42 s beside such a pair on a Linux 6.18).
PLAYERS = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
(a, b), (c, d) = os.pipe(), os.pipe()
if os.fork():
    while True:
        for trip in range(2000):
            os.write(b, b'x'); os.read(c, 1)
        time.sleep(0.001)
os.close(b)
while os.read(a, 1):
    os.write(d, b'x')
"""


def memory_kib(pid):
    """Without the rings, which are mapped whole and touched by and by."""
    return int(status_of(pid)["RssAnon"].split()[0])


class Load:
    """Two processes on each CPU that wake each other; those that a player began end with it."""

    def __init__(self, world):
        self.players = [world.spawn("/usr/bin/python3", "-c", PLAYERS, str(cpu))
                        for cpu in sorted(os.sched_getaffinity(0))]

    def end(self):
        for player in self.players:
            player.kill()
            player.wait()


def account_of(data):
    """Records that count as delivered, and what the LOST records sum up to."""
    delivered = told = 0
    for kind, _tid, _cpu, record in wire.records(data):
        if kind == LOST:
            first_ns = struct.unpack_from("<Q", record, 24)[0]
            assert first_ns <= struct.unpack_from("<Q", record, 0)[0]
            told += struct.unpack_from("<Q", record, 16)[0]
        delivered += kind not in (LOST, SUSPEND, SYNC)
    return delivered, told


def assert_exact(data, account):
    _until, produced, delivered, lost = account
    assert produced == delivered + lost, (produced, delivered, lost)
    counted, told = account_of(data)
    assert counted == delivered, f"{counted} records came, {delivered} were delivered"
    assert told == lost, f"{told} by LOST records, {lost} by the account"


def read_for(session, seconds):
    """What a reader that keeps up reads meanwhile."""
    parts, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        parts.append(session.read(256 << 10)[0])
    return b"".join(parts)


def test_a_stopped_reader_loses_exactly_what_is_counted_and_another_nothing(world):
    world.start()
    client = world.client("weft-allowed1")
    assert client.open(1, {"ring-bytes": SMALL_RING}) == "opened"
    client.ask("start", "version", number=1)
    beside = world.root_session(LARGE_RING)
    beside.start()
    client.order("collect", number=1, seconds=2 * STALL_S)
    read = read_for(beside, 0.5)
    os.kill(client.pid, signal.SIGSTOP)
    load = Load(world)
    read += read_for(beside, STALL_S)
    load.end()
    os.kill(client.pid, signal.SIGCONT)
    said = client.expect("records", 30)
    beside.stop()
    rest, account = beside.read_to_the_end()
    assert_exact(read + rest, account)
    assert account[3] == 0, f"{account[3]} lost beside a stalled reader"
    stalled = bytes.fromhex(said["records"])
    assert_exact(stalled, said["account"])
    assert said["account"][3] > SMALL_RING // 32, f"only {said['account'][3]} lost"
    syncs = [struct.unpack_from("<Q", record, 16)[0]
             for kind, _tid, _cpu, record in wire.records(stalled) if kind == SYNC]
    last_ns = max(struct.unpack_from("<Q", record, 0)[0]
                  for kind, _tid, _cpu, record in wire.records(stalled) if kind == LOST)
    assert max(syncs) > last_ns, "no snapshot came after the gap"


def test_a_reader_of_a_byte_a_second_costs_little_and_nobody_else(world):
    world.start()
    pid = world.helper()
    beside = world.root_session(LARGE_RING)
    beside.start()
    load = Load(world)
    read = read_for(beside, 2)
    before = memory_kib(pid)
    raw = world.root_raw()
    raw.send(raw.message("Start", "u", struct.pack("<I", 1)))
    most = 0
    # It asks for as much as it may, and takes a byte of it a second.
    for second in range(30 if world.long else 4):
        call = raw.message("Read", "uu", struct.pack("<II", MOST_READ_BYTES, 0))
        raw.send(call * (1 if second else MOST_IN_FLIGHT - 4), timeout_s=1)
        raw.socket.settimeout(30)
        assert len(raw.socket.recv(1)) == 1, "the helper hung up"
        read += read_for(beside, 1)
        most = max(most, memory_kib(pid) - before)
        assert most < MOST_GROWTH_KIB, f"{most} KiB more"
    load.end()
    beside.stop()
    rest, account = beside.read_to_the_end()
    assert_exact(read + rest, account)
    assert account[3] == 0, f"{account[3]} lost beside a slow reader"
    raw.close()
    beside.close()
    wait_for(lambda: memory_kib(pid) - before < MOST_GROWTH_KIB, "the memory of the slow reader")
    print(f"# {most} KiB more at most", flush=True)


def test_a_reader_that_goes_in_the_midst_of_an_answer_leaves_nothing(world):
    world.start()
    pid = world.helper()
    load = Load(world)
    before = None
    for _ in range(30 if world.long else 8):
        raw = world.root_raw()
        raw.send(raw.message("Start", "u", struct.pack("<I", 1)))
        time.sleep(0.1)
        raw.send(raw.message("Read", "uu", struct.pack("<II", MOST_READ_BYTES, 0)) * 4)
        raw.socket.settimeout(30)
        raw.socket.recv(100)
        raw.close()
        wait_for(lambda: not any("bpf" in target for target in descriptors(pid)), "the programs' end")
        before = before or memory_kib(pid)
    load.end()
    assert is_alive(pid)
    grown = memory_kib(pid) - before
    assert grown < 16 * 1024, f"{grown} KiB more"
