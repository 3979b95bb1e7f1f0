"""POST /revoke: protocol 7.1, 7.2 and 19.12, RFC 7009."""

import hashlib
import os

import clock
import pytest

import expect
import fastcgi
import raw
from conftest import bearer, eventually, register, running, sign_in
from jws import Forge, decode, encode, make, parts

pytestmark = pytest.mark.stored

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATHS = ["/revoke", "/revoke/"]


def revoke(client, token, path="/revoke", **form):
    return client.post(path, data={"token": token, **form})


def assert_done(response):
    """200 without a body; the same whatever the token was."""
    assert response.status_code == 200, response.text
    assert response.content == b"" and response.headers["content-length"] == "0"
    assert response.headers.get_list("cache-control") == ["no-store"]
    assert response.headers.get_list("pragma") == ["no-cache"]
    assert response.headers.get_list("x-content-type-options") == ["nosniff"]


def is_good(client, token):
    return {200: True, 401: False}[client.get("/users/me/", headers=bearer(token)).status_code]


def is_refreshed(client, token):
    answer = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": token})
    return {200: True, 400: False}[answer.status_code]


def refresh(client, token):
    answer = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": token})
    assert answer.status_code == 200, answer.text
    return answer.json()


def stored(server, table, columns="*"):
    return server.query(f"SELECT {columns} FROM {table} ORDER BY 1")


def everything(server):
    """What a revocation may change."""
    return [stored(server, table) for table in ("grants", "dead_tokens", "audit", "moments")]


# ---- 7.2 what ends

@pytest.mark.core
@pytest.mark.parametrize("path", PATHS)
def test_7_2_refresh_token_ends_its_sign_in_whole_and_no_other(client, user, path):
    first, second = (sign_in(client, user).json() for _ in range(2))
    later = refresh(client, first["refresh_token"])["access_token"]

    assert_done(revoke(client, first["refresh_token"], path))

    assert not is_good(client, first["access_token"]) and not is_good(client, later)
    assert not is_refreshed(client, first["refresh_token"])
    assert is_good(client, second["access_token"]) and is_refreshed(client, second["refresh_token"])


@pytest.mark.core
@pytest.mark.parametrize("path", PATHS)
def test_7_2_access_token_ends_alone(client, user, path):
    given = sign_in(client, user).json()
    later = refresh(client, given["refresh_token"])["access_token"]

    assert_done(revoke(client, given["access_token"], path))

    assert not is_good(client, given["access_token"])
    assert is_good(client, later) and is_refreshed(client, given["refresh_token"])


@pytest.fixture(scope="module")
def strict(front):
    """A server that rotates with each refresh, and takes tokens of the tutorial."""
    with running(front, refresh_window=0, refresh_run=2, accept_tutorial_tokens="yes") as server:
        yield server


@pytest.fixture
def strict_client(strict):
    with strict.client() as client:
        register(client, "alice")
        yield client


def test_19_12_refresh_token_that_was_replaced_long_ago_ends_its_sign_in(strict_client):
    oldest = sign_in(strict_client, "alice").json()
    newest = oldest
    for _ in range(3):
        newest = refresh(strict_client, newest["refresh_token"])
    assert is_good(strict_client, newest["access_token"])

    assert_done(revoke(strict_client, oldest["refresh_token"]))

    assert not is_good(strict_client, newest["access_token"])
    assert not is_refreshed(strict_client, newest["refresh_token"])


def test_19_12_the_selector_alone_is_proof_enough(client, user):
    given = sign_in(client, user).json()
    selector = decode(given["refresh_token"].removeprefix("bwr_"))[:16]

    assert_done(revoke(client, "bwr_" + encode(selector + os.urandom(32))))

    assert not is_refreshed(client, given["refresh_token"])


def test_7_2_access_token_of_a_sign_in_without_a_refresh_token_ends_the_sign_in_itself(start_plain_server):
    server = start_plain_server(refresh_tokens="no")
    with server.client() as client:
        register(client, "alice")
        token, other = (sign_in(client, "alice").json()["access_token"] for _ in range(2))

        assert_done(revoke(client, token))

        assert not is_good(client, token)
        assert is_good(client, other)
    assert sorted(reason for reason, in stored(server, "grants", "reason")) == ["", "revoked"]
    assert stored(server, "dead_tokens") == []


def test_7_2_token_of_a_version_that_stored_no_sign_ins_ends(server, client, user):
    forge = Forge(server, sign_in(client, user).json()["access_token"])
    older, other = (forge.with_claims(without=["gid"], jti=encode(os.urandom(16))) for _ in range(2))
    assert is_good(client, older)

    assert_done(revoke(client, older))

    assert not is_good(client, older)
    assert is_good(client, other) and is_good(client, forge.genuine)


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", "☃"])
def test_7_1_hint_is_ignored_right_or_wrong(client, user, hint):
    given = sign_in(client, user).json()

    assert_done(revoke(client, given["access_token"], token_type_hint=hint))
    assert not is_good(client, given["access_token"])
    assert_done(revoke(client, given["refresh_token"], token_type_hint=hint))
    assert not is_refreshed(client, given["refresh_token"])


@pytest.mark.only_nginx("speaks FastCGI to the responder itself")
def test_15_3_revoked_token_is_refused_by_every_pool_that_had_taken_it(server, client, user):
    given = sign_in(client, user).json()
    later = refresh(client, given["refresh_token"])

    def ask_verify(token):
        params = fastcgi.get_params(HTTP_AUTHORIZATION=f"Bearer {token}")
        return fastcgi.ask(server.socket("verify"), params).status_code

    for revoked, shown in ((given["access_token"], given["access_token"]), (given["refresh_token"], later["access_token"])):
        assert is_good(client, shown) and ask_verify(shown) == 200

        assert_done(revoke(client, revoked))

        assert not is_good(client, shown) and ask_verify(shown) == 401


# ---- 7.2 what changes nothing

def test_7_2_what_is_no_token_or_none_any_more_is_answered_alike_and_changes_nothing(server, client, user):
    given = sign_in(client, user).json()
    forge = Forge(server, given["access_token"])
    header, _, signature = given["access_token"].split(".")
    ended = sign_in(client, user).json()
    assert_done(revoke(client, ended["refresh_token"]))
    gone = {
        "nonsense": "nonsense", "snowman": "☃", "dots": "a.b.c", "long": "x" * 9000,
        "expired": forge.with_claims(exp=clock.now() - 1),
        "signature cut": given["access_token"][:-3],
        "another signature": f"{header}.{given['access_token'].split('.')[1]}.{encode(bytes(32))}",
        "another secret": make(forge.header, forge.claims, b"x" * 40),
        "another key": forge.with_header(kid="x" * 43),
        "no such user": forge.with_claims(uid=10**9),
        "no such sign-in": forge.with_claims(gid=encode(bytes(16))),
        "unknown selector": "bwr_" + encode(bytes(48)),
        "too short": given["refresh_token"][:-1], "too long": given["refresh_token"] + "A",
        "without its prefix": given["refresh_token"].removeprefix("bwr_"),
        "in capitals": given["refresh_token"].upper(),
        "ended": ended["refresh_token"], "of an ended sign-in": ended["access_token"],
    }
    before = everything(server)

    for name, token in gone.items():
        assert_done(revoke(client, token)), name

    assert everything(server) == before
    assert is_good(client, given["access_token"]) and is_refreshed(client, given["refresh_token"])


def test_7_2_token_may_be_revoked_twice(server, client, user):
    given = sign_in(client, user).json()
    for token in (given["access_token"], given["refresh_token"]):
        assert_done(revoke(client, token))
        before = everything(server)
        assert_done(revoke(client, token))
        assert everything(server) == before


def test_15_6_what_is_no_token_needs_no_writing(start_plain_server):
    server = start_plain_server(storage_wait=0)
    with server.client() as client:
        register(client, "alice")
        with server.storage.taken():
            assert_done(revoke(client, "bwr_" + encode(bytes(48))))
            assert_done(revoke(client, "nonsense"))


def test_7_2_token_of_the_tutorial_cannot_be_revoked_and_a_forged_one_is_none(strict, strict_client):
    key = next((strict.state / "keys").iterdir()).read_bytes().rstrip(b"\n")
    header = {"alg": "HS256", "typ": "JWT"}
    claims = {"sub": "alice", "exp": clock.now() + 600}
    strict.query("UPDATE users SET is_imported = TRUE WHERE username = 'alice'")
    genuine, forged = make(header, claims, key), make(header, claims, b"x" * 40)
    assert is_good(strict_client, genuine)

    expect.oauth_error(revoke(strict_client, genuine), 400, "unsupported_token_type")
    assert_done(revoke(strict_client, forged))

    assert is_good(strict_client, genuine)


# ---- 7.1 the request

@pytest.mark.parametrize("path", PATHS)
def test_7_1_request_that_is_wrong_is_refused_and_changes_nothing(server, client, user, path):
    given = sign_in(client, user).json()
    token = given["access_token"]
    wrong = [
        (400, client.post(path, content="", headers=FORM)),
        (400, client.post(path, data={"token": ""})),
        (400, client.post(path, data={"Token": token})),
        (400, client.post(path, content=f"token={token}&token={token}", headers=FORM)),
        (400, client.post(path, content=f"token={token}&x=%", headers=FORM)),
        (400, client.post(path, params={"token": token}, data={"token": token})),
        (400, client.post(path, params={"client_secret": "x"}, data={"token": token})),
        (413, client.post(path, data={"token": "x" * 16384})),
        (415, client.post(path, json={"token": token})),
        (415, client.post(path, files={"token": token})),
        (405, client.get(path, params={"token": token})),
    ]

    for status, response in wrong:
        if status == 413:   # of the web server
            assert response.status_code == 413
            continue
        code = "invalid_request"
        body = expect.oauth_error(response, status, code)
        assert token not in str(body)
    assert is_good(client, token)
    assert token not in server.log() and token not in server.log("access.log")


def test_7_1_missing_token_is_a_400_in_both_dialects(client, rfc_client):
    for other in (client, rfc_client):
        expect.oauth_error(other.post("/revoke", data={"x": "y"}), 400, "invalid_request", "The parameter token is missing")


@pytest.mark.only_nginx("lighttpd asks for the length itself")
@pytest.mark.parametrize("path", PATHS)
def test_1_5_absent_length_gives_411(server, path):
    response = raw.ask(server, "POST", path, "Content-Type: application/x-www-form-urlencoded")

    expect.oauth_error(response, 411, "invalid_request")


def test_3_2_credentials_of_a_client_are_ignored_while_none_is_registered(client, user):
    token = sign_in(client, user).json()["access_token"]

    answer = client.post("/revoke", data={"token": token, "client_id": "x", "client_secret": "y"}, auth=("a", "b"))

    assert_done(answer)
    assert not is_good(client, token)


# ---- 1.10 failure

@pytest.mark.parametrize("path", PATHS)
def test_7_2_storage_that_refuses_is_503_and_never_200(start_plain_server, path):
    server = start_plain_server(storage_wait=0)
    with server.client() as client:
        register(client, "alice")
        given = sign_in(client, "alice").json()
        with server.storage.taken():
            answers = [revoke(client, given[name], path) for name in ("refresh_token", "access_token")]
            assert is_good(client, given["access_token"])
        assert is_refreshed(client, given["refresh_token"])
        server.storage.spoil()
        answers += [revoke(client, given[name], path) for name in ("refresh_token", "access_token")]

    for answer in answers:
        expect.oauth_error(answer, 503, "temporarily_unavailable", "Service temporarily unavailable")
        assert int(answer.headers["retry-after"]) > 0


def test_7_2_without_a_key_access_tokens_are_503_and_refresh_tokens_end(start_plain_server):
    server = start_plain_server()
    with server.client() as client:
        register(client, "alice")
        given = sign_in(client, "alice").json()
        for key in (server.state / "keys").iterdir():
            key.unlink()

        assert eventually(lambda: revoke(client, "nonsense").status_code == 503)
        expect.oauth_error(revoke(client, given["access_token"]), 503, "temporarily_unavailable")
        assert_done(revoke(client, given["refresh_token"]))

    assert stored(server, "grants", "reason") == [("revoked",)]


# ---- 39 what is told of it

def test_39_end_is_told_in_log_and_audit_by_the_number_and_never_by_the_token(start_plain_server):
    server = start_plain_server(refresh_window=0)
    with server.client() as client:
        register(client, "alice")
        given = sign_in(client, "alice").json()
        gid = parts(given["access_token"])[1]["gid"]
        assert_done(revoke(client, given["access_token"]))
        assert_done(revoke(client, given["refresh_token"]))

    assert eventually(lambda: "grant ended" in server.log())
    assert 'event="token revoked" user=alice uid=1 client=127.0.0.1' in server.log()
    assert f'event="grant ended" user=alice uid=1 grant={gid} reason=revoked client=127.0.0.1' in server.log()
    [told] = stored(server, "audit WHERE event = 'grant ended'", "user_id, actor, network, detail, count")
    assert told == (1, "1", "127.0.0.0/24", "revoked", 1)
    for secret in (given["access_token"], given["refresh_token"]):
        assert secret not in server.log()
    assert hashlib.sha256(given["refresh_token"].encode()).hexdigest() not in server.log()
