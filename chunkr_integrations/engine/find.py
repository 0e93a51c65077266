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

from chunkr_integrations.engine._names import MONTHS
from chunkr_integrations.engine.follow import following_words
from chunkr_integrations.engine.values import date_readings, fold, norm, number_readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from chunkr_integrations.engine.document import Document, Page, Word
    from chunkr_integrations.engine.draft import Scalar

__all__ = ["Finder", "Hit"]

# Quality of a match; what is below EXACT did not print the value as it was asked for.
WHOLE, PART, OTHER_SIGN, EXACT = 1.0, 0.8, 0.7, 0.6
_CONFUSED, _PIECES, _SIMILAR = 0.5, 0.45, 0.3
_MOST = 600  # hits kept for one value
_LONGEST_RUN = 7  # words of a date
_LONGER = 0.3  # share of its letters by which similar text may be longer or shorter
_COVERED = 0.75  # share of a value's letters that its parts must hold
_SIMILARITY = 88  # of 100; below, other values of the same kind match
_SIMILARITY_OCR = 80  # on recognised pages, where one letter of a short name is often wrong
_SHORTEST_SIMILAR = 6  # letters; shorter values are similar to too much
_TELLING = 4  # letters; shorter words are on every page
_FEW_PAGES = 3  # a document this short is compared as a whole
_PAGES_COMPARED = 60  # pages that are searched for similar text
_NUMBER = re.compile(r"[-(\u2212]?\d[\d.,'\u2019]*")
_UNIT_AROUND = re.compile(r"[^\w]*(?:[^\W\d_]{1,4}\.?|[-+])?[\d.,']+(?:[^\W\d_]{1,4}\d?)?[^\w]*")  # "x2", "12kg", "5m3"
_UNIT = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_DATE_START = re.compile(r"\(?(?:\d{1,2}(?:st|nd|rd|th|er|\.|,|º)?|\d{4}[,.]?|[^\W\d_]{3,12}[.,]?)$")
_DATE_WORD = re.compile(r"\d.*[./\-年].*\d|\d{6,8}|\d[^\W\d_]{3,}\d")
_GLUED_DATE = re.compile(r"(?<!\d)\d{1,4}([./-])\d{1,2}\1\d{2,4}(?!\d)")
_TIME = re.compile(r"\d{1,2}[:h]\d{2}")
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_SIGN = re.compile(r"[-(\u2212\u2013$€£¥]{1,2}$")
_CONFUSABLE = str.maketrans("oqdlijszbg", "0001115286")  # letters that recognition takes for digits, and back
_DASHES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)  # parsers take one for another
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?$")


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
        """Every reading of every printed number; signs of currency are not part of its words."""
        found: dict[Decimal, list[Hit]] = {}
        for page in self.pages:
            words = page.words
            for index, word in enumerate(words):
                if not any(c.isdigit() for c in word.text):
                    continue
                taken = self._grouped(page, index, found)
                readings = _readings(word.text)
                before = words[index - 1] if index and words[index - 1].line == word.line else None
                sign = before is not None and _SIGN.match(before.text) and before.text[0] in "-(\u2212\u2013"
                quality = PART if taken else WHOLE
                for reading in readings:
                    found.setdefault(reading, []).append(Hit(page.number, (index,), quality))
                    if sign and reading > 0:
                        found.setdefault(-reading, []).append(Hit(page.number, (index - 1, index), quality))
                if not readings:
                    quality = PART if _UNIT_AROUND.fullmatch(word.text) else _CONFUSED
                    for reading in _inside(word.text):
                        found.setdefault(reading, []).append(Hit(page.number, (index,), quality))
        return found

    def _grouped(self, page: Page, index: int, found: dict[Decimal, list[Hit]]) -> bool:
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

    # --------------------------------------------------------------------------------------------- dates
    @cached_property
    def _dates(self) -> dict[date, list[Hit]]:
        """Every reading of every printed date; a longer run of words wins over a shorter one in it."""
        found: dict[date, list[Hit]] = {}
        for page in self.pages:
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
        needle = norm(text)
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
        if wanted and not (wanted & _readings(printed)) and any(mark in text + printed for mark in ".,"):
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
        return self._confused(text) or self._pieces(text) or self._similar(text)

    @cached_property
    def _folded(self) -> dict[str, list[_Start]]:
        found: dict[str, list[_Start]] = {}
        for key, starts in self._starts.items():
            found.setdefault(_alike(key), []).extend(starts)
        return found

    def _confused(self, text: str) -> list[Hit]:
        """Matches when letters and digits that look alike are taken for the same."""
        needle = _alike(norm(text))
        if len(needle) < 3:  # noqa: PLR2004 - too short to tell
            return []
        hits = []
        for length in range(1, min(len(needle), self._longest) + 1):
            for start in self._folded.get(needle[:length], ()):
                page = self.pages[start.page]
                words, rest = [start.word], needle[length:]
                while rest and words[-1] + 1 < len(page.words):
                    following = _alike(norm(page.words[words[-1] + 1].text))
                    if not rest.startswith(following):
                        break
                    words.append(words[-1] + 1)
                    rest = rest[len(following) :]
                if not rest and start.whole:
                    hits.append(Hit(start.page + 1, tuple(words), _CONFUSED))
        return hits

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
            if words and abs(letters - len(needle)) < _LONGER * len(needle):
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


@lru_cache(maxsize=65_536)
def _alike(text: str) -> str:
    """Letters without accents, those that recognition takes for digits as digits."""
    return fold(text).translate(_CONFUSABLE)


def _mostly(start: int, end: int, left: int, right: int) -> bool:
    return end > start and (min(end, right) - max(start, left)) * 2 > end - start


@lru_cache(maxsize=65_536)
def _readings(text: str) -> frozenset[Decimal]:
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


@lru_cache(maxsize=65_536)
def _runs(text: str) -> tuple[tuple[str, bool, bool], ...]:
    """Runs of units of a word: (letters and digits, from the first unit, to the last unit)."""
    whole = norm(text)
    if not whole:
        return ()
    units = [norm(unit) for unit in _UNIT.findall(text)]
    units = [unit for unit in units if unit]
    if len(units) < 2 or len(units) > 8 or "".join(units) != whole:  # noqa: PLR2004 - a word of many units is code
        return ((whole, True, True),)
    found = {(whole, True, True): None}
    for first in range(len(units)):
        for last in range(first, len(units)):
            run = ("".join(units[first : last + 1]), first == 0, last == len(units) - 1)
            found.setdefault(run, None)
    return tuple(found)


def _runs_of(page: int, finder: Finder, word: int) -> tuple[tuple[str, bool, bool], ...]:
    return _runs(finder.pages[page].words[word].text)
