"""Databases that programs with SQLAlchemy 1.4 make."""

import datetime
import enum
import uuid

from makers import maker, run
from sqlalchemy import (
    Boolean, CheckConstraint, Column, DateTime, Enum, ForeignKey, Integer, LargeBinary, String, Table, create_engine, func)
from sqlalchemy.orm import Session, declarative_base, relationship
from sqlalchemy.types import CHAR, TypeDecorator


def write(engine, base, *rows):
    base.metadata.create_all(bind=engine)
    with Session(engine) as session:
        session.add_all(rows)
        session.commit()


@maker
def sql_tutorial(engine, hashes):
    """The tutorial "SQL (Relational) Databases" as it was for years."""
    Base = declarative_base()

    class User(Base):
        __tablename__ = "users"
        id = Column(Integer, primary_key=True, index=True)
        email = Column(String, unique=True, index=True)
        hashed_password = Column(String)
        is_active = Column(Boolean, default=True)
        items = relationship("Item", back_populates="owner")

    class Item(Base):
        __tablename__ = "items"
        id = Column(Integer, primary_key=True, index=True)
        title = Column(String, index=True)
        description = Column(String, index=True)
        owner_id = Column(Integer, ForeignKey("users.id"))
        owner = relationship("User", back_populates="items")

    write(engine, Base,
          User(email="alice@example.org", hashed_password=hashes["bcrypt"], items=[Item(title="a lamp")]),
          User(email="bob@example.org", hashed_password=hashes["bcrypt"], is_active=False))


@maker
def roles_and_dates(engine, hashes):
    """An enumeration of roles, dates of the server, and a constraint for each Boolean."""
    Base = declarative_base()

    class Role(enum.Enum):
        admin = "admin"
        user = "user"

    class User(Base):
        __tablename__ = "users"
        id = Column(Integer, primary_key=True)
        username = Column(String(50), unique=True, nullable=False)
        email = Column(String(120), unique=True, nullable=False)
        full_name = Column(String(100))
        hashed_password = Column(String(128), nullable=False)
        role = Column(Enum(Role), default=Role.user, nullable=False)
        is_active = Column(Boolean(create_constraint=True), default=True)
        created_at = Column(DateTime, server_default=func.now())
        __table_args__ = (CheckConstraint("length(username) > 2", name="name_is_long_enough"),)

    moment = datetime.datetime(2024, 1, 2, 3, 4, 5, 678901)
    write(engine, Base,
          User(username="alice", email="alice@example.org", full_name="Alice Liddell", hashed_password=hashes["argon2id"],
               role=Role.admin, created_at=moment),
          User(username="bob", email="bob@example.org", hashed_password=hashes["bcrypt"], created_at=moment))


@maker
def many_to_many(engine, hashes):
    """Roles in a table of their own, and a hash that was never decoded from the bytes that bcrypt gives."""
    Base = declarative_base()
    has = Table("users_roles", Base.metadata, Column("user_id", ForeignKey("users.id"), primary_key=True),
                Column("role_id", ForeignKey("roles.id"), primary_key=True))

    class Role(Base):
        __tablename__ = "roles"
        id = Column(Integer, primary_key=True)
        name = Column(String, unique=True)

    class User(Base):
        __tablename__ = "users"
        id = Column(Integer, primary_key=True)
        username = Column(String, unique=True)
        password = Column(LargeBinary)
        roles = relationship(Role, secondary=has)

    write(engine, Base, User(username="alice", password=hashes["bcrypt"].encode(), roles=[Role(name="admin")]))


@maker
def fastapi_users(engine, hashes):
    """fastapi-users: a table called user, ids that are UUIDs, people who sign in with their e-mail address."""
    Base = declarative_base()

    class GUID(TypeDecorator):
        impl = CHAR(36)
        cache_ok = True

        def process_bind_param(self, value, dialect):
            return str(value)

    class User(Base):
        __tablename__ = "user"
        id = Column(GUID, primary_key=True)
        email = Column(String(length=320), unique=True, index=True, nullable=False)
        hashed_password = Column(String(length=1024), nullable=False)
        is_active = Column(Boolean, default=True, nullable=False)
        is_superuser = Column(Boolean, default=False, nullable=False)
        is_verified = Column(Boolean, default=False, nullable=False)

    write(engine, Base,
          User(id=uuid.UUID(int=1), email="alice@example.org", hashed_password=hashes["argon2id"], is_superuser=True),
          User(id=uuid.UUID(int=2), email="bob@example.org", hashed_password=hashes["bcrypt"]))


if __name__ == "__main__":
    run(create_engine)
