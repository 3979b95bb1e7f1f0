"""A change of keys while requests come in: nobody is refused what is theirs, nothing is started anew (protocol 4.4, 38.2)."""

import collections
import contextlib
import random
import threading

import clock
import jws
import jwt
import pytest
from conftest import bearer, eventually, register, sign_in
from test_verify import verify

pytestmark = pytest.mark.only_nginx("is about keys")

TTL = 4             # of an access token, in seconds
WAITING = "4s"      # from the publication of a key to its first token: several times what a verifier keeps the keys for


class Verifier(jwt.PyJWKClient):
    """A program that checks tokens, and keeps the published keys for a second."""

    def __init__(self, server):
        super().__init__(f"http://127.0.0.1:{server.port}/.well-known/jwks.json", lifespan=1)
        self.surprises = []     # ids of keys that it had to ask for out of turn

    def get_signing_keys(self, refresh=False):
        if refresh:
            self.surprises.append(clock.now())
        return super().get_signing_keys(refresh)

    def check(self, token):
        key = self.get_signing_key_from_jwt(token)
        jwt.decode(token, key.key, algorithms=["ES256", "RS256", "EdDSA"], audience="bearward", leeway=1)


class Load:
    """Programs that get tokens, use them, and let others check them, some two hundred requests a second together."""

    def __init__(self, server):
        self.server = server
        self.verifier = Verifier(server)
        self.tokens = collections.deque(maxlen=300)
        self.failures = []
        self.done = collections.Counter()
        self.is_over = threading.Event()

    def published(self):
        """The ids of the keys that a program sees which asks for the first time."""
        return {key.key_id for key in jwt.PyJWKClient(self.verifier.uri).get_signing_keys()}

    def newest(self):
        return jws.parts(self.tokens[-1])[0]

    def issue(self, client):
        if not hasattr(self, "refresh_token"):
            self.refresh_token = sign_in(client, "alice").json()["refresh_token"]
        answer = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": self.refresh_token})
        if answer.status_code != 200:
            self.failures.append(answer.text)
        self.tokens.append(answer.json()["access_token"])

    def use(self, client):
        token = random.choice(self.tokens)
        answer = client.get("/users/me/", headers=bearer(token))
        if answer.status_code != 200 and jws.parts(token)[1]["exp"] > clock.now() + 1:
            self.failures.append((answer.text, jws.parts(token)))

    def check(self, client):
        token = self.tokens[-1]
        try:
            self.verifier.check(token)
        except jwt.ExpiredSignatureError:       # on its way to the verifier, where the machine stands still for so long
            assert jws.parts(token)[1]["exp"] <= clock.now()

    def run(self, step):
        with self.server.client() as client:
            while not self.is_over.wait(0.01):
                try:
                    step(client)
                except Exception as error:      # whatever a client or a verifier says
                    self.failures.append((step.__name__, repr(error)))
                self.done[step.__name__] += 1

    @contextlib.contextmanager
    def running(self):
        with self.server.client() as client:
            self.issue(client)
        threads = [threading.Thread(target=self.run, args=(step,)) for step in (self.issue, self.use, self.use, self.check)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()


@pytest.mark.core
@pytest.mark.once("goes by the clock")
def test_38_2_a_rotation_refuses_nobody_and_starts_nothing_anew(start_plain_server):
    server = start_plain_server(dialect="rfc", access_token_ttl=TTL, refresh_tokens="yes")
    with server.client() as client:
        register(client, "alice")
    before = server.responder_pids()
    load = Load(server)
    with load.running():
        for alg in ("ES256", "EdDSA"):
            former, published = load.newest()["kid"], load.published()
            assert server.command("key", "rotate", "--alg", alg, "--after", WAITING).returncode == 0
            assert published < load.published()
            # The next one signs, and the last token of the former one ends.
            assert eventually(lambda: load.newest()["kid"] != former)
            last = clock.now() + TTL
            assert eventually(lambda: clock.now() > last)
            assert load.newest()["alg"] == alg
        assert eventually(lambda: all(load.done[step] > 100 for step in ("issue", "use", "check")))

    assert load.failures == []
    assert load.verifier.surprises == []
    assert server.responder_pids() == before


@pytest.mark.core
def test_38_2_once_the_key_that_signs_is_removed_the_next_answer_of_every_pool_is_right(start_plain_server):
    server = start_plain_server(dialect="rfc", metrics="yes", restricted_scopes="introspect metrics")
    with server.client() as client:
        register(client, "alice")
        assert server.command("user", "scope", "alice", "introspect", "metrics").returncode == 0
        older = sign_in(client, "alice", scope="introspect metrics").json()["access_token"]
        assert server.command("key", "new").returncode == 0
        newer = sign_in(client, "alice", scope="introspect metrics").json()["access_token"]
        asked = {
            "me": lambda token: client.get("/users/me/", headers=bearer(token)).status_code,
            "account": lambda token: client.get("/users/me/sessions", headers=bearer(token)).status_code,
            "oauth": lambda token: client.post("/introspect", headers=bearer(token), data={"token": token}).status_code,
            "verify": lambda token: verify(server, token).status_code,
        }
        for pool, ask in asked.items():
            assert (ask(older), ask(newer)) == (200, 200), pool

        assert server.command("key", "remove", jws.parts(newer)[0]["kid"]).returncode == 0

        for pool, ask in asked.items():
            assert (ask(newer), ask(older)) == (401, 200), pool
        assert [key["kid"] for key in client.get("/.well-known/jwks.json").json()["keys"]] == [jws.parts(older)[0]["kid"]]
        assert jws.parts(sign_in(client, "alice").json()["access_token"])[0] == jws.parts(older)[0]
