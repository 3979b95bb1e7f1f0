"""`bearward init --group`: all pools but `token` run as an account that cannot sign (protocol section 38)."""

import contextlib
import grp
import json
import os
import pathlib
import pwd
import re
import signal
import socket
import stat
import subprocess
import threading

import pytest
from conftest import PASSWORD, PATIENCE, bearer, children_of, eventually, register, sign_in
from fastcgi import ask, form_params
from own_system import only_root
from person import Person
from test_init_script import Site

pytestmark = [only_root, pytest.mark.slow, pytest.mark.self_contained]

OWNER, OTHER = pwd.getpwnam("nobody"), pwd.getpwnam("games")
GROUP = grp.getgrgid(OTHER.pw_gid).gr_name
AS_OWNER = {"user": OWNER.pw_uid, "group": OWNER.pw_gid, "extra_groups": []}
AS_OTHER = {"user": OTHER.pw_uid, "group": OTHER.pw_gid, "extra_groups": []}
STRANGER = {"user": OTHER.pw_uid, "group": 64998, "extra_groups": []}
FILES = ["bearward.db", "bearward.db-wal", "bearward.db-shm", "attempts", "hash.kinds", "hash.slots", "metrics", "seen",
         "use.lock", "write.lock", "write.queue"]


class Shared(Site):
    """A site of two accounts: the owner of the state directory runs `token`, and the other one all the rest."""

    def __init__(self):
        super().__init__()
        self.write_settings(attempts="yes", attempts_registrations="10000 1", metrics="yes", signing_alg="ES256")
        self.environment["CHECK_ACCOUNT"] = OTHER.pw_name
        self.state.mkdir(mode=0o700)
        os.chown(self.state, OWNER.pw_uid, OWNER.pw_gid)

    def command(self, *arguments, account=None, **variables):
        """As root, unless an account is named."""
        return subprocess.run([self.top / "bearward", *arguments], env={**self.environment, **variables}, capture_output=True,
                              text=True, timeout=PATIENCE, **(account or {}))

    def share(self):
        done = self.command("init", "--group", GROUP)
        assert done.returncode == 0, done.stderr
        # One to sign and check with, after the one whose halves are two files.
        done = self.command("key", "new", BEARWARD_SIGNING_ALG="HS256")
        assert done.returncode == 0, done.stderr
        return self

    def modes(self):
        return {str(path.relative_to(self.state)): mode_of(path) for path in self.state.rglob("*")}


def mode_of(path):
    status = path.lstat()
    owner = {OWNER.pw_uid: "owner", OTHER.pw_uid: "other"}.get(status.st_uid)
    return f"{stat.S_IMODE(status.st_mode):o} {owner}{' group' if status.st_gid == OTHER.pw_gid else ''}"


@pytest.fixture
def site():
    site = Shared()
    try:
        yield site.share()
    finally:
        site.remove()


def users_of(pid):
    return {int(word) for word in re.search(r"^Uid:(.*)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1].split()}


def has_shared_files(site):
    modes = site.modes()
    return (mode_of(site.state) == "2750 owner group" and {modes[name] for name in FILES} == {"660 owner group"}
            and {modes["keys"], modes["public"]} == {"2750 owner group"}
            and {modes[name] for name in modes if name.startswith(("keys/", "public/"))} == {"640 owner group"}
            and modes["signing"].split()[0] in ("700", "2700")
            and {modes[name].split()[0] for name in modes if name.startswith("signing/")} == {"600"})


def test_38_all_pools_but_token_run_as_an_account_that_does_not_sign(site):
    site.start()
    site.serve()

    assert {name: {user for pid in site.responders(name) for user in users_of(pid)} for name in site.endpoints} == {
        name: {OWNER.pw_uid if name == "token" else OTHER.pw_uid} for name in site.endpoints}
    with site.client() as client:
        assert register(client, "alice").status_code == 200
        old = sign_in(client, "alice").json()["access_token"]
        assert client.get("/users/me/", headers=bearer(old)).json()["username"] == "alice"
        assert client.get("/users/me/sessions", headers=bearer(old)).status_code == 200
        assert client.get("/health/ready").status_code == 200
        assert "bearward_" in client.get("/metrics").text
        with Person(f"http://127.0.0.1:{site.port}") as person:
            person.send(person.go("/signin"), "signin", username="alice", password=PASSWORD)
            assert person.go("/account/").status_code == 200, person.visited

        # The pools of both accounts go by another key at once.
        assert site.command("key", "new", BEARWARD_SIGNING_ALG="HS256").returncode == 0
        new = sign_in(client, "alice").json()["access_token"]
        assert new.split(".")[0] != old.split(".")[0]
        assert [client.get("/users/me/", headers=bearer(token)).status_code for token in (old, new)] == [200, 200]
        assert client.post("/revoke", data={"token": new}).status_code == 200
        assert [client.get("/users/me/", headers=bearer(token)).status_code for token in (old, new)] == [200, 401]
    assert site.command("tidy").returncode == 0
    assert has_shared_files(site), site.modes()

    # What is gone or open too far after a restore, the next start makes whole.
    site.call("stop")
    for name in ("bearward.db-wal", "bearward.db-shm", "attempts", "seen", "write.lock"):
        (site.state / name).unlink()
    site.start()
    with site.client() as client:
        assert register(client, "bob").status_code == 200
        assert sign_in(client, "bob").status_code == 200
    assert has_shared_files(site), site.modes()


# What the other account tries with the state directory, and what comes of it.
KEY = "state + '/{0}/' + os.listdir(state + '/{1}')[0]"
ATTEMPTS = {
    f"open({KEY.format('signing', 'public')})": "EACCES",
    "os.listdir(state + '/signing')": "EACCES",
    f"open({KEY.format('keys', 'keys')}, 'r+')": "EACCES",
    "open(state + '/keys/of-mine', 'w')": "EACCES",
    "open(state + '/public/of-mine', 'w')": "EACCES",
    f"os.unlink({KEY.format('keys', 'keys')})": "EACCES",
    "os.rename(state + '/keys', state + '/elsewhere')": "EACCES",
    "os.rename(state + '/signing', state + '/../signing')": "EACCES",
    "os.symlink('/tmp', state + '/made')": "EACCES",
    "os.unlink(state + '/bearward.db-wal')": "EACCES",
    "os.chmod(state + '/signing', 0o755)": "EPERM",
    "os.chmod(state + '/bearward.db', 0o666)": "EPERM",
    f"open({KEY.format('public', 'public')})": "done",
    f"open({KEY.format('keys', 'keys')})": "done",
    "open(state + '/bearward.db', 'r+')": "done",
}
TRY = """
import errno, json, os, sys
state, attempts = sys.argv[1], json.loads(sys.argv[2])
for attempt in attempts:
    try:
        eval(attempt)
        attempts[attempt] = "done"
    except OSError as error:
        attempts[attempt] = errno.errorcode[error.errno]
print(json.dumps(attempts))
"""


def try_all(site, attempts, account):
    done = subprocess.run(["/usr/bin/python3", "-c", TRY, site.state, json.dumps(attempts)], capture_output=True, text=True, **account)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_38_the_other_account_can_use_what_is_there_and_neither_open_a_private_key_nor_replace_anything(site):
    assert try_all(site, ATTEMPTS, AS_OTHER) == ATTEMPTS
    assert try_all(site, {"os.listdir(state)": ""}, STRANGER) == {"os.listdir(state)": "EACCES"}

    told = site.command("check-config", account=AS_OTHER)
    assert told.returncode == 0, told.stderr
    assert f"# {OTHER.pw_name} uses the database and the files of {OWNER.pw_name} as a member of {GROUP}" in told.stdout
    assert re.search(r"# it checks with key [\w-]{43}, ES256\n", told.stdout)
    assert re.search(r"# it checks with key \S+, HS256, and could sign with it\n", told.stdout)
    for command in (["key", "list"], ["user", "list"], ["init"]):
        assert f"belongs to {OWNER.pw_name}" in site.command(*command, account=AS_OTHER).stderr
    assert f"make {OTHER.pw_name} a member" in site.command("check-config", account=STRANGER).stderr


def break_mode(name, mode):
    def do(site):
        path = next((site.state / name).iterdir()) if name.endswith("/") else site.state / name
        os.chown(path, -1, OTHER.pw_gid)
        path.chmod(mode)
    return do


# How each is told; to whom it is a fault.
FAULTS = {
    "a private key that the group may read": (break_mode("signing/", 0o640), "others may read or write it", "owner"),
    "private keys that the group may look for": (break_mode("signing", 0o750), "others may look into the directory", "owner"),
    "a secret that the group may write": (break_mode("keys/", 0o660), "others may read or write it", "both"),
    "a secret for all": (break_mode("keys/", 0o644), "others may read or write it", "both"),
    "keys that the group may add to": (break_mode("keys", 0o2770), "others may look into the directory", "both"),
    "a database for all": (break_mode("bearward.db", 0o664), "is open to others", "both"),
    "a directory that the group may write to": (break_mode(".", 0o2770), "is open to others", "owner"),
    "a directory that others may look into": (break_mode(".", 0o2755), "is open to others", "owner"),
    "a database that is not open to the group": (break_mode("bearward.db", 0o600), "is not open to the group", "other"),
    "a directory that was closed": (break_mode(".", 0o700), f"belongs to {OWNER.pw_name}", "other"),
}


def test_what_is_more_open_than_it_was_made_is_refused(site):
    before = {path: path.stat() for path in [site.state, *site.state.rglob("*")]}

    for name, (do, fault, who) in FAULTS.items():
        do(site)
        told = {"owner": site.command("check-config"), "other": site.command("check-config", account=AS_OTHER)}
        for path, status in before.items():
            os.chown(path, -1, status.st_gid)
            path.chmod(stat.S_IMODE(status.st_mode))
        for account, done in told.items():
            if who in (account, "both"):
                assert done.returncode == 1 and fault in done.stderr, f"{name}, as {account}: {done.stderr}"
    assert site.command("check-config", account=AS_OTHER).returncode == 0


def test_a_directory_is_shared_only_with_what_it_takes(site):
    other = site.command("check-config", account=AS_OTHER, BEARWARD_JOURNAL_MODE="delete")
    owner = site.command("init", BEARWARD_JOURNAL_MODE="delete")
    unknown = site.command("init", "--group", "no-such-group")
    foreign = site.command("init", "--group", "daemon", account=AS_OWNER)
    os.chown(site.top / "bearward.conf", OWNER.pw_uid, -1)
    settings = site.command("check-config", account=AS_OTHER)

    assert [done.returncode for done in (other, owner, unknown, foreign, settings)] == [1, 1, 1, 1, 1]
    assert "set journal_mode = wal" in other.stderr and "set journal_mode = wal" in owner.stderr
    assert 'there is no group "no-such-group"' in unknown.stderr
    assert "only root can give it to a group" in foreign.stderr
    assert f"belongs to {OWNER.pw_name}, who could change the settings; give it to root" in settings.stderr
    assert mode_of(site.state) == "2750 owner group"


# ---- Killed, and started in any order


class Pool:
    """A pool of one account under `bearward supervise`, as the init script has it, without its check."""

    def __init__(self, site, name, account):
        self.path = str(site.top / f"{name}.sock")
        self.log = site.top / f"{name}.log"
        pathlib.Path(self.path).unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listening, open(self.log, "wb") as log:
            listening.bind(self.path)
            os.chmod(self.path, 0o666)
            listening.listen(64)
            self.process = subprocess.Popen([site.top / "bearward", "supervise", "1", site.programs / f"{name}.fcgi"],
                                            stdin=listening, stderr=log, env=site.environment, **account)

    def says(self, text):
        return eventually(lambda: text in self.log.read_text())

    def kill(self):
        """As a power cut would: nothing comes to an end."""
        for pid in [self.process.pid, *children_of(self.process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)


@contextlib.contextmanager
def running(site, *names):
    """The pools, in the order of their names, each once the one before is there; killed at the end."""
    pools = []
    try:
        for name in names:
            pools.append(Pool(site, name, AS_OWNER if name == "token" else AS_OTHER))
            assert pools[-1].says("event=started"), pools[-1].log.read_text()
        yield pools
    finally:
        for pool in pools:
            pool.kill()


def register_at(pool, name):
    body = json.dumps({"username": name, "password": PASSWORD}).encode()
    return ask(pool.path, form_params(body, CONTENT_TYPE="application/json"), body)


def sign_in_at(pool, name):
    body = f"username={name}&password={PASSWORD.replace(' ', '+')}".encode()
    return ask(pool.path, form_params(body), body)


def test_15_1_what_one_account_was_killed_at_the_other_goes_on_with_in_any_order(site):
    confirmed = []

    def register_many(pool):
        with contextlib.suppress(OSError):
            while (answer := register_at(pool, name := f"user{len(confirmed)}")) is not None and answer.status_code == 200:
                confirmed.append(name)

    with running(site, "token", "users") as (token, users):
        thread = threading.Thread(target=register_many, args=(users,))
        thread.start()
        assert eventually(lambda: len(confirmed) >= 20)
        for pool in (users, token):
            pool.kill()
        thread.join(PATIENCE)
    assert (site.state / "bearward.db-wal").stat().st_size > 0

    # The other account first, with what a kill leaves; then the owner.
    with running(site, "users", "token") as (users, token):
        assert register_at(users, "after").status_code == 200
        assert {sign_in_at(token, name).status_code for name in [*confirmed[:3], *confirmed[-3:], "after"]} == {200}

    # Without the index of the log, which the other account may not make: it comes with the owner.
    (site.state / "bearward.db-shm").unlink()
    waiting = Pool(site, "users", AS_OTHER)
    try:
        assert waiting.says("cannot make files in the state directory"), waiting.log.read_text()
        with running(site, "token") as (token,):
            assert waiting.says("event=started"), waiting.log.read_text()
            assert register_at(waiting, "later").status_code == 200
            assert {sign_in_at(token, name).status_code for name in (confirmed[-1], "after", "later")} == {200}
    finally:
        waiting.kill()
    assert has_shared_files(site), site.modes()
