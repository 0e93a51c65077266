"""The rows under a header: columns from where the data stand, and lines put together to rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.columns import assigned, columns_under, distance, in_order, without_prose
from chunkr_integrations.engine.values import norm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chunkr_integrations.engine.fill.headers import Band
    from chunkr_integrations.engine.fill.reading import Reading, Run

__all__ = ["Grid", "GridRow", "ends_table", "grid_under", "named_by_place", "row_of"]

_END_GAP = 3.2  # in usual distances of lines: a wider gap ends a table
_AHEAD = 6  # lines that are looked at after the sum of a group
_PROSE = 9  # words in one run across the table: no row
_NOTE = re.compile(
    r"^(?:source|sources|note|notes|quelle|quellen|anmerkung|hinweis|fuente|nota|bron|\*{1,3}\s?\w|[¹²³]|\(\d\)\s\w|[a-z]\)?\s[A-Z].{20})[:\s.]",
    re.IGNORECASE,
)


@dataclass
class GridRow:
    """One row: the runs of each column, top to bottom."""

    page: int
    top: float
    bottom: float
    cells: dict[int, list[Run]] = field(default_factory=dict)


@dataclass
class Grid:
    """Columns and rows of a table."""

    columns: list[tuple[float, float]]  # left and right of the data of each column
    fields: dict[int, int]  # physical column -> column asked for
    rows: list[GridRow]
    band: Band
    ordered: bool = False  # whether the columns asked for stand in that order


def grid_under(
    reading: Reading,
    band: Band,
    count: int,
    *,
    stops: Callable[[list[Run]], bool],
    floor: float | None = None,
    positional: bool = False,
) -> Grid | None:
    """The table under `band`.

    Args:
        reading: The document.
        band: Heads of some of the columns.
        count: How many columns are asked for.
        stops: Says of a line whether the table has ended before it.
        floor: The y of the next table's header on the page, None for none.
        positional: Whether every column of the table is asked for, so that one without a head is known by its place.
    """
    lines = _data_lines(reading, band, stops, floor)
    if not lines:
        return None
    columns = columns_under(reading, lines, band)
    lines, columns = without_prose(lines, columns, band)
    ordered = in_order(columns, band, count, positional=positional)
    fields = ordered or assigned(columns, band, count, positional=positional)
    rows = [row_of(reading, line, columns) for line in lines]
    return Grid(columns, fields, [row for row in rows if row.cells], band, ordered=bool(ordered))


def _data_lines(
    reading: Reading, band: Band, stops: Callable[[list[Run]], bool], floor: float | None
) -> list[list[Run]]:
    heads = {w for h in band.heads.values() for w in h.words}
    found: list[list[Run]] = []
    left, right = min(h.left for h in band.heads.values()), max(h.right for h in band.heads.values())
    pitch = 0.0
    previous = band.bottom
    last = reading.page_lines[band.page].stop
    for index in reading.page_lines[band.page]:
        line = [run for run in reading.lines[index] if norm(run.text) or run.text.strip("-\u2013\u2014 ") == ""]
        if not line or line[0].bottom <= band.bottom + 0.5 or all(heads & set(r.words) for r in line):
            continue
        top = min(r.top for r in line)
        if top < band.bottom - 0.6 * line[0].height or any(heads & set(r.words) for r in line):
            continue
        if floor is not None and top >= floor - 1:
            break
        if _apart(line, top - previous, pitch if found else None, band):
            break
        if _is_prose(line, left, right) or _NOTE.match(line[0].text) or stops(line):
            ahead = reading.lines[index + 1 : min(index + _AHEAD, last)]
            if stops(line) and any(_fits(o, band) and _worded(o) and not stops(o) for o in ahead):
                continue  # the sum of a group
            if found or stops(line):
                break
            continue
        found.append(line)
        if len(found) > 1:
            pitches = [b[0].top - a[0].top for a, b in pairwise(found)]
            pitch = median(pitches) or pitch
        previous = max(r.bottom for r in line)
    return found


def _apart(line: Sequence[Run], gap: float, pitch: float | None, band: Band) -> bool:
    """Whether a line is too far below the last one (the header, when there is no `pitch`) to be of the table."""
    height = line[0].height
    if pitch is None:
        return gap > 6 * max(height, 8.0)
    wide = bool(pitch) and gap > _END_GAP * pitch and gap > 2.0 * height
    return wide and (gap > 3 * _END_GAP * pitch or not _fits(line, band))


def _fits(line: Sequence[Run], band: Band) -> bool:
    """Whether a line after a wide gap still fills most of the columns, with numbers among it."""
    heads = band.heads.values()
    filled = sum(any(r.left < h.right + 4 and r.right > h.left - 4 for r in line) for h in heads)
    return len(heads) > 2 and filled * 2 > len(heads) and sum(kinds.has_digit(r.text) for r in line) > 1  # noqa: PLR2004 - a line with words only


def _worded(line: Sequence[Run]) -> bool:
    """Whether a line says what it is about."""
    return any(sum(c.isalpha() for c in r.text) > 3 and len(r.words) > 1 for r in line)  # noqa: PLR2004 - no unit


def _is_prose(line: Sequence[Run], left: float, right: float) -> bool:
    if len(line) != 1:
        return False
    run = line[0]
    wide = run.right - run.left > 0.55 * max(right - left, 1.0)
    return len(run.words) >= _PROSE and wide and sum(t[:1].islower() for t in run.texts) >= len(run.texts) // 2


def ends_table(line: Sequence[Run], band: Band) -> bool:
    """Whether a line is prose or a note across the table, and no row."""
    left, right = min(h.left for h in band.heads.values()), max(h.right for h in band.heads.values())
    return _is_prose(line, left, right) or _NOTE.match(line[0].text) is not None


def named_by_place(grid: Grid, column: int) -> None:
    """Gives the leftmost column without a head to a text that is asked for: what rows are about stands first."""
    if column in grid.fields.values() or not grid.fields:
        return
    before = [place for place in range(min(grid.fields)) if any(place in row.cells for row in grid.rows)]
    if before:
        runs = [run for row in grid.rows for run in row.cells.get(before[0], ())]
        if sum(not is_number(run) for run in runs) * 2 > len(runs) and len(runs) * 2 > len(grid.rows):
            grid.fields[before[0]] = column


def row_of(reading: Reading, line: Sequence[Run], columns: Sequence[tuple[float, float]]) -> GridRow:
    """The runs of a line by the columns they stand in."""
    row = GridRow(line[0].page, min(r.top for r in line), max(r.bottom for r in line))
    for run in line:
        for piece in _pieces(reading, run, columns):
            place = min(range(len(columns)), key=lambda p: (distance((piece.left, piece.right), columns[p]), p))
            row.cells.setdefault(place, []).append(piece)
    return row


def _pieces(reading: Reading, run: Run, columns: Sequence[tuple[float, float]]) -> list[Run]:
    """A run that covers several columns, parted between them where there is some space between its words."""
    covered = [
        p
        for p, (a, b) in enumerate(columns)
        if min(b, run.right) - max(a, run.left) > 0.3 * min(b - a, run.right - run.left)
    ]
    if len(covered) < 2 or len(run.words) < 2:  # noqa: PLR2004 - nothing to part
        return [run]
    words = reading.document.page(run.page).words
    boxes = [words[w].box for w in run.words]
    homes = [min(covered, key=lambda p: distance((b.left, b.right), columns[p])) for b in boxes]
    cuts = [i for i in range(1, len(homes)) if homes[i] != homes[i - 1]]
    space = 0.1 if all(kinds.has_digit(t) for t in run.texts) else 0.32
    if any(boxes[i].left - boxes[i - 1].right < space * run.height for i in cuts):
        return [run]
    edges = [0, *cuts, len(homes)]
    return [
        replace(run, words=run.words[a:b], texts=run.texts[a:b], left=boxes[a].left, right=boxes[b - 1].right)
        for a, b in pairwise(edges)
    ]


def text_of(runs: Sequence[Run]) -> str:
    """The words of a cell."""
    return " ".join(run.text for run in runs)


def is_number(run: Run) -> bool:
    """Whether a run prints a number and little else."""
    return kinds.has_digit(run.text) and len(run.texts) <= 3  # noqa: PLR2004 - number, sign, unit
