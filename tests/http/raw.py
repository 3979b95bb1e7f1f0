"""HTTP by hand, for what no client library would send."""

import http.client
import socket

import contract
from fastcgi import Stream, make_response


class Peer(Stream):
    """A TCP connection to the gateway."""

    def __init__(self, server, timeout=60, source=""):
        super().__init__(socket.create_connection(("127.0.0.1", server.port), timeout, (source, 0)))

    def answer(self, method="GET"):
        """The next answer on this connection."""
        status_line = self.received.readline()
        assert status_line.startswith(b"HTTP/1."), f"no answer: {status_line!r}"
        status = int(status_line.split()[1])
        headers = http.client.parse_headers(self.received)
        has_content = method != "HEAD" and status != 204
        length = int(headers["Content-Length"]) if has_content else 0
        return make_response(status, headers.items(), self.received.read(length))


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def ask_anything(server, method, path, *lines, body=b""):
    """The answer to what www/openapi.json need not know."""
    with Peer(server) as peer:
        peer.send(head(method, path, *lines) + body)
        return peer.answer(method)


def ask(server, method, path, *lines, body=b""):
    answer = ask_anything(server, method, path, *lines, body=body)
    if getattr(server, "is_held_to_contract", False):
        contract.hold(method, path.partition("?")[0], answer)
    return answer
