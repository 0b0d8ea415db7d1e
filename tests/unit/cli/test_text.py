#!/usr/bin/python3
"""What programs read of a recording: `stat --json`, the table of `stat`, and the events
as JSON lines and as CSV, field by field and with names that no format likes. In: the
program and the maker of a known recording. Out: TAP."""
import csv
import fcntl
import io
import json
import os
import pty
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import unicodedata

WEFTSCOPE, NAMES_RECORDING = map(os.path.abspath, sys.argv[1:3])
MS = 1_000_000
LABEL = "\u4f60\u597d \U0001f600"
STATES = ["running", "runnable", "lock", "condition", "event", "socket", "pipe_file", "timer",
          "child", "disk", "page_fault", "other", "stopped", "frozen", "throttled", "untold",
          "unknown"]
QUOTED = 'a "q", b'
TWO_LINES = "two\\x0alines"
BAD = "bad\\xff\\xfe!"
TURNED = "\\xe2\\x80\\xaerev\\xe2\\x80\\xa8"
# tid: tgid, name, switches, voluntary, involuntary, wakeups, ms in each state
THREADS = {
    1: (1, "init", 0, 0, 0, 0, {"event": 39, "unknown": 61}),
    100: (100, "new,name", 2, 1, 1, 1, {"running": 3, "runnable": 34, "lock": 1, "unknown": 61}),
    200: (200, TWO_LINES, 2, 1, 1, 0, {"running": 8, "runnable": 11}),
    300: (300, BAD, 1, 1, 0, 0, {"running": 2, "runnable": 19}),
    400: (400, TURNED, 0, 0, 0, 0, {"runnable": 35, "unknown": 61}),
    101: (100, 'worker "1"', 0, 0, 0, 0, {"runnable": 34, "unknown": 61}),
}
# name, start, end, exit code, signal, parent
PROCESSES = {
    1: ("init", -2000 * MS, None, None, None, 0),
    100: ("new,name", 1 * MS, None, None, None, 1),
    200: (TWO_LINES, 2 * MS, 20 * MS, 3, None, 1),
    300: (BAD, 3 * MS, 23 * MS, None, 9, 1),
    400: (TURNED, 4 * MS, None, None, None, 1),
}
# ms, type, and what else must stand in the row
EVENTS = [
    (0, "STATE", {"tid": 1, "command": "init", "state": "event", "system_call": "epoll_wait",
                  "waits_on": "event", "reason": "sleep"}),
    (0, "SYNC", {"count": 1, "since_ns": 0}),
    (1, "FORK", {"pid": 100, "ppid": 1, "command": QUOTED, "child_command": QUOTED,
                 "parent_command": "init", "parent_tid": 1, "state": "runnable"}),
    (2, "FORK", {"pid": 200, "command": TWO_LINES}),
    (3, "FORK", {"pid": 300, "command": BAD}),
    (4, "FORK", {"pid": 400, "command": TURNED}),
    (5, "FORK", {"pid": 100, "tid": 101, "command": "back\\slash"}),
    (10, "SWITCH", {"pid": 0, "prev_command": "idle", "next_pid": 100, "next_tid": 100}),
    (12, "SWITCH", {"prev_pid": 100, "prev_command": QUOTED, "next_pid": 200,
                    "next_command": TWO_LINES, "state": "lock", "reason": "sleep",
                    "system_call": "futex", "argument": "0x7f00", "waits_on": "FUTEX_WAIT"}),
    (13, "WAKEUP", {"pid": 100, "state": "runnable", "waker_context": "task", "waker_pid": 200,
                    "waker_tid": 200, "waker_command": TWO_LINES, "target_cpu": 0}),
    (15, "SWITCH", {"pid": 200, "state": "runnable", "reason": "preempted"}),
    (16, "SWITCH", {"pid": 100, "state": "runnable", "reason": "yielded",
                    "system_call": "sched_yield"}),
    (20, "EXIT", {"pid": 200, "exit_code": 3}),
    (21, "SWITCH", {"pid": 200, "state": "exited", "reason": "dead", "next_pid": 0}),
    (22, "SWITCH", {"cpu": 1, "next_pid": 300, "next_command": BAD}),
    (23, "EXIT", {"pid": 300, "exit_signal": 9}),
    (24, "SWITCH", {"pid": 300, "state": "exited"}),
    (30, "EXEC", {"pid": 100, "command": "new,name", "old_command": QUOTED}),
    (31, "RENAME", {"tid": 101, "command": 'worker "1"', "old_command": "back\\slash"}),
    (40, "LOST", {"cpu": 1, "count": 5, "since_ns": 39 * MS}),
    (50, "SUSPEND", {"count": 1000 * MS}),
]
DEFAULT_TYPES = {"FORK", "EXEC", "EXIT", "RENAME", "SWITCH", "WAKEUP", "LOST", "SUSPEND"}
UNCOUNTED = {"STATE", "SYNC", "LOST", "SUSPEND"}
ABOUT_ALL = {"LOST", "SYNC", "SUSPEND"}


def run(*arguments):
    done = subprocess.run([WEFTSCOPE, *arguments], capture_output=True, timeout=60,
                          env=dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC"))
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"{arguments}: {done.returncode} {done.stderr!r}")
    return done.stdout.decode("utf-8")  # strict: bytes of any origin must not pass


def stat(*arguments):
    return json.loads(run("stat", "names.weft", "--json", *arguments))


def rows(*arguments):
    text = run("export", "names.weft", "-o", "-", "--format", "jsonl", *arguments)
    assert text.endswith("\n")
    # splitlines knows more ends of lines than readers of JSON lines do
    assert text.splitlines() == text[:-1].split("\n")
    return [json.loads(line) for line in text.splitlines()]


def differ(what, got, expected):
    if got != expected:
        yield f"{what}: {got!r}, not {expected!r}"


# --- figures ---------------------------------------------------------------------

def test_json_has_its_fields_in_order():
    figures = stat()
    yield from differ("keys", list(figures), ["duration_ns", "events", "lost", "cpus",
                                              "label", "host", "start", "scope", "processes",
                                              "threads"])
    yield from differ("a process", list(figures["processes"][0]),
                      ["id", "tgid", "name", "command_line", "start_ns", "end_ns", "exit_code",
                       "signal", "parent", "parent_id"])
    thread = figures["threads"][0]
    yield from differ("a thread", list(thread),
                      ["tid", "tgid", "process", "name", "switches", "voluntary", "involuntary", "wakeups",
                       "migrations", "ns", "wake_to_run_ns"])
    yield from differ("states", list(thread["ns"]), STATES)
    yield from differ("quantiles", list(thread["wake_to_run_ns"]),
                      ["count", "mean", "stddev", "min", "p50", "p95", "p99", "max"])


def test_json_tells_the_whole():
    figures = stat()
    yield from differ("whole", [figures[key] for key in ("duration_ns", "events", "lost", "cpus")],
                      [100 * MS, 18, 5, 2])
    yield from differ("head", [figures[key] for key in ("label", "host", "start", "scope")],
                      [LABEL, "far", "2026-11-21T03:15:00.000000000Z", "targets"])


def test_json_ties_threads_and_parents_to_processes():
    figures = stat()
    processes = {each["id"]: each for each in figures["processes"]}
    yield from differ("ids", len(processes), len(figures["processes"]))
    for each in figures["threads"]:
        yield from differ(each["tid"], processes[each["process"]]["tgid"], each["tgid"])
    for each in figures["processes"]:
        parent = processes.get(each["parent_id"])
        yield from differ(each["tgid"], parent["tgid"] if parent else 0, each["parent"])


def test_json_tells_processes():
    got = {each["tgid"]: (each["name"], each["start_ns"], each["end_ns"], each["exit_code"],
                          each["signal"], each["parent"]) for each in stat()["processes"]}
    yield from differ("processes", set(got), set(PROCESSES))
    for tgid, expected in PROCESSES.items():
        yield from differ(tgid, got.get(tgid), expected)


def test_json_tells_threads():
    got = {each["tid"]: each for each in stat()["threads"]}
    yield from differ("threads", set(got), set(THREADS))
    for tid, (tgid, name, switches, voluntary, involuntary, wakeups, ms) in THREADS.items():
        each = got[tid]
        yield from differ(tid, (each["tgid"], each["name"], each["switches"], each["voluntary"],
                                each["involuntary"], each["wakeups"], each["migrations"]),
                          (tgid, name, switches, voluntary, involuntary, wakeups, 0))
        yield from differ(tid, {state: ns for state, ns in each["ns"].items() if ns},
                          {state: share * MS for state, share in ms.items()})
    yield from differ("to run", set(got[100]["wake_to_run_ns"].values()), {0, 1, 2 * MS})
    yield from differ("one wait", got[100]["wake_to_run_ns"]["stddev"], 0)


def test_json_of_a_part_is_of_that_part():
    figures = stat("--from", "12ms", "--to", "14ms")
    threads = {each["tid"]: each for each in figures["threads"]}
    yield from differ("duration", figures["duration_ns"], 2 * MS)
    yield from differ("events", (figures["events"], figures["lost"]), (2, 0))
    yield from differ("lock", threads[100]["ns"]["lock"], MS)
    for tid, each in threads.items():
        yield from differ(f"the sum of {tid}", sum(each["ns"].values()), 2 * MS)
    (start_ns,) = sqlite3.connect("names.weft").execute("SELECT start_ns FROM session").fetchone()
    clock = stat("--from", f"@{start_ns + 12 * MS}", "--to", f"@{start_ns + 14 * MS}")
    yield from differ("a part by the clock", clock, figures)
    late = stat("--from", "25ms")
    yield from differ("who is left", {each["tid"] for each in late["threads"]},
                      {1, 100, 101, 400})
    yield from differ("processes", {each["tgid"] for each in late["processes"]}, {1, 100, 400})


def test_json_of_processes_is_of_them_alone():
    for wanted in ({100}, {200, 300}):
        figures = stat("-p", ",".join(map(str, sorted(wanted))))
        yield from differ(wanted, {each["tgid"] for each in figures["processes"]},
                          wanted & set(PROCESSES))
        yield from differ(wanted, {each["tid"] for each in figures["threads"]},
                          {tid for tid, each in THREADS.items() if each[0] in wanted})


def test_events_of_processes_are_theirs_alone():
    every = [row for row in rows("--events", "all") if row["event_type"] not in UNCOUNTED]
    for tgid in (1, 100, 200, 300):
        yield from differ(tgid, stat("-p", str(tgid))["events"],
                          sum(names_process(row, tgid) for row in every))
    yield from differ("a part", stat("-p", "200", "--from", "12ms", "--to", "14ms")["events"], 2)


def cells_of(lines):
    return [re.split(r"\s{2,}", line.strip()) for line in lines if line.startswith("  ")]


def test_table_tells_the_same():
    lines = run("stat", "names.weft").split("\n")
    yield from differ("head", lines[:4], [f"{LABEL} · new,name · 100",
                                          "far · 2026-11-21 03:15:00 UTC",
                                          "100 ms on 2 CPUs, 18 events, 5 lost", ""])
    # who ran most comes first, then who is idle is counted
    yield from differ("processes", [line for line in lines[3:] if re.match(r"\S.*\(\d+\)", line)],
                      [f"{TWO_LINES} (200), exited 3", "new,name (100)",
                       f"{BAD} (300), killed by SIGKILL"])
    yield from differ("threads", cells_of(on_terminal(115, "names.weft")), [
        [TWO_LINES, "200", "8.0 %", "waiting for a CPU 11.0 %", "2", "1", "–", "–"],
        ["new,name", "100", "≥3.0 %", "waiting for a CPU 34.0 %", "2", "1", "2.00 ms", "2.00 ms"],
        [BAD, "300", "2.0 %", "waiting for a CPU 19.0 %", "1", "0", "–", "–"]])
    yield from differ("the end", lines[-2:], ["3 threads did nothing", ""])


def columns(text):
    """How wide a terminal shows it."""
    return sum(0 if unicodedata.combining(each) else
               2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def on_terminal(width, *arguments):
    """What `stat` prints on a terminal so wide."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    child = subprocess.Popen([WEFTSCOPE, "stat", *arguments], stdout=slave,
                             env=dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC"))
    os.close(slave)
    text = b""
    try:
        while piece := os.read(master, 65536):
            text += piece
    except OSError:
        pass
    os.close(master)
    child.wait()
    return text.decode().replace("\r\n", "\n").split("\n")


def heads(width, *arguments):
    line = next(line for line in on_terminal(width, "names.weft", *arguments)
                if line.startswith("THREAD"))
    return re.split(r"\s{2,}", line)


def test_table_is_as_wide_as_the_terminal():
    every = ["THREAD", "TID", "RUNNING", "WAITS MAINLY FOR", "SWITCHES", "FORCED", "TO RUN p50",
             "TO RUN p99"]
    left_out = ["FORCED", "TO RUN p50", "TO RUN p99", "SWITCHES", "TID"]
    known = 0
    for width in (200, 120, 100, 90, 80, 70, 60, 50):
        shown = heads(width)
        missing = [each for each in left_out if each not in shown]
        yield from differ(f"{width}: the order of leaving", missing, left_out[:len(missing)])
        yield from differ(f"{width}: the order of columns", shown,
                          [each for each in every if each in shown])
        for line in on_terminal(width, "names.weft", "--all"):
            if columns(line) > width:
                yield f"{width}: {columns(line)} wide: {line!r}"
        if len(missing) < known:
            yield f"{width}: shows more than a wider one"
        known = len(missing)
    yield from differ("wide", heads(200), every)
    yield from differ("what is sorted by stays", "FORCED" in heads(60, "--sort", "forced"), True)


def test_table_stands_in_columns_whatever_the_names():
    lines = [line for line in on_terminal(115, "names.weft", "--all")
             if line.startswith(("THREAD", "  "))]
    ends = {columns(re.match(r"THREAD +TID|  .*? {2,}\d+(?= )", line).group(0))
            for line in lines}
    yield from differ("where the numbers of threads end", len(ends), 1)
    yield from differ("lines", len(lines), len(THREADS) + 1)


def test_table_is_sorted_as_wanted():
    def order(column):
        return [cells[1] for cells in cells_of(
            on_terminal(115, "names.weft", "--all", "--sort", column, "-p", "100"))]

    yield from differ("by tid", order("tid"), ["100", "101"])
    yield from differ("by name", order("thread"), ["100", "101"])
    yield from differ("by switches", order("switches"), ["100", "101"])
    names = [line for line in on_terminal(115, "names.weft", "--all", "--sort", "tid")
             if re.match(r"\S.*\(\d+\)", line)]
    yield from differ("processes by tid", [re.search(r"\((\d+)\)", line).group(1)
                                          for line in names],
                      ["1", "100", "200", "300", "400"])


def test_table_tells_what_was_not_recorded():
    lost = ["names.weft", "--from", "60ms", "--to", "90ms"]  # nothing is known from 39 ms on
    lines = run("stat", *lost).split("\n")
    yield from differ("the end", lines[-2:], ["3 processes were not recorded", ""])
    yield from differ("one", run("stat", *lost, "-p", "1").split("\n")[-2:],
                      ["1 process was not recorded", ""])
    for cells in cells_of(on_terminal(115, *lost, "--all")):
        yield from differ(cells[1], cells[2:], ["–", "not recorded", "–", "–", "–", "–"])


def test_table_names_waits_whole_where_it_can():
    for width in (50, 60, 80, 100, 115):
        cut = [line for line in on_terminal(width, "names.weft")
               if "waiting" in line and "waiting for a CPU" not in line]
        yield from differ(width, cut, [])


def test_table_of_all_leaves_nobody_out():
    lines = run("stat", "names.weft", "--all").split("\n")
    yield from differ("threads", {int(cells[1]) for cells in cells_of(lines)}, set(THREADS))
    yield from differ("nobody is only counted", [line for line in lines if "did nothing" in line],
                      [])


# --- events ------------------------------------------------------------------------

def test_json_lines_tell_every_event():
    got = rows("--events", "all")
    yield from differ("how many", len(got), len(EVENTS))
    for row, (ms, kind, fields) in zip(got, EVENTS):
        yield from differ(ms, (row["event_type"], row["time_ns"]), (kind, ms * MS))
        yield from differ(ms, row["timestamp"], f"2026-11-21T03:15:00.{ms * MS:09}Z")
        yield from differ(f"{kind} at {ms}", {key: row.get(key) for key in fields}, fields)


def test_json_lines_name_only_what_is_known():
    for row in rows("--events", "all"):
        empty = [key for key, value in row.items() if value in ("", None)]
        yield from differ(row["event_type"], empty, [])


def test_csv_tells_the_same_as_json_lines():
    text = run("export", "names.weft", "-o", "-", "--format", "csv", "--events", "all")
    if text.count("\r\n") != len(EVENTS) + 1 or text.replace("\r\n", "").count("\n"):
        yield "lines do not end in CR LF alone"
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    for row, other in zip(table, rows("--events", "all"), strict=True):
        filled = {key.lower(): value for key, value in row.items() if value != ""}
        yield from differ(row["Event_Type"], filled, {key: str(value)
                                                      for key, value in other.items()})


def test_kinds_are_let_through_by_name():
    yield from differ("default", [row["event_type"] for row in rows()],
                      [kind for _, kind, _ in EVENTS if kind in DEFAULT_TYPES])
    for chosen in ({"FORK"}, {"EXIT", "LOST"}, {"SYNC"}, {"RENAME", "EXEC", "STATE"}):
        names = ",".join(sorted(chosen)).lower()
        yield from differ(names, [row["event_type"] for row in rows("--events", names)],
                          [kind for _, kind, _ in EVENTS if kind in chosen])


def names_process(row, tgid):
    return tgid in (row.get("pid"), row.get("prev_pid"), row.get("next_pid"),
                    row.get("waker_pid")) or (row["event_type"] == "FORK" and row["ppid"] == tgid)


def test_processes_are_let_through_where_they_are_named():
    every = rows("--events", "all")
    for tgid in (1, 100, 200, 300):
        expected = [row for row in every
                    if row["event_type"] in ABOUT_ALL or names_process(row, tgid)]
        yield from differ(tgid, rows("--events", "all", "-p", str(tgid)), expected)


def test_times_are_let_through_from_and_before():
    every = rows("--events", "all")
    for begin, end in ((0, 100), (12, 16), (12, 13), (30, 40)):
        # a gap is in a range that it touches
        expected = [row for row in every if begin * MS <= row["time_ns"]
                    and row.get("since_ns" if row["event_type"] == "LOST" else "time_ns",
                                row["time_ns"]) < end * MS]
        yield from differ((begin, end), rows("--events", "all", "--from", f"{begin}ms", "--to",
                                             f"{end}ms"), expected)


def main():
    points = [value for name, value in globals().items() if name.startswith("test_")]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run([NAMES_RECORDING, "names.weft"], check=True)
        print(f"1..{len(points)}")
        failed = 0
        for number, point in enumerate(points, 1):
            try:
                found = list(point())
            except (AssertionError, KeyError, ValueError) as error:
                found = [f"{type(error).__name__} {error}"]
            failed += bool(found)
            for each in found:
                print("#", each.replace("\n", "\\n"))
            title = point.__name__[5:].replace("_", " ")
            print("not ok" if found else "ok", number, "-", title, flush=True)
        os.chdir("/")
        sys.exit(1 if failed else 0)


main()
