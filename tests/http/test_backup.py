"""`bearward backup`: what is stored, saved while others write, in one file that is whole or is not there."""

import concurrent.futures
import contextlib
import itertools
import json
import os
import pwd
import re
import resource
import shutil
import sqlite3
import stat
import subprocess
import threading
import time

import pytest

from conftest import PASSWORD, PATIENCE, Server, bearer, eventually, register, running, sign_in
from killed import needs_strace, some  # noqa: F401: a fixture
from test_migration import hashed, of_version  # noqa: F401: a fixture
from test_takeover import system_calls

pytestmark = [pytest.mark.once("is about a command, and files"), pytest.mark.only_nginx("is about the database"),
              pytest.mark.sqlite("is about the file of SQLite; PostgreSQL has means of its own")]

NAME = re.compile(r"bearward-\d{8}T\d{6}Z(-\d+)?\.backup")
USERS = 200


def ask(path, text, *values):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute(text, values).fetchall()


def fill(server, users=USERS):
    """Has users whom nobody need register."""
    server.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO users "
                 "(username, username_key, hashed_password, created_at) SELECT 'u' || i, 'u' || i, '!', 1700000000 FROM n", users)


@pytest.fixture(scope="module")
def filled():
    server = Server("plain")
    assert server.command("init").returncode == 0
    fill(server)
    yield server
    server.remove()


@pytest.fixture
def place(filled, tmp_path):
    """A directory with users, and one for backups."""
    filled.backups = tmp_path / "backups"
    filled.backups.mkdir()
    return filled


def backup(server, *words, **options):
    done = server.command("backup", *words, **options)
    assert done.returncode == 0, done.stderr
    return done


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def is_whole(path):
    """A database that says of itself that it is a backup, and has all that it says."""
    counts = dict(ask(path, "SELECT name, rows FROM bearward_backup_rows"))
    return (ask(path, "PRAGMA integrity_check") == [("ok",)] and ask(path, "SELECT format FROM bearward_backup") == [(1,)]
            and counts["users"] >= USERS and all(ask(path, f"SELECT count(*) FROM {name}") == [(rows,)] for name, rows in counts.items()))


@contextlib.contextmanager
def others_coming(server, number):
    """So many register and sign in, one user after another; gives the names of those who were told that they are in."""
    acknowledged, stop = [], threading.Event()

    def come(who):
        with server.client() as client:
            for turn in itertools.takewhile(lambda _: not stop.is_set(), itertools.count()):
                name = f"user{who}x{turn}"
                assert register(client, name).status_code == 200
                assert sign_in(client, name).status_code == 200
                acknowledged.append(name)

    with concurrent.futures.ThreadPoolExecutor(number) as pool:
        comers = [pool.submit(come, who) for who in range(number)]
        try:
            yield acknowledged
        finally:
            stop.set()
    for comer in comers:
        comer.result()


# -- What is in it ---------------------------------------------------------------------------


def test_everybody_who_was_acknowledged_before_a_backup_began_is_in_it_though_others_go_on():
    with running("plain") as server:
        saved_in = server.directory / "saved"

        with others_coming(server, 3) as acknowledged:
            for turn in range(3):
                assert eventually(lambda: len(acknowledged) > 10 * turn)
                before = list(acknowledged)
                backup(server, saved_in)
                since = len(acknowledged)
                # They were served meanwhile, and are afterwards.
                assert eventually(lambda: len(acknowledged) > since)
                saved = {name for name, in ask(saved_in, "SELECT username FROM users")}
                assert set(before) <= saved
                assert ask(saved_in, "SELECT count(*) FROM grants") >= [(len(before),)]


def test_a_backup_is_one_file_of_mode_600_that_any_program_reads_and_no_bearward_takes_for_a_database(place, hashed):  # noqa: F811
    place.backups.chmod(0o755)
    target = place.backups / "saved"

    # Whatever the umask; where nobody may write, SQLite could not read a log.
    done = backup(place, target, preexec_fn=lambda: os.umask(0))

    assert names(place.backups) == ["saved"] and stat.S_IMODE(target.stat().st_mode) == 0o600
    assert ask(target, "SELECT count(*), min(username_key) FROM users") == [(USERS, "u1")]
    assert ask(target, "PRAGMA journal_mode") == [("delete",)] and is_whole(target)
    assert f"saved {USERS} users in {target}: " in done.stdout and "The keys are not in it." in done.stdout
    [(digest,)] = ask(target, "SELECT sha256 FROM bearward_backup")
    assert digest in done.stdout
    other = Server("plain")
    other.state.mkdir(mode=0o700)
    shutil.copy(target, other.database)
    for words in (["init"], ["check-config"], ["user", "list"], ["backup", place.backups / "second"]):
        refused = other.command(*words)
        assert refused.returncode == 1 and "it is a backup" in refused.stderr, words
    other.remove()
    [(event,)] = place.query("SELECT event FROM audit ORDER BY id DESC LIMIT 1")
    assert event == "backup made"


def test_keys_are_in_it_only_when_they_are_asked_for(place):
    def files(path):
        return {place: content for place, content in ask(path, "SELECT path, content FROM bearward_backup_files")}

    keys = {f"{name}/{path.name}": path.read_bytes() for name in ("keys", "signing", "public") for path in (place.state / name).iterdir()}
    backup(place, place.backups / "without")
    done = backup(place, place.backups / "with", "--keys")

    assert keys and files(place.backups / "with") == keys and files(place.backups / "without") == {}
    assert not any(content in (place.backups / "without").read_bytes() for content in keys.values())
    assert "file of keys can sign tokens" in done.stdout
    assert ask(place.backups / "with", "SELECT DISTINCT mode FROM bearward_backup_files") == [(0o600,)]


@pytest.mark.parametrize("version", [1, 4])
def test_a_database_of_a_former_version_is_saved_as_it_is(hashed, tmp_path, version):  # noqa: F811
    server = Server("plain")
    server.state.mkdir(mode=0o700)
    with contextlib.closing(sqlite3.connect(server.database)) as database:
        database.executescript(of_version(version, hashed))
    server.database.chmod(0o600)

    done = server.command("backup", tmp_path / "saved")

    assert done.returncode == 0, done.stderr
    assert ask(tmp_path / "saved", "SELECT id, username FROM users") == [(7, "Alice")]
    server.remove()


def test_without_a_log_nobody_who_reads_waits_for_a_backup_and_who_writes_waits_for_his_turn(tmp_path, needs_strace):  # noqa: F811
    server = Server("plain", journal_mode="delete", storage_wait=60)
    assert server.command("init").returncode == 0
    fill(server)
    # It is held at its first write to the copy, in the midst of its transaction.
    with subprocess.Popen(["strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=pwrite64", "-e", "inject=pwrite64:delay_enter=1500000:when=1",
                           server.program, "backup", tmp_path / "saved"],
                          env={**server.environment, "BEARWARD_CONF": str(server.conf)}, stdout=subprocess.DEVNULL) as saving:
        assert eventually(server.storage.is_waited_for)
        with subprocess.Popen([server.program, "user", "add", "late"], stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env={**server.environment, "BEARWARD_CONF": str(server.conf)}) as adding:
            adding.stdin.write(PASSWORD + "\n")
            adding.stdin.close()
            listed = server.command("user", "list", "--count")
            was_saving = saving.poll() is None
            assert adding.wait(PATIENCE) == 0
        assert saving.wait(PATIENCE) == 0

    assert not was_saving or listed.stdout == f"{USERS}\n", listed.stderr
    assert is_whole(tmp_path / "saved")
    assert server.query("SELECT count(*) FROM users WHERE username = 'late'") == [(1,)]
    server.remove()


# -- Where it goes ---------------------------------------------------------------------------


def test_in_a_directory_each_has_a_name_of_its_own_also_many_at_once(place):
    def start():
        return subprocess.Popen([place.program, "backup", place.backups], env={**place.environment, "BEARWARD_CONF": str(place.conf)},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    for turn in range(1, 5):
        running = [start() for _ in range(6)]
        told = [process.communicate() for process in running]
        assert [process.returncode for process in running] == [0] * 6, told
        assert len(names(place.backups)) == 6 * turn

    assert all(NAME.fullmatch(name) and is_whole(place.backups / name) for name in names(place.backups))


def test_the_oldest_are_removed_after_the_new_one_is_whole_and_nothing_else_ever_is(place):
    backup(place, place.backups)
    [made] = names(place.backups)
    old = [f"bearward-2026010{day}T000000Z{number}.backup" for day, number in ((1, ""), (1, "-2"), (1, "-10"), (2, ""))]
    for name in old:
        shutil.copy(place.backups / made, place.backups / name)
    (place.backups / made).unlink()
    foreign = {"bearward-20250101T000000Z.backup": b"a text", "bearward-2025.backup": b"", "bearward-20250101T000000Z.backup.gz": b"",
               "mine-20250101T000000Z.backup": b"", ".bearward-20250101T000000Z.backup": b"", "bearward-20250101T000000Z-1.backup": b""}
    for name, content in foreign.items():
        (place.backups / name).write_bytes(content)
    (place.backups / "bearward-20250102T000000Z.backup").mkdir()
    (place.backups / "bearward-20250103T000000Z.backup").symlink_to(old[3])
    shutil.copy(place.database, place.backups / "bearward-20250104T000000Z.backup")     # a database that is in use, by its mark
    stay = set(names(place.backups)) - set(old)

    # A clock that is behind makes a name that comes before: the new one stays all the same.
    done = backup(place, place.backups, "--keep", "3")

    [new] = set(names(place.backups)) - stay - set(old)
    assert set(names(place.backups)) == stay | {old[2], old[3], new} and is_whole(place.backups / new)
    assert "removed 2 older backups" in done.stdout
    assert backup(place, place.backups, "--keep", "3") and set(names(place.backups)) > stay | {old[3], new}

    for name in names(place.backups):
        if name > "bearward-2026":
            (place.backups / name).unlink()
    future = place.backups / "bearward-20990101T000000Z.backup"
    shutil.copy(place.backups / old[3], future) if (place.backups / old[3]).exists() else backup(place, future)
    backup(place, place.backups, "--keep", "1")
    assert not future.exists() and len([name for name in names(place.backups) if name > "bearward-2026"]) == 1


@pytest.mark.parametrize("target, said", [
    ("settings", "it is there already, and is no backup: name another file"),
    ("bearward.db", "it is there already, and is no backup"),
    ("link", "it is there already, and is no backup"),
    ("missing/", "there is no such directory; make it first"),
    ("missing/file", "No such file or directory"),
    ("{state}", "that is in the state directory, and would be lost with it"),
    ("{state}/keys/new", "that is in the state directory"),
    ("public_html", "web servers hand out what is in public_html"),
    ("public_html/new", "web servers hand out what is in public_html"),
    ("served/below", "web servers hand out what is in"),
])
def test_no_backup_goes_where_it_would_be_lost_or_handed_out_or_in_place_of_anything_else(place, target, said):
    for name in ("public_html", "served", "served/below"):
        (place.backups / name).mkdir()
    (place.backups / "settings").write_text("mine")
    shutil.copy(place.database, place.backups / "bearward.db")
    backup(place, place.backups / "good")
    (place.backups / "link").symlink_to("good")
    before = {path: path.is_file() and path.read_bytes() for path in place.backups.rglob("*")}
    state = names(place.state)
    place.environment["DOCUMENT_ROOT"] = str(place.backups / "served")

    done = place.command("backup", target.format(state=place.state) if "{" in target else f"{place.backups}/{target}")

    del place.environment["DOCUMENT_ROOT"]
    assert done.returncode == 1 and said in done.stderr and "there is no backup" in done.stderr
    assert {path: path.is_file() and path.read_bytes() for path in place.backups.rglob("*")} == before
    assert names(place.state) == state


def test_a_backup_takes_the_place_of_an_older_one_of_that_name(place):
    backup(place, place.backups / "saved")
    older = (place.backups / "saved").read_bytes()
    place.query("UPDATE users SET display_name = 'anew' WHERE username = 'u1'")

    backup(place, place.backups / "saved")

    assert names(place.backups) == ["saved"] and (place.backups / "saved").read_bytes() != older
    assert ask(place.backups / "saved", "SELECT display_name FROM users WHERE username = 'u1'") == [("anew",)]


def test_keep_is_for_a_directory(place):
    done = place.command("backup", place.backups / "saved", "--keep", "3")

    assert done.returncode == 1 and "older backups are removed from a directory" in done.stderr
    assert names(place.backups) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_as_root_it_is_made_by_the_owner_of_the_state_directory_or_it_is_said_what_to_do(tmp_path):
    server = Server("plain")
    server.environment["BEARWARD_ALLOW_ROOT"] = "no"
    server.directory.chmod(0o755)
    server.state.mkdir(mode=0o700)
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(server.state, nobody, -1)
    assert server.command("init").returncode == 0
    place = server.directory / "backups"
    place.mkdir(mode=0o700)

    refused = server.command("backup", place)
    os.chown(place, pwd.getpwnam("daemon").pw_uid, -1)
    place.chmod(0o777)
    of_another = server.command("backup", place)
    os.chown(place, nobody, -1)
    open_to_all = server.command("backup", place)
    assert names(place) == []
    place.chmod(0o700)
    done = server.command("backup", place)

    assert refused.returncode == 1 and "install -d -m 0700 -o nobody" in refused.stderr
    assert of_another.returncode == 1 and "belongs to daemon, who could read what is saved there" in of_another.stderr
    assert open_to_all.returncode == 1 and "chmod o-w" in open_to_all.stderr
    assert done.returncode == 0, done.stderr
    assert [path.stat().st_uid for path in place.iterdir()] == [nobody]
    server.remove()


def test_users_in_a_postgresql_are_saved_by_its_own_means():
    server = Server("plain")
    server.write_settings(database="postgresql:///bearward")
    server.state.mkdir(mode=0o700)

    done = server.command("backup", server.directory / "saved")

    assert done.returncode == 1 and '"Many hosts" of INSTALL' in done.stderr
    assert not (server.directory / "saved").exists()
    server.remove()


# -- When it goes wrong ----------------------------------------------------------------------


def test_a_backup_that_is_killed_anywhere_is_not_there_and_the_next_one_removes_what_it_left(place, needs_strace):  # noqa: F811
    environment = {**place.environment, "BEARWARD_CONF": str(place.conf)}

    def traced(*options):
        return subprocess.run(["strace", "-f", "-qq", *options, place.program, "backup", place.backups, "--keys"], env=environment,
                              capture_output=True, text=True, timeout=PATIENCE)

    said = traced("-s", "16").stderr
    calls = list(system_calls(said))
    lines = [line for line in said.splitlines() if re.match(r"(\[pid +\d+\] )?\w+\(", line)]
    begin = next(number for number, line in enumerate(lines) if "O_EXCL" in line and "openat" in line)
    renamed = next(number for number, call in enumerate(calls) if call[0] == "renameat2")
    [first] = names(place.backups)
    points = [*some(calls[begin:renamed], 8), *calls[renamed - 2:renamed + 3]]
    left = 0

    for call, number in points:
        (place.backups / first).rename(place.backups / "earlier")
        cut = traced("-e", f"inject={call}:signal=KILL:when={number}", "-e", f"trace={call}")
        assert cut.returncode != 0, (call, number)
        finished = [name for name in names(place.backups) if NAME.fullmatch(name)]
        assert all(is_whole(place.backups / name) for name in finished), (call, number)
        left += any(name.endswith(".unfinished") for name in names(place.backups))
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in place.backups.iterdir())

        backup(place, place.backups, "--keep", "1")
        [first] = set(names(place.backups)) - {"earlier"}
        assert is_whole(place.backups / first)
        (place.backups / "earlier").unlink()
    assert left > 5


@pytest.mark.parametrize("what", ["the disk is full", "a file may not grow"])
def test_a_backup_for_which_there_is_no_room_leaves_nothing_and_the_older_ones(place, what):
    if what == "the disk is full":
        if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", place.backups], capture_output=True).returncode != 0:
            pytest.skip("no file system can be mounted here")
        script = f'mount -t tmpfs -o size=48k none "{place.backups}" && "$@"; status=$?; ls -A "{place.backups}" >&2; exit $status'
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", place.program, "backup", place.backups], capture_output=True,
                              text=True, env={**place.environment, "BEARWARD_CONF": str(place.conf)}, timeout=PATIENCE)
        assert "full" in done.stderr and "bearward-" not in done.stderr.splitlines()[-1]
    else:
        backup(place, place.backups / "saved")
        older = (place.backups / "saved").read_bytes()
        limit = (40960, resource.RLIM_INFINITY)
        done = place.command("backup", place.backups / "saved", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
        assert "File too large" in done.stderr
        assert names(place.backups) == ["saved"] and (place.backups / "saved").read_bytes() == older

    assert done.returncode == 1 and "there is no backup; the line above says why" in done.stderr


def test_of_a_damaged_database_there_is_no_backup_and_the_older_ones_stay(tmp_path):
    server = Server("plain")
    assert server.command("init").returncode == 0
    fill(server, 2000)
    backup(server, tmp_path)
    [older] = names(tmp_path)
    with contextlib.closing(sqlite3.connect(server.database)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [page] = database.execute("SELECT rootpage FROM sqlite_schema WHERE name LIKE 'sqlite_autoindex_users%'").fetchone()
    with open(server.database, "r+b") as file:
        file.seek((page - 1) * 4096 + 1000)
        file.write(os.urandom(3096))

    done = server.command("backup", tmp_path, "--keep", "1")

    assert done.returncode == 1 and "there is no backup" in done.stderr
    assert names(tmp_path) == [older]
    server.remove()


# -- What is stored about one user ------------------------------------------------------------


def test_20_all_that_is_stored_about_a_user_is_what_the_user_gets(start_plain_server):
    server = start_plain_server()
    with server.client() as client:
        register(client, "alice")
        register(client, "bob")
        token = sign_in(client, "alice").json()["access_token"]
        # What steers a terminal does not reach it.
        server.query("UPDATE users SET display_name = ? WHERE username = 'alice'", "\u009b31mA")
        own = client.get("/users/me/export", headers=bearer(token)).json()

        done = server.command("user", "export", "ALICE")
        again = client.get("/users/me/export", headers=bearer(token)).json()

    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed.keys() == own.keys() and printed["user"]["username"] == "alice"
    for part in own.keys() - {"exported_at", "audit"}:
        assert printed[part] == own[part], part
    assert "bob" not in done.stdout and "\u009b" not in done.stdout
    told = [(event["event"], event["by"]) for event in again["audit"] if event["event"] == "data exported"]
    assert ("data exported", "operator") in told
    assert 'event="data exported" user=alice' in done.stderr or os.path.exists("/dev/log")
    nobody = server.command("user", "export", "carol")
    assert nobody.returncode == 1 and nobody.stdout == "" and "there is no user" in nobody.stderr


# -- Many -------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_300_000_users_are_saved_while_others_come_and_none_of_those_is_refused():
    with running("plain", storage_wait=2) as server:
        fill(server, 300_000)
        answers, stop = [], threading.Event()

        def come():
            with server.client() as client:
                while not stop.is_set():
                    answers.append(register(client, f"new{len(answers)}x{time.monotonic_ns()}").status_code)

        thread = threading.Thread(target=come)
        thread.start()
        try:
            assert eventually(lambda: len(answers) > 3)
            before = len(answers)
            backup(server, server.directory / "saved")
            during = len(answers) - before
        finally:
            stop.set()
            thread.join()
        assert during > 0 and set(answers) == {200}
        assert ask(server.directory / "saved", "SELECT count(*) FROM users")[0][0] >= 300_000 + before
