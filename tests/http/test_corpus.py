"""Databases of other programs (tests/http/corpus): their users are imported as the report says, and sign in."""

import functools
import json
import subprocess
import textwrap

import pytest

import pypi
from conftest import PASSWORD, PATIENCE, TOP, Server, running, sign_in
from corpus import DATABASES, hashes

pytestmark = [pytest.mark.only_nginx("is about the databases of other programs"),
              pytest.mark.once("sanitizers see the same code in test_import, test_stored_rows and tests/unit")]

INTERPRETERS = {"sqlalchemy_1_4": lambda: pypi.PYTHON, "sqlalchemy_2": pypi.python, "sqlmodel_": pypi.python}
CORPUS = [database for database in DATABASES if not database.fault]
FAULTY = [database for database in DATABASES if database.fault]

SETTINGS = {"restricted_scopes": "admin editor"}
ROWS = ("SELECT id, username, hashed_password, is_active, email, display_name, scope, created_at FROM users "
        "ORDER BY id")


def named(databases):
    return pytest.mark.parametrize("database", databases, ids=lambda database: database.name)


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """A function that gives the file of a row of the corpus, in a directory of its own; not to be written to."""
    @functools.cache
    def made_by(library):
        directory = tmp_path_factory.mktemp(library)
        subprocess.run([INTERPRETERS[library](), TOP / f"tests/http/corpus/{library}.py", directory],
                       input=json.dumps(hashes()), text=True, check=True, timeout=PATIENCE)
        return directory

    @functools.cache
    def write(database):
        if database.by in INTERPRETERS:
            return made_by(database.by) / f"{database.make}.db"
        path = tmp_path_factory.mktemp("database") / "an app?x=1#y%41.db"
        database.write(path)
        return path

    return write


@pytest.fixture(scope="module")
def service(build):
    """A running service that users of one database after the other are imported into."""
    with running(build, **SETTINGS) as service:
        yield service


def empty(server):
    """Nobody has ever been a user here."""
    server.storage.empty("users")


def expected_rows(database):
    kinds = {**hashes(), "": ""}
    return [(user.id, user.name, kinds[user.hash], int(user.active), user.email, user.display_name, user.scope,
             user.created_at) for user in database.users]


def expected_report(database):
    """Its lines; one that ends with a backslash goes on in the next."""
    return textwrap.dedent(database.report).strip().replace("\\\n    ", "").splitlines()


def files_beside(path):
    return {file.name: file.read_bytes() for file in path.parent.glob(f"{path.name}*")}


def import_from(server, path, database, *options):
    return server.command("import", "--from", *database.options, *options, path)


def may_sign_in(user):
    return user.active and user.hash != ""


def check_sign_ins(users, sign_in_with):
    """Everyone who may signs in, in all spellings, and again once the hash was replaced; nobody else does."""
    for user in users:
        for name in (user.name, *user.typed, user.name):
            assert (sign_in_with(name, PASSWORD) == 200) == may_sign_in(user), name
        assert sign_in_with(user.name, "not the password") == 401, user.name


@named(CORPUS)
def test_15_5_users_of_another_program_s_database_are_imported_and_sign_in(service, write, database):
    empty(service)
    path = write(database)
    before = files_beside(path)

    done = import_from(service, path, database)

    assert done.stdout.splitlines() == expected_report(database), done.stderr
    assert done.returncode == database.status
    assert service.query(ROWS) == expected_rows(database)
    assert files_beside(path) == before
    with service.client() as client:
        check_sign_ins(database.users, lambda name, password: sign_in(client, name, password).status_code)
    kept = service.query("SELECT count(*) FROM users WHERE is_active AND hashed_password NOT LIKE '$s1$%'")
    assert kept == [(sum(user.active and not user.hash for user in database.users),)]


@named(FAULTY)
def test_15_5_database_without_users_is_refused_in_words_that_say_what_to_do(service, write, database):
    empty(service)
    path = write(database)
    before = files_beside(path)

    done = import_from(service, path, database)

    assert done.returncode == 1
    assert database.fault in done.stderr
    assert done.stdout == ""
    assert service.query(ROWS) == []
    assert files_beside(path) == before


@pytest.fixture(scope="module")
def imported():
    """An instance that is never started."""
    server = Server("plain", **SETTINGS)
    assert server.command("init").returncode == 0
    yield server
    server.remove()


@named(CORPUS)
def test_15_5_a_dry_run_says_the_same_and_changes_nothing(imported, write, database):
    empty(imported)
    expected = [line.replace(" taken", " would be taken") if " read: " in line else line
                for line in expected_report(database)]

    done = import_from(imported, write(database), database, "--dry-run")

    assert done.stdout.splitlines() == [*expected, "nothing was changed (--dry-run)"]
    assert done.returncode == database.status
    assert imported.query(ROWS) == []


@named(CORPUS)
def test_15_5_a_second_import_leaves_everyone_alone(imported, write, database):
    empty(imported)
    import_from(imported, write(database), database)

    done = import_from(imported, write(database), database)

    present = [line for line in done.stdout.splitlines() if line.startswith("present ")]
    assert len(present) == len(database.users)
    assert done.returncode == database.status
    assert imported.query(ROWS) == expected_rows(database)


@named(CORPUS)
def test_15_5_an_export_is_imported_to_the_same_users(imported, write, database):
    everything = ROWS.replace(" FROM", ", username_key, is_imported FROM")
    empty(imported)
    import_from(imported, write(database), database)
    before = imported.query(everything)
    exported = imported.command("export", "--ndjson")
    empty(imported)

    done = imported.command("import", "--ndjson", "-", stdin=exported.stdout)

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(exported.stdout.splitlines()) == len(database.users)
    assert imported.query(everything) == before


@pytest.mark.sqlite("is about its file")
def test_15_5_users_of_a_running_bearward_are_imported_into_another(service, imported):
    empty(service)
    service.query("INSERT INTO users (username, username_key, hashed_password, scope, created_at) "
                   f"VALUES ('Alice', 'alice', '{hashes()['bearward']}', 'admin', 1704164645)")
    empty(imported)

    done = imported.command("import", "--from", service.database)

    assert done.returncode == 0, done.stdout + done.stderr
    assert imported.query(ROWS) == service.query(ROWS)


def test_15_5_users_whose_hash_nobody_can_check_are_named_after_the_import(imported, write):
    database = next(database for database in CORPUS if database.name.startswith("hashes that nobody can check"))
    empty(imported)
    import_from(imported, write(database), database)

    listed = imported.command("user", "list", "--without-password", "--json")

    names = [json.loads(line)["username"] for line in listed.stdout.splitlines()]
    assert names == [user.name for user in database.users if not user.hash]
