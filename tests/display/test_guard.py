"""No trace is lost that nobody gave up: what asks, what is kept when the program ends,
what the next one offers. And what is recorded stands in the window."""

import os
import re
import signal
import sqlite3
import subprocess
import time
import unittest
from contextlib import closing

from desk import Atspi, DeskTest, OUT, count_events, scene_recording, wait_for

UNSAVED = os.path.join(os.environ["XDG_CACHE_HOME"], "weftscope", "unsaved")


def unsaved():
    """The folders of traces that are not saved, with what lies in them."""
    if not os.path.isdir(UNSAVED):
        return {}
    return {name: sorted(os.listdir(os.path.join(UNSAVED, name)))
            for name in sorted(os.listdir(UNSAVED))}


class GuardTest(DeskTest):
    def setUp(self):
        for name in unsaved():
            subprocess.run(["rm", "-rf", os.path.join(UNSAVED, name)], check=True)

    def record(self, app):
        app.key("ctrl+r")
        app.find("push button", "^Stop$", seconds=30)
        time.sleep(0.3)

    def make_trace(self):
        """A window with an unsaved trace, and its folder."""
        app = self.start()
        self.record(app)
        app.key("ctrl+r")
        app.wait_for_rest()
        (folder,) = unsaved()
        return app, folder

    def question(self, app, head="^Save the Recording"):
        return app.dialog(head)

    def answer(self, app, name):
        app.press(app.find("push button", "^%s$" % name, within=app.application))


class Asking(GuardTest):
    def test_recording_again_asks_and_goes_on_from_each_answer(self):
        app, first = self.make_trace()
        app.key("ctrl+r")
        self.question(app)
        app.screenshot("asked")
        app.key("Escape")
        app.gone("^Save the Recording")
        self.assertEqual(list(unsaved()), [first])
        app.key("ctrl+r")
        self.question(app)
        self.answer(app, "Discard")
        app.find("push button", "^Stop$", seconds=30)
        wait_for("the first one to go", lambda: first not in unsaved())
        (second,) = unsaved()
        app.key("ctrl+r")
        app.wait_for_rest()
        app.key("ctrl+r")
        self.question(app)
        self.answer(app, "Save…")
        path = os.path.join(OUT, "answered.weft")
        app.name_file(path)
        app.find("push button", "^Stop$", seconds=30)
        self.assertNotIn(second, unsaved())
        self.assertGreater(count_events(path), 0)
        self.assertEqual(len(unsaved()), 1, "what is recorded now")

    def test_opening_launching_and_the_demo_ask(self):
        app, folder = self.make_trace()
        for key in ("ctrl+o", "ctrl+l"):
            app.key(key)
            if key == "ctrl+o":
                app.name_file(scene_recording())
            else:
                app.dialog("^Launch a Program$")
                app.type("sleep 1")
                app.key("Return")
            self.question(app)
            app.key("Escape")
            app.gone("^Save the Recording")
            self.assertEqual(list(unsaved()), [folder])
        app.key("ctrl+o")
        app.name_file(scene_recording())
        self.question(app)
        self.answer(app, "Discard")
        app.find("list item", "^bash, process 2210")
        wait_for("the trace to go", lambda: unsaved() == {})

    def test_an_opening_that_fails_discards_nothing(self):
        app, folder = self.make_trace()
        letter = os.path.join(OUT, "letter.weft")
        with open(letter, "w") as file:
            file.write("Dear Anna,")
        app.key("ctrl+o")
        app.name_file(letter)
        self.question(app)
        self.answer(app, "Discard")
        app.wait_to_see("letter.weft")
        self.assertEqual(list(unsaved()), [folder])
        app.key("ctrl+w")
        self.question(app)  # the answer was for what did not happen

    def test_closing_while_recording_asks_and_saves(self):
        app = self.start()
        self.record(app)
        app.key("ctrl+w")
        self.question(app)
        self.assertTrue(app.sees("^It goes on while you decide", app.application))
        app.key("Escape")
        app.gone("^Save the Recording")
        self.assertTrue(app.find_all("push button", "^Stop$"), "it does not record any more")
        app.key("ctrl+q")
        self.question(app)
        self.answer(app, "Save…")
        path = os.path.join(OUT, "while-recording.weft")
        app.name_file(path)
        self.assertEqual(app.process.wait(20), 0)
        self.assertGreater(count_events(path), 0)
        self.assertEqual(unsaved(), {})

    def test_a_saving_that_fails_closes_nothing_and_says_why(self):
        app, folder = self.make_trace()
        place = os.path.join(OUT, "no-file")
        os.makedirs(os.path.join(place, "x.weft", "full"), exist_ok=True)
        app.key("ctrl+w")
        self.question(app)
        self.answer(app, "Save…")
        os.rename(place, place + "-gone")
        wait_for("the chooser", lambda: len(app.application.children()) > 1)
        app.name_file("/proc/x.weft")
        app.wait_to_see("x.weft”.*: ")
        app.screenshot("not-saved")
        self.assertIsNone(app.process.poll())
        self.assertEqual(list(unsaved()), [folder])
        app.key("ctrl+w")
        self.question(app)
        self.answer(app, "Discard")
        self.assertEqual(app.process.wait(15), 0)
        self.assertEqual(unsaved(), {})

    def test_a_name_tells_that_it_is_a_recording_and_nothing_else_is_replaced(self):
        app, _ = self.make_trace()
        program, recording = (os.path.join(OUT, name) for name in ("tool.py", "tool.py.weft"))
        for path in (program, recording):
            with open(path, "w") as file:
                file.write("dear to somebody")
        app.key("ctrl+s")
        app.name_file(os.path.join(OUT, "shot.png"))
        app.wait_to_see("“shot.png” would be a recording, .* Save it as shot.weft, then export it")
        app.screenshot("no-picture")
        app.key("ctrl+s")
        app.name_file(program)
        app.find(None, "^A file named “tool.py” already exists", app.application)
        app.key("Return")
        app.dialog("^Replace “tool.py.weft”")
        app.screenshot("replace")
        app.key("Escape")
        app.gone("^Replace")
        for path in (program, recording):
            with open(path) as file:
                self.assertEqual(file.read(), "dear to somebody")
        app.key("ctrl+s")
        app.name_file(os.path.join(OUT, "plain"))
        self.assertIn("plain.weft", app.wait_to_see("^Saved as ", 30))
        self.assertGreater(count_events(os.path.join(OUT, "plain.weft")), 0)
        self.assertFalse(os.path.exists(os.path.join(OUT, "plain")))

    def test_saving_tells_where_and_save_works_while_recording(self):
        app = self.start()
        self.record(app)
        app.key("ctrl+s")
        path = os.path.join(OUT, "told.weft")
        app.name_file(path)
        told = app.wait_to_see("^Saved as ", 30)
        self.assertIn("told.weft", told)
        app.screenshot("saved")
        self.assertTrue(app.sees("^told.weft$"), "not in the title")
        self.assertGreater(count_events(path), 0)
        app.key("ctrl+q")
        self.assertEqual(app.process.wait(15), 0)


class Ending(GuardTest):
    def test_signals_end_the_recording_cleanly_and_it_is_offered(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            app = self.start()
            self.record(app)
            app.process.send_signal(number)
            self.assertEqual(app.process.wait(20), 0, number)
        self.assertEqual(list(unsaved().values()), [["trace.weft"]] * 3)
        app = self.start()
        app.wait_to_see("^Not Saved Yet$")
        opens = wait_for("the rows", lambda: app.find_all(
            "push button", "^Open the recording of ", app.frame))
        self.assertEqual(len(opens), 3)
        app.screenshot("offered")
        app.resize(800, 600)
        app.screenshot("offered-small")
        app.press(app.find_all("push button", "^Discard the recording of ", app.frame)[0])
        app.dialog("^Discard the Recording")
        self.answer(app, "Discard")
        wait_for("one less", lambda: len(unsaved()) == 2)
        wait_for("its row to go", lambda: len(
            app.find_all("push button", "^Discard the recording of ", app.frame)) == 2)
        app.press(app.find_all("push button", "^Save the recording of ", app.frame)[0])
        path = os.path.join(OUT, "offered.weft")
        app.name_file(path)
        app.wait_to_see("^Saved as .*offered.weft")
        self.assertGreater(count_events(path), 0)
        app.press(app.find("push button", "^Open the recording of ", app.frame))
        app.find("push button", "^Record$")
        app.wait_to_see("^Not saved$")
        self.assertEqual(len(unsaved()), 1)
        app.key("ctrl+w")
        self.question(app)
        app.key("Escape")

    def test_a_killed_window_leaves_what_it_recorded(self):
        app = self.start()
        self.record(app)
        time.sleep(1.2)
        app.process.kill()
        app.process.wait()
        app.process.returncode = 0  # as it was meant
        (folder,) = unsaved()
        again = self.start()
        other = self.start()
        again.press(again.find("push button", "^Open the recording of ", again.frame))
        again.wait_to_see("^Not saved$")
        self.assertEqual(unsaved()[folder], ["trace.weft"], "the journal is not in the file")
        other.press(other.find("push button", "^Discard the recording of ", other.frame))
        other.dialog("^Discard the Recording")
        self.answer(other, "Discard")
        other.wait_to_see("another Weftscope has it open")
        self.assertIn(folder, unsaved())


class Nothing(GuardTest):
    """What has nothing in it is not asked about, and not offered."""

    def test_a_recording_that_could_keep_nothing_is_not_guarded(self):
        place = os.path.dirname(UNSAVED)
        os.makedirs(place, mode=0o700, exist_ok=True)
        # room for the tables, not for a chunk
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700,size=160k", "weft-test", place],
                       check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", place], check=True)
        app = self.start()
        app.key("ctrl+r")
        app.wait_to_see("^Nothing of the recording .* could be kept", 30)
        app.wait_for_rest()
        app.wait_to_see("^Nothing to save$")
        app.screenshot("nothing")
        wait_for("its folder to go", lambda: not unsaved())
        app.key("ctrl+shift+s")
        time.sleep(0.5)
        self.assertEqual(len(app.application.children()), 1, "asks where to save nothing")
        app.key("ctrl+w")
        self.assertEqual(app.process.wait(20), 0)

    def test_what_is_left_without_an_event_is_not_offered(self):
        app, folder = self.make_trace()
        app.process.terminate()
        app.process.wait(20)
        with closing(sqlite3.connect(os.path.join(UNSAVED, folder, "trace.weft"))) as file:
            file.execute("DELETE FROM chunks")
            file.commit()
        os.mkdir(os.path.join(UNSAVED, "2000-01-01-000000-0000ab"), 0o700)
        open(os.path.join(UNSAVED, "2000-01-01-000000-0000ab", "trace.weft"), "w").close()
        app = self.start()
        app.find("push button", "^Try the Demo$")
        wait_for("both to go", lambda: not unsaved())
        self.assertFalse(app.sees("^Not Saved Yet$"))


class Scope(GuardTest):
    def pick(self, app, item):
        app.move(5, 400)  # GTK takes no first click after a menu where the pointer rests
        app.click(self.title(app))
        time.sleep(1)
        app.screenshot("menu")
        app.click(app.find(None, item, seconds=10))

    def title(self, app):
        return app.find("push button", "^What is recorded: ")

    def only_this(self, app, name):
        """Through the menu of the tree's row."""
        app.click(app.tree_row(name), (0.3, 0.5), button=3)
        time.sleep(0.5)
        app.press(app.find(None, "^Trace Only This$"))

    def test_only_this_narrows_from_rest_says_so_and_is_widened_again(self):
        app = self.start()
        target, other = self.run_target("weft-target"), self.run_target("weft-other")
        self.assertTrue(app.sees("^Nothing Is Recorded$"))
        app.choose("weft-target")
        self.only_this(app, "weft-target")
        app.find("push button", "^Stop$", seconds=30)
        app.wait_to_see("^weft-target · %d" % target.pid)
        app.lane("weft-target", 30)
        app.choose("weft-other")
        app.wait_to_see("^This is not being recorded: .*weft-target")
        app.screenshot("bystander")
        app.press(app.find("push button", "^Record All$"))
        app.wait_to_see("^Whole machine$")
        wait_for("the line to go", lambda: not app.sees("^This is not being recorded"))
        app.key("ctrl+r")
        app.wait_for_rest()
        app.wait_to_see("^Whole machine, at times only weft-target · %d" % target.pid)
        app.choose("weft-other")
        app.key("Escape")
        app.click(app.lane("weft-other"), (0.5, 0.5))
        app.key("Escape", "f")
        app.wait_for_range("everything", lambda a, b: a == 0)
        app.click(app.lane("weft-other"), (0.25, 0.5))
        app.screenshot("not-recorded")
        app.wait_to_see("not recorded from .* to .*: only weft-target · %d" % target.pid)
        # and from here it asks, for this would be another trace
        self.only_this(app, "weft-other")
        self.question(app)
        self.answer(app, "Discard")
        app.find("push button", "^Stop$", seconds=30)
        app.wait_to_see("^weft-other · %d" % other.pid)
        self.assertEqual(len(unsaved()), 1)

    def test_the_keyboard_stays_in_the_tree_when_it_narrows(self):
        app = self.start()
        self.run_target("weft-target")
        app.choose("weft-target")
        app.key("Menu")
        app.find(None, "^Trace Only This$")
        time.sleep(0.5)
        app.key("Return")
        app.find("push button", "^Stop$", seconds=30)
        wait_for("the focus on the row", lambda: app.focused() is not None
                 and app.focused().name.startswith("weft-target, process"))

    def test_a_program_launched_in_a_narrowed_trace_is_recorded(self):
        app = self.start()
        self.run_target("weft-target")
        app.choose("weft-target")
        self.only_this(app, "weft-target")
        app.find("push button", "^Stop$", seconds=30)
        os.symlink("/bin/sh", os.path.join(OUT, "weft-sh"))
        app.key("ctrl+l")
        app.dialog("^Launch a Program$")
        app.type("%s/weft-sh -c 'sleep 0.1; sleep 0.1; sleep 5'" % OUT)
        app.key("Return")
        app.gone("^Launch a Program$")
        app.group("weft-sh", 30)
        wait_for("both in the title", lambda: app.sees("weft-target") and app.sees(
            "^weft-target · .*weft-sh|^weft-sh · .*weft-target"))
        time.sleep(1)
        self.assertIsNone(app.sees("^This is not being recorded"))

    def test_own_programs_are_never_called_the_whole_machine(self):
        app = self.start()
        self.pick(app, "^Only My Programs$")
        app.find("push button", "^Stop$", seconds=30)
        app.wait_to_see("^Own processes$")
        app.wait_to_see("^Your own programs are being recorded")
        self.assertIsNone(app.sees("Everything is being recorded"))
        # takes other rights: another trace, which it says
        self.pick(app, "^Whole Machine, in a New Recording$")
        self.question(app)
        self.answer(app, "Discard")
        app.wait_to_see("^Whole machine$", 30)
        app.wait_to_see("^Everything is being recorded")
        self.pick(app, "^Only My Programs, in a New Recording$")
        app.screenshot("anew")
        self.question(app)
        app.key("Escape")
        app.gone("^Save the Recording")
        self.pick(app, "^Whole Machine$")  # is what runs
        time.sleep(1)
        self.assertEqual(len(app.application.children()), 1, "asks")


class Facts(GuardTest):
    def test_a_live_trace_that_tells_all_has_no_facts(self):
        app = self.start()
        app.press(app.find("push button", "^Try the Demo$"))
        app.lane("worker-1", 30)
        time.sleep(2)
        self.assertIsNone(app.sees("^What is not told: "))

    def test_what_a_file_cannot_tell_is_behind_a_button(self):
        app = self.start(scene_recording("noted.weft", "--with-notes"))
        app.find("push button", "^Record$")
        button = app.find("push button", r"^What is not told: \d+$", seconds=20)
        app.click(button)
        app.wait_to_see("^Not on this machine: waiting for CPU quota \\(made up\\)")
        app.wait_to_see("^The kernel skipped a tracing program up to 77 times")
        self.assertIsNone(app.sees("left memory"))
        app.screenshot("facts")


    def test_the_list_is_left_alone_while_it_is_read(self):
        path = os.path.join(OUT, "weft-parent")
        if not os.path.exists(path):
            os.symlink("/bin/bash", path)
        child = subprocess.Popen([path, "-c", "while :; do sleep 0.15 & sleep 0.1; wait -n; done"])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        app = self.start()
        app.choose("weft-parent")
        app.key("Menu")  # rows move under a pointer while processes come and go
        app.press(app.find(None, "^Trace Only This$"))
        app.find("push button", "^Stop$", seconds=30)
        app.click(app.find("push button", r"^What is not told: \d+$", seconds=20))
        # the list's sentence: the page has one that begins the same, and counts the children on
        told = app.wait_to_see("^Only this is being recorded: weft-parent.* are dotted")
        (sentence,) = [node for node in app.frame.walk(into_lists=False) if node.text == told]
        app.screenshot("facts-read")
        time.sleep(3)
        self.assertEqual(sentence.text, told)
        self.assertEqual(Atspi.Text.get_n_selections(sentence.accessible), 0)
        # and GTK said nothing: the children came and went


class HungHelper(GuardTest):
    """The helper stands still; what it sent before is there, and the window can be left."""

    def hang(self):
        app = self.start()
        self.record(app)
        time.sleep(1)
        (tracer,) = subprocess.run(["pgrep", "-P", str(app.process.pid), "-x", "weftscope-trace"],
                                   capture_output=True, check=True, text=True).stdout.split()
        os.kill(int(tracer), signal.SIGSTOP)
        self.addCleanup(self.end, int(tracer))
        return app, int(tracer)

    def hang_and_see(self):
        """Until the window says so, which it does for as long as the helper stands still."""
        app, tracer = self.hang()
        app.wait_to_see("^The tracing helper does not answer")
        return app, tracer

    def end(self, pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def test_a_stop_ends_without_it_and_keeps_what_it_sent(self):
        app, _ = self.hang()
        app.key("ctrl+r")
        app.wait_for_rest()
        app.wait_to_see("^The tracing helper does not answer. What it sent before is kept")
        (folder,) = unsaved()
        self.assertEqual(unsaved()[folder], ["trace.weft"])
        self.assertGreater(count_events(os.path.join(UNSAVED, folder, "trace.weft")), 0)

    def test_a_person_need_not_wait_for_it(self):
        app, _ = self.hang_and_see()
        button = app.find("push button", "^End Without It$")
        app.screenshot("hung")
        self.assertTrue(app.find_all("push button", "^Stop$"), "it does not record any more")
        app.press(button)
        app.wait_for_rest()
        app.wait_to_see("^The tracing helper does not answer. What it sent before is kept")
        (folder,) = unsaved()
        self.assertGreater(count_events(os.path.join(UNSAVED, folder, "trace.weft")), 0)

    def test_one_that_answers_again_goes_on(self):
        app, tracer = self.hang_and_see()
        os.kill(tracer, signal.SIGCONT)
        wait_for("the word to go", lambda: not app.sees("^The tracing helper does not answer"))
        self.assertFalse(app.find_all("push button", "^End Without It$"))
        app.key("ctrl+r")
        app.wait_for_rest()
        self.assertIsNone(app.sees("does not answer"))

    def test_the_window_can_be_closed_without_it(self):
        for keys in (["ctrl+w"], ["ctrl+r", "ctrl+w"]):  # while it records, while it is stopped
            app, _ = self.hang_and_see()
            app.key(*keys)
            self.question(app)
            self.answer(app, "Discard")
            self.assertEqual(app.process.wait(20), 0)
            wait_for("it to go", lambda: not unsaved())


if __name__ == "__main__":
    unittest.main()
