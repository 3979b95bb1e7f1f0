"""People sign in with a browser: /signin (protocol sections 17, 18, 21, 22 and 23)."""

import base64
import hashlib
import re
import urllib.parse

import clock
import expect
import pytest
import test_cgi
from conftest import PASSWORD, PATIENCE, Server, eventually, register, sign_in, slot_taken
from fastcgi import get_params, parse_cgi
from person import HTML, NAVIGATION, Forms, Person
from sessions import Session
from test_attempts import counting

NAME = "__Host-Http-bearward"
FORM = "application/x-www-form-urlencoded"
OURS = {"Sec-Fetch-Site": "same-origin"}
PAGE = {"Accept": HTML}


def post(client, username, password=PASSWORD, headers=OURS, path="/signin", **form):
    return client.post(path, data={"username": username, "password": password, **form}, headers=headers)


def cookies_of(response):
    """The cookies that an answer sets, each with its attributes."""
    found = {}
    for line in response.headers.get_list("set-cookie"):
        (name, _, value), *attributes = [part.strip().partition("=") for part in line.split(";")]
        found[name] = (value, {attribute: text for attribute, _, text in attributes})
    return found


def with_cookie(value):
    return {"Cookie": f"{NAME}={value}"}


@pytest.fixture
def cookie(client, user):
    """What a browser of that user has got."""
    return cookies_of(post(client, user))[NAME][0]


def is_signed_in(client, value):
    """Whether a cookie is worth anything, as /signin itself says."""
    return client.get("/signin?return=/x", headers=with_cookie(value)).status_code == 303


def sessions(server, columns="*"):
    return server.query(f"SELECT {columns} FROM sessions ORDER BY id")


def only_form(response):
    """Where the form of a page goes, and what stands in it."""
    [(action, values)] = Forms(response.text).found
    return urllib.parse.urljoin(str(response.url), action), values


def is_page(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
    assert policy == {"default-src": "'none'", "style-src": "'self'", "script-src": "'self'", "img-src": "'self'",
                      "form-action": "'self'", "frame-ancestors": "'none'", "base-uri": "'none'"}
    return response


def is_form(response, status, username=""):
    """The sign-in page: with the name kept, and never a password."""
    action, values = only_form(is_page(response, status))
    assert urllib.parse.urlsplit(action).path == "/signin"
    assert values["username"] == username
    assert values["password"] == ""
    assert PASSWORD not in response.text
    return values


# ---- 17 pages

@pytest.mark.core
@pytest.mark.parametrize("path, status", [
    ("/signin", 200), ("/signin/", 200), ("/signin/register", 200), ("/signout", 200), ("/signout/", 200),
    ("/signin/nothing", 404), ("/signout/nothing", 404)])
def test_17_2_every_page_has_the_headers_of_pages(client, path, status):
    is_page(client.get(path, headers=PAGE), status)


def test_17_1_nothing_in_a_page_or_a_redirect_comes_from_the_host_header(client, user, cookie):
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", **PAGE}

    answers = [client.get("/signin", headers=evil), client.get("/signout", headers=evil),
               client.get("/signin/register", headers=evil), client.get("/signin", headers={**evil, **with_cookie(cookie)}),
               post(client, user, headers={**evil, **OURS}), post(client, user, "wrong", headers={**evil, **OURS})]

    for answer in answers:
        assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.core
@pytest.mark.parametrize("path", ["/signin", "/signin/", "/signin/register", "/signin/register/", "/signout/",
                                  "/signin/nothing", "/signin/nothing/at/all/"])
def test_17_3_all_that_a_page_loads_and_its_form_are_found_from_any_spelling_of_its_path(client, path):
    page = client.get(path, headers=PAGE)
    loaded = re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]*)"', page.text)
    forms = [action for action, _ in Forms(page.text).found]

    kinds = {client.get(urllib.parse.urljoin(str(page.url), address)).headers["content-type"] for address in loaded}

    assert kinds >= {"text/css; charset=utf-8", "image/svg+xml"}
    for action in forms:
        path = urllib.parse.urlsplit(urllib.parse.urljoin(str(page.url), action)).path
        assert path in ("/signin", "/signin/register", "/signout")


@pytest.mark.core
@pytest.mark.parametrize("name, media", [
    ("style.css", "text/css; charset=utf-8"), ("page.js", "text/javascript; charset=utf-8"),
    ("mark.svg", "image/svg+xml")])
def test_17_what_pages_load_may_be_kept_and_is_asked_about(client, name, media):
    answer = client.get(f"/signin/{name}")
    again = client.get(f"/signin/{name}", headers={"If-None-Match": answer.headers["etag"]})

    assert answer.status_code == 200 and answer.text
    assert answer.headers["content-type"] == media
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert again.status_code == 304


@pytest.mark.core
def test_17_4_a_person_signs_in_without_scripts_and_is_led_on_by_303(server, user):
    with Person(server.url) as person:
        page = person.ask("GET", "/signin?return=%2Fdocs%3Fa%3Db%2526", NAVIGATION)
        only_form(page)
        there = person.send(page, username=user, password=PASSWORD)

        assert person.visited == [("/signin", 303), ("/docs?a=b%26", 200)]
        assert there.status_code == 200
        # And from now on the form is not needed.
        person.go("/signin?return=%2Fdocs")
        assert person.visited == [("/signin?return=%2Fdocs", 303), ("/docs", 200)]


@pytest.mark.parametrize("method, path, headers, body, status", [
    ("PUT", "/signin", {}, b"", 405),
    ("POST", "/signin/style.css", {}, b"", 405),
    ("POST", "/signin", {"Content-Type": "application/json"}, b"{}", 415),
    ("POST", "/signin", {"Content-Type": FORM}, b"a=%", 400),
    ("POST", "/signin", {"Content-Type": FORM}, b"username=a&username=b&password=c", 400),
    ("POST", "/signout", {"Content-Type": FORM, "Sec-Fetch-Site": "cross-site"}, b"", 403),
    ("GET", "/signin/nothing", {}, None, 404),
    ("GET", "/signin?password=secret", {}, None, 400),
])
def test_17_an_error_is_a_page_for_a_person_and_json_for_a_program(client, method, path, headers, body, status):
    page = client.request(method, path, headers={**headers, **PAGE}, content=body)
    json = client.request(method, path, headers={**headers, "Accept": "*/*"}, content=body)
    script = client.request(method, path, headers={**headers, **PAGE, "X-Requested-With": "XMLHttpRequest"}, content=body)

    is_page(page, status)
    for answer in (json, script):
        expect.detail(answer, status)
    for header in ("allow", "accept"):
        assert page.headers.get(header) == json.headers.get(header)
    assert "secret" not in page.text + json.text


# ---- 18 sessions

@pytest.mark.core
def test_18_2_a_sign_in_is_one_row_that_is_there_before_the_answer(server, client, user):
    before, now = len(sessions(server)), clock.now()

    answer = post(client, user, headers={**OURS, "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"})
    row = sessions(server, "user_id, created_at, auth_at, idle, expires_at - created_at, network, agent")[before:]

    assert answer.status_code == 303
    [(uid, created_at, auth_at, idle, ttl, network, agent)] = row
    assert [(uid,)] == server.query("SELECT id FROM users WHERE username = ?", user)
    assert now <= created_at == auth_at <= now + PATIENCE
    assert (idle, ttl) == (43200, 86400)
    assert network == "127.0.0.0/24"
    assert agent.startswith("Firefox")


def move(server, value, **changes):
    """Puts a session into the past."""
    digest = hashlib.sha256(value.encode()).digest()
    for column, seconds in changes.items():
        server.query(f"UPDATE sessions SET {column} = {column} - ? WHERE digest = ?", seconds, digest)


def forget_uses(server):
    """Of all sessions, since the last that was written; the processes have the file mapped."""
    with open(server.state / "seen", "r+b") as file:
        size = file.seek(0, 2)
        file.seek(0)
        file.write(bytes(size))


@pytest.mark.parametrize("changes, is_alive", [
    ({"expires_at": 86000}, True), ({"expires_at": 86401}, False),
    ({"seen_at": 43000}, True), ({"seen_at": 43201}, False)])
def test_18_1_a_session_ends_at_its_end_and_when_it_was_left_alone(server, client, cookie, changes, is_alive):
    move(server, cookie, **changes)
    forget_uses(server)

    assert is_signed_in(client, cookie) == is_alive


def test_21_6_use_keeps_a_session_alive_and_writes_nothing(server, client, cookie):
    assert is_signed_in(client, cookie)         # which notes it
    move(server, cookie, seen_at=43201)

    before = sessions(server)
    assert is_signed_in(client, cookie)

    assert sessions(server) == before


def test_18_7_the_51st_session_makes_room_and_the_log_says_so(start_plain_server):
    server = start_plain_server()
    with server.client() as client:
        register(client, "alice")
        register(client, "bob")
        others = cookies_of(post(client, "bob"))[NAME][0]
        values = [cookies_of(post(client, "alice"))[NAME][0] for _ in range(50)]
        move(server, values[7], seen_at=1000)
        assert all(is_signed_in(client, value) for value in values[:7])
        server.query("UPDATE sessions SET seen_at = seen_at + 1 WHERE digest != ?",
                     hashlib.sha256(values[7].encode()).digest())

        newest = cookies_of(post(client, "alice"))[NAME][0]

        assert [value for value in [*values, newest, others] if not is_signed_in(client, value)] == [values[7]]
    assert server.log().count("event=\"session ended\"") == 1


# ---- 21 the cookie

@pytest.mark.core
def test_21_1_the_cookie_is_random_closed_to_scripts_and_kept_as_a_digest(server, client, user):
    value, attributes = cookies_of(post(client, user))[NAME]

    assert re.fullmatch("[A-Za-z0-9_-]{43}", value)
    assert len(base64.urlsafe_b64decode(value + "=")) == 32
    assert attributes == {"Path": "/", "Secure": "", "HttpOnly": "", "SameSite": "Lax"}
    assert sessions(server, "digest")[-1] == (hashlib.sha256(value.encode()).digest(),)
    assert value not in repr(server.storage.content())
    assert value not in server.log()


@pytest.mark.parametrize("issuer, settings, starts", [
    ("http://example.org", {}, False),
    ("http://192.0.2.1:8000/auth", {}, False),
    ("http://example.org", {"insecure_cookie": "yes"}, True),
    ("http://example.org", {"signin": "no"}, True),
    ("https://example.org", {}, True),
    ("http://localhost:8000", {}, True),
    ("http://127.0.0.1", {}, True),
    ("bearward", {}, True),
])
def test_21_2_signin_does_not_start_where_browsers_drop_the_cookie(tmp_path, issuer, settings, starts):
    site = Server(directory=tmp_path / "site", issuer=issuer, **settings)
    assert site.command("init").returncode == 0

    done = test_cgi.run(site, "signin", get_params(SCRIPT_NAME="/signin"))
    said = site.command("check-config")

    status = parse_cgi(done.stdout).status_code
    assert status == (503 if not starts else 404 if "signin" in settings else 200)
    if not starts:
        assert b"insecure_cookie" in done.stderr and b"https" in done.stderr
    assert said.returncode == 0
    assert ("signin will not start" in said.stderr) == (not starts)
    assert ("insecure_cookie is yes" in said.stderr) == ("insecure_cookie" in settings)


def test_21_2_a_cookie_for_plain_http_has_another_name(start_plain_server):
    server = start_plain_server(issuer="http://example.org", insecure_cookie="yes")
    with server.client() as client:
        register(client, "alice")

        cookies = cookies_of(post(client, "alice"))
        value, attributes = cookies["bearward_insecure"]

        assert list(cookies) == ["bearward_insecure"]
        assert attributes == {"Path": "/", "HttpOnly": "", "SameSite": "Lax"}
        for header, status in ((f"bearward_insecure={value}", 303), (f"{NAME}={value}", 200)):
            assert client.get("/signin?return=/x", headers={"Cookie": header}).status_code == status


@pytest.mark.core
def test_21_3_only_the_very_cookie_counts(client, cookie):
    other = ("A" if cookie[0] != "A" else "B") + cookie[1:]
    cases = {
        f"{NAME}={cookie}": 303,
        f"a=b; {NAME}={cookie}; c=d": 303,
        f"{NAME}={cookie}; {NAME}={cookie}": 200,
        f"{NAME}={other}; {NAME}={cookie}": 200,
        f"{NAME}={cookie[:-1]}": 200,
        f"{NAME}={cookie}A": 200,
        f"{NAME}={other}": 200,
        f'{NAME}="{cookie}"': 200,
        f"{NAME}={cookie[:-1]}+": 200,
        f"{NAME.lower()}={cookie}": 200,
        f"x{NAME}={cookie}": 200,
        f"{NAME}=": 200,
    }

    answered = {header: client.get("/signin?return=/x", headers={"Cookie": header}).status_code for header in cases}

    assert answered == cases


@pytest.mark.core
def test_21_4_each_sign_in_makes_a_new_cookie_and_the_old_one_is_dead_at_once(client, user, cookie):
    again = cookies_of(post(client, user, headers={**OURS, **with_cookie(cookie)}))[NAME][0]

    assert again != cookie
    assert is_signed_in(client, again)
    assert not is_signed_in(client, cookie)


def test_21_4_a_cookie_that_somebody_else_chose_is_worth_nothing(client, user):
    chosen = "A" * 43

    value = cookies_of(post(client, user, headers={**OURS, **with_cookie(chosen)}))[NAME][0]

    assert value != chosen
    assert not is_signed_in(client, chosen)


# ---- 22 who asks

@pytest.mark.parametrize("headers, passes", [
    ({}, True),
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),
    ({"Origin": "{url}"}, True),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "{url}"}, False),
    ({"Origin": "https://evil.example"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": "{url}.evil.example"}, False),
])
@pytest.mark.parametrize("path", ["/signin", "/signin/register", "/signout"])
def test_22_1_what_another_site_makes_a_browser_send_is_refused(server, client, user, cookie, new_name, path, headers, passes):
    headers = {name: value.format(url=server.url) for name, value in headers.items()}
    before = sessions(server)
    name = new_name() if path.endswith("register") else user

    answer = post(client, name, path=path, headers={**headers, **with_cookie(cookie), **PAGE})

    if passes:
        assert answer.status_code == 303
        return
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert sessions(server) == before
    if path == "/signin":
        is_form(answer, 403, user)


def test_22_1_the_address_of_the_settings_is_our_own(start_plain_server):
    server = start_plain_server(issuer="https://auth.example.org/base")
    with server.client() as client:
        register(client, "alice")
        statuses = [post(client, "alice", headers={"Origin": origin}).status_code for origin in (
            "https://auth.example.org", "http://auth.example.org", "https://auth.example.org.evil.example")]

    assert statuses == [303, 403, 403]


# ---- 23 signing in

def test_23_1_somebody_signed_in_well_enough_is_led_on(server, client, cookie):
    def visit(query):
        answer = client.get("/signin" + query, headers={**with_cookie(cookie), **PAGE})
        return answer.headers.get("location") or (answer.status_code, bool(Forms(answer.text).found))

    move(server, cookie, auth_at=100)

    assert visit("?return=%2Fa%3Fb") == "/a?b"
    assert visit("?return=%2Fa&max_age=200") == "/a"
    assert visit("?return=%2Fa&max_age=50") == (200, True)
    assert visit("?return=%2Fa&max_age=0") == (200, True)
    assert visit("?return=%2Fa&max_age=soon") == (200, True)
    assert visit("?return=%2Fa&as=other") == (200, True)
    # With nowhere to go to it says who is signed in.
    assert visit("") == (200, False)
    assert visit("?return=//evil.example") == (200, False)


def test_23_1_a_visit_without_anywhere_to_go_to_says_who_is_signed_in(client, user, cookie):
    page = is_page(client.get("/signin", headers=with_cookie(cookie)), 200)

    assert user in page.text
    assert "signout" in page.text


@pytest.mark.core
def test_23_1_head_answers_as_get_does_without_a_body(client, cookie):
    for path, headers in (("/signin", {}), ("/signin?return=/x", with_cookie(cookie)), ("/signout", {})):
        get, head = client.get(path, headers=headers), client.head(path, headers=headers)

        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers.get("location") == get.headers.get("location")


def test_23_2_what_is_looked_at_first_is_answered_first(start_plain_server):
    server = start_plain_server(**counting(account_source=1))
    good, cross = {"Content-Type": FORM, **PAGE, **OURS}, {"Content-Type": FORM, **PAGE, "Sec-Fetch-Site": "cross-site"}
    with server.client() as client:
        register(client, "alice")
        answers = [client.request(method, "/signin", headers=headers, content=body).status_code for method, headers, body in (
            ("PUT", {"Content-Type": "text/plain"}, b"x" * 20),
            ("POST", {**cross, "Content-Type": "text/plain"}, b"x" * 17000),
            ("POST", cross, b"x" * 16385),
            ("POST", cross, b"username=%"),
            ("POST", cross, b"username=alice"),
            ("POST", good, b"username=alice"),
            ("POST", good, b"username=alice&password=wrong"),
            ("POST", good, b"username=alice"),
            ("POST", good, b"username=alice&password=" + PASSWORD.encode()))]

    assert answers == [405, 413, 413, 400, 403, 422, 401, 422, 429]


@pytest.mark.core
def test_23_3_a_refusal_is_the_same_page_with_the_name_kept(client, user):
    answer = post(client, user, "wrong password", remember="yes", **{"return": "/a?b"})

    assert is_form(answer, 401, user)["return"] == "/a?b"
    assert re.search(r'name="remember"[^>]* checked', answer.text)
    assert answer.headers.get_list("www-authenticate") == ['Bearer realm="api"']
    assert "set-cookie" not in answer.headers
    assert "wrong password" not in answer.text


def test_23_3_what_was_typed_is_shown_and_never_obeyed(client):
    name = '"><script>alert(1)</script>&amp;\'{{home}}'

    values = is_form(post(client, name, "wrong password", **{"return": '/"><script>'}), 401, name)

    assert values["return"] == '/"><script>'


def test_23_3_a_field_that_is_empty_is_named(client, user):
    for form, kept in (({"username": user}, user), ({"password": "x"}, ""), ({}, ""), ({"username": "", "password": ""}, "")):
        answer = client.post("/signin", headers={**OURS, "Content-Type": FORM}, content=urllib.parse.urlencode(form))

        is_form(answer, 422, kept)


def test_23_3_it_is_401_in_either_dialect(rfc_client, new_name):
    name = new_name()
    register(rfc_client, name)

    is_form(post(rfc_client, name, "wrong password"), 401, name)
    assert post(rfc_client, name).status_code == 303


@pytest.mark.core
def test_3_4_an_unknown_an_inactive_user_and_a_wrong_password_are_answered_alike(server, client, user, new_name):
    register(client, inactive := new_name())
    server.command("user", "disable", inactive)

    answers = [post(client, name, password) for name, password in (
        (user, "wrong password"), ("nobody" + user, PASSWORD), (inactive, PASSWORD), (user, "x" * 5000))]
    seen = [(answer.status_code, re.sub('value="[^"]*"', "", answer.text),
             [(name, value) for name, value in answer.headers.multi_items() if name not in ("date", "content-length")])
            for answer in answers]

    assert seen[0][0] == 401
    assert all(other == seen[0] for other in seen)


def test_3_4_who_does_not_exist_costs_a_hash_as_well(start_plain_server):
    server = start_plain_server(hash_slots=1, hash_wait=0.05)
    with server.client() as client:
        register(client, "alice")
        with slot_taken(server):
            answers = [post(client, name, "wrong password") for name in ("alice", "nobody")]

    for answer, name in zip(answers, ("alice", "nobody")):
        is_form(answer, 503, name)
        assert int(answer.headers["retry-after"]) > 0


@pytest.mark.plain("is about counts")
def test_36_1_guesses_at_signin_and_at_token_are_one_budget(start_server):
    server = start_server(**counting())
    with server.client() as client:
        register(client, "alice")
        statuses = [guess(client, "alice", "wrong password").status_code for guess in (post, sign_in) * 4]

        assert statuses == [401] * 5 + [429] * 3
        refused = is_form(post(client, "alice"), 429, "alice") and post(client, "alice")
        assert 1 <= int(refused.headers["retry-after"]) <= 900


def test_36_1_a_right_password_costs_nothing_and_a_cross_site_form_neither(start_plain_server):
    server = start_plain_server(**counting(account_source=2))
    with server.client() as client:
        register(client, "alice")
        for _ in range(4):
            assert post(client, "alice").status_code == 303
            assert post(client, "alice", "wrong", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


FOLLOWED = ["/", "/private/report.html?a=b&c=%2F", "/a//b", "/%5cevil.example", "/%09/evil.example", "/?//evil.example",
            "/r\u00e9sum\u00e9", "/" + "x" * 2047]
DROPPED = ["", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
           "/\n/evil.example", " /a", "/a b", "/\x7f", "https:evil.example", "https://evil.example/",
           "javascript:alert(1)", "data:text/html,x", "evil.example", "@evil.example", "/" + "x" * 2048,
           "https://app.example.org.evil.example/", "https://app.example.org@evil.example/"]


@pytest.mark.core
def test_23_4_a_return_address_is_followed_as_it_came_or_not_at_all(client, user, cookie):
    for address in FOLLOWED + DROPPED:
        expected = address if address in FOLLOWED else None
        query = "/signin?" + urllib.parse.urlencode({"return": address})

        sent = post(client, user, **{"return": address})
        visited = client.get(query, headers=with_cookie(cookie))

        assert raw_location(sent) == (expected or "/"), address
        if visited.status_code == 400:      # lighttpd itself takes no control characters
            assert expected is None, address
            continue
        shown = only_form(client.get(query))[1].get("return")
        assert raw_location(visited) == expected, address
        assert shown == expected, address


def raw_location(response):
    """As it came, without what httpx makes of its characters."""
    [value] = [value.decode() for name, value in response.headers.raw if name.lower() == b"location"] or [None]
    return value


def test_23_4_two_addresses_are_none(client, user, cookie):
    assert client.get("/signin?return=/a&return=/a", headers=with_cookie(cookie)).status_code == 200
    assert "return" not in only_form(client.get("/signin?return=/a&%72eturn=//evil.example"))[1]
    twice = client.post("/signin", headers={**OURS, "Content-Type": FORM},
                        content=f"username={user}&password={PASSWORD}&return=/a&return=/b")
    assert twice.status_code == 400


def test_23_4_other_origins_are_followed_where_they_are_listed(start_plain_server):
    server = start_plain_server(return_origins="https://app.example.org http://localhost:3000", home="/start")
    with server.client() as client:
        register(client, "alice")
        cases = {address: address for address in (
            "https://app.example.org", "https://app.example.org/a?b", "http://localhost:3000/")}
        cases |= {address: "/start" for address in (
            "https://app.example.org:444/", "https://app.example.org.evil.example/", "http://localhost:30001/",
            "http://app.example.org/", "https://app.example.org?a", "//app.example.org/")}

        led = {address: post(client, "alice", **{"return": address}).headers["location"] for address in cases}
        policy = client.get("/signin").headers["content-security-policy"]

    assert led == cases
    # Browsers hold the redirect after a form against the policy of its page.
    assert "form-action 'self' https://app.example.org http://localhost:3000;" in policy


def test_23_5_who_signs_in_as_somebody_else_ends_the_old_session_first(server, client, user, cookie, new_name):
    register(client, other := new_name())

    form = client.get("/signin?as=other&return=/x", headers=with_cookie(cookie))
    assert only_form(form)[1]["return"] == "/x"
    answer = post(client, other, headers={**OURS, **with_cookie(cookie)})
    value = cookies_of(answer)[NAME][0]

    assert not is_signed_in(client, cookie)
    assert other in client.get("/signin", headers=with_cookie(value)).text


def test_23_5_a_wrong_password_ends_no_session(client, user, cookie):
    assert post(client, user, "wrong password", headers={**OURS, **with_cookie(cookie)}).status_code == 401

    assert is_signed_in(client, cookie)


@pytest.mark.core
def test_23_6_who_is_remembered_stays_signed_in_for_longer(server, client, user):
    value, attributes = cookies_of(post(client, user, remember="yes"))[NAME]

    assert attributes["Max-Age"] == "2592000"
    digest = hashlib.sha256(value.encode()).digest()
    assert server.query("SELECT idle, expires_at - created_at FROM sessions WHERE digest = ?", digest) == [(1209600, 2592000)]


def test_23_6_the_spans_are_those_of_the_settings(start_plain_server):
    server = start_plain_server(session_idle=61, session_ttl=62, remembered_idle=63, remembered_ttl=64)
    with server.client() as client:
        register(client, "alice")
        ages = [cookies_of(post(client, "alice", **form))[NAME][1].get("Max-Age") for form in ({}, {"remember": "yes"})]

    assert ages == [None, "64"]
    assert sessions(server, "idle, expires_at - created_at") == [(61, 62), (63, 64)]


def test_23_7_password_managers_know_the_fields(client):
    page = client.get("/signin").text

    assert re.search(r'name="username"[^>]*autocomplete="username webauthn"', page)
    assert re.search(r'name="password"[^>]*autocomplete="current-password"', page)
    assert "maxlength" not in page and "onpaste" not in page


def test_23_8_without_the_password_grant_people_still_sign_in(start_plain_server):
    server = start_plain_server(password_grant="no")
    with server.client() as client:
        register(client, "alice")

        assert sign_in(client, "alice").status_code == 400
        assert post(client, "alice").status_code == 303


def test_23_8_signin_no_closes_all_of_it(start_plain_server):
    server = start_plain_server(signin="no")
    with server.client() as client:
        register(client, "alice")
        for path in ("/signin", "/signin/register", "/signout", "/signin/style.css", "/signin/page.js", "/signin/mark.svg"):
            expect.detail(client.get(path, headers=PAGE), 404)
        for path in ("/signin", "/signin/register", "/signout"):
            answer = post(client, "alice", path=path)
            expect.detail(answer, 404)
            assert "set-cookie" not in answer.headers
        assert sign_in(client, "alice").status_code == 200
    assert sessions(server) == []


# ---- registering there

def test_5_who_creates_an_account_is_signed_in_and_led_on(server, client, new_name):
    name = new_name()
    page = is_page(client.get("/signin/register?return=/a"), 200)
    assert only_form(page)[1]["return"] == "/a"

    answer = post(client, name, path="/signin/register", **{"return": "/a"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/a")
    assert is_signed_in(client, cookies_of(answer)[NAME][0])
    assert post(client, name).status_code == 303


@pytest.mark.parametrize("username, password, status", [
    ("", PASSWORD, 422), ("a:b", PASSWORD, 422), ("admin", PASSWORD, 422), ("{user}", PASSWORD, 409),
    ("{new}", "short", 422), ("{new}", "password", 422), ("{new}", "", 422)])
def test_5_2_what_registering_refuses_is_the_same_page_with_the_name_kept(
        server, client, user, new_name, username, password, status):
    name = username.format(user=user, new=new_name())

    page = is_page(post(client, name, password, path="/signin/register"), status)

    assert only_form(page)[1]["username"] == name
    assert 'value="short"' not in page.text
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize("registration", ["closed", "bearer"])
def test_5_4_the_page_is_there_only_where_everyone_may_register(start_plain_server, registration):
    server = start_plain_server(registration=registration)
    with server.client() as client:
        assert "register" not in client.get("/signin").text
        is_page(client.get("/signin/register", headers=PAGE), 403)
        is_page(post(client, "alice", path="/signin/register", headers={**OURS, **PAGE}), 403)
    assert server.query("SELECT count(*) FROM users") == [(0,)]


def test_36_2_registering_there_is_counted_like_registering(start_plain_server):
    server = start_plain_server(**counting(registrations=3))
    with server.client() as client:
        statuses = [post(client, f"user{number}", path="/signin/register").status_code for number in range(2)]
        statuses += [register(client, f"user{number}").status_code for number in range(2, 5)]

    assert statuses == [303, 303, 200, 429, 429]


# ---- where it cannot work

def come_round(client, headers, address="/signin?return=%2Fguarded"):
    return client.get(address, headers={**NAVIGATION, **headers})


def test_25_4_a_browser_that_did_not_keep_the_cookie_is_told_so_once(server, client, user):
    back = {"Referer": f"{server.url}/signin?return=%2Fguarded", "Sec-Fetch-Site": "same-origin"}
    kept = f"{NAME}-kept"
    form = come_round(client, {})
    value, attributes = cookies_of(form)[kept]

    told = is_page(come_round(client, back), 400)

    assert attributes == {"Path": "/", "Secure": "", "HttpOnly": "", "SameSite": "Lax"}
    assert "cookie" in told.text
    assert not Forms(told.text).found
    # It is none of that: a first visit; a browser that does keep cookies, which signed out in another tab and
    # reloads, or whose session has ended; another site's page of the same name; and nothing to come back to.
    for headers in ({}, {**back, "Cookie": f"{kept}={value}"}, {**back, **with_cookie("A" * 43)},
                    {**back, "Referer": "https://other.example/signin"}):
        is_form(come_round(client, headers), 200)
    is_form(come_round(client, back, "/signin"), 200)


def test_21_3_a_browser_with_two_cookies_for_the_page_is_told_so_and_led_round_no_more(client, cookie):
    page = is_page(client.get("/signin?return=%2Fguarded&cookie=twice", headers=with_cookie(cookie)), 400)

    assert "cookie" in page.text
    assert not Forms(page.text).found


def test_24_5_who_is_sent_back_again_and_again_is_told_so_and_led_round_no_more(server, user):
    with Person(server.url) as person:
        person.send(person.go("/signin"), username=user, password=PASSWORD)
        # A guard that does not find the session sends back to where this came from.
        answers = [person.ask("GET", "/signin?return=%2Fguarded", NAVIGATION) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 200]
    assert all(cookies_of(answer)[f"{NAME}-led"][1]["Max-Age"] == "10" for answer in answers[:3])
    assert 'role="alert"' in is_page(answers[3], 200).text
    assert 'href="/guarded"' in answers[3].text
    assert eventually(lambda: 'event="led back though signed in"' in server.log())


def test_23_a_form_that_was_open_when_the_session_ended_works(server, user):
    with Person(server.url) as person:
        person.send(person.go("/signin"), username=user, password=PASSWORD)
        form = person.go("/signin?as=other&return=%2Fdocs")
        server.query("DELETE FROM sessions")

        there = person.send(form, username=user, password=PASSWORD)

        assert (there.url.path, there.status_code) == ("/docs", 200)


# ---- 24.5 in the place of what was refused, behind an Apache that makes a 401 of everything

@pytest.fixture(scope="module")
def guarded(build):
    """An instance that is never started, with the users `alice` and `bob`, and a browser of alice."""
    site = Server(build)
    assert site.command("init").returncode == 0
    assert site.command("user", "add", "alice", stdin=PASSWORD + "\n").returncode == 0
    site.alice = Session(site, "alice")
    yield site
    site.remove()


PERSON = {"HTTP_ACCEPT": HTML, "HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_DEST": "document"}
# As mod_fcgid hands it over, below a user's directory through a rewrite: with the body of what was refused.
REFUSED = {"REDIRECT_STATUS": "401", "REDIRECT_URL": "/~me/signin", "SCRIPT_NAME": "/~me/sign-in/signin.fcgi",
           "REQUEST_URI": "/~me/private/a?b=%2F", "QUERY_STRING": "", "REDIRECT_REDIRECT_REQUEST_METHOD": "GET",
           "CONTENT_TYPE": FORM, "CONTENT_LENGTH": "9"}
LEADS_ON = "/~me/signin?return=%2F~me%2Fprivate%2Fa%3Fb%3D%252F"


def refused(site, has_cookie=False, **changes):
    if has_cookie:
        changes["HTTP_COOKIE"] = site.alice.cookie
    done = test_cgi.run(site, "signin", get_params(**{**REFUSED, **changes}), b"")
    response = parse_cgi(done.stdout)
    # The web server adds that of the program that has refused.
    assert "www-authenticate" not in response.headers
    return response


@pytest.mark.parametrize("changes, expected", [
    (PERSON, LEADS_ON),
    ({**PERSON, "REDIRECT_STATUS": "403"}, LEADS_ON),
    ({**PERSON, "HTTP_COOKIE": f"{NAME}={'A' * 43}"}, LEADS_ON),
    ({"HTTP_ACCEPT": HTML}, LEADS_ON),
    ({**PERSON, "SCRIPT_NAME": "/signin", "REDIRECT_URL": "/private/a", "REQUEST_URI": "/private/a"},
     "/signin?return=%2Fprivate%2Fa"),
    ({**PERSON, "REQUEST_URI": "//evil.example"}, "/~me/signin"),
    ({**PERSON, "REDIRECT_REDIRECT_REQUIRED_SCOPE": "a", "REDIRECT_REDIRECT_REQUIRED_AGE": "60"}, LEADS_ON),
    ({"HTTP_ACCEPT": "*/*"}, 401),
    ({"HTTP_ACCEPT": "*/*", "HTTP_SEC_FETCH_MODE": "cors", "HTTP_SEC_FETCH_DEST": "empty"}, 401),
    ({**PERSON, "HTTP_AUTHORIZATION": "Bearer nonsense"}, 401),
    ({**PERSON, "REDIRECT_REDIRECT_REQUIRED_NONSENSE": "a"}, 503),
    ({**PERSON, "REDIRECT_REDIRECT_REQUIRED_SCOPE": ""}, 503),
])
def test_24_5_who_is_not_signed_in_is_led_to_the_form_or_told_so(guarded, changes, expected):
    response = refused(guarded, **changes)

    if isinstance(expected, int):
        assert response.status_code == expected
    else:
        assert (response.status_code, response.headers["location"]) == (303, expected)


@pytest.mark.parametrize("changes, status, location", [
    ({"REDIRECT_REDIRECT_REQUIRED_SCOPE": "reports"}, 403, None),
    ({"REDIRECT_REDIRECT_REQUIRED_GROUP": "staff"}, 403, None),
    ({"REDIRECT_REDIRECT_REQUIRED_AGE": "60"}, 303, LEADS_ON + "&max_age=60"),
    # It was refused, and nothing of it shows here: never a way round.
    ({}, 503, None),
    ({"REDIRECT_REDIRECT_REQUIRED_AGE": "86400"}, 503, None),
])
def test_24_5_who_is_signed_in_is_judged_by_the_same_demands(guarded, changes, status, location):
    guarded.query("UPDATE sessions SET auth_at = auth_at - 3600 WHERE auth_at = created_at")

    person, program = (refused(guarded, True, **kind, **changes) for kind in (PERSON, {"HTTP_ACCEPT": "*/*"}))

    assert (person.status_code, person.headers.get("location")) == (status, location)
    assert program.status_code == (401 if location else status)
    assert program.json()["detail"]
    if status == 403:
        assert "alice" in is_page(person, 403).text


def test_24_5_a_form_that_was_refused_is_told_to_be_sent_again(guarded):
    response = refused(guarded, **{**PERSON, "REDIRECT_REDIRECT_REQUEST_METHOD": "POST"})

    assert "reload" in is_page(response, 401).text
    assert 'href="/~me/signin' in response.text


def test_24_5_a_rewrite_alone_makes_no_error_document(guarded):
    visit = {**PERSON, "REDIRECT_STATUS": "200", "REQUEST_URI": "/~me/signin", "REDIRECT_REDIRECT_REQUEST_METHOD": "GET"}
    response = parse_cgi(test_cgi.run(guarded, "signin", get_params(**{**REFUSED, **visit})).stdout)

    assert response.status_code == 200
    assert Forms(response.text).found
