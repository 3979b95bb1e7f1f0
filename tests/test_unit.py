"""The unit tests of the library, one program a module: as built, under valgrind, with sanitizers."""

import os
import pathlib
import signal
import subprocess

import pytest

pytestmark = pytest.mark.self_contained
TOP = pathlib.Path(__file__).resolve().parent.parent
SOURCES = TOP / "tests/unit"
MODULES = sorted(str(path.relative_to(SOURCES).with_suffix("")) for path in SOURCES.rglob("test_*.c"))
VALGRIND = ["valgrind", "-q", "--error-exitcode=1", "--leak-check=full", "--trace-children=no"]
WAYS = {
    "plain": ("build", []),
    "sanitized": ("build/sanitized/build", []),
    "valgrind": ("build", VALGRIND),
    "threads": ("build/threads/build", []),
}
# These compute hashes by the hundred, which takes valgrind minutes, and compare each with what another program made. Sanitizers see
# them, and valgrind sees the same code in hash/test_password.
ONLY_HASHES = {"hash/test_scheme", "hash/test_scrypt_kernel"}


# These go through a database, processes, files or signatures a thousand times. Sanitizers see them, leaks included; valgrind sees the
# same code in the other tests of its room, and these where there is time for it: `make check-servers`.
LONG = {"account/test_blocklist", "account/test_refresh_judge", "config/test_config", "config/test_pages", "hash/test_hasher",
        "hash/test_scrypt", "serve/test_connections", "store/sqlite/test_schema", "store/test_audits", "store/test_buckets_mapped",
        "store/test_counters", "store/test_db", "store/test_foreign", "store/test_grants", "store/test_grants_cost", "store/test_outbox",
        "store/test_outbox_cost", "store/test_races", "store/test_sessions", "store/test_tidy", "store/test_users", "text/test_json",
        "token/test_key_evp", "token/test_key_life", "token/test_keyring", "token/test_keyring_add", "token/test_keyring_remove"}


def pytest_generate_tests(metafunc):
    ways = metafunc.config.getoption("build") or [way for way in WAYS if way != "threads"]
    left_out = ONLY_HASHES if metafunc.config.getoption("every_front") else ONLY_HASHES | LONG
    metafunc.parametrize("module, way", [
        (module, way) for module in MODULES for way in ways if way != "valgrind" or module not in left_out])


def test_module(module, way):
    directory, wrapper = WAYS[way]

    # It ends itself when it hangs (tests/unit/deadline.c), but then not the processes that it has started.
    program = subprocess.Popen(
        [*wrapper, TOP / directory / "tests/unit" / module], cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        said = program.communicate(timeout=660)[0]
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, signal.SIGKILL)
        said = program.communicate()[0]

    assert program.returncode == 0, said
