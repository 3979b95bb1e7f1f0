"""The sign-in page in a real browser through a real nginx, and how the files of all pages are served."""

import http.server
import mimetypes
import os
import re
import shutil
import threading
import time

import browser
import expect
import pytest
import raw
from browser import PREFIXES, WWW, address, chromium, page, site  # noqa: F401
from conftest import PASSWORD, edit_nginx, running
from selenium.webdriver.common.keys import Keys

SIGN_IN_PAGE = ["index.html", "style.css", "signin.js", "icon.svg"]


@pytest.fixture(scope="module")
def rfc_site():
    with running("plain", dialect="rfc") as server:
        yield server


def fill(page, form, name, password):
    for field, value in (("username", name), ("password", password)):
        element = page.find(f"#{form}-{field}")
        element.clear()
        element.send_keys(value)


def submit(page, form, name, password=PASSWORD):
    fill(page, form, name, password)
    page.find(f"#{form} .main").click()


def signed_in(page, name):
    page.until_text("#me-username", name)
    assert page.find("#me-title").text == "You are signed in"


# -- The sign-in page -----------------------------------------------------------------------


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_newcomer_registers_and_is_signed_in_and_everything_else_is_told_in_words(page, site, new_name, prefix):
    name = new_name()
    page.open(address(site, prefix) + prefix + "/")

    page.find("a[href='#register']").click()
    submit(page, "register", name)
    signed_in(page, name)
    page.find("#signout").click()
    page.until_text("#signin .message", "You are signed out.")

    page.find("a[href='#register']").click()
    submit(page, "register", name.upper())
    page.until_text("#register-username-note", "Somebody has this name.")
    assert page.focused().get_attribute("id") == "register-username"

    page.find("a[href='#signin']").click()
    submit(page, "signin", name, "not the password")
    page.until_text("#signin .message", "Name or password is wrong.")
    submit(page, "signin", name)
    signed_in(page, name)

    page.driver.refresh()
    assert page.find("h1").text == "Sign in"
    assert page.find("#signin-password").get_attribute("value") == ""
    page.check(address(site, prefix))


def test_both_dialects_work(page, rfc_site, new_name):
    name = new_name()
    page.open(rfc_site.url + "/#register")

    submit(page, "register", name)
    signed_in(page, name)
    page.find("#signout").click()
    submit(page, "signin", name, "not the password")
    page.until_text("#signin .message", "Name or password is wrong.")
    submit(page, "signin", name)

    signed_in(page, name)
    page.check(rfc_site.url)


def test_it_can_be_used_without_a_mouse(page, site, new_name):
    name = new_name()
    page.open(site.url + "/")

    page.tab_to("Create an account")
    page.press(Keys.ENTER)
    page.until(lambda: page.focused().get_attribute("id") == "register-title", "the new heading has no focus")
    page.tab_to("E-mail or name")
    page.press(name, Keys.TAB, "short", Keys.ENTER)
    page.until_text("#register-password-note", "This is too short.")
    assert page.focused().accessible_name == "Password"
    page.press(PASSWORD, Keys.TAB)
    assert page.focused().accessible_name == "Show password"
    page.press(Keys.SPACE)
    assert page.find("#register-password").get_attribute("type") == "text"
    assert page.focused().accessible_name == "Hide password"
    page.press(Keys.TAB)
    assert page.focused().accessible_name == "Create account"
    page.press(Keys.ENTER)
    page.until(lambda: page.focused().get_attribute("id") == "me-title", "the new heading has no focus")
    signed_in(page, name)
    page.tab_to("Sign out")
    page.press(Keys.ENTER)
    page.until_text("#signin .message", "You are signed out.")

    page.check(site.url)


FAULTS = [
    ("register", "", PASSWORD, "username", "Please type a name."),
    ("register", "johndoe", "", "password", "Please type a password."),
    ("register", "johndoe", "short", "password", "This is too short."),
    ("register", "john doe", PASSWORD, "username", "cannot have U+0020, a space"),
    ("register", "j" * 255, PASSWORD, "username", "This is longer than 254 characters."),
    ("register", "johndoe12", "JohnDoe12", "password", "Password is the username"),
    ("register", "johndoe", "correct \u200b horse", "password", "an invisible character"),
    ("signin", "", PASSWORD, "username", "Please type a name."),
    ("signin", "johndoe", "", "password", "Please type a password."),
]


@pytest.mark.parametrize("form, name, password, field, words", FAULTS)
def test_a_fault_is_told_at_its_field_and_goes_away_with_it(page, site, form, name, password, field, words):
    page.open(f"{site.url}/#{form}")

    submit(page, form, name, password)
    page.until_text(f"#{form}-{field}-note", words)
    wrong = page.find(f"#{form}-{field}")
    was = (wrong.get_attribute("aria-invalid"), wrong.get_attribute("aria-describedby"), page.focused() == wrong)
    wrong.send_keys("x")

    assert was == ("true", f"{form}-{field}-note", True)
    assert wrong.get_attribute("aria-invalid") == "false"
    assert words not in page.run("return document.getElementById(arguments[0]).textContent", f"{form}-{field}-note")
    page.check(site.url)


def test_both_faults_are_told_at_once_and_the_first_has_the_focus(page, site):
    page.open(site.url + "/#register")

    page.find("#register .main").click()

    assert page.find("#register-username-note").text.endswith("Please type a name.")
    assert page.find("#register-password-note").text.endswith("Please type a password.")
    assert page.focused().get_attribute("id") == "register-username"


def test_the_length_of_a_password_is_counted_while_it_is_typed(page, site):
    page.open(site.url + "/#register")
    password, note = page.find("#register-password"), page.find("#register-password-note")
    said = [note.text]

    for more in ("corre", "ct", "\N{GREEK SMALL LETTER OMEGA}"):
        password.send_keys(more)
        said.append(note.text)

    assert said == ["8 characters or more. Best is a phrase of 15 or more.", "3 more characters", "1 more character", "Long enough"]


def test_password_managers_and_people_who_paste_are_welcome(page, site):
    page.open(site.url + "/")
    attributes = page.run("""
        return [...document.querySelectorAll("input")].map((input) =>
            [input.id, input.autocomplete, input.type, input.labels.length])""")

    pasted = page.run("""
        const input = document.getElementById("signin-password");
        const data = new DataTransfer();
        data.setData("text/plain", "from a password manager");
        return input.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, cancelable: true, bubbles: true}))
    """)

    assert attributes == [
        ["signin-username", "username", "text", 1], ["signin-password", "current-password", "password", 1],
        ["register-username", "username", "text", 1], ["register-password", "new-password", "password", 1]]
    assert pasted, "the page has forbidden to paste"


def test_a_password_is_hidden_again_before_it_is_sent(page, site):
    page.open(site.url + "/")
    fill(page, "signin", "nobody", "not the password")
    page.find("#signin .password button").click()
    shown = page.find("#signin-password").get_attribute("type")

    page.find("#signin .main").click()
    page.until_text("#signin .message", "wrong")

    assert shown == "text"
    assert page.find("#signin-password").get_attribute("type") == "password"


def test_a_name_that_was_typed_comes_along_to_the_other_form(page, site):
    page.open(site.url + "/")
    page.find("#signin-username").send_keys("johndoe")

    page.find("a[href='#register']").click()

    assert page.find("#register-username").get_attribute("value") == "johndoe"


def test_back_leads_to_the_form_before(page, site):
    page.open(site.url + "/")
    page.find("a[href='#register']").click()
    page.until(lambda: page.find("h1").text == "Create an account")

    page.driver.back()

    page.until(lambda: page.find("h1").text == "Sign in")


def test_a_service_that_has_no_time_says_how_long_to_wait(page, start_plain_server):
    server = start_plain_server(storage_wait=0)
    page.open(server.url + "/#register")

    with server.storage.taken():
        submit(page, "register", "johndoe")
        page.until_text("#register .message", "The service is busy. Please try again in 2 seconds.")
    page.find("#register .main").click()

    signed_in(page, "johndoe")


def test_a_responder_that_is_gone_and_too_many_attempts_are_told_likewise(page, start_plain_server):
    server = start_plain_server()
    page.open(server.url + "/")
    os.unlink(server.socket("token"))

    submit(page, "signin", "johndoe")
    page.until_text("#signin .message", "Please try again in 2 seconds.")
    edit_nginx(server, r"#(limit_req)", r"\1", r"rate=20r/s", "rate=1r/m", r"burst=400 nodelay", "")
    submit(page, "signin", "johndoe", "1st")
    page.until_text("#signin .main", "Sign in")
    submit(page, "signin", "johndoe", "2nd")

    page.until_text("#signin .message", "There were too many attempts. Please try again in 2 seconds.")


def test_a_lost_connection_is_told_and_what_was_typed_stays(page, site, new_name):
    page.open(site.url + "/")
    page.offline(True)

    submit(page, "signin", "johndoe")
    page.until_text("#signin .message", "The service cannot be reached.")
    page.offline(False)

    assert page.find("#signin-username").get_attribute("value") == "johndoe"
    page.find("#signin .main").click()
    page.until_text("#signin .message", "Name or password is wrong.")


@pytest.mark.parametrize("registration", ["closed", "bearer"])
def test_where_not_everyone_may_register_the_page_says_whom_to_ask(page, start_plain_server, registration):
    server = start_plain_server(registration=registration)
    page.open(server.url + "/#register")

    submit(page, "register", "johndoe")

    page.until_text("#register .message", "Ask whoever runs this service.")


@pytest.mark.slow
def test_without_scripts_nothing_is_sent_and_the_page_says_what_it_takes(site):
    with browser.browsing(**{"profile.managed_default_content_settings.javascript": 2}) as page:
        page.driver.get(site.url + "/")
        words = page.driver.find_element("css selector", "noscript").text
        page.driver.find_element("css selector", "#signin-password").send_keys("secret", Keys.ENTER)
        stayed = page.driver.current_url

    assert "takes JavaScript" in words
    assert stayed == site.url + "/"


def test_the_page_weighs_30_kilobytes_at_most():
    assert sum((WWW / name).stat().st_size for name in SIGN_IN_PAGE) <= 30 * 1024


def test_every_word_that_the_script_says_is_in_the_page_and_none_is_idle():
    script, html = (WWW / "signin.js").read_text(), (WWW / "index.html").read_text()
    texts = set(re.findall(r'data-text="([^"]+)"', html))
    # What a value_error is about, only the service can say.
    types = {"missing", "string_too_short", "string_too_long"}
    asked = set(re.findall(r'(?:text|end)\((?:[^"]+ \? )?"([a-z-]+)"', script))
    asked |= set(re.findall(r'(?:text|end)\([^"]+ \? "[a-z-]+" : "([a-z-]+)"', script))

    assert asked == {re.sub("-(one|other)$", "", name) for name in texts if " " not in name}
    assert {name for name in texts if " " in name} == {
        f"{kind} {field}" for kind in types for field in ("username", "password")}


# -- How it looks, and to whom it speaks -----------------------------------------------------


def show_every_view(page, server, name):
    """Each state of the page that looks different, with its name."""
    page.open(server.url + "/")
    page.find("#signin-username")
    yield "sign-in"
    submit(page, "signin", name, "not the password")
    page.until_text("#signin .message", "Name or password is wrong.")
    yield "wrong-password"
    page.open(server.url + "/#register")
    submit(page, "register", "")
    page.until_text("#register-username-note", "Please type a name.")
    yield "register"
    submit(page, "register", name)
    signed_in(page, name)
    yield "signed-in"


@browser.screens((320, 640), (640, 660), (1280, 800))
def test_nothing_sticks_out_and_nothing_moves_by_itself(page, site, new_name, width, height, scheme):
    page.resize(width, height)
    page.prefer(scheme)
    places = set()

    for view in show_every_view(page, site, new_name()):
        page.keep_screenshot(f"{view}-{width}-{scheme}")
        places.add(tuple(page.find("main").rect[side] for side in ("x", "y", "width")))
        assert page.run("return document.documentElement.scrollWidth") <= width, view
        page.check(site.url)

    assert len(places) == 1, places


class Dribbler(http.server.BaseHTTPRequestHandler):
    """Serves the page like a bad line: a line, a pause, a line."""

    def do_GET(self):
        path = WWW / (self.path.lstrip("/") or "index.html")
        self.send_response(200)
        self.send_header("Content-Type", mimetypes.guess_type(path)[0])
        self.end_headers()
        for line in path.read_bytes().splitlines(keepends=True):
            self.wfile.write(line)
            time.sleep(0.03 if path.suffix == ".html" else 0)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("address", ["/", "/#register"])
def test_nothing_moves_while_the_page_comes_in_slowly(page, address):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dribbler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{server.server_port}"

        page.open(origin + address)
        page.find(f"#{address[2:] or 'signin'} .password button")
        page.check(origin)
        server.shutdown()


def test_axe_finds_nothing_on_any_view(page, site, new_name):
    for _ in show_every_view(page, site, new_name()):
        page.check_accessibility()


# -- As files -------------------------------------------------------------------------------


@pytest.mark.core
@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/style.css", "/signin.js", "/icon.svg", "/?x", "/docs?x"])
def test_a_file_comes_with_its_policy_compressed_and_is_asked_about_each_time(server, client, path):
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    tag = answer.headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})
    head = client.head(path)
    sent = client.post(path, content=b"")

    policy = answer.headers["content-security-policy"]
    assert ("content-encoding" in answer.headers) == server.compresses
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert (again.status_code, again.content) == (304, b"")
    assert head.status_code == 200
    expect.detail(sent, 405, "Method Not Allowed")


def pages_of(server):
    """The directory of a server's pages, its own, without Swagger UI."""
    root = server.directory / "www"
    if not root.exists():   # nginx reads the files where they are
        root = server.directory / "pages"
        shutil.copytree(WWW, root)
        edit_nginx(server, re.escape(f"root {WWW};"), f"root {root};")
    shutil.rmtree(root / "swagger-ui", ignore_errors=True)
    return root


def spellings(path):
    """Addresses that some web server may take for this one."""
    hidden = f"/%{ord(path[1]):02x}{path[2:]}"
    return [path, f"{path}?x", f"{path}/", f"{path}//", f"{path}/x", f"{path}%2f", f"{path}.", f"{path};x", f"{path}%20",
            f"{path}%00", f"/{path}", f"/.{path}", f"/x/..{path}", f"/%2e{path}", f"/index.html/..{path}", hidden,
            path.upper(), path.replace("/", "//"), path.replace("/", "/./"), path.replace("/", "%2f", 2)]


@pytest.mark.core
@pytest.mark.plain("is about web servers")
def test_a_file_has_its_policy_at_every_address_at_which_it_answers(start_server):
    server = start_server()
    root = pages_of(server)
    (root / "swagger-ui").mkdir()
    for name in ("docs.html", "swagger-ui.css", "LICENSE", "NOTICE", "integrity"):
        (root / "swagger-ui" / name).write_text("x")
    server.own(*root.rglob("*"))
    files = [f"/{path.relative_to(root)}" for path in root.rglob("*")]
    answered = set()

    for path in (path for file in ["/docs", *files] for path in spellings(file)):
        answer = raw.ask_anything(server, "GET", path, "Connection: close")
        if answer.status_code != 200:
            assert answer.status_code in (400, 401, 403, 404), path     # 401: the example
            continue
        answered.add(path)
        assert answer.headers.get("content-security-policy", "").startswith("default-src 'none'; "), path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "no-referrer", path
        assert answer.headers["cache-control"] == "no-cache", path
        expect.detail(raw.ask_anything(server, "POST", path, "Content-Length: 0"), 405, "Method Not Allowed")

    assert {"/docs", "/openapi.json", "/signin.js", "/swagger-ui/LICENSE"} <= answered


@pytest.mark.core
@pytest.mark.plain("is about web servers")
def test_docs_are_a_plain_page_until_swagger_ui_is_there_and_then_that(start_server):
    server = start_server()
    root = pages_of(server)

    with server.client() as client:
        before = client.get("/docs").text
        (root / "swagger-ui").mkdir()
        shutil.copy(root / "docs-swagger.html", root / "swagger-ui/docs.html")
        server.own(root / "swagger-ui", root / "swagger-ui/docs.html")
        after = client.get("/docs").text

    assert "docs.js" in before
    assert "swagger-ui-bundle.js" in after


@pytest.mark.parametrize("path", [
    "/index.html", "/docs.html", "/docs/", "/docs-swagger.html", "/swagger-ui/", "/swagger-ui/docs.html",
    "/swagger-ui/integrity", "/swagger-ui/../index.html", "/www/index.html", "/.gateway", "/favicon.ico"])
def test_no_other_file_is_served(site, path):
    with site.client() as client:
        answer = client.get(path)

    expect.detail(answer, 404, "Not Found")


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json"])
def test_10_each_page_can_be_switched_off(start_plain_server, path):
    server = start_plain_server()
    edit_nginx(server, rf"location = {re.escape(path)} \{{[^}}]*\}}", "")

    with server.client() as client:
        answers = {other: (client.get(other).status_code, client.head(other).status_code)
                   for other in ("/", "/docs", "/openapi.json")}

    assert answers.pop(path) == (404, 404)
    assert set(answers.values()) == {(200, 200)}
