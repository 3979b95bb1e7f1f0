"""Real web servers that ask bearward before every request, each started with the sample a user copies.

Only paths and ports are put in. Behind them: a directory with the file page.html, and an application that tells
what it was asked.
"""

import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import urllib.parse

import fastcgi
import httpx
import pytest
import traefik
import websocket
from conftest import PATIENCE, TOP, eventually, free_port, kill_lasting
from storage import Sqlite

PAGE = "what only those see who may"
SCRIPT = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
env
"""
MODULES = "/usr/lib/apache2/modules"
SERVERS_USER = "www-data"  # Apache does not serve as root


class Application(http.server.ThreadingHTTPServer):
    """Answers every request with the request, and keeps it; a WebSocket, with what it says.

    A query `?answer-NAME=VALUE` puts a header into the answer.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.requests = []
        self.echo = websocket.Echo()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()
        self.echo.stop()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self):
        told = {"method": self.command, "path": self.path, "headers": self.headers.items(),
                "body": hashlib.sha256(self.body()).hexdigest()}
        self.server.requests.append(told)
        if self.headers.get("Upgrade") == "websocket":
            self.close_connection = True
            lines = [self.requestline, *(f"{name}: {value}" for name, value in told["headers"]), "", ""]
            websocket.relay("\r\n".join(lines).encode(), self.rfile, self.connection, self.server.echo.port)
            return
        content = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in urllib.parse.parse_qsl(self.path.partition("?")[2]):
            if name.startswith("answer-"):
                self.send_header(name.removeprefix("answer-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def application():
    application = Application()
    yield application
    application.stop()


class FastcgiApplication:
    """Answers every request with the parameters that a web server has sent."""

    def __init__(self, listening=None):
        self.listening = listening or socket.create_server(("127.0.0.1", 0))
        self.port = None if listening else self.listening.getsockname()[1]
        self.listening.settimeout(None)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listening.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with fastcgi.Stream(connection) as stream:
                try:
                    content = json.dumps(dict(fastcgi.read_params(stream.received))).encode()
                except struct.error:
                    continue    # the web server has hung up
                head = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
                stream.send(fastcgi.stream(fastcgi.STDOUT, head + content) + fastcgi.record(fastcgi.END_REQUEST, bytes(8)))


def fill_in(sample, changes, everywhere=True):
    """The text of a sample with other paths and ports; each that is to be replaced must be there, if it is to be everywhere."""
    text = (TOP / "conf" / sample).read_text()
    for old, new in changes.items():
        assert old in text or not everywhere, f"{sample} has no {old}"
        text = text.replace(old, str(new))
    return text


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def spawn(server, pool, log, *address):
    """A process of that pool and instance, on an address of its own."""
    environment = {"BEARWARD_CONF": str(server.conf)}
    if os.geteuid() == 0:
        environment["BEARWARD_WEB_SERVER_USER"] = SERVERS_USER
    with open(log, "ab") as stderr:
        return subprocess.Popen(
            ["spawn-fcgi", "-n", *address, "--", TOP / server.out / f"cgi-bin/{pool}.fcgi"],
            env={**server.environment, **environment}, stderr=stderr,
            **server.account)


def end(process):
    process.terminate()
    process.wait(PATIENCE)


class Site:
    """A web server in front of bearward `server` and of `application`."""

    wrong_scope = 403       # its status where the scope is too small
    malformed = 401         # where Authorization cannot be read
    undecided = 503         # and where bearward cannot decide
    down = 503              # and where bearward does not answer
    misspelt = 200          # and for one that forges X-Auth-User in other ways, then without effect
    says_it_itself = True   # an application, whether copies of its pages may be kept
    names = {None, "nginx", "Apache", "Caddy"}   # what it calls itself
    page = "/private/page.html"
    app = "/app/"           # the application sees /app/ in any case
    has_no_log = False      # of requests, in its sample
    staff = "/staff/page.html"      # for the group `staff`; None: not in this sample

    # The headers X-Auth-... that it knows.
    identity = ("Sub", "User", "Client", "Scope", "Exp", "Groups", "Email", "Session", "Time")

    def __init__(self, server, application, change=lambda text: text):
        self.server = server
        self.application = application
        self.change = change  # of the configuration, for a test that shows what a mistake does
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # The web server may be another user than the one who runs the tests.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-site-"))
        self.directory.chmod(0o755)
        for name in ("srv/private", "srv/staff", "srv/www", "log", "tmp"):
            (self.directory / name).mkdir(parents=True)
        for name in ("private", "staff"):
            (self.directory / "srv" / name / "page.html").write_text(PAGE)
        (self.directory / "srv/private/env.cgi").write_text(SCRIPT)
        (self.directory / "srv/private/env.cgi").chmod(0o755)
        self.verify = None
        self.others = []    # responders of its own, beside that one
        self.process = None

    def start(self):
        command = self.configure()
        with open(self.directory / "log/stderr", "w") as stderr:
            self.process = subprocess.Popen(command, stdout=stderr, stderr=stderr)
        assert eventually(lambda: self.is_up() or self.process.poll() is not None) and self.is_up(), self.log()
        return self

    def is_up(self):
        return listens(self.port)

    def stop(self):
        for process in filter(None, (self.process, self.verify, *self.others)):
            end(process)
        shutil.rmtree(self.directory)

    def log(self):
        return "".join(path.read_text(errors="replace") for path in (self.directory / "log").iterdir())

    @property
    def state(self):
        return self.server.state

    @property
    def storage(self):
        return self.server.storage

    @property
    def documents(self):
        """The directory of /private/."""
        return self.directory / "srv"

    def write(self, name, text):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.change(text))
        return path

    def socket(self, pool):
        """Where the web server finds a responder."""
        return self.server.socket(pool)

    def claim(self, address):
        """How a proxy says who its client is: what comes before a request, and headers."""
        return b"", [f"X-Forwarded-For: {address}"]

    def stop_bearward(self):
        """From here on nobody answers the question, not even on a connection that is kept."""
        os.unlink(self.server.socket("verify"))
        kill_lasting(self.server.responder_pids("verify"))


class Nginx(Site):
    sample = "nginx-protect.conf.sample"

    def configure(self):
        changes = {"/run/bearward/": f"{self.server.directory}/run/",
                   "/usr/local/share/bearward/www": TOP / "www", "127.0.0.1:8001": f"127.0.0.1:{self.port}",
                   "root /srv;": f"root {self.directory}/srv;", "127.0.0.1:8080": f"127.0.0.1:{self.application.port}"}
        for path in (TOP / "conf/nginx").rglob("*.conf"):
            sample = str(path.relative_to(TOP / "conf"))
            self.write(path.relative_to(TOP / "conf/nginx"), fill_in(sample, changes, everywhere=False))
        self.write("protect.conf", fill_in(self.sample, changes, everywhere=False))
        user = "user root root;" if os.geteuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path tmp/{kind};" for kind in
                            ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))
        self.write("nginx.conf", f"""
            {user} pid nginx.pid; daemon off; worker_processes auto; events {{ }}
            http {{
                {temporary} access_log log/access.log; error_log log/error.log;
                types {{ text/html html; }}
                include conf.d/*.conf;
                include protect.conf;
            }}""")
        return ["nginx", "-p", self.directory, "-c", "nginx.conf", "-e", "log/early.log"]


class Lighttpd(Site):
    has_no_log = True

    def configure(self):
        script = self.write("protect.lua", fill_in("lighttpd-protect.lua.sample", {
            "/usr/local/share/bearward/www": TOP / "www"}))
        text = fill_in("lighttpd-protect.conf.sample", {
            "/run/bearward/": f"{self.server.directory}/run/", "server.port = 8001": f"server.port = {self.port}",
            '"/etc/lighttpd/bearward-protect.lua"': f'"{script}"',
            '"/srv/www"': f'"{self.directory}/srv/www"', '"docroot" => "/srv"': f'"docroot" => "{self.directory}/srv"',
            "/var/log/lighttpd/": f"{self.directory}/log/", '"port" => 8080': f'"port" => {self.application.port}',
            # Only who is root can become another.
            'server.username = "www-data"': "", 'server.groupname = "www-data"': ""})
        path = self.write("lighttpd.conf", text)
        subprocess.run(["lighttpd", "-tt", "-f", path], check=True)
        return ["lighttpd", "-D", "-f", path]


class Caddy(Site):
    has_no_log = True
    down = 502
    misspelt = 403      # only where Connection names our headers

    def configure(self):
        text = fill_in("Caddyfile-protect.sample", {
            "/run/bearward/": f"{self.server.directory}/run/", "http://:8001": f"http://:{self.port}",
            "root * /srv": f"root * {self.directory}/srv", "127.0.0.1:8080": f"127.0.0.1:{self.application.port}"})
        # Its administration would listen on a port that is always the same.
        path = self.write("Caddyfile", text.replace("\n{\n", "\n{\n\tadmin off\n", 1))
        return ["env", f"HOME={self.directory}", "caddy", "run", "--adapter", "caddyfile", "--config", path]


class Balancer(Site):
    """What serves no files itself: an nginx behind it does, which knows nothing of bearward unless the sample says so."""

    def serve_files(self, server="listen 127.0.0.1:{port}; root {directory}/srv;", more=""):
        """Returns the port."""
        port = free_port()
        user = "user root root;" if os.geteuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path {self.directory}/tmp/{kind};" for kind in
                            ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))
        path = self.directory / "files.conf"
        path.write_text(f"""
            {user} pid {self.directory}/files.pid; daemon off; events {{ }}
            http {{
                {temporary} access_log off; error_log {self.directory}/log/files.log; types {{ text/html html; }}
                server_tokens off; {more}
                server {{ {server.format(port=port, directory=self.directory)} }}
            }}""")
        self.others.append(subprocess.Popen(["nginx", "-p", self.directory, "-c", path, "-e", "log/early.log"]))
        assert eventually(lambda: listens(port))
        return port


class Haproxy(Balancer):
    misspelt = 403      # only where Connection names our headers

    def configure(self):
        script = self.write("bearward.lua", fill_in("haproxy-bearward.lua.sample", {"/run/bearward/": f"{self.server.directory}/run/"}))
        path = self.write("haproxy.cfg", fill_in("haproxy.cfg.sample", {
            "/run/bearward/": f"{self.server.directory}/run/", "/etc/haproxy/bearward.lua": script, "127.0.0.1:8001": f"127.0.0.1:{self.port}",
            "127.0.0.1:8080": f"127.0.0.1:{self.application.port}", "127.0.0.1:8081": f"127.0.0.1:{self.serve_files()}",
            # Only who is root can become another.
            "user haproxy": "", "group bearward-web": "", "log /dev/log local0": "log stdout format raw local0"}))
        subprocess.run(["haproxy", "-c", "-q", "-f", path], check=True)
        return ["haproxy", "-db", "-f", path]


class Traefik(Balancer):
    has_no_log = True
    down = 500
    says_it_itself = False

    def configure(self):
        program = traefik.program()
        self.question_port = free_port()
        self.verify = spawn(
            self.server, "verify", self.directory / "log/verify.log", "-a", "127.0.0.1", "-p", str(self.question_port))
        for sample, name in (("traefik-bearward.go.sample", "bearward.go"), ("traefik-plugin.yml.sample", ".traefik.yml")):
            self.write(f"plugins-local/src/bearward/{name}", fill_in(sample, {}))
        guards = self.write("protect.yml", fill_in("traefik-protect.yml.sample", {
            "http://127.0.0.1:9100": f"http://127.0.0.1:{self.question_port}", "http://127.0.0.1:8081": f"http://127.0.0.1:{self.files_behind()}",
            "http://127.0.0.1:8080": f"http://127.0.0.1:{self.application.port}"}))
        path = self.write("traefik.yml", fill_in("traefik.yml.sample", {
            "127.0.0.1:8001": f"127.0.0.1:{self.port}", "/etc/traefik/protect.yml": guards}))
        return ["env", "-C", self.directory, program, f"--configFile={path}"]

    def files_behind(self):
        """The server of which the sample speaks."""
        sample = (TOP / "conf/traefik-protect.yml.sample").read_text()
        server = re.search(r"^#    server [{]\n((?:#        .*\n)*)#    [}]$", sample, re.M)[1].replace("#        ", "")
        changes = {"/run/bearward/": f"{self.server.directory}/run/", "/usr/local/share/bearward/www": TOP / "www"}
        for path in (TOP / "conf/nginx").rglob("*.conf"):
            self.write(path.relative_to(TOP / "conf/nginx"), fill_in(str(path.relative_to(TOP / "conf")), changes, everywhere=False))
        return self.serve_files(server.replace("127.0.0.1:8081", "127.0.0.1:{port}").replace("/srv", "{directory}/srv"),
                                f"include {self.directory}/conf.d/*.conf;")

    def claim(self, address):
        return f"PROXY TCP4 {address} 127.0.0.1 1 1\r\n".encode(), []

    def is_up(self):
        # It listens before it has read its guards.
        return super().is_up() and listens(self.question_port) and httpx.get(f"{self.url}/health/live", trust_env=False).status_code == 200

    def stop_bearward(self):
        end(self.verify)


class Apache(Site):
    """What Apache is told beside the sample."""

    modules = ["mpm_event", "authn_core", "authz_core", "authz_host", "authz_user", "headers", "proxy", "proxy_http", "dir",
               "setenvif", "alias", "mime"]

    def command(self, more, modules=()):
        loaded = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in sorted([*self.modules, *modules]))  # as Debian does
        user = f"User {SERVERS_USER}\nGroup {SERVERS_USER}\n" if os.geteuid() == 0 else ""
        path = self.write("apache.conf", f"""
            ServerRoot {self.directory}
            PidFile {self.directory}/apache.pid
            Mutex file:{self.directory}/tmp
            ErrorLog log/error.log
            ServerName localhost
            {loaded}{user}
            # As Debian logs the requests to a site that has no log of its own.
            CustomLog log/other-access.log "%h %r %>s %{{Referer}}i"
            TypesConfig /dev/null
            AddType text/html .html
            <Directory />
                AllowOverride None
                Require all denied
            </Directory>
            {more}
            """.replace(" " * 12, ""))
        return ["/usr/sbin/apache2", "-f", path, "-DFOREGROUND"]


class ApacheAuthnzFcgi(Apache):
    down = 500
    misspelt = 403

    def configure(self):
        self.fastcgi_port = free_port()
        self.verify = spawn(
            self.server, "verify", self.directory / "log/verify.log", "-a", "127.0.0.1", "-p", str(self.fastcgi_port))
        # Apache's user does not reach the sockets of the instance.
        (self.directory / "run").mkdir()
        (self.directory / "run").chmod(0o777)
        self.sockets = {pool: self.directory / f"run/{pool}.sock" for pool in ("signin", "account", "meta")}
        for pool, path in self.sockets.items():
            self.others.append(spawn(self.server, pool, self.directory / f"log/{pool}.log", "-s", str(path), "-M", "0666"))
        shutil.copytree(TOP / "www/errors", self.directory / "www/errors")
        changes = {
            "127.0.0.1:8001": f"127.0.0.1:{self.port}", "fcgi://127.0.0.1:9100": f"fcgi://127.0.0.1:{self.fastcgi_port}",
            '"/srv/': f'"{self.directory}/srv/', "http://127.0.0.1:8080": f"http://127.0.0.1:{self.application.port}",
            "/run/bearward/": f"{self.directory}/run/", "/var/log/apache2/": f"{self.directory}/log/",
            "/usr/local/share/bearward/www": self.directory / "www"}
        for name in ("apache2/conf-available/bearward.conf", "apache-protect.conf.sample"):
            self.write(pathlib.Path(name).name, fill_in(name, changes, everywhere=False))
        return self.command("Include bearward.conf\nInclude apache-protect.conf.sample", ["authnz_fcgi", "env", "macro", "proxy_fcgi"])

    def socket(self, pool):
        return self.sockets[pool]

    def is_up(self):
        return super().is_up() and listens(self.fastcgi_port) and all(path.exists() for path in self.sockets.values())

    def stop_bearward(self):
        end(self.verify)


class Htaccess(Apache):
    """As on shared hosting: Apache starts the program, with a state directory that it may read."""

    wrong_scope = 401       # of a token; mod_fcgid knows one refusal
    malformed = 400
    names = None                    # a matter of the host's
    down = 500
    misspelt = 403
    app = "/private/app/"

    def configure(self):
        self.program = self.directory / "bearward/verify.fcgi"
        self.program.parent.mkdir()
        for name in ("verify.fcgi", "signin.fcgi", "account.fcgi", "meta.fcgi"):
            shutil.copy(TOP / self.server.out / "cgi-bin" / name, self.program.parent / name)
        if self.server.engine == "postgresql":
            shutil.copy(TOP / self.server.out / "bearward-postgresql.so", self.program.parent)
        shutil.copytree(TOP / "www", self.program.parent / "www")
        shutil.copytree(self.server.state, self.program.parent / "state")
        shutil.copy(self.server.conf, self.program.parent / "bearward.conf")
        text = fill_in("htaccess-protect.sample", {
            "/home/me/public_html/sign-in/": f"{self.program.parent}/",
            "http://127.0.0.1:8080": f"http://127.0.0.1:{self.application.port}",
            "ws://127.0.0.1:8080": f"ws://127.0.0.1:{self.application.port}"})
        self.write("srv/private/.htaccess", text)
        demand = 'SetEnvIf Request_URI "^" REQUIRED_'
        self.write("srv/staff/.htaccess", text.replace(demand + "SCOPE", f"#{demand}SCOPE").replace(
            f"#{demand}GROUP", f"{demand}GROUP"))
        (self.directory / "srv/staff").rename(self.directory / "srv/www/staff")
        (self.directory / "srv/private").rename(self.directory / "srv/www/private")
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", SERVERS_USER, self.program.parent, self.directory / "tmp"], check=True)
        return self.command(f"""
            Listen 127.0.0.1:{self.port}
            FcgidIPCDir {self.directory}/tmp/fcgid
            FcgidProcessTableFile {self.directory}/tmp/fcgid_shm
            DocumentRoot {self.directory}/srv/www
            <Directory {self.directory}/srv/www>
                AllowOverride AuthConfig FileInfo
                Require all granted
            </Directory>
            AliasMatch "^/(signin|signout)(/|$)" {self.program.parent}/signin.fcgi
            AliasMatch "^/(account|link)(/|$)" {self.program.parent}/account.fcgi
            AliasMatch "^/(health/(live|ready)|metrics)/?$" {self.program.parent}/meta.fcgi
            <Directory {self.program.parent}>
                Options +ExecCGI
                CGIPassAuth On
                SetHandler fcgid-script
                Require all granted
            </Directory>
            """, ["fcgid", "proxy_wstunnel", "rewrite"])

    @property
    def state(self):
        return self.program.parent / "state"

    @property
    def storage(self):
        return self.server.storage if self.server.engine == "postgresql" else Sqlite(self.state / "bearward.db")

    @property
    def documents(self):
        return self.directory / "srv/www"

    def stop_bearward(self):
        self.program.unlink()
        for pid in self.programs():
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not self.programs())

    def programs(self):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "exe").startswith(str(self.program)):
                    found.append(int(entry.name))
            except OSError:
                pass
        return found


SITES = {"nginx": Nginx, "lighttpd": Lighttpd, "apache": ApacheAuthnzFcgi, "htaccess": Htaccess, "caddy": Caddy, "haproxy": Haproxy,
         "traefik": Traefik}


def kinds(names=SITES):
    """What to run a test with: those that serve no files, only where there is time for it."""
    return [pytest.param(name, marks=pytest.mark.thorough) if issubclass(SITES[name], Balancer) else name for name in names]
