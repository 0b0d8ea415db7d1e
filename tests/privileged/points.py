"""Runs functions named test_… of a module and prints TAP; Skip says what is missing."""
import functools
import os
import subprocess
import sys
import tempfile
import traceback


class Skip(Exception):
    pass


LONG = os.environ.get("WEFT_LONG") == "1"


@functools.cache
def why_not():
    """Why nothing can be traced here; None when it can."""
    if os.geteuid() != 0:
        return "tracing needs root"
    with tempfile.TemporaryDirectory(prefix="weft-trial-") as folder:
        trial = subprocess.run([os.environ["WEFT_PROGRAM"], "record", "-d", "0.1", "-o", "trial.weft"],
                               cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return None if trial.returncode == 0 else f"nothing can be traced here: {trial.stderr.strip()}"


def need_tracing():
    if why_not():
        raise Skip(why_not().replace("\n", " "))


def run(module):
    functions = [function for name, function in list(vars(module).items())
                 if name.startswith("test_")]
    print(f"1..{len(functions)}", flush=True)
    failed = 0
    for number, function in enumerate(functions, 1):
        title = function.__name__[5:].replace("_", " ")
        try:
            need_tracing()
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
