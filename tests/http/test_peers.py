"""Who may connect to a responder's unix socket: the web server's account, and nobody else."""

import grp
import os
import pwd
import subprocess

import pytest

from conftest import PATIENCE, eventually
from fastcgi import STDIN, begin, get_params, params, stream
from test_sandbox import Place

pytestmark = [pytest.mark.only_nginx("has no web server"),
              pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account")]

REQUEST = begin() + params(get_params()) + stream(STDIN, b"")
NOBODY = pwd.getpwnam("nobody").pw_uid
NOGROUP = grp.getgrnam("nogroup").gr_gid
WWW_DATA = pwd.getpwnam("www-data")

# Connects, sends what comes in and gives out what comes back.
CLIENT = """
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect("me.sock")
    try:
        connection.sendall(sys.stdin.buffer.read())
        while piece := connection.recv(65536):
            sys.stdout.buffer.write(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass
"""


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.stop()


def start(place, group=0, **settings):
    """A responder whose socket everybody can reach, with a group."""
    place.prepare(**settings)
    place.start("me", group=group)
    place.directory.chmod(0o711)
    os.chmod(place.path, 0o666)


def is_served(place, user, group, extra_groups=()):
    done = subprocess.run(["/usr/bin/python3", "-c", CLIENT], input=REQUEST, capture_output=True, timeout=PATIENCE,
                          cwd=place.directory, user=user, group=group, extra_groups=extra_groups)
    assert done.returncode == 0, done.stderr
    return b"Status: 401" in done.stdout


def test_only_owner_and_group_of_the_socket_may_connect(place):
    start(place, group=WWW_DATA.pw_gid)

    assert is_served(place, 0, 0)
    assert is_served(place, WWW_DATA.pw_uid, WWW_DATA.pw_gid)
    assert is_served(place, NOBODY, NOGROUP, [1, WWW_DATA.pw_gid])
    assert not is_served(place, NOBODY, NOGROUP)
    assert not is_served(place, NOBODY, NOGROUP, [1])


def test_a_list_of_accounts_counts_and_not_the_group_of_the_socket(place):
    start(place, group=WWW_DATA.pw_gid, web_server_user="daemon nobody")

    assert is_served(place, 0, 0)
    assert is_served(place, NOBODY, NOGROUP)
    assert not is_served(place, WWW_DATA.pw_uid, WWW_DATA.pw_gid)


def test_a_refusal_is_logged_with_the_account(place):
    start(place)

    assert not is_served(place, NOBODY, NOGROUP)

    [said] = [line for line in place.log.read_text().splitlines() if "refused a connection" in line]
    assert said.endswith(f" user={NOBODY} group={NOGROUP}")


def test_nothing_starts_with_an_account_that_is_not_there(place):
    start(place, web_server_user="www-data nobody-of-that-name")

    assert place.process.wait(PATIENCE) == 1

    assert eventually(lambda: 'account=nobody-of-that-name reason="there is no account of that name"'
                      in place.log.read_text())
