"""INSTALL, "Many hosts": typed as it stands, on hosts of the test's own, it makes a service that outlives its primary."""

import json
import re

import pytest

import doctor
from conftest import PASSWORD, eventually
from install_text import blocks, section
from own_hosts import Network, skip_without_networks
from own_system import only_root
from postgresql import binaries

ADDRESSES = {"www": "192.0.2.1", "db1": "192.0.2.11", "db2": "192.0.2.12", "web1": "192.0.2.21", "web2": "192.0.2.22"}
OF_ADMINISTRATOR = "the password of an administrator"

# Packages are there already. With PostgreSQL comes a cluster, and nginx runs when it is installed.
PREPARE = """
cat > /usr/local/bin/apt-get <<'END'
#!/bin/sh
dpkg-query -W "$2" >/dev/null
case $2 in
postgresql) pg_createcluster VERSION main >/dev/null ;;
nginx-light) nginx ;;
esac
END
chmod 755 /usr/local/bin/apt-get
rm -rf /etc/postgresql/* /etc/nginx/conf.d/* /etc/nginx/sites-enabled/*
install -d -o postgres -g postgres /var/lib/postgresql /var/log/postgresql /etc/postgresql
mkdir -p /var/log/nginx /var/lib/nginx
mount -t tmpfs none /var/backups
"""

pytestmark = [pytest.mark.self_contained, pytest.mark.slow, pytest.mark.once("is about what is installed"), only_root]


def typed(title):
    """What a section says to type."""
    return "\n".join(blocks(section(title)))


class Hosts(Network):
    def __init__(self, directory):
        super().__init__(directory, **ADDRESSES)
        self.version = binaries().parent.name
        for host in self.hosts.values():
            host.run(PREPARE.replace("VERSION", self.version))

    def type_on_database(self, name, script, stdin=""):
        start = f"name=$(hostname -s) version={self.version}; cd\n"
        return self[name].run(start + re.sub(r"^version=.*", "", script, flags=re.M), stdin)

    def type_on_web(self, name, script):
        # Only on a terminal the command asks.
        return self[name].run(f"export PGPASSWORD='{OF_ADMINISTRATOR}'\n" + script)

    def set_up_databases(self):
        self["www"].run("cd\n" + typed("Certificates"))
        for name in "db1", "db2":
            self.type_on_database(name, typed("db1 and db2: PostgreSQL"))
        self.type_on_database("db1", typed("db1: the primary"), stdin=f"{OF_ADMINISTRATOR}\n" * 2)
        self.type_on_database("db2", typed("db2: the standby"))
        for name in "db1", "db2":
            self.type_on_database(name, typed("db1 and db2: confirm what both have"))

    def set_up(self):
        self.set_up_databases()
        self.type_on_web("web1", typed("web1: the first web host"))
        [packing, unpacking] = blocks(section("web2: each further web host"))
        self.type_on_web("web1", packing)
        self.type_on_web("web2", unpacking)
        for name in "web1", "web2":
            self.type_on_web(name, typed("web1 and web2: the web server"))
        # Without a certificate, and so that a host that has answered 503 is asked again at once.
        balancer = re.sub(r".*ssl_certificate.*\n", "", typed("The load balancer")).replace("443 ssl", "80").replace("max_fails=3", "max_fails=0")
        self["www"].run(f"cat > /etc/nginx/conf.d/balancer.conf <<'END'\n{balancer}END\nnginx")

    def add(self, user):
        """Adds a user by the command; gives the id."""
        return int(self["web1"].run(f"bearward user add {user} <<'END'\n{PASSWORD}\nEND").split()[-1])

    def ask(self, name, path, *words, port=8000):
        """Status and answer of a request that is made on a host."""
        quoted = " ".join(f"'{word}'" for word in words)
        done = self[name].run(f"curl -s -w '\\n%{{http_code}}' http://127.0.0.1:{port}{path} {quoted} || true")
        answer, _, status = done.rpartition("\n")
        return int(status or 0), answer

    def sign_in(self, name, port=8000):
        status, answer = self.ask(name, "/token", "-d", "username=alice", "-d", f"password={PASSWORD}", port=port)
        return json.loads(answer)["access_token"] if status == 200 else None

    def check(self, name, token):
        return self.ask(name, "/users/me/", "-H", f"Authorization: Bearer {token}")[0]

    def doctor(self, name):
        """What is not as it should be."""
        lines = self[name].run("bearward doctor || true").splitlines()
        return {finding["check"]: finding["found"] for finding in map(json.loads, lines)
                if finding["state"] != "ok" and finding["check"] not in doctor.OF_HOST | doctor.OF_WEB}


def test_many_hosts_as_install_says_outlive_their_primary(tmp_path):
    skip_without_networks()
    tmp_path.chmod(0o755)
    with Hosts(tmp_path) as hosts:
        hosts.set_up()
        hosts.add("alice")
        token = hosts.sign_in("web1")
        assert hosts.check("web2", token) == 200
        assert hosts.check("web1", hosts.sign_in("web2")) == 200
        assert eventually(lambda: hosts.doctor("web2") == {}), hosts.doctor("web2")

        # All but its first process, as if the power was cut.
        hosts["db1"].run("kill -KILL -1")
        assert hosts.check("web1", token) == 503
        hosts.type_on_database("db2", typed("db2: take the place of the primary"))

        assert eventually(lambda: hosts.sign_in("www", port=80))
        assert [hosts.check(name, token) for name in ("web1", "web2")] == [200, 200]
        [comeback, waiting] = blocks(section("db1: come back as the standby"))
        hosts.type_on_database("db1", comeback)
        hosts.type_on_database("db2", waiting)
        assert eventually(lambda: hosts.sign_in("web2"))
        assert eventually(lambda: hosts.doctor("web1") == {}), hosts.doctor("web1")


@pytest.mark.thorough
def test_what_else_install_says_of_many_hosts_does_what_it_says(tmp_path):
    """Users move there from SQLite; a second account runs responders; pgbouncer stands between, also in a failover; a backup is brought back."""
    skip_without_networks()
    tmp_path.chmod(0o755)
    with Hosts(tmp_path) as hosts:
        hosts.set_up_databases()
        # A host as it is with SQLite, and somebody signed in.
        hosts["web1"].run("make install && make service ISSUER=https://www.example.org && install -D -m 0644 ~/ca.crt /etc/bearward/database-ca.crt")
        hosts.type_on_web("web1", typed("web1 and web2: the web server"))
        hosts.add("alice")
        token = hosts.sign_in("web1")

        hosts.type_on_web("web1", typed("Moving from SQLite").replace('--to "$database"\n', '--to "$database" --yes\n'))
        assert hosts.check("web1", token) == 200
        assert hosts.doctor("web1") == {}

        hosts["web1"].run("echo CHECK_ACCOUNT=bearward-check >> /etc/default/bearward; make service;"
                          " /etc/init.d/bearward stop; /etc/init.d/bearward start")
        assert eventually(lambda: hosts.check("web1", hosts.sign_in("web1")) == 200)

        [bouncer, _] = blocks(section("pgbouncer"))
        for name in "db1", "db2":
            hosts.type_on_database(name, bouncer)
        hosts["web1"].run("sed -i 's/db1.example.org,db2.example.org/db1.example.org:6432,db2.example.org:6432/;"
                          " s/database-ca.crt$/&\\&channel_binding=disable/' /etc/bearward/bearward.conf; /etc/init.d/bearward restart")
        assert hosts.sign_in("web1")
        assert hosts.doctor("web1") == {}
        hosts["db1"].run("kill -KILL -1")
        hosts.type_on_database("db2", typed("db2: take the place of the primary") + "service pgbouncer restart")
        assert eventually(lambda: hosts.sign_in("web1"))

        [backup, bring_back, forget] = blocks(section("Backup"))
        hosts.type_on_database("db2", backup)
        hosts.add("bob")
        hosts.type_on_database("db2", "pg_ctlcluster $version main stop")
        hosts.type_on_database("db2", "touch /etc/postgresql/$version/main/conf.d/standby.conf\n" +
                               re.sub(r"\d{4}-\d\d-\d\d", "$(ls /var/backups/bearward)", bring_back))
        assert eventually(lambda: hosts.check("web1", token) == 200)
        hosts.type_on_database("db2", forget)
        assert hosts.check("web1", token) == 401
        assert hosts.add("bob") > 1_000_000
        assert hosts.sign_in("web1")
