"""What is left for others while somebody floods the logins."""

import time

import httpx
from conftest import Server, register, sign_in
from figures import meanwhile, middle, plot, say, wrk
from stand import COST, FORM, NAMES


def while_logins_flood(bench):
    say("token checks while 64 connections flood the logins")
    rows, points = [], {}
    for name, prefix in (("bearward", ""), ("fastapi", "/bench/fastapi")):
        seen = {"quiet": [], "flooded": []}
        for _ in range(bench.options.rounds):
            seen["quiet"].append(bench.ask(name, 8, 5))
            with meanwhile(bench.login, prefix, 64, 9):
                seen["flooded"].append(bench.ask(name, 8, 5))
            bench.drain(prefix)
        for state, all_figures in seen.items():
            values = [middle([getattr(figures, field) for figures in all_figures]) for field in ("rate", "p50", "p99", "p999")]
            if values[0] == 0:
                rows.append((NAMES[name], state, "none in 5 s", "", "", ""))
                continue
            rows.append((NAMES[name], state, f"{values[0]:,.0f}", *(f"{value:.2f}" for value in values[1:])))
            points[f"{name}, {state}"] = list(enumerate(values[1:]))
        quiet, flooded = (middle([figures.rate for figures in seen[state]]) for state in ("quiet", "flooded"))
        p99 = [middle([figures.p99 for figures in seen[state]]) for state in ("quiet", "flooded")]
        rows.append((NAMES[name], "flooded / quiet", f"{flooded / quiet:.2f}", "", f"{p99[1] / p99[0]:.1f}" if flooded else "", ""))
    bench.write("Token checks while logins flood", ["", "", "requests/s", "p50 ms", "p99 ms", "p99.9 ms"], rows,
                "8 connections on `/users/me/`; 64 on `/token` beside them.")
    plot("flood", "Token checks while 64 connections flood the logins", "percentile", "ms", points,
         'set logscale y; set xrange [-0.1:2.1]; set xtics ("50" 0, "99" 1, "99.9" 2)')


GUESSERS = 400
PAUSE = 0.1     # seconds between two sign-ins
GUESS = "username=bench&password=not+this+one"


def client_elsewhere(server):
    """A client with another address than the load generator has."""
    return server.client(transport=httpx.HTTPTransport(
        local_address="127.0.0.2", verify=False, limits=httpx.Limits(max_keepalive_connections=0)))


def sign_in_now_and_then(client, count):
    """Milliseconds of each sign-in, and how many were not let in."""
    took, refused = [], 0
    for _ in range(count):
        start = time.perf_counter()
        refused += sign_in(client, "other").status_code != 200
        took.append((time.perf_counter() - start) * 1000)
        time.sleep(PAUSE)
    return took, refused


def while_one_address_floods(bench):
    say(f"logins from elsewhere while {GUESSERS} connections from one address guess")
    rows = []
    for attempts in ("no", "yes"):
        server = Server(**COST, log_level="warning", attempts=attempts).start()
        try:
            with client_elsewhere(server) as client:
                for name in ("bench", "other"):
                    register(client, name)
                quiet, refused = sign_in_now_and_then(client, 20)
                with meanwhile(wrk, f"{server.url}/token", GUESSERS, 15, BENCH_FORM=GUESS) as flood:
                    during, refused = sign_in_now_and_then(client, 30)
                    assert not flood.done(), "the flood was over first"
                assert flood.result().errors == 0, flood.result()
        finally:
            server.stop()
            server.remove()
        bench.compare(f"a login while {GUESSERS} connections of another address guess to a quiet one: attempts = {attempts}",
                      [took / middle(quiet) for took in during])
        rows += [(f"attempts = {attempts}", "quiet", f"{middle(quiet):.0f}", f"{max(quiet):.0f}", ""),
                 (f"attempts = {attempts}", "flooded", f"{middle(during):.0f}", f"{max(during):.0f}", refused),
                 (f"attempts = {attempts}", "flooded / quiet", f"{middle(during) / middle(quiet):.1f}",
                  f"{max(during) / middle(quiet):.1f}", "")]
    bench.write("Logins from another address, while one address guesses", ["", "", "median ms", "latest ms", "refused"], rows,
                f"30 logins, one after the other; {GUESSERS} connections from another address guess one user's password at "
                "`/token`. The last line divides by the quiet median.")
