"""POST /token, protocol section 3."""

import concurrent.futures

import pytest

import expect
import jws
import raw
from conftest import PASSWORD, register, running, sign_in

pytestmark = pytest.mark.sanitized(
    "sees all that a program as built does; what is `core`, `stored`, or about a setting also runs as built")

FORM = "application/x-www-form-urlencoded"
WRONG = "Incorrect username or password"


def post_form(client, body, path="/token"):
    return client.post(path, content=body, headers={"Content-Type": FORM})


def signed_in(response):
    body = expect.json_body(response, 200)
    assert response.headers.get_list("pragma") == ["no-cache"]
    return body


# ---- 3.8 success

def test_3_8_success_has_exactly_the_promised_members(client, rfc_client, new_name):
    for other in (client, rfc_client):
        name = new_name()
        register(other, name)

        body = signed_in(sign_in(other, name, grant_type="password"))

        assert list(body) == ["access_token", "token_type", "expires_in", "refresh_token"]
        assert body["token_type"] == "bearer"
        assert body["expires_in"] == 1800
        assert body["access_token"].count(".") == 2


def test_3_8_simultaneous_sign_ins_of_one_user_get_different_tokens(server, client, user):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: sign_in(client, user), range(32)))

    assert len({signed_in(response)["access_token"] for response in answers}) == 32


# ---- 3.1 order of checks

def test_3_1_method_comes_before_media_type(client):
    response = client.put("/token", content=b"x", headers={"Content-Type": "text/plain"})

    expect.oauth_error(response, 405, "invalid_request")


@pytest.mark.exception("lighttpd asks for the length itself", "lighttpd", "lighttpd-spawned")
def test_3_1_media_type_comes_before_length(server):
    response = raw.ask(server, "POST", "/token", "Content-Type: text/plain")

    expect.oauth_error(response, 415, "invalid_request")


@pytest.mark.parametrize("body", ["grant_type=x&a=%", "grant_type=x&a=1&a=1"], ids=["syntax", "duplicates"])
def test_3_1_form_comes_before_grant_type(client, body):
    expect.oauth_error(post_form(client, body), 400, "invalid_request")


def test_3_1_grant_type_comes_before_required_parameters(client, rfc_client):
    for other in (client, rfc_client):
        response = other.post("/token", data={"grant_type": "x"})

        expect.oauth_error(response, 400, "unsupported_grant_type", "Unsupported grant type")


def test_3_1_required_parameters_come_before_scope(client, rfc_client):
    form = {"grant_type": "password", "username": "u", "scope": "a  b"}

    expect.oauth_error(client.post("/token", data=form), 422, "invalid_request")
    expect.oauth_error(rfc_client.post("/token", data=form), 400, "invalid_request")


def test_3_1_scope_comes_before_credentials(client, rfc_client, user):
    response = sign_in(rfc_client, user, "wrong password", scope="nobody:has-this")
    expect.oauth_error(response, 400, "invalid_scope", "Invalid scope")

    response = sign_in(client, user, "wrong password", scope="nobody  has-this")

    expect.oauth_error(response, 400, "invalid_scope", "Invalid scope")


@pytest.mark.parametrize("query", [
    "username=u", "password=p", "client_secret=s", "refresh_token=r", "password", "password=", "a=b&password=p",
    "pass%77ord=p", "%70assword=p&a=b"])
def test_3_1_secret_in_the_query_string_gives_400(client, user, query):
    body = f"username={user}&password={PASSWORD.replace(' ', '+')}"

    response = post_form(client, body, "/token?" + query)

    expect.oauth_error(response, 400, "invalid_request")


@pytest.mark.parametrize("query", [
    "", "a=b", "grant_type=x", "client_id=c", "Password=p", "passwords=p", "%zz=1", "&&"])
def test_3_1_other_names_in_the_query_string_are_ignored(client, user, query):
    body = f"username={user}&password={PASSWORD.replace(' ', '+')}"

    signed_in(post_form(client, body, "/token?" + query))


# ---- 3.2 clients, while there is no registry

@pytest.mark.parametrize("form", [
    {"client_id": "x"}, {"client_secret": "x"}, {"client_id": "x", "client_secret": "y"}, {"client_id": "\u2603"}],
    ids=str)
def test_3_2_client_fields_are_ignored(client, user, form):
    signed_in(sign_in(client, user, **form))


@pytest.mark.parametrize("header", ["Basic Og==", "Basic eDp5", "Basic %%%", "Bearer x", "x", ""])
def test_3_2_authorization_header_is_ignored(client, user, header):
    response = client.post("/token", data={"username": user, "password": PASSWORD}, headers={"Authorization": header})

    signed_in(response)


# ---- 3.3 password grant

@pytest.mark.parametrize("form", [{}, {"grant_type": ""}, {"grant_type": "password"}], ids=str)
def test_3_3_password_grant_is_assumed_beside_username_and_password(client, rfc_client, new_name, form):
    for other in (client, rfc_client):
        name = new_name()
        register(other, name)

        signed_in(sign_in(other, name, **form))


@pytest.mark.parametrize("grant_type", [
    "Password", "PASSWORD", "password ", " password", "passwor", "passwords", "client_credentials",
    "authorization_code", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "pa\u0073\u0301sword"])
def test_3_9_unknown_grant_type_gives_400(client, rfc_client, user, grant_type):
    for other in (client, rfc_client):
        response = sign_in(other, user, grant_type=grant_type)

        expect.oauth_error(response, 400, "unsupported_grant_type", "Unsupported grant type")


# ---- 3.9 required parameters

MISSING = {
    "nothing": ("", ["username", "password"]),
    "separators only": ("&&&", ["username", "password"]),
    "grant type only": ("grant_type=password", ["username", "password"]),
    "no password": ("grant_type=password&username=u", ["password"]),
    "no username": ("grant_type=password&password=p", ["username"]),
    "empty password": ("grant_type=password&username=u&password=", ["password"]),
    "empty username": ("grant_type=password&username=&password=p", ["username"]),
    "no equals sign": ("grant_type=password&username&password", ["username", "password"]),
    "other case": ("grant_type=password&Username=u&password=p", ["username"]),
}


@pytest.mark.parametrize("body, fields", MISSING.values(), ids=MISSING.keys())
def test_3_9_missing_parameter_gives_422_and_a_list(client, body, fields):
    response = post_form(client, body)

    expect.oauth_error(response, 422, "invalid_request")
    assert sorted(expect.faults_of(response)) == sorted(("missing", field) for field in fields)


@pytest.mark.parametrize("body", [body for body, _ in MISSING.values()], ids=MISSING.keys())
def test_3_9_missing_parameter_gives_400_in_dialect_rfc(rfc_client, body):
    expect.oauth_error(post_form(rfc_client, body), 400, "invalid_request")


# ---- 3.10 wrong credentials

def test_3_10_wrong_password_gives_401_with_a_challenge(client, user):
    response = sign_in(client, user, "wrong password")

    expect.oauth_error(response, 401, "invalid_grant", WRONG)
    assert expect.challenge(response) == {"realm": "api"}


def test_3_10_wrong_password_gives_400_without_a_challenge_in_dialect_rfc(rfc_client, new_name):
    name = new_name()
    register(rfc_client, name)

    response = sign_in(rfc_client, name, "wrong password")

    expect.oauth_error(response, 400, "invalid_grant", WRONG)
    assert "www-authenticate" not in response.headers


def test_3_10_body_is_the_same_in_both_dialects(client, rfc_client, new_name):
    name = new_name()

    assert sign_in(client, name).json() == sign_in(rfc_client, name).json()


@pytest.mark.plain("is about a setting")
def test_16_realm_is_the_configured_one(start_server):
    server = start_server(realm="Members, only")
    with server.client() as client:
        wrong, me = sign_in(client, "nobody"), client.get("/users/me/")

    assert expect.challenge(wrong)["realm"] == "Members, only"
    assert expect.challenge(me)["realm"] == "Members, only"


# ---- 3.4 who is refused, and that nobody can tell why

def set_active(server, name, is_active):
    server.storage.change("UPDATE users SET is_active = ? WHERE username = ?", is_active, name)


def without_date(response):
    headers = [(name, value) for name, value in response.headers.multi_items() if name != "date"]
    return response.status_code, headers, response.content


UNMAPPABLE_NAMES = {
    "space": "a b", "control": "a\x01b", "tab": "a\tb", "symbol": "\u2603", "emoji": "\U0001f600", "colon": "a:b",
    "255 letters": "x" * 255, "long": "x" * 5000, "mixed direction": "a\u05d0", "unassigned": "a\U000e0fff",
    "only a combining mark": "\u0301", "quote and injection": "' OR 1=1 --", "percent": "%s%n", "line break": "a\r\nb"}


@pytest.mark.parametrize("name", UNMAPPABLE_NAMES.values(), ids=UNMAPPABLE_NAMES.keys())
def test_3_4_unmappable_name_is_refused_like_a_wrong_password(client, rfc_client, user, name):
    for other in (client, rfc_client):
        register(other, user)
        wrong = sign_in(other, user, "wrong password")

        response = sign_in(other, name)

        assert without_date(response) == without_date(wrong)


PASSWORDS_THAT_CANNOT_BE = {
    "control": PASSWORD + "\x01", "tab": "\t" + PASSWORD, "delete": PASSWORD + "\x7f", "line break": PASSWORD + "\n",
    "1025 bytes": "x" * 1025, "10000 bytes": "x" * 10000, "unassigned": PASSWORD + "\U000e0fff",
    "zero width joiner": PASSWORD + "\u200d", "non-character": PASSWORD + "\ufffe"}


@pytest.mark.parametrize("password", PASSWORDS_THAT_CANNOT_BE.values(), ids=PASSWORDS_THAT_CANNOT_BE.keys())
def test_3_4_unpreparable_password_is_refused_like_a_wrong_one(client, user, password):
    wrong = sign_in(client, user, "wrong password")

    assert without_date(sign_in(client, user, password)) == without_date(wrong)


def test_3_4_unknown_user_is_refused_like_a_wrong_password(client, rfc_client, user):
    for other in (client, rfc_client):
        register(other, user)
        wrong = sign_in(other, user, "wrong password")

        assert without_date(sign_in(other, "nobody" + user)) == without_date(wrong)


def test_3_4_inactive_user_is_refused_like_a_wrong_password(server, client, user):
    wrong = sign_in(client, user, "wrong password")
    set_active(server, user, False)

    right_password = sign_in(client, user)
    wrong_password = sign_in(client, user, "wrong password")

    assert without_date(right_password) == without_date(wrong)
    assert without_date(wrong_password) == without_date(wrong)


def test_3_4_user_who_is_active_again_signs_in(server, client, user):
    set_active(server, user, False)
    set_active(server, user, True)

    signed_in(sign_in(client, user))


def test_3_4_user_without_a_usable_hash_is_refused_like_a_wrong_password(server, client, new_name):
    wrong = sign_in(client, new_name())
    for stored in ("x", "$s1$", "$s1$0a0101$$", "$2b$", "$2b$04$" + "." * 53, "*", "plain:" + PASSWORD, PASSWORD):
        name = new_name()
        register(client, name)
        server.storage.change("UPDATE users SET hashed_password = ? WHERE username = ?", stored, name)

        assert without_date(sign_in(client, name)) == without_date(wrong), stored


def test_3_4_password_with_a_wrong_end_is_refused(client, user):
    for password in (PASSWORD + " ", " " + PASSWORD, PASSWORD[:-1], PASSWORD + "x", PASSWORD.upper(), PASSWORD[:8]):
        expect.oauth_error(sign_in(client, user, password), 401, "invalid_grant", WRONG)


@pytest.mark.parametrize("spelling", [
    str.upper, str.title, lambda name: "".join(chr(ord(letter) + 0xfee0) for letter in name)],
    ids=["upper", "title", "fullwidth"])
def test_3_4_name_is_looked_up_by_its_case_mapped_form(client, user, spelling):
    signed_in(sign_in(client, spelling(user)))


@pytest.mark.parametrize("registered, typed", [
    ("Ren\u00e9%s", "rene\u0301%s"), ("rene\u0301%s", "REN\u00c9%s"), ("\uff21lice%s", "alice%s"),
    ("\u0411\u043e\u0440\u0438\u0441%s", "\u0431\u043e\u0440\u0438\u0441%s"), ("\uff76\uff9e%s", "\u30ac%s"),
], ids=["composed", "decomposed and case", "fullwidth", "cyrillic", "halfwidth katakana"])
def test_3_4_unicode_name_signs_in_however_it_is_typed(client, new_name, registered, typed):
    end = new_name()[4:]
    expect.json_body(register(client, registered % end), 200)

    signed_in(sign_in(client, typed % end))


@pytest.mark.parametrize("registered, typed", [
    ("correct horse \u00e9", "correct horse e\u0301"),
    ("correct horse e\u0301", "correct horse \u00e9"),
    ("correct\u00a0horse", "correct horse"),
    ("correct horse", "correct\u3000horse"),
    ("\U0001f434\U0001f50b\U0001f4ce\u2705 staple", "\U0001f434\U0001f50b\U0001f4ce\u2705 staple"),
    ("  two  spaces  ", "  two  spaces  "),
    ("a&b=c+d%20;e\"'\\", "a&b=c+d%20;e\"'\\"),
    ("\u05e1\u05d9\u05e1\u05de\u05d0 abc", "\u05e1\u05d9\u05e1\u05de\u05d0 abc"),
], ids=["composed", "decomposed", "no-break space", "ideographic space", "emoji", "spaces", "form characters",
        "hebrew"])
def test_3_4_password_is_prepared_with_opaque_string(client, new_name, registered, typed):
    name = new_name()
    expect.json_body(register(client, name, registered), 200)

    signed_in(sign_in(client, name, typed))


@pytest.mark.parametrize("registered, typed", [
    ("correct horse", "\uff43orrect horse"), ("correct horse", "Correct horse"), ("correct horse", "correct  horse"),
    ("correct hors\u00e9", "correct horse"), ("correct horse \u00df", "correct horse ss")],
    ids=["width", "case", "number of spaces", "accent", "sharp s"])
def test_3_4_opaque_string_maps_nothing_else(client, new_name, registered, typed):
    name = new_name()
    expect.json_body(register(client, name, registered), 200)

    expect.oauth_error(sign_in(client, name, typed), 401, "invalid_grant", WRONG)


@pytest.mark.parametrize("spelled", [r"\ud876\udc00", r"\uD876\uDC00", "\U0002d800"], ids=["escaped", "capitals", "raw"])
def test_1_8_password_is_the_same_however_json_spells_it_and_no_other_is(client, new_name, spelled):
    name = new_name()
    body = f'{{"username":"{name}","password":"correct horse {spelled}"}}'.encode()
    expect.json_body(client.post("/users/", content=body, headers={"Content-Type": "application/json"}), 200)

    signed_in(sign_in(client, name, "correct horse \U0002d800"))
    for other in "\U0002d801", "\ufffd", "":
        expect.oauth_error(sign_in(client, name, f"correct horse {other}"), 401, "invalid_grant", WRONG)


def test_3_4_password_of_1024_bytes_signs_in_and_its_prefix_does_not(client, new_name):
    name, password = new_name(), "x" * 1023 + "y"
    expect.json_body(register(client, name, password), 200)

    signed_in(sign_in(client, name, password))
    expect.oauth_error(sign_in(client, name, password[:-1] + "z"), 401, "invalid_grant", WRONG)


# ---- 3.7 scope

@pytest.fixture(scope="module")
def scope_client(front):
    """Scopes for all, one for a few, one by default; `root` may ask for the restricted one, `alice` may not."""
    scopes = {"scopes": "me items:read items:write", "restricted_scopes": "admin", "default_scope": "me"}
    with running(front, **scopes) as server, server.client() as client:
        register(client, "alice")
        register(client, "manager")
        assert server.command("user", "scope", "manager", "admin").returncode == 0
        yield client


@pytest.mark.parametrize("scope", [
    "me", "items:read", "me items:read", "items:write me", "me items:read items:write"])
def test_3_7_allowed_scope_is_granted_and_named(scope_client, scope):
    body = signed_in(sign_in(scope_client, "alice", scope=scope))

    assert set(body["scope"].split(" ")) == set(scope.split(" "))


@pytest.mark.parametrize("scope", ["admin", "me admin"])
def test_3_7_restricted_scope_is_granted_to_a_user_who_was_given_it(scope_client, scope):
    assert signed_in(sign_in(scope_client, "manager", scope=scope))["scope"] == scope


@pytest.mark.parametrize("form", [{}, {"scope": ""}], ids=["absent", "empty"])
def test_3_7_absent_scope_is_the_configured_default(scope_client, form):
    body = signed_in(sign_in(scope_client, "alice", **form))

    assert body["scope"] == "me"


MALFORMED_SCOPES = {
    "space": " ", "space first": " me", "space last": "me ", "two spaces": "me  items:read", "tab": "me\titems:read",
    "line break": "me\nitems:read", "quote": 'me"', "backslash": "me\\", "not ASCII": "me\u00e9", "delete": "me\x7f",
    "no-break space": "me\u00a0items:read", "comma": "me,items:read"}


@pytest.mark.parametrize("scope", MALFORMED_SCOPES.values(), ids=MALFORMED_SCOPES.keys())
def test_3_7_malformed_scope_gives_400(scope_client, scope):
    response = sign_in(scope_client, "alice", scope=scope)

    expect.oauth_error(response, 400, "invalid_scope", "Invalid scope")


@pytest.mark.parametrize("scope", [
    "other", "me other", "ME", "m", "mee", "items", "items:read:write", "admin", "me admin"])
def test_3_7_scope_that_is_not_allowed_gives_400(scope_client, scope):
    response = sign_in(scope_client, "alice", scope=scope)

    expect.oauth_error(response, 400, "invalid_scope", "Invalid scope")


def test_3_7_scope_is_ignored_where_none_are_configured_and_the_answer_says_so(client, user):
    for scope in ("me", "me items:read"):
        body = signed_in(sign_in(client, user, scope=scope))

        assert body["scope"] == ""
        assert "scope" not in jws.parts(body["access_token"])[1]


def test_3_7_scope_is_refused_where_none_are_configured_in_dialect_rfc(rfc_client, user):
    expect.oauth_error(sign_in(rfc_client, user, scope="me"), 400, "invalid_scope", "Invalid scope")


@pytest.mark.parametrize("scope", ["a  b", " ", "me\"", "x" * 1025])
def test_3_7_malformed_scope_gives_400_where_none_are_configured(client, user, scope):
    expect.oauth_error(sign_in(client, user, scope=scope), 400, "invalid_scope", "Invalid scope")


@pytest.mark.parametrize("settings", [{"restricted_scopes": "admin"}, {"registration": "bearer"}], ids=str)
def test_3_7_unknown_scope_is_refused_once_any_is_configured(start_plain_server, settings):
    server = start_plain_server(**settings)
    with server.client() as client:
        assert server.command("user", "add", "alice", stdin=f"{PASSWORD}\n").returncode == 0

        expect.oauth_error(sign_in(client, "alice", scope="me"), 400, "invalid_scope", "Invalid scope")


def test_3_7_restricted_scope_does_not_tell_who_exists(scope_client):
    unknown = sign_in(scope_client, "nobody", scope="admin")
    wrong = sign_in(scope_client, "alice", "wrong password", scope="admin")

    expect.oauth_error(wrong, 401, "invalid_grant", WRONG)
    assert without_date(unknown) == without_date(wrong)


@pytest.mark.parametrize("count, status", [(64, 200), (65, 400)])
def test_3_7_at_most_64_scope_tokens(scope_client, count, status):
    response = sign_in(scope_client, "alice", scope=" ".join(["me"] * count))

    expect.json_body(response, status)


@pytest.fixture(scope="module")
def wide_client(front):
    """As many and as long scopes as there may be: 64, and 1024 bytes in all."""
    with running(front, scopes=" ".join(WIDE)) as server, server.client() as client:
        register(client, "alice")
        yield client


WIDE = [f"scope:number:{number:02d}" for number in range(63)] + ["scope:number:63x"]


def test_3_7_scope_of_1024_bytes_is_granted(wide_client):
    scope = " ".join(WIDE)
    assert len(scope) == 1024

    body = signed_in(sign_in(wide_client, "alice", scope=scope))

    assert body["scope"].split(" ") == WIDE


def test_3_7_scope_of_1025_bytes_gives_400(wide_client):
    scope = " ".join([WIDE[-1]] * 2 + WIDE[:62])
    assert len(scope) == 1025

    expect.oauth_error(sign_in(wide_client, "alice", scope=scope), 400, "invalid_scope")


# ---- settings

@pytest.mark.plain("is about a setting")
def test_3_8_lifetime_is_the_configured_one(start_server):
    server = start_server(access_token_ttl=77)
    with server.client() as client:
        register(client, "alice")

        body = signed_in(sign_in(client, "alice"))

    assert body["expires_in"] == 77
