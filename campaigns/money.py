"""Money: integer minor units with their currency, parsed strictly and written the reader's way.

Exponents are those of ISO 4217 (`iso4217`), never those of CLDR or of a provider: the three disagree for 18
currencies. Formatting is Babel's, with the number of decimals taken from ISO.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, format_currency, get_decimal_symbol, parse_pattern
from iso4217 import Currency

from campaigns.errors import Invalid

AMOUNT_MINOR_MAX = 10**13 - 1  # above every real gift, far below what 64 bits or a float-minded client can hold
_MAJOR = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
_NUMBER, _NUMERIC = re.compile("[#0]"), "#0"  # of a pattern of CLDR's
_NOT_MONEY = frozenset({"XTS", "XXX", "XBA", "XBB", "XBC", "XBD", "XDR", "XSU", "XUA", "XAU", "XAG", "XPD", "XPT"})

# By the names that CLDR gives to systems of digits; whoever is not here writes ASCII ones.
_DIGITS = {
    name: {ord("0") + value: zero + value for value in range(10)}
    for name, zero in {"arab": 0x660, "arabext": 0x6F0, "beng": 0x9E6, "deva": 0x966, "mymr": 0x1040}.items()
}
_TO_ASCII = {native: ascii_ for digits in _DIGITS.values() for ascii_, native in digits.items()} | {ord("٫"): ord(".")}

CURRENCIES: tuple[str, ...] = tuple(sorted(c.code for c in Currency if c.code not in _NOT_MONEY))
_KNOWN = frozenset(CURRENCIES)


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """Decimals of `currency` by ISO 4217: USD 2, JPY 0, KWD 3. Raises Invalid for an unknown code."""
    if currency not in _KNOWN:
        raise Invalid(f"“{currency[:12]}” is no currency code; use one of ISO 4217, such as USD or EUR", "currency")
    return int(Currency(currency).exponent or 0)


def parse_major(text: str, currency: str) -> int:
    """Minor units of a decimal string in major units (`2500`, `12.50`): positive, exact, no separators.

    Raises Invalid, saying what to write instead, for anything else.
    """
    digits = exponent(currency)
    text = text.strip()
    if not _MAJOR.fullmatch(text):
        raise Invalid(f"“{text[:40]}” is no amount; write it with digits and a point, such as {_example(digits)}")
    scaled = Decimal(text).scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise Invalid(f"{currency} has {digits or 'no'} decimals; “{text}” has more")
    if scaled > AMOUNT_MINOR_MAX:
        raise Invalid(f"“{text}” is more than the {to_major(AMOUNT_MINOR_MAX, currency)} {currency} that fit")
    return int(scaled)


def to_major(minor: int, currency: str) -> Decimal:
    """Major units, exact: 123456 USD minor is Decimal('1234.56')."""
    return Decimal(minor).scaleb(-exponent(currency))


def major_text(minor: int, currency: str) -> str:
    """The plain decimal string that `parse_major` reads back: `2500`, `12.50`."""
    digits = 0 if minor % 10 ** exponent(currency) == 0 else exponent(currency)
    return f"{to_major(minor, currency):.{digits}f}"


def format_money(minor: int, currency: str, language: str, style: str = "locale") -> str:
    """As a reader of `language` writes it, without decimals when they are zero: `$2,355`, `2.355,50 €`.

    `style`: `after` puts the sign behind the number in every language (`2,355 $`), `code` writes `USD 2,355`.
    """
    digits = 0 if minor % 10 ** exponent(currency) == 0 else exponent(currency)
    text = format_currency(
        to_major(minor, currency),
        currency,
        format=_pattern(language, digits, style),
        locale=locale_of(language),
        currency_digits=False,
        numbering_system="default",
    )
    return in_digits_of(language, text)


def amount_document(minor: int, currency: str, language: str) -> dict[str, int | str]:
    """The public shape of an amount: `{"amount": 235500, "currency": "USD", "formatted": "$2,355"}`."""
    return {"amount": minor, "currency": currency, "formatted": format_money(minor, currency, language)}


@lru_cache(maxsize=128)
def locale_of(language: str) -> Locale:
    """Babel's locale for a language tag (`en`, `de`, `pt-BR`). Raises Invalid for one it does not know."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError, TypeError) as error:
        raise Invalid(f"“{language[:20]}” is no language we know; use a tag such as en or de", "language") from error


def known_language(language: str | None, fallback: str) -> str:
    """`language` where it can be written in, else `fallback`: what a stranger's `?lang=` is worth."""
    if not language or len(language) > 12:
        return fallback
    try:
        locale_of(language)
    except Invalid:
        return fallback
    return language


def text_direction(language: str) -> str:
    """`ltr` or `rtl`."""
    return str(locale_of(language).text_direction)


def in_digits_of(language: str, text: str) -> str:
    """`text` with the digits that `language` is written with: `٢٬٣٥٥` in Egypt. Babel writes ASCII ones throughout."""
    digits = _DIGITS.get(str(locale_of(language).default_numbering_system))
    return text.translate(digits) if digits else text


def as_major_text(text: str, language: str) -> str:
    """What a reader of `language` typed, for `parse_major`: `12,50` and `٥٠` are read as they mean them.

    A sign for thousands is not taken: whoever types one is asked, rather than guessed at.
    """
    text = text.strip().translate(_TO_ASCII)
    sign = get_decimal_symbol(locale_of(language))
    return text.replace(sign, ".") if text.count(sign) == 1 and "." not in text else text


@lru_cache(maxsize=1024)
def _pattern(language: str, digits: int, style: str) -> NumberPattern:
    usual = locale_of(language).currency_formats["standard"].pattern
    pattern = parse_pattern(_STYLES[style](usual.split(";")[0]) if style in _STYLES else usual)
    pattern.frac_prec = (digits, digits)
    return pattern


def _sign_after(usual: str) -> str:
    """With the sign behind the number; where a language has it there already, as it is."""
    before, sign, after = usual.partition("¤")
    return usual if _NUMBER.search(before) or not sign else f"{before}{after.strip()}\u00a0¤"


def _code(usual: str) -> str:
    """With the ISO code in the sign's place, and a space between it and the number."""
    before, _sign, after = usual.partition("¤")
    left = "\u00a0" if before and before[-1] in _NUMERIC else ""
    right = "\u00a0" if after and after[0] in _NUMERIC else ""
    return f"{before}{left}¤¤{right}{after}"


def _example(digits: int) -> str:
    return "2500" if digits == 0 else "2500 or 12." + "5".ljust(digits, "0")


_STYLES = {"after": _sign_after, "code": _code}
