"""`make install` and `make uninstall`: what they put where, that it works from there, and that nothing else is touched."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess

import httpx
import pytest
from conftest import PATIENCE, TOP, bearer, eventually, free_port, register, sign_in
from pools import routed

pytestmark = pytest.mark.slow

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("BEARWARD_", "MAKE", "MFLAGS"))}
CLEAN["BEARWARD_ALLOW_ROOT"] = "yes"    # what is installed here is of whoever runs the tests
ENDPOINTS = sorted(path.stem for path in (TOP / "cgi-bin").glob("*.c"))


def make(*arguments, umask=0o022):
    done = subprocess.run(
        ["make", *map(str, arguments)], cwd=TOP, env=CLEAN, capture_output=True, text=True, umask=umask, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def tree(top):
    """Everything below top: kind and mode of each, and the content of files."""
    return {str(path.relative_to(top)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else None)
            for path in top.rglob("*")}


def files(top):
    return {str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()}


def expected_files():
    pages = {str(path.relative_to(TOP)) for path in (TOP / "www").rglob("*") if path.is_file()}
    samples = {"nginx.conf.sample", *(path.name for path in (TOP / "conf").glob("*.sample"))}
    snippets = {str(path.relative_to(TOP / "conf")) for name in ("nginx", "apache2", "lighttpd", "fail2ban")
                for path in (TOP / "conf" / name).rglob("*.conf")}
    apis = {path.relative_to(TOP / "examples") for path in (TOP / "examples").rglob("*")
            if path.is_file() and not {"node_modules", "__pycache__"} & {*path.parts}}
    systemd = TOP / "conf/systemd"
    units = {str(path.relative_to(systemd)) for path in systemd.rglob("bearward*.*") if path.is_file()}
    units |= {str(path.relative_to(systemd)) for path in systemd.glob("*.service.d/*.conf")}
    units -= {"sysusers.d/bearward.conf", "tmpfiles.d/bearward.conf"}
    return {
        "lib/bearward/pools", *(f"lib/systemd/system/{unit}" for unit in units), "lib/sysusers.d/bearward.conf",
        "lib/tmpfiles.d/bearward.conf", "bin/bearward", "share/man/man1/bearward.1", "share/man/man5/bearward.conf.5", "share/man/man8/bearward.8",
        "share/bash-completion/completions/bearward", "share/zsh/site-functions/_bearward",
        *(f"lib/bearward/{endpoint}.fcgi" for endpoint in ENDPOINTS), "lib/bearward/bearward-postgresql.so",
        *(f"share/doc/bearward/{name}" for name in ("README.md", "INSTALL", "LICENSE", "CHANGELOG.md", "SECURITY.md")),
        *(f"share/doc/bearward/examples/{name}" for name in samples | snippets),
        *(f"share/doc/bearward/examples/api/{path}" for path in apis),
        "share/bearward/common-passwords", *(f"share/bearward/{page}" for page in pages),
    }


@pytest.fixture
def system(tmp_path):
    """A system with files of others in all the places, settings and a state directory among them."""
    top = tmp_path / "a system"
    for name in ("usr/local/bin/other", "usr/local/lib/other.so", "usr/local/lib/bearward.so",
                 "usr/local/share/man/man1/other.1", "usr/local/share/doc/other/README", "etc/bearward/bearward.conf",
                 "var/lib/bearward/bearward.db", "etc/nginx/nginx.conf"):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name}\n")
    for name in ("usr/local/share/bash-completion/completions", "usr/local/share/zsh/site-functions",
                 "usr/local/share/man/man5", "usr/local/lib/systemd/system", "usr/local/lib/sysusers.d",
                 "usr/local/lib/tmpfiles.d", "usr/local/share/man/man8", "usr/local/sbin", "run"):
        (top / name).mkdir(parents=True, exist_ok=True)
    return top


@contextlib.contextmanager
def running(programs, sample, settings, directory):
    """Responders behind the nginx of a sample, as INSTALL starts them; gives a client."""
    (directory / "run").mkdir()
    (directory / "log").mkdir()
    (directory / "tmp").mkdir()
    port = free_port()
    text = sample.read_text()
    assert "127.0.0.1:8000" in text and "/run/bearward/" in text
    conf = directory / "nginx.conf"
    conf.write_text(text.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
                    .replace("/run/bearward/", f"{directory}/run/"))
    commands = [["spawn-fcgi", "-n", "-s", directory / f"run/{program.stem}.sock", "-M", "0660", "--", program]
                for program in programs]
    user = ["-g", "daemon off; user root root;" if os.geteuid() == 0 else "daemon off;"]
    commands.append(["nginx", "-p", directory, "-c", conf, "-e", directory / "log/error.log", *user])
    started = [subprocess.Popen(command, env={**CLEAN, "BEARWARD_CONF": str(settings)}, cwd="/")
               for command in commands]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False) as client:
            assert eventually(lambda: is_up(client))
            yield client
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            process.wait(PATIENCE)


def is_up(client):
    try:
        return {client.options(path).status_code for _, path, allow in routed() if "OPTIONS" in allow} == {204}
    except httpx.TransportError:
        return False


def test_what_is_installed_into_an_empty_directory_signs_people_in_and_goes_again(tmp_path):
    dest, work = tmp_path / "dest", tmp_path / "w"
    dest.mkdir()
    work.mkdir(mode=0o700)
    settings = work / "bearward.conf"
    settings.write_text(f"state_dir = {work}/state\n")

    make("install", f"DESTDIR={dest}")
    local = dest / "usr/local"
    programs = sorted((local / "lib/bearward").glob("*.fcgi"))
    assert files(local) == expected_files()
    environment = {**CLEAN, "BEARWARD_CONF": str(settings)}
    subprocess.run([local / "bin/bearward", "init"], env=environment, check=True, capture_output=True)
    with running(programs, local / "share/doc/bearward/examples/nginx.conf.sample", settings, work) as client:
        registered = register(client, "johndoe")
        token = sign_in(client, "johndoe").json()["access_token"]
        me = client.get("/users/me/", headers=bearer(token))
    make("uninstall", f"DESTDIR={dest}")

    assert [program.stem for program in programs] == ENDPOINTS
    assert (registered.status_code, me.status_code) == (200, 200)
    assert me.json()["username"] == "johndoe"
    assert files(dest) == set()
    assert [path for path in dest.rglob("*bearward*")] == []


def test_installing_and_uninstalling_leave_a_system_as_it_was(system):
    before = tree(system)

    make("install", f"DESTDIR={system}")
    between = tree(system)
    make("uninstall", f"DESTDIR={system}")

    assert before.items() <= between.items()
    assert {f"usr/local/{name}" for name in expected_files()} <= between.keys()
    assert tree(system) == before


def test_uninstalling_keeps_what_others_have_put_beside_our_files(system):
    make("install", f"DESTDIR={system}")
    kept = [system / "usr/local/lib/bearward/of-the-administrator.fcgi",
            system / "usr/local/share/doc/bearward/examples/notes"]
    for path in kept:
        path.write_text("mine\n")

    make("uninstall", f"DESTDIR={system}")

    assert [path.read_text() for path in kept] == ["mine\n"] * 2
    assert files(system / "usr/local/lib/bearward") == {"of-the-administrator.fcgi"}


def test_a_second_installation_replaces_the_first_and_settings_and_state_stay(system):
    make("install", f"DESTDIR={system}")
    program = system / "usr/local/lib/bearward/me.fcgi"
    program.write_text("an older one")

    make("install", f"DESTDIR={system}")

    assert program.read_bytes() == (TOP / "cgi-bin/me.fcgi").read_bytes()
    assert (system / "etc/bearward/bearward.conf").read_text() == "this is etc/bearward/bearward.conf\n"
    assert (system / "var/lib/bearward/bearward.db").read_text() == "this is var/lib/bearward/bearward.db\n"


def test_everyone_may_read_what_is_installed_whatever_the_umask(tmp_path):
    make("install", f"DESTDIR={tmp_path}", umask=0o077)

    modes = {stat.S_IMODE(path.lstat().st_mode) for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o644, 0o755}
    assert {stat.S_IMODE(path.lstat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()} == {0o755}


def test_samples_and_pages_come_as_they_are_where_places_are_the_usual_ones(tmp_path):
    make("install", f"DESTDIR={tmp_path}")

    local = tmp_path / "usr/local"
    for name in ("nginx.conf.sample", "conf/bearward.conf.sample"):
        assert (local / "share/doc/bearward/examples" / name.split("/")[-1]).read_bytes() == (TOP / name).read_bytes()
    assert (local / "share/man/man1/bearward.1").read_bytes() == (TOP / "man/bearward.1").read_bytes()


def test_programs_and_texts_know_the_places_they_were_given(tmp_path):
    out = tmp_path / "out"
    (out / "build").mkdir(parents=True)
    for name in ("build/src", "build/cgi-bin", "libbearward.a"):
        subprocess.run(["cp", "-a", TOP / name, out / name], check=True)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "var/lib").mkdir(parents=True)
    (home / "etc/bearward").mkdir(parents=True)
    (home / "etc/bearward/bearward.conf").write_text("realm = of-my-own\n")

    make(f"OUT={out}/", "install", f"PREFIX={home}", f"sysconfdir={home}/etc", f"localstatedir={home}/var",
         f"docdir={home}/doc")
    done = subprocess.run([home / "bin/bearward", "init"], env=CLEAN, capture_output=True, text=True)
    printed = subprocess.run([home / "bin/bearward", "check-config"], env=CLEAN, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert (home / "var/lib/bearward/bearward.db").exists()
    assert "realm = of-my-own\n" in printed.stdout
    assert f"{home}/var/lib/bearward" in (home / "doc/examples/bearward.conf.sample").read_text()
    assert f"{home}/etc/bearward/bearward.conf" in (home / "share/man/man5/bearward.conf.5").read_text()
    assert f"{home}/lib/bearward/" in (home / "doc/INSTALL").read_text()


def test_a_page_that_somebody_has_changed_is_kept_and_a_site_s_own_pages_are_never_touched(tmp_path):
    dest = tmp_path / "dest"
    own = dest / "etc/bearward/pages/words/en"
    page = dest / "usr/local/share/bearward/www/index.html"
    make("-C", TOP, "install", f"DESTDIR={dest}")
    own.parent.mkdir(parents=True)
    own.write_text("sign_in = Enter\n")
    page.write_text("ours")

    said = subprocess.run(["make", "-C", TOP, "install", f"DESTDIR={dest}"], env=CLEAN, capture_output=True, text=True, check=True)
    again = subprocess.run(["make", "-C", TOP, "install", f"DESTDIR={dest}"], env=CLEAN, capture_output=True, text=True, check=True)

    assert f"{page} is new; what was there is {page}~" in said.stderr
    assert page.with_name("index.html~").read_text() == "ours"
    assert page.read_bytes() == (TOP / "www/index.html").read_bytes()
    assert own.read_text() == "sign_in = Enter\n"
    assert "is new" not in again.stderr


def test_what_stands_in_www_is_installed_as_it_is_and_goes_again(tmp_path):
    dest = tmp_path / "dest"

    make("-C", TOP, "install", f"DESTDIR={dest}")
    pages = dest / "usr/local/share/bearward/www"
    assert files(pages) == files(TOP / "www") and "index.html" in files(pages)
    assert (pages / "openapi.json").read_bytes() == (TOP / "www/openapi.json").read_bytes()
    make("-C", TOP, "uninstall", f"DESTDIR={dest}")

    assert not (dest / "usr/local/share/bearward").exists()
