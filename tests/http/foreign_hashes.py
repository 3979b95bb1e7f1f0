"""Stored hashes as other programs make them: by those programs themselves, where Debian has them."""

import base64
import hashlib
import hmac
import subprocess

import argon2
from django.conf import settings
from passlib import hash as passlib
from werkzeug.security import generate_password_hash as werkzeug

if not settings.configured:
    settings.configure()
from django.contrib.auth import hashers as django  # noqa: E402: wants settings


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def crypt(password, salt):
    return output("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, salt)


def htpasswd(option, password):
    return output("htpasswd", "-nb", option, "user", password).removeprefix("user:")


def scrypt(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=1024, r=8, p=1, maxmem=1 << 25, dklen=64)


# What Django and werkzeug of Debian 12 are too old for, as the newer ones write it.
def django_scrypt(password):
    return f"scrypt$1024$seasalt$8$1${base64.b64encode(scrypt(password, 'seasalt')).decode()}"


def werkzeug_scrypt(password):
    return f"scrypt:1024:8:1$seasalt${scrypt(password, 'seasalt').hex()}"


# What newer ones do no more, as the older ones wrote it.
def werkzeug_sha256(password):
    return f"sha256$seasalt${hmac.new(b'seasalt', password.encode(), 'sha256').hexdigest()}"


def wordpress(password):
    return "$wp" + passlib.bcrypt.using(rounds=4, ident="2y").hash(
        base64.b64encode(hmac.new(b"wp-sha384", password.encode(), "sha384").digest()))


def django_bcrypt(hasher, password):
    hasher.rounds = 4
    return hasher.encode(password, hasher.salt())


# By scheme, as `bearward` calls it, and program. The costs are small, but for one of argon2 as pwdlib has it.
MAKERS = {
    "argon2id by argon2-cffi": argon2.PasswordHasher(memory_cost=65536, time_cost=3, parallelism=4).hash,
    "argon2i by argon2-cffi": argon2.PasswordHasher(memory_cost=64, time_cost=1, type=argon2.Type.I).hash,
    "argon2id by passlib": lambda password: passlib.argon2.using(memory_cost=64, rounds=2, parallelism=2).hash(password),
    "argon2id by Django": lambda password: "argon2" + argon2.PasswordHasher(memory_cost=512, parallelism=8).hash(password),
    "bcrypt by passlib": passlib.bcrypt.using(rounds=4).hash,
    "bcrypt by htpasswd": lambda password: htpasswd("-B", password),
    "bcrypt by Django": lambda password: django_bcrypt(django.BCryptPasswordHasher(), password),
    "bcrypt-sha256 by Django": lambda password: django_bcrypt(django.BCryptSHA256PasswordHasher(), password),
    "bcrypt-sha256 by passlib": passlib.bcrypt_sha256.using(rounds=4).hash,
    "bcrypt-sha256 by passlib 1.6": passlib.bcrypt_sha256.using(rounds=4, version=1).hash,
    "bcrypt-sha384, as in WordPress": wordpress,
    "sha512-crypt by passlib": passlib.sha512_crypt.using(rounds=1000).hash,
    "sha512-crypt by openssl": lambda password: output("openssl", "passwd", "-6", password),
    "sha256-crypt by openssl": lambda password: output("openssl", "passwd", "-5", password),
    "yescrypt by crypt": lambda password: crypt(password, "$y$j75$abcdefghijklmnopqrstu/"),
    "gost-yescrypt by crypt": lambda password: crypt(password, "$gy$j75$abcdefghijklmnopqrstu/"),
    "scrypt by crypt": lambda password: crypt(password, "$7$8/..../....abcdefghijklmnopqrstu"),
    "scrypt by passlib": passlib.scrypt.using(rounds=10).hash,
    "scrypt by Django": django_scrypt,
    "scrypt by werkzeug": werkzeug_scrypt,
    "pbkdf2-sha256 by passlib": passlib.pbkdf2_sha256.using(rounds=1000).hash,
    "pbkdf2-sha512 by passlib": passlib.pbkdf2_sha512.using(rounds=1000).hash,
    "pbkdf2-sha1 by passlib": passlib.pbkdf2_sha1.using(rounds=1000).hash,
    "pbkdf2-sha256 by Django": lambda password: django.PBKDF2PasswordHasher().encode(password, "seasalt", 1000),
    "pbkdf2-sha1 by Django": lambda password: django.PBKDF2SHA1PasswordHasher().encode(password, "seasalt", 1000),
    "pbkdf2-sha256 by werkzeug": lambda password: werkzeug(password, "pbkdf2:sha256:1000"),
    "pbkdf2-sha512 by werkzeug": lambda password: werkzeug(password, "pbkdf2:sha512:1000"),
    "pbkdf2-sha1 by werkzeug": lambda password: werkzeug(password, "pbkdf2:sha1:1000"),
    "md5-crypt by openssl": lambda password: output("openssl", "passwd", "-1", password),
    "apr1 by openssl": lambda password: output("openssl", "passwd", "-apr1", password),
    "apr1 by htpasswd": lambda password: htpasswd("-m", password),
    "sha by htpasswd": lambda password: htpasswd("-s", password),
    "ssha by passlib": passlib.ldap_salted_sha1.hash,
    "hmac-sha256, as by werkzeug": werkzeug_sha256,
    "phpass by passlib": passlib.phpass.using(rounds=7).hash,
    "phpass by passlib, as in phpBB": passlib.phpass.using(rounds=7, ident="H").hash,
}

# What nobody can check: too costly, of no known scheme, cut off, none at all; and what may be a password.
UNCHECKABLE = {
    "4 GiB": "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$" + "A" * 43,
    "ten passes more": "$argon2id$v=19$m=64,t=20,p=1$c29tZXNhbHQ$" + "A" * 43,
    "argon2d": "$argon2d$v=19$m=64,t=1,p=1$c29tZXNhbHQ$" + "A" * 43,
    "many rounds": "$pbkdf2-sha256$999999999$c29tZXNhbHQ$" + "A" * 43,
    "many rounds of sha-crypt": "$6$rounds=999999999$saltsalt$" + "." * 86,
    "des": "ab01FAX.bQRSU",
    "cut": "$2b$12$abcdefghijklmnopqrstuujydOTSfIH",
    "unusable in Django": "!kP3Tu1DEnpmpw4pyJkgO6zoY7q4sAsbkrL0pgRzI",
    "none": "",
    "clear": "correct horse battery staple",
}
