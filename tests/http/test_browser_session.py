"""A person with a real browser in front of guarded pages, behind each web server; protocol sections 21 to 24 and 26."""

import contextlib
import re
import tempfile
import urllib.parse

import pytest
from browser import browsing, chromium, page  # noqa: F401
from conftest import PASSWORD, eventually, free_port, register, running
from protect import PAGE, SITES
from selenium.webdriver.common.keys import Keys
from test_attempts import counting
from visitor import FILE, Elsewhere, Notes, Visitor

SCOPES = {"scopes": "items:read items:write"}
COOKIE = "__Host-Http-bearward"
QUERY = "?a=1&b=%2Fx%20y&a=%C3%BC"
# Unless --every-front asks for more, SECOND gets only what is `core`, without scripts, which FIRST then need not, and others nothing.
FIRST = "nginx"
SECOND = "apache"


def pytest_generate_tests(metafunc):
    if "site" not in metafunc.fixturenames:
        return
    everywhere = list(SITES) if metafunc.config.getoption("every_front") else [FIRST]
    is_core = metafunc.definition.get_closest_marker("core") and SECOND not in everywhere
    kinds = [*everywhere, SECOND] if is_core else everywhere
    if "scripts" not in metafunc.fixturenames:
        metafunc.parametrize("site", kinds, indirect=True, scope="module")
        return
    pairs = [(kind, scripts) for kind in kinds for scripts in ("scripts", "no_scripts")
             if not is_core or (kind in everywhere) == (scripts == "scripts")]
    metafunc.parametrize(["site", "scripts"], pairs, indirect=["site"], scope="module")


@pytest.fixture(scope="module")
def server():
    with running("plain", **SCOPES, public_url="https://www.example.org") as server:
        with server.client() as client:
            register(client, "alice")
            register(client, "bob")
        yield server


@pytest.fixture(scope="module")
def application():
    application = Notes()
    yield application
    application.stop()


@pytest.fixture(scope="module")
def elsewhere():
    elsewhere = Elsewhere()
    yield elsewhere
    elsewhere.stop()


def start_site(kind, server, application, port=None):
    site = SITES[kind](server, application)
    if port:
        site.port, site.url = port, f"http://127.0.0.1:{port}"
    (site.directory / "srv/private/file.bin").write_bytes(FILE)
    (site.directory / "srv/private/other.html").write_text("<!doctype html><title>Other</title>" + PAGE)
    return site.start()


@pytest.fixture(scope="module")
def site(request, server, application):
    site = start_site(request.param, server, application)
    yield site
    site.stop()


@pytest.fixture
def visitor(request, page, site):
    """Nobody is signed in."""
    page.scripts(request.node.callspec.params.get("scripts") != "no_scripts")
    visitor = Visitor(page, site)
    visitor.forget_cookies()
    return visitor


# ---- What is in the address of a link

def test_37_link_sets_a_password_and_nothing_that_the_browser_sends_on_names_it(visitor, page, site, server, scripts):
    if isinstance(site, SITES["htaccess"]):
        pytest.skip("it has a copy of the state directory")
    name = f"{scripts}{site.port}"
    for command, stdin in ((["user", "add", name], PASSWORD + "\n"), (["user", "link", name], "")):
        made = server.command(*command, stdin=stdin)
        assert made.returncode == 0, made.stderr
    secret = made.stdout.strip().partition("token=")[2]
    before = len(site.log())
    page.driver.execute_cdp_cmd("Network.clearBrowserCache", {})

    visitor.open(f"/link?token={secret}")
    visitor.fill(password="another horse, another battery")
    page.forget()
    visitor.press_enter("[name=password]")
    visitor.is_back("/")

    page.note_logs()
    [form] = [headers for headers in page.headers if "Content-Type" in headers]
    assert (form["Origin"], form["Referer"]) == (site.url, site.url + "/")
    visitor.open(site.page)
    visitor.is_back(site.page)
    if isinstance(site, SITES[FIRST]):      # whose log has referers, as that of many sites
        lines = [line for line in site.log()[before:].splitlines() if "GET /signin/style.css " in line]
        assert lines and all(f'"{site.url}/"' in line for line in lines), lines
    assert secret not in site.log() + server.log()


# ---- Signing in and out

@pytest.mark.core
def test_23_person_is_led_to_sign_in_and_back_to_the_same_page_with_its_query(visitor, page, site, scripts):
    path = site.page + QUERY

    visitor.open(path)
    visitor.is_asked_to_sign_in(path)
    assert site.page in visitor.text(), "the page does not say where it leads back to"
    assert page.focused().get_attribute("name") == "username"
    visitor.submit(password="wrong horse")
    visitor.is_asked_to_sign_in(path)
    assert page.find("[name=username]").get_attribute("value") == "alice"
    assert page.find("[name=password]").get_attribute("value") == ""
    assert "wrong" in visitor.text()
    page.check_console(site.url)
    visitor.fill(password=PASSWORD)
    visitor.press_enter("[name=password]")

    visitor.is_back(path)
    assert visitor.text() == PAGE
    # Nobody is asked a second time, not by the form either.
    visitor.open(site.app + "form")
    visitor.is_back(site.app + "form")
    visitor.open("/signin?return=" + urllib.parse.quote(path, safe=""))
    visitor.is_back(path)
    page.check_console(site.url)


@pytest.mark.core
def test_26_3_sign_out_in_one_tab_is_one_in_all_and_back_shows_nothing_guarded(visitor, page, site, scripts):
    visitor.sign_in(site.page)
    visitor.open("/private/other.html")

    with visitor.second_tab():
        visitor.open(site.page)
        visitor.sign_out()
        visitor.is_back("/")
        for _ in range(2):
            page.driver.back()
            assert PAGE not in page.driver.page_source
        visitor.is_asked_to_sign_in()

    page.driver.back()
    visitor.is_asked_to_sign_in(site.page)
    page.driver.forward()
    visitor.is_asked_to_sign_in("/private/other.html")
    page.driver.refresh()
    visitor.is_asked_to_sign_in("/private/other.html")
    assert COOKIE not in visitor.cookies()
    # Who signs in now comes to what the tab had shown.
    visitor.submit()
    visitor.is_back("/private/other.html")


@pytest.mark.core
def test_24_session_that_ends_under_an_open_form_loses_nothing_that_was_typed(visitor, page, site, application, scripts):
    note = "a long letter, & umlauts: \u00e4\u00f6\u00fc"
    visitor.sign_in(site.app + "form")
    visitor.fill(note=note)
    with visitor.second_tab():
        visitor.sign_out()
    before = len(application.requests)

    visitor.click("form button")

    assert "reload" in visitor.text(), "nobody says what to do"
    assert len(application.requests) == before
    with visitor.second_tab():
        visitor.sign_in(site.page)
    page.driver.refresh()
    page.until_text("h1", "Saved")
    assert application.saved[-1] == note


# ---- What a guarded page asks for by itself

TOOLS = """
const ask = async (path, options) => {
    const answer = await fetch(path, options);
    return [answer.status, answer.redirected, (await answer.arrayBuffer()).byteLength];
};
const see = (path) => new Promise((done) => {
    const image = new Image();
    image.onload = () => done(image.naturalWidth);
    image.onerror = () => done("nothing");
    image.src = `${path}?${Math.random()}`;
});
const say = (url, word) => new Promise((done) => {
    const socket = new WebSocket(url.replace("http", "ws"));
    socket.onopen = () => socket.send(word);
    socket.onmessage = ({data}) => { done(data); socket.close(); };
    socket.onerror = () => done("refused");
    socket.onclose = ({code}) => done(`closed ${code}`);
});
const [site, app] = arguments;
"""
INSIDE = TOOLS + """
return (async () => ({
    fetch: await ask("/private/file.bin"),
    range: await ask("/private/file.bin", {headers: {Range: "bytes=5-8"}}),
    head: await ask(app + "image", {method: "HEAD"}),
    post: (await ask(app + "x", {method: "POST", body: "x"})).slice(0, 2),
    image: await see(app + "image"),
    socket: await say(site + app + "socket", "word"),
}))();
"""
OUTSIDE = TOOLS + """
return (async () => ({
    post: (await fetch(site + app + "save", {
        method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams({note: "forged"})})).type,
    socket: await say(site + app + "socket", "word"),
}))();
"""


def ask(page, site, script):
    return page.run(script, site.url, site.app)


@pytest.mark.core
def test_24_3_what_a_page_asks_for_comes_to_who_is_signed_in_and_is_never_led_to_a_form(visitor, page, site, tmp_path):
    page.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    visitor.sign_in(site.app + "form")

    assert ask(page, site, INSIDE) == {
        "fetch": [200, False, len(FILE)], "range": [206, False, 4], "head": [200, False, 0],
        "post": [200, False], "image": 1, "socket": "word"}
    page.find("#file").click()
    assert eventually(lambda: (tmp_path / "notes.bin").exists())
    assert (tmp_path / "notes.bin").read_bytes() == FILE
    (tmp_path / "notes.bin").unlink()

    with visitor.second_tab():
        visitor.sign_out()
    seen = ask(page, site, INSIDE)
    assert [seen[name][:2] for name in ("fetch", "range", "head", "post")] == [[401, False]] * 4
    assert (seen["image"], seen["socket"]) == ("nothing", "refused")
    # Nor is a form kept as the file.
    page.find("#file").click()
    assert eventually(lambda: page.note_logs() or "canceled" in page.downloads)
    assert list(tmp_path.iterdir()) == []
    page.forget()   # the browser complains of the socket


@pytest.mark.thorough
def test_24_3_application_with_a_service_worker_is_left_and_come_back_to_as_any_other(visitor, page, site):
    visitor.sign_in(site.app + "form")
    page.run("""return (async () => {
        await navigator.serviceWorker.register("worker.js");
        await navigator.serviceWorker.ready;
        if (!navigator.serviceWorker.controller)
            await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done));
    })()""")

    for _ in range(2):
        page.driver.refresh()
        visitor.is_back(site.app + "form")
        with visitor.second_tab():
            visitor.sign_out()
        assert page.run("return fetch(arguments[0]).then((answer) => answer.status)", site.app + "x") == 401
        page.driver.refresh()
        visitor.is_asked_to_sign_in(site.app + "form")
        visitor.submit()
        visitor.is_back(site.app + "form")
    assert page.run("return (async () => await (await navigator.serviceWorker.ready).unregister())()")


@pytest.mark.thorough
def test_23_2_form_that_leads_to_a_download_can_be_sent_again(visitor, page, site, tmp_path):
    page.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    visitor.open("/private/file.bin")
    visitor.is_asked_to_sign_in("/private/file.bin")
    # The form stays, since no page takes its place. What it waits for by itself comes at once.
    page.run("window.setTimeout = (act) => queueMicrotask(act)")
    label = page.find("button.main").text

    visitor.fill(username="alice", password=PASSWORD)
    page.press(Keys.ENTER)

    assert eventually(lambda: (tmp_path / "file.bin").exists())
    assert (tmp_path / "file.bin").read_bytes() == FILE
    page.until(lambda: page.find("button.main").text == label)
    assert page.run("return document.querySelector('button.main').ariaDisabled") is None


# ---- What other sites make a browser do

def form(action, **fields):
    inputs = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    return f'<form method="post" action="{action}">{inputs}<button>Look at this</button></form>'


def of_others(site, elsewhere):
    """What pages of other sites would have a browser do here."""
    elsewhere.pages.update({
        "/link": f'<a href="{site.url}{site.page}?x=1">Look at this</a>',
        "/save": form(f"{site.url}{site.app}save", note="forged"),
        "/signin": form(f"{site.url}/signin", username="bob", password=PASSWORD),
        "/signout": form(f"{site.url}/signout"),
        "/frames": f'<iframe src="{site.url}{site.page}"></iframe><iframe src="{site.url}/signin"></iframe>'})
    return elsewhere.same_site, elsewhere.cross_site


def follow(visitor, address):
    """The link or form that is there, and that leads here."""
    visitor.driver.get(address)
    visitor.click("a, button")
    assert visitor.driver.current_url.startswith(visitor.url)


@pytest.mark.core
def test_22_1_another_site_can_link_here_but_send_nothing_in_the_name_of_who_is_signed_in(
        visitor, page, site, application, elsewhere):
    visitor.sign_in(site.page)

    for origin in of_others(site, elsewhere):
        follow(visitor, origin + "/link")
        visitor.is_back(site.page + "?x=1")
        assert visitor.text() == PAGE
        before = len(application.requests)
        follow(visitor, origin + "/save")
        assert "Saved" not in visitor.text() and "{" not in visitor.text(), visitor.text()
        page.driver.get(origin + "/link")
        assert ask(page, site, OUTSIDE) == {"post": "opaque", "socket": "refused"}
        assert len(application.requests) == before
    page.forget()   # the browser complains of sockets


def test_22_1_another_site_signs_nobody_in_or_out_and_shows_nothing_in_frames(visitor, page, site, application, elsewhere):
    visitor.sign_in(site.page)
    cookie = visitor.cookies()[COOKIE]["value"]

    for origin in of_others(site, elsewhere):
        for name in ("signin", "signout"):
            follow(visitor, f"{origin}/{name}")
            assert visitor.status() == 403
            assert visitor.cookies()[COOKIE]["value"] == cookie
            visitor.open(site.page)
            visitor.is_back(site.page)
        page.driver.get(origin + "/frames")
        guarded, signin = page.driver.find_elements("css selector", "iframe")
        page.driver.switch_to.frame(signin)
        assert "password" not in page.driver.page_source
        page.driver.switch_to.default_content()
        # Another port of the host is the same site to a browser: from there, an application forbids frames itself.
        if origin == elsewhere.cross_site:
            page.driver.switch_to.frame(guarded)
            assert PAGE not in page.driver.page_source and "password" not in page.driver.page_source
            page.driver.switch_to.default_content()
    page.forget()   # the browser complains of frames


@pytest.mark.core
def test_24_7_who_is_signed_in_but_may_not_is_told_so_and_not_led_around(visitor, page, site):
    if site.staff is None:
        pytest.skip("not in this sample")
    visitor.sign_in(site.page)

    visitor.open(site.staff)

    visitor.is_back(site.staff)
    assert PAGE not in visitor.text() and "{" not in visitor.text(), visitor.text()
    assert visitor.status() == 403
    page.check(site.url)


# ---- Where a link to the form leads

def addresses_of(host):
    """What must not lead there: what the query of a link to the form says."""
    hostile = [f"//{host}/", f"///{host}/", f"/\\{host}/", f"\\\\{host}/", f"\\/{host}/", f"https:{host}/", f"http://{host}/",
               f"http:\\\\{host}/", f"/\t/{host}/", f"\t//{host}/", f" //{host}/", f"/\n/{host}", f"/\r/{host}", f"@{host}/",
               f"javascript:location='http://{host}/'", "data:text/html,x", ""]
    queries = ["return=" + urllib.parse.quote(address, safe="") for address in hostile]
    return [*queries, f"return=/private/page.html&return=//{host}/", f"return=%2Fa&return=%2Fb", f"return=//{host}/",
            f"return=/%09/{host}/", "return=%00", "return=" + "/" + "a" * 3000]


def is_refused_unasked(visitor):
    """Some web servers refuse addresses that they find odd by themselves; the first takes all of these."""
    return visitor.status() in (400, 404) and not isinstance(visitor.site, SITES[FIRST])


@pytest.mark.thorough
def test_23_4_no_link_to_the_form_leads_a_person_elsewhere(visitor, page, site, elsewhere):
    host = elsewhere.cross_site.removeprefix("http://")
    queries = addresses_of(host)
    elsewhere.asked.clear()

    # Each way on: past the form for who is signed in, after signing out, and through the form.
    visitor.sign_in(site.page)
    for query in queries:
        visitor.open(f"/signin?{query}")
        assert page.driver.current_url.startswith(visitor.url + "/") and host not in visitor.text(), query
        if not is_refused_unasked(visitor):
            assert page.find("a.main").get_attribute("href") == visitor.url + "/"
    for query in queries[::3]:
        visitor.open(f"/signout?{query}")
        if not is_refused_unasked(visitor):
            visitor.click("form button")
            visitor.is_back("/")
    for query in queries[1::3]:
        visitor.forget_cookies()
        visitor.open(f"/signin?{query}")
        if is_refused_unasked(visitor):
            continue
        visitor.is_asked_to_sign_in()
        assert host not in page.driver.page_source, query
        visitor.submit()
        visitor.is_back("/")
    assert elsewhere.asked == []


@pytest.mark.thorough
def test_23_4_address_that_looks_odd_but_is_ours_comes_back_byte_for_byte(visitor, page, site):
    for path in ("/private/%2F%2Fevil.example", "/private/?next=//evil.example/&next=b", "/private/page.html?a=%0D%0A%22%3Cb%3E",
                 "/private/page.html?%25252F='x'&c=;", "/private//page.html?" + "a" * 1500):
        visitor.forget_cookies()
        visitor.open(path)
        if is_refused_unasked(visitor):
            continue
        visitor.is_asked_to_sign_in()
        path = page.run("return document.querySelector('[name=return]')?.value")
        assert path, page.driver.current_url
        visitor.submit()
        visitor.is_back(path)


# ---- The cookie

def leave_alone(site, seconds):
    """As if the youngest session had not been used for so long."""
    [[number, at]] = site.storage.query("SELECT id, seen_at FROM sessions ORDER BY id DESC LIMIT 1")
    with open(site.state / "seen", "r+b") as seen:
        seen.seek(number % (1 << 20) * 8)
        seen.write(bytes(8))
    site.storage.query("UPDATE sessions SET seen_at = ?, created_at = ? WHERE id = ?", at - seconds, at - seconds, number)


def test_18_5_session_ends_by_its_time_and_by_being_left_alone(visitor, page, site):
    hour = 3600

    for remembered, idle in ((False, 12 * hour), (True, 14 * 24 * hour)):
        visitor.sign_in(site.page, **({"remember": True} if remembered else {}))
        leave_alone(site, idle - 600)
        visitor.open(site.page)
        visitor.is_back(site.page)
        leave_alone(site, idle + 60)
        visitor.open(site.page)
        visitor.is_asked_to_sign_in(site.page)

        visitor.submit(**({"remember": True} if remembered else {}))
        visitor.is_back(site.page)
        site.storage.query("UPDATE sessions SET expires_at = seen_at")
        page.driver.refresh()
        visitor.is_asked_to_sign_in(site.page)


def test_21_1_cookie_is_kept_from_scripts_and_lasts_as_long_as_was_asked(visitor, page, site):
    visitor.sign_in(site.page)

    cookie = visitor.cookies()[COOKIE]
    assert re.fullmatch("[A-Za-z0-9_-]{43}", cookie["value"])
    assert [cookie[name] for name in ("path", "secure", "httpOnly", "sameSite", "session")] == ["/", True, True, "Lax", True]
    assert page.run("return document.cookie") == ""
    visitor.forget_cookies()
    visitor.sign_in(site.page, remember=True)
    remembered = visitor.cookies()[COOKIE]
    assert not remembered["session"]
    [[left]] = site.storage.query("SELECT expires_at - created_at FROM sessions ORDER BY id DESC LIMIT 1")
    assert left == 30 * 24 * 3600
    now = page.run("return Date.now() / 1000")
    assert left - 600 < remembered["expires"] - now <= left


@pytest.mark.thorough
def test_21_3_damaged_cookie_is_none_and_signing_in_mends_it(visitor, page, site):
    visitor.sign_in(site.page)
    good = visitor.cookies()[COOKIE]["value"]

    for value in (good[:-1], good + "A", good[1:], good.swapcase(), "A" * 43, "", good[:-1] + "=", '"' + good + '"', "x" * 3000):
        page.cdp("Network.setCookie", name=COOKIE, value=value, url=site.url, path="/", secure=True, httpOnly=True,
                 sameSite="Lax")
        visitor.open(site.page)
        visitor.is_asked_to_sign_in(site.page)
    visitor.submit()
    visitor.is_back(site.page)


@pytest.mark.slow
def test_23_6_browser_that_was_closed_is_signed_in_only_where_it_was_to_be_remembered(site):
    here, there = site.url, f"http://localhost:{site.port}"

    with tempfile.TemporaryDirectory(prefix="bearward-browser-", ignore_cleanup_errors=True) as profile:
        with browsing(profile=profile) as browser:
            Visitor(browser, site, here).sign_in(site.page, remember=True)
            Visitor(browser, site, there).sign_in(site.page)
        with browsing(profile=profile) as browser:
            visitor = Visitor(browser, site, here)
            visitor.open(site.page)
            visitor.is_back(site.page)
            visitor = Visitor(browser, site, there)
            visitor.open(site.page)
            visitor.is_asked_to_sign_in(site.page)


# ---- A browser that does not keep the cookie

NAMED = "http://app.example"


@contextlib.contextmanager
def own_site(application, port=None, **settings):
    """nginx before a bearward of its own."""
    with running("plain", **SCOPES, **settings) as server:
        with server.client() as client:
            register(client, "alice")
        site = start_site(FIRST, server, application, port)
        yield site
        site.stop()


def is_told_of_the_cookie(visitor):
    """Once around, and no further."""
    visitor.browser.until(lambda: "cookie" in visitor.text(), f"nobody names the cookie: {visitor.text()}")
    assert visitor.status() == 400
    assert not visitor.browser.find_all("[name=password]")


@pytest.mark.slow
def test_21_2_browser_that_does_not_keep_the_cookie_comes_round_once_and_is_told_why(site, application):
    port = free_port()
    # Cookies of one site are blocked, as by somebody who wants none.
    blocked = {"profile.content_settings.exceptions.cookies": {f"{site.url},*": {"setting": 2}}}
    with browsing("--host-resolver-rules=MAP app.example 127.0.0.1", **blocked) as browser, own_site(
            application, port, insecure_cookie="yes", issuer=f"{NAMED}:{port}") as insecure:
        path = insecure.page + QUERY
        for url in (site.url, f"{NAMED}:{site.port}"):
            visitor = Visitor(browser, site, url)
            for _ in range(2):
                visitor.open(path)
                visitor.is_asked_to_sign_in(path)
                assert "cookie" not in visitor.text()
                visitor.submit()
                is_told_of_the_cookie(visitor)
            # From that page, and from a reload of it, one can try again.
            visitor.driver.refresh()
            is_told_of_the_cookie(visitor)
            visitor.click("main a")
            visitor.is_asked_to_sign_in()
            # On plain http, Chromium complains of a header that is for https.
            browser.check_console(url, "Cross-Origin-Opener-Policy header has been ignored")
            browser.forget()

        visitor = Visitor(browser, insecure, f"{NAMED}:{port}")
        visitor.sign_in(path)
        assert visitor.text() == PAGE
        cookie = visitor.cookies()["bearward_insecure"]
        assert [cookie[name] for name in ("path", "secure", "httpOnly", "sameSite")] == ["/", False, True, "Lax"]
        # Only one of this name can come twice: from a path of its own, as any program of that host can set it.
        browser.cdp("Network.setCookie", name=cookie["name"], value="A" * 43, url=visitor.url, path="/private/")
        visitor.open(path)
        is_told_of_the_cookie(visitor)
        visitor.forget_cookies()
        visitor.sign_in(path)


# ---- What the form says

@pytest.mark.thorough
def test_36_2_whose_attempts_are_used_up_is_told_so_and_keeps_the_name(page, application):
    with own_site(application, **counting()) as site:
        visitor = Visitor(page, site)
        visitor.forget_cookies()
        visitor.open(site.page + QUERY)
        for _ in range(5):
            visitor.submit(password="wrong horse")
        visitor.submit()

        visitor.is_asked_to_sign_in(site.page + QUERY)
        assert visitor.status() == 429
        assert page.find("[name=username]").get_attribute("value") == "alice"
        assert "wrong" not in visitor.text() and re.search("many|later|minute", visitor.text())
        page.check(site.url)


def test_17_keyboard_alone_signs_a_person_in_and_out(visitor, page, site, scripts):
    visitor.open(site.page)
    visitor.is_asked_to_sign_in(site.page)

    page.press("alice", Keys.TAB)
    while page.focused().get_attribute("name") != "password":
        page.press(Keys.TAB)
    field = page.focused()
    page.press(PASSWORD, Keys.ENTER)
    visitor.is_gone(field)
    visitor.is_back(site.page)
    visitor.open("/signout")
    page.tab_to("Sign out")
    button = page.focused()
    page.press(Keys.ENTER)
    visitor.is_gone(button)
    visitor.open(site.page)
    visitor.is_asked_to_sign_in(site.page)


def look_at(page, site, path=""):
    """Nothing is wrong with what is shown, on any screen."""
    for width in (320, 640, 1440):
        page.resize(width)
        assert page.run("return document.documentElement.scrollWidth") <= width, f"wider than {width}"
    page.check_accessibility()
    page.check(site.url, may_move=True)     # as it was resized


@pytest.mark.thorough
def test_17_pages_on_the_way_fit_every_screen_and_everybody(visitor, page, site):
    visitor.open(site.page + QUERY)
    visitor.is_asked_to_sign_in()
    look_at(page, site)
    visitor.submit(password="wrong horse")
    look_at(page, site)
    visitor.fill(password=PASSWORD)
    visitor.press_enter("[name=password]")
    visitor.is_back(site.page + QUERY)
    visitor.open(site.staff)
    look_at(page, site)
    visitor.open("/signout")
    look_at(page, site)
