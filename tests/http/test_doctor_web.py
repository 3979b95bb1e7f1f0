"""What `bearward doctor` says of the web server and of what it answers: each is all right once, and amiss once."""

import contextlib
import pathlib
import pwd
import re
import shutil
import subprocess
import tempfile

import pytest

import doctor
from conftest import TOP, Server
from gateways import make_server
from own_system import only_root
from server import ACCOUNT, own

pytestmark = [only_root, pytest.mark.once("is about web servers; a sanitizer has seen the command in other tests")]

# A network of its own, in which another host could ask at 192.0.2.1, and anybody may listen on any port.
NETWORK = ["unshare", "-n", "sh", "-ec", "ip link set lo up; ip addr add 192.0.2.1/32 dev lo;"
           " echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start; exec \"$0\" \"$@\""]


class Networked(Server):
    launcher = NETWORK

    def look(self, *arguments, launcher=()):
        done = doctor.ask(self.program, "-c", self.conf, *arguments,
                          launcher=["nsenter", "-n", "-t", str(next(iter(self.responder_pids()))), *launcher])
        return {check: row for check, row in doctor.rows_of(done).items() if check in doctor.OF_WEB}


@pytest.fixture(scope="module")
def server():
    server = Networked(engine="sqlite", metrics="yes", attempts="yes")
    server.start()
    server.first = (server.directory / "nginx.conf").read_text()
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def nginx(server):
    yield server
    server.edit(r"(?s)\A.*", lambda _: server.first)


def place_of(server, words):
    """FILE:LINE of the first line with these words."""
    path = server.directory / server.configuration
    return f"{path}:{next(number for number, line in enumerate(path.read_text().splitlines(), 1) if words in line)}"


def test_nginx_is_as_it_should_be(nginx):
    rows = nginx.look()

    assert doctor.amiss(rows) == {}
    assert rows.keys() == doctor.OF_WEB - {"apache2", "lighttpd", "caddy", "certificate", "demands"}
    assert rows["nginx"]["found"].endswith(f", {nginx.directory}/nginx.conf")
    assert rows["site"]["found"] == f"{place_of(nginx, '	server {')} leads to token users me verify oauth meta signin account"


def test_what_a_line_of_nginx_spoils_is_said_with_the_line_that_mends_it(nginx):
    nginx.edit(
        r"server_tokens off;", "server_tokens off; fastcgi_pass_request_headers off; if ($request_method = OPTIONS) { return 405; }",
        r"(client_max_body_size) 16k", r"\1 4k",
        r"client_max_body_size 0;", "client_max_body_size 1k; fastcgi_param REQUIRED_GROUP staff;",
        r"listen 127.0.0.1:(\d+);", r"set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For; listen 127.0.0.1:\1; listen 192.0.2.1:\1;",
        r"(?s)(location ~ \^/metrics/\?\$ \{).*?(fastcgi_pass)", r"\1 \2",
        r"(location = /users/me/ \{)", r"\1 fastcgi_intercept_errors on; error_page 401 =401 /refused.html;",
        r"(location = /token \{)", "location = /refused.html { internal; add_header WWW-Authenticate Bearer always; return 401 '<p>No</p>'; }\n"
        "location ^~ /app/ { auth_request /.verify; proxy_pass http://127.0.0.1:9/; }\nlocation = /example/ { return 200 open; }\n\\1")

    rows = nginx.look()

    assert doctor.amiss(rows) == {
        "https": "fault", "error pages": "risk", "Authorization": "fault", "OPTIONS": "risk", "body limit": "fault", "client address": "fault",
        "metrics": "fault", "guarded pages": "fault", "uploads": "risk", "demands": "fault", "identity headers": "fault"}
    assert rows["demands"]["found"].startswith("nothing demands REQUIRED_GROUP")
    assert "fastcgi_param HTTP_AUTHORIZATION" in rows["Authorization"]["advice"]
    assert place_of(nginx, "	server {") in rows["Authorization"]["advice"]
    assert "client_max_body_size 16k;" in rows["body limit"]["advice"] and "nginx -s reload" in rows["body limit"]["advice"]
    assert rows["client address"]["found"] == "any client can claim any address, by X-Forwarded-For"
    assert rows["guarded pages"]["found"].startswith("/example/ is answered 200 without a sign-in")
    assert rows["identity headers"]["found"] == f"{place_of(nginx, '/app/')} passes a client's X-Auth-User on"
    assert "deny all;" in rows["metrics"]["advice"]


def test_a_configuration_that_is_wrong_and_a_site_that_shows_users_and_no_responder_are_said(nginx):
    path = nginx.directory / "nginx.conf"
    nginx.edit(r"(location = /users/me/ \{)", r"location /state/ { root %s; }\nlocation = /users/me/ { return 404; }\nlocation = /unused {"
               % nginx.directory)
    path.write_text(path.read_text() + "nonsense;\n")
    rows = nginx.look()
    path.write_text(path.read_text().replace("nonsense;\n", "").replace("/users/me/ { return 404; }", "/other { return 404; }"))

    assert doctor.amiss(rows) == {"nginx": "fault", "state files": "fault", "address": "fault"}
    assert "nonsense" in rows["nginx"]["found"] and f"{path}:" in rows["nginx"]["found"]
    assert rows["state files"]["found"].startswith(f"{nginx.state} is below {nginx.directory}, which nginx hands out")
    assert rows["address"]["found"].endswith("/users/me/: 404, and not from bearward")


def test_a_socket_that_the_web_server_may_not_use_is_said_and_so_is_a_proxy_in_front(nginx):
    me = pathlib.Path(nginx.socket("me"))
    old = me.stat()
    me.chmod(0o600)
    subprocess.run(["chown", "root:root", me], check=True)
    try:
        rows = nginx.look()
    finally:
        me.chmod(0o660)
        subprocess.run(["chown", f"{old.st_uid}:{old.st_gid}", me], check=True)

    assert doctor.amiss(rows) == {"access to sockets": "fault", "address": "fault"}
    assert "nobody" in rows["access to sockets"]["found"] and "usermod --append" in rows["access to sockets"]["advice"]
    assert "502" in rows["address"]["found"]

    nginx.conf.write_text(nginx.conf.read_text() + "public_url = http://site.invalid\n")
    rows = nginx.look()
    nginx.conf.write_text(nginx.conf.read_text().replace("public_url = http://site.invalid\n", ""))

    # That name is nobody's, so it asks where nginx listens.
    assert doctor.amiss(rows) == {"client address": "fault"}
    assert "real_ip_header X-Forwarded-For;" in rows["client address"]["advice"]
    assert nginx.look("--url", "http://127.0.0.1:9")["address"]["state"] == "unknown"


def test_https_is_looked_at_with_its_certificate_and_so_is_what_answers_without(nginx, tmp_path):
    key, cert = nginx.directory / "site.key", nginx.directory / "site.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    own(key, cert)
    nginx.edit(r"listen 127.0.0.1:\d+;", f"listen 80; listen 443 ssl; ssl_certificate {cert}; ssl_certificate_key {key};")
    trusting = ["unshare", "-m", "sh", "-ec", f"mount --make-rprivate /; mount --bind {cert} /etc/ssl/certs/ca-certificates.crt; exec \"$0\" \"$@\""]

    rows = nginx.look("--url", "https://localhost/")
    trusted = nginx.look("--url", "https://localhost", launcher=trusting)
    nginx.edit("listen 80; ", "")
    alone = nginx.look("--url", "https://localhost", launcher=trusting)

    assert doctor.amiss(rows) == {"https": "fault", "certificate": "fault"}
    assert "http://localhost/users/me/ answers as well" in rows["https"]["found"] and "return 301 https://" in rows["https"]["advice"]
    assert "self-signed" in rows["certificate"]["found"]
    assert doctor.amiss(trusted) == {"https": "fault", "certificate": "risk"} and trusted["certificate"]["found"] == "good for 1 days"
    assert doctor.amiss(alone) == {"certificate": "risk"}


# A program that calls itself nginx, and what runs beside it sees no other.
IMPOSTOR = "import ctypes, time; ctypes.CDLL(None).prctl(15, b'nginx', 0, 0, 0); time.sleep(1000)"
BESIDE = """
setpriv --reuid={uid} --regid={gid} --clear-groups /usr/bin/python3 {script} -c {conf} &
until [ "$(cat /proc/$!/comm)" = nginx ]; do sleep 0.1; done
"$0" "$@"
"""


def beside_impostor(conf, account=ACCOUNT):
    script, user = conf.with_name("impostor.py"), pwd.getpwnam(account)
    script.write_text(IMPOSTOR)
    own(conf.parent, conf, script)
    return ["unshare", "-p", "-f", "--kill-child", "--mount-proc", "sh", "-c",
            BESIDE.format(uid=user.pw_uid, gid=user.pw_gid, script=script, conf=conf)]


@pytest.mark.parametrize("account", [ACCOUNT, "root"])
def test_no_configuration_of_another_account_is_tried_with_rights_that_it_does_not_have(nginx, account):
    with tempfile.TemporaryDirectory(prefix="bearward-") as directory:
        conf, log = (pathlib.Path(directory, name) for name in ("its.conf", "its.log"))
        conf.write_text(f"pid {directory}/its.pid; error_log {log}; events {{}}"
                        " http { access_log off; server { location = /x { fastcgi_pass unix:/x/me.sock; } } }")
        assert str(conf) in nginx.look(launcher=beside_impostor(conf, account))["nginx"]["found"]

        if account == ACCOUNT:
            assert (log.stat().st_uid, log.stat().st_gid) == pwd.getpwnam(ACCOUNT)[2:4]
        else:
            assert not log.exists()


def test_a_configuration_that_includes_itself_has_an_end(nginx):
    with tempfile.TemporaryDirectory(prefix="bearward-") as directory:
        conf = pathlib.Path(directory, "its.conf")
        conf.write_text("fastcgi_pass unix:/x/me.sock;\n" + f"include {conf};\n" * 8)
        assert str(conf) in nginx.look(launcher=beside_impostor(conf))["nginx"]["found"]


def test_the_manual_page_has_each_thing_that_is_looked_at():
    page = (TOP / "man/bearward.1").read_text()
    rows = re.findall(r"^\.It (.*) Ta ", page[page.index('.Bl -column "memory for hashing"'):].split(".El")[0], re.M)

    assert {"nginx", *rows} - {"nginx, apache2, ..."} | {"apache2", "lighttpd", "caddy"} >= doctor.OF_HOST | doctor.OF_WEB
    assert len(rows) >= 25


def look_at(server):
    return {check: row for check, row in doctor.rows_of(doctor.ask(server.program, "-c", server.conf)).items() if check in doctor.OF_WEB}


BEHIND = {
    # lighttpd has the programs by their names, and those are the names of anybody's.
    "lighttpd": (["server.max-request-size = 16", "server.max-request-size = 4"],
                 {"body limit": "fault"}, {"body limit": "server.max-request-size = 16"}),
    "apache-proxy-fcgi": (["CGIPassAuth On", "", "-gt 16384", "-gt 4096"], {"Authorization": "fault", "body limit": "fault"},
                          {"Authorization": "CGIPassAuth On", "body limit": "-gt 16384"}),
}


def test_behind_another_web_server_it_looks_at_that_and_at_none_of_others_beside_it():
    with contextlib.ExitStack() as stack:
        servers = {}
        for behind in BEHIND:
            server = servers[behind] = make_server(behind, attempts="yes")
            stack.callback(server.remove)
            server.start()
            stack.callback(server.stop)
        for behind, (edits, expected, advice) in BEHIND.items():
            server = servers[behind]
            program, path = behind.split("-")[0].replace("apache", "apache2"), str(server.directory / server.configuration)
            good = look_at(server)
            server.edit(*edits)
            bad = look_at(server)

            assert path in good["site"]["found"] and program in good
            assert doctor.amiss(good) == {} and good["Authorization"]["state"] == "ok"
            assert doctor.amiss(bad) == expected
            assert all(words in bad[check]["advice"] and f"{path}:" in bad[check]["advice"] for check, words in advice.items())


# As a host has them whose web server does not run: where the sample is, its first line there, and the line of the site.
SAMPLES = [
    ("nginx", "nginx.conf.sample", "/etc/nginx/nginx.conf", "	server {"),
    ("apache2", "conf/apache-protect.conf.sample", "/etc/apache2/apache2.conf", "<VirtualHost"),
    ("lighttpd", "conf/lighttpd-protect.conf.sample", "/etc/lighttpd/lighttpd.conf", "fastcgi.server = ("),
    ("caddy", "conf/Caddyfile-protect.sample", "/etc/caddy/Caddyfile", "http://:8001 {"),
]
FIRST = pathlib.Path("/etc/nginx/sites-available/default").read_text().split("\nserver {")[0].count("\n") + 2
EMPTY = """
mount --make-rprivate /
for place in nginx apache2 lighttpd caddy; do mount -t tmpfs none /etc/$place; done
"""


def on_empty_host(script):
    return ["unshare", "-m", "-n", "-p", "-f", "--kill-child", "--mount-proc", "sh", "-ec", f'{EMPTY}\n{script}\n"$0" "$@"']


@pytest.mark.parametrize("program, sample, path, block", SAMPLES, ids=[row[0] for row in SAMPLES])
def test_the_site_of_a_sample_is_found_with_its_line_and_what_it_guards(server, program, sample, path, block):
    text = (TOP / sample).read_text()
    rows = doctor.rows_of(doctor.ask(server.program, launcher=on_empty_host(
        f"cp -r {TOP}/conf/apache2/. /etc/apache2; cp {TOP / sample} {path}; echo 'IncludeOptional conf-available/*.conf' >>/etc/apache2/apache2.conf")))

    line = next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(block))
    assert f"{path}:{line} leads to " in rows["site"]["found"]
    assert rows[program]["state"] == "fault"
    assert rows["identity headers"]["state"] == "ok"


def test_files_that_include_one_another_keep_nothing_else_from_being_said(server):
    write = ("{ yes 'a b;' | head -n 3000; echo 'include /etc/nginx/[abc].conf;'; } >/etc/nginx/nginx.conf;"
             " for name in a b c; do cp /etc/nginx/nginx.conf /etc/nginx/$name.conf; done")
    rows = doctor.rows_of(doctor.ask(server.program, launcher=on_empty_host(write)))

    assert "nginx" in rows and rows["site"]["state"] == "fault"
    assert all(row["found"] and (row["advice"] or row["state"] == "ok") for row in rows.values())


@pytest.mark.parametrize("script, advice", [
    ("cp -r /tmp/etc-nginx/. /etc/nginx; touch /etc/nginx/snippets/bearward-site.conf",
     [f"/etc/nginx/sites-enabled/default:{FIRST}", "include snippets/bearward-site.conf;", "nginx -s reload"]),
    ("mkdir /etc/apache2/conf-available; touch /etc/apache2/apache2.conf /etc/apache2/conf-available/bearward.conf", ["a2enconf bearward", "Use BearwardSite"]),
    ("mkdir /etc/lighttpd/conf-available; touch /etc/lighttpd/lighttpd.conf /etc/lighttpd/conf-available/50-bearward.conf",
     ["lighty-enable-mod bearward"]),
    ("touch /etc/caddy/Caddyfile", ["INSTALL"]),
    ("", ["apt-get install nginx-light"]),
], ids=["nginx", "apache2", "lighttpd", "caddy", "none"])
def test_where_no_site_leads_to_bearward_the_line_to_write_is_said(server, script, advice):
    with tempfile.TemporaryDirectory() as kept:
        shutil.copytree("/etc/nginx", f"{kept}/nginx", symlinks=True)
        rows = doctor.rows_of(doctor.ask(server.program, launcher=on_empty_host(script.replace("/tmp/etc-nginx", f"{kept}/nginx"))))

    assert rows["site"]["state"] == ("fault" if script else "risk")
    assert not [words for words in advice if words not in rows["site"]["advice"]]
