"""/metrics: protocol section 39.4. What is counted, by all processes of the host together, and who is told."""

import calendar
import contextlib
import json
import os
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import expect
import fastcgi
from conftest import (
    PATIENCE, Server, bearer, eventually, free_port, kill_lasting, register, running, sign_in, slot_taken, started)
from install_text import blocks, section
from pools import routed
from server import substitute
from test_health import FORWARDED
from test_refresh import age, refresh, rotated

pytestmark = pytest.mark.plain("is about counts")

MEDIA = "application/openmetrics-text; version=1.0.0; charset=utf-8"
ON = {"metrics": "yes", "restricted_scopes": "metrics", "scopes": "me", "default_scope": "me"}
ELSEWHERE = {"X-Forwarded-For": "192.0.2.7"}


@pytest.fixture(scope="module")
def site(front):
    """A server that counts, with a user who may read it and one who may not."""
    with running(front, attempts="yes", attempts_registrations="9 60", hash_slots=1, **ON) as server, server.client() as client:
        for name in ("watcher", "user"):
            assert register(client, name).status_code == 200
        assert server.command("user", "scope", "watcher", "metrics").returncode == 0
        server.watcher = sign_in(client, "watcher", scope="metrics").json()["access_token"]
        yield server


@pytest.fixture
def asking(site):
    with site.client() as client:
        yield client


def parse(text):
    """Each sample by its name and labels; the parser of Prometheus's own client holds the text to the format."""
    return {(sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


def scrape(client, **headers):
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


def counted(client, action):
    """What of the counters has grown meanwhile, without what is asked here; an old one may have begun to show."""
    before = scrape(client)
    action()
    after = scrape(client)
    grown = {key: value - before.get(key, 0) for key, value in after.items()
             if key[0].endswith(("_total", "_count", "_bucket", "_sum")) and value != before.get(key, 0)}
    assert all(value > 0 for value in grown.values()), grown
    own = ("bearward_requests_total", ("endpoint", "/metrics"), ("status", "200"))
    assert grown.pop(own, 0) == 1
    return {key: value for key, value in grown.items() if not key[0].startswith("bearward_hash_")}


def request(endpoint, status):
    return "bearward_requests_total", ("endpoint", endpoint), ("status", str(status))


def sign_ins(result):
    return "bearward_sign_ins_total", ("result", result)


# ---- who is told

@pytest.mark.core
def test_39_4_it_is_off_by_default_and_then_there_is_no_such_page(client, token):
    for headers in ({}, ELSEWHERE, bearer(token)):
        expect.detail(client.get("/metrics", headers=headers), 404, "Not Found")


@pytest.mark.core
@pytest.mark.parametrize("path", ["/metrics", "/metrics/"])
def test_39_4_this_host_is_told_without_a_credential(asking, path):
    answer, head = asking.get(path), asking.head(path)

    assert answer.status_code == head.status_code == 200
    assert answer.headers["content-type"] == head.headers["content-type"] == MEDIA
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.endswith("\n# EOF\n") and head.content == b""


@pytest.mark.core
@pytest.mark.parametrize("header", FORWARDED)
def test_39_4_whoever_comes_through_a_proxy_needs_a_token(asking, site, header):
    answer = asking.get("/metrics", headers=[header])
    expect.detail(answer, 401, "Not authenticated")
    assert expect.challenge(answer) == {"realm": "api"}

    told = asking.get("/metrics", headers=[header, ("Authorization", f"Bearer {site.watcher}")])
    assert (told.status_code, told.headers["content-type"]) == (200, MEDIA)


def test_39_4_a_token_without_the_scope_or_that_is_none_is_refused(asking, site):
    token = sign_in(asking, "user").json()["access_token"]
    answer = asking.get("/metrics", headers={**ELSEWHERE, **bearer(token)})
    assert expect.bearer_error(answer, 403, "insufficient_scope")["scope"] == "metrics"

    expect.bearer_error(asking.get("/metrics", headers={**ELSEWHERE, **bearer("nonsense")}), 401, "invalid_token")
    expect.bearer_error(asking.get("/metrics", headers={**ELSEWHERE, **bearer(site.watcher)}, params={"access_token": "x"}),
                        400, "invalid_request")


def test_39_4_a_scope_that_was_withdrawn_tells_nothing_any_more(asking, site):
    register(asking, "former")
    assert site.command("user", "scope", "former", "metrics").returncode == 0
    token = sign_in(asking, "former", scope="metrics").json()["access_token"]
    assert scrape(asking, **ELSEWHERE, **bearer(token))

    assert site.command("user", "scope", "former").returncode == 0

    assert asking.get("/metrics", headers={**ELSEWHERE, **bearer(token)}).status_code == 403


@pytest.mark.only_nginx("is about settings")
def test_39_4_without_the_scope_in_the_settings_nobody_elsewhere_is_told_and_everyone_may_not_have_it(start_plain_server, new_name):
    server = start_plain_server(metrics="yes")
    with server.client() as client:
        register(client, "user")
        token = sign_in(client, "user").json()["access_token"]
        expect.bearer_error(client.get("/metrics", headers={**ELSEWHERE, **bearer(token)}), 403, "insufficient_scope")
        assert client.get("/metrics").status_code == 200
    server.write_settings(metrics="yes", scopes="me metrics", default_scope="me")

    done = server.command("check-config")

    assert done.returncode != 0 and "restricted_scopes" in done.stdout + done.stderr


# ---- what is counted

@pytest.mark.core
def test_39_4_requests_and_sign_ins_of_all_processes_are_added_up(asking, new_name):
    name = new_name()

    def act():
        assert register(asking, name).status_code == 200
        for _ in range(3):
            token = sign_in(asking, name).json()["access_token"]
            assert asking.get("/users/me/", headers=bearer(token)).status_code == 200
        assert sign_in(asking, name, "wrong").status_code == 401
        assert sign_in(asking, "nobody", "wrong").status_code == 401
        assert asking.get("/users/me/").status_code == 401
        assert asking.head("/users/me").status_code == 401
        assert asking.post("/revoke", data={"token": "nonsense"}).status_code == 200
        assert asking.get("/health/live").status_code == 200

    assert counted(asking, act) == {
        request("/users/", 200): 1, request("/token", 200): 3, request("/token", 401): 2, request("/users/me/", 200): 3,
        request("/users/me/", 401): 2, request("/revoke", 200): 1, request("/health/live", 200): 1,
        sign_ins("ok"): 3, sign_ins("refused"): 2}


def test_39_4_each_verdict_on_a_refresh_token_is_counted(site, asking):
    first = sign_in(asking, "user").json()["refresh_token"]

    def act():
        second = rotated(site, asking, first)
        for token, after in ((second, 0), (first, 0), (first, 61), ("bwr_" + "x" * 64, 0), ("nonsense", 0)):
            if after:
                age(site, token)
            refresh(asking, token)
        third = rotated(site, asking, second)
        assert refresh(asking, first).status_code == refresh(asking, third).status_code == 400

    grown = counted(asking, act)

    assert {key[1][1]: value for key, value in grown.items() if key[0] == "bearward_refreshes_total"} == {
        "rotated": 2, "same": 1, "again": 1, "again_counted": 1, "reuse": 1, "refused": 3}


def test_39_4_attempts_that_are_refused_are_counted_by_budget(asking, new_name):
    name = new_name()

    def act():
        statuses = [sign_in(asking, name, "wrong").status_code for _ in range(7)]
        assert statuses == [401] * 5 + [429] * 2

    grown = counted(asking, act)

    assert grown == {request("/token", 401): 5, request("/token", 429): 2, sign_ins("refused"): 5,
                     sign_ins("too_many_attempts"): 2,
                     ("bearward_attempts_refused_total", ("budget", "account_and_source")): 2}


def test_39_4_every_hash_is_in_the_histograms_and_their_buckets_add_up(site, asking):
    before = scrape(asking)
    for _ in range(3):
        assert sign_in(asking, "user").status_code == 200
    after = scrape(asking)

    for name in ("bearward_hash_wait_seconds", "bearward_hash_queue_length"):
        assert after[f"{name}_count",] - before[f"{name}_count",] == 3
        assert after[f"{name}_bucket", ("le", "+Inf")] == after[f"{name}_count",]


@pytest.mark.only_nginx("is about responders")
def test_39_4_hashes_that_are_refused_are_counted_by_the_process_that_refuses(start_plain_server):
    server = start_plain_server(metrics="yes", hash_slots=1, hash_wait=0)
    with server.client() as client:
        register(client, "user")
        with slot_taken(server):
            grown = counted(client, lambda: sign_in(client, "user"))
    assert grown == {request("/token", 503): 1, sign_ins("overloaded"): 1, ("bearward_hashes_refused_total",): 1}


@pytest.mark.core
def test_39_4_every_endpoint_is_known_by_its_path(asking):
    paths = {path for _, path, _ in routed()}
    for path in paths:
        asking.options(path)

    samples = scrape(asking)

    known = {dict(key[1:])["endpoint"] for key in samples if key[0] == "bearward_requests_total"}
    assert paths <= known | {"/metrics"}
    assert {key: value for key, value in samples.items() if ("endpoint", "other") in key} == {}


@pytest.mark.only_nginx("asks the responder itself")
def test_39_4_a_path_that_is_none_counts_as_other_whatever_it_is(site, asking):
    def act():
        for path in ("/nonsense", '/"} 1\nbearward_evil 1\n', "/token" * 50):
            fastcgi.ask(site.socket("oauth"), fastcgi.get_params(SCRIPT_NAME=path, PATH_INFO='/"\n'))

    assert counted(asking, act) == {request("other", 404): 3}


def test_39_4_what_there_is_is_told_beside_it(site, asking):
    before = time.time()
    samples = scrape(asking)

    assert samples["bearward_users",] >= 2 and samples["bearward_grants",] >= 1
    assert samples["bearward_sessions",] == samples["bearward_messages_waiting",] == 0
    assert samples["bearward_database_pages",] > 10
    # Of PostgreSQL nobody here knows more than its size.
    assert (samples.get(("bearward_database_log_bytes",), 0) > 0) == (site.engine == "sqlite")
    assert (("bearward_database_free_pages",) in samples) == (site.engine == "sqlite")
    assert {key[1][1]: value for key, value in samples.items() if key[0] == "bearward_ready"} == {
        "keys": 1, "storage": 1, "hashing": 1}
    [key] = (site.state / "keys").iterdir()
    made_at = calendar.timegm(time.strptime(key.name[:15], "%Y%m%dT%H%M%S"))
    assert before - made_at - 1 <= samples["bearward_key_age_seconds", ("key", key.name)] <= time.time() - made_at


@pytest.mark.only_nginx("is about files")
def test_39_4_no_name_of_a_file_breaks_the_format_and_an_age_is_that_of_the_id_or_the_file(site, asking):
    keys = site.state / "keys"
    written_at = time.time()
    sound, evil = keys / "old", [keys / name for name in ('a"} 1\nbearward_evil 1', "b\\", "caf\udce9", "z" * 65)]
    for path in (sound, *evil):
        path.write_text("secret" * 10 + "\n")
        path.chmod(0o600)
        os.utime(path, (1, written_at - 5000))
        site.own(path)

    samples = scrape(asking)
    for path in (sound, *evil):
        path.unlink()

    ages = {dict(key[1:])["key"]: value for key, value in samples.items() if key[0] == "bearward_key_age_seconds"}
    assert len(ages) == 2 and 4999 <= ages["old"] <= time.time() - written_at + 5001
    assert not [key for key in samples if "evil" in key[0]]


@pytest.mark.only_nginx("kills responders")
def test_39_4_nothing_is_lost_when_processes_are_killed(start_plain_server):
    server = start_plain_server(metrics="yes")
    with server.client() as client:
        register(client, "user")
        tokens = [sign_in(client, "user").json()["access_token"]]
        for _ in range(3):
            kill_lasting(server.responder_pids("token"))
            assert eventually(lambda: (answer := sign_in(client, "user")).status_code == 200 and tokens.append(1) is None)
        kill_lasting(server.responder_pids("meta"))
        assert eventually(lambda: client.get("/metrics").status_code == 200)

        assert scrape(client)[sign_ins("ok")] == len(tokens)
    server.first_pids = server.responder_pids()


@pytest.mark.only_nginx("is about a file")
@pytest.mark.parametrize("spoil", [lambda path: os.truncate(path, 0), lambda path: path.unlink()], ids=["cut", "removed"])
def test_39_4_requests_are_answered_whatever_becomes_of_the_file(start_plain_server, spoil):
    server = start_plain_server(metrics="yes")
    with server.client() as client:
        register(client, "user")
        spoil(server.state / "metrics")

        assert sign_in(client, "user").status_code == 200
        assert scrape(client)[sign_ins("ok")] == 1


@pytest.mark.only_nginx("is about a file")
def test_39_4_a_file_that_cannot_be_opened_is_logged_and_keeps_nobody_out():
    place = Server(metrics="yes")
    (place.state / "metrics").mkdir(mode=0o700, parents=True)
    place.state.chmod(0o700)

    with started(place) as server, server.client() as client:
        assert register(client, "user").status_code == 200
        assert sign_in(client, "user").status_code == 200
        assert scrape(client)[sign_ins("ok")] == 0
        assert 'event="cannot open the file of metrics"' in server.log()


# ---- what others make of it

@pytest.mark.only_nginx("is about the text")
@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool")
def test_39_4_promtool_finds_nothing_to_complain_of(asking):
    text = asking.get("/metrics").text
    # It knows the format before OpenMetrics, where a counter is named with its suffix.
    counters = re.findall(r"^# TYPE (\S+) counter$", text, re.M)
    for name in counters:
        text = re.sub(rf"^(# (?:TYPE|HELP) {name}) ", r"\1_total ", text, flags=re.M)

    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)

    assert counters
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@contextlib.contextmanager
def prometheus(directory, site):
    """A Prometheus that asks it, as INSTALL has it; and as if from elsewhere, through the same web server."""
    [settings] = [block for block in blocks(section("Watching it")) if "scrape_configs" in block]
    (directory / "token").write_text(site.watcher)
    settings = substitute(settings, re.escape("127.0.0.1:80"), site.url.removeprefix("http://"))
    more = f"""
  - job_name: elsewhere
    authorization:
      credentials_file: {directory}/token
    static_configs:
      - targets: ["{site.url.removeprefix("http://")}"]
"""
    (directory / "prometheus.yml").write_text("global:\n  scrape_interval: 200ms\n" + settings + more)
    url = f"http://127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        ["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
         f"--web.listen-address={urllib.parse.urlparse(url).netloc}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield url
    process.terminate()
    process.wait(PATIENCE)


def query(url, expression):
    try:
        with urllib.request.urlopen(f"{url}/api/v1/query?query={urllib.parse.quote(expression)}") as answer:
            return {row["metric"]["job"]: float(row["value"][1]) for row in json.load(answer)["data"]["result"]}
    except OSError:
        return {}


@pytest.mark.only_nginx("is about the text")
@pytest.mark.slow
@pytest.mark.once("what is built makes no difference to it")
@pytest.mark.skipif(shutil.which("prometheus") is None, reason="no prometheus")
def test_39_4_prometheus_scrapes_it_with_and_without_a_token(site, asking, tmp_path):
    with prometheus(tmp_path, site) as url:
        assert eventually(lambda: query(url, "up") == {"bearward": 1, "elsewhere": 1})
        expected = scrape(asking)[sign_ins("ok")]
        assert eventually(lambda: query(url, 'bearward_sign_ins_total{result="ok"}') == {"bearward": expected, "elsewhere": expected})
        assert eventually(lambda: query(url, "bearward_hash_wait_seconds_count"))
