"""Programs on the same host that ask whether a token is good, in each web server with the sample a user copies (protocol 7.3, 11)."""

import os
import re
import socket
import subprocess

import pytest

import backends
import jws
from conftest import PATIENCE, eventually, register, running, sign_in
from expect import challenge
from install_text import blocks, section
from sessions import Session
from test_introspect import add_credential

SETTINGS = {"signing_alg": "ES256", "scopes": "items:read", "restricted_scopes": "introspect"}
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture(scope="module")
def server():
    with running("plain", **SETTINGS) as server:
        server.auth = add_credential(server, "api")
        yield server


@pytest.fixture(scope="module", params=backends.SITES)
def site(request, server):
    site = backends.SITES[request.param](server).start()
    yield site
    site.stop()


@pytest.fixture
def give(server, new_name):
    """A function that gives a token of a new user."""
    def give(scope="items:read"):
        name = new_name()
        with server.client() as client:
            register(client, name)
            return sign_in(client, name, scope=scope).json()["access_token"]
    return give


def is_refused(response, status=401, error="invalid_token"):
    """Told so in a way that a program can pass on, and in no other."""
    assert response.status_code == status, response.text
    assert challenge(response).get("error") == error
    assert set(response.json()) == {"detail"}
    assert not [name for name in response.headers if name.startswith("x-auth-") or name in ("location", "set-cookie")]


# ---- 11.2 /verify

def test_11_2_program_is_told_whose_a_good_token_is_for_what_and_until_when(site, give):
    token = give()
    claims = jws.parts(token)[1]
    forged = {"X-Auth-User": "root", "X-Auth-Scope": "admin", "X-Auth-Exp": "9999999999", "REQUIRED-SCOPE": "none"}

    for options in ({}, {"headers": forged}, {"headers": NAVIGATION}, {"path": "/verify?access_token=x&REQUIRED_SCOPE=none"},
                    {"path": "/verify/items"}):
        response = site.ask(token, **options)

        assert response.status_code == 200 and response.content == b"", options
        assert [response.headers.get_list(f"X-Auth-{name}") for name in ("Sub", "User", "Client", "Scope", "Exp")] == [
            [claims["sub"]], [claims["username"]], [claims["client_id"]], [claims["scope"]], [str(claims["exp"])]]
        assert response.headers.get_list("cache-control") == ["no-store"]
        assert not [name for name in response.headers if name.startswith("variable-")]


def test_11_2_nothing_but_a_good_token_is_good_enough_and_nobody_is_led_to_a_page(site, server, give):
    token = give()
    forge = jws.Forge(server, token)
    cookie = {"Cookie": Session(server, forge.claims["username"]).cookie}

    for bad in (forge.with_claims(exp=forge.claims["iat"] - 1), forge.with_claims(iss="other"), token[:-1], "garbage"):
        is_refused(site.ask(bad))
        is_refused(site.ask(bad, path="/verify/items", headers={**NAVIGATION, **cookie}))
    for headers in ({}, cookie, {**NAVIGATION, **cookie}, {"X-Auth-User": forge.claims["username"], "X-Auth-Sub": "1"}):
        is_refused(site.ask(headers=headers), error=None)
    is_refused(site.ask(headers={"Authorization": "Basic YTpi"}), error=None)
    is_refused(site.ask(give(scope=""), path="/verify/items"), 403, "insufficient_scope")
    for path in ("/verify/other", "/verify/items/x", "/verifyx", "/", "/token", "/users/me/"):
        assert site.ask(token, path=path).status_code in (403, 404), path
    with site.client() as client:
        twice = client.get("/verify", headers=[("Authorization", f"Bearer {token}"), ("Authorization", "Bearer x")])
    assert twice.status_code in (400, 401)


def test_11_2_and_7_3_what_has_ended_is_refused_at_the_next_question(site, server, give):
    def end(name, token, how):
        if how != "revoke":
            assert server.command("user", how, name, *(["--yes"] if how == "delete" else [])).returncode == 0
            return
        with server.client() as client:
            assert client.post("/revoke", data={"token": token}).status_code == 200

    for how in ("revoke", "disable", "sign-out", "delete"):
        token = give()
        told = site.introspect(token, server.auth).json()
        assert site.ask(token).status_code == 200 and told["active"] and told["scope"] == "items:read"

        end(told["username"], token, how)

        is_refused(site.ask(token))
        assert site.introspect(token, server.auth).json() == {"active": False}


# ---- 7.3 /introspect

def test_7_3_program_shows_its_credential_until_that_is_removed(site, server, give, new_name):
    token, auth = give(), add_credential(server, new_name())

    told = site.introspect(token, auth)

    assert told.status_code == 200 and told.headers["cache-control"] == "no-store"
    claims = jws.parts(token)[1]
    assert told.json() == {"active": True, "token_type": "bearer", **{
        name: claims[name] for name in ("scope", "client_id", "username", "exp", "iat", "sub", "iss", "jti")}}
    assert site.introspect("garbage", auth).json() == {"active": False}
    assert [site.introspect(token, wrong).status_code for wrong in (None, (auth[0], "x"))] == [401, 401]
    assert site.ask(token, path="/introspect", method="POST", data={"token": token}).status_code == 403
    assert site.ask(path="/introspect", method="POST", data={"token": "x" * 20000}).status_code == 413
    assert server.command("introspection", "remove", auth[0], "--yes").returncode == 0
    assert site.introspect(token, auth).status_code == 401


# ---- who may ask

def test_program_elsewhere_reaches_nothing_and_none_can_claim_another_address(site, server):
    if isinstance(site, backends.OnPort):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.2", site.port)) != 0
    else:
        assert site.socket_path.stat().st_mode & 0o777 == 0o666
    with server.client() as client:
        assert client.get("/verify", headers={"Host": "unix"}).status_code == 404
    before = len(server.log())
    site.ask(path="/introspect", method="POST", data={"token": "x"}, auth=("forger", "x"),
             headers={"X-Forwarded-For": "192.0.2.77", "Forwarded": "for=192.0.2.77", "X-Real-IP": "192.0.2.77"})

    if not isinstance(site, backends.OnPort):
        # lighttpd has no address to tell where there is none.
        told = f'event="introspection refused" reason=wrong_credential client=(127.0.0.1|{site.socket_path})\n'
        assert eventually(lambda: re.search(told, server.log()[before:]))
    assert "192.0.2.77" not in server.log() + site.log()


def test_commands_of_install_ask_as_they_stand(site, server, give):
    """Where there is no unix socket, with the address that INSTALL names instead."""
    token = give()
    asked = [line for block in blocks(section("Asking on the same machine")) for line in block.splitlines() if line.startswith("curl ")]
    assert len(asked) == 2
    for line in asked:
        for theirs, ours in {"/run/bearward-backends.sock": str(site.socket_path), "NAME:SECRET": ":".join(server.auth)}.items():
            line = line.replace(theirs, ours)
        if isinstance(site, backends.OnPort):
            line = re.sub(r"--unix-socket \S+ http://localhost", f"http://127.0.0.1:{site.port}", line)
        done = subprocess.run(line, shell=True, env={**os.environ, "TOKEN": token, "no_proxy": "*"}, capture_output=True, text=True,
                              check=True, timeout=PATIENCE)

        assert re.search(r"(?i)^HTTP/1.1 200 OK\r?$[^{]*^x-auth-scope: items:read\r?$", done.stdout, re.M) or (
            done.stdout.startswith('{"active":true,"scope":"items:read",')), done.stdout


# ---- 38.2 keys

def test_38_2_tokens_of_a_removed_key_are_refused_at_the_next_question_and_others_are_not(server, new_name):
    def change(*arguments):
        done = server.command("key", *arguments)
        assert done.returncode == 0, done.stderr

    def give():
        with server.client() as client:
            return sign_in(client, name).json()["access_token"]

    def kid(token):
        return jws.parts(token)[0]["kid"]

    def is_good(token):
        return site.ask(token).status_code == 200 and site.introspect(token, server.auth).json()["active"]

    name = new_name()
    with server.client() as client:
        register(client, name)
    site = backends.Nginx(server).start()
    try:
        old = give()
        change("new")
        young = give()
        assert kid(old) != kid(young)
        assert is_good(old) and is_good(young)

        change("remove", kid(old))

        is_refused(site.ask(old))
        assert site.introspect(old, server.auth).json() == {"active": False}
        assert is_good(young)
    finally:
        site.stop()


# ---- what nginx remembers

def remembering(text):
    """The sample with nginx's memory, as it says."""
    if "#fastcgi_cache_path" not in text:
        return text
    text = backends.switch_on(text, "#fastcgi_cache_path", "use_temp_path=off;")
    return backends.switch_on(text, "\t\t#fastcgi_cache ", "Cache-Control;")


@pytest.mark.parametrize("seconds", ["2s", "1h"])
def test_nginx_remembers_a_good_token_for_that_address_alone_and_no_longer_than_it_is_told(server, give, new_name, seconds):
    name = new_name()
    with server.client() as client:
        register(client, name)
        first, other = (sign_in(client, name).json()["access_token"] for _ in range(2))
    site = backends.Nginx(server, lambda text: remembering(text).replace(" 2s;", f" {seconds};")).start()
    try:
        assert [site.ask(token).status_code for token in (first, first, None, "x")] == [200, 200, 401, 401]
        assert site.ask(first, path="/verify/items").status_code == 403
        assert (site.directory / "cache").stat().st_mode & 0o777 == 0o700

        assert server.command("user", "sign-out", name).returncode == 0

        assert site.ask(other).status_code == 401
        assert site.introspect(first, server.auth).json() == {"active": False}
        if seconds == "1h":
            assert site.ask(first).status_code == 200
        else:
            assert eventually(lambda: site.ask(first).status_code == 401)
    finally:
        site.stop()
