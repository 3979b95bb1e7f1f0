"""People who use the service while something befalls it, and hold it to each answer.

What was answered with success has happened, and is there until they themselves undo it. What was refused with 503 has
happened as a whole or not at all: they ask until they know. Nothing else is ever answered, and nothing hangs.
"""

import collections
import contextlib
import pathlib
import random
import shutil
import tempfile
import threading

import httpx

from conftest import PASSWORD, Server, bearer, eventually, started
from test_signin import NAME, OURS, cookies_of, with_cookie

# In seconds. After a refusal, nobody is served sooner by asking at once.
PAUSE, THINK = 0.05, 0.01
CHANGES = {"register", "sign in", "refresh", "password", "revoke", "delete", "browser", "sign out"}
CHECKS = {"check", "check gate"}


@contextlib.contextmanager
def second_host(server):
    """Another host of the same service: it has the settings, keys and secrets of the first, and the same database."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-"))
    shutil.copy(server.conf, directory)
    shutil.copytree(server.state, directory / "state")
    other = Server(directory=directory)
    other.owns_directory = True
    with started(other):
        yield other


class Held:
    """What a sign-in gave: tokens of a program, or the cookie of a browser."""

    def __init__(self, **given):
        self.__dict__.update(given)
        self.is_alive = True            # None: not even its owner knows


class Person(threading.Thread):
    """Has one account after the other, and does everything that can be done with it."""

    def __init__(self, load, number):
        super().__init__(daemon=True)
        self.load, self.number = load, number
        self.accounts = []
        self.start()

    def run(self):
        try:
            while not self.load.is_over.is_set():
                self.accounts.append(Account(self.load, f"person{self.number}x{len(self.accounts)}{self.load.mark}"))
                self.accounts[-1].live()
        except Exception as error:  # noqa: BLE001: the test is told
            self.load.complain(f"person {self.number}: {error!r}")


class Account:
    def __init__(self, load, name):
        self.load, self.name = load, name
        self.id = None
        self.passwords = {PASSWORD}     # one of these; more, while a change is unclear
        self.held = []
        self.is_there = False           # None: nobody knows
        self.history = collections.deque(maxlen=12)

    # -- Asking

    def ask(self, kind, path, expected, method="POST", **options):
        """The answer; None for a refusal that may have come too late."""
        try:
            answer = random.choice(self.load.visitors if kind == "check gate" else self.load.clients).request(method, path, **options)
        except httpx.HTTPError as error:
            self.fault(kind, repr(error))
            return None
        self.history.append(f"{kind} {answer.status_code}")
        self.load.count(kind, answer.status_code)
        if answer.status_code == 503:
            self.load.is_over.wait(PAUSE)
            return None
        if answer.status_code not in expected:
            self.fault(kind, f"{answer.status_code} {answer.text[:200]!r}")
            return None
        return answer

    def until_clear(self, kind, path, expected, **options):
        """Asks again until there is an answer, also when the load is over: somebody mends what is broken."""
        answers = []
        eventually(lambda: self.load.is_given_up or answers.append(self.ask(kind, path, expected, **options)) or answers[-1])
        if answers[-1:] in ([], [None]):
            self.fault(kind, "is refused for ever")
            raise ValueError("no way on")
        return answers[-1], len(answers) > 1

    def fault(self, kind, text):
        self.load.complain(f"{kind} of {self.name} ({' '.join(map(str, self.history))}): {text}")

    # -- A life

    def live(self):
        self.register()
        self.sign_in()
        steps = [self.refresh] * 6 + [self.check] * 6 + [self.sign_in] * 2 + [self.browser] + [self.end] * 2 + [self.password]
        for _ in range(random.randrange(4, 24)):
            if self.load.is_over.is_set():
                return
            random.choice(steps)()
            self.load.is_over.wait(THINK)
        if random.random() < 0.5:
            self.delete()

    def register(self):
        self.is_there = None
        answer, is_unclear = self.until_clear(
            "register", "/users/", {200, 409}, json={"username": self.name, "password": PASSWORD})
        self.is_there = True
        if answer.status_code == 200:
            self.take_id(answer)
        elif not is_unclear:
            self.fault("register", "the name is taken, and nobody has taken it")

    def take_id(self, answer):
        told = answer.json()["id"]
        if self.id not in (None, told):
            self.fault("id", f"was {self.id}, is {told}")
        if self.id is None:
            self.id = told
            self.load.take_id(self, told)

    def sign_in(self):
        """With the password; of two that it may be, with the one or the other."""
        def attempt(password):
            return self.ask("sign in", "/token", {200, 401} if len(self.passwords) > 1 else {200},
                            data={"username": self.name, "password": password})

        def any_of_them():
            for password in sorted(self.passwords):
                answer = attempt(password)
                if answer is not None and answer.status_code == 200:
                    self.settle(password)
                    return answer
            return self.load.is_given_up
        answer = eventually(any_of_them)
        if not isinstance(answer, httpx.Response):
            self.fault("sign in", "is refused for ever")
            raise ValueError("no way on")
        given = answer.json()
        self.held.append(Held(access=given["access_token"], refresh=given["refresh_token"]))

    def settle(self, password):
        """It is known by what succeeded which password it is, and so whether a change has ended the others."""
        self.passwords = {password}

    def programs(self):
        return [held for held in self.held if held.is_alive and hasattr(held, "refresh")]

    def program(self):
        if not self.programs():
            self.sign_in()
        return random.choice(self.programs())

    def refresh(self):
        program = self.program()
        answer, _ = self.until_clear("refresh", "/token", {200},
                                     data={"grant_type": "refresh_token", "refresh_token": program.refresh})
        program.access, program.refresh = answer.json()["access_token"], answer.json()["refresh_token"]

    def check(self):
        if self.held:
            self.check_one(random.choice(self.held))

    def check_one(self, held):
        """Whether it is let in if it must be, and not if it must not."""
        if hasattr(held, "cookie"):
            answer = self.ask("check browser", "/signin?return=/x", {200, 303}, "GET", headers=with_cookie(held.cookie))
            is_in = answer is not None and answer.status_code == 303
        elif random.random() < 0.3:
            answer = self.ask("check gate", "/example/", {200, 401}, "GET", headers=bearer(held.access))
            is_in = answer is not None and answer.status_code == 200
        else:
            answer = self.ask("check", "/users/me/", {200, 401}, "GET", headers=bearer(held.access))
            is_in = answer is not None and answer.status_code == 200
            if is_in:
                self.take_id(answer)
        if answer is not None and held.is_alive is not None and is_in != held.is_alive:
            self.fault("check", f"{'let in' if is_in else 'shut out'}, {vars(held)}")
        return answer

    def browser(self):
        answer, _ = self.until_clear("browser", "/signin", {303}, headers=OURS, data={
            "username": self.name, "password": [*self.passwords][0], "return": "/x"})
        self.held.append(Held(cookie=cookies_of(answer)[NAME][0]))

    def end(self):
        """Signs out a program, or a browser; asks again if it is unclear, since that is how one makes sure."""
        alive = [held for held in self.held if held.is_alive]
        if not alive:
            return
        held = random.choice(alive)
        held.is_alive = None
        if hasattr(held, "cookie"):
            self.until_clear("sign out", "/signout", {303}, headers={**OURS, **with_cookie(held.cookie)}, data={"return": "/x"})
        else:
            self.until_clear("revoke", "/revoke", {200}, data={"token": held.refresh})
        held.is_alive = False

    def password(self):
        """Ends all but the program that changes it."""
        program = self.program()
        [old] = self.passwords
        new = f"{PASSWORD} {len(self.history)}{random.random()}"
        self.passwords = {old, new}
        answer = self.ask("password", "/users/me/password", {204}, headers=bearer(program.access),
                          json={"current_password": old, "new_password": new})
        for held in self.held:
            if held is not program and held.is_alive:
                held.is_alive = None if answer is None else False
        if answer is None:
            self.sign_in()
        else:
            self.settle(new)

    def delete(self):
        program = self.program()
        self.is_there = None
        answer = self.ask("delete", "/users/me/delete", {204}, headers=bearer(program.access),
                          json={"current_password": [*self.passwords][0]})
        for held in self.held:
            held.is_alive = None if answer is None else held.is_alive and False
        if answer is not None:
            self.is_there = False

    # -- Afterwards

    def look_again(self):
        """When all is calm: what was acknowledged is there, and nothing else is."""
        for held in self.held:
            eventually(lambda: self.check_one(held))
        if self.is_there:
            self.sign_in()
            self.check_one(self.held[-1])
        elif self.is_there is False:
            answer = self.ask("sign in", "/token", {401}, data={"username": self.name, "password": [*self.passwords][0]})
            if answer is None:
                self.fault("delete", "it is still there")


class Load:
    """So many people at one server or several, from entering to leaving; use as a context."""

    def __init__(self, *servers, people=6, mark=""):
        self.servers, self.number, self.mark = servers, people, mark
        self.lock = threading.Lock()
        self.is_over = threading.Event()
        self.is_given_up = False
        self.statuses = collections.Counter()
        self.refusals = collections.Counter()       # of each person, by what was asked; a test may clear it
        self.complaints = []
        self.ids = {}

    def __enter__(self):
        self.clients = [server.client() for server in self.servers]
        # The page that the web server guards is not the service's, and in no contract.
        self.visitors = [server.client(event_hooks={}) for server in self.servers]
        self.people = [Person(self, number) for number in range(self.number)]
        return self

    def __exit__(self, kind, *_):
        self.is_over.set()
        self.is_given_up = kind is not None
        for person in self.people:
            person.join(300)
        if kind is None:
            self.look_again()
        for client in self.clients + self.visitors:
            client.close()

    def look_again(self):
        assert not any(person.is_alive() for person in self.people), "a request hangs"
        for account in self.accounts():
            account.look_again()
        assert not self.complaints, "\n".join(self.complaints[:20])
        assert {status for _, status in self.statuses} <= {200, 204, 303, 401, 409, 503}, self.statuses
        for server in self.servers:
            assert server.responder_pids() == server.first_pids, "a responder has died"

    def accounts(self):
        return [account for person in self.people for account in person.accounts]

    def count(self, kind, status):
        with self.lock:
            self.statuses[kind, status] += 1
            if status == 503:
                self.refusals[threading.get_ident(), kind] += 1

    def complain(self, text):
        with self.lock:
            self.complaints.append(text)

    def take_id(self, account, number):
        with self.lock:
            other = self.ids.setdefault(number, account)
        if other is not account:
            account.fault("id", f"{number} is that of {other.name}, too")

    # -- What a test waits for

    def acknowledged(self, kinds=CHANGES):
        """How often each was answered with success."""
        with self.lock:
            return {kind: sum(self.statuses[kind, status] for status in (200, 204, 303)) for kind in kinds}

    def refused(self):
        with self.lock:
            return sum(count for (_, status), count in self.statuses.items() if status == 503)

    def goes_on(self, kinds=frozenset({"register", "sign in", "refresh", "revoke"}), times=1):
        """Waits until each of these has succeeded again."""
        before = self.acknowledged(kinds)
        assert eventually(lambda: self.complaints or all(
            now >= before[kind] + times for kind, now in self.acknowledged(kinds).items())), f"does not go on: {self.statuses}"
        assert not self.complaints, "\n".join(self.complaints[:20])

    def is_refused(self):
        """Waits until somebody is refused."""
        before = self.refused()
        assert eventually(lambda: self.complaints or self.refused() > before), f"nobody is refused: {self.statuses}"
