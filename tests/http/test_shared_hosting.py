"""What forbids a start where one machine has many accounts: files open to others, or within the web's reach."""

import os
import socket
import stat
import subprocess

import pytest

import expect
import fastcgi
from conftest import PASSWORD, PATIENCE, TOP, Server, bearer, register, sign_in
from pools import routed_pools
from fastcgi import form_params, get_params, parse_cgi
from test_cgi import run, unavailable

pytestmark = pytest.mark.once("is about what a web server makes of an address")

ENDPOINTS = routed_pools()
NOBODY = 65534


@pytest.fixture
def place(build):
    """An instance that is never started: settings, a database and a key; to be spoilt."""
    server = Server(build)
    assert server.command("init").returncode == 0
    yield server
    server.remove()


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


# -- Settings, a state directory or a database that another account may touch --------------------


def open_directory_for_group_to_look(place):
    place.state.chmod(0o710)
    return place.state, "chmod 700"


def open_directory_for_all_to_write(place):
    place.state.chmod(0o703)
    return place.state, "chmod 700"


def open_database_for_group_to_read(place):
    place.database.chmod(0o640)
    return place.database, "chmod 600"


def open_database_for_all_to_write(place):
    place.database.chmod(0o602)
    return place.database, "chmod 600"


def open_settings_for_group_to_write(place):
    place.conf.chmod(0o660)
    return place.conf, "chmod go-w"


def open_place_of_settings_for_all_to_write(place):
    place.directory.chmod(0o703)
    return place.directory, "chmod o-w"


def give_settings_away(place):
    os.chown(place.conf, NOBODY, -1)
    return place.conf, "belongs to nobody"


def give_directory_away(place):
    os.chown(place.state, NOBODY, -1)
    return place.state, "belongs to nobody"


def give_database_away(place):
    os.chown(place.database, NOBODY, -1)
    return place.database, "belongs to nobody"


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
GIVEN_AWAY = pytest.param(give_directory_away, marks=as_root)  # to whom the command changes, if root typed it
SPOILERS = [
    open_directory_for_group_to_look, open_directory_for_all_to_write, open_settings_for_group_to_write,
    open_place_of_settings_for_all_to_write, GIVEN_AWAY, pytest.param(give_settings_away, marks=as_root),
    *(pytest.param(spoil, marks=pytest.mark.sqlite("is about its file")) for spoil in (
        open_database_for_group_to_read, open_database_for_all_to_write)),
    pytest.param(give_database_away, marks=[as_root, pytest.mark.sqlite("is about its file")]),
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("spoil", SPOILERS)
def test_15_4_what_others_may_touch_gives_503_over_cgi_and_is_named_in_the_log(place, endpoint, spoil):
    path, remedy = spoil(place)

    done = run(place, endpoint, form_params(b"username=u&password=p"), b"username=u&password=p")

    unavailable(done, endpoint)
    assert str(path) in done.stderr.decode()
    assert remedy in done.stderr.decode()


def start_over_fastcgi(place, endpoint):
    """Starts a responder on a socket of its own that must not stay up; what it said."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place.directory / "socket"))
        listening.listen()
        return subprocess.run(
            [TOP / place.out / f"cgi-bin/{endpoint}.fcgi"], stdin=listening, capture_output=True, text=True,
            timeout=PATIENCE, env={**place.environment, "BEARWARD_CONF": str(place.conf)})


@pytest.mark.parametrize("spoil", SPOILERS)
def test_15_4_what_others_may_touch_stops_the_start_over_fastcgi(place, spoil):
    path, remedy = spoil(place)

    done = start_over_fastcgi(place, "token")

    assert done.returncode == 1
    assert str(path) in done.stderr
    assert remedy in done.stderr


@pytest.mark.parametrize("command", [["check-config"], ["init"], ["user", "list"]], ids=" ".join)
@pytest.mark.parametrize("spoil", [spoil for spoil in SPOILERS if spoil is not GIVEN_AWAY])
def test_15_4_the_command_refuses_what_others_may_touch_and_says_what_to_do(place, command, spoil):
    path, remedy = spoil(place)
    before = path.lstat()

    done = place.command(*command)

    assert done.returncode == 1
    assert str(path) in done.stderr
    assert remedy in done.stderr
    assert (path.lstat().st_mode, path.lstat().st_uid) == (before.st_mode, before.st_uid)


# -- Root -----------------------------------------------------------------------------------


@as_root
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_responder_does_not_run_as_root_and_says_what_to_do(place, endpoint):
    place.environment["BEARWARD_ALLOW_ROOT"] = "no"

    over_fastcgi = start_over_fastcgi(place, endpoint)
    over_cgi = run(place, endpoint, form_params(b"username=u&password=p"), b"username=u&password=p")

    unavailable(over_cgi, endpoint)
    assert over_fastcgi.returncode == 1
    for said in (over_fastcgi.stderr, over_cgi.stderr.decode()):
        assert 'event="will not run as root"' in said
        assert "allow_root = yes" in said


@as_root
def test_a_responder_that_may_run_as_root_warns(place):
    done = run(place, "token", form_params(b"username=u&password=p"), b"username=u&password=p")

    assert done.stdout.startswith(b"Status: 401")
    assert 'warning bearward-token event="runs as root"' in done.stderr.decode()


@as_root
def test_a_directory_out_of_reach_is_told_from_a_missing_one(place):
    """As where programs run as the web server, and the files are the customer's."""
    os.chmod(place.directory, 0o701)
    place.conf.chmod(0o644)
    environment = {"GATEWAY_INTERFACE": "CGI/1.1", "BEARWARD_CONF": str(place.conf),
                   "BEARWARD_STATE_DIR": f"{place.state}/keys", **dict(get_params())}

    # Copied to where an ordinary user may go.
    program = place.directory / "me.fcgi"
    program.write_bytes((TOP / place.out / "cgi-bin/me.fcgi").read_bytes())
    program.chmod(0o755)
    done = subprocess.run(
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", program],
        env={**environment, "ASAN_OPTIONS": place.environment["ASAN_OPTIONS"]}, capture_output=True)

    unavailable(done, "me")
    assert "Permission denied (this program runs as nobody)" in done.stderr.decode()


# -- A state directory in the document root -------------------------------------------------


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("name", ["DOCUMENT_ROOT", "CONTEXT_DOCUMENT_ROOT"])
def test_a_state_directory_in_the_document_root_gives_503_over_cgi(place, endpoint, name):
    params = form_params(b"username=u&password=p", **{"DOCUMENT_ROOT": "/var/www", name: str(place.directory)})

    done = run(place, endpoint, params, b"username=u&password=p")

    unavailable(done, endpoint)
    assert "document root" in done.stderr.decode()
    assert str(place.state) in done.stderr.decode()


def test_a_state_directory_beside_the_document_root_is_good(place):
    site = place.directory / "state-of-the-site"
    site.mkdir()

    done = run(place, "me", get_params(DOCUMENT_ROOT=str(site), CONTEXT_DOCUMENT_ROOT=str(site)))

    expect.detail(parse_cgi(done.stdout), 401, "Not authenticated")


def test_a_link_does_not_hide_that_the_state_directory_is_in_the_document_root(place):
    elsewhere = place.directory / "public"
    elsewhere.symlink_to(place.directory)

    done = run(place, "me", get_params(DOCUMENT_ROOT=str(elsewhere)))

    unavailable(done, "me")


@pytest.mark.only_nginx("speaks FastCGI to the responder itself")
def test_a_state_directory_in_the_document_root_gives_503_over_fastcgi_while_it_is(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["access_token"]
    header = {"HTTP_AUTHORIZATION": bearer(token)["Authorization"]}
    within = get_params(DOCUMENT_ROOT=str(server.directory), **header)
    outside = get_params(DOCUMENT_ROOT=str(server.directory / "tmp"), **header)

    answers = [fastcgi.ask(server.socket("me"), params) for params in (outside, within, outside)]

    expect.json_body(answers[0], 200)
    expect.detail(answers[1], 503, "Service temporarily unavailable")
    expect.json_body(answers[2], 200)
    assert "document root" in server.log()


@pytest.mark.parametrize("command", [["check-config"], ["init"]], ids=" ".join)
def test_the_command_refuses_a_state_directory_in_the_document_root_it_is_told_of(place, command):
    place.environment["DOCUMENT_ROOT"] = str(place.directory)

    done = place.command(*command)

    assert done.returncode == 1
    assert str(place.state) in done.stderr
    assert "outside" in done.stderr


def test_the_command_makes_nothing_in_the_document_root(build):
    server = Server(build, environment={"DOCUMENT_ROOT": "/tmp"})

    done = server.command("init")

    assert done.returncode == 1
    assert not server.state.exists()
    server.remove()


# -- What is made is closed to others -------------------------------------------------------


def test_whatever_the_umask_nothing_that_is_made_is_open_to_others(build):
    server = Server(build)
    before = os.umask(0)
    try:
        for journal in ("delete", "wal"):
            server.write_settings(journal_mode=journal)
            assert server.command("init").returncode == 0
            assert server.command("user", "add", journal, stdin=PASSWORD + "\n").returncode == 0
            body = f"username={journal}&password={PASSWORD.replace(' ', '+')}".encode()
            done = run(server, "token", form_params(body), body)
            assert expect.json_body(parse_cgi(done.stdout), 200)
    finally:
        os.umask(before)

    made = [server.state, *server.state.rglob("*")]
    assert {path.name for path in made} >= {"state", "hash.slots", "keys"}
    assert server.engine != "sqlite" or server.database in made
    assert [path for path in made if mode(path) & 0o077] == []
    server.remove()


@pytest.mark.parametrize("query", ["", "user+list", "user+delete+alice"])
def test_the_command_does_nothing_for_a_web_server(place, query):
    """A server that runs it as a CGI program would hand it the words of the query string."""
    place.environment["GATEWAY_INTERFACE"] = "CGI/1.1"
    done = place.command(*query.split("+"))

    assert done.returncode != 0
    assert done.stdout == ""
