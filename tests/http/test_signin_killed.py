"""A sign-in of a browser that is cut off anywhere by kill -9 (protocol sections 15.1, 18.2 and 21.4)."""

import hashlib
import os

import pytest
from conftest import register
from killed import kill_at, killable, needs_strace, some, steps  # noqa: F401 (a fixture)
from test_signin import NAME, cookies_of, is_signed_in, post, with_cookie

pytestmark = [pytest.mark.only_nginx("is about the responder"), pytest.mark.slow]

# How often a responder is killed; `make check-refresh` asks for more.
KILLS = int(os.environ.get("SIGNIN_KILLS", 25))


@pytest.fixture
def service(needs_strace, start_plain_server):  # noqa: F811
    with killable(start_plain_server(), "signin") as (pool, server, client):
        assert register(client, "alice").status_code == 200
        yield pool, server, client


def digest_of(cookie):
    return hashlib.sha256(cookie.encode()).digest()


def test_15_1_a_sign_in_that_is_cut_off_anywhere_is_whole_or_not_there(service):
    pool, server, client = service
    cookie = cookies_of(post(client, "alice"))[NAME][0]

    def sign_in_again():
        return post(client, "alice", headers={"Sec-Fetch-Site": "same-origin", **with_cookie(cookie)})

    def stored():
        return [digest for digest, in server.query("SELECT digest FROM sessions")]

    def told():
        return server.query("SELECT coalesce(sum(count), 0) FROM audit WHERE event = 'session ended'")[0][0]

    calls = steps(pool, lambda: cookies_of(sign_in_again()))
    assert {server.storage.call, "getrandom", "write"} <= {name for name, _ in calls}
    pool.start()
    cookie = cookies_of(post(client, "alice"))[NAME][0]
    met = set()

    for call, number in some(calls, KILLS):
        server.query("DELETE FROM sessions WHERE digest <> ?", digest_of(cookie))
        before = told()
        answer = kill_at(pool, call, number, sign_in_again)
        assert answer.status_code in (303, 502)
        [digest] = stored()
        is_new = digest != digest_of(cookie)
        met.add((answer.status_code, is_new))
        # One goes as the other comes, and the audit knows.
        assert told() - before == is_new
        if answer.status_code == 303:
            assert is_new and digest == digest_of(cookies_of(answer)[NAME][0])
        assert is_signed_in(client, cookie) == (not is_new)
        # Whatever has happened, the person signs in by trying again.
        cookie = cookies_of(sign_in_again())[NAME][0]
        assert is_signed_in(client, cookie)
        assert server.storage.is_whole(), (call, number)

    assert {(502, False), (502, True)} <= met, "cut off before the commit, and after it"
