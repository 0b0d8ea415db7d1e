"""A hostile client, as any user of the tests: opens sessions and does to them what comes to
its mind, at random but from a seed: valid calls in any order, changed bytes, forged fields,
descriptors, halves of messages, hanging up in the midst. Arguments: SEED SECONDS OWN. Prints
how many sessions it had."""
import array
import os
import random
import socket
import struct
import sys
import time

import wire
from wire import GLib

PATH, INTERFACE = (1, "o", wire.SESSION_PATH), (2, "s", wire.SESSION)
PROPERTIES = (2, "s", "org.freedesktop.DBus.Properties")


def text(value):
    value = value.encode()
    return struct.pack("<I", len(value)) + value + b"\0"


def calls(chance):
    """(interface, member, signature, body) of a valid call."""
    name = text(wire.SESSION)
    targets = [chance.randrange(1, 1 << 22) for _ in range(chance.choice((0, 1, 5, 4096)))]
    return chance.choice((
        (INTERFACE, "Start", "u", struct.pack("<I", chance.choice((0, 1, 2, 2**32 - 1)))),
        (INTERFACE, "Read", "uu", struct.pack("<II", chance.choice((0, 128, 8192, 1 << 22, 2**32 - 1)),
                                              chance.choice((0, 1, 33, 1000, 2000)))),
        (INTERFACE, "Read", "uu", struct.pack("<II", 1 << 20, 5)),
        (INTERFACE, "SetTargets", "aubb", struct.pack(f"<I{len(targets)}III", 4 * len(targets), *targets,
                                                      chance.randrange(2), chance.randrange(2))),
        (INTERFACE, "SetGroups", "as", struct.pack("<I", 10) + text("sched")),
        (INTERFACE, "SetGroups", "as", struct.pack("<I", 9) + text("life")),
        (INTERFACE, "SetGroups", "as", struct.pack("<I", 0)),
        (INTERFACE, "Stop", "", b""), (INTERFACE, "GetRecursionMisses", "", b""),
        (PROPERTIES, "Get", "ss", name + b"\0" * (-len(name) % 4) + text("Capabilities")),
        (PROPERTIES, "GetAll", "s", name), (INTERFACE, "Later", "u", b"\1\0\0\0"),
    ))


def valid(chance, serial):
    interface, member, signature, body = calls(chance)
    fields = [PATH, interface, (3, "s", member)] + ([(8, "g", signature)] if signature else [])
    chance.shuffle(fields)
    return wire.message(fields, body, flags=chance.choice((0, 0, 0, 0, 1, 2, 4)), serial=serial)


def forged(chance, serial):
    """A call with a field too many, or one that is not what it should be."""
    interface, member, signature, body = calls(chance)
    fields = [PATH, interface, (3, "s", member), (8, "g", signature)]
    kind = chance.choice("sogu")
    value = chance.randrange(2**32) if kind == "u" else chance.choice(("", "a", "/", ":1.1", "s", "(", "x" * 250))
    field = (chance.randrange(12), kind, value)
    if chance.randrange(2):
        fields.append(field)
    else:
        fields[chance.randrange(4)] = field
    return wire.message(fields, body, kind=chance.choice((1, 1, 1, 0, 2, 3, 4, 255)), serial=serial)


def changed(chance, serial):
    message = bytearray(valid(chance, serial))
    for _ in range(chance.randrange(1, 4)):
        message[chance.randrange(len(message))] = chance.randrange(256)
    return bytes(message[:chance.randrange(1, len(message) + 1)] if chance.randrange(4) == 0 else message)


def send(end, data, chance):
    way = chance.randrange(10)
    if way == 0:
        with open(os.devnull) as nothing:
            number = chance.randrange(1, 81)
            end.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                  array.array("i", [nothing.fileno()] * number))], socket.MSG_NOSIGNAL)
    elif way == 1:
        for byte in data[:200]:
            end.send(bytes([byte]), socket.MSG_NOSIGNAL)
        end.send(data[200:], socket.MSG_NOSIGNAL)
    else:
        end.send(data, socket.MSG_NOSIGNAL)


def use(fd, chance):
    with socket.socket(fileno=fd) as end:
        end.settimeout(0.3)
        reads = chance.choice((0, 1, 1, 1))
        hostile = chance.choice((0, 0.01, 0.1, 1))
        try:
            for serial in range(1, chance.randrange(2, 300)):
                make = chance.choice((forged, changed)) if chance.random() < hostile else valid
                send(end, make(chance, serial), chance)
                if reads and serial % 4 == 0:
                    end.recv(1 << 20)
            if chance.randrange(3) == 0:
                end.shutdown(chance.choice((socket.SHUT_WR, socket.SHUT_RD)))
                end.recv(1 << 16)
        except OSError:
            pass
        time.sleep(chance.choice((0, 0, 0.01)))


def main():
    seed, seconds, own = (float(word) for word in sys.argv[1:])
    chance, end, count = random.Random(seed), time.monotonic() + seconds, 0
    options = {"own": GLib.Variant("b", bool(own)), "ring-bytes": GLib.Variant("u", 1 << 20)}
    bus = wire.connect()
    while time.monotonic() < end:
        try:
            use(wire.open_fd(bus, options, 120000), chance)
            count += 1
        except wire.RemoteError as error:
            if error.short not in ("LimitsExceeded", "AccessDenied"):
                raise
            time.sleep(0.02)
        if chance.randrange(30) == 0:  # asks, and does not wait for the answer
            bus.send_message(wire.open_message(options), wire.Gio.DBusSendMessageFlags.NONE)
            bus.close_sync(None)
            bus = wire.connect()
    print(count)


main()
