"""GET /users/me/, protocol section 6."""

import concurrent.futures

import pytest

import expect
import raw
from conftest import PASSWORD, bearer, register, running, sign_in

pytestmark = pytest.mark.sanitized(
    "sees all that a program as built does; what is `core`, `stored`, or about a setting also runs as built")


def me(client, **headers):
    return client.get("/users/me/", headers=headers)


# ---- 6.2 success

def test_6_2_success_is_exactly_the_user(client, user, token):
    response = me(client, **bearer(token))

    body = expect.json_body(response, 200)
    assert body == {"id": body["id"], "username": user, "is_active": True}
    assert type(body["id"]) is int and body["id"] > 0
    assert "www-authenticate" not in response.headers


def test_6_2_success_in_dialect_rfc(rfc_client, new_name):
    name = new_name()
    registered = register(rfc_client, name).json()

    response = me(rfc_client, **bearer(sign_in(rfc_client, name).json()["access_token"]))

    assert expect.json_body(response, 200) == registered


@pytest.mark.parametrize("dialect", ["fastapi", "rfc"])
@pytest.mark.plain("is about a setting")
def test_6_2_with_profile_the_answer_has_the_members_of_the_current_tutorial(front, dialect):
    with running(front, profile="yes", dialect=dialect) as server, server.client() as client:
        given = {"username": "johndoe", "password": PASSWORD, "email": "j@d", "full_name": "J", "disabled": True}
        registered = client.post("/users/", json=given).json()
        token = sign_in(client, "johndoe").json()["access_token"]
        before = me(client, **bearer(token))
        done = server.command("user", "set", "johndoe", "--email", "johndoe@example.com", "--display-name", "John \u2603 Doe")
        after = me(client, **bearer(token))

    assert registered == {"id": 1, "username": "johndoe", "is_active": True}
    assert list(expect.json_body(before, 200).items()) == [
        ("id", 1), ("username", "johndoe"), ("is_active", True), ("email", None), ("full_name", None), ("disabled", False)]
    assert done.returncode == 0, done.stderr
    assert expect.json_body(after, 200) == {
        "id": 1, "username": "johndoe", "is_active": True, "email": "johndoe@example.com", "full_name": "John \u2603 Doe",
        "disabled": False}


def test_6_2_without_profile_the_answer_is_the_same_byte_for_byte_whatever_is_stored(server, client, user, token):
    before = me(client, **bearer(token)).content

    done = server.command("user", "set", user, "--email", "a@b", "--display-name", "Somebody")

    assert done.returncode == 0, done.stderr
    assert me(client, **bearer(token)).content == before


def test_6_2_name_is_the_registered_spelling_however_one_signed_in(client, new_name):
    name = new_name().title()
    register(client, name)

    token = sign_in(client, name.upper()).json()["access_token"]

    assert me(client, **bearer(token)).json()["username"] == name


def test_6_2_body_of_a_get_is_ignored(client, user, token):
    response = client.request("GET", "/users/me/", content=b"x" * 1000, headers=bearer(token))

    assert expect.json_body(response, 200)["username"] == user


def test_6_2_nobody_is_told_that_he_is_another(client, new_name):
    tokens = {}
    for _ in range(8):
        name = new_name()
        register(client, name)
        tokens[name] = sign_in(client, name).json()["access_token"]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        names = list(tokens) * 25
        answers = list(pool.map(lambda name: me(client, **bearer(tokens[name])), names))

    assert [expect.json_body(response, 200)["username"] for response in answers] == names


# ---- 6.1 how a token is presented

@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "])
def test_6_1_scheme_is_without_case_and_takes_several_spaces(client, user, token, scheme):
    response = me(client, Authorization=scheme + token)

    assert expect.json_body(response, 200)["username"] == user


NOT_AUTHENTICATED = {
    "no header": None, "empty": "", "basic": "Basic dXNlcjpwYXNz", "basic without credentials": "Basic",
    "another scheme": "Token %s", "the token alone": "%s", "scheme that begins alike": "Bearers %s",
    "no space": "Bearer%s", "scheme in a scheme": "xBearer %s", "quoted": '"Bearer" %s'}


@pytest.mark.parametrize("value", NOT_AUTHENTICATED.values(), ids=NOT_AUTHENTICATED.keys())
def test_6_2_no_bearer_credentials_give_a_challenge_without_error(client, rfc_client, token, value):
    for other in (client, rfc_client):
        response = me(other, **({} if value is None else {"Authorization": value.replace("%s", token)}))

        expect.detail(response, 401, "Not authenticated")
        assert expect.challenge(response) == {"realm": "api"}


@pytest.mark.parametrize("query", ["access_token=%s", "token=%s", "Authorization=Bearer+%s"])
def test_6_2_token_only_in_the_query_is_none(client, token, query):
    response = client.get("/users/me/?" + query % token)

    expect.detail(response, 401, "Not authenticated")
    assert expect.challenge(response) == {"realm": "api"}


def test_6_1_token_in_a_form_is_none(client, token):
    response = client.request("GET", "/users/me/", data={"access_token": token})

    expect.detail(response, 401, "Not authenticated")


@pytest.mark.parametrize("value", [
    "Bearer nonsense", "Bearer a.b.c", "Bearer %s x", "Bearer =%s", "Bearer %s=", 'Bearer "%s"', "Bearer <%s>",
    "Bearer \t%s", "Bearer %s\u00fc", "Bearer token=%s", "Bearer", "Bearer :", "Bearer Bearer %s"])
def test_6_2_what_is_no_token_of_ours_is_refused(client, rfc_client, token, value):
    for other in (client, rfc_client):
        response = me(other, Authorization=value.replace("%s", token).encode())

        parameters = expect.bearer_error(response, 401, "invalid_token", "Could not validate credentials")
        assert set(parameters) == {"realm", "error", "error_description"}
        assert parameters["realm"] == "api"


def test_16_refusal_is_the_one_of_the_example(client):
    response = me(client, Authorization="Bearer nonsense")

    assert response.headers["www-authenticate"] == (
        'Bearer realm="api", error="invalid_token", error_description="The access token is invalid"')


@pytest.mark.parametrize("query", ["access_token=%s", "access_token=other", "access_token=", "access_token",
                                   "a=b&access_token=x", "access%%5Ftoken=x"])
def test_6_2_header_and_access_token_parameter_are_malformed(client, token, query):
    response = client.get("/users/me/?" + query.replace("%s", token).replace("%%", "%"), headers=bearer(token))

    parameters = expect.bearer_error(response, 400, "invalid_request", "Malformed authorization")
    assert parameters["realm"] == "api"


@pytest.mark.parametrize("query", ["", "a=b", "Access_Token=x", "access_token2=x", "%zz"])
def test_6_1_other_parameters_are_ignored(client, user, token, query):
    response = client.get("/users/me/?" + query, headers=bearer(token))

    assert expect.json_body(response, 200)["username"] == user


@pytest.mark.parametrize("value", ["Bearer %s, Bearer %s", "Bearer %s,Bearer %s", "Bearer %s, Basic eDp5",
                                   "Basic eDp5, Bearer %s", "Bearer x, Bearer %s"])
def test_1_14_comma_joined_headers_are_malformed(client, token, value):
    response = me(client, Authorization=value.replace("%s", token))

    expect.bearer_error(response, 400, "invalid_request", "Malformed authorization")


def test_1_14_two_different_authorization_headers_let_nobody_in(server, token):
    for first, second in ((f"Bearer {token}", "Basic eDp5"), ("Basic eDp5", f"Bearer {token}")):
        response = raw.ask(server, "GET", "/users/me/", f"Authorization: {first}", f"Authorization: {second}")

        expect.detail(response, 400)


# ---- 6.2 what is stored now counts

def test_6_2_inactive_user_is_refused_at_once_and_let_in_again(server, client, user, token):
    server.storage.change("UPDATE users SET is_active = FALSE WHERE username = ?", user)
    inactive = me(client, **bearer(token))
    server.storage.change("UPDATE users SET is_active = TRUE WHERE username = ?", user)
    active = me(client, **bearer(token))

    parameters = expect.bearer_error(inactive, 401, "invalid_token", "Inactive user")
    assert set(parameters) == {"realm", "error", "error_description"}
    expect.json_body(active, 200)


def test_6_2_deleted_user_is_refused_at_once(server, client, user, token):
    expect.json_body(me(client, **bearer(token)), 200)
    server.storage.change("DELETE FROM users WHERE username = ?", user)

    response = me(client, **bearer(token))

    expect.bearer_error(response, 401, "invalid_token", "Could not validate credentials")


def test_6_2_token_does_not_pass_to_a_new_user_of_the_same_name(server, client, user, token):
    server.storage.change("DELETE FROM users WHERE username = ?", user)
    expect.json_body(register(client, user), 200)

    response = me(client, **bearer(token))

    expect.bearer_error(response, 401, "invalid_token", "Could not validate credentials")


# ---- 6.2 scope

@pytest.fixture(scope="module")
def scope_client(front):
    with running(front, scopes="me items:read me:more", me_scope="me") as server, server.client() as client:
        register(client, "alice")
        yield client


@pytest.mark.parametrize("scope", ["me", "items:read me", "me items:read"])
def test_6_2_token_with_the_scope_is_accepted(scope_client, scope):
    token = sign_in(scope_client, "alice", scope=scope).json()["access_token"]

    expect.json_body(me(scope_client, **bearer(token)), 200)


@pytest.mark.parametrize("scope", ["", "items:read", "me:more"])
def test_6_2_token_without_the_scope_gives_403(scope_client, scope):
    token = sign_in(scope_client, "alice", scope=scope).json()["access_token"]

    response = me(scope_client, **bearer(token))

    parameters = expect.bearer_error(response, 403, "insufficient_scope", "Not enough permissions")
    assert parameters["scope"] == "me"
    assert parameters["realm"] == "api"


def test_6_2_bad_token_is_refused_before_its_scope(scope_client):
    response = me(scope_client, **bearer("nonsense"))

    expect.bearer_error(response, 401, "invalid_token", "Could not validate credentials")
