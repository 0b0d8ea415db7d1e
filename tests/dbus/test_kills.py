"""kill -9 of polkitd and of the bus at random moments, while the app asks for the right to
trace and while it traces: helper and app say so, leave nothing behind, and can start again."""
import os
import random
import subprocess
import tempfile

from test_launch import as_user, helpers_of
from world import bpf_exists, bpf_ids, is_alive, wait_for

POLKIT = "org.freedesktop.PolicyKit1"
USER = "weft-allowed1"


class Recorder:
    """`weftscope record` by an ordinary user, through the bus."""

    def __init__(self, world, seconds):
        folder = tempfile.mkdtemp(dir=world.work)
        os.chmod(folder, 0o777)
        self.world, self.path = world, f"{folder}/out.weft"
        environment = dict(os.environ, HOME=folder, XDG_CACHE_HOME=folder, LC_ALL="C.UTF-8")
        self.process = world.spawn(
            *as_user(USER), f"{world.build}/app/weftscope", "record", "-a", "-d", str(seconds),
            "-o", self.path, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finish(self):
        """Its exit status and what it said. It always ends, and always says something."""
        _output, said = self.process.communicate(timeout=30)
        assert said.strip(), f"exit {self.process.returncode} without a word"
        return self.process.returncode, said

    def assert_opens(self):
        told = subprocess.run([f"{self.world.build}/app/weftscope", "stat", "--json", self.path],
                              capture_output=True, text=True)
        assert told.returncode == 0, told.stderr


def assert_records(world):
    recorder = Recorder(world, 0.3)
    status, said = recorder.finish()
    assert status == 0, said
    recorder.assert_opens()


def test_polkitd_killed_at_random_is_a_refusal_or_goes_unnoticed(world):
    world.start()
    random.seed(2)
    assert_records(world)
    helper = world.helper()
    outcomes = []
    for _ in range(40 if world.long else 12):
        recorder = Recorder(world, 0.5)
        wait_for(lambda: random.random() < 0.15 or recorder.process.poll() is not None,
                 "a moment to kill", 2)
        polkitd = world.pid_of(POLKIT)
        if polkitd:
            world.kill(polkitd)
        status, said = recorder.finish()
        outcomes.append(status)
        if status == 0:
            recorder.assert_opens()
        else:
            assert "polkit" in said.lower(), said
            assert not os.path.exists(recorder.path), "a file of nothing"
        assert is_alive(helper), "the helper went with polkitd"
    wait_for(lambda: not bpf_ids(helper), "the end of the programs")
    assert_records(world)
    assert set(outcomes) <= {0, 1}, outcomes
    print(f"# {outcomes.count(0)} recorded, {outcomes.count(1)} were refused", flush=True)


def test_a_polkitd_that_dies_under_open_dialogs_leaves_their_places(world):
    world.start()
    helper = world.helper()
    for _ in range(10 if world.long else 3):
        # One of the user's two places is asked for, then polkitd goes.
        client = world.client("weft-asked1")
        client.ask("agent", "agent", 20)
        client.order("open", numbers=[1, 2], interactive=True)
        client.expect("asked")
        world.kill(world.pid_of(POLKIT))
        refused = [client.hear_of("name") for _ in range(2)]
        assert refused == ["AccessDenied"] * 2, refused
        client.kill()
    assert is_alive(helper)
    client = world.client("weft-asked1")
    client.ask("agent", "agent", 20)
    client.order("open", numbers=[1], interactive=True)
    client.expect("asked")


def test_a_bus_killed_at_random_ends_the_trace_with_a_message(world):
    random.seed(3)
    told = []
    for _ in range(20 if world.long else 5):
        world.start()
        recorder = Recorder(world, 20)
        held, moment_ms = set(), random.randrange(0, 1500)
        wait_for(lambda: random.randrange(moment_ms + 1) < 10, "a moment to kill", 3)
        helpers = helpers_of(world)
        for pid in helpers:
            held |= bpf_ids(pid)
        world.daemon.kill()
        world.daemon.wait()
        status, said = recorder.finish()
        assert status != 0, f"it was told nothing: {said}"
        told.append(bool(held))
        if os.path.exists(recorder.path):
            recorder.assert_opens()
        for pid in helpers:
            wait_for(lambda pid=pid: not is_alive(pid), "the end of the helper")
        wait_for(lambda: not any(bpf_exists(kind, number) for kind, number in held),
                 "the end of programs and maps")
        world.stop()
    world.start()
    assert_records(world)
    print(f"# {len(told)} kills, {sum(told)} of them while it traced", flush=True)
