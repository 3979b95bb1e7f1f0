"""The page at / stays signed in, ends when it is left, and says when and why it is signed out; in a real browser."""

import contextlib
import re

import pytest
from browser import chromium, page  # noqa: F401
from conftest import bearer, edit_nginx, eventually, running
from test_pages import signed_in, submit

# These run before a page's own scripts. What is sent arrives; the answers that we name are lost on their way, or others
# come in their place. What /token gives is written down.
LINE = """
const ask = fetch;
window.line = {tokens: [], renewals: 0, open: 0, most: 0, spoilt: []};
window.fetch = async (path, options) => {
    const isRenewal = options?.body?.get?.("grant_type") === "refresh_token";
    line.renewals += isRenewal;
    line.open += isRenewal;
    line.most = Math.max(line.most, line.open);
    try {
        const answer = await ask(path, options);
        const spoil = path === "users/me/" ? undefined : line.spoilt.shift();
        if (spoil === "lost") throw new TypeError("lost");
        if (spoil) return new Response(spoil[1], {status: spoil[0], headers: spoil[2]});
        if (path === "token" && answer.ok) line.tokens.push(await answer.clone().json());
        return answer;
    } finally {
        line.open -= isRenewal;
    }
};
"""
# The clock goes ahead when we say so, and with it the timers that are far off.
CLOCK = """
const {now} = Date, {setTimeout: start, clearTimeout: stop} = window, timers = new Map();
let ahead = 0, last = 0;
Date.now = () => now() + ahead;
window.setTimeout = (act, ms) => {
    const id = ms >= 500 ? --last : start(act, ms);
    if (id < 0) timers.set(id, act);
    return id;
};
window.clearTimeout = (id) => timers.delete(id) || stop(id);
window.isWaiting = () => timers.size > 0;
window.letTimePass = (seconds) => {
    if (!isWaiting()) return false;
    ahead += 1000 * seconds;
    const due = [...timers.values()];
    timers.clear();
    due.forEach((act) => act());
    return true;
};
"""
LOST = "lost"
BUSY = [503, '{"error": "temporarily_unavailable", "detail": "Service temporarily unavailable"}', {"Retry-After": "2"}]
MANY = [429, '{"error": "temporarily_unavailable", "detail": "Too many attempts"}', {"Retry-After": "30"}]
GONE = [502, '{"detail": "Service temporarily unavailable"}', {"Retry-After": "2"}]
DEFECT = [500, '{"error": "server_error", "detail": "Internal Server Error"}', {}]
ODD_NETWORK = [200, "<p>Welcome to our hotel", {}]
NO_SUCH_PATH = [404, '{"detail": "Not Found"}', {}]
TTL = 1800


class Visitor:
    """Somebody at the page; the line and the clock are ours."""

    def __init__(self, page, server, client):
        self.page, self.server, self.client = page, server, client

    def enter(self, name):
        self.name = name
        self.page.open(self.server.url + "/#register")
        submit(self.page, "register", name)
        signed_in(self.page, name)

    def tokens(self):
        """What /token has given, the last at the end."""
        return self.page.run("return line.tokens")

    def spoil(self, *answers):
        self.page.run("line.spoilt.push(...arguments[0])", list(answers))

    def pass_time(self, seconds):
        """Once the page waits for that."""
        self.page.until(lambda: self.page.run("return letTimePass(arguments[0])", seconds), "it waits for nothing")

    def wait(self, seconds):
        """The same, wide awake: a machine that sleeps comes back late."""
        for _ in range(0, int(seconds), 50):
            self.pass_time(50)

    def happens(self, event):
        self.page.run("(arguments[0] === 'online' ? window : document).dispatchEvent(new Event(arguments[0]))", event)

    def until_renewed(self, times=1):
        self.page.until(lambda: len(self.tokens()) > times, f"not {times} renewals but {len(self.tokens()) - 1}")

    def until_trying(self):
        self.page.until_text("#me .message", "The service cannot be reached.")

    def until_told(self, words):
        self.page.until_text("#signin .message", words)
        assert self.page.find("h1").text == "Sign in"
        assert self.name not in self.page.run("return document.body.textContent")

    def is_taken(self, tokens):
        """Whether the service takes the access token, and whether it takes the refresh token."""
        me = self.client.get("/users/me/", headers=bearer(tokens["access_token"]))
        again = self.client.post("/token", data={"grant_type": "refresh_token",
                                                 "refresh_token": tokens["refresh_token"]})
        return me.status_code == 200, again.status_code == 200


@contextlib.contextmanager
def scripts(page, *sources):
    """Runs them before each page's own."""
    added = [page.cdp("Page.addScriptToEvaluateOnNewDocument", source=f"{{{source}}}") for source in sources]
    try:
        yield
    finally:
        # A page goes on asking by itself, also when its server has gone and another test has begun.
        page.driver.get("about:blank")
        for script in added:
            page.cdp("Page.removeScriptToEvaluateOnNewDocument", **script)


@pytest.fixture(scope="module")
def site():
    """Each renewal makes another refresh token."""
    with running("plain", refresh_window=0) as server:
        yield server


@pytest.fixture
def visit(page):
    """A function that makes a visitor of a server."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(scripts(page, LINE, CLOCK))
        yield lambda server: Visitor(page, server, stack.enter_context(server.client()))


@pytest.fixture
def visitor(visit, site, new_name):
    """One who is signed in."""
    visitor = visit(site)
    visitor.enter(new_name())
    return visitor


# -- Renewing -------------------------------------------------------------------------------


def test_the_page_outlives_its_tokens(page, start_plain_server):
    # On a busy machine, a page may take a second or two to show who has just signed in.
    server = start_plain_server(access_token_ttl=5)
    with scripts(page, LINE), server.client() as client:
        visitor = Visitor(page, server, client)
        visitor.enter("johndoe")
        [first] = visitor.tokens()
        said = page.find("#me-until").get_attribute("datetime")

        visitor.until_renewed(2)
        assert eventually(lambda: visitor.is_taken(first) == (False, True))

        signed_in(page, "johndoe")
        assert page.find("#me-until").get_attribute("datetime") > said
        page.check(server.url)


def test_what_is_lost_on_the_way_is_asked_for_again(visitor, site, page):
    answers = [LOST, BUSY, MANY, GONE, DEFECT, ODD_NETWORK, LOST]
    visitor.spoil(*answers)

    visitor.pass_time(0.74 * TTL)
    assert len(visitor.tokens()) == 1
    for count in range(len(answers)):
        visitor.pass_time(0.02 * TTL)
        page.until(lambda: page.run("return line.renewals") == count + 1, "it does not try again")
        visitor.until_trying()
    visitor.pass_time(0.02 * TTL)
    visitor.until_renewed()

    first, second = visitor.tokens()
    assert page.run("return line.most") == 1
    assert page.run("return document.querySelector('#me .message').textContent") == ""
    assert second["refresh_token"] != first["refresh_token"]
    assert visitor.is_taken(second) == (True, True)
    signed_in(page, visitor.name)
    page.check(site.url)


@pytest.mark.parametrize("event", ["online", "visibilitychange"])
def test_whoever_comes_back_need_not_wait_for_the_next_try(visitor, page, event):
    visitor.spoil(LOST)
    visitor.pass_time(0.75 * TTL)
    visitor.until_trying()

    for _ in range(3):
        visitor.happens(event)

    visitor.until_renewed()
    assert page.run("return [line.renewals, line.most]") == [2, 1]


def test_a_machine_that_slept_finds_its_network_before_anything_ends(visitor, page):
    visitor.spoil(LOST, LOST)

    visitor.pass_time(20 * TTL)
    visitor.until_trying()
    visitor.pass_time(30)
    page.until(lambda: page.run("return line.renewals === 2 && isWaiting()"), "it does not try again")
    visitor.happens("online")

    visitor.until_renewed()
    assert page.run("return document.querySelector('#me .message').textContent") == ""


def test_a_service_that_is_not_reached_in_time_is_named_as_the_reason(visitor, page):
    page.offline(True)
    with contextlib.ExitStack() as stack:
        stack.callback(page.offline, False)
        visitor.pass_time(0.75 * TTL)
        visitor.until_trying()
        visitor.wait(0.25 * TTL)
        visitor.until_told(": the service could not be reached to renew it.")

    assert re.search(r"expired at \d\d?:\d\d", page.find("#signin .message").text)


def test_where_nothing_is_renewed_a_sign_in_expires(visit, page, start_plain_server):
    visitor = visit(start_plain_server(refresh_tokens="no"))
    visitor.enter("johndoe")
    assert not page.find_all("#me-renewed")
    visitor.pass_time(0.99 * TTL)
    signed_in(page, "johndoe")

    visitor.pass_time(0.01 * TTL)

    visitor.until_told("Your sign-in expired at ")
    assert page.run("return line.renewals") == 0


def test_a_service_that_stops_to_renew_lets_the_token_run_to_its_end(visitor, page):
    visitor.spoil([400, '{"error": "unsupported_grant_type", "detail": "Unsupported grant type"}', {}])
    visitor.pass_time(0.75 * TTL)
    page.until(lambda: not page.find_all("#me-renewed"))
    signed_in(page, visitor.name)

    visitor.pass_time(0.25 * TTL)

    visitor.until_told("Your sign-in expired at ")


# -- Ending ---------------------------------------------------------------------------------


@pytest.mark.parametrize("find_out", [
    lambda visitor: visitor.happens("visibilitychange"), lambda visitor: visitor.pass_time(0.75 * TTL)],
    ids=["on coming back", "on renewing"])
@pytest.mark.parametrize("command", ["disable", "sign-out"])
def test_what_was_ended_elsewhere_is_told(visitor, site, page, command, find_out):
    done = site.command("user", command, visitor.name)
    assert done.returncode == 0, done.stderr

    find_out(visitor)

    visitor.until_told("Your sign-in was ended elsewhere, as the service said at ")
    page.check(site.url)


def test_signing_out_ends_what_was_given(visitor, site, page):
    visitor.pass_time(0.75 * TTL)
    visitor.until_renewed()
    first, second = visitor.tokens()

    page.find("#signout").click()

    visitor.until_told("You are signed out.")
    assert visitor.is_taken(first) == visitor.is_taken(second) == (False, False)
    page.check(site.url)


@pytest.mark.parametrize("answer", [LOST, BUSY, NO_SUCH_PATH])
def test_a_sign_out_that_does_not_get_through_is_called_that(visitor, page, answer):
    visitor.spoil(answer)

    page.find("#signout").click()

    visitor.until_told("This page has forgotten your sign-in, but the service could not be told that it is over.")


def test_signing_out_of_a_service_that_cannot_revoke_is_as_it_was(visit, page, start_plain_server):
    server = start_plain_server(refresh_tokens="no")
    edit_nginx(server, r"location = /revoke/? \{[^}]*\}", "")
    visitor = visit(server)
    visitor.enter("johndoe")

    page.find("#signout").click()

    visitor.until_told("You are signed out.")


def test_leaving_signs_out_and_back_leads_to_the_form(visitor, site, page):
    visitor.pass_time(0.75 * TTL)
    visitor.until_renewed()
    first, second = visitor.tokens()

    page.driver.get(site.url + "/openapi.json")

    assert eventually(lambda: visitor.is_taken(first) == (False, False))
    assert visitor.is_taken(second) == (False, False)
    page.driver.back()
    page.until(lambda: page.find("h1").text == "Sign in", "it does not lead to the form")
    assert page.find("#signin-password").get_attribute("value") == ""
    assert visitor.name not in page.run("return document.body.textContent")
    page.check(site.url)


def test_a_page_that_the_browser_has_kept_says_that_it_was_left(visitor, page):
    [first] = visitor.tokens()

    page.run("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")

    visitor.until_told("You left this page at ")
    assert eventually(lambda: visitor.is_taken(first) == (False, False))


def test_who_leaves_while_the_account_is_made_is_not_signed_in(visit, site, new_name, page):
    visitor = visit(site)
    visitor.name = new_name()
    page.open(site.url + "/#register")
    page.run("""const ask = fetch;
                window.fetch = async (path, options) => {
                    const answer = await ask(path, options);
                    if (path === "users/") dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true}));
                    return answer;
                };""")

    submit(page, "register", visitor.name)

    page.until_text("#signin .message", "Your account is ready. Please sign in.")
    assert page.find("h1").text == "Sign in" and visitor.tokens() == []


def test_two_tabs_are_signed_in_each_by_itself(visitor, site, page):
    here = page.driver.current_window_handle
    [first] = visitor.tokens()
    page.driver.switch_to.new_window("tab")
    page.driver.get(site.url + "/")
    assert page.find("h1").text == "Sign in"
    submit(page, "signin", visitor.name)
    signed_in(page, visitor.name)
    page.driver.switch_to.window(here)

    page.find("#signout").click()
    visitor.until_told("You are signed out.")

    page.driver.switch_to.window(next(tab for tab in page.driver.window_handles if tab != here))
    page.run("document.dispatchEvent(new Event('visibilitychange'))")
    signed_in(page, visitor.name)
    page.driver.close()
    page.driver.switch_to.window(here)
    assert visitor.is_taken(first) == (False, False)


def test_tokens_are_kept_nowhere_but_in_memory(visitor, page):
    visitor.pass_time(0.75 * TTL)
    visitor.until_renewed()

    kept = page.driver.execute_async_script("""
        const done = arguments[0];
        indexedDB.databases().then(async (databases) => done([
            localStorage.length, sessionStorage.length, document.cookie, databases.length,
            (await caches.keys()).length, location.href, history.state, window.name]))""")

    assert kept == [0, 0, "", 0, 0, visitor.server.url + "/", None, ""]
    assert not [token for token in visitor.tokens() for secret in (token["access_token"], token["refresh_token"])
                if secret in page.driver.page_source]


# -- How it looks ---------------------------------------------------------------------------


def show_every_end(visitor, page):
    """Each state that looks different, with its name."""
    yield "signed-in"
    visitor.spoil(LOST)
    visitor.pass_time(0.75 * TTL)
    visitor.until_trying()
    yield "cannot-be-reached"
    visitor.spoil(*[LOST] * 100)
    visitor.wait(0.25 * TTL)
    visitor.until_told("could not be reached")
    yield "unreachable"


@pytest.mark.parametrize("width, height", [(320, 640), (1280, 800)])
def test_what_is_said_sticks_out_nowhere_and_moves_nothing(visitor, page, width, height):
    page.resize(width, height)
    places = set()

    for state in show_every_end(visitor, page):
        page.check_accessibility()
        for scheme in ("dark", "light"):
            page.prefer(scheme)
            page.keep_screenshot(f"{state}-{width}-{scheme}")
        places.add(tuple(page.find("main").rect[side] for side in ("x", "y", "width")))
        assert page.run("return document.documentElement.scrollWidth") <= width, state
        page.check(visitor.server.url)

    assert len(places) == 1, places
