"""conf/install-packages, with apt-get and systemctl played to it: what it asks for, and which services it switches off."""

import os
import subprocess

import pytest
from conftest import TOP

# All of these say what they are asked, and know services by the files in `units`.
PLAYED = {
    "id": "echo 1000",
    "sudo": 'echo "$*" >>said; case "$*" in *apt-get\\ install*) [ -z "$BRINGS" ] || echo enabled >"units/$BRINGS" ;; esac',
    "apt-get": "exit 9",
    "systemctl": 'cat "units/$2"',
    "dpkg-query": "exit 1",
    "apt-cache": 'grep -qs update said && grep -xF "Package: $2" known',
}


@pytest.fixture
def install(tmp_path):
    """A function that asks for packages of which none is installed; gives the commands that root was asked to run."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "units").mkdir()
    for name, script in PLAYED.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)

    def run(*packages, brings=""):
        (tmp_path / "said").write_text("")
        subprocess.run(
            [TOP / "conf/install-packages", *packages], cwd=tmp_path, check=True, capture_output=True,
            env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "BRINGS": brings})
        return (tmp_path / "said").read_text().splitlines()

    return run


def asked_for(commands):
    return [command.partition("--no-remove ")[2] for command in commands if "apt-get install" in command]


def disabled(commands):
    return [command.split()[-1] for command in commands if command.startswith("systemctl disable")]


@pytest.mark.parametrize("name", ["glewlwyd", "nginx", "apache2", "lighttpd", "caddy", "haproxy"])
def test_a_service_that_comes_new_is_disabled(install, name):
    assert disabled(install(name, "some-package", brings=f"{name}.service")) == [f"{name}.service"]


def test_a_socket_that_comes_new_is_disabled(install):
    assert disabled(install("fcgiwrap", brings="fcgiwrap.socket")) == ["fcgiwrap.socket"]


@pytest.mark.parametrize("state", ["enabled", "disabled", "masked", "static", "enabled-runtime"])
def test_a_service_that_was_there_before_is_left_alone(install, tmp_path, state):
    (tmp_path / "units/glewlwyd.service").write_text(f"{state}\n")

    assert disabled(install("glewlwyd", "some-package", brings="glewlwyd.service")) == []


def test_a_word_for_no_such_service_is_none(install, tmp_path):
    (tmp_path / "units/glewlwyd.service").write_text("not-found\n")

    assert disabled(install("glewlwyd", "some-package", brings="glewlwyd.service")) == ["glewlwyd.service"]


def test_no_other_nginx_is_asked_for_where_there_is_one(install, tmp_path):
    (tmp_path / "bin/nginx").write_text("#!/bin/sh\n")
    (tmp_path / "bin/nginx").chmod(0o755)

    assert asked_for(install("nginx-light", "some-package")) == ["some-package"]
    assert install("nginx-light") == []


@pytest.mark.parametrize("known, expected", [
    (["old-name", "new-name"], "new-name"), (["old-name"], "old-name"), ([], "old-name")])
def test_of_two_names_the_first_that_this_debian_has_is_asked_for(install, tmp_path, known, expected):
    (tmp_path / "known").write_text("".join(f"Package: {name}\n" for name in known))

    assert asked_for(install("new-name/old-name", "some-package")) == [f"{expected} some-package"]


def test_building_takes_no_web_server_and_nothing_that_starts_responders():
    said = subprocess.run(["make", "-C", TOP, "-n", "build-deps"], capture_output=True, text=True, check=True).stdout

    assert "gcc" in said.split()
    assert [word for word in ("nginx", "lighttpd", "apache", "spawn-fcgi") if word in said] == []
