"""/health/live and /health/ready: protocol section 12."""

import concurrent.futures
import contextlib
import os
import re
import socket
import subprocess

import httpx
import pytest

import expect
import fastcgi
from conftest import PATIENCE, eventually, free_port, register, running, sign_in, slot_taken
from install_text import blocks, section
from server import substitute, wait_for_hash

pytestmark = pytest.mark.plain("is about states")

# What tells that somebody else asks, through a proxy.
FORWARDED = [("X-Forwarded-For", "192.0.2.7"), ("Forwarded", "for=192.0.2.7"), ("X-Real-IP", "192.0.2.7"), ("Via", "1.1 proxy")]
WELL = {"status": "ok", "keys": "ok", "storage": "ok", "hashing": "ok"}
PATHS = ["/health/live", "/health/live/", "/health/ready", "/health/ready/"]


@pytest.mark.core
@pytest.mark.parametrize("path", PATHS)
def test_12_all_is_well_and_says_so(client, path):
    answer, head = client.get(path), client.head(path)

    assert expect.json_body(answer, 200)["status"] == "ok"
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.core
def test_12_parts_are_named_to_this_host_alone(client):
    assert expect.json_body(client.get("/health/ready"), 200) == WELL
    assert expect.json_body(client.get("/health/live"), 200) == {"status": "ok"}

    for header in FORWARDED:
        answer = client.get("/health/ready", headers=[header])
        assert expect.json_body(answer, 200) == {"status": "ok"}, header


# Whether that is this host; where a web server listens on a unix socket, who asks may be anybody.
ADDRESSES = {"127.0.0.1": True, "127.255.0.9": True, "::1": True, "::ffff:127.0.0.1": True, "192.0.2.7": False,
             "126.0.0.1": False, "128.0.0.1": False, "2001:db8::1": False, "::ffff:10.0.0.1": False, "::127.0.0.1": False,
             "::": False, "0.0.0.0": False, "unix:": False, "": False, "127.0.0.1, 192.0.2.7": False, "127.1": False}


@pytest.mark.only_nginx("asks the responder itself")
@pytest.mark.parametrize("address, is_this_host", ADDRESSES.items())
def test_12_this_host_is_who_asks_from_an_address_of_the_loopback(server, address, is_this_host):
    answer = fastcgi.ask(server.socket("meta"), fastcgi.get_params(SCRIPT_NAME="/health/ready", REMOTE_ADDR=address))

    assert answer.json() == (WELL if is_this_host else {"status": "ok"})


@pytest.mark.only_nginx("asks the responder itself")
def test_12_a_header_of_a_proxy_that_has_no_value_counts_too(server):
    answer = fastcgi.ask(server.socket("meta"), fastcgi.get_params(SCRIPT_NAME="/health/ready", REMOTE_ADDR="127.0.0.1",
                                                                   HTTP_X_FORWARDED_FOR=""))

    assert answer.json() == {"status": "ok"}


@pytest.fixture(scope="module")
def ailing(build):
    """A server of which something is amiss now and then."""
    with running(build, hash_slots=1, hash_waiting=1) as server:
        with server.client() as client:
            assert register(client, "alice").status_code == 200
        yield server


@contextlib.contextmanager
def without_keys(server):
    [key] = (server.state / "keys").iterdir()
    aside = server.directory / "key"
    key.rename(aside)
    yield
    aside.rename(key)


@contextlib.contextmanager
def with_key_for_all(server):
    [key] = (server.state / "keys").iterdir()
    key.chmod(0o644)
    yield
    key.chmod(0o600)


@contextlib.contextmanager
def with_short_key(server):
    [key] = (server.state / "keys").iterdir()
    text = key.read_bytes()
    os.truncate(key, 8)
    yield
    key.write_bytes(text)


@contextlib.contextmanager
def refusing_hashes(server):
    with concurrent.futures.ThreadPoolExecutor(1) as pool, server.client() as client:
        with slot_taken(server):
            waiting = pool.submit(sign_in, client, "alice")
            assert eventually(lambda: wait_for_hash(server, 1))
            assert sign_in(client, "alice").status_code == 503
            yield
        assert waiting.result().status_code == 200


AILMENTS = {
    "no key": (without_keys, "keys", "missing"),
    "a key that others may read": (with_key_for_all, "keys", "unsound"),
    "a key that is too short": (with_short_key, "keys", "unsound"),
    "no database": (lambda server: server.storage.away(), "storage", "unavailable"),
    "no room to hash": (refusing_hashes, "hashing", "full"),
}


@pytest.mark.only_nginx("is about responders")
@pytest.mark.parametrize("ailment, part, word", AILMENTS.values(), ids=AILMENTS)
def test_12_what_is_amiss_is_named_to_this_host_until_it_is_mended(ailing, ailment, part, word):
    with ailing.client() as client:
        def told(**headers):
            return client.get("/health/ready", headers=headers).json()

        assert eventually(lambda: told() == WELL)
        with ailment(ailing):
            assert eventually(lambda: told() == {**WELL, "status": "unavailable", part: word}), told()
            answer = client.get("/health/ready")
            assert expect.json_body(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
            answer = client.get("/health/ready", headers={"X-Forwarded-For": "192.0.2.7"})
            assert expect.json_body(answer, 503) == {"status": "unavailable"}
            assert int(answer.headers["retry-after"]) > 0
            assert expect.json_body(client.get("/health/live"), 200) == {"status": "ok"}
        assert eventually(lambda: told() == WELL), told()


@pytest.mark.only_nginx("is about responders")
def test_12_a_sound_key_is_enough_whatever_else_lies_beside_it(ailing):
    strange = ailing.state / "keys" / 'a "name"\nof no key'
    strange.write_text("x")

    with ailing.client() as client:
        first = client.get("/health/ready").json()
        # Seen by then: it looks at most twice a second.
        with without_keys_beside(ailing, strange):
            assert eventually(lambda: client.get("/health/ready").json()["keys"] == "unsound")
        assert eventually(lambda: client.get("/health/ready").json() == WELL)
    strange.unlink()

    assert first == WELL


@contextlib.contextmanager
def without_keys_beside(server, strange):
    [key] = [path for path in (server.state / "keys").iterdir() if path != strange]
    aside = server.directory / "key"
    key.rename(aside)
    yield
    aside.rename(key)


@pytest.mark.only_nginx("is about responders")
def test_12_a_broken_database_is_unavailable_and_the_process_goes_on(start_plain_server):
    server = start_plain_server()
    server.storage.spoil()

    with server.client() as client:
        assert eventually(lambda: client.get("/health/ready").status_code == 503)
        assert client.get("/health/ready").json()["storage"] == "unavailable"
        assert client.get("/health/live").status_code == 200
    assert server.responder_pids("meta").items() <= server.first_pids.items()


@contextlib.contextmanager
def balancer(directory, *servers):
    """The nginx that INSTALL puts in front of several hosts; gives its address."""
    upstream, location = [block for block in blocks(section("Watching it")) if "bearward_hosts" in block]
    for address, server in zip(("192.0.2.1:80", "192.0.2.2:80"), servers):
        upstream = substitute(upstream, re.escape(address), server.url.removeprefix("http://"))
    port = free_port()
    (directory / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {directory}/pid; error_log stderr; events {{ }}\n"
        f"http {{ access_log off; {upstream} server {{ listen 127.0.0.1:{port}; {location} }} }}\n")
    process = subprocess.Popen(["nginx", "-p", directory, "-c", directory / "nginx.conf", "-e", "stderr"], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    assert eventually(lambda: is_listening(port))
    yield url
    process.terminate()
    process.wait(PATIENCE)


def is_listening(port):
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.only_nginx("is about responders")
@pytest.mark.slow
def test_12_a_load_balancer_as_install_has_it_asks_the_host_that_is_ready(ailing, start_plain_server, tmp_path):
    well = start_plain_server()
    with without_keys(ailing), ailing.client() as client, balancer(tmp_path, ailing, well) as url:
        assert eventually(lambda: client.get("/health/ready").status_code == 503)

        answers = [httpx.get(url + "/health/ready", trust_env=False) for _ in range(8)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"status": "ok"})] * 8


@pytest.mark.only_nginx("is about responders")
@pytest.mark.slow
@pytest.mark.skipif(subprocess.run(["which", "strace"], capture_output=True).returncode != 0, reason="no strace")
def test_12_it_looks_twice_a_second_at_most_however_often_it_is_asked(start_plain_server, tmp_path):
    server = start_plain_server()
    [pid] = server.responder_pids("meta")
    trace = tmp_path / "trace"
    # The look at the marks of processes that refuse hashes; and one system call that each request makes.
    with subprocess.Popen(["strace", "-f", "-tt", "-e", "trace=fcntl,writev,write", "-p", str(pid), "-o", trace],
                          stderr=subprocess.PIPE, text=True) as tracer:
        assert "attached" in tracer.stderr.readline()
        for _ in range(200):
            assert fastcgi.ask(server.socket("meta"), fastcgi.get_params(SCRIPT_NAME="/health/ready")).status_code == 200
        tracer.terminate()
    looks = [line.split()[1] for line in trace.read_text().splitlines() if "F_OFD_GETLK" in line]
    moments = [sum(float(part) * factor for part, factor in zip(look.split(":"), (3600, 60, 1))) for look in looks]

    assert all(later - earlier > 0.4 for earlier, later in zip(moments, moments[1:])), moments
