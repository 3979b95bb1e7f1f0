"""Tokens made by hand with the service's real key, so that each is wrong in one thing and right in all others."""

import base64
import hashlib
import hmac
import json

import clock
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

# Forty characters that a key may have.
SECRET = "one-of-these-tests-alone-3f9c0b7a5e2d418"

DIGESTS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(segment):
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def parts(token):
    """Header and claims of a token, unverified."""
    header, claims, _ = token.split(".")
    return json.loads(decode(header)), json.loads(decode(claims))


def compact(value):
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def sign(signing_input, secret, digest="HS256"):
    """The secret may be a private key of ES256."""
    if not isinstance(secret, bytes):
        numbers = utils.decode_dss_signature(secret.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256())))
        return encode(b"".join(number.to_bytes(32, "big") for number in numbers))
    return encode(hmac.new(secret, signing_input.encode(), DIGESTS[digest]).digest())


def make(header, claims, secret, digest="HS256"):
    """Objects become compact JSON; bytes are taken as they are."""
    signing_input = encode(compact(header)) + "." + encode(compact(claims))
    return signing_input + "." + sign(signing_input, secret, digest)


class Forge:
    """Starts from a genuine token of the server."""

    def __init__(self, server, token):
        self.genuine = token
        self.header, self.claims = parts(token)
        kid = self.header["kid"]
        if self.header["alg"] == "HS256":
            self.secret = self.shared = (server.state / "keys" / kid).read_bytes().rstrip(b"\n")
        else:
            self.secret = serialization.load_pem_private_key((server.state / "signing" / kid).read_bytes(), None)
            self.shared = (server.state / "public" / kid).read_bytes()

    def with_claims(self, without=(), **changes):
        claims = {name: value for name, value in {**self.claims, **changes}.items() if name not in without}
        return make(self.header, claims, self.secret)

    def with_header(self, without=(), digest="HS256", **changes):
        header = {name: value for name, value in {**self.header, **changes}.items() if name not in without}
        return make(header, self.claims, self.secret, digest)

    def with_payload(self, data):
        return make(self.header, data, self.secret)

    def with_raw_header(self, data):
        return make(data, self.claims, self.secret)

    def resign(self, signing_input):
        return signing_input + "." + sign(signing_input, self.secret)

    def tutorial(self, **claims):
        """As the tutorial's create_access_token() makes them."""
        return make({"alg": "HS256", "typ": "JWT"}, {"exp": clock.now() + 900, **claims}, self.shared)
