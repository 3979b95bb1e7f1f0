"""A private PostgreSQL: a cluster in a directory of its own, which an ordinary user runs, and its standbys."""

import contextlib
import functools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

import psycopg2

from server import PATIENCE, children_of, content, eventually, hold_port, of_account, own

OLDEST = 15
ADMINISTRATOR = "postgres"
USER = "bearward"       # an ordinary one, who owns the databases that are made for tests

# What a test has in its environment is not for these programs.
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("PG")} | {"LC_ALL": "C.UTF-8"}


def binaries():
    """The directory of the newest server that is installed."""
    found = {int(path.parent.name): path for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin")
             if path.parent.name.isdigit() and (path / "initdb").exists()}
    newest = max(found, default=0)
    assert newest >= OLDEST, f"PostgreSQL {OLDEST} or newer is needed: make check-deps"
    return found[newest]


def as_account(*command, launcher=()):
    """The command as the ordinary user runs it: PostgreSQL refuses root. Should the tests be killed, it stops."""
    account = of_account("nobody")
    options = [f"--reuid={account['user']}", f"--regid={account['group']}", "--clear-groups"] if account else []
    return [str(word) for word in (*launcher, "setpriv", "--pdeathsig=INT", *options, *command)]


def run(*command, stdin=None, launcher=()):
    done = subprocess.run(as_account(*command, launcher=launcher), input=stdin, capture_output=True, text=True, env=ENVIRONMENT,
                          cwd="/", timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def is_running(pid):
    """A process that has ended may be there until somebody asks after it."""
    state = content(f"/proc/{pid}/stat").rpartition(b") ")[2][:1]
    return state not in (b"", b"Z")


def quoted(value):
    """A value of postgresql.conf, or of keywords of libpq."""
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


@functools.cache
def shared():
    """The cluster in which servers of this process have their databases, where they are given no other."""
    return Cluster().start()


def remove_shared():
    if shared.cache_info().currsize:
        shared().remove()
        shared.cache_clear()


class Cluster:
    """One PostgreSQL. Made, and not started yet; with it, `with Cluster() as cluster`, started, and removed at the end.

    It listens on a unix socket in its directory, which every account may use; on TCP only at an address that it is
    given. It trusts everybody, until it is told otherwise (hba). What it writes would survive no power cut, unless it
    is to be `durable`: then it waits for the disk, as PostgreSQL does. `launcher` is a command that starts it, such as
    `ip netns exec NAME`. Settings are those of postgresql.conf.
    """

    def __init__(self, address=None, durable=False, launcher=(), encoding="UTF8", **settings):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-pg-"))
        self.directory.chmod(0o755)
        own(self.directory, account="nobody")
        self.data = self.directory / "data"
        self.address, self.launcher = address, launcher
        # Of an address in a namespace of the test's own, every port is free.
        self.holder = hold_port() if address == "127.0.0.1" else None
        self.port = self.holder.getsockname()[1] if self.holder else 5432
        self.process = None
        self.settings = {
            "listen_addresses": address or "", "port": self.port, "unix_socket_directories": self.directory,
            "max_connections": 400, "shared_buffers": "16MB", "max_wal_size": "256MB", "checkpoint_timeout": "1h",
            # Left behind by kill -9, these would stay in /dev/shm.
            "dynamic_shared_memory_type": "mmap", "jit": "off", "log_line_prefix": "%m [%p] %q%u@%d %a ",
            "timezone": "UTC", "log_timezone": "UTC",
            # Nothing lives long enough for it, and what it does would be taken for changes.
            "autovacuum": "off",
            **({} if durable else {"fsync": "off", "full_page_writes": "off"}), **settings}
        self.make(encoding)

    def make(self, encoding):
        run(binaries() / "initdb", "--no-sync", "--no-instructions", "-D", self.data, "-U", ADMINISTRATOR, "--auth=trust",
            "-E", encoding, "--locale=C")
        self.write_settings()
        # Nobody is there yet who could ask: this is how the first users come about.
        run(binaries() / "postgres", "--single", "-F", "-D", self.data, "postgres", stdin=f"CREATE ROLE {USER} LOGIN\n")

    def write_settings(self):
        path = self.data / "postgresql.conf"
        path.write_text("".join(f"{name} = {quoted(value)}\n" for name, value in self.settings.items()))
        own(path, account="nobody")

    # Its life.

    def launch(self):
        """Starts it, and does not wait until it can be asked."""
        assert self.process is None
        with open(self.directory / "log", "ab") as log:
            own(log.name, account="nobody")
            self.process = subprocess.Popen(
                as_account(binaries() / "postgres", "-D", self.data, launcher=self.launcher),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT, cwd="/")

    def start(self):
        self.launch()
        assert eventually(lambda: self.process.poll() is not None or self.is_ready()), self.log()
        assert self.process.poll() is None, self.log()
        return self

    def stop(self, mode="fast"):
        """Stops it as pg_ctl would: smart waits for clients, fast ends them, immediate leaves recovery to the next start."""
        if self.process is None:
            return
        pids = self.pids()
        self.process.send_signal({"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
        self.process.wait(PATIENCE)
        self.process = None
        assert eventually(lambda: not any(map(is_running, pids))), "a process is left"

    def kill(self):
        """Ends all of its processes at once, as a power cut would; only what was written outlives it."""
        pids = self.pause()
        for pid in reversed(pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.process = None
        assert eventually(lambda: not any(map(is_running, pids))), "a process is left"

    def restart(self, mode="fast"):
        self.stop(mode)
        return self.start()

    def pause(self):
        """Stops its processes where they are: connections stay, and nobody answers. Gives their numbers."""
        # Who is stopped starts no others.
        os.kill(self.process.pid, signal.SIGSTOP)
        pids = self.pids()
        for pid in pids[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        return pids

    def resume(self):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def remove(self):
        """Stops it in whatever state it is, and leaves nothing behind."""
        if self.process and self.process.poll() is None:
            self.kill()
        # Of one that was killed, a few bytes of shared memory stay until they are asked for by number.
        with contextlib.suppress(OSError, IndexError):
            shared = (self.data / "postmaster.pid").read_text().split("\n")[6].split()[-1]
            subprocess.run(["ipcrm", "-m", shared], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.directory)
        if self.holder:
            self.holder.close()

    def __enter__(self):
        try:
            return self if self.process else self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, *exception):
        self.remove()

    # Who and where it is.

    def pids(self):
        """The postmaster first, and every process that it has started."""
        return [self.process.pid, *children_of(self.process.pid)]

    def backends(self, dbname=None):
        """What clients of a database, or of all, are seen as."""
        return [pid for (pid,) in self.query(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() "
            "AND (datname = %s OR %s)", dbname, dbname is None)]

    def log(self):
        return (self.directory / "log").read_text(errors="replace")

    def is_ready(self):
        with contextlib.suppress(psycopg2.OperationalError):
            self.connect().close()
            return True
        return False

    def host(self, tcp=False):
        return self.address if tcp else self.directory

    def uri(self, dbname="postgres", user=USER, *others, tcp=False, **parameters):
        """The URI of a database, on the unix socket or over TCP, here or on the first of `others` that is the primary."""
        hosts = ",".join(f"{urllib.parse.quote(str(cluster.host(tcp)), safe='')}:{cluster.port}" for cluster in (self, *others))
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        return f"postgresql://{urllib.parse.quote(user)}@{hosts}/{urllib.parse.quote(dbname)}{query}"

    def keywords(self, dbname="postgres", user=USER, *others, tcp=False, **parameters):
        """The same in keywords."""
        clusters = (self, *others)
        words = {"host": ",".join(str(cluster.host(tcp)) for cluster in clusters),
                 "port": ",".join(str(cluster.port) for cluster in clusters), "user": user, "dbname": dbname, **parameters}
        return " ".join(f"{name}={quoted(value)}" for name, value in words.items() if value is not None)

    # What it is asked.

    def connect(self, dbname="postgres", user=ADMINISTRATOR, **parameters):
        """A connection of psycopg2 on which each statement stands by itself."""
        connection = psycopg2.connect(host=str(self.directory), port=self.port, dbname=dbname, user=user, **parameters)
        connection.autocommit = True
        return connection

    def query(self, text, *values, dbname="postgres", user=ADMINISTRATOR):
        """The rows of a statement with %s in it, as psycopg2 has it; without values a % is a %."""
        with contextlib.closing(self.connect(dbname, user)) as connection, connection.cursor() as cursor:
            cursor.execute(text, values or None)
            return cursor.fetchall() if cursor.description else []

    def psql(self, text, dbname="postgres", user=ADMINISTRATOR):
        """What psql prints for statements and commands of its own, a row a line."""
        return run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.directory, "-p", self.port, "-U", user, "-f", "-",
                   dbname, stdin=text)

    def create(self, name, owner=USER):
        """Makes an empty database, and gives its URI."""
        self.query(f'CREATE DATABASE "{name}" OWNER "{owner}"')
        return self.uri(name, owner)

    def copy(self, name, new):
        """Makes a database the copy of one to which nobody is connected, in place of what it was."""
        self.drop(new)
        self.query(f'CREATE DATABASE "{new}" TEMPLATE "{name}" OWNER "{USER}"')

    def files_of(self, name):
        """Where a database is on the disk, once all has been written there."""
        self.query("CHECKPOINT")
        [(number,)] = self.query("SELECT oid FROM pg_database WHERE datname = %s", name)
        return [*(self.data / "base" / str(number)).iterdir()]

    def drop(self, name):
        self.query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def set(self, **settings):
        """Changes settings that take no restart, and waits until they hold for whoever connects."""
        self.settings |= settings
        self.write_settings()
        self.reload()

    def hba(self, *lines):
        """Replaces who may come in how (pg_hba.conf). The administrator may always, on the unix socket."""
        path = self.data / "pg_hba.conf"
        path.write_text("\n".join([f"local all,replication {ADMINISTRATOR} trust", *lines, ""]))
        own(path, account="nobody")
        self.reload()

    def reload(self):
        if self.process:
            loaded = self.query("SELECT pg_conf_load_time()")
            self.process.send_signal(signal.SIGHUP)
            assert eventually(lambda: self.query("SELECT pg_conf_load_time()") != loaded), self.log()

    # Its standbys.

    def standby(self, name="standby", synchronous=True, **options):
        """A copy that follows this one, started; if synchronous, each commit waits for it from now on."""
        standby = Standby(self, name, **{"launcher": self.launcher, "address": self.address, **options})
        try:
            standby.start()
            if synchronous:
                self.set(synchronous_standby_names=name)
            assert eventually(lambda: self.is_followed_by(name, synchronous)), self.log() + standby.log()
        except BaseException:
            standby.remove()
            raise
        return standby

    def is_followed_by(self, name, synchronous=True):
        rows = self.query("SELECT state, sync_state FROM pg_stat_replication WHERE application_name = %s", name)
        return rows == [("streaming", "sync" if synchronous else "async")]

    def is_primary(self):
        return self.query("SELECT pg_is_in_recovery()") == [(False,)]

    def promote(self):
        """Makes a standby the primary, and waits until it is. It waits for no standby of its own until it is told to (set)."""
        assert self.query("SELECT pg_promote(true, %s)", PATIENCE) == [(True,)], self.log()

    def follow(self, primary, name):
        """Makes one that is stopped a standby of another, by that name, at its old place. What it had is gone."""
        assert self.process is None
        shutil.rmtree(self.data, ignore_errors=True)
        primary.query("SELECT pg_create_physical_replication_slot(%s) WHERE NOT EXISTS "
                      "(SELECT FROM pg_replication_slots WHERE slot_name = %s)", name, name)
        source = primary.keywords(None, ADMINISTRATOR, tcp=primary.address is not None, application_name=name)
        run(binaries() / "pg_basebackup", "--no-sync", "-c", "fast", "-X", "stream", "-D", self.data, "-R", "-S", name, "-d", source,
            launcher=self.launcher)
        self.settings.pop("synchronous_standby_names", None)
        self.write_settings()


class Standby(Cluster):
    """A cluster that begins as the copy of another, and follows it by a slot of that name until it is promoted."""

    def __init__(self, primary, name="standby", **options):
        self.primary, self.name = primary, name
        super().__init__(**options)

    def make(self, encoding):
        self.follow(self.primary, self.name)
