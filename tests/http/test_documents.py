"""/.well-known/jwks.json and /.well-known/oauth-authorization-server: protocol sections 8 and 9; and the same as files."""

import base64
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import threading
import time
import types

import jwt
import pytest
from authlib.jose import JsonWebKey
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import expect
import npm
from conftest import PATIENCE, TOP, eventually, running
from install_text import blocks, commands, section

KEYS, METADATA = "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"
APP = "https://app.example.org"
ISSUER = "https://id.example.org/auth"
KEPT = "public, max-age=300"
MEDIA = {KEYS: "application/jwk-set+json", METADATA: "application/json"}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def integer(number, size=None):
    return base64url(number.to_bytes(size or (number.bit_length() + 7) // 8, "big"))


def members_of(public):
    """What must stand in a JWK of a key, as RFC 7518, section 6, and RFC 8037 have it."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw)}, "EdDSA"
    numbers = public.public_numbers()
    if isinstance(public, rsa.RSAPublicKey):
        return {"kty": "RSA", "n": integer(numbers.n), "e": integer(numbers.e)}, "RS256"
    return {"kty": "EC", "crv": "P-256", "x": integer(numbers.x, 32), "y": integer(numbers.y, 32)}, "ES256"


def jwk_of(public):
    """The same with what the service adds; the kid is the thumbprint (RFC 7638)."""
    members, alg = members_of(public)
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return {**members, "use": "sig", "alg": alg, "kid": base64url(hashlib.sha256(canonical).digest())}


ALGORITHMS = ("ES256", "RS256", "EdDSA")


@functools.cache
def private(alg):
    """A key of each kind. To make one for RSA takes longer than most tests, and only the lane that asks for it has to."""
    return {"ES256": lambda: ec.generate_private_key(ec.SECP256R1()), "RS256": lambda: rsa.generate_private_key(65537, 2048),
            "EdDSA": ed25519.Ed25519PrivateKey.generate}[alg]()


def public(alg):
    return private(alg).public_key()


def jwk(alg):
    return jwk_of(public(alg))


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def publish(server, alg, signs_in=0, older_for=1800):
    """Puts a public half where `bearward key` does; returns its file."""
    directory = server.state / "public"
    if not directory.exists():
        directory.mkdir(mode=0o700)
        server.own(directory)
    now = time.time()
    file = directory / jwk(alg)["kid"]
    new = directory / ".new"
    pem = public(alg).public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    new.write_text(f"alg: {alg}\nuse: access\nmade: {moment(now)}\nsigns-from: {moment(now + signs_in)}\n"
                   f"older-verify-for: {older_for}\n{pem.decode()}")
    new.chmod(0o600)
    server.own(new)
    new.rename(file)
    return file


@pytest.fixture(scope="module")
def site(front):
    """A service with a key of each kind, whose issuer has a path."""
    with running(front, issuer=ISSUER, allowed_origins=APP, scopes="me items", restricted_scopes="introspect") as server:
        for alg in ALGORITHMS:
            publish(server, alg)
        yield server


@pytest.fixture
def asking(site):
    with site.client() as client:
        yield client


def check_document(asking, path, media):
    """Everything that goes for both: headers, HEAD, ETag, 304, and pages of other origins. Gives what it says."""
    answer = asking.get(path)
    etag = answer.headers["etag"]
    assert answer.status_code == 200, path
    assert answer.headers.get_list("content-type") == [media]
    assert answer.headers.get_list("cache-control") == [KEPT]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert re.fullmatch(r'"[^"]+"', etag)
    head = asking.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "date": ""} == {**answer.headers, "date": ""}

    for named in (etag, f"W/{etag}", "*", f'"other", W/{etag}', f'"other",{etag} , "x"'):
        for method in ("GET", "HEAD"):
            same = asking.request(method, path, headers={"If-None-Match": named})
            assert (same.status_code, same.content) == (304, b""), named
            assert same.headers.get_list("etag") == [etag]
            assert same.headers.get_list("cache-control") == [KEPT]
            assert "access-control-allow-origin" not in same.headers and "Origin" in same.headers["vary"]
    for other in ('"other"', etag.replace('"', ""), etag.upper().lower() + "x", f'"x{etag[1:]}', ""):
        assert asking.get(path, headers={"If-None-Match": other}).content == answer.content, other

    for headers in ({}, {"If-None-Match": etag}):
        allowed = asking.get(path, headers={"Origin": APP, **headers})
        foreign = asking.get(path, headers={"Origin": "https://evil.example", **headers})
        assert allowed.headers["access-control-allow-origin"] == APP
        assert "access-control-allow-origin" not in foreign.headers
        assert "Origin" in allowed.headers["vary"] and "Origin" in foreign.headers["vary"]
    return answer.json()


@pytest.mark.core
def test_8_the_public_keys_are_there_for_everybody_and_may_be_kept(asking):
    for path in (KEYS, KEYS + "/"):
        keys = check_document(asking, path, MEDIA[KEYS])["keys"]

    # Members beyond these would be of a private half, or of no use.
    assert sorted(keys, key=lambda key: key["alg"]) == [jwk(alg) for alg in sorted(ALGORITHMS)]


@pytest.mark.core
def test_9_the_metadata_is_where_rfc_8414_puts_it_and_nowhere_else(asking):
    for path in (METADATA + "/auth", METADATA + "/auth/", METADATA):
        said = check_document(asking, path, MEDIA[METADATA])

        assert said == {
            "issuer": ISSUER, "token_endpoint": ISSUER + "/token", "jwks_uri": ISSUER + KEYS,
            "revocation_endpoint": ISSUER + "/revoke", "introspection_endpoint": ISSUER + "/introspect",
            "grant_types_supported": ["password", "refresh_token"], "response_types_supported": ["none"],
            "scopes_supported": ["me", "items", "introspect"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "Bearer"],
            "service_documentation": ISSUER + "/docs"}
    for path in (METADATA + "/other", METADATA + "/auth/x", METADATA + "/x/auth", METADATA + KEYS, METADATA + "/health/live"):
        expect.detail(asking.get(path), 404, "Not Found")


# ---- 9 what the settings say

class Cgi:
    """The responder `meta` as a CGI program, a request a process; the settings are in its environment."""

    def __init__(self, server):
        self.server = server

    def ask(self, path=METADATA, settings=types.MappingProxyType({}), **variables):
        done = subprocess.run(
            [TOP / self.server.out / "cgi-bin/meta.fcgi"], capture_output=True, text=True, timeout=PATIENCE,
            stdin=subprocess.DEVNULL, **self.server.account, env={
                **self.server.environment, "BEARWARD_CONF": str(self.server.conf), "GATEWAY_INTERFACE": "CGI/1.1",
                "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "192.0.2.1", "SCRIPT_NAME": path,
                **{f"BEARWARD_{key.upper()}": value for key, value in settings.items()}, **variables})
        head, _, body = done.stdout.partition("\n\n")
        return types.SimpleNamespace(status=int(head.split()[1]), head=head, body=body, log=done.stderr)


@pytest.fixture
def cgi(site):
    return Cgi(site)


PLAIN = {"issuer": "https://id.example.org", "scopes": "", "restricted_scopes": ""}
# What settings leave out, or say otherwise; None: it is not there.
SAID = [
    ({}, {"scopes_supported": None, "issuer": "https://id.example.org", "token_endpoint": "https://id.example.org/token",
          "introspection_endpoint_auth_methods_supported": ["client_secret_basic"]}),
    ({"refresh_tokens": "no"}, {"grant_types_supported": ["password"]}),
    ({"password_grant": "no"}, {"grant_types_supported": ["refresh_token"]}),
    ({"scopes": "a"}, {"scopes_supported": ["a"]}),
    ({"registration": "bearer"}, {"scopes_supported": ["users:create"]}),
    ({"restricted_scopes": "introspect"}, {"introspection_endpoint_auth_methods_supported": ["client_secret_basic", "Bearer"]}),
    ({"public_url": "https://www.example.org/in"}, {"issuer": "https://id.example.org", "jwks_uri": f"https://www.example.org/in{KEYS}",
                                                   "service_documentation": "https://www.example.org/in/docs"}),
    ({"issuer": "https://id.example.org/", "public_url": "https://id.example.org"}, {"issuer": "https://id.example.org/"}),
    ({"issuer": "https://ID.example.org:8443", "public_url": "https://id.example.org"}, {"issuer": "https://ID.example.org:8443"}),
]
NOT_TRUE = [
    ({"issuer": "bearward"}, "issuer"), ({"issuer": "http://127.0.0.1:8000"}, "issuer"), ({"issuer": "http://id.example.org"}, "issuer"),
    ({"issuer": "HTTPS://id.example.org"}, "issuer"), ({"issuer": "https://id.example.org/?x"}, "issuer"),
    ({"issuer": "https://id.example.org#x"}, "issuer"), ({"issuer": "https:///auth"}, "issuer"),
    ({"issuer": "https://id.example.org/a%20b"}, "issuer"), ({"issuer": "https://me@id.example.org"}, "issuer"),
    *(({"issuer": "https://id.example.org" + path}, "issuer") for path in ("//", "/a//b", "/..", "/a/../../b", "/./a")),
    ({"public_url": "http://id.example.org"}, "public_url"), ({"issuer": "https://id.example.org/"}, "public_url"),
    ({"password_grant": "no", "refresh_tokens": "no"}, "password_grant"),
]


@pytest.mark.only_nginx("asks the responder itself")
@pytest.mark.once("is about words")
def test_9_the_metadata_says_what_the_settings_say_and_nothing_that_is_switched_off(cgi):
    for settings, expected in SAID:
        answer = cgi.ask(settings={**PLAIN, **settings}, HTTP_HOST="evil.example", SERVER_NAME="evil.example",
                         HTTP_X_FORWARDED_HOST="evil.example")
        said = json.loads(answer.body)
        assert answer.status == 200, settings
        assert {name: said.get(name) for name in expected} == expected, settings
        assert "evil" not in answer.body and [] not in said.values()
        assert {"authorization_endpoint", "registration_endpoint"}.isdisjoint(said)


@pytest.mark.only_nginx("asks the responder itself")
@pytest.mark.once("is about words")
def test_9_metadata_that_could_not_be_true_is_404_and_the_reason_is_told_to_who_runs_it(site, cgi):
    for settings, named in NOT_TRUE:
        settings = {**PLAIN, **settings}
        answer = cgi.ask(settings=settings)
        assert answer.status == 404 and json.loads(answer.body) == {"detail": "Not Found"}, settings
        reason = re.search(r'event="no metadata to tell" reason="([^"]+)"', answer.log)[1]
        assert named in reason, settings
        assert cgi.ask(KEYS, settings=settings).status == 200
        variables = {f"BEARWARD_{key.upper()}": value for key, value in settings.items()}
        checked = subprocess.run([site.program, "check-config"], capture_output=True, text=True, timeout=PATIENCE, **site.account,
                                 env={**site.environment, "BEARWARD_CONF": str(site.conf), **variables})
        assert f"\n# {METADATA} is not found: {reason}\n" in checked.stdout

    assert " is not found" not in site.command("check-config").stdout


# ---- 8 what the keys say

@pytest.mark.only_nginx("is about keys")
def test_8_the_set_follows_the_keys_and_the_clock_without_a_restart(start_server):
    server = start_server(access_token_ttl=1)
    etags = {}
    with server.client() as client:
        def holds(*algs):
            answer = client.get(KEYS)
            keys = {key["alg"]: key for key in answer.json()["keys"]}
            # The same keys have the same ETag.
            assert etags.setdefault(frozenset(keys), answer.headers["etag"]) == answer.headers["etag"]
            return keys == {alg: jwk(alg) for alg in algs}

        # A secret of HS256 is there, and is no public key.
        assert holds()
        publish(server, "RS256", signs_in=-100)
        assert holds("RS256")
        # It is there before it signs.
        later = publish(server, "ES256", signs_in=3600)
        assert holds("RS256", "ES256") and holds("RS256", "ES256")
        # It signs in place of the first, of which no token is left in two seconds.
        publish(server, "EdDSA", signs_in=-1, older_for=3)
        assert eventually(lambda: holds("ES256", "EdDSA"))
        later.unlink()
        assert holds("EdDSA")
        for file in (server.state / "public").iterdir():
            file.unlink()
        assert holds()
    assert len(set(etags.values())) == len(etags)


OAUTH4WEBAPI = """
import * as oauth from "./oauth4webapi.mjs";
const [, , site, issuer, algs, ...tokens] = process.argv;
// The address of the issuer leads here; nothing else is changed.
const lead = (url) => url.replace("https://id.example.org", site).replace("/auth/.well-known", "/.well-known");
const here = { [oauth.customFetch]: (url, options) => fetch(lead(url), options) };
const server = await oauth.processDiscoveryResponse(new URL(issuer),
    await oauth.discoveryRequest(new URL(issuer), { algorithm: "oauth2", ...here }));
for (const token of tokens) {
    const request = new Request("https://api.example.org/", { headers: { authorization: `Bearer ${token}` } });
    const claims = await oauth.validateJwtAccessToken(server, request, "api", { signingAlgorithms: algs.split(","), ...here });
    console.log(claims.sub);
}
console.log(server.token_endpoint);
"""


def access_token(alg):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "api", "sub": alg, "client_id": "any", "jti": "1", "iat": now, "exp": now + 600}
    return jwt.encode(claims, private(alg), alg, {"typ": "at+jwt", "kid": jwk(alg)["kid"]})


@pytest.mark.only_nginx("is about what other programs read")
@pytest.mark.once("is about what other programs read")
def test_8_9_programs_of_others_read_both_documents_as_they_are(site, asking, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")

    # PyJWT fetches the keys, and finds that of a token by its kid.
    keys = jwt.PyJWKClient(site.url + KEYS)
    for alg in ALGORITHMS:
        key = keys.get_signing_key_from_jwt(access_token(alg))
        assert jwt.decode(access_token(alg), key.key, [alg], audience="api", issuer=ISSUER)["sub"] == alg
    # Authlib computes thumbprints itself, and knows what RFC 8414 demands.
    for key in JsonWebKey.import_key_set(asking.get(KEYS).json()).keys:
        assert key.thumbprint() == key.kid and not key.as_dict().get("d")
    metadata = AuthorizationServerMetadata(asking.get(get_well_known_url(ISSUER)).json())
    metadata.validate()
    assert metadata.issuer == ISSUER


@pytest.mark.only_nginx("is about what other programs read")
@pytest.mark.once("is about what other programs read")
@pytest.mark.skipif(not shutil.which("node"), reason="there is no node here")
def test_8_9_oauth4webapi_finds_the_metadata_and_checks_tokens_with_the_keys(site, tmp_path):
    shutil.copy(npm.fetch("oauth4webapi", "build/index.js"), tmp_path / "oauth4webapi.mjs")
    (tmp_path / "client.mjs").write_text(OAUTH4WEBAPI)
    # node knows Ed25519 by its newer name.
    algs = ["ES256", "RS256"]

    done = subprocess.run(["node", tmp_path / "client.mjs", site.url, ISSUER, ",".join(algs), *map(access_token, algs)],
                          capture_output=True, text=True, timeout=5 * PATIENCE)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [*algs, ISSUER + "/token"]


JOSE = """
import { createRemoteJWKSet, jwtVerify } from "jose";
const [, , url, issuer, ...tokens] = process.argv;
const keys = createRemoteJWKSet(new URL(url));
for (const token of tokens)
    console.log((await jwtVerify(token, keys, { issuer, audience: "api", typ: "at+jwt" })).payload.sub);
"""
NODEJS = pathlib.Path("/usr/share/nodejs")


@pytest.mark.only_nginx("is about what other programs read")
@pytest.mark.once("is about what other programs read")
@pytest.mark.skipif(not (NODEJS / "jose").exists(), reason="Debian's node-jose is not there")
def test_8_jose_checks_tokens_with_the_keys(site, tmp_path):
    (tmp_path / "node_modules").symlink_to(NODEJS)
    (tmp_path / "client.mjs").write_text(JOSE)

    done = subprocess.run(["node", tmp_path / "client.mjs", site.url + KEYS, ISSUER, *map(access_token, ALGORITHMS)],
                          capture_output=True, text=True, timeout=5 * PATIENCE)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == list(ALGORITHMS)


# ---- as files

def make_directory(server):
    directory = pathlib.Path(tempfile.mkdtemp(dir=server.directory))
    server.own(directory)
    return directory


@pytest.fixture
def directory(site):
    return make_directory(site)


def below(directory):
    return {str(path.relative_to(directory)): path for path in directory.rglob("*") if not path.is_dir()}


@pytest.mark.only_nginx("is about files")
@pytest.mark.once("is about files")
def test_8_9_the_command_writes_what_the_service_answers(site, asking, directory):
    done = site.command("documents", str(directory))

    files = below(directory)
    paths = KEYS, METADATA + "/auth"
    assert done.returncode == 0, done.stderr
    assert {"/" + path for path in files} == set(paths)
    for path in paths:
        file = files[path[1:]]
        assert file.read_bytes() == asking.get(path).content
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        assert f"wrote {directory}{path}\n" in done.stdout
        for parent in file.parents[:len(file.relative_to(directory).parts) - 1]:
            assert stat.S_IMODE(parent.stat().st_mode) == 0o755
    assert "Run this again after each change of keys" in done.stdout

    # What is right is left alone, so that its ETag stays.
    before = {path: file.stat().st_mtime_ns for path, file in files.items()}
    files[KEYS[1:]].write_text("{}")
    again = site.command("documents", str(directory))
    assert again.returncode == 0 and f"wrote {directory}{KEYS}\n" in again.stdout
    assert f"{directory}{METADATA}/auth is as it was\n" in again.stdout
    assert files[KEYS[1:]].read_bytes() == asking.get(KEYS).content
    assert below(directory).keys() == before.keys()
    assert files[METADATA[1:] + "/auth"].stat().st_mtime_ns == before[METADATA[1:] + "/auth"]


@pytest.mark.only_nginx("is about files")
@pytest.mark.once("is about files")
def test_8_9_a_reader_never_finds_half_a_file(site, asking, directory):
    assert site.command("documents", str(directory)).returncode == 0
    file, whole = directory / KEYS[1:], asking.get(KEYS).content
    is_over, seen = threading.Event(), set()

    def look():
        while not is_over.is_set():
            seen.add(file.read_bytes())

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(20):
        file.chmod(0o600)       # so it is written anew
        assert site.command("documents", str(directory)).returncode == 0
    is_over.set()
    looking.join()

    assert seen == {whole}


@pytest.mark.only_nginx("is about files")
@pytest.mark.once("is about files")
def test_9_metadata_that_could_not_be_true_is_no_file_and_the_one_of_before_goes(site, directory):
    def documents(**settings):
        variables = {f"BEARWARD_{key.upper()}": value for key, value in {**PLAIN, **settings}.items()}
        return subprocess.run([site.program, "documents", directory], capture_output=True, text=True, timeout=PATIENCE, **site.account,
                              env={**site.environment, "BEARWARD_CONF": str(site.conf), **variables})

    assert documents().returncode == 0
    assert below(directory).keys() == {KEYS[1:], METADATA[1:]}
    done = documents(issuer="bearward")
    assert done.returncode == 0
    assert f"no {directory}{METADATA}: issuer is no https address; set it to" in done.stdout
    assert f"removed {directory}{METADATA}\n" in done.stdout
    assert below(directory).keys() == {KEYS[1:]}
    assert "removed" not in documents(issuer="bearward").stdout

    assert documents().returncode == 0
    done = documents(issuer=ISSUER)         # a file is where a directory has to be
    assert done.returncode == 1 and f"cannot write {directory}{METADATA}/auth: Not a directory" in done.stderr
    done = site.command("documents", str(directory / "nowhere"))
    assert done.returncode == 1 and f"install -d -o USER {directory}/nowhere" in done.stderr


@pytest.mark.only_nginx("nginx is what INSTALL has the lines for")
@pytest.mark.once("is about files")
def test_8_9_nginx_serves_the_files_as_install_says(start_server):
    server = start_server(issuer=ISSUER)
    directory = make_directory(server)
    publish(server, "ES256")
    typed = commands(blocks(section("Keys and addresses"))[1])
    lines = blocks(section("Keys and addresses"))[2]
    assert typed[1].startswith("bearward documents ")
    # What nginx adds to a file is not what the document is about.
    with server.client(event_hooks={}) as client:
        answers = {path: client.get(path) for path in (KEYS, METADATA + "/auth")}
        assert server.command(*typed[1].split()[1:-1], str(directory)).returncode == 0
        os.unlink(server.socket("meta"))
        server.edit(r"location ~ \^/\\\.well-known/[^{]*\{[^}]*\}", lines.replace(typed[1].split()[-1], str(directory)))
        for path, answer in answers.items():
            served = client.get(path)
            assert (served.status_code, served.content) == (200, answer.content)
            for name in ("content-type", "cache-control", "x-content-type-options"):
                assert served.headers.get_list(name) == answer.headers.get_list(name)
            assert client.get(path, headers={"If-None-Match": served.headers["etag"]}).status_code == 304
        expect.detail(client.get(METADATA), 404)
        expect.detail(client.get("/.well-known/x"), 404)
