"""When storage fails, hashes queue up, or somebody sends signals; protocol sections 1.10, 13 and 15."""

import collections
import concurrent.futures
import contextlib
import os
import signal
import socket
import threading

import httpx
import pytest

import expect
from conftest import (
    FRONTS, LASTING, PASSWORD, age_of, bearer, check_sanitizers, connections_to, eventually, has_taken,
    kill_lasting, make_server, register, running, sign_in, slot_taken)
from fastcgi import STDIN, Connection, ask, begin, form_params, get_params, params, record
from killed import Pool
from server import own_memory_kib, wait_for_hash

pytestmark = pytest.mark.plain("is about load and lacks, and sanitizers see the parsers in other tests")

FORM_TYPE = "application/x-www-form-urlencoded"


def unavailable(response):
    """A refusal that may be tried again, in the shape of its family."""
    if response.request.url.path == "/token":
        expect.oauth_error(response, 503, "temporarily_unavailable", "Service temporarily unavailable")
    else:
        expect.detail(response, 503, "Service temporarily unavailable")
    assert int(response.headers["retry-after"]) > 0


# ---- storage

@pytest.fixture(scope="module")
def locked(front):
    """A server that waits for storage only briefly, a client, and a user's token."""
    with running(front, storage_wait=0.2) as server, server.client() as client:
        register(client, "alice")
        yield server, client, sign_in(client, "alice").json()["access_token"]


def test_1_10_registration_while_storage_is_locked_gives_503(locked, new_name):
    server, client, _ = locked

    with server.storage.taken():
        response = register(client, new_name())

    unavailable(response)


def test_15_1_registration_that_got_503_has_changed_nothing(locked, new_name):
    server, client, _ = locked
    name = new_name()

    with server.storage.taken():
        unavailable(register(client, name))

    assert sign_in(client, name).status_code == 401
    expect.json_body(register(client, name, "another password"), 200)
    assert sign_in(client, name, "another password").status_code == 200


def test_15_6_me_goes_on_while_storage_is_locked(locked, new_name):
    server, client, token = locked

    with server.storage.taken(), concurrent.futures.ThreadPoolExecutor(8) as pool:
        registering = [pool.submit(register, client, new_name()) for _ in range(8)]
        answers = [client.get("/users/me/", headers=bearer(token)) for _ in range(20)]

    assert [response.status_code for response in answers] == [200] * 20
    assert {future.result().status_code for future in registering} == {503}


def test_1_10_registrations_succeed_as_soon_as_storage_is_free(locked, new_name):
    server, client, _ = locked
    with server.storage.taken():
        register(client, new_name())

    expect.json_body(register(client, new_name()), 200)


def test_1_10_wait_for_storage_is_long_enough_for_a_short_lock(start_server, new_name):
    server = start_server(storage_wait=60)
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(1) as pool:
        with server.storage.taken():
            registering = pool.submit(register, client, "alice")
            # It has its turn among ours, and waits for the others.
            assert eventually(server.storage.is_waited_for)

        expect.json_body(registering.result(), 200)


def test_1_10_database_that_turned_to_garbage_lets_nobody_in(start_server):
    server = start_server()
    with server.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["access_token"]
        server.storage.spoil()

        # Nothing has been looked up here before, so that nothing is remembered.
        me = [client.get("/users/me/", headers=bearer(token)) for _ in range(8)]
        wrong = [sign_in(client, "alice", "wrong password") for _ in range(8)]

    for response in me:
        unavailable(response)
    assert {response.status_code for response in wrong} <= {401, 503, server.cannot_start}


# ---- hashes

COSTLY = {"scrypt_log2_n": 16, "scrypt_r": 8, "scrypt_p": 1, "hash_slots": 1}
FLOODED = {**COSTLY, "scrypt_log2_n": 14}       # for hundreds of logins


@pytest.fixture(scope="module")
def busy(front):
    """One real hash at a time, and no patience for a second; with the token of `alice`."""
    with running(front, **COSTLY, hash_wait=0.01) as server, server.client() as client:
        assert server.command("user", "add", "alice", stdin=f"{PASSWORD}\n").returncode == 0
        answers = flood(lambda: [sign_in(client, "alice")], {200})
        yield server, client, answers[-1].json()["access_token"]


def flood(ask_many, expected):
    """Asks again and again until all that is expected has come, and nothing else but refusals; all answers.

    Where nobody may wait, a busy machine may have everybody wait too long, or nobody meet another.
    """
    answers = []

    def statuses():
        return {response.status_code for response in answers}

    def is_complete():
        answers.extend(ask_many())
        return statuses() >= expected

    eventually(is_complete)
    assert expected <= statuses() <= expected | {503}
    return answers


def side_by_side(*asks):
    with concurrent.futures.ThreadPoolExecutor(len(asks)) as pool:
        return [future.result() for future in [pool.submit(ask) for ask in asks]]


def test_13_hash_that_finds_no_slot_gives_503_and_the_others_succeed(busy):
    _, client, _ = busy

    answers = flood(lambda: side_by_side(*8 * [lambda: sign_in(client, "alice")]), {200, 503})

    for response in answers:
        if response.status_code == 503:
            unavailable(response)


def test_13_slots_are_shared_by_the_pools(busy, new_name):
    server, client, _ = busy

    # One that the other pool keeps warm must be had, too.
    flood(lambda: [register(client, new_name())], {200})
    flood(lambda: [sign_in(client, "alice")], {200})
    with slot_taken(server):
        answers = [sign_in(client, "alice"), register(client, new_name())]

    for response in answers:
        unavailable(response)


def test_13_overload_does_not_tell_who_exists(busy):
    _, client, _ = busy

    flood(lambda: side_by_side(*8 * [lambda: sign_in(client, "nobody")]), {401, 503})


def test_15_6_me_goes_on_while_hashes_queue_up(busy):
    _, client, token = busy

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        flood = [pool.submit(sign_in, client, "alice") for _ in range(32)]
        answers = [client.get("/users/me/", headers=bearer(token)) for _ in range(30)]

    assert [response.status_code for response in answers] == [200] * 30
    assert {future.result().status_code for future in flood} <= {200, 503}


def test_13_hash_that_may_wait_gets_its_turn(start_server):
    server = start_server(**COSTLY)
    with server.client() as client:
        register(client, "alice")

        answers = side_by_side(*6 * [lambda: sign_in(client, "alice")])

    assert [response.status_code for response in answers] == [200] * 6


@pytest.mark.slow
def test_13_what_cannot_have_its_turn_in_time_is_refused_while_those_before_it_wait(start_plain_server):
    server = start_plain_server(scrypt_log2_n=15, scrypt_r=8, scrypt_p=16, hash_slots=1, hash_wait=10)
    token = server.socket("token")
    asking = []
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(200) as pool:
        register(client, "alice")
        assert sign_in(client, "alice").status_code == 200	# now it is known how long one takes

        with slot_taken(server):
            while not any(future.done() for future in asking):
                asking.append(pool.submit(sign_in, client, "alice"))
                assert eventually(lambda: asking[-1].done() or connections_to(token) == len(asking))
            refused = [future for future in asking if future.done()]
            assert asking[0] not in refused
            # It would take too long to have all the others served.
            kill_lasting(server.responder_pids("token"))

    for future in refused:
        unavailable(future.result())


# It counts within a process; these have one for each request, or nearly.
@pytest.mark.only(*(front for front in FRONTS if front not in ("apache-fcgid", "htaccess-cgi", "htaccess-fcgid")))
def test_13_more_hashes_than_hash_waiting_are_refused(start_server):
    server = start_server(hash_slots=1, hash_waiting=2)
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(12) as pool:
        register(client, "alice")

        with slot_taken(server):
            asking = [pool.submit(sign_in, client, "alice") for _ in range(12)]
            assert eventually(lambda: sum(future.done() for future in asking) >= 8)
        statuses = collections.Counter(future.result().status_code for future in asking)

    assert statuses.keys() == {200, 503} and statuses[503] >= 8, statuses


def test_13_others_are_answered_while_every_thread_waits_for_a_hash(start_server):
    server = start_server(hash_slots=1, threads=1)
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(6) as pool:
        register(client, "alice")
        with slot_taken(server):
            waiting = [pool.submit(sign_in, client, "alice") for _ in range(6)]
            assert eventually(lambda: wait_for_hash(server, 6))

            status = client.options("/token").status_code

        assert status == 204
        assert [future.result().status_code for future in waiting] == [200] * 6


def test_13_those_who_are_refused_again_and_again_leave_threads_to_others(start_plain_server):
    server = start_plain_server(hash_slots=1, hash_waiting=16, threads=1)
    token = server.socket("token")
    is_over = threading.Event()

    def guess():
        with server.client() as client:
            while not is_over.is_set():
                sign_in(client, "alice", "not this one")

    with server.client() as client, concurrent.futures.ThreadPoolExecutor(28) as pool:
        with slot_taken(server):
            # A quarter of the places is for one address; the others are refused, and come again at once.
            guessers = [pool.submit(guess) for _ in range(28)]
            is_room_left = eventually(lambda: connections_to(token) >= 26)
            status = client.options("/token").status_code
            is_over.set()
        for guesser in guessers:
            guesser.result()

    assert is_room_left
    assert status == 204


def test_13_whoever_comes_all_at_once_may_wait_whatever_the_socket_was_made_for(start_plain_server):
    pool = Pool(start_plain_server(), "token")      # its socket is for 64
    pool.start()
    with contextlib.ExitStack() as ending:
        ending.callback(pool.stop)
        pool.process.send_signal(signal.SIGSTOP)
        for _ in range(200):
            connection = ending.enter_context(socket.socket(socket.AF_UNIX))
            connection.setblocking(False)

            connection.connect(pool.path)           # or BlockingIOError


def own_mib(pid):
    """What a process does not share with any other, and with no file."""
    return own_memory_kib(pid) >> 10


def threads_of(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def peak_mib(pid):
    """The most that a process has had in memory until now."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) >> 10


@pytest.mark.slow
@pytest.mark.exact
def test_13_threads_beyond_the_setting_go_when_nothing_is_left_to_do(start_plain_server):
    server = start_plain_server(hash_slots=1, hash_memory_idle=1, threads=1)
    [pid] = server.responder_pids("token")
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(64) as pool:
        register(client, "alice")
        # The main thread and one that serves; another may have been started by what has been asked so far.
        assert eventually(lambda: threads_of(pid) == 2), threads_of(pid)
        with slot_taken(server):
            asking = [pool.submit(sign_in, client, "alice") for _ in range(64)]
            assert eventually(lambda: threads_of(pid) >= 2 + 64), threads_of(pid)
        statuses = {future.result().status_code for future in asking}

    assert statuses == {200}
    # The hashing thread stays.
    assert eventually(lambda: threads_of(pid) == 3), threads_of(pid)
    # What they kept is given back after they have gone, not only after the last request has come.
    assert eventually(lambda: own_mib(pid) < 4), own_mib(pid)


def test_13_hashes_give_way_to_whoever_answers(start_plain_server):
    server = start_plain_server(**COSTLY)
    [pid] = server.responder_pids("token")
    with server.client() as client:
        register(client, "alice")
        assert sign_in(client, "alice").status_code == 200

    threads = {int(thread) for thread in os.listdir(f"/proc/{pid}/task")}
    background = {thread for thread in threads if os.sched_getscheduler(thread) == os.SCHED_BATCH}
    niceness = {thread: os.getpriority(os.PRIO_PROCESS, thread) for thread in threads}

    assert len(background) == COSTLY["hash_slots"]
    others = max(niceness[thread] for thread in threads - background)
    assert {niceness[thread] for thread in background} == {min(19, others + 2)}


@pytest.mark.slow
def test_13_memory_for_hashes_is_given_back_after_a_quiet_time(start_plain_server):
    server = start_plain_server(**COSTLY, hash_memory_idle=1)
    [pid] = server.responder_pids("token")
    with server.client() as client:
        register(client, "alice")
        assert sign_in(client, "alice").status_code == 200

    assert peak_mib(pid) > 64	# 128 N r of one hash
    assert eventually(lambda: own_mib(pid) < 32)


def parent_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])


def replace_with_open_files(server, limit):
    """Has the supervisor of each responder start another one, which may open no more files than that."""
    for pid in server.responder_pids():
        server.limit(parent_of(pid), "nofile", limit, limit)
        os.kill(pid, signal.SIGTERM)
    assert eventually(lambda: len(set(server.responder_pids()) - set(server.first_pids)) == len(server.first_pids))
    server.first_pids = server.responder_pids()


def test_13_a_flood_fits_the_usual_limit_of_open_files(start_plain_server):
    server = start_plain_server(**FLOODED, log_level="info")
    replace_with_open_files(server, 1024)
    most = 0
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(400) as pool:
        register(client, "alice")
        pending = {pool.submit(sign_in, client, "alice") for _ in range(800)}
        answers = []
        while pending:
            done, pending = concurrent.futures.wait(pending, 0.1)
            answers += [future.result() for future in done]
            most = max(most, *(len(os.listdir(f"/proc/{pid}/fd")) for pid in server.responder_pids()))

    # On a busy machine nginx may give one up, with 504.
    assert {200, 503} <= {response.status_code for response in answers} <= {200, 503, 504}
    assert most <= 400
    assert " error " not in server.log()


def test_13_what_does_not_fit_the_limit_of_open_files_is_said_once(start_plain_server):
    server = start_plain_server(**FLOODED, log_level="info")
    replace_with_open_files(server, 128)
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(200) as pool:
        register(client, "alice")
        answers = list(pool.map(lambda _: sign_in(client, "alice"), range(400)))

    assert 200 in {response.status_code for response in answers}
    lines = [line for line in server.log().splitlines() if "open files" in line]
    assert all("too few descriptors" in line for line in lines), lines
    assert len(lines) == sum(len(server.responder_pids(pool)) for pool in ("token", "users", "signin", "account"))


def open_files_limits(pid):
    with open(f"/proc/{pid}/limits") as limits:
        return next(line.split()[3:5] for line in limits if line.startswith("Max open files"))


# It has a connection of its own for each request: one that nginx keeps would need none.
@pytest.mark.only_nginx("speaks FastCGI to the responder itself")
def test_13_too_few_descriptors_to_accept_are_told_once_and_whoever_waits_is_served(start_plain_server):
    server = start_plain_server(log_level="info")
    [pid] = server.responder_pids("me")
    limits = open_files_limits(pid)
    said = 'event="too few descriptors: raise the limit of open files"'
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            # None is left but those that are open.
            server.limit(pid, "nofile", 0, limits[1])
            asking = [pool.submit(ask, server.socket("me"), get_params()) for _ in range(4)]
            assert eventually(lambda: said in server.log())
            server.limit(pid, "nofile", *limits)
            assert [future.result().status_code for future in asking] == [401] * 4

    assert server.log().count(said) == 1
    assert "cannot accept" not in server.log()


@pytest.mark.slow
@pytest.mark.exact
def test_13_once_it_is_quiet_after_a_flood_little_is_kept(start_plain_server):
    server = start_plain_server(hash_memory_idle=1)
    pids = server.responder_pids()
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(64) as pool:
        register(client, "alice")
        tokens = [answer.json()["access_token"] for answer in pool.map(lambda _: sign_in(client, "alice"), range(500))]
        assert all(client.get("/users/me/", headers=bearer(token)).status_code == 200 for token in tokens)

    # Each connection to the database keeps up to half a MiB of its pages, and more of them are open after more load.
    assert eventually(lambda: max(map(own_mib, pids)) < 6), [own_mib(pid) for pid in pids]


@pytest.mark.parametrize("kernel", ["sse2", "libscrypt"])
def test_13_every_kernel_accepts_what_another_has_made(start_server, kernel):
    server = start_server()
    with server.client() as client:
        register(client, "alice")
        server.stop()
        server.write_settings(hash_kernel=kernel)
        server.start()
    with server.client() as client:
        register(client, "bob")
        assert sign_in(client, "alice").status_code == 200
        assert sign_in(client, "alice", "wrong password").status_code == 401
        server.stop()
        server.write_settings()
        server.start()
    with server.client() as client:
        assert sign_in(client, "bob").status_code == 200


# ---- signals

@pytest.fixture(scope="module")
def restarting(front):
    """A server whose responders come and go; the user `alice`."""
    server = make_server(front, threads=2).start()
    with server.client() as client:
        register(client, "alice")
        yield server, client
    server.stop()
    check_sanitizers(server)
    server.remove()


def pid_of(server, endpoint):
    """The responder's, once the one that the last test stopped has been followed by another that is there to stay."""
    [pid] = eventually(lambda: [pid for pid in server.responder_pids(endpoint) if age_of(pid) > LASTING])
    return pid


def form_of(user):
    return f"username={user}&password={PASSWORD.replace(' ', '+')}".encode()


def half_sent(server, endpoint, body, **changes):
    """A request whose body is not all there yet, in the hands of the responder."""
    connection = Connection(server.socket(endpoint))
    connection.send(begin() + params(form_params(body, **changes)) + record(STDIN, body[:10]))
    assert eventually(connection.is_read)
    return connection


to_the_responder = pytest.mark.only_nginx("speaks FastCGI to the responder itself")


@to_the_responder
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGPIPE],
                         ids=lambda number: number.name)
def test_15_1_signal_does_not_cut_a_request_in_flight(restarting, number):
    server, client = restarting
    body = form_of("alice")
    pid = pid_of(server, "token")

    with half_sent(server, "token", body) as connection:
        os.kill(pid, number)
        # SIGPIPE is blocked for good.
        assert number == signal.SIGPIPE or eventually(lambda: has_taken(pid, number))
        connection.send(record(STDIN, body[10:]) + record(STDIN))
        answer = connection.answer()

    assert answer is not None, "it hung up"
    expect.json_body(answer, 200)
    # Whether it stays (SIGPIPE) or another takes its place, the service goes on.
    if number != signal.SIGPIPE:
        assert eventually(lambda: pid not in server.responder_pids("token")), "it does not stop"
    assert eventually(lambda: sign_in(client, "alice").status_code == 200)


@to_the_responder
def test_15_1_responder_that_was_told_to_stop_does_so_and_another_takes_over(restarting):
    server, client = restarting
    pid = pid_of(server, "token")

    os.kill(pid, signal.SIGTERM)

    assert eventually(lambda: pid not in server.responder_pids("token")), "it does not stop"
    assert eventually(lambda: sign_in(client, "alice").status_code == 200), "none took over"


@to_the_responder
def test_15_1_registration_in_flight_is_finished_and_kept(restarting, new_name):
    server, client = restarting
    name = new_name()
    body = b'{"username":"%s","password":"%s"}' % (name.encode(), PASSWORD.encode())
    pid = pid_of(server, "users")

    with half_sent(server, "users", body, CONTENT_TYPE="application/json") as connection:
        os.kill(pid, signal.SIGTERM)
        assert eventually(lambda: has_taken(pid, signal.SIGTERM))
        connection.send(record(STDIN, body[10:]) + record(STDIN))
        answer = connection.answer()

    assert expect.json_body(answer, 200)["username"] == name
    assert sign_in(client, name).status_code == 200


def restart_one_by_one(server, endpoint):
    """A rolling restart; a web server that keeps as many as it likes may have none between two requests."""
    for pid in server.responder_pids(endpoint):
        count = len(server.responder_pids(endpoint)) if server.keeps_responders else 0
        kill_lasting([pid], signal.SIGTERM)
        assert eventually(lambda: pid not in server.responder_pids(endpoint)
                          and len(server.responder_pids(endpoint)) >= count), "none took over"


has_processes = pytest.mark.only(*(front for front in FRONTS if front != "htaccess-cgi"))


# mod_fcgid does not look whether a process that it knows is still there: `apachectl graceful` is its way.
@pytest.mark.only(*(front for front in FRONTS if front not in ("apache-fcgid", "htaccess-cgi", "htaccess-fcgid")))
def test_15_1_no_request_fails_while_responders_are_restarted(restarting):
    server, client = restarting

    with asking(lambda: client.get("/users/me/").status_code) as statuses:
        for _ in range(2):
            restart_one_by_one(server, "me")

    assert set(statuses) == {401}, statuses


@has_processes
def test_15_1_killed_responder_is_soon_back_and_the_others_never_notice(restarting, new_name):
    server, client = restarting
    # A web server that starts them by need may have ended this one.
    assert eventually(lambda: register(client, new_name()).status_code == 200 and server.responder_pids("users"))

    with asking(lambda: client.get("/users/me/").status_code, lambda: sign_in(client, "alice").status_code) as statuses:
        assert eventually(lambda: min(statuses[401], statuses[200]) > 4)
        kill_lasting(server.responder_pids("users"))
        is_back = eventually(lambda: register(client, new_name()).status_code == 200)
        before = min(statuses[401], statuses[200])
        assert eventually(lambda: min(statuses[401], statuses[200]) > before + 4)

    assert is_back
    assert set(statuses) == {401, 200}, statuses


@contextlib.contextmanager
def asking(*questions):
    """Asks each from two threads all the while; gives the count of each answer, complete at the end."""
    answers = collections.Counter()
    done = threading.Event()

    def ask(question):
        while not done.is_set():
            answers[question()] += 1

    with concurrent.futures.ThreadPoolExecutor(2 * len(questions)) as pool:
        threads = [pool.submit(ask, question) for question in 2 * questions]
        try:
            yield answers
        finally:
            done.set()
    for thread in threads:
        thread.result()


def test_15_1_responder_that_was_told_to_stop_ends_while_logins_keep_coming_and_loses_none(start_plain_server):
    server = start_plain_server(scrypt_log2_n=15, scrypt_r=8, scrypt_p=2, hash_kernel="libscrypt", hash_slots=2)
    server.edit("fastcgi_read_timeout 30s;", "fastcgi_read_timeout 300s;")  # on a busy machine, hashes take long
    [pid] = server.responder_pids("token")
    is_over = threading.Event()

    def keep_signing_in(client):
        statuses = []
        while not is_over.is_set():
            statuses.append(sign_in(client, "alice").status_code)
        return statuses

    with server.client() as client, concurrent.futures.ThreadPoolExecutor(8) as pool:
        register(client, "alice")
        asking = [pool.submit(keep_signing_in, client) for _ in range(8)]
        assert eventually(lambda: connections_to(server.socket("token")) >= 8)
        os.kill(pid, signal.SIGTERM)
        has_ended = eventually(lambda: pid not in server.responder_pids("token"))
        is_over.set()

    assert has_ended
    assert {status for future in asking for status in future.result()} == {200}


def test_instance_stops_while_requests_come_in_and_leaves_nothing_behind(start_server):
    server = start_server(**{**COSTLY, "hash_slots": 4})
    with server.client() as client, concurrent.futures.ThreadPoolExecutor(4) as pool:
        register(client, "alice")
        asking = [pool.submit(status_or_none, client) for _ in range(8)]

        server.stop()	# checks by itself that no process is left

    assert {future.result() for future in asking} <= {200, 502, 503, None}


def status_or_none(client):
    with contextlib.suppress(httpx.TransportError):
        return sign_in(client, "alice").status_code


# ---- secrets

def test_15_7_secrets_are_in_no_log_and_in_no_error(start_server):
    server = start_server()
    canary = "c4nary-in-the-c0al-mine"
    with server.client() as client:
        register(client, "alice", canary)
        token = sign_in(client, "alice", canary).json()["access_token"]
        answers = [
            register(client, "alice", canary),
            register(client, canary + " no name", PASSWORD),
            client.post("/users/", content=f'{{"password":"{canary}"', headers={"Content-Type": "application/json"}),
            client.post("/users/", json={"username": 1, "password": canary}),
            client.post("/users/", json={"username": "bob", "password": canary + "\x01"}),
            sign_in(client, "alice", canary + "x"),
            sign_in(client, canary, canary),
            sign_in(client, "alice", "x", scope=canary, client_secret=canary),
            client.post("/token?password=" + canary, data={"username": "alice"}),
            client.post("/token", content=f"password={canary}%", headers={"Content-Type": FORM_TYPE}),
            client.get("/users/me/", params={"access_token": canary}),
            client.get("/users/me/", params={"access_token": token}, headers=bearer(token)),
            client.get("/users/me/", headers=bearer(canary)),
            client.get("/users/me/", headers={"Authorization": "Basic " + canary}),
            client.get("/users/me/", headers=bearer(token + canary)),
            client.get("/nowhere/", params={"password": canary}),
        ]
        expect.json_body(client.get("/users/me/", headers=bearer(token)), 200)
        server.stop()
    secrets = [canary, token, token.rpartition(".")[2], *hashes(server), *keys(server)]

    for path in (server.directory / "log").iterdir():
        written = path.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in written], path.name
    for response in answers:
        assert 400 <= response.status_code < 500
        assert not [secret for secret in secrets if secret in response.text + str(response.headers)]


def hashes(server):
    return [stored for (stored,) in server.query("SELECT hashed_password FROM users")]


def keys(server):
    return [path.read_text().strip() for path in (server.state / "keys").iterdir()]
