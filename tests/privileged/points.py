"""Runs functions named test_… of a module and prints TAP; Skip says what is missing."""
import os
import sys
import traceback


class Skip(Exception):
    pass


LONG = os.environ.get("WEFT_LONG") == "1"


def need_root():
    if os.geteuid() != 0:
        raise Skip("tracing needs root")


def run(module):
    functions = [function for name, function in list(vars(module).items())
                 if name.startswith("test_")]
    print(f"1..{len(functions)}", flush=True)
    failed = 0
    for number, function in enumerate(functions, 1):
        title = function.__name__[5:].replace("_", " ")
        try:
            need_root()
            function()
        except Skip as skip:
            print(f"ok {number} - {title} # SKIP {skip}", flush=True)
            continue
        except Exception:
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {number} - {title}", flush=True)
            failed += 1
            continue
        print(f"ok {number} - {title}", flush=True)
    sys.exit(1 if failed else 0)
