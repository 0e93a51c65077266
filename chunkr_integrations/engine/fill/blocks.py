"""Lists of objects that a document prints as blocks, each with the same labels: one card, one section an item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.arrays import columns_of
from chunkr_integrations.engine.fill.labels import labels_of
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.scalars import candidates, leaf_of
from chunkr_integrations.engine.fill.schema import words_of_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.draft import Leaf
    from chunkr_integrations.engine.fill.labels import Label
    from chunkr_integrations.engine.fill.reading import Reading
    from chunkr_integrations.engine.fill.scalars import Candidate
    from chunkr_integrations.engine.fill.schema import Array, Field

__all__ = ["labelled", "repeated"]

_LEAST = 0.6  # score of a value beside its label
_SCORE = 0.82  # at most: nothing but the repetition says that it is an item
_SHARE = 0.6  # of the fields that are printed at all, which every block must print
_FIELDS = 2  # that repeat


def repeated(reading: Reading, array: Array) -> list[dict[Field, Leaf]]:
    """The items, in reading order; empty where labels do not repeat, or not each as often as the others."""
    fields = columns_of(array)
    own = frozenset(tokens_of(words_of_name(array.name)))  # "container type" of containers may be called "Type"
    found = {field: labelled(reading, field, labels_of(field), own) for field in fields}
    found = {field: several for field, several in found.items() if several}
    counts = sorted(len(several) for several in found.values())
    if len(found) < max(_FIELDS, _SHARE * len(fields)) or counts[-1] < 2 or counts[-_FIELDS] != counts[-1]:  # noqa: PLR2004
        return []
    events = sorted(
        ((c.run.number, n, c, field) for n, (field, several) in enumerate(found.items()) for c in several),
        key=lambda event: event[:2],
    )
    blocks: list[dict[Field, Candidate]] = []
    for _, _, candidate, field in events:
        if not blocks or field in blocks[-1]:
            blocks.append({})
        blocks[-1][field] = candidate
    least = max(_FIELDS, _SHARE * len(found))
    if len(blocks) != counts[-1] or any(len(block) < least for block in blocks):
        return []
    return [{field: leaf_of(c) for field, c in block.items()} for block in blocks]


def labelled(reading: Reading, field: Field, labels: Sequence[Label], own: frozenset[str]) -> list[Candidate]:
    """The best value beside each of `labels`, where the label is like none other as much."""
    kind = kinds.kind_of(field)
    if kind == "prose":
        return []
    best: dict[int, Candidate] = {}
    for candidate in candidates(reading, field, kind, labels, own):
        if candidate.match is None or candidate.score < _LEAST or candidate.relation not in ("inline", "right"):
            continue
        key = candidate.match.caption.run.number
        if key not in best or best[key].score < candidate.score:
            best[key] = candidate
    top = max((c.match.score for c in best.values() if c.match), default=0.0)
    kept = [c for c in best.values() if c.match and c.match.score > top - 0.02]
    return [_capped(c) for c in sorted(kept, key=lambda c: c.run.number)]


def _capped(candidate: Candidate) -> Candidate:
    return replace(candidate, score=min(candidate.score, _SCORE))
