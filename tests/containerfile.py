"""Does what a Containerfile says where there is no engine: each step in a root of its own, by chroot, on a minimal Debian.

Of what engines do it has as much as conf/Containerfile needs: ARG, FROM ... AS, RUN and COPY in files; WORKDIR, ENV, USER, VOLUME,
HEALTHCHECK and ENTRYPOINT for what is started. Another instruction is an error.
"""

import json
import os
import pathlib
import re
import shlex
import signal
import subprocess

from server import PATIENCE, TOP, children_of, eventually

ROOTS = TOP / "build/container"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# A root, of which changes go elsewhere; a network of its own, and process 1 is what is started.
START = """
set -e
lower=$1 live=$2 volume=$3 at=$4
shift 4
mkdir -p "$live/upper" "$live/work" "$live/root"
mount -t overlay -o "lowerdir=$lower,upperdir=$live/upper,workdir=$live/work" overlay "$live/root"
mount -t proc proc "$live/root/proc"
mount -t tmpfs tmpfs "$live/root/tmp"
mount --bind "$volume" "$live/root/$at"
ip link set lo up
exec chroot "$live/root" "$@"
"""


def instructions(text):
    """Pairs of a word and what it is given."""
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    return [line.split(None, 1) for line in re.sub(r"\\\n", " ", text).splitlines() if line.strip()]


def words(given):
    """The words of a command: of a JSON list, or for a shell."""
    return json.loads(given) if given.startswith("[") else ["/bin/sh", "-c", given]


def shell(script, *arguments, **environment):
    subprocess.run(["sh", "-eu", "-c", f". tests/root.sh; {script}", "sh", *map(str, arguments)], cwd=TOP, check=True,
                   env={**os.environ, "name": "containerfile", **environment}, stdin=subprocess.DEVNULL)


def base_root(image):
    """What the name of a Debian image stands for: a minimal Debian, made once."""
    suite = re.fullmatch(r"debian:(\w+)-slim", image)[1]
    root = ROOTS / suite / "root"
    shell('key=$(sha256sum tests/root.sh); is_made || { make_root "$1" && lend_network "$root" && note_made; }', suite,
          root=str(root.relative_to(TOP)))
    return root


class Stage:
    def __init__(self, directory, base):
        self.directory = directory          # what differs from its base
        self.base = base
        self.environment = {"PATH": PATH}
        self.workdir, self.user, self.volume = "/", "root", None
        self.entrypoint = self.healthcheck = None
        (directory / "upper").mkdir(parents=True)

    @property
    def files(self):
        return self.directory / "upper"

    def run(self, command):
        assignments = [f"{key}={value}" for key, value in self.environment.items()]
        shell('lend_network "$root" && inside env -i "$@"', *assignments, "sh", "-c", 'cd "$0" && exec "$@"', self.workdir,
              *words(command), root=str(self.base.relative_to(TOP)), changes=str(self.directory.relative_to(TOP)))

    def copy(self, given, stages):
        *options, = re.findall(r"--(\w+)=(\S+)", given)
        *sources, to = re.sub(r"--\S+\s+", "", given).split()
        origin = stages[dict(options)["from"]].files if options else TOP
        into = to.endswith("/")
        to = self.files / os.path.join(self.workdir, to).lstrip("/")
        for source in sources:
            path = origin / source.lstrip("/")
            whole = path.is_dir()
            (to if whole or into else to.parent).mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-r", "--preserve=mode,timestamps,links", f"{path}/." if whole else path, to], check=True)


class Image:
    """What a Containerfile makes of this tree."""

    def __init__(self, file, **arguments):
        self.directory = ROOTS / "image"
        shell('forget "$1"', self.directory)
        self.stages, stage = {}, None
        for word, given in instructions(pathlib.Path(file).read_text()):
            if word == "ARG":
                key, _, default = given.partition("=")
                arguments.setdefault(key, default)
            elif word == "FROM":
                image, _, name = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], given).partition(" AS ")
                stage = Stage(self.directory / (name or "last"), base_root(image))
                self.stages[name or "last"] = stage
            elif word == "RUN":
                stage.run(given)
            elif word == "COPY":
                stage.copy(given, self.stages)
            elif word == "ENV":
                stage.environment.update(part.split("=", 1) for part in shlex.split(given))
            elif word == "HEALTHCHECK":
                stage.healthcheck = words(given.partition("CMD ")[2])
            elif word == "ENTRYPOINT":
                stage.entrypoint = words(given)
            elif word in ("WORKDIR", "USER", "VOLUME"):
                setattr(stage, word.lower(), given)
            else:
                assert word == "EXPOSE", f"nobody has done {word} yet"
        self.last = stage

    def remove(self):
        shell('forget "$1"', self.directory)


class Container:
    """A run of an image, as its user and without capabilities. The volume is a directory, and outlives it."""

    def __init__(self, image, directory, volume, files=None, **environment):
        self.image, self.directory = image.last, directory
        self.environment = {**self.image.environment, **environment}
        for path, text in (files or {}).items():
            self.mount(path, text)
        if not volume.exists():
            subprocess.run(["cp", "-a", self.image.files / self.image.volume.lstrip("/"), volume], check=True)
        user = self.image.user
        read, write = os.pipe()
        # As engines do: it may be opened by name.
        os.fchown(write, *self.account())
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--ipc", "--net", "--fork", "--kill-child", "sh", "-c", START, "sh",
             f"{self.image.files}:{self.image.base}", directory, volume, self.image.volume, "env", "-i",
             *self.assignments(),
             "setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--no-new-privs", "--bounding-set=-all",
             "--inh-caps=-all", "--ambient-caps=-all", *self.image.entrypoint],
            cwd="/", stdin=subprocess.DEVNULL, stdout=write, stderr=write)
        os.close(write)
        self.output = open(read, errors="replace")

    def mount(self, path, text):
        """A file of root's at a place in it."""
        file = self.directory / "upper" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        for made in (file, *file.parents):
            if self.directory not in made.parents:
                break
            made.chmod(0o644 if made == file else 0o755)

    def assignments(self):
        return [f"{key}={value}" for key, value in self.environment.items()]

    def account(self):
        line = next(line for line in (self.image.files / "etc/passwd").read_text().splitlines()
                    if line.startswith(f"{self.image.user}:"))
        return [int(number) for number in line.split(":")[2:4]]

    @property
    def first(self):
        """The number that its process 1 has here."""
        return next(iter(children_of(self.process.pid)), None)

    def pids(self):
        return children_of(self.process.pid)

    def execute(self, *command):
        """Runs a command in it, as its user and with its environment."""
        switch = ["setpriv", *(f"--re{kind}={number}" for kind, number in zip(("uid", "gid"), self.account())), "--clear-groups"]
        return subprocess.run(
            ["nsenter", f"--target={self.first}", "--mount", "--pid", "--ipc", "--net", "--root", "--wdns=/",
             *switch, "env", "-i", *self.assignments(), *command], capture_output=True, text=True)

    def is_healthy(self):
        return self.process.poll() is None and self.first and self.execute(*self.image.healthcheck).returncode == 0

    def wait_until_healthy(self):
        if not eventually(lambda: self.process.poll() is not None or self.is_healthy()) or self.process.poll() is not None:
            self.kill()
            raise RuntimeError(f"it does not become healthy:\n{self.output.read()}")

    def stop(self):
        """As engines stop it; what it exits with, and what it said."""
        os.kill(self.first, signal.SIGTERM)
        return self.end()

    def end(self):
        said = self.output.read()
        status = self.process.wait(PATIENCE)
        self.clear()
        return status, said

    def kill(self):
        self.process.kill()
        self.process.wait()

    def clear(self):
        self.output.close()
        subprocess.run(["rm", "-rf", "--one-file-system", self.directory], check=True)
