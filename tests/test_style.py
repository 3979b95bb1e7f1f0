"""What tools say about the whole: manual pages, compilers and linkers, and settings that are documented."""

import concurrent.futures
import json
import os
import re
import shlex
import subprocess

import pytest
from conftest import PATIENCE, TOP

PROGRAMS = [TOP / "bearward", *(TOP / f"cgi-bin/{path.stem}.fcgi" for path in sorted(TOP.glob("cgi-bin/*.c")))]
MANUAL_PAGES = sorted(path for top in ("man", "conf", "src") for path in (TOP / top).glob("**/*.[1-9]"))

VERSION = re.search(r"^VERSION = (.*)$", (TOP / "Makefile").read_text(), re.MULTILINE)[1]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_names_the_version_of_the_makefile(program):
    option = "version" if program.name == "bearward" else "--version"

    done = subprocess.run([program, option], capture_output=True, text=True)

    assert done.returncode == 0
    assert done.stdout.split()[-1] == VERSION


def test_texts_name_the_version_of_the_makefile():
    released = re.findall(r"^## \[(\d[^]]*)\] - \d{4}-\d\d-\d\d$", (TOP / "CHANGELOG.md").read_text(), re.MULTILINE)
    document = json.loads((TOP / "www/openapi.json").read_text())
    texts = [path for pattern in ("*.md", "INSTALL", "man/*", "conf/**/*") for path in TOP.glob(pattern) if path.is_file()]
    named = {version for path in texts for version in re.findall(r"bearward[ -](\d+\.[\d.]*\d)", path.read_text())}

    assert released[0] == VERSION
    assert document["info"]["version"] == VERSION
    assert (TOP / "debian/changelog").read_text().startswith(f"bearward ({VERSION}) ")
    assert named <= {VERSION}


def test_there_is_a_manual_page_for_the_command_one_for_the_settings_and_one_for_the_responders():
    assert {page.name for page in MANUAL_PAGES} == {"bearward.1", "bearward.conf.5", "bearward.8"}


def test_the_page_of_the_responders_has_each_of_them_with_its_paths():
    page = (TOP / "man/bearward.8").read_text()
    described = dict(re.findall(r"^\.It Nm (\w+)\n(.*?)(?=\.It|\.El)", page, re.MULTILINE | re.DOTALL))
    programs = {path.stem: path for path in PROGRAMS[1:]}

    assert described.keys() == programs.keys()
    assert re.findall(r"^\.It (\w+) Ta", page, re.MULTILINE) == re.findall(r"^\.Nm (\w+)\.fcgi", page, re.MULTILINE)[:len(programs)]
    for name, program in programs.items():
        said = subprocess.run([program, "--endpoints"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
        paths = [line.split("\t")[0] for line in said.stdout.splitlines() if not line.endswith("any")]
        named = set(re.findall(r"/[a-z/.-]*[a-z]/?", described[name]))
        assert all(path in named or any(path.startswith(one + "/") for one in named) for path in paths), (name, paths)


@pytest.mark.parametrize("page", MANUAL_PAGES, ids=lambda page: page.name)
def test_mandoc_finds_nothing_to_warn_of(page):
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True)

    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


@pytest.mark.slow
def test_no_line_of_c_has_more_than_99_columns():
    sources = [path for top in ("cgi-bin", "src", "tests") for path in (TOP / top).rglob("*.[ch]")]
    wide = [f"{path.relative_to(TOP)}:{number}" for path in sources
            for number, line in enumerate(path.read_text().splitlines(), 1) if len(line.expandtabs(8)) > 99]

    assert not wide


BY_CLANG = ["make", "-C", TOP, "CC=clang", "OUT=build/clang/", "CFLAGS=-O0 -Werror", "FORTIFY="]


def read_by_clang(command):
    """What clang says of one file when it only reads it, which takes half the time of compiling it."""
    words = shlex.split(re.sub(r" -MMD -MP -c -o \S+ ", " -fsyntax-only ", command))
    return subprocess.run(words, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)


def test_clang_reads_all_programs_without_a_warning():
    said = subprocess.run([*BY_CLANG, "--no-print-directory", "-nB", "V=1", "all"], capture_output=True, text=True, check=True).stdout
    commands = [line for line in said.splitlines() if " -MMD -MP -c -o " in line]

    with concurrent.futures.ThreadPoolExecutor(2) as both:
        done = list(both.map(read_by_clang, commands))

    assert len(commands) > len(list(TOP.glob("src/*/*.c")))
    assert [one.stdout for one in done if one.returncode != 0] == []


@pytest.mark.thorough
@pytest.mark.parametrize("goal", ["all", "unit-tests"])
def test_clang_builds_all_of_it_without_a_warning(goal):
    done = subprocess.run([*BY_CLANG, "-j2", "-k", goal], capture_output=True, text=True, timeout=600)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_needs_no_library_that_only_a_development_package_has(program):
    said = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", said)

    # The name without a version is the link that compilers follow; Debian 13 has libscrypt by that name only.
    assert needed
    assert [name for name in needed if not re.search(r"\.so\.\d+$", name) or "scrypt" in name] == []


def settings_of_sample():
    """Key and default, as the comments of the sample have them."""
    sample = (TOP / "conf/bearward.conf.sample").read_text()
    return dict(re.findall(r"^#(\w+) =(.*)$", sample, re.MULTILINE))


def test_every_setting_of_the_sample_is_in_the_manual_page_with_its_default():
    page = (TOP / "man/bearward.conf.5").read_text()
    described = {}
    for key, value in re.findall(r"^\.It Cm (\w+)(?: No = (?:Cm|Pa) (.*))?$", page, re.MULTILINE):
        described[key] = value

    assert described == {key: value.strip() for key, value in settings_of_sample().items()}


def test_the_sample_states_the_defaults_that_are_in_force(tmp_path):
    state = tmp_path / "state"
    bare, full = tmp_path / "bare.conf", tmp_path / "full.conf"
    settings = {**settings_of_sample(), "state_dir": f" {state}"}
    bare.write_text(f"state_dir = {state}\n")
    full.write_text("".join(f"{key} ={value}\n" for key, value in settings.items()))

    def run(*arguments):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("BEARWARD_")}
        environment["BEARWARD_ALLOW_ROOT"] = "yes"
        done = subprocess.run([TOP / "bearward", *arguments], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        return [line for line in done.stdout.splitlines() if not line.startswith("#")]

    run("-c", bare, "init")
    # What the host was found to bear is no default.
    (state / "hash.cost").unlink(missing_ok=True)
    printed = run("-c", bare, "check-config")

    assert printed == run("-c", full, "check-config")
    assert {line.split(" =")[0] for line in printed} == settings.keys()


def test_error_pages_differ_in_their_words_only():
    frames = {}
    for page in (TOP / "www/errors").glob("*.html"):
        text = page.read_text()
        assert f'<p class="status">{page.stem} ' in text, page.name
        frames[page.name] = re.sub(r"<title>.*?</title>|<main>.*?</main>", "", text, flags=re.S)

    assert len(frames) == 10 and len(set(frames.values())) == 1, frames.keys()


# What nginx does not tell verify, and who asks for it.
NOT_FOR_VERIFY = {
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "what other origins may call", "HTTP_ACCEPT_LANGUAGE": "pages, which nginx does not pass on",
    "HTTP_CONTENT_ENCODING": "bodies", "HTTP_CONTENT_TYPE": "bodies", "HTTP_IF_NONE_MATCH": "documents", "HTTP_REFERER": "the page to sign in",
    "HTTP_USER_AGENT": "a new session", "HTTP_FORWARDED": "metrics", "HTTP_VIA": "metrics", "HTTP_X_FORWARDED_FOR": "metrics",
    "HTTP_X_REAL_IP": "metrics",
}


@pytest.mark.parametrize("name", ["nginx.conf.sample", "conf/nginx/snippets/bearward-question.conf"])
def test_nginx_tells_verify_every_header_that_the_code_reads_and_nothing_of_a_clients_but_those(name):
    read = {header for path in TOP.glob("src/http/*.c") for header in re.findall(r'"(HTTP_[A-Z_]+)"', path.read_text())}
    told = dict(re.findall(r"^\s*proxy_set_header (\S+) (\S+);$", (TOP / name).read_text(), re.M))
    clients = {"HTTP_" + header.upper().replace("-", "_") for header, value in told.items() if value.startswith("$http_")}

    assert clients - {"HTTP_X_FORWARDED_HOST"} == read - {"HTTP_HOST", *NOT_FOR_VERIFY}
    assert {header: value for header, value in told.items() if not value.startswith("$http_")} == {
        "Host": "verify", "Connection": '""', "Content-Length": '""', "Transfer-Encoding": '""', "X-Original-Method": "$request_method",
        "X-Original-URI": "$request_uri", "X-Forwarded-Proto": "$scheme", "X-Real-IP": "$remote_addr"}
    assert all(value == f"$http_{header.lower().replace('-', '_')}" for header, value in told.items()
               if value.startswith("$http_") and header != "X-Forwarded-Host")
