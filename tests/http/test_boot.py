"""What INSTALL says for lighttpd, on a system of its own, and whether it comes up again after a boot."""

import pathlib
import re

from conftest import TOP
from own_system import only_root, run_on_own_system

pytestmark = only_root

SYSTEM = """
mkdir -p /usr/local/lib/bearward /usr/local/share/bearward
cp bearward /usr/local/bin
cp cgi-bin/*.fcgi /usr/local/lib/bearward
cp -r common-passwords www /usr/local/share/bearward
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

    done = run_on_own_system(script, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-3:-1] == ["200", "200"], done.stdout + done.stderr


# INSTALL says so of every boot; where systemd starts lighttpd, this makes the directory.
def test_debian_makes_the_directory_of_the_sockets_at_boot():
    made = "".join(path.read_text() for path in sorted(pathlib.Path("/usr/lib/tmpfiles.d").glob("lighttpd*")))

    assert re.search(r"^d /run/lighttpd 0750 www-data www-data", made, re.M)
