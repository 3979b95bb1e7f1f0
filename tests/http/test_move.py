"""bearward move: all users to a PostgreSQL and back, beside responders that run, and cut off at any moment."""

import json
import re
import shutil
import subprocess
import threading

import expect
import httpx
import postgresql
import pytest
from conftest import PASSWORD, PATIENCE, TOP, Server, bearer, check_sanitizers, eventually, register, sign_in
from sessions import Session
from test_links import NEW, SETTINGS, link_of, use
from test_migration import of_version
from test_refresh import refresh
from test_takeover import ask, execute, make, needs_strace, system_calls  # noqa: F401: fixtures
from test_verify_cookie import check

pytestmark = [pytest.mark.only_nginx("is about the database"), pytest.mark.once("is about what the engines do"),
              pytest.mark.sqlite("moves from there"),
              pytest.mark.skipif(not (TOP / "bearward-postgresql.so").exists(), reason="built without PostgreSQL")]

_numbers = iter(range(1, 1_000_000))


@pytest.fixture
def target():
    """The URI of an empty database."""
    cluster, name = postgresql.shared(), f"moved_{next(_numbers)}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture
def start():
    """A function that makes a server on SQLite, and starts it."""
    made = []

    def start(**settings):
        made.append(Server("plain", engine="sqlite", **settings))
        return made[-1].start()

    yield start
    for server in made:
        server.stop()
        check_sanitizers(server)
        server.remove()


def move(server, to, *options):
    return server.command("move", "--to", to, *options)


def moved(server, to):
    done = move(server, to, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def set_database(server, uri, **settings):
    """What the last line of the command says to do: the setting, and a restart."""
    server.stop()
    server.write_settings(**settings, **({"database": uri} if uri else {}))
    server.start()


class Asking(threading.Thread):
    """Asks again and again, until told to stop, and remembers what each was answered."""

    def __init__(self, server, ask):
        super().__init__()
        self.server, self.ask = server, ask
        self.stopping = threading.Event()
        self.answers = []
        self.start()

    def run(self):
        with self.server.client() as client:
            while not self.stopping.is_set():
                try:
                    self.answers.append(self.ask(client))
                except httpx.TransportError as error:
                    self.answers.append(error)

    def stop(self):
        self.stopping.set()
        self.join(PATIENCE)
        return self.answers


def put_away(server):
    """The file that users were moved out of, as the command asks for it."""
    (server.directory / "before").mkdir()
    for path in server.state.glob("bearward.db*"):
        shutil.move(path, server.directory / "before")


def everybody_is_signed_in(server, alice):
    with server.client() as client:
        assert sign_in(client, "Alice").status_code == 200
        assert client.get("/users/me/", headers=bearer(alice["access_token"])).json()["id"] == 1
        alice.update(expect.json_body(refresh(client, alice["refresh_token"]), 200))
        assert check(server, alice["browser"]).status_code == 200


def test_nobody_is_signed_out_and_no_change_is_lost_while_responders_run(start, target):
    server = start(**SETTINGS, access_token_ttl=3600)
    with server.client() as client:
        assert register(client, "Alice").json()["id"] == 1
        for name in ("gone", "invited"):
            register(client, name)
        alice = expect.json_body(sign_in(client, "Alice"), 200)
    alice["browser"] = Session(server, "Alice")
    link = link_of(server, "invited")
    assert server.command("user", "delete", "gone", "--yes").returncode == 0
    names = iter(range(1_000_000))

    def ask_for_a_name(client):
        name = f"user{next(names)}"
        return name, register(client, name).status_code

    askers = [Asking(server, ask_for_a_name) for _ in range(3)]
    reader = Asking(server, lambda client: client.get("/users/me/", headers=bearer(alice["access_token"])).status_code)
    assert eventually(lambda: len(reader.answers) > 5 and all(len(asker.answers) > 3 for asker in askers))

    result = moved(server, target)

    # From now on, every change and every check is refused here.
    ends = [len(asker.answers) for asker in (*askers, reader)]
    assert eventually(lambda: all(len(asker.answers) > end + 2 for asker, end in zip((*askers, reader), ends)))
    answers = dict(answer for asker in askers for answer in asker.stop())
    seen = reader.stop()
    assert set(answers.values()) == {200, 503}
    assert set(seen) == {200, 503} and seen == sorted(seen)
    assert "its users have been moved on 20" in server.log() and target in server.log()
    set_database(server, target, **SETTINGS, access_token_ttl=3600)
    there = {name for (name,) in server.query("SELECT username FROM users")}
    assert there == {"Alice", "invited"} | {name for name, status in answers.items() if status == 200}
    assert result["rows"]["users"] == len(there)
    everybody_is_signed_in(server, alice)
    with server.client() as client:
        assert use(client, link).status_code == 303
        assert sign_in(client, "invited", NEW).status_code == 200
        newest = register(client, "newest").json()["id"]
        assert newest > max(int(id) for (id,) in server.query("SELECT id FROM users WHERE username <> 'newest'"))
    assert ("users moved",) in server.query("SELECT event FROM audit")

    # And back, for which the responders have to be stopped: PostgreSQL has no way to hide what they see.
    refused = move(server, "sqlite")
    assert refused.returncode == 1 and "put that, with -wal and -shm, into another directory first" in refused.stderr
    put_away(server)
    refused = move(server, "sqlite")
    assert refused.returncode == 1 and "stop bearward on every host" in refused.stderr
    assert not server.query("SELECT * FROM bearward_move")
    server.stop()
    moved(server, "sqlite")
    assert "its users have been moved to SQLite" in server.command("user", "list").stderr
    set_database(server, "", **SETTINGS, access_token_ttl=3600)
    everybody_is_signed_in(server, alice)
    with server.client() as client:
        assert register(client, "last").json()["id"] > newest
    assert server.database.stat().st_mode & 0o777 == 0o600


def listed(server, database=""):
    """The names of users that the command sees in a database, or None where it refuses that."""
    done = subprocess.run([server.program, "user", "list", "--json"], capture_output=True, text=True, timeout=PATIENCE,
                          env={**server.environment, "BEARWARD_CONF": str(server.conf), "BEARWARD_DATABASE": database})
    return [json.loads(line)["username"] for line in done.stdout.splitlines()] if done.returncode == 0 else None


@pytest.fixture(scope="module")
def hashed():
    """The stored form of the password of all tests."""
    server = Server("plain", engine="sqlite")
    assert server.command("init").returncode == 0
    assert server.command("user", "add", "alice", stdin=PASSWORD + "\n").returncode == 0
    [(stored,)] = ask(server.database, "SELECT hashed_password FROM users")
    yield stored
    server.remove()


# What an application has in the file, and what the command says of it.
APPLICATION = """
    CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, email TEXT UNIQUE, hashed_password TEXT, disabled BOOLEAN, phone TEXT);
    INSERT INTO users VALUES (3, 'Alice', 'a@example.org', '{hash}', 0, '+1'), (9, 'bob', NULL, '{hash}', 1, NULL);
    CREATE TABLE items (id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES users (id)); INSERT INTO items VALUES (1, 3), (2, 3);
    CREATE VIEW owners AS SELECT username FROM items JOIN users ON users.id = owner_id;
    CREATE VIEW broken AS SELECT gone FROM nowhere;
    CREATE TRIGGER note AFTER DELETE ON users BEGIN DELETE FROM items WHERE owner_id = old.id; END;"""
BEHIND = {("column", "phone"), ("column", "disabled"), ("table", "items"), ("view", "owners"), ("view", "broken"),
          ("trigger", "note"), ("index", "users_unique_0")}


def test_users_of_the_first_release_and_of_an_application_are_moved_and_all_else_is_named(make, hashed, target, request):  # noqa: F811
    first = make(of_version(1, hashed), engine="sqlite")
    application = make(APPLICATION.format(hash=hashed), engine="sqlite")
    for server in (first, application):
        server.database.chmod(0o600)

    # The schema has to be ours, and up to date.
    for server, said in ((first, "made by an older bearward"), (application, "made by another program")):
        refused = move(server, target)
        assert refused.returncode == 1 and said in refused.stderr and "bearward init" in refused.stderr
        done = server.command("init")
        assert done.returncode == 0, done.stderr
    plan = move(application, target, "--dry-run", "--json")
    assert plan.returncode == 0, plan.stderr
    plan = json.loads(plan.stdout)
    assert not plan["moved"] and plan["to"] == target and plan["rows"]["users"] == 2
    assert {(rest["kind"], rest["name"]) for rest in plan["stays_behind"]} == BEHIND
    assert [rest["rows"] for rest in plan["stays_behind"] if rest["name"] == "items"] == [2]
    words = move(application, target, "--dry-run").stdout
    assert "stays behind: table items, 2 rows\n" in words and "stays behind: column phone of users\n" in words
    # Nothing of that has changed anything, not even there.
    assert listed(application) == ["Alice", "bob"] and listed(application, target) is None

    assert move(application, target).returncode == 0

    # What is the application's is where it was, and refers to the users that were there.
    assert ask(application.database, "SELECT owner_id FROM items JOIN users_moved ON users_moved.id = owner_id") == [(3,), (3,)]
    with pytest.raises(Exception, match="no such table"):
        ask(application.database, "SELECT * FROM users")
    assert listed(application) is None and listed(application, target) == ["Alice", "bob"]
    said = application.command("init").stderr
    assert "its users have been moved on" in said and f"set database = {target} and restart" in said
    # Two cannot share a database.
    refused = move(first, target)
    assert refused.returncode == 1 and "there are users in the database to move to; nothing was moved" in refused.stderr
    assert listed(first) == ["Alice"]
    again = move(application, target)
    assert again.returncode == 1 and "its users have been moved on" in again.stderr
    # From one PostgreSQL to another, it is the same command.
    cluster, second = postgresql.shared(), f"{target.rpartition('/')[2]}_second"
    request.addfinalizer(lambda: cluster.drop(second))
    server = application
    server.write_settings(database=target)
    assert move(server, cluster.create(second)).returncode == 0
    assert listed(server, target) is None and listed(server, cluster.uri(second)) == ["Alice", "bob"]
    server.write_settings(database=cluster.uri(second))
    server.start()
    with server.client() as client:
        token = sign_in(client, "alice").json()["access_token"]
        assert client.get("/users/me/", headers=bearer(token)).json()["id"] == 3
        assert sign_in(client, "bob").status_code == 401
        assert register(client, "carol").json()["id"] == 10


def test_what_postgresql_cannot_hold_is_named_before_anything_is_done(make, hashed, target):  # noqa: F811
    server = make(of_version(1, hashed), engine="sqlite")
    server.database.chmod(0o600)
    assert server.command("init").returncode == 0
    execute(server.database, "UPDATE users SET display_name = CAST(x'ff' AS TEXT), email_verified = 3;")

    done = move(server, target)

    assert done.returncode == 1
    assert "bearward: users id 7: display_name is not UTF-8, or contains a NUL; set it anew, with `bearward user set`" in done.stderr
    assert "bearward: users id 7: email_verified is neither 0 nor 1; correct it in the database" in done.stderr
    assert "PostgreSQL could not hold 2 values as they are; nothing was moved" in done.stderr
    assert listed(server, target) is None
    # What it says to do is enough.
    assert server.command("user", "set", "Alice", "--display-name", "Alice", "--email", "a@b.example").returncode == 0
    execute(server.database, "UPDATE users SET email_verified = 0;")
    assert move(server, target).returncode == 0
    assert listed(server, target) == ["Alice"]


@pytest.mark.parametrize("words, said", [
    ([], "say where to, with --to"), (["--to", ""], "say where to, with --to"),
    (["--to", "sqlite"], "the users are in SQLite"),
    (["--to", "postgresql://bearward:secret@localhost/bearward"], "put it into the file that database_password_file names"),
    (["--to", "host=localhost password=secret"], "put it into the file that database_password_file names"),
])
def test_where_to_is_said_and_no_password_is(make, words, said):  # noqa: F811
    done = make("").command("move", *words)

    assert done.returncode == 2 and said in done.stderr
    assert "secret" not in done.stderr


# Not those that read, or whose number is never the same.
CALLS = ("sendto", "pwrite64", "fdatasync", "fsync", "flock", "unlink", "ftruncate")


@pytest.mark.slow
def test_a_move_that_is_killed_anywhere_has_moved_all_or_none_and_is_finished_by_the_next_one(
        needs_strace, make, hashed, target):  # noqa: F811
    server = make(of_version(1, hashed), engine="sqlite")
    server.database.chmod(0o600)
    assert server.command("init").returncode == 0
    original = server.directory / "original"
    shutil.copytree(server.state, original)
    cluster, name = postgresql.shared(), target.rpartition("/")[2]

    def begin():
        shutil.rmtree(server.state)
        shutil.copytree(original, server.state)
        cluster.drop(name)
        cluster.create(name)

    def traced(*options):
        return subprocess.run(["strace", "-f", "-qq", *options, server.program, "-c", server.conf, "move", "--to", target],
                              env=server.environment, capture_output=True, text=True, timeout=PATIENCE)

    calls = [call for call in system_calls(traced().stderr) if call[0] in CALLS]
    assert len(calls) > 40
    # The end is where it is decided.
    points = calls[:-24:len(calls) // 5] + calls[-24::2]
    outcomes = set()
    for call, number in points:
        begin()
        cut = traced("-e", f"inject={call}:signal=KILL:when={number}", "-e", f"trace={call}")
        here, there = listed(server), listed(server, target)
        done = move(server, target)
        # Not every run has as many calls as the first; one that came to its end says so.
        assert cut.returncode != 0 or there == ["Alice"], (call, number)
        # All of it is in use in one place, or in none until the next move.
        assert (here, there) in ((["Alice"], None), (["Alice"], []), (None, None), (None, ["Alice"])), (call, number)
        assert done.returncode == 0 or there == ["Alice"], (call, number, done.stderr)
        assert listed(server) is None and listed(server, target) == ["Alice"], (call, number)
        assert ask(server.database, "PRAGMA integrity_check") == [("ok",)]
        outcomes.add((bool(here), bool(there)))
    assert (True, False) in outcomes and (False, False) in outcomes
