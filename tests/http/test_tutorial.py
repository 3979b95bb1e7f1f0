"""A peer of the FastAPI tutorial: it understands our tokens, we take its users over, its clients move."""

import json
import shutil
import sqlite3
import time

import jwt
import pytest
from conftest import Server, bearer, register, sign_in
from tutorial import SECRET_KEY, TutorialApp, import_secret

pytestmark = [pytest.mark.only_nginx("is about the tutorial and its database"),
              pytest.mark.plain("is about what another program has"), pytest.mark.sqlite("takes a file over in place")]

COUNT_OF_USERS = "SELECT count(*) FROM users"


@pytest.fixture(scope="module")
def tutorial_database(tmp_path_factory):
    """What the tutorial's application has written by itself; not to be written to."""
    path = tmp_path_factory.mktemp("tutorial") / "sql_app.db"
    app = TutorialApp(path)
    with app.client() as client:
        for name in ("Alice", "bob", "two words"):
            assert register(client, name).status_code == 200
    app.stop()
    return path


@pytest.fixture(scope="module")
def app(tutorial_database, tmp_path_factory):
    """The application itself, with the same users and time to answer for all tests of this file."""
    app = TutorialApp(shutil.copy(tutorial_database, tmp_path_factory.mktemp("app") / "sql_app.db"))
    yield app
    app.stop()


@pytest.fixture
def prepare(tutorial_database):
    """A function that gives a server, not started, whose database is a copy of the tutorial's."""
    made = []

    def prepare(build="plain", changes="", **settings):
        server = Server(build, **settings)
        made.append(server)
        server.state.mkdir(mode=0o700)
        shutil.copy(tutorial_database, server.database)
        server.database.chmod(0o600)
        with sqlite3.connect(server.database) as database:
            database.executescript(changes)
        database.close()
        return server

    yield prepare
    for server in made:
        server.stop()
        server.remove()


def rows(server, query, *values):
    database = sqlite3.connect(server.database)
    try:
        return database.execute(query, values).fetchall()
    finally:
        database.close()


def dump(path):
    database = sqlite3.connect(path)
    try:
        return list(database.iterdump())
    finally:
        database.close()


def stored_hash(server, name):
    return rows(server, "SELECT hashed_password FROM users WHERE username = ?", name)[0][0]


# -- Tokens ---------------------------------------------------------------------------------


def test_4_2_a_verifier_copied_from_the_tutorial_accepts_our_token(app, prepare):
    server = prepare()
    import_secret(server)
    server.start()
    with server.client() as ours, app.client() as theirs:
        token = sign_in(ours, "Alice").json()["access_token"]

        answer = theirs.get("/users/me/", headers=bearer(token))

    assert answer.status_code == 200, answer.text
    assert answer.json() == {"id": 1, "username": "Alice", "is_active": True}


def test_4_2_a_verifier_that_knows_the_audience_accepts_a_token_that_names_it(start_server):
    server = start_server(audience="https://api.example.org")
    (key,) = (server.state / "keys").iterdir()
    with server.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["access_token"]

    claims = jwt.decode(
        token, key.read_text().strip(), algorithms=["HS256"], audience="https://api.example.org")

    assert claims["sub"] == "alice"
    assert claims["aud"] == "https://api.example.org"


def test_4_2_a_tutorial_token_is_accepted_where_the_setting_and_the_secret_allow_it(app, prepare):
    server = prepare(accept_tutorial_tokens="yes")
    import_secret(server)
    server.start()
    with server.client() as ours, app.client() as theirs:
        token = sign_in(theirs, "Alice").json()["access_token"]

        answer = ours.get("/users/me/", headers=bearer(token))

    assert answer.status_code == 200
    assert answer.json() == {"id": 1, "username": "Alice", "is_active": True}


def test_4_2_a_tutorial_token_may_expire_within_a_second(prepare):
    server = prepare(accept_tutorial_tokens="yes")
    import_secret(server)
    server.start()
    now = time.time()
    tokens = [jwt.encode({"sub": "Alice", "exp": exp, "iat": now, "nbf": now - 60.5}, SECRET_KEY)
              for exp in (now + 600.25, now - 1.75)]

    with server.client() as ours:
        statuses = [ours.get("/users/me/", headers=bearer(token)).status_code for token in tokens]

    assert statuses == [200, 401]


def test_4_2_a_name_registered_anew_does_not_inherit_a_tutorial_token(app, prepare):
    server = prepare(accept_tutorial_tokens="yes")
    import_secret(server)
    server.start()
    with server.client() as ours, app.client() as theirs:
        token = sign_in(theirs, "bob").json()["access_token"]
        before = ours.get("/users/me/", headers=bearer(token))
        assert server.command("user", "delete", "bob").returncode == 0
        gone = ours.get("/users/me/", headers=bearer(token))
        assert register(ours, "bob").status_code == 200

        after = ours.get("/users/me/", headers=bearer(token))

        own = ours.get("/users/me/", headers=bearer(sign_in(ours, "bob").json()["access_token"]))
    assert before.json()["id"] == 2
    assert (gone.status_code, after.status_code) == (401, 401)
    assert own.status_code == 200


def test_4_2_a_tutorial_token_is_refused_by_default(app, prepare):
    server = prepare()
    import_secret(server)
    server.start()
    with server.client() as ours, app.client() as theirs:
        token = sign_in(theirs, "Alice").json()["access_token"]

        answer = ours.get("/users/me/", headers=bearer(token))

    assert answer.status_code == 401


def test_4_2_a_tutorial_token_is_refused_without_its_secret(app, prepare):
    server = prepare(accept_tutorial_tokens="yes").start()
    with server.client() as ours, app.client() as theirs:
        token = sign_in(theirs, "Alice").json()["access_token"]

        answer = ours.get("/users/me/", headers=bearer(token))

    assert answer.status_code == 401


# -- Taking the database over ---------------------------------------------------------------


def test_15_5_users_of_the_tutorial_sign_in_unchanged_and_keep_their_ids(build, prepare):
    server = prepare(build).start()

    with server.client() as client:
        for number, name in enumerate(("Alice", "bob", "two words"), 1):
            token = sign_in(client, name).json()["access_token"]
            answer = client.get("/users/me/", headers=bearer(token))

            assert answer.json() == {"id": number, "username": name, "is_active": True}
        new = register(client, "carol").json()
    assert new["id"] == 4


def test_3_4_a_taken_over_user_with_a_wrong_password_is_refused(prepare):
    server = prepare().start()

    with server.client() as client:
        answer = sign_in(client, "Alice", "not the password")

    assert answer.status_code == 401
    assert stored_hash(server, "Alice").startswith("$2b$")


def test_15_5_a_bcrypt_hash_is_replaced_at_the_first_sign_in_and_the_next_one_still_works(prepare):
    server = prepare().start()
    before = stored_hash(server, "Alice")

    with server.client() as client:
        first = sign_in(client, "Alice")
        after = stored_hash(server, "Alice")
        second = sign_in(client, "Alice")
        wrong = sign_in(client, "Alice", "not the password")

    assert before.startswith("$2b$")
    assert (first.status_code, second.status_code, wrong.status_code) == (200, 200, 401)
    assert after.startswith("$s1$")
    assert stored_hash(server, "bob").startswith("$2b$")


def test_15_5_the_database_is_copied_before_it_is_taken_over(prepare):
    server = prepare()
    before = dump(server.database)

    done = server.command("init")

    copy = server.state / "bearward.db.before-takeover"
    assert done.returncode == 0, done.stderr
    assert dump(copy) == before
    assert copy.stat().st_mode & 0o077 == 0


def test_15_5_a_second_init_leaves_what_was_taken_over(prepare):
    server = prepare()
    server.command("init")
    before = rows(server, "SELECT id, username, hashed_password, is_active FROM users ORDER BY id")

    done = server.command("init")

    assert done.returncode == 0
    assert rows(server, "SELECT id, username, hashed_password, is_active FROM users ORDER BY id") == before


COLLISIONS = {
    "case": ("Alice", "alice"),
    "width": ("bob", "ｂｏｂ"),
    "normal form": ("Zoë", "Zoe\u0308"),
}


@pytest.mark.parametrize("names", COLLISIONS.values(), ids=COLLISIONS)
def test_5_3_colliding_names_are_reported_and_the_database_stays_as_it_is(prepare, names):
    server = prepare(changes="".join(
        f"INSERT OR IGNORE INTO users(username, hashed_password, is_active) VALUES ('{name}', 'x', 1);"
        for name in names))
    before = server.database.read_bytes()

    done = server.command("init")

    assert done.returncode == 1
    for name in names:
        assert name in done.stdout + done.stderr
    assert server.database.read_bytes() == before


def test_5_3_a_takeover_succeeds_once_the_colliding_name_is_changed(prepare):
    server = prepare(changes="INSERT INTO users(username, hashed_password, is_active) VALUES ('ALICE', 'x', 1);")
    assert server.command("init").returncode == 1
    with sqlite3.connect(server.database) as database:
        database.execute("UPDATE users SET username = 'alice2' WHERE username = 'ALICE'")
    database.close()

    done = server.command("init")

    assert done.returncode == 0, done.stderr
    assert rows(server, COUNT_OF_USERS) == [(4,)]


def test_5_2_a_name_that_is_refused_today_keeps_working_in_its_exact_spelling_only(prepare):
    server = prepare().start()

    with server.client() as client:
        exact = sign_in(client, "two words")
        other = sign_in(client, "Two Words")
        anew = register(client, "two words")

    assert exact.status_code == 200
    assert other.status_code == 401
    assert anew.status_code == 422


def test_3_4_an_ordinary_name_that_was_taken_over_is_looked_up_in_any_case(prepare):
    server = prepare().start()

    with server.client() as client:
        answer = sign_in(client, "ALICE")
        again = register(client, "alice")

    assert answer.status_code == 200
    assert again.status_code == 409


def test_3_4_a_disabled_user_of_the_tutorial_stays_disabled(prepare):
    server = prepare(changes="UPDATE users SET is_active = 0 WHERE username = 'bob';").start()

    with server.client() as client:
        answer = sign_in(client, "bob")

    assert answer.status_code == 401


def test_15_5_columns_of_the_application_s_own_keep_their_values(prepare):
    server = prepare(changes="""
        ALTER TABLE users ADD COLUMN full_name TEXT;
        UPDATE users SET full_name = 'Alice Liddell' WHERE username = 'Alice';""")

    done = server.command("init")

    assert done.returncode == 0, done.stderr
    assert rows(server, "SELECT full_name FROM users ORDER BY id") == [("Alice Liddell",), (None,), (None,)]


def test_15_5_hashes_of_a_kind_nobody_knows_are_reported_and_admit_nobody(prepare):
    server = prepare(changes="UPDATE users SET hashed_password = '$argon2d$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA' "
                             "WHERE username = 'bob';")
    done = server.command("init")
    server.start()

    with server.client() as client:
        answer = sign_in(client, "bob")

    assert done.returncode == 0
    assert "1" in done.stdout + done.stderr
    assert answer.status_code == 401


def test_15_5_a_file_that_is_no_database_is_refused_and_stays_as_it_is(prepare):
    server = prepare()
    server.database.write_bytes(b"this is not a database, but somebody may still want it\n" * 50)
    before = server.database.read_bytes()

    done = server.command("init")

    assert done.returncode == 1
    assert server.database.read_bytes() == before


# -- Clients --------------------------------------------------------------------------------


def tutorial_client(client):
    """What a program written for the tutorial does, and what it looks at in the answers."""
    seen = {}

    def see(step, answer, *members):
        body = answer.json()
        detail = body.get("detail")
        if isinstance(detail, list):
            detail = sorted(entry["loc"] for entry in detail)
        seen[step] = (
            answer.status_code, answer.headers["Content-Type"], {name: body[name] for name in members},
            detail, answer.headers.get("WWW-Authenticate", "").split(" ")[0])
        return body

    see("register", register(client, "johndoe"), "username", "is_active")
    see("register without password", client.post("/users/", json={"username": "johndoe"}))
    see("register with a list", client.post("/users/", json=["johndoe"]))
    see("register with a number", client.post("/users/", json={"username": "x", "password": {}}))
    see("wrong password", sign_in(client, "johndoe", "wrong"))
    see("nobody", sign_in(client, "nobody"))
    see("no password", client.post("/token", data={"username": "johndoe"}))
    see("nothing", client.post("/token", data={"grant_type": "password"}))
    token = see("sign in", sign_in(client, "johndoe", grant_type="password", client_id="", client_secret=""),
                "token_type")["access_token"]
    see("sign in without grant_type", sign_in(client, "johndoe"), "token_type")
    see("who am I", client.get("/users/me/", headers=bearer(token)), "username", "is_active")
    see("without slash", client.get("/users/me", headers=bearer(token), follow_redirects=True), "username")
    see("no token", client.get("/users/me/"))
    see("wrong scheme", client.get("/users/me/", headers={"Authorization": f"Basic {token}"}))
    see("wrong token", client.get("/users/me/", headers=bearer("nonsense")))
    see("wrong method", client.post("/users/me/"))
    see("wrong path", client.get("/nowhere"))
    return seen


def test_1_4_a_client_of_the_tutorial_sees_the_same_from_both(app, prepare):
    server = prepare().start()

    with server.client() as client:
        ours = tutorial_client(client)
    with app.client() as client:
        theirs = tutorial_client(client)

    assert json.dumps(ours, indent=1) == json.dumps(theirs, indent=1)
