"""What it costs that nginx asks before it hands out a small file, each way that it can ask."""

import collections

from figures import say, spread, wrk
from server import own
from sessions import COOKIE
from stand import TOKENS

# What nginx asks, and the location of that. The sample has its own.
WAYS = {
    "not guarded": ("", ""),
    "as the sample asks": ("/.verify", ""),
    "over FastCGI": ("/bench/ask/fastcgi", "internal; fastcgi_pass_request_body off; fastcgi_param REQUEST_METHOD $request_method; "
                     "fastcgi_param REQUEST_URI $request_uri; fastcgi_param REMOTE_ADDR $remote_addr; "
                     "fastcgi_pass unix:{run}/verify.sock;"),
    "over FastCGI, our runtime with nothing to do": ("/bench/ask/null", "internal; fastcgi_pass unix:{run}/null.sock;"),
}
SIZE = 1024


def pages(bench):
    """Adds them to the sample that `make run` serves: each way's path."""
    page = bench.server.directory / "page.txt"
    page.write_text("x" * SIZE)
    own(page)
    paths, locations = {}, []
    for number, (way, (question, location)) in enumerate(WAYS.items()):
        paths[way] = f"/bench/page/{number}"
        locations += [f"location = {question} {{{{ {location} }}}}"] if location else []
        locations.append(f"location = {paths[way]} {{{{ {f'auth_request {question};' if question else ''} alias {page}; }}}}")
    bench.add_to_nginx(locations="\n".join(locations))
    return paths


def gateway(bench):
    say("a file of 1 KiB, guarded and not, at 8 and 32 connections")
    paths = pages(bench)
    shown = {"bearer": {"BENCH_TOKENS": str(bench.tokens["bearward"])},
             "cookie": {"BENCH_TOKENS": str(bench.open_sessions()), "BENCH_COOKIE": COOKIE}}
    seen = collections.defaultdict(list)
    for _ in range(bench.options.rounds):
        for connections in (8, 32):
            for way, path in paths.items():
                for kind in shown:
                    figures = wrk(bench.server.url + path, connections, bench.options.seconds, **shown[kind])
                    assert figures.refused == figures.errors == 0, f"{way}, {kind}: {figures}"
                    seen[connections, way, kind].append(figures.rate)
    rows = []
    for (connections, way, kind), rates in seen.items():
        ratios = [rate / free for rate, free in zip(rates, seen[connections, "not guarded", kind])]
        rows.append((way, kind, connections, spread(rates), spread(ratios, "{:.2f}")))
    bench.write("A guarded file of 1 KiB: requests a second", ["", "shown", "connections", "requests/s", "of the file unguarded"],
                rows, f"nginx asks `verify` (auth_request) before each, which shows one of {TOKENS} tokens or cookies in turn.")
