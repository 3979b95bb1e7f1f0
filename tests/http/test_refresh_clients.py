"""Many clients that refresh while answers are lost and responders die (protocol section 19.6)."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import time

import pytest
from conftest import PATIENCE, TOP, eventually, register
from refresh_clients import Simulation, longest_run
from server import responders_below

pytestmark = pytest.mark.slow

# `make check-refresh` asks for more.
REFRESHES = int(os.environ.get("REFRESHES", 4000))


@contextlib.contextmanager
def four_token_processes(server):
    """Four that share a socket, as conf/bearward.init.sample starts them; the web server asks these."""
    program = TOP / server.out / "cgi-bin/token.fcgi"
    with open(server.directory / "log/bearward.log", "ab") as log:
        supervisor = subprocess.Popen(
            ["spawn-fcgi", "-n", "-s", server.socket("four"), "-M", "0660", "--", server.program, "supervise", "4", program],
            stdout=log, stderr=log, env={**server.environment, "BEARWARD_CONF": str(server.conf)}, **server.account)
    try:
        assert eventually(lambda: len(responders_below(supervisor.pid)) == 4)
        server.edit("run/token.sock", "run/four.sock")
        yield supervisor
    finally:
        supervisor.terminate()
        supervisor.wait(PATIENCE)


async def kill_at_random(supervisor, simulation):
    """One of its processes now and then, whatever it does, and now and then all of them.

    None that is young: those that end within a second are replaced later and later, and then nobody answers in time.
    """
    born = {}
    while True:
        await asyncio.sleep(random.uniform(0.1, 0.5))
        born = {pid: born.get(pid, time.monotonic()) for pid in responders_below(supervisor.pid)}
        pids = [pid for pid, moment in born.items() if time.monotonic() - moment > 1.5]
        for pid in random.sample(pids, random.choice([1, 1, 1, 1, len(pids)]) if pids else 0):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                simulation.deaths += 1


def simulate(start_server, refresh_run, refreshes, clients, window=1, **options):
    server = start_server(refresh_window=window, refresh_run=refresh_run, log_level="warning")
    with server.client() as client:
        for number in range(clients // 50 + 1):
            assert register(client, f"refreshing{number}").status_code == 200
    simulation = Simulation(server, refreshes, clients, window=window, **options)
    with four_token_processes(server) as supervisor:
        asyncio.run(simulation.run(kill_at_random(supervisor, simulation)))
    assert not simulation.not_let_in()
    assert not simulation.tokens_with_two_successors()
    return simulation


@pytest.mark.only("plain", "apache-proxy-fcgi")
def test_19_6_no_honest_client_is_signed_out_whatever_is_lost_and_dies(start_server):
    simulation = simulate(start_server, 8, REFRESHES, 200, window=2)

    assert not simulation.refused()
    assert simulation.generations() > REFRESHES / 20


@pytest.mark.only_nginx("is about the rules")
@pytest.mark.once("is about the rules")
def test_19_6_who_is_signed_out_has_lost_as_many_answers_in_a_row_as_refresh_run(start_server):
    simulation = simulate(start_server, 2, REFRESHES // 2, 200, tabs=1, loss=0.3, late=1, least_out=1)

    out = [client for client in simulation.clients if client.is_out]
    assert [client.exchanges for client in out if longest_run(client, 1) < 2] == []
    assert {exchange.status for exchange in simulation.refused()} == {400}
