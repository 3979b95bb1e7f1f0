"""A web server that starts and kills copies as it likes: what they share is in the state directory (protocol 15.1, 15.2)."""

import collections
import concurrent.futures
import json
import os
import random
import subprocess

import pytest
from conftest import PASSWORD, TOP, Server
from fastcgi import form_params, parse_cgi

pytestmark = pytest.mark.slow

COPIES = 40     # at once
REQUESTS = 240


@pytest.fixture(params=["wal", "delete"])
def site(request):
    """Settings, a database and a key; two hashes at once, and patience for all the others."""
    server = Server(journal_mode=request.param, hash_slots=2, hash_wait=60, storage_wait=60)
    assert server.command("init").returncode == 0
    yield server
    server.remove()


def ask(site, endpoint, media, body, may_live):
    """One request to a copy of its own, which is killed after may_live seconds; None when it did not answer."""
    process = subprocess.Popen(
        [TOP / site.out / f"cgi-bin/{endpoint}.fcgi"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "GATEWAY_INTERFACE": "CGI/1.1",
                                        "BEARWARD_CONF": str(site.conf), "BEARWARD_ALLOW_ROOT": "yes",
                                        **dict(form_params(body, CONTENT_TYPE=media))})
    try:
        output = process.communicate(body, timeout=may_live)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        output = process.communicate()[0]
    return parse_cgi(output) if output.endswith(b"}") else None


def register(site, name, may_live=600):
    body = json.dumps({"username": name, "password": PASSWORD}).encode()
    return ask(site, "users", "application/json", body, may_live)


def sign_in(site, name, may_live=600):
    body = f"username={name}&password={PASSWORD.replace(' ', '+')}".encode()
    return ask(site, "token", "application/x-www-form-urlencoded", body, may_live)


def test_15_2_copies_killed_at_random_lose_nobody_and_make_nobody_twice(site):
    chance = random.Random(15)
    # Each name is asked for three times, by copies of which every other one does not live to the end.
    names = [f"user{number // 3}" for number in range(REQUESTS)]
    lives = [chance.choice([600, chance.uniform(0.005, 0.3)]) for _ in names]

    with concurrent.futures.ThreadPoolExecutor(COPIES) as pool:
        answers = list(pool.map(lambda name, life: register(site, name, life), names, lives))

    statuses = collections.Counter(answer and answer.status_code for answer in answers)
    assert set(statuses) == {200, 409, None}, statuses
    made = [name for name, answer in zip(names, answers) if answer and answer.status_code == 200]
    assert len(made) == len(set(made)), "two copies were told to have made the same user"
    stored = [name for name, in site.query("SELECT username FROM users")]
    assert site.storage.is_whole()
    assert len(stored) == len(set(stored)) and set(made) <= set(stored)
    # What killed copies held is free again, and those who were answered are let in.
    with concurrent.futures.ThreadPoolExecutor(COPIES) as pool:
        signed_in = list(pool.map(lambda name: sign_in(site, name).status_code, made))
    assert set(signed_in) == {200}
