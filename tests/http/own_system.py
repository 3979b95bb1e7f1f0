"""A system of a test's own: directories that INSTALL writes to, ports and processes that nobody else sees."""

import os
import subprocess

import pytest

from conftest import PATIENCE, TOP

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a system of its own")

# What dpkg knows stays known: `make` asks which packages are there.
SYSTEM = """
set -e
mount --make-rprivate /
mkdir "$0/etc" "$0/dpkg" "$0/tree" && cp -a /etc/. "$0/etc"
mount --bind /var/lib/dpkg "$0/dpkg"
tree=$(pwd -P) && mount --bind "$tree" "$0/tree"
for place in /run /usr/local /var/lib /var/log /var/cache /var/www /srv; do
	[ -d "$place" ] || continue
	mount -t tmpfs -o mode=0755 none "$place"
done
mkdir /var/lib/dpkg && mount --bind "$0/dpkg" /var/lib/dpkg
mount --bind "$0/etc" /etc
# Where the sources lie in one of these places, they are to be had all the same.
mkdir -p "$tree" && mount --bind "$0/tree" "$tree" && cd "$tree"
rm -rf /etc/bearward /etc/default/bearward /etc/init.d/bearward /etc/lighttpd/conf-enabled/*
/usr/bin/python3 -c '
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 1))	# SIOCSIFFLAGS, IFF_UP
'
mkdir /usr/local/bin && ln -s /bin/false /usr/local/bin/npm	# there is no network
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
service() { /etc/init.d/"$1" "$2" >/dev/null; }
"""
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("BEARWARD_", "MAKE", "MFLAGS"))}


def run_on_own_system(script, directory, patience=2 * PATIENCE):
    """Runs a shell script in the directory of INSTALL, as root; what it starts ends with it."""
    return subprocess.run(
        ["unshare", "-m", "-n", "-p", "-f", "--kill-child", "--mount-proc", "sh", "-c", SYSTEM + script, str(directory)],
        cwd=TOP, env=CLEAN, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=patience)
