"""INSTALL's recipes for nginx: each is done as it stands, with the program of Debian, and somebody signs in to it."""

import json
import re
import subprocess

import pytest

from conftest import PASSWORD, PATIENCE
from install_text import blocks, is_nginx, section
from own_system import only_root, run_on_own_system

pytestmark = [only_root, pytest.mark.slow]

NAME = "ren\u00e9e"
HELLO = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    name = environ["REMOTE_USER"].encode("latin-1").decode()
    return [f"{name} {environ.get('HTTP_X_AUTH_USER').encode('latin-1').decode()} {environ.get('HTTP_COOKIE')}".encode()]
"""
# Of each recipe: how its text begins, its packages, what is asked, and what the program says to whoever has signed in, at
# the page, and to the method.
RECIPES = {
    "listing": ("A listing of the files", [], "GET:/files/", *["Index of /files/.*report.pdf"] * 2),
    "cgit": ("cgit, for the git", ["cgit", "fcgiwrap"], "GET:/cgit/demo.git/", *["a repository to look at"] * 2),
    "wsgi": ("A WSGI application", ["uwsgi", "uwsgi-plugin-python3"], "GET:/hello/", *[f"^{NAME} {NAME} None$"] * 2),
    "radicale": ("Radicale, a server", ["radicale"], "PROPFIND:/radicale/", "Radicale Web Interface",
                 "<current-user-principal><href>/radicale/ren%25C3%25A9e/<"),
}


def is_installed(package):
    return subprocess.run(["dpkg", "-s", package], capture_output=True).returncode == 0


def recipe(beginning):
    """What a recipe types, and what goes into the server."""
    text = section("Recipes for nginx")
    text = re.search(rf"^{beginning}.*?(?=^[A-Za-z][^\n]*(?:\n[^\n]+)*:\n\n|\Z)", text, re.M | re.S)[0]
    typed = "".join(block for block in blocks(text) if not is_nginx(block))
    return re.sub(r"^apt-get .*\n", "", typed, flags=re.M), "".join(block for block in blocks(text) if is_nginx(block))


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What was seen of each recipe whose packages are there, behind one nginx."""
    directory = tmp_path_factory.mktemp("recipes")
    wanted = {name: made for name, made in RECIPES.items() if all(map(is_installed, made[1]))}
    recipes = [recipe(made[0]) for made in wanted.values()]
    (directory / "hello.py").write_text(HELLO)
    (directory / "site").write_text("".join(lines for _, lines in recipes))
    paths = " ".join(made[2] for made in wanted.values())
    script = f"""
        exec 3>&1 >&2
        make -s install >/dev/null 2>&1
        make -s service REGISTRATION=closed
        printf '%s\\n' '{PASSWORD}' | bearward user add {NAME}
        cp -r conf/nginx/. /etc/nginx/
        mkdir -p /var/log/nginx /var/lib/nginx /var/log/uwsgi/app /srv/files
        rm -f /etc/nginx/conf.d/[!b]* /etc/nginx/sites-enabled/*
        echo x >/srv/files/report.pdf
        git init -q --bare /srv/git/demo.git
        echo 'a repository to look at' >/srv/git/demo.git/description
        cp "$0/hello.py" /srv/hello.py
        {"".join(typed for typed, _ in recipes)}
        {{ echo 'server {{ listen 80; include snippets/bearward-site.conf;'; cat "$0/site"; echo '}}'; }} >/etc/nginx/sites-enabled/site
        nginx -t
        nginx
        curl -s -o /dev/null --retry 9 --retry-connrefused http://127.0.0.1:5232/ || true
        /usr/bin/python3 tests/http/visit.py http://127.0.0.1 {NAME} '{PASSWORD}' {paths} >&3
        """.replace("\n        ", "\n")
    done = run_on_own_system(script, directory, 4 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_leads_to_the_program_after_sign_in_and_to_nobody_before(name, request):
    _, packages, path, says, says_to_method = RECIPES[name]
    for package in packages:
        if not is_installed(package):
            pytest.skip(f"no package {package}")
    seen = request.getfixturevalue("seen")[path]

    assert seen["program"] == 401
    assert seen["asked"][1].startswith("/signin?")
    assert seen["answer"][0] == 200
    assert re.search(says, seen["text"], re.S), seen["text"]
    assert re.search(says_to_method, seen["again"], re.S), seen["again"]
    assert seen["after"] == 401
