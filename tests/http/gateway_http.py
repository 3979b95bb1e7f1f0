"""A gateway's side of HTTP/1.1 to verify, with no gateway in the way: it sends what a real one would not."""

import http.client
import urllib.parse

from fastcgi import Connection, get_params, make_response

# What the web server says, and the header in which a gateway says it.
SAID = {"REQUEST_METHOD": "X-Original-Method", "REQUEST_URI": "X-Original-URI", "REQUEST_SCHEME": "X-Forwarded-Proto",
        "REMOTE_ADDR": "X-Real-IP", "HTTP_HOST": "X-Forwarded-Host"}


def head(*lines, target="/verify", method="GET", version="HTTP/1.1"):
    return "\r\n".join([f"{method} {target} {version}", "Host: verify", *lines, "", ""]).encode("latin-1")


class Gateway(Connection):
    """A connection on which verify is asked by HTTP."""

    def answer_http(self, method="GET"):
        """The next answer; None when verify hangs up instead."""
        try:
            status_line = self.received.readline()
        except ConnectionResetError:
            return None
        if not status_line:
            return None
        version, status, _ = status_line.decode().split(" ", 2)
        assert version == "HTTP/1.1"
        headers = http.client.parse_headers(self.received).items()
        length = int(dict(headers).get("Content-Length", 0)) if method != "HEAD" else 0
        return make_response(int(status), headers, self.received.read(length))

    def ask_http(self, *lines, **request):
        self.send(head(*lines, **request))
        return self.answer_http(request.get("method", "GET"))

    def is_over(self):
        """Whether verify hangs up, with nothing more to say."""
        try:
            return self.received.read(1) == b""
        except ConnectionResetError:
            return True


def translate(pairs):
    """The request by HTTP that says what FastCGI parameters say."""
    lines, demands = [], []
    if "REQUEST_METHOD" not in dict(pairs):
        pairs = [("REQUEST_METHOD", "GET"), *pairs]
    for name, value in pairs:
        if name in SAID:
            lines.append(f"{SAID[name]}: {value}")
        elif name.startswith("HTTP_"):
            lines.append(f"{name[5:].replace('_', '-').title()}: {value}")
        else:
            demands.append(f"{name}={urllib.parse.quote(value)}")
    return head(*lines, target="/verify" + ("?" + "&".join(demands) if demands else ""))


def as_fastcgi(pairs):
    """The same parameters, with what every web server says."""
    given = dict(pairs)
    return [*((name, value) for name, value in get_params() if name not in given), *pairs]
