"""Tracing from the window, on real events: the demo by pointer and by keys, a
process that is chosen in the tree, one that is launched, one whose tracer dies;
what was traced is saved, and opened again it looks the same."""

import os
import re
import signal
import subprocess
import time
import unittest

from desk import DeskTest, OUT, wait_for

# A process that is easy to find: two threads, one of which sleeps.
TARGET = """
import sys, threading, time
def doze():
    while True: time.sleep(0.004)
threading.Thread(target=doze, daemon=True).start()
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end: time.sleep(0.002); sum(range(2000))
sys.exit(3)
"""


def children_of(pid, name):
    """Whichever of its threads begat them."""
    found = subprocess.run(["pgrep", "-P", str(pid), "-x", name[:15]], capture_output=True)
    return [int(word) for word in found.stdout.split()]


class LiveTest(DeskTest):
    def setUp(self):
        self.app = self.start()

    def run_target(self, seconds):
        path = os.path.join(OUT, "weft-target")
        if not os.path.exists(path):
            os.symlink(os.path.realpath("/usr/bin/python3"), path)
        child = subprocess.Popen([path, "-c", TARGET, str(seconds)])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def choose(self, name, app=None):
        """By the search: what a person does among a thousand."""
        app = app or self.app
        app.key("ctrl+f")
        app.type(name)
        app.tree_row(name)
        app.key("Return")

    def is_recording(self):
        return bool(self.app.find_all("push button", "^Stop$"))

    def stop(self):
        self.app.click(self.app.find("push button", "^Stop$"))
        self.app.find("push button", "^Record$", seconds=30)

    def grows(self):
        end = self.app.range_in_view()[1]
        self.app.wait_for_range("the picture to grow", lambda a, b: b > end + 0.2)


class Demo(LiveTest):
    def test_by_pointer_live_paused_stopped_saved_and_opened_again(self):
        app = self.app
        self.assertGreater(len(app.find_all("list item", r", process \d+")), 3)
        app.screenshot("welcome")
        app.click(app.find("push button", "^Try the Demo$"))
        lane = app.lane("worker-1", 30)
        self.grows()
        app.screenshot("live")
        self.assertTrue(app.sees("^Live · following$"))
        app.move(*app.point_of(lane, (0.6, 0.5)))
        app.wheel(-2, hold="shift")
        app.wait_to_see(r"^Paused, .* behind · follow$")
        app.click(app.find("push button", r"^Paused, "))
        app.wait_to_see("^Live · following$")
        self.grows()
        app.click(app.lane("worker-1"), (0.5, 0.5))
        app.key("m")
        axis = app.landmark("image", "^Time axis$")
        wait_for("a mark", lambda: ", mark 1 · " in axis.description)
        self.stop()
        self.assert_the_same_when_opened_again()

    def picture(self, app, name):
        """Everything from the first to the last event, as pixels of overview and lanes."""
        self.choose("weftscope-demo", app)
        app.screenshot("chosen-" + name)
        lane = app.lane("worker-1")
        app.click(lane, (0.5, 0.5))
        app.key("Escape", "f")
        begin, end = app.wait_for_range("everything", lambda a, b: a == 0)
        app.click(app.find("entry", "Search processes"))
        app.move(2, 2)
        time.sleep(2.5)  # scroll bars fade
        x, y, width, height = app.find("list", "^Threads over time$").extents
        top = app.find("image", "^Time axis$").extents[1]
        y, height = top, y + height - top
        place = "%dx%d+%d+%d" % (width, height, x + app.shadow[0], y + app.shadow[1])
        pixels = subprocess.run(["convert", app.screenshot(name), "-crop", place, "+repage",
                                 "rgb:-"], check=True, capture_output=True).stdout
        return (begin, end), pixels

    def assert_the_same_when_opened_again(self):
        app = self.app
        path = os.path.join(OUT, "saved.weft")
        app.close_banner()
        seen = self.picture(app, "stopped")
        app.key("ctrl+s")
        app.name_file(path)
        wait_for("the file", lambda: os.path.exists(path))
        wait_for("the chooser to go", lambda: len(app.application.children()) == 1)
        app.key("ctrl+q")  # saved: it asks nothing
        self.assertEqual(app.process.wait(15), 0)
        again = self.start(path)
        again.close_banner()
        opened = self.picture(again, "opened")
        self.assertEqual(seen[0], opened[0])
        self.assertGreater(len(seen[1]), 100000)
        self.assertTrue(seen[1] == opened[1], "stopped.png and opened.png differ")

    def test_by_keys_and_an_unsaved_trace_is_asked_for(self):
        app = self.app
        app.tab_to("^Try the Demo$")
        app.key("Return")
        app.lane("worker-1", 30)
        app.tab_to("^process weftscope-demo,")
        app.key("Down")
        wait_for("the lane below", lambda: re.search("^weftscope-demo, thread",
                                                     app.focused().name))
        before = wait_for("pause", self.pause)
        time.sleep(0.5)
        self.assertEqual(app.range_in_view(), before)
        app.key("l")
        app.wait_to_see("^Live · following$")
        app.key("ctrl+r")
        app.find("push button", "^Record$", seconds=30)
        app.key("ctrl+q")
        app.dialog("^Save the Recording")
        app.find("push button", "^Discard$", within=app.application)
        app.key("Escape")
        app.gone("^Save the Recording")
        self.assertIsNone(app.process.poll())

    def pause(self):
        self.app.key("space")
        self.app.wait_to_see(r"^Paused, ")
        return self.app.range_in_view()


class Target(LiveTest):
    def test_a_process_chosen_later_shows_its_past_and_its_end(self):
        app = self.app
        self.run_target(9)
        app.key("ctrl+r")
        app.wait_to_see("Choose a Process", 30)
        time.sleep(1)
        self.choose("weft-target")
        app.lane("weft-target")
        begin = app.range_in_view()[0]
        wait_for("both threads", lambda: "· 2 threads" in app.group("weft-target").name)
        self.assertLess(begin, 5)
        wait_for("its exit code", lambda: ", exited 3" in app.tree_row("weft-target").name, 30)
        app.screenshot("exited")
        self.assertTrue(self.is_recording(), "recording goes on until it is stopped")
        self.stop()

    def test_a_command_line_is_launched_and_a_wrong_one_is_told(self):
        app = self.app
        app.key("ctrl+l")
        dialog = app.dialog("^Launch a Program$")
        app.type("no-such-program-at-all")
        app.press_in(dialog, app.find("push button", "Launch", within=dialog))
        wait_for("the reason", lambda: app.sees("no-such-program-at-all”: there is no such program",
                                                app.application))
        self.assertFalse(self.is_recording(), "nothing to record, and it records")
        broken = os.path.join(OUT, "broken")
        with open(broken, "w") as file:
            file.write("#!/nonexistent/interpreter\n")
        os.chmod(broken, 0o755)
        app.key("ctrl+a")
        app.type(broken)
        app.key("Return")
        app.gone("^Launch a Program$")
        app.wait_to_see("^Cannot launch .*broken”", 30)
        app.find("push button", "^Record$", seconds=30)
        self.assertTrue(app.sees("^See What Your Threads Do$"), "what was begun for it stays")
        app.key("ctrl+l")
        app.dialog("^Launch a Program$")
        os.symlink("/bin/sh", os.path.join(OUT, "weft-sh"))
        app.type("%s/weft-sh -c 'sleep 4; exit 7'" % OUT)
        app.key("Return")
        app.gone("^Launch a Program$")
        app.group("weft-sh")
        self.choose("weft-sh")
        wait_for("its exit code", lambda: ", exited 7" in app.tree_row("weft-sh").name, 30)
        app.screenshot("launched")
        self.stop()

    def test_who_ended_is_found_while_it_runs_and_stays_when_it_is_over(self):
        app = self.app
        app.key("ctrl+r")
        app.wait_to_see("Choose a Process", 30)
        path = os.path.join(OUT, "weft-short")
        if not os.path.exists(path):
            os.symlink("/bin/sleep", path)
        subprocess.run([path, "0.2"], check=True)
        time.sleep(5)  # it has left the tree
        app.key("ctrl+f", "ctrl+a")
        app.type("weft-short")
        app.tree_row("weft-short")
        app.key("Escape")
        self.stop()
        app.key("ctrl+f", "ctrl+a")
        app.type("weft-short")
        app.key("Return")
        app.lane("weft-short")

    def test_the_tracer_dies_and_can_be_started_again(self):
        app = self.app
        self.run_target(60)
        app.key("ctrl+r")
        app.wait_to_see("Choose a Process", 30)
        self.choose("weft-target")
        app.lane("weft-target")
        (tracer,) = wait_for("one tracer", lambda: children_of(app.process.pid,
                                                               "weftscope-tracer"))
        os.kill(tracer, signal.SIGKILL)
        app.find("push button", "^Record$", seconds=30)
        wait_for("a reason in the banner",
                 lambda: app.sees(r"(?i)(tracer|helper|tracing|trace).*(gone|ended|stopped|lost|closed|died|end)"))
        app.lane("weft-target")
        app.screenshot("tracer-died")
        app.key("ctrl+r")
        app.dialog("^Save the Recording")  # what it sent is not lost by starting again
        app.press(app.find("push button", "^Discard$", within=app.application))
        app.find("push button", "^Stop$", seconds=30)
        self.choose("weft-target")
        app.lane("weft-target")
        self.grows()
        self.stop()


if __name__ == "__main__":
    unittest.main()
