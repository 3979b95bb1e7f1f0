"""Wycheproof's vectors: the code that checks tokens is asked about each of their signatures, with their keys."""

import base64
import subprocess

import pytest

from conftest import BUILDS, TOP
from wycheproof import is_for, key_of, vectors

pytestmark = pytest.mark.self_contained

EXPECTED = {"valid": "good", "invalid": "wrong"}
# What a verifier may take or refuse, by what is odd about it: a digest whose parameters are absent, where RFC 8017 has NULL.
EXPECTED_OF_ACCEPTABLE = {"MissingNull": "wrong"}
SMALL_EXPONENT = "key: its public exponent is even, less than 65537 or longer than 31 bits; make a new one"


def expected_of(test):
    if test["result"] == "acceptable":
        return EXPECTED_OF_ACCEPTABLE[test["flags"][0]]
    return EXPECTED[test["result"]]


def base64_of(field):
    return base64.b64encode(field if isinstance(field, bytes) else field.encode()).decode()


@pytest.fixture
def ask(build):
    """What the code says of each line: an algorithm, a key, and a text and its signature, or a token."""

    def ask(algorithm, rows):
        lines = ["\t".join([algorithm, base64_of(pem), *[field if isinstance(field, str) else base64_of(field) for field in fields]])
                 for pem, *fields in rows]
        said = subprocess.run([TOP / BUILDS[build] / "build/tests/unit/token/vectors"], check=True, capture_output=True, text=True,
                              input="".join(f"{line}\n" for line in lines)).stdout.splitlines()
        assert len(said) == len(lines) > 0
        return said

    return ask


def check(tests, said, expected):
    wrong = [f"{test['tcId']} {test['comment']}: expected {right}, came {came}"
             for test, came, right in zip(tests, said, expected, strict=True) if came != right]

    assert not wrong


@pytest.mark.parametrize("algorithm, name", [
    ("ES256", "ecdsa_secp256r1_sha256_p1363"),
    ("RS256", "rsa_signature_2048_sha256"), ("RS256", "rsa_signature_3072_sha256"), ("RS256", "rsa_signature_4096_sha256"),
    ("EdDSA", "ed25519"),
])
def test_a_signature_is_good_or_wrong_as_the_vectors_say(ask, algorithm, name):
    rows = vectors(name)

    said = ask(algorithm, [(group["publicKeyPem"], bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])) for group, test in rows])

    check([test for _, test in rows], said, [
        SMALL_EXPONENT if algorithm == "RS256" and group["publicKey"]["publicExponent"] == "03" else expected_of(test)
        for group, test in rows])


def raw_of(der):
    """r and s of 32 bytes each, or None where der is no canonical DER of two numbers that have so many."""
    numbers = b""
    if len(der) < 2 or der[0] != 0x30 or der[1] != len(der) - 2:
        return None
    rest = der[2:]
    for _ in range(2):
        if len(rest) < 3 or rest[0] != 2 or not 0 < rest[1] <= min(33, len(rest) - 2):
            return None
        number, rest = rest[2:2 + rest[1]], rest[2 + rest[1]:]
        if number[0] & 0x80 or (len(number) > 1 and number[0] == 0 and not number[1] & 0x80) or len(number.lstrip(b"\0")) > 32:
            return None
        numbers += number.lstrip(b"\0").rjust(32, b"\0")
    return numbers if not rest else None


def test_a_signature_in_der_is_wrong_and_its_numbers_are_good_or_wrong_as_the_vectors_say(ask):
    rows = vectors("ecdsa_secp256r1_sha256")
    raw = [(group, test, raw_of(bytes.fromhex(test["sig"]))) for group, test in rows]
    raw = [(group, test, signature) for group, test, signature in raw if signature is not None]

    as_it_is = ask("ES256", [(group["publicKeyPem"], bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])) for group, test in rows])
    as_jose_has_it = ask("ES256", [(group["publicKeyPem"], bytes.fromhex(test["msg"]), signature) for group, test, signature in raw])

    assert set(as_it_is) == {"wrong"}
    assert sum(test["result"] == "valid" for _, test, _ in raw) == sum(test["result"] == "valid" for _, test in rows)
    check([test for _, test, _ in raw], as_jose_has_it, [expected_of(test) for _, test, _ in raw])


def number_of(text):
    return base64.urlsafe_b64decode(text + "=="[:-len(text) % 4])


def tlv(tag, *content):
    data = b"".join(content)
    size = len(data).to_bytes(2, "big").lstrip(b"\0")
    return bytes([tag, *([0x80 + len(size), *size] if len(data) > 127 else [len(data)])]) + data


def integer(data):
    return tlv(2, b"\0" if data[0] & 0x80 else b"", data)


def pem_of(jwk):
    """The public half of a JWK, as it is: nothing is checked."""
    if jwk["kty"] == "EC":
        point = b"".join(number_of(jwk[name]).rjust(32, b"\0") for name in ("x", "y"))
        der = tlv(0x30, bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"), tlv(3, b"\0\4", point))
    else:
        key = tlv(0x30, integer(number_of(jwk["n"])), integer(number_of(jwk["e"])))
        der = tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500"), tlv(3, b"\0", key))
    return f"-----BEGIN PUBLIC KEY-----\n{base64.encodebytes(der).decode()}-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_token_is_good_or_wrong_as_the_vectors_say(ask, algorithm):
    """Ours have one header a key, which is compared first; what others make of theirs is in tests/http/test_asymmetric.py."""
    rows = [(group, test) for group, test in vectors("json_web_signature") if is_for(algorithm, group)]
    headers = {test["jws"].split(".")[0] for _, test in rows if test["result"] == "valid"}

    said = ask(algorithm, [(pem_of(key_of(group)), test["jws"]) for group, test in rows])

    said = [came if test["jws"].split(".")[0] in headers else "wrong" for came, (_, test) in zip(said, rows, strict=True)]
    check([test for _, test in rows], said, [expected_of(test) for _, test in rows])


@pytest.mark.parametrize("algorithm, comment, word", [
    ("ES256", "invalid_point", "damaged"), ("RS256", "keysize_too_small", "shorter"), ("RS256", "exponentOne", "exponent"),
])
def test_a_key_that_the_vectors_call_unusable_is_refused(ask, algorithm, comment, word):
    rows = [(group, test) for group, test in vectors("json_web_key") if group["comment"] == comment]

    said = ask(algorithm, [(pem_of(key_of(group)), test["jws"]) for group, test in rows])

    assert [came for came in said if not came.startswith("key: ") or word not in came] == []
