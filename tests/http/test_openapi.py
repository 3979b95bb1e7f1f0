"""www/openapi.json: it is valid, generated clients keep their names, and it says what really happens.

That every exchange of the whole suite is as it says is held by contract.py, beside every test.
"""

import contextlib
import importlib
import json
import os
import re

import contract
import fastcgi
import jsonschema
import npm
import pytest
import raw
from conftest import PASSWORD, TOP, bearer, edit_nginx, eventually, register, sign_in
from pools import routed_pools
from test_documents import publish
from test_gateway import listen_instead_of

pytestmark = [pytest.mark.only_nginx("the document knows what nginx answers by itself"), pytest.mark.plain("is about what is declared")]
DOCUMENT = contract.DOCUMENT
OPERATIONS = [(path, method.upper()) for path, item in DOCUMENT["paths"].items()
              for method in sorted(contract.METHODS & item.keys())]
OF_RESPONDERS = [(path, method) for path, method in OPERATIONS
                 if path.startswith(("/token", "/users", "/revoke", "/introspect", "/health", "/metrics", "/.well-known"))]
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
# Each path with a body: the pool that answers it, and the media type.
BODIES = {spelling: (pool, media) for path, pool, media in (
    ("/token", "token", FORM), ("/users", "users", JSON), ("/revoke", "oauth", FORM), ("/introspect", "oauth", FORM),
    *((f"/users/me/{name}", "account", JSON) for name in ("password", "sessions", "profile", "delete")))
    for spelling in (path, path + "/")}
INTROSPECT = ["/introspect", "/introspect/"]
USERS, ME = ["/users", "/users/"], ["/users/me", "/users/me/"]
DOCUMENTS = [spelling for path in ("/.well-known/jwks.json", "/.well-known/oauth-authorization-server") for spelling in (path, path + "/")]
WATCHED = [spelling for path in ("/health/live", "/health/ready", "/metrics") for spelling in (path, path + "/")]

# What the document declares and no test may know how to cause.
NOT_EXERCISED = {(path, method.lower(), "500") for path, method in OF_RESPONDERS if method != "OPTIONS"}


# -- The document ---------------------------------------------------------------------------


def test_10_the_document_is_valid_by_the_schema_of_openapi_3_1_itself():
    schema = json.loads(npm.fetch("@seriousme/openapi-schema-validator", "schemas/v3.1/schema.json").read_text())

    faults = [f"{error.json_path}: {error.message}"
              for error in jsonschema.Draft202012Validator(schema).iter_errors(DOCUMENT)]

    assert schema["$id"].startswith("https://spec.openapis.org/oas/3.1/schema/")
    assert faults == []


def test_10_every_reference_of_the_document_leads_somewhere_and_every_component_is_used():
    text = json.dumps(DOCUMENT)
    used = set(re.findall(r'"\$ref": "(#/[^"]+)"', text))
    there = {f"#/components/{kind}/{name}" for kind, components in DOCUMENT["components"].items()
             for name in components if kind != "securitySchemes"}

    assert used == there


def tutorial_document(monkeypatch):
    monkeypatch.setenv("TUTORIAL_SECRET_KEY", "unused")
    monkeypatch.setenv("TUTORIAL_DATABASE_URL", "sqlite://")
    return importlib.import_module("tutorial_app").app.openapi()


def shapes(body):
    """The schemas of a body, and those of which it may be any."""
    names = contract.references(body)
    return names.union(*(contract.references(DOCUMENT["components"]["schemas"][name]) for name in names))


def test_10_what_a_generated_client_calls_by_name_has_the_names_that_fastapi_generates(monkeypatch):
    theirs = tutorial_document(monkeypatch)

    for path, item in theirs["paths"].items():
        for method, operation in item.items():
            ours = DOCUMENT["paths"][path][method]
            assert ours["operationId"] == operation["operationId"]
            assert ours.get("security", []) == operation.get("security", [])
            assert shapes(ours.get("requestBody")) >= contract.references(operation.get("requestBody"))
            assert operation["responses"].keys() <= ours["responses"].keys()
    for name, schema in theirs["components"]["schemas"].items():
        ours = DOCUMENT["components"]["schemas"][name]
        assert set(schema.get("required", [])) <= set(ours["required"])
        assert schema["properties"].keys() <= ours["properties"].keys()


def test_10_the_token_address_is_relative():
    scheme = DOCUMENT["components"]["securitySchemes"]["OAuth2PasswordBearer"]

    assert scheme == {"type": "oauth2", "flows": {"password": {"tokenUrl": "token", "refreshUrl": "token", "scopes": {}}}}
    assert [server["url"] for server in DOCUMENT["servers"]] == ["."]


def test_10_operation_ids_occur_once_and_the_version_is_that_of_the_programs():
    ids = [DOCUMENT["paths"][path][method.lower()]["operationId"] for path, method in OPERATIONS]

    assert len(ids) == len(set(ids))
    assert re.search(r"^VERSION = (.*)$", (TOP / "Makefile").read_text(), re.M)[1] == DOCUMENT["info"]["version"]


def media_types(value):
    """Every description of a body: those of requests and those of answers."""
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        if isinstance(part, dict) and isinstance(part.get("content"), dict):
            yield from part["content"].values()
        yield from media_types(part)


def test_10_every_example_fits_its_schema():
    count, document = 0, contract.strict(DOCUMENT)
    for media in media_types(document):
        schema = contract.inlined(document, media["schema"], {})
        examples = [example["value"] for example in media.get("examples", {}).values()]
        for example in [*examples, *([media["example"]] if "example" in media else [])]:
            count += 1
            assert contract.faults_in(schema, example) == [], example

    assert count > 40


# -- As a file ------------------------------------------------------------------------------


def test_10_it_is_served_as_it_is_and_asked_about_each_time(client):
    answer = client.get("/openapi.json")
    again = client.get("/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    head = client.head("/openapi.json")

    assert answer.content == (TOP / "www/openapi.json").read_bytes()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-cache"
    assert again.status_code == 304
    assert head.status_code == 200


def test_10_it_comes_compressed_to_whom_can_read_that(client):
    plain = client.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    packed = client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.json() == plain.json()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_10_a_file_can_be_read_and_nothing_else(client, method):
    answer = client.request(method, "/openapi.json")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.json() == {"detail": "Method Not Allowed"}


# -- The contract itself --------------------------------------------------------------------

GOOD = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
USER = {"id": 1, "username": "johndoe", "is_active": True}
NOT_DECLARED = {
    "status": ("GET", "/users/me/", 418, GOOD, USER),
    "path": ("GET", "/users/you/", 200, GOOD, USER),
    "method": ("PUT", "/users/me/", 200, GOOD, USER),
    "member": ("GET", "/users/me/", 200, GOOD, {**USER, "phone": "1"}),
    "missing member": ("GET", "/users/me/", 200, GOOD, {"id": 1, "username": "johndoe"}),
    "type of a member": ("GET", "/users/me/", 200, GOOD, {**USER, "id": "1"}),
    "header": ("GET", "/users/me/", 200, {**GOOD, "Set-Cookie": "a=b"}, USER),
    "missing header": ("GET", "/users/me/", 401, GOOD, {"detail": "Not authenticated"}),
    "value of a header": ("GET", "/users/me/", 200, {**GOOD, "Cache-Control": "public"}, USER),
    "media type": ("GET", "/users/me/", 200, {**GOOD, "Content-Type": "text/html"}, USER),
    "body": ("HEAD", "/users/me/", 200, GOOD, USER),
}


def hold(method, path, status, headers, value):
    contract.hold(method, path, fastcgi.make_response(status, headers, json.dumps(value).encode()))
    return contract.take_complaints()


def test_the_contract_is_content_with_what_is_declared():
    assert hold("GET", "/users/me/", 200, GOOD, USER) == []


@pytest.mark.parametrize("case", NOT_DECLARED.values(), ids=NOT_DECLARED)
def test_the_contract_notices_what_is_not_declared(case):
    before = set(contract.exercised)

    complaints = hold(*case)
    contract.exercised.intersection_update(before)

    assert complaints


# -- What is declared, and else asked of one path only --------------------------------------


def drive(server, method, path, *lines, status, query=""):
    """One request by hand; raw.ask() holds the answer against the document."""
    answer = raw.ask(server, method, path + query, *lines)

    assert answer.status_code == status


@pytest.mark.parametrize("path, method", OPERATIONS)
def test_1_13_what_the_gateway_refuses_by_itself_is_declared_for_every_path(server, path, method):
    with raw.Peer(server) as peer:
        peer.send(f"{method} {path} HTTP/1.1\r\n\r\n")
        contract.hold(method, path, peer.answer(method))
    drive(server, method, path, "Content-Length: 9999999999", status=413)
    drive(server, method, path, status=414, query="?" + "x" * 9000)
    drive(server, method, path, "X-Long: " + "x" * 9000, status=431)


@pytest.mark.parametrize("path", [path for path, method in OPERATIONS if method == "HEAD" and (path, method) not in OF_RESPONDERS])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_10_files_are_read_and_asked_about(server, path, method):
    with server.client() as client:
        answer = client.request(method, path)
        again = client.request(method, path, headers={"If-None-Match": answer.headers["etag"]})

    assert (answer.status_code, again.status_code) == (200, 304)


def test_1_13_502_is_declared_for_every_path(start_plain_server):
    server = start_plain_server()
    for endpoint in routed_pools():
        os.unlink(server.socket(endpoint))
    edit_nginx(server)		# its new workers have no connection left from before

    for path, method in OF_RESPONDERS:
        drive(server, method, path, "Content-Length: 0", status=502)


def test_1_13_504_is_declared_for_every_path(start_plain_server):
    server = start_plain_server()
    server.shorten_read_timeout()
    with contextlib.ExitStack() as stack:
        for endpoint in routed_pools():
            stack.enter_context(listen_instead_of(server, endpoint))

        for path, method in OF_RESPONDERS:
            drive(server, method, path, "Content-Length: 0", status=504)


def test_1_13_429_is_declared_where_the_sample_can_count_requests(start_plain_server):
    server = start_plain_server()
    edit_nginx(server, r"#(limit_req)", r"\1", r"rate=20r/s", "rate=1r/m", r"burst=400 nodelay", "")
    drive(server, "OPTIONS", "/token", status=204)

    for path, method in OF_RESPONDERS:
        if path not in ME + INTROSPECT + WATCHED + DOCUMENTS:
            drive(server, method, path, "Content-Length: 0", status=429)


def test_1_5_408_is_declared_for_every_path_with_a_body(start_plain_server):
    server = start_plain_server(body_deadline=0.05)

    for path, (pool, media) in BODIES.items():
        with fastcgi.Connection(server.socket(pool)) as connection:
            connection.send(fastcgi.begin() + fastcgi.params(
                fastcgi.form_params(SCRIPT_NAME=path, CONTENT_TYPE=media, CONTENT_LENGTH="9")))
            contract.hold("POST", path, connection.answer())

    assert {(path, "post", "408") for path in BODIES} <= contract.exercised


def test_1_16_signing_in_is_declared_with_the_last_slash(server, user):
    with server.client() as client:
        answers = [client.post("/token/", **body) for body in (
            {"data": {"username": user, "password": PASSWORD}}, {"data": {"username": user, "password": "wrong"}},
            {"data": {}, "headers": {"Content-Type": FORM}}, {"json": {}},
            {"content": b"%", "headers": {"Content-Type": FORM}})]
    drive(server, "OPTIONS", "/token/", status=204)
    drive(server, "POST", "/token/", f"Content-Type: {FORM}", status=411)

    assert [answer.status_code for answer in answers] == [200, 401, 422, 415, 400]


def test_1_10_signing_in_without_storage_is_declared_with_the_last_slash(start_plain_server):
    server = start_plain_server()
    server.storage.spoil()

    with server.client() as client:
        answer = client.post("/token/", data={"username": "alice", "password": PASSWORD})

    assert answer.status_code == 503


@pytest.mark.parametrize("path", USERS)
def test_5_1_registering_is_declared_with_and_without_the_last_slash(server, rfc_server, new_name, path):
    new = {"username": new_name(), "password": "correct horse battery staple"}

    with server.client() as client, rfc_server.client() as rfc_client:
        answers = [client.post(path, json=new), client.post(path, json=new), rfc_client.post(path, json=new),
                   client.post(path, json={}), client.post(path, data=new)]
    drive(server, "OPTIONS", path, status=204)
    drive(server, "POST", path, "Content-Type: application/json", status=411)

    assert [answer.status_code for answer in answers] == [200, 409, 201, 422, 415]


@pytest.mark.parametrize("path", USERS)
def test_5_4_who_may_not_register_is_declared_with_and_without_the_last_slash(start_plain_server, path):
    bearer_only, closed = start_plain_server(registration="bearer"), start_plain_server(registration="closed")

    drive(bearer_only, "POST", path, "Content-Type: application/json", "Content-Length: 2\r\n\r\n{}", status=401)
    drive(closed, "POST", path, "Content-Type: application/json", "Content-Length: 2\r\n\r\n{}", status=403)


@pytest.mark.parametrize("path", USERS)
def test_1_10_registering_without_storage_is_declared_with_and_without_the_last_slash(start_plain_server, path):
    server = start_plain_server(storage_wait=0)

    with server.client() as client, server.storage.taken():
        answer = client.post(path, json={"username": "alice", "password": "correct horse battery staple"})

    assert answer.status_code == 503


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ME)
def test_6_2_asking_who_one_is_is_declared_with_and_without_the_last_slash(server, token, path, method):
    with server.client() as client:
        answers = [client.request(method, path, headers=headers, params=params) for headers, params in (
            (bearer(token), {}), ({}, {}), (bearer(token), {"access_token": token}))]
    drive(server, "OPTIONS", path, status=204)

    assert [answer.status_code for answer in answers] == [200, 401, 400]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ME)
@pytest.mark.parametrize("settings, spoil, status", [
    ({"scopes": "me", "me_scope": "me"}, lambda server: None, 403), ({}, lambda server: server.storage.spoil(), 503)])
def test_6_2_refusals_of_a_good_token_are_declared_with_and_without_the_last_slash(
        start_plain_server, path, method, settings, spoil, status):
    server = start_plain_server(**settings)

    with server.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["access_token"]
        spoil(server)
        answer = client.request(method, path, headers=bearer(token))

    assert answer.status_code == status


OWN = {"password": {"current_password": PASSWORD, "new_password": PASSWORD}, "sessions": {"end": "others"},
       "profile": {"display_name": "Alice"}, "delete": {"current_password": PASSWORD}}
OWN_READ = ["sessions", "audit", "export"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_20_what_people_do_to_their_own_accounts_is_declared_with_and_without_the_last_slash(start_plain_server, slash):
    server = start_plain_server(scopes="me", me_scope="me")
    with server.client() as client:
        register(client, "alice")
        without, token = (sign_in(client, "alice", scope=scope).json()["access_token"] for scope in ("", "me"))
        server.query("CREATE TABLE orders (owner INTEGER NOT NULL REFERENCES users (id))")
        server.query("INSERT INTO orders SELECT id FROM users")

        def statuses(method, path, *cases):
            return [client.request(method, f"/users/me/{path}{slash}", **case).status_code for case in cases]

        refused = {"headers": {}}, {"headers": bearer(without)}, {"headers": bearer(token), "params": {"access_token": "x"}}
        for path in OWN_READ:
            for method in ("GET", "HEAD"):
                assert statuses(method, path, *refused, {"headers": bearer(token)}) == [401, 403, 400, 200]
            drive(server, "OPTIONS", f"/users/me/{path}{slash}", status=204)
        for method in ("GET", "HEAD"):
            assert statuses(method, "audit", {"headers": bearer(token), "params": {"limit": "x"}}) == [422]
        for path, body in OWN.items():
            faulty = [{**case, "json": body} for case in refused]
            assert statuses("POST", path, *faulty, {"headers": bearer(token), "json": {}},
                            {"headers": bearer(token), "data": {"a": "b"}}) == [401, 403, 400, 422, 415]
            drive(server, "POST", f"/users/me/{path}{slash}", "Content-Type: application/json", status=411)
            drive(server, "OPTIONS", f"/users/me/{path}{slash}", status=204)
        for path, body in OWN.items():
            assert statuses("POST", path, {"headers": bearer(token), "json": body}) == [409 if path == "delete" else 204]
        assert statuses("POST", "sessions", {"headers": bearer(token), "json": {"end": "x"}}) == [404]
        server.query("DELETE FROM orders")
        register(client, "bob")
        bob = sign_in(client, "bob", scope="me").json()["access_token"]
        assert statuses("POST", "delete", {"headers": bearer(bob), "json": OWN["delete"]}) == [204]

        server.storage.spoil()
        for path in OWN_READ:
            assert [*statuses("GET", path, {"headers": bearer(token)}), *statuses("HEAD", path, {"headers": bearer(token)})] == [503] * 2
        for path, body in OWN.items():
            assert statuses("POST", path, {"headers": bearer(token), "json": body}) == [503]


ELSEWHERE = {"X-Forwarded-For": "192.0.2.7"}


def statuses(client, path, *cases):
    """With the last slash and without, of GET and of HEAD."""
    return [client.request(method, f"{path}{slash}", **case).status_code
            for case in cases for slash in ("", "/") for method in ("GET", "HEAD")]


def test_12_how_the_service_is_is_declared_with_and_without_the_last_slash(server, start_plain_server):
    counting, broken = (start_plain_server(metrics="yes", restricted_scopes="metrics") for _ in range(2))
    tokens = []
    for one in (counting, broken):
        with one.client() as client:
            register(client, "alice")
            assert one.command("user", "scope", "alice", "metrics").returncode == 0
            tokens += [{**ELSEWHERE, **bearer(sign_in(client, "alice", scope=scope).json()["access_token"])} for scope in ("", "metrics")]
    broken.storage.spoil()

    with server.client() as client:
        assert statuses(client, "/metrics", {}) == [404] * 4
        assert statuses(client, "/health/live", {}) == [200] * 4
        assert statuses(client, "/health/ready", {}, {"headers": ELSEWHERE}) == [200] * 8
    for path in WATCHED[:4]:
        drive(server, "OPTIONS", path, status=204)
    with counting.client() as client:
        asked = {"headers": ELSEWHERE}, {"headers": tokens[0]}, {"headers": tokens[1], "params": {"access_token": "x"}}
        assert statuses(client, "/metrics", {}, *asked) == [200] * 4 + [401] * 4 + [403] * 4 + [400] * 4
    with broken.client() as client:
        assert statuses(client, "/metrics", {"headers": tokens[3]}) == [503] * 4
        assert eventually(lambda: statuses(client, "/health/ready", {}, {"headers": ELSEWHERE}) == [503] * 8)


def test_8_9_the_documents_are_declared_with_and_without_the_last_slash(server, start_plain_server):
    site = start_plain_server(issuer="https://id.example.org")
    unchanged = {"headers": {"If-None-Match": "*"}}
    with site.client() as client:
        for path in DOCUMENTS[::2]:
            assert statuses(client, path, {}, unchanged) == [200] * 4 + [304] * 4
        # The last key goes while another file cannot be read.
        file = publish(site, "ES256")
        assert len(client.get(DOCUMENTS[0]).json()["keys"]) == 1
        file.with_name("no-key").touch(mode=0o600)
        site.own(file.with_name("no-key"))
        file.unlink()
        assert statuses(client, DOCUMENTS[0], {}) == [503] * 4
    with server.client() as client:
        assert statuses(client, DOCUMENTS[2], {}) == [404] * 4
    for path in DOCUMENTS:
        drive(server, "OPTIONS", path, status=204)


# -- All of it ------------------------------------------------------------------------------


@pytest.mark.whole_suite
def test_10_everything_that_is_declared_was_seen_by_this_suite(exercised):
    declared = contract.declared()

    assert sorted(declared - exercised) == sorted(NOT_EXERCISED)
    assert NOT_EXERCISED <= declared
