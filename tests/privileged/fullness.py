"""Where no more can be written: a disk that is full, a file that may not grow (ulimit -f).
What is there opens and is what the summary says, the words are true, the command goes on,
and a start that fails leaves nothing."""
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import points
from points import Skip
from recorder import (DEMO, UNTIL_END, WEFTSCOPE, events, finish, folder, listing, record, send, start,
                      told_events, until_recording)


@contextmanager
def small_disk(kilobytes):
    with folder() as place:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "weft",
                           place]).returncode:
            raise Skip("a small file system cannot be mounted here")
        try:
            yield place
        finally:
            subprocess.run(["umount", place], check=True)


@contextmanager
def load():
    busy = subprocess.Popen([DEMO, "pingpong", "--seconds", "120"], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        busy.kill()
        busy.wait()


def limited(place, blocks, *words, program=WEFTSCOPE):
    """A command of ours that may write files of so many KiB."""
    return subprocess.run(["bash", "-c", f'ulimit -f {blocks}; exec "$0" "$@"', program, *words],
                          cwd=place, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)


def check_kept(place, name, told):
    """What a recording that failed left is what it says."""
    if "Nothing" in told:
        assert " events" not in told and name not in listing(place), (told, listing(place))
        return
    assert "what came before is kept" in told, told
    shown = subprocess.run([WEFTSCOPE, "stat", "--json", name], cwd=place, capture_output=True,
                           text=True)
    assert shown.returncode == 0 and "Bring the two together" not in shown.stderr, shown.stderr
    assert json.loads(shown.stdout)["events"] == told_events(told) > 0, told


def test_what_a_full_disk_leaves_is_what_is_told():
    with load():
        for kilobytes in (150, 300, 500, 700):
            with small_disk(kilobytes) as place:
                status, told = record(place, "-a", "-d", "60", "-o", "a.weft")
                assert status == 1 and "the disk is full" in told, (kilobytes, status, told)
                check_kept(place, "a.weft", told)


def test_a_disk_that_fills_leaves_one_file_that_is_whole():
    with load(), small_disk(2000) as place:
        status, told = record(place, "-a", "-d", "60", "-o", "a.weft")
        assert status == 1 and "what came before is kept" in told, (status, told)
        assert listing(place) == ["a.weft"], listing(place)
        assert events(f"{place}/a.weft") == told_events(told) > 0  # opens without a word


def test_a_disk_that_others_fill_leaves_what_is_told():
    with load(), small_disk(4000) as place:
        recorder = start(place, "-a", "-o", "a.weft")
        until_recording(place, "a.weft", recorder)
        with open(f"{place}/theirs", "wb", buffering=0) as theirs:
            try:
                while theirs.write(bytes(4096)):
                    pass
            except OSError:
                pass
        status, told = finish(recorder)
        assert status == 1 and "full" in told, (status, told)
        check_kept(place, "a.weft", told)


def test_a_start_at_a_full_disk_leaves_nothing_and_names_the_file():
    with folder() as elsewhere, small_disk(400) as place:
        status, told = record(elsewhere, "-d", "0.2", "-o", "a.weft")
        assert status == 0, told
        shutil.copy(f"{elsewhere}/a.weft", f"{place}/a.weft")
        with open(f"{place}/theirs", "wb") as theirs:
            room = os.statvfs(place)
            theirs.write(bytes(room.f_bfree * room.f_frsize - 60000))
        for name in ("a.weft", "new.weft"):
            status, told = record(place, "-a", "-d", "1", "-o", name)
            assert status == 1 and name in told and "Free some space" in told, (status, told)
            assert listing(place) == ["a.weft", "theirs"], listing(place)
        assert events(f"{place}/a.weft") >= 0


def test_a_start_for_which_there_is_hardly_room_leaves_nothing():
    for kilobytes in (8, 16, 20, 32, 48):
        with small_disk(kilobytes) as place:
            status, told = record(place, "-d", "0.2", "-o", "a.weft")
            assert status == 1 and "Free some space" in told, (kilobytes, status, told)
            assert listing(place) == [], (kilobytes, listing(place))


def test_a_file_that_may_not_grow_ends_the_recording_and_not_the_command():
    with load(), folder() as place:
        recorder = subprocess.Popen(["bash", "-c", f"ulimit -f 400; exec {WEFTSCOPE} record -a -o"
                                     f" a.weft -- sh -c '{UNTIL_END}; echo whole >end; exit 3'"],
                                    cwd=place, stderr=subprocess.PIPE, text=True)
        told = ""
        while "goes on" not in told:
            line = recorder.stderr.readline()
            assert line, told
            told += line
        assert "ulimit -f" in told, told
        (Path(place) / "end").touch()
        assert finish(recorder)[0] == 3
        assert (Path(place) / "end").read_text() == "whole\n"
        check_kept(place, "a.weft", told)


def test_a_file_that_may_not_grow_is_told_by_every_command():
    with load(), folder() as place:
        status, told = record(place, "-a", "-d", "2", "-o", "a.weft")
        assert status == 0, told
        done = limited(place, 40, "record", "-a", "-d", "1", "-o", "b.weft")
        assert done.returncode == 1 and "b.weft" in done.stderr and "ulimit -f" in done.stderr, done
        for words in (["export", "a.weft", "-o", "a.csv"],
                      ["record", "-a", "-d", "60", "-o", "a.jsonl", "--format", "jsonl"]):
            done = limited(place, 40, *words)
            assert done.returncode == 1 and "File too large" in done.stderr, done
        assert listing(place) == ["a.jsonl", "a.weft"], listing(place)
        with open(f"{place}/shown", "w") as shown:
            done = subprocess.run(["bash", "-c", f"ulimit -f 1; {WEFTSCOPE} stat --json a.weft"],
                                  cwd=place, stdout=shown, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 1 and "File too large" in done.stderr, done


def test_a_command_meets_the_limit_of_files_as_under_a_shell():
    grow = "head -c 1000000 /dev/zero >big"
    for ignored in ("", "trap '' XFSZ;"):
        with folder() as place:
            plain = subprocess.run(["bash", "-c", f"{ignored} ulimit -f 300; exec sh -c '{grow}'"],
                                   cwd=place, stderr=subprocess.DEVNULL)
            done = subprocess.run(["bash", "-c", f"{ignored} ulimit -f 300; exec {WEFTSCOPE} record"
                                   f" -o a.weft -- sh -c '{grow}'"], cwd=place,
                                  stderr=subprocess.DEVNULL)
            died = plain.returncode if plain.returncode >= 0 else 128 - plain.returncode
            assert done.returncode == died, (ignored, plain, done)


if __name__ == "__main__":
    points.run(sys.modules["__main__"])
