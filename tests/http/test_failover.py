"""A primary with a synchronous standby, either of which goes away (protocol section 15): nothing acknowledged is lost."""

import contextlib
import os

import pytest
from conftest import bearer, eventually, register, sign_in
from load import CHANGES, CHECKS, Load
from network import make_host  # noqa: F401 (a fixture)
from postgresql import USER, Cluster

pytestmark = [pytest.mark.only_nginx("is about the database"), pytest.mark.slow, pytest.mark.once("is about the database")]

# How often a primary is killed; `make check-failover` asks for more.
FAILOVERS = int(os.environ.get("FAILOVERS", 1))

WAIT = 2                        # storage_wait, in seconds
WRITES = {"register", "sign in", "refresh"}


class Pair:
    """Two clusters, each in turn the primary; on hosts of their own, if any are given (network.py)."""

    def __init__(self, *hosts):
        self.primary = self.standby = None
        places = [{"address": host.address, "launcher": host.launcher} for host in hosts] or [{}, {}]
        self.primary = Cluster(**places[0]).start()
        self.primary.hba("host all all all trust", "local all all trust")
        self.primary.create("bearward")
        with over_socket(self.primary):
            self.standby = self.primary.standby("two", **places[1])
        self.names = {self.primary: "one", self.standby: "two"}
        # Both, in an order that does not change: a service is told once.
        tcp = {"tcp": True, "sslmode": "disable"} if hosts else {}
        self.uri = self.primary.uri("bearward", USER, self.standby, **tcp)

    def promote(self):
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary

    def complete(self):
        """The other one follows, and is waited for again."""
        with over_socket(self.primary):
            self.standby.follow(self.primary, self.names[self.standby])
        self.standby.start()
        self.wait_for_standby()

    def wait_for_standby(self):
        name = self.names[self.standby]
        self.primary.set(synchronous_standby_names=name)
        assert eventually(lambda: self.primary.is_followed_by(name)), self.primary.log() + self.standby.log()

    def query(self, text, *values):
        return self.primary.query(text, *values, dbname="bearward")

    def remove(self):
        for cluster in filter(None, (self.standby, self.primary)):
            cluster.remove()


@contextlib.contextmanager
def over_socket(cluster):
    """A standby that is made now follows through the file system, whatever becomes of cables."""
    address, cluster.address = cluster.address, None
    yield
    cluster.address = address


@pytest.fixture
def pair():
    pair = None
    try:
        pair = Pair()
        yield pair
    finally:
        if pair:
            pair.remove()


@pytest.fixture
def service(pair, start_plain_server):
    return start_plain_server(database=pair.uri, storage_wait=WAIT, refresh_window=0, log_level="debug")


def test_15_1_whoever_kills_the_primary_loses_nothing_that_was_acknowledged(pair, start_plain_server):
    # Time enough on a busy machine: whoever is refused was refused by a server that was gone, and not by one that is slow.
    service = start_plain_server(database=pair.uri, storage_wait=20, refresh_window=0, log_level="debug")
    with Load(service, people=8) as load:
        for _ in range(FAILOVERS):
            load.goes_on(CHANGES, times=2)
            pair.primary.kill()
            load.is_refused()
            pair.promote()
            load.refusals.clear()
            load.goes_on(CHANGES)
            # What was under way meanwhile may be in vain, and what comes next: not more than two attempts to connect.
            assert max(load.refusals.values(), default=0) <= 2, load.refusals
            pair.complete()
        load.goes_on(CHANGES)

    # Who was told that something is there finds it in the database itself, too.
    stored = {number: name for number, name in pair.query("SELECT id, username FROM users")}
    assert {number: account.name for number, account in load.ids.items() if account.is_there}.items() <= stored.items()
    print(f"\n{FAILOVERS} failovers, {sum(load.acknowledged().values())} acknowledged changes, {load.refused()} refusals")


@pytest.mark.thorough
def test_15_1_a_switchover_leaves_the_old_primary_as_a_standby(pair, service):
    with Load(service) as load:
        load.goes_on()
        pair.primary.stop()
        pair.promote()
        pair.complete()
        load.goes_on(CHANGES)


def test_15_6_without_its_standby_nothing_is_changed_and_everything_is_read(pair, service):
    # Of each process: one that reads, and `database_connections`.
    most = 3 * len(service.first_pids)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with service.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["access_token"]
        with Load(service, people=4) as load:
            load.goes_on()
            pair.standby.stop()
            load.is_refused()
            before, refused = load.acknowledged(WRITES), load.refused()
            # As long as it takes for each to be refused many times: what waits in vain does not pile up.
            assert eventually(lambda: load.complaints or load.refused() > refused + 40)
            assert pair.query(waiting)[0][0] > 0
            assert len(pair.primary.backends("bearward")) <= most
            assert client.get("/users/me/", headers=bearer(token)).status_code == 200
            # Whoever ends such a wait makes PostgreSQL say that it is done: on one disk.
            pair.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
            assert eventually(lambda: load.complaints or load.refused() > refused + 60)
            assert load.acknowledged(WRITES) == before, "acknowledged, and on one disk only"

            pair.standby.start()
            pair.wait_for_standby()
            load.goes_on(CHANGES)
        assert not pair.query(waiting)[0][0]


@pytest.mark.thorough
def test_15_1_a_primary_that_is_cut_off_is_replaced(make_host, start_plain_server):  # noqa: F811
    hosts = [make_host(), make_host()]
    pair = Pair(*hosts)
    try:
        server = start_plain_server(database=pair.uri, storage_wait=WAIT, refresh_window=0)
        with Load(server) as load:
            load.goes_on()
            hosts[0].is_cut = True
            load.is_refused()
            pair.promote()
            load.goes_on(CHANGES)
            # It still believes to be the primary until somebody ends it.
            hosts[0].is_cut = False
            load.goes_on(CHANGES)
            pair.standby.kill()
            pair.complete()
            load.goes_on(CHANGES)
    finally:
        pair.remove()


@pytest.mark.thorough
def test_15_3_what_has_ended_is_refused_also_where_checks_read_from_a_standby(pair, start_plain_server):
    """With synchronous_commit = remote_apply: a change is acknowledged once the standby shows it."""
    pair.primary.set(synchronous_commit="remote_apply")
    server = start_plain_server(database=pair.uri, storage_wait=WAIT, refresh_window=0,
                                database_reader=pair.standby.uri("bearward", USER, target_session_attrs="any"))
    with server.client() as client, Load(server) as load:
        assert register(client, "alice").status_code == 200
        token = sign_in(client, "alice").json()["access_token"]
        load.goes_on(CHANGES | CHECKS, times=5)
        pair.standby.query("SELECT pg_wal_replay_pause()")
        load.is_refused()
        before = load.acknowledged(WRITES)
        refused = load.refused()
        assert eventually(lambda: load.complaints or load.refused() > refused + 20)
        assert client.get("/users/me/", headers=bearer(token)).status_code == 200
        assert load.acknowledged(WRITES) == before, "acknowledged, and the standby does not show it"
        pair.standby.query("SELECT pg_wal_replay_resume()")
        load.goes_on(CHANGES | CHECKS)
