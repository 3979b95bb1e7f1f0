"""`bearward restore`: a backup brought back, and nothing with it that was ended since (protocol section 41.4)."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import resource
import shutil
import sqlite3
import stat
import struct
import subprocess
import sys
import time

import pytest

import jws
from conftest import PASSWORD, PATIENCE, Server, bearer, eventually, register, sign_in
from fastcgi import ask as ask_responder, get_params
from killed import needs_strace, some  # noqa: F401: a fixture
from test_backup import ask, backup, fill, names, others_coming
from test_migration import hashed, of_version  # noqa: F401: a fixture
from test_refresh import refresh
from test_signin import NAME, cookies_of, is_signed_in, post
from test_takeover import system_calls
from terminal import Terminal

pytestmark = [pytest.mark.once("is about a command, and files"), pytest.mark.only_nginx("is about the database"),
              pytest.mark.sqlite("is about the file of SQLite; PostgreSQL has means of its own")]

KEPT = re.compile(r"bearward\.db\.before-restore-\d{8}T\d{6}Z(-\d+)?")
SKIPPED = 1_000_000
WHILE = 3600  # seconds that a test takes at most


def restore(server, *words, **options):
    done = server.command("restore", *words, **options)
    assert done.returncode == 0, done.stderr
    return done


def kept(server):
    return [path for path in server.state.iterdir() if KEPT.fullmatch(path.name)]


def picture(directory):
    """What is there, but for locks and a log that have nothing in them, and the memory of a log."""
    return {path.name: path.read_bytes() for path in directory.rglob("*")
            if path.is_file() and path.stat().st_size > 0 and not path.name.endswith("-shm")}


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def place(tmp_path):
    """A directory with a user, and a backup of that with keys; somebody came since."""
    server = Server("plain")
    assert server.command("init").returncode == 0
    server.saved = tmp_path / "saved"
    server.query("INSERT INTO users (username, username_key, hashed_password) VALUES ('before', 'before', '!')")
    backup(server, server.saved, "--keys")
    server.query("INSERT INTO users (username, username_key, hashed_password) VALUES ('since', 'since', '!')")
    yield server
    server.remove()


def users(server):
    return [name for name, in ask(server.database, "SELECT username FROM users ORDER BY id")]


# -- The drill --------------------------------------------------------------------------------


def test_41_4_after_a_host_was_lost_everybody_of_the_backup_signs_in_and_nothing_that_was_given_before_is_good(start_plain_server):
    server = start_plain_server()
    saved = server.directory / "saved"

    with server.client() as client:
        register(client, "alice")
        given = sign_in(client, "alice").json()
        cookie = cookies_of(post(client, "alice"))[NAME][0]
        with others_coming(server, 2) as acknowledged:
            assert eventually(lambda: len(acknowledged) > 5)
            before = list(acknowledged)
            refused = server.command("restore", saved)
            backup(server, saved, "--keys")
            register(client, "late")
            late = sign_in(client, "late").json()
    assert refused.returncode == 1
    server.stop()
    last = max(number for number, in server.query("SELECT id FROM users"))
    shutil.rmtree(server.state)
    server.state.mkdir(mode=0o700)
    server.own(server.state)

    restore(server, saved)

    server.start()
    with server.client() as client:
        for name in ["alice", *before]:
            assert sign_in(client, name).status_code == 200, name
        for old in (given, late):
            assert client.get("/users/me/", headers=bearer(old["access_token"])).status_code == 401
            assert ask_responder(server.socket("verify"), [
                *get_params(), ("HTTP_AUTHORIZATION", f"Bearer {old['access_token']}")]).status_code == 401
            assert refresh(client, old["refresh_token"]).status_code == 400
        older = jws.Forge(server, given["access_token"]).with_claims(without=["gid"])
        assert client.get("/users/me/", headers=bearer(older)).status_code == 401
        assert not is_signed_in(client, cookie)
        # Who comes now is nobody's heir.
        new = register(client, "new").json()["id"]
        assert new > last
    assert server.query("SELECT event, detail FROM audit WHERE event = 'backup restored'") == [("backup restored", "sessions ended")]
    # The keys came back: where nobody asks the database, a token is good until it expires, and names nobody else.
    key = lambda token: jws.parts(token)[0]["kid"]  # noqa: E731
    with server.client() as client:
        assert key(sign_in(client, "alice").json()["access_token"]) == key(given["access_token"])


def test_41_4_with_keep_sessions_all_that_was_good_then_is_good(start_plain_server):
    server = start_plain_server()
    with server.client() as client:
        register(client, "alice")
        given = sign_in(client, "alice").json()
        cookie = cookies_of(post(client, "alice"))[NAME][0]
        backup(server, server.directory / "saved")
        assert server.command("user", "passwd", "alice", stdin="another horse battery staple\n").returncode == 0
        assert client.get("/users/me/", headers=bearer(given["access_token"])).status_code == 401
    server.stop()

    done = restore(server, server.directory / "saved", "--keep-sessions")

    assert "also what was ended since" in done.stdout
    server.start()
    with server.client() as client:
        assert client.get("/users/me/", headers=bearer(given["access_token"])).status_code == 200
        assert refresh(client, given["refresh_token"]).status_code == 200
        assert is_signed_in(client, cookie) and sign_in(client, "alice").status_code == 200


def test_ids_go_on_where_nobody_can_have_had_one(place):
    place.query("INSERT INTO users (id, username, username_key, hashed_password) VALUES (5000, 'gone', 'gone', '!')")
    place.query("DELETE FROM users WHERE id = 5000")

    for turn in (1, 2):
        restore(place, place.saved)
        assert place.storage.next_id("users") - (5000 + turn * SKIPPED) in range(1, WHILE)
    shutil.rmtree(place.state)
    restore(place, place.saved)
    again = place.storage.next_id("users")
    assert again - (1 + SKIPPED) in range(1, WHILE)
    # That was lost as well, with all who came in the meantime.
    shutil.rmtree(place.state)
    then = time.time()
    assert eventually(lambda: time.time() > then + 1)
    restore(place, place.saved)
    assert place.storage.next_id("users") > again


def test_what_ends_and_what_stays(place):
    now = "strftime('%s', 'now')"
    place.query("UPDATE users SET id = 1 WHERE username = 'before'")
    for sql in (f"INSERT INTO grants (gid, user_id, client_id, scope, created_at, auth_at, expires_at, rotated_at) VALUES (x'01', 1, '', '', 1, 1, {now} + 60, 1), (x'02', 1, '', '', 1, 1, 5, 1)",
                f"INSERT INTO sessions (digest, user_id, created_at, auth_at, seen_at, idle, expires_at) VALUES (x'01', 1, 1, 1, 1, 60, {now} + 60)",
                f"INSERT INTO tickets (digest, kind, user_id, expires_at) VALUES (x'01', 'link', 1, {now} + 60)",
                f"INSERT INTO dead_tokens VALUES (x'01', {now} + 60)", "INSERT INTO introspectors VALUES ('api', x'01', 1)",
                "INSERT INTO outbox (at, user_id, kind) VALUES (1, 1, 'link')", "INSERT INTO known_networks VALUES (1, '192.0.2.0/24', 1)"):
        place.query(sql)
    backup(place, place.saved)

    done = restore(place, place.saved)

    counts = {name: place.query(f"SELECT count(*) FROM {name}")[0][0] for name in (
        "grants", "sessions", "tickets", "outbox", "dead_tokens", "introspectors", "known_networks")}
    assert counts == {"grants": 0, "sessions": 0, "tickets": 0, "outbox": 0, "dead_tokens": 1, "introspectors": 1, "known_networks": 1}
    assert "ended 1 grant, 1 browser and 1 link" in done.stdout
    assert place.query("SELECT count(*) FROM users WHERE signed_out_at > 0") == [(2,)]
    assert not [name for name in place.storage.tables() if name.startswith("bearward_backup")]
    assert place.query("SELECT event FROM audit ORDER BY id DESC LIMIT 1") == [("backup restored",)]


# -- Nobody uses it ---------------------------------------------------------------------------


IDLE = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
print(database.execute("SELECT count(*) FROM users").fetchall(), flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_database_that_is_in_use_is_left_alone_and_nobody_can_use_it_meanwhile(tmp_path, journal):
    server = Server("plain", journal_mode=journal)
    assert server.command("init").returncode == 0
    backup(server, tmp_path / "saved")
    fill(server, 1)
    environment = {**server.environment, "BEARWARD_CONF": str(server.conf), "BEARWARD_STORAGE_WAIT": "0.1"}

    def try_it():
        before = picture(server.state)
        done = subprocess.run(
            [server.program, "restore", tmp_path / "saved"], env=environment, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 1 and "is in use; nothing was changed" in done.stderr and "systemctl stop bearward" in done.stderr
        assert picture(server.state) == before

    with subprocess.Popen([server.program, "audit", "--follow", "--json"], env=environment, stdout=subprocess.PIPE, text=True) as idle:
        assert idle.stdout.readline()
        try_it()
        idle.kill()
    if journal == "wal":
        # Any other program, also a bearward of before.
        with subprocess.Popen([sys.executable, "-c", IDLE, server.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout.readline()
            try_it()
            other.stdin.close()
    with open(server.state / "use.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (["user", "list"], ["init"], ["user", "add", "bob"]):
            done = server.command(*words, stdin=PASSWORD + "\n")
            assert done.returncode == 1 and "a backup is being brought back" in done.stderr, words
        try_it()

    restore(server, tmp_path / "saved")

    assert users(server) == [] and server.command("check-config").returncode == 0
    server.remove()


# -- What is no backup ------------------------------------------------------------------------


def changed(statement):
    def change(path, place):
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.executescript(statement)
    return change


def seal(path):
    """What anybody can do who can write a backup: the digest is of what is in it now."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        digest = hashlib.sha256()

        def feed(statement):
            digest.update(b"(")
            for row in database.execute(statement):
                digest.update(b"\n")
                for value in row:
                    kind = {int: 1, float: 2, str: 3, bytes: 4, type(None): 5}[type(value)]
                    data = value.encode() if kind == 3 else value if kind == 4 else b""
                    digest.update(struct.pack(">qq", kind, value if kind == 1 else len(data)) + data)
            digest.update(b")")

        for statement in ("PRAGMA application_id", "PRAGMA user_version", "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name",
                          "SELECT format, made_at, program, has_keys FROM bearward_backup"):
            feed(statement)
        for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'bearward_backup' ORDER BY name").fetchall():
            feed(f'SELECT * FROM "{name}" NOT INDEXED')
        database.execute("UPDATE bearward_backup SET sha256 = ?", (digest.hexdigest(),))


def cut(size):
    return lambda path, place: os.truncate(path, size if size >= 0 else path.stat().st_size + size)


def spoil(path, place):
    [(page,)] = ask(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_users_1'")
    with open(path, "r+b") as file:
        file.seek(page * 4096 - 40)
        file.write(os.urandom(40))


def leave_log(path, place):
    shutil.copy(place.database, path)
    path.with_name(path.name + "-wal").write_bytes(b"x")


def move_away(path, place):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA application_id = 1650811250; CREATE TABLE bearward_move (id BLOB, is_source INTEGER, place TEXT, at INTEGER);"
                               "INSERT INTO bearward_move VALUES (x'00000000000000000000000000000000', 1, 'postgresql:///x', 1);"
                               "PRAGMA user_version = 2147483647")


def make_newer(path, place):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA application_id = 1650811250; UPDATE bearward_schema SET version = 99, readable_since = 99; PRAGMA user_version = 99")


WRONG = {
    "nothing": (cut(0), "it is not a SQLite database"),
    "a text": (lambda path, place: path.write_text("a text " * 1000), "it is not a SQLite database"),
    "cut off in the midst": (cut(60000), "malformed|no good copy"),
    "cut off at its end": (cut(-4096), "malformed|no good copy"),
    "a page of an index is damaged": (spoil, "malformed|no good copy"),
    "a user was let in": (changed("UPDATE users SET is_active = 1 - is_active"), "it was changed since it was made"),
    "a hash was changed": (changed("UPDATE users SET hashed_password = hashed_password || '!'"), "it was changed since it was made"),
    "a key was changed": (changed("UPDATE bearward_backup_files SET content = x'00'"), "it was changed since it was made"),
    "a trigger was added": (changed("CREATE TRIGGER t AFTER UPDATE ON users BEGIN UPDATE users SET is_active = 1; END"), "it was changed"),
    "its time was changed": (changed("UPDATE bearward_backup SET made_at = made_at + 1"), "it was changed since it was made"),
    "a user is missing": (changed("DELETE FROM users"), "it has another number of rows than there were"),
    "it was not completed": (changed("DELETE FROM bearward_backup"), "it was not completed"),
    "a newer form": (changed("UPDATE bearward_backup SET format = 2"), "made by a newer bearward than this one"),
    "another program's": (changed("PRAGMA application_id = 1"), "it is no backup of bearward"),
    "a newer database": (make_newer, "made by a newer bearward than this one"),
    "a part of a database": (leave_log, "and has changes that are not in that file"),
    "tables of another shape": (changed("DROP TABLE bearward_backup_rows; CREATE TABLE bearward_backup_rows (name, rows);"
                                        "INSERT INTO bearward_backup_rows VALUES (NULL, 1)"), "its tables are not those that a backup has"),
    "a view that has no end": (changed("DROP TABLE bearward_backup; CREATE VIEW bearward_backup AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                                       "SELECT i + 1 FROM n) SELECT count(*) AS format, 1 AS made_at, '' AS sha256 FROM n"), "its tables are not those"),
    "of users who have moved": (move_away, "its users have been moved"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_whole_backup_of_ours_is_refused_and_nothing_changes(shared_place, tmp_path, what):
    make, said = WRONG[what]
    wrong = tmp_path / "wrong"
    shutil.copy(shared_place.saved, wrong)
    make(wrong, shared_place)
    before = picture(shared_place.state)

    done = shared_place.command("restore", wrong)

    assert done.returncode == 1 and re.search(said, done.stderr), done.stderr
    assert "nothing was brought back" in done.stderr and str(wrong) in done.stderr
    assert picture(shared_place.state) == before and "restore.tmp" not in names(shared_place.state)


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory):
    """One that no test changes."""
    server = Server("plain")
    assert server.command("init").returncode == 0
    fill(server, 300)
    server.saved = tmp_path_factory.mktemp("saved") / "saved"
    backup(server, server.saved, "--keys")
    with contextlib.closing(sqlite3.connect(server.database)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield server
    server.remove()


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_backup_of_every_former_version_is_brought_up_to_date(hashed, tmp_path, version):  # noqa: F811
    server = Server("plain")
    server.state.mkdir(mode=0o700)
    with contextlib.closing(sqlite3.connect(server.database)) as database:
        database.executescript(of_version(version, hashed))
    server.database.chmod(0o600)
    backup(server, tmp_path / "saved")
    shutil.rmtree(server.state)

    done = restore(server, tmp_path / "saved")

    assert "It is of an older version, and is brought up to date." in done.stdout
    assert ask(server.database, "SELECT version FROM bearward_schema") == [(5,)] and users(server) == ["Alice"]
    assert server.command("init").returncode == 0 and server.command("check-config").returncode == 0
    assert server.storage.next_id("users") - (7 + SKIPPED) in range(1, WHILE)
    server.remove()


def test_a_copy_that_was_made_otherwise_is_taken_and_it_is_said_that_nothing_tells_whether_it_is_all(place, tmp_path):
    with contextlib.closing(sqlite3.connect(place.database)) as database, contextlib.closing(sqlite3.connect(tmp_path / "copy")) as copy:
        database.backup(copy)
    place.query("DELETE FROM users")

    done = restore(place, tmp_path / "copy")

    assert "nothing tells whether anything is missing" in done.stdout and users(place) == ["before", "since"]
    # As is what an earlier restore has kept: that undoes it.
    [undo] = kept(place)
    restore(place, undo)
    assert users(place) == []


# -- What becomes of what is there ------------------------------------------------------------


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_the_database_that_was_there_is_kept_whole_and_its_log_goes(tmp_path, journal):
    server = Server("plain", journal_mode=journal)
    assert server.command("init").returncode == 0
    backup(server, tmp_path / "saved")
    # What is in the log alone.
    with contextlib.closing(sqlite3.connect(server.database)) as database:
        database.execute("INSERT INTO users (username, username_key, hashed_password) VALUES ('since', 'since', '!')")
        database.commit()
        files = {path.name: path.read_bytes() for path in server.state.glob("bearward.db*")}
    for name, content in files.items():
        (server.state / name).write_bytes(content)
        (server.state / name).chmod(0o600)
    assert journal == "delete" or len(files["bearward.db-wal"]) > 0

    done = restore(server, tmp_path / "saved")

    [old] = kept(server)
    assert str(old) in done.stdout and mode(old) == 0o600 and mode(server.database) == 0o600
    assert ask(old, "SELECT username FROM users") == [("since",)] and ask(old, "PRAGMA integrity_check") == [("ok",)]
    assert users(server) == [] and ask(server.database, "PRAGMA journal_mode") == [(journal,)]
    assert ask(server.database, "PRAGMA integrity_check") == [("ok",)]
    assert server.command("check-config").returncode == 0
    server.remove()


@pytest.mark.parametrize("what", ["garbage", "a log without its database", "nothing"])
def test_what_is_left_of_a_lost_database_is_no_hindrance_and_does_not_get_into_the_new_one(place, what):
    log = place.state / "bearward.db-wal"
    with contextlib.closing(sqlite3.connect(place.database)) as database:
        database.execute("UPDATE users SET username = 'of the log'")
        database.commit()
        content = log.read_bytes()
    if what == "garbage":
        place.database.write_bytes(os.urandom(8192))
    else:
        place.database.unlink()
    log.write_bytes(content)
    if what == "nothing":
        shutil.rmtree(place.state)

    restore(place, place.saved)

    assert users(place) == ["before"] and ask(place.database, "PRAGMA integrity_check") == [("ok",)]
    # What could be of use is still there.
    left = [path.read_bytes() for path in place.state.iterdir() if path.name.startswith("bearward.db.before-restore-") and path.name.endswith("-wal")]
    assert left == ([] if what == "nothing" else [content])


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_restore_that_is_killed_anywhere_leaves_the_old_database_or_the_new_one(tmp_path, needs_strace, journal):  # noqa: F811
    server = Server("plain", journal_mode=journal)
    assert server.command("init").returncode == 0
    backup(server, tmp_path / "saved", "--keys")
    fill(server, 1)
    original = tmp_path / "original"
    shutil.copytree(server.state, original)
    environment = {**server.environment, "BEARWARD_CONF": str(server.conf)}

    def traced(*options):
        return subprocess.run(["strace", "-f", "-qq", *options, server.program, "restore", tmp_path / "saved"], env=environment,
                              capture_output=True, text=True, timeout=PATIENCE)

    calls = list(system_calls(traced().stderr))
    begin = next(number for number, call in enumerate(calls) if call[0] in ("mkdir", "mkdirat"))
    last = max(number for number, call in enumerate(calls) if call[0] == "link")
    put = max(number for number, call in enumerate(calls) if call[0] == "rename")
    old, new = 0, 0
    for call, number in [*some(calls[begin:last], 6), *calls[last:put + 3]]:
        shutil.rmtree(server.state)
        shutil.copytree(original, server.state)
        assert traced("-e", f"inject={call}:signal=KILL:when={number}", "-e", f"trace={call}").returncode != 0, (call, number)

        found = ask(server.database, "SELECT username FROM users")
        assert found in ([("u1",)], []) and ask(server.database, "PRAGMA integrity_check") == [("ok",)], (call, number)
        old, new = old + (found != []), new + (found == [])
        assert server.command("check-config").returncode == 0, (call, number)
        restore(server, tmp_path / "saved")
        assert users(server) == [] and "restore.tmp" not in names(server.state)
        assert any(ask(path, "SELECT username FROM users") == [("u1",)] for path in kept(server)), (call, number)
        assert len({path.stat().st_ino for path in [server.database, *kept(server)]}) == 1 + len(kept(server)), (call, number)
    assert old > 8 and new > 0
    server.remove()


def test_where_there_is_no_room_nothing_changes(shared_place):
    before = picture(shared_place.state)
    limit = (65536, resource.RLIM_INFINITY)

    done = shared_place.command("restore", shared_place.saved, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))

    assert done.returncode == 1 and "nothing was brought back" in done.stderr
    assert picture(shared_place.state) == before


# -- Keys -------------------------------------------------------------------------------------


def key_files(server):
    return {f"{name}/{path.name}": path.read_bytes() for name in ("keys", "signing", "public")
            for path in (server.state / name).glob("[!.]*")}


def test_keys_come_back_to_a_host_that_has_none_and_no_key_of_a_host_is_touched(tmp_path):
    server = Server("plain")
    assert server.command("init", "--alg", "ES256").returncode == 0
    assert server.command("key", "new", "--alg", "HS256").returncode == 0
    of_backup = key_files(server)
    [leaked] = [path for path in of_backup if path.startswith("keys/")]
    backup(server, tmp_path / "with", "--keys")
    backup(server, tmp_path / "without")
    assert len(of_backup) == 3

    # The key was removed since, because it had leaked: it does not come back.
    assert server.command("key", "remove", leaked.removeprefix("keys/"), "--yes").returncode == 0
    assert server.command("key", "new").returncode == 0
    present = key_files(server)
    done = restore(server, tmp_path / "with")
    assert key_files(server) == present and "The keys of this host stay" in done.stdout

    # The host was lost; also where that was cut off.
    for left in ([], list(of_backup)[:2]):
        shutil.rmtree(server.state)
        for path in left:
            (server.state / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            server.state.chmod(0o700)
            (server.state / path).write_bytes(of_backup[path])
            (server.state / path).chmod(0o600)
        done = restore(server, tmp_path / "with")
        assert key_files(server) == of_backup and "Its keys come back" in done.stdout
        assert {mode(server.state / path) for path in of_backup} == {0o600}
        assert {mode(server.state / name) for name in ("keys", "signing", "public")} == {0o700}
        assert server.command("check-config").returncode == 0

    # Without keys, a new one is made.
    shutil.rmtree(server.state)
    done = restore(server, tmp_path / "without")
    assert key_files(server) == {} and "Next: bearward init, which makes a key" in done.stdout
    assert server.command("init").returncode == 0 and server.command("check-config").returncode == 0
    server.remove()


# -- Who asks for it --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["signing/../../escaped", "zzz", "keys/20270131T021500Z-00000000", "/etc/escaped"])
def test_no_key_comes_back_where_one_of_them_is_none(place, tmp_path, path):
    wrong = tmp_path / "wrong"
    shutil.copy(place.saved, wrong)
    seal(wrong)
    assert ask(wrong, "SELECT sha256 FROM bearward_backup") == ask(place.saved, "SELECT sha256 FROM bearward_backup")
    changed(f"INSERT INTO bearward_backup_files VALUES ('{path}', 384, x'6100')")(wrong, place)
    seal(wrong)
    shutil.rmtree(place.state)

    done = place.command("restore", wrong)

    assert done.returncode == 1 and "it is no key" in done.stderr and "nothing was brought back" in done.stderr
    assert [path for path in place.state.rglob("*") if path.is_file() and path.stat().st_size > 0] == []


def test_it_says_what_it_will_do_and_asks(place):
    before = picture(place.state)
    terminal = Terminal(place, "restore", str(place.saved))
    terminal.wait_for("Type yes: ")
    terminal.type("no\n")

    assert terminal.finish() == 1
    assert "1 user, saved 20" in terminal.seen and "which has 2 users and is kept beside" in terminal.seen.replace("\r\n", "")
    assert "All sign-ins and links of it end." in terminal.seen and "nothing was changed" in terminal.seen
    assert picture(place.state) == before

    terminal = Terminal(place, "restore", str(place.saved), "--yes")
    assert terminal.finish() == 0 and users(place) == ["before"]


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@as_root
def test_as_root_it_reads_a_file_of_roots_and_works_as_the_owner_of_the_state_directory(place, tmp_path):
    place.environment["BEARWARD_ALLOW_ROOT"] = "no"
    place.directory.chmod(0o755)
    tmp_path.chmod(0o700)
    nobody = pwd.getpwnam("nobody")
    for path in (place.state, *place.state.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)

    restore(place, place.saved)

    assert users(place) == ["before"]
    assert {path.stat().st_uid for path in (place.state, *place.state.rglob("*"))} == {nobody.pw_uid}
    # Of a directory that only root can look into, and by another name.
    (tmp_path / "saved-wal").write_bytes(b"x")
    (tmp_path / "link").symlink_to("saved")
    for name in ("saved", "link"):
        refused = place.command("restore", tmp_path / name)
        assert refused.returncode == 1 and "has changes that are not in that file" in refused.stderr
    (tmp_path / "saved-wal").unlink()
    shutil.rmtree(place.state)
    refused = place.command("restore", place.saved)
    assert refused.returncode == 1 and "make it first" in refused.stderr


@as_root
def test_a_state_directory_that_is_open_to_a_group_stays_so(place):
    assert place.command("init", "--group", "nogroup").returncode == 0
    gid = place.state.stat().st_gid

    restore(place, place.saved)

    assert mode(place.state) == 0o2750
    for name in ("bearward.db", "bearward.db-wal", "bearward.db-shm", "use.lock", "write.lock"):
        assert (mode(place.state / name), (place.state / name).stat().st_gid) == (0o660, gid), name
    assert place.command("check-config").returncode == 0


@pytest.mark.parametrize("file, said", [("missing", "No such file or directory"), (".", "is not a file")])
def test_what_is_named_must_be_a_file(shared_place, tmp_path, file, said):
    done = shared_place.command("restore", tmp_path / file)

    assert done.returncode == 1 and said in done.stderr


def test_users_in_a_postgresql_are_brought_back_by_its_own_means(shared_place):
    server = Server("plain")
    server.write_settings(database="postgresql:///bearward")
    server.state.mkdir(mode=0o700)

    done = server.command("restore", shared_place.saved)

    assert done.returncode == 1 and '"Many hosts" of INSTALL' in done.stderr
    server.remove()
