"""`make release`: a tarball of what the tag has, that anybody can make again and nobody can sign but you."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
from conftest import TOP, eventually

VERSION = "7.6"
KEEPER = "Keeper of Releases <releases@example.org>"
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "MAKE", "MFLAGS", "SOURCE_DATE"))}

pytestmark = pytest.mark.slow


def typed(word):
    """What SECURITY.md says to type where this word is in it, in the directory of a download."""
    text = (TOP / "SECURITY.md").read_text().replace("VERSION", VERSION).replace("ADDRESS", "releases@example.org")
    return next(block for block in re.findall("```sh\n(.*?)```", text, re.S) if word in block)


class Maintainer:
    """Somebody with a clone of the repository in which this version is ready, and with a home of his own."""

    def __init__(self, home, origin):
        self.home, self.clone = home, home / "bearward"
        self.made = self.clone / "build/release"
        # A socket of gpg's agent has its path there, which must be short.
        self.keyring = pathlib.Path(tempfile.mkdtemp(prefix="gpg-"))
        self.environment = {**CLEAN, "HOME": str(home), "GNUPGHOME": str(self.keyring), "GIT_CONFIG_NOSYSTEM": "1"}
        home.mkdir()
        self.run("git", "config", "--global", "user.name", "Keeper", cwd=home)
        self.run("git", "config", "--global", "user.email", "releases@example.org", cwd=home)
        self.run("git", "clone", "-q", origin, self.clone, cwd=home)

    def run(self, *command, cwd=None, fails=False):
        done = subprocess.run([*map(str, command)], cwd=cwd or self.clone, env=self.environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120)
        assert (done.returncode != 0) == fails, (command, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def change(self, file, pattern, by):
        path = self.clone / file
        text, count = re.subn(pattern, by, path.read_text(), count=1, flags=re.M)
        assert count == 1, (file, pattern)
        path.write_text(text)

    def set_version(self, makefile=VERSION, document=VERSION, changelog=f"[{VERSION}] - 2027-01-31"):
        self.change("Makefile", "^VERSION = .*", f"VERSION = {makefile}")
        self.change("www/openapi.json", '"version": "[^"]*"', f'"version": "{document}"')
        self.change("CHANGELOG.md", r"^## \[.*", f"## {changelog}")
        if (self.clone / "debian/changelog").exists():
            self.change("debian/changelog", r"\([^)-]*", f"({VERSION}")
        self.run("git", "commit", "-qam", "release")

    def tag(self):
        self.run("git", "tag", "-f", "-m", "release", f"v{VERSION}")

    def make_key(self):
        self.run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", KEEPER, "ed25519", "sign")

    def release(self, *settings, fails=False):
        return self.run("make", "release", *settings, fails=fails)

    def leave(self):
        subprocess.run(["gpgconf", "--kill", "all"], env=self.environment, check=True)
        # The agent that ends takes its sockets away itself.
        assert eventually(lambda: not list(self.keyring.glob("S.*")))
        shutil.rmtree(self.keyring)


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A repository of one commit: these sources, whether git knows them or not."""
    directory = tmp_path_factory.mktemp("origin") / "git"
    identity = ["-c", "user.name=Keeper", "-c", "user.email=releases@example.org"]
    for command in (["init", "-q"], ["add", "-A", "."], [*identity, "commit", "-q", "-m", "sources"]):
        subprocess.run(["git", "--git-dir", directory, "--work-tree", TOP, *command], env=CLEAN, cwd=TOP, check=True)
    return directory


@pytest.fixture
def maintainer(tmp_path, origin):
    someone = Maintainer(tmp_path / "home", origin)
    yield someone
    someone.leave()


@pytest.fixture
def other(tmp_path, origin):
    someone = Maintainer(tmp_path / "other", origin)
    yield someone
    someone.leave()


@pytest.fixture
def ready(maintainer):
    maintainer.set_version()
    maintainer.tag()
    return maintainer


def test_a_release_has_a_checksum_and_a_signature_that_others_can_verify(ready):
    ready.make_key()
    tarball = f"bearward-{VERSION}.tar.gz"

    said = ready.release()

    assert {path.name for path in ready.made.iterdir()} == {tarball, f"{tarball}.asc", "SHA256SUMS"}
    checked = ready.run("sh", "-ec", typed("gpg"), cwd=ready.made)
    assert f"{tarball}: OK\n" in checked and f'Good signature from "{KEEPER}"' in checked
    assert f"build/release/{tarball}, of the tag v{VERSION}" in said


def test_the_tarball_has_what_the_tag_has_and_builds_as_it_does(ready, tmp_path):
    ready.release("SIGN=no")

    ready.run("tar", "-C", tmp_path, "-xzf", ready.made / f"bearward-{VERSION}.tar.gz")

    unpacked = tmp_path / f"bearward-{VERSION}"
    listed = ready.run("git", "ls-files").splitlines()
    assert sorted(str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if not path.is_dir()) == sorted(listed)
    assert all((unpacked / name).read_bytes() == (ready.clone / name).read_bytes() for name in listed)
    assert ready.run("make", "-n", "V=1", "all", cwd=unpacked) == ready.run("make", "-n", "V=1", "all")
    assert f'-DVERSION=\'"{VERSION}"\'' in ready.run("make", "-n", "V=1", "build/src/base/program.o", cwd=unpacked)


def test_two_people_make_the_same_bytes(ready, other):
    other.run("git", "fetch", "-q", "--tags", ready.clone)
    other.run("git", "config", "--global", "tar.umask", "0077")
    other.run("git", "config", "--global", "core.autocrlf", "true")
    other.run("git", "checkout", "-q", f"v{VERSION}")

    ready.release("SIGN=no")
    other.run("sh", "-c", "umask 077; exec make release SIGN=no")

    packed = [person.made / f"bearward-{VERSION}.tar.gz" for person in (ready, other)]
    assert packed[0].read_bytes() == packed[1].read_bytes()


OTHERWISE = [
    (dict(makefile="7.7"), "there is no tag v7.7"),
    (dict(document="7.5"), "www/openapi.json says 7.5, and the Makefile 7.6"),
    (dict(changelog="[7.5] - 2027-01-31"), "CHANGELOG.md says 7.5, and the Makefile 7.6"),
    (dict(changelog="[Unreleased]"), "CHANGELOG.md says Unreleased, and the Makefile 7.6"),
    (dict(changelog=f"[{VERSION}]"), 'CHANGELOG.md has no heading "## [7.6] - DATE"'),
]


def test_a_version_that_is_not_the_same_everywhere_is_not_released(maintainer):
    for settings, reason in OTHERWISE:
        maintainer.set_version(**settings)
        maintainer.tag()

        assert reason in maintainer.release("SIGN=no", fails=True)
        assert not maintainer.made.exists()


def test_all_that_differs_is_told_at_once(maintainer):
    maintainer.set_version(document="7.5", changelog="[Unreleased]")
    maintainer.tag()
    (maintainer.clone / "new").write_text("")

    said = maintainer.release(fails=True)

    assert said.count("release: ") == 4 and "changes that no commit has" in said, said


def test_what_is_not_what_the_tag_has_is_not_released(ready):
    (ready.clone / "src/new.c").write_text("")
    assert "there are changes that no commit has" in ready.release("SIGN=no", fails=True)

    ready.run("git", "add", ".")
    ready.run("git", "commit", "-qm", "more")
    assert f"the tag v{VERSION} is at another commit than HEAD" in ready.release("SIGN=no", fails=True)
    assert not ready.made.exists()


def test_without_a_signature_there_is_no_release_unless_that_is_asked_for(ready):
    said = ready.release(fails=True)

    assert "it could not be signed, so there is no release. SIGN= names the key" in said
    assert not ready.made.exists() and not ready.made.with_suffix(".part").exists()

    assert "It has no signature" in ready.release("SIGN=no")
    assert {path.name for path in ready.made.iterdir()} == {f"bearward-{VERSION}.tar.gz", "SHA256SUMS"}


def test_a_key_of_ssh_signs_too_and_git_is_asked_which(ready):
    key = ready.home / "key"
    ready.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    ready.run("git", "config", "--global", "user.signingkey", f"{key}.pub")

    ready.release()

    (ready.made / "signers").write_text("releases@example.org " + key.with_suffix(".pub").read_text())
    checked = ready.run("sh", "-ec", typed("ssh-keygen"), cwd=ready.made)
    assert 'Good "file" signature for releases@example.org' in checked
    with open(ready.made / f"bearward-{VERSION}.tar.gz", "ab") as tarball:
        tarball.write(b"more")
    ready.run("sh", "-ec", typed("ssh-keygen"), cwd=ready.made, fails=True)
