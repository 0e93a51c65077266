"""Where a value is printed: by type, exactly first, with slips of recognition last.

An index over a document's words, built once. Text is compared by letters and digits alone, so spacing, punctuation and
hyphens at line ends do not matter; a match goes on over line ends, down a column, and inside table cells and segments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from chunkr_integrations.engine.follow import following_words
from chunkr_integrations.engine.printed import (
    EXACT,
    OTHER_SIGN,
    PART,
    WHOLE,
    Hit,
    dates_of,
    numbers_of,
    readings_of,
)
from chunkr_integrations.engine.scripts import glyphs_in_order, is_right_to_left
from chunkr_integrations.engine.slips import Slips, same_digits
from chunkr_integrations.engine.values import date_readings, norm, number_readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from chunkr_integrations.engine.document import Document
    from chunkr_integrations.engine.draft import Scalar

__all__ = ["Finder", "Hit"]

_PIECES, _SIMILAR = 0.45, 0.3  # qualities below that of what only looks alike
_MOST = 600  # hits kept for one value
_LONGER = 0.3  # share of its letters by which similar text may be longer or shorter
_COVERED = 0.75  # share of a value's letters that its parts must hold
_SIMILARITY = 88  # of 100; below, other values of the same kind match
_SIMILARITY_OCR = 80  # on recognised pages, where one letter of a short name is often wrong
_SHORTEST_SIMILAR = 6  # letters; shorter values are similar to too much
_TELLING = 4  # letters; shorter words are on every page
_FEW_PAGES = 3  # a document this short is compared as a whole
_PAGES_COMPARED = 60  # pages that are searched for similar text
# Scripts whose words need no spaces: each character is a unit.
_WIDE = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af"
_UNIT = re.compile(rf"\d+(?:[.,]\d+)*|[{_WIDE}]|[^\W\d_{_WIDE}]+")
_WIDE_LETTER = re.compile(f"[{_WIDE}]")
_MOST_UNITS, _MOST_WIDE = 8, 24  # of a word; one of more is code, or prose without spaces
_DASHES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)  # parsers take one for another
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?$")


@dataclass(frozen=True, slots=True)
class _Start:
    """A run of units of one word that a match can begin with."""

    page: int  # index
    word: int
    whole: bool  # from the word's first unit
    open: bool  # up to its last unit, so that the next word may follow


class Finder:
    """Finds values among the words of a document."""

    def __init__(self, document: Document) -> None:
        self.pages = document.pages
        self._links: dict[tuple[int, int], tuple[int, ...]] = {}

    def find(self, value: Scalar, *, kind: str = "") -> tuple[Hit, ...]:
        """All places that print `value`, best quality first; empty when it is not printed.

        Args:
            value: A JSON primitive. None and booleans are not printed.
            kind: "date" where the schema says so; ISO dates are recognised without.
        """
        if value is None or isinstance(value, bool) or value == "":
            return ()
        hits = self._exact(value, kind)
        if not hits:
            hits = self._close(value)
        return tuple(_best(hits))

    def _exact(self, value: Scalar, kind: str) -> list[Hit]:
        if isinstance(value, (int, float)):
            return self._number(value)
        text = str(value)
        hits: list[Hit] = []
        if kind == "date" or _ISO.match(text):
            hits = [hit for day in date_readings(text) for hit in self._dates.get(day, ())]
        hits += self._text(text)
        if not hits and not norm(text):
            hits = self._symbols(text)
        if not hits and len(readings := date_readings(text)) == 1:
            hits = list(self._dates.get(next(iter(readings)), ()))
        if not hits and len(readings_ := number_readings(text)) == 1:
            hits = self._number(next(iter(readings_)))
        return hits

    # ------------------------------------------------------------------------------------------- numbers
    def _number(self, value: float | Decimal) -> list[Hit]:
        try:
            wanted = Decimal(str(value))
        except InvalidOperation:
            return []
        hits = list(self._numbers.get(wanted, ()))
        if any(hit.quality >= WHOLE for hit in hits):
            hits = [hit for hit in hits if hit.quality >= PART]
        if wanted:
            other = [Hit(h.page, h.words, min(h.quality, OTHER_SIGN)) for h in self._numbers.get(-wanted, ())]
            hits += other
        return hits

    @cached_property
    def _numbers(self) -> dict[Decimal, list[Hit]]:
        return numbers_of(self.pages)

    @cached_property
    def _dates(self) -> dict[date, list[Hit]]:
        return dates_of(self.pages)

    # ---------------------------------------------------------------------------------------------- text
    @cached_property
    def _starts(self) -> dict[str, list[_Start]]:
        found: dict[str, list[_Start]] = {}
        for number, page in enumerate(self.pages):
            for index, word in enumerate(page.words):
                for text, whole, open_ in _runs(word.text):
                    found.setdefault(text, []).append(_Start(number, index, whole, open_))
        return found

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._starts), default=0)

    def _text(self, text: str) -> list[Hit]:
        hits = self._letters(norm(text), text)
        if is_right_to_left(text):
            hits += self._letters(glyphs_in_order(text), text)
        return hits

    def _letters(self, needle: str, text: str) -> list[Hit]:
        hits: list[Hit] = []
        seen: set[tuple[int, tuple[int, ...]]] = set()
        for length in range(1, min(len(needle), self._longest) + 1):
            for start in self._starts.get(needle[:length], ()):
                if length < len(needle) and not start.open:
                    continue
                for words, ended in self._walk(start.page, start.word, needle[length:]):
                    if (start.page, words) in seen:
                        continue
                    seen.add((start.page, words))
                    clean = ended and start.whole and (start.open or length < len(needle))
                    hits.append(self._hit(start.page, words, text, clean=clean))
                if len(hits) > 4 * _MOST:
                    return hits
        return hits

    def _hit(self, page: int, words: tuple[int, ...], text: str, *, clean: bool) -> Hit:
        printed = " ".join(self.pages[page].words[i].text for i in words)
        quality = WHOLE if clean else PART
        wanted = number_readings(text)
        if wanted and not (wanted & readings_of(printed)) and any(mark in text + printed for mark in ".,"):
            quality = EXACT - 0.02  # "28.0" and "280" have the same digits
        elif printed.strip(".,;:()") == text.strip(".,;:()"):
            quality += 0.02
        elif printed.casefold().strip(".,;:()") == text.casefold().strip(".,;:()"):
            quality += 0.01
        return Hit(page + 1, words, quality)

    def _walk(self, page: int, word: int, rest: str) -> Iterator[tuple[tuple[int, ...], bool]]:
        """Ways from a word on over the words that print `rest`, and whether the last word ends with it."""
        if not rest:
            yield (word,), True
            return
        stack: list[tuple[tuple[int, ...], str]] = [((word,), rest)]
        steps = 0
        while stack and steps < 2000:  # noqa: PLR2004 - words looked at; a bound for pages that repeat one word
            steps += 1
            way, left = stack.pop()
            for following in reversed(self._next(page, way[-1])):
                if following in way:
                    continue
                text = norm(self.pages[page].words[following].text)
                if text == left:
                    yield (*way, following), True
                elif not text and len(way) < len(left) + 20:
                    stack.append(((*way, following), left))
                elif text and left.startswith(text):
                    stack.append(((*way, following), left[len(text) :]))
                elif text.startswith(left) and any(
                    run == left for run, first, _ in _runs_of(page, self, following) if first
                ):
                    yield (*way, following), False

    def _next(self, page: int, word: int) -> tuple[int, ...]:
        """Words that may follow in a reading: in its cell, its line, its segment, or below it in its column."""
        known = self._links.get((page, word))
        if known is None:
            if (page, -1) not in self._links:
                self._links[page, -1] = ()
                self._links.update(((page, i), after) for i, after in enumerate(following_words(self.pages[page])))
                known = self._links.get((page, word), ())
            else:
                known = ()
        return known

    def _symbols(self, text: str) -> list[Hit]:
        """Values without a letter or digit, as "%" or "-"."""
        wanted = text.strip().translate(_DASHES)
        return [
            Hit(page.number, (index,), WHOLE)
            for page in self.pages
            for index, word in enumerate(page.words)
            if word.text.translate(_DASHES) == wanted
        ][:_MOST]

    # -------------------------------------------------------------------------------------------- close
    def _close(self, value: Scalar) -> list[Hit]:
        text = _plain(value)
        return self._slips.find(text) or self._pieces(text) or self._similar(text)

    @cached_property
    def _slips(self) -> Slips:
        return Slips(self.pages, self._next)

    def _pieces(self, text: str) -> list[Hit]:
        """A value put together of parts that stand near each other, as an address of several lines."""
        parts = [part for part in re.split(r"[,;\n|]+|\s[-\u2013/]\s", text) if len(norm(part)) > 1]
        if len(parts) < 2 or len(text) > 400:  # noqa: PLR2004 - one part is no list; longer is prose
            return []
        found = [[hit for hit in self._text(part) if hit.exact][:40] for part in parts]
        held = [hits for hits in found if hits]
        letters = sum(len(norm(part)) for part, hits in zip(parts, found, strict=True) if hits)
        if letters < _COVERED * len(norm(text)):
            return []
        anchors = min(held, key=len)
        options = []
        for anchor in anchors:
            chosen = [min(hits, key=lambda hit: self._distance(anchor, hit)) for hits in held]
            near = [hit for hit in chosen if hit.page == anchor.page and self._distance(anchor, hit) < 12]  # noqa: PLR2004 - lines
            if len(near) == len(chosen):
                words = tuple(sorted({word for hit in chosen for word in hit.words}))
                page = self.pages[anchor.page - 1]
                if sum(len(norm(page.words[i].text)) for i in words) >= _COVERED * len(norm(text)):
                    options.append(Hit(anchor.page, words, _PIECES))
        return options

    def _distance(self, one: Hit, other: Hit) -> float:
        """In lines; another page is far away."""
        if one.page != other.page:
            return 1000.0 + abs(one.page - other.page)
        words = self.pages[one.page - 1].words
        a, b = words[one.words[0]].box, words[other.words[0]].box
        return (abs(a.top - b.top) + abs(a.left - b.left) / 8) / max(a.height, 1.0)

    @cached_property
    def _pages_as_text(self) -> list[tuple[str, list[int], list[int]]]:
        """Each page's letters and digits in reading order, where each word starts, and which word it is."""
        made = []
        for page in self.pages:
            order = [i for segment in page.segments for i in segment.words]
            order += sorted(set(range(len(page.words))) - set(order))
            texts = [norm(page.words[i].text) for i in order]
            starts, at = [], 0
            for text in texts:
                starts.append(at)
                at += len(text)
            made.append(("".join(texts), starts, order))
        return made

    def _similar(self, text: str) -> list[Hit]:
        needle = norm(text)
        if len(needle) < _SHORTEST_SIMILAR:
            return []
        hits = []
        for number in self._worth_comparing(text):
            content, starts, order = self._pages_as_text[number]
            if len(content) < len(needle) // 2:
                continue
            found = fuzz.partial_ratio_alignment(
                needle, content, score_cutoff=_SIMILARITY_OCR if self.pages[number].ocr else _SIMILARITY
            )
            if found is None or len(needle) > len(content) / 0.88:
                continue
            words = tuple(
                order[i]
                for i, start in enumerate(starts)
                if _mostly(
                    start, starts[i + 1] if i + 1 < len(starts) else len(content), found.dest_start, found.dest_end
                )
            )
            letters = sum(len(norm(self.pages[number].words[i].text)) for i in words)
            alike = same_digits(needle, content[found.dest_start : found.dest_end])
            if words and alike and abs(letters - len(needle)) < _LONGER * len(needle):
                hits.append(Hit(number + 1, words, _SIMILAR * found.score / 100))
        return hits

    def _worth_comparing(self, text: str) -> list[int]:
        """Pages that share a word with it, and recognised pages."""
        pages = {
            start.page
            for part in text.split()
            if len(norm(part)) >= _TELLING
            for start in self._starts.get(norm(part), ())
        }
        pages |= {number for number, page in enumerate(self.pages) if page.ocr or len(self.pages) <= _FEW_PAGES}
        return sorted(pages)[:_PAGES_COMPARED]


def _best(hits: Iterable[Hit]) -> list[Hit]:
    """Each place once, the best first; hits that only hold better ones are left out."""
    by_words: dict[tuple[int, tuple[int, ...]], Hit] = {}
    for hit in hits:
        key = (hit.page, hit.words)
        if key not in by_words or by_words[key].quality < hit.quality:
            by_words[key] = hit
    ranked = sorted(by_words.values(), key=lambda hit: (-hit.quality, hit.page, hit.words))
    return ranked[:_MOST]


def _plain(value: Scalar) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _mostly(start: int, end: int, left: int, right: int) -> bool:
    return end > start and (min(end, right) - max(start, left)) * 2 > end - start


@lru_cache(maxsize=65_536)
def _runs(text: str) -> tuple[tuple[str, bool, bool], ...]:
    """Runs of units of a word: (letters and digits, from the first unit, to the last unit)."""
    whole = norm(text)
    if not whole:
        return ()
    units = [norm(unit) for unit in _UNIT.findall(text)]
    units = [unit for unit in units if unit]
    most = _MOST_UNITS if text.isascii() or not _WIDE_LETTER.search(text) else _MOST_WIDE
    if not 1 < len(units) <= most or "".join(units) != whole:
        return ((whole, True, True),)
    found = {(whole, True, True): None}
    for first in range(len(units)):
        for last in range(first, len(units)):
            run = ("".join(units[first : last + 1]), first == 0, last == len(units) - 1)
            found.setdefault(run, None)
    return tuple(found)


def _runs_of(page: int, finder: Finder, word: int) -> tuple[tuple[str, bool, bool], ...]:
    return _runs(finder.pages[page].words[word].text)
