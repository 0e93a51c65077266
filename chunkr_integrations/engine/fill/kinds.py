"""What kind of thing a field asks for, from its schema and its words, and reading such a thing off some words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine import values
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.schema import Array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from chunkr_integrations.engine.draft import Scalar
    from chunkr_integrations.engine.fill.schema import Field
    from chunkr_integrations.engine.values import Convention

__all__ = ["NUMBERS", "Found", "has_digit", "is_iso", "kind_of", "numbers_in", "one_number", "read"]

_LONGEST_DATE_WORDS = 6
_LONGEST_NUMBER_WORDS = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A value read off words `start` to `stop` (end excluded) of those given."""

    value: Scalar
    start: int
    stop: int
    fit: float  # 0..1: how well the words look like the kind


_DATE_WORDS = frozenset({"date", "datum", "fecha", "data", "birth"})
_MONEY_WORDS = frozenset(
    {
        "amount",
        "total",
        "price",
        "cost",
        "fee",
        "tax",
        "subtotal",
        "balance",
        "salary",
        "value",
        "premium",
        "discount",
        "payment",
        "paid",
        "prepaid",
        "revenue",
    }
)

_RATE_WORDS = frozenset({"rate", "percent", "ratio", "share"})
NUMBERS = ("number", "integer", "money", "percent")


def kind_of(field: Field) -> str:
    """The kind of a field.

    One of date, number, integer, money, percent, boolean, choice, currency, iban, bic, vat_id, email, phone, url,
    postcode, first_name, last_name, id, prose, text.
    """
    name = set(tokens_of(field.called)) | set(tokens_of(field.title))
    words = set(field.words)
    if field.types <= {"boolean"}:
        return "boolean"
    if field.choices:
        return "choice"
    if field.types <= {"number", "integer"}:
        return _kind_of_number(name, words, field)
    if is_iso(field):
        return "date"
    by_format = {"email": "email", "uri": "url", "url": "url", "phone": "phone"}
    return by_format.get(field.format) or _kind_by_words(name, words, field)


def is_iso(field: Field) -> bool:
    """Whether a date is asked for in ISO's form: by the format or the description, not by the name alone."""
    return field.format in ("date", "date-time") or bool(_ISO.search(field.description))


_ISO = re.compile(r"yyyy.?mm.?dd|iso.?8601", re.IGNORECASE)


def _kind_of_number(name: set[str], words: set[str], field: Field) -> str:
    if field.types == {"integer"}:
        return "integer"
    if name & _RATE_WORDS:
        return "number" if name & _MONEY_WORDS - {"tax"} else "percent"
    return "money" if (name | words) & _MONEY_WORDS else "number"


def _kind_by_words(name: set[str], words: set[str], field: Field) -> str:  # noqa: C901, PLR0911, PLR0912 - a table
    if "iban" in name:
        return "iban"
    if name & {"bic", "swift"}:
        return "bic"
    if "currency" in name or ("iso" in words and "4217" in words):
        return "currency"
    if "vat" in name and (name & {"id", "number"} or len(name) == 1):
        return "vat_id"
    if "email" in name or {"e", "mail"} <= name or "mail" in name:
        return "email"
    if name & {"phone", "fax", "mobile"}:
        return "phone"
    if name & {"url", "website", "homepage"}:
        return "url"
    if name & {"zip"} or {"postal", "code"} <= name:
        return "postcode"
    if {"first", "name"} <= name or {"given", "name"} <= name or name & {"firstname", "forename"}:
        return "first_name"
    if {"last", "name"} <= name or {"family", "name"} <= name or name & {"surname", "lastname"}:
        return "last_name"
    if name & _DATE_WORDS and "number" not in name and "id" not in name and not name & {"period", "format"}:
        return "date"
    if name & {"id", "number", "code", "reference", "sku"} and not name & {"name", "description"}:
        return "id"
    if _is_prose(field, words):
        return "prose"
    return "text"


_TALE = 160  # characters: what needs a longer description is printed beside no label


def _is_prose(field: Field, words: set[str]) -> bool:
    """Whether a summary, a clause or a definition is asked for, which no label stands beside."""
    asked = {
        "summary",
        "summarize",
        "clause",
        "definition",
        "explain",
        "explanation",
        "provision",
        "narrative",
        "overview",
    }
    if words & asked:
        return True
    return len(field.description) > _TALE and not isinstance(field.parent, Array) and "column" not in words


def has_digit(text: str) -> bool:
    """Whether any digit is in it."""
    return any(c.isdigit() for c in text)


def read(kind: str, texts: Sequence[str], convention: Convention, *, nth: int = 0) -> Found | None:
    """The first value of `kind` in the words; None when there is none.

    Args:
        kind: As `kind_of` gives it; not choice or boolean.
        texts: Words in reading order.
        convention: The document's.
        nth: Which value of a range or a row to take, from 0.
    """
    if kind == "date":
        return _nth(_dates(texts, convention), nth)
    if kind in NUMBERS:
        numbers = numbers_in(texts, convention)
        if kind == "money":
            numbers = [n for n in numbers if not _is_percent(texts, n)]
        found = _nth(numbers, nth)
        if found is not None and kind == "integer" and isinstance(found.value, float):
            return _thousands(texts, found)
        return found
    if kind in _PATTERNED:
        return _patterned(kind, texts)
    if kind == "id":
        return _identifier(texts)
    named = kind not in ("first_name", "last_name") or any(_NAME.match(t) for t in texts)
    return Found(" ".join(texts), 0, len(texts), 0.9) if texts and named else None


_NAME = re.compile(r"[^\W\d_a-zà-ÿ][^\W\d_]")  # a capital and a letter


def _thousands(texts: Sequence[str], found: Found) -> Found | None:
    """A whole number whose groups the document's other numbers would have read as a fraction: "9.885" pieces."""
    raw = "".join(texts[found.start : found.stop])
    match = re.fullmatch(r"\W*(\d{1,3}(?:[.,]\d{3})+)\W*", raw)
    return replace(found, value=int(re.sub(r"[.,]", "", match[1]))) if match else None


def _is_percent(texts: Sequence[str], found: Found) -> bool:
    after = texts[found.stop] if found.stop < len(texts) else ""
    return texts[found.stop - 1].rstrip(")]:;,").endswith("%") or after[:1] == "%"


def _nth(found: list[Found], nth: int) -> Found | None:
    return found[nth] if len(found) > nth else None


def _dates(texts: Sequence[str], convention: Convention) -> list[Found]:
    found, start = [], 0
    while start < len(texts):
        for stop in range(min(len(texts), start + _LONGEST_DATE_WORDS), start, -1):
            if not has_digit(texts[start]) and not texts[start][:1].isalpha():
                break
            raw = " ".join(texts[start:stop]).strip(",.;:()\u2013-")
            if not has_digit(raw):
                break
            day = values.read_date(raw, convention)
            if day is not None and _looks_dated(raw):
                found.append(Found(day.isoformat(), start, stop, 1.0))
                start = stop - 1
                break
        else:
            pieces = re.split(r"[\u2013\u2014]|(?<=\d)-(?=\d{1,2}/)", texts[start])
            days = [values.read_date(p.strip("()., "), convention) for p in pieces] if len(pieces) > 1 else []
            found += [Found(d.isoformat(), start, start + 1, 1.0) for d in days if d is not None]
        start += 1
    return found


def _looks_dated(raw: str) -> bool:
    """Not three plain numbers with blanks between, and not an eight-digit number that could be anything."""
    return not re.fullmatch(r"[\d ]+", raw) or re.fullmatch(r"(19|20)\d{6}", raw) is not None


_UNIT = re.compile(r"[^\d\s]{1,8}\.?$")


def numbers_in(texts: Sequence[str], convention: Convention) -> list[Found]:
    """All numbers in the words, each as long as it can be: "1 234,50 EUR" is one."""
    found, start = [], 0
    while start < len(texts):
        step = 1
        for stop in range(min(len(texts), start + _LONGEST_NUMBER_WORDS), start, -1):
            piece = texts[start:stop]
            raw = " ".join(piece).strip()
            if not has_digit(raw) or (stop > start + 1 and not one_number(piece)):
                continue
            number = values.read_number(raw, convention)
            if number is None and stop == start + 1:
                number = _inside(raw, convention)
            if number is not None:
                whole = number == number.to_integral_value()
                value = int(number) if whole and abs(number) < 10**15 else float(number)
                found.append(Found(value, start, stop, 1.0))
                step = stop - start
                break
        start += step
    return found


def one_number(words: Sequence[str]) -> bool:
    """Whether words together print one number: thousands groups, or a sign or currency beside it."""
    digits = [w for w in words if has_digit(w)]
    signs = [w for w in words if not has_digit(w)]
    if any(not re.fullmatch(r"[-+()%$€£¥*\u2212]+|[A-Z]{0,2}\$|[A-Z]{3}|RM|Rs\.?|kr\.?|\)", w) for w in signs):
        return False
    if len(digits) == 1:
        return True
    return bool(
        re.fullmatch(r"[-(+$€£]?\d{1,3}", digits[0])
        and all(re.fullmatch(r"\d{3}", w) for w in digits[1:-1])
        and re.fullmatch(r"\d{3}([.,]\d+)?[)€%]?", digits[-1])
    )


_GLUED = re.compile(r"^(?:[^\W\d]{1,4}[.:]?|[#(\[])?([-+]?\d[\d.,']*)(?:[^\W\d_]{1,4}\.?|[%)\]*+x]{1,3})?$")


def _inside(raw: str, convention: Convention) -> Decimal | None:
    """The number in a word that glues a unit or a mark to it: "35kg", "1,234*", "x3"."""
    match = _GLUED.match(raw.rstrip(".,;:"))
    return values.read_number(match[1], convention) if match and not re.match(r"[A-Za-z]{2}\d", raw) else None


_PATTERNED = ("currency", "iban", "bic", "vat_id", "email", "phone", "url", "postcode")
_POSTCODE = re.compile(
    r"(?:[A-Z]{1,2}-)?(?:\d{4,6}|\d{4}\s?[A-Z]{2}|\d{5}-\d{4}|\d{3}\s?\d{2}|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|"
    r"\d{2}-\d{3}|\d{4}-\d{3})"
)


def _patterned(kind: str, texts: Sequence[str]) -> Found | None:
    longest = {"iban": 10, "email": 2, "phone": 6, "vat_id": 5, "postcode": 2}.get(kind, 1)
    for start in range(len(texts)):
        for stop in range(min(len(texts), start + longest), start, -1):
            raw = ("" if kind == "email" else " ").join(texts[start:stop]).strip(",;()")
            value = _match(kind, raw)
            if value:
                return Found(value, start, stop, 1.0)
    return None


def _match(kind: str, raw: str) -> str | None:  # noqa: PLR0911 - a table
    if kind == "currency":
        return values.currency(raw)
    if kind == "iban":
        compact = re.sub(r"\s", "", raw)
        return (
            raw if values.iban(raw) or re.fullmatch(r"[A-Z]{2}\d{2}[\dA-Z]{8,30}|[A-Z]{2}\d{8,30}", compact) else None
        )
    if kind == "bic":
        return values.bic(raw)
    if kind == "vat_id":
        return raw if values.vat_id(raw) else None
    if kind == "email":
        return values.email(raw)
    if kind == "phone":
        return values.phone(raw)
    if kind == "url":
        return values.url(raw)
    return raw if _POSTCODE.fullmatch(raw) else None


_GROUPS = 4
_GROUP = re.compile(r"[A-Z]{1,3}|\d{1,4}")
_CURRENCY = re.compile(r"(?:EUR|USD|GBP|CHF|NO|NR)$")
_IDENTIFIER = re.compile(r"#?[\w][\w./\-#()&]*")


def _identifier(texts: Sequence[str]) -> Found | None:
    """The first word with a digit, together with the words of signs and capitals before it that belong to it."""
    short = [text.strip(",;:") for text in texts]
    if 1 < len(short) <= _GROUPS and all(_GROUP.fullmatch(t) for t in short) and not _CURRENCY.match(short[0]):
        kinds_of = [has_digit(t) for t in short]
        if any(kinds_of) and not all(kinds_of):  # "AB 123 CD"
            return Found(" ".join(short), 0, len(short), 0.9)
    for start, text in enumerate(texts):
        if start > 3:  # noqa: PLR2004 - an identifier does not come later
            return None
        clean = text.strip(",;:")
        if re.fullmatch(r"\(.*\)", clean) and start + 1 < len(texts):
            continue
        if has_digit(clean) and _IDENTIFIER.fullmatch(clean):
            stop = start + 1
            while (
                stop < len(texts)
                and re.fullmatch(r"[\d/.\-]+", texts[stop])
                and has_digit(texts[stop])
                and len(texts[stop]) <= 6  # noqa: PLR2004 - a revision, a year
            ):
                stop += 1
            first = start
            if start and texts[start - 1] in {"#", "REF", "Ref"}:
                first -= 1
            raw = " ".join(texts[first:stop]).strip(",;:")
            return Found(raw.rstrip("."), first, stop, 0.9 if first == 0 else 0.8)
    return None
