"""How `weftscope record` ends: signals, a terminal that goes away, commands that will
not end, targets that have; and what a command under it meets, which is what it would
meet under a shell."""
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import points
from recorder import (PYTHON, WEFTSCOPE, Terminal, events, finish, folder, is_recording, listing,
                      processes, record, rows_of, send, start, told_events, until_recording,
                      wait_until)

MEETS = """import json, os, signal, sys
status = open("/proc/self/status").read().splitlines()
print(json.dumps({
    "signals": [line for line in status if line.startswith(("SigBlk", "SigIgn", "SigCgt"))],
    "files": [(fd, os.readlink(f"/proc/self/fd/{fd}")) for fd in range(64)
              if os.path.lexists(f"/proc/self/fd/{fd}")],
    "words": sys.argv, "folder": os.getcwd(), "mask": os.umask(0),
    "foreground": os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp(),
    "leads": os.getpgrp() == os.getpid(),
    "environment": {k: v for k, v in os.environ.items() if k not in ("_", "SHLVL")}}))
"""


def ends_whole(place, recorder, name, status):
    got, told = finish(recorder)
    assert got == status, (got, told)
    assert listing(place) == [name], listing(place)
    assert events(f"{place}/{name}") == told_events(told), told


def test_every_signal_ends_a_recording_whole():
    for number in ("INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ALRM", "XCPU", "RTMIN"):
        with folder() as place:
            recorder = start(place, "-a", "-o", "a.weft")
            until_recording(place, "a.weft", recorder)
            send(recorder, number)
            ends_whole(place, recorder, "a.weft", 0)


def test_every_signal_is_the_commands_first():
    for number in ("INT", "TERM", "HUP", "QUIT", "USR1"):
        with folder() as place:
            recorder = start(place, "-o", "a.weft", "--", "sleep", "3141")
            until_recording(place, "a.weft", recorder)
            send(recorder, number)
            ends_whole(place, recorder, "a.weft", 128 + getattr(signal, "SIG" + number))
            assert not processes("3141")


def test_a_start_that_the_helper_refuses_is_told_in_one_sentence():
    with folder() as place:
        for _ in range(20):  # who closes what first differs from run to run
            status, told = record(place, "--groups", "nonsense", "-o", "a.weft")
            assert status == 2 and len(told.splitlines()) == 1 and "nonsense" in told, told
            assert not listing(place)


def children_of(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            found += open(f"/proc/{pid}/task/{task}/children").read().split()
        except OSError:  # a thread that has ended
            pass
    return [int(child) for child in found]


def test_a_helper_that_dies_at_once_is_told():
    for _ in range(30):
        with folder() as place:
            recorder = start(place, "-o", "a.weft")
            helper = []
            while recorder.poll() is None and not helper:
                helper = children_of(recorder.pid)
            for pid in helper:
                os.kill(pid, signal.SIGKILL)
            status, told = finish(recorder)
            assert status == 1 and told, (status, told)


def test_a_signal_before_tracing_runs_leaves_nothing():
    for wait_ms in range(20, 440, 14):  # a start takes some 200 ms
        with folder() as place:
            recorder = start(place, "-o", "a.weft")
            time.sleep(wait_ms / 1000)
            send(recorder, "INT")
            status, told = finish(recorder)
            # before it takes signals, while it starts, or when it runs already
            assert status in (-signal.SIGINT, 1, 0), (status, told)
            assert status != 1 or "nothing was recorded" in told, told
            assert listing(place) == (["a.weft"] if status == 0 else []), (status, listing(place))


def test_a_command_that_handles_a_signal_ends_as_it_likes():
    with folder() as place:
        recorder = start(place, "-o", "a.weft", "--", "sh", "-c",
                         "trap 'exit 7' HUP; while :; do sleep 0.1; done")
        until_recording(place, "a.weft", recorder)
        send(recorder, "HUP")
        ends_whole(place, recorder, "a.weft", 7)


def test_nohup_is_respected():
    with folder() as place:
        recorder = start(place, "-d", "4", "-o", "a.weft", "--", "sleep", "3",
                         preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        until_recording(place, "a.weft", recorder)
        send(recorder, "HUP")
        ends_whole(place, recorder, "a.weft", 0)


def test_a_terminal_that_goes_away_ends_all_of_it():
    for command in ([], ["--", "sleep", "2718"]):
        with folder() as place:
            terminal = Terminal(place, WEFTSCOPE, "record", "-o", "a.weft", *command)
            wait_until(lambda: terminal.read() and is_recording(f"{place}/a.weft"), "it records")
            status = terminal.hang_up()
            assert status == (129 if command else 0), status
            assert listing(place) == ["a.weft"] and not processes("2718")
            assert events(f"{place}/a.weft") > 0


def test_the_keys_of_the_terminal_end_a_recording_whole():
    for key in (b"\x03", b"\x1c"):
        with folder() as place:
            terminal = Terminal(place, WEFTSCOPE, "record", "-a", "-o", "a.weft")
            terminal.wait_for(b"Recording")
            terminal.type(key)
            assert terminal.end() == 0, terminal.shown
            assert listing(place) == ["a.weft"], listing(place)
            assert events(f"{place}/a.weft") > 0


def test_a_command_that_ignores_its_end_is_spoken_of_and_killed_by_the_next_signal():
    with folder() as place:
        recorder = start(place, "-d", "0.3", "-o", "a.weft", "--", "sh", "-c",
                         "trap '' TERM INT; sleep 1414; sleep 1414")
        seen = ""
        while "still runs" not in seen:
            line = recorder.stderr.readline()
            assert line, seen
            seen += line
        assert "process" in seen and "Ctrl+C kills" in seen, seen
        send(recorder, "INT")
        assert recorder.wait(timeout=60) == 137
        for pid in processes("1414"):
            os.kill(pid, signal.SIGKILL)
        assert listing(place) == ["a.weft"]


def test_a_command_whose_time_is_up_is_ended_and_said_to_be():
    handles = "trap 'exit 5' TERM; while :; do sleep 0.1; done"
    for words, status in ((["sleep", "1618"], 143), (["sh", "-c", handles], 5)):
        with folder() as place:
            got, told = record(place, "-d", "0.5", "-o", "a.weft", "--", *words)
            assert got == status and f"“{words[0]}” is ended" in told, (got, told)
            assert not processes("1618") and listing(place) == ["a.weft"], listing(place)
            assert events(f"{place}/a.weft") == told_events(told), told
    with folder() as place:
        got, told = record(place, "-d", "20", "-o", "a.weft", "--", "true")
        assert got == 0 and "is ended" not in told, (got, told)


def test_two_interrupts_end_a_command_that_takes_one_lightly():
    with folder() as place:
        terminal = Terminal(place, WEFTSCOPE, "record", "-o", "a.weft", "--", "sh", "-c",
                            "trap 'echo again' INT; echo begun; while :; do sleep 0.2; done")
        terminal.wait_for(b"begun")
        terminal.type(b"\x03")
        terminal.wait_for(b"again")
        terminal.wait_for("“sh” goes on".encode())
        terminal.look(2)  # one that comes later is another first one
        terminal.type(b"\x03")
        terminal.look(1.5)
        assert terminal.shown.count(b"again") == 2, terminal.shown
        terminal.type(b"\x03\x03")
        terminal.type(b"\x03")
        assert terminal.end() in (143, 137), terminal.shown
        assert listing(place) == ["a.weft"] and events(f"{place}/a.weft") > 0


def test_a_long_duration_is_long():
    for text in ("4294968", "1200h", "400d"):
        with folder() as place:
            recorder = start(place, "-d", text, "-o", "a.weft")
            until_recording(place, "a.weft", recorder)
            time.sleep(1)
            assert recorder.poll() is None, (text, finish(recorder))
            send(recorder, "INT")
            ends_whole(place, recorder, "a.weft", 0)


def test_targets_that_have_ended_are_told():
    with folder() as place:
        target = subprocess.Popen(["sleep", "2"])
        recorder = start(place, "-o", "a.weft", "-p", target.pid)
        until_recording(place, "a.weft", recorder)
        target.wait()
        line = recorder.stderr.readline()
        assert "have ended" in line and "Ctrl+C" in line, line
        send(recorder, "INT")
        ends_whole(place, recorder, "a.weft", 0)


def test_a_process_that_only_its_parent_remembers_is_refused():
    with folder() as place:
        gone = subprocess.Popen(["true"])
        wait_until(lambda: Path(f"/proc/{gone.pid}/stat").read_text().rsplit(")")[-1].split()[0] == "Z",
                   "it has ended")
        status, told = record(place, "-d", "1", "-o", "a.weft", "-p", gone.pid)
        assert status == 1 and "has ended" in told and not listing(place), told
        gone.wait()
        status, told = record(place, "-d", "1", "-o", "a.weft", "-p", gone.pid)
        assert status == 1 and "no process" in told and not listing(place), told


def test_processes_are_named_as_often_and_however_they_are_written():
    with folder() as place:
        sleepers = [subprocess.Popen(["sleep", "60"]) for _ in range(2)]
        tail = subprocess.Popen(["tail", "-f", "/dev/null"])
        numbers = [str(each.pid) for each in sleepers]
        wanted = {each.pid for each in [*sleepers, tail]}
        try:
            for words in (["-p", ",".join(numbers), "-p", tail.pid],
                          ["-p", " ".join(numbers), "-n", "tail"],
                          ["-p", *numbers, "-n", "tail"], ["-n", "sleep", "-n", "tail"]):
                status, told = record(place, "-d", "0.3", "-o", "a.csv", "--format", "csv", *words)
                assert status == 0, told
                recorder = start(place, "-o", "-", "--format", "csv", *words)
                assert recorder.stdout.readline().startswith("Timestamp")  # it runs
                for each in [*sleepers, tail]:
                    each.send_signal(signal.SIGSTOP)
                    each.send_signal(signal.SIGCONT)
                time.sleep(0.5)
                send(recorder, "INT")
                out, told = recorder.communicate(timeout=60)
                seen = {int(word) for line in out.splitlines() for word in line.split(",")
                        if word.isdigit()}
                assert wanted <= seen, (words, wanted - seen, told)
        finally:
            for each in [*sleepers, tail]:
                each.kill()
                each.wait()


def test_a_container_with_numbers_of_its_own_is_refused():
    with folder() as place:
        for words in (["-d", "0.5"], ["-p", "1"], ["--", "sleep", "0.5"]):
            done = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", WEFTSCOPE, "record",
                                   "-o", "a.weft", *words], cwd=place, capture_output=True,
                                  text=True, timeout=60, stdin=subprocess.DEVNULL)
            assert done.returncode == (125 if "--" in words else 1), done
            assert "container" in done.stderr and not listing(place), (done, listing(place))


def test_root_of_a_user_namespace_is_told_that_it_is_not_root():
    with folder() as place:
        done = subprocess.run(["unshare", "--user", "--map-root-user", WEFTSCOPE, "record", "-d",
                               "0.5", "-o", "a.weft"], cwd=place, capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL)
        if "unshare" in done.stderr.split(":")[0]:
            raise points.Skip("a user namespace cannot be made here")
        assert done.returncode == 1 and "user namespace" in done.stderr, done
        assert not listing(place), listing(place)


# --- what a command meets ----------------------------------------------------------


def test_a_command_meets_what_it_would_meet_without_us():
    with folder() as place:
        os.mkdir(f"{place}/out")
        record_it = [WEFTSCOPE, "record", "-o", f"{place}/out/a.weft", "--"]
        # the pipes have other numbers each time: they go to files
        for prefix in ([], ["nohup"], ["setpriv", "--pdeathsig", "clear"]):
            told = []
            for which in ([], record_it):
                with open(f"{place}/seen", "w+") as seen:
                    subprocess.run([*prefix, *which, PYTHON, "-c", MEETS, "a b", "*", ""], cwd=place,
                                   stdout=seen, stderr=subprocess.DEVNULL, timeout=60,
                                   stdin=subprocess.DEVNULL, check=True)
                    seen.seek(0)
                    told.append(seen.read())
            assert told[0] == told[1], told


def test_command_lines_of_short_processes_are_in_the_recording():
    with folder() as place:
        status, told = record(place, "-o", "a.weft", "--", "sh", "-c", "/bin/true a 'b c'; exit 0")
        assert status == 0, told
        file = sqlite3.connect(f"file:{place}/a.weft?mode=ro", uri=True)
        lines = {line for line, in file.execute("SELECT command_line FROM processes")}
        file.close()
        assert {"sh -c /bin/true a 'b c'; exit 0", "/bin/true a b c"} <= lines, lines


def test_a_command_has_the_terminal_as_under_a_shell():
    with folder() as place:
        terminal = Terminal(place, WEFTSCOPE, "record", "-o", "a.weft", "--", PYTHON, "-c", MEETS)
        assert terminal.end() == 0
        assert b'"foreground": true' in terminal.shown, terminal.shown


def test_a_script_without_a_first_line_is_run_by_the_shell():
    with folder() as place:
        script = Path(place) / "script"
        script.write_text('echo "$#:$1:$2"; exit 4\n')
        script.chmod(0o755)
        done = subprocess.run([WEFTSCOPE, "record", "-o", "a.weft", "--", "./script", "a b", "c"],
                              cwd=place, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (4, "2:a b:c\n"), done


def test_nothing_is_written_over_what_a_command_shows():
    show = "printf 'no newline'; sleep 1; printf ' yet'; sleep 1; echo; seq 30"
    for columns in (80, 40):
        with folder() as place:
            terminal = Terminal(place, WEFTSCOPE, "record", "-o", "a.weft", "--", "sh", "-c", show,
                                columns=columns)
            assert terminal.end() == 0
            shown = terminal.shown.replace(b"\r\n", b"\n")
            expected = b"no newline yet\n" + b"".join(b"%d\n" % n for n in range(1, 31))
            assert shown.startswith(expected + b"a.weft: "), shown


def test_progress_is_one_line_of_the_terminal_however_wide():
    for columns in (120, 60, 20):
        with folder() as place:
            terminal = Terminal(place, WEFTSCOPE, "record", "-a", "-d", "1.5", "-o", "a.weft",
                                columns=columns)
            assert terminal.end() == 0
            assert b"events" in terminal.shown.split(b"a.weft: ")[0], terminal.shown
            rows = [row for row in rows_of(terminal.shown.split(b"a.weft: ")[0], columns) if row]
            assert not rows, rows


def test_a_terminal_that_can_do_nothing_gets_nothing_but_lines():
    for terminal in ("dumb", ""):
        with folder() as place:
            screen = Terminal(place, WEFTSCOPE, "record", "-a", "-d", "1", "-o", "a.weft",
                              terminal=terminal)
            assert screen.end() == 0
            assert b"\x1b" not in screen.shown and screen.shown.count(b"\n") == 1, screen.shown


def test_progress_is_for_the_foreground():
    with folder() as place:
        script = (f"set -m; {WEFTSCOPE} record -a -d 1.5 -o a.weft & read -t 4 word; wait;"
                  " echo end")
        terminal = Terminal(place, "bash", "-c", script)
        terminal.end()
        assert terminal.shown.replace(b"\r\n", b"\n").startswith(b"a.weft: "), terminal.shown


if __name__ == "__main__":
    points.run(sys.modules["__main__"])
