"""The application of today's FastAPI tutorial: argon2 by pwdlib, PyJWT, and users with email, full_name and disabled.

"OAuth2 with Password (and hashing), Bearer with JWT tokens", put together the way a newcomer does: users live in a
table instead of a dictionary. Secret and address of the database come from outside. It runs on what PyPI has today,
and on Debian 12's FastAPI and argon2: so parameters have defaults where the tutorial annotates, and SQLAlchemy stands
where it has SQLModel. What it does differently from bearward is the point of it: do not mend it.
"""

import os
from datetime import datetime, timedelta, timezone
from typing import Optional

import jwt
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from jwt.exceptions import InvalidTokenError
from pydantic import BaseModel
from sqlalchemy import Boolean, Column, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base

try:
    from pwdlib import PasswordHash
except ImportError:
    import argon2

    class PasswordHash:
        """What pwdlib does, with the library below it."""

        @classmethod
        def recommended(cls):
            return cls()

        def hash(self, password):
            return argon2.PasswordHasher().hash(password)

        def verify(self, password, hashed):
            try:
                return argon2.PasswordHasher().verify(hashed, password)
            except argon2.exceptions.VerifyMismatchError:
                return False

# to get a string like this run:
# openssl rand -hex 32
SECRET_KEY = os.environ["TUTORIAL_SECRET_KEY"]
ALGORITHM = "HS256"
ACCESS_TOKEN_EXPIRE_MINUTES = 30

engine = create_engine(os.environ["TUTORIAL_DATABASE_URL"], connect_args={"check_same_thread": False})
Base = declarative_base()


class UserInDB(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)
    username = Column(String, unique=True, index=True, nullable=False)
    full_name = Column(String)
    email = Column(String)
    hashed_password = Column(String, nullable=False)
    disabled = Column(Boolean, default=False)


Base.metadata.create_all(engine)


class Token(BaseModel):
    access_token: str
    token_type: str


class User(BaseModel):
    username: str
    email: Optional[str] = None
    full_name: Optional[str] = None
    disabled: Optional[bool] = None


class UserCreate(User):
    password: str


password_hash = PasswordHash.recommended()

DUMMY_HASH = password_hash.hash("dummypassword")

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")

app = FastAPI()


def verify_password(plain_password, hashed_password):
    return password_hash.verify(plain_password, hashed_password)


def get_user(username: str):
    with Session(engine) as session:
        return session.query(UserInDB).filter(UserInDB.username == username).first()


def authenticate_user(username: str, password: str):
    user = get_user(username)
    if not user:
        verify_password(password, DUMMY_HASH)
        return False
    if not verify_password(password, user.hashed_password):
        return False
    return user


def create_access_token(data: dict, expires_delta: Optional[timedelta] = None):
    to_encode = data.copy()
    if expires_delta:
        expire = datetime.now(timezone.utc) + expires_delta
    else:
        expire = datetime.now(timezone.utc) + timedelta(minutes=15)
    to_encode.update({"exp": expire})
    return jwt.encode(to_encode, SECRET_KEY, algorithm=ALGORITHM)


async def get_current_user(token: str = Depends(oauth2_scheme)):
    credentials_exception = HTTPException(
        status_code=status.HTTP_401_UNAUTHORIZED,
        detail="Could not validate credentials",
        headers={"WWW-Authenticate": "Bearer"},
    )
    try:
        payload = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM])
        username = payload.get("sub")
        if username is None:
            raise credentials_exception
    except InvalidTokenError:
        raise credentials_exception
    user = get_user(username)
    if user is None:
        raise credentials_exception
    return user


async def get_current_active_user(current_user: UserInDB = Depends(get_current_user)):
    if current_user.disabled:
        raise HTTPException(status_code=400, detail="Inactive user")
    return User(**{name: getattr(current_user, name) for name in ("username", "email", "full_name", "disabled")})


@app.post("/token")
async def login_for_access_token(form_data: OAuth2PasswordRequestForm = Depends()) -> Token:
    user = authenticate_user(form_data.username, form_data.password)
    if not user:
        raise HTTPException(
            status_code=status.HTTP_401_UNAUTHORIZED,
            detail="Incorrect username or password",
            headers={"WWW-Authenticate": "Bearer"},
        )
    access_token = create_access_token(
        data={"sub": user.username}, expires_delta=timedelta(minutes=ACCESS_TOKEN_EXPIRE_MINUTES))
    return Token(access_token=access_token, token_type="bearer")


@app.post("/users/")
async def create_user(user: UserCreate) -> User:
    with Session(engine) as session:
        session.add(UserInDB(username=user.username, email=user.email, full_name=user.full_name,
                             disabled=user.disabled or False, hashed_password=password_hash.hash(user.password)))
        session.commit()
    return User(username=user.username, email=user.email, full_name=user.full_name, disabled=user.disabled or False)


@app.get("/users/me/", response_model=User)
async def read_users_me(current_user: User = Depends(get_current_active_user)):
    return current_user
