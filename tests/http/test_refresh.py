"""Grants and refresh tokens at POST /token, protocol sections 3.5, 18 and 19.

Rows are made older instead of waiting: what counts is the time since the last rotation.
"""

import base64
import concurrent.futures
import contextlib
import hashlib
import hmac
import pathlib
import re
import time

import clock
import expect
import jws
import pytest
from conftest import PASSWORD, bearer, eventually, register, running, sign_in, slot_taken
from fastcgi import form_params
from server import is_slot_wanted
from test_cgi import ask, site  # noqa: F401: a fixture

pytestmark = pytest.mark.stored

FORM = "application/x-www-form-urlencoded"
TOKEN = re.compile(r"bwr_[A-Za-z0-9_-]{64}")
COLUMNS = ("gid", "user_id", "client_id", "scope", "created_at", "expires_at", "revoked_at", "reason", "current",
           "previous", "salt", "generation", "rotated_at", "run", "counted", "network", "agent")
FIRST_GENERATION = 1_000_000       # so that the number keeps its size in the row
IDLE, TTL = 1209600, 2592000


# ---- what a token is made of, by another hand

def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def selector_of(token):
    return decode(token[4:])[:16]


def secret_of(token):
    return decode(token[4:])[16:]


def make(selector, secret):
    return "bwr_" + base64.urlsafe_b64encode(selector + secret).decode()


def gid_of(token):
    return hashlib.sha256(b"gid" + selector_of(token)).digest()[:16]


def digest_of(token):
    return hashlib.sha256(secret_of(token)).digest()


def successor_of(token, salt):
    message = b"bearward refresh\0" + selector_of(token) + salt
    return make(selector_of(token), hmac.new(secret_of(token), message, hashlib.sha256).digest())


# ---- asking, and looking at what is stored

def refresh(client, token, **form):
    return client.post("/token", data={"grant_type": "refresh_token", "refresh_token": token, **form})


def refreshed(response):
    body = expect.json_body(response, 200)
    assert response.headers.get_list("pragma") == ["no-cache"]
    return body


def refused(response):
    expect.oauth_error(response, 400, "invalid_grant", "Invalid refresh token")


def row_of(server, token):
    [row] = server.query(f"SELECT {', '.join(COLUMNS)} FROM grants WHERE gid = ?", gid_of(token))
    return dict(zip(COLUMNS, row))


def change(server, token, **columns):
    """Makes the row another one, as if time had passed or more had happened."""
    assignments = ", ".join(f"{name} = ?" for name in columns)
    values = [bool(value) if name == "counted" else value for name, value in columns.items()]
    server.query(f"UPDATE grants SET {assignments} WHERE gid = ?", *values, gid_of(token))


def age(server, token, seconds=61):
    server.query("UPDATE grants SET rotated_at = rotated_at - ? WHERE gid = ?", seconds, gid_of(token))


def rotated(server, client, token):
    """The next token, as a client gets it that comes later than the window."""
    age(server, token)
    return refreshed(refresh(client, token))["refresh_token"]


@contextlib.contextmanager
def unwritten(server):
    """Nobody commits anything meanwhile."""
    before = server.storage.commits()
    yield
    assert server.storage.commits() == before, "something was written"


@pytest.fixture
def begun(client, user):
    """A refresh token of the user, who has just signed in to the shared server."""
    return sign_in(client, user).json()["refresh_token"]


# ---- 18.2, 18.3, 19.1 what a sign-in stores

def test_19_1_a_token_has_the_form_and_only_digests_of_it_are_stored(server, client, user):
    before = clock.now()
    body = sign_in(client, user).json()
    token, claims = body["refresh_token"], jws.parts(body["access_token"])[1]
    row = row_of(server, token)

    assert TOKEN.fullmatch(token)
    assert decode(claims["gid"]) == row["gid"] == gid_of(token)
    assert row["current"] == digest_of(token)
    assert (row["previous"], row["salt"]) == (bytes(32), bytes(16))
    assert before <= row["created_at"] == row["rotated_at"] == claims["iat"] <= time.time()
    assert row["expires_at"] == row["created_at"] + TTL
    assert (row["user_id"], row["client_id"], row["scope"]) == (claims["uid"], claims["client_id"], "")
    assert (row["revoked_at"], row["run"], row["counted"]) == (0, 0, 0)
    assert row["network"] == "127.0.0.0/24"


def test_18_2_each_sign_in_stores_one_grant_and_a_refresh_stores_none(server, client, user):
    def count():
        return server.query("SELECT count(*) FROM grants JOIN users ON users.id = user_id WHERE username = ?",
                       user)[0][0]

    tokens = [sign_in(client, user).json()["refresh_token"] for _ in range(3)]
    assert (count(), len({gid_of(token) for token in tokens})) == (3, 3)

    for token in tokens:
        rotated(server, client, token)
        refreshed(refresh(client, token))
    refused(refresh(client, make(bytes(16), bytes(32))))

    assert count() == 3


def test_18_2_a_sign_in_tells_the_time_and_the_program(server, client, user):
    assert client.post("/token", data={"username": user, "password": PASSWORD}, headers={
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}).status_code == 200

    assert server.query("SELECT agent, grants.created_at - last_sign_in_at FROM grants JOIN users ON users.id = user_id "
                        "WHERE username = ?", user) == [("Firefox on Linux", 0)]


@pytest.fixture(scope="module")
def without(front):
    """A server that gives no refresh tokens."""
    with running(front, refresh_tokens="no") as server, server.client() as client:
        register(client, "alice")
        yield server, client


def test_3_8_without_refresh_tokens_the_answer_is_as_it_was(without):
    server, client = without

    response = sign_in(client, "alice")
    body = refreshed(response)
    expect.oauth_error(refresh(client, make(bytes(16), bytes(32))), 400, "unsupported_grant_type")
    expect.oauth_error(client.post("/token", data={"grant_type": "refresh_token"}), 400, "unsupported_grant_type")

    assert list(body) == ["access_token", "token_type", "expires_in"]
    assert re.fullmatch(rb'{"access_token":"[^"]+","token_type":"bearer","expires_in":1800}', response.content)


def test_18_7_a_grant_without_a_refresh_token_ends_with_its_access_token(without):
    server, client = without

    claims = jws.parts(sign_in(client, "alice").json()["access_token"])[1]
    row = server.query("SELECT expires_at, current, previous, salt FROM grants WHERE gid = ?", decode(claims["gid"]))

    assert row == [(claims["exp"], None, None, None)]


# ---- 19.4 the table

VERDICTS = {
    # what is shown: generations behind; age of the current one; the row's run and counted
    "current, old": (dict(shown=0, age=60), "rotate"),
    "current, old, counted": (dict(shown=0, age=60, run=3, counted=1), "rotate"),
    "current, young": (dict(shown=0, age=0), "same"),
    "current, young, counted": (dict(shown=0, age=30, run=7, counted=1), "same"),
    "previous, young": (dict(shown=1, age=0, run=7), "again"),
    "previous, old, counted": (dict(shown=1, age=3600, run=7, counted=1), "again"),
    "previous, old": (dict(shown=1, age=60), "again, counted"),
    "previous, old, one before the last": (dict(shown=1, age=60, run=6), "again, counted"),
    "previous, old, the last": (dict(shown=1, age=60, run=7), "reuse"),
    "two behind": (dict(shown=2, age=60), "reuse"),
    "two behind, young": (dict(shown=2, age=0), "reuse"),
    "three behind": (dict(shown=3, age=60), "reuse"),
    "a secret that never was": (dict(shown=None, age=60), "reuse"),
}


@pytest.mark.parametrize("state, verdict", VERDICTS.values(), ids=VERDICTS)
def test_19_4_the_verdict_is_that_of_the_table(server, client, user, state, verdict):
    tokens = [sign_in(client, user).json()["refresh_token"]]
    other = sign_in(client, user).json()["refresh_token"]
    for _ in range(3):
        tokens.append(rotated(server, client, tokens[-1]))
    shown = make(selector_of(tokens[0]), bytes(32)) if state["shown"] is None else tokens[-1 - state["shown"]]
    change(server, shown, rotated_at=clock.now() - state["age"], run=state.get("run", 0),
           counted=state.get("counted", 0))
    before = row_of(server, shown)

    with contextlib.nullcontext() if verdict in ("rotate", "again, counted", "reuse") else unwritten(server):
        response = refresh(client, shown)
    after = row_of(server, shown)
    changed = {name: after[name] for name in COLUMNS if after[name] != before[name]}

    if verdict == "reuse":
        refused(response)
        assert set(changed) == {"revoked_at", "reason", "expires_at"} and changed["reason"] == "reuse"
        refused(refresh(client, tokens[-1]))
        assert refreshed(refresh(client, other))["refresh_token"] == other
        assert server.query("SELECT network, detail FROM audit WHERE event = 'reuse' AND user_id = ?", after["user_id"]) == [
            ("127.0.0.0/24", "127.0.0.0/24")]
        return
    body = refreshed(response)
    assert jws.parts(body["access_token"])[1]["gid"] == base64.urlsafe_b64encode(gid_of(shown)).rstrip(b"=").decode()
    assert client.get("/users/me/", headers=bearer(body["access_token"])).json()["username"] == user
    if verdict == "rotate":
        assert body["refresh_token"] == successor_of(shown, after["salt"])
        assert after["current"] == digest_of(body["refresh_token"]) and after["previous"] == digest_of(shown)
        assert after["generation"] == before["generation"] + 1
        assert before["rotated_at"] < after["rotated_at"] == jws.parts(body["access_token"])[1]["iat"]
        assert (after["run"], after["counted"]) == (before["run"] if before["counted"] else 0, 0)
        assert set(changed) <= {"current", "previous", "salt", "generation", "rotated_at", "run", "counted"}
    else:
        assert body["refresh_token"] == tokens[-1]
        if verdict == "again, counted":
            assert changed.pop("rotated_at") == jws.parts(body["access_token"])[1]["iat"]
            assert changed == {"run": before["run"] + 1, "counted": 1}
        else:
            assert changed == {}


def test_19_4_a_salt_is_drawn_for_each_rotation(server, client, begun):
    salts, token = [], begun
    for _ in range(5):
        token = rotated(server, client, token)
        salts.append(row_of(server, token)["salt"])

    assert len(set(salts)) == 5


NO_TOKENS = {
    "unknown": make(b"s" * 16, b"x" * 32), "short": "bwr_AAAA", "no prefix": "A" * 64, "padded": make(b"s" * 16, b"x" * 32) + "=",
    "a blank before it": " " + make(b"s" * 16, b"x" * 32), "another case": make(b"s" * 16, b"x" * 32).upper(),
    "other alphabet": "bwr_" + "+" * 64, "long": "bwr_" + "A" * 10000, "an access token": "a.b.c", "snowman": "\u2603",
    "line break": make(b"s" * 16, b"x" * 32) + "\n", "injection": "' OR 1=1 --",
}


@pytest.mark.parametrize("token", NO_TOKENS.values(), ids=NO_TOKENS)
def test_19_4_what_was_never_given_is_refused(server, client, rfc_client, token):
    with unwritten(server):
        refused(refresh(client, token))
    refused(refresh(rfc_client, token))


ENDS = {
    "ended": dict(revoked_at=1, reason="revoked"),
    "absolute end": dict(expires_at=0),
    "idle": dict(rotated_at=-IDLE),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("behind", [0, 1, 2])
def test_19_11_a_grant_that_is_not_alive_refuses_all_its_tokens_and_stays_as_it_is(server, client, begun, end, behind):
    tokens = [begun]
    for _ in range(2):
        tokens.append(rotated(server, client, tokens[-1]))
    now = clock.now()
    change(server, begun, **{name: value + now if isinstance(value, int) else value for name, value in end.items()})
    before = row_of(server, begun)

    with unwritten(server):
        refused(refresh(client, tokens[-1 - behind]))

    assert row_of(server, begun) == before


def test_19_11_a_grant_lives_until_its_last_second(server, client, begun):
    now = clock.now()
    change(server, begun, rotated_at=now - IDLE + 100, expires_at=now + 100)
    token = refreshed(refresh(client, begun))["refresh_token"]
    assert token != begun

    change(server, begun, expires_at=clock.now() + 100, rotated_at=now - IDLE + 100)

    assert 0 < refreshed(refresh(client, begun))["expires_in"] <= 100


def test_19_4_an_inactive_user_s_token_is_refused_and_works_again_with_him(server, client, user, begun):
    age(server, begun)
    for behind_application in (False, True):
        server.query("UPDATE users SET is_active = ? WHERE username = ?", behind_application, user)
        if not behind_application:
            with unwritten(server):
                refused(refresh(client, begun))

    assert refreshed(refresh(client, begun))["refresh_token"] != begun


def test_18_4_a_deleted_user_s_token_is_refused(server, client, user, begun):
    assert server.command("user", "delete", user).returncode == 0

    refused(refresh(client, begun))


# ---- 18.5, 19.10, 19.13 lives

def test_18_5_the_end_of_a_grant_never_moves(server, client, begun):
    end = row_of(server, begun)["expires_at"]

    token = rotated(server, client, rotated(server, client, begun))

    assert row_of(server, token)["expires_at"] == end


def test_19_10_access_tokens_of_earlier_generations_stay_good(server, client, user):
    bodies = [sign_in(client, user).json()]
    for _ in range(3):
        age(server, bodies[-1]["refresh_token"])
        bodies.append(refreshed(refresh(client, bodies[-1]["refresh_token"])))

    for body in bodies:
        assert client.get("/users/me/", headers=bearer(body["access_token"])).status_code == 200


@pytest.mark.parametrize("columns", [dict(expires_at=100), dict(rotated_at=100 - IDLE)], ids=["absolute", "idle"])
def test_19_13_an_access_token_never_outlives_its_grant(server, client, begun, columns):
    age(server, begun)
    token = refreshed(refresh(client, begun))["refresh_token"]
    now = clock.now()
    # What was shown is the one before, and was counted, so that the refresh is none that counts as a use.
    change(server, begun, counted=1, **{name: now + value for name, value in columns.items()})

    body = refreshed(refresh(client, begun))
    exp = jws.parts(body["access_token"])[1]["exp"]

    assert exp == now + 100
    assert 95 < body["expires_in"] <= 100
    assert body["refresh_token"] == token


def test_19_5_an_access_token_s_life_starts_anew_each_time(server, client, begun):
    assert refreshed(refresh(client, begun))["expires_in"] == 1800
    assert refreshed(refresh(client, rotated(server, client, begun)))["expires_in"] == 1800
    assert refreshed(refresh(client, begun))["expires_in"] == 1800


# ---- 3.5 scope

@pytest.fixture(scope="module")
def scoped(front):
    with running(front, scopes="me notes mail", restricted_scopes="admin", default_scope="me notes") as server:
        with server.client() as client:
            register(client, "alice")
            register(client, "carol")
            assert server.command("user", "scope", "carol", "admin").returncode == 0
            yield server, client


def begin(scoped, name="alice", **form):
    server, client = scoped
    return server, client, refreshed(sign_in(client, name, **form))["refresh_token"]


def test_3_5_scope_narrows_the_access_token_and_the_grant_keeps_its_own(scoped):
    server, client, token = begin(scoped, scope="me notes mail")

    for asked, granted in (("me", "me"), ("mail me", "mail me"), (None, "me notes mail")):
        age(server, token)
        body = refreshed(refresh(client, token, **({"scope": asked} if asked else {})))
        claims = jws.parts(body["access_token"])[1]
        assert (body["scope"], claims["scope"]) == (granted, granted)
        assert list(body) == ["access_token", "token_type", "expires_in", "refresh_token", "scope"]
        token = body["refresh_token"]


def test_3_5_more_scope_than_was_granted_is_refused_and_nothing_is_written(scoped):
    server, client, token = begin(scoped)
    age(server, token)

    with unwritten(server):
        for scope in ("mail", "me mail", "admin", "nobody:has-this"):
            expect.oauth_error(refresh(client, token, scope=scope), 400, "invalid_scope", "Invalid scope")

    assert refreshed(refresh(client, token))["refresh_token"] != token


def test_3_7_the_syntax_of_a_scope_comes_before_the_token_and_reuse_before_the_scope(scoped):
    server, client, token = begin(scoped)
    lost = rotated(server, client, rotated(server, client, token))

    with unwritten(server):
        for broken in ("me  notes", " ", 'me"', "x" * 1025):
            expect.oauth_error(refresh(client, "nonsense", scope=broken), 400, "invalid_scope", "Invalid scope")
            expect.oauth_error(refresh(client, token, scope=broken), 400, "invalid_scope", "Invalid scope")
    refused(refresh(client, "nonsense", scope="nobody:has-this"))
    refused(refresh(client, token, scope="nobody:has-this"))

    refused(refresh(client, lost))


def test_3_5_scope_that_was_withdrawn_is_no_longer_given(scoped):
    server, client, token = begin(scoped, "carol", scope="me admin")
    assert refreshed(refresh(client, token))["scope"] == "me admin"
    assert server.command("user", "scope", "carol").returncode == 0

    assert refreshed(refresh(client, token))["scope"] == "me"
    expect.oauth_error(refresh(client, token, scope="admin"), 400, "invalid_scope", "Invalid scope")
    assert server.command("user", "scope", "carol", "admin").returncode == 0
    assert refreshed(refresh(client, token))["scope"] == "me admin"


def test_3_7_scope_is_ignored_where_none_is_configured(client, rfc_client, begun, new_name):
    assert refreshed(refresh(client, begun, scope="whatever"))["scope"] == ""
    assert "scope" not in refreshed(refresh(client, begun))

    name = new_name()
    register(rfc_client, name)
    token = sign_in(rfc_client, name).json()["refresh_token"]
    expect.oauth_error(refresh(rfc_client, token, scope="whatever"), 400, "invalid_scope", "Invalid scope")


# ---- 3.1, 3.9 the form

def test_3_9_a_missing_refresh_token_is_told_by_dialect(client, rfc_client):
    for form in ({}, {"refresh_token": ""}, {"Refresh_token": "x"}, {"username": "u", "password": "p"}):
        form = {"grant_type": "refresh_token", **form}
        response = client.post("/token", data=form)
        expect.oauth_error(response, 422, "invalid_request")
        assert expect.faults_of(response) == [("missing", "refresh_token")]
        expect.oauth_error(rfc_client.post("/token", data=form), 400, "invalid_request")


def test_3_1_required_parameters_come_before_scope_and_the_query_before_both(client, begun):
    form = {"grant_type": "refresh_token"}
    expect.oauth_error(client.post("/token", data={**form, "scope": "a  b"}), 422, "invalid_request")
    for query in ("refresh_token=x", "refresh_token", f"refresh_token={begun}"):
        response = client.post(f"/token?{query}", data={**form, "refresh_token": begun})
        expect.oauth_error(response, 400, "invalid_request", "Credentials do not belong in the query string")
    for grant_type in ("Refresh_token", "refresh_token ", "refresh"):
        response = client.post("/token", data={"grant_type": grant_type, "refresh_token": begun})
        expect.oauth_error(response, 400, "unsupported_grant_type")
    repeated = f"grant_type=refresh_token&refresh_token={begun}&refresh_token={begun}"
    response = client.post("/token", content=repeated, headers={"Content-Type": FORM})
    expect.oauth_error(response, 400, "invalid_request", "Parameter given more than once")


def test_3_2_client_fields_and_the_authorization_header_are_ignored(client, begun):
    response = client.post("/token", headers={"Authorization": "Basic eDp5"}, data={
        "grant_type": "refresh_token", "refresh_token": begun, "client_id": "x", "client_secret": "y", "username": "z"})

    assert refreshed(response)["refresh_token"] == begun


def test_1_6_a_multipart_form_refreshes_in_dialect_fastapi(client, rfc_client, begun):
    parts = {"grant_type": (None, "refresh_token"), "refresh_token": (None, begun)}

    assert refreshed(client.post("/token", files=parts))["refresh_token"] == begun
    expect.oauth_error(rfc_client.post("/token", files=parts), 415, "invalid_request")


def test_19_4_dialect_rfc_refreshes_alike(rfc_server, rfc_client, new_name):
    name = new_name()
    register(rfc_client, name)
    first = sign_in(rfc_client, name, grant_type="password").json()["refresh_token"]

    second = rotated(rfc_server, rfc_client, first)

    assert second == successor_of(first, row_of(rfc_server, first)["salt"])
    assert refreshed(refresh(rfc_client, first))["refresh_token"] == second
    refused(refresh(rfc_client, make(selector_of(first), bytes(32))))
    refused(refresh(rfc_client, second))


# ---- 19.8 at once

@pytest.mark.core
def test_19_8_simultaneous_requests_with_one_token_all_get_the_same_successor(server, client, user):
    register(client, user)
    for _ in range(4):
        token = sign_in(client, user).json()["refresh_token"]
        age(server, token)

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: refreshed(refresh(client, token)), range(32)))

        assert len({answer["refresh_token"] for answer in answers}) == 1
        assert len({answer["access_token"] for answer in answers}) == 32
        assert row_of(server, token)["generation"] == FIRST_GENERATION + 1


def test_19_8_simultaneous_late_retries_count_once(server, client, begun):
    second = rotated(server, client, begun)
    age(server, begun)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: refreshed(refresh(client, begun)), range(32)))

    assert {answer["refresh_token"] for answer in answers} == {second}
    assert (row_of(server, begun)["run"], row_of(server, begun)["counted"]) == (1, 1)


def test_19_6_a_late_retry_begins_the_window_anew(server, client, begun):
    """Else the first of several tabs to be answered would put the others two generations behind."""
    second = rotated(server, client, begun)      # and nobody is told
    age(server, begun)

    one = refreshed(refresh(client, begun))["refresh_token"]
    reads_the_store = refreshed(refresh(client, one))["refresh_token"]
    was_still_on_its_way = refreshed(refresh(client, begun))["refresh_token"]

    assert {one, reads_the_store, was_still_on_its_way} == {second}
    age(server, begun)
    assert refreshed(refresh(client, second))["refresh_token"] != second


@pytest.mark.plain("is about what is stored")
def test_19_8_simultaneous_processes_all_give_the_same_successor(site):
    def post(body):
        return expect.json_body(ask(site, "token", form_params(body.encode()), body.encode()), 200)["refresh_token"]

    first = post(f"username=alice&password={PASSWORD.replace(' ', '+')}")
    age(site, first)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        given = list(pool.map(post, [f"grant_type=refresh_token&refresh_token={first}"] * 16))

    assert set(given) == {successor_of(first, row_of(site, first)["salt"])}
    assert row_of(site, first)["generation"] == FIRST_GENERATION + 1


# ---- 41.2, 19.9 storage

def pages_written(server, action):
    """How many pages an action adds to the write-ahead log, which is emptied before."""
    with contextlib.closing(server.storage.connect()) as database:
        assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        page_size = database.execute("PRAGMA page_size").fetchone()[0]
    action()
    return pathlib.Path(f"{server.database}-wal").stat().st_size // (page_size + 24)


@pytest.mark.sqlite("pages of its log are what it counts")
def test_41_2_a_rotation_writes_one_page_and_a_retry_none(server, client, begun):
    age(server, begun)
    rotation = pages_written(server, lambda: refreshed(refresh(client, begun)))
    retry = pages_written(server, lambda: refreshed(refresh(client, begun)))
    age(server, begun)
    late_retry = pages_written(server, lambda: refreshed(refresh(client, begun)))

    assert (rotation, retry, late_retry) == (1, 0, 1)


@pytest.mark.plain("is about what is stored")
def test_19_9_what_storage_refuses_is_not_changed_and_what_writes_nothing_goes_on(start_server):
    server = start_server(storage_wait=0)
    with server.client() as client:
        assert eventually(lambda: register(client, "alice").status_code in (200, 409))
        # Who waits for no lock may be refused while a reader of the test's is about.
        first = eventually(lambda: sign_in(client, "alice").json().get("refresh_token"))
        age(server, first)

        with server.storage.taken():
            for response in (refresh(client, first), sign_in(client, "alice")):
                expect.oauth_error(response, 503, "temporarily_unavailable", "Service temporarily unavailable")
                assert int(response.headers["retry-after"]) > 0
        second = refreshed(refresh(client, first))["refresh_token"]

        with server.storage.taken():
            assert refreshed(refresh(client, first))["refresh_token"] == second
            assert refreshed(refresh(client, second))["refresh_token"] == second
        assert second == successor_of(first, row_of(server, first)["salt"])
        assert row_of(server, first)["generation"] == FIRST_GENERATION + 1


def test_19_3_a_successor_that_is_not_the_stored_one_is_never_given(server, client, begun):
    second = rotated(server, client, begun)
    salt = row_of(server, begun)["salt"]
    change(server, begun, salt=bytes(16))

    expect.oauth_error(refresh(client, begun), 503, "temporarily_unavailable")
    change(server, begun, salt=salt)

    assert refreshed(refresh(client, begun))["refresh_token"] == second


def test_15_4_once_the_only_key_is_removed_nobody_refreshes_and_nothing_is_written(start_plain_server):
    server = start_plain_server()
    with server.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["refresh_token"]
        age(server, token)
        (key,) = (server.state / "keys").iterdir()
        assert server.command("key", "remove", key.name, "--force").returncode == 0

        with unwritten(server):
            expect.oauth_error(refresh(client, token), 503, "temporarily_unavailable")
            refused(refresh(client, make(bytes(16), bytes(32))))

    assert row_of(server, token)["generation"] == FIRST_GENERATION


# ---- the guard of a sign-in

@pytest.mark.parametrize("change_of_user", ["signed_out_at = unixepoch()", "is_active = FALSE"])
def test_18_4_a_sign_in_that_began_before_everything_ended_stores_nothing(start_plain_server, change_of_user):
    server = start_plain_server(hash_slots=1)
    with server.client() as client:
        register(client, "alice")
        with concurrent.futures.ThreadPoolExecutor(1) as pool, slot_taken(server):
            pending = pool.submit(sign_in, client, "alice")
            assert eventually(lambda: is_slot_wanted(server))     # so it has read the row
            server.query(f"UPDATE users SET {change_of_user}")
        response = pending.result()

    expect.oauth_error(response, 401, "invalid_grant", "Incorrect username or password")
    assert server.query("SELECT count(*) FROM grants")[0][0] == 0


# ---- CGI

def test_19_4_cgi_programs_refresh_as_well_also_without_the_password_grant(site):
    def post(body, **settings):
        return ask(site, "token", form_params(body.encode(), **settings), body.encode())

    first = expect.json_body(post(f"username=alice&password={PASSWORD.replace(' ', '+')}"), 200)["refresh_token"]
    again = expect.json_body(post(f"grant_type=refresh_token&refresh_token={first}"), 200)["refresh_token"]
    age(site, first)
    # It does not close what was opened with it.
    second = expect.json_body(post(f"grant_type=refresh_token&refresh_token={first}",
                                   BEARWARD_PASSWORD_GRANT="no"), 200)["refresh_token"]

    assert again == first
    assert second == successor_of(first, row_of(site, first)["salt"])
    expect.oauth_error(post("grant_type=refresh_token&refresh_token=x"), 400, "invalid_grant")


# ---- logs

@pytest.mark.only_nginx("reads the log of the responders")
def test_19_7_the_verdict_is_logged_and_reuse_with_where_the_grant_began(start_plain_server):
    server = start_plain_server()
    with server.client() as client:
        register(client, "alice")
        tokens = [sign_in(client, "alice").json()["refresh_token"]]
        refresh(client, tokens[0])
        tokens += [rotated(server, client, tokens[0])]
        refresh(client, tokens[0])
        age(server, tokens[0])
        refresh(client, tokens[0])
        tokens += [rotated(server, client, tokens[1])]
        refresh(client, tokens[0])
        refresh(client, tokens[2])
        refresh(client, "nonsense")
        refresh(client, make(bytes(16), bytes(32)))
    log = server.log()

    assert re.findall(r"event=refreshed user=alice uid=1 client=127.0.0.1 detail=(\w+|\"[^\"]*\")", log) == [
        "same", "rotated", "again", '"again, counted"', "rotated"]
    gid = base64.urlsafe_b64encode(gid_of(tokens[0])).rstrip(b"=").decode()
    assert len(re.findall(rf"warning bearward-token event=\"refresh token reused\" user=alice uid=1 grant={gid} "
                          r"signed_in_from=127.0.0.0/24 client=127.0.0.1", log)) == 1
    assert re.findall(r"event=\"refresh refused\" (?:user=\S+ )?reason=(\w+|\"[^\"]*\")", log) == [
        "ended", "malformed_token", "unknown_token"]
    assert not [token for token in tokens if token in log or token[30:] in log]
