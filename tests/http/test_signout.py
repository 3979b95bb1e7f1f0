"""People sign out with a browser: /signout (protocol sections 18.6 and 26)."""

import base64

import jws
import pytest
from conftest import bearer, register, sign_in, started
from gateways import make_server
from person import Forms, Person
from test_signin import NAME, OURS, PAGE, cookies_of, is_page, is_signed_in, post, sessions, with_cookie


@pytest.fixture
def cookie(client, user):
    return cookies_of(post(client, user))[NAME][0]


def grant_of(token):
    gid = jws.parts(token)[1]["gid"]
    return base64.urlsafe_b64decode(gid + "==")


def sign_out(client, value=None, headers=OURS, **form):
    return client.post("/signout", data={"x": "", **form}, headers={**headers, **(with_cookie(value) if value else {})})


def is_signed_out(answer, location="/"):
    """The answer, which is the same whoever asks."""
    assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert cookies_of(answer) == {NAME: ("", {
        "Path": "/", "Max-Age": "0", "Secure": "", "HttpOnly": "", "SameSite": "Lax"})}
    assert answer.headers["clear-site-data"] == '"cache"'
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.core
def test_26_1_signing_out_ends_the_session_and_deletes_the_cookie(server, client, cookie):
    before = len(sessions(server))

    is_signed_out(sign_out(client, cookie))

    assert not is_signed_in(client, cookie)
    assert len(sessions(server)) == before - 1


@pytest.mark.core
def test_26_1_without_a_live_session_the_answer_is_the_same(client, cookie):
    sign_out(client, cookie)

    for value in (cookie, None, "A" * 43, "cut"):
        is_signed_out(sign_out(client, value))


def test_26_1_it_leads_on_to_where_it_was_told_if_that_is_allowed(client, cookie):
    is_signed_out(sign_out(client, cookie, **{"return": "/bye?a=b"}), "/bye?a=b")
    is_signed_out(sign_out(client, cookie, **{"return": "//evil.example"}))


@pytest.mark.core
def test_26_1_a_link_or_an_image_signs_nobody_out(client, user, cookie):
    for query in ("", "?return=/a", "?everywhere=1"):
        page = is_page(client.get("/signout" + query, headers=with_cookie(cookie)), 200)
        assert user in page.text
        assert "set-cookie" not in page.headers
        client.head("/signout" + query, headers=with_cookie(cookie))

    assert is_signed_in(client, cookie)


def test_22_1_another_site_signs_nobody_out(client, cookie):
    answer = sign_out(client, cookie, headers={"Sec-Fetch-Site": "cross-site", **PAGE})

    is_page(answer, 403)
    assert "set-cookie" not in answer.headers
    assert is_signed_in(client, cookie)


@pytest.mark.core
def test_26_a_person_signs_out_by_the_button(server, user):
    with Person(server.url) as person:
        person.send(person.go("/signin"), username=user, password="correct horse battery staple")
        assert NAME in person.cookies

        person.send(person.go("/signout?return=%2Fdocs"))

        assert person.visited == [("/signout", 303), ("/docs", 200)]
        assert NAME not in person.cookies
        assert Forms(person.go("/signin?return=%2Fx").text).found


def test_18_6_the_grants_born_in_the_session_end_with_it(server, client, user, cookie):
    inside, outside = (sign_in(client, user).json()["access_token"] for _ in range(2))
    [(session,)] = server.query("SELECT max(id) FROM sessions")
    server.query("UPDATE grants SET session_id = ? WHERE gid = ?", session, grant_of(inside))

    is_signed_out(sign_out(client, cookie))

    assert [client.get("/users/me/", headers=bearer(token)).status_code for token in (inside, outside)] == [401, 200]


def test_26_2_everywhere_ends_all_that_the_user_was_given_and_nothing_of_others(server, client, user, cookie, new_name):
    register(client, other := new_name())
    another, foreign = (cookies_of(post(client, name))[NAME][0] for name in (user, other))
    token, foreign_token = (sign_in(client, name).json()["access_token"] for name in (user, other))

    is_signed_out(sign_out(client, cookie, everywhere="1"))

    assert [is_signed_in(client, value) for value in (cookie, another, foreign)] == [False, False, True]
    assert [client.get("/users/me/", headers=bearer(value)).status_code for value in (token, foreign_token)] == [401, 200]


def test_26_2_everywhere_with_a_dead_cookie_ends_nothing(server, client, user, cookie):
    sign_out(client, cookie)
    another = cookies_of(post(client, user))[NAME][0]

    is_signed_out(sign_out(client, cookie, everywhere="1"))

    assert is_signed_in(client, another)


@pytest.mark.plain("is about what is stored")
def test_15_1_who_could_not_be_signed_out_is_told_so(front):
    with started(make_server(front, storage_wait=0)) as server, server.client() as client:
        register(client, "alice")
        value = cookies_of(post(client, "alice"))[NAME][0]
        with server.storage.taken():
            refused = [sign_out(client, value, headers={**OURS, **PAGE}, **form) for form in ({}, {"everywhere": "1"})]

        for answer in refused:
            is_page(answer, 503)
            assert "set-cookie" not in answer.headers
        assert is_signed_in(client, value)
