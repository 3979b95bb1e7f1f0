"""The same programs as plain CGI (RFC 3875): one request from the environment and standard input."""

import json
import os
import socket
import subprocess

import pytest

import expect
from conftest import BUILDS, PASSWORD, PATIENCE, TOP, Server
from pools import POOLS
from fastcgi import form_params, get_params, parse_cgi

pytestmark = pytest.mark.sanitized(
    "sees all that a program as built does; what is `core`, `stored`, or about a setting also runs as built")


@pytest.fixture(scope="module")
def site(build):
    """An instance that is never started: settings, a database, a key and the user `alice`."""
    server = Server(build)
    assert server.command("init").returncode == 0
    assert server.command("user", "add", "alice", stdin=PASSWORD + "\n").returncode == 0
    yield server
    server.remove()


def run(site, endpoint, params, body=b"", **environment):
    """One CGI request, as a web server on shared hosting makes it."""
    return subprocess.run(
        [TOP / site.out / f"cgi-bin/{endpoint}.fcgi"], input=body, capture_output=True, timeout=PATIENCE,
        env={"PATH": os.environ["PATH"], "GATEWAY_INTERFACE": "CGI/1.1", "BEARWARD_CONF": str(site.conf),
             **site.bare_environment, **dict(params), **environment})


def ask(site, endpoint, params, body=b""):
    done = run(site, endpoint, params, body)
    assert done.returncode == 0, done.stderr
    return parse_cgi(done.stdout)


def sign_in(site, password=PASSWORD, **changes):
    body = f"username=alice&password={password.replace(' ', '+')}".encode()
    return ask(site, "token", form_params(body, **changes), body)


def register(site, name, **changes):
    body = json.dumps({"username": name, "password": PASSWORD}).encode()
    return ask(site, "users", form_params(body, **{"CONTENT_TYPE": "application/json", **changes}), body)


def test_3_8_token_signs_in(site):
    body = expect.json_body(sign_in(site), 200)

    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}


def test_5_1_users_registers(site, new_name):
    name = new_name()

    assert expect.json_body(register(site, name), 200)["username"] == name
    expect.detail(register(site, name.upper()), 409, "Username already registered")


@pytest.mark.parametrize("name", ["HTTP_AUTHORIZATION", "REDIRECT_HTTP_AUTHORIZATION"])
def test_6_2_me_answers(site, name):
    token = sign_in(site).json()["access_token"]

    response = ask(site, "me", get_params(**{name: f"Bearer {token}"}))

    assert expect.json_body(response, 200)["username"] == "alice"


def test_6_2_me_without_a_token_gives_401(site):
    response = ask(site, "me", get_params())

    expect.detail(response, 401, "Not authenticated")
    assert expect.challenge(response) == {"realm": "api"}


def test_11_2_verify_answers(site):
    token = sign_in(site).json()["access_token"]

    response = ask(site, "verify", form_params(b"x", PATH_INFO="/x", HTTP_AUTHORIZATION=f"Bearer {token}"), b"x")

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["x-auth-user"] == "alice"
    assert ask(site, "verify", get_params()).status_code == 401
    scoped = ask(site, "verify", get_params(REQUIRED_SCOPE="me", HTTP_AUTHORIZATION=f"Bearer {token}"))
    expect.bearer_error(scoped, 403, "insufficient_scope")


def test_3_10_wrong_password_gives_401(site):
    expect.oauth_error(sign_in(site, "wrong password"), 401, "invalid_grant", "Incorrect username or password")


def test_1_2_head_has_no_content(site):
    response = ask(site, "me", get_params(REQUEST_METHOD="HEAD"))

    assert response.status_code == 401
    assert response.content == b""


def test_1_2_options_gives_204(site):
    response = ask(site, "token", get_params(REQUEST_METHOD="OPTIONS"))

    assert response.status_code == 204
    assert response.headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("changes, status", [
    ({"REQUEST_METHOD": "DELETE"}, 405), ({"CONTENT_TYPE": "text/plain"}, 415), ({"CONTENT_TYPE": None}, 415),
    ({"CONTENT_LENGTH": None}, 411), ({"CONTENT_LENGTH": ""}, 411), ({"CONTENT_LENGTH": "99999"}, 413),
    ({"CONTENT_LENGTH": "x"}, 400), ({"CONTENT_LENGTH": "1000"}, 400), ({"HTTP_CONTENT_ENCODING": "gzip"}, 415),
    ({"QUERY_STRING": "password=x"}, 400)], ids=str)
def test_1_5_bad_requests_are_refused_as_in_fastcgi(site, changes, status):
    expect.oauth_error(sign_in(site, **changes), status, "invalid_request")


def test_1_1_path_info_gives_404(site):
    assert expect.json_body(sign_in(site, PATH_INFO="/x"), 404) == {"detail": "Not Found"}


def test_1_5_announced_length_ends_the_body_though_the_input_stays_open(site):
    body = f"username=alice&password={PASSWORD.replace(' ', '+')}".encode()
    environment = {"GATEWAY_INTERFACE": "CGI/1.1", "BEARWARD_CONF": str(site.conf), **dict(form_params(body))}
    reading, writing = os.pipe()
    os.write(writing, body)

    done = subprocess.run([TOP / site.out / "cgi-bin/token.fcgi"], stdin=reading, capture_output=True, timeout=PATIENCE,
                          env={**environment, **site.bare_environment})
    os.close(reading)
    os.close(writing)

    expect.json_body(parse_cgi(done.stdout), 200)


def test_1_5_body_that_nobody_wants_is_read_off(site):
    """Else some web servers take the answer for lost."""
    body = b"x" * 9000
    environment = {"GATEWAY_INTERFACE": "CGI/1.1", "BEARWARD_CONF": str(site.conf),
                   **dict(form_params(body, CONTENT_TYPE="text/plain"))}
    ours, theirs = socket.socketpair()
    ours.sendall(body)

    with theirs:
        done = subprocess.run([TOP / site.out / "cgi-bin/token.fcgi"], stdin=theirs, stdout=subprocess.PIPE, timeout=PATIENCE,
                              env={**environment, **site.bare_environment})
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)
    ours.close()

    expect.oauth_error(parse_cgi(done.stdout), 415, "invalid_request")


def test_1_5_body_that_does_not_come_gives_408(site):
    reading, writing = os.pipe()

    done = subprocess.run(
        [TOP / site.out / "cgi-bin/token.fcgi"], stdin=reading, capture_output=True, timeout=PATIENCE,
        env={"GATEWAY_INTERFACE": "CGI/1.1", "BEARWARD_CONF": str(site.conf), "BEARWARD_BODY_DEADLINE": "0.2",
             **site.bare_environment, **dict(form_params(b"username=alice"))})
    os.close(reading)
    os.close(writing)

    expect.oauth_error(parse_cgi(done.stdout), 408, "invalid_request")


# ---- what cannot start says so to the client without a cause, and to the log with one

@pytest.mark.parametrize("endpoint", POOLS)
@pytest.mark.parametrize("environment, named", [
    ({"BEARWARD_CONF": "/nonexistent/bearward.conf"}, "/nonexistent/bearward.conf"),
    ({"BEARWARD_STORAGE_WAIT": "soon"}, "STORAGE_WAIT"),
    ({"BEARWARD_TRHEADS": "8"}, "THREADS"),
], ids=["no file", "bad value", "unknown key"])
def test_1_10_broken_settings_give_503_and_a_reason_in_the_log(site, endpoint, environment, named):
    done = run(site, endpoint, get_params(), **environment)

    unavailable(done, endpoint)
    assert named.lower() in done.stderr.decode().lower()


def unavailable(done, endpoint):
    response = parse_cgi(done.stdout)
    if endpoint in ("token", "oauth"):
        expect.oauth_error(response, 503, "temporarily_unavailable", "Service temporarily unavailable")
    else:
        expect.detail(response, 503, "Service temporarily unavailable")
    assert int(response.headers["retry-after"]) > 0


@pytest.fixture
def broken_site(build):
    """As `site`, to be spoilt."""
    server = Server(build)
    assert server.command("init").returncode == 0
    yield server
    server.remove()


@pytest.mark.sqlite("is about its file")
@pytest.mark.parametrize("endpoint", POOLS)
def test_15_5_garbled_database_gives_503_and_is_left_alone(broken_site, endpoint):
    broken_site.database.write_bytes(b"garbage" * 10000)

    done = run(broken_site, endpoint, form_params(b"username=u&password=p"), b"username=u&password=p")

    unavailable(done, endpoint)
    assert broken_site.database.read_bytes() == b"garbage" * 10000


@pytest.mark.sqlite("is about its file")
@pytest.mark.parametrize("endpoint", POOLS)
def test_15_5_missing_database_gives_503_and_none_is_made(broken_site, endpoint):
    broken_site.database.unlink()

    done = run(broken_site, endpoint, form_params(b"username=u&password=p"), b"username=u&password=p")

    unavailable(done, endpoint)
    assert not broken_site.database.exists()


def spoil_by_shortening(key):
    key.write_text("too-short-to-be-a-key")


def spoil_by_showing(key):
    key.chmod(0o644)


def spoil_by_removing(key):
    key.unlink()


@pytest.mark.parametrize("endpoint", ["token", "me", "verify"])
@pytest.mark.parametrize("spoil", [spoil_by_shortening, spoil_by_showing, spoil_by_removing])
def test_15_4_bad_secret_stops_the_start_and_is_not_told(broken_site, endpoint, spoil):
    [key] = (broken_site.state / "keys").iterdir()
    spoil(key)
    secret = key.read_text().strip() if key.exists() else ""

    done = run(broken_site, endpoint, form_params(b"username=u&password=p"), b"username=u&password=p")

    unavailable(done, endpoint)
    assert str(key.parent) in done.stderr.decode()
    assert not secret or secret not in done.stderr.decode()


def test_15_5_database_of_a_newer_schema_gives_503_and_is_left_alone(broken_site):
    broken_site.storage.be_newer()
    before = broken_site.storage.content()

    done = run(broken_site, "me", get_params())

    unavailable(done, "me")
    assert broken_site.storage.content() == before


@pytest.mark.parametrize("endpoint", POOLS)
def test_program_that_is_started_by_hand_explains_itself(build, endpoint):
    program = TOP / BUILDS[build] / f"cgi-bin/{endpoint}.fcgi"

    by_hand = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    asked = subprocess.run([program, "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)

    assert (by_hand.returncode, by_hand.stdout) == (2, "")
    assert "FastCGI" in by_hand.stderr
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout == by_hand.stderr
