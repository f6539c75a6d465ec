"""Every sentence that readers are told is there in every language, complete and fit to be filled in."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from functools import cache

import pytest
from babel import Locale
from babel.messages import Catalog
from babel.messages.pofile import read_po

from campaigns import translations
from campaigns.translations import FOLDER, PLACEHOLDER
from tests.language.literal import literals
from tests.language.words import CHECKOUT, TEMPLATES, extracted, templates, untranslated, updated

PROMISED = {"en", "ar", "de", "es", "fr"}
LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.po"))
SCRIPTS = sorted(
    path for folder in ("public", "embed") for path in (CHECKOUT / "campaigns/static" / folder).glob("*.js")
)
PROSE = re.compile(r"^[A-Za-z’]+[,.!?…]?( [A-Za-z’]+[,.!?…]?)+$")
TAG = re.compile(r"</?[a-z][^<>]*>")


@cache
def sources() -> Catalog:
    return extracted()


def catalog(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def forms(string: object) -> list[str]:
    return list(string) if isinstance(string, (list, tuple)) else [str(string)]


def test_readers_are_spoken_to_in_the_languages_that_were_promised() -> None:
    assert set(translations.languages()) >= PROMISED


def test_the_catalogs_come_with_what_strangers_install() -> None:
    build = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    catalogs = [path.relative_to(CHECKOUT).as_posix() for path in FOLDER.glob("*.po")]
    left_out = [line.strip("/") for line in (CHECKOUT / ".gitignore").read_text().split()]  # hatch obeys it
    assert len(catalogs) == len(LANGUAGES)
    assert all(path.split("/")[0] in build["only-include"] for path in catalogs)
    assert [path for path in catalogs for part in path.split("/") for rule in left_out if fnmatch(part, rule)] == []


def test_the_sources_are_full_of_sentences() -> None:
    assert len(sources()) > 80
    assert {"Donate", "Thank you!"} <= {message.id for message in sources()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_says_exactly_the_sentences_of_the_sources(language: str) -> None:
    kept = (FOLDER / f"{language}.po").read_bytes()
    assert updated(language, sources()) == kept, "run `make words`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_left_without_words(language: str) -> None:
    assert untranslated((FOLDER / f"{language}.po").read_bytes()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_is_taken_at_run_time(language: str) -> None:
    assert set(translations.catalog(language).said) == set(translations.sentences())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_what_its_sentence_does_and_nothing_else(language: str) -> None:
    for message in catalog(language):
        if not message.id:
            continue
        ids = forms(message.id)
        whole = set(PLACEHOLDER.findall(" ".join(ids)))
        for form in forms(message.string):
            names = PLACEHOLDER.findall(form)
            assert "%" not in PLACEHOLDER.sub("", form), form
            if len(ids) == 1:
                assert sorted(names) == sorted(PLACEHOLDER.findall(ids[0])), form
            else:
                assert set(names) <= whole, form  # “one donor” needs no number


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_markup_of_its_sentence(language: str) -> None:
    for message in catalog(language):
        if message.id:
            for form in forms(message.string):
                assert TAG.findall(form) == TAG.findall(forms(message.id)[0]), form


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plural_rule_is_that_of_the_language(language: str) -> None:
    known, rule = translations.catalog(language), Locale.parse(language).plural_form
    seen: dict[int, set[str]] = {}
    for number in range(1, 1000):
        seen.setdefault(known.plural(number), set()).add(rule(number))
    assert all(len(categories) == 1 for categories in seen.values())
    assert len(seen) + (language == "ar") == known.plural_count  # Arabic has a form for nothing, too


def test_no_sentence_of_the_sources_has_a_percent_sign_of_its_own() -> None:
    whole = (text for message in sources() if message.id for text in forms(message.id))
    assert [text for text in whole if "%" in PLACEHOLDER.sub("", text)] == []


def test_every_page_for_readers_is_among_those_that_are_read_for_sentences() -> None:
    shells = '{% extends "public.html" %}'
    pages = [path for path in TEMPLATES.rglob("*.html") if shells in path.read_text()]
    missing = [path for path in pages if path not in templates() and path.parent.name != "sandbox"]
    assert pages
    assert missing == []


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_template_tells_readers_nothing_that_cannot_be_said_in_their_language(path) -> None:
    assert literals(path.read_text()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_for_readers_has_no_words_of_its_own(path) -> None:
    code = re.sub(r"/\*.*?\*/|(?m:^\s*//.*$)|(?m:\s// .*$)", "", path.read_text(), flags=re.DOTALL)
    said = [found for found in re.findall(r"""["'`]([^"'`\n]*)["'`]""", code) if PROSE.search(found)]
    assert said == ["use strict"] * said.count("use strict")


@pytest.mark.parametrize(
    "source",
    [
        "<p>Thank you</p>",
        '<img alt="The bar" src="x">',
        '<input placeholder="Your name">',
        '{{ "Thank you" if gift else "" }}',
        '{{ gift ~ " of it" }}',
        '{{ "Ended"|upper }}',
        '{% if gift %}Here{% else %}{{ _("There") }}{% endif %}',
    ],
)
def test_words_outside_of_a_sentence_are_found(source: str) -> None:
    assert len(literals(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        '<p class="lead">{{ _("Thank you") }}</p>',
        "{% trans amount=sum %}A gift of {{ amount }}{% endtrans %}",
        '<script>const text = "not shown";</script>',
        '<html dir="{{ "rtl" if right else "ltr" }}">',
        '<a href="#{{ "own" if field == "Some Thing" else field }}">{{ title }}</a> · 5',
        "{# Only for us. #}",
    ],
)
def test_what_is_no_language_is_let_through(source: str) -> None:
    assert literals(source) == []
