"""What is between a service and its PostgreSQL: cables, other hosts, and people in the middle (protocol section 15)."""

import contextlib
import datetime
import os
import signal
import socket
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import PATIENCE, bearer, eventually, register, sign_in
from load import CHANGES, Load
from network import make_host, place  # noqa: F401 (fixtures)
from postgresql import USER, Cluster, own

pytestmark = [pytest.mark.only_nginx("is about the database"), pytest.mark.slow, pytest.mark.once("is about the database")]

WAIT = 2                        # storage_wait, in seconds
SECRET = "a password of the database"


# -- Cables

def test_15_1_a_cable_that_is_pulled_or_bad_loses_nothing_that_was_acknowledged(make_host, start_plain_server):  # noqa: F811
    elsewhere, there = make_host(), make_host()
    # The first host that is named swallows everything, from the beginning on.
    elsewhere.is_cut = True
    with Cluster(address=there.address, launcher=there.launcher) as cluster:
        cluster.hba("host all all all trust", "local all all trust")
        cluster.create("bearward")
        server = start_plain_server(
            database=f"postgresql://{USER}@{elsewhere.address},{there.address}/bearward?sslmode=disable", storage_wait=WAIT,
            refresh_window=0)
        with Load(server) as load:
            load.goes_on()
            there.delay, there.loss = 0.025, 0.01
            load.goes_on()
            # In the midst of transactions.
            there.is_cut = True
            load.is_refused()
            there.is_cut, there.delay, there.loss = False, 0, 0
            load.goes_on()


@pytest.mark.thorough
def test_who_stands_still_in_the_midst_of_a_change_does_not_keep_its_locks(make_host, start_plain_server):  # noqa: F811
    """To the database it is as if a cable were pulled: nobody says anything, and nobody hangs up."""
    there = make_host()
    with Cluster(address=there.address, launcher=there.launcher) as cluster:
        cluster.hba("host all all all trust", "local all all trust")
        cluster.create("bearward")
        server = start_plain_server(
            database=f"postgresql://{USER}@{there.address}/bearward?sslmode=disable", storage_wait=WAIT, refresh_window=0)
        [pid] = server.responder_pids("token")
        held = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'token.fcgi' AND state LIKE 'idle in transaction%'"

        def stands_still_in_a_change():
            os.kill(pid, signal.SIGSTOP)
            # What it has said arrives.
            time.sleep(2 * there.delay)
            if cluster.query(held):
                return True
            os.kill(pid, signal.SIGCONT)
            return False

        with Load(server) as load:
            there.delay = 0.01
            load.goes_on()
            try:
                assert eventually(stands_still_in_a_change)
                assert eventually(lambda: not cluster.query(held))
            finally:
                os.kill(pid, signal.SIGCONT)
                there.delay = 0
            load.goes_on(CHANGES)


# -- TLS

class Authority:
    """Signs certificates for hosts."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(mode=0o755)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority of {directory.name}")])
        self.path = self.write("authority.crt", self.sign(self.name, self.key.public_key(), 1, x509.BasicConstraints(True, None)))

    def sign(self, name, key, days, extension):
        begin = datetime.datetime.utcnow() - datetime.timedelta(days=30)
        return x509.CertificateBuilder(self.name, name, key, x509.random_serial_number(), begin, begin + datetime.timedelta(
            days=30 + days)).add_extension(extension, True).sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def write(self, name, content):
        path = self.directory / name
        path.write_bytes(content)
        path.chmod(0o644)
        return path

    def issue(self, host, days=1):
        """The settings of a cluster that is to show that it is this host."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "database")])
        stem = f"{host}{days}"
        certificate = self.write(f"{stem}.crt", self.sign(name, key.public_key(), days, x509.SubjectAlternativeName([x509.DNSName(host)])))
        secret = self.write(f"{stem}.key", key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        secret.chmod(0o600)
        own(secret, account="nobody")
        return {"ssl": "on", "ssl_cert_file": certificate, "ssl_key_file": secret}


class Eavesdropper(threading.Thread):
    """Sits where the server was, speaks no TLS, and remembers what it is told all the same."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.heard = []
        self.listening = socket.create_server(("127.0.0.1", port))
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(PATIENCE)
                    while said := connection.recv(4096):
                        self.heard.append(said)
                        # No TLS; and then, to whoever stays: your password, please, as it is.
                        connection.sendall(b"N" if len(said) == 8 else b"R\0\0\0\x08\0\0\0\x03")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.join(PATIENCE)


SSL_REQUEST = bytes.fromhex("0000000804d2162f")


def test_only_the_right_server_is_told_the_password(place, start_plain_server):  # noqa: F811
    ours, theirs = Authority(place / "ours"), Authority(place / "theirs")
    right = ours.issue("db.example")
    password = place / "password"
    password.write_text(f"{SECRET}\n")
    password.chmod(0o600)
    own(password)
    scram = f"hostssl all {USER} 127.0.0.1/32 scram-sha-256"
    with Cluster(address="127.0.0.1", **right) as cluster:
        cluster.create("bearward")
        cluster.query(f"ALTER ROLE {USER} PASSWORD '{SECRET}'")
        cluster.hba(scram)
        words = {"host": "db.example", "hostaddr": "127.0.0.1", "port": cluster.port, "dbname": "bearward", "user": USER,
                 "sslrootcert": ours.path}
        server = start_plain_server(
            database=" ".join(f"{name}={value}" for name, value in words.items()), database_password_file=password, storage_wait=WAIT)
        cases = [
            ("certificate verify failed", ours.issue("db.example", days=-1), scram),
            ("certificate verify failed", theirs.issue("db.example"), scram),
            ("does not match host name", ours.issue("other.example"), scram),
            ("does not support SSL", {"ssl": "off"}, scram.replace("hostssl", "host")),
            ("channel binding", right, scram.replace("scram-sha-256", "password")),
            ("no pg_hba.conf entry", right, scram.replace(USER, "somebody")),
        ]
        with server.client() as client:
            assert register(client, "alice").status_code == 200
            token = sign_in(client, "alice").json()["access_token"]

            def ask(name):
                return [register(client, name).status_code, client.get("/users/me/", headers=bearer(token)).status_code]

            for number, (reason, settings, who) in enumerate(cases):
                cluster.set(**settings)
                cluster.hba(who)
                hang_up(cluster)
                before = len(server.log())
                assert ask(f"user{number}") == [503, 503], reason
                assert reason in server.log()[before:]
                cluster.set(**right)
                cluster.hba(scram)
                assert ask(f"user{number}") == [200, 200], reason

            cluster.stop()
            with Eavesdropper(cluster.port) as eavesdropper:
                assert ask("heard") == [503, 503]
            assert eavesdropper.heard and set(eavesdropper.heard) == {SSL_REQUEST}
        assert SECRET not in server.log()


def hang_up(cluster):
    cluster.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'bearward'")
