"""What a session over the caller's own processes tells when a process stops being the
caller's, or only looks like it: set-user-id programs, memory that may not be dumped, other
groups, root in the user's clothes."""
import os
import pwd
import shutil
import struct
import subprocess

import wire
from world import Skip, wait_for

USER = "weft-own"
SWITCH, WAKE, FORK, EXEC, EXIT, RENAME, STATE = range(1, 8)
CLOCK_NANOSLEEP = {"x86_64": 230, "aarch64": 115}[os.uname().machine]

# Sleeps a few times, turns, tells when it has turned, sleeps on.
TURNING = """
import ctypes, os, sys, time
for _ in range(5): time.sleep(.02)
{turn}
print(time.monotonic_ns(), flush=True)
for _ in range(5): time.sleep(.02)
{end}
"""


class Told:
    """All that a session told while some programs ran."""

    def __init__(self, data):
        self.records = list(wire.records(data))

    def of(self, tid, *kinds):
        return [(kind, record) for kind, of, _cpu, record in self.records
                if of == tid and (not kinds or kind in kinds)]

    def naps(self, tid, after_ns=0):
        """How often it went to sleep by itself."""
        return sum(time_of(record) > after_ns
                   and struct.unpack_from("<h", record, 18)[0] == CLOCK_NANOSLEEP
                   for _kind, record in self.of(tid, SWITCH))

    def named(self):
        """Every tid in any place of any record."""
        named = set()
        for kind, tid, _cpu, record in self.records:
            named.add(tid)
            if kind in (SWITCH, WAKE):
                named.add(struct.unpack_from("<I", record, 20 if kind == SWITCH else 16)[0])
            if kind in (FORK, EXEC, EXIT, RENAME, STATE):
                named |= set(struct.unpack_from("<II", record, 16))
        return named


def as_uid(uid):
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--inh-caps=-all"]


def time_of(record):
    return struct.unpack_from("<Q", record, 0)[0]


def comm_of(record):
    return record[48:64].split(b"\0")[0]


class Session:
    """Own processes of the user, told of until finish()."""

    def __init__(self, world, inside=()):
        world.start()
        self.world, self.inside = world, inside
        self.client = world.client(USER, inside)
        assert self.client.open(1, {"own": True}) == "opened"
        self.client.ask("start", "version", number=1)

    def run(self, *argv, uid=None, gid=None):
        uid = self.client.uid if uid is None else uid
        gid = self.client.uid if gid is None else gid
        process = self.world.spawn("setpriv", f"--reuid={uid}", f"--regid={gid}",
                                   "--clear-groups", *argv, stdout=subprocess.PIPE, text=True)
        output, _ = process.communicate(timeout=30)
        return process.pid, output.strip()

    def run_turning(self, turn, end="", **ids):
        pid, output = self.run("/usr/bin/python3", "-c", TURNING.format(turn=turn, end=end), **ids)
        return pid, int(output)

    def finish(self):
        said = self.client.ask("collect", "records", 30, number=1, seconds=0.2)
        assert said["account"][3] == 0, "some was lost"
        return Told(bytes.fromhex(said["records"]))


def test_a_set_user_id_program_leaves_the_session(world):
    session = Session(world)
    program = f"{world.work}/suid-sleep"
    shutil.copy(shutil.which("sleep"), program)
    os.chmod(program, 0o4755)
    source = f"""
import os, time
for _ in range(5): time.sleep(.02)
os.execv({program!r}, ["suid-sleep", "0.2"])
"""
    pid, _output = session.run("/usr/bin/python3", "-c", source)
    told = session.finish()
    assert told.naps(pid) >= 5, "it was not seen before"
    # The kernel gives it its new name before its new rights; who execs it knows that name.
    turned = [time_of(record) for _kind, record in told.of(pid, RENAME)
              if comm_of(record) == b"suid-sleep"]
    assert len(turned) <= 1, turned
    last_ns = turned[0] if turned else max(time_of(record) for _, record in told.of(pid))
    assert told.naps(pid, last_ns) == 0, "its sleep was seen"
    execs = [comm_of(record) for _kind, record in told.of(pid, EXEC)]
    assert b"suid-sleep" not in execs, execs
    assert not told.of(pid, EXIT), "its end was told"


def test_a_process_that_may_not_be_dumped_leaves_the_session(world):
    session = Session(world)
    pid, turned_ns = session.run_turning("ctypes.CDLL(None).prctl(4, 0)", "os._exit(3)")
    again, back_ns = session.run_turning("ctypes.CDLL(None).prctl(4, 0); "
                                         "ctypes.CDLL(None).prctl(4, 1)")
    told = session.finish()
    assert told.naps(pid) >= 5 and told.naps(pid, turned_ns) == 0
    # One that may be dumped again comes back.
    assert told.naps(again, back_ns) >= 5


def test_a_root_process_in_the_users_clothes_is_not_the_users(world):
    session = Session(world)
    uid = session.client.uid
    turn = f"os.setresgid({uid}, {uid}, {uid}); os.setresuid({uid}, {uid}, {uid})"
    pid, _turned_ns = session.run_turning(turn, uid=0, gid=0)
    saved = f"os.setresgid({uid}, {uid}, {uid}); os.setresuid({uid}, {uid}, 0)"
    kept, _turned_ns = session.run_turning(saved, uid=0, gid=0)
    told = session.finish()
    assert told.naps(pid) == 0, "what it does was seen"
    assert kept not in told.named(), "with root's id saved it was named"


def test_a_process_of_another_group_is_not_named(world):
    session = Session(world)
    pid, _turned_ns = session.run_turning("pass", gid=session.client.uid + 1)
    own, _turned_ns = session.run_turning("pass")
    told = session.finish()
    assert pid not in told.named()
    assert told.naps(own) >= 10
    wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "its end")


def test_who_asks_from_a_user_namespace_sees_nothing_outside(world):
    """Root of a container without rights is its owner on the bus, but may look at nothing of
    its owner's outside."""
    inside = ("unshare", "--user", "--map-current-user")
    user = as_uid(pwd.getpwnam(USER).pw_uid)
    if subprocess.run([*user, *inside, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip("users may not make user namespaces here")
    session = Session(world, inside)
    outside, _turned_ns = session.run_turning("pass")
    told = session.finish()
    assert outside not in told.named(), "a process outside was named"
    assert session.client.pid in told.named(), "the one inside was not"


# Becomes the user within a namespace whose maps root writes, and sheds what it can do there.
INSIDE = """
import ctypes, os, sys
ctypes.CDLL(None).unshare(0x10000000)
print(flush=True)
sys.stdin.readline()
uid = int(sys.argv[1])
os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
os.execv(sys.executable, [sys.executable, "-c", sys.argv[2]])
"""


def test_who_asks_from_outside_sees_nothing_within_a_user_namespace_of_root_s(world):
    session = Session(world)
    uid = session.client.uid
    process = world.spawn("/usr/bin/python3", "-c", INSIDE, str(uid), TURNING.format(turn="pass", end=""),
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    for what in ("uid_map", "gid_map"):
        with open(f"/proc/{process.pid}/{what}", "w") as file:
            file.write(f"{uid} {uid} 1")
    output, _ = process.communicate("\n", timeout=30)
    assert process.returncode == 0 and int(output) > 0
    assert process.pid not in session.finish().named()


# Asks for a session and goes; its child, whom nobody knows, starts it.
GOING = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
import wire
fd = wire.open_fd(wire.connect(), {"own": wire.GLib.Variant("b", True)})
parent = os.getpid()
if os.fork():
    os._exit(0)
while os.path.exists(f"/proc/{parent}"):
    time.sleep(.01)
raw = wire.Raw(fd)  # no thread of GDBus's is in a child
raw.send(raw.message("Start", "u", b"\\1\\0\\0\\0"))
print(raw.socket.recv(4096))
"""


def test_a_caller_that_has_gone_is_refused_in_words(world):
    """It could have been in a user namespace: what it may see is not known any more."""
    world.start()
    folder = os.path.dirname(wire.__file__)
    run = subprocess.run([*as_uid(pwd.getpwnam(USER).pw_uid), "sh", "-c",
                          '/usr/bin/python3 -B -c "$1" "$2"; sleep 0.1', "sh", GOING, folder],
                         capture_output=True, text=True, timeout=30)
    assert "has ended" in run.stdout, run
