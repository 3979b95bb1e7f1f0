"""The unit tests of the library, one program a module: as built, under valgrind, with sanitizers."""

import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent
UNIT = TOP / "tests/unit"
MODULES = sorted(str(path.relative_to(UNIT).with_suffix("")) for path in UNIT.rglob("test_*.c"))
VALGRIND = ["valgrind", "-q", "--error-exitcode=1", "--leak-check=full", "--trace-children=no"]
WAYS = {
    "plain": ("build", []),
    "sanitized": ("build/sanitized/build", []),
    "valgrind": ("build", VALGRIND),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("module", MODULES)
def test_module(module, way):
    directory, wrapper = WAYS[way]

    done = subprocess.run(
        [*wrapper, TOP / directory / "tests/unit" / module], cwd=TOP, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0, done.stdout + done.stderr
