"""Pages of other origins: allowed_origins (protocol section 1.15), by its headers and in a real browser."""

import contextlib
import http.server
import os
import threading

import fastcgi
import npm
import pytest
from browser import chromium, page  # noqa: F401
from conftest import PASSWORD, bearer, edit_nginx, register, running, sign_in
from server import substitute
from test_every_endpoint import ALLOW, FORM

APP, LOCAL = "https://app.example.org", "http://localhost:3000"
EXPOSED = "WWW-Authenticate, Retry-After"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.fixture(scope="module")
def listed(front):
    with running(front, allowed_origins=f"{APP} {LOCAL}") as server, server.client() as client:
        yield client


@pytest.fixture(scope="module")
def anywhere(front):
    with running(front, allowed_origins="*") as server, server.client() as client:
        yield client


def cors_of(response):
    """The headers of CORS, each of which is there once; Vary is not among them."""
    names = sorted(name for name in response.headers if name.startswith("access-control-"))
    assert all(len(response.headers.get_list(name)) == 1 for name in names)
    return {name.removeprefix("access-control-"): response.headers[name] for name in names}


def varies(response):
    return "Origin" in [part.strip() for line in response.headers.get_list("vary") for part in line.split(",")]


@pytest.mark.core
@pytest.mark.parametrize("path", [path for path in ALLOW if path.startswith(("/token", "/users", "/revoke", "/.well-known"))])
def test_1_15_a_preflight_of_a_listed_origin_is_told_what_it_may_send(listed, path):
    for origin in (APP, LOCAL):
        response = listed.options(path, headers={**PREFLIGHT, "Origin": origin})

        assert response.status_code == 204
        assert response.headers.get_list("allow") == [ALLOW[path]]
        assert cors_of(response) == {
            "allow-origin": origin, "allow-methods": ALLOW[path], "allow-headers": "Authorization, Content-Type",
            "max-age": "600", "expose-headers": EXPOSED}
        assert varies(response)


def answers(client, name, headers):
    """One of each kind that needs no settings: what was granted, and what was refused."""
    granted = client.post("/users/", json={"username": name, "password": PASSWORD}, headers=headers)
    token = client.post("/token", data={"username": name, "password": PASSWORD}, headers=headers)
    return [
        (200, granted), (200, token),
        (409, client.post("/users", json={"username": name, "password": PASSWORD}, headers=headers)),
        (422, client.post("/users/", json={"username": name}, headers=headers)),
        (401, client.post("/token/", data={"username": name, "password": "wrong"}, headers=headers)),
        (422, client.post("/token", data={"username": name}, headers=headers)),
        (400, client.post("/token", content="%", headers={**headers, "Content-Type": FORM})),
        (415, client.post("/token", json={}, headers=headers)),
        (405, client.put("/token", headers=headers)),
        (200, client.get("/users/me/", headers={**headers, **bearer(token.json()["access_token"])})),
        (401, client.get("/users/me", headers=headers)),
        (200, client.get("/users/me/sessions", headers={**headers, **bearer(token.json()["access_token"])})),
        (401, client.post("/users/me/password", json={}, headers=headers)),
        (204, client.options("/token", headers=headers)),
        (200, client.post("/revoke", data={"token": "x"}, headers=headers)),
        (400, client.post("/revoke/", data={}, headers={**headers, "Content-Type": FORM})),
    ]


@pytest.mark.core
def test_1_15_every_answer_to_a_listed_origin_may_be_read(listed, new_name):
    for status, response in answers(listed, new_name(), {"Origin": APP}):
        assert response.status_code == status
        assert cors_of(response) == {"allow-origin": APP, "expose-headers": EXPOSED}, status
        assert varies(response)


@pytest.mark.core
def test_1_15_with_a_star_every_answer_may_be_read_by_anyone(anywhere, new_name):
    for headers in ({"Origin": APP}, {"Origin": "null"}, {}):
        for status, response in answers(anywhere, new_name(), headers):
            assert response.status_code == status
            assert cors_of(response) == {"allow-origin": "*", "expose-headers": EXPOSED}
    preflight = anywhere.options("/users/me/", headers={**PREFLIGHT, "Origin": APP})

    assert cors_of(preflight)["allow-headers"] == "Authorization, Content-Type"
    assert not varies(preflight)


OTHERS = [None, "null", "", "*", "http://app.example.org", "https://app.example.org:8443", "https://app.example.org/",
          "https://app.example.org.evil.example", "https://xapp.example.org", "https://APP.example.org",
          "https://app.example.or",
          f"{APP} {LOCAL}", f"{APP},{LOCAL}", "https://app.example.org\t"]


@pytest.mark.core
@pytest.mark.parametrize("origin", OTHERS[:5], ids=str)
def test_1_15_no_answer_to_another_origin_may_be_read(listed, new_name, origin):
    headers = {} if origin is None else {"Origin": origin}
    for status, response in answers(listed, new_name(), headers):
        assert response.status_code == status
        assert cors_of(response) == {}
        assert varies(response), "a cache may give it to another origin"


@pytest.mark.parametrize("origin", OTHERS[5:-1], ids=str)
def test_1_15_an_origin_that_only_resembles_a_listed_one_is_another(listed, origin):
    response = listed.options("/token", headers={**PREFLIGHT, "Origin": origin})

    assert response.status_code == 204
    assert cors_of(response) == {}


def test_1_15_two_origins_in_one_request_are_none(listed):
    response = listed.request("OPTIONS", "/token", headers=[*PREFLIGHT.items(), ("Origin", APP), ("Origin", LOCAL)])

    assert cors_of(response) == {}


@pytest.mark.core
def test_1_15_by_default_no_answer_has_a_header_of_cors(client, new_name):
    for _, response in answers(client, new_name(), {"Origin": APP, **PREFLIGHT}):
        assert cors_of(response) == {}
        assert not varies(response)


def test_1_15_refusals_of_a_busy_or_broken_service_may_be_read(start_plain_server):
    server = start_plain_server(allowed_origins=APP, attempts="yes", attempts_account_source="1 60")
    with server.client(headers={"Origin": APP}) as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["access_token"]
        sign_in(client, "alice", "wrong")
        responses = [sign_in(client, "alice", "wrong")]
        server.storage.spoil()
        responses += [register(client, "bob"), client.get("/users/me/", headers=bearer(token))]

    assert [response.status_code for response in responses] == [429, 503, 503]
    for response in responses:
        assert cors_of(response) == {"allow-origin": APP, "expose-headers": EXPOSED}
        assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_1_15_verify_has_no_cors(start_plain_server, method):
    server = start_plain_server(allowed_origins="*")
    params = fastcgi.get_params(REQUEST_METHOD=method, HTTP_ORIGIN=APP, HTTP_ACCESS_CONTROL_REQUEST_METHOD="GET")

    response = fastcgi.ask(server.socket("verify"), params)

    assert response.status_code == 401
    assert cors_of(response) == {}


# ---- the setting

FAULTS = {
    "https://app.example.org/": "ends in a slash: write https://app.example.org",
    "https://app.example.org/login": "with a path",
    "app.example.org": "without a scheme: write https://app.example.org",
    "localhost:3000": "without a scheme",
    "null": "without a scheme",
    "https://App.example.org": "capital letters",
    "HTTPS://app.example.org": "capital letters",
    "https://app.example.org:443": "the usual port",
    "http://app.example.org:80": "the usual port",
    "http://localhost:0": "a number from 1 to 65535",
    "http://localhost:65536": "a number from 1 to 65535",
    "http://localhost:": "a number from 1 to 65535",
    "http://localhost:3000a": "a number from 1 to 65535",
    "https://*.example.org": "has a pattern: name each origin",
    "https://": "is none",
    "https://user@app.example.org": "is none",
    "https://[::1": "is none",
    "* https://app.example.org": "is * alone, or a list",
    "https://a.example, https://b.example": "separated by single spaces",
    "https://a.example  https://b.example": "separated by single spaces",
    "https://" + "a" * 293: "more than 300 characters",
}
GOOD = ["*", APP, f"{APP} {LOCAL}", "http://127.0.0.1:8000 http://[::1]:3000", "capacitor://localhost",
        "chrome-extension://abcdefghijklmnop", "https://xn--bcher-kva.example:8443", "https://" + "a" * 292]


@pytest.mark.only_nginx("the command is the same everywhere")
def test_1_15_an_origin_that_no_browser_sends_is_refused_with_the_right_form(start_plain_server):
    server = start_plain_server()
    for value, words in FAULTS.items():
        server.write_settings(allowed_origins=value)
        done = server.command("check-config")
        assert done.returncode == 1, value
        assert "allowed_origins" in done.stderr and words in done.stderr, (value, done.stderr)
        assert "bearward.conf:" in done.stderr or "line" in done.stderr
    for value in GOOD:
        server.write_settings(allowed_origins=value)
        done = server.command("check-config")
        assert done.returncode == 0, (value, done.stderr)
        assert f"allowed_origins = {value}\n" in done.stdout


# ---- the web server's own pages

def allow_in_nginx(server):
    edit_nginx(server, r'#"https://app.example.org" "https', r'"https://app.example.org" "https')


def allow_in_lighttpd(server):
    path = server.directory / "errors.lua"
    text = path.read_text()
    assert '-- ["https' in text
    path.write_text(text.replace('-- ["https', '["https'))
    server.edit()



IN_APACHE = (r"#(SetEnvIf Origin)", r"\1", r"#(Header always \w+ (?:Access-Control|Vary))", r"\1")


def allow_in_apache(server):
    server.edit(*IN_APACHE)


def allow_in_htaccess(server):
    path = server.directory / "www/.htaccess"
    path.write_text(substitute(path.read_text(), *IN_APACHE))


ALLOW_IN = {"plain": allow_in_nginx, "sanitized": allow_in_nginx, "lighttpd": allow_in_lighttpd,
            "lighttpd-spawned": allow_in_lighttpd, "htaccess-cgi": allow_in_htaccess,
            "htaccess-fcgid": allow_in_htaccess}


@pytest.mark.core
@pytest.mark.plain("is about web servers")
def test_1_15_the_web_server_s_own_error_pages_may_be_read_where_its_sample_is_told(front, start_server, new_name):
    server = start_server(allowed_origins=APP)
    ALLOW_IN.get(front, allow_in_apache)(server)
    with server.client() as client:
        def ask(origin):
            return client.post("/token", content=b"x" * 20000, headers={"Content-Type": FORM, "Origin": origin})

        allowed, other = ask(APP), ask(LOCAL)
        refused = sign_in(client, new_name())

    assert allowed.status_code == other.status_code == 413
    assert cors_of(allowed) == {"allow-origin": APP, "expose-headers": EXPOSED}
    assert varies(allowed)
    assert cors_of(other) == {}
    assert cors_of(refused) == {}
    assert len(refused.headers.get_list("vary")) == 1


@pytest.mark.only_nginx("it is about nginx")
def test_1_15_a_page_learns_of_nginx_that_a_responder_is_gone(start_plain_server):
    server = start_plain_server(allowed_origins=APP)
    allow_in_nginx(server)
    os.unlink(server.socket("token"))
    with server.client(headers={"Origin": APP}) as client:
        response = sign_in(client, "alice")

    assert response.status_code == 502
    assert cors_of(response) == {"allow-origin": APP, "expose-headers": EXPOSED}
    assert response.json()["detail"] == "Service temporarily unavailable"


# ---- in a browser

class Page(http.server.BaseHTTPRequestHandler):
    """A front end's one page, which has nothing on it."""

    def do_GET(self):
        body = b"<!doctype html><title>front end</title><link rel=icon href='data:,'>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def front_end():
    """Its origin. It is another one than bearward's because of the port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


SCRIPT = """
const [url, username, password, done] = arguments;
const read = async (answer) => ({status: answer.status, body: await answer.json(),
                                 challenge: answer.headers.get("WWW-Authenticate")});
const ask = (path, options) => fetch(url + path, options).then(read, (error) => ({lost: error.name}));
const form = new FormData();
form.append("username", username);
form.append("password", password);
(async () => {
    const said = {};
    said.registered = await ask("/users/", {
        method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({username, password})});
    said.multipart = await ask("/token", {method: "POST", body: form});
    said.urlencoded = await ask("/token", {method: "POST", body: new URLSearchParams({username, password})});
    said.me = await ask("/users/me/", {headers: {Authorization: `Bearer ${said.multipart.body?.access_token}`}});
    said.refused = await ask("/users/me/", {headers: {Authorization: "Bearer x"}});
    return said;
})().then(done, (error) => done({error: String(error)}));
"""
AXIOS = """
const [url, username, password, done] = arguments;
const form = new FormData();
form.append("username", username);
form.append("password", password);
const headers = {"Content-Type": "application/x-www-form-urlencoded"};
axios.post(url + "/token", form, {headers})
    .then((answer) => answer.data, (error) => ({error: String(error)})).then(done);
"""


@contextlib.contextmanager
def on_page(page, front_end, **settings):
    with running("plain", **settings) as server:
        page.open(front_end + "/")
        yield server
        page.forget()


def test_1_15_a_page_of_a_listed_origin_registers_signs_in_and_reads_who_it_is(page, front_end):
    with on_page(page, front_end, allowed_origins=f"{APP} {front_end}") as server:
        said = page.driver.execute_async_script(SCRIPT, server.url, "alice", PASSWORD)

    assert said["registered"]["body"] == said["me"]["body"] == {"id": 1, "username": "alice", "is_active": True}
    assert said["multipart"]["body"]["token_type"] == said["urlencoded"]["body"]["token_type"] == "bearer"
    assert said["refused"]["status"] == 401
    assert said["refused"]["challenge"].startswith("Bearer realm=")


@pytest.mark.parametrize("settings", [{}, {"allowed_origins": APP}], ids=["by default", "others only"])
def test_1_15_a_page_of_another_origin_reads_nothing(page, front_end, settings):
    with on_page(page, front_end, **settings) as server:
        said = page.driver.execute_async_script(SCRIPT, server.url, "alice", PASSWORD)
        users = server.command("user", "list").stdout

    assert {name: set(answer) for name, answer in said.items()} == dict.fromkeys(said, {"lost"})
    assert "alice" not in users, "its preflight was refused, and it has registered all the same"


def test_1_6_axios_sends_a_multipart_form_whatever_the_code_says(page, front_end):
    with on_page(page, front_end, allowed_origins="*") as server, server.client() as client:
        register(client, "alice")
        page.run(npm.fetch("axios", "dist/axios.min.js").read_text() + "; window.axios ??= axios")
        said = page.driver.execute_async_script(AXIOS, server.url, "alice", PASSWORD)

    assert said["token_type"] == "bearer"
