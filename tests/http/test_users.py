"""POST /users/, protocol section 5."""

import concurrent.futures
import unicodedata

import pytest

import expect
from conftest import PASSWORD, bearer, make_server, register, running, sign_in, slot_taken, started

pytestmark = pytest.mark.sanitized(
    "sees all that a program as built does; what is `core`, `stored`, or about a setting also runs as built")

CJK = "\U00020000"		# a letter of four bytes
WATER = "\u6c34"		# a letter of three bytes


def post(client, **members):
    return client.post("/users/", json=members)


# ---- 5.1 success

def test_5_1_new_user_gives_200_and_exactly_three_members(client, new_name):
    name = new_name()

    response = register(client, name)

    body = expect.json_body(response, 200)
    assert body == {"id": body["id"], "username": name, "is_active": True}
    assert type(body["id"]) is int and body["id"] > 0
    assert "location" not in response.headers


def test_5_1_new_user_gives_201_and_location_in_dialect_rfc(rfc_client, new_name):
    name = new_name()

    response = register(rfc_client, name)

    body = expect.json_body(response, 201)
    assert body == {"id": body["id"], "username": name, "is_active": True}
    assert response.headers.get_list("location") == ["/users/me/"]


def test_5_1_registered_user_signs_in(client, new_name):
    name = new_name()
    user = register(client, name).json()

    token = sign_in(client, name).json()["access_token"]

    assert client.get("/users/me/", headers=bearer(token)).json() == user


def test_5_1_ids_are_all_different(client, new_name):
    ids = [register(client, new_name()).json()["id"] for _ in range(5)]

    assert len(set(ids)) == 5


def test_5_1_other_members_have_no_effect(client, new_name):
    name = new_name()

    response = post(client, username=name, password=PASSWORD, id=10**6, is_active=False, hashed_password="x",
                    scope="admin", username_key="admin", created_at=0)

    body = expect.json_body(response, 200)
    assert body["id"] < 10**6
    assert body["is_active"] is True
    assert sign_in(client, name).status_code == 200


@pytest.mark.parametrize("typed, shown", [
    ("Alice%s", "Alice%s"),
    ("\uff21\uff4c\uff49\uff43\uff45%s", "Alice%s"),
    ("rene\u0301%s", "ren\u00e9%s"),
    ("REN\u00c9%s", "REN\u00c9%s"),
    ("\uac00%s", "\uac00%s"),
    ("\uff8a\uff9f%s", "\u30d1%s"),
    ("Stra\u00dfe%s", "Stra\u00dfe%s"),
    ("\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2%s", "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2%s"),
    ("a.b-c_d+e@f!#$%%&'*/=?^`{|}~\"\\<>()[],;%s", "a.b-c_d+e@f!#$%%&'*/=?^`{|}~\"\\<>()[],;%s"),
    ("\u05d0\u05dc\u05d9\u05e2\u05d6\u05e8\u05d0%s", "\u05d0\u05dc\u05d9\u05e2\u05d6\u05e8\u05d0%s"),
], ids=["case", "fullwidth", "decomposed", "composed", "hangul", "halfwidth", "sharp s", "final sigma", "punctuation",
        "hebrew"])
def test_5_1_username_is_shown_as_given_but_normalised(client, new_name, typed, shown):
    end = new_name()[4:]

    body = expect.json_body(register(client, typed % end), 200)

    assert body["username"] == shown % end


# ---- 5.2 names

def unique(new_name, length, filler):
    """A name of so many code points that nobody has."""
    start = new_name()
    return start + filler * (length - len(start))


@pytest.mark.parametrize("filler, length", [("x", 254), (WATER, 80), ("\u00e9", 120)], ids=["ascii", "cjk", "latin"])
def test_5_2_username_as_long_as_may_be_is_allowed(client, new_name, filler, length):
    name = unique(new_name, length, filler)

    assert expect.json_body(register(client, name), 200)["username"] == name


# Typed in parts, each is longer than a name may be: in code points, in bytes, and in both.
@pytest.mark.parametrize("part, count", [("e\u0301", 120), ("\u1112\u1161\u11ab", 80), ("u\u031b\u0301", 80)],
                         ids=["accents", "korean", "vietnamese"])
def test_5_2_username_is_measured_and_judged_after_mapping(client, new_name, part, count):
    start = new_name()
    typed = start + part * (count - len(start))

    body = expect.json_body(register(client, typed), 200)

    assert body["username"] == unicodedata.normalize("NFC", typed)
    assert len(body["username"]) == count
    assert sign_in(client, typed).status_code == 200


@pytest.mark.core
def test_5_2_a_mail_address_of_254_characters_is_a_name_everywhere(client, new_name):
    local, domain = new_name().ljust(64, "x"), ".".join(["y" * 62] * 3)
    name = f"{local}@{domain}"
    assert len(name) == 253

    expect.json_body(register(client, name + "z"), 200)
    token = sign_in(client, name.upper() + "Z").json()["access_token"]

    assert client.get("/users/me/", headers=bearer(token)).json()["username"] == name + "z"


@pytest.mark.parametrize("filler", ["x", WATER, CJK], ids=["ascii", "cjk", "beyond the first plane"])
def test_5_2_username_of_255_code_points_is_too_long(client, new_name, filler):
    response = register(client, unique(new_name, 255, filler))

    assert expect.faults(response) == [("string_too_long", "username")]


def test_5_2_username_of_255_bytes_is_allowed(client):
    name = CJK * 63 + WATER
    assert len(name.encode()) == 255

    # It is the only one of its kind: whoever runs this twice on one server finds it taken.
    assert register(client, name).status_code in (200, 409)


def test_5_2_username_of_256_bytes_is_too_long(client):
    response = register(client, CJK * 64)

    assert expect.faults(response) == [("string_too_long", "username")]


@pytest.mark.plain("is about a setting")
def test_5_2_username_of_one_letter_is_allowed(start_server):
    server = start_server()
    with server.client() as client:
        assert expect.json_body(register(client, "x"), 200)["username"] == "x"


def test_5_2_empty_username_is_too_short(client):
    assert expect.faults(register(client, "")) == [("string_too_short", "username")]


BAD_NAMES = {
    "colon": "a:b", "space": "a b", "space first": " ab", "space last": "ab ", "only a space": " ", "tab": "a\tb",
    "line break": "a\nb", "escape": "a\x1b[0m", "delete": "a\x7fb", "C1 control": "a\x85b", "NUL": "a\0b",
    "no-break space": "a\u00a0b", "ideographic space": "a\u3000b", "fullwidth colon": "a\uff1ab",
    "symbol": "\u2603", "emoji": "\U0001f600", "currency": "5\u20ac", "dash that is not ASCII": "a\u2013b",
    "superscript": "a\u00b2", "ligature": "\ufb01x", "roman numeral": "\u2167", "zero width space": "a\u200bb",
    "zero width joiner": "a\u200db", "soft hyphen": "a\u00adb", "right-to-left mark": "a\u200fb",
    "right-to-left override": "a\u202eb", "byte order mark": "a\ufeffb", "variation selector": "a\ufe0fb",
    "private use": "a\ue000b", "non-character": "a\uffffb", "unassigned": "a\U000e0fffb", "tag": "a\U000e0041b",
    "left and right": "abc\u05d0", "right and left": "\u05d0abc", "hebrew with a digit first": "1\u05d0",
    "jamo that make no syllable": "\u1161\u1100", "middle dot": "a\u00b7b",
    "digraph": "\u01c4x", "a dot": ".", "two dots": "..", "a fullwidth dot": "\uff0e",
}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES.keys())
def test_5_2_username_outside_the_profile_gives_422(client, name):
    response = register(client, name)

    if "\0" in name:	# JSON that says NUL may as well be refused as a whole
        assert expect.faults(response) in ([("json_invalid", "")], [("value_error", "username")])
    else:
        assert expect.faults(response) == [("value_error", "username")]


@pytest.mark.parametrize("name, words", [
    ("john doe", "U+0020, a space"), ("a\u2603", "U+2603, a symbol"), ("a:b", "U+003A, a colon"),
    ("a\ufe0fb", "U+FE0F, an invisible variation selector"), ("abc\u05d0", "write it in one direction"),
    ("e\u0301" * 125 + " ", "U+0020, a space")])
def test_5_2_a_name_that_is_refused_is_told_why(client, name, words):
    [fault] = register(client, name).json()["detail"]

    assert words in fault["msg"]


RESERVED = ["admin", "Root", "WebMaster", "postmaster", "null", "me",
            "\uff21dmin", "\u0430dmin", "r\u03bf\u03bft", "admi\u0578", "\u1e05earward", "adm1n", "rne"]


@pytest.mark.parametrize("name", RESERVED, ids=ascii)
def test_5_2_reserved_name_and_what_looks_like_one_cannot_be_registered(client, name):
    response = register(client, name)

    assert expect.faults(response) == [("value_error", "username")]
    assert "reserved" in response.text


@pytest.mark.plain("is about a setting")
def test_5_2_reserved_name_is_to_be_had_by_the_command(start_server):
    server = start_server()
    with server.client() as client:
        done = server.command("user", "add", "admin", stdin=f"{PASSWORD}\n")

        assert done.returncode == 0, done.stderr
        assert sign_in(client, "admin").status_code == 200


@pytest.mark.plain("is about a setting")
def test_5_2_reserved_names_are_a_setting(start_server):
    server = start_server(reserved_names="boss chief")
    with server.client() as client:
        assert expect.faults(register(client, "b0ss")) == [("value_error", "username")]
        assert register(client, "admin").is_success


# ---- 5.2 passwords

GOOD_PASSWORDS = {
    "8 characters": "abcdefg8", "64 characters": "x" * 64, "1024 bytes": "x" * 1024, "8 emoji": "\U0001f600" * 8,
    "256 emoji": "\U0001f600" * 256, "spaces": "        ",
    "cyrillic": "\u043f\u0430\u0440\u043e\u043b\u044c\u043a\u0430",
    "mixed direction": "abc\u05d0\u05d1\u05d2 123", "digits": "83640275", "quotes": "\"'\\`${}%s",
    "symbols": "\u2603\u20ac\u2167\u00b2\u2013\u221e\u2260\u2192", "8 when composed": "e\u0301" * 8,
    "8 syllables in parts": "\u1112\u1161\u11ab" * 8, "1024 bytes when composed": "\u212a" * 1024,
}


@pytest.mark.parametrize("password", GOOD_PASSWORDS.values(), ids=GOOD_PASSWORDS.keys())
def test_5_2_password_within_the_rules_is_taken_and_signs_in(client, new_name, password):
    name = new_name()

    expect.json_body(register(client, name, password), 200)

    assert sign_in(client, name, password).status_code == 200


BAD_PASSWORDS = {
    "empty": ("", "string_too_short"),
    "7 characters": ("abcdef7", "string_too_short"),
    "7 emoji": ("\U0001f600" * 7, "string_too_short"),
    "7 when composed": ("e\u0301" * 7, "string_too_short"),
    "1025 bytes": ("x" * 1025, "string_too_long"),
    "1028 bytes of emoji": ("\U0001f600" * 257, "string_too_long"),
    "10000 bytes": ("x" * 10000, "string_too_long"),
    "1025 bytes when composed": ("\u212a" * 1025, "string_too_long"),
    "7 syllables in parts": ("\u1112\u1161\u11ab" * 7, "string_too_short"),
    "control": ("correct\x01horse", "value_error"),
    "tab": ("correct\thorse", "value_error"),
    "line break": ("correct horse\n", "value_error"),
    "delete": ("correct\x7fhorse", "value_error"),
    "unassigned": ("correct\U000e0fffhorse", "value_error"),
    "non-character": ("correct\uffffhorse", "value_error"),
    "zero width space": ("correct\u200bhorse", "value_error"),
}


@pytest.mark.parametrize("password, kind", BAD_PASSWORDS.values(), ids=BAD_PASSWORDS.keys())
def test_5_2_password_outside_the_rules_gives_422(client, new_name, password, kind):
    name = new_name()

    response = register(client, name, password)

    assert expect.faults(response) == [(kind, "password")]
    expect.json_body(register(client, name), 200)


REFUSED_IN_WORDS = {
    "\t": "a control character, such as a tab", "\u2764\ufe0f": "an invisible variation selector, as some emoji have",
    "\U0001f469\u200d\U0001f467": "an invisible joiner, as some emoji have", "\u200b": "an invisible character",
    "\U0001f3f4\U000e0067\U000e007f": "an invisible tag, as some flags have",
    "\U0001fffd": "a character that this server does not know yet, such as a new emoji"}


@pytest.mark.parametrize("part, words", REFUSED_IN_WORDS.items(), ids=map(ascii, REFUSED_IN_WORDS))
def test_5_2_a_password_that_is_refused_is_told_why_but_not_for_which_character(server, client, new_name, part, words):
    name, password = new_name(), f"correct {part} horse"

    response = register(client, name, password)
    done = server.command("user", "add", name, stdin=f"{password}\n")

    message = f"Password cannot have {words}"
    assert [fault["msg"].startswith(message) for fault in response.json()["detail"]] == [True]
    assert not set(part) & set(response.json()["detail"][0]["msg"])
    assert f"{ord(part[-1]):04X}" not in response.text
    if part != "\t":
        assert message in done.stderr


@pytest.mark.parametrize("spelling", [
    str, str.upper, str.title, lambda name: "".join(chr(ord(letter) + 0xfee0) for letter in name)],
    ids=["same", "upper", "title", "fullwidth"])
def test_5_2_password_that_is_the_user_name_gives_422(client, new_name, spelling):
    name = new_name() + "longer"

    response = register(client, name, spelling(name))

    assert expect.faults(response) == [("value_error", "password")]


def test_5_2_password_that_contains_the_user_name_is_allowed(client, new_name):
    name = new_name()

    expect.json_body(register(client, name, f"{name} and more"), 200)


@pytest.fixture(scope="module")
def strict_client(front):
    """A longer minimum, and a blocklist."""
    server = make_server(front)
    blocklist = server.directory / "blocklist"
    server.write_settings(password_min_length=12, password_blocklist=blocklist)
    blocklist.write_text("\nPa\u00dfwort12345678\ncorrect horse battery\ntrustno1 trustno1")
    with started(server), server.client() as client:
        yield client


@pytest.mark.parametrize("password, kind", [
    ("abcdefghijk", "string_too_short"), ("correct horse battery", "value_error"),
    ("Pa\u00dfwort12345678", "value_error"), ("trustno1 trustno1", "value_error"),
    ("TRUSTNO1 TrustNo1", "value_error")],
    ids=["11 characters", "a line", "not ASCII", "last line", "capitals"])
def test_5_2_minimum_and_blocklist_are_settings(strict_client, new_name, password, kind):
    response = register(strict_client, new_name(), password)

    assert expect.faults(response) == [(kind, "password")]
    assert (response.json()["detail"][0]["msg"] == "Password should have at least 12 characters") == (kind == "string_too_short")


@pytest.mark.parametrize("password", [
    "abcdefghijkl", "correct horse batter", "correct horse battery s", "\u00dfwort12345678"])
def test_5_2_password_that_is_not_on_the_blocklist_is_allowed(strict_client, new_name, password):
    expect.json_body(register(strict_client, new_name(), password), 200)


@pytest.mark.parametrize("password", ["password123", "12345678", "iloveyou1", "iloveyou", "1q2w3e4r", "Password1"])
def test_5_2_the_commonest_passwords_are_refused_as_shipped(server, client, new_name, password):
    name = new_name()

    faults = expect.faults(register(client, name, password))
    done = server.command("user", "add", name, stdin=f"{password}\n")

    assert faults == [("value_error", "password")]
    assert done.returncode == 1
    assert "Password is too common" in done.stderr
    assert sign_in(client, name, password).status_code == 401


@pytest.mark.core
@pytest.mark.plain("is about a setting")
def test_5_2_a_common_password_is_refused_without_a_hash(start_server, new_name):
    server = start_server(hash_slots=1, hash_wait=0)
    with server.client() as client, slot_taken(server):
        assert register(client, new_name(), PASSWORD).status_code == 503

        assert expect.faults(register(client, new_name(), "password123")) == [("value_error", "password")]


@pytest.mark.plain("is about a setting")
def test_5_2_a_blocklist_that_is_not_sorted_is_refused_and_admits_nobody(start_server, new_name):
    server = start_server()
    server.stop()
    blocklist = server.directory / "blocklist"
    blocklist.write_text("letmein12\ncorrect horse battery staple\n")
    server.write_settings(password_blocklist=blocklist)

    for command in ("init", "check-config"):
        done = server.command(command)
        assert done.returncode == 1
        assert f"{blocklist}, line 2: not in the order of bytes; run: LC_ALL=C sort -o FILE FILE" in done.stderr
    blocklist.write_text("correct horse battery staple\nletmein12\n")
    server.own(blocklist)
    server.start()
    blocklist.write_text("letmein12\ncorrect horse battery staple\n")
    with server.client() as client:
        assert register(client, new_name(), "a good password").status_code == 503
        assert register(client, new_name(), PASSWORD).status_code == 503
        blocklist.write_text("correct horse battery staple\nletmein12\n")
        assert register(client, new_name(), "a good password").is_success


# ---- 5.2 members

MISSHAPEN = {
    "no members": ({}, [("missing", "password"), ("missing", "username")]),
    "no password": ({"username": "u"}, [("missing", "password")]),
    "no username": ({"password": PASSWORD}, [("missing", "username")]),
    "other case": ({"Username": "u", "password": PASSWORD}, [("missing", "username")]),
    "username null": ({"username": None, "password": PASSWORD}, [("string_type", "username")]),
    "username a number": ({"username": 1, "password": PASSWORD}, [("string_type", "username")]),
    "username a list": ({"username": ["u"], "password": PASSWORD}, [("string_type", "username")]),
    "username an object": ({"username": {"u": "u"}, "password": PASSWORD}, [("string_type", "username")]),
    "username true": ({"username": True, "password": PASSWORD}, [("string_type", "username")]),
    "password null": ({"username": "u", "password": None}, [("string_type", "password")]),
    "password a number": ({"username": "u", "password": 12345678}, [("string_type", "password")]),
    "password a fraction": ({"username": "u", "password": 1234567.8}, [("string_type", "password")]),
    "password a list": ({"username": "u", "password": [PASSWORD]}, [("string_type", "password")]),
    "both wrong": ({"username": 1, "password": False}, [("string_type", "password"), ("string_type", "username")]),
    "one wrong, one missing": ({"username": 1}, [("missing", "password"), ("string_type", "username")]),
}


@pytest.mark.parametrize("body, wanted", MISSHAPEN.values(), ids=MISSHAPEN.keys())
def test_5_2_missing_or_mistyped_member_gives_422_in_both_dialects(client, rfc_client, body, wanted):
    for other in (client, rfc_client):
        response = other.post("/users/", json=body)

        assert sorted(expect.faults(response)) == wanted


@pytest.mark.parametrize("body", ["[]", '"u"', "1", "null", "true", "[{}]"])
def test_5_2_body_that_is_no_object_gives_422_in_both_dialects(client, rfc_client, body):
    for other in (client, rfc_client):
        response = other.post("/users/", content=body, headers={"Content-Type": "application/json"})

        [(kind, field)] = expect.faults(response)
        assert kind != "json_invalid" and field == ""


# ---- 5.3 names that are taken

@pytest.mark.parametrize("first, second", [
    ("name%s", "name%s"), ("name%s", "NAME%s"), ("Name%s", "nAME%s"), ("name%s", "\uff4e\uff41\uff4d\uff45%s"),
    ("\uff2eame%s", "name%s"), ("ren\u00e9%s", "rene\u0301%s"), ("REN\u00c9%s", "rene\u0301%s"),
    ("\u0411\u043e\u0440\u044f%s", "\u0431\u043e\u0440\u044f%s"), ("\u30ab%s", "\uff76%s"),
    ("\u03a3\u0391%s", "\u03c3\u03b1%s"), ("\u0130x%s", "i\u0307x%s"),
], ids=["same", "case", "mixed case", "fullwidth", "fullwidth first", "decomposed", "case and decomposed", "cyrillic",
        "halfwidth", "greek", "dotted I"])
def test_5_3_name_taken_gives_409_however_it_is_spelt(client, new_name, first, second):
    end = new_name()[4:]
    expect.json_body(register(client, first % end), 200)

    response = register(client, second % end)

    expect.detail(response, 409, "Username already registered")


def test_5_3_409_in_dialect_rfc(rfc_client, new_name):
    name = new_name()
    register(rfc_client, name)

    expect.detail(register(rfc_client, name.upper()), 409, "Username already registered")


def test_5_3_refused_registration_changes_nothing(client, user, token):
    before = client.get("/users/me/", headers=bearer(token)).json()

    register(client, user.upper(), "another password")

    assert client.get("/users/me/", headers=bearer(token)).json() == before
    assert sign_in(client, user).status_code == 200
    assert sign_in(client, user, "another password").status_code == 401


@pytest.mark.parametrize("first, second", [("stra\u00dfe%s", "strasse%s"), ("a%s", "\u0430%s"), ("e%s", "\u00e9%s"),
                                           ("i%s", "\u0131%s"), ("a%s", "a%s.")],
                         ids=["sharp s", "cyrillic a", "accent", "dotless i", "full stop"])
def test_5_3_names_that_only_look_alike_are_two(client, new_name, first, second):
    end = "x" + new_name()[4:]

    ids = [expect.json_body(register(client, name % end), 200)["id"] for name in (first, second)]

    assert ids[0] != ids[1]


def test_5_3_of_simultaneous_requests_for_one_name_exactly_one_succeeds(server, client, new_name):
    for _ in range(3):
        name = new_name()
        spellings = [name, name.upper(), name.title(), name[0] + name[1:].upper()] * 4
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda at: register(client, spellings[at], f"{PASSWORD} {at}"), range(16)))

        assert sorted(response.status_code for response in answers) == [200] + [409] * 15
        let_in = [at for at in range(16) if sign_in(client, name, f"{PASSWORD} {at}").status_code == 200]
        assert [answers[at].status_code for at in let_in] == [200]


def test_5_3_simultaneous_requests_for_different_names_all_succeed(client, new_name):
    names = [new_name() for _ in range(32)]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda name: register(client, name), names))

    assert [expect.json_body(response, 200)["username"] for response in answers] == names
    assert len({response.json()["id"] for response in answers}) == 32


# ---- 5.4 who may register

@pytest.fixture(scope="module")
def bearer_client(front):
    """Registration with a token only; `manager` may register others, `alice` may not."""
    with running(front, registration="bearer", scopes="me") as server, server.client() as client:
        for name in ("manager", "alice"):
            assert server.command("user", "add", name, stdin=PASSWORD + "\n").returncode == 0
        assert server.command("user", "scope", "manager", "users:create").returncode == 0
        yield client


def test_5_4_bearer_with_the_scope_registers(bearer_client, new_name):
    name = new_name()
    token = sign_in(bearer_client, "manager", scope="users:create").json()["access_token"]

    response = bearer_client.post("/users/", json={"username": name, "password": PASSWORD}, headers=bearer(token))

    assert expect.json_body(response, 200)["username"] == name


@pytest.mark.plain("is about a setting")
def test_5_4_a_scope_that_was_withdrawn_registers_nobody(start_server):
    server = start_server(registration="bearer")
    with server.client() as client:
        server.command("user", "add", "manager", stdin=PASSWORD + "\n")
        server.command("user", "scope", "manager", "users:create")
        token = sign_in(client, "manager", scope="users:create").json()["access_token"]
        assert server.command("user", "scope", "manager").returncode == 0

        response = client.post("/users/", json={"username": "alice", "password": PASSWORD}, headers=bearer(token))

        assert expect.bearer_error(response, 403, "insufficient_scope", "Not enough permissions")
        assert sign_in(client, "alice").status_code == 401


def test_5_4_no_token_gives_401(bearer_client, new_name):
    response = register(bearer_client, new_name())

    expect.detail(response, 401, "Not authenticated")
    assert expect.challenge(response) == {"realm": "api"}


def test_5_4_bad_token_gives_401(bearer_client, new_name):
    response = bearer_client.post(
        "/users/", json={"username": new_name(), "password": PASSWORD}, headers=bearer("nonsense"))

    expect.bearer_error(response, 401, "invalid_token", "Could not validate credentials")


@pytest.mark.parametrize("name, scope", [("manager", ""), ("manager", "me"), ("alice", "")])
def test_5_4_token_without_the_scope_gives_403(bearer_client, new_name, name, scope):
    token = sign_in(bearer_client, name, scope=scope).json()["access_token"]

    response = bearer_client.post("/users/", json={"username": new_name(), "password": PASSWORD}, headers=bearer(token))

    parameters = expect.bearer_error(response, 403, "insufficient_scope", "Not enough permissions")
    assert parameters["scope"] == "users:create"


def test_5_4_scope_is_not_for_everyone(bearer_client):
    response = sign_in(bearer_client, "alice", scope="users:create")

    expect.oauth_error(response, 400, "invalid_scope")


def test_5_4_token_in_the_body_does_not_count(bearer_client, new_name):
    token = sign_in(bearer_client, "manager", scope="users:create").json()["access_token"]

    response = post(bearer_client, username=new_name(), password=PASSWORD, access_token=token)

    expect.detail(response, 401, "Not authenticated")


@pytest.mark.plain("is about a setting")
def test_5_4_closed_registration_gives_403(start_server):
    server = start_server(registration="closed")
    with server.client() as client:
        response = register(client, "alice")

        expect.detail(response, 403)
        assert sign_in(client, "alice").status_code == 401


# ---- 15.1

def test_15_1_name_that_got_its_answer_is_in_the_database(server, client, new_name):
    name = new_name()

    user_id = expect.json_body(register(client, name), 200)["id"]

    assert server.query("SELECT id, username, is_active FROM users WHERE username = ?", name) == [(user_id, name, 1)]
