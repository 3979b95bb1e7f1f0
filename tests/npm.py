"""What the tests take from npm: an exact version each, and the sha512 that its archive must have."""

import fcntl
import os
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = {
    "@seriousme/openapi-schema-validator": (
        "2.11.0",
        "sha512-DL8TjmjkUS76OaK/TinoRtf6PrirsWfMZiv62ifP9eq3UOpoLqSGZKpCErxMzz0i1pjECSPYY+qZ1SRYEgiEvg=="),
    "axios": (
        "1.12.2",
        "sha512-vMJzPewAlRyOgxV2dU0Cuz2O8zzzx9VYtbJOaBgXFeLc4IV/Eg50n4LowmehOOR61S8ZMpc2K5Sa7g6A4jfkUw=="),
    "axe-core": (
        "4.14.1",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="),
    "express-oauth2-jwt-bearer": (
        "1.10.0",
        "sha512-sicg3wCTOdxiipC2noQ9XRVK94SO0wky8NmBbS6fsYZg8vWHizjvNt2HiPlUp6vLFu2eyIcWsqnJkZonqy1vzg=="),
    "oauth4webapi": (
        "3.8.8",
        "sha512-8N28E+a/oxfXWBgOMt+ZP/JUf/XR+IFbvkAEPP3gznXOMv9BpAAwiIj0TFNz3tGTPc0ZQ8zmWBNgN1nAys0gng=="),
}


def fetch(package, file):
    """The path of one file of the package. Without npm a test is skipped; CI has it, and must not skip."""
    version, integrity = PACKAGES[package]
    directory = TOP / "build/npm" / package
    directory.mkdir(parents=True, exist_ok=True)
    # Of several lanes one fetches, and the others find it done.
    with open(directory / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [TOP / "conf/fetch-npm", package, version, integrity, directory, file], capture_output=True, text=True)
    if done.returncode != 0 and not os.environ.get("CI"):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return directory / pathlib.Path(file).name
