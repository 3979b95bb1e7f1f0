"""A sendmail of the tests' own: it keeps what it is given, or fails, or waits, as it is told."""

import email
import email.policy

from conftest import eventually

# It finds its directory by its own name: its environment is empty.
SENDMAIL = """#!/bin/sh
dir=${0%/*}
mode=$(cat "$dir/mode")
file=$(mktemp "$dir/taken.XXXXXX")
{ printf '%s\\n' "$@"; echo --; tr '\\0' '\\n' </proc/$$/environ; } >"$file.told"
cat >"$file"
case $mode in
fail) echo "sendmail: fatal: the queue is closed" >&2; exit 75 ;;
tell) sed -n '/token/p' "$file" >&2; exit 1 ;;
wait) echo $$ >"$dir/waits"; while [ ! -e "$dir/go" ]; do sleep 0.02; done ;;
hang) echo $$ >"$dir/waits"; trap '' TERM; sleep 1000 & wait; sleep 1000 ;;
esac
mv "$file" "$dir/new.${file##*.}"
"""


class Mailbox:
    def __init__(self, directory, server):
        self.directory = directory
        self.server = server
        directory.mkdir()
        self.program = directory / "sendmail"
        self.program.write_text(SENDMAIL)
        self.program.chmod(0o755)
        self.be("well")

    def be(self, mode):
        """well, fail, tell (what it was given), wait (until there is a file `go`), hang"""
        for name in ("waits", "go"):
            (self.directory / name).unlink(missing_ok=True)
        (self.directory / "mode").write_text(mode)

    def go(self):
        (self.directory / "go").touch()

    def waits(self):
        """The process that waits or hangs; None: none does."""
        try:
            return int((self.directory / "waits").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def told(self):
        """What each program was told beside the message: its arguments, and its environment."""
        return [tuple(part.split() for part in path.read_text().split("--\n")) for path in self.directory.glob("*.told")]

    def raw(self, pattern="new.*"):
        return [path.read_bytes() for path in sorted(self.directory.glob(pattern), key=lambda path: path.stat().st_mtime_ns)]

    def take(self, count=1):
        """The messages that have come, parsed; there will be that many, and each is well formed."""
        assert eventually(lambda: len(self.raw()) >= count), f"{count} messages did not come"
        raw = self.raw()
        assert len(raw) == count
        for path in [*self.directory.glob("new.*"), *self.directory.glob("taken.*")]:
            path.unlink()
        return [parse(text) for text in raw]

    def is_empty(self):
        """Whether nothing waits to be sent."""
        return self.server.query("SELECT count(*) FROM outbox") == [(0,)]


def parse(raw):
    """A message as Python reads it, which finds fault with nothing."""
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line or len(line) > 998 for line in lines)
    assert lines[-1] == b""
    assert raw.isascii()
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    parts = [message, *message.values()]
    assert not any(part.defects for part in parts)
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    assert message["auto-submitted"] == "auto-generated"
    assert message["date"].datetime.tzinfo is not None
    assert len({name.lower() for name in message.keys()}) == len(message.keys())
    return message


def text_of(message):
    return message.get_content().replace("\r\n", "\n")
