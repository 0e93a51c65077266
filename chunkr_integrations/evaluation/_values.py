"""When a predicted value is the labelled one, and when a text says a value.

Nothing here is the engine's: a judge that shared the reading of numbers and dates with what it judges could not see
its mistakes.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

__all__ = ["blank", "bottom", "contains", "equal", "exact", "similarity"]

_TOLERANCE = Decimal("0.000001")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST_DATE = 48  # characters
_CENTURY = 70  # two-digit years below are of this century
_WORDS_OF_A_DATE = 5
_ALIKE = 0.5  # below, two strings have nothing to do with each other

_CURRENCY = (
    r"(?:EUR|USD|GBP|CHF|INR|MYR|RM|CAD|AUD|NZD|JPY|CNY|RMB|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|KRW|SGD|HKD|TWD|IDR"
    r"|THB|ILS|NIS|SAR|AED|RUB|TRY|[A-Z]{0,2}\$|€|£|¥|Rs\.?|kr\.?)"
)
_BEFORE = re.compile(rf"^{_CURRENCY}\s*(?=[\d(-])")
_AFTER = re.compile(rf"(?<=[\d)])\s*(?:{_CURRENCY}|%)$")
_MINUS = "-\u2212\u2013"
_NEGATIVE = re.compile(rf"^[$€£¥]?\s*[{_MINUS}(]")
_DRESS = re.compile(r"[\s'\u00a0\u202f$€£¥%()+*]")
_AMBIGUOUS = re.compile(r"\d{1,3}[.,]\d{3}")
_NUMBER_IN_TEXT = re.compile(r"\(?[-\u2212]?[$€£¥]?\s?\d[\d.,'\u00a0\u202f]*\d\)?|\d")

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan january januar janvier janv enero januari",
            "feb february februar fevrier fevr fev febrero februari",
            "mar march marz maerz mrz mars marzo maart",
            "apr april avril avr abril",
            "may mai mayo mei",
            "jun june juni juin junio",
            "jul july juli juillet juil julio",
            "aug august aout agosto augustus",
            "sep sept september septembre septiembre",
            "oct october oktober okt octobre octubre",
            "nov november novembre noviembre",
            "dec december dezember dez decembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
# The first form that fits the whole text decides; where day and month cannot be told apart, both orders are readings.
_DATE_FORMS = tuple(
    (re.compile(pattern), orders)
    for pattern, orders in (
        (r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})", ("ymd",)),
        (r"(\d{4})(\d{2})(\d{2})", ("ymd",)),
        (r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{2})", ("dmy", "mdy")),
        (r"(\d{2})(\d{2})(\d{4})", ("dmy", "mdy")),
        (r"(\d{1,2})[\s.,/-]*([a-z]{3,10})\.?[\s.,/'-]*(\d{4}|\d{2})", ("dmy",)),
        (r"([a-z]{3,10})\.?[\s.,/-]*(\d{1,2})[\s.,/'-]+(\d{4}|\d{2})", ("mdy",)),
        (r"(\d{4})[\s.,/-]*([a-z]{3,10})\.?[\s.,/-]*(\d{1,2})", ("ymd",)),
        (r"(\d{4})年(\d{1,2})月(\d{1,2})日?", ("ymd",)),
    )
)


def blank(value: Any) -> bool:
    """Whether a value says nothing: null, an empty list or object, white space."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


@lru_cache(maxsize=200_000)
def bottom(text: str) -> str:
    """Letters and digits only, in one case: what stays when layout and punctuation are left aside."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def equal(label: Any, value: Any, *, is_date: bool = False) -> bool:
    """Whether a predicted scalar is the labelled one, however either is written.

    Args:
        label: The labelled scalar.
        value: The predicted scalar; an object or a list is never equal.
        is_date: Whether the schema says that it is a date; a label in ISO form always is.
    """
    if isinstance(label, (dict, list)) or isinstance(value, (dict, list)):
        return False
    if isinstance(label, bool) or isinstance(value, bool):
        both = isinstance(label, bool) and isinstance(value, bool)
        return label is value if both else bottom(str(label)) == bottom(str(value))
    if isinstance(label, (int, float)):
        return _among(_decimal(label), _readings(value))
    if isinstance(value, (int, float)):
        return _among(_decimal(value), _readings(label))
    return _equal_text(str(label), str(value), is_date=is_date)


def _equal_text(label: str, value: str, *, is_date: bool) -> bool:
    if (is_date or _is_iso(label)) and _dates_of(label) & _dates_of(value):
        return True
    plain, other = bottom(label), bottom(value)
    if not plain or not other:  # signs alone, as "%"
        return label.strip() == value.strip()
    first, second = _decimal(label), _decimal(value)
    if first is None or second is None:
        return plain == other
    if plain == other:  # "-5" and "5" have the same letters and digits
        return abs(first - second) <= _TOLERANCE or first != -second
    return abs(first - second) <= _TOLERANCE and not re.match(r"0\d", label.strip())  # "007" is a name


def exact(label: Any, value: Any) -> bool:
    """Whether the JSON values are the same; 3 is 3.0, and a string is itself only."""
    if isinstance(label, bool) or isinstance(value, bool):
        return label is value
    if isinstance(label, (int, float)) and isinstance(value, (int, float)):
        return _decimal(label) == _decimal(value)
    return type(label) is type(value) and bool(label == value)


def contains(text: str, value: Any) -> bool:
    """Whether a text says a value; a boolean is printed by any mark, so any text says it."""
    if not text.strip():
        return False
    if isinstance(value, bool):
        return True
    if isinstance(value, (int, float)):
        number = _decimal(value)
        found = (_readings(match[0].rstrip(".,")) for match in _NUMBER_IN_TEXT.finditer(text))
        return number is not None and any(_among(number, some) or _among(-number, some) for some in found)
    wanted = str(value)
    plain = bottom(wanted)
    if (plain in bottom(text)) if plain else (wanted.strip() in text):
        return True
    return _is_iso(wanted) and _says_date(text.split(), wanted)


def _says_date(words: list[str], iso: str) -> bool:
    return any(
        iso in _dates(" ".join(words[start : start + length]).strip(":;,()[]"))
        for start in range(len(words))
        for length in range(1, _WORDS_OF_A_DATE + 1)
    )


def _among(number: Decimal | None, readings: frozenset[Decimal]) -> bool:
    return number is not None and any(abs(number - other) <= _TOLERANCE for other in readings)


def _readings(value: Any) -> frozenset[Decimal]:
    return _text_readings(value) if isinstance(value, str) else frozenset({_decimal(value)} - {None})  # type: ignore[arg-type]


@lru_cache(maxsize=200_000)
def _text_readings(text: str) -> frozenset[Decimal]:
    """Every number that a text may be: "1.234" is read both ways."""
    number = _text_decimal(text)
    if number is None:
        return frozenset()
    digits = re.sub(r"[^\d.,]", "", text)
    if not _AMBIGUOUS.fullmatch(digits):
        return frozenset({number})
    sign = -1 if number < 0 else 1
    return frozenset({number, sign * Decimal(re.sub(r"[.,]", "", digits)), sign * Decimal(digits.replace(",", "."))})


def _decimal(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _text_decimal(value)
    number = Decimal(str(value))
    return number if number.is_finite() else None


@lru_cache(maxsize=200_000)
def _text_decimal(text: str) -> Decimal | None:
    """The likeliest number of a text that is one number and nothing else, but for a sign, a currency or a per cent."""
    text = unicodedata.normalize("NFKC", text).strip()
    negative = bool(_NEGATIVE.match(text)) or text.endswith("-")
    if "(" in text[:2] and not text.endswith(")"):
        return None
    bare = _DRESS.sub("", _AFTER.sub("", _BEFORE.sub("", text))).strip(_MINUS)
    if not re.fullmatch(r"[\d.,]*\d[\d.,]*", bare):
        return None
    plain = _without_groups(bare.rstrip(".,"))
    try:
        number = Decimal(plain) if plain else None
    except InvalidOperation:
        return None
    return -number if number is not None and negative else number


def _without_groups(digits: str) -> str | None:
    """The digits with a point as the decimal mark and none between thousands; None where the marks make no sense."""
    marks = [mark for mark in ".," if mark in digits]
    if len(marks) > 1:
        group, mark = sorted(marks, key=digits.rfind)
        whole = digits.replace(group, "")
        return whole.replace(mark, ".") if whole.count(mark) == 1 else None
    if marks == [","]:
        if digits.count(",") == 1 and not re.fullmatch(r"\d{1,3},\d{3}", digits):
            return digits.replace(",", ".")
        return digits.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{2,3})+", digits) else None
    if digits.count(".") > 1:
        return digits.replace(".", "") if re.fullmatch(r"\d{1,3}(\.\d{3})+", digits) else None
    return digits


def _is_iso(text: str) -> bool:
    return bool(_ISO.fullmatch(text))


def _dates_of(text: str) -> frozenset[str]:
    return frozenset({text}) if _is_iso(text) else _dates(text)


@lru_cache(maxsize=200_000)
def _dates(text: str) -> frozenset[str]:
    """Every day, as an ISO date, that a text may name."""
    plain = _plain_date(text)
    if len(plain) > _LONGEST_DATE:
        return frozenset()
    for form, orders in _DATE_FORMS:
        if found := form.fullmatch(plain):
            days = (_day(dict(zip(order, found.groups(), strict=True))) for order in orders)
            return frozenset(day for day in days if day)
    return frozenset()


def _plain_date(text: str) -> str:
    """Without accents, case, ordinal endings, filling words, the day of the week and the time of day."""
    letters = unicodedata.normalize("NFKD", text.strip())
    plain = "".join(char for char in letters if not unicodedata.combining(char)).casefold()
    if len(plain) > _LONGEST_DATE:
        return plain
    plain = re.sub(r"(?<=\d)(st|nd|rd|th|er)\b", "", plain)
    plain = re.sub(r"\bday of\b|\bof\b|\bde\b|\bthe\b", " ", plain)
    plain = re.sub(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", "", plain)
    return re.sub(r"[ t]\d{1,2}:\d{2}.*$", "", plain).strip(" ,.")


def _day(parts: dict[str, str]) -> str | None:
    year = int(parts["y"])
    if len(parts["y"]) == len("yy"):
        year += 2000 if year < _CENTURY else 1900
    month = int(parts["m"]) if parts["m"].isdigit() else _MONTHS.get(parts["m"], 0)
    try:
        return date(year, month, int(parts["d"])).isoformat()
    except ValueError:
        return None


@lru_cache(maxsize=200_000)
def similarity(label: str, value: str) -> float:
    """1 - edit distance / length of the longer, over letters and digits; 0 below one half."""
    first, second = bottom(label), bottom(value)
    if not first or not second:
        return float(first == second)
    longest = max(len(first), len(second))
    if min(len(first), len(second)) * 2 < longest:
        return 0.0
    alike = 1 - _distance(first, second) / longest
    return alike if alike >= _ALIKE else 0.0


def _distance(first: str, second: str) -> int:
    """Levenshtein's, a column at a time in the bits of one integer (Myers 1999, doi:10.1145/316542.316550)."""
    places: dict[str, int] = {}
    for index, char in enumerate(first):
        places[char] = places.get(char, 0) | (1 << index)
    mask, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    rising, falling, distance = mask, 0, len(first)
    for char in second:
        same = places.get(char, 0)
        diagonal = (((same & rising) + rising) ^ rising) | same | falling
        up = falling | (mask & ~(diagonal | rising))
        down = rising & diagonal
        distance += bool(up & last) - bool(down & last)
        up, down = ((up << 1) | 1) & mask, (down << 1) & mask
        rising, falling = down | (mask & ~(same | falling | up)), up & (same | falling)
    return distance
