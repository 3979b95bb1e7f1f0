"""Rules for every endpoint, protocol section 1."""

import json

import pytest

import expect
import raw
from conftest import PASSWORD, bearer, register, sign_in
from pools import POOLS, endpoints, routed

pytestmark = pytest.mark.sanitized(
    "sees all that a program as built does; what is `core`, `stored`, or about a setting also runs as built")

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
# By path, as the programs say it; each is answered with and without a slash at its end.
ALLOW = {spelling: allow for _, path, allow in routed() for spelling in (path.rstrip("/"), path.rstrip("/") + "/")}
OPTIONS = [path for path, allow in ALLOW.items() if "OPTIONS" in allow]
REFUSED_METHODS = [
    (path, method) for path, allow in ALLOW.items()
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
    if method not in allow.split(", ")]


def error_of_family(response, status, path):
    """Checks an error that every endpoint gives, in the shape of its family."""
    if path.startswith(("/token", "/revoke", "/introspect")):
        return expect.oauth_error(response, status, "invalid_request")
    return expect.detail(response, status)


def post_form(client, body, content_type=FORM):
    return client.post("/token", content=body, headers={"Content-Type": content_type})


def post_json(client, body):
    return client.post("/users/", content=body, headers={"Content-Type": JSON})


# ---- 2 the table of endpoints

def test_2_the_programs_answer_what_the_protocol_lists():
    assert endpoints() == [
        ("account", "/account/", "GET, HEAD, OPTIONS, POST"),
        ("account", "/account/password", "GET, HEAD, OPTIONS, POST"),
        ("account", "/account/sessions", "GET, HEAD, OPTIONS, POST"),
        ("account", "/account/activity", "GET, HEAD, OPTIONS"),
        ("account", "/account/export", "GET, HEAD, OPTIONS"),
        ("account", "/account/delete", "GET, HEAD, OPTIONS, POST"),
        ("account", "/link", "GET, HEAD, OPTIONS, POST"),
        ("account", "/users/me/password", "OPTIONS, POST"),
        ("account", "/users/me/sessions", "GET, HEAD, OPTIONS, POST"),
        ("account", "/users/me/profile", "OPTIONS, POST"),
        ("account", "/users/me/audit", "GET, HEAD, OPTIONS"),
        ("account", "/users/me/export", "GET, HEAD, OPTIONS"),
        ("account", "/users/me/delete", "OPTIONS, POST"),
        ("me", "/users/me/", "GET, HEAD, OPTIONS"),
        ("meta", "/.well-known/jwks.json", "GET, HEAD, OPTIONS"),
        ("meta", "/.well-known/oauth-authorization-server", "GET, HEAD, OPTIONS"),
        ("meta", "/health/live", "GET, HEAD, OPTIONS"),
        ("meta", "/health/ready", "GET, HEAD, OPTIONS"),
        ("meta", "/metrics", "GET, HEAD"),
        ("oauth", "/revoke", "OPTIONS, POST"),
        ("oauth", "/introspect", "OPTIONS, POST"),
        ("signin", "/signin", "GET, HEAD, OPTIONS, POST"),
        ("signin", "/signin/register", "GET, HEAD, OPTIONS, POST"),
        ("signin", "/signout", "GET, HEAD, OPTIONS, POST"),
        ("signin", "/signin/style.css", "GET, HEAD, OPTIONS"),
        ("signin", "/signin/page.js", "GET, HEAD, OPTIONS"),
        ("signin", "/signin/mark.svg", "GET, HEAD, OPTIONS"),
        ("token", "/token", "OPTIONS, POST"),
        ("users", "/users/", "OPTIONS, POST"),
        ("verify", "/verify", "any"),
    ]


@pytest.mark.core
@pytest.mark.parametrize("path", ALLOW)
def test_2_every_endpoint_is_routed_to_its_program(client, path):
    response = client.options(path)

    assert response.status_code == (204 if path in OPTIONS else 405)
    assert response.headers["allow"] == ALLOW[path]


def test_2_every_pool_has_an_endpoint():
    assert {pool for pool, _, _ in endpoints()} == set(POOLS)


# ---- 1.2 methods

@pytest.mark.parametrize("path", ALLOW)
def test_1_2_unknown_method_is_refused(server, client, path):
    response = client.request("BREW", path)

    assert response.status_code == server.unknown_method
    assert response.json()["detail"]


@pytest.mark.parametrize("path, method", REFUSED_METHODS)
def test_1_2_unsupported_method_gives_405_with_allow(client, path, method):
    response = client.request(method, path)

    assert response.status_code == 405
    assert response.headers.get_list("allow") == [ALLOW[path]]
    expect.headers_of_every_answer(response)
    if method != "HEAD":
        error_of_family(response, 405, path)


@pytest.mark.parametrize("path", OPTIONS)
def test_1_2_options_gives_204_with_allow_and_no_body(client, path):
    response = client.options(path)

    assert response.status_code == 204
    assert response.headers.get_list("allow") == [ALLOW[path]]
    assert response.content == b""
    assert "content-length" not in response.headers
    expect.headers_of_every_answer(response)


@pytest.mark.parametrize("path", OPTIONS)
def test_1_2_preflight_gets_no_cors_headers(client, path):
    response = client.options(path, headers={
        "Origin": "https://app.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization"})

    assert response.status_code == 204
    assert not [name for name in response.headers if name.startswith("access-control-")]


def test_1_2_head_gives_the_headers_of_get_without_content(client, token):
    get = client.get("/users/me/", headers=bearer(token))

    head = client.head("/users/me/", headers=bearer(token))

    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert without_date(head) == without_date(get)


def test_1_2_head_without_a_token_is_challenged_like_get(client):
    get = client.get("/users/me/")

    head = client.head("/users/me/")

    assert head.status_code == get.status_code == 401
    assert head.content == b""
    assert without_date(head) == without_date(get)


def without_date(response):
    return [(name, value) for name, value in response.headers.multi_items() if name != "date"]


# ---- 1.3 headers

def test_1_3_answers_of_every_kind_carry_the_common_headers(client, new_name):
    name = new_name()

    created = register(client, name)
    taken = register(client, name)
    signed_in = sign_in(client, name)
    refused = sign_in(client, name, "wrong password")
    me = client.get("/users/me/", headers=bearer(signed_in.json()["access_token"]))

    for response, status in ((created, 200), (taken, 409), (signed_in, 200), (refused, 401), (me, 200)):
        expect.json_body(response, status)


@pytest.mark.parametrize("form", [{}, {"username": "u", "password": "p"}, {"grant_type": "no"}])
def test_1_3_token_endpoint_adds_pragma_no_cache(client, form):
    response = client.post("/token", data=form)

    assert response.headers.get_list("pragma") == ["no-cache"]


def test_1_3_no_value_of_a_request_comes_back_in_a_header(client, rfc_client, new_name):
    canary = "canary" + new_name()
    headers = {name: canary for name in (
        "Host", "Origin", "Referer", "User-Agent", "X-Request-Id", "X-Forwarded-Host", "Cookie", "Authorization")}

    answers = [
        other.request(method, path, params={"q": canary}, headers=headers, **body)
        for other in (client, rfc_client)
        for method, path, body in [
            ("POST", "/token", {"data": {"username": canary, "password": canary, "client_id": canary}}),
            ("POST", "/token", {"data": {"grant_type": canary}}),
            ("POST", "/users/", {"json": {"username": canary, "password": PASSWORD}}),
            ("GET", "/users/me/", {}),
            ("OPTIONS", "/users/me/", {}),
            ("GET", "/" + canary, {})]]

    for response in answers:
        assert canary not in str(response.headers.multi_items())


# ---- 1.4 error shapes

@pytest.mark.parametrize("form", [
    {"username": "CANARY", "password": "wrong"},
    {"username": "u", "password": "CANARY"},
    {"username": "u", "password": "p", "grant_type": "CANARY"},
    {"username": "u", "password": "p", "scope": "CANARY"},
    {"CANARY": "x"},
], ids=lambda form: "-".join(name for name, value in form.items() if "CANARY" in (name, value)))
def test_1_4_token_errors_never_repeat_input(client, rfc_client, form):
    for other in (client, rfc_client):
        response = other.post("/token", data=form)

        assert response.status_code in (400, 401, 422)
        assert "CANARY" not in response.text


def test_1_4_422_has_one_entry_per_fault(client):
    response = client.post("/users/", json={"username": "a:b", "password": "short"})

    assert sorted(expect.faults(response)) == [("string_too_short", "password"), ("value_error", "username")]


def test_1_4_422_does_not_repeat_the_password(client, new_name):
    response = client.post("/users/", json={"username": new_name(), "password": "sh0rt!"})

    expect.faults(response)
    assert "sh0rt!" not in response.text


# ---- 1.5 bodies

@pytest.mark.exception("mod_fcgid announces a length of 0 where there is none", "apache-fcgid", "htaccess-fcgid")
@pytest.mark.parametrize("path, content_type", [
    pytest.param("/token", FORM, marks=pytest.mark.exception(
        "lighttpd asks for the length itself", "lighttpd", "lighttpd-spawned")),
    ("/users/", JSON)])
def test_1_5_absent_length_gives_411(server, path, content_type):
    response = raw.ask(server, "POST", path, f"Content-Type: {content_type}")

    error_of_family(response, 411, path)


def test_1_5_form_at_the_limit_is_read(client, user):
    start = f"username={user}&password={PASSWORD.replace(' ', '+')}&padding="

    response = post_form(client, start.ljust(16384, "x"))

    expect.json_body(response, 200)


def test_1_5_json_at_the_limit_is_read(client, new_name):
    start = json.dumps({"username": new_name(), "password": PASSWORD, "padding": ""})[:-2]

    response = post_json(client, start.ljust(16382, "x") + '"}')

    expect.json_body(response, 200)


@pytest.mark.parametrize("path, content_type", [("/token", FORM), ("/users/", JSON)])
def test_1_5_body_over_the_limit_gives_413(client, path, content_type):
    response = client.post(path, content=b"x" * 16385, headers={"Content-Type": content_type})

    assert response.status_code == 413
    expect.headers_of_every_answer(response)
    assert response.json()["detail"]


@pytest.mark.exception("mod_cgid does not announce a length that it does not know", "htaccess-cgi")
def test_1_5_chunked_body_is_read_to_its_end(client, user):
    body = [f"username={user}".encode(), b"&password=", PASSWORD.replace(" ", "+").encode()]

    response = client.post("/token", content=iter(body), headers={"Content-Type": FORM})

    expect.json_body(response, 200)


# ---- 1.6 media types

PARAMETERS_ACCEPTED = [
    "", "; charset=utf-8", ";charset=UTF-8", "; charset=\"utf-8\"", "; Charset=Utf-8", " ; charset=utf-8",
    "; version=1", "; version=1; charset=utf-8", "; charset=utf8", "; charset=\"UTF8\"", "; charset=x-unicode20utf8",
    "; charset=US-ASCII", "; charset=\"ascii\"", ";"]
PARAMETERS_REFUSED = [
    "; charset=iso-8859-1", "; charset=utf-16", "; charset=utf-8; charset=latin1", "; charset=", "; charset=utf-8x",
    "; charset='utf-8'", "; charset=windows-1252", "; charset=\"utf-8", "x", " text"]


@pytest.mark.parametrize("parameters", PARAMETERS_ACCEPTED)
def test_1_6_form_type_is_accepted_in_any_spelling(client, user, parameters):
    body = f"username={user}&password={PASSWORD.replace(' ', '+')}"

    for content_type in (FORM, FORM.upper()):
        expect.json_body(post_form(client, body, content_type + parameters), 200)


@pytest.mark.parametrize("parameters", PARAMETERS_ACCEPTED)
def test_1_6_json_type_is_accepted_in_any_spelling(client, new_name, parameters):
    body = json.dumps({"username": new_name(), "password": PASSWORD})

    response = client.post("/users/", content=body, headers={"Content-Type": "Application/JSON" + parameters})

    expect.json_body(response, 200)


@pytest.mark.parametrize("content_type", [
    JSON, "text/plain", "multipart/mixed; boundary=x", "application/*", "*/*", "application", "", "form",
    *(FORM + parameters for parameters in PARAMETERS_REFUSED)])
def test_1_6_other_type_at_token_gives_415_naming_the_right_one(client, user, content_type):
    body = f"username={user}&password={PASSWORD.replace(' ', '+')}"

    response = post_form(client, body, content_type)

    told = expect.oauth_error(response, 415, "invalid_request")["detail"]
    assert told == f"Send {FORM}" + (" in UTF-8" if "charset=" in content_type and '"' not in content_type else "")
    assert response.headers.get_list("accept") == [FORM]


@pytest.mark.parametrize("content_type", [
    FORM, "text/plain", "text/json", "application/json5", "application/problem+json", "",
    *(JSON + parameters for parameters in PARAMETERS_REFUSED)])
def test_1_6_other_type_at_users_gives_415_naming_the_right_one(client, new_name, content_type):
    body = json.dumps({"username": new_name(), "password": PASSWORD})

    response = client.post("/users/", content=body, headers={"Content-Type": content_type})

    assert expect.detail(response, 415).startswith(f"Send {JSON}")
    assert response.headers.get_list("accept") == [JSON]


@pytest.mark.parametrize("path", ["/token", "/users/"])
def test_1_6_missing_type_gives_415(server, path):
    response = raw.ask(server, "POST", path, "Content-Length: 2", body=b"{}")

    error_of_family(response, 415, path)
    assert response.headers.get_list("accept") == [FORM if path == "/token" else JSON]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", "x"])
def test_1_6_content_encoding_gives_415(client, user, coding):
    form = {"username": user, "password": PASSWORD}

    response = client.post("/token", data=form, headers={"Content-Encoding": coding})

    expect.oauth_error(response, 415, "invalid_request", f"Send {FORM} without Content-Encoding")


@pytest.mark.parametrize("coding", ["identity", "Identity"])
def test_1_6_content_encoding_identity_is_accepted(client, user, coding):
    form = {"username": user, "password": PASSWORD}

    response = client.post("/token", data=form, headers={"Content-Encoding": coding})

    expect.json_body(response, 200)


# ---- 1.7 forms

MALFORMED_FORM_TEXTS = {
    "percent at the end": b"%",
    "one digit": b"%4",
    "no hex": b"%zz",
    "half hex": b"%4g",
    "percent percent": b"%%41",
    "encoded NUL": b"a%00b",
    "raw NUL": b"a\0b",
    "raw byte that is no UTF-8": b"\xff",
    "encoded byte that is no UTF-8": b"%ff",
    "overlong": b"%c0%af",
    "surrogate": b"%ed%a0%80",
    "above U+10FFFF": b"%f4%90%80%80",
    "cut sequence": b"%e2%82",
    "lone continuation": b"%80",
}
IDS = {"ids": MALFORMED_FORM_TEXTS.keys()}


@pytest.mark.parametrize("text", MALFORMED_FORM_TEXTS.values(), **IDS)
@pytest.mark.parametrize("place", [b"username=%s&password=p", b"username=u&password=%s", b"username=u&password=p&x=%s",
                                   b"%s=1&username=u&password=p"], ids=["username", "password", "unknown", "name"])
def test_1_7_undecodable_form_gives_400(client, place, text):
    response = post_form(client, place.replace(b"%s", text))

    expect.oauth_error(response, 400, "invalid_request")


@pytest.mark.parametrize("body", [
    "username=u&username=u&password=p",
    "username=u&password=p&username=v",
    "username=u&user%6eame=v&password=p",
    "username=u&password=p&x=1&x=1",
    "username=u&password=p&x=&x=",
    "username=u&password=p&x&x=1",
    "username=&username=u&password=p",
    "username=u&password=p&a+b=1&a%20b=2",
    "client_id=a&client_id=b&username=u&password=p",
    "username=u&password=p&scope=&scope=",
    "grant_type=password&grant_type=password&username=u&password=p",
])
def test_1_7_name_that_occurs_twice_gives_400(client, rfc_client, body):
    for other in (client, rfc_client):
        expect.oauth_error(post_form(other, body), 400, "invalid_request")


def test_1_7_plus_and_percent_escapes_are_decoded_in_names_and_values(client, user):
    body = f"user%6Eame=%{ord(user[0]):02x}{user[1:]}&pass%77ord=correct+horse%20battery+%73taple"

    expect.json_body(post_form(client, body), 200)


def test_1_7_names_differ_by_case(client, user):
    response = sign_in(client, user, Username="other", PASSWORD="other")

    expect.json_body(response, 200)


def test_1_7_empty_value_counts_as_absent(client, user):
    response = sign_in(client, user, grant_type="", scope="", client_id="")

    assert set(expect.json_body(response, 200)) == {"access_token", "token_type", "expires_in", "refresh_token"}


def test_1_7_unknown_parameters_are_ignored(client, user):
    response = sign_in(client, user, state="x", redirect_uri="https://example.org/", **{"ü": "☃", "a b": ""})

    expect.json_body(response, 200)


@pytest.mark.parametrize("count, status", [(32, 200), (33, 400)])
def test_1_7_at_most_32_parameters(client, user, count, status):
    unknown = {f"p{number}": "x" for number in range(count - 2)}

    response = sign_in(client, user, **unknown)

    assert response.status_code == status
    if status == 400:
        expect.oauth_error(response, 400, "invalid_request")


# ---- 1.8 JSON

def object_with(text):
    return b'{"username":"u","password":"correct horse","x":' + text + b"}"


MALFORMED_JSON = {
    "nothing": b"",
    "space": b" ",
    "open object": b"{",
    "cut": b'{"username":"u","passw',
    "no JSON at all": b"username=u&password=p",
    "byte order mark": b'\xef\xbb\xbf{"username":"u","password":"correct horse"}',
    "trailing word": b'{"username":"u","password":"correct horse"} x',
    "trailing value": b'{"username":"u","password":"correct horse"}{}',
    "trailing NUL": b'{"username":"u","password":"correct horse"}\0',
    "trailing comma": b'{"username":"u","password":"correct horse",}',
    "single quotes": b"{'username':'u','password':'correct horse'}",
    "comment": b'{"username":"u",/* */"password":"correct horse"}',
    "bare name": b'{username:"u","password":"correct horse"}',
    "member twice": b'{"username":"u","username":"u","password":"correct horse"}',
    "member twice by an escape": b'{"username":"u","user\\u006eame":"u","password":"correct horse"}',
    "unknown member twice": b'{"username":"u","x":1,"x":1,"password":"correct horse"}',
    "member twice below": object_with(b'{"a":[{"b":1,"b":2}]}'),
    "17 levels": object_with(b"[" * 16 + b"]" * 16),
    "10000 levels": b"[" * 10000,
    "lone high surrogate": object_with(b'"\\ud800"'),
    "lone low surrogate": object_with(b'"\\udc00"'),
    "high surrogate twice": object_with(b'"\\ud83d\\ud83d"'),
    "surrogates in the wrong order": object_with(b'"\\ude00\\ud83d"'),
    "surrogate and another escape": object_with(b'"\\ud83d\\u0041"'),
    "lone surrogate in a name": b'{"\\ud800":1,"username":"u","password":"correct horse"}',
    "raw surrogate": object_with(b'"\xed\xa0\x80"'),
    "no UTF-8": object_with(b'"\xff"'),
    "overlong": object_with(b'"\xc0\xaf"'),
    "above U+10FFFF": object_with(b'"\xf4\x90\x80\x80"'),
    "raw control character": object_with(b'"\x01"'),
    "raw line break": object_with(b'"\n"'),
    "raw NUL": object_with(b'"a\0b"'),
    "unknown escape": object_with(b'"\\x41"'),
    "cut escape": object_with(b'"\\u00"'),
    "NaN": object_with(b"NaN"),
    "Infinity": object_with(b"Infinity"),
    "-Infinity": object_with(b"-Infinity"),
    "leading zero": object_with(b"01"),
    "plus": object_with(b"+1"),
    "bare point": object_with(b"1."),
    "point first": object_with(b".5"),
    "bare exponent": object_with(b"1e"),
    "hex": object_with(b"0x10"),
    "capital literal": object_with(b"True"),
    "nothing for a value": object_with(b""),
    "form feed between": b'{"username":"u",\x0c"password":"correct horse"}',
    "no-break space between": b'{"username":"u",\xc2\xa0"password":"correct horse"}',
}


@pytest.mark.parametrize("body", MALFORMED_JSON.values(), ids=MALFORMED_JSON.keys())
def test_1_8_malformed_json_gives_422_with_one_entry(client, body):
    response = post_json(client, body)

    assert [kind for kind, _ in expect.faults(response)] == ["json_invalid"]


@pytest.mark.parametrize("body", MALFORMED_JSON.values(), ids=MALFORMED_JSON.keys())
def test_1_8_malformed_json_gives_400_in_dialect_rfc(rfc_client, body):
    response = post_json(rfc_client, body)

    expect.detail(response, 400, "Malformed JSON")


@pytest.mark.parametrize("extra", [
    "[" * 15 + "]" * 15, '"\\ud83d\\ude00"', "-0.5e+10", "null", "[]", "{}", '"\\u00e9\\n\\/"', "1e400",
    '{"username":"other","password":"other"}', '"☃"'])
def test_1_8_well_formed_unknown_member_has_no_effect(client, new_name, extra):
    name = new_name()

    response = post_json(client, '\r\n\t {"x":%s,"username":"%s","password":"%s"} ' % (extra, name, PASSWORD))

    assert expect.json_body(response, 200)["username"] == name


def test_1_8_escaped_name_is_the_same_name(client, new_name):
    name = new_name()

    response = post_json(client, '{"user\\u006eame":"\\u0075%s","password":"%s"}' % (name[1:], PASSWORD))

    assert expect.json_body(response, 200)["username"] == name


# ---- 1.9 Accept

@pytest.mark.parametrize("accept", ["text/html", "image/png;q=1, */*;q=0", "application/json;q=0", "???"])
def test_1_9_accept_is_ignored(client, user, accept):
    response = client.post("/token", data={"username": user, "password": PASSWORD}, headers={"Accept": accept})
    me = client.get("/users/me/", headers={**bearer(response.json()["access_token"]), "Accept": accept})

    expect.json_body(response, 200)
    expect.json_body(me, 200)


# ---- 1.11 client address

def test_1_11_forwarding_headers_are_not_taken_for_the_client(server, client, user):
    forged = {name: "203.0.113.77" for name in (
        "X-Forwarded-For", "X-Real-IP", "Client-IP", "Proxy", "Remote-Addr", "X-Client-IP")}

    response = client.post("/token", data={"username": user, "password": "wrong password"},
                           headers={**forged, "Forwarded": "for=203.0.113.77"})

    assert response.status_code == 401
    assert "127.0.0.1" in server.log()
    assert "203.0.113.77" not in server.log()


# ---- 1.12 challenges

@pytest.mark.parametrize("header", [None, "Basic dTpw", "Bearer", "Bearer nonsense", "Bearer a.b.c"])
def test_1_12_every_401_carries_a_challenge_with_realm(client, rfc_client, header):
    for other in (client, rfc_client):
        response = other.get("/users/me/", headers={"Authorization": header} if header else {})

        assert response.status_code == 401
        assert expect.challenge(response)["realm"] == "api"


# ---- 1.14 repeated headers

@pytest.mark.exception("lighttpd passes on the last one alone", "lighttpd", "lighttpd-spawned")
def test_1_14_content_type_twice_gives_400_at_token(server, user):
    body = f"username={user}&password={PASSWORD.replace(' ', '+')}".encode()

    response = raw.ask(server, "POST", "/token", f"Content-Type: {FORM}", f"Content-Type: {FORM}",
                       f"Content-Length: {len(body)}", body=body)

    expect.oauth_error(response, 400, "invalid_request")


def test_1_14_content_type_twice_gives_400_at_users(server, new_name):
    body = json.dumps({"username": new_name(), "password": PASSWORD}).encode()

    response = raw.ask(server, "POST", "/users/", f"Content-Type: {JSON}", "Content-Type: text/plain",
                       f"Content-Length: {len(body)}", body=body)

    expect.detail(response, 400)


@pytest.mark.exception("Apache answers before it looks for .htaccess", "htaccess-cgi", "htaccess-fcgid")
def test_1_14_content_length_twice_gives_400(server):
    response = raw.ask(server, "POST", "/token", f"Content-Type: {FORM}", "Content-Length: 3", "Content-Length: 3",
                       body=b"a=b")

    assert response.status_code == 400
    assert response.json()["detail"]


def test_1_14_authorization_twice_gives_400_at_me(server, token):
    response = raw.ask(server, "GET", "/users/me/", f"Authorization: Bearer {token}", f"Authorization: Bearer {token}")

    expect.detail(response, 400)
