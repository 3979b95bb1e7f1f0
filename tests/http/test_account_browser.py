"""People look after their own accounts in a real browser, with and without scripts; protocol sections 20.5 and 22."""

import json
import re

import clock
import pytest
from browser import chromium, page, screens  # noqa: F401
from conftest import PASSWORD, eventually, register, running
from person import Person
from sessions import Session
from visitor import Visitor

NEW = "another horse, another battery"
URL = "https://people.example.org"


@pytest.fixture(scope="module")
def site():
    # It takes no message: what is to be delivered stays where it is.
    with running("plain", service_name="Stadtbücherei Ödland", public_url=URL, notify="/bin/false",
                 notify_from="noreply@example.org") as server:
        yield server


@pytest.fixture
def user(site, new_name):
    with site.client() as client:
        register(client, name := new_name())
    return name


# What forms do without scripts, test_account_pages asks without a browser as well.
@pytest.fixture(params=["scripts", pytest.param("no_scripts", marks=pytest.mark.thorough)])
def visitor(request, page, site):
    page.scripts(request.param == "scripts")
    visitor = Visitor(page, site)
    visitor.forget_cookies()
    return visitor


def elsewhere(site, name, password=PASSWORD):
    """The same person with another browser; whether it is signed in is asked with is_in()."""
    person = Person(site.url)
    person.send(person.go("/signin"), username=name, password=password)
    assert is_in(person)
    return person


def is_in(person):
    person.go("/account/")
    return person.visited[-1][0] == "/account/"


def said(page):
    return page.find("[role=status]").text


# ---- What people do

@pytest.mark.parametrize("visitor", ["scripts", "no_scripts"], indirect=True)
def test_20_5_a_person_changes_what_is_known_and_the_password_and_ends_what_is_signed_in(visitor, page, site, user):
    visitor.open("/account/sessions")
    visitor.is_asked_to_sign_in("/account/sessions")
    visitor.submit(user)
    visitor.is_back("/account/sessions")
    visitor.click("a[href$='account/']")

    # Who one is.
    visitor.fill(display_name="Ann Öl", email="ann@example.org")
    visitor.press_enter("#email")
    assert page.find("[aria-invalid]").get_attribute("id") == "current_password"
    visitor.fill(current_password=PASSWORD)
    visitor.press_enter("#current_password")
    assert said(page) == "Saved."
    assert page.find("#email").get_attribute("value") == "ann@example.org"

    # Another password: this browser stays, the other one is out.
    other = elsewhere(site, user)
    visitor.click("a[href$='account/password']")
    visitor.fill(current_password="wrong", new_password=NEW)
    visitor.press_enter("#new_password")
    assert "This is not your current password." in visitor.text() and visitor.status() == 403
    visitor.fill(current_password=PASSWORD, new_password=NEW)
    visitor.press_enter("#new_password")
    visitor.is_back("/account/?done=password")
    assert said(page).startswith("Your password is changed.")
    page.driver.refresh()
    visitor.is_back("/account/?done=password")
    assert not is_in(other)

    # What is signed in: one of them, the others, and all.
    one, two, three = (elsewhere(site, user, NEW) for _ in range(3))
    ids = [re.search('value="([^"]*)"[^>]*>Sign out', row)[1] for row in re.findall(
        "<li>.*?</li>", one.go("/account/sessions").text, re.DOTALL) if "This browser" in row]
    visitor.click("a[href$='account/sessions']")
    assert len(page.find_all(".rows li")) == 4
    visitor.click(f"button[value='{ids[0]}']")
    assert said(page) == "It is signed out."
    assert [is_in(person) for person in (one, two, three)] == [False, True, True]
    visitor.click("button[value=others]")
    assert said(page) == "You are signed in here and nowhere else."
    assert [is_in(person) for person in (two, three)] == [False, False]
    assert len(page.find_all(".rows li")) == 1
    visitor.open("/account/activity")
    assert "The password was changed" in visitor.text() and "Signed in with a browser" in visitor.text()
    two = elsewhere(site, user, NEW)
    visitor.open("/account/sessions")
    visitor.click("button[value=all]")
    visitor.is_back("/account/sessions?done=everywhere")
    assert page.find("h1").text == "You are signed out everywhere"
    assert not is_in(two)
    page.driver.back()
    visitor.is_asked_to_sign_in("/account/sessions")
    page.check_console(site.url)


def test_20_5_a_person_takes_along_what_is_stored_and_deletes_the_account(visitor, page, site, user, tmp_path):
    page.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    visitor.open("/account/delete")
    visitor.submit(user)
    visitor.is_back("/account/delete")

    page.find("a[href$='account/export']").click()
    assert eventually(lambda: (tmp_path / "account.json").exists())
    visitor.fill(current_password=PASSWORD)
    visitor.press_enter("#current_password")

    assert json.loads((tmp_path / "account.json").read_text())["user"]["username"] == user
    visitor.is_back("/account/delete?done=deleted")
    assert page.find("h1").text == "Your account is deleted"
    visitor.click("a[href$='signin']")
    visitor.submit(user)
    assert "Name or password is wrong." in visitor.text()
    page.check_console(site.url)


def link_of(site, name, *options):
    """Where a new link leads, on this host."""
    made = site.command("user", "link", name, *options)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip().removeprefix(URL)


def test_37_whoever_forgot_the_password_or_was_invited_chooses_one_by_a_link_that_is_good_once(visitor, page, site, user, new_name):
    other = elsewhere(site, user)
    visitor.open("/signin")
    visitor.click("a[href$='link']")
    visitor.fill(username=user)
    visitor.press_enter("#username")
    assert page.find("h1").text == "Look into your mail" and visitor.status() == 202

    link = link_of(site, user)
    for _ in range(2):
        visitor.open(link)
        assert page.find("[name=username]").get_attribute("value") == user
    page.run("document.querySelector('#password').minLength = 0")
    visitor.fill(password="short")
    visitor.press_enter("#password")
    assert "too short" in visitor.text()
    visitor.fill(password=NEW)
    visitor.press_enter("#password")
    visitor.is_back("/")
    visitor.open("/account/")
    assert page.find("strong").text == user
    assert not is_in(other)
    visitor.open(link)
    assert page.find("h1").text == "This link is no longer valid" and visitor.status() == 410
    elsewhere(site, user, NEW)

    visitor.forget_cookies()
    visitor.open(link_of(site, newcomer := new_name(), "--invite"))
    assert "An account has been made for you." in visitor.text()
    visitor.fill(password=NEW)
    visitor.press_enter("#password")
    visitor.is_back("/")
    visitor.open("/account/activity")
    assert "A link to set a new password was used" in visitor.text()
    elsewhere(site, newcomer, NEW)
    page.check_console(site.url)


def test_20_5_a_form_whose_session_has_ended_is_sent_again_by_a_reload(visitor, page, site, user):
    visitor.open("/account/")
    visitor.submit(user)
    visitor.is_back("/account/")
    visitor.fill(display_name="Ann")
    with visitor.second_tab():
        visitor.sign_out()

    visitor.press_enter("#display_name")
    assert "reload" in visitor.text(), "nobody says what to do"
    with visitor.second_tab():
        visitor.open("/signin")
        visitor.submit(user)
    page.driver.refresh()

    page.until(lambda: "done=profile" in page.driver.current_url, "the reload does not send the form")
    assert page.find("#display_name").get_attribute("value") == "Ann"
    page.forget()


# ---- What it looks like

def show_every_page(visitor, site, name):
    """Each page that looks different, with its name."""
    page = visitor.browser
    visitor.forget_cookies()
    visitor.open("/account/")
    visitor.submit(name)
    visitor.is_back("/account/")
    yield "account"
    visitor.fill(display_name="x" * 201, email="x")
    visitor.press_enter("#email")
    yield "account-faults"
    visitor.open("/account/?done=password")
    yield "account-done"
    visitor.open("/account/password")
    visitor.fill(current_password="wrong", new_password=NEW)
    visitor.press_enter("#current_password")
    yield "account-password-wrong"
    now = clock.now()
    Session(site, name, agent="Firefox on Windows", network="192.0.2.0/24", created_at=now - 4000, seen_at=now - 1500)
    Session(site, name, agent="Safari on iPhone", network="2001:db8:1234:5678::/64", created_at=now - 86400 * 12, seen_at=now - 8000)
    visitor.open("/account/sessions")
    yield "account-sessions"
    visitor.open("/account/activity")
    yield "account-activity"
    visitor.open("/account/delete")
    yield "account-delete"
    visitor.open("/account/sessions")
    visitor.click("button[value=all]")
    yield "account-left"
    link = link_of(site, name)
    visitor.open(link)
    yield "link"
    visitor.open(link[:-1])
    yield "link-over"
    visitor.open("/link")
    yield "forgotten"
    visitor.fill(username=name)
    visitor.press_enter("#username")
    yield "link-sent"


@screens((320, 568), (768, 1024), (1440, 900))
def test_nothing_sticks_out_and_nothing_moves_by_itself(page, site, user, width, height, scheme):
    page.resize(width, height)
    page.prefer(scheme)
    visitor = Visitor(page, site)

    for name in show_every_page(visitor, site, user):
        page.keep_screenshot(f"{name}-{width}-{scheme}")
        assert page.run("return document.documentElement.scrollWidth") <= width, name
        page.check(site.url)


def test_axe_finds_nothing_on_any_page(page, site, user):
    for _ in show_every_page(Visitor(page, site), site, user):
        page.check_accessibility()


def test_times_are_those_of_the_zone_and_the_language_of_the_page(page, site, user):
    page.cdp("Emulation.setTimezoneOverride", timezoneId="Asia/Kolkata")
    visitor = Visitor(page, site)
    visitor.forget_cookies()
    Session(site, user, created_at=1709211659)
    visitor.open("/account/sessions")
    visitor.submit(user)
    visitor.is_back("/account/sessions")

    assert re.search(r"Signed in on February 29, 2024 at 6:30\sPM", visitor.text()), visitor.text()
    page.cdp("Emulation.setTimezoneOverride", timezoneId="")
