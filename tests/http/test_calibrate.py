"""`bearward calibrate`: what it measures is this host, and what it prints are settings that hold there."""

import re
import subprocess

import pytest
from conftest import PASSWORD, Server, sign_in

pytestmark = [pytest.mark.once("is about what the command measures"), pytest.mark.plain("is about what the command measures")]

# Of the costs for tests, those with N of 2^10 and 2^11 fit. Any host can do that.
SMALL = {"hash_memory": 2}
EASY = ["--logins", "1", "--ms", "60000"]


@pytest.fixture
def make(build):
    """Makes a directory with settings and nothing else."""
    made = []

    def make(**settings):
        made.append(Server(build, **settings))
        return made[-1]
    yield make
    for server in made:
        server.remove()


def settings_in(text):
    return dict(re.findall(r"^(scrypt_\w+) = (\d+)$", text, re.MULTILINE))


def rows_of(text):
    """Whether it holds, N, r, p, and the figures as they are printed."""
    return [(not no, *map(int, numbers), rest) for no, *numbers, rest in
            re.findall(r"^# (no)? +2\^(\d+) +(\d+) +(\d+) +(.*)$", text, re.MULTILINE)]


def without_cost(server):
    server.conf.write_text("".join(line for line in server.conf.read_text().splitlines(True) if not line.startswith("scrypt_")))


def test_the_dearest_cost_that_holds_is_printed_as_settings_that_are_read_back(make):
    server = make(**SMALL)

    done = server.command("calibrate", *EASY)

    assert (done.returncode, done.stderr) == (0, "")
    assert [row[:4] for row in rows_of(done.stdout)] == [(True, 10, 8, 16), (True, 11, 8, 16), (False, 12, 8, 9), (False, 13, 8, 5)]
    assert settings_in(done.stdout) == {"scrypt_log2_n": "11", "scrypt_r": "8", "scrypt_p": "16"}
    assert "1 logins a second, and a lone login within 60000 ms" in done.stdout
    assert "For tests only" in done.stdout
    best = rows_of(done.stdout)[1][4]
    assert re.fullmatch(r"0\.40 +2 MiB +\d+\.\d ms +\d+\.\d", best), best
    # It made nothing.
    assert not server.state.exists()
    without_cost(server)
    server.conf.write_text(server.conf.read_text() + done.stdout)
    assert server.command("init").returncode == 0
    assert settings_in(server.command("check-config").stdout) == settings_in(done.stdout)


def test_where_no_cost_does_what_was_asked_for_the_nearest_is_named_and_no_settings_are_printed(make):
    done = make(**SMALL).command("calibrate", "--logins", "1000000000", "--ms", "1")

    assert done.returncode == 1
    assert re.search(r"The nearest is 1[01] 8 [53]: a lone login takes \d+ ms\.", done.stderr), done.stderr
    assert settings_in(done.stdout) == {}
    assert not any(row[0] for row in rows_of(done.stdout))


def test_where_hashing_may_take_too_little_memory_for_any_cost_nothing_is_measured(make):
    done = make(insecure_hash_cost="no", scrypt_log2_n=13, scrypt_r=8, scrypt_p=10, hash_memory=8).command("calibrate")

    assert done.returncode == 1
    assert "too little memory" in done.stderr
    assert [row[4].split(maxsplit=3)[3] for row in rows_of(done.stdout)] == ["more memory than hashing may take"] * 4


def test_it_measures_with_the_kernel_of_the_settings_and_says_that_hosts_of_one_database_need_the_same(make):
    server = make(hash_memory=1, hash_kernel="libscrypt", database="postgresql:///nowhere", scrypt_r=8)

    done = server.command("calibrate", *EASY)

    assert done.returncode == 0, done.stderr
    assert "libscrypt" in done.stdout.splitlines()[0]
    assert "All hosts of the database need the same lines" in done.stdout
    assert settings_in(done.stdout) == {"scrypt_log2_n": "10", "scrypt_r": "8", "scrypt_p": "16"}


def test_it_works_beside_responders_and_leaves_the_state_directory_as_it_was(make):
    server = make(**SMALL).start()
    try:
        server.command("user", "add", "alice", stdin=f"{PASSWORD}\n")
        with server.client() as client:
            assert sign_in(client, "alice").status_code == 200
            before = sorted(path.name for path in server.state.iterdir())

            done = server.command("calibrate", *EASY)

            assert done.returncode == 0, done.stderr
            assert settings_in(done.stdout) == {"scrypt_log2_n": "11", "scrypt_r": "8", "scrypt_p": "16"}
            assert sorted(path.name for path in server.state.iterdir()) == before
            assert sign_in(client, "alice").status_code == 200
    finally:
        server.stop()


@pytest.mark.thorough
def test_what_is_measured_for_real_passwords_is_at_least_what_owasp_recommends_and_within_the_wish(make):
    server = make(insecure_hash_cost="no", scrypt_log2_n=14, scrypt_r=8, scrypt_p=5)

    done = server.command("calibrate", "--logins", "1", "--ms", "1000")

    assert done.returncode == 0, done.stderr
    found = settings_in(done.stdout)
    holding = [row for row in rows_of(done.stdout) if row[0]]
    assert [str(number) for number in holding[-1][1:4]] == list(found.values())
    strength, _, _, alone, _, per_second = holding[-1][4].split()
    assert float(strength) >= 1 and float(alone) <= 1000 and float(per_second) >= 1
    without_cost(server)
    server.conf.write_text(server.conf.read_text() + done.stdout)
    assert server.command("init").returncode == 0
    assert subprocess.run([server.program, "check-config"], env={**server.environment, "BEARWARD_CONF": str(server.conf)},
                          capture_output=True).returncode == 0
