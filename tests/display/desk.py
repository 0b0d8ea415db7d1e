"""A person at the desk: starts the program, sees it through the accessibility
tree, and acts with a real pointer and real keys.

In: the environment that `run` makes. Out: App, whose verbs are what a person
does, and whose questions are what a person sees."""

import json
import os
import re
import subprocess
import time
import unittest

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

PROGRAM = os.environ["WEFT_PROGRAM"]
OUT = os.environ["WEFT_OUT"]
# What lies left of the time axis: names and figures of lanes.
LANE_HEAD = 168
# Nothing else is allowed on the program's output. GTK 4.8 answers a question about
# a thing that is just going away with the last two of these; nobody but a test asks so fast.
HARMLESS = re.compile(r"^\s*$|^dbus-daemon|^SpiRegistry"
                      r"|CRITICAL.*g_variant_is_object_path: assertion 'string != NULL' failed"
                      r"|CRITICAL.*g_variant_new_object_path: assertion 'g_variant_is_object_path")


def wait_for(what, question, seconds=30):
    """Asks until the answer is true, ever more seldom; gives the answer."""
    end = time.monotonic() + seconds
    pause = 0.05
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("waited %g s for: %s" % (seconds, what))
        time.sleep(pause)
        pause = min(1.2 * pause, 0.3)


def xdotool(*words):
    return subprocess.run(["xdotool", *map(str, words)], check=True, text=True,
                          capture_output=True).stdout.strip()


def scene_recording(name="scene.weft", *options):
    """The invented scene as a file."""
    path = os.path.join(OUT, name)
    if os.path.exists(path):
        os.unlink(path)  # a recording is written over no file
    subprocess.run([os.environ["WEFT_SCENE"], path, *options], check=True)
    return path


def count_events(path):
    """By the command line; raises when it does not open."""
    return json.loads(subprocess.run([PROGRAM, "stat", path, "--json"], check=True, text=True,
                                     capture_output=True).stdout)["events"]


class Node:
    """One accessible thing. Gone ones answer as if they were nowhere."""

    def __init__(self, accessible):
        self.accessible = accessible

    def _ask(self, question, otherwise):
        try:
            return question(self.accessible)
        except Exception:  # the thing went away while we asked
            return otherwise

    @property
    def name(self):
        return self._ask(lambda a: a.get_name(), "") or ""

    @property
    def description(self):
        return self._ask(lambda a: a.get_description(), "") or ""

    @property
    def role(self):
        return self._ask(lambda a: a.get_role_name(), "")

    @property
    def text(self):
        """What is written in it: of an entry its contents, else its name."""
        def read(accessible):
            return Atspi.Text.get_text(accessible, 0, Atspi.Text.get_character_count(accessible))
        return self._ask(read, None) or self.name

    def has_state(self, state):
        return self._ask(lambda a: a.get_state_set().contains(state), False)

    @property
    def showing(self):
        """GTK tells `visible` truly, and gives what is not shown no size."""
        x, y, width, height = self.extents
        return self.has_state(Atspi.StateType.VISIBLE) and width > 0 and height > 0

    @property
    def extents(self):
        box = self._ask(lambda a: Atspi.Component.get_extents(a, Atspi.CoordType.WINDOW), None)
        return (box.x, box.y, box.width, box.height) if box else (0, 0, 0, 0)

    def children(self):
        def list_children(accessible):
            return [Node(accessible.get_child_at_index(i))
                    for i in range(accessible.get_child_count())]
        return [c for c in self._ask(list_children, []) if c.accessible is not None]

    def walk(self, into_lists=True):
        yield self
        if into_lists or self.role != "list":
            for child in self.children():
                yield from child.walk(into_lists)


class App:
    def __init__(self, *arguments, size=(1280, 800), environment=None):
        self.log_path = os.path.join(OUT, "output-%d.txt" % time.monotonic_ns())
        self.log = open(self.log_path, "w")
        self.landmarks = {}
        self.process = subprocess.Popen([PROGRAM, *arguments], stdout=self.log,
                                        stderr=subprocess.STDOUT,
                                        env={**os.environ, **(environment or {})})
        try:
            self.window = wait_for("a window", self._find_window, 60)
            self.resize(*size)
            self.frame = wait_for("the window in the accessibility tree", self._find_frame, 30)
            self._find_shadow()
        except BaseException:
            self.close()
            raise

    # --- the window

    def _find_window(self):
        if self.process.poll() is not None:
            raise AssertionError("the program ended: " + open(self.log_path).read())
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid",
                                str(self.process.pid)], capture_output=True, text=True)
        sizes = [(self._geometry(w)[2], w) for w in found.stdout.split()]
        return max(sizes)[1] if sizes and max(sizes)[0] > 300 else None

    def _geometry(self, window):
        text = subprocess.run(["xdotool", "getwindowgeometry", "--shell", window],
                              capture_output=True, text=True).stdout
        values = dict(line.split("=") for line in text.split() if "=" in line)
        return tuple(int(values.get(k, 0)) for k in ("X", "Y", "WIDTH", "HEIGHT"))

    def _find_frame(self):
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            app = desktop.get_child_at_index(i)
            if app is not None and app.get_process_id() == self.process.pid:
                for child in Node(app).children():
                    if child.role in ("frame", "window"):
                        self.application = Node(app)
                        return child
        return None

    def resize(self, width, height):
        xdotool("windowactivate", "--sync", self.window)
        xdotool("windowsize", self.window, width, height)
        xdotool("windowmove", self.window, 20, 20)
        wait_for("the window's size", lambda: self._shadowless_size() == (width, height), 5)

    def _shadowless_size(self):
        return self._geometry(self.window)[2:]

    def _find_shadow(self):
        """The X window holds the shadow too; what is accessible begins within it."""
        _, _, width, height = self._geometry(self.window)
        _, _, inner_width, inner_height = self.frame.extents
        self.shadow = ((width - inner_width) / 2, (height - inner_height) / 2)

    def screenshot(self, name):
        path = os.path.join(OUT, name + ".png")
        time.sleep(0.3)  # let the last frame reach the server
        subprocess.run(["import", "-window", self.window, path], check=True)
        return path

    # --- what a person sees

    def find_all(self, role=None, name=None, within=None, showing=True):
        return list(self._matches(role, name, within, showing))

    def _matches(self, role, name, within, showing):
        """role: a name of AT-SPI, or None; name: a regular expression, or None. The rows of
        lists are looked at only when they are what is wanted: a busy program answers slowly."""
        pattern = re.compile(name) if name is not None else None
        for node in (within or self.frame).walk(within is not None or role in (None, "list item")):
            if ((role is None or node.role == role)
                    and (pattern is None or pattern.search(node.name))
                    and (not showing or node.showing)):
                yield node

    def find(self, role=None, name=None, within=None, seconds=30, showing=True):
        what = "%s named %s" % (role or "something", name)
        return wait_for(what, lambda: next(self._matches(role, name, within, showing), None),
                        seconds)

    def sees(self, pattern, within=None):
        """Some text on screen that matches; None when there is none."""
        for node in (within or self.frame).walk(into_lists=False):
            if re.search(pattern, node.text) and node.showing:
                return node.text
        return None

    def tell(self):
        """All that is on screen, for whoever reads of a failure."""
        focused = self.focused()
        return "\n".join(["  keyboard: %s: %s" % (focused.role, focused.name)] + [
            "  %s: %s" % (node.role, node.text.replace("\n", " / "))
            for node in self.application.walk() if node.text and node.showing])

    def wait_to_see(self, pattern, seconds=30):
        return wait_for("text " + pattern, lambda: self.sees(pattern), seconds)

    def lanes(self):
        """The rows of threads in view, from top to bottom."""
        rows = self.find_all("list item", r"thread \d+, ", self.lane_list())
        return sorted(rows, key=lambda row: row.extents[1])

    def range_in_view(self):
        """Seconds from the start: the two ends of the time axis."""
        axis = self.landmark("image", r"^Time axis$")
        ends = re.match(r"(\S.*?) s to (.*?) s in view", axis.description)
        return tuple(float(re.sub(r"\s", "", end).replace("−", "-")) for end in ends.groups())

    def wait_for_range(self, what, question, seconds=8):
        """Until the range in view, told a moment later, answers the question."""
        return wait_for(what, lambda: question(*self.range_in_view()) and self.range_in_view(),
                        seconds)

    def time_at(self, x):
        """The time that is drawn at this place."""
        left, width = self.axis()
        begin, end = self.range_in_view()
        return begin + (end - begin) * (x - left) / width

    def axis(self):
        """Where time begins on screen, and how wide it is."""
        x, _, width, _ = self.landmark("image", r"^Time axis$").extents
        return x + LANE_HEAD, width - LANE_HEAD

    def dialog(self, name, seconds=30):
        """Another window of the program."""
        def look():
            for node in self.application.children():
                if re.search(name, node.name) and node.showing:
                    return node
            return None
        found = wait_for("a dialog " + name, look, seconds)
        wait_for("the dialog to get the keyboard",
                 lambda: xdotool("getactivewindow") != self.window, seconds)
        time.sleep(0.3)
        return found

    def gone(self, name, seconds=30):
        wait_for("dialog %s to go" % name, lambda: not any(
            re.search(name, node.name) for node in self.application.children()), seconds)

    def lane(self, name, seconds=30):
        return self.find("list item", r"^%s, thread \d+" % name, self.lane_list(), seconds)

    def group(self, name, seconds=30):
        """The row of a process above its threads."""
        return self.find("list item", r"^process %s, " % name, self.lane_list(), seconds)

    def tree_row(self, name, seconds=30):
        """A row of the tree."""
        return self.find("list item", r"^%s, process \d+" % name,
                         self.landmark("list", "^Processes$"), seconds)

    def lane_list(self):
        return self.landmark("list", "^Threads over time$")

    def landmark(self, role, name):
        """What stays where it is: looked for once, for a busy program answers slowly."""
        node = self.landmarks.get(name)
        if node is None or not re.search(name, node.name):
            node = self.landmarks[name] = self.find(role, name, seconds=30, showing=False)
        return node

    # --- what a person does

    def point_of(self, node, at=(0.5, 0.5)):
        x, y, width, height = node.extents
        return x + width * at[0], y + height * at[1]

    def move(self, x, y):
        xdotool("mousemove", "--window", self.window, round(x + self.shadow[0]),
                round(y + self.shadow[1]))

    def click(self, node, at=(0.5, 0.5), repeat=1, button=1):
        self.move(*self.point_of(node, at))
        time.sleep(0.05)
        xdotool("click", "--repeat", repeat, "--delay", 60, button)

    def click_at(self, x, y, repeat=1):
        self.move(x, y)
        time.sleep(0.05)
        xdotool("click", "--repeat", repeat, "--delay", 60, 1)
        time.sleep(0.3)  # the facts come a moment later

    def wait_for_rest(self, seconds=40):
        """Until nothing is recorded, stopped, opened or saved: every verb is taken again."""
        button = self.find("push button", "^(Record|Stop|Cancel)$")
        wait_for("the window to rest", lambda: button.name == "Record"
                 and button.has_state(Atspi.StateType.SENSITIVE), seconds)

    def press(self, node):
        """A button, through the accessibility tree: wherever it lies, and whatever lies above."""
        Atspi.Action.do_action(node.accessible, 0)

    def press_in(self, dialog, node, at=(0.5, 0.5)):
        """A click in another window of the program."""
        window, shadow = self._window_of(dialog)
        x, y = self.point_of(node, at)
        xdotool("mousemove", "--window", window, round(x + shadow[0]), round(y + shadow[1]))
        time.sleep(0.05)
        xdotool("click", 1)
        time.sleep(0.1)

    def _window_of(self, dialog):
        """The X window on top, and its shadow."""
        window = xdotool("getactivewindow")
        _, _, width, height = self._geometry(window)
        _, _, inner_width, inner_height = dialog.extents
        return window, ((width - inner_width) / 2, (height - inner_height) / 2)

    def name_file(self, path):
        """In the chooser for files that has just come."""
        wait_for("the file chooser", lambda: [n for n in self.application.walk()
                                              if n.name == "GtkFileChooserWidget" and n.showing])
        time.sleep(0.3)
        self.key("ctrl+a")
        self.type(path)
        self.key("Return")

    def drag(self, start, end, button=1, hold=None):
        if hold:
            xdotool("keydown", hold)
        self.move(*start)
        xdotool("mousedown", button)
        for step in range(1, 9):
            self.move(start[0] + (end[0] - start[0]) * step / 8,
                      start[1] + (end[1] - start[1]) * step / 8)
            time.sleep(0.02)
        xdotool("mouseup", button)
        if hold:
            xdotool("keyup", hold)

    def wheel(self, notches, hold=None):
        """Up when positive."""
        if hold:
            xdotool("keydown", hold)
        xdotool("click", "--repeat", abs(notches), "--delay", 30, 4 if notches > 0 else 5)
        if hold:
            xdotool("keyup", hold)

    def key(self, *keys):
        for key in keys:
            xdotool("key", "--clearmodifiers", key)
            time.sleep(0.05)

    def focused(self):
        """What has the keyboard."""
        for node in self.application.walk():
            if node.has_state(Atspi.StateType.FOCUSED) and node.showing:
                return node
        return Node(None)

    def tab_to(self, name, most=40):
        """Tab until the thing has the keyboard."""
        seen = []
        for _ in range(most):
            self.key("Tab")
            seen.append(self.focused().name)
            if re.search(name, seen[-1]):
                return
        raise AssertionError("Tab never comes to %s, but to %s" % (name, seen))

    def close_banner(self):
        """The one that tells root that root is not needed, when there is one."""
        for button in self.find_all("push button", "^Close this message$"):
            if button.extents[3] > 0 and self.sees("Weftscope runs as root"):
                self.click(button)
                wait_for("the banner to go", lambda: not self.sees("Weftscope runs as root"))

    def choose(self, name):
        """A process, by the search; its row."""
        self.key("ctrl+f", "ctrl+a")
        self.type(name)
        row = self.tree_row(name)
        self.key("Return")
        return row

    def type(self, text):
        xdotool("type", "--delay", 20, text)

    # --- the end

    def output(self):
        with open(self.log_path) as log:
            return [line for line in log.read().splitlines() if not HARMLESS.search(line)]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the program did not end when asked to")
        finally:
            self.log.close()


class DeskTest(unittest.TestCase):
    """A test with a window; fails when the program said anything, or fell over."""

    started = None

    def start(self, *arguments, **options):
        app = App(*arguments, **options)
        self.started = app
        self.addCleanup(self.finish, app)
        return app

    def _callTestMethod(self, method):
        try:
            super()._callTestMethod(method)
        except AssertionError as failure:
            if self.started is not None and self.started.process.poll() is None:
                failure.add_note("on screen then:\n" + self.started.tell())
            raise

    def run_target(self, name):
        """A program of that name, which does little for as long as the test runs."""
        path = os.path.join(OUT, name)
        if not os.path.exists(path):
            os.symlink(os.path.realpath("/usr/bin/python3"), path)
        child = subprocess.Popen([path, "-c", "import time\nwhile True: time.sleep(0.003)"])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def finish(self, app):
        fallen = app.process.poll()
        app.close()
        self.assertIn(fallen, (None, 0), "it fell over: %s" % app.log_path)
        self.assertEqual(app.output(), [])
