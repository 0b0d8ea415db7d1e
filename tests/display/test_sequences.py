"""Whatever a person does, in whatever order, no trace is gone that they did not
discard, and nothing of theirs is changed. A made-up person records, stops, opens,
launches, closes, kills, saves and fills the disk at random; a model beside them
knows what must be there after each step.

WEFT_LONG=1 for 200 sequences, WEFT_SEED to see one again."""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from desk import DeskTest, PROGRAM, count_events, scene_recording, wait_for, xdotool

N_SEQUENCES = int(os.environ.get("WEFT_SEQUENCES", 200 if os.environ.get("WEFT_LONG") else 25))
STEPS = (2, 5)
DISK_BYTES = 24 << 20  # of the small disks


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class SmallDisk:
    """A disk that can be full."""

    def __init__(self, place, case):
        self.place = place
        os.makedirs(place)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700,size=%d" % DISK_BYTES, "weft-test",
                        place], check=True)
        case.addCleanup(subprocess.run, ["umount", "-l", place], check=True)

    def fill(self):
        with open(os.path.join(self.place, "filler"), "wb", buffering=0) as file:
            try:
                while file.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass

    def free(self):
        if os.path.exists(os.path.join(self.place, "filler")):
            os.unlink(os.path.join(self.place, "filler"))


class Person:
    """What they do, and what must be there by then."""

    def __init__(self, case, chance):
        self.case, self.chance = case, chance
        self.place = tempfile.mkdtemp(prefix="w", dir="/tmp")
        case.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.cache = SmallDisk(os.path.join(self.place, "c"), case)
        self.full = SmallDisk(os.path.join(self.place, "f"), case)
        self.full.fill()
        self.folder = os.path.join(self.cache.place, "weftscope", "unsaved")
        self.mine = os.path.join(self.place, "m.weft")
        shutil.copyfile(scene_recording(), self.mine)
        self.files = {self.mine: digest(self.mine)}
        self.names = 0
        self.saved = []      # paths of traces that they saved
        self.kept = set()    # folders of unsaved traces
        self.shown = None    # the one of these that the window has
        self.recording = False
        self.story = []
        self.app = None

    # --- looking

    def unsaved(self):
        return set(os.listdir(self.folder)) if os.path.isdir(self.folder) else set()

    def begin(self):
        self.app = self.case.start(size=(900, 640), environment={
            "XDG_CACHE_HOME": self.cache.place})
        self.button = self.app.find("push button", "^(Record|Stop|Cancel)$")
        self.shown, self.recording = None, False
        self.welcomed = True

    def settle(self, name, seconds=40):
        """Until the button of the header bar is that."""
        if name == "Record":
            self.app.wait_for_rest(seconds)
        else:
            wait_for("the button %s" % name, lambda: self.button.name == name, seconds)

    def window(self, pattern, seconds=30):
        return wait_for("a dialog %s" % pattern, lambda: next(
            (node for node in self.app.application.children()
             if re.search(pattern, node.name) and node.showing), None), seconds)

    def press(self, dialog, name):
        self.app.press(self.app.find("push button", name, dialog))

    def check(self):
        wait_for("unsaved traces to be %s, they are %s" % (sorted(self.kept), self.unsaved()),
                 lambda: self.unsaved() == self.kept, 10)
        for path, was in self.files.items():
            self.case.assertEqual(digest(path), was, path)
        for path in self.saved:
            self.case.assertTrue(os.path.getsize(path) > 0, path)

    def check_all_open(self):
        traces = self.saved + [os.path.join(self.folder, name, "trace.weft") for name in self.kept]
        for path in traces:
            told = subprocess.run([PROGRAM, "stat", path, "--json"], text=True,
                                  capture_output=True)
            self.case.assertEqual(told.returncode, 0, "%s: %s" % (path, told.stderr))
            json.loads(told.stdout)

    def press_key(self, key):
        """In the window itself: what was on top of it has gone."""
        wait_for("the window to have the keyboard",
                 lambda: xdotool("getactivewindow") == self.app.window)
        self.app.key(key)

    # --- answering

    def type_path(self, path):
        self.window(r"^(Save the Recording|Open a Recording)$")
        time.sleep(0.4)
        self.app.key("ctrl+a")
        xdotool("type", "--delay", 4, path)
        self.app.key("Return")

    def new_path(self):
        self.names += 1
        return os.path.join(self.place, "s%d.weft" % self.names)

    def was_saved(self, path):
        wait_for("the file %s" % path, lambda: os.path.exists(path), 20)
        wait_for("it to leave the unsaved ones", lambda: self.shown not in self.unsaved(), 20)
        self.saved.append(path)
        self.kept.discard(self.shown)
        self.shown = None

    def answer(self):
        """The guard asks: TRUE when what they wanted goes on."""
        dialog = self.window(r"^Save the Recording\?")
        choice = self.chance.choice(["cancel", "discard", "discard", "save", "save to a full disk"])
        self.story.append(choice)
        if choice == "cancel":
            self.press(dialog, "^Cancel$")
        elif choice == "discard":
            self.press(dialog, "^Discard$")
            return "discard"
        elif choice == "save":
            path = self.new_path()
            self.press(dialog, "^Save…$")
            self.type_path(path)
            self.was_saved(path)
            self.recording = False
            return "save"
        else:
            self.press(dialog, "^Save…$")
            self.type_path(os.path.join(self.full.place, "x.weft"))
            self.app.wait_to_see("^The recording cannot be saved as ", 30)
            self.recording = False
            self.settle("Record")
        return None

    def discarded(self):
        self.kept.discard(self.shown)
        self.shown, self.recording = None, False

    # --- doing

    def expect_start(self):
        """A new trace: it has a folder of its own."""
        before = set(self.kept)
        self.settle("Stop")
        wait_for("its folder", lambda: len(self.unsaved() - before) == 1)
        (self.shown,) = self.unsaved() - before
        self.kept.add(self.shown)
        self.recording, self.welcomed = True, False

    def guarded(self, then):
        """What comes after a verb that may have been asked about."""
        if self.shown is not None:
            answer = self.answer()
            if answer is None:
                return
            if answer == "discard":
                self.discarded()
        then()

    def record(self):
        self.press_key("ctrl+r")
        if self.recording:
            self.settle("Record")
            self.recording = False
        else:
            self.guarded(self.expect_start)

    def launch(self):
        self.press_key("ctrl+l")
        self.window("^Launch a Program$")
        time.sleep(0.2)
        xdotool("type", "--delay", 4, "sleep 0.2")
        self.app.key("Return")
        if not self.recording:
            self.guarded(self.expect_start)

    def open(self):
        self.press_key("ctrl+o")
        self.type_path(self.mine)
        self.guarded(self.expect_mine)

    def expect_mine(self):
        self.app.wait_to_see(r"^m\.weft$", 30)
        self.settle("Record")
        self.welcomed = False

    def save(self):
        if self.shown is None:
            return
        full = self.chance.random() < 0.4
        path = os.path.join(self.full.place, "x.weft") if full else self.new_path()
        self.press_key("ctrl+s")
        self.type_path(path)
        if full:
            self.app.wait_to_see("^The recording cannot be saved as ", 30)
        else:
            self.was_saved(path)
        self.recording = False
        self.settle("Record")

    def close(self):
        self.press_key("ctrl+w")
        if self.shown is not None:
            answer = self.answer()
            if answer is None:
                return
            if answer == "discard":
                self.discarded()
        self.case.assertEqual(self.app.process.wait(20), 0)
        self.begin()

    def count(self):
        """Events of the trace that is shown."""
        return count_events(os.path.join(self.folder, self.shown, "trace.weft"))

    def end(self, number):
        self.app.process.send_signal(number)
        self.app.process.wait(20)
        if self.recording and (self.shown not in self.unsaved() or self.count() == 0):
            self.discarded()  # in its first moments: the next window does not offer it
        if number == signal.SIGKILL:
            self.app.process.returncode = 0  # as it was meant
        self.case.assertEqual(self.app.process.returncode, 0)
        self.begin()

    def kill(self):
        self.end(signal.SIGKILL)

    def terminate(self):
        self.end(signal.SIGTERM)

    def fill_the_disk(self):
        self.cache.fill()
        if self.recording:
            self.settle("Record")  # it stops, and says so
            self.recording = False
            told = self.app.wait_to_see("what came before is kept|^Nothing of the recording")
            if told.startswith("Nothing"):
                self.discarded()  # there is nothing to ask about
            else:
                self.case.assertGreater(self.count(), 0, told)
        elif self.shown is None:
            self.press_key("ctrl+r")
            self.app.wait_to_see("(?i)cannot be (kept|written|made)|no space|disk")
            self.settle("Record")
        self.check()
        self.cache.free()

    def discard_an_old_one(self):
        if not self.welcomed:
            return
        old = self.app.find_all("push button", "^Discard the recording of ", self.app.frame)
        if not old:
            return
        self.app.press(self.chance.choice(old))
        self.press(self.window("^Discard the Recording"), "^Discard$")
        wait_for("it to go", lambda: len(self.unsaved()) == len(self.kept) - 1)
        self.kept = self.unsaved()  # whichever it was, one and no more

    def open_an_old_one(self):
        if not self.welcomed:
            return
        old = self.app.find_all("push button", "^Open the recording of ", self.app.frame)
        if len(old) != 1 or len(self.kept) != 1:
            return
        self.app.press(old[0])
        self.app.wait_to_see("^Not saved$", 30)
        (self.shown,) = self.kept
        self.welcomed = False

    VERBS = [record] * 6 + [launch, open, save, save, close, close, kill, terminate, fill_the_disk,
                            discard_an_old_one, open_an_old_one]

    def live(self):
        for _ in range(self.chance.randint(*STEPS)):
            verb = self.chance.choice(self.VERBS)
            self.story.append(verb.__name__)
            verb(self)
            self.check()


class Sequences(DeskTest):
    def test_no_trace_is_gone_that_was_not_discarded_and_no_file_is_changed(self):
        seed = int(os.environ.get("WEFT_SEED", time.time_ns() & 0xffffff))
        chance = random.Random(seed)
        person = Person(self, chance)
        person.begin()
        for number in range(N_SEQUENCES):
            before = person.story
            person.story = ["seed %d, sequence %d" % (seed, number)]
            try:
                person.live()
            except BaseException as error:
                person.app.screenshot("failed")
                raise AssertionError(" → ".join(before + person.story)) from error
            if chance.random() < 0.2:
                person.check_all_open()
        person.check_all_open()


if __name__ == "__main__":
    unittest.main()
