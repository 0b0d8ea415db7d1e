"""An unprivileged client, told what to do on standard input, one JSON object a
line, and telling on standard output. Runs as a user of the tests. Knows how to
open sessions, to use them, and to be polkit's agent for itself."""
import json
import os
import sys
import threading
import time

import wire
from wire import Gio, GLib

AGENT_PATH = "/io/github/weftscope/test/agent"
AGENT_XML = """<node><interface name="org.freedesktop.PolicyKit1.AuthenticationAgent">
<method name="BeginAuthentication"><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="a{ss}" direction="in"/><arg type="s" direction="in"/>
<arg type="a(sa{sv})" direction="in"/></method>
<method name="CancelAuthentication"><arg type="s" direction="in"/></method>
</interface></node>"""
AUTHORITY = ("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
             "org.freedesktop.PolicyKit1.Authority")

sessions = {}
openings = {}
asked = {}  # cookie: the agent's open question


def tell(**what):
    print(json.dumps(what), flush=True)


def opened(bus, result, number):
    try:
        fd = wire.take_fd(bus.send_message_with_reply_finish(result))
        sessions[number] = wire.Session(fd)
        tell(opened=number)
    except wire.RemoteError as error:
        tell(refused=number, name=error.short, message=error.message)
    except GLib.Error as error:
        tell(refused=number, name="Local", message=error.message)


def do_open(numbers, options=None, interactive=False):
    """One connection and one call for each number; answers come as they come."""
    variants = {"own": "b", "ring-bytes": "u"}
    packed = {key: GLib.Variant(variants.get(key, "s"), value)
              for key, value in (options or {}).items()}
    for number in numbers:
        bus = openings[number] = wire.connect()
        bus.send_message_with_reply(wire.open_message(packed, interactive),
                                    Gio.DBusSendMessageFlags.NONE, wire.FOREVER_MS, None,
                                    opened, number)


def do_hang_up(numbers):
    """The connections to the bus, not those to sessions."""
    for number in numbers:
        openings.pop(number).close_sync(None)
    tell(hung_up=True)


def do_start(number):
    tell(version=sessions[number].start())


def do_churn(seconds, options=None):
    """Opens, starts and closes sessions one after the other; tells how many it started."""
    end = GLib.get_monotonic_time() + seconds * 1e6
    packed = {key: GLib.Variant("b", value) for key, value in (options or {}).items()}
    bus, started, refused = wire.connect(), 0, 0
    while GLib.get_monotonic_time() < end:
        try:
            session = wire.Session(wire.open_fd(bus, packed))
            session.start()
            started += 1
            session.close()
        except wire.RemoteError:
            refused += 1
    tell(churned=started, refused=refused)


def do_regroup(number, seconds):
    """Switches a group off and on, again and again; tells how often."""
    end = GLib.get_monotonic_time() + seconds * 1e6
    changed = 0
    while GLib.get_monotonic_time() < end:
        changed += 1
        sessions[number].call("SetGroups", GLib.Variant("(as)", (["sched"] if changed % 2 == 0 else [],)), 60000)
    tell(regrouped=changed)


def do_retarget(number, seconds):
    """Chooses as many processes as it may, again and again; tells how often."""
    end = GLib.get_monotonic_time() + seconds * 1e6
    chosen = 0
    while GLib.get_monotonic_time() < end:
        first = 1 + chosen % 2
        sessions[number].call("SetTargets", GLib.Variant(
            "(aubb)", (list(range(first, first + 4096)), True, False)), 60000)
        chosen += 1
    tell(retargeted=chosen)


def do_flood(connections, seconds):
    """Calls OpenSession over and over on many connections; tells how many calls were answered."""
    end = GLib.get_monotonic_time() + seconds * 1e6
    count = {"answered": 0, "open": connections}

    def ask(bus):
        bus.send_message_with_reply(wire.open_message({"own": GLib.Variant("b", True)}),
                                    Gio.DBusSendMessageFlags.NONE, wire.FOREVER_MS, None, answered)

    def answered(bus, result):
        bus.send_message_with_reply_finish(result)
        count["answered"] += 1
        if GLib.get_monotonic_time() < end:
            ask(bus)
            return
        bus.close(None, None)
        count["open"] -= 1
        if count["open"] == 0:
            tell(flooded=count["answered"])

    for _ in range(connections):
        ask(wire.connect())


def do_bomb(entries, wait_s):
    """An OpenSession of so many options, and a signal of as many bytes; tells whether the first
    was answered in time."""
    bus = wire.RawBus()
    entry = b"\0\0\0\0\0\1y\0\7" + b"\0" * 7  # "" → 7
    options = (entry * entries)[:-7]
    bus.open_session("a{sv}", len(options).to_bytes(4, "little") + b"\0" * 4 + options)
    answered = bool(bus.answer(wait_s))
    bus.signal(b"\0" * (16 * entries))
    tell(bombed=answered)


def do_vanish(calls):
    """Asks for sessions and is gone before it hears, each time a little later."""
    for number in range(calls // 50):
        buses = [wire.connect() for _ in range(50)]
        for bus in buses:
            bus.send_message(wire.open_message({"own": GLib.Variant("b", True)}),
                             Gio.DBusSendMessageFlags.NONE)
        for bus in buses:
            bus.flush_sync(None)
        time.sleep(0.001 * (number % 8))
        for bus in buses:
            bus.close_sync(None)
    tell(vanished=calls)


def do_collect(number, seconds):
    """Reads for a while, then stops; tells which tids each kind named."""
    session = sessions[number]
    end = GLib.get_monotonic_time() + seconds * 1e6
    data = b""
    while GLib.get_monotonic_time() < end:
        data += session.read()[0]
    session.stop()
    rest, account = session.read_to_the_end()
    tell(records=(data + rest).hex(), account=account)


def do_close(number):
    sessions.pop(number).close()
    tell(closed=number)


def do_call(dest, path, interface, method, signature=None, args=None):
    bus = wire.connect()
    try:
        variant = GLib.Variant(signature, tuple(args)) if signature else None
        tell(answer=str(wire.call(bus, dest, path, interface, method, variant)))
    except wire.RemoteError as error:
        tell(error=error.short, message=error.message)


def agent_call(_bus, _sender, _path, _interface, method, args, invocation):
    args = args.unpack()
    if method == "BeginAuthentication":
        asked[args[4]] = invocation
        tell(asked=args[4], action=args[0])
    else:
        tell(cancelled=args[0])
        question = asked.pop(args[0], None)
        if question is not None:
            question.return_dbus_error("org.freedesktop.PolicyKit1.Error.Cancelled", "")
        invocation.return_value(None)


def do_agent():
    """Becomes the agent of this process."""
    bus = wire.connect()
    openings["agent"] = bus
    interface = Gio.DBusNodeInfo.new_for_xml(AGENT_XML).interfaces[0]
    bus.register_object(AGENT_PATH, interface, agent_call, None, None)
    start = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19])
    subject = ("unix-process", {"pid": GLib.Variant("u", os.getpid()),
                                "start-time": GLib.Variant("t", start),
                                "uid": GLib.Variant("i", os.getuid())})
    wire.call(bus, *AUTHORITY, "RegisterAuthenticationAgent",
              GLib.Variant("((sa{sv})ss)", (subject, "C", AGENT_PATH)))
    tell(agent=True)


def do_answer(cookie, dismiss=False):
    """The agent's dialog is over."""
    invocation = asked.pop(cookie)
    if dismiss:
        invocation.return_dbus_error("org.freedesktop.PolicyKit1.Error.Cancelled", "")
    else:
        invocation.return_value(None)


def obey(line):
    order = json.loads(line)
    try:
        globals()["do_" + order.pop("do")](**order)
    except Exception as error:  # the test reads it as its answer
        tell(failed=f"{type(error).__name__}: {error}")


def read_orders(loop):
    for line in sys.stdin:
        GLib.idle_add(obey, line)
    GLib.idle_add(loop.quit)


def main():
    loop = GLib.MainLoop()
    threading.Thread(target=read_orders, args=(loop,), daemon=True).start()
    tell(ready=os.getpid())
    loop.run()


if __name__ == "__main__":
    sys.exit(main())
