"""What the helper holds, whatever started it."""
import os
import pwd
import signal
import socket
import subprocess

import wire
from world import Skip, is_alive, status_of, wait_for

CAP_PERFMON, CAP_BPF = 38, 39
EXACTLY = (1 << CAP_PERFMON) | (1 << CAP_BPF)


def tracer_user(world):
    """Whom this build's unit runs as."""
    with open(f"{world.build}/data/weftscope-tracer.service") as file:
        return next(line[5:].strip() for line in file if line.startswith("User="))


def assert_rights(pid, user):
    status = status_of(pid)
    uid = str(pwd.getpwnam(user).pw_uid)
    assert status["Uid"].split() == [uid] * 4, status["Uid"]
    assert status["Gid"].split() == [str(pwd.getpwnam(user).pw_gid)] * 4, status["Gid"]
    assert status["Groups"].split() == [], status["Groups"]
    assert status["NoNewPrivs"] == "1"
    for capability_set in ("CapPrm", "CapEff", "CapBnd", "CapAmb", "CapInh"):
        assert int(status[capability_set], 16) == EXACTLY, (capability_set,
                                                            status[capability_set])


def assert_bounded(pid):
    """Memory and descriptors: what a leak could take of the machine."""
    with open(f"/proc/{pid}/limits") as file:
        limits = {line[:26].strip(): line[26:].split()[:2] for line in file}
    for name, most in (("Max data size", 512 << 20), ("Max open files", 1024)):
        assert all(value != "unlimited" and int(value) <= most for value in limits[name]), limits[name]


def assert_not_dumpable(pid):
    # What is not dumpable belongs to root in /proc.
    assert os.stat(f"/proc/{pid}/mem").st_uid == 0


def test_started_by_the_bus_it_has_two_capabilities(world):
    world.start()
    pid = world.helper()
    assert_rights(pid, tracer_user(world))
    assert_not_dumpable(pid)
    assert_bounded(pid)
    session = world.root_session()
    session.start()
    assert_rights(pid, tracer_user(world))


def stdio_helper(world, argv, **arguments):
    ours, theirs = socket.socketpair()
    process = world.spawn(*argv, stdin=theirs, stdout=theirs, **arguments)
    theirs.close()
    return process, wire.Session(ours.detach())


def test_started_by_root_as_a_child_it_has_two_capabilities(world):
    process, session = stdio_helper(world, [world.helper_path, "--stdio"])
    session.start()
    assert_rights(process.pid, tracer_user(world))
    assert_not_dumpable(process.pid)
    assert_bounded(process.pid)
    assert session.read()[1][1] > 0
    session.close()
    assert process.wait(5) == 0


def test_started_by_pkexec_it_has_two_capabilities(world):
    world.start()
    uid = pwd.getpwnam("weft-allowed1").pw_uid
    process, session = stdio_helper(
        world, ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
                "pkexec", "--disable-internal-agent", world.helper_path, "--stdio"])
    session.start()
    assert_rights(process.pid, tracer_user(world))
    assert_not_dumpable(process.pid)
    assert_bounded(process.pid)
    session.close()
    assert process.wait(5) == 0


def test_started_by_pkexec_for_own_it_takes_the_user_from_pkexec(world):
    world.start()
    uid = pwd.getpwnam("weft-allowed1").pw_uid
    _process, session = stdio_helper(
        world, ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
                "pkexec", "--disable-internal-agent", world.helper_path, "--stdio", "--own"])
    session.start()
    session.stop()
    data, _account = session.read_to_the_end()
    for kind, tid, _cpu, _bytes in wire.records(data):
        if kind == 7:  # STATE
            assert is_own(tid, uid), f"a task of another user: {tid}"


def is_own(tid, uid):
    try:
        return set(status_of(tid)["Uid"].split()) == {str(uid)}
    except OSError:
        return True  # gone


def test_started_as_a_unit_would_it_has_two_capabilities(world):
    user = pwd.getpwnam(tracer_user(world))
    process, session = stdio_helper(
        world, ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
                "--inh-caps=-all,+bpf,+perfmon", "--bounding-set=-all,+bpf,+perfmon",
                "--ambient-caps=-all,+bpf,+perfmon", world.helper_path, "--stdio"])
    session.start()
    assert_rights(process.pid, tracer_user(world))
    assert session.read()[1][1] > 0


def test_a_user_with_more_rights_than_needed_gives_them_up(world):
    user = pwd.getpwnam(tracer_user(world))
    process, session = stdio_helper(
        world, ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
                "--inh-caps=-all,+bpf,+perfmon,+sys_admin,+setpcap",
                "--ambient-caps=-all,+bpf,+perfmon,+sys_admin,+setpcap",
                world.helper_path, "--stdio"])
    session.start()
    assert_rights(process.pid, tracer_user(world))


def test_without_the_system_user_it_becomes_nobody(world):
    user = tracer_user(world)
    if user == "nobody":
        raise Skip("this build's helper runs as nobody anyway")
    with open("/etc/passwd") as file:
        text = file.read()
    with open("/etc/passwd", "w") as file:
        file.write("".join(line for line in text.splitlines(True)
                           if not line.startswith(f"{user}:")))
    try:
        process, session = stdio_helper(world, [world.helper_path, "--stdio"])
        session.start()
        assert_rights(process.pid, "nobody")
    finally:
        with open("/etc/passwd", "w") as file:
            file.write(text)


def test_what_keeps_root_s_group_is_refused(world):
    """Or any other id beside the one it runs as."""
    user = pwd.getpwnam(tracer_user(world))
    for ids in (["--rgid=0", f"--egid={user.pw_gid}"], ["--rgid=12", f"--egid={user.pw_gid}"],
                ["--regid=0"]):
        run = subprocess.run(
            ["setpriv", f"--reuid={user.pw_uid}", *ids, "--clear-groups",
             "--inh-caps=-all,+bpf,+perfmon", "--ambient-caps=-all,+bpf,+perfmon",
             world.helper_path, "--stdio"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert run.returncode == 1 and "Refusing to run" in run.stderr, (ids, run)


def test_without_rights_it_says_what_is_missing(world):
    process, session = stdio_helper(
        world, ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                "--inh-caps=-all", "--bounding-set=-all", world.helper_path, "--stdio"])
    try:
        session.start()
        raise AssertionError("it traced without rights")
    except wire.RemoteError as error:
        assert "CAP_BPF" in error.message, error.message
    assert is_alive(process.pid)


def test_inherited_descriptors_are_closed(world):
    secret = os.open("/etc/shadow", os.O_RDONLY)
    os.set_inheritable(secret, True)
    process, session = stdio_helper(world, [world.helper_path, "--stdio"], pass_fds=(secret,))
    session.start()
    links = [os.readlink(f"/proc/{process.pid}/fd/{fd}")
             for fd in os.listdir(f"/proc/{process.pid}/fd")]
    os.close(secret)
    assert not any("shadow" in link for link in links), links


def test_ctrl_c_leaves_the_rest_to_be_read(world):
    process, session = stdio_helper(world, [world.helper_path, "--stdio"])
    session.start()
    process.send_signal(signal.SIGINT)
    session.stop()
    _data, (_until, produced, delivered, lost) = session.read_to_the_end()
    assert produced == delivered + lost > 0


def test_end_of_standard_input_ends_it(world):
    process, session = stdio_helper(world, [world.helper_path, "--stdio"])
    session.start()
    session.close()
    wait_for(lambda: process.poll() is not None, "the helper's end", 5)


def test_the_unit_is_bounded(world):
    with open(f"{world.build}/data/weftscope-tracer.service") as file:
        bounds = dict(line.strip().split("=", 1) for line in file if "=" in line)
    assert {"MemoryHigh", "MemoryMax", "LimitNOFILE", "TasksMax"} <= set(bounds), bounds


def test_the_unit_is_locked_up(world):
    unit = f"{world.build}/data/weftscope-tracer.service"
    try:
        run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20",
                              unit], capture_output=True, text=True)
    except FileNotFoundError:
        raise Skip("needs systemd-analyze") from None
    assert run.returncode == 0, run.stdout.splitlines()[-1]
