"""An unprivileged client, told what to do on standard input, one JSON object a
line, and telling on standard output. Runs as a user of the tests. Knows how to
open sessions, to use them, and to be polkit's agent for itself."""
import json
import os
import sys
import threading

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
