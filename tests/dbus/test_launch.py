"""`weftscope record` itself, on each of the three ways to the helper: what the
app's process may do, what the helper's may, and that a recording comes of it."""
import json
import os
import pwd
import subprocess

from test_rights import assert_not_dumpable, assert_rights, tracer_user
from world import status_of, wait_for

CAPABILITY_SETS = ("CapPrm", "CapEff", "CapInh", "CapAmb")


def as_user(user):
    entry = pwd.getpwnam(user)
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups",
            "--inh-caps=-all", "--ambient-caps=-all"]


def helpers_of(world):
    """The pids of all processes that run this build's helper."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                program = file.read().split(b"\0")[0].decode()
        except OSError:
            continue
        if program == world.helper_path:
            found.append(int(pid))
    return found


def record(world, prefix, name):
    """`weftscope record` for two seconds; its process and the helper that serves
    it, once that one has dropped what it does not need."""
    known = set(helpers_of(world))
    folder = f"{world.work}/{name}"
    os.mkdir(folder, 0o777)
    os.chmod(folder, 0o777)
    environment = dict(os.environ, HOME=folder, XDG_CACHE_HOME=folder, LC_ALL="C.UTF-8")
    app = world.spawn(*prefix, f"{world.build}/app/weftscope", "record", "-a", "-d", "2",
                      "-o", f"{folder}/out.weft", env=environment, stdin=subprocess.DEVNULL,
                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    uid = str(pwd.getpwnam(tracer_user(world)).pw_uid)

    def dropped():
        assert app.poll() is None, app.stderr.read()
        return [pid for pid in set(helpers_of(world)) - known
                if status_of(pid)["Uid"].split() == [uid] * 4
                and status_of(pid)["NoNewPrivs"] == "1"]

    return app, wait_for(dropped, "the helper")[0], f"{folder}/out.weft"


def assert_ordinary(pid, user):
    """No uid 0 and no capability."""
    status = status_of(pid)
    assert status["Uid"].split() == [str(pwd.getpwnam(user).pw_uid)] * 4, status["Uid"]
    for capability_set in CAPABILITY_SETS:
        assert int(status[capability_set], 16) == 0, (capability_set, status[capability_set])


def assert_recorded(app, path):
    _output, complaint = app.communicate(timeout=20)
    assert app.returncode == 0, complaint
    with open(path, "rb") as file:
        assert file.read(15) == b"SQLite format 3"


def test_through_the_bus_the_app_is_ordinary_and_the_helper_bound(world):
    world.start()
    app, helper, path = record(world, as_user("weft-allowed1"), "bus")
    assert helper == world.helper(), "it is not the helper of the bus"
    assert_ordinary(app.pid, "weft-allowed1")
    assert_rights(helper, tracer_user(world))
    assert_not_dumpable(helper)
    assert_recorded(app, path)


def test_through_pkexec_the_app_is_ordinary_and_the_helper_bound(world):
    world.start(service=False)
    app, helper, path = record(world, as_user("weft-allowed1"), "pkexec")
    assert status_of(helper)["PPid"].strip() != "1"
    assert_ordinary(app.pid, "weft-allowed1")
    assert_rights(helper, tracer_user(world))
    assert_not_dumpable(helper)
    assert_recorded(app, path)


def test_as_a_child_of_root_the_helper_is_bound(world):
    app, helper, path = record(world, [], "child")
    assert status_of(helper)["PPid"].strip() == str(app.pid)
    assert_rights(helper, tracer_user(world))
    assert_not_dumpable(helper)
    assert_recorded(app, path)


def test_a_user_whom_the_rules_deny_records_nothing_and_learns_why(world):
    world.start()
    run = subprocess.run([*as_user("weft-denied"), f"{world.build}/app/weftscope", "record", "-a",
                          "-d", "1", "-o", f"{world.work}/denied.weft"], capture_output=True,
                         text=True, timeout=20, stdin=subprocess.DEVNULL)
    assert run.returncode == 1, run
    assert run.stderr.strip(), "no word of explanation"
    assert not os.path.exists(f"{world.work}/denied.weft")


# A line break, an escape sequence, a mark that turns the line round, no UTF-8.
HOSTILE_NAME = b"a\n\x1b[2J\xe2\x80\xae\xffz"
RENAMED = f"""
import ctypes, time
ctypes.CDLL(None).prctl(15, {HOSTILE_NAME!r}, 0, 0, 0)
end = time.monotonic() + 1
while time.monotonic() < end:
    time.sleep(.005)
"""


def test_a_hostile_name_does_not_reach_the_terminal(world):
    """Root's child path; what stat, JSON and the live stream print of the name."""
    program = f"{world.build}/app/weftscope"
    path = f"{world.work}/hostile.weft"
    command = ["--", "/usr/bin/python3", "-c", RENAMED]
    subprocess.run([program, "record", "-o", path, *command], check=True, timeout=60,
                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    texts = {"stat": [program, "stat", path], "json": [program, "stat", "--json", path],
             "jsonl": [program, "record", "-o", "-", "--format", "jsonl", *command]}
    for what, argv in texts.items():
        run = subprocess.run(argv, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
        assert run.returncode == 0, (what, run.stderr)
        text = run.stdout.decode("utf-8")  # strict: raises where it is none
        assert "\x1b" not in text and "\u202e" not in text, what
    names = {thread["name"] for thread in json.loads(
        subprocess.run(texts["json"], capture_output=True, check=True).stdout)["threads"]}
    assert any(name.startswith("a") and name.endswith("z") for name in names), names
