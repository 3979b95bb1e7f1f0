"""What comes of the databases that object-relational mappers make: SQLAlchemy 1.4 and 2, and SQLModel."""

from corpus.database import IMPORT_IT, SAME, Database, User

OLD, NEW, SQLMODEL = "sqlalchemy_1_4", "sqlalchemy_2", "sqlmodel_"
ALICE, BOB = "alice@example.org", "bob@example.org"

DATABASES = [
    Database(
        "SQLAlchemy 1.4: the SQL tutorial", "sql_tutorial",
        """
        disabled "bob@example.org" (id 2): is_active is 0
        columns: table users, id from id, name from email, email from email, password from hashed_password, \\
            active from is_active
        2 read: 2 taken
        of those taken: 1 disabled
        passwords: 2 bcrypt
        flags: is_active 1: 1, 0: 1
        """,
        (User(1, ALICE, email=ALICE), User(2, BOB, active=False, email=BOB)), by=OLD, in_place=SAME,
        beside=(("SELECT title, email FROM items JOIN users ON users.id = owner_id", [("a lamp", ALICE)]),)),
    Database(
        "SQLAlchemy 1.4: roles and dates", "roles_and_dates",
        """
        scope "bob" (id 2): scope user is not in restricted_scopes: not given
        columns: table users, id from id, name from username, email from email, display name from full_name, \\
            password from hashed_password, active from is_active, scope from role, created from created_at
        2 read: 2 taken
        passwords: 1 argon2id, 1 bcrypt
        flags: is_active 1: 2
        """,
        (User(1, "alice", "argon2id", email=ALICE, display_name="Alice Liddell", scope="admin", created_at=1704164645),
         User(2, "bob", email=BOB, created_at=1704164645)), by=OLD, options=("--scope-column", "role"),
        in_place="dates in a column created_at"),
    Database(
        "SQLAlchemy 1.4: a hash as bytes, and roles in another table", "many_to_many",
        """
        columns: table users, id from id, name from username, password from password
        1 read: 1 taken
        passwords: 1 bcrypt
        """,
        (User(1, "alice"),), by=OLD, in_place=SAME,
        beside=(("SELECT name FROM roles JOIN users_roles ON role_id = roles.id WHERE user_id = 1", [("admin",)]),)),
    Database(
        "SQLAlchemy 1.4: fastapi-users", "fastapi_users",
        """
        columns: table user, id from id, name from email, email from email, password from hashed_password, \\
            active from is_active, scope from is_superuser
        2 read: 2 taken
        of those taken: 2 with a new id
        passwords: 1 argon2id, 1 bcrypt
        flags: is_active 1: 2
        """,
        (User(1, ALICE, "argon2id", email=ALICE, scope="admin"), User(2, BOB, email=BOB)), by=OLD,
        options=("--scope-column", "is_superuser=admin"), in_place=IMPORT_IT),
    Database(
        "SQLAlchemy 2: a name and an e-mail address", "name_and_email",
        """
        disabled "bob" (id 2): is_active is 0
        columns: table users, id from id, name from username, email from email, password from hashed_password, \\
            active from is_active
        2 read: 2 taken
        of those taken: 1 disabled
        passwords: 1 bcrypt, 1 argon2id
        flags: is_active 1: 1, 0: 1
        """,
        (User(1, "alice", email=ALICE), User(2, "bob", "argon2id", active=False)), by=NEW, in_place=SAME,
        beside=(("SELECT title FROM posts JOIN users ON users.id = author_id WHERE username = 'alice'", [("a lamp",)]),)),
    Database(
        "SQLAlchemy 2: UUIDs, dates and JSON", "uuids",
        """
        columns: table users, id from id, name from email, email from email, password from password_hash, \\
            created from created_at
        1 read: 1 taken
        of those taken: 1 with a new id
        passwords: 1 argon2id
        """,
        (User(1, ALICE, "argon2id", email=ALICE, created_at=1704164645),), by=NEW, in_place=IMPORT_IT),
    Database(
        "SQLAlchemy 2: a computed column and a reference to the name", "computed",
        """
        columns: table users, id from id, name from username, password from hashed_password
        1 read: 1 taken
        passwords: 1 bcrypt
        """,
        (User(1, "Alice", typed=("alice",)),), by=NEW, in_place=SAME,
        beside=(("SELECT lowered, visits.username FROM users JOIN visits USING (username)", [("alice", "Alice")]),)),
    Database(
        "SQLModel: the security tutorial's user as a table", "first_steps",
        """
        disabled "bob" (id 3): disabled is 1
        columns: table user, id from id, name from username, email from email, display name from full_name, \\
            password from hashed_password, disabled from disabled
        3 read: 3 taken
        of those taken: 1 disabled
        passwords: 3 argon2id
        flags: disabled 0: 1, NULL: 1, 1: 1
        """,
        (User(1, "johndoe", "argon2id", email="johndoe@example.com", display_name="John Doe"), User(2, "alice", "argon2id"),
         User(3, "bob", "argon2id", active=False)), by=SQLMODEL, in_place=IMPORT_IT),
    Database(
        "SQLModel: the full-stack template", "full_stack_template",
        """
        disabled "bob@example.org" (row 3): is_active is 0
        columns: table user, id from id, name from email, email from email, display name from full_name, \\
            password from hashed_password, active from is_active, scope from is_superuser, created from created_at
        3 read: 3 taken
        of those taken: 1 disabled, 3 with a new id
        passwords: 1 bcrypt, 2 argon2id
        flags: is_active 1: 2, 0: 1
        """,
        (User(1, "admin@example.com", email="admin@example.com", scope="admin", created_at=1704164645),
         User(2, ALICE, "argon2id", email=ALICE, display_name="Alice Liddell", created_at=1704164645),
         User(3, BOB, "argon2id", active=False, email=BOB)), by=SQLMODEL,
        options=("--scope-column", "is_superuser=admin"), in_place=IMPORT_IT),
    Database(
        "SQLModel: a table called users, and a name to show", "named_users",
        """
        disabled "bob@example.org" (id 2): is_active is 0
        columns: table users, id from id, name from email, email from email, display name from name, \\
            password from hashed_password, active from is_active
        2 read: 2 taken
        of those taken: 1 disabled
        passwords: 1 argon2id, 1 bcrypt
        flags: is_active 1: 1, 0: 1
        """,
        (User(1, ALICE, "argon2id", email=ALICE, display_name="Alice Liddell"), User(2, BOB, active=False, email=BOB)),
        by=SQLMODEL, in_place=SAME,
        beside=(("SELECT email, name FROM users WHERE id = 1", [(ALICE, "Alice Liddell")]),)),
]
