"""The other web servers, each with the very sample that a user copies: only paths and ports are put in."""

import functools
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import httpx

from pools import routed_pools
from server import BUILDS, PATIENCE, TOP, Server, eventually, free_port, of_account, own, responders_below, substitute

MODULES = "/usr/lib/apache2/modules"


ACCOUNT = "www-data"


class Gateway(Server):
    """A server whose web server is another. Its user runs all of it and owns all that is in the directory."""

    is_held_to_contract = False
    copies = 1      # of each responder

    def __init__(self, build="plain", **options):
        super().__init__(build, **options)
        self.processes = []

    def start(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        for name in ("run", "log", "www", "lib"):
            (self.directory / name).mkdir(exist_ok=True)
        shutil.copytree(TOP / "www", self.directory / "www", dirs_exist_ok=True)
        for program in ("bearward", "common-passwords", *(f"cgi-bin/{pool}.fcgi" for pool in routed_pools())):
            shutil.copy(TOP / self.out / program, self.directory / "lib")
        if self.engine == "postgresql":
            shutil.copy(TOP / self.out / "bearward-postgresql.so", self.directory / "lib")
        self.write()
        self.own(self.directory, *self.directory.rglob("*"))
        done = self.command("init")
        assert done.returncode == 0, done.stderr
        self.launch_all()
        assert eventually(self.is_ready), "did not start:\n" + self.log()
        self.first_pids = self.responder_pids()
        return self

    def own(self, *paths):
        own(*paths, account=ACCOUNT)

    @property
    def account(self):
        return of_account(ACCOUNT)

    def is_ready(self):
        if self.keeps_responders and len(self.responder_pids()) < self.copies * len(routed_pools()):
            return False
        with self.client() as client:
            try:
                return client.get("/users/me/").status_code == 401
            except httpx.TransportError:
                return False

    def launch_all(self):
        self.launch(self.argv())

    def launch(self, argv, **environment):
        with open(self.directory / "log/bearward.log", "ab") as log:
            self.own(log.name)
            self.processes.append(subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
                env={**self.environment, **environment}, **self.account))

    def stop(self):
        """The web server first; nothing may be left running."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        self.processes = []
        assert eventually(lambda: not self.all_pids()), "a process is left"

    def shorten_read_timeout(self):
        self.edit(*self.read_timeout)

    def edit(self, *changes):
        path = self.directory / self.configuration
        path.write_text(substitute(path.read_text(), *changes))
        self.processes[-1].send_signal(signal.SIGTERM)
        self.processes.pop().wait(PATIENCE)
        self.launch(self.argv())
        assert eventually(self.listens)
        assert eventually(self.is_ready)
        self.first_pids = self.responder_pids()

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def sample_text(self, name):
        return (TOP / "conf" / name).read_text()

    def sample(self, name, places):
        """The text of a sample with our own paths and port, each of which it must name."""
        text = self.sample_text(name)
        for theirs, ours in places.items():
            assert theirs in text, f"no {theirs} in {name}"
            text = text.replace(theirs, str(ours))
        return text

    def responder_pids(self, name=""):
        return {pid: executable for process in self.processes
                for pid, executable in responders_below(process.pid, name).items()}

    def command(self, *arguments, stdin="", **options):
        return super().command(*arguments, stdin=stdin, **self.account, **options)

    @property
    def program(self):
        return self.directory / "lib/bearward"


class Spawned:
    """Responders on sockets of spawn-fcgi, which `bearward supervise` starts again when they die."""

    def launch_all(self):
        for endpoint in routed_pools():
            self.launch(
                ["spawn-fcgi", "-n", "-s", self.socket(endpoint), "-M", "0660", "--", self.program,
                 "supervise", "1", self.directory / f"lib/{endpoint}.fcgi"],
                BEARWARD_CONF=str(self.conf))
        super().launch_all()


def debians_lighttpd(directory):
    """The configuration that comes with Debian's lighttpd, on a port that nobody asks, with the site in it."""
    return substitute(
        pathlib.Path("/etc/lighttpd/lighttpd.conf").read_text(),
        r"(server.port +=) 80", rf'\1 {free_port()}\nserver.bind = "127.0.0.1"',
        "include_shell .*use-ipv6.*", "",
        "/etc/lighttpd/conf-enabled/[*].conf", f"{directory}/50-bearward.conf",
        "/var/cache/lighttpd/uploads", f"{directory}/run",
        "/var/log/lighttpd/error", f"{directory}/log/error",
        "/run/lighttpd.pid", f"{directory}/lighttpd.pid")


class Lighttpd(Gateway):
    """lighttpd, which starts the responders itself."""

    configuration = "50-bearward.conf"
    read_timeout = ('"read-timeout" => 30', '"read-timeout" => 1')
    copies = 2
    compresses = False      # not without lighttpd-mod-deflate
    unknown_method = 501    # lighttpd passes on the methods it knows
    gone = 503

    def write(self):
        (self.directory / "errors.lua").write_text(substitute(
            (TOP / "conf/lighttpd-errors.lua.sample").read_text(), "/usr/local/share/bearward/www", f"{self.directory}/www"))
        (self.directory / "lighttpd.conf").write_text(debians_lighttpd(self.directory))
        places = {
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "/var/log/lighttpd/bearward-": f"{self.directory}/log/",
            "/usr/local/share/bearward/www": self.directory / "www",
            "/etc/lighttpd/bearward-errors.lua": self.directory / "errors.lua",
            **self.responders()}
        (self.directory / self.configuration).write_text(self.sample("lighttpd.conf.sample", places))

    def responders(self):
        """What the sample names of them."""
        return {"/etc/bearward/bearward.conf": self.conf, "/usr/local/lib/bearward/": f"{self.directory}/lib/",
                "/run/lighttpd/bearward-": f"{self.directory}/run/"}

    def argv(self):
        return ["/usr/sbin/lighttpd", "-D", "-f", self.directory / "lighttpd.conf"]

    def socket(self, endpoint):
        return super().socket(endpoint) + "-0"


class LighttpdSpawned(Spawned, Lighttpd):
    """lighttpd on the sockets of others: INSTALL has the command that makes its sample so."""

    copies = 1
    socket = Server.socket

    def responders(self):
        return {"/run/bearward/": f"{self.directory}/run/"}

    def sample_text(self, name):
        [command] = re.findall(rf"^\t(sed .*\\\n.*conf/{name}) >", (TOP / "INSTALL").read_text(), re.M)
        return subprocess.run(command, shell=True, cwd=TOP, capture_output=True, text=True, check=True).stdout


class Caddy(Spawned, Gateway):
    """Caddy, where it is installed."""

    configuration = "Caddyfile"
    read_timeout = ("read_timeout 30s", "read_timeout 200ms")

    def write(self):
        text = self.sample("Caddyfile.sample", {
            "http://:8000": f"http://:{self.port}",
            "/usr/local/share/bearward/www": self.directory / "www",
            "/run/bearward/": f"{self.directory}/run/"})
        # Its administration would listen on a port that is always the same.
        (self.directory / "Caddyfile").write_text(text.replace("\n{\n", "\n{\n\tadmin off\n", 1))

    def launch_all(self):
        self.environment |= {"HOME": str(self.directory)}
        super().launch_all()

    def argv(self):
        return ["caddy", "run", "--adapter", "caddyfile", "--config", self.directory / "Caddyfile"]


class Apache(Gateway):
    """Apache with what Debian loads and sets before it comes to the sites."""

    configuration = "httpd.conf"
    read_timeout = ("Timeout 30", "Timeout 1")
    large_headers = 400     # Apache takes them for malformed ones
    most_told = 40 * 8190 + 3 * 4094    # the path and the query are in several parameters
    gone = hung_up = 503

    usual_modules = ("mpm_event", "authz_core", "authz_host", "authn_core", "mime", "dir", "autoindex", "alias", "env",
                     "setenvif", "negotiation", "filter", "deflate", "reqtimeout")
    modules = ()
    main = """
        ServerRoot {dir}
        PidFile {dir}/run/httpd.pid
        DefaultRuntimeDir {dir}/run
        ErrorLog {dir}/log/bearward.log
        ServerName localhost
        TypesConfig /etc/mime.types
        AccessFileName .htaccess
        <FilesMatch "^\\.ht">
            Require all denied
        </FilesMatch>
        <Directory />
            Options FollowSymLinks
            AllowOverride None
            Require all denied
        </Directory>
        <IfModule mod_fcgid.c>
            FcgidIPCDir {dir}/run
            FcgidProcessTableFile {dir}/run/fcgid_shm
        </IfModule>
        <IfModule mod_cgid.c>
            ScriptSock {dir}/run/cgid.sock
            ScriptAlias /cgi-bin/ /usr/lib/cgi-bin/
        </IfModule>
        """

    def write(self):
        modules = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in (*self.usual_modules, *self.modules)]
        (self.directory / "httpd.conf").write_text(
            "\n".join([*modules, self.main.format(dir=self.directory), self.site()]))

    def argv(self):
        return ["/usr/sbin/apache2", "-DFOREGROUND", "-f", self.directory / "httpd.conf"]

    def site_sample(self, name, places):
        return self.sample(name, {
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "/var/log/apache2/bearward-": f"{self.directory}/log/",
            "/usr/local/share/bearward/www": self.directory / "www", **places})


class ApacheProxyFcgi(Spawned, Apache):
    """Apache with mod_proxy_fcgi."""

    modules = ("proxy", "proxy_fcgi", "headers", "rewrite")

    def site(self):
        return self.site_sample("apache-proxy-fcgi.conf.sample", {"/run/bearward/": f"{self.directory}/run/"})


class ApacheFcgid(Apache):
    """Apache with mod_fcgid, which starts and stops the responders as it likes."""

    keeps_responders = False
    cannot_start = 500      # it answers for them
    modules = ("fcgid", "headers", "rewrite")

    def site(self):
        return self.site_sample("apache-fcgid.conf.sample", {
            "/usr/local/lib/bearward": self.directory / "lib", "/etc/bearward/bearward.conf": self.conf})


class ApacheHtaccess(Apache):
    """Apache on shared hosting: all that is ours is in .htaccess and sign-in/. Plain CGI."""

    keeps_responders = False
    modules = ("cgid", "headers", "rewrite")
    # No more than the sample asks the host for.
    overrides = re.search(r"AllowOverride All \(or ([^)]+)\)", (TOP / "conf/htaccess.sample").read_text())[1]

    def write(self):
        super().write()
        shutil.copytree(self.directory / "lib", self.directory / "www/sign-in", dirs_exist_ok=True)
        # As dist-cgi packs it: what the programs read of www/ lies beside them.
        shutil.copytree(TOP / "www", self.directory / "www/sign-in/www", dirs_exist_ok=True)
        for name in ("pages", "messages", "words", "page.js", "example"):
            subprocess.run(["rm", "-r", self.directory / "www" / name], check=True)
        conf = re.sub("^state_dir = (?!/)", f"state_dir = {self.directory}/", self.conf.read_text(), flags=re.M)
        (self.directory / "www/sign-in/bearward.conf").write_text(conf)
        shutil.copy(TOP / "conf/htaccess.sample", self.directory / "www/.htaccess")

    def site(self):
        return f"""
            Listen 127.0.0.1:{self.port}
            DocumentRoot {self.directory}/www
            <Directory {self.directory}/www>
                AllowOverride {self.overrides}
                Require all granted
            </Directory>
            """


class ApacheHtaccessFcgid(ApacheHtaccess):
    """The same files where the host has mod_fcgid."""

    cannot_start = ApacheFcgid.cannot_start
    modules = ApacheFcgid.modules


FRONTS = {
    "plain": functools.partial(Server, "plain"),
    "sanitized": functools.partial(Server, "sanitized"),
    "threads": functools.partial(Server, "threads"),
    "postgresql": functools.partial(Server, "postgresql"),
    "lighttpd": Lighttpd,
    "lighttpd-spawned": LighttpdSpawned,
    "apache-proxy-fcgi": ApacheProxyFcgi,
    "apache-fcgid": ApacheFcgid,
    "htaccess-cgi": ApacheHtaccess,
    "htaccess-fcgid": ApacheHtaccessFcgid,
}
OTHERS = [front for front in FRONTS if front not in (*BUILDS, "postgresql")]


def make_server(front, **options):
    """A server behind one of the FRONTS, not started yet."""
    return FRONTS[front](**options)
