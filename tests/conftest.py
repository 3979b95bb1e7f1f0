"""What the tests share: a real bearward behind a real nginx, started the way `make run` starts it."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import httpx
import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILDS = {"plain": "", "sanitized": "build/sanitized/"}
PASSWORD = "correct horse battery staple"

# The cheapest hash there is: most tests are not about the cost of one.
FAST = {"insecure_hash_cost": "yes", "scrypt_log2_n": 10, "scrypt_r": 1, "scrypt_p": 1, "log_level": "debug"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(question, seconds=10):
    """Asks until the answer is true; returns the last answer."""
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


class Server:
    """One private instance in a directory of its own."""

    def __init__(self, build="plain", directory=None, environment=None, **settings):
        self.out = BUILDS[build]
        self.owns_directory = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="bearward-"))
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.environment = {
            **os.environ,
            "OUT": self.out,
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:exitcode=99",
            **(environment or {}),
        }
        self.conf = self.directory / "bearward.conf"
        if not self.conf.exists():
            self.write_settings(**settings)
        self.process = None

    def write_settings(self, **settings):
        lines = {"state_dir": "state", **FAST, **settings}
        self.conf.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))

    def start(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [TOP / "conf/run", self.directory, str(self.port)],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        banner = []
        while line := self.process.stdout.readline():
            banner.append(line)
            if "Authorization: Bearer" in line:
                self.banner = "".join(banner)
                self.first_pids = self.responder_pids()
                return self
        raise RuntimeError("did not start:\n" + "".join(banner))

    def stop(self):
        """Stops it as Ctrl-C does; nothing may be left running."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        self.process.stdout.close()
        self.process = None
        assert status == 0
        assert eventually(lambda: not self.all_pids()), "a process is left"

    def remove(self):
        if self.owns_directory:
            shutil.rmtree(self.directory)

    def all_pids(self):
        """Every process that works in or for this instance's directory."""
        mark = str(self.directory).encode()
        return [pid for pid, command, environment in processes() if mark in command or mark in environment]

    def responder_pids(self, name=""):
        """The responders of this instance: pid by pid."""
        found = {}
        for pid in children_of(self.process.pid):
            try:
                executable = os.readlink(f"/proc/{pid}/exe")
            except OSError:
                continue
            if executable.endswith(f"{name}.fcgi"):
                found[pid] = executable
        return found

    def socket(self, endpoint):
        return str(self.directory / "run" / f"{endpoint}.sock")

    def client(self, **options):
        # It is plain http; reading the system's certificates would take longer than most tests.
        # A connection a request: this httpx sends head and body apart, and on a kept connection
        # the kernels at both ends then wait 40 ms for one another (Nagle, delayed ACK).
        options.setdefault("limits", httpx.Limits(max_keepalive_connections=0))
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False, verify=False, **options)

    def log(self, name="bearward.log"):
        return (self.directory / "log" / name).read_text(errors="replace")

    def command(self, *arguments, stdin="", **options):
        """Runs the command `bearward` on this instance's settings."""
        return subprocess.run(
            [TOP / self.out / "bearward", *arguments], input=stdin, capture_output=True, text=True,
            env={**self.environment, "BEARWARD_CONF": str(self.conf)}, timeout=60, **options)

    @property
    def state(self):
        return self.directory / "state"

    @property
    def database(self):
        return self.state / "bearward.db"


def processes():
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = b""
            command = (entry / "cmdline").read_bytes()
            environment = b"\0".join(
                part for part in (entry / "environ").read_bytes().split(b"\0")
                if part.startswith(b"BEARWARD_CONF="))
        except OSError:
            pass
        if command:
            yield int(entry.name), command, environment


def children_of(pid):
    """All descendants."""
    found = []
    try:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *children_of(int(child))]
    except OSError:
        pass  # it has ended meanwhile
    return found


def check_health(server):
    """What must hold after any test: the same processes, and no sanitizer has spoken."""
    assert server.responder_pids() == server.first_pids, "a responder has died"
    check_sanitizers(server)


def check_sanitizers(server):
    for word in ("AddressSanitizer", "runtime error:", "LeakSanitizer"):
        assert word not in server.log()


def pytest_addoption(parser):
    parser.addoption("--build", action="append", choices=list(BUILDS), help="which builds to test; default: all")


def pytest_generate_tests(metafunc):
    if "build" in metafunc.fixturenames:
        metafunc.parametrize("build", metafunc.config.getoption("build") or list(BUILDS), scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """One build after the other: left to itself, pytest changes to and fro and starts the servers anew each time."""
    def position(item):
        build = item.callspec.params.get("build") if hasattr(item, "callspec") else None
        return list(BUILDS).index(build) if build else -1

    items.sort(key=position)


@contextlib.contextmanager
def running(build, **settings):
    """A server that several tests share; what they do must leave it whole."""
    server = Server(build, **settings).start()
    try:
        yield server
        check_health(server)
    finally:
        server.stop()
        server.remove()


@pytest.fixture(scope="session")
def server(build):
    """The default settings but for the cost of a hash; shared by all tests of a build."""
    with running(build) as server:
        yield server


@pytest.fixture(scope="session")
def rfc_server(build):
    with running(build, dialect="rfc") as server:
        yield server


def _starter(build):
    started = []

    def start(**options):
        started.append(Server(build, **options))
        return started[-1].start()

    yield start
    for server in started:
        server.stop()
        check_sanitizers(server)
        server.remove()


@pytest.fixture
def start_server(build):
    """A function that starts a server with settings of the test's own."""
    yield from _starter(build)


@pytest.fixture
def start_plain_server():
    """The same for what a sanitized build would not show better."""
    yield from _starter("plain")


@pytest.fixture
def client(server):
    with server.client() as client:
        yield client


@pytest.fixture
def rfc_client(rfc_server):
    with rfc_server.client() as client:
        yield client


_names = iter(range(1, 1_000_000))


@pytest.fixture
def new_name():
    """A function that gives a name nobody has taken yet."""
    return lambda: f"user{next(_names)}"


def register(client, username, password=PASSWORD):
    return client.post("/users/", json={"username": username, "password": password})


def sign_in(client, username, password=PASSWORD, **form):
    return client.post("/token", data={"username": username, "password": password, **form})


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def user(client, new_name):
    """A registered user of the shared server: its name."""
    name = new_name()
    assert register(client, name).status_code == 200
    return name


@pytest.fixture
def token(client, user):
    """An access token of that user."""
    return sign_in(client, user).json()["access_token"]
