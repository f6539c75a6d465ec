"""Fields of a provider's objects, one by one: what is taken, and the words in which the rest is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.providers import _fields
from campaigns.providers._fields import Thing, facts_in
from campaigns.providers.contract import CAMPAIGN_MAX, Unreadable


def thing(**body: Any) -> Thing:
    return Thing.of({"id": "x_1", **body}, "charge")


def refused(call: Any) -> str:
    with pytest.raises(Unreadable) as raised:
        call()
    return str(raised.value)


def test_a_thing_is_named_by_its_noun_and_its_id() -> None:
    made = thing(amount=1)
    assert (made.label, made.id, made.body) == ("charge x_1", "x_1", {"id": "x_1", "amount": 1})
    assert refused(lambda: Thing.of({"id": "a b"}, "refund")) == "refund without an id: 'a b'"
    assert refused(lambda: Thing.of([], "refund")) == "refund without an id: missing"


@pytest.mark.parametrize("amount", [0, 1, 9_999_999_999_999])
def test_an_amount_is_a_whole_number_of_thirteen_digits(amount: int) -> None:
    assert thing(amount=amount).amount("amount") == amount
    assert thing(amount=-amount).amount("amount", signed=True) == -amount


@pytest.mark.parametrize("amount", [None, True, 1.0, "1", -1, 10_000_000_000_000])
def test_no_other_amount_is_taken(amount: object) -> None:
    words = f"charge x_1: amount is {_fields.shown(amount)}, not an amount in minor units"
    assert refused(lambda: thing(amount=amount).amount("amount")) == words
    with pytest.raises(Unreadable):
        thing(amount=-10_000_000_000_000).amount("amount", signed=True)


def test_a_currency_is_three_letters_in_capitals() -> None:
    assert thing(currency="eUr").currency() == "EUR"
    for odd in (None, "eu", "euro", "eu1", "éur", 978):
        words = f"charge x_1: currency is {_fields.shown(odd)}, not a currency code"
        assert refused(thing(currency=odd).currency) == words


def test_an_instant_is_a_unix_time_in_utc() -> None:
    assert thing(created=1_795_374_000).instant("created") == datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
    for odd in (None, True, "1", 1.5, 10**15, -(10**15)):
        words = f"charge x_1: created is {_fields.shown(odd)}, not a Unix time"
        assert refused(lambda odd=odd: thing(created=odd).instant("created")) == words


def test_a_word_is_one_of_those_we_know() -> None:
    assert thing(status="open").word("status", "open", "won") == "open"
    words = "charge x_1: status is 'dreaming', not one of open, won"
    assert refused(lambda: thing(status="dreaming").word("status", "open", "won")) == words
    assert (
        refused(lambda: thing(status=["open"]).word("status", "open"))
        == "charge x_1: status is a list, not one of open"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "missing"),
        ({}, "an object"),
        ([1], "a list"),
        ("x", "'x'"),
        (7, "7"),
        ("x" * 50, "'" + "x" * 39),
    ],
)
def test_what_stands_there_is_shown_short(value: object, words: str) -> None:
    assert _fields.shown(value) == words


@pytest.mark.parametrize(("value", "name"), [("a" * 200, "a" * 200), ("A_b-9", "A_b-9")])
def test_an_id_is_of_letters_digits_and_two_signs(value: str, name: str) -> None:
    assert _fields.identity(value) == name
    assert _fields.pointer(value) == _fields.pointer({"id": value}) == name


@pytest.mark.parametrize("value", [None, "", "a b", "a:b", "é", "a" * 201, 7, ["a"]])
def test_anything_else_is_no_id(value: object) -> None:
    assert _fields.identity(value) is None
    assert _fields.pointer(value) is None
    assert _fields.pointer({"id": value}) is None


@pytest.mark.parametrize(
    ("value", "campaign"),
    [
        (" newsroom ", "newsroom"),
        ("news\x00room", "news\N{REPLACEMENT CHARACTER}room"),
        ("  ", None),
        ("", None),
        (None, None),
        (7, None),
        ("n" * 500, "n" * CAMPAIGN_MAX),
    ],
)
def test_a_campaign_is_named_by_text_alone_and_never_cleaned_into_another(value: object, campaign: str | None) -> None:
    assert _fields.campaign_named(value) == campaign


def test_an_intent_of_ours_is_a_key_and_nothing_else() -> None:
    assert _fields.intent_named("k" * 20) == "intent:" + "k" * 20
    for odd in (None, 7, "", "k" * 19, "k" * 21, "K" * 20, "k" * 19 + "0", " " + "k" * 20):
        assert _fields.intent_named(odd) is None


@pytest.mark.parametrize(
    ("value", "read"),
    [(True, True), (False, False), ("true", True), ("false", False), (None, None)],
)
def test_a_flag_is_also_read_from_words(value: object, read: bool | None) -> None:
    thing = _fields.Thing("payment p", "p", {"refunded": value})
    for missing in (True, False):
        assert thing.flag("refunded", missing=missing) is (missing if read is None else read)


@pytest.mark.parametrize("value", ["True", "yes", "", 0, 1, []])
def test_any_other_word_is_no_flag(value: object) -> None:
    with pytest.raises(Unreadable, match="refunded"):
        _fields.Thing("payment p", "p", {"refunded": value}).flag("refunded", missing=False)


def test_facts_hold_nothing_about_the_donor():
    said = {"campaign": "newsroom", "intent": "x", "shop": "books", "count": 3, "nested": {"a": 1}, "blank": " "}
    said |= {"donor_name": "Rosa", "Email": "rosa@example.org", "note": "write to rosa@example.org", "phone": "555"}
    facts = {(fact.name, fact.value) for fact in facts_in("ch_1", said)}
    assert facts == {("metadata.shop", "books"), ("metadata.count", "3")}
    assert list(facts_in("ch_1", None)) == []
