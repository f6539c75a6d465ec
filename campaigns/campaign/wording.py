"""Staff's own words: what one campaign's readers are told in place of our sentences, in one language.

A wording is plain text. It may leave out what the sentence fills in, but asks for nothing else; where the sentence
stresses a part with a tag, the wording may use that tag. People type `{amount}` for what the source calls `%(amount)s`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.campaign import scheduling
from campaigns.campaign.models import Campaign, CampaignWording
from campaigns.crypto import sha256_hex
from campaigns.errors import Invalid, NotFound
from campaigns.language import spoken, words_of
from campaigns.translations import FORM_MARK, PLACEHOLDER, Sentence, catalog, form_key, sentences

WORDING_MAX = 500
Wordings = tuple[tuple[str, str, str], ...]  # language, key of the sentence, wording
# Where readers come across a sentence, by the beginning of the file that says it; the first that fits.
PLACES = (
    ("templates/widget/", "The bar"),
    ("templates/campaign/", "The campaign’s page"),
    ("templates/donate/thanks", "The thank-you"),
    ("templates/donate/", "The donation page"),
    ("templates/mail/", "Mail"),
    ("campaigns/outbox/", "Mail"),
    ("templates/public.html", "Every page"),
)
ELSEWHERE = "Notes and hints"
GONE = "there is no such sentence any more; reload the page to see those there are"
EXAMPLES_BELOW, EXAMPLES_MAX = 120, 4
_TYPED = re.compile(r"\{(\w+)\}")
_TAG = re.compile(r"<(/?)([a-z]+)[^<>]*>")
_LINE_BREAKS = re.compile(r"[\t\r\n\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence, or a plural form of one, as staff look at it: `own` is None where they left ours alone."""

    digest: str
    place: str
    source: str
    ours: str
    own: str | None
    fills: tuple[str, ...]
    numbers: str

    @property
    def searched(self) -> str:
        """What a search looks at."""
        return f"{self.source}\n{self.ours}\n{self.own or ''}".casefold()


def set_wording(session: Session, campaign: Campaign, *, language: str, key: str, text: str, now: datetime) -> bool:
    """Has the campaign say `text` in place of the sentence `key`; empty or our own words: say ours again.

    Returns whether anything changed. Raises NotFound for an unknown sentence or language, Invalid for an unfit text.
    """
    sentence = sentence_of(key)
    if language not in spoken():
        raise NotFound(f"there are no words in “{language[:20]}” yet")
    text = _LINE_BREAKS.sub(" ", text).strip()
    wanted = None if text in ("", as_typed(ours(key, language))) else from_typed(text, sentence)
    scheduling.lock(session, campaign)
    kept = session.get(CampaignWording, (campaign.id, language, _digest(key)))
    if (kept.wording if kept else None) == wanted:
        return False
    if wanted is None:
        session.delete(kept)
    elif kept is None:
        named = {"campaign_id": campaign.id, "language": language, "sentence_sha256": _digest(key), "sentence": key}
        session.add(CampaignWording(**named, wording=wanted, updated_at=now))
    else:
        kept.wording, kept.updated_at = wanted, now
    campaign.revision += 1
    campaign.updated_at = now
    session.flush()
    return True


def of(session: Session, campaign_id: int, language: str) -> dict[str, str]:
    """The campaign's wordings for `language`, as `speaking` takes them."""
    return chosen(every(session, campaign_id), language)


def every(session: Session, campaign_id: int) -> Wordings:
    """All wordings of a campaign."""
    wanted = select(CampaignWording.language, CampaignWording.sentence, CampaignWording.wording)
    rows = session.execute(wanted.where(CampaignWording.campaign_id == campaign_id))
    return tuple(sorted((language, sentence, wording) for language, sentence, wording in rows))


def chosen(wordings: Wordings, language: str) -> dict[str, str]:
    """Of `wordings`, those that go with `language`."""
    words = words_of(language)
    return {key: wording for spoken_in, key, wording in wordings if spoken_in == words}


def told(session: Session, campaign_id: int, language: str) -> list[Told]:
    """All that the campaign's readers are told in `language`, where they come across it first."""
    own = of(session, campaign_id, language)
    keys = [
        key for sentence in sentences().values() if _is_of_a_campaign(sentence) for key in _keys(sentence, language)
    ]
    made = [_told(key, language, own.get(key)) for key in keys]
    order = {title: number for number, (_start, title) in enumerate(PLACES)}
    return sorted(made, key=lambda one: order.get(one.place, len(order)))


def grouped(sentences: Sequence[Told]) -> list[tuple[str, list[Told]]]:
    """By place, in the order given."""
    return [(place, list(some)) for place, some in groupby(sentences, key=lambda one: one.place)]


def key_with(digest: str) -> str:
    """The key of the sentence, or of the form of one, that hashes to `digest`. Raises NotFound."""
    keys = (key for sentence in sentences().values() for tag in spoken() for key in _keys(sentence, tag))
    found = next((key for key in keys if _digest(key) == digest), None)
    if found is None:
        raise NotFound(GONE)
    return found


def sentence_of(key: str) -> Sentence:
    """The sentence whose key, or the key of one of whose forms, this is. Raises NotFound."""
    found = sentences().get(key.partition(FORM_MARK)[0])
    if found is None:
        raise NotFound(GONE)
    return found


def ours(key: str, language: str) -> str:
    """What we say where staff say nothing."""
    base, marked, form = key.partition(FORM_MARK)
    sentence, known = sentence_of(key), catalog(language)
    source = sentence.plural if marked and form != "0" and sentence.plural else sentence.message
    forms = known.said.get(base, (source,))
    number = int(form) if form.isdigit() else 0
    if number >= max(len(forms), known.plural_count if sentence.plural else 1):
        raise NotFound("there is no such form of this sentence")
    return forms[number] if number < len(forms) else source


def as_typed(text: str) -> str:
    """A sentence as people type it: `{amount}` for `%(amount)s`."""
    return PLACEHOLDER.sub(r"{\1}", text)


def from_typed(text: str, sentence: Sentence) -> str:
    """What people typed, as it is kept. Raises Invalid, saying what to write instead."""
    if len(text) > WORDING_MAX:
        raise Invalid(f"{len(text)} characters are too many; {WORDING_MAX} fit", "wording")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise Invalid("there is a character in it that cannot be shown; type it anew", "wording")
    known = PLACEHOLDER.findall(sentence.whole)
    unknown = [name for name in (*_TYPED.findall(text), *PLACEHOLDER.findall(text)) if name not in known]
    if unknown:
        possible = ", ".join(f"{{{name}}}" for name in dict.fromkeys(known)) or "nothing"
        raise Invalid(f"“{{{unknown[0]}}}” cannot be filled in here; this sentence fills in {possible}", "wording")
    wording = _TYPED.sub(r"%(\1)s", text)
    _check_tags(wording, sentence)
    return wording


def _check_tags(wording: str, sentence: Sentence) -> None:
    """Only the sentence's own tags, each closed where it should be."""
    allowed = {found.group(0) for found in _TAG.finditer(sentence.whole)}
    opened: list[str] = []
    for found in _TAG.finditer(wording):
        closes, name = found.groups()
        if found.group(0) not in allowed:
            raise Invalid(f"“{as_typed(found.group(0))}” is no part of this sentence; write plain words", "wording")
        if closes and (not opened or opened.pop() != name):
            raise Invalid(f"“{found.group(0)}” closes nothing that is open", "wording")
        if not closes:
            opened.append(name)
    if opened:
        raise Invalid(f"“<{opened[-1]}>” is opened and never closed; write “</{opened[-1]}>” behind it", "wording")


def _keys(sentence: Sentence, language: str) -> list[str]:
    """One for a sentence, or one for each of its plural forms."""
    if sentence.plural is None:
        return [sentence.key]
    return [form_key(sentence.key, form) for form in range(catalog(language).plural_count)]


def _told(key: str, language: str, own: str | None) -> Told:
    sentence, ours_now = sentence_of(key), as_typed(ours(key, language))
    place = next(
        (title for start, title in PLACES if any(file.startswith(start) for file in sentence.places)), ELSEWHERE
    )
    return Told(
        digest=_digest(key),
        place=place,
        source=as_typed(sentence.plural or sentence.message),
        ours=ours_now,
        own=as_typed(own) if own else None,
        fills=tuple(dict.fromkeys(PLACEHOLDER.findall(sentence.whole))),
        numbers=_numbers(key, language),
    )


def _numbers(key: str, language: str) -> str:
    """Which numbers a plural form is for, by example."""
    _base, marked, form = key.partition(FORM_MARK)
    if not marked:
        return ""
    fitting = [str(number) for number in range(EXAMPLES_BELOW) if catalog(language).plural(number) == int(form)]
    return "For " + ", ".join(fitting[:EXAMPLES_MAX]) + (" and so on" if len(fitting) > EXAMPLES_MAX else "")


def _is_of_a_campaign(sentence: Sentence) -> bool:
    """Error pages belong to no campaign, so that no wording of one is heard there."""
    return any(not place.startswith(("templates/error.html", "campaigns/web/errors.py")) for place in sentence.places)


def _digest(key: str) -> str:
    return sha256_hex(key.encode())
