"""The file itself: what lies beside it, how it is written, and what is no database of users."""

import contextlib
import pathlib
import shutil
import sqlite3

from corpus.database import SAME, Database, User, hashes, run_script

TABLE = "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, hashed_password TEXT);"
COLUMNS = "columns: table users, id from id, name from username, password from hashed_password"
ONE_TAKEN = f"""
    {COLUMNS}
    1 read: 1 taken
    passwords: 1 bcrypt
"""
TWO_TAKEN = f"""
    {COLUMNS}
    2 read: 2 taken
    passwords: 2 bcrypt
"""
ALICE_AND_BOB = (User(1, "alice"), User(2, "bob"))


def copy_while_open(path, database, *further):
    """What a program that was killed leaves: copies of its files as they are, without an orderly end."""
    source = pathlib.Path(database)
    for end in ("", *further):
        shutil.copy(f"{source}{end}", f"{path}{end}")


@contextlib.contextmanager
def opened(path):
    database = sqlite3.connect(f"{path}.made", isolation_level=None)
    try:
        yield database
    finally:
        database.close()
        for made in path.parent.glob(f"{path.name}.made*"):
            made.unlink()


def leave_wal(path):
    """The last user stands in the log only."""
    with opened(path) as database:
        database.execute(TABLE)
        database.execute("INSERT INTO users VALUES (1, 'alice', ?)", [hashes()["bcrypt"]])
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA wal_autocheckpoint = 0")
        database.execute("INSERT INTO users VALUES (2, 'bob', ?)", [hashes()["bcrypt"]])
        copy_while_open(path, f"{path}.made", "-wal")


def leave_hot_journal(path):
    """A transaction was half written when the program was killed: it disabled everyone, and added somebody."""
    with opened(path) as database:
        database.execute("PRAGMA page_size = 512")
        database.execute("PRAGMA cache_size = 2")
        database.executescript(TABLE + "CREATE TABLE notes (text)")
        database.execute("INSERT INTO users VALUES (1, 'alice', :bcrypt), (2, 'bob', :bcrypt)", hashes())
        database.execute("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
                         "INSERT INTO notes SELECT zeroblob(400) FROM n")
        database.execute("BEGIN")
        database.execute("UPDATE users SET hashed_password = 'gone'")
        database.execute("INSERT INTO users VALUES (3, 'mallory', 'x')")
        # More pages than the cache holds: what was changed first is in the file by then.
        database.execute("UPDATE notes SET text = randomblob(400)")
        copy_while_open(path, f"{path}.made", "-journal")
        database.execute("ROLLBACK")


def write_in_utf16(path):
    run_script(path, "PRAGMA encoding = 'UTF-16le';" + TABLE + "INSERT INTO users VALUES (1, 'Zo\u00eb', '{bcrypt}');")


def write_in_wal_mode(path):
    run_script(path, "PRAGMA journal_mode = WAL;" + TABLE + "INSERT INTO users VALUES (1, 'alice', '{bcrypt}');")


def cut_short(path):
    run_script(path, TABLE + "INSERT INTO users VALUES (1, 'alice', '{bcrypt}');")
    path.write_bytes(path.read_bytes()[:6000])


def scramble(path):
    """Damages the page of the table, and nothing that is read first."""
    run_script(path, "PRAGMA page_size = 1024;" + TABLE + "INSERT INTO users VALUES (1, 'alice', '{bcrypt}');")
    content = bytearray(path.read_bytes())
    content[1024:1200] = b"\xa5" * 176
    path.write_bytes(content)


DATABASES = [
    Database("a log left behind, with the last user in it", leave_wal, TWO_TAKEN, ALICE_AND_BOB, in_place=SAME),
    Database("a journal left behind, of a transaction that never was", leave_hot_journal, TWO_TAKEN, ALICE_AND_BOB,
             in_place=SAME),
    Database("a file in WAL mode, at rest", write_in_wal_mode, ONE_TAKEN, (User(1, "alice"),), in_place=SAME),
    Database("a file in UTF-16", write_in_utf16, ONE_TAKEN, (User(1, "Zo\u00eb"),), in_place=SAME),
    Database(
        "a bearward's own database",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT NOT NULL, username_key TEXT NOT NULL UNIQUE,
            hashed_password TEXT NOT NULL, is_active INTEGER NOT NULL DEFAULT 1, scope TEXT NOT NULL DEFAULT '',
            created_at INTEGER NOT NULL DEFAULT 0) STRICT;
        INSERT INTO users VALUES (3, 'Alice', 'alice', '{bearward}', 1, 'admin', 1704164645);
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password, active from is_active, \\
            scope from scope, created from created_at
        1 read: 1 taken
        passwords: 1 scrypt
        flags: is_active 1: 1
        """,
        (User(3, "Alice", "bearward", scope="admin", created_at=1704164645),)),
    Database(
        "no table of users",
        "CREATE TABLE items (id INTEGER PRIMARY KEY, title TEXT); CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT);",
        fault="no table has a column for the name and one for the password; name them with --table, --username-column and "
              "--password-column (there are: items, owners)", status=1),
    Database(
        "several tables that fit",
        """
        CREATE TABLE admins (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT);
        CREATE TABLE staff (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT);
        """,
        fault="several tables could be the one of users; say which with --table (there are: admins, staff)", status=1),
    Database(
        "a table that is not there", TABLE, options=("--table", "user"), status=1,
        fault='there is no table "user" (there are: users)'),
    Database(
        "no column for the name", "CREATE TABLE users (id INTEGER PRIMARY KEY, mail_addr TEXT, pw TEXT);",
        options=("--table", "users"), status=1,
        fault="there is no column for the name; name it with --username-column (there are: id, mail_addr, pw)"),
    Database(
        "a column that is not there", TABLE, options=("--active-column", "enabled_at"), status=1,
        fault='there is no column "enabled_at" (there are: id, username, hashed_password)'),
    Database("an empty file", lambda path: path.write_bytes(b""), fault="the file is empty", status=1),
    Database("a file that is no database", lambda path: path.write_text("name,password\nalice,secret\n" * 60),
             fault="it is not a SQLite database", status=1),
    Database("a file that was cut short", cut_short, fault="is damaged", status=1),
    Database("a page that was overwritten", scramble, fault="is damaged", status=1),
]
