"""Tokens of asymmetric keys, protocol sections 4.1-4.3: what is in them, and every one that is refused.

The tokens are made by hand with the instance's own private keys, so that each is wrong in one thing and right in all others.
"""

import calendar
import contextlib
import functools
import hashlib
import hmac
import http.client
import json
import os
import re
import time

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import jws
import wycheproof
from conftest import PATIENCE, bearer, eventually, register, running, sign_in
from test_access_token import MISSPELT, WRONG_CLAIMS, WRONG_HEADERS, WRONG_PAYLOADS, claims_text, me, with_spare_bits
from test_verify import verify

pytestmark = pytest.mark.only_nginx("the tokens are what it is about")

ASYMMETRIC = ["ES256", "RS256", "EdDSA"]
P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


class Key:
    """A key with its private half."""

    def __init__(self, alg, private, kid=None):
        self.alg, self.private = alg, private
        self.kid = kid or jws.encode(hashlib.sha256(json.dumps(public_jwk_of(self), separators=(",", ":")).encode()).digest())
        self.header = {"alg": alg, "kid": self.kid, "typ": "at+jwt" if kid is None else "JWT"}

    def sign(self, text):
        return sign(self.alg, self.private, text.encode())

    def resign(self, signing_input):
        return f"{signing_input}.{jws.encode(self.sign(signing_input))}"

    def make(self, header, claims):
        return self.resign(f"{jws.encode(jws.compact(header))}.{jws.encode(jws.compact(claims))}")

    def write(self, server, signs_at):
        """Puts the halves where the service looks for them."""
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(signs_at))
        lines = f"alg: {self.alg}\nuse: access\nmade: {made}\nsigns-from: {made}\nolder-verify-for: 1800\n".encode()
        halves = {"signing": self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "public": public_pem_of(self)}
        for directory, pem in halves.items():
            path = server.state / directory / self.kid
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.touch(0o600)
            path.write_bytes(lines + pem)
            server.own(path.parent, path)


def public_pem_of(key):
    return key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_jwk_of(key):
    public = key.private.public_key()
    if key.alg == "EdDSA":
        return {"crv": "Ed25519", "kty": "OKP", "x": jws.encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}
    numbers = public.public_numbers()
    if key.alg == "RS256":
        return {"e": "AQAB", "kty": "RSA", "n": jws.encode(numbers.n.to_bytes(256, "big"))}
    return {"crv": "P-256", "kty": "EC", "x": jws.encode(numbers.x.to_bytes(32, "big")), "y": jws.encode(numbers.y.to_bytes(32, "big"))}


def sign(alg, private, data):
    if alg == "HS256":
        return hmac.digest(private, data, "sha256")
    if alg == "RS256":
        return private.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if alg == "EdDSA":
        return private.sign(data)
    r, s = utils.decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Forge(jws.Forge):
    """As the forge of HS256 tokens; its secret is the public half, which some verifiers could be made to take for one."""

    def __init__(self, key, claims):
        self.key, self.header, self.claims = key, key.header, claims
        self.genuine = key.make(key.header, claims)
        self.secret = public_pem_of(key)

    def with_claims(self, without=(), **changes):
        return self.key.make(self.header, {name: value for name, value in {**self.claims, **changes}.items() if name not in without})

    def with_header(self, without=(), digest=None, **changes):
        header = {name: value for name, value in {**self.header, **changes}.items() if name not in without}
        return jws.make(header, self.claims, self.secret, digest) if digest else self.key.make(header, self.claims)

    def with_payload(self, data):
        return self.key.make(self.header, data)

    def with_raw_header(self, data):
        return self.key.make(data, self.claims)

    def resign(self, signing_input):
        return self.key.resign(signing_input)


@pytest.fixture(scope="module")
def mixed(build):
    """A server that is to have a key of each algorithm."""
    with running(build) as server:
        yield server


@pytest.fixture(scope="module")
def keys(mixed):
    """Its keys, by their algorithm: the last one signs, and the others are retired."""
    kid, = os.listdir(mixed.state / "keys")
    made_at = calendar.timegm(time.strptime(kid[:15], "%Y%m%dT%H%M%S"))
    made = [
        Key("RS256", rsa.generate_private_key(65537, 2048)), Key("EdDSA", ed25519.Ed25519PrivateKey.generate()),
        Key("HS256", (mixed.state / "keys" / kid).read_bytes().rstrip(b"\n"), kid), Key("ES256", ec.generate_private_key(ec.SECP256R1())),
    ]
    for key, signs_at in zip(made, range(made_at - 2, made_at + 2)):
        if key.alg != "HS256":
            key.write(mixed, signs_at)
    return {key.alg: key for key in made}


def header_of(token):
    return jws.parts(token)[0]


@pytest.fixture(scope="module")
def alice(mixed, keys):
    """A client, and what a token of its user says."""
    with mixed.client() as client:
        register(client, "alice")
        assert eventually(lambda: header_of(sign_in(client, "alice").json()["access_token"]) == keys["ES256"].header)
        yield client, jws.parts(sign_in(client, "alice").json()["access_token"])[1]


@pytest.fixture(scope="module")
def judge(mixed):
    """Whether a token is good, of which the user's own data and the gateway's question must think alike."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", mixed.port, timeout=PATIENCE)) as connection:

        def judge(token):
            connection.request("GET", "/users/me/", headers=bearer(token))
            with connection.getresponse() as response:
                response.read()
            # A text with quotes is no credential, which nobody tells a gateway.
            is_good = {200: True, 400: False, 401: False}[response.status]
            assert verify(mixed, token).status_code == (200 if is_good else 401), token
            return is_good

        yield judge


def accepted_of(judge, tokens):
    """The names of the tokens that are good."""
    return [name for name, token in tokens if judge(token)]


def test_4_1_a_token_has_the_header_of_its_key_and_is_good_by_hand(judge, keys, alice):
    _, claims = alice

    tokens = [(alg, keys[alg].make(keys[alg].header, claims)) for alg in keys]

    assert accepted_of(judge, tokens) == list(keys)


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_4_3_what_is_refused_of_hs256_is_refused_of_an_asymmetric_key(judge, keys, alice, alg):
    forge = Forge(keys[alg], alice[1])
    is_right_here = {"typ at+jwt", f"alg {alg}"}

    tokens = [(name, make(forge)) for table in (WRONG_HEADERS, MISSPELT) for name, make in table.items() if name not in is_right_here]
    tokens += [(name, forge.with_claims(**changes)) for name, changes in WRONG_CLAIMS.items()]
    tokens += [(name, forge.with_payload(change(claims_text(forge)).encode())) for name, change in WRONG_PAYLOADS.items()]

    assert accepted_of(judge, tokens) == []


def publics_of(key):
    """What an attacker may take for the secret of HS256: all of it is published."""
    yield "PEM", public_pem_of(key)
    yield "PEM without its last line end", public_pem_of(key).rstrip()
    yield "DER", key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    yield "JWK", json.dumps(public_jwk_of(key)).encode()
    yield "kid", key.kid.encode()
    for name, value in public_jwk_of(key).items():
        yield f"member {name}", value.encode()
        yield f"bytes of {name}", jws.decode(value + "A" * (len(value) % 4 == 1))


def confusions(key, keys, claims):
    """Tokens that hope for a verifier which goes by what their header says."""
    for name, secret in publics_of(key):
        for typ in ("JWT", "at+jwt"):
            yield f"HS256 with {name}, {typ}", jws.make({"alg": "HS256", "kid": key.kid, "typ": typ}, claims, secret)
        yield f"HS256 with {name}, header of the key", jws.make(key.header, claims, secret)
        yield f"HS256 with {name}, without kid", jws.make({"alg": "HS256", "typ": "JWT"}, claims, secret)
    for other in keys.values():
        if other is not key:
            yield f"kid of {other.alg}", key.make({**key.header, "kid": other.kid}, claims)
            yield f"alg of {other.alg}", key.make({**key.header, "alg": other.alg}, claims)
            yield f"header of {other.alg}", key.make(other.header, claims)
            yield f"signed by {other.alg}", other.make(key.header, claims)
            yield f"alg of {other.alg}, signed by it", other.make({**key.header, "alg": other.alg}, claims)
    for typ in ("JWT", "AT+JWT", "at+JWT", "application/at+jwt", "at+jwt;", "JOSE", None):
        yield f"typ {typ}", key.make({**key.header, "typ": typ}, claims)
    for alg in (key.alg.lower(), "ES256K", "ES384", "ES512", "RS384", "RS512", "PS256", "Ed25519", "HS384", "none", "NONE", "", None):
        yield f"alg {alg}", key.make({**key.header, "alg": alg}, claims)

    attacker = ec.generate_private_key(ec.SECP256R1())
    numbers = attacker.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": jws.encode(numbers.x.to_bytes(32, "big")), "y": jws.encode(numbers.y.to_bytes(32, "big"))}
    for more in ({"jwk": jwk}, {"jku": "http://127.0.0.1/jwks.json"}, {"x5u": "http://127.0.0.1/x.pem"}, {"x5c": ["MIIB"]},
                 {"crit": ["exp"]}, {"crit": []}, {"crit": ["b64"], "b64": False}, {"zip": "DEF"}, {"cty": "JWT"}, {"x": 1}):
        yield f"{list(more)} more", key.make({**key.header, **more}, claims)
        forged = f"{jws.encode(jws.compact({**key.header, 'alg': 'ES256', **more}))}.{jws.encode(jws.compact(claims))}"
        yield f"{list(more)} more, of another", f"{forged}.{jws.encode(sign('ES256', attacker, forged.encode()))}"
    for kid in ("", "x", f"../public/{key.kid}", f"../signing/{key.kid}", f"public/{key.kid}", key.kid.swapcase(), key.kid + "=", None, 1):
        yield f"kid {kid}", key.make({**key.header, "kid": kid}, claims)

    text = jws.compact(key.header).decode()
    members = [text[1:-1].split(",")[number] for number in (0, 2, 1)]
    for name, spelt in (("space", text.replace(":", ": ")), ("line end", text + "\n"), ("order", f"{{{','.join(members)}}}"),
                        ("escape", text.replace("alg", "\\u0061lg")), ("kid twice", text[:-1] + f',"kid":"{key.kid}"}}'),
                        ("alg twice", '{"alg":"none",' + text[1:])):
        yield f"header with {name}", key.make(spelt.encode(), claims)


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_4_3_no_header_chooses_how_a_token_is_checked(judge, keys, alice, alg):
    assert accepted_of(judge, confusions(keys[alg], keys, alice[1])) == []


def test_4_3_a_token_of_hs256_is_of_the_type_of_its_key(judge, keys, alice):
    key = keys["HS256"]

    assert accepted_of(judge, [(typ, key.make({**key.header, "typ": typ}, alice[1])) for typ in ("at+jwt", "JWT")]) == ["JWT"]


def respelled(key, signature):
    """Other spellings of a signature."""
    yield "nothing", b""
    yield "cut", signature[:-1]
    yield "without its first byte", signature[1:]
    yield "zero before", b"\0" + signature
    yield "zero behind", signature + b"\0"
    yield "twice", signature * 2
    yield "zeros", bytes(len(signature))
    yield "ones", b"\xff" * len(signature)
    for place in range(0, len(signature), 5):
        yield f"bit in {place}", signature[:place] + bytes([signature[place] ^ 1 << place % 8]) + signature[place + 1:]
    if key.alg == "RS256":
        # More than the modulus, where that has room: the same number to who does not look.
        n = key.private.public_key().public_numbers().n
        yield "longer by n", (int.from_bytes(signature, "big") + n).to_bytes(257, "big")
        yield "negative", (n - int.from_bytes(signature, "big")).to_bytes(256, "big")
    elif key.alg == "EdDSA":
        s = int.from_bytes(signature[32:], "little")
        yield "s + order", signature[:32] + (s + ED25519_ORDER).to_bytes(32, "little")
        yield "order - s", signature[:32] + (ED25519_ORDER - s).to_bytes(32, "little")
    else:
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        der = utils.encode_dss_signature(r, s)
        yield "DER", der
        yield "DER, long form", b"\x30\x81" + der[1:]
        yield "r and s of 33 bytes each", b"\0" + signature[:32] + b"\0" + signature[32:]
        yield "r without its first byte", signature[1:32] + signature[32:]
        yield "s and r", signature[32:] + signature[:32]
        yield "-r", (P256_ORDER - r).to_bytes(32, "big") + signature[32:]
        for name, number in (("0", 0), ("1", 1), ("order", P256_ORDER), ("order - 1", P256_ORDER - 1)):
            yield f"r {name}", number.to_bytes(32, "big") + signature[32:]
            yield f"s {name}", signature[:32] + number.to_bytes(32, "big")
        if r < 2**256 - P256_ORDER:
            yield "r + order", (r + P256_ORDER).to_bytes(32, "big") + signature[32:]


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_4_3_a_signature_has_one_spelling(judge, keys, alice, alg):
    key = keys[alg]
    token = key.make(key.header, alice[1])
    signing_input, _, segment = token.rpartition(".")

    tokens = [(name, f"{signing_input}.{jws.encode(other)}") for name, other in respelled(key, jws.decode(segment))]
    tokens += [("padded", token + "=="), ("spare bits", f"{signing_input}.{with_spare_bits(segment)}"), ("of another text", key.resign(
        signing_input[:-1]).rpartition(".")[0] + f".{segment}")]

    assert judge(token)
    assert accepted_of(judge, tokens) == []


def negated(token):
    """The other signature of ECDSA that whoever has one can write: n - s for s."""
    signing_input, _, segment = token.rpartition(".")
    signature = jws.decode(segment)
    s = P256_ORDER - int.from_bytes(signature[32:], "big")
    return f"{signing_input}.{jws.encode(signature[:32] + s.to_bytes(32, 'big'))}"


@pytest.mark.parametrize("revoked, other", [(lambda token: token, negated), (negated, lambda token: token)], ids=["s", "n - s"])
def test_4_3_the_negated_signature_of_ecdsa_is_the_same_token_and_revoked_with_it(judge, alice, revoked, other):
    client, _ = alice
    token = sign_in(client, "alice").json()["access_token"]
    assert judge(token) and judge(negated(token))

    assert client.post("/revoke", data={"token": revoked(token)}).status_code == 200

    assert me(client, token).status_code == me(client, other(token)).status_code == 401


# ---- Wycheproof's tokens, translated: what was done to one of theirs is done to one of ours

class Translation:
    """Of the tokens of a group of vectors into those of a key of ours."""

    def __init__(self, group, key, claims):
        self.jwk, self.key = wycheproof.key_of(group), key
        self.theirs = next(test["jws"] for test in group["tests"] if test["result"] == "valid").split(".")
        self.ours = key.make(key.header, claims).split(".")

    def header(self, segment):
        if self.theirs[0] in segment:
            return segment.replace(self.theirs[0], self.ours[0])
        try:
            text = jws.decode(segment).replace(self.jwk["kid"].encode(), self.key.kid.encode())
        except ValueError:
            return segment
        return jws.encode(text[:-1] + b',"typ":"%s"}' % self.key.header["typ"].encode()) if text.startswith(b"{") else segment

    def payload(self, segment, result):
        if self.theirs[1] in segment and self.theirs[1]:
            return segment.replace(self.theirs[1], self.ours[1])
        if result == "valid":
            return self.ours[1]
        return "X" + self.ours[1][1:] if segment else ""

    def has_signed(self, text, signature):
        """Whether it is a signature of their key."""
        if self.key.alg == "HS256":
            return hmac.compare_digest(hmac.digest(jws.decode(self.jwk["k"]), text, "sha256"), signature)
        numbers = [int.from_bytes(jws.decode(self.jwk[name]), "big") for name in (("x", "y") if self.key.alg == "ES256" else ("e", "n"))]
        with contextlib.suppress(InvalidSignature):
            if self.key.alg == "ES256":
                der = utils.encode_dss_signature(*(int.from_bytes(half, "big") for half in (signature[:32], signature[32:])))
                ec.EllipticCurvePublicNumbers(*numbers, ec.SECP256R1()).public_key().verify(der, text, ec.ECDSA(hashes.SHA256()))
            else:
                rsa.RSAPublicNumbers(*numbers).public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
            return True
        return False

    def signature(self, segment, theirs, ours):
        """Of our signing input, made as the one of theirs was."""
        foreign = re.sub(r"[\w-]", "", segment)
        signature = jws.decode(re.sub(r"[^\w-]", "", segment))
        if not signature:
            return segment
        if self.has_signed(theirs.encode(), signature):
            return foreign + jws.encode(self.key.sign(ours))
        # Numbers at the ends of their range are the same for every key.
        if segment[1:] != self.theirs[2][1:]:
            return segment
        return ("A" if self.ours[2][0] != "A" else "B") + self.ours[2][1:]

    def token(self, test):
        segments = test["jws"].split(".")
        if len(segments) != 3:
            return functools.reduce(lambda text, pair: text.replace(*pair), zip(self.theirs, self.ours), test["jws"])
        header, payload = self.header(segments[0]), self.payload(segments[1], test["result"])
        return f"{header}.{payload}.{self.signature(segments[2], '.'.join(segments[:2]), f'{header}.{payload}')}"


@pytest.mark.parametrize("alg", ["HS256", "ES256", "RS256"])
def test_4_3_what_wycheproof_calls_invalid_is_refused_and_valid_accepted_in_our_one_spelling(judge, keys, alice, alg):
    """Ours is the header of the key, and base64url without foreign characters; their other valid tokens are refused, too."""
    rows = [(group, test) for group, test in wycheproof.vectors("json_web_signature") if wycheproof.is_for(alg, group) and test["jws"]]
    valid = {test["jws"] for _, test in rows if test["result"] == "valid"}
    spelt_right = re.compile(r"[\w.-]*", re.ASCII)

    tokens, right = [], []
    for group, test in rows:
        # Two that they call invalid are, byte for byte, one that they call valid. What is wrong inside of an RSA signature is seen
        # where the library is asked (tests/test_vectors.py).
        if test["result"] == "invalid" and (test["jws"] in valid or "ModifiedPadding" in test["flags"]):
            continue
        translation = Translation(group, keys[alg], alice[1])
        tokens.append((f"{test['tcId']} {test['comment']}", translation.token(test)))
        if test["jws"] in valid and test["jws"].startswith(translation.theirs[0] + ".") and spelt_right.fullmatch(test["jws"]):
            right.append(tokens[-1][0])

    assert right
    assert accepted_of(judge, tokens) == right
