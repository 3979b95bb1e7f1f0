"""The Makefile: what it says while it builds, and what it tells people and tools."""

import json
import os
import re
import subprocess

import pytest
from conftest import TOP

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
# What tests/http compiles is no program of ours.
SOURCES = {str(path.relative_to(TOP)) for top in ("cgi-bin", "src", "tests") for path in (TOP / top).rglob("*.c")
           if path.parent != TOP / "tests/http"}


def make(*arguments):
    done = subprocess.run(["make", *map(str, arguments)], cwd=TOP, env=CLEAN, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("setting, said", [("", r"CC src/base/err\.c\n"), ("V=0", ""), ("V=1", r"gcc .* -c -o .*\n")])
def test_make_says_a_line_a_file_or_each_command_or_little(tmp_path, setting, said):
    printed = make(f"OUT={tmp_path}/", f"{tmp_path}/build/src/base/err.o", *setting.split())

    assert (tmp_path / "build/src/base/err.o").exists()
    assert re.fullmatch(said, printed), printed


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *map(str, arguments)], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("program", [TOP / "bearward", *sorted((TOP / "cgi-bin").glob("*.fcgi"))], ids=lambda path: path.name)
def test_a_program_has_what_linkers_and_compilers_do_against_attacks(program):
    symbols = readelf("--dyn-syms", program)

    assert " DYN (" in readelf("-h", program)
    assert "GNU_RELRO" in readelf("-l", program)
    assert re.search(r"GNU_STACK .* RW ", readelf("-l", program))
    assert re.search(r"FLAGS_1.* NOW PIE", readelf("-d", program))
    assert "__stack_chk_fail@" in symbols
    assert re.search(r"__v?snprintf_chk@", symbols)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_each_file_is_compiled_with_what_the_compiler_has_against_attacks(tmp_path, compiler):
    options = ["-D_FORTIFY_SOURCE=3", "-fcf-protection", "-ftrivial-auto-var-init=zero"]
    (tmp_path / "a.c").write_text("#include <features.h>\n")

    command = make(f"OUT={tmp_path}/", f"CC={compiler}", "V=1", f"{tmp_path}/build/src/base/escape.o")

    for option in options:
        known = subprocess.run([compiler, "-Werror", "-O2", option, "-c", "a.c"], cwd=tmp_path, capture_output=True)
        assert (option in command.split()) == (known.returncode == 0), option
    if os.uname().machine == "x86_64":
        assert "IBT, SHSTK" in readelf("-n", tmp_path / "build/src/base/escape.o")


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


def test_flags_of_the_caller_take_nothing_from_the_part_for_postgresql(tmp_path):
    """As a package is built, with CPPFLAGS on the command line."""
    said = make(f"OUT={tmp_path}/", "CPPFLAGS=-DOF_THE_CALLER", "CFLAGS=-O1", f"{tmp_path}/build/src/store/postgresql/connect.o", "V=1")

    assert "-DOF_THE_CALLER" in said and " -O1 " in said
    assert (tmp_path / "build/src/store/postgresql/connect.o").exists()
