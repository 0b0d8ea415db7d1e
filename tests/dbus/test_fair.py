"""What one client's calls cost another: loading, attaching and choosing targets are slow,
and nobody but their caller waits for them."""
import os
import subprocess
import threading
import time

import wire
from test_stall import LARGE_RING, assert_exact
from world import Skip, bpf_ids, is_alive, status_of, wait_for

MOST_AT_ONCE, A_SECOND = 5, 1


class Reader(threading.Thread):
    """Reads all that comes, and how long each Read takes."""

    def __init__(self, session):
        super().__init__()
        self.session, self.parts, self.waits, self.over = session, [], [], False

    def run(self):
        while not self.over:
            begin = time.monotonic()
            self.parts.append(self.session.read(256 << 10)[0])
            self.waits.append(time.monotonic() - begin)

    def finish(self):
        """All records and the account; prints the waits."""
        self.over = True
        self.join()
        self.session.stop()
        rest, account = self.session.read_to_the_end()
        self.waits.sort()
        print(f"# {len(self.waits)} reads, p50 {self.waits[len(self.waits) // 2] * 1000:.0f} ms, "
              f"p99 {self.waits[len(self.waits) * 99 // 100] * 1000:.0f} ms", flush=True)
        return b"".join(self.parts) + rest, account


def reader_beside(world):
    session = world.root_session(LARGE_RING)
    session.start()
    reader = Reader(session)
    reader.start()
    return reader


def assert_lost_nothing(reader):
    data, account = reader.finish()
    assert_exact(data, account)
    assert account[3] == 0, f"{account[3]} lost"


# Root's starts are not held up: as many as the machine can do.
CHURN = """
import sys, time
sys.path.insert(0, sys.argv[1])
import wire
bus, end, started = wire.connect(), time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < end:
    try:
        session = wire.Session(wire.open_fd(bus))
    except wire.RemoteError:  # the last two are still being taken down
        time.sleep(.01)
        continue
    session.start()
    session.close()
    started += 1
print(started)
"""


def churn_as_root(world, seconds):
    return world.spawn("/usr/bin/python3", "-B", "-c", CHURN, os.path.dirname(wire.__file__), str(seconds),
                       stdout=subprocess.PIPE, text=True)


def test_starts_of_one_client_cost_another_nothing(world):
    world.start()
    reader = reader_beside(world)
    churning = churn_as_root(world, 4)
    assert int(churning.communicate(timeout=60)[0]) > 3
    assert_lost_nothing(reader)


def test_targets_of_one_client_cost_another_nothing(world):
    world.start()
    client = world.client("weft-own")
    assert client.open(1, {"own": True}) == "opened"
    client.ask("start", "version", number=1)
    reader = reader_beside(world)
    client.ask("retarget", "retargeted", 60, number=1, seconds=4)
    assert_lost_nothing(reader)


def test_a_user_starts_five_sessions_at_once_and_one_a_second(world):
    world.start()
    client = world.client("weft-own")
    begin = time.monotonic()
    started = client.ask("churn", "churned", 60, seconds=4, options={"own": True})["churned"]
    most = MOST_AT_ONCE + (time.monotonic() - begin) / A_SECOND + 1
    assert 0 < started <= most, f"{started} starts"


def test_groups_of_a_user_change_once_a_second_and_cost_another_nothing(world):
    world.start()
    client = world.client("weft-own")
    assert client.open(1, {"own": True}) == "opened"
    client.ask("start", "version", number=1)
    reader = reader_beside(world)
    begin = time.monotonic()
    changed = client.ask("regroup", "regrouped", 60, number=1, seconds=4)["regrouped"]
    most = MOST_AT_ONCE + (time.monotonic() - begin) / A_SECOND + 1
    assert 1 < changed <= most, f"{changed} changes"
    assert_lost_nothing(reader)


def open_when_there_is_room(world):
    def attempt():
        try:
            return world.root_raw()
        except wire.RemoteError as error:
            assert error.short == "LimitsExceeded", error
            return None

    return wait_for(attempt, "room for a session", 60)


def test_clients_that_leave_while_they_start_leave_nothing(world):
    world.start()
    pid = world.helper()
    threads = int(status_of(pid)["Threads"])
    for number in range(200 if world.long else 40):
        raw = open_when_there_is_room(world)
        raw.send(raw.message("Start", "u", b"\1\0\0\0"))
        if number % 3:
            time.sleep(0.01 * (number % 10))
        if number % 2:
            raw.send(raw.message("SetTargets", "aubb", b"\4\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0"))
        raw.close()
        wait_for(lambda: threads_of(pid) < threads + 6, "the end of a session", 60)
    wait_for(lambda: not bpf_ids(pid), "the end of the programs", 60)
    wait_for(lambda: threads_of(pid) <= threads + 1, "the end of the threads", 60)
    assert is_alive(pid)
    assert world.root_session().start() == wire.STREAM_VERSION


def threads_of(pid):
    return int(status_of(pid)["Threads"])


def test_a_session_that_nobody_starts_gives_its_place_back(world):
    if not world.long:
        raise Skip("takes a minute; --long")
    world.start()
    client = world.client("weft-own")
    for number in (1, 2):
        assert client.open(number, {"own": True}) == "opened"
    assert client.open(3, {"own": True}) == "LimitsExceeded"
    wait_for(lambda: client.open(4, {"own": True}) == "opened", "a place", 90)
