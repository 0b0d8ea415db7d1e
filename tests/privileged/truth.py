"""What `weftscope stat` says of the workloads against what the kernel says of them:
/proc's counts of switches, schedstat's time on CPU, perf's own account of the same
run; and the reason of waiting that each workload was written for."""
import calendar
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import points
from points import Skip
from recorded import Recorded, main_wait

# The last switches of a thread come after it read its own account.
SWITCHES = 3
SWITCH_NS = 4_000
# A thread reads its account before its end: this much comes after it.
END_NS = 400_000
# A thread that switches less often than this is held to an absolute limit, too.
BUSY_SWITCHES_PER_S = 10_000
MOST_DIFFERENCE_NS = 2_000_000


def lifetime_ns(thread):
    return sum(thread["ns"].values())


def wall_ns(timestamp):
    whole, fraction = timestamp.rstrip("Z").split(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction)


def later_switches(run):
    """tid → [voluntary, involuntary] switches after the thread began to read its account:
    on a busy machine it may be preempted often before it ends."""
    later = {tid: [0, 0] for tid in run.accounts}
    for event in run.events("--events", "switch"):
        tid = int(event["TID"] or 0)
        if tid in later and wall_ns(event["Timestamp"]) > run.accounts[tid]["at_ns"]:
            later[tid][event["State"] == "runnable"] += 1
    return later


def check_switches(run, tid, account, later):
    thread = run.threads[tid]
    for kind, (ours, theirs) in enumerate((("voluntary", "voluntary"),
                                           ("involuntary", "nonvoluntary"))):
        difference = thread[ours] - account[theirs]
        # What the kernel had counted lies between all that we saw and what was before.
        assert -SWITCHES <= difference <= SWITCHES + later[tid][kind], (
            f"{thread['name']} {tid}: {thread[ours]} {ours} switches, {later[tid][kind]} of them "
            f"after its account, the kernel counted {account[theirs]}")


def check_run_time(run, tid, account):
    """The kernel's account of a slice that ends the idleness of a CPU begins with its
    waking's clock (rq_clock_skip_update), not with the switch: what it counts lies between
    the time on CPU and that with the time from waking to running."""
    thread = run.threads[tid]
    ours, theirs = thread["ns"]["running"], account["run_ns"]
    waking = thread["wake_to_run_ns"]["count"] * thread["wake_to_run_ns"]["mean"]
    difference = max(ours - theirs, theirs - ours - waking, 0)
    allowed = theirs * 0.01 + SWITCH_NS * thread["switches"] + END_NS
    seconds = max(lifetime_ns(thread), 1) / 1e9
    if thread["switches"] / seconds < BUSY_SWITCHES_PER_S:
        allowed = min(allowed, theirs * 0.01 + MOST_DIFFERENCE_NS)
    assert difference <= allowed, (
        f"{thread['name']} {tid}: {ours} ns on CPU (and {waking:.0f} from waking to it), schedstat "
        f"says {theirs}: {difference:.0f} apart, {allowed:.0f} allowed")
    return abs(ours - theirs) / max(theirs, 1)


def untraced_runs(run):
    """tid → how often it left a CPU that no event had brought it to. A kernel may hide what
    happens in the context of some process, as sandboxes do with their first one."""
    on_cpu, untraced = set(), {}
    for event in run.events():
        if event["Event_Type"] != "SWITCH":
            continue
        left, came = event["TID"], event["Next_TID"]
        if left and left not in on_cpu and int(left) in run.accounts:
            untraced[int(left)] = untraced.get(int(left), 0) + 1
        on_cpu.discard(left)
        on_cpu.add(came)
    for tid, count in untraced.items():
        switches = run.threads[tid]["switches"]
        assert count <= 2 + switches * 0.05, f"{tid} came unseen {count} times of {switches}"
    return untraced


def check_sums(run):
    """A thread lives from its birth, or from the start, to its own EXIT: a leader may end
    before its process does."""
    born, ended = {}, {}
    for row in run.events("--events", "fork,exit"):
        (born if row["Event_Type"] == "FORK" else ended)[int(row["TID"])] = int(row["Time_ns"])
    for thread in run.stat["threads"]:
        total, tid = sum(thread["ns"].values()), thread["tid"]
        assert total <= run.stat["duration_ns"], f"{tid} lived longer than the recording"
        if tid in ended and (tid in born or tid == thread["tgid"]):
            process = run.processes.get(thread["tgid"])
            start = born.get(tid, max(process["start_ns"], 0) if process else 0)
            if tid not in born and start > 0:
                # Where the first process is hidden, so are the births it gives.
                assert process["parent"] == 1, f"the birth of {process} is missing"
                print(f"# {process['name']} {tid}: its birth by process 1 was not told")
            alive = ended[tid] - start
            # EXIT is recorded first, the thread's last switch behind it.
            assert -1 <= total - alive < 50_000_000, (
                f"{thread['name']} {tid}: {total} ns in its states, alive {alive}: "
                f"born {born.get(tid)}, ended {ended[tid]}, {run.processes.get(thread['tgid'])}")


def check(workload, reasons, seconds=2.0):
    """@reasons: prefix of thread names → main reason of waiting."""
    with Recorded(workload, seconds) as run:
        assert run.status == 0, run.message
        assert run.stat["lost"] == 0, f"{run.stat['lost']} events were lost"
        assert run.accounts, "the workload gave no account"
        worst, untraced, later = 0, untraced_runs(run), later_switches(run)
        for tid, account in run.accounts.items():
            assert tid in run.threads, f"{account['name']} {tid} is not in the recording"
            check_switches(run, tid, account, later)
            if untraced.get(tid, 0) > 1:
                print(f"# {account['name']} came {untraced[tid]} times from a thread whose "
                      "switches this kernel does not tell; its time is not compared")
                continue
            difference = check_run_time(run, tid, account)
            if account["run_ns"] > 20_000_000:
                worst = max(worst, difference)
        check_sums(run)
        for prefix, reason in reasons.items():
            threads = [thread for thread in run.named(prefix) if thread["tid"] in run.accounts]
            assert threads, f"no thread is called {prefix}…"
            for thread in threads:
                assert main_wait(thread) == reason, (
                    f"{thread['name']} {thread['tid']} waits mainly for {main_wait(thread)}, not "
                    f"{reason}: {thread['ns']}")
        print(f"# {workload}: {len(run.accounts)} threads, {run.stat['events']} events, "
              f"time on CPU at most {worst:.2%} off", flush=True)


def test_a_mutex_is_a_lock_wait():
    check("mutex", {"worker-": "lock"})


def test_without_a_mutex_threads_agree_too():
    check("no-mutex", {})


def test_the_interpreter_lock_is_a_lock_wait():
    check("gil", {"gil-": "lock"})


def test_processes_without_it_agree_too():
    check("no-gil", {})


def test_an_idle_pool_is_a_condition_wait():
    check("pool", {"pool-": "condition"})


def test_a_join_is_a_condition_wait():
    check("join", {"weftscope-demo": "condition"})


def test_a_reader_of_a_socket_is_a_socket_wait():
    check("socket", {"reader": "socket"})


def test_sleepers_wait_for_the_timer():
    check("sleepers", {"sleeper": "timer"})


def test_ping_pong_waits_for_a_pipe():
    check("pingpong", {"player": "pipe_file"})


def test_poll_is_an_event_wait():
    check("poll", {"poller": "event"})


def test_wait4_is_a_child_wait():
    check("wait4", {"parent": "child"})


class Perf:
    """perf's own recording of the same run."""

    def start(self, folder):
        self.data = Path(folder) / "perf.data"
        self.process = subprocess.Popen(["perf", "sched", "record", "-m", "4096", "-o", self.data],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while time.monotonic() < end and not (self.data.exists()
                                              and self.data.stat().st_size > 0):
            time.sleep(0.05)
        time.sleep(0.5)

    def stop(self):
        self.process.send_signal(2)
        self.process.wait()

    def run_ns(self):
        """tid → ns on CPU, summed over the lines of timehist."""
        told = subprocess.run(["perf", "sched", "timehist", "-i", self.data], capture_output=True,
                              text=True)
        total = {}
        for line in told.stdout.splitlines():
            found = re.match(r"\s*[\d.]+ \[\d+\]\s+.*\[(\d+)(?:/\d+)?\]\s+[\d.]+\s+[\d.]+\s+([\d.]+)",
                             line)
            if found:
                tid = int(found.group(1))
                total[tid] = total.get(tid, 0) + float(found.group(2)) * 1e6
        return total


def test_time_on_cpu_is_that_of_perf_within_a_hundredth():
    if shutil.which("perf") is None:
        raise Skip("perf is missing")
    witness = Perf()
    # On CPU 0: of other CPUs perf may miss every switch away from the idle task.
    with Recorded("mutex", 3.0, witness=witness, prefix=["taskset", "-c", "0"]) as run:
        theirs = witness.run_ns()
        if not theirs:
            raise Skip("perf sched timehist gives nothing here")
        worst = 0
        for thread in run.named("worker-"):
            perf_ns, ours = theirs.get(thread["tid"], 0), thread["ns"]["running"]
            assert abs(ours - perf_ns) <= 0.01 * perf_ns, (
                f"{thread['name']}: {ours} ns on CPU, perf says {perf_ns:.0f}")
            worst = max(worst, abs(ours - perf_ns) / perf_ns)
        assert run.named("worker-")
        print(f"# at most {worst:.3%} from perf", flush=True)


def test_a_kernel_thread_is_never_in_a_system_call():
    with Recorded("mutex", 1.0, options=["--all"]) as run:
        kernel = {tgid for tgid, process in run.processes.items()
                  if process["parent"] == 2 or tgid == 2}
        seen = 0
        for event in run.events():
            if event["Event_Type"] != "SWITCH" or not event["Prev_PID"]:
                continue
            if int(event["Prev_PID"]) in kernel:
                seen += 1
                assert not event["System_Call"], event
        assert seen > 0, "no kernel thread left a CPU"


if __name__ == "__main__":
    points.run(sys.modules["__main__"])
