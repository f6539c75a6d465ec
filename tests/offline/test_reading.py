"""Rows of a file: exact amounts, days by the campaign's clock, and words for what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import Invalid
from campaigns.offline import reading, table
from campaigns.offline.reading import Gift, Wrong

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "mark", "minor"),
    [
        ("1,234.56", ".", 123456),
        ("1.234,56", ",", 123456),
        ("1 234,56", ",", 123456),
        ("1\u202f234,56", ",", 123456),
        ("1'234.50", ".", 123450),
        ("$25", ".", 2500),
        ("25,5 \u20ac", ",", 2550),
        ("USD 10.00", ".", 1000),
        ("+7", ".", 700),
        ("1.234", ",", 123400),
    ],
)
def test_amounts_are_read_exactly_in_the_way_they_are_written(text, mark, minor):
    assert reading.amount(text, "USD", mark) == minor


@pytest.mark.parametrize(
    "text", ["", "ten", "12,5", "1,23.4", "0", "-5", "1.005", "1e3", "99999999999999", "1.2.3", "٣"]
)
def test_what_is_no_exact_amount_is_refused_in_words(text):
    with pytest.raises(Invalid):
        reading.amount(text, "USD", ".")


def test_a_point_is_never_taken_for_a_comma():
    with pytest.raises(Invalid):
        reading.amount("12.34", "USD", ",")


@given(st.integers(1, 10**11), st.sampled_from([("en", "."), ("de", ","), ("fr", ","), ("de_CH", ".")]))
def test_whatever_a_spreadsheet_writes_is_read_back_to_the_cent(minor, way):
    locale, mark = way
    text = format_decimal(minor / 100 if minor < 10**9 else minor // 100, format="#,##0.00", locale=locale)
    expected = minor if minor < 10**9 else minor // 100 * 100
    assert reading.amount(text, "EUR", mark) == expected


@pytest.mark.parametrize(
    ("text", "order", "at"),
    [
        ("2026-11-02", "ymd", datetime(2026, 11, 2, 11, tzinfo=UTC)),
        ("02.11.2026", "dmy", datetime(2026, 11, 2, 11, tzinfo=UTC)),
        ("11/02/2026", "mdy", datetime(2026, 11, 2, 11, tzinfo=UTC)),
        ("2026-07-02", "ymd", datetime(2026, 7, 2, 10, tzinfo=UTC)),
        ("2026-11-02 23:30", "ymd", datetime(2026, 11, 2, 22, 30, tzinfo=UTC)),
        ("2026-11-02T23:30:00Z", "ymd", datetime(2026, 11, 2, 23, 30, tzinfo=UTC)),
        ("2026-11-22", "ymd", datetime(2026, 11, 22, 11, tzinfo=UTC)),
    ],
)
def test_a_day_is_noon_on_the_campaigns_clock(text, order, at):
    assert reading.day(text, order, "Europe/Berlin", now=NOW) == at


@pytest.mark.parametrize("text", ["", "soon", "31.02.2026", "2026-11-23", "1999-12-31", "2026", "11", "2026-13-01"])
def test_what_is_no_past_day_is_refused(text):
    with pytest.raises(Invalid):
        reading.day(text, "dmy" if "." in text else "ymd", "Europe/Berlin", now=NOW)


@pytest.mark.parametrize(
    ("body", "mark", "order"),
    [
        (b"Date,Amount,Name\n2026-11-02,25.00,Rosa\n", ".", "ymd"),
        ("\ufeffDatum;Betrag;Spender\n02.11.2026;25,00;Rosa\n".encode(), ",", "dmy"),
        ("Datum\tBetrag\tName\n30.11.2025\t1.025,00\tRosa\n".encode("utf-16"), ",", "dmy"),
        ("Fecha;Importe;Nombre\n30/11/2025;25,00;Núñez\n".encode("cp1252"), ",", "dmy"),
        (b'paid at,gross,name\n"11/30/2025","1,025.00","Mayreder, Rosa"\n', ".", "mdy"),
    ],
)
def test_columns_separators_and_marks_are_guessed(body, mark, order):
    found = table.read(body)
    guessed = table.guess(found)
    assert (guessed.columns["date"], guessed.columns["amount"]) == (0, 1)
    assert (guessed.mark, guessed.day_order) == (mark, order)
    (line, cells), *_ = found.rows
    gift = reading.row(line, cells, guessed, currency="EUR", zone="Europe/Berlin", now=NOW)
    assert isinstance(gift, Gift)
    assert gift.amount_minor in (2500, 102500)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"Date,Amount\n",
        b"\xff\xfe\x00",
        b"a\x00b,c\n1,2\n",
        b'Date,Amount\n"open,1\n',
        b"h\n" + b"1\n" * 2001,
    ],
)
def test_what_is_no_table_is_refused_in_words(body):
    with pytest.raises(Invalid) as refused:
        table.read(body)
    assert refused.value.field == "file"


def test_all_that_is_wrong_with_a_row_is_told_at_once():
    mapping = table.Mapping(dict(zip(table.FIELDS, range(7), strict=True)), "ymd", ".")
    cells = ("tomorrow", "0", "GBP", "Rosa", "nobody", "7", "")
    told = reading.row(3, cells, mapping, currency="USD", zone="UTC", now=NOW)
    assert isinstance(told, Wrong)
    assert [one.partition(":")[0] for one in told.told] == ["currency", "amount", "date", "email"]
    assert isinstance(reading.row(4, (), mapping, currency="USD", zone="UTC", now=NOW), Wrong)
