"""The pages on which people sign in: their words, their errors, what they look like, what they weigh."""

import http.server
import re
import threading
import time

import browser
import httpx
import pytest
import test_cgi
from browser import WWW, chromium, page  # noqa: F401
from conftest import PASSWORD, TOP, Server, register, started
from fastcgi import get_params, parse_cgi
from gateways import make_server
from selenium.webdriver.common.keys import Keys

LANGUAGES = sorted(path.name for path in (WWW / "words").iterdir())
PAGES = {path.stem: path.read_text() for path in (WWW / "pages").glob("*.html")}
MESSAGES = {path.stem: path.read_text() for path in (WWW / "messages").glob("*.txt")}
ERRORS = {path.stem: path.read_text() for path in (WWW / "errors").glob("*.html")}


def words_of(language):
    """Key and text of each line."""
    lines = (WWW / "words" / language).read_text().splitlines()
    return [tuple(line.split(" = ", 1)) for line in lines if line and not line.startswith("#")]


def names_in(text):
    return set(re.findall(r"\{\{[#^]?(\w+)\}\}", text))


# -- Words ----------------------------------------------------------------------------------


def test_english_german_and_french_have_the_same_words_each_once_with_the_same_values_in_them():
    english = words_of("en")

    assert LANGUAGES == ["de", "en", "fr"]
    for language in LANGUAGES:
        words = words_of(language)
        assert [key for key, _ in words] == [key for key, _ in english], language
        assert [(key, names_in(text)) for key, text in words] == [(key, names_in(text)) for key, text in english]
        assert len(dict(words)) == len(words)


def test_no_word_is_idle_and_none_is_missing():
    sources = [path.read_text() for pattern in ("src/http/*.c", "cgi-bin/*.c") for path in TOP.glob(pattern)]
    in_programs = set(re.findall(r'"([a-z0-9_]+)"', "".join(sources)))
    named = set().union(*(names_in(text) for text in [*PAGES.values(), *MESSAGES.values()])) | {f"title_{name}" for name in PAGES}

    idle = {key for key, _ in words_of("en")} - named - in_programs

    # What a page is given as a word, the program itself would not find; names of values, it finds at its start.
    assert idle == set()
    assert set(re.findall(r'\.word = "([a-z0-9_]+)"', "".join(sources))) <= dict(words_of("en")).keys()


# -- The web server's own errors --------------------------------------------------------------


def test_a_page_of_the_web_servers_own_errors_needs_nothing_else_and_looks_like_the_others():
    assert ERRORS.keys() == {"400", "401", "403", "404", "413", "429", "500", "502", "503", "504"}
    for status, text in ERRORS.items():
        addresses = re.findall(r'(?:href|src|action)="([^"]*)"', text)
        assert set(addresses) <= {"", "/signin", "/signin?as=other"}, status
        assert "<script" not in text and "@import" not in text and "url(" not in text
        assert re.search(rf'<p class="status">{status} [A-Z]', text)
    assert len({re.search("<style>.*</style>", text, re.DOTALL)[0] for text in ERRORS.values()}) == 1
    assert "reload" in ERRORS["401"]


# -- In a browser ----------------------------------------------------------------------------

NAME = "Stadtbücherei Ödland"
RETURN = "/private/report.html?year=2026&page=2"
ASKED = "/signin?return=%2Fprivate%2Freport.html%3Fyear%3D2026%26page%3D2"


@pytest.fixture(scope="module")
def library():
    """A service that is a site's own, in all that settings and files can do."""
    server = make_server("plain", service_name=NAME, accent="#fd0", home="/openapi.json", pages="pages")
    own = server.directory / "pages"
    (own / "words").mkdir(parents=True)
    (own / "words/en").write_text("stay = Not now\n")
    (own / "mark.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>')
    with started(server):
        yield server


@pytest.fixture
def user(library, new_name):
    name = new_name()
    with library.client() as client:
        assert register(client, name).status_code == 200
    return name


def fill(page, **values):
    for name, value in values.items():
        element = page.find(f"[name={name}]")
        element.clear()
        element.send_keys(value)


def submit(page, **values):
    fill(page, **values)
    page.find("button.main").click()


def heading(page, text):
    page.until(lambda: page.run("return document.querySelector('h1')?.textContent") == text, f"no {text!r}")


def show_every_page(page, server, name):
    """Each page that looks different, with its name; at the end nobody is signed in."""
    page.driver.delete_all_cookies()
    page.open(server.url + ASKED)
    yield "signin"
    submit(page, username=name, password="not the password")
    page.find("#problem")
    heading(page, "Sign in")
    yield "signin-wrong"
    page.open(server.url + "/signin/register")
    submit(page, username="john doe", password="password")
    page.find("#problem a[href='#username']")
    heading(page, "Create an account")
    yield "register-faults"
    submit(page, username=name, password=PASSWORD)
    page.until(lambda: page.driver.current_url == server.url + "/openapi.json", "registering leads nowhere")
    page.open(server.url + "/signin")
    heading(page, "You are signed in")
    yield "signed-in"
    page.open(server.url + "/signout")
    heading(page, "Sign out?")
    yield "signout"
    page.find("button.main").click()
    page.until(lambda: page.driver.current_url == server.url + "/openapi.json", "signing out leads nowhere")
    page.open(server.url + "/signin/")
    yield "signin-again"
    page.driver.get(server.url + "/no/such/page")
    heading(page, "There is nothing here")
    yield "not-found"


@browser.screens((320, 568), (768, 1024), (1440, 900))
def test_nothing_sticks_out_and_no_rule_is_broken(page, library, new_name, width, height, scheme):
    page.resize(width, height)
    page.prefer(scheme)

    for name in show_every_page(page, library, new_name()):
        page.keep_screenshot(f"site-{name}-{width}-{scheme}")
        assert page.run("return document.documentElement.scrollWidth") <= width, name
        assert page.run("return document.querySelector('h1').getBoundingClientRect().top") < (100 if width == 320 else 400)
        page.check(library.url)


def test_nothing_moves_while_the_page_comes_in_slowly(page, library):
    class Dribbler(http.server.BaseHTTPRequestHandler):
        """The page after a bad line: what stands before the name, and the name and the rest when that has been seen."""

        def do_GET(self):
            answer = httpx.get(library.url + self.path, verify=False, trust_env=False)
            self.send_response(200)
            self.send_header("Content-Type", answer.headers["content-type"])
            self.end_headers()
            before, mark, after = answer.content.partition(b"<p>")
            self.wfile.write(before)
            time.sleep(0.3 if mark else 0)
            self.wfile.write(mark + after)

        def log_message(self, *_):
            pass

    page.driver.delete_all_cookies()
    page.resize(320)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dribbler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{server.server_port}"

        page.open(origin + ASKED)
        page.find("#password")
        high = page.run("return document.querySelector('header').offsetHeight")
        page.check(origin)
        server.shutdown()

    assert high > 40, "the name has one line, and would move nothing"


def test_axe_finds_nothing_on_any_page(page, library, new_name):
    for _ in show_every_page(page, library, new_name()):
        page.check_accessibility()


def test_the_page_names_the_site_and_where_it_leads_and_one_can_type_at_once(page, library, user):
    page.driver.delete_all_cookies()
    page.open(library.url + ASKED)

    assert page.driver.title == f"Sign in - {NAME}"
    assert page.find("header").text == NAME
    assert RETURN in page.find(".going").text
    assert page.run("return getComputedStyle(document.querySelector('.main')).backgroundColor") == "rgb(255, 221, 0)"
    page.press(user, Keys.TAB, "wrong", Keys.ENTER)
    page.find("#problem")
    assert page.focused().get_attribute("id") == "password"
    assert page.find("#problem").get_attribute("role") == "alert"
    assert page.find("#username").get_attribute("value") == user
    page.press(PASSWORD, Keys.ENTER)
    page.until(lambda: page.driver.current_url == library.url + RETURN, "it leads nowhere")


def test_it_can_be_used_without_a_mouse(page, library, user):
    page.driver.delete_all_cookies()
    page.open(library.url + "/signin")

    page.press(user, Keys.TAB, PASSWORD, Keys.TAB)
    assert page.focused().accessible_name == "Show password"
    page.press(Keys.SPACE)
    assert page.find("#password").get_attribute("type") == "text"
    page.press(Keys.TAB, Keys.SPACE, Keys.TAB, Keys.ENTER)
    page.until(lambda: page.driver.current_url == library.url + "/openapi.json", "it leads nowhere")
    page.open(library.url + "/signin")
    page.tab_to(f"Continue to {NAME}")
    page.tab_to("Sign out")
    page.press(Keys.ENTER)
    heading(page, "Sign out?")
    assert page.find(".other a").text == "Not now"
    page.press(Keys.ENTER)
    page.until(lambda: page.driver.current_url == library.url + "/openapi.json", "it leads nowhere")


def test_a_link_in_the_summary_leads_into_its_field(page, library):
    page.open(library.url + "/signin/register")
    submit(page, username="john doe", password="password")

    page.find("#problem a[href='#password']").click()

    assert page.focused().get_attribute("id") == "password"
    assert page.find("#username").get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize("path", ["/signin", "/signin/register"])
def test_password_managers_and_people_who_paste_are_welcome(library, path):
    text = httpx.get(library.url + path).text

    wanted = {"/signin": ["username webauthn", "current-password"], "/signin/register": ["username", "new-password"]}
    assert re.findall(r'autocomplete="([^"]*)"', text) == wanted[path]
    assert "maxlength" not in text and "onpaste" not in text


def test_it_works_without_scripts(library, user):
    with browser.browsing(**{"profile.managed_default_content_settings.javascript": 2}) as page:
        page.driver.get(library.url + ASKED)
        page.driver.find_element("css selector", "#username").send_keys(user)
        page.driver.find_element("css selector", "#password").send_keys("wrong", Keys.ENTER)
        page.find("#problem")
        page.driver.find_element("css selector", "#password").send_keys(PASSWORD, Keys.ENTER)
        page.until(lambda: page.driver.current_url == library.url + RETURN, "it leads nowhere")


@pytest.mark.parametrize("accepted, language, words", [
    ("de-AT, en;q=0.5", "de", "Angemeldet bleiben"), ("fr", "fr", "Rester connecté"), ("is", "en", "Keep me signed in"),
    ("", "en", "Keep me signed in")])
def test_a_page_is_in_the_language_of_the_browser(library, accepted, language, words):
    answer = httpx.get(library.url + "/signin", headers={"Accept-Language": accepted})

    assert f'<html lang="{language}"' in answer.text
    assert words in answer.text


def test_what_a_page_loads_may_be_kept_for_five_minutes(library):
    for name, media in (("style.css", "text/css"), ("page.js", "text/javascript"), ("mark.svg", "image/svg+xml")):
        answer = httpx.get(f"{library.url}/signin/{name}")
        again = httpx.get(f"{library.url}/signin/{name}", headers={"If-None-Match": answer.headers["etag"]})

        assert answer.headers["content-type"].startswith(media)
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert again.status_code == 304
    assert "--accent: #ffdd00" in httpx.get(library.url + "/signin/style.css").text
    assert 'd="M0 0h9v9z"' in httpx.get(library.url + "/signin/mark.svg").text


def test_a_mistake_in_a_page_of_the_site_keeps_signin_from_starting_and_is_logged_with_its_line(tmp_path):
    own = tmp_path / "pages"
    own.mkdir(mode=0o755)
    (own / "signin.html").write_text("<h1>{{title}}</h1>\n{{retrun}}\n")
    site = Server(directory=tmp_path / "site", pages=own)
    assert site.command("init").returncode == 0

    done = test_cgi.run(site, "signin", get_params(SCRIPT_NAME="/signin"))

    assert parse_cgi(done.stdout).status_code == 503
    assert b"signin.html, line 2: there is neither value nor word retrun; did you mean return?" in done.stderr
