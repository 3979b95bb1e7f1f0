"""What is written, and what never is: no secret reaches a log, an error text or a file beside the database."""

import base64
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import tempfile
import threading

import httpx
import pytest
from conftest import (
    PASSWORD, PATIENCE, TOP, Server, bearer, connections_to, eventually, kill_lasting, make_server, register, sign_in,
    slot_taken, started)
from pools import POOLS
from server import AS_NOBODY

pytestmark = [pytest.mark.only_nginx("looks into the processes that `make run` starts"),
              pytest.mark.plain("is about what is written")]

# Each could be somebody's secret. Letters and digits only, so that no encoding hides one.
CANARY = {
    name: f"Canary{index}{name.title().replace(' ', '')}Zq7Jx"
    for index, name in enumerate((
        "password", "new password", "wrong password", "password typed as name", "password with a bell",
        "body junk", "form junk", "too large", "token", "refresh token", "query token", "query password", "basic password",
        "key", "short key", "argument", "option", "setting", "variable", "late body", "path info", "cookie",
        "long password"))
}
OTHERS_HASH_COST = {"BEARWARD_SCRYPT_LOG2_N": "17", "BEARWARD_SCRYPT_R": "8"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


class Driven:
    """A server that every canary has been through; keeps what commands and programs said."""

    def __init__(self, server):
        self.server = server
        self.said = {}
        self.secrets = dict(CANARY)  # and those that come into being
        self.statuses = set()

    def see(self, answer):
        self.statuses.add(answer.status_code)
        return answer

    def command(self, *arguments, stdin="", conf=None, **variables):
        done = subprocess.run(
            [TOP / self.server.out / "bearward", *arguments], input=stdin, capture_output=True, text=True, timeout=PATIENCE,
            env={**self.server.environment, "BEARWARD_CONF": str(conf or self.server.conf), **variables})
        self.said[f"{len(self.said)}: bearward {' '.join(arguments)}"] = done.stdout + done.stderr
        return done

    def cgi(self, program, body="", announced=None, late=False, **variables):
        """The same responder as a CGI program: its answer and its log go to where we can see them."""
        environment = {
            **self.server.environment, "BEARWARD_CONF": str(self.server.conf), "GATEWAY_INTERFACE": "CGI/1.1",
            "REQUEST_METHOD": "POST", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "192.0.2.1",
            "CONTENT_TYPE": FORM["Content-Type"], "CONTENT_LENGTH": str(len(body) if announced is None else announced),
            **variables}
        with subprocess.Popen(
                [TOP / self.server.out / "cgi-bin" / f"{program}.fcgi"], env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                **self.server.account) as process:
            # It may have refused and ended already.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(body)
                process.stdin.flush()
            if late:
                process.wait(30)
            stdout, stderr = process.communicate(timeout=PATIENCE)
        self.said[f"{len(self.said)}: {program}.fcgi"] = stdout + stderr
        self.statuses.add(int(re.match(r"Status: (\d+)", stdout)[1]))
        return stderr

    def everything_written(self):
        """Text by where it is: all files below the directory but the database and the keys, and all that was said."""
        private = (self.server.database.name, "keys")
        for path in self.server.directory.rglob("*"):
            inside = path.relative_to(self.server.directory).parts
            if path.is_file() and not (inside[0] == "state" and inside[1].startswith(private)):
                yield str(path), path.read_text(errors="replace")
        yield from self.said.items()


def refresh(client, token):
    return client.post("/token", data={"grant_type": "refresh_token", "refresh_token": token})


def drive_success(driven, client):
    see, server = driven.see, driven.server
    see(register(client, "alice", CANARY["password"]))
    see(register(client, "disabled", CANARY["password"]))
    tokens = see(sign_in(client, "alice", CANARY["password"])).json()
    token = tokens["access_token"]
    see(client.get("/users/me/", headers=bearer(token)))
    driven.secrets["issued token"] = token
    driven.secrets["issued refresh token"] = tokens["refresh_token"]
    driven.secrets["secret of it"] = tokens["refresh_token"][30:]
    see(refresh(client, tokens["refresh_token"]))
    driven.secrets["signature of it"] = token.split(".")[2]

    driven.command("user", "add", "carol", stdin=f"{CANARY['password']}\n")
    driven.command("user", "passwd", "carol", stdin=f"{CANARY['new password']}\n")
    driven.command("user", "disable", "disabled")
    driven.command("user", "list", "--json")
    driven.command("user", "show", "carol")
    driven.command("key", "new", "--from-stdin", stdin=f"{CANARY['key']}{'0' * 32}\n")
    driven.command("key", "list")
    driven.command("check-config")
    driven.command("init")
    # An older, cheaper hash is replaced at sign-in.
    driven.command("user", "passwd", "carol", stdin=f"{CANARY['password']}\n", BEARWARD_SCRYPT_P="1")
    see(sign_in(client, "carol", CANARY["password"]))
    for path in (server.state / "keys").iterdir():
        driven.secrets[f"key {path.name}"] = path.read_text().strip()


def drive_refusals(driven, client):
    see = driven.see
    token = driven.secrets["issued token"]
    basic = base64.b64encode(f"alice:{CANARY['basic password']}".encode()).decode()
    driven.secrets["basic credentials"] = basic
    driven.secrets["token of nobody's"] = token[:-4] + "Zq7J"

    see(sign_in(client, "alice", CANARY["wrong password"]))
    see(sign_in(client, CANARY["password typed as name"], CANARY["wrong password"]))
    see(sign_in(client, CANARY["password typed as name"] + " two words", CANARY["wrong password"]))
    see(sign_in(client, "disabled", CANARY["password"]))
    see(sign_in(client, "alice", CANARY["password with a bell"] + "\x07"))
    see(sign_in(client, "alice", CANARY["long password"] * 100))
    see(register(client, "alice", CANARY["new password"]))
    see(register(client, "dave", CANARY["long password"] * 100))
    see(register(client, CANARY["password typed as name"], CANARY["password typed as name"]))
    see(register(client, CANARY["password typed as name"] + ":", CANARY["new password"]))
    see(client.post("/users/", content='{"username": "x", "password": "' + CANARY["body junk"], headers=JSON))
    see(client.post("/users/", json={"username": [CANARY["body junk"]], "password": {CANARY["body junk"]: 1}}))
    see(client.post("/users/", content=CANARY["body junk"], headers={"Content-Type": "text/" + CANARY["body junk"]}))
    see(client.post("/token", content=f"username=a&password={CANARY['form junk']}%zz", headers=FORM))
    see(client.post("/token", content=f"password={CANARY['form junk']}&password=x&username=a", headers=FORM))
    see(client.post("/token", content=f"{CANARY['form junk']}={CANARY['form junk']}", headers=FORM))
    see(client.post("/token", data={"grant_type": CANARY["form junk"], "refresh_token": CANARY["form junk"]}))
    see(refresh(client, CANARY["refresh token"]))
    see(refresh(client, driven.secrets["issued refresh token"][:-4] + "Zq7J"))
    see(refresh(client, driven.secrets["issued refresh token"]))
    see(client.post("/token", data={"username": "alice", "password": CANARY["password"], "scope": CANARY["form junk"]}))
    see(client.post("/token", data={"username": "a", "password": CANARY["too large"] * 900}))
    see(client.post("/token", content=CANARY["form junk"], headers={**FORM, "Content-Encoding": CANARY["form junk"]}))
    see(client.post("/token?password=" + CANARY["query password"], data={"username": "alice", "password": "x"}))
    see(client.get("/users/me/?access_token=" + CANARY["query token"]))
    see(client.get("/users/me/?access_token=" + CANARY["query token"], headers=bearer(token)))
    see(client.get("/users/me/", headers=bearer(CANARY["token"])))
    see(client.get("/users/me/", headers=bearer(f"{CANARY['token']}.{CANARY['token']}.{CANARY['token']}")))
    see(client.get("/users/me/", headers=bearer(CANARY["token"] * 200)))
    see(client.get("/users/me/", headers=bearer(driven.secrets["token of nobody's"])))
    see(client.get("/users/me/", headers={"Authorization": f"Basic {basic}", "Cookie": CANARY["cookie"]}))
    see(client.get("/users/me/", headers={"Authorization": f"{CANARY['token']} {CANARY['token']}"}))
    see(client.get("/users/me/", headers=[("Authorization", f"Bearer {CANARY['token']}")] * 2))
    see(client.post("/token", data={"username": "alice", "password": "x"}, headers={"Authorization": f"Basic {basic}"}))
    see(client.get("/token?password=" + CANARY["query password"]))
    see(client.get("/nowhere?password=" + CANARY["query password"]))


def drive_gateway(driven):
    """What nginx refuses by itself, and what it must say when a responder dies on it."""
    server = driven.server
    port = httpx.URL(server.url).port
    for request in (
            f"GET /users/me/?access_token={CANARY['query token']} HTTP/9.9\r\n\r\n",
            f"GET /?{CANARY['query token']} nonsense HTTP/1.1\r\nHost: x\r\n\r\n",
            f"GET /users/me/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {CANARY['token'] * 2000}\r\n\r\n",
            f"GET /users/me/?access_token={CANARY['query token'] * 2000} HTTP/1.1\r\nHost: x\r\n\r\n",
            f"POST /token?password={CANARY['query password']} HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
            f"POST /token?password={CANARY['query password']} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\npassword="
            f"{CANARY['form junk']}"):
        send_raw(port, request.encode())

    driven.command("user", "add", "heavy", stdin=f"{CANARY['password']}\n", **OTHERS_HASH_COST)
    thread = threading.Thread(target=ask_for_the_heavy_one, args=(driven,))
    with slot_taken(server):
        assert eventually(lambda: not connections_to(server.socket("token")))
        thread.start()
        assert eventually(lambda: connections_to(server.socket("token")))
        kill_lasting(server.responder_pids("token"))
        thread.join()
    assert eventually(lambda: server.responder_pids("token"))


def ask_for_the_heavy_one(driven):
    with driven.server.client() as client:
        url = f"/token?state={CANARY['query token']}"
        driven.see(client.post(url, data={"username": "heavy", "password": CANARY["wrong password"]}))


def send_raw(port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass


def drive_broken_storage(driven, client):
    with driven.server.storage.taken():
        driven.see(register(client, "erin", CANARY["new password"]))
        driven.command("user", "passwd", "alice", stdin=f"{CANARY['new password']}\n")
        driven.command("user", "add", "erin", stdin=f"{CANARY['new password']}\n")


def drive_cgi(driven):
    password = f"username=alice&password={CANARY['wrong password']}"
    driven.cgi("token", password)
    driven.cgi("token", password, announced=5)
    driven.cgi("token", password, announced=500)
    driven.cgi("token", password, announced=CANARY["form junk"])
    driven.cgi("token", password, PATH_INFO=f"/{CANARY['path info']}")
    driven.cgi("token", password, BEARWARD_STATE_DIR="/nonexistent")
    driven.cgi("token", password, BEARWARD_THREADS=CANARY["variable"])
    driven.cgi("token", f"password={CANARY['late body']}", announced=500, late=True, BEARWARD_BODY_DEADLINE="0.1")
    driven.cgi("me", REQUEST_METHOD="GET", HTTP_AUTHORIZATION=f"Bearer {CANARY['token']}, Bearer {CANARY['token']}")
    driven.cgi("me", REQUEST_METHOD="GET", REDIRECT_HTTP_AUTHORIZATION=f"Bearer {CANARY['token']}")
    driven.cgi("me", REQUEST_METHOD=CANARY["token"])


WRONG_SETTINGS = [
    "{}", "secret = {}", "threads = {}", "dialect = {}", "realm = \"{}\"", "access_token_ttl = {}", "log_level = {}",
    "insecure_hash_cost = {}", "scopes = {}  {}", "registration = {}", "body_deadline = {}", "client_id = {} # note",
    "password_min_length = {}", "me_scope = {}", "default_scope = {}", "realm = \x01{}",
]


def drive_command_mistakes(driven):
    driven.command("user", "add", "alice", stdin=f"{CANARY['new password']}\n")
    driven.command("user", "add", "two words", stdin=f"{CANARY['new password']}\n")
    driven.command("user", "add", "frank", stdin=f"{CANARY['password with a bell']}\x07\n")
    driven.command("user", "add", "frank", stdin=f"{CANARY['long password'] * 100}\n")
    driven.command("user", "passwd", "nobody", stdin=f"{CANARY['new password']}\n")
    driven.command("user", "add", "frank", CANARY["argument"])
    driven.command("user", "passwd", "alice", CANARY["argument"])
    driven.command("user", "add", "frank", f"--password={CANARY['option']}")
    driven.command("key", "new", CANARY["argument"])
    driven.command("key", "new", f"--from-stdin={CANARY['option']}")
    driven.command("key", "new", "--from-stdin", stdin=f"{CANARY['short key'][:31]}\n")
    driven.command("key", "new", "--from-stdin", stdin=f"{CANARY['key'] * 60}\n")
    driven.command("check-config", BEARWARD_SECRET=CANARY["variable"])
    driven.command("check-config", BEARWARD_THREADS=CANARY["variable"])
    driven.command("check-config", BEARWARD_REALM=f'"{CANARY["variable"]}"')
    driven.secrets["short key"] = CANARY["short key"][:31]

    # The mistaken files hold the canary themselves, so they stand elsewhere.
    with tempfile.TemporaryDirectory() as elsewhere:
        conf = f"{elsewhere}/bearward.conf"
        for line in WRONG_SETTINGS:
            with open(conf, "w") as file:
                file.write(line.format(CANARY["setting"], CANARY["setting"]) + "\n")
            assert driven.command("check-config", conf=conf).returncode == 1, line

        state = f"{elsewhere}/state"
        with open(conf, "w") as file:
            file.write("state_dir = state\n")
        driven.command("init", conf=conf)
        for content, mode in ((CANARY["short key"][:31], 0o600), (CANARY["key"] * 2, 0o644),
                              (f"{CANARY['key']}\n{CANARY['key']}\n", 0o600)):
            with open(f"{state}/keys/wrong", "w") as file:
                file.write(content)
            os.chmod(f"{state}/keys/wrong", mode)
            assert driven.command("check-config", conf=conf).returncode == 1, content
            driven.command("key", "list", conf=conf)


@pytest.fixture(scope="module")
def driven(build):
    server = Server(build, storage_wait=0, hash_slots=1, scrypt_p=2).start()
    driven = Driven(server)
    try:
        with server.client() as client:
            drive_success(driven, client)
            drive_refusals(driven, client)
            drive_broken_storage(driven, client)
        drive_gateway(driven)
        drive_cgi(driven)
        drive_command_mistakes(driven)
        for name, stored in server.query("SELECT username, hashed_password FROM users"):
            driven.secrets[f"hash of {name}"] = stored
            driven.secrets[f"digest of {name}"] = stored.split("$")[-1]
        yield driven
    finally:
        server.stop()
        server.remove()


# -- Secrets --------------------------------------------------------------------------------


@pytest.mark.once("looks at what is written, which is the same")
def test_15_7_no_secret_is_in_anything_that_is_written(driven):
    found = [
        (name, where) for where, text in driven.everything_written() for name, secret in driven.secrets.items()
        if secret in text]

    assert found == []


def test_15_7_the_search_for_secrets_has_looked_where_something_is(driven):
    places = dict(driven.everything_written())
    events = driven.server.log()

    # A name is no secret: had the search missed a place, this would tell.
    assert "alice" in events
    assert "/users/me/" in driven.server.log("access.log")
    assert any("carol" in text for text in driven.said.values())
    assert str(driven.server.directory / "log/error.log") in places
    assert {200, 400, 401, 404, 405, 408, 409, 413, 415, 422, 502, 503} <= driven.statuses
    for event in ("signed in", "user registered", "hash upgraded", "sign-in refused", "token refused", "storage failed",
                  "refresh refused", "refresh token reused"):
        assert f'event="{event}"' in events, event
    for reason in ("unknown_user", "wrong_password", "inactive_user"):
        assert f"reason={reason} " in events, reason


def test_15_7_answers_do_not_repeat_what_was_sent(server, client):
    junk = CANARY["body junk"]
    answers = [
        sign_in(client, junk, junk), register(client, f"{junk}:", "x"),
        client.post("/users/", json={junk: junk}), client.post("/users/", content=f'{{"{junk}', headers=JSON),
        client.post("/token", data={"grant_type": junk}), client.post(f"/token?password={junk}", data={"username": junk}),
        client.get("/users/me/", headers=bearer(junk)), client.get(f"/{junk}"),
        client.request(junk, "/token"), client.post("/token", content=junk, headers={"Content-Type": f"text/{junk}"}),
    ]

    for answer in answers:
        assert junk not in answer.text
        assert junk not in str(answer.headers)


# -- The form of a line ---------------------------------------------------------------------


LINE = re.compile(
    r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (error|warning|info|debug) bearward(-(' + "|".join(POOLS) + r'))? '
    r'event=("[^"]*"|\S+)( [a-z_]+=("([^"\\]|\\.)*"|[^ "=]+))*')


def test_every_line_is_one_event_of_keys_and_values(driven):
    lines = driven.server.log().splitlines()

    assert len(lines) > 50
    for line in lines:
        assert LINE.fullmatch(line), line


def test_a_forged_line_in_a_name_stays_inside_its_line(start_server):
    server = start_server()
    forged = "eve\n2026-01-01T00:00:00Z info bearward-token event=\"signed in\" user=root\x1b[2J"
    with server.client() as client:
        register(client, "eve")
        server.query("UPDATE users SET username = ?", forged)

        answer = sign_in(client, "eve")

    assert answer.status_code == 200
    lines = server.log().splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert [line for line in lines if line.endswith("user=root")] == []
    assert "\x1b" not in server.log()
    assert "\\x0a" in server.log()


def test_a_forged_line_in_what_the_gateway_says_stays_inside_its_line(driven):
    log = driven.cgi("token", "username=a&password=b", REMOTE_ADDR="192.0.2.1\nforged event=\"signed in\"")

    assert log
    for line in log.splitlines():
        assert LINE.fullmatch(line), line


@pytest.mark.parametrize("level, expected", [
    ("error", set()), ("info", {"info"}), ("debug", {"info", "debug"})])
def test_the_level_decides_how_much_is_written(start_server, level, expected):
    server = start_server(log_level=level)

    with server.client() as client:
        register(client, "somebody", PASSWORD)
        sign_in(client, "somebody", "wrong")

    assert {line.split(" ")[1] for line in server.log().splitlines()} == expected


def test_a_user_whose_hash_is_of_no_known_kind_is_told_from_a_wrong_password_in_the_log_only(start_server):
    server = start_server(log_level="info")
    with server.client() as client:
        for name in ("alice", "bob"):
            register(client, name)
        server.query("UPDATE users SET hashed_password = '$6$salt$of-another-kind' WHERE username = 'bob'")

        wrong = sign_in(client, "alice", "wrong password")
        unsupported = sign_in(client, "bob")

    assert unsupported.status_code == wrong.status_code
    assert unsupported.json() == wrong.json()
    lines = server.log().splitlines()
    assert counted(lines, r'event="sign-in refused" user=alice reason=wrong_password client=127.0.0.1') == 1
    assert counted(lines, r'event="sign-in refused" user=bob reason=unsupported_hash client=127.0.0.1') == 1


def test_an_error_says_what_was_attempted_and_why_it_failed(driven):
    line = next(line for line in driven.server.log().splitlines() if 'event="storage failed"' in line)

    assert re.search(r' attempt=("[^"]+"|\S+)', line)
    assert re.search(r' reason=("[^"]+"|\S+)', line)
    assert driven.server.engine != "sqlite" or json.dumps(str(driven.server.database)).strip('"') in line


# -- Equal lines, and logs that stand still --------------------------------------------------


def counted(lines, pattern):
    """How many events of that kind the lines stand for."""
    return sum(1 if repeated is None else int(repeated)
               for line in lines if (found := re.search(pattern + r"(?: repeated=(\d+))?$", line))
               for repeated in [found[1]])


def test_equal_lines_are_counted_and_hide_no_other(start_server):
    server = start_server(log_level="info")
    with server.client() as client:
        register(client, "alice")
        register(client, "bob")
        for _ in range(20):
            sign_in(client, "alice", "wrong password")
        sign_in(client, "bob", "wrong password")
        sign_in(client, "nobody", "wrong password")
    server.stop()

    lines = server.log().splitlines()
    refused = r'event="sign-in refused" user={} reason={} client=127\.0\.0\.1'
    assert counted(lines, refused.format("alice", "wrong_password")) == 20
    assert counted(lines, refused.format("bob", "wrong_password")) == 1
    assert counted(lines, refused.format("-", "unknown_user")) == 1


def ask_often(client, times):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return {answer.status_code for answer in pool.map(lambda _: client.get("/users/me/"), range(times))}


def lost_of(text):
    return sum(int(lost) for lost in re.findall(r'event="log lines lost" lines=(\d+)', text))


ENOUGH_TO_LOSE = 1500   # lines: more than a pipe and a process keep


@pytest.fixture
def unread(front):
    """A server that logs to a pipe, and the pipe's other end, which nobody reads."""
    server = make_server(front)
    (server.directory / "log").mkdir()
    path = server.directory / "log/bearward.log"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    said = []

    def read():
        with contextlib.suppress(BlockingIOError):
            while True:
                said.append(os.read(reader, 65536))
        return b"".join(said).decode(errors="replace")

    with started(server):
        try:
            yield server, read
        finally:
            path.unlink()
            path.write_text(read())
    os.close(reader)


@pytest.mark.once("is about waiting")
def test_a_pipe_that_nobody_reads_delays_no_answer_and_losses_are_told(unread):
    server, read = unread
    with server.client() as client:
        assert register(client, "alice").status_code == 200
        # What the start has said may be more than the pipe holds.
        assert eventually(lambda: 'event="user registered"' in read())

        during = [ask_often(client, ENOUGH_TO_LOSE), sign_in(client, "alice").status_code]
        assert eventually(lambda: lost_of(read()))
        after = sign_in(client, "alice").status_code

        assert during == [{401}, 200]
        assert after == 200
        assert eventually(lambda: read().count('event="signed in"') == 2)
    asked = read().count(' result="no token" ')
    assert asked + lost_of(read()) >= ENOUGH_TO_LOSE
    assert [line for line in read().splitlines() if not LINE.fullmatch(line)] == []


def test_a_cgi_program_answers_and_ends_though_nobody_reads_its_log(server):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)

    done = subprocess.run(
        [TOP / server.out / "cgi-bin/me.fcgi"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=writer,
        timeout=PATIENCE, env={**server.environment, "BEARWARD_CONF": str(server.conf), "GATEWAY_INTERFACE": "CGI/1.1",
                               "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "192.0.2.1"},
        **server.account)
    os.close(reader)
    os.close(writer)

    assert done.returncode == 0
    assert done.stdout.startswith(b"Status: 401 ")


# A /dev of its own, in which /dev/log leads to a socket of the test's.
OWN_DEV = """
mkdir "$0/dev" 2>/dev/null
mount -t tmpfs none "$0/dev" && mkdir "$0/dev/shm" &&
for node in null zero full random urandom; do
	: >"$0/dev/$node" && mount --bind "/dev/$node" "$0/dev/$node" || exit
done && ln -s /proc/self/fd "$0/dev/fd" && ln -s "$0/syslog" "$0/dev/log" && mount --rbind "$0/dev" /dev && exec "$@"
"""


class Syslog:
    """What stands for /dev/log; reads only when it is told to."""

    def __init__(self, directory):
        self.launcher = ["unshare", "-m", "sh", "-c", OWN_DEV, str(directory)]
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(directory / "syslog"))
        directory.chmod(0o755)
        (directory / "syslog").chmod(0o666)
        self.lines = []

    def read(self):
        """All lines until now, and those that come as room is made for them."""
        while select.select([self.socket], [], [], 0.1)[0]:
            self.lines.append(self.socket.recv(65536).decode())
        return "\n".join(self.lines)


@pytest.fixture
def syslog():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-syslog-"))
    syslog = Syslog(directory)
    done = subprocess.run([*syslog.launcher, "true"], capture_output=True, text=True)
    if done.returncode == 0:
        yield syslog
    syslog.socket.close()
    shutil.rmtree(directory)
    if done.returncode != 0:
        pytest.skip(f"no /dev of its own is to be had here: {done.stderr.strip()}")


SYSLOG_LINE = re.compile(
    r'<(8[3467])>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d '
    r'bearward(?:-[a-z]+)?\[\d+\]: event=.*')


@pytest.mark.once("is about waiting")
def test_a_syslog_that_stands_still_delays_no_answer_and_losses_are_told(front, syslog):
    server = make_server(front, log="syslog")
    server.launcher = syslog.launcher
    with started(server), server.client() as client:
        assert register(client, "alice").status_code == 200
        assert eventually(lambda: 'event="user registered"' in syslog.read())

        during = [ask_often(client, ENOUGH_TO_LOSE), sign_in(client, "alice").status_code]
        assert eventually(lambda: lost_of(syslog.read()))
        after = sign_in(client, "alice").status_code

        assert during == [{401}, 200]
        assert after == 200
        assert eventually(lambda: syslog.read().count('event="signed in"') == 2)
        assert syslog.read().count(' result="no token" ') + lost_of(syslog.read()) >= ENOUGH_TO_LOSE
        assert [line for line in syslog.lines if not SYSLOG_LINE.fullmatch(line)] == []


def test_the_command_tells_syslog_what_it_did(server, syslog, new_name):
    name = new_name()

    done = subprocess.run(
        [*syslog.launcher, *(AS_NOBODY if server.account else []), server.program, "user", "add", name], input=f"{PASSWORD}\n", capture_output=True, text=True,
        env={**server.environment, "BEARWARD_CONF": str(server.conf)}, timeout=PATIENCE)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    [line] = syslog.read().splitlines()
    assert SYSLOG_LINE.fullmatch(line)
    assert f'event="user registered" user={name} uid=' in line


def test_15_7_no_core_file_can_be_written(server):
    pids = server.responder_pids()

    assert len(pids) == len(POOLS)
    for pid in pids:
        with open(f"/proc/{pid}/limits") as limits:
            core = next(line.split()[4:6] for line in limits if line.startswith("Max core file size"))
        assert core == ["0", "0"]
