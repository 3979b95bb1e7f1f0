"""The units on a real systemd: what runs, what it may do, and that neither restarts nor kills lose a request.

All tests share one system, in this order: each leaves the service running, as it found it.
"""

import concurrent.futures
import os
import pathlib
import re
import socket
import subprocess
import threading

import httpx
import pytest

import box
import fastcgi
from conftest import PATIENCE, TOP, bearer, children_of, eventually, register, sign_in
from install_text import blocks, section
from pools import POOLS

pytestmark = box.MARKS

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("BEARWARD_", "MAKE", "MFLAGS"))}
CONF = "/etc/bearward/bearward.conf"
# The cheapest hash there is: these tests are about other things.
SETTINGS = """
insecure_hash_cost = yes
scrypt_log2_n = 10
scrypt_r = 1
scrypt_p = 1
attempts = no
"""
NGINX = "sed -n '/from here/,/to here/p' nginx.conf.sample | sed 's|log/\\([a-z]*\\).log|/var/log/nginx/bearward-\\1.log|'"
# The newest systemd that there is, and the oldest one that is supported.
OTHER_SUITES = [suite for suite in ("bookworm", "trixie") if suite != box.host_suite()]
SOURCES = "tar -cf - --exclude=./.git --exclude=./build --exclude=./var --exclude='./cgi-bin/*.fcgi' --exclude=node_modules ."
SERVICES = sorted(path.name for path in (TOP / "conf/systemd").glob("*.service"))


class Host(box.Box):
    """A host on which bearward was installed as INSTALL says, behind its nginx."""

    def __init__(self, suite):
        needed = re.search(r"^BUILD_PACKAGES = (.*)$", (TOP / "Makefile").read_text(), re.MULTILINE)[1].split()
        super().__init__(suite, () if suite == box.host_suite() else needed)

    def build_and_copy(self):
        """With the libraries of this host, or in there with those that are there."""
        if self.suite == box.host_suite():
            subprocess.run(["make", "-s", "install", f"DESTDIR={self.path('/')}"], cwd=TOP, env=CLEAN, check=True, capture_output=True)
            for name in ("Makefile", "conf"):
                self.put(TOP / name, "/root/")
            return
        subprocess.run(f"{SOURCES} | tar -C {self.path('/root')} --no-same-owner -xf -", shell=True, cwd=TOP, check=True)
        self.succeed("make", "-s", "-C", "/root", "clean", "all", "install", timeout=30 * PATIENCE)

    def install(self):
        self.build_and_copy()
        self.write(CONF, SETTINGS)
        self.told = self.succeed("make", "-s", "-C", "/root", "service")
        site = subprocess.run(NGINX, shell=True, cwd=TOP, capture_output=True, text=True, check=True).stdout
        self.write("/etc/nginx/conf.d/bearward.conf", site)
        self.succeed("systemctl", "enable", "--now", "nginx")
        self.succeed("systemctl", "start", "bearward-verify-tcp.socket")
        return self

    def write(self, name, text):
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text)

    def show(self, unit, *properties):
        """Properties of a unit, by name."""
        said = self.succeed("systemctl", "show", unit, *(f"--property={name}" for name in properties))
        return dict(line.split("=", 1) for line in said.splitlines())

    def pid(self, pool):
        return int(self.show(f"bearward@{pool}", "MainPID")["MainPID"])

    def pids(self):
        return {pool: self.pid(pool) for pool in POOLS}

    def signal(self, name, pid):
        self.succeed("sh", "-c", f"kill -{name} {pid}")

    def commands(self):
        """The command lines of all that runs."""
        return [path.read_bytes() for pid in children_of(self.host.pid) for path in [pathlib.Path(f"/proc/{pid}/cmdline")] if path.exists()]

    def state(self, unit):
        return self.run("systemctl", "is-active", unit).stdout.strip()

    def journal(self, *matches):
        return self.succeed("journalctl", "--no-pager", "--boot", *matches)

    def once(self, ask):
        """Asks in a thread of its own, which is in the network of this system."""
        def attempt():
            with client() as one:
                return ask(one)
        with concurrent.futures.ThreadPoolExecutor(1, initializer=self.enter_network) as pool:
            return pool.submit(attempt).result()


def client():
    return httpx.Client(base_url="http://127.0.0.1:8000", timeout=PATIENCE, trust_env=False,
                        limits=httpx.Limits(max_keepalive_connections=0))


def unit_of(service):
    """One that runs: of a template, that of a pool."""
    return service.replace("@.", "@me.")


@pytest.fixture(scope="module", params=[box.host_suite(), *(pytest.param(suite, marks=pytest.mark.thorough) for suite in OTHER_SUITES)])
def host(request):
    with Host(request.param) as host:
        yield host.install()


@pytest.fixture(scope="module")
def asks(host):
    """What to ask of each pool that has an address, and the status it answers with when all is well."""
    assert {host.once(lambda one: register(one, name)).status_code for name in ("alice", "bob")} == {200}
    token = host.once(lambda one: sign_in(one, "bob")).json()["access_token"]
    names = iter(range(1_000_000))
    return {
        "me": lambda one: one.get("/users/me/", headers=bearer(token)).status_code,
        "token": lambda one: sign_in(one, "alice").status_code,
        "users": lambda one: register(one, f"user{next(names)}x").status_code,
        "signin": lambda one: one.get("/signin").status_code,
        "account": lambda one: one.options("/account").status_code - 4,
        "meta": lambda one: one.options("/health/live").status_code - 4,
        "oauth": lambda one: one.post("/revoke", data={"token": "none"}).status_code,
        "verify": lambda one: one.get("/example/", headers=bearer(token)).status_code,
    }


class Load:
    """Asks each of these again and again, in threads of its own; use as a context."""

    def __init__(self, host, asks):
        self.host, self.asks = host, asks
        self.is_over = threading.Event()
        self.answers = {pool: [] for pool in asks}

    def __enter__(self):
        self.threads = [threading.Thread(target=self.run, args=(pool,), daemon=True) for pool in self.asks]
        for thread in self.threads:
            thread.start()
        self.goes_on()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.goes_on()
        self.is_over.set()
        for thread in self.threads:
            thread.join(2 * PATIENCE)

    def run(self, pool):
        self.host.enter_network()
        with client() as one:
            # A moment between two, since those who are asked have to get to work, too.
            while not self.is_over.wait(0.02):
                try:
                    self.answers[pool].append(self.asks[pool](one))
                except httpx.TransportError as error:
                    self.answers[pool].append(repr(error))

    def goes_on(self):
        """Waits until each has been answered some more times."""
        before = {pool: len(answers) for pool, answers in self.answers.items()}
        assert eventually(lambda: all(len(answers) > before[pool] + 3 for pool, answers in self.answers.items())), self.answers

    def statuses(self):
        return {pool: set(answers) for pool, answers in self.answers.items()}


def all_well(asks):
    return {pool: {200} for pool in asks}


def test_every_pool_says_that_it_serves_and_runs_as_its_account(host, asks):
    said = {pool: host.show(f"bearward@{pool}", "ActiveState", "StatusText", "User") for pool in POOLS}
    sockets = host.succeed("stat", "-c", "%a %U:%G", *(f"/run/bearward/{pool}.sock" for pool in POOLS))

    assert host.told.count(" active running ") == len(POOLS)
    assert {(one["ActiveState"], one["StatusText"]) for one in said.values()} == {("active", "serving")}
    assert {pool: one["User"] for pool, one in said.items()} == {
        pool: "bearward" if pool == "token" else "bearward-check" for pool in POOLS}
    assert set(sockets.splitlines()) == {"660 root:bearward-web"}
    assert {pool: host.once(ask) for pool, ask in asks.items()} == {pool: 200 for pool in asks}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_exposed_as_little_as_can_be(host, service):
    said = host.succeed("systemd-analyze", "security", "--no-pager", unit_of(service))

    assert float(re.search(r"Overall exposure level for \S+: ([\d.]+) ", said)[1]) <= 0.5, said


def test_what_a_pool_cannot_do_is_in_force(host):
    outside = host.succeed("readlink", "/proc/1/ns/net")
    for pool, pid in host.pids().items():
        status = host.succeed("cat", f"/proc/{pid}/status")
        closed = host.succeed("nsenter", "-t", pid, "-m", "stat", "-c", "%a", "/var/lib/bearward/signing",
                              "/var/lib/bearward/keys").split()

        assert re.findall(r"^(?:NoNewPrivs|Seccomp|CapEff|CapBnd):\t(\w+)$", status, re.MULTILINE) == [
            "0" * 16, "0" * 16, "1", "2"], pool
        assert host.succeed("readlink", f"/proc/{pid}/ns/net") != outside, pool
        assert host.run("nsenter", "-t", pid, "-m", "touch", "/usr/of-mine").returncode != 0, pool
        assert closed == {"token": ["700", "2750"], "signin": ["0", "0"], "users": ["0", "0"]}.get(pool, ["0", "2750"]), pool


@pytest.mark.parametrize("verb", ["restart", "reload"])
def test_new_processes_take_over_under_load_and_no_request_is_lost(host, asks, verb):
    before = host.pids()

    with Load(host, asks) as load:
        for _ in range(2):
            host.succeed("systemctl", verb, "bearward")
            load.goes_on()

    assert load.statuses() == all_well(asks)
    assert not set(before.values()) & set(host.pids().values())


def test_a_killed_process_is_replaced_and_the_next_request_is_answered(host, asks):
    for pool, other in zip(POOLS, POOLS[1:] + POOLS[:1]):
        with Load(host, {name: asks[name] for name in (pool, other)}) as load:
            before = host.pid(pool)
            host.signal("KILL", before)
            # The one that it was about to answer, nobody can answer any more.
            assert eventually(lambda: host.pid(pool) not in (0, before)), pool
            load.goes_on()

        assert load.statuses()[other] == {200}, (pool, other)
        assert load.statuses()[pool] <= {200, 500, 502}, pool
        assert load.answers[pool].count(200) >= len(load.answers[pool]) - 2, (pool, load.answers[pool])


@pytest.mark.parametrize("verb", ["restart", "reload"])
def test_a_mistake_in_the_settings_is_told_and_the_processes_of_before_go_on(host, asks, verb):
    before = host.pids()
    host.write(CONF, SETTINGS + "relm = x\n")

    done = host.run("systemctl", verb, "bearward")
    assert eventually(lambda: host.state("bearward") == "active")
    told = host.run("systemctl", "status", "--no-pager", "bearward").stdout

    assert done.returncode != 0
    assert f'{CONF}:{SETTINGS.count(chr(10)) + 1}: unknown key "relm"; did you mean realm?' in told
    assert host.pids() == before
    assert {pool: host.once(ask) for pool, ask in asks.items()} == {pool: 200 for pool in asks}

    host.write(CONF, SETTINGS + "realm = of-my-own\n")
    host.succeed("systemctl", verb, "bearward")
    assert host.once(lambda one: one.get("/users/me/")).headers["www-authenticate"] == 'Bearer realm="of-my-own"'


def test_stopped_is_stopped_until_it_is_started(host, asks):
    with Load(host, asks):
        host.succeed("systemctl", "stop", "bearward")
        stopped = host.succeed("systemctl", "list-units", "--plain", "--no-legend", "--state=active,activating", "bearward*")
        left = host.succeed("ls", "/run/bearward")
        with_nobody = {host.once(ask) for pool, ask in asks.items() if pool not in ("verify", "account", "meta")}
        host.succeed("systemctl", "start", "bearward")

    assert (stopped, left) == ("", "")
    assert with_nobody == {502}
    assert {pool: host.once(ask) for pool, ask in asks.items()} == {pool: 200 for pool in asks}
    host.succeed("systemctl", "start", "bearward-verify-tcp.socket")


def test_what_cannot_start_is_tried_again_until_the_mistake_is_mended(host, asks):
    host.succeed("systemctl", "stop", "bearward")
    host.write(CONF, SETTINGS + "relm = x\n")

    failed = host.run("systemctl", "start", "bearward").returncode
    host.write(CONF, SETTINGS)

    assert failed != 0
    assert eventually(lambda: host.state("bearward") == "active")
    assert {pool: host.once(ask) for pool, ask in asks.items()} == {pool: 200 for pool in asks}
    host.succeed("systemctl", "start", "bearward-verify-tcp.socket")


def test_a_process_that_hangs_is_replaced(host, asks):
    host.write("/run/systemd/system/bearward@me.service.d/impatient.conf", "[Service]\nWatchdogSec=5s\n")
    host.succeed("systemctl", "daemon-reload")
    host.succeed("systemctl", "restart", "bearward@me")
    before = host.pid("me")

    host.signal("STOP", before)

    assert host.once(asks["me"]) in (200, 502, 504)
    assert eventually(lambda: host.pid("me") not in (0, before))
    assert eventually(lambda: host.once(asks["me"]) == 200)
    assert "Watchdog timeout" in host.journal("--unit=bearward@me")
    host.succeed("rm", "/run/systemd/system/bearward@me.service.d/impatient.conf")
    host.succeed("systemctl", "daemon-reload")
    host.succeed("systemctl", "restart", "bearward@me")


def test_the_journal_has_each_key_as_a_field_and_no_second_time(host, asks):
    message = host.journal("BEARWARD_EVENT=signed in", "BEARWARD_USER=alice", "--lines=1", "--output=cat")
    fields = host.journal("BEARWARD_EVENT=signed in", "BEARWARD_USER=alice", "--lines=1", "--output=verbose")

    assert message.startswith('event="signed in" user=alice ')
    assert re.search(r"^    PRIORITY=6$", fields, re.MULTILINE)
    assert re.search(r"^    SYSLOG_IDENTIFIER=bearward-token$", fields, re.MULTILINE)
    assert re.search(r"^    _SYSTEMD_UNIT=bearward@token\.service$", fields, re.MULTILINE)


def test_what_a_setting_takes_is_given_as_install_says(host, asks):
    keys, network = [block for block in blocks(section("With systemd")) if block.startswith("[Service]")]
    host.write("/etc/systemd/system/bearward@users.service.d/override.conf", keys)
    host.write("/etc/systemd/system/bearward@.service.d/override.conf", network)
    host.write(CONF, SETTINGS + "registration = bearer\n")
    host.succeed("systemctl", "daemon-reload")

    host.succeed("systemctl", "restart", "bearward")
    links = {host.succeed("readlink", f"/proc/{pid}/ns/net") for pid in [1, *(host.pid(pool) for pool in POOLS if pool != "users")]}
    refused = host.once(lambda one: register(one, "carol"))
    closed = host.succeed("nsenter", "-t", host.pid("users"), "-m", "stat", "-c", "%a", "/var/lib/bearward/signing").strip()

    assert len(links) == 1
    assert (refused.status_code, closed) == (401, "0")
    host.succeed("rm", "-r", "/etc/systemd/system/bearward@users.service.d", "/etc/systemd/system/bearward@.service.d")
    host.write(CONF, SETTINGS)
    host.succeed("systemctl", "daemon-reload")
    host.succeed("systemctl", "restart", "bearward")


def test_tidy_is_due_every_day_and_succeeds_as_a_backup_does(host):
    host.succeed("systemctl", "start", "bearward-tidy.service", "bearward-backup.service")

    assert host.succeed("ls", "/var/backups/bearward") != ""
    assert re.search(r"\d{4}-\d\d-\d\d", host.show("bearward-tidy.timer", "NextElapseUSecRealtime")["NextElapseUSecRealtime"])
    assert "expired rows removed" in host.journal("--unit=bearward-tidy")


def test_verify_answers_at_a_tcp_port_of_this_host_for_those_who_want_that(host):
    def ask():
        with socket.create_connection(("127.0.0.1", 9100), PATIENCE) as connection:
            request = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/verify"), ("SCRIPT_NAME", "/verify")]
            connection.sendall(fastcgi.begin(role=fastcgi.AUTHORIZER) + fastcgi.params(request) + fastcgi.stream(fastcgi.STDIN, b""))
            return connection.makefile("rb").read()

    with concurrent.futures.ThreadPoolExecutor(1, initializer=host.enter_network) as pool:
        answer = pool.submit(ask).result()

    assert b"Status: 401" in answer
    assert host.state("bearward-verify-tcp.service") == "active"


def test_all_of_it_is_back_after_a_boot(host, asks):
    host.reboot()

    assert eventually(lambda: host.state("bearward") == "active")
    assert {pool: host.once(ask) for pool, ask in asks.items()} == {pool: 200 for pool in asks}


def test_the_units_take_the_place_of_the_script_of_a_version_before(host, asks):
    host.succeed("systemctl", "disable", "--now", "bearward")
    host.succeed("install", "-m", "0755", "/root/conf/bearward.init.sample", "/etc/init.d/bearward")
    host.succeed("update-rc.d", "bearward", "defaults")
    host.succeed("/etc/init.d/bearward", "start")
    by_script = {pool: host.once(ask) for pool, ask in asks.items()}

    said = host.succeed("make", "-s", "-C", "/root", "service")

    assert by_script == {pool: 200 for pool in asks}
    assert "the script of before is /etc/bearward/init.old" in said
    assert [command for command in host.commands() if b"\0supervise\0" in command] == []
    assert sum(b".fcgi\0" in command for command in host.commands()) == len(POOLS)
    assert not host.path("/etc/init.d/bearward").exists()
    assert not [path for path in host.path("/etc").glob("rc*.d/*bearward")]
    assert {pool: host.once(ask) for pool, ask in asks.items()} == {pool: 200 for pool in asks}
    assert host.succeed("systemctl", "is-enabled", "bearward") == "enabled\n"
