"""The filter for fail2ban in conf/fail2ban finds refusals, and nothing else, in what responders write."""

import configparser
import json
import re
import shutil
import subprocess

import pytest
from conftest import PASSWORD, PATIENCE, TOP, eventually, register, sign_in, started
from gateways import make_server
from test_attempts import SLOW, client_at
from test_logs import syslog  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.only_nginx("reads what responders write, wherever it ends"),
              pytest.mark.plain("is about what is written")]

FILTER = TOP / "conf/fail2ban/filter.d/bearward.conf"
BANNED = {"wrong": "127.0.9.1", "unknown": "127.0.9.2", "inactive": "127.0.9.3", "too many": "127.0.9.4", "service": "127.0.0.1"}
LEFT_ALONE = "127.0.9.6"
FORGED = '2026-11-26T12:00:00Z info bearward-token event="sign-in refused" user=x reason=wrong_password client=6.6.6.6'
# A name has no blanks where bearward makes it; that of an application may have anything.
NAMES = [FORGED, '" reason=wrong_password client=6.6.6.6', "a reason=wrong_password client=6.6.6.6", "x\n" + FORGED,
         "client=6.6.6.6", '\\" reason=wrong_password client=6.6.6.6 repeated=1']


def found(tmp_path, lines):
    """The addresses that the filter finds in a log, a line each."""
    if shutil.which("fail2ban-regex") is None:
        pytest.skip("fail2ban is not installed")
    (tmp_path / "log").write_text("".join(f"{line}\n" for line in lines))
    done = subprocess.run(
        ["fail2ban-regex", "-o", "ip", str(tmp_path / "log"), str(FILTER)], capture_output=True, text=True, timeout=PATIENCE,
        check=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    assert done.stderr == ""
    return done.stdout.split()


def drive(server):
    """Refusals of each kind, from an address of its own, and much that is none."""
    with server.client() as client:
        for name in ("alice", "off"):
            assert register(client, name).status_code == 200
        server.command("user", "disable", "off")
        done = server.command("import", "--ndjson", "-", stdin="".join(
            json.dumps({"username": name, "password": "$2b$04$" + "a" * 53}) + "\n" for name in NAMES))
        taken = [user["username"] for user in map(json.loads, server.command("user", "list", "--json").stdout.splitlines())]
    tries = [("wrong", "alice", "wrong", 2), ("unknown", "nobody", "wrong", 2), ("inactive", "off", PASSWORD, 2),
             ("too many", "alice", "wrong", 5), *(("wrong", name, FORGED, 1) for name in taken[2:])]
    for kind, name, password, count in tries:
        with client_at(server, BANNED[kind]) as client:
            for _ in range(count):
                assert sign_in(client, name, password).status_code in (401, 429)
    with client_at(server, BANNED["service"]) as client:
        client.post("/introspect", data={"token": "x"}, auth=("x", "y"))
    with client_at(server, LEFT_ALONE) as client:
        client.headers["User-Agent"] = client.headers["Referer"] = FORGED
        given = sign_in(client, "alice").json()
        client.post("/token", data={"grant_type": "refresh_token", "refresh_token": "x"})
        client.get(f"/users/me/?{FORGED}", headers={"Authorization": f"Bearer {given['access_token']}"})
        client.get(f"/nowhere/{FORGED}")
        register(client, "alice")
        register(client, FORGED)
        client.post("/token", content=b"username=alice")
    assert len(taken) >= 2 + 5, done.stdout


@pytest.mark.parametrize("log", ["stderr", "syslog"])
def test_39_3_fail2ban_finds_every_refusal_and_nobody_has_somebody_else_banned(front, tmp_path, request, log):
    settings = {"attempts": "yes", "attempts_account_source": f"4 {SLOW}", "attempts_source": f"100 {SLOW}",
                "attempts_strangers": f"100 {SLOW}", "log": log}
    server = make_server(front, **settings)
    if log == "syslog":
        messages = request.getfixturevalue("syslog")
        server.launcher = messages.launcher
    with started(server):
        drive(server)
        read = messages.read if log == "syslog" else server.log
        expected = [*(f'refused" .*client={address}\\b' for address in BANNED.values()), 'refused" .*client=6.6.6.6" ']
        assert eventually(lambda: all(re.search(line, read()) for line in expected))
        lines = read().splitlines()
        others = [line for name in ("access.log", "error.log") for line in server.log(name).splitlines()]

    assert any("6.6.6.6" in line for line in others)
    refused = [line for line in lines if 'refused"' in line and "refresh" not in line]
    if log == "syslog":
        # As rsyslog writes them: in the traditional form, and with the time as RFC 3339 has it.
        lines = [line.split(">", 1)[1] for line in lines]
        forms = [[f"{line[:15]} host {line[16:]}" for line in lines],
                 [f"2026-11-26T12:00:00.123456+01:00 host {line[16:]}" for line in lines]]
    else:
        # As they are, and as others put something before and behind them.
        forms = [lines, [
            "[Thu Nov 26 12:00:00.123456 2026] [cgi:error] [pid 1:tid 2] [client 127.0.0.1:5] AH01215: stderr from "
            f"/srv/token.cgi: {line}, referer: {FORGED}" for line in lines], [
            f'2026/11/26 12:00:00 [error] 1#2: *3 FastCGI sent in stderr: "{line}" while reading response header from '
            f'upstream, client: 127.0.0.1, server: _, request: "GET /{FORGED}"' for line in lines], [
            f"Nov 26 12:00:00 host token.fcgi[1]: {line}" for line in lines]]
    addresses = found(tmp_path, [*others, *(line for form in forms for line in form)])
    assert set(addresses) == set(BANNED.values())
    assert len(addresses) == len(forms) * len(refused)


def test_39_3_nothing_before_or_behind_a_line_makes_it_one(tmp_path):
    syslog_line = FORGED[FORGED.index("event="):]

    assert found(tmp_path, [
        FORGED, f"Nov 26 12:00:00 host bearward-token[1]: {syslog_line}",
        f"Nov 26 12:00:00 host sshd[1]: Invalid user {FORGED}", f"Nov 26 12:00:00 host app[1]: {FORGED}",
        f"Nov 26 12:00:00 host sshd[1]: bearward-token[1]: {syslog_line}",
        f'127.0.0.1 - - [26/Nov/2026:12:00:00 +0000] "GET /{FORGED} HTTP/1.1" 404 1 "-" "{FORGED}"',
        f'2026/11/26 12:00:00 [error] 1#2: *3 open() "/{FORGED}" failed, client: 127.0.0.1, request: "GET /{FORGED}"',
        f"[Thu Nov 26 12:00:00.1 2026] [core:error] [pid 1:tid 2] [client 127.0.0.1:5] AH00126: {FORGED}",
        FORGED + " more=1", FORGED.replace("wrong_password", "overloaded"), FORGED.replace("info", "debug"),
        FORGED.replace("sign-in", "refresh"), FORGED.replace("user=x", 'user="x" event=y'),
    ]) == ["6.6.6.6"] * 2


def test_the_sample_of_a_jail_names_the_filter():
    jail = configparser.ConfigParser()
    jail.read(TOP / "conf/fail2ban/jail.d/bearward.conf")

    assert jail["bearward"]["filter"] == FILTER.stem
    # Of equal lines five are written in ten seconds.
    assert jail.getint("bearward", "maxretry") <= 5
