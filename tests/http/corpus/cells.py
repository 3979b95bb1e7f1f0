"""What stands in the rows: hashes of every kind, flags, dates, names and what is none. Written in SQL."""

from corpus.database import SAME, Database, User

# A takeover in place leaves nobody out: each row must be a user of ours.
STANDS_IN_THE_WAY = "stand in the way"

# An e-mail address of the most that has a meaning, and a name of more.
LONG_EMAIL = "a" * 242 + "@example.org"
LONG_NAME = "n" * 255
ZOE, ZOE_APART = "Zo\u00eb", "Zoe\u0308"
FULLWIDTH = "\uff41\uff4c\uff49\uff43\uff45"        # alice, as wide as Chinese is written

DATABASES = [
    Database(
        "hashes of every kind that can be checked",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, hashed_password TEXT);
        INSERT INTO users VALUES
            (1, 'bcrypt', '{bcrypt}'), (2, 'bcrypt_2a', '{bcrypt_2a}'), (3, 'bcrypt_2y', '{bcrypt_2y}'),
            (4, 'argon2id', '{argon2id}'), (5, 'argon2i', '{argon2i}'),
            (6, 'sha256_crypt', '{sha256_crypt}'), (7, 'sha512_crypt', '{sha512_crypt}'), (8, 'md5_crypt', '{md5_crypt}'),
            (9, 'apr1', '{apr1}'), (10, 'yescrypt', '{yescrypt}'), (11, 'gost_yescrypt', '{gost_yescrypt}'),
            (12, 'scrypt_7', '{scrypt_7}'), (13, 'passlib_pbkdf2_sha1', '{passlib_pbkdf2_sha1}'),
            (14, 'passlib_pbkdf2_sha256', '{passlib_pbkdf2_sha256}'),
            (15, 'passlib_pbkdf2_sha512', '{passlib_pbkdf2_sha512}'), (16, 'passlib_scrypt', '{passlib_scrypt}'),
            (17, 'django_pbkdf2', '{django_pbkdf2}'), (18, 'django_scrypt', '{django_scrypt}'),
            (19, 'werkzeug_pbkdf2', '{werkzeug_pbkdf2}'), (20, 'werkzeug_scrypt', '{werkzeug_scrypt}'),
            (21, 'sha', '{sha}'), (22, 'ssha', '{ssha}'), (23, 'phpass', '{phpass}'), (24, 'bearward', '{bearward}'),
            (25, 'django_argon2', '{django_argon2}'), (26, 'django_bcrypt_sha256', '{django_bcrypt_sha256}'),
            (27, 'passlib_bcrypt_sha256', '{passlib_bcrypt_sha256}');
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password
        27 read: 27 taken
        passwords: 3 bcrypt, 2 argon2id, 1 argon2i, 1 sha256-crypt, 1 sha512-crypt, \\
            1 md5-crypt (weak, replaced at the next sign-in), 1 apr1 (weak, replaced at the next sign-in), 1 yescrypt, \\
            1 gost-yescrypt, 5 scrypt, 1 pbkdf2-sha1, 3 pbkdf2-sha256, 1 pbkdf2-sha512, \\
            1 sha (weak, replaced at the next sign-in), 1 ssha (weak, replaced at the next sign-in), \\
            1 phpass (weak, replaced at the next sign-in), 2 bcrypt-sha256
        """,
        tuple(User(number, kind, kind) for number, kind in enumerate((
            "bcrypt", "bcrypt_2a", "bcrypt_2y", "argon2id", "argon2i", "sha256_crypt", "sha512_crypt", "md5_crypt", "apr1",
            "yescrypt", "gost_yescrypt", "scrypt_7", "passlib_pbkdf2_sha1", "passlib_pbkdf2_sha256",
            "passlib_pbkdf2_sha512", "passlib_scrypt", "django_pbkdf2", "django_scrypt", "werkzeug_pbkdf2",
            "werkzeug_scrypt", "sha", "ssha", "phpass", "bearward", "django_argon2", "django_bcrypt_sha256",
            "passlib_bcrypt_sha256"), 1)),
        in_place=SAME),
    Database(
        "hashes that nobody can check, and passwords that are none",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, password TEXT);
        INSERT INTO users VALUES
            (1, 'alice', '{bcrypt}'), (2, 'bob', 'correct horse battery staple'),
            (3, 'carol', '5f4dcc3b5aa765d61d8327deb882cf99'), (4, 'dave', '$unknown$1$abc'), (5, 'erin', NULL),
            (6, 'frank', ''), (7, 'grace', 12345678), (8, 'heidi', x'00ff00ff'), (9, 'ivan', CAST('{bcrypt}' AS BLOB)),
            (10, 'judy', '$2b$31$toolittle');
        """,
        """
        unusable "bob" (id 2): the hash is of no kind that can be checked, and was not kept; \\
            give a password: bearward user passwd NAME
        unusable "carol" (id 3): the hash is of no kind that can be checked, and was not kept; \\
            give a password: bearward user passwd NAME
        unusable "dave" (id 4): the hash is of no kind that can be checked, and was not kept; \\
            give a password: bearward user passwd NAME
        unusable "erin" (id 5): there is no password hash; give a password: bearward user passwd NAME
        unusable "frank" (id 6): there is no password hash; give a password: bearward user passwd NAME
        unusable "grace" (id 7): the hash is of no kind that can be checked, and was not kept; \\
            give a password: bearward user passwd NAME
        unusable "heidi" (id 8): there is no password hash; give a password: bearward user passwd NAME
        unusable "judy" (id 10): the hash is of no kind that can be checked, and was not kept; \\
            give a password: bearward user passwd NAME
        columns: table users, id from id, name from username, password from password
        10 read: 10 taken
        of those taken: 8 unusable
        passwords: 2 bcrypt
        """,
        (User(1, "alice"), *(User(number, name, "") for number, name in enumerate(
            ("bob", "carol", "dave", "erin", "frank", "grace", "heidi"), 2)), User(9, "ivan"), User(10, "judy", "")),
        in_place=SAME),
    Database(
        "flags as numbers, texts and nothing",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, is_active);
        INSERT INTO users VALUES
            (1, 'one', '{bcrypt}', 1), (2, 'zero', '{bcrypt}', 0), (3, 'two', '{bcrypt}', 2), (4, 'half', '{bcrypt}', 0.5),
            (5, 'true', '{bcrypt}', 'true'), (6, 'TRUE2', '{bcrypt}', ' TRUE '), (7, 't', '{bcrypt}', 't'),
            (8, 'yes', '{bcrypt}', 'Yes'), (9, 'on', '{bcrypt}', 'on'), (10, 'one-as-text', '{bcrypt}', '1'),
            (11, 'false', '{bcrypt}', 'False'), (12, 'no', '{bcrypt}', 'n'), (13, 'off', '{bcrypt}', 'off'),
            (14, 'empty', '{bcrypt}', ''), (15, 'nothing', '{bcrypt}', NULL), (16, 'maybe', '{bcrypt}', 'maybe'),
            (17, 'bytes', '{bcrypt}', x'01');
        """,
        """
        disabled "zero" (id 2): is_active is 0
        disabled "false" (id 11): is_active is "False"
        disabled "no" (id 12): is_active is "n"
        disabled "off" (id 13): is_active is "off"
        disabled "empty" (id 14): is_active is ""
        disabled "nothing" (id 15): is_active is NULL
        disabled "maybe" (id 16): is_active is "maybe", which is neither yes nor no
        disabled "bytes" (id 17): is_active is bytes, which is neither yes nor no
        columns: table users, id from id, name from username, password from hashed_password, active from is_active
        17 read: 17 taken
        of those taken: 8 disabled
        passwords: 17 bcrypt
        flags: is_active 1: 1, 0: 1, 2: 1, 0.5: 1, "true": 1, " TRUE ": 1, "t": 1, "Yes": 1, "on": 1, "1": 1, "False": 1, \\
            others: 6
        """,
        tuple(User(number, name, active=number not in (2, *range(11, 18))) for number, name in enumerate((
            "one", "zero", "two", "half", "true", "TRUE2", "t", "yes", "on", "one-as-text", "false", "no", "off", "empty",
            "nothing", "maybe", "bytes"), 1)),
        in_place=SAME),
    Database(
        "disabled as numbers, texts and nothing",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, is_disabled);
        INSERT INTO users VALUES
            (1, 'alice', '{bcrypt}', NULL), (2, 'bob', '{bcrypt}', 0), (3, 'carol', '{bcrypt}', 'false'),
            (4, 'dave', '{bcrypt}', 1), (5, 'erin', '{bcrypt}', 'true'), (6, 'frank', '{bcrypt}', 'perhaps');
        """,
        """
        disabled "dave" (id 4): is_disabled is 1
        disabled "erin" (id 5): is_disabled is "true"
        disabled "frank" (id 6): is_disabled is "perhaps", which is neither yes nor no
        columns: table users, id from id, name from username, password from hashed_password, disabled from is_disabled
        6 read: 6 taken
        of those taken: 3 disabled
        passwords: 6 bcrypt
        flags: is_disabled NULL: 1, 0: 1, "false": 1, 1: 1, "true": 1, "perhaps": 1
        """,
        (User(1, "alice"), User(2, "bob"), User(3, "carol"), User(4, "dave", active=False), User(5, "erin", active=False),
         User(6, "frank", active=False)),
        in_place=SAME),
    Database(
        "when a user came to be",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, created_at);
        INSERT INTO users VALUES
            (1, 'sqlalchemy', '{bcrypt}', '2024-01-02 03:04:05.678901'), (2, 'sqlite', '{bcrypt}', '2024-01-02 03:04:05'),
            (3, 'javascript', '{bcrypt}', '2024-01-02T03:04:05.678Z'),
            (4, 'elsewhere', '{bcrypt}', '2024-01-02T05:04:05+02:00'),
            (5, 'day', '{bcrypt}', '2024-01-02'), (6, 'seconds', '{bcrypt}', 1704164645),
            (7, 'milliseconds', '{bcrypt}', 1704164645678), (8, 'fraction', '{bcrypt}', 1704164645.678),
            (9, 'nothing', '{bcrypt}', NULL), (10, 'words', '{bcrypt}', 'last Tuesday'), (11, 'zero', '{bcrypt}', 0);
        """,
        """
        columns: table users, id from id, name from username, password from hashed_password, created from created_at
        11 read: 11 taken
        passwords: 11 bcrypt
        """,
        tuple(User(number, name, created_at=moment) for number, (name, moment) in enumerate({
            "sqlalchemy": 1704164645, "sqlite": 1704164645, "javascript": 1704164645, "elsewhere": 1704164645,
            "day": 1704153600, "seconds": 1704164645, "milliseconds": 1704164645, "fraction": 1704164645,
            "nothing": 0, "words": 0, "zero": 0}.items(), 1)),
        in_place=SAME, beside=(("SELECT old_created_at FROM users WHERE id = 5", [("2024-01-02",)]),)),
    Database(
        "names that are allowed, changed or looked up as they are",
        f"""
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, hashed_password TEXT);
        INSERT INTO users VALUES
            (1, '{LONG_EMAIL}', '{{bcrypt}}'), (2, '{ZOE_APART}', '{{bcrypt}}'), (3, '{FULLWIDTH}', '{{bcrypt}}'),
            (4, 'two words', '{{bcrypt}}'), (5, 'a:b', '{{bcrypt}}'), (6, '.', '{{bcrypt}}'),
            (7, '{LONG_NAME}', '{{bcrypt}}'),
            (8, '\U0001f511', '{{bcrypt}}'), (9, ' bob', '{{bcrypt}}'), (10, '\u738b\u5c0f\u660e', '{{bcrypt}}'),
            (11, 'admin', '{{bcrypt}}'), (12, 'x', '{{bcrypt}}');
        """,
        f"""
        renamed "{ZOE_APART}" (id 2): now "{ZOE}"
        renamed "{FULLWIDTH}" (id 3): now "alice"
        exact "two words" (id 4): signs in only when spelt just like this
        exact "a:b" (id 5): signs in only when spelt just like this
        exact "." (id 6): signs in only when spelt just like this
        exact "{LONG_NAME}" (id 7): signs in only when spelt just like this
        exact "\U0001f511" (id 8): signs in only when spelt just like this
        exact " bob" (id 9): signs in only when spelt just like this
        columns: table users, id from id, name from username, password from hashed_password
        12 read: 12 taken
        of those taken: 2 renamed, 6 exact
        passwords: 12 bcrypt
        """,
        (User(1, LONG_EMAIL), User(2, ZOE, typed=(ZOE_APART,)), User(3, "alice", typed=(FULLWIDTH, "ALICE")),
         User(4, "two words"), User(5, "a:b"), User(6, "."), User(7, LONG_NAME), User(8, "\U0001f511"), User(9, " bob"),
         User(10, "\u738b\u5c0f\u660e"), User(11, "admin"), User(12, "x")),
        in_place=SAME),
    Database(
        "names that collide once case, width and normal form do not count",
        f"""
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, hashed_password TEXT);
        INSERT INTO users VALUES
            (1, 'Alice', '{{bcrypt}}'), (2, 'alice', '{{argon2id}}'), (3, '{FULLWIDTH}', '{{bcrypt}}'),
            (4, '{ZOE}', '{{bcrypt}}'), (5, '{ZOE_APART}', '{{bcrypt}}'), (6, 'bob', '{{bcrypt}}');
        """,
        f"""
        refused "alice" (id 2): has the same name as id 1
        refused "{FULLWIDTH}" (id 3): has the same name as id 1
        refused "{ZOE_APART}" (id 5): has the same name as id 4
        columns: table users, id from id, name from username, password from hashed_password
        6 read: 3 taken, 3 refused
        passwords: 3 bcrypt
        """,
        (User(1, "Alice"), User(4, ZOE), User(6, "bob")), status=1,
        in_place=STANDS_IN_THE_WAY),
    Database(
        "names that are none",
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, username, hashed_password TEXT);
        INSERT INTO users VALUES
            (1, NULL, '{bcrypt}'), (2, '', '{bcrypt}'), (3, 7, '{bcrypt}'), (4, 1.5, '{bcrypt}'), (5, x'616263', '{bcrypt}'),
            (6, CAST(x'6100' AS TEXT), '{bcrypt}'), (7, CAST(x'6ae972f46d65' AS TEXT), '{bcrypt}'),
            (8, 'a' || char(27) || '[31mb', '{bcrypt}'), (9, printf('%.*c', 1025, 'n'), '{bcrypt}'),
            (10, 'alice', '{bcrypt}');
        """,
        """
        refused "" (id 1): there is no name
        refused "" (id 2): there is no name
        refused "" (id 3): the name is not valid text
        refused "" (id 4): the name is not valid text
        refused "" (id 5): the name is not valid text
        refused "" (id 6): the name is not valid text
        refused "" (id 7): the name is not valid text
        refused "a\\x1b[31mb" (id 8): the name has control characters
        refused "" (id 9): the name is longer than 1024 bytes
        columns: table users, id from id, name from username, password from hashed_password
        10 read: 1 taken, 9 refused
        passwords: 1 bcrypt
        """,
        (User(10, "alice"),), status=1,
        in_place=STANDS_IN_THE_WAY),
    Database(
        "e-mail addresses and names to show that are left out",
        f"""
        CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, email TEXT, full_name TEXT, hashed_password TEXT);
        INSERT INTO users VALUES
            (1, 'alice', 'alice' || char(10) || '@example.org', 'Alice', '{{bcrypt}}'),
            (2, 'bob', 'b{LONG_EMAIL}', 'Bob', '{{bcrypt}}'), (3, 'carol', x'6340', 'Carol', '{{bcrypt}}'),
            (4, 'dave', '{LONG_EMAIL}', 'Dave' || char(7), '{{bcrypt}}'), (5, 'erin', '', '', '{{bcrypt}}'),
            (6, 'frank', 'nobody', ' ', '{{bcrypt}}');
        """,
        """
        dropped "alice" (id 1): The email address has a space or a control character in it
        dropped "bob" (id 2): The email address is longer than 254 characters
        dropped "carol" (id 3): The email address is not UTF-8 text
        dropped "dave" (id 4): The display name has a control character in it
        dropped "frank" (id 6): The email address is not of the form name@host, with one @
        dropped "frank" (id 6): The display name is only spaces
        columns: table users, id from id, name from username, email from email, display name from full_name, \\
            password from hashed_password
        6 read: 6 taken
        passwords: 6 bcrypt
        """,
        (User(1, "alice", display_name="Alice"), User(2, "bob", display_name="Bob"), User(3, "carol", display_name="Carol"),
         User(4, "dave", email=LONG_EMAIL), User(5, "erin"), User(6, "frank"))),
]
