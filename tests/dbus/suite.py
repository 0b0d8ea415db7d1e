"""Runs the tests of this folder one after the other and prints TAP. Arguments:
BUILD_DIR WORK_DIR [--long] [--list] [PATTERN…]."""
import os
import re
import sys
import time
import traceback

import test_abuse
import test_authority
import test_fair
import test_kills
import test_launch
import test_life
import test_limits
import test_own
import test_rights
import test_stall
import test_storm
from world import Skip, World

MODULES = (test_rights, test_launch, test_authority, test_limits, test_abuse, test_stall, test_fair, test_storm,
           test_kills, test_own, test_life)


def find_tests(patterns):
    for module in MODULES:
        for name, function in vars(module).items():
            title = f"{module.__name__[5:]}: {name[5:].replace('_', ' ')}"
            if name.startswith("test_") and (
                    not patterns or any(re.search(p, title) for p in patterns)):
                yield title, function


def run_one(number, title, function, world):
    """Whether it passed; a test that cannot run here says why."""
    begin = time.monotonic()
    try:
        function(world)
        verdict = "ok"
        note = ""
    except Skip as skip:
        verdict, note = "ok", f" # SKIP {skip}"
    except BaseException as error:  # an interrupted test ends its world, too
        verdict, note = "not ok", ""
        for line in traceback.format_exc().splitlines():
            print(f"# {line}")
        if isinstance(error, KeyboardInterrupt):
            raise
    finally:
        world.stop()
    print(f"{verdict} {number} - {title}{note}", flush=True)
    print(f"# {time.monotonic() - begin:.1f} s", flush=True)
    return verdict == "ok"


def main():
    build, work, *rest = sys.argv[1:]
    world = World(build, work)
    world.long = "--long" in rest or os.environ.get("WEFT_LONG") == "1"
    tests = list(find_tests([word for word in rest if not word.startswith("--")]))
    print(f"1..{len(tests)}", flush=True)
    if "--list" in rest:
        for title, _function in tests:
            print(f"# {title}")
        return 0
    failures = [title for number, (title, function) in enumerate(tests, 1)
                if not run_one(number, title, function, world)]
    for title in failures:
        print(f"# failed: {title}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
