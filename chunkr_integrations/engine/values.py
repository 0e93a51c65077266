"""Typed reading of printed values: numbers, dates, yes and no, currencies, identifiers.

A printed value can be ambiguous: "1.234" is a thousand or a bit more than one, "03/04/2018" is in March or in April.
`number_readings` and `date_readings` give every reading, for finding a known value on a page. `read_number` and
`read_date` choose one by the document's `Convention`, for taking a value from a page. All functions are pure.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from chunkr_integrations.engine._names import CURRENCY_CODES, CURRENCY_SIGNS, MONTHS, NO, YES

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Convention",
    "bic",
    "convention",
    "currency",
    "date_readings",
    "email",
    "fold",
    "iban",
    "norm",
    "number_readings",
    "phone",
    "read_boolean",
    "read_date",
    "read_number",
    "url",
    "vat_id",
]

_CACHE = 65_536
_CENTURY = 100
_PIVOT = 70  # two-digit years from here on are of the last century
_GROUP = 3  # digits between two thousands marks
_LONGEST_NUMBER = 40
_LONGEST_DATE = 60


@dataclass(frozen=True)
class Convention:
    """How one document writes numbers and dates; None where it gives no evidence."""

    decimal: str | None = None  # "." or ","
    day_first: bool | None = None


# -------------------------------------------------------------------------------------------------- text
@lru_cache(maxsize=_CACHE)
def norm(text: str) -> str:
    """Casefolded letters and digits only (NFKC): what is left when layout and punctuation are ignored."""
    if text.isascii():
        return "".join(c for c in text.lower() if c.isalnum())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


@lru_cache(maxsize=_CACHE)
def fold(text: str) -> str:
    """Casefolded text without accents, white space as single blanks: for comparing words of a lexicon."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(text.casefold().split())


# ----------------------------------------------------------------------------------------------- numbers
_SPACE = "\\s\u00a0\u202f\u2009"
_MINUS = "-\u2212\u2013\u2012\ufe63\uff0d"
_SIGNS = "|".join(sorted((re.escape(s) for s in [*CURRENCY_SIGNS, *CURRENCY_CODES]), key=len, reverse=True))
_BEFORE = re.compile(rf"^(?:{_SIGNS})[{_SPACE}:]*(?=[\d.,({_MINUS}])")
_AFTER = re.compile(rf"(?<=[\d).,{_MINUS}])[{_SPACE}]*(?:{_SIGNS})$")
_BODY = re.compile(r"\d[\d.,]*|[.,]\d+")
_GROUPS = re.compile(rf"\d{{1,3}}(?:[{_SPACE}'\u2019]\d{{3}})+(?:[.,]\d+)?")
_INDIAN = re.compile(r"\d{1,3}(?:,\d{2})*,\d{3}(?:\.\d+)?")


@lru_cache(maxsize=_CACHE)
def _numeral(text: str) -> tuple[str, bool, bool] | None:
    """The digits and marks of a printed number, whether it is negative, whether it is a percentage."""
    if not text or len(text) > _LONGEST_NUMBER:
        return None
    t = unicodedata.normalize("NFKC", text).strip().strip(":;")
    percent = t.endswith("%") or t.startswith("%")
    t, negative = _unsigned(t.strip("% \u00a0\u202f"))
    t = t.strip("% *\u00a0\u202f").rstrip(".,")
    if _GROUPS.fullmatch(t):
        t = re.sub(rf"[{_SPACE}'\u2019]", "", t)
    return (t, negative, percent) if _BODY.fullmatch(t) else None


def _unsigned(text: str) -> tuple[str, bool]:
    """`text` without its sign and currency, in whatever order they stand, and whether it was negative."""
    t, negative = text, False
    for _ in range(2):  # "-$5", "$-5", "(EUR 5)"
        t = _AFTER.sub("", _BEFORE.sub("", t)).strip()
        if t[:1] == "(" and t[-1:] == ")":
            negative, t = True, t[1:-1].strip()
        elif t and t[0] in _MINUS:
            negative, t = True, t[1:].strip()
        elif t and t[-1] in _MINUS:
            t = t[:-1].strip()
            negative = negative or t[-1:] not in {",", "."}  # "12,-" is a price without cents, not a debt
        elif t[:1] == "+":
            t = t[1:].strip()
    return t, negative


def _as_grouped(body: str, mark: str) -> str | None:
    """`body` with `mark` as the decimal mark and the other one between groups; None when it cannot be."""
    other = "," if mark == "." else "."
    whole, found, fraction = body.partition(mark)
    if mark in fraction or other in fraction:
        return None
    if other in whole:
        first, *groups = whole.split(other)
        indian = mark == "." and _INDIAN.fullmatch(body)
        grouped = re.fullmatch(r"[1-9]\d{0,2}", first) and all(len(g) == _GROUP for g in groups)
        if not (grouped or indian):
            return None
        whole = "".join([first, *groups])
    return f"{whole or '0'}.{fraction}" if found else whole


@lru_cache(maxsize=_CACHE)
def number_readings(text: str) -> frozenset[Decimal]:
    """All numbers that `text` may print; empty when it is not one number.

    A percentage also reads as its fraction: "19 %" is 19 and 0.19.
    """
    found = _numeral(text)
    if found is None:
        return frozenset()
    body, negative, percent = found
    readings = {Decimal(t) for mark in ".," if (t := _as_grouped(body, mark)) is not None}
    if negative:
        readings = {-r for r in readings}
    if percent:
        readings |= {r / 100 for r in readings}
    return frozenset(readings)


@lru_cache(maxsize=_CACHE)
def read_number(text: str, convention: Convention = Convention()) -> Decimal | None:
    """The number that `text` prints, None when it prints none; with no evidence "1.234" is 1.234, "1,234" 1234."""
    found = _numeral(text)
    if found is None:
        return None
    body, negative, _ = found
    first = convention.decimal or "."
    for mark in (first, "," if first == "." else "."):
        as_text = _as_grouped(body, mark)
        if as_text is not None:
            return -Decimal(as_text) if negative else Decimal(as_text)
    return None


def _decimal_votes(text: str) -> tuple[int, int]:
    """Votes of one printed number for the decimal point and for the decimal comma."""
    found = _numeral(text)
    if found is None:
        return 0, 0
    body = found[0]
    point, comma = _as_grouped(body, ".") is not None, _as_grouped(body, ",") is not None
    if point == comma or not ("." in body or "," in body):
        return 0, 0
    weight = 3 if "." in body and "," in body else 2 if re.search(r"[.,]\d\d$", body) else 1
    return (weight, 0) if point else (0, weight)


# ------------------------------------------------------------------------------------------------- dates
_DATE_TAIL = re.compile(
    r"(?:\s*,?\s+(?:at|um|a|om|alle|-)?\s*|(?<=\d)t)"
    r"\d{1,2}(?:[:h]\d{2}(?::\d{2})?(?:[.,]\d+)?|[.]\d{2}(?=\s*(?:uhr|am|pm)))"
    r"\s*(?:am|pm|a\.m\.?|p\.m\.?|uhr|h|z|[a-z]{3,4})?\s*(?:[+-]\d{2}:?\d{2})?$"
)
_FILLERS = re.compile(r"\b(?:day of|of|de|del|di|do|the|den|le|il|el|this|am|vom|d')\b")
_SEPARATOR = r"\s*[-/. ]\s*"
_YMD = re.compile(rf"(\d{{4}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{1,2}})")
_YMD_DENSE = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_ABY = re.compile(rf"(\d{{1,2}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{4}}|\d{{2}})")
_ABY_DENSE = re.compile(r"(\d{2})(\d{2})((?:19|20)\d{2})")
_DMY_WORDS = re.compile(r"(\d{1,2})[\s.,/-]*([^\W\d_]{3,12})[\s.,/'-]*(\d{4}|\d{2})")
_MDY_WORDS = re.compile(r"([^\W\d_]{3,12})[\s.,/-]*(\d{1,2})[\s.,/'-]+(\d{4}|\d{2})")
_YMD_WORDS = re.compile(r"(\d{4})[\s.,/-]*([^\W\d_]{3,12})[\s.,/-]*(\d{1,2})")
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?")


def _date(year: str, month: str | int, day: str) -> date | None:
    y = int(year)
    if len(year) <= 2:  # noqa: PLR2004 (two digits)
        y += 19 * _CENTURY if y >= _PIVOT else 20 * _CENTURY
    try:
        return date(y, int(month), int(day))
    except ValueError:
        return None


@lru_cache(maxsize=_CACHE)
def _date_pair(text: str) -> tuple[date | None, date | None]:
    """The date that `text` prints with the day first, and with the month first; equal when there is no doubt."""
    if not text or len(text) > _LONGEST_DATE or not any(c.isdigit() for c in text):
        return None, None
    t = fold(text).strip(" ,.;:()[]")
    t = _DATE_TAIL.sub("", t)
    t = re.sub(r"(?<=\d)(?:st|nd|rd|th|er|e|ste|de|o|º|ª)\b", "", t)
    t = _FILLERS.sub(" ", t)
    t = re.sub(r"^([^\W\d_]{2,12})\.?,?\s+(?=\d|[^\W\d_]{3})", _weekday, t)
    t = " ".join(t.split()).strip(" ,.")
    if m := (_YMD.fullmatch(t) or _YMD_DENSE.fullmatch(t) or _CJK.fullmatch(t)):
        found = _date(m[1], m[2], m[3])
        return found, found
    if m := (_ABY.fullmatch(t) or _ABY_DENSE.fullmatch(t)):
        return _date(m[3], m[2], m[1]), _date(m[3], m[1], m[2])
    for pattern, (y, mo, d) in ((_DMY_WORDS, (3, 2, 1)), (_MDY_WORDS, (3, 1, 2)), (_YMD_WORDS, (1, 2, 3))):
        if (m := pattern.fullmatch(t)) and m[mo] in MONTHS:
            found = _date(m[y], MONTHS[m[mo]], m[d])
            return found, found
    return None, None


def _weekday(match: re.Match[str]) -> str:
    """Nothing for a leading word that is no month: a weekday or a place."""
    return match[0] if match[1] in MONTHS else ""


@lru_cache(maxsize=_CACHE)
def date_readings(text: str) -> frozenset[date]:
    """All dates that `text` may print; empty when it is not one whole date. A time of day is ignored."""
    return frozenset(d for d in _date_pair(text) if d is not None)


@lru_cache(maxsize=_CACHE)
def read_date(text: str, convention: Convention = Convention()) -> date | None:
    """The date that `text` prints; without evidence the day comes first, except where only a month can."""
    day_first, month_first = _date_pair(text)
    if convention.day_first is False:
        return month_first or day_first
    return day_first or month_first


def _order_votes(text: str) -> tuple[int, int]:
    """Votes of one printed date for day first and for month first."""
    day_first, month_first = _date_pair(text)
    if (day_first is None) == (month_first is None):
        return 0, 0
    return (1, 0) if month_first is None else (0, 1)


def convention(texts: Iterable[str]) -> Convention:
    """How a document writes numbers and dates, from all `texts` that may be one.

    A dollar sign counts only where slashed dates leave the order of day and month open.
    """
    point = comma = day = month = dotted = slashed = 0
    dollars = False
    for text in texts:
        p, c = _decimal_votes(text)
        d, m = _order_votes(text)
        point, comma, day, month = point + p, comma + c, day + d, month + m
        dollars = dollars or "$" in text
        if _ABY.fullmatch(text):
            dotted, slashed = dotted + ("." in text), slashed + ("/" in text)
    decimal = None if point == comma else "." if point > comma else ","
    day_first = None if day == month else day > month
    if day_first is None and dotted > slashed:
        day_first = True  # dots are not used where the month comes first
    if day_first is None and slashed and dollars and decimal != ",":
        day_first = False
    return Convention(decimal, day_first)


# -------------------------------------------------------------------------------- yes and no, identifiers
_CHECKED = frozenset("☑☒✓✔✗✘⊠■●◉")
_UNCHECKED = frozenset("☐□○◯⊡")


@lru_cache(maxsize=_CACHE)
def read_boolean(text: str) -> bool | None:
    """True or False for a word of yes or no in one of the known languages or a check mark; else None."""
    t = text.strip()
    if t in _CHECKED or re.fullmatch(r"[\[(]\s*[xX✓✔*]\s*[\])]", t):
        return True
    if t in _UNCHECKED or re.fullmatch(r"[\[(]\s*[\])]", t):
        return False
    word = fold(t).strip(" .,;:!")
    return True if word in YES else False if word in NO else None


_CURRENCY_WORD = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(sorted(CURRENCY_CODES, key=len, reverse=True))})(?![^\W\d_])")
_CURRENCY_SIGN = re.compile(
    "|".join(re.escape(s) for s in sorted(CURRENCY_SIGNS, key=len, reverse=True) if not s.isalpha())
)


@lru_cache(maxsize=_CACHE)
def currency(text: str) -> str | None:
    """The ISO 4217 code of the one currency that `text` names by code, sign or word; None for none or several."""
    codes = {CURRENCY_CODES[m[0]] for m in _CURRENCY_WORD.finditer(text)}
    if not codes:
        codes = {CURRENCY_SIGNS[m[0]] for m in _CURRENCY_SIGN.finditer(text)}
    return codes.pop() if len(codes) == 1 else None


_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_VAT = re.compile(
    r"ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CHE\d{9}(?:MWST|TVA|IVA)?|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|EL\d{9}|"
    r"ES[A-Z0-9]\d{7}[A-Z0-9]|FI\d{8}|FR[A-Z0-9]{2}\d{9}|GB(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})|HR\d{11}|HU\d{8}|"
    r"IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}|IT\d{11}|LT(?:\d{9}|\d{12})|LU\d{8}|LV\d{11}|MT\d{8}|NL\d{9}B\d{2}|NO\d{9}(?:MVA)?|"
    r"PL\d{10}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}|XI\d{9}"
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,24}")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>()\"']+[^\s<>()\"'.,;:]", re.IGNORECASE)
_PHONE = re.compile(r"\+?\(?\d[\d\s()./-]{4,20}\d")


def iban(text: str) -> str | None:
    """The IBAN that `text` is, without blanks; None when it is none or its check digits are wrong."""
    t = re.sub(r"[\s.-]", "", text).upper()
    if not _IBAN.fullmatch(t):
        return None
    digits = "".join(str(int(c, 36)) for c in t[4:] + t[:4])
    return t if int(digits) % 97 == 1 else None


def bic(text: str) -> str | None:
    """The BIC (SWIFT code) that `text` is; None when it cannot be one."""
    t = re.sub(r"\s", "", text)
    return t if _BIC.fullmatch(t) else None


def vat_id(text: str) -> str | None:
    """The VAT number that `text` is, without blanks; None when it has no known country's shape."""
    t = re.sub(r"[\s.-]", "", text).upper()
    return t if _VAT.fullmatch(t) else None


def email(text: str) -> str | None:
    """The e-mail address in `text`, the first one."""
    found = _EMAIL.search(text)
    return found[0] if found else None


def url(text: str) -> str | None:
    """The web address in `text`, the first one."""
    found = _URL.search(text)
    return found[0] if found else None


def phone(text: str) -> str | None:
    """The telephone number that `text` is, as printed; None when it has too few or too many digits for one."""
    t = text.strip(" .,;")
    return t if _PHONE.fullmatch(t) and 6 <= sum(c.isdigit() for c in t) <= 15 else None  # noqa: PLR2004 (E.164)
