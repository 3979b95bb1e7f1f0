"""The completion of shells that `bearward completion` makes and `make install` puts where bash and zsh look for it."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import TOP, Server
from terminal import Terminal
from test_command import COMMANDS, GROUPS
from test_install import make

# What is typed, with ⇥ for the key Tab, and the words that the command gets.
TYPED = {
    "us⇥": ["user"],
    "user del⇥alice": ["user", "delete", "alice"],
    "us⇥lis⇥--ma⇥x --dis⇥--cou⇥": ["user", "list", "--match", "x", "--disabled", "--count"],
    "user --match x lis⇥--js⇥": ["user", "--match", "x", "list", "--json"],
    "user set alice --email-ver⇥y⇥": ["user", "set", "alice", "--email-verified", "yes"],
    "user show al⇥ice --js⇥": ["user", "show", "alice", "--json"],
    "user show alice --mat⇥": ["user", "show", "alice", "--mat"],
    "user list --match --js⇥": ["user", "list", "--match", "--js"],
    "user show -- --js⇥": ["user", "show", "--", "--js"],
    "key remove kid --for⇥": ["key", "remove", "kid", "--force"],
    "che⇥": ["check-config"],
    "nonsense al⇥": ["nonsense", "al"],
    "completion z⇥": ["completion", "zsh"],
    "help intro⇥rem⇥": ["help", "introspection", "remove"],
    "help user list --js⇥": ["help", "user", "list", "--js"],
    "import --csv peo⇥": ["import", "--csv", "people of it.csv"],
    "-c set⇥sess⇥lis⇥": ["-c", "settings.conf", "session", "list"],
    "--conf⇥set⇥tid⇥": ["--config", "settings.conf", "tidy"],
}

START = {
    "bash": "PS1='' PS2=''; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'",
    "zsh": "PS1='' PS2=''; setopt nobeep nopromptcr nopromptsp; unset zle_bracketed_paste",
}
LOAD = {
    "bash": "export XDG_DATA_DIRS={share}:/usr/share; . /usr/share/bash-completion/bash_completion",
    "zsh": "fpath=({share}/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u -d {directory}/dump",
}
COMMAND = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}


class Shell(Terminal):
    """A shell in which `bearward` is a function that shows its arguments, each between angle brackets."""

    def __init__(self, name, directory, share):
        environment = {"TERM": "dumb", "HOME": str(directory), "HISTFILE": "", "INPUTRC": "/dev/null"}
        self.start(COMMAND[name], environment, 500)
        self.number = 0
        for line in ("cd " + str(directory), START[name], LOAD[name].format(share=share, directory=directory),
                     "bearward() { printf '<%s>' \"$@\"; echo; }"):
            self.type(line + "\n")
        # The line that is echoed has a number that is not yet added.
        self.type("echo begun $((40 + 2))\n")
        self.wait_for("begun 42")

    def given(self, typed):
        """What the function is given for a line."""
        self.seen = ""
        self.type(f"bearward {typed}\n".replace("⇥", "\t"))
        self.wait_for(">")
        self.number += 1
        self.type(f"echo done $((100 + {self.number}))\n")
        self.wait_for(f"done {100 + self.number}")
        return re.findall("<(.*?)>", self.seen)


@pytest.fixture(scope="module")
def share(tmp_path_factory):
    """Where `make install` has put the completions, and whatever else."""
    dest = tmp_path_factory.mktemp("dest")
    make("install", f"DESTDIR={dest}")
    return dest / "usr/local/share"


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_a_shell_completes_commands_options_values_and_files_as_they_are_installed(share, tmp_path, name):
    if not shutil.which(name) or not os.path.exists("/usr/share/bash-completion/bash_completion"):
        pytest.skip("needs the packages bash-completion and zsh")
    for file in ("people of it.csv", "settings.conf"):
        (tmp_path / file).touch()
    shell = Shell(name, tmp_path, share)

    given = {typed: shell.given(typed) for typed in TYPED}
    shell.type("exit\n")

    assert shell.finish() == 0
    assert given == TYPED


def test_all_of_a_command_is_offered_and_nothing_else(build):
    place = Server(build)
    ask = """
        eval "$("$0" completion bash)"
        while IFS= read -r line; do
            COMP_WORDS=(bearward $line); COMP_WORDS+=("${last}") COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _bearward; echo "${COMPREPLY[@]}"
        done
        """
    questions = ["", *GROUPS, *COMMANDS]

    def answers(last):
        done = subprocess.run(["bash", "-c", ask, place.program], input="\n".join(questions) + "\n", env={**os.environ, "last": last},
                              capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return {question: set(line.split()) for question, line in zip(questions, done.stdout.splitlines(), strict=True)}

    words, options = answers(""), answers("-")

    assert words[""] == {command.split()[0] for command in COMMANDS}
    for group in GROUPS:
        assert words[group] == {command.split()[1] for command in COMMANDS if command.startswith(f"{group} ")}
    for command in COMMANDS:
        usage = place.command(*command.split(), "--help").stdout.split("\n\n")[0]
        assert options[command] == {*re.findall("--[a-z-]+", usage), "--config", "--help", "--version"}
    # Where a name is needed, there is nothing to be offered before it.
    assert words["user show"] == set() and words["user list"] == options["user list"] - {"--config", "--help", "--version"}
    place.remove()
