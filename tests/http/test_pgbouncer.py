"""pgbouncer between a service and its PostgreSQL: it lends each connection to many, for a session or a transaction."""

import contextlib
import pathlib
import shutil
import subprocess
import tempfile
import threading

import psycopg2
import pytest
from conftest import PATIENCE, eventually
from load import CHANGES, Load, second_host
from postgresql import ENVIRONMENT, USER, Cluster, as_account, own

pytestmark = [pytest.mark.only_nginx("is about the database"), pytest.mark.slow, pytest.mark.once("is about the database")]


class Pgbouncer:
    """One in front of a cluster, on a unix socket in a directory of its own."""

    def __init__(self, cluster, mode, size):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-bouncer-"))
        self.directory.chmod(0o755)
        settings = self.directory / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host={cluster.directory} port={cluster.port} user={USER}\n"
            f"[pgbouncer]\nunix_socket_dir = {self.directory}\nunix_socket_mode = 0777\nlisten_port = 6432\nauth_type = any\n"
            f"pool_mode = {mode}\ndefault_pool_size = {size}\nmax_client_conn = 500\nserver_login_retry = 1\n"
            f"logfile = {self.directory}/log\n")
        own(self.directory, settings, account="nobody")
        self.settings = settings
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            as_account("pgbouncer", self.settings), env=ENVIRONMENT | {"PATH": "/usr/sbin:/usr/bin"}, cwd="/",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert eventually(lambda: self.process.poll() is not None or self.is_ready()) and self.process.poll() is None, self.log()

    def log(self):
        return (self.directory / "log").read_text()

    def connect(self):
        connection = psycopg2.connect(host=str(self.directory), port=6432, dbname="bearward", user=USER)
        connection.autocommit = True
        return connection

    def is_ready(self):
        with contextlib.suppress(psycopg2.OperationalError):
            self.connect().close()
            return True
        return False

    @property
    def uri(self):
        return f"host={self.directory} port=6432 dbname=bearward user={USER}"

    def stop(self):
        self.process.kill()
        self.process.wait(PATIENCE)

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory)


@pytest.fixture(params=[pytest.param("session", marks=pytest.mark.thorough), "transaction"])
def bouncer(request):
    with Cluster() as cluster:
        cluster.create("bearward")
        bouncer = Pgbouncer(cluster, request.param, 40 if request.param == "session" else 4)
        bouncer.cluster, bouncer.mode = cluster, request.param
        yield bouncer
        bouncer.remove()


class OtherVersion(threading.Thread):
    """A program that numbers its statements, and another that takes the names of all away."""

    def __init__(self, bouncer):
        super().__init__(daemon=True)
        self.bouncer, self.is_over = bouncer, threading.Event()
        self.start()

    def run(self):
        while not self.is_over.wait(0.02):
            with contextlib.suppress(psycopg2.Error), contextlib.closing(self.bouncer.connect()) as connection, connection.cursor() as cursor:
                cursor.execute("DEALLOCATE ALL")
                for name in ("bw_1", "bw_2", "s1", "statement_1"):
                    cursor.execute(f"PREPARE {name} AS SELECT 1")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.join(PATIENCE)


def test_other_programs_and_restarts_behind_a_pgbouncer_do_no_harm(bouncer, start_plain_server):
    first = start_plain_server(database=bouncer.uri, storage_wait=5, refresh_window=0)
    with second_host(first) as second, OtherVersion(bouncer), Load(first, second) as load:
        load.goes_on(CHANGES)
        bouncer.cluster.restart()
        load.goes_on(CHANGES)
        bouncer.stop()
        load.is_refused()
        bouncer.start()
        load.goes_on(CHANGES)
    # A name that was not there, or was there already, has been met; and nobody was told.
    assert bouncer.mode == "session" or 'ERROR:  prepared statement "bw_' in bouncer.cluster.log()
