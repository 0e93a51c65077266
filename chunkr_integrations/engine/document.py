"""A read document: pages of words with boxes, grouped into segments.

This is what every reader makes and what filling and grounding work on. All of it is frozen and can be pickled.

Coordinates: origin at the top left of the page as a person reads it, x to the right, y down, in the page's units.
Where a reader turned a scan upright or made its lines level, that is the turned page; `Page.in_file` gives a box's
place on the page as a viewer shows the file, which is what answers carry. A PDF page's unit is the point (1/72 inch).
A page without geometry of its own (text, HTML, Markdown, spreadsheets) is laid out on a virtual page; its units are in
the reader's docstring.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from chunkr_integrations.engine.packed import PackedWords
from chunkr_integrations.engine.word import Box, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Box", "Cell", "Document", "Page", "Segment", "SegmentType", "Table", "Word", "indexes"]

# The vendor's 18 segment types (SDK 0.1.0a15, parse outputs page).
SegmentType = Literal[
    "Caption",
    "Footnote",
    "FormRegion",
    "Formula",
    "GraphicalItem",
    "Legend",
    "LineNumber",
    "ListItem",
    "Page",
    "PageFooter",
    "PageHeader",
    "PageNumber",
    "Picture",
    "SectionHeader",
    "Table",
    "Text",
    "Title",
    "Unknown",
]


_SHARED = tuple(range(1 << 14))


def indexes(numbers: Iterable[int]) -> tuple[int, ...]:
    """Places among a page's words; equal ones are one object, which saves three quarters of their memory."""
    return tuple(_SHARED[number] if number < len(_SHARED) else number for number in numbers)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    row: int
    column: int
    text: str
    words: tuple[int, ...] = ()  # indexes into the page's words
    box: Box | None = None
    row_span: int = 1
    column_span: int = 1
    header: bool = False
    ref: str | None = None  # spreadsheets: "B5", or "B5:C6" when merged


@dataclass(frozen=True)
class Table:
    """A grid of cells, in row order; a spanned place has no cell of its own."""

    rows: int
    columns: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Segment:
    """A block of a page: a paragraph, a heading, a table, a picture."""

    id: str  # the same on every run for the same bytes and options
    type: SegmentType
    page: int  # number of its page, from 1
    box: Box
    text: str
    words: tuple[int, ...] = ()  # indexes into the page's words, in reading order
    table: Table | None = None
    level: int = 0  # headings: 1 is the highest; 0: no heading


@dataclass(frozen=True)
class Page:
    """One page, slide or sheet."""

    number: int  # from 1
    width: float
    height: float
    words: tuple[Word, ...]  # in line order, see Word.line
    segments: tuple[Segment, ...]  # in reading order
    sheet: str | None = None  # spreadsheets: the sheet's name
    ocr: bool = False  # whether the words were recognised on an image
    rotation: int = 0  # clockwise quarter turns by which the reader turned the page upright, beyond the file's own
    skew: float = 0.0  # and then the few degrees, clockwise, by which it made the lines level

    @cached_property
    def lines(self) -> tuple[tuple[int, ...], ...]:
        """Indexes of the words of each visual line, top to bottom, in reading order."""
        found: dict[int, list[int]] = {}
        for index, word in enumerate(self.words):
            found.setdefault(word.line, []).append(index)
        return tuple(indexes(found[number]) for number in sorted(found))

    @property
    def packed(self) -> PackedWords:
        """The words as columns."""
        found: PackedWords = self.__dict__["words"]
        return found

    @property
    def file_size(self) -> tuple[float, float]:
        """Width and height of the page as a viewer shows the file."""
        width, height = self._before_levelling
        return (height, width) if self.rotation % 180 else (width, height)

    def in_file(self, box: Box) -> Box:
        """A box of this page on the page as a viewer shows the file; upright, around the turned one."""
        width, height = self._before_levelling
        if self.skew:
            # The page was turned about its middle and grew; see `_before_levelling`.
            cos, sin = math.cos(math.radians(self.skew)), math.sin(math.radians(self.skew))
            corners = [
                (x - self.width / 2, y - self.height / 2) for x in (box.left, box.right) for y in (box.top, box.bottom)
            ]
            across = [width / 2 + x * cos + y * sin for x, y in corners]
            down = [height / 2 - x * sin + y * cos for x, y in corners]
            box = Box(min(across), min(down), max(across) - min(across), max(down) - min(down))
        if self.rotation == 90:  # noqa: PLR2004 - quarter turns
            return Box(box.top, width - box.right, box.height, box.width)
        if self.rotation == 180:  # noqa: PLR2004
            return Box(width - box.right, height - box.bottom, box.width, box.height)
        if self.rotation == 270:  # noqa: PLR2004
            return Box(height - box.bottom, box.left, box.height, box.width)
        return box

    @property
    def _before_levelling(self) -> tuple[float, float]:
        """Width and height before `skew` was taken out, which let the page grow until its corners were in it."""
        if not self.skew:
            return self.width, self.height
        cos, sin = math.cos(math.radians(self.skew)), abs(math.sin(math.radians(self.skew)))
        share = cos**2 - sin**2
        return (self.width * cos - self.height * sin) / share, (self.height * cos - self.width * sin) / share


class _Packed:
    """Keeps the words of a page as columns, and gives them as the tuple that went in."""

    def __get__(self, page: Page | None, owner: type[Page] | None = None) -> Any:
        return self if page is None else page.__dict__["words"].words

    def __set__(self, page: Page, words: tuple[Word, ...] | PackedWords) -> None:
        page.__dict__["words"] = words if isinstance(words, PackedWords) else PackedWords(words)


Page.words = _Packed()  # type: ignore[assignment] # after the class is made: a dataclass would take it for a default


@dataclass(frozen=True)
class Document:
    """A whole read document."""

    mime_type: str
    pages: tuple[Page, ...]
    name: str | None = None
    cell_count: int | None = None  # spreadsheets only
    warnings: tuple[str, ...] = field(default=())  # what the reader could not do, in sentences for users

    @property
    def segments(self) -> Iterator[Segment]:
        """All segments, page by page."""
        for page in self.pages:
            yield from page.segments

    def page(self, number: int) -> Page:
        """The page of that number, from 1."""
        return self.pages[number - 1]
