"""What is good once is good once, and what has ended has ended, on all hosts together (protocol section 15, on PostgreSQL)."""

import re
import threading

import pytest
from conftest import PASSWORD, bearer, register, sign_in
from test_attempts import client_at
from two_hosts import running_hosts

pytestmark = pytest.mark.once("is about one database that several servers use")

ROUNDS = 8
URL = "https://people.example.org/auth"
NEW = "a new phrase, and a long one"


@pytest.fixture(scope="module")
def hosts():
    with running_hosts(public_url=URL) as hosts:
        yield hosts


def at_once(hosts, act, each=2):
    """What act(client, number) says to clients that ask at the same moment, so many of them at each host."""
    said = {}
    barrier = threading.Barrier(2 * each)

    def run(number):
        with client_at(hosts.both[number % 2], hosts.new_address()) as client:
            client.get("/health")
            barrier.wait()
            said[number] = act(client, number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2 * each)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [said[number] for number in range(2 * each)]


def test_15_2_a_name_is_given_once(hosts):
    for number in range(ROUNDS):
        answers = at_once(hosts, lambda client, _: register(client, f"name{number}"))

        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


def test_15_2_a_refresh_token_has_one_successor(hosts):
    name = hosts.new_user("alice")
    with client_at(hosts.first, hosts.new_address()) as client:
        token = sign_in(client, name).json()["refresh_token"]
    for _ in range(ROUNDS):
        answers = at_once(hosts, lambda client, _: client.post(
            "/token", data={"grant_type": "refresh_token", "refresh_token": token}))

        assert [answer.status_code for answer in answers] == [200] * 4
        [token] = {answer.json()["refresh_token"] for answer in answers}


def test_15_2_a_link_is_used_once(hosts):
    name = hosts.new_user("bob")
    for _ in range(ROUNDS):
        made = hosts.first.command("user", "link", name)
        [token] = re.findall(r"token=(\S+)", made.stdout)

        answers = at_once(hosts, lambda client, number: client.post(
            "/link", data={"token": token, "password": f"{NEW} {number}"},
            headers={"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}))

        statuses = sorted(answer.status_code for answer in answers)
        assert statuses[0] in (200, 303) and min(statuses[1:]) >= 400, statuses
        # The password is that of the one that was told so.
        [winner] = [number for number, answer in enumerate(answers) if answer.status_code == statuses[0]]
        with client_at(hosts.second, hosts.new_address()) as client:
            assert sign_in(client, name, f"{NEW} {winner}").status_code == 200


def test_15_3_what_was_given_before_everything_ended_is_refused_everywhere(hosts):
    name = hosts.new_user("carol")
    for _ in range(ROUNDS):
        given = []
        is_over = threading.Event()

        def act(client, number):
            if number == 0:
                while len(given) < 4:
                    is_over.wait(0.01)
                before = list(given)
                assert hosts.first.command("user", "sign-out", name).returncode == 0
                is_over.set()
                return before
            while not is_over.is_set():
                answer = sign_in(client, name)
                # Whose password was looked at before the end, and who comes too late, is refused as for a wrong one.
                assert answer.status_code in (200, 401)
                if answer.status_code == 200:
                    given.append(answer.json()["access_token"])

        before = at_once(hosts, act)[0]

        assert len(before) >= 4
        for host in hosts:
            with host.client() as client:
                for token in before:
                    assert client.get("/users/me/", headers=bearer(token)).status_code == 401


def test_15_2_of_changes_that_show_the_same_password_one_is_made(hosts):
    for number in range(ROUNDS):
        name = hosts.new_user(f"dave{number}")
        with client_at(hosts.first, hosts.new_address()) as client:
            token = sign_in(client, name).json()["access_token"]

        answers = at_once(hosts, lambda client, who: client.post(
            "/users/me/password", json={"current_password": PASSWORD, "new_password": f"{NEW} {who}"},
            headers=bearer(token)), each=1)

        done = [who for who, answer in enumerate(answers) if answer.status_code < 300]
        assert len(done) == 1, [answer.text for answer in answers]
        with client_at(hosts.second, hosts.new_address()) as client:
            assert sign_in(client, name, f"{NEW} {done[0]}").status_code == 200
