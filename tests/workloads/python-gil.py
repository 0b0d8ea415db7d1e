# python-gil.py: four threads that compute. With one argument "threads" they share
# one interpreter and its lock (a convoy: one runs, three are in lock wait); with
# "processes" each has its own, and they run.
import multiprocessing
import os
import sys
import threading
import time


def compute(ends):
    total = 0
    while time.monotonic() < ends:
        for number in range(20000):
            total += number * number
    return total


def main():
    kind, seconds, count = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    ends = time.monotonic() + seconds
    make = threading.Thread if kind == "threads" else multiprocessing.Process
    workers = [make(target=compute, args=(ends,)) for _ in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


main()
