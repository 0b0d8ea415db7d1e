"""Taking the picture along: the export dialog, the clipboard, and the windows
that belong to the frame of every program. Files are read with other tools."""

import csv
import os
import struct
import subprocess
import time
import unittest

from gi.repository import Gio, GLib

from desk import DeskTest, OUT, scene_recording, wait_for

COLUMNS = ["Timestamp", "Event_Type", "PID", "PPID", "Command", "Parent_Command", "Child_Command",
           "Prev_PID", "Prev_Command", "Next_PID", "Next_Command"]


def png_size(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


class WindowTest(DeskTest):
    def setUp(self):
        self.app = self.start(scene_recording())
        self.app.click(self.app.find("list item", r"^bash, process 2210"))
        self.app.lane("worker-1")


class Export(WindowTest):
    def open_dialog(self):
        self.app.key("ctrl+e")
        return self.app.dialog("^Export$")

    def choose(self, dialog, row, steps):
        """Another line of a list of choices, by keys."""
        combo = self.app.find("combo box", "^%s$" % row, within=dialog)
        self.app.press_in(dialog, combo)
        wait_for("the choices", lambda: self.app.find_all(
            "list item", within=combo)[1:])
        time.sleep(0.2)
        self.app.key(*["Down"] * steps, "Return")
        time.sleep(0.3)

    def write(self, dialog, name):
        """Export…, a name, Enter; waits for the file to be whole."""
        path = os.path.join(OUT, name)
        self.app.press_in(dialog, self.app.find("push button", "Export…", within=dialog))
        self.app.name_file(path)
        wait_for("file " + name, lambda: os.path.exists(path) and os.path.getsize(path) > 0)
        wait_for("the export to end", lambda: len(self.app.application.children()) == 1)
        return path

    def test_png_has_the_wanted_size(self):
        dialog = self.open_dialog()
        self.app.screenshot("export-dialog")
        for field, value in (("Width in pixels", "900"), ("Scale", "3")):
            self.app.press_in(dialog, self.app.find("spin button", field, within=dialog),
                              at=(0.15, 0.5))
            self.app.key("ctrl+a")
            self.app.type(value + "\t")
        with open(self.write(dialog, "wanted.png"), "rb") as picture:
            self.assertEqual(png_size(picture.read())[0], 2700)

    def test_svg_and_pdf_hold_title_lanes_and_legend(self):
        for steps, name in ((1, "wanted.svg"), (2, "wanted.pdf")):
            dialog = self.open_dialog()
            self.choose(dialog, "Format", steps)
            path = self.write(dialog, name)
            if name.endswith("svg"):
                subprocess.run(["xmllint", "--noout", path], check=True)
                with open(path) as picture:
                    self.assertIn('width="2560', picture.read(400))
            else:
                with open(path, "rb") as picture:
                    self.assertEqual(picture.read(5), b"%PDF-")

    def test_csv_of_the_shown_processes_and_of_their_lives_only(self):
        dialog = self.open_dialog()
        self.choose(dialog, "Format", 3)
        with open(self.write(dialog, "all.csv"), newline="") as file:
            everything = list(csv.DictReader(file))
        self.assertEqual(list(everything[0])[:11], COLUMNS)
        kinds = {row["Event_Type"] for row in everything}
        self.assertEqual(kinds, {"FORK", "EXEC", "EXIT", "SWITCH", "WAKEUP", "LOST"})
        self.assertIn("902", {row["PID"] for row in everything})
        dialog = self.open_dialog()
        self.choose(dialog, "Format", 3)
        for row in ("Only the processes shown", "Switches and wake-ups too"):
            self.app.press_in(dialog, self.app.find("list item", row, within=dialog))
        with open(self.write(dialog, "lives.csv"), newline="") as file:
            lives = list(csv.DictReader(file))
        self.assertEqual([row["Event_Type"] for row in lives], ["FORK", "EXEC", "EXIT", "LOST"])
        self.assertEqual(lives[0]["Parent_Command"], "make")

    def test_the_clipboard_gets_the_picture_that_is_seen(self):
        self.app.key("ctrl+c")

        def paste():
            answer = subprocess.run(["xclip", "-selection", "clipboard", "-t", "image/png", "-o"],
                                    capture_output=True)
            return answer.stdout
        picture = wait_for("image/png in the clipboard", paste)
        self.assertEqual(png_size(picture)[0], self.app.axis()[1] + 168)

    def test_escape_closes_the_dialog_and_nothing_is_written(self):
        self.open_dialog()
        self.app.key("Escape")
        self.app.gone("^Export$")


def call(bus, name, path, method, arguments=None):
    interface, _, member = method.rpartition(".")
    return bus.call_sync(name, path, interface, member, arguments, None,
                         Gio.DBusCallFlags.NONE, 30000, None).unpack()[0]


def accessibility_bus():
    address = call(Gio.bus_get_sync(Gio.BusType.SESSION), "org.a11y.Bus", "/org/a11y/bus",
                   "org.a11y.Bus.GetAddress")
    return Gio.DBusConnection.new_for_address_sync(
        address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
        | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)


def name_of_process(bus, pid):
    daemon = ("org.freedesktop.DBus", "/org/freedesktop/DBus")
    for name in call(bus, *daemon, "org.freedesktop.DBus.ListNames"):
        if name.startswith(":") and pid == call(
                bus, *daemon, "org.freedesktop.DBus.GetConnectionUnixProcessID",
                GLib.Variant("(s)", (name,))):
            return name
    raise AssertionError("the program is not on the accessibility bus")


class Frame(WindowTest):
    def ask_for_window(self, number):
        """As a screen reader does whose list of windows is old."""
        bus = accessibility_bus()
        call(bus, name_of_process(bus, self.app.process.pid), "/org/a11y/atspi/accessible/root",
             "org.a11y.atspi.Accessible.GetChildAtIndex", GLib.Variant("(i)", (number,)))

    def test_who_asks_for_a_window_that_is_gone_gets_an_answer(self):
        app = self.app
        self.ask_for_window(9)
        app.key("ctrl+question")
        app.dialog("^Keyboard Shortcuts$")
        app.key("Escape")
        app.gone("^Keyboard Shortcuts$")
        self.ask_for_window(1)
        app.key("ctrl+e")
        dialog = app.dialog("^Export$")
        app.press_in(dialog, app.find("push button", "^Export", within=dialog))
        app.dialog("^Export$")
        app.key("Escape")
        app.gone("^Export$")
        self.ask_for_window(1)

    def test_shortcuts_and_about_open_and_close(self):
        app = self.app
        app.key("ctrl+question")
        overlay = app.dialog("^Keyboard Shortcuts$")
        for what in ("Record or stop", "Pause the picture", "Clear the selection"):
            app.find(name=what, within=overlay)
        app.key("Escape")
        app.gone("^Keyboard Shortcuts$")
        app.key("F10")
        app.find(name="About Weftscope")
        app.key("Up", "Return")
        about = app.dialog("About")
        app.find("label", "^Weftscope$", within=about)
        app.key("Escape")
        app.gone("About")


if __name__ == "__main__":
    unittest.main()
