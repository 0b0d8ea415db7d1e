"""A helper that goes, or stands still, while `weftscope record` runs: what it sent is kept,
a sentence says so, the exit status too, and nothing is waited for without end."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import points
from recorder import (UNTIL_END, events, finish, folder, helper_of, listing, record, send, start,
                      told_events, until_recording, wait_until)


def runs(place, name, recorder):
    """The helper of a recorder that records."""
    until_recording(place, name, recorder)
    helper = helper_of(recorder)
    assert helper is not None
    return helper


def test_a_helper_that_goes_is_told_and_what_it_sent_is_kept():
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
        with folder() as place:
            recorder = start(place, "-a", "-o", "a.weft")
            os.kill(runs(place, "a.weft", recorder), number)
            status, told = finish(recorder)
            assert status == 1 and "helper has gone" in told, (status, told)
            assert listing(place) == ["a.weft"]
            assert events(f"{place}/a.weft") == told_events(told) > 0, told


def test_a_helper_that_goes_under_a_command_is_our_failure_and_not_the_commands():
    for code, expected in ((0, 125), (3, 3)):
        with folder() as place:
            recorder = start(place, "-o", "a.weft", "--", "sh", "-c",
                             f"{UNTIL_END}; echo whole >end; exit {code}")
            os.kill(runs(place, "a.weft", recorder), signal.SIGKILL)
            line = recorder.stderr.readline()
            while "goes on without" not in line:
                assert line
                line = recorder.stderr.readline()
            (Path(place) / "end").touch()
            assert recorder.wait(timeout=60) == expected
            recorder.communicate()
            assert (Path(place) / "end").read_text() == "whole\n"


def test_an_old_recording_is_not_replaced_by_what_a_helper_left_short():
    with folder() as place:
        status, told = record(place, "-d", "0.2", "-o", "a.weft")
        assert status == 0, told
        good = (Path(place) / "a.weft").read_bytes()
        recorder = start(place, "-a", "-o", "a.weft")
        os.kill(runs(place, "a.weft.partial", recorder), signal.SIGKILL)
        status, told = finish(recorder)
        assert status == 1 and f"{os.path.realpath(place)}/a.weft.partial: " in told, (status, told)
        assert (Path(place) / "a.weft").read_bytes() == good
        assert events(f"{place}/a.weft.partial") == told_events(told)


def test_a_helper_that_goes_does_not_look_like_a_reader_that_went():
    with folder() as place:
        recorder = start(place, "-a", "-o", "-", "--format", "jsonl")
        assert recorder.stdout.readline()
        os.kill(helper_of(recorder), signal.SIGKILL)
        status, told = finish(recorder)
        assert status == 1 and "helper has gone" in told, (status, told)


def stand_still(place, *words, name="a.weft"):
    """A recorder whose helper does; the helper is to be killed."""
    recorder = start(place, "-a", "-o", name, *words)
    helper = runs(place, name, recorder)
    os.kill(helper, signal.SIGSTOP)
    return recorder, helper


def test_a_helper_that_stands_still_holds_no_end_up():
    with folder() as place:
        for words, number in ((["-d", "3"], None), ([], "TERM")):
            recorder, helper = stand_still(place, *words)
            try:
                if number:
                    send(recorder, number)
                status, told = finish(recorder)
                assert status == 1 and told.count("does not answer") == 2, (status, told)
                assert listing(place) == ["a.weft"]
                assert events(f"{place}/a.weft") == told_events(told) > 0, told
            finally:
                os.kill(helper, signal.SIGKILL)
            os.unlink(f"{place}/a.weft")


def test_a_helper_that_stands_still_is_told_while_it_records():
    with folder() as place:
        recorder, helper = stand_still(place)
        try:
            line = recorder.stderr.readline()
            while "does not answer" not in line:
                assert line
                line = recorder.stderr.readline()
            assert recorder.poll() is None
            os.kill(helper, signal.SIGCONT)
            time.sleep(0.5)
            send(recorder, "INT")
            status, told = finish(recorder)
            assert status == 0 and "does not answer" not in told, (status, told)
            assert events(f"{place}/a.weft") == told_events(told) > 0, told
        finally:
            try:
                os.kill(helper, signal.SIGKILL)
            except ProcessLookupError:
                pass


def test_a_second_signal_ends_it_at_once():
    with folder() as place:
        recorder, helper = stand_still(place)
        try:
            for _ in range(2):  # at once, as when a terminal goes: one wish
                send(recorder, "HUP")
            time.sleep(1.5)
            assert recorder.poll() is None
            send(recorder, "HUP")
            status, told = finish(recorder)
            assert status == 1 and told.count("does not answer") == 1, (status, told)
            assert events(f"{place}/a.weft") == told_events(told) > 0, told
        finally:
            os.kill(helper, signal.SIGKILL)


def test_a_helper_that_stands_still_before_it_traces_holds_no_end_up():
    with folder() as place:
        recorder = start(place, "-a", "-o", "a.weft")
        try:
            wait_until(lambda: helper_of(recorder), "it has a helper")
            helper = helper_of(recorder)
            os.kill(helper, signal.SIGSTOP)
            time.sleep(0.5)
            send(recorder, "INT")
            status, told = finish(recorder)
        finally:
            os.kill(helper, signal.SIGKILL)
        # it may have traced already
        assert status == 1 and ("nothing was recorded" in told or "does not answer" in told), told


def test_a_pipe_without_a_reader_is_waited_for_until_a_signal_comes():
    for words in (["-a"], ["--", "sh", "-c", "echo ran >ran"]):
        for number in ("INT", "TERM", "HUP"):
            with folder() as place:
                os.mkfifo(f"{place}/fifo")
                recorder = start(place, "-o", "fifo", "--format", "jsonl", *words)
                wait_until(lambda: "00" not in signals_caught(recorder), "it takes signals")
                time.sleep(0.2)
                assert recorder.poll() is None
                send(recorder, number)
                status, told = finish(recorder)
                assert status == (125 if "--" in words else 1), (status, told)
                assert "nothing was recorded" in told and listing(place) == ["fifo"], told


def signals_caught(recorder):
    """The mask's last byte in /proc, where SIGINT and SIGHUP are."""
    status = Path(f"/proc/{recorder.pid}/status").read_text()
    return next(line for line in status.splitlines() if line.startswith("SigCgt"))[-2:]


def test_a_pipe_whose_reader_is_late_gets_all():
    with folder() as place:
        os.mkfifo(f"{place}/fifo")
        recorder = start(place, "-a", "-d", "0.5", "-o", "fifo", "--format", "jsonl")
        time.sleep(1)
        reader = subprocess.run(["cat", f"{place}/fifo"], capture_output=True, timeout=60)
        status, told = finish(recorder)
        assert status == 0 and len(reader.stdout.splitlines()) > 10, (status, told)


if __name__ == "__main__":
    points.run(sys.modules["__main__"])
