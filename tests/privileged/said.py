"""What a real recording says of itself: what was traced, which machine it was, and when.
In: `weftscope record` of commands. Out: TAP."""
import csv
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import points
from points import Skip

WEFTSCOPE = os.environ["WEFT_PROGRAM"]
DEMO = os.environ["WEFT_DEMO"]


class Kept:
    """A recording with `record OPTIONS -- COMMAND`, before it `prefix`."""

    def __init__(self, options=(), command=("sleep", "0.3"), prefix=(), env=None):
        self.folder = tempfile.TemporaryDirectory(prefix="weft-said-")
        self.file = Path(self.folder.name) / "run.weft"
        behind = ["--", *command] if command else []
        self.begin = time.time()
        told = subprocess.run([*prefix, WEFTSCOPE, "record", *options, "-o", self.file, *behind],
                              capture_output=True, text=True, env=env)
        self.end = time.time()
        assert told.returncode == 0 and self.file.exists(), told.stderr

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def rows(self, sql):
        db = sqlite3.connect(f"file:{self.file}?mode=ro&immutable=1", uri=True)
        db.row_factory = sqlite3.Row
        return db.execute(sql).fetchall()

    def figures(self):
        told = subprocess.run([WEFTSCOPE, "stat", self.file, "--json"], check=True,
                              capture_output=True, text=True)
        return json.loads(told.stdout)

    def events(self):
        told = subprocess.run([WEFTSCOPE, "export", self.file, "-o", "-", "--format", "csv"],
                              check=True, capture_output=True, text=True)
        return list(csv.DictReader(told.stdout.splitlines()))


def test_a_command_alone_is_said_to_be_what_was_traced():
    with Kept() as run:
        scopes = run.rows("SELECT * FROM scopes")
        pids = {row["pid"] for row in run.rows("SELECT pid FROM processes WHERE name = 'sleep'")}
        assert [tuple(row)[:3] for row in scopes] == [(0, "targets", 1)], list(map(tuple, scopes))
        assert scopes[0]["pid"] in pids, (scopes[0]["pid"], pids)


def test_who_was_not_recorded_is_not_said_to_have_done_nothing():
    for options in ([], ["--groups", "life"]):
        with Kept(options) as run:
            told = subprocess.run([WEFTSCOPE, "stat", run.file], check=True, capture_output=True,
                                  text=True).stdout
            assert "were not recorded\n" in told and "did nothing" not in told, told
            assert bool(options) == ("Recorded of all events: life." in told), told


def lives_of(figures):
    """Who there was, how it ended and how long it was there, whatever is known of it."""
    return (sorted((each["tgid"], each["name"], each["start_ns"], each["end_ns"],
                    each["exit_code"], each["signal"]) for each in figures["processes"]),
            sorted((each["tid"], each["name"], sum(each["ns"].values()))
                   for each in figures["threads"]))


def test_a_flipped_bit_takes_no_life_and_no_name():
    script = "i=0; while [ $i -lt 150 ]; do /bin/true; i=$((i+1)); done"
    with Kept(["-a"], ["sh", "-c", f"{DEMO} pingpong --seconds 3 & {script}; wait"]) as run:
        whole = run.figures()
        for (number,) in map(tuple, run.rows("SELECT number FROM chunks ORDER BY number")):
            with sqlite3.connect(run.file) as db:
                (records,) = db.execute("SELECT records FROM chunks WHERE number = ?",
                                        (number,)).fetchone()
                flipped = bytearray(records)
                flipped[len(records) // 2] ^= 4
                change = "UPDATE chunks SET records = ? WHERE number = ?"
                db.execute(change, (bytes(flipped), number))
            damaged = run.figures()
            assert lives_of(damaged) == lives_of(whole), number
            assert damaged["lost"] > whole["lost"], number
            assert (damaged["events"] + damaged["lost"]
                    == whole["events"] + whole["lost"]), number
            with sqlite3.connect(run.file) as db:
                db.execute(change, (records, number))
        assert number > 0, "one chunk says little"


def test_the_whole_machine_is_said_only_when_it_was_traced():
    with Kept(["-a"]) as run:
        assert [row["what"] for row in run.rows("SELECT what FROM scopes")] == ["machine"]
    with Kept(["--own"], command=("sleep", "0.2")) as run:
        assert [row["what"] for row in run.rows("SELECT what FROM scopes")] == ["targets"]
    with Kept(["--own", "-d", "0.3"], command=None) as run:
        assert [row["what"] for row in run.rows("SELECT what FROM scopes")] == ["own"]


def test_root_has_processes_of_its_own():
    for pkexec_uid in (None, "65534"):
        environment = dict(os.environ)
        environment.pop("PKEXEC_UID", None)
        if pkexec_uid:
            environment["PKEXEC_UID"] = pkexec_uid
        with Kept(["--own"], ["sh", "-c", "sleep 0.1; sleep 0.1"], env=environment) as run:
            names = {thread["name"] for thread in run.figures()["threads"] if thread["switches"]}
            assert names == {"sh", "sleep"}, names


def test_the_machine_is_that_of_the_helper():
    with Kept() as run:
        session = run.rows("SELECT * FROM session")[0]
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        assert (session["host"], session["kernel"], session["architecture"], session["boot_id"]) \
            == (platform.node(), platform.release(), platform.machine(), boot_id), tuple(session)
        assert session["cpus"] == os.cpu_count(), session["cpus"]


def check_times(run):
    session = run.rows("SELECT start_ns, end_ns, boottime_ns FROM session")[0]
    length = (session["end_ns"] - session["start_ns"]) / 1e9
    assert 0.25 < length < run.end - run.begin, f"{length} s of a sleep of 0.3 s"
    for row in run.events():
        when = datetime.fromisoformat(row["Timestamp"][:23]).replace(tzinfo=timezone.utc)
        assert run.begin - 0.1 < when.timestamp() < run.end + 0.1, row["Timestamp"]
    lives = run.rows("SELECT name FROM processes WHERE pid = (SELECT pid FROM scopes)")
    assert len(lives) == 1, f"{len(lives)} processes for one"


def test_times_are_those_of_the_calendar():
    with Kept() as run:
        check_times(run)


def test_times_are_right_within_a_time_namespace():
    prefix = ["unshare", "-T", "--monotonic", "1000", "--boottime", "5000"]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode != 0:
        raise Skip("there are no time namespaces")
    with Kept(prefix=prefix) as run:
        check_times(run)


def check_names(rows):
    told = [(row["event_type"], row["command"], row.get("old_command"))
            for row in rows if row["event_type"] in ("RENAME", "EXEC")]
    steps = [("RENAME", "sh", "weftscope"), ("EXEC", "sh", "weftscope"),
             ("RENAME", "sleep", "sh"), ("EXEC", "sleep", "sh")]
    assert told == steps, told
    for row in rows:
        if row["event_type"] in ("RENAME", "EXEC"):
            continue
        behind = sum(row["time_ns"] > each["time_ns"] for each in rows
                     if each["event_type"] == "EXEC")
        assert row["command"] == ("weftscope", "sh", "sleep")[behind], row


def test_names_are_those_of_then_live_and_kept():
    command = ["sh", "-c", "exec sleep 0.2"]
    with Kept(command=command) as run:
        pid = run.rows("SELECT pid FROM scopes")[0]["pid"]
        told = subprocess.run([WEFTSCOPE, "export", run.file, "-o", "-", "--format", "jsonl"],
                              check=True, capture_output=True, text=True).stdout
        check_names([row for row in map(json.loads, told.splitlines()) if row.get("pid") == pid])
    told = subprocess.run([WEFTSCOPE, "record", "-o", "-", "--format", "jsonl", "--", *command],
                          check=True, capture_output=True, text=True).stdout
    rows = [json.loads(line) for line in told.splitlines()]
    pid = next(row["pid"] for row in rows if row["event_type"] == "EXEC"
               and row["command"] == "sh" and row["old_command"] == "weftscope")
    check_names([row for row in rows if row.get("pid") == pid])


points.run(sys.modules[__name__])
