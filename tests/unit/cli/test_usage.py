#!/usr/bin/python3
"""What the commands refuse, and with which exit status: 2 wrong usage, 1 failed, 125
when the failure is ours and a command would have been started. In: the program and a
recording. Out: TAP. Nothing here traces."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

WEFTSCOPE, SCENE_RECORDING = map(os.path.abspath, sys.argv[1:3])

# (arguments, exit status, a word of the message); {file} is a recording
REFUSED = [
    (["stat"], 2, "recording"),
    (["stat", "{file}", "{file}"], 2, "recording"),
    (["stat", "{file}", "--nonsense"], 2, "--nonsense"),
    (["stat", "{file}", "-p", "x"], 2, "x"),
    (["stat", "{file}", "--from", "soon"], 2, "soon"),
    (["stat", "{file}", "--from", "5s", "--to", "1s"], 2, ""),
    (["stat", "{folder}/none.weft"], 1, "none.weft"),
    (["stat", "{foreign}"], 1, "foreign"),
    (["export", "{file}"], 2, "-o"),
    (["export", "-o", "x.csv"], 2, "recording"),
    (["export", "{file}", "-o", "x.doc"], 2, "x.doc"),
    (["export", "{file}", "-o", "-"], 2, "--format"),
    (["export", "{file}", "-o", "-", "--format", "doc"], 2, "doc"),
    (["export", "{file}", "-o", "x.csv", "--events", "fork,party"], 2, "party"),
    (["export", "{file}", "-o", "x.png", "--view", "clouds"], 2, "lanes"),
    (["export", "{file}", "-o", "x.png", "--width", "-1"], 2, "positive"),
    (["export", "{file}", "-o", "{folder}/none/x.csv"], 1, "none/x.csv"),
    (["export", "{folder}/none.weft", "-o", "x.csv"], 1, "none.weft"),
    (["record", "--nonsense"], 2, "--nonsense"),
    (["record", "-p", "x"], 2, "x"),
    (["record", "-d", "long"], 2, "long"),
    (["record", "--format", "doc"], 2, "jsonl"),
    (["record", "stray"], 2, ""),
    (["record", "--"], 125, "--"),
    (["record", "--nonsense", "--", "true"], 125, "--nonsense"),
    (["record", "-d", "long", "--", "true"], 125, "long"),
]
ASKED = [["--help"], ["-h"], ["--version"], ["record", "--help"], ["stat", "--help"],
         ["export", "--help"]]


def run(*arguments):
    environment = dict(os.environ, LC_ALL="C.UTF-8")
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


def answer(arguments):
    done = run(*arguments)
    if done.returncode != 0 or done.stderr or "weftscope" not in done.stdout:
        yield f"{done.returncode} {done.stdout!r} {done.stderr!r}"


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        places = {"folder": folder, "file": f"{folder}/scene.weft",
                  "foreign": f"{folder}/foreign.weft"}
        subprocess.run([SCENE_RECORDING, places["file"]], check=True)
        Path(places["foreign"]).write_text("not ours\n" * 1000)
        points = [(answer(words), words) for words in ASKED]
        for words, status, word in REFUSED:
            filled = [each.format(**places) for each in words]
            points.append((refusal(filled, status, word), words))
        print(f"1..{len(points) + 1}")
        failed = 0
        for number, (complaints, words) in enumerate(points, 1):
            found = list(complaints)
            failed += bool(found)
            for each in found:
                print("#", each.replace("\n", "\\n"))
            print("not ok" if found else "ok", number, "-", " ".join(words))
        left = sorted(os.listdir(folder))
        clean = left == ["foreign.weft", "scene.weft"]
        print("ok" if clean else "not ok", len(points) + 1, "- nothing is left behind:", *left)
        sys.exit(1 if failed or not clean else 0)


main()
