"""The catalogs: one `.po` file for each language that readers are spoken to in, read at first use and kept.

A further language is one more file here: `make words LANGUAGE=it` writes an empty one, and nothing else learns of it.
The sentences as they stand in the source are English, which needs no file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from gettext import c2py
from pathlib import Path

from babel.messages import Message
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
SOURCE_LANGUAGE = "en"
CONTEXT_END = "\x04"  # between context and sentence, as gettext's own files have it
FORM_MARK = "\x1f"  # between a sentence and the number of one of its plural forms
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_PLURAL_PARTS = re.compile(r"nplurals\s*=\s*(\d+)\s*;\s*plural\s*=\s*([^;]+)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What readers may be told: as it stands in the source, its plural, and the files that say it."""

    message: str
    plural: str | None = None
    context: str | None = None
    places: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What a catalog finds it by."""
        return key_of(self.message, self.context)

    @property
    def whole(self) -> str:
        """All that it says, in whatever form."""
        return f"{self.message} {self.plural}" if self.plural else self.message


@dataclass(frozen=True, slots=True)
class Catalog:
    """The sentences in one language: by key one form, or as many as `plural` tells apart."""

    language: str
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    plural: Callable[[int], int] = lambda number: int(number != 1)
    plural_count: int = 2
    sentences: tuple[Sentence, ...] = ()


@cache
def languages() -> tuple[str, ...]:
    """The tags of all languages there are words in, the source's first."""
    return (SOURCE_LANGUAGE, *sorted(path.stem for path in FOLDER.glob("*.po")))


@cache
def catalog(language: str) -> Catalog:
    """The catalog of one of `languages()`. What is not translated, fuzzy or unfit is not in it."""
    if language == SOURCE_LANGUAGE:
        return Catalog(language)
    with (FOLDER / f"{language}.po").open("rb") as file:
        read = read_po(file, abort_invalid=True)
    count, rule = plural_forms(read.plural_forms)
    kept = [(sentence_of(message), message) for message in read if message.id]
    said = {sentence.key: forms for sentence, message in kept if (forms := _forms(sentence, message))}
    return Catalog(language, said, c2py(rule), count, tuple(sentence for sentence, _message in kept))


@cache
def sentences() -> Mapping[str, Sentence]:
    """Every sentence that readers may be told, by key, in the order of the catalogs."""
    read = (catalog(language).sentences for language in languages())
    return {sentence.key: sentence for some in read for sentence in some}


def plural_forms(header: str) -> tuple[int, str]:
    """How many forms a catalog's header names, and its rule."""
    found = _PLURAL_PARTS.search(header)
    if found is None:
        raise ValueError(f"“{header}” are no plural forms")
    return int(found.group(1)), found.group(2).strip()


def sentence_of(message: Message) -> Sentence:
    """What a catalog's entry is about."""
    ids = message.id if isinstance(message.id, tuple) else (message.id, None)
    places = tuple(dict.fromkeys(place for place, _line in message.locations))
    return Sentence(str(ids[0]), ids[1], message.context, places)


def key_of(message: str, context: str | None = None) -> str:
    """What a sentence is found by."""
    return f"{context}{CONTEXT_END}{message}" if context else message


def form_key(key: str, form: int) -> str:
    """What one plural form of a sentence is found by among staff's wordings."""
    return f"{key}{FORM_MARK}{form}"


@lru_cache(maxsize=2048)
def fits(text: str, source: str) -> bool:
    """Whether `text` asks for nothing that `source` does not, so that it can be filled in wherever `source` can."""
    return set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(source))


def _forms(sentence: Sentence, message: Message) -> tuple[str, ...]:
    given = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    forms = tuple(form for form in given if form)
    if message.fuzzy or len(forms) < len(given):
        return ()
    plain = not any("%" in PLACEHOLDER.sub("", form) for form in forms)
    return forms if plain and all(fits(form, sentence.whole) for form in forms) else ()
