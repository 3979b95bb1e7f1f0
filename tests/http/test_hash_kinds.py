"""Users whose hashes another program made: the cost of a sign-in does not tell that they exist (protocol 3.4)."""

import os
import stat
import time

import bcrypt
import expect
import pytest
from conftest import PASSWORD, Server, sign_in

pytestmark = pytest.mark.plain("is about counts")

BCRYPT = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
# What user{n} has: half of them a hash of another program; user0 is inactive.
OURS, THEIRS = 10, 10


def add_users(server, hashed, first, count):
    server.storage.insert("users", "username, username_key, hashed_password",
                          *((f"user{number}", f"user{number}", hashed) for number in range(first, first + count)))


@pytest.fixture
def server(build):
    server = Server(build)
    assert server.command("init").returncode == 0
    server.command("user", "add", "first", stdin=f"{PASSWORD}\n")
    [(ours,)] = server.query("SELECT hashed_password FROM users")
    add_users(server, BCRYPT, 0, THEIRS)
    add_users(server, ours, THEIRS, OURS - 1)
    server.start()
    yield server
    server.stop()
    server.remove()


def kinds(server):
    """The key, and how many users have each kind."""
    first, key, *lines = (server.state / "hash.kinds").read_text().splitlines()
    assert first == "bearward hash kinds 1"
    return key, {name: int(count) for count, name in (line.split() for line in lines)}


def make_old(server):
    hours_ago = time.time() - 7200
    os.utime(server.state / "hash.kinds", (hours_ago, hours_ago))


def refused(response):
    expect.oauth_error(response, 401, "invalid_grant", "Incorrect username or password")
    return response.headers.keys(), response.content


def test_3_4_kinds_of_hashes_are_counted_for_names_that_nobody_has(server):
    with server.client() as client:
        refused(sign_in(client, "nobody"))

    _, counted = kinds(server)
    assert counted == {"$2b$04$": THEIRS, "$s1$0a0101$": OURS}
    assert stat.S_IMODE((server.state / "hash.kinds").stat().st_mode) == 0o600


def test_3_4_a_restart_changes_the_kind_of_no_name(server):
    with server.client() as client:
        refused(sign_in(client, "nobody"))
    before = (server.state / "hash.kinds").read_bytes()

    server.stop()
    server.start()
    with server.client() as client:
        refused(sign_in(client, "nobody"))

    assert (server.state / "hash.kinds").read_bytes() == before


def test_3_4_old_numbers_are_counted_anew_under_the_same_key(server):
    with server.client() as client:
        refused(sign_in(client, "nobody"))
        key, _ = kinds(server)
        add_users(server, BCRYPT, 100, 5)
        refused(sign_in(client, "nobody"))
        assert kinds(server) == (key, {"$2b$04$": THEIRS, "$s1$0a0101$": OURS})
        make_old(server)

        refused(sign_in(client, "nobody"))

    assert kinds(server) == (key, {"$2b$04$": THEIRS + 5, "$s1$0a0101$": OURS})


def test_3_4_a_file_of_kinds_that_is_broken_is_made_anew(server):
    with server.client() as client:
        for content in "", "garbage", "bearward hash kinds 1\n0123\n1 $2b$12$\n":
            (server.state / "hash.kinds").write_text(content)
            server.own(server.state / "hash.kinds")

            refused(sign_in(client, "nobody"))

            assert kinds(server)[1] == {"$2b$04$": THEIRS, "$s1$0a0101$": OURS}


def test_1_10_without_a_file_of_kinds_everybody_gets_503_until_it_can_be_made(server):
    # A confined process cannot open another file than the one that was there at its start.
    server.stop()
    server.write_settings(sandbox="no")
    server.start()
    (server.state / "hash.kinds").unlink(missing_ok=True)
    with server.client() as client:
        (server.state / "hash.kinds").mkdir()
        answers = [sign_in(client, name) for name in ("nobody", "user3", "first")]
        (server.state / "hash.kinds").rmdir()

        for answer in answers:
            expect.oauth_error(answer, 503, "temporarily_unavailable", "Service temporarily unavailable")
        assert sign_in(client, "first").status_code == 200


def test_3_4_all_who_get_no_token_get_the_same_answer(server):
    server.storage.change("UPDATE users SET is_active = FALSE WHERE username = 'user0'")
    server.storage.change("UPDATE users SET hashed_password = '$6$salt$unknown' WHERE username = 'user1'")
    with server.client() as client:
        answers = [refused(sign_in(client, name, password)) for name in
                   ("nobody", "user0", "user1", "user2", "user15", "a" * 300, "no:name", "\u0378")
                   for password in ("wrong password", "x" * 80, "\x01", "x" * 2000)]

    assert all(answer == answers[0] for answer in answers)


def test_3_4_a_user_with_a_hash_of_another_program_is_let_in_and_counted_as_ours_from_then_on(server):
    with server.client() as client:
        assert sign_in(client, "user2").status_code == 200
        assert sign_in(client, "user2").status_code == 200
        make_old(server)
        refused(sign_in(client, "nobody"))

    assert kinds(server)[1] == {"$2b$04$": THEIRS - 1, "$s1$0a0101$": OURS + 1}
