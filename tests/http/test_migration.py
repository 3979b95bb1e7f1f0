"""Databases of former versions, brought up to date by `bearward init`, beside programs that are running."""

import contextlib
import socket
import subprocess

import pytest

import expect
import fastcgi
from conftest import PASSWORD, PATIENCE, TOP, Server
from test_cgi import ask as ask_cgi
from test_cgi import register, run as run_cgi, sign_in
from test_takeover import ask, cut_off_anywhere, execute, make, needs_strace  # noqa: F401: fixtures

pytestmark = [pytest.mark.only_nginx("is about the database"), pytest.mark.sqlite("is about schemas that there never were in PostgreSQL")]

# What the releases made, word for word. Alice has the password of all tests.
STEPS = ["""
    CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT,username TEXT NOT NULL,username_key TEXT NOT NULL UNIQUE,hashed_password TEXT NOT NULL,is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),scope TEXT NOT NULL DEFAULT '',created_at INTEGER NOT NULL DEFAULT 0) STRICT;
    PRAGMA application_id=1650811250; PRAGMA user_version=1;""", """
    CREATE TABLE bearward_schema (version INTEGER NOT NULL, readable_since INTEGER NOT NULL) STRICT;INSERT INTO bearward_schema VALUES (2, 1);""", """
    CREATE TABLE known_networks (user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,network TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (user_id, network)) STRICT, WITHOUT ROWID;
    UPDATE bearward_schema SET version = 3;""", """
    ALTER TABLE users ADD COLUMN email TEXT; ALTER TABLE users ADD COLUMN display_name TEXT;
    ALTER TABLE users ADD COLUMN is_imported INTEGER NOT NULL DEFAULT 0;
    UPDATE users SET is_imported = 1 WHERE created_at = 0; UPDATE bearward_schema SET version = 4;"""]
ALICE = """
    INSERT INTO users (id, username, username_key, hashed_password, scope, created_at)
    VALUES (7, 'Alice', 'alice', '{hash}', 'admin', 1700000000);"""

# What an application has in a database that was taken over by a former version, and how it uses it.
NAMES = ("grants", "sessions", "tickets", "dead_tokens", "audit", "outbox", "introspectors", "moments")
APPLICATION = "".join(f"""
    CREATE TABLE {name} (id INTEGER PRIMARY KEY, payload TEXT, user_id INTEGER REFERENCES users (id));
    CREATE INDEX {name}_user_id ON {name} (user_id);
    CREATE TABLE of_{name} (it INTEGER REFERENCES {name} (id) ON DELETE CASCADE);
    CREATE VIEW see_{name} AS SELECT payload FROM {name};
    INSERT INTO {name} VALUES (1, 'theirs', NULL); INSERT INTO of_{name} VALUES (1);""" for name in NAMES) + """
    ALTER TABLE users ADD COLUMN email_verified ANY; ALTER TABLE users ADD COLUMN groups ANY;
    ALTER TABLE users ADD COLUMN password_changed_at ANY; ALTER TABLE users ADD COLUMN last_sign_in_at ANY;
    ALTER TABLE users ADD COLUMN signed_out_at ANY; ALTER TABLE users ADD COLUMN old_groups ANY;
    UPDATE users SET email_verified = '2024-01-02', groups = 'admins', password_changed_at = 'a', last_sign_in_at = 9e99,
        signed_out_at = 9999999999, old_groups = 'none';
    CREATE TRIGGER note AFTER UPDATE ON users BEGIN INSERT INTO audit (payload) VALUES (old.groups); END;"""


@pytest.fixture(scope="module")
def hashed():
    """The stored form of the password of all tests."""
    server = Server("plain")
    assert server.command("init").returncode == 0
    assert server.command("user", "add", "alice", stdin=PASSWORD + "\n").returncode == 0
    [(stored,)] = ask(server.database, "SELECT hashed_password FROM users")
    yield stored
    server.remove()


def of_version(version, hashed):
    # Users were there before the step that asks when they came.
    return STEPS[0] + ALICE.format(hash=hashed) + "".join(STEPS[1:version])


def whose(server, token):
    return ask_cgi(server, "me", fastcgi.get_params(HTTP_AUTHORIZATION=f"Bearer {token}"))


@pytest.mark.parametrize("mode", ["wal", "delete"])
@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_database_of_every_former_version_is_brought_up_to_date(make, hashed, version, mode):  # noqa: F811
    server = make(f"PRAGMA journal_mode = {mode};" + of_version(version, hashed), journal_mode=mode)
    server.database.chmod(0o600)
    check, me = server.command("check-config"), run_cgi(server, "me", fastcgi.get_params())

    done = server.command("init")

    assert (check.returncode, me.returncode) == (1, 1)
    for said in (check.stderr, me.stderr.decode()):
        assert "made by an older bearward than this one: run `bearward init`" in said
    assert me.stdout.startswith(b"Status: 503")
    assert done.returncode == 0, done.stderr
    token = expect.json_body(sign_in(server), 200)["access_token"]
    assert whose(server, token).json() == {"id": 7, "username": "Alice", "is_active": True}
    assert ask(server.database, "SELECT id, scope, is_imported, email_verified, groups FROM users") == [
        (7, "admin", 0, 0, "")]
    assert register(server, "bob").status_code == 200
    assert ask(server.database, "SELECT count(*) FROM grants") == [(1,)]


def test_an_application_in_a_database_that_was_taken_over_keeps_what_it_has_by_other_names(make, hashed):  # noqa: F811
    server = make(of_version(4, hashed) + APPLICATION)
    server.database.chmod(0o600)

    done = server.command("init")

    assert done.returncode == 0, done.stderr
    for name in NAMES:
        assert f"table {name} is called old_{name} from now on\n" in done.stdout + done.stderr
        assert ask(server.database, f"SELECT payload FROM see_{name}") == [("theirs",)]
        assert ask(server.database, f"DELETE FROM old_{name} WHERE payload = 'theirs' RETURNING id") == [(1,)]
        assert ask(server.database, f"SELECT count(*) FROM of_{name}") == [(0,)]
    assert "index grants_user_id is called old_grants_user_id from now on\n" in done.stderr
    assert "column groups is called old_old_groups from now on\n" in done.stderr
    assert ask(server.database, "SELECT old_email_verified, email_verified, old_old_groups, old_groups, groups, "
                                "old_password_changed_at, old_last_sign_in_at, old_signed_out_at, signed_out_at FROM users"
               ) == [("2024-01-02", 0, "admins", "none", "", "a", 9e99, 9999999999, 0)]
    token = expect.json_body(sign_in(server), 200)["access_token"]
    assert whose(server, token).status_code == 200
    assert ("admins",) in ask(server.database, "SELECT payload FROM old_audit")
    assert server.command("init").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_migration_that_is_cut_off_anywhere_is_finished_by_the_next_one(
        needs_strace, make, hashed, mode):  # noqa: F811
    server = make(f"PRAGMA journal_mode = {mode};" + of_version(1, hashed) + APPLICATION, journal_mode=mode)
    server.database.chmod(0o600)

    def is_whole(names):
        return (names == {"bearward.db", "keys", "public", "signing", "use.lock", "write.lock", "write.queue"}
                and ask(server.database, "SELECT groups FROM users") == [("",)]
                and ask(server.database, "SELECT count(*) FROM old_sessions") == [(1,)]
                and ask(server.database, "SELECT count(*) FROM sessions") == [(0,)]
                and ask(server.database, "SELECT version FROM bearward_schema") == [(5,)])

    assert not cut_off_anywhere(server, is_whole)


# -- Beside programs of the version before ---------------------------------------------------

# The last commit before sign-ins left anything in the database.
BEFORE = "635a2b0db13c"


@pytest.fixture(scope="module")
def programs_before(tmp_path_factory):
    """The programs of that commit."""
    place = tmp_path_factory.mktemp("before")
    packed = subprocess.run(["git", "-C", TOP, "archive", BEFORE], capture_output=True)
    if packed.returncode != 0:
        pytest.skip("the history of the sources is not here")
    subprocess.run(["tar", "-x", "-C", place], input=packed.stdout, check=True)
    made = subprocess.run(["make", "-C", place, "-j2", "CFLAGS=-O0", "bearward", "common-passwords",
                           *(f"cgi-bin/{name}.fcgi" for name in ("token", "users", "me"))],
                          capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return place


@contextlib.contextmanager
def responder(server, name):
    """A responder that is running; how to ask it."""
    path = server.directory / f"{name}.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(16)
        process = subprocess.Popen([server.out / "cgi-bin" / f"{name}.fcgi"], stdin=listening,
                                   env={**server.bare_environment, "BEARWARD_CONF": str(server.conf)})
    try:
        yield lambda params, body=b"": fastcgi.ask(str(path), params, body)
    finally:
        process.terminate()
        process.wait(PATIENCE)


@pytest.mark.slow
def test_running_programs_of_the_version_before_go_on_and_so_do_their_tokens(make, programs_before):  # noqa: F811
    server = make("")
    older = Server(directory=server.directory)
    older.out = programs_before
    assert older.command("init").returncode == 0
    assert older.command("user", "add", "alice", stdin=PASSWORD + "\n").returncode == 0
    form = f"username=alice&password={PASSWORD.replace(' ', '+')}".encode()

    with responder(older, "token") as token, responder(older, "me") as me, responder(older, "users") as users:
        def is_alice(given):
            answer = me(fastcgi.get_params(HTTP_AUTHORIZATION=f"Bearer {given}"))
            return answer.status_code == 200 and answer.json()["username"] == "alice"

        before = token(fastcgi.form_params(form), form).json()["access_token"]
        assert is_alice(before)

        done = server.command("init")

        assert done.returncode == 0, done.stderr
        assert is_alice(before)
        during = token(fastcgi.form_params(form), form).json()["access_token"]
        assert is_alice(during)
        body = b'{"username":"bob","password":"correct horse battery"}'
        assert users(fastcgi.form_params(body, CONTENT_TYPE="application/json"), body).status_code == 200
        after = expect.json_body(sign_in(server), 200)["access_token"]
        assert is_alice(after)
        # The id of the grant is no trouble to them; and those that start only now go on, too.
        for program in (server, older):
            for given in (before, during, after):
                assert whose(program, given).json()["username"] == "alice"
            assert expect.json_body(sign_in(program), 200)
    assert ask(server.database, "SELECT username FROM users ORDER BY id") == [("alice",), ("bob",)]
    assert older.command("user", "passwd", "bob", stdin=PASSWORD + "\n").returncode == 0
    assert older.command("user", "delete", "alice").returncode == 0
    assert ask(server.database, "SELECT count(*) FROM grants") == [(0,)]
