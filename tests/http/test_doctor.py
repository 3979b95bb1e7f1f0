"""What `bearward doctor` says of the database: each thing that it looks at is all right once, and amiss once."""

import contextlib
import pathlib
import re
import secrets
import socket
import subprocess
import tempfile

import pytest

import doctor
from conftest import Server, eventually
from postgresql import ADMINISTRATOR, ENVIRONMENT, Cluster, as_account
from server import own

pytestmark = pytest.mark.once("is about what PostgreSQL says of itself; what the library makes of its answers is seen in other tests")


def certificate(directory):
    """One for localhost, signed by itself: its files, as PostgreSQL wants them."""
    key, cert = directory / "server.key", directory / "server.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    key.chmod(0o600)
    cert.chmod(0o644)
    own(key, account="nobody")
    return {"ssl": "on", "ssl_key_file": key, "ssl_cert_file": cert}


@pytest.fixture(scope="module")
def cluster():
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory).chmod(0o755)
        with Cluster("127.0.0.1", durable=True, **certificate(pathlib.Path(directory))) as cluster:
            cluster.certificate = pathlib.Path(directory) / "server.crt"
            yield cluster


@pytest.fixture(scope="module")
def standby(cluster):
    standby = cluster.standby()
    yield standby
    standby.remove()


class Place(Server):
    """A directory of which `bearward init` has made a database with three roles."""

    def __init__(self, cluster, build="plain"):
        self.name = f"d{secrets.token_hex(3)}"
        self.reader = f"{self.name}_reader"
        super().__init__(build, cluster=cluster, database="")
        self.point(cluster.uri(self.name, self.name))
        done = self.command("init", "--database-admin", f"user={ADMINISTRATOR}")
        assert done.returncode == 0, done.stderr

    def point(self, database, **settings):
        """Names the database otherwise in the settings."""
        self.write_settings(**{"database": database, "database_reader": self.cluster.uri(self.name, self.reader),
                               "storage_wait": "1", **settings})

    def ask(self, text, *values):
        return self.cluster.query(text, *values, dbname=self.name)

    def doctor(self, launcher=()):
        """What is not all right, what was found of it, and what to do; all of what was looked at."""
        done = subprocess.run([*launcher, self.program, "doctor"], capture_output=True, text=True, env={
            **self.environment, "BEARWARD_CONF": str(self.conf)})
        rows = {check: row for check, row in doctor.rows_of(done).items() if check not in doctor.OF_HOST | doctor.OF_WEB}
        return doctor.amiss(rows), rows


@pytest.fixture(scope="module")
def place(cluster):
    place = Place(cluster)
    yield place
    place.remove()


HOST = f"web host {socket.gethostname()}"
CHECKS = {
    "primary", "TLS", "pooler", "version", "encoding", "fsync", "full_page_writes", "synchronous_commit", "synchronous standby",
    "administration of the writer", "owner of the tables", "limit of the writer", "connections of the server", "connections in use",
    "changes that wait for a standby", "password_encryption", "hashes of passwords", "standbys", "reader", "clock", HOST,
    "use of the database", "memory of hashes", "keys"}


def test_a_database_with_a_synchronous_standby_is_as_it_should_be(place, standby):
    amiss, rows = place.doctor()

    assert amiss == {}
    assert rows.keys() - {f"host {place.cluster.directory}:{place.cluster.port}"} == CHECKS
    assert rows["standbys"]["found"] == "standby (streaming, sync)"

    # Of both hosts one takes changes, and TLS is used over TCP.
    place.point(place.cluster.uri(place.name, place.name, standby))
    amiss, rows = place.doctor()
    assert amiss == {} and rows["primary"]["found"] == "1 of 2 hosts takes changes"
    assert rows[f"host {standby.directory}:{standby.port}"]["found"] == "standby"
    for mode, state in (("verify-full", None), ("require", "risk"), ("disable", "fault")):
        place.point(f"postgresql://{place.name}@localhost:{place.cluster.port}/{place.name}?hostaddr=127.0.0.1&sslmode={mode}"
                    f"&sslrootcert={place.cluster.certificate}")
        assert place.doctor()[0].get("TLS") == state, mode
    place.point(place.cluster.uri(place.name, place.name))
    columns = place.command("doctor", "--columns").stdout.splitlines()
    assert columns[0].split() == ["CHECK", "STATE", "FOUND"]
    assert CHECKS <= {re.split("  +", line)[0] for line in columns}


# What an administrator has done, how it is undone, and what is said then. {w} is the writer, {r} the reader.
AMISS = [
    ("ALTER ROLE {w} SET synchronous_commit = off", "ALTER ROLE {w} RESET synchronous_commit", {"synchronous_commit": "fault"}),
    ("ALTER ROLE {w} SUPERUSER", "ALTER ROLE {w} NOSUPERUSER", {"administration of the writer": "fault"}),
    ("ALTER ROLE {w} CREATEROLE", "ALTER ROLE {w} NOCREATEROLE", {"administration of the writer": "fault"}),
    ("ALTER TABLE users OWNER TO {w}",
     "ALTER TABLE users OWNER TO {w}_owner; GRANT SELECT, INSERT, UPDATE, DELETE ON users TO {w}", {"owner of the tables": "risk"}),
    ("ALTER ROLE {w} CONNECTION LIMIT -1", "ALTER ROLE {w} CONNECTION LIMIT 50", {"limit of the writer": "risk"}),
    ("ALTER ROLE {w} CONNECTION LIMIT 7", "ALTER ROLE {w} CONNECTION LIMIT 50", {"limit of the writer": "risk"}),
    ("ALTER ROLE {w} CONNECTION LIMIT 390", "ALTER ROLE {w} CONNECTION LIMIT 50", {"connections of the server": "risk"}),
    ("GRANT SELECT ON users TO {r}", "REVOKE SELECT ON users FROM {r}", {"hashes of passwords": "fault"}),
    ("ALTER ROLE {r} NOLOGIN", "ALTER ROLE {r} LOGIN", {"reader": "fault"}),
    ("REVOKE EXECUTE ON FUNCTION bearward_standbys() FROM {w}", "GRANT EXECUTE ON FUNCTION bearward_standbys() TO {w}",
     {"standbys": "unknown"}),
    ("UPDATE bearward_schema SET version = 4", "UPDATE bearward_schema SET version = 5",
     {"use of the database": "fault", "database": "fault"}),
    ("INSERT INTO hosts VALUES ('a', extract(epoch FROM now()), '{version}', 5, 'other', 0)", "DELETE FROM hosts WHERE name = 'a'",
     {"web host a": "fault"}),
    ("INSERT INTO hosts VALUES ('a', extract(epoch FROM now()), '9.9', 5, (SELECT kids FROM hosts), 0)",
     "DELETE FROM hosts WHERE name = 'a'", {"web host a": "risk"}),
    ("INSERT INTO hosts VALUES ('a', extract(epoch FROM now()) - 600, '{version}', 5, (SELECT kids FROM hosts), 0)",
     "DELETE FROM hosts WHERE name = 'a'", {"web host a": "risk"}),
    ("INSERT INTO hosts VALUES ('a', extract(epoch FROM now()), '{version}', 5, (SELECT kids FROM hosts), -6000)",
     "DELETE FROM hosts WHERE name = 'a'", {"web host a": "fault"}),
    ("UPDATE hosts SET seen_at = 0", "UPDATE hosts SET seen_at = extract(epoch FROM now())", {"web hosts": "risk"}),
]


@pytest.mark.parametrize("done, undone, expected", AMISS, ids=[done for done, _, _ in AMISS])
def test_what_an_administrator_has_done_amiss_is_said(place, standby, done, undone, expected):
    [version] = place.command("version").stdout.split()[-1:]
    names = {"w": place.name, "r": place.reader, "version": version}

    place.ask(done.format(**names))
    try:
        amiss, _ = place.doctor()
    finally:
        place.ask(undone.format(**names))

    assert amiss == expected


def test_who_changes_keys_or_looks_at_the_settings_is_told_of_hosts_with_other_keys(place, standby):
    place.ask("INSERT INTO hosts VALUES ('elsewhere', extract(epoch FROM now()), 'x', 5, (SELECT kids FROM hosts), 0)")
    try:
        assert "elsewhere: it has keys" not in place.command("check-config").stderr
        made = place.command("key", "new")
        told = [made, place.command("check-config"), place.command("key", "remove", made.stdout.split()[2])]
    finally:
        place.ask("DELETE FROM hosts WHERE name = 'elsewhere'")

    assert [done.returncode for done in told] == [0] * 3
    assert ["elsewhere: it has keys" in done.stderr for done in told] == [True, True, False]


SETTINGS = [
    ({"fsync": "off"}, {"fsync": "fault"}),
    ({"full_page_writes": "off"}, {"full_page_writes": "fault"}),
    ({"password_encryption": "md5"}, {"password_encryption": "risk"}),
    # A standby that follows, and nobody waits for it.
    ({"synchronous_standby_names": ""}, {"synchronous standby": "fault"}),
    # One that never comes.
    ({"synchronous_standby_names": "nobody"}, {"standbys": "fault"}),
]


@pytest.mark.parametrize("settings, expected", SETTINGS, ids=lambda value: " ".join(map(str, value)))
def test_a_setting_of_the_server_that_is_amiss_is_said(place, standby, settings, expected):
    before = {name: {"fsync": "on", "full_page_writes": "on", "password_encryption": "scram-sha-256",
                     "synchronous_standby_names": "standby"}[name] for name in settings}
    place.cluster.set(**settings)
    try:
        amiss, _ = place.doctor()
    finally:
        place.cluster.set(**before)

    assert amiss == expected


def test_changes_that_wait_for_a_standby_are_counted_and_so_are_connections(place, standby):
    place.ask(f"ALTER ROLE {place.name} CONNECTION LIMIT 10")
    with contextlib.ExitStack() as stack:
        stack.callback(place.ask, f"ALTER ROLE {place.name} CONNECTION LIMIT 50")
        connections = [stack.enter_context(contextlib.closing(place.cluster.connect(place.name, place.name))) for _ in range(8)]
        assert place.doctor()[0] == {"connections in use": "risk"}
        for connection in connections[1:]:
            connection.close()
        place.cluster.set(synchronous_standby_names="nobody")
        stack.callback(place.cluster.set, synchronous_standby_names="standby")
        waiting = subprocess.Popen(
            ["psql", "-X", "-q", "-h", place.cluster.directory, "-p", str(place.cluster.port), "-U", place.name, "-c",
             "UPDATE moments SET at = at", place.name], env=ENVIRONMENT)
        stack.callback(waiting.wait)

        assert eventually(lambda: place.doctor()[0] == {"standbys": "fault", "changes that wait for a standby": "fault"})

        place.cluster.set(synchronous_standby_names="standby")


def test_a_clock_that_is_off_is_said(place, standby):
    assert place.doctor(["faketime", "-f", "+1h"])[0] == {"clock": "fault"}


def test_hosts_that_are_away_and_two_that_both_take_changes_are_said(place, cluster, standby):
    nowhere = f"postgresql://{place.name}@{str(cluster.directory).replace('/', '%2F')}:{cluster.port},%2Fnowhere:1/{place.name}"
    place.point(nowhere)
    amiss, rows = place.doctor()
    assert amiss["host /nowhere:1"] == "fault" and rows["primary"]["state"] == "ok"

    place.point(f"postgresql://{place.name}@%2Fnowhere:1/{place.name}")
    amiss, _ = place.doctor()
    assert amiss["primary"] == amiss["use of the database"] == amiss["host /nowhere:1"] == "fault"

    with cluster.standby("other", synchronous=False) as other:
        other.promote()
        place.point(cluster.uri(place.name, place.name, other))
        amiss, rows = place.doctor()
    assert amiss["primary"] == "fault" and rows["primary"]["found"] == "2 of 2 hosts take changes"
    place.point(cluster.uri(place.name, place.name))


def test_an_encoding_that_is_not_utf8_is_said(place, cluster, standby):
    name = f"ascii_{place.name}"
    cluster.query(f"CREATE DATABASE {name} OWNER {place.name} TEMPLATE template0 ENCODING 'SQL_ASCII'")
    place.point(cluster.uri(name, place.name))
    try:
        amiss, _ = place.doctor()
    finally:
        place.point(cluster.uri(place.name, place.name))
        cluster.drop(name)

    assert amiss["encoding"] == "fault"


@contextlib.contextmanager
def pgbouncer(cluster, user):
    with tempfile.TemporaryDirectory() as directory:
        own(directory, account="nobody")
        settings = pathlib.Path(directory) / "pgbouncer.ini"
        users = pathlib.Path(directory) / "users"
        users.write_text(f'"{user}" ""\n')
        settings.write_text(f"""[databases]
* = host={cluster.directory} port={cluster.port}
[pgbouncer]
unix_socket_dir = {directory}
listen_port = 6432
auth_type = trust
auth_file = {users}
""")
        for path in (settings, users):
            own(path, account="nobody")
        process = subprocess.Popen(as_account("pgbouncer", "-q", settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert eventually(lambda: (pathlib.Path(directory) / ".s.PGSQL.6432").exists())
            yield directory
        finally:
            process.terminate()
            process.wait()


def test_a_pooler_in_between_is_seen(place, standby):
    with pgbouncer(place.cluster, place.name) as directory:
        place.point(f"host={directory} port=6432 user={place.name} dbname={place.name}")
        try:
            amiss, rows = place.doctor()
        finally:
            place.point(place.cluster.uri(place.name, place.name))

    assert "pgbouncer" in rows["pooler"]["found"]


def test_with_sqlite_it_looks_at_the_file_and_the_keys(build):
    server = Server(build, engine="sqlite")
    try:
        assert server.command("doctor", "--json").returncode == 1
        assert server.command("init").returncode == 0
        done = server.command("doctor", "--json")
        rows = {check: row for check, row in doctor.rows_of(done).items() if check not in doctor.OF_HOST | doctor.OF_WEB}
        assert {check: row["state"] for check, row in rows.items()} == dict.fromkeys(
            ("database", "use of the database", "memory of hashes", "keys"), "ok")
        assert "SQLite" in rows["database"]["found"]
    finally:
        server.remove()
