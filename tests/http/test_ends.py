"""What ends tokens before they expire, and that every process holds to it (protocol 15.3 and 18)."""

import secrets
import shutil
import sqlite3

import expect
import jws
import pytest
from conftest import bearer, register, running, sign_in
from fastcgi import ask, get_params
from test_refresh import refresh

TTL = 1800      # access_token_ttl


@pytest.fixture(scope="module")
def shared(build):
    with running(build) as server:
        yield server


@pytest.fixture
def client(shared):
    with shared.client() as client:
        yield client


@pytest.fixture
def alice(client, new_name):
    """A user's name, and an access token."""
    name = new_name()
    assert register(client, name).status_code == 200
    return name, sign_in(client, name).json()["access_token"]


def change(server, *texts):
    with sqlite3.connect(server.database, timeout=60) as database:
        for text in texts:
            database.execute(text)
    database.close()


def checks(server, client, token):
    """What the processes that check say to a token."""
    return [client.get("/users/me/", headers=bearer(token)),
            ask(server.socket("verify"), [*get_params(), ("HTTP_AUTHORIZATION", f"Bearer {token}")])]


def statuses(server, client, token):
    return [answer.status_code for answer in checks(server, client, token)]


# -- Tokens of the version before ------------------------------------------------------------

# What is in the database, of a token issued at {iat} to the user {name}, and whether it is good.
OLDER = {
    "as it is": ("SELECT 1", True),
    "the user had been signed out before": ("UPDATE users SET signed_out_at = {iat} - 1 WHERE username = '{name}'", True),
    "the user was signed out then": ("UPDATE users SET signed_out_at = {iat} WHERE username = '{name}'", False),
    "the user was registered then": ("UPDATE users SET created_at = {iat} WHERE username = '{name}'", True),
    "the user is younger": ("UPDATE users SET created_at = {iat} + 1 WHERE username = '{name}'", False),
    "nobody knows how old the user is": ("UPDATE users SET created_at = 0 WHERE username = '{name}'", True),
    "grants are as old as its life": ("UPDATE moments SET at = {iat} - {ttl} WHERE name = 'grants'", False),
    "grants are nearly as old": ("UPDATE moments SET at = {iat} - {ttl} + 600 WHERE name = 'grants'", True),
    "nobody knows how old grants are": ("DELETE FROM moments WHERE name = 'grants'", False),
}


@pytest.mark.parametrize("case", OLDER)
def test_18_9_a_token_without_a_grant_is_judged_by_its_user_for_the_life_of_a_token(shared, client, alice, case):
    name, token = alice
    forge = jws.Forge(shared, token)
    older = forge.with_claims(without=["gid"])
    text, is_good = OLDER[case]
    moment = "INSERT OR REPLACE INTO moments VALUES ('grants', {})"
    change(shared, moment.format(forge.claims["iat"]))
    assert statuses(shared, client, older) == [200, 200]        # and it is remembered from here on

    change(shared, text.format(name=name, iat=forge.claims["iat"], ttl=TTL))
    answers = checks(shared, client, older)

    change(shared, moment.format(forge.claims["iat"]))
    for answer in answers:
        if is_good:
            assert answer.status_code == 200
        else:
            expect.bearer_error(answer, 401, "invalid_token")


# -- Grants ----------------------------------------------------------------------------------


def test_18_1_a_token_of_a_grant_that_is_not_there_or_is_another_users_is_refused(shared, client, alice, new_name):
    name, token = alice
    forge = jws.Forge(shared, token)
    other = new_name()
    register(client, other)
    gid = jws.parts(sign_in(client, other).json()["access_token"])[1]["gid"]

    for wrong in (gid, jws.encode(secrets.token_bytes(16)), jws.encode(bytes(16))):
        for answer in checks(shared, client, forge.with_claims(gid=wrong)):
            expect.bearer_error(answer, 401, "invalid_token")
    assert statuses(shared, client, token) == [200, 200]


def test_15_5_what_was_given_after_a_backup_opens_nothing_once_that_is_restored(start_plain_server, tmp_path):
    server = start_plain_server()
    with server.client() as client:
        assert register(client, "before").json()["id"] == 1
        kept = sign_in(client, "before").json()
    server.stop()
    shutil.copytree(server.state, tmp_path / "backup")
    server.start()
    with server.client() as client:
        assert register(client, "lost").json()["id"] == 2
        lost = sign_in(client, "lost").json()
        older = jws.Forge(server, lost["access_token"]).with_claims(without=["gid"])
    server.stop()
    for path in server.state.glob("bearward.db*"):
        path.unlink()
    for path in (tmp_path / "backup").glob("bearward.db*"):
        server.own(shutil.copy2(path, server.state))
    server.start()

    with server.client() as client:
        assert register(client, "next").json()["id"] == 2
        # As a minute later: one without a grant goes by that.
        change(server, "UPDATE users SET created_at = created_at + 60 WHERE id = 2")

        for token in (lost["access_token"], older):
            for answer in checks(server, client, token):
                expect.bearer_error(answer, 401, "invalid_token")
        expect.oauth_error(refresh(client, lost["refresh_token"]), 400, "invalid_grant", "Invalid refresh token")
        assert statuses(server, client, kept["access_token"]) == [200, 200]
        assert refresh(client, kept["refresh_token"]).status_code == 200


def test_41_2_a_check_writes_no_page(shared, client, alice):
    def pages():
        return [path.read_bytes() for path in sorted(shared.state.glob("bearward.db*")) if path.suffix != ".db-shm"]

    before = pages()

    for _ in range(20):
        assert statuses(shared, client, alice[1]) == [200, 200]

    assert pages() == before
