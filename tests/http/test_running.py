"""INSTALL, "Running it": its commands, typed as they stand on a host of the test's own, do what it says."""

import concurrent.futures
import contextlib
import ctypes
import json
import pathlib
import re

import bcrypt
import httpx
import jws
import pytest

from conftest import PASSWORD, PATIENCE, TOP, eventually
from install_text import TEXT, blocks, section
from own_hosts import SCP, Host
from own_system import only_root
from person import Person

CHAPTER = "Running it"
URL = "http://127.0.0.1:8000"
NEW_PASSWORD = "another phrase of five words"
CLONE_NEWNET = 0x40000000       # <sched.h>

# What is not typed here, and why.
ELSEWHERE = {"Logs": "it takes a journal: test_package.py"}

# Where no systemd runs, the chapter says what to type in place of systemctl.
SYSTEMCTL = """#!/bin/sh
exec /etc/init.d/"$2" "$1"
"""
PREPARE = f"""
cat > /usr/local/bin/systemctl <<'END'
{SYSTEMCTL}END
cat > /usr/local/bin/apt-get <<'END'
#!/bin/sh
END
chmod 755 /usr/local/bin/systemctl /usr/local/bin/apt-get
if [ -e /srv/hosts/local.tar ]; then tar -C / -xf /srv/hosts/local.tar; else make -s install; fi
# One process of each is enough for a test.
echo COPIES=1 > /etc/default/bearward
make -s service ISSUER={URL}
# Whether the host was idle, and what it bears, is not what these tests are about.
rm -f /var/lib/bearward/hash.cost
rm -rf /etc/nginx/conf.d/* /etc/nginx/sites-enabled/*
mkdir -p /var/log/nginx /var/lib/nginx
cp conf/nginx-backends.conf.sample /etc/nginx/conf.d/bearward-backends.conf
mount -t tmpfs none /var/backups
"""
NGINX = re.search(r"^\tsed -n '/from here.*?nginx -t\n", TEXT, re.M | re.S)[0] + "nginx\n"

pytestmark = [pytest.mark.slow, pytest.mark.once("is about what is installed"), only_root]


def chapter():
    return re.search(rf"^{CHAPTER}\n=+\n(.*?)(?=^[^\n]+\n={{4,}}\n)", TEXT, re.M | re.S)[1]


def titles():
    return re.findall(r"^([^\n]+)\n-{4,}$", chapter(), re.M)


def is_typed(block):
    return re.match(r"[a-z][a-z-]+ [^\t]*$|umask", block.splitlines()[0]) and not re.search(r"\S   +\S", block)


def steps(title):
    """What a section says to type, block by block; tables are none."""
    return [block for block in blocks(section(title)) if is_typed(block)]


class Site(Host):
    """A host on which bearward serves a site, as INSTALL sets it up."""

    def __init__(self, directory, name):
        super().__init__(directory, name, None)
        self.thread = concurrent.futures.ThreadPoolExecutor(1, initializer=self.enter_network)
        self.run(PREPARE, patience=4 * PATIENCE)
        self.run(NGINX)
        assert eventually(lambda: self.ask("GET", "/health/ready").status_code == 200)

    @property
    def state(self):
        return self.path("/var/lib/bearward")

    def enter_network(self):
        with open(f"/proc/{self.pid}/ns/net") as network:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(network.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def close(self):
        self.thread.shutdown()
        self.remove()

    # -- What others do

    def call(self, function, *args, **options):
        """Does something on the loopback of the host."""
        return self.thread.submit(function, *args, **options).result(2 * PATIENCE)

    def ask(self, method, path, **options):
        def ask():
            with contextlib.suppress(httpx.TransportError):
                return httpx.request(method, URL + path, trust_env=False, timeout=PATIENCE, **options)
            return httpx.Response(0)
        return self.call(ask)

    def sign_in(self, name, password=PASSWORD):
        return self.ask("POST", "/token", data={"username": name, "password": password})

    def tokens(self, name, password=PASSWORD):
        answer = self.sign_in(name, password)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def check(self, token):
        return self.ask("GET", "/users/me/", headers={"Authorization": f"Bearer {token}"}).status_code

    def verify(self, token):
        """What a program of the host is told at /verify."""
        return int(self.run(f"curl -s -o /dev/null -w '%{{http_code}}' --unix-socket /run/bearward-backends.sock http://localhost/verify"
                            f" -H 'Authorization: Bearer {token}'"))

    def refresh(self, token):
        return self.ask("POST", "/token", data={"grant_type": "refresh_token", "refresh_token": token})

    def browser(self, name, password=PASSWORD):
        """A browser in which somebody is signed in."""
        person = Person(URL)
        self.call(lambda: person.send(person.go("/account/"), username=name, password=password))
        assert self.is_in(person)
        return person

    def is_in(self, person):
        page = self.call(person.go, "/account/")
        return page.url.path.startswith("/account")

    # -- What the operator does

    def add(self, *names, password=PASSWORD):
        self.run("".join(f"bearward user add {name} <<'END'\n{password}\nEND\n" for name in names))

    def path(self, name):
        """Where a file of the host lies for those out here."""
        return pathlib.Path(f"/proc/{self.pid}/root", name.lstrip("/"))


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    directory = tmp_path_factory.mktemp("hosts")
    directory.chmod(0o755)
    (directory / "names").write_text("")
    (directory / "scp").write_text(SCP)
    return directory


@pytest.fixture(scope="module")
def host(directory):
    with contextlib.closing(Site(directory, "www")) as site:
        site.run("install -d -m 0700 -o bearward -g bearward /var/backups/bearward; tar -C / -cf /srv/hosts/local.tar usr/local/bin/bearward usr/local/lib usr/local/share")
        site.add("alice")
        yield site


def lines(text):
    return [line for line in text.splitlines() if line]


def rows(said):
    """What lists have said, without their headings."""
    return [line.split() for line in lines(said) if not re.match("[A-Z]+  ", line)]


# -- The text ------------------------------------------------------------------------------


def test_each_section_with_something_to_type_is_typed_by_a_test():
    source = pathlib.Path(__file__).read_text()
    typed = set(re.findall(r'steps\("([^"]+)"\)', source))

    assert {title for title in titles() if steps(title)} == typed | ELSEWHERE.keys()
    assert all(section(title) for title in titles())


def test_no_block_of_the_chapter_is_taken_for_a_table_that_is_none():
    tables = [block for title in titles() for block in blocks(section(title)) if not is_typed(block)]

    assert [block for block in tables if re.search(r"^(bearward|systemctl|apt-get|echo|tar|journalctl) ", block, re.M)
            and not re.search(r"\S   +\S", block)] == []


# -- Tasks ---------------------------------------------------------------------------------


def test_a_backup_is_made_every_night(host):
    [enable] = steps("A backup every night")
    host.run("rm -rf /var/backups/bearward")
    host.run(enable)
    [line] = host.path("/etc/cron.d/bearward-backup").read_text().splitlines()

    host.run(line.split(" root ")[1])

    assert len(list(host.path("/var/backups/bearward").glob("*.backup"))) == 1


def test_the_round_of_a_month_finds_what_it_looks_for(host):
    [doctor, backups, reuse, powers, absent, update] = steps("Once a month")
    host.add("carol")
    host.run("bearward user set carol --groups staff; bearward introspection add api; bearward backup /var/backups/bearward")

    said = host.run(doctor)
    assert "database" in said and "0 fault" in said
    assert ".backup" in host.run(backups)
    assert rows(host.run(reuse)) == []
    assert "carol\t\tstaff" in host.run(powers)
    assert "carol" not in host.run(absent)
    host.run("sqlite3 /var/lib/bearward/bearward.db \"UPDATE users SET created_at = 1 WHERE username = 'carol'\"")
    assert "carol\n" in host.run(absent)
    before = host.tokens("alice")
    host.run(update)
    assert host.check(before["access_token"]) == 200


@pytest.fixture
def stateless(host):
    """`verify` asks no database for the time of a test."""
    host.run("cp -p /etc/bearward/bearward.conf /root/; echo 'verify = stateless' >> /etc/bearward/bearward.conf; systemctl restart bearward")
    yield
    host.run("cp -p /root/bearward.conf /etc/bearward/; systemctl restart bearward")


def end_a_leaked_key(host, alg):
    [new, listing, remove] = lines("".join(steps("A key has leaked")))
    host.run(f"bearward key new --alg {alg}")
    held, person = host.tokens("alice"), host.browser("alice")
    leaked = jws.parts(held["access_token"])[0]["kid"]
    forged = jws.Forge(host, held["access_token"]).with_claims(jti="A" * 22)
    pairs = [(ask, token) for ask in (host.check, host.verify) for token in (held["access_token"], forged)]
    assert [ask(token) for ask, token in pairs] == [200] * 4

    host.run(f"{new} --alg {alg}")
    assert leaked in host.run(listing)
    host.run(remove.replace("KID", leaked))

    assert [ask(token) for ask, token in pairs] == [401] * 4
    assert host.is_in(person)
    renewed = host.refresh(held["refresh_token"])
    assert renewed.status_code == 200 and host.check(renewed.json()["access_token"]) == 200


def test_after_a_key_has_leaked_its_tokens_are_refused_also_forged_ones(host):
    end_a_leaked_key(host, "HS256")


def test_a_leaked_key_of_a_pair_ends_also_where_no_database_is_asked(host, stateless):
    end_a_leaked_key(host, "ES256")


def test_after_a_laptop_was_stolen_what_it_had_is_refused(host):
    [look, end, take_all, see] = steps("A laptop is stolen")
    host.add("dora")
    stolen, kept, program = host.browser("dora"), host.browser("dora"), host.tokens("dora")

    # The newest comes first: the one that was kept.
    ids = [row[0] for row in rows(host.run(look.replace("alice", "dora"))) if row[1] == "browser"]
    assert len(ids) == 2
    host.run(end.replace("ID", ids[1]))
    assert (host.is_in(stolen), host.is_in(kept)) == (False, True)
    assert host.check(program["access_token"]) == 200

    said = host.run(take_all.replace("alice", "dora"))
    assert not host.is_in(kept)
    assert host.check(program["access_token"]) == 401
    assert host.refresh(program["refresh_token"]).status_code == 400
    assert host.sign_in("dora").status_code == 401
    link = re.search(rf"^{URL}/\S+$", said, re.M)[0]
    person = Person(URL)
    host.call(lambda: person.send(person.go(link), password=NEW_PASSWORD))
    assert host.is_in(person)
    assert host.sign_in("dora", NEW_PASSWORD).status_code == 200
    assert "password changed" in host.run(see.replace("alice", "dora"))


def test_after_a_leak_of_hashes_the_passwords_of_before_are_refused_and_links_are_there(host):
    [who, replace] = steps("A backup or the database has leaked")
    host.run("""bearward import --ndjson - <<'END'
{"username": "erin", "hashed_password": "HASH"}
{"username": "-frank", "hashed_password": "HASH"}
END
""".replace("HASH", bcrypt_hash()))
    assert host.sign_in("alice").status_code == 200

    assert [row[1] for row in rows(host.run(who))] == ["erin", "-frank"]
    host.run(replace)

    assert host.sign_in("alice").status_code == 200
    assert [host.sign_in(name).status_code for name in ("erin", "-frank")] == [401, 401]
    links = dict(line.split("\t") for line in host.path("/root/links").read_text().splitlines())
    assert links.keys() == {"erin", "-frank"} and host.path("/root/links").stat().st_mode & 0o77 == 0
    person = Person(URL)
    host.call(lambda: person.send(person.go(links["-frank"]), password=NEW_PASSWORD))
    assert host.sign_in("-frank", NEW_PASSWORD).status_code == 200
    assert rows(host.run(who)) == []


def bcrypt_hash():
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


def test_of_a_person_who_left_only_what_the_text_names_is_there(host):
    [export, delete, forget] = steps("A person leaves")
    host.run("bearward user add quentin --email quentin@example.org <<'END'\n" + PASSWORD + "\nEND")
    held, person = host.tokens("quentin"), host.browser("quentin")
    number = host.run("bearward user show quentin").split()[1]

    host.run(export.replace("alice", "quentin").replace("> ", "> /root/"))
    told = json.loads(host.path("/root/quentin.json").read_text())
    assert "quentin@example.org" in json.dumps(told)
    host.run(delete.replace("alice", "quentin"))

    assert host.check(held["access_token"]) == 401 and not host.is_in(person)
    assert f"#{number}" in host.run(f"bearward audit --user '#{number}' --columns")
    assert files_with(host, b"quentin") <= {"bearward.db-wal"}
    assert host.run(forget).startswith("0|")
    assert files_with(host, b"quentin") == set()


def files_with(host, text):
    return {path.name for path in host.state.rglob("*") if path.is_file() and text in path.read_bytes().lower()}


def test_a_new_cost_of_hashes_comes_with_each_sign_in_and_a_low_one_is_refused(host):
    [change, who] = steps("The cost of a hash")
    [count, idle] = lines(who)
    host.add("grace")
    host.run("sqlite3 /var/lib/bearward/bearward.db \"UPDATE users SET last_sign_in_at = 1 WHERE username = 'grace'\"")
    everybody, before = int(host.run("bearward user list --count")), int(host.run(count))

    assert "hash_memory: " in host.run(change)
    assert host.run(count) == f"{everybody}\n"
    assert host.sign_in("alice").status_code == 200
    assert host.run(count) == f"{everybody - 1}\n"
    assert "grace" in host.run(idle)

    low = "sed -i 's/^scrypt_log2_n = 15/scrypt_log2_n = 12/' /etc/bearward/bearward.conf"
    said = host.run(f"{low}; ! systemctl restart bearward 2>&1")
    assert "scrypt" in said
    assert host.sign_in("alice").status_code == 200
    # And down again: what costs more stays.
    host.run("sed -i '/^scrypt_/d' /etc/bearward/bearward.conf; systemctl restart bearward")
    assert host.run(count) == f"{before}\n"
    assert host.sign_in("alice").status_code == 200
    assert host.run("sqlite3 /var/lib/bearward/bearward.db "
                    "\"SELECT substr(hashed_password, 1, 11) FROM users WHERE username = 'alice'\"") == "$s1$0f0810$\n"


def test_thousands_of_users_are_imported_listed_in_pages_and_found(host):
    [page, *_] = steps("Thousands of users")
    [first, second, found] = lines(page)
    hashed = host.run("sqlite3 /var/lib/bearward/bearward.db \"SELECT hashed_password FROM users WHERE username = 'alice'\"").strip()
    host.path("/root/users.ndjson").write_text("".join(
        json.dumps({"username": f"u{number}", "email": f"u{number}@example.org", "hashed_password": hashed}) + "\n"
        for number in range(2500)))
    before = int(host.run(found))

    said = host.run("cd; split -l 1000 users.ndjson part.; for part in part.*; do bearward import --ndjson $part; done")

    assert said.count("taken") == 3
    assert len(lines(host.run(first))) == len(lines(host.run(second))) == 1000
    assert host.run(found) == f"{before + 2500}\n"


def test_an_account_that_somebody_guesses_at_is_found_and_freed(host):
    [look, clear] = steps("Somebody cannot sign in")
    host.add("heidi")
    for guess in range(6):
        answer = host.sign_in("heidi", f"wrong password {guess}")
    assert answer.status_code == 429

    said = host.run(look.replace("alice", "heidi"))
    assert "wrong_password" in said and "budget reached" in said
    [account, network] = lines(clear)
    host.run(account.replace("alice", "heidi"))
    host.run(network.replace("alice", "heidi").replace("192.0.2.7", "127.0.0.1"))

    assert host.sign_in("heidi").status_code == 200


def test_what_was_given_out_while_the_clock_was_ahead_is_found_and_ended(host):
    [end] = steps("The clock was wrong")
    host.add("ivan")
    held, later = host.tokens("ivan"), host.tokens("ivan")
    # As if the clock had been a day ahead for the second one.
    host.run("sqlite3 /var/lib/bearward/bearward.db \"UPDATE grants SET created_at = created_at + 86400 "
             "WHERE rowid = (SELECT max(rowid) FROM grants)\"")
    assert [host.check(pair["access_token"]) for pair in (held, later)] == [200, 200]

    host.run(end)

    assert [host.check(pair["access_token"]) for pair in (held, later)] == [200, 401]


def test_a_full_disk_keeps_who_is_signed_in_and_goes_on_by_itself(host):
    [look] = steps("The disk is full")
    held = host.tokens("alice")
    host.run("head -c 9M /dev/zero > /var/lib/bearward/filler; mount -o remount,size=$(df --output=used -k /var/lib | tail -n 1)k /var/lib")
    try:
        assert eventually(lambda: host.sign_in("alice").status_code == 503)
        assert host.check(held["access_token"]) == 200
        assert "filler" in host.run(look)

        host.run("rm /var/lib/bearward/filler")

        assert eventually(lambda: host.sign_in("alice").status_code == 200)
    finally:
        host.run("rm -f /var/lib/bearward/filler; mount -o remount,size=1g /var/lib")


def test_every_file_is_named_and_what_can_be_made_anew_is(host):
    text = section("Where what is")
    person, held = host.browser("alice"), host.tokens("alice")
    files = sorted(path.relative_to(host.state) for path in host.state.iterdir())

    unnamed = [str(name) for name in files if not re.search(rf"\b{re.escape(str(name).split('-')[0])}\b", text)]
    assert unnamed == []
    page = (TOP / "man/bearward.8").read_text()
    assert [str(name) for name in files if not re.search(rf"\b{re.escape(str(name).split('-')[0])}\b", page)] == []
    assert set(host.run("find /var/lib/bearward -printf '%u\\n'").split()) == {"bearward"}

    host.run("systemctl stop bearward; cd /var/lib/bearward;"
             " rm -rf attempts seen hash.slots hash.kinds metrics write.lock write.queue use.lock public/*;"
             " rm -rf /run/bearward; bearward init; bearward check-config; systemctl start bearward")

    assert eventually(lambda: host.check(held["access_token"]) == 200)
    assert host.is_in(person)
    assert host.sign_in("alice").status_code == 200

    # Without keys: programs renew what they have, and browsers notice nothing.
    host.run("rm -f /var/lib/bearward/keys/* /var/lib/bearward/signing/*; bearward key new")
    renewed = host.refresh(held["refresh_token"])
    assert renewed.status_code == 200 and host.check(renewed.json()["access_token"]) == 200
    assert host.is_in(person)


def test_everybody_stays_signed_in_on_another_host(host, directory):
    [pack, unpack] = steps("Moving to another host")
    held, person = host.tokens("alice"), host.browser("alice")
    with contextlib.closing(Site(directory, "new")) as new:
        new.add("somebody")

        host.run(pack)
        new.run("cd\n" + unpack.replace("/root/", "~/"))

        assert new.check(held["access_token"]) == 200
        assert new.is_in(person)
        assert new.refresh(held["refresh_token"]).status_code == 200
        assert new.sign_in("somebody").status_code == 401
        assert new.run("stat -c %U /var/lib/bearward/bearward.db") == "bearward\n"
    host.run("systemctl start bearward")


def test_a_broken_database_is_told_apart_and_a_backup_brought_back(host):
    [look, bring_back] = steps("The database is broken")
    host.run("bearward backup /var/backups/bearward")
    host.add("later")

    assert "ok\n" in host.run(look)
    host.run("dd if=/dev/urandom of=/var/lib/bearward/bearward.db bs=512 count=8 conv=notrunc status=none; rm -r /root/bearward.broken")
    assert "ok\n" not in host.run(look + " 2>&1")
    host.run(bring_back)

    assert host.sign_in("alice").status_code == 200
    assert host.sign_in("later").status_code == 401


def test_before_and_after_another_version_there_is_a_backup_and_all_is_well(host):
    [backup, look] = steps("Changing to a new version")
    host.run("rm -rf /var/backups/bearward/*")

    host.run(backup)
    said = host.run(look)

    assert len(list(host.path("/var/backups/bearward").glob("*.backup"))) == 1
    assert re.match(r"bearward \d", said) and "0 fault" in said
