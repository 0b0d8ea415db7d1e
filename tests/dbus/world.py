"""The world of a test: a system bus of its own, polkit or not, the helper as the
bus starts it, and clients of any user."""
import json
import os
import pwd
import queue
import signal
import socket
import subprocess
import sys
import threading
import time

import wire

HERE = os.path.dirname(os.path.abspath(__file__))
SOCKET = "/run/dbus/system_bus_socket"


class Skip(Exception):
    pass


def wait_for(condition, what, timeout_s=10):
    """The first true value of @condition(); raises when there is none in time."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout_s} s in vain for {what}")
        time.sleep(0.01)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def status_of(pid):
    """/proc/PID/status as a dict."""
    with open(f"/proc/{pid}/status") as status:
        return dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)


def rss_kib(pid):
    return int(status_of(pid)["VmRSS"].split()[0])


def descriptors(pid):
    """What each descriptor of a process is."""
    folder = f"/proc/{pid}/fd"
    found = []
    for name in os.listdir(folder):
        try:
            found.append(os.readlink(f"{folder}/{name}"))
        except OSError:
            pass
    return found


def bpf_ids(pid):
    """("prog_id" or "map_id" or "link_id", number) of what a process holds."""
    ids = set()
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{name}") as info:
                for line in info:
                    key, _, value = line.partition(":")
                    if key in ("prog_id", "map_id", "link_id"):
                        ids.add((key, int(value)))
        except OSError:
            pass
    return ids


def bpf_exists(kind, number):
    kind = {"prog_id": "prog", "map_id": "map", "link_id": "link"}[kind]
    bpftool = "/usr/sbin/bpftool"
    return subprocess.run([bpftool, kind, "show", "id", str(number)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def answers():
    """Whether the bus takes connections; its socket is there a moment before it listens."""
    with socket.socket(socket.AF_UNIX) as end:
        return end.connect_ex(SOCKET) == 0


class Client:
    """client.py as a user; @tells queues what it says."""

    def __init__(self, user, inside=()):
        uid = pwd.getpwnam(user).pw_uid
        self.uid = uid
        self.process = subprocess.Popen(
            ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
             "--inh-caps=-all", *inside, "/usr/bin/python3", "-B", os.path.join(HERE, "client.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.heard = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.pid = self.expect("ready", 20)["ready"]

    def _listen(self):
        for line in self.process.stdout:
            self.heard.put(json.loads(line))

    def order(self, do, **arguments):
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()

    def hear(self, timeout_s=10):
        """The next thing it says, or None."""
        try:
            return self.heard.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def expect(self, key, timeout_s=10):
        said = self.hear(timeout_s)
        assert said is not None and key in said, f"expected {key!r}, heard {said}"
        return said

    def hear_of(self, key, timeout_s=10):
        """The next thing it says about @key; what else it says is passed over."""
        end = time.monotonic() + timeout_s
        while True:
            said = self.hear(max(0, end - time.monotonic()))
            assert said is not None, f"nothing was said of {key!r}"
            if key in said:
                return said[key]

    def ask(self, do, key, timeout_s=10, **arguments):
        self.order(do, **arguments)
        return self.expect(key, timeout_s)

    def open(self, number=1, options=None, interactive=False, timeout_s=20):
        """"opened", or the error's short name."""
        self.order("open", numbers=[number], options=options, interactive=interactive)
        said = self.hear(timeout_s)
        assert said is not None, "no answer to OpenSession"
        return "opened" if "opened" in said else said.get("name", str(said))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        try:
            self.process.stdin.close()
            self.process.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            self.kill()


class World:
    def __init__(self, build, work):
        self.build, self.work = build, work
        self.helper_path = f"{build}/bpf/weftscope-tracer"
        self.daemon = None
        self.clients = []
        self.processes = []

    # --- the bus ----------------------------------------------------------

    def _write_services(self, polkit, helper_arguments, service):
        services = f"{self.work}/services"
        os.makedirs(services, exist_ok=True)
        for name in os.listdir(services):
            os.unlink(f"{services}/{name}")
        with open(f"{self.build}/data/{wire.NAME}.service") as file:
            lines = [f"Exec={self.helper_path} {helper_arguments}" if line.startswith("Exec=")
                     else line.rstrip("\n") for line in file
                     if not line.startswith("SystemdService=")]
        if service:
            with open(f"{services}/{wire.NAME}.service", "w") as file:
                file.write("\n".join(lines) + "\n")
        if polkit:
            with open(f"{services}/org.freedesktop.PolicyKit1.service", "w") as file:
                file.write("[D-BUS Service]\nName=org.freedesktop.PolicyKit1\n"
                           "Exec=/usr/lib/polkit-1/polkitd --no-debug\nUser=root\n")

    def _write_config(self):
        with open("/usr/share/dbus-1/system.conf") as file:
            text = file.read()
        policies = "".join(part.split("</policy>")[0].join(["<policy", "</policy>\n"])
                           for part in text.split("<policy")[1:])
        path = f"{self.work}/bus.conf"
        with open(path, "w") as file:
            file.write(f"""<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={SOCKET}</listen><auth>EXTERNAL</auth>
<servicedir>{self.work}/services</servicedir>
{policies}
<include>/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf</include>
<include>{self.build}/data/{wire.NAME}.conf</include>
<limit name="max_connections_per_user">1024</limit>
</busconfig>
""")
        return path

    def start(self, polkit=True, helper_arguments="--idle-seconds 60", service=True):
        """@service: whether the bus can start the helper."""
        self._write_services(polkit, helper_arguments, service)
        if os.path.exists(SOCKET):
            os.unlink(SOCKET)
        self.daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self._write_config()}", "--nofork", "--nopidfile",
             "--nosyslog"], stderr=subprocess.DEVNULL)
        wait_for(answers, "the bus")

    def start_limited(self, limit):
        """Starts with a helper under a shell's @limit, without root's way round it."""
        wrapper, helper_path = f"{self.work}/limited", self.helper_path
        with open(f"{self.build}/data/weftscope-tracer.service") as file:
            user = next(line[5:].strip() for line in file if line.startswith("User="))
        with open(wrapper, "w") as file:
            file.write(f"""#!/bin/sh
{limit}
exec setpriv --reuid={user} --regid={user} --clear-groups --inh-caps=-all,+bpf,+perfmon \\
  --bounding-set=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon {helper_path} "$@"
""")
        os.chmod(wrapper, 0o755)
        self.helper_path = wrapper
        try:
            self.start()
        finally:
            self.helper_path = helper_path

    def stop(self):
        """Ends all that the test started."""
        for client in self.clients:
            client.close()
        for process in self.processes:
            process.kill()
            process.wait()
        self.clients, self.processes = [], []
        for name in (wire.NAME, "org.freedesktop.PolicyKit1"):
            pid = self.pid_of(name)
            if pid:
                self.kill(pid)
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait()
        self.daemon = None

    def restart(self, **arguments):
        self.stop()
        self.start(**arguments)

    @staticmethod
    def kill(pid, number=signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if number == signal.SIGKILL:
            wait_for(lambda: not is_alive(pid), f"the end of {pid}")

    def pid_of(self, name):
        """The process that owns a name now, or None."""
        try:
            return wire.process_of(wire.connect(), name)
        except (wire.RemoteError, wire.GLib.Error):
            return None

    def helper(self):
        """The helper's pid; starts it where it does not run."""
        bus = wire.connect()
        try:
            wire.call(bus, wire.NAME, wire.PATH, "org.freedesktop.DBus.Peer", "Ping")
        except wire.RemoteError as error:
            raise AssertionError(f"the helper does not start: {error}") from None
        return wire.process_of(bus)

    # --- who uses it ------------------------------------------------------

    def client(self, user, inside=()):
        """@inside: a program and its arguments that run it."""
        client = Client(user, inside)
        self.clients.append(client)
        return client

    def root_session(self, options=None):
        return wire.Session(wire.open_fd(wire.connect(), options))

    def root_raw(self, options=None):
        return wire.Raw(wire.open_fd(wire.connect(), options))

    def spawn(self, *argv, **arguments):
        process = subprocess.Popen(argv, **arguments)
        self.processes.append(process)
        return process


