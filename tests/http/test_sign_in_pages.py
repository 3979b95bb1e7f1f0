"""The pages on which people sign in: their words, their errors, what they look like, what they weigh."""

import re

from conftest import TOP

WWW = TOP / "www"
LANGUAGES = sorted(path.name for path in (WWW / "words").iterdir())
PAGES = {path.stem: path.read_text() for path in (WWW / "pages").glob("*.html")}
ERRORS = {path.stem: path.read_text() for path in (WWW / "errors").glob("*.html")}


def words_of(language):
    """Key and text of each line."""
    lines = (WWW / "words" / language).read_text().splitlines()
    return [tuple(line.split(" = ", 1)) for line in lines if line and not line.startswith("#")]


def names_in(text):
    return set(re.findall(r"\{\{[#^]?(\w+)\}\}", text))


# -- Words ----------------------------------------------------------------------------------


def test_english_german_and_french_have_the_same_words_each_once_with_the_same_values_in_them():
    english = words_of("en")

    assert LANGUAGES == ["de", "en", "fr"]
    for language in LANGUAGES:
        words = words_of(language)
        assert [key for key, _ in words] == [key for key, _ in english], language
        assert [(key, names_in(text)) for key, text in words] == [(key, names_in(text)) for key, text in english]
        assert len(dict(words)) == len(words)


def test_no_word_is_idle_and_none_is_missing():
    sources = [path.read_text() for pattern in ("src/http/*.c", "cgi-bin/*.c") for path in TOP.glob(pattern)]
    in_programs = set(re.findall(r'"([a-z0-9_]+)"', "".join(sources)))
    named = set().union(*(names_in(text) for text in PAGES.values())) | {f"title_{name}" for name in PAGES}

    idle = {key for key, _ in words_of("en")} - named - in_programs

    # What a page is given as a word, the program itself would not find; names of values, it finds at its start.
    assert idle == set()
    assert set(re.findall(r'\.word = "([a-z0-9_]+)"', "".join(sources))) <= dict(words_of("en")).keys()


# -- The web server's own errors --------------------------------------------------------------


def test_a_page_of_the_web_servers_own_errors_needs_nothing_else_and_looks_like_the_others():
    assert ERRORS.keys() == {"400", "401", "403", "404", "413", "429", "500", "502", "503", "504"}
    for status, text in ERRORS.items():
        addresses = re.findall(r'(?:href|src|action)="([^"]*)"', text)
        assert set(addresses) <= {"", "/signin", "/signin?as=other"}, status
        assert "<script" not in text and "@import" not in text and "url(" not in text
        assert re.search(rf'<p class="status">{status} [A-Z]', text)
    assert len({re.search("<style>.*</style>", text, re.DOTALL)[0] for text in ERRORS.values()}) == 1
    assert "reload" in ERRORS["401"]
