"""Clients that keep one newest refresh token for all their tabs (protocol section 19.6), while much of what can go wrong does.

A simulation writes down each request and what it was answered with, also where a client never learns that. What may
not happen is read from these lists afterwards: a client that is signed out, two successors of one token.
"""

import asyncio
import collections
import dataclasses
import json
import random
import time
import urllib.parse

import clock
from conftest import PASSWORD

# How long a request that nobody waits for any more may still be on its way, in seconds.
ABANDONED = 10

GATEWAY = {502, 503, 504}       # what a web server says when a responder dies under it

# How an answer is lost: the client leaves before it comes, leaves in the middle of it, or forgets it.
LOSSES = {"abandoned": 1, "cut off": 9, "forgotten": 10}


@dataclasses.dataclass
class Exchange:
    """One refresh: what was shown, and what came back of it."""

    shown: str
    sent_at: int                # by the clock of the service
    answered_at: float = None   # at the latest
    status: int = None          # None: nobody knows
    given: str = None           # the refresh token in the answer
    is_lost: bool = True        # to the client


class Client:
    """Several tabs with one store; each reads the newest token from it when it sends."""

    def __init__(self, simulation, number):
        self.simulation = simulation
        self.name = f"refreshing{number // 50}"
        self.exchanges = []
        self.on_the_way = collections.Counter()     # what is shown by requests that have not come to an end
        self.has_moved = asyncio.Condition()
        self.is_out = False
        self.not_let_in = []                # answers to access tokens

    async def sign_in(self):
        status, answer = await self.simulation.ask("/token", {"username": self.name, "password": PASSWORD})
        assert status == 200, answer
        self.newest = answer["refresh_token"]

    async def run_tab(self):
        while not self.is_out:
            at_once = random.choice([1, 1, 1, 1, 2, 4])
            await asyncio.gather(*(self.refresh() for _ in range(at_once)))
            await asyncio.sleep(random.uniform(0, 2 * self.simulation.pause))

    async def refresh(self):
        """Until there is an answer, or another tab has one; as long as it takes."""
        shown = await self.turn()
        while not self.is_out and self.newest == shown:
            exchange, answer = await self.send(shown)
            if not exchange.is_lost:
                await self.take(exchange, answer)
                return
            if random.random() < self.simulation.late:
                await asyncio.sleep(self.simulation.window + random.random() / 2)
            shown = await self.turn()

    async def turn(self):
        """The newest token, once no older one is on its way: none may outlive two rotations (protocol section 42)."""
        async with self.has_moved:
            await self.has_moved.wait_for(lambda: self.on_the_way.keys() <= {self.newest})
            return self.newest

    async def send(self, shown):
        loss = None
        if random.random() < self.simulation.loss:
            loss = random.choices(list(LOSSES), LOSSES.values())[0]
        exchange = Exchange(shown, clock.now())
        self.simulation.write_down(self, exchange)
        self.on_the_way[shown] += 1
        answer = await self.simulation.ask("/token", {"grant_type": "refresh_token", "refresh_token": shown}, loss)
        exchange.answered_at = time.time() + ABANDONED * (loss == "abandoned")
        if answer is not None:
            exchange.status, content = answer
            exchange.given = content.get("refresh_token")
            exchange.is_lost = loss is not None or exchange.status in GATEWAY
        if loss == "abandoned":
            asyncio.get_running_loop().call_later(ABANDONED, lambda: asyncio.ensure_future(self.arrive(shown)))
        else:
            await self.arrive(shown)
        return exchange, answer

    async def arrive(self, shown):
        async with self.has_moved:
            self.on_the_way -= collections.Counter([shown])
            self.has_moved.notify_all()

    async def take(self, exchange, answer):
        """Stores a token that is newer, before it uses the access token that came with it."""
        if exchange.status != 200:
            self.is_out = True
            return
        async with self.has_moved:
            if self.newest == exchange.shown:
                self.newest = exchange.given
            self.has_moved.notify_all()
        await self.use(answer[1]["access_token"])

    async def use(self, access_token):
        answer = await self.simulation.ask("/users/me/", token=access_token)
        if answer is None or answer[0] != 200:
            self.not_let_in.append(answer)

    async def come_back(self):
        """Refreshes once more when all is calm."""
        if not self.is_out:
            self.on_the_way.clear()
            await self.refresh()


class Simulation:
    """So many clients at a server, until they have sent so many refreshes together, some responders have died, and so many
    clients are signed out.

    loss: of how many answers the client learns nothing; late: how many of these it asks for again only after the
    window. pause: between two refreshes of a tab. Times are in seconds.
    """

    def __init__(self, server, refreshes, clients=100, tabs=3, loss=0.05, late=0.3, window=1, pause=0.5,
                 least_out=0):
        self.port = server.port
        self.refreshes = refreshes
        self.loss, self.late, self.window, self.pause = loss, late, window, pause
        self.clients = [Client(self, number) for number in range(clients)]
        self.tabs = tabs
        self.least_out = least_out
        self.exchanges = []
        self.deaths = 0                     # counted by who kills

    async def run(self, *companions):
        """Companions are coroutines, and run beside the clients until these have done their part."""
        self.is_enough = asyncio.Event()
        for first in range(0, len(self.clients), 20):
            await asyncio.gather(*(client.sign_in() for client in self.clients[first:first + 20]))
        tabs = asyncio.gather(*(client.run_tab() for client in self.clients for _ in range(self.tabs)))
        tasks = [asyncio.ensure_future(self.is_enough.wait()), tabs, *map(asyncio.ensure_future, companions)]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        self.loss = 0
        for first in range(0, len(self.clients), 20):
            await asyncio.gather(*(client.come_back() for client in self.clients[first:first + 20]))

    def write_down(self, client, exchange):
        client.exchanges.append(exchange)
        self.exchanges.append(exchange)
        if (len(self.exchanges) >= self.refreshes and self.deaths >= 4
                and sum(client.is_out for client in self.clients) >= self.least_out):
            self.is_enough.set()

    async def ask(self, path, form=None, loss=None, token=None):
        """The status and the object of an answer; None when none came. A connection a request."""
        body = urllib.parse.urlencode(form or {})
        lines = [f"{'POST' if form else 'GET'} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
        if form:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        received = b""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(("\r\n".join([*lines, "", ""]) + body).encode())
            await writer.drain()
            if loss == "cut off":
                await reader.read(random.randint(1, 400))
            elif loss != "abandoned":
                received = await reader.read(-1)
        except ConnectionError:
            pass
        finally:
            writer.close()
        head, _, content = received.partition(b"\r\n\r\n")
        return (int(head.split()[1]), json.loads(content)) if content else None

    # -- What came of it

    def refused(self):
        """Answers that are no success, and not of a web server that has lost its responder."""
        return [exchange for exchange in self.exchanges if exchange.status not in {None, 200} | GATEWAY]

    def not_let_in(self):
        """Answers to access tokens of clients that are signed in."""
        return [answer for client in self.clients if not client.is_out for answer in client.not_let_in]

    def tokens_with_two_successors(self):
        successors = collections.defaultdict(set)
        for exchange in self.exchanges:
            if exchange.given not in {None, exchange.shown}:
                successors[exchange.shown].add(exchange.given)
        return [shown for shown, given in successors.items() if len(given) > 1]

    def generations(self):
        return len({exchange.shown for exchange in self.exchanges})


def longest_run(client, window):
    """How many generations in a row a client may have asked for again after the window, at most, by what it did.

    For the service, moments are whole seconds. A token was replaced at the earliest when it was first sent, but for
    times when it came back itself, and a window after the one before it was. What was abandoned may have come late.
    """
    by_token = {}
    for exchange in client.exchanges:
        by_token.setdefault(exchange.shown, []).append(exchange)
    longest = run = replaced_at = 0
    for shown, exchanges in by_token.items():
        after = [exchange for exchange in exchanges if exchange.given != shown]
        came_back_at = max((exchange.sent_at for exchange in exchanges if exchange.given == shown), default=0)
        if not after:
            break
        replaced_at = max(came_back_at, after[0].sent_at, replaced_at + window)
        is_late = len(after) > 1 and max(int(exchange.answered_at or 0) for exchange in after) - replaced_at >= window
        run = run + 1 if is_late else 0
        longest = max(longest, run)
    return longest
