"""A host that many share: an ordinary user's home with the archive of `make dist-cgi`, behind an Apache that knows nothing of it."""

import atexit
import contextlib
import functools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import httpx
import pytest
from conftest import PATIENCE, TOP, eventually, free_port

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("BEARWARD_", "MAKE", "MFLAGS"))}
NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
MODULES = pathlib.Path("/usr/lib/apache2/modules")
APACHE = """
{modules}
ServerRoot {work}
ServerName localhost
TypesConfig /etc/mime.types
Listen 127.0.0.1:{port}
PidFile {work}/pid
ErrorLog {work}/error.log
DefaultRuntimeDir {work}
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<FilesMatch "^[.]ht">
    Require all denied
</FilesMatch>
DocumentRoot {site}
<Directory {site}>
    AllowOverride All
    Require all granted
</Directory>
<IfModule mod_cgid.c>
    ScriptSock {work}/cgid.sock
</IfModule>
<IfModule mod_fcgid.c>
    FcgidIPCDir {work}
    FcgidProcessTableFile {work}/fcgid.shm
</IfModule>
"""


# What the archive asks of a host. A Debian newer than 12 has nothing so old to build with.
HERE = tuple(map(int, os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")))
GLIBC = "2.34" if HERE <= (2, 36) else ".".join(map(str, HERE))


@functools.cache
def made_archive():
    done = subprocess.run(
        ["make", "-j2", "dist-cgi", *([] if GLIBC == "2.34" else [f"GLIBC={GLIBC}"])], cwd=TOP, env=CLEAN,
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    path, _, rest = done.stdout.splitlines()[-1].partition(":")
    assert re.search(r"runs on \w+ with glibc [0-9.]+ or newer", rest)
    return TOP / path


@pytest.fixture(scope="session")
def archive():
    return made_archive()


def as_nobody(*command, **options):
    return subprocess.run([*NOBODY, *map(str, command)], capture_output=True, text=True, timeout=PATIENCE, cwd="/", **options)


def new_home():
    home = pathlib.Path(tempfile.mkdtemp(prefix="bearward-home-"))
    home.chmod(0o755)
    if NOBODY:
        shutil.chown(home, "nobody", "nogroup")
    return home


@functools.cache
def unpacked_once():
    """A home in which an ordinary user has unpacked the archive."""
    home = new_home()
    atexit.register(shutil.rmtree, home)
    shutil.copy(made_archive(), home / "archive.tar.gz")
    done = as_nobody("tar", "-C", home, "-xzf", home / "archive.tar.gz")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home():
    """A copy of it."""
    home = new_home()
    assert as_nobody("cp", "-a", unpacked(unpacked_once()), home).returncode == 0
    yield home
    shutil.rmtree(home)


def unpacked(home):
    (directory,) = home.glob("bearward-*")
    return directory


@contextlib.contextmanager
def apache(home, *ways):
    """A fresh Apache that knows nothing of bearward; gives a client of /auth/."""
    work = home / "apache"
    as_nobody("mkdir", work)
    port = free_port()
    names = ["mpm_event", "authz_core", "authz_host", "env", "mime", "rewrite", "headers", "setenvif", *ways]
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names)
    conf = work / "httpd.conf"
    conf.write_text(APACHE.format(work=work, port=port, site=home / "public_html", modules=modules))
    process = subprocess.Popen([*NOBODY, "/usr/sbin/apache2", "-DFOREGROUND", "-f", conf], env=CLEAN)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/auth", timeout=PATIENCE, trust_env=False) as client:
            assert eventually(lambda: is_up(client)), (work / "error.log").read_text()
            yield client
    finally:
        process.terminate()
        process.wait(PATIENCE)


def is_up(client):
    try:
        return client.get("/nothing").status_code > 0
    except httpx.TransportError:
        return False
