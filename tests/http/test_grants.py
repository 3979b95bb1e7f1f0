"""How many grants there may be, through a real web server (protocol section 18.7)."""


import pytest

import expect
from conftest import bearer, eventually, sign_in

pytestmark = [pytest.mark.only_nginx("is about the database"), pytest.mark.stored]

MOST = 100


def is_signed_in(client, given):
    return client.get("/users/me/", headers=bearer(given["access_token"])).status_code == 200


def refresh(client, given):
    return client.post("/token", data={"grant_type": "refresh_token", "refresh_token": given["refresh_token"]})


def test_18_7_beyond_a_hundred_one_is_refreshed_no_more_and_that_is_said(server, client, user):
    given = [expect.json_body(sign_in(client, user), 200) for _ in range(MOST)]
    [(uid,)] = server.query("SELECT id FROM users WHERE username = ?", user)
    # All of one second: they are told apart by their use.
    server.query("UPDATE grants SET rotated_at = rotated_at - 36000 + rowid - (SELECT min(rowid) FROM grants) "
                 "WHERE user_id = ?", uid)
    given[0] = {**given[0], **expect.json_body(refresh(client, given[0]), 200)}
    # It was renewed before any of the others was given, and since then no more.
    server.query("UPDATE grants SET created_at = created_at - 40000, rotated_at = created_at - 39000 WHERE generation > 1000000 "
                 "AND user_id = ?", uid)
    assert all(is_signed_in(client, each) for each in given[:3])

    last = expect.json_body(sign_in(client, user), 200)

    # Programs that never refresh do not notice.
    assert all(is_signed_in(client, each) for each in (*given[:3], last))
    expect.json_body(refresh(client, given[0]), 200)
    expect.oauth_error(refresh(client, given[1]), 400, "invalid_grant", "Invalid refresh token")
    expect.json_body(refresh(client, given[2]), 200)
    assert server.query("SELECT event, detail, count, network FROM audit WHERE user_id = ? AND event LIKE '%ended'", uid) == [
        ("refresh ended", "room", 1, "127.0.0.0/24")]
    assert eventually(lambda: f'event="refresh ended" user={user} uid={uid} client=127.0.0.1 detail=room' in server.log())
