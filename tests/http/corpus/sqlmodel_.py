"""Databases that programs with SQLModel make."""

import datetime
import uuid
from typing import Optional

from makers import maker, run
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, create_engine


def new_base():
    """Else all models of a program share their metadata, and two of a name exclude each other."""
    class Base(SQLModel, registry=registry()):
        pass
    return Base


def write(engine, base, *rows):
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(rows)
        session.commit()


@maker
def first_steps(engine, hashes):
    """The security tutorial's user as a table."""
    Base = new_base()

    class User(Base, table=True):
        id: Optional[int] = Field(default=None, primary_key=True)
        username: str = Field(index=True, unique=True)
        email: Optional[str] = None
        full_name: Optional[str] = None
        disabled: Optional[bool] = None
        hashed_password: str

    write(engine, Base,
          User(username="johndoe", email="johndoe@example.com", full_name="John Doe", hashed_password=hashes["argon2id"],
               disabled=False),
          User(username="alice", hashed_password=hashes["argon2id"]),
          User(username="bob", hashed_password=hashes["argon2id"], disabled=True))


@maker
def full_stack_template(engine, hashes):
    """The full-stack template: a table called user, UUIDs, superusers, items."""
    Base = new_base()

    class User(Base, table=True):
        email: str = Field(unique=True, index=True, max_length=255)
        is_active: bool = True
        is_superuser: bool = False
        full_name: Optional[str] = Field(default=None, max_length=255)
        id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
        hashed_password: str
        created_at: Optional[datetime.datetime] = None

    class Item(Base, table=True):
        id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
        title: str
        owner_id: uuid.UUID = Field(foreign_key="user.id", nullable=False, ondelete="CASCADE")

    moment = datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, datetime.timezone.utc)
    admin = User(id=uuid.UUID(int=1), email="admin@example.com", is_superuser=True, hashed_password=hashes["bcrypt"],
                 created_at=moment)
    write(engine, Base, admin,
          User(id=uuid.UUID(int=2), email="alice@example.org", full_name="Alice Liddell", hashed_password=hashes["argon2id"],
               created_at=moment),
          User(id=uuid.UUID(int=3), email="bob@example.org", is_active=False, hashed_password=hashes["argon2id"]),
          Item(title="a lamp", owner_id=admin.id))


@maker
def named_users(engine, hashes):
    """A table that was given the name users, a number for each user, and a name to show."""
    Base = new_base()

    class User(Base, table=True):
        __tablename__ = "users"
        id: Optional[int] = Field(default=None, primary_key=True)
        email: str = Field(index=True, unique=True)
        name: Optional[str] = None
        hashed_password: str
        is_active: bool = True

    write(engine, Base,
          User(email="alice@example.org", name="Alice Liddell", hashed_password=hashes["argon2id"]),
          User(email="bob@example.org", hashed_password=hashes["bcrypt"], is_active=False))


if __name__ == "__main__":
    run(create_engine)
