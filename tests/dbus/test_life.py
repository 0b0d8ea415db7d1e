"""When the helper begins and ends, and what is left when something dies."""
import os
import signal
import time

import wire
from world import bpf_exists, bpf_ids, is_alive, wait_for


def test_it_leaves_when_nobody_needs_it(world):
    world.start(helper_arguments="--idle-seconds 1")
    pid = world.helper()
    wait_for(lambda: not is_alive(pid), "its end", 5)
    assert is_alive(world.helper()), "it does not come again"


def test_it_stays_while_a_session_is_open(world):
    world.start(helper_arguments="--idle-seconds 1")
    pid = world.helper()
    session = world.root_session()
    session.start()
    time.sleep(2.5)
    assert is_alive(pid)
    session.close()
    wait_for(lambda: not is_alive(pid), "its end", 5)


def held_ids(world):
    pid = world.helper()
    ids = wait_for(lambda: bpf_ids(pid), "programs")
    assert any(kind == "prog_id" for kind, _number in ids), ids
    return ids


def assert_gone(ids):
    wait_for(lambda: not any(bpf_exists(kind, number) for kind, number in ids),
             "the end of programs and maps")


def test_a_client_that_is_killed_takes_its_programs_along(world):
    world.start()
    client = world.client("weft-allowed1")
    assert client.open(1) == "opened"
    client.ask("start", "version", number=1)
    ids = held_ids(world)
    client.kill()
    assert_gone(ids)


def test_a_helper_that_is_killed_takes_its_programs_along(world):
    world.start()
    session = world.root_session()
    session.start()
    ids = held_ids(world)
    world.kill(world.helper())
    assert_gone(ids)
    again = world.root_session()
    again.start()
    assert again.read(4096, 1000)[1][1] > 0


def test_a_session_ends_with_an_account_after_stop(world):
    world.start()
    session = world.root_session()
    session.start()
    session.stop()
    _data, (until, produced, delivered, lost) = session.read_to_the_end()
    assert until > 0 and produced == delivered + lost and delivered > 0


def test_a_killed_bus_ends_the_helper_and_a_new_one_serves(world):
    world.start()
    pid = world.helper()
    session = world.root_session()
    session.start()
    ids = held_ids(world)
    world.kill(world.daemon.pid, signal.SIGKILL)
    world.daemon.wait()
    wait_for(lambda: not is_alive(pid), "the end of the helper")
    assert_gone(ids)
    begin = time.monotonic()
    world.restart()
    world.root_session().start()
    assert time.monotonic() - begin < 10


def test_ending_it_gently_ends_its_sessions(world):
    world.start()
    pid = world.helper()
    session = world.root_session()
    session.start()
    ids = held_ids(world)
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not is_alive(pid), "its end")
    assert_gone(ids)
    try:
        session.read()
        raise AssertionError("a dead helper answered")
    except wire.RemoteError:
        pass
