"""Wire names to attribute names, by walking Pydantic's two spellings of one schema side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ._inline import resolve
from ._paths import joined, steps

__all__ = ["Names"]

_REMEMBERED = 10_000  # paths; keys of dicts are as many as the documents make them

Pair = tuple[Any, Any]  # JSON Schemas; true and false are schemas, too


class Names:
    """The attribute path of each wire path.

    The two schemas have the same structure: properties in the same order, the same references, the same alternatives.
    """

    def __init__(self, wire: Mapping[str, Any], attributes: Mapping[str, Any], *, wrapper: str | None) -> None:
        self._roots = wire, attributes
        self._wrapper = wrapper
        self._same = wire == attributes
        self._prefixes: dict[str, tuple[str, list[Pair]]] = {}

    def attribute_path(self, wire_path: str) -> str:
        """The same place in the class; a wrapper's own name goes, and a name that the class lacks stays."""
        if self._same and self._wrapper is None:
            return wire_path
        return self._of(wire_path)[0]

    def _of(self, wire_path: str) -> tuple[str, list[Pair]]:
        """The attribute path, and the schemas that may describe the place; remembered for the paths above leaves."""
        cut = max(wire_path.rfind("."), wire_path.rfind("["))
        if cut > 0 and not (self._wrapper and cut == len(self._wrapper)):
            above, last = wire_path[:cut], wire_path[cut:]
            known = self._prefixes.get(above)
            if known is None:
                if len(self._prefixes) > _REMEMBERED:
                    self._prefixes.clear()
                known = self._prefixes[above] = self._of(above)
            path, pairs = known
            for step in steps(last):
                name, pairs = self._step(pairs, step)
                path = joined(path, name)
            return path, pairs
        path, pairs = "", [self._roots]
        todo = steps(wire_path)
        if self._wrapper and todo and todo[0] == self._wrapper:
            todo = todo[1:]
        for step in todo:
            name, pairs = self._step(pairs, step)
            path = joined(path, name)
        return path, pairs

    def _step(self, pairs: list[Pair], step: str | int) -> tuple[str | int, list[Pair]]:
        found = list(self._inside(pairs, step))
        if not found:
            return step, []
        return found[0][0], [pair for _, pair in found]

    def _inside(self, pairs: list[Pair], step: str | int) -> Iterator[tuple[str | int, Pair]]:
        for wire, attributes in self._alternatives(pairs):
            if isinstance(step, int):
                items = wire.get("prefixItems")
                if isinstance(items, list) and step < len(items):
                    yield step, (items[step], attributes["prefixItems"][step])
                elif isinstance(wire.get("items"), Mapping):
                    yield step, (wire["items"], attributes["items"])
                continue
            properties = wire.get("properties", {})
            if step in properties:
                index = list(properties).index(step)
                name = list(attributes["properties"])[index]
                yield name, (properties[step], attributes["properties"][name])
            elif isinstance(wire.get("additionalProperties"), Mapping):
                yield step, (wire["additionalProperties"], attributes["additionalProperties"])

    def _alternatives(self, pairs: list[Pair]) -> Iterator[Pair]:
        for wire, attributes in pairs:
            if not isinstance(wire, Mapping):
                continue
            while isinstance(wire.get("$ref"), str) and isinstance(attributes.get("$ref"), str):
                wire = resolve(self._roots[0], wire["$ref"], "", "")  # noqa: PLW2901 - what the reference stands for
                attributes = resolve(self._roots[1], attributes["$ref"], "", "")  # noqa: PLW2901 - as above
            yield wire, attributes
            for key in ("anyOf", "oneOf", "allOf"):
                for one, other in zip(wire.get(key, ()), attributes.get(key, ()), strict=False):
                    yield from self._alternatives([(one, other)])
