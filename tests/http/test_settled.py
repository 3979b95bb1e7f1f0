"""A commit whose answer is lost: what was done is a success, and what was not is none (PostgreSQL)."""

import contextlib
import socket
import struct
import threading

import pytest
from conftest import PATIENCE, bearer, eventually, register, running, sign_in
from postgresql import Cluster

pytestmark = [pytest.mark.only_nginx("what stands between client and responder does not matter"),
              pytest.mark.plain("the engine is a part that its own tests run sanitized")]


COMMIT = "COMMIT"
SETTLE = "INSERT INTO settled (slot, token, at) VALUES ($1, $2, 0)"     # how one that is in doubt is looked for


class Wire:
    """Stands between programs and a PostgreSQL, and loses what a test wants lost: statements, or their answers.

    `losses` are pairs, each waited for in turn: how a statement begins, and whether it or its "answer" is lost. With
    each loss the connection is cut, and after one of an "answer, for good" nobody gets through any more.
    """

    def __init__(self, cluster):
        self.cluster, self.losses, self.is_cut = cluster, [], False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                if self.is_cut:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self.cluster.port))
                is_deaf, is_answered = threading.Event(), threading.Event()
                threading.Thread(target=self.tell, args=(client, server, is_deaf, is_answered), daemon=True).start()
                threading.Thread(target=self.answer, args=(server, client, is_deaf, is_answered), daemon=True).start()

    def tell(self, client, server, is_deaf, is_answered):
        """Passes on what a program says, one round trip after the other."""
        names = {}
        with client, server, contextlib.suppress(OSError, struct.error), client.makefile("rb") as said:
            head = said.read(4)
            server.sendall(head + said.read(struct.unpack("!i", head)[0] - 4))
            while batch := self.read_batch(said, names):
                messages, texts = batch
                if not (self.losses and any(text.startswith(self.losses[0][0]) for text in texts)):
                    server.sendall(messages)
                    continue
                lost = self.losses.pop(0)[1]
                self.is_cut = "for good" in lost
                if "answer" in lost:
                    is_deaf.set()
                    server.sendall(messages)
                    is_answered.wait(PATIENCE)
                server.shutdown(socket.SHUT_RDWR)
                client.shutdown(socket.SHUT_RDWR)
                return

    def read_batch(self, said, names):
        """All messages up to one that wants an answer, and the texts of the statements that are run in it."""
        messages, texts = b"", []
        while kind := said.read(1):
            size = said.read(4)
            body = said.read(struct.unpack("!i", size)[0] - 4)
            messages += kind + size + body
            words = body.split(b"\0")
            if kind == b"P":
                names[words[0]] = words[1].decode()
            elif kind == b"B":
                texts.append(names[words[1]])
            elif kind in (b"S", b"Q", b"p", b"X"):
                return messages, texts
        return None

    def answer(self, server, client, is_deaf, is_answered):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if is_deaf.is_set():
                    is_answered.set()
                else:
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
        server = ending.enter_context(running("plain", storage_wait=10, log_level="info",
                                              database=f"postgresql://bearward@127.0.0.1:{wire.port}/settled?sslmode=disable"))
        yield wire, ending.enter_context(server.client())


def hang_up(wire):
    """Whoever changes something next has a connection of which nothing is known yet."""
    for pid in wire.cluster.backends("settled"):
        wire.cluster.query("SELECT pg_terminate_backend(%s)", pid)
    assert eventually(lambda: not wire.cluster.backends("settled"))


def test_15_2_a_commit_whose_answer_is_lost_is_found_done(wired):
    wire, client = wired
    wire.losses = [(COMMIT, "answer")]

    answer = register(client, "kim")

    assert not wire.losses
    assert answer.status_code == 200
    assert register(client, "kim").status_code == 409
    wire.losses = [(COMMIT, "answer"), (SETTLE, "answer")]
    signed_in = sign_in(client, "kim")
    assert not wire.losses and signed_in.status_code == 200
    assert client.get("/users/me/", headers=bearer(signed_in.json()["access_token"])).status_code == 200


@pytest.mark.parametrize("further", [[], [(SETTLE, "statement")], [(SETTLE, "answer")], [(SETTLE, "answer")] * 2])
def test_15_2_a_commit_that_never_arrived_is_no_success_however_often_it_is_looked_for(wired, further):
    wire, client = wired
    name = "lee" + "".join(what for _, what in further)
    hang_up(wire)
    wire.losses = [(COMMIT, "statement"), *further]

    answer = register(client, name)

    assert not wire.losses
    assert answer.status_code == 503
    assert sign_in(client, name).status_code in (400, 401)
    assert register(client, name).status_code == 200


def test_15_2_where_nobody_can_tell_what_became_of_a_commit_it_is_no_success(wired):
    wire, client = wired
    wire.losses = [(COMMIT, "answer, for good")]

    answer = register(client, "max")

    assert not wire.losses
    assert answer.status_code == 503
    wire.is_cut = False
    # It was done all the same, and whoever tries again is told so.
    assert register(client, "max").status_code == 409
    assert sign_in(client, "max").status_code == 200
