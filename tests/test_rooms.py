"""The rooms of src/ and their floors: a file includes what lies below it, or beside it in its room."""

import re
import subprocess

import pytest
from conftest import TOP

# From the lowest up; rooms of one floor do not know one another.
FLOORS = [{"base"}, {"text"}, {"config"}, {"hash", "token"}, {"store"}, {"account"}, {"http"}, {"serve", "ctl"}]
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
FLOOR_OF["cgi-bin"] = len(FLOORS)

SOURCES = {str(path.relative_to(TOP / "src")): path for path in (TOP / "src").rglob("*.[ch]")}
SOURCES.update({f"cgi-bin/{path.name}": path for path in (TOP / "cgi-bin").glob("*.[ch]")})


# Declared in a header: a name before a parenthesis, after a type and at the start of a line.
FUNCTION = re.compile(r"^(?:ERR_CHECKED |static inline )?(?:const )?(?:enum |struct |unsigned )?\w+[ *]+(\w+)\(", re.MULTILINE)


def functions_of(name):
    text = re.sub(r"/\*.*?\*/", "", SOURCES[name].read_text(), flags=re.DOTALL)
    return FUNCTION.findall(re.sub(r"^typedef .*?;", "", text, flags=re.DOTALL | re.MULTILINE))


def includes_of(name):
    return re.findall(r'^#\s*include "(.*)"', SOURCES[name].read_text(), re.MULTILINE)


def room_of(name):
    return name.split("/")[0]


def test_every_source_file_is_in_a_room_of_the_plan():
    assert {room_of(name) for name in SOURCES} == FLOOR_OF.keys()


def test_every_include_says_its_room():
    unknown = {(name, include) for name in SOURCES for include in includes_of(name) if include not in SOURCES}

    assert not unknown


def test_no_include_leads_upward_or_into_another_room_of_the_same_floor():
    wrong = {f"{name} includes {include}" for name in SOURCES for include in includes_of(name)
             if room_of(include) != room_of(name) and FLOOR_OF[room_of(include)] >= FLOOR_OF[room_of(name)]}

    assert not wrong


def test_headers_do_not_include_one_another_in_a_circle():
    finished = set()

    def visit(name, path):
        assert name not in path, " -> ".join([*path, name])
        if name not in finished:
            for include in includes_of(name):
                visit(include, [*path, name])
            finished.add(name)

    for name in SOURCES:
        visit(name, [])


def test_a_header_that_is_internal_to_a_room_is_included_there_alone():
    internal = {name for name, path in SOURCES.items()
                if name.endswith(".h") and f", internal to {room_of(name)}/:" in path.read_text().split("\n")[1]}
    wrong = {f"{name} includes {include}" for name in SOURCES for include in includes_of(name)
             if include in internal and room_of(include) != room_of(name)}

    assert len(internal) > 5
    assert not wrong


def test_the_map_names_every_room_in_the_order_of_the_floors():
    text = (TOP / "src/README").read_text()
    named = [room for room in re.findall(r"^(?:\.\./)?([\w-]+)   ", text, re.MULTILINE)]

    assert set(named) == FLOOR_OF.keys()
    assert [FLOOR_OF[room] for room in named] == sorted((FLOOR_OF[room] for room in named), reverse=True)


def test_the_command_goes_through_the_rules_and_never_to_the_database_itself():
    wrong = {f"{name} includes {include}" for name in SOURCES if room_of(name) == "ctl"
             for include in includes_of(name) if room_of(include) in ("store", "http", "serve")}

    assert not wrong


def test_a_function_begins_with_the_name_of_its_file_or_of_room_and_file():
    strange = set()
    for name in SOURCES:
        # These two are texts that are included several times.
        if not name.endswith(".h") or name.endswith(("scrypt_lanes.h", "scrypt_rows.h")):
            continue
        room, stem = name.split("/")[-2:]
        stem = stem.removesuffix(".h").removesuffix("_internal")
        prefixes = {stem, stem.rstrip("s"), f"{room}_{stem}"}
        if room == "ctl":
            prefixes.add("ctl")
        strange |= {f"{name}: {function}" for function in functions_of(name)
                    if not any(function == prefix or function.startswith(f"{prefix}_") for prefix in prefixes)}

    assert not strange


@pytest.mark.parametrize("pool, absent", [
    ("me", ["hasher_open", "password_hash", "keyring_add", "register_user", "prepare_database", "grants_add", "sessions_add"]),
    ("verify", ["hasher_open", "password_hash", "keyring_add", "register_user", "prepare_database", "grants_add", "sessions_add"]),
    ("users", ["grant_issue_token", "keyring_add", "prepare_database"]),
    ("token", ["register_user", "keyring_add", "prepare_database"]),
    ("account", ["register_user", "keyring_add", "prepare_database", "grant_issue_token"]),
    ("oauth", ["hasher_open", "password_hash", "keyring_add", "register_user", "prepare_database", "grant_issue_token"]),
    ("meta", ["hasher_open", "password_hash", "keyring_add", "register_user", "prepare_database", "grants_add", "sessions_add",
              "grant_issue_token"]),
])
def test_a_program_links_what_its_endpoints_need_and_no_more(pool, absent):
    listed = subprocess.run(["nm", TOP / f"cgi-bin/{pool}.fcgi"], capture_output=True, text=True, check=True).stdout
    functions = set(re.findall(r" [tT] (\w+)$", listed, re.MULTILINE))

    assert "endpoint_serve" in functions
    assert not functions & set(absent)
