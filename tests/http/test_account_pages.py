"""People look after their own accounts in a browser: /account and below it (protocol sections 20.5, 21.4 and 22.1)."""

import base64
import html
import json
import os
import re
import urllib.parse

import clock
import pytest
from conftest import PASSWORD, TOP, bearer, register, sign_in, started
from gateways import make_server
from person import Forms, Person
from sessions import Session
from test_attempts import counting
from test_signin import NAME, OURS, PAGE, cookies_of, is_page, is_signed_in, post, with_cookie

NEW = "another horse, another battery"
FORMS = {   # what each form changes, if nothing is in its way
    "/account/": {"display_name": "Changed", "email": "changed@example.org", "current_password": PASSWORD},
    "/account/password": {"current_password": PASSWORD, "new_password": NEW},
    "/account/sessions": {"end": "all"},
    "/account/delete": {"current_password": PASSWORD}}
PAGES = [*FORMS, "/account/activity"]


class Browser:
    """A signed-in browser that follows nothing by itself."""

    def __init__(self, client, session):
        self.client, self.session, self.value = client, session, session.value

    def get(self, path, **headers):
        return self.client.get(path, headers={**PAGE, **with_cookie(self.value), **headers})

    def post(self, path, headers=OURS, **form):
        """What a browser has after that: another cookie, or none."""
        answer = self.client.post(path, data={"x": "", **form}, headers={**PAGE, **with_cookie(self.value), **headers})
        for value, attributes in [cookies_of(answer).get(NAME, (self.value, {}))]:
            self.value = value
        return answer

    def is_signed_in(self):
        return is_signed_in(self.client, self.value)


@pytest.fixture
def browser(server, client, user):
    return Browser(client, Session(server, user, agent="Firefox on Linux", network="192.0.2.0/24"))


def of_user(server, name, columns="username, email, email_verified, display_name, hashed_password"):
    return server.query(f"SELECT {columns} FROM users WHERE username = ?", name)


def text_of(answer):
    """What a person reads."""
    body = answer.text.partition("<main")[2].partition(">")[2]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).split())


def leads_to(answer, path):
    assert answer.status_code == 303, answer.text
    assert urllib.parse.urljoin(str(answer.url), answer.headers["location"]).partition("//")[2].partition("/")[2] == path[1:]


# ---- Whose page it is

@pytest.mark.core
def test_20_5_every_page_has_the_headers_of_pages_and_finds_what_it_loads(client, browser):
    for spelling in [*PAGES, "/account", "/account/sessions/"]:
        page = is_page(browser.get(spelling), 200)
        loaded = re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]*)"', page.text)

        kinds = {client.get(urllib.parse.urljoin(str(page.url), address)).headers["content-type"] for address in loaded}

        assert kinds == {"text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml"}
        assert "set-cookie" not in page.headers
        for action, _ in Forms(page.text).found:
            assert urllib.parse.urlsplit(urllib.parse.urljoin(str(page.url), action)).path in (*FORMS, "/signout")


@pytest.mark.core
def test_20_5_who_is_not_signed_in_is_led_to_sign_in_and_back_to_the_page(server, client, user):
    for path in [*PAGES, "/account/export"]:
        assert urllib.parse.unquote(client.get(path + "?done=nothing").headers["location"]).endswith(f"signin?return={path}")
    with Person(server.url) as person:
        page = person.go("/account/sessions?done=nothing")
        person.send(page, username=user, password=PASSWORD)

        assert person.visited == [("/signin", 303), ("/account/sessions", 200)]


@pytest.mark.parametrize("path", FORMS)
def test_20_5_a_form_whose_session_has_ended_changes_nothing_and_the_page_that_comes_keeps_it(server, client, browser, user, path):
    before = of_user(server, user)
    server.query("UPDATE sessions SET expires_at = created_at WHERE digest = ?", browser.session.digest)

    answer = browser.post(path, **FORMS[path])

    assert "reload" in text_of(is_page(answer, 401)), "nobody says what to do"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert PASSWORD not in answer.text
    assert of_user(server, user) == before


@pytest.mark.parametrize("path", FORMS)
def test_22_1_another_site_changes_nothing_and_what_it_filled_in_is_not_shown(server, client, browser, user, path):
    before = of_user(server, user)

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}):
        answer = is_page(browser.post(path, headers=headers, **FORMS[path]), 403)
        stranger = client.post(path, data=FORMS[path], headers={**PAGE, **headers})

        assert "Another site" in text_of(answer) and "Another site" in text_of(is_page(stranger, 403))
        assert "hanged" not in answer.text
    assert of_user(server, user) == before
    assert browser.is_signed_in()


@pytest.mark.plain("is about a setting")
def test_20_5_with_signin_switched_off_there_is_no_page(front):
    with started(make_server(front, signin="no")) as server, server.client() as client:
        for path in (*PAGES, "/account/export"):
            assert client.get(path).status_code == 404
            assert client.post(path, data=FORMS.get(path, {}), headers=OURS).status_code in (404, 405)


@pytest.mark.parametrize("name", ["password", "current_password", "new_password"])
def test_3_1_a_password_in_the_query_string_is_refused(browser, name):
    answer = is_page(browser.get(f"/account/password?{name}=secret"), 400)

    assert "secret" not in answer.text


# ---- What was done

@pytest.mark.exception("lighttpd itself refuses %00", "lighttpd", "lighttpd-spawned")
def test_20_5_what_a_page_says_was_done_is_one_of_few_words_whatever_a_link_to_it_says(browser, client):
    plain = browser.get("/account/").text

    assert "Saved." in browser.get("/account/?done=profile").text
    for done in ("nothing", "<b>x</b>", "profile%00", "deleted", "everywhere", "profile&done=profile"):
        assert browser.get(f"/account/?done={done}").text == plain
    # What is true of whoever is signed out is said to nobody else.
    assert "deleted" in text_of(is_page(client.get("/account/delete?done=deleted", headers=PAGE), 200))
    assert client.get("/account/?done=profile").status_code == 303


# ---- /account/

def test_20_5_it_says_who_one_is_and_the_rest_is_one_link_away(server, browser, user):
    server.query("UPDATE users SET email = 'a&b@example.org', email_verified = TRUE, display_name = '<Ann>' WHERE username = ?", user)

    page = browser.get("/account")

    assert f"You are signed in as {user}" in text_of(page)
    assert "This address is verified" in text_of(page)
    values = Forms(page.text).found[0][1]
    assert values == {"display_name": "<Ann>", "email": "a&b@example.org", "current_password": ""}
    links = [urllib.parse.urljoin("/account", link) for link in re.findall(r'<li><a href="([^"]*)"', page.text)]
    assert links == ["/account/password", "/account/sessions", "/account/activity", "/account/export", "/account/delete"]
    assert [browser.get(link).status_code for link in links] == [200] * 5


def test_20_5_the_name_that_is_shown_changes_without_and_the_address_only_with_the_password(server, browser, user):
    server.query("UPDATE users SET email = 'old@example.org', email_verified = TRUE WHERE username = ?", user)

    answer = browser.post("/account/", display_name="Ann Ö", email="old@example.org")
    leads_to(answer, "/account/?done=profile")
    assert of_user(server, user)[0][1:4] == ("old@example.org", 1, "Ann Ö")

    for typed, status, words in (({}, 422, "Please type a password."), (
            {"current_password": "wrong"}, 403, "This is not your current password.")):
        refused = is_page(browser.post("/account/", display_name="Bob", email="new@example.org", **typed), status)
        assert words in text_of(refused)
        # What was typed is still there, but for the password.
        assert Forms(refused.text).found[0][1] == {"display_name": "Bob", "email": "new@example.org", "current_password": ""}
    assert of_user(server, user)[0][1:4] == ("old@example.org", 1, "Ann Ö")

    leads_to(browser.post("/account/", email="new@example.org", current_password=PASSWORD), "/account/?done=profile")
    assert of_user(server, user)[0][1:4] == ("new@example.org", 0, None)


@pytest.mark.parametrize("typed, words", [
    ({"email": "no address"}, "does not look like an e-mail address"),
    ({"display_name": "a" * 201}, "longer than 200 characters"),
    ({"display_name": "a\u202eb"}, "invisible character"),
    ({"email": "@", "display_name": "\t"}, "invisible character")])
def test_20_5_a_fault_is_told_at_its_field_and_changes_nothing(server, browser, user, typed, words):
    before = of_user(server, user)

    answer = is_page(browser.post("/account/", current_password=PASSWORD, **typed), 422)

    assert words in text_of(answer)
    for name, value in typed.items():
        assert f'<p><a href="#{name}">' in answer.text
        assert Forms(answer.text).found[0][1][name] == value
    assert answer.text.count('aria-invalid="true"') == len(typed)
    assert of_user(server, user) == before


@pytest.mark.plain("is about what is stored")
def test_20_5_what_an_application_allows_once_is_told_and_changes_nothing(front):
    with started(make_server(front)) as server, server.client() as client:
        register(client, "alice")
        register(client, "bob")
        server.query("CREATE UNIQUE INDEX ix_users_email ON users (email)")
        server.query("UPDATE users SET email = 'a@b.example' WHERE username = 'alice'")

        answer = Browser(client, Session(server, "bob")).post("/account/", email="a@b.example", current_password=PASSWORD)

        assert "Somebody else has this e-mail address or this name" in text_of(is_page(answer, 422))
        assert of_user(server, "bob", "email") == [(None,)]


# ---- /account/password

@pytest.mark.core
def test_20_5_a_new_password_ends_all_but_this_browser_which_has_a_new_session(server, client, browser, user):
    other = Browser(client, Session(server, user))
    token = sign_in(client, user).json()["access_token"]
    old = browser.value

    answer = browser.post("/account/password", current_password=PASSWORD, new_password=NEW)

    leads_to(answer, "/account/?done=password")
    assert browser.value != old
    assert [is_signed_in(client, value) for value in (old, other.value, browser.value)] == [False, False, True]
    assert client.get("/users/me/", headers=bearer(token)).status_code == 401
    assert sign_in(client, user).status_code == 401
    assert sign_in(client, user, NEW).status_code == 200
    assert "Your password is changed." in text_of(browser.get(answer.headers["location"].replace("../", "/")))
    assert NEW not in server.log() and PASSWORD not in server.log()


def test_21_4_who_was_to_be_remembered_still_is(server, client, user):
    now = clock.now()
    for age, is_remembered in ((86400, False), (2592000, True)):
        browser = Browser(client, Session(server, user, expires_at=now + age))
        passwords = (NEW, PASSWORD) if is_remembered else (PASSWORD, NEW)

        answer = browser.post("/account/password", current_password=passwords[0], new_password=passwords[1])

        assert cookies_of(answer)[NAME][1].get("Max-Age") == ("2592000" if is_remembered else None)
        assert server.query("SELECT expires_at - created_at FROM sessions ORDER BY id DESC LIMIT 1") == [(age,)]


@pytest.mark.parametrize("typed, status, words, fields", [
    ({"current_password": "wrong", "new_password": NEW}, 403, "This is not your current password.", ["current_password"]),
    ({"current_password": PASSWORD, "new_password": "short"}, 422, "This password is too short.", ["new_password"]),
    ({"current_password": PASSWORD, "new_password": "a" * 1025}, 422, "This password is too long.", ["new_password"]),
    ({"current_password": PASSWORD, "new_password": "a\u0000b" * 9}, 400, "did not understand", []),
    ({"current_password": PASSWORD, "new_password": "a\u200bb" * 9}, 422, "invisible character", ["new_password"]),
    ({"current_password": PASSWORD}, 422, "Please type a password.", ["new_password"]),
    ({"new_password": NEW}, 422, "Please type a password.", ["current_password"]),
    ({}, 422, "Please type a password.", ["current_password", "new_password"])])
def test_20_5_a_refused_password_changes_nothing_and_says_why_at_its_field(server, browser, user, typed, status, words, fields):
    before = of_user(server, user)

    answer = is_page(browser.post("/account/password", **typed), status)

    assert words in text_of(answer)
    assert re.findall(r'<p><a href="#([a-z_]*)">', answer.text) == fields
    assert not any(value in answer.text for value in typed.values() if len(value) > 5)
    assert of_user(server, user) == before
    assert browser.is_signed_in()


def test_20_5_it_tells_the_shortest_length_recommends_a_phrase_and_lets_managers_fill_in(browser):
    page = browser.get("/account/password")

    assert "8 characters or more. Best is a phrase of 15 or more." in text_of(page)
    assert 'minlength="8"' in page.text and "maxlength" not in page.text
    assert re.findall(r'autocomplete="([^"]*)"', page.text) == ["username", "current-password", "new-password"]


@pytest.mark.plain("is about counts")
def test_36_1_guesses_at_the_password_are_counted_as_those_of_a_sign_in(front):
    with started(make_server(front, **counting(account_source=2))) as server, server.client() as client:
        register(client, "alice")
        browser = Browser(client, Session(server, "alice"))
        for path in ("/account/password", "/account/delete"):
            assert browser.post(path, **{**FORMS[path], "current_password": "wrong"}).status_code == 403

        for path in ("/account/", "/account/password", "/account/delete"):
            answer = is_page(browser.post(path, **FORMS[path]), 429)

            assert int(answer.headers["retry-after"]) > 0
            assert "too many attempts" in text_of(answer)
        assert of_user(server, "alice", "username, email") == [("alice", None)]


@pytest.mark.plain("is about what is stored")
def test_15_1_what_could_not_be_stored_is_told_and_nothing_has_changed(front):
    with started(make_server(front, storage_wait=0)) as server, server.client() as client:
        register(client, "alice")
        browser = Browser(client, Session(server, "alice"))
        before = of_user(server, "alice")
        with server.storage.taken():
            for path, form in FORMS.items():
                answer = is_page(browser.post(path, **form), 503)

                assert answer.headers["retry-after"] == "2"
                assert "busy" in text_of(answer)
                assert "set-cookie" not in answer.headers

        assert of_user(server, "alice") == before
        assert browser.is_signed_in()


# ---- /account/sessions

def rows_of(page):
    """What is said of each, and what its button ends."""
    rows = re.findall("<li>(.*?)</li>", page.text, re.DOTALL)
    return [(html.unescape(" ".join(re.sub("<[^>]*>", " ", row).split())), re.search('value="([^"]*)"', row)[1]) for row in rows]


def test_20_5_all_that_is_signed_in_is_shown_in_words_and_this_browser_is_marked(server, client, browser, user):
    now = clock.now()
    Session(server, user, agent="an app on an Apple device", network="-", created_at=1709211659, seen_at=now - 7300)
    Session(server, user, agent="Chrome", expires_at=now)
    sign_in(client, user)

    [(app, _), (here, own), (program, _)] = sorted(rows_of(browser.get("/account/sessions")), key=lambda row: row[0])[:3]

    assert app == "An app on an Apple device Signed in on 29 February 2024, 13:00 UTC Last used 2 hours ago Sign out"
    assert here.startswith("Firefox on Linux This browser From the network 192.0.2.0/24 Signed in on ")
    assert here.endswith("Last used just now Sign out")
    assert own == browser.session.public_id
    assert program.startswith("python-httpx Program ") and "From the network 127.0.0.0/24" in program


def test_20_5_one_is_ended_by_its_button_and_is_gone(server, client, browser, user, new_name):
    other = Session(server, user)
    token = sign_in(client, user).json()["access_token"]
    register(client, foreign := new_name())
    foreign = Session(server, foreign)

    leads_to(browser.post("/account/sessions", end=other.public_id), "/account/sessions?done=session")
    [program] = [value for text, value in rows_of(browser.get("/account/sessions")) if "Program" in text]
    browser.post("/account/sessions", end=program)

    assert [is_signed_in(client, value) for value in (other.value, browser.value)] == [False, True]
    assert client.get("/users/me/", headers=bearer(token)).status_code == 401
    # Neither what is ended already, nor another's, nor what was never there.
    for nothing in (other.public_id, foreign.public_id, "A" * 22, "x", "", "'"):
        assert "signed out already" in text_of(is_page(browser.post("/account/sessions", end=nothing), 404))
    assert is_signed_in(client, foreign.value)


@pytest.mark.parametrize("end, left", [("others", True), ("all", False), ("this", False)])
def test_20_5_others_are_ended_or_all_or_this_one_and_then_the_browser_forgets_its_cookie(server, client, browser, user, end, left):
    other = Session(server, user)
    token = sign_in(client, user).json()["access_token"]

    answer = browser.post("/account/sessions", end=browser.session.public_id if end == "this" else end)

    leads_to(answer, "/account/sessions?done=" + {"others": "others", "all": "everywhere", "this": "out"}[end])
    assert is_signed_in(client, browser.session.value) == left
    assert is_signed_in(client, other.value) == (end == "this")
    assert client.get("/users/me/", headers=bearer(token)).status_code == (200 if end == "this" else 401)
    if left:
        assert "set-cookie" not in answer.headers
        return
    assert cookies_of(answer)[NAME] == ("", {"Path": "/", "Max-Age": "0", "Secure": "", "HttpOnly": "", "SameSite": "Lax"})
    assert answer.headers["clear-site-data"] == '"cache"'
    said = client.get("/account/sessions?done=everywhere" if end == "all" else "/account/sessions?done=out", headers=PAGE)
    assert "You are signed out" in text_of(is_page(said, 200))


def test_42_however_much_is_signed_in_a_page_has_32_kib_and_all_of_it_is_reached(server, client, browser, user):
    widest = {"agent": "Samsung Internet on an Apple device", "network": "ffff:ffff:ffff:ffff::/64"}
    seen, path = set(), "/account/sessions"
    mine = {browser.session.public_id, *(Session(server, user, **widest).public_id for _ in range(49))}
    [(uid,)] = of_user(server, user, "id")
    for _ in range(30):
        gid = os.urandom(16)
        server.query("INSERT INTO grants (gid, user_id, client_id, scope, created_at, auth_at, rotated_at, expires_at, "
                     "network, agent) VALUES (?, ?, ?, '', ?4, ?4, ?4, ?4 + 9999, ?5, ?6)", gid, uid, "c" * 255,
                     clock.now(), widest["network"], widest["agent"])
        mine.add(base64.urlsafe_b64encode(gid).decode().rstrip("="))

    while path:
        page = is_page(browser.get(path, **{"Accept-Language": "de"}), 200)
        assert len(page.content) <= 32768
        seen |= {value for _, value in rows_of(page)}
        more = re.search(r'href="([^"]*\?after=[^"]*)"', page.text)
        path = more and urllib.parse.urljoin("/account/sessions", more[1])

    assert seen == mine
    # What a link begins after may be gone by then.
    assert rows_of(browser.get("/account/sessions?after=" + "A" * 22)) == rows_of(browser.get("/account/sessions?after=x"))


# ---- /account/activity

def test_39_2_what_happened_to_the_account_is_told_in_words_and_to_nobody_else(server, client, browser, user, new_name):
    assert post(client, user, headers={**OURS, "Accept": "*/*"}).status_code == 303
    browser.post("/account/", display_name="Ann")
    for _ in range(2):
        assert post(client, user, "wrong").status_code == 401
    assert server.command("user", "disable", user).returncode == 0
    assert server.command("user", "enable", user).returncode == 0
    browser = Browser(client, Session(server, user))

    told = [text.partition(" UTC")[0] for text in re.findall(
        "<li>(.*?)</li>", re.sub(r"<(?!/?li\b)[^>]*>|\s+", " ", browser.get("/account/activity").text))]
    told = [" ".join(html.unescape(text).split()) for text in told]

    words = [("The account was unblocked", "By an administrator"), ("The account was blocked", "By an administrator"),
             ("Somebody typed a wrong password (2×)", "From the network 127.0.0.0/24"),
             ("The e-mail address or the name that is shown was changed", "From the network 127.0.0.0/24"),
             ("Signed in with a browser", "From the network 127.0.0.0/24"), ("The account was created", "127.0.0.0/24")]
    left = iter(told)
    for what, more in words:    # in this order, perhaps with others between them
        assert any(text.startswith(what) and more in text for text in left), (what, told)
    register(client, other := new_name())
    assert "blocked" not in Browser(client, Session(server, other)).get("/account/activity").text


def test_39_every_event_that_a_user_can_have_has_words():
    events = re.findall(r'^\t"(.*)",$', (TOP / "src/account/audit_event.c").read_text(), re.MULTILINE)
    told = re.findall(r'^\t\{ "([^"]*)",', (TOP / "src/http/account_pages_activity.c").read_text(), re.MULTILINE)

    of_nobody = {"backup made", "backup restored", "introspection credential added", "introspection credential removed", "key added",
                 "key removed", "user deleted", "users exported", "users imported", "users moved"}
    assert set(told) == set(events) - of_nobody


@pytest.mark.exception("lighttpd itself refuses %00", "lighttpd", "lighttpd-spawned")
def test_42_a_page_has_50_of_what_happened_in_32_kib_and_older_ones_are_a_link_away(server, browser, user):
    [(uid,)] = of_user(server, user, "id")
    for number in range(120):
        server.query("INSERT INTO audit (at, event, user_id, actor, client_id, network, detail, count) VALUES "
                     "(?, 'grant ended', ?, 'command:root', 'c', 'ffff:ffff:ffff:ffff::/64', 'reuse', 99)", number * 86400 + 1, uid)
    counts, path, days = [], "/account/activity", []

    while path:
        page = is_page(browser.get(path, **{"Accept-Language": "de"}), 200)
        assert len(page.content) <= 32768
        days += re.findall('datetime="(1970[^"]*)"', page.text)
        counts.append(page.text.count("<li>"))
        older = re.search(r'href="([^"]*\?after=[^"]*)"', page.text)
        path = older and urllib.parse.urljoin("/account/activity", older[1])

    assert counts[:2] == [50, 50] and len(days) == 120 and days == sorted(days, reverse=True)
    for odd in ("x", "-1", "9" * 30, "%00"):
        assert re.findall('datetime="(1970[^"]*)"', browser.get(f"/account/activity?after={odd}").text) == days[:50]


# ---- /account/export and /account/delete

@pytest.mark.core
def test_20_5_what_is_stored_is_a_download_for_whoever_is_signed_in(client, browser, user):
    answer = browser.get("/account/export")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="account.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.content)["user"]["username"] == user
    assert browser.value not in answer.text


@pytest.mark.core
def test_20_5_an_account_is_deleted_with_the_password_and_nobody_is_signed_in_then(server, client, browser, user):
    other = Session(server, user)
    page = browser.get("/account/delete")
    assert "cannot be undone" in text_of(page) and 'href="' in page.text and "account/export" in page.text

    for typed, status, words in (({}, 422, "Please type a password."), (
            {"current_password": "wrong"}, 403, "This is not your current password.")):
        assert words in text_of(is_page(browser.post("/account/delete", **typed), status))
    assert browser.is_signed_in()
    answer = browser.post("/account/delete", current_password=PASSWORD)

    leads_to(answer, "/account/delete?done=deleted")
    assert cookies_of(answer)[NAME][1]["Max-Age"] == "0"
    assert answer.headers["clear-site-data"] == '"cache"'
    assert of_user(server, user) == []
    assert [is_signed_in(client, value) for value in (browser.session.value, other.value)] == [False, False]
    assert "Your account is deleted" in text_of(client.get("/account/delete?done=deleted", headers=PAGE))
    assert sign_in(client, user).status_code == 401


def test_20_5_an_account_that_an_application_refers_to_stays_and_the_page_says_so(server, browser, user):
    server.query("CREATE TABLE IF NOT EXISTS loans (user_id INTEGER REFERENCES users (id))")
    server.query("INSERT INTO loans SELECT id FROM users WHERE username = ?", user)

    answer = is_page(browser.post("/account/delete", current_password=PASSWORD), 409)

    assert "An application still needs your account" in text_of(answer)
    assert len(of_user(server, user)) == 1
    assert browser.is_signed_in()


# ---- Where people find it

@pytest.mark.parametrize("path", ["/signin", "/signout"])
def test_20_5_pages_for_whoever_is_signed_in_lead_to_the_account(server, browser, path):
    page = browser.get(path)

    links = [urllib.parse.urljoin(str(page.url), link) for link in re.findall(r'href="([^"]*)"', page.text)]
    assert f"{server.url}/account/" in links


@pytest.mark.plain("is about a setting")
def test_20_5_below_a_prefix_that_a_proxy_takes_away_one_is_led_back_below_it(front):
    with started(make_server(front, public_url="https://www.example.org/auth")) as server, server.client() as client:
        answer = client.get("/account/password?x=y")

        assert answer.headers["location"].endswith("signin?return=%2Fauth%2Faccount%2Fpassword")
