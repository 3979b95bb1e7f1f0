"""What INSTALL says for lighttpd, on a system of its own, and whether it comes up again after a boot."""

import os
import pathlib
import re
import subprocess

import pytest

from conftest import PATIENCE, TOP

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a system of its own")

# Places of this process and its children alone: what INSTALL writes to. Ports and processes are theirs alone, too.
SYSTEM = """
set -e
mount --make-rprivate /
mkdir "$0/etc" && cp -a /etc/. "$0/etc"
for place in /run /usr/local /var/lib /var/log /var/cache; do
	mount -t tmpfs -o mode=0755 none "$place"
done
mount --bind "$0/etc" /etc
rm -rf /etc/bearward /etc/lighttpd/conf-enabled/* && mkdir -p /usr/local/lib/bearward /usr/local/bin /usr/local/share/bearward
cp bearward /usr/local/bin
cp cgi-bin/*.fcgi /usr/local/lib/bearward
cp -r common-passwords www /usr/local/share/bearward
/usr/bin/python3 -c '
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 1))	# SIOCSIFFLAGS, IFF_UP
'
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
service() { /etc/init.d/"$1" "$2" >/dev/null; }
signs_in() {
	curl -sS --retry 20 --retry-connrefused --retry-delay 1 -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8000/token \\
	    -d username=johndoe --data-urlencode 'password=correct horse battery staple'
}
"""
BOOT = """
service lighttpd stop
rm -rf /run/*
service lighttpd start
"""


def commands(heading):
    """What a paragraph of INSTALL that begins so has to type, without packages."""
    text = (TOP / "INSTALL").read_text()
    block = re.search(rf"^{heading}.*?\n\n((?:\t[^\n]*\n)+)", text, re.M | re.S)[1]
    return "".join(line[1:] for line in block.splitlines(True) if "apt-get" not in line)


def test_lighttpd_set_up_as_install_says_signs_in_also_after_a_boot(tmp_path):
    script = "\n".join([
        SYSTEM, commands("Or let the web server start them"),
        "install -D -m 0644 conf/bearward.conf.sample /etc/bearward/bearward.conf", commands("Then make the state directory"),
        commands("lighttpd, starting the responders itself"), "bearward user add johndoe <<'END'\ncorrect horse battery staple\nEND",
        "signs_in", BOOT, "signs_in", "curl -sS -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:80/", "service lighttpd stop"])

    done = subprocess.run(["unshare", "-m", "-n", "-p", "-f", "--mount-proc", "sh", "-c", script, str(tmp_path)], cwd=TOP,
                          capture_output=True, text=True, timeout=2 * PATIENCE)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-3:-1] == ["200", "200"], done.stdout + done.stderr


# INSTALL says so of every boot; where systemd starts lighttpd, this makes the directory.
def test_debian_makes_the_directory_of_the_sockets_at_boot():
    made = "".join(path.read_text() for path in sorted(pathlib.Path("/usr/lib/tmpfiles.d").glob("lighttpd*")))

    assert re.search(r"^d /run/lighttpd 0750 www-data www-data", made, re.M)
