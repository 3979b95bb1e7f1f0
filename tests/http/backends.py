"""Real web servers that answer programs on the same host about tokens, each started with the sample a user copies."""

import grp
import os
import pwd
import re
import socket

import httpx

import protect
from conftest import PATIENCE, TOP, bearer


def switch_on(text, first, last):
    """Removes the '#' of the lines from the first to the last of these, as the sample says."""
    start = text.index(first)
    end = text.index("\n", text.index(last, start))
    return text[:start] + re.sub(r"^(\t*)#", r"\1", text[start:end], flags=re.M) + text[end:]


class Backends(protect.Site):
    """A web server that asks bearward `server` for programs, with the demand of the sample."""

    demand = ()     # its first and its last line, up to which words

    def __init__(self, server, change=lambda text: text):
        super().__init__(server, None, change)
        self.socket_path = self.directory / "b.sock"

    def sample(self, name, changes):
        text = protect.fill_in(name, {"/run/bearward/": f"{self.server.directory}/run/", **changes})
        return switch_on(text, *self.demand)

    def client(self):
        return httpx.Client(transport=self.transport(), base_url=self.url, timeout=PATIENCE, trust_env=False)

    def transport(self):
        return httpx.HTTPTransport(uds=str(self.socket_path))

    def is_up(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket_path)) == 0

    def ask(self, token=None, path="/verify", headers=None, **options):
        with self.client() as client:
            return client.request(options.pop("method", "GET"), path, headers={**(bearer(token) if token else {}), **(headers or {})}, **options)

    def introspect(self, token, auth):
        with self.client() as client:
            return client.post("/introspect", data={"token": token}, auth=auth)


class OnPort:
    """One that has a port of the loopback in place of a unix socket."""

    def transport(self):
        return httpx.HTTPTransport()

    def is_up(self):
        return protect.listens(self.port)


class Nginx(Backends):
    demand = "\t#location = /verify/items", "\t#}"

    def configure(self):
        self.write("backends.conf", self.sample("nginx-backends.conf.sample", {
            "unix:/run/bearward-backends.sock": f"unix:{self.socket_path}", "/run/bearward-backends ": f"{self.directory}/cache "}))
        user = "user root root;" if os.geteuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path tmp/{kind};" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))
        # The worst that a site can say of addresses, for all sites.
        self.write("nginx.conf", f"""
            {user} pid nginx.pid; daemon off; worker_processes 1; events {{ }}
            http {{
                {temporary} access_log log/access.log; error_log log/error.log;
                set_real_ip_from unix:; set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For;
                include backends.conf;
            }}""")
        return ["nginx", "-p", self.directory, "-c", "nginx.conf", "-e", "log/early.log"]


class Lighttpd(Backends):
    demand = "\t#else $HTTP", "\t#}"

    def configure(self):
        text = self.sample("lighttpd-backends.conf.sample", {"/run/bearward-backends.sock": self.socket_path})
        path = self.write("lighttpd.conf", f"""
            server.modules = ( "mod_accesslog" )
            server.document-root = "{self.directory}/srv/www"
            server.errorlog = "{self.directory}/log/error.log"
            server.bind = "127.0.0.1"
            server.port = {self.port}
            """ + text)
        return ["lighttpd", "-D", "-f", path]


class Apache(OnPort, Backends, protect.Apache):
    demand = "\t#RewriteRule", ""

    def configure(self):
        # The account that starts the responders of these tests may connect to them.
        owner = self.server.conf.stat()
        names = {"User": pwd.getpwuid(owner.st_uid)[0], "Group": grp.getgrgid(owner.st_gid)[0]}
        self.change = lambda text: re.sub("^(User|Group) www-data$", lambda line: f"{line[1]} {names[line[1]]}", text, flags=re.M)
        self.write("backends.conf", self.site())
        return self.command("Include backends.conf", ["env", "fcgid", "proxy_fcgi", "rewrite"])

    def site(self):
        return self.sample("apache-backends.conf.sample", {
            "127.0.0.1:8002": f"127.0.0.1:{self.port}", "/usr/local/lib/bearward": TOP / self.server.out / "cgi-bin",
            "/etc/bearward/bearward.conf": self.server.conf})


class ApacheFcgid(Apache):
    """Starts the responders itself."""

    def site(self):
        return (f"FcgidIPCDir {self.directory}/tmp/fcgid\nFcgidProcessTableFile {self.directory}/tmp/fcgid_shm\n"
                + switch_on(super().site(), "#Define BEARWARD", "FCGID"))


class Caddy(OnPort, Backends):
    demand = "\t#handle /verify/items", "\t#}\n"

    def configure(self):
        text = self.sample("Caddyfile-backends.sample", {"http://:8002": f"http://:{self.port}"})
        path = self.write("Caddyfile", "{\n\tadmin off\n}\n" + text)
        return ["env", f"HOME={self.directory}", "caddy", "run", "--adapter", "caddyfile", "--config", path]


SITES = {"nginx": Nginx, "lighttpd": Lighttpd, "apache": Apache, "apache-fcgid": ApacheFcgid, "caddy": Caddy}
