"""Wire names to attribute names, by walking Pydantic's two spellings of one schema side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from ._inline import resolve
from ._paths import joined, steps

__all__ = ["Names"]

_INDEX = re.compile(r"\[\d+\]")
_REMEMBERED = 10_000  # patterns

Pair = tuple[Any, Any]  # JSON Schemas; true and false are schemas, too


class Names:
    """The attribute path of each wire path.

    The two schemas have the same structure: properties in the same order, the same references, the same alternatives.
    """

    def __init__(self, wire: Mapping[str, Any], attributes: Mapping[str, Any], *, wrapper: str | None) -> None:
        self._wire = wire
        self._wrapper = wrapper
        self._known: dict[str, list[str]] = {}
        self._same = wire == attributes
        self._root = _Place((wire, attributes), [(wire, attributes)])
        self._odd = any(set(".[") & set(name) for name in _property_names(wire))

    def attribute_path(self, wire_path: str) -> str:
        """The same place in the class; a wrapper's own name goes, and a name that the class lacks stays."""
        if self._same and self._wrapper is None:
            return wire_path
        if not self._is_regular:
            return self._looked_up(wire_path)
        # The items of a list are named alike: each place of the class is looked up once, whatever the indexes.
        pattern = _INDEX.sub("[]", wire_path)
        known = self._known.get(pattern)
        if known is None:
            if len(self._known) >= _REMEMBERED:  # the keys of dicts are as many as the documents make them
                self._known.clear()
            known = self._known[pattern] = _INDEX.sub("[]", self._looked_up(wire_path)).split("[]")
        if len(known) == 1:
            return known[0]
        return "".join(f"{part}{index}" for part, index in zip(known, [*_INDEX.findall(wire_path), ""], strict=True))

    @cached_property
    def _is_regular(self) -> bool:
        """Whether indexes do not matter: the items of a tuple may have names of their own."""
        return not self._odd and '"prefixItems"' not in json.dumps(self._wire, default=str)

    def _looked_up(self, wire_path: str) -> str:
        if self._wrapper and re.match(rf"{self._wrapper}(?=[.\[]|$)", wire_path):
            wire_path = wire_path[len(self._wrapper) :]
        path, place = "", self._root
        for step in self._odd_steps(wire_path) if self._odd else steps(wire_path):
            name, place = place.below(step)
            path = joined(path, name)
        return path

    def of_place(self, steps_down: Iterable[str | int]) -> str:
        """As `attribute_path`, of the keys and indexes in results without a wrapper."""
        path, place = "", self._root
        for step in steps_down:
            name, place = place.below(step)
            path = joined(path, name)
        return path

    def _odd_steps(self, path: str) -> Iterator[str | int]:
        """The steps of a path in which names may have dots and brackets: the longest name that is known there."""
        place = self._root
        while path:
            known = [name for name in place.names() if path.removeprefix(".").startswith(name)]
            known = [name for name in known if path.removeprefix(".")[len(name) :][:1] in {"", ".", "["}]
            step: str | int = max(known, key=len) if known else (steps(path) or [path])[0]
            yield step
            _, place = place.below(step)
            written = f"[{step}]" if isinstance(step, int) else step
            path = path.removeprefix(".")[len(written) :]


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

    def names(self) -> list[str]:
        """The properties that may stand there."""
        return [name for wire, _ in self._schemas for name in wire.get("properties", ())]

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


def _property_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("properties"), Mapping):
            yield from schema["properties"]
        for inner in schema.values():
            yield from _property_names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _property_names(inner)


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
