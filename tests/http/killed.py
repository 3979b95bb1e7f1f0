"""Responders that are killed while they serve a request, at any call of theirs to the kernel."""

import concurrent.futures
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

import pytest
from conftest import PATIENCE, TOP, eventually


@pytest.fixture
def needs_strace():
    if shutil.which("strace") is None or subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode != 0:
        pytest.skip("strace cannot be used here")


class Pool:
    """One process of a pool at a time, on a socket that stays when it is killed; nginx asks it."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.path = server.socket("killed")
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(self.path)
        self.listening.listen(64)
        server.own(self.path)
        server.edit(f"run/{name}.sock", "run/killed.sock")
        self.process = None

    def start(self):
        """Ends the one before, if it lives, and starts another."""
        self.stop()
        self.process = subprocess.Popen(
            [TOP / self.server.out / f"cgi-bin/{self.name}.fcgi"], stdin=self.listening, stderr=subprocess.PIPE, text=True,
            env={**self.server.environment, "BEARWARD_CONF": str(self.server.conf)}, **self.server.account)
        assert any("started" in line for line in self.process.stderr), "it does not start"

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait(PATIENCE)
            self.process.stderr.close()
            self.process = None

    @contextlib.contextmanager
    def traced(self, *options):
        """Under strace, which must have taken hold of it before anything is asked. At the end, it is killed."""
        strace = subprocess.Popen(["strace", "-f", "-p", str(self.process.pid), *options], stderr=subprocess.PIPE, text=True)
        try:
            if "attached" not in strace.stderr.readline():
                pytest.skip("strace cannot take hold of a responder")
            yield
        finally:
            # To let go of a process that is just dying takes strace for ever.
            self.process.kill()
            strace.wait(PATIENCE)
            strace.stderr.close()


@contextlib.contextmanager
def killable(server, name):
    """A process of a pool that can be killed, its server, and a client."""
    pool = Pool(server, name)
    pool.start()
    try:
        with server.client() as client:
            yield pool, server, client
    finally:
        pool.stop()


def steps(pool, action):
    """What the thread that serves a request asks of the kernel: name and number of each call, from its arrival on."""
    with tempfile.NamedTemporaryFile("r") as file:
        with pool.traced("-o", file.name):
            action()
            assert eventually(lambda: re.search(r"(?s) accept4\(.* shutdown\(.* epoll_wait\(", pathlib.Path(file.name).read_text()))
        calls = re.findall(r"^(\d+) +(\w+)\(", file.read(), re.M)
    # Where the request had not come when the connection was accepted, another thread may serve it.
    accepted = next(at for at, (_, name) in enumerate(calls) if name == "accept4")
    serving = next(thread for thread, name in calls[accepted:] if name == "recvfrom")
    names = [name for thread, name in calls if thread == serving]
    numbered = [(name, names[:at + 1].count(name)) for at, name in enumerate(names)]
    return numbered[names.index("accept4" if "accept4" in names else "recvfrom"):]


def kill_at(pool, call, number, ask):
    """Asks, and has the responder die at that call, if it comes to it; starts another, and returns the answer."""
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        with pool.traced("-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}"):
            answer = thread.submit(ask)
            while not answer.done() and pool.process.poll() is None:
                concurrent.futures.wait([answer], 0.01)
        # A request that it had not taken yet is served by the next one.
        pool.start()
        answer = answer.result(PATIENCE)
    # What was begun there may go on where the database is.
    assert eventually(pool.server.storage.is_at_rest)
    return answer


def some(calls, count):
    """So many of the calls, from end to end; all of them, and again, if there are not as many."""
    return [calls[number * max(len(calls), count) // count % len(calls)] for number in range(count)]
