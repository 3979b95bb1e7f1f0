"""Shared hosting without a shell: what is uploaded tells what the host can, and is set up in a browser, once."""

import concurrent.futures
import hashlib
import os
import re
import shutil
import subprocess
import urllib.parse

import httpx
import pytest
from browser import chromium, page  # noqa: F401
from conftest import PASSWORD, bearer, sign_in
from person import Forms, Person
from shared_host import apache, as_nobody, home, unpacked  # noqa: F401

# One lane has the archive.
pytestmark = [pytest.mark.slow, pytest.mark.self_contained, pytest.mark.xdist_group("dist-cgi")]

PROBE, SETUP = "/auth/sign-in/probe.cgi", "/auth/sign-in/setup.cgi"
FILE = "setup-code.txt"


@pytest.fixture
def uploaded(home):
    """The directory of the programs, as clients leave it that upload files; one by one."""
    site = home / "public_html"
    as_nobody("mkdir", site)
    as_nobody("cp", "-R", unpacked(home) / "auth", site)
    as_nobody("find", site, "-type", "f", "-exec", "chmod", "644", "{}", "+")
    as_nobody("chmod", "755", site / "auth/sign-in/probe.cgi", site / "auth/sign-in/setup.cgi")
    return site / "auth/sign-in"


@pytest.fixture
def host(home, uploaded):
    with apache(home, "cgid") as client:
        yield str(client.base_url).removesuffix("/auth/")


@pytest.fixture
def person(host):
    with Person(host) as person:
        yield person


def upload(uploaded, text, mode="644"):
    as_nobody("tee", uploaded / FILE, input=text)
    as_nobody("chmod", mode, uploaded / FILE)


def prove(person, uploaded, address=SETUP):
    """From the first page to the second, as a person goes."""
    first = person.go(address)
    file = person.send(first, do="file")
    assert file.headers["content-disposition"] == f"attachment; filename={FILE}"
    upload(uploaded, file.text)
    return person.send(first, do="look")


def fill_in(person, form, home, **typed):
    return person.send(form, **{"do": "make", "username": "admin", "password": PASSWORD, "state_dir": f"{home}/bearward", **typed})


def made(home):
    return sorted(path.name for path in home.iterdir() if path.name.startswith("bearward") and "-cgi-" not in path.name)


# -- What strangers get ---------------------------------------------------------------------


def no_file(uploaded, text):
    pass


def other_file(uploaded, text):
    upload(uploaded, text[::-1])


def file_that_others_write(uploaded, text):
    upload(uploaded, text, "666")


def file_that_the_group_writes(uploaded, text):
    upload(uploaded, text, "664")


def file_of_another(uploaded, text):
    (uploaded / FILE).write_text(text)


def link(uploaded, text):
    as_nobody("tee", uploaded / "other", input=text)
    as_nobody("ln", "-s", "other", uploaded / FILE)


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another account")


@pytest.mark.parametrize("address", [PROBE, SETUP])
def test_without_proof_nothing_is_told_and_nothing_made(home, uploaded, person, address):
    first = person.go(address)
    text = person.send(first, do="file").text
    answers = []
    for put in (no_file, other_file, file_that_others_write, file_that_the_group_writes, link, *([file_of_another] if os.geteuid() == 0 else [])):
        put(uploaded, text)
        answers.append(person.send(first, do="look") if address == PROBE else fill_in(person, first, home))
        (uploaded / FILE).unlink(missing_ok=True)

    for answer in (first, *answers):
        assert str(home) not in answer.text
        assert "nobody" not in answer.text
        assert 'name="password"' not in answer.text
        assert answer.headers["cache-control"] == "no-store"
    assert {answer.status_code for answer in answers} == {403}
    assert made(home) == []


@pytest.mark.parametrize("address", [PROBE, SETUP])
def test_the_uploaded_file_does_not_tell_the_code(person, address):
    first = person.go(address)
    code = dict(Forms(first.text).found[0][1])["code"]

    text = person.send(first, do="file").text.strip()

    assert re.fullmatch("[0-9a-f]{32}", code) and re.fullmatch("[0-9a-f]{64}", text)
    # Whoever reads the file gets no further with what is in it.
    assert person.go(address, "POST", content=f"code={text[:32]}&do=look", headers={
        "Content-Type": "application/x-www-form-urlencoded", "Origin": person.url}).status_code == 403


def test_an_older_file_proves_nothing(home, uploaded, person):
    first = person.go(PROBE)
    upload(uploaded, person.send(first, do="file").text)
    as_nobody("touch", "-d", "61 minutes ago", uploaded / FILE)

    assert person.send(first, do="look").status_code == 403


def test_another_site_cannot_have_the_form_sent(home, uploaded, person):
    form = prove(person, uploaded)
    values = {**dict(Forms(form.text).found[0][1]), "do": "make", "username": "admin", "password": PASSWORD}

    answer = person.go(SETUP, "POST", content=urllib.parse.urlencode(values), headers={
        "Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert made(home) == []


@pytest.mark.parametrize("address", [PROBE, SETUP])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_have_somebody_prove_a_code_that_it_knows(person, address, site):
    code = "0123456789abcdef" * 2
    digest = hashlib.sha256(code.encode()).hexdigest()

    for do in ("file", "look"):
        answer = person.go(address, "POST", content=f"code={code}&do={do}", headers={
            "Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example", "Sec-Fetch-Site": site})
        assert answer.status_code == 403 and code not in answer.text and digest not in answer.text


# -- The probe ------------------------------------------------------------------------------


def told(text):
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>(?:<strong>)?([^<]*)", text)), re.sub(r"<[^>]*>", "", text)


def test_the_probe_tells_what_the_host_can(home, uploaded, person):
    report = prove(person, uploaded, PROBE)
    verdicts, words = told(report.text)

    assert report.status_code == 200
    assert {name for name, verdict in verdicts.items() if verdict == "Missing."} == set(), words
    assert {"Machine", "C library", "Programs", "Account", "Users and keys", ".htaccess", "https", "Authorization"} <= verdicts.keys()
    assert f"{home}/public_html" in words
    assert "no mod_fcgid" in words
    assert f"{home}/bearward" in words
    # It has made them programs that only setup.cgi was.
    assert os.access(uploaded / "token.fcgi", os.X_OK)
    assert made(home) == []


def test_the_probe_leads_to_the_set_up_with_the_same_proof(home, uploaded, person):
    report = prove(person, uploaded, PROBE)

    form = person.send(report, "setup.cgi")

    assert form.status_code == 200
    assert 'name="password"' in form.text and f'value="{home}/bearward"' in form.text


def test_the_probe_tells_whether_authorization_arrives(home, uploaded, person):
    def asked():
        return [person.fetch(f"{PROBE}?authorization", headers=headers).text for headers in ({}, {"Authorization": "Bearer x"})]
    with_it = asked()
    htaccess = uploaded.parent / ".htaccess"
    htaccess.write_text(htaccess.read_text().replace("CGIPassAuth On", ""))
    without = asked()
    challenge = person.fetch(f"{PROBE}?ask", headers={})

    assert [text[:4] for text in with_it] == ["Miss", "Good"]
    assert [text[:4] for text in without] == ["Miss", "Miss"]
    assert challenge.status_code == 401 and challenge.headers["www-authenticate"].startswith("Basic")


def test_the_probe_runs_in_every_shell(uploaded):
    for shell in ("dash", "bash", "busybox sh"):
        check_probe_in(shell, uploaded)


def run_alone(*program, body="", **variables):
    """As a web server runs it that says what these variables say."""
    named = {"GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "SCRIPT_NAME": SETUP, "REQUEST_URI": SETUP,
             "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": len(body),
             "REQUEST_METHOD": "POST" if body else "GET", "DOCUMENT_ROOT": "/nowhere", **variables}
    return as_nobody("env", "-i", *(f"{name}={value}" for name, value in named.items()), *program, input=body)


def check_probe_in(shell, uploaded):
    def run(body=""):
        return run_alone(*shell.split(), uploaded / "probe.cgi", body=body)
    first = run()
    code = re.search(r'name="code" value="(\w+)"', first.stdout)[1]
    upload(uploaded, run(f"code={code}&do=file").stdout.split("\n\n")[-1].split("\r\n\r\n")[-1])

    report = run(f"code={code}&do=look")

    assert (first.stderr, report.stderr) == ("", "")
    assert report.stdout.startswith("Status: 200")
    assert told(report.stdout)[0]["Programs"] == "Good."


@pytest.mark.thorough
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mmdebstrap"), reason="takes root and mmdebstrap")
def test_on_a_host_with_an_older_c_library_the_probe_names_it(home, uploaded, tmp_path):
    root = tmp_path / "root"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=essential", "bullseye", root], check=True, timeout=600)
    shutil.copytree(uploaded, root / "sign-in", copy_function=shutil.copy2)
    subprocess.run(["chown", "-R", "nobody:nogroup", root / "sign-in"], check=True)

    def run(body=""):
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", 'mount -t proc proc "$0/proc" && exec chroot --userspec=65534:65534 "$0" /sign-in/probe.cgi', root],
            env={"PATH": os.environ["PATH"] + ":/usr/sbin", "REQUEST_METHOD": "POST" if body else "GET", "CONTENT_LENGTH": str(len(body))},
            input=body, capture_output=True, text=True, check=True)
    code = re.search(r'name="code" value="(\w+)"', run().stdout)[1]
    (root / "sign-in" / FILE).write_text(run(f"code={code}&do=file").stdout.split("\n\n")[-1])
    os.chown(root / "sign-in" / FILE, 65534, 65534)
    _, words = told(run(f"code={code}&do=look").stdout)

    assert "Missing. This host has glibc 2.31, and the programs need " in words
    assert "account.fcgi does not start. The C library of this host is too old." in words
    assert "bearward will not run here" in words


# -- The set-up -----------------------------------------------------------------------------


def test_once_set_up_it_is_gone_for_good(home, uploaded, person):
    form = prove(person, uploaded)
    before = person.fetch("/auth/sign-in/setup.cgi/signin/style.css")
    kept = shutil.copy(uploaded / "setup.cgi", home / "kept")

    done = fill_in(person, form, home)
    again = [person.go(SETUP).status_code, fill_in(person, form, home).status_code]
    as_nobody("cp", kept, uploaded / "setup.cgi")
    as_nobody("chmod", "755", uploaded / "setup.cgi")
    brought_back = person.go(SETUP).status_code

    assert before.headers["content-type"] == "text/css; charset=utf-8"
    assert done.status_code == 200, done.text
    assert (again, brought_back) == ([404, 404], 404)
    assert not list(uploaded.glob("setup-code*")) and not (uploaded / "probe.cgi").exists()
    assert made(home) == ["bearward"]
    assert oct((home / "bearward").stat().st_mode)[-3:] == "700"


def test_who_set_it_up_signs_in_and_may_let_others_in(home, uploaded, person, host):
    fill_in(person, prove(person, uploaded), home)

    there = person.send(person.go("/auth/signin?return=/auth/account"), username="admin", password=PASSWORD)

    with httpx.Client(base_url=f"{host}/auth", trust_env=False) as client:
        refused = client.post("/users/", json={"username": "other", "password": PASSWORD})
        token = sign_in(client, "admin").json()["access_token"]
        scope = client.post("/token", data={"username": "admin", "password": PASSWORD, "scope": "users:create"}).json()["access_token"]
        made_by = client.post("/users/", json={"username": "other", "password": PASSWORD}, headers=bearer(scope))
        me = client.get("/users/me/", headers=bearer(token))

    conf = (uploaded / "bearward.conf").read_text()
    assert there.status_code == 200 and "admin" in there.text
    assert refused.status_code == 401
    assert made_by.status_code == 200, made_by.text
    assert me.json()["username"] == "admin"
    assert f"\nstate_dir = {home}/bearward\n" in conf and f"\nissuer = {host}/auth\n" in conf
    assert conf.count("\njournal_mode = delete\n") == 1


WRONG = [
    ({"password": "short"}, "too short"), ({"password": "password1"}, "Many people"), ({"username": "a b"}, "cannot have"),
    ({"password": ""}, "type a password"), ({"state_dir": "bearward"}, "whole path"),
    ({"state_dir": "/nowhere/bearward"}, "cannot be made"), ({"state_dir": "HOME/public_html/state"}, "hands out"),
    ({"state_dir": "HOME/link/state"}, "hands out"), ({"state_dir": "HOME/apache"}, "already"),
    ({"address": "example.org"}, "no address"), ({"address": "http://www.example.org/auth"}, "https"),
]


def test_what_is_wrong_is_said_beside_what_was_typed_and_nothing_is_made(home, uploaded, person, host):
    as_nobody("ln", "-s", "public_html", home / "link")
    form = prove(person, uploaded)
    before = (uploaded / "bearward.conf").read_text()

    for typed, said in WRONG:
        answer = fill_in(person, form, home, **{name: value.replace("HOME", str(home)) for name, value in typed.items()})
        assert answer.status_code == 422, typed
        assert said in re.search(r'id="problem".*?</div>', answer.text, re.S)[0], typed
        assert PASSWORD not in answer.text
        assert (made(home), list(home.glob("*.??????"))) == ([], []), typed
        assert (uploaded / "bearward.conf").read_text() == before
    # The proof is good for another try.
    assert fill_in(person, answer, home, address=f"{host}/auth").status_code == 200


def test_no_place_is_found_or_taken_that_another_site_hands_out(home, uploaded):
    """Where a host has a directory of one site below that of another, or says too little."""
    code = "0123456789abcdef" * 2
    upload(uploaded, hashlib.sha256(code.encode()).hexdigest())
    typed = {"code": code, "do": "make", "username": "admin", "password": PASSWORD, "address": "https://localhost/auth"}

    for root in (f"{home}/public_html/", uploaded.parent, f"{uploaded.parent}/"):
        for program in ("probe.cgi", "setup.cgi"):
            seen = run_alone(uploaded / program, body=f"code={code}&do=look", DOCUMENT_ROOT=root)
            assert seen.stdout.startswith("Status: 200") and f"{home}/public_html/bearward" not in seen.stdout, (root, program)
            # It is above both.
            assert f"{home}/bearward" in seen.stdout, (root, program)
    for place in (uploaded / "state", uploaded.parent / "state"):
        answer = run_alone(uploaded / "setup.cgi", body=urllib.parse.urlencode({**typed, "state_dir": place}), DOCUMENT_ROOT="")
        assert answer.stdout.startswith("Status: 422") and "hands out" in answer.stdout
        assert not place.exists()


@as_root
def test_no_place_is_taken_where_its_name_could_not_be_made_durable(home, uploaded, person):
    as_nobody("mkdir", "-m", "300", home / "closed")

    answer = fill_in(person, prove(person, uploaded), home, state_dir=f"{home}/closed/bearward")

    assert answer.status_code == 422 and "cannot be made" in answer.text
    assert list((home / "closed").iterdir()) == []


def test_settings_that_have_blanks_before_them_are_changed_and_not_doubled(uploaded, home, person, host):
    conf = uploaded / "bearward.conf"
    as_nobody("tee", conf, input=conf.read_text().replace("\nstate_dir =", "\n  state_dir ="))

    assert fill_in(person, prove(person, uploaded), home).status_code == 200
    assert person.go("/auth/signin").status_code == 200


def test_of_several_at_once_one_sets_it_up(home, uploaded, host):
    with Person(host) as person:
        form = prove(person, uploaded)

    def come(number):
        with Person(host) as one:
            return fill_in(one, form, home, username=f"admin{number}", state_dir=f"{home}/bearward{number % 2}").status_code
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(come, range(4)))

    assert statuses[0] == 200 and set(statuses[1:]) <= {403, 404}, statuses
    assert len(made(home)) == 1


# -- The README -----------------------------------------------------------------------------


def steps_of(text):
    return re.findall(r"^\d+\. .*?(?=^\d+\. |^\n)", text[text.index("What to do\n"):text.index("With a shell")], re.M | re.S)


def test_the_readme_takes_at_most_5_steps_and_2_decisions(home):
    steps = steps_of((unpacked(home) / "README").read_text())

    assert 3 <= len(steps) <= 5
    assert len(re.findall(r"\([a-z]\)", "".join(steps))) <= 2


def test_whoever_follows_the_readme_signs_in_and_guards_a_directory(home, uploaded, page):
    """With a real browser, by the keyboard; the host has mod_fcgid."""
    text = (unpacked(home) / "README").read_text()
    members = home / "public_html/members"
    as_nobody("mkdir", members)
    as_nobody("tee", members / "page.html", input="<!doctype html><title>Members</title><p>for members only")
    with apache(home, "cgid", "fcgid") as client:
        host = str(client.base_url).removesuffix("/auth/")
        addresses = [host + path for path in re.findall(r"https://www\.example\.org(/\S+?)\.?\s", "".join(steps_of(text)))[1:]]

        page.open(addresses[0])
        upload(uploaded, re.search("[0-9a-f]{64}", page.find("p.note").text)[0])
        page.tab_to("It is uploaded: go on")
        page.press("\n")
        page.until_text("h1", "What this host can do")
        page.keep_screenshot("shared-probe")
        words = page.find("main").text
        page.find("#try").click()
        page.until_text("#said", "It arrives")
        check(page, host)
        page.tab_to("Set bearward up")
        page.press("\n")
        page.until_text("label", "E-mail or name")
        page.find("#state_dir").clear()
        page.find("#state_dir").send_keys(f"{home}/bearward")
        page.keep_screenshot("shared-set-up")
        check(page, host)
        page.find("#username").send_keys("admin", "\t", PASSWORD, "\n")
        page.until_text("h1", "bearward is set up")
        page.keep_screenshot("shared-done")
        check(page, host)

        page.open(addresses[1])
        sign_in_by_form(page)
        page.until_text("main", "admin")

        guard = (unpacked(home) / "conf/htaccess-protect.sample").read_text()
        as_nobody("tee", members / ".htaccess", input=guard.replace("/home/me", str(home)))
        seen = client.get(f"{host}/members/page.html", headers={"Accept": "text/html"})
        page.driver.delete_all_cookies()
        page.open(f"{host}/members/page.html")
        sign_in_by_form(page)
        page.until_text("p", "for members only")

    assert "mod_fcgid" in words and "Missing" not in words
    assert seen.status_code == 303 and "for members only" not in seen.text
    assert not (uploaded / "probe.cgi").exists()


def check(page, host):
    page.check(host, may_move=True)
    page.check_accessibility()
    page.forget()       # what axe itself does


def sign_in_by_form(page):
    page.find("#username").send_keys("admin", "\t", PASSWORD, "\n")


def test_where_there_is_no_mod_fcgid_a_program_guards_a_page_as_the_readme_says(home, uploaded, host, person):
    fill_in(person, prove(person, uploaded), home)
    text = (unpacked(home) / "README").read_text()
    program = "".join(re.findall(r"^\t(#!/bin/sh.*?esac\n)", text, re.M | re.S)).replace("\n\t", "\n").replace("/home/me", str(home))
    guarded = home / "public_html/members.cgi"
    as_nobody("tee", guarded, input=program)
    as_nobody("chmod", "755", guarded)
    as_nobody("tee", home / "public_html/.htaccess", input="Options +ExecCGI\nSetHandler cgi-script\n")
    as_nobody("mkdir", home / "members")
    as_nobody("tee", home / "members/page.html", input="for members only")

    stranger = person.go("/members.cgi")
    inside = person.send(stranger, username="admin", password=PASSWORD)

    assert "for members only" not in stranger.text and 'name="password"' in stranger.text
    assert (inside.status_code, inside.text) == (200, "for members only")
