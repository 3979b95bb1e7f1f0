"""The use of a link that is cut off anywhere by kill -9 (protocol sections 15.1 and 37.2)."""

import os

import pytest
from conftest import PASSWORD, register, sign_in
from killed import kill_at, killable, needs_strace, some, steps  # noqa: F401 (a fixture)
from test_links import NEW, SETTINGS, link_of, look, use
from test_signin import NAME, cookies_of, is_signed_in, post

pytestmark = [pytest.mark.only_nginx("is about the responder"), pytest.mark.slow]

KILLS = int(os.environ.get("LINK_KILLS", 15))


@pytest.fixture
def service(needs_strace, start_plain_server):  # noqa: F811
    with killable(start_plain_server(**SETTINGS), "account") as (pool, server, client):
        assert register(client, "alice").status_code == 200
        yield pool, server, client


def test_15_1_a_link_whose_use_is_cut_off_anywhere_has_set_the_password_or_is_as_good_as_before(service):
    pool, server, client = service
    calls = steps(pool, lambda: use(client, link_of(server, "alice"), PASSWORD))
    assert {server.storage.call, "getrandom", "write"} <= {name for name, _ in calls}
    pool.start()
    met = set()

    for turn, (call, number) in enumerate(some(calls, KILLS)):
        old, new = (PASSWORD, NEW) if turn % 2 == 0 else (NEW, PASSWORD)
        token, cookie = link_of(server, "alice"), cookies_of(post(client, "alice", old))[NAME][0]
        answer = kill_at(pool, call, number, lambda: use(client, token, new))
        assert answer.status_code in (303, 502), answer.text
        is_used = look(client, token).status_code == 410
        met.add((answer.status_code, is_used))
        # All that belongs to it is one change: link, password, and the end of what there was.
        assert is_used or answer.status_code == 502
        assert is_signed_in(client, cookie) != is_used
        assert sign_in(client, "alice", old).status_code == (401 if is_used else 200)
        if answer.status_code == 303:
            assert is_signed_in(client, cookies_of(answer)[NAME][0])
        if not is_used:
            assert use(client, token, new).status_code == 303
        assert sign_in(client, "alice", new).status_code == 200
        assert server.storage.is_whole(), (call, number)

    assert {(502, False), (502, True)} <= met, "cut off before the commit, and after it"
