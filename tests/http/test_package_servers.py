"""The package behind Debian's Apache and lighttpd, and its own tests (autopkgtest), each on a Debian of its own."""

import subprocess

import pytest

import box
import debian
from conftest import PASSWORD, PATIENCE, TOP, eventually
from install_text import blocks, commands, section

pytestmark = [*box.MARKS, pytest.mark.slow]

JOINING = blocks(section("Joining a site that you have"))
# Command by command, without what the package has done.
APACHE = [command for block in JOINING if "a2enmod" in block or "apache2ctl" in block for command in commands(block)
          if not command.startswith("cp ")]
APACHE_LINES = next(block for block in JOINING if block.startswith("Use "))
LIGHTTPD = [command for block in JOINING if "lighty-enable-mod" in block or "lighttpd -tt" in block
            for command in commands(block) if not command.startswith(("cp ", "apt-get ", "$HTTP"))]
[LIGHTTPD_LINE] = [line for block in JOINING for line in block.splitlines() if line.startswith("$HTTP")]


def test_apache_and_lighttpd_take_few_commands_and_an_edit():
    # Beside these: apt install (with lighttpd-modules-lua), and bearward user add.
    assert 2 + len(APACHE) <= 7
    assert len(APACHE_LINES.splitlines()) == 2
    assert 2 + len(LIGHTTPD) <= 5


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    """With both servers, of which none runs, the package, and a user."""
    package = debian.built(tmp_path_factory.mktemp("packages"))["bearward"]
    with box.Box(packages=("apache2", "autopkgtest", "curl", "dpkg-dev", "lighttpd", "lighttpd-modules-lua")) as system:
        system.put(package, "/root/bearward.deb")
        system.succeed("sh", "-ec", f"""
            systemctl disable --now apache2 lighttpd
            mkdir -p /var/www/html/private
            echo 'for members' >/var/www/html{debian.PAGE}
            echo 'for all' >/var/www/html/page.html
            apt-get -q -y install /root/bearward.deb""")
        system.succeed("bearward", "user", "add", "alice", input=f"{PASSWORD}\n{PASSWORD}\n", stdin=None)
        yield system


def with_server(system, name):
    """Starts it, and no other, and gives its own pages."""
    system.succeed("systemctl", "stop", "apache2", "lighttpd", "nginx")
    system.succeed("systemctl", "start", name)
    assert eventually(lambda: debian.status_of(system, "/page.html") == 200)
    return debian.own_pages(system)


def follow(system, typed):
    for command in typed:
        # Debian's `service` and apache2ctl go by systemctl.
        system.succeed("sh", "-ec", command)


def purged_and_back(system, server, check):
    """Whether the server starts again when the package is gone, with what was guarded shut; then it comes back."""
    said = system.succeed(*debian.APT, "purge", "bearward", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, capture_output=False)
    system.succeed("sh", "-ec", check)
    system.succeed("systemctl", "restart", server)
    assert eventually(lambda: debian.status_of(system) == 403)
    system.succeed(*debian.APT, "install", "/root/bearward.deb")
    return said


@pytest.mark.thorough
def test_apache_guards_a_page_of_its_own_site_and_survives_a_purge(system):
    before = with_server(system, "apache2")

    follow(system, [command for command in APACHE if "apache2ctl" not in command])
    site = system.path("/etc/apache2/sites-available/000-default.conf")
    lines = "".join(f"\t{line}\n" for line in APACHE_LINES.splitlines())
    site.write_text(site.read_text().replace("</VirtualHost>", f"{lines}</VirtualHost>", 1))
    follow(system, [command for command in APACHE if "apache2ctl" in command])

    assert eventually(lambda: debian.status_of(system) == 401)
    assert debian.signed_in(system, "alice")[0] == "for members\n"
    assert [page for page in debian.own_pages(system) if page not in before] == []
    said = purged_and_back(system, "apache2", "apache2ctl configtest")
    assert "/etc/apache2/conf-available/bearward.conf is still in use" in said
    # A purge has forgotten what was enabled.
    follow(system, [command for command in APACHE if command.startswith("systemctl enable")])
    system.succeed("systemctl", "restart", "apache2")
    assert eventually(lambda: debian.status_of(system) == 401)
    site.write_text(site.read_text().replace(lines, ""))
    system.succeed(*debian.APT, "purge", "bearward")
    system.succeed("apache2ctl", "configtest")
    assert system.succeed("find", "/etc", "/var/lib/apache2", "-name", "*bearward*") == ""
    system.succeed(*debian.APT, "install", "/root/bearward.deb")


@pytest.mark.thorough
def test_lighttpd_guards_a_page_of_its_own_site_and_survives_a_purge(system):
    before = with_server(system, "lighttpd")

    settings = system.path("/etc/lighttpd/lighttpd.conf")
    follow(system, [command for command in LIGHTTPD if "lighty" in command])
    settings.write_text(settings.read_text() + f"{LIGHTTPD_LINE}\n")
    follow(system, [command for command in LIGHTTPD if "lighty" not in command])

    assert eventually(lambda: debian.status_of(system) == 401)
    assert debian.signed_in(system, "alice")[0] == "for members\n"
    assert debian.own_pages(system) == before
    said = purged_and_back(system, "lighttpd", "lighttpd -tt -f /etc/lighttpd/lighttpd.conf")
    assert "/etc/lighttpd/bearward-guard.conf is still in use" in said
    settings.write_text(settings.read_text().replace(f"{LIGHTTPD_LINE}\n", ""))
    system.succeed(*debian.APT, "purge", "bearward")
    system.succeed("systemctl", "restart", "lighttpd")
    assert system.succeed("find", "/etc", "-name", "*bearward*") == ""
    system.succeed(*debian.APT, "install", "/root/bearward.deb")


@pytest.mark.thorough
def test_the_tests_of_the_package_itself_pass(system, tmp_path):
    system.succeed("systemctl", "stop", "apache2", "lighttpd")
    subprocess.run([TOP / "conf/copy-sources", tmp_path / "bearward"], check=True)
    system.put(tmp_path / "bearward", "/root/")

    done = system.run("sh", "-c", "autopkgtest --no-built-binaries /root/bearward.deb /root/bearward/ -- null",
                      timeout=10 * PATIENCE)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" PASS") == 2
