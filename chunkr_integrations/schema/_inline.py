"""A JSON Schema without references, changed as little as possible, and a report of each change.

The endpoint takes plain JSON Schema; which keywords it enforces is not documented. So references are resolved, the
siblings of a `$ref` are merged over what it points at, and recursion is unrolled to a depth.

Where recursion is cut, the least is left out that ends it: one alternative of several, else the property that leads
on, else (in a recursive list or dict without any property) the items.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from chunkr_integrations.exceptions import SchemaError

from ._paths import ITEM, VALUE, report_path

__all__ = ["Change", "Inliner", "Path", "merged", "resolve"]

Path = tuple["str | int | None", ...]

# Keywords that only say where a schema comes from, or hold definitions that are inlined.
_FURNITURE = frozenset({"$schema", "$id", "$defs", "definitions", "$comment", "$anchor"})
_SUBSCHEMAS = {"items": (ITEM,), "additionalProperties": (VALUE,), "contains": (ITEM,), "not": (), "propertyNames": ()}
_SUBSCHEMA_LISTS = {"anyOf": (), "oneOf": (), "allOf": (), "prefixItems": (ITEM,)}
_DYNAMIC = ("$dynamicRef", "$recursiveRef")
# Keywords that say something to people and nothing about the value; beside a reference the nearer one wins.
_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"})
_PLACES = 20_000  # a schema with more is no prompt; classes that refer to each other crosswise get there fast


@dataclass(frozen=True)
class Change:
    """Something that the schema sent differs in from the class it was made from.

    Attributes:
        path: Field path in wire names; array items are `lines[]`, values of a dict `prices.*`, the root is "".
        kind: `inlined`, `wrapped`, `unrolled`, `described`, `dropped`, and in the strict dialect `moved`, `nullable`
            and `rewritten`.
        reason: What was done and why; one sentence.
        lossless: Whether the schema still says all that the class says.
    """

    path: str
    kind: str
    reason: str
    lossless: bool = True


@dataclass(eq=False)
class _Frame:
    """A place where recursion can be cut."""

    kind: Literal["property", "alternative", "items"]
    opened: int


class _TooDeepError(Exception):
    """A recursive reference has been followed often enough; `frame` leaves out what leads there."""

    def __init__(self, frame: _Frame | None, since: int, path: Path) -> None:
        super().__init__(path)
        self.frame = frame
        self.since = since
        self.path = path


def resolve(root: Mapping[str, Any], ref: str, target: str, path: str) -> Mapping[str, Any]:
    """What a local reference points at (JSON Pointer, RFC 6901).

    Raises:
        SchemaError: It points outside the document, or at nothing.
    """
    if not ref.startswith("#"):
        reason = f"$ref {ref!r} points outside the schema"
        raise SchemaError(target, path, reason, cure="Copy what it points at into it.")
    found: Any = root
    parts = unquote(ref[1:]).split("/")
    if parts[0]:
        raise SchemaError(target, path, f"$ref {ref!r} is no JSON Pointer", cure="Write it as '#/$defs/Name'.")
    for part in parts[1:]:
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


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One schema that says what both say: `above` are the siblings of a reference to `below`.

    The field's own description comes first and the class's after it: both were written for the reader.
    """
    clash = {key for key in above if key in below and above[key] != below[key]} - _ANNOTATIONS
    said = dict(below)
    if clash <= {"properties", "required"}:
        said |= above
        if "properties" in clash:
            both = {
                name: {"allOf": [below["properties"][name], inner]}
                for name, inner in above["properties"].items()
                if name in below["properties"] and below["properties"][name] != inner
            }
            said["properties"] = {**below["properties"], **above["properties"], **both}
        if "required" in clash:
            said["required"] = list(dict.fromkeys([*below["required"], *above["required"]]))
    else:
        own = {key: value for key, value in above.items() if key in _ANNOTATIONS}
        said = {**own, "allOf": [below, {key: value for key, value in above.items() if key not in own}]}
    descriptions = [one["description"] for one in (above, below) if isinstance(one.get("description"), str)]
    if len(descriptions) > 1:
        first, second = descriptions
        said["description"] = first if second in first else f"{first}\n{second}"
    return said


class Inliner:
    """Resolves one schema; `changes` and `cuts` say afterwards what it did."""

    def __init__(self, root: Mapping[str, Any], *, target: str, depth: int) -> None:
        self._root = root
        self._target = target
        self._depth = depth
        self._open = ["#"]
        self._frames: list[_Frame] = []
        self._places = 0
        self.changes: list[Change] = []
        self.cuts: dict[Path, Any] = {}
        """Properties that were left out where recursion was cut, and what nothing is there: [], {} or None."""

    def inline(self) -> dict[str, Any]:
        """The whole schema without references.

        Raises:
            SchemaError: A reference cannot be resolved, or the schema has no end.
        """
        try:
            done: dict[str, Any] = self._schema(self._root, ())
        except _TooDeepError as exc:
            where = report_path(exc.path)
            reason = "it refers to nothing but itself"
            raise SchemaError(self._target, where, reason, cure="Give it a field of its own.") from None
        return done

    def _schema(self, schema: Any, path: Path) -> Any:
        if not isinstance(schema, Mapping):  # true and false are schemas, too
            return schema
        self._check_size()
        ref = schema.get("$ref")
        if isinstance(ref, str):
            return self._referenced(schema, ref, path)
        only = schema.get("allOf")
        if isinstance(only, list) and len(only) == 1 and isinstance(only[0], Mapping):
            # Pydantic before 2.9 writes a reference with siblings so.
            return self._schema(merged(only[0], {key: value for key, value in schema.items() if key != "allOf"}), path)
        return self._keywords(schema, path)

    def _keywords(self, schema: Mapping[str, Any], path: Path) -> dict[str, Any]:
        done: dict[str, Any] = {}
        for key, value in schema.items():
            if key in _FURNITURE:
                continue
            if key == "properties":
                done[key] = dict(self._properties(value, path))
            elif key in _SUBSCHEMAS:
                done |= self._subschema(key, value, path, schema)
            elif key in _SUBSCHEMA_LISTS:
                done[key] = self._list(key, value, path)
            elif key == "discriminator":
                reason = "discriminator is no JSON Schema; the alternatives' const values say the same"
                self._change(path, "dropped", reason)
            elif key in _DYNAMIC:
                reason = f"{key} cannot be written out"
                raise SchemaError(self._target, report_path(path), reason, cure="Use $ref.")
            else:
                done.setdefault(key, value)
        if "required" in done and isinstance(done.get("properties"), dict):
            gone = {str(name) for name in schema.get("properties", ())} - set(done["properties"])
            done["required"] = [name for name in done["required"] if name not in gone]
        return done

    def _check_size(self) -> None:
        self._places += 1
        if self._places > _PLACES:
            reason = f"written out without references it has more than {_PLACES} places"
            cure = f"Use a smaller recursion_depth than {self._depth}, or a class with the fields you need."
            raise SchemaError(self._target, "", reason, cure=cure)

    def _properties(self, properties: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Any]]:
        for name, inner in properties.items():
            below = (*path, str(name))
            frame = self._enter("property")
            try:
                found = self._schema(inner, below)
            except _TooDeepError as exc:
                self._leave(frame)
                if exc.frame is not frame:
                    raise
                self.cuts.setdefault(below, _nothing(inner))
                self._cut(below)
                continue
            self._leave(frame)
            yield str(name), found

    def _list(self, key: str, alternatives: list[Any], path: Path) -> list[Any]:
        below = path + _SUBSCHEMA_LISTS[key]
        if key in {"allOf", "prefixItems"}:
            return [self._schema(inner, below) for inner in alternatives]
        kept, cut = [], None
        for inner in alternatives:
            frame = self._enter("alternative")
            try:
                kept.append(self._schema(inner, below))
            except _TooDeepError as exc:
                cut = exc
                if exc.frame is not frame:
                    raise
            finally:
                self._leave(frame)
        if cut is not None:
            if all(isinstance(one, Mapping) and one.get("type") == "null" for one in kept):
                raise self._too_deep(cut.since, cut.path)
            self._cut(path)
        return kept

    def _subschema(self, key: str, value: Any, path: Path, schema: Mapping[str, Any]) -> dict[str, Any]:
        frame = self._enter("items")
        try:
            return {key: self._schema(value, path + _SUBSCHEMAS[key])}
        except _TooDeepError as exc:
            if exc.frame is not frame or key not in {"items", "additionalProperties"}:
                raise
            self._cut(path)
            return (
                {"maxItems": 0, **({"minItems": 0} if "minItems" in schema else {})} if key == "items" else {key: False}
            )
        finally:
            self._leave(frame)

    def _referenced(self, schema: Mapping[str, Any], ref: str, path: Path) -> Any:
        if self._open.count(ref) > self._depth:
            since = len(self._open) - 1 - self._open[::-1].index(ref)
            raise self._too_deep(since, path)
        target = resolve(self._root, ref, self._target, report_path(path))
        siblings = {key: value for key, value in schema.items() if key != "$ref" and key not in _FURNITURE}
        self._open.append(ref)
        try:
            # A reference to a reference ends as every chain that comes back to itself: by its depth.
            done = self._schema(merged(target, siblings), path)
        finally:
            self._open.pop()
        if ref not in self._open:
            self._change(path, "inlined", f"{ref} is written out where it is used")
        return done

    def _enter(self, kind: Literal["property", "alternative", "items"]) -> _Frame:
        frame = _Frame(kind, len(self._open))
        self._frames.append(frame)
        return frame

    def _leave(self, frame: _Frame) -> None:
        del self._frames[self._frames.index(frame) :]

    def _too_deep(self, since: int, path: Path) -> _TooDeepError:
        """The innermost place of the circle that can be left out; `since` is where the circle begins."""
        circle = [frame for frame in reversed(self._frames) if frame.opened > since]
        chosen = next((frame for frame in circle if frame.kind != "items"), circle[0] if circle else None)
        return _TooDeepError(chosen, since, path)

    def _cut(self, path: Path) -> None:
        reason = f"recursion is unrolled {self._depth} times; deeper levels are not asked for"
        if not any(change.kind == "unrolled" and change.path == report_path(path) for change in self.changes[-1:]):
            self._change(path, "unrolled", reason, lossless=False)

    def _change(self, path: Path, kind: str, reason: str, *, lossless: bool = True) -> None:
        self.changes.append(Change(report_path(path), kind, reason, lossless))


def _nothing(schema: Any) -> Any:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return [] if kind == "array" else {} if kind == "object" else None
