"""How many sessions, and of what size."""
import os
import re
import subprocess
import time

import wire
from wire import GLib
from world import Skip, wait_for


def assert_refused(function, name):
    try:
        function()
    except wire.RemoteError as error:
        assert error.short == name, error
        assert error.message, "no word of explanation"
    else:
        raise AssertionError(f"it was accepted; {name} expected")


def test_a_user_has_two_sessions_at_most(world):
    world.start()
    client = world.client("weft-allowed1")
    assert client.open(1) == "opened"
    assert client.open(2, {"own": True}) == "opened"
    assert client.open(3, {"own": True}) == "LimitsExceeded"
    assert world.client("weft-allowed1").open(1, {"own": True}) == "LimitsExceeded"
    client.ask("close", "closed", number=1)
    assert client.open(4, {"own": True}) == "opened", "the place of a closed session"


def test_three_sessions_trace_the_whole_machine_at_most(world):
    world.start()
    clients = [world.client(f"weft-allowed{i}") for i in range(1, 4)]
    for client in clients:
        assert client.open(1) == "opened"
    assert clients[0].open(2) == "LimitsExceeded"
    assert clients[0].open(3, {"own": True}) == "opened"


def test_there_are_eight_sessions_at_most_and_the_last_are_for_who_has_none(world):
    world.start()
    clients = [world.client(f"weft-allowed{i}") for i in range(1, 7)]
    for client in clients[:3]:
        assert client.open(1, {"own": True}) == "opened"
        assert client.open(2, {"own": True}) == "opened"
    assert clients[3].open(1, {"own": True}) == "opened"
    assert clients[3].open(2, {"own": True}) == "LimitsExceeded"
    assert clients[4].open(1, {"own": True}) == "opened"
    assert clients[5].open(1, {"own": True}) == "LimitsExceeded"


def test_the_place_of_a_session_that_is_being_taken_down_is_waited_for(world):
    world.start()
    bus = wire.connect()
    sessions = [world.root_session() for _ in range(2)]
    for number in range(12):
        sessions[number % 2].start()
        sessions[number % 2].close()
        begin = time.monotonic()
        try:
            sessions[number % 2] = wire.Session(wire.open_fd(bus, timeout_ms=90000))
        except wire.RemoteError as error:
            assert time.monotonic() - begin > 50, error
            raise Skip("the kernel takes a minute to detach now") from None


def test_rings_of_odd_sizes_are_refused(world):
    world.start()
    bus = wire.connect()
    for own, size in ((False, 1), (False, 262143), (False, 3 << 20), (False, 1 << 17),
                      (False, 1 << 29), (False, 2**32 - 1), (True, 1 << 26)):
        options = {"own": GLib.Variant("b", own), "ring-bytes": GLib.Variant("u", size)}
        assert_refused(lambda: os.close(wire.open_fd(bus, options)), "InvalidArgs")
    for size in (1 << 18, 1 << 25):
        session = world.root_session({"ring-bytes": GLib.Variant("u", size)})
        session.start()
        assert session.read()[1][1] > 0
        session.close()
        wait_for(lambda: not has_session(world), "the end of the session")


def has_session(world):
    return any("bpf" in os.readlink(f"/proc/{world.helper()}/fd/{fd}")
               for fd in os.listdir(f"/proc/{world.helper()}/fd")
               if os.path.islink(f"/proc/{world.helper()}/fd/{fd}"))


def test_unknown_options_and_types_are_refused(world):
    world.start()
    bus = wire.connect()
    for options in ({"path": GLib.Variant("s", "/etc/shadow")},
                    {"own": GLib.Variant("s", "yes")},
                    {"ring-bytes": GLib.Variant("t", 1 << 20)},
                    {"uid": GLib.Variant("u", 0)}):
        assert_refused(lambda: os.close(wire.open_fd(bus, options)), "InvalidArgs")


def test_arguments_out_of_range_are_refused(world):
    world.start()
    session = world.root_session()

    def call(method, signature, *args):
        return lambda: session.call(method, GLib.Variant(signature, args))

    assert_refused(call("Read", "(uu)", 4096, 0), "Failed")  # not started
    assert_refused(lambda: session.stop(), "Failed")
    assert_refused(call("Start", "(u)", 0), "NotSupported")
    assert session.start(2**32 - 1) == wire.STREAM_VERSION
    assert_refused(call("Start", "(u)", 1), "Failed")
    for max_bytes, wait_ms in ((0, 0), (127, 33), ((4 << 20) + 1, 33), (2**32 - 1, 33),
                               (4096, 1001), (4096, 2**32 - 1)):
        assert_refused(call("Read", "(uu)", max_bytes, wait_ms), "InvalidArgs")
    assert_refused(call("SetTargets", "(aubb)", list(range(4097)), True, True), "InvalidArgs")
    assert_refused(call("SetGroups", "(as)", ["everything"]), "InvalidArgs")
    assert_refused(call("SetGroups", "(as)", [""]), "InvalidArgs")
    session.call("SetGroups", GLib.Variant("(as)", ([],)))
    session.call("SetGroups", GLib.Variant("(as)", (["sched"],)))
    session.call("SetTargets", GLib.Variant("(aubb)", (list(range(4096)), True, True)))
    session.call("SetTargets", GLib.Variant("(aubb)", ([], True, False)))
    assert session.read(128, 1000)[1][1] > 0
    assert len(session.read(128, 1000)[0]) <= 128


def test_a_third_read_is_refused(world):
    world.start()
    session = world.root_session()
    session.call("SetTargets", GLib.Variant("(aubb)", ([1], True, True)))
    session.start()
    answers = []

    def answered(connection, result):
        try:
            connection.call_finish(result)
            answers.append("read")
        except GLib.Error as error:
            answers.append(wire.from_glib(error).short)

    # A read of few bytes is answered at once where much happens.
    for _ in range(3):
        session.connection.call(None, wire.SESSION_PATH, wire.SESSION, "Read",
                                GLib.Variant("(uu)", (4 << 20, 1000)), None, 0, 8000, None,
                                answered)
    context = GLib.MainContext.default()
    wait_for(lambda: context.iteration(False) or len(answers) == 3, "three answers")
    wait_for(lambda: (context.iteration(False), len(answers) == 3)[1], "three answers")
    assert sorted(answers) == ["LimitsExceeded", "read", "read"], answers


def test_a_read_that_is_too_short_is_told_how_much_it_takes(world):
    """An exec with its command line takes more than the least that a read may ask for."""
    world.start()
    session = world.root_session()
    session.call("SetGroups", GLib.Variant("(as)", ([],)))
    session.start()
    subprocess.run(["/bin/true", "x" * 400], check=True)
    needed = None
    for _ in range(10000):
        try:
            session.read(128, 0)
        except wire.RemoteError as error:
            assert error.short == "InvalidArgs", error
            needed = int(re.search(r"takes (\d+) bytes", error.message)[1])
            break
    assert needed and needed > 128, needed
    kind, _, _, record = next(wire.records(session.read(needed, 0)[0]))
    assert kind == wire.EXEC | wire.HAS_PARTS and b"x" * 200 in record


def test_a_full_account_is_kept(world):
    """produced = delivered + lost, with a ring that overflows."""
    world.start()
    session = world.root_session({"ring-bytes": GLib.Variant("u", 1 << 18)})
    session.start()
    load = world.spawn("/usr/bin/python3", "-c", """
import os, time
a, b = os.pipe()
if os.fork():
    end = time.time() + 1
    while time.time() < end:
        os.write(b, b'x'); os.sched_yield()
    os._exit(0)
os.close(b)
while os.read(a, 1):
    pass
""")
    load.wait()
    session.stop()
    data, (_until, produced, delivered, lost) = session.read_to_the_end()
    assert produced == delivered + lost, (produced, delivered, lost)
    told = sum(int.from_bytes(record[16:24], "little")
               for kind, _tid, _cpu, record in wire.records(data) if kind == 8)
    assert told == lost, (told, lost)
