"""Databases of other programs (tests/http/corpus) that are taken over in place, beside an application that goes on."""

import contextlib
import shutil
import urllib.parse

import pytest

from conftest import Server
from corpus.database import SAME, run_script
from corpus.tables import SECURITY_TUTORIAL
from fastcgi import form_params
from test_cgi import ask
from test_corpus import CORPUS, ROWS, SETTINGS, check_sign_ins, expected_report, expected_rows, files_beside, named
from test_corpus import write  # noqa: F401: a fixture

pytestmark = pytest.mark.sqlite("takes files over in place")

# A program that was killed leaves these.
SIDE_FILES = ("-wal", "-journal")


@pytest.fixture
def place():
    """A function that gives an instance, not started, whose database is that of another program."""
    made = []

    def place(path):
        server = Server("plain", **SETTINGS)
        made.append(server)
        server.state.mkdir(mode=0o700)
        for end in ("", *SIDE_FILES):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(f"{path}{end}", f"{server.database}{end}")
        return server

    yield place
    for server in made:
        server.remove()


def sign_in_by_cgi(server, name, password):
    body = urllib.parse.urlencode({"username": name, "password": password}).encode()
    return ask(server, "token", form_params(body), body).status_code


@named([database for database in CORPUS if database.in_place == SAME])
def test_15_5_database_is_taken_over_in_place_and_its_application_goes_on_with_it(place, write, database):
    server = place(write(database))

    done = server.command("init", *database.options)

    assert done.returncode == 0, done.stderr
    said = (done.stdout + done.stderr).splitlines()
    assert [line for line in said if line in expected_report(database)] == expected_report(database), said
    assert server.query(ROWS) == expected_rows(database)
    for statement, answer in database.beside:
        assert server.query(statement) == answer, statement
    check_sign_ins(database.users, lambda name, password: sign_in_by_cgi(server, name, password))


@named([database for database in CORPUS if database.in_place not in (None, SAME)])
def test_15_5_database_that_cannot_be_taken_over_in_place_is_refused_in_words_and_stays(place, write, database):
    server = place(write(database))
    before = files_beside(server.database)

    done = server.command("init", *database.options)

    assert done.returncode == 1, done.stdout
    assert database.in_place in done.stdout + done.stderr
    assert files_beside(server.database) == before


def test_15_5_application_s_tables_with_the_names_of_ours_are_kept_by_others(place, tmp_path):
    fresh = place(tmp_path / "nothing")
    assert fresh.command("init").returncode == 0
    ours = [name for (name,) in fresh.query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'users' "
                                             "AND name NOT LIKE 'sqlite%'")]
    path = tmp_path / "app.db"
    run_script(path, SECURITY_TUTORIAL + "".join(f"""
        CREATE TABLE {name} (id INTEGER PRIMARY KEY, word TEXT);
        CREATE TABLE of_{name} (it INTEGER REFERENCES {name} (id));
        CREATE VIEW see_{name} AS SELECT word FROM {name};
        CREATE TRIGGER note_{name} AFTER INSERT ON users BEGIN INSERT INTO {name} (word) VALUES (new.username); END;
        INSERT INTO {name} VALUES (7, 'word'); INSERT INTO of_{name} VALUES (7);""" for name in ours))
    server = place(path)

    done = server.command("init")
    added = server.command("user", "add", "dora", stdin="correct horse battery\n")

    assert done.returncode == 0 and added.returncode == 0, done.stderr + added.stderr
    for name in ours:
        assert f"table {name} is called old_{name} from now on" in done.stderr
        assert server.query(f"SELECT group_concat(word) FROM see_{name}") == [("word,dora",)]
        assert server.query(f"SELECT \"table\" FROM pragma_foreign_key_list('of_{name}')") == [(f"old_{name}",)]
    assert server.query("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND sql NOT LIKE '%old!_%' ESCAPE '!'") == []
