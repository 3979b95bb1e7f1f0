"""A refresh that is cut off anywhere by kill -9 and asked for again (protocol section 19.9)."""

import base64
import hashlib
import os

import pytest
from conftest import bearer, register, sign_in
from killed import kill_at, killable, needs_strace, some, steps  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.only_nginx("is about the responder"), pytest.mark.slow]

# How often a responder is killed; `make check-refresh` asks for more.
KILLS = int(os.environ.get("REFRESH_KILLS", 40))


class Client:
    """One who is signed in, knows the newest token, and whose grant can be looked at in the database."""

    def __init__(self, server, http):
        self.server, self.http = server, http
        assert register(http, "johndoe").status_code == 200
        answer = sign_in(http, "johndoe").json()
        self.line = [answer["refresh_token"]]       # each the successor of the one before

    def refresh(self, shown):
        return self.http.post("/token", data={"grant_type": "refresh_token", "refresh_token": shown})

    def learn(self, answer):
        """Takes what an answer says, if it is one: of each token, the same successor as before."""
        if answer.status_code != 200:
            assert answer.status_code == 502
            return
        given = answer.json()["refresh_token"]
        if given not in self.line:
            self.line.append(given)
        assert given == self.line[-1], "a token has two successors"
        token = answer.json()["access_token"]
        assert self.http.get("/users/me/", headers=bearer(token)).status_code == 200

    def age(self):
        """Puts the last rotation before the window."""
        self.ask("UPDATE grants SET rotated_at = rotated_at - 100")

    def state(self):
        return self.ask("SELECT generation, run, counted, revoked_at FROM grants")[0]

    def ask(self, sql):
        return self.server.query(sql)

    def is_whole(self):
        """Whether the database is, and has one line of successors, of which the newest is the client's."""
        digests = [digest_of(token) for token in self.line[-2:]]
        return (self.server.storage.is_whole()
                and self.ask("SELECT previous, current, revoked_at FROM grants") == [(*digests, 0)])


def digest_of(token):
    return hashlib.sha256(base64.urlsafe_b64decode(token.removeprefix("bwr_"))[16:]).digest()


@pytest.fixture
def service(needs_strace, start_plain_server):  # noqa: F811
    """A token process that can be killed, and a client of it."""
    with killable(start_plain_server(), "token") as (pool, server, http):
        yield pool, Client(server, http)


def rotate(client):
    client.age()
    client.learn(client.refresh(client.line[-1]))


def test_19_9_a_rotation_that_is_cut_off_anywhere_goes_on_when_it_is_asked_for_again(service):
    pool, client = service
    rotate(client)
    client.age()
    calls = steps(pool, lambda: client.learn(client.refresh(client.line[-1])))
    pool.start()
    assert {client.server.storage.call, "getrandom", "write"} <= {name for name, _ in calls}
    met = set()

    for call, number in some(calls, KILLS):
        shown, (generation, *_) = client.line[-1], client.state()
        client.age()
        answer = kill_at(pool, call, number, lambda: client.refresh(shown))
        met.add((answer.status_code, client.state()[0] - generation))
        client.learn(answer)
        client.learn(client.refresh(shown))
        assert client.line[-2] == shown
        assert client.is_whole(), (call, number)

    assert {(502, 0), (502, 1)} <= met, "cut off before the commit, and after it"
    assert client.state()[1:] == (0, 0, 0)
    assert client.refresh(client.line[-3]).status_code == client.refresh(client.line[-1]).status_code == 400


def test_19_9_a_generation_is_counted_once_wherever_its_counting_is_cut_off(service):
    pool, client = service

    def ask_late():
        return client.refresh(client.line[-2])

    rotate(client)
    rotate(client)
    client.age()
    calls = steps(pool, lambda: client.learn(ask_late()))
    pool.start()

    for call, number in some(calls, KILLS // 4):
        # The generation that was counted goes on with its run, and the next one, which is not, ends it.
        rotate(client)
        rotate(client)
        assert client.state()[1:] == (0, 0, 0)
        client.age()
        answer = kill_at(pool, call, number, ask_late)
        client.learn(answer)
        client.learn(ask_late())
        assert client.state()[1:] == (1, 1, 0)
        assert client.is_whole(), (call, number)
