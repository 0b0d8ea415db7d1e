"""Kernel facts that the states stand on, each seen in the events of a real recording of a
small program: how a thread left its CPU, in which call, who woke it, under which name."""
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import points
from recorded import WEFTSCOPE


class Program:
    """Records `python3 -c SOURCE`."""

    def __init__(self, source, *options):
        self.folder = tempfile.TemporaryDirectory(prefix="weft-facts-")
        self.file = Path(self.folder.name) / "run.weft"
        told = subprocess.run([WEFTSCOPE, "record", *options, "-o", self.file, "--",
                               "/usr/bin/python3", "-c", source], capture_output=True, text=True)
        assert told.returncode == 0, told.stderr

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def rows(self, *kinds):
        told = subprocess.run([WEFTSCOPE, "export", self.file, "-o", "-", "--format", "csv",
                               "--events", "all"], check=True, capture_output=True, text=True)
        return [row for row in csv.DictReader(told.stdout.splitlines())
                if row["Event_Type"] in kinds]

    def waits(self, call):
        """The switches by which threads began to wait in this system call."""
        return [row for row in self.rows("SWITCH")
                if row["System_Call"] == call and row["Reason"] not in ("preempted", "yielded")]

    def stat(self):
        return subprocess.run([WEFTSCOPE, "stat", self.file], check=True, capture_output=True,
                              text=True).stdout


def test_sched_yield_is_a_yield_and_no_wait():
    # Two of them on one CPU, so that one has somebody to yield to.
    with Program("""
import os, time
os.sched_setaffinity(0, {0})
os.fork()
end = time.monotonic() + .5
while time.monotonic() < end: os.sched_yield()
""") as program:
        rows = [row for row in program.rows("SWITCH") if row["System_Call"] == "sched_yield"]
        yields = [row for row in rows if row["Reason"] == "yielded"]
        # Where others want that CPU, too, each yield lasts as long as their slices.
        assert len(yields) > 10, f"{len(yields)} yields of {len(rows)}"
        assert all(row["State"] == "runnable" for row in rows), "a yield waits for nothing"


def test_a_sleep_ends_with_an_interrupt_and_has_no_waker():
    with Program("import time\nfor _ in range(200): time.sleep(.002)") as program:
        # Those for whom another thread is to blame are a waking in the name of whoever ran.
        wakes = [row for row in program.rows("WAKEUP") if row["Command"] == "python3"]
        late = [row for row in wakes if row["Waker_Context"] in ("hardirq", "softirq")]
        # An interrupt in the context of a task that the kernel hides is not told; one in 20
        # runs had one, on a machine whose first process is hidden.
        assert len(late) >= 180, f"{len(late)} of {len(wakes)} wakings were by interrupts"
        assert not any(row["Waker_TID"] for row in late), "an interrupt was given a thread's name"
        assert all(row["State"] == "timer" for row in program.waits("clock_nanosleep"))


def test_a_pipe_is_written_by_a_thread_that_has_a_name():
    # Written only when the reader sleeps, however long a busy machine keeps it from that.
    with Program("""
import os, time
a, b = os.pipe()
child = os.fork()
if child:
    for _ in range(100):
        time.sleep(.002)
        while open(f'/proc/{child}/stat').read().rsplit(')', 1)[1].split()[0] != 'S':
            time.sleep(.001)
        os.write(b, b'x')
else:
    for _ in range(100): os.read(a, 1)
    os._exit(0)
os.wait()
""") as program:
        woken = [row for row in program.rows("WAKEUP") if row["Waker_Context"] == "task"
                 and row["Waker_Command"] == "python3"]
        # Of a state S that is only about to sleep it may be called back.
        assert len(woken) >= 95, f"{len(woken)} of 100 were woken by the writer"
        # The interpreter reads its own files, too, and waits for the disk.
        waits = [row for row in program.waits("read") if row["Waits_On"] == "pipe"]
        states = {row["State"] for row in waits}
        assert len(waits) >= 90 and states == {"pipe_file"}, (len(waits), states)


def test_a_descriptor_is_told_by_its_kind():
    with Program("""
import os, socket, threading, time, pty
one, other = socket.socketpair()
master, slave = pty.openpty()
def late():
    for _ in range(5):
        time.sleep(.1); other.send(b'x'); time.sleep(.1); os.write(master, b'x\\n')
threading.Thread(target=late).start()
for _ in range(5):                                    # of which one at least comes in time
    os.read(one.fileno(), 1)
    os.read(slave, 2)
""") as program:
        kinds = {row["Waits_On"]: row["State"] for row in program.waits("read")}
        assert kinds.get("socket") == "socket", kinds
        assert kinds.get("tty") == "pipe_file", kinds


def test_locks_of_files_semaphores_and_queues_are_told_apart():
    with Program("""
import ctypes, fcntl, os, tempfile, time
libc = ctypes.CDLL(None)
file = tempfile.NamedTemporaryFile()
message = ctypes.create_string_buffer(64)
message[0] = 1                                        # its type
take, give = ctypes.create_string_buffer(6), ctypes.create_string_buffer(6)
take[2:4], give[2] = bytes([255, 255]), 1
semaphore = libc.semget(0, 1, 0o1600)
queue = libc.msgget(0, 0o1600)
pairs = [                                             # who waits, who ends it
    (lambda: fcntl.flock(os.open(file.name, os.O_RDWR), fcntl.LOCK_EX),
     lambda: fcntl.flock(file, fcntl.LOCK_UN)),
    (lambda: fcntl.lockf(os.open(file.name, os.O_RDWR), fcntl.LOCK_EX),
     lambda: fcntl.lockf(file, fcntl.LOCK_UN)),
    (lambda: libc.semop(semaphore, take, 1), lambda: libc.semop(semaphore, give, 1)),
    (lambda: libc.msgrcv(queue, message, 1, 0, 0), lambda: libc.msgsnd(queue, message, 1, 0))]
for wait, end in pairs:
    fcntl.flock(file, fcntl.LOCK_EX)
    fcntl.lockf(file, fcntl.LOCK_EX)
    child = os.fork()
    if child == 0:
        wait()
        os._exit(0)
    while 'S (sleeping)' not in open(f'/proc/{child}/status').read():
        time.sleep(.01)
    time.sleep(.05)
    end()
    os.waitpid(child, 0)
libc.semctl(semaphore, 0, 0)
libc.msgctl(queue, 0, None)
""") as program:
        expected = {"flock": "lock", "fcntl": "lock", "msgrcv": "pipe_file",
                    "semtimedop": "condition"}        # which the C library calls for semop()
        for call, state in expected.items():
            states = {row["State"] for row in program.waits(call)}
            assert states == {state}, f"{call}: {states}"


def test_a_lock_and_a_condition_are_told_apart():
    with Program("""
import ctypes, threading, time
libc = ctypes.CDLL(None)
words = (ctypes.c_int * 16)(1)
words[8] = 2
end = (ctypes.c_long * 2)()
libc.clock_gettime(1, ctypes.byref(end)); end[0] += 60
def wait(op, at, timeout):
    place = ctypes.byref(words, 4 * at)
    done = []
    def wake():                                       # once may be too early
        while not done:
            time.sleep(.05)
            libc.syscall(202, place, 129, 1, None, 0, 0)
    waker = threading.Thread(target=wake)
    waker.start()
    libc.syscall(202, place, op, words[at], timeout, 0, -1)
    done.append(1)
    waker.join()
wait(128, 0, None)                                    # WAIT_PRIVATE: a condition of GLib
wait(137, 0, ctypes.byref(end))                       # timed WAIT_BITSET: one of glibc
wait(137, 8, ctypes.byref(end))                       # expects 2: a contended mutex
""") as program:
        # Python waits for locks of its own, too: only those of our words count.
        rows = program.waits("futex")
        waits = [(int(row["Argument"], 16), row["State"]) for row in rows]
        found = [word for word, _ in waits if word + 32 in dict(waits)]
        assert found, waits
        states = [state for word, state in waits if word in (found[0], found[0] + 32)]
        assert states == ["condition", "condition", "lock"], waits


def test_wait4_names_its_call():
    # The child ends when its parent sleeps.
    with Program("""
import os, time
if os.fork(): os.wait()
else:
    while open(f'/proc/{os.getppid()}/stat').read().rsplit(')', 1)[1].split()[0] != 'S':
        time.sleep(.01)
    time.sleep(.05)
""") as program:
        rows = program.waits("wait4")
        assert rows and {row["State"] for row in rows} == {"child"}, rows


def test_a_fork_tells_parent_and_both_names():
    with Program("import os\npid = os.fork()\nif pid: os.wait()\nelse: os._exit(3)") as program:
        forks = [row for row in program.rows("FORK") if row["Command"] == "python3"
                 and row["Parent_Command"] == "python3" and row["Child_Command"] == "python3"]
        parents = {row["PPID"] for row in forks}
        # The ends of all others on the machine are told, too.
        ended = [row for row in program.rows("EXIT") if row["Exit_Code"] == "3"
                 and row["PPID"] in parents]
        assert len(ended) == 1 and ended[0]["Parent_Command"] == "python3", ended


def test_a_signal_that_kills_is_told():
    with Program("import os\npid = os.fork()\nif pid: os.wait()\nelse: os.kill(os.getpid(), 9)"
                 ) as program:
        assert any(row["Exit_Signal"] in ("9", "SIGKILL") for row in program.rows("EXIT"))


def test_a_new_name_is_told_and_cannot_harm_a_terminal():
    with Program(r"""
import ctypes, time
libc = ctypes.CDLL(None)
for name in (b'plain', b'a\nb', b'\x1b[31mred', b'\xff\xfe', '\u202eabc'.encode()):
    libc.prctl(15, name); time.sleep(.05)
""") as program:
        assert len(program.rows("RENAME")) >= 5
        text = program.stat()
        assert "\x1b" not in text and "\u202e" not in text, repr(text)
        assert all(ord(char) >= 32 or char == "\n" for char in text)


def start_ticks(pid):
    """When a process began, in ticks since the machine's start; None when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19])
    except OSError:
        return None


def test_the_snapshot_names_everybody_who_was_there():
    begin = time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK")
    with Program("import time; time.sleep(.3)", "--all") as program:
        named = {int(row["TID"]) for row in program.rows("STATE")}
        there = {int(pid): start_ticks(pid) for pid in os.listdir("/proc") if pid.isdigit()}
        # A sandbox may hide its first process from every tracer, and what works for it.
        missing = {pid for pid, ticks in there.items()
                   if ticks is not None and ticks < begin - 1 and pid not in named and pid != 1}
        assert len(missing) <= 1, missing
        assert len(named) > 20


def test_the_live_stream_is_json_lines():
    told = subprocess.run([WEFTSCOPE, "record", "-o", "-", "--format", "jsonl", "--", "sleep",
                           "0.3"], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    events = [json.loads(line) for line in told.stdout.splitlines()]
    assert any(event.get("event", event.get("event_type", "")).upper() == "EXIT"
               for event in events), events[:2]


if __name__ == "__main__":
    points.run(sys.modules["__main__"])
