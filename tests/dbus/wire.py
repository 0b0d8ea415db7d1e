"""The helper's interfaces, as the tests speak them: one session on the bus, one
on the private connection. In: calls. Out: answers, or RemoteError."""
import socket
import struct

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

BUS_ADDRESS = "unix:path=/run/dbus/system_bus_socket"
NAME = "io.github.weftscope.Tracer1"
PATH = "/io/github/weftscope/Tracer1"
SESSION = "io.github.weftscope.Session1"
SESSION_PATH = "/io/github/weftscope/Session1"
FOREVER_MS = 2**31 - 1
STREAM_VERSION = 1


class RemoteError(Exception):
    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name, self.message = name, message

    @property
    def short(self):
        return self.name.rsplit(".", 1)[-1]


def from_glib(error):
    name = Gio.DBusError.get_remote_error(error)
    if name is None:
        name = f"{error.domain}.{error.code}"
    return RemoteError(name, error.message)


def connect():
    flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
             | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
    bus = Gio.DBusConnection.new_for_address_sync(BUS_ADDRESS, flags, None, None)
    bus.set_exit_on_close(False)
    return bus


def call(bus, dest, path, interface, method, args=None, timeout_ms=10000):
    try:
        return bus.call_sync(dest, path, interface, method, args, None,
                             Gio.DBusCallFlags.NONE, timeout_ms, None)
    except GLib.Error as error:
        raise from_glib(error) from None


def open_message(options=None, interactive=False):
    message = Gio.DBusMessage.new_method_call(NAME, PATH, NAME, "OpenSession")
    message.set_body(GLib.Variant("(a{sv})", (options or {},)))
    if interactive:
        message.set_flags(Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION)
    return message


def take_fd(reply):
    """The descriptor of an answer to OpenSession; RemoteError when it is none."""
    if reply.get_message_type() == Gio.DBusMessageType.ERROR:
        body = reply.get_body()
        raise RemoteError(reply.get_error_name(), body.unpack()[0] if body else "")
    return reply.get_unix_fd_list().get(0)


def open_fd(bus, options=None, timeout_ms=20000):
    try:
        reply, _serial = bus.send_message_with_reply_sync(
            open_message(options), Gio.DBusSendMessageFlags.NONE, timeout_ms, None)
    except GLib.Error as error:
        raise from_glib(error) from None
    return take_fd(reply)


class Session:
    """A private connection, spoken to through GDBus."""

    def __init__(self, fd):
        stream = Gio.Socket.new_from_fd(fd).connection_factory_create_connection()
        self.stream = stream
        self.connection = Gio.DBusConnection.new_sync(
            stream, None, Gio.DBusConnectionFlags.NONE, None, None)
        self.connection.set_exit_on_close(False)

    def call(self, method, args=None, timeout_ms=10000):
        return call(self.connection, None, SESSION_PATH, SESSION, method, args, timeout_ms)

    def start(self, version=STREAM_VERSION):
        return self.call("Start", GLib.Variant("(u)", (version,)), 30000).unpack()[0]

    def read(self, max_bytes=1 << 20, wait_ms=33):
        answer = self.call("Read", GLib.Variant("(uu)", (max_bytes, wait_ms)))
        account = [answer.get_child_value(i).get_uint64() for i in range(1, 5)]
        return bytes(answer.get_child_value(0).get_data_as_bytes().get_data()), account

    def stop(self):
        self.call("Stop")

    def read_to_the_end(self):
        everything = b""
        while True:
            data, account = self.read()
            everything += data
            if not data:
                return everything, account

    def close(self):
        try:
            self.connection.close_sync(None)
        except GLib.Error:
            pass


def records(data):
    """(kind, tid, cpu, bytes of the record) of each record."""
    offset = 0
    while offset < len(data):
        _time, kind, units, cpu, tid = struct.unpack_from("=QBBHI", data, offset)
        yield kind, tid, cpu, data[offset:offset + 32 * units]
        offset += 32 * units


class Raw:
    """A private connection as a plain socket, for what GDBus would not send."""

    def __init__(self, fd):
        self.socket = socket.socket(fileno=fd)
        self.socket.setblocking(True)
        self.serial = 0

    def message(self, member, signature="", body=b"", flags=0, interface=SESSION):
        """A method call, little endian."""
        self.serial += 1
        fields = [(1, "o", SESSION_PATH), (2, "s", interface), (3, "s", member)]
        if signature:
            fields.append((8, "g", signature))
        head = b""
        for code, kind, value in fields:
            head += b"\0" * (-len(head) % 8)
            head += bytes([code, 1]) + kind.encode() + b"\0"
            value = value.encode()
            if kind == "g":
                head += bytes([len(value)]) + value + b"\0"
            else:
                head += b"\0" * (-len(head) % 4)
                head += struct.pack("<I", len(value)) + value + b"\0"
        start = struct.pack("<cBBBIII", b"l", 1, flags, 1, len(body), self.serial, len(head))
        return start + head + b"\0" * (-len(head) % 8) + body

    def send(self, data, timeout_s=5):
        """Returns how much the other side took."""
        self.socket.settimeout(timeout_s)
        sent = 0
        try:
            while sent < len(data):
                sent += self.socket.send(data[sent:sent + 65536], socket.MSG_NOSIGNAL)
        except (BlockingIOError, TimeoutError, ConnectionError, BrokenPipeError):
            pass
        return sent

    def is_closed(self, timeout_s=5):
        """Whether the helper hung up, everything it sent before read away."""
        self.socket.settimeout(timeout_s)
        try:
            while self.socket.recv(1 << 16):
                pass
            return True
        except ConnectionError:
            return True
        except (TimeoutError, BlockingIOError):
            return False

    def close(self):
        self.socket.close()


def process_of(bus, name=NAME):
    answer = call(bus, "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                  "GetConnectionUnixProcessID", GLib.Variant("(s)", (name,)))
    return answer.unpack()[0]

