"""The sockets have a group of their own, of which the account of the web server is a member: each of them can connect."""

import os
import pwd
import shutil
import subprocess

import httpx
import pytest
from conftest import PATIENCE, eventually, free_port, kill_lasting

pytestmark = [
    pytest.mark.self_contained, pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a web server that changes its account")]

GROUP = 64998   # of nobody on this machine
MODULES = "/usr/lib/apache2/modules"

NGINX = """
    user www-data; pid {top}/nginx.pid; daemon off; error_log {top}/error.log; events {{ }}
    http {{
        access_log off;
        server {{
            listen 127.0.0.1:{port};
            location = /users/me/ {{
                fastcgi_pass unix:{socket};
                fastcgi_param REQUEST_METHOD $request_method;
                fastcgi_param SCRIPT_NAME $uri;
            }}
        }}
    }}"""
LIGHTTPD = """
    server.port = {port}
    server.bind = "127.0.0.1"
    server.document-root = "{top}"
    server.username = "www-data"
    server.groupname = "www-data"
    server.errorlog = "{top}/error.log"
    server.modules = ( "mod_fastcgi" )
    fastcgi.server = ( "/users/me/" => (( "socket" => "{socket}", "check-local" => "disable" )) )
    """
APACHE = f"""
    ServerRoot {{top}}
    PidFile {{top}}/apache.pid
    DefaultRuntimeDir {{top}}
    ErrorLog {{top}}/error.log
    ServerName localhost
    User www-data
    Group www-data
    LoadModule mpm_event_module {MODULES}/mod_mpm_event.so
    LoadModule authz_core_module {MODULES}/mod_authz_core.so
    LoadModule proxy_module {MODULES}/mod_proxy.so
    LoadModule proxy_fcgi_module {MODULES}/mod_proxy_fcgi.so
    Listen 127.0.0.1:{{port}}
    ProxyPass /users/me/ "unix:{{socket}}|fcgi://me/users/me/"
    """
SERVERS = {
    "nginx": (NGINX, ["nginx", "-e", "{top}/error.log", "-c", "{top}/conf"]),
    "lighttpd": (LIGHTTPD, ["lighttpd", "-D", "-f", "{top}/conf"]),
    "apache": (APACHE, ["/usr/sbin/apache2", "-DFOREGROUND", "-f", "{top}/conf"]),
}


def status(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/users/me/", trust_env=False, timeout=PATIENCE).status_code
    except httpx.TransportError:
        return None


@pytest.mark.parametrize("members, passes", [("www-data", True), ("", False)], ids=["member", "not a member"])
@pytest.mark.parametrize("name", SERVERS)
def test_a_web_server_connects_if_its_account_is_in_the_group_of_the_sockets(start_plain_server, tmp_path, name, members, passes):
    server = start_plain_server()
    socket = server.socket("me")
    os.chown(socket, pwd.getpwnam("nobody").pw_uid, GROUP)
    os.chmod(socket, 0o660)
    # A responder looks at its socket's file when it starts.
    before = server.responder_pids("me")
    kill_lasting(before)
    assert eventually(lambda: set(server.responder_pids("me")) - set(before))
    for path in (server.directory, server.directory / "run"):
        path.chmod(0o755)
    top = server.directory / "web"
    top.mkdir(mode=0o755)
    shutil.chown(top, "www-data")
    port = free_port()
    conf, command = SERVERS[name]
    places = {"top": top, "port": port, "socket": socket}
    (top / "conf").write_text(conf.format(**places))
    groups = tmp_path / "group"
    shutil.copy("/etc/group", groups)
    with open(groups, "a") as file:
        file.write(f"bearward-web:x:{GROUP}:{members}\n")

    # /etc/group is another for this process and its children alone.
    process = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", f'mount --bind {groups} /etc/group && exec "$@"', "sh",
         *(word.format(**places) for word in command)], stderr=subprocess.DEVNULL)
    try:
        answered = eventually(lambda: process.poll() is not None or status(port))
    finally:
        process.terminate()
        process.wait(PATIENCE)

    assert answered == 401 if passes else answered in (502, 503)
