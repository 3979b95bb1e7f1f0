"""INSTALL, "Coming from FastAPI": each difference in its table is seen, and each of its commands is run as it stands."""

import contextlib
import json
import os
import pwd
import re
import secrets
import shutil
import sqlite3
import subprocess
import types

import fastapi
import fastapi.security
import fastapi.testclient
import jwt
import postgresql
import pytest

from conftest import PASSWORD, PATIENCE, TOP, Server, bearer, register, running, sign_in
from server import ACCOUNT, own
from tutorial import TutorialApp

pytestmark = pytest.mark.only_nginx("is about applications and their databases")


def chapter():
    """The sections of the chapter, title by title."""
    text = re.search(r"^Coming from FastAPI\n=+\n(.*?)^[^\n]+\n=+\n", (TOP / "INSTALL").read_text(), re.M | re.S)[1]
    parts = re.split(r"^([^\n]+)\n-+\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


CHAPTER = chapter()


def indented(title):
    """The indented lines of a section, in blocks."""
    (title,) = [known for known in CHAPTER if known.startswith(title)]
    return [re.sub(r"^\t", "", block, flags=re.M) for block in re.findall(r"(?:^\t.*\n)+", CHAPTER[title], re.M)]


# -- Whose wire it is -----------------------------------------------------------------------

WORLDS = ["tutorial", "dialect = fastapi", "dialect = rfc"]


def table():
    """What INSTALL says: point by point what is seen in each world."""
    head, *lines = indented("Whose wire it is")[0].splitlines()
    starts = [head.index(world) for world in WORLDS]
    return {line[:starts[0]].rstrip(): dict(zip(WORLDS, (
        line[start:end].strip() for start, end in zip(starts, [*starts[1:], None])))) for line in lines}


class Scoped:
    """The scopes of the tutorial's last chapter on security, as far as they answer to a token without the scope."""

    @staticmethod
    def client():
        app = fastapi.FastAPI()
        oauth2_scheme = fastapi.security.OAuth2PasswordBearer(tokenUrl="token", scopes={"me": "Read it."})

        async def get_current_user(security_scopes: fastapi.security.SecurityScopes, token: str = fastapi.Depends(oauth2_scheme)):
            payload = jwt.decode(token, "secret", algorithms=["HS256"])
            for scope in security_scopes.scopes:
                if scope not in payload.get("scope", "").split(" "):
                    raise fastapi.HTTPException(
                        status_code=fastapi.status.HTTP_401_UNAUTHORIZED, detail="Not enough permissions",
                        headers={"WWW-Authenticate": f'Bearer scope="{security_scopes.scope_str}"'})

        @app.get("/users/me/")
        async def read_users_me(user: None = fastapi.Security(get_current_user, scopes=["me"])):
            return {}

        return fastapi.testclient.TestClient(app)

    @staticmethod
    def token():
        return jwt.encode({"sub": "alice", "scope": ""}, "secret", algorithm="HS256")


@contextlib.contextmanager
def tutorial_world(directory):
    database = directory / "sql_app.db"
    app = TutorialApp(database)

    def disable(name):
        with contextlib.closing(sqlite3.connect(database, timeout=PATIENCE)) as connection, connection:
            connection.execute("UPDATE users SET is_active = 0 WHERE username = ?", [name])

    try:
        with app.client() as client:
            yield types.SimpleNamespace(client=client, disable=disable, scoped=Scoped.client(), unscoped_token=Scoped.token)
    finally:
        app.stop()


@contextlib.contextmanager
def our_world(dialect):
    with running("plain", dialect=dialect, attempts="yes") as server, server.client() as client, \
            running("plain", dialect=dialect, scopes="me", me_scope="me") as scoped_server, scoped_server.client() as scoped:
        def disable(name):
            assert server.command("user", "disable", name).returncode == 0

        def unscoped_token():
            register(scoped, "alice")
            return sign_in(scoped, "alice").json()["access_token"]

        yield types.SimpleNamespace(client=client, disable=disable, scoped=scoped, unscoped_token=unscoped_token)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    with tutorial_world(tmp_path_factory.mktemp("tutorial")) as tutorial, our_world("fastapi") as ours, our_world("rfc") as rfc:
        for world in (tutorial, ours, rfc):
            register(world.client, "johndoe")
            world.token = sign_in(world.client, "johndoe").json()["access_token"]
            world.claims = jwt.decode(world.token, options={"verify_signature": False})
        yield dict(zip(WORLDS, (tutorial, ours, rfc)))


def sixth_wrong_password(world):
    register(world.client, "guessed")
    return [sign_in(world.client, "guessed", f"wrong {number}").status_code for number in range(6)][-1]


def names_without_case(world):
    register(world.client, "alice")
    return {200: "two users", 409: "one user"}[register(world.client, "Alice").status_code]


def disabled_token(world):
    register(world.client, "gone")
    token = sign_in(world.client, "gone").json()["access_token"]
    world.disable("gone")
    return world.client.get("/users/me/", headers=bearer(token)).status_code


def disabled_sign_in(world):
    register(world.client, "leaving")
    world.disable("leaving")
    return sign_in(world.client, "leaving").status_code


def unknown_scope(world):
    answer = sign_in(world.client, "johndoe", scope="items")
    return "ignored" if answer.status_code == 200 and not answer.json().get("scope") else answer.status_code


def challenge(world):
    scheme, _, rest = world.client.get("/users/me/").headers["WWW-Authenticate"].partition(" ")
    assert scheme == "Bearer"
    return "realm" if rest.startswith("realm=") else "no parameter"


def error_members(world):
    members = sign_in(world.client, "johndoe", "wrong").json().keys() - {"error_description"}
    return ", ".join(sorted(members))


def further_members(world):
    body = sign_in(world.client, "johndoe").json()
    return ", ".join(sorted(body.keys() - {"access_token", "token_type", "refresh_token"})) or "-"


def refresh_token(world):
    return "yes" if "refresh_token" in sign_in(world.client, "johndoe").json() else "no"


def subject(world):
    uid = world.claims.get("uid")
    return {"johndoe": "the name", str(uid): "the id"}[world.claims["sub"]]


def other_origin(world):
    answer = world.client.get("/users/me/", headers={**bearer(world.token), "Origin": "https://app.example.org"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    return "allowed_origins" if "uid" in world.claims else "CORSMiddleware"


POINTS = {
    "wrong password": lambda world: sign_in(world.client, "johndoe", "wrong").status_code,
    "no password at /token": lambda world: world.client.post("/token", data={"username": "johndoe"}).status_code,
    "a new user": lambda world: register(world.client, "new").status_code,
    "a name that is taken": lambda world: register(world.client, "johndoe").status_code,
    "a password of three characters": lambda world: register(world.client, "short", "abc").status_code,
    "Alice and alice": names_without_case,
    "a disabled user signs in": disabled_sign_in,
    "a disabled user's token": disabled_token,
    "the sixth wrong password in a row": sixth_wrong_password,
    "a token without the scope":
        lambda world: world.scoped.get("/users/me/", headers=bearer(world.unscoped_token())).status_code,
    "a scope that nobody has configured": unknown_scope,
    "a multipart form at /token": lambda world: world.client.post(
        "/token", files={"username": (None, "johndoe"), "password": (None, PASSWORD)}).status_code,
    "JSON at /token":
        lambda world: world.client.post("/token", json={"username": "johndoe", "password": PASSWORD}).status_code,
    "/users/me without the slash": lambda world: world.client.get("/users/me", headers=bearer(world.token)).status_code,
    "Bearer challenge": challenge,
    "an error at /token has": error_members,
    "a token answer also has": further_members,
    "a refresh token comes with it": refresh_token,
    "sub is": subject,
    "aud is": lambda world: world.claims.get("aud", "-"),
    "pages of other origins: by": other_origin,
}


def test_14_the_table_of_differences_has_no_line_that_is_not_looked_at():
    assert list(table()) == list(POINTS)


@pytest.mark.parametrize("point", POINTS)
def test_14_the_three_worlds_differ_as_the_table_says(worlds, point):
    assert {name: str(POINTS[point](world)) for name, world in worlds.items()} == table()[point]


# -- The commands ---------------------------------------------------------------------------

# Of PASSWORD, at little cost.
BCRYPT = "$2b$04$LYRe7r/av2j4KXu44RW8ROulZqi26KkoOcte/a1NIjMOowmJIZAui"
ARGON2 = "$argon2id$v=19$m=64,t=1,p=1$le1oHMLEvoI6eGchGrWcIA$ItNLL7TvJ8SaNsBHTwGZlw"
ALICE, BOB = "alice@example.org", "Bob@Example.org"

# What SQLAlchemy makes of the classes in these chapters, and what they have written.
SQL_TUTORIAL = f"""
    PRAGMA journal_mode = WAL;
    CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR, hashed_password VARCHAR, is_active BOOLEAN, PRIMARY KEY (id));
    CREATE UNIQUE INDEX ix_users_email ON users (email);
    CREATE INDEX ix_users_id ON users (id);
    CREATE TABLE items (id INTEGER NOT NULL, title VARCHAR, owner_id INTEGER, PRIMARY KEY (id),
        FOREIGN KEY(owner_id) REFERENCES users (id));
    INSERT INTO users VALUES (3, '{ALICE}', '{BCRYPT}', 1), (5, '{BOB}', '{ARGON2}', 1), (6, 'carol@example.org', '{BCRYPT}', 0);
    INSERT INTO items VALUES (1, 'a lamp', 5);
"""
SECURITY_TUTORIAL = f"""
    CREATE TABLE user (id INTEGER NOT NULL, username VARCHAR NOT NULL, email VARCHAR, full_name VARCHAR,
        hashed_password VARCHAR NOT NULL, disabled BOOLEAN NOT NULL, PRIMARY KEY (id));
    CREATE UNIQUE INDEX ix_user_username ON user (username);
    INSERT INTO user VALUES (1, 'johndoe', 'johndoe@example.com', 'John Doe', '{ARGON2}', 0),
        (2, 'alice', 'alice@example.com', NULL, '{BCRYPT}', 1);
"""
TEMPLATE = f"""
    CREATE TABLE "user" (email VARCHAR(255) NOT NULL, is_active BOOLEAN NOT NULL, is_superuser BOOLEAN NOT NULL,
        full_name VARCHAR(255), id UUID NOT NULL, hashed_password VARCHAR NOT NULL, created_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (id));
    CREATE UNIQUE INDEX ix_user_email ON "user" (email);
    INSERT INTO "user" VALUES
        ('admin@example.com', true, true, NULL, '8d5e9c58-6e3f-4b58-a1a5-9a3f7e2c6b01', '{BCRYPT}', '2024-01-02 03:04:05+00'),
        ('{ALICE}', true, false, 'Alice, "Al" Liddell', '0f8f2f61-6f3c-4f0e-8d0f-2f6a1f6a7d02', '{ARGON2}', NULL),
        ('gone@example.org', false, false, '', '5a2cb3a3-95d1-4b23-8c61-3f2e0c9c1e03', '{ARGON2}', now());
"""


class Place:
    """An application's directory beside a bearward that was set up as INSTALL says, up to the chapter."""

    def __init__(self, directory):
        self.directory = directory
        self.server = Server("plain")
        self.programs = directory / "programs"
        self.programs.mkdir()
        (self.programs / "bearward").symlink_to(self.server.program)
        (self.programs / "apt-get").symlink_to("/bin/true")
        self.server.state.mkdir(mode=0o700)
        # Whoever types the commands is root, if the tests are; the service never is.
        own(self.server.directory, self.server.conf, self.server.state)
        self.account = ACCOUNT if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    def make(self, name, script):
        with contextlib.closing(sqlite3.connect(self.directory / name)) as database:
            database.executescript(script)

    def run(self, title, block=None, **variables):
        """Types what stands in a section, in the application's directory; the paths are those of this place."""
        blocks = indented(title) if block is None else [indented(title)[block]]
        return self.type("".join(blocks).replace("/var/lib/bearward", str(self.server.state)).replace(
            "/etc/bearward/bearward.conf", str(self.server.conf)), **variables)

    def type(self, script, **variables):
        done = subprocess.run(
            ["bash", "-euc", script], cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
            env={**self.server.environment, "BEARWARD_CONF": str(self.server.conf), "user": self.account,
                 "PATH": f"{self.programs}:{os.environ['PATH']}", **variables})
        assert done.returncode == 0, done.stdout
        return done.stdout

    def init(self):
        assert self.server.command("init").returncode == 0

    def contains(self, text):
        """The files of both programs in which a text stands."""
        files = [path for top in (self.directory, self.server.state) for path in top.rglob("*")
                 if path.is_file() and self.programs not in path.parents]
        return sorted(path.name for path in files if text.encode() in path.read_bytes())


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.server.stop()
    place.server.remove()


def me(client, name, password=PASSWORD, **form):
    """What /users/me/ says to a user who signs in; None: cannot sign in."""
    answer = sign_in(client, name, password, **form)
    return client.get("/users/me/", headers=bearer(answer.json()["access_token"])).json() if answer.status_code == 200 else None


@contextlib.contextmanager
def started_client(place):
    place.server.start()
    with place.server.client() as client:
        yield client


def test_users_of_the_sql_tutorial_move_over_with_their_addresses_and_ids(place):
    place.make("sql_app.db", SQL_TUTORIAL)
    place.init()

    told = place.run("The SQL tutorial")

    assert "nothing was changed (--dry-run)" in told
    assert "3 read: 3 taken" in told
    with started_client(place) as client:
        assert me(client, ALICE) == {"id": 3, "username": ALICE, "is_active": True}
        assert me(client, BOB.lower()) == {"id": 5, "username": BOB, "is_active": True}
        assert me(client, "carol@example.org") is None
        assert me(client, ALICE, "not the password") is None
        assert register(client, "new@example.org").json()["id"] == 7


def test_users_of_the_security_tutorial_move_over_with_their_names_and_addresses(place):
    place.make("database.db", SECURITY_TUTORIAL)
    place.init()

    place.run("The security tutorial")

    with started_client(place) as client:
        assert me(client, "johndoe") == {
            "id": 1, "username": "johndoe", "is_active": True, "email": "johndoe@example.com", "full_name": "John Doe",
            "disabled": False}
        assert me(client, "alice") is None


@pytest.fixture
def template_database():
    """The address of the template's database in a PostgreSQL."""
    address = postgresql.shared().create("template")
    postgresql.shared().psql(TEMPLATE, "template", postgresql.USER)
    yield address
    postgresql.shared().drop("template")


def test_users_of_the_full_stack_template_move_over_with_their_roles(place, template_database):
    place.init()

    told = place.run("The full-stack template", 0, DATABASE_URL=template_database)

    assert "3 read: 3 taken" in told
    assert "users.csv" not in os.listdir(place.directory)
    with started_client(place) as client:
        assert me(client, ALICE) == {"id": 2, "username": ALICE, "is_active": True}
        assert me(client, "gone@example.org") is None
        assert sign_in(client, "admin@example.com", scope="admin").json()["scope"] == "admin"
        assert sign_in(client, ALICE, scope="admin").status_code == 400
    (shown,) = map(json.loads, place.server.command("user", "show", ALICE, "--json").stdout.splitlines())
    assert (shown["email"], shown["display_name"]) == (ALICE, 'Alice, "Al" Liddell')


def read_items(database):
    """What the SQL tutorial's application reads where it shows whose an item is."""
    with contextlib.closing(sqlite3.connect(database, timeout=PATIENCE)) as connection:
        return connection.execute("SELECT title, email, is_active FROM items JOIN users ON users.id = owner_id").fetchall()


@pytest.mark.sqlite("takes a file over in place")
def test_an_application_goes_on_with_its_file_in_place(place):
    place.make("sql_app.db", SQL_TUTORIAL)
    before = read_items(place.directory / "sql_app.db")

    told = place.run("In place")

    assert "bearward.db.before-takeover" in told
    with started_client(place) as client:
        assert me(client, ALICE) == {"id": 3, "username": ALICE, "is_active": True}
        assert me(client, BOB.lower()) == {"id": 5, "username": BOB, "is_active": True}
        assert me(client, "carol@example.org") is None
        assert register(client, "new@example.org").json()["id"] == 7
        assert read_items(place.server.database) == before == [("a lamp", BOB, 1)]


@pytest.mark.sqlite("takes a file over in place")
def test_the_last_users_in_the_log_of_an_application_are_not_lost(place):
    """Of one that was killed: they stand in -wal, and in no other file."""
    place.make("sql_app.db", SQL_TUTORIAL)
    database = place.directory / "sql_app.db"
    with contextlib.closing(sqlite3.connect(database)) as application:
        application.execute("PRAGMA wal_autocheckpoint = 0")
        with application:
            application.execute("INSERT INTO users VALUES (9, 'late@example.org', ?, 1)", [BCRYPT])
        for end in ("", "-wal"):
            shutil.copy(f"{database}{end}", place.directory / f"killed{end}")
    for end in ("", "-wal"):
        shutil.move(place.directory / f"killed{end}", f"{database}{end}")

    place.run("In place")

    with started_client(place) as client:
        assert me(client, "late@example.org")["id"] == 9


def test_clients_stay_signed_in_with_the_tokens_of_the_application(place):
    place.make("sql_app.db", SQL_TUTORIAL)
    place.init()
    place.run("The SQL tutorial")
    secret = secrets.token_hex(32)

    place.run("Clients that hold tokens", SECRET_KEY=secret)

    with started_client(place) as client:
        old = jwt.encode({"sub": ALICE, "exp": 4102444800.5}, secret, algorithm="HS256")
        assert client.get("/users/me/", headers=bearer(old)).json()["id"] == 3
        new = sign_in(client, ALICE).json()["access_token"]
        kids = [json.loads(line)["kid"] for line in place.server.command("key", "list").stdout.splitlines()]
        assert len(kids) == 2 and (place.server.state / "keys" / kids[0]).read_text().strip() == secret
        assert jwt.decode(new, secret, algorithms=["HS256"])["sub"] == ALICE
        assert register(client, "new@example.org").status_code == 200
        forged = jwt.encode({"sub": "new@example.org", "exp": 4102444800}, secret, algorithm="HS256")
        assert client.get("/users/me/", headers=bearer(forged)).status_code == 401


def test_a_front_end_on_another_origin_may_ask_once_it_is_named(place):
    place.init()
    place.run("What the application does from now on", 0)

    with started_client(place) as client:
        asked = {"Origin": "https://app.example.org", "Access-Control-Request-Method": "POST"}
        assert client.options("/token", headers=asked).headers["Access-Control-Allow-Origin"] == "https://app.example.org"
        other = client.options("/token", headers={**asked, "Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.sqlite("is about its file")
def test_the_old_hashes_are_nowhere_once_they_have_been_removed(place):
    place.make("sql_app.db", SQL_TUTORIAL)
    place.init()
    place.run("The SQL tutorial")
    with started_client(place) as client:
        assert me(client, ALICE) and me(client, BOB)
    place.server.command("user", "delete", "carol@example.org")
    assert place.contains(BCRYPT)

    place.run("The old hashes", 0)

    left = place.contains(BCRYPT) + place.contains(ARGON2)
    assert set(left) <= {"bearward.db", "bearward.db-wal"}
    assert read_items(place.directory / "sql_app.db") == [("a lamp", BOB, 1)]


@pytest.mark.sqlite("takes a file over in place")
def test_the_copy_that_a_takeover_makes_has_all_the_old_hashes(place):
    place.make("sql_app.db", SQL_TUTORIAL)
    place.run("In place")
    assert "bearward.db.before-takeover" in place.contains(BCRYPT)

    place.run("The old hashes", 1)

    assert not (place.server.state / "bearward.db.before-takeover").exists()
    assert place.server.command("check-config").returncode == 0


# -- What is taken over, and what is not ----------------------------------------------------

EVERYTHING = f"""
    CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR, email VARCHAR, full_name VARCHAR,
        hashed_password VARCHAR, is_active BOOLEAN, is_superuser BOOLEAN, date_joined DATETIME, shoe_size INTEGER);
    CREATE TABLE sessions (id INTEGER NOT NULL PRIMARY KEY, user_id INTEGER REFERENCES users (id));
    INSERT INTO users VALUES (4, 'alice', '{ALICE}', 'Alice Liddell', '{ARGON2}', 1, 1, '2024-01-02 03:04:05', 39),
        (5, 'bob', NULL, NULL, '{BCRYPT}', 0, 0, NULL, NULL);
    INSERT INTO sessions VALUES (1, 4);
"""
SCOPE = ("--scope-column", "is_superuser=admin")


def import_everything(place):
    place.init()
    return place.server.command("import", "--from", *SCOPE, place.directory / "app.db")


def take_over_everything(place):
    shutil.copy(place.directory / "app.db", place.server.database)
    place.server.database.chmod(0o600)
    own(place.server.database)
    return place.server.command("init", *SCOPE)


@pytest.mark.parametrize("way, move", [
    pytest.param("import", import_everything, id="import"),
    pytest.param("in place", take_over_everything, id="in place", marks=pytest.mark.sqlite("takes a file over in place"))])
def test_what_is_taken_over_and_what_is_not(place, way, move):
    place.server.write_settings(restricted_scopes="admin", profile="yes")
    place.make("app.db", EVERYTHING)
    before = (place.directory / "app.db").read_bytes()

    done = move(place)

    assert done.returncode == 0, done.stderr
    users = {user["username"]: user for user in map(json.loads, place.server.command(
        "user", "list", "--json").stdout.splitlines())}
    assert users["alice"] == {"id": 4, "username": "alice", "is_active": True, "scope": "admin", "created_at": 1704164645,
                              "email": ALICE, "email_verified": False, "display_name": "Alice Liddell", "groups": "",
                              "last_sign_in_at": None}
    assert not users["bob"]["is_active"] and users["bob"]["created_at"] is None
    tables = place.server.storage.tables()
    assert place.server.query("SELECT hashed_password FROM users WHERE id = 4") == [(ARGON2,)]
    assert ("shoe_size" in tables["users"], "old_sessions" in tables) == ((False, False) if way == "import" else (True, True))
    assert (place.directory / "app.db").read_bytes() == before
    with started_client(place) as client:
        assert me(client, "alice")["full_name"] == "Alice Liddell"
        assert me(client, "bob") is None


# -- README ---------------------------------------------------------------------------------


def test_the_commands_of_the_readme_import_into_the_instance_that_runs(place):
    place.make("sql_app.db", SQL_TUTORIAL)
    section = re.search(r"^## Coming from FastAPI\n.*?^```sh\n(.*?)^```", (TOP / "README.md").read_text(), re.M | re.S)[1]
    script = section.replace("./bearward", "bearward").replace("../app/", "").replace("var/", f"{place.server.directory}/")

    with started_client(place) as client:
        told = place.type(script)

        token = sign_in(client, ALICE).json()["access_token"]
    assert "nothing was changed (--dry-run)" in told
    assert jwt.decode(token, told.splitlines()[-1], algorithms=["HS256"])["sub"] == ALICE
