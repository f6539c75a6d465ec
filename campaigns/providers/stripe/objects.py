"""Stripe's objects by kind, wherever they come from: an event, an answer, or another object that writes them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.providers._fields import Thing, as_list, as_object, identity, shown
from campaigns.providers.contract import Needs, Statement, Unreadable
from campaigns.providers.stripe import entries, fees, homes, subjects, traits

MONEY = frozenset({"charge", "refund", "dispute"})  # these are refused without an id; of others nothing is lost
HOMES = frozenset({"charge", "payment_intent", "checkout.session", "invoice", "subscription"})
NOUNS = MONEY | {"payment_intent", "checkout.session", "invoice", "invoice_payment", "subscription"}


@dataclass(frozen=True, slots=True)
class Told:
    """When something was said, by which type of event, in which version of the API; of an answer neither is told."""

    at: datetime
    event_type: str = ""
    version: str = ""

    @property
    def rests_are_refunds(self) -> bool:
        """Until 2025-03-31 an uncaptured rest was written as a refund, and the API goes on answering with those."""
        return self.version < "2025-03-31"

    @property
    def knows_no_captured_amount(self) -> bool:
        """Charges have told it in every version that an endpoint can have been made with since 2020-08-27."""
        return "" < self.version < "2020-08-27"


def statements(noun: str, thing: Thing, told: Told) -> Iterator[Statement]:
    """What one object of the kind `noun` says: one of NOUNS, or a balance transaction. Raises Unreadable."""
    if noun in HOMES:
        yield from traits.of(noun, thing)
    match noun:
        case "charge":
            yield from entries.of_charge(
                thing,
                told.at,
                told.event_type,
                may_lack_captured=told.knows_no_captured_amount,
                rests_are_refunds=told.rests_are_refunds,
            )
            yield from _written_out("payment_intent", thing.body.get("payment_intent"), told)
        case "refund":
            yield from entries.of_refund(thing, may_be_release=told.rests_are_refunds)
        case "dispute":
            yield from entries.of_dispute(thing, told.event_type)
        case "payment_intent":
            yield from homes.of_payment_intent(thing, told.at)
            yield from _charges_in(thing, told)
        case "checkout.session":
            yield from homes.of_checkout_session(thing, told.at)
        case "invoice":
            yield from homes.of_invoice(thing, told.at)
        case "invoice_payment":
            yield from homes.of_invoice_payment(thing)
            yield from _written_out("invoice", thing.body.get("invoice"), told)
        case "subscription":
            yield from homes.of_subscription(thing, told.at)
        case _:
            yield from fees.of_asked_transaction(thing)


def in_answer(body: Any, told: Told) -> Iterator[Statement]:
    """What an answer says: one object, or a list of them. Raises Unreadable, but not for one row of a list."""
    if as_object(body).get("object") == "list":
        for row in as_list(body.get("data")):
            yield from _read_alone(in_answer(row, told), None)
        return
    noun = as_object(body).get("object")
    if not isinstance(noun, str) or noun not in NOUNS | {"balance_transaction"}:
        raise Unreadable(f"the answer is {shown(noun)}, which is none of what was asked")
    yield from statements(noun, Thing.of(body, noun), told)


def _charges_in(intent: Thing, told: Told) -> Iterator[Statement]:
    """Before 2022-11-15 an intent wrote out its charges; since then it names the latest, which an answer writes out."""
    for charge in (intent.body.get("latest_charge"), *as_list(as_object(intent.body.get("charges")).get("data"))):
        yield from _written_out("charge", charge, told)


def _written_out(noun: str, inner: object, told: Told) -> Iterator[Statement]:
    if isinstance(inner, dict) and inner.get("object") == noun and identity(inner.get("id")) is not None:
        thing = Thing.of(inner, noun)
        yield from _read_alone(statements(noun, thing, told), subjects.of(noun, thing.id))


def _read_alone(said: Iterator[Statement], subject: str | None) -> Iterator[Statement]:
    # What cannot be read of one object must not hide what is said around it: it is asked for, or waits, by itself.
    try:
        yield from list(said)
    except Unreadable as error:
        yield Needs(str(error), subject)
