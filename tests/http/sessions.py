"""Browsers that are signed in, without a sign-in: their rows are written straight into the database."""

import base64
import hashlib
import os
import struct

import clock

COOKIE = "__Host-Http-bearward"
PLACES, PLACE = 1 << 20, 8     # of the file `seen`, and bytes of each


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Session:
    """A row, and the cookie for it."""

    def __init__(self, server, username, **changes):
        self.server = server
        self.value = encode(os.urandom(32))
        self.digest = hashlib.sha256(self.value.encode()).digest()
        now = clock.now()
        self.row = {"created_at": now, "auth_at": now, "seen_at": now, "idle": 43200, "expires_at": now + 86400,
                    "network": "127.0.0.0/24", "agent": "Firefox", **changes}
        [(self.id,)] = server.query(
            f"INSERT INTO sessions (digest, user_id, {', '.join(self.row)}) SELECT ?, id, {', '.join('?' * len(self.row))} "
            "FROM users WHERE username = ? RETURNING id", self.digest, *self.row.values(), username)

    @property
    def cookie(self):
        return f"{COOKIE}={self.value}"

    @property
    def public_id(self):
        return encode(self.digest[:16])

    def seen(self):
        """When the file says that it was used last; None: it does not say."""
        with open(self.server.state / "seen", "rb") as file:
            file.seek(self.id % PLACES * PLACE)
            [entry] = struct.unpack("Q", file.read(PLACE))
        return (entry & 0xffffffff) * 60 if entry >> 32 == self.id & 0xffffffff else None

    def see(self, moment, of=None):
        """Writes into the file that it was used, as another process would have done."""
        session_id = self.id if of is None else of
        with open(self.server.state / "seen", "r+b") as file:
            file.seek(session_id % PLACES * PLACE)
            file.write(struct.pack("Q", (session_id & 0xffffffff) << 32 | int(moment) // 60))
