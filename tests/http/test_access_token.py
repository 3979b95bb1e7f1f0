"""Access tokens, protocol section 4: what is in them, and every one that is refused."""

import json
import os
import time

import clock
import jwt
import pytest

import expect
import jws
from conftest import bearer, eventually, register, running, sign_in
from test_limits_and_failures import unavailable

pytestmark = pytest.mark.sanitized(
    "sees all that a program as built does; what is `core`, `stored`, or about a setting also runs as built")

NOW = clock.now()
REFUSED = "Could not validate credentials"


@pytest.fixture
def forge(server, token):
    return jws.Forge(server, token)


def me(client, token):
    return client.get("/users/me/", headers=bearer(token))


def is_refused(response):
    parameters = expect.bearer_error(response, 401, "invalid_token", REFUSED)
    assert parameters["realm"] == "api"
    assert parameters["error_description"]


# ---- 4.1 what is in a token

def test_4_1_header_is_exactly_alg_typ_and_kid(server, token):
    header, _ = jws.parts(token)

    assert set(header) == {"alg", "typ", "kid"}
    assert (header["alg"], header["typ"]) == ("HS256", "JWT")
    assert header["kid"] in os.listdir(server.state / "keys")


def test_4_1_claims_are_the_promised_ones(client, user, token):
    before = clock.now()

    _, claims = jws.parts(sign_in(client, user).json()["access_token"])

    assert set(claims) - {"gid"} == {"iss", "sub", "uid", "exp", "iat", "jti", "client_id", "username"}
    assert claims["sub"] == claims["username"] == user
    assert claims["uid"] == me(client, token).json()["id"]
    assert before <= claims["iat"] <= time.time()
    assert claims["exp"] == claims["iat"] + 1800
    for name in ("iss", "client_id"):
        assert isinstance(claims[name], str) and claims[name]


def test_4_1_sub_is_the_user_id_in_dialect_rfc(rfc_client, new_name):
    name = new_name()
    user_id = register(rfc_client, name).json()["id"]

    _, claims = jws.parts(sign_in(rfc_client, name).json()["access_token"])

    assert claims["sub"] == str(user_id)
    assert claims["uid"] == user_id
    assert claims["username"] == name


def test_4_1_aud_is_always_there_in_dialect_rfc(rfc_client, new_name):
    name = new_name()
    register(rfc_client, name)

    _, claims = jws.parts(sign_in(rfc_client, name).json()["access_token"])

    assert claims["aud"] == "bearward"


def test_4_1_jti_is_never_the_same(client, user):
    ids = [jws.parts(sign_in(client, user).json()["access_token"])[1]["jti"] for _ in range(20)]

    assert len(set(ids)) == 20
    # 128 bits take 22 characters in base64, the densest usual form.
    assert min(map(len, ids)) >= 22


def test_4_1_unicode_name_is_in_the_token_as_it_is_shown(client, new_name):
    name = "Ren\u00e9e\U00020000" + new_name()
    register(client, name)

    token = sign_in(client, name).json()["access_token"]

    assert jws.parts(token)[1]["username"] == name
    assert me(client, token).json()["username"] == name


@pytest.mark.plain("is about a setting")
def test_4_1_settings_are_in_the_claims(start_server):
    server = start_server(issuer="https://id.example/a", audience="https://api.example", client_id="web",
                          scopes="me items:read", default_scope="me", access_token_ttl=60)
    with server.client() as client:
        register(client, "alice")

        _, claims = jws.parts(sign_in(client, "alice", scope="items:read").json()["access_token"])
        _, default = jws.parts(sign_in(client, "alice").json()["access_token"])

    assert claims["iss"] == "https://id.example/a"
    assert claims["aud"] in ("https://api.example", ["https://api.example"])
    assert claims["client_id"] == "web"
    assert claims["scope"] == "items:read"
    assert claims["exp"] == claims["iat"] + 60
    assert default["scope"] == "me"


# ---- 4.2 the tutorial's verifier

def test_4_2_token_is_accepted_by_a_verifier_copied_from_the_tutorial(forge, user):
    payload = jwt.decode(forge.genuine, forge.secret.decode(), algorithms=["HS256"])

    assert payload.get("sub") == user


def test_4_2_token_verifies_with_the_secret_and_with_no_other(forge):
    jwt.decode(forge.genuine, forge.secret.decode(), algorithms=["HS256"])

    with pytest.raises(jwt.InvalidTokenError):
        jwt.decode(forge.genuine, "another secret", algorithms=["HS256"])


def test_4_2_tutorial_token_is_refused_by_default(client, forge, user):
    is_refused(me(client, forge.tutorial(sub=user)))


@pytest.fixture(scope="module")
def moving(front):
    """A server that accepts tutorial tokens, and a forge for its user `alice`."""
    with running(front, accept_tutorial_tokens="yes") as server, server.client() as client:
        for name in ("alice", "bob"):
            register(client, name)
        server.query("UPDATE users SET is_imported = TRUE WHERE username = 'alice'")  # as a takeover has it
        yield client, jws.Forge(server, sign_in(client, "alice").json()["access_token"])


def test_4_2_tutorial_token_is_accepted_while_the_setting_says_so(moving):
    client, forge = moving
    token = jwt.encode({"sub": "alice", "exp": NOW + 3600}, forge.secret.decode(), algorithm="HS256")

    for genuine in (token, forge.tutorial(sub="alice"), forge.genuine):
        assert expect.json_body(me(client, genuine), 200)["username"] == "alice"


@pytest.mark.parametrize("make", [
    lambda forge: forge.tutorial(sub="nobody"),
    lambda forge: forge.tutorial(sub="bob"),
    lambda forge: forge.tutorial(sub=""),
    lambda forge: forge.tutorial(sub=1),
    lambda forge: forge.tutorial(),
    lambda forge: forge.tutorial(sub="alice", exp=NOW - 1),
    lambda forge: forge.tutorial(sub="alice", exp="later"),
    lambda forge: jws.make({"alg": "HS256", "typ": "JWT"}, {"sub": "alice"}, forge.secret),
    lambda forge: jws.make({"alg": "HS256", "typ": "JWT"}, {"sub": "alice", "exp": NOW + 3600}, b"x" * 32),
    lambda forge: jws.make({"alg": "HS256", "typ": "JWT"}, {"sub": "alice", "exp": NOW + 3600}, b""),
    lambda forge: jws.make({"alg": "HS512", "typ": "JWT"}, {"sub": "alice", "exp": NOW + 3600}, forge.secret, "HS512"),
    lambda forge: unsigned({"alg": "none", "typ": "JWT"}, {"sub": "alice", "exp": NOW + 3600}),
    lambda forge: forge.with_header(kid="another"),
    lambda forge: forge.with_claims(aud="another"),
], ids=["unknown user", "user who was not taken over", "empty sub", "number as sub", "no sub", "expired", "text as exp", "no exp", "another secret",
        "empty secret", "HS512", "none", "unknown kid", "own with another audience"])
def test_4_2_tutorial_setting_lets_nothing_else_in(moving, make):
    client, forge = moving

    is_refused(me(client, make(forge)))


# ---- 4.3 refusals. First what is right, so that each refusal has but one cause.

ACCEPTED = {
    "the genuine one": lambda forge: forge.genuine,
    "made by hand": lambda forge: forge.with_claims(),
    "unknown claim": lambda forge: forge.with_claims(extra={"a": [1]}),
    "nbf in the past": lambda forge: forge.with_claims(nbf=NOW - 10),
    "about to expire": lambda forge: forge.with_claims(exp=clock.now() + 60),
    "4096 bytes": lambda forge: padded(forge, 4096),
}


@pytest.mark.parametrize("make", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_4_3_right_token_is_accepted(client, user, forge, make):
    assert expect.json_body(me(client, make(forge)), 200)["username"] == user


def padded(forge, at_most):
    """The longest token with a padding claim that has no more than so many bytes."""
    size = at_most - len(forge.with_claims(pad=""))
    longest = max((forge.with_claims(pad="x" * (size * 3 // 4 + more)) for more in range(-8, 9)),
                  key=lambda token: (len(token) <= at_most, len(token)))
    assert at_most - 2 <= len(longest) <= at_most
    return longest


WRONG_CLAIMS = {
    "iss of another": {"iss": "another"},
    "iss in another case": {"iss": "BEARWARD"},
    "iss with a slash more": {"iss": "bearward/"},
    "iss as a list": {"iss": ["bearward"]},
    "iss null": {"iss": None},
    "aud of another": {"aud": "another"},
    "aud as a part": {"aud": "bear"},
    "empty list as aud": {"aud": []},
    "aud list without ours": {"aud": ["another", "bearwar"]},
    "aud list in a list": {"aud": [["bearward"]]},
    "aud an object": {"aud": {"bearward": "bearward"}},
    "aud a number": {"aud": 1},
    "aud null": {"aud": None},
    "expired": {"exp": NOW - 1},
    "expired just now": {"exp": NOW},
    "exp long ago": {"exp": 0},
    "negative exp": {"exp": -1},
    "exp a text": {"exp": str(NOW + 3600)},
    "exp null": {"exp": None},
    "exp true": {"exp": True},
    "exp a list": {"exp": [NOW + 3600]},
    "nbf to come": {"nbf": NOW + 3600},
    "nbf a text": {"nbf": str(NOW + 3600)},
    "sub a number": {"sub": 1},
    "sub null": {"sub": None},
    "jti a number": {"jti": 1},
    "jti null": {"jti": None},
    "client_id a number": {"client_id": 1},
    "client_id a list": {"client_id": ["bearward"]},
    "username a number": {"username": 1},
    "scope a list": {"scope": ["me"]},
    "scope of no scopes": {"scope": "me  items"},
    "uid of nobody": {"uid": 2**53},
    "uid zero": {"uid": 0},
    "uid negative": {"uid": -1},
    "uid a text": {"uid": "1"},
    "uid a fraction": {"uid": 1.5},
    "uid beyond 64 bits": {"uid": 2**64 + 1},
}


@pytest.mark.plain("is about a setting")
def test_4_3_aud_must_hold_the_configured_audience(start_server):
    server = start_server(audience="bearward")
    with server.client() as client:
        register(client, "alice")
        forge = jws.Forge(server, sign_in(client, "alice").json()["access_token"])

        for right in (forge.genuine, forge.with_claims(aud=["another", "bearward"])):
            assert me(client, right).status_code == 200
        is_refused(me(client, forge.with_claims(without=["aud"])))
        for aud in ("another", "bear", "", [], ["another"], [["bearward"]], {"bearward": "bearward"}, 1, None):
            is_refused(me(client, forge.with_claims(aud=aud)))


@pytest.mark.parametrize("changes", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
def test_4_3_wrong_claim_is_refused(client, forge, changes):
    is_refused(me(client, forge.with_claims(**changes)))


@pytest.mark.parametrize("name", ["iss", "exp", "sub", "jti", "client_id", "uid", "username"])
def test_4_3_missing_claim_is_refused(client, forge, name):
    is_refused(me(client, forge.with_claims(without=[name])))


def claims_text(forge):
    return json.dumps(forge.claims, separators=(",", ":"))


WRONG_PAYLOADS = {
    "claim twice": lambda text: text[:-1] + ',"exp":9999999999}',
    "unknown claim twice": lambda text: text[:-1] + ',"x":1,"x":1}',
    "claim twice by an escape": lambda text: text[:-1] + ',"\\u0065xp":9999999999}',
    "claim twice below": lambda text: text[:-1] + ',"x":{"a":1,"a":1}}',
    "trailing data": lambda text: text + "x",
    "trailing NUL": lambda text: text + "\0",
    "cut": lambda text: text[:-1],
    "in a list": lambda text: f"[{text}]",
    "a text": lambda text: '"x"',
    "null": lambda text: "null",
    "nothing": lambda text: "",
    "byte order mark": lambda text: "\ufeff" + text,
    "comment": lambda text: "/**/" + text,
    "lone surrogate": lambda text: text[:-1] + ',"x":"\\ud800"}',
    "17 levels": lambda text: text[:-1] + ',"x":' + "[" * 16 + "]" * 16 + "}",
    "infinite exp": lambda text: text.replace('"exp":', '"exp":1e400,"old":'),
    "NaN as exp": lambda text: text.replace('"exp":', '"exp":NaN,"old":'),
}


@pytest.mark.parametrize("change", WRONG_PAYLOADS.values(), ids=WRONG_PAYLOADS.keys())
def test_4_3_malformed_payload_is_refused(client, forge, change):
    is_refused(me(client, forge.with_payload(change(claims_text(forge)).encode())))


def test_4_3_payload_that_is_no_utf8_is_refused(client, forge):
    is_refused(me(client, forge.with_payload(claims_text(forge).encode()[:-1] + b',"x":"\xff"}')))


def unsigned(header, claims, signature=""):
    return ".".join([jws.encode(jws.compact(header)), jws.encode(jws.compact(claims)), signature])


def header_text(forge):
    return jws.decode(forge.genuine.split(".")[0])


WRONG_HEADERS = {
    "alg none": lambda forge: unsigned({**forge.header, "alg": "none"}, forge.claims),
    "alg None": lambda forge: unsigned({**forge.header, "alg": "None"}, forge.claims),
    "alg none, signed": lambda forge: forge.with_header(alg="none"),
    "alg HS384": lambda forge: forge.with_header(alg="HS384", digest="HS384"),
    "alg HS512": lambda forge: forge.with_header(alg="HS512", digest="HS512"),
    "alg HS512, signed with HS256": lambda forge: forge.with_header(alg="HS512"),
    "alg RS256": lambda forge: forge.with_header(alg="RS256"),
    "alg ES256": lambda forge: forge.with_header(alg="ES256"),
    "alg in lower case": lambda forge: forge.with_header(alg="hs256"),
    "alg missing": lambda forge: forge.with_header(without=["alg"]),
    "alg empty": lambda forge: forge.with_header(alg=""),
    "alg null": lambda forge: forge.with_header(alg=None),
    "alg a list": lambda forge: forge.with_header(alg=["HS256"]),
    "typ at+jwt": lambda forge: forge.with_header(typ="at+jwt"),
    "typ JOSE": lambda forge: forge.with_header(typ="JOSE"),
    "typ missing": lambda forge: forge.with_header(without=["typ"]),
    "typ null": lambda forge: forge.with_header(typ=None),
    "kid missing": lambda forge: forge.with_header(without=["kid"]),
    "kid unknown": lambda forge: forge.with_header(kid="unknown"),
    "kid empty": lambda forge: forge.with_header(kid=""),
    "kid a path": lambda forge: forge.with_header(kid="../keys/" + forge.header["kid"]),
    "kid a path here": lambda forge: forge.with_header(kid="./" + forge.header["kid"]),
    "kid of an empty file": lambda forge: jws.make({**forge.header, "kid": "/dev/null"}, forge.claims, b""),
    "kid a number": lambda forge: forge.with_header(kid=1),
    "kid null": lambda forge: forge.with_header(kid=None),
    "kid a list": lambda forge: forge.with_header(kid=[forge.header["kid"]]),
    "kid with a NUL": lambda forge: forge.with_header(kid=forge.header["kid"] + "\0"),
    "jku more": lambda forge: forge.with_header(jku="http://127.0.0.1/keys"),
    "jwk more": lambda forge: forge.with_header(jwk={"kty": "oct", "k": "eA"}),
    "x5u more": lambda forge: forge.with_header(x5u="http://127.0.0.1/key"),
    "crit more": lambda forge: forge.with_header(crit=["exp"]),
    "cty more": lambda forge: forge.with_header(cty="JWT"),
    "alg twice": lambda forge: forge.with_raw_header(header_text(forge)[:-1] + b',"alg":"HS256"}'),
    "kid twice": lambda forge: forge.with_raw_header(
        header_text(forge)[:-1] + b',"kid":"%s"}' % forge.header["kid"].encode()),
    "alg none first": lambda forge: forge.with_raw_header(b'{"alg":"none",' + header_text(forge)[1:]),
    "no JSON": lambda forge: forge.with_raw_header(b"HS256"),
    "a list": lambda forge: forge.with_raw_header(b"[" + header_text(forge) + b"]"),
    "nothing": lambda forge: forge.with_raw_header(b""),
}


@pytest.mark.parametrize("make", WRONG_HEADERS.values(), ids=WRONG_HEADERS.keys())
def test_4_3_wrong_header_is_refused(client, forge, make):
    is_refused(me(client, make(forge)))


def with_spare_bits(segment):
    """Another spelling of the same bytes: the last character has bits that no byte takes."""
    assert len(segment) % 4 in (2, 3), "no spare bits"
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = segment[:-1] + alphabet[alphabet.index(segment[-1]) + 1]
    assert jws.decode(other) == jws.decode(segment)
    return other


def payload_with_spare_bits(forge):
    """Pads the claims until their segment has spare bits, and signs the other spelling."""
    for pad in ("", "x", "xx"):
        header, claims, _ = forge.with_claims(pad=pad).split(".")
        if len(claims) % 4:
            return forge.resign(header + "." + with_spare_bits(claims))
    raise AssertionError("no padding leaves spare bits")


def replaced(forge, segment, old, new):
    """A claim is varied until its segment has the character; then it is spelt in standard base64."""
    for number in range(1000):
        segments = forge.with_claims(pad="?>" * 3 + str(number)).split(".")
        if old in segments[segment]:
            segments[segment] = segments[segment].replace(old, new)
            return ".".join(segments) if segment == 2 else forge.resign(".".join(segments[:2]))
    raise AssertionError(f"no {old} to replace")


def segments(forge):
    return forge.genuine.split(".")


MISSPELT = {
    "nothing but dots": lambda forge: "..",
    "one segment": lambda forge: segments(forge)[0],
    "two segments": lambda forge: ".".join(segments(forge)[:2]),
    "four segments": lambda forge: forge.genuine + ".",
    "four full segments": lambda forge: forge.genuine + "." + segments(forge)[2],
    "five segments": lambda forge: forge.genuine + ".x.y",
    "dot first": lambda forge: "." + forge.genuine,
    "no signature": lambda forge: ".".join(segments(forge)[:2]) + ".",
    "signature of another": lambda forge: forge.with_claims(x=1)[:-43] + segments(forge)[2],
    "signature cut": lambda forge: forge.genuine[:-1],
    "signature cut by a group": lambda forge: forge.genuine[:-4],
    "signature longer": lambda forge: forge.genuine + "A",
    "signature longer by a group": lambda forge: forge.genuine + "AAAA",
    "signature twice": lambda forge: forge.genuine + segments(forge)[2],
    "signature of zeros": lambda forge: ".".join(segments(forge)[:2]) + "." + "A" * 43,
    "signed by another key": lambda forge: jws.make(forge.header, forge.claims, b"x" * 32),
    "signed by an empty key": lambda forge: jws.make(forge.header, forge.claims, b""),
    "signed with the secret and a line break": lambda forge: jws.make(forge.header, forge.claims, forge.secret + b"\n"),
    "padding at the end": lambda forge: forge.genuine + "=",
    "padding of the payload": lambda forge: forge.resign(".".join(segments(forge)[:2]) + "="),
    "spare bits in the signature": lambda forge: (
        ".".join(segments(forge)[:2]) + "." + with_spare_bits(segments(forge)[2])),
    "spare bits in the payload": payload_with_spare_bits,
    "standard base64 in the payload": lambda forge: replaced(forge, 1, "_", "/"),
    "standard base64 in the signature": lambda forge: replaced(forge, 2, "-", "+"),
    "tilde in the payload": lambda forge: forge.resign(".".join(segments(forge)[:2]) + "~"),
    "4097 bytes and more": lambda forge: longer_than(forge, 4096),
    "6000 bytes": lambda forge: padded(forge, 6000),
}


def longer_than(forge, limit):
    """The shortest that is too long."""
    return min((token for more in range(16) if len(token := padded(forge, limit + more)) > limit), key=len)


@pytest.mark.parametrize("make", MISSPELT.values(), ids=MISSPELT.keys())
def test_4_3_misspelt_token_is_refused(client, forge, make):
    is_refused(me(client, make(forge)))


def test_4_3_space_in_a_token_is_refused(client, forge):
    header, claims, signature = segments(forge)

    for token in (f"{header}. {claims}.{signature}", f"{header}.{claims}. {signature}", f"{forge.genuine} x"):
        is_refused(me(client, token))


def test_4_3_every_character_of_a_token_counts(client, forge):
    header, claims, signature = segments(forge)
    places = [*range(0, len(header) + len(claims) + 2, 7), *range(len(forge.genuine) - 43, len(forge.genuine) - 1)]

    for place in places:
        character = "A" if forge.genuine[place] != "A" else "B"
        response = me(client, forge.genuine[:place] + character + forge.genuine[place + 1:])

        is_refused(response)


def test_4_3_token_of_another_server_is_refused(client, rfc_client, new_name):
    name = new_name()
    register(client, name)
    register(rfc_client, name)

    is_refused(me(client, sign_in(rfc_client, name).json()["access_token"]))
    is_refused(me(rfc_client, sign_in(client, name).json()["access_token"]))


def test_4_3_refusals_hold_in_dialect_rfc_and_for_es256(rfc_server, rfc_client, new_name):
    name = new_name()
    register(rfc_client, name)
    forge = jws.Forge(rfc_server, sign_in(rfc_client, name).json()["access_token"])

    expect.json_body(me(rfc_client, forge.with_claims()), 200)
    for token in (forge.with_claims(exp=NOW - 1), forge.with_claims(aud="x"), forge.with_header(typ="JWT"),
                  forge.tutorial(sub=name)):
        is_refused(me(rfc_client, token))


def test_4_1_uid_is_what_the_service_goes_by(client, forge, user, new_name):
    other = new_name()
    register(client, other)

    response = me(client, forge.with_claims(sub=other, username=other))

    assert expect.json_body(response, 200)["username"] == user


# ---- 4.4 key change

@pytest.fixture
def rotating(start_server):
    """A server of the test's own with the user `alice`, its client and her token."""
    server = start_server()
    with server.client() as client:
        register(client, "alice")
        yield server, client, sign_in(client, "alice").json()["access_token"]


# The date in its id makes it the newest, whatever the time of its file.
NEWEST = "29990101T000000-00000000"


def add_key(server, kid, secret, mode=0o600):
    """Puts a key in place in one step, as a careful administrator does."""
    path = server.state / "keys" / ("." + kid)
    path.write_text(secret)
    path.chmod(mode)
    server.own(path)
    path.rename(server.state / "keys" / kid)


@pytest.mark.plain("is about keys")
def test_4_4_new_key_signs_and_tokens_of_the_old_one_stay_valid(rotating):
    server, client, old = rotating
    add_key(server, NEWEST, jws.SECRET)

    new = sign_in(client, "alice").json()["access_token"]

    assert jws.parts(new)[0]["kid"] == NEWEST
    expect.json_body(me(client, new), 200)
    expect.json_body(me(client, old), 200)


@pytest.mark.plain("is about keys")
def test_4_4_key_without_a_date_in_its_id_verifies_and_does_not_sign(rotating):
    server, client, old = rotating
    add_key(server, "zzz", jws.SECRET)

    new = sign_in(client, "alice").json()["access_token"]

    header, claims = jws.parts(old)
    assert jws.parts(new)[0]["kid"] == header["kid"]
    expect.json_body(me(client, jws.make({**header, "kid": "zzz"}, claims, jws.SECRET.encode())), 200)


@pytest.mark.plain("is about keys")
def test_4_4_key_that_is_taken_away_verifies_no_more(rotating):
    server, client, old = rotating
    add_key(server, NEWEST, jws.SECRET)
    new = sign_in(client, "alice").json()["access_token"]
    (server.state / "keys" / jws.parts(old)[0]["kid"]).unlink()

    assert eventually(lambda: me(client, old).status_code == 401)
    is_refused(me(client, old))
    expect.json_body(me(client, new), 200)


@pytest.mark.exception("each request is a start, which a bad key forbids", "htaccess-cgi")
@pytest.mark.parametrize("secret, mode", [("s" * 31, 0o600), ("", 0o600), (jws.SECRET, 0o644)],
                         ids=["too short", "empty", "readable by others"])
@pytest.mark.plain("is about keys")
def test_15_4_bad_key_leaves_the_keys_as_they_were(rotating, secret, mode):
    server, client, old = rotating
    add_key(server, NEWEST, secret, mode)

    new = sign_in(client, "alice")

    assert jws.parts(expect.json_body(new, 200)["access_token"])[0]["kid"] == jws.parts(old)[0]["kid"]
    expect.json_body(me(client, old), 200)
    header, claims = jws.parts(old)
    is_refused(me(client, jws.make({**header, "kid": NEWEST}, claims, secret.encode())))


AMISS = {
    "too short": ("zzz", "s" * 31, 0o600), "readable by others": ("zzz", jws.SECRET, 0o644),
    "backup of an editor": ("zzz~", jws.SECRET, 0o600),
}


@pytest.mark.exception("each request is a start, which a bad key forbids", "htaccess-cgi")
@pytest.mark.parametrize("amiss", AMISS.values(), ids=AMISS.keys())
@pytest.mark.plain("is about keys")
def test_15_4_key_that_is_gone_is_dropped_whatever_else_is_amiss(rotating, amiss):
    server, client, old = rotating
    add_key(server, NEWEST, jws.SECRET)
    new = sign_in(client, "alice").json()["access_token"]
    for token in (old, new, new):   # the second time it comes from the cache
        expect.json_body(me(client, token), 200)
    add_key(server, *amiss)

    (server.state / "keys" / NEWEST).unlink()

    assert eventually(lambda: me(client, new).status_code == 401)
    is_refused(me(client, new))
    signed = expect.json_body(sign_in(client, "alice"), 200)["access_token"]
    assert jws.parts(signed)[0]["kid"] == jws.parts(old)[0]["kid"]
    for token in (old, signed):
        expect.json_body(me(client, token), 200)


@pytest.mark.parametrize("amiss", [None, *AMISS.values()], ids=["nothing amiss", *AMISS.keys()])
@pytest.mark.plain("is about keys")
def test_15_4_without_a_key_nothing_is_decided(rotating, amiss):
    server, client, old = rotating
    key = server.state / "keys" / jws.parts(old)[0]["kid"]
    expect.json_body(me(client, old), 200)
    if amiss:
        add_key(server, *amiss)

    key.rename(server.state / "away")

    assert eventually(lambda: me(client, old).status_code == 503)
    for _ in range(2):
        unavailable(me(client, old))
        unavailable(sign_in(client, "alice"))
        unavailable(sign_in(client, "alice", "wrong"))
    if amiss:
        (server.state / "keys" / amiss[0]).unlink()
    (server.state / "away").rename(key)
    expect.json_body(me(client, old), 200)
