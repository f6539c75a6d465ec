"""In whose words we speak: the language of what is being written now, and the sentences that staff put in our place.

Whatever writes to a reader (a page, a bar, a mail) does it inside `speaking`; templates and Python alike then say `_`.
Staff's wording comes first, then the catalog, then the sentence of the source; one that asks for what the source does
not is passed over, so that no wording and no translation ever breaks a reader's page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import escape

from campaigns.money import known_language, locale_of
from campaigns.translations import (
    PLACEHOLDER,
    SOURCE_LANGUAGE,
    catalog,
    fits,
    form_key,
    key_of,
    languages,
    sentences,
)

TAG_SHAPE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_BARE_PERCENT = re.compile(r"%(?!\(\w+\)s)")
_TAG = re.compile(r"(</?[a-z][^<>]*>)")


@dataclass(frozen=True, slots=True)
class Voice:
    """A language, and staff's own wordings by the key of the sentence they replace."""

    language: str = SOURCE_LANGUAGE
    wordings: Mapping[str, str] = field(default_factory=dict)


_voice: ContextVar[Voice] = ContextVar("voice", default=Voice())  # noqa: B039  (frozen; nobody changes its mapping)


@contextmanager
def speaking(language: str, wordings: Mapping[str, str] | None = None) -> Iterator[Voice]:
    """Everything said inside is said in `language` (the nearest that we have), by `wordings` where staff gave one."""
    voice = Voice(language, wordings or {})
    token = _voice.set(voice)
    try:
        yield voice
    finally:
        _voice.reset(token)


def voice() -> Voice:
    """The present one."""
    return _voice.get()


def spoken() -> tuple[str, ...]:
    """The tags of the languages we have words in, that of the source first."""
    return languages()


def nearest(asked: str | None, *fallbacks: str | None) -> str:
    """The language to write in: the first of those given whose words we have, else the source's.

    Its region stays (`de-CH`), since numbers and dates follow it; the words are those of `words_of`.
    """
    return next((tag for one in (asked, *fallbacks) if (tag := _tag(one))), SOURCE_LANGUAGE)


def asked_language(asked: str | None) -> str | None:
    """What a stranger asked for, where we have words in it; else None."""
    return _tag(asked)


@lru_cache(maxsize=256)
def words_of(language: str) -> str:
    """The catalog that `language` is spoken by: `de` for `de-CH`; the source's where there is none."""
    parts = language.split("-")
    shorter = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    related = [tag for tag in languages() if tag.split("-")[0] == parts[0]]
    return next((tag for tag in (*shorter, *related) if tag in languages()), SOURCE_LANGUAGE)


def gettext(message: str) -> str:
    """`message` in the present language."""
    return _found(message) or message


def pgettext(context: str, message: str) -> str:
    """`message`, as it is meant in `context`, in the present language."""
    return _found(message, context=context) or message


def ngettext(one: str, many: str, number: int) -> str:
    """The form that fits `number`, in the present language."""
    return _found(one, many, number) or (one if number == 1 else many)


def npgettext(context: str, one: str, many: str, number: int) -> str:
    """The form that fits `number`, as it is meant in `context`, in the present language."""
    return _found(one, many, number, context) or (one if number == 1 else many)


def say(message: str, **values: object) -> str:
    """`message` in the present language, with `%(name)s` filled in; plain text, which templates escape."""
    return PLACEHOLDER.sub(lambda found: str(values[found.group(1)]), gettext(message)) if values else gettext(message)


def N_(message: str) -> str:  # noqa: N802  (the name that extractors know)
    """Marks a sentence for translation where it is written; it is said, by `say`, where it is shown."""
    return message


def install(environment: Environment) -> None:
    """Has a jinja environment's templates speak: `_`, `gettext`, `{% trans %}`. It needs the extension `i18n`."""
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension
        _in_template, _plural_in_template, newstyle=True, pgettext=_of_context, npgettext=_plural_of_context
    )


@pass_context
def _in_template(template: Context, message: str) -> str:
    return _ready(template, message)


@pass_context
def _plural_in_template(template: Context, one: str, many: str, number: int) -> str:
    return _ready(template, one, many, number)


@pass_context
def _of_context(template: Context, context: str, message: str) -> str:
    return _ready(template, message, context=context)


@pass_context
def _plural_of_context(template: Context, context: str, one: str, many: str, number: int) -> str:
    return _ready(template, one, many, number, context)


def _ready(template: Context, one: str, many: str | None = None, number: int = 1, context: str | None = None) -> str:
    """The sentence as jinja fills it in: every `%` that is no placeholder doubled, and markup only where it is ours."""
    source = one if many is None or number == 1 else many
    own = _worded(one, many, number, context)
    text = own or _translated(one, many, number, context) or source
    ours = own is None and key_of(one, context) in sentences()
    if template.eval_ctx.autoescape and not ours:
        text = _escaped(text, source if own else "")
    return _BARE_PERCENT.sub("%%", text)


def _found(one: str, many: str | None = None, number: int = 1, context: str | None = None) -> str | None:
    return _worded(one, many, number, context) or _translated(one, many, number, context)


def _worded(one: str, many: str | None, number: int, context: str | None) -> str | None:
    """Staff's wording, where there is one that fits."""
    present = voice()
    if not present.wordings:
        return None
    key = key_of(one, context)
    if many is not None:
        key = form_key(key, catalog(words_of(present.language)).plural(number))
    text = present.wordings.get(key)
    return text if text and fits(text, f"{one} {many or ''}") else None


def _translated(one: str, many: str | None, number: int, context: str | None) -> str | None:
    known = catalog(words_of(voice().language))
    forms = known.said.get(key_of(one, context), ())
    form = 0 if many is None else known.plural(number)
    return forms[form] if form < len(forms) else None


def _escaped(text: str, source: str) -> str:
    """As plain text, but for tags that the source's sentence has too."""
    tags = set(_TAG.findall(source))
    return "".join(part if part in tags else str(escape(part)) for part in _TAG.split(text))


@lru_cache(maxsize=256)
def _tag(asked: str | None) -> str | None:
    """`asked` as a tag whose words we have, written as tags are."""
    if not asked or not TAG_SHAPE.fullmatch(asked) or not known_language(asked, ""):
        return None
    locale = locale_of(asked)
    tag = "-".join(filter(None, (locale.language, locale.territory)))
    return tag if locale.language in {one.split("-")[0] for one in languages()} else None
