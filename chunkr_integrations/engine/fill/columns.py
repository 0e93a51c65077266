"""The columns of a table: where its data stand, and which of them holds which column asked for."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill import kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.fill.headers import Band
    from chunkr_integrations.engine.fill.reading import Reading, Run

__all__ = ["assigned", "columns_under", "distance", "in_order", "without_prose"]

_BESIDE = 45.0  # points: a head without data may stand so far from a column of data without a head


def columns_under(reading: Reading, lines: Sequence[Sequence[Run]], band: Band) -> list[tuple[float, float]]:
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
            near = min(bare, key=lambda c: distance(c, (left, right)), default=None)
            under = _alone(lines, columns, left, right)
            if under is not None:
                columns.append(under)
            elif near is not None and distance(near, (left, right)) < _BESIDE:
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
    if len(run.words) == 1 or not all(kinds.has_digit(t) for t in run.texts) or kinds.one_number(run.texts):
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


def without_prose(
    lines: list[list[Run]], columns: list[tuple[float, float]], band: Band
) -> tuple[list[list[Run]], list[tuple[float, float]]]:
    """The table without a column of text that only stands beside it on the page."""
    left, right = min(h.left for h in band.heads.values()), max(h.right for h in band.heads.values())
    kept = []
    for a, b in columns:
        outside = a > right + 2 or b < left - 2
        runs = [r for line in lines for r in line if r.left >= a - 1 and r.right <= b + 1]
        wordy = sum(len(r.words) for r in runs) >= 6 * len(runs)
        if not (outside and runs and wordy and len(runs) > 2):  # noqa: PLR2004 - a stray line
            kept.append((a, b))
    if len(kept) == len(columns) or not kept:
        return lines, columns
    inside = [[r for r in line if any(r.left < b + 1 and r.right > a - 1 for a, b in kept)] for line in lines]
    return [line for line in inside if line], kept


def in_order(columns: Sequence[tuple[float, float]], band: Band, count: int, *, positional: bool) -> dict[int, int]:
    """The best assignment in the order asked for; empty when another order fits clearly better."""
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


def assigned(columns: Sequence[tuple[float, float]], band: Band, count: int, *, positional: bool) -> dict[int, int]:
    """Which physical column holds which column asked for."""
    fields: dict[int, int] = {}
    taken: set[int] = set()
    pairs = sorted(
        (
            (distance(span, (h.left, h.right)), place, column)
            for column, h in band.heads.items()
            for place, span in enumerate(columns)
        )
    )
    for far, place, column in pairs:
        if place in fields or column in taken or far > 30:  # noqa: PLR2004 - points
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


def distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """How far two spans are apart; negative when they overlap, the less the more of the smaller one is covered."""
    overlap = min(a[1], b[1]) - max(a[0], b[0])
    middle = abs((a[0] + a[1]) / 2 - (b[0] + b[1]) / 2)
    if overlap > 0:
        return -overlap / max(min(a[1] - a[0], b[1] - b[0]), 1.0) + middle / 1000
    return -overlap
