# python-gil.py KIND SECONDS COUNT [ACCOUNT]: workers that compute. As "threads" they
# share one interpreter and its lock (a convoy: one runs, the others are in lock wait);
# as "processes" each has its own, and they run. Each adds its kernel account to ACCOUNT.
import json
import multiprocessing
import os
import sys
import threading
import time


def read_account(name):
    tid = threading.get_native_id()
    folder = f"/proc/self/task/{tid}"
    at_ns = time.time_ns()
    run_ns, wait_ns, _slices = map(int, open(f"{folder}/schedstat").read().split())
    status = dict(line.split(":\t", 1) for line in open(f"{folder}/status").read().splitlines())
    return {"tid": tid, "tgid": os.getpid(), "name": name, "at_ns": at_ns,
            "voluntary": int(status["voluntary_ctxt_switches"]),
            "nonvoluntary": int(status["nonvoluntary_ctxt_switches"]),
            "run_ns": run_ns, "wait_ns": wait_ns}


def compute(index, ends, account, turns):
    name = f"gil-{index}"
    with open(f"/proc/self/task/{threading.get_native_id()}/comm", "w") as comm:
        comm.write(name)
    total = 0
    while time.monotonic() < ends:
        for number in range(20000):
            total += number * number
    # One after the other, and the interpreter free: reading it must not switch much.
    turns[index].wait()
    if account:
        with open(account, "a") as file:
            file.write(json.dumps(read_account(name)) + "\n")
    return total


def main():
    kind, seconds, count = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    account = sys.argv[4] if len(sys.argv) > 4 else None
    ends = time.monotonic() + seconds
    library = threading if kind == "threads" else multiprocessing
    make = threading.Thread if kind == "threads" else multiprocessing.Process
    turns = [library.Event() for _ in range(count)]
    workers = [make(target=compute, args=(index, ends, account, turns)) for index in range(count)]
    for worker in workers:
        worker.start()
    time.sleep(max(0, ends + 0.1 - time.monotonic()))
    for turn, worker in zip(turns, workers):
        turn.set()
        worker.join()


main()
