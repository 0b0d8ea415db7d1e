"""Where the keyboard is after a verb: on a thing that has a name, never on what only holds
others, which is where GTK puts it when what had it goes."""

import re
import time
import unittest

from desk import DeskTest, scene_recording, wait_for


class Focus(DeskTest):
    def assert_keyboard(self, app, role, name):
        """That it is there, and stays."""
        wait_for("the keyboard on %s" % name, lambda: self.has_keyboard(app, role, name))
        time.sleep(0.5)
        # while rows come and go a question may meet none of them
        wait_for("the keyboard still on %s" % name, lambda: self.has_keyboard(app, role, name), 5)

    def has_keyboard(self, app, role, name):
        focused = app.focused()
        return role in (None, focused.role) and re.search(name, focused.name) is not None

    def only_this(self, app):
        app.key("Menu")
        app.find(None, "^Trace Only This$")
        time.sleep(0.5)
        app.key("Return")

    def press(self, app, name):
        app.tab_to(name, 60)
        app.key("Return")

    def test_the_first_page_goes_and_leaves_it_in_the_tree(self):
        app = self.start()
        self.press(app, "^Record$")
        app.find("push button", "^Stop$", seconds=30)
        self.assert_keyboard(app, "list item", ", process ")
        app.key("ctrl+r")
        app.wait_for_rest()
        self.assert_keyboard(app, "list item", ", process ")

    def test_what_is_launched_has_it(self):
        app = self.start()
        self.press(app, "^Launch a Program")
        app.dialog("^Launch a Program$")
        app.type("sleep 9")
        app.key("Return")
        app.find("push button", "^Stop$", seconds=30)
        self.assert_keyboard(app, "list item", "^sleep, process |^process sleep, ")

    def test_what_is_opened_has_it(self):
        app = self.start()
        self.press(app, "^Open a Recording")
        app.name_file(scene_recording())
        app.find("list item", "^bash, process 2210")
        self.assert_keyboard(app, "list item", "^process python3, ")

    def test_a_button_that_goes_gives_it_to_the_lanes(self):
        app = self.start()
        self.press(app, "^Try the Demo$")
        app.lane("worker-1", 30)
        self.press(app, "follow")
        self.assert_keyboard(app, "push button", "following")
        app.key("ctrl+r")
        app.wait_for_rest()
        self.assert_keyboard(app, "list item", "^process |, thread ")

    def test_trace_only_this_leaves_it_on_the_row(self):
        app = self.start()
        self.run_target("weft-target")
        app.choose("weft-target")
        self.only_this(app)
        app.find("push button", "^Stop$", seconds=30)
        self.assert_keyboard(app, "list item", "^weft-target, process ")
        self.only_this(app)  # again, while it runs
        self.assert_keyboard(app, "list item", "^weft-target, process ")
        app.key("Menu")
        app.find(None, "^Trace Only This$")
        app.key("Escape")  # nothing at all
        self.assert_keyboard(app, "list item", "^weft-target, process ")
        app.key("ctrl+r")
        app.wait_for_rest()
        self.only_this(app)
        app.dialog("^Save the Recording")
        app.press(app.find("push button", "^Discard$", within=app.application))
        app.find("push button", "^Stop$", seconds=30)
        self.assert_keyboard(app, "list item", "^weft-target, process ")

    def test_record_all_gives_it_to_what_is_chosen(self):
        app = self.start()
        self.run_target("weft-target")
        self.run_target("weft-other")
        app.choose("weft-target")
        self.only_this(app)
        app.find("push button", "^Stop$", seconds=30)
        app.choose("weft-other")
        app.wait_to_see("^This is not being recorded: .*weft-target")
        self.press(app, "^Record All$")
        # its lanes, or when these are not there yet its row
        self.assert_keyboard(app, "list item", "^process |, thread |^weft-other, process ")

    def test_the_handle_of_a_pane_can_have_it(self):
        app = self.start(scene_recording())
        app.find("list item", "^bash, process 2210")
        app.key("F8")
        self.assert_keyboard(app, None, "^Between ")


if __name__ == "__main__":
    unittest.main()
