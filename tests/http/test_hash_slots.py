"""The file of the hash slots, which all processes of a host share, in trouble (protocol sections 1.10 and 13)."""

import contextlib
import os
import pathlib
import signal

import expect
import pytest
from conftest import PASSWORD, eventually, is_locked, kill_lasting, register, sign_in, slot_taken

# A worker keeps its slot after a hash, unless somebody shows that he waits for it.
# A confined process cannot open another file than the one that was there at its start: it has to be started anew.
KEEPING = {"sandbox": "no", "hash_slots": 1, "hash_memory_idle": 600, "hash_wait": 0.05}


def unavailable(response):
    if response.request.url.path == "/token":
        expect.oauth_error(response, 503, "temporarily_unavailable", "Service temporarily unavailable")
    else:
        expect.detail(response, 503, "Service temporarily unavailable")
    assert int(response.headers["retry-after"]) > 0


@pytest.fixture
def keeping(start_plain_server):
    """A server whose token responder holds the only slot, and a client; the user `alice`."""
    server = start_plain_server(**KEEPING)
    # Where nobody may wait, a busy machine may refuse a hash.
    assert eventually(lambda: server.command("user", "add", "alice", stdin=f"{PASSWORD}\n").returncode == 0)
    with server.client() as client:
        assert eventually(lambda: sign_in(client, "alice").status_code == 200)
        assert is_locked(server.state / "hash.slots")
        yield server, client


@contextlib.contextmanager
def until_released(server):
    """Waits until the file of the slots that was there before is no longer locked."""
    inode = (server.state / "hash.slots").stat().st_ino
    yield
    assert eventually(lambda: f":{inode} " not in pathlib.Path("/proc/locks").read_text())


def is_let_in(client):
    return sign_in(client, "alice").status_code == 200


def remove(server):
    (server.state / "hash.slots").unlink()


def replace(server):
    other = server.state / "other"
    other.touch(mode=0o600)
    server.own(other)
    other.rename(server.state / "hash.slots")


@pytest.mark.parametrize("spoil", [remove, replace], ids=lambda spoil: spoil.__name__)
def test_13_a_file_of_slots_that_goes_is_not_held_on_to(keeping, spoil):
    server, client = keeping

    with until_released(server):
        spoil(server)

    # Whoever takes the slot in the new file keeps the responder from hashing.
    with slot_taken(server):
        unavailable(sign_in(client, "alice"))
    assert eventually(lambda: is_let_in(client))
    assert is_locked(server.state / "hash.slots")


def test_1_10_a_file_of_slots_that_cannot_be_opened_gives_503_until_it_can(keeping, new_name):
    server, client = keeping
    path = server.state / "hash.slots"

    with until_released(server):
        path.unlink()
        path.mkdir()
    unavailable(sign_in(client, "alice"))
    unavailable(sign_in(client, "alice", "wrong password"))
    unavailable(sign_in(client, "nobody"))
    unavailable(register(client, new_name()))
    path.rmdir()

    assert eventually(lambda: is_let_in(client))
    assert eventually(lambda: register(client, new_name()).status_code == 200)


def is_stopped(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@contextlib.contextmanager
def stopped(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        assert eventually(lambda: is_stopped(pid))
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def test_13_a_slot_that_a_stopped_process_holds_is_refused_to_others_until_it_goes_on(keeping, new_name):
    server, client = keeping
    [pid] = server.responder_pids("token")

    with stopped(pid):
        unavailable(register(client, new_name()))

    assert eventually(lambda: register(client, new_name()).status_code == 200)
    assert eventually(lambda: is_let_in(client))


def test_13_a_slot_is_free_again_when_the_process_that_holds_it_is_killed(keeping, new_name):
    server, client = keeping
    [pid] = server.responder_pids("token")

    with stopped(pid):
        kill_lasting([pid])

    assert eventually(lambda: register(client, new_name()).status_code == 200)
    assert eventually(lambda: is_let_in(client))
    server.first_pids = server.responder_pids()
