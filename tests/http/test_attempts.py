"""Guessing costs, and costs nobody else (protocol sections 3.11, 5.4, 36)."""

import asyncio
import collections
import concurrent.futures
import json
import os
import re
import time
import urllib.parse

import clock
import expect
import httpx
import pytest
from conftest import PASSWORD, register, sign_in, slot_taken

pytestmark = pytest.mark.once("is about numbers, and sanitizers see the same code in tests/unit")

SLOW = 10000        # seconds until another attempt: longer than any test runs
DEFAULTS = {"account_source": (5, 60), "source": (30, 10), "strangers": (20, 45), "known": (10, 180),
            "registrations": (10, 60)}


def counting(**at_once):
    """Settings that count attempts, and give none back while a test runs."""
    sizes = {name: at_once.get(name, default) for name, (default, _) in DEFAULTS.items()}
    return {"attempts": "yes", **{f"attempts_{name}": f"{size} {SLOW}" for name, size in sizes.items()}}


def client_at(server, address):
    """A client with an address of its own: all of 127.0.0.0/8 is this host."""
    return server.client(transport=httpx.HTTPTransport(
        local_address=address, verify=False, limits=httpx.Limits(max_keepalive_connections=0)))


def addresses(network, count):
    return [f"127.{network}.{number >> 8}.{number & 255}" for number in range(1, count + 1)]


def guess(server, address, name, count=1, password="wrong password"):
    """The statuses of some guesses from an address, one after the other."""
    with client_at(server, address) as client:
        return [sign_in(client, name, password).status_code for _ in range(count)]


def refused(response, at_most=900):
    expect.oauth_error(response, 429, "temporarily_unavailable", "Too many attempts")
    assert 1 <= int(response.headers["retry-after"]) <= at_most
    return response


@pytest.mark.core
def test_36_2_one_source_has_5_guesses_at_an_account(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")
        statuses = [sign_in(client, "alice", "wrong password").status_code for _ in range(8)]

        assert statuses == [401] * 5 + [429] * 3
        # The right password is not looked at any more.
        refused(sign_in(client, "alice"))


def test_36_2_one_source_has_30_guesses_at_all_names(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")
        statuses = [sign_in(client, f"nobody{number}").status_code for number in range(40)]

        assert statuses == [401] * 30 + [429] * 10
        refused(sign_in(client, "alice"))


def test_36_2_all_strangers_together_have_20_guesses_at_an_account(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")

    statuses = [guess(server, address, "alice")[0] for address in addresses(1, 25)]

    assert statuses == [401] * 20 + [429] * 5


def test_36_2_a_source_has_10_registrations(start_server):
    server = start_server(**counting())
    with client_at(server, "127.2.0.1") as client:
        statuses = [register(client, f"user{number}").status_code for number in range(12)]
        response = register(client, "another")

    assert statuses == [200] * 10 + [429] * 2
    expect.detail(response, 429, "Too many attempts")
    assert 1 <= int(response.headers["retry-after"]) <= 900
    with client_at(server, "127.2.0.2") as client:
        assert register(client, "another").status_code == 200


def test_36_2_asking_whether_names_are_taken_counts_as_registering(start_server):
    server = start_server(**counting())
    with server.client() as client:
        assert register(client, "alice").status_code == 200
        assert [register(client, "Alice").status_code for _ in range(9)] == [409] * 9
        assert register(client, "alice").status_code == 429


def test_36_2_a_mistake_in_a_registration_does_not_count(start_server):
    server = start_server(**counting())
    with server.client() as client:
        assert [register(client, "alice", "short").status_code for _ in range(15)] == [422] * 15
        assert register(client, "alice").status_code == 200


def test_36_2_a_registration_that_found_no_hash_counts_as_it_told_that_the_name_is_free(start_server):
    server = start_server(hash_slots=1, hash_wait=1, **counting(registrations=2))
    with server.client() as client, slot_taken(server):
        statuses = [register(client, name).status_code for name in ("bob", "carol", "dave", "bob")]

    assert statuses == [503, 503, 429, 429]


def test_5_4_who_may_create_users_is_not_counted(start_server):
    server = start_server(registration="bearer", **counting())
    assert server.command("user", "add", "app", stdin=PASSWORD).returncode == 0
    assert server.command("user", "scope", "app", "users:create").returncode == 0
    with server.client() as client:
        token = sign_in(client, "app", scope="users:create").json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"

        assert [register(client, f"user{number}").status_code for number in range(15)] == [200] * 15


def test_36_1_a_right_password_costs_nothing(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")

        assert [sign_in(client, "alice").status_code for _ in range(40)] == [200] * 40


def test_36_1_a_right_password_gives_back_no_guess_but_its_own(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")
        statuses = []
        for _ in range(6):
            statuses += [sign_in(client, "alice", password).status_code for password in (PASSWORD, "wrong password")]

    assert statuses == [200, 401] * 5 + [429, 429]


@pytest.mark.core
def test_36_1_parallel_guesses_get_no_more_than_there_are(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        answers = pool.map(lambda address: guess(server, address, "alice", 2), addresses(3, 64))
        statuses = collections.Counter(status for answer in answers for status in answer)

    assert statuses == {401: 20, 429: 108}


def test_36_3_strangers_use_up_the_strangers_share_only(start_server):
    server = start_server(**counting())
    with client_at(server, "127.4.0.1") as owner:
        register(owner, "alice")
        assert sign_in(owner, "alice").status_code == 200

        assert {guess(server, address, "alice")[0] for address in addresses(5, 25)} == {401, 429}

        assert [sign_in(owner, "alice").status_code for _ in range(20)] == [200] * 20
    with client_at(server, "127.4.0.2") as elsewhere:
        refused(sign_in(elsewhere, "alice"))


def test_36_3_known_sources_have_10_guesses_together(start_server):
    server = start_server(**counting())
    known = addresses(6, 4)
    for address in known:
        with client_at(server, address) as client:
            register(client, "alice")
            assert sign_in(client, "alice").status_code == 200

    statuses = [status for address in known for status in guess(server, address, "alice", 3)]

    assert statuses == [401] * 10 + [429] * 2


def known_networks(server):
    return [network for network, in server.query("SELECT network FROM known_networks ORDER BY at, network")]


def test_36_3_the_latest_8_networks_are_known(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")
    for address in addresses(7, 10):
        with client_at(server, address) as client:
            assert sign_in(client, "alice").status_code == 200

    assert len(known_networks(server)) == 8
    assert "127.7.0.10" in known_networks(server)


def known_since(server):
    return server.query("SELECT at FROM known_networks")


def test_36_3_a_network_is_known_for_90_days(start_server):
    server = start_server(**counting(strangers=1))
    with client_at(server, "127.8.0.1") as client:
        register(client, "alice")
        assert sign_in(client, "alice").status_code == 200
        guess(server, "127.8.0.2", "alice")

        server.query("UPDATE known_networks SET at = at - 89 * 86400")
        assert sign_in(client, "alice").status_code == 200
        server.query("UPDATE known_networks SET at = at - 90 * 86400")
        refused(sign_in(client, "alice"))


def test_36_3_a_known_network_is_written_once_a_day(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")
        assert sign_in(client, "alice").status_code == 200
        for seconds, is_written in ((1000, False), (86400, True)):
            server.query(f"UPDATE known_networks SET at = {clock.now() - seconds}")
            before = known_since(server)

            assert sign_in(client, "alice").status_code == 200

            assert (known_since(server) != before) is is_written


def test_36_3_whoever_is_deleted_takes_the_networks_along(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")
        sign_in(client, "alice")
        assert known_networks(server)

        assert server.command("user", "delete", "alice").returncode == 0

    assert not known_networks(server)


@pytest.mark.parametrize("name", ["nobody", "no body", "NOBODY", "\u202enobody", "x" * 300], ids=ascii)
def test_36_4_names_that_nobody_has_are_counted_alike(start_server, name):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")

        for typed in ("alice", name):
            answers = [sign_in(client, typed, "wrong password") for _ in range(6)]
            assert [answer.status_code for answer in answers] == [401] * 5 + [429]
            assert refused(answers[-1]).headers["retry-after"] == "900"


def test_36_4_spellings_of_a_name_are_one_account(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")
        names = ["alice", "Alice", "ALICE", "\uff41lice", "aLice"]

        assert [sign_in(client, name, "wrong password").status_code for name in names] == [401] * 5
        refused(sign_in(client, "alice"))


def test_36_4_whoever_is_refused_waits_for_no_hash(start_server):
    server = start_server(hash_slots=1, **counting())
    with server.client() as client:
        register(client, "alice")
        guess(server, "127.0.0.1", "alice", 5)

        with slot_taken(server):
            refused(sign_in(client, "alice"))


def test_36_4_retry_after_is_the_time_to_the_next_attempt(start_server):
    server = start_server(**{**counting(), "attempts_account_source": "2 500"})
    with server.client() as client:
        register(client, "alice")
        begin = time.monotonic()
        guess(server, "127.0.0.1", "alice", 2)
        response = refused(sign_in(client, "alice"))
        passed = time.monotonic() - begin

    assert 500 - passed - 1 <= int(response.headers["retry-after"]) <= 500


def test_36_5_a_restart_of_the_service_forgives_nothing(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")
    assert guess(server, "127.0.0.1", "alice", 5) == [401] * 5

    server.stop()
    server.start()

    assert guess(server, "127.0.0.1", "alice", 2) == [429] * 2


@pytest.mark.sqlite("is about its file")
def test_36_5_a_file_that_is_cut_short_ends_no_process_and_counts_again(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")
    assert guess(server, "127.0.0.1", "alice", 6) == [401] * 5 + [429]

    os.truncate(server.state / "attempts", 0)

    assert guess(server, "127.0.0.1", "alice", 6) == [401] * 5 + [429]
    with client_at(server, "127.0.0.1") as client:
        assert register(client, "bob").status_code == 200
    assert "attempts are forgiven, because their file was cut short" in server.log()


@pytest.mark.sqlite("is about its file")
def test_36_5_no_number_of_names_makes_the_file_grow(start_server):
    server = start_server(**counting(source=10000), attempts_memory=64)
    file = server.state / "attempts"
    with server.client() as client:
        register(client, "alice")
        before = file.stat()
        for number in range(300):
            assert sign_in(client, f"nobody{number}").status_code == 401
        after = file.stat()

    assert (after.st_size, after.st_blocks) == (before.st_size, before.st_blocks)
    assert after.st_mode & 0o777 == 0o600


def test_36_attempts_no_counts_nothing(start_server):
    server = start_server(attempts="no")
    with server.client() as client:
        register(client, "alice")

        assert guess(server, "127.0.0.1", "alice", 40) == [401] * 40
        assert sign_in(client, "alice").status_code == 200
    assert not (server.state / "attempts").exists()


def budget(name, seconds):
    at_once, interval = DEFAULTS[name]
    return range(at_once, at_once + int(seconds / interval) + 2)


@pytest.mark.slow
@pytest.mark.once("counts, and the others have each refusal")
def test_36_2_1000_guesses_get_what_the_defaults_allow_and_the_owner_signs_in(start_server):
    server = start_server(attempts="yes")
    with client_at(server, "127.9.0.1") as owner, concurrent.futures.ThreadPoolExecutor(16) as pool:
        register(owner, "alice")
        assert sign_in(owner, "alice").status_code == 200
        begin = time.monotonic()

        def attack(guesses):
            """How many of some guesses were let through, and the seconds since the first attack began; the owner
            signs in meanwhile."""
            asked = [pool.submit(guess, server, address, name) for address, name in guesses]
            while not all(future.done() for future in asked):
                assert sign_in(owner, "alice").status_code == 200
            statuses = collections.Counter(future.result()[0] for future in asked)
            assert statuses.keys() == {401, 429}, statuses
            return statuses[401], time.monotonic() - begin

        passed, seconds = attack([("127.9.1.1", "alice")] * 1000)
        assert passed in budget("account_source", seconds)
        passed, seconds = attack([("127.9.1.2", f"name{number}") for number in range(1000)])
        assert passed in budget("source", seconds)
        # Those of the first attack were strangers' as well.
        passed, seconds = attack([(address, "alice") for address in addresses(10, 1000)])
        assert passed + 5 in budget("strangers", seconds)


# ---- the command

@pytest.fixture
def attacked(start_plain_server):
    """Alice's budgets are used up, from an address that is known to her and from elsewhere; bob's are not."""
    server = start_plain_server(**counting())
    for name in ("alice", "bob"):
        with client_at(server, "127.11.0.1") as client:
            register(client, name)
            assert sign_in(client, name).status_code == 200
    assert guess(server, "127.11.0.1", "alice", 6) == [401] * 5 + [429]
    for address in addresses(12, 20):
        assert guess(server, address, "alice") == [401]
    return server


def may_try(server, address, name="alice"):
    with client_at(server, address) as client:
        return sign_in(client, name).status_code == 200


def test_attempts_list_shows_the_accounts_that_were_guessed_at(attacked):
    listed = attacked.command("attempts", "list", "--columns")
    rows = attacked.command("attempts", "list", "--json")

    assert listed.returncode == 0
    assert [re.split("  +", line)[:4] for line in listed.stdout.splitlines()[:-2]] == [
        ["NAME", "BUDGET", "USED", "OF"], ["alice", "strangers", "20", "20"], ["alice", "known networks", "5", "10"]]
    assert listed.stdout.splitlines()[-1] == (
        "networks that failed to sign in: 21; names they tried: 2; networks that registered: 1; "
        "names links were asked for: 0")
    strangers, known, counts = map(json.loads, rows.stdout.splitlines())
    assert strangers == {"username": "alice", "budget": "strangers", "taken": 20, "at_once": 20,
                         "wait": strangers["wait"]}
    assert SLOW - 100 < strangers["wait"] <= SLOW
    assert known == {"username": "alice", "budget": "known networks", "taken": 5, "at_once": 10, "wait": 0}
    assert counts == {"networks": 21, "names": 2, "registering_networks": 1, "names_with_links": 0}


def test_attempts_clear_name_forgives_what_was_failed_at_it(attacked):
    assert not may_try(attacked, "127.11.0.1") and not may_try(attacked, "127.13.0.1")

    cleared = attacked.command("attempts", "clear", "Alice")

    assert (cleared.returncode, cleared.stdout) == (0, "alice: failed attempts are forgiven\n")
    assert may_try(attacked, "127.11.0.1") and may_try(attacked, "127.13.0.1")


def test_attempts_clear_network_forgives_what_failed_from_there(start_plain_server):
    server = start_plain_server(**counting(source=2))
    with client_at(server, "127.14.0.1") as client:
        register(client, "alice")
    for name in ("x", "y"):
        guess(server, "127.14.0.1", name)
    assert not may_try(server, "127.14.0.1") and may_try(server, "127.14.0.2")

    cleared = server.command("attempts", "clear", "--network", "127.14.0.1")

    assert (cleared.returncode, cleared.stdout) == (0, "127.14.0.1: failed attempts are forgiven\n")
    assert may_try(server, "127.14.0.1")


def test_attempts_clear_name_and_network_forgives_that_network_at_that_name(start_plain_server):
    server = start_plain_server(**counting())
    with server.client() as client:
        register(client, "alice")
    guess(server, "127.15.0.1", "alice", 5)
    assert not may_try(server, "127.15.0.1")

    assert server.command("attempts", "clear", "alice", "--network", "127.15.0.1").returncode == 0

    assert may_try(server, "127.15.0.1")


def test_attempts_clear_forgives_all(attacked):
    cleared = attacked.command("attempts", "clear")

    assert (cleared.returncode, cleared.stdout) == (0, "all failed attempts are forgiven\n")
    assert may_try(attacked, "127.11.0.1") and may_try(attacked, "127.13.0.1")
    assert attacked.command("attempts", "list", "--json").stdout == (
        '{"networks":0,"names":0,"registering_networks":0,"names_with_links":0}\n')


def test_attempts_refuses_what_makes_no_sense(start_plain_server):
    server = start_plain_server(**counting())

    unknown = server.command("attempts", "clear", "nobody")
    wrong = server.command("attempts", "clear", "--network", "everywhere")
    server.write_settings(attempts="no")
    off = server.command("attempts", "list")

    assert (unknown.returncode, unknown.stderr) == (
        1, 'bearward: there is no user "nobody"; see `bearward user list`\n')
    assert (wrong.returncode, wrong.stderr) == (1, 'bearward: "everywhere" is not an IPv4 or IPv6 address\n')
    assert (off.returncode, off.stderr) == (1, "bearward: attempts are not counted; the setting is attempts = no\n")


# ---- fairness

CONNECTIONS = 400


def login(name):
    body = urllib.parse.urlencode({"username": name, "password": PASSWORD}).encode()
    return (b"POST /token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body)) + body


async def keep_asking(server, address, request, answered, is_over):
    """One connection after the other from an address, each with the same request, until it is over."""
    while not is_over():
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, local_addr=(address, 0))
        try:
            writer.write(request)
            answer = await reader.read()
            answered[int(answer.split(b" ", 2)[1])] += 1
        finally:
            writer.close()


async def attack_while(server, address, names, work):
    """Does the work in a thread while 400 connections sign in with the right passwords; their statuses."""
    answered = collections.Counter()
    working = None

    def is_over():
        return working is not None and working.done()

    asking = [asyncio.create_task(keep_asking(server, address, login(names[number % len(names)]), answered, is_over))
              for number in range(CONNECTIONS)]
    # Once many have been refused, all that may wait do.
    while answered[429] < CONNECTIONS:
        await asyncio.sleep(0.01)
    working = asyncio.ensure_future(asyncio.to_thread(work))
    await asyncio.gather(working, *asking)
    return answered


@pytest.mark.slow
def test_13_who_opens_400_connections_keeps_nobody_else_from_signing_in(start_plain_server):
    server = start_plain_server(attempts="yes", attempts_registrations="100 1", scrypt_log2_n=13, scrypt_r=8,
                                scrypt_p=1)
    attackers = [f"attacker{number}" for number in range(20)]
    with client_at(server, "127.20.0.1") as victim:
        for name in ("victim", *attackers):
            assert register(victim, name).status_code == 200
        logins = []

        answered = asyncio.run(attack_while(
            server, "127.20.0.2", attackers,
            lambda: logins.extend(sign_in(victim, "victim").status_code for _ in range(20))))

    assert logins == [200] * 20
    assert answered.keys() <= {200, 429, 503}, answered
