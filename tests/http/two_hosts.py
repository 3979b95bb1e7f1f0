"""Two hosts of a test's own that share a PostgreSQL."""

import collections
import contextlib
import itertools
import shutil

from conftest import register
from server import Server
from test_attempts import client_at, counting

SIZES = counting(strangers=12, known=3, registrations=4)


class Hosts:
    """Two servers with nothing in common but the database: the state of each, and its responders, are its own."""

    def __init__(self, **settings):
        self.first = Server(engine="postgresql", **SIZES, **settings)
        self.uri = self.first.cluster.uri(self.first.made_database)
        self.second = Server(database=self.uri, **SIZES, **settings)
        self.both = [self.first, self.second]
        self.numbers = itertools.count(1)

    def __iter__(self):
        return iter(self.both)

    def share_keys(self):
        """Gives the second host the keys of the first, once that has some."""
        if self.first.state.exists():
            self.second.state.mkdir(0o700)
            for name in ("keys", "signing", "public"):
                shutil.copytree(self.first.state / name, self.second.state / name)

    def new_address(self):
        """An address from which nobody has come yet."""
        return f"127.9.{next(self.numbers)}.1"

    def new_user(self, name):
        """A user whom the first host registers, from an address where nobody does so again."""
        with client_at(self.first, self.new_address()) as client:
            assert register(client, name).status_code == 200
        return name

    def query(self, text, *values):
        return self.first.query(text, *values)

    def taken(self):
        """How many budgets of each kind attempts are taken from."""
        return collections.Counter(dict(self.query(
            "SELECT kind, count(*) FROM attempts WHERE full_at > extract(epoch FROM now()) * 1000 GROUP BY kind")))


@contextlib.contextmanager
def running_hosts(**settings):
    """Both, started one after the other; the second has the keys of the first."""
    hosts = Hosts(**settings)
    with contextlib.ExitStack() as stack:
        for host in hosts:
            stack.callback(host.remove)
            stack.callback(host.stop)
            hosts.share_keys()
            host.start()
        yield hosts
