"""The helper's interfaces, as the tests speak them: one session on the bus, one
on the private connection. In: calls. Out: answers, or RemoteError."""
import os
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
# Of record.h: what this suite looks for.
EXEC, HAS_PARTS = 4, 0x80


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


def field_value(kind, value):
    """Of a header field that begins at a multiple of 8, little endian."""
    if kind == "g":
        return bytes([len(value)]) + value.encode() + b"\0"
    if kind in "so":
        return struct.pack("<I", len(value.encode())) + value.encode() + b"\0"
    return struct.pack("<I", value) if kind == "u" else value


def message(fields, body=b"", kind=1, flags=0, serial=1):
    """A message with the header fields (code, type, value), true or not."""
    head = b""
    for code, type_, value in fields:
        head += b"\0" * (-len(head) % 8)
        head += bytes([code, len(type_)]) + type_.encode() + b"\0" + field_value(type_, value)
    start = struct.pack("<cBBBIII", b"l", kind, flags, 1, len(body), serial, len(head))
    return start + head + b"\0" * (-len(head) % 8) + body


class Raw:
    """A private connection as a plain socket, for what GDBus would not send."""

    def __init__(self, fd):
        self.socket = socket.socket(fileno=fd)
        self.socket.setblocking(True)
        self.serial = 0

    def message(self, member, signature="", body=b"", flags=0, interface=SESSION):
        """A method call as it should be."""
        self.serial += 1
        fields = [(1, "o", SESSION_PATH), (2, "s", interface), (3, "s", member)]
        if signature:
            fields.append((8, "g", signature))
        return message(fields, body, flags=flags, serial=self.serial)

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



BUS = "org.freedesktop.DBus"


class RawBus:
    """A connection to the bus as a plain socket, for what no library would send."""

    def __init__(self):
        self.serial = 0
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(BUS_ADDRESS.split("=")[1])
        uid = str(os.getuid()).encode().hex().encode()
        self.socket.send(b"\0AUTH EXTERNAL " + uid + b"\r\n")
        assert self.socket.recv(1000).startswith(b"OK"), "the bus does not let us in"
        self.socket.send(b"BEGIN\r\n")
        self.send([(1, "o", "/org/freedesktop/DBus"), (2, "s", BUS), (3, "s", "Hello"), (6, "s", BUS)])
        heard = b""
        while b"NameAcquired" not in heard:  # the last that is not an answer to us
            heard += self.socket.recv(1000)

    def send(self, fields, body=b"", kind=1):
        self.serial += 1
        self.socket.sendall(message(fields, body, kind, serial=self.serial))

    def open_session(self, signature, body):
        """An OpenSession with arguments of any kind."""
        self.send([(1, "o", PATH), (2, "s", NAME), (3, "s", "OpenSession"), (6, "s", NAME),
                   (8, "g", signature)], body)

    def signal(self, body):
        self.send([(1, "o", PATH), (2, "s", NAME), (3, "s", "Noise"), (6, "s", NAME), (8, "g", "ay")],
                  struct.pack("<I", len(body)) + body, kind=4)

    def answer(self, timeout_s):
        """What comes, or nothing."""
        self.socket.settimeout(timeout_s)
        try:
            return self.socket.recv(4096)
        except TimeoutError:
            return b""
        finally:
            self.socket.settimeout(None)
