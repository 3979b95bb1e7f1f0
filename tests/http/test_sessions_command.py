"""`bearward session list`, `session end` and `user sign-out`: what its manual page promises, beside a running server."""

import json
import os
import pwd
import re
import time

import clock
import jws
import pytest
from conftest import bearer, register, running, sign_in
from sessions import Session
from terminal import Terminal
from test_verify import verify

pytestmark = [pytest.mark.plain("is about a command"), pytest.mark.stored]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
IDLE, TTL = 1209600, 2592000
HOUR, DAY = 3600, 86400


@pytest.fixture(scope="module")
def shared(build):
    with running(build) as server:
        yield server


@pytest.fixture
def client(shared):
    with shared.client() as client:
        yield client


def gid_of(answer):
    return jws.parts(answer.json()["access_token"])[1]["gid"]


@pytest.fixture
def alice(client, new_name):
    name = new_name()
    assert register(client, name).status_code == 200
    return name


def run(server, *words, **options):
    done = server.command(*words, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def listed(server, *words):
    return [json.loads(line) for line in run(server, "session", "list", *words, "--json").splitlines()]


def make_older(server, gid, seconds):
    server.query("UPDATE grants SET created_at = created_at - ?1, rotated_at = rotated_at - ?1, expires_at = expires_at - ?1 "
                 "WHERE gid = ?2", seconds, jws.decode(gid))


def test_a_sign_in_is_listed_with_where_it_came_from_and_when_it_ends(shared, client, alice):
    before = clock.now()
    client.headers["User-Agent"] = FIREFOX
    answer = sign_in(client, alice)

    [session] = listed(shared, alice)

    created_at = session["created_at"]
    assert before <= created_at <= time.time()
    assert session == {
        "id": gid_of(answer), "kind": "program", "username": alice, "client_id": "bearward", "scope": "",
        "network": "127.0.0.0/24", "agent": "Firefox on Linux", "created_at": created_at, "last_used_at": created_at,
        "expires_at": created_at + IDLE}


def test_what_is_listed_ends_idle_or_for_good_and_is_listed_no_more(shared, client, alice):
    gids = [gid_of(sign_in(client, alice)) for _ in range(5)]
    make_older(shared, gids[0], 20 * DAY)
    shared.query("UPDATE grants SET rotated_at = rotated_at + ? WHERE gid = ?", 20 * DAY - HOUR, jws.decode(gids[0]))
    make_older(shared, gids[1], IDLE)               # idle for too long
    make_older(shared, gids[2], TTL)                # at its end
    run(shared, "session", "end", gids[3])

    sessions = listed(shared, alice)

    assert [session["id"] for session in sessions] == [gids[4], gids[0]]
    used, old = sessions[0], sessions[1]
    assert used["expires_at"] == used["created_at"] + IDLE
    assert old["last_used_at"] == old["created_at"] + 20 * DAY - HOUR
    assert old["expires_at"] == old["created_at"] + TTL
    run(shared, "user", "disable", alice)
    assert listed(shared, alice) == []


def test_a_table_has_the_newest_first_and_fits_the_terminal(shared, client, new_name):
    names = [new_name(), "wolfgang.amadeus.mozart@salzburg.example.org", "山田太郎さんと花子さんのアカウント"]
    agents = ["curl/8.5.0", FIREFOX, FIREFOX.replace("X11; Linux x86_64", "Windows NT 10.0")]
    ages = [40 * 60 + 20, 5 * HOUR + 600, 3 * DAY + HOUR]
    for name, agent, age in zip(names, agents, ages):
        register(client, name)
        client.headers["User-Agent"] = agent
        make_older(shared, gid_of(sign_in(client, name)), age)
    shared.query("UPDATE grants SET network = '2001:db8:1234:5678::/64', agent = 'Samsung Internet on Android' "
                 "WHERE user_id = (SELECT id FROM users WHERE username = ?)", names[1])

    terminal = Terminal(shared, "session", "list", "--limit", "3", width=99)
    assert terminal.finish() == 0
    lines = terminal.seen.splitlines()

    # What does not fit is continued on a line that is indented.
    shown = [" ".join(item.split()) for item in re.split(r"\n(?! )", "\n".join(lines))]
    assert shown[0] == "ID KIND USER CLIENT NETWORK AGE IDLE LEFT AGENT"
    assert [item.split(" ", 1)[1] for item in shown[1:]] == [
        "program 山田太郎さんと花子さんのアカウント bearward 127.0.0.0/24 3d 3d 10d Firefox on Windows",
        f"program {names[1]} bearward 2001:db8:1234:5678::/64 5h 5h 13d Samsung Internet on Android",
        f"program {names[0]} bearward 127.0.0.0/24 40m 40m 13d curl"]
    assert all(len(line) + sum(ord(char) > 0x2e80 for char in line) <= 99 for line in lines)


def test_a_list_comes_in_pages_that_join_without_gap(shared, client, alice, new_name):
    other = new_name()
    register(client, other)
    gids = [gid_of(sign_in(client, name)) for name in [alice, other] * 4]
    newest = gids[::-1]

    for words, expected in ([], newest), ([alice], newest[1::2]):
        whole = [session["id"] for session in listed(shared, *words)][:len(expected)]
        pages, after = [], []
        while len(pages) < len(expected):
            page = [session["id"] for session in listed(shared, *words, *after, "--limit", "3")]
            assert len(page) == min(3, len(page)) and page
            pages += page
            after = ["--after", page[-1]]
        assert whole == expected
        assert pages[:len(expected)] == expected

    for wrong in ("A" * 22, "17", ""):
        done = shared.command("session", "list", "--after", wrong)
        assert done.returncode == 1
        assert "--after" in done.stderr
    assert shared.command("user", "list", "--after", gids[0]).returncode == 2


def test_more_than_a_page_of_them_is_listed_whole(start_plain_server, new_name):
    server = start_plain_server()
    with server.client() as client:
        register(client, "alice")
        sign_in(client, "alice")
    server.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1300) "
                 "INSERT INTO grants (gid, user_id, client_id, scope, created_at, auth_at, expires_at, rotated_at) "
                 "SELECT randomblob(16), 1, 'many', '', created_at, auth_at, expires_at, rotated_at FROM grants, n")

    for words in [], ["alice"]:
        sessions = listed(server, *words)
        assert len({session["id"] for session in sessions}) == len(sessions) == 1301
        assert sessions[-1]["client_id"] == "bearward"


@pytest.mark.parametrize("words", [["session", "end", "ID"], ["user", "sign-out", "NAME", "--grant", "ID"]])
def test_an_id_that_begins_with_a_dash_is_taken_and_one_is_ended_once(shared, client, alice, words):
    tokens = sign_in(client, alice).json()
    gid = "-" + gid_of(sign_in(client, alice))[1:]
    shared.query("UPDATE grants SET gid = ? WHERE gid = (SELECT gid FROM grants ORDER BY rowid DESC LIMIT 1)", jws.decode(gid))
    words = [{"NAME": alice, "ID": gid}.get(word, word) for word in words]

    done = shared.command(*words)
    again = shared.command(*words)

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{alice}: ended {gid}; its tokens are refused from now on\n"
    assert again.returncode == 1
    assert gid in again.stderr and "bearward session list" in again.stderr
    assert len(listed(shared, alice)) == 1
    assert client.get("/users/me/", headers=bearer(tokens["access_token"])).status_code == 200


def test_what_is_another_users_or_no_id_is_not_ended(shared, client, alice, new_name):
    other = new_name()
    register(client, other)
    gid = gid_of(sign_in(client, other))

    for words in (["user", "sign-out", alice, "--grant", gid], ["session", "end", "nonsense"], ["session", "end", "A" * 22],
                  ["session", "end", ""], ["user", "sign-out", alice, "--grant", "\x1b[2J"]):
        done = shared.command(*words)
        assert done.returncode == 1
        assert "bearward session list" in done.stderr and "\x1b" not in done.stderr
    assert len(listed(shared, other)) == 1


def test_the_last_sign_in_is_shown_and_a_refresh_is_none(shared, client, alice):
    def shown():
        return json.loads(run(shared, "user", "show", alice, "--json"))["last_sign_in_at"]

    assert shown() is None
    assert "last sign-in: -\n" in run(shared, "user", "show", alice)
    before = clock.now()
    answer = sign_in(client, alice)
    at = shown()
    shared.query("UPDATE users SET last_sign_in_at = 1795479611 WHERE username = ?", alice)
    client.post("/token", data={"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"]})

    assert before <= at <= time.time()
    assert shown() == 1795479611
    assert "last sign-in: 2026-11-24T" in run(shared, "user", "show", alice)


# -- Browsers ---------------------------------------------------------------------------------


def is_signed_in(server, session):
    return verify(server, None, HTTP_COOKIE=session.cookie).status_code == 200


def test_a_browser_is_listed_with_its_last_use_and_when_it_ends(shared, client, alice):
    now = clock.now()
    used = Session(shared, alice, created_at=now - HOUR, seen_at=now - HOUR, network="192.0.2.0/24", agent="Firefox on Linux")
    ending = Session(shared, alice, expires_at=now + HOUR)
    Session(shared, alice, expires_at=now)
    Session(shared, alice, seen_at=now - 12 * HOUR)
    returned = Session(shared, alice, seen_at=now - 13 * HOUR)
    assert is_signed_in(shared, used)
    returned.see(now - HOUR)

    sessions = listed(shared, alice)

    assert [session["id"] for session in sessions] == [session.public_id for session in (returned, ending, used)]
    last_used_at = sessions[2].pop("last_used_at")
    assert now - 60 < last_used_at <= time.time() and last_used_at % 60 == 0
    assert sessions[2] == {
        "id": used.public_id, "kind": "browser", "username": alice, "client_id": "", "scope": "", "network": "192.0.2.0/24",
        "agent": "Firefox on Linux", "created_at": now - HOUR, "expires_at": last_used_at + 12 * HOUR}
    assert sessions[1]["expires_at"] == now + HOUR
    line = run(shared, "session", "list", alice, "--columns").splitlines()[3]
    assert line.split()[:5] == [used.public_id, "browser", alice, "-", "192.0.2.0/24"] and line.endswith(" Firefox on Linux")


def test_pages_go_on_from_browsers_to_programs_without_gap(shared, client, alice, new_name):
    other = new_name()
    register(client, other)
    browsers, programs = [], []
    for name in [alice, other] * 4:
        browsers.insert(0, Session(shared, name).public_id)
        programs.insert(0, gid_of(sign_in(client, name)))

    for words in [], [alice]:
        whole = [session["id"] for session in listed(shared, *words)]
        pages, after = [], []
        while page := [session["id"] for session in listed(shared, *words, *after, "--limit", "3")]:
            pages += page
            after = ["--after", page[-1]]
        assert pages == whole

    assert whole == browsers[1::2] + programs[1::2]
    assert [session["kind"] for session in listed(shared, alice)] == ["browser"] * 4 + ["program"] * 4
    assert shared.command("session", "end", browsers[1]).returncode == 0
    assert "--after" in shared.command("session", "list", "--after", browsers[1]).stderr


@pytest.mark.parametrize("words", [["session", "end", "ID"], ["user", "sign-out", "NAME", "--grant", "ID"]])
@pytest.mark.parametrize("mode", ["revocation-aware", "stateless"])
def test_one_browser_is_signed_out_at_once_and_once_and_the_audit_says_so(shared, client, alice, new_name, words, mode):
    other = new_name()
    register(client, other)
    session, another, others = Session(shared, alice), Session(shared, alice), Session(shared, other)
    words = [{"NAME": alice, "ID": session.public_id}.get(word, word) for word in words]
    shared.environment["BEARWARD_VERIFY"] = mode

    assert shared.command("user", "sign-out", alice, "--grant", others.public_id).returncode == 1
    done = shared.command(*words)
    again = shared.command(*words)

    del shared.environment["BEARWARD_VERIFY"]
    assert done.stdout == f"{alice}: ended {session.public_id}; its cookie is refused from now on\n"
    assert re.search(f'event="session ended" user={alice} uid=\\d+ session={session.public_id} reason="signed out" by=', done.stderr)
    assert again.returncode == 1 and "bearward session list" in again.stderr
    assert [is_signed_in(shared, one) for one in (session, another, others)] == [False, True, True]
    account = pwd.getpwuid(os.getuid()).pw_name
    assert shared.query("SELECT event, actor, detail, count FROM audit WHERE actor LIKE 'command:%' AND user_id = "
                        "(SELECT id FROM users WHERE username = ?)", alice) == [("session ended", f"command:{account}", "signed out", 1)]


@pytest.mark.parametrize("change, reason", [
    ("disable", "disabled"), ("sign-out", "signed out"), ("passwd", "password changed"), ("delete", "deleted")])
def test_18_4_what_ends_everything_of_a_user_ends_the_browsers_and_those_alone(shared, client, alice, new_name, change, reason):
    other = new_name()
    register(client, other)
    sessions, others = [Session(shared, alice), Session(shared, alice)], Session(shared, other)
    [(uid,)] = shared.query("SELECT id FROM users WHERE username = ?", alice)
    gid = gid_of(sign_in(client, alice))
    assert all(is_signed_in(shared, session) for session in sessions)

    done = shared.command("user", change, alice, stdin="another long password\n")

    assert done.returncode == 0 and re.search("cookies and tokens( given out so far)? are refused from now on", done.stdout)
    assert 'detail="grants ended: 1, sessions ended: 2"' in done.stderr
    assert [is_signed_in(shared, session) for session in (*sessions, others)] == [False, False, True]
    shared.command("user", "enable", alice)
    assert not is_signed_in(shared, sessions[0])
    rows = shared.query("SELECT event, detail, count FROM audit WHERE user_id = ? AND actor LIKE 'command:%' ORDER BY id", uid)
    told = {"disable": ("user disabled", ""), "sign-out": ("sign-out", "everywhere"), "passwd": ("password changed", ""),
            "delete": ("user deleted", "")}[change]
    assert rows == [("grant ended", reason, 1), ("session ended", reason, 2), (*told, 1)] + (
        [("user enabled", "", 1)] if change != "delete" else [])
    assert gid not in shared.command("session", "list").stdout


def test_tidy_removes_and_counts_browsers_that_are_left_alone_or_over(start_plain_server):
    server = start_plain_server()
    now = clock.now()
    with server.client() as client:
        register(client, "alice")
    stays, used = Session(server, "alice"), Session(server, "alice", seen_at=now - DAY)
    assert is_signed_in(server, stays)
    used.see(now - HOUR)
    for changes in {"seen_at": now - DAY}, {"expires_at": now}:
        Session(server, "alice", **changes)

    assert run(server, "tidy") == "2 expired rows removed\n"
    assert run(server, "tidy") == "0 expired rows removed\n"
    assert server.query("SELECT id, seen_at FROM sessions") == [(stays.id, stays.row["seen_at"]), (used.id, (now - HOUR) // 60 * 60)]
    # What the file said is in the row now.
    (server.state / "seen").unlink()
    assert [session["id"] for session in listed(server, "alice")] == [used.public_id, stays.public_id]
