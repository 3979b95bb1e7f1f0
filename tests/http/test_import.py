"""`bearward import` and `bearward export`: what is taken, what is said of it, and that nothing is half done."""

import csv
import io
import json
import os
import pty
import random
import resource
import signal
import sqlite3
import subprocess

import bcrypt
import pytest

from conftest import PASSWORD, Server, register, running, sign_in
from test_command import NOBODY, as_root, empty, given, mode  # noqa: F401 (fixtures)

# Of one salt: the names of tests must be the same in every process.
BCRYPT = bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$abcdefghijklmnopqrstuu").decode()
COLUMNS = ("id, username, username_key, hashed_password, is_active, scope, created_at, email, display_name, "
           "is_imported")


@pytest.fixture
def make(build):
    """Makes directories that are ready."""
    made = []

    def make_one(**settings):
        made.append(Server(build, restricted_scopes="admin", **settings))
        done = made[-1].command("init")
        assert done.returncode == 0, done.stderr
        return made[-1]

    yield make_one
    for server in made:
        server.remove()


@pytest.fixture
def place(make):
    return make()


def users(place, columns=COLUMNS):
    return place.query(f"SELECT {columns} FROM (SELECT * FROM users ORDER BY id) AS ordered")


def run_import(place, form, text, *options, status=0):
    done = place.command("import", form, "-", *options, stdin=text)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def rows_of_csv(*rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def ndjson(*objects):
    return "".join(json.dumps(value) + "\n" for value in objects)


# -- What is taken, and what is said of it ----------------------------------------------------

REMARKABLE = rows_of_csv(
    ["id", "username", "email", "full_name", "hashed_password", "is_active", "disabled", "role", "created_at"],
    [7, "Alice", "a@example.org", "Alice A.", BCRYPT, "true", 0, "admin", "2023-11-14 22:13:20"],
    [8, "Jose\u0301", "", "", BCRYPT, 1, "", "", 1700000000],
    [9, "Bob Smith", "", "", BCRYPT, "T", "", "", "yesterday"],
    [10, "carol", "no address", "\x1b[2J", BCRYPT, "maybe", "", "editor,admin", ""],
    [11, "dave", "", "", "hunter2-in-the-clear", 1, 1, "", ""],
    [12, "erin", "", "", "", 1, "", "", ""],
    [13, "ALICE", "", "", BCRYPT, 1, "", "", ""],
    [14, "", "", "", BCRYPT, 1, "", "", ""],
    [15, "fr\x1b[2Jank", "", "", BCRYPT, 1, "", "", ""],
    ["f81d4fae", "grace\u202e", "", "", "$apr1$abcdefgh$" + "a" * 22, 1, "", "", ""],
    [7, "heidi", "", "", BCRYPT, 1, "", "", ""],
)
REPORT = """\
renamed "Jose\u0301" (line 3): now "Jos\u00e9"
exact "Bob Smith" (line 4): signs in only when spelt just like this
disabled "carol" (line 5): is_active is "maybe", which is neither yes nor no
scope "carol" (line 5): scope editor is not in restricted_scopes: not given
dropped "carol" (line 5): The email address has a space or a control character in it
dropped "carol" (line 5): The display name has a control character in it
disabled "dave" (line 6): disabled is "1"
unusable "dave" (line 6): the hash is of no kind that can be checked, and was not kept; give a password: bearward user passwd NAME
unusable "erin" (line 7): there is no password hash; give a password: bearward user passwd NAME
refused "ALICE" (line 8): has the same name as line 2
refused "" (line 9): there is no name
refused "fr\\x1b[2Jank" (line 10): the name has control characters
exact "grace\\xe2\\x80\\xae" (line 11): signs in only when spelt just like this
columns: id from id, name from username, email from email, display name from full_name, password from hashed_password, \
active from is_active, disabled from disabled, scope from role, created from created_at
11 read: 8 taken, 3 refused
of those taken: 1 renamed, 2 exact, 2 disabled, 2 unusable, 2 with a new id
passwords: 5 bcrypt, 1 apr1 (weak, replaced at the next sign-in)
flags: is_active "true": 1, "1": 8, "T": 1, "maybe": 1; disabled "0": 1, "": 9, "1": 1
"""
TAKEN = [
    (7, "Alice", "alice", BCRYPT, 1, "admin", 1700000000, "a@example.org", "Alice A.", 1),
    (8, "Jos\u00e9", "jos\u00e9", BCRYPT, 1, "", 1700000000, None, None, 1),
    (9, "Bob Smith", "Bob Smith", BCRYPT, 1, "", 0, None, None, 1),
    (10, "carol", "carol", BCRYPT, 0, "admin", 0, None, None, 1),
    (11, "dave", "dave", "", 0, "", 0, None, None, 1),
    (12, "erin", "erin", "", 1, "", 0, None, None, 1),
    (16, "grace\u202e", "grace\u202e", "$apr1$abcdefgh$" + "a" * 22, 1, "", 0, None, None, 1),
    (17, "heidi", "heidi", BCRYPT, 1, "", 0, None, None, 1),
]


def test_every_remark_of_the_report_is_exactly_this(place):
    done = run_import(place, "--csv", REMARKABLE, "--scope-column", "role", status=1)

    assert done.stdout == REPORT
    assert users(place) == TAKEN
    assert 'event="users imported" users=8 by=' in done.stderr or os.access("/dev/log", os.W_OK)


def test_no_hash_and_nothing_in_its_place_is_ever_printed(place):
    told = [run_import(place, "--csv", REMARKABLE, "--scope-column", "role", "--verbose", option, status=1)
            for option in ("--dry-run", "--verbose")]
    told.append(run_import(place, "--csv", "username,password\na,hunter2-in-the-clear,\n", status=1))
    told.append(run_import(place, "--ndjson", '{"username":"a","password":"hunter2-in-the-clear"', status=1))
    told.append(run_import(place, "--htpasswd", "hunter2-in-the-clear\n", status=1))
    told.append(run_import(place, "--csv", f"alice,hunter2-in-the-clear\nbob,{BCRYPT}\n", status=1))
    told += [run_import(place, "--csv", REMARKABLE, option, "hashed_password", status=1)
             for option in ("--username-column", "--active-column", "--scope-column")]
    said = "".join(done.stdout + done.stderr for done in told)

    assert 'taken "Alice" (line 2): bcrypt' in said
    assert "hunter2" not in said
    assert BCRYPT[7:20] not in said


def test_a_dry_run_says_the_same_and_changes_nothing(place):
    before = place.storage.content()

    done = run_import(place, "--csv", REMARKABLE, "--scope-column", "role", "--dry-run", status=1)

    assert done.stdout == REPORT.replace("8 taken", "8 would be taken") + "nothing was changed (--dry-run)\n"
    assert place.storage.content() == before
    assert "users imported" not in done.stderr
    assert users(place) == []


def test_who_is_there_already_is_left_alone(place):
    run_import(place, "--htpasswd", f"alice:{BCRYPT}\n")
    assert place.command("user", "disable", "alice").returncode == 0
    before = users(place)

    done = run_import(place, "--htpasswd", f"Alice:$apr1$abcdefgh${'a' * 22}\nbob:{BCRYPT}\nALICE:x\n", status=1)

    assert done.stdout.splitlines()[:2] == [
        'present "Alice" (line 1): there already, left alone', 'refused "ALICE" (line 3): has the same name as line 1']
    assert "3 read: 1 taken, 1 there already, 1 refused\n" in done.stdout
    assert users(place) == [*before, (2, "bob", "bob", BCRYPT, 1, "", 0, None, None, 1)]
    again = run_import(place, "--htpasswd", f"alice:{BCRYPT}\nbob:{BCRYPT}\n")
    assert "2 read: 2 there already\n" in again.stdout


def test_an_id_is_new_where_somebody_may_have_had_it(place):
    assert place.command("user", "add", "first", stdin=PASSWORD).returncode == 0
    assert place.command("user", "delete", "first").returncode == 0

    done = run_import(place, "--csv", f"id,username,password\n1,alice,{BCRYPT}\n90,bob,{BCRYPT}\n")
    again = run_import(place, "--csv", f"id,username,password\n1,alice,{BCRYPT}\n90,bob,{BCRYPT}\n92,carol,{BCRYPT}\n")

    assert users(place, "id, username") == [(90, "bob"), (91, "alice"), (92, "carol")]
    assert "of those taken: 1 with a new id\n" in done.stdout
    assert "new id" not in again.stdout


def test_an_id_that_is_kept_is_no_obstacle_for_those_who_come_later(place):
    run_import(place, "--csv", f"id,username,password\n,a,{BCRYPT}\n9007199254740991,b,{BCRYPT}\n1,c,{BCRYPT}\n"
                               f"9223372036854775807,d,{BCRYPT}\n-5,e,{BCRYPT}\n")
    assert place.command("user", "add", "later", stdin=PASSWORD).returncode == 0

    assert users(place, "id, username") == [
        (1, "c"), (2**53 - 1, "b"), (2**53, "a"), (2**53 + 1, "d"), (2**53 + 2, "e"), (2**53 + 3, "later")]


@pytest.mark.parametrize("form, text, options, expected", [
    ("--csv", f"mail;pw;locked\nx@y.org;{BCRYPT};1\n", ["--username-column", "MAIL", "--password-column", "pw"],
     [("x@y.org", 1, "", "x@y.org")]),
    ("--csv", f"nick\tpassword\tstate\na\t{BCRYPT}\ton\nb\t{BCRYPT}\tgone\n",
     ["--username-column", "nick", "--active-column", "state"], [("a", 1, "", None), ("b", 0, "", None)]),
    ("--csv", f"username,password,is_active,disabled\na,{BCRYPT},0,0\n", ["--active-column", "Disabled"],
     [("a", 1, "", None)]),
    ("--csv", f"username,password,is_admin\na,{BCRYPT},1\nb,{BCRYPT},0\nc,{BCRYPT},perhaps\n",
     ["--scope-column", "is_admin=admin"], [("a", 1, "admin", None), ("b", 1, "", None), ("c", 1, "", None)]),
    ("--ndjson", ndjson({"email": "x@y.org", "name": "X", "password": BCRYPT, "enabled": True},
                        {"email": "z@y.org", "password": BCRYPT, "enabled": None}), [],
     [("x@y.org", 1, "", "x@y.org"), ("z@y.org", 0, "", "z@y.org")]),
    ("--ndjson", ndjson({"login": "a", "hashed_password": BCRYPT, "scope": "admin"}), [], [("a", 1, "", None)]),
    ("--ndjson", ndjson({"login": "a", "hashed_password": BCRYPT, "scope": ["admin", "x"]}), ["--scope-column", "scope"],
     [("a", 1, "admin", None)]),
    ("--ndjson", "", [], []),
    ("--htpasswd", "# nobody\n", [], []),
])
def test_columns_are_found_or_named(place, form, text, options, expected):
    run_import(place, form, text, *options)

    assert users(place, "username, is_active, scope, email") == expected


def test_those_who_are_imported_sign_in_and_are_told_apart_by_nothing(front):
    with running(front) as server:
        with server.client() as client:
            assert sign_in(client, "nobody-yet").status_code == 401
            kinds = server.state / "hash.kinds"
            before = kinds.read_text()

            run_import(server, "--htpasswd", f"alice:{BCRYPT}\n")

            # Counted anew by the next sign-in for a name that nobody has.
            assert kinds.read_text() == before and kinds.stat().st_mtime == 0
            assert sign_in(client, "nobody-still").status_code == 401
            assert "$2b$04$" in kinds.read_text()
            assert sign_in(client, "alice").status_code == 200
            assert users(server, "hashed_password")[0][0].startswith("$s1$")


# -- From a database, where it lies -------------------------------------------------------------

def make_database(path, *statements):
    """An application's database, whose last users are in its log only, as long as this is open."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    for statement, *values in statements:
        database.execute(statement, values)
    return database


def test_users_of_a_database_are_read_with_those_in_its_log_and_it_stays_as_it_was(place, tmp_path):
    path = tmp_path / "app.db"
    application = make_database(
        path, ["CREATE TABLE myuser (id TEXT PRIMARY KEY, email TEXT UNIQUE, password BLOB, disabled, is_admin)"],
        ["CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)"],
        ["INSERT INTO myuser VALUES ('b', 'bob@example.org', ?, 1, 1)", BCRYPT],
        ["INSERT INTO myuser VALUES ('a', 'alice@example.org', ?, NULL, 1)", BCRYPT.encode()])
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if not file.name.endswith("-shm")}

    done = place.command("import", "--from", path, "--scope-column", "is_admin=admin")

    assert done.returncode == 0, done.stderr
    assert done.stdout == """\
disabled "bob@example.org" (row 2): disabled is 1
columns: table myuser, id from id, name from email, email from email, password from password, disabled from disabled, \
scope from is_admin
2 read: 2 taken
of those taken: 1 disabled, 2 with a new id
passwords: 2 bcrypt
flags: disabled NULL: 1, 1: 1
"""
    assert users(place, "username, hashed_password, is_active, scope") == [
        ("alice@example.org", BCRYPT, 1, "admin"), ("bob@example.org", BCRYPT, 0, "admin")]
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if not file.name.endswith("-shm")} == before
    application.close()


def test_a_database_of_bearward_is_taken_with_everything_that_an_export_has(make):
    first, second = make(engine="sqlite"), make()
    run_import(first, "--ndjson", ndjson(*mixed(50)))

    done = second.command("import", "--from", first.database)

    assert done.returncode == 0, done.stderr
    assert users(second) == users(first)


@pytest.mark.sqlite("is about its file")
def test_the_database_of_bearward_itself_is_refused_in_words(place, tmp_path):
    (tmp_path / "link.db").symlink_to(place.database)

    for path in (place.database, tmp_path / "link.db"):
        done = place.command("import", "--from", path)

        assert done.returncode == 1
        assert done.stderr.startswith(f"{path}: it is the database of bearward itself; name that of the application\n")


def test_ids_of_a_database_say_where_a_row_is(place, tmp_path):
    application = make_database(
        tmp_path / "app.db", ["CREATE TABLE users (id INTEGER PRIMARY KEY, username, hashed_password)"],
        ["INSERT INTO users VALUES (70, 'Alice', ?), (9, 'alice', 'x'), (-3, 7, 'x')", BCRYPT])

    done = place.command("import", "--from", tmp_path / "app.db", "--dry-run")

    assert done.returncode == 1
    assert done.stdout.startswith(
        'refused "" (id -3): the name is not valid text\n'
        'unusable "alice" (id 9): the hash is of no kind that can be checked, and was not kept; give a password: '
        'bearward user passwd NAME\nrefused "Alice" (id 70): has the same name as id 9\n')
    application.close()


# -- Nothing is half done ---------------------------------------------------------------------

def many(count):
    return [f'{{"username":"user{i}","password":"{BCRYPT}"}}\n' for i in range(1, count + 1)]


@pytest.mark.parametrize("form, header, broken, fault", [
    ("--ndjson", "", "{\n", "line 900 is not one JSON object"),
    ("--csv", "username,password\n", 'a,"b" c\n', "line 900 has text behind a closing quotation mark"),
    ("--csv", "username,password\n", "a,b,c\n",
     "line 900 does not have as many fields as the first line, which names them: 3, and not 2"),
    ("--htpasswd", "", "nothing\n", "line 900 is not of the form name:hash"),
])
def test_a_file_that_is_broken_near_its_end_leaves_nobody(place, form, header, broken, fault):
    line = {"--ndjson": '{{"username":"user{}","password":"x"}}\n', "--csv": "user{},x\n", "--htpasswd": "user{}:x\n"}[form]
    lines = [line.format(i) for i in range(1000)]
    lines = [header, *lines][header == "":]
    lines[899] = broken

    done = run_import(place, form, "".join(lines), status=1)

    assert done.stderr == f"{fault}\nbearward: nobody was imported; the line above says why\n"
    assert done.stdout == ""
    assert users(place) == []


@pytest.mark.plain("is about what is stored")
def test_an_import_that_is_killed_leaves_nobody(place, tmp_path):
    file = tmp_path / "users.ndjson"
    file.write_text("".join(many(30000)))
    process = subprocess.Popen([place.program, "import", "--ndjson", file], stdout=subprocess.DEVNULL,
                               env={**place.environment, "BEARWARD_CONF": str(place.conf)})

    # Some rows are written, and no commit; unless this machine is very slow to look.
    while process.poll() is None and not place.storage.has_begun():
        pass
    process.kill()
    process.wait()

    assert users(place, "count(*)") in ([(0,)], [(30000,)])
    assert place.storage.is_whole()
    run_import(place, "--htpasswd", f"last:{BCRYPT}\n")
    assert not [path for path in place.state.iterdir() if path.name.startswith("spool")]


@pytest.mark.sqlite("is about the disk that its file is on")
@pytest.mark.plain("is about what is stored")
def test_a_full_disk_leaves_nobody(place, tmp_path):
    file = tmp_path / "users.ndjson"
    file.write_text("".join(many(5000)))
    before = place.storage.content()

    done = place.command("import", "--ndjson", file, preexec_fn=lambda: limit_files(200000))

    assert done.returncode == 1
    assert "bearward: the database refused" in done.stderr
    assert done.stdout == ""
    assert place.storage.content() == before
    assert place.command("import", "--ndjson", file).returncode == 0


def limit_files(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def mixed(count):
    """Users of every sort that an export may have."""
    rng = random.Random(7)
    return [{
        "id": i * 3,
        "username": rng.choice(["user{}", "User{}@Example.org", "us er {}", "\u00fcser{}", 'q"{},;', "a:{}"]).format(i),
        "email": rng.choice([None, f"u{i}@example.org"]) if i % 2 else f"u{i}@example.org",
        "email_verified": i % 2 == 0,
        "display_name": rng.choice([None, 'N. N., "Q"', "'", "\u200b\u2665", "\U0001f43b"]),
        "groups": rng.choice(["", "admins", "staff a/b:c.d_e-f 7"]),
        "is_active": rng.random() < 0.8,
        "scope": rng.choice(["", "admin"]),
        "created_at": rng.choice([None, 1700000000 + i]),
        "imported": rng.random() < 0.9,
        "hashed_password": rng.choice([BCRYPT, "", "$apr1$abcdefgh$" + "a" * 22, "{SHA}" + "A" * 27 + "="]),
    } for i in range(1, count + 1)]


@pytest.mark.once("is about many, and the others have each kind")
def test_ten_thousand_mixed_users_come_and_go_unchanged(make, tmp_path):
    people = mixed(10000)
    first, second, third = make(), make(), make()
    file, out, table = tmp_path / "in.ndjson", tmp_path / "out.ndjson", tmp_path / "in.csv"
    file.write_text(ndjson(*people))
    with table.open("w", newline="") as written:
        writer = csv.DictWriter(written, people[0])
        writer.writeheader()
        writer.writerows(people)

    done = [first.command("import", "--ndjson", file), first.command("export", "--ndjson", out),
            second.command("import", "--ndjson", out), third.command("import", "--csv", table),
            first.command("import", "--ndjson", out)]

    assert [one.returncode for one in done] == [0] * len(done), [one.stderr for one in done]
    assert mode(out) == 0o600
    assert [json.loads(line) for line in out.read_text().splitlines()] == people
    assert list(json.loads(out.read_text().splitlines()[0])) == list(people[0])
    whole = COLUMNS + ", email_verified, groups"
    assert len(users(first)) == 10000
    assert users(second, whole) == users(first, whole)
    assert users(third, whole) == users(first, whole)
    assert "\n10000 read: 10000 there already\n" in done[-1].stdout


def test_tables_that_could_be_of_users_too_are_named(place, tmp_path):
    make_database(tmp_path / "app.db", *[
        [f"CREATE {kind}"] for kind in ("TABLE admins (id INTEGER PRIMARY KEY, username, hashed_password)",
                                        "TABLE users (id INTEGER PRIMARY KEY, username, hashed_password)",
                                        "VIEW everyone AS SELECT * FROM users", "TABLE items (id, username)")]).close()

    found = place.command("import", "--from", "app.db", cwd=tmp_path)
    named = place.command("import", "--from", "app.db", "--table", "admins", cwd=tmp_path)

    assert "app.db: other tables could be of users, too; import them with --table: admins\n" in found.stderr
    assert "other tables" not in named.stderr
    assert found.returncode == named.returncode == 0


# -- Files, pipes and terminals ---------------------------------------------------------------

@pytest.mark.parametrize("arguments, status, said", [
    (["import", "users.csv"], 2, "import: say what FILE is, with one of --from, --csv, --ndjson and --htpasswd"),
    (["import", "--csv", "--ndjson", "users.csv"], 2, "import: takes --csv or --ndjson, not both"),
    (["import", "--csv"], 2, "import: FILE is missing"),
    (["import", "--csv", "a", "b"], 2, "import: there is more than FILE"),
    (["import", "--htpasswd", "--username-column", "a", "users.csv"], 2,
     "import: a file of name:hash has no columns that could be named"),
    (["import", "--csv", "--table", "a", "users.csv"], 2, "import: --table is for databases only"),
    (["import", "--csv", "--json", "users.csv"], 2, "import: does not take --json"),
    (["import", "--csv", "users.csv", "--scope-column", "role=boss"], 1, '"boss" is not in restricted_scopes; put it there first'),
    (["init", "--scope-column", "role=boss"], 1, '"boss" is not in restricted_scopes; put it there first'),
    (["import", "--csv", "missing.csv"], 1, "missing.csv cannot be opened: No such file or directory"),
    (["import", "--csv", "."], 1, ". is a directory; name a file in it"),
    (["import", "--csv", "/dev/null"], 1, "the file is empty; its first line must name the columns"),
    (["import", "--from", "-"], 2, "import: a database is read where it lies, and not from standard input"),
    (["import", "--from", "missing.db"], 1, "missing.db"),
    (["import", "--from", "users.csv"], 1, "users.csv: it is not a SQLite database"),
    (["export"], 2, "export: say in which form, with --ndjson"),
    (["export", "--ndjson", "users.csv"], 1, "users.csv exists already, and is left alone; name a new file"),
    (["export", "--ndjson", "missing/a"], 1, "missing/a cannot be made: No such file or directory"),
    (["export", "--ndjson", "a", "b"], 2, "export: there is more than FILE"),
])
def test_wrong_usage_is_answered_with_what_to_do(place, tmp_path, arguments, status, said):
    (tmp_path / "users.csv").write_text("username,password\n")

    done = place.command(*arguments, cwd=tmp_path)

    assert done.returncode == status
    assert said in done.stderr
    assert done.stdout == ""
    assert (tmp_path / "users.csv").read_text() == "username,password\n"


def test_an_export_never_goes_to_a_terminal(place):
    parent, child = pty.openpty()

    done = subprocess.run([place.program, "export", "--ndjson"], stdin=subprocess.DEVNULL, stdout=child,
                          stderr=subprocess.PIPE, text=True, env={**place.environment, "BEARWARD_CONF": str(place.conf)})

    os.close(parent)
    os.close(child)
    assert done.returncode == 2
    assert "export: hashes are nothing for a terminal; name a file, or redirect the output\n" in done.stderr


def test_an_export_that_finds_no_room_leaves_no_file(place, tmp_path):
    run_import(place, "--ndjson", "".join(many(2000)))
    out = tmp_path / "out.ndjson"

    done = place.command("export", "--ndjson", out, preexec_fn=lambda: limit_files(100000))

    assert done.returncode == 1
    assert f"bearward: cannot write {out}: File too large\n" in done.stderr
    assert not out.exists()


def test_an_export_from_nowhere_leaves_no_file(empty, tmp_path):
    out = tmp_path / "out.ndjson"

    done = empty.command("export", "--ndjson", out)

    assert done.returncode == 1
    assert not out.exists()


@pytest.mark.plain("is about what is stored")
def test_a_running_service_is_exported_and_imported_into(front, tmp_path):
    with running(front) as server:
        with server.client() as client:
            run_import(server, "--ndjson", "".join(many(300)))
            done = server.command("export", "--ndjson")

            assert [json.loads(line)["username"] for line in done.stdout.splitlines()] == [f"user{i}" for i in range(1, 301)]
            assert sign_in(client, "user300").status_code == 200


@pytest.mark.sqlite("is about its log")
@pytest.mark.plain("is about what is stored")
def test_a_large_import_into_a_running_service_leaves_no_large_log(front):
    log = "bearward.db-wal"
    with running(front) as server:
        with server.client() as client:
            run_import(server, "--ndjson", ndjson(*({
                "username": f"user{i}", "display_name": "\U0001f43b" * 200, "password": BCRYPT} for i in range(10000))))

            # What every process would read that opens the database when no other has it open.
            assert (server.state / log).stat().st_size == 0
            assert sign_in(client, "user9999").status_code == 200
            assert register(client, "later").status_code == 200
            assert (server.state / log).stat().st_size < 1 << 20


@as_root
def test_as_root_files_are_opened_before_the_account_is_changed(given, tmp_path):
    file, out = tmp_path / "users.htpasswd", tmp_path / "out.ndjson"
    tmp_path.chmod(0o700)
    file.write_text(f"alice:{BCRYPT}\n")
    file.chmod(0o600)
    assert given.command("init").returncode == 0

    imported = given.command("import", "--htpasswd", file, cwd="/")
    exported = given.command("export", "--ndjson", out, cwd="/")

    assert (imported.returncode, exported.returncode) == (0, 0), imported.stderr + exported.stderr
    assert json.loads(out.read_text())["username"] == "alice"
    assert {path.stat().st_uid for path in given.state.rglob("*")} == {NOBODY}


def test_names_cannot_steer_the_terminal_in_faults_either(place):
    done = run_import(place, "--ndjson", ndjson({"user\x1b[2J": 1, "b": 2}), status=1)

    assert "there are: user\\x1b[2J, b" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_database_that_is_taken_for_a_text_is_told_by_its_name(make, place):
    done = [place.command("import", form, make(engine="sqlite").database) for form in ("--csv", "--ndjson", "--htpasswd")]

    assert [one.returncode for one in done] == [1] * 3
    assert {one.stderr.splitlines()[0] for one in done} == {"it is a database of SQLite: import it with --from"}
