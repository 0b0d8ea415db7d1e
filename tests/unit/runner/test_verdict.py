#!/usr/bin/python3
"""test_verdict.py VERDICT: what tests/run makes of meson's record. In: records of tests
that passed, failed, and could not run in all the ways there are. Out: TAP."""
import json
import subprocess
import sys
import tempfile

VERDICT = sys.argv[1]
TAP = "1..3\nok 1 - one\n# not ok: a remark\nok 2 - two # SKIP needs root\nok 3 - three\n"

# what it is, a record of meson's, passed, failed, skipped, what must be among the lines
CASES = [
    ("a program", {"result": "OK", "stdout": ""}, 1, 0, 0, []),
    ("a program that fails", {"result": "FAIL", "returncode": 1}, 0, 1, 0, ["failed: x (fail)"]),
    ("a program that hangs", {"result": "TIMEOUT"}, 0, 1, 0, ["failed: x (timeout)"]),
    ("points", {"result": "OK", "stdout": TAP}, 2, 0, 1, ["skipped: x: two: needs root"]),
    ("a point that fails", {"result": "FAIL", "stdout": "1..2\nok 1 - a\nnot ok 2 - b\n"}, 1, 1, 0,
     ["failed: x: b"]),
    ("a point that says why it fails", {"result": "FAIL", "stderr": "a remark\n", "stdout":
     "1..2\n# of a\nok 1 - a\n# Traceback\n# AssertionError: 1 ns\nnot ok 2 - b\n# of c\n"}, 1, 1, 0,
     ["failed: x: b", "  # Traceback", "  # AssertionError: 1 ns"]),
    ("a program that says much before it fails", {"result": "FAIL", "stderr":
     "".join(f"{number}\n" for number in range(99))}, 0, 1, 0,
     ["failed: x (fail)"] + [f"  {number}" for number in range(87, 99)]),
    ("points that pass before a crash", {"result": "FAIL", "stdout": "1..2\nok 1 - a\n",
                                         "stderr": "killed by signal 11\n"}, 1, 1, 0,
     ["failed: x (fail)", "  1..2", "  ok 1 - a", "  killed by signal 11"]),
    ("points of GLib", {"result": "OK", "stdout": "ok 1 /a/b\nok 2 /a/c # SKIP no BTF\n"}, 1, 0, 1,
     ["skipped: x: /a/c: no BTF"]),
    ("a skip of the whole", {"result": "SKIP", "stdout": "1..0 # SKIP needs root\n",
                             "returncode": 0}, 0, 0, 1, ["skipped: x: needs root"]),
    ("a skip of the whole with 77", {"result": "ERROR", "stdout": "1..0 # SKIP needs a bus\n",
                                     "returncode": 77}, 0, 0, 1, ["skipped: x: needs a bus"]),
    ("77 and a reason", {"result": "SKIP", "stdout": "SKIP: Xvfb is missing\n",
                         "returncode": 77}, 0, 0, 1, ["skipped: x: Xvfb is missing"]),
    ("77 and no reason", {"result": "SKIP", "returncode": 77}, 0, 0, 1,
     ["skipped: x: no reason is given"]),
    ("points that are all skipped", {"result": "SKIP", "stdout": "1..2\nok 1 - a # SKIP needs root\n"
                                     "ok 2 - b # SKIP needs root\n"}, 0, 0, 2,
     ["skipped: x: 2 tests: needs root"]),
    ("a skip within unittest", {"result": "OK", "stderr": "test_a (m.C) ... ok\n"
                                "test_b (m.C) ... skipped 'needs a screen'\n"}, 1, 0, 1,
     ["skipped: x: test_b: needs a screen"]),
]


def judge(records):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as log:
        for record in records:
            log.write(json.dumps({"name": "weftscope:unit / x", "returncode": 0, **record}) + "\n")
        log.flush()
        done = subprocess.run([sys.executable, VERDICT, log.name], capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def complaints(records, counts, lines):
    status, told = judge(records)
    expected = "{} passed, {} failed, {} skipped".format(*counts)
    if told[-1:] != [expected]:
        yield f"{told} does not end in {expected!r}"
    if told[:-1] != lines:
        yield f"{told[:-1]}, not {lines}"
    if status != (counts[1] > 0):
        yield f"exit status {status}"


def main():
    points = [(what, complaints([record], counts, lines)) for what, record, *counts, lines in CASES]
    points.append(("nothing at all", complaints([], (0, 1, 0), ["failed: no test was run"])))
    everything = [record for _what, record, *_ in CASES]
    sums = [sum(case[2 + i] for case in CASES) for i in range(3)]
    points.append(("all together", complaints(everything, sums,
                                              [line for case in CASES for line in case[-1]])))
    print(f"1..{len(points)}")
    failed = 0
    for number, (what, found) in enumerate(points, 1):
        found = list(found)
        failed += bool(found)
        for each in found:
            print("#", each)
        print("not ok" if found else "ok", number, "-", what)
    sys.exit(1 if failed else 0)


main()
