"""/verify, the gateway's question, protocol section 11: straight over FastCGI, in both roles."""

import os
import urllib.parse

import pytest

import expect
import fastcgi
import jws
from conftest import bearer, eventually, register, running, sign_in
from fastcgi import AUTHORIZER, RESPONDER, STDIN, Connection, begin, get_params, params, record
from test_access_token import MISSPELT, NOW, WRONG_CLAIMS, WRONG_HEADERS, WRONG_PAYLOADS, claims_text

pytestmark = [pytest.mark.only_nginx("speaks FastCGI to the responder itself"),
              pytest.mark.sanitized("sees all that a program as built does; what is `core`, `stored`, or about a setting also runs as built")]

# Whoever waited for a body would wait longer than any test.
SCOPES = {"scopes": "me items:read items:write", "restricted_scopes": "admin", "body_deadline": 300}
HEADERS = {"sub", "user", "client", "scope", "groups", "email", "session", "time", "exp"}
COMMON = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


@pytest.fixture(scope="module")
def scoped(build):
    """A server with scopes that goes by tokens alone, shared by the tests of this file."""
    with running(build, verify="stateless", **SCOPES) as server:
        yield server


@pytest.fixture(scope="module")
def tokens(scoped):
    """Tokens of `alice`, by their scope."""
    with scoped.client() as client:
        register(client, "alice")
        return {scope: sign_in(client, "alice", scope=scope).json()["access_token"]
                for scope in ("", "items:read", "items:read items:write")}


@pytest.fixture
def forge(scoped, tokens):
    return jws.Forge(scoped, tokens["items:read"])


def verify(server, token=None, *extra, body=b"", role=RESPONDER, **changes):
    """Asks as nginx does for a GET; extra are more parameters, a change replaces one."""
    if token is not None:
        extra = (("HTTP_AUTHORIZATION", f"Bearer {token}"), *extra)
    return fastcgi.ask(server.socket("verify"), [*get_params(**changes), *extra], body, role)


def consent(response):
    """Checks a 200 to a gateway; gives what it says of the bearer."""
    assert response.status_code == 200
    assert response.content == b""
    headers = dict(response.headers)
    assert len(headers) == len(response.headers.multi_items()), "a header occurs twice"
    assert {name: headers.pop(name) for name in COMMON} == COMMON
    assert headers.pop("content-length") == "0"
    assert headers.keys() == {f"x-auth-{name}" for name in HEADERS}
    return {name.removeprefix("x-auth-"): value for name, value in headers.items()}


def authorization(response):
    """The same for an authorizer."""
    assert response.status_code == 200
    assert response.content == b""
    headers = dict(response.headers)
    assert len(headers) == len(response.headers.multi_items()), "a header occurs twice"
    assert headers.keys() == {*(f"variable-auth_{name}" for name in HEADERS), "variable-remote_user"}
    assert headers.pop("variable-remote_user") == headers["variable-auth_user"]
    return {name.removeprefix("variable-auth_"): value for name, value in headers.items()}


def unavailable(response):
    expect.detail(response, 503, "Service temporarily unavailable")
    assert int(response.headers["retry-after"]) > 0


# ---- 11.1 what counts

def test_11_1_authorization_header_is_all_it_takes(scoped, tokens):
    for token in tokens.values():
        response = fastcgi.ask(scoped.socket("verify"), [("HTTP_AUTHORIZATION", f"Bearer {token}")])

        assert consent(response)["user"] == "alice"


@pytest.mark.parametrize("changes", [
    {"REQUEST_METHOD": method} for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "", None)
] + [{"PATH_INFO": path} for path in ("/x", "//", "/../token", "/users/me/")] + [
    {"SCRIPT_NAME": "/token", "REQUEST_URI": "/token?x", "DOCUMENT_URI": "/token"},
    {"QUERY_STRING": "access_token=x"}, {"QUERY_STRING": "%zz&password=x&username=y"},
    {"CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "17"}, {"CONTENT_LENGTH": "x"}, {"CONTENT_LENGTH": "99999999999"},
    {"CONTENT_TYPE": "application/json, text/plain"}, {"HTTP_CONTENT_ENCODING": "gzip"},
    {"HTTP_ACCEPT": "image/png"}, {"HTTP_IF_NONE_MATCH": "*"}, {"HTTP_EXPECT": "100-continue"}, {"REMOTE_ADDR": None},
], ids=str)
def test_11_1_nothing_else_of_the_request_counts(scoped, tokens, changes):
    for role, read in ((RESPONDER, consent), (AUTHORIZER, authorization)):
        assert read(verify(scoped, tokens[""], role=role, **changes))["user"] == "alice"

    refused = verify(scoped, **changes)
    assert refused.status_code == 401
    assert expect.challenge(refused) == {"realm": "api"}


def test_11_1_body_counts_for_nothing(scoped, tokens):
    body = b"username=alice&password=x" * 10000

    response = verify(scoped, tokens[""], body=body, REQUEST_METHOD="POST", CONTENT_LENGTH=str(len(body)))

    consent(response)


def test_11_1_announced_body_that_never_comes_is_not_waited_for(scoped, tokens):
    with Connection(scoped.socket("verify")) as connection:
        pairs = get_params(REQUEST_METHOD="POST", CONTENT_LENGTH="100", HTTP_AUTHORIZATION=f"Bearer {tokens['']}")
        connection.send(begin() + params(pairs) + record(STDIN, b"x"))

        consent(connection.answer())


@pytest.mark.parametrize("keep", [False, True])
def test_11_1_authorizer_is_answered_without_a_stdin(scoped, tokens, keep):
    with Connection(scoped.socket("verify")) as connection:
        pairs = get_params(HTTP_AUTHORIZATION=f"Bearer {tokens['']}")

        assert authorization(connection.ask(pairs, body=None, keep=keep, role=AUTHORIZER))["user"] == "alice"


def test_11_1_kept_connection_answers_one_question_after_the_other(scoped, tokens):
    with Connection(scoped.socket("verify")) as connection:
        answers = [connection.ask(get_params(HTTP_AUTHORIZATION=f"Bearer {token}"), keep=True)
                   for token in ("nonsense", tokens[""], "nonsense", tokens["items:read"])]

    assert [response.status_code for response in answers] == [401, 200, 401, 200]
    assert [consent(response)["scope"] for response in answers[1::2]] == ["", "items:read"]


@pytest.mark.parametrize("scope, required", [
    ("items:read", "items:read"), ("items:read items:write", "items:write"),
    ("items:read items:write", "items:write items:read")])
def test_11_1_required_scope_that_the_token_has_is_no_hindrance(scoped, tokens, scope, required):
    assert consent(verify(scoped, tokens[scope], ("REQUIRED_SCOPE", required)))["scope"] == scope


@pytest.mark.parametrize("scope, required", [
    ("", "items:read"), ("items:read", "items:write"), ("items:read", "items:read items:write"), ("items:read", "items"),
    ("items:read", "Items:Read"), ("items:read items:write", "unknown"), ("items:read", "items:read me")])
def test_11_2_scope_too_small_gives_403_with_its_challenge(scoped, tokens, scope, required):
    for role in (RESPONDER, AUTHORIZER):
        response = verify(scoped, tokens[scope], ("REQUIRED_SCOPE", required), role=role)

        parameters = expect.bearer_error(response, 403, "insufficient_scope", "Not enough permissions")
        assert parameters["scope"] == required


@pytest.mark.plain("is about a setting")
def test_11_1_required_aud_must_be_in_the_token(build):
    with running(build, audience="https://api.example") as server, server.client() as client:
        register(client, "alice")
        forge = jws.Forge(server, sign_in(client, "alice").json()["access_token"])
        several = forge.with_claims(aud=["https://api.example", "https://shop.example"])

        for token, required in ((forge.genuine, "https://api.example"), (several, "https://shop.example"),
                                (several, "https://api.example")):
            consent(verify(server, token, ("REQUIRED_AUD", required)))
        for token, required in ((forge.genuine, "https://shop.example"), (forge.genuine, "https://api.exampl"),
                                (forge.with_claims(aud="https://shop.example"), "https://shop.example")):
            response = verify(server, token, ("REQUIRED_AUD", required))
            expect.bearer_error(response, 401, "invalid_token", "Could not validate credentials")


def test_11_1_token_without_an_audience_is_for_none(scoped, tokens):
    response = verify(scoped, tokens[""], ("REQUIRED_AUD", "bearward"))

    expect.bearer_error(response, 401, "invalid_token")


@pytest.mark.parametrize("name", ["HTTP_REQUIRED_SCOPE", "HTTP_REQUIRED_AUD", "required_scope", "XREQUIRED_SCOPE"])
def test_11_1_demands_of_a_client_count_for_nothing(scoped, tokens, name):
    consent(verify(scoped, tokens[""], (name, "items:write")))
    response = verify(scoped, tokens[""], (name, ""), ("REQUIRED_SCOPE", "items:write"))

    assert response.status_code == 403


BAD_DEMANDS = {
    "empty scope": [("REQUIRED_SCOPE", "")],
    "empty audience": [("REQUIRED_SCOPE", "items:read"), ("REQUIRED_AUD", "")],
    "twice": [("REQUIRED_SCOPE", "items:read"), ("REQUIRED_SCOPE", "items:write")],
    "twice the same": [("REQUIRED_AUD", "a"), ("REQUIRED_AUD", "a")],
    "two spaces": [("REQUIRED_SCOPE", "items:read  items:write")],
    "space at the end": [("REQUIRED_SCOPE", "items:read ")],
    "quotation marks": [("REQUIRED_SCOPE", '"items:read"')],
    "line break": [("REQUIRED_SCOPE", "items:read\r\nX-Auth-User: root")],
    "no UTF-8": [("REQUIRED_SCOPE", b"\xff")],
    "too long": [("REQUIRED_SCOPE", "x" * 1025)],
    "misspelt": [("REQUIRED_SCOPES", "items:read")],
    "another": [("REQUIRED_SCOPE", "items:read"), ("REQUIRED_USER", "bob")],
}


@pytest.mark.parametrize("demands", BAD_DEMANDS.values(), ids=BAD_DEMANDS.keys())
def test_11_1_demand_that_cannot_be_understood_lets_nobody_in(scoped, tokens, demands):
    for token in (tokens["items:read items:write"], None, "nonsense"):
        unavailable(verify(scoped, token, *demands))

    assert "cannot use what the web server requires" in scoped.log()


# ---- 11.2 consent

def test_11_2_gateway_is_told_who_it_is(scoped, tokens, forge):
    facts = {"sub": "alice", "user": "alice", "client": "bearward", "scope": "items:read", "groups": "", "email": "",
             "session": forge.claims["gid"], "time": "", "exp": str(forge.claims["exp"])}

    assert consent(verify(scoped, tokens["items:read"])) == facts
    assert authorization(verify(scoped, tokens["items:read"], role=AUTHORIZER)) == facts


def test_11_2_sub_and_user_differ_in_dialect_rfc(rfc_server, rfc_client, new_name):
    name = new_name()
    user_id = register(rfc_client, name).json()["id"]

    facts = consent(verify(rfc_server, sign_in(rfc_client, name).json()["access_token"]))

    assert (facts["sub"], facts["user"]) == (str(user_id), name)


@pytest.mark.parametrize("name", [
    "Ren\u00e9e", "a@b.example", "a+b", "a%41", "a'b", 'a"b', "a\\b", "a,b;c", "\u30c6\u30b9\u30c8", "\U00020000" * 60, "a/b", "~a_b-c.d"])
def test_11_2_names_are_percent_encoded_utf_8(scoped, name):
    with scoped.client() as client:
        register(client, name)
        token = sign_in(client, name).json()["access_token"]

    facts = consent(verify(scoped, token))

    assert facts["user"] == facts["sub"] == urllib.parse.quote(name, safe="@")
    assert authorization(verify(scoped, token, role=AUTHORIZER)) == facts


@pytest.mark.parametrize("text", [
    "a\r\nX-Auth-User: root", "a\nb", "a\rb", "\x01\x7f\t ", "\u0085\u2028", "%0d%0a", "a b", "root\u200b"])
def test_11_2_no_claim_can_break_out_of_its_header(scoped, forge, text):
    token = forge.with_claims(sub=text, username=text, client_id=text)

    facts = consent(verify(scoped, token))

    for name in ("sub", "user", "client"):
        assert facts[name] == urllib.parse.quote(text, safe="@")
    assert authorization(verify(scoped, token, role=AUTHORIZER)) == facts


@pytest.mark.parametrize("claims", [
    {"username": ""}, {"sub": ""}, {"username": None}, {"username": 1}, {"username": ["alice"]}, {"scope": "a\r\nb"},
    {"scope": "a  b"}, {"scope": 'a"b'}, {"scope": ["a"]}, {"scope": "\u00e9"}, {"scope": "x" * 1025}], ids=str)
def test_11_2_token_that_says_nothing_fit_for_a_header_is_refused(scoped, forge, claims):
    for role in (RESPONDER, AUTHORIZER):
        expect.bearer_error(verify(scoped, forge.with_claims(**claims), role=role), 401, "invalid_token")


def test_11_2_token_without_a_name_is_refused(scoped, forge):
    expect.bearer_error(verify(scoped, forge.with_claims(without=["username"])), 401, "invalid_token")


def test_11_2_the_largest_facts_fit(scoped, forge):
    name, scope = "\u20ac" * 64, " ".join(["x" * 1024])
    token = forge.with_claims(sub=name, username=name, scope=scope)

    for role, read in ((RESPONDER, consent), (AUTHORIZER, authorization)):
        facts = read(verify(scoped, token, role=role))

        assert (urllib.parse.unquote(facts["user"]), facts["scope"]) == (name, scope)


def test_11_2_facts_that_do_not_fit_give_503(scoped, forge):
    for name in ("x" * 766, "\u00e9" * 128):
        for role in (RESPONDER, AUTHORIZER):
            unavailable(verify(scoped, forge.with_claims(username=name), role=role))


# ---- 11.2 refusal

NO_CREDENTIALS = [None, "", "Basic dXNlcjpwYXNz", "Token %s", "%s", "Bearers %s", "Bearer%s", "xBearer %s"]


@pytest.mark.parametrize("value", NO_CREDENTIALS)
def test_11_2_no_bearer_credentials_give_401_without_an_error(scoped, tokens, value):
    extra = [] if value is None else [("HTTP_AUTHORIZATION", value.replace("%s", tokens[""]))]
    for role in (RESPONDER, AUTHORIZER):
        response = verify(scoped, None, *extra, role=role)

        expect.detail(response, 401, "Not authenticated")
        assert expect.challenge(response) == {"realm": "api"}


def test_11_2_token_in_the_query_is_none(scoped, tokens):
    response = verify(scoped, QUERY_STRING=f"access_token={tokens['']}")

    expect.detail(response, 401, "Not authenticated")


@pytest.mark.parametrize("values", [
    ["Bearer %s, Bearer %s"], ["Bearer %s,Basic eDp5"], ["Basic eDp5, Bearer %s"], ["Bearer %s", "Bearer %s"],
    ["Bearer %s", "Basic eDp5"], ["Basic eDp5", "Bearer %s"], ["Bearer %s", ""]])
def test_11_2_malformed_authorization_gives_401_since_nginx_makes_500_of_a_400(scoped, tokens, values):
    extra = [("HTTP_AUTHORIZATION", value.replace("%s", tokens[""])) for value in values]
    for role in (RESPONDER, AUTHORIZER):
        response = verify(scoped, None, *extra, role=role)

        expect.bearer_error(response, 401, "invalid_request", "Malformed authorization")


def refused(server, token):
    for role in (RESPONDER, AUTHORIZER):
        response = verify(server, token, role=role)

        expect.bearer_error(response, 401, "invalid_token", "Could not validate credentials")
        assert not [name for name in response.headers if name.startswith(("x-auth-", "variable-"))]


# The ones that only a look at the database finds out.
STATELESS_RIGHT = {"uid of nobody"}


@pytest.mark.parametrize("changes", [value for name, value in WRONG_CLAIMS.items() if name not in STATELESS_RIGHT],
                         ids=[name for name in WRONG_CLAIMS if name not in STATELESS_RIGHT])
def test_11_2_wrong_claim_gives_401(scoped, forge, changes):
    refused(scoped, forge.with_claims(**changes))


@pytest.mark.parametrize("make", [*WRONG_HEADERS.values(), *MISSPELT.values()], ids=[*WRONG_HEADERS, *MISSPELT])
def test_11_2_token_of_wrong_make_gives_401(scoped, forge, make):
    refused(scoped, make(forge))


@pytest.mark.parametrize("change", WRONG_PAYLOADS.values(), ids=WRONG_PAYLOADS.keys())
def test_11_2_malformed_payload_gives_401(scoped, forge, change):
    refused(scoped, forge.with_payload(change(claims_text(forge)).encode()))


@pytest.mark.parametrize("name", ["iss", "exp", "sub", "jti", "client_id", "uid", "username"])
def test_11_2_missing_claim_gives_401(scoped, forge, name):
    refused(scoped, forge.with_claims(without=[name]))


def test_11_2_tutorial_token_is_refused_by_default(scoped, forge):
    refused(scoped, forge.tutorial(sub="alice"))


def test_11_2_refusal_of_a_head_request_has_no_content(scoped):
    response = verify(scoped, REQUEST_METHOD="HEAD")

    assert (response.status_code, response.content) == (401, b"")


# ---- 11.3 stateless, or not

def open_files(server):
    """What the process `verify` has open of the state directory, and how: name by name."""
    [pid] = server.responder_pids("verify")
    found = {}
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            path = os.readlink(entry.path)
            with open(f"/proc/{pid}/fdinfo/{entry.name}") as info:
                flags = int(next(line.split()[1] for line in info if line.startswith("flags")), 8)
        except OSError:
            continue  # it has just been closed
        if path.startswith(str(server.state)):
            found.setdefault(os.path.basename(path), set()).add(flags & os.O_ACCMODE)
    return found


@pytest.fixture
def start_with_alice(start_server):
    def start(**settings):
        server = start_server(**SCOPES, **settings)
        assert server.command("user", "add", "Alice", stdin="correct horse battery staple\n").returncode == 0
        assert server.command("user", "scope", "alice", "admin").returncode == 0
        with server.client() as client:
            token = sign_in(client, "alice", scope="admin items:read").json()["access_token"]
        return server, token

    return start


CHANGES = {
    "disabled": ("UPDATE users SET is_active = FALSE WHERE username = 'Alice'", "Inactive user"),
    "deleted": ("DELETE FROM users WHERE username = 'Alice'", "Could not validate credentials"),
}


@pytest.mark.parametrize("statement, _", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.plain("is about a setting")
def test_11_3_stateless_goes_by_the_token_alone(start_with_alice, statement, _):
    server, token = start_with_alice(verify="stateless")

    server.storage.change(statement)

    assert consent(verify(server, token))["user"] == "Alice"


@pytest.mark.parametrize("statement, detail", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.plain("is about a setting")
def test_11_3_revocation_aware_asks_the_database(start_with_alice, statement, detail):
    server, token = start_with_alice()
    assert consent(verify(server, token))["user"] == "Alice"

    server.storage.change(statement)

    for role in (RESPONDER, AUTHORIZER):
        expect.bearer_error(verify(server, token, role=role), 401, "invalid_token", detail)


@pytest.mark.plain("is about a setting")
def test_11_3_withdrawn_scope_counts_until_the_token_expires_if_stateless(start_with_alice):
    server, token = start_with_alice(verify="stateless")

    assert server.command("user", "scope", "alice").returncode == 0

    assert consent(verify(server, token, ("REQUIRED_SCOPE", "admin")))["scope"] == "admin items:read"


@pytest.mark.plain("is about a setting")
def test_11_3_withdrawn_scope_is_gone_at_once_if_revocation_aware(start_with_alice):
    server, token = start_with_alice()
    assert consent(verify(server, token, ("REQUIRED_SCOPE", "admin")))["scope"] == "admin items:read"

    assert server.command("user", "scope", "alice").returncode == 0

    assert consent(verify(server, token))["scope"] == "items:read"
    response = verify(server, token, ("REQUIRED_SCOPE", "admin"))
    expect.bearer_error(response, 403, "insufficient_scope", "Not enough permissions")


@pytest.mark.plain("is about a setting")
def test_11_3_stateless_opens_no_database_and_needs_none(start_with_alice):
    server, token = start_with_alice(verify="stateless")
    assert not [name for name in open_files(server) if name.startswith("bearward.db")]

    server.storage.spoil()

    consent(verify(server, token))


@pytest.mark.sqlite("is about how its file is open")
@pytest.mark.plain("is about a setting")
def test_11_3_revocation_aware_only_reads_the_database(start_with_alice):
    server, token = start_with_alice()

    consent(verify(server, token))

    assert open_files(server)["bearward.db"] == {os.O_RDONLY}
    assert "write.lock" not in open_files(server)


@pytest.mark.plain("is about a setting")
def test_11_3_revocation_aware_cannot_decide_without_the_database(start_with_alice):
    server, token = start_with_alice()

    server.storage.spoil()

    for role in (RESPONDER, AUTHORIZER):
        unavailable(verify(server, token, role=role))
    assert verify(server).status_code == 401
    refused(server, "nonsense")


@pytest.mark.plain("is about keys")
def test_11_3_new_key_is_taken_up_and_one_that_is_gone_is_not_missed(start_with_alice):
    server, old = start_with_alice()
    [first] = (server.state / "keys").iterdir()
    assert server.command("key", "new").returncode == 0
    with server.client() as client:
        new = sign_in(client, "alice").json()["access_token"]
    assert jws.parts(new)[0]["kid"] != first.name

    for token in (new, old):
        consent(verify(server, token))
    first.unlink()

    assert eventually(lambda: verify(server, old).status_code == 401)
    consent(verify(server, new))


@pytest.mark.plain("is about keys")
def test_15_4_key_that_is_gone_is_dropped_whatever_else_is_amiss(start_with_alice):
    server, old = start_with_alice()
    keys = server.state / "keys"
    [first] = keys.iterdir()
    assert server.command("key", "new").returncode == 0
    with server.client() as client:
        new = sign_in(client, "alice").json()["access_token"]
    for token in (old, new, old):   # the second time it comes from the cache
        consent(verify(server, token))
    (keys / f"{first.name}~").write_bytes(first.read_bytes())

    first.unlink()
    assert eventually(lambda: verify(server, old).status_code == 401)
    refused(server, old)
    consent(verify(server, new))

    (keys / jws.parts(new)[0]["kid"]).unlink()
    assert eventually(lambda: verify(server, new).status_code == 503)
    for token in (old, new, "nonsense"):
        unavailable(verify(server, token))


# ---- 4.2 tutorial tokens, while they are let in: a name, and no scope or client

AS_TAKEN_OVER = "UPDATE users SET is_imported = TRUE WHERE username = 'Alice'"


@pytest.mark.plain("is about a setting")
def test_4_2_tutorial_token_says_the_name_it_carries_and_the_stored_one(start_with_alice):
    server, token = start_with_alice(accept_tutorial_tokens="yes")
    server.storage.change(AS_TAKEN_OVER)
    forge = jws.Forge(server, token)

    for name in ("Alice", "ALICE"):
        made = forge.tutorial(sub=name, scope="admin", client_id="web", username="root", uid=1)
        facts = consent(verify(server, made))

        assert (facts["sub"], facts["user"], facts["client"], facts["scope"]) == (name, "Alice", "", "")
        assert int(facts["exp"]) == jws.parts(made)[1]["exp"]
        assert verify(server, made, ("REQUIRED_SCOPE", "admin")).status_code == 403
    for sub in ("", 1, None):
        refused(server, forge.tutorial(sub=sub))
    refused(server, forge.tutorial(sub="alice", exp=NOW - 1))


@pytest.mark.plain("is about a setting")
def test_4_2_tutorial_token_is_for_those_who_were_taken_over(start_with_alice):
    server, token = start_with_alice(accept_tutorial_tokens="yes")
    forge = jws.Forge(server, token)

    for name in ("alice", "nobody", "\u00e9\r\n"):
        refused(server, forge.tutorial(sub=name))


@pytest.mark.plain("is about a setting")
def test_4_2_tutorial_token_is_refused_by_who_does_not_ask_the_database(start_with_alice):
    server, token = start_with_alice(accept_tutorial_tokens="yes", verify="stateless")
    server.storage.change(AS_TAKEN_OVER)

    refused(server, jws.Forge(server, token).tutorial(sub="alice"))
    consent(verify(server, token))


# ---- 15.7, and the way it is not asked

def test_15_7_neither_token_nor_demand_of_a_client_is_in_the_log(scoped, tokens):
    for token in (tokens["items:read"], "secret-nonsense"):
        verify(scoped, token, ("HTTP_REQUIRED_SCOPE", "sneaky"))

    for text in (tokens["items:read"], tokens["items:read"].split(".")[2], "secret-nonsense", "sneaky"):
        assert text not in scoped.log()


@pytest.mark.parametrize("path", ["/verify", "/verify/", "/verify.fcgi"])
def test_11_gateway_of_make_run_does_not_hand_the_question_to_the_public(scoped, tokens, path):
    with scoped.client() as client:
        assert client.get(path, headers=bearer(tokens[""])).status_code == 404
