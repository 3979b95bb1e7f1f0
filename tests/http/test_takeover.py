"""Databases of other programs, taken over in place by `bearward init`, whatever happens meanwhile."""

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess

import pytest
from conftest import Server

pytestmark = [pytest.mark.only_nginx("is about the database"), pytest.mark.plain("is about what SQLite does"), pytest.mark.sqlite("is about files that are taken over in place")]

BCRYPT = "$2b$04$C6UzMDM.H6dfI/f/IKcEeO7ZkG1J8v0Cq9yoKZ1rQK6DPbbsyyWqK"

USERS = f"""
    CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, is_active BOOLEAN);
    INSERT INTO users VALUES (1, 'alice', '{BCRYPT}', 1), (2, 'bob', '{BCRYPT}', 0);"""


@pytest.fixture
def make():
    """A function that gives a server, not started, whose database another program has made."""
    made = []

    def make(sql, build="plain", **settings):
        server = Server(build, **settings)
        made.append(server)
        server.state.mkdir(mode=0o700)
        if sql:
            execute(server.database, sql)
        return server

    yield make
    for server in made:
        server.stop()
        server.remove()


def execute(path, sql):
    database = sqlite3.connect(path)
    try:
        database.executescript(sql)
    finally:
        database.close()


def ask(path, sql):
    database = sqlite3.connect(path)
    try:
        database.execute("PRAGMA foreign_keys = ON")
        rows = database.execute(sql).fetchall()
        database.commit()
        return rows
    finally:
        database.close()


def picture(directory):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.glob("bearward.db*")}


# SQL of the application, what to tell `bearward init`, words of the report, and queries with their answers afterwards.
TAKEN = {
    "the SQL tutorial": (f"""
        CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR, hashed_password VARCHAR, is_active BOOLEAN,
            PRIMARY KEY (id));
        CREATE UNIQUE INDEX ix_users_email ON users (email);
        CREATE TABLE items (id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES users (id));
        INSERT INTO users VALUES (3, 'A@example.org', '{BCRYPT}', 1); INSERT INTO items VALUES (1, 3);""",
        [], ["name from email", "1 read: 1 taken"],
        {"SELECT id, username, username_key, email, is_active FROM users":
            [(3, "A@example.org", "a@example.org", "A@example.org", 1)],
         "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'users' AND sql IS NOT NULL": [("ix_users_email",)],
         "SELECT email FROM items JOIN users ON users.id = owner_id": [("A@example.org",)]}),
    "other names": (f"""
        CREATE TABLE Users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, full_name TEXT, password TEXT NOT NULL,
            disabled INTEGER, date_joined TEXT, created_at, scope TEXT);
        INSERT INTO users VALUES (1, 'a@x.org', 'Al', '{BCRYPT}', 0, '2024-01-02', '2001-01-01', 's'),
            (2, 'b@x.org', NULL, 'secret', 1, NULL, NULL, NULL);""",
        [], ['disabled "b@x.org" (id 2): disabled is 1', 'unusable "b@x.org" (id 2)', "column password is hashed_password",
             "column disabled is 1 - is_active", "column created_at is called old_created_at",
             "column scope is called old_scope", "flags: disabled 0: 1, 1: 1"],
        {"SELECT password = hashed_password, disabled, date_joined, old_created_at, old_scope, display_name, full_name,"
         " created_at, scope FROM users WHERE id = 1":
            [(1, 0, "2024-01-02", "2001-01-01", "s", "Al", "Al", 978307200, "")],
         "SELECT hashed_password, disabled, is_active, is_imported FROM users WHERE id = 2": [("", 1, 0, 1)]}),
    "flags as text": (f"""
        CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, passwd BLOB, active TEXT);
        INSERT INTO users VALUES (1, 'a', '{BCRYPT}', 'True'), (2, 'b', CAST('{BCRYPT}' AS BLOB), 'maybe');""",
        [], ['disabled "b" (id 2): active is "maybe", which is neither yes nor no', "column active is is_active"],
        {"SELECT login, passwd = hashed_password, active FROM users": [("a", 1, 1), ("b", 1, 0)]}),
    "columns that are named": (f"""
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, nick TEXT, pw TEXT, is_active INT, ok TEXT, role TEXT);
        INSERT INTO users VALUES (1, 'x', 'a', '{BCRYPT}', 0, 'yes', 'admin,other'), (2, 'y', 'b', '', 1, 'no', NULL);""",
        ["--table", "USERS", "--username-column", "nick", "--password-column", "PW", "--active-column", "ok",
         "--scope-column", "role"],
        ["column username is called old_username", "column is_active is called old_is_active",
         'scope "a" (id 1): scope other is not in restricted_scopes'],
        {"SELECT username, old_username, nick, pw = hashed_password, is_active, old_is_active, ok, scope, role FROM users"
         " WHERE id = 1": [("a", "x", "a", 1, 1, 0, 1, "admin", "admin,other")],
         "SELECT is_active, scope FROM users WHERE id = 2": [(0, "")]}),
    "generated columns": (f"""
        CREATE TABLE "users" (id INTEGER PRIMARY KEY, -- a comment, with (
            username TEXT AS (first || '.' || last) STORED, hashed_password TEXT, [is_active] INT,
            first TEXT DEFAULT 'a),b', last TEXT, "full ""name" TEXT GENERATED ALWAYS AS (upper(first || ' AS (' /*)*/
            || last)) VIRTUAL, age INT AS (created_at + 1), created_at INT);
        CREATE INDEX by_full ON users ("full ""name");
        INSERT INTO users VALUES (7, '{BCRYPT}', 1, 'a', 'b', 41);""",
        [], ["column age is not generated any more", "column username is not generated any more"],
        {'SELECT username, "full ""name", age, old_created_at FROM users': [("a.b", "A AS (B", 42, 41)],
         'UPDATE users SET last = \'c\' RETURNING username, "full ""name", age': [("a.b", "A AS (C", 42)]}),
    "without rowid, with a version": (f"""
        PRAGMA user_version = 7; PRAGMA application_id = 9;
        CREATE TABLE users (id INTEGER, name TEXT, pw_hash TEXT, PRIMARY KEY (id)) WITHOUT ROWID;
        INSERT INTO users VALUES (5, 'a', '{BCRYPT}');""",
        [], ["user_version was 7, application_id was 9: both are bearward's"],
        {"SELECT id, name, is_active FROM users": [(5, "a", 1)]}),
    "foreign keys to other columns": (f"""
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, email TEXT COLLATE NOCASE, hashed_password TEXT,
            is_active INT, team TEXT, UNIQUE (email, team));
        CREATE TABLE posts (author TEXT REFERENCES users (username) ON DELETE CASCADE);
        CREATE TABLE mails (address TEXT, team TEXT, FOREIGN KEY (address, team) REFERENCES users (email, team));
        INSERT INTO users VALUES (1, 'alice', 'A@x.org', '{BCRYPT}', 1, 't'), (2, 'bob', 'b@x.org', '{BCRYPT}', 1, 't');
        INSERT INTO posts VALUES ('bob'); INSERT INTO mails VALUES ('a@X.org', 't');""",
        [], ["2 users taken over"],
        {"INSERT INTO mails VALUES ('B@X.ORG', 't')": [], "DELETE FROM mails WHERE address LIKE 'b%'": [],
         "DELETE FROM users WHERE id = 2": [], "SELECT count(*) FROM posts": [(0,)]}),
    "triggers that work": (USERS + """
        ALTER TABLE users ADD COLUMN changed INT DEFAULT 0; CREATE TABLE log (what TEXT);
        CREATE TRIGGER touch AFTER UPDATE ON users BEGIN UPDATE users SET changed = changed + 1 WHERE id = new.id; END;
        CREATE TRIGGER note AFTER INSERT ON users BEGIN INSERT INTO log VALUES (new.username); END;""",
        [], ["2 users taken over"],
        {"SELECT count(*) FROM log": [(0,)], "SELECT sum(changed) FROM users": [(0,)],
         "SELECT count(*) FROM users": [(2,)],
         "UPDATE users SET scope = 'x' WHERE id = 1": [], "SELECT changed FROM users WHERE id = 1": [(1,)]}),
}


@pytest.mark.parametrize("case", TAKEN)
def test_a_table_of_users_is_taken_over_as_it_is(build, make, case):
    sql, options, words, queries = TAKEN[case]
    server = make(sql, build, restricted_scopes="admin")

    done = server.command("init", *options)

    assert done.returncode == 0, done.stderr
    for word in words:
        assert word in done.stderr
    for query, rows in queries.items():
        assert ask(server.database, query) == rows, query
    assert server.command("check-config").returncode == 0
    assert server.command("user", "list").returncode == 0


REFUSED = {
    "another table": ("CREATE TABLE user (id INTEGER PRIMARY KEY, username, hashed_password);",
                      "there is no table called users"),
    "a view": ("CREATE TABLE t (id INTEGER PRIMARY KEY, username, hashed_password); CREATE VIEW users AS SELECT * FROM t;",
               "users is not a table of its own"),
    "ids that are texts": ("CREATE TABLE users (id TEXT PRIMARY KEY, username, hashed_password);"
                           "INSERT INTO users VALUES ('x', 'a', 'h');", "ids of table users are not all whole numbers"),
    "another id": ("CREATE TABLE users (user_id INTEGER PRIMARY KEY, username, hashed_password);",
                   "table users has no column id, but user_id"),
    "dates where ours has numbers": (USERS + "ALTER TABLE users ADD COLUMN created_at DATETIME;",
                                     "table users has dates in a column created_at"),
    "no password": ("CREATE TABLE users (id INTEGER PRIMARY KEY, username, pw);",
                    "table users: there is no column for the password; name it with --password-column"),
    "a trigger that fails": (USERS + "CREATE TRIGGER fine AFTER DELETE ON users BEGIN SELECT 1; END;"
                             "CREATE TRIGGER stop BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'never'); END;",
                             "trigger stop of table users fails at changing a password: never"),
    "a trigger that ends everything": (USERS + "CREATE TRIGGER stop BEFORE DELETE ON users BEGIN "
                                       "SELECT RAISE(ROLLBACK, 'never'); END;", "deleting a user fails: never"),
    "a trigger with a function": (USERS + "CREATE TRIGGER f AFTER INSERT ON users BEGIN SELECT of_python(1); END;",
                                  "trigger f of table users fails at adding a user: no such function: of_python"),
    "an index that no further user fits": (USERS + "CREATE UNIQUE INDEX two ON users (id > 1);",
                                           "adding a user fails: UNIQUE constraint failed: index 'two'"),
    "a reference to what is not unique": (
        USERS + "CREATE TABLE posts (author REFERENCES users (username));",
        "a foreign key of another table cannot be followed: foreign key mismatch - 'posts' referencing 'users'"),
    "a trigger that steers the terminal": (
        USERS + "CREATE TRIGGER stop BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, '\x1b[2J'); END;",
        r"trigger stop of table users fails at changing a password: \x1b[2J"),
    "a name that others refer to": (
        USERS + "CREATE UNIQUE INDEX u ON users (username); CREATE TABLE posts (author REFERENCES users (username));"
        "UPDATE users SET username = '\uff41lice' WHERE id = 1; INSERT INTO posts VALUES ('\uff41lice');",
        "other tables refer to names of users that would be spelt otherwise"),
    "damage": (USERS + "CREATE TABLE t (x); INSERT INTO t VALUES (1);", "the database is damaged"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_taken_over_is_said_in_words_and_stays_as_it_is(build, make, case):
    sql, words = REFUSED[case]
    server = make(sql, build)
    if case == "damage":
        with open(server.database, "r+b") as file:
            file.seek(-4096, 2)
            file.write(b"x" * 4096)
    before = picture(server.state)

    done = server.command("init")

    assert done.returncode == 1
    assert words in done.stderr
    assert not re.search(r"SELECT|INSERT|CREATE|PRAGMA", done.stderr)
    assert f"bearward import --from {server.database}.old\n" in done.stderr
    assert picture(server.state) == before


def test_a_user_to_whom_the_application_refers_is_deleted_once_nothing_does(make):
    server = make(USERS + "CREATE TABLE items (owner INTEGER REFERENCES users (id)); INSERT INTO items VALUES (1);")
    server.command("init")

    refused = server.command("user", "delete", "alice")
    execute(server.database, "DELETE FROM items")
    done = server.command("user", "delete", "alice")

    assert refused.returncode == 1 and "tables of the application refer to this user" in refused.stderr
    assert done.returncode == 0, done.stderr


def test_what_names_columns_is_refused_where_there_is_nothing_to_take_over(build, make):
    server = make("", build)

    done = server.command("init", "--username-column", "nick")

    assert done.returncode == 1
    assert "there are no users of another program to take over" in done.stderr
    assert server.command("init").returncode == 0


def test_the_other_way_that_is_named_works_as_it_is_typed(build, make):
    server = make(f"""
        PRAGMA journal_mode = WAL; CREATE TABLE user (id TEXT, email TEXT, password TEXT);
        INSERT INTO user VALUES ('x', 'a@x.org', '{BCRYPT}'), ('y', 'b@x.org', '');""", build)
    shutil.copytree(server.state, server.directory / "kept")
    writer = sqlite3.connect(server.directory / "kept/bearward.db")
    writer.execute("INSERT INTO user VALUES ('z', 'last@x.org', '')")
    writer.commit()
    for path in (server.directory / "kept").iterdir():
        shutil.copy(path, server.state)
    writer.close()
    said = server.command("init").stderr
    commands = re.findall(r"^\t(.*)$", said, re.MULTILINE)

    for command in commands:
        done = (server.command(*command.split()[1:]) if command.startswith("bearward ")
                else subprocess.run(command.split(), capture_output=True, text=True))

        assert done.returncode == 0, (command, done.stderr)

    assert len(commands) == 4       # with one for the log
    assert ask(server.database, "SELECT username FROM users ORDER BY id") == [
        ("a@x.org",), ("b@x.org",), ("last@x.org",)]


def test_a_view_that_never_ends_is_given_up(make):
    server = make("")
    view = server.directory / "view.db"
    execute(view, "CREATE VIEW users AS WITH RECURSIVE c (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c) "
                  "SELECT max(id) AS id, 'a' AS username, 'h' AS hashed_password FROM c;")
    assert server.command("init").returncode == 0

    done = server.command("import", "--from", view)

    assert done.returncode == 1
    assert "view.db: reading it does not come to an end" in done.stderr
    assert not (server.state / "import.tmp").exists()


def test_a_view_that_takes_all_memory_is_given_up(make):
    server = make("")
    view = server.directory / "view.db"
    execute(view, "CREATE VIEW users AS WITH RECURSIVE c (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c LIMIT 1000) "
                  "SELECT id, hex(zeroblob(500000)) || id AS username, 'h' AS hashed_password FROM c;")
    assert server.command("init").returncode == 0

    done = server.command("import", "--from", view)

    assert done.returncode == 1
    assert "view.db: reading it takes too much memory" in done.stderr


def test_only_a_table_called_users_can_be_named_in_place(build, make):
    server = make("CREATE TABLE people (id INTEGER PRIMARY KEY, username, hashed_password);", build)

    done = server.command("init", "--table", "people")

    assert done.returncode == 1
    assert "its users are in people, and in place they can only be in a table called users" in done.stderr
    assert "Give import the options for columns that you gave init.\n" in done.stderr


def test_a_trigger_that_never_ends_is_given_up(build, make):
    server = make(USERS + """
        CREATE TABLE counted (n);
        CREATE TRIGGER count_user AFTER INSERT ON users BEGIN
            INSERT INTO counted WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c;
        END;""", build)

    done = server.command("init")

    assert done.returncode == 1
    assert "adding a user fails: it does not come to an end" in done.stderr
    assert "not taken over, nothing was changed" in done.stderr


def test_a_trigger_into_a_search_table_works_or_is_named(build, make):
    server = make(USERS + """
        CREATE VIRTUAL TABLE found USING fts5(username, content='users', content_rowid='id');
        CREATE TRIGGER index_user AFTER INSERT ON users BEGIN
            INSERT INTO found (rowid, username) VALUES (new.id, new.username); END;""", build)

    done = server.command("init")

    if done.returncode == 0:
        assert server.command("user", "add", "carol", stdin="correct horse battery\n").returncode == 0
        assert ask(server.database, "SELECT rowid FROM found WHERE found MATCH 'carol'") == [(3,)]
    else:
        assert "trigger index_user of table users uses found, a virtual table" in done.stderr


# -- Cut off ---------------------------------------------------------------------------------

# Of all the places where it can be cut off, some 450 in either mode, one in so many is tried.
STEP = int(os.environ.get("TAKEOVER_STEP", 15))


def test_a_copy_of_another_takeover_is_kept(make):
    server = make(USERS)
    copy = server.state / "bearward.db.before-takeover"
    execute(copy, USERS + "INSERT INTO users VALUES (3, 'carol', '', 1);")
    before = picture(server.state)

    done = server.command("init")

    assert done.returncode == 1
    assert f"{copy}: there is a copy of another takeover already: move it away" in done.stderr
    assert picture(server.state) == before


@pytest.mark.parametrize("content", ["nothing", "the same"])
def test_a_copy_that_an_earlier_version_was_making_is_replaced(make, content):
    server = make(USERS)
    copy = server.state / "bearward.db.before-takeover"
    copy.write_bytes(b"" if content == "nothing" else server.database.read_bytes())

    done = server.command("init")

    assert done.returncode == 0, done.stderr
    assert ask(copy, "SELECT count(*) FROM users") == [(2,)]


def system_calls(said):
    """What a program asked of the kernel, as strace says it: name and number, counted for each name."""
    counts = {}
    for name in re.findall(r"^(?:\[pid +\d+\] |\d+ +)?(\w+)\(", said, re.MULTILINE):
        counts[name] = counts.get(name, 0) + 1
        yield name, counts[name]


def traced(server, *options):
    return subprocess.run(["strace", "-f", "-qq", *options, server.program, "-c", server.conf, "init"],
                          env=server.environment, capture_output=True, text=True)


@pytest.fixture
def needs_strace():
    if shutil.which("strace") is None or subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode != 0:
        pytest.skip("strace cannot be used here")


def cut_off_anywhere(server, is_whole):
    """Cuts `bearward init` off at many of its system calls; where the next one does not make it whole."""
    original = server.directory / "original"
    shutil.copytree(server.state, original)
    calls = list(system_calls(traced(server).stderr))
    begin = next(i for i, call in enumerate(calls) if call[0] == "flock")
    assert len(calls) - begin > 200

    failed = []
    for call, number in calls[begin::STEP]:
        shutil.rmtree(server.state)
        shutil.copytree(original, server.state)
        cut = traced(server, "-e", f"inject={call}:signal=KILL:when={number}", "-e", f"trace={call}")
        done = server.command("init")
        is_sound = ask(server.database, "PRAGMA integrity_check") == [("ok",)]
        # A row that was not begun, such as that which tells of a key, leaves a journal that holds nothing.
        names = {path.name for path in server.state.iterdir()} - {f"bearward.db-{end}" for end in ("wal", "shm", "journal")}
        if (cut.returncode == 0 or done.returncode != 0 or not is_sound or not is_whole(names)
                or server.command("check-config").returncode != 0):
            failed.append((call, number, cut.returncode, done.stderr, names))
    return failed


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_takeover_that_is_cut_off_anywhere_is_finished_by_the_next_one(needs_strace, make, mode):
    server = make(f"PRAGMA journal_mode = {mode};" + USERS, journal_mode=mode)
    server.database.chmod(0o644)
    copy = server.state / "bearward.db.before-takeover"

    def is_whole(names):
        return (names == {"bearward.db", copy.name, "keys", "public", "signing", "use.lock", "write.lock", "write.queue"}
                and ask(server.database, "SELECT count(*) FROM users") == [(2,)]
                and ask(copy, "SELECT count(*) FROM users") == [(2,)])

    assert not cut_off_anywhere(server, is_whole)
