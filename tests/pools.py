"""The pools of processes and what each answers, as the programs themselves say it."""

import functools
import subprocess

from server import TOP

POOLS = sorted(path.stem for path in (TOP / "cgi-bin").glob("*.c"))


@functools.cache
def endpoints():
    """Pool, path and Allow header of each row; "any" for one that answers the web server's own question."""
    rows = []
    for pool in POOLS:
        done = subprocess.run([TOP / f"cgi-bin/{pool}.fcgi", "--endpoints"], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=True)
        rows += [(pool, *line.split("\t")) for line in done.stdout.splitlines()]
    return rows


def routed():
    """The rows that have an address of their own at a web server."""
    return [row for row in endpoints() if row[2] != "any"]


def routed_pools():
    return list(dict.fromkeys(pool for pool, _, _ in routed()))


def asked():
    """An address of each pool that answers OPTIONS, by the name of the pool."""
    return {pool: path for pool, path, methods in reversed(routed()) if "OPTIONS" in methods}
