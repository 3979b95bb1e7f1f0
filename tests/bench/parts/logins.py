"""Sign-ins beside the hashes that they take, and tokens that are given without one."""

import collections
import contextlib
import os
import re
import subprocess
import time

from conftest import TOP, Server, register, sign_in
from figures import middle, plot, say, spread, wrk
from stand import COST, FORM, TOKENS, access_tokens

LIBRARIES = ("libscrypt", "libsodium", "OpenSSL")
LEVELS = (1, 4, 16, 64, 256)    # connections that sign in
OVERLOAD = 16                   # times as many logins as can be served
PAUSE = 0.3                     # seconds


def engines_alone(log2_n, rounds):
    """Each library and kernel on all cores at once: hashes a second with p = 1; and the first's table."""
    say(f"hashes alone, on all cores, N=2^{log2_n}")
    copies = [subprocess.Popen([TOP / "build/tests/bench/engine", str(log2_n), str(rounds)], stdout=subprocess.PIPE,
                               text=True) for _ in range(os.cpu_count())]
    tables = [copy.communicate()[0] for copy in copies]
    assert not any(copy.returncode for copy in copies)
    rates = collections.Counter()
    for table in tables:
        for name, lanes, _, median, _ in re.findall(r"^(\S+) +(\d+) +(\S+) +(\S+) +(\S+)$", table, re.M):
            rates[name, int(lanes)] += 1000 / float(median)
    return rates, tables[0]


def compare_engines(bench, log2_n, rates):
    """The best width of each kernel to libscrypt."""
    for kernel in dict.fromkeys(name for name, _ in rates if name not in LIBRARIES):
        lanes, best = max(((lanes, rate) for (name, lanes), rate in rates.items() if name == kernel), key=lambda one: one[1])
        bench.compare(f"{kernel}, {lanes} lanes, to libscrypt: all cores, N=2^{log2_n}", [best / rates["libscrypt", 1]])


def overload(peak):
    """So many connections, each waiting PAUSE between two tries, that OVERLOAD times the peak ask."""
    waiting = min(5 * peak, 256)    # as hash_wait and hash_waiting are
    refusal = 0.04                  # seconds: see hasher.h
    return round(waiting + (OVERLOAD - 1) * peak * (refusal + PAUSE))


def logins(bench):
    say("logins at 1 to 256 connections, and far too many")
    seconds = max(8, bench.options.seconds)
    rows, points, peak = [], [], 0
    hashes, table = engines_alone(COST["scrypt_log2_n"], 7)
    compare_engines(bench, COST["scrypt_log2_n"], hashes)
    compare_engines(bench, 17, engines_alone(17, 3)[0])
    alone = {which: rate / COST["scrypt_p"] for which, rate in hashes.items()}
    best = max(rate for (name, _), rate in alone.items() if name not in LIBRARIES)

    def row(name, connections, all_figures):
        rates = [figures.rate for figures in all_figures]
        refused = middle([figures.refused for figures in all_figures])
        rows.append((name, connections, spread(rates, "{:.1f}"), f"{middle(rates) / best:.2f}", f"{refused:.0f}",
                     f"{middle([figures.p50 for figures in all_figures]):.0f}"))
        return middle(rates)

    ours = {connections: [] for connections in LEVELS}
    for _ in range(bench.options.rounds):
        for connections in LEVELS:
            ours[connections].append(bench.login("", connections, seconds))
            bench.drain()
    for connections, all_figures in ours.items():
        points.append((connections, row("bearward", connections, all_figures)))
        peak = max(peak, points[-1][1])
    bench.compare("`/token` at 64 connections to the best kernel alone", [figures.rate / best for figures in ours[64]])
    beyond, crowd = [], overload(peak)
    for _ in range(bench.options.rounds):
        beyond.append(bench.login("", crowd, seconds + 4, BENCH_PAUSE=str(round(PAUSE * 1000))))
        bench.drain()
    asked = middle([figures.rate + figures.refused for figures in beyond])
    row(f"bearward, asked for {asked / peak:.0f} times its peak", crowd, beyond)
    theirs = []
    for _ in range(bench.options.rounds):
        theirs.append(bench.login("/bench/fastapi", 16, seconds))
        bench.drain("/bench/fastapi")
    row("the FastAPI app (bcrypt)", 16, theirs)
    for (name, lanes), rate in alone.items():
        rows.append((f"{name} alone, {lanes} lane{'s' * (lanes > 1)}", "", f"{rate:.1f}", f"{rate / best:.2f}", "", ""))
    bench.write("Logins: tokens a second", ["", "connections", "logins/s", "of the best kernel alone", "refused (503)/s", "p50 ms"], rows,
                "N=2^14, r=8, p=5. What cannot be served within five seconds is refused; the last rows are hashes on all cores and nothing else.")
    bench.report += ["\nThe hashes alone, p=1, on a core while the others do the same:\n", "```", table.rstrip(), "```"]
    print(table)
    flat = {f"{name} alone": max(rate for (other, _), rate in alone.items() if other == name)
            for name, _ in alone}
    plot("logins", "Logins a second", "connections", "logins/s",
         {"bearward": points, **{name: [(LEVELS[0], rate), (LEVELS[-1], rate)] for name, rate in flat.items()}},
         "set logscale x 2; set yrange [0:]")


def refreshes(bench):
    say("refreshes at 64 connections, and logins beside them")
    connections, rates = 64, {"login": [], "it replaces the token": [], "within refresh_window": []}
    servers = {name: Server(log_level="warning", refresh_window=window).start()
               for name, window in (("it replaces the token", 0), ("within refresh_window", 60))}
    try:
        for _ in range(bench.options.rounds):
            rates["login"].append(bench.login("", connections, bench.options.seconds + 3).rate)
            bench.drain()
            for name, server in servers.items():
                tokens = server.directory / "refresh.tokens"
                tokens.write_text("".join(token + "\n" for token in refresh_tokens(server, 2 * connections)))
                figures = wrk(f"{server.url}/token", connections, bench.options.seconds, BENCH_REFRESH=str(tokens))
                assert figures.refused == figures.errors == 0, f"{name}: {figures}"
                rates[name].append(figures.rate)
    finally:
        for server in servers.values():
            server.stop()
            server.remove()
    alone = middle(rates["login"])
    bench.write("Refreshes: tokens a second", ["", "connections", "tokens/s", "of logins"],
                [(name, connections, spread(seen), f"{middle(seen) / alone:.0f}") for name, seen in rates.items()],
                "A refresh that replaces the token is a commit. Each connection shows the token that it was given last.")


def refresh_tokens(server, count):
    """Of so many sign-ins; 64 a user, each of whom is new."""
    with server.client() as client:
        for number in range(count):
            if number % 64 == 0:
                name = f"bench{time.monotonic_ns()}"
                assert register(client, name).status_code == 200
            yield sign_in(client, name).json()["refresh_token"]


def algorithms(bench):
    say("logins and token checks with each algorithm")
    servers = {alg: Server(**COST, log_level="warning", signing_alg=alg, refresh_window=3600)
               for alg in ("HS256", "ES256", "RS256", "EdDSA")}
    # Of so many in turn, few are still among the two thousand that were verified lately.
    kinds = {"logins": 0, "token checks": TOKENS, "token checks, each verified": 40 * TOKENS}
    seen = collections.defaultdict(list)

    def measure(server, kind, tokens):
        if not tokens:
            return wrk(f"{server.url}/token", 16, bench.options.seconds, BENCH_FORM=FORM)
        return wrk(server.url + "/users/me/", 32, bench.options.seconds, BENCH_TOKENS=str(server.directory / kind))

    with contextlib.ExitStack() as ending:
        for server in servers.values():
            ending.callback(server.remove)
            server.start()
            ending.callback(server.stop)
            with server.client() as client:
                register(client, "bench")
                for kind, count in kinds.items():
                    (server.directory / kind).write_text("".join(f"{token}\n" for token in access_tokens(client, count)))
        # One kind after the other: of tokens that were verified, those that expire last are kept, which are of the last kind.
        for kind, tokens in kinds.items():
            for number in range(2 * bench.options.rounds):
                # Each of them first, in turn.
                for alg, server in list(servers.items())[::1 if number % 2 else -1]:
                    figures = measure(server, kind, tokens)
                    assert figures.refused == figures.errors == 0, f"{alg}, {kind}: {figures}"
                    seen[kind, alg].append(figures.rate)
    rows = []
    for (kind, alg), rates in seen.items():
        ratios = [rate / alone for rate, alone in zip(rates, seen[kind, "HS256"])]
        rows.append((kind, alg, spread(rates), spread(ratios, "{:.2f}")))
    bench.write("Algorithms: requests a second", ["", "", "requests/s", "of HS256"], sorted(rows),
                f"Logins at 16 connections; `GET /users/me/` at 32, with {TOKENS} tokens in turn, and with {40 * TOKENS}.")
