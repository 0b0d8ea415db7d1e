"""`weftscope record` as a child: started in a folder of its own, on a terminal or not,
ended by signals, and what it leaves there."""
import json
import os
import pty
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import time
from contextlib import closing
from fcntl import ioctl
from pathlib import Path

WEFTSCOPE, DEMO = os.environ["WEFT_PROGRAM"], os.environ["WEFT_DEMO"]
UNTIL_END = "for i in $(seq 600); do [ -e end ] && break; sleep 0.1; done"  # a file so called
SOON = 60  # seconds: never what is expected, only when to give up


def folder():
    return tempfile.TemporaryDirectory(prefix="weft-record-")


def start(place, *arguments, **options):
    """A recorder in the folder @place; not on a terminal."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
               "text": True, **options}
    return subprocess.Popen([WEFTSCOPE, "record", *map(str, arguments)], cwd=place, **options)


def finish(recorder):
    """(status, standard error)"""
    _out, told = recorder.communicate(timeout=SOON)
    return recorder.returncode, told


def record(place, *arguments, **options):
    return finish(start(place, *arguments, **options))


def wait_until(condition, what):
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


def listing(place):
    return sorted(os.listdir(place))


def events(path):
    """Of a recording, which must open without a word."""
    told = subprocess.run([WEFTSCOPE, "stat", "--json", path], capture_output=True, text=True)
    assert told.returncode == 0 and not told.stderr, told.stderr
    return json.loads(told.stdout)["events"]


def told_events(message):
    """As the summary has them."""
    return int(message.split(" events")[0].split()[-1])


def is_recording(path):
    """Tracing runs: the first second is in the file, however little happened in it."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
            return file.execute("SELECT count(*) FROM chunks").fetchone()[0] > 0
    except sqlite3.Error:
        return False


def until_recording(place, name, recorder):
    wait_until(lambda: is_recording(Path(place) / name) or recorder.poll() is not None,
               f"{name} is recorded")
    assert recorder.poll() is None, finish(recorder)


def processes(word):
    """Numbers of those that have @word among their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and word in (entry / "cmdline").read_text().split("\0"):
                found.append(int(entry.name))
        except OSError:
            pass
    return found


def helper_of(recorder):
    """Its number; None when it has none, or has ended."""
    for children in Path(f"/proc/{recorder.pid}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                if Path(f"/proc/{child}/comm").read_text().startswith("weftscope-trace"):
                    return int(child)
        except OSError:
            pass  # it ended meanwhile
    return None


class Terminal:
    """A program as the leader of a session on a terminal of its own."""

    def __init__(self, place, *words, columns=80, rows=24, terminal="xterm"):
        self.shown = b""
        self.status = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(place)
            os.environ["TERM"] = terminal
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvp(words[0], list(map(str, words)))
        ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows=24):
        ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        """What came since; False at the end."""
        ready, _, _ = select.select([self.fd], [], [], 0.05)
        if not ready:
            return True
        try:
            part = os.read(self.fd, 65536)
        except OSError:
            part = b""
        self.shown += part
        return bool(part)

    def wait_for(self, text):
        end = time.monotonic() + SOON
        while text not in self.shown:
            assert time.monotonic() < end and self.read(), (text, self.shown)

    def type(self, keys):
        os.write(self.fd, keys)

    def look(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read()

    def end(self):
        """Until the program has ended; its status."""
        while self.read():
            pass
        return self.reap()

    def reap(self):
        _pid, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
        os.close(self.fd)
        return self.status

    def hang_up(self):
        os.close(self.fd)
        _pid, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


def rows_of(shown, columns):
    """What a screen of @columns holds after these bytes: enough of a terminal for lines
    that are cleared and written again."""
    rows, row, column, at = [[]], 0, 0, 0
    text = shown.decode("utf-8", "replace")
    while at < len(text):
        letter = text[at]
        if text.startswith("\x1b[K", at):
            del rows[row][column:]
            at += 3
            continue
        at += 1
        if letter == "\r":
            column = 0
        elif letter == "\n":
            row += 1
            if row == len(rows):
                rows.append([])
        else:
            if column == columns:
                row, column = row + 1, 0
                rows.insert(row, [])
            rows[row][column:column + 1] = [letter]
            column += 1
    return ["".join(each).rstrip() for each in rows]


def send(recorder, name):
    recorder.send_signal(getattr(signal, "SIG" + name))


PYTHON = sys.executable
