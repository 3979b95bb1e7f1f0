"""HTTP by hand, for what no client library would send."""

import http.client
import socket

from fastcgi import make_response


class Peer:
    """A TCP connection to the gateway."""

    def __init__(self, server, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def answer(self, method="GET"):
        """The next answer on this connection."""
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        content = response.read()
        return make_response(response.status, response.getheaders(), content)


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def ask(server, method, path, *lines, body=b""):
    with Peer(server) as peer:
        peer.send(head(method, path, *lines) + body)
        return peer.answer(method)
