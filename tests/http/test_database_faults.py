"""What befalls a PostgreSQL that has no standby, and a service on it (protocol sections 1.10 and 15)."""

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import time

import psycopg2
import pytest
import fastcgi
from conftest import PATIENCE, TOP, Server, bearer, eventually, kill_lasting, register, running, sign_in
from load import CHANGES, Load
from network import place  # noqa: F401 (a fixture)
from postgresql import USER, Cluster

pytestmark = [pytest.mark.only_nginx("is about the database"), pytest.mark.slow, pytest.mark.once("is about the database")]

WAIT = 2                        # storage_wait, in seconds

# What nobody needs a database for.
DOCUMENTS = ["/.well-known/jwks.json", "/health/live", "/openapi.json", "/docs"]


@pytest.fixture(scope="module")
def cluster():
    with Cluster(max_connections=60) as cluster:
        cluster.create("bearward")
        cluster.query("CREATE ROLE somebody LOGIN")
        yield cluster


@pytest.fixture(scope="module")
def service(cluster):
    with running("plain", database=cluster.uri("bearward"), storage_wait=WAIT, refresh_window=0) as server:
        yield server


def query(cluster, text, *values):
    return cluster.query(text, *values, dbname="bearward")


def hang_up(cluster):
    """Ends all connections of the service, and of nobody else."""
    cluster.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'bearward' AND application_name <> 'other'")


# -- It comes back by itself

@contextlib.contextmanager
def between(begin, end):
    begin()
    try:
        yield
    finally:
        end()


def changed(cluster, there, back):
    return between(lambda: query(cluster, there), lambda: query(cluster, back))


def of_version(cluster, version):
    """Another program has made it what that one needs."""
    [before] = query(cluster, "SELECT version, readable_since FROM bearward_schema")

    def make(*numbers):
        query(cluster, "UPDATE bearward_schema SET version = %s, readable_since = %s", *numbers)
        hang_up(cluster)
    return between(lambda: make(version, version), lambda: make(*before))


@contextlib.contextmanager
def used_up(cluster, user):
    """Others have all connections that a role, or anybody, may have."""
    with contextlib.ExitStack() as stack:
        others = []

        def are_alone():
            """Those that hung up are gone only a while later."""
            before = len(others)
            hang_up(cluster)
            with contextlib.suppress(psycopg2.OperationalError):
                while True:
                    others.append(stack.enter_context(contextlib.closing(cluster.connect("bearward", user, application_name="other"))))
            return len(others) == before and not cluster.query(
                "SELECT 1 FROM pg_stat_activity WHERE datname = 'bearward' AND application_name <> 'other'")
        assert eventually(are_alone)
        yield


@contextlib.contextmanager
def locked(cluster):
    """An administrator holds what every change needs."""
    with contextlib.closing(cluster.connect("bearward")) as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


# What befalls it, and what the log says of it.
FAULTS = {
    "is stopped": (lambda cluster: between(cluster.stop, cluster.start), ""),
    "is stopped at once": (lambda cluster: between(lambda: cluster.stop("immediate"), cluster.start), ""),
    "is killed": (lambda cluster: between(cluster.kill, cluster.start), ""),
    # It neither answers nor hangs up, as if a cable were pulled.
    "hangs": (lambda cluster: between(cluster.pause, cluster.resume), "no answer within storage_wait"),
    "has a table less": (lambda cluster: changed(
        cluster, "ALTER TABLE grants RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO grants"), "bearward init"),
    "takes rights away": (lambda cluster: changed(
        cluster, "ALTER TABLE users OWNER TO postgres; REVOKE ALL ON users FROM bearward", "ALTER TABLE users OWNER TO bearward"),
        "permission denied"),
    # Under its clients, none of whom hangs up.
    "becomes read-only": (lambda cluster: between(
        lambda: cluster.set(default_transaction_read_only="on"), lambda: cluster.set(default_transaction_read_only="off")), ""),
    "is locked": (locked, "no answer within storage_wait"),
    "has no connection left": (lambda cluster: used_up(cluster, "somebody"), "no connection left"),
    "is newer": (lambda cluster: of_version(cluster, 99), "newer bearward"),
    "is older": (lambda cluster: of_version(cluster, 1), "bearward init"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_15_1_a_database_that_is_away_for_a_while_loses_nothing_that_was_acknowledged(cluster, service, fault):
    befall, words = FAULTS[fault]
    with Load(service, mark=fault.replace(" ", "")) as load:
        load.goes_on()
        before = len(service.log())
        with befall(cluster):
            load.is_refused()
            # The first who is refused may have waited for something else.
            assert eventually(lambda: words in service.log()[before:]), words
        load.goes_on(CHANGES)


def test_15_6_what_needs_no_database_goes_on_without_one_and_what_is_started_then_recovers(cluster, start_plain_server):
    service = start_plain_server(database=cluster.create("elsewhere"), storage_wait=WAIT, verify="stateless")
    with service.client() as client:
        assert register(client, "alice").status_code == 200
        token = sign_in(client, "alice").json()["access_token"]
        shown = fastcgi.get_params(HTTP_AUTHORIZATION=f"Bearer {token}")
        cluster.stop()
        kill_lasting(service.responder_pids())
        assert eventually(lambda: len(service.responder_pids().keys() - service.first_pids.keys()) == len(service.first_pids))
        second_pids = service.responder_pids()

        assert {path: client.get(path).status_code for path in DOCUMENTS} == dict.fromkeys(DOCUMENTS, 200)
        assert fastcgi.ask(service.socket("verify"), shown).status_code == 200
        assert [register(client, "bob").status_code, sign_in(client, "alice").status_code,
                client.get("/users/me/", headers=bearer(token)).status_code, client.get("/health/ready").status_code] == [503] * 4

        cluster.start()

        assert [client.get("/users/me/", headers=bearer(token)).status_code, sign_in(client, "alice").status_code,
                register(client, "bob").status_code] == [200] * 3
        # What was found out is good for a second.
        assert eventually(lambda: client.get("/health/ready").status_code == 200)
        assert service.responder_pids() == second_pids


def test_15_1_a_restart_while_nobody_asks_is_seen_by_nobody(cluster, start_plain_server):
    # Attempts are counted by a statement that nobody repeats: it may not be sent to a server that is gone.
    service = start_plain_server(database=cluster.create("idle"), attempts="yes")
    with service.client() as client:
        assert register(client, "idle").status_code == 200
        token = sign_in(client, "idle").json()["access_token"]
        for mode in ("fast", "immediate"):
            cluster.restart(mode)
            assert client.get("/users/me/", headers=bearer(token)).status_code == 200
            assert sign_in(client, "idle").status_code == 200
            assert register(client, f"after{mode}").status_code == 200


def test_who_is_not_named_in_the_settings_connects_again_when_confined(cluster, start_plain_server):
    # The responders, and whoever makes the tables.
    for account in {"nobody", pwd.getpwuid(os.geteuid()).pw_name}:
        cluster.query(f'CREATE ROLE "{account}" LOGIN SUPERUSER')
    cluster.create("nameless")
    service = start_plain_server(database=f"host={cluster.directory} port={cluster.port} dbname=nameless")
    with service.client() as client:
        assert register(client, "alice").status_code == 200
        cluster.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'nameless'")
        token = sign_in(client, "alice").json()["access_token"]
        assert client.get("/users/me/", headers=bearer(token)).status_code == 200


@pytest.mark.thorough
def test_eight_connections_suffice_for_all_processes_of_a_host(cluster, service):
    query(cluster, "ALTER ROLE bearward CONNECTION LIMIT 8")
    hang_up(cluster)
    try:
        with service.client() as client, Load(service, people=12, mark="few") as load:
            # Each of the eight programs has one, also the one that nobody else asks.
            assert eventually(lambda: client.get("/health/ready").status_code == 200)
            load.goes_on(CHANGES, times=3)
            with used_up(cluster, "bearward"):
                load.is_refused()
            load.goes_on(CHANGES)
    finally:
        query(cluster, "ALTER ROLE bearward CONNECTION LIMIT -1")


@pytest.mark.thorough
def test_1_10_a_full_disk_of_the_database_is_a_refusal_until_there_is_room(start_plain_server, place):  # noqa: F811
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    # The file system is there for those alone who are started this way, and gone with them.
    mount = f'mount -t tmpfs -o size=24m,uid={pwd.getpwnam("nobody").pw_uid},mode=700 none {place} && exec "$@"'
    with Cluster(launcher=["unshare", "--mount", "sh", "-c", mount, "sh"]) as cluster:
        cluster.query(f"CREATE TABLESPACE small LOCATION '{place}'")
        cluster.query(f"CREATE DATABASE bearward OWNER {USER} TABLESPACE small")
        server = start_plain_server(database=cluster.uri("bearward"), storage_wait=WAIT, refresh_window=0)
        ballast = pathlib.Path(f"/proc/{cluster.process.pid}/root{place}/ballast")
        with Load(server) as load:
            load.goes_on()
            with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
            load.is_refused()
            ballast.unlink()
            load.goes_on(CHANGES)


@pytest.mark.thorough
@pytest.mark.parametrize("offset", [3600, -3600])
def test_a_database_whose_clock_is_an_hour_off_does_no_harm(start_plain_server, place, offset):  # noqa: F811
    library = place / "other_clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", f"-DOFFSET={offset}", "-o", library, TOP / "tests/http/other_clock.c"], check=True)
    with Cluster(launcher=["env", f"LD_PRELOAD={library}"]) as cluster:
        cluster.create("bearward")
        assert abs(cluster.query("SELECT extract(epoch FROM now())::float8")[0][0] - time.time() - offset) < 100
        server = start_plain_server(database=cluster.uri("bearward"), attempts="yes", storage_wait=WAIT)
        with server.client() as client:
            assert register(client, "alice").status_code == 200
            given = sign_in(client, "alice").json()
            assert client.get("/users/me/", headers=bearer(given["access_token"])).status_code == 200
            refreshed = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": given["refresh_token"]})
            assert refreshed.status_code == 200
            wrong = [sign_in(client, "alice", "wrong") for _ in range(6)]
            assert [answer.status_code for answer in wrong] == [401] * 5 + [429]
            assert 0 < int(wrong[-1].headers["Retry-After"]) <= 60


# -- What does not come back by itself

def test_a_database_that_is_not_ours_or_not_fit_is_refused_with_what_to_do(cluster, tmp_path):
    cluster.query("CREATE DATABASE latin OWNER bearward ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    cluster.create("foreign")
    cluster.query("CREATE TABLE users (id serial, email text)", dbname="foreign", user="bearward")
    cases = {"latin": "UTF8", "foreign": "users", "nowhere": "nowhere"}
    for name, word in cases.items():
        server = Server(directory=tmp_path / name, database=cluster.uri(name))
        answer = server.command("init")
        assert answer.returncode == 1 and word in answer.stderr + answer.stdout, (name, answer)
    assert cluster.query("SELECT count(*) FROM users", dbname="foreign") == [(0,)]


def test_what_another_account_could_change_is_not_loaded(tmp_path):
    for name in ("bearward", "bearward-postgresql.so"):
        shutil.copy(TOP / name, tmp_path)
    part = tmp_path / "bearward-postgresql.so"
    server = Server(directory=tmp_path, database="host=/nowhere dbname=bearward user=bearward")

    def init():
        answer = subprocess.run([tmp_path / "bearward", "init"], env=server.environment | {"BEARWARD_CONF": str(server.conf)},
                                capture_output=True, text=True, timeout=PATIENCE)
        assert answer.returncode == 1
        return answer.stderr

    assert "PostgreSQL: connect:" in init()
    part.chmod(0o757)
    assert "others may write it: chmod go-w it" in init()
    part.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(part, pwd.getpwnam("nobody").pw_uid, -1)
        assert "belongs to another account than the program" in init()
    part.unlink()
    assert "is missing" in init()


@pytest.mark.parametrize("database, environment, words", [
    ("postgresql://bearward@db.invalid/bearward?p%61ssword=secret", {}, "database_password_file"),
    ("service=bearward", {}, "names a service"),
    ("postgresql:///bearward", {"PGHOST": "db.invalid"}, "names no host"),
    ("dbname=bearward", {"PGSERVICE": "bearward"}, "names no host"),
], ids=str)
def test_a_database_that_libpq_would_look_for_elsewhere_is_refused(tmp_path, database, environment, words):
    server = Server(directory=tmp_path, database=database)
    server.environment.update(environment)
    answer = server.command("init")
    assert answer.returncode == 1 and words in answer.stderr and "secret" not in answer.stderr + answer.stdout
