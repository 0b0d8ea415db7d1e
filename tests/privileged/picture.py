"""The picture is true: every pixel column's shares of a recording of a million events are
counted again, from the CSV alone and by other code, and agree to the nanosecond."""
import csv
import os
import subprocess
import sys

import points
from recorded import DEMO, WEFTSCOPE, Recorded

PRINT_COLUMNS = os.environ["WEFT_PRINT_COLUMNS"]
WIDTH = 1600
ASLEEP_NOT = ("running", "runnable", "exited", "unknown")


class Life:
    """One thread's slices, (begin, state), as its events tell them."""

    def __init__(self, begin, state):
        self.slices = [(begin, state)]
        self.woken = False   # while it ran
        self.held = None     # what it would sleep in, had it not been woken before
        self.over = False

    @property
    def state(self):
        return self.slices[-1][1]

    def enter(self, time, state):
        self.slices.append((time, state))
        self.held, self.woken = None, False

    def leave(self, time, state):
        early = self.woken and state not in ASLEEP_NOT
        self.enter(time, "runnable" if early else state)
        self.held = state if early else None

    def wake(self, time):
        if self.state == "running":
            self.woken = True
        elif self.held is not None:  # that earlier waking was for nothing
            self.slices[-1] = (self.slices[-1][0], self.held)
            self.enter(time, "runnable")
        elif self.state not in ("runnable", "exited"):
            self.enter(time, "runnable")


def live(rows):
    """tid → its lives, in order."""
    lives = {}

    def of(tid, time):
        if tid not in lives or lives[tid][-1].over:
            lives.setdefault(tid, []).append(Life(0 if not synced else time, "unknown"))
        return lives[tid][-1]

    synced, named = False, {}
    for row in rows:
        time, kind, tid = int(row["Time_ns"]), row["Event_Type"], row["TID"]
        if kind == "SYNC":
            synced = True
            forget(lives, named, int(row["Since_ns"]))
        if kind == "SWITCH":
            if tid and tid != "0":
                life = of(tid, time)
                life.leave(time, row["State"])
                life.over = row["State"] == "exited"
            if row["Next_TID"] and row["Next_TID"] != "0":
                of(row["Next_TID"], time).enter(time, "running")
        elif kind == "WAKEUP":
            of(tid, time).wake(time)
        elif kind == "FORK":
            lives.setdefault(tid, []).append(Life(time, row["State"] or "unknown"))
        elif kind == "STATE":
            life = of(tid, time)
            named[id(life)] = time
            if life.state == "unknown":
                life.enter(time, row["State"])
                life.over = row["State"] == "exited"
    return lives


def was_there(life):
    """Who was dead before anything was told of it has no lane."""
    return {state for _begin, state in life.slices} - {"unknown", "exited"} or not life.over


def tids_hidden():
    """Of process 1: a kernel may not tell when its threads leave a CPU. Theirs is unknown then,
    which the naive count does not know."""
    return set(os.listdir("/proc/1/task"))


def forget(lives, named, begin):
    """Whom a complete snapshot did not name, nobody knows to be anywhere since."""
    for several in lives.values():
        life = several[-1]
        if not life.over and named.get(id(life), -1) < begin and life.slices[-1][0] < begin:
            life.enter(begin, "unknown")


def columns_of(life, edges):
    """column → {state: ns}; what comes after a thread's end is not in its lane."""
    columns, px = {}, 0
    ends = [begin for begin, _state in life.slices[1:]] + [edges[-1]]
    for (begin, state), end in zip(life.slices, ends):
        if state == "exited":
            continue
        end = min(end, edges[-1])
        while begin < end:
            while edges[px + 1] <= begin:
                px += 1
            stop = min(end, edges[px + 1])
            shares = columns.setdefault(px, {})
            shares[state] = shares.get(state, 0) + stop - begin
            begin = stop
    return columns


def drawn(file):
    """(edges, {(tid, birth): {column: {state: ns}}}) as the program lays them out."""
    told = subprocess.run([PRINT_COLUMNS, file, str(WIDTH)], check=True, capture_output=True,
                          text=True).stdout.splitlines()
    states = told[0].split()[1:]
    edges = [int(word) for word in told[1].split()[1:]]
    lanes = {}
    for line in told[2:]:
        tid, birth, column, *ns = line.split()
        lanes.setdefault((tid, int(birth)), {})[int(column)] = {
            state: int(value) for state, value in zip(states, ns) if value != "0"}
    return edges, lanes


# What a timed futex was waited for is known at its end, and told from its beginning; the rows
# tell what was known when the thread left. unit/trace and runtimes.py have that.
OF_A_FUTEX = {"lock", "condition", "timer"}


def joined(shares):
    told = {}
    for state, ns in shares.items():
        state = "futex" if state in OF_A_FUTEX else state
        told[state] = told.get(state, 0) + ns
    return told


def compare(file, rows):
    edges, lanes = drawn(file)
    expected = {}
    hidden = tids_hidden()
    lanes = {key: columns for key, columns in lanes.items() if key[0] not in hidden}
    for tid, several in live(rows).items():
        for life in several:
            columns = columns_of(life, edges)
            if columns and tid not in hidden and was_there(life):
                expected[tid, life.slices[0][0]] = columns
    compared = 0
    for key, columns in expected.items():
        assert key in lanes, f"thread {key[0]}, born at {key[1]}, has no lane"
        for column in sorted(set(columns) | set(lanes[key])):
            ours, theirs = joined(columns.get(column, {})), joined(lanes[key].get(column, {}))
            for state in set(ours) | set(theirs):
                difference = abs(ours.get(state, 0) - theirs.get(state, 0))
                assert difference <= 1, (
                    f"thread {key[0]}, column {column}, {state}: {theirs.get(state, 0)} ns are "
                    f"drawn, {ours.get(state, 0)} counted")
                compared += 1
    assert set(lanes) == set(expected), set(lanes) ^ set(expected)
    return len(expected), compared


def test_every_column_of_a_million_events_is_counted_again():
    others = [subprocess.Popen([DEMO, workload, "--seconds", "60"], stdout=subprocess.DEVNULL)
              for workload in ("mutex", "pool", "poll")]
    try:
        with Recorded("pingpong", 18.0, options=["--all"]) as run:
            told = subprocess.Popen([WEFTSCOPE, "export", run.file, "-o", "-", "--format", "csv",
                                     "--events", "all"], stdout=subprocess.PIPE, text=True)
            lanes, compared = compare(run.file, csv.DictReader(told.stdout))
            assert told.wait() == 0
            print(f"# {run.stat['events']} events, {lanes} lanes of {WIDTH} columns, {compared} "
                  f"shares compared", flush=True)
            assert run.stat["events"] > 200_000 and compared > 10_000
    finally:
        for other in others:
            other.kill()
            other.wait()


if __name__ == "__main__":
    points.run(sys.modules["__main__"])
