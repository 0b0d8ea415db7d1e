"""A workload under `weftscope record`: its figures, its events, and the accounts that
the kernel kept of its threads."""
import csv
import json
import os
import subprocess
import tempfile
from pathlib import Path

WEFTSCOPE, DEMO = os.environ["WEFT_PROGRAM"], os.environ["WEFT_DEMO"]


class Recorded:
    """Records `weftscope-demo WORKLOAD`; everything is gone when it is closed."""

    def __init__(self, workload, seconds=2.0, options=(), witness=None, prefix=()):
        self.folder = tempfile.TemporaryDirectory(prefix="weft-truth-")
        self.file = Path(self.folder.name) / "run.weft"
        account = Path(self.folder.name) / "account"
        command = [WEFTSCOPE, "record", *options, "-o", self.file, "--", *prefix, DEMO, workload,
                   "--seconds", str(seconds), "--account", account]
        if witness:
            witness.start(self.folder.name)
        told = subprocess.run(command, capture_output=True, text=True)
        if witness:
            witness.stop()
        self.status, self.message = told.returncode, told.stderr
        assert self.file.exists(), told.stderr
        self.stat = json.loads(subprocess.run([WEFTSCOPE, "stat", "--json", self.file], check=True,
                                              capture_output=True, text=True).stdout)
        lines = account.read_text().splitlines() if account.exists() else []
        self.accounts = {line["tid"]: line for line in map(json.loads, lines)}
        self.threads = {thread["tid"]: thread for thread in self.stat["threads"]}
        self.processes = {process["tgid"]: process for process in self.stat["processes"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def events(self, *options):
        told = subprocess.run([WEFTSCOPE, "export", self.file, "-o", "-", "--format", "csv",
                               *options], check=True, capture_output=True, text=True)
        return csv.DictReader(told.stdout.splitlines())

    def named(self, prefix):
        return [thread for thread in self.stat["threads"] if thread["name"].startswith(prefix)]


def main_wait(thread):
    """The state, other than running and runnable, that a thread was in the longest."""
    waits = {state: ns for state, ns in thread["ns"].items()
             if state not in ("running", "runnable")}
    return max(waits, key=waits.get)
