"""Every sentence that readers are told, as it stands in templates and Python, and the catalogs brought up to it.

`python -m tests.language` reads the sources again: what is translated stays, what is new waits for its words, what is
gone goes. The catalogs hold no dates and no line numbers, so that they change only when a sentence does.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from campaigns.translations import FOLDER

CHECKOUT = Path(__file__).parents[2]
TEMPLATES = CHECKOUT / "templates"
# What a reader's page, bar, picture or mail is made of. The console and the pretended payment service speak English.
READERS = (
    "public.html",
    "error.html",
    "campaign/page.html",
    "donate/*",
    "mail/*",
    "widget/*",
    "widget/kinds/*",
    "widget/pictures/*",
)
CONSOLE = '{% extends "base.html" %}'
KEYWORDS = {
    "_": None,
    "say": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
JINJA = {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
WIDTH = 110


def templates() -> list[Path]:
    """Every template that speaks to readers: those of the console, in whatever folder, extend its shell."""
    found = {path for pattern in READERS for path in TEMPLATES.glob(pattern) if path.is_file()}
    return sorted(path for path in found if CONSOLE not in path.read_text())


def extracted() -> Catalog:
    """All sentences of the sources, in the order in which a reader comes across the files."""
    found = Catalog()
    for path in [*templates(), *sorted(CHECKOUT.glob("campaigns/**/*.py"))]:
        for message, context in _of(path):
            found.add(message, context=context, locations=[(path.relative_to(CHECKOUT).as_posix(), 0)])
    return found


def updated(language: str, found: Catalog) -> bytes:
    """The catalog of `language` with exactly the sentences of `found`; what is translated stays, as its header does."""
    path, locale = FOLDER / f"{language}.po", language.replace("-", "_")
    made = Catalog(locale=locale)
    kept = read_po(BytesIO(path.read_bytes()), abort_invalid=True) if path.exists() else Catalog(locale=locale)
    for message in found:
        if message.id:
            known = kept.get(message.id, message.context)
            nothing = ("",) * kept.num_plurals if message.pluralizable else ""
            string = known.string if known else nothing
            made.add(message.id, string, locations=message.locations, context=message.context)
    header = (
        f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {kept.plural_forms}\\n"\n\n'
    )
    body = BytesIO()
    write_po(body, made, width=WIDTH, omit_header=True, include_lineno=False)
    return header.encode() + body.getvalue().strip() + b"\n"


def untranslated(catalog: bytes) -> list[str]:
    """The sentences that a catalog has no words for."""
    messages = [message for message in read_po(BytesIO(catalog)) if message.id]
    return [str(message.id) for message in messages if message.fuzzy or not _is_said(message.string)]


def _is_said(string: object) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def _of(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    with path.open("rb") as file:
        if path.suffix == ".py":
            read = extract("python", file, keywords=KEYWORDS)
        else:
            read = extract("jinja2.ext:babel_extract", file, keywords=KEYWORDS, options=JINJA)
        yield from ((message, context) for _line, message, _comments, context in read)
