"""Programs look after the account of the bearer: /users/me/... (protocol section 20)."""

import concurrent.futures
import json
import os
import re
import secrets
import subprocess
import threading
import time

import clock
import expect
import pytest
import raw
from conftest import PASSWORD, TOP, bearer, eventually, register, running, sign_in
from jws import Forge, encode, parts
from sessions import Session
from test_attempts import counting
from test_signin import cookies_of, is_signed_in, post, with_cookie

pytestmark = pytest.mark.stored

COOKIE = "__Host-Http-bearward"
NEW = "another horse battery staple"
ADMITTED = {"current_password": PASSWORD}
# Each call, with a body that does what it is for.
CALLS = {
    "password": ("POST", {**ADMITTED, "new_password": PASSWORD}),
    "sessions": ("GET", None),
    "end": ("POST", {"end": "others"}),
    "profile": ("POST", {"display_name": "Alice"}),
    "audit": ("GET", None),
    "export": ("GET", None),
    "delete": ("POST", ADMITTED),
}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def path_of(call):
    return f"/users/me/{'sessions' if call == 'end' else call}"


def call(client, name, headers, **options):
    method, body = CALLS[name]
    return client.request(method, path_of(name), headers=headers, **({"json": body} if body else {}), **options)


class Alice:
    """A user with a name of her own, and what she was given first."""

    def __init__(self, server, client, name):
        assert register(client, name).is_success
        self.server, self.client, self.name = server, client, name
        self.tokens = self.sign_in()
        [[self.id]] = server.query("SELECT id FROM users WHERE username = ?", name)

    def sign_in(self, password=PASSWORD):
        answer = sign_in(self.client, self.name, password)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def browse(self):
        return cookies_of(post(self.client, self.name))[COOKIE][0]

    def ask(self, path, body, token=None):
        return self.client.post(f"/users/me/{path}", json=body, headers=bearer(token or self.token))

    @property
    def token(self):
        return self.tokens["access_token"]

    def change_password(self, current=PASSWORD, new=NEW, token=None):
        return self.ask("password", {"current_password": current, "new_password": new}, token)

    def sessions(self, token=None):
        return expect.json_body(self.client.get("/users/me/sessions", headers=bearer(token or self.token)), 200)["sessions"]

    def stored(self):
        """All that a refused request must leave as it was."""
        return [self.server.query(f"SELECT * FROM {table} WHERE {column} = ? ORDER BY 1", self.id) for table, column in (
            ("users", "id"), ("grants", "user_id"), ("sessions", "user_id"), ("audit", "user_id"))]


@pytest.fixture(scope="module")
def shared(build):
    with running(build) as server:
        yield server


@pytest.fixture
def client(shared):
    with shared.client() as client:
        yield client


@pytest.fixture
def alice(shared, client, new_name):
    return Alice(shared, client, new_name())


def is_done(answer):
    assert answer.status_code == 204, answer.text
    assert answer.content == b"" and "content-type" not in answer.headers
    expect.headers_of_every_answer(answer)


def is_good(client, token):
    return {200: True, 401: False}[client.get("/users/me/", headers=bearer(token)).status_code]


def is_refreshed(client, tokens):
    answer = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
    return {200: True, 400: False}[answer.status_code]


def moments_near(now, *moments):
    return all(abs(moment - now) < 600 for moment in moments)


# -- 20.1 Password --------------------------------------------------------------------------


def test_20_1_the_grant_of_the_change_goes_on_and_all_else_of_the_user_ends(shared, client, alice, new_name):
    other, cookie, bob = alice.sign_in(), alice.browse(), Alice(shared, client, new_name())

    is_done(alice.change_password())

    assert is_good(client, alice.token) and is_refreshed(client, alice.tokens)
    assert not is_good(client, other["access_token"]) and not is_refreshed(client, other)
    assert not is_signed_in(client, cookie)
    assert is_good(client, bob.token)
    assert sign_in(client, alice.name).status_code == 401
    assert sign_in(client, alice.name, NEW).status_code == 200
    [[changed_at]] = shared.query("SELECT password_changed_at FROM users WHERE id = ?", alice.id)
    assert moments_near(time.time(), changed_at)


def test_20_1_a_wrong_current_password_is_403_and_changes_nothing(shared, client, alice):
    before = alice.stored()

    for answer in (alice.change_password("wrong password"), alice.change_password(""), alice.change_password("x" * 2000),
                   alice.ask("profile", {"email": "a@b.example", "current_password": "wrong password"}),
                   alice.ask("delete", {"current_password": "wrong password"})):
        expect.detail(answer, 403, "Incorrect password")
        assert "www-authenticate" not in answer.headers

    assert alice.stored()[:3] == before[:3]
    refusals = [line for line in shared.log().splitlines() if alice.name in line and "refused" in line]
    assert len(refusals) == 5 and all("client=127.0.0.1" in line for line in refusals)
    assert len({re.search("reason=(\"[^\"]*\"|[^ ]*)", line)[1] for line in refusals}) == 1


BAD_PASSWORDS = {
    "short 1": "string_too_short", "": "string_too_short", "x" * 1025: "string_too_long", "password1": "value_error",
    "control \x07 character": "value_error", "{name}": "value_error",
}


@pytest.mark.parametrize("new, type", BAD_PASSWORDS.items(), ids=map(repr, range(len(BAD_PASSWORDS))))
def test_20_1_a_new_password_against_5_2_is_422_whatever_the_current_one(shared, client, alice, new, type):
    # Names may be shorter than a password.
    shared.query("UPDATE users SET username_key = 'longer' || username_key WHERE id = ?", alice.id)

    for current in (PASSWORD, "wrong password"):
        answer = alice.change_password(current, new.format(name=f"longer{alice.name}"))
        assert expect.faults(answer) == [(type, "new_password")]


BAD_BODIES = {
    "password": {
        "{}": [("missing", "current_password"), ("missing", "new_password")],
        '{"new_password": "x", "current_password": null}': [("string_type", "current_password")],
        '{"new_password": 7, "current_password": ["x"]}': [("string_type", "current_password"), ("string_type", "new_password")],
        "[]": [("value_error", "")],
    },
    "sessions": {
        "{}": [("missing", "end")], '{"end": 1}': [("string_type", "end")], '{"end": null}': [("string_type", "end")],
        '"all"': [("value_error", "")],
    },
    "profile": {
        "{}": [("missing", "email")], "null": [("value_error", "")],
        '{"email": null, "display_name": null}': [("string_type", "email"), ("string_type", "display_name")],
        '{"email": "nobody", "display_name": "a\\u0000b"}': [("json_invalid", "")],
        '{"email": "nobody", "display_name": "a\\u0001b"}': [("value_error", "email"), ("value_error", "display_name")],
        '{"email": "a@b.example"}': [("missing", "current_password")],
        '{"email": "a@b.example", "current_password": 1}': [("string_type", "current_password")],
    },
    "delete": {
        "{}": [("missing", "current_password")], '{"current_password": 1}': [("string_type", "current_password")],
        "7": [("value_error", "")],
    },
}
MALFORMED = ["", "{", '{"end": "all"} x', '{"end": "all", "end": "all"}', '{"end": "\\ud800"}', "[" * 17 + "]" * 17,
             "\ufeff{}", "{'end': 'all'}", '{"end": NaN}']


@pytest.mark.parametrize("path", BAD_BODIES)
def test_20_a_body_that_is_not_as_it_should_be_is_422_and_says_where(shared, client, alice, path):
    headers = {**bearer(alice.token), "Content-Type": "application/json"}
    cases = {**BAD_BODIES[path], **{body: [("json_invalid", "")] for body in MALFORMED}}
    before = alice.stored()

    for body, faults in cases.items():
        assert expect.faults(client.post(f"/users/me/{path}", content=body.encode(), headers=headers)) == faults, body

    assert alice.stored() == before
    expect.detail(client.post(f"/users/me/{path}", content=b"a=b", headers=bearer(alice.token)), 415, "Send application/json")
    expect.detail(client.post(f"/users/me/{path}", content=b'{"a": "' + b"x" * 17000 + b'"}', headers=headers), 413)
    expect.detail(raw.ask(shared, "POST", f"/users/me/{path}", "Content-Type: application/json"), 411)


def test_1_8_what_is_no_json_is_400_in_dialect_rfc(rfc_server, rfc_client, new_name):
    alice = Alice(rfc_server, rfc_client, new_name())

    for path in BAD_BODIES:
        answer = rfc_client.post(f"/users/me/{path}", content=b"{", headers={**bearer(alice.token), "Content-Type": "application/json"})
        expect.detail(answer, 400, "Malformed JSON")
        assert alice.ask(path, {}).status_code == 422


# -- Who may ask ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
def test_20_1_only_a_bearer_token_counts_and_never_a_cookie(shared, client, alice, new_name, name):
    bob = Alice(shared, client, new_name())
    cookie, before = with_cookie(alice.browse()), alice.stored()

    for headers in ({}, cookie, {**cookie, "Sec-Fetch-Site": "same-origin"}, {"Authorization": "Basic YTpi", **cookie}):
        answer = call(client, name, headers)
        expect.detail(answer, 401, "Not authenticated")
        assert "error" not in expect.challenge(answer)
    for headers in ({**bearer("nonsense"), **cookie}, {**bearer(alice.tokens["refresh_token"]), **cookie}):
        expect.bearer_error(call(client, name, headers), 401, "invalid_token", "Could not validate credentials")
    answer = call(client, name, {**bearer(alice.token), **cookie}, params={"access_token": alice.token})
    expect.bearer_error(answer, 400, "invalid_request", "Malformed authorization")
    # Beside the token of somebody else it is that one's account.
    call(client, name, {**bearer(bob.token), **cookie})

    assert alice.stored() == before


def test_6_2_who_is_disabled_is_told_so(shared, client, alice):
    shared.query("UPDATE users SET is_active = FALSE WHERE id = ?", alice.id)

    for name in CALLS:
        expect.bearer_error(call(client, name, bearer(alice.token)), 401, "invalid_token", "Inactive user")


def test_20_a_token_that_may_not_read_users_me_may_do_none_of_it(start_plain_server, new_name):
    server = start_plain_server(scopes="me other", me_scope="me")
    with server.client() as client:
        alice = Alice(server, client, new_name())
        before = alice.stored()
        for name in CALLS:
            answer = call(client, name, bearer(alice.token))
            assert expect.bearer_error(answer, 403, "insufficient_scope", "Not enough permissions")["scope"] == "me"
        assert alice.stored() == before

        token = sign_in(client, alice.name, scope="me").json()["access_token"]
        is_done(alice.change_password(token=token))


ALLOWED = {"sessions": "GET, HEAD, OPTIONS, POST", "audit": "GET, HEAD, OPTIONS", "export": "GET, HEAD, OPTIONS"}


@pytest.mark.parametrize("path", ["password", "sessions", "profile", "audit", "export", "delete"])
def test_1_2_each_path_has_its_methods_with_and_without_the_last_slash(client, alice, path):
    allowed = ALLOWED.get(path, "OPTIONS, POST")

    for spelling in (path, f"{path}/"):
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"):
            answer = client.request(method, f"/users/me/{spelling}", headers=bearer(alice.token))
            assert (answer.status_code == 405) == (method not in allowed), (method, spelling)
            if answer.status_code == 405 or method == "OPTIONS":
                assert answer.headers["allow"] == allowed


# -- 36.1 Budgets ---------------------------------------------------------------------------


def test_36_1_wrong_current_passwords_and_wrong_logins_are_charged_to_one_budget(start_plain_server, new_name):
    server = start_plain_server(**counting(account_source=6))
    with server.client() as client:
        alice, bob = Alice(server, client, new_name()), Alice(server, client, new_name())
        # What is right is given back, and what is not looked at costs nothing.
        for current, new in [(PASSWORD, NEW), (NEW, PASSWORD)] * 4:
            is_done(alice.change_password(current, new))
        for _ in range(8):
            assert alice.change_password("wrong password", "short").status_code == 422

        statuses = [alice.change_password("wrong password").status_code,
                    alice.ask("delete", {"current_password": "wrong password"}).status_code,
                    alice.ask("profile", {"email": "a@b.example", "current_password": "wrong password"}).status_code,
                    sign_in(client, alice.name, "wrong password").status_code,
                    post(client, alice.name, "wrong password").status_code,
                    alice.change_password("wrong password").status_code]

        assert statuses == [403, 403, 403, 401, 401, 403]
        for answer in (alice.change_password(), alice.ask("delete", ADMITTED),
                       alice.ask("profile", {"email": "a@b.example", **ADMITTED})):
            expect.detail(answer, 429, "Too many attempts")
            assert 1 <= int(answer.headers["retry-after"]) <= 900
        assert sign_in(client, alice.name).status_code == 429
        # It is her budget alone, and what takes no password takes none of it.
        is_done(bob.change_password())
        is_done(alice.ask("profile", {"display_name": "Alice"}))
        is_done(alice.ask("sessions", {"end": "all"}))


# -- 20.2 and 20.3 Sessions -----------------------------------------------------------------


def test_20_2_sessions_and_grants_are_listed_newest_first_and_this_one_is_marked(shared, client, alice, new_name):
    Alice(shared, client, new_name()).browse()
    now = clock.now()
    shared.query("UPDATE grants SET created_at = created_at - 10, rotated_at = rotated_at - 5 WHERE user_id = ?", alice.id)
    browser = Session(shared, alice.name, created_at=now - 20, seen_at=now - 7, network="2001:db8:1:2::/64", agent="Firefox on Linux")
    Session(shared, alice.name, seen_at=now - 50000)        # left alone for too long
    cookie = alice.browse()
    later = client.post("/token", data={"username": alice.name, "password": PASSWORD}, headers={"User-Agent": "x; curl/8"}).json()
    shared.query("UPDATE grants SET created_at = created_at + 10 WHERE user_id = ? AND agent = 'curl'", alice.id)
    gone = alice.sign_in()
    client.post("/revoke", data={"token": gone["refresh_token"]})

    listed = alice.sessions()

    assert [set(entry) for entry in listed] == [{"id", "kind", "client", "created_at", "last_seen_at", "expires_at", "network",
                                                 "agent", "is_current"}] * 4
    gids = [parts(tokens["access_token"])[1]["gid"] for tokens in (later, alice.tokens)]
    assert [entry["id"] for entry in listed] == [gids[0], listed[1]["id"], gids[1], browser.public_id]
    assert [entry["kind"] for entry in listed] == ["program", "browser", "program", "browser"]
    assert [entry["client"] for entry in listed] == ["bearward", "", "bearward", ""]
    assert [entry["network"] for entry in listed] == ["127.0.0.0/24"] * 3 + ["2001:db8:1:2::/64"]
    assert [entry["agent"] for entry in listed][::3] == ["curl", "Firefox on Linux"]
    assert [entry["is_current"] for entry in listed] == [False, False, True, False]
    assert listed[3]["created_at"] == now - 20 and listed[3]["last_seen_at"] == now - 7
    assert listed[3]["expires_at"] == now - 7 + 43200
    for entry in listed:
        assert entry["created_at"] <= entry["last_seen_at"] + 10 and entry["expires_at"] > now + 40000
    # Who asks with the other token sees the other marked.
    assert [entry["is_current"] for entry in alice.sessions(later["access_token"])] == [True, False, False, False]
    assert cookie not in json.dumps(listed) and browser.value not in json.dumps(listed)


def test_20_3_an_id_ends_that_one_also_when_it_is_the_own(client, alice):
    other, cookie = alice.sign_in(), alice.browse()
    gid, own = (parts(tokens["access_token"])[1]["gid"] for tokens in (other, alice.tokens))
    [browser] = [entry["id"] for entry in alice.sessions() if entry["kind"] == "browser"]

    is_done(alice.ask("sessions", {"end": gid}))
    assert not is_good(client, other["access_token"]) and not is_refreshed(client, other) and is_signed_in(client, cookie)
    is_done(alice.ask("sessions", {"end": browser}))
    assert not is_signed_in(client, cookie) and is_good(client, alice.token)
    is_done(alice.ask("sessions", {"end": own}))
    assert not is_good(client, alice.token) and not is_refreshed(client, alice.tokens)


def test_20_3_what_is_not_the_users_or_not_there_is_404_with_one_text(shared, client, alice, new_name):
    bob = Alice(shared, client, new_name())
    browser = Session(shared, bob.name)
    gone = parts(alice.sign_in()["access_token"])[1]["gid"]
    is_done(alice.ask("sessions", {"end": gone}))
    ids = [parts(bob.token)[1]["gid"], browser.public_id, gone, "A" * 22, secrets.token_urlsafe(16), "", "x", "Others", "ALL", "\u00fc",
           "a" * 10000, f"{parts(alice.token)[1]['gid']}=", str(browser.id)]

    for wrong in ids:
        expect.detail(alice.ask("sessions", {"end": wrong}), 404, "No such session")

    assert is_good(client, bob.token) and is_good(client, alice.token)
    assert shared.query("SELECT 1 FROM sessions WHERE id = ?", browser.id)


def test_20_3_others_leaves_this_one_and_all_leaves_none(client, alice):
    for end, is_left in (("others", True), ("all", False)):
        others, cookies = [alice.sign_in() for _ in range(3)], [alice.browse() for _ in range(2)]

        is_done(alice.ask("sessions", {"end": end}))

        assert not any(is_good(client, tokens["access_token"]) or is_refreshed(client, tokens) for tokens in others)
        assert not any(is_signed_in(client, cookie) for cookie in cookies)
        assert is_good(client, alice.token) == is_left
        assert is_refreshed(client, alice.tokens) == is_left
    assert sign_in(client, alice.name).status_code == 200


# -- Profile --------------------------------------------------------------------------------


def profile_of(alice):
    return alice.server.query("SELECT email, email_verified, display_name FROM users WHERE id = ?", alice.id)[0]


def test_20_a_new_address_takes_the_password_and_is_not_verified_and_a_display_name_takes_none(shared, client, alice):
    with_password = {"current_password": PASSWORD}

    is_done(alice.ask("profile", {"display_name": "Alice \u00c4"}))
    assert profile_of(alice) == (None, 0, "Alice \u00c4")
    expect.faults(alice.ask("profile", {"email": "alice@example.org", "display_name": "Mallory"}))
    is_done(alice.ask("profile", {"email": "alice@example.org", **with_password}))
    assert profile_of(alice) == ("alice@example.org", 0, "Alice \u00c4")
    shared.query("UPDATE users SET email_verified = TRUE, groups = 'staff', scope = 'me' WHERE id = ?", alice.id)
    # The same address is no change; nor does anything else that is sent count.
    is_done(alice.ask("profile", {"email": "alice@example.org", "display_name": "", "groups": "admin", "email_verified": False,
                                  "scope": "admin", "is_active": False, "id": 1}))
    assert events_of(alice)[0]["detail"] == "display_name"
    assert profile_of(alice) == ("alice@example.org", 1, None)
    assert shared.query("SELECT groups, scope, is_active FROM users WHERE id = ?", alice.id) == [("staff", "me", 1)]
    is_done(alice.ask("profile", {"email": "Alice@example.org", "display_name": "A", **with_password}))
    assert profile_of(alice) == ("Alice@example.org", 0, "A")
    assert expect.faults(alice.ask("profile", {"email": ""})) == [("missing", "current_password")]
    is_done(alice.ask("profile", {"email": "", **with_password}))
    assert profile_of(alice) == (None, 0, "A")
    assert is_good(client, alice.token)


def test_20_what_an_application_allows_once_is_422_and_changes_nothing(start_plain_server, new_name):
    server = start_plain_server()
    with server.client() as client:
        alice, bob = (Alice(server, client, new_name()) for _ in range(2))
        server.query("CREATE UNIQUE INDEX ix_users_email ON users (email)")
        is_done(alice.ask("profile", {"email": "a@b.example", **ADMITTED}))

        answer = bob.ask("profile", {"email": "a@b.example", "display_name": "Bob", **ADMITTED})

        assert expect.faults(answer) == [("value_error", "")]
        assert profile_of(bob) == (None, 0, None)


# -- 20.4 Deleting --------------------------------------------------------------------------

OF_USER = ["grants", "sessions", "known_networks", "tickets", "outbox"]


def fill(server, user_id):
    """A row of the user in every table that has any."""
    server.query("INSERT INTO known_networks VALUES (?, '127.0.0.1', 1)", user_id)
    server.query("INSERT INTO tickets (digest, kind, user_id, data, expires_at) VALUES (?, 'link', ?, 'd', 9999999999)",
                 os.urandom(32), user_id)
    server.query("INSERT INTO outbox (at, user_id, kind, data) VALUES (1, ?, 'link', 'language=de')", user_id)


def test_20_4_a_deleted_user_is_gone_with_everything_and_the_id_never_returns(shared, client, alice):
    other, cookie = alice.sign_in(), alice.browse()
    fill(shared, alice.id)
    assert all(shared.query(f"SELECT 1 FROM {table} WHERE user_id = ?", alice.id) for table in OF_USER)

    is_done(alice.ask("delete", {"current_password": PASSWORD}))

    assert shared.query("SELECT 1 FROM users WHERE id = ?", alice.id) == []
    assert not any(shared.query(f"SELECT 1 FROM {table} WHERE user_id = ?", alice.id) for table in OF_USER)
    assert sign_in(client, alice.name).status_code == 401 and post(client, alice.name).status_code == 401
    # Even with the name given again.
    assert register(client, alice.name).json()["id"] > alice.id
    for token in (alice.token, other["access_token"]):
        expect.bearer_error(client.get("/users/me/", headers=bearer(token)), 401, "invalid_token")
        expect.bearer_error(alice.ask("delete", ADMITTED, token), 401, "invalid_token")
    assert not is_refreshed(client, other) and not is_signed_in(client, cookie)
    rows = shared.query("SELECT * FROM audit WHERE user_id = ?", alice.id)
    assert rows and alice.name not in repr(rows)


def test_20_4_whom_the_tables_of_an_application_refer_to_stays_as_he_is_and_is_told_what_to_do(start_plain_server, new_name):
    server = start_plain_server()
    with server.client() as client:
        alice = Alice(server, client, new_name())
        cookie = alice.browse()
        server.query("CREATE TABLE orders (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES users (id))")
        server.query("INSERT INTO orders VALUES (1, ?)", alice.id)
        before = alice.stored()

        text = expect.detail(alice.ask("delete", ADMITTED), 409)

        assert "ask whoever runs it" in text
        assert alice.stored()[:3] == before[:3]
        assert is_good(client, alice.token) and is_signed_in(client, cookie) and is_refreshed(client, alice.tokens)
        server.query("DELETE FROM orders")
        is_done(alice.ask("delete", ADMITTED))


# -- Export ---------------------------------------------------------------------------------


def test_20_everything_that_is_stored_is_exported_and_nothing_that_lets_anyone_in(shared, client, alice, new_name):
    Alice(shared, client, new_name())
    alice.browse()
    alice.ask("profile", {"email": "a@b.example", "display_name": "\"A\\\U0001f43b", **ADMITTED})
    fill(shared, alice.id)
    ended = alice.sign_in()
    client.post("/revoke", data={"token": ended["refresh_token"]})

    answer = client.get("/users/me/export", headers=bearer(alice.token))
    head = client.head("/users/me/export", headers=bearer(alice.token))

    document = expect.json_body(answer, 200)
    assert answer.headers["content-disposition"] == head.headers["content-disposition"] == 'attachment; filename="account.json"'
    assert moments_near(time.time(), document.pop("exported_at"))
    # Whatever table of ours tells of users is in it.
    tables = {name for name, columns in shared.storage.tables().items() if "user_id" in columns}
    assert document.keys() == {"user"} | tables
    assert document["user"] == {
        "id": alice.id, "username": alice.name, "is_active": True, "scope": "", "groups": "", "email": "a@b.example",
        "email_verified": False, "display_name": "\"A\\\U0001f43b", "is_imported": False, "password_changed_at": None,
        "created_at": document["user"]["created_at"], "last_sign_in_at": document["user"]["last_sign_in_at"], "signed_out_at": None}
    for table in tables:
        assert document[table], table
        # What happens meanwhile may add to the audit, and what has ended is removed now and then.
        stored = shared.query(f"SELECT count(*) FROM {table} WHERE user_id = ?", alice.id)[0][0]
        assert table == "audit" or len(document[table]) >= stored
    gids = [parts(tokens["access_token"])[1]["gid"] for tokens in (ended, alice.tokens)]
    assert {grant["id"] for grant in document["grants"]} == set(gids)
    assert [grant["id"] for grant in document["grants"] if grant["revoked_at"]] == gids[:1]
    secret = [value for table in ("users", "grants", "sessions", "tickets") for row in shared.query(
        f"SELECT * FROM {table} WHERE {'id' if table == 'users' else 'user_id'} = ?", alice.id)
        for value in row if isinstance(value, bytes) and len(value) > 16 or str(value).startswith("$s1$")]
    assert len(secret) >= 5
    for value in secret:
        assert value not in answer.text if isinstance(value, str) else encode(value)[:30] not in answer.text


@pytest.mark.parametrize("count, told", [(10_000, 10_000), (100_100, 100_000)])
@pytest.mark.plain("is about many")
def test_20_ten_thousand_audit_rows_are_exported_whole_and_of_very_many_the_newest(shared, client, new_name, count, told):
    alice = Alice(shared, client, new_name())
    shared.query("DELETE FROM audit WHERE user_id = ?", alice.id)
    shared.query("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                 "INSERT INTO audit (at, event, user_id, actor, network, detail) "
                 "SELECT i, 'sign-in', ?, 'command:root', '127.0.0.0/24', 'row ' || i FROM n", count, alice.id)

    answer = client.get("/users/me/export", headers=bearer(alice.token))

    rows = expect.json_body(answer, 200)["audit"]
    assert [row["at"] for row in rows] == list(range(count, count - told, -1))
    assert {row["by"] for row in rows} == {"operator"} and "command" not in answer.text
    shared.query("DELETE FROM audit WHERE user_id = ?", alice.id)


# -- 39 What happened -----------------------------------------------------------------------


def events_of(alice, **params):
    answer = alice.client.get("/users/me/audit", headers=bearer(alice.token), params=params)
    return expect.json_body(answer, 200)["events"]


def test_39_2_users_see_what_they_did_and_what_was_done_to_them(shared, client, alice, new_name):
    Alice(shared, client, new_name()).change_password()
    gid = parts(alice.sign_in()["access_token"])[1]["gid"]
    alice.ask("sessions", {"end": gid})
    alice.change_password("wrong password")
    alice.change_password()
    alice.ask("profile", {"email": "alice@example.org", "current_password": NEW})
    for _ in range(3):
        alice.ask("sessions", {"end": "others"})
        client.get("/users/me/export", headers=bearer(alice.token))
    assert shared.command("user", "scope", alice.name, "users:create").returncode == 0

    events = events_of(alice)

    assert [entry["id"] for entry in events] == sorted((entry["id"] for entry in events), reverse=True)
    story = [(entry["event"], entry["by"]) for entry in reversed(events)]
    assert list(dict.fromkeys(story)) == [
        ("user made", "user"), ("sign-in", "user"), ("grant ended", "user"), ("refused", ""), ("password changed", "user"),
        ("profile changed", "user"), ("sign-out", "user"), ("data exported", "user"), ("scope changed", "operator")]
    for entry in events:
        assert entry.keys() == {"id", "at", "event", "by", "client", "network", "detail", "count"}
        assert moments_near(time.time(), entry["at"]) and entry["count"] >= 1
        assert entry["network"] == ("" if entry["by"] == "operator" else "127.0.0.0/24")
    text = json.dumps(events)
    assert not any(word in text for word in (alice.name, "alice@example.org", PASSWORD, NEW, gid, "command:"))


def test_39_1_what_takes_no_password_fills_no_audit_in_whatever_order_it_is_done(shared, client, alice):
    before = len(events_of(alice))

    for _ in range(8):
        is_done(alice.ask("profile", {"display_name": "Alice"}))
        assert client.get("/users/me/export", headers=bearer(alice.token)).status_code == 200
        is_done(alice.ask("sessions", {"end": "others"}))

    # The next hour may have begun.
    told = events_of(alice)[:-before]
    assert len(told) <= 6 and sum(entry["count"] for entry in told) == 24


def test_39_2_a_long_list_is_read_in_pages_and_nobody_elses(shared, client, alice, new_name):
    bob = Alice(shared, client, new_name())
    shared.query("DELETE FROM audit WHERE user_id = ?", alice.id)
    shared.query("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
                 "INSERT INTO audit (at, event, user_id, detail) SELECT i, 'sign-in', CASE i % 2 WHEN 0 THEN ? ELSE ? END, i FROM n",
                 alice.id, bob.id)

    assert [entry["at"] for entry in events_of(alice)] == list(range(2500, 2300, -2))
    assert [entry["at"] for entry in events_of(alice, limit=1)] == [2500]
    read, pages = [], 0
    while page := events_of(alice, limit=600, **({"after": read[-1]["id"]} if read else {})):
        read, pages = read + page, pages + 1
    assert pages == 3 and [entry["at"] for entry in read] == list(range(2500, 0, -2))
    assert events_of(alice, after=1) == []


def test_39_2_a_number_that_is_none_is_422(client, alice):
    for query, fields in {"limit=0": ["limit"], "limit=1001": ["limit"], "after=0": ["after"], "after=-1&limit=x": ["after", "limit"],
                          "limit=1&limit=2": ["limit"], "after=": ["after"], "after=%ff": ["after"], "limit=1.0": ["limit"],
                          "after=99999999999999999999": ["after"], "limit=+1": ["limit"]}.items():
        answer = client.get(f"/users/me/audit?{query}", headers=bearer(alice.token))
        assert expect.json_body(answer, 422)
        assert [(fault["type"], fault["loc"]) for fault in answer.json()["detail"]] == [("value_error", ["query", field]) for field in fields]


# -- A token of the tutorial ----------------------------------------------------------------


def test_4_2_a_token_of_the_tutorial_is_no_session_and_others_are_all(start_plain_server, new_name):
    server = start_plain_server(accept_tutorial_tokens="yes")
    with server.client() as client:
        alice = Alice(server, client, new_name())
        server.query("UPDATE users SET is_imported = TRUE")
        token = Forge(server, alice.token).tutorial(sub=alice.name)
        assert is_good(client, token)
        assert [entry["is_current"] for entry in alice.sessions(token)] == [False]

        is_done(alice.ask("sessions", {"end": "others"}, token))
        assert not is_good(client, alice.token) and is_good(client, token)
        later = alice.sign_in()["access_token"]
        is_done(alice.change_password(token=token))
        assert not is_good(client, later) and is_good(client, token)
        is_done(alice.ask("delete", {"current_password": NEW}, token))
        assert not is_good(client, token)
        # Whoever has the name since then never had such a token.
        assert register(client, alice.name).status_code == 200
        assert not is_good(client, token)


# -- README ---------------------------------------------------------------------------------


def test_the_commands_of_the_readme_show_the_sessions_and_change_the_password(start_plain_server):
    server = start_plain_server()
    text = re.search(r"^## Your users look after themselves\n.*?^```sh\n(.*?)^```", (TOP / "README.md").read_text(), re.M | re.S)[1]
    with server.client() as client:
        register(client, "johndoe")
        cookie = cookies_of(post(client, "johndoe"))[COOKIE][0]

        done = subprocess.run(["sh", "-ec", text.replace("http://127.0.0.1:8000", server.url)], capture_output=True, text=True)

        assert done.returncode == 0, done.stderr
        assert {entry["kind"] for entry in json.loads(done.stdout)["sessions"]} == {"program", "browser"}
        new = re.search('"new_password": "(.*?)"', text)[1]
        assert [sign_in(client, "johndoe", password).status_code for password in (PASSWORD, new)] == [401, 200]
        assert not is_signed_in(client, cookie)


# -- Races ----------------------------------------------------------------------------------

ROUNDS = int(os.environ.get("ACCOUNT_ROUNDS", 4))
THREADS = 6


def test_20_1_no_sign_in_with_the_old_password_outlives_the_answer_of_the_change(start_plain_server, new_name):
    """Whatever is under way: sign-ins by /token and /signin, and refreshes of other grants."""
    server = start_plain_server()
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        for _ in range(ROUNDS):
            alice = Alice(server, client, new_name())
            is_over, begun = threading.Event(), threading.Barrier(THREADS + 1)
            seeds = [alice.sign_in() for _ in range(2)]

            def program(_):
                return sign_in(client, alice.name)

            def browser(_):
                return post(client, alice.name)

            def refresher(last, seeds=seeds):
                last = last if last is not None and last.status_code == 200 else None
                token = (last.json() if last else seeds.pop())["refresh_token"] if last or seeds else "bwr_none"
                return client.post("/token", data={"grant_type": "refresh_token", "refresh_token": token})

            def again(ask):
                answers = [ask(None)]
                begun.wait()
                while not is_over.is_set() and len(answers) < 100:
                    answers.append(ask(answers[-1]))
                return answers

            running = [threads.submit(again, ask) for ask in (program, program, browser, browser, refresher, refresher)]
            begun.wait()
            is_done(alice.change_password())
            is_over.set()
            answers = [answer for future in running for answer in future.result()]

            given = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
            cookies = [cookies_of(answer)[COOKIE][0] for answer in answers if answer.status_code == 303]
            assert given and cookies
            assert not any(is_good(client, token) for token in given)
            assert not any(is_signed_in(client, cookie) for cookie in cookies)
            assert is_good(client, alice.token)
            assert server.query("SELECT count(*) FROM grants WHERE user_id = ? AND revoked_at = 0", alice.id) == [(1,)]
            assert server.query("SELECT count(*) FROM sessions WHERE user_id = ?", alice.id) == [(0,)]


PROVEN = {
    "password": {**ADMITTED, "new_password": NEW},
    "profile": {"email": "mallory@example.org", **ADMITTED},
    "delete": ADMITTED,
}


@pytest.mark.parametrize("path", PROVEN)
def test_20_a_password_that_was_right_counts_no_more_once_everything_has_ended(shared, client, alice, path):
    """Between the look at the password and the change, somebody else signs the user out everywhere."""
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        with shared.storage.taken() as ask:
            answer = thread.submit(alice.ask, path, PROVEN[path])
            assert eventually(lambda: shared.storage.is_waited_for() or answer.done())
            ask("UPDATE users SET signed_out_at = signed_out_at + 1 WHERE id = ?", alice.id)

        expect.detail(answer.result(), 403, "Incorrect password")

    assert profile_of(alice) == (None, 0, None)
    assert sign_in(client, alice.name).status_code == 200


def test_20_of_changes_and_deletions_at_once_that_show_one_password_exactly_one_is_made(start_plain_server, new_name):
    server = start_plain_server()
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        for turn in range(2 * ROUNDS):
            alice = Alice(server, client, new_name())
            passwords = [f"another horse {number} battery" for number in range(THREADS)]
            tokens = [alice.token, *(alice.sign_in()["access_token"] for _ in range(THREADS - 1))]

            def ask(number):
                # Every other time, half of them want to delete her.
                if turn % 2 and number % 2:
                    return alice.ask("delete", ADMITTED, tokens[number])
                return alice.change_password(new=passwords[number], token=tokens[number])

            statuses = [answer.status_code for answer in threads.map(ask, range(THREADS))]

            assert statuses.count(204) == 1 and set(statuses) <= {204, 403, 401}
            winner = statuses.index(204)
            expected = [number == winner and not (turn % 2 and number % 2) for number in range(THREADS)]
            assert [is_good(client, token) for token in tokens] == expected
            assert [sign_in(client, alice.name, new).status_code == 200 for new in passwords] == expected
