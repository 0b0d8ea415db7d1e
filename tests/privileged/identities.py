"""Who is who in odd lives, as a real kernel tells them: one thread for each, under the name
of then, with all its switches, from the recording and live."""
import csv
import json
import os
import subprocess
import sys
import tempfile

import points

WEFTSCOPE, SUBJECT = os.environ["WEFT_PROGRAM"], os.environ["WEFT_ODD_LIVES"]


class Run:
    def __init__(self, verb):
        self.folder = tempfile.TemporaryDirectory(prefix="weft-identities-")
        self.file = f"{self.folder.name}/run.weft"
        told = subprocess.run([WEFTSCOPE, "record", "-o", self.file, "--", SUBJECT, verb],
                              capture_output=True, text=True)
        self.status, self.message = told.returncode, told.stderr
        self.stat = self.figures()
        assert self.stat["lost"] == 0, "events were lost"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def figures(self, *options):
        return json.loads(subprocess.run([WEFTSCOPE, "stat", "--json", *options, self.file],
                                         check=True, capture_output=True, text=True).stdout)

    def rows(self):
        told = subprocess.run([WEFTSCOPE, "export", self.file, "-o", "-", "--format", "csv",
                               "--events", "all"], check=True, capture_output=True, text=True)
        return list(csv.DictReader(told.stdout.splitlines()))

    def process(self, **wanted):
        found = [process for process in self.stat["processes"]
                 if all(process[key] == value for key, value in wanted.items())]
        assert len(found) == 1, (wanted, self.stat["processes"])
        return found[0]

    def threads_of(self, process):
        return [thread for thread in self.stat["threads"] if thread["process"] == process["id"]]


def test_a_worker_that_execs_is_one_thread_and_its_leader_another():
    with Run("worker-exec") as run:
        assert run.status == 9, run.message
        execs = [row for row in run.rows() if row["Event_Type"] == "EXEC" and row["Old_TID"]]
        process = run.process(tgid=int(execs[0]["PID"]))
        threads = run.threads_of(process)
        old, new = int(execs[0]["Old_TID"]), process["tgid"]
        assert old != new and execs[0]["Old_Command"] == "odd-execer", execs
        assert len(threads) == 3, threads
        assert sorted(thread["tid"] == new for thread in threads) == [False, True, True], threads
        execer = max(threads, key=lambda thread: thread["switches"])
        assert execer["switches"] >= 20 and execer["name"] == process["name"], threads
        assert execer["ns"]["timer"] > 0.35e9, execer  # as a worker and as the leader
        assert not any(thread["ns"]["unknown"] > 0.1e9 for thread in threads), threads


def test_the_halves_of_a_worker_that_execs_add_up():
    with Run("worker-exec") as run:
        middle = f"{run.stat['duration_ns'] / 2e6:.3f}ms"
        halves = [run.figures("--to", middle), run.figures("--from", middle)]
        for key in ("switches", "wakeups", "migrations"):
            parts = [sum(thread[key] for thread in half["threads"]) for half in halves]
            assert sum(parts) == sum(thread[key] for thread in run.stat["threads"]), (key, parts)
        waits = [sum(thread["wake_to_run_ns"]["count"] for thread in part["threads"])
                 for part in (*halves, run.stat)]
        assert waits[0] + waits[1] == waits[2], waits


def test_who_is_not_reaped_is_there_once():
    with Run("zombies") as run:
        parents = {process["id"] for process in run.stat["processes"]
                   if process["name"] == "odd-lives"}
        children = [process for process in run.stat["processes"]
                    if process["parent_id"] in parents]
        assert sorted(process["exit_code"] for process in children) == list(range(10)), children
        for process in children:
            threads = run.threads_of(process)
            assert len(threads) == 1 and threads[0]["switches"] > 0, threads
            assert threads[0]["ns"]["unknown"] == 0, threads
            assert sum(threads[0]["ns"].values()) < 0.3e9, "it ended before it was reaped"


def test_a_number_that_is_given_again_is_followed_again():
    with Run("number-again") as run:
        assert run.status == 0, run.message
        numbers = [process["tgid"] for process in run.stat["processes"]]
        lives = [process for process in run.stat["processes"]
                 if numbers.count(process["tgid"]) == 5]
        assert sorted(process["exit_code"] for process in lives) == [0, 1, 2, 3, 4], numbers
        for process in lives:
            (thread,) = run.threads_of(process)
            assert thread["switches"] >= 60 and thread["ns"]["timer"] >= 60e6, thread
            assert thread["ns"]["runnable"] < 20e6, thread


def test_names_are_those_of_then():
    with Run("names") as run:
        leader = run.process(name="odd-leader")
        rows = [row for row in run.rows() if row["PID"] == str(leader["tgid"])]
        renames = {row["Command"]: row["Old_Command"] for row in rows
                   if row["Event_Type"] == "RENAME"}
        assert renames["odd-leader"] == "odd-lives", renames
        assert renames["odd-worker"] == "odd-lives", renames
        given = min(int(row["Time_ns"]) for row in rows
                    if row["Event_Type"] == "RENAME" and row["Command"] == "odd-leader")
        for row in rows:
            if row["TID"] == str(leader["tgid"]) and int(row["Time_ns"]) < given:
                assert row["Command"] != "odd-leader", row
        execs = [row for row in rows if row["Event_Type"] == "EXEC"]
        assert execs and execs[0]["Old_Command"] not in ("odd-lives", "odd-leader"), execs


def test_a_parent_waits_for_its_child_in_vfork():
    with Run("vfork") as run:
        threads = [thread for thread in run.stat["threads"] if thread["name"] == "odd-lives"]
        assert len(threads) == 2, threads
        waits = sorted(max((ns, state) for state, ns in thread["ns"].items())[1]
                       for thread in threads)
        assert waits == ["child", "timer"], threads


if __name__ == "__main__":
    points.run(sys.modules[__name__])
