"""Packages as `make deb` builds them, and the life of one in a box with a site of nginx that it guards."""

import http.client
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time

import box
from conftest import PASSWORD, PATIENCE, TOP, eventually
from install_text import blocks, commands, is_nginx, section
from person import Person

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("BEARWARD_", "MAKE", "MFLAGS"))}
LONG = 40 * PATIENCE            # for what takes minutes on a machine of its own
URL = "http://127.0.0.1"
PAGE = "/private/page.html"
SITE = "/etc/nginx/sites-available/default"
SETTINGS = "/etc/bearward/bearward.conf"
ANOTHER_PLACE = """\tlocation = /bearward/staff {
\t\tinclude snippets/bearward-question.conf;
\t\tproxy_pass http://bearward_question/verify?SIGNIN=/signin&REQUIRED_GROUP=staff;
\t}
\tlocation ^~ /members/ {
\t\tauth_request /bearward/staff;
\t\tinclude snippets/bearward-guard.conf;
\t}
"""
APT = ("apt-get", "-q", "-y", "-o", "DPkg::Use-Pty=0")


# -- Packages ------------------------------------------------------------------------------


def by_name(paths):
    return {path.name.partition("_")[0]: path for path in map(pathlib.Path, paths)}


def built(directory):
    """The packages, of what `make` has compiled; only what names places is compiled anew."""
    (directory / "bearward/build").mkdir(parents=True)
    for path in [TOP / "build/src", TOP / "build/cgi-bin", *(TOP / "build").glob("exports*")]:
        subprocess.run(["cp", "-a", path, directory / "bearward/build"], check=True)
    return built_whole(directory, "-nc", "-d", DEB_BUILD_OPTIONS="nocheck noautodbgsym")


def built_whole(directory, *options, **environment):
    """The packages as `make deb` builds them, in `directory`."""
    done = subprocess.run([TOP / "conf/make-deb", directory, *options], cwd=TOP, capture_output=True, text=True, timeout=LONG,
                          env={**CLEAN, **environment})
    assert done.returncode == 0, done.stdout + done.stderr
    return by_name(done.stdout.split())


def names(relations):
    """The first alternative of each of these relations between packages."""
    return [re.match(r"[a-z0-9.+-]+", relation.strip())[0] for relation in relations.split(",") if relation.strip()]


def build_depends():
    """What debian/control says that it takes to build."""
    control = (TOP / "debian/control").read_text()
    relations = re.search(r"^Build-Depends: (.*\n(?: .*\n)*)", control, re.MULTILINE)[1]
    return names(relations.replace("debhelper-compat", "debhelper"))


def depends(package):
    said = subprocess.run(["dpkg-deb", "-f", package, "Pre-Depends", "Depends"], capture_output=True, text=True, check=True).stdout
    return names(re.sub(r"^[\w-]+: ", ",", said, flags=re.MULTILINE).replace("\n", ""))


def complaints(said):
    """What lintian calls an error or a warning."""
    return [line for line in said.splitlines() if re.match("[EW]: ", line)]


def built_on(suite, directory):
    """The packages as that Debian builds them, with all unit tests, and what its lintian says."""
    with box.Box(suite, packages=["build-essential", *build_depends(), "lintian"]) as builder:
        subprocess.run([TOP / "conf/copy-sources", directory / "bearward"], check=True)
        builder.put(directory / "bearward", "/root/")
        builder.succeed("/root/bearward/conf/make-deb", "/root/built", timeout=LONG)
        said = builder.run("sh", "-c", "lintian --allow-root /root/built/*.changes", timeout=LONG).stdout
        for path in builder.path("/root/built").glob("*.deb"):
            shutil.copy(path, directory)
    return by_name(directory.glob("*.deb")), said


def newer(package, directory):
    """The same package with a higher version."""
    subprocess.run(["dpkg-deb", "-R", package, directory / "unpacked"], check=True)
    control = directory / "unpacked/DEBIAN/control"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 9+", 1))
    made = directory / "newer.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", directory / "unpacked", made], check=True, capture_output=True)
    shutil.rmtree(directory / "unpacked")
    return made


# -- What people see -----------------------------------------------------------------------


def inside(system, work):
    """What work() returns when it is done on the network of the box."""
    done = {}

    def run():
        try:
            system.enter_network()
            done["result"] = work()
        except BaseException as error:  # noqa: BLE001: the test is told
            done["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if "error" in done:
        raise done["error"]
    return done["result"]


def fetched(path, method="GET", headers=None, body=None):
    """Status, headers but for the date, and body."""
    connection = http.client.HTTPConnection("127.0.0.1", timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, sorted(item for item in answer.getheaders() if item[0].lower() != "date"), answer.read()
    finally:
        connection.close()


def own_pages(system):
    """What the site has beside bearward: pages, its 404 page, and its limit of 1 MB."""
    return inside(system, lambda: [fetched("/"), fetched("/page.html?a=1"), fetched("/nowhere"), fetched("/token"),
                                   fetched("/page.html", "POST", body=b"x" * 1100000)])


def status_of(system, path=PAGE):
    """None while nobody listens, as between stop and start."""
    try:
        return inside(system, lambda: fetched(path)[0])
    except ConnectionRefusedError:
        return None


def signed_in(system, name):
    """What a person sees who opens the guarded page and signs in, and the cookie of that."""
    def visit():
        with Person(URL) as person:
            page = person.send(person.go(PAGE), username=name, password=PASSWORD)
            return page.text, "; ".join(f"{key}={value}" for key, value in person.cookies.items())
    return inside(system, visit)


class Load:
    """People who go on asking for the guarded page and the form, some 200 times a second, while something happens."""

    def __init__(self, system, cookie, people=8):
        self.system, self.cookie = system, cookie
        self.answered, self.lost = [], []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.ask) for _ in range(people)]

    def ask(self):
        self.system.enter_network()
        while not self.is_over.is_set():
            for path in (PAGE, "/signin"):
                try:
                    status = fetched(path, headers={"Cookie": self.cookie})[0]
                except OSError as error:
                    status = repr(error)
                (self.answered if status in (200, 303) else self.lost).append((path, status))
            time.sleep(0.04)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


# -- A package's life ----------------------------------------------------------------------


def typed():
    """What the text has for the first guarded page: before and after the line for the site, and that."""
    found = blocks(section("From a package"))
    at = next(i for i, block in enumerate(found) if is_nginx(block))
    return commands(found[at - 1]), found[at].splitlines(), commands(found[at + 1])


def with_site(system):
    """Gives the box a site that has a page for all, and one to guard."""
    system.succeed("sh", "-ec", f"""
        mkdir /var/www/html/private
        echo 'for members' >/var/www/html{PAGE}
        echo 'for all' >/var/www/html/page.html
        systemctl start nginx""")


class Life:
    """What is seen in the box at each step, from the first installation to the last purge."""

    def __init__(self, system, package, directory):
        self.system = system
        system.put(package, "/root/")
        system.put(newer(package, directory), "/root/")
        self.before = own_pages(system)
        self.install()
        self.logs = self.typed_about_logs()
        self.upgrade()
        self.reinstall_with_mistake()
        self.remove()
        self.purge()
        self.purge_again()

    def apt(self, *arguments):
        done = self.system.run(*APT, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def nginx_is_good(self):
        return self.system.run("nginx", "-t").returncode == 0

    def workers(self):
        master = self.system.path("/run/nginx.pid").read_text().strip()
        return set(self.system.path(f"/proc/{master}/task/{master}/children").read_text().split())

    def reloaded(self, *command):
        """Runs a command that reloads nginx, and waits until nobody answers any more who has the configuration of before."""
        old = self.workers()
        self.system.succeed(*command)
        assert eventually(lambda: self.workers() and old.isdisjoint(self.workers()))

    def reload_nginx(self):
        self.reloaded("nginx", "-s", "reload")

    def pids(self):
        return self.system.succeed("systemctl", "show", "-P", "MainPID", "bearward@*.service").split()

    def install(self):
        """As the text has it; only what it calls a decision is another word."""
        (install, add), [self.line], after = typed()
        self.system.succeed("sh", "-ec", "cd /root && " + install.replace("apt ", "apt -y "))
        self.installed = own_pages(self.system), self.nginx_is_good()
        self.system.succeed("sh", "-ec", add.replace("johndoe", "alice"), input=f"{PASSWORD}\n{PASSWORD}\n", stdin=None)
        site = self.system.path(SITE)
        site.write_text(site.read_text().replace("server {\n", f"server {{\n\t{self.line}\n", 1))
        [reload_nginx] = after
        self.reloaded("sh", "-ec", reload_nginx)
        self.refused = status_of(self.system)
        self.guarded, self.cookie = signed_in(self.system, "alice")
        self.joined = own_pages(self.system)

    def typed_about_logs(self):
        """What the journal says to whoever follows the text."""
        [questions, retention] = [block for block in blocks(section("Logs")) if "   " not in block]
        self.system.succeed("sh", "-ec", retention)
        return [self.system.succeed("sh", "-ec", f"journalctl --sync; {line} --no-pager") for line in questions.splitlines()]

    def upgrade(self):
        old = self.pids()
        with Load(self.system, self.cookie) as load:
            assert eventually(lambda: len(load.answered) > 200)
            self.apt("install", "/root/newer.deb")
            assert eventually(lambda: set(self.pids()).isdisjoint(old))
            asked = len(load.answered)
            assert eventually(lambda: len(load.answered) > asked + 200)
        self.asked, self.lost = len(load.answered), load.lost

    def reinstall_with_mistake(self):
        settings = self.system.path(SETTINGS)
        good, old = settings.read_text(), self.pids()
        settings.write_text(good + "relm = intranet\n")
        self.mistake = self.apt("install", "--reinstall", "/root/newer.deb")
        self.went_on = self.pids() == old and status_of(self.system) == 401
        settings.write_text(good)

    def remove(self):
        self.key = self.system.succeed("bearward", "key", "list")
        self.apt("remove", "bearward")
        self.removed = own_pages(self.system), self.nginx_is_good(), status_of(self.system)
        # One that `make install` has put there, and that would do nothing.
        self.system.succeed("ln", "-s", "/bin/false", "/usr/local/bin/bearward")
        self.said_of_another = self.apt("install", "/root/newer.deb")
        self.system.succeed("rm", "/usr/local/bin/bearward")
        self.back = signed_in(self.system, "alice")[0]

    def purge(self):
        """While two places of the site are guarded: by the one line, and by what stands in it."""
        site = self.system.path(SITE)
        site.write_text(site.read_text().replace(f"\t{self.line}\n", f"\t{self.line}\n{ANOTHER_PLACE}"))
        self.purge_said = self.apt("purge", "bearward")
        self.purged_well = self.nginx_is_good()
        self.reload_nginx()
        self.purged = own_pages(self.system)
        self.purged_where_every_address_is_answered = self.answering_every_address(
            lambda: [status_of(self.system, path) for path in ("/nowhere", PAGE, "/members/page.html")])
        self.apt("install", "/root/newer.deb")
        self.reload_nginx()
        self.same_key = self.system.succeed("bearward", "key", "list") == self.key
        self.back_again = signed_in(self.system, "alice")[0]

    def answering_every_address(self, look):
        """What is seen while the site has a page for each address, as one with a front end has."""
        site = self.system.path(SITE)
        text = site.read_text()
        site.write_text(text.replace("try_files $uri $uri/ =404;", "try_files $uri /page.html;"))
        self.reload_nginx()
        seen = look()
        site.write_text(text)
        self.reload_nginx()
        return seen

    def purge_again(self):
        """When nobody names it any more."""
        site = self.system.path(SITE)
        site.write_text(site.read_text().replace(f"\t{self.line}\n{ANOTHER_PLACE}", ""))
        self.last_purge_said = self.apt("purge", "bearward")
        self.left = self.system.succeed(
            "sh", "-c", "find / -xdev -name '*bearward*' ! -path '/root/*' ! -path '/var/lib/dpkg/*' ! -path '/var/log/*'").split()
        self.last = own_pages(self.system), self.nginx_is_good()
