"""Runtimes and what their threads wait for: idle pools are not contention, contended locks
are. Each program of runtimes/ is told to be idle or contended; what it is made with comes
from Debian's packages, and what is missing is skipped and says so."""
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import points
from points import Skip

WEFTSCOPE = os.environ["WEFT_PROGRAM"]
SOURCES = Path(__file__).parent / "runtimes"
PATH = "/usr/bin:/bin:/usr/sbin:/sbin"  # of Debian's, not of another's
ENVIRONMENT = {**os.environ, "PATH": PATH}
# What an idle process may seem to contend for, by chance: its memory, its output.
MOST_IDLE_SHARE = 0.01


def need(tool):
    if shutil.which(tool, path=PATH) is None:
        raise Skip(f"{tool} is missing")
    return tool


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT,
                          **options).stdout


def compiled(folder, *command):
    need(command[0])
    run(*command, cwd=folder)
    return [f"{folder}/subject"]


def make_cpp(folder):
    return compiled(folder, "g++", "-O1", "-pthread", "-o", "subject", SOURCES / "threads.cpp")


def make_glib(folder):
    need("gcc")
    need("pkg-config")
    flags = run("pkg-config", "--cflags", "--libs", "glib-2.0").split()
    return compiled(folder, "gcc", "-O1", "-o", "subject", SOURCES / "threads-glib.c", *flags)


def make_java(folder):
    need("java")
    run(need("javac"), "-d", folder, SOURCES / "Threads.java")
    return ["java", "-cp", folder, "Threads"]


def make_go(folder):
    need("go")
    subprocess.run(["go", "build", "-o", f"{folder}/subject", SOURCES / "threads.go"], check=True,
                   env={**ENVIRONMENT, "GOCACHE": f"{folder}/cache", "GO111MODULE": "off"})
    return [f"{folder}/subject"]


def make_rust(folder):
    return compiled(folder, "rustc", "-O", "-o", "subject", SOURCES / "threads.rs")


def make_node(_):
    return [need("node"), SOURCES / "threads.js"]


def make_python(_):
    return ["/usr/bin/python3", SOURCES / "threads.py"]


def waits_of(make, how):
    """What the threads of the program, its first apart, waited for in all."""
    with tempfile.TemporaryDirectory(prefix="weft-runtimes-") as folder:
        command = make(folder)
        file = f"{folder}/run.weft"
        run(WEFTSCOPE, "record", "-o", file, "--", *command, how)
        stat = json.loads(run(WEFTSCOPE, "stat", "--json", file))
    subjects = [process["tgid"] for process in stat["processes"]
                if process["exit_code"] == 0 and process["command_line"] is not None
                and how in process["command_line"].split()]
    waits = {}
    for thread in stat["threads"]:
        if thread["tgid"] in subjects and thread["tid"] != thread["tgid"]:
            for state, ns in thread["ns"].items():
                waits[state] = waits.get(state, 0) + ns
    assert waits, stat["processes"]
    print(f"# {make.__name__[5:]} {how}:",
          {state: round(ns / 1e6) for state, ns in waits.items() if ns > 1e6}, flush=True)
    return waits


def check_idle(make):
    waits = waits_of(make, "idle")
    assert waits["lock"] < MOST_IDLE_SHARE * sum(waits.values()), waits


def check_contended(make, main):
    waits = waits_of(make, "contended")
    # One thread of each keeps the time: it sleeps by the clock, contention or not.
    blocked = {state: ns for state, ns in waits.items()
               if state not in ("running", "runnable", "timer")}
    assert max(blocked, key=blocked.get) == main, waits


def test_idle_cpp_is_no_contention():
    check_idle(make_cpp)


def test_a_std_mutex_is_a_lock():
    check_contended(make_cpp, "lock")


def test_idle_glib_is_no_contention():
    check_idle(make_glib)


def test_a_gmutex_is_a_lock():
    check_contended(make_glib, "lock")


def test_idle_java_is_no_contention():
    check_idle(make_java)


def test_a_monitor_of_java_is_told_as_a_condition():
    check_contended(make_java, "condition")


def test_idle_go_is_no_contention():
    check_idle(make_go)


def test_a_mutex_of_gos_runtime_is_a_lock():
    check_contended(make_go, "lock")


def test_idle_node_is_no_contention():
    check_idle(make_node)


def test_a_lock_of_javascript_is_told_as_a_condition():
    check_contended(make_node, "condition")


def test_idle_rust_is_no_contention():
    check_idle(make_rust)


def test_a_mutex_of_rust_is_a_lock():
    check_contended(make_rust, "lock")


def test_idle_python_is_no_contention():
    check_idle(make_python)


def test_the_interpreters_lock_is_a_lock():
    check_contended(make_python, "lock")


if __name__ == "__main__":
    import sys
    points.run(sys.modules[__name__])
