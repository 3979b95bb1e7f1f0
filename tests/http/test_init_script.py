"""conf/bearward.init.sample: starts, replaces and stops the responders behind a web server that keeps asking."""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time

import httpx
import pytest
from conftest import (
    FAST, PASSWORD, PATIENCE, TOP, bearer, children_of, eventually, free_port, kill_lasting, processes, register, sign_in)

pytestmark = [pytest.mark.self_contained, pytest.mark.slow]
SCRIPT = TOP / "conf/bearward.init.sample"
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("BEARWARD_", "MAKE", "MFLAGS"))}
AS_ROOT = os.geteuid() == 0
NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if AS_ROOT else []


class Site:
    """Programs, settings and a state directory of an account without rights, with an nginx in front."""

    def __init__(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="bearward-init-"))
        self.top.chmod(0o755)
        self.programs = self.top / "lib"
        self.run = self.top / "run"
        self.programs.mkdir()
        for path in (TOP / "cgi-bin").glob("*.fcgi"):
            shutil.copy(path, self.programs)
        for name in ("bearward", "common-passwords"):
            shutil.copy(TOP / name, self.top)
        shutil.copytree(TOP / "www", self.top / "www")
        self.endpoints = sorted(path.stem for path in self.programs.iterdir())
        self.state = self.top / "home/state"
        self.state.parent.mkdir()
        self.write_settings()
        if AS_ROOT:
            shutil.chown(self.state.parent, "nobody", "nogroup")
        self.environment = {
            **CLEAN, "DEFAULTS": "/nonexistent", "PROGRAMS": str(self.programs), "COMMAND": str(self.top / "bearward"),
            "RUN": str(self.run), "ACCOUNT": "nobody", "SERVER_GROUP": "nogroup", "PATIENCE": str(PATIENCE),
            "BEARWARD_CONF": str(self.top / "bearward.conf"), "BEARWARD_LOG": "stderr"}
        self.nginx = None

    def write_settings(self, **settings):
        lines = {"state_dir": self.state, **FAST, **settings}
        (self.top / "bearward.conf").write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))

    def command(self, *arguments):
        return subprocess.run([*NOBODY, self.top / "bearward", *arguments], env=self.environment, check=True,
                              capture_output=True, text=True).stdout

    def init(self):
        self.command("init")
        return self

    def call(self, verb, shell="dash"):
        return subprocess.run([shell, SCRIPT, verb], env=self.environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=3 * PATIENCE)

    def start(self):
        done = self.call("start")
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
        assert eventually(lambda: all(threads_of(pid) > 8 for pid in self.responders())), "they do not get to work"

    def serve(self):
        """nginx with its sample, as INSTALL says."""
        work = self.top / "nginx"
        for name in ("log", "tmp"):
            (work / name).mkdir(parents=True)
        self.port = free_port()
        conf = work / "nginx.conf"
        conf.write_text((TOP / "nginx.conf.sample").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
                        .replace("/run/bearward/", f"{self.run}/"))
        user = "user root root;" if AS_ROOT else ""
        self.nginx = subprocess.Popen(
            ["nginx", "-p", work, "-c", conf, "-e", work / "log/error.log", "-g", f"daemon off; {user}"])
        assert eventually(self.is_up)

    def is_up(self):
        try:
            with self.client() as client:
                return client.get("/users/me/").status_code == 401
        except httpx.TransportError:
            return False

    def client(self):
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE, trust_env=False,
                            limits=httpx.Limits(max_keepalive_connections=0))

    def supervisor(self, endpoint):
        return int((self.run / f"{endpoint}.pid").read_text())

    def responders(self, endpoint=None):
        return {pid for name in ([endpoint] if endpoint else self.endpoints) for pid in children_of(self.supervisor(name))}

    def remains(self):
        """Processes that have to do with this site, nginx aside."""
        mark = str(self.run).encode()
        programs = str(self.programs).encode()
        return [(pid, command) for pid, command, environment in processes()
                if (mark in command or programs in command) and b"nginx" not in command]

    def remove(self):
        self.call("stop")
        if self.nginx is not None:
            self.nginx.terminate()
            self.nginx.wait(PATIENCE)
        for pid, _ in self.remains():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.top)


def threads_of(pid):
    """How many threads a process has; a responder that is at work has one for each of `threads`, and one more."""
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


@pytest.fixture
def site():
    site = Site().init()
    yield site
    site.remove()


class Load(threading.Thread):
    """Asks one thing again and again; remembers what came, and when it was asked."""

    def __init__(self, site, ask):
        super().__init__()
        self.site = site
        self.ask = ask
        self.done = threading.Event()
        self.answers = []
        self.start()

    def run(self):
        with self.site.client() as client:
            # A moment between two, since those who are asked have to get to work, too.
            while not self.done.wait(0.01):
                asked_at = time.monotonic()
                try:
                    status = self.ask(client)
                except httpx.TransportError as error:
                    status = repr(error)
                self.answers.append((asked_at, status))

    def statuses(self):
        return {status for _, status in self.answers}


@contextlib.contextmanager
def load(site, *asks):
    threads = [Load(site, ask) for ask in asks]
    try:
        assert eventually(lambda: all(len(thread.answers) > 5 for thread in threads))
        yield threads
        before = [len(thread.answers) for thread in threads]
        assert eventually(lambda: all(len(thread.answers) > count + 5 for thread, count in zip(threads, before)))
    finally:
        for thread in threads:
            thread.done.set()
        for thread in threads:
            thread.join(2 * PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a request hangs"


def sent_on(response):
    """200 in the place of the status that says that a form was taken."""
    return 200 if response.status_code == 303 else response.status_code


@pytest.fixture
def busy_site(site):
    """Started, with a user; and what to ask of each endpoint, endpoint by endpoint."""
    site.start()
    site.serve()
    with site.client() as client:
        # Whoever signs in again and again makes room for it: the token is of another.
        assert [register(client, name).status_code for name in ("alice", "bob")] == [200, 200]
        token = sign_in(client, "bob").json()["access_token"]
    names = iter(range(1_000_000))
    service = "api", site.command("introspection", "add", "api").splitlines()[-1]
    site.token = token
    site.asks = {
        "me": lambda client: client.get("/users/me/", headers=bearer(token)).status_code,
        "token": lambda client: sign_in(client, "alice").status_code,
        "users": lambda client: register(client, f"user{next(names)}x").status_code,
        "signin": lambda client: sent_on(client.post("/signin", data={"username": "alice", "password": PASSWORD})),
        "account": lambda client: 200 if client.options("/account").status_code == 204 else 0,
        "meta": lambda client: 200 if client.options("/health/live").status_code == 204 else 0,
        "oauth": lambda client: client.post("/introspect", data={"token": token}, auth=service).status_code,
    }
    return site


# -- Starting and stopping ------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_what_it_starts_signs_people_in_and_what_it_stops_leaves_nothing(site, shell):
    started = site.call("start", shell)
    site.serve()
    with site.client() as client:
        registered = register(client, "johndoe")
        token = sign_in(client, "johndoe").json()["access_token"]
        me = client.get("/users/me/", headers=bearer(token))
    accounts = {os.stat(f"/proc/{pid}").st_uid for pid in [*site.responders(), site.supervisor("me")]}
    mode = (site.run / "me.sock").stat().st_mode & 0o777
    stopped = site.call("stop", shell)

    assert (started.returncode, started.stdout + started.stderr) == (0, "")
    assert (registered.status_code, me.status_code) == (200, 200)
    assert not AS_ROOT or 0 not in {os.stat(site.state).st_uid}
    assert len(accounts) <= 2 and mode == 0o660
    assert (stopped.returncode, stopped.stdout + stopped.stderr) == (0, "")
    assert site.remains() == []
    assert list(site.run.iterdir()) == []


def test_status_tells_running_from_stopped_and_from_broken(site):
    said = [site.call("status")]
    site.start()
    said.append(site.call("status"))
    os.kill(site.supervisor("token"), signal.SIGKILL)
    assert eventually(lambda: len(site.remains()) == 3 * (len(site.endpoints) - 1))
    said.append(site.call("status"))
    site.call("stop")
    said.append(site.call("status"))

    assert [done.returncode for done in said] == [3, 0, 1, 3]
    assert "not running: token" in said[2].stdout


def test_a_second_start_changes_nothing(site):
    site.start()
    before = site.responders()

    site.start()

    assert site.responders() == before


def test_start_brings_back_what_was_killed_with_its_supervisor(busy_site):
    before = busy_site.responders("token")
    os.kill(busy_site.supervisor("token"), signal.SIGKILL)
    assert eventually(lambda: not before & {pid for pid, _ in busy_site.remains()})

    busy_site.start()

    with busy_site.client() as client:
        assert sign_in(client, "alice").status_code == 200


def test_a_responder_that_is_killed_again_and_again_answers_after_that(busy_site):
    for _ in range(8):
        killed = eventually(lambda: busy_site.responders("token"))
        kill_lasting(killed)
        assert eventually(lambda: not killed & busy_site.responders("token"))

    with busy_site.client() as client:
        assert sign_in(client, "alice").status_code == 200


def test_a_stale_pid_file_harms_nobody(site):
    other = subprocess.Popen(["sleep", "60"])
    site.run.mkdir()
    (site.run / "me.pid").write_text(f"{other.pid}\n")

    stopped = site.call("stop")

    assert stopped.returncode == 0
    assert other.poll() is None
    other.kill()
    other.wait()


@pytest.mark.parametrize("verb", ["start", "restart"])
def test_a_mistake_in_the_settings_stops_the_start_and_leaves_what_runs(site, verb):
    if verb == "restart":
        site.start()
    before = site.responders() if verb == "restart" else set()
    site.write_settings(relm="x")

    done = site.call(verb)

    assert done.returncode == 1
    assert "realm" in done.stderr
    assert (site.responders() if verb == "restart" else set()) == before
    assert (site.remains() == []) == (verb == "start")


def test_wrong_usage_exits_with_2(site):
    assert site.call("nonsense").returncode == 2


# -- What the account of the responders may try ----------------------------------------------

as_root = pytest.mark.skipif(not AS_ROOT, reason="only root starts processes of another account")


@pytest.fixture
def victim(site):
    """A file of root's that nobody else may write to."""
    path = site.top / "victim"
    path.write_text("of root's\n")
    path.chmod(0o644)
    yield path
    assert (path.read_text(), path.stat().st_uid, path.stat().st_gid) == ("of root's\n", 0, 0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def as_account(command, **options):
    return subprocess.run([*NOBODY, "sh", "-c", command], capture_output=True, text=True, **options)


@as_root
def test_the_account_cannot_put_links_where_root_writes_pid_files(site, victim):
    site.start()

    tried = [as_account(f"ln -sf {victim} {site.run}/{name}") for name in ("me.pid", "me.sock", "new.pid", "new.sock")]
    removed = as_account(f"rm -f {site.run}/me.pid")

    assert [done.returncode for done in (*tried, removed)] == [1] * 5
    assert not [path for path in site.run.iterdir() if path.is_symlink()]


# It takes a processor for as long as that lasts; the test above shows why it is in vain.
@pytest.mark.thorough
@as_root
def test_an_account_that_keeps_planting_links_gains_no_file_of_roots(site, victim):
    attack = subprocess.Popen(
        [*NOBODY, "sh", "-c", f"while :; do ln -sf {victim} {site.run}/me.pid; ln -sf {victim} {site.run}/me.sock; done"],
        stderr=subprocess.DEVNULL)
    try:
        for _ in range(3):
            site.start()
            assert site.call("stop").returncode == 0
    finally:
        attack.kill()
        attack.wait()


@as_root
def test_links_in_a_directory_that_an_older_script_gave_to_the_account_are_replaced(site, victim):
    site.run.mkdir()
    shutil.chown(site.run, "nobody", "nogroup")
    planted = as_account(f"ln -s {victim} {site.run}/me.pid && ln -s {victim} {site.run}/me.sock")
    assert planted.returncode == 0, planted.stderr

    site.start()

    assert (site.run.stat().st_uid, site.run.stat().st_gid) == (0, 0)
    assert not (site.run / "me.pid").is_symlink()
    assert os.stat(f"/proc/{site.supervisor('me')}").st_uid == pwd.getpwnam("nobody").pw_uid


# -- Under load -----------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["restart", "reload"])
def test_a_rolling_restart_under_load_replaces_everything_and_loses_no_request(busy_site, verb):
    before = busy_site.responders()
    supervisors = [busy_site.supervisor(name) for name in busy_site.endpoints]

    with load(busy_site, *busy_site.asks.values(), busy_site.asks["me"]) as threads:
        done = busy_site.call(verb)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert not before & busy_site.responders()
    assert len(busy_site.responders()) == len(before)
    assert [busy_site.supervisor(name) for name in busy_site.endpoints] == supervisors
    assert [thread.statuses() for thread in threads] == [{200}] * len(threads)


LINES = 20_000      # bytes of the access log: some hundred requests


# The one above asks as well, and less often.
@pytest.mark.thorough
def test_a_rolling_restart_loses_no_request_of_wrk(busy_site):
    log = busy_site.top / "nginx/log/access.log"
    before = log.stat().st_size
    wrk = subprocess.Popen(
        ["wrk", "-t1", "-c16", "-d10m", "-H", f"Authorization: Bearer {busy_site.token}",
         f"http://127.0.0.1:{busy_site.port}/users/me/"], stdout=subprocess.PIPE, text=True)
    assert eventually(lambda: log.stat().st_size > before + LINES)

    done = busy_site.call("restart")
    after = log.stat().st_size
    assert eventually(lambda: log.stat().st_size > after + LINES)
    wrk.send_signal(signal.SIGINT)
    said = wrk.communicate(timeout=PATIENCE)[0]

    assert done.returncode == 0, done.stderr
    assert "Non-2xx" not in said and "Socket errors" not in said, said
    assert int(re.search(r"(\d+) requests in", said)[1]) > 200, said


def test_new_settings_are_in_force_after_a_reload(busy_site):
    busy_site.write_settings(realm="of-my-own")

    busy_site.call("reload")

    with busy_site.client() as client:
        answers = [client.get("/users/me/").headers["www-authenticate"] for _ in range(10)]
    assert set(answers) == {'Bearer realm="of-my-own"'}


def test_a_killed_responder_is_soon_back_and_the_others_never_notice(busy_site):
    for endpoint in ("me", "token", "users", "signin", "oauth"):
        others = [ask for name, ask in busy_site.asks.items() if name != endpoint]

        with load(busy_site, busy_site.asks[endpoint], *others) as (own, *undisturbed):
            before = busy_site.responders(endpoint)
            kill_lasting([min(before)])
            assert eventually(lambda: len(busy_site.responders(endpoint) - before) == 1)
            back_at = time.monotonic()

        assert [thread.statuses() for thread in undisturbed] == [{200}] * len(others), endpoint
        assert own.statuses() <= {200, 502, 504}, endpoint
        assert {status for at, status in own.answers if at > back_at} == {200}, endpoint


def test_a_new_program_that_does_not_stay_up_replaces_only_one_copy(busy_site):
    program = busy_site.programs / "token.fcgi"
    program.unlink()
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)

    done = busy_site.call("restart")

    assert done.returncode == 1
    assert "token: the new program does not stay up" in done.stdout
    with busy_site.client() as client:
        assert {sign_in(client, "alice").status_code for _ in range(10)} == {200}


def test_a_program_that_is_new_is_started_and_one_that_is_gone_is_stopped_by_a_restart(busy_site):
    (busy_site.programs / "me.fcgi").rename(busy_site.programs / "verify.fcgi")

    done = busy_site.call("restart")

    assert done.returncode == 0, done.stdout
    assert (busy_site.run / "verify.sock").exists()
    assert not (busy_site.run / "me.sock").exists()
    with busy_site.client() as client:
        assert client.get("/users/me/").status_code == 502
        assert sign_in(client, "alice").status_code == 200
