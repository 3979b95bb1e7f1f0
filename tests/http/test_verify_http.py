"""/verify asked by HTTP/1.1 on the socket of its FastCGI, as a gateway asks: what it takes, and what it refuses."""

import contextlib
import os
import signal

import httpx
import pytest

from conftest import PATIENCE, bearer, connections_to, eventually, has_taken, register, running, sign_in
from fastcgi import Connection, begin, get_params
from gateway_http import Gateway, as_fastcgi, head, translate
from raw import Peer
from raw import head as client_head
from sessions import Session
from test_verify import consent

pytestmark = [pytest.mark.only_nginx("speaks HTTP to the responder itself"),
              pytest.mark.sanitized("sees all that a program as built does; what is `core`, `stored`, or about a setting also runs as built")]

# Whoever waited for what does not come would wait longer than any test.
SETTINGS = {"scopes": "me items:read", "restricted_scopes": "admin", "body_deadline": 300}
PAGE = [("HTTP_SEC_FETCH_MODE", "navigate"), ("HTTP_SEC_FETCH_DEST", "document"), ("HTTP_SEC_FETCH_SITE", "none")]
SIGNIN = ("SIGNIN", "/signin")


@pytest.fixture(scope="module")
def site(build):
    with running(build, **SETTINGS) as server:
        with server.client() as client:
            register(client, "Alice")
        server.query("UPDATE users SET groups = 'staff' WHERE username = 'Alice'")
        yield server


@pytest.fixture(scope="module")
def alice(site):
    return Session(site, "Alice")


@pytest.fixture(scope="module")
def token(site):
    with site.client() as client:
        return sign_in(client, "Alice", scope="items:read").json()["access_token"]


@pytest.fixture
def gateway(site):
    with Gateway(site.socket("verify")) as connection:
        yield connection


def name_of(response):
    return consent(response)["user"]


# ---- what it takes

def test_connection_is_kept_for_any_number_of_questions(gateway, alice, token):
    for _ in range(3):
        assert name_of(gateway.ask_http(f"Authorization: Bearer {token}")) == "Alice"
        assert gateway.ask_http().status_code == 401
        assert name_of(gateway.ask_http(f"Cookie: {alice.cookie}", "X-Original-Method: GET", "X-Original-URI: /x")) == "Alice"


def test_answer_to_head_has_no_body_whatever_the_method_in_question(gateway, token):
    """Else the next answer would begin in the midst of this one."""
    lengths = set()
    for asked, original in (("HEAD", "GET"), ("GET", "HEAD"), ("HEAD", "HEAD"), ("GET", "GET"), ("HEAD", "POST")):
        response = gateway.ask_http(f"X-Original-Method: {original}", method=asked)
        assert response.status_code == 401
        assert (response.content == b"") == (asked == "HEAD")
        lengths.add(response.headers["content-length"])
        assert name_of(gateway.ask_http(f"Authorization: Bearer {token}", f"X-Original-Method: {original}", method=asked)) == "Alice"
    assert len(lengths) == 1


@pytest.mark.parametrize("request_", [{"version": "HTTP/1.0"}, {"lines": ["Connection: close"]}], ids=str)
def test_connection_is_closed_where_the_gateway_does_not_keep_it(gateway, token, request_):
    lines = request_.pop("lines", [])

    response = gateway.ask_http(f"Authorization: Bearer {token}", *lines, **request_)

    assert response.status_code == 200 and response.headers["connection"] == "close"
    assert gateway.is_over()


def test_question_may_come_byte_by_byte(gateway, token):
    for byte in head(f"Authorization: Bearer {token}"):
        gateway.send(bytes([byte]))

    assert name_of(gateway.answer_http()) == "Alice"


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_method_of_the_question_counts_where_no_header_names_another(gateway, alice, method):
    other_site = (f"Cookie: {alice.cookie}", "Sec-Fetch-Site: cross-site")

    assert gateway.ask_http(*other_site, method=method).status_code == (200 if method == "OPTIONS" else 403)
    assert gateway.ask_http(*other_site, "X-Original-Method: GET", method=method).status_code == 200
    assert gateway.ask_http(*other_site, f"X-Forwarded-Method: {method}").status_code == (200 if method == "OPTIONS" else 403)


REFUSED_COOKIE = [("REQUEST_METHOD", "POST"), ("HTTP_SEC_FETCH_SITE", "cross-site"), ("HTTP_ORIGIN", "https://evil.example")]
QUESTIONS = {
    "bearer": [("HTTP_AUTHORIZATION", "Bearer {token}")],
    "bearer with the scope": [("HTTP_AUTHORIZATION", "Bearer {token}"), ("REQUIRED_SCOPE", "items:read")],
    "bearer without the scope": [("HTTP_AUTHORIZATION", "Bearer {token}"), ("REQUIRED_SCOPE", "items:read admin")],
    "bearer for another audience": [("HTTP_AUTHORIZATION", "Bearer {token}"), ("REQUIRED_AUD", "someone")],
    "bearer that is none": [("HTTP_AUTHORIZATION", "Bearer {token}x")],
    "bearer twice": [("HTTP_AUTHORIZATION", "Bearer {token}"), ("HTTP_AUTHORIZATION", "Bearer {token}")],
    "Basic": [("HTTP_AUTHORIZATION", "Basic eDp5")],
    "cookie": [("HTTP_COOKIE", "a=b; {cookie}")],
    "cookie twice": [("HTTP_COOKIE", "{cookie}"), ("HTTP_COOKIE", "{cookie}")],
    "cookie in the group": [("HTTP_COOKIE", "{cookie}"), ("REQUIRED_GROUP", "staff")],
    "cookie not in the group": [("HTTP_COOKIE", "{cookie}"), ("REQUIRED_GROUP", "staff chess"), *PAGE],
    "cookie of another site's form": [("HTTP_COOKIE", "{cookie}"), *REFUSED_COOKIE],
    "the same, allowed": [("HTTP_COOKIE", "{cookie}"), *REFUSED_COOKIE, ("ALLOW_CROSS_SITE", "yes")],
    "form without Sec-Fetch": [("HTTP_COOKIE", "{cookie}"), ("REQUEST_METHOD", "POST"), ("REQUEST_SCHEME", "https"),
                               ("HTTP_HOST", "app.example:81"), ("HTTP_ORIGIN", "https://app.example:81")],
    "form of another port": [("HTTP_COOKIE", "{cookie}"), ("REQUEST_METHOD", "POST"), ("REQUEST_SCHEME", "https"),
                             ("HTTP_HOST", "app.example:81"), ("HTTP_ORIGIN", "https://app.example")],
    "form of the other scheme": [("HTTP_COOKIE", "{cookie}"), ("REQUEST_METHOD", "POST"), ("HTTP_HOST", "app.example"),
                                 ("HTTP_ORIGIN", "https://app.example")],
    "WebSocket of another site": [("HTTP_COOKIE", "{cookie}"), ("HTTP_UPGRADE", "websocket"), ("HTTP_SEC_FETCH_SITE", "same-site")],
    "page, to sign in": [SIGNIN, *PAGE, ("REQUEST_URI", "/a?b=c&d=%26")],
    "page, to sign in elsewhere": [("SIGNIN", "https://login.example/signin?x=y"), *PAGE, ("REQUEST_URI", "/a"),
                                   ("REQUEST_SCHEME", "https"), ("HTTP_HOST", "app.example")],
    "page, led there": [SIGNIN, ("SIGNIN_BY", "redirect"), *PAGE, ("REQUEST_URI", "/a")],
    "page, refused with a page": [SIGNIN, ("SIGNIN_BY", "redirect"), *PAGE, ("HTTP_ACCEPT", "text/html"),
                                  ("HTTP_COOKIE", "{cookie}"), ("REQUIRED_GROUP", "chess"), ("HTTP_ACCEPT_LANGUAGE", "de")],
    "script": [SIGNIN, ("HTTP_SEC_FETCH_MODE", "cors"), ("HTTP_SEC_FETCH_DEST", "empty")],
    "misspelt demand": [("HTTP_AUTHORIZATION", "Bearer {token}"), ("REQUIRED_SCOPES", "x")],
    "empty demand": [("HTTP_AUTHORIZATION", "Bearer {token}"), ("REQUIRED_SCOPE", "")],
    "demand twice": [("HTTP_AUTHORIZATION", "Bearer {token}"), ("REQUIRED_AUD", "a"), ("REQUIRED_AUD", "a")],
    "nobody": [],
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_answer_is_the_same_as_over_fastcgi(site, gateway, alice, token, question):
    pairs = [(name, value.format(token=token, cookie=alice.cookie)) for name, value in question]
    with Connection(site.socket("verify")) as connection:
        expected = connection.ask(as_fastcgi(pairs))

    gateway.send(translate(pairs))
    response = gateway.answer_http()

    assert (response.status_code, response.content) == (expected.status_code, expected.content)
    moving = {"x-auth-exp"} if "cookie" in str(question) else set()    # each use moves it
    assert [pair for pair in response.headers.multi_items() if pair[0] not in moving] == \
        [pair for pair in expected.headers.multi_items() if pair[0] not in moving]
    assert int(response.headers["content-length"]) == len(response.content)
    gateway.send(translate(pairs))
    assert gateway.answer_http().status_code == expected.status_code


# ---- what it refuses

PASSES = "Authorization: Bearer {token}"
REFUSED = {
    "a body": (400, head(PASSES, "Content-Length: 1") + b"x"),
    "a body that does not come": (400, head(PASSES, "Content-Length: 1")),
    "chunks": (400, head(PASSES, "Transfer-Encoding: chunked") + b"0\r\n\r\n"),
    "two requests at once": (400, head(PASSES) * 2),
    "a folded line": (400, head(PASSES, "A: b\r\n c: d")),
    "a space before a colon": (400, head(PASSES, "A : b")),
    "LF alone": (400, head(PASSES).replace(b"\r\n", b"\n")),
    "two Hosts": (400, head(PASSES, "Host: x")),
    "NUL": (400, head(PASSES, "A: b\0c")),
    "a whole URL": (400, head(PASSES, target="http://verify/verify")),
    "another path": (400, head(PASSES, target="/")),
    "a path behind ours": (400, head(PASSES, target="/verify/x?ALLOW_CROSS_SITE=yes")),
    "a parameter that is no demand": (400, head(PASSES, target="/verify?REQUIERD_SCOPE=x")),
    "a path without a method": (400, head(PASSES, "X-Original-URI: /")),
    "two methods": (400, head(PASSES, "X-Original-Method: GET", "X-Forwarded-Method: POST")),
    "HTTP/2.0": (505, head(PASSES, version="HTTP/2.0")),
    "16 KiB and more": (431, head(PASSES, "A: " + "x" * 16384)),
    "very much more": (431, head(PASSES, *["A: " + "x" * 1000] * 60)),
    "very many": (431, head(PASSES, *["A: b"] * 200)),
}


@pytest.mark.parametrize("status, sent", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_in_order_is_refused_and_the_connection_closed(site, gateway, token, status, sent):
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        gateway.send(sent.replace(b"{token}", token.encode()))

    response = gateway.answer_http()

    assert response.status_code == status
    assert dict(response.headers) == {"connection": "close", "content-length": "0"}
    assert gateway.is_over()
    assert "refused a malformed request" in site.log()
    assert token[-40:] not in site.log()


def test_head_of_16_kib_is_taken(gateway, token):
    empty = len(head(f"Authorization: Bearer {token}", "A: "))

    assert name_of(gateway.ask_http(f"Authorization: Bearer {token}", "A: " + "x" * (16384 - empty))) == "Alice"


@pytest.mark.parametrize("header", ["Required-Scope: admin", "REQUIRED_SCOPE: admin", "X-Required-Scope: admin",
                                    "Http-Required-Scope: admin", "Signin: /evil", "SIGNIN: /evil", "Identity: x", "IDENTITY: x",
                                    "REMOTE_USER: root", "Redirect-Status: 401", "DOCUMENT_ROOT: /", "REQUEST_METHOD: POST"])
def test_no_header_is_a_demand(gateway, token, header):
    assert name_of(gateway.ask_http(f"Authorization: Bearer {token}", header)) == "Alice"


def test_no_header_with_an_underscore_is_another(gateway, alice):
    form = (f"Cookie: {alice.cookie}", "X-Original-Method: POST")

    assert gateway.ask_http(*form, "Sec-Fetch-Site: cross-site").status_code == 403
    assert gateway.ask_http(*form, "Sec_Fetch_Site: cross-site").status_code == 200
    assert gateway.ask_http(*form, "Sec-Fetch-Site: cross-site", "Sec_Fetch_Site: same-origin", "X_Original_Method: GET").status_code == 403
    assert gateway.ask_http(f"COOKIE_: {alice.cookie}", f"Cook_ie: {alice.cookie}").status_code == 401


# ---- the connection

def test_first_byte_decides_for_the_whole_connection(site, token):
    path = site.socket("verify")
    with Gateway(path) as connection:
        assert name_of(connection.ask_http(f"Authorization: Bearer {token}")) == "Alice"
        connection.send(begin(keep=True))
        connection.socket.shutdown(1)
        response = connection.answer_http()
        assert response is None or response.status_code == 400
        assert connection.is_over()
    with Gateway(path) as connection:
        assert connection.ask(get_params(), keep=True).status_code == 401
        connection.send(head(f"Authorization: Bearer {token}"))
        assert connection.is_over()
    for byte in (b"\0", b" ", b"\r", b"1", b"\x16", b"\xff"):
        with Gateway(path) as connection:
            connection.send(byte + head()[1:])
            assert connection.is_over()


@pytest.mark.parametrize("pool", ["me", "token", "meta"])
def test_no_other_pool_takes_http(site, token, pool):
    with Gateway(site.socket(pool)) as connection:
        connection.send(head(f"Authorization: Bearer {token}", target="/users/me/"))

        assert connection.is_over()


@pytest.mark.plain("is about a setting")
def test_slow_gateway_is_hung_up_on(start_server):
    server = start_server(body_deadline=0.3)
    for sent in (b"GET", head()[:-1]):
        with Gateway(server.socket("verify")) as connection:
            connection.send(sent)
            assert connection.answer_http() is None
    with Gateway(server.socket("verify")) as connection:
        assert connection.ask_http().status_code == 401
        connection.send(b"GET /verify")
        assert connection.answer_http() is None


@pytest.mark.plain("is about the process")
def test_stop_answers_a_question_that_has_begun_and_ends_a_connection_that_waits(start_server):
    server = start_server()
    [pid] = server.responder_pids("verify")
    with Gateway(server.socket("verify")) as waiting, Gateway(server.socket("verify")) as asking:
        assert waiting.ask_http().status_code == asking.ask_http().status_code == 401
        asking.send(head()[:-2])
        assert eventually(asking.is_read)

        os.kill(pid, signal.SIGTERM)

        assert waiting.is_over()
        asking.send(head()[-2:])
        assert asking.answer_http().status_code == 401
        assert asking.is_over()

@pytest.mark.plain("is about the process")
def test_stop_answers_a_question_of_which_nothing_has_come_when_its_connection_is_accepted(start_server):
    """The process takes it from the socket's queue, and its first byte tells what it speaks."""
    server = start_server()
    path = server.socket("verify")
    [pid] = server.responder_pids("verify")
    with Gateway(path) as asking:
        asking.send(head()[:-2])
        assert eventually(asking.is_read)
        os.kill(pid, signal.SIGTERM)
        assert eventually(lambda: has_taken(pid, signal.SIGTERM))
        with Gateway(path) as late:
            asking.send(head()[-2:])
            assert asking.answer_http().status_code == 401 and asking.is_over()
            assert eventually(lambda: connections_to(path) == 1)

            assert late.ask_http().status_code == 401


# ---- nginx

def connections_of(site):
    """The connections that verify has open, by what the kernel calls them."""
    path = site.socket("verify")
    with open("/proc/net/unix") as table:
        return {line.split()[6] for line in table if line.endswith(f" 03 {line.split()[6]} {path}\n")}


def browser_of(site):
    """What is no part of the API is asked, and one connection."""
    return httpx.Client(base_url=site.url, timeout=PATIENCE, trust_env=False)


def test_nginx_keeps_its_connections_whatever_the_answer(site, alice, token):
    """A consent, a refusal with a body, and one with a way to sign in."""
    asked = [("GET", bearer(token)), ("GET", {"Cookie": alice.cookie}), ("GET", bearer("x")),
             ("GET", {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}), ("POST", {})]
    before = connections_of(site)   # of other tests
    statuses, seen = [], set()
    with browser_of(site) as client:
        for _ in range(3):
            for method, headers in asked:
                statuses.append(client.request(method, "/example/", headers=headers, content=b"a=b" if method == "POST" else None).status_code)
                seen |= connections_of(site)

    assert statuses == [200, 200, 401, 303, 401] * 3
    assert len(seen - before) <= 1


FORGED = {"X-Original-Method": "GET", "X-Original-URI": "/elsewhere", "X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/elsewhere",
          "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Real-IP": "6.6.6.6", "X-Forwarded-For": "6.6.6.6"}


def test_nginx_lets_no_client_say_what_it_says_itself(site, alice):
    """Each alone, all at once, twice, and with underscores."""
    own = f"http://127.0.0.1:{site.port}"
    form = [("Cookie", alice.cookie), ("Content-Length", "0")]
    page = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
    sets = [[], *([pair] for pair in FORGED.items()), list(FORGED.items()), list(FORGED.items()) * 2,
            [(name.replace("-", "_"), value) for name, value in FORGED.items()]]
    with browser_of(site) as client:
        for forged in sets:
            def status(method, *headers):
                return client.request(method, "/example/?x", headers=[*headers, *forged])

            assert status("POST", *form, ("Sec-Fetch-Site", "cross-site")).status_code == 403
            assert status("POST", *form, ("Origin", "https://evil.example")).status_code == 403
            assert status("POST", *form, ("Origin", own.replace("http:", "https:"))).status_code == 403
            assert status("POST", *form, ("Origin", own)).status_code == 405   # it passes, and is no place for a POST
            led = status("GET", *page)
            assert (led.status_code, led.headers["location"]) == (303, f"{own}/signin?return=%2Fexample%2F%3Fx")
    assert "6.6.6.6" not in site.log()


@pytest.mark.parametrize("extra", [["Content-Length: 20000000"], ["Transfer-Encoding: chunked"], ["Expect: 100-continue", "Content-Length: 3"],
                                   ["Upgrade: websocket", "Connection: upgrade"], ["Connection: close, X-Real-IP"],
                                   ["Range: bytes=0-1", "If-None-Match: *"]], ids=str)
def test_nginx_asks_the_same_whatever_comes_with_a_request(site, extra):
    """No body, no framing and no condition of the client's reaches verify, which would refuse it with 400."""
    with Peer(site) as peer:
        peer.send(client_head("POST" if "Content" in str(extra) or "chunked" in str(extra) else "GET", "/example/", *extra))

        assert peer.received.readline().split()[1] == (b"413" if "20000000" in str(extra) else b"401")
