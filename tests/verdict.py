#!/usr/bin/python3
"""verdict.py TESTLOG.json: what meson's record of a run comes to: every skip and failure
with its reason, and "N passed, N failed, N skipped". In: one JSON object a test. Out:
lines for a person; exit status 1 when something failed.

A program of many points (TAP) counts with its points. One that cannot run at all says
"1..0 # SKIP reason", or ends with 77 after "SKIP: reason"; either is a skip, whatever
else meson makes of the exit status."""
import json
import re
import sys

CANNOT_RUN = 77
# The last lines of what a failing test said; meson prints nothing of a TAP program's output.
REASON_LINES = 12


def points_of(text):
    """(passed, title, reason to skip or None) for each."""
    for verdict, rest in re.findall(r"^\s*(not ok|ok)\b[ \d]*(?:- )?(.*)$", text, re.M):
        title, _, reason = re.split(r"(?i)\s*# (skip)\s*", rest + " # skip", maxsplit=1) \
            if "# SKIP" in rest.upper() else (rest, "", None)
        yield verdict == "ok", title, reason and reason.removesuffix(" # skip").strip()


def remarks(text):
    """For each point, what was said since the point before it: why it failed, if it did."""
    told = []
    for line in text.split("\n"):
        if re.match(r"\s*(not )?ok\b", line):
            yield told
            told = []
        elif line.strip() and not re.match(r"\s*1\.\.\d", line):
            told.append(line)


def whole_skip(test, text):
    """Why nothing of it could run; None when something did."""
    planned = re.search(r"^1\.\.0\b(?:.*#\s*skip\S*\s*(.*))?$", text, re.M | re.I)
    if planned:
        return planned[1] or "no reason is given"
    if test["result"] != "SKIP" and test.get("returncode") != CANNOT_RUN:
        return None
    if list(points_of(test.get("stdout") or "")):
        return None  # each says why
    said = re.findall(r"^\s*SKIP(?:PED)?:?\s*(.+)$", text, re.M | re.I)
    return said[-1] if said else "no reason is given"


def unittest_skips(text):
    """(title, reason) of what python's unittest left out."""
    return re.findall(r"^(\w+).*\.\.\. skipped ['\"](.*)['\"]$", text, re.M)


class Verdict:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lines = []

    def skip(self, name, reason, count=1):
        self.skipped += count
        self.lines.append(f"skipped: {name}: {reason}")

    def fail(self, name, said=()):
        self.failed += 1
        self.lines.append(f"failed: {name}")
        self.lines += [f"  {line}" for line in list(said)[-REASON_LINES:]]

    def take_points(self, name, points, said):
        skips = {}
        for (passed, title, reason), told in zip(points, said):
            if reason is not None:
                skips.setdefault(reason or "no reason is given", []).append(title)
            elif passed:
                self.passed += 1
            else:
                self.fail(f"{name}: {title}", told)
        for reason, titles in skips.items():
            which = titles[0] if len(titles) == 1 else f"{len(titles)} tests"
            self.skip(f"{name}: {which}", reason, len(titles))

    def take(self, test):
        stdout, stderr = test.get("stdout") or "", test.get("stderr") or ""
        text = stdout + "\n" + stderr
        said = [line for line in text.splitlines() if line.strip()]
        name = test["name"].split(" / ")[-1]
        reason = whole_skip(test, text)
        points = list(points_of(stdout))
        good = test["result"] in ("OK", "EXPECTEDFAIL")
        if reason is not None:
            self.skip(name, reason)
        elif points:
            self.take_points(name, points, remarks(stdout))
            crashed = not good and test["result"] != "SKIP"
            if crashed and all(passed for passed, _title, _reason in points):
                self.fail(f"{name} ({test['result'].lower()})", said)
        elif good:
            self.passed += 1
            for title, why in unittest_skips(text):
                self.skip(f"{name}: {title}", why)
        else:
            self.fail(f"{name} ({test['result'].lower()})", said)


def main(path):
    verdict = Verdict()
    try:
        with open(path) as log:
            tests = [json.loads(line) for line in log]
    except OSError:
        tests = []
    for test in tests:
        verdict.take(test)
    if not tests:
        verdict.fail("no test was run")
    for line in verdict.lines:
        print(line)
    print(f"{verdict.passed} passed, {verdict.failed} failed, {verdict.skipped} skipped")
    return 1 if verdict.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
