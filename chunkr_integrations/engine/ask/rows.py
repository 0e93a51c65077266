"""Which row of one list is which row of another, by their values."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chunkr_integrations.engine.ask.merging import cells_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.draft import Draft

__all__ = ["paired"]

_TELLING = 50  # rows; a value that more rows have tells none apart


def paired(rules: Sequence[Draft], asked: Sequence[Draft]) -> list[tuple[Draft | None, Draft | None]]:
    """Each row of both lists once, with its twin or None, in the order of `asked`.

    Twins have at least half of the values that both know in common. In lists of one length, what is left over is
    paired by position. A row of `rules` alone stands behind the one before it.
    """
    twins = _twins(rules, asked)
    if len(rules) == len(asked):
        free = set(range(len(rules))) - set(twins.values())
        twins.update({index: index for index in range(len(asked)) if index not in twins and index in free})
    alone: dict[int, list[Draft]] = {}
    behind = -1
    rows = {rule: row for row, rule in twins.items()}
    for rule, draft in enumerate(rules):
        if rule in rows:
            behind = rows[rule]
        else:
            alone.setdefault(behind, []).append(draft)
    made: list[tuple[Draft | None, Draft | None]] = [(draft, None) for draft in alone.get(-1, ())]
    for row, draft in enumerate(asked):
        made.append((rules[twins[row]] if row in twins else None, draft))
        made += [(left, None) for left in alone.get(row, ())]
    return made


def _twins(rules: Sequence[Draft], asked: Sequence[Draft]) -> dict[int, int]:
    """Position in `asked` to position in `rules`."""
    cells = [cells_of(row) for row in rules]
    having: dict[tuple[tuple[str, ...], object], list[int]] = {}
    for index, row in enumerate(cells):
        for cell in row.items():
            having.setdefault(cell, []).append(index)
    found: dict[int, int] = {}
    taken: set[int] = set()
    for position, draft in enumerate(asked):
        row = cells_of(draft)
        votes = Counter(
            i for cell in row.items() if len(having.get(cell, ())) <= _TELLING for i in having.get(cell, ())
        )
        free = [index for index in votes if index not in taken]
        best = max(free, key=lambda index: (votes[index], -index), default=None)
        if best is None:
            continue
        common = [path for path in row if path in cells[best]]
        if 2 * sum(row[path] == cells[best][path] for path in common) >= len(common):
            found[position] = best
            taken.add(best)
    return found
