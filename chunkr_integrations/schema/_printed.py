"""Values as people print them, read by stated rules; what could mean two things is not read.

Numbers. White space, apostrophes and currency signs or codes around a number are ignored; "(5)" and "5-" are negative;
a per cent sign is dropped, so that "19 %" is 19. With both a dot and a comma, the last one is the decimal mark. With
one of them only: several of it are thousands separators; one dot is the decimal mark; one comma with other than three
digits after it is the decimal mark. Left is one comma before three digits ("1,234"): a locale decides, without one it
is not read. A locale with a decimal comma ("de") turns dot and comma around, so that "1.234" is 1234; one with a
decimal point ("en") makes "1,234" 1234.

Dates. ISO 8601 always; year first always; with a month's name always; with dots the day comes first. "03/04/2026" is
read when only one reading is a date, or when a locale says which comes first ("en-US": the month).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation

__all__ = ["read_boolean", "read_date", "read_number"]

# Languages whose decimal mark is the point (Unicode CLDR); the others that are written with Latin letters use a comma.
_POINT = frozenset({"en", "ja", "zh", "ko", "he", "th", "ms", "hi"})
_MONTH_FIRST = frozenset({"en-us", "us"})
_SIGNS = re.compile(
    r"^(?:[A-Z]{3}|[A-Z]{0,2}\$|[€£¥₹₩₪฿]|Rs\.?|kr\.?|Fr\.?|zł|Kč)(?=[\s\d(+-])|"
    r"(?<=[\d)\s-])(?:[A-Z]{3}|[A-Z]{0,2}\$|[€£¥₹₩₪฿%]|Rs\.?|kr\.?|Fr\.?|zł|Kč)$"
)
_GROUPED = {",": re.compile(r"\d{1,3}(,\d{2,3})*,\d{3}"), ".": re.compile(r"\d{1,3}(\.\d{3})+")}
_THREE = 3


def read_number(text: str, locale: str | None = None) -> Decimal | None:
    """The number, or None when there is none or more than one reading."""
    digits = unicodedata.normalize("NFKC", text).strip()
    negative = False
    for _ in range(3):  # sign, currency and parentheses come in any order
        stripped = _SIGNS.sub("", digits).strip()
        if stripped.startswith("(") and stripped.endswith(")"):
            stripped, negative = stripped[1:-1].strip(), True
        if stripped[:1] in {"-", "\u2212", "\u2013"} or stripped[-1:] in {"-", "\u2212"}:
            stripped, negative = stripped.strip("-\u2212\u2013").strip(), True
        digits = stripped.lstrip("+")
    digits = re.sub(r"(?<=\d)[\s'\u2019](?=\d{3}(?!\d))", "", digits)
    if not re.fullmatch(r"[.,]?\d[\d.,]*", digits):
        return None
    plain = _plain(digits, _decimal_mark(locale))
    if plain is None:
        return None
    try:
        return -Decimal(plain) if negative else Decimal(plain)
    except InvalidOperation:
        return None


def _decimal_mark(locale: str | None) -> str | None:
    if not locale:
        return None
    language = locale.replace("_", "-").split("-")[0].lower()
    return "." if language in _POINT | {"us", "gb"} else ","


def _plain(digits: str, mark: str | None) -> str | None:
    """Digits with at most one point."""
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot >= 0 and comma >= 0:
        last = "." if dot > comma else ","
        return _without(digits, last, grouped="," if last == "." else ".")
    if dot < 0 and comma < 0:
        return digits
    only = "." if dot >= 0 else ","
    if digits.count(only) > 1:
        return digits.replace(only, "") if _GROUPED[only].fullmatch(digits) else None
    if mark is not None and mark != only:
        return digits.replace(only, "") if _GROUPED[only].fullmatch(digits) else digits.replace(only, ".")
    if mark is None and only == "," and len(digits) - comma - 1 == _THREE and _GROUPED[","].fullmatch(digits):
        return None
    return digits.replace(only, ".")


def _without(digits: str, mark: str, *, grouped: str) -> str | None:
    whole, _, fraction = digits.rpartition(mark)
    if mark in whole or grouped in fraction or not _GROUPED[grouped].fullmatch(whole):
        return None
    return f"{whole.replace(grouped, '')}.{fraction}"


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jänner janvier januari gennaio enero janeiro",
            "feb february februar février fevrier februari febbraio febrero fevereiro",
            "mar march märz maerz mars maart marzo março",
            "apr april avril aprile abril",
            "may mai mei maggio mayo maio",
            "jun june juni juin giugno junio junho",
            "jul july juli juillet luglio julio julho",
            "aug august août aout augustus agosto",
            "sep sept september septembre settembre septiembre setembro",
            "oct okt october oktober octobre ottobre octubre outubro",
            "nov november novembre noviembre novembro",
            "dec dez december dezember décembre decembre dicembre diciembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[t ].*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)?[\s.-]*(?:of |de )?([^\W\d]+)\.?,?[\s.-]*(?:de )?(\d{4}|\d{2})")
_MONTH_DAY = re.compile(r"([^\W\d]+)\.?\s*(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}|\d{2})")
_WEEKDAY = re.compile(r"^[^\W\d]{2,10}\.?,\s+")


def read_date(text: str, locale: str | None = None) -> date | None:
    """The date, or None when there is none or more than one reading."""
    said = _WEEKDAY.sub("", unicodedata.normalize("NFKC", text).strip().casefold())
    for pattern in (_ISO, _YEAR_FIRST):
        if found := pattern.fullmatch(said):
            return _date(found[1], found[2], found[3])
    if found := _NUMERIC.fullmatch(said):
        return _numeric(found[1], found[3], found[4], dotted=found[2] == ".", locale=locale)
    if (found := _DAY_MONTH.fullmatch(said)) and found[2] in _MONTHS:
        return _date(found[3], _MONTHS[found[2]], found[1])
    if (found := _MONTH_DAY.fullmatch(said)) and found[1] in _MONTHS:
        return _date(found[3], _MONTHS[found[1]], found[2])
    return None


def _numeric(first: str, second: str, year: str, *, dotted: bool, locale: str | None) -> date | None:
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    if dotted or month_first is None or day_first == month_first:
        return day_first
    if day_first is None:
        return month_first
    if locale is None:
        return None
    known = locale.replace("_", "-").lower()
    if known == "en":  # the United States and the rest disagree
        return None
    return month_first if known in _MONTH_FIRST else day_first


def _date(year: str, month: str | int, day: str) -> date | None:
    whole = int(year)
    if len(year) == 2:  # noqa: PLR2004 - "25"; the year 0099 has four digits
        whole += 2000 if whole < 70 else 1900  # noqa: PLR2004 - POSIX's pivot for two digits
    try:
        return date(whole, int(month), int(day))
    except ValueError:
        return None


_TRUE = frozenset(
    {"true", "yes", "y", "ja", "oui", "si", "sí", "sim", "1", "x", "\u2713", "\u2714", "\u2611", "\u2612"}
)
_FALSE = frozenset({"false", "no", "n", "nein", "nee", "non", "não", "0", "\u2610"})


def read_boolean(text: str) -> bool | None:
    """Yes or no in a few languages, or a ticked box; None when it is neither."""
    said = text.strip().casefold()
    return True if said in _TRUE else False if said in _FALSE else None
