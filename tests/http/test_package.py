"""The package on a Debian of its own, behind Debian's nginx: installed, upgraded, removed, purged and installed again."""

import re
import subprocess

import pytest

import box
import debian
from install_text import section

pytestmark = [*box.MARKS, pytest.mark.slow]

OTHER_SUITE = {"bookworm": "trixie", "trixie": "bookworm"}.get(box.host_suite(), "trixie")


def test_it_takes_apt_two_commands_one_line_and_one_decision():
    before, lines, after = debian.typed()

    assert before[0] == "apt install ./bearward_*.deb"
    assert len([*before, *after]) == 3
    assert len(lines) == 1
    assert re.findall(r"Decide ([^,.]*)", section("From a package")) == ["the name of the first user"]


@pytest.fixture(scope="module", params=["", pytest.param(OTHER_SUITE, marks=pytest.mark.thorough)])
def seen(request, tmp_path_factory):
    """What is seen of its life on this Debian, and where there is time for it on the other one, built there."""
    directory = tmp_path_factory.mktemp("packages")
    if request.param:
        packages, said = debian.built_on(request.param, directory)
        assert debian.complaints(said) == []
        suited = {"suite": request.param, "packages": debian.depends(packages["bearward"])}
    else:
        packages, suited = debian.built(directory), {}
    with box.Box(**suited) as system:
        debian.with_site(system)
        yield debian.Life(system, packages["bearward"], directory)


def test_whoever_follows_the_text_signs_in_and_sees_the_guarded_page(seen):
    assert seen.refused == 401
    assert seen.guarded == "for members\n"


def test_the_journal_tells_of_pools_of_a_user_and_of_the_command(seen):
    pools, warnings, user, command = seen.logs

    assert "bearward-token" in pools and "event=started" in pools
    assert "event=started" not in warnings
    assert 'event="signed in"' in user and "user=alice" in user and "event=started" not in user
    assert 'event="user registered"' in command


def test_the_site_stays_its_own_from_the_first_to_the_last(seen):
    assert [page[0] for page in seen.before] == [200, 200, 404, 404, 413]
    assert seen.installed == (seen.before, True)
    assert seen.joined == seen.purged == seen.before
    assert seen.last == (seen.before, True)


def test_an_upgrade_replaces_every_process_and_loses_no_request(seen):
    assert seen.lost == []


def test_a_mistake_in_the_settings_is_told_at_an_upgrade_and_what_runs_goes_on(seen):
    assert "bearward.conf:" in seen.mistake and "relm" in seen.mistake
    assert "systemctl restart bearward" in seen.mistake
    assert seen.went_on


def test_what_was_removed_refuses_and_comes_back_with_its_users(seen):
    own, is_good, guarded = seen.removed

    assert own == seen.before and is_good
    assert guarded in (500, 502, 503)
    assert seen.back == "for members\n"


def test_a_command_of_make_install_is_told_of_and_never_run(seen):
    assert "/usr/local/bin/bearward is still there" in seen.said_of_another
    assert "is not ready" not in seen.said_of_another


def test_a_purge_leaves_nginx_good_what_was_guarded_shut_and_users_where_they_are(seen):
    assert seen.purged_well
    assert seen.purged_where_every_address_is_answered == [200, 403, 403]
    assert "/etc/nginx/snippets/bearward-private.conf" in seen.purge_said and debian.SITE in seen.purge_said
    assert "rm -r /var/lib/bearward" in seen.purge_said
    assert seen.same_key
    assert seen.back_again == "for members\n"


def test_a_purge_leaves_nothing_but_users_and_keys_where_no_site_names_it(seen):
    assert "snippets" not in seen.last_purge_said
    assert [path for path in seen.left if not path.startswith("/var/lib/bearward")] == []
    assert "/var/lib/bearward/bearward.db" in seen.left


@pytest.mark.thorough
def test_two_builds_in_different_directories_are_the_same_to_the_byte_and_lintian_has_no_complaint(tmp_path):
    one = debian.built_whole(tmp_path / "one")
    other = debian.built_whole(tmp_path / "another/place", DEB_BUILD_OPTIONS="nocheck parallel=1", TZ="Asia/Tokyo")

    assert {"bearward", "bearward-postgresql", "bearward-doc", "bearward-dbgsym"} <= one.keys() == other.keys()
    assert [name for name, path in one.items() if path.read_bytes() != other[name].read_bytes()] == []
    said = subprocess.run(["lintian", "--allow-root", *(tmp_path / "one").glob("*.changes")], capture_output=True, text=True).stdout
    assert debian.complaints(said) == []
