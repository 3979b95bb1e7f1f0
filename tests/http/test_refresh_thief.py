"""Several who hold one grant, its owner and a thief, are found (protocol section 19.7)."""

import itertools
import random

import pytest
from conftest import bearer, register, running, sign_in

pytestmark = pytest.mark.only_nginx("is about the rules")

RUN = 3     # refresh_run


@pytest.fixture(scope="module")
def server():
    """Every moment is outside the window."""
    with running("plain", refresh_window=0, refresh_run=RUN) as server:
        yield server


def refresh(client, token):
    return client.post("/token", data={"grant_type": "refresh_token", "refresh_token": token})


def is_signed_in(client, access_token):
    return client.get("/users/me/", headers=bearer(access_token)).status_code == 200


class Stolen:
    """A grant whose first refresh token several hold; each goes on with what it is given."""

    def __init__(self, client, user):
        answer = sign_in(client, user).json()
        self.client = client
        self.line = [answer["refresh_token"]]       # each the successor of the one before
        self.held = {}
        self.access_tokens = [answer["access_token"]]
        self.is_found = False

    def use(self, holder):
        """Shows what a holder has; it must be let in or found out as the line has it."""
        shown = self.held.get(holder, self.line[0])
        is_first = shown == self.line[-1]
        is_behind = not is_first and shown == self.line[-2]
        rotations = len(self.line) - 1
        # Where one rotates and no other shows up, all others are two behind from the next rotation on.
        may_pass = not self.is_found and (is_first or is_behind and rotations < RUN)

        answer = refresh(self.client, shown)

        assert answer.status_code == (200 if may_pass else 400), (shown, self.line)
        if not may_pass:
            assert (answer.json()["error"], answer.json()["detail"]) == ("invalid_grant", "Invalid refresh token")
            self.is_found = True
            return
        self.held[holder] = answer.json()["refresh_token"]
        self.access_tokens.append(answer.json()["access_token"])
        if is_first:
            self.line.append(self.held[holder])
        assert self.held[holder] == self.line[-1], "a token has two successors"

    def is_closed(self):
        return not any(is_signed_in(self.client, token) for token in self.access_tokens) and all(
            refresh(self.client, token).status_code == 400 for token in self.line)


def play(client, user, words):
    """Lets the holders come in the order of each word; the user's other grant must outlive all that."""
    register(client, user)
    other = sign_in(client, user).json()
    found = 0
    for word in words:
        stolen = Stolen(client, user)
        for holder in word:
            stolen.use(holder)
        assert stolen.is_closed() == stolen.is_found
        found += stolen.is_found
    assert is_signed_in(client, other["access_token"])
    assert refresh(client, other["refresh_token"]).status_code == 200
    return found


def test_19_7_two_holders_are_found_in_every_order_in_which_they_come(client, new_name):
    words = ["A" + "".join(rest) for rest in itertools.product("AB", repeat=5)]

    found = play(client, new_name(), words)

    # The one who never comes back harms nobody.
    assert found >= len(words) / 2


def test_19_7_holders_are_found_whoever_they_are(client, new_name):
    words = [random.choices("ABCD"[:random.randint(2, 4)], k=30) for _ in range(10)]

    found = play(client, new_name(), words)

    assert found == len(words)
