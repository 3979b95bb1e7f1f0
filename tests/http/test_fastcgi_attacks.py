"""What somebody who may connect to a responder's socket can do: lose his connection, and nothing else."""

import contextlib
import os
import struct

import pytest

from conftest import PASSWORD, connections_to, eventually
from fastcgi import (
    BEGIN_REQUEST, PARAMS, RESPONDER, STDIN, Connection, ask, begin, form_params, get_params, pair, params, record,
    stream)

pytestmark = pytest.mark.only_nginx("speaks FastCGI to the responders itself")

GET_VALUES, DATA, UNKNOWN = 9, 8, 99
TWO_GIB = b"\xff\xff\xff\xff"
END_OF_PARAMS = record(PARAMS)


def begin_record(role=RESPONDER, size=8, version=1, request_id=1):
    content = struct.pack("!HB", role, 0).ljust(size, b"\0")
    return bytes([version]) + record(BEGIN_REQUEST, content, request_id)[1:]


MALFORMED = {
    "another version": begin_record(version=2),
    "not FastCGI at all": b"GET /users/me/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "zeros": bytes(64),
    "an unknown type": record(UNKNOWN, b"x" * 8),
    "an unknown type in between": begin() + record(UNKNOWN, b"x" * 8),
    "a management record": record(GET_VALUES, TWO_GIB * 2, 0),
    "a management record in between": begin() + record(GET_VALUES, TWO_GIB * 2, 0),
    "a request numbered 0": begin_record(request_id=0),
    "an unknown role": begin_record(role=9),
    "a begin that is too short": begin_record(size=3),
    "a begin that is too long": begin_record(size=300),
    "a request begun twice": begin() + begin(),
    "a body first": begin() + stream(STDIN, b"x"),
    "another request's parameters": begin() + params(get_params(), request_id=2),
    "lengths that add up past 2 GiB": begin() + record(PARAMS, TWO_GIB * 2) + END_OF_PARAMS,
    "a name of 2 GiB": begin() + record(PARAMS, TWO_GIB + b"\x01x") + END_OF_PARAMS,
    "a value of 2 GiB": begin() + record(PARAMS, b"\x01" + TWO_GIB + b"x") + END_OF_PARAMS,
    "a value longer than its record": begin() + record(PARAMS, b"\x01\x09xy") + END_OF_PARAMS,
    "a length that is cut off": begin() + record(PARAMS, b"\x01\xff") + END_OF_PARAMS,
    "a name of no length": begin() + record(PARAMS, pair("", "x")) + END_OF_PARAMS,
    "neither name nor value": begin() + record(PARAMS, pair("", "")) + END_OF_PARAMS,
    "NUL in a name": begin() + record(PARAMS, pair("A\0B", "x")) + END_OF_PARAMS,
    "NUL in a value": begin() + record(PARAMS, pair("A", "x\0y")) + END_OF_PARAMS,
}


def is_answering(server):
    return ask(server.socket("me"), get_params()).status_code == 401


@pytest.fixture
def pids(server):
    """The responders, which must be the same afterwards."""
    before = server.responder_pids()
    yield before
    assert server.responder_pids() == before, "a responder has died"


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_costs_one_connection(server, pids, sent):
    with Connection(server.socket("me")) as other, Connection(server.socket("me")) as connection:
        other.send(begin() + params(get_params()))
        with contextlib.suppress(OSError):  # it may hang up before it has come to the end
            connection.send(sent)

        with contextlib.suppress(ConnectionResetError):
            assert connection.answer() is None

        other.send(stream(STDIN, b""))
        assert other.answer().status_code == 401


@pytest.mark.parametrize("endpoint", ["token", "me"])
def test_five_malformed_requests_at_once_leave_the_service_answering(server, pids, endpoint):
    with contextlib.ExitStack() as stack:
        for sent in list(MALFORMED.values())[-9:-4]:
            stack.enter_context(Connection(server.socket(endpoint))).send(sent)

        assert ask(server.socket(endpoint), get_params()).status_code in (401, 405)
    assert is_answering(server)


def test_malformed_request_on_a_kept_connection_ends_it(server, pids):
    with Connection(server.socket("me")) as connection:
        assert connection.ask(get_params(), keep=True).status_code == 401

        connection.send(begin() + record(PARAMS, TWO_GIB * 2) + END_OF_PARAMS)

        with contextlib.suppress(ConnectionResetError):
            assert connection.answer() is None
    assert is_answering(server)


@pytest.mark.parametrize("between", [
    record(GET_VALUES, TWO_GIB * 2, 0), record(UNKNOWN, b"x" * 8), record(DATA, b"x"), begin(),
    params([("X", "y")]), bytes(8), record(STDIN, b"x", request_id=2),
], ids=["management", "unknown", "data", "begin", "parameters", "zeros", "another request's body"])
def test_record_that_does_not_belong_into_a_body_breaks_it(server, pids, user, between):
    body = f"username={user}&password={PASSWORD}".replace(" ", "+").encode()
    with Connection(server.socket("token")) as connection:
        connection.send(begin(keep=True) + params(form_params(body)) + record(STDIN, body[:9]) + between)
        with contextlib.suppress(OSError):
            connection.send(stream(STDIN, body[9:]))

        with contextlib.suppress(ConnectionResetError):
            assert (answer := connection.answer()) is None or answer.status_code == 400
            assert connection.answer() is None, "it was kept"
    assert is_answering(server)


def test_parameters_without_end_are_cut_off(server, pids):
    with Connection(server.socket("me")) as connection:
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            connection.send(begin())
            for number in range(10000):
                connection.send(record(PARAMS, pair(f"HTTP_X_{number}", "x" * 1000)))

    assert is_answering(server)


def test_parameters_of_up_to_64_kib_are_taken(server, token):
    given = [*get_params(), ("HTTP_AUTHORIZATION", f"Bearer {token}")]
    size = sum(len(pair(*each)) for each in given)

    def ask_me(room):
        filling = ("HTTP_X", "x" * (room - size - len("HTTP_X") - 5))
        with contextlib.suppress(OSError):
            return ask(server.socket("me"), [*given, filling])

    assert ask_me(64 * 1024).status_code == 200
    assert ask_me(64 * 1024 + 1) is None


@pytest.mark.parametrize("padding", [1, 7, 255])
def test_padding_is_passed_over(server, token, padding):
    def padded(kind, content=b""):
        return struct.pack("!BBHHBx", 1, kind, 1, len(content), padding) + content + b"\xff" * padding

    given = b"".join(pair(*each) for each in [*get_params(), ("HTTP_AUTHORIZATION", f"Bearer {token}")])
    begun = struct.pack("!HB5x", RESPONDER, 1)
    with Connection(server.socket("me")) as connection:
        for _ in range(3):
            connection.send(padded(BEGIN_REQUEST, begun) + padded(PARAMS, given[:50]) + padded(PARAMS, given[50:])
                            + padded(PARAMS) + padded(STDIN))

            assert connection.answer().status_code == 200


def test_a_refusal_is_logged_and_says_why(start_plain_server):
    server = start_plain_server()
    with Connection(server.socket("me")) as connection:
        connection.send(MALFORMED["a name of no length"])
        with contextlib.suppress(ConnectionResetError):
            assert connection.answer() is None

    [said] = [line for line in server.log().splitlines() if "refused a malformed request" in line]

    assert said.endswith('reason="a parameter without a name, or with = in it"')


def threads_of(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def test_silent_connections_take_up_no_threads(start_plain_server):
    server = start_plain_server(threads=2, body_deadline=300)
    [pid] = server.responder_pids("me")
    assert eventually(lambda: threads_of(pid) == 3)
    others = connections_to(server.socket("me"))
    with contextlib.ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(Connection(server.socket("me")))
        assert eventually(lambda: connections_to(server.socket("me")) == others + 30)

        assert is_answering(server)

        assert threads_of(pid) == 3


@pytest.mark.parametrize("sent", [begin()[:4], begin(keep=True) + params(get_params()) + record(STDIN, b"x")],
                         ids=["half a header", "an answer to wait for"])
def test_all_threads_but_one_may_wait_for_slow_peers(start_plain_server, sent):
    server = start_plain_server(threads=32, body_deadline=300)
    with contextlib.ExitStack() as stack:
        for _ in range(31):
            stack.enter_context(Connection(server.socket("me"))).send(sent)

        assert is_answering(server)


def test_silent_connection_is_answered_when_it_speaks(start_plain_server):
    server = start_plain_server(body_deadline=300)
    others = connections_to(server.socket("me"))
    with Connection(server.socket("me")) as late:
        assert eventually(lambda: connections_to(server.socket("me")) == others + 1)

        assert late.ask(get_params()).status_code == 401


def test_silent_connection_is_closed_in_the_end(start_plain_server):
    server = start_plain_server(body_deadline=1)
    with Connection(server.socket("me")) as silent:
        assert silent.received.read() == b""
