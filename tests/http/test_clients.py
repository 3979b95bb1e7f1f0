"""Clients nobody here wrote sign in unmodified: requests-oauthlib and Authlib, in both dialects."""

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from conftest import PASSWORD, register
from oauthlib.oauth2 import LegacyApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError
from requests_oauthlib import OAuth2Session as RequestsSession


class RequestsOauthlib:
    refusal = InvalidGrantError

    def __init__(self, client_id=None, client_secret=None):
        self.session = RequestsSession(client=LegacyApplicationClient(client_id=client_id))
        self.secret = client_secret

    def fetch_token(self, url, username, password):
        return self.session.fetch_token(url, username=username, password=password, client_secret=self.secret)


class Authlib:
    refusal = OAuthError

    def __init__(self, client_id=None, client_secret=None):
        self.session = AuthlibSession(client_id, client_secret)

    def fetch_token(self, url, username, password):
        return self.session.fetch_token(url, username=username, password=password, grant_type="password")


@pytest.fixture(params=[RequestsOauthlib, Authlib])
def library(request, monkeypatch):
    # Both insist on https, which is right anywhere but on the loopback interface.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return request.param


@pytest.fixture(params=["fastapi", "rfc"])
def either_server(request, server, rfc_server):
    return {"fastapi": server, "rfc": rfc_server}[request.param]


@pytest.fixture
def name(either_server, new_name):
    """A registered user of that server."""
    name = new_name()
    with either_server.client() as client:
        assert register(client, name).is_success
    return name


def requests_seen(session):
    """Collects the token requests that a session sends; both libraries offer the same hook."""
    seen = []

    def look(response):
        seen.append(response.request)
        return response

    session.register_compliance_hook("access_token_response", look)
    return seen


def test_3_8_a_client_library_signs_in_and_asks_who_it_is(library, either_server, name):
    client = library()

    token = client.fetch_token(f"{either_server.url}/token", name, PASSWORD)
    answer = client.session.get(f"{either_server.url}/users/me/")

    assert token["token_type"] == "bearer"
    assert token["expires_in"] == 1800
    assert answer.status_code == 200
    assert answer.json()["username"] == name


def test_3_9_a_wrong_password_raises_the_library_s_own_error_for_invalid_grant(library, either_server, name):
    client = library()

    with pytest.raises(library.refusal) as refusal:
        client.fetch_token(f"{either_server.url}/token", name, "not the password")

    assert refusal.value.error == "invalid_grant"
    assert refusal.value.description == "Incorrect username or password"


def test_3_2_a_client_id_and_secret_sent_as_basic_header_are_ignored(library, either_server, name):
    client = library("some-client", "and its secret")
    seen = requests_seen(client.session)

    client.fetch_token(f"{either_server.url}/token", name, PASSWORD)
    answer = client.session.get(f"{either_server.url}/users/me/")

    assert seen[0].headers["Authorization"].startswith("Basic ")
    assert answer.status_code == 200


def test_3_2_wrong_credentials_with_a_basic_header_are_still_invalid_grant(library, either_server, name):
    client = library("some-client", "and its secret")

    with pytest.raises(library.refusal) as refusal:
        client.fetch_token(f"{either_server.url}/token", name, "not the password")

    assert refusal.value.error == "invalid_grant"
