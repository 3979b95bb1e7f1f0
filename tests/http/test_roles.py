"""What an administrator of a PostgreSQL does for bearward: roles, database and tables, made or printed, and a second host."""

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import stat
import struct

import psycopg2
import pytest

import clock
import fastcgi
from conftest import PASSWORD, Server, bearer, eventually, sign_in
from postgresql import ADMINISTRATOR, Cluster, binaries, run
from sessions import Session
from terminal import Terminal
from test_cgi import run as run_cgi

pytestmark = pytest.mark.once("is about what PostgreSQL allows; what the library makes of its answers is seen in other tests")

@pytest.fixture(scope="module")
def cluster():
    with Cluster(log_statement="all") as cluster:
        cluster.hba("local all all scram-sha-256")
        yield cluster


class Place(Server):
    """A directory with settings for a database that is not there yet, of roles that are not there yet."""

    def __init__(self, cluster, build="plain", name=None, **settings):
        self.name = name or f"b{secrets.token_hex(3)}"
        self.owner, self.reader = f"{self.name}_owner", f"{self.name}_reader"
        super().__init__(build, cluster=cluster, **{
            "database": cluster.uri(self.name, self.name), "database_password_file": "state/password",
            "database_reader": cluster.uri(self.name, self.reader), "database_reader_password_file": "state/reader-password",
            **settings})

    def init(self, *options, admin=None):
        return self.command("init", "--database-admin", admin or f"user={ADMINISTRATOR}", *options)

    def ask(self, text, *values):
        return self.cluster.query(text, *values, dbname=self.name)

    def query(self, text, *values):
        return self.ask(text.replace("?", "%s"), *values)

    def connect(self, role, password_file):
        password = (self.state / password_file).read_text().strip()
        return contextlib.closing(self.cluster.connect(self.name, role, password=password))

    def remove(self):
        super().remove()
        self.cluster.drop(self.name)


@pytest.fixture
def place(cluster):
    place = Place(cluster)
    yield place
    place.remove()


@pytest.fixture
def ready(place):
    done = place.init()
    assert done.returncode == 0, done.stderr
    return place


def is_denied(connection, statement):
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement)
        except psycopg2.errors.InsufficientPrivilege:
            return True
    return False


def test_an_administrator_makes_all_that_is_missing_and_a_second_time_nothing(place):
    done = place.init()

    assert done.returncode == 0, done.stderr
    for said in (f"made role {place.owner}", f"made role {place.name}", f"made role {place.reader}", f"made database {place.name}",
                 "made the tables", "made a random password", "made signing key"):
        assert said in done.stdout
    passwords = [(place.state / name).read_text().strip() for name in ("password", "reader-password")]
    assert [stat.S_IMODE((place.state / name).stat().st_mode) for name in ("password", "reader-password")] == [0o600] * 2
    assert len(set(passwords)) == 2 and all(len(password) == 32 for password in passwords)
    # The server has never seen them.
    stored = dict(place.ask("SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE %s", place.name + "%"))
    assert stored[place.owner] is None and all(stored[role].startswith("SCRAM-SHA-256$") for role in (place.name, place.reader))
    assert not [password for password in passwords if password in place.cluster.log() + done.stdout + done.stderr]
    assert place.ask("SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()") == [("UTF8", "C")]

    again = place.init()

    assert again.returncode == 0, again.stderr
    assert f"database {place.name}, its roles and tables are as they should be" in again.stdout
    assert not re.search("^(made|gave|set)", again.stdout, re.MULTILINE), again.stdout
    assert passwords == [(place.state / name).read_text().strip() for name in ("password", "reader-password")]
    assert place.command("init").returncode == 0


def test_each_role_can_do_its_work_and_no_more(ready):
    ready.start()
    try:
        with ready.client() as client:
            assert client.post("/users/", json={"username": "alice", "password": PASSWORD}).is_success
            token = sign_in(client, "alice").json()["access_token"]
            assert client.get("/users/me/", headers=bearer(token)).status_code == 200
            assert client.get("/health/ready").status_code == 200
            # What only reads is somebody else for the server than what writes.
            users = {user for (user,) in ready.ask("SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = %s", ready.name)}
            assert {ready.name, ready.reader} <= users
    finally:
        ready.stop()
    for command in ("user list", "audit", "export --ndjson", "session list", "introspection list", "check-config", "tidy"):
        assert ready.command(*command.split()).returncode == 0, command

    with ready.connect(ready.name, "password") as writer:
        denied = [text for text in (
            "DROP TABLE users", "ALTER TABLE users ADD COLUMN x int", "CREATE TABLE x ()", "UPDATE bearward_schema SET version = 9",
            "DROP DATABASE postgres", "CREATE ROLE x", f"SET ROLE {ready.owner}", "SELECT rolpassword FROM pg_authid",
            "TRUNCATE users", "CREATE TEMPORARY TABLE x ()") if not is_denied(writer, text)]
    assert not denied
    with ready.connect(ready.reader, "reader-password") as reader:
        with reader.cursor() as cursor:
            cursor.execute("SELECT id, username FROM users")
            assert cursor.fetchall() == [(1, "alice")]
        allowed = [text for text in (
            "SELECT hashed_password FROM users", "SELECT * FROM users", "SELECT digest FROM tickets", "SELECT data FROM outbox",
            "SELECT detail FROM audit", "SELECT key FROM attempts_key", "UPDATE users SET is_active = FALSE", "DELETE FROM sessions",
            "SELECT digest FROM introspectors", "SELECT nextval('users_id_seq')") if not is_denied(reader, text)]
    assert not allowed
    limits = dict(ready.ask("SELECT rolname, rolconnlimit FROM pg_roles WHERE rolname LIKE %s", ready.name + "%"))
    assert limits == {ready.owner: -1, ready.name: 240, ready.reader: 120}
    # Nobody else comes in, although he may come into other databases.
    other = f"other_{ready.name}"
    ready.cluster.query(f"CREATE ROLE {other} LOGIN PASSWORD 'x'")
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        ready.cluster.connect(ready.name, other, password="x")


def dump(place):
    text = run(binaries() / "pg_dump", "-s", "-h", place.cluster.directory, "-p", place.cluster.port, "-U", ADMINISTRATOR, place.name)
    text = re.sub(r"(?m)^\\(un)?restrict .*\n", "", text)
    return text.replace(place.name, "NAME")


def test_the_sql_that_is_printed_does_the_same_as_often_as_psql_runs_it(ready):
    twin = Place(ready.cluster)
    try:
        printed = twin.command("init", "--database-admin-sql")
        assert printed.returncode == 0, printed.stderr
        assert "made a random password" in printed.stderr and "made a random password" not in printed.stdout
        assert (twin.state / "password").read_text().strip() not in printed.stdout

        for _ in range(2):
            twin.cluster.psql(printed.stdout)

        assert dump(twin) == dump(ready)
        roles = "SELECT replace(rolname, %s, 'NAME'), rolcanlogin, rolconnlimit, rolsuper, rolcreatedb FROM pg_roles WHERE rolname LIKE %s"
        assert sorted(twin.ask(roles, twin.name, twin.name + "%")) == sorted(ready.ask(roles, ready.name, ready.name + "%"))
        done = twin.command("init")
        assert done.returncode == 0, done.stderr
        assert "made signing key" in done.stdout
    finally:
        twin.remove()


def test_the_writers_limit_is_what_the_administrator_says(ready):
    assert ready.init("--connection-limit", "17").returncode == 0
    assert ready.init().returncode == 0

    assert ready.ask("SELECT rolconnlimit FROM pg_roles WHERE rolname = %s", ready.name) == [(17,)]


def test_the_server_is_told_to_notice_when_a_host_is_gone_unless_it_was_told_otherwise(ready):
    given = dict(line.split("=") for line in ready.ask("SELECT rolconfig FROM pg_roles WHERE rolname = %s", ready.name)[0][0])
    assert given.keys() == {"lock_timeout", "client_connection_check_interval", "tcp_keepalives_idle", "tcp_keepalives_interval",
                            "tcp_keepalives_count"}

    ready.cluster.query(f"ALTER ROLE {ready.name} SET lock_timeout = '7s'")

    assert ready.init().returncode == 0
    assert "lock_timeout=7s" in ready.ask("SELECT rolconfig FROM pg_roles WHERE rolname = %s", ready.name)[0][0]


def test_a_password_that_was_replaced_in_its_file_is_set_anew(ready):
    (ready.state / "password").write_text("quite another one\n")
    assert ready.command("user", "list").returncode == 1

    done = ready.init()

    assert done.returncode == 0, done.stderr
    assert f"set the password of {ready.name}" in done.stdout and ready.reader not in done.stdout
    assert ready.command("user", "list").returncode == 0


def test_a_second_host_takes_passwords_and_keys_of_the_first_and_makes_none(ready):
    kid = next((ready.state / "keys").iterdir()).name
    second = Place(ready.cluster, name=ready.name)
    try:
        done = second.init()
        assert done.returncode == 1 and f"role {ready.name} is there already" in done.stderr and "copy this file" in done.stderr

        for name in ("password", "reader-password"):
            shutil.copy(ready.state / name, second.state)
        for command in (second.init, lambda: second.command("init")):
            done = command()
            assert done.returncode == 1
            assert kid in done.stderr and "Copy keys/, signing/ and public/" in done.stderr
        assert not (second.state / "keys").exists() or not list((second.state / "keys").iterdir())

        shutil.copytree(ready.state / "keys", second.state / "keys", dirs_exist_ok=True)
        done = second.command("init")
        assert done.returncode == 0, done.stderr
        assert "a signing key is there" in done.stdout
    finally:
        shutil.rmtree(second.directory)


def test_a_database_of_one_role_becomes_one_of_three(place):
    place.cluster.query(f"CREATE ROLE {place.name} LOGIN PASSWORD 'secret'")
    place.cluster.create(place.name, place.name)
    place.write_settings(database=place.cluster.uri(place.name, place.name), database_password_file="password")
    (place.directory / "password").write_text("secret\n")
    (place.directory / "password").chmod(0o600)
    done = place.command("init")
    assert done.returncode == 0, done.stderr
    assert place.command("user", "add", "alice", stdin=f"{PASSWORD}\n").returncode == 0

    done = place.init()

    assert done.returncode == 0, done.stderr
    assert f"gave the tables to {place.owner}" in done.stdout and f"gave database {place.name} to {place.owner}" in done.stdout
    assert place.ask("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [(place.owner,)]
    assert "alice" in place.command("user", "list").stdout
    assert place.command("user", "add", "bob", stdin=f"{PASSWORD}\n").returncode == 0


def test_who_may_make_roles_and_databases_need_be_no_superuser(place):
    dba = f"dba_{place.name}"
    place.cluster.query(f"CREATE ROLE {dba} LOGIN CREATEDB CREATEROLE PASSWORD 'secret'")

    # Without a terminal nobody can be asked.
    done = place.init(admin=f"user={dba}")
    assert done.returncode == 1 and "no password supplied" in done.stderr

    place.environment["PGPASSWORD"] = "secret"
    done = place.init(admin=f"user={dba}")
    del place.environment["PGPASSWORD"]
    assert done.returncode == 0, done.stderr

    # On one it is asked for, once.
    terminal = Terminal(place, "init", "--database-admin", f"user={dba}")
    terminal.wait_for("Password of the administrator of the database: ")
    assert not terminal.is_echoing()
    terminal.type("secret\n")
    assert terminal.finish() == 0
    assert "as they should be" in terminal.seen and "secret" not in terminal.seen
    assert place.command("user", "add", "alice", stdin=f"{PASSWORD}\n").returncode == 0


REFUSALS = [
    ({}, ["--database-admin", "postgresql://postgres:secret@/x"], "must not have a password in it"),
    ({}, ["--database-admin", "gibberish"], "needs a URI or keywords of libpq"),
    ({}, ["--database-admin", "user=postgres host=/nowhere"], "/nowhere"),
    ({"database": ""}, ["--database-admin", "user=postgres"], "the setting database names none"),
    ({"database": ""}, ["--database-admin-sql"], "the setting database names none"),
    ({"database": "host={socket} user=bearward dbname=o'hara"}, ["--database-admin-sql"], "name another"),
    ({"database": "host={socket} dbname=b"}, ["--database-admin-sql"], "names no user"),
    ({"database": "host={socket} user=b_owner dbname=b"}, ["--database-admin-sql"], "another than the owner"),
    ({"database": "host={socket} user=postgres dbname=b"}, ["--database-admin", "user=postgres"], "only an administrator should"),
    ({"database": "host={socket} user=b_ascii dbname=b_ascii"}, ["--database-admin", "user=postgres"], "encoding SQL_ASCII"),
    ({"database_password_file": "nowhere/password"}, ["--database-admin", "user=postgres"], "cannot write a password into"),
]


@pytest.mark.parametrize("settings, options, said", REFUSALS, ids=[said for _, _, said in REFUSALS])
def test_what_stands_in_the_way_is_said(cluster, settings, options, said):
    if "ASCII" in said:
        cluster.query("CREATE DATABASE b_ascii TEMPLATE template0 ENCODING 'SQL_ASCII'")
    settings = {key: value.format(socket=cluster.directory) for key, value in settings.items()}
    place = Place(cluster, **{**({"database_reader": "", "database_password_file": ""} if "database" in settings else {}), **settings})
    try:
        done = place.command("init", *options)
    finally:
        place.remove()

    assert done.returncode == 1 and said in done.stderr.replace("\\x22", '"'), done.stderr
    assert done.stdout.count("made") == 0 or "ASCII" in said


def test_a_database_of_another_program_stays_as_it_is(place):
    place.cluster.query(f"CREATE DATABASE {place.name}")
    place.ask("CREATE TABLE users (id int)")
    before = dump(place)

    done = place.init()

    assert done.returncode == 1 and "has tables of another program" in done.stderr
    assert dump(place) == before
    assert place.ask("SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()") == [(ADMINISTRATOR,)]


def test_15_5_keys_do_not_meet_tables_that_are_new(ready):
    ready.cluster.drop(ready.name)

    done = ready.init()

    assert done.returncode == 1
    assert "bring it back from a backup" in done.stderr and "made the tables" not in done.stdout


def moment(place):
    """When uses were written into rows last."""
    return struct.unpack("q", (place.state / "heartbeat").read_bytes())[0]


def holder_of(path):
    """The process that has a lock on a file."""
    inode = str(path.stat().st_ino)
    [pid] = [line.split()[-4] for line in open("/proc/locks") if f":{inode} " in line and "FLOCK" in line]
    return int(pid)


@pytest.mark.slow
def test_a_session_that_is_used_on_one_host_only_is_kept_by_the_others(cluster):
    place = Place(cluster, session_idle="60")
    second = None
    try:
        assert place.init().returncode == 0
        second = Place(cluster, name=place.name, session_idle="60")
        shutil.copytree(place.state, second.state)
        place.ask("INSERT INTO settled VALUES ('old', '', extract(epoch FROM now()) - 3700)")
        place.start()
        with place.client() as client:
            assert client.post("/users/", json={"username": "alice", "password": PASSWORD}).is_success
            session = Session(place, "alice", idle=100, seen_at=clock.now() - 90)

            # A use is in the file `seen` of this host alone, until it is folded into the row.
            assert client.get("/signin", headers={"Cookie": session.cookie}).status_code == 200
            assert session.seen() is not None
            assert eventually(lambda: place.ask("SELECT seen_at > extract(epoch FROM now()) - 80 FROM sessions") == [(True,)])
            # One process of the host does this; when it ends, another goes on.
            before = moment(place)
            os.kill(holder_of(place.state / "heartbeat"), signal.SIGKILL)
            assert eventually(lambda: moment(place) > before)
            # Nor does what connections that are gone have left stay for ever.
            assert eventually(lambda: place.ask("SELECT count(*) FROM settled WHERE slot = 'old'") == [(0,)])
            place.stop()
        # A program that answers one request does it at its end.
        place.ask("UPDATE hosts SET seen_at = 0")
        (second.state / "heartbeat").unlink()
        done = run_cgi(second, "token", fastcgi.get_params())
        assert done.returncode == 0, done.stderr
        [(name, kids)] = place.ask("SELECT name, kids FROM hosts WHERE seen_at > 0")
        assert (name, kids) == (socket.gethostname(), " ".join(sorted(key.name for key in (place.state / "keys").iterdir())))
        # What looks left alone to another host may be in use, as long as it has not been folded for an hour.
        for age, left in ((100 + 1800, 1), (100 + 3700, 0)):
            place.ask(f"UPDATE sessions SET seen_at = extract(epoch FROM now())::bigint - {age}")
            assert second.command("tidy").returncode == 0
            assert place.ask("SELECT count(*) FROM sessions") == [(left,)]
    finally:
        place.stop()
        place.remove()
        if second:
            shutil.rmtree(second.directory)
