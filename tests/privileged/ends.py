"""Where a recording ends, and whom a narrowed one tells of. Beside each recording two
processes hand a byte to and fro, so that something happens in every millisecond, and a
program logs the clock twice in one: nothing may be told that its log knows nothing of."""
import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import points
from recorded import DEMO, WEFTSCOPE

MS = 1_000_000


def hand_to_and_fro(reads, writes):
    while os.write(writes, b"x") and os.read(reads, 1):
        pass


def log_the_clock(log, stop):
    while not stop.is_set():
        log.send_bytes(time.monotonic_ns().to_bytes(8, "little"))
        time.sleep(.0005)
    log.close()


class Load:
    """The two, and who logs the clock."""

    def __enter__(self):
        there, back = os.pipe(), os.pipe()
        self.stop = multiprocessing.Event()
        self.log, log = multiprocessing.Pipe(duplex=False)
        self.logger = multiprocessing.Process(target=log_the_clock, args=(log, self.stop))
        self.players = [multiprocessing.Process(target=hand_to_and_fro, args=ends, daemon=True)
                        for ends in ((there[0], back[1]), (back[0], there[1]))]
        for process in [self.logger, *self.players]:
            process.start()
        log.close()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for player in self.players:
            player.kill()
        while self.log.poll(1):
            try:
                self.log.recv_bytes()
            except EOFError:
                break
        for process in [self.logger, *self.players]:
            process.join()

    def stamps(self):
        """What was logged since the last call."""
        stamps = []
        while self.log.poll():
            stamps.append(int.from_bytes(self.log.recv_bytes(), "little"))
        return stamps


def record(folder, *options):
    file = Path(folder) / "run.weft"
    told = subprocess.run([WEFTSCOPE, "record", "-o", file, *options], capture_output=True,
                          text=True)
    assert told.returncode == 0, told.stderr
    stat = subprocess.run([WEFTSCOPE, "stat", "--json", file], check=True, capture_output=True,
                          text=True)
    return file, json.loads(stat.stdout)


def events(file, *options):
    told = subprocess.run([WEFTSCOPE, "export", file, "-o", "-", "--format", "jsonl", *options],
                          check=True, capture_output=True, text=True)
    return [json.loads(line) for line in told.stdout.splitlines()]


def check_end(folder, load):
    load.stamps()
    file, stat = record(folder, "-a", "-d", "0.4")
    end = stat["duration_ns"]
    rows = events(file, "--from", f"{(end - 100 * MS) / 1e9:.9f}s", "--events", "all")
    last = max(row["time_ns"] for row in rows)
    assert last <= end, f"an event {(last - end) / MS:.3f} ms after the end"
    sleeps = [row["time_ns"] for row in rows if row["event_type"] == "SWITCH"
              and row["tid"] == load.logger.pid and row.get("system_call") == "clock_nanosleep"]
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        start, = database.execute("SELECT start_ns FROM session").fetchone()
    begin = start + end - 50 * MS
    logged = [stamp for stamp in load.stamps() if begin <= stamp < begin + 50 * MS]
    told = [sleep for sleep in sleeps if sleep >= end - 50 * MS]
    return end - last, len(told) - len(logged)


def test_a_recording_ends_where_the_kernel_side_stopped():
    gaps = []
    with tempfile.TemporaryDirectory(prefix="weft-ends-") as folder, Load() as load:
        for _ in range(20):
            gap, difference = check_end(folder, load)
            gaps.append(gap / MS)
            assert abs(difference) <= 2, f"{difference} sleeps more than the log has"
    print(f"# between last event and end: {', '.join(f'{gap:.3f}' for gap in gaps)} ms")
    assert max(gaps) <= 1, f"{max(gaps):.3f} ms"


def test_a_bystander_of_a_narrowed_recording_is_never_runnable():
    told = 0
    with tempfile.TemporaryDirectory(prefix="weft-ends-") as folder, Load():
        for _ in range(10):
            _, stat = record(folder, "--", DEMO, "demo", "--seconds", "0.4")
            own = {process["tgid"] for process in stat["processes"]
                   if process["name"] == "weftscope-demo"}
            assert own, "the demo is not in its own recording"
            for thread in stat["threads"]:
                if thread["tgid"] in own:
                    told += thread["ns"]["runnable"] > 0
                elif not descends(stat, thread["tgid"], own):
                    assert thread["ns"]["runnable"] == 0, thread
                    assert thread["ns"]["running"] == 0, thread
    assert told >= 10, f"{told} threads of the demo waited for a CPU"


def descends(stat, tgid, own):
    parents = {process["tgid"]: process["parent"] for process in stat["processes"]}
    while tgid in parents and tgid not in own and parents[tgid] != tgid:
        tgid = parents[tgid]
    return tgid in own


points.run(sys.modules[__name__])
