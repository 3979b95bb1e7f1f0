"""Traefik, built from what Go's module proxy has of it.

That is done once, and kept below build/. It took a quarter of an hour on two busy cores, and takes two minutes where Go has the
parts in its cache. Three things are not as in Traefik's own builds, and no test comes near them. The proxy lacks a part that is
empty in them (ext), the libraries of many services with which Traefik can get certificates by DNS, and the newest version of
the library that reads Basic and Digest credentials.
"""

import fcntl
import os
import shutil
import subprocess

import go
import pytest
from conftest import TOP

MODULE = "github.com/traefik/traefik/v3"
LEGO = "github.com/go-acme/lego/v5"
CREDENTIALS = "github.com/containous/go-http-auth"
EXT = """package ext

type HTTP struct{}

type Router struct{}

type RouterIng struct{}

func (RouterIng) ToRouter() Router { return Router{} }
"""
NO_DNS = """package dns

import (
	"errors"

	"github.com/go-acme/lego/v5/challenge"
)

func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, errors.New("left out: " + name)
}
"""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def copy(module, directory):
    shutil.copytree(go.fetch(module), directory, copy_function=shutil.copyfile)
    subprocess.run(["chmod", "-R", "u+w", directory], check=True)


def take_sources(directory):
    copy(MODULE, directory / "traefik")
    ext = directory / "traefik/pkg/config/dynamic/ext"
    write(ext / "go.mod", "module github.com/traefik/traefik/dynamic/ext\n")
    write(ext / "ext.go", EXT)
    copy(LEGO, directory / "lego")
    shutil.rmtree(directory / "lego/providers/dns")
    write(directory / "lego/providers/dns/none.go", NO_DNS)
    go.fetch(CREDENTIALS)
    replaced = [f"{LEGO}=../lego", f"github.com/abbot/go-http-auth={CREDENTIALS}@{go.MODULES[CREDENTIALS][0]}"]
    subprocess.run([go.find(), "mod", "edit", *(f"-replace={line}" for line in replaced)],
                   cwd=directory / "traefik", check=True)


def build(directory, program):
    shutil.rmtree(directory / "sources", ignore_errors=True)
    take_sources(directory / "sources")
    options = {"cwd": directory / "sources/traefik", "capture_output": True, "text": True,
               "env": {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod -buildvcs=false"}}
    fetched = subprocess.run([go.find(), "list", "-deps", "./cmd/traefik"], **options)
    if fetched.returncode != 0:
        pytest.skip(f"what Traefik needs could not be fetched: {fetched.stderr[-500:]}")
    done = subprocess.run([go.find(), "build", "-ldflags=-s -w", "-o", program, "./cmd/traefik"], **options)
    assert done.returncode == 0, done.stderr[-5000:]
    shutil.rmtree(directory / "sources")


def program():
    """Where Traefik is. Where there is no Go, or no proxy, a test is skipped."""
    directory = TOP / "build/traefik" / go.MODULES[MODULE][0]
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "traefik").exists():
            build(directory, directory / "traefik")
    return directory / "traefik"
