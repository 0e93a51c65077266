"""What must add up: net + tax = gross, and quantity x unit price = amount.

Where it does, the values witness each other and become sure; where it does not, one of them is wrong and none is sure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine.ask.evidence import NAMED, SIMILAR, SURE
from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill.labels import concepts_of
from chunkr_integrations.engine.fill.schema import Array, Field, Object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.schema import Node

__all__ = ["checked"]

_CENT = 0.011
_HALF_CENT = 0.005  # by which a printed unit price may be rounded
_SUM = ("net_total", "tax_total", "gross_total")
_PRODUCT = ("quantity", "unit_price", "line_amount")


def checked(draft: Draft, node: Node | None) -> Draft:
    """The draft with scores raised and lowered by what adds up and what does not."""
    if isinstance(draft, list):
        item = node.item if isinstance(node, Array) else None
        return [checked(value, item) for value in draft]
    if not isinstance(draft, dict) or not isinstance(node, Object):
        return draft
    members = {member.name: member for member in node.members}
    made = {key: checked(value, members.get(key)) for key, value in draft.items()}
    leaves = _by_concept(made, node)
    for names, holds in ((_SUM, _adds_up), (_PRODUCT, _multiplies)):
        if all(name in leaves for name in names) and not (names is _PRODUCT and "discount" in leaves):
            keys = [leaves[name][0] for name in names]
            verdict = holds(*(leaves[name][1] for name in names))
            made.update({key: _judged(made[key], proved=verdict) for key in keys})
    return made


def _by_concept(draft: Mapping[str, Draft], node: Object) -> dict[str, tuple[str, float]]:
    """The numbers of an object by what they mean, with their names."""
    found: dict[str, tuple[str, float]] = {}
    for member in node.members:
        leaf = draft.get(member.name)
        if isinstance(member, Field) and isinstance(leaf, Leaf) and isinstance(leaf.value, (int, float)):
            for concept in concepts_of(member)[:1]:
                found.setdefault(concept, (member.name, float(leaf.value)))
    return found


def _adds_up(net: float, tax: float, gross: float) -> bool | None:
    """None: it holds, and proves nothing, as without tax."""
    if abs(net + tax - gross) > _CENT:
        return False
    return True if tax else None


def _multiplies(quantity: float, price: float, amount: float) -> bool | None:
    """None: it holds, and proves nothing, as for one piece."""
    if abs(quantity * price - amount) > _CENT + abs(quantity) * _HALF_CENT:
        return False
    return True if abs(quantity) not in (0.0, 1.0) and price else None


def _judged(draft: Draft, *, proved: bool | None) -> Draft:
    if not isinstance(draft, Leaf) or proved is None:
        return draft
    if not proved:
        return replace(draft, score=min(draft.score, SIMILAR))
    return replace(draft, score=max(draft.score, SURE)) if draft.score >= NAMED else draft
