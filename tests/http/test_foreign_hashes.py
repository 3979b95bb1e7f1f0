"""Users whose hash another program made: they sign in, and have one of ours from then on."""

import json

import pytest

import expect
from conftest import PASSWORD, running, sign_in
from foreign_hashes import MAKERS, UNCHECKABLE

pytestmark = [pytest.mark.only_nginx("is about the database"),
              pytest.mark.plain("sanitizers see the parsers of hashes in tests/unit and tests/fuzz")]


def add_users(server, hashes):
    """Adds a user for each hash, with the name of its place."""
    server.storage.insert("users", "username, username_key, hashed_password",
                          *((f"user{number}", f"user{number}", stored) for number, stored in enumerate(hashes)))


def stored_hashes(server):
    return dict(server.query("SELECT username, hashed_password FROM users"))


@pytest.fixture
def server(front):
    with running(front, attempts="yes", attempts_source="10000 1") as server:
        yield server


def refused(answer):
    expect.oauth_error(answer, 401, "invalid_grant", "Incorrect username or password")
    return answer


def test_15_5_whoever_has_a_hash_of_another_program_signs_in_and_gets_one_of_ours(server):
    add_users(server, [make(PASSWORD) for make in MAKERS.values()])
    before = stored_hashes(server)
    with server.client() as client:
        for number, program in enumerate(MAKERS):
            name = f"user{number}"
            refused(sign_in(client, name, PASSWORD + "x"))
            assert stored_hashes(server)[name] == before[name], program

            assert sign_in(client, name).status_code == 200, program
            assert stored_hashes(server)[name].startswith("$s1$0a0101$"), program
            refused(sign_in(client, name, PASSWORD + "x"))
            assert sign_in(client, name).status_code == 200, program


def test_15_5_a_password_is_right_in_each_normal_form_and_a_wrong_one_is_one_attempt(server):
    composed, decomposed = "cr\u00e8me br\u00fbl\u00e9e", "cre\u0300me bru\u0302le\u0301e"
    programs = ["argon2id by passlib", "scrypt by werkzeug", "sha by htpasswd"]
    add_users(server, [MAKERS[program](form) for program in programs for form in (composed, decomposed)])
    with server.client() as client:
        for number in range(2 * len(programs)):
            name, typed = f"user{number}", (decomposed, composed)[number % 2]
            # Each has three forms; five attempts are all that there are.
            for _ in range(4):
                refused(sign_in(client, name, "cr\u00e8me\u00a0bru\u0302l\u00e9"))

            assert sign_in(client, name, typed).status_code == 200
            assert stored_hashes(server)[name].startswith("$s1$")
            assert sign_in(client, name, composed).status_code == 200
            assert sign_in(client, name, decomposed).status_code == 200


def test_15_5_what_bcrypt_does_not_read_of_a_long_password_is_not_made_the_password(server):
    long = "x" * 80
    add_users(server, [MAKERS["bcrypt by passlib"](long), MAKERS["bcrypt-sha256 by passlib"](long)])
    with server.client() as client:
        for name in ("user0", "user1"):
            assert sign_in(client, name, long).status_code == 200

    stored = stored_hashes(server)
    assert stored["user0"].startswith("$2b$04$")
    assert stored["user1"].startswith("$s1$")


def test_15_5_whoever_has_a_hash_that_nobody_can_check_is_named_and_refused(server):
    add_users(server, [*UNCHECKABLE.values(), MAKERS["argon2id by passlib"](PASSWORD)])
    expected = [f"user{number}" for number in range(len(UNCHECKABLE))]

    with server.client() as client:
        for name in expected:
            refused(sign_in(client, name, PASSWORD))
    listed, first_two, last = (server.command("user", "list", "--without-password", *words).stdout for words in (
        [], ["--limit", "2"], ["--after", str(len(UNCHECKABLE) - 1)]))

    for lines, names in (listed, expected), (first_two, expected[:2]), (last, expected[-1:]):
        assert [json.loads(line)["username"] for line in lines.splitlines()] == names
    for name in expected:
        assert f"user={name} reason=unsupported_hash" in server.log()
    assert not [stored for stored in UNCHECKABLE.values() if stored and stored in listed + first_two + server.log()]


def test_15_5_a_hash_that_needs_more_memory_than_there_is_gets_503_and_is_logged(front):
    with running(front, hash_memory=16) as server:
        add_users(server, [MAKERS["argon2id by argon2-cffi"](PASSWORD), MAKERS["argon2i by argon2-cffi"](PASSWORD)])
        with server.client() as client:
            expect.oauth_error(sign_in(client, "user0"), 503, "temporarily_unavailable", "Service temporarily unavailable")
            assert sign_in(client, "user1").status_code == 200
        checked = server.command("check-config")
        imported = server.command("import", "--ndjson", "-", stdin="")

        for said in checked.stderr, imported.stderr:
            assert ("1 of the users cannot sign in: their hashes take up to 64 MiB, and all hashing may take 16 MiB; "
                    "set hash_memory = 64") in said
        assert checked.returncode == imported.returncode == 0
        assert 'event="hash_memory is too small for a stored hash" bytes=67108864' in server.log()
