"""Numbers and answers as people print them, read by stated rules; what could mean two things is not read.

Numbers. White space, apostrophes and currency signs or codes around a number are ignored; "(5)" and "5-" are negative,
"12,-" and "12.--" are 12.00; a per cent sign is dropped, so that "19 %" is 19. What else stands beside a number keeps
it from being read ("5 CR" is owed to one side or the other). With both a dot and a comma, the last one is the decimal
mark. Several of one of them are thousands separators. One of them alone is the decimal mark, unless it stands before
exactly three digits: "1.234" and "1,234" can be either, and a locale decides. Without a locale a number is read only
if a decimal point and a decimal comma give the same.

Yes and no are read in a few languages, and boxes that are ticked or not.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from ._locale import decimal_mark

__all__ = ["has_two_readings", "means_nothing", "read_boolean", "read_number"]

_CODES = (  # ISO 4217, those in wide use: any three letters would make a number of "INV 123"
    "AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|DZD|EGP|EUR|GBP|GEL|HKD|HUF|IDR|ILS|INR|ISK|JPY|KES|KRW|KWD|KZT|"
    "MAD|MXN|MYR|NGN|NOK|NZD|PEN|PHP|PKR|PLN|QAR|RMB|RON|RSD|RUB|SAR|SEK|SGD|THB|TND|TRY|TWD|UAH|USD|UYU|VND|ZAR"
)
_UNIT = rf"{_CODES}|[A-Z]{{0,2}}\$|[€£¥₹₩₪฿₺₽₴₫₱]|Rs\.?|kr\.?|Fr\.?|zł|Kč|Ft|Euros?|[Dd]ollars?"
_SIGNS = re.compile(rf"^(?:{_UNIT})(?=[\s\d(+\-\u2212.,])|(?<=[\d)\s\-\u2013,.])(?:{_UNIT}|%)$")
_GROUPED = {
    ",": re.compile(r"[1-9]\d{0,2}(,\d{2,3})*,\d{3}"),  # India groups by two
    ".": re.compile(r"[1-9]\d{0,2}(\.\d{3})+"),
}
_DIGITS = re.compile(r"[.,]?\d[\d.,]*")
_BETWEEN = re.compile(r"(?<=\d)[\s'\u2019](?=\d{3}(?!\d))")
_NO_CENTS = re.compile(r"(?<=\d)[.,]\s?[-\u2013\u2014]{1,2}$")
_MINUS = "-\u2212\u2013"
_NOTHING = frozenset({"", "-", "--", "---", "\u2013", "\u2014", "n/a", "n.a.", "none", "null", "nil"})


def means_nothing(text: str) -> bool:
    """Whether the text says that there is no value: blank, a dash, "n/a"."""
    return text.strip().casefold() in _NOTHING


def read_number(text: str, locale: str | None = None) -> Decimal | None:
    """The number, or None when there is none or more than one reading."""
    digits, negative = _digits(text)
    if locale is not None:
        return _decimal(_plain(digits, decimal_mark(locale)), negative=negative)
    point, comma = _plain(digits, "."), _plain(digits, ",")
    return None if None not in (point, comma) and point != comma else _decimal(point or comma, negative=negative)


def has_two_readings(text: str) -> bool:
    """Whether a number is printed there that a decimal point and a decimal comma read differently."""
    digits, _ = _digits(text)
    point, comma = _plain(digits, "."), _plain(digits, ",")
    return None not in (point, comma) and point != comma


def _digits(text: str) -> tuple[str, bool]:
    """Digits with their marks, and whether they are negative; no digits where something else stands there, too."""
    said = text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()
    digits, negative = (said, False) if _DIGITS.fullmatch(said) else _bare(said)
    return digits if _DIGITS.fullmatch(digits) else "", negative


def _decimal(plain: str | None, *, negative: bool) -> Decimal | None:
    try:
        number = Decimal(plain) if plain else None
    except InvalidOperation:
        return None
    return -number if negative and number is not None else number


def _bare(text: str) -> tuple[str, bool]:
    """Without sign, currency and parentheses, and whether they make it negative."""
    negative, digits = False, text
    for _ in range(3):  # they come in any order
        digits = _NO_CENTS.sub("", _SIGNS.sub("", digits).strip())
        if digits.startswith("(") and digits.endswith(")"):
            digits, negative = digits[1:-1].strip(), True
        if digits[:1] in tuple(_MINUS) or digits[-1:] in tuple(_MINUS):
            digits, negative = digits.strip(_MINUS).strip(), True
        digits = digits.removeprefix("+").strip()
        if _DIGITS.fullmatch(digits):
            return digits, negative
    return _BETWEEN.sub("", digits), negative


def _plain(digits: str, mark: str) -> str | None:
    """Digits with at most one point; `mark` decides only where the digits do not."""
    if not digits:
        return None
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot < 0 and comma < 0:
        return digits
    if dot >= 0 and comma >= 0:
        return _without_groups(digits, "." if dot > comma else ",")
    only = "." if dot >= 0 else ","
    grouped = _GROUPED[only].fullmatch(digits) is not None
    if digits.count(only) > 1 or (grouped and mark != only):
        return digits.replace(only, "") if grouped else None
    return digits.replace(only, ".")


def _without_groups(digits: str, mark: str) -> str | None:
    group = "," if mark == "." else "."
    whole, _, fraction = digits.rpartition(mark)
    if mark in whole or group in fraction or not _GROUPED[group].fullmatch(whole):
        return None
    return f"{whole.replace(group, '')}.{fraction}"


_TRUE = frozenset(
    {"true", "yes", "y", "ja", "j", "oui", "si", "sí", "sim", "1", "x", "\u2713", "\u2714", "\u2611", "\u2612"}
)
_FALSE = frozenset({"false", "no", "n", "nein", "nee", "non", "não", "0", "\u2610"})


def read_boolean(text: str) -> bool | None:
    """Yes or no in a few languages, or a ticked box; None when it is neither."""
    said = text.strip().casefold()
    return True if said in _TRUE else False if said in _FALSE else None
