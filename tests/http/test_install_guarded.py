"""INSTALL's shortest way to a guarded directory: as few commands and decisions as it promises, and it works."""

import json
import pathlib
import re

import pytest

from conftest import PASSWORD, PATIENCE
from install_text import blocks, commands, is_nginx, section
from own_system import only_root, run_on_own_system

TITLE = "A directory of a site that you have, in nginx"
ASKING = "Asking on the same machine"
SITE = pathlib.Path("/etc/nginx/sites-available/default")

pytestmark = [pytest.mark.self_contained, pytest.mark.slow]


def typed():
    return [command for block in blocks(section(TITLE)) if not is_nginx(block) for command in commands(block)]


def written():
    [lines] = [block for block in blocks(section(TITLE)) if is_nginx(block)]
    return lines


def decisions():
    return re.findall(r"^\d+\. .*", section(TITLE), re.M)


def test_it_takes_at_most_12_commands_and_5_decisions():
    # One more is the editor for the lines that go into the site.
    assert len(typed()) + 1 <= 12
    assert len(decisions()) <= 5


@only_root
@pytest.mark.skipif(not SITE.exists(), reason="no site of Debian's nginx")
def test_a_newcomer_who_follows_it_signs_in_and_sees_the_guarded_page(tmp_path):
    """Debian's own site of nginx runs; only what the text calls a decision is put in."""
    text = "\n".join(typed())
    for example, decided in {"https://www.example.org": "http://127.0.0.1", "johndoe": "alice"}.items():
        assert text.count(example) == 1
        text = text.replace(example, decided)
    lines = written().replace("/private/", "/members/")
    before, after = text.split("nginx -t")
    # The same newcomer lets a program ask.
    asking = blocks(section(ASKING))
    [nginx_for_programs] = [block for block in asking if "nginx -s reload" in block]
    [verify, introspect] = [line for block in asking for line in block.splitlines() if line.startswith("curl ")]
    (tmp_path / "lines").write_text(lines)
    script = f"""
        mkdir -p /var/log/nginx /var/lib/nginx /var/www/html/members
        echo 'for members' >/var/www/html/members/page.html
        echo 'for all' >/var/www/html/page.html
        rm -f /etc/nginx/conf.d/* /etc/nginx/sites-enabled/*
        ln -s {SITE} /etc/nginx/sites-enabled/
        nginx
        exec 3>&1 >&2
        {before.replace("alice", f"alice <<'END'{chr(10)}{PASSWORD}{chr(10)}END")}
        sed -i "/^server {{/r $0/lines" {SITE}
        nginx -t {after}
        curl -s --retry 5 --retry-connrefused http://127.0.0.1/page.html >"$0/public"
        /usr/bin/python3 tests/http/visit.py http://127.0.0.1 alice '{PASSWORD}' 'GET:/members/page.html?a=1&b=%2F' >&3
        TOKEN=none
        {nginx_for_programs}
        until {verify} | grep '^HTTP' >"$0/verify"; do sleep 0.1; done
        bearward introspection add api >"$0/secret"
        {introspect.replace("NAME:SECRET", 'api:"$(tail -n 1 "$0/secret")"')} >"$0/introspect"
        """.replace("\n        ", "\n")

    done = run_on_own_system(script, tmp_path, 4 * PATIENCE)

    assert done.returncode == 0, done.stdout + done.stderr
    [seen] = json.loads(done.stdout).values()
    assert (tmp_path / "public").read_text() == "for all\n"
    assert seen["program"] == 401
    assert seen["asked"][0] == 200 and seen["asked"][1].startswith("/signin?return=%2Fmembers%2Fpage.html")
    assert seen["answer"] == [200, "http://127.0.0.1/members/page.html?a=1&b=%2F"]
    assert seen["text"] == seen["again"] == "for members\n"
    assert seen["after"] == 401
    assert (tmp_path / "verify").read_text().split()[1] == "401"
    assert (tmp_path / "introspect").read_text() == '{"active":false}'
