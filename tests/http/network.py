"""Other hosts for a test: a network namespace each, and a cable to it that can be cut, slow, or lose what it carries.

The packets go through the test itself, from one TUN device to another, so the kernel need not have netem. What it has
made is gone when it has ended, however it ended.
"""

import contextlib
import ctypes
import fcntl
import heapq
import itertools
import os
import pathlib
import random
import select
import shutil
import struct
import subprocess
import tempfile
import threading
import time

import pytest

TUNSETIFF, IFF_TUN, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 1, 0x1000, 0x40000000

_numbers = itertools.count()


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


def make_tun(name, address, peer):
    """A device in the namespace of this thread; whoever has the descriptor is what it leads to."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    ip("address", "add", address, "peer", peer, "dev", name)
    ip("link", "set", name, "up")
    return descriptor


class Host:
    """A namespace with one cable, which leads here.

    is_cut: nothing arrives, in either direction, and nobody is told. delay: of each packet, in seconds; loss: how many
    of 1 never arrive.
    """

    def __init__(self):
        number = (os.getpid() * 16 + next(_numbers) % 16) % (1 << 15)
        base = (198 << 24) + (18 << 16) + number * 4        # 198.18.0.0/15 is for tests of networks (RFC 2544)
        self.here, self.address = (".".join(str(base + last >> shift & 255) for shift in (24, 16, 8, 0)) for last in (1, 2))
        self.is_cut, self.delay, self.loss = False, 0, 0
        self.holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sh", "-c", "echo; exec sleep infinity"],
                                       stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.name = f"bearward{number}"
        self.ends = [make_tun(self.name, self.here, self.address), self.make_other_end()]
        self.is_over, self.stopper = os.pipe()
        self.carrier = threading.Thread(target=self.carry, daemon=True)
        self.carrier.start()

    @property
    def launcher(self):
        """The command that starts a program there."""
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]

    def make_other_end(self):
        """A thread of its own, since it is the thread that enters a namespace."""
        made = []

        def enter_and_make():
            with open(f"/proc/{self.holder.pid}/ns/net") as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            ip("link", "set", "lo", "up")
            made.append(make_tun("db0", self.address, self.here))
        thread = threading.Thread(target=enter_and_make)
        thread.start()
        thread.join()
        return made[0]

    def carry(self):
        """From each end to the other; in order, unless something is lost."""
        under_way, order = [], itertools.count()
        while True:
            wait = max(0, under_way[0][0] - time.monotonic()) if under_way else None
            ready, _, _ = select.select([self.is_over, *self.ends], [], [], wait)
            if self.is_over in ready:
                return
            for end in ready:
                with contextlib.suppress(BlockingIOError):
                    packet = os.read(end, 65536)
                    if not self.is_cut and random.random() >= self.loss:
                        heapq.heappush(under_way, (time.monotonic() + self.delay, next(order), self.ends[1 - self.ends.index(end)], packet))
            while under_way and under_way[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(under_way)
                if not self.is_cut:
                    with contextlib.suppress(OSError):
                        os.write(end, packet)

    def remove(self):
        os.close(self.stopper)
        self.carrier.join()
        for descriptor in (self.is_over, *self.ends):
            os.close(descriptor)
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


@pytest.fixture
def make_host():
    """A function that makes another host; only root may."""
    if os.geteuid() != 0:
        pytest.skip("only root can make network namespaces")
    hosts = []

    def make():
        try:
            hosts.append(Host())
        except (OSError, IndexError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no network namespace with a TUN device can be made here: {error}")
        return hosts[-1]

    yield make
    for host in hosts:
        host.remove()


@pytest.fixture
def place():
    """A directory that every account can reach."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)
