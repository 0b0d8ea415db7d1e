"""Five hundred processes in the tree, read from /proc: sorting, scrolling, the
search, the kernel's own, births and deaths."""

import os
import re
import signal
import subprocess
import time
import unittest

from desk import DeskTest, OUT, wait_for

MANY = 500


class TreeTest(DeskTest):
    @classmethod
    def setUpClass(cls):
        """Sleepers that are born in another order than that of their names."""
        cls.sleepers = {}
        for i in range(MANY):
            cls.spawn("bough-%03d" % (i * 7 % MANY))

    @classmethod
    def tearDownClass(cls):
        for child in cls.sleepers.values():
            child.kill()
            child.wait()

    @classmethod
    def spawn(cls, name):
        path = os.path.join(OUT, name)
        if not os.path.exists(path):
            os.symlink("/bin/sleep", path)
        cls.sleepers[name] = subprocess.Popen([path, "300"])
        return cls.sleepers[name]

    def setUp(self):
        self.app = self.start()
        self.list = self.app.landmark("list", "^Processes$")

    def search(self, text):
        self.app.key("ctrl+f")
        self.app.type(text)

    def rows(self, pattern=r", process \d+"):
        """Names on screen, from top to bottom. The list keeps some more beyond its ends: rows
        that were scrolled away tell where they last were."""
        _, top, _, height = self.list.extents
        found = [(n.extents[1], n.name) for n in self.app.find_all("list item", pattern, self.list)]
        return [name for y, name in sorted(found) if top - 1 <= y < top + height]

    def numbers(self):
        """Without those whose row goes while it is looked at."""
        found = [re.match(r"bough-(\d+)", name) for name in self.rows(r"^bough-")]
        return [int(match.group(1)) for match in found if match]

    def test_all_are_counted_sorted_and_scrolled_through(self):
        app = self.app
        self.search("bough-")
        app.wait_to_see(r"^%d($|\D)" % MANY)
        header = app.landmark("push button", "^Sort by Process$")
        app.click(header)
        wait_for("names in order", lambda: self.numbers()[:5] == [0, 1, 2, 3, 4])
        app.screenshot("many")
        app.move(*app.point_of(self.list))
        app.wheel(-10)
        wait_for("later names", lambda: max(self.numbers()) > 30)
        app.click(header)
        app.key("ctrl+f", "Down", "Home")
        wait_for("the last first", lambda: MANY - 1 in self.numbers())
        app.key("End")
        wait_for("the first last", lambda: 0 in self.numbers())

    def test_a_search_from_far_down_shows_who_matches(self):
        """GTK had kept rows that no longer matched, and scrolled no more."""
        app = self.app
        for digit in range(5):
            app.key("ctrl+f", "ctrl+a", "BackSpace", "Down", "End")
            wait_for("the last of all", lambda: MANY - 7 in self.numbers())
            self.search("bough-%d1" % digit)
            app.wait_to_see(r"^10 of")
            wanted = sorted(range(digit * 100 + 10, digit * 100 + 20),
                            key=lambda number: number * 143 % MANY)  # 7 * 143 % 500 is 1
            wait_for("who matches", lambda: self.numbers() == wanted)
            self.assertTrue(all(name.startswith("bough-") for name in self.rows()[-10:]))
        app.screenshot("found-from-far-down")

    def test_the_kernels_own_are_hidden_and_counted(self):
        app = self.app
        button = app.find("push button", r"^\d+ kernel threads hidden$")
        hidden = int(button.name.split()[0])
        kernel = subprocess.run(["ps", "--ppid", "2", "-o", "pid="], capture_output=True, text=True)
        self.assertAlmostEqual(hidden, len(kernel.stdout.split()) + 1, delta=8)
        self.search("kthreadd")
        app.wait_to_see("^No process matches")
        app.click(button)
        app.tree_row("kthreadd")
        app.screenshot("kernel-threads")
        app.click(app.find("push button", "kernel threads"))
        app.wait_to_see("^No process matches")

    def pixels(self, row):
        x, y, width, height = row.extents
        place = "%dx%d+%d+%d" % (width - 120, height, x + self.app.shadow[0],
                                 y + self.app.shadow[1])
        return subprocess.run(["convert", self.app.screenshot("birth"), "-crop", place, "+repage",
                               "-scale", "1x1", "rgb:-"], check=True, capture_output=True).stdout

    def test_births_are_highlighted_and_exits_told_before_they_fade_away(self):
        app = self.app
        self.search("new-born")
        app.wait_to_see("^No process matches")
        child = self.spawn("new-born")
        row = app.tree_row("new-born")
        glowing = self.pixels(row)
        wait_for("the highlight to fade", lambda: self.pixels(row) != glowing)
        os.kill(child.pid, signal.SIGTERM)
        child.wait()
        wait_for("its end", lambda: re.search(", (exited|killed)", app.tree_row("new-born").name))
        wait_for("it to go", lambda: app.sees("^No process matches"), 40)

    def test_a_command_line_of_one_long_word_is_broken(self):
        app = self.app
        path = os.path.join(OUT, "talker")
        if not os.path.lexists(path):
            os.symlink(os.path.realpath("/usr/bin/python3"), path)
        talker = subprocess.Popen([path, "-c", "import time; time.sleep(300)", "x" * 390])
        self.addCleanup(talker.wait)
        self.addCleanup(talker.kill)
        self.search("talker")
        app.move(*app.point_of(app.tree_row("talker")))
        text = app.find("label", "x{100}", within=app.application)
        self.assertLess(text.extents[2], 900)
        app.screenshot("long-word")

    def test_left_and_right_fold_and_open_a_family(self):
        app = self.app
        me = "python3, process %d" % os.getpid()
        self.search(str(os.getpid()))
        app.key("Return")
        app.key("ctrl+f", "Escape")
        app.key("Left")
        wait_for("a folded family", lambda: [n for n in self.rows("^" + me)
                                             if re.search(r"\d{3} processes hidden", n)])
        app.screenshot("folded")
        app.key("Right")
        wait_for("an open family", lambda: self.rows("^bough-"))


if __name__ == "__main__":
    unittest.main()
