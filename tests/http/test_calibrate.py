"""`bearward calibrate`: what it measures is this host, and what it prints are settings that hold there."""

import contextlib
import re
import sqlite3
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


# -- What `bearward init` has found -----------------------------------------------------------


FOUND = "scrypt_log2_n = 14\nscrypt_r = 8\nscrypt_p = 7\n"


@pytest.fixture
def found(make):
    """A directory in which `bearward init` is taken to have found a cost, and whose settings name none."""
    server = make(insecure_hash_cost="no", scrypt_p=5, scrypt_r=8, scrypt_log2_n=14)
    assert server.command("init").returncode == 0
    without_cost(server)
    (server.state / "hash.cost").write_text(f"# measured\n{FOUND}")
    server.own(server.state / "hash.cost")
    return server


def cost_of(server):
    done = server.command("check-config")
    assert done.returncode == 0, done.stderr
    return tuple(settings_in(done.stdout).values()), "measured by `bearward init`" in done.stdout


def test_a_cost_that_was_found_for_the_host_counts_and_is_named_where_the_settings_name_none(found):
    assert cost_of(found) == (("14", "8", "7"), True)
    found.command("user", "add", "alice", stdin=f"{PASSWORD}\n")
    assert found.query("SELECT substr(hashed_password, 1, 11) FROM users") == [("$s1$0e0807$",)]

    for line in "scrypt_log2_n = 14", "scrypt_r = 8", "scrypt_p = 5", "insecure_hash_cost = yes":
        key, value = line.split(" = ")
        found.environment[f"BEARWARD_{key.upper()}"] = value
        assert cost_of(found) == (("14", "8", "5"), False), line
        del found.environment[f"BEARWARD_{key.upper()}"]
    settings = found.conf.read_text()
    found.conf.write_text(settings + "scrypt_p = 6\n")
    assert cost_of(found) == (("14", "8", "6"), False)
    # It stops no host that has been given less memory since.
    (found.state / "hash.cost").write_text(FOUND.replace("14", "15"))
    found.conf.write_text(settings + "hash_memory = 16\n")
    assert cost_of(found) == (("14", "8", "5"), False)
    found.conf.write_text(settings + "hash_memory = 32\n")
    assert cost_of(found) == (("15", "8", "7"), True)


BROKEN = {
    "nothing": "", "a cost below OWASP's": FOUND.replace("7", "4"), "one number missing": FOUND.replace("scrypt_p = 7\n", ""),
    "one twice": FOUND + "scrypt_p = 8\n", "another setting": FOUND + "registration = open\n", "no number": FOUND.replace("7", "x"),
    "more than any host": FOUND.replace("14", "19"), "no lines": "\0\0\0",
}


def test_a_file_of_the_cost_that_is_broken_or_of_others_is_a_mistake(found):
    path = found.state / "hash.cost"

    def refused(case):
        done = found.command("check-config")
        assert (done.returncode, "hash.cost: is not as `bearward init` has written it" in done.stderr) == (1, True), case

    for case, text in BROKEN.items():
        path.write_text(text)
        refused(case)
    path.write_text(FOUND)
    path.chmod(0o620)
    refused("others may write it")
    path.rename(found.state / "elsewhere")
    path.symlink_to(found.state / "elsewhere")
    refused("a link")
    path.unlink()
    path.mkdir()
    refused("a directory")
    path.rmdir()
    assert cost_of(found) == (("14", "8", "5"), False)


def test_init_measures_for_a_new_database_where_no_cost_is_named_and_never_again(make):
    server = make(insecure_hash_cost="no")
    without_cost(server)
    path = server.state / "hash.cost"

    done = server.command("init")

    assert done.returncode == 0, done.stderr
    if path.exists():
        text = path.read_text()
        assert re.match(r"hashes cost \d+\.\d\d times what OWASP recommends \(scrypt 1[4-6] 8 \d+\): a login", done.stdout)
        assert cost_of(server) == (tuple(settings_in(text).values()), True)
        assert cost_of(server)[0] != ("14", "8", "5")
        path.unlink()
    else:
        assert "hashes have the default cost" in done.stdout
    again = server.command("init")
    assert again.returncode == 0
    assert "hashes" not in again.stdout and not path.exists()
    assert cost_of(server) == (("14", "8", "5"), False)


def test_init_measures_nothing_where_a_cost_is_named_or_found_or_a_database_is_there(make):
    def place(**settings):
        server = make(**settings)
        without_cost(server)
        return server

    for_tests, named, has_one, has_database = place(), *(place(insecure_hash_cost="no") for _ in range(3))
    named.environment["BEARWARD_SCRYPT_P"] = "5"
    for server in has_one, has_database:
        server.state.mkdir(mode=0o700)
        server.own(server.state)
    (has_one.state / "hash.cost").write_text(FOUND)
    server.own(has_one.state / "hash.cost")
    # Of an application, which is taken over.
    with contextlib.closing(sqlite3.connect(has_database.state / "bearward.db")) as database:
        database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, is_active INTEGER)")
    (has_database.state / "bearward.db").chmod(0o600)
    server.own(has_database.state / "bearward.db")

    for server in for_tests, named, has_one, has_database:
        done = server.command("init")
        assert done.returncode == 0, done.stderr
        assert "hashes" not in done.stdout
        assert (server.state / "hash.cost").exists() == (server is has_one)
