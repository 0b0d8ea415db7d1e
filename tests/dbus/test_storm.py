"""Everything at once: hostile clients of several users (storm.py) beside one that reads."""
import os
import subprocess
import time

import wire
from test_fair import assert_lost_nothing, reader_beside
from test_launch import as_user
from world import bpf_ids, descriptors, is_alive, rss_kib, status_of, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
USERS = ("weft-own", "weft-own", "weft-allowed1", "weft-allowed2", "weft-denied")
MOST_GROWTH_KIB = 64 * 1024


def test_a_storm_of_hostile_clients_ends_nobody_and_leaves_nothing(world):
    world.start()
    pid = world.helper()
    seconds = float(os.environ.get("WEFT_STORM_S") or (120 if world.long else 12))
    seed = int(os.environ.get("WEFT_STORM_SEED") or 1)
    assert world.client("weft-denied").open(1) == "AccessDenied"
    base, threads = len(descriptors(pid)), int(status_of(pid)["Threads"])
    reader = reader_beside(world)
    clients = [world.spawn(*as_user(user), "/usr/bin/python3", "-B", f"{HERE}/storm.py", str(seed * 10 + number),
                           str(seconds), "1", stdout=subprocess.PIPE, text=True)
               for number, user in enumerate(USERS)]
    most = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert is_alive(pid), "the helper is gone"
        most = max(most, rss_kib(pid))
        time.sleep(0.2)
    counts = [int(client.communicate(timeout=120)[0]) for client in clients]
    assert sum(counts) > 10, counts
    assert_lost_nothing(reader)
    reader.session.close()
    wait_for(lambda: not bpf_ids(pid), "the end of the programs", 60)
    wait_for(lambda: len(descriptors(pid)) <= base, "closed descriptors", 60)
    wait_for(lambda: int(status_of(pid)["Threads"]) <= threads + 2, "the end of the threads", 60)
    assert rss_kib(pid) < MOST_GROWTH_KIB, f"{rss_kib(pid)} KiB are left"
    print(f"# {counts} sessions; {most} KiB at most, {rss_kib(pid)} after", flush=True)
    assert world.root_session().start() == wire.STREAM_VERSION
