"""What people do to their accounts, cut off anywhere by kill -9 (protocol sections 15.1 and 20)."""

import os

import pytest
from conftest import PASSWORD, bearer, register, sign_in
from killed import kill_at, killable, needs_strace, some, steps  # noqa: F401 (a fixture)
from test_account_api import NEW, OF_USER, Alice, fill
from test_signin import is_signed_in

pytestmark = [pytest.mark.only_nginx("is about the responder"), pytest.mark.slow]

# How often a responder is killed for each of the two; `make check-refresh` asks for more.
KILLS = int(os.environ.get("ACCOUNT_KILLS", 8))


@pytest.fixture
def service(needs_strace, start_plain_server):  # noqa: F811
    with killable(start_plain_server(), "account") as service:
        yield service


def make(server, client, new_name):
    """A user who has something of everything, and a cookie of hers."""
    alice = Alice(server, client, new_name())
    fill(server, alice.id)
    return alice, alice.browse()


def rows(server, alice):
    return [len(server.query(f"SELECT 1 FROM {table} WHERE {column} = ?", alice.id))
            for table, column in [("users", "id"), *((table, "user_id") for table in OF_USER)]]


def told(server, alice, event):
    return server.query("SELECT count(*) FROM audit WHERE user_id = ? AND event = ?", alice.id, event)[0][0]


BOTH = {(502, False), (502, True)}      # cut off before the commit, and after it


def points(calls, met):
    """Some of the calls; and then, unless both have happened by now, where it has changed and logs it, or answers."""
    yield from some(calls, KILLS)
    for number in range(1, 5):
        if not BOTH <= met:
            yield "write", number


def test_20_4_a_deletion_that_is_cut_off_anywhere_is_whole_or_not_there(service, new_name):
    pool, server, client = service
    victim, _ = make(server, client, new_name)
    calls = steps(pool, lambda: victim.ask("delete", {"current_password": PASSWORD}))
    assert {server.storage.call, "write"} <= {name for name, _ in calls}
    pool.start()
    met = set()

    for call, number in points(calls, met):
        alice, cookie = make(server, client, new_name)
        before = rows(server, alice)
        answer = kill_at(pool, call, number, lambda: alice.ask("delete", {"current_password": PASSWORD}))
        assert answer.status_code in (204, 502)
        is_gone = sign_in(client, alice.name).status_code == 401
        met.add((answer.status_code, is_gone))
        assert is_gone or answer.status_code == 502
        if is_gone:
            assert rows(server, alice) == [0] * len(before)
            assert told(server, alice, "user deleted") == 1
            assert register(client, alice.name).json()["id"] > alice.id
        else:
            after = rows(server, alice)
            assert [after[0], *after[2:]] == [before[0], *before[2:]] and after[1] == before[1] + 1     # the sign-in just now
            assert told(server, alice, "user deleted") == 0
        assert client.get("/users/me/", headers=bearer(alice.token)).status_code == (401 if is_gone else 200)
        assert is_signed_in(client, cookie) == (not is_gone)
        assert server.storage.is_whole(), (call, number)

    assert BOTH <= met


def test_20_1_a_change_of_the_password_that_is_cut_off_anywhere_is_whole_or_not_there(service, new_name):
    pool, server, client = service
    first, _ = make(server, client, new_name)
    calls = steps(pool, first.change_password)
    pool.start()
    met = set()

    for call, number in points(calls, met):
        alice, cookie = make(server, client, new_name)
        other = alice.sign_in()["access_token"]
        answer = kill_at(pool, call, number, alice.change_password)
        assert answer.status_code in (204, 502)
        is_new = client.get("/users/me/", headers=bearer(other)).status_code == 401
        met.add((answer.status_code, is_new))
        assert is_new or answer.status_code == 502
        assert is_signed_in(client, cookie) == (not is_new)
        assert told(server, alice, "password changed") == is_new
        assert [sign_in(client, alice.name, password).status_code for password in (PASSWORD, NEW)] == ([401, 200] if is_new else [200, 401])
        assert client.get("/users/me/", headers=bearer(alice.token)).status_code == 200

    assert BOTH <= met
