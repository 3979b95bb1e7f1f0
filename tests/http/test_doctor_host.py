"""What `bearward doctor` says of settings, state, host and responders: each is all right once, and amiss once."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import pytest

import doctor
from conftest import TOP, Server, eventually
from own_system import only_root
from server import of_account, own

pytestmark = [only_root, pytest.mark.once("is about what the system says; a sanitizer has seen the command in other tests")]

# As they are by default.
SAFE = {"attempts": "yes", "insecure_hash_cost": "no", "scrypt_log2_n": 14, "scrypt_r": 8, "scrypt_p": 5}


@pytest.fixture(scope="module")
def server():
    server = Server(engine="sqlite", **SAFE)
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def place():
    """A directory that the account of the service can reach."""
    with tempfile.TemporaryDirectory(prefix="bearward-") as directory:
        place = pathlib.Path(directory)
        place.chmod(0o755)
        own(place)
        yield place


def look(server, *arguments, conf=None, **options):
    return doctor.rows_of(doctor.ask(server.program, "-c", conf or server.conf, *arguments, **options))


def preloaded(directory, name, **macros):
    """Behind this library, a host is as the macros say."""
    library = directory / f"{name}.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", *(f"-D{key}={value}" for key, value in macros.items()), "-o", library,
                    TOP / "tests/http/host_that.c"], check=True)
    return {"LD_PRELOAD": str(library)}


def on_system(script):
    """A launcher: directories are as a script has made them, for the command alone."""
    return ["unshare", "-m", "sh", "-ec", f'mount --make-rprivate /\n{script}\nexec "$0" "$@"']


def settings_beside(server, name, **settings):
    """Of the same state, for no responder."""
    conf = server.directory / f"{name}.conf"
    lines = {"state_dir": "state", **SAFE, **settings}
    conf.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))
    server.own(conf)
    return conf


def test_a_host_is_as_it_should_be(server, place):
    launcher = on_system("mount -t tmpfs none /etc/rc2.d; touch /etc/rc2.d/S01bearward; mount -t tmpfs none /var/backups; mkdir /var/backups/bearward; touch /var/backups/bearward/one")
    rows = look(server, launcher=launcher, **preloaded(place, "kept", CLOCK="STA_PLL"))

    assert doctor.amiss(rows, {"hash speed", *doctor.OF_WEB}) == {}
    assert rows.keys() >= doctor.OF_HOST - {"account"}
    assert rows["settings"]["found"] == str(server.conf)
    assert "run, in 8 processes" in rows["responders"]["found"] and rows["backup"]["found"] == "the last one was made 0 days ago"
    assert re.match(r"\w+: \d+ ms each, \d+ sign-ins a second", rows["hash speed"]["found"])
    assert {path.stem for path in (TOP / "cgi-bin").glob("*.c")} == set(re.findall(
        r'"(\w+)"', re.search(r"responders_pools\[RESPONDERS_POOLS\] = \{(.*?)\}", (TOP / "src/ctl/doctor/responders.c").read_text(), re.S)[1]))


def test_settings_that_are_risky_are_said_and_a_key_that_is_old(server):
    conf = settings_beside(
        server, "risky", insecure_hash_cost="yes", scrypt_p=1, issuer="http://site.example", attempts="no", notify="/nowhere/send",
        hash_memory=1000000, hash_slots=1024, hash_kernel="libscrypt")

    rows = look(server, conf=conf, launcher=["faketime", "-f", "+400d"])

    assert doctor.amiss(rows, doctor.OF_WEB | doctor.OF_MACHINE) == {
        "issuer": "fault", "registration": "fault", "guessing": "risk", "hash cost": "risk", "notify": "fault",
        "memory for hashing": "fault", "cores for hashing": "risk", "key that signs": "risk", "responders": "fault"}
    assert rows["hash speed"]["state"] == "risk" and "hash_kernel = auto" in rows["hash speed"]["advice"]
    assert "hash_memory = " in rows["memory for hashing"]["advice"] and "/nowhere/send" in rows["notify"]["found"]
    assert "400 days old" in rows["key that signs"]["found"]


def test_where_links_are_sent_and_no_address_is_set_it_says_so_and_of_a_clock_that_went_back(server):
    conf = settings_beside(server, "links", registration="invite")

    rows = look(server, conf=conf, launcher=["faketime", "-f", "-2h"], BEARWARD_REALM="other")

    assert rows["issuer"]["state"] == "fault" and "public_url = " in rows["issuer"]["advice"]
    assert rows["key that signs"]["state"] == "fault"
    assert rows["environment"] == {**rows["environment"], "state": "risk", "found": "BEARWARD_REALM overrides the file"}


def test_a_mistake_in_the_settings_is_said_with_its_line_and_the_rest_is_looked_at(server):
    conf = settings_beside(server, "wrong", relm="x")

    rows = look(server, conf=conf)

    assert rows["settings"]["state"] == "fault"
    assert "wrong.conf:7: unknown key" in rows["settings"]["found"] and "realm" in rows["settings"]["found"]
    assert {"responders", "json-c"} <= rows.keys() and "state directory" not in rows


def test_a_state_directory_that_is_missing_of_root_or_open_is_said(server, place):
    conf = place / "bearward.conf"
    conf.write_text("state_dir = state\n")
    state = place / "state"
    os.chown(place, 0, 0)

    found = [look(server, conf=conf)]
    state.mkdir(mode=0o700)
    found.append(look(server, conf=conf))
    subprocess.run([server.program, "-c", conf, "init"], check=True, capture_output=True, env={**os.environ, "BEARWARD_ALLOW_ROOT": "yes"})
    own(state, *state.rglob("*"))
    (state / "bearward.db").chmod(0o644)
    found.append(look(server, conf=conf))
    (state / "bearward.db").chmod(0o600)
    (state / "of-root").touch()
    found.append(look(server, conf=conf))
    # Where it cannot look, it says so, and that is no fault.
    seen = subprocess.run([server.program, "-c", conf, "doctor", "--json"], capture_output=True, text=True, cwd="/", env={},
                          user="www-data", group="www-data", extra_groups=[])

    assert [rows["state directory"]["state"] for rows in found] == ["fault"] * 4
    assert [words in rows["state directory"]["advice"] or words in rows["state directory"]["found"] for words, rows in zip(
        ("install -d", "chown -R", "open to all", "of root"), found)] == [True] * 4
    assert found[2]["use of the database"]["state"] == "fault" and "database" not in found[0]
    rows = doctor.rows_of(seen)
    assert rows["state directory"]["state"] == rows["responders"]["state"] == "unknown"
    assert "sudo bearward doctor" in rows["state directory"]["advice"]


def test_a_disk_that_is_full_or_of_another_host_is_said_and_so_is_a_json_c_that_reads_too_little(server, place):
    conf = place / "bearward.conf"
    state = place / "state"
    conf.write_text("state_dir = state\n")
    state.mkdir(mode=0o700)
    own(conf, state)
    small = on_system(f"mount -t tmpfs -o size=8m,mode=0700,uid={state.stat().st_uid},gid={state.stat().st_gid} none {state}"
                      "\nmount -t tmpfs none /var/backups; mkdir /var/backups/bearward; touch -d '9 days ago' /var/backups/bearward/one"
                      "\ntouch /var/backups/bearward/.bearward-20270131T021500Z.backup.unfinished")

    rows = look(server, conf=conf, launcher=small, **preloaded(
        place, "other", CLOCK="STA_UNSYNC", FILE_SYSTEM="0x6969", STRICT=1))

    assert {check: rows[check]["state"] for check in ("disk space", "file system", "clock of this host", "json-c", "backup")} == {
        "disk space": "fault", "file system": "fault", "clock of this host": "risk", "json-c": "fault", "backup": "risk"}
    assert "journal_mode = delete" in rows["file system"]["advice"] and "NFS" in rows["file system"]["found"]
    assert rows["keys"]["state"] == rows["use of the database"]["state"] == "fault"
    assert "9 days ago" in rows["backup"]["found"]


@contextlib.contextmanager
def another_responder(server, place, name):
    """One of the same settings, of a program that is removed, on a socket that is open to all; it may open few files."""
    program, socket = place / f"{name}.fcgi", place / f"{name}.sock"
    shutil.copy(TOP / f"cgi-bin/{name}.fcgi", program)
    process = subprocess.Popen(
        ["prlimit", "--nofile=40:40", "spawn-fcgi", "-n", "-s", socket, "-M", "0666", "--", program], **of_account(),
        env={"PATH": os.environ["PATH"], "BEARWARD_CONF": str(server.conf), "BEARWARD_SANDBOX": "no"}, stderr=subprocess.DEVNULL)
    try:
        assert eventually(lambda: socket.exists() and pathlib.Path(f"/proc/{process.pid}/exe").resolve() == program.resolve())
        program.unlink()
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def test_responders_that_are_old_open_short_of_files_or_stuck_are_said(server, place):
    with another_responder(server, place, "me") as process:
        os.kill(process.pid, signal.SIGSTOP)
        rows = look(server, launcher=on_system("mount -t tmpfs none /etc/rc2.d; touch /etc/rc2.d/S01bearward"))

    assert doctor.amiss(rows, doctor.OF_WEB | doctor.OF_MACHINE) == {
        "programs": "risk", "descriptors": "risk", "sandbox": "risk", "supervisor": "risk", "sockets": "fault", "answers": "fault"}
    assert rows["supervisor"]["found"] == "gone after the next boot: me"
    assert rows["programs"]["found"] == "older than what is installed: me"
    assert "me (no answer within two seconds)" in rows["answers"]["found"]


def answer_for_ever(listening):
    """A record of 64 KiB, of which a byte comes now and then."""
    with contextlib.suppress(OSError):
        connection, _ = listening.accept()
        connection.sendall(bytes([1, 6, 0, 1, 255, 255, 0, 0]))
        while True:
            connection.sendall(b"x")
            time.sleep(0.5)


def test_nobody_holds_it_up_who_calls_himself_a_responder_and_answers_for_ever(server, place):
    program = place / "token.fcgi"
    shutil.copy("/usr/bin/sleep", program)
    program.chmod(0o755)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(place / "token.sock"))
    listening.listen()
    process = subprocess.Popen([program, "1000"], **of_account(), stdin=listening, env={"BEARWARD_CONF": str(server.conf)})
    threading.Thread(target=answer_for_ever, args=(listening,), daemon=True).start()
    try:
        rows = look(server)
    finally:
        process.kill()
        process.wait()
        listening.close()

    assert "token (no answer within two seconds)" in rows["answers"]["found"]


def test_a_service_that_is_not_ready_is_said():
    server = Server(engine="sqlite")
    server.start()
    try:
        shutil.rmtree(server.state / "keys")
        assert eventually(lambda: look(server)["readiness"]["state"] == "fault")
    finally:
        server.stop()
        server.remove()


def test_on_a_terminal_the_list_is_followed_by_what_to_do(server):
    done = subprocess.run([server.program, "-c", settings_beside(server, "terminal", attempts="no"), "doctor", "--columns"],
                          capture_output=True, text=True, env={})
    head, *blocks = done.stdout.split("\n\n")

    assert head.splitlines()[0].split() == ["CHECK", "STATE", "FOUND"]
    assert blocks[0].startswith("fault: registration: open to everybody, without a limit\n  Write into the settings")
    assert "\n        attempts = yes\n" in blocks[0]
    assert re.fullmatch(r"\d+ checks: \d+ ok, \d+ risk, \d+ fault, \d+ unknown\n", blocks[-1])
    assert max(map(len, done.stdout[len(head):].splitlines())) <= 80
