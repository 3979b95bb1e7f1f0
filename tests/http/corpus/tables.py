"""Tables as they are: their names, their columns, and what else stands in the file. Written in SQL."""

from corpus.database import IMPORT_IT, SAME, Database, User

# The application goes on with the file beside us, and sees what it saw.
READS_ITS_USERS = (
    "SELECT id, username, is_active FROM users ORDER BY id", [(1, "alice", 1), (2, "Bob", 1), (3, "carol", 0)])

SECURITY_TUTORIAL = """
    CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR, hashed_password VARCHAR, is_active BOOLEAN);
    CREATE UNIQUE INDEX ix_users_username ON users (username);
    CREATE INDEX ix_users_id ON users (id);
    INSERT INTO users VALUES (1, 'alice', '{bcrypt}', 1), (2, 'Bob', '{bcrypt}', 1), (3, 'carol', '{bcrypt}', 0);
"""
TUTORIAL_USERS = (User(1, "alice", typed=("ALICE",)), User(2, "Bob", typed=("bob",)), User(3, "carol", active=False))
TUTORIAL_REPORT = """
    disabled "carol" (id 3): is_active is 0
    columns: table users, id from id, name from username, password from hashed_password, active from is_active
    3 read: 3 taken
    of those taken: 1 disabled
    passwords: 3 bcrypt
    flags: is_active 1: 2, 0: 1
"""

DATABASES = [
    Database(
        "the security tutorial",
        SECURITY_TUTORIAL, TUTORIAL_REPORT, TUTORIAL_USERS,
        in_place=SAME, beside=(READS_ITS_USERS,)),
    Database(
        "the SQL tutorial, where people sign in with their e-mail address",
        """
        CREATE TABLE users (
            id INTEGER NOT NULL PRIMARY KEY, email VARCHAR, hashed_password VARCHAR, is_active BOOLEAN);
        CREATE UNIQUE INDEX ix_users_email ON users (email);
        CREATE INDEX ix_users_id ON users (id);
        CREATE TABLE items (
            id INTEGER NOT NULL PRIMARY KEY, title VARCHAR, description VARCHAR, owner_id INTEGER,
            FOREIGN KEY (owner_id) REFERENCES users (id));
        INSERT INTO users VALUES (1, 'alice@example.org', '{bcrypt}', 1), (2, 'Bob@Example.org', '{bcrypt}', 1);
        INSERT INTO items VALUES (1, 'a lamp', 'it is new', 2);
        """,
        """
        columns: table users, id from id, name from email, email from email, password from hashed_password, \\
            active from is_active
        2 read: 2 taken
        passwords: 2 bcrypt
        flags: is_active 1: 2
        """,
        (User(1, "alice@example.org", email="alice@example.org"),
         User(2, "Bob@Example.org", email="Bob@Example.org", typed=("bob@example.org",))),
        in_place=SAME,
        beside=(
            ("SELECT title, email FROM items JOIN users ON users.id = owner_id", [("a lamp", "Bob@Example.org")]),)),
    Database(
        "today's security tutorial with SQL: argon2, disabled, full_name",
        """
        CREATE TABLE users (
            id INTEGER NOT NULL PRIMARY KEY, username VARCHAR NOT NULL, full_name VARCHAR, email VARCHAR,
            hashed_password VARCHAR NOT NULL, disabled BOOLEAN NOT NULL);
        CREATE UNIQUE INDEX ix_users_username ON users (username);
        INSERT INTO users VALUES
            (1, 'johndoe', 'John Doe', 'johndoe@example.com', '{argon2id}', 0),
            (2, 'alice', 'Alice Wonderson', 'alice@example.com', '{argon2id}', 1);
        """,
        """
        disabled "alice" (id 2): disabled is 1
        columns: table users, id from id, name from username, email from email, display name from full_name, \\
            password from hashed_password, disabled from disabled
        2 read: 2 taken
        of those taken: 1 disabled
        passwords: 2 argon2id
        flags: disabled 0: 1, 1: 1
        """,
        (User(1, "johndoe", "argon2id", email="johndoe@example.com", display_name="John Doe"),
         User(2, "alice", "argon2id", active=False, email="alice@example.com", display_name="Alice Wonderson")),
        in_place=SAME,
        beside=(("SELECT username, full_name, disabled FROM users ORDER BY id",
                 [("johndoe", "John Doe", 0), ("alice", "Alice Wonderson", 1)]),)),
    Database(
        "a table called user",
        """
        CREATE TABLE user (id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL);
        INSERT INTO user VALUES (1, 'alice', '{argon2i}'), (2, 'bob', '{argon2i}');
        """,
        """
        columns: table user, id from id, name from username, password from hashed_password
        2 read: 2 taken
        passwords: 2 argon2i
        """,
        (User(1, "alice", "argon2i"), User(2, "bob", "argon2i")),
        in_place=IMPORT_IT),
    Database(
        "a table called myuser",
        """
        CREATE TABLE myuser (id INTEGER PRIMARY KEY, username TEXT, email TEXT, password_hash TEXT);
        INSERT INTO myuser VALUES (4, 'alice', 'alice@example.org', '{bcrypt_2a}');
        """,
        """
        columns: table myuser, id from id, name from username, email from email, password from password_hash
        1 read: 1 taken
        passwords: 1 bcrypt
        """,
        (User(4, "alice", "bcrypt_2a", email="alice@example.org"),),
        in_place=IMPORT_IT),
    Database(
        "an e-mail address beside the name",
        """
        CREATE TABLE users (
            id INTEGER PRIMARY KEY, username TEXT UNIQUE, email TEXT UNIQUE, hashed_password TEXT, is_active BOOLEAN);
        INSERT INTO users VALUES (1, 'alice', 'alice@example.org', '{bcrypt}', 1), (2, 'bob', NULL, '{bcrypt}', 1);
        """,
        """
        columns: table users, id from id, name from username, email from email, password from hashed_password, \\
            active from is_active
        2 read: 2 taken
        passwords: 2 bcrypt
        flags: is_active 1: 2
        """,
        (User(1, "alice", email="alice@example.org"), User(2, "bob")),
        in_place=SAME,
        beside=(("SELECT email FROM users WHERE username = 'alice'", [("alice@example.org",)]),)),
    Database(
        "Laravel, where the name is what is shown and people sign in with their e-mail address",
        """
        CREATE TABLE migrations (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, migration VARCHAR NOT NULL);
        CREATE TABLE users (
            id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR NOT NULL, email VARCHAR NOT NULL,
            email_verified_at DATETIME, password VARCHAR NOT NULL, remember_token VARCHAR,
            created_at DATETIME, updated_at DATETIME);
        CREATE UNIQUE INDEX users_email_unique ON users (email);
        CREATE TABLE password_reset_tokens (email VARCHAR NOT NULL PRIMARY KEY, token VARCHAR, created_at DATETIME);
        INSERT INTO users VALUES (1, 'Alice Liddell', 'alice@example.org', NULL, '{bcrypt_2y}', NULL,
            '2024-01-02 03:04:05', '2024-01-02 03:04:05');
        """,
        """
        columns: table users, id from id, name from email, email from email, display name from name, \\
            password from password, created from created_at
        1 read: 1 taken
        passwords: 1 bcrypt
        """,
        (User(1, "alice@example.org", "bcrypt_2y", email="alice@example.org", display_name="Alice Liddell",
              created_at=1704164645),),
        in_place="dates in a column created_at"),
    Database(
        "Django, whose superusers get a scope, and whose users without a password have none",
        """
        CREATE TABLE django_migrations (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, app VARCHAR(255) NOT NULL);
        CREATE TABLE auth_user (
            id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, password VARCHAR(128) NOT NULL, last_login DATETIME NULL,
            is_superuser BOOL NOT NULL, username VARCHAR(150) NOT NULL UNIQUE, last_name VARCHAR(150) NOT NULL,
            email VARCHAR(254) NOT NULL, is_staff BOOL NOT NULL, is_active BOOL NOT NULL,
            date_joined DATETIME NOT NULL, first_name VARCHAR(150) NOT NULL);
        CREATE TABLE auth_user_groups (
            id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES auth_user (id));
        INSERT INTO auth_user VALUES
            (1, '{django_pbkdf2}', NULL, 1, 'alice', '', 'alice@example.org', 1, 1, '2024-01-02 03:04:05.678901', ''),
            (2, '{django_scrypt}', NULL, 0, 'bob', '', '', 0, 0, '2024-01-02 03:04:05', ''),
            (3, '!bGHsLbKb6ZsL0dB0k5tZzQrLkH3eVqXkY7bYV3cT', NULL, 0, 'carol', '', '', 0, 1, '2024-01-02 03:04:05', '');
        """,
        """
        disabled "bob" (id 2): is_active is 0
        unusable "carol" (id 3): the hash is of no kind that can be checked, and was not kept; \\
            give a password: bearward user passwd NAME
        columns: table auth_user, id from id, name from username, email from email, password from password, \\
            active from is_active, scope from is_superuser, created from date_joined
        3 read: 3 taken
        of those taken: 1 disabled, 1 unusable
        passwords: 1 pbkdf2-sha256, 1 scrypt
        flags: is_active 1: 2, 0: 1
        """,
        (User(1, "alice", "django_pbkdf2", email="alice@example.org", scope="admin", created_at=1704164645),
         User(2, "bob", "django_scrypt", active=False, created_at=1704164645),
         User(3, "carol", "", created_at=1704164645)),
        options=("--scope-column", "is_superuser=admin"),
        in_place=IMPORT_IT),
    Database(
        "Flask with werkzeug's hashes",
        """
        CREATE TABLE user (
            id INTEGER NOT NULL, username VARCHAR(64) NOT NULL, email VARCHAR(120) NOT NULL, password_hash VARCHAR(256),
            about_me VARCHAR(140), last_seen DATETIME, PRIMARY KEY (id));
        CREATE UNIQUE INDEX ix_user_username ON user (username);
        INSERT INTO user VALUES
            (1, 'alice', 'alice@example.org', '{werkzeug_scrypt}', NULL, NULL),
            (2, 'bob', 'bob@example.org', '{werkzeug_pbkdf2}', NULL, NULL),
            (3, 'carol', 'carol@example.org', NULL, NULL, NULL);
        """,
        """
        unusable "carol" (id 3): there is no password hash; give a password: bearward user passwd NAME
        columns: table user, id from id, name from username, email from email, password from password_hash
        3 read: 3 taken
        of those taken: 1 unusable
        passwords: 1 scrypt, 1 pbkdf2-sha256
        """,
        (User(1, "alice", "werkzeug_scrypt", email="alice@example.org"),
         User(2, "bob", "werkzeug_pbkdf2", email="bob@example.org"),
         User(3, "carol", "", email="carol@example.org")),
        in_place=IMPORT_IT),
    Database(
        "WordPress, whose columns must be named",
        """
        CREATE TABLE wp_users (
            ID INTEGER PRIMARY KEY AUTOINCREMENT, user_login TEXT NOT NULL, user_pass TEXT NOT NULL,
            user_nicename TEXT NOT NULL, user_email TEXT NOT NULL, display_name TEXT NOT NULL);
        CREATE TABLE wp_posts (ID INTEGER PRIMARY KEY AUTOINCREMENT, post_author INTEGER, post_title TEXT);
        INSERT INTO wp_users VALUES (1, 'alice', '{phpass}', 'alice', 'alice@example.org', 'Alice Liddell');
        """,
        """
        columns: table wp_users, id from ID, name from user_login, display name from display_name, \\
            password from user_pass
        1 read: 1 taken
        passwords: 1 phpass (weak, replaced at the next sign-in)
        """,
        (User(1, "alice", "phpass", display_name="Alice Liddell"),),
        options=("--table", "wp_users", "--username-column", "user_login", "--password-column", "user_pass"),
        in_place=IMPORT_IT),
    Database(
        "names in another case",
        """
        CREATE TABLE Users (ID INTEGER PRIMARY KEY, UserName TEXT, Email TEXT, Hashed_Password TEXT, Is_Active INT);
        INSERT INTO Users VALUES (1, 'alice', 'alice@example.org', '{bcrypt}', 1);
        """,
        """
        columns: table Users, id from ID, name from UserName, email from Email, password from Hashed_Password, \\
            active from Is_Active
        1 read: 1 taken
        passwords: 1 bcrypt
        flags: Is_Active 1: 1
        """,
        (User(1, "alice", email="alice@example.org"),),
        # In place, its report calls the table users.
        in_place=None),
    Database(
        "names with blanks and quotes",
        """
        CREATE TABLE "the 'users'" ("user id" INTEGER PRIMARY KEY, "the name" TEXT, "it's secret" TEXT, [on/off] INT);
        INSERT INTO "the 'users'" VALUES (1, 'alice', '{bcrypt}', 1), (2, 'bob', '{bcrypt}', 0);
        """,
        """
        disabled "bob" (row 2): on/off is 0
        columns: table the 'users', name from the name, password from it's secret, active from on/off
        2 read: 2 taken
        of those taken: 1 disabled
        passwords: 2 bcrypt
        flags: on/off 1: 1, 0: 1
        """,
        (User(1, "alice"), User(2, "bob", active=False)),
        options=("--table", "the 'users'", "--username-column", "the name", "--password-column", "it's secret",
                 "--active-column", "on/off"),
        in_place=IMPORT_IT),
    Database(
        "both flags, which must both allow",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, is_active INT, disabled INT);
        INSERT INTO users VALUES (1, 'alice', '{bcrypt}', 1, 0), (2, 'bob', '{bcrypt}', 0, 0),
            (3, 'carol', '{bcrypt}', 1, 1);
        """,
        """
        disabled "bob" (id 2): is_active is 0
        disabled "carol" (id 3): disabled is 1
        columns: table users, id from id, name from username, password from hashed_password, active from is_active, \\
            disabled from disabled
        3 read: 3 taken
        of those taken: 2 disabled
        passwords: 3 bcrypt
        flags: is_active 1: 2, 0: 1; disabled 0: 2, 1: 1
        """,
        (User(1, "alice"), User(2, "bob", active=False), User(3, "carol", active=False)),
        in_place=SAME),
    Database(
        "one of two flags, which was named",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, is_active INT, verified INT);
        INSERT INTO users VALUES (1, 'alice', '{bcrypt}', 0, 1), (2, 'bob', '{bcrypt}', 1, 0);
        """,
        """
        disabled "bob" (id 2): verified is 0
        columns: table users, id from id, name from username, password from hashed_password, active from verified
        2 read: 2 taken
        of those taken: 1 disabled
        passwords: 2 bcrypt
        flags: verified 1: 1, 0: 1
        """,
        (User(1, "alice"), User(2, "bob", active=False)),
        options=("--active-column", "verified"),
        in_place=SAME, beside=(("SELECT verified, old_is_active FROM users ORDER BY id", [(1, 0), (0, 1)]),)),
    Database(
        "a role for each user",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, role TEXT);
        INSERT INTO users VALUES (1, 'alice', '{bcrypt}', 'admin'), (2, 'bob', '{bcrypt}', 'editor,guest'),
            (3, 'carol', '{bcrypt}', NULL), (4, 'dave', '{bcrypt}', 'user');
        """,
        """
        scope "bob" (id 2): scope guest is not in restricted_scopes: not given
        scope "dave" (id 4): scope user is not in restricted_scopes: not given
        columns: table users, id from id, name from username, password from hashed_password, scope from role
        4 read: 4 taken
        passwords: 4 bcrypt
        """,
        (User(1, "alice", scope="admin"), User(2, "bob", scope="editor"), User(3, "carol"), User(4, "dave")),
        options=("--scope-column", "role"),
        in_place=SAME, beside=(
            ("SELECT role FROM users ORDER BY id", [("admin",), ("editor,guest",), (None,), ("user",)]),)),
    Database(
        "ids that are texts",
        """
        CREATE TABLE users (id CHAR(36) NOT NULL PRIMARY KEY, email VARCHAR(320) NOT NULL UNIQUE,
            hashed_password VARCHAR(1024) NOT NULL, is_active BOOLEAN NOT NULL, is_superuser BOOLEAN NOT NULL,
            is_verified BOOLEAN NOT NULL);
        INSERT INTO users VALUES
            ('1b4e28ba-2fa1-11d2-883f-0016d3cca427', 'alice@example.org', '{argon2id}', 1, 1, 1),
            ('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'bob@example.org', '{argon2id}', 0, 0, 0);
        """,
        """
        disabled "bob@example.org" (row 2): is_active is 0
        columns: table users, id from id, name from email, email from email, password from hashed_password, \\
            active from is_active, scope from is_superuser
        2 read: 2 taken
        of those taken: 1 disabled, 2 with a new id
        passwords: 2 argon2id
        flags: is_active 1: 1, 0: 1
        """,
        (User(1, "alice@example.org", "argon2id", email="alice@example.org", scope="admin"),
         User(2, "bob@example.org", "argon2id", active=False, email="bob@example.org")),
        options=("--scope-column", "is_superuser=admin"),
        in_place=IMPORT_IT),
    Database(
        "ids that cannot be kept, before some that can",
        """
        CREATE TABLE users (id INTEGER, username TEXT, hashed_password TEXT);
        INSERT INTO users VALUES (-5, 'alice', '{bcrypt}'), (0, 'bob', '{bcrypt}'), (1, 'carol', '{bcrypt}'),
            (7, 'dave', '{bcrypt}');
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password
        4 read: 4 taken
        of those taken: 2 with a new id
        passwords: 4 bcrypt
        """,
        (User(1, "carol"), User(7, "dave"), User(8, "alice"), User(9, "bob")),
        in_place=IMPORT_IT),
    Database(
        "generated columns",
        """
        CREATE TABLE users (
            id INTEGER PRIMARY KEY, first_name TEXT, username TEXT, hashed_password TEXT, is_blocked INT DEFAULT 0,
            is_active INT GENERATED ALWAYS AS (NOT is_blocked) VIRTUAL,
            email TEXT GENERATED ALWAYS AS (username || '@example.org') STORED);
        INSERT INTO users VALUES (1, 'Alice', 'alice', '{bcrypt}', 0), (2, 'Bob', 'bob', '{bcrypt}', 1);
        """,
        """
        disabled "bob" (id 2): is_active is 0
        columns: table users, id from id, name from username, email from email, password from hashed_password, \\
            active from is_active
        2 read: 2 taken
        of those taken: 1 disabled
        passwords: 2 bcrypt
        flags: is_active 1: 1, 0: 1
        """,
        (User(1, "alice", email="alice@example.org"), User(2, "bob", active=False, email="bob@example.org")),
        in_place=SAME),
    Database(
        "a table without rowid",
        """
        CREATE TABLE users (username TEXT NOT NULL PRIMARY KEY, hashed_password TEXT NOT NULL) WITHOUT ROWID;
        INSERT INTO users VALUES ('bob', '{bcrypt}'), ('alice', '{bcrypt}');
        """,
        """
        columns: table users, name from username, password from hashed_password
        2 read: 2 taken
        passwords: 2 bcrypt
        """,
        (User(1, "alice"), User(2, "bob")),
        in_place=IMPORT_IT),
    Database(
        "a strict table",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL,
            is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1))) STRICT;
        INSERT INTO users VALUES (1, 'alice', '{bcrypt}', 1);
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password, active from is_active
        1 read: 1 taken
        passwords: 1 bcrypt
        flags: is_active 1: 1
        """,
        (User(1, "alice"),),
        in_place=SAME),
    Database(
        "a view over two tables",
        """
        CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT, gone_at TEXT);
        CREATE TABLE secrets (person INTEGER REFERENCES people (id), pw TEXT);
        CREATE VIEW users AS SELECT id, mail AS email, pw AS hashed_password, gone_at IS NULL AS is_active
            FROM people JOIN secrets ON person = id;
        INSERT INTO people VALUES (1, 'alice@example.org', NULL), (2, 'bob@example.org', '2024-01-02');
        INSERT INTO secrets VALUES (1, '{bcrypt}'), (2, '{bcrypt}');
        """,
        """
        disabled "bob@example.org" (id 2): is_active is 0
        columns: view users, id from id, name from email, email from email, password from hashed_password, \\
            active from is_active
        2 read: 2 taken
        of those taken: 1 disabled
        passwords: 2 bcrypt
        flags: is_active 1: 1, 0: 1
        """,
        (User(1, "alice@example.org", email="alice@example.org"),
         User(2, "bob@example.org", active=False, email="bob@example.org")),
        in_place=IMPORT_IT),
    Database(
        "references to other columns than the id",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, email TEXT UNIQUE, hashed_password TEXT);
        CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, author TEXT REFERENCES users (username) ON UPDATE CASCADE);
        CREATE TABLE letters (id INTEGER PRIMARY KEY, recipient TEXT REFERENCES users (email) ON DELETE CASCADE);
        INSERT INTO users VALUES (1, 'alice', 'alice@example.org', '{bcrypt}'), (2, 'bob', 'bob@example.org', '{bcrypt}');
        INSERT INTO posts VALUES (1, 'a lamp', 'bob');
        INSERT INTO letters VALUES (1, 'alice@example.org');
        """,
        """
        columns: table users, id from id, name from username, email from email, password from hashed_password
        2 read: 2 taken
        passwords: 2 bcrypt
        """,
        (User(1, "alice", email="alice@example.org"), User(2, "bob", email="bob@example.org")),
        in_place=SAME,
        beside=(
            ("PRAGMA foreign_key_check", []),
            ("INSERT INTO posts VALUES (2, 'a chair', 'alice') RETURNING author", [("alice",)]),
            ("SELECT title, email FROM posts JOIN users ON author = username ORDER BY posts.id",
             [("a lamp", "bob@example.org"), ("a chair", "alice@example.org")]))),
    Database(
        "an audit trigger, and a version of the application's own",
        """
        PRAGMA user_version = 7;
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, hashed_password TEXT, is_active INT DEFAULT 1);
        CREATE TABLE trail (what TEXT, who INTEGER);
        CREATE TRIGGER users_insert AFTER INSERT ON users BEGIN INSERT INTO trail VALUES ('new', new.id); END;
        CREATE INDEX users_by_length ON users (length(username));
        INSERT INTO users VALUES (1, 'alice', '{bcrypt}', 1);
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password, active from is_active
        1 read: 1 taken
        passwords: 1 bcrypt
        flags: is_active 1: 1
        """,
        (User(1, "alice"),),
        in_place=SAME,
        beside=(("SELECT * FROM trail", [("new", 1)]),
                ("SELECT name FROM sqlite_schema WHERE name IN ('users_insert', 'users_by_length') ORDER BY name",
                 [("users_by_length",), ("users_insert",)]))),
    Database(
        "a full-text index that triggers keep",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, hashed_password TEXT, is_active INT);
        CREATE VIRTUAL TABLE users_fts USING fts5(username, content=users, content_rowid=id);
        CREATE TRIGGER users_ai AFTER INSERT ON users BEGIN
            INSERT INTO users_fts (rowid, username) VALUES (new.id, new.username); END;
        CREATE TRIGGER users_au AFTER UPDATE ON users BEGIN
            INSERT INTO users_fts (users_fts, rowid, username) VALUES ('delete', old.id, old.username);
            INSERT INTO users_fts (rowid, username) VALUES (new.id, new.username); END;
        CREATE TRIGGER users_ad AFTER DELETE ON users BEGIN
            INSERT INTO users_fts (users_fts, rowid, username) VALUES ('delete', old.id, old.username); END;
        INSERT INTO users VALUES (1, 'alice', '{bcrypt}', 1), (2, 'bob', '{bcrypt}', 1);
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password, active from is_active
        2 read: 2 taken
        passwords: 2 bcrypt
        flags: is_active 1: 2
        """,
        (User(1, "alice"), User(2, "bob")),
        in_place="users_a"),
    Database(
        "Alembic, and tables that have a column for a name too",
        """
        CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, PRIMARY KEY (version_num));
        CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50), hashed_password VARCHAR(60), is_active BOOLEAN);
        CREATE TABLE countries (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE password_resets (email TEXT, token TEXT, created_at TEXT);
        INSERT INTO alembic_version VALUES ('ae1027a6acf0');
        INSERT INTO users VALUES (1, 'alice', '{bcrypt}', 1);
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password, active from is_active
        1 read: 1 taken
        passwords: 1 bcrypt
        flags: is_active 1: 1
        """,
        (User(1, "alice"),),
        in_place=SAME, beside=(("SELECT * FROM alembic_version", [("ae1027a6acf0",)]),)),
    Database(
        "a table that has the name of one of ours",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, is_active INT);
        CREATE TABLE known_networks (id INTEGER PRIMARY KEY, ssid TEXT);
        INSERT INTO users VALUES (1, 'alice', '{bcrypt}', 1);
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password, active from is_active
        1 read: 1 taken
        passwords: 1 bcrypt
        flags: is_active 1: 1
        """,
        (User(1, "alice"),),
        in_place=SAME, beside=(("SELECT * FROM old_known_networks", []),)),
    Database(
        "users beside administrators",
        """
        CREATE TABLE admins (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT);
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT);
        INSERT INTO admins VALUES (1, 'root', '{bcrypt}');
        INSERT INTO users VALUES (1, 'alice', '{bcrypt}');
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password
        1 read: 1 taken
        passwords: 1 bcrypt
        """,
        (User(1, "alice"),),
        in_place=SAME, beside=(("SELECT username FROM admins", [("root",)]),)),
    Database(
        "several tables that fit, of which one is named",
        """
        CREATE TABLE accounts (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT);
        CREATE TABLE members (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT);
        INSERT INTO accounts VALUES (1, 'root', '{bcrypt}');
        INSERT INTO members VALUES (1, 'alice', '{bcrypt}');
        """,
        """
        columns: table members, id from id, name from username, password from hashed_password
        1 read: 1 taken
        passwords: 1 bcrypt
        """,
        (User(1, "alice"),),
        options=("--table", "members"),
        in_place=IMPORT_IT),
    Database(
        "an empty table",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, is_active INT);
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password, active from is_active
        0 read
        """,
        in_place=SAME),
]
