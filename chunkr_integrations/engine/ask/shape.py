"""A schema as the shape of a model's answer, in groups of properties that fit one question.

Each value is asked for as {"value", "segments", "quote"}. The shape uses only what every structured-output mode knows:
all properties required, nothing additional, null by type. What a schema says beyond that stands in descriptions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.fill.schema import Array, Field, Object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chunkr_integrations.engine.fill.schema import Node

__all__ = ["WRAPPER", "fields_of", "groups_of", "pruned", "shape_of"]

WRAPPER = "answer"  # endpoints want an object at the root, whatever the schema's root is
_SAID = ("format", "pattern", "minimum", "maximum", "minLength", "maxLength")
_SCALARS = ("string", "number", "integer", "boolean")


def fields_of(node: Node | None) -> Iterator[Field]:
    """All scalars below a node, those of the items of lists too."""
    if isinstance(node, Field):
        yield node
    elif isinstance(node, Array):
        yield from fields_of(node.item)
    elif isinstance(node, Object):
        for member in node.members:
            yield from fields_of(member)


def shape_of(node: Node) -> dict[str, Any]:
    """The JSON Schema of the answer that fills `node`."""
    return _object({WRAPPER: _shape(node)})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _shape(node: Node | None) -> dict[str, Any]:
    if isinstance(node, Object):
        return {**_told(node), **_object({member.name: _shape(member) for member in node.members})}
    if isinstance(node, Array):
        return {**_told(node), "type": "array", "items": _shape(node.item)}
    return _leaf(node) if isinstance(node, Field) else _object({})


def _leaf(field: Field) -> dict[str, Any]:
    value: dict[str, Any] = {"type": [*(t for t in _SCALARS if t in field.types), "null"]}
    if field.choices:
        value["enum"] = [*field.choices, None]
    return {
        **_told(field),
        **_object(
            {
                "value": value,
                "segments": {"type": "array", "items": {"type": "string"}},
                "quote": {"type": ["string", "null"]},
            }
        ),
    }


def _told(node: Node) -> dict[str, str]:
    """What the schema says of a node, as its description."""
    parts = [node.title, node.description]
    if node.aliases:
        parts.append(f"Also called: {', '.join(node.aliases)}.")
    if isinstance(node, Field):
        parts += [f"{key}: {node.raw[key]}" for key in _SAID if isinstance(node.raw.get(key), (str, int, float))]
        if node.examples:
            parts.append(f"Such as: {', '.join(node.examples[:3])}")
    said = " ".join(" ".join(part.split()) for part in parts if part)
    return {"description": said} if said else {}


def pruned(node: Node, keep: Callable[[Node], bool]) -> Node | None:
    """The tree with only those fields and lists that `keep` says; None when nothing is left.

    Lists are kept or left out whole: their items are read together.
    """
    if not isinstance(node, Object):
        return node if keep(node) else None
    members = tuple(kept for member in node.members if (kept := pruned(member, keep)) is not None)
    return replace(node, members=members) if members else None


def groups_of(node: Node, limit: int) -> list[Node]:
    """The tree as several with at most `limit` fields each, in the schema's order; a list is never taken apart."""
    groups: list[set[int]] = []
    room = 0
    for unit in _units(node):
        size = sum(1 for _ in fields_of(unit))
        if not size:
            continue
        if not groups or size > room:
            groups.append(set())
            room = limit
        groups[-1].add(id(unit))
        room -= size
    parts = (pruned(node, lambda unit, chosen=chosen: id(unit) in chosen) for chosen in groups)  # type: ignore[misc]
    return [part for part in parts if part is not None]


def _units(node: Node) -> Iterator[Node]:
    """The fields and outermost lists of a tree."""
    if isinstance(node, Object):
        for member in node.members:
            yield from _units(member)
    else:
        yield node
