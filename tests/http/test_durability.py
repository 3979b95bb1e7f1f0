"""What was answered with success is there afterwards, whatever is killed in between (protocol section 15)."""

import errno
import itertools
import os
import signal
import subprocess
import threading

import httpx
import pytest
import fastcgi
from conftest import (
    PATIENCE, Server, bearer, children_of, eventually, is_locked, kill_lasting, register, sign_in)

pytestmark = [pytest.mark.only_nginx("kills the processes that `make run` starts"), pytest.mark.slow,
              pytest.mark.once("is about when a process ends")]


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def kill_everything(server):
    """What a power cut does to processes: nobody gets to tidy up."""
    kill([server.process.pid, *children_of(server.process.pid)])
    server.process.wait(PATIENCE)
    server.process.stdout.close()
    server.process = None
    assert eventually(lambda: not server.all_pids())


def stored_names(server):
    assert server.storage.is_whole()
    return [name for (name,) in server.query("SELECT username FROM users ORDER BY id")]


class Registering(threading.Thread):
    """Registers names until told to stop, or none are left; remembers what became of each."""

    def __init__(self, server, names):
        super().__init__()
        self.server = server
        self.names = names
        self.stopping = threading.Event()
        self.answers = {}
        self.start()

    def run(self):
        with self.server.client() as client:
            for name in self.names:
                if self.stopping.is_set():
                    return
                try:
                    self.answers[name] = register(client, name).status_code
                except httpx.TransportError:
                    self.answers[name] = None

    def finish(self):
        self.stopping.set()
        self.join(2 * PATIENCE)
        assert not self.is_alive(), "a request hangs"

    def successes(self):
        return [name for name, status in self.answers.items() if status == 200]


@pytest.fixture
def registering():
    """A function that starts a thread which registers names, stopped with the test."""
    threads = []

    def start(server, names):
        threads.append(Registering(server, names))
        return threads[-1]

    yield start
    for thread in threads:
        thread.finish()


def names_of(prefix):
    return (f"{prefix}{number}" for number in itertools.count(1))


def kill_again_and_again(server, endpoints, times):
    """Kills a responder as soon as a new one stands in its place; each time there is one."""
    for endpoint in itertools.islice(itertools.cycle(endpoints), times):
        pids = eventually(lambda: server.responder_pids(endpoint))
        assert pids, f"nobody started {endpoint} again"
        kill_lasting(pids)
        assert eventually(lambda: server.responder_pids(endpoint).keys() - pids.keys())


def test_15_1_every_user_that_got_an_answer_survives_responders_being_killed(start_plain_server, registering):
    server = start_plain_server()
    # Two threads each compete for the same names, so that killing may also break a tie. They are many, so that
    # threads of the responder commit together.
    threads = [registering(server, names_of(f"user{number // 2}x")) for number in range(16)]

    kill_again_and_again(server, ["users", "token"], 16)
    assert eventually(lambda: sum(len(thread.successes()) for thread in threads) > 50)
    for thread in threads:
        thread.finish()

    stored = stored_names(server)
    successes = [name for thread in threads for name in thread.successes()]
    others = {status for thread in threads for status in thread.answers.values()} - {200}
    assert others <= {409, 502, 503, 504}
    assert len(successes) == len(set(successes)), "one name was given twice"
    assert len(stored) == len(set(stored))
    assert set(successes) <= set(stored)
    with server.client() as client:
        for name in stored:
            assert sign_in(client, name).status_code == 200, name


def test_15_1_an_upgraded_hash_or_the_older_one_is_there_after_a_kill(start_plain_server):
    server = start_plain_server()
    with server.client() as client:
        for name in itertools.islice(names_of("user"), 20):
            register(client, name)
    server.stop()
    server.write_settings(scrypt_log2_n=11)
    server.start()
    killer = threading.Thread(target=kill_again_and_again, args=(server, ["token"], 8))

    killer.start()
    with server.client() as client:
        while killer.is_alive():
            for name in stored_names(server):
                try:
                    sign_in(client, name)
                except httpx.TransportError:
                    pass
    killer.join()

    with server.client() as client:
        for name in stored_names(server):
            assert sign_in(client, name).status_code == 200, name


def test_15_1_users_survive_everything_being_killed_at_once(start_plain_server, registering):
    server = start_plain_server()
    threads = [registering(server, names_of(f"user{number}x")) for number in range(8)]
    assert eventually(lambda: all(len(thread.successes()) >= 5 for thread in threads))

    kill_everything(server)
    for thread in threads:
        thread.finish()
    again = Server("plain", directory=server.directory).start()

    try:
        stored = stored_names(again)
        with again.client() as client:
            assert {name for thread in threads for name in thread.successes()} <= set(stored)
            for name in stored:
                assert sign_in(client, name).status_code == 200, name
            assert register(client, "after-the-fall").status_code == 200
    finally:
        again.stop()


def test_15_1_a_killed_responder_is_started_again(start_plain_server):
    server = start_plain_server()
    first = server.responder_pids()

    kill_lasting(first)

    assert eventually(lambda: len(server.responder_pids().keys() - first.keys()) == len(first))
    with server.client() as client:
        assert register(client, "somebody").status_code == 200
        assert sign_in(client, "somebody").status_code == 200


def test_15_2_of_simultaneous_requests_for_one_name_exactly_one_succeeds(server, registering, new_name):
    names = [new_name() for _ in range(30)]

    threads = [registering(server, names) for _ in range(6)]
    for thread in threads:
        thread.join(2 * PATIENCE)

    for name in names:
        assert sorted(thread.answers[name] for thread in threads) == [200] + [409] * 5


def test_15_1_a_request_in_flight_is_answered_before_a_responder_ends(start_plain_server):
    server = start_plain_server(scrypt_log2_n=16, scrypt_r=8, scrypt_p=4)
    (pid,) = server.responder_pids("users")
    slots = server.state / "hash.slots"
    answers = []

    def ask():
        with server.client() as client:
            answers.append(register(client, "somebody").status_code)

    thread = threading.Thread(target=ask)
    thread.start()
    # The file of the slots comes into being, or is locked, when the hash begins.
    assert eventually(lambda: is_locked(slots))
    os.kill(pid, signal.SIGTERM)
    thread.join(2 * PATIENCE)

    assert answers == [200]
    assert stored_names(server) == ["somebody"]
    assert eventually(lambda: server.responder_pids("users").keys() - {pid})


@pytest.mark.only_nginx("looks into the state directory, and restarts everything")
@pytest.mark.sqlite("is about its files")
@pytest.mark.parametrize("replace", [False, True], ids=["removed", "replaced"])
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_15_1_what_is_written_is_not_confirmed_once_a_file_of_the_database_is_gone(start_server, suffix, replace):
    server = start_server()
    path = server.state / f"bearward.db{suffix}"
    with server.client() as client:
        assert register(client, "alice").status_code == 200
        token = sign_in(client, "alice").json()["access_token"]
        assert client.get("/users/me/", headers=bearer(token)).status_code == 200
        content = path.read_bytes()

        path.rename(server.directory / "away")
        if replace:
            path.write_bytes(content)
            path.chmod(0o600)

        for name in ("bob", "carol"):
            assert register(client, name).status_code == 503
        # Who only reads looks ten times a second. A whole database in the place of another is read.
        if suffix or not replace:
            assert eventually(lambda: client.get("/users/me/", headers=bearer(token)).status_code == 503)
            assert eventually(lambda: sign_in(client, "alice").status_code == 503)
        server.stop()
        (server.directory / "away").rename(path)
        server.start()
    with server.client() as client:
        assert client.get("/users/me/", headers=bearer(token)).status_code == 200
        assert register(client, "bob").status_code == 200
        assert register(client, "carol").status_code == 200


@pytest.fixture
def small(request):
    """A server whose state directory is a file system of 4 MiB, which nothing else fills."""
    server = Server("plain", attempts="yes", attempts_registrations="10000 1", journal_mode=request.param)
    server.state.mkdir(mode=0o700)
    options = "size=4m,mode=700"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", server.state], capture_output=True, text=True)
    if mounted.returncode != 0:
        server.remove()
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        subprocess.run(["umount", server.state], check=True)
        server.remove()


def fill(path):
    """Takes all the room that is left."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC


@pytest.mark.sqlite("is about the disk that its file is on")
@pytest.mark.parametrize("small", ["wal", "delete"], indirect=True)
def test_15_1_a_full_disk_stops_what_must_be_written_only_and_until_there_is_room(small):
    names = names_of("user")
    before = small.responder_pids()
    with small.client() as client:
        for name in ("alice", "bob"):
            assert register(client, name).status_code == 200
        token = sign_in(client, "alice").json()["access_token"]
        question = [*fastcgi.get_params(), ("HTTP_AUTHORIZATION", f"Bearer {token}")]

        fill(small.state / "filler")
        # What SQLite has taken of the disk before has room for some more users, also after it has moved its log.
        answers = {}
        while list(answers.values())[-3:] != [503] * 3:
            name = next(names)
            answers[name] = register(client, name).status_code
        signed_in = [sign_in(client, name).status_code for name in ("alice", "bob")]
        shown = client.get("/users/me/", headers=bearer(token)).status_code
        verified = fastcgi.ask(small.socket("verify"), question).status_code

        (small.state / "filler").unlink()
        assert register(client, "carol").status_code == 200
        assert [sign_in(client, name).status_code for name in ("alice", "bob", "carol")] == [200] * 3

    assert {*answers.values(), *signed_in} <= {200, 503}
    assert (shown, verified) == (200, 200)
    registered = [name for name, status in answers.items() if status == 200]
    assert stored_names(small) == ["alice", "bob", *registered, "carol"]
    assert small.responder_pids() == before
