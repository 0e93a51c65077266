"""How sure a value is by how it was found, as counted on labelled documents.

The scores of the fillers rank candidates. What a score is worth depends on the way to the value: ways that were right
often enough raise it to `High`, ways that were not keep it below. `benchmarks/calibrating.py` counts them, and checks
each source with what the others say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chunkr_integrations.engine.draft import Leaf

__all__ = ["EARNED", "PRETENDED", "way_of", "weighed"]

_HIGH, _BELOW = 0.9, 0.89
_LEAST = 0.65  # a lower score had reasons of its own
_ALIKE = 0.93  # likeness of a label above which it is the label, but for small words
_PLACES = {"right": "beside", "below": "beside", "above": "beside"}
_TEXTS = frozenset({"text", "prose", "first_name", "last_name", "choice"})

# Ways whose values are High: right, of, documents (2026-11-27: the development set, 70 invoices with embedded data that
# nothing was tuned on before, 108 invented documents, and the first with their schemas in other words).
EARNED: dict[str, tuple[int, int, int]] = {
    "beside known id": (355, 357, 132),
    "beside known typed": (782, 790, 186),
    "beside own typed": (103, 103, 63),
    "cell known typed": (757, 757, 102),
}
# Ways whose values are not, whatever their score.
PRETENDED: dict[str, tuple[int, int, int]] = {
    "address name": (95, 100, 51),
    "inline known typed": (71, 75, 52),
}


def way_of(relation: str, kind: str, *, known: bool, likeness: float, recognised: bool) -> str:
    """The name of a way: where the value stands, what names it, what it is.

    Args:
        relation: Of the value to its label, as `scalars.Candidate` has it.
        kind: Of the field, as `kinds.kind_of` gives it.
        known: Whether the label is one of the lexicon or glossary, not a guess from the schema's own words.
        likeness: Of the printed label to that, 0 to 1.
        recognised: Whether the page is an image.
    """
    label = ("known" if known else "own") if likeness > _ALIKE else "similar"
    what = "text" if kind in _TEXTS else "id" if kind == "id" else "typed"
    place = _PLACES.get(relation, relation)
    return " ".join((place, label, what, *(("recognised",) if recognised else ())))


def weighed(leaf: Leaf) -> Leaf:
    """The leaf with the score that its way has earned."""
    if leaf.way in EARNED and not leaf.tied and leaf.score >= _LEAST:
        return replace(leaf, score=max(leaf.score, _HIGH))
    if leaf.way in PRETENDED:
        return replace(leaf, score=min(leaf.score, _BELOW))
    return leaf
