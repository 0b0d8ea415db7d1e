"""How the window looks to different people: light, dark, high contrast, from right
to left, twice as dense, with large letters, small. Nothing may warn, and nothing
that takes the keyboard may be without a name. The screenshots are for eyes."""

import re
import subprocess
import unittest

from desk import Atspi, DeskTest, LANE_HEAD, scene_recording

# What GTK itself makes and names by its class.
UNNAMED = re.compile(r"^(Gtk|Adw)[A-Z]")
ALLOWED = {"GtkListItemWidget", "GtkColumnListView", "GtkPaned"}


class LooksTest(DeskTest):
    def show(self, name, size=(1280, 800), **environment):
        app = self.start(scene_recording(), size=size, environment=environment)
        app.key("ctrl+f")
        app.type("bash")
        app.find("list item", "^bash, process 2210")
        app.key("Return")
        app.lane("bash")
        app.key("ctrl+f", "Escape")
        self.assert_all_named(app)
        app.screenshot(name)
        return app

    def assert_all_named(self, app):
        for node in app.frame.walk():
            self.assertNotRegex(node.name, r"^_|^(.+) \1…?$", "a name is read twice")
            if node.has_state(Atspi.StateType.FOCUSABLE) and node.showing:
                self.assertFalse(UNNAMED.search(node.name) and node.name not in ALLOWED,
                                 "%s %s at %s" % (node.role, node.name, node.extents))

    def test_light_and_dark_large_and_small(self):
        for scheme in ("light", "dark"):
            for size in ((1280, 800), (800, 600)):
                name = "%s-%dx%d" % (scheme, *size)
                with self.subTest(name):
                    app = self.show(name, size, ADW_DEBUG_COLOR_SCHEME="prefer-" + scheme)
                    app.click(app.tree_row("python3"))
                    x, y = app.point_of(app.lane("worker-1"), (0.6, 0.5))
                    app.move(x, y)
                    app.wheel(18, hold="ctrl")
                    app.wait_for_range("slices", lambda a, b: b - a < 0.2)
                    app.click_at(x, y)
                    app.wait_to_see("^worker-1 · ")
                    app.screenshot(name + "-slice")

    def test_high_contrast(self):
        self.show("high-contrast", ADW_DEBUG_HIGH_CONTRAST="1")

    def test_from_right_to_left_time_still_goes_to_the_right(self):
        app = self.show("right-to-left", GTK_DEBUG="invert-text-dir")
        tree = app.landmark("list", "^Processes$").extents
        lanes = app.lane_list().extents
        self.assertGreater(tree[0], lanes[0])
        # what is clicked in the middle of the axis, which begins at the left, is its middle
        x, y, width, height = app.lane("make").extents
        app.click_at(x + (width - LANE_HEAD) * 0.7, y + height / 2)
        app.move(x + (width - LANE_HEAD) * 0.7, y + height / 2)
        app.wheel(12, hold="ctrl")
        begin, end = app.wait_for_range("a closer look", lambda a, b: b - a < 0.7)
        self.assertAlmostEqual(begin + (end - begin) * 0.7, 8.4 * 0.7, delta=8.4 / 200)
        app.screenshot("right-to-left-closer")

    def test_twice_as_dense(self):
        self.show("scale-2", size=(1500, 960), GDK_SCALE="2")

    def test_large_letters(self):
        subprocess.run(["xrdb", "-merge"], input="Xft.dpi: 144\n", text=True, check=True)
        self.addCleanup(subprocess.run, ["xrdb", "-remove"])
        self.show("large-letters")

    def test_tab_reaches_everything_that_has_a_name(self):
        app = self.show("tab")
        wanted = ["^Record$", "^Search processes$", "^Export$", "^Menu$", "^Search processes by name",
                  "^Sort by Process$", "^Sort by Age$", ", process ", "^process |, thread "]
        seen = []
        for _ in range(30):
            app.key("Tab")
            seen.append(app.focused().name)
        for name in wanted:
            self.assertTrue([s for s in seen if re.search(name, s)], "%s in %s" % (name, seen))


if __name__ == "__main__":
    unittest.main()
