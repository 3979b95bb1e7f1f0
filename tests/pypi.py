"""What the tests take from PyPI, for peers and makers of databases only: tests/pypi.txt has the exact versions."""

import fcntl
import functools
import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

REQUIREMENTS = pathlib.Path(__file__).resolve().with_name("pypi.txt")
PYTHON = "/usr/bin/python3"


def cache():
    """A directory for these requirements and this Python, outside the tree; later runs find it done."""
    version = subprocess.run([PYTHON, "--version"], capture_output=True, check=True).stdout
    digest = hashlib.sha256(version + REQUIREMENTS.read_bytes()).hexdigest()[:16]
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "bearward-tests" / digest


def install(directory):
    """Makes the environment; returns what went wrong, "" if nothing did."""
    shutil.rmtree(directory, ignore_errors=True)
    for command in ([PYTHON, "-m", "venv", directory],
                    [directory / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                     "--only-binary", ":all:", "--retries", "1", "--timeout", "20", "--require-hashes", "-r", REQUIREMENTS]):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        except subprocess.TimeoutExpired:
            return "PyPI does not answer"
        if done.returncode != 0:
            return (done.stderr or done.stdout).strip()
    return ""


@functools.cache
def make():
    directory = cache()
    directory.mkdir(parents=True, exist_ok=True)
    # Of several lanes one installs, and the others find it done.
    with open(directory / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "done").exists():
            failure = install(directory / "venv")
            if failure:
                return None, failure
            (directory / "done").touch()
    return directory / "venv/bin/python", ""


def python():
    """The interpreter that has it all. Without PyPI a test is skipped; Debian's peers are tested all the same."""
    interpreter, failure = make()
    if not interpreter:
        pytest.skip(f"PyPI is not to be had: {failure.splitlines()[-1]}")
    return interpreter
