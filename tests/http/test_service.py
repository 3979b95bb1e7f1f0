"""`make service`: what it makes on a system that has had `make install`, and what it leaves alone."""

import pytest

from install_text import blocks, section
from own_system import only_root, run_on_own_system

pytestmark = [only_root, pytest.mark.slow, pytest.mark.self_contained]

# said NAME COMMAND...: what a command says and its status, and what it leaves behind, in files for the test.
INSTALLED = """
make -s install >/dev/null 2>&1
said() {
	name=$1
	shift
	status=0
	"$@" >"$0/$name" 2>&1 || status=$?
	echo "status $status" >>"$0/$name"
	find /etc /var/lib/bearward -name '*bearward*' -type f ! -name '*.db*' -exec sha256sum {} + | sort >"$0/$name.files"
}
"""


def run(script, directory):
    done = run_on_own_system(INSTALLED + script, directory)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.name: path.read_text() for path in directory.iterdir() if path.is_file()}


def test_make_service_starts_all_pools_at_once_and_again_it_makes_nothing(tmp_path):
    told = run("""
        said first make -s service ISSUER='https://a.example/?x|y&z' REGISTRATION=closed
        stat -c '%a %U:%G' /var/lib/bearward /run/bearward /run/bearward/verify.sock >"$0/modes"
        cat /etc/bearward/bearward.conf | grep '^[a-z]' >"$0/settings"
        ls /run/bearward/*.sock | wc -l >"$0/sockets"
        ls cgi-bin/*.c | wc -l >"$0/pools"
        ls /etc/rc2.d | grep bearward | sed 's/S[0-9]*//' >"$0/boot"
        id -nG www-data >"$0/groups"
        printf 'correct horse battery staple\\n' | bearward user add johndoe >/dev/null
        said second make -s service REGISTRATION=closed
        bearward user list >"$0/users"
        """, tmp_path)

    assert told["first"].splitlines()[-1] == "status 0", told["first"]
    assert "made the account bearward" in told["first"]
    assert told["modes"].split("\n")[:3] == ["700 bearward:bearward", "755 root:root", "660 bearward:bearward-web"]
    assert told["settings"] == "issuer = https://a.example/?x|y&z\nregistration = closed\n"
    assert told["sockets"] == told["pools"]
    assert told["boot"] == "bearward\n"
    assert "bearward-web" in told["groups"].split()
    assert told["second"].splitlines()[-1] == "status 0"
    assert "bearward: made" not in told["second"]
    assert told["second.files"] == told["first.files"]
    assert "johndoe" in told["users"]


def test_make_service_says_what_stands_in_the_way_and_changes_nothing(tmp_path):
    told = run("""
        said nobody setpriv --reuid=nobody --regid=nogroup --clear-groups make -s service
        said wrong make -s service REGISTRATION=bogus
        install -d -o www-data -m 0700 /var/lib/bearward
        said others make -s service
        rm -rf /var/lib/bearward
        printf 'realm = of-my-own\\n' >/etc/bearward/bearward.conf
        said differs make -s service REGISTRATION=closed
        cp /etc/bearward/bearward.conf "$0/settings"
        said good make -s service
        echo '# of mine' >>/etc/init.d/bearward
        said edited make -s service
        tail -n 1 /etc/bearward/init.old >"$0/old"
        """, tmp_path)

    assert "only root can set up the service" in told["nobody"]
    assert "registration: expected open, bearer" in told["wrong"]
    assert "/etc/bearward/bearward.conf\n" not in told["wrong.files"]
    assert "/var/lib/bearward belongs to www-data" in told["others"]
    assert "Write there: registration = closed" in told["differs"]
    assert [told[name].splitlines()[-1] == "status 0" for name in ("nobody", "wrong", "others", "differs", "good", "edited")] == [
        False, False, False, False, True, True]
    assert told["settings"] == "realm = of-my-own\n"
    assert "made /etc/bearward" not in told["good"]
    assert told["old"] == "# of mine\n"
    assert "the script of before is /etc/bearward/init.old" in told["edited"]


def test_accounts_of_their_own_are_made_and_taken_back_as_install_says(tmp_path):
    service, by_hand, _, ask, back = map(str.strip, blocks(section("Accounts of their own")))
    look = """
        for socket in /run/bearward/*.pid; do
            echo "$(basename "$socket") $(ps -o user:20= -p "$(cat "$socket")")"
        done | sort >"$0/{0}"
        """

    told = run(f"""
        make -s service >/dev/null 2>&1
        {{
            {service}
        }} >"$0/made" 2>&1
        {look.format("two")}
        {ask} >"$0/asked"
        stat -c '%a %U:%G' /var/lib/bearward /var/lib/bearward/bearward.db >"$0/modes"
        /etc/init.d/bearward stop
        {back}
        rm /etc/default/bearward
        stat -c '%a' /var/lib/bearward /var/lib/bearward/bearward.db >>"$0/modes"
        /etc/init.d/bearward start
        {look.format("one")}
        """, tmp_path)

    assert "made the account bearward-check" in told["made"]
    assert by_hand.splitlines()[1] == "bearward init --group bearward-check"
    assert {line.split()[1] for line in told["two"].splitlines() if not line.startswith("token.pid")} == {"bearward-check"}
    assert "token.pid bearward" in [" ".join(line.split()) for line in told["two"].splitlines()]
    assert {line.split()[1] for line in told["one"].splitlines()} == {"bearward"}
    assert "# bearward-check uses the database and the files of bearward as a member of bearward-check" in told["asked"]
    assert told["modes"].split() == ["2750", "bearward:bearward-check", "660", "bearward:bearward-check", "700", "600"]
