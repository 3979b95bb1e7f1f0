"""Pages and an application behind bearward, in each web server with the sample a user copies; protocol section 11."""

import base64
import hashlib
import itertools
import os
import re

import httpx
import pytest

import jws
import protect
import raw
import websocket
from conftest import PASSWORD, PATIENCE, Server, bearer, eventually, register, running, sign_in
from expect import challenge
from person import Person
from protect import PAGE, SITES, application, kinds  # noqa: F401: a fixture
from sessions import Session

SCOPES = {"scopes": "items:read items:write"}
FOREIGN_NAME = "Ren\u00e9e.o+1@example.org"
BODY = b"\0\r\n\xff" * 75000
NAMES = ["Sub", "User", "Client", "Scope", "Exp"]       # what a token tells
BROWSERS_NAMES = ["Groups", "Email", "Session", "Time"]
# Headers in which other gateways tell an application who the user is. Of the first two, the users of these tests have nothing;
# bearward does not send the others.
OTHERS = ["X-Auth-Email", "X-Auth-Groups", "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups",
          "X-Remote-User", "X-WEBAUTH-USER", "X-Forwarded-User", "X-Forwarded-Preferred-Username",
          "X-Forwarded-Email", "X-Forwarded-Groups"]


@pytest.fixture(scope="module")
def server():
    with running("plain", **SCOPES) as server:
        yield server


@pytest.fixture(scope="module", params=kinds())
def site(request, server, tokens, application):
    site = SITES[request.param](server, application).start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def tokens(server):
    """For `alice`: one that opens everything, and one without a scope; and for a name outside ASCII.

    They are given before there is a site, since one asks a copy of the state directory.
    """
    with server.client() as client:
        register(client, "alice")
        register(client, FOREIGN_NAME)
        return {"good": sign_in(client, "alice", scope="items:read").json()["access_token"],
                "unscoped": sign_in(client, "alice").json()["access_token"],
                "foreign": sign_in(client, FOREIGN_NAME, scope="items:read").json()["access_token"]}


@pytest.fixture
def start_site(server, tokens, application):
    """A function that starts a site of the test's own; with a bearward of its own, where the test is to break that."""
    started = []

    def start(kind, change=lambda text: text, own_server=False):
        bearward, token = server, tokens["good"]
        if own_server:
            bearward = Server(**SCOPES).start()
            started.append(bearward)
            with bearward.client() as client:
                register(client, "alice")
                token = sign_in(client, "alice", scope="items:read").json()["access_token"]
        site = SITES[kind](bearward, application, change)
        started.append(site)
        return site.start(), token

    yield start
    for one in reversed(started):
        one.stop()
        if isinstance(one, Server):
            one.remove()


def ask(site, path, token=None, method="GET", headers=None, **options):
    headers = [*(bearer(token) if token else {}).items(), *dict(headers or {}).items()]
    with httpx.Client(base_url=site.url, timeout=PATIENCE, trust_env=False, verify=False) as client:
        return client.request(method, path, headers=headers, **options)


def refused(site, response, status, error=None):
    """Neither the page nor the application's answer, but a challenge with this error."""
    assert response.status_code == status, response.text
    assert PAGE not in response.text and "headers" not in response.text
    assert challenge(response).get("error") == error
    assert response.headers["content-type"] == "application/json"
    assert set(response.json()) == {"detail"}


def both(site):
    return site.page, site.app + "x"


def read_loosely(name):
    """The name that a CGI-like application would read."""
    return re.sub("[^0-9A-Z]", "_", name.upper())


def headers_of(told):
    """What the application was told, by the names that a CGI-like application would read."""
    found = {}
    for name, value in told["headers"]:
        found.setdefault(read_loosely(name), []).append(value)
    return found


def misspellings(name):
    """Other headers, which some applications take for this one."""
    return [name.replace("-", "_"), name.lower().replace("-", "_"), name.replace("-", ".", 1), name.replace("-", "~"),
            name[::-1].replace("-", "_", 1)[::-1]]


# ---- 37.2 what is in the query of /link is a secret until the link is used

def test_37_query_of_a_link_is_in_no_log_of_a_site_not_even_when_the_responder_is_gone(site):
    if isinstance(site, protect.Htaccess):
        pytest.skip("the log is the host's")

    def ask_all():
        for path in ("/link", "/link/"):
            for accept in ("*/*", "text/html"):
                statuses = [ask(site, path, method=method, params={"token": "Zq7JxSecret"}, headers={"Accept": accept}, content=b"x" * length)
                            .status_code for method, length in (("GET", 0), ("POST", 0), ("POST", 20000))]
        return statuses

    def logged():
        return site.log() + site.server.log()

    there = ask_all()
    os.rename(site.socket("account"), f"{site.socket('account')}.gone")
    try:
        gone = ask_all()
    finally:
        os.rename(f"{site.socket('account')}.gone", site.socket("account"))
    asked = ask(site, "/nowhere?token=Seen").status_code

    assert not {500, 502, 503} & set(there) and set(gone) <= {413, 502, 503} and asked == 404
    assert site.has_no_log or eventually(lambda: "/nowhere" in logged())
    assert "Zq7JxSecret" not in logged()


# ---- 11.2 who may

def test_11_2_without_a_token_there_is_a_challenge_and_nothing_else(site, application):
    before = len(application.requests)

    for path in both(site):
        refused(site, ask(site, path), 401)

    assert len(application.requests) == before


def test_11_2_good_token_opens_the_page(site, tokens):
    response = ask(site, site.page, tokens["good"])

    assert (response.status_code, response.text) == (200, PAGE)
    assert response.headers["content-type"].startswith("text/html")
    assert int(response.headers["content-length"]) == len(PAGE)
    assert "last-modified" in response.headers


def test_web_server_names_no_version(site, tokens):
    for response in (ask(site, site.page), ask(site, site.page, tokens["good"]), ask(site, "/nowhere")):
        assert site.names is None or response.headers.get("server") in site.names


def test_11_2_consent_leaves_no_trace_in_the_answer(site, tokens):
    for path in both(site):
        response = ask(site, path, tokens["good"])

        assert response.status_code == 200
        assert "alice" not in str(response.headers)
        for name in ("x-content-type-options", "www-authenticate"):
            assert name not in response.headers


def test_24_9_nobody_keeps_a_copy_of_a_page_unless_the_application_says_otherwise(site, tokens):
    said = "public, max-age=60"

    for path in both(site):
        response = ask(site, path, tokens["good"])
        assert (response.status_code, response.headers.get_list("cache-control")) == (200, ["private, no-store"])
    response = ask(site, site.app + f"x?answer-Cache-Control={said.replace(' ', '+')}", tokens["good"])
    assert response.headers.get_list("cache-control") == [said if site.says_it_itself else "private, no-store"]


def test_11_2_application_learns_who_it_is(site, tokens):
    _, claims = jws.parts(tokens["good"])

    told = headers_of(ask(site, site.app + "x", tokens["good"]).json())

    assert told["X_AUTH_USER"] == told["X_AUTH_SUB"] == ["alice"]
    assert told["X_AUTH_CLIENT"] == ["bearward"]
    assert told["X_AUTH_SCOPE"] == ["items:read"]
    assert told["X_AUTH_EXP"] == [str(claims["exp"])]


def test_11_2_name_outside_ascii_arrives_percent_encoded(site, tokens):
    told = headers_of(ask(site, site.app + "x", tokens["foreign"]).json())

    assert told["X_AUTH_USER"] == ["Ren%C3%A9e.o%2B1@example.org"]


def test_11_2_scope_too_small_is_refused(site, tokens, application):
    before = len(application.requests)

    response = ask(site, site.app + "x", tokens["unscoped"])

    refused(site, response, site.wrong_scope, "insufficient_scope")
    assert challenge(response)["scope"] == "items:read"
    assert len(application.requests) == before


BAD_TOKENS = {
    "nonsense": lambda forge: "nonsense",
    "expired": lambda forge: forge.with_claims(exp=1),
    "another key": lambda forge: jws.make(forge.header, forge.claims, b"x" * 32),
    "not signed": lambda forge: forge.genuine.rpartition(".")[0] + ".",
    "another issuer": lambda forge: forge.with_claims(iss="another"),
}


@pytest.mark.parametrize("make", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_11_2_bad_token_is_refused(site, server, tokens, make):
    token = make(jws.Forge(server, tokens["good"]))

    for path in both(site):
        refused(site, ask(site, path, token), 401, "invalid_token")


def test_11_2_two_credentials_are_refused(site, tokens):
    for path in both(site):
        response = ask(site, path, headers={"Authorization": f"Bearer {tokens['good']}, Bearer x"})

        refused(site, response, site.malformed, "invalid_request")


def test_11_2_two_authorization_headers_let_nobody_in(site, tokens):
    # nginx refuses them itself.
    for first, second in itertools.permutations([f"Bearer {tokens['good']}", "Basic eDp5"]):
        for path in both(site):
            response = raw.ask(site, "GET", path, f"Authorization: {first}", f"Authorization: {second}",
                               "Connection: close")

            assert response.status_code in (400, 401)
            assert PAGE not in response.text


@pytest.mark.parametrize("credentials", [b"alice:correct horse battery staple", b":"])
def test_11_2_basic_credentials_are_none(site, credentials):
    for path in both(site):
        header = "Basic " + base64.b64encode(credentials).decode()

        refused(site, ask(site, path, headers={"Authorization": header}), 401)


# ---- 11.1 what the question is, and that it harms nothing

@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_11_1_every_method_and_body_reach_the_application_unharmed(site, tokens, method):
    body = BODY if method not in ("GET", "OPTIONS") else b""

    told = ask(site, site.app + "a%20b?access_token=1&x=%26", tokens["good"], method, content=body).json()

    assert told["method"] == method
    assert told["path"] == "/app/a%20b?access_token=1&x=%26"
    assert told["body"] == hashlib.sha256(body).hexdigest()


def test_11_1_head_is_answered_as_head(site, tokens, application):
    page, app = (ask(site, path, tokens["good"], "HEAD") for path in both(site))

    assert (page.status_code, page.content) == (200, b"")
    assert int(page.headers["content-length"]) == len(PAGE)
    assert (app.status_code, app.content) == (200, b"")
    assert application.requests[-1]["method"] == "HEAD"


def test_11_1_part_of_a_page_is_answered_as_a_part(site, tokens, application):
    page, app = (ask(site, path, tokens["good"], headers={"Range": "bytes=5-8"}) for path in both(site))

    assert (page.status_code, page.text) == (206, PAGE[5:9])
    assert page.headers["content-range"] == f"bytes 5-8/{len(PAGE)}"
    assert headers_of(application.requests[-1])["RANGE"] == ["bytes=5-8"]
    assert app.status_code in (200, 206)    # lighttpd cuts the part out itself
    refused(site, ask(site, site.page, headers={"Range": "bytes=5-8"}), 401)


def test_11_1_download_comes_whole_and_under_its_name(site, tokens):
    file = BODY * 20        # 6 MB
    (site.documents / "private/file.bin").write_bytes(file)
    named = "attachment; filename=report.pdf"

    downloaded = ask(site, "/private/file.bin", tokens["good"])
    app = ask(site, site.app + "x", tokens["good"], params={"answer-Content-Disposition": named})

    assert hashlib.sha256(downloaded.content).digest() == hashlib.sha256(file).digest()
    assert app.headers["content-disposition"] == named


# ---- 24.9 the cookie is between the browser and bearward

COOKIE = "__Host-Http-bearward=" + "A" * 43
KEPT = "__Host-Http-bearward-kept=1"
COOKIES = {
    COOKIE: None,
    f"{COOKIE}; a=b": "a=b",
    f"a=b; {COOKIE}": "a=b",
    f"a=b; {COOKIE}; c=d": "a=b; c=d",
    f"a=b; c=d; {COOKIE}; e=f; g=h": "a=b; c=d; e=f; g=h",
    f"a=b;{COOKIE};c=d": "a=b;c=d",
    "bearward_insecure=" + "A" * 43 + "; a=b": "a=b",
    "__Host-Http-bearward=": None,
    "a=b; c=d": "a=b; c=d",
    f"{COOKIE}; {KEPT}": None,
    f"{KEPT}; a=b; {COOKIE}": "a=b",
    f"a=b; {COOKIE}; c=d; {KEPT}": "a=b; c=d",
    f"a=b; {KEPT}; {COOKIE}; c=d": "a=b; c=d",
    # Look-alikes are the application's.
    "__host-http-bearward=x; x__Host-Http-bearward=y; __Host-Http-bearward2=z; a=__Host-Http-bearward=v":
    "__host-http-bearward=x; x__Host-Http-bearward=y; __Host-Http-bearward2=z; a=__Host-Http-bearward=v",
    f"x__Host-Http-bearward=y; {COOKIE}; __Host-Http-bearward2=z": "x__Host-Http-bearward=y; __Host-Http-bearward2=z",
}


def test_24_9_application_sees_every_cookie_but_that_of_bearward(site, tokens):
    for sent, expected in COOKIES.items():
        told = headers_of(ask(site, site.app + "x", tokens["good"], headers={"Cookie": sent}).json())
        # However a web server writes the gap.
        seen = re.sub("; *", "; ", told["COOKIE"][0].strip("; ")) if told.get("COOKIE") else ""
        assert seen == (re.sub("; *", "; ", expected or "")), sent


def test_24_9_cookie_of_bearward_is_hidden_however_often_it_comes(site, tokens):
    for sent in (f"{COOKIE}; a=b; {COOKIE}", f"bearward_insecure=x; a=b; {COOKIE}", f"{COOKIE}; {COOKIE}",
                 f"{COOKIE}; {KEPT}; {COOKIE}; a=b; {COOKIE}", "; ".join([COOKIE] * 100)):
        told = headers_of(ask(site, site.app + "x", tokens["good"], headers={"Cookie": sent}).json())
        assert "bearward" not in str(told.get("COOKIE")), sent
    answer = raw.ask(site, "GET", site.app + "x", f"Authorization: Bearer {tokens['good']}", "Cookie: a=b", f"Cookie: {COOKIE}",
                     f"cookie: {COOKIE}", "Connection: close")
    assert "AAAA" not in answer.text


# ---- WebSockets

def test_11_2_websocket_passes_for_whom_it_may_and_for_nobody_else(site, tokens, application):
    url = site.url.replace("http:", "ws:") + site.app + "socket"
    handshake = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]
    messages = ["a", "b" * 100000]

    assert websocket.say(url, messages, {**bearer(tokens["good"]), "X-Auth-User": "forged"}) == messages
    assert headers_of(application.requests[-1])["X_AUTH_USER"] == ["alice"]
    before = len(application.requests)
    assert raw.ask(site, "GET", site.app + "socket", *handshake).status_code == 401
    assert len(application.requests) == before


def test_11_2_no_other_protocol_passes_in_which_requests_would_be_asked_about_no_more(site, tokens, application):
    for protocol in ("h2c", "h2c, websocket", "h2c\r\nUpgrade: websocket", "TLS/1.0", "websocketx"):
        response = raw.ask(site, "GET", site.app + "x", f"Authorization: Bearer {tokens['good']}", f"Upgrade: {protocol}",
                           "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__",
                           "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
        assert response.status_code in (200, 400)
        assert "UPGRADE" not in headers_of(application.requests[-1]), protocol


def test_11_1_body_without_a_length_reaches_the_application(site, tokens):
    told = ask(site, site.app + "x", tokens["good"], "POST", content=iter([BODY, BODY])).json()

    assert told["body"] == hashlib.sha256(BODY + BODY).hexdigest()


# How a limit of 4 MB for the application is said. Without one nginx has 1 MB, and the others have none of ours. Apache
# has none for what it passes on by proxy.
UPLOAD_LIMITS = {
    "nginx": (r"#(client_max_body_size) 100m", r"\1 4m"),
    "lighttpd": (r"(\tproxy\.server = )", r"\tserver.max-request-size = 4096\n\1"),
}


@pytest.mark.parametrize("kind", kinds())
def test_11_1_application_says_how_large_an_upload_may_be_and_nobody_else_does(start_site, application, kind):
    limit = UPLOAD_LIMITS.get(kind)
    site, token = start_site(kind, lambda text: re.sub(*limit, text) if limit else text)
    upload = BODY * 12      # 3.6 MB

    for content in (upload, iter([upload])):
        told = ask(site, site.app + "upload", token, "POST", content=content).json()
        assert told["body"] == hashlib.sha256(upload).hexdigest()
    before = len(application.requests)
    for content in (BODY * 15, iter([BODY * 15])) if limit else ():
        assert ask(site, site.app + "upload", token, "POST", content=content).status_code == 413
    assert len(application.requests) == before


# What lets OPTIONS pass, in the words of each sample.
SWITCHES = {
    "nginx": r"#(if \(\$request_method = OPTIONS\))",
    "lighttpd": r"#(\$HTTP\[\"request-method\"\]|\tfastcgi|\tsetenv\.set-request|\})",
    "apache": r"#(Require method OPTIONS)",
    "htaccess": r"#(</?If\b)",
    "caddy": r"#(not method OPTIONS)",
    "haproxy": r"#(acl unasked)",
    "traefik": r"#(unasked:)",
}


@pytest.mark.parametrize("kind", kinds())
def test_11_1_options_passes_unasked_where_the_sample_says_so_and_nothing_else_does(start_site, application, kind):
    site, token = start_site(kind, lambda text: re.sub(SWITCHES[kind], r"\1", text))
    forged = [f"{name}: forged" for name in [*(f"X-Auth-{name}" for name in NAMES), *OTHERS]]
    before = len(application.requests)

    response = raw.ask(site, "OPTIONS", site.app + "x", "Origin: https://elsewhere.example",
                       "Access-Control-Request-Method: POST", *forged, "Connection: close")

    assert response.status_code == 200
    [told] = application.requests[before:]
    assert told["method"] == "OPTIONS"
    assert headers_of(told)["ORIGIN"] == ["https://elsewhere.example"]
    assert "forged" not in str(told) and "null" not in str(told)
    assert not any(name.startswith(("X_AUTH_", "REMOTE_")) for name in headers_of(told))
    for method in ("GET", "POST", "options", "PROPFIND"):
        assert raw.ask(site, method, site.app + "x", "Connection: close").status_code != 200
    for path in (site.page, "/bearward/items"):
        assert PAGE not in ask(site, path, method="OPTIONS").text
    assert len(application.requests) == before + 1
    assert ask(site, site.app + "x", token, "OPTIONS").status_code == 200
    assert headers_of(ask(site, site.app + "x", token).json())["X_AUTH_USER"] == ["alice"]


def test_11_1_options_is_asked_about_like_all_else_unless_the_sample_is_changed(site, application):
    before = len(application.requests)

    for path in both(site):
        refused(site, ask(site, path, method="OPTIONS"), 401)

    assert len(application.requests) == before


def test_11_1_refused_body_does_no_harm(site, tokens):
    refused(site, ask(site, site.app + "x", method="POST", content=BODY[:1000]), 401)

    assert ask(site, site.app + "x", tokens["good"], "POST", content=BODY[:1000]).status_code == 200


@pytest.mark.parametrize("name", ["Required-Scope", "Required-Aud", "REQUIRED_SCOPE", "Http-Required-Scope"])
def test_11_1_demands_of_a_client_count_for_nothing(site, tokens, name):
    assert ask(site, site.page, tokens["good"], headers={name: "another"}).status_code == 200
    response = ask(site, site.app + "x", tokens["unscoped"], headers={name: ""})

    refused(site, response, site.wrong_scope, "insufficient_scope")


# ---- 11.3 what a client forges

FORGED = ("X-Auth-{}", "x-auth-{}", "X_Auth_{}", "X-Auth_{}", "x_AUTH-{}", "X.Auth.{}", "X-Auth~{}")


@pytest.mark.parametrize("name", [*NAMES, *BROWSERS_NAMES])
def test_11_3_forged_header_never_reaches_the_application(site, tokens, application, name):
    before = len(application.requests)

    statuses = [ask(site, site.app + "x", tokens["good"], headers={form.format(name): "forged"}).status_code
                for form in FORGED]

    assert set(statuses) <= {200, site.misspelt}
    for told in application.requests[before:]:
        assert headers_of(told)["X_AUTH_USER"] == ["alice"]
        assert "forged" not in str(told)


def test_11_3_headers_forged_together_never_reach_the_application(site, tokens, application):
    before = len(application.requests)
    lines = [f"{form.format(name)}: forged" for name in site.identity for form in ("X_Auth_{}", "X-Auth-{}", "x-auth-{}")]

    response = raw.ask(site, "GET", site.app + "x", f"Authorization: Bearer {tokens['good']}", *lines,
                       "Connection: close")

    assert response.status_code in (200, site.misspelt)
    assert "forged" not in str(application.requests[before:])


@pytest.mark.parametrize("name", OTHERS)
def test_11_3_application_is_told_of_no_user_by_a_client(site, tokens, application, name):
    before = len(application.requests)
    spellings = [name, name.lower(), name.upper(), name.title()]

    response = raw.ask(site, "GET", site.app + "x", f"Authorization: Bearer {tokens['good']}",
                       *(f"{spelling}: forged" for spelling in spellings), "Connection: close")

    assert response.status_code == 200
    [told] = application.requests[before:]
    assert headers_of(told)["X_AUTH_USER"] == ["alice"]
    assert headers_of(told).get(read_loosely(name), [""]) == [""]
    assert "forged" not in str(told)


@pytest.mark.parametrize("name", OTHERS)
def test_11_3_application_is_told_of_no_user_by_a_client_that_misspells(site, tokens, application, name):
    before = len(application.requests)

    statuses = [ask(site, site.app + "x", tokens["good"], headers={spelling: "forged"}).status_code
                for spelling in misspellings(name)]

    assert set(statuses) <= {200, site.misspelt}
    assert "forged" not in str(application.requests[before:])


@pytest.mark.parametrize("name", [*(f"X-Auth-{name}" for name in NAMES), *OTHERS])
def test_11_3_no_header_with_underscores_hides_behind_another_one(site, tokens, application, name):
    before = len(application.requests)
    words = name.split("-")

    for separators in itertools.product("-_", repeat=len(words) - 1):
        spelling = "".join(map("".join, zip(words, (*separators, ""))))
        for decoy in ("Remote.User", "X.Auth.User", "Remote_Groups", "X-Forwarded_Groups"):
            lines = [f"{spelling}: forged"] + [f"{decoy}: "] * (decoy.lower() != spelling.lower())
            response = raw.ask(site, "GET", site.app + "x", f"Authorization: Bearer {tokens['good']}", *lines,
                               "Connection: close")
            assert response.status_code in (200, site.misspelt)

    assert "forged" not in str(application.requests[before:])


# Should this fail, a warning in the samples can go.
def test_apache_does_not_see_an_oddly_spelt_header_if_an_empty_one_follows(start_site):
    site, token = start_site("apache")

    told = ask(site, site.app + "x", token, headers=[("Remote.User", "forged"), ("Remote~User", "")]).json()

    assert ["Remote.User", "forged"] in told["headers"]


@pytest.mark.parametrize("name", NAMES)
def test_11_3_client_cannot_have_what_the_application_is_told_taken_away(site, tokens, application, name):
    before = len(application.requests)

    response = raw.ask(site, "GET", site.app + "x", f"Authorization: Bearer {tokens['good']}",
                       f"Connection: close, x-auth-{name}")

    assert response.status_code == site.misspelt
    for told in application.requests[before:]:
        assert len(headers_of(told)[f"X_AUTH_{name.upper()}"]) == 1


@pytest.mark.parametrize("path", ["//private/page.html", "/private//page.html", "/x/../private/page.html",
                                  "/./private/page.html", "/%70rivate/page.html", "/private/./page.html",
                                  "/private%2fpage.html", "/private/page.html/", "/private/page.html?x", "/PRIVATE/page.html",
                                  "/private/../private/page.html", "/private/", "/private", "//app/x", "/app//x",
                                  "/x/../app/x", "/%61pp/x", "/app/../app/x", "/APP/x", "/app"])
def test_11_3_no_other_spelling_of_an_address_leads_in(site, application, path):
    before = len(application.requests)
    for prefix in {"", site.app[:-len("app/")].rstrip("/")}:
        response = raw.ask(site, "GET", prefix + path, "Connection: close")

        assert response.status_code >= 300
        assert PAGE not in response.text

    assert len(application.requests) == before


@pytest.mark.parametrize("path", ["/verify", "/bearward/anybody", "/bearward/items", "/verify.fcgi"])
def test_11_3_question_is_not_for_the_public(site, tokens, path):
    assert ask(site, path, tokens["good"]).status_code in (403, 404)


def behind_a_proxy(text):
    """A configuration with the lines for that switched on: the proxy is 127.0.0.1."""
    if "LoadModule" in text:
        text += f"LoadModule remoteip_module {protect.MODULES}/mod_remoteip.so\n"
        # With a .htaccess, this is the host's.
        if "fcgid_module" in text:
            text += "RemoteIPInternalProxy 127.0.0.1\nRemoteIPHeader X-Forwarded-For\n"
    return re.sub('#(192.0.2.1 [{]|http-request set-src|set_real_ip_from|real_ip_header|proxyProtocol|RemoteIP|extforward|server.modules .. . "mod_extf)', r"\1",
                  text).replace("192.0.2.1", "127.0.0.1")


@pytest.mark.parametrize("kind", kinds())
def test_1_11_verify_is_told_the_client_of_a_named_proxy_and_of_no_other(start_site, kind):
    site, token = start_site(kind, behind_a_proxy, own_server=True)     # whose log tells of nobody else

    for source, claimed in (("127.0.0.1", "203.0.113.77"), ("127.0.0.9", "203.0.113.78")):
        with raw.Peer(site, source=source) as peer:
            before, headers = site.claim(claimed)
            peer.send(before + raw.head("GET", site.page, f"Authorization: Bearer {token}", *headers))
            assert peer.answer().text == PAGE

    for client in ("203.0.113.77", "127.0.0.9"):
        assert eventually(lambda: f"client={client}" in site.server.log() + site.log())
    assert "client=203.0.113.78" not in site.server.log() + site.log()


def with_cgi(text):
    """A configuration that runs *.cgi."""
    if "server.modules" in text:
        return text + '\nserver.modules += ( "mod_cgi" )\ncgi.assign = ( ".cgi" => "" )\n'
    root = re.search(r"^ServerRoot (.*)$", text, re.MULTILINE)
    return text if root is None else f"""{text}
        LoadModule cgid_module {protect.MODULES}/mod_cgid.so
        ScriptSock {root[1]}/tmp/cgid
        <Directory {root[1]}/srv>
            Options +ExecCGI
            AddHandler cgi-script .cgi
        </Directory>"""


@pytest.mark.parametrize("kind", ["lighttpd", "apache", "htaccess"])
def test_11_2_cgi_program_finds_who_it_is_in_its_environment(start_site, kind):
    site, token = start_site(kind, with_cgi)
    names = [*(f"X-Auth-{name}" for name in NAMES), *OTHERS]
    forged = {name: "forged" for name in (*names, "Auth-User", "Variable-AUTH_USER")}

    response = ask(site, "/private/env.cgi", token, headers=forged)

    assert response.status_code == 200
    told = dict(line.split("=", 1) for line in response.text.splitlines())
    assert (told["REMOTE_USER"], told["AUTH_USER"], told["AUTH_SUB"]) == ("alice", "alice", "alice")
    assert (told["AUTH_CLIENT"], told["AUTH_SCOPE"]) == ("bearward", "items:read")
    assert told.get("HTTP_X_AUTH_USER", "alice") == "alice"
    assert not [name for name in OTHERS if told.get("HTTP_" + read_loosely(name))]
    for name in ("Remote_User", *map(read_loosely, names)):
        assert "forged" not in ask(site, "/private/env.cgi", token, headers={name: "forged"}).text
    refused(site, ask(site, "/private/env.cgi"), 401)


def with_routes(text):
    """A configuration in which Apache goes from one file to another: to the index of a directory, and by a rule."""
    text = with_cgi(text)
    root = re.search(r"^ServerRoot (.*)$", text, re.MULTILINE)
    return text if root is None else f"""{text}
        <Directory "{root[1]}/srv/private">
            DirectoryIndex none.html env.cgi
            RewriteEngine On
            RewriteBase /private/
            RewriteRule ^routed env.cgi [L]
            <FilesMatch "[.]cgi$">
                Header set X-Other 1
            </FilesMatch>
        </Directory>""" + ("" if "rewrite_module" in text else f"\nLoadModule rewrite_module {protect.MODULES}/mod_rewrite.so")


def test_24_9_apache_asks_again_on_its_way_to_another_file_and_a_program_there_does_not_see_the_cookie(start_site):
    site, _ = start_site("apache", with_routes)

    with Person(site.url) as person:
        person.cookies["a"] = "b"
        signed_in = person.send(person.go("/private/routed?x"), username="alice", password=PASSWORD)
        index = person.go("/private/")

    for response in (signed_in, index):
        assert response.status_code == 200
        told = dict(line.split("=", 1) for line in response.text.splitlines())
        assert (told["REMOTE_USER"], told["HTTP_COOKIE"]) == ("alice", "a=b")


def with_fastcgi(port):
    """What the sample says of a FastCGI program in place of the application."""
    def change(text):
        text = text.replace("include snippets/bearward-proxy.conf;", "include snippets/bearward-fastcgi.conf;")
        return re.sub("proxy_pass http://127.*;", f"fastcgi_pass 127.0.0.1:{port};", text)
    return change


def test_11_2_fastcgi_program_behind_nginx_finds_who_it_is_and_nothing_that_a_client_forges(start_site):
    with protect.FastcgiApplication() as program:
        site, token = start_site("nginx", with_fastcgi(program.port))
        names = [*(f"X-Auth-{name}" for name in NAMES), *OTHERS]
        forged = {name: "forged" for name in (*names, *map(read_loosely, names), "HTTP_REMOTE_USER")}

        told = ask(site, site.app + "x", token, headers={**forged, "Cookie": "a=b"}).json()

    assert (told["REMOTE_USER"], told["HTTP_COOKIE"]) == ("alice", "a=b")
    assert "forged" not in str(told)


# ---- nothing passes unasked

@pytest.mark.parametrize("kind", kinds())
def test_11_2_nothing_passes_while_bearward_is_down(start_site, application, kind):
    site, token = start_site(kind, own_server=True)
    assert ask(site, site.page, token).text == PAGE
    before = len(application.requests)

    site.stop_bearward()
    for path in both(site) * 2:
        response = ask(site, path, token)

        assert response.status_code in (site.down, 503)
        assert PAGE not in response.text

    assert len(application.requests) == before


@pytest.mark.parametrize("kind", kinds())
def test_11_2_nothing_passes_while_bearward_cannot_decide(start_site, application, kind):
    site, token = start_site(kind, own_server=True)
    # It runs by now, but has looked nobody up, so that nothing is remembered.
    refused(site, ask(site, site.page), 401)
    before = len(application.requests)

    site.storage.spoil()
    for path in both(site) * 2:
        response = ask(site, path, token)

        assert response.status_code in (site.undecided, site.down, site.wrong_scope)
        assert PAGE not in response.text

    assert len(application.requests) == before


def misspell_demand(text):
    return text.replace("REQUIRED_SCOPE", "REQUIRED_SCOPES")


@pytest.mark.parametrize("kind", kinds())
def test_11_1_demand_that_bearward_does_not_know_lets_nobody_in(start_site, application, kind):
    site, token = start_site(kind, misspell_demand)
    before = len(application.requests)

    response = ask(site, site.app + "x", token)

    assert response.status_code == site.undecided
    assert "www-authenticate" not in response.headers
    assert len(application.requests) == before


@pytest.mark.parametrize("command", ["disable", "delete"])
@pytest.mark.parametrize("kind", ["nginx", "lighttpd", "apache", "caddy"])
def test_11_3_user_who_is_disabled_or_deleted_opens_no_page(start_site, kind, command):
    site, token = start_site(kind, own_server=True)
    assert ask(site, site.page, token).text == PAGE

    assert site.server.command("user", command, "alice").returncode == 0

    for path in both(site):
        refused(site, ask(site, path, token), 401, "invalid_token")


# ---- what the samples and INSTALL warn of: should one of these fail, the warning can go

def swap_modules(text):
    return text.replace('"mod_fastcgi", "mod_proxy"', '"mod_proxy", "mod_fastcgi"')


def test_lighttpd_asks_nobody_if_mod_proxy_stands_before_mod_fastcgi(start_site):
    site, _ = start_site("lighttpd", swap_modules)

    assert ask(site, site.app + "x").status_code == 200


def demand_by_set(text):
    return (text.replace("server_tokens off;", 'server_tokens off; set $need "";')
            .replace("REQUIRED_SCOPE=items:read", "REQUIRED_SCOPE=$need")
            .replace("auth_request /bearward/items;", "set $need items:read; auth_request /bearward/items;"))


def test_nginx_forgets_a_demand_that_comes_by_set_and_nobody_gets_in(start_site):
    site, token = start_site("nginx", demand_by_set)

    assert ask(site, site.app + "x", token).status_code == 503


# ---- what nginx remembers

def remembering(directory):
    """The snippets as they say, for an hour in place of a second."""
    def change(text):
        text = text.replace("#proxy_cache_path /run/bearward-question", f"proxy_cache_path {directory}")
        if "#proxy_cache bearward_question;" not in text:
            return text
        text = text.replace("proxy_cache off;\n", "").replace(" 200 1s;", " 200 1h;")
        return re.sub("^#(proxy_(?:cache|ignore))", r"\1", text, flags=re.M)
    return change


def test_consent_that_nginx_remembers_is_for_the_same_request_alone(start_site, tmp_path):
    tmp_path.chmod(0o755)
    site, token = start_site("nginx", remembering(tmp_path / "cache"), own_server=True)
    alice = Session(site.server, "alice")
    page = {"Cookie": alice.cookie, "Sec-Fetch-Site": "same-origin"}
    assert [ask(site, site.page, headers=page).status_code, ask(site, site.app + "x", token).status_code] == [200, 200]

    assert site.server.command("user", "sign-out", "alice").returncode == 0

    # What has passed is remembered, whatever its path.
    for path in (site.page, site.page + "?x"):
        assert ask(site, path, headers=page).status_code == 200
    assert ask(site, site.app + "y", token).status_code == 200
    # Nothing else is.
    for method, path, headers in [
            ("POST", site.page, page), ("HEAD", site.page, page), ("GET", site.app + "x", page),
            ("GET", site.page, {**page, "Sec-Fetch-Site": "cross-site"}), ("GET", site.page, {**page, "Sec-Fetch-Mode": "cors"}),
            ("GET", site.page, {**page, "Origin": "https://evil.example"}), ("GET", site.page, {**page, "Upgrade": "websocket"}),
            ("GET", site.page, {**page, "Host": "evil.example"}), ("GET", site.page, {**page, "Cookie": alice.cookie + "; a=b"}),
            ("GET", site.page, {**page, "Sec-WebSocket-Key": "x"}), ("GET", site.page, {**page, **bearer(token)}),
            ("GET", site.page, bearer(token)), ("POST", site.app + "x", bearer(token)), ("GET", site.page, {})]:
        assert ask(site, path, method=method, headers=headers).status_code in (401, 403), (method, path, headers)


# ---- what was taken over before nginx asked by HTTP

def over_fastcgi(text):
    """The questions as they were: a demand was a line of its own."""
    def ask_before(match):
        demands = [f"fastcgi_param {name} {value};" for name, value in re.findall("(REQUIRED_[A-Z]+)=([^&;]+)", match[0])]
        return "\n".join(["include snippets/bearward-ask.conf;", *demands])
    return re.sub(r"include snippets/bearward-question.conf;(\s*#.*\n)*\s*proxy_pass .*;", ask_before, text)


def test_site_whose_nginx_asks_over_fastcgi_goes_on_as_before(start_site, tokens):
    site, token = start_site("nginx", over_fastcgi)
    assert "bearward-question" not in (site.directory / "protect.conf").read_text()

    for path in both(site):
        assert ask(site, path, token).status_code == 200
        refused(site, ask(site, path), 401)
    assert ask(site, site.page, tokens["unscoped"]).status_code == 200
    refused(site, ask(site, site.app + "x", tokens["unscoped"]), 403, "insufficient_scope")


def take_authorizer(text):
    return text.replace("FcgidAccessChecker", "FcgidAuthorizer")


def test_fcgid_authorizer_is_not_asked_unless_somebody_else_has_found_a_user(start_site):
    site, _ = start_site("htaccess", take_authorizer)

    assert ask(site, site.page).text == PAGE


def take_authenticator(text):
    return text.replace("FcgidAccessChecker", "AuthType Basic\nAuthName x\nFcgidAuthenticator").replace(
        "Require all granted", "Require valid-user")


def test_fcgid_authenticator_takes_no_bearer_token(start_site):
    site, token = start_site("htaccess", take_authenticator)

    assert ask(site, site.page, token).status_code == 401


def let_an_address_in(text):
    return text.replace("Require valid-user", "Require all granted")


def test_authnz_fcgi_asks_nobody_if_require_does_not_name_a_user(start_site):
    site, _ = start_site("apache", let_an_address_in)

    assert ask(site, site.page).text == PAGE
