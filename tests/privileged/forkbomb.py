"""A fork bomb under limits: thousands of processes at once, as many as may be, and a system
that refuses more. Nothing is missing in the tree (or it is counted as lost), and neither
recorder nor helper grows beyond what so many threads may cost."""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import points
from recorded import WEFTSCOPE

BOMB = os.environ["WEFT_FORK_BOMB"]
PROCESSES = 3000
# Of a user with no other processes, so that its limit is the bomb's alone.
USER, LIMIT = 61777, 1200
# Recorder and helper, each without the ring: a budget for a small machine, not a target.
MOST_KIB = 256 * 1024


class Memory(threading.Thread):
    """The most anonymous memory that any process of ours had, looked at often."""

    def __init__(self, recorder):
        super().__init__(daemon=True)
        self.recorder, self.most_kib = recorder, 0
        self.start()

    def helpers(self):
        try:
            text = Path(f"/proc/{self.recorder.pid}/task/{self.recorder.pid}/children").read_text()
            return [pid for pid in text.split() if "weftscope-trace"
                    in Path(f"/proc/{pid}/comm").read_text()]
        except OSError:
            return []

    def run(self):
        while self.recorder.poll() is None:
            for pid in [self.recorder.pid, *self.helpers()]:
                try:
                    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                        if line.startswith("RssAnon:"):
                            self.most_kib = max(self.most_kib, int(line.split()[1]))
                except OSError:
                    pass
            time.sleep(0.02)


def record(folder, command):
    file = Path(folder) / "run.weft"
    recorder = subprocess.Popen([WEFTSCOPE, "record", "-o", file, "--", *command],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    memory = Memory(recorder)
    try:
        _out, message = recorder.communicate(timeout=200)
    except BaseException:
        recorder.kill()
        raise
    memory.join()
    assert recorder.returncode == 0, (recorder.returncode, message)
    return file, memory.most_kib


def read_truth(path):
    """number → (pid, parent), and how many forks were refused."""
    born, refused = {}, 0
    for line in path.read_text().splitlines():
        words = line.split()
        if words[0] == "refused":
            refused = int(words[1])
        else:
            born[int(words[0])] = (int(words[1]), int(words[2]))
    return born, refused


def check(file, born):
    told = json.loads(subprocess.run([WEFTSCOPE, "stat", "--json", file], check=True,
                                     capture_output=True, text=True).stdout)
    named = {process["name"]: process for process in told["processes"]
             if process["name"].startswith("bomb-")}
    missing = 0
    for number, (pid, parent) in born.items():
        process = named.get(f"bomb-{number}")
        if process is None:
            missing += 1
            continue
        assert (process["tgid"], process["parent"]) == (pid, parent), (process, pid, parent)
        if told["lost"] == 0:
            assert process["exit_code"] == number % 200, process
            assert process["end_ns"] > process["start_ns"], process
    assert missing <= told["lost"], f"{missing} are missing, {told['lost']} events were lost"
    assert len(named) <= len(born), "there are more than were born"
    return told, missing


def bomb(folder, most, prefix=()):
    truth = Path(folder) / "truth"
    file, most_kib = record(folder, [*prefix, BOMB, str(most), truth])
    born, refused = read_truth(truth)
    told, missing = check(file, born)
    print(f"# {len(born)} born, {refused} forks refused, {told['events']} events, "
          f"{told['lost']} lost, {missing} missing, {most_kib} KiB at most", flush=True)
    assert most_kib < MOST_KIB, f"{most_kib} KiB"
    return born, refused


def test_three_thousand_at_once_are_all_in_the_tree():
    with tempfile.TemporaryDirectory(prefix="weft-bomb-") as folder:
        born, refused = bomb(folder, PROCESSES)
        assert len(born) + refused >= PROCESSES


def test_a_bomb_that_hits_its_limit_is_told_as_far_as_it_came():
    with tempfile.TemporaryDirectory(prefix="weft-bomb-") as folder:
        os.chmod(folder, 0o777)
        born, refused = bomb(folder, 2 * LIMIT,
                             ["prlimit", f"--nproc={LIMIT}", "setpriv", f"--reuid={USER}",
                              f"--regid={USER}", "--clear-groups"])
        assert refused > 0, "the limit did not bite"
        assert LIMIT / 2 < len(born) < LIMIT + 1, len(born)


if __name__ == "__main__":
    points.run(sys.modules["__main__"])
