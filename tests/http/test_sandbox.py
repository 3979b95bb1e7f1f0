"""What each pool of processes can still do once it has begun to serve, tried out inside of it."""

import contextlib
import os
import re
import socket
import subprocess

import fastcgi
import pytest

from conftest import PATIENCE, TOP, Server, eventually
from fastcgi import get_params
from jws import SECRET

pytestmark = pytest.mark.only_nginx("has no web server")

# Never, whoever it is.
FORBIDDEN = {
    "read /etc/passwd": "EACCES", "list /etc": "EACCES", "write to /tmp": "EACCES", "read a process's memory": "EACCES",
    "change a secret": "EACCES", "make a key": "EACCES", "change a public half": "EACCES",
    "make a public half": "EACCES", "make a private half": "EACCES", "make a file": "EACCES", "remove the database": "EACCES",
    "empty the database": "EPERM", "empty the database by openat2": "EPERM",
    "open the database to all": "EPERM", "make a directory": "EPERM",
    "make a process": "EPERM", "make a process by clone": "EPERM", "make a process by clone3": "ENOSYS",
    "open a socket to a host": "EPERM", "open a socket to a host by IPv6": "EPERM",
    "open a socket to the kernel": "EPERM", "open a unix socket": "EPERM",
    "be traced": "EPERM", "trace another": "EPERM", "read another's memory": "EPERM",
    "signal another": "EPERM", "signal all": "EPERM", "signal another's thread": "EPERM",
    "have another signalled": "EPERM", "have another's thread signalled": "EPERM", "choose that signal": "EPERM",
    "change account": "EPERM", "change group": "EPERM", "be dumped": "EPERM",
    "make memory executable": "EPERM", "map executable memory": "EPERM",
    "change the root": "EPERM", "mount": "EPERM", "unshare": "EPERM", "use io_uring": "EPERM",
    "load a program into the kernel": "EPERM", "call what is not known yet": "ENOSYS", "say that is all": "done",
}
DATABASE = ("read the database", "write the database", "write the log of the database", "write the index of the log")
NOTHING = {name: "EACCES" for name in (
    "read secrets", "read public halves", "read private halves", "list private halves", "write hash.slots", *DATABASE)}
READS = {"read the database": "done", "write the index of the log": "done"}
WRITES = {name: "done" for name in DATABASE}
PUBLISHES = {"read public halves": "done"}
CHECKS = {"read secrets": "done", **PUBLISHES}
SIGNS = {"read secrets": "done", "read private halves": "done", "list private halves": "done"}
HASHES = {"write hash.slots": "done"}

POOLS = {
    "token": ("token", {}, {**WRITES, **SIGNS, **HASHES}),
    "users": ("users", {}, {**WRITES, **HASHES}),
    "users for bearers": ("users", {"registration": "bearer"}, {**WRITES, **CHECKS, **HASHES}),
    "signin": ("signin", {}, {**WRITES, **HASHES}),
    "account": ("account", {}, {**WRITES, **CHECKS, **HASHES}),
    "me": ("me", {}, {**READS, **CHECKS}),
    "oauth": ("oauth", {}, {**WRITES, **CHECKS}),
    "meta": ("meta", {}, {**READS, **PUBLISHES}),
    "meta, counting": ("meta", {"metrics": "yes"}, {**READS, **PUBLISHES}),
    "meta for bearers": ("meta", {"metrics": "yes", "restricted_scopes": "metrics"}, {**READS, **CHECKS}),
    "verify, stateless": ("verify", {"verify": "stateless"}, CHECKS),
    "verify": ("verify", {}, {**READS, **CHECKS}),
}


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    library = tmp_path_factory.mktemp("probe") / "probe.so"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-pthread", "-o", library,
                    TOP / "tests/http/sandbox_probe.c"], check=True)
    return library


def on_postgresql(allowed):
    """Who needs the database, which is on this host, may connect to it; nobody may open a file of one, should it lie there."""
    others = {name: came for name, came in allowed.items() if name not in DATABASE}
    return others if others == allowed else {**others, "open a unix socket": "done"}


class Place:
    """A state directory, and responders on sockets of their own."""

    def __init__(self, directory):
        self.directory = directory
        self.log = directory / "log"
        self.process = None

    def prepare(self, **settings):
        server = Server("plain", self.directory, **settings)
        self.state, self.engine = server.state, server.engine
        self.environment = {**server.environment, "BEARWARD_CONF": str(server.conf)}
        assert server.command("init").returncode == 0

    def start(self, pool, group=-1, under=(), **environment):
        self.path = str(self.directory / f"{pool}.sock")
        with socket.socket(socket.AF_UNIX) as listening, open(self.log, "ab") as log:
            listening.bind(self.path)
            os.chown(self.path, -1, group)
            listening.listen(64)
            self.process = subprocess.Popen([*under, TOP / f"cgi-bin/{pool}.fcgi"], stdin=listening, stderr=log,
                                            pass_fds=[int(environment.get("PROBE_OUT", 2))],
                                            env={**self.environment, **environment})

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE)


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.stop()


def is_confined(place):
    assert eventually(lambda: "event=started" in place.log.read_text())
    return re.search(r"event=confined landlock=[1-9]\d* seccomp=yes", place.log.read_text())


def try_all(place, probe, pool):
    """What came of each attempt, by its name."""
    for name in ("bearward.db", "bearward.db-wal", "bearward.db-shm"):
        (place.state / name).touch(mode=0o600)
    (place.state / "keys/secret").write_text(SECRET)
    (place.state / "keys/secret").chmod(0o600)
    [key] = os.listdir(place.state / "signing")
    reading, writing = os.pipe()
    place.start(pool, LD_PRELOAD=str(probe), PROBE_STATE=str(place.state), PROBE_SECRET="secret",
                PROBE_KEY=key, PROBE_OUT=str(writing))
    os.close(writing)
    if not is_confined(place):
        pytest.skip("this kernel has no seccomp, or no Landlock")
    came = b""
    while b"say that is all" not in came and (piece := os.read(reading, 65536)):
        came += piece
    os.close(reading)
    return dict(line.split(": ") for line in came.decode().splitlines())


@pytest.mark.parametrize("pool, settings, allowed", POOLS.values(), ids=POOLS.keys())
def test_a_pool_can_do_what_it_is_there_for_and_nothing_else(place, probe, pool, settings, allowed):
    place.prepare(signing_alg="ES256", **settings)
    if place.engine == "postgresql":
        allowed = on_postgresql(allowed)

    assert try_all(place, probe, pool) == {**FORBIDDEN, **NOTHING, **allowed}

    assert fastcgi.ask(place.path, get_params()).status_code in (401, 404, 405)


def test_what_runs_a_program_ends_the_process_and_is_logged(place, probe):
    place.prepare()
    place.start("me", LD_PRELOAD=str(probe), PROBE_STATE=str(place.state), PROBE_EXEC="1")

    assert place.process.wait(PATIENCE) == 1

    assert 'error bearward-me event="ended, because something tried to run a program' in place.log.read_text()


@pytest.mark.parametrize("pool", ["token", "users", "me", "meta", "oauth", "verify"])
def test_a_confined_process_has_no_capabilities_and_gains_none(place, pool):
    place.prepare()
    place.start(pool)
    assert eventually(lambda: place.log.exists() and "event=started" in place.log.read_text())

    status = dict(line.split(":\t") for line in open(f"/proc/{place.process.pid}/status").read().splitlines())

    # Only root can take away what the programs that it starts might have.
    sets = ["CapInh", "CapPrm", "CapEff", "CapAmb", *(["CapBnd"] if os.geteuid() == 0 else [])]
    assert {name: int(status[name], 16) for name in sets} == dict.fromkeys(sets, 0)
    assert status["NoNewPrivs"].strip() == "1"


def no_new_privileges(pid):
    [line] = [line for line in open(f"/proc/{pid}/status") if line.startswith("NoNewPrivs:")]
    return line


def test_the_sandbox_can_be_switched_off_and_that_is_logged(place):
    place.prepare(sandbox="no")
    place.start("me")
    assert eventually(lambda: "event=started" in place.log.read_text())

    assert 'event="not confined" reason="sandbox = no"' in place.log.read_text()
    assert no_new_privileges(place.process.pid) == no_new_privileges("self")


@contextlib.contextmanager
def syslog_at(path):
    """The socket of a syslog, which ends as one does that is stopped."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(path))
        syslog.settimeout(PATIENCE)
        yield syslog
    path.unlink()


def receives(syslog, words):
    while words not in syslog.recv(4096).decode():
        pass
    return True


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount another /dev")
def test_a_confined_process_finds_a_syslog_that_was_started_anew(place):
    path = place.directory / "syslog"
    script = "mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && ln -s $1 /dev/log && shift && exec \"$@\""
    under = ["unshare", "--mount", "sh", "-c", script, "sh", path]
    if subprocess.run([*under, "true"], capture_output=True).returncode != 0:
        pytest.skip("no /dev of its own is to be had here")
    place.prepare(log="syslog")
    with syslog_at(path) as first:
        place.start("me", under=under)
        assert receives(first, "event=confined")
        assert receives(first, "event=started")

    with syslog_at(path) as second, fastcgi.Connection(place.path) as connection:
        connection.send(b"GET / HTTP/1.1\r\n\r\n")

        assert receives(second, "refused a malformed request")
