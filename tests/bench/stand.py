"""Bearward behind nginx, and beside it what it stands on and what it replaces."""

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import time

from conftest import PASSWORD, TOP, Server, children_of, eventually, register, sign_in
from figures import say, spread, wrk
from glewlwyd import Glewlwyd
from server import of_account
from sessions import Session

COST = {"scrypt_log2_n": 14, "scrypt_r": 8, "scrypt_p": 5, "insecure_hash_cost": "no"}
FORM = f"username=bench&password={PASSWORD.replace(' ', '+')}"
TOKENS = 1000
NAMES = {"bearward": "bearward", "same": "bearward, one token again and again", "verify": "bearward, verify",
         "null": "our FastCGI runtime with nothing to do", "plain": "a plain libfcgi responder with nothing to do",
         "file": "nginx alone, a file", "fastapi": "the FastAPI app", "glewlwyd": "Glewlwyd, its OpenID userinfo"}
PATHS = {"bearward": "/users/me/", "same": "/users/me/", "verify": "/bench/verify", "null": "/bench/null",
         "plain": "/bench/plain", "file": "/icon.svg", "fastapi": "/bench/fastapi/users/me/",
         "glewlwyd": "/bench/glewlwyd/api/oidc/userinfo"}
# nginx's side of them. With connections kept, the plain responder would stop once each thread has one; and for
# auth_request over FastCGI, nginx keeps none.
UPSTREAMS = """
upstream bench_null {{ server unix:{run}/null.sock; keepalive 32; }}
upstream bench_fastapi {{ server unix:{run}/fastapi.sock; keepalive 32; }}
"""
LOCATIONS = """
location = /bench/null {{ fastcgi_keep_conn on; fastcgi_pass bench_null; }}
location = /bench/verify {{ fastcgi_pass unix:{run}/verify.sock; }}
location = /bench/guarded {{ auth_request /bench/verify; alias {top}/www/icon.svg; }}
location = /bench/plain {{ fastcgi_pass unix:{run}/plain.sock; }}
location /bench/fastapi/ {{ proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://bench_fastapi/; }}
"""


class Bench:
    """Bearward behind nginx, and the others beside it; what they share."""

    def __init__(self, options, is_started=True):
        self.options = options
        self.is_started = is_started
        self.report = [f"# Measured with `make bench` on {time.strftime('%Y-%m-%d')}\n", machine()]
        self.ratios = []
        self.failed = 0     # logins to the FastAPI application
        self.server = Server(**COST, log_level="warning", refresh_window=3600)
        self.glewlwyd = Glewlwyd(self.server.directory) if Glewlwyd.is_installed() else None
        self.contenders = [name for name in NAMES if name != "glewlwyd" or self.glewlwyd]

    def __enter__(self):
        with contextlib.ExitStack() as self.started:
            if self.is_started:
                self.start()
            self.ending = self.started.pop_all()
        return self

    def __exit__(self, *_):
        self.ending.close()

    def start(self):
        directory = self.server.directory
        self.started.callback(self.server.remove)
        self.server.start()
        self.started.callback(self.server.stop)
        self.report.append(f"\nPasswords were hashed by the kernel {kernel_of(self.server)}.")
        print(*self.report, sep="\n", flush=True)
        for name in ("null", "plain"):
            self.launch(["spawn-fcgi", "-n", "-s", self.server.socket(name), "--", build(name, directory)],
                        BEARWARD_CONF=str(self.server.conf))
        self.launch([sys.executable, "-m", "uvicorn", "tutorial_app:app", "--uds", str(directory / "run/fastapi.sock"),
                     "--workers", "2", "--loop", "uvloop", "--http", "httptools", "--log-level", "error"],
                    cwd=TOP / "tests" / "http", TUTORIAL_SECRET_KEY="s" * 64,
                    TUTORIAL_DATABASE_URL=f"sqlite:///{directory}/tutorial.db")
        if self.glewlwyd:
            self.glewlwyd.start()
            self.started.callback(self.glewlwyd.stop)
        self.add_locations()
        self.tokens = {"bearward": self.sign_in_all(), "fastapi": self.sign_in_fastapi()}
        self.tokens["same"] = self.write_tokens("same", self.tokens["bearward"].read_text().splitlines()[:1])
        if self.glewlwyd:
            self.tokens["glewlwyd"] = self.write_tokens("glewlwyd", self.glewlwyd.sign_in(TOKENS))

    def launch(self, argv, cwd=None, **environment):
        """As the account of the responders, whose sockets nginx may use."""
        with open(self.server.directory / "log/others.log", "ab") as log:
            process = subprocess.Popen(argv, cwd=cwd, stdout=log, stderr=log, **of_account(),
                                       env={**self.server.environment, **environment})
        self.started.callback(process.wait, 20)
        self.started.callback(process.terminate)

    def add_locations(self):
        more = LOCATIONS
        if self.glewlwyd:
            more += f"location /bench/glewlwyd/ {{{{ proxy_pass {self.glewlwyd.url}; }}}}\n"
        self.add_to_nginx(UPSTREAMS, more)

    def add_to_nginx(self, upstreams="", locations=""):
        """To the sample that `make run` serves."""
        conf = self.server.directory / "nginx.conf"
        text = conf.read_text()
        for mark, addition in (("\tserver {", upstreams), ("\t\tlocation = /token {", locations)):
            assert mark in text
            text = text.replace(mark, addition.format(run=self.server.directory / "run", top=TOP) + "\n" + mark, 1)
        conf.write_text(text)
        master = int((self.server.directory / "nginx.pid").read_text())
        before = set(children_of(master))
        os.kill(master, 1)
        assert eventually(lambda: not before & set(children_of(master))), "nginx did not take the locations"

    def write_tokens(self, name, tokens):
        path = self.server.directory / f"{name}.tokens"
        path.write_text("\n".join(tokens) + "\n")
        return path

    def sign_in_all(self):
        """The user who signs in later, and TOKENS tokens of others: ten of each sign-in, five sign-ins of each user."""
        users = [f"bench{number}" for number in range(TOKENS // 50)]
        with self.server.client() as client:
            for name in ["bench", *users]:
                assert register(client, name).status_code == 200
            tokens = [token for name in 5 * users for token in access_tokens(client, 10, name)]
        return self.write_tokens("bearward", tokens)

    def open_sessions(self):
        """As many browsers as there are tokens, of the same users."""
        cookies = [Session(self.server, f"bench{number % (TOKENS // 50)}").value for number in range(TOKENS)]
        return self.write_tokens("browsers", cookies)

    def sign_in_fastapi(self):
        with self.server.client() as client:
            def answers():
                return client.get("/bench/fastapi/users/me/").status_code == 401

            assert eventually(answers, 30), (self.server.directory / "log/others.log").read_text()
            created = client.post("/bench/fastapi/users/", json={"username": "bench", "password": PASSWORD})
            assert created.status_code == 200, created.text
            token = client.post("/bench/fastapi/token", data={"username": "bench", "password": PASSWORD}).json()
        return self.write_tokens("fastapi", [token["access_token"]])

    def ask(self, contender, connections, seconds=None):
        """One stretch of load on what a contender has for /users/me/."""
        tokens = self.tokens.get(contender, self.tokens["bearward"])
        figures = wrk(self.server.url + PATHS[contender], connections, seconds or self.options.seconds,
                      BENCH_TOKENS=str(tokens))
        assert figures.refused == figures.errors == 0, f"{contender}: {figures}"
        return figures

    def login(self, prefix, connections, seconds, **environment):
        figures = wrk(f"{self.server.url}{prefix}/token", connections, seconds, BENCH_FORM=FORM, **environment)
        assert figures.errors == 0 or prefix, f"logins: {figures}"
        self.failed += figures.errors
        return figures

    def drain(self, prefix=""):
        """Until those who are no longer there have been served, too: a login takes what it takes alone."""
        form = {"username": "bench", "password": PASSWORD}
        with self.server.client() as client:
            def is_quick():
                start = time.perf_counter()
                return client.post(f"{prefix}/token", data=form).status_code == 200 and time.perf_counter() - start < 0.6

            assert eventually(is_quick, 120), "the logins do not come to an end"

    def compare(self, what, ratios):
        """A ratio of two that took turns, for the table at the end."""
        self.ratios.append((what, spread(ratios, "{:.2f}")))

    def write_ratios(self):
        if self.ratios:
            self.write("Ratios", ["", "ratio"], self.ratios, "Medians of the rounds, in each of which both were measured.")

    def write(self, title, header, rows, note=""):
        table = [f"\n## {title}\n", note] if note else [f"\n## {title}\n"]
        table += ["\n| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
        table += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
        print("\n".join(table), flush=True)
        self.report += table


def first_line(*command):
    """What a program says of its version, or "" where there is none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return (done.stdout + done.stderr).strip().partition("\n")[0]


def machine():
    """What it was measured on: processor, memory and programs."""
    cpu = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)[1]
    flags = re.search(r"^flags\s*:(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)[1].split()
    widest = next((name for name in ("avx512f", "avx2", "sse2") if name in flags), "none of them")
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) // 2**20
    versions = [first_line("nginx", "-v"), first_line("wrk", "-v").partition(" [")[0], first_line("gcc", "--version")]
    return (f"{cpu} ({widest}), {os.cpu_count()} cores, {memory} GiB, {os.uname().sysname} {os.uname().release}; "
            f"load {os.getloadavg()[0]:.1f}. {'; '.join(filter(None, versions))}.")


def kernel_of(server):
    """Which hash kernel a responder with these settings runs, as `bearward doctor` says it."""
    said = server.command("doctor").stdout
    found = re.search(r"hash speed.*?(\w+): \d+ ms each", said, re.S)
    assert found, said
    return found[1]


def build(name, directory):
    program = directory / f"{name}.fcgi"
    libraries = re.search(r"^LIBS = (.*)$", (TOP / "Makefile").read_text(), re.MULTILINE)[1].split()
    subprocess.run(["gcc", "-O2", "-pthread", "-D_GNU_SOURCE", '-DVERSION="bench"', f"-I{TOP}/src", "-o", program,
                    TOP / f"tests/bench/{name}.c", TOP / "libbearward.a", *libraries], check=True)
    return program


def access_tokens(client, count, name="bench"):
    """So many of one sign-in: within refresh_window each refresh makes another."""
    shown = sign_in(client, name).json()["refresh_token"]
    for _ in range(count):
        answer = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": shown})
        assert answer.status_code == 200, answer.text
        yield answer.json()["access_token"]
