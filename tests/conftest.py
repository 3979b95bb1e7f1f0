"""What the tests share: a real bearward behind each real web server."""

import contextlib
import os
import signal
import threading

import pytest

import contract
import postgresql
from gateways import FRONTS, OTHERS, make_server
from server import (  # noqa: F401: the tests take these from here
    BUILDS, ENGINES, FAST, LASTING, ON_REQUEST, PATIENCE, TOP, Server, age_of, children_of, connections_to, edit_nginx, eventually,
    free_port, has_taken, is_locked, kill_lasting, processes, slot_taken)

PASSWORD = "correct horse battery staple"
LANE = os.environ.get("PYTEST_XDIST_WORKER")    # None: pytest without pytest-xdist, all in one process


def check_health(server):
    """What must hold after any test: the same processes, and no sanitizer has spoken."""
    if server.keeps_responders:
        assert server.responder_pids() == server.first_pids, "a responder has died"
    check_sanitizers(server)


def check_sanitizers(server):
    for word in ("AddressSanitizer", "runtime error:", "LeakSanitizer", "ThreadSanitizer"):
        assert word not in server.log()


def pytest_addoption(parser):
    parser.addoption("--build", action="append", choices=list(BUILDS), help="which builds to test; default: plain and sanitized")
    parser.addoption("--front", action="append", choices=list(FRONTS),
                     help="behind which web servers to test; default: nginx, and the core behind the others")
    parser.addoption("--every-front", action="store_true", help="every test behind every web server")
    parser.addoption("--engine", choices=ENGINES,
                     help="on which database; default: sqlite, and what is stored also on postgresql, behind nginx as built")


def pytest_configure(config):
    # A job in the background may come with SIGINT ignored, and so would all that it starts.
    # pytest-xdist now and then runs a lane in another thread than the first, which alone may set that.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Settings that a group could write are refused.
    os.umask(0o022)
    Server.engine = config.getoption("engine") or Server.engine
    config.addinivalue_line("filterwarnings", "ignore:'crypt' is deprecated:DeprecationWarning")
    config.addinivalue_line("markers", "xdist_group(name): one lane of pytest-xdist runs all of a group")
    config.addinivalue_line("markers", "slow: not in `make quick`")
    config.addinivalue_line("markers", "thorough: only where there is time for it, as in `make check-servers`")
    config.addinivalue_line("markers", "exact: counts memory or threads, and ThreadSanitizer has its own")
    config.addinivalue_line("markers", "plain(why): once, but with each build where there is time for it, as in `make check-servers`")
    config.addinivalue_line("markers", "sanitized(why): likewise, but with the last")
    config.addinivalue_line("markers", "once(why): of the builds asked for, only with the first")
    config.addinivalue_line("markers", "core: also behind the other web servers in `make check`")
    config.addinivalue_line("markers", "stored: also on PostgreSQL in `make check`")
    config.addinivalue_line("markers", "sqlite(why): not on PostgreSQL, since it is about the file of SQLite")
    config.addinivalue_line("markers", "only(front, ...): only behind these")
    config.addinivalue_line("markers", "only_nginx(why): not about what stands between client and responder")
    config.addinivalue_line("markers", "whole_suite: comes last, and only when all of tests/http has run")
    config.addinivalue_line("markers", "self_contained: shares nothing with other tests, and may run beside them")
    config.addinivalue_line("markers", "exception(why, front, ...): what these do otherwise; an xfail")


def builds_of(metafunc):
    option, mark = metafunc.config.getoption, metafunc.definition.get_closest_marker
    builds = option("build") or [build for build in BUILDS if build != ON_REQUEST]
    if mark("once") or mark("plain") and not option("every_front"):
        return builds[:1]
    return builds[-1:] if mark("sanitized") and not option("every_front") and not option("front") else builds


def second_engine_of(metafunc):
    """What a test runs on besides, by the name that it has among the FRONTS."""
    option, mark = metafunc.config.getoption, metafunc.definition.get_closest_marker
    is_wanted = "postgresql" in (option("front") or ()) or mark("stored") and not option("front") and not option("build")
    return ["postgresql"] if is_wanted and not option("engine") and not mark("sqlite") else []


def fronts_of(metafunc):
    """The web servers a test runs behind."""
    # A mark of a test's own counts for more than its file's.
    marks = {mark.name: mark.args for mark in reversed(list(metafunc.definition.iter_markers()))}
    option = metafunc.config.getoption
    fronts = [*builds_of(metafunc), *second_engine_of(metafunc)]
    is_core = "core" in marks and option("engine") != "postgresql"
    if "only_nginx" not in marks and (option("every_front") or option("front") or is_core):
        fronts += OTHERS
    wanted = option("front") or option("build") or fronts
    return [front for front in fronts if front in wanted and front in marks.get("only", fronts)]


def pytest_generate_tests(metafunc):
    if "build" in metafunc.fixturenames:
        metafunc.parametrize("build", [*builds_of(metafunc), *second_engine_of(metafunc)], scope="session")
    if "front" in metafunc.fixturenames:
        metafunc.parametrize("front", fronts_of(metafunc), scope="session")


def front_of(item):
    """The web server, or the build, that a test is about; "" for the others."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    front = params.get("front") or params.get("build")
    return front if front in FRONTS else ""


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    """When the last server is gone that has its database there."""
    postgresql.remove_shared()


def pytest_itemcollected(item):
    if "chromium" in item.fixturenames:
        item.add_marker(pytest.mark.slow)
    # Several lanes run side by side; what may share a server stays in one of them.
    if not item.get_closest_marker("self_contained") and not item.get_closest_marker("whole_suite"):
        item.add_marker(pytest.mark.xdist_group(f"{front_of(item)}/{item.path.stem}"))


def is_whole_suite(config, items):
    option = config.option
    asked = {item.path for item in items}
    return asked.issuperset(TOP.glob("tests/http/test_*.py")) and not (
        option.keyword or option.markexpr or option.deselect or option.front
        or any("::" in word for word in config.args))


def leave_out(config, items, name):
    left_out = [item for item in items if item.get_closest_marker(name)]
    items[:] = [item for item in items if not item.get_closest_marker(name)]
    config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """One web server after the other, and one file after the other behind it.

    Left to itself, pytest goes by what is parametrized and changes file with every test, and the servers that the
    tests of a file share start anew each time.
    """
    if not config.getoption("every_front"):
        leave_out(config, items, "thorough")
    if config.getoption("engine") == "postgresql":
        leave_out(config, items, "sqlite")
    fronts = {front: place for place, front in enumerate(["", *FRONTS])}
    files = {path: place for place, path in enumerate(dict.fromkeys(item.path for item in items))}

    def position(item):
        if item.get_closest_marker("whole_suite"):
            return len(fronts), 0
        return fronts[front_of(item)], files[item.path]

    for item in items:
        front = item.callspec.params.get("front") if hasattr(item, "callspec") else None
        for mark in item.iter_markers("exception"):
            if front in mark.args[1:]:
                item.add_marker(pytest.mark.xfail(reason=mark.args[0], strict=True, **mark.kwargs))
                # What nobody reads, pytest would take longer to tell than the test takes.
                item.repr_failure = lambda excinfo: excinfo.getrepr(style="native")
        if item.get_closest_marker("whole_suite") and not is_whole_suite(config, items):
            item.add_marker(pytest.mark.skip(reason="only the whole suite can tell"))
    items.sort(key=position)


@pytest.fixture(scope="session", autouse=True)
def left_by_lanes(tmp_path_factory):
    """A directory where each lane leaves at its end what it has seen of the contract."""
    directory = tmp_path_factory.getbasetemp().parent / "lanes"
    yield directory
    if LANE:
        directory.mkdir(exist_ok=True)
        contract.leave_exercised(directory / f"{LANE}.json")


@pytest.fixture
def exercised(left_by_lanes):
    """What was seen of the contract in all lanes, once the others have come to their end."""
    others = int(os.environ["PYTEST_XDIST_WORKER_COUNT"]) - 1 if LANE else 0
    assert eventually(lambda: len(list(left_by_lanes.glob("*.json"))) == others, 1800), "another lane does not end"
    return contract.exercised.union(*map(contract.read_exercised, left_by_lanes.glob("*.json")))


@pytest.fixture(autouse=True)
def held_to_the_contract(request):
    """Whatever a test asks and is told must be what www/openapi.json declares."""
    yield
    complaints = contract.take_complaints()
    if not request.node.get_closest_marker("xfail"):
        assert not complaints, "not as www/openapi.json has it:\n" + "\n".join(complaints)


def running(front, **settings):
    """A server that several tests share; what they do must leave it whole."""
    return started(make_server(front, **settings))


@contextlib.contextmanager
def started(server):
    server.start()
    try:
        yield server
        check_health(server)
    finally:
        server.stop()
        server.remove()


@pytest.fixture(scope="session")
def server(front):
    """The default settings but for the cost of a hash; shared by all tests behind a web server."""
    with running(front) as server:
        yield server


@pytest.fixture(scope="session")
def rfc_server(front):
    with running(front, dialect="rfc") as server:
        yield server


def _starter(front):
    started = []

    def start(**options):
        started.append(make_server(front, **options))
        return started[-1].start()

    yield start
    for server in started:
        server.stop()
        check_sanitizers(server)
        server.remove()


@pytest.fixture
def start_server(front):
    """A function that starts a server with settings of the test's own."""
    yield from _starter(front)


@pytest.fixture
def start_plain_server(request):
    """The same for what a sanitized build would not show better; where threads are tested, it is about those."""
    yield from _starter(ON_REQUEST if request.config.getoption("build") == [ON_REQUEST] else "plain")


@pytest.fixture
def client(server):
    with server.client() as client:
        yield client


@pytest.fixture
def rfc_client(rfc_server):
    with rfc_server.client() as client:
        yield client


_names = iter(range(1, 1_000_000))


@pytest.fixture
def new_name():
    """A function that gives a name nobody has taken yet."""
    return lambda: f"user{next(_names)}"


def register(client, username, password=PASSWORD):
    return client.post("/users/", json={"username": username, "password": password})


def sign_in(client, username, password=PASSWORD, **form):
    return client.post("/token", data={"username": username, "password": password, **form})


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def user(client, new_name):
    """A registered user of the shared server: its name."""
    name = new_name()
    assert register(client, name).status_code == 200
    return name


@pytest.fixture
def token(client, user):
    """An access token of that user."""
    return sign_in(client, user).json()["access_token"]
