"""What tests do to the database of a server behind its back, on either engine."""

import contextlib
import itertools
import os
import pathlib
import re
import sqlite3
import struct

import psycopg2
import psycopg2.extensions

PATIENCE = 60

# Bytes come as such, and not as a view of them.
psycopg2.extensions.register_type(psycopg2.extensions.new_type(
    psycopg2.BINARY.values, "BYTES", lambda value, cursor: None if value is None else bytes(psycopg2.BINARY(value, cursor))))


class Storage:
    """A database, as somebody with a database tool sees it. Statements are SQL that both engines know, with ? for values."""

    def __init__(self, where):
        self.where = where          # a path, or the URI of libpq

    @contextlib.contextmanager
    def opened(self):
        """Gives a function for several statements: one transaction, which is undone when one of them fails."""
        with contextlib.closing(self.connect()) as database, database:
            yield lambda text, *values: self.ask(database, text, values)

    def query(self, text, *values):
        """The rows of one statement."""
        with self.opened() as ask:
            return ask(text, *values)

    def insert(self, table, columns, *rows):
        """Adds rows, given as tuples."""
        with self.opened() as ask:
            for row in rows:
                ask(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", *row)

    def content(self):
        """All rows of all tables, in an order of their own."""
        return {table: sorted(self.query(f"SELECT * FROM {table}"), key=repr) for table in self.tables()}

    def change(self, text, *values):
        """Runs a statement that changes exactly one row."""
        with contextlib.closing(self.connect()) as database, database:
            assert self.execute(database, text, values).rowcount == 1

    def ask(self, database, text, values):
        cursor = self.execute(database, text, values)
        return cursor.fetchall() if cursor.description else []

    def execute(self, database, text, values):
        cursor = database.cursor()
        cursor.execute(text, values)
        return cursor

    @contextlib.contextmanager
    def refusing(self, table, event="INSERT", when="TRUE"):
        """Meanwhile, rows of the table cannot be written, or only those for which a condition on `new` is false."""
        name = f"refuse_{next(_numbers)}"
        self.make_trigger(name, table, f"BEFORE {event}", when, self.refusal)
        yield
        self.drop_trigger(name, table)

    @contextlib.contextmanager
    def noting(self, table, *columns):
        """Meanwhile, what is written to columns of the table is kept, even when the row is gone; gives a function that takes it."""
        name = f"noted_{next(_numbers)}"
        self.query(f"CREATE TABLE {name} AS SELECT {', '.join(columns)} FROM {table} WHERE FALSE")
        self.make_trigger(name, table, "AFTER INSERT", "TRUE",
                          f"INSERT INTO {name} VALUES ({', '.join(f'new.{column}' for column in columns)})")
        yield lambda: self.query(f"DELETE FROM {name} RETURNING *")
        self.drop_trigger(name, table)
        self.query(f"DROP TABLE {name}")


class Sqlite(Storage):
    refusal = "SELECT RAISE(ABORT, 'never')"
    call = "fdatasync"      # of the kernel, by which a program changes something for good

    def connect(self):
        return sqlite3.connect(self.where, timeout=PATIENCE)

    def tables(self):
        """The columns of each table."""
        names = [name for name, in self.query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")]
        return {name: {column for column, in self.query(f"SELECT name FROM pragma_table_info('{name}')")} for name in names}

    def is_whole(self):
        return self.query("PRAGMA integrity_check") == [("ok",)] and self.query("PRAGMA foreign_key_check") == []

    @contextlib.contextmanager
    def taken(self):
        """Somebody else writes, and takes his time: all can read, and who wants to write waits. Gives a function for what he writes."""
        with contextlib.closing(sqlite3.connect(self.where, timeout=PATIENCE, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield lambda text, *values: self.ask(database, text, values)
            database.execute("COMMIT")

    def is_waited_for(self):
        """Whether somebody waits to write: he has the lock that writers take in turn (src/store/sqlite/write_lock.c), or waits for that."""
        lock = pathlib.Path(self.where).with_name("write.lock")
        return lock.exists() and f":{lock.stat().st_ino} " in pathlib.Path("/proc/locks").read_text()

    def is_at_rest(self):
        """Whether nobody's change is under way; here it ends with the process that makes it."""
        return True

    def make_trigger(self, name, table, event, when, what):
        self.query(f"CREATE TRIGGER {name} {event} ON {table} WHEN {when} BEGIN {what}; END")

    def drop_trigger(self, name, table):
        self.query(f"DROP TRIGGER {name}")

    def commits(self):
        """How often it was changed: the header of the index of its log."""
        with open(f"{self.where}-shm", "rb") as file:
            return struct.unpack("8xI", file.read(12))[0]

    def changes_since(self, commits):
        """How many changes there were since commits() gave that number."""
        return self.commits() - commits

    def has_begun(self):
        """Whether somebody has written much, and not committed it yet."""
        log = pathlib.Path(f"{self.where}-wal")
        return log.exists() and log.stat().st_size > 100000

    def next_id(self, table):
        """The number that the next row will have."""
        return self.query("SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = ?", table)[0][0]

    def as_it_is(self):
        """Bytes of its files, of which each may be missing."""
        return {path.name: path.read_bytes() for path in self.files() if not path.name.endswith("-shm")}

    def files(self):
        return sorted(pathlib.Path(self.where).parent.glob(f"{pathlib.Path(self.where).name}*"))

    def lose(self):
        """It is not there any more."""
        for path in self.files():
            path.unlink()

    @contextlib.contextmanager
    def away(self):
        """Nobody reaches it meanwhile."""
        aside = pathlib.Path(self.where).parent.with_name("aside.db")
        os.rename(self.where, aside)
        yield
        os.rename(aside, self.where)

    def empty(self, table):
        """As if it never had had a row."""
        self.query(f"DELETE FROM {table}")
        self.query("DELETE FROM sqlite_sequence WHERE name = ?", table)

    def spoil(self):
        """Overwrites all of it in place, as a broken disk would, the log of changes included."""
        for end in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError), open(f"{self.where}{end}", "r+b") as file:
                file.write(b"garbage!" * (os.stat(file.name).st_size // 8))

    def be_newer(self):
        """As a later version of bearward would leave it."""
        self.query("PRAGMA user_version = 999")


class Postgresql(Storage):
    refusal = "RAISE EXCEPTION 'never'"
    call = "sendto"
    # What SQLite has in a file of its own, or not at all.
    apart = {"attempts", "attempts_key", "hosts", "settled"}
    # What statements say in SQLite's words. Grants have no column that counts there, and this one here.
    words = {r"\bunixepoch\(\)": "CAST(floor(extract(epoch FROM now())) AS bigint)", r"\browid\b": "number",
             r"\brandomblob\(16\)": "decode(md5(CAST(random() AS text)), 'hex')"}

    def connect(self):
        return psycopg2.connect(self.where)

    def execute(self, database, text, values):
        for theirs, ours in self.words.items():
            text = re.sub(theirs, ours, text)
        # A ? is the value after the one before it, and ?2 the second. Without values, psycopg2 takes a % for one.
        places = []
        for number in re.findall(r"\?(\d*)", text):
            places.append(int(number or max(places, default=0) + 1))
        if values:
            text = re.sub(r"\?\d*", "%s", text.replace("%", "%%"))
        return super().execute(database, text, [values[place - 1] for place in places] or None)

    def tables(self):
        columns = {}
        for table, column in self.query("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"):
            columns.setdefault(table, set()).add(column)
        return columns

    def is_whole(self):
        """Nothing is known that a database could be asked, and would not say by itself."""
        return True

    @contextlib.contextmanager
    def taken(self):
        with self.opened() as ask:
            ask(f"LOCK TABLE {', '.join(self.tables().keys() - self.apart)} IN EXCLUSIVE MODE")
            yield ask

    def is_waited_for(self):
        return self.query("SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()") != []

    def is_at_rest(self):
        return self.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                          "AND state <> 'idle'") == []

    def make_trigger(self, name, table, event, when, what):
        self.query(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what}; RETURN NEW; END $$")
        self.query(f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()")

    def drop_trigger(self, name, table):
        self.query(f"DROP FUNCTION {name} CASCADE")

    def commits(self):
        """How often anything was changed in the cluster: transactions that only read have no number."""
        return self.query("SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)")[0][0]

    def changes_since(self, commits):
        """Of rows that are left; of what SQLite has in files of its own, none counts."""
        xids = " UNION ".join(f"SELECT CAST(CAST(xmin AS text) AS bigint) AS xid FROM {table}" for table in self.tables().keys() - self.apart)
        return self.query(f"SELECT count(*) FROM ({xids}) AS xids WHERE xid >= ?", commits)[0][0]

    def has_begun(self):
        return self.query("SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'transactionid' "
                          "AND datname = current_database()") != []

    def next_id(self, table):
        # Asked, a sequence gives its next number; this one looks.
        name = self.query("SELECT pg_get_serial_sequence(?, 'id')", table)[0][0]
        last, is_called = self.query(f"SELECT last_value, is_called FROM {name}")[0]
        return last + 1 if is_called else last

    def as_it_is(self):
        return self.content()

    @contextlib.contextmanager
    def away(self):
        name = self.query("SELECT current_database()")[0][0]
        with contextlib.closing(psycopg2.connect(self.where, dbname="postgres")) as elsewhere:
            elsewhere.autocommit = True
            self.execute(elsewhere, f"ALTER DATABASE {name} ALLOW_CONNECTIONS FALSE", ())
            self.execute(elsewhere, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ?", (name,))
            yield
            self.execute(elsewhere, f"ALTER DATABASE {name} ALLOW_CONNECTIONS TRUE", ())

    def lose(self):
        self.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def empty(self, table):
        self.query(f"DELETE FROM {table}")
        self.query(f"ALTER TABLE {table} ALTER id RESTART")

    def spoil(self):
        """Nothing that is asked for is there."""
        self.lose()

    def be_newer(self):
        self.query("UPDATE bearward_schema SET version = 999, readable_since = 999")


_numbers = itertools.count(1)
