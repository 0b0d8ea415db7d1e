"""threads.py idle|contended: a pool with a job now and then, or threads that compute, and so
want the interpreter's lock."""
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

END = time.monotonic() + 1.5


def compute():
    count = 0
    while time.monotonic() < END:
        count += 1


if sys.argv[1] == "idle":
    with ThreadPoolExecutor(4) as pool:
        while time.monotonic() < END:
            pool.submit(int)
            time.sleep(0.07)
else:
    for _ in range(4):
        threading.Thread(target=compute).start()
