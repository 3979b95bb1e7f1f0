"""The life of a key, protocol section 38: bearward key, and what it does to the tokens of a running service."""

import calendar
import json
import os
import re
import stat
import subprocess
import time

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

import jws
from conftest import PATIENCE, Server, bearer, eventually, register, running, sign_in
from killed import needs_strace  # noqa: F401 (a fixture)
from test_documents import jwk_of, moment
from test_verify import verify

pytestmark = [
    pytest.mark.only_nginx("the command and the keys are what it is about"),
    pytest.mark.once("is about what people type, and sanitizers see what the library makes of it in other tests"),
]

DAY = 86400
NEVER = "signs-from: 9999-12-31T23:59:59Z"


def key(place, *arguments, status=0, **options):
    done = place.command("key", *arguments, **options)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def listed(place):
    return [json.loads(line) for line in key(place, "list", "--json").stdout.splitlines()]


def states(place):
    """What each key does, the last in order first."""
    return [row["state"] for row in listed(place)]


def signing(place):
    row, = [row for row in listed(place) if row["state"] == "signing"]
    return row


def files(place):
    """What is in the directories of keys: name by name."""
    return {f"{name}/{path.name}": path.read_bytes() for name in ("keys", "signing", "public")
            for path in (place.state / name).glob("*")}


def begin_anew(place, alg):
    """One key of that algorithm, and no other, which has signed for days. Gives its id."""
    for name in ("keys", "signing", "public"):
        for path in (place.state / name).glob("*"):
            path.unlink()
    assert place.command("init", "--alg", alg).returncode == 0
    row = signing(place)
    assert (row["alg"], states(place)) == (alg, ["signing"])
    return begin_earlier(place, row["kid"], 3 * DAY)


def begin_earlier(place, kid, ago):
    """Moves when a key begins to sign so many seconds into the past. Gives its id, which has the moment with HS256."""
    then = time.time() - ago
    if len(kid) != 43:
        name = time.strftime("%Y%m%dT%H%M%S", time.gmtime(then)) + kid[15:24]
        (place.state / "keys" / kid).rename(place.state / "keys" / name)
        return name
    for directory in ("public", "signing"):
        path = place.state / directory / kid
        new = path.with_name(f".{kid}")
        new.write_text(re.sub("(?m)^signs-from: .*", f"signs-from: {moment(then)}", path.read_text()))
        new.chmod(0o600)
        place.own(new)
        new.rename(path)
    return kid


@pytest.fixture(scope="module")
def site(build):
    with running(build) as server, server.client() as client:
        assert register(client, "alice").status_code == 200
        yield server, client


@pytest.fixture
def place(build):
    """A state directory with nothing running."""
    place = Server(build)
    assert place.command("init", "--alg", "ES256").returncode == 0
    yield place
    place.remove()


def new_token(client):
    answer = sign_in(client, "alice")
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def kid_of(token):
    return jws.parts(token)[0]["kid"]


def answers(site, token):
    server, client = site
    return client.get("/users/me/", headers=bearer(token)).status_code, verify(server, token).status_code


def published(client):
    return client.get("/.well-known/jwks.json").json()


# -- Published, signing, retired, gone --------------------------------------------------------


@pytest.mark.parametrize("first, then", [("ES256", "ES256"), ("HS256", "EdDSA"), ("EdDSA", "HS256")])
def test_38_2_a_rotation_goes_by_time_without_a_restart_and_refuses_no_token_until_a_key_is_gone(site, first, then):
    server, client = site
    old = begin_anew(server, first)
    before = new_token(client)

    said = key(server, "rotate", "--alg", then, "--after", "2s").stdout
    new = re.match(rf"made key (\S+) \({then}\): ", said)[1]
    tokens = [before]
    while kid_of(tokens[-1]) != new:
        tokens.append(new_token(client))
        assert (answers(site, tokens[-1]), answers(site, before)) == ((200, 200), (200, 200))

    assert {kid_of(token) for token in tokens} == {old, new}
    assert states(server) == ["signing", "retired"]
    assert signing(server)["kid"] == new
    asymmetric = {kid for kid, alg in ((old, first), (new, then)) if alg != "HS256"}
    assert {jwk["kid"] for jwk in published(client)["keys"]} == asymmetric

    # A day later, the last token of the older one has ended long since.
    moved = begin_earlier(server, new, DAY)
    assert eventually(lambda: answers(site, before) == (401, 401))
    after = new_token(client)
    assert kid_of(after) == moved and answers(site, after) == (200, 200)
    assert states(server) == ["signing", "gone"]
    # Who publishes has no secrets, and does not know of one that comes after.
    assert {jwk["kid"] for jwk in published(client)["keys"]} == asymmetric - ({old} if then != "HS256" else set())
    assert json.loads(key(server, "export", "--public", "--json").stdout) == published(client)

    tidied = server.command("tidy")
    assert f"removed key {old}: no token that it has signed is left\n" in tidied.stdout
    assert not [name for name in files(server) if old in name] and states(server) == ["signing"]
    assert {jwk["kid"] for jwk in published(client)["keys"]} == asymmetric - {old}
    assert answers(site, after) == (200, 200)
    last = json.loads(server.command("audit", "--event", "key removed", "--limit", "1", "--json").stdout)
    assert last["detail"] == old


@pytest.mark.parametrize("alg", ["ES256", "HS256"])
def test_38_2_a_key_for_later_checks_tokens_before_it_signs_and_can_be_called_off(site, alg):
    server, client = site
    old = begin_anew(server, alg)

    new = re.match(r"made key (\S+) ", key(server, "new", "--later").stdout)[1]

    assert states(server) == ["published", "signing"] and kid_of(new_token(client)) == old
    assert [jwk["kid"] for jwk in published(client)["keys"]] == ([new, old] if alg == "ES256" else [])
    row = listed(server)[0]
    assert row["signs_from"] - row["created_at"] == (1200 if alg == "ES256" else DAY)
    refused = key(server, "rotate", status=1).stderr
    assert f"key {new} ({alg}) signs from" in refused and "already" in refused
    # Clocks of hosts differ: what one signs already, the other checks.
    forged = None
    if alg == "HS256":
        token = new_token(client)
        forged = jws.make({**jws.parts(token)[0], "kid": new}, jws.parts(token)[1], (server.state / "keys" / new).read_bytes().strip())
        assert answers(site, forged) == (200, 200)

    said = key(server, "remove", new).stdout

    assert said.startswith(f"removed key {new} ({alg}), which was to sign from ") and "no token is refused" in said
    assert f"key {old} ({alg}) signs\n" in said
    assert states(server) == ["signing"] and answers(site, new_token(client)) == (200, 200)
    assert not forged or answers(site, forged) == (401, 401)


@pytest.mark.parametrize("alg", ["RS256", "HS256"])
def test_38_2_removing_a_key_ends_its_tokens_at_once_and_says_of_each_state_what_that_is(site, alg):
    server, client = site
    old = begin_anew(server, alg)
    outside = "fetched it again" if alg == "RS256" else "program that has the secret"
    before = new_token(client)

    # The one that signs: the one before it signs again.
    new = re.match(r"made key (\S+) ", key(server, "new").stdout)[1]
    after = new_token(client)
    assert [kid_of(before), kid_of(after)] == [old, new]
    said = key(server, "remove", new).stdout
    assert f"removed key {new} ({alg}): every token that it has signed is refused from now on\n" in said and outside in said
    assert f"key {old} ({alg}) signs from now on\n" in said
    again = new_token(client)
    assert kid_of(again) == old
    assert (answers(site, before), answers(site, after), answers(site, again)) == ((200, 200), (401, 401), (200, 200))

    # The one that retires.
    new = re.match(r"made key (\S+) ", key(server, "new").stdout)[1]
    said = key(server, "remove", old).stdout
    assert f"removed key {old} ({alg}): every token that it has signed is refused from now on, and not only from " in said
    assert outside in said and f"key {new} ({alg}) signs\n" in said
    assert answers(site, before) == (401, 401) and answers(site, new_token(client)) == (200, 200)

    # One that is gone.
    key(server, "new")
    begin_earlier(server, signing(server)["kid"], DAY)
    begin_earlier(server, new, 2 * DAY)
    gone = listed(server)[1]
    assert gone["state"] == "gone"
    said = key(server, "remove", gone["kid"]).stdout
    assert f"removed key {gone['kid']} ({alg}): none of its tokens was good any more\n" in said and outside not in said


def test_38_2_a_secret_whose_time_is_over_stays_as_long_as_it_may_check_tokens_without_a_kid(place):
    begin_anew(place, "ES256")
    older = place.state / "keys" / "20010101T000000-00000000"
    older.write_text(jws.SECRET)
    older.chmod(0o600)

    place.environment["BEARWARD_ACCEPT_TUTORIAL_TOKENS"] = "yes"
    kept = key(place, "new", "--alg", "HS256").stdout, place.command("tidy").stdout, place.command("check-config").stdout
    place.environment["BEARWARD_ACCEPT_TUTORIAL_TOKENS"] = "no"
    assert older.exists()
    removed = key(place, "new").stdout

    assert not [text for text in kept if "removed key" in text]
    assert f"key {older.name} (HS256) can make tokens, as long as accept_tutorial_tokens = yes" in kept[2]
    assert f"removed key {older.name}: no token that it has signed is left\n" in removed
    assert not older.exists()


# -- What is said -----------------------------------------------------------------------------

WHEN = r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d(?::\d\d)? UTC \(in "

# What there is, what is typed, and what must be said in some line of it, or (with "not ") nowhere.
SAID = {
    "a rotation": (["ES256"], "rotate", [
        rf"made key \S+ \(ES256\): published from now on, signs from {WHEN}20 minutes\)",
        rf"key \S+ \(ES256\) signs until then, and checks its tokens until {WHEN}51 minutes\)",
        "If a web server serves what `bearward documents` has written, write it again now",
        "not Programs may keep", "not secret"]),
    "one too soon": (["ES256"], "rotate --after 9m", ["signs from .*in 9 minutes", "Programs may keep the JWKS for 300 seconds"]),
    "from a secret too soon": (["HS256"], "rotate --alg ES256 --after 9m", ["Programs may keep the JWKS for 300 seconds"]),
    "one in time": (["ES256"], "rotate --after 11m", ["signs from .*in 11 minutes", "not Programs may keep"]),
    "at once": (["ES256"], "new", [
        r"made key \S+ \(ES256\): published, and signs from now on",
        rf"key \S+ \(ES256\) signs no more, and checks its tokens until {WHEN}31 minutes\)", "Programs may keep the JWKS for 300 seconds"]),
    "another algorithm": (["ES256"], "rotate --alg RS256", [
        rf"A program that takes tokens of ES256 alone has to take RS256, too, by {WHEN}20 minutes\)"]),
    "from a secret": (["HS256"], "rotate --alg ES256", [
        rf"checks tokens with the secret of key \S+ refuses those of key \S+: let it take the public keys, .*, by {WHEN}20 minutes\)",
        "not Programs may keep", "not bearward documents"]),
    "from a secret at once": (["HS256"], "new --alg EdDSA", [r"let it take the public keys, from \S+, now", "not Programs may keep"]),
    "secrets": (["HS256"], "rotate", [
        rf"made key \S+ \(HS256\): checks tokens from now on, signs from {WHEN}24 hours\)",
        rf"key \S+ \(HS256\) signs until then, and checks its tokens until {WHEN}(?:2 days|48 hours)\)",
        rf"A secret is never published: give it to every program that checks tokens itself, from /\S+/keys/\S+, before {WHEN}24 hours\)",
        "not published from", "not Programs may keep", "not bearward documents"]),
    "a secret at once": (["HS256"], "new", [
        r"made key \S+ \(HS256\): signs from now on", rf"signs no more, and checks its tokens until {WHEN}24 hours\)",
        r"must have the secret, from /\S+/keys/\S+, or it refuses new tokens", r"`bearward key remove \S+` lets key \S+ sign again"]),
    "to a secret": (["ES256"], "new --alg HS256", ["A program that checks with public keys refuses tokens of this key"]),
    "between two": (["ES256", "--later"], "new --after 2m", [
        rf"signs until then, and checks its tokens until {WHEN}33 minutes\)", rf"key \S+ \(ES256\) signs after it, from {WHEN}20 minutes\)"]),
    "behind two": (["ES256", "--after 2m"], "new --after 9m", [
        rf"key \S+ \(ES256\) signs from {WHEN}(?:2 minutes|1\d\d seconds)\) until then, and checks its tokens until {WHEN}40 minutes\)"]),
    "units": (["ES256"], "new --after 36h", [rf"signs from {WHEN}36 hours\)"]),
    "weeks": (["ES256"], "new --after 2w", [rf"signs from {WHEN}14 days\)"]),
}


@pytest.mark.parametrize("there, typed, wanted", SAID.values(), ids=SAID)
def test_38_3_whoever_changes_keys_is_told_what_happens_when_and_who_must_know(place, there, typed, wanted):
    begin_anew(place, there[0])
    for arguments in there[1:]:
        key(place, "new", *arguments.split())

    said = key(place, *typed.split()).stdout

    for pattern in wanted:
        lines = [line for line in said.splitlines() if re.search(pattern.removeprefix("not "), line)]
        assert len(lines) == (0 if pattern.startswith("not ") else 1), (pattern, said)


def test_38_2_check_config_says_which_key_signs_and_what_is_worth_a_note(place):
    old = begin_anew(place, "HS256")
    alone = place.command("check-config").stdout
    place.environment["BEARWARD_SIGNING_ALG"] = "RS256"
    other = place.command("check-config").stdout
    key(place, "rotate")
    coming = place.command("check-config").stdout
    new = listed(place)[0]["kid"]

    assert f"# the database opens; key {old} (HS256) signs\n" in alone
    assert not re.search("# (key|whoever|signing_alg = auto)", alone.partition("the database opens")[2].partition("\n")[2])
    assert "# signing_alg = RS256 is for new keys, and the one that signs is of HS256: `bearward key rotate` makes one\n" in other
    assert re.search(rf"# key {new} \(RS256\) signs from {WHEN}20 minutes\)\n", coming)
    assert re.search(rf"# whoever has the secret of key {old} \(HS256\) can make tokens until {WHEN}51 minutes\)\n", coming)
    assert "is for new keys" not in coming


def test_what_key_list_says_is_the_same_for_people_and_for_programs(place):
    old = begin_anew(place, "ES256")
    new = re.match(r"made key (\S+) ", key(place, "rotate", "--alg", "HS256", "--after", "1h").stdout)[1]

    rows = listed(place)
    shown = [re.split(r"  +", line) for line in key(place, "list", "--columns").stdout.splitlines()]

    assert shown[0] == ["KID", "ALG", "MADE", "STATE", "FILE"]
    assert [row["kid"] for row in rows] == [new, old] and [line[0] for line in shown[1:]] == [new, old]
    from_new = time.strftime("%H:%M UTC", time.gmtime(rows[0]["signs_from"]))
    assert shown[1][3].startswith("published, signs ") and shown[1][3].endswith(from_new) and shown[2][3] == "signing"
    for row, line in zip(rows, shown[1:]):
        assert list(row) == ["kid", "alg", "created_at", "state", "signs", "signs_from", "gone_at", "file"]
        assert line[1:3] == [row["alg"], moment(row["created_at"])] and line[4] == row["file"]
        assert os.path.exists(row["file"]) and row["signs"] == (row["state"] == "signing")
    assert rows[1]["gone_at"] == rows[0]["signs_from"] + DAY and rows[0]["gone_at"] is None
    made = calendar.timegm(time.strptime(new[:15], "%Y%m%dT%H%M%S"))
    assert rows[0]["created_at"] == made and rows[0]["signs_from"] == made + 3600


# -- Import and export ------------------------------------------------------------------------


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Private keys as openssl writes them: name by name, a file."""
    directory = tmp_path_factory.mktemp("made")
    rsa = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    ec = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    pems = {
        "ES256 PKCS8": ec, "ES256 SEC1": openssl("ecparam", "-name", "prime256v1", "-genkey"),
        "RS256 PKCS8": rsa, "RS256 PKCS1": openssl("rsa", "-traditional", stdin=rsa),
        "EdDSA PKCS8": openssl("genpkey", "-algorithm", "ed25519"),
        "RSA 1024": openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
        "P-384": openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
        "secp256k1": openssl("ecparam", "-name", "secp256k1", "-genkey"),
        "X25519": openssl("genpkey", "-algorithm", "X25519"),
        "encrypted": openssl("pkey", "-aes256", "-passout", "pass:secret", stdin=ec),
        "encrypted SEC1": openssl("ec", "-aes256", "-passout", "pass:secret", stdin=ec),
        "public": openssl("pkey", "-pubout", stdin=ec),
        "two": ec + rsa, "cut": ec[:-40], "empty": b"", "garbage": b"\x00\xff" * 99, "text": b"hello\n", "long": b"x" * 9000,
    }
    for name, pem in pems.items():
        (directory / name).write_bytes(pem)
        (directory / name).chmod(0o600)
    return directory


@pytest.mark.parametrize("name", ["ES256 PKCS8", "ES256 SEC1", "RS256 PKCS8", "RS256 PKCS1", "EdDSA PKCS8"])
def test_38_1_a_key_that_openssl_made_signs_and_its_public_half_is_what_openssl_says(site, made, name):
    server, client = site
    alg, file = name.split()[0], made / name
    begin_anew(server, "HS256")
    public = openssl("pkey", "-in", file, "-pubout")
    jwk = jwk_of(load_pem_public_key(public))

    said = key(server, "import", file).stdout
    token = new_token(client)

    assert said.startswith(f"imported key {jwk['kid']} ({alg}): published, and signs from now on\n")
    assert jws.parts(token)[0] == {"alg": alg, "kid": jwk["kid"], "typ": "at+jwt"} and answers(site, token) == (200, 200)
    path = server.state / "signing" / jwk["kid"]
    assert signing(server)["file"] == str(path) and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert openssl("pkey", "-in", path, "-pubout") == public
    assert key(server, "export", "--public").stdout.encode() == public == key(server, "export", "--public", jwk["kid"]).stdout.encode()
    assert json.loads(key(server, "export", "--public", jwk["kid"], "--json").stdout) == jwk
    assert published(client)["keys"] == [jwk] == json.loads(key(server, "export", "--public", "--json").stdout)["keys"]
    told = json.loads(server.command("audit", "--event", "key added", "--limit", "1", "--json").stdout)
    assert told["detail"] == jwk["kid"] and told["actor"]

    before = files(server)
    twice = [key(server, "import", file, status=1), key(server, "import", "-", stdin=file.read_text(), status=1)]
    assert all("this key is there already" in done.stderr and not done.stdout for done in twice)
    assert files(server) == before


REFUSED = {
    "RSA 1024": "shorter than 2048 bits; make a longer one", "P-384": "not of the curve P-256", "secp256k1": "not of the curve P-256",
    "X25519": "of a kind that signs no tokens here; make one of P-256, RSA or Ed25519",
    "encrypted": "needs a password; decrypt it first, with openssl pkey",
    "encrypted SEC1": "needs a password; decrypt it first, with openssl pkey",
    "public": "a public key; the private one is needed", "two": "keep one key alone", "cut": "not a whole PEM block",
    "empty": "not a whole PEM block", "garbage": "not a PEM file; one of DER becomes one by openssl pkey -inform DER", "text": "not a whole PEM block", "long": "too long for a key",
    "missing": "No such file or directory", ".": "Is a directory",
}


def test_38_1_what_is_no_key_for_tokens_is_refused_in_words_and_nothing_is_stored(place, made):
    before = files(place)
    told = {name: key(place, "import", made / name, status=1).stderr for name in REFUSED}
    piped = {name: key(place, "import", "-", status=1, stdin=(made / name).read_text()).stderr for name in ("P-384", "public", "text")}
    (made / "ES256 PKCS8").chmod(0o640)
    open_to_others = key(place, "import", made / "ES256 PKCS8", status=1).stderr
    (made / "ES256 PKCS8").chmod(0o600)

    assert {name: why for name, why in REFUSED.items() if f"bearward: no key was added: {made / name}: " not in told[name]
            or why not in told[name] or len(told[name].splitlines()) != 1} == {}
    assert all(f"bearward: no key was added: -: {REFUSED[name]}" in said for name, said in piped.items())
    assert "others may read or write this file" in open_to_others and "chmod 600" in open_to_others
    assert files(place) == before


USAGE = {
    "key new --alg": "needs a value", "key new --alg ES512": "option --alg needs HS256, ES256, RS256 or EdDSA",
    "key new --later --after 5m": "takes --after or --later, not both",
    "key new --after 5": "needs a span of up to a year", "key new --after 0s": "needs a span of up to a year",
    "key rotate --after -5m": "needs a span of up to a year", "key rotate --after 367d": "needs a span of up to a year",
    "key new --after 9999999999w": "needs a span of up to a year", "key rotate --later": "does not take --later",
    "key new --alg ES256 --from-stdin": "bearward key import -", "key import": "FILE is missing", "key export": "say --public",
    "init --alg ES512": "option --alg needs HS256, ES256, RS256 or EdDSA",
}


def test_a_key_is_not_made_where_the_command_line_is_wrong_or_there_is_none_to_export(place):
    before = files(place)
    wrong = {words: place.command(*words.split(), stdin=f"{'0123456789abcdef' * 4}\n") for words in USAGE}
    pem = key(place, "new", "--from-stdin", stdin="-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGH\n", status=1).stderr
    nothing = key(place, "export", "--public", "zzz", status=1).stderr
    again = place.command("init", "--alg", "RS256").stdout

    assert {words: (done.returncode, done.stderr) for words, done in wrong.items()
            if done.returncode != 2 or USAGE[words] not in done.stderr} == {}
    assert "this is a PEM block, and no secret" in pem and "bearward key import FILE" in pem
    assert 'there is no key "zzz"; see `bearward key list`' in nothing
    assert "change keys with `bearward key rotate --alg RS256`" in again
    assert files(place) == before
    secret = begin_anew(place, "HS256")
    for arguments in ([], [secret], [secret, "--json"]):
        refused = key(place, "export", "--public", *arguments, status=1)
        assert f"key {secret} is of HS256, which has no public key" in refused.stderr and refused.stdout == ""
    assert json.loads(key(place, "export", "--public", "--json").stdout) == {"keys": []}


# -- Halves -----------------------------------------------------------------------------------


def test_38_1_init_mends_public_halves_that_are_missing_or_wrong_and_key_list_warns_of_them(place):
    kid = begin_anew(place, "ES256")
    public = place.state / "public" / kid
    whole = files(place)
    other = json.loads(key(place, "export", "--public", kid, "--json").stdout)

    def spoil(how):
        {"missing": public.unlink, "other dates": lambda: public.write_bytes(re.sub(b"signs-from: 2", b"signs-from: 3", public.read_bytes())),
         "garbage": lambda: public.write_text("garbage"), "the private half": lambda: public.write_bytes((place.state / "signing" / kid).read_bytes()),
         "alone": lambda: (place.state / "public" / ("x" * 43)).write_text("garbage")}[how]()
        return key(place, "list").stderr, place.command("check-config"), place.command("init")

    for how, why in {"missing": "it is missing", "other dates": "it has other dates than the private key",
                     "garbage": "its first line is not", "the private half": "a private key where only the public one belongs"}.items():
        warned, checked, mended = spoil(how)
        assert f"bearward: the public key of {kid}: {why}" in warned and "`bearward init` mends it" in warned, how
        assert checked.returncode == 1 and why in checked.stderr, how
        assert mended.returncode == 0 and files(place) == whole and key(place, "list").stderr == "", how
    assert json.loads(key(place, "export", "--public", kid, "--json").stdout) == other


def killed_at(server, call, number, *arguments):
    """Runs the command, which dies at that call to the kernel."""
    done = subprocess.run(["strace", "-f", "-qq", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}",
                           server.program, *arguments], env={**server.environment, "BEARWARD_CONF": str(server.conf)},
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode != 0, "it was over before"


def halves(server):
    """Which keys have which dates in each place."""
    return {name: {path.name: path.read_text().split("-----")[0] for path in (server.state / name).iterdir() if path.name[0] != "."}
            for name in ("signing", "public")}


def test_38_2_a_new_key_of_which_one_half_was_written_changes_nothing_for_others(needs_strace, site, made):  # noqa: F811
    server, client = site
    old = begin_anew(server, "ES256")
    before = new_token(client)

    # The same key again and again: what the call before has left is no hindrance.
    for number in (1, 2, 3):
        killed_at(server, "renameat", number, "key", "import", made / "EdDSA PKCS8")
        there = halves(server)
        alone = there["public"].keys() - there["signing"].keys()
        undated = [kid for kid, lines in there["public"].items() if NEVER in lines]
        # Nothing; the public half, which says that it signs never; both, of which it says so still.
        assert (len(alone), len(undated)) == ((0, 0), (1, 1), (0, 1))[number - 1]
        assert answers(site, before) == (200, 200) and answers(site, new_token(client)) == (200, 200)
        assert key(server, "list").stderr.count("`bearward init` mends it") == len(undated)
        assert server.command("init").returncode == 0
        there = halves(server)
        assert there["public"] == there["signing"] and len(there["public"]) == (1, 1, 2)[number - 1]
        assert key(server, "list").stderr == ""
    assert answers(site, before) == (200, 200) and answers(site, new_token(client)) == (200, 200)
    assert kid_of(new_token(client)) != old


def test_38_2_a_key_of_which_one_half_was_removed_leaves_the_one_before_it_to_sign(needs_strace, site):  # noqa: F811
    server, client = site

    # At its new dates, at the private half, and at the public one; the key before it has been gone for long.
    for call, number in (("renameat", 1), ("unlinkat", 2), ("unlinkat", 4)):
        old = begin_anew(server, "ES256")
        key(server, "new")
        new = signing(server)["kid"]
        begin_earlier(server, new, DAY)
        assert states(server) == ["signing", "gone"]

        killed_at(server, call, number, "key", "remove", new)

        is_removed = not (server.state / "signing" / new).exists()
        assert is_removed == (number == 4) and (server.state / "public" / new).exists()
        token = new_token(client)
        assert kid_of(token) == (old if is_removed else new) and answers(site, token) == (200, 200)
        assert server.command("init").returncode == 0
        there = halves(server)
        assert there["public"] == there["signing"] and (new in there["public"]) != is_removed
        assert answers(site, token) == (200, 200)
        assert eventually(lambda: key(server, "list").stderr == "")
