"""Guessing costs the same however many hosts are asked (protocol sections 15.2, 36, on PostgreSQL)."""

import concurrent.futures
import contextlib
import itertools
import json

import postgresql
import pytest
from conftest import PASSWORD, register, sign_in
from server import Server, eventually
from test_attempts import client_at, guess, refused
from two_hosts import SIZES, running_hosts

pytestmark = pytest.mark.once("is about one database that several servers use")


@pytest.fixture(scope="module")
def hosts():
    with running_hosts() as hosts:
        yield hosts


def alternate(hosts, count, ask):
    """What the hosts say, one after the other."""
    return [ask(host) for host, _ in zip(itertools.cycle(hosts), range(count))]


def test_36_2_guesses_at_an_account_from_a_source_count_at_all_hosts_together(hosts):
    for name in (hosts.new_user("alice"), "nobody"):
        address = hosts.new_address()

        statuses = alternate(hosts, 8, lambda host: guess(host, address, name)[0])

        assert statuses == [401] * 5 + [429] * 3
        for host in hosts:
            with client_at(host, address) as client:
                refused(sign_in(client, name))
                # Another name is as good as new.
                assert sign_in(client, "somebody", "wrong password").status_code == 401


def test_15_2_guesses_at_one_moment_at_two_hosts_are_no_more_than_the_budget_holds(hosts):
    name = hosts.new_user("bob")
    addresses = [hosts.new_address() for _ in range(32)]
    before = hosts.taken()

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda host, address: guess(host, address, name)[0], itertools.cycle(hosts), addresses))

    assert sorted(statuses) == [401] * 12 + [429] * 20
    # Whoever was refused was charged for nothing: neither the network, nor the account from there. The audit was told once.
    assert hosts.taken() - before == {1: 12, 2: 12, 3: 1, 8: 1}


def test_36_1_a_right_password_at_one_host_costs_nothing_at_another(hosts):
    name = hosts.new_user("carol")
    address = hosts.new_address()

    def ask(host):
        with client_at(host, address) as client:
            return sign_in(client, name).status_code

    assert alternate(hosts, 40, ask) == [200] * 40


def test_36_3_a_network_that_one_host_has_seen_is_known_to_all(hosts):
    name = hosts.new_user("dave")
    home = hosts.new_address()
    with client_at(hosts.first, home) as client:
        assert sign_in(client, name).status_code == 200
    strangers = [guess(hosts.second, hosts.new_address(), name)[0] for _ in range(14)]

    assert strangers == [401] * 12 + [429] * 2
    with client_at(hosts.second, home) as client:
        assert sign_in(client, name).status_code == 200
    assert alternate(hosts, 4, lambda host: guess(host, home, name)[0]) == [401] * 3 + [429]


def test_36_2_registrations_from_a_source_count_at_all_hosts_together(hosts):
    address = hosts.new_address()
    names = itertools.count(1)

    def ask(host):
        with client_at(host, address) as client:
            return register(client, f"new{next(names)}").status_code

    assert alternate(hosts, 6, ask) == [200] * 4 + [429] * 2


def test_36_5_a_restart_of_a_host_forgives_nothing_and_the_command_of_any_host_does(hosts):
    name = hosts.new_user("erin")
    address = hosts.new_address()
    assert alternate(hosts, 6, lambda host: guess(host, address, name)[0]) == [401] * 5 + [429]

    hosts.first.stop()
    hosts.first.start()
    assert guess(hosts.first, address, name) == [429]
    listed = hosts.second.command("attempts", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    [row] = [row for row in map(json.loads, listed.stdout.splitlines()) if row.get("username") == name]
    assert (row["budget"], row["taken"], row["at_once"]) == ("strangers", 5, 12)

    assert hosts.second.command("attempts", "clear", name, "--network", address).returncode == 0
    assert alternate(hosts, 6, lambda host: guess(host, address, name)[0]) == [401] * 5 + [429]
    assert hosts.first.command("attempts", "clear").returncode == 0
    assert hosts.query("SELECT count(*) FROM attempts") == [(0,)]
    assert guess(hosts.second, address, name) == [401]


def test_36_2_sign_ins_of_different_users_wait_for_one_another_nowhere(hosts):
    other, name = hosts.new_user("frank"), hosts.new_user("grace")
    assert guess(hosts.first, hosts.new_address(), other) == [401]
    with contextlib.closing(hosts.first.cluster.connect(hosts.first.made_database)) as connection, connection.cursor() as cursor:
        # As a sign-in of the other does, for as long as this test likes.
        cursor.execute("BEGIN")
        cursor.execute("SELECT count(*) FROM (SELECT FROM attempts FOR UPDATE) AS locked")
        assert cursor.fetchone()[0] >= 3

        for host in hosts:
            with client_at(host, hosts.new_address()) as client:
                assert sign_in(client, name, "wrong password").status_code == 401
                assert sign_in(client, name).status_code == 200


def test_15_2_where_attempts_cannot_be_counted_nobody_gets_in_and_nothing_is_forgiven():
    # For a cluster of its own that has nothing to do with the hosts above.
    with postgresql.Cluster() as cluster:
        server = Server(cluster=cluster, engine="postgresql", **{**SIZES, "storage_wait": 1})
        with contextlib.ExitStack() as stack:
            stack.callback(server.remove)
            stack.callback(server.stop)
            server.start()
            with server.client() as client:
                register(client, "alice")
                assert sign_in(client, "alice").status_code == 200
                assert guess(server, "127.0.0.1", "alice", 2) == [401] * 2
                # To count does not wait for a standby, which may be away.
                cluster.set(synchronous_standby_names="away")
                assert guess(server, "127.0.0.2", "alice", 7) == [401] * 5 + [429] * 2
                cluster.set(synchronous_standby_names="")
                with contextlib.closing(cluster.connect(server.made_database)) as connection, connection.cursor() as cursor:
                    cursor.execute("BEGIN")
                    cursor.execute("LOCK TABLE attempts")
                    answers = [sign_in(client, "alice", password) for password in (PASSWORD, "wrong password", PASSWORD)]
                    assert [answer.status_code for answer in answers] == [503] * 3
                    assert server.command("attempts", "clear").returncode == 1
                # What was asked meanwhile may count, and connections are of use again once it is answered.
                statuses = []
                assert eventually(lambda: statuses.extend(guess(server, "127.0.0.1", "alice")) or statuses[-1] != 503)
                statuses = statuses[-1:] + guess(server, "127.0.0.1", "alice", 3)
                assert statuses in ([401] * taken + [429] * (4 - taken) for taken in range(4)), statuses
                cluster.query("TRUNCATE attempts", dbname=server.made_database)
                cluster.query("DELETE FROM attempts_key", dbname=server.made_database)
                assert sign_in(client, "alice").status_code == 503
