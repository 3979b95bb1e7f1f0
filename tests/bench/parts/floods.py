"""What is left for others while somebody floods the logins."""

import httpx
from conftest import Server, register, sign_in
from figures import meanwhile, middle, plot, say, timed, wrk
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


def client_elsewhere(server):
    """A client with another address than the load generator has."""
    return server.client(transport=httpx.HTTPTransport(
        local_address="127.0.0.2", verify=False, limits=httpx.Limits(max_keepalive_connections=0)))


def while_one_address_floods(bench):
    say("logins from elsewhere while 400 connections from one address log in")
    rows = []
    for attempts in ("no", "yes"):
        server = Server(**COST, log_level="warning", attempts=attempts).start()
        try:
            with client_elsewhere(server) as client:
                for name in ("bench", "victim"):
                    register(client, name)
                quiet = [timed(lambda: sign_in(client, "victim")) for _ in range(30)]
                with meanwhile(wrk, f"{server.url}/token", 400, 15, BENCH_FORM=FORM) as flood:
                    during = [timed(lambda: sign_in(client, "victim")) for _ in range(20)]
                    assert not flood.done(), "the flood was over first"
                assert flood.result().errors == 0, flood.result()
        finally:
            server.stop()
            server.remove()
        label = f"attempts = {attempts}"
        rows += [(label, "quiet", f"{middle(quiet):.0f}", f"{max(quiet):.0f}"),
                 (label, "flooded", f"{middle(during):.0f}", f"{max(during):.0f}"),
                 (label, "flooded / quiet", f"{middle(during) / middle(quiet):.1f}", f"{max(during) / middle(quiet):.1f}")]
    bench.write("Logins from another address, while one address floods", ["", "", "median ms", "latest ms"], rows,
                "20 logins, one after the other; 400 connections from another address on `/token`, all with one "
                "user's right password. The last line divides by the quiet median.")
