"""/verify and the cookie of a signed-in browser, protocol sections 21, 22 and 24: straight over FastCGI, in both roles."""

import os
import signal
import time
import urllib.parse

import clock
import pytest

import expect
from conftest import PASSWORD, eventually, kill_lasting, register, running, sign_in
from fastcgi import AUTHORIZER, RESPONDER, listens
from sessions import COOKIE, PLACES, Session
from test_verify import authorization, consent, unavailable, verify

pytestmark = [pytest.mark.only_nginx("speaks FastCGI to the responder itself"),
              pytest.mark.sanitized("sees all that a program as built does; what is `core`, `stored`, or about a setting also runs as built")]

SCOPES = {"scopes": "me items:read", "restricted_scopes": "admin"}
DOCUMENT = {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_DEST": "document", "HTTP_SEC_FETCH_SITE": "none"}
SIGNIN = ("SIGNIN", "/signin")
REDIRECT = ("SIGNIN_BY", "redirect")


@pytest.fixture(scope="module")
def site(build):
    """A server with Alice, who is in two groups and has an address that is known to be hers."""
    with running(build, **SCOPES) as server:
        with server.client() as client:
            register(client, "Alice")
        server.query("UPDATE users SET groups = 'staff chess.club', email = 'alice+x@example.com', email_verified = TRUE, "
                     "scope = 'admin' WHERE username = 'Alice'")
        yield server


@pytest.fixture(scope="module")
def alice(site):
    """Her browser. Nothing ends it."""
    return Session(site, "Alice")


@pytest.fixture(scope="module")
def token(site):
    with site.client() as client:
        return sign_in(client, "Alice").json()["access_token"]


def check(server, session, *extra, **changes):
    """Asks about a request of that browser; None: of one that has no cookie. Both roles must be told the same."""
    if session is not None:
        changes.setdefault("HTTP_COOKIE", session.cookie if isinstance(session, Session) else session)
    responses = [verify(server, None, *extra, role=role, **changes) for role in (RESPONDER, AUTHORIZER)]
    assert responses[0].status_code == responses[1].status_code
    return responses[0]


def passes(server, session, *extra, **changes):
    """Checks that the request may pass; gives what is told of who asks."""
    if session is not None:
        changes.setdefault("HTTP_COOKIE", session.cookie if isinstance(session, Session) else session)
    facts = consent(verify(server, None, *extra, **changes))
    to_authorizer = authorization(verify(server, None, *extra, role=AUTHORIZER, **changes))
    # Each use moves it.
    assert {**to_authorizer, "exp": facts["exp"]} == facts
    return facts


def refused(response):
    """Checks that nobody is signed in."""
    expect.detail(response, 401, "Not authenticated")
    assert expect.challenge(response) == {"realm": "api"}
    assert "location" not in response.headers and "set-cookie" not in response.headers


def not_signed_in(server, session, **changes):
    response = check(server, session, **changes)
    refused(response)
    assert "x-auth-signin" not in response.headers


# ---- 24.2, 21.3 whose the cookie is

def test_24_6_cookie_tells_who_asks(site, alice):
    began = clock.now()
    facts = passes(site, alice)

    ends_at = int(facts.pop("exp"))
    assert facts == {"sub": "Alice", "user": "Alice", "client": "browser", "scope": "me items:read admin", "groups": "staff chess.club",
                     "email": "alice%2Bx@example.com", "session": alice.public_id, "time": str(alice.row["auth_at"])}
    assert began <= ends_at - alice.row["idle"] <= time.time()


def test_24_2_bearer_token_decides_alone(site, alice, token):
    dead = Session(site, "Alice", expires_at=1)

    for session in (alice, dead):
        assert passes(site, session, HTTP_AUTHORIZATION=f"Bearer {token}")["client"] == "bearward"
    for wrong, text in (("Bearer nonsense", "Could not validate credentials"), ("Bearer ", "Could not validate credentials"),
                        (f"Bearer {token}x", "Could not validate credentials"),
                        (f"Bearer {token}, Bearer {token}", "Malformed authorization")):
        response = check(site, alice, SIGNIN, HTTP_AUTHORIZATION=wrong, **DOCUMENT)
        expect.detail(response, 401, text)
        assert "x-auth-signin" not in response.headers


def test_24_2_another_scheme_leaves_it_to_the_cookie(site, alice):
    for other in ("Basic eDp5", "Negotiate abc", ""):
        assert passes(site, alice, HTTP_AUTHORIZATION=other)["user"] == "Alice"
        not_signed_in(site, None, HTTP_AUTHORIZATION=other)


@pytest.mark.parametrize("header", [
    "{0}", "a=b; {0}", "{0}; a=b", "a=b;{0};c=d", "  {0}", "a=; =b; ; {0}", "x{0}x=1; {0}", f"{COOKIE.lower()}=x; {{0}}",
    "a=" + "b" * 15000 + "; {0}"], ids=lambda header: header[:20])
def test_21_3_cookie_is_found_among_others(site, alice, header):
    assert passes(site, header.format(alice.cookie))["user"] == "Alice"


@pytest.mark.parametrize("header", [
    "", "{1}", f"{COOKIE}=", "{0}x", "{2}", "{2}=", "{0}=", f'{COOKIE}="{{1}}"', "{0}; {0}", f"{{0}}; {COOKIE}=", f"{COOKIE}=; {{0}}",
    "{0},{0}", "{0}; a=b; {0}", "x{0}", f"{COOKIE.lower()}={{1}}", f"__Host-bearward={{1}}", f"bearward_insecure={{1}}",
    f" {COOKIE} = {{1}}", f"{COOKIE}={'A' * 43}", f"{COOKIE}={'+' * 43}", f"{COOKIE}={'A' * 4000}", f"{COOKIE}=%s",
    f"{COOKIE}=\u00fc{'A' * 42}", "a=" + "b" * 17000 + "; {0}"], ids=lambda header: header[:30])
def test_21_3_cookie_that_is_twice_there_cut_or_foreign_is_none(site, alice, header):
    not_signed_in(site, header.format(alice.cookie, alice.value, alice.cookie[:-1]))


def test_21_3_two_cookie_headers_are_none(site, alice):
    refused(check(site, alice, ("HTTP_COOKIE", alice.cookie)))
    refused(check(site, alice, ("HTTP_COOKIE", "a=b")))


def test_21_3_digest_and_public_id_are_no_cookie(site, alice):
    for value in (alice.public_id, alice.digest.hex(), alice.public_id + "A" * 21):
        not_signed_in(site, f"{COOKIE}={value}")


@pytest.mark.plain("is about a setting")
def test_21_2_insecure_cookie_has_another_name(start_server):
    server = start_server(issuer="http://intranet.example", insecure_cookie="yes")
    with server.client() as client:
        register(client, "Alice")
    session = Session(server, "Alice")

    not_signed_in(server, session)
    assert passes(server, f"bearward_insecure={session.value}")["user"] == "Alice"


# ---- 18 what is alive

def test_18_1_session_that_has_ended_is_none(site):
    now = clock.now()

    for changes in ({"expires_at": now - 1}, {"expires_at": 0}, {"seen_at": now - 43201}, {"seen_at": 0}, {"idle": -1}, {"idle": 0}):
        not_signed_in(site, Session(site, "Alice", **changes))
    for changes in ({"expires_at": now + 60}, {"seen_at": now - 43000},
                    {"seen_at": now - 1209000, "idle": 1209600, "expires_at": now + 1000}, {"created_at": 0, "auth_at": 0}):
        assert passes(site, Session(site, "Alice", **changes))["user"] == "Alice"


def test_24_6_session_says_when_it_ends_unless_it_is_used(site):
    now = clock.now()

    facts = passes(site, Session(site, "Alice", expires_at=now + 100))

    assert facts["exp"] == str(now + 100)


ENDINGS = {
    "disabled": ["user", "disable", "bob"], "deleted": ["user", "delete", "bob"],
    "password": ["user", "passwd", "bob"], "signed out": ["user", "sign-out", "bob"],
}


def test_18_4_ended_disabled_or_changed_counts_in_the_next_check(site):
    for name, command in ENDINGS.items():
        with site.client() as client:
            register(client, "bob")
        session = Session(site, "bob")
        assert passes(site, session)["user"] == "bob", name

        done = site.command(*command, stdin=f"{PASSWORD} again\n")
        assert done.returncode == 0, done.stderr

        not_signed_in(site, session)
        if name == "disabled":
            assert site.command("user", "enable", "bob").returncode == 0
            not_signed_in(site, session)
        site.command("user", "delete", "bob")
    session = Session(site, "Alice")
    passes(site, session)
    site.query("DELETE FROM sessions WHERE id = ?", session.id)
    not_signed_in(site, session)


@pytest.mark.plain("is about a setting")
def test_23_8_no_cookie_counts_while_nobody_can_sign_in(start_server):
    server = start_server(signin="no")
    with server.client() as client:
        register(client, "Alice")
    session = Session(server, "Alice")

    response = check(server, session, SIGNIN, **DOCUMENT)

    refused(response)
    assert "x-auth-signin" not in response.headers
    assert not (server.state / "seen").exists()


@pytest.mark.plain("is about a setting")
def test_24_1_stateless_can_judge_no_cookie(start_server):
    server = start_server(verify="stateless")
    with server.client() as client:
        register(client, "Alice")
        token = sign_in(client, "Alice").json()["access_token"]
    session = Session(server, "Alice")

    not_signed_in(server, session)
    for demand in (SIGNIN, ("REQUIRED_GROUP", "staff"), ("REQUIRED_AGE", "60")):
        for changes in ({}, {"HTTP_AUTHORIZATION": f"Bearer {token}"}):
            unavailable(check(server, session, demand, **changes))
        assert f"parameter={demand[0]}" in server.log() and "set verify = revocation-aware" in server.log()


# ---- 24.3, 24.4 where people are led

PERSONS = [
    DOCUMENT, {**DOCUMENT, "REQUEST_METHOD": "HEAD"}, {**DOCUMENT, "HTTP_ACCEPT": "*/*"}, {**DOCUMENT, "HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_ACCEPT": "text/html"}, {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"},
    {"HTTP_ACCEPT": "text/html", "REQUEST_METHOD": "HEAD"},
]
PROGRAMS = [
    {}, {"HTTP_ACCEPT": "*/*"}, {"HTTP_ACCEPT": "application/json"}, {"HTTP_ACCEPT": "text/html", "HTTP_X_REQUESTED_WITH": "XMLHttpRequest"},
    {"HTTP_ACCEPT": "text/html", "HTTP_UPGRADE": "websocket"}, {"HTTP_ACCEPT": "*/*", "REQUEST_METHOD": "POST"},
    {**DOCUMENT, "REQUEST_METHOD": "POST"}, {**DOCUMENT, "REQUEST_METHOD": "OPTIONS"},
    *({"HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_MODE": mode, "HTTP_SEC_FETCH_DEST": destination} for mode, destination in (
        ("cors", "empty"), ("no-cors", "image"), ("websocket", "websocket"), ("navigate", "iframe"), ("same-origin", "document"),
        ("navigate", "embed"), ("no-cors", "script"))),
    {"HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_MODE": "navigate"}, {"HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_DEST": "document"},
]


@pytest.mark.parametrize("request_of", PERSONS, ids=str)
def test_24_4_person_is_led_to_sign_in_and_back(site, request_of):
    asked = {"REQUEST_URI": "/private/report.html?a=b&c=%C3%A4", **request_of}
    address = "/signin?return=%2Fprivate%2Freport.html%3Fa%3Db%26c%3D%25C3%25A4"

    by_header = check(site, None, SIGNIN, **asked)
    by_redirect = check(site, None, SIGNIN, REDIRECT, **asked)

    assert by_header.headers["x-auth-signin"] == address
    assert by_header.status_code == 401 and "www-authenticate" in by_header.headers
    assert (by_redirect.status_code, by_redirect.headers["location"], by_redirect.content) == (303, address, b"")
    assert by_redirect.headers["cache-control"] == "no-store"
    assert "www-authenticate" not in by_redirect.headers and "set-cookie" not in by_redirect.headers


@pytest.mark.parametrize("request_of", PROGRAMS, ids=str)
def test_24_3_program_gets_401(site, request_of):
    for how in ((SIGNIN,), (SIGNIN, REDIRECT)):
        response = check(site, None, *how, REQUEST_URI="/x", **request_of)

        refused(response)
        assert "x-auth-signin" not in response.headers


@pytest.mark.parametrize("uri, address", [
    ("/", "/signin?return=%2F"), ("/a-._~b/@x", "/signin?return=%2Fa-._~b%2F%40x"), ("/a'\"b<>", "/signin?return=%2Fa%27%22b%3C%3E"),
    ("/\u00e4", "/signin?return=%2F%C3%A4"), (b"/\xff", "/signin?return=%2F%FF"), ("/" + "%" * 2047, "/signin?return=%2F" + "%25" * 2047),
    *((uri, "/signin") for uri in (
        None, "", "//evil.example/", "/\\evil.example", "https://evil.example/", "https:evil", "evil", "*", "/a\tb", "/a b", "/a\r\nb", "/a\x7f",
        "/a\\b", "/" + "x" * 2048)),
], ids=lambda value: str(value)[:30])
def test_24_4_address_to_lead_back_to_is_kept_or_left_out(site, uri, address):
    response = check(site, None, SIGNIN, REDIRECT, REQUEST_URI=uri, **DOCUMENT)

    assert response.headers["location"] == address


@pytest.mark.parametrize("signin, more, address", [
    ("https://id.example/signin", {"HTTP_HOST": "app.example", "HTTPS": "on"},
     "https://id.example/signin?return=https%3A%2F%2Fapp.example%2Fx%3Fy"),
    ("https://id.example/signin", {"HTTP_HOST": "app.example:8443", "REQUEST_SCHEME": "https"},
     "https://id.example/signin?return=https%3A%2F%2Fapp.example%3A8443%2Fx%3Fy"),
    ("https://id.example/signin", {"HTTP_HOST": "[::1]:8080"}, "https://id.example/signin?return=http%3A%2F%2F%5B%3A%3A1%5D%3A8080%2Fx%3Fy"),
    ("https://id.example/signin", {}, "https://id.example/signin"),
    ("https://id.example/signin", {"HTTP_HOST": "evil@app.example"}, "https://id.example/signin"),
    ("https://id.example/signin", {"HTTP_HOST": "app.example/x"}, "https://id.example/signin"),
    ("/auth/signin?theme=dark", {}, "/auth/signin?theme=dark&return=%2Fx%3Fy"),
])
def test_24_4_page_on_another_host_is_told_whence(site, signin, more, address):
    response = check(site, None, ("SIGNIN", signin), REQUEST_URI="/x?y", **DOCUMENT, **more)

    assert response.headers["x-auth-signin"] == address


def test_24_9_page_to_sign_in_that_is_guarded_itself_is_no_loop(site):
    for uri in ("/signin", "/signin?return=%2F", "/signin/", "/signin/style.css"):
        refused(check(site, None, SIGNIN, REDIRECT, REQUEST_URI=uri, **DOCUMENT))
    assert "the page to sign in is guarded itself" in site.log()
    assert check(site, None, SIGNIN, REDIRECT, REQUEST_URI="/signing", **DOCUMENT).status_code == 303


def test_24_4_browser_that_is_signed_in_is_led_nowhere(site, alice):
    for how in ((SIGNIN,), (SIGNIN, REDIRECT)):
        assert passes(site, alice, *how, REQUEST_URI="/x", **DOCUMENT)["user"] == "Alice"
    ended = Session(site, "Alice", expires_at=1)
    assert check(site, ended, SIGNIN, REDIRECT, REQUEST_URI="/x", **DOCUMENT).headers["location"] == "/signin?return=%2Fx"


def test_24_4_two_cookies_are_no_reason_to_lead_back_and_forth(site, alice):
    """One of them may be for a path alone that the page to sign in does not have."""
    response = check(site, f"{alice.cookie}; {COOKIE}=x", SIGNIN, REDIRECT, REQUEST_URI="/x", **DOCUMENT)

    assert response.headers["location"] == "/signin?return=%2Fx&cookie=twice"


# ---- pages, where the web server passes them on

def page(response, status, *words):
    """Checks that it is a page for people that has these words."""
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    for word in words:
        assert word in response.text, response.text
    assert "location" not in response.headers


def test_24_4_refusal_that_a_person_sees_is_a_page(site, alice):
    form = {"REQUEST_METHOD": "POST", "HTTP_ACCEPT": "text/html,*/*", "HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_SITE": "same-origin"}
    signin = ("SIGNIN", "/auth/signin")

    forbidden = check(site, alice, signin, REDIRECT, ("REQUIRED_SCOPE", "root"), REQUEST_URI="/x?y", **DOCUMENT)
    page(forbidden, 403, "no access", "Alice", 'href="/auth/signin?return=%2Fx%3Fy')
    assert expect.challenge(forbidden)["error"] == "insufficient_scope"
    lost = check(site, None, signin, REDIRECT, **form)
    page(lost, 401, "reload", 'href="/auth/signin" target="_blank"')
    assert expect.challenge(lost) == {"realm": "api"}
    page(check(site, alice, signin, REDIRECT, **{**form, "HTTP_SEC_FETCH_SITE": "cross-site"}), 403)
    page(check(site, None, signin, REDIRECT, HTTP_ACCEPT_LANGUAGE="de", **form), 401, 'lang="de"')
    # A program, a web server that does not pass it on, and one that does not lead anybody anywhere.
    for how, changes in (((signin, REDIRECT), {}), ((signin,), DOCUMENT), ((REDIRECT,), DOCUMENT)):
        expect.detail(check(site, alice, *how, ("REQUIRED_SCOPE", "root"), **changes), 403, "Not enough permissions")
    for mode in ("cors", "no-cors"):
        refused(check(site, None, signin, REDIRECT, **{**form, "HTTP_SEC_FETCH_MODE": mode}))


# ---- 24.7 demands

def test_24_7_scope_of_a_cookie_is_all_that_the_user_may_have(site, alice):
    for required in ("me", "items:read", "admin", "admin me"):
        passes(site, alice, ("REQUIRED_SCOPE", required))
    for required in ("root", "me root", "Admin"):
        response = check(site, alice, SIGNIN, REDIRECT, ("REQUIRED_SCOPE", required), **DOCUMENT)
        assert response.status_code == 403


def test_24_7_groups_are_demanded_of_cookies_and_tokens_alike(site, alice, token):
    tokens = {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    for changes in ({"HTTP_COOKIE": alice.cookie}, tokens):
        for group in ("staff", "chess.club", "chess.club staff"):
            assert passes(site, None, ("REQUIRED_GROUP", group), **changes)["groups"] == "staff chess.club"
        for group in ("admins", "staff admins", "Staff", "sta", "chess"):
            response = check(site, None, SIGNIN, REDIRECT, ("REQUIRED_GROUP", group), **changes, **DOCUMENT)
            assert (response.status_code, "location" in response.headers) == (403, False)
    response = check(site, None, ("REQUIRED_GROUP", "admins"), **tokens)
    expect.detail(response, 403, "Not enough permissions")


def test_24_7_group_that_was_taken_away_counts_no_more_in_the_next_check(site):
    with site.client() as client:
        register(client, "carol")
    session = Session(site, "carol")
    for groups, status in (("staff", 200), ("", 403), ("staff", 200), ("staff\r\nX-Auth-User: root", 403), ("staff  x", 403)):
        site.query("UPDATE users SET groups = ? WHERE username = 'carol'", groups)
        assert check(site, session, ("REQUIRED_GROUP", "staff")).status_code == status


def test_24_7_age_is_demanded_of_cookies_and_tokens_alike(site, token):
    now = clock.now()
    old = Session(site, "Alice", auth_at=now - 1000)
    with site.client() as client:
        older = sign_in(client, "Alice").json()["access_token"]
    site.query("UPDATE grants SET auth_at = auth_at - 1000 WHERE rowid = (SELECT max(rowid) FROM grants)")

    for changes in ({"HTTP_COOKIE": old.cookie}, {"HTTP_AUTHORIZATION": f"Bearer {older}"}):
        assert abs(int(passes(site, None, ("REQUIRED_AGE", "2000"), **changes)["time"]) - now + 1000) <= 5
        response = check(site, None, SIGNIN, ("REQUIRED_AGE", "500"), **changes)
        parameters = expect.bearer_error(response, 401, "insufficient_user_authentication", "Sign in again")
        assert parameters["max_age"] == "500"
    response = check(site, old, SIGNIN, REDIRECT, ("REQUIRED_AGE", "500"), REQUEST_URI="/x", **DOCUMENT)
    assert response.headers["location"] == "/signin?return=%2Fx&max_age=500"
    response = check(site, old, SIGNIN, ("REQUIRED_AGE", "500"), REQUEST_URI="//x", **DOCUMENT)
    assert response.headers["x-auth-signin"] == "/signin?max_age=500"
    # To sign in again would not help.
    assert check(site, old, SIGNIN, ("REQUIRED_AGE", "500"), ("REQUIRED_GROUP", "admins"), **DOCUMENT).status_code == 403


@pytest.mark.plain("is about a setting")
def test_24_7_audience_of_a_cookie_is_the_configured_one(build):
    with running(build, audience="https://api.example") as server, server.client() as client:
        register(client, "Alice")
        session = Session(server, "Alice")

        passes(server, session, ("REQUIRED_AUD", "https://api.example"))
        response = check(server, session, SIGNIN, REDIRECT, ("REQUIRED_AUD", "https://shop.example"), **DOCUMENT)

        assert response.status_code == 403


BAD_DEMANDS = [
    [("REQUIRED_GROUP", "")], [("REQUIRED_GROUP", "a  b")], [("REQUIRED_GROUP", "staff"), ("REQUIRED_GROUP", "staff")],
    [("REQUIRED_AGE", "5m")], [("REQUIRED_AGE", "0")], [("REQUIRED_ACR", "x")], [("SIGNIN", "")], [("SIGNIN", "signin")],
    [("SIGNIN", "//evil")], [("SIGNIN", "/a\r\nX-Auth-User: root")], [SIGNIN, SIGNIN], [("SIGNIN_BY", "303")], [("SIGNIN_URL", "/x")],
    [("ALLOW_CROSS_SITE", "1")], [("ALLOW_EVERYBODY", "yes")], [("IDENTITY", "latin-1")], [("IDENTITY", "")],
]


@pytest.mark.parametrize("demands", BAD_DEMANDS, ids=str)
def test_24_1_demand_that_cannot_be_understood_lets_nobody_in(site, alice, token, demands):
    for changes in ({"HTTP_COOKIE": alice.cookie}, {"HTTP_AUTHORIZATION": f"Bearer {token}"}, {}):
        unavailable(check(site, None, *demands, **changes, **DOCUMENT))


# ---- 24.6 names as they are

def test_24_6_names_may_be_told_in_plain_utf_8(site):
    with site.client() as client:
        register(client, "Ren\u00e9e")
    site.query("UPDATE users SET email = 'ren\u00e9e+x@example.com', email_verified = TRUE WHERE username = 'Ren\u00e9e'")
    session = Session(site, "Ren\u00e9e")

    for role, prefix in ((RESPONDER, "x-auth-"), (AUTHORIZER, "variable-auth_")):
        headers = verify(site, None, ("IDENTITY", "utf-8"), HTTP_COOKIE=session.cookie, role=role).headers
        headers.encoding = "utf-8"
        assert (headers[f"{prefix}user"], headers[f"{prefix}email"]) == ("Ren\u00e9e", "ren\u00e9e+x@example.com")
        assert headers[f"{prefix}sub"] == "Ren%C3%A9e"
        assert headers.get("variable-remote_user", "Ren\u00e9e") == "Ren\u00e9e"
    assert passes(site, session)["user"] == "Ren%C3%A9e"


@pytest.mark.parametrize("name", ["a\r\nX-Auth-User: root", "a\nb", "a\x01", "a\x7f", " root", "root ", "a\u0085b", "a\u2028b", "\t", "a\u2029"])
def test_24_6_name_that_another_would_read_as_another_is_not_told_plainly(site, name):
    site.query("DELETE FROM users WHERE username_key = 'strange'")
    site.query("INSERT INTO users (username, username_key, hashed_password, is_active) VALUES (?, 'strange', '', TRUE)", name)
    session = Session(site, name)

    response = check(site, session, ("IDENTITY", "utf-8"))

    unavailable(response)
    assert passes(site, session)["user"] == urllib.parse.quote(name, safe="@")


def test_24_6_address_is_told_only_if_it_is_known_to_be_the_users(site):
    with site.client() as client:
        register(client, "dave")
    session = Session(site, "dave")
    for email, verified, told in (
            (None, False, ""), ("d@example.com", False, ""), ("d@example.com", True, "d@example.com"), (None, True, "")):
        site.query("UPDATE users SET email = ?, email_verified = ? WHERE username = 'dave'", email, verified)
        assert passes(site, session)["email"] == told


# ---- 22 what other sites make browsers ask

CHANGES = [{"REQUEST_METHOD": method} for method in ("POST", "PUT", "DELETE", "PATCH", "BREW", "get", "")] + [
    {"HTTP_UPGRADE": "websocket"}, {"HTTP_UPGRADE": "WebSocket"}, {"HTTP_UPGRADE": "h2c, websocket"},
    {"HTTP_SEC_WEBSOCKET_KEY": "AAAAAAAAAAAAAAAAAAAAAA=="}, {"HTTP_SEC_WEBSOCKET_VERSION": "13"}]
OWN = [
    {}, {"HTTP_SEC_FETCH_SITE": "same-origin"}, {"HTTP_SEC_FETCH_SITE": "none"},
    {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "null"},
    {"HTTP_ORIGIN": "http://app.example", "HTTP_HOST": "app.example"},
    {"HTTP_ORIGIN": "https://app.example:8443", "HTTP_HOST": "app.example:8443", "HTTPS": "on"},
]
FOREIGN = [
    {"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "same-site"}, {"HTTP_SEC_FETCH_SITE": "?"},
    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "http://app.example", "HTTP_HOST": "app.example"},
    {"HTTP_ORIGIN": "http://evil.example", "HTTP_HOST": "app.example"}, {"HTTP_ORIGIN": "null", "HTTP_HOST": "app.example"},
    {"HTTP_ORIGIN": "http://app.example.evil", "HTTP_HOST": "app.example"}, {"HTTP_ORIGIN": "http://app.example"},
    {"HTTP_ORIGIN": "http://app.example", "HTTP_HOST": "app.example", "HTTPS": "on"},
]


def test_22_1_another_sites_page_changes_nothing(site, alice, token):
    for change in CHANGES:
        for own in OWN:
            assert passes(site, alice, **change, **own)["user"] == "Alice"
        for foreign in FOREIGN:
            expect.detail(check(site, alice, SIGNIN, **change, **foreign), 403, "Cross-site request refused")
            passes(site, alice, ("ALLOW_CROSS_SITE", "yes"), **change, **foreign)
            passes(site, None, HTTP_AUTHORIZATION=f"Bearer {token}", **change, **foreign)
            refused(check(site, None, **change, **foreign))
    for method in ("GET", "HEAD", "OPTIONS"):
        for foreign in FOREIGN:
            passes(site, alice, REQUEST_METHOD=method, **foreign)


# ---- 24.8 in doubt

@pytest.mark.plain("is about what is stored")
def test_24_8_nothing_passes_and_nobody_is_led_anywhere_without_the_database(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "Alice")
    session = Session(server, "Alice")

    server.storage.spoil()

    for how in ((), (SIGNIN,), (SIGNIN, REDIRECT)):
        response = check(server, session, *how, **DOCUMENT)
        if REDIRECT in how:
            page(response, 503)
        else:
            unavailable(response)
        assert not {"location", "x-auth-signin"} & set(response.headers)


# ---- 21.6 when a session was used

@pytest.mark.plain("is about what is stored")
def test_21_6_check_notes_the_use_and_changes_nothing_stored(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "Alice")
    began = clock.now()
    session = Session(server, "Alice", seen_at=began - 3600)
    dead = Session(server, "Alice", expires_at=1)
    before = server.storage.commits()
    assert session.seen() is None

    for _ in range(10):
        passes(server, session)
        not_signed_in(server, dead)
        check(server, session, SIGNIN, ("REQUIRED_GROUP", "admins"), **DOCUMENT)

    assert server.storage.commits() == before
    assert began - 60 <= session.seen() <= time.time()
    assert dead.seen() is None


def test_21_6_use_that_any_process_has_noted_counts(site):
    now = time.time()
    session = Session(site, "Alice", seen_at=int(now) - 50000)
    not_signed_in(site, session)

    for moment, is_alive in ((now - 43000, True), (now - 43300, False), (now - 60, True)):
        session.see(moment)
        assert (check(site, session, HTTP_SEC_FETCH_MODE="cors").status_code == 200) == is_alive
    # The place may be another session's.
    for other in (session.id + PLACES, session.id + 7 * PLACES):
        session.see(now, of=other)
        not_signed_in(site, session)


def test_21_6_remembered_session_may_be_left_alone_for_longer(site):
    now = clock.now()
    remembered = {"idle": 1209600, "expires_at": now + 2592000}

    passes(site, Session(site, "Alice", seen_at=now - 1209000, **remembered))
    not_signed_in(site, Session(site, "Alice", seen_at=now - 1209700, **remembered))


@pytest.mark.plain("is about what is stored")
def test_21_6_file_that_is_cut_short_is_made_whole_and_ends_no_process(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "Alice")
    pids = server.responder_pids("verify")
    fresh = Session(server, "Alice")
    idle = Session(server, "Alice", seen_at=clock.now() - 50000)
    idle.see(time.time())
    passes(server, idle)

    for _ in range(2):
        os.truncate(server.state / "seen", 0)
        passes(server, fresh)
        assert os.path.getsize(server.state / "seen") == 8 * PLACES
        assert fresh.seen() is not None

    not_signed_in(server, idle)
    assert server.responder_pids("verify") == pids
    assert "their file was cut short" in server.log()


@pytest.mark.plain("is about what is stored")
def test_21_6_killed_process_forgets_no_use_and_a_lost_file_only_the_latest(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "Alice")
    used = Session(server, "Alice", seen_at=clock.now() - 43100)
    written = Session(server, "Alice", seen_at=clock.now() - 300)
    passes(server, used)
    server.query("UPDATE sessions SET seen_at = seen_at - 1000 WHERE id = ?", used.id)

    def kill():
        pids = server.responder_pids("verify")
        kill_lasting(pids, signal.SIGKILL)
        assert eventually(lambda: server.responder_pids("verify") and not set(pids) & set(server.responder_pids("verify"))
                          and listens(server.socket("verify")))

    kill()
    passes(server, used)
    os.unlink(server.state / "seen")
    passes(server, used)
    kill()

    not_signed_in(server, used)
    passes(server, written)


def test_21_7_only_what_a_person_does_may_count_as_use(start_server):
    server = start_server(session_activity="navigation")
    with server.client() as client:
        register(client, "Alice")
    counts = [DOCUMENT, {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_DEST": "iframe"}, {"REQUEST_METHOD": "POST"},
              {"REQUEST_METHOD": "DELETE", "HTTP_SEC_FETCH_MODE": "cors", "HTTP_SEC_FETCH_SITE": "same-origin"},
              {"HTTP_ACCEPT": "text/html"}]
    counts_not = [{}, {"HTTP_SEC_FETCH_MODE": "cors"}, {"HTTP_SEC_FETCH_MODE": "no-cors", "HTTP_SEC_FETCH_DEST": "image"},
                  {"REQUEST_METHOD": "HEAD"}, {"HTTP_UPGRADE": "websocket", "HTTP_SEC_FETCH_MODE": "websocket"}]

    for changes in counts + counts_not:
        session = Session(server, "Alice")
        passes(server, session, **changes)
        assert (session.seen() is not None) == (changes in counts), changes
    session = Session(server, "Alice", seen_at=clock.now() - 1000)
    facts = passes(server, session, HTTP_SEC_FETCH_MODE="cors")
    assert int(facts["exp"]) == session.row["seen_at"] + session.row["idle"]
