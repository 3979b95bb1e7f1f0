"""The seeds of the fuzz targets: what must hold of any input holds of these, with and without sanitizers.

`make fuzz` makes more inputs up, in build/fuzz. An input that it has found becomes a seed.
"""

import subprocess

import pytest
from conftest import BUILDS, TOP

pytestmark = pytest.mark.self_contained
TARGETS = sorted(path.stem for path in TOP.glob("tests/fuzz/*.c") if path.stem != "replay")


@pytest.mark.parametrize("target", TARGETS)
def test_what_must_hold_of_any_input_holds_of_the_seeds(build, target):
    seeds = sorted(TOP.glob(f"tests/fuzz/seeds/{target}/*"))

    done = subprocess.run([TOP / BUILDS[build] / "build/tests/fuzz" / target, *seeds], capture_output=True, text=True)

    assert seeds
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_directory_of_seeds_and_every_dictionary_has_its_target():
    named = {path.name for kind in ("seeds", "dict") for path in (TOP / "tests/fuzz" / kind).iterdir()}

    assert named <= set(TARGETS)
