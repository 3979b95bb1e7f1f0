"""What happened: rows of the audit, `bearward audit`, and the words of refusals in the log (protocol section 39)."""

import base64
import json
import re
import subprocess
import time

import clock
import pytest
from conftest import PASSWORD, PATIENCE, TOP, bearer, register, running, sign_in
from test_attempts import SLOW, client_at
from test_signin import NAME, OURS, cookies_of, post, with_cookie

pytestmark = [pytest.mark.only_nginx("looks into the database and the log"), pytest.mark.plain("is about what is kept")]

EVENTS = re.findall(r'"([a-z -]+)"', (TOP / "src/account/audit_event.c").read_text())
NETWORK = "127.0.0.0/24"
# Letters and digits only, so that no encoding hides one.
CANARY = {name: f"Canary{name}Zq7Jx" for name in ("password", "new", "wrong", "typed", "agent", "path", "query")}


def rows(server, condition="TRUE", *values):
    return server.query("SELECT event, user_id, actor, client_id, network, detail, count FROM audit "
                        f"WHERE {condition} ORDER BY id", *values)


def told(server, condition="TRUE", *values):
    """Event, detail and count of rows."""
    return [(row[0], *row[5:]) for row in rows(server, condition, *values)]


def audit(server, *options):
    done = server.command("audit", *options)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def cost(server, act):
    """How many changes of the database it takes."""
    before = server.storage.commits()
    act()
    return server.storage.changes_since(before)


@pytest.fixture(scope="module")
def shared(build):
    with running(build, attempts="yes", attempts_source=f"1000 {SLOW}", attempts_account_source=f"5 {SLOW}",
                 restricted_scopes="boss", refresh_window=0, public_url="https://www.example.org") as server:
        yield server


@pytest.fixture
def client(shared):
    with shared.client() as client:
        yield client


@pytest.fixture
def alice(shared, client, new_name):
    """A user's name and number."""
    name = new_name()
    return name, register(client, name).json()["id"]


# ---- rows

def test_39_2_a_sign_in_and_its_row_are_one_commit(shared, client, alice):
    name, uid = alice
    sign_in(client, name)       # makes the network known

    assert cost(shared, lambda: sign_in(client, name)) == 1
    assert cost(shared, lambda: post(client, name)) == 1
    assert rows(shared, "user_id = ? AND event = 'sign-in'", uid) == [
        ("sign-in", uid, str(uid), "bearward", NETWORK, "program", 1)] * 2 + [
        ("sign-in", uid, str(uid), "", NETWORK, "browser", 1)]


def test_39_1_refusals_of_an_hour_are_one_row_for_a_user_and_for_all_names_that_nobody_has(shared, client, alice, new_name):
    name, uid = alice
    nobody = f"{CANARY['typed']}{new_name()}"
    shared.query("DELETE FROM audit WHERE user_id IS NULL")

    for who in (name, nobody):
        with client_at(shared, "127.0.7.1") as stranger:
            costs = [cost(shared, lambda: sign_in(client, who, CANARY["wrong"])) for _ in range(2)]
            costs.append(cost(shared, lambda: sign_in(stranger, who, CANARY["wrong"])))
            assert costs == [1, 1, 1], who

    assert rows(shared, "event = 'refused' AND user_id = ?", uid) == [("refused", uid, "", "", "", "wrong_password", 3)]
    assert rows(shared, "user_id IS NULL") == [("refused", None, "", "", "", "unknown_user", 3)]


def test_39_1_a_used_up_budget_is_told_once_and_a_flood_writes_nothing(shared, client, alice, new_name):
    name, uid = alice

    for who, condition in ((name, f"user_id = {uid}"), (new_name(), "user_id IS NULL")):
        before = sum(row[6] for row in rows(shared, f"event = 'budget reached' AND {condition}"))
        assert [sign_in(client, who, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
        assert cost(shared, lambda: [sign_in(client, who, "wrong") for _ in range(3)]) == 0
        assert sum(row[6] for row in rows(shared, f"event = 'budget reached' AND {condition}")) == before + 1

    assert rows(shared, "event = 'budget reached' AND user_id = ?", uid) == [
        ("budget reached", uid, "", "", NETWORK, "account from network", 1)]
    # Forgiven and reached again within the hour: counted.
    shared.command("attempts", "clear", name, "--network", "127.0.0.1")
    assert [sign_in(client, name, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    assert told(shared, "event IN ('budget reached', 'attempts forgiven') AND user_id = ?", uid) == [
        ("budget reached", "account from network", 2), ("attempts forgiven", "", 1)]


def test_39_2_what_cannot_be_written_changes_no_refusal(build):
    # On PostgreSQL, each that is not answered keeps a connection for as long as the database is taken.
    with running(build, storage_wait=0, database_connections=16, attempts="yes", attempts_account_source=f"2 {SLOW}") as server:
        with server.client() as client:
            register(client, "alice")
            with server.storage.taken():
                answers = [sign_in(client, name, "wrong") for name in ("alice", "nobody") for _ in range(3)]

            assert [answer.status_code for answer in answers] == [401, 401, 429] * 2
            assert len({answer.text for answer in answers}) == 2
            assert not told(server, "event IN ('refused', 'budget reached')")


def test_39_2_a_change_that_fails_leaves_no_row(shared, client, alice, new_name):
    name, uid = alice
    other = new_name()
    before = rows(shared)

    assert register(client, name).status_code == 409
    assert shared.command("user", "scope", name, "unknown").returncode == 1
    assert shared.command("user", "set", name, "--email", "no address").returncode == 1
    assert shared.command("user", "disable", other).returncode == 1
    assert shared.command("introspection", "add", "no name").returncode == 1

    assert rows(shared) == before
    with shared.storage.refusing("audit", when=f"new.user_id = {uid}"):
        for words in (["disable"], ["scope", "boss"], ["set", "--email", "a@example.org"], ["delete", "--yes"]):
            assert shared.command("user", words[0], name, *words[1:]).returncode == 1
        assert sign_in(client, name).status_code == 503
        assert shared.query("SELECT is_active, scope, email FROM users WHERE id = ?", uid) == [(1, "", None)]
        assert not shared.query("SELECT 1 FROM grants WHERE user_id = ?", uid)


class Story:
    """Everything that can happen to a user, one after the other, and by whom."""

    def __init__(self, server, client, name):
        self.server, self.client, self.name = server, client, name
        self.secrets = {}
        self.headers = {"User-Agent": CANARY["agent"]}

    def command(self, *words, stdin=""):
        done = self.server.command(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def token(self, password=CANARY["password"]):
        answer = sign_in(self.client, self.name, password).json()
        self.secrets[answer["access_token"]] = "access token"
        self.secrets[answer["refresh_token"][20:]] = "refresh token"
        return answer

    def refresh(self, token):
        return self.client.post("/token", data={"grant_type": "refresh_token", "refresh_token": token})

    def browser(self, password=CANARY["password"]):
        value = cookies_of(post(self.client, self.name, password))[NAME][0]
        self.secrets[value] = "cookie"
        return with_cookie(value)

    def tell(self):
        client, name = self.client, self.name
        register(client, name, CANARY["password"])
        sign_in(client, name, CANARY["wrong"])
        sign_in(client, CANARY["typed"], CANARY["wrong"])
        self.client.post("/signout", headers={**OURS, **self.browser()}, data={"x": ""})
        self.client.post("/signout", headers={**OURS, **self.browser()}, data={"everywhere": "1"})
        tokens = [self.token()["refresh_token"]]
        for _ in range(2):
            tokens.append(self.refresh(tokens[-1]).json()["refresh_token"])
            self.secrets[tokens[-1][20:]] = "refresh token"
        assert self.refresh(tokens[0]).status_code == 400
        client.post("/revoke", data={"token": self.token()["access_token"]})
        client.post("/revoke", data={"token": self.token()["refresh_token"]})
        self.self_service()
        self.by_command()

    def self_service(self):
        headers = bearer(self.token()["access_token"])
        assert self.client.post("/users/me/profile", headers=headers, json={"display_name": "Al"}).status_code == 204
        assert self.client.get("/users/me/export", headers=headers).status_code == 200
        passwords = {"current_password": CANARY["password"], "new_password": CANARY["new"]}
        assert self.client.post("/users/me/password", headers=headers, json=passwords).status_code == 204
        wrong = {**passwords, "new_password": CANARY["password"]}
        assert self.client.post("/users/me/password", headers=headers, json=wrong).status_code == 403

    def by_command(self):
        name, command = self.name, self.command
        command("user", "passwd", name, stdin=f"{CANARY['password']}\n")
        command("session", "end", json.loads(base64.urlsafe_b64decode(
            self.token()["access_token"].split(".")[1] + "=="))["gid"])
        command("user", "scope", name, "boss")
        command("user", "set", name, "--groups", "staff", "--email", f"{CANARY['typed']}@example.org")
        command("user", "disable", name)
        sign_in(self.client, name, CANARY["password"])
        command("user", "enable", name)
        command("user", "sign-out", name)
        link = command("user", "link", name).strip().partition("token=")[2]
        self.secrets[link] = "link"
        assert self.client.post("/link", data={"token": link, "password": CANARY["new"]}, headers=OURS).status_code == 303
        command("attempts", "clear", name)
        secret = command("introspection", "add", f"service{name}").splitlines()
        self.secrets.update({word: "credential" for line in secret for word in line.split() if len(word) > 30})
        command("introspection", "remove", f"service{name}", "--yes")
        kid = re.search(r"made key (\S+) ", command("key", "new"))[1]
        self.secrets[(self.server.state / "keys" / kid).read_text().strip()] = "key"
        command("key", "remove", kid, "--yes")
        command("import", "--ndjson", "-", stdin=json.dumps({"username": f"i{name}", "password": "$s1$0e0801$x"}) + "\n")
        command("export", "--ndjson")
        command("attempts", "clear")
        command("user", "delete", name, "--yes")


def test_39_1_all_that_happens_is_told_and_no_row_has_a_name_or_a_secret(shared, client, new_name):
    name = new_name()
    uid = shared.storage.next_id("users")
    shared.query("DELETE FROM audit")
    story = Story(shared, client, name)

    story.tell()

    by_command = [row[0] for row in rows(shared, "actor LIKE 'command:%' AND user_id IS NOT NULL")]
    assert told(shared, "user_id = ? AND actor NOT LIKE 'command:%'", uid) == [
        ("user made", "", 1), ("refused", "wrong_password", 1), ("sign-in", "browser", 1), ("sign-out", "browser", 1),
        ("sign-in", "browser", 1), ("session ended", "signed out", 1), ("sign-out", "everywhere", 1),
        ("sign-in", "program", 1), ("reuse", NETWORK, 1), ("sign-in", "program", 1), ("token revoked", "", 1),
        ("sign-in", "program", 1), ("grant ended", "revoked", 1), ("sign-in", "program", 1),
        ("profile changed", "display_name", 1), ("data exported", "", 1), ("grant ended", "password changed", 1),
        ("password changed", "", 1), ("refused", "wrong_password", 1), ("sign-in", "program", 1),
        ("refused", "inactive_user", 1), ("link used", "link", 1), ("sign-in", "browser", 1)]
    assert by_command == [
        "grant ended", "password changed", "grant ended", "scope changed", "profile changed", "groups changed",
        "user disabled", "user enabled", "sign-out", "link made", "attempts forgiven", "session ended", "user deleted"]
    assert told(shared, "user_id IS NULL") == [
        ("refused", "unknown_user", 1), ("introspection credential added", f"service{name}", 1),
        ("introspection credential removed", f"service{name}", 1),
        *[(event, told(shared, "event = 'key added'")[0][1], 1) for event in ("key added", "key removed")],
        ("users imported", "", 1), ("users exported", "", 1), ("attempts forgiven", "all", 1)]
    assert told(shared, "event IN ('scope changed', 'groups changed', 'profile changed') AND actor LIKE 'c%'") == [
        ("scope changed", "boss", 1), ("profile changed", "email", 1), ("groups changed", "staff", 1)]

    every = rows(shared)
    assert {row[0] for row in every} <= set(EVENTS)
    assert {row[2] for row in every if not row[2].startswith("command:")} == {"", str(uid)}
    text = json.dumps([row for row in every if not row[0].startswith("introspection")])
    assert len(story.secrets) > 10 and "link" in story.secrets.values()
    for secret in (*CANARY.values(), name, *story.secrets, *(parts for token in story.secrets for parts in token.split("."))):
        assert secret not in text
    # Of names and digests there is no column.
    assert shared.storage.tables()["audit"] == {
        "id", "at", "event", "user_id", "actor", "client_id", "network", "detail", "count"}
    # The user is gone, and what happened is still found.
    assert [entry["event"] for entry in audit(shared, "--user", f"#{uid}")][-1] == "user deleted"
    assert shared.command("audit", "--user", name).returncode == 1


def test_39_1_who_registers_others_by_a_token_is_their_row_s_actor(build):
    with running(build, registration="bearer", restricted_scopes="users:create") as server:
        with server.client() as client:
            server.command("user", "add", "maker", stdin=f"{PASSWORD}\n")
            server.command("user", "scope", "maker", "users:create")
            token = sign_in(client, "maker", scope="users:create").json()["access_token"]
            assert client.post("/users/", json={"username": "made", "password": PASSWORD}, headers=bearer(token)).status_code == 200

        assert rows(server, "event = 'user made'")[1] == ("user made", 2, "1", "", NETWORK, "", 1)
        done = server.command("audit", "--user", "made", "--columns")
        assert re.search(r"user made +made +#1 +127\.0\.0\.0/24 +1 +-\n", done.stdout)


# ---- reading

@pytest.fixture(scope="module")
def crowded(shared):
    """Ten thousand rows of two hundred users; those of one of them tell a story."""
    now = clock.now()
    first = shared.query("SELECT coalesce(max(id), 0) FROM audit")[0][0]
    shared.query("INSERT INTO users (username, username_key, hashed_password, is_active, scope, created_at) "
                 "VALUES ('victim', 'victim', '', TRUE, '', 0)")
    [(uid,)] = shared.query("SELECT id FROM users WHERE username = 'victim'")
    shared.query(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
        "INSERT INTO audit (at, event, user_id, actor, network, detail, count) "
        "SELECT ? - 100 * (10000 - i), CASE i % 5 WHEN 0 THEN 'refused' WHEN 1 THEN 'session ended' ELSE 'sign-in' END, "
        "CASE i % 500 WHEN 7 THEN ? ELSE 100000 + i % 199 END, '', '192.0.2.0/24', '', i FROM n", now, uid)
    return now, uid, first


def test_39_2_one_command_tells_the_story_of_one_user_among_ten_thousand_rows(shared, crowded):
    now, uid, first = crowded

    done = shared.command("audit", "--user", "victim", "--columns")
    story = audit(shared, "--user", "victim")

    heading, *lines = done.stdout.splitlines()
    assert heading.split() == ["WHEN", "EVENT", "USER", "BY", "NETWORK", "COUNT", "DETAIL"]
    assert [line.split()[-2] for line in lines] == [str(entry["count"]) for entry in story] == [
        str(number) for number in range(7, 10000, 500)]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +sign-in +victim +- +192\.0\.2\.0/24 +7 +-", lines[0])
    assert list(story[0]) == ["id", "at", "event", "user_id", "username", "actor", "client_id", "network", "detail", "count"]
    assert {(entry["user_id"], entry["username"]) for entry in story} == {(uid, "victim")}
    assert len(audit(shared, "--user", "#100001")) == 10000 // 199 + 1


@pytest.mark.parametrize("options, numbers", [
    ([], range(1, 10001)),
    (["--user", "victim", "--limit", "3"], [8507, 9007, 9507]),
    (["--since", "1050s"], range(9990, 10001)),
    (["--since", "DATE"], range(9990, 10001)),
    (["--event", "refused"], range(5, 10001, 5)),
    (["--user", "#100001", "--event", "ended", "--limit", "2"], [8956, 9951]),
    (["--event", "session ended", "--since", "2000s"], range(9981, 10001, 5)),
    (["--user", "victim", "--event", "sign-in", "--limit", "1"], [9507]),
    (["--user", "victim", "--since", "1h"], []),
], ids=lambda value: " ".join(value) if isinstance(value, list) and isinstance((value or [""])[0], str) else "")
def test_39_2_rows_are_chosen_by_moment_event_and_number(shared, crowded, options, numbers):
    now, _, first = crowded
    taken = time.time() - now      # by tests before this one
    options = [time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now - 1001)) if option == "DATE"
               else f"{int(option[:-1]) + int(taken)}s" if re.fullmatch(r"\d+s", option) else option for option in options]

    found = [entry for entry in audit(shared, *options) if entry["network"] == "192.0.2.0/24"]

    assert [entry["count"] for entry in found] == list(numbers)


@pytest.mark.parametrize("options, said", [
    (["--since", "yesterday"], "option --since needs a date such as 2026-11-01"),
    (["--since", "7x"], "option --since needs a date"),
    (["--since", "2026-02-30"], "option --since needs a date"),
    (["--since", ""], "option --since needs a date"),
    (["--event", "sign"], "events: attempts forgiven, backup made, backup restored, budget reached,"),
    (["--event", ""], "no event is called so"),
    (["--limit", "0"], "--limit"),
    (["--user", "nobody-has-this"], "there is no user \"nobody-has-this\"; one who was deleted is found by the number"),
    (["--user", "#x"], "there is no user"),
    (["--user", "\x1b[2J"], "there is no user"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_wrong_options_of_audit_are_answered_with_what_to_do(shared, options, said):
    done = shared.command("audit", *options)

    assert done.returncode in (1, 2) and done.stdout == ""
    assert said in done.stderr and "\x1b" not in done.stderr


def test_39_2_follow_prints_what_happens_until_nobody_reads_it(shared, client, alice):
    name, uid = alice
    with subprocess.Popen(
            [shared.program, "audit", "--user", name, "--follow"], env={**shared.environment, "BEARWARD_CONF": str(shared.conf)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:
        assert json.loads(following.stdout.readline())["event"] == "user made"
        sign_in(client, name)
        assert json.loads(following.stdout.readline())["event"] == "sign-in"
        shared.command("user", "sign-out", name)
        assert [json.loads(following.stdout.readline())["event"] for _ in range(2)] == ["grant ended", "sign-out"]
        following.stdout.close()
        assert following.wait(PATIENCE) == 0
        assert following.stderr.read() == ""


def test_39_2_user_show_tells_of_the_last_sign_in_refusals_since_and_what_is_signed_in(shared, client, alice):
    name, _ = alice

    def shown():
        user = json.loads(shared.command("user", "show", name, "--json").stdout)
        return [user[key] for key in ("last_sign_in_network", "failed_sign_ins", "browsers", "programs")]

    assert shown() == [None, 0, 0, 0]
    sign_in(client, name, "wrong")
    assert shown() == [None, 1, 0, 0]
    sign_in(client, name)
    post(client, name)
    post(client, name)
    assert shown() == [NETWORK, 0, 2, 1]
    for _ in range(3):
        sign_in(client, name, "wrong")
    assert shown() == [NETWORK, 3, 2, 1]
    text = shared.command("user", "show", name).stdout
    assert re.search(r"^last sign-in: \S+Z from 127\.0\.0\.0/24\nsign-ins refused since then: 3\n"
                     "browsers signed in: 2\nprograms signed in: 1$", text, re.MULTILINE)
    shared.query("UPDATE users SET is_active = FALSE WHERE username = ?", name)


# ---- log

def test_39_3_every_line_of_a_refusal_has_an_address_and_a_reason_of_one_word(shared, client, alice):
    name, _ = alice
    given = sign_in(client, name).json()
    shared.command("user", "sign-out", name)
    client.post("/token", data={"grant_type": "refresh_token", "refresh_token": given["refresh_token"]})
    client.post("/token", data={"grant_type": "refresh_token", "refresh_token": "x"})
    client.post("/introspect", data={"token": "x"}, auth=("x", "y"))
    for who in (name, "nobody"):
        for _ in range(6):
            sign_in(client, who, "wrong")

    lines = [line for line in shared.log().splitlines() if re.search(r'event="[a-z -]+ refused"', line) and " debug " not in line]
    found = [re.search(r' info bearward-[a-z]+ event="([a-z-]+) refused" (?:user=\S+ )?reason=([a-z_]+) client=127\.0\.\d\.\d'
                       r'( repeated=\d+)?$', line) for line in lines]
    assert None not in found, lines[found.index(None)]
    assert {(match[1], match[2]) for match in found} >= {
        ("sign-in", "wrong_password"), ("sign-in", "unknown_user"), ("sign-in", "too_many_attempts"),
        ("refresh", "ended"), ("refresh", "malformed_token"), ("introspection", "wrong_credential")}
