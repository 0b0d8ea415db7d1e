"""Marks that a person sets with M: where they are, that they stay in the file, that
M takes them away again."""

import os
import re
import shutil
import sqlite3
import subprocess
import unittest

from desk import DeskTest, OUT, PROGRAM, scene_recording, wait_for

ACCENT = "#3584e4"


class MarksTest(DeskTest):
    def setUp(self):
        self.path = os.path.join(OUT, self.id().split(".")[-1] + ".weft")
        shutil.copyfile(scene_recording(), self.path)
        self.open()

    def open(self):
        self.app = self.start(self.path)
        self.app.click(self.app.tree_row("python3"))
        self.app.click(self.app.lane("worker-1"), (0.9, 0.5))

    def point(self, part):
        left, width = self.app.axis()
        _, y, _, height = self.app.lane("worker-2").extents
        return left + width * part, y + height / 2

    def press_m_at(self, part):
        x, y = self.point(part)
        self.app.move(x, y)
        self.app.move(x + 1, y)
        time = self.app.time_at(x + 1)
        self.app.key("m")
        return time

    def marks(self):
        """Number → seconds, as the window tells them."""
        text = self.app.landmark("image", "^Time axis$").description
        return {int(number): float(re.sub(r"\s", "", time)) for number, time in
                re.findall(r", mark (\d+) · ([\d.\s]+) s", text)}

    def wait_for_marks(self, *numbers):
        wait_for("marks %s" % (numbers,), lambda: sorted(self.marks()) == list(numbers), 8)
        return self.marks()

    def rows(self):
        with sqlite3.connect("file:%s?mode=ro" % self.path, uri=True) as file:
            return [text for text, in file.execute(
                "SELECT text FROM marks WHERE kind = 'user' ORDER BY time_ns")]

    def accent_pixels(self):
        picture = self.path + ".png"
        subprocess.run([PROGRAM, "export", self.path, "-o", picture, "--width", "1000"],
                       check=True, stdout=subprocess.DEVNULL)
        count = subprocess.run(["convert", picture, "-fill", "black", "+opaque", ACCENT, "-fill",
                                "white", "-opaque", ACCENT, "-format", "%[fx:round(mean*w*h)]",
                                "info:"], check=True, capture_output=True, text=True)
        return int(count.stdout)

    def test_a_mark_is_where_the_pointer_is_and_m_removes_it(self):
        app = self.app
        pixel = 8.4 / app.axis()[1]
        first, second = self.press_m_at(0.2), self.press_m_at(0.6)
        marks = self.wait_for_marks(1, 2)
        self.assertAlmostEqual(marks[1], first, delta=2 * pixel)
        self.assertAlmostEqual(marks[2], second, delta=2 * pixel)
        app.screenshot("two-marks")
        self.press_m_at(0.2)
        self.wait_for_marks(2)
        self.press_m_at(0.8)  # a number is not given twice
        self.wait_for_marks(2, 3)

    def save(self):
        self.app.key("ctrl+s")

    def test_marks_are_written_by_save_and_shown_again(self):
        self.assertEqual(self.rows(), [])
        with open(self.path, "rb") as file:
            as_it_was = file.read()
        plain = self.accent_pixels()
        self.press_m_at(0.3)
        self.press_m_at(0.5)
        before = self.wait_for_marks(1, 2)
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(), as_it_was, "M alone wrote into the file")
        self.save()
        wait_for("rows of the table", lambda: len(self.rows()) == 2)
        self.app.wait_to_see("^Saved as ")
        self.assertRegex(self.rows()[0], r"^1 · ")
        wait_for("nothing beside the file", lambda: not [
            name for name in os.listdir(OUT) if name.startswith(os.path.basename(self.path) + "-")])
        self.assertGreater(self.accent_pixels(), plain + 200, "not in the picture")
        self.open()
        self.assertEqual(self.wait_for_marks(1, 2), before)
        self.app.screenshot("opened-again")
        self.press_m_at(0.3)
        self.press_m_at(0.5)
        self.wait_for_marks()
        self.save()
        wait_for("no rows", lambda: self.rows() == [])

    def test_closing_asks_about_marks_and_discards_them_only_when_told(self):
        self.press_m_at(0.4)
        self.wait_for_marks(1)
        self.app.key("ctrl+w")
        self.app.dialog("^Save the Marks in “")
        self.app.screenshot("asked")
        self.app.key("Escape")
        self.app.gone("^Save the Marks")
        self.wait_for_marks(1)
        self.app.key("ctrl+w")
        self.app.dialog("^Save the Marks in “")
        self.app.press(self.app.find("push button", "^Discard$", within=self.app.application))
        self.assertEqual(self.app.process.wait(15), 0)
        self.assertEqual(self.rows(), [])

    def test_where_the_file_cannot_be_written_it_is_said(self):
        folder = os.path.join(OUT, "gone")
        os.mkdir(folder)
        shutil.move(self.path, folder)  # what is open stays readable
        self.press_m_at(0.4)
        self.wait_for_marks(1)
        self.save()
        self.app.wait_to_see("^The marks are shown, but cannot be kept in “")
        self.wait_for_marks(1)


if __name__ == "__main__":
    unittest.main()
