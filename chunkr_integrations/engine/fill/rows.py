"""The rows under a header: columns from where the data stand, and lines put together to rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.values import norm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chunkr_integrations.engine.fill.headers import Band
    from chunkr_integrations.engine.fill.reading import Reading, Run

__all__ = ["Grid", "GridRow", "grid_under", "named_by_place"]

_END_GAP = 3.2  # in usual distances of lines: a wider gap ends a table
_AHEAD = 6  # lines that are looked at after the sum of a group
_BESIDE = 45.0  # points: a head without data may stand so far from a column of data without a head
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
    columns = _columns(reading, lines, band)
    lines, columns = _without_prose(lines, columns, band)
    fields = _in_order(columns, band, count, positional=positional) or _assigned(
        columns, band, count, positional=positional
    )
    rows = [_row(reading, line, columns) for line in lines]
    return Grid(columns, fields, [row for row in rows if row.cells], band)


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
    """Whether a line is too far below the last one, or below the header when there is no `pitch`, to be of the table."""
    height = line[0].height
    if pitch is None:
        return gap > 6 * max(height, 8.0)
    wide = bool(pitch) and gap > _END_GAP * pitch and gap > 2.0 * height
    return wide and (gap > 3 * _END_GAP * pitch or not _fits(line, band))


def _fits(line: Sequence[Run], band: Band) -> bool:
    """Whether a line after a wide gap still fills most of the columns, with numbers among it."""
    heads = band.heads.values()
    filled = sum(any(r.left < h.right + 4 and r.right > h.left - 4 for r in line) for h in heads)
    return len(heads) > 2 and filled * 2 > len(heads) and sum(kinds.has_digit(r.text) for r in line) > 1  # noqa: PLR2004


def _worded(line: Sequence[Run]) -> bool:
    """Whether a line says what it is about."""
    return any(sum(c.isalpha() for c in r.text) > 3 and len(r.words) > 1 for r in line)  # noqa: PLR2004 - no unit


def _is_prose(line: Sequence[Run], left: float, right: float) -> bool:
    if len(line) != 1:
        return False
    run = line[0]
    wide = run.right - run.left > 0.55 * max(right - left, 1.0)
    return len(run.words) >= _PROSE and wide and sum(t[:1].islower() for t in run.texts) >= len(run.texts) // 2


def _columns(reading: Reading, lines: Sequence[Sequence[Run]], band: Band) -> list[tuple[float, float]]:
    """Where data stand, from the lines with the most runs; heads keep columns apart and stand in for empty ones."""
    most = max(len(line) for line in lines)
    full = [line for line in lines if len(line) >= max(2, 0.6 * most)] or list(lines)
    spans = sorted(span for line in full for run in line for span in _spans(reading, run))
    heads = sorted((h.left, h.right) for h in band.heads.values())
    merged: list[list[float]] = []
    for left, right in spans:
        if sum(h[0] < right - 1 and h[1] > left + 1 for h in heads) > 1 and right - left > 0.5 * (
            heads[-1][1] - heads[0][0]
        ):
            continue  # a line across the table
        if merged and left < merged[-1][1] - 0.5:
            merged[-1][1] = max(merged[-1][1], right)
        else:
            merged.append([left, right])
    columns = _parted(merged, full, heads)
    others = _other_heads(reading, band)
    for left, right in heads:
        if not any(c[0] < right + 2 and c[1] > left - 2 for c in columns):
            bare = [c for c in columns if not any(h[0] < c[1] + 2 and h[1] > c[0] - 2 for h in [*heads, *others])]
            near = min(bare, key=lambda c: _distance(c, (left, right)), default=None)
            under = _alone(lines, columns, left, right)
            if under is not None:
                columns.append(under)
            elif near is not None and _distance(near, (left, right)) < _BESIDE:
                columns[columns.index(near)] = (min(near[0], left), max(near[1], right))
            else:
                columns.append((left, right))
    return sorted(columns)


def _alone(
    lines: Sequence[Sequence[Run]], columns: Sequence[tuple[float, float]], left: float, right: float
) -> tuple[float, float] | None:
    """Where the data of a head stand that is on other lines than the rest of its row; None where there are none."""
    runs = [
        run
        for line in lines
        for run in line
        if run.left < right and run.right > left and not any(run.left < b and run.right > a for a, b in columns)
    ]
    return (min(r.left for r in runs), max(r.right for r in runs)) if runs else None


def _other_heads(reading: Reading, band: Band) -> list[tuple[float, float]]:
    """Where words stand at the header's height that are heads of columns nobody asked for."""
    taken = {w for h in band.heads.values() for w in h.words}
    words = reading.document.page(band.page).words
    known = [(words[w].line, words[w].box) for w in taken]
    found = []
    for index, word in enumerate(words):
        box = word.box
        if index in taken or box.top < band.top - 1 or box.bottom > band.bottom + 1:
            continue
        beside = any(
            line == word.line and max(other.left - box.right, box.left - other.right) < 0.62 * box.height
            for line, other in known
        )
        if beside:  # "per" of "price per unit" is the same head
            known.append((word.line, box))
        else:
            found.append((box.left, box.right))
    return found


def _spans(reading: Reading, run: Run) -> list[tuple[float, float]]:
    """Where a run stands; several numbers in it stand in columns of their own."""
    if len(run.words) < 2 or not all(kinds.has_digit(t) for t in run.texts) or kinds.one_number(run.texts):  # noqa: PLR2004
        return [(run.left, run.right)]
    boxes = [reading.document.page(run.page).words[w].box for w in run.words]
    return [(b.left, b.right) for b in boxes]


def _parted(
    merged: list[list[float]], lines: Sequence[Sequence[Run]], heads: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Columns that one wide run joined are parted again between two heads, where most lines have their gap."""
    columns: list[tuple[float, float]] = []
    for left, right in merged:
        inside = [h for h in heads if min(right, h[1]) - max(left, h[0]) > 0.5 * (h[1] - h[0])]
        cuts = []
        for a, b in pairwise(inside):
            cut = _cut(a, b, lines)
            if cut is not None:
                cuts.append(cut)
        edges = [left, *cuts, right]
        columns += [(x, y) for x, y in pairwise(edges) if y - x > 1]
    return columns


def _cut(a: tuple[float, float], b: tuple[float, float], lines: Sequence[Sequence[Run]]) -> float | None:
    """The x between two heads that the fewest runs cross."""
    low, high = (a[0] + a[1]) / 2, (b[0] + b[1]) / 2
    if high - low < 4:  # noqa: PLR2004 - points; no room for two columns
        return None
    steps = [low + (high - low) * k / 24 for k in range(1, 24)]
    middle = (a[1] + b[0]) / 2
    crossing = {x: sum(r.left < x < r.right for line in lines for r in line) for x in steps}
    least = min(crossing.values())
    if least > 0.34 * len(lines):
        return None
    return min((x for x in steps if crossing[x] == least), key=lambda x: abs(x - middle))


def _without_prose(
    lines: list[list[Run]], columns: list[tuple[float, float]], band: Band
) -> tuple[list[list[Run]], list[tuple[float, float]]]:
    """The table without a column of text that only stands beside it on the page."""
    left, right = min(h.left for h in band.heads.values()), max(h.right for h in band.heads.values())
    kept = []
    for a, b in columns:
        outside = a > right + 2 or b < left - 2
        runs = [r for line in lines for r in line if r.left >= a - 1 and r.right <= b + 1]
        wordy = sum(len(r.words) for r in runs) >= 6 * len(runs)
        if not (outside and runs and wordy and len(runs) > 2):  # noqa: PLR2004
            kept.append((a, b))
    if len(kept) == len(columns) or not kept:
        return lines, columns
    inside = [[r for r in line if any(r.left < b + 1 and r.right > a - 1 for a, b in kept)] for line in lines]
    return [line for line in inside if line], kept


def _in_order(columns: Sequence[tuple[float, float]], band: Band, count: int, *, positional: bool) -> dict[int, int]:
    """The best assignment that keeps the columns in the order asked for; empty when another order fits clearly better."""
    fits = [[0.0] * count for _ in columns]
    for place, span in enumerate(columns):
        for head in band.near:
            overlap = min(span[1], head.right) - max(span[0], head.left)
            if overlap > 0:
                share = overlap / max(min(span[1] - span[0], head.right - head.left), 1.0)
                centre = 0.02 * min(abs(span[0] + span[1] - head.left - head.right) / 2, 40.0) / 40.0
                fits[place][head.column] = max(fits[place][head.column], head.score * min(1.0, 0.4 + share) - centre)
    best, chosen = _monotone(fits)
    if not positional and len(columns) != count:
        chosen = {place: column for place, column in chosen.items() if fits[place][column] > 0}
    free = sum(head.score for head in band.heads.values())
    return chosen if best >= 0.93 * free else {}


_UNNAMED = 0.04  # worth of giving a column without a matching head to the next field


def _monotone(fits: Sequence[Sequence[float]]) -> tuple[float, dict[int, int]]:
    """The assignment of columns to fields with the highest sum in which both keep their order."""
    places, count = len(fits), len(fits[0]) if fits else 0
    best = [[0.0] * (count + 1) for _ in range(places + 1)]
    for p in range(places - 1, -1, -1):
        for c in range(count - 1, -1, -1):
            taken = best[p + 1][c + 1] + max(fits[p][c], _UNNAMED)
            best[p][c] = max(best[p + 1][c], best[p][c + 1], taken)
    chosen: dict[int, int] = {}
    p = c = 0
    while p < places and c < count:
        if best[p][c] == best[p + 1][c + 1] + max(fits[p][c], _UNNAMED):
            chosen[p] = c
            p, c = p + 1, c + 1
        elif best[p][c] == best[p + 1][c]:
            p += 1
        else:
            c += 1
    return best[0][0] if best else 0.0, chosen


def _assigned(columns: Sequence[tuple[float, float]], band: Band, count: int, *, positional: bool) -> dict[int, int]:
    """Which physical column holds which column asked for."""
    fields: dict[int, int] = {}
    taken: set[int] = set()
    pairs = sorted(
        (
            (_distance(span, (h.left, h.right)), place, column)
            for column, h in band.heads.items()
            for place, span in enumerate(columns)
        )
    )
    for distance, place, column in pairs:
        if place in fields or column in taken or distance > 30:  # noqa: PLR2004 - points
            continue
        fields[place] = column
        taken.add(column)
    missing = [column for column in range(count) if column not in taken and (positional or len(columns) == count)]
    free = [place for place in range(len(columns)) if place not in fields]
    for column in missing:  # heads that were not found: by the order of the columns asked for
        before = [p for p, c in fields.items() if c < column]
        after = [p for p, c in fields.items() if c > column]
        low, high = max(before, default=-1), min(after, default=len(columns))
        fitting = [p for p in free if low < p < high]
        wanted = [
            c
            for c in missing
            if low < high and all((c < fields[p]) for p in after) and all((c > fields[p]) for p in before)
        ]
        if len(fitting) == len(wanted) and fitting:
            place = fitting[wanted.index(column)] if column in wanted else fitting[0]
            fields[place] = column
            free.remove(place)
    return fields


def named_by_place(grid: Grid, column: int) -> None:
    """Gives the leftmost column without a head to a text that is asked for: what rows are about stands first."""
    if column in grid.fields.values() or not grid.fields:
        return
    before = [place for place in range(min(grid.fields)) if any(place in row.cells for row in grid.rows)]
    if before:
        runs = [run for row in grid.rows for run in row.cells.get(before[0], ())]
        if sum(not is_number(run) for run in runs) * 2 > len(runs) and len(runs) * 2 > len(grid.rows):
            grid.fields[before[0]] = column


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    overlap = min(a[1], b[1]) - max(a[0], b[0])
    middle = abs((a[0] + a[1]) / 2 - (b[0] + b[1]) / 2)
    if overlap > 0:
        return -overlap / max(min(a[1] - a[0], b[1] - b[0]), 1.0) + middle / 1000
    return -overlap


def _row(reading: Reading, line: Sequence[Run], columns: Sequence[tuple[float, float]]) -> GridRow:
    row = GridRow(line[0].page, min(r.top for r in line), max(r.bottom for r in line))
    for run in line:
        for piece in _pieces(reading, run, columns):
            place = min(range(len(columns)), key=lambda p: (_distance((piece.left, piece.right), columns[p]), p))
            row.cells.setdefault(place, []).append(piece)
    return row


def _pieces(reading: Reading, run: Run, columns: Sequence[tuple[float, float]]) -> list[Run]:
    """A run that covers several columns, parted between them where there is some space between its words."""
    covered = [
        p
        for p, (a, b) in enumerate(columns)
        if min(b, run.right) - max(a, run.left) > 0.3 * min(b - a, run.right - run.left)
    ]
    if len(covered) < 2 or len(run.words) < 2:  # noqa: PLR2004
        return [run]
    words = reading.document.page(run.page).words
    boxes = [words[w].box for w in run.words]
    homes = [min(covered, key=lambda p: _distance((b.left, b.right), columns[p])) for b in boxes]
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
