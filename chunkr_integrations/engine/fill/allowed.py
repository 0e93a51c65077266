"""What a schema allows a value to be: ranges, lengths, steps, whole numbers, choices."""

from __future__ import annotations

from math import inf, isclose
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill.schema import Array, Field, Object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chunkr_integrations.engine.draft import Draft, Scalar
    from chunkr_integrations.engine.fill.schema import Node

__all__ = ["allowed", "allows"]


def allowed(node: Node | None, draft: Draft) -> Draft:
    """The draft without the values that the schema does not allow.

    A `pattern` is not looked at: a bad one takes a time without end, and it comes with the request.
    """
    if isinstance(draft, Leaf):
        return draft if draft.value is None or not isinstance(node, Field) or allows(node, draft.value) else Leaf(None)
    if isinstance(draft, dict):
        members = {member.name: member for member in node.members} if isinstance(node, Object) else {}
        return {name: allowed(members.get(name), part) for name, part in draft.items()}
    item = node.item if isinstance(node, Array) else None
    return [allowed(item, part) for part in draft]


def allows(field: Field, value: Scalar) -> bool:
    """Whether a value that was read as the field's kind also keeps to what else its schema says."""
    if not field.asked:
        return False
    if field.choices:
        return any(value == choice and isinstance(value, bool) == isinstance(choice, bool) for choice in field.choices)
    if isinstance(value, bool):
        return "boolean" in field.types
    if isinstance(value, str):
        return _number(field.raw, "minLength", 0) <= len(value) <= _number(field.raw, "maxLength", len(value))
    if value is None or (field.types == {"integer"} and value != int(value)):
        return value is None
    least, most = (_number(field.raw, key, value) for key in ("minimum", "maximum"))
    over = _number(field.raw, "exclusiveMinimum", -inf)
    below = _number(field.raw, "exclusiveMaximum", inf)
    step = _number(field.raw, "multipleOf", 0)
    return (
        least <= value <= most
        and over < value < below
        and not (step > 0 and not isclose(value / step, round(value / step), rel_tol=1e-9, abs_tol=1e-9))
    )


def _number(raw: Mapping[str, Any], key: str, otherwise: float) -> float:
    said = raw.get(key)
    return said if isinstance(said, (int, float)) and not isinstance(said, bool) else otherwise
