"""What it costs that nginx asks before it hands out a small file, each way that it can ask."""

import collections

import oauth2_proxy
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
RIVAL = "oauth2-proxy"
RIVAL_WAY = ("/bench/ask/oauth2-proxy", "internal; proxy_pass_request_body off; proxy_http_version 1.1; proxy_set_header Host $host; "
             'proxy_set_header Connection ""; proxy_set_header Content-Length ""; proxy_set_header X-Original-URI $request_uri; '
             "proxy_pass http://bench_oauth2_proxy/oauth2/auth;")
RIVAL_UPSTREAM = "upstream bench_oauth2_proxy {{ server unix:{run}/oauth2-proxy.sock; keepalive 32; }}"
SIZE = 1024


def pages(bench, ways):
    """Adds them to the sample that `make run` serves: each way's path."""
    page = bench.server.directory / "page.txt"
    page.write_text("x" * SIZE)
    own(page)
    paths, locations = {}, []
    for number, (way, (question, location)) in enumerate(ways.items()):
        paths[way] = f"/bench/page/{number}"
        locations += [f"location = {question} {{{{ {location} }}}}"] if location else []
        locations.append(f"location = {paths[way]} {{{{ {f'auth_request {question};' if question else ''} alias {page}; }}}}")
    bench.add_to_nginx(RIVAL_UPSTREAM if RIVAL in ways else "", "\n".join(locations))
    return paths


def gateway(bench):
    say("a file of 1 KiB, guarded and not, at 8 and 32 connections")
    ways, rival, lack = dict(WAYS), None, oauth2_proxy.why_not()
    if not lack:
        ways[RIVAL] = RIVAL_WAY
        rival = oauth2_proxy.Oauth2Proxy(bench.server.directory).start()
    try:
        seen = measure(bench, pages(bench, ways), rival)
    finally:
        if rival:
            rival.stop()
    rows = []
    for (connections, way, kind), rates in seen.items():
        ratios = [rate / free for rate, free in zip(rates, seen[connections, "not guarded", kind])]
        rows.append((way, kind, connections, spread(rates), spread(ratios, "{:.2f}")))
        if way not in ("not guarded", RIVAL):
            bench.compare(f"a guarded file to the same unguarded: {way}, {kind}, {connections} connections", ratios)
    for connections in (8, 32) if rival else ():
        ratios = [one / other for one, other in zip(seen[connections, "as the sample asks", "cookie"], seen[connections, RIVAL, "cookie"])]
        bench.compare(f"a file that bearward guards to one that oauth2-proxy guards: cookie, {connections} connections", ratios)
    without = f" oauth2-proxy is left out: {lack}." if lack else ""
    bench.write("A guarded file of 1 KiB: requests a second", ["", "shown", "connections", "requests/s", "of the file unguarded"],
                rows, f"nginx asks (auth_request) before each, and shows one of {TOKENS} tokens or cookies in turn.{without}")


def measure(bench, paths, rival):
    """Rates by connections, way and what is shown. oauth2-proxy is shown its own cookies."""
    shown = {"bearer": {"BENCH_TOKENS": str(bench.tokens["bearward"])},
             "cookie": {"BENCH_TOKENS": str(bench.open_sessions()), "BENCH_COOKIE": COOKIE}}
    if rival:
        cookies = bench.write_tokens("oauth2-proxy", rival.sign_in(TOKENS))
        theirs = {"cookie": {"BENCH_TOKENS": str(cookies), "BENCH_COOKIE": oauth2_proxy.COOKIE}}
    seen = collections.defaultdict(list)
    for _ in range(bench.options.rounds):
        for connections in (8, 32):
            for way, path in paths.items():
                for kind, environment in (theirs if way == RIVAL else shown).items():
                    figures = wrk(bench.server.url + path, connections, bench.options.seconds, **environment)
                    assert figures.refused == figures.errors == 0, f"{way}, {kind}: {figures}"
                    seen[connections, way, kind].append(figures.rate)
    return seen
