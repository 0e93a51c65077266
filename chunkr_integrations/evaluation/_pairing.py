"""Which item of one list belongs to which of another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["best_pairs"]


def best_pairs(gains: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The pairs (row, column) of the greatest total gain; each row and each column in one pair at most.

    Hungarian method with potentials, O(rows² · columns) for fewer rows than columns: each row in turn finds the
    cheapest way to a free column, moving the rows that stand in it.
    """
    if not gains or not gains[0]:
        return []
    if len(gains) > len(gains[0]):
        return [(row, column) for column, row in best_pairs(list(zip(*gains, strict=True)))]
    width = len(gains[0])
    owner: list[int | None] = [None] * width  # of each column
    of_rows, of_columns = [0.0] * len(gains), [0.0] * width  # potentials
    for row in range(len(gains)):
        _place(row, gains, owner=owner, of_rows=of_rows, of_columns=of_columns)
    return [(row, column) for column, row in enumerate(owner) if row is not None]


def _place(
    row: int,
    gains: Sequence[Sequence[float]],
    *,
    owner: list[int | None],
    of_rows: list[float],
    of_columns: list[float],
) -> None:
    cheapest = [math.inf] * len(owner)
    came_from: list[int | None] = [None] * len(owner)  # the column before on the way; None: the new row itself
    reached: list[int] = []
    unreached = list(range(len(owner)))
    standing, at = row, None
    while True:
        for column in unreached:
            cost = -gains[standing][column] - of_rows[standing] - of_columns[column]
            if cost < cheapest[column]:
                cheapest[column], came_from[column] = cost, at
        nearest = min(unreached, key=cheapest.__getitem__)  # of equals the first
        step = cheapest[nearest]
        of_rows[row] += step
        for column in reached:
            of_rows[_owner(owner, column)] += step
            of_columns[column] -= step
        unreached.remove(nearest)
        for column in unreached:
            cheapest[column] -= step
        reached.append(nearest)
        at = nearest
        if owner[nearest] is None:
            break
        standing = _owner(owner, nearest)
    while at is not None:
        before = came_from[at]
        owner[at] = row if before is None else owner[before]
        at = before


def _owner(owner: list[int | None], column: int) -> int:
    row = owner[column]
    if row is None:
        raise AssertionError("a free column ends the search")
    return row
