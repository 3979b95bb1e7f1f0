"""What a responder answers to a web server that is careless, odd or broken: FastCGI without one in between."""

import contextlib
import os
import subprocess
import threading

import pytest

import expect
import fastcgi
from conftest import PASSWORD, PATIENCE, TOP, bearer, eventually, register, running, sign_in
from fastcgi import STDIN, Connection, ask, begin, form_params, get_params, params, record, stream

pytestmark = [pytest.mark.only_nginx("speaks FastCGI to the responders itself"),
              pytest.mark.sanitized("sees all that a program as built does; what is `core`, `stored`, or about a setting also runs as built")]

FORM_TYPE = "application/x-www-form-urlencoded"


def form_of(user, password=PASSWORD):
    return f"username={user}&password={password.replace(' ', '+')}".encode()


def ask_token(server, body, extra=(), **changes):
    return ask(server.socket("token"), [*form_params(body, **changes), *extra], body)


def ask_users(server, body, **changes):
    return ask(server.socket("users"), form_params(body, **{"CONTENT_TYPE": "application/json", **changes}), body)


def ask_me(server, *extra, **changes):
    return ask(server.socket("me"), [*get_params(**changes), *extra])


# ---- 1.1, 1.2

@pytest.mark.parametrize("path", ["", "/"])
def test_1_1_empty_path_info_is_the_endpoint(server, user, token, path):
    assert ask_token(server, form_of(user), PATH_INFO=path).status_code == 200
    assert ask_me(server, PATH_INFO=path, HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


@pytest.mark.parametrize("path", ["/x", "//", "/me", "/me/", "x", "/../token", "/%2e"])
def test_1_1_other_path_info_gives_404(server, user, token, new_name, path):
    json = b'{"username":"%s","password":"correct horse"}' % new_name().encode()

    for response in (
            ask_token(server, form_of(user), PATH_INFO=path),
            ask_users(server, json, PATH_INFO=path),
            ask_me(server, PATH_INFO=path, HTTP_AUTHORIZATION=f"Bearer {token}")):
        assert expect.json_body(response, 404) == {"detail": "Not Found"}


@pytest.mark.parametrize("method", ["post", "Post", "", "POST ", "GET"])
def test_1_2_methods_are_case_sensitive(server, user, method):
    response = ask_token(server, form_of(user), REQUEST_METHOD=method)

    expect.oauth_error(response, 405, "invalid_request")
    assert response.headers.get_list("allow") == ["OPTIONS, POST"]


def test_1_2_missing_method_gives_405(server, user):
    expect.oauth_error(ask_token(server, form_of(user), REQUEST_METHOD=None), 405, "invalid_request")


def test_1_2_script_name_and_other_parameters_do_not_matter(server, user):
    response = ask_token(server, form_of(user), SCRIPT_NAME="/users/me/", REQUEST_URI="/nowhere", SERVER_NAME="x",
                         DOCUMENT_URI="/", HTTPS="on", SERVER_PROTOCOL="HTTP/0.9")

    expect.json_body(response, 200)


def test_1_2_very_many_and_very_large_parameters_do_no_harm(server, user):
    extra = [(f"HTTP_X_{number}", "x" * 100) for number in range(200)] + [("HTTP_X_LARGE", "x" * 40000)]

    expect.json_body(ask_token(server, form_of(user), extra), 200)


# ---- 1.5 lengths

@pytest.mark.parametrize("length", [None, ""], ids=["absent", "empty"])
@pytest.mark.parametrize("body", [b"", b"username=u&password=p"], ids=["no body", "body"])
def test_1_5_no_length_gives_411(server, length, body):
    response = ask_token(server, body, CONTENT_LENGTH=length)

    expect.oauth_error(response, 411, "invalid_request")


@pytest.mark.parametrize("change", [
    lambda length: f"+{length}", lambda length: f"-{length}", lambda length: f" {length}", lambda length: f"{length} ",
    lambda length: f"{length}x", lambda length: f"0x{length:x}", lambda length: f"{length}.0",
    lambda length: f"{length}, {length}", lambda length: "-1", lambda length: "x", lambda length: f"{length:011d}",
    lambda length: str(2**64 + length), lambda length: str(2**32 + length).rjust(30, "0"),
], ids=["plus", "minus", "space first", "space last", "letter last", "hex", "fraction", "list", "-1", "word",
        "11 digits", "wraps at 2^64", "30 digits"])
def test_1_5_length_that_is_not_1_to_10_digits_gives_400(server, user, change):
    body = form_of(user)

    response = ask_token(server, body, CONTENT_LENGTH=change(len(body)))

    expect.oauth_error(response, 400, "invalid_request")


def test_1_5_leading_zeros_are_digits_too(server, user):
    body = form_of(user)

    expect.json_body(ask_token(server, body, CONTENT_LENGTH=f"{len(body):010d}"), 200)


@pytest.mark.parametrize("difference", [-1, 1, -20, 20, 1000])
def test_1_5_more_or_fewer_bytes_than_announced_give_400(server, user, difference):
    body = form_of(user)

    response = ask_token(server, body, CONTENT_LENGTH=str(len(body) + difference))

    expect.oauth_error(response, 400, "invalid_request")


def test_1_5_json_with_more_bytes_than_announced_registers_nobody(server, client, new_name):
    name = new_name()
    body = b'{"username":"%s","password":"correct horse"}' % name.encode()

    response = ask_users(server, body + b" ", CONTENT_LENGTH=str(len(body)))

    expect.detail(response, 400)
    assert register(client, name).status_code == 200


@pytest.mark.parametrize("length", ["16385", "20000", "1000000", "4294967296", "9999999999"])
def test_1_5_length_over_the_limit_gives_413_before_the_body_is_read(server, length):
    with Connection(server.socket("token")) as connection:
        connection.send(begin() + params(form_params(CONTENT_LENGTH=length)))

        expect.oauth_error(connection.answer(), 413, "invalid_request")


def test_1_5_length_over_the_limit_gives_413_at_users(server):
    with Connection(server.socket("users")) as connection:
        connection.send(begin() + params(form_params(CONTENT_LENGTH="16385", CONTENT_TYPE="application/json")))

        expect.detail(connection.answer(), 413)


def test_1_5_far_too_large_body_does_no_harm(server, user):
    with Connection(server.socket("token")) as connection:
        try:
            connection.send(begin() + params(form_params(CONTENT_LENGTH="50000000")))
            for _ in range(800):
                connection.send(record(STDIN, b"x" * 60000))
        except (BrokenPipeError, ConnectionResetError):
            pass	# hanging up on such a peer is right

    expect.json_body(ask_token(server, form_of(user)), 200)


def test_1_5_body_is_one_however_many_records_it_comes_in(server, user):
    body = form_of(user)

    with Connection(server.socket("token")) as connection:
        connection.send(begin() + params(form_params(body)))
        for at in range(len(body)):
            connection.send(record(STDIN, body[at:at + 1]))
        connection.send(record(STDIN))

        expect.json_body(connection.answer(), 200)


@pytest.mark.parametrize("length, sent", [("0", b""), ("0", b"username=u")], ids=["empty", "more than nothing"])
def test_1_5_length_zero(server, length, sent):
    response = ask_token(server, sent, CONTENT_LENGTH=length)

    expect.oauth_error(response, 400 if sent else 422, "invalid_request")


def test_3_1_length_comes_before_form_syntax(server):
    response = ask_token(server, b"%", CONTENT_LENGTH="16385")

    expect.oauth_error(response, 413, "invalid_request")


# ---- 1.14 repeated and joined headers

@pytest.mark.parametrize("extra", [
    [("CONTENT_TYPE", FORM_TYPE)],
    [("CONTENT_TYPE", "text/plain")],
    [("HTTP_CONTENT_TYPE", FORM_TYPE), ("HTTP_CONTENT_TYPE", FORM_TYPE)],
    [("CONTENT_LENGTH", "5")],
], ids=["content type", "another content type", "headers by name", "content length"])
def test_1_14_repeated_content_headers_give_400(server, user, extra):
    expect.oauth_error(ask_token(server, form_of(user), extra), 400, "invalid_request")


@pytest.mark.parametrize("changes", [{"CONTENT_TYPE": f"{FORM_TYPE}, {FORM_TYPE}"}, {"CONTENT_LENGTH": "5, 5"},
                                     {"CONTENT_LENGTH": "5,5"}], ids=["content type", "content length", "no space"])
def test_1_14_comma_joined_content_headers_give_400(server, user, changes):
    expect.oauth_error(ask_token(server, form_of(user), **changes), 400, "invalid_request")


@pytest.mark.parametrize("first, second", [
    ("Bearer %s", "Bearer %s"), ("Bearer %s", "Basic eDp5"), ("Basic eDp5", "Bearer %s"), ("Basic eDp5", "Basic eDp5"),
    ("Bearer %s", ""), ("", "Bearer %s")])
def test_1_14_authorization_twice_is_malformed_at_me(server, token, first, second):
    response = ask_me(server, *[("HTTP_AUTHORIZATION", value.replace("%s", token)) for value in (first, second)])

    expect.bearer_error(response, 400, "invalid_request", "Malformed authorization")


def test_3_2_authorization_twice_is_ignored_at_token(server, user):
    response = ask_token(server, form_of(user), [("HTTP_AUTHORIZATION", "Basic eDp5")] * 2)

    expect.json_body(response, 200)


def test_6_1_authorization_that_apache_renamed_is_taken(server, user, token):
    response = ask_me(server, REDIRECT_HTTP_AUTHORIZATION=f"Bearer {token}")

    assert expect.json_body(response, 200)["username"] == user


def test_6_1_renamed_authorization_counts_only_without_the_real_one(server, token):
    response = ask_me(server, HTTP_AUTHORIZATION="Bearer nonsense", REDIRECT_HTTP_AUTHORIZATION=f"Bearer {token}")

    expect.bearer_error(response, 401, "invalid_token")


@pytest.mark.parametrize("name", [
    "AUTHORIZATION", "HTTP_AUTHORIZATION2", "HTTP_X_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION", "http_authorization",
    "REMOTE_USER", "HTTP_AUTHORIZATIO"])
def test_6_1_token_under_another_name_is_none(server, token, name):
    response = ask_me(server, (name, f"Bearer {token}"))

    expect.detail(response, 401, "Not authenticated")


@pytest.mark.parametrize("length", ["", "0", "5", "99999", "x", "-1"])
def test_6_2_endpoint_that_needs_no_body_ignores_its_length(server, user, token, length):
    response = ask_me(server, CONTENT_LENGTH=length, HTTP_AUTHORIZATION=f"Bearer {token}")

    assert expect.json_body(response, 200)["username"] == user


def test_1_2_head_has_the_length_of_get_and_no_content(server, token):
    get = ask_me(server, HTTP_AUTHORIZATION=f"Bearer {token}")

    head = ask_me(server, HTTP_AUTHORIZATION=f"Bearer {token}", REQUEST_METHOD="HEAD")

    assert head.headers == get.headers
    assert (head.content, len(get.content)) == (b"", int(get.headers["content-length"]))


# ---- peers that are slow, silent or gone; on a server of their own with a short deadline

@pytest.fixture(scope="module")
def hasty_server(front):
    """Little patience, and fewer threads than there will be peers."""
    with running(front, body_deadline=0.3, threads=4) as server:
        assert server.command("user", "add", "alice", stdin=f"{PASSWORD}\n").returncode == 0
        yield server


def test_1_5_body_that_stops_gives_408(hasty_server):
    body = form_of("alice")

    with Connection(hasty_server.socket("token")) as connection:
        connection.send(begin() + params(form_params(body)) + record(STDIN, body[:-1]))

        expect.oauth_error(connection.answer(), 408, "invalid_request")


def test_1_5_body_that_never_begins_gives_408(hasty_server):
    with Connection(hasty_server.socket("users")) as connection:
        connection.send(begin() + params(form_params(CONTENT_LENGTH="100", CONTENT_TYPE="application/json")))

        expect.detail(connection.answer(), 408)


def test_1_5_body_that_trickles_past_the_deadline_gives_408(hasty_server):
    with Connection(hasty_server.socket("token")) as connection:
        connection.send(begin() + params(form_params(CONTENT_LENGTH="10000")))
        assert eventually(lambda: trickle(connection)), "it would wait for ever"

        expect.oauth_error(connection.answer(), 408, "invalid_request")


def trickle(connection):
    """One byte more; true once an answer has come."""
    connection.socket.setblocking(False)
    try:
        return connection.socket.recv(1, fastcgi.socket.MSG_PEEK)
    except BlockingIOError:
        return b""
    finally:
        connection.socket.settimeout(PATIENCE)
        with contextlib.suppress(OSError):  # it has answered and hung up just now
            connection.send(record(STDIN, b"x"))


@pytest.mark.parametrize("sent", [
    b"", begin()[:4], begin(), begin() + params(form_params(CONTENT_LENGTH="9"))[:30],
    begin() + params(form_params(CONTENT_LENGTH="9")),
    begin() + params(form_params(CONTENT_LENGTH="9")) + record(STDIN, b"x"),
    begin(keep=True),
], ids=["silence", "half a header", "no parameters", "half the parameters", "no body", "half a body", "kept"])
def test_1_5_peers_that_stop_in_the_middle_do_not_block_others_for_good(hasty_server, sent):
    silent = [Connection(hasty_server.socket("token")) for _ in range(8)]
    for connection in silent:
        connection.send(sent)

    response = ask_token(hasty_server, form_of("alice"))

    for connection in silent:
        connection.close()
    expect.json_body(response, 200)


DRIPS = {
    "parameters": (begin() + params(form_params())[:8], b"\x01"),
    "records of another request": (begin() + params(form_params(CONTENT_LENGTH="9")),
                                   record(STDIN, b"x", request_id=2)),
    "a body after the answer": (begin() + params(form_params(CONTENT_LENGTH="99999")), record(STDIN, b"x")),
}


@contextlib.contextmanager
def meanwhile(action, pause):
    """Does something again and again, in a thread of its own."""
    stop = threading.Event()

    def repeat():
        while not stop.wait(pause):
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("start, drip", DRIPS.values(), ids=DRIPS.keys())
def test_1_5_peers_that_never_stop_dripping_do_not_block_others_for_good(hasty_server, start, drip):
    peers = [Connection(hasty_server.socket("token")) for _ in range(4)]
    for peer in peers:
        peer.send(start)

    def send_a_drop():
        for peer in peers:
            with contextlib.suppress(OSError):
                peer.send(drip)

    with meanwhile(send_a_drop, 0.05):
        response = ask_token(hasty_server, form_of("alice"))

    for peer in peers:
        peer.close()
    expect.json_body(response, 200)


def test_kept_connections_in_slow_use_give_way_to_one_that_waits(hasty_server):
    kept = [Connection(hasty_server.socket("me"), timeout=1) for _ in range(4)]

    def use_each():
        for connection in kept:
            with contextlib.suppress(OSError, ValueError):
                connection.ask(get_params(), keep=True)

    use_each()
    with meanwhile(use_each, 0.3):
        response = fastcgi.ask(hasty_server.socket("me"), get_params())

    for connection in kept:
        connection.close()
    assert response.status_code == 401


def test_1_5_peers_that_are_gone_before_the_answer_do_no_harm(hasty_server):
    body = form_of("alice")
    for _ in range(20):
        with Connection(hasty_server.socket("token")) as connection:
            connection.send(begin() + params(form_params(body)) + stream(STDIN, body))

    expect.json_body(ask_token(hasty_server, body), 200)


# ---- connections that the web server keeps

def test_1_5_kept_connection_serves_one_request_after_another(server, user, token):
    with Connection(server.socket("me")) as connection:
        for value, status in ((f"Bearer {token}", 200), ("Bearer x", 401), ("", 401), (f"Bearer {token}", 200)):
            response = connection.ask(get_params(HTTP_AUTHORIZATION=value), keep=True)

            assert expect.json_body(response, status).get("username") == (user if status == 200 else None)


@pytest.mark.parametrize("changes, status", [
    ({"CONTENT_LENGTH": "3"}, 400),
    ({"CONTENT_LENGTH": "x"}, 400),
    ({"CONTENT_LENGTH": None}, 411),
    ({"CONTENT_TYPE": "text/plain"}, 415),
    ({"REQUEST_METHOD": "PUT"}, 405),
    ({"REQUEST_METHOD": "OPTIONS"}, 204),
    ({"PATH_INFO": "/x"}, 404),
    ({"CONTENT_LENGTH": "99999"}, 413),
], ids=str)
@pytest.mark.parametrize("size", [30, 15000], ids=["small", "large"])
def test_1_5_refused_body_is_not_taken_for_the_next_request(server, user, changes, status, size):
    body = b"username=nobody&password=".ljust(size, b"x")

    with Connection(server.socket("token")) as connection:
        refused = connection.ask(form_params(body, **changes), body, keep=True)
        try:
            next_answer = connection.ask(form_params(form_of(user)), form_of(user), keep=True)
        except (BrokenPipeError, ConnectionResetError):
            next_answer = None

    assert refused.status_code == status
    # Hanging up is allowed; an answer must be the right one.
    assert next_answer is None or next_answer.status_code == 200


def test_1_5_read_body_leaves_a_kept_connection_in_use(server, user):
    with Connection(server.socket("token")) as connection:
        for password, status in (("wrong", 401), (PASSWORD, 200), ("wrong", 401)):
            response = connection.ask(form_params(form_of(user, password)), form_of(user, password), keep=True)

            assert response.status_code == status


def test_1_5_unread_body_of_a_get_is_not_taken_for_the_next_request(server, user, token):
    with Connection(server.socket("me")) as connection:
        for _ in range(3):
            response = connection.ask(get_params(HTTP_AUTHORIZATION=f"Bearer {token}", CONTENT_LENGTH="20000"),
                                      b"x" * 20000, keep=True)

            assert expect.json_body(response, 200)["username"] == user


def test_1_5_one_request_leaves_nothing_behind_for_the_next(server, token):
    with Connection(server.socket("me")) as connection:
        connection.ask(get_params(HTTP_AUTHORIZATION=f"Bearer {token}", QUERY_STRING="access_token=x"), keep=True)

        response = connection.ask(get_params(), keep=True)

    expect.detail(response, 401, "Not authenticated")


def test_1_5_kept_and_idle_connections_do_not_block_others_for_good(hasty_server, new_name):
    idle = [Connection(hasty_server.socket("me")) for _ in range(8)]
    for connection in idle[:4]:
        assert connection.ask(get_params(), keep=True).status_code == 401

    with hasty_server.client() as client:
        response = client.get("/users/me/", headers=bearer(sign_in(client, "alice").json()["access_token"]))

    for connection in idle:
        connection.close()
    expect.json_body(response, 200)


def test_ten_times_as_many_kept_connections_as_threads_all_stay_in_use(hasty_server):
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(Connection(hasty_server.socket("me"))) for _ in range(40)]

        for connection in kept * 3:
            assert connection.ask(get_params(), keep=True).status_code == 401


def test_kept_connections_for_which_there_is_no_room_are_answered_first(hasty_server):
    with contextlib.ExitStack() as stack:
        kept = []
        for _ in range(300):
            # Each asks before the next one comes: one that is silent for long is closed.
            kept.append(stack.enter_context(Connection(hasty_server.socket("me"))))
            assert kept[-1].ask(get_params(), keep=True).status_code == 401

        assert fastcgi.ask(hasty_server.socket("me"), get_params()).status_code == 401
        assert kept[0].ask(get_params(), keep=True).status_code == 401
        assert kept[299].received.read(1) == b"", "it should have been closed"


# ---- how a responder is started

def test_15_7_closed_stdout_and_stderr_are_not_taken_for_files_of_ours(start_plain_server):
    server = start_plain_server()
    environment = {**server.environment, "BEARWARD_CONF": str(server.conf)}
    path = server.socket("another")
    program = TOP / server.out / "cgi-bin/token.fcgi"
    process = subprocess.Popen(
        ["spawn-fcgi", "-n", "-s", path, "--", "/bin/sh", "-c", f'exec "{program}" >&- 2>&-'], env=environment,
        **server.account)
    try:
        assert eventually(lambda: fastcgi.listens(path))
        response = fastcgi.ask(path, form_params(b"username=x&password=y"), b"username=x&password=y")
    finally:
        process.terminate()
        process.wait(PATIENCE)

    assert response.status_code == 401
    for name in ("write.lock", "hash.slots"):
        assert not (server.state / name).exists() or (server.state / name).read_bytes() == b""
