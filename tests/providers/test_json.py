"""The strict reader of other people's JSON, and of their words."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.providers._json import BODY_BYTES_MAX, clean_text, parse
from campaigns.providers.contract import Malformed


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"1",
        b'"text"',
        b"[]",
        b"{",
        b"{}{}",
        b'{"a":1,}',
        b"{'a':1}",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"{\x00}",
        b'{"a":"\xff"}',
        b'{"a":"\x01"}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":1e999999999999999999999999}',
        b'{"a":-1e-999999}',
        b'{"a":0.' + b"1" * 60 + b"}",
        b'{"a":' + b"9" * 19 + b"}",
        b'{"a":-' + b"9" * 19 + b"}",
        b'{"a":' + b"9" * 5000 + b"}",
        '{"a":\u0661}'.encode(),
        b'{"a":1_000}',
        b'{"a":+1}',
        b'{"a":1,"a":1}',
        b'{"a":{"b":[{"c":1,"c":2}]}}',
        b'{"\\u0061":1,"a":2}',
        b'{"\\ud800":1,"\\ud801":2}',
        b'{"a":' + b"[" * 64 + b"]" * 64 + b"}",
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":"' + b"x" * BODY_BYTES_MAX + b'"}',
        b"{" + b",".join(b'"%d":0' % n for n in range(10_001)) + b"}",
        b'{"a":[' + b",".join(b'{"b":0}' for _ in range(10_000)) + b"]}",
    ],
    ids=lambda body: repr(body[:24]).replace("\\", "/"),
)
def test_what_two_readers_could_read_differently_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


def test_numbers_are_integers_or_decimals_and_never_floats() -> None:
    assert parse(b'{"a":2500,"b":-0.10,"c":1e2,"d":999999999999999999}') == {
        "a": 2500,
        "b": Decimal("-0.10"),
        "c": Decimal("1e2"),
        "d": 999_999_999_999_999_999,
    }
    assert isinstance(parse(b'{"c":1e2}')["c"], Decimal)


def test_64_levels_and_10000_keys_are_enough_for_anybody() -> None:
    assert parse(b'{"a":' + b"[" * 63 + b"]" * 63 + b"}")
    assert len(parse(b"{" + b",".join(b'"%d":0' % n for n in range(10_000)) + b"}")) == 10_000


def test_half_an_emoji_spoils_its_text_and_nothing_else() -> None:
    document = parse(b'{"name":"Ada \\ud83c","\\ud800":{"list":["\\udfff",1]},"whole":"\\ud83c\\udf0a"}')
    assert document == {"name": "Ada \ufffd", "\ufffd": {"list": ["\ufffd", 1]}, "whole": "🌊"}
    str(document).encode("utf-8")


@given(st.binary(max_size=300) | st.text(alphabet='{}[]",:\\u0123456789eE+-.ntrflsa d8', max_size=300).map(str.encode))
def test_any_bytes_are_an_object_or_malformed(body: bytes) -> None:
    try:
        assert isinstance(parse(body), dict)
    except Malformed:
        return


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ada Reader", "Ada Reader"),
        ("  Ada\t\r\n Reader\u00a0 ", "Ada Reader"),
        ("A\x00d\x07a\x7f\x9b", "Ada"),
        ("\ud800Ada\udfff", "Ada"),
        ("\u202eadA\u202c \u2066x\u2069", "adA x"),
        ("می\u200cرود", "می\u200cرود"),
        ("👩‍👧", "👩‍👧"),
        ("x" * 21, "x" * 20),
        ("x" * 19 + " y", "x" * 19),
        ("", None),
        (" \x00\n", None),
        (None, None),
        (7, None),
        (True, None),
        (["Ada"], None),
        ({"name": "Ada"}, None),
        (b"Ada", None),
    ],
)
def test_a_donors_words_become_one_clean_line_or_nothing(value: object, text: str | None) -> None:
    assert clean_text(value, 20) == text


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_clean_text_can_be_stored_and_does_not_change_again(value: str) -> None:
    text = clean_text(value, 50)
    if text is not None:
        assert "\x00" not in text.encode("utf-8").decode("utf-8")
        assert 0 < len(text) <= 50
        assert clean_text(text, 50) == text


def test_keys_are_counted_over_all_objects_of_a_document() -> None:
    def document(inner: int) -> bytes:
        return json.dumps({"all": [{"key": n} for n in range(inner)]}).encode()

    assert len(parse(document(4), keys_max=5)["all"]) == 4
    with pytest.raises(Malformed, match=r"^more than 5 keys$"):
        parse(document(5), keys_max=5)


def test_a_body_of_just_the_limit_is_read_and_a_byte_more_is_not() -> None:
    assert parse(b'{"a": 1}', bytes_max=8) == {"a": 1}
    with pytest.raises(Malformed, match=r"^body of 9 bytes$"):
        parse(b'{"a": 12}', bytes_max=8)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"\xff", "^body is not UTF-8$"),
        (b"[1]", "^not a JSON object$"),
        (b'{"a": 1, "a": 2}', "^a key stands twice in one object$"),
        (b'{"a" 1}', "^not JSON: .* at 5$"),
        (b'{"a": 1234567890123456789}', "^an integer of more than 18 digits$"),
        (b'{"a": ' * 65 + b"1" + b"}" * 65, "^nested deeper than 64$"),
    ],
    ids=["bytes", "list", "twice", "broken", "integer", "nested"],
)
def test_a_refusal_says_what_is_wrong(body: bytes, told: str) -> None:
    with pytest.raises(Malformed, match=told):
        parse(body)
