"""The command `bearward`: what its manual page promises, on a directory of its own or beside a running server."""

import json
import os
import pwd
import re
import secrets
import signal
import socket
import sqlite3
import stat
import subprocess
import threading

import pytest

import jws
from conftest import PASSWORD, PATIENCE, TOP, Server, bearer, eventually, processes, register, sign_in
from terminal import Terminal

pytestmark = pytest.mark.once("is about what people type, and sanitizers see what the library makes of it in other tests")

COMMANDS = [
    "init", "check-config", "doctor", "calibrate",
    "user add", "user list", "user show", "user disable", "user enable", "user passwd", "user scope", "user set",
    "user sign-out", "user link", "user delete", "user export",
    "session list", "session end",
    "audit",
    "import", "export", "move", "backup", "restore",
    "key list", "key new", "key rotate", "key import", "key export", "key remove",
    "documents",
    "attempts list", "attempts clear",
    "introspection add", "introspection list", "introspection remove",
    "tidy", "supervise", "completion", "help", "version",
]
GROUPS = sorted({command.split()[0] for command in COMMANDS if " " in command})


@pytest.fixture
def empty(build):
    """A directory with settings and nothing else."""
    server = Server(build)
    yield server
    server.remove()


@pytest.fixture
def place(empty):
    """A directory that `bearward init` has made ready."""
    done = empty.command("init")
    assert done.returncode == 0, done.stderr
    return empty


def add(place, name, password=PASSWORD):
    done = place.command("user", "add", name, stdin=f"{password}\n")
    assert done.returncode == 0, done.stderr


def lines_of_json(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# -- Root -----------------------------------------------------------------------------------

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
NOBODY = pwd.getpwnam("nobody").pw_uid


@pytest.fixture
def given(empty):
    """Settings of root's, and a state directory that root has made for another account."""
    empty.environment["BEARWARD_ALLOW_ROOT"] = "no"
    empty.directory.chmod(0o755)
    empty.state.mkdir(mode=0o700)
    os.chown(empty.state, NOBODY, -1)
    return empty


@as_root
def test_as_root_every_command_works_as_the_owner_of_the_state_directory(given, tmp_path):
    told = [given.command(*arguments.split(), stdin=f"{PASSWORD}\n", cwd=tmp_path) for arguments in (
        "init", "check-config", "user add alice", "user list", "user show alice", "user disable alice", "user enable alice",
        "user passwd alice", "user scope alice users:create", "user set alice --email a@b", "import --ndjson /dev/null",
        "export --ndjson", "key new", "key list", "introspection add api", "introspection list", "user delete alice", "init")]

    assert [done.returncode for done in told] == [0] * len(told), [done.stderr for done in told]
    assert not [line for done in told for line in done.stderr.splitlines() if " info bearward event=" not in line]
    made = [given.state, *given.state.rglob("*")]
    assert len(made) > 4
    assert {path.stat().st_uid for path in made} == {NOBODY}


@as_root
def test_as_root_settings_that_the_owner_cannot_read_are_a_mistake(given):
    given.conf.chmod(0o600)

    done = given.command("init")

    assert done.returncode == 1
    assert f"{given.conf}: cannot be read: Permission denied" in done.stderr
    assert list(given.state.iterdir()) == []


@as_root
@pytest.mark.parametrize("command", ["init", "check-config", "user list"])
def test_as_root_settings_of_the_owner_of_the_state_directory_are_accepted(given, command):
    assert given.command("init").returncode == 0
    os.chown(given.conf, NOBODY, -1)

    done = given.command(*command.split())

    assert done.returncode == 0, done.stderr


@as_root
@pytest.mark.parametrize("command", ["init", "check-config", "user list"])
def test_as_root_settings_of_a_third_account_are_refused(given, command):
    os.chown(given.conf, pwd.getpwnam("daemon").pw_uid, -1)

    done = given.command(*command.split())

    assert done.returncode == 1
    assert f"{given.conf} belongs to daemon" in done.stderr
    assert f"give it to nobody: chown {NOBODY} {given.conf}" in done.stderr
    assert list(given.state.iterdir()) == []


@as_root
@pytest.mark.parametrize("command", ["init", "check-config", "user list"])
def test_as_root_a_state_directory_of_roots_is_refused(given, command):
    os.chown(given.state, 0, -1)

    done = given.command(*command.split())

    assert done.returncode == 1
    assert f"chown -R USER: {given.state}" in done.stderr
    assert list(given.state.iterdir()) == []


@as_root
@pytest.mark.parametrize("command", ["init", "check-config", "user list"])
def test_as_root_no_state_directory_is_made(given, command):
    given.state.rmdir()

    done = given.command(*command.split())

    assert done.returncode == 1
    assert f"install -d -m 700 -o USER -g USER {given.state}" in done.stderr
    assert not given.state.exists()


# -- Supervising ----------------------------------------------------------------------------


class Supervised:
    """`bearward supervise` with copies of a shell script that notes its process number, and then does as told."""

    def __init__(self, place, copies, then):
        self.started = place.directory / "started"
        self.started.touch()
        self.script = place.directory / "script"
        self.script.write_text(f"#!/bin/sh\necho $$ >>{self.started}\n{then}\n")
        self.script.chmod(0o755)
        self.process = subprocess.Popen([place.program, "supervise", str(copies), self.script], stdin=subprocess.DEVNULL)

    def pids(self):
        return [int(pid) for pid in self.started.read_text().split()]

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)


@pytest.fixture
def supervised(empty):
    """A function that starts one; it is stopped at the end."""
    started = []

    def start(*arguments):
        started.append(Supervised(empty, *arguments))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


@pytest.mark.once("is about waiting")
def test_whoever_is_supervised_is_replaced_however_often_it_is_killed(supervised):
    one = supervised(1, "exec sleep 600")

    for number in range(8):
        assert eventually(lambda: len(one.pids()) == number + 1)
        os.kill(one.pids()[-1], signal.SIGKILL)

    assert eventually(lambda: len(one.pids()) == 9)
    assert one.process.poll() is None


def test_whoever_cannot_start_is_tried_again_with_longer_and_longer_pauses(supervised):
    one = supervised(1, "exit 1")

    assert eventually(lambda: len(one.pids()) >= 5)
    assert one.process.poll() is None
    assert one.stop() == 0


def test_a_program_that_is_not_there_is_said_and_tried_again(empty):
    process = subprocess.Popen([empty.program, "supervise", "1", "/nonexistent/x"], stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    said = [process.stderr.readline() for _ in range(3)]
    process.terminate()

    assert process.wait(PATIENCE) == 0
    assert said == ["bearward: cannot start /nonexistent/x: No such file or directory\n"] * 3
    process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_supervisor_that_is_told_to_stop_ends_all_copies_first(supervised, number):
    one = supervised(3, "exec sleep 600")
    assert eventually(lambda: len(one.pids()) == 3)

    one.process.send_signal(number)

    assert one.process.wait(PATIENCE) == 0
    assert not [pid for pid in one.pids() if os.path.exists(f"/proc/{pid}")]


def test_a_supervisor_that_is_killed_takes_its_copies_along(supervised):
    one = supervised(2, "exec sleep 600")
    assert eventually(lambda: len(one.pids()) == 2)

    one.process.kill()

    assert eventually(lambda: not {pid for pid, _, _ in processes()} & {*one.pids()})


@pytest.mark.parametrize("copies", ["0", "65", "two", "-1x", ""])
def test_a_wrong_number_of_copies_is_refused(empty, copies):
    done = empty.command("supervise", "--", copies, "/bin/true")

    assert done.returncode == 2
    assert "COPIES must be 1 to 64" in done.stderr


# -- Asking for help, and asking wrongly ----------------------------------------------------


def unfolded(text):
    """A usage without the breaks of its lines."""
    return " ".join(text.split())


def test_help_is_given_for_every_command_and_group_without_any_settings(empty):
    empty.conf.unlink()

    for words in ([], *([group] for group in GROUPS), *(command.split() for command in COMMANDS)):
        told = [empty.command(*asked) for asked in ([*words, "--help"], ["-h", *words], ["help", *words])]
        assert {(done.returncode, done.stdout, done.stderr) for done in told} == {(0, told[0].stdout, "")}
        assert told[0].stdout.startswith("usage: bearward")
        assert " ".join(words) in told[0].stdout


@pytest.mark.parametrize("group", GROUPS)
def test_the_help_of_a_group_shows_its_commands_with_their_arguments_and_so_does_the_group_alone(empty, group):
    asked, alone = empty.command(group, "--help"), empty.command(group)

    for command in COMMANDS:
        usage = empty.command(*command.split(), "--help").stdout.split("\n\n")[0].removeprefix("usage: bearward ")
        assert (unfolded(usage) in unfolded(asked.stdout)) == command.startswith(f"{group} ")
    assert max(len(line) for line in asked.stdout.splitlines()) < 80
    assert (alone.returncode, alone.stdout, alone.stderr) == (2, "", asked.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_terminal_and_says_what_each_option_means(empty, command):
    usage, purpose, *options = empty.command(*command.split(), "--help").stdout.split("\n\n")

    meant = re.findall(r"^  (--\S+)(?: \S+)? +\w.*$", "\n".join(options), re.MULTILINE)
    assert sorted(meant) == sorted(re.findall(r"--[a-z-]+", usage))
    assert max(len(line) for text in (usage, purpose, *options) for line in text.splitlines()) < 80


def test_help_lists_every_command_and_nothing_else(empty):
    done = empty.command("--help")

    listed = [line[2:24].strip() for line in done.stdout.splitlines() if re.match("  [a-z]", line)]
    assert sorted(listed) == sorted(COMMANDS)
    assert max(len(line) for line in done.stdout.splitlines()) < 80


def test_the_manual_page_shows_every_command_just_as_it_is_used(empty):
    page = subprocess.run(["mandoc", "-Tascii", "-Owidth=1000", TOP / "man/bearward.1"], capture_output=True, text=True)
    synopsis = re.sub(".\b", "", page.stdout).split("SYNOPSIS\n")[1].split("\nDESCRIPTION")[0]
    synopsis = re.sub(r"(?<=\w) \| (?=\w)", "|", synopsis)
    shown = [unfolded(line).replace("[-c file] ", "") for line in synopsis.splitlines() if line.strip()]
    used = [unfolded(empty.command(*command.split(), "--help").stdout.split("\n\n")[0]) for command in COMMANDS]

    assert shown == [usage.removeprefix("usage: ").lower() for usage in used]


WRONG_USAGE = [
    [], ["nonsense"], ["user"], ["user", "nonsense"], ["key"], ["init", "more"], ["check-config", "more"],
    ["user", "add"], ["user", "add", "a", "b"], ["user", "show"], ["user", "passwd", "a", "b"],
    ["user", "delete"], ["user", "set", "a"], ["user", "set", "a", "--email"], ["user", "set", "--email", "a@b"],
    ["user", "show", "a", "--email", "a@b"], ["user", "list", "more"], ["user", "add", "a", "--json"], ["--nonsense"],
    ["user", "list", "--limit"], ["user", "list", "--limit", "many"], ["user", "list", "--limit", "-1"], ["user", "list", "--limit", "0"],
    ["user", "list", "--after", "1x"], ["user", "list", "--after", "99999999999999999999"],
    ["key", "remove"], ["key", "remove", "a", "b"], ["key", "new", "--force"],
    ["key", "list", "--from-stdin"], ["key", "new", "secret"], ["version", "--json"], ["init", "--password=x"],
]


@pytest.mark.parametrize("arguments", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_exits_with_2_and_speaks_on_stderr_only(place, arguments):
    done = place.command(*arguments, stdin=f"{PASSWORD}\n")

    assert done.returncode == 2
    assert done.stdout == ""
    assert "bearward" in done.stderr


# What is typed, and the words that answer it; "{...}" stands for the usage of that command.
ANSWERS = {
    "check-confg": 'there is no command "check-confg"; did you mean "check-config"?',
    "user lst": 'there is no command "user lst"; did you mean "user list"?',
    "usr add x": 'there is no command "usr"; did you mean "user add"?',
    "usr": 'there is no command "usr"; did you mean "user"?',
    "user frobnicate": 'there is no command "user frobnicate"; see bearward user --help',
    "help nonsense": 'there is no command "nonsense"; see bearward --help',
    "user show": "user show: NAME is missing{user show}",
    "supervise 3": "supervise: PROGRAM is missing{supervise}",
    "import --csv": "import: FILE is missing{import}",
    "user show a b": "user show: there is more than NAME{user show}",
    "tidy x": "tidy: takes no arguments{tidy}",
    "user list --jsn": "user list: there is no option --jsn; did you mean --json?{user list}",
    "user list --frobnicate": "user list: there is no option --frobnicate{user list}",
    "user list -j": "user list: there is no option -j{user list}",
    "user list --js": "user list: there is no option --js{user list}",
    "user --jsn list": "user list: there is no option --jsn; did you mean --json?{user list}",
    "user passwd a --password=hunter2": "user passwd: there is no option --password{user passwd}",
    "user add a --json": "user add: does not take --json{user add}",
    "user list --limit": "user list: option --limit needs a value{user list}",
    "user list --limit 0": "user list: option --limit needs a number{user list}",
    "user list --json=yes": "user list: option --json takes no value{user list}",
    "--jsn": "there is no option --jsn; did you mean --json?",
    "--frobnicate": "there is no option --frobnicate; see bearward --help",
}


def test_what_is_mistyped_is_named_with_what_was_meant_and_what_may_be_typed(empty):
    empty.conf.unlink()

    def usage(found):
        return "\n" + empty.command(*found[1].split(), "--help").stdout.split("\n\n")[0]

    for typed, answer in ANSWERS.items():
        done = empty.command(*typed.split())
        assert (typed, done.returncode, done.stdout) == (typed, 2, "")
        assert done.stderr == f"bearward: {re.sub('{(.*)}', usage, answer)}\n"


@pytest.mark.parametrize("words", [["version"], ["--version"], ["user", "list", "--version"]], ids=" ".join)
def test_version_says_which(empty, words):
    done = empty.command(*words)

    assert done.returncode == 0
    assert done.stdout.startswith("bearward ")


def test_output_that_cannot_be_written_is_a_failure(place):
    add(place, "somebody")

    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [TOP / place.out / "bearward", "user", "list"], stdout=full, stderr=subprocess.PIPE, text=True,
            env={**place.environment, "BEARWARD_CONF": str(place.conf)}, timeout=PATIENCE)

    assert done.returncode == 1


# -- init and check-config ------------------------------------------------------------------


def test_init_makes_a_private_directory_with_a_database_and_a_key(place):
    keys = list((place.state / "keys").iterdir())

    assert mode(place.state) == 0o700
    assert mode(place.state / "keys") == 0o700
    assert place.engine != "sqlite" or mode(place.database) == 0o600
    assert len(keys) == 1
    assert mode(keys[0]) == 0o600
    assert len(keys[0].read_text().strip()) >= 32


def test_a_second_init_changes_nothing(place):
    add(place, "somebody")
    (key,) = (place.state / "keys").iterdir()
    before = (key.read_bytes(), place.query("SELECT * FROM users"))

    done = place.command("init")

    assert done.returncode == 0
    assert list((place.state / "keys").iterdir()) == [key]
    assert (key.read_bytes(), place.query("SELECT * FROM users")) == before


def lose_database(place):
    place.storage.lose()


def empty_database(place):
    lose_database(place)
    place.database.touch(mode=0o600)
    place.own(place.database)


def put_database_of_the_tutorial(place):
    lose_database(place)
    place.query("CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR, hashed_password VARCHAR, "
                 "is_active BOOLEAN)")


LOSSES = [lose_database, *(pytest.param(lose, marks=pytest.mark.sqlite("is about its file")) for lose in (
    empty_database, put_database_of_the_tutorial))]


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_15_5_a_lost_database_is_not_replaced_beside_its_keys(place, lose):
    add(place, "somebody")
    before = kids(place)
    lose(place)
    left = place.storage.as_it_is()

    done = place.command("init")

    assert done.returncode == 1
    assert done.stdout == ""
    assert "backup" in done.stderr and "--new-database" in done.stderr
    assert place.storage.as_it_is() == left
    assert [path.name for path in (place.state / "keys").iterdir()] == before


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_15_5_a_new_database_in_place_of_a_lost_one_has_new_keys(place, lose):
    place.command("key", "new")
    (place.state / "keys/bad-one").write_text("too short")
    before = kids_of_files(place)
    lose(place)

    done = place.command("init", "--new-database")

    assert done.returncode == 0, done.stderr
    assert "removed the former keys" in done.stdout and "made signing key" in done.stdout
    assert len(kids(place)) == 1
    assert not set(kids_of_files(place)) & set(before)
    assert place.command("check-config").returncode == 0
    assert place.command("init").returncode == 0


def kids_of_files(place):
    return sorted(path.name for path in (place.state / "keys").iterdir())


def test_15_5_a_database_that_is_there_is_never_made_anew(place):
    add(place, "somebody")
    before = kids(place)

    done = place.command("init", "--new-database")

    assert done.returncode == 1
    assert {"sqlite": f"the database in {place.state} is there already; move it away",
            "postgresql": "the database of the setting `database` is there already; name an empty one"}[place.engine] in done.stderr
    assert kids(place) == before
    assert [user["username"] for user in lines_of_json(place.command("user", "list", "--json"))] == ["somebody"]


@pytest.mark.sqlite("is about its files")
def test_15_5_what_is_left_of_a_lost_database_is_left_alone_and_so_are_the_keys(place):
    before = kids(place)
    lose_database(place)
    remains = place.state / "bearward.db-wal"
    remains.write_bytes(b"what was written last")

    done = place.command("init", "--new-database")

    assert done.returncode == 1
    assert remains.name in done.stderr
    assert remains.read_bytes() == b"what was written last"
    assert kids_of_files(place) == before


def test_a_first_init_may_say_that_the_database_is_new(empty):
    done = empty.command("init", "--new-database")

    assert done.returncode == 0, done.stderr
    assert len(kids(empty)) == 1


def test_of_twelve_inits_at_once_one_makes_the_key(empty):
    inits = [
        subprocess.Popen([empty.program, "init"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         env={**empty.environment, "BEARWARD_CONF": str(empty.conf)})
        for _ in range(12)]

    said = [process.communicate(timeout=PATIENCE) for process in inits]

    assert [process.returncode for process in inits] == [0] * 12, said
    assert sum("made signing key" in output for output, _ in said) == 1
    assert len(kids(empty)) == 1


def test_init_refuses_a_directory_that_is_open_to_others(empty):
    empty.state.mkdir()
    empty.state.chmod(0o755)

    done = empty.command("init")

    assert done.returncode == 1
    assert "chmod 700" in done.stderr
    assert list(empty.state.iterdir()) == []


# What the release before made: version 3 of the schema, in which users had no profile.
VERSION_3 = """
    CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT NOT NULL, username_key TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL, is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
        scope TEXT NOT NULL DEFAULT '', created_at INTEGER NOT NULL DEFAULT 0) STRICT;
    CREATE TABLE bearward_schema (version INTEGER NOT NULL, readable_since INTEGER NOT NULL) STRICT;
    CREATE TABLE known_networks (user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE, network TEXT NOT NULL,
        at INTEGER NOT NULL, PRIMARY KEY (user_id, network)) STRICT, WITHOUT ROWID;
    INSERT INTO bearward_schema VALUES (3, 1);
    INSERT INTO users VALUES (3, 'Alice', 'alice', '', 1, 'admin', 0), (4, 'bob', 'bob', '', 0, '', 1700000000);
    PRAGMA application_id = 1650811250; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;
    """


@pytest.mark.sqlite("is about a schema that there never was in PostgreSQL")
def test_init_brings_a_database_of_the_schema_before_up_to_date(empty):
    empty.state.mkdir(mode=0o700)
    database = sqlite3.connect(empty.database)
    database.executescript(VERSION_3)
    database.close()
    empty.database.chmod(0o600)

    refused, done, again = (empty.command(command) for command in ("check-config", "init", "init"))

    assert (refused.returncode, done.returncode, again.returncode) == (1, 0, 0), (refused.stderr, done.stderr)
    assert "run `bearward init`" in refused.stderr
    assert empty.query("SELECT version, readable_since FROM bearward_schema") == [(5, 1)]
    assert empty.query("SELECT id, created_at, email, display_name, is_imported FROM users") == [
        (3, 0, None, None, 1), (4, 1700000000, None, None, 0)]
    add(empty, "carol")
    assert [user["id"] for user in lines_of_json(empty.command("user", "list", "--json"))] == [3, 4, 5]


def test_init_refuses_a_database_of_a_newer_schema_and_leaves_it(place):
    place.storage.be_newer()
    before = place.storage.content()

    done = place.command("init")

    assert done.returncode == 1
    assert place.storage.content() == before


@pytest.mark.parametrize("line, expected", [
    ("relm = x", "realm"), ("dialect = french", "dialect"), ("threads = many", "threads"), ("nonsense", "key = value")])
def test_a_mistake_in_the_settings_is_reported_with_file_and_line(place, line, expected):
    place.conf.write_text(f"state_dir = state\n\n{line}\n")

    done = place.command("check-config")

    assert done.returncode == 1
    assert f"{place.conf}:3" in done.stderr
    assert expected in done.stderr


def test_all_mistakes_are_reported_at_once(place):
    place.conf.write_text("state_dir = state\nrelm = x\nthreads = 0\n")

    done = place.command("check-config")

    assert f"{place.conf}:2" in done.stderr
    assert f"{place.conf}:3" in done.stderr


def test_a_mistake_in_the_settings_stops_every_command(place):
    place.conf.write_text("state_dir = state\nrelm = x\n")

    for command in (["init"], ["user", "list"], ["key", "new"]):
        assert place.command(*command).returncode == 1
    assert len(list((place.state / "keys").iterdir())) == 1


def test_check_config_prints_settings_that_can_be_read_back(place):
    printed = place.command("check-config").stdout
    place.conf.write_text(printed)

    done = place.command("check-config")

    assert done.returncode == 0, done.stderr
    assert done.stdout == printed
    assert "scrypt_log2_n = 10" in printed


def test_another_file_of_settings_is_named_with_c(place):
    other = place.directory / "other.conf"
    other.write_text(place.conf.read_text() + "realm = elsewhere\n")

    done = place.command("-c", str(other), "check-config")

    assert "realm = elsewhere" in done.stdout


def test_check_config_fails_where_nothing_has_been_made_yet(empty):
    done = empty.command("check-config")

    assert done.returncode == 1
    assert "bearward init" in done.stderr


@pytest.mark.parametrize("key, words", [
    ("xyzzy", "32"), ("x" * 2000, "1024"), ("caf\u00e9 " * 10, "ASCII"), ("", "32")])
def test_a_key_file_that_is_no_secret_is_named_but_not_quoted(place, key, words):
    path = place.state / "keys/bad-one"
    path.write_text(key)
    path.chmod(0o600)

    done = place.command("check-config")

    assert done.returncode == 1
    assert "bad-one" in done.stderr
    assert words in done.stderr
    assert not key or key not in done.stdout + done.stderr


def test_a_key_file_that_others_may_read_stops_the_start(place):
    (key,) = (place.state / "keys").iterdir()
    key.chmod(0o640)

    done = place.command("check-config")

    assert done.returncode == 1
    assert key.name in done.stderr
    assert key.read_text().strip() not in done.stdout + done.stderr


# -- Users ----------------------------------------------------------------------------------


def test_a_user_added_here_is_shown_and_listed(place):
    add(place, "Alice")

    (shown,) = lines_of_json(place.command("user", "show", "alice", "--json"))
    (listed,) = lines_of_json(place.command("user", "list", "--json"))

    assert shown["id"] == 1
    assert shown["username"] == "Alice"
    assert shown["is_active"] is True
    assert shown["scope"] == ""
    assert isinstance(shown["created_at"], int)
    assert listed == {member: shown[member] for member in listed}


def test_a_profile_is_given_changed_removed_and_shown(place):
    def shown(*members):
        (user,) = lines_of_json(place.command("user", "show", "alice", "--json"))
        return tuple(user[member] for member in members or ("email", "display_name"))

    done = place.command("user", "add", "alice", "--display-name", "Al \u2603", stdin=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert shown() == (None, "Al \u2603")
    changed = place.command("user", "set", "ALICE", "--email", "a@b.example")
    assert (changed.returncode, changed.stdout) == (0, "alice: changed\n")
    assert 'event="profile changed" user=alice uid=1' in changed.stderr
    assert "a@b.example" not in changed.stderr
    assert shown() == ("a@b.example", "Al \u2603")
    told = place.command("user", "show", "alice").stdout
    assert "email: a@b.example\ndisplay name: Al \u2603\n" in told
    assert place.command("user", "set", "alice", "--email=", "--display-name", "").returncode == 0
    assert shown() == (None, None)
    assert "email: -\ndisplay name: -\ngroups: -\n" in place.command("user", "show", "alice").stdout
    assert place.command("user", "set", "alice", "--email", "a@b", "--email-verified", "yes").returncode == 0
    assert shown("email", "email_verified") == ("a@b", True)
    assert "email: a@b (verified)\n" in place.command("user", "show", "alice").stdout
    assert place.command("user", "set", "alice", "--email", "c@d").returncode == 0
    assert shown("email", "email_verified") == ("c@d", False)


@pytest.mark.parametrize("mode, so", [
    ("revocation-aware", ""), ("stateless", ", but for the check of a token (verify = stateless), which knows no groups")])
def test_groups_are_given_changed_removed_and_shown(place, mode, so):
    def shown():
        (user,) = lines_of_json(place.command("user", "list", "--json"))
        return user["groups"]

    place.environment["BEARWARD_VERIFY"] = mode
    done = place.command("user", "add", "alice", "--groups", "admins a/b:c.d_e-f", stdin=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert shown() == "admins a/b:c.d_e-f"
    changed = place.command("user", "set", "alice", "--groups", "staff")
    assert (changed.returncode, changed.stdout) == (0, f"alice: changed; the next check sees the groups{so}\n")
    assert 'event="groups changed" user=alice uid=1' in changed.stderr and "detail=staff" in changed.stderr
    assert shown() == "staff"
    assert "groups: staff\n" in place.command("user", "show", "alice").stdout
    assert place.command("user", "set", "alice", "--groups=").returncode == 0
    assert shown() == ""


@pytest.mark.parametrize("options, status, words", [
    (["--groups", "a,b"], 1, "A group may have only letters, digits and _.:/- in its name"),
    (["--groups", "a  b"], 1, "Groups are separated by single spaces"),
    (["--groups", "a b a"], 1, "A group is named twice"),
    (["--groups", " ".join(map(str, range(33)))], 1, "A user can be in 32 groups at most"),
    (["--email-verified", "yes"], 1, "There is no email address that could be verified"),
    (["--email", "", "--email-verified", "yes"], 1, "There is no email address that could be verified"),
    (["--email", "a@b", "--email-verified", "maybe"], 2, "option --email-verified needs yes or no"),
    (["--email-verified"], 2, "option --email-verified needs a value"),
])
def test_groups_and_verified_addresses_that_cannot_be_are_refused(place, options, status, words):
    add(place, "alice")

    done = place.command("user", "set", "alice", *options)

    assert (done.returncode, words in done.stderr) == (status, True), done.stderr
    assert place.query("SELECT email, email_verified, groups FROM users") == [(None, 0, "")]


@pytest.mark.parametrize("email, name, words", [
    ("alice", None, ["The email address is not of the form name@host, with one @"]),
    (f"{'a' * 253}@b", None, ["The email address is longer than 254 characters"]),
    (None, " \t ", ["The display name has a control character in it"]),
    (b"\xff@b", None, ["The email address is not UTF-8 text"]),
    ("a b", "  ", ["The email address has a space", "The display name is only spaces"]),
])
def test_a_profile_that_cannot_be_is_refused_in_words_and_nothing_is_changed(place, email, name, words):
    options = [*(("--email", email) if email is not None else ()), *(("--display-name", name) if name is not None else ())]
    add(place, "alice")

    refused = [place.command("user", "set", "alice", *options), place.command("user", "add", "bob", *options)]

    for done in refused:
        assert done.returncode in (1, 2)
        assert all(word in done.stderr for word in words), done.stderr
    assert place.query("SELECT username, email, display_name FROM users") == [("alice", None, None)]


def test_an_application_that_wants_addresses_to_be_unique_is_named_as_the_reason(place):
    add(place, "alice")
    place.query("UPDATE users SET email = 'a@b'")
    place.query("CREATE UNIQUE INDEX ix_users_email ON users (email)")

    refused = place.command("user", "add", "bob", "--email", "a@b", stdin=f"{PASSWORD}\n")

    assert refused.returncode == 1
    assert "another user has this email address" in refused.stderr
    assert place.query("SELECT count(*) FROM users") == [(1,)]


HARMFUL = "\u202eecila\u2066\u200b\u00ad\u0085\u2028\ue000\U000e0041\x1b[2J"


def test_a_name_cannot_steer_a_terminal_or_a_log(place):
    add(place, "Alice")
    place.query("UPDATE users SET username = ?1, email = ?1, display_name = ?1, groups = ?1", "Al" + HARMFUL)
    said = [place.command(*words) for words in (
        ["user", "list", "--columns"], ["user", "show", "alice"], ["user", "list", "--json"], ["user", "show", "alice", "--json"],
        ["user", "disable", "alice"], ["user", "show", HARMFUL], ["user", HARMFUL], ["user", "passwd", HARMFUL])]

    assert [done.returncode for done in said[:5]] == [0] * 5
    for done in said:
        assert not set(HARMFUL) & set(done.stdout + done.stderr) - set("ecila[2J"), done.args
    assert "Al\\xe2\\x80\\xaeecila" in said[0].stdout
    assert json.loads(said[2].stdout)["username"] == "Al" + HARMFUL


def test_what_is_shown_to_people_has_no_hash_in_it(place):
    add(place, "Alice")

    for command in (["user", "show", "Alice"], ["user", "list", "--columns"], ["user", "list"]):
        done = place.command(*command)
        assert "Alice" in done.stdout
        assert "$s1$" not in done.stdout


@pytest.mark.parametrize("name", ["alice", "ALICE", "ａｌｉｃｅ"])
def test_5_3_a_taken_name_is_refused_before_a_password_is_asked_for(place, name):
    add(place, "Alice")

    done = place.command("user", "add", name)

    assert done.returncode == 1
    assert len(lines_of_json(place.command("user", "list", "--json"))) == 1


@pytest.mark.parametrize("name", ["two words", "a:b", "", "x" * 255])
def test_5_2_a_name_against_the_rules_is_refused(place, name):
    done = place.command("user", "add", name, stdin=f"{PASSWORD}\n")

    assert done.returncode == 1
    assert "sername" in done.stderr
    assert lines_of_json(place.command("user", "list", "--json")) == []


@pytest.mark.parametrize("password", ["", "xyzzy", "x" * 1025, "somebody", "with a \x07 bell in it"])
@pytest.mark.parametrize("command", ["add", "passwd"])
def test_5_2_a_password_against_the_rules_is_refused_and_changes_nothing(place, command, password):
    add(place, "present")
    name = {"add": "somebody", "passwd": "present"}[command]
    password = name if password == "somebody" else password
    before = place.query("SELECT * FROM users")

    done = place.command("user", command, name, stdin=f"{password}\n")

    assert done.returncode == 1
    assert password in ("", name) or password not in done.stdout + done.stderr
    assert place.query("SELECT * FROM users") == before


@pytest.mark.parametrize("command", ["show", "disable", "enable", "passwd", "scope", "delete", "set --email a@b"])
def test_a_user_nobody_has_is_a_failure(place, command):
    done = place.command("user", *command.split(), "nobody", stdin=f"{PASSWORD}\n")

    assert done.returncode == 1
    assert "nobody" in done.stderr


def test_what_follows_two_dashes_is_a_name_and_no_option(place):
    done = place.command("user", "add", "--", "--json", stdin=f"{PASSWORD}\n")

    (listed,) = lines_of_json(place.command("user", "list", "--json"))
    assert done.returncode == 0, done.stderr
    assert listed["username"] == "--json"


@pytest.mark.parametrize("word", ["-aAzZ09_-cAzZ09_-aAzZ0", "--json-json-json-json-"])
def test_a_word_as_long_as_the_id_of_a_grant_is_never_an_option(place, word):
    add(place, word)

    done = place.command("user", "show", word, "--json")

    assert lines_of_json(done)[0]["username"] == word
    assert place.command("user", "show", word[:-1]).returncode == 2


def test_an_id_is_never_given_again(place):
    add(place, "somebody")
    place.command("user", "delete", "somebody")

    add(place, "somebody")

    (listed,) = lines_of_json(place.command("user", "list", "--json"))
    assert listed["id"] == 2


def test_a_name_cannot_steer_the_terminal(place):
    add(place, "somebody")
    place.query("UPDATE users SET username = ?", "a\x1b[2Jb\nid\tforged")

    for command, lines in (["list", "--columns"], 2), (["list"], 1):
        done = place.command("user", *command)
        assert len(done.stdout.splitlines()) == lines
        assert "\x1b" not in done.stdout


def test_lists_come_in_pages_that_join_without_gap(place):
    add(place, "first")
    columns = "username, username_key, hashed_password, is_active, scope, created_at"
    (row,) = place.query(f"SELECT {columns} FROM users")
    place.storage.insert("users", columns, *((f"user{i}", f"user{i}", *row[2:]) for i in range(2, 2502)))
    place.query("DELETE FROM users WHERE id = 1000")

    whole = [user["id"] for user in lines_of_json(place.command("user", "list", "--json"))]
    page = [user["id"] for user in lines_of_json(
        place.command("user", "list", "--json", "--after", "998", "--limit", "3"))]
    end = place.command("user", "list", "--after", "2501")

    assert whole == [*range(1, 1000), *range(1001, 2502)]
    assert page == [999, 1001, 1002]
    assert (end.stdout, end.returncode) == ("", 0)


# -- Passwords: never as an argument, never echoed ------------------------------------------


@pytest.mark.parametrize("command", ["add", "passwd"])
def test_15_7_a_password_typed_twice_is_taken_and_not_echoed(place, command):
    if command == "passwd":
        add(place, "somebody", "the password before")
    terminal = Terminal(place, "user", command, "somebody")

    terminal.wait_for("somebody: ")
    assert not terminal.is_echoing()
    terminal.type(f"{PASSWORD}\n")
    terminal.wait_for("Again: ")
    terminal.type(f"{PASSWORD}\n")
    status = terminal.finish()

    assert status == 0, terminal.seen
    assert PASSWORD not in terminal.seen
    assert place.query("SELECT count(*) FROM users") == [(1,)]


@pytest.mark.parametrize("least, hint", [
    (8, "At least 8 characters; a phrase of 15 or more is best.\r\n"), (16, "At least 16 characters.\r\n")])
def test_who_types_a_password_is_told_how_long_it_must_be_before_and_after(place, least, hint):
    place.environment["BEARWARD_PASSWORD_MIN_LENGTH"] = str(least)
    terminal = Terminal(place, "user", "add", "somebody")

    terminal.wait_for("somebody: ")
    assert terminal.seen == f"{hint}New password for somebody: "
    terminal.type("seven77\n")
    terminal.wait_for("Again: ")
    terminal.type("seven77\n")

    assert terminal.finish() == 1
    assert f"bearward: Password should have at least {least} characters; nothing was changed" in terminal.seen


def test_two_passwords_that_differ_change_nothing(place):
    terminal = Terminal(place, "user", "add", "somebody")

    terminal.wait_for("somebody: ")
    terminal.type(f"{PASSWORD}\n")
    terminal.wait_for("Again: ")
    terminal.type(f"{PASSWORD}x\n")
    status = terminal.finish()

    assert status == 1
    assert place.query("SELECT count(*) FROM users") == [(0,)]


def test_an_interrupted_prompt_leaves_the_echo_on(place):
    terminal = Terminal(place, "user", "add", "somebody")

    terminal.wait_for("somebody: ")
    assert not terminal.is_echoing()
    terminal.type("\x03")

    assert eventually(terminal.is_echoing)
    assert terminal.finish() == -signal.SIGINT
    assert place.query("SELECT count(*) FROM users") == [(0,)]


def test_a_key_typed_at_the_prompt_is_not_echoed(place):
    secret = "a typed secret of more than 32 characters"
    terminal = Terminal(place, "key", "new", "--from-stdin")

    terminal.wait_for("Secret: ")
    assert not terminal.is_echoing()
    terminal.type(f"{secret}\n")

    assert terminal.finish() == 0
    assert secret not in terminal.seen
    assert secret in [key.read_text().strip() for key in (place.state / "keys").iterdir()]


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_the_line_end_is_no_part_of_a_password_from_stdin(place, build, ending):
    done = place.command("user", "add", "somebody", stdin=f"{PASSWORD}{ending}")
    assert done.returncode == 0, done.stderr
    server = Server(build, directory=place.directory).start()

    try:
        with server.client() as client:
            assert sign_in(client, "somebody").status_code == 200
    finally:
        server.stop()


@pytest.mark.parametrize("command", ["add", "passwd"])
def test_15_7_a_password_as_an_argument_is_refused_and_not_repeated(place, command):
    add(place, "present")
    name = {"add": "somebody", "passwd": "present"}[command]
    before = place.query("SELECT * FROM users")

    done = place.command("user", command, name, "an argument as password", stdin=f"{PASSWORD}\n")

    assert done.returncode == 2
    assert "an argument as password" not in done.stdout + done.stderr
    assert place.query("SELECT * FROM users") == before


# -- Tidying --------------------------------------------------------------------------------


def test_41_3_tidy_removes_what_has_expired_and_nothing_else_and_says_how_much(place):
    place.storage.insert("dead_tokens", "jti, expires_at", *((os.urandom(16), number) for number in range(1, 451)))
    place.query("INSERT INTO dead_tokens VALUES (?, unixepoch() + 3600)", b"\1")

    done, again = place.command("tidy"), place.command("tidy")

    assert (done.returncode, done.stdout, done.stderr) == (0, "450 expired rows removed\n", "")
    assert (again.returncode, again.stdout) == (0, "0 expired rows removed\n")
    assert place.query("SELECT jti FROM dead_tokens") == [(b"\1",)]
    place.query("INSERT INTO dead_tokens VALUES (?, 1)", b"\2")
    assert place.command("tidy").stdout == "1 expired row removed\n"


def test_41_3_tidy_beside_a_database_that_cannot_be_written_fails_in_words(place):
    place.query("INSERT INTO dead_tokens VALUES (?, 1)", b"\1")
    with place.storage.refusing("dead_tokens", "DELETE"):
        done = place.command("tidy")

    assert done.returncode == 1 and done.stdout == ""
    assert "bearward: the database refused after 0 rows were removed; the line above says why\n" in done.stderr


# -- Keys -----------------------------------------------------------------------------------


def test_the_newest_key_signs(place):
    (first,) = lines_of_json(place.command("key", "list", "--json"))

    assert place.command("key", "new").returncode == 0
    newest, older = lines_of_json(place.command("key", "list", "--json"))

    assert first["signs"] is True
    assert older["kid"] == first["kid"]
    assert older["signs"] is False
    assert newest["signs"] is True
    assert newest["kid"] != older["kid"]


def test_the_file_that_key_list_names_as_the_one_that_signs_has_the_secret_of_a_program_that_checks_tokens(place):
    secret = secrets.token_hex(32)
    place.command("key", "new", "--from-stdin", stdin=f"{secret}\n")

    signing = [line.split()[4] for line in place.command("key", "list", "--columns").stdout.splitlines() if " signing " in line]

    assert [open(path).read().strip() for path in signing] == [secret]
    assert signing == [key["file"] for key in lines_of_json(place.command("key", "list", "--json")) if key["signs"]]


def test_of_keys_made_in_a_row_the_last_one_signs(place):
    for _ in range(5):
        made = place.command("key", "new")

        newest = lines_of_json(place.command("key", "list", "--json"))[0]

        assert newest["signs"] is True
        assert newest["kid"] in made.stdout


def test_touch_of_an_older_key_file_does_not_make_it_sign(place):
    (older,) = lines_of_json(place.command("key", "list", "--json"))
    place.command("key", "new")
    before = place.command("key", "list").stdout

    os.utime(place.state / "keys" / older["kid"], (4e9, 4e9))

    assert place.command("key", "list").stdout == before


def test_a_key_without_a_date_in_its_id_is_listed_last_and_without_one(place):
    (dated,) = lines_of_json(place.command("key", "list", "--json"))
    path = place.state / "keys" / "zzz"
    path.write_text(jws.SECRET)
    path.chmod(0o600)
    place.own(path)

    listed = lines_of_json(place.command("key", "list", "--json"))
    shown = place.command("key", "list", "--columns").stdout.splitlines()

    assert listed[1] == {"kid": "zzz", "alg": "HS256", "created_at": None, "state": "retired", "signs": False, "signs_from": None,
                         "gone_at": dated["created_at"] + 86400, "file": str(path)}
    assert listed[0] == dated and len(listed) == 2
    assert shown[2].split()[:5] == ["zzz", "HS256", "-", "retired,", "gone"] and shown[2].endswith(str(path))


def kids(place):
    return [key["kid"] for key in lines_of_json(place.command("key", "list", "--json"))]


def test_a_removed_key_is_listed_no_more_and_the_next_one_signs(place):
    place.command("key", "new")
    newest, older = kids(place)

    done = place.command("key", "remove", newest)

    assert done.returncode == 0, done.stderr
    assert newest in done.stdout.splitlines()[0]
    assert f"key {older} (HS256) signs" in done.stdout
    assert kids(place) == [older]


def test_the_only_key_is_removed_by_force_alone_and_init_makes_another(place):
    [only] = kids(place)

    refused = place.command("key", "remove", only)
    there = kids(place)
    forced = place.command("key", "remove", only, "--force")
    place.command("init")

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "--force" in refused.stderr
    assert there == [only]
    assert forced.returncode == 0, forced.stderr
    assert "no key" in forced.stderr and "bearward key new" in forced.stdout
    assert kids(place) not in ([], [only])


@pytest.mark.parametrize("kid", ["unknown", "../bearward.db", "", ".", "zzz~"])
def test_a_key_that_is_not_there_cannot_be_removed(place, kid):
    done = place.command("key", "remove", kid, "--force")

    assert done.returncode == 1
    assert "bearward key list" in done.stderr
    assert place.query("SELECT count(*) FROM users") == [(0,)]


def test_beside_something_amiss_a_key_is_removed_and_a_new_one_is_not_said_to_sign(place):
    place.command("key", "new")
    newest, older = kids(place)
    amiss = place.state / "keys" / f"{newest}~"
    amiss.write_text(jws.SECRET)

    removed = place.command("key", "remove", newest)
    added = place.command("key", "new")

    assert removed.returncode == 0
    assert amiss.name in removed.stderr and amiss.name in added.stderr
    assert added.returncode == 1
    assert "was added" in added.stderr
    assert "signs" not in removed.stdout + added.stdout


def test_38_3_whoever_adds_a_key_is_told_of_programs_that_need_it_first(place):
    done = place.command("key", "new")

    kid = kids(place)[0]
    assert str(place.state / "keys" / kid) in done.stdout
    assert f"bearward key remove {kid}" in done.stdout


def test_15_7_listing_keys_shows_no_secret(place):
    done = place.command("key", "list")

    for key in (place.state / "keys").iterdir():
        assert key.name in done.stdout
        assert key.read_text().strip() not in done.stdout


def test_a_secret_from_stdin_becomes_the_content_of_a_private_file(place):
    secret = secrets.token_hex(32)

    done = place.command("key", "new", "--from-stdin", stdin=f"{secret}\n")
    newest = lines_of_json(place.command("key", "list", "--json"))[0]
    path = place.state / "keys" / newest["kid"]

    assert done.returncode == 0
    assert path.read_text().strip() == secret
    assert mode(path) == 0o600
    assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize("secret", ["too short by one byte 0123456789", "", "x" * 1025, "caf\u00e9" * 10])
def test_a_secret_that_cannot_sign_is_refused_and_not_repeated(place, secret):
    secret = secret[:31] if secret.startswith("too short") else secret

    done = place.command("key", "new", "--from-stdin", stdin=f"{secret}\n")

    assert done.returncode == 1
    if 0 < len(secret) <= 1024:
        assert "cannot be brought along" in done.stderr and "bearward key new" in done.stderr
    assert not secret or secret not in done.stdout + done.stderr
    assert len(list((place.state / "keys").iterdir())) == 1


KNOWN = {
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7": "published in the FastAPI documentation",
    "a-string-secret-at-least-256-bits-long": "published in the debugger of jwt.io",
    "x" * 32: "of few different characters",
}


@pytest.mark.parametrize("secret, why", KNOWN.items(), ids=KNOWN.values())
def test_a_secret_that_anyone_could_have_is_refused_by_name(place, secret, why):
    done = place.command("key", "new", "--from-stdin", stdin=f"{secret}\n")

    assert done.returncode == 1
    assert why in done.stderr and "bearward key new" in done.stderr
    assert secret not in done.stdout + done.stderr
    assert len(kids(place)) == 1


@pytest.mark.parametrize("secret, why", KNOWN.items(), ids=KNOWN.values())
def test_with_a_key_that_anyone_could_have_nothing_starts(place, secret, why):
    path = place.state / "keys/zzz"
    path.write_text(f"{secret}\n")
    path.chmod(0o600)
    place.own(path)

    said = [place.command(command) for command in ("init", "check-config")]
    for program in ("token", "me", "verify"):
        said.append(subprocess.run(
            [TOP / place.out / f"cgi-bin/{program}.fcgi"], capture_output=True, text=True, timeout=PATIENCE,
            env={**place.environment, "BEARWARD_CONF": str(place.conf), "GATEWAY_INTERFACE": "CGI/1.1",
                 "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}))

    for done in said:
        assert "zzz" in done.stderr and why in done.stderr and "bearward key new" in done.stderr
        assert secret not in done.stdout + done.stderr
    assert all(done.returncode == 1 for done in said[:2])
    assert all("Status: 503" in done.stdout for done in said[2:])
    assert place.command("key", "remove", "zzz").returncode == 0
    assert place.command("check-config").returncode == 0


# -- Beside a running server ----------------------------------------------------------------


@pytest.mark.parametrize("command", ["disable", "delete"])
def test_6_2_disabling_and_deleting_take_effect_at_once(server, client, user, token, command):
    before = client.get("/users/me/", headers=bearer(token))

    done = server.command("user", command, user)
    after = client.get("/users/me/", headers=bearer(token))
    login = sign_in(client, user)

    assert done.returncode == 0, done.stderr
    assert before.status_code == 200
    assert after.status_code == 401
    assert login.status_code == 401


def test_4_1_the_token_of_a_deleted_user_is_not_good_for_the_next_of_that_name(server, client, user, token):
    server.command("user", "delete", user)

    again = register(client, user)

    assert again.status_code == 200
    assert client.get("/users/me/", headers=bearer(token)).status_code == 401


def test_a_new_password_takes_effect_at_once(server, client, user):
    done = server.command("user", "passwd", user, stdin="another long password\n")

    assert done.returncode == 0, done.stderr
    assert sign_in(client, user).status_code == 401
    assert sign_in(client, user, "another long password").status_code == 200


def test_4_4_a_new_key_signs_at_once_and_older_tokens_stay_good(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "somebody")
        older = sign_in(client, "somebody").json()["access_token"]

        assert server.command("key", "new").returncode == 0
        newer = sign_in(client, "somebody").json()["access_token"]
        answers = [client.get("/users/me/", headers=bearer(token)) for token in (older, newer)]

    assert older.split(".")[0] != newer.split(".")[0]
    assert [answer.status_code for answer in answers] == [200, 200]


class Asking(threading.Thread):
    """Shows a token again and again, until three answers have come to requests sent after a moment."""

    def __init__(self, server, token, moment):
        super().__init__()
        self.server, self.token, self.moment = server, token, moment
        self.statuses = {True: [], False: []}      # sent after the moment, or not
        self.first = threading.Event()
        self.start()

    def run(self):
        with self.server.client() as client:
            while len(self.statuses[True]) < 3:
                is_after = self.moment.is_set()
                self.statuses[is_after].append(client.get("/users/me/", headers=bearer(self.token)).status_code)
                self.first.set()


@pytest.mark.core
def test_15_4_once_a_key_is_removed_no_process_says_yes(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "somebody")
        older = sign_in(client, "somebody").json()["access_token"]
        assert server.command("key", "new").returncode == 0
        newer = sign_in(client, "somebody").json()["access_token"]
        removed = threading.Event()
        asking = [Asking(server, older, removed) for _ in range(8)]
        assert all(thread.first.wait(PATIENCE) for thread in asking)

        done = server.command("key", "remove", jws.parts(older)[0]["kid"])
        removed.set()

        for thread in asking:
            thread.join()
        assert done.returncode == 0, done.stderr
        assert {status for thread in asking for status in thread.statuses[True]} == {401}
        assert all(thread.statuses[False][0] == 200 for thread in asking)
        assert client.get("/users/me/", headers=bearer(newer)).status_code == 200
        assert jws.parts(sign_in(client, "somebody").json()["access_token"])[0] == jws.parts(newer)[0]


@pytest.mark.only_nginx("stops and starts it")
def test_15_5_a_token_of_a_former_user_is_not_good_for_who_gets_the_id_after_a_loss(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["access_token"]
    server.stop()
    lose_database(server)

    assert server.command("init", "--new-database").returncode == 0
    server.start()

    with server.client() as client:
        assert register(client, "mallory").json()["id"] == 1
        assert client.get("/users/me/", headers=bearer(token)).status_code == 401


@pytest.mark.core
def test_15_4_once_the_only_key_is_removed_nobody_signs_in(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "somebody")
        token = sign_in(client, "somebody").json()["access_token"]

        assert server.command("key", "remove", "--force", jws.parts(token)[0]["kid"]).returncode == 0

        for answer in (client.get("/users/me/", headers=bearer(token)), sign_in(client, "somebody")):
            assert answer.status_code in (503, server.cannot_start)
        assert server.command("key", "new").returncode == 0
        assert client.get("/users/me/", headers=bearer(token)).status_code == 401
        assert sign_in(client, "somebody").status_code == 200


def test_3_7_a_restricted_scope_is_for_those_who_were_given_it(start_server):
    server = start_server(restricted_scopes="admin audit")
    with server.client() as client:
        for name in ("somebody", "other"):
            register(client, name)

        done = server.command("user", "scope", "somebody", "admin", "audit")
        given = sign_in(client, "somebody", scope="admin")
        other = sign_in(client, "other", scope="admin")
        server.command("user", "scope", "somebody")
        taken = sign_in(client, "somebody", scope="admin")

    assert done.returncode == 0, done.stderr
    assert given.json()["scope"] == "admin"
    assert (other.status_code, taken.status_code) == (400, 400)


def test_3_7_a_scope_that_the_settings_do_not_restrict_cannot_be_given(place):
    add(place, "somebody")

    done = place.command("user", "scope", "somebody", "unheard-of")

    assert done.returncode == 1
    assert "restricted_scopes" in done.stderr


def test_3_7_an_empty_scope_is_refused_as_such_and_nothing_is_changed(place):
    place.write_settings(restricted_scopes="admin audit")
    add(place, "somebody")
    place.command("user", "scope", "somebody", "admin")

    done = place.command("user", "scope", "somebody", "audit", "")
    (shown,) = lines_of_json(place.command("user", "show", "somebody", "--json"))

    assert done.returncode == 1
    assert "empty" in done.stderr
    assert shown["scope"] == "admin"


# -- What is said about tokens ---------------------------------------------------------------


@pytest.mark.parametrize("command", ["disable", "delete", "sign-out", "passwd"])
@pytest.mark.parametrize("mode", ["stateless", "revocation-aware"])
def test_what_is_said_about_tokens_is_so_in_every_mode(place, command, mode):
    add(place, "alice")
    place.environment["BEARWARD_VERIFY"] = mode

    done = place.command("user", command, "alice", stdin="another long password\n")

    assert done.returncode == 0, done.stderr
    assert re.search("tokens( given out so far)? are refused from now on", done.stdout)
    assert ("accepts tokens until they expire (verify = stateless)" in done.stdout) == (mode == "stateless")


# -- What is logged -------------------------------------------------------------------------

# In this order: what is typed, what is read, and the event with the user or key that it is about.
CHANGES = [
    ("user add alice", f"{PASSWORD}\n", 'event="user registered" user=alice uid=1'),
    ("user passwd alice", f"{PASSWORD} 2\n", 'event="password changed" user=alice uid=1'),
    ("user scope alice users:create", "", 'event="scope changed" user=alice uid=1'),
    ("user disable alice", "", 'event="user disabled" user=alice uid=1'),
    ("user enable alice", "", 'event="user enabled" user=alice uid=1'),
    ("user sign-out alice", "", 'event="signed out" user=alice uid=1'),
    ("user export alice", "", 'event="data exported" user=alice uid=1'),
    ("user delete alice", "", 'event="user deleted" user=alice uid=1'),
    ("import --htpasswd -", "bob:x\n", 'event="users imported" users=1 '),
    ("export --ndjson", "", 'event="users exported" '),
    ("introspection add api", "", 'event="introspection credential added" name=api '),
    ("introspection remove api", "", 'event="introspection credential removed" name=api '),
    ("key new", "", 'event="key added" kid='),
    ("key remove zzz", "", 'event="key removed" kid=zzz '),
]
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.skipif(os.path.exists("/dev/log"), reason="there is a syslog, so nothing is logged on stderr")
def test_every_change_is_logged_with_who_made_it(place):
    path = place.state / "keys/zzz"
    path.write_text(jws.SECRET)
    path.chmod(0o600)
    for arguments, stdin, event in CHANGES:
        done = place.command(*arguments.split(), stdin=stdin)

        [line] = [line for line in done.stderr.splitlines() if " info bearward event=" in line]
        assert done.returncode == 0, done.stderr
        assert event in line
        assert f" by={ACCOUNT}" in line
        assert PASSWORD not in line


@pytest.mark.skipif(os.path.exists("/dev/log"), reason="there is a syslog, so nothing is logged on stderr")
def test_behind_sudo_the_caller_and_the_account_are_logged(place):
    place.environment["SUDO_USER"] = "eve forged=yes\n"

    done = place.command("user", "add", "alice", stdin=f"{PASSWORD}\n")

    assert f'by="eve forged=yes\\x0a/{ACCOUNT}"' in done.stderr


@as_root
@pytest.mark.skipif(os.path.exists("/dev/log"), reason="there is a syslog, so nothing is logged on stderr")
@pytest.mark.parametrize("caller, by", [("", "root"), ("alice", "alice/root")])
def test_what_root_has_typed_is_logged_as_root_s(given, caller, by):
    given.environment["SUDO_USER"] = caller
    assert given.command("init").returncode == 0

    done = given.command("user", "add", "bob", stdin=f"{PASSWORD}\n")

    assert f" by={by}\n" in done.stderr


@pytest.mark.skipif(os.path.exists("/dev/log"), reason="there is a syslog, so nothing is logged on stderr")
def test_what_changes_nothing_is_not_logged(place):
    add(place, "alice")

    for arguments in ("user list", "user show alice", "key list", "check-config", "init", "user show bob"):
        done = place.command(*arguments.split())
        assert "event=" not in done.stderr, done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount another /dev")
def test_a_change_goes_to_syslog_where_there_is_one(place, tmp_path):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "log"))
    listener.settimeout(60)
    script = "mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && ln -s $1 /dev/log && shift && exec \"$@\""

    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", tmp_path / "log", place.program, "user", "add", "alice"],
        input=f"{PASSWORD}\n", capture_output=True, text=True,
        env={**place.environment, "BEARWARD_CONF": str(place.conf)})

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert f'event="user registered" user=alice uid=1 by={ACCOUNT}' in listener.recv(4096).decode()
    listener.close()
