"""What ends tokens before they expire, and that every process holds to it (protocol 15.3 and 18)."""

import base64
import concurrent.futures
import os
import pwd
import secrets
import socket
import subprocess
import threading
import urllib.parse

import expect
import jws
import pytest
from conftest import PASSWORD, TOP, bearer, eventually, register, running, sign_in, slot_taken
from fastcgi import ask, form_params, get_params
from server import is_slot_wanted
from test_introspect import add_credential
from test_refresh import refresh

pytestmark = [pytest.mark.once("is about many processes at once"), pytest.mark.stored]

TTL = 1800      # access_token_ttl


@pytest.fixture(scope="module")
def shared(build):
    with running(build) as server:
        yield server


@pytest.fixture
def client(shared):
    with shared.client() as client:
        yield client


@pytest.fixture
def alice(client, new_name):
    """A user's name, and an access token."""
    name = new_name()
    assert register(client, name).status_code == 200
    return name, sign_in(client, name).json()["access_token"]


def checks(server, client, token):
    """What the processes that check say to a token."""
    return [client.get("/users/me/", headers=bearer(token)),
            ask(server.socket("verify"), [*get_params(), ("HTTP_AUTHORIZATION", f"Bearer {token}")])]


def statuses(server, client, token):
    return [answer.status_code for answer in checks(server, client, token)]


# -- Tokens of the version before ------------------------------------------------------------

# What is in the database, of a token issued at {iat} to the user {name}, and whether it is good.
OLDER = {
    "as it is": ("SELECT 1", True),
    "the user had been signed out before": ("UPDATE users SET signed_out_at = {iat} - 1 WHERE username = '{name}'", True),
    "the user was signed out then": ("UPDATE users SET signed_out_at = {iat} WHERE username = '{name}'", False),
    "the user was registered then": ("UPDATE users SET created_at = {iat} WHERE username = '{name}'", True),
    "the user is younger": ("UPDATE users SET created_at = {iat} + 1 WHERE username = '{name}'", False),
    "nobody knows how old the user is": ("UPDATE users SET created_at = 0 WHERE username = '{name}'", True),
    "grants are as old as its life": ("UPDATE moments SET at = {iat} - {ttl} WHERE name = 'grants'", False),
    "grants are nearly as old": ("UPDATE moments SET at = {iat} - {ttl} + 600 WHERE name = 'grants'", True),
    "nobody knows how old grants are": ("DELETE FROM moments WHERE name = 'grants'", False),
}


@pytest.mark.parametrize("case", OLDER)
def test_18_9_a_token_without_a_grant_is_judged_by_its_user_for_the_life_of_a_token(shared, client, alice, case):
    name, token = alice
    forge = jws.Forge(shared, token)
    older = forge.with_claims(without=["gid"])
    text, is_good = OLDER[case]
    moment = "INSERT INTO moments VALUES ('grants', {}) ON CONFLICT (name) DO UPDATE SET at = excluded.at"
    shared.query(moment.format(forge.claims["iat"]))
    assert statuses(shared, client, older) == [200, 200]        # and it is remembered from here on

    shared.query(text.format(name=name, iat=forge.claims["iat"], ttl=TTL))
    answers = checks(shared, client, older)

    shared.query(moment.format(forge.claims["iat"]))
    for answer in answers:
        if is_good:
            assert answer.status_code == 200
        else:
            expect.bearer_error(answer, 401, "invalid_token")


# -- Grants ----------------------------------------------------------------------------------


def test_18_1_a_token_of_a_grant_that_is_not_there_or_is_another_users_is_refused(shared, client, alice, new_name):
    name, token = alice
    forge = jws.Forge(shared, token)
    other = new_name()
    register(client, other)
    gid = jws.parts(sign_in(client, other).json()["access_token"])[1]["gid"]

    for wrong in (gid, jws.encode(secrets.token_bytes(16)), jws.encode(bytes(16))):
        for answer in checks(shared, client, forge.with_claims(gid=wrong)):
            expect.bearer_error(answer, 401, "invalid_token")
    assert statuses(shared, client, token) == [200, 200]


def test_15_5_what_was_given_after_a_backup_opens_nothing_once_that_is_restored(start_plain_server):
    server = start_plain_server()
    with server.client() as client:
        assert register(client, "before").json()["id"] == 1
        kept = sign_in(client, "before").json()
    server.stop()
    server.back_up()
    server.start()
    with server.client() as client:
        assert register(client, "lost").json()["id"] == 2
        lost = sign_in(client, "lost").json()
        older = jws.Forge(server, lost["access_token"]).with_claims(without=["gid"])
    server.stop()
    server.restore()
    server.start()

    with server.client() as client:
        assert register(client, "next").json()["id"] == 2
        # As a minute later: one without a grant goes by that.
        server.query("UPDATE users SET created_at = created_at + 60 WHERE id = 2")

        for token in (lost["access_token"], older):
            for answer in checks(server, client, token):
                expect.bearer_error(answer, 401, "invalid_token")
        expect.oauth_error(refresh(client, lost["refresh_token"]), 400, "invalid_grant", "Invalid refresh token")
        assert statuses(server, client, kept["access_token"]) == [200, 200]
        assert refresh(client, kept["refresh_token"]).status_code == 200


def test_41_2_a_check_changes_nothing(shared, client, alice):
    before = shared.storage.commits()

    for _ in range(20):
        assert statuses(shared, client, alice[1]) == [200, 200]

    assert shared.storage.commits() == before


# -- Ends ------------------------------------------------------------------------------------

COPIES = 2      # of each responder, beside the one that the web server asks


class Crowd:
    """A server, and more processes on its state directory, each with threads of its own."""

    def __init__(self, server):
        self.server = server
        self.processes = []
        self.sockets = {name: str(server.directory / "run" / f"more-{name}.sock") for name in ("me", "verify", "token", "oauth")}

    def start(self):
        for name, path in self.sockets.items():
            with socket.socket(socket.AF_UNIX) as listening, open(self.server.directory / "log/more.log", "ab") as log:
                listening.bind(path)
                listening.listen(64)
                self.processes += [subprocess.Popen(
                    [TOP / self.server.out / f"cgi-bin/{name}.fcgi"], stdin=listening, stderr=log,
                    env={**self.server.environment, "BEARWARD_CONF": str(self.server.conf)}, **self.server.account)
                    for _ in range(COPIES)]

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            assert process.wait(60) == 0


@pytest.fixture(scope="module")
def crowd(front):
    # Each use of a token that was replaced counts, so that reuse can be shown without waiting.
    with running(front, refresh_window=0, restricted_scopes="audit") as server:
        crowd = Crowd(server)
        crowd.start()
        name, secret = add_credential(server, "api")
        crowd.basic = {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}
        try:
            yield crowd
        finally:
            crowd.stop()


# By pool: with what path, form and header the tokens of a sign-in are shown there.
SHOWN_AT = {
    "me": lambda tokens, basic: ("/users/me/", None, bearer(tokens["access_token"])),
    "verify": lambda tokens, basic: ("/verify", None, bearer(tokens["access_token"])),
    "token": lambda tokens, basic: (
        "/token", {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}, {}),
    "oauth": lambda tokens, basic: ("/introspect", {"token": tokens["access_token"]}, basic),
}
# What that answers while they are good, and later: a status, or whether the token is active.
ANSWERS = {"me": (200, 401), "verify": (200, 401), "token": (200, 400), "oauth": (True, False)}
THROUGH = ", through the web server"
EVERYWHERE = [*SHOWN_AT, *(pool + THROUGH for pool in SHOWN_AT if pool != "verify")]
CHECKED = [where for where in EVERYWHERE if not where.startswith("token")]


class Showing(threading.Thread):
    """Shows the tokens of a sign-in somewhere again and again, until it has done so thrice after a moment."""

    def __init__(self, crowd, where, tokens, moment):
        super().__init__()
        self.crowd, self.where, self.tokens, self.moment = crowd, where, tokens, moment
        self.before, self.after = [], []
        self.first = threading.Event()
        self.start()

    def show(self, client):
        pool, _, through = self.where.partition(", ")
        path, form, header = SHOWN_AT[pool](self.tokens, self.crowd.basic)
        if through:
            response = client.request("POST" if form else "GET", path, data=form, headers=header)
        else:
            body = urllib.parse.urlencode(form or {}).encode()
            params = form_params(body, SCRIPT_NAME=path) if form else get_params(SCRIPT_NAME=path)
            params += [("HTTP_AUTHORIZATION", header["Authorization"])] if header else []
            response = ask(self.crowd.sockets[pool], params, body)
        return response.json()["active"] if pool == "oauth" else response.status_code

    def run(self):
        with self.crowd.server.client() as client:
            while len(self.after) < 3:
                seen = self.after if self.moment.is_set() else self.before
                seen.append(self.show(client))
                self.first.set()

    def check(self):
        good, refused = ANSWERS[self.where.removesuffix(THROUGH)]
        assert self.after == [refused] * 3, (self.where, self.after)
        # It was good, and once it was not it never was again.
        cut = len([status for status in self.before if status == good])
        assert self.before == [good] * cut + [refused] * (len(self.before) - cut) and cut > 0, (self.where, self.before)


def command(*arguments, stdin=""):
    def end(crowd, client, name, tokens):
        gid = jws.parts(tokens["access_token"])[1]["gid"]
        words = [{"NAME": name, "ID": gid}.get(word, word) for word in arguments]
        done = crowd.server.command(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr
    return end


def reuse(crowd, client, name, tokens):
    newer = refresh(client, refresh(client, tokens["refresh_token"]).json()["refresh_token"])
    assert newer.status_code == 200
    expect.oauth_error(refresh(client, tokens["refresh_token"]), 400, "invalid_grant", "Invalid refresh token")


def revoke(kind):
    def end(crowd, client, name, tokens):
        assert client.post("/revoke", data={"token": tokens[kind]}).status_code == 200
    return end


# By name: what ends a sign-in, where its tokens are shown meanwhile, and which are good afterwards: its access token, its
# refresh token, and those of another sign-in of the user.
ALL, WHOLE, ALONE = (False, False, False), (False, False, True), (False, True, True)
ENDS = {
    "user disable": (command("user", "disable", "NAME"), EVERYWHERE, ALL),
    "user delete": (command("user", "delete", "NAME"), EVERYWHERE, ALL),
    "user passwd": (command("user", "passwd", "NAME", stdin="another long password\n"), EVERYWHERE, ALL),
    "user sign-out": (command("user", "sign-out", "NAME"), EVERYWHERE, ALL),
    "user sign-out --grant": (command("user", "sign-out", "NAME", "--grant", "ID"), EVERYWHERE, WHOLE),
    "session end": (command("session", "end", "ID"), EVERYWHERE, WHOLE),
    "revoke": (revoke("refresh_token"), EVERYWHERE, WHOLE),
    "revoke of the access token": (revoke("access_token"), CHECKED, ALONE),
    "reuse": (reuse, CHECKED, WHOLE),       # shown at /token, it would be found before
}


@pytest.mark.parametrize("end", [
    pytest.param(end, marks=[pytest.mark.core] if end in ("user passwd", "revoke") else []) for end in ENDS])
def test_15_3_after_the_answer_that_ends_something_no_process_says_yes(crowd, new_name, end):
    make_end, places, good = ENDS[end]
    name, stranger = new_name(), new_name()
    with crowd.server.client() as client:
        for somebody in (name, stranger):
            assert register(client, somebody).status_code == 200
        tokens, others, strangers = (sign_in(client, somebody).json() for somebody in (name, name, stranger))
        ended = threading.Event()
        showing = [Showing(crowd, where, tokens, ended) for where in places for _ in range(2)]
        assert all(thread.first.wait(60) for thread in showing)

        make_end(crowd, client, name, tokens)
        ended.set()

        for thread in showing:
            thread.join()
        for thread in showing:
            thread.check()
        access, renewed, other = good
        for shown, *expected in ((tokens, access, renewed), (others, other, other), (strangers, True, True)):
            answers = [client.get("/users/me/", headers=bearer(shown["access_token"])).status_code == 200,
                       refresh(client, shown["refresh_token"]).status_code == 200]
            assert answers == expected


def sign_in_with_browser(client, name, password=PASSWORD):
    return client.post("/signin", data={"username": name, "password": password}, headers={"Sec-Fetch-Site": "same-origin"})


@pytest.mark.parametrize("change_of_user, come_in", [
    ("disable", sign_in), ("sign-out", sign_in), ("passwd", sign_in), ("delete", sign_in),
    ("sign-out", sign_in_with_browser), ("passwd", sign_in_with_browser)])
def test_18_4_a_sign_in_that_hashes_while_everything_ends_gets_nothing(start_plain_server, change_of_user, come_in):
    server = start_plain_server(hash_slots=1)
    with server.client() as client:
        register(client, "alice")
        with concurrent.futures.ThreadPoolExecutor(1) as pool, slot_taken(server):
            pending = pool.submit(come_in, client, "alice")
            assert eventually(lambda: is_slot_wanted(server))
            server.environment["BEARWARD_HASH_SLOTS"] = "2"     # one is left for the command
            done = server.command("user", change_of_user, "alice", stdin="another long password\n")
        assert done.returncode == 0, done.stderr

        if come_in == sign_in:
            expect.oauth_error(pending.result(), 401, "invalid_grant", "Incorrect username or password")
        else:
            assert pending.result().status_code == 401 and "set-cookie" not in pending.result().headers
        assert server.query("SELECT count(*) FROM grants UNION ALL SELECT count(*) FROM sessions") == [(0,), (0,)]
        if change_of_user == "passwd":
            assert come_in(client, "alice").status_code == 401
            assert come_in(client, "alice", "another long password").status_code == (200 if come_in == sign_in else 303)


def test_18_8_enabling_revives_nothing_and_an_inactive_user_is_told_so(shared, client, alice):
    name, token = alice
    older = jws.Forge(shared, token).with_claims(without=["gid"])

    shared.command("user", "disable", name)
    for answer in checks(shared, client, token) + checks(shared, client, older):
        expect.bearer_error(answer, 401, "invalid_token", "Inactive user")
    done = shared.command("user", "enable", name)

    assert done.returncode == 0 and "what was ended stays ended" in done.stdout
    for answer in checks(shared, client, token) + checks(shared, client, older):
        expect.bearer_error(answer, 401, "invalid_token", "Could not validate credentials")
    assert statuses(shared, client, sign_in(client, name).json()["access_token"]) == [200, 200]


def test_what_an_application_changes_by_itself_ends_nothing_until_it_signs_the_user_out(shared, client, new_name):
    name = new_name()
    register(client, name)
    tokens = sign_in(client, name).json()

    shared.query(f"UPDATE users SET hashed_password = 'x', is_active = FALSE WHERE username = '{name}'")
    assert statuses(shared, client, tokens["access_token"]) == [401, 401]
    shared.query(f"UPDATE users SET is_active = TRUE WHERE username = '{name}'")
    assert statuses(shared, client, tokens["access_token"]) == [200, 200]
    assert refresh(client, tokens["refresh_token"]).status_code == 200

    assert shared.command("user", "sign-out", name).returncode == 0
    assert statuses(shared, client, tokens["access_token"]) == [401, 401]
    assert refresh(client, tokens["refresh_token"]).status_code == 400


def test_18_4_a_better_hash_of_the_same_password_ends_nothing(start_plain_server):
    server = start_plain_server()
    with server.client() as client:
        register(client, "alice")
        tokens = sign_in(client, "alice").json()
        server.stop()
        server.environment["BEARWARD_SCRYPT_LOG2_N"] = "11"
        server.start()

    with server.client() as client:
        assert sign_in(client, "alice").status_code == 200
        assert "hash upgraded" in server.log()
        assert statuses(server, client, tokens["access_token"]) == [200, 200]
        assert refresh(client, tokens["refresh_token"]).status_code == 200


def test_5_4_who_has_been_signed_out_registers_nobody(start_plain_server, new_name):
    server = start_plain_server(registration="bearer")
    assert server.command("user", "add", "alice", stdin=f"{PASSWORD}\n").returncode == 0
    assert server.command("user", "scope", "alice", "users:create").returncode == 0
    with server.client() as client:
        token = sign_in(client, "alice", scope="users:create").json()["access_token"]

        def ask_for(name):
            return client.post("/users/", json={"username": name, "password": PASSWORD}, headers=bearer(token))

        assert ask_for("first").status_code == 200
        assert server.command("user", "sign-out", "alice").returncode == 0

        expect.bearer_error(ask_for("second"), 401, "invalid_token")


def test_11_3_a_stateless_verify_goes_on_until_the_token_expires_and_the_command_says_so(start_plain_server):
    server = start_plain_server(verify="stateless")
    with server.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["access_token"]
        gid = jws.parts(token)[1]["gid"]

        for words in (["session", "end", gid], ["user", "sign-out", "alice"], ["user", "passwd", "alice"]):
            done = server.command(*words, stdin="another long password\n")
            assert "a web server that asks `verify` accepts tokens until they expire (verify = stateless)" in done.stdout
            assert statuses(server, client, token) == [401, 200]


def test_4_2_a_token_of_another_program_outlives_a_sign_out_and_the_command_says_so(start_plain_server):
    server = start_plain_server(accept_tutorial_tokens="yes")
    with server.client() as client:
        register(client, "alice")
        server.query("UPDATE users SET is_imported = TRUE")
        forge = jws.Forge(server, sign_in(client, "alice").json()["access_token"])
        token = forge.tutorial(sub="alice")

        done = server.command("user", "sign-out", "alice")

        assert "but for those of another program (accept_tutorial_tokens = yes), are refused" in done.stdout
        assert statuses(server, client, token) == [200, 200]
        assert statuses(server, client, forge.genuine) == [401, 401]
        server.command("user", "disable", "alice")
        assert statuses(server, client, token) == [401, 401]


def test_39_2_an_end_leaves_an_audit_row_with_who_did_it_and_why(shared, client, alice):
    name, token = alice
    sign_in(client, name)
    shared.environment["SUDO_USER"] = "eve"
    gid = jws.parts(token)[1]["gid"]
    uid = client.get("/users/me/", headers=bearer(token)).json()["id"]

    for words in (["session", "end", gid], ["user", "disable", name], ["user", "disable", name]):
        assert shared.command(*words).returncode == 0

    rows = shared.query("SELECT event, actor, detail, count FROM audit WHERE user_id = ? AND actor LIKE 'command:%' "
                        "ORDER BY id", uid)
    account = pwd.getpwuid(os.getuid()).pw_name
    assert rows == [("grant ended", f"command:eve/{account}", "signed out", 1),
                    ("grant ended", f"command:eve/{account}", "disabled", 1),
                    ("user disabled", f"command:eve/{account}", "", 1),
                    ("user disabled", f"command:eve/{account}", "", 1)]
    del shared.environment["SUDO_USER"]
