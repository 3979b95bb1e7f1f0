"""A private Glewlwyd, Debian's, to stand beside bearward: an OpenID Connect server in C, a thread a connection.

What it has for /users/me/ is its userinfo: it checks the signature of a bearer token, as bearward does, looks the
token and its user up in SQLite, and says the user's name. Tables, the administrator who signs in and a password that
everybody knows come from the package; the plugin that signs tokens with HS256 is added.
"""

import contextlib
import json
import pathlib
import shutil
import sqlite3
import subprocess

import httpx
from server import eventually, free_port

TABLES = pathlib.Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
MODULES = pathlib.Path("/usr/lib/glewlwyd")
ADMINISTRATOR = {"username": "admin", "password": "password"}      # as in TABLES
OIDC = {"iss": "http://127.0.0.1", "jwt-type": "sha", "jwt-key-size": "256", "key": "s" * 64,
        "name-claim": "mandatory", "allow-non-oidc": True,
        "access-token-duration": 86400, "refresh-token-duration": 86400, "code-duration": 600,
        **{f"auth-type-{kind}-enabled": kind == "password" for kind in
           ("code", "token", "id-token", "none", "password", "client", "device", "refresh")}}
SETTINGS = """port = {port}
bind_address = "127.0.0.1"
external_url = "http://127.0.0.1:{port}"
log_mode = "console"
log_level = "WARNING"
cookie_secure = 0
user_module_path = "{modules}/user"
client_module_path = "{modules}/client"
user_auth_scheme_module_path = "{modules}/scheme"
plugin_module_path = "{modules}/plugin"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3"; path = "{directory}/glewlwyd.db" }};
"""


class Glewlwyd:
    def __init__(self, directory):
        self.directory = directory
        self.process = None

    @staticmethod
    def is_installed():
        return shutil.which("glewlwyd") is not None and TABLES.exists()

    def start(self):
        with contextlib.closing(sqlite3.connect(self.directory / "glewlwyd.db")) as database, database:
            database.executescript(TABLES.read_text())
            database.execute("INSERT INTO g_plugin_module_instance (gpmi_module, gpmi_name, gpmi_parameters) "
                             "VALUES ('oidc', 'oidc', ?)", [json.dumps(OIDC)])
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        settings = self.directory / "glewlwyd.conf"
        settings.write_text(SETTINGS.format(port=self.port, directory=self.directory, modules=MODULES))
        with open(self.directory / "log/glewlwyd.log", "wb") as log:
            self.process = subprocess.Popen(["glewlwyd", "-c", settings], stdout=log, stderr=log)
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def sign_in(self, count):
        """So many bearer tokens of the administrator, once it answers; each is different."""
        # A connection a request: on a kept one both ends' kernels would wait 40 ms for one another.
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(base_url=self.url, trust_env=False, limits=limits) as client:
            def answers():
                with contextlib.suppress(httpx.ConnectError):
                    return client.get("/api/oidc/userinfo").status_code == 401

            assert eventually(answers, 30), self.log()
            form = {"grant_type": "password", "scope": "g_profile", **ADMINISTRATOR}
            tokens = [client.post("/api/oidc/token", data=form).json()["access_token"] for _ in range(count)]
            user = client.get("/api/oidc/userinfo", headers={"Authorization": f"Bearer {tokens[0]}"}).json()
            assert user["name"] == "The Administrator", user
        return tokens

    def log(self):
        return (self.directory / "log/glewlwyd.log").read_text()
