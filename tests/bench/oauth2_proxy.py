"""A private oauth2-proxy, which nginx asks as it asks bearward: a program in Go, with its sessions in encrypted cookies.

It is built from its module, at a version that is named here, where there is a Go toolchain and a module proxy.
"""

import functools
import os
import secrets
import shutil
import subprocess

import httpx
from conftest import PASSWORD, TOP, eventually
from server import of_account, own

MODULE, VERSION = "github.com/oauth2-proxy/oauth2-proxy/v7", "v7.15.6"
COOKIE = "_oauth2_proxy"
PROGRAM = TOP / "build/bench" / VERSION / "oauth2-proxy"


@functools.cache
def why_not():
    """Why it is not there; "" once it has been built."""
    go = shutil.which("go", path=f"{os.environ['PATH']}:/usr/local/go/bin")
    if PROGRAM.exists():
        return ""
    if go is None:
        return "there is no Go toolchain"
    done = subprocess.run([go, "install", f"{MODULE}@{VERSION}"], capture_output=True, text=True,
                          env={**os.environ, "GOBIN": str(PROGRAM.parent)})
    return "" if done.returncode == 0 else f"it could not be built: {done.stderr.strip().splitlines()[-1]}"


class Oauth2Proxy:
    def __init__(self, directory):
        self.directory = directory
        self.path = directory / "run/oauth2-proxy.sock"

    def start(self):
        """With one user, whose password everybody here knows, and sessions that are asked nowhere else."""
        users = self.directory / "users.htpasswd"
        users.write_text(subprocess.run(["htpasswd", "-nbB", "bench", PASSWORD], capture_output=True, text=True, check=True).stdout)
        own(users)
        with open(self.directory / "log/oauth2-proxy.log", "wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, f"--http-address=unix://{self.path}", "--provider=github", "--client-id=bench", "--client-secret=bench",
                 f"--cookie-secret={secrets.token_hex(16)}", "--cookie-secure=false", "--email-domain=*", "--reverse-proxy=true",
                 f"--htpasswd-file={users}", "--upstream=static://202", "--request-logging=false", "--auth-logging=false"],
                stdout=log, stderr=log, **of_account())
        assert eventually(lambda: self.path.is_socket() or self.process.poll() is not None, 30) and self.path.is_socket(), self.log()
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def sign_in(self, count):
        """So many cookies of the user; each is different."""
        cookies = []
        for _ in range(count):
            # Closing a client closes its transport.
            with httpx.Client(base_url="http://localhost", transport=httpx.HTTPTransport(uds=str(self.path))) as client:
                client.post("/oauth2/sign_in", data={"username": "bench", "password": PASSWORD})
                assert client.get("/oauth2/auth").status_code == 202, self.log()
                cookies.append(client.cookies[COOKIE])
        return cookies

    def log(self):
        return (self.directory / "log/oauth2-proxy.log").read_text()
