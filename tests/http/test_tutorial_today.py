"""A peer like today's FastAPI tutorial, with argon2, email, full_name and disabled: it runs beside us, both ways."""

import shutil
import sys

import pypi
import pytest
from conftest import PASSWORD, Server, bearer, sign_in
from tutorial import TutorialApp, import_secret

pytestmark = pytest.mark.only_nginx("is about the tutorial and its database")

# FastAPI of Debian, with argon2-cffi in the place of pwdlib; and what PyPI has today.
INTERPRETERS = {"debian": lambda: sys.executable, "pypi": pypi.python}
JOHN = {"username": "johndoe", "email": "johndoe@example.com", "full_name": "John Doe", "disabled": False}
ALICE = {"username": "alice", "email": "alice@example.com", "full_name": "Alice Wonderson", "disabled": True}
BOB = {"username": "bob", "email": None, "full_name": None, "disabled": False}
DORA = {**BOB, "username": "dora"}


@pytest.fixture(scope="module", params=INTERPRETERS)
def start_app(request):
    """A function that starts the application on a database."""
    interpreter = INTERPRETERS[request.param]()
    started = []

    def start(database):
        started.append(TutorialApp(database, "tutorial_app_today", interpreter))
        return started[-1]

    yield start
    for app in started:
        app.stop()


@pytest.fixture(scope="module")
def app(start_app, tmp_path_factory):
    """The application with its users, whom it has registered itself; it runs on while they are taken over."""
    database = tmp_path_factory.mktemp("today") / "app.db"
    app = start_app(database)
    app.database = database
    with app.client() as client:
        for user in (JOHN, ALICE, BOB, DORA):
            assert client.post("/users/", json={**user, "password": PASSWORD}).json() == user
    return app


def take_over_in_place(server, database):
    server.state.mkdir(mode=0o700)
    shutil.copy(database, server.database)
    import_secret(server)


def import_users(server, database):
    import_secret(server)
    done = server.command("import", "--from", database)
    assert done.returncode == 0, done.stderr


IN_PLACE = pytest.param(take_over_in_place, marks=pytest.mark.sqlite("takes a file over in place"))


@pytest.fixture(scope="module", params=[IN_PLACE, import_users], ids=lambda way: way.__name__)
def service(request, app):
    """A bearward that has the application's users and its secret."""
    server = Server("plain", accept_tutorial_tokens="yes", profile="yes")
    request.param(server, app.database)
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def ours(service):
    with service.client() as client:
        yield client


@pytest.fixture
def theirs(app):
    with app.client() as client:
        yield client


def stored_hash(server, name):
    return server.query("SELECT hashed_password FROM users WHERE username = ?", name)[0][0]


def token_from(client, name):
    return bearer(sign_in(client, name).json()["access_token"])


def test_15_5_users_with_argon2_hashes_sign_in_unless_they_are_disabled(service, ours):
    before = stored_hash(service, "dora")

    answers = [sign_in(ours, *arguments).status_code for arguments in (
        ("dora",), ("dora",), ("dora", "not the password"), ("alice",), ("alice", "not the password"))]

    assert answers == [200, 200, 401, 401, 401]
    assert before.startswith("$argon2id$")
    assert stored_hash(service, "dora").startswith("$s1$")
    assert stored_hash(service, "bob").startswith("$argon2id$")


def test_4_2_its_verifier_accepts_our_token(ours, theirs):
    answer = theirs.get("/users/me/", headers=token_from(ours, "johndoe"))

    assert answer.status_code == 200, answer.text
    assert answer.json() == JOHN


def test_4_2_its_token_is_accepted_where_the_setting_and_the_secret_allow_it(ours, theirs):
    answer = ours.get("/users/me/", headers=token_from(theirs, "johndoe"))
    disabled = ours.get("/users/me/", headers=token_from(theirs, "alice"))

    assert answer.status_code == 200
    assert disabled.status_code == 401


def test_6_2_the_profile_has_what_its_answer_has(ours, theirs):
    token = token_from(ours, "johndoe")

    mine, its = ours.get("/users/me/", headers=token).json(), theirs.get("/users/me/", headers=token).json()

    assert mine == {"id": 1, "is_active": True, **its}


def parts(**fields):
    """As a browser sends a FormData."""
    return {"files": {name: (None, value) for name, value in fields.items()}}


def client_of_today(client):
    """What a program written for the tutorial sends, and what it looks at in the answers."""
    seen = {}

    def see(step, answer, *members):
        body = answer.json()
        detail = body.get("detail")
        if isinstance(detail, list):
            detail = sorted(entry["loc"] for entry in detail)
        assert set(members) <= set(body), f"{step}: {body}"
        seen[step] = (answer.status_code, answer.headers["Content-Type"], detail, bool(members),
                      answer.headers.get("WWW-Authenticate", "").split(" ")[0])
        return body

    def ask(**request):
        return client.post("/token", **request)

    john = {"username": "johndoe", "password": PASSWORD}
    granted = "access_token", "token_type"
    see("form", ask(data={**john, "grant_type": "password"}), *granted)
    see("form of the docs page", ask(data={**john, "grant_type": "password", "scope": "", "client_id": "string",
                                           "client_secret": "string"}), *granted)
    see("form without grant_type", ask(data=john), *granted)
    see("form with scopes nobody knows", ask(data={**john, "scope": "items:read me"}), *granted)
    see("FormData", ask(**parts(**john)), *granted)
    see("FormData with grant_type and scope", ask(**parts(**john, grant_type="password", scope="me")), *granted)
    see("FormData with a wrong password", ask(**parts(username="johndoe", password="wrong")))
    see("FormData without a password", ask(**parts(username="johndoe")))
    see("FormData without a name", ask(**parts(password=PASSWORD, grant_type="password")))
    see("charset", ask(content=f"username=johndoe&password={PASSWORD.replace(' ', '+')}",
                       headers={"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}), *granted)
    see("wrong password", ask(data={**john, "password": "wrong"}))
    see("nobody", ask(data={**john, "username": "nobody"}))
    see("no password", ask(data={"username": "johndoe"}))
    token = bearer(see("token for questions", ask(data=john), *granted)["access_token"])
    see("who am I", client.get("/users/me/", headers=token), *JOHN)
    see("without slash", client.get("/users/me", headers=token, follow_redirects=True), *JOHN)
    see("no token", client.get("/users/me/"))
    see("wrong scheme", client.get("/users/me/", headers={"Authorization": "Basic am9objpkb2U="}))
    see("wrong token", client.get("/users/me/", headers=bearer("nonsense")))
    see("wrong method", client.get("/token"))
    return seen


@pytest.mark.parametrize("service", [import_users], ids=lambda way: way.__name__, indirect=True)
def test_1_4_a_client_of_today_s_tutorial_sees_the_same_from_both(ours, theirs):
    assert client_of_today(ours) == client_of_today(theirs)


@pytest.mark.parametrize("service", [IN_PLACE], indirect=True)
def test_15_5_the_application_goes_on_with_its_file_beside_us(service, ours, start_app):
    assert ours.post("/users/", json={"username": "carol", "password": PASSWORD}).status_code == 200

    with start_app(service.database).client() as theirs:
        assert theirs.get("/users/me/", headers=token_from(ours, "johndoe")).json() == JOHN
        assert theirs.get("/users/me/", headers=token_from(ours, "carol")).json() == {**BOB, "username": "carol"}
        assert theirs.get("/users/me/", headers=token_from(theirs, "alice")).json() == {"detail": "Inactive user"}
        # Whoever has not signed in at bearward yet still has the hash that the application can check.
        assert sign_in(theirs, "bob").status_code == 200
