"""Runs functions named test_… and prints TAP. A function gives the complaints it
has, one line each; Skip says what is missing here."""
import sys


class Skip(Exception):
    pass


def run(functions):
    print(f"1..{len(functions)}")
    failed = 0
    for number, function in enumerate(functions, 1):
        title = function.__name__[5:].replace("_", " ")
        try:
            complaints = list(function())
        except Skip as skip:
            print(f"ok {number} - {title} # SKIP {skip}")
            continue
        for complaint in complaints:
            print(f"# {complaint}")
        print(f"{'not ok' if complaints else 'ok'} {number} - {title}", flush=True)
        failed += bool(complaints)
    sys.exit(1 if failed else 0)
