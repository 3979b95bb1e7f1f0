"""Lists of the command `bearward`, in columns and as JSON, and the questions that it asks on a terminal."""

import json
import os
import re
import unicodedata

import jws
import pytest
from conftest import PASSWORD, Server
from terminal import Terminal

pytestmark = pytest.mark.once("is about what a terminal shows")

LISTS = ["user list", "session list", "key list", "attempts list", "introspection list"]
NAMES = ["alice", "山田太郎さんと花子さんのアカウント", "wolfgang.amadeus.mozart@salzburg.example.org", "e\u0301lise\u0301e", "ｂｏｂ", "🦊fox"]


def fill(place, count=0):
    """Users of these names, who are signed in with a browser and a program, and further ones that are not."""
    place.storage.insert("users", "username, username_key, hashed_password, is_active, scope, created_at, email", *(
        (name, name, "", True, "", 1795479529, f"{number}@example.org")
        for number, name in enumerate([*NAMES, *(f"user{number}" for number in range(count))], 1)))
    now = "unixepoch()"
    place.query("INSERT INTO grants (gid, user_id, client_id, scope, created_at, auth_at, expires_at, rotated_at) "
                f"SELECT randomblob(16), id, 'bearward', '', {now}, {now}, {now} + 86400, {now} FROM users WHERE id <= 6")


@pytest.fixture(scope="module")
def filled(build):
    """A directory with some of everything that there is a list of; the tests change nothing."""
    server = Server(build)
    server.environment["BEARWARD_ATTEMPTS"] = "yes"
    assert server.command("init").returncode == 0
    fill(server, 2000)
    for words in (["key", "new"], ["introspection", "add", "api"], ["introspection", "add", "a-longer-name"]):
        assert server.command(*words).returncode == 0
    yield server
    server.remove()


@pytest.fixture
def place(build):
    server = Server(build)
    assert server.command("init").returncode == 0
    yield server
    server.remove()


def on_terminal(place, *words, width=200):
    terminal = Terminal(place, *words, width=width)
    assert terminal.finish() == 0, terminal.seen
    return terminal.seen.replace("\r\n", "\n")


def widths(text):
    """The columns of a terminal that the characters of a text take, as Unicode has it."""
    return [0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text]


def begins(line):
    """Where columns begin: in which of a terminal's columns a text stands behind two spaces."""
    places = widths(line)
    return {sum(places[:match.start()]) for match in re.finditer(r"(?:(?<=  )|^)\S", line)}


@pytest.mark.parametrize("command", LISTS)
def test_a_list_is_columns_on_a_terminal_and_json_in_a_pipe_and_an_option_turns_either_round(filled, command):
    words = command.split()
    piped, as_json, in_columns = (filled.command(*words, *option) for option in ([], ["--json"], ["--columns"]))
    shown, shown_json = on_terminal(filled, *words), on_terminal(filled, *words, "--json")

    assert [done.returncode for done in (piped, as_json, in_columns)] == [0] * 3
    # Seconds may pass; in the list of sessions they are counted.
    assert [sorted(json.loads(line)) for line in piped.stdout.splitlines()] == [
        sorted(json.loads(line)) for line in shown_json.splitlines()]
    assert piped.stdout == as_json.stdout
    heading, *lines = shown.splitlines()
    assert re.fullmatch(r" *[A-Z]+(  +[A-Z]+)+", heading)
    assert in_columns.stdout.splitlines()[0] == heading
    if command != "attempts list":
        assert len(lines) == len(piped.stdout.splitlines()) == len(in_columns.stdout.splitlines()) - 1
    both = filled.command(*words, "--json", "--columns")
    assert (both.returncode, both.stdout) == (2, "") and "takes --json or --columns, not both" in both.stderr


def test_columns_are_aligned_whatever_the_width_of_characters(filled):
    heading, *lines = on_terminal(filled, "user", "list", "--limit", "6").splitlines()

    assert heading.split() == ["ID", "NAME", "STATE", "REGISTERED", "EMAIL", "SCOPES"]
    assert [line.split() for line in lines] == [
        [str(number), name, "active", "2026-11-24", f"{number}@example.org", "-"] for number, name in enumerate(NAMES, 1)]
    assert all(begins(line) - {1} == begins(heading) - {0} for line in lines)
    assert sorted(begins(heading))[1:3] == [4, 4 + max(sum(widths(name)) for name in NAMES) + 2]
    # It is sorted out a part at a time, and columns never become narrower.
    whole = filled.command("user", "list", "--columns").stdout.splitlines()
    assert len(whole) == 2007
    assert {max(begins(line)) for line in whole[-3:]} == {max(begins(whole[0]))}


@pytest.mark.parametrize("width", [20, 46, 60, 80, 99])
def test_a_narrow_terminal_breaks_no_name_that_fits_and_no_line_is_too_wide(filled, width):
    for command, items in {"user list --limit 6": 6, "session list": 6, "key list": 2, "introspection list": 2}.items():
        text = on_terminal(filled, *command.split(), width=width)
        assert len([line for line in text.splitlines() if not line.startswith("    ")]) == 1 + items
        for line in text.splitlines():
            # What may not be cut, such as a name, may stand alone on a line where it does not fit.
            assert sum(widths(line)) <= width or len(line.split()) == 1, line
        if command.startswith(("user", "session")):
            assert not [name for name in NAMES if name not in text.split()]
    if width == 80:
        assert " 1@examp~ " in on_terminal(filled, "user", "list", "--limit", "6", width=width)


def test_nothing_that_a_name_has_reaches_the_terminal_but_what_can_be_seen(place):
    fill(place)
    harmful = "\x1b]0;x\x07\x1b[2J\n\t\u202e\u200b\x9b"
    place.query("UPDATE users SET username = 'A' || ?1, email = 'B' || ?1, scope = 'C' || ?1 WHERE id = 1", harmful)
    place.query("UPDATE grants SET client_id = ?1, agent = ?1, network = ?1", harmful)

    for command in ("user list --limit 1", "session list"):
        for option in ([], ["--json"]):
            seen = on_terminal(place, *command.split(), *option)
            assert not [char for char in seen if unicodedata.category(char)[0] == "C" and char != "\n"], command
        assert "\\x1b" in on_terminal(place, *command.split())


# -- Finding users ----------------------------------------------------------------------------

# Name, email, name to show, whether active, and whether a password may let the user in.
USERS = [
    ("alice", "alice@example.org", "Anna Müller", 1, True), ("BOB", None, "bob", 0, True),
    ("carol", "Carol@Example.ORG", None, 1, False), ("d%v_d", "dave@example.net", "Straße", 0, False),
    ("élise", None, "MU\u0308LLER", 1, True), ("山田太郎", "taro@example.jp", None, 0, True),
]
FOUND = {
    "": "alice BOB carol d%v_d élise 山田太郎", "--match ALI": "alice", "--match bob": "BOB", "--match @EXAMPLE.org": "alice carol",
    "--match müller": "alice élise", "--match muller": "", "--match STRASSE": "d%v_d", "--match %": "d%v_d", "--match e_a": "",
    "--match ｔａｒｏ": "山田太郎", "--match 田太": "山田太郎", "--match E\u0301LI": "élise", "--match=": "alice BOB carol d%v_d élise 山田太郎",
    "--disabled": "BOB d%v_d 山田太郎", "--without-password": "carol d%v_d", "--old-hash": "alice BOB élise 山田太郎", "--disabled --without-password": "d%v_d",
    "--match example --disabled": "d%v_d 山田太郎", "--match example --disabled --without-password": "d%v_d",
    "--match example --after 1 --limit 2": "carol d%v_d", "--match example --limit 2 --disabled --after 4": "山田太郎",
    "--without-password --limit 1": "carol", "--match nobody": "",
    "--old-hash --without-password": "", "--old-hash --disabled --limit 1": "BOB",
}


def test_users_are_found_by_what_they_are_and_counted(place):
    place.storage.insert("users", "username, username_key, hashed_password, is_active, scope, created_at, email, display_name", *(
        (name, name, f"$2b$04${'0' * 52}." if has_password else "", bool(is_active), "", 1, email, display_name)
        for name, email, display_name, is_active, has_password in USERS))

    for options, names in FOUND.items():
        listed = place.command("user", "list", *options.split())
        counted = place.command("user", "list", *options.split(), "--count")
        assert (options, [json.loads(line)["username"] for line in listed.stdout.splitlines()]) == (options, names.split())
        assert (counted.returncode, counted.stdout) == (0, f"{len(names.split())}\n")
    assert "--match looks for is not UTF-8 text" in place.command("user", "list", "--match", b"\xff").stderr


def test_those_who_are_found_come_from_behind_thousands_who_are_not(filled):
    found = filled.command("user", "list", "--match", "user1", "--after", "1500", "--limit", "400")
    last = filled.command("user", "list", "--match", "USER1999")

    assert [json.loads(line)["username"] for line in found.stdout.splitlines()] == [f"user{number}" for number in range(1494, 1894)]
    assert [json.loads(line)["id"] for line in last.stdout.splitlines()] == [2006]


# -- Questions ------------------------------------------------------------------------------


def counted(place):
    [(users, secrets)] = place.query("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM introspectors)")
    return users, len(list((place.state / "keys").iterdir())), secrets


@pytest.fixture
def doomed(place):
    """What can be removed, and what asks: the words of the command, the question, and what is there then."""
    fill(place)
    path = place.state / "keys/zzz"
    path.write_text(jws.SECRET)
    path.chmod(0o600)
    place.own(path)
    assert place.command("introspection", "add", "api").returncode == 0
    assert counted(place) == (6, 2, 1)
    return {
        "user delete ALICE": ("Delete alice (id 1) with 0 sessions and 1 program, for good?", (5, 2, 1)),
        "key remove zzz": ("Remove key zzz, and refuse every token that it has signed, for good?", (5, 1, 1)),
        "introspection remove api": ("Remove credential api, for good?", (5, 1, 0)),
    }


def test_what_cannot_be_undone_asks_on_a_terminal_and_takes_nothing_but_yes(place, doomed):
    for command, (question, after) in doomed.items():
        before = counted(place)
        for typed in ("\n", "y\n", "yes please\n", "no\n", "\x04"):
            terminal = Terminal(place, *command.split())
            terminal.wait_for(f"{question} Type yes: ")
            terminal.type(typed)
            assert terminal.finish() == 1
            assert "bearward: nothing was changed" in terminal.seen
        assert counted(place) == before

        terminal = Terminal(place, *command.split())
        terminal.wait_for("Type yes: ")
        terminal.type("yes\n")
        assert terminal.finish() == 0, terminal.seen
        assert counted(place) == after


@pytest.mark.parametrize("asked", ["on a terminal with --yes", "in a script"])
def test_what_cannot_be_undone_is_done_without_a_question(place, doomed, asked):
    for command, (_, after) in doomed.items():
        if asked == "in a script":
            assert place.command(*command.split()).returncode == 0
        else:
            assert "Type yes" not in on_terminal(place, *command.split(), "--yes")
        assert counted(place) == after


def test_a_question_that_is_interrupted_changes_nothing(place, doomed):
    terminal = Terminal(place, "user", "delete", "alice")
    terminal.wait_for("Type yes: ")
    terminal.type("\x03")

    assert terminal.finish() < 0
    assert counted(place) == (6, 2, 1)
