"""What a process takes: memory, and time to start."""

import contextlib
import os
import subprocess
import time

from conftest import TOP, Server, register, sign_in
from fastcgi import ask, get_params
from figures import meanwhile, memory, say, spread, wrk
from server import of_account
from stand import COST, FORM


def memories(bench):
    say("memory: idle, warm, flooded and quiet again")
    server = Server(**COST, log_level="warning", hash_memory_idle=1).start()
    rows, seen = [], {}

    def look(state):
        seen[state] = {name: memory(server.responder_pids(name)) for name in ("token", "users", "me", "verify")}

    try:
        time.sleep(1)
        look("idle")
        with server.client() as client:
            register(client, "bench")
            sign_in(client, "bench")
        look("warm")
        with meanwhile(wrk, f"{server.url}/token", 64, 5, BENCH_FORM=FORM) as flood:
            look("flooded")
        assert flood.result().errors == 0, flood.result()
        time.sleep(18)
        look("quiet again")
    finally:
        server.stop()
        server.remove()
    for state, pools in seen.items():
        rows += [(name, state, f"{resident:.1f}", f"{proportional:.1f}") for name, (resident, proportional) in pools.items()]
    bench.write("Memory of a process, MiB", ["pool", "", "resident", "proportional"], rows,
                "Warm: after one registration and one login. Flooded: 64 connections on `/token`. Much of what is resident is pages of shared libraries.")


def starts(bench):
    say("from exec to the first answer")
    environment = {"PATH": os.environ["PATH"], "BEARWARD_CONF": str(bench.server.conf), "GATEWAY_INTERFACE": "CGI/1.1",
                   "REQUEST_METHOD": "GET"}
    rows = []
    for name in ("token", "users", "me", "verify"):
        program = TOP / f"cgi-bin/{name}.fcgi"
        cgi = []
        for _ in range(30):
            start = time.perf_counter()
            done = subprocess.run([program], env=environment, capture_output=True, **of_account())
            cgi.append((time.perf_counter() - start) * 1000)
            assert done.stdout.startswith(b"Status: 4"), done
        rows.append((name, spread(cgi, "{:.1f}"), spread([first_answer(bench, program) for _ in range(10)], "{:.1f}")))
    bench.write("From exec to the first answer, ms", ["", "CGI", "FastCGI (spawn-fcgi included)"], rows)


def first_answer(bench, program):
    path = bench.server.directory / "run/bench.sock"
    path.unlink(missing_ok=True)
    start = time.perf_counter()
    process = subprocess.Popen(["spawn-fcgi", "-n", "-s", path, "--", program], stderr=subprocess.DEVNULL,
                               env={**os.environ, "BEARWARD_CONF": str(bench.server.conf)}, **of_account())
    try:
        while True:
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                answer = ask(str(path), get_params())
                break
            time.sleep(0.0002)
        assert answer.status_code in (401, 405)
        return (time.perf_counter() - start) * 1000
    finally:
        process.terminate()
        process.wait(20)
