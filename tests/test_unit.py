"""The unit tests of the library, module by module: as built, under valgrind, with sanitizers, and on each engine."""

import collections
import contextlib
import os
import pathlib
import re
import signal
import subprocess

import postgresql
import pytest

pytestmark = pytest.mark.self_contained
TOP = pathlib.Path(__file__).resolve().parent.parent
SOURCES = TOP / "tests/unit"
MODULES = sorted(str(path.relative_to(SOURCES).with_suffix("")) for path in SOURCES.rglob("test_*.c"))
VALGRIND = ["valgrind", "-q", "--error-exitcode=1", "--leak-check=full", "--trace-children=no"]
WAYS = {"plain": "build", "sanitized": "build/sanitized/build", "threads": "build/threads/build"}


def includes(path, name):
    """Whether a file includes one of those beside it, itself or by way of another."""
    beside = [path.parent / header for header in re.findall(r'^#include "(\w+\.h)"', path.read_text(), re.MULTILINE)]
    return any(header.name == name or includes(header, name) for header in beside)


# Of these, all is about the file of SQLite.
ABOUT_THE_FILE = {"store/test_backup"}

# Their databases are in PostgreSQL where the environment says so.
ON_BOTH = {module for module in MODULES if includes(SOURCES / f"{module}.c", "database.h")} - ABOUT_THE_FILE


# These compute hashes by the hundred, which takes valgrind minutes, and compare each with what another program made. Sanitizers see
# them, and valgrind sees the same code in hash/test_password.
ONLY_HASHES = {"hash/test_scheme", "hash/test_scrypt_kernel"}


# These go through a database, processes, files or signatures a thousand times. Sanitizers see them, leaks included; valgrind sees the
# same code in the other tests of its room, and these where there is time for it: `make check-servers`.
LONG = {"account/test_blocklist", "account/test_refresh_judge", "config/test_config", "config/test_pages", "hash/test_hasher",
        "hash/test_scrypt", "serve/test_connections", "store/sqlite/test_schema", "store/test_audits", "store/test_backup",
        "store/test_buckets_mapped", "store/test_counters", "store/test_db", "store/test_foreign", "store/test_grants", "store/test_grants_cost", "store/test_move",
        "store/test_outbox", "store/test_outbox_cost", "store/test_races", "store/test_sessions", "store/test_tidy", "store/test_users", "text/test_json",
        "token/test_key_evp", "token/test_key_life", "token/test_keyring", "token/test_keyring_add", "token/test_keyring_remove"}


def for_valgrind(every):
    """What it runs at once: all modules of a room that are in one program (tests/unit/together.c), since it takes longer to start
    than most of them; each of the others by itself.
    """
    left_out = ONLY_HASHES if every else ONLY_HASHES | LONG
    runs = collections.defaultdict(list)
    for module in MODULES:
        if module not in left_out:
            is_together = (TOP / "build/tests/unit" / module).resolve().name == "together"
            runs[f"the rest of {module.split('/')[0]}" if is_together else module].append(module)
    return runs


def pytest_generate_tests(metafunc):
    option = metafunc.config.getoption
    ways = option("build") or ["plain", "sanitized"]
    is_wanted = not option("build") and option("engine") != "postgresql"
    runs = for_valgrind(option("every_front")) if is_wanted else {}
    # What runs in valgrind is the plain build, and need not run without it as well.
    seen = {module for modules in runs.values() for module in modules}
    cases = [(module, way, "sqlite") for module in MODULES for way in ways
             if way != "plain" or module not in seen]
    on_postgresql = [(module, way, "postgresql") for module in sorted(ON_BOTH) for way in ways]
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("module, way, engine", {"sqlite": cases, "postgresql": on_postgresql}.get(
            option("engine"), cases + [case for case in on_postgresql if case[1] == "plain"]))
    if "modules" in metafunc.fixturenames:
        metafunc.parametrize("modules", runs.values(), ids=runs.keys())


@contextlib.contextmanager
def database_of(engine):
    """What tells a program where its tests have their databases."""
    if engine == "sqlite":
        yield {}
        return
    name = "unit_tests"
    address = postgresql.shared().create(name)
    try:
        yield {"BEARWARD_TEST_DATABASE": address}
    finally:
        postgresql.shared().drop(name)


def run(*command, **environment):
    # A program ends itself when it hangs (tests/unit/deadline.c), but then not the processes that it has started.
    program = subprocess.Popen(
        command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True, env={**os.environ, **environment})
    try:
        said = program.communicate(timeout=660)[0]
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, signal.SIGKILL)
        said = program.communicate()[0]
    assert program.returncode == 0, said


def test_module(module, way, engine):
    with database_of(engine) as environment:
        run(TOP / WAYS[way] / "tests/unit" / module, **environment)


def test_modules_under_valgrind(modules):
    programs = TOP / "build/tests/unit"
    one_program = programs / modules[0] if len(modules) == 1 else programs / "together"

    run(*VALGRIND, one_program, *(modules if len(modules) > 1 else ()))
