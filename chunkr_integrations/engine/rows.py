"""Which line of the document each item of a list stands on.

The fields of an item stand near each other, and items follow each other in the document as in the list. Each item's
lines are weighed by how many of its values they (or the lines beside) hold; the best sequence of lines that goes
forward is chosen (Viterbi).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.document import Page
    from chunkr_integrations.engine.find import Hit

__all__ = ["Line", "line_of", "nearness", "row_lines"]

_STATES = 24  # lines looked at for each item
_COMMON = 80  # a value printed more often says nothing about where its item is
_FAR = 2.6  # in lines: values further from their row are not of it
_BACK = 1.6  # cost of a step back, in values that are off their row
_SAME = 0.35  # cost of staying on the line
_GAP = 0.12  # cost of a gap, times the logarithm of the lines skipped
_TURN = 0.2  # cost of going on on another page


@dataclass(frozen=True, slots=True)
class Line:
    """A height on a page; `unit` is how high a line is there."""

    page: int
    y: float
    unit: float


def line_of(pages: Sequence[Page], hit: Hit) -> Line:
    """The line of a hit's first word."""
    box = pages[hit.page - 1].words[hit.words[0]].box
    return Line(hit.page, box.top + box.height / 2, max(box.height * 1.25, 1.0))


def nearness(row: Line, line: Line) -> float:
    """1 on the row, less on the lines beside it, 0 further away."""
    if row.page != line.page:
        return 0.0
    off = abs(row.y - line.y) / max(row.unit, line.unit)
    return 1.0 if off < 0.45 else max(0.0, 1.0 - 0.25 * off - 0.1) if off < _FAR else 0.0  # noqa: PLR2004 - half a line


def row_lines(pages: Sequence[Page], items: Sequence[Sequence[Sequence[Hit]]]) -> list[Line | None]:
    """The line of each item.

    Args:
        pages: Of the document.
        items: For each item the hits of each of its values.
    """
    states = [_states(pages, hits) for hits in items]
    chosen: list[Line | None] = [None] * len(items)
    filled = [i for i, found in enumerate(states) if found]
    if not filled:
        return chosen
    scores = [weight for _, weight in states[filled[0]]]
    back: list[list[int]] = []
    for last, here in pairwise(filled):
        step = [_best_step(states[last], scores, line) for line, _ in states[here]]
        scores = [score + weight for (score, _), (_, weight) in zip(step, states[here], strict=True)]
        back.append([index for _, index in step])
    at = max(range(len(scores)), key=scores.__getitem__)
    for number in range(len(filled) - 1, -1, -1):
        chosen[filled[number]] = states[filled[number]][at][0]
        if number:
            at = back[number - 1][at]
    return chosen


def _best_step(before: list[tuple[Line, float]], scores: list[float], line: Line) -> tuple[float, int]:
    best, index = -math.inf, 0
    for number, (last, _) in enumerate(before):
        score = scores[number] - _cost(last, line)
        if score > best:
            best, index = score, number
    return best, index


def _cost(last: Line, line: Line) -> float:
    if line.page < last.page:
        return _BACK + 0.5
    if line.page > last.page:
        return _TURN * (line.page - last.page)
    lines = (line.y - last.y) / line.unit
    if abs(lines) < 0.45:  # noqa: PLR2004 - the same line
        return _SAME
    return _BACK if lines < 0 else _GAP * math.log1p(lines)


def _states(pages: Sequence[Page], values: Sequence[Sequence[Hit]]) -> list[tuple[Line, float]]:
    """Lines that may be the item's, with how much of the item they hold; the best first."""
    known = [(hits, _tell(hits)) for hits in values if hits]
    known.sort(key=lambda pair: len(pair[0]))
    found: dict[tuple[int, int], Line] = {}
    for hits, _ in known[:4]:
        for hit in hits[:_COMMON]:
            line = line_of(pages, hit)
            found.setdefault((line.page, round(2 * line.y / line.unit)), line)
    by_page: list[dict[int, list[Line]]] = []
    for hits, _ in known:
        lines: dict[int, list[Line]] = {}
        for hit in hits:
            lines.setdefault(hit.page, []).append(line_of(pages, hit))
        by_page.append(lines)
    weighed = []
    for line in found.values():
        weight = sum(
            tell * max((nearness(line, other) for other in lines.get(line.page, ())), default=0.0)
            for (_, tell), lines in zip(known, by_page, strict=True)
        )
        weighed.append((line, weight))
    weighed.sort(key=lambda pair: -pair[1])
    return weighed[:_STATES]


def _tell(hits: Sequence[Hit]) -> float:
    """How much a value says about where its item is: the rarer, the more."""
    return max(hit.quality for hit in hits) * (0.5 + 0.8 / len(hits))
