"""A commit whose answer is lost: what was done is a success, and what was not is none (PostgreSQL)."""

import contextlib
import socket
import struct
import threading

import pytest
from conftest import register, running, sign_in
from postgresql import Cluster

pytestmark = [pytest.mark.only_nginx("what stands between client and responder does not matter"),
              pytest.mark.plain("the engine is a part that its own tests run sanitized")]


class Wire:
    """Stands between programs and a PostgreSQL, and loses what a test wants lost: one commit, or its answer."""

    def __init__(self, cluster):
        self.cluster, self.loses = cluster, ""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_cut = False
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                if self.is_cut:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self.cluster.port))
                silent = threading.Event()
                threading.Thread(target=self.tell, args=(client, server, silent), daemon=True).start()
                threading.Thread(target=self.answer, args=(server, client, silent), daemon=True).start()

    def tell(self, client, server, silent):
        """Passes on what a program says, message by message."""
        with client, server, contextlib.suppress(OSError, struct.error), client.makefile("rb") as said:
            head = said.read(4)
            server.sendall(head + said.read(struct.unpack("!i", head)[0] - 4))
            commits, batch, is_commit = set(), b"", False
            while kind := said.read(1):
                size = said.read(4)
                body = said.read(struct.unpack("!i", size)[0] - 4)
                batch += kind + size + body
                words = body.split(b"\0")
                if kind == b"P" and words[1] == b"COMMIT":
                    commits.add(words[0])
                is_commit |= kind == b"B" and words[1] in commits
                if kind not in (b"S", b"Q", b"p", b"X"):
                    continue
                if is_commit and self.loses:
                    what, self.loses = self.loses, ""
                    self.is_cut = "for good" in what
                    if "answer" in what:
                        silent.set()
                        server.sendall(batch)
                        silent.wait_for_answer.wait(60)
                    server.shutdown(socket.SHUT_RDWR)
                    client.shutdown(socket.SHUT_RDWR)
                    return
                server.sendall(batch)
                batch, is_commit = b"", False

    def answer(self, server, client, silent):
        silent.wait_for_answer = threading.Event()
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if silent.is_set():
                    silent.wait_for_answer.set()
                    continue
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def wired():
    with contextlib.ExitStack() as ending:
        cluster = ending.enter_context(Cluster(address="127.0.0.1"))
        cluster.create("settled")
        wire = Wire(cluster)
        ending.callback(wire.listener.close)
        server = ending.enter_context(running("plain", storage_wait=3, log_level="info",
                                              database=f"postgresql://bearward@127.0.0.1:{wire.port}/settled?sslmode=disable"))
        yield wire, ending.enter_context(server.client())


def test_15_2_a_commit_whose_answer_is_lost_is_found_done(wired):
    wire, client = wired
    wire.loses = "the answer"

    answer = register(client, "kim")

    assert not wire.loses
    assert answer.status_code == 200
    assert sign_in(client, "kim").status_code == 200
    assert register(client, "kim").status_code == 409
    wire.loses = "the answer"
    signed_in = sign_in(client, "kim")
    assert not wire.loses and signed_in.status_code == 200
    assert client.get("/users/me/", headers={"Authorization": f"Bearer {signed_in.json()['access_token']}"}).status_code == 200


def test_15_2_a_commit_that_never_arrived_is_no_success(wired):
    wire, client = wired
    wire.loses = "the commit"

    answer = register(client, "lee")

    assert not wire.loses
    assert answer.status_code == 503
    assert sign_in(client, "lee").status_code in (400, 401)
    assert register(client, "lee").status_code == 200


def test_15_2_where_nobody_can_tell_what_became_of_a_commit_it_is_no_success(wired):
    wire, client = wired
    wire.loses = "the answer, for good"

    answer = register(client, "max")

    assert not wire.loses
    assert answer.status_code == 503
    wire.is_cut = False
    # It was done all the same, and whoever tries again is told so.
    assert register(client, "max").status_code == 409
    assert sign_in(client, "max").status_code == 200
