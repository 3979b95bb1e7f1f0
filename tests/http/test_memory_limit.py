"""A control group limits the memory: hashing stays within it, and says so (bearward.conf(5), hash_memory)."""

import base64
import collections
import concurrent.futures
import contextlib
import os
import pathlib
import resource

import expect
import pytest
from conftest import PASSWORD, eventually, is_locked, register, sign_in
from foreign_hashes import MAKERS

CGROUPS = pathlib.Path("/sys/fs/cgroup")
MIB = 1 << 20

# As much memory as a hash takes by default, and a fifth of its time.
COST = {"scrypt_log2_n": 14, "scrypt_r": 8, "scrypt_p": 1}


def own_path(controller):
    """Our group in a hierarchy of v1, or of v2 where the controller is ""; relative."""
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.lstrip("/")
    return ""


def make_group():
    """A new group whose memory can be limited, and the file of its limit; None where none can be made here."""
    v1 = CGROUPS / "memory"
    for parent, limit in [(v1 / own_path("memory"), "memory.limit_in_bytes"), (CGROUPS / own_path(""), "memory.max"),
                          (CGROUPS, "memory.max")]:
        group = parent / f"bearward-test-{os.getpid()}"
        with contextlib.suppress(OSError):
            group.mkdir()
            if (group / limit).exists():
                return group, group / limit
            group.rmdir()
    return None, None


@pytest.fixture
def memory_group():
    """Begins a limit: whatever is started by what is called inside of it falls under that."""
    group, limit_file = make_group()
    if group is None:
        pytest.skip("no control group whose memory can be limited can be made here")
    parent = group.parent

    @contextlib.contextmanager
    def limited(mib):
        limit_file.write_text(str(mib * MIB))
        (group / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield group
        finally:
            (parent / "cgroup.procs").write_text(str(os.getpid()))

    yield limited
    group.rmdir()


def kills(group):
    """How many processes of the group the kernel has killed because its memory was out."""
    for name in "memory.oom_control", "memory.events":
        if (group / name).exists():
            lines = dict(line.split() for line in (group / name).read_text().splitlines())
            return int(lines["oom_kill"])
    raise AssertionError("the group does not count")


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["auto", "libscrypt"])
@pytest.mark.parametrize("mib", [256, 96])
def test_13_a_burst_of_logins_survives_a_memory_limit(memory_group, start_plain_server, mib, kernel):
    with memory_group(mib) as group:
        server = start_plain_server(**COST, hash_kernel=kernel, hash_wait=5)
    try:
        pids = server.responder_pids()
        with server.client() as client, concurrent.futures.ThreadPoolExecutor(64) as pool:
            assert register(client, "alice").status_code == 200
            statuses = collections.Counter(
                answer.status_code for answer in pool.map(lambda _: sign_in(client, "alice"), range(64)))

        # On a busy machine nginx may give one up, with 504.
        assert set(statuses) <= {200, 503, 504} and statuses[200] > 0, statuses
        assert kills(group) == 0
        assert server.responder_pids() == pids
    finally:
        server.stop()


def test_check_config_says_what_hashing_takes_of_a_limited_memory_and_why(memory_group, start_plain_server):
    server = start_plain_server(**COST)
    with memory_group(64) as group:
        printed = server.command("check-config").stdout

    assert "# hash_memory: 32 MiB: half of the memory limit of the control group " in printed
    assert printed.rpartition("control group ")[2].splitlines()[0].endswith(group.name)
    assert "hash_memory = 0\n" in printed


def test_check_config_says_what_hashing_takes_where_settings_say_it(start_plain_server):
    server = start_plain_server(**COST, hash_memory=48, hash_slots=3)

    printed = server.command("check-config").stdout

    assert "# hash_memory: 48 MiB: as hash_memory says\n" in printed
    assert "# hash_slots: 3 cores: as hash_slots says\n" in printed


def memory_size(pid):
    """The address space that a process has, in bytes."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()


@contextlib.contextmanager
def no_memory_beyond(server, name, extra):
    """A responder gets no more address space than it has, and extra bytes."""
    [pid] = server.responder_pids(name)
    server.limit(pid, "as", memory_size(pid) + extra)
    try:
        yield
    finally:
        server.limit(pid, "as", "unlimited")


def assert_unavailable(response):
    expect.oauth_error(response, 503, "temporarily_unavailable", "Service temporarily unavailable")
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("kernel", ["auto", "libscrypt"])
@pytest.mark.parametrize("password", [PASSWORD, "wrong password"])
def test_13_a_hash_that_finds_no_memory_gives_503_and_the_next_one_succeeds(start_plain_server, kernel, password):
    server = start_plain_server(**COST, hash_kernel=kernel, hash_memory_idle=0)
    with server.client() as client:
        register(client, "alice")
        assert sign_in(client, "alice").status_code == 200
        assert eventually(lambda: not is_locked(server.state / "hash.slots"))

        with no_memory_beyond(server, "token", MIB):
            answer = sign_in(client, "alice", password)

        assert_unavailable(answer)
        assert sign_in(client, "alice").status_code == 200


@pytest.mark.parametrize("password", [PASSWORD, "wrong password"])
def test_13_an_argon2_hash_that_finds_no_memory_gives_503_and_the_next_one_succeeds(start_plain_server, password):
    server = start_plain_server(**COST, hash_memory_idle=0)
    with server.client() as client:
        # Its row is written anew each time: a sign-in replaces the hash.
        def sign_in_anew(password):
            server.query("INSERT INTO users (username, username_key, hashed_password) VALUES ('alice', 'alice', ?) "
                         "ON CONFLICT (username_key) DO UPDATE SET hashed_password = excluded.hashed_password",
                         MAKERS["argon2id by argon2-cffi"](PASSWORD))
            return sign_in(client, "alice", password)

        assert sign_in_anew(PASSWORD).status_code == 200
        assert eventually(lambda: not is_locked(server.state / "hash.slots"))

        with no_memory_beyond(server, "token", MIB):
            answer = sign_in_anew(password)

        assert_unavailable(answer)
        assert sign_in_anew(PASSWORD).status_code == 200


def test_13_where_no_worker_can_be_started_the_answer_is_503_until_one_can(start_plain_server):
    server = start_plain_server()
    with server.client() as client:
        register(client, "alice")
        # So its database is open. It has not hashed anything yet, and so has no worker.
        unknown = f"bwr_{base64.urlsafe_b64encode(bytes(48)).decode()}"
        answer = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": unknown})
        expect.oauth_error(answer, 400, "invalid_grant")

        with no_memory_beyond(server, "token", 128 << 10):
            answer = sign_in(client, "alice")

        assert_unavailable(answer)
        assert "cannot start a thread" in server.log()
        assert sign_in(client, "alice").status_code == 200
