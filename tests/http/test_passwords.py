"""How passwords are checked and kept: nobody learns who exists, and any libscrypt can read the hashes."""

import ctypes
import json
import subprocess

import pytest
from conftest import PASSWORD, PATIENCE, TOP, Server, eventually, register, sign_in

pytestmark = pytest.mark.only_nginx("is about the cost of hashes")

LIBSCRYPT = ctypes.CDLL("libscrypt.so.0")


def libscrypt_accepts(stored, password):
    """libscrypt's own check, which scribbles on the text it is given; above 0 is right."""
    return LIBSCRYPT.libscrypt_check(ctypes.create_string_buffer(stored.encode()), password.encode()) > 0


def stored_hash(server, name):
    return server.query("SELECT hashed_password FROM users WHERE username = ?", name)[0][0]


def register_in(server, name):
    with server.client() as client:
        assert register(client, name).status_code == 200


# -- Who exists -----------------------------------------------------------------------------


REFUSALS = {
    "a user nobody has": ("nobody-has-this-name", PASSWORD),
    "a wrong password": ("{user}", "not the password"),
    "a disabled user": ("{disabled}", PASSWORD),
    "a name the profile refuses": ("two words", PASSWORD),
    "a name of symbols": ("\u2615", PASSWORD),
    "an endless name": ("x" * 3000, PASSWORD),
    "a password the profile refuses": ("{user}", "with a \x07 bell in it"),
    "a password over the limit": ("{user}", "x" * 1025),
    "the stored hash itself": ("{user}", "{hash}"),
}


@pytest.mark.parametrize("dialect, status", [("fastapi", 401), ("rfc", 400)])
def test_3_4_every_refused_sign_in_gets_the_same_answer(request, server, rfc_server, new_name, dialect, status):
    instance = {"fastapi": server, "rfc": rfc_server}[dialect]
    user, disabled = new_name(), new_name()
    answers = {}
    with instance.client() as client:
        for name in (user, disabled):
            assert register(client, name).is_success
        assert instance.command("user", "disable", disabled).returncode == 0
        fill = {"user": user, "disabled": disabled, "hash": stored_hash(instance, user)}

        for case, (name, password) in REFUSALS.items():
            answer = sign_in(client, name.format(**fill), password.format(**fill))
            headers = {key: value for key, value in answer.headers.items() if key != "date"}
            answers[case] = (answer.status_code, headers, answer.content)

    assert answers["a wrong password"][0] == status
    for case, answer in answers.items():
        assert answer == answers["a wrong password"], case


class CpuClock:
    """What the process that signs in has worked, in clock ticks: no clock on the wall takes part."""

    def __init__(self, server):
        (self.pid,) = server.responder_pids("token")

    def read(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            user, system = stat.read().rpartition(")")[2].split()[11:13]
        return int(user) + int(system)

    def work_of(self, action):
        before = self.read()
        action()
        return self.read() - before


def test_3_4_every_refused_sign_in_costs_the_same_work(start_plain_server):
    server = start_plain_server(scrypt_log2_n=14, scrypt_r=8, scrypt_p=1)
    for name in ("known", "disabled"):
        register_in(server, name)
    assert server.command("user", "disable", "disabled").returncode == 0
    cases = {
        "wrong password": ("known", "not the password"),
        "unknown user": ("nobody-has-this-name", PASSWORD),
        "disabled user": ("disabled", PASSWORD),
        "refused name": ("two words", PASSWORD),
        "refused password": ("known", "with a \x07 bell in it"),
    }
    clock = CpuClock(server)
    least = dict.fromkeys(cases, float("inf"))

    def is_level():
        """The least that each has ever cost: beside other work a processor takes longer for the same."""
        for case, credentials in cases.items():
            least[case] = min(least[case], clock.work_of(lambda: [sign_in(client, *credentials) for _ in range(10)]))
        return all(0.5 < ticks / least["wrong password"] < 2 for ticks in least.values())

    with server.client() as client:
        assert eventually(is_level), least


def test_3_4_an_endless_password_is_refused_without_hashing(start_plain_server):
    server = start_plain_server(scrypt_log2_n=14, scrypt_r=8, scrypt_p=5)
    register_in(server, "known")
    clock = CpuClock(server)

    with server.client() as client:
        hashing = clock.work_of(lambda: [sign_in(client, "known", "not the password") for _ in range(5)])
        work = clock.work_of(lambda: [sign_in(client, "known", "x" * 1025) for _ in range(5)])

    assert work < hashing / 2


# -- What is stored -------------------------------------------------------------------------


def test_13_the_stored_text_is_libscrypt_s_own_at_the_configured_cost(server, user):
    stored = stored_hash(server, user)

    assert stored.startswith("$s1$0a0101$")
    assert libscrypt_accepts(stored, PASSWORD)
    assert not libscrypt_accepts(stored, "not the password")


def test_13_without_settings_a_hash_has_the_cost_that_owasp_advises(start_plain_server):
    server = start_plain_server(scrypt_log2_n=14, scrypt_r=8, scrypt_p=5, insecure_hash_cost="no")
    server.conf.write_text("".join(line for line in server.conf.read_text().splitlines(True) if line.startswith(("state_dir", "database"))))

    done = server.command("user", "add", "somebody", stdin=f"{PASSWORD}\n")

    assert done.returncode == 0, done.stderr
    assert stored_hash(server, "somebody").startswith("$s1$0e0805$")
    assert libscrypt_accepts(stored_hash(server, "somebody"), PASSWORD)


def test_13_equal_passwords_have_different_hashes(server, client, new_name):
    names = [new_name(), new_name()]
    for name in names:
        register(client, name)

    assert stored_hash(server, names[0]) != stored_hash(server, names[1])


@pytest.fixture
def dearer_server(start_plain_server):
    """A server with the user `known`, started again after its settings have asked for more work."""
    server = start_plain_server()
    register_in(server, "known")
    server.stop()
    server.write_settings(scrypt_log2_n=11, scrypt_p=2)
    return server.start()


def test_13_a_hash_of_a_lower_cost_is_replaced_at_the_next_sign_in(dearer_server):
    server = dearer_server

    with server.client() as client:
        before = stored_hash(server, "known")
        first = sign_in(client, "known")
        after = stored_hash(server, "known")
        second = sign_in(client, "known")

    assert before.startswith("$s1$0a0101$")
    assert after.startswith("$s1$0b0102$")
    assert libscrypt_accepts(after, PASSWORD)
    assert (first.status_code, second.status_code) == (200, 200)
    assert stored_hash(server, "known") == after


def test_13_a_hash_that_costs_more_or_as_much_in_another_shape_stays(start_plain_server):
    server = start_plain_server(scrypt_p=2)
    made_at = {"cheaper": (10, 1), "dearer": (11, 2), "other-shape": (11, 1)}
    for name, (log2_n, p) in made_at.items():
        server.environment.update(BEARWARD_SCRYPT_LOG2_N=str(log2_n), BEARWARD_SCRYPT_P=str(p))
        server.command("user", "add", name, stdin=f"{PASSWORD}\n")
    del server.environment["BEARWARD_SCRYPT_LOG2_N"], server.environment["BEARWARD_SCRYPT_P"]
    before = {name: stored_hash(server, name) for name in made_at}
    old = server.command("user", "list", "--old-hash").stdout

    with server.client() as client:
        assert [sign_in(client, name).status_code for name in made_at] == [200] * 3
    after = {name: stored_hash(server, name) for name in made_at}

    assert {name: text[:11] for name, text in before.items()} == \
        {"cheaper": "$s1$0a0101$", "dearer": "$s1$0b0102$", "other-shape": "$s1$0b0101$"}
    assert after["cheaper"].startswith("$s1$0a0102$")
    assert (after["dearer"], after["other-shape"]) == (before["dearer"], before["other-shape"])
    assert [json.loads(line)["username"] for line in old.splitlines()] == ["cheaper"]
    assert server.log().count("hash upgraded") == 1


def test_13_a_wrong_password_replaces_no_hash(dearer_server):
    server = dearer_server
    before = stored_hash(server, "known")

    with server.client() as client:
        answer = sign_in(client, "known", "not the password")

    assert answer.status_code == 401
    assert stored_hash(server, "known") == before


# -- What a hash must cost ------------------------------------------------------------------


def init_with(**settings):
    server = Server("plain", **settings)
    try:
        return server.command("init")
    finally:
        server.remove()


WEAK = [(13, 8, 5), (14, 8, 4), (14, 4, 5), (10, 1, 1), (16, 8, 1)]
STRONG = [(14, 8, 5), (15, 8, 3), (16, 8, 2), (17, 8, 1), (13, 8, 10), (15, 8, 5)]


@pytest.mark.parametrize("log2_n, r, p", WEAK)
def test_13_a_weak_cost_is_refused_by_name(log2_n, r, p):
    done = init_with(scrypt_log2_n=log2_n, scrypt_r=r, scrypt_p=p, insecure_hash_cost="no")

    assert done.returncode == 1
    assert "scrypt_log2_n" in done.stderr
    assert "insecure_hash_cost" in done.stderr


@pytest.mark.parametrize("log2_n, r, p", WEAK)
def test_13_a_weak_cost_is_accepted_where_the_settings_insist(log2_n, r, p):
    done = init_with(scrypt_log2_n=log2_n, scrypt_r=r, scrypt_p=p, insecure_hash_cost="yes")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("log2_n, r, p", STRONG)
def test_13_a_cost_that_owasp_advises_is_accepted(log2_n, r, p):
    done = init_with(scrypt_log2_n=log2_n, scrypt_r=r, scrypt_p=p, insecure_hash_cost="no")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("log2_n, r, p", [(20, 32, 16), (20, 8, 1), (19, 8, 16)])
def test_13_a_cost_no_server_should_pay_is_refused_whatever_the_settings_insist_on(log2_n, r, p):
    done = init_with(scrypt_log2_n=log2_n, scrypt_r=r, scrypt_p=p, insecure_hash_cost="yes")

    assert done.returncode == 1


def test_15_4_a_responder_with_a_weak_cost_does_not_start():
    server = Server("plain", scrypt_log2_n=13, scrypt_r=8, scrypt_p=1, insecure_hash_cost="no")
    program = TOP / server.out / "cgi-bin/token.fcgi"

    done = subprocess.run(
        ["spawn-fcgi", "-n", "-s", server.directory / "token.sock", "--", program],
        env={**server.environment, "BEARWARD_CONF": str(server.conf)}, capture_output=True, text=True, timeout=PATIENCE)

    assert done.returncode == 1
    assert "insecure_hash_cost" in done.stderr
    server.remove()
