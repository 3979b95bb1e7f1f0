"""A real nginx in front of a web server, as where a site is itself behind a proxy."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from conftest import PATIENCE, TOP, eventually, free_port
from protect import listens


def recipe():
    """The location that INSTALL gives for a service below a path."""
    return re.search(r"^\tlocation /auth/ \{.*?^\t\}\n", (TOP / "INSTALL").read_text(), re.M | re.S)[0]


class Proxy:
    """Passes on to a port what comes to /auth/, /appends/ and, from the address UNNAMED, to /unnamed/."""

    UNNAMED = "127.0.0.9"

    def __init__(self, port):
        self.behind = port
        self.port = free_port()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-proxy-"))
        self.process = None

    def start(self):
        (self.directory / "tmp").mkdir()
        user = "user root root;" if os.geteuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path tmp/{kind};" for kind in
                            ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))
        passes = f"proxy_pass http://127.0.0.1:{self.behind}/; " \
            "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
        (self.directory / "nginx.conf").write_text(f"""
            {user} pid nginx.pid; daemon off; events {{ }}
            http {{
                {temporary} access_log off; error_log error.log;
                server {{
                    listen 127.0.0.1:{self.port};
                    {recipe().replace("127.0.0.1:8000", f"127.0.0.1:{self.behind}")}
                    location /appends/ {{ {passes} }}
                    location /unnamed/ {{ proxy_bind {self.UNNAMED}; {passes} }}
                }}
            }}""")
        self.process = subprocess.Popen(
            ["nginx", "-p", self.directory, "-c", "nginx.conf", "-e", "error.log"], stderr=subprocess.DEVNULL)
        assert eventually(lambda: listens(self.port))
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        shutil.rmtree(self.directory)
