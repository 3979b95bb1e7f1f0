"""The units in conf/systemd: what they name, and what all of them keep from their processes."""

import re

import pytest
from conftest import TOP
from pools import POOLS

UNITS = TOP / "conf/systemd"
SERVICES = sorted(UNITS.glob("*.service"), key=lambda path: path.name)


def confinement_of(service):
    """The last paragraph of [Service]: the same in each."""
    return re.search(r"^UMask=0077\n(.*?)(?:\n\n|\Z)", service.read_text().rstrip(), re.MULTILINE | re.DOTALL)[1]


def test_the_target_names_the_socket_of_each_pool():
    named = re.findall(r"bearward@(\w+)\.socket", (UNITS / "bearward.target").read_text())

    assert sorted(named) == POOLS


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_each_service_is_confined_as_the_pools_are(service):
    assert confinement_of(service) == confinement_of(UNITS / "bearward@.service")


def test_what_differs_for_a_pool_is_about_a_pool_that_there_is():
    assert {re.fullmatch(r"bearward@(\w+)\.service\.d", path.name)[1] for path in UNITS.glob("*.service.d")} <= set(POOLS)
