"""Every process that was there is in the recording: births, names, parents, ends. The
workloads write their family tree in their own code, so what must be seen is known."""
import subprocess
import sys
import time

import points
from points import Skip
from recorded import Recorded, main_wait

STORM, CODES = 2000, 200


def check_storm(run):
    assert run.status == 0, run.message
    assert run.stat["lost"] == 0, f"{run.stat['lost']} events were lost"
    root = next(process for process in run.stat["processes"]
                if process["name"] == "weftscope-demo" and process["exit_code"] is not None)
    storm = {process["name"]: process for process in run.stat["processes"]
             if process["name"].startswith("storm-")}
    missing = [number for number in range(STORM) if f"storm-{number}" not in storm]
    assert not missing, f"{len(missing)} of {STORM} are missing, storm-{missing[0]} the first"
    for number in range(STORM):
        process = storm[f"storm-{number}"]
        assert process["exit_code"] == number % CODES, process
        assert process["parent"] == root["tgid"], process
        assert 0 <= process["start_ns"] < process["end_ns"], process
    exits = {row["PID"]: row for row in run.events("--events", "fork,exit")
             if row["Event_Type"] == "EXIT"}
    for process in storm.values():
        row = exits[str(process["tgid"])]
        assert int(row["Exit_Code"]) == process["exit_code"], row
        assert row["Parent_Command"] == "weftscope-demo", row
    lives = sorted(process["end_ns"] - process["start_ns"] for process in storm.values())
    print(f"# {len(storm)} processes, half of them under {lives[STORM // 2] / 1e6:.2f} ms, "
          f"{run.stat['events']} events", flush=True)


def test_all_of_2000_processes_of_a_millisecond_are_there():
    with Recorded("forkstorm") as run:
        check_storm(run)


def test_they_are_there_while_others_fork_as_well():
    try:
        other = subprocess.Popen(["stress-ng", "--fork", "2", "--timeout", "60s"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        raise Skip("stress-ng is missing") from None
    try:
        time.sleep(0.5)
        with Recorded("forkstorm", options=["--all"]) as run:
            check_storm(run)
            others = sum(process["name"].startswith("stress-ng")
                         for process in run.stat["processes"])
            assert others > 100, f"only {others} processes of stress-ng"
            print(f"# beside {others} of stress-ng", flush=True)
    finally:
        other.terminate()
        other.wait()


def test_a_chain_of_execs_is_one_process_with_its_last_name():
    with Recorded("execchain", 0.5) as run:
        names = [row["Child_Command"] or row["Command"] for row in run.events("--events", "exec")]
        chain = [process for process in run.stat["processes"]
                 if process["name"] == "sleep" and process["exit_code"] == 0
                 and run.threads.get(process["tgid"], {"switches": 0})["switches"] > 0]
        assert len(chain) == 1, chain
        assert main_wait(run.threads[chain[0]["tgid"]]) == "timer"
        assert sum(name == "sh" for name in names) >= 2 and "sleep" in names, names


def test_exec_from_a_worker_goes_on_under_the_leaders_tid():
    with Recorded("exec-worker", 1.0) as run:
        # Others on the machine may begin to sleep, too.
        row = next(row for row in run.events("--events", "exec")
                   if row["Old_TID"] and "sleep" in (row["Command"], row["Child_Command"]))
        process = run.processes[int(row["PID"])]
        threads = [thread for thread in run.stat["threads"] if thread["tgid"] == process["tgid"]]
        assert process["exit_code"] == 0, process
        leader = next(thread for thread in threads if thread["tid"] == process["tgid"]
                      and thread["name"] == "sleep")
        # Half of the time as a worker that sleeps, half as sleep: one history.
        assert leader["ns"]["timer"] > 0.9e9, leader
        assert row["Old_TID"] and int(row["Old_TID"]) != process["tgid"], row


def test_a_process_outlives_its_leader():
    with Recorded("leader-exit", 0.5) as run:
        assert run.status == 7, run.message
        survivor = run.named("survivor")[0]
        process = run.processes[survivor["tgid"]]
        assert process["exit_code"] == 7, process
        leader = run.threads[process["tgid"]]
        ended = run.stat["duration_ns"] - sum(leader["ns"].values())
        assert ended > 0.4e9, f"the leader did not end before: {leader['ns']}"
        assert process["end_ns"] - sum(leader["ns"].values()) > 0.4e9


def test_orphans_keep_their_place_and_get_a_new_parent():
    with Recorded("orphans", 0.5) as run:
        orphans = [process for process in run.stat["processes"] if process["name"] == "orphan"]
        assert sorted(process["exit_code"] for process in orphans) == [0, 1, 2], orphans
        births, ends = {}, {}
        for row in run.events("--events", "fork,exit"):
            (births if row["Event_Type"] == "FORK" else ends)[int(row["TID"])] = row
        begetters = {process["parent"] for process in orphans}
        assert len(begetters) == 1, orphans
        begetter = begetters.pop()
        for process in orphans:
            tid = process["tgid"]
            assert int(births[tid]["PPID"]) == begetter, births[tid]
            # It had ended before they did, so the kernel gave them to another.
            assert int(ends[begetter]["Time_ns"]) < int(ends[tid]["Time_ns"])
            assert int(ends[tid]["PPID"]) not in (begetter, 0), ends[tid]
            assert main_wait(run.threads[tid]) == "timer"
        assert len({ends[process["tgid"]]["PPID"] for process in orphans}) == 1, ends


if __name__ == "__main__":
    points.run(sys.modules["__main__"])
