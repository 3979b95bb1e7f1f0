"""When memory runs out: no valid token is called invalid, and nobody is logged out."""

import collections
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from conftest import PATIENCE, TOP, bearer, register, sign_in
from fastcgi import form_params, get_params, parse_cgi
from test_documents import ALGORITHMS, KEYS, METADATA, publish

pytestmark = [pytest.mark.only_nginx("starts the programs itself"), pytest.mark.slow]

# Stands before the C library's own: the calls from the first to the last find no memory.
FAILING_MALLOC = """
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static long calls, first, last;

__attribute__((constructor)) static void
begin(void)
{
	first = atol(getenv("FAIL_FIRST"));
	last = atol(getenv("FAIL_LAST"));
	calls = 0;
}

__attribute__((destructor)) static void
end(void)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "\\nallocations: %ld\\n", calls);

	if (write(STDERR_FILENO, text, len) != len)
		_exit(1);
}

static int
fails(void)
{
	long call = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);

	if (call < first || call > last)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return fails() ? NULL : __libc_calloc(count, size); }
void *realloc(void *block, size_t size) { return fails() ? NULL : __libc_realloc(block, size); }
"""


@pytest.fixture(scope="module")
def preload():
    # Where other accounts may go, too; pytest's own directories are root's.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-malloc-"))
    directory.chmod(0o755)
    (directory / "malloc.c").write_text(FAILING_MALLOC)
    library = directory / "malloc.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-fno-builtin", "-o", library, directory / "malloc.c"], check=True)
    yield library
    shutil.rmtree(directory)


def run(server, preload, pool, params, first, last, body=b""):
    """A CGI program whose allocations fail from the first to the last, both counted from 1: answer, allocations.

    OpenSSL does not survive a lack of memory while it makes itself ready; then nobody is answered, and both are None.
    """
    done = subprocess.run(
        [TOP / server.out / f"cgi-bin/{pool}.fcgi"], input=body, capture_output=True, timeout=PATIENCE,
        env={"BEARWARD_CONF": str(server.conf), "GATEWAY_INTERFACE": "CGI/1.1", **dict(params),
             "LD_PRELOAD": str(preload), "FAIL_FIRST": str(first), "FAIL_LAST": str(last)}, **server.account)
    made = re.search(rb"^allocations: (\d+)$", done.stderr, re.MULTILINE)
    answer = parse_cgi(done.stdout) if done.stdout else None
    return answer, int(made[1]) if made else None


def status_of(answer):
    return answer.status_code if answer is not None else None


@pytest.mark.parametrize("pool, alg", [("me", "HS256"), pytest.param("verify", "EdDSA", marks=pytest.mark.thorough)])
def test_15_4_a_valid_token_is_never_called_invalid_where_memory_runs_out(start_plain_server, preload, pool, alg):
    server = start_plain_server(signing_alg=alg)
    with server.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["access_token"]
        assert client.get("/users/me/", headers=bearer(token)).status_code == 200
    params = get_params(HTTP_AUTHORIZATION=f"Bearer {token}")
    answer, calls = run(server, preload, pool, params, 0, 0)
    assert answer.status_code == 200
    answers = collections.Counter()

    for first in range(1, calls + 1, max(1, calls // 150)):
        answers[status_of(run(server, preload, pool, params, first, first)[0])] += 1
    for first in range(1, calls + 1, max(1, calls // 50)):
        answers[status_of(run(server, preload, pool, params, first, calls * 10)[0])] += 1

    assert answers.keys() <= {200, 503, None}, answers
    assert answers[200] and answers[503], answers


def test_19_6_nobody_is_logged_out_where_memory_runs_out(start_plain_server, preload):
    server = start_plain_server(refresh_window=0)
    answers = collections.Counter()

    def refresh(token, first, last):
        body = f"grant_type=refresh_token&refresh_token={token}".encode()
        return run(server, preload, "token", form_params(body), first, last, body)

    with server.client() as client:
        register(client, "alice")
        token = sign_in(client, "alice").json()["refresh_token"]
    answer, calls = refresh(token, 0, 0)
    for first in range(1, calls + 1, max(1, calls // 150)):
        # With a rotation each time; whoever was not answered shows the same token again.
        token = answer.json()["refresh_token"] if status_of(answer) == 200 else token
        answer, _ = refresh(token, first, first if first % 2 else calls * 10)
        answers[status_of(answer)] += 1

    # libjwt does not tell a lack of memory from claims that it cannot read: a 500.
    assert answers.keys() <= {200, 500, 503, None}, answers
    assert answers[200] and answers[503], answers


@pytest.mark.parametrize("path", [KEYS, METADATA])
def test_8_9_a_document_is_whole_or_is_none_where_memory_runs_out(start_plain_server, preload, path):
    server = start_plain_server(issuer="https://id.example.org")
    for alg in ALGORITHMS:
        publish(server, alg)
    params = get_params(SCRIPT_NAME=path)
    whole, calls = run(server, preload, "meta", params, 0, 0)
    assert whole.status_code == 200
    answers = collections.Counter()

    for first in range(1, calls + 1, max(1, calls // 50)):
        answer, _ = run(server, preload, "meta", params, first, first if first % 2 else calls * 10)
        answers[status_of(answer)] += 1
        assert status_of(answer) != 200 or answer.content == whole.content

    assert answers.keys() <= {200, 503, None}, answers
    assert answers[200] and answers[503], answers
