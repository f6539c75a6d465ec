"""Looks that are being tried out: carried in a signed word, so that a bar can show one that is not saved yet.

Only staff's own pages make such words, and they are good for a day: what is on a site is saved.
"""

from __future__ import annotations

from itsdangerous import BadData, URLSafeTimedSerializer

from campaigns.crypto import derive
from campaigns.widget.embeds import Refusal, look_of, terms_of
from campaigns.widget.look import Look

MARK = "~"  # in no key
SECONDS_MAX = 24 * 3600
LENGTH_MAX = 1000


def written(secret_key: str, look: Look) -> str:
    """The word that `read` reads back, for the attribute `embed`."""
    terms = terms_of(look)
    usual = terms_of(Look())
    return MARK + _signer(secret_key).dumps({name: said for name, said in terms.items() if said != usual[name]})


def read(secret_key: str, word: str) -> Look | None:
    """The look of such a word; None for anything else, and for one that is too old."""
    if not word.startswith(MARK) or len(word) > LENGTH_MAX:
        return None
    try:
        look = look_of(_signer(secret_key).loads(word.removeprefix(MARK), max_age=SECONDS_MAX))
    except (BadData, Refusal):
        return None
    return look.under(word)


def _signer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(derive(secret_key, "look"), salt="tidemark-look")
