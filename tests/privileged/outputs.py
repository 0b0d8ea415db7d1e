"""What `weftscope record` writes and what it leaves alone: names that are taken, that
others write to meanwhile, that are links, pipes or devices; starts that fail."""
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import points
from points import Skip
from recorder import (DEMO, WEFTSCOPE, events, finish, folder, listing, record, send,
                      start, told_events, until_recording, wait_until)


def old_recording(place, name):
    status, told = record(place, "-d", "0.2", "-o", name)
    assert status == 0, told
    return (Path(place) / name).read_bytes()


def test_a_recording_takes_the_place_of_an_older_one_and_of_nothing_else():
    with folder() as place:
        old_recording(place, "a.weft")
        (Path(place) / "a.weft.old").write_text("notes")
        (Path(place) / "a.weft.partial").write_text("notes")
        status, told = record(place, "-d", "0.2", "-o", "a.weft")
        assert status == 0, told
        assert listing(place) == ["a.weft", "a.weft.old", "a.weft.partial"], listing(place)
        assert events(f"{place}/a.weft") == told_events(told)
        assert (Path(place) / "a.weft.old").read_text() == "notes"


def test_a_file_that_is_no_recording_stays():
    with folder() as place:
        (Path(place) / "letter").write_text("Dear Anna,")
        status, told = record(place, "-d", "0.2", "-o", "letter")
        assert status == 1 and "letter" in told, told
        assert (Path(place) / "letter").read_text() == "Dear Anna,"
        assert listing(place) == ["letter"]


def test_what_lies_beside_the_name_and_is_no_log_of_a_recording_there_stays():
    with folder() as place:
        whole = old_recording(place, "old.weft")
        log = bytes.fromhex("377f0682") + bytes(4096)  # as that of another which was killed
        for name in ("new.weft", "old.weft"):
            for ending, text in (("-wal", b"Dear Anna,"), ("-shm", b"Dear Anna,"), ("-wal", log),
                                 ("-journal", b"Dear Anna,")):
                beside = Path(place) / (name + ending)
                beside.write_bytes(text)
                status, told = record(place, "-d", "0.2", "-o", name)
                assert status == 1 and name + ending in told, (name, ending, status, told)
                assert beside.read_bytes() == text
                beside.unlink()
                os.mkfifo(beside)
                status, told = record(place, "-d", "0.2", "-o", name)
                assert status == 1 and name + ending in told, (name, ending, status, told)
                beside.unlink()
                assert listing(place) == ["old.weft"], listing(place)
        assert (Path(place) / "old.weft").read_bytes() == whole


def test_a_second_recorder_of_a_name_is_refused():
    with folder() as place:
        first = start(place, "-o", "b.weft")
        until_recording(place, "b.weft", first)
        status, told = record(place, "-d", "0.2", "-o", "b.weft")
        assert status == 1 and "b.weft" in told, (status, told)
        send(first, "INT")
        status, told = finish(first)
        assert status == 0, told
        assert events(f"{place}/b.weft") == told_events(told)
        assert listing(place) == ["b.weft"]


def test_recorders_without_a_name_have_one_each():
    with folder() as place:
        recorders = [start(place, "-d", "0.5") for _ in range(4)]
        told = [finish(each) for each in recorders]
        assert [status for status, _ in told] == [0] * 4, told
        names = [message.split(": ")[0] for _, message in told]
        assert sorted(names) == listing(place), (names, listing(place))
        for name, (_, message) in zip(names, told):
            assert events(f"{place}/{name}") == told_events(message)


def cannot_be_started(place):
    """(words, status, part of the message)"""
    script = Path(place) / "script"
    script.write_text("#!/no/such/thing\n")
    script.chmod(0o755)
    (Path(place) / "plain").write_text("no program\n")
    yield ["./typo"], 127, "typo"
    yield ["typo-of-a-program"], 127, "typo-of-a-program"
    yield ["/etc"], 126, "folder"
    yield ["./plain"], 126, "plain"
    yield ["./script"], 126, "/no/such/thing"


def test_a_command_that_cannot_start_leaves_the_folder_as_it_was():
    with folder() as place:
        for words, expected, part in list(cannot_be_started(place)):
            before = listing(place)
            status, told = record(place, "-o", "new.weft", "--", *words)
            assert status == expected and part in told, (words, status, told)
            assert listing(place) == before, (words, listing(place))
        good = old_recording(place, "c.weft")
        for words, expected, _part in list(cannot_be_started(place)):
            before = listing(place)
            status, told = record(place, "-o", "c.weft", "--", *words)
            assert status == expected, (words, status, told)
            assert (Path(place) / "c.weft").read_bytes() == good and listing(place) == before


def test_a_start_that_is_refused_leaves_the_folder_as_it_was():
    with folder() as place:
        os.chmod(place, 0o777)
        good = old_recording(place, "c.weft")
        os.chmod(f"{place}/c.weft", 0o666)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if subprocess.run([*nobody, WEFTSCOPE, "--version"], capture_output=True).returncode:
            raise Skip("the build tree cannot be reached by other users")
        for name in ("c.weft", "new.weft"):
            done = subprocess.run([*nobody, WEFTSCOPE, "record", "-d", "0.2", "-o", name],
                                  cwd=place, capture_output=True, text=True, timeout=60,
                                  stdin=subprocess.DEVNULL)
            if done.returncode == 0:
                raise Skip("nobody may trace here")
            assert done.returncode == 1 and done.stderr, done
            assert listing(place) == ["c.weft"], listing(place)
            assert (Path(place) / "c.weft").read_bytes() == good


def test_a_link_is_followed_and_kept():
    with folder() as place:
        os.mkdir(f"{place}/far")
        os.symlink("far/a.weft", f"{place}/link")
        for _ in range(2):  # new, then old
            status, told = record(place, "-d", "0.2", "-o", "link")
            assert status == 0, told
            assert os.readlink(f"{place}/link") == "far/a.weft"
            assert listing(f"{place}/far") == ["a.weft"] and listing(place) == ["far", "link"]
            assert events(f"{place}/link") == told_events(told)


def test_a_file_that_is_removed_or_moved_while_it_is_recorded_is_told():
    with folder() as place:
        recorder = start(place, "-o", "gone.weft")
        until_recording(place, "gone.weft", recorder)
        os.unlink(f"{place}/gone.weft")
        send(recorder, "INT")
        status, told = finish(recorder)
        assert status == 1 and "removed" in told and "events" not in told, (status, told)
        recorder = start(place, "-o", "here.weft")
        until_recording(place, "here.weft", recorder)
        os.rename(f"{place}/here.weft", f"{place}/there.weft")
        send(recorder, "INT")
        status, told = finish(recorder)
        assert status == 0 and f"{place}/there.weft: " in told, (status, told)
        assert events(f"{place}/there.weft") == told_events(told)
        assert listing(place) == ["there.weft"], listing(place)


def test_a_recording_whose_name_another_file_took_is_kept_beside_it():
    with folder() as place:
        recorder = start(place, "-a", "-o", "a.weft")
        until_recording(place, "a.weft", recorder)
        (Path(place) / "letter").write_text("Dear Anna,")
        os.rename(f"{place}/letter", f"{place}/a.weft")
        time.sleep(1.2)
        send(recorder, "INT")
        status, told = finish(recorder)
        assert status == 1 and "a-2.weft" in told, (status, told)
        assert (Path(place) / "a.weft").read_text() == "Dear Anna,"
        assert events(f"{place}/a-2.weft") == told_events(told) > 0, told
        assert listing(place) == ["a-2.weft", "a.weft"], listing(place)


def test_who_writes_into_the_file_itself_is_told_and_so_is_what_is_left():
    def cut(path):
        os.truncate(path, 0)

    def spoil(path):
        with open(path, "r+b") as file:
            file.seek(os.path.getsize(path) // 2)
            file.write(b"Dear Anna,")

    for harm in (cut, spoil):
        with folder() as place:
            path = f"{place}/a.weft"
            recorder = start(place, "-a", "-o", "a.weft", "--", DEMO, "pingpong", "--seconds", "4")
            wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 100000,
                       "much is recorded")
            harm(path)
            status, told = finish(recorder)
            assert status == 125 and "somebody else wrote into it" in told, (status, told)
            left = subprocess.run([WEFTSCOPE, "stat", "--json", path], capture_output=True,
                                  text=True)
            if left.returncode == 0:
                assert json.loads(left.stdout)["events"] == told_events(told), (left, told)
            else:
                assert "a.weft: nothing of it can be read" in told, told


def test_what_others_wrote_to_the_name_meanwhile_stays():
    with folder() as place:
        old_recording(place, "a.weft")
        recorder = start(place, "-o", "a.weft")
        until_recording(place, "a.weft.partial", recorder)
        (Path(place) / "a.weft").write_text("Dear Anna,")
        send(recorder, "INT")
        status, told = finish(recorder)
        assert status == 1 and "a-2.weft" in told, (status, told)
        assert (Path(place) / "a.weft").read_text() == "Dear Anna,"
        assert events(f"{place}/a-2.weft") == told_events(told)
        assert listing(place) == ["a-2.weft", "a.weft"]


def test_a_killed_recording_that_is_moved_to_the_name_meanwhile_keeps_its_log():
    with folder() as place:
        killed = start(place, "-a", "-o", "killed.weft")
        until_recording(place, "killed.weft", killed)
        time.sleep(1.2)
        killed.kill()
        finish(killed)
        old_recording(place, "a.weft")
        recorder = start(place, "-a", "-o", "a.weft")
        until_recording(place, "a.weft.partial", recorder)
        for ending in ("", "-wal", "-shm"):
            os.rename(f"{place}/killed.weft{ending}", f"{place}/a.weft{ending}")
        before = stat_json(f"{place}/a.weft")
        send(recorder, "INT")
        status, told = finish(recorder)
        assert status == 1 and "a-2.weft" in told, (status, told)
        assert stat_json(f"{place}/a.weft") == before and before["events"] > 0
        assert "a.weft-wal" in listing(place), listing(place)
        assert events(f"{place}/a-2.weft") == told_events(told)


def stat_json(path):
    told = subprocess.run([WEFTSCOPE, "stat", "--json", path], capture_output=True, text=True,
                          check=True)
    return json.loads(told.stdout)


def test_a_killed_recorder_leaves_the_old_file_and_a_new_one_that_opens():
    with folder() as place:
        good = old_recording(place, "a.weft")
        recorder = start(place, "-o", "a.weft", "-a")
        until_recording(place, "a.weft.partial", recorder)
        time.sleep(1.2)  # a second is what may be missing
        recorder.kill()
        finish(recorder)
        assert (Path(place) / "a.weft").read_bytes() == good
        told = subprocess.run([WEFTSCOPE, "stat", "--json", f"{place}/a.weft.partial"],
                              capture_output=True, text=True, check=True)
        assert json.loads(told.stdout)["events"] > 0
        status, told = record(place, "-d", "0.2", "-o", "a.weft")
        assert status == 0, told
        assert "a.weft.partial" in listing(place)


def test_events_appear_under_their_name_as_they_come_and_their_size_is_told():
    with folder() as place:
        recorder = start(place, "-a", "-o", "live.jsonl", "--format", "jsonl")
        wait_until(lambda: os.path.exists(f"{place}/live.jsonl")
                   and os.path.getsize(f"{place}/live.jsonl") > 10000, "events are there")
        send(recorder, "INT")
        status, told = finish(recorder)
        assert status == 0 and "0 bytes" not in told, told
        size = os.path.getsize(f"{place}/live.jsonl")
        assert f"{size / 1e3:.1f}" in told or f"{size / 1e6:.1f}" in told, (size, told)


def test_pipes_and_devices_are_written_to():
    with folder() as place:
        os.mkfifo(f"{place}/fifo")
        reader = subprocess.Popen(["head", "-1", f"{place}/fifo"], stdout=subprocess.PIPE)
        status, told = record(place, "-d", "0.3", "-a", "-o", "fifo", "--format", "jsonl")
        out, _ = reader.communicate(timeout=60)
        assert status in (0, 141) and json.loads(out), (status, told)
        for name in ("/dev/stdout", "/dev/fd/1", "-"):
            done = subprocess.run([WEFTSCOPE, "record", "-d", "0.3", "-a", "-o", name, "--format",
                                   "csv"], cwd=place, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            assert len(done.stdout.splitlines()) > 3, done.stdout
        status, told = record(place, "-d", "0.2", "-o", "/dev/null", "--format", "csv")
        assert status == 0, told
        assert listing(place) == ["fifo"]


def test_a_recording_needs_a_file():
    with folder() as place:
        os.mkfifo(f"{place}/fifo")  # whether somebody reads or not
        for name, part in (("fifo", "pipe"), ("/dev/null", "pipe"), (place, "folder"),
                           ("x" * 250 + ".weft", "247"), ("none/x.weft", "none/x.weft")):
            status, told = record(place, "-d", "0.2", "-o", name)
            assert status == 1 and part in told, (name, status, told)
            assert told.startswith("weftscope: "), told
        assert listing(place) == ["fifo"]


def pipeline(place, words):
    return subprocess.run(["bash", "-c", f"{WEFTSCOPE} record {words}; echo ${{PIPESTATUS[0]}} >&2"],
                          cwd=place, capture_output=True, text=True, timeout=60)


def test_without_standard_files_nothing_is_written_into_the_recording():
    for closed in ("2>&-", "<&- >&- 2>&-"):
        with folder() as place:
            for words in ("-d 0.3", "-- true"):
                done = subprocess.run(["sh", "-c", f"{WEFTSCOPE} record -o a.weft {words} {closed}"],
                                      cwd=place, timeout=60)
                assert done.returncode == 0, (closed, words)
                assert events(f"{place}/a.weft") >= 0 and listing(place) == ["a.weft"]
                head = (Path(place) / "a.weft").read_bytes()[:16]
                assert head == b"SQLite format 3\0", head


def test_a_reader_that_goes_ends_the_recording_quietly():
    with folder() as place:
        done = pipeline(place, "-a -o - --format jsonl | head -1")
        assert done.stderr.split() == ["141"] and json.loads(done.stdout), done
        done = pipeline(place, "-o - --format jsonl -- sh -c 'sleep 1; echo whole >&2; exit 5'"
                        " | head -1")
        assert "whole" in done.stderr and done.stderr.split()[-1] == "5", done


def test_a_reader_that_is_late_gets_all():
    with folder() as place:
        recorder = start(place, "-a", "-d", "1", "-o", "-", "--format", "jsonl")
        time.sleep(3)  # more is written than a pipe holds
        out, told = recorder.communicate(timeout=60)
        assert recorder.returncode == 0, told
        assert len([json.loads(line) for line in out.splitlines()]) > 100


def test_a_reader_that_never_reads_holds_nothing_up():
    with folder() as place:
        recorder = start(place, "-a", "-o", "-", "--format", "jsonl")
        time.sleep(3)
        assert recorder.poll() is None
        send(recorder, "INT")
        time.sleep(1.5)
        send(recorder, "INT")
        assert recorder.wait(timeout=60) == 1
        assert "Nobody takes" in recorder.stderr.read()
        recorder.stdout.close()


def test_a_full_disk_leaves_the_command_alone():
    with folder() as place:
        os.mkdir(f"{place}/small")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "weft",
                           f"{place}/small"]).returncode:
            raise Skip("a small file system cannot be mounted here")
        try:
            status, told = record(place, "-o", "small/a.weft", "--", "sh", "-c",
                                  f"{DEMO} pingpong --seconds 6; echo whole >end; exit 3")
            assert status == 3, (status, told)
            assert "“sh” goes on" in told and ("full" in told or "space" in told), told
            assert (Path(place) / "end").read_text() == "whole\n"
        finally:
            subprocess.run(["umount", f"{place}/small"], check=True)


def test_a_recording_that_fails_does_not_take_the_place_of_the_old_one():
    with folder() as place:
        os.mkdir(f"{place}/small")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "weft",
                           f"{place}/small"]).returncode:
            raise Skip("a small file system cannot be mounted here")
        try:
            good = old_recording(place, "a.weft")
            shutil.copy(f"{place}/a.weft", f"{place}/small/a.weft")
            status, told = record(place, "-o", "small/a.weft", "--", DEMO, "pingpong", "--seconds",
                                  "6")
            assert status == 125 and "a.weft.partial" in told, (status, told)
            assert (Path(place) / "small/a.weft").read_bytes() == good
            assert "a.weft.partial" in listing(f"{place}/small")
        finally:
            subprocess.run(["umount", f"{place}/small"], check=True)


if __name__ == "__main__":
    points.run(sys.modules["__main__"])
