"""What the web server adds: exact paths, and its own error pages as JSON; protocol sections 1.1 and 1.13."""

import os
import re
import shutil
import socket

import pytest

import expect
import raw
from conftest import OTHERS, PASSWORD, PATIENCE, bearer, connections_to, edit_nginx, eventually, register, sign_in
from person import HTML
from protect import FastcgiApplication

FORM = "Content-Type: application/x-www-form-urlencoded"
pytestmark = [pytest.mark.core, pytest.mark.plain("is about web servers")]

# Where a test can take a responder's place.
has_sockets = pytest.mark.only("plain", "sanitized", "lighttpd-spawned", "apache-proxy-fcgi")


# ---- 1.1 routing

def test_1_16_token_with_a_slash_signs_in_directly(client, user):
    response = client.post("/token/", data={"username": user, "password": PASSWORD})

    assert expect.json_body(response, 200)["token_type"] == "bearer"


def test_1_1_users_without_slash_registers_directly(client, new_name):
    name = new_name()

    response = client.post("/users", json={"username": name, "password": PASSWORD})

    assert expect.json_body(response, 200)["username"] == name


def test_1_1_me_without_slash_answers_directly(client, user, token):
    response = client.get("/users/me", headers=bearer(token))

    assert expect.json_body(response, 200)["username"] == user


@pytest.mark.only("plain", "sanitized")
def test_nginx_keeps_connections_to_the_pool_that_only_reads(server, client, user, token):
    before = connections_to(server.socket("me"))
    sign_in(client, user)
    for _ in range(20):
        assert client.get("/users/me/", headers=bearer(token)).status_code == 200

    # One for each worker of nginx that had something to do, not one a request.
    assert 1 <= connections_to(server.socket("me")) <= max(before, min(os.cpu_count(), 19))
    assert eventually(lambda: connections_to(server.socket("token")) == 0)


@pytest.mark.parametrize("path", [
    "/toke", "/token/x", "/token.fcgi", "/Token", "/users/1", "/users/me/x", "/users/me.json", "/users/me/password/x",
    "/users/me/sessions.json", "/users/me/PASSWORD", "/users/you/password", "/password", "/accounts", "/account/x", "/account.fcgi",
    "/links", "/link/x", "/xlink", "/health", "/health/", "/health/x", "/health/live/x", "/metrics/x", "/metricsx", "/.well-known/", "/.well-known/jwks", "/.well-known/jwks.json/x", "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-serverx", "/jwks.json", "/x/.well-known/jwks.json",
    "/users/x/me", "/USERS/", "/sign-in/token.fcgi", "/sign-in/bearward.conf", "/sign-in/oauth.fcgi/introspect",
    "/revoke/introspect", "/introspect/x", "/x/revoke",
    "/state/bearward.db", "/bearward.conf", "/token/../state/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_1_1_no_other_path_reaches_an_endpoint(server, method, path):
    response = raw.ask(server, method, path, "Content-Length: 0")

    expect.detail(response, 404, "Not Found")


def test_1_1_the_root_reaches_no_endpoint(server):
    response = raw.ask(server, "POST", "/", "Content-Length: 0")

    assert response.status_code == 405
    assert "access_token" not in response.text


@pytest.mark.only("lighttpd", "lighttpd-spawned", "apache-proxy-fcgi", "apache-fcgid")
def test_1_1_endpoints_answer_where_there_are_no_pages(start_server):
    server = start_server()
    shutil.rmtree(server.directory / "www")

    with server.client() as client:
        assert register(client, "alice").status_code == 200
        assert sign_in(client, "alice").status_code == 200
        assert [client.options(path).status_code for path in ("/revoke/", "/introspect")] == [204, 204]


# ---- 1.13 the gateway's own pages

def gateway_page(response, status):
    expect.detail(response, status)
    if status in (502, 503, 504):
        assert int(response.headers["retry-after"]) > 0
    else:
        assert "retry-after" not in response.headers


@pytest.mark.only(*OTHERS)
def test_1_13_browser_gets_a_page_that_stands_alone_and_a_program_json(client):
    html = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    asked = {"/nowhere": 404, "/toke?x": 404, "/errors/404.html": 404, "/signin": 413}

    for path, status in asked.items():
        body = {"method": "POST", "content": b"x" * 20000} if status == 413 else {"method": "GET"}
        page = client.request(url=path, headers=html, **body)
        assert page.status_code == status
        assert page.headers.get_list("content-type") == ["text/html; charset=utf-8"]
        assert page.headers.get_list("cache-control") == ["no-store"]
        assert page.headers.get_list("x-content-type-options") == ["nosniff"]
        assert "style-src 'unsafe-inline'" in page.headers["content-security-policy"] or status == 413
        assert "<h1>" in page.text
        expect.detail(client.request(url=path, **body), status)


before_htaccess = pytest.mark.exception(
    "Apache answers before it looks for .htaccess", "htaccess-cgi", "htaccess-fcgid")


@before_htaccess
def test_1_13_request_without_host_gets_a_400_page_in_json(server):
    with raw.Peer(server) as peer:
        peer.send("GET /users/me/ HTTP/1.1\r\n\r\n")

        gateway_page(peer.answer(), 400)


def json_error(response, *statuses):
    assert response.status_code in statuses
    assert response.headers.get_list("content-type") == ["application/json"]
    assert response.headers.get_list("x-content-type-options") == ["nosniff"]
    assert response.json()["detail"]


@pytest.mark.exception("TraceEnable is not for .htaccess", "htaccess-cgi", "htaccess-fcgid")
@pytest.mark.parametrize("path, allowed", [
    ("/token", ["OPTIONS", "POST"]), ("/users", ["OPTIONS", "POST"]), ("/users/?x=1", ["OPTIONS", "POST"]),
    ("/users/me/", ["GET", "HEAD", "OPTIONS"]), ("/users/me", ["GET", "HEAD", "OPTIONS"]),
    ("/revoke", ["OPTIONS", "POST"]), ("/introspect/?x=1", ["OPTIONS", "POST"]),
    *((path, ["GET", "HEAD", "OPTIONS", "POST"]) for path in (
        "/signin", "/account", "/account/?x=1", "/account/delete", "/link?token=x", "/users/me/sessions/")),
    *((path, ["OPTIONS", "POST"]) for path in ("/users/me/password", "/users/me/profile/", "/users/me/delete")),
    *((path, ["GET", "HEAD", "OPTIONS"]) for path in (
        "/users/me/audit", "/users/me/export/?x=1", "/account/activity", "/account/export", "/health/live/", "/health/ready",
        "/.well-known/jwks.json/", "/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/auth?x")),
    ("/metrics", ["GET", "HEAD"]), ("/metrics/", ["GET", "HEAD"]),
    ("/", ["GET", "HEAD"]), ("/docs", ["GET", "HEAD"]), ("/openapi.json?x=1", ["GET", "HEAD"])])
def test_1_2_trace_gets_405_with_what_is_allowed(server, path, allowed):
    response = raw.ask_anything(server, "TRACE", path, "X-Secret: canary")

    json_error(response, 405)
    # Apache adds an empty one.
    assert list(filter(None, response.headers.get_list("allow", split_commas=True))) == allowed
    assert "canary" not in response.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json?x=1"])
def test_1_2_page_gets_405_with_what_is_allowed(server, path, method):
    response = raw.ask_anything(server, method, path, "Content-Length: 0")

    expect.detail(response, 405, "Method Not Allowed")
    assert {"GET", "HEAD"} <= set(response.headers.get_list("allow", split_commas=True))


@pytest.mark.parametrize("target", ["localhost:443", *(
    pytest.param(path, marks=before_htaccess) for path in ("/users/me/", "/token", "/", "/nowhere"))])
def test_1_2_connect_is_refused_in_json(server, target):
    response = raw.ask_anything(server, "CONNECT", target, "Connection: close")

    json_error(response, 400, 404, 405)


@pytest.mark.parametrize("method", ["BREW", "get", "PROPFIND", "X" * 100])
@pytest.mark.parametrize("path", ["/token", "/users/me/", "/", "/docs"])
def test_1_2_unknown_method_is_refused_in_json(server, path, method):
    response = raw.ask_anything(server, method, path, "Content-Length: 0")

    json_error(response, 400, 405, 501)


@before_htaccess
@pytest.mark.parametrize("method", ["FOO/BAR", "GET(", "\"GET\"", "G\x00T"])
def test_1_2_method_that_is_none_is_refused_in_json(server, method):
    response = raw.ask_anything(server, method, "/users/me/", "Content-Length: 0", "Connection: close")

    json_error(response, 400, 501)


@pytest.mark.parametrize("path", ["/token", "/users/", "/users/me/"])
def test_1_13_body_announced_too_large_gets_a_413_page_before_it_is_sent(server, path):
    response = raw.ask(server, "POST", path, FORM, "Content-Length: 9999999999")

    gateway_page(response, 413)


@before_htaccess
@pytest.mark.parametrize("lines", [["Authorization: Bearer " + "x" * 20000], ["X-Long: " + "x" * 9000] * 8],
                         ids=["one header", "many headers"])
def test_1_13_headers_too_large_get_a_431_page_in_json(server, lines):
    response = raw.ask(server, "GET", "/users/me/", *lines)

    gateway_page(response, server.large_headers)


LARGE = {
    "one header": ["X-Long: " + "x" * 65536],
    "a token": ["Authorization: Bearer " + "x" * 65536],
    "many long headers": [f"X-Long-{number}: " + "x" * 8000 for number in range(90)],
    "many headers": [f"X-Some-{number}: " + "x" * 990 for number in range(99)],
    "long names": [f"{'x' * 1000}{number}: x" for number in range(70)],
    "more headers than anybody needs": [f"X-{number}: " + "x" * 600 for number in range(99)],
}


@before_htaccess
@pytest.mark.parametrize("lines", LARGE.values(), ids=LARGE)
def test_13_64_kib_of_headers_are_refused_in_json(server, lines):
    response = raw.ask_anything(server, "GET", "/users/me/", *lines, "Connection: close")

    json_error(response, 400, 431)


# What a browser may well send, and more than that as long as the web server takes it.
WELCOME = {
    "a browser's": ["User-Agent: " + "x" * 500, "Accept: " + "x" * 500, "Cookie: " + "x" * 6000,
                    "Authorization: Bearer " + "x" * 4096, "Referer: " + "x" * 1000,
                    *(f"Sec-Some-{number}: ?1" for number in range(15))],
}
AT_MOST = {
    **WELCOME, **LARGE,
    "each as large as may be": [f"{name}: " + "x" * 8100 for name in ("Authorization", "Cookie", "Referer")],
    "all below a KiB": [f"X-{number}: " + "x" * 1000 for number in range(36)],
    "as many and as long as may be": [f"X-{number}: " + "x" * 8100 for number in range(38)],
    "many of a name": ["Cookie: " + "x" * 4000] * 20,
}


@has_sockets
def test_13_no_responder_is_told_more_than_the_web_server_should_take(start_server):
    server = start_server()
    told = {}

    with FastcgiApplication(listen_instead_of(server, "users")):
        for name, lines in AT_MOST.items():
            for target in ("/users/", "/users/?" + "x" * 1900, "/users/?" + "x" * 7900):
                answer = raw.ask_anything(server, "OPTIONS", target, *lines, "Connection: close")
                if answer.status_code == 200:
                    told[name, len(target)] = sum(len(name) + len(value) for name, value in answer.json().items())
                else:
                    json_error(answer, 400, 414, 431)

    assert {name for name, length in told if length < 2000} >= set(WELCOME)
    assert max(told.values()) <= server.most_told, told


@has_sockets
def test_1_13_responder_that_is_gone_gives_a_502_page_and_the_others_go_on(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["access_token"]
        os.unlink(server.socket("token"))

        gone = sign_in(client, "alice")
        me = client.get("/users/me/", headers=bearer(token))

    gateway_page(gone, server.gone)
    expect.json_body(me, 200)


def listen_instead_of(server, endpoint):
    """Takes the place of a responder, for connections that are new: nginx keeps those to `me`."""
    os.unlink(server.socket(endpoint))
    listening = socket.socket(socket.AF_UNIX)
    listening.settimeout(PATIENCE)
    listening.bind(server.socket(endpoint))
    listening.listen(128)
    server.own(server.socket(endpoint))
    return listening


@has_sockets
def test_1_13_responder_that_hangs_up_gives_a_502_page(start_server):
    server = start_server()
    with listen_instead_of(server, "users") as listening, raw.Peer(server) as peer:
        peer.send(raw.head("OPTIONS", "/users/"))
        with listening.accept()[0] as connection:
            assert connection.recv(65536), "nothing came: lighttpd would try again"

        gateway_page(peer.answer(), server.hung_up)


@has_sockets
def test_1_13_responder_that_is_silent_gives_a_504_page(start_server):
    server = start_server()
    server.shorten_read_timeout()
    with listen_instead_of(server, "users"), server.client() as client:
        response = client.options("/users/")

    gateway_page(response, server.silent)


ERRORS_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@pytest.mark.only("plain", "sanitized")
def test_1_13_page_of_the_web_server_is_html_where_a_browser_asks_and_json_for_all_others(start_server):
    server = start_server()
    os.unlink(server.socket("signin"))
    asked = [("GET", "/nowhere", 404), ("POST", "/nowhere/x?y", 404), ("POST", "/token", 413),
             ("GET", "/signin?return=/x", 502), ("POST", "/signin", 502)]

    for method, path, status in asked:
        length = "Content-Length: 20000" if status == 413 else "Content-Length: 0"
        page, program = (raw.ask_anything(server, method, path, f"Accept: {accept}", length, "Connection: close")
                         for accept in (HTML, "*/*"))
        assert (page.status_code, program.status_code) == (status, status), path
        assert page.headers["content-type"] == "text/html; charset=utf-8", path
        assert page.headers.get_list("content-security-policy") == [ERRORS_POLICY]
        assert (page.headers["cache-control"], page.headers["x-content-type-options"]) == ("no-store", "nosniff")
        for name in ("allow", "retry-after"):
            assert page.headers.get_list(name) == program.headers.get_list(name)
        expect.detail(program, status)


# ---- 39.4 what was counted is for this machine

def ask_from(server, address, path):
    with raw.Peer(server, source=address) as peer:
        peer.send(raw.head("GET", path, "Connection: close"))
        return peer.answer()


def test_39_4_only_the_same_machine_reaches_the_metrics_with_the_samples_and_everybody_asks_for_health(server):
    for path in ("/metrics", "/metrics/", "/metrics?x=1"):
        expect.detail(ask_from(server, "127.0.0.9", path), 403, "Forbidden")
        assert ask_from(server, "127.0.0.1", path).status_code != 403
    for path in ("/health/live", "/health/ready/"):
        assert ask_from(server, "127.0.0.9", path).status_code == ask_from(server, "127.0.0.1", path).status_code != 403


# ---- 37.2 what is in the query of /link is a secret until the link is used

SECRET = "Zq7JxSecretOfALink"


def look_for_query_in_logs(server):
    """Asks for a link in every way, also while its responder is gone, and looks into all that was written."""
    targets = [f"/link?token={SECRET}", f"/link/?token={SECRET}", f"/link?token={SECRET}&x=/link?token={SECRET}",
               f"{server.url}/link?token={SECRET}"]

    def ask_all():
        for target in targets:
            for method, length, accept in (("GET", 0, "*/*"), ("GET", 0, HTML), ("HEAD", 0, "*/*"), ("POST", 0, "*/*"), ("PUT", 0, HTML),
                                           ("POST", 20000, HTML)):
                raw.ask_anything(server, method, target, f"Accept: {accept}", f"Content-Length: {length}", "Connection: close",
                                 body=b"x" * length)

    ask_all()
    if os.path.exists(server.socket("account")) and getattr(server, "copies", 1) == 1:
        with listen_instead_of(server, "account") as listening:
            with raw.Peer(server) as peer:
                peer.send(raw.head("GET", targets[0], "Connection: close"))
                with listening.accept()[0] as connection:
                    assert connection.recv(65536)
                peer.answer()
            os.unlink(server.socket("account"))
            ask_all()
    server.stop()
    logs = {path.name: path.read_text(errors="replace") for path in (server.directory / "log").iterdir()}

    assert "/link" in "".join(logs.values())
    assert not [name for name, text in logs.items() if SECRET in text]


@pytest.mark.only("plain", "lighttpd", "lighttpd-spawned", "apache-proxy-fcgi", "apache-fcgid")
def test_37_query_of_a_link_is_in_no_log_not_even_when_the_responder_is_gone(start_server):
    look_for_query_in_logs(start_server())


# ---- what nginx does against floods, if it is switched on

@pytest.mark.only("plain")
def test_flood_limit_lets_400_requests_at_once_pass(start_server):
    server = start_server()
    edit_nginx(server, "#(limit_req)", r"\1")
    peers = [raw.Peer(server) for _ in range(400)]

    for peer in peers:
        peer.send(raw.head("OPTIONS", "/token", "Connection: close"))
    answers = [peer.answer("OPTIONS") for peer in peers]
    for peer in peers:
        peer.close()

    assert {answer.status_code for answer in answers} == {204}


@pytest.mark.only("plain")
@pytest.mark.parametrize("path", ["/token", "/users/"])
def test_flood_limit_answers_in_json_and_says_when_to_come_again(start_server, path):
    server = start_server()
    edit_nginx(server, "#(limit_req)", r"\1", "rate=20r/s", "rate=1r/m", "burst=400 nodelay", "")

    first, second = (raw.ask(server, "OPTIONS", path, "Connection: close") for _ in range(2))

    assert first.status_code == 204
    expect.detail(second, 429, "Too many attempts")
    assert int(second.headers["retry-after"]) > 0


# ---- what the web server says of itself, and of its clients

@pytest.mark.exception("ServerTokens is not for .htaccess", "htaccess-cgi", "htaccess-fcgid")
def test_no_answer_names_a_version(server, client):
    answers = [client.get("/"), client.get("/users/me/"), client.get("/nowhere"), client.put("/token"), client.post("/"),
               raw.ask_anything(server, "GET", "/users/me/ x", "Connection: close"),
               raw.ask_anything(server, "POST", "/token", FORM, "Content-Length: 9999999999")]

    assert {answer.headers.get("server") for answer in answers} <= {None, "nginx", "Apache"}
    for answer in answers[1:]:
        assert not {"server", "x-powered-by", "via"} & {name for name in answer.headers if any(
            character.isdigit() for character in answer.headers[name])}
        assert not re.search(r"(nginx|lighttpd|apache)", answer.text, re.I)


# Method and target, with a query string that must not be there; the status; the path.
LOGGED = [
    ("GET", "/nowhere?canary", 404, "/nowhere"), ("HEAD", "/nowhere/x?canary", 404, "/nowhere/x"),
    ("POST", "/nowhere/y?canary", 404, "/nowhere/y"), ("POST", "/docs?canary", 405, "/docs"),
    ("PUT", "/?canary", 405, "/"), ("DELETE", "/openapi.json?canary", 405, "/openapi.json"),
    ("TRACE", "/users/me/?canary", 405, "/users/me/"), ("PATCH", "/token?canary", 405, "/token"),
    ("GET", "/users/me?canary", 401, "/users/me"), ("GET", "/docs?canary", 200, "/docs"),
    ("GET", "http://localhost/users/?canary", 405, "/users/"),
]


# On shared hosting, the log is the host's.
@pytest.mark.only("plain", "lighttpd", "lighttpd-spawned", "apache-proxy-fcgi", "apache-fcgid")
def test_access_log_names_the_method_and_the_path_that_were_asked_for(start_server):
    server = start_server()
    expected = set()

    for method, target, status, path in LOGGED:
        answer = raw.ask_anything(server, method, target, "Content-Length: 0", "Connection: close")
        assert answer.status_code == status, (method, target)
        expected.add(f'"{method} {path}" {answer.status_code} ')
    too_large = raw.ask_anything(server, "POST", "/token?canary", FORM, "Content-Length: 9999999999")
    expected.add('"POST /token" 413 ')
    # A target that is none: the path need not be there.
    raw.ask_anything(server, "CONNECT", "/users?canary", "Connection: close")
    expected.add('"CONNECT ')

    assert too_large.status_code == 413
    assert eventually(lambda: not [words for words in expected if words not in server.log("access.log")]), \
        [words for words in expected if words not in server.log("access.log")] + [server.log("access.log")]
    assert "canary" not in server.log("access.log")
    assert ".gateway" not in server.log("access.log")


# lighttpd says nothing of a request that it could not read.
@pytest.mark.only("plain", "apache-proxy-fcgi", "apache-fcgid")
@pytest.mark.parametrize("lines", [["X-Long: " + "x" * 20000], ["X-Long: " + "x" * 9000] * 8], ids=["long", "many"])
def test_access_log_names_what_was_asked_for_when_headers_are_refused(start_server, lines):
    server = start_server()

    answer = raw.ask_anything(server, "OPTIONS", "/users/me?canary", *lines)

    assert answer.status_code in (400, 431)
    assert eventually(lambda: f'"OPTIONS /users/me" {answer.status_code} ' in server.log("access.log"))
    assert "canary" not in server.log("access.log")


# ---- connections

@pytest.mark.exception("mod_proxy_fcgi takes a responder before it reads the body: `threads` is the number of slow ones",
                       "apache-proxy-fcgi", run=False)
def test_1_5_slow_bodies_do_not_keep_others_waiting(server, client, user, token):
    body = f"username={user}&password={PASSWORD.replace(' ', '+')}".encode()
    peers = [raw.Peer(server) for _ in range(40)]
    for peer in peers:
        peer.send(raw.head("POST", "/token", FORM, f"Content-Length: {len(body)}") + body[:10])

    others = [sign_in(client, user), client.get("/users/me/", headers=bearer(token))]
    for peer in peers:
        peer.send(body[10:])
    answers = [peer.answer("POST") for peer in peers]
    for peer in peers:
        peer.close()

    assert [response.status_code for response in others] == [200, 200]
    assert [response.status_code for response in answers] == [200] * 40


def test_1_5_client_that_leaves_in_the_middle_of_a_body_changes_nothing(server, client, new_name):
    name = new_name()
    body = b'{"username":"%s","password":"correct horse"}' % name.encode()
    with raw.Peer(server) as peer:
        length = f"Content-Length: {len(body) + 1}"
        peer.send(raw.head("POST", "/users/", "Content-Type: application/json", length) + body)

    response = register(client, name)

    expect.json_body(response, 200)


def test_1_5_requests_on_one_connection_are_answered_one_by_one(server, user, token):
    wrong = f"username={user}&password=wrong".encode()

    with raw.Peer(server) as peer:
        peer.send(raw.head("GET", "/users/me/", f"Authorization: Bearer {token}")
                  + raw.head("POST", "/token", FORM, f"Content-Length: {len(wrong)}") + wrong
                  + raw.head("GET", "/users/me/"))
        answers = [peer.answer(method) for method in ("GET", "POST", "GET")]

    assert [response.status_code for response in answers] == [200, 401, 401]
    assert [response.json().get("detail") for response in answers] == [
        None, "Incorrect username or password", "Not authenticated"]
