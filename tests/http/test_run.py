"""`make run` as its user meets it: what it prints, how it ends, what it leaves, and what it refuses."""

import contextlib
import html
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import urllib.parse

import httpx
import pytest
from conftest import PASSWORD, PATIENCE, TOP, Server, children_of, eventually, free_port, processes, register, sign_in
from person import Person
from pools import POOLS
from server import own, own_memory_kib

pytestmark = [pytest.mark.only_nginx("is about `make run`"), pytest.mark.slow]

CURL_LINE = "  curl "
NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
# The tests may run in the background of a shell, which has them, and what they start, ignore Ctrl-C.
HEEDING_SIGNALS = ["env", "--default-signal"]
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("BEARWARD_", "MAKE", "MFLAGS"))}


def program_of(pid):
    """The program that a process runs; "" when it has just ended."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def account_of(pid):
    """The number of the account that a process runs as; None when it has just ended."""
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None


class MakeRun:
    """`make run` in a process group of its own, as a shell starts it."""

    def __init__(self, var, top=TOP, prefix=(), settings=()):
        self.var = pathlib.Path(var)
        self.port = free_port()
        self.process = subprocess.Popen(
            [*prefix, *HEEDING_SIGNALS, "make", "run", f"VAR={var}", f"PORT={self.port}", *settings], env=CLEAN, cwd=top,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.printed = []
        while len(self.curl_lines()) < 3 and (line := self.process.stdout.readline()):
            self.printed.append(line)
        self.pids = {self.process.pid, *children_of(self.process.pid)}
        if len(self.curl_lines()) < 3:
            self.stop()
            pytest.fail("did not start:\n" + "".join(self.printed))

    def banner(self):
        """What it prints once everything is built."""
        first = next(i for i, line in enumerate(self.printed) if "http://" in line)
        return self.printed[first:]

    def curl_lines(self):
        return [line for line in self.printed if line.startswith(CURL_LINE)]

    def client(self):
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE, trust_env=False)

    def responders(self):
        return [pid for pid in children_of(self.process.pid) if program_of(pid).endswith(".fcgi")]

    def is_gone(self):
        alive = {pid for pid, command, environment in processes()}
        return not self.pids & alive

    def stop(self):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.communicate(timeout=PATIENCE)
        except ProcessLookupError:
            pass  # the test has stopped it
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise


@contextlib.contextmanager
def new_var():
    """A directory that the ordinary user may reach and own; not yet there."""
    base = pathlib.Path(tempfile.mkdtemp(prefix="bearward-run-"))
    base.chmod(0o755)
    if NOBODY:
        shutil.chown(base, "nobody", "nogroup")
    yield base / "var"
    shutil.rmtree(base)


@pytest.fixture
def var():
    with new_var() as var:
        yield var


@pytest.fixture
def run(var):
    running = MakeRun(var)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def lasting_run():
    """One that several tests look at, and leave as it is."""
    with new_var() as var:
        running = MakeRun(var)
        yield running
        running.stop()


@pytest.fixture(scope="module")
def ordinary_tree():
    """A built copy of the sources that belongs to the ordinary user, as after unpacking and building, in a directory of any name."""
    above = pathlib.Path(tempfile.mkdtemp(prefix="bearward-tree-"))
    above.chmod(0o755)
    base = above / "it's & a|b"
    base.mkdir()
    names = ["Makefile", "nginx.conf.sample", "bearward", "bearward-postgresql.so", "libbearward.a", "conf", "src", "cgi-bin",
             "www", "build/src", "build/cgi-bin", "build/exports"]
    for name in names:
        (base / name).parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", TOP / name, base / name], check=True)
    if NOBODY:
        subprocess.run(["chown", "-R", "nobody:nogroup", base], check=True)
    yield base
    shutil.rmtree(above)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# -- What it prints, and how it ends --------------------------------------------------------


def test_make_run_prints_the_addresses_of_its_pages_first(lasting_run):
    shown = [re.search(r"http://\S+", line)[0] for line in lasting_run.banner()[:3]]
    with lasting_run.client() as client:
        pages = [client.get(address) for address in shown[1:]]

    assert shown == [f"http://127.0.0.1:{lasting_run.port}{path}" for path in ("/example/", "/", "/docs")]
    assert ["<title>Sign in</title>" in pages[0].text, "documentation</title>" in pages[1].text] == [True, True]


def test_newcomer_opens_the_example_creates_an_account_sees_the_page_and_signs_out(lasting_run):
    with Person(f"http://127.0.0.1:{lasting_run.port}") as person:
        form = person.go("/example/report?year=2026")
        [link] = re.findall('href="([^"]*register[^"]*)"', form.text)
        page = person.send(person.go(urllib.parse.urljoin(str(form.url), html.unescape(link))), username="johndoe",
                           password=PASSWORD)
        out = person.send(page)
        back = person.send(out, username="johndoe", password=PASSWORD)

    for seen in (page, back):
        assert seen.url.raw_path == b"/example/report?year=2026"
        assert "<h1>Hello johndoe</h1>" in seen.text and "<!--#" not in seen.text
        assert seen.headers["cache-control"] == "private, no-store"
    assert 'name="password"' in form.text and 'name="password"' in out.text


def test_example_tells_a_program_that_nobody_is_signed_in(lasting_run):
    with lasting_run.client() as client:
        refused = client.get("/example/")

    assert (refused.status_code, refused.json()) == (401, {"detail": "Not authenticated"})
    assert refused.headers["www-authenticate"].startswith("Bearer ")
    assert refused.headers["cache-control"] == "no-store"


def test_make_run_goes_on_where_no_registry_can_be_reached(var, ordinary_tree):
    shutil.rmtree(ordinary_tree / "www/swagger-ui", ignore_errors=True)
    run = MakeRun(var, ordinary_tree, [*NOBODY, "env", f"npm_config_registry=http://127.0.0.1:{free_port()}/"])

    try:
        with run.client() as client:
            docs = client.get("/docs")
    finally:
        run.stop()

    assert "So /docs is a plain page" in "".join(run.printed)
    assert "docs.js" in docs.text


def test_make_run_says_of_a_build_only_what_it_links(var, ordinary_tree):
    (ordinary_tree / "cgi-bin/me.c").touch()
    run = MakeRun(var, ordinary_tree, NOBODY)

    run.stop()

    before = run.printed[:-len(run.banner())]
    assert [line for line in before if line.startswith(("CC", "AR", "LD", "gcc"))] == ["LD cgi-bin/me.fcgi\n"]


def test_make_run_prints_ten_lines_at_most_with_three_that_work_when_pasted(run):
    register_line, token_line, me_line = run.curl_lines()
    outputs = [json.loads(subprocess.run(["sh", "-c", line], capture_output=True, text=True).stdout)
               for line in (register_line, token_line, me_line)]

    assert len(run.banner()) <= 10
    assert f"http://127.0.0.1:{run.port}" in run.banner()[0]
    assert outputs[0] == {"id": 1, "username": "johndoe", "is_active": True}
    assert outputs[1]["token_type"] == "bearer"
    assert outputs[2] == outputs[0]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda ending: ending.name)
def test_a_signal_to_its_process_group_leaves_no_process(run, ending):
    os.killpg(run.process.pid, ending)
    run.process.communicate(timeout=PATIENCE)

    assert eventually(run.is_gone)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", run.port))


def test_sigterm_to_make_alone_leaves_no_process(run):
    run.process.terminate()
    run.process.communicate(timeout=PATIENCE)

    assert eventually(run.is_gone)


def test_the_script_killed_outright_takes_everything_along(start_plain_server):
    server = start_plain_server(is_by_conf_run=True)
    pids = {server.process.pid, *children_of(server.process.pid)}

    server.process.kill()
    server.process.wait(PATIENCE)
    server.process.stdout.close()
    server.process = None

    assert len(pids) >= 8
    assert eventually(lambda: not pids & {pid for pid, command, environment in processes()})


def test_a_second_start_keeps_users_keys_and_settings(var):
    first = MakeRun(var)
    with first.client() as client:
        assert register(client, "johndoe").status_code == 200
    keys = list((var / "state/keys").iterdir())
    settings = (var / "bearward.conf").read_bytes()
    # So that `bearward user link` prints what can be opened.
    assert f"\npublic_url = http://127.0.0.1:{first.port}\n".encode() in settings
    first.stop()

    second = MakeRun(var)
    with second.client() as client:
        answer = sign_in(client, "johndoe")
    second.stop()

    assert answer.status_code == 200
    assert list((var / "state/keys").iterdir()) == keys
    assert (var / "bearward.conf").read_bytes() == settings


def test_a_part_that_cannot_stay_up_ends_the_whole(start_plain_server):
    server = start_plain_server(is_by_conf_run=True)
    (nginx,) = [pid for pid in children_of(server.process.pid)
                if program_of(pid).endswith("/nginx") and children_of(pid)]

    os.kill(nginx, signal.SIGTERM)
    said = server.process.communicate(timeout=PATIENCE)[0]

    assert server.process.returncode == 1
    assert "stopped by itself" in said
    assert eventually(lambda: not server.all_pids())
    server.process = None


# -- Rights ---------------------------------------------------------------------------------


def test_nothing_it_makes_is_open_to_others(start_plain_server):
    server = start_plain_server(is_by_conf_run=True)

    with server.client() as client:
        register(client, "somebody")

    for endpoint in POOLS:
        assert mode(pathlib.Path(server.socket(endpoint))) == 0o660
    assert mode(server.state) == 0o700
    for path in [*server.state.rglob("*"), server.directory / "log/access.log"]:
        assert mode(path) & 0o077 == 0, path


def test_it_works_as_an_ordinary_user_with_a_tree_of_its_own(ordinary_tree):
    var = ordinary_tree / "var"
    run = MakeRun("var", ordinary_tree, [*NOBODY, "env", "PATH=/usr/local/bin:/usr/bin:/bin"])

    try:
        owner = os.stat(f"/proc/{run.process.pid}").st_uid
        with run.client() as client:
            registered = register(client, "johndoe")
            answer = sign_in(client, "johndoe")
    finally:
        run.stop()

    assert owner == var.stat().st_uid
    assert not NOBODY or owner != 0
    assert (registered.status_code, answer.status_code) == (200, 200)
    assert eventually(run.is_gone)


def test_15_7_a_responder_leaves_no_core_and_its_memory_is_closed_to_its_own_user(var, ordinary_tree):
    run = MakeRun(var, ordinary_tree, NOBODY)

    try:
        for pid in run.responders():
            with open(f"/proc/{pid}/limits") as limits:
                core = next(line.split()[4:6] for line in limits if line.startswith("Max core file size"))
            assert core == ["0", "0"]
            # The kernel gives these files of a process that may not be dumped to root.
            assert os.stat(f"/proc/{pid}/environ").st_uid == 0
            opened = subprocess.run([*NOBODY, "cat", f"/proc/{pid}/environ"], capture_output=True)
            assert opened.returncode != 0
    finally:
        run.stop()


def own_sizes(run):
    return {program_of(pid).rpartition("/")[2]: own_memory_kib(pid) for pid in run.responders()}


def test_an_idle_responder_takes_two_megabytes_of_its_own_at_most(run):
    assert own_sizes(run).keys() == {f"{pool}.fcgi" for pool in POOLS}
    assert eventually(lambda: max(own_sizes(run).values()) <= 2 * 1024), own_sizes(run)


def test_a_build_that_stands_apart_finds_its_pages_in_a_tree_of_any_name(ordinary_tree):
    subprocess.run([*NOBODY, "make", "OUT=build/apart/", "build/apart/www"], cwd=ordinary_tree, env=CLEAN, check=True)

    assert (ordinary_tree / "build/apart/www/index.html").samefile(ordinary_tree / "www/index.html")


# -- Where it listens -----------------------------------------------------------------------

# A network of its own, whose loopback has but the address that is named.
WITH_ONLY = """ip link set lo up && ip address flush dev lo && ip address add "$1" dev lo && shift && exec "$@" """


def network_with_only(address):
    return ["unshare", "--net", "sh", "-c", WITH_ONLY, "sh", address]


needs_a_network = pytest.mark.skipif(os.getuid() != 0, reason="only root makes a network of its own")


@needs_a_network
@pytest.mark.parametrize("address, host, shown", [
    ("::1/128", "::1", "[::1]"), ("127.9.9.9/8", "127.9.9.9", "127.9.9.9"), ("127.0.0.1/8", "localhost", "localhost")])
def test_it_listens_where_host_says_on_the_loopback_that_there_is(var, address, host, shown):
    run = MakeRun(var, prefix=network_with_only(address), settings=[f"HOST={host}"])
    within = ["nsenter", f"--net=/proc/{run.process.pid}/ns/net"]
    try:
        outputs = [json.loads(subprocess.run([*within, "sh", "-c", line], capture_output=True, text=True).stdout)
                   for line in run.curl_lines()]
        link = subprocess.run([TOP / "bearward", "-c", var / "bearward.conf", "user", "link", "johndoe"], capture_output=True,
                              text=True, env={**CLEAN, "BEARWARD_ALLOW_ROOT": "yes"}).stdout
    finally:
        run.stop()

    assert f"http://{shown}:{run.port}/example/" in run.banner()[0]
    assert outputs[2] == outputs[0] == {"id": 1, "username": "johndoe", "is_active": True}
    assert f"http://{shown}:{run.port}/link" in link


@needs_a_network
@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.1", "nowhere.invalid"])
def test_what_is_no_address_of_this_machine_is_said_plainly(var, host):
    said = refused(var, prefix=network_with_only("::1/128"), host=host)

    assert f"{host} is no address of this machine" in said
    assert "HOST=" in said


@pytest.mark.parametrize("host, words", [("0.0.0.0", "would let in every network"), ("::", "would let in every network"),
                                         ("a;b", "is neither an address nor a name"), ("a b", "is neither an address nor a name")])
def test_a_host_that_would_be_open_or_that_is_none_is_said_plainly(var, host, words):
    said = refused(var, host=host)

    assert f"HOST={host} {words}" in said


# -- What it refuses ------------------------------------------------------------------------


def refused(var, port=None, top=TOP, prefix=(), environment=None, made=False, host="127.0.0.1"):
    """Starts what must not start, by make or as make does; returns what it said."""
    port = port or free_port()
    done = subprocess.run(
        [*prefix, *(["make", "run", f"VAR={var}", f"PORT={port}", f"HOST={host}"] if made else [top / "conf/run", var, str(port), host])],
        cwd=top, env={**CLEAN, **(environment or {})}, capture_output=True, text=True, timeout=PATIENCE)

    assert done.returncode != 0, done.stdout
    assert CURL_LINE not in done.stdout
    mark = str(var).encode()
    assert eventually(lambda: not [pid for pid, command, environment in processes()
                                   if mark in command or mark in environment])
    return done.stdout + done.stderr


def test_a_taken_port_is_said_plainly(var):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        said = refused(var, port, made=True)

    assert f"port {port} is taken" in said


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_what_is_no_port_is_said_plainly(var, port):
    said = refused(var, port)

    assert f"PORT={port} is not a port number" in said


@pytest.mark.skipif(os.getuid() == 0 and not shutil.which("setpriv"), reason="needs an ordinary user")
def test_a_directory_without_the_right_to_write_is_said_plainly(ordinary_tree):
    said = refused("/usr/bearward-test", top=ordinary_tree, prefix=NOBODY)

    assert "cannot write to /usr/bearward-test" in said
    assert "VAR=" in said


def test_a_directory_that_belongs_to_somebody_else_is_said_plainly(var, ordinary_tree):
    var.mkdir()
    if NOBODY:
        shutil.chown(var, "root", "root")
    var.chmod(0o555)

    said = refused(var, top=ordinary_tree, prefix=NOBODY)

    assert f"{var} belongs to root" in said or f"cannot write to {var}" in said


def supervisors(run):
    return [pid for pid in children_of(run.process.pid) if program_of(pid).endswith("/bearward")]


def nginx_master(run):
    return [int((run.var / "nginx.pid").read_text())]


@pytest.mark.parametrize("victims", [supervisors, nginx_master])
def test_a_part_that_is_killed_outright_takes_all_the_rest_along(run, victims):
    everything = children_of(run.process.pid)

    os.kill(victims(run)[0], signal.SIGKILL)

    run.process.communicate(timeout=PATIENCE)
    assert run.process.returncode != 0
    assert eventually(lambda: not {pid for pid, command, environment in processes()} & {*everything, *run.pids})


@pytest.mark.skipif(os.getuid() != 0, reason="is about root")
def test_as_root_nothing_that_it_starts_runs_as_root(lasting_run):
    make_run = next(pid for pid, command, _ in processes() if b"conf/run\0" in command and str(lasting_run.var).encode() in command)

    lasting = {"bash", "nginx", *(f"{pool}.fcgi" for pool in POOLS)}
    accounts = {(os.path.basename(program_of(pid)), account_of(pid)) for pid in [make_run, *children_of(make_run)]}

    nobody = pwd.getpwnam("nobody").pw_uid
    assert {(program, uid) for program, uid in accounts if program in lasting} == {(name, nobody) for name in lasting}
    assert {path.stat().st_uid for path in [lasting_run.var, *lasting_run.var.rglob("*")]} == {nobody}


@pytest.mark.skipif(os.getuid() != 0, reason="only root starts it as another account")
def test_as_root_a_tree_out_of_the_account_s_reach_is_said_plainly(var, ordinary_tree):
    (ordinary_tree / "cgi-bin").chmod(0o755)
    ordinary_tree.chmod(0o700)
    shutil.chown(ordinary_tree, "root", "root")
    try:
        said = refused(var, top=ordinary_tree)
    finally:
        ordinary_tree.chmod(0o755)
        shutil.chown(ordinary_tree, "nobody", "nogroup")

    assert f"the account nobody, which is to run it, cannot reach {ordinary_tree}" in said
    assert "ACCOUNT=" in said


def test_a_directory_of_another_account_is_refused_even_if_all_may_write_there(var, ordinary_tree):
    if not NOBODY:
        pytest.skip("only root can give files away")
    var.mkdir()
    var.chmod(0o777)
    os.chown(var, 64999, -1)

    said = refused(var, top=ordinary_tree, prefix=NOBODY)

    assert f"{var} belongs to" in said
    assert list(var.iterdir()) == []


def test_a_mistake_in_the_settings_is_said_with_file_and_line(var):
    var.mkdir()
    (var / "bearward.conf").write_text("state_dir = state\nrelm = x\n")
    own(var, var / "bearward.conf")

    said = refused(var)

    assert f"{var}/bearward.conf:2" in said
    assert "realm" in said


def test_a_mistake_in_the_environment_is_said_by_name(var):
    said = refused(var, environment={"BEARWARD_THREADS": "many"}, made=True)

    assert "BEARWARD_THREADS" in said


def test_a_path_too_long_for_a_socket_is_said_plainly(var):
    said = refused(var / ("x" * 80))

    assert "too long" in said


ODD_NAMES = ["a b", "a&b", "a;b", "a|b", "a{b}c", "a'b", "#a (b)", "a*", "-e", "h\u00e4 \u20ac"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_directory_may_have_any_name_that_nginx_can_be_told(name):
    base = pathlib.Path(tempfile.mkdtemp(prefix="bearward-run-"))
    base.chmod(0o755)
    server = Server("plain", directory=base / name, is_by_conf_run=True).start()
    try:
        with server.client() as client:
            registered = register(client, "johndoe")
            answers = [client.get("/").status_code, sign_in(client, "johndoe").status_code]
    finally:
        server.stop()
        shutil.rmtree(base)

    assert (registered.status_code, answers) == (200, [200, 200])


def test_make_hands_on_a_directory_with_any_name(var):
    run = MakeRun(var / "a b; touch 'c")
    try:
        with run.client() as client:
            assert register(client, "johndoe").status_code == 200
    finally:
        run.stop()


@pytest.mark.parametrize("name", ["a$b", 'a"b', "a\\b", "a\nb"])
def test_a_directory_whose_name_nginx_cannot_be_told_is_refused_plainly(var, name):
    done = subprocess.run([TOP / "conf/run", f"{var}/{name}", str(free_port())], env=CLEAN, capture_output=True, text=True)

    assert done.returncode == 1
    assert "nginx cannot be told a path with" in done.stderr
    assert not var.exists()


def test_a_second_instance_in_one_directory_is_said_plainly(lasting_run):
    done = subprocess.run(
        ["make", "run", f"VAR={lasting_run.var}", f"PORT={free_port()}"], env=CLEAN, cwd=TOP,
        capture_output=True, text=True, timeout=PATIENCE)

    assert done.returncode != 0
    assert f"another one is running in {lasting_run.var}" in done.stdout + done.stderr
    with lasting_run.client() as client:
        assert client.get("/users/me/").status_code == 401


def test_a_key_that_others_may_read_stops_the_start(start_plain_server):
    server = start_plain_server(is_by_conf_run=True)
    server.stop()
    (key,) = (server.state / "keys").iterdir()
    key.chmod(0o644)

    with pytest.raises(RuntimeError) as refusal:
        Server("plain", directory=server.directory, is_by_conf_run=True).start()

    assert key.name in str(refusal.value)
    assert "chmod 600" in str(refusal.value)


@pytest.mark.sqlite("is about its file")
def test_a_missing_database_is_not_replaced_while_running(start_plain_server):
    server = start_plain_server(is_by_conf_run=True)
    with server.client() as client:
        register(client, "somebody", PASSWORD)
        server.stop()
        server.database.write_bytes(b"not a database any more")

        with pytest.raises(RuntimeError):
            Server("plain", directory=server.directory, is_by_conf_run=True).start()

    assert server.database.read_bytes() == b"not a database any more"
