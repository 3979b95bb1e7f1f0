"""`make dist-cgi`: the archive for shared hosting, unpacked by an ordinary user behind a fresh Apache."""

import os
import re
import shutil
import subprocess
import tarfile

import pytest
from conftest import PASSWORD, TOP, bearer, register, sign_in
from person import Person
from pools import endpoints
from shared_host import CLEAN, GLIBC, apache, archive, as_nobody, home, unpacked  # noqa: F401

# One lane has the archive.
pytestmark = [pytest.mark.slow, pytest.mark.self_contained, pytest.mark.xdist_group("dist-cgi")]

ENDPOINTS = sorted(path.stem for path in (TOP / "cgi-bin").glob("*.c"))

# All that the host may be asked for: the C library and its loader.
OF_THE_HOST = re.compile(r"(libc|libm)\.so\.6|ld-linux-[a-z0-9-]+\.so\.\d")


@pytest.fixture
def site(home):
    """The same, after the steps of the README for who has a shell; the document root."""
    site = home / "public_html"
    source = unpacked(home)
    as_nobody("mkdir", site)
    as_nobody("cp", "-R", source / "auth", site)
    conf = site / "auth/sign-in/bearward.conf"
    assert "/home/me/bearward" in conf.read_text()
    as_nobody("sed", "-i", f"s|/home/me/bearward|{home}/bearward|", conf)
    done = command(home, "init")
    assert done.returncode == 0, done.stderr
    return site


def command(home, *arguments, **options):
    return as_nobody(
        "env", f"BEARWARD_CONF={home}/public_html/auth/sign-in/bearward.conf", f"DOCUMENT_ROOT={home}/public_html",
        unpacked(home) / "bearward", *arguments, **options)


@pytest.mark.parametrize("way", ["cgid", "fcgid"])
def test_it_signs_people_in_behind_a_fresh_apache(home, site, way):
    with apache(home, way) as client:
        registered = register(client, "johndoe")
        assert registered.status_code == 200, (home / "apache/error.log").read_text()
        token = sign_in(client, "johndoe").json()["access_token"]
        me = client.get("/users/me/", headers=bearer(token))
        wrong = sign_in(client, "johndoe", "wrong password")

    assert me.json() == {"id": 1, "username": "johndoe", "is_active": True}
    assert wrong.status_code == 401
    assert "johndoe" in command(home, "user", "list").stdout


@pytest.mark.parametrize("way", ["cgid", "fcgid"])
def test_a_person_signs_in_and_out_by_a_form(home, site, way):
    assert command(home, "user", "add", "johndoe", input=PASSWORD + "\n").returncode == 0

    with apache(home, way) as client, Person(str(client.base_url).removesuffix("/auth/")) as person:
        form = person.go("/auth/signin?return=/none%3Fa")
        style = person.fetch("/auth/signin/style.css")
        there = person.send(form, username="johndoe", password=PASSWORD)
        signed_in = person.go("/auth/signin")
        out = person.send(person.go("/auth/signout"), "signout")
        after = person.go("/auth/signin")

    assert (form.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert (there.status_code, there.url.raw_path) == (404, b"/none?a")
    assert "johndoe" in signed_in.text and out.status_code == 404     # no page is at the top
    assert 'name="password"' in after.text
    assert command(home, "session", "list", "johndoe").stdout == ""


def test_nothing_of_it_is_handed_out(home, site):
    with apache(home, "cgid") as client:
        for path in ("/sign-in/token.fcgi", "/sign-in/setup.cgi", "/sign-in/probe", "/sign-in/bearward.conf", "/sign-in/lib/libjwt.so.0", "/sign-in/", "/.htaccess"):
            assert client.get(path).status_code in (403, 404), path
        assert client.get("/users/me/").status_code == 401


def test_a_user_made_by_the_command_signs_in(home, site):
    assert command(home, "user", "add", "johndoe", input=PASSWORD + "\n").returncode == 0

    with apache(home, "cgid") as client:
        assert sign_in(client, "johndoe").status_code == 200


def test_a_state_directory_in_the_document_root_is_refused_behind_apache_and_by_the_command(home, site):
    conf = site / "auth/sign-in/bearward.conf"
    conf.write_text(conf.read_text().replace(f"{home}/bearward", f"{site}/bearward"))
    as_nobody("mv", home / "bearward", site / "bearward")

    with apache(home, "cgid") as client:
        answer = client.get("/users/me/")
    done = command(home, "check-config")

    assert answer.status_code == 503
    assert "document root" in (home / "apache/error.log").read_text()
    assert done.returncode == 1
    assert str(site) in done.stderr


# -- What it needs --------------------------------------------------------------------------


def elf_files(directory):
    return [path for path in directory.rglob("*") if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]


def test_nothing_is_needed_that_does_not_come_along_but_the_c_library(home):
    directory = unpacked(home)
    carried = {path.name for path in (directory / "auth/sign-in/lib").iterdir()}

    for path in elf_files(directory):
        said = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", said)
        assert needed or path.name in carried, path
        assert [name for name in needed if name not in carried and not OF_THE_HOST.fullmatch(name)] == []
    assert len(elf_files(directory)) == len(carried) + len(ENDPOINTS) + 2


def symbols_of(path):
    """The versions of the C library that a file asks for, also where it is for no symbol."""
    said = subprocess.run(["readelf", "-W", "-V", path], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"Name: GLIBC_(\S+)", said))


def test_no_file_asks_for_a_newer_c_library_than_the_archive_promises(home):
    directory = unpacked(home)
    asked = set().union(*(symbols_of(path) for path in elf_files(directory)))

    assert "ABI_DT_RELR" not in asked or GLIBC != "2.34"
    newest = max(tuple(map(int, version.split("."))) for version in asked if version[0].isdigit())
    assert newest <= tuple(map(int, GLIBC.split(".")))
    assert f"glibc {'.'.join(map(str, newest))} or newer" in (directory / "README").read_text()


def test_what_would_need_a_newer_c_library_is_not_packed_and_named(archive, tmp_path):
    shutil.copytree(TOP / "build/portable/cgi-bin", tmp_path / "cgi-bin")
    shutil.copy(TOP / "build/portable/bearward", tmp_path)

    done = subprocess.run(
        ["conf/dist-cgi", f"{tmp_path}/", "1", "", "me"], cwd=TOP, env={**CLEAN, "GLIBC": "2.33"}, capture_output=True, text=True)

    said = done.stderr.splitlines()
    assert done.returncode == 1 and done.stdout == ""
    assert "dist-cgi: auth/sign-in/me.fcgi needs glibc 2.34 for pthread_create" in said
    assert not [line for line in said[:-1] if re.search(r"needs glibc 2\.(\d|[12]\d|3[0-3]) ", line)]
    assert "a host with glibc 2.33 cannot run this" in said[-1]
    assert f"make dist-cgi GLIBC={GLIBC}" in said[-1] or GLIBC != "2.34"
    assert not list(tmp_path.glob("*.tar.gz"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change the root directory")
def test_it_runs_where_there_is_nothing_but_the_c_library(home, site):
    root = home / "root"
    programs = elf_files(unpacked(home))
    shutil.copytree(site / "auth/sign-in", root / "cgi-bin")
    shutil.copytree(home / "bearward", root / "state")
    # Without /proc, a program does not know that it has this beside it.
    (root / "cgi-bin/www").rename(root / "www")
    listed = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=True).stdout
    for path in set(re.findall(r"(/\S*/(?:libc|libm|ld-linux[-a-z0-9]*)\.so\.\d)", listed)):
        target = root / path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.realpath(path), target)
    subprocess.run(["chown", "-R", "nobody:nogroup", root / "state"], check=True)

    # There is no /proc either, from which a program and its loader would learn where it lies.
    environment = {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "OPTIONS", "LD_ORIGIN_PATH": "/cgi-bin",
                   "BEARWARD_CONF": "/cgi-bin/bearward.conf", "BEARWARD_STATE_DIR": "/state"}
    answers = {}
    for endpoint, path in {pool: path for pool, path, _ in reversed(endpoints())}.items():
        done = subprocess.run(
            ["/usr/sbin/chroot", "--userspec=65534:65534", root, f"/cgi-bin/{endpoint}.fcgi"],
            env={**environment, "SCRIPT_NAME": path}, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        answers[endpoint] = done.stdout.split("\n")[0], done.stderr

    # Every method is the same question to `verify`.
    assert answers == {endpoint: ("Status: 204 No Content", "") for endpoint in ENDPOINTS if endpoint != "verify"} | {
        "verify": ("Status: 401 Unauthorized", "")}


# -- The archive itself ---------------------------------------------------------------------


def test_the_archive_is_one_directory_of_nobody_in_order_and_closed_to_others_writing(archive):
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
    names = [member.name for member in members]

    assert names == sorted(names)
    assert {name.split("/")[0] for name in names} == {archive.name.removesuffix(".tar.gz")}
    assert {(member.uid, member.gid) for member in members} == {(0, 0)}
    assert {oct(member.mode) for member in members if member.isfile()} == {"0o644", "0o755"}
    assert {oct(member.mode) for member in members if member.isdir()} == {"0o755"}
    assert len({member.mtime for member in members}) == 1
    samples = {"nginx.conf.sample", *(path.name for path in (TOP / "conf").glob("*.sample"))}
    assert {name.split("/")[-1] for name in names if "/conf/" in name} == samples


@pytest.mark.thorough
def test_packing_again_makes_the_same_bytes(archive):
    before = archive.read_bytes()

    done = subprocess.run(["make", "dist-cgi"], cwd=TOP, env=CLEAN, umask=0o077, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert archive.read_bytes() == before


def test_the_readme_is_one_page_and_says_what_the_host_must_have(home):
    text = (unpacked(home) / "README").read_text()

    assert "@" not in text
    assert re.search(r"glibc 2\.\d+ or newer", text)
    assert len(text.splitlines()) <= 70
    for path in (unpacked(home) / "auth/sign-in/lib").iterdir():
        assert path.name in text
    assert (unpacked(home) / "licences").is_dir()
