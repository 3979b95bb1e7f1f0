"""A private bearward in a directory of its own, behind nginx, as `make run` has it (tests/http/test_run.py)."""

import collections
import contextlib
import fcntl
import http.client
import itertools
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import httpx

import contract
from storage import Postgresql, Sqlite

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILDS = {"plain": "", "sanitized": "build/sanitized/", "threads": "build/threads/"}
ON_REQUEST = "threads"          # `make check-threads` builds it, with ThreadSanitizer
ENGINES = ("sqlite", "postgresql")

# The cheapest hash there is, time enough on a busy machine, and as many wrong passwords as it takes: most tests are not
# about those.
FAST = {"insecure_hash_cost": "yes", "scrypt_log2_n": 10, "scrypt_r": 1, "scrypt_p": 1, "log_level": "debug",
        "hash_wait": 60, "storage_wait": 60, "attempts": "no"}

# Ends what hopes in vain, and tells nothing about how long anything takes.
PATIENCE = 60


COURIER = "courier"             # what a process that delivers messages calls itself


AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def account_of_responders():
    """Responders do not run as root: where root runs the tests, as nobody, if that account can reach the tree."""
    if os.geteuid() != 0 or subprocess.run([*AS_NOBODY, "test", "-r", TOP / "nginx.conf.sample"]).returncode == 0:
        return "nobody"
    return "root"


ACCOUNT = account_of_responders()
AS_ACCOUNT = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={'nogroup' if ACCOUNT == 'nobody' else ACCOUNT}", "--init-groups"]


def of_account(account=ACCOUNT):
    """How an account without rights starts a program; nothing, where the tests have none themselves."""
    if os.geteuid() != 0 or account == "root":
        return {}
    user = pwd.getpwnam(account)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def own(*paths, account=ACCOUNT):
    """Gives files that a test has made to an account without rights; where root runs the tests."""
    owner = of_account(account)
    for path in paths if owner else []:
        shutil.chown(path, owner["user"], owner["group"])


def hold_port():
    """A socket that is bound to a port of its own, on which nobody listens."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder


_numbers = itertools.count(1)
_held = collections.deque()


def free_port():
    """A port that is this process's alone until 100 later ones have been asked for.

    It stays bound, and nobody listens. SO_REUSEADDR, which web servers set too, lets one that is told the port bind
    it all the same; neither the kernel, looking for a port of its own choice, nor another run of the tests can.
    """
    _held.append(hold_port())
    if len(_held) > 100:
        _held.popleft().close()
    return _held[-1].getsockname()[1]


def eventually(question, seconds=PATIENCE):
    """Asks until the answer is true; returns the last answer."""
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


class Server:
    """One private instance; gateways.py has those behind other web servers."""

    is_held_to_contract = True      # www/openapi.json knows what nginx answers by itself
    configuration = "nginx.conf"
    keeps_responders = True         # as long as it runs, whatever the load

    compresses = True               # files

    # What web servers answer by themselves, where they differ.
    unknown_method = 405            # to BREW
    large_headers = 431
    most_told = 65536               # in bytes, to a responder about a request
    gone, hung_up, silent = 502, 502, 504
    cannot_start = 503              # for a responder that finds its database broken

    launcher = ()                   # the command that starts it, if one is to stand before it
    engine = "sqlite"               # or another of ENGINES, which a run is asked for

    def __init__(self, build="plain", directory=None, environment=None, engine=None, cluster=None, is_by_conf_run=False, **settings):
        """On PostgreSQL it gets a database of its own: in the cluster that is given, or in the one that all of a run share."""
        if build == "postgresql":
            build, engine = "plain", "postgresql"
        self.engine = engine or ("postgresql" if cluster else self.engine)
        self.cluster = cluster
        self.made_database = None
        self.out = BUILDS[build]
        self.owns_directory = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="bearward-"))
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.environment = {
            **os.environ,
            "OUT": self.out,
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:exitcode=99",
            "TSAN_OPTIONS": f"suppressions={TOP}/tests/threads.supp",
            # What a test starts itself, before start(), runs as whoever runs the tests.
            "BEARWARD_ALLOW_ROOT": "yes",
            "ACCOUNT": ACCOUNT,
            **(environment or {}),
        }
        self.is_by_conf_run = is_by_conf_run    # as users start it, where a test is about that
        self.conf = self.directory / "bearward.conf"
        if not self.conf.exists():
            self.write_settings(**settings)
        self.process = None
        self.has_been_started = False

    def write_settings(self, **settings):
        lines = {"state_dir": "state", **FAST, **settings}
        if self.engine == "postgresql":
            if "database" not in lines:
                lines["database"] = self.make_database()
            # In SQLite it is about locks alone; there, about each answer and connection, too.
            lines["storage_wait"] = max(float(lines["storage_wait"]), 0.5)
        self.conf.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))

    def make_database(self):
        """The URI of one of its own, which is made when it is first asked for."""
        if not self.cluster:
            import postgresql       # which stands on this file
            self.cluster = postgresql.shared()
        if not self.made_database:
            self.made_database = f"bearward_{next(_numbers)}"
            self.cluster.create(self.made_database)
        return self.cluster.uri(self.made_database)

    def start(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.has_been_started = True
        is_as_users_do = self.is_by_conf_run or self.launcher
        if not is_as_users_do:
            self.prepare()
        self.own(self.directory, *self.directory.rglob("*"))
        programs = sorted((TOP / self.out / "cgi-bin").glob("*.fcgi"))
        self.process = subprocess.Popen(
            [*self.launcher, TOP / "conf/run", self.directory, str(self.port)] if is_as_users_do else
            [*(AS_ACCOUNT if self.account else []), TOP / "tests/start", self.directory, self.supervisor, self.program, *programs],
            env={**self.environment, "BEARWARD_CONF": str(self.conf)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.await_banner() if is_as_users_do else self.await_answers()
        # Its socket listens before a responder is started, and one of them has answered by now.
        assert eventually(lambda: len(self.responder_pids()) == len(programs)), "a responder is missing"
        self.first_pids = self.responder_pids()
        return self

    def prepare(self):
        """What conf/run makes in the directory."""
        for name in ("run", "log", "tmp"):
            (self.directory / name).mkdir(mode=0o700, exist_ok=True)
        quote = "" if re.fullmatch(r"[\w/.+-]*", f"{self.directory}{TOP}", re.ASCII) else '"'
        (self.directory / self.configuration).write_text(substitute(
            (TOP / "nginx.conf.sample").read_text(),
            r"unix:/run/bearward/([^;]*)", lambda found: f"{quote}unix:{self.directory}/run/{found[1]}{quote}",
            "/usr/local/share/bearward/www", lambda found: f"{quote}{TOP}/www{quote}",
            r"listen 127\.0\.0\.1:8000;", f"listen 127.0.0.1:{self.port};"))

    def await_banner(self):
        banner = []
        while line := self.process.stdout.readline():
            banner.append(line)
            if "Authorization: Bearer" in line:
                return
        raise RuntimeError("did not start:\n" + "".join(banner))

    def await_answers(self):
        """Until each pool has answered, all through one connection."""
        from pools import asked     # which stands on this file
        waiting = asked()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        end = time.monotonic() + PATIENCE
        while waiting:
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise RuntimeError("did not start:\n" + self.process.communicate()[0])
            try:
                # A socket that is not there yet, nginx would complain of.
                if all(pathlib.Path(self.socket(pool)).exists() for pool in waiting):
                    connection.request("OPTIONS", next(iter(waiting.values())))
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status == 204:
                        waiting.pop(next(iter(waiting)))
                        continue
            except (OSError, http.client.HTTPException):
                connection.close()
            time.sleep(0.005)
        connection.close()

    def stop(self):
        """Stops it as Ctrl-C does; nothing may be left running."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.process = None
        assert status == 0
        assert eventually(lambda: not self.all_pids()), "a process is left"

    def remove(self):
        if self.owns_directory:
            shutil.rmtree(self.directory)
        if self.made_database:
            self.cluster.drop(self.made_database)
            self.cluster.drop(f"{self.made_database}_kept")

    def all_pids(self):
        """Every process that works in or for this instance's directory."""
        mark = str(self.directory).encode()
        return [pid for pid, command, environment in processes() if mark in command or mark in environment]

    def responder_pids(self, name=""):
        """The responders of this instance: pid by pid."""
        return responders_below(self.process.pid, name)

    def socket(self, endpoint):
        return str(self.directory / "run" / f"{endpoint}.sock")

    def client(self, **options):
        # It is plain http; reading the system's certificates would take longer than most tests.
        # A connection a request: this httpx sends head and body apart, and on a kept connection
        # the kernels at both ends then wait 40 ms for one another (Nagle, delayed ACK).
        options.setdefault("limits", httpx.Limits(max_keepalive_connections=0))
        if self.is_held_to_contract:
            options.setdefault("event_hooks", {"response": [contract.hold_httpx]})
        return httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False, verify=False, **options)

    def log(self, name="bearward.log"):
        return (self.directory / "log" / name).read_text(errors="replace")

    def command(self, *arguments, stdin="", **options):
        """Runs the command `bearward` on this instance's settings."""
        return subprocess.run(
            [self.program, *arguments], input=stdin, capture_output=True, text=True,
            env={**self.environment, "BEARWARD_CONF": str(self.conf)}, timeout=PATIENCE, **options)

    def shorten_read_timeout(self):
        """The sample waits half a minute for a responder; a test need not."""
        self.edit("fastcgi_read_timeout 30s;", "fastcgi_read_timeout 200ms;")

    def edit(self, *changes):
        """Puts patterns of the web server's configuration in new words, by twos, and has it take that up."""
        edit_nginx(self, *changes)

    def own(self, *paths):
        """Gives files that a test has made to the account that the service runs as, once it has been started."""
        if self.account:
            own(*paths)

    def limit(self, pid, what, soft, hard="unlimited"):
        """Limits what a process of the service may use, as that process could itself: prlimit(1)."""
        subprocess.run(["prlimit", f"--pid={pid}", f"--{what}={soft}:{hard}"], check=True, **self.account)

    @property
    def bare_environment(self):
        """What a program that a test starts by itself must be told, beside what the test is about."""
        return {key: self.environment[key] for key in ("ASAN_OPTIONS", "BEARWARD_ALLOW_ROOT")}

    @property
    def account(self):
        """How to start a program as the account that the service runs as, once it has been started."""
        return of_account() if self.has_been_started else {}

    @property
    def program(self):
        return TOP / self.out / "bearward"

    @property
    def supervisor(self):
        """What keeps responders up; with sanitizers it is tested by itself, and would take as long to start as they."""
        return TOP / "bearward" if self.out == BUILDS["sanitized"] else self.program

    @property
    def state(self):
        return self.directory / "state"

    @property
    def database(self):
        return self.state / "bearward.db"

    def back_up(self):
        """Keeps a copy of what is stored. It must not be running."""
        if self.engine == "postgresql":
            self.cluster.copy(self.made_database, f"{self.made_database}_kept")
        else:
            shutil.copytree(self.state, self.directory / "kept")

    def restore(self):
        """Puts that copy, of the database alone, in place of what is stored by then."""
        if self.engine == "postgresql":
            self.cluster.copy(f"{self.made_database}_kept", self.made_database)
            return
        for path in self.state.glob("bearward.db*"):
            path.unlink()
        for path in (self.directory / "kept").glob("bearward.db*"):
            self.own(shutil.copy2(path, self.state))

    @property
    def storage(self):
        """The database behind the service's back: the one that the settings name, or SQLite's."""
        said = re.findall(r"^database *= *(.+)$", self.conf.read_text(), re.MULTILINE)
        return Postgresql(said[-1]) if said else Sqlite(self.database)

    def query(self, text, *values):
        """Runs a statement, with ? for its values, as somebody with a database tool would, and gives its rows."""
        return self.storage.query(text, *values)


def substitute(text, *changes):
    """The text with patterns, each of which it must have, in new words, by twos."""
    for pattern, words in zip(changes[::2], changes[1::2]):
        text, count = re.subn(pattern, words, text)
        assert count, f"no {pattern} in the sample"
    return text


def edit_nginx(server, *changes):
    """Puts patterns of the server's configuration in new words, by twos, and has nginx take it up."""
    path = server.directory / server.configuration
    path.write_text(substitute(path.read_text(), *changes))
    master = int((server.directory / "nginx.pid").read_text())
    workers = set(children_of(master))
    os.kill(master, signal.SIGHUP)
    assert eventually(lambda: not workers & set(children_of(master))), "nginx did not reload"


def own_memory_kib(pid):
    """What a process takes up alone: memory that no other shares, and that is in no file."""
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return next(int(line.split()[1]) for line in rollup if line.startswith("Anonymous:"))


def content(path):
    """Of a file of a process; b"" when it has ended, or is another's."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError:
        return b""


def processes():
    """Number, command line and the variable BEARWARD_CONF of each other one."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) != os.getpid() and (command := content(f"/proc/{pid}/cmdline")):
            environment = b"\0" + content(f"/proc/{pid}/environ")
            begin = environment.find(b"\0BEARWARD_CONF=") + 1
            yield int(pid), command, environment[begin:].partition(b"\0")[0]


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


# By this age, in seconds, a process has begun its work.
LASTING = 0.1


def age_of(pid):
    """How many seconds ago a process was started, rounded down to a tick of the clock; 0 if it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            started_at = int(stat.read().rpartition(")")[2].split()[19])
    except FileNotFoundError:
        return 0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - (started_at + 1) / os.sysconf("SC_CLK_TCK")


def kill_lasting(pids, number=signal.SIGKILL):
    """Kills processes that a watcher is to start again; those that end by themselves are no matter."""
    for pid in pids:
        eventually(lambda: age_of(pid) > LASTING or not pathlib.Path(f"/proc/{pid}").exists())
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def has_taken(pid, number):
    """Whether a signal that was sent to a process is no longer pending."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True
    pending = [int(bits, 16) for bits in re.findall(r"^(?:SigPnd|ShdPnd):\s*(\w+)$", status, re.M)]
    return not any(bits >> number - 1 & 1 for bits in pending)


def connections_to(path):
    """How many a responder has accepted on that socket and are open."""
    with open("/proc/net/unix") as table:
        return sum(line.endswith(f" 03 {line.split()[6]} {path}\n") for line in table if path in line)


def is_slot_wanted(server):
    """Whether any process waits for a hash slot: it shows that by a lock beyond the slots (src/hash/slot.c)."""
    inode = (server.state / "hash.slots").stat().st_ino
    return f":{inode} {1 << 20} " in pathlib.Path("/proc/locks").read_text()


def wait_for_hash(server, count):
    """Whether that many requests wait for a hash; one at least, where the web server has the sockets to itself."""
    paths = [str(path) for path in (server.directory / "run").glob("token.sock*")]
    return sum(map(connections_to, paths)) == count if paths else is_slot_wanted(server)


def is_locked(path):
    return path.exists() and f":{path.stat().st_ino} " in pathlib.Path("/proc/locks").read_text()


@contextlib.contextmanager
def slot_taken(server):
    """Somebody else hashes, and takes his time; for a server with one slot."""
    path = server.state / "hash.slots"
    path.touch(mode=0o600)
    server.own(path)
    with open(path, "r+b") as file:
        # As src/hash/slot.c has it: whoever keeps the slot warm gives it to the one who shows that he waits.
        fcntl.lockf(file, fcntl.LOCK_SH, 1, 1 << 20)
        fcntl.lockf(file, fcntl.LOCK_EX, 1, 0)
        fcntl.lockf(file, fcntl.LOCK_UN, 1, 1 << 20)
        yield


def responders_below(pid, name=""):
    found = {}
    for child in children_of(pid):
        try:
            executable = os.readlink(f"/proc/{child}/exe")
            own_name = pathlib.Path(f"/proc/{child}/comm").read_text().strip()
        except OSError:
            continue
        # What delivers messages is the same program, under another name.
        if executable.endswith(f"{name}.fcgi") and own_name != COURIER:
            found[child] = executable
    return found


def couriers_below(pid):
    """The processes that deliver messages."""
    found = set()
    for child in children_of(pid):
        with contextlib.suppress(OSError):
            if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == COURIER:
                found.add(child)
    return found
