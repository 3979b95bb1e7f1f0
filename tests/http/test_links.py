"""Links that set a password: /link, `bearward user link`, and accounts by invitation (protocol section 37)."""

import base64
import concurrent.futures
import hashlib
import json
import re

import expect
import pytest
from conftest import PASSWORD, TOP, bearer, eventually, register, running, sign_in
from person import Person
from test_attempts import SLOW, client_at, counting
from test_signin import NAME, OURS, PAGE, cookies_of, is_page, is_signed_in, only_form, post, with_cookie

pytestmark = pytest.mark.stored

URL = "https://people.example.org/auth"
NEW = "a new phrase, and a long one"
OVER = "It has been used, it is too old, or a newer one has taken its place."
# It takes no message, so that what is to be delivered stays where a test can look at it.
SETTINGS = {"public_url": URL, "notify": "/bin/false", "notify_from": "noreply@example.org"}


@pytest.fixture(scope="module")
def server(front):
    with running(front, **SETTINGS) as server:
        yield server


def link_of(server, name, *options):
    """The secret of a new link, as the command prints it."""
    made = server.command("user", "link", name, *options)
    assert made.returncode == 0, made.stderr
    [token] = re.fullmatch(re.escape(URL) + r"/link\?token=([A-Za-z0-9_-]{43})\n", made.stdout).groups()
    return token


def look(client, token, method="GET", headers=PAGE):
    return client.request(method, "/link", params={"token": token}, headers=headers)


def use(client, token, password=NEW, headers=OURS, **form):
    return client.post("/link", data={"token": token, "password": password, **form}, headers={**PAGE, **headers})


def ask(client, name, headers=OURS):
    return client.post("/link", data={"username": name}, headers={**PAGE, **headers})


def is_link_page(response, status):
    """With all headers of a page, but one: no Referer may tell the token, to nobody."""
    assert response.headers["referrer-policy"] == "strict-origin"
    response.headers["referrer-policy"] = "same-origin"
    return is_page(response, status)


def is_link_form(response, status, token, name):
    where, values = only_form(is_link_page(response, status))
    assert where.endswith("/link")
    assert values == {"token": token, "username": name, "password": ""}
    return response


def is_over(response):
    assert OVER in is_link_page(response, 410).text
    return response.text


def is_signed_in_by(client, response):
    """The answer to a link that was used: the cookie of a browser that is signed in."""
    assert (response.status_code, response.headers["location"]) == (303, "/"), response.text
    value, attributes = cookies_of(response)[NAME]
    assert attributes == {"Path": "/", "Secure": "", "HttpOnly": "", "SameSite": "Lax"}
    assert is_signed_in(client, value)
    return value


def tickets(server, name):
    return server.query("SELECT digest, kind, expires_at - unixepoch() FROM tickets "
                        "WHERE user_id = (SELECT id FROM users WHERE username = ?)", name)


# ---- 37.1 the command


def test_37_1_the_command_prints_the_link_alone_and_the_database_has_a_digest_of_it(server, user):
    made = server.command("user", "link", user)

    assert re.fullmatch(re.escape(URL) + r"/link\?token=[A-Za-z0-9_-]{43}\n", made.stdout)
    assert f"\n{user}: this link is good once, until " in made.stderr
    token = made.stdout.strip().partition("=")[2]
    [(digest, kind, left)] = tickets(server, user)
    assert digest == hashlib.sha256(base64.urlsafe_b64decode(token + "=")).digest()
    assert kind == "link" and 3500 < left <= 3600
    assert token not in server.log() + repr(server.storage.content())


def test_37_1_a_link_that_nobody_could_use_is_not_made(server, user):
    server.command("user", "disable", user)
    written = server.conf.read_text()

    def refused(*arguments, **changes):
        path = server.directory / "other.conf"
        path.write_text(written + "".join(f"{key} = {value}\n" for key, value in changes.items()))
        server.own(path)
        made = server.command("-c", str(path), "user", "link", *arguments)
        assert (made.returncode, made.stdout) == (1, "")
        return made.stderr

    assert "is disabled" in refused(user) and "has a password already" in refused(user, "--invite")
    assert 'there is no user "nobody-here"' in refused("nobody-here")
    assert "Username cannot have U+003A" in refused("no:name", "--invite")
    assert "signin = no" in refused(user, signin="no")
    written = written.replace(f"public_url = {URL}\n", "").replace("notify = /bin/false\n", "")
    assert "public_url = https://" in refused(user)
    assert tickets(server, user) == []


# ---- 37.2 the page


@pytest.mark.core
def test_37_2_looking_uses_nothing_up_and_using_signs_in_and_ends_the_rest(server, client, user):
    old_token, old_cookie = sign_in(client, user).json()["access_token"], cookies_of(post(client, user))[NAME][0]
    token = link_of(server, user)
    for headers in (PAGE, {"User-Agent": "mail scanner"}, {**PAGE, "Sec-Fetch-Site": "cross-site"}):
        is_link_form(look(client, token, headers=headers), 200, token, user)
        assert look(client, token, "HEAD", headers).status_code == 200
    assert "8 characters or more" in look(client, token).text and "15 or more" in look(client, token).text

    cookie = is_signed_in_by(client, use(client, token))

    assert not is_signed_in(client, old_cookie)
    assert client.get("/users/me/", headers=bearer(old_token)).status_code == 401
    assert sign_in(client, user).status_code == 401
    assert sign_in(client, user, NEW).status_code == 200
    assert is_signed_in(client, cookie)
    assert token not in server.log()
    [(user_id,)] = server.query("SELECT id FROM users WHERE username = ?", user)
    told = server.query("SELECT event, detail, actor LIKE 'command:%' FROM audit WHERE user_id = ? ORDER BY id", user_id)
    assert [row for row in told if row[0].startswith("link")] == [("link made", "link", 1), ("link used", "link", 0)]


def test_37_2_a_browser_that_was_signed_in_is_so_as_the_user_of_the_link(server, client, user, new_name):
    other = new_name()
    register(client, other)
    cookie = cookies_of(post(client, other))[NAME][0]

    answer = use(client, link_of(server, user), headers={**OURS, **with_cookie(cookie)})

    assert is_signed_in_by(client, answer) != cookie
    assert not is_signed_in(client, cookie)


@pytest.mark.core
def test_37_2_a_link_that_is_over_is_the_same_page_whyever(server, client, user):
    def used(token):
        assert use(client, token).status_code == 303

    def expired(token):
        server.query("UPDATE tickets SET expires_at = unixepoch() WHERE user_id = "
                     "(SELECT id FROM users WHERE username = ?)", user)

    def command(*arguments, stdin=""):
        return lambda token: server.command(*arguments, user, stdin=stdin)

    texts = set()
    for ends in (used, expired, command("user", "link"), command("user", "sign-out"),
                 command("user", "passwd", stdin=PASSWORD), command("user", "disable"), command("user", "delete")):
        token = link_of(server, user)
        assert look(client, token).status_code == 200
        ends(token)
        texts |= {is_over(look(client, token)), is_over(use(client, token))}
        server.command("user", "enable", user)
    for never in ("A" * 43, "A" * 42, "A" * 44, "", "\u00e9", "A" * 42 + "B"):
        texts.add(is_over(look(client, never)))
    texts.add(is_over(use(client, "A" * 43)))

    assert len(texts) == 1
    assert 'event="link refused"' in server.log()


def test_37_2_a_link_is_over_once_the_address_is_another_since_its_mail_may_be_read_by_another(server, client, user):
    headers = bearer(sign_in(client, user).json()["access_token"])

    def set_own(**profile):
        assert client.post("/users/me/profile", json=profile, headers=headers).status_code == 204

    set_own(email="old@example.org", current_password=PASSWORD)
    token = link_of(server, user)
    set_own(email="old@example.org", display_name="Alice")
    assert server.command("user", "set", user, "--email", "old@example.org").returncode == 0
    assert look(client, token).status_code == 200
    set_own(email="new@example.org", current_password=PASSWORD)
    is_over(look(client, token))
    is_over(use(client, token))
    for address in ("newer@example.org", ""):
        token = link_of(server, user)
        assert server.command("user", "set", user, f"--email={address}").returncode == 0
        is_over(use(client, token))
    assert sign_in(client, user).status_code == 200


def test_37_2_a_link_of_a_user_whom_another_program_disables_is_over(server, client, user):
    token = link_of(server, user)
    server.query("UPDATE users SET is_active = FALSE WHERE username = ?", user)

    is_over(look(client, token))
    is_over(use(client, token))


@pytest.mark.core
def test_37_2_what_is_refused_leaves_the_link_good(server, client, new_name):
    user = f"somebody{new_name()}"
    register(client, user)
    token = link_of(server, user)

    for password, words in (("", "Please type a password."), ("short", "This password is too short."),
                            ("password123", "Many people have this password."), ("x" * 1025, "This password is too long."),
                            (user.upper(), "The password is the name.")):
        assert words in is_link_form(use(client, token, password), 422, token, user).text
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}):
        assert "Another site" in is_link_form(use(client, token, headers=headers), 403, token, user).text
    in_query = client.post("/link", params={"password": NEW}, data={"token": token, "password": NEW}, headers={**PAGE, **OURS})
    is_link_page(in_query, 400)

    is_signed_in_by(client, use(client, token))


@pytest.mark.plain("is about what is stored")
def test_15_1_while_storage_is_locked_a_link_is_refused_and_stays_good(start_server):
    server = start_server(**{**SETTINGS, "storage_wait": 0.1})
    with server.client() as client:
        register(client, "alice")
        token = link_of(server, "alice")
        with server.storage.taken():
            answers = [use(client, token), ask(client, "alice"), ask(client, "nobody")]

        for answer in answers:
            assert "The service is busy." in is_link_page(answer, 503).text and answer.headers["retry-after"]
        # What waited in the database may go on there for a moment.
        assert eventually(lambda: sign_in(client, "alice").status_code == 200)
        is_signed_in_by(client, use(client, token))


def test_37_2_whoever_cannot_be_signed_in_at_once_has_the_new_password_and_is_led_to_sign_in(server, client, user):
    token = link_of(server, user)
    with server.storage.refusing("sessions"):
        answer = use(client, token)

    assert answer.status_code == 303 and answer.headers["location"].endswith("signin") and not cookies_of(answer)
    is_over(use(client, token))
    assert sign_in(client, user, NEW).status_code == 200


def test_15_2_of_16_who_use_a_link_at_once_one_succeeds(server, client, user):
    for _ in range(3):
        token = link_of(server, user)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda number: use(client, token, f"{NEW} {number}"), range(16)))

        assert sorted(answer.status_code for answer in answers) == [303] + [410] * 15
        [winner] = [number for number, answer in enumerate(answers) if answer.status_code == 303]
        is_signed_in_by(client, answers[winner])
        accepted = [number for number in range(16) if sign_in(client, user, f"{NEW} {number}").status_code == 200]
        assert accepted == [winner]


def test_37_2_a_person_comes_in_by_a_link_without_scripts(server, user):
    with Person(server.url) as person:
        page = person.go(f"/link?token={link_of(server, user)}", headers={"Sec-Fetch-Site": "cross-site"})
        answer = person.send(page, password=NEW)

        assert person.visited[0] == ("/link", 303)
        assert NAME in person.cookies and answer.status_code == 200


# ---- 37.4 asking for one


@pytest.fixture
def outbox(server):
    """What was written since; rows stay noted when they have been delivered, or dropped."""
    with server.storage.noting("outbox", "user_id", "kind", "data") as take:
        yield take


def asked(response):
    return response.status_code, [(name, value) for name, value in response.headers.items() if name != "date"], response.text


def test_37_4_asking_tells_nobody_who_exists_and_writes_the_same(server, client, outbox, new_name):
    [reachable, without, disabled] = [new_name() for _ in range(3)]
    for name in (reachable, without, disabled):
        register(client, name)
    for name in (reachable, disabled):
        server.command("user", "set", name, "--email", f"{name}@example.org")
    server.command("user", "disable", disabled)
    [(user_id,)] = server.query("SELECT id FROM users WHERE username = ?", reachable)

    answers, written = [], []
    for name in (reachable, reachable.upper(), without, disabled, "nobody", "no body", "\u202enobody", "x" * 300):
        answers.append(asked(ask(client, name)))
        written.append(outbox())

    assert {answer[0] for answer in answers} == {202}
    assert all(answer == answers[0] for answer in answers)
    assert "reachable" not in answers[0][2]
    assert [len(rows) for rows in written] == [1] * len(answers)
    # All but the moment, which takes as many digits in each.
    assert len({(kind, re.sub("^at=[0-9]{10}\\n", "", data)) for [(_, kind, data)] in written}) == 1
    assert [owner for [(owner, _, _)] in written] == [user_id] * 2 + [None] * 6


@pytest.mark.plain("is about counts")
def test_37_4_asking_is_bounded_for_an_account_without_a_word_and_for_a_network(start_server):
    server = start_server(**SETTINGS, **counting(source=12), attempts_links=f"3 {SLOW}")
    with client_at(server, "127.3.0.1") as client, client_at(server, "127.3.0.2") as other, \
            server.storage.noting("outbox", "user_id") as written:
        register(client, "alice")
        server.command("user", "set", "alice", "--email", "alice@example.org")

        answers = [asked(ask(client, name)) for name in ("alice", "ALICE", "alice", "alice", "alice")]
        answers += [asked(ask(client, "nobody")) for _ in range(5)]

        assert all(answer == answers[0] for answer in answers) and answers[0][0] == 202
        assert [owner is None for owner, in written()] == [False] * 3 + [True] * 7
        budget, counts = map(json.loads, server.command("attempts", "list").stdout.splitlines())
        assert (budget["username"], budget["budget"], budget["taken"], budget["at_once"]) == ("alice", "links", 3, 3)
        assert counts["names_with_links"] == 2

        is_over(use(client, "A" * 43))
        assert ask(client, "alice").status_code == 202
        refused = ask(client, "alice")
        assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= 900
        assert "too many attempts" in is_link_page(refused, 429).text
        # Looking, and a link that is good, cost nothing.
        assert use(client, link_of(server, "alice")).status_code == 429
        assert use(other, link_of(server, "alice")).status_code == 303

        server.command("attempts", "clear", "alice")
        assert ask(other, "alice").status_code == 202
        assert [owner is None for owner, in written()][-1:] == [False]

    # By default there are three in an hour at most, whenever it begins.
    sample = (TOP / "conf/bearward.conf.sample").read_text()
    at_once, pause = map(int, re.search(r"^#attempts_links = (\d+) (\d+)$", sample, re.MULTILINE).groups())
    assert at_once + 3599 // pause == 3


@pytest.mark.core
def test_37_4_the_form_that_asks(server, client):
    form = is_link_page(client.get("/link", headers=PAGE), 200)
    where, values = only_form(form)
    assert where.endswith("/link") and values == {"username": ""}
    assert re.search(r'href="[./]*link"', client.get("/signin", headers=PAGE).text)

    missing = ask(client, "")
    assert "Please type a name." in is_link_page(missing, 422).text
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert "Another site" in is_link_page(ask(client, "alice", headers), 403).text


# ---- By invitation, and without what it takes


def test_37_1_who_is_invited_chooses_the_password_and_nobody_else_gets_an_account(start_server):
    server = start_server(public_url=URL, registration="invite")
    with server.client() as client:
        expect.detail(register(client, "mallory"), 403, "Registration is by invitation")
        for answer in (client.get("/signin/register", headers=PAGE), 
                       post(client, "mallory", headers={**PAGE, **OURS}, path="/signin/register")):
            assert "Accounts are made by invitation here." in is_page(answer, 403).text
        page = client.get("/signin", headers=PAGE).text
        assert "signin/register" not in page and not re.search(r'href="[./]*link"', page)
        # Nothing takes messages here.
        for answer in (client.get("/link", headers=PAGE), ask(client, "alice")):
            is_link_page(answer, 404)

        first = link_of(server, "Alice", "--invite")
        assert [(kind, left > 600000) for _, kind, left in tickets(server, "Alice")] == [("invitation", True)]
        for password in ("", PASSWORD, "x" * 8):
            assert post(client, "alice", password).status_code == (401 if password else 422)
        token = link_of(server, "alice", "--invite")
        is_over(look(client, first))
        assert "An account has been made for you." in is_link_form(look(client, token), 200, token, "Alice").text
        is_signed_in_by(client, use(client, token, PASSWORD))
        assert sign_in(client, "alice").status_code == 200

        again = server.command("user", "link", "alice", "--invite")
        assert (again.returncode, again.stdout) == (1, "") and "has a password already" in again.stderr
        is_over(use(client, token))


@pytest.mark.plain("is about a setting")
def test_17_without_pages_for_people_there_is_no_link(start_server):
    server = start_server(**SETTINGS, signin="no")
    with server.client() as client:
        for answer in (look(client, "A" * 43), use(client, "A" * 43), client.get("/link"), ask(client, "alice")):
            assert answer.status_code == 404
