"""/docs in a real browser: the real Swagger UI, the plain page where that is not to be had, and its fetching."""

import http.server
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import threading

import pytest
from browser import PREFIXES, WWW, address, chromium, page, site  # noqa: F401
from conftest import PASSWORD, PATIENCE, TOP, edit_nginx, free_port
from selenium.webdriver.support.ui import Select

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def swagger_ui():
    """Fetched as `make run` does it; where it cannot be, what needs it is skipped, but not in CI."""
    done = subprocess.run(["make", "-C", TOP, "swagger-ui"], capture_output=True, text=True)
    if done.returncode != 0 and not os.environ.get("CI"):
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr


# -- /docs ----------------------------------------------------------------------------------


def open_operation(page, name):
    operation = page.find(f"#operations-{name}")
    operation.find_element("css selector", ".opblock-summary-control").click()
    page.until(lambda: operation.find_elements("css selector", ".try-out__btn"))[0].click()
    return operation


def execute(page, operation):
    """Presses Execute; the status and the body that Swagger UI shows."""
    operation.find_element("css selector", ".execute").click()
    live = page.until(lambda: operation.find_elements("css selector", ".live-responses-table .response"))[0]
    return (live.find_element("css selector", ".response-col_status").text.split()[0],
            json.loads(live.find_element("css selector", ".response-col_description code").text))


def field(operation, name, kind="input"):
    """Of the form that Swagger UI makes of the fields of a body."""
    return operation.find_element("css selector", f"tr[data-property-name={name}] {kind}")


def type_in(operation, **values):
    for name, value in values.items():
        field(operation, name).clear()
        field(operation, name).send_keys(value)


# Swagger UI takes longer than all pages of ours. Below a prefix it is the harder of two; at the top the tests below see it.
@pytest.mark.parametrize("prefix", [pytest.param(prefix, marks=[] if prefix else pytest.mark.thorough) for prefix in PREFIXES])
def test_the_tutorial_s_end_works_in_swagger_ui(page, site, swagger_ui, new_name, prefix):
    name = new_name()
    page.open(address(site, prefix) + prefix + "/docs")

    operation = open_operation(page, "Sign-in-create_user_users__post")
    body = operation.find_element("css selector", "textarea")
    body.clear()
    page.paste(body, json.dumps({"username": name, "password": PASSWORD}))
    created = execute(page, operation)

    page.find(".auth-wrapper .authorize").click()
    page.find("#oauth_username").send_keys(name)
    page.find("#oauth_password").send_keys(PASSWORD)
    page.find(".modal-ux .authorize").click()
    page.until(lambda: "Logout" in page.find(".auth-btn-wrapper").text, "Authorize has not signed in")
    page.find(".modal-ux .btn-done").click()

    status, user = execute(page, open_operation(page, "Sign-in-read_users_me_users_me__get"))

    operation = open_operation(page, "Sign-in-login_for_access_token_token_post")
    type_in(operation, username=name, password=PASSWORD)
    signed_in = execute(page, operation)
    Select(field(operation, "grant_type", "select")).select_by_value("refresh_token")
    type_in(operation, refresh_token=signed_in[1]["refresh_token"])
    operation.find_element("css selector", ".btn-clear").click()
    renewed = execute(page, operation)
    page.check(address(site, prefix), may_move=True)

    assert created[0] == "200"
    assert status == signed_in[0] == renewed[0] == "200"
    assert renewed[1]["access_token"] != signed_in[1]["access_token"]
    assert user == created[1] == {"id": user["id"], "username": name, "is_active": True}


# What is ours in them is the same in both schemes.
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.thorough)])
def test_docs_begin_with_what_one_comes_for(page, site, swagger_ui, scheme):
    page.resize(960, 680)
    page.prefer(scheme)
    page.open(site.url + "/docs")
    page.find("#operations-Sign-in-create_user_users__post")
    page.until(lambda: len(page.find_all(".opblock")) == 4, "other operations are unfolded")

    page.keep_screenshot(f"docs-{scheme}")

    shown = [element.text for element in page.find_all(".opblock-summary-path")]
    assert shown == ["/users/", "/token", "/users/me/", "/revoke"]
    page.check(site.url, may_move=True)


def test_axe_finds_nothing_in_swagger_ui_but_what_is_swagger_ui_s_own(page, site, swagger_ui):
    page.open(site.url + "/docs")
    open_operation(page, "Sign-in-create_user_users__post")

    page.check_accessibility(not_ours={"color-contrast", "heading-order", "label", "nested-interactive", "region",
                                      "select-name"})


@pytest.fixture
def plain_site(start_plain_server):
    """As where Swagger UI was never fetched."""
    server = start_plain_server()
    shutil.copytree(WWW, server.directory / "www", ignore=shutil.ignore_patterns("swagger-ui"))
    server.own(server.directory / "www", *(server.directory / "www").rglob("*"))
    edit_nginx(server, re.escape(f"root {WWW};"), f"root {server.directory}/www;")
    return server


def test_the_plain_page_lists_every_operation_and_its_curl_lines_work(page, plain_site):
    page.open(plain_site.url + "/docs")
    page.find("article")
    lines = [element.text for element in page.find_all("pre")]
    text = page.find("main").text

    said = []
    environment = {**os.environ, "NO_PROXY": "127.0.0.1"}
    for line in [*lines, lines[2]]:
        done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True)
        said.append(json.loads(done.stdout or "{}"))
        if "access_token" in said[-1]:
            environment |= {"TOKEN": said[-1]["access_token"], "REFRESH_TOKEN": said[-1]["refresh_token"]}

    user, token, renewed, me, revoked, refused = said
    assert token["token_type"] == renewed["token_type"] == "bearer"
    assert renewed["access_token"] != token["access_token"]
    assert (revoked, refused["error"]) == ({}, "invalid_grant")
    assert me == user == {"id": 1, "username": "johndoe", "is_active": True}
    for path, item in json.loads((WWW / "openapi.json").read_text())["paths"].items():
        for method in item:
            assert f"{method.upper()} {path}" in text
    assert "make swagger-ui" in text
    page.check(plain_site.url)


def test_axe_finds_nothing_on_the_plain_page(page, plain_site):
    page.resize(320)
    page.open(plain_site.url + "/docs")
    page.find("article")

    page.check_accessibility()
    page.keep_screenshot("docs-plain-320-light")

    assert page.run("return document.documentElement.scrollWidth") <= 320


# -- Fetching from npm ----------------------------------------------------------------------


@pytest.fixture
def registry():
    """A registry with one package in it; its address, and the integrity of the package."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in (("package/wanted.js", b"wanted"), ("package/other.js", b"other")):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            found = self.path == "/@scope/thing/-/thing-1.2.3.tgz"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(packed.getvalue() if found else b"")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", integrity_of(packed.getvalue())
        server.shutdown()


def integrity_of(data):
    done = subprocess.run("openssl dgst -sha512 -binary | openssl base64 -A", shell=True, input=data,
                          capture_output=True, check=True)
    return "sha512-" + done.stdout.decode()


@pytest.fixture
def without_npm(tmp_path):
    """A PATH with everything but npm."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "cat", "mktemp", "rm", "curl", "openssl", "tar", "gzip", "mkdir", "install", "mv"):
        (tools / name).symlink_to(shutil.which(name))
    return {"PATH": str(tools), "NO_PROXY": "127.0.0.1"}


def fetch(integrity, directory, environment):
    return subprocess.run(
        [TOP / "conf/fetch-npm", "@scope/thing", "1.2.3", integrity, directory, "wanted.js"],
        env=environment, capture_output=True, text=True)


def test_only_the_wanted_files_are_fetched(registry, without_npm, tmp_path):
    address, integrity = registry

    done = fetch(integrity, tmp_path / "here", {**without_npm, "npm_config_registry": address})

    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_text() for path in (tmp_path / "here").iterdir()} == {
        "wanted.js": "wanted", "integrity": f"{integrity}\n"}


def test_what_is_there_is_not_fetched_again(registry, without_npm, tmp_path):
    address, integrity = registry
    fetch(integrity, tmp_path / "here", {**without_npm, "npm_config_registry": address})

    done = fetch(integrity, tmp_path / "here", without_npm)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_package_that_is_not_what_it_was_is_refused_whole(registry, without_npm, tmp_path):
    address, _ = registry

    done = fetch(integrity_of(b"what it was"), tmp_path / "here", {**without_npm, "npm_config_registry": address})

    assert done.returncode == 1
    assert "is not what it was" in done.stderr
    assert not (tmp_path / "here").exists()


def test_without_npm_it_is_said_what_is_missing(without_npm, tmp_path):
    done = fetch("sha512-x", tmp_path / "here", without_npm)

    assert done.returncode == 1
    assert "there is no npm, and npm_config_registry names no registry" in done.stderr


@pytest.mark.skipif(not shutil.which("npm"), reason="there is no npm here")
def test_a_registry_out_of_reach_is_said_at_once(tmp_path):
    done = subprocess.run(
        [TOP / "conf/fetch-npm", "axe-core", "4.14.1", "sha512-x", tmp_path / "here", "axe.js"], timeout=PATIENCE,
        env={**os.environ, "npm_config_registry": f"http://127.0.0.1:{free_port()}/"}, capture_output=True, text=True)

    assert done.returncode == 1
    assert "axe-core could not be fetched with npm: ECONNREFUSED" in done.stderr
