"""An ordinary user without the right to trace: nobody answers for polkit here, so
tracing is refused. The tree lives from /proc, a banner says why, and Retry asks
again."""

import os
import signal
import subprocess
import unittest

from desk import DeskTest, wait_for


class UserTest(DeskTest):
    def setUp(self):
        # `run` made all of this nobody's; a system bus nobody has
        self.app = self.start(environment={
            "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"})

    def test_the_tree_lives_and_a_refusal_is_told_with_retry(self):
        app = self.app
        with open("/proc/%d/status" % app.process.pid) as status:
            self.assertRegex(status.read(), r"Uid:\t65534\t65534")
        self.assertIsNone(app.sees("runs as root"))
        child = subprocess.Popen(["sleep", "100.5"])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        app.click(app.find("push button", "Record"))
        told = wait_for("a reason", lambda: app.sees(r"(?i)(right|root|polkit|permi|allow|author)"
                                                     r".{10,}"), 40)
        self.assertNotRegex(told, r"(?i)gdbus|assert|errno")
        retry = app.find("push button", "Retry")
        app.screenshot("refused")
        app.click(app.find("entry", "^Search processes"))
        app.type(str(child.pid))
        app.tree_row("sleep")
        app.click(retry)
        app.find("push button", "Retry", seconds=40)
        self.assert_nothing_is_left_of_what_was_refused()
        os.kill(child.pid, signal.SIGKILL)
        wait_for("the tree to see it go", lambda: not [
            row for row in app.find_all("list item", "^sleep, process %d, sleeping" % child.pid)], 20)

    def assert_nothing_is_left_of_what_was_refused(self):
        place = os.path.join(os.environ["XDG_CACHE_HOME"], "weftscope", "unsaved")
        wait_for("no folder", lambda: not os.path.isdir(place) or os.listdir(place) == [])
        threads = "/proc/%d/task" % self.app.process.pid

        def recorders():
            names = [open(os.path.join(threads, t, "comm")).read() for t in os.listdir(threads)]
            return [name for name in names if name.startswith("weft-recording")]
        wait_for("no thread", lambda: recorders() == [])
        self.assertTrue(self.app.sees("^Nothing Is Recorded$"))


if __name__ == "__main__":
    unittest.main()
