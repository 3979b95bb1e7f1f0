"""A Debian with a real systemd as process 1, in a container, for what an installed bearward does on a host.

A root is made once below build/box/, and only read. Each box is a copy of it that is thrown away: what it changes is kept in
memory, in a mount namespace that ends with it. It has a network of its own: a loopback, and nothing else.

    with Box() as box:
        box.put(TOP / "INSTALL", "/root/")
        assert box.succeed("systemctl", "is-active", "dbus.socket") == "active\\n"
"""

import contextlib
import ctypes
import fcntl
import hashlib
import inspect
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from server import PATIENCE, TOP, children_of, eventually

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can boot a system of its own")

# One lane of pytest-xdist runs all tests of such systems, one after the other.
MARKS = [only_root, pytest.mark.self_contained, pytest.mark.xdist_group("box"), pytest.mark.slow]

ROOTS = TOP / "build/box"
ENVIRONMENT = {"HOME": "/root", "LC_ALL": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "TERM": "dumb"}

# What every root has, besides what our programs are linked to: tests on the same suite share one.
PACKAGES = ("dbus", "make", "nginx-light", "spawn-fcgi", "systemd", "systemd-sysv")


# -- The root ------------------------------------------------------------------------------


def host_suite():
    """The Debian that this machine has."""
    return re.search(r"^VERSION_CODENAME=(\w+)$", pathlib.Path("/etc/os-release").read_text(), re.MULTILINE)[1]


def libraries():
    """The packages of the libraries that our programs are linked to, as this machine has them."""
    programs = [TOP / "bearward", *TOP.glob("cgi-bin/*.fcgi"), *TOP.glob("bearward-postgresql.so")]
    paths = re.findall(r"=> (/\S+)", subprocess.run(["ldd", *programs], capture_output=True, text=True, check=True).stdout)
    # dpkg knows a file by the name that its package gave it, /usr or not.
    names = {other for path in paths for other in (path, f"/usr{path}", path.removeprefix("/usr"))}
    found = subprocess.run(["dpkg", "-S", *sorted(names)], capture_output=True, text=True).stdout
    return set(re.findall(r"^([^:\s]+)(?::\w+)?: ", found, re.MULTILINE))


def sources(suite):
    """From where this machine installs; nothing where that is no Debian, whose mirrors mmdebstrap knows."""
    said = subprocess.run(["apt-get", "indextargets", "--format", "deb $(SITE) $(CODENAME) $(COMPONENT)",
                           "Created-By: Packages", "Origin: Debian"], capture_output=True, text=True, check=True).stdout
    return "".join(re.sub(rf" {host_suite()}\b", f" {suite}", line) + "\n" for line in sorted(set(said.splitlines())))


def settings_of_apt():
    """How this machine fetches."""
    said = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    return re.findall(r'^Acquire::.* "..*";$', said, re.MULTILINE)


def make_root(directory, suite, packages):
    """Takes some half a minute, and a quarter of a gigabyte."""
    new = directory.with_name(f"{directory.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}",
         *(f"--aptopt={line}" for line in settings_of_apt()),
         # What would begin by itself.
         '--customize-hook=rm "$1"/etc/systemd/system/*.wants/nginx.service "$1"/etc/systemd/system/timers.target.wants/apt-*',
         suite, new], input=sources(suite), text=True, check=True)
    new.rename(directory)


def root_of(suite, packages):
    """A root with these packages; made, when there is none."""
    key = hashlib.sha256(" ".join([inspect.getsource(make_root), *packages]).encode()).hexdigest()[:16]
    directory = ROOTS / f"{suite}-{key}"
    ROOTS.mkdir(parents=True, exist_ok=True)
    with open(ROOTS / f"{suite}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not directory.exists():
            make_root(directory, suite, packages)
    return directory


# -- A copy of it --------------------------------------------------------------------------

# Nothing of it is seen outside. Each box needs a control group of its own: systemd-nspawn takes the one that it is in. It
# ends with 133 when the system boots again.
BOOT = """
set -e
root=$0 live=$1 group=$2
echo $$ >"$group/cgroup.procs"
mount -t tmpfs -o mode=0755 box /run
mount -t tmpfs -o mode=0755 box "$live"
mkdir "$live/upper" "$live/work" "$live/root"
mount -t overlay -o "lowerdir=$root,upperdir=$live/upper,workdir=$live/work" box "$live/root"
status=133
while [ "$status" = 133 ]; do
	status=0
	systemd-nspawn --quiet --register=no --keep-unit --private-network --resolv-conf=off \
	    --timezone=off --link-journal=no --machine=box --directory="$live/root" --boot || status=$?
done
exit "$status"
"""
CLONE_NEWNET = 0x40000000       # <sched.h>


def own_group(name):
    """A control group below that of this process, where systemd of today finds what it needs."""
    mounted = re.search(r"^\d+ \d+ \S+ / (\S+) .* - cgroup2 ", pathlib.Path("/proc/self/mountinfo").read_text(), re.MULTILINE)[1]
    own = re.search(r"^0::(/.*)$", pathlib.Path("/proc/self/cgroup").read_text(), re.MULTILINE)[1]
    return pathlib.Path(mounted, own[1:], name)


class Box:
    """Boots when it is entered, and is gone when it is left; `packages` are added to those that every box has."""

    def __init__(self, suite=None, packages=()):
        self.suite = suite or host_suite()
        has_own_libraries = self.suite == host_suite()
        self.packages = sorted({*PACKAGES, *packages, *(libraries() if has_own_libraries else ())})
        self.host = None

    def __enter__(self):
        self.up(root_of(self.suite, self.packages))
        return self

    def __exit__(self, *_):
        self.down()

    # -- From boot to end

    def up(self, root):
        self.live = pathlib.Path(tempfile.mkdtemp(prefix="bearward-box-"))
        self.group = own_group(self.live.name)
        self.group.mkdir()
        self.console = self.live.with_name(f"{self.live.name}.console")
        # Whatever ends the tests ends the box: it has a process namespace that ends with its first process.
        with open(self.console, "w") as console:
            self.host = subprocess.Popen(
                ["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child",
                 "sh", "-c", BOOT, root, self.live, self.group],
                env={**ENVIRONMENT, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}, stdin=subprocess.DEVNULL, stdout=console,
                stderr=console, start_new_session=True)
        self.wait_for_boot()

    def wait_for_boot(self):
        eventually(lambda: self.host.poll() is not None or self.has_booted(), 2 * PATIENCE)
        if self.host.poll() is not None or not self.has_booted():
            raise RuntimeError(f"does not boot:\n{self.console.read_text(errors='replace')[-4000:]}")

    def has_booted(self):
        return self.leader() is not None and self.run("systemctl", "is-system-running").stdout in ("running\n", "degraded\n")

    def reboot(self):
        before = self.leader()
        self.run("systemctl", "reboot")
        assert eventually(lambda: self.leader() not in (before, None))
        self.wait_for_boot()

    def down(self):
        if self.host is None:
            return
        self.host.send_signal(signal.SIGKILL)
        self.host.wait()
        eventually(self.forget_group)
        self.live.rmdir()
        self.console.unlink()
        self.host = None

    def forget_group(self):
        """Once the last process has left it."""
        try:
            for path in sorted(self.group.rglob("*/"), reverse=True) + [self.group]:
                path.rmdir()
        except OSError:
            return False
        return True

    # -- What is done in it

    def leader(self):
        """Process 1, by its number out here."""
        for pid in children_of(self.host.pid):
            with contextlib.suppress(OSError):
                if pathlib.Path(f"/proc/{pid}/comm").read_text() == "systemd\n":
                    return pid
        return None

    def run(self, *command, **options):
        """Runs a command as root; gives its status, and what it has said."""
        return subprocess.run(
            ["nsenter", "-t", str(self.leader()), "-m", "-u", "-i", "-n", "-p", "-C", "--", *map(str, command)],
            **{"env": ENVIRONMENT, "capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "timeout": 2 * PATIENCE,
               **options})

    def succeed(self, *command, **options):
        """What a command says that must succeed."""
        done = self.run(*command, **options)
        assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def path(self, name):
        """Where a file of the box lies for those out here, as long as it does not boot again."""
        return pathlib.Path(f"/proc/{self.leader()}/root", name.lstrip("/"))

    def put(self, source, destination):
        """Copies a file or a directory into it, as cp(1) names things."""
        subprocess.run(["cp", "-a", "--no-preserve=ownership", source, f"{self.path('/')}/{destination}"], check=True)

    def enter_network(self):
        """From now on what this thread connects to is on the loopback of the box; meant for a thread of the test's own."""
        with open(f"/proc/{self.leader()}/ns/net") as network:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(network.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
