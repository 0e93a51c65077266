"""What readers find on a page, before lines and segments are made of it.

Boxes are in the frame of `document.Box`: page units, origin at the top left of the upright page.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from chunkr_integrations.engine.document import Box

__all__ = ["RawBlock", "RawCell", "RawPage", "RawWord", "join_touching", "lines_of"]

BlockKind = Literal["heading", "paragraph", "list_item", "table", "picture", "code"]


@dataclass(frozen=True, slots=True)
class RawWord:
    """A word as a reader found it."""

    text: str
    box: Box
    confidence: float = 1.0
    ref: str | None = None  # spreadsheets: its cell


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell of a table; its words are those inside its box, or those with its ref."""

    row: int
    column: int
    text: str
    box: Box | None = None
    row_span: int = 1
    column_span: int = 1
    header: bool = False
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A region that belongs together; its words are those inside its box."""

    kind: BlockKind
    box: Box
    level: int = 0  # headings: 1 is the highest
    cells: tuple[RawCell, ...] = ()


@dataclass(frozen=True)
class RawPage:
    """A page as a reader found it; words in any order."""

    number: int
    width: float
    height: float
    words: tuple[RawWord, ...]
    blocks: tuple[RawBlock, ...] = ()  # in reading order
    sheet: str | None = None
    ocr: bool = False
    rotation: int = 0  # as in `document.Page`
    skew: float = 0.0  # as in `document.Page`
    problem: str = ""  # why the page could not be read and is empty
    wants_ocr: bool = field(default=False)  # the text layer does not hold what the page shows
    placed: bool = True  # whether words stand where they are printed; else in reading order, from left to right
    believed: bool = True  # whether the text layer, as far as it goes, is what the page shows
    bands: bool = True  # whether running headers and footers can be there; false for flowing text and sheets


# Parsers cut at dots: "1." "234,50". Words closer than this, in heights of the word, are one (a space has .2 or more).
_TOUCHING = 0.09
_OVERLAPPING = -0.3  # further left than this it is another text printed over the first


def lines_of(words: tuple[RawWord, ...] | list[RawWord]) -> list[list[RawWord]]:
    """The words of each visual line, lines top to bottom, words left to right.

    A word joins the line whose rightmost word overlaps it by half a height, so that lines of a skewed scan hold
    together as long as their words are near. Where those lines slope, words far apart are joined along the slope.
    """
    if not words:
        return []
    found = _lines_along(words, 0.0)
    slope = _slope(found)
    return _lines_along(words, slope) if abs(slope) > _LEVEL else found


_LEVEL = 0.002  # a smaller slope moves no word of a page by a line
_STEEPEST = 0.06


def _slope(lines: list[list[RawWord]]) -> float:
    """By how much lines fall a unit to the right; 0 where too few are long enough to tell."""
    steps = []
    for line in lines:
        wide = line[-1].box.left - line[0].box.left
        if wide > 6 * line[0].box.height:
            steps.append((wide, _middle(line[-1]) - _middle(line[0])))
    if len(steps) < 3:  # noqa: PLR2004 - one line may be two
        return 0.0
    slope = sum(x * y for x, y in steps) / sum(x * x for x, _ in steps)
    agreeing = sum((y > 0) == (slope > 0) for _, y in steps)
    return slope if abs(slope) < _STEEPEST and agreeing > 0.8 * len(steps) else 0.0


def _middle(word: RawWord, slope: float = 0.0) -> float:
    """The height of a word's middle, on a page whose slope is taken out."""
    return word.box.top + word.box.height / 2 - slope * (word.box.left + word.box.width / 2)


def _lines_along(words: tuple[RawWord, ...] | list[RawWord], slope: float) -> list[list[RawWord]]:
    heights = sorted(word.box.height for word in words)
    unit = max(heights[len(heights) // 2], 1.0)
    buckets: dict[int, list[list[RawWord]]] = {}
    found: list[list[RawWord]] = []
    for word in sorted(words, key=lambda w: (w.box.left, w.box.top)):
        middle = _middle(word, slope)
        bucket = int(middle / unit)
        line = _nearest(
            word, slope, [*buckets.get(bucket, ()), *buckets.get(bucket - 1, ()), *buckets.get(bucket + 1, ())]
        )
        if line is None:
            line = []
            found.append(line)
        line.append(word)
        places = buckets.setdefault(bucket, [])
        if not any(other is line for other in places):
            places.append(line)
    return sorted(found, key=lambda line: (sum(_middle(w, slope) for w in line) / len(line), line[0].box.left))


def _nearest(word: RawWord, slope: float, lines: list[list[RawWord]]) -> list[RawWord] | None:
    best, least = None, 0.5
    for line in lines:
        high = max(min(line[-1].box.height, word.box.height), 0.1)
        distance = abs(_middle(line[-1], slope) - _middle(word, slope)) / high
        if distance < least:
            best, least = line, distance
    return best


def join_touching(line: list[RawWord]) -> list[RawWord]:
    """The line with words joined that touch, and without words that were printed twice on the same spot."""
    joined: list[RawWord] = []
    for word in line:
        last = joined[-1] if joined else None
        if last is None:
            joined.append(word)
        elif _same_spot(last, word):
            continue
        elif _touch(last, word):
            joined[-1] = RawWord(
                last.text + word.text, Box.around((last.box, word.box)), min(last.confidence, word.confidence), last.ref
            )
        else:
            joined.append(word)
    return joined


def _same_spot(last: RawWord, word: RawWord) -> bool:
    """Bold is sometimes made by printing twice."""
    return (
        last.text == word.text
        and abs(last.box.left - word.box.left) < 0.3 * word.box.height
        and abs(last.box.top - word.box.top) < 0.3 * word.box.height
    )


def _touch(last: RawWord, word: RawWord) -> bool:
    if last.ref != word.ref:
        return False
    high = min(last.box.height, word.box.height)
    gap = (word.box.left - last.box.right) / max(high, 0.1)
    if not _OVERLAPPING < gap < _TOUCHING or max(last.box.height, word.box.height) > 1.5 * high:
        return False
    return not (is_wide(last.text[-1]) or is_wide(word.text[0]))


def is_wide(character: str) -> bool:
    """Whether it is of a script written without spaces (Chinese, Japanese); its characters stay words of their own."""
    return unicodedata.east_asian_width(character) in ("W", "F")
