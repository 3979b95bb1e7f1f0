"""Databases that programs with SQLAlchemy 2 make."""

import datetime
import uuid
from typing import Optional

from makers import maker, run
from sqlalchemy import JSON, Computed, DateTime, ForeignKey, String, UniqueConstraint, Uuid, create_engine, func
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


def write(engine, base, *rows):
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(rows)
        session.commit()


@maker
def name_and_email(engine, hashes):
    """What most begin with: a name, an e-mail address, a hash, a flag, and things that belong to someone."""
    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True, index=True)
        username: Mapped[str] = mapped_column(String(50), unique=True, index=True)
        email: Mapped[Optional[str]] = mapped_column(String(100), unique=True)
        hashed_password: Mapped[str]
        is_active: Mapped[bool] = mapped_column(default=True)
        posts: Mapped[list["Post"]] = relationship(back_populates="author", cascade="all, delete-orphan")

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
        author: Mapped[User] = relationship(back_populates="posts")

    write(engine, Base,
          User(username="alice", email="alice@example.org", hashed_password=hashes["bcrypt"], posts=[Post(title="a lamp")]),
          User(username="bob", hashed_password=hashes["argon2id"], is_active=False))


@maker
def uuids(engine, hashes):
    """SQLAlchemy's own type for UUIDs, dates with a zone, settings in JSON."""
    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
        email: Mapped[str] = mapped_column(String(255), unique=True)
        password_hash: Mapped[str]
        settings: Mapped[dict] = mapped_column(JSON, default=dict)
        created_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    moment = datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    write(engine, Base,
          User(id=uuid.UUID(int=1), email="alice@example.org", password_hash=hashes["argon2id"], created_at=moment))


@maker
def computed(engine, hashes):
    """A column that the database computes, a name for each constraint, an upright foreign key to the name."""
    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        username: Mapped[str] = mapped_column(String(50))
        hashed_password: Mapped[str]
        lowered: Mapped[str] = mapped_column(Computed("lower(username)"))
        __table_args__ = (UniqueConstraint("username", name="uq_users_username"),)

    class Session_(Base):
        __tablename__ = "visits"
        id: Mapped[int] = mapped_column(primary_key=True)
        username: Mapped[str] = mapped_column(ForeignKey("users.username", onupdate="CASCADE"))

    write(engine, Base, User(username="Alice", hashed_password=hashes["bcrypt"]), Session_(username="Alice"))


if __name__ == "__main__":
    run(create_engine)
