"""Wire names to attribute names, by walking Pydantic's two spellings of one schema side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from ._inline import resolve
from ._paths import joined, steps

__all__ = ["Names"]

Pair = tuple[Any, Any]  # JSON Schemas; true and false are schemas, too


class Names:
    """The attribute path of each wire path.

    The two schemas have the same structure: properties in the same order, the same references, the same alternatives.
    """

    def __init__(self, wire: Mapping[str, Any], attributes: Mapping[str, Any], *, wrapper: str | None) -> None:
        self._wrapper = wrapper
        self._same = wire == attributes
        self._root = _Place((wire, attributes), [(wire, attributes)])

    def attribute_path(self, wire_path: str) -> str:
        """The same place in the class; a wrapper's own name goes, and a name that the class lacks stays."""
        if self._same and self._wrapper is None:
            return wire_path
        todo = steps(wire_path)
        if self._wrapper and todo and todo[0] == self._wrapper:
            del todo[0]
        path, place = "", self._root
        for step in todo:
            name, place = place.below(step)
            path = joined(path, name)
        return path


class _Place:
    """What may stand at one place; each is looked at once, however many documents come."""

    def __init__(self, roots: Pair, pairs: list[Pair]) -> None:
        self._roots = roots
        self._given = pairs
        self._below: dict[str | int, tuple[str, _Place]] = {}
        self._items: _Place | None = None
        self._values: _Place | None = None

    def below(self, step: str | int) -> tuple[str | int, _Place]:
        """The step's name in the class, and the place one step further down."""
        if isinstance(step, int):
            return step, self._item(step)
        known = self._below.get(step)
        if known is None:
            found = list(self._properties(step))
            if not found:
                return step, self._value()
            name = found[0][0]
            known = self._below[step] = (name, _Place(self._roots, [pair for _, pair in found]))
        return known

    @cached_property
    def _schemas(self) -> list[Pair]:
        return list(_alternatives(self._roots, self._given))

    def _properties(self, step: str) -> Iterator[tuple[str, Pair]]:
        for wire, attributes in self._schemas:
            properties = wire.get("properties", {})
            if step in properties:
                name = list(attributes["properties"])[list(properties).index(step)]
                yield name, (properties[step], attributes["properties"][name])

    def _item(self, index: int) -> _Place:
        if self._items is None:
            pairs = [(wire["items"], attributes["items"]) for wire, attributes in self._schemas if "items" in wire]
            self._items = _Place(self._roots, pairs)
        firsts = [
            (wire["prefixItems"][index], attributes["prefixItems"][index])
            for wire, attributes in self._schemas
            if index < len(wire.get("prefixItems", ()))
        ]
        return _Place(self._roots, firsts) if firsts else self._items

    def _value(self) -> _Place:
        if self._values is None:
            key = "additionalProperties"
            self._values = _Place(
                self._roots, [(wire[key], attributes[key]) for wire, attributes in self._schemas if key in wire]
            )
        return self._values


def _alternatives(roots: Pair, pairs: list[Pair]) -> Iterator[Pair]:
    """What references stand for, and each alternative."""
    for wire, attributes in pairs:
        if not isinstance(wire, Mapping):
            continue
        while isinstance(wire.get("$ref"), str) and isinstance(attributes.get("$ref"), str):
            wire = resolve(roots[0], wire["$ref"], "", "")  # noqa: PLW2901 - what the reference stands for
            attributes = resolve(roots[1], attributes["$ref"], "", "")  # noqa: PLW2901 - as above
        yield wire, attributes
        for key in ("anyOf", "oneOf", "allOf"):
            for one, other in zip(wire.get(key, ()), attributes.get(key, ()), strict=False):
                yield from _alternatives(roots, [(one, other)])
