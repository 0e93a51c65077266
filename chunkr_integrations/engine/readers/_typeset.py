"""Sets flowing text (HTML, Markdown, Word, plain text) on virtual pages, so that it has boxes.

The unit is the point. A page is 612 x 792 (US Letter) with margins of 36; a character of body text is 5 wide and its
box 10 high, lines are 14 apart, headings are larger. A page grows where a table is wider or higher than it. White space
of preformatted text is kept, so columns made with spaces stay columns.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.layout import RawBlock, RawCell, RawPage, RawWord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Flow", "Grid", "GridCell", "columns_of", "typeset", "wrapped"]

_WIDTH, _HEIGHT, _MARGIN = 612.0, 792.0, 36.0
_CHARACTER, _TALL, _LINE = 5.0, 10.0, 14.0
_SCALES = {1: 1.8, 2: 1.5, 3: 1.25}
_COLUMNS = int((_WIDTH - 2 * _MARGIN) / _CHARACTER)
_GAP = 2  # characters between columns of a table
_NARROWEST = 8  # characters of a table column; more columns than fit make the page wider
_WIDEST_PAGE = 14_400.0  # the largest page of a PDF (ISO 32000-1, annex C)
_ROWS = 300  # table rows on one page; a longer table goes on on the next


@dataclass(frozen=True, slots=True)
class Flow:
    """A block of running text."""

    text: str
    kind: Literal["heading", "paragraph", "list_item", "pre", "page_break"] = "paragraph"
    level: int = 0  # headings: 1 is the highest; list items: how deep


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a table."""

    text: str
    header: bool = False
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: rows of cells as HTML has them, spanned places left out."""

    rows: tuple[tuple[GridCell, ...], ...]


class _Setter:
    """One page after the other."""

    def __init__(self) -> None:
        self.pages: list[RawPage] = []
        self._clear()

    def _clear(self) -> None:
        self.words: list[RawWord] = []
        self.blocks: list[RawBlock] = []
        self.top = _MARGIN
        self.width = _WIDTH

    def turn(self) -> None:
        """Ends the page."""
        height = max(_HEIGHT, self.top + _MARGIN)
        number = len(self.pages) + 1
        self.pages.append(
            RawPage(number, self.width, height, tuple(self.words), tuple(self.blocks), placed=False, bands=False)
        )
        self._clear()

    def room(self, height: float) -> None:
        """Ends the page when `height` more does not fit."""
        if self.words and self.top + height > _HEIGHT - _MARGIN:
            self.turn()

    def line(self, text: str, left: float, top: float, scale: float = 1.0) -> None:
        """Words of one line; runs of white space keep their width."""
        column = 0
        for part in _parts(text):
            wide = columns_of(part)
            if not part.isspace():
                box = Box(left + column * _CHARACTER * scale, top, wide * _CHARACTER * scale, _TALL * scale)
                self.words.append(RawWord(part, box))
            column += wide

    def text(self, block: Flow) -> None:
        """A heading, paragraph, list item or preformatted text."""
        scale = _SCALES.get(block.level, 1.1) if block.kind == "heading" else 1.0
        indent = 10.0 * max(0, block.level) if block.kind == "list_item" else 0.0
        columns = int((_WIDTH - 2 * _MARGIN - indent) / (_CHARACTER * scale))
        lines = wrapped(block.text, columns, keep=block.kind == "pre")
        if not any(line.strip() for line in lines):
            return
        start = len(self.words)
        for line in lines:
            if self.words and self.top + _LINE * scale > _HEIGHT - _MARGIN:
                self._close(block, start)
                self.turn()
                start = 0
            self.line(line, _MARGIN + indent, self.top, scale)
            self.top += _LINE * scale
        self._close(block, start)
        self.top += 0.5 * _LINE

    def _close(self, block: Flow, start: int) -> None:
        words = self.words[start:]
        if not words:
            return
        box = Box.around(word.box for word in words)
        if block.kind == "heading":
            self.blocks.append(RawBlock("heading", box, max(1, block.level)))
        else:
            self.blocks.append(RawBlock("list_item" if block.kind == "list_item" else "paragraph", box))

    def grid(self, grid: Grid) -> None:
        """A table, on one page as far as it goes."""
        rows = grid.rows
        widths = _widths(rows)
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            placed = list(_placed(part))
            heights = _heights(placed, len(part), widths)
            self.room(min(sum(heights) * _LINE, _HEIGHT - 2 * _MARGIN))
            self._cells(placed, heights, widths)

    def _cells(self, placed: list[tuple[int, int, GridCell]], heights: list[int], widths: list[int]) -> None:
        lefts, tops = [_MARGIN], [self.top]
        for wide in widths:
            lefts.append(lefts[-1] + (wide + _GAP) * _CHARACTER)
        for high in heights:
            tops.append(tops[-1] + high * _LINE)
        cells = []
        for row, column, cell in placed:
            across, down = min(column + cell.column_span, len(widths)), min(row + cell.row_span, len(heights))
            columns = int((lefts[across] - lefts[column]) / _CHARACTER) - _GAP
            for number, line in enumerate(wrapped(cell.text, columns)):
                self.line(line, lefts[column], tops[row] + number * _LINE)
            box = Box(
                lefts[column],
                tops[row],
                lefts[across] - lefts[column] - _GAP * _CHARACTER,
                tops[down] - tops[row] - (_LINE - _TALL),
            )
            cells.append(
                RawCell(row, column, " ".join(cell.text.split()), box, cell.row_span, cell.column_span, cell.header)
            )
        self.width = min(max(self.width, lefts[-1] + _MARGIN), _WIDEST_PAGE)
        box = Box(_MARGIN, self.top, lefts[-1] - _MARGIN, tops[-1] - self.top)
        self.blocks.append(RawBlock("table", box, cells=tuple(cells)))
        self.top = tops[-1] + 0.5 * _LINE


def typeset(blocks: Iterable[Flow | Grid]) -> Iterator[RawPage]:
    """The pages of `blocks`; at least one."""
    setter = _Setter()
    done = 0
    for block in blocks:
        if isinstance(block, Grid):
            if any(cell.text.strip() for row in block.rows for cell in row):
                setter.grid(block)
        elif block.kind == "page_break":
            if setter.words:
                setter.turn()
        else:
            setter.text(block)
        yield from setter.pages[done:]
        done = len(setter.pages)
    if setter.words or not setter.pages:
        setter.turn()
    yield from setter.pages[done:]


def _parts(text: str) -> Iterator[str]:
    """Words and the white space between them; characters of scripts without spaces one by one."""
    current = ""
    for character in text:
        wide = unicodedata.east_asian_width(character) in ("W", "F")
        if current and (wide or current[-1].isspace() != character.isspace() or _is_wide(current[-1])):
            yield current
            current = ""
        current += character
    if current:
        yield current


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")


def columns_of(text: str) -> int:
    """How many characters wide it is; those of Chinese and Japanese are two."""
    return len(text) if text.isascii() else sum(2 if _is_wide(character) else 1 for character in text)


def wrapped(text: str, columns: int, *, keep: bool = False) -> list[str]:
    """Lines of at most `columns`; a word longer than that has a line of its own, which is longer."""
    lines: list[str] = []
    for line in text.expandtabs(8).splitlines() if keep else text.splitlines():
        source = line.rstrip() if keep else " ".join(line.split())
        if columns_of(source) <= columns:
            lines.append(source)
            continue
        current = ""
        used = 0
        for part in _parts(source):
            wide = columns_of(part)
            if current.strip() and used + wide > columns:
                lines.append(current.rstrip())
                current, used = "", 0
                if part.isspace():
                    continue
            current += part
            used += wide
        if current.strip():
            lines.append(current.rstrip())
    return lines


def _placed(rows: Sequence[Sequence[GridCell]]) -> Iterator[tuple[int, int, GridCell]]:
    """Each cell with its row and column, after spans of earlier cells have taken their places."""
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while (number, column) in taken:
                column += 1
            for down in range(cell.row_span if cell.row_span > 1 or cell.column_span > 1 else 0):
                taken.update((number + down, column + across) for across in range(cell.column_span))
            yield number, column, cell
            column += cell.column_span


def _widths(rows: Sequence[Sequence[GridCell]]) -> list[int]:
    """Characters of each column: as its text wants, made smaller in proportion where the page is too narrow."""
    placed = list(_placed(rows))
    count = max((column + cell.column_span for _, column, cell in placed), default=1)
    wanted, least = [1] * count, [1] * count
    for _, column, cell in placed:
        if cell.column_span == 1:
            for line in cell.text.splitlines():
                wanted[column] = max(wanted[column], len(" ".join(line.split())))
                least[column] = max(least[column], *(len(word) for word in line.split()), 1)
    room = _COLUMNS - _GAP * (count - 1)
    if sum(wanted) <= room:
        return wanted
    floor = [min(wide, max(_NARROWEST, word)) for wide, word in zip(wanted, least, strict=True)]
    spare, more = max(0, room - sum(floor)), sum(wanted) - sum(floor)
    return [low + spare * (wide - low) // max(more, 1) for low, wide in zip(floor, wanted, strict=True)]


def _heights(placed: list[tuple[int, int, GridCell]], rows: int, widths: list[int]) -> list[int]:
    """Lines of each row."""
    heights = [1] * rows
    for row, column, cell in placed:
        columns = sum(widths[column : column + cell.column_span]) + _GAP * (cell.column_span - 1)
        lines = len(wrapped(cell.text, columns))
        last = min(row + cell.row_span, rows) - 1
        heights[last] = max(heights[last], lines - sum(heights[row:last]))
    return heights
