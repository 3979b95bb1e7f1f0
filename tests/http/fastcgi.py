"""The web server's side of FastCGI with no web server in the way: it sends what a real one would not."""

import fcntl
import socket
import struct
import termios

import httpx

BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
RESPONDER, AUTHORIZER = 1, 2
KEEP_CONN = 1


def record(kind, content=b"", request_id=1):
    return struct.pack("!BBHHBx", 1, kind, request_id, len(content), 0) + content


def stream(kind, content, request_id=1):
    """All records of a stream, its end included."""
    pieces = [content[at:at + 65535] for at in range(0, len(content), 65535)]
    return b"".join(record(kind, piece, request_id) for piece in [*pieces, b""])


def begin(keep=False, request_id=1, role=RESPONDER):
    return record(BEGIN_REQUEST, struct.pack("!HB5x", role, KEEP_CONN if keep else 0), request_id)


def pair(name, value):
    """One parameter; lengths of 128 and more take four bytes."""
    name, value = (text.encode() if isinstance(text, str) else text for text in (name, value))
    lengths = [bytes([len(text)]) if len(text) < 128 else struct.pack("!I", len(text) | 1 << 31)
               for text in (name, value)]
    return b"".join(lengths) + name + value


def params(pairs, request_id=1):
    return stream(PARAMS, b"".join(pair(name, value) for name, value in pairs), request_id)


def read_params(received):
    """The parameters of the one request on a connection, which is read to its end."""
    packed, kind, length = b"", None, 1
    while not (kind == STDIN and length == 0):
        _, kind, _, length, padding = struct.unpack("!BBHHBx", received.read(8))
        content = received.read(length + padding)[:length]
        packed += content if kind == PARAMS else b""
    at = 0
    while at < len(packed):
        lengths = []
        for _ in range(2):
            is_long = packed[at] >> 7
            lengths.append(struct.unpack_from("!I", packed, at)[0] & ~(1 << 31) if is_long else packed[at])
            at += 4 if is_long else 1
        name, value = packed[at:at + lengths[0]], packed[at + lengths[0]:at + sum(lengths)]
        at += sum(lengths)
        yield name.decode(), value.decode()


def make_response(status, headers, content):
    """As it came: httpx would put in a Content-Length that is missing."""
    response = httpx.Response(status, content=content)
    response.headers = httpx.Headers(headers)
    return response


def parse_cgi(output):
    """What a CGI program writes, as a response."""
    head, _, body = output.partition(b"\r\n\r\n")
    headers = [tuple(line.split(b": ", 1)) for line in head.split(b"\r\n")]
    assert headers[0][0] == b"Status", f"no status first: {output[:200]!r}"
    return make_response(int(headers[0][1].split()[0]), headers[1:], body)


def form_params(body=b"", **changes):
    """The parameters of a form POST as nginx sends them; a change to None leaves one out."""
    values = {
        "REQUEST_METHOD": "POST", "QUERY_STRING": "", "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)), **changes}
    return [(name, value) for name, value in values.items() if value is not None]


def get_params(**changes):
    return form_params(**{"REQUEST_METHOD": "GET", "CONTENT_TYPE": "", "CONTENT_LENGTH": "", **changes})


class Stream:
    """A connected socket, and a file to read from it."""

    def __init__(self, connected):
        self.socket = connected
        self.received = connected.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.received.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def is_read(self):
        """Whether the other end has read all that was sent; on a unix socket."""
        unread = fcntl.ioctl(self.socket, termios.TIOCOUTQ, b"\0" * 4)
        return unread == b"\0" * 4


class Connection(Stream):
    """A connection to a responder."""

    def __init__(self, path, timeout=60):
        connected = socket.socket(socket.AF_UNIX)
        connected.settimeout(timeout)
        connected.connect(path)
        super().__init__(connected)

    def ask(self, pairs, body=b"", keep=False, role=RESPONDER):
        """body None: no stdin at all, not even its end, as some web servers have it for an authorizer."""
        self.send(begin(keep, role=role) + params(pairs) + (b"" if body is None else stream(STDIN, body)))
        return self.answer()

    def answer(self):
        """The whole answer to one request; None when the responder hangs up instead."""
        output = b""
        while len(header := self.received.read(8)) == 8:
            _, kind, _, length, padding = struct.unpack("!BBHHBx", header)
            content = self.received.read(length + padding)[:length]
            if kind == STDOUT:
                output += content
            if kind == END_REQUEST:
                return parse_cgi(output)
        return None


def listens(path):
    """Whether a connection is to be had; a socket has its name before it listens."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def ask(path, pairs, body=b"", role=RESPONDER):
    """One request on a connection of its own."""
    with Connection(path) as connection:
        return connection.ask(pairs, body, role=role)
