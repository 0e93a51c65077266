"""Drafts of several windows as one: of single values the best witnessed, then the first; lists one after the other.

Windows overlap, so a row may be read twice. A row is one that an earlier window gave when their values agree and both
were read in a piece that both windows showed. Two equal rows in different places of the document stay two.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill.schema import Array, Object
from chunkr_integrations.engine.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chunkr_integrations.engine.draft import Draft, Scalar
    from chunkr_integrations.engine.fill.schema import Node

__all__ = ["cells_of", "comparable", "empty", "joined", "key_of", "laid_over", "with_own_ids"]


def empty(node: Node | None) -> Draft:
    """A draft in the shape of the schema in which nothing is known."""
    if isinstance(node, Object):
        return {member.name: empty(member) for member in node.members}
    return [] if isinstance(node, Array) else Leaf(None)


def laid_over(under: Draft, over: Draft) -> Draft:
    """`under` with everything that `over` has in its place; neither is changed."""
    if isinstance(under, dict) and isinstance(over, dict):
        return {**under, **{key: laid_over(under[key], over[key]) if key in under else over[key] for key in over}}
    return over


def joined(drafts: Sequence[Draft]) -> Draft:
    """Drafts of one shape as one, earlier windows first; there must be one."""
    first = drafts[0]
    if isinstance(first, Leaf):
        return max((draft for draft in drafts if isinstance(draft, Leaf)), key=lambda leaf: leaf.score)
    if isinstance(first, dict):
        return {key: joined([draft[key] for draft in drafts if isinstance(draft, dict)]) for key in first}
    return _listed([draft for draft in drafts if isinstance(draft, list)])


def _listed(lists: Sequence[list[Draft]]) -> list[Draft]:
    rows: list[Draft] = []
    by_piece: dict[str, list[int]] = {}  # where the rows are that were read in a piece
    by_key: dict[object, list[int]] = {}  # the same by their values, for rows that name no piece
    for given in lists:
        earlier = len(rows)
        met: set[int] = set()
        for row in given:
            pieces, cells = _pieces_of(row), cells_of(row)
            near = sorted({index for piece in pieces for index in by_piece.get(piece, ())}) if pieces else ()
            again = [index for index in near if _agree(cells_of(rows[index]), cells)]
            if not pieces:
                again = by_key.get(key_of(row), [])
            index = next((index for index in again if index < earlier and index not in met), None)
            if index is not None:
                rows[index] = joined([rows[index], row])
                met.add(index)
                continue
            for piece in pieces:
                by_piece.setdefault(piece, []).append(len(rows))
            by_key.setdefault(key_of(row), []).append(len(rows))
            rows.append(row)
    return rows


def cells_of(row: Draft) -> dict[tuple[str, ...], object]:
    """The values of a row by their path, comparable, without nulls and without the lists in it."""
    return {path: comparable(leaf.value) for path, leaf in _leaves(row, ()) if leaf.value is not None}


def key_of(row: Draft) -> object:
    """All of a row's values as something that can be looked up."""
    if isinstance(row, Leaf):
        return comparable(row.value)
    if isinstance(row, dict):
        return tuple((key, key_of(value)) for key, value in row.items())
    return tuple(key_of(item) for item in row)


def _agree(one: Mapping[tuple[str, ...], object], other: Mapping[tuple[str, ...], object]) -> bool:
    """Whether one row is the other, or what a window's end left of it."""
    small, large = sorted((one, other), key=len)
    return bool(small) and all(path in large and large[path] == value for path, value in small.items())


def _leaves(row: Draft, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    if isinstance(row, Leaf):
        yield path, row
    elif isinstance(row, dict):
        for key, value in row.items():
            yield from _leaves(value, (*path, key))


def _pieces_of(draft: Draft) -> tuple[str, ...]:
    if isinstance(draft, Leaf):
        return draft.segments
    inner = draft.values() if isinstance(draft, dict) else draft
    return tuple(dict.fromkeys(piece for value in inner for piece in _pieces_of(value)))


def comparable(value: Scalar) -> object:
    """The same for values that mean the same: without case and accents, and 4 is 4.0."""
    if isinstance(value, str):
        return fold(value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53 else value


def with_own_ids(draft: Draft, real: Mapping[str, str]) -> Draft:
    """The draft with the segments' own ids instead of the short ones."""
    if isinstance(draft, Leaf):
        own = tuple(dict.fromkeys(real[name] for name in draft.segments if name in real))
        return replace(draft, segments=own)
    if isinstance(draft, dict):
        return {key: with_own_ids(value, real) for key, value in draft.items()}
    return [with_own_ids(value, real) for value in draft]
