"""How load is brought, what comes of it, and how that is told: in numbers, tables and plots."""

import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

from server import TOP, content

OUT = TOP / "bench"

# Good answers and refusals a second, requests that went wrong, milliseconds.
Figures = collections.namedtuple("Figures", "rate refused errors p50 p99 p999")


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def middle(values):
    return statistics.median(values)


def spread(values, form="{:,.0f}"):
    return f"{form.format(middle(values))} ({form.format(min(values))} to {form.format(max(values))})"


def wrk(url, connections, seconds, **environment):
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", TOP / "tests/bench/load.lua", url],
        env={**os.environ, **environment}, capture_output=True, text=True)
    found = re.search(r"^figures (.*)$", done.stdout, re.M)
    assert found, done.stdout + done.stderr
    requests, duration, status, broken, p50, p99, p999 = map(int, found[1].split())
    return Figures((requests - status) * 1e6 / duration, status * 1e6 / duration, broken, p50 / 1e3, p99 / 1e3, p999 / 1e3)


@contextlib.contextmanager
def meanwhile(load, *arguments, **environment):
    """Once some load has been there for two seconds, and until it ends; if it fails, so does this."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(load, *arguments, **environment)
        time.sleep(2)
        yield future
        future.result()


def timed(action, status=200):
    start = time.perf_counter()
    answer = action()
    elapsed = (time.perf_counter() - start) * 1000
    assert getattr(answer, "status_code", getattr(answer, "returncode", None)) == status, answer
    return elapsed


def ran(pids):
    """Seconds that processes have run, and those that they had started and that have ended."""
    words = [content(f"/proc/{pid}/stat").rpartition(b")")[2].split() for pid in pids]
    return sum(sum(map(int, one[11:15])) for one in words if one) / os.sysconf("SC_CLK_TCK")


def memory(pids):
    """Resident and proportional, MiB, of the largest of them."""
    found = []
    for pid in pids:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        found.append([int(re.search(rf"^{field}:\s+(\d+)", text, re.M)[1]) / 1024 for field in ("Rss", "Pss")])
    return max(found)


def plot(name, title, x, y, series, more):
    """An SVG of lines with points."""
    blocks = "\n".join("$d%d << EOD\n%s\nEOD" % (number, "\n".join(f"{a} {b}" for a, b in points))
                       for number, points in enumerate(series.values()))
    lines = ", ".join(f"$d{number} with linespoints lw 2 title {json.dumps(label)}" for number, label in enumerate(series))
    script = f"""set terminal svg size 640,360 dynamic background rgb 'white'
set output {json.dumps(str(OUT / (name + '.svg')))}
set title {json.dumps(title)}; set xlabel {json.dumps(x)}; set ylabel {json.dumps(y)}; set key bmargin center horizontal
set bmargin 6; set grid
{more}
{blocks}
plot {lines}
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
