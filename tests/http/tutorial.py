"""A peer for the tests: an application of the FastAPI tutorial under uvicorn, on a database of its own."""

import os
import secrets
import subprocess
import sys

import httpx
from conftest import PATIENCE, TOP, eventually, free_port

# As the tutorial has you make one: openssl rand -hex 32.
SECRET_KEY = secrets.token_hex(32)


class TutorialApp:
    def __init__(self, database, module="tutorial_app", interpreter=sys.executable):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process = subprocess.Popen(
            [interpreter, "-m", "uvicorn", f"{module}:app", "--port", self.url.rpartition(":")[2],
             "--app-dir", TOP / "tests/http", "--log-level", "warning"],
            env={**os.environ, "TUTORIAL_SECRET_KEY": SECRET_KEY, "PYTHONDONTWRITEBYTECODE": "1",
                 "TUTORIAL_DATABASE_URL": f"sqlite:///{database}"})
        assert eventually(self.is_up), "the tutorial's application did not come up"

    def is_up(self):
        try:
            return httpx.get(f"{self.url}/openapi.json", trust_env=False, verify=False).status_code == 200
        except httpx.TransportError:
            return False

    def client(self):
        # A connection a request: uvicorn closes one that is idle for five seconds, just when the next request may be on its way.
        return httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False, verify=False,
                            limits=httpx.Limits(max_keepalive_connections=0))

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


def import_secret(server):
    """As README and INSTALL have it: the old secret comes in through standard input."""
    assert server.command("init").returncode == 0
    assert server.command("key", "new", "--from-stdin", stdin=f"{SECRET_KEY}\n").returncode == 0
