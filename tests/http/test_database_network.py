"""What is between a service and its PostgreSQL: cables, and other hosts (protocol section 15)."""

import pytest
from load import Load
from network import make_host  # noqa: F401 (a fixture)
from postgresql import USER, Cluster

pytestmark = [pytest.mark.only_nginx("is about the database"), pytest.mark.slow, pytest.mark.once("is about the database")]

WAIT = 2                        # storage_wait, in seconds


def test_15_1_a_cable_that_is_pulled_or_bad_loses_nothing_that_was_acknowledged(make_host, start_plain_server):  # noqa: F811
    elsewhere, there = make_host(), make_host()
    # The first host that is named swallows everything, from the beginning on.
    elsewhere.is_cut = True
    with Cluster(address=there.address, launcher=there.launcher) as cluster:
        cluster.hba("host all all all trust", "local all all trust")
        cluster.create("bearward")
        server = start_plain_server(
            database=f"postgresql://{USER}@{elsewhere.address},{there.address}/bearward?sslmode=disable", storage_wait=WAIT,
            refresh_window=0)
        with Load(server) as load:
            load.goes_on()
            there.is_cut = True
            load.is_refused()
            there.is_cut = False
            load.goes_on()
            there.delay, there.loss = 0.025, 0.01
            load.goes_on()
            there.delay, there.loss = 0, 0
