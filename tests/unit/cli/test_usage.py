#!/usr/bin/python3
"""What the commands refuse, and with which exit status: 2 wrong usage, 1 failed, 125
when the failure is ours and a command would have been started. In: the program and a
recording. Out: TAP. Nothing here traces."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

WEFTSCOPE, SCENE_RECORDING = map(os.path.abspath, sys.argv[1:3])
DATA = Path(sys.argv[3]).resolve()

# (arguments, exit status, a word of the message); {file} is a recording
REFUSED = [
    (["stat"], 2, "recording"),
    (["stat", "{file}", "{file}"], 2, "recording"),
    (["stat", "{file}", "--nonsense"], 2, "--nonsense"),
    (["stat", "{file}", "-p", "x"], 2, "x"),
    (["stat", "{file}", "--from", "soon"], 2, "soon"),
    (["stat", "{file}", "--from", "5s", "--to", "1s"], 2, ""),
    (["stat", "{file}", "--jsn"], 2, "no option “--jsn”. Did you mean “--json”?"),
    (["stat", "{file}", "-x"], 2, "no option “-x”."),
    (["stat", "--"], 2, "recording"),
    (["stat", "--", "-none.weft"], 1, "“-none.weft”"),
    (["export", "-o", "x.csv", "--", "-none.weft"], 1, "“-none.weft”"),
    (["stat", "{folder}/none.weft"], 1, "“{folder}/none.weft”"),
    (["stat", "{folder}"], 1, "“{folder}” is a folder"),
    (["stat", "{foreign}"], 1, "“{foreign}”"),
    (["export", "{file}"], 2, "-o"),
    (["export", "-o", "x.csv"], 2, "recording"),
    (["export", "{file}", "-o", "x.doc"], 2, "x.doc"),
    (["export", "{file}", "-o", "-"], 2, "--format"),
    (["export", "{file}", "-o", "-", "--format", "doc"], 2, "doc"),
    (["export", "{file}", "-o", "x.csv", "--events", "fork,party"], 2, "party"),
    (["export", "{file}", "-o", "x.png", "--view", "clouds"], 2, "lanes"),
    (["export", "{file}", "-o", "x.png", "--events", "switch"], 2, "--events is for tables"),
    (["export", "{file}", "-o", "x.csv", "--width", "400"], 2, "--width is for pictures"),
    (["export", "{file}", "-o", "x.jsonl", "--dark"], 2, "--dark is for pictures"),
    (["export", "{file}", "-o", "x.png", "--width", "-1"], 2, "320 to 32767"),
    (["export", "{file}", "-o", "x.png", "--width", "0"], 2, "320 to 32767"),
    (["export", "{file}", "-o", "x.png", "--width", "1"], 2, "320 to 32767"),
    (["export", "{file}", "-o", "x.png", "--width", "32768"], 2, "320 to 32767"),
    (["export", "{file}", "-o", "x.png", "--height", "0"], 2, "at most 32767"),
    (["export", "{file}", "-o", "x.png", "--height", "1"], 1, "no room for a lane"),
    (["export", "{file}", "-o", "x.png", "--scale", "0"], 2, "0.1 to 16"),
    (["export", "{file}", "-o", "x.png", "--scale", "x"], 2, "“x” is no number that --scale"),
    (["export", "{file}", "-o", "x.png", "--width=9876543210"], 2, "“9876543210” is no number"),
    (["export", "{file}", "-o", "x.png", "--hight", "9"], 2, "Did you mean “--height”?"),
    (["export", "{file}", "-o", "/dev/fd/4294967297", "--format", "csv"], 1, "4294967297"),
    (["export", "{file}", "-o", "/dev/fd/abc", "--format", "csv"], 1, "/dev/fd/abc"),
    (["export", "{file}", "-o", "x.svg", "--scale", "nan"], 2, "0.1 to 16"),
    (["export", "{file}", "-o", "x.png", "--width", "30000", "--scale", "4"], 1, "32767"),
    (["export", "{file}", "-o", "{file}", "--format", "csv"], 1, "scene.weft"),
    (["export", "{file}", "-o", "./scene.weft", "--format", "csv"], 1, "scene.weft"),
    (["export", "{file}", "-o", "x.csv", "-p", "999999"], 1, "knows no process 999999"),
    (["export", "{file}", "-o", "x.jsonl", "-p", "1,999999"], 1, "knows no process 999999"),
    (["export", "{file}", "-o", "x.png", "-p", "999999"], 1, "knows no process 999999"),
    (["stat", "{file}", "-p", "999999"], 1, "knows no process 999999"),
    (["stat", "{file}", "--json", "-p", "999999"], 1, "knows no process 999999"),
    (["export", "{file}", "-o", "{folder}/none/x.csv"], 1, "none/x.csv"),
    (["export", "{folder}/none.weft", "-o", "x.csv"], 1, "none.weft"),
    (["record", "--nonsense"], 2, "--nonsense"),
    (["record", "-p", "x"], 2, "x"),
    (["record", "-d", "long"], 2, "long"),
    (["record", "--own", "-a"], 2, "--own"),
    (["record", "-d", "1", "-o", "a.csv"], 2, "weftscope export a.weft -o a.csv"),
    (["record", "-d", "1", "-o", "a.csv"], 2, "--format csv"),
    (["record", "-d", "1", "-o", "{folder}/b.NDJSON"], 2, "--format jsonl"),
    (["record", "-o", "c.png", "--", "true"], 125, "weftscope export c.weft -o c.png"),
    (["record", "--format", "doc"], 2, "jsonl"),
    (["record", "stray"], 2, ""),
    (["record", "-p", "1 x"], 2, "“x”"),
    (["record", "-p", "1,"], 2, "process number"),
    (["record", "-p", "1", "stray"], 2, "record -- stray"),
    (["record", "12"], 2, "record -- 12"),
    (["record", "-d", "1", "-p", "1", "999999999"], 1, "999999999"),
    (["record", "-n", "no such name"], 1, "no such name"),
    (["record", "-n", b"\xff"], 1, "is called"),
    (["record", "-e", b"\xff"], 2, "UTF-8"),
    (["export", "{file}", "-o", "x.png", "--title", b"a\xff"], 2, "UTF-8"),
    (["record", "--", ""], 127, "no program"),
    (["record", "-p", ""], 2, "--pid is empty"),
    (["record", "-p", "1", "-p", ""], 2, "--pid is empty"),
    (["record", "-n", ""], 2, "--name is empty"),
    (["record", "-d", ""], 2, "--duration is empty"),
    (["record", "-d", "0.1", "-o", ""], 2, "--output is empty"),
    (["record", "--format", ""], 2, "--format is empty"),
    (["record", "-e", ""], 2, "--label is empty"),
    (["record", "--groups", ""], 2, "--groups is empty"),
    (["record", "-p", "", "--", "true"], 125, "--pid is empty"),
    (["stat", "{file}", "-p", ""], 2, "--pid is empty"),
    (["stat", "{file}", "--from", ""], 2, "--from is empty"),
    (["stat", "{file}", "--sort", ""], 2, "--sort is empty"),
    (["export", "{file}", "-o", ""], 2, "--output is empty"),
    (["export", "{file}", "-o", "x.csv", "-p", ""], 2, "--pid is empty"),
    (["export", "{file}", "-o", "x.csv", "--events", ""], 2, "--events is empty"),
    (["export", "{file}", "-o", "x.csv", "--view", ""], 2, "--view is empty"),
    (["export", "{file}", "-o", "x.png", "--title", ""], 2, "--title is empty"),
    (["stta"], 2, "Did you mean “stat”?"),
    (["recrod", "--", "make"], 2, "Did you mean “record”?"),
    (["exprot"], 2, "Did you mean “export”?"),
    (["tree"], 2, "“tree” is neither a command nor a file"),
    (["none.weft"], 2, "none.weft"),
    ([""], 2, ""),
    (["--bogus"], 2, "--bogus"),
    (["-x"], 2, "-x"),
    (["help", "stta"], 2, "Did you mean “stat”?"),
    ([], 1, "display"),
    (["{file}"], 1, "display"),
    (["--", "./-d.weft"], 1, "display"),
    (["record", "--"], 2, "--"),
    (["record", "-d", "long", "--"], 2, "--"),
    (["record", "--nonsense", "--"], 2, "--nonsense"),
    (["record", "--nonsense", "--", "true"], 125, "--nonsense"),
    (["record", "-d", "long", "--", "true"], 125, "long"),
]
ASKED = [["--help"], ["-h"], ["help"], ["help", "--help"], ["--version"], ["help", "stat"],
         ["record", "--help"], ["stat", "--help"], ["export", "--help"]]

PRINTED = [["--help"], ["--version"], ["stat", "--help"], ["stat", "{file}"],
           ["stat", "{file}", "--json"], ["export", "{file}", "-o", "-", "--format", "csv"],
           ["export", "{file}", "-o", "-", "--format", "png"]]


def run(*arguments):
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    return subprocess.run([WEFTSCOPE, *arguments], capture_output=True, text=True,
                          env=environment, timeout=60)


def refusal(arguments, status, word):
    """Complaints about one refused call."""
    done = run(*arguments)
    if done.returncode != status:
        yield f"exit status {done.returncode}, not {status}"
    if done.stdout:
        yield f"prints {done.stdout[:60]!r}"
    if not done.stderr.startswith("weftscope: ") or word not in done.stderr:
        yield f"says {done.stderr!r}"
    if status in (2, 125) and "--help" not in done.stderr:
        yield f"gives no hint: {done.stderr!r}"


def unwritable(arguments, stdout):
    """What goes nowhere has failed, and is said to have."""
    words = ['"$@" ' + stdout, "sh", WEFTSCOPE, *arguments]
    done = subprocess.run(["sh", "-c", *words], capture_output=True, text=True,
                          env=dict(os.environ, LC_ALL="C.UTF-8"), timeout=60)
    if done.returncode != 1 or "Standard output cannot be written" not in done.stderr:
        yield f"{done.returncode} {done.stderr!r}"


def answer(arguments):
    done = run(*arguments)
    if done.returncode != 0 or done.stderr or "weftscope" not in done.stdout:
        yield f"{done.returncode} {done.stdout!r} {done.stderr!r}"


def lists_options(command, place):
    """Every option of the help is in the completion and in the manual page."""
    told = run(command, "--help").stdout
    completion = (place / "weftscope.bash").read_text()
    manual = (place / "weftscope.1").read_text().replace("\\-", "-")
    options = re.findall(r"^ *(?:-\w, )?(--[a-z-]+)", told, re.M)
    if len(options) < 5:
        yield f"few options: {options}"
    for option in options:
        if not re.search(re.escape(option) + r"\b", completion):
            yield f"{option} is not in the completion"
        if option != "--help" and option not in manual:
            yield f"{option} is not in the manual page"


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        places = {"folder": folder, "file": f"{folder}/scene.weft",
                  "foreign": f"{folder}/foreign.weft"}
        subprocess.run([SCENE_RECORDING, places["file"]], check=True)
        Path(places["foreign"]).write_text("not ours\n" * 1000)
        points = [(answer(words), words) for words in ASKED]
        for words, status, word in REFUSED:
            filled = [each if isinstance(each, bytes) else each.format(**places)
                      for each in words]
            points.append((refusal(filled, status, word.format(**places)), words))
        points += [(unwritable([each.format(**places) for each in words], stdout),
                    [*words, stdout]) for words in PRINTED for stdout in (">/dev/full", ">&-")]
        points += [(lists_options(command, DATA), [command, "is described"])
                   for command in ("record", "stat", "export")]
        print(f"1..{len(points) + 1}")
        failed = 0
        for number, (complaints, words) in enumerate(points, 1):
            found = list(complaints)
            failed += bool(found)
            for each in found:
                print("#", each.replace("\n", "\\n"))
            print("not ok" if found else "ok", number, "-", *map(ascii, words))
        left = sorted(os.listdir(folder))
        clean = left == ["foreign.weft", "scene.weft"]
        print("ok" if clean else "not ok", len(points) + 1, "- nothing is left behind:", *left)
        sys.exit(1 if failed or not clean else 0)


main()
