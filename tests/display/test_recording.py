"""A recording in the window: lanes, zoom, range, pan, keys, search. The scene is
invented (tests/bench/scene.c), so what must be seen is known."""

import json
import os
import re
import subprocess
import unittest

from desk import DeskTest, PROGRAM, scene_recording, wait_for

START, END = 0.0, 8.4


def statistics(path, begin, end):
    """What the command line says of a range, in whole microseconds."""
    answer = subprocess.run([PROGRAM, "stat", path, "--json", "--from", "%dus" % begin,
                             "--to", "%dus" % end], check=True, capture_output=True, text=True)
    return {t["tid"]: t["ns"] for t in json.loads(answer.stdout)["threads"]}


class RecordingTest(DeskTest):
    def setUp(self):
        self.path = scene_recording()
        self.app = self.start(self.path)
        self.app.click(self.app.find("list item", r"^bash, process 2210"))
        self.app.lane("worker-1")

    def point(self, name, part=0.5):
        """A place on a lane: part of the time axis."""
        left, width = self.app.axis()
        _, y, _, height = self.app.lane(name).extents
        return left + width * part, y + height / 2


class Looking(RecordingTest):
    def test_lanes_are_named_and_in_the_order_of_the_family(self):
        app = self.app
        lanes = [re.match(r"(\S+), thread (\d+)", lane.name).groups() for lane in app.lanes()]
        # as in the tree: each before its children, these together
        self.assertEqual(lanes[:7], [("bash", "2210"), ("make", "4300"), ("cc1", "4311"),
                                     ("cc1", "4312"), ("as", "4390"), ("python3", "4242"),
                                     ("worker-0", "4243")])
        groups = [g.name for g in app.find_all("list item", r"^process ")]
        self.assertIn("process python3, 4242 · 5 threads · 0.9 of 2 CPUs", groups)
        self.assertEqual(app.range_in_view(), (START, END))
        app.screenshot("lanes")

    def test_ctrl_wheel_zooms_and_the_time_under_the_pointer_stays(self):
        app = self.app
        for part in (0.25, 0.7):
            point = self.point("worker-1", part)
            app.move(*point)
            before = app.time_at(point[0])
            app.wheel(6, hold="ctrl")
            begin, end = app.wait_for_range("six notches in",
                                            lambda a, b: abs((b - a) - 8.4 / 1.25 ** 6) < 1e-3)
            pixel = (end - begin) / app.axis()[1]
            self.assertAlmostEqual(app.time_at(point[0]), before, delta=pixel)
            app.wheel(-6, hold="ctrl")
            app.wait_for_range("six notches out", lambda a, b: abs((b - a) - 8.4) < 1e-3)

    def test_shift_wheel_and_middle_drag_move_through_time(self):
        app = self.app
        point = self.point("worker-1")
        app.move(*point)
        app.wheel(8, hold="ctrl")
        begin, end = app.wait_for_range("a closer look", lambda a, b: b - a < 1.5)
        app.wheel(-2, hold="shift")
        app.wait_for_range("a fifth later", lambda a, b: abs(a - begin - (end - begin) / 5) < 1e-3)
        app.wheel(2, hold="shift")
        app.wait_for_range("back again", lambda a, b: abs(a - begin) < 1e-3)
        grabbed = app.time_at(point[0])
        app.drag(point, (point[0] - 200, point[1]), button=2)
        pixel = (end - begin) / app.axis()[1]
        wait_for("what was grabbed to go with the pointer",
                 lambda: abs(app.time_at(point[0] - 200) - grabbed) <= 2 * pixel)
        app.drag((point[0] - 200, point[1]), point, hold="shift")
        app.wait_for_range("Shift does the same", lambda a, b: abs(a - begin) < 0.01)
        self.assertIsNone(app.sees(r"^Selected "), "panning selected something")

    def test_wheel_scrolls_the_lanes(self):
        app = self.app
        app.resize(800, 600)
        top = app.lane("bash").extents[1]
        app.move(*self.point("make"))
        app.wheel(-3)
        wait_for("lanes to scroll", lambda: not app.find_all("list item", "^bash, thread")
                 or app.lane("bash").extents[1] < top)
        self.assertEqual(app.range_in_view(), (START, END))
        app.screenshot("scrolled-800x600")

    def test_keys_move_and_zoom(self):
        app = self.app
        app.click(app.lane("worker-1"), (0.6, 0.5))
        length = END - START
        for key, factor in (("plus", 0.8), ("w", 0.8), ("minus", 1.25), ("s", 1.25),
                            ("w", 0.8), ("w", 0.8), ("w", 0.8)):
            app.key(key)
            length *= factor
            begin, end = app.wait_for_range("key " + key,
                                            lambda a, b: abs(b - a - length) < 1e-3)
        for key, part in (("d", 0.1), ("a", -0.1)):
            app.key(key)
            begin += length * part
            app.wait_for_range("key " + key, lambda a, b: abs(a - begin) < 1e-3)
        app.key("Home")
        app.wait_for_range("the start", lambda a, b: a == START and abs(b - length) < 1e-3)
        app.key("End")
        app.wait_for_range("the end", lambda a, b: b == END and abs(b - a - length) < 1e-3)


class Legend(RecordingTest):
    def explained(self):
        return self.app.landmark("image", "^Legend of ").description.split(", ")

    def wait_for_legend(self, *names):
        wait_for("a legend of " + ", ".join(names), lambda: self.explained() == list(names), 8)

    def test_it_names_what_is_in_view_and_nothing_else(self):
        app = self.app
        app.click(app.tree_row("python3"))
        self.wait_for_legend("running", "waiting for a CPU", "lock", "sleeping", "unknown",
                             "events lost")
        app.move(*self.point("worker-1", 0.3))
        app.wheel(8, hold="ctrl")
        self.wait_for_legend("running", "waiting for a CPU", "lock", "sleeping")
        app.click(app.tree_row("nginx"))
        self.wait_for_legend("running", "waiting for a CPU", "sleeping")

    def test_a_narrow_window_shows_all_of_it(self):
        app = self.app
        wait_for("much to explain", lambda: len(self.explained()) >= 9)
        app.resize(800, 600)
        legend = app.landmark("image", "^Legend of ")
        x, y, width, height = wait_for("more than one row", lambda: legend.extents[3] > 40
                                       and legend.extents)
        self.assertLessEqual(x + width, app.frame.extents[2])
        self.assertLessEqual(y + height, app.frame.extents[3])
        app.screenshot("legend-800x600")


class Narrow(RecordingTest):
    def test_measuring_does_not_make_the_window_grow(self):
        app = self.app
        app.click(app.tree_row("python3"))
        app.lane("python3")
        app.resize(800, 600)
        app.drag(self.point("worker-1", 0.2), self.point("worker-1", 0.5))
        app.wait_to_see(r"^Selected ")
        app.screenshot("measured-800x600")
        self.assertEqual(app._shadowless_size(), (800, 600))
        follow = app.landmark("image", "^Time axis$").extents
        self.assertLessEqual(follow[0] + follow[2], app.frame.extents[2])


class Measuring(RecordingTest):
    def select(self, first, last):
        app = self.app
        app.drag(self.point("worker-1", first), self.point("worker-1", last))
        app.wait_to_see(r"^Selected ")
        return self.selected()

    def selected(self):
        """In microseconds."""
        text = self.app.wait_to_see(r" s to .* s · (9|10) threads$")
        ends = re.match(r"(.*?) s to (.*?) s · ", text).groups()
        return tuple(round(float(re.sub(r"\s", "", end)) * 1e6) for end in ends)

    def shares(self):
        """Of every thread: the reason that counts most, and its percents."""
        list_ = self.app.find("image", r"worker-0 4243: ").name
        return {int(tid): (reason, int(percent)) for tid, reason, percent in
                re.findall(r"\S+ (\d+): (.+?) (\d+) %", list_)}

    def test_drag_selects_a_range_and_its_figures_are_those_of_stat(self):
        begin, end = self.select(0.2, 0.45)
        self.assertAlmostEqual(begin, 0.2 * 8.4e6, delta=0.03e6)
        self.assertAlmostEqual(end, 0.45 * 8.4e6, delta=0.03e6)
        truth = statistics(self.path, begin, end)
        seen = self.shares()
        self.assertGreaterEqual(len(seen), 9)
        for tid, (reason, percent) in seen.items():
            time = truth[tid][reason.replace(" ", "_")]
            self.assertAlmostEqual(time / 10 / (end - begin), percent, delta=1.0,
                                   msg="thread %d" % tid)
        self.app.screenshot("range")

    def test_edges_are_drawn_along_and_escape_clears(self):
        app = self.app
        begin, end = self.select(0.2, 0.5)
        left, width = app.axis()
        y = self.point("worker-1")[1]
        place = left + width * end / 8.4e6
        app.drag((place, y), (place + 80, y))
        grown = wait_for("the edge moved", lambda: self.selected()[1] > end and self.selected())
        self.assertEqual(grown[0], begin)
        self.assertAlmostEqual(grown[1] - end, 80 / width * 8.4e6, delta=2 / width * 8.4e6)
        place = left + width * begin / 8.4e6
        app.drag((place, y), (place + 50, y))
        shrunk = wait_for("the other edge moved", lambda: self.selected()[0] > begin
                          and self.selected())
        self.assertEqual(shrunk[1], grown[1])
        app.key("Escape")
        wait_for("nothing measured", lambda: not app.sees(r"^Selected "))

    def test_f_fits_the_selection_and_again_all(self):
        app = self.app
        begin, end = (t / 1e6 for t in self.select(0.3, 0.5))
        app.key("f")
        app.wait_for_range("the selection fills the view", lambda a, b: a <= begin and b >= end
                           and b - a < 1.3 * (end - begin))
        app.key("f")
        app.wait_for_range("everything", lambda a, b: (a, b) == (START, END))


class Slices(RecordingTest):
    """Where four workers hand a lock round: who woke whom is in the scene."""

    def setUp(self):
        super().setUp()
        self.app.move(*self.point("worker-1", 0.5))
        self.app.wheel(20, hold="ctrl")
        self.app.wait_for_range("single slices", lambda a, b: abs(b - a - 8.4 / 1.25 ** 20) < 1e-3)

    def choose(self):
        """Clicks along the lane of worker-1 until one of its waits is chosen."""
        for part in range(10, 90, 4):
            self.app.click_at(*self.point("worker-1", part / 100))
            if wait_for("a slice told", lambda: self.app.sees(r"^worker-1 · ")).count("lock wait"):
                self.app.wait_to_see(r"woken by worker-0 4243")
                return part / 100
        self.fail("worker-1 never waits")

    def test_click_tells_state_call_cpu_start_length_and_waker(self):
        self.choose()
        self.assertRegex(self.app.sees(r"^worker-1 · "), r"^worker-1 · lock wait · [\d.]+ ms$")
        facts = self.app.sees(r"woken by").split("\n")
        self.assertRegex(facts[0], r"^futex\(.*FUTEX_WAIT")
        self.assertRegex(facts[1], r"^on CPU 20 before, from [\d.\s]+ s$")
        self.assertRegex(facts[2], r"^woken by worker-0 4243, then [\d.]+ µs until it ran$")
        self.app.screenshot("slice")

    def test_keys_walk_along_the_thread_and_along_the_wakings(self):
        app = self.app
        self.choose()
        app.key("period")
        app.wait_to_see(r"^worker-1 · waiting for a CPU · ")
        app.key("period")
        app.wait_to_see(r"^worker-1 · running · ")
        app.key("comma", "comma")
        app.wait_to_see(r"^worker-1 · lock wait · ")
        app.key("bracketleft")
        app.wait_to_see(r"^worker-0 · running · ")
        app.key("bracketleft")
        app.wait_to_see(r"^worker-3 · running · ")
        app.key("bracketright")
        app.wait_to_see(r"^worker-0 · waiting for a CPU · ")
        app.key("bracketright")
        app.wait_to_see(r"^worker-1 · waiting for a CPU · ")
        app.key("Escape")
        app.wait_to_see(r"^Nothing selected")

    def test_double_click_zooms_to_the_slice_and_f_shows_all(self):
        app = self.app
        part = self.choose()
        length = float(re.search(r"([\d.]+) ms", app.sees(r"^worker-1 · ")).group(1)) / 1000
        app.click_at(*self.point("worker-1", part), repeat=2)
        app.wait_for_range("the slice and a tenth on either side",
                           lambda a, b: abs((b - a) / 1.2 - length) < 0.02 * length)
        app.key("f")
        app.wait_for_range("everything", lambda a, b: (a, b) == (START, END))

    def test_hover_tells_the_same_as_a_click(self):
        app = self.app
        part = self.choose()
        title, facts = app.sees(r"^worker-1 · "), app.sees(r"woken by")
        app.key("Escape")
        app.wait_to_see(r"^Nothing selected")
        x, y = self.point("worker-1", part)
        app.move(x, y + 40)
        app.move(x - 1, y)
        app.move(x, y)
        wait_for("a tooltip", lambda: [n for n in app.application.walk()
                                       if n.text == title + "\n" + facts])
        app.screenshot("hover")


class Finding(RecordingTest):
    def test_search_counts_and_enter_goes_there(self):
        app = self.app
        app.key("ctrl+f")
        app.type("cc1")
        wait_for("the others to go", lambda: not app.find_all("list item", r"^sshd, process"))
        app.wait_to_see(r"^2($|\D)")
        app.screenshot("search")
        app.key("Return")
        app.lane("cc1")
        wait_for("its lanes alone", lambda: len(app.lanes()) == 1)
        app.key("ctrl+f")
        app.type("no such program")
        app.wait_to_see(r"No process matches")
        app.key("Escape")
        app.find("list item", r"^sshd, process")

    def test_groups_collapse_to_a_summary_and_open_again(self):
        app = self.app
        app.click(app.find("list item", r"^process python3,"), (0.016, 0.5))
        wait_for("its threads to fold", lambda: not app.find_all("list item", r"^worker-1,"))
        app.find("list item", r"^process python3,")
        app.screenshot("collapsed")
        app.click(app.find("list item", r"^process python3,"), (0.016, 0.23))
        app.lane("worker-1")


if __name__ == "__main__":
    unittest.main()
