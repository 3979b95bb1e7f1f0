"""HAProxy with its sample, in short; test_protect.py and test_protect_browser.py ask it all where there is time."""

import pytest

import protect
from conftest import PASSWORD, Server
from person import FETCH, Person
from protect import PAGE, application  # noqa: F401: a fixture
from test_protect import headers_of
from test_protect_browser import EVERY_FORGERY, SETTINGS, sign_in

pytestmark = pytest.mark.self_contained


@pytest.fixture
def site(application):
    server = Server(**SETTINGS).start()     # which the test stops
    for name in ("alice", "bob"):
        done = server.command("user", "add", name, *(["--groups", "staff"] if name == "alice" else []), stdin=PASSWORD + "\n")
        assert done.returncode == 0, done.stderr
    site = protect.Haproxy(server, application).start()
    yield site
    for one in (site, server):
        one.stop()
    server.remove()


def test_11_2_haproxy_asks_before_every_request_and_lets_nothing_pass_when_bearward_is_down(site, application):
    with Person(site.url) as alice, Person(site.url) as bob:
        refused = [alice.fetch(path).status_code for path in (site.page, site.app, site.staff)]
        pages = [sign_in(alice, site.page + "?x=y"), alice.go(site.staff)]
        sign_in(bob, site.page, "bob")
        told = headers_of(alice.fetch(site.app, headers={**FETCH, "X-Auth-User": "forged", "X_Auth_User": "forged"}).json())
        foreign = [alice.fetch(site.app, "POST", headers={**FETCH, "Sec-Fetch-Site": "cross-site", **forged}).status_code
                   for forged in EVERY_FORGERY]
        staff = bob.fetch(site.staff).status_code
        before = len(application.requests)
        site.stop_bearward()
        down = [alice.fetch(path).status_code for path in (site.page, site.app, site.staff)]

    assert refused == [401] * 3 and [page.text for page in pages] == [PAGE] * 2
    assert told["X_AUTH_USER"] == ["alice"] and "bearward" not in str(told.get("COOKIE"))
    assert set(foreign) == {403} and staff == 403
    assert down == [503] * 3 and len(application.requests) == before
