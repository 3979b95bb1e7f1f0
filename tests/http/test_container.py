"""conf/Containerfile: by the engine that is at hand, and step by step in a root where there is none (INSTALL, "In a container")."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest
from conftest import PASSWORD, PATIENCE, TOP, eventually, free_port
from containerfile import Container, Image
from server import content

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a root of its own")
needs_debian = pytest.mark.skipif(not shutil.which("mmdebstrap"), reason="mmdebstrap makes the Debian that it begins with")
pytestmark = [pytest.mark.thorough, pytest.mark.slow, pytest.mark.self_contained, pytest.mark.xdist_group("container"),
              pytest.mark.only_nginx("has its own nginx"), pytest.mark.once("builds its own")]

URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def image():
    made = Image(TOP / "conf/Containerfile")
    yield made
    made.remove()


@pytest.fixture
def start(image):
    """Starts containers that share a volume."""
    base = pathlib.Path(tempfile.mkdtemp(prefix="bearward-container-"))
    base.chmod(0o755)
    running = []

    def start(**options):
        container = Container(image, base / f"run{len(running)}", base / "volume", **options)
        running.append(container)
        container.wait_until_healthy()
        return container

    yield start
    for container in running:
        container.kill()
    subprocess.run(["rm", "-rf", "--one-file-system", base], check=True)


def ask(container, path, *options):
    """What it answers to a client that its network has let in: status and body."""
    done = container.execute("curl", "-sS", "-w", "\n%{http_code}", *options, f"{URL}{path}")
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def register(container, name):
    return ask(container, "/users/", "-H", "Content-Type: application/json", "-d",
               json.dumps({"username": name, "password": PASSWORD}))[0]


def sign_in(container, name):
    return ask(container, "/token", "-d", f"username={name}", "--data-urlencode", f"password={PASSWORD}")[0]


@only_root
@needs_debian
def test_who_has_an_account_signs_in_after_it_was_stopped_and_another_was_started_on_the_volume(start):
    first = start()
    registered, signed_in = register(first, "alice"), sign_in(first, "alice")
    page = ask(first, "/signin", "-H", "Accept: text/html")
    pids = first.pids()
    status, said = first.stop()

    second = start()

    assert (registered, signed_in, page[0]) == (200, 200, 200) and "<title>Sign in" in page[1]
    assert status == 0, said
    assert '"POST /token" 200' in said and "event=" in said, said
    assert eventually(lambda: not [pid for pid in pids if content(f"/proc/{pid}/cmdline")])
    assert sign_in(second, "alice") == 200
    listed = second.execute("bearward", "user", "list")
    assert "alice" in listed.stdout, listed.stderr


@only_root
@needs_debian
def test_nothing_in_it_is_root_or_has_a_capability(start):
    container = start()

    for pid in container.pids():
        status = dict(line.split(":\t", 1) for line in content(f"/proc/{pid}/status").decode().splitlines())
        if not status:
            continue        # it has ended meanwhile
        assert set(status["Uid"].split()) == {str(container.account()[0])}, status["Name"]
        assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0, status["Name"]
        assert status["NoNewPrivs"] == "1"


@only_root
@needs_debian
def test_who_has_begun_to_ask_when_it_is_stopped_is_answered(start):
    container = start()
    # Half of a request, which goes on once nginx has stopped to accept others.
    talk = ("exec 3<>/dev/tcp/127.0.0.1/8000; printf 'GET /users/me/ HTTP/1.1\\r\\nHost: localhost\\r\\n' >&3; echo begun; "
            "read -r go; printf 'Connection: close\\r\\n\\r\\n' >&3; cat <&3")
    client = subprocess.Popen(["nsenter", f"--target={container.first}", "--net", "bash", "-c", talk], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline() == "begun\n"
    refuses = ["nsenter", f"--target={container.first}", "--net", "bash", "-c", "! { : </dev/tcp/127.0.0.1/8000; } 2>/dev/null"]

    os.kill(container.first, signal.SIGTERM)
    assert eventually(lambda: subprocess.run(refuses).returncode == 0)
    answer = client.communicate("go\n", timeout=PATIENCE)[0]

    assert answer.startswith("HTTP/1.1 401 ")
    assert container.end()[0] == 0


@only_root
@needs_debian
def test_a_part_that_dies_ends_it_with_a_failure_and_a_responder_that_dies_is_replaced(start):
    container = start()
    responder = eventually(lambda: [pid for pid in container.pids() if content(f"/proc/{pid}/cmdline").endswith(b"/me.fcgi\0")
                                    and b"supervise" not in content(f"/proc/{pid}/cmdline")])[0]
    [nginx] = [pid for pid in container.pids() if b"nginx: master" in content(f"/proc/{pid}/cmdline")]

    os.kill(responder, signal.SIGKILL)
    assert eventually(lambda: ask(container, "/users/me/")[0] == 401)
    os.kill(nginx, signal.SIGKILL)
    status, said = container.end()

    assert status == 1
    assert "a part of it stopped by itself" in said


@only_root
@needs_debian
def test_its_first_process_takes_in_what_has_lost_its_parent(start):
    container = start()

    container.execute("sh", "-c", "sleep 0.1 & exec true")

    def zombies():
        return [pid for pid in container.pids() if " Z " in content(f"/proc/{pid}/stat").decode().rpartition(")")[2][:3]]

    assert eventually(lambda: not zombies())


@only_root
@needs_debian
def test_settings_come_by_the_environment_and_a_mistake_in_them_is_said(start):
    container = start(BEARWARD_REGISTRATION="invite", BEARWARD_ISSUER="https://www.example.org", TRUSTED_PROXY="127.0.0.1")

    assert register(container, "mallory") == 403
    assert "https://www.example.org/link" in container.execute("bearward", "user", "link", "alice", "--invite").stdout
    ask(container, "/users/me/", "-H", "X-Forwarded-For: 192.0.2.7")
    with pytest.raises(RuntimeError) as said:
        start(BEARWARD_REGISTRATION="ajar")
    with pytest.raises(RuntimeError) as said_of_proxy:
        start(TRUSTED_PROXY="x; evil")

    assert "192.0.2.7 [" in container.stop()[1]
    assert "BEARWARD_REGISTRATION" in str(said.value)
    assert "TRUSTED_PROXY" in str(said_of_proxy.value)


@only_root
@needs_debian
def test_files_that_are_mounted_take_the_place_of_its_own(start):
    server = (TOP / "nginx.conf.sample").read_text().replace("127.0.0.1:8000;", "8000;").replace("log/access.log", "/dev/stdout")
    container = start(files={
        "/etc/bearward/bearward.conf": "registration = closed\n",
        "/etc/bearward/nginx.conf": server.replace("log/error.log", "stderr").replace("location / {", """location = /mine {
            return 204;
        }
        location / {""")})

    assert register(container, "mallory") == 403
    assert ask(container, "/mine")[0] == 204


def engine():
    """One that works here; None."""
    for name in ("podman", "docker"):
        if shutil.which(name) and subprocess.run([name, "info"], capture_output=True).returncode == 0:
            return name
    return None


@pytest.mark.skipif(engine() is None, reason="no engine for containers is at hand")
def test_an_engine_builds_it_and_what_it_builds_becomes_healthy():
    name, port = f"bearward-test-{os.getpid()}", free_port()
    subprocess.run([engine(), "build", "-t", name, "-f", "conf/Containerfile", "."], cwd=TOP, check=True)
    try:
        subprocess.run([engine(), "run", "-d", "--name", name, "-p", f"127.0.0.1:{port}:8000", name], check=True)

        def is_ready():
            return subprocess.run(["curl", "-fsS", f"http://127.0.0.1:{port}/health/ready"], capture_output=True).returncode == 0

        assert eventually(is_ready)
        assert subprocess.run([engine(), "stop", name]).returncode == 0
    finally:
        subprocess.run([engine(), "rm", "-f", "-v", name])
        subprocess.run([engine(), "rmi", "-f", name])
