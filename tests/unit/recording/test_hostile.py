#!/usr/bin/python3
"""What a stranger's recording can do to the person who opens it: nothing. In: the
program, the maker of a good recording, titles of tests (none: all), and the files of
hostile.py. Out: TAP.

Each file is opened by `stat` and by `export`, which open it as the window does. It is
refused in words, or shown; it costs no more memory than MOST_MEMORY and ends by itself;
no byte of it reaches a terminal unprintable; and nothing of the person's changes."""
import os
import resource
import subprocess
import sys
import tempfile

import hostile

WEFTSCOPE, MADE_RECORDING = map(os.path.abspath, sys.argv[1:3])
# An honest recording of this size takes some 40 MB.
MOST_MEMORY = 400 << 20
# CPU time, of which the worst takes a few seconds: only what would never end meets it.
MOST_SECONDS = 120


class Opened:
    def __init__(self, *arguments):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = subprocess.Popen(
                [WEFTSCOPE, *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env=dict(os.environ, LC_ALL="C.UTF-8"), preexec_fn=limit)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            self.code = child.returncode
            self.memory = usage.ru_maxrss << 10
            self.seconds = usage.ru_utime + usage.ru_stime
            out.seek(0)
            err.seek(0)
            self.out, self.err = out.read(), err.read()

    def complaints(self, outcome):
        if self.code not in (0, 1):
            yield f"ended with {self.code}: {self.err[-200:]!r}"
        if outcome == hostile.REFUSED and self.code != 1:
            yield "was opened"
        if outcome == hostile.OPENED and self.code != 0:
            yield f"was not opened: {self.err!r}"
        if self.code != 0 and len(self.err) < 20:
            yield f"was refused without words: {self.err!r}"
        if self.memory > MOST_MEMORY:
            yield f"took {self.memory >> 20} MiB"
        for what, data in (("output", self.out), ("message", self.err)):
            yield from unprintable(what, data)
        for word in (b"CRITICAL", b"WARNING", b"assertion"):
            if word in self.err:
                yield f"made GLib complain: {self.err[-300:]!r}"


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def unprintable(what, data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"{what} is not UTF-8: {error}"
        return
    # our own space between thousands is one of those that Python calls unprintable
    bad = [c for c in text if c not in "\n\u202f" and not c.isprintable()]
    if bad:
        yield f"{what} has {bad[0]!r}: {text[max(0, text.index(bad[0]) - 40):][:80]!r}"


def look_at(folder):
    """Names, sizes and times of everything in a folder."""
    return {name: (info.st_mode, info.st_size, info.st_mtime_ns)
            for name in sorted(os.listdir(folder))
            for info in [os.lstat(os.path.join(folder, name))]}


def open_in_both_ways(folder, path, outcome):
    before = look_at(folder)
    for arguments in (["stat", path], ["export", path, "-o", "-", "--format", "jsonl"]):
        opened = Opened(*arguments)
        print(f"#   {arguments[0]} {os.path.basename(path)!r}: {opened.code},"
              f" {opened.memory >> 20} MiB, {opened.seconds:.2f} s")
        for complaint in opened.complaints(outcome):
            yield f"{arguments[0]} {os.path.basename(path)!r} {complaint}"
    if look_at(folder) != before:
        yield f"{os.path.basename(path)!r} changed its folder"


def main():
    with tempfile.TemporaryDirectory() as folder:
        good = os.path.join(folder, "good.weft")
        subprocess.run([MADE_RECORDING, good, "30000"], check=True)
        base = hostile.Base(good, folder)
        tests = [(name.replace("_", " "), lambda make=make, name=name, outcome=outcome:
                  (make(base), open_in_both_ways(folder, base.place(name), outcome))[1])
                 for name, (make, outcome) in hostile.makers.items()]
        tests.append(("a journal that would delete a file", lambda: delete_nothing(base)))
        tests.append(("file names with escapes", lambda: names_with_escapes(base)))
        chosen = sys.argv[3:]
        run([test for test in tests if not chosen or test[0] in chosen], folder)


def delete_nothing(base):
    victim = os.path.join(base.folder, "victim")
    with open(victim, "w") as file:
        file.write("keep me")
    hostile.journal_that_deletes(base, "journal", victim)
    yield from open_in_both_ways(base.folder, base.place("journal"), hostile.OPENED)
    if not os.path.exists(victim):
        yield "the victim is gone"


def names_with_escapes(base):
    good, bad = hostile.name_with_escapes(base)
    yield from open_in_both_ways(base.folder, good, hostile.OPENED)
    yield from open_in_both_ways(base.folder, bad, hostile.REFUSED)


def run(tests, folder):
    print(f"1..{len(tests)}")
    failed = 0
    kept = set(os.listdir(folder))
    for number, (title, test) in enumerate(tests, 1):
        complaints = list(test())
        for complaint in complaints:
            print(f"# {complaint}")
        print(f"{'not ok' if complaints else 'ok'} {number} - {title}", flush=True)
        failed += bool(complaints)
        for name in set(os.listdir(folder)) - kept:
            os.unlink(os.path.join(folder, name))
    sys.exit(1 if failed else 0)


main()
