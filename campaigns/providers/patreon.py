"""Patreon: memberships, whose payments are told as what each member has given in all.

Set it up

1. On patreon.com/portal/registration/register-clients make a client of API version 2, and keep its creator's access
   token here as access_token, its refresh token as refresh_token, and its client id and secret as client_id and
   client_secret: a token ends after about a month, and is renewed with them by itself.
2. On patreon.com/portal/registration/register-webhooks paste the URL shown here, choose the triggers listed below, and
   keep the webhook's secret here.
3. Say in which currency your campaign at Patreon is paid out, as currency: Patreon's messages do not.
4. Say from which day on gifts count, as count_from (2026-11-01), or all for everything that was ever given. With a
   token all members are asked for once, so that what they gave before that day counts nowhere.

Which campaign it is for

Patreon knows nothing of Tidemark's campaigns. A routing rule by tier (the number that Patreon gives a tier) says whose
money it is; what no rule places is for the endpoint's default campaign.

What counts

What a member has given in all, each rise as a gift of its own on the day it was charged, before Patreon's own fees.
What a member has promised never counts. Messages may be old when they arrive, so a fall counts only after Patreon was
asked; without a token it waits, and is shown. A refund that Patreon does not take off its figure is shown under
Attention.

Why no key is ever used twice

An entry is named by the member, the number of its step, and the levels before and after it. Steps are counted under
the lock of the member, so that one number is one step for ever.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from campaigns.crypto import equal, sha256_hex
from campaigns.errors import Invalid
from campaigns.money import exponent
from campaigns.providers import _patreon_api as api
from campaigns.providers._fields import Thing, as_list, as_object, identity, shown
from campaigns.providers._json import clean_text, parse
from campaigns.providers.asking import Answers
from campaigns.providers.contract import (
    API_BASE,
    EMAIL_MAX,
    NAME_MAX,
    SECRET_BYTES_MIN,
    Donor,
    Endpoint,
    Level,
    Malformed,
    Needs,
    NotAuthentic,
    Notice,
    Reading,
    Setting,
    Statement,
    Unreadable,
    Verified,
    strong,
)
from campaigns.providers.rehearsing import Rehearsal

KIND = "patreon"
TITLE = "Patreon"
SECRET_LABEL: str | None = "Webhook secret"  # noqa: S105 - the name of one, not one
SETTINGS: tuple[Setting, ...] = (
    Setting("currency", "Currency in which your campaign at Patreon is paid, such as USD", required=True, lasting=True),
    Setting("count_from", "Day from which gifts count (2026-11-01), or all", lasting=True),
    Setting("access_token", "Creator's access token", secret=True),
    Setting("refresh_token", "Creator's refresh token", secret=True),
    Setting("client_id", "Client ID, for renewing the token"),
    Setting("client_secret", "Client secret, for renewing the token", secret=True),
    API_BASE,
)
CONTENT_TYPES: tuple[str, ...] = ("application/json",)
MODES: tuple[str, ...] = ("demo", "test", "live")
SCOPE: Literal["", "endpoint"] = ""
SIGNS: Literal["body and time", "body", "nothing"] = "body"
EVENTS: tuple[str, ...] = (
    "members:create",
    "members:update",
    "members:delete",
    "members:pledge:create",
    "members:pledge:update",
    "members:pledge:delete",
)
ANSWER_BYTES_MAX = 32 * 1024 * 1024  # a page of members with their history
ANSWER_KEYS_MAX = 1_000_000
EVERYTHING = "all"
BALANCE = "members"  # the question about all members at once
REFUNDED = ("Refunded", "Partially Refunded", "Fraud", "Refunded by Patreon")
CHARGES = ("subscription", "pledge_start", "pledge_upgrade")  # events of a history that may hold a payment
_MEMBER = re.compile(r"[0-9A-Fa-f-]{36}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{32}", re.ASCII)


def lacks(endpoint: Endpoint) -> str | None:
    """A secret to verify with, and a currency whose hundredths Patreon's figures are."""
    if not strong(endpoint.secrets):
        return f"a webhook secret of at least {SECRET_BYTES_MIN} characters"
    if not _has_cents(endpoint.settings.get("currency", "")):
        return "a currency with two decimals"
    return None if _began(endpoint) else "a day in count_from, such as 2026-11-01"


def verify(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
    """The envelope of a body that one of the secrets signed. Raises NotAuthentic only.

    The name of the trigger comes unsigned: it is shown, and decides nothing.
    """
    given = headers.get("x-patreon-signature", "")
    known = strong(endpoint.secrets)
    # MD5 is Patreon's choice. As a key-ed hash it has not been broken, and nothing but its own messages rests on it.
    signed = [hmac.new(secret.encode(), body, hashlib.md5).hexdigest() for secret in known]
    if not _SIGNATURE.fullmatch(given) or not any(equal(one.encode(), given.encode()) for one in signed):
        raise NotAuthentic("no signature of this webhook's")
    thing = as_object(parse(body).get("data"))
    if identity(thing.get("id")) is None or not isinstance(thing.get("type"), str):
        raise Malformed("a message without the id or the type of what it is about")
    trigger = headers.get("x-patreon-event", "")
    named = trigger if trigger in EVENTS else EVENTS[1]
    return Verified(sha256_hex(body), named if thing["type"] == "member" else "other", None, None, None)


def rehearse(endpoint: Endpoint, now: datetime) -> Rehearsal:
    """A message about a post, not a member, signed as Patreon signs."""
    body = json.dumps({"data": {"type": "post", "id": f"tidemark{int(now.timestamp())}"}}).encode()
    signature = hmac.new(strong(endpoint.secrets)[0].encode(), body, hashlib.md5).hexdigest()
    sent = {"x-patreon-event": "posts:publish", "x-patreon-signature": signature}
    return Rehearsal({"content-type": "application/json", **sent}, body)


def redact(body: bytes) -> bytes:
    """As it came: no secret travels in Patreon's messages or answers."""
    return body


def read(body: bytes, endpoint: Endpoint) -> Reading:
    """The level of the member in a stored message. Raises Unreadable only."""
    document = _document(body)
    thing = as_object(document.get("data"))
    if not isinstance(thing.get("type"), str):
        raise Unreadable("the stored body is no message of Patreon's")
    if thing["type"] != "member":
        return Reading(ignored=f"a message about a {shown(thing['type'])}, not a member")
    return _reading(list(_of_member(thing, _Told(endpoint, _included(document), None))))


def key_lacking(endpoint: Endpoint) -> str | None:
    """Nothing can be asked without a token."""
    return None if endpoint.settings.get(api.TOKEN) else api.TOKEN


def subject_of(ref: str) -> str | None:
    """What to ask for all that a member, or the giver of a gift, has given."""
    member_id = ref.partition(":")[0]
    return f"member:{member_id}" if _MEMBER.fullmatch(member_id) else None


def first_subject(endpoint: Endpoint) -> str | None:
    """What to ask for once at the beginning: from where on each member's gifts count, and those that count already."""
    return BALANCE


def look_up(endpoint: Endpoint, subject: str) -> Answers:
    """Asks Patreon for `subject`. Raises CannotLookUpNow, LookUpRefused or NothingThere."""
    return api.ask(endpoint, subject)


def renew(endpoint: Endpoint) -> Mapping[str, str]:
    """A fresh token, and the one that is to renew it. Raises CannotLookUpNow or LookUpRefused."""
    return api.renew(endpoint)


def read_answer(body: bytes, endpoint: Endpoint, at: datetime) -> Reading:
    """The levels of all members in a stored answer, which were so `at` that time. Raises Unreadable only."""
    document = _document(body, bytes_max=ANSWER_BYTES_MAX, keys_max=ANSWER_KEYS_MAX)
    told = _Told(endpoint, _included(document), at)
    gone = identity(document.get("gone"))
    if gone:
        detail = f"{gone} is told of in a message that only Patreon could confirm, and Patreon knows no such member now"
        return Reading.of([Notice("unconfirmed", gone, detail)])
    found = document.get("data")
    things = [found] if isinstance(found, dict) else as_list(found)
    members = [as_object(one) for one in things if as_object(one).get("type") == "member"]
    return Reading.of(statement for one in members for statement in _of_member(one, told))


@dataclass(frozen=True, slots=True)
class _Told:
    """Around a member: what came along with it, and when Patreon was asked (None: it sent this by itself)."""

    endpoint: Endpoint
    included: Mapping[tuple[str, str], Mapping[str, Any]]
    asked_at: datetime | None


def _reading(statements: list[Statement]) -> Reading:
    return Reading.of(statements) if statements else Reading(ignored="it tells of no support")


def _of_member(thing: Mapping[str, Any], told: _Told) -> Iterator[Statement]:
    member = Thing(
        f"member {shown(thing.get('id'))}", identity(thing.get("id")) or "", as_object(thing.get("attributes"))
    )
    if not member.id:
        raise Unreadable(f"a member without an id: {shown(thing.get('id'))}")
    field = "campaign_lifetime_support_cents"
    if member.body.get(field) is None:
        field = "lifetime_support_cents"
    if member.body.get(field) is None:
        return
    currency = told.endpoint.settings.get("currency", "").upper()
    if not _has_cents(currency):
        raise Unreadable(f"the endpoint's currency is {shown(currency)}, not one with two decimals")
    amount, status = member.amount(field), member.body.get("last_charge_status")
    charged_at = member.moment("last_charge_date") if member.body.get("last_charge_date") and status == "Paid" else None
    relations = as_object(thing.get("relationships"))
    since = _since(relations, told, currency)
    if isinstance(since, str):
        yield Needs(f"{member.label} has paid in {since} since counting began, which cannot be added up in {currency}")
        since = None
    began = _began(told.endpoint)
    yield Level(
        ref=member.id,
        amount_minor=amount,
        currency=currency,
        charged_at=charged_at,
        confirmed_at=told.asked_at,
        base_minor=_base(member, amount, since, told),
        is_refunded=status in REFUNDED,
        counts_from=began if isinstance(began, datetime) else None,
        traits=tuple(_traits(relations, told)),
        gifts=_gifts(amount, since),
    )
    name, email = clean_text(member.body.get("full_name"), NAME_MAX), clean_text(member.body.get("email"), EMAIL_MAX)
    if name or email:
        yield Donor(member.id, name, email, None, show_name=False)


def _base(member: Thing, amount: int, since: list[tuple[int, datetime]] | None, told: _Told) -> int | None:
    """What was given before counting began: nothing, where all counts or the member is newer than that day; with a
    history all but what it tells of since. Where nobody can be asked, what is first heard of is what was before."""
    began = _began(told.endpoint)
    if began == EVERYTHING:
        return 0
    started = member.body.get("pledge_relationship_start")
    if isinstance(began, datetime) and started is not None and member.moment("pledge_relationship_start") >= began:
        return 0
    if since is not None:
        return max(amount - sum(cents for cents, _ in since), 0)
    return amount if told.asked_at is not None or key_lacking(told.endpoint) else None


def _since(relations: Mapping[str, Any], told: _Told, currency: str) -> list[tuple[int, datetime]] | str | None:
    """Each payment since counting began, where the history came along; the other currency that one was made in."""
    listed = as_object(relations.get("pledge_history")).get("data")
    began = _began(told.endpoint)
    if not isinstance(listed, list) or began is None:
        return None
    found: list[tuple[int, datetime]] = []
    for name in map(as_object, listed):
        event_id = identity(name.get("id"))
        body = as_object(told.included.get(("pledge-event", str(event_id)), {}).get("attributes"))
        event = Thing(f"pledge event {event_id}", event_id or "", body)
        if body.get("payment_status") != "Paid" or body.get("type") not in CHARGES:
            continue
        if isinstance(began, datetime) and event.moment("date") < began:
            continue
        paid_in = str(body.get("currency_code")).upper()
        if paid_in != currency:
            return None if began == EVERYTHING else paid_in[:3]
        found.append((event.amount("amount_cents"), event.moment("date")))
    return sorted(found, key=lambda one: one[1])


def _gifts(amount: int, since: list[tuple[int, datetime]] | None) -> tuple[tuple[int, datetime], ...]:
    """The levels that were reached one by one, and when."""
    level, reached = amount - sum(cents for cents, _ in since or ()), []
    for cents, at in since or ():
        level += cents
        reached.append((level, at))
    return tuple(reached) if level == amount and all(one >= 0 for one, _ in reached) else ()


def _traits(relations: Mapping[str, Any], told: _Told) -> Iterator[tuple[str, str]]:
    """Its tiers, by number and by name, and the campaign at Patreon."""
    for tier_id in _named(relations, "currently_entitled_tiers"):
        yield ("tier", tier_id)
        title = as_object(told.included.get(("tier", tier_id), {}).get("attributes")).get("title")
        named = clean_text(title, NAME_MAX)
        if named:
            yield ("tier_name", named)
    for campaign_id in _named(relations, "campaign"):
        yield ("account", campaign_id)


def _named(relations: Mapping[str, Any], name: str) -> Iterator[str]:
    found = as_object(relations.get(name)).get("data")
    for one in [found] if isinstance(found, dict) else as_list(found):
        name_id = identity(as_object(one).get("id"))
        if name_id:
            yield name_id


def _included(document: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {
        (str(one.get("type")), str(one.get("id"))): one for one in map(as_object, as_list(document.get("included")))
    }


def _document(body: bytes, **limits: int) -> dict[str, Any]:
    try:
        document = parse(body, **limits)
    except Malformed as error:
        raise Unreadable(f"what is stored is not Patreon's: {error}") from error
    return document


def _began(endpoint: Endpoint) -> datetime | Literal["all"] | None:
    """From when gifts count; None for a word that is no day."""
    said = endpoint.settings.get("count_from", "").strip() or EVERYTHING
    if said.lower() == EVERYTHING:
        return "all"
    try:
        return datetime.combine(date.fromisoformat(said), time(), UTC)
    except ValueError:
        return None


def _has_cents(currency: str) -> bool:
    """Of a currency without two decimals nobody has documented what Patreon's cents are."""
    try:
        return exponent(currency.upper()) == 2
    except Invalid:
        return False
