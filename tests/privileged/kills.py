"""kill -9 at random moments: nothing of ours is left in the kernel, the recording opens
with all but its last moments, and tracing can start again. 50 times each with WEFT_LONG."""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import points
from points import LONG, Skip
from recorded import DEMO, WEFTSCOPE
from recorder import helper_of

TIMES = 50 if LONG else 12
BPFTOOL = shutil.which("bpftool") or shutil.which("bpftool", path="/usr/sbin:/sbin")


def objects_of(pid):
    """[("prog", id), ("map", id) …] that a process holds."""
    held = set()
    try:
        for name in os.listdir(f"/proc/{pid}/fdinfo"):
            text = Path(f"/proc/{pid}/fdinfo/{name}").read_text()
            held |= {(kind, int(number)) for kind, number
                     in re.findall(r"^(prog|map|link)_id:\s*(\d+)", text, re.M)}
    except OSError:
        pass  # it ended meanwhile
    return held


def those_left(held):
    if BPFTOOL is None:
        raise Skip("bpftool is missing")
    return [(kind, number) for kind, number in sorted(held)
            if subprocess.run([BPFTOOL, kind, "show", "id", str(number)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0]


def wait_until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def start(folder, *command):
    file = Path(folder) / "run.weft"
    return file, subprocess.Popen([WEFTSCOPE, "record", "--all", "-o", file, *command],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def opens(file):
    told = subprocess.run([WEFTSCOPE, "stat", "--json", file], capture_output=True, text=True)
    assert told.returncode == 0, f"stat says: {told.stderr}"
    return json.loads(told.stdout)


def busy():
    return subprocess.Popen([DEMO, "mutex", "--seconds", "120"], stdout=subprocess.DEVNULL)


def kill_at_random_moments(kill):
    """@kill gets the recorder and its file. Counts the recordings with events."""
    random.seed(1)
    work, with_events, seen = busy(), 0, 0
    try:
        for _ in range(TIMES):
            with tempfile.TemporaryDirectory(prefix="weft-kill-") as folder:
                file, recorder = start(folder)
                assert wait_until(lambda: file.exists() or recorder.poll() is not None)
                time.sleep(random.uniform(0, 4))
                held = objects_of(helper_of(recorder))
                seen += bool(held)
                kill(recorder)
                recorder.communicate(timeout=20)
                assert wait_until(lambda: not those_left(held)), those_left(held)
                if file.exists():
                    with_events += opens(file)["events"] > 0
    finally:
        work.kill()
        work.wait()
    print(f"# killed {TIMES} times, {with_events} recordings had events", flush=True)
    assert with_events > 0, "no recording had begun"
    assert seen > 0, "no helper held anything"


def test_a_killed_recorder_leaves_a_recording_and_a_clean_kernel():
    kill_at_random_moments(lambda recorder: recorder.kill())


def test_a_recorder_that_is_killed_as_it_begins_leaves_its_name_usable():
    """An empty file, or a recording without an event: never something between."""
    empty, without_events = 0, 0
    for i in range(30):
        with tempfile.TemporaryDirectory(prefix="weft-kill-") as folder:
            file, recorder = start(folder)
            assert wait_until(lambda: file.exists() or recorder.poll() is not None)
            time.sleep(i * 0.0007)
            recorder.kill()
            recorder.communicate(timeout=20)
            size = file.stat().st_size
            told = subprocess.run([WEFTSCOPE, "stat", file], capture_output=True, text=True)
            if size == 0:
                empty += 1
                assert "is empty" in told.stderr, told.stderr
            else:
                assert told.returncode == 0, (size, told.stderr)
                assert "is not beside it" not in told.stderr, told.stderr
                without_events += "no event of it is here" in told.stderr
            assert not [name for name in os.listdir(folder) if name.endswith("-journal")]
            again = subprocess.run([WEFTSCOPE, "record", "-d", "0.05", "-o", file],
                                   capture_output=True, text=True)
            assert again.returncode == 0, (size, again.stderr)
    print(f"# {empty} empty files, {without_events} recordings without an event", flush=True)
    assert without_events > 0


def test_a_killed_helper_ends_the_recording():
    def kill(recorder):
        if wait_until(lambda: recorder.poll() is not None or helper_of(recorder)):
            helper = helper_of(recorder)
            if helper:
                os.kill(helper, signal.SIGKILL)
    kill_at_random_moments(kill)


def test_the_file_alone_opens_after_a_clean_end():
    with tempfile.TemporaryDirectory(prefix="weft-kill-") as folder:
        file, recorder = start(folder, "--", DEMO, "mutex", "--seconds", "1")
        _out, message = recorder.communicate(timeout=30)
        assert recorder.returncode == 0, message
        assert [path.name for path in Path(folder).iterdir()] == ["run.weft"]
        before = (file.stat().st_size, file.stat().st_mtime_ns)
        assert opens(file)["events"] > 0
        assert (file.stat().st_size, file.stat().st_mtime_ns) == before, "opening wrote to the file"
        assert [path.name for path in Path(folder).iterdir()] == ["run.weft"]


def test_what_was_written_opens_when_the_disk_is_full():
    with tempfile.TemporaryDirectory(prefix="weft-kill-") as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "weft", folder]).returncode:
            raise Skip("a small file system cannot be mounted here")
        try:
            file, recorder = start(folder, "--", DEMO, "pingpong", "--seconds", "8")
            _out, message = recorder.communicate(timeout=60)
            assert recorder.returncode == 125, (recorder.returncode, message)
            assert "full" in message or "space" in message, message
            copy = Path(folder).with_suffix(".copy")
            shutil.copytree(folder, copy)
            try:
                assert opens(copy / "run.weft")["events"] > 0
            finally:
                shutil.rmtree(copy)
        finally:
            subprocess.run(["umount", folder], check=True)


if __name__ == "__main__":
    points.run(sys.modules["__main__"])
