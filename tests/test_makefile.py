"""The Makefile: what it says while it builds, and what it tells people and tools."""

import json
import os
import re
import subprocess

import pytest
from conftest import TOP

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
SOURCES = {str(path.relative_to(TOP)) for top in ("cgi-bin", "src", "tests") for path in (TOP / top).rglob("*.c")}


def make(*arguments):
    done = subprocess.run(["make", *map(str, arguments)], cwd=TOP, env=CLEAN, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("setting, said", [("", r"CC src/base/err\.c\n"), ("V=0", ""), ("V=1", r"gcc .* -c -o .*\n")])
def test_make_says_a_line_a_file_or_each_command_or_little(tmp_path, setting, said):
    printed = make(f"OUT={tmp_path}/", f"{tmp_path}/build/src/base/err.o", *setting.split())

    assert (tmp_path / "build/src/base/err.o").exists()
    assert re.fullmatch(said, printed), printed


def test_make_help_names_targets_that_there_are():
    targets = re.search(r"^\.PHONY: (.*)$", (TOP / "Makefile").read_text(), re.MULTILINE)[1].split()
    named = re.findall(r"^make ([\w.-]+)", make("help"), re.MULTILINE)

    assert len(named) > 10
    assert set(named) - {"compile_commands.json"} <= set(targets)


def test_compile_commands_tell_how_each_c_file_is_compiled():
    make("compile_commands.json")
    commands = {entry["file"]: entry for entry in json.loads((TOP / "compile_commands.json").read_text())}
    entry = commands["src/base/err.c"]

    assert commands.keys() == SOURCES
    assert subprocess.run(f"{entry['command']} -fsyntax-only", shell=True, cwd=entry["directory"]).returncode == 0
