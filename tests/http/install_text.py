"""What INSTALL says, for tests that do it."""

import re
import textwrap

from conftest import TOP

TEXT = (TOP / "INSTALL").read_text()


def section(title):
    """The text below a heading, up to the next heading."""
    return re.search(rf"^{re.escape(title)}\n[-=]+\n(.*?)(?=^[^\n]+\n[-=]{{4,}}\n|\Z)", TEXT, re.M | re.S)[1]


def blocks(text):
    """The indented blocks: what is to be typed, or to be written into a file."""
    return [textwrap.dedent(block) for block in re.findall(r"(?:^\t.*\n|^(?=\n\t\t))+", text, re.M)]


def is_nginx(block):
    return re.match(r"(location|include) ", block) is not None


def commands(block):
    """Command by command; those that go on in the next line, or have a text below them, are one."""
    found, end = [], None
    for line in block.splitlines():
        if end or (found and found[-1].endswith("\\")):
            found[-1] += "\n" + line
            end = None if line == end else end
            continue
        found.append(line)
        here = re.search(r"<<'(\w+)'", line)
        end = here and here[1]
    return found
