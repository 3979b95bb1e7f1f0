"""bearward behind Caddy, with the sample that a user copies; test_protect.py has the other one."""

import json
import re

import pytest

import raw
from conftest import PASSWORD, bearer, eventually, register, sign_in, started
from gateways import Caddy
from person import HTML
from pools import routed
from proxies import Proxy
from test_gateway import ask_from, look_for_query_in_logs

FORGED = "203.0.113.77"


@pytest.fixture(scope="module")
def caddy():
    with started(Caddy()) as server:
        yield server


@pytest.fixture
def ask(caddy):
    with caddy.client() as client:
        yield client


def test_every_address_of_a_responder_answers_with_a_slash_and_without(ask):
    users = [ask.post(path, json={"username": name, "password": PASSWORD}) for path, name in (("/users", "alice"), ("/users/", "bob"))]
    tokens = [ask.post(path, data={"username": "alice", "password": PASSWORD}) for path in ("/token", "/token/")]
    shown = [ask.get(path, headers=bearer(tokens[0].json()["access_token"])) for path in ("/users/me", "/users/me/")]

    assert [user.status_code for user in users] == [200, 200]
    assert [token.json()["token_type"] for token in tokens] == ["bearer", "bearer"]
    assert [user.json()["username"] for user in shown] == ["alice", "alice"]


def test_every_address_is_routed_to_its_program(ask):
    for _, path, allow in routed():
        for spelling in (path.rstrip("/"), path.rstrip("/") + "/"):
            assert ask.options(spelling).headers["allow"] == allow, spelling


def test_39_4_only_the_same_machine_reaches_the_metrics(caddy):
    statuses = [ask_from(caddy, address, path).status_code for address in ("127.0.0.9", "127.0.0.1") for path in ("/metrics", "/metrics/")]

    assert statuses[:2] == [403, 403] and 403 not in statuses[2:]


def test_37_query_of_a_link_is_in_no_log_not_even_when_the_responder_is_gone():
    server = Caddy().start()
    try:
        look_for_query_in_logs(server)
    finally:
        server.stop()
        server.remove()


@pytest.mark.parametrize("path, kind", [
    ("/", "text/html"), ("/docs", "text/html"), ("/openapi.json", "application/json"), ("/style.css", "text/css"),
    ("/signin.js", "text/javascript"), ("/icon.svg", "image/svg+xml")])
def test_page_comes_with_its_policy_and_can_only_be_read(ask, path, kind):
    page, refused = ask.get(path), ask.post(path)

    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, kind)
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert page.headers["cache-control"] == "no-cache" and "etag" in page.headers
    assert (refused.status_code, refused.headers["allow"], refused.json()) == (405, "GET, HEAD", {"detail": "Method Not Allowed"})


@pytest.mark.parametrize("path", ["/nowhere", "/token/x", "/users/x", "/users/me/x", "/users/me/password/x", "/health", "/metricsx", "/docs/", "/x/token", "/Caddyfile", "/swagger-ui/",
                                  "/..%2fbearward.conf", "/token%00"])
def test_nothing_else_is_there(caddy, path):
    answer = raw.ask(caddy, "GET", path, "Connection: close")

    assert answer.status_code in (400, 404)
    assert "password" not in answer.text


def test_error_that_caddy_answers_itself_is_json_and_names_no_version(caddy, ask):
    missing = ask.get("/nowhere")

    assert missing.json() == {"detail": "Not Found"}
    assert missing.headers["cache-control"] == "no-store"
    assert missing.headers.get("server") in (None, "Caddy")


def test_responder_that_is_gone_is_a_502_in_json():
    with started(Caddy()) as server, server.client() as client:
        assert client.get("/users/me/").status_code == 401
        for text in ("me", "token"):
            (server.directory / f"run/{text}.sock").rename(server.directory / f"run/{text}.gone")

        answers = client.get("/users/me/"), sign_in(client, "alice")

    for answer in answers:
        assert (answer.status_code, answer.json()) == (502, {"detail": "Service temporarily unavailable"})
        assert answer.headers["retry-after"] == "2"


def clients(server):
    return re.findall(r" client=(\S+)", server.log())


def test_1_11_nobody_is_believed_to_be_a_proxy_as_shipped(caddy):
    with raw.Peer(caddy, source="127.0.0.7") as peer:
        peer.send(raw.head("GET", "/users/me/", f"X-Forwarded-For: {FORGED}", "Connection: close"))
        assert peer.answer().status_code == 401

    assert eventually(lambda: "127.0.0.7" in clients(caddy))
    assert FORGED not in clients(caddy)


def test_1_11_client_of_a_named_proxy_is_whom_the_proxy_names_and_of_no_other():
    with started(Caddy()) as server:
        server.edit(r"#192\.0\.2\.1 ", "127.0.0.1 ")
        proxy = Proxy(server.port).start()
        try:
            for path, source in (("/auth/users/me/", "127.0.0.21"), ("/unnamed/users/me/", "127.0.0.22")):
                with raw.Peer(proxy, source=source) as peer:
                    peer.send(raw.head("GET", path, f"X-Forwarded-For: {FORGED}", "Connection: close"))
                    assert peer.answer().status_code == 401
        finally:
            proxy.stop()

        for client in ("127.0.0.21", Proxy.UNNAMED):
            assert eventually(lambda: client in clients(server))
        assert not {FORGED, "127.0.0.22"} & set(clients(server))


def test_access_log_has_no_query_and_no_header(caddy, ask):
    ask.get("/users/me/?access_token=topsecret", headers=bearer("topsecret"))
    ask.get("/nowhere?token=topsecret")

    lines = [json.loads(line) for line in caddy.log().splitlines() if line.startswith("{")]
    assert "/nowhere" in [line.get("request", {}).get("uri") for line in lines]
    assert "topsecret" not in caddy.log()


# Should this fail, a line of INSTALL can go.
def test_caddy_announces_a_length_of_0_for_a_body_in_chunks(ask):
    register(ask, "carol")

    answer = ask.post("/token", content=iter([f"username=carol&password={PASSWORD}".replace(" ", "+").encode()]),
                      headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert answer.status_code == 400
    assert answer.json()["detail"] == "Request body does not match Content-Length"


# Should one of these fail, a line of INSTALL can go, too.
def test_more_than_64_kib_of_headers_are_answered_with_502(caddy):
    lines = [f"X-{number}: {'a' * 8000}" for number in range(10)]

    assert raw.ask(caddy, "GET", "/users/me/", *lines, "Connection: close").status_code == 502


def test_without_a_root_caddy_names_the_directory_that_it_was_started_in(monkeypatch):
    with started(Caddy()) as server, server.client() as client:
        monkeypatch.setattr(Caddy, "is_ready", Caddy.listens)
        server.edit(r"\troot \* .*", "")

        assert client.get("/users/me/").status_code == 503
        assert "document root" in server.log()


def test_1_15_its_own_error_pages_may_be_read_where_the_sample_is_told():
    app, exposed = "https://app.example.org", "WWW-Authenticate, Retry-After"
    with started(Caddy(allowed_origins=app)) as server, server.client() as client:
        server.edit("#(@allowed|header @allowed)", r"\1")
        seen = [client.get(path, headers={"Origin": origin})
                for path in ("/nowhere", "/users/me/") for origin in (app, "https://b.example")]

    assert [answer.status_code for answer in seen] == [404, 404, 401, 401]
    for answer in seen:
        is_allowed = answer.request.headers["origin"] == app
        assert answer.headers.get_list("access-control-allow-origin") == ([app] if is_allowed else [])
        assert answer.headers.get_list("access-control-expose-headers") == ([exposed] if is_allowed else [])


def test_error_that_caddy_answers_itself_is_a_page_where_a_browser_asks(caddy, ask):
    answers = [ask.request(method, path, headers={"Accept": HTML}) for method in ("GET", "POST") for path in ("/nowhere", "/style.css/x")]

    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers.get_list("content-security-policy") == [
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"]
    assert ask.post("/style.css", headers={"Accept": HTML}).headers["allow"] == "GET, HEAD"
