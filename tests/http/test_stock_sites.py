"""A site as Debian's web servers bring it, which bearward joins: it works there, and all else of the site stays its own."""

import json
import pathlib
import re

import pytest

from conftest import PASSWORD, PATIENCE
from own_system import only_root, run_on_own_system

pytestmark = [
    pytest.mark.self_contained, pytest.mark.slow, only_root,
    pytest.mark.skipif(not pathlib.Path("/etc/nginx/sites-available/default").exists(), reason="no site of Debian's nginx")]

# Addresses that lead to /private/page.html, or would, were they not read as others read them.
SPELLINGS = ("//private/page.html", "/private/%2e/page.html", "/x/../private/page.html", "/privat%65/page.html",
             "/private%2fpage.html", "/./private/page.html", "/%2fprivate/page.html", "/private//page.html")

PREPARED = """
exec 3>&1 >&2
mkdir -p /var/log/nginx /var/lib/nginx /var/log/lighttpd /var/cache/lighttpd/uploads /var/log/apache2 /run/lighttpd /run/lock
chown -R www-data /var/log/lighttpd /var/cache/lighttpd
mkdir -p /var/www/html/private
echo 'for members' >/var/www/html/private/page.html
echo 'for all' >/var/www/html/page.html
echo '<p>Hello' >/var/www/html/index.html
make install
make service REGISTRATION=closed
bearward user add alice <<END
PASSWORD
PASSWORD
END
bearward introspection add api | tail -n 1 >$0/secret
spawn-fcgi -a 127.0.0.1 -p 9100 -u bearward -g bearward -P /run/bearward/verify-tcp.pid -- \\
    /usr/local/bin/bearward supervise 1 /usr/local/lib/bearward/verify.fcgi
fetch() {
	curl -s --retry 50 --retry-delay 1 --retry-connrefused -o /dev/null http://127.0.0.1/
	for path in / /page.html /nowhere /token /users/ "/page.html?a=1&b=%2F"; do
		curl -s -D - "http://127.0.0.1$path" | sed '/^[Dd]ate:/d'
	done
	head -c 100000 /dev/zero | curl -s -D - --data-binary @- http://127.0.0.1/page.html | sed '/^[Dd]ate:/d'
}
gone() {
	until ! curl -s -o /dev/null http://127.0.0.1/; do sleep 0.1; done
}
# Nobody answers any more who has the configuration of before.
reload_nginx() {
	workers=$(cat /proc/$(cat /run/nginx.pid)/task/*/children)
	nginx -t
	nginx -s reload
	for worker in $workers; do
		while [ -d /proc/$worker ]; do sleep 0.1; done
	done
}
restart_apache() {
	apache2 -t
	apache2 -k stop
	gone
	apache2 -k start
}
# try SERVER: what people and programs are told, in files that begin with its name.
try() {
	fetch >$0/$1.after
	for path in SPELLINGS; do
		curl --path-as-is -s -o /dev/null -w "%{http_code} $path\\n" "http://127.0.0.1$path"
	done >$0/$1.spellings
	head -c 20000 /dev/zero | curl -s -o /dev/null -w '%{http_code}' --data-binary @- http://127.0.0.1/signin >$0/$1.large
	/usr/bin/python3 tests/http/visit.py http://127.0.0.1 alice 'PASSWORD' 'GET:/private/page.html?a=1&b=%2F' >$0/$1.visit
}
"""

NGINX = """
site=/etc/nginx/sites-available/default
rm -f /etc/nginx/conf.d/* /etc/nginx/sites-enabled/*
ln -s $site /etc/nginx/sites-enabled/
nginx
fetch >$0/nginx.before
cp -r conf/nginx/. /etc/nginx/
# Nothing of it counts yet.
reload_nginx
fetch >$0/nginx.available
sed -i '/^server {/a\\
	include snippets/bearward-private.conf;' $site
reload_nginx
try nginx
cp /var/log/nginx/access.log $0/nginx.log
sed -i '/^server {/a\\
	include snippets/bearward-api.conf;' $site
reload_nginx
ask() { curl -s -w ' %{http_code}\\n' "$@"; }
{
	token=$(ask http://127.0.0.1/token -d username=alice --data-urlencode 'password=PASSWORD')
	echo "$token" | sed 's/"access_token":"[^"]*"//'
	token=$(echo "$token" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
	ask http://127.0.0.1/users/me/ -H "Authorization: Bearer $token"
	ask http://127.0.0.1/introspect -u api:$(cat $0/secret) -d token=none
	ask http://127.0.0.1/users/ -H 'Content-Type: application/json' -d '{"username":"bob","password":"PASSWORD"}'
	head -c 20000 /dev/zero | ask http://127.0.0.1/token --data-binary @-
	ask http://127.0.0.1/.well-known/jwks.json
	ask http://127.0.0.1/nowhere | tail -n 1
} >$0/nginx.api
nginx -s stop
"""

LIGHTTPD = """
gone
settings=/etc/lighttpd/lighttpd.conf
lighttpd -f $settings
fetch >$0/lighttpd.before
kill $(cat /run/lighttpd.pid)
gone
cp -r conf/lighttpd/. /etc/lighttpd/
cp conf/lighttpd-protect.lua.sample /etc/lighttpd/bearward-guard.lua
# What others may have switched on, too.
lighty-enable-mod bearward fastcgi proxy accesslog
echo '$HTTP["url"] =~ "^/private(/|$)" { include "bearward-guard.conf" }' >>$settings
lighttpd -tt -f $settings
lighttpd -f $settings
try lighttpd
kill $(cat /run/lighttpd.pid)
gone
cp /var/log/lighttpd/access.log $0/lighttpd.log
"""

APACHE = """
export APACHE_RUN_USER=www-data APACHE_RUN_GROUP=www-data APACHE_RUN_DIR=/run/apache2 APACHE_LOCK_DIR=/run/lock
export APACHE_PID_FILE=/run/apache2.pid APACHE_LOG_DIR=/var/log/apache2
mkdir -p /run/apache2
site=/etc/apache2/sites-available/000-default.conf
apache2 -k start
fetch >$0/apache.before
cp -r conf/apache2/. /etc/apache2/
a2enmod -q authnz_fcgi headers macro proxy_fcgi
a2enconf -q bearward
restart_apache
fetch >$0/apache.available
sed -i '/DocumentRoot/a\\
	Use BearwardSite\\
	Use BearwardGuards /private/' $site
restart_apache
try apache
apache2 -k stop
gone
cp /var/log/apache2/access.log $0/apache.log
"""

HAS_APACHE = pathlib.Path("/etc/apache2/sites-available/000-default.conf").exists()
SERVERS = ["nginx", "lighttpd", pytest.param("apache", marks=pytest.mark.skipif(not HAS_APACHE, reason="no site of Debian's Apache"))]
# How each of them logs a request for a page of the site, after as before.
LOGGED = re.compile(r'^127\.0\.0\.1 .*\[[^]]*\] "GET /page\.html\?a=1&b=%2F HTTP/1\.1" 200 .*"-" "curl/', re.M)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What the servers have answered, one after the other, on one system with one bearward."""
    directory = tmp_path_factory.mktemp("seen")
    script = (PREPARED + NGINX + LIGHTTPD + (APACHE if HAS_APACHE else "")).replace("PASSWORD", PASSWORD).replace(
        "SPELLINGS", " ".join(SPELLINGS))

    done = run_on_own_system(script, directory, 6 * PATIENCE)

    assert done.returncode == 0, done.stdout + done.stderr
    return lambda name: (directory / name).read_text()


@pytest.mark.parametrize("server", SERVERS)
def test_whoever_signs_in_sees_the_guarded_page(seen, server):
    [visit] = json.loads(seen(f"{server}.visit")).values()

    assert visit["program"] == 401
    assert visit["asked"][0] == 200 and visit["asked"][1].startswith("/signin?return=%2Fprivate%2Fpage.html")
    assert visit["answer"] == [200, "http://127.0.0.1/private/page.html?a=1&b=%2F"]
    assert visit["text"] == visit["again"] == "for members\n"
    assert visit["after"] == 401


@pytest.mark.parametrize("server", SERVERS)
def test_what_else_the_site_has_stays_as_it_was_to_the_byte(seen, server):
    before = seen(f"{server}.before")

    assert before.count("for all\n") == (3 if server != "nginx" else 2) and " 404 " in before
    assert seen(f"{server}.after") == before
    assert LOGGED.search(seen(f"{server}.log"))


@pytest.mark.parametrize("server", ["nginx", *SERVERS[2:]])
def test_nothing_counts_before_a_site_names_it(seen, server):
    assert seen(f"{server}.available") == seen(f"{server}.before")


@pytest.mark.parametrize("server", SERVERS)
def test_no_spelling_of_the_address_leads_past_the_question(seen, server):
    spellings = seen(f"{server}.spellings").splitlines()

    assert len(spellings) == len(SPELLINGS)
    assert [line for line in spellings if line[:3] not in ("401", "404", "400")] == []
    assert len([line for line in spellings if line.startswith("401")]) >= 5


@pytest.mark.parametrize("server", SERVERS)
def test_the_limits_of_bearward_are_those_of_its_own_addresses(seen, server):
    assert seen(f"{server}.large") == "413"


def test_programs_are_answered_in_nginx_where_a_second_line_says_so(seen):
    token, me, introspected, registering, large, keys, nowhere = seen("nginx.api").splitlines()

    assert token.endswith(" 200") and '"token_type":"bearer"' in token
    assert '"username":"alice"' in me and me.endswith(" 200")
    assert introspected == '{"active":false} 200'
    assert registering.endswith(" 403")
    assert large == '{"detail":"Request body too large"} 413'
    assert keys == '{"keys":[]} 200'
    assert nowhere.endswith(" 404")
