"""What the tests take from Go's module proxy: an exact version each, and the checksum that it must have."""

import functools
import json
import os
import pathlib
import shutil
import subprocess

import pytest

MODULES = {
    "github.com/c2sp/wycheproof": (
        "v0.0.0-20260902155932-3fa63dd0344a", "h1:pNbL2nztRsWfW/ispAwsvcDFxs9Id38uIsR2/Up5G2c="),
    "github.com/containous/go-http-auth": (
        "v0.4.1-0.20200324110947-a37a7636d23e", "h1:D+uTEzDZc1Fhmd0Pq06c+O9+KkAyExw0eVmu/NOqaHU="),
    "github.com/go-acme/lego/v5": ("v5.4.1", "h1:Jt6xAP9xQrJ3SLLGgxejfDDd3pzdrmuLCWe4oTqHHQc="),
    "github.com/traefik/traefik/v3": ("v3.7.13", "h1:T8wy9KuaFzCkmXCqAzDy7t73pBDR1DHrJe3pqXpNXTw="),
}


def find():
    """The command; None: there is none."""
    # Where go.dev has people put it, which a bare PATH leaves out.
    return shutil.which("go", path=f"{os.environ['PATH']}:/usr/local/go/bin")


@functools.cache
def fetch(module):
    """The directory of the module, in Go's own cache. Where there is no Go, or no proxy, a test is skipped."""
    version, checksum = MODULES[module]
    go = find()
    if go is None:
        failure = "there is no go"
    else:
        done = subprocess.run([go, "mod", "download", "-json", f"{module}@{version}"], capture_output=True, text=True, timeout=300)
        came = json.loads(done.stdout or "{}")
        failure = came.get("Error", "") if done.stdout else done.stderr.strip()
    if failure:
        pytest.skip(f"{module} could not be fetched: {failure}")
    assert came["Sum"] == checksum
    return pathlib.Path(came["Dir"])
