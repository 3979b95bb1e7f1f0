"""examples/: each is started as it says itself, and asked for /hello and /admin with good tokens and with bad ones.

They run side by side behind one bearward, by a clock that is put forward (faketime), so that their caches end.
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from types import SimpleNamespace

import clock
import jws
import npm
import pytest
from conftest import PATIENCE, TOP, check_sanitizers, children_of, eventually, free_port, make_server, register, sign_in
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jws import parts
from protect import Apache, Nginx, end, listens
from test_asymmetric import Forge, Key
from test_services import also_speak_https

pytestmark = [pytest.mark.only_nginx("what they see of bearward is the same everywhere"),
              pytest.mark.once("about others' programs")]

ISSUER, AUDIENCE = "https://login.example.org", "https://api.example.org"
SETTINGS = {"dialect": "rfc", "signing_alg": "ES256", "issuer": ISSUER, "audience": AUDIENCE,
            "scopes": "hello", "restricted_scopes": "admin administrator"}
JWKS = "/.well-known/jwks.json"
NODEJS = pathlib.Path("/usr/share/nodejs")      # where Debian has packages for Node.js


# ---- Tokens

def forge_for(server, token):
    """Makes tokens like a genuine one, with the service's own private key."""
    header, claims = parts(token)
    text = (server.state / "signing" / header["kid"]).read_bytes()
    return Forge(Key("ES256", serialization.load_pem_private_key(text[text.index(b"-----BEGIN"):], None)), claims)


def bad_tokens(forge):
    """By what is wrong with each."""
    other = Key("ES256", ec.generate_private_key(ec.SECP256R1()))
    signing_input, _, signature = forge.genuine.rpartition(".")
    return {
        "for another audience": forge.with_claims(aud="https://other.example.org"),
        "of another issuer": forge.with_claims(iss=ISSUER + "/"),
        "expired": forge.with_claims(exp=clock.now() - 60),
        "without an end": forge.with_claims(["exp"]),
        "no access token": forge.with_header(typ="JWT"),
        "HS256 by the public key": forge.with_header(alg="HS256", digest="HS256"),
        "not signed": jws.make({**forge.header, "alg": "none"}, forge.claims, b"").rpartition(".")[0] + ".",
        "of an unknown key": other.make(other.header, forge.claims),
        "signed by another": other.make(forge.header, forge.claims),
        "altered": f"{signing_input}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
        "no token": "nonsense",
    }


# ---- Examples

class Clock:
    """What the examples take for the time."""

    def __init__(self):
        # The web server's account reads it, too.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-clock-"))
        self.directory.chmod(0o755)
        self.path = self.directory / "offset"
        self.put_forward(0)
        [library] = pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        self.environment = {"LD_PRELOAD": str(library), "FAKETIME_NO_CACHE": "1", "FAKETIME_TIMESTAMP_FILE": str(self.path)}

    def put_forward(self, seconds):
        new = self.path.with_suffix(".new")
        new.write_text(f"+{seconds}\n")
        new.rename(self.path)

    def stop(self):
        shutil.rmtree(self.directory)


class Application(http.server.ThreadingHTTPServer):
    """Stands behind a web server, and believes it who asks; it takes an underscore for a dash, as many do."""

    daemon_threads = True

    class RequestHandlerClass(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            told = [value for name, value in self.headers.items() if name.lower().replace("_", "-") == "x-auth-sub"]
            self.wfile.write(json.dumps({"sub": ",".join(told)}).encode())

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.RequestHandlerClass)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


class Program:
    """An example that is a program: its directory, started by the command that its first lines name."""

    def __init__(self, server, file, packages=None):
        self.server = server
        self.port = free_port()
        self.file = TOP / "examples" / file
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-example-"))
        shutil.copytree(TOP / "examples" / file.split("/")[0], self.directory, dirs_exist_ok=True)
        for name, path in (packages or {}).items():
            (self.directory / "node_modules").mkdir(exist_ok=True)
            (self.directory / "node_modules" / name).symlink_to(path)

    def start(self, clock):
        command = re.search(r"start it: (.+)$", self.file.read_text(), re.M)[1].replace("8080", str(self.port)).split()
        # make exports an empty ISSUER.
        environment = {name: value for name, value in os.environ.items() if name not in ("ISSUER", "AUDIENCE", "SCOPE")}
        with open(self.directory / "log", "w") as log:
            self.process = subprocess.Popen(command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={
                **environment, **clock.environment, "PATH": f"/usr/bin:{os.environ['PATH']}", "NODE_PATH": str(NODEJS),
                "no_proxy": "127.0.0.1", "PORT": str(self.port), "JWKS_URI": f"{self.server.url}{JWKS}"})

    def is_up(self):
        assert self.process.poll() is None, (self.directory / "log").read_text()
        return listens(self.port)

    def stop(self):
        end(self.process)
        shutil.rmtree(self.directory)


class Fetched(Program):
    """An example that needs what neither Debian nor npm has: fetched and built first. Its clock cannot be put forward."""

    def __init__(self, server, file, program, *build):
        for needed in (program, build[0]):
            if not shutil.which(needed):
                pytest.skip(f"there is no {needed} here")
        super().__init__(server, file)
        done = subprocess.run(build, cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            shutil.rmtree(self.directory)
            said = " ".join((done.stdout + done.stderr).split())
            pytest.skip(f"{file}: what it needs could not be fetched by '{' '.join(build)}': {said[:300]}")

    def start(self, _clock):
        super().start(SimpleNamespace(environment={}))

    def restart(self):
        self.end()
        self.start(None)
        assert eventually(self.is_up)

    def end(self):
        # The command may have built another program, which it has started and waits for.
        for child in children_of(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        end(self.process)

    def stop(self):
        self.end()
        shutil.rmtree(self.directory)


class AskingNginx(Nginx):
    sample = "../examples/nginx/api.conf"

    def start(self, clock):
        super().start()     # bearward itself says who may come, by its own clock


class CheckingApache(Apache):
    def configure(self):
        text = (TOP / "examples/apache/api.conf").read_text()
        changes = {"127.0.0.1:8001": f"127.0.0.1:{self.port}", "127.0.0.1:8080": f"127.0.0.1:{self.application.port}",
                   "${ISSUER}/.well-known": f"https://127.0.0.1:{self.server.tls_port}/.well-known",
                   # The certificate is the test's own.
                   "<VirtualHost": "OIDCOAuthSSLValidateServer Off\n<VirtualHost"}
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new, 1) if old == "<VirtualHost" else text.replace(old, new)
        return ["env", *self.environment, *self.command(text, ["auth_openidc"])]

    def start(self, clock):
        self.environment = [f"{name}={value}" for name, value in clock.environment.items()]
        super().start()


def python(name):
    return lambda server, application: Program(server, f"{name}/app.py")


def node(name, **fetched):
    """What Debian has not, npm has; none of its dependencies come along."""
    def make(server, application):
        if not shutil.which("node"):
            pytest.skip("there is no node here")
        packages = {package.replace("_", "-"): npm.fetch(package.replace("_", "-"), file).parent for package, file in fetched.items()}
        return Program(server, f"{name}/app.mjs", {"express": NODEJS / "express", "jose": NODEJS / "jose", **packages})
    return make


def go(server, application):
    return Fetched(server, "go/main.go", "go", "go", "build", "-o", "/dev/null", ".")


def php(server, application):
    """With what Composer fetches, or with a directory `vendor` that somebody has made."""
    vendor = os.environ.get("PHP_VENDOR")
    build = ["ln", "-s", vendor, "vendor"] if vendor else ["composer", "install", "--no-interaction"]
    return Fetched(server, "php/index.php", "php", *build)


def java(server, application):
    return Fetched(server, "java/src/main/java/api/Api.java", "mvn", "mvn", "--quiet", "--batch-mode", "package")


EXAMPLES = {
    "fastapi": python("fastapi"),
    "flask": python("flask"),
    "django": python("django"),
    "express": node("express"),
    "express-auth0": node("express-auth0", express_oauth2_jwt_bearer="dist/index.js"),
    "nginx": AskingNginx,
    "apache": CheckingApache,
}
if os.environ.get("EVERY_EXAMPLE"):     # `make check-examples`
    EXAMPLES |= {"go": go, "php": php, "java": java}


# ---- What happens

REFUSED, TAKEN = (401, "invalid_token"), (200, None)
USUAL = {
    "nobody": (401, ""),
    "hello": TAKEN,
    "hello for several audiences": TAKEN,
    "admin": TAKEN,
    "admin without the scope": (403, "insufficient_scope"),
    "admin with a longer scope": (403, "insufficient_scope"),
    **dict.fromkeys(["for another audience", "of another issuer", "expired", "without an end", "no access token",
                     "HS256 by the public key", "not signed", "of an unknown key", "signed by another", "altered", "no token"],
                    REFUSED),
    "a new key at once": TAKEN,
    "a new key soon": TAKEN,
    "the old key": TAKEN,
    "a disabled user": TAKEN,
    "a removed key at once": TAKEN,
    "a removed key five minutes later": REFUSED,
    "a key of another algorithm": REFUSED,
    "no bearward": (503, None),
}
# Where one differs; examples/README.md says so.
WAITS = {"a new key at once": REFUSED}      # jose asks once in half a minute


def jose_version():
    """Of Debian's package; nothing, where there is none."""
    path = NODEJS / "jose/package.json"
    return tuple(map(int, json.loads(path.read_text())["version"].split("."))) if path.exists() else ()


DIFFERENT = {
    "express": {**WAITS, "without an end": REFUSED if jose_version() >= (4, 14) else TAKEN},
    "express-auth0": {**WAITS, "no bearward": REFUSED},
    "nginx": {"a disabled user": REFUSED, "a removed key at once": REFUSED, "a key of another algorithm": TAKEN},
    "go": {"a new key at once": REFUSED},       # asks once in ten seconds
    "java": {"no bearward": (500, None)},
    "apache": {"nobody": (401, "invalid_request"), "without an end": TAKEN, "no access token": TAKEN,
               "a key of another algorithm": TAKEN, "no bearward": REFUSED},
}


FORGED = ["X-Auth-Sub", "X_Auth_Sub", "X-Auth_Sub", "X_Auth-Sub"]      # what a client says of itself, in vain


def expected(name):
    return {**USUAL, **DIFFERENT.get(name, {})}


def ask(port, path, token):
    """The status, and the error of the challenge, if there is one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        headers = {**dict.fromkeys(FORGED, "0"), **({"Authorization": f"Bearer {token}"} if token else {})}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
    challenge = response.getheader("WWW-Authenticate")
    assert challenge is None or challenge.startswith("Bearer"), challenge
    if response.status == 200:
        told = json.loads(body)
        assert told == {"sub": parts(token)[1]["sub"]}, told
    return response.status, challenge and "".join(re.findall('error="([^"]*)"', challenge))


class Story:
    def __init__(self, server, examples, clock):
        self.server = server
        self.examples = examples
        self.clock = clock
        self.seen = {name: {} for name in examples}

    def command(self, *arguments):
        done = self.server.command(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def token(self, name, scope):
        with self.server.client() as client:
            return sign_in(client, name, scope=scope).json()["access_token"]

    def ask(self, what, token, path="/hello", wait=0):
        """Seconds to wait are for examples by the real time: in them they come to answer as they should."""
        for name, example in self.examples.items():
            if wait and isinstance(example, Fetched):
                eventually(lambda: ask(example.port, path, token) == expected(name)[what], wait)
            self.seen[name][what] = ask(example.port, path, token)

    def tell(self):
        self.command("user", "scope", "bob", "admin", "administrator")
        alice, admin = self.token("alice", "hello"), self.token("bob", "hello admin")
        forge = forge_for(self.server, alice)
        self.ask("nobody", None)
        self.ask("hello", alice)
        self.ask("hello for several audiences", forge.with_claims(aud=["https://other.example.org", AUDIENCE]))
        self.ask("admin", admin, "/admin")
        self.ask("admin without the scope", alice, "/admin")
        self.ask("admin with a longer scope", self.token("bob", "administrator"), "/admin")
        for what, token in bad_tokens(forge).items():
            self.ask(what, token)

        self.command("key", "new")
        newer = self.token("bob", "hello")
        self.ask("a new key at once", newer)
        self.clock.put_forward(31)
        self.ask("a new key soon", newer, wait=31)
        self.ask("the old key", admin)

        self.command("user", "disable", "alice")
        self.ask("a disabled user", alice)

        self.command("key", "remove", forge.header["kid"])
        self.ask("a removed key at once", admin)
        self.clock.put_forward(31 + 301)
        self.ask("a removed key five minutes later", admin, wait=310)

        self.command("key", "new", "--alg", "RS256")
        self.clock.put_forward(31 + 301 + 31)
        self.ask("a key of another algorithm", self.token("bob", "hello"))

        self.server.stop()
        self.clock.put_forward(31 + 301 + 31 + 301)
        for example in self.examples.values():
            if isinstance(example, Fetched):
                example.restart()       # without the keys that it had
        self.ask("no bearward", newer)


@pytest.fixture(scope="module")
def left_out():
    """Why an example cannot be tried here, by its name."""
    return {}


@pytest.fixture(scope="module")
def seen(front, left_out):
    """What each example has answered."""
    with contextlib.ExitStack() as stack:
        server = make_server(front, **SETTINGS)
        stack.callback(server.remove)
        server.start()
        stack.callback(server.stop)
        with server.client() as client:
            for name in ("alice", "bob"):
                register(client, name)
        server.tls_port = also_speak_https(server)
        application, examples, ahead = Application(), {}, Clock()
        stack.callback(application.stop)
        stack.callback(ahead.stop)
        for name, make in EXAMPLES.items():
            try:
                examples[name] = make(server, application)
            except pytest.skip.Exception as skipped:
                left_out[name] = skipped.msg
                continue
            examples[name].start(ahead)
            stack.callback(examples[name].stop)
        for example in examples.values():
            assert eventually(example.is_up)
        story = Story(server, examples, ahead)
        story.tell()
        check_sanitizers(server)
        yield story.seen


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_lets_in_whom_its_page_says_and_nobody_else(seen, left_out, name):
    if name in left_out:
        pytest.skip(left_out[name])

    assert seen[name] == expected(name)


def test_the_page_has_each_example_and_says_where_it_differs():
    lines = re.findall(r"^\| \[(.*?)\]\((.*?)\) \| (.*) \|$", (TOP / "examples/README.md").read_text(), re.M)
    rows = {name: [path, *(cell.strip() for cell in cells.split("|"))] for name, path, cells in lines}

    assert rows.keys() == {path.name for path in (TOP / "examples").iterdir() if path.is_dir()} >= EXAMPLES.keys()
    for name, (path, _, _, new_key, without, unchecked) in rows.items():
        answers = expected(name)
        assert (TOP / "examples" / path).is_file()
        assert new_key.startswith("at once") == (answers["a new key at once"] == TAKEN), name
        assert without == str(answers["no bearward"][0]), name
        assert "`typ`" in unchecked or answers["no access token"] == REFUSED, name
        assert "`exp`" in unchecked or answers["without an end"] == REFUSED, name
