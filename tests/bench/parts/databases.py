"""The two databases side by side, and one that grows."""

import collections
import contextlib
import os
import pathlib
import re
import sqlite3
import subprocess
import time

from conftest import Server, eventually, register, sign_in
from figures import middle, plot, ran, say, spread, timed, wrk
from parts.logins import refresh_tokens
from postgresql import Cluster
from stand import COST, FORM, TOKENS


def pgbench(cluster, text, seconds):
    """Processor time of the database a look-up, in µs, that each of 32 connections asks for one after the other."""
    script = cluster.directory / "look-up.sql"
    script.write_text(text + ";\n")
    before = os.sysconf("SC_CLK_TCK"), gone(cluster)
    done = subprocess.run(["pgbench", "-n", "-M", "prepared", "-f", script, "-c", "32", "-j", "1", "-T", str(seconds),
                           cluster.uri("bench", tcp=True, sslmode="disable")], capture_output=True, text=True, check=True)
    assert eventually(lambda: len(cluster.backends("bench")) < 32)
    count = int(re.search(r"actually processed: (\d+)", done.stdout)[1])
    return (gone(cluster) - before[1]) / before[0] / count * 1e6


def gone(cluster):
    """What processes of a database that have ended had run, in ticks."""
    words = pathlib.Path(f"/proc/{cluster.process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(words[13]) + int(words[14])


LOOK_UP = """SELECT users.id, username, username_key, is_active, users.scope, users.created_at, email, display_name, is_imported,
last_sign_in_at, signed_out_at, groups, email_verified, (SELECT auth_at FROM grants WHERE gid = decode('{}', 'hex')
AND user_id = users.id AND revoked_at = 0 AND expires_at > 1 AND (current IS NULL OR rotated_at > 1) AND NOT EXISTS
(SELECT 1 FROM dead_tokens WHERE jti = '1')) FROM users WHERE id = 1"""
WHAT = {"token checks": ("me", "/users/me/"), "logins": ("token", "/token"), "refreshes": ("token", "/token"),
        "registrations": ("users", "/users/")}


def rotated_tokens(client, count):
    """So many access tokens of one sign-in, each of which came with another refresh token."""
    answer = sign_in(client, "bench").json()
    for _ in range(count):
        answer = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}).json()
        yield answer["access_token"]


def engines(bench):
    say("checks, logins, refreshes and registrations on SQLite and on PostgreSQL")
    settings = {**COST, "log_level": "warning", "refresh_window": 0, "attempts": "yes", "attempts_source": "10000 1",
                "attempts_account_source": "10000 1", "attempts_strangers": "10000 1", "attempts_known": "10000 1",
                "attempts_registrations": "10000 1"}
    seen = collections.defaultdict(list)
    with contextlib.ExitStack() as ending:
        cluster = ending.enter_context(Cluster(address="127.0.0.1", durable=True))
        cluster.create("bench")
        servers = {"SQLite": Server(**settings),
                   "PostgreSQL": Server(**settings, database=cluster.uri("bench", tcp=True, sslmode="disable"))}
        for server in servers.values():
            ending.callback(server.remove)
            server.start()
            ending.callback(server.stop)
            with server.client() as client:
                register(client, "bench")
                (server.directory / "tokens").write_text("".join(f"{token}\n" for token in rotated_tokens(client, TOKENS)))

        def measure(name, what, connections):
            server, (pool, path) = servers[name], WHAT[what]
            environment = {"token checks": {"BENCH_TOKENS": str(server.directory / "tokens")}, "logins": {"BENCH_FORM": FORM},
                           "registrations": {"BENCH_REGISTER": f"u{time.monotonic_ns()}x"},
                           "refreshes": {"BENCH_REFRESH": str(server.directory / "refresh.tokens")}}[what]
            if what == "refreshes":
                tokens = "".join(token + "\n" for token in refresh_tokens(server, 2 * connections))
                (server.directory / "refresh.tokens").write_text(tokens)
            pids = [*server.responder_pids("/" + pool)], cluster.pids() if name == "PostgreSQL" else []
            before = [ran(group) for group in pids]
            start = time.monotonic()
            figures = wrk(server.url + path, connections, bench.options.seconds, **environment)
            requests = max(figures.rate * (time.monotonic() - start), 1)
            assert figures.errors == figures.refused == 0, f"{name}, {what}: {figures}"
            return figures.rate, *((ran(group) - past) / requests * 1e6 for group, past in zip(pids, before))

        for what in WHAT:
            for number in range(2 * bench.options.rounds):
                for connections in (1, 8, 32):
                    # Each of them first, in turn.
                    for name in list(servers)[::1 if number % 2 else -1]:
                        seen[what, connections, name].append(measure(name, what, connections))
        gid = cluster.query("SELECT encode(gid, 'hex') FROM grants WHERE user_id = 1 LIMIT 1", dbname="bench")[0][0]
        look_ups = [pgbench(cluster, LOOK_UP.format(gid), bench.options.seconds) for _ in range(2 * bench.options.rounds)]
    rows = []
    for (what, connections, name), figures in seen.items():
        ratios = [[one[i] / other[i] for one, other in zip(figures, seen[what, connections, "SQLite"])] for i in (0, 1)]
        rows.append((what, connections, name, spread([one[0] for one in figures]), spread(ratios[0], "{:.2f}"),
                     spread([one[1] for one in figures], "{:.1f}"), spread(ratios[1], "{:.2f}"),
                     spread([one[2] for one in figures], "{:.1f}") if name != "SQLite" else ""))
    rows.append(("a prepared look-up, pgbench", 32, "PostgreSQL", "", "", "", "", spread(look_ups, "{:.1f}")))
    bench.write("On SQLite and on PostgreSQL", ["", "connections", "", "requests/s", "of SQLite's", "µs of the web host", "of SQLite's",
                                               "µs of the database's"], rows,
                "PostgreSQL over TCP on this host, without TLS; both wait for the disk at each commit. Processor time a request: of the "
                "pool that answers, and of all processes of PostgreSQL. The look-up is the statement of a token check.")


def fill_users(database, count):
    """Up to count users in all, as a registration writes them."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(users)")]
        template = dict(zip(names, connection.execute("SELECT * FROM users LIMIT 1").fetchone()))
        present = connection.execute("SELECT count(*) FROM users").fetchone()[0]
        columns = [name for name in names if name != "id"]
        rows = ([f"grown{number}" if name in ("username", "username_key") else template[name] for name in columns]
                for number in range(present, count))
        with connection:
            connection.executemany(
                f"INSERT INTO users ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def growth(bench):
    server = Server(insecure_hash_cost="yes", scrypt_log2_n=10, scrypt_r=1, scrypt_p=1, log_level="warning").start()
    rows, points = [], {"login": [], "registration": []}
    try:
        with server.client() as client:
            register(client, "bench")
            register(client, "grown0")
            for count in [10**power for power in range(3, 10) if 10**power <= bench.options.users]:
                say(f"growth: {count:,} users")
                fill_users(server.database, count)
                size = server.database.stat().st_size
                login = [timed(lambda: sign_in(client, "bench")) for _ in range(200)]
                added = [timed(lambda number=number: register(client, f"new{count}x{number}")) for number in range(100)]
                listing = timed(lambda: server.command("user", "list"), 0)
                rows.append((f"{count:,}", f"{middle(login):.2f}", f"{middle(added):.2f}", f"{listing / 1000:.2f}",
                             f"{size / count:.0f}"))
                points["login"].append((count, middle(login)))
                points["registration"].append((count, middle(added)))
    finally:
        server.stop()
        server.remove()
    ratio = points["login"][-1][1] / points["login"][0][1]
    bench.write("Growth", ["users", "login ms", "registration ms", "listing all s", "bytes a user"], rows,
                f"The cheapest hash there is, so that what is seen is the database. Login at the last row over the first: {ratio:.2f}.")
    plot("growth", "A request as users grow", "users", "ms", points, "set logscale x 10; set yrange [0:]")
