"""POST /introspect: protocol 7.1, 7.3 and 19.12, RFC 7662; and the command that makes its credentials."""

import base64
import json
import os
import time

import clock
import pytest

import contract
import expect
import raw
from conftest import Server, bearer, register, running, sign_in, started
from gateways import Caddy
from jws import Forge, decode, encode, make, parts

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATHS = ["/introspect", "/introspect/"]
SERVICE = {"restricted_scopes": "introspect items", "scopes": "me", "default_scope": "me"}
BASIC, BEARER = 'Basic realm="api", charset="UTF-8"', 'Bearer realm="api"'


def add_credential(server, name):
    done = server.command("introspection", "add", name)
    assert done.returncode == 0, done.stderr
    return name, done.stdout.splitlines()[-1]


def introspect(client, token, auth, path="/introspect", **form):
    return client.post(path, data={"token": token, **form}, auth=auth)


def told(response):
    return expect.json_body(response, 200)


def is_inactive(response):
    return told(response) == {"active": False} and response.content == b'{"active":false}'


@pytest.fixture(scope="module")
def site(front):
    """A server with a credential, a service that may ask with its token, and one that may not."""
    with running(front, **SERVICE) as server, server.client() as client:
        server.auth = add_credential(server, "api.1")
        for name in ("service", "user"):
            register(client, name)
        assert server.command("user", "scope", "service", "introspect").returncode == 0
        server.service = sign_in(client, "service", scope="introspect").json()["access_token"]
        server.other = sign_in(client, "user").json()["access_token"]
        yield server


@pytest.fixture
def ask(site):
    with site.client() as client:
        yield client


@pytest.fixture
def user(ask, new_name):
    """A user of that server, in place of the shared one's."""
    name = new_name()
    assert register(ask, name).status_code == 200
    return name


# ---- 7.3 what is told

@pytest.mark.core
@pytest.mark.parametrize("path", PATHS)
def test_7_3_live_access_token_is_told_with_all_that_applies(site, ask, user, path):
    token = sign_in(ask, user).json()["access_token"]
    claims = parts(token)[1]

    answer = told(introspect(ask, token, site.auth, path))

    assert answer == {
        "active": True, "scope": "me", "token_type": "bearer",
        **{name: claims[name] for name in ("client_id", "username", "exp", "iat", "sub", "iss", "jti")}}
    assert answer["username"] == answer["sub"] == user
    assert answer["exp"] == answer["iat"] + 1800


def test_7_3_of_a_refresh_token_the_end_is_told_and_no_type(site, ask, user):
    token = sign_in(ask, user).json()["refresh_token"]

    answer = told(introspect(ask, token, site.auth, token_type_hint="access_token"))

    assert 0 <= time.time() + 1209600 - answer.pop("exp") < 600
    assert answer == {"active": True, "scope": "me", "client_id": "bearward", "username": user, "sub": user,
                      "iss": parts(sign_in(ask, user).json()["access_token"])[1]["iss"]}


def test_7_3_in_dialect_rfc_the_subject_is_the_id_and_the_audience_is_told(start_plain_server):
    server = start_plain_server(dialect="rfc", refresh_token_idle=5000, refresh_token_ttl=4000)
    auth = add_credential(server, "api")
    with server.client() as client:
        user = register(client, "alice").json()
        given = sign_in(client, "alice").json()
        access, refresh = (told(introspect(client, given[name], auth)) for name in ("access_token", "refresh_token"))

    assert access["sub"] == refresh["sub"] == str(user["id"])
    assert access["aud"] == "bearward" and "scope" not in access
    assert 0 <= access["iat"] + 4000 - refresh["exp"] <= 60


def test_7_3_several_audiences_are_told(start_plain_server):
    server = start_plain_server(audience="a")
    auth = add_credential(server, "api")
    with server.client() as client:
        register(client, "alice")
        forge = Forge(server, sign_in(client, "alice").json()["access_token"])

        assert told(introspect(client, forge.with_claims(aud=["a", "b"]), auth))["aud"] == ["a", "b"]


def test_7_3_scope_is_what_the_user_may_still_have(site, ask, user):
    assert site.command("user", "scope", user, "items").returncode == 0
    given = sign_in(ask, user, scope="me items").json()
    before = [told(introspect(ask, given[name], site.auth))["scope"] for name in ("access_token", "refresh_token")]

    assert site.command("user", "scope", user).returncode == 0

    after = [told(introspect(ask, given[name], site.auth))["scope"] for name in ("access_token", "refresh_token")]
    assert (before, after) == (["me items"] * 2, ["me"] * 2)


def test_4_2_token_of_the_tutorial_is_told_by_its_name(start_plain_server):
    server = start_plain_server(accept_tutorial_tokens="yes")
    auth = add_credential(server, "api")
    with server.client() as client:
        register(client, "alice")
        server.query("UPDATE users SET is_imported = TRUE")
        key = next((server.state / "keys").iterdir()).read_bytes().rstrip(b"\n")
        token = make({"alg": "HS256", "typ": "JWT"}, {"sub": "alice", "exp": 4_000_000_000}, key)

        assert told(introspect(client, token, auth)) == {
            "active": True, "username": "alice", "sub": "alice", "token_type": "bearer", "exp": 4_000_000_000}


# ---- 7.3 everything else

@pytest.mark.core
def test_7_3_everything_else_is_exactly_inactive(site, ask, user):
    given, ended = sign_in(ask, user).json(), sign_in(ask, user).json()
    forge = Forge(site, given["access_token"])
    ask.post("/revoke", data={"token": ended["refresh_token"]})
    cases = {
        "nonsense": "nonsense", "snowman": "☃", "long": "x" * 9000, "dots": "a.b.c",
        "expired": forge.with_claims(exp=clock.now() - 1),
        "signature": given["access_token"][:-1], "another secret": make(forge.header, forge.claims, b"x" * 40),
        "another issuer": forge.with_claims(iss="https://evil.example"),
        "no such user": forge.with_claims(uid=10**9), "no such sign-in": forge.with_claims(gid=encode(bytes(16))),
        "unknown selector": "bwr_" + encode(os.urandom(48)),
        "another secret of the selector": "bwr_" + encode(decode(given["refresh_token"][4:])[:16] + os.urandom(32)),
        "cut": given["refresh_token"][:-1],
        "revoked": ended["refresh_token"], "of what was revoked": ended["access_token"],
    }

    for name, token in cases.items():
        assert is_inactive(introspect(ask, token, site.auth)), name
    for name in ("access_token", "refresh_token"):
        assert told(introspect(ask, given[name], site.auth))["active"]


def test_7_3_tokens_of_a_user_who_is_disabled_or_deleted_are_inactive(site, ask, user):
    given = sign_in(ask, user).json()

    for change in ("disable", "delete"):
        assert site.command("user", change, user).returncode == 0
        for name in ("access_token", "refresh_token"):
            assert is_inactive(introspect(ask, given[name], site.auth))


def test_19_12_of_refresh_tokens_the_current_one_and_the_one_before_are_active(start_plain_server):
    server = start_plain_server(refresh_window=0, refresh_run=2)
    auth = add_credential(server, "api")
    with server.client() as client:
        register(client, "alice")
        tokens = [sign_in(client, "alice").json()["refresh_token"]]
        for _ in range(3):
            given = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": tokens[-1]}).json()
            tokens.append(given["refresh_token"])

        active = [told(introspect(client, token, auth))["active"] for token in tokens]
        # Asking is not using: the grant lives on.
        again = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": tokens[-1]})

    assert active == [False, False, True, True]
    assert again.status_code == 200


def test_19_11_refresh_token_that_was_left_alone_is_inactive(start_plain_server):
    server = start_plain_server()
    auth = add_credential(server, "api")
    with server.client() as client:
        register(client, "alice")
        given = sign_in(client, "alice").json()
        server.query("UPDATE grants SET rotated_at = rotated_at - 1209600")

        for name in ("access_token", "refresh_token"):
            assert is_inactive(introspect(client, given[name], auth))


def test_7_3_where_refresh_tokens_are_switched_off_none_is_active(start_plain_server):
    server = start_plain_server()
    auth = add_credential(server, "api")
    with server.client() as client:
        register(client, "alice")
        given = sign_in(client, "alice").json()
    server.stop()
    server.write_settings(refresh_tokens="no")
    server.start()
    with server.client() as client:
        assert is_inactive(introspect(client, given["refresh_token"], auth))
        assert told(introspect(client, given["access_token"], auth))["active"]


# ---- 7.3 who may ask

@pytest.mark.core
def test_7_3_bearer_with_the_scope_may_ask(site, ask):
    answer = ask.post("/introspect", data={"token": site.other}, headers=bearer(site.service))

    assert told(answer)["username"] == "user"


@pytest.mark.core
@pytest.mark.parametrize("path", PATHS)
def test_7_3_whoever_presents_nothing_is_challenged_by_both_schemes(ask, path):
    refused = [
        ask.post(path, data={"token": "x"}),
        ask.post(path, data={"token": "x", "client_id": "api.1", "client_secret": "x"}),
        ask.post(path, data={"token": "x"}, headers={"Authorization": "Digest x"}),
        ask.post(path, data={"token": "x"}, auth=("", "")),
    ]

    for response in refused:
        expect.oauth_error(response, 401, "invalid_client", "Not authenticated")
        # Some web servers join the two.
        assert ", ".join(response.headers.get_list("www-authenticate")) == f"{BASIC}, {BEARER}"


@pytest.mark.core
def test_7_3_wrong_credential_is_401_invalid_client_and_nobody_learns_which_part(site, ask):
    name, secret = site.auth
    pairs = [(name, secret[:-1]), (name, secret + "A"), (name, ""), (name, "\0"), ("nobody", secret), ("nobody", ""), ("", secret),
             (name.upper(), secret), (name + " ", secret), ("☃", "☃"), ("n" * 700, "s" * 200)]
    headers = [{"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()} for name, secret in pairs]
    texts = ["Basic x", "Basic !", "Basic " + base64.b64encode(b"nocolon").decode(),
             "Basic " + base64.b64encode(b"%zz:x").decode(), "Basic " + base64.b64encode(b"\xff:x").decode(),
             "Basic " + base64.b64encode(b"x" * 1500).decode(), "Basic " + headers[0]["Authorization"][6:].rstrip("=")[:-1]]
    refused = [ask.post("/introspect", data={"token": site.other}, headers=header)
               for header in [*headers, *({"Authorization": text} for text in texts)]]

    for response in refused:
        expect.oauth_error(response, 401, "invalid_client", "Client authentication failed")
        assert response.headers.get_list("www-authenticate") == [BASIC]
    assert secret not in site.log() and "reason=wrong_credential client=127.0.0.1" in site.log()


def test_3_2_name_and_secret_are_form_urlencoded(site, ask):
    name, secret = site.auth
    spelt = "".join(f"%{ord(c):02X}" for c in name) + ":" + secret[:5] + f"%{ord(secret[5]):02x}" + secret[6:]

    for scheme in ("Basic", "basic", "BASIC  "):
        header = {"Authorization": f"{scheme} " + base64.b64encode(spelt.encode()).decode()}
        assert told(ask.post("/introspect", data={"token": site.other}, headers=header))["active"]


@pytest.mark.parametrize("path", PATHS)
def test_7_3_bearer_that_is_not_good_or_lacks_the_scope_is_refused(site, ask, user, path):
    form = {"token": site.other}
    lacks = ask.post(path, data=form, headers=bearer(site.other))
    bad = ask.post(path, data=form, headers=bearer("a.b.c"))
    none = ask.post(path, data=form, headers=bearer("!"))

    expect.oauth_error(lacks, 403, "insufficient_scope", "Not enough permissions")
    assert expect.challenge(lacks) == {
        "realm": "api", "error": "insufficient_scope", "error_description": "The access token lacks a scope",
        "scope": "introspect"}
    for response in (bad, none):
        expect.oauth_error(response, 401, "invalid_token", "Could not validate credentials")
        assert expect.challenge(response)["error"] == "invalid_token"


def test_7_3_bearer_whose_sign_in_was_ended_or_whose_scope_was_taken_may_ask_no_more(site, ask, user):
    form = {"token": site.other}
    assert site.command("user", "scope", user, "introspect").returncode == 0
    first, second = (sign_in(ask, user, scope="introspect").json() for _ in range(2))
    for given in (first, second):
        assert told(ask.post("/introspect", data=form, headers=bearer(given["access_token"])))["active"]

    ask.post("/revoke", data={"token": first["refresh_token"]})
    assert site.command("user", "scope", user).returncode == 0

    statuses = [ask.post("/introspect", data=form, headers=bearer(given["access_token"])).status_code
                for given in (first, second)]
    assert statuses == [401, 403]


@pytest.mark.parametrize("path", PATHS)
def test_1_14_two_credentials_give_400(site, ask, path):
    basic = "Basic " + base64.b64encode(":".join(site.auth).encode()).decode()
    joined = [ask.post(path, data={"token": "x"}, headers={"Authorization": f"{basic}{other}"})
              for other in (f", Bearer {site.service}", f",Bearer {site.service}", f", {basic}")]
    in_query = ask.post(path, params={"access_token": "x"}, data={"token": "x"}, headers=bearer(site.service))

    for response in (*joined, in_query):
        expect.oauth_error(response, 400, "invalid_request", "Malformed authorization")
        assert expect.challenge(response)["error"] == "invalid_request"
    for lines in ([f"Authorization: {basic}", f"Authorization: Bearer {site.service}"], [f"Authorization: {basic}"] * 2):
        answer = raw.ask(site, "POST", path, *lines, f"Content-Type: {FORM['Content-Type']}", "Content-Length: 7", body=b"token=x")
        # Some web servers join two headers, and nginx refuses them.
        assert answer.status_code in (400, 401)


# ---- 7.1 the request

@pytest.mark.parametrize("path", PATHS)
def test_7_1_request_that_is_wrong_is_refused(site, ask, path):
    token = site.other
    wrong = [
        (400, ask.post(path, content="", headers=FORM, auth=site.auth)),
        (400, ask.post(path, data={"token": ""}, auth=site.auth)),
        (400, ask.post(path, content=f"token={token}&token={token}", headers=FORM, auth=site.auth)),
        (400, ask.post(path, params={"token": token}, data={"token": token}, auth=site.auth)),
        (415, ask.post(path, json={"token": token}, auth=site.auth)),
        (415, ask.post(path, files={"token": token}, auth=site.auth)),
        (405, ask.get(path, params={"token": token}, auth=site.auth)),
        # The caller comes before what is missing.
        (401, ask.post(path, content="", headers=FORM)),
    ]

    for status, response in wrong:
        expect.oauth_error(response, status, "invalid_client" if status == 401 else "invalid_request")
    assert ask.post(path, data={"token": "x" * 16384}).status_code == 413
    assert token not in site.log() and token not in site.log("access.log")


@pytest.mark.only_nginx("lighttpd asks for the length itself")
@pytest.mark.parametrize("path", PATHS)
def test_1_5_absent_length_gives_411(site, path):
    response = raw.ask(site, "POST", path, "Content-Type: application/x-www-form-urlencoded")

    expect.oauth_error(response, 411, "invalid_request")


@pytest.mark.parametrize("origins", ["*", "https://app.example.org"])
def test_1_15_no_answer_has_a_header_of_cors(start_plain_server, origins):
    server = start_plain_server(allowed_origins=origins)
    auth = add_credential(server, "api")
    headers = {"Origin": "https://app.example.org", "Access-Control-Request-Method": "POST"}
    with server.client(headers=headers) as client:
        answers = [introspect(client, "x", auth), introspect(client, "x", None), client.options("/introspect")]
        revoked = client.post("/revoke", data={"token": "x"})

    assert [answer.status_code for answer in answers] == [200, 401, 204]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-") or name == "vary"]
    assert revoked.headers["access-control-allow-origin"] == origins


# ---- 1.10, 41.2 storage

@pytest.mark.parametrize("path", PATHS)
def test_7_3_what_cannot_be_told_is_503_and_never_inactive(start_plain_server, path):
    server = start_plain_server()
    auth = add_credential(server, "api")
    with server.client() as client:
        register(client, "alice")
        given = sign_in(client, "alice").json()
        server.storage.spoil()
        answers = [introspect(client, given[name], auth, path) for name in ("access_token", "refresh_token")]

    for answer in answers:
        expect.oauth_error(answer, 503, "temporarily_unavailable")
        assert int(answer.headers["retry-after"]) > 0


def test_41_2_asking_writes_nothing_and_waits_for_no_writer(start_plain_server):
    server = start_plain_server(storage_wait=0)
    auth = add_credential(server, "api")
    with server.client() as client:
        register(client, "alice")
        given = sign_in(client, "alice").json()
        before = server.storage.commits()
        with server.storage.taken():
            answers = [told(introspect(client, given[name], auth)) for name in ("access_token", "refresh_token")]

    assert [answer["active"] for answer in answers] == [True, True]
    assert server.storage.commits() == before


# ---- who may reach it

def ask_from(server, address, path, auth, method="POST"):
    basic = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
    with raw.Peer(server, source=address) as peer:
        peer.send(raw.head(method, path, f"Authorization: {basic}", "Connection: close",
                           f"Content-Type: {FORM['Content-Type']}", "Content-Length: 7") + b"token=x")
        return peer.answer()


@pytest.mark.core
def test_7_3_only_the_same_machine_reaches_it_with_the_samples(site):
    here = ask_from(site, "127.0.0.1", "/introspect", site.auth)
    elsewhere = [ask_from(site, "127.0.0.9", path, site.auth) for path in (*PATHS, "/introspect?x=1", "/introspect/?x=1")]
    for path in PATHS:
        elsewhere.append(ask_from(site, "127.0.0.9", path, site.auth, "OPTIONS"))
        contract.hold("OPTIONS", path, elsewhere[-1])

    assert is_inactive(here)
    for answer in elsewhere:
        expect.detail(answer, 403, "Forbidden")
    assert site.log().count('event="introspection refused"') == site.log().count('reason=wrong_credential')


def test_7_3_with_caddy_s_sample_only_the_same_machine_reaches_it_and_a_proxy_is_seen_through():
    with started(Caddy()) as server:
        auth = add_credential(server, "api")
        for path in PATHS:
            assert is_inactive(ask_from(server, "127.0.0.1", path, auth))
            answer = ask_from(server, "127.0.0.9", path, auth)
            assert (answer.status_code, answer.json()) == (403, {"detail": "Forbidden"})
            assert ask_from(server, "127.0.0.9", path.replace("introspect", "revoke"), auth).status_code == 200


# ---- 27.2 the credentials

@pytest.fixture
def place(tmp_path):
    server = Server("plain", tmp_path)
    assert server.command("init").returncode == 0
    return server


def test_27_2_secret_is_shown_once_and_only_its_digest_is_stored(place):
    name, secret = add_credential(place, "api")
    [(digest,)] = place.query("SELECT digest FROM introspectors")

    assert len(decode(secret)) == 32 and len(digest) == 32
    for path in place.state.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert secret.encode() not in data and decode(secret) not in data
    assert secret not in place.command("introspection", "list").stdout


def test_27_2_credentials_are_listed_and_removed_by_name(place):
    before = clock.now()
    for name in ("zeta", "Api-2_x.y", "a" * 64):
        add_credential(place, name)

    heading, *lines = place.command("introspection", "list", "--columns").stdout.splitlines()
    objects = [json.loads(line) for line in place.command("introspection", "list", "--json").stdout.splitlines()]
    removed = place.command("introspection", "remove", "zeta")
    again = place.command("introspection", "remove", "zeta")

    assert [line.split()[0] for line in lines] == [entry["name"] for entry in objects] == ["Api-2_x.y", "a" * 64, "zeta"]
    assert all(set(entry) == {"name", "created_at"} and entry["created_at"] >= before for entry in objects)
    assert (removed.returncode, removed.stdout) == (0, "zeta: removed; its secret is refused from now on\n")
    assert again.returncode == 1 and "there is no credential" in again.stderr and "introspection list" in again.stderr
    assert len(place.command("introspection", "list").stdout.splitlines()) == 2


@pytest.mark.parametrize("name", ["", "a b", "a:b", "ä", "a/b", "a" * 65, "a\nb", "%41"])
def test_27_2_name_that_cannot_be_one_is_refused(place, name):
    done = place.command("introspection", "add", name)

    assert done.returncode == 1 and "cannot be a name here: use 1 to 64 letters" in done.stderr
    assert place.command("introspection", "list").stdout == ""


def test_27_2_second_credential_of_a_name_is_refused_with_what_to_do(place):
    add_credential(place, "api")

    done = place.command("introspection", "add", "api")

    assert done.returncode == 1 and done.stdout == ""
    assert "add one of another name" in done.stderr


def test_27_2_secret_is_changed_without_a_gap_and_a_removed_one_is_refused_at_once(site, ask):
    old, new = add_credential(site, "old"), add_credential(site, "new")
    assert [introspect(ask, "x", auth).status_code for auth in (old, new)] == [200, 200]

    assert site.command("introspection", "remove", "old").returncode == 0

    assert [introspect(ask, "x", auth).status_code for auth in (old, new)] == [401, 200]
    assert site.command("introspection", "remove", "new").returncode == 0
