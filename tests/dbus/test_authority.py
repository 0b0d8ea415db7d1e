"""Who may have a session: bus policy and polkit, with an agent that says yes, no,
nothing at all, and a polkitd that is absent, hung or killed."""
import os
import pwd
import signal
import time

import wire
from wire import GLib
from world import is_alive, rss_kib, wait_for

ADMIN = ("unix-user", {"uid": GLib.Variant("u", 0)})


def confirm(client, cookie):
    """The root half of an agent: the password was right."""
    identity = ("unix-user", {"uid": GLib.Variant("u", pwd.getpwnam("weft-admin").pw_uid)})
    wire.call(wire.connect(), "org.freedesktop.PolicyKit1",
              "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority",
              "AuthenticationAgentResponse2",
              GLib.Variant("(us(sa{sv}))", (client.uid, cookie, identity)))
    client.order("answer", cookie=cookie)


def with_agent(world, user):
    client = world.client(user)
    client.ask("agent", "agent")
    return client


def test_a_user_whom_the_rules_deny_is_refused(world):
    world.start()
    client = world.client("weft-denied")
    assert client.open(1) == "AccessDenied"
    assert client.open(2, {"own": True}) == "AccessDenied"
    assert client.open(3, interactive=True) == "AccessDenied"


def test_a_user_whom_the_rules_allow_gets_a_session(world):
    world.start()
    client = world.client("weft-allowed1")
    assert client.open(1) == "opened"
    assert client.ask("start", "version", number=1)["version"] == wire.STREAM_VERSION


def test_the_right_to_trace_oneself_is_not_the_right_to_trace_all(world):
    world.start()
    client = world.client("weft-own")
    assert client.open(1) == "AccessDenied"
    assert client.open(2, {"own": True}) == "opened"


def test_every_method_is_refused_without_rights(world):
    world.start()
    world.helper()
    client = world.client("weft-denied")
    properties = "org.freedesktop.DBus.Properties"
    calls = [
        (wire.PATH, wire.NAME, "OpenSession", "(a{sv})", [{}]),
        (wire.PATH, properties, "GetAll", "(s)", [wire.NAME]),
        (wire.PATH, properties, "Get", "(ss)", [wire.NAME, "Version"]),
        (wire.PATH, wire.NAME, "Start", "(u)", [1]),
        (wire.SESSION_PATH, wire.SESSION, "Start", "(u)", [1]),
        (wire.SESSION_PATH, wire.SESSION, "Read", "(uu)", [4096, 0]),
        (wire.SESSION_PATH, wire.SESSION, "SetTargets", "(aubb)", [[1], True, True]),
        (wire.SESSION_PATH, wire.SESSION, "SetGroups", "(as)", [["sched"]]),
        (wire.SESSION_PATH, wire.SESSION, "Stop", None, None),
        (wire.SESSION_PATH, wire.SESSION, "GetRecursionMisses", None, None),
        (wire.SESSION_PATH, properties, "GetAll", "(s)", [wire.SESSION]),
    ]
    for path, interface, method, signature, args in calls:
        said = client.ask("call", "error", dest=wire.NAME, path=path, interface=interface,
                          method=method, signature=signature, args=args)
        assert said["error"] in ("AccessDenied", "UnknownMethod"), (method, said)


def test_the_session_of_another_is_out_of_reach(world):
    """Sessions are no objects on the bus: whoever guesses the path finds nothing."""
    world.start()
    owner = world.client("weft-allowed1")
    assert owner.open(1) == "opened"
    owner.ask("start", "version", number=1)
    for user in ("weft-allowed2", "weft-denied"):
        thief = world.client(user)
        for method, signature, args in (("Stop", None, None), ("Read", "(uu)", [4096, 0])):
            said = thief.ask("call", "error", dest=wire.NAME, path=wire.SESSION_PATH,
                             interface=wire.SESSION, method=method, signature=signature,
                             args=args)
            assert said["error"] in ("AccessDenied", "UnknownMethod"), said
    account = owner.ask("collect", "account", number=1, seconds=0.1)["account"]
    assert account[1] > 0


def test_nobody_is_asked_when_the_message_does_not_allow_it(world):
    world.start()
    client = with_agent(world, "weft-asked1")
    assert client.open(1) == "AccessDenied"
    assert client.hear(0.3) is None


def test_a_password_opens_a_session_and_is_kept_for_nobody_else(world):
    world.start()
    client = with_agent(world, "weft-asked1")
    client.order("open", numbers=[1], interactive=True)
    asked = client.expect("asked")
    assert asked["action"] == "io.github.weftscope.trace"
    confirm(client, asked["asked"])
    client.expect("opened")
    assert world.client("weft-asked2").open(1) == "AccessDenied"


def test_a_dismissed_dialog_is_a_refusal_that_says_so(world):
    world.start()
    client = with_agent(world, "weft-asked1")
    client.order("open", numbers=[1], interactive=True)
    client.order("answer", cookie=client.expect("asked")["asked"], dismiss=True)
    said = client.expect("refused")
    assert said["name"] == "AccessDenied" and said["message"].startswith("dismissed: "), said


def test_a_dialog_goes_with_its_caller(world):
    world.start()
    client = with_agent(world, "weft-asked1")
    for number in range(1, 6):  # each leaves its place to the next
        client.order("open", numbers=[number], interactive=True)
        asked = client.hear_of("asked")
        client.order("hang_up", numbers=[number])
        while client.hear_of("cancelled") != asked:
            pass
    client.order("open", numbers=[9], interactive=True)
    confirm(client, client.hear_of("asked"))
    client.hear_of("opened")


def test_an_answer_that_comes_after_the_caller_went_opens_nothing(world):
    world.start()
    pid = world.helper()
    before = len(os.listdir(f"/proc/{pid}/fd"))
    client = with_agent(world, "weft-asked1")
    client.order("open", numbers=[1], interactive=True)
    cookie = client.expect("asked")["asked"]
    client.kill()
    try:
        confirm(client, cookie)
    except (wire.RemoteError, OSError):
        pass
    wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) <= before, "closed descriptors")


def test_options_are_read_once_before_the_dialog(world):
    """What was asked for is what is opened, whatever is sent while the dialog is up."""
    world.start()
    client = with_agent(world, "weft-asked1")
    client.order("open", numbers=[1], options={"own": True}, interactive=True)
    asked = client.expect("asked")
    assert asked["action"] == "io.github.weftscope.trace-own"
    confirm_self(client, asked["asked"])
    client.expect("opened")
    client.ask("start", "version", number=1)
    said = client.ask("collect", "records", number=1, seconds=0.2)
    for kind, tid, _cpu, _data in wire.records(bytes.fromhex(said["records"])):
        if kind == 7:
            assert is_of(tid, client.uid), f"a task of another user: {tid}"


def confirm_self(client, cookie):
    identity = ("unix-user", {"uid": GLib.Variant("u", client.uid)})
    wire.call(wire.connect(), "org.freedesktop.PolicyKit1",
              "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority",
              "AuthenticationAgentResponse2",
              GLib.Variant("(us(sa{sv}))", (client.uid, cookie, identity)))
    client.order("answer", cookie=cookie)


def is_of(tid, uid):
    try:
        with open(f"/proc/{tid}/status") as status:
            return f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in status.read()
    except OSError:
        return True  # gone


def test_without_polkit_only_root_gets_in(world):
    world.start(polkit=False)
    assert world.client("weft-allowed1").open(1) == "AccessDenied"
    assert world.client("weft-allowed2").open(1, {"own": True}, True) == "AccessDenied"
    assert world.root_session().start() == wire.STREAM_VERSION


def test_a_killed_polkitd_is_a_refusal(world):
    world.start()
    client = with_agent(world, "weft-asked1")
    client.order("open", numbers=[1], interactive=True)
    client.expect("asked")
    helper = world.helper()
    world.kill(world.pid_of("org.freedesktop.PolicyKit1"))
    said = client.expect("refused")
    assert said["name"] == "AccessDenied", said
    assert is_alive(helper)
    # The bus starts another one, and all is as before.
    assert world.client("weft-allowed1").open(1) == "opened"


def test_a_hung_polkitd_holds_nobody_who_leaves(world):
    world.start()
    helper = world.helper()
    client = world.client("weft-asked1")
    assert client.open(1) == "AccessDenied"  # polkitd runs now
    polkitd = world.pid_of("org.freedesktop.PolicyKit1")
    world.kill(polkitd, signal.SIGSTOP)
    client.order("open", numbers=[2])
    client.order("open", numbers=[3])
    client.order("hang_up", numbers=[2, 3])
    time.sleep(0.5)
    assert world.root_session().start() == wire.STREAM_VERSION  # root asks nobody
    world.kill(polkitd, signal.SIGCONT)
    while client.hear(0.5) is not None:
        pass
    assert client.open(4) == "AccessDenied"
    assert is_alive(helper)


def test_two_hundred_prompts_of_one_user_leave_room_for_others(world):
    world.start()
    helper = world.helper()
    client = with_agent(world, "weft-asked1")
    before = rss_kib(helper)
    client.order("open", numbers=list(range(200)), interactive=True)
    asked, refused = 0, 0
    for _ in range(200):
        said = client.hear(60)
        assert said is not None, (asked, refused)
        asked += "asked" in said
        if "refused" in said:
            refused += 1
            assert said["name"] == "LimitsExceeded", said
    assert (asked, refused) == (2, 198), (asked, refused)
    assert rss_kib(helper) - before < 8192
    assert world.client("weft-allowed1").open(1) == "opened"


def test_prompts_of_many_users_are_limited_in_all(world):
    world.start()
    clients = [with_agent(world, f"weft-asked{i}") for i in range(1, 6)]
    for client in clients[:3]:
        client.order("open", numbers=[1, 2], interactive=True)
        client.expect("asked")
        client.expect("asked")
    # The last two are for users who are not being asked.
    clients[3].order("open", numbers=[1], interactive=True)
    clients[3].expect("asked")
    assert clients[3].open(2, interactive=True) == "LimitsExceeded"
    clients[4].order("open", numbers=[1], interactive=True)
    clients[4].expect("asked")
    assert clients[4].open(2, interactive=True) == "LimitsExceeded"
    clients[0].order("hang_up", numbers=[1])
    wait_for(lambda: "cancelled" in (clients[0].hear() or {}), "the end of a dialog")
    assert world.client("weft-allowed1").open(1) == "opened"


def test_a_flood_of_a_user_without_rights_refuses_nobody_else(world):
    world.start()
    pid = world.helper()
    flood = world.client("weft-denied")
    flood.order("flood", connections=60, seconds=5)
    honest = world.client("weft-allowed1")
    end, tries = time.monotonic() + 4, 0
    while time.monotonic() < end:
        tries += 1
        assert honest.open(tries) == "opened", f"refused at try {tries}"
        honest.ask("close", "closed", number=tries)
    said = flood.hear_of("flooded", 60)
    assert said > 10, f"a flood of {said}"
    assert is_alive(pid)
    print(f"# {tries} honest calls beside {said}", flush=True)
