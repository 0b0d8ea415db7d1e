#!/usr/bin/python3
"""What `export` leaves behind: a whole file or none, never the input, whatever fails. In:
the program, the maker of a recording, the source tree. Out: TAP."""
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WEFTSCOPE, SCENE_RECORDING, ROOT = map(os.path.abspath, sys.argv[1:4])
FORMATS = ["png", "svg", "pdf", "csv", "jsonl"]


def run(*arguments, most_bytes=None):
    def limit():
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    return subprocess.run([WEFTSCOPE, *arguments], capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, LC_ALL="C.UTF-8"), preexec_fn=limit)


def export(*arguments, **options):
    return run("export", "scene.weft", *arguments, **options)


def failures():
    """Calls that fail, each in its way, with a word of the message."""
    yield ("-o", "out.png", "--width", "30000", "--scale", "4"), {}, "32767"
    yield ("-o", "out.csv", "-p", "999999"), {}, "999999"
    yield ("-o", "out.jsonl", "-p", "999999"), {}, "999999"
    yield ("-o", "out.png", "-p", "999999"), {}, "999999"
    yield ("-o", "out.csv"), {"most_bytes": 4096}, "out.csv"
    yield ("-o", "out.jsonl"), {"most_bytes": 4096}, "out.jsonl"


def test_a_failed_export_leaves_no_file():
    before = sorted(os.listdir())
    for words, options, word in failures():
        done = export(*words, **options)
        if done.returncode not in (1, -25) or (done.returncode == 1 and word not in done.stderr):
            yield f"{words}: {done.returncode} {done.stderr!r}"
        if sorted(os.listdir()) != before and done.returncode == 1:
            yield f"{words}: left {sorted(set(os.listdir()) - set(before))}"
        for left in set(os.listdir()) - set(before):
            os.unlink(left)


def test_a_failed_export_keeps_the_file_that_is_there():
    for words, options, _ in failures():
        path = Path(words[1])
        path.write_text("precious")
        export(*words, **options)
        if path.read_text() != "precious":
            yield f"{words}: {path.read_bytes()[:40]!r}"
        path.unlink()
        for left in set(os.listdir()) - {"scene.weft"}:
            os.unlink(left)


def test_the_recording_is_never_written_over():
    before = Path("scene.weft").read_bytes()
    os.symlink("scene.weft", "link.csv")
    os.link("scene.weft", "hard.csv")
    for name in ("scene.weft", "link.csv", "hard.csv"):
        done = export("-o", name, "--format", "csv")
        if done.returncode != 1 or name not in done.stderr:
            yield f"{name}: {done.returncode} {done.stderr!r}"
    if Path("scene.weft").read_bytes() != before:
        yield "the recording has changed"
    os.unlink("link.csv")
    os.unlink("hard.csv")


def test_no_recording_is_taken_for_a_table():
    shutil.copy("scene.weft", "other.weft")
    os.symlink("other.weft", "link.csv")
    before = Path("other.weft").read_bytes()
    for name, kind in (("other.weft", "csv"), ("other.weft", "png"), ("link.csv", "csv")):
        done = export("-o", name, "--format", kind)
        if done.returncode != 1 or f"“{name}” is there and is a recording" not in done.stderr:
            yield f"{name}: {done.returncode} {done.stderr!r}"
    if Path("other.weft").read_bytes() != before:
        yield "it has changed"
    os.unlink("link.csv")
    os.unlink("other.weft")


def test_an_ending_of_another_format_is_told():
    for name, kind, told in (("a.csv", "png", True), ("a.svg", "svg", False), ("a", "svg", False),
                             ("a.ndjson", "jsonl", False)):
        done = export("-o", name, "--format", kind)
        if done.returncode != 0 or (f"“{name}” is written as {kind}" in done.stderr) != told:
            yield f"{name}: {done.returncode} {done.stderr!r}"
        os.unlink(name)


def test_a_full_disk_is_told_with_its_file():
    for kind in FORMATS:
        done = export("-o", "/dev/full", "--format", kind)
        if done.returncode != 1 or not done.stderr.startswith("weftscope: “/dev/full” cannot be"
                                                              " written: No space left on device."):
            yield f"{kind}: {done.returncode} {done.stderr!r}"


def test_every_format_is_written_to_a_pipe_as_it_is():
    for each in FORMATS:
        whole = export("-o", f"out.{each}")
        piped = subprocess.run([WEFTSCOPE, "export", "scene.weft", "-o", "-", "--format", each],
                               capture_output=True, timeout=120)
        if whole.returncode != 0 or Path(f"out.{each}").read_bytes() != piped.stdout:
            yield f"{each}: {whole.stderr!r} {piped.stderr!r}"
        os.unlink(f"out.{each}")


def test_one_list_of_formats_is_told_everywhere():
    told = run("export", "--help").stdout
    yield from (f"--help: {each}" for each in FORMATS if each not in told)
    listed = re.search(r"--format=F +(.*);", told).group(1)
    if re.findall(r"[a-z]+", listed.replace(" or ", " ")) != FORMATS:
        yield f"--help lists {listed}"
    for name in ("data/weftscope.1", "data/weftscope.bash"):
        text = (Path(ROOT) / name).read_text()
        yield from (f"{name}: {each}" for each in FORMATS
                    if not re.search(rf"\b{each}\b", text))


def main():
    tests = [each for name, each in globals().items() if name.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run([SCENE_RECORDING, "scene.weft"], check=True)
        for number, each in enumerate(tests, 1):
            found = list(each())
            failed += bool(found)
            for complaint in found:
                print("#", complaint.replace("\n", "\\n"))
            print("not ok" if found else "ok", number, "-",
                  each.__name__.removeprefix("test_").replace("_", " "))
        os.chdir("/")
    sys.exit(1 if failed else 0)


main()
