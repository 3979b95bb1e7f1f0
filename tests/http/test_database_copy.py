"""A copy of the database signs nobody in (protocol section 41.1)."""

import base64
import hashlib
import hmac
import itertools
import urllib.parse

import pytest
from conftest import bearer, register, running, sign_in
from test_signin import NAME, OURS, cookies_of, is_signed_in, post, with_cookie

pytestmark = pytest.mark.only_nginx("is about the database")


class Token:
    """A refresh token, and what is stored of it."""

    def __init__(self, answer):
        assert answer.status_code == 200, answer.text
        self.text, self.access_token = answer.json()["refresh_token"], answer.json()["access_token"]
        both = base64.urlsafe_b64decode(self.text.removeprefix("bwr_"))
        self.selector, self.secret = both[:16], both[16:]
        self.gid = hashlib.sha256(b"gid" + self.selector).digest()[:16]
        self.digest = hashlib.sha256(self.secret).digest()


def refresh(client, text):
    return client.post("/token", data={"grant_type": "refresh_token", "refresh_token": text})


class Copy:
    """What an intruder has of a server where much has happened; all tokens that it has ever given, in lines; and all cookies."""

    def __init__(self, server, client):
        self.lines = {}
        for user in ("alive", "found", "disabled"):
            register(client, user)
            for grant in (user, f"{user}, unused"):
                self.lines[grant] = [Token(sign_in(client, user))]
            for _ in range(5):
                self.lines[user].append(Token(refresh(client, self.lines[user][-1].text)))
        assert refresh(client, self.lines["found"][0].text).status_code == 400
        self.cookies = [cookies_of(post(client, user, **form))[NAME][0]
                        for user in ("alive", "alive", "found", "disabled") for form in ({}, {"remember": "yes"})]
        self.cookies.append(cookies_of(post(client, "alive", headers={**OURS, **with_cookie(self.cookies[0])}))[NAME][0])
        client.post("/signout", headers={**OURS, **with_cookie(self.cookies[1])}, data={"x": ""})
        # Each has been used.
        assert sum(is_signed_in(client, cookie) for cookie in self.cookies) == len(self.cookies) - 2
        assert server.command("user", "disable", "disabled").returncode == 0

        files = [path for path in server.state.rglob("*") if path.is_file() and path.parent.name != "keys"]
        if server.engine == "postgresql":
            files += server.cluster.files_of(server.made_database)
        self.data = b"".join(path.read_bytes() for path in files)
        self.rows = server.storage.content()
        self.stored = server.query("SELECT gid, previous, current FROM grants")
        self.sessions = {digest for digest, in server.query("SELECT digest FROM sessions")}
        assert (server.state / "seen").exists() and all(digest in self.data for digest in self.sessions)

    @property
    def tokens(self):
        return [token for line in self.lines.values() for token in line]


@pytest.fixture(scope="module")
def server():
    """Every refresh rotates."""
    with running("plain", refresh_window=0) as server:
        yield server


@pytest.fixture(scope="module")
def copy(server):
    with server.client() as client:
        return Copy(server, client)


def spellings(secret):
    """Bytes as they are, and in hexadecimal and base64, also in the midst of others."""
    found = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    for before in range(3):
        text = base64.b64encode(bytes(before) + secret)
        inner = text[(4 * before + 2) // 3:][:len(secret) * 4 // 3 - 2]
        found += [inner, inner.translate(bytes.maketrans(b"+/", b"-_"))]
    return found


def holds(data, secret):
    return any(spelling in data for spelling in spellings(secret))


def test_41_1_no_byte_of_a_copy_is_of_a_secret(copy):
    for token in copy.tokens:
        signature = base64.urlsafe_b64decode(token.access_token.rpartition(".")[2] + "=")
        for secret, text in ((token.selector, token.text), (token.secret, token.text), (signature, token.access_token)):
            assert not holds(copy.data, secret)
            for planted in (b"..." + secret, secret.hex().encode(), text.encode()):
                assert holds(planted, secret), "it would not be found"

    for cookie in copy.cookies:
        secret = base64.urlsafe_b64decode(cookie + "=")
        for half in (secret, secret[:16], secret[16:], cookie.encode()):
            assert not holds(copy.data, half)
        assert holds(b"..." + cookie.encode(), secret), "it would not be found"

    # What the digests and ids are of is known, and is not there: so nothing is there that has one of them.
    digests = {digest for _, *digests in copy.stored for digest in digests} - {bytes(32)}
    assert digests <= {token.digest for token in copy.tokens}
    assert {gid for gid, *_ in copy.stored} == {token.gid for token in copy.tokens}
    assert copy.sessions and copy.sessions < {hashlib.sha256(cookie.encode()).digest() for cookie in copy.cookies}


def test_41_1_nothing_that_is_made_of_a_copy_is_let_in(client, copy):
    values = {value for rows in copy.rows.values() for row in rows for value in row}
    texts = {value for value in values if isinstance(value, str) and value and value.isascii() and value.isprintable()}
    blobs = {value for value in values if isinstance(value, bytes)}
    ids, digests = ({blob for blob in blobs if len(blob) == size} for size in (16, 32))
    assert {gid for gid, *_ in copy.stored} <= ids and copy.lines["alive"][-1].digest in digests

    # Whatever is there, or follows from it, in the form of a cookie.
    made = {value for blob in blobs for value in (blob, hashlib.sha256(blob).digest())} | {one + two for one in ids for two in ids}
    made |= {one + digest[16:] for one in ids for digest in digests}
    for secret in made:
        cookie = base64.urlsafe_b64encode(secret).decode().rstrip("=")
        assert hashlib.sha256(cookie.encode()).digest() not in copy.sessions
        assert len(secret) != 32 or secret not in blobs or not is_signed_in(client, cookie)
    for text in texts:
        assert not is_signed_in(client, urllib.parse.quote(text))
    assert is_signed_in(client, copy.cookies[2])

    # A secret and a salt make the next secret; nothing that is there may take the place of a secret.
    made = digests | {one + two for one in ids for two in ids} | {hashlib.sha256(blob).digest() for blob in blobs}
    made |= {hmac.digest(key, b"bearward refresh\0" + one + two, "sha256") for key in digests for one in ids for two in ids}
    assert not {hashlib.sha256(secret).digest() for secret in made} & digests

    def is_let_in(text):
        return 200 in {refresh(client, text).status_code, client.get("/users/me/", headers=bearer(text)).status_code}

    def token_of(selector, secret):
        return "bwr_" + base64.urlsafe_b64encode(selector + secret).decode()

    texts |= {spelling.decode() for blob in blobs for spelling in spellings(blob)[1:]}
    for text in texts:
        assert not is_let_in(text) and not is_let_in("bwr_" + text)
    for selector, secret in itertools.product(ids, digests):
        assert not is_let_in(token_of(selector, secret))
    # Nobody is disturbed by that. Where the selector were known, too, a wrong secret would end the grant.
    for grant, secret in zip(("alive", "alive, unused", "found, unused"), digests):
        newest = copy.lines[grant][-1]
        assert client.get("/users/me/", headers=bearer(newest.access_token)).status_code == 200
        assert not is_let_in(token_of(newest.selector, secret))
