"""What a row of the corpus consists of, and the hashes that its users have."""

import base64
import dataclasses
import functools
import hashlib
import sqlite3
from typing import Callable, Optional, Union

import argon2
import bcrypt
from conftest import PASSWORD
from passlib import hash as passlib

# A takeover in place gives the same report and the same users.
SAME = "the same in place"

# What `bearward init` says of a database that can only be imported.
IMPORT_IT = "bearward import --from"


@dataclasses.dataclass(frozen=True)
class User:
    """A user as bearward has it afterwards: he signs in if he is active and his hash is of a kind that can be checked."""
    id: int
    name: str
    hash: str = "bcrypt"            # a key of hashes(); "" where none is stored
    active: bool = True
    email: Optional[str] = None
    display_name: Optional[str] = None
    scope: str = ""
    created_at: int = 0
    typed: tuple = ()               # further spellings of his name that he signs in with


@dataclasses.dataclass(frozen=True, eq=False)
class Database:
    name: str
    # An SQL script with {KIND} for a hash of PASSWORD, a function that makes the file at a path, or the name of a
    # function of sqlalchemy_1_4.py and the like.
    make: Union[str, Callable]
    report: str = ""
    users: tuple = ()
    fault: str = ""         # why nothing is imported, as a part of what the command says
    options: tuple = ()
    by: str = "sql"
    status: int = 0
    # SAME; or what `bearward init` names as the reason for which this can only be imported; None: not tried.
    in_place: Optional[str] = None
    # Statements of the application, and what each answers, once the database was taken over in place.
    beside: tuple = ()

    def write(self, path):
        if callable(self.make):
            self.make(path)
        else:
            run_script(path, self.make)


def run_script(path, script):
    database = sqlite3.connect(path)
    try:
        database.executescript(script.format(**hashes()))
        database.commit()
    finally:
        database.close()


def of_base64(data):
    return base64.b64encode(data).decode()


@functools.cache
def hashes():
    """A hash of PASSWORD of every kind that can be checked, as its program writes it but for the cost; by kind."""
    password = PASSWORD.encode()
    salt = b"sixteenbytesalt."
    low_scrypt = dict(salt=salt, n=1024, r=8, p=1, dklen=64)

    def argon(kind):
        return argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, type=kind).hash(PASSWORD)

    def of_bcrypt(version, password=password):
        return bcrypt.hashpw(password, bcrypt.gensalt(4)).decode().replace("$2b$", f"${version}$")

    def of_passlib(kind, **cost):
        return getattr(passlib, kind).using(**cost).hash(PASSWORD)

    return {
        "bcrypt": of_bcrypt("2b"),
        "bcrypt_2a": of_bcrypt("2a"),
        "bcrypt_2y": of_bcrypt("2y"),                       # PHP
        "django_bcrypt_sha256": "bcrypt_sha256$" + of_bcrypt("2b", hashlib.sha256(password).hexdigest().encode()),
        "passlib_bcrypt_sha256": of_passlib("bcrypt_sha256", rounds=4),
        "argon2id": argon(argon2.Type.ID),                  # pwdlib, passlib, PHP
        "argon2i": argon(argon2.Type.I),
        "django_argon2": "argon2" + argon(argon2.Type.ID),
        "sha256_crypt": of_passlib("sha256_crypt", rounds=1000),
        "sha512_crypt": of_passlib("sha512_crypt", rounds=1000),
        "md5_crypt": of_passlib("md5_crypt"),
        "apr1": of_passlib("apr_md5_crypt"),                # htpasswd
        # Python has no crypt(3) any more; these are of PASSWORD.
        "yescrypt": "$y$j75$bearwardsalt$OEeWX5oxWFoDNx60RAbiFFQPzIm5bHE4aRI3sCo6pPB",
        "gost_yescrypt": "$gy$j9T$bearwardsalt$pFpIwlsOcfL2vb2MQU/FvAt00pKhi6iw.IaPkmbo2L6",
        "scrypt_7": "$7$86..../....bearwardsalt$Bb0JEuqRByAm2eXglPXeW/ZRbXLJXxBfip3dF/DpbE1",
        "passlib_pbkdf2_sha1": of_passlib("pbkdf2_sha1", rounds=1000),
        "passlib_pbkdf2_sha256": of_passlib("pbkdf2_sha256", rounds=1000),
        "passlib_pbkdf2_sha512": of_passlib("pbkdf2_sha512", rounds=1000),
        "passlib_scrypt": of_passlib("scrypt", rounds=10),
        "django_pbkdf2": of_passlib("django_pbkdf2_sha256", rounds=1000),
        "django_scrypt": f"scrypt$1024${salt.decode()}$8$1${of_base64(hashlib.scrypt(password, **low_scrypt))}",
        "werkzeug_pbkdf2": f"pbkdf2:sha256:1000${salt.decode()}"
                           f"${hashlib.pbkdf2_hmac('sha256', password, salt, 1000).hex()}",
        "werkzeug_scrypt": f"scrypt:1024:8:1${salt.decode()}${hashlib.scrypt(password, **low_scrypt).hex()}",
        "sha": of_passlib("ldap_sha1"),
        "ssha": of_passlib("ldap_salted_sha1"),
        "phpass": of_passlib("phpass", rounds=7),           # WordPress
        "bearward": f"$s1$0a0801${of_base64(salt)}${of_base64(hashlib.scrypt(password, **low_scrypt))}",
    }
