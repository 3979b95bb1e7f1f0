"""Rows that no bearward has written: whatever stands in a database, it ends no process and lets nobody in."""

import contextlib
import sqlite3

import pytest

import expect
import fastcgi
from conftest import PATIENCE, bearer, register, running, sign_in
from sessions import Session
from test_signin import is_signed_in, post

pytestmark = [pytest.mark.only_nginx("is about the database"), pytest.mark.sanitized("sees all that a program as built does"),
              pytest.mark.sqlite("is about columns that take what is of another type")]

# As other tools make a table: any column takes a value of any type.
LOOSE = ("CREATE TABLE users (id INTEGER PRIMARY KEY, username, username_key UNIQUE, hashed_password, is_active, scope,"
         " created_at, email, display_name, is_imported, email_verified, groups, password_changed_at, last_sign_in_at,"
         " signed_out_at)")
HUGE = "x" * 3_000_000
VALUES = {
    "null": None, "empty": "", "zero": 0, "number": 7, "fraction": 1.25, "large fraction": 1e300, "negative": -1,
    "largest": 2**63 - 1, "smallest": -2**63, "text": "yes", "text with NUL": "a\0b", "bytes": b"abc",
    "bytes that are no text": b"\xff\x00\xfe", "huge": HUGE, "huge scrypt": "$s1$0a0101$" + HUGE,
    "huge bcrypt": "$2b$04$" + HUGE, "costly scrypt": "$s1$1f2010$" + "A" * 22 + "==$" + "A" * 86 + "==",
    "costly bcrypt": "$2b$31$" + "." * 53, "header": '"\\\r\nSet-Cookie: a=b', "spaces": " a  b ", "format": "%s%n%s%n",
    "control": "\x1b[31m\x07",
}
# How a value that is no text is stored as one, as a program does that takes Latin-1 for UTF-8.
LATIN1 = "CAST(x'6ae972f46d65' AS TEXT)"


@contextlib.contextmanager
def opened(server):
    database = sqlite3.connect(server.database, timeout=PATIENCE)
    try:
        with database:
            yield database
    finally:
        database.close()


@pytest.fixture(scope="module")
def loose(front):
    """A server whose table of users has lost its types and constraints."""
    with running(front, verify="revocation-aware") as server:
        with opened(server) as database:
            database.execute("PRAGMA writable_schema = ON")
            database.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = 'users'", [LOOSE])
        yield server


def ask_three(server, client, name, token):
    """What the pools that read the row say: `token`, `me` and `verify`."""
    question = [*fastcgi.get_params(), ("HTTP_AUTHORIZATION", f"Bearer {token}")]
    return [sign_in(client, name), client.get("/users/me/", headers=bearer(token)),
            fastcgi.ask(server.socket("verify"), question)]


def spoil(server, name, column, expression, *values):
    with opened(server) as database:
        statement = f"UPDATE users SET {column} = {expression} WHERE username = ?"
        assert database.execute(statement, [*values, name]).rowcount == 1


def forget_everyone(server):
    with opened(server) as database:
        database.execute("DELETE FROM users")


@pytest.mark.parametrize(
    "column", ["id", "username", "username_key", "hashed_password", "is_active", "scope", "created_at",
               "email", "display_name", "is_imported", "groups", "email_verified"])
def test_15_1_row_that_makes_no_sense_ends_no_process_and_harms_nobody_else(loose, new_name, column):
    values = [(case, "?", [value]) for case, value in VALUES.items()] + [("latin-1", LATIN1, [])]
    if column == "id":      # which SQLite itself keeps to whole numbers
        values = [row for row in values if isinstance(row[2] and row[2][0], int)]
    with loose.client() as client:
        other = new_name()
        expect.json_body(register(client, other), 200)
        others_token = sign_in(client, other).json()["access_token"]
        for case, expression, bound in values:
            name = new_name()
            expect.json_body(register(client, name), 200)
            token = sign_in(client, name).json()["access_token"]
            spoil(loose, name, column, expression, *bound)

            answers = ask_three(loose, client, name, token)

            assert all(answer.status_code in (200, 401, 503) for answer in answers), case
            assert all(answer.json() for answer in answers[:2]), case
            assert not any("set-cookie" in answer.headers for answer in answers), case
            if column == "hashed_password":
                assert answers[0].status_code in (401, 503), case
            expect.json_body(client.get("/users/me/", headers=bearer(others_token)), 200)
            with opened(loose) as database:
                database.execute("DELETE FROM users WHERE username <> ? OR username IS NULL", [other])
        expect.json_body(sign_in(client, other), 200)
    forget_everyone(loose)


# What may stand in a grant's row; it is as loose as that of a user.
GRANTS = ("CREATE TABLE grants (gid PRIMARY KEY, user_id, session_id, client_id, scope, created_at, auth_at, factors,"
          " expires_at, revoked_at, reason, current, previous, salt, generation, rotated_at, run, counted, network, agent)")
IN_GRANTS = ["null", "empty", "fraction", "large fraction", "largest", "smallest", "text with NUL", "bytes",
             "bytes that are no text", "huge", "header", "control"]


@pytest.fixture(scope="module")
def loose_grants(front):
    """A server whose table of grants has lost its types and constraints."""
    with running(front, verify="revocation-aware", restricted_scopes="admin") as server:
        with opened(server) as database:
            database.execute("PRAGMA writable_schema = ON")
            database.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = 'grants'", [GRANTS])
        yield server


@pytest.mark.parametrize(
    "column", ["gid", "user_id", "client_id", "scope", "created_at", "expires_at", "revoked_at", "current", "previous",
               "salt", "generation", "rotated_at", "run", "counted", "network", "agent"])
def test_15_1_grant_that_makes_no_sense_ends_no_process_and_gives_nobody_more(loose_grants, new_name, column):
    with loose_grants.client() as client:
        name = new_name()
        expect.json_body(register(client, name), 200)
        others = sign_in(client, name).json()
        for case, value in [(case, VALUES[case]) for case in IN_GRANTS] + [("admin", "admin"), ("future", 2**40)]:
            given = sign_in(client, name).json()
            with opened(loose_grants) as database:
                assert database.execute(f"UPDATE grants SET {column} = ? WHERE rowid = (SELECT max(rowid) FROM grants)",
                                        [value]).rowcount == 1
            question = [*fastcgi.get_params(), ("HTTP_AUTHORIZATION", f"Bearer {given['access_token']}")]

            answers = [client.get("/users/me/", headers=bearer(given["access_token"])),
                       fastcgi.ask(loose_grants.socket("verify"), question),
                       client.post("/token", data={"grant_type": "refresh_token", "refresh_token": given["refresh_token"]})]

            assert all(answer.status_code in (200, 401, 503) for answer in answers[:2]), case
            assert answers[2].status_code in (200, 400, 503) and answers[2].json(), case
            assert not any("set-cookie" in answer.headers for answer in answers), case
            # No scope beyond what the user may have.
            assert answers[2].status_code != 200 or "admin" not in answers[2].json().get("scope", ""), case
            if column in ("gid", "user_id"):
                assert [answer.status_code for answer in answers] == [401, 401, 400], case
        expect.json_body(client.get("/users/me/", headers=bearer(others["access_token"])), 200)
        expect.json_body(sign_in(client, name), 200)
    forget_everyone(loose_grants)


SESSIONS = ("CREATE TABLE sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, digest UNIQUE, user_id, parent_id, origin, created_at,"
            " auth_at, factors, seen_at, idle, expires_at, network, agent)")


@pytest.fixture(scope="module")
def loose_sessions(front):
    """A server whose table of sessions has lost its types and constraints."""
    with running(front) as server:
        with opened(server) as database:
            database.execute("PRAGMA writable_schema = ON")
            database.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = 'sessions'", [SESSIONS])
        yield server


@pytest.mark.parametrize("column", ["digest", "user_id", "parent_id", "created_at", "auth_at", "seen_at", "idle", "expires_at",
                                    "network", "agent"])
def test_15_1_session_that_makes_no_sense_ends_no_process_and_gives_nobody_more(loose_sessions, new_name, column):
    server = loose_sessions
    with server.client() as client:
        name = new_name()
        expect.json_body(register(client, name), 200)
        other = Session(server, name)
        for case, value in [(case, VALUES[case]) for case in IN_GRANTS] + [("future", 2**40)]:
            session = Session(server, name)
            with opened(server) as database:
                assert database.execute(f"UPDATE sessions SET {column} = ? WHERE id = ?", [value, session.id]).rowcount == 1
                # The next sign-in looks at all of them.
                database.execute("DELETE FROM moments WHERE name LIKE 'session%'")

            answer = fastcgi.ask(server.socket("verify"), [*fastcgi.get_params(), ("HTTP_COOKIE", session.cookie)])
            signed_in = post(client, name)
            listed = server.command("session", "list", name)
            ended = server.command("session", "end", session.public_id)

            assert answer.status_code in (200, 401, 503), case
            assert signed_in.status_code == 303 and listed.returncode in (0, 1) and ended.returncode in (0, 1), case
            if column in ("digest", "user_id"):
                assert answer.status_code == 401, case
            with opened(server) as database:
                database.execute("DELETE FROM sessions WHERE id <> ?", [other.id])
            assert is_signed_in(client, other.value), case
        assert post(client, name).status_code == 303
    forget_everyone(server)


@pytest.mark.parametrize("value", [None, 0, -1, 2, "", "yes", b"\x01", HUGE],
                         ids=lambda value: repr(value)[:8])
def test_6_2_user_who_is_not_said_to_be_active_is_not(loose, new_name, value):
    name = new_name()
    with loose.client() as client:
        expect.json_body(register(client, name), 200)
        token = sign_in(client, name).json()["access_token"]
        spoil(loose, name, "is_active", "?", value)

        assert [answer.status_code for answer in ask_three(loose, client, name, token)] == [401, 401, 401]
    forget_everyone(loose)
