"""Messages to users: what they say, how they are handed over, and that none is lost (protocol 37.3 and 37.4)."""

import base64
import concurrent.futures
import hashlib
import os
import pathlib
import re
import signal
import threading
import time
import types

import clock
import expect
import pytest
from conftest import PASSWORD, bearer, eventually, free_port, make_server, sign_in, started
from fastcgi import ask, form_params
from messages import Mailbox, parse, text_of
from server import couriers_below
from test_cgi import run as run_cgi

pytestmark = pytest.mark.plain("is about messages")

SITE = "https://www.example.org/members"
NAME = 'Bücher "Öd"\\'
NEW = "another correct horse battery"


def make_site(front, **settings):
    server = make_server(front)
    box = Mailbox(server.directory / "box", server)
    server.write_settings(**{
        "notify": f"{box.program} -t -i", "notify_from": "no-reply@example.org", "public_url": SITE,
        "service_name": NAME, "attempts": "yes", "notify_new_browser": "yes", **settings})
    return server, box


@pytest.fixture(scope="module")
def site(build):
    server, box = make_site(build)
    with started(server):
        yield types.SimpleNamespace(server=server, box=box)


@pytest.fixture
def box(site):
    assert eventually(site.box.is_empty)
    site.box.be("well")
    return site.box


@pytest.fixture
def client(site):
    with site.server.client() as client:
        yield client


def add(server, name, email=None):
    done = server.command("user", "add", name, "--email", email or f"{name}@example.org", stdin=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    [(user_id,)] = server.query("SELECT id FROM users WHERE username = ?", name)
    return user_id


@pytest.fixture
def alice(site, new_name):
    """A user with an address; the name."""
    name = new_name()
    add(site.server, name)
    return name


def change(client, name, current=PASSWORD, new=NEW, **headers):
    """Changes a password by the API; the answer."""
    token = sign_in(client, name, current).json()["access_token"]
    return client.post("/users/me/password", json={"current_password": current, "new_password": new},
                       headers={**bearer(token), **headers})


def ask_for_link(server, user_id, at=None, **data):
    """Writes the row that POST /link writes."""
    lines = {"at": int(at or time.time()), "language": "", "network": "192.0.2.0/24", "agent": "Firefox on Linux", **data}
    server.query("INSERT INTO outbox (at, user_id, kind, data) VALUES (unixepoch() - 1, ?, 'link', ?)", user_id,
                 "".join(f"{key}={value}\n" for key, value in lines.items()))


def tidy(server):
    done = server.command("tidy")
    assert done.returncode == 0, done.stderr
    return done


def be_due(server):
    """Lets time pass until what waits is due again."""
    server.query("UPDATE outbox SET at = unixepoch() - 1")


# -- What they say -----------------------------------------------------------------------------


def test_37_3_a_changed_password_is_told_in_the_language_of_whoever_changed_it(site, client, box, alice):
    answer = change(client, alice, **{"Accept-Language": "de-AT, en;q=0.5", "User-Agent": "curl/8.5"})

    assert answer.status_code == 204
    [message] = box.take()
    assert message["to"] == f"{alice}@example.org"
    assert message["from"].addresses[0].addr_spec == "no-reply@example.org"
    assert message["from"].addresses[0].display_name == NAME
    assert message["subject"] == f"Ihr Passwort für {NAME} wurde geändert"
    assert abs(message["date"].datetime.timestamp() - time.time()) < 600
    assert re.fullmatch(r"<[\w.-]+@www\.example\.org>", message["message-id"])
    text = text_of(message)
    assert alice in text and "mit curl" in text and "127.0.0.0/24" in text and f"{SITE}/link\n" in text
    assert eventually(box.is_empty)


def test_37_3_who_changes_a_password_without_end_fills_no_mailbox(site, client, box, alice):
    passwords = [PASSWORD, NEW]
    token = sign_in(client, alice).json()["access_token"]

    for i in range(8):
        body = {"current_password": passwords[i % 2], "new_password": passwords[(i + 1) % 2]}
        assert client.post("/users/me/password", json=body, headers=bearer(token)).status_code == 204

    assert eventually(box.is_empty)
    assert len(box.take(5)) == 5
    left_out = [line for line in site.server.log().splitlines() if 'event="message left out"' in line and f"user={alice} " in line]
    assert len(left_out) == 3


def test_37_3_another_address_is_told_at_the_one_that_was_left(site, client, box, alice):
    token = sign_in(client, alice).json()["access_token"]

    def set_email(email):
        return client.post("/users/me/profile", headers=bearer(token), json={"email": email, "current_password": PASSWORD})

    for email in (f"{alice}@example.org", f"{alice}@elsewhere.example"):
        assert set_email(email).status_code == 204
    assert client.post("/users/me/profile", headers=bearer(token), json={"display_name": "A"}).status_code == 204

    [message] = box.take()
    assert message["to"] == f"{alice}@example.org"
    assert "127.0.0.0/24" in text_of(message) and f"{alice}@elsewhere.example" not in text_of(message)

    done = site.server.command("user", "set", alice, "--email", "")
    assert done.returncode == 0, done.stderr
    [message] = box.take()
    assert message["to"] == f"{alice}@elsewhere.example"
    assert "by somebody who runs this service" in text_of(message)
    assert eventually(box.is_empty)


def test_37_3_the_program_gets_its_arguments_and_nothing_else(site, client, box, alice):
    done = site.server.command("user", "passwd", alice, stdin=NEW + "\n")

    assert done.returncode == 0, done.stderr
    told = box.told()
    [message] = box.take()
    assert told == [(["-t", "-i"], [])]
    assert "by somebody who runs this service" in text_of(message)
    assert box.is_empty()


def test_19_7_reuse_of_a_refresh_token_is_told_once(site, client, box, alice):
    token = sign_in(client, alice).json()["refresh_token"]
    forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")

    for _ in range(2):
        answer = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": forged})
        expect.oauth_error(answer, 400, "invalid_grant")

    [message] = box.take()
    assert "may be stolen" in message["subject"]
    assert f"{SITE}/account/password" in text_of(message)


def sign_in_browser(server, name, address):
    body = f"username={name}&password={PASSWORD.replace(' ', '+')}".encode()
    answer = ask(server.socket("signin"), form_params(body, SCRIPT_NAME="/signin", REMOTE_ADDR=address), body)
    assert answer.status_code == 303


def test_37_3_a_sign_in_from_a_network_that_the_account_does_not_know_is_told_but_not_the_first(site, box, alice):
    for address in ("192.0.2.7", "192.0.2.7", "198.51.100.7", "198.51.100.7"):
        sign_in_browser(site.server, alice, address)

    [message] = box.take()
    assert "198.51.100.0/24" in text_of(message)


def test_37_2_a_link_is_in_the_message_and_nowhere_else(site, box, alice):
    server = site.server
    ask_for_link(server, server.query("SELECT id FROM users WHERE username = ?", alice)[0][0], language="fr")
    rows = server.query("SELECT data FROM outbox")

    tidy(server)

    told = box.told()
    [message] = box.take()
    assert message["subject"] == f"Un nouveau mot de passe pour {NAME}"
    [token] = re.findall(rf"^{SITE}/link\?token=([\w-]{{43}})$", text_of(message), re.MULTILINE)
    assert token not in f"{rows} {told} {server.log()}"
    secret = base64.urlsafe_b64decode(token + "=")
    files = [path for path in server.state.rglob("*") if path.is_file()]
    assert len(files) > 2
    for file in files:
        assert token.encode() not in file.read_bytes() and secret not in file.read_bytes(), file
    assert server.query("SELECT kind FROM tickets WHERE digest = ?", hashlib.sha256(secret).digest()) == [("link",)]
    # Anybody may have asked: the audit does not say that it was the user.
    assert server.query("SELECT actor FROM audit JOIN users ON user_id = users.id WHERE username = ? AND event = 'link made'",
                        alice) == [("",)]


def test_37_4_who_has_forgotten_the_password_gets_in_by_a_message_and_who_is_nobody_is_answered_alike(
        site, client, box, alice, new_name):
    answers = [client.post("/link", data={"username": name}) for name in (new_name(), alice)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].text == answers[1].text
    [message] = box.take()
    assert message["to"] == f"{alice}@example.org"
    [token] = re.findall(r"/link\?token=([\w-]{43})$", text_of(message), re.MULTILINE)
    assert client.get("/link", params={"token": token}).status_code == 200
    uses = [client.post("/link", data={"token": token, "password": NEW}) for _ in range(2)]
    assert [answer.status_code for answer in uses] == [303, 410]
    assert sign_in(client, alice, NEW).status_code == 200
    assert "was changed" in box.take()[0]["subject"]
    assert eventually(box.is_empty)


def test_37_2_no_link_follows_to_an_address_that_has_just_been_left(site, box, alice):
    """Between the look at the user and the making of the link, the address becomes another."""
    server = site.server
    [(alice_id,)] = server.query("SELECT id FROM users WHERE username = ?", alice)
    server.query("INSERT INTO outbox (at, user_id, kind, data) VALUES (unixepoch() - 2, ?, 'password_changed', ?)", alice_id,
                 f"at={clock.now()}\n")
    ask_for_link(server, alice_id)
    box.be("hang")

    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        tidying = thread.submit(tidy, server)
        assert eventually(box.waits)
        program = box.waits()
        box.be("well")
        with server.storage.taken() as write:
            # What was not delivered is not removed: the next that is written is the link.
            os.killpg(program, signal.SIGKILL)
            assert eventually(server.storage.is_waited_for)
            write("UPDATE users SET email = 'new@example.org' WHERE id = ?", alice_id)
        tidying.result()

    [message] = box.take()
    assert (message["to"], "link?token=" in text_of(message)) == ("new@example.org", True)
    be_due(server)
    tidy(server)
    box.take()


def test_37_4_rows_of_nobody_of_the_disabled_and_of_yesterday_are_dropped(site, box, alice, new_name):
    server, gone = site.server, new_name()
    [(alice_id,)] = server.query("SELECT id FROM users WHERE username = ?", alice)
    gone_id = add(server, gone)
    assert server.command("user", "disable", gone).returncode == 0
    before = server.query("SELECT count(*) FROM tickets")
    ask_for_link(server, None)
    ask_for_link(server, gone_id)
    ask_for_link(server, alice_id, at=time.time() - 3602)      # link_ttl
    server.query("INSERT INTO outbox (at, user_id, kind, data) VALUES (unixepoch() - 1, ?, 'password_changed', ?)", alice_id,
                 f"at={clock.now() - 86402}\n")
    server.query("INSERT INTO outbox (at, user_id, kind, data) VALUES (unixepoch() - 1, ?, 'of tomorrow', '')", alice_id)

    done = tidy(server)

    assert box.is_empty() and not box.raw()
    assert server.query("SELECT count(*) FROM tickets") == before
    assert done.stderr.count("message dropped") == 4


def test_37_3_nothing_that_is_stored_becomes_a_header_or_a_second_address(site, box, new_name):
    server = site.server
    for email in ("a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org", "a@example.org\nBcc: b@example.org",
                  "<a@example.org>", "a b@example.org", "ä@example.org", "@", "-oQ/tmp", "a@example.org\r\n\r\nHello"):
        user_id = add(server, new_name())
        server.query("UPDATE users SET email = ? WHERE id = ?", email, user_id)
        ask_for_link(server, user_id)
    odd = new_name()
    user_id = add(server, odd)
    server.query("UPDATE users SET display_name = ? WHERE id = ?", "x\r\nBcc: b@example.org", user_id)
    ask_for_link(server, user_id, language="en", agent="x\rBcc: b@example.org\r", network="\r\rBcc: b")

    done = tidy(server)

    [message] = box.take()
    assert message["to"] == f"{odd}@example.org"
    assert "bcc" not in message
    assert sorted(message.keys()) == sorted([
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding"])
    assert done.stderr.count("message dropped") == 9
    assert box.is_empty()


# -- That they arrive ------------------------------------------------------------------------------


def test_37_4_what_fails_is_said_and_tried_again_later(site, box, alice):
    server = site.server
    box.be("fail")
    before = clock.now()

    done = server.command("user", "passwd", alice, stdin=NEW + "\n")

    assert done.returncode == 0
    assert "exit status 75" in done.stderr and "sendmail: fatal: the queue is closed" in done.stderr
    assert "will be tried again" in done.stderr
    [first] = [parse(raw) for raw in box.raw("taken.??????")]
    [(at, tries)] = server.query("SELECT at, tries FROM outbox")
    assert tries == 1 and before < at <= time.time() + 60
    tidy(server)        # it is not due
    assert server.query("SELECT tries FROM outbox") == [(1,)]
    be_due(server)
    assert "1 message" not in tidy(server).stdout
    assert server.query("SELECT tries, at - unixepoch() > 110 FROM outbox") == [(2, 1)]
    be_due(server)
    box.be("well")
    assert "1 message sent" in tidy(server).stdout
    [second] = box.take()
    assert second["message-id"] == first["message-id"]
    assert box.is_empty()


def test_37_3_what_a_program_complains_of_is_not_logged_where_it_is_the_link(site, box, alice):
    server = site.server
    ask_for_link(server, server.query("SELECT id FROM users WHERE username = ?", alice)[0][0])
    box.be("tell")

    done = tidy(server)

    tokens = re.findall(rb"token=(?:3D)?([\w-]{10})", b"".join(box.raw("taken.??????")))
    assert "message not sent" in done.stderr and len(tokens) == 1
    assert tokens[0].decode() not in done.stderr
    server.query("DELETE FROM outbox")


def test_37_4_whoever_is_killed_between_claim_and_removal_is_followed_by_another(site, client, box, alice):
    server = site.server
    box.be("wait")
    assert change(client, alice).status_code == 204
    assert eventually(box.waits)

    for pid in couriers_below(server.process.pid):
        os.kill(pid, signal.SIGKILL)

    assert eventually(lambda: not pathlib.Path(f"/proc/{box.waits()}").exists()), "the program goes on"
    assert server.query("SELECT tries FROM outbox") == [(1,)]
    # Nobody is there who could be told, and that is no matter for the answer.
    assert change(client, alice, NEW, PASSWORD).status_code == 204
    assert eventually(lambda: "courier has ended" in server.log())
    box.be("well")
    be_due(server)
    tidy(server)
    assert len(box.take(2)) == 2
    # A responder that is started anew has one again.
    for pid in server.responder_pids("account"):
        os.kill(pid, signal.SIGTERM)
    for pool in ("token", "signin"):
        for pid in server.responder_pids(pool):
            os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: len(couriers_below(server.process.pid)) == 3)
    assert eventually(lambda: len(server.responder_pids()) == len(server.first_pids))
    server.first_pids = server.responder_pids()


@pytest.mark.slow
@pytest.mark.once("it waits ten seconds, for the program alone")
def test_37_3_a_program_that_hangs_keeps_no_answer_waiting_and_is_killed(site, client, box, alice, new_name):
    server, box = site.server, site.box
    told, hung = [alice], []

    def next_hangs():
        assert eventually(lambda: box.waits() not in (None, *hung))
        hung.append(box.waits())

    box.be("hang")
    assert change(client, alice).status_code == 204
    next_hangs()
    # Where this machine was too slow to answer within the ten seconds, that tells nothing, and is done once more.
    for _ in range(20):
        told.append(new_name())
        add(server, told[-1])
        assert change(client, told[-1]).status_code == 204
        if pathlib.Path(f"/proc/{hung[-1]}").exists():
            break
        next_hangs()
    else:
        raise AssertionError("each answer waited for the program")

    assert eventually(lambda: "took longer than 10 seconds" in server.log())
    # It was poked again meanwhile, and goes on to the next one.
    next_hangs()
    assert not pathlib.Path(f"/proc/{hung[-2]}").exists()
    os.killpg(hung[-1], signal.SIGKILL)
    box.be("well")
    be_due(server)
    tidy(server)
    assert {message["to"] for message in box.take(len(told))} == {f"{name}@example.org" for name in told}


def test_37_3_a_stop_waits_for_no_program(build):
    server, box = make_site(build)
    box.be("hang")
    with started(server), server.client() as client:
        add(server, "alice")
        assert change(client, "alice").status_code == 204
        assert eventually(box.waits)
        server.stop()       # which looks that no process is left

        assert not pathlib.Path(f"/proc/{box.waits()}").exists()
        assert "killed, because bearward stopped" in server.log()
        assert server.query("SELECT tries FROM outbox") == [(1,)]
        # Whoever is started next delivers it when it is due, though nobody asks for that.
        server.query("UPDATE outbox SET at = unixepoch() + 3")
        box.be("well")
        server.start()
        assert len(box.take()) == 1
        assert eventually(box.is_empty)


@pytest.mark.core
@pytest.mark.only("lighttpd", "apache-fcgid", "htaccess-cgi", "htaccess-fcgid")
def test_37_4_a_message_goes_out_whatever_starts_the_responders_and_none_of_them_is_left(front):
    server, box = make_site(front)
    box.be("wait")
    with started(server), server.client() as client:
        add(server, "alice")
        assert change(client, "alice").status_code == 204
        # It is answered, and the program is still there.
        assert eventually(box.waits)
        box.go()
        assert [message["to"] for message in box.take()] == ["alice@example.org"]
        assert eventually(box.is_empty)


# -- As a CGI program -----------------------------------------------------------------------------


def test_37_4_a_cgi_program_answers_at_once_and_delivers_afterwards(build):
    server, box = make_site(build)
    assert server.command("init").returncode == 0
    add(server, "alice")
    box.be("wait")

    def post(pool, path, body, **params):
        # It reads output and errors to their ends, as a web server does.
        return run_cgi(server, pool, form_params(body, SCRIPT_NAME=path, **params), body)

    signed_in = post("token", "/token", f"username=alice&password={PASSWORD.replace(' ', '+')}".encode())
    token = re.search(rb'"access_token":"([^"]+)"', signed_in.stdout)[1].decode()
    body = f'{{"current_password":"{PASSWORD}","new_password":"{NEW}"}}'.encode()
    answer = post("account", "/users/me/password", body, CONTENT_TYPE="application/json",
                  HTTP_AUTHORIZATION=f"Bearer {token}")

    assert answer.stdout.startswith(b"Status: 204"), answer
    assert eventually(box.waits)
    box.go()
    [message] = box.take()
    assert message["to"] == "alice@example.org"
    assert eventually(lambda: not server.all_pids()), "a process is left"
    # Whoever comes next delivers what was due, whatever was asked.
    ask_for_link(server, 1)
    box.be("well")
    assert post("token", "/token", b"").stdout.startswith(b"Status: 422")
    assert len(box.take()) == 1
    assert eventually(lambda: box.is_empty() and not server.all_pids())
    server.remove()


# -- To a mail server --------------------------------------------------------------------------------


class Inbox:
    """Keeps what a mail server takes; refuses at first."""

    def __init__(self):
        self.refusals = 1
        self.taken = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802: that is its name
        if self.refusals:
            self.refusals -= 1
            return "451 4.3.0 Later"
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.mark.once("about what msmtp and a mail server make of it")
def test_37_3_msmtp_hands_messages_to_a_mail_server_which_takes_them_at_the_second_try(build):
    controller = pytest.importorskip("aiosmtpd.controller")
    inbox, port = Inbox(), free_port()
    smtp = controller.Controller(inbox, hostname="127.0.0.1", port=port)
    server, _ = make_site(build, service_name="Öd", language="de",
                          notify="/usr/bin/msmtp -C /dev/null -t -i")
    rc = server.directory / "msmtprc"
    rc.write_text(f"account default\nhost 127.0.0.1\nport {port}\nfrom bounces@example.org\ntimeout 30\n")
    rc.chmod(0o600)
    server.conf.write_text(server.conf.read_text().replace("-C /dev/null", f"-C {rc}"))
    smtp.start()
    try:
        assert server.command("init").returncode == 0
        add(server, "alice")
        first = server.command("user", "passwd", "alice", stdin=NEW + "\n")
        assert first.returncode == 0 and "message not sent" in first.stderr and not inbox.taken
        be_due(server)
        assert "1 message sent" in tidy(server).stdout
    finally:
        smtp.stop()
        server.remove()

    [(sender, recipients, content)] = inbox.taken
    assert (sender, recipients) == ("bounces@example.org", ["alice@example.org"])
    message = parse(content)
    assert message["subject"] == "Ihr Passwort für Öd wurde geändert"
    assert "wurde geändert" in text_of(message)


# -- Mistakes in the settings -----------------------------------------------------------------------


@pytest.mark.once("the same words in each")
@pytest.mark.parametrize("settings, words", [
    ({"notify": "sendmail -t"}, "is not the whole path of a program"),
    ({"public_url": "", "issuer": "bearward"}, "needs an address for the links"),
    ({"notify_from": "Example <a@example.org>"}, "is no address for mail"),
    ({"notify": "/nonexistent/sendmail -t"}, "/nonexistent/sendmail -t: the program cannot be run: No such file"),
    ({"notify": "/etc/passwd"}, "the program cannot be run: Permission denied"),
    ({"notify": "/tmp"}, "the program cannot be run: Is a directory"),
], ids=str)
def test_a_mistake_in_the_settings_of_messages_is_found_by_check_config(build, settings, words):
    server, _ = make_site(build)
    assert server.command("init").returncode == 0
    server.write_settings(**{"notify": "/usr/bin/true", "public_url": SITE, **settings})

    done = server.command("check-config")

    assert done.returncode == 1
    assert words in done.stderr
    server.remove()
