"""A person with a browser before guarded pages, in each web server with the sample a user copies; protocol sections 21 to 26.

test_browser.py has the same with Chromium.
"""

import hashlib
import re

import pytest

import raw
from conftest import PASSWORD, bearer, running
from expect import challenge
from person import FETCH, IMAGE, Person
from protect import PAGE, SITES, Htaccess, application, kinds  # noqa: F401: a fixture
from test_gateway import ask_from
from test_protect import headers_of

SETTINGS = {"scopes": "items:read items:write", "registration": "open"}
NAME = "Ren\u00e9e.o+1@example.org"


@pytest.fixture(scope="module")
def server():
    with running("plain", **SETTINGS) as server:
        # alice may everything, bob is in no group.
        for command in (["add", "alice", "--groups", "staff readers"], ["add", "bob"], ["add", NAME]):
            done = server.command("user", *command, stdin=PASSWORD + "\n")
            assert done.returncode == 0, done.stderr
        yield server


@pytest.fixture(scope="module", params=kinds())
def site(request, server, application):
    site = SITES[request.param](server, application).start()
    yield site
    site.stop()


# What a gateway that asks by HTTP says of a request, as a client forges it.
GATEWAYS_OWN = {
    "X-Original-Method": "GET", "X-Original-URI": "/elsewhere", "X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/elsewhere",
    "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Real-IP": "203.0.113.79", "X-Forwarded-For": "203.0.113.79"}
EVERY_FORGERY = [*({name: value} for name, value in GATEWAYS_OWN.items()), GATEWAYS_OWN]

# What makes names plain UTF-8, in the words of each sample.
UTF8 = {"nginx": ("(REQUIRED_SCOPE=items:read)", r"\1&IDENTITY=utf-8"),
        **{kind: ("(SIGNIN_BY=redirect)", r"\1&IDENTITY=utf-8") for kind in ("caddy", "haproxy", "traefik")}}


@pytest.fixture
def person(site):
    with Person(site.url) as person:
        yield person


def sign_in(person, address, name="alice", password=PASSWORD, **typed):
    """Goes where only those get who are signed in, and does what the form asks."""
    page = person.go(address)
    assert 'name="password"' in page.text, page.text
    return person.send(page, username=name, password=password, **typed)


def is_page(response, status):
    return response.status_code == status and response.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("query", ["", "?a=b&c=%26d%20e&return=/elsewhere"])
def test_24_4_person_signs_in_and_is_back_on_the_same_page_with_its_query(site, person, query):
    for address in (site.page + query, site.app + "x/y%20z" + query):
        person.cookies = {}
        form = person.go(address)
        asked = person.visited
        there = person.send(form, username="alice", password=PASSWORD)

        assert is_page(form, 200) and [status for _, status in asked[:-1]] in ([303], [])
        assert there.status_code == 200 and there.url.raw_path.decode() == address
        assert [status for _, status in person.visited] == [303, 200]
        assert PAGE in there.text or there.json()["path"].endswith(f"/app/x/y%20z{query}")
        # From here on nobody is led anywhere.
        assert person.go(address).status_code == 200 and len(person.visited) == 1


def test_24_3_program_gets_401_and_no_form(site, person, application):
    before = len(application.requests)

    for address in (site.page, site.app + "x"):
        for headers in (FETCH, IMAGE, {"Accept": "*/*"}, {}, {**FETCH, "X-Requested-With": "XMLHttpRequest"}):
            response = person.fetch(address, headers=headers)
            assert response.status_code == 401
            assert "realm" in challenge(response)
            assert response.headers["content-type"] == "application/json" and set(response.json()) == {"detail"}
            assert "location" not in response.headers

    assert len(application.requests) == before


def test_24_6_application_is_told_who_it_is(site, person):
    told = headers_of(sign_in(person, site.app + "x").json())

    assert told["X_AUTH_USER"] == ["alice"]
    assert told["X_AUTH_CLIENT"] == ["browser"]
    assert told["X_AUTH_GROUPS"] == ["readers staff"] or told["X_AUTH_GROUPS"] == ["staff readers"]
    assert re.fullmatch("[A-Za-z0-9_-]{22}", told["X_AUTH_SESSION"][0])
    assert re.fullmatch("[0-9]{10}", told["X_AUTH_TIME"][0])
    assert told.get("X_AUTH_EMAIL", [""]) == [""]
    assert "bearward" not in str(told.get("COOKIE", ""))


def test_24_6_name_outside_ascii_is_percent_encoded(site, person):
    assert headers_of(sign_in(person, site.app + "x", NAME).json())["X_AUTH_USER"] == ["Ren%C3%A9e.o%2B1@example.org"]


@pytest.mark.parametrize("kind", kinds(UTF8))
def test_24_6_name_is_plain_utf8_where_the_sample_says_so(server, application, kind):
    site = SITES[kind](server, application, lambda text: re.sub(*UTF8[kind], text)).start()
    try:
        with Person(site.url) as person:
            told = headers_of(sign_in(person, site.app + "x", NAME).json())
    finally:
        site.stop()

    assert told["X_AUTH_USER"][0].encode("latin-1").decode() == NAME


def test_24_6_what_a_browser_sends_in_the_name_of_another_is_not_believed(site, person):
    sign_in(person, site.app + "x")

    for name in site.identity:
        for form in ("X-Auth-{}", "x-auth-{}", "X_Auth_{}", "X-Auth_{}", "X.Auth.{}"):
            response = person.fetch(site.app + "x", headers={**FETCH, form.format(name): "forged"})
            assert response.status_code in (200, site.misspelt)
            assert "forged" not in response.text


def test_24_9_cookies_of_the_application_reach_it_and_that_of_bearward_does_not(site, person):
    person.cookies = {"a": "b", "__Host-Http-bearward2": "c"}
    sign_in(person, site.app + "x")
    person.cookies["d"] = "e"

    told = headers_of(person.go(site.app + "x").json())

    assert "; ".join(told["COOKIE"]).split("; ") == ["a=b", "__Host-Http-bearward2=c", "d=e"]


def test_24_8_group_and_scope_that_a_user_does_not_have_are_403_and_never_a_redirect(site, person):
    refused = sign_in(person, site.staff, "bob")

    assert refused.status_code == 403
    assert [status for _, status in person.visited] == [303, 403]
    assert PAGE not in refused.text
    assert refused.headers["content-type"].startswith("text/html") and "as=other" in refused.text
    assert person.fetch(site.staff).status_code == 403
    assert person.go(site.page).text == PAGE
    with Person(site.url) as other:
        assert sign_in(other, site.staff, "alice").text == PAGE


def test_24_8_no_spelling_of_an_address_that_is_open_leads_to_one_that_is_not(site, person):
    sign_in(person, site.page, "bob")
    cookie = "Cookie: " + "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    directory = site.page.rpartition("/")[0]

    for up in ("..", "%2e%2e", ".%2E", "%2E.", "./..", "x/../..", "..;"):
        for slash in ("/", "%2f", "//", "%5c"):
            response = raw.ask(site, "GET", f"{directory}/{up}{slash}{site.staff[1:]}", cookie, "Connection: close")
            assert response.status_code >= 300 and PAGE not in response.text, (up, slash)


def test_24_4_form_that_comes_when_the_session_has_ended_is_answered_with_a_page_and_taken_when_it_is_sent_again(
        site, person, application):
    before = len(application.requests)
    own = {"Origin": site.url, "Sec-Fetch-Site": "same-origin"}

    page = person.go(site.app + "x", "POST", own, content=b"typed")
    with Person(site.url) as tab:
        sign_in(tab, site.page)
        person.cookies = tab.cookies
    again = person.go(site.app + "x", "POST", own, content=b"typed")

    assert is_page(page, 401) and "reload" in page.text.lower()
    assert len(application.requests) == before + 1
    assert again.json()["body"] == hashlib.sha256(b"typed").hexdigest()


def test_24_2_token_decides_alone_whatever_cookie_stands_beside_it(site, person):
    sign_in(person, site.page)

    response = person.fetch(site.page, headers={**FETCH, **bearer("nonsense")})

    assert response.status_code == 401 and challenge(response)["error"] == "invalid_token"


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": None, "Origin": "https://evil.example"}])
def test_22_1_what_another_site_makes_a_browser_send_changes_nothing(site, person, application, headers):
    sign_in(person, site.app + "x")
    before = len(application.requests)
    sent = {name: value for name, value in {**FETCH, "Origin": site.url, **headers}.items() if value}

    for method in ("POST", "PUT", "DELETE", "PATCH"):
        refused = person.fetch(site.app + "x", method, headers=sent)
        assert refused.status_code == 403, refused.text
    assert len(application.requests) == before
    own = {**FETCH, "Origin": site.url}
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert person.fetch(site.app + "x", method, headers=own, content=b"x").status_code == 200


def test_22_1_what_a_gateway_says_of_a_request_is_no_clients_to_say(site, person, application):
    address = site.page + "?x=y"
    plain = person.go(address).url
    led_to = {person.go(address, headers=headers).url for headers in EVERY_FORGERY}
    sign_in(person, site.app + "x")
    before = len(application.requests)

    for headers in EVERY_FORGERY:
        for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "", "Origin": "https://evil.example"}):
            assert person.fetch(site.app + "x", "POST", headers={**FETCH, **foreign, **headers}).status_code == 403, headers
        assert person.go(address, headers=headers).text == PAGE
        assert person.fetch(site.page, headers={**FETCH, **headers, **bearer("nonsense")}).status_code == 401
    assert len(application.requests) == before
    assert led_to == {plain}
    assert "203.0.113.79" not in site.server.log() + site.log()


def test_22_2_websocket_of_another_site_does_not_reach_the_application(site, person, application):
    handshake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                 "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    sign_in(person, site.app + "x")
    before = len(application.requests)

    for foreign in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
        assert person.fetch(site.app + "socket", headers={**handshake, **foreign}).status_code == 403
    assert len(application.requests) == before


def test_26_3_after_signing_out_nothing_opens_any_more(site, person):
    sign_in(person, site.page)
    cookies = dict(person.cookies)

    out = person.send(person.go("/signout"), "signout")
    person.cookies = cookies        # another tab, or a thief

    assert out.status_code in (200, 403, 404)   # `home` is not of this site
    assert person.fetch(site.page).status_code == 401
    assert 'name="password"' in person.go(site.page).text


def test_23_3_refusal_is_the_same_form_and_leads_on_once_it_is_right(site, person):
    page = sign_in(person, site.page + "?x=1", password="wrong password")
    there = person.send(page, password=PASSWORD)

    assert is_page(page, 401) and 'value="alice"' in page.text
    assert there.text == PAGE and there.url.query == b"x=1"


def test_21_3_cookie_that_comes_twice_or_cut_opens_nothing(site, person):
    sign_in(person, site.page)
    [(name, value)] = [(name, value) for name, value in person.cookies.items() if len(value) == 43]

    for cookie in (f"{name}={value}; {name}={value}", f"{name}={value[:-1]}", f"{name}={value}x", f"{name[:-1]}={value}",
                   f'{name}="{value}"'):
        with Person(site.url) as other:
            assert other.fetch(site.page, headers={**FETCH, "Cookie": cookie}).status_code == 401, cookie
    assert person.fetch(site.page).status_code == 200


def test_26_1_signin_and_signout_are_asked_about_by_nobody_and_nothing_else_is_there(site, person):
    assert is_page(person.go("/signin"), 200) and is_page(person.go("/signout"), 200)
    assert person.go("/signin/style.css").headers["content-type"].startswith("text/css")
    assert person.go("/signin/nothing").status_code == 404
    assert person.go("/signin", "DELETE").status_code == 405
    assert {path: person.fetch(path, "OPTIONS").status_code for path in (
        "/account", "/account/", "/account/sessions", "/link", "/link/", "/health/live", "/health/ready/")
        } == dict.fromkeys(("/account", "/account/", "/account/sessions", "/link", "/link/", "/health/live", "/health/ready/"), 204)
    assert person.fetch("/metrics", "OPTIONS").headers["allow"] == "GET, HEAD"
    assert ask_from(site, "127.0.0.9", "/health/live").status_code == ask_from(site, "127.0.0.1", "/health/live").status_code
    if not isinstance(site, Htaccess):      # it is htaccess.sample that has /metrics
        assert ask_from(site, "127.0.0.9", "/metrics").status_code in (403, 404)
        assert "bearward" not in ask_from(site, "127.0.0.9", "/metrics").text
