"""Hosts of a test's own on one network: of each, what own_system.py makes, and a name, an address and a home of its own."""

import pathlib
import subprocess

import pytest

from conftest import PATIENCE, TOP
from own_system import CLEAN, SYSTEM
from server import children_of

# `scp FILE... root@HOST.example.org:` leaves files in the home of that host.
SCP = """#!/bin/sh
for last; do :; done
host=${last#root@} host=${host%%.*}
while [ $# -gt 1 ]; do cp "$1" /srv/hosts/$host/home/ || exit; shift; done
"""

HOST = """
hosts=${0%/*}
mkdir /srv/hosts && mount --bind "$hosts" /srv/hosts
mkdir "$0/home" && mount --bind "$0/home" /root
export HOME=/root
hostname "${0##*/}"
cat "$hosts/names" >> /etc/hosts
install -m 0755 "$hosts/scp" /usr/local/bin/scp
"""


NETWORK = "ip link add lan type bridge && ip link add one type veth peer name two"


def skip_without_networks():
    if subprocess.run(["unshare", "-n", "sh", "-c", NETWORK], capture_output=True).returncode != 0:
        pytest.skip("no network of the test's own can be made here")


class Host:
    """One of them, until it is removed with all that runs on it. Its first process waits for those that nobody waits for."""

    def __init__(self, directory, name, address):
        self.name, self.address, self.directory = name, address, directory / name
        self.directory.mkdir()
        self.holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "-m", "-n", "-u", "-p", "-f", "--kill-child", "--mount-proc",
             "sh", "-c", SYSTEM + HOST + "echo; while :; do sleep infinity || :; done", str(self.directory)],
            cwd=TOP, env=CLEAN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "\n":
            self.holder.wait(PATIENCE)
            raise OSError("no host can be made here")
        self.pid = children_of(self.holder.pid)[0]

    def run(self, script, stdin="", patience=2 * PATIENCE):
        """Runs a script in the directory of INSTALL; gives what it prints."""
        done = subprocess.run(
            ["nsenter", "-t", str(self.pid), "-m", "-r", "-n", "-u", "-p", "sh", "-ec", f"cd '{TOP}'\n" + script],
            env={**CLEAN, "HOME": "/root", "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
            input=stdin, capture_output=True, text=True, timeout=patience,
            start_new_session=True)     # and so nothing asks on a terminal
        assert done.returncode == 0, f"{self.name}: {script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def remove(self):
        self.holder.kill()
        self.holder.wait(PATIENCE)
        self.holder.stdout.close()


class Network:
    """Hosts by their names, each with the address that it is given; the names are those below example.org."""

    def __init__(self, directory, **addresses):
        directory = pathlib.Path(directory)
        (directory / "names").write_text("".join(
            f"{address} {name}.example.org {name}\n" for name, address in addresses.items()))
        (directory / "scp").write_text(SCP)
        self.hosts = {}
        try:
            for name, address in addresses.items():
                self.hosts[name] = Host(directory, name, address)
            self.connect(*self.hosts.values())
        except BaseException:
            self.remove()
            raise

    def connect(self, first, *others):
        """By a switch on the first."""
        first.run(f"ip link add lan type bridge; ip address add {first.address}/24 dev lan; ip link set lan up")
        for host in others:
            subprocess.run(["ip", "link", "add", f"to-{host.name}", "netns", str(first.pid), "type", "veth",
                            "peer", "name", "lan", "netns", str(host.pid)], check=True)
            first.run(f"ip link set to-{host.name} master lan up")
            host.run(f"ip address add {host.address}/24 dev lan; ip link set lan up")

    def __getitem__(self, name):
        return self.hosts[name]

    def remove(self):
        for host in self.hosts.values():
            host.remove()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.remove()
