"""Tables: which words are in which cell, and a table as text."""

from __future__ import annotations

from math import floor, isfinite
from statistics import median
from typing import TYPE_CHECKING

from chunkr_integrations.engine.document import Box, Cell, Table, indexes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chunkr_integrations.engine.layout import RawBlock, RawWord

__all__ = ["cells_of", "holds", "lies_in", "table_of", "table_text"]


def cells_of(
    block: RawBlock, words: Sequence[RawWord], inside: Sequence[int], text_of: Callable[[Sequence[int]], str]
) -> tuple[Cell, ...]:
    """The cells of a table's block.

    Args:
        block: As the reader found it.
        words: All of the page.
        inside: Which of them are in the block, in line order.
        text_of: Joins words.
    """
    by_ref: dict[str | None, list[int]] = {}
    for index in inside:
        by_ref.setdefault(words[index].ref, []).append(index)
    by_place = _by_cell(block, words, inside) if any(cell.ref is None for cell in block.cells) else []
    found = []
    for number, cell in enumerate(block.cells):
        own = by_ref.get(cell.ref, []) if cell.ref is not None else by_place[number]
        text = words[own[0]].text if len(own) == 1 else text_of(own) if own else cell.text
        place = (cell.row_span, cell.column_span, cell.header, cell.ref)
        found.append(Cell(cell.row, cell.column, text, indexes(own), cell.box, *place))
    return tuple(found)


def _by_cell(block: RawBlock, words: Sequence[RawWord], inside: Sequence[int]) -> list[list[int]]:
    """The words of each cell: those inside its box; those between the boxes go to the cell that they stand next to."""
    bands = _Bands((number, cell.box) for number, cell in enumerate(block.cells) if cell.box is not None)
    found: list[list[int]] = [[] for _ in block.cells]
    for index in inside:
        word = words[index].box
        boxes = bands.at(word.top + word.height / 2)
        number = next((number for number, box in boxes if holds(box, word)), None)
        if number is None:
            number = _beside(boxes, word)
        if number is not None:
            found[number].append(index)
    return found


class _Bands:
    """Boxes by where they are on a page, top to bottom: a word is compared with those beside it, not with all."""

    def __init__(self, boxes: Iterable[tuple[int, Box]]) -> None:
        numbered = [(number, box) for number, box in boxes if isfinite(box.top) and isfinite(box.bottom)]
        self._step = max(1.0, median(box.height for _, box in numbered)) if numbered else 1.0
        self._bands: dict[int, list[tuple[int, Box]]] = {}
        for number, box in numbered:
            for band in range(self._band(box.top - 1), self._band(box.bottom + 1) + 1):
                self._bands.setdefault(band, []).append((number, box))

    def at(self, y: float) -> list[tuple[int, Box]]:
        """The boxes that may reach to `y`, in the order that they were given in."""
        return self._bands.get(self._band(y), []) if isfinite(y) else []

    def _band(self, y: float) -> int:
        return floor(y / self._step)


def _beside(boxes: list[tuple[int, Box]], word: Box) -> int | None:
    """The cell in whose line the word stands, not further from it than the word is high; None: there is none."""
    middle = word.top + word.height / 2
    near = [
        (max(box.left - word.right, word.left - box.right), number)
        for number, box in boxes
        if box.top <= middle <= box.bottom
    ]
    gap, number = min(near, default=(word.height, -1))
    return number if gap < word.height else None


def holds(box: Box, word: Box) -> bool:
    """Whether the middle of a word is inside the box."""
    x, y = word.left + word.width / 2, word.top + word.height / 2
    return box.left - 1 <= x <= box.right + 1 and box.top - 1 <= y <= box.bottom + 1


def lies_in(box: Box, around: Box) -> bool:
    """Whether all of the box is inside the other, which is larger."""
    inside = box.left >= around.left - 1 and box.right <= around.right + 1
    return inside and box.top >= around.top - 1 and box.bottom <= around.bottom + 1


def table_of(cells: tuple[Cell, ...]) -> Table:
    """The grid that these cells are."""
    rows = max(cell.row + cell.row_span for cell in cells)
    return Table(rows, max(cell.column + cell.column_span for cell in cells), cells)


def table_text(table: Table) -> str:
    """Rows as lines, columns parted by bars, so that a value stays under its header; spanned places are empty."""
    rows: dict[int, dict[int, str]] = {}
    for cell in table.cells:
        rows.setdefault(cell.row, {})[cell.column] = " ".join(cell.text.split())
    return "\n".join(
        " | ".join(row.get(column, "") for column in range(max(row) + 1)) for _, row in sorted(rows.items())
    )
