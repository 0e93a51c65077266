"""Every number and date that a document prints, by what it may mean, with the words that print it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from chunkr_integrations.engine._names import MONTHS
from chunkr_integrations.engine.values import date_readings, fold, number_readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from chunkr_integrations.engine.document import Page, Word

__all__ = ["CONFUSED", "EXACT", "OTHER_SIGN", "PART", "WHOLE", "Hit", "dates_of", "numbers_of", "readings_of"]

# Quality of a match; what is below EXACT did not print the value as it was asked for.
WHOLE, PART, OTHER_SIGN, EXACT, CONFUSED = 1.0, 0.8, 0.7, 0.6, 0.5
_LONGEST_RUN = 7  # words of a date
_NUMBER = re.compile(r"[-(\u2212]?\d[\d.,'\u2019]*")
_UNIT_AROUND = re.compile(r"[^\w]*(?:[^\W\d_]{1,4}\.?|[-+])?[\d.,']+(?:[^\W\d_]{1,4}\d?)?[^\w]*")  # "x2", "12kg", "5m3"
_DATE_START = re.compile(r"\(?(?:\d{1,2}(?:st|nd|rd|th|er|\.|,|º)?|\d{4}[,.]?|[^\W\d_]{3,12}[.,]?)$")
_DATE_WORD = re.compile(r"\d.*[./\-年].*\d|\d{6,8}|\d[^\W\d_]{3,}\d")
_GLUED_DATE = re.compile(r"(?<!\d)\d{1,4}([./-])\d{1,2}\1\d{2,4}(?!\d)")
_TIME = re.compile(r"\d{1,2}[:h]\d{2}")
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_SIGN = re.compile(r"[-(\u2212\u2013$€£¥]{1,2}$")


@dataclass(frozen=True, slots=True)
class Hit:
    """Words of one page that print a value."""

    page: int  # from 1
    words: tuple[int, ...]
    quality: float  # 1.0 printed as asked; `EXACT` and more: it is the value; below: close to it

    @property
    def exact(self) -> bool:
        """Whether the words print the value."""
        return self.quality >= EXACT


def numbers_of(pages: Sequence[Page]) -> dict[Decimal, list[Hit]]:
    """Every reading of every printed number; signs of currency are not part of its words."""
    found: dict[Decimal, list[Hit]] = {}
    for page in pages:
        words = page.words
        for index, word in enumerate(words):
            if not any(c.isdigit() for c in word.text):
                continue
            taken = _grouped(page, index, found)
            readings = readings_of(word.text)
            before = words[index - 1] if index and words[index - 1].line == word.line else None
            sign = before is not None and _SIGN.match(before.text) and before.text[0] in "-(\u2212\u2013"
            quality = PART if taken else WHOLE
            for reading in readings:
                found.setdefault(reading, []).append(Hit(page.number, (index,), quality))
                if sign and reading > 0:
                    found.setdefault(-reading, []).append(Hit(page.number, (index - 1, index), quality))
            if not readings:
                quality = PART if _UNIT_AROUND.fullmatch(word.text) else CONFUSED
                for reading in _inside(word.text):
                    found.setdefault(reading, []).append(Hit(page.number, (index,), quality))
    return found


def _grouped(page: Page, index: int, found: dict[Decimal, list[Hit]]) -> bool:
    """Adds a number whose thousands stand in words of their own; says whether there is one."""
    words = page.words
    if not re.fullmatch(r"[-(]?\d{1,3}", words[index].text):
        return False
    end = index + 1
    while end < len(words) and _goes_on(words[end - 1], words[end]):
        end += 1
    if end == index + 1:
        return False
    for reading in number_readings(" ".join(word.text for word in words[index:end]).rstrip(".,;:")):
        found.setdefault(reading, []).append(Hit(page.number, tuple(range(index, end)), WHOLE))
    return True


def dates_of(pages: Sequence[Page]) -> dict[date, list[Hit]]:
    """Every reading of every printed date; a longer run of words wins over a shorter one in it."""
    found: dict[date, list[Hit]] = {}
    for page in pages:
        ends: dict[date, int] = {}
        for index in range(len(page.words)):
            for day in _glued_dates(page.words[index].text):
                found.setdefault(day, []).append(Hit(page.number, (index,), PART))
            for end in _date_ends(page, index):
                text = " ".join(w.text for w in page.words[index:end]).strip(":;,()[]")
                for day in date_readings(text) if len(text) <= 60 else ():  # noqa: PLR2004 - letters of a date
                    if ends.get(day, -1) <= index:
                        found.setdefault(day, []).append(Hit(page.number, tuple(range(index, end)), WHOLE))
                        ends[day] = end
    return found


@lru_cache(maxsize=65_536)
def readings_of(text: str) -> frozenset[Decimal]:
    """Number readings of a word without the punctuation around it."""
    return number_readings(text) or number_readings(text.strip(".,;:*[]\"'"))


@lru_cache(maxsize=65_536)
def _inside(text: str) -> tuple[Decimal, ...]:
    """Numbers within a word, as in "x2", "12kg" or "(3.5%)"."""
    found: list[Decimal] = []
    for part in _NUMBER.findall(text):
        bare = part.lstrip("-(\u2212").rstrip(".,'\u2019")
        found += number_readings(bare)
        if part[0] in "-(\u2212" and text.startswith(part):
            found += [-reading for reading in number_readings(bare)]
    return tuple(found)


def _goes_on(last: Word, word: Word) -> bool:
    """Whether a word is the next thousands group of the last one."""
    gap = word.box.left - last.box.right
    return (
        word.line == last.line
        and 0 <= gap < 0.6 * word.box.height
        and word.ref == last.ref
        and "." not in last.text
        and "," not in last.text
        and bool(re.fullmatch(r"\d{3}(?:[.,]\d{1,4})?[)%.,;:]?", word.text))
    )


def _date_ends(page: Page, index: int) -> Iterator[int]:
    """Ends of runs from a word on that may print a date; longer ones first."""
    words = page.words
    text = words[index].text
    if _DATE_START.match(text.strip("([")) and (any(c.isdigit() for c in text) or _is_month(text)):
        stop = index + 1
        while stop < len(words) and stop < index + _LONGEST_RUN and words[stop].line == words[index].line:
            stop += 1
        window = [word.text for word in words[index:stop]]
        named = any(_is_month(part) for part in window[:4])
        if named and any(part[:1].isdigit() for part in window):
            yield from range(stop, index + 1, -1)
        elif re.fullmatch(r"\d{1,4}[./-]?", text) and len(window) > 2 and window[1][0] in "0123456789./-":  # noqa: PLR2004 - "12 . 5 . 2020"
            yield from range(min(stop, index + 5), index + 1, -1)
    if _DATE_WORD.search(text):
        if index + 1 < len(words) and _TIME.match(words[index + 1].text) and words[index + 1].line == words[index].line:
            yield min(index + 3, len(words))
            yield index + 2
        yield index + 1


@lru_cache(maxsize=65_536)
def _glued_dates(text: str) -> tuple[date, ...]:
    """Dates inside a word that is more than a date, as in "Date:05.06.2018"."""
    if len(text) < 9 or (text[0].isdigit() and text[-1].isdigit()):  # noqa: PLR2004 - a date and a letter
        return ()
    inside = [part for part in (match[0] for match in _GLUED_DATE.finditer(text)) if len(part) + 1 < len(text)]
    return tuple(day for part in inside for day in date_readings(part))


@lru_cache(maxsize=65_536)
def _is_month(text: str) -> bool:
    """Whether it is a month's name, or has one inside as in "5-Mar-20"."""
    return any(part in MONTHS for part in _LETTERS.findall(fold(text)))
