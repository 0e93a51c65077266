"""A JSON Schema without references, changed as little as possible, and a report of each change.

The endpoint takes plain JSON Schema; which keywords it enforces is not documented. So references are resolved, the
siblings of a `$ref` are merged over what it points at, and recursion is unrolled to a depth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chunkr_integrations.exceptions import SchemaError

__all__ = ["Change", "Inliner", "resolve"]

# Keywords that only say where a schema comes from, or hold definitions that are inlined.
_FURNITURE = frozenset({"$schema", "$id", "$defs", "definitions", "$comment", "$anchor"})
_SUBSCHEMAS = ("items", "additionalProperties", "contains", "not", "propertyNames")
_SUBSCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")


@dataclass(frozen=True)
class Change:
    """Something that the schema sent differs in from the class it was made from.

    Attributes:
        path: Field path in wire names; array items are `lines[]`, the root is "".
        kind: `inlined`, `wrapped`, `narrowed`, `unrolled`, `moved`, `dropped` or `nullable`.
        reason: What was done and why; one sentence.
        lossless: Whether the schema still says all that the class says.
    """

    path: str
    kind: str
    reason: str
    lossless: bool = True


class _TooDeepError(Exception):
    """A recursive reference has been followed often enough; the property that leads there is left out."""


def resolve(root: Mapping[str, Any], ref: str, target: str, path: str) -> Mapping[str, Any]:
    """What a local reference points at (JSON Pointer, RFC 6901).

    Raises:
        SchemaError: It points outside the document, or at nothing.
    """
    if not ref.startswith("#"):
        raise SchemaError(
            target, path, f"$ref {ref!r} points outside the schema", cure="Copy what it points at into it."
        )
    found: Any = root
    for part in ref[1:].split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            raise SchemaError(target, path, f"$ref {ref!r} points at nothing", cure="Define it, or mend the name.")
    if not isinstance(found, Mapping):
        raise SchemaError(target, path, f"$ref {ref!r} points at no schema", cure="Point it at an object.")
    return found


class Inliner:
    """Resolves one schema; `changes` and `cuts` say afterwards what it did."""

    def __init__(self, root: Mapping[str, Any], *, target: str, depth: int) -> None:
        self._root = root
        self._target = target
        self._depth = depth
        self._open: list[str] = []
        self.changes: list[Change] = []
        self.cuts: dict[str, Any] = {}
        """Paths of properties that were left out where recursion was cut, and what nothing is there: [], {} or None."""

    def inline(self) -> dict[str, Any]:
        """The whole schema without references."""
        try:
            done: dict[str, Any] = self._schema(self._root, "")
        except _TooDeepError:
            raise SchemaError(
                self._target, "", "it refers to nothing but itself", cure="Give it a field of its own."
            ) from None
        return done

    def _schema(self, schema: Any, path: str) -> Any:
        if not isinstance(schema, Mapping):  # true and false are schemas, too
            return schema
        ref = schema.get("$ref")
        if isinstance(ref, str):
            return self._referenced(schema, ref, path)
        done: dict[str, Any] = {}
        for key, value in schema.items():
            if key in _FURNITURE:
                continue
            if key == "properties" and isinstance(value, Mapping):
                done[key] = dict(self._properties(value, path))
            elif key in _SUBSCHEMAS:
                done[key] = self._schema(value, f"{path}[]" if key == "items" else path)
            elif key in _SUBSCHEMA_LISTS and isinstance(value, list):
                done[key] = [self._schema(item, path) for item in value]
            elif key == "discriminator":
                self._change(
                    path, "dropped", "discriminator is no JSON Schema; the alternatives' const values say the same"
                )
            else:
                done[key] = value
        if "required" in done and isinstance(done.get("properties"), dict):
            done["required"] = [name for name in done["required"] if name in done["properties"]]
        return done

    def _properties(self, properties: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
        for name, inner in properties.items():
            below = f"{path}.{name}" if path else str(name)
            opened = len(self._open)
            try:
                yield str(name), self._schema(inner, below)
            except _TooDeepError:
                del self._open[opened:]
                if below not in self.cuts:
                    self.cuts[below] = _nothing(inner)
                    reason = f"recursion is unrolled {self._depth} times; deeper levels are not asked for"
                    self._change(below, "unrolled", reason, lossless=False)

    def _referenced(self, schema: Mapping[str, Any], ref: str, path: str) -> Any:
        if self._open.count(ref) > self._depth:
            raise _TooDeepError
        target = resolve(self._root, ref, self._target, path)
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        merged = {
            **{key: value for key, value in target.items() if key != "$ref" or "$ref" not in siblings},
            **siblings,
        }
        self._open.append(ref)
        # A reference to a reference ends as every chain that comes back to itself: by its depth.
        done = self._schema(merged, path)
        self._open.pop()
        if ref not in self._open:
            self._change(path, "inlined", f"{ref} is written out where it is used")
        return done

    def _change(self, path: str, kind: str, reason: str, *, lossless: bool = True) -> None:
        self.changes.append(Change(path, kind, reason, lossless))


def _nothing(schema: Any) -> Any:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return [] if kind == "array" else {} if kind == "object" else None
