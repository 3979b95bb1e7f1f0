"""What a look at a token costs, from `GET /users/me/` to a guarded page."""

import collections
import contextlib
import os
import pathlib

from conftest import Server, register, sign_in
from figures import meanwhile, middle, say, spread, wrk
from sessions import COOKIE
from stand import NAMES, TOKENS


def token_checks(bench):
    say("token checks: everyone at 1, 8, 32 and 128 connections")
    without = "" if bench.glewlwyd else " Glewlwyd is left out: its package is not installed."
    rows = []
    for connections in (1, 8, 32, 128):
        rates = {name: [] for name in bench.contenders}
        for _ in range(bench.options.rounds):
            for name in bench.contenders:
                rates[name].append(bench.ask(name, connections).rate)
        rows += [(NAMES[name], connections, spread(seen), f"{middle(seen) / middle(rates['null']):.2f}",
                  f"{middle(seen) / middle(rates['fastapi']):.1f}") for name, seen in rates.items()]
        if connections == 32:
            for name, other in (("bearward", "null"), ("null", "plain")):
                ratios = [one / two for one, two in zip(rates[name], rates[other])]
                bench.compare(f"{NAMES[name]} to {NAMES[other]}: 32 connections", ratios)
    bench.write("Token checks: requests a second", ["", "connections", "requests/s", "of our runtime alone", "of the FastAPI app"],
                rows, f"`GET /users/me/` with {TOKENS} tokens in turn, unless said otherwise.{without}")


COOKIE_RATIO = 0.9              # the least that checks of cookies may be of checks of tokens


def cookie_checks(bench):
    say("guarded pages: a cookie beside a bearer token, at 32 connections, quiet and while logins flood")
    shown = {"bearer token": {"BENCH_TOKENS": str(bench.tokens["bearward"])},
             "cookie": {"BENCH_TOKENS": str(bench.open_sessions()), "BENCH_COOKIE": COOKIE}}
    rows, ratios = [], {}

    def look(state, seen):
        for name, environment in shown.items():
            figures = wrk(bench.server.url + "/bench/guarded", 32, bench.options.seconds, **environment)
            assert figures.refused == figures.errors == 0, f"{name}: {figures}"
            seen[name, state].append(figures.rate)

    seen = collections.defaultdict(list)
    for _ in range(2 * bench.options.rounds):
        look("quiet", seen)
    for _ in range(bench.options.rounds):
        with meanwhile(bench.login, "", 64, 2 * bench.options.seconds + 4):
            look("flooded", seen)
        bench.drain()
    for state in ("quiet", "flooded"):
        for name in shown:
            rows.append((name, state, spread(seen[name, state]), f"{middle(seen[name, state]) / middle(seen[name, 'quiet']):.2f}"))
        pairs = zip(seen["cookie", state], seen["bearer token", state])
        ratios[state] = [cookie / token for cookie, token in pairs]
        rows.append(("cookie / bearer token", state, spread(ratios[state], "{:.2f}"), ""))
    bench.write("Guarded pages: requests a second", ["", "", "requests/s", "of quiet"], rows,
                f"nginx asks `verify` (auth_request) before a small file, at 32 connections; {TOKENS} cookies, or tokens, in "
                "turn. Flooded: 64 connections on `/token`.")
    assert middle(ratios["quiet"]) >= COOKIE_RATIO, f"a cookie costs too much: {ratios['quiet']}"


def processor_time(server):
    """Seconds that all threads of the responders `me` have run."""
    ran = [pathlib.Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0]
           for pid in server.responder_pids("/me") for thread in os.listdir(f"/proc/{pid}/task")]
    return sum(map(int, ran)) / 1e9


def counting(bench):
    say("token checks with and without metrics, at 32 connections")
    servers = {value: Server(log_level="warning", metrics=value) for value in ("no", "yes")}
    seen = {value: [] for value in servers}
    with contextlib.ExitStack() as ending:
        for server in servers.values():
            ending.callback(server.remove)
            server.start()
            ending.callback(server.stop)
            with server.client() as client:
                register(client, "bench")
                tokens = [sign_in(client, "bench").json()["access_token"] for _ in range(100)]
            (server.directory / "tokens").write_text("\n".join(tokens) + "\n")
        for number in range(10 * bench.options.rounds):
            # Each of them first, in turn.
            for value, server in list(servers.items())[::1 if number % 2 else -1]:
                before = processor_time(server)
                figures = wrk(server.url + "/users/me/", 32, 1, BENCH_TOKENS=str(server.directory / "tokens"))
                assert figures.refused == figures.errors == 0, f"metrics = {value}: {figures}"
                seen[value].append((figures.rate, (processor_time(server) - before) / figures.rate * 1e6))
    rows = [(f"metrics = {value}", spread([rate for rate, _ in all_figures]), spread([time for _, time in all_figures], "{:.1f}"))
            for value, all_figures in seen.items()]
    ratios = [[yes[i] / no[i] for yes, no in zip(seen["yes"], seen["no"])] for i in range(2)]
    rows.append(("yes / no", *(spread(values, "{:.3f}") for values in ratios)))
    bench.write("Counting for the metrics", ["", "requests/s", "processor µs a request in `me`"], rows,
                f"`GET /users/me/`, {len(ratios[0])} rounds of a second each.")
