"""`compile_schema`, and what it gives."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Generic, Literal, TypeVar, overload
from weakref import WeakKeyDictionary

from pydantic import TypeAdapter, ValidationError

from chunkr_integrations.exceptions import ConfigurationError, OutputError, SchemaError

from ._dialect import DIALECTS, to_strict
from ._inline import Change, Inliner
from ._lenient import Lenient
from ._names import Names, steps
from ._partial import what_fits
from ._target import Target, to_target

__all__ = ["CompiledSchema", "Reading", "compile_schema"]

T = TypeVar("T")

_cache: WeakKeyDictionary[type, dict[tuple[Any, ...], CompiledSchema[Any]]] = WeakKeyDictionary()


@overload
def compile_schema(
    target: type[T], *, dialect: str = ..., recursion_depth: int = ..., strict: bool = ...
) -> CompiledSchema[T]: ...
@overload
def compile_schema(
    target: Any, *, dialect: str = ..., recursion_depth: int = ..., strict: bool = ...
) -> CompiledSchema[Any]: ...
def compile_schema(
    target: Any, *, dialect: str = "chunkr", recursion_depth: int = 3, strict: bool = False
) -> CompiledSchema[Any]:
    """The schema to send for a class, and the way back from the results.

    Args:
        target: A Pydantic class, a dataclass, a TypedDict, any other type that Pydantic can validate (what is no object
            is wrapped in one and unwrapped again), or a JSON Schema as a dict, whose results come back as they are.
        dialect: `chunkr`, or `strict` for servers that refuse `null` alternatives and constraint keywords.
        recursion_depth: How often a recursive class contains itself in the schema that is sent.
        strict: Refuse what cannot be said in full, instead of reporting it.

    Raises:
        SchemaError: The target has no JSON Schema, or, when strict, not all of it can be said.
    """
    if isinstance(target, CompiledSchema):
        return target
    if dialect not in DIALECTS or recursion_depth < 0:
        dialects = " or ".join(DIALECTS)
        msg = f"There is no dialect {dialect!r} with recursion_depth {recursion_depth}. Use {dialects}, and 0 or more."
        raise ConfigurationError(msg)
    key = (dialect, recursion_depth, strict)
    if not inspect.isclass(target):
        return _compile(target, *key)
    try:
        known = _cache.setdefault(target, {})
    except TypeError:  # a class that cannot be referred to weakly, such as int
        known = {}
    if key not in known:
        known[key] = _compile(target, *key)
    return known[key]


def _compile(given: Any, dialect: str, recursion_depth: int, strict: bool) -> CompiledSchema[Any]:
    target = to_target(given)
    inliner = Inliner(target.wire, target=target.name, depth=recursion_depth)
    schema = inliner.inline()
    changes = inliner.changes
    schema = _with_date_hints(schema, "", changes)
    wrapper = None
    if not _is_object(schema):
        wrapper = "items" if schema.get("type") == "array" else "value"
        changes.append(
            Change("", "wrapped", f"the root must be an object: the answer is asked for as {wrapper!r} of one")
        )
        schema = {"type": "object", "properties": {wrapper: schema}, "required": [wrapper]}
    schema.setdefault("type", "object")
    if dialect == "strict":
        schema = to_strict(schema, changes.append)
    if strict:
        _refuse(target.name, changes)
    options = (dialect, recursion_depth, strict)
    made = _Made(target, schema, tuple(changes), wrapper, inliner.cuts, options)
    return CompiledSchema(given, made)


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object" or ("type" not in schema and "properties" in schema)


def _refuse(name: str, changes: list[Change]) -> None:
    for change in changes:
        if not change.lossless:
            cure = "Change the class, or compile without strict=True and read the report."
            raise SchemaError(name, change.path, change.reason, cure=cure)


_HINTS = {"date": "ISO 8601, YYYY-MM-DD", "date-time": "ISO 8601", "time": "ISO 8601, hh:mm:ss", "duration": "ISO 8601"}


def _with_date_hints(schema: dict[str, Any], path: str, changes: list[Change]) -> dict[str, Any]:
    """Say in words which spelling a format is: extractors read descriptions, not all read `format`."""
    done = dict(schema)
    for name, inner in schema.get("properties", {}).items():
        if isinstance(inner, dict):
            done["properties"] = done["properties"] | {
                name: _with_date_hints(inner, f"{path}.{name}" if path else name, changes)
            }
    if isinstance(schema.get("items"), dict):
        done["items"] = _with_date_hints(schema["items"], f"{path}[]", changes)
    kinds = {inner.get("format") for inner in (schema, *schema.get("anyOf", ())) if isinstance(inner, Mapping)}
    hint = next((_HINTS[kind] for kind in kinds if kind in _HINTS), None)
    if hint and "ISO" not in str(schema.get("description", "")):
        done["description"] = f"{schema.get('description', '')} ({hint})".strip()
        changes.append(Change(path, "described", f"the description says how to write it: {hint}"))
    return done


@dataclass(frozen=True)
class Reading(Generic[T]):
    """Results read into the class."""

    value: T
    invalid: tuple[tuple[str, str], ...] = ()
    """(attribute path, message) of what did not fit; empty unless read with `on_invalid="partial"`."""


@dataclass(frozen=True)
class _Made:
    """What `_compile` found out."""

    target: Target
    schema: dict[str, Any]
    changes: tuple[Change, ...]
    wrapper: str | None
    cuts: dict[str, Any]
    options: tuple[Any, ...]


class CompiledSchema(Generic[T]):
    """A class as the `schema` of an extraction; made by `compile_schema`, equal for equal schemas.

    Attributes:
        name: The class's name, for messages.
        changes: What the schema differs in from the class, in order.
    """

    def __init__(self, given: Any, made: _Made) -> None:
        self.name = made.target.name
        self.changes = made.changes
        self._given = given
        self._target = made.target
        self._schema = made.schema
        self._wrapper = made.wrapper
        self._cuts = made.cuts
        self._options = made.options
        self._lenient: dict[str | None, Lenient] = {}

    @property
    def json(self) -> dict[str, Any]:
        """The JSON Schema to send; a copy."""
        return deepcopy(self._schema)

    @cached_property
    def hash(self) -> str:
        """sha256, hexadecimal, of the schema's canonical JSON."""
        canonical = json.dumps(self._schema, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @cached_property
    def _names(self) -> Names:
        return Names(self._target.wire, self._target.attributes, wrapper=self._wrapper)

    @property
    def target(self) -> Any:
        """What was compiled."""
        return self._given

    def attribute_path(self, wire_path: str) -> str:
        """`lineItems[0].unitPrice` as `line_items[0].unit_price`; a wrapper's own name goes."""
        return self._names.attribute_path(wire_path)

    def read(
        self,
        results: Any,
        *,
        citations: Any = None,
        metrics: Any = None,
        source: str | None = None,
        task_id: str | None = None,
        locale: str | None = None,
        strict: bool = False,
        on_invalid: Literal["raise", "partial"] = "raise",
    ) -> Reading[T]:
        """The results as an instance.

        Args:
            results: As they came.
            citations: As they came; for the error only.
            metrics: As they came; for the error only.
            source: The input's name; for the error only.
            task_id: For the error only.
            locale: How numbers and dates are printed, for example "de" or "en-US"; None: only what has one reading.
            strict: Take values as they are, without reading printed numbers, dates and so on.
            on_invalid: "partial": leave out what does not fit, and say what it was.

        Raises:
            OutputError: The results do not fit, and keep everything that came.
        """
        failed = partial(
            OutputError,
            self.name,
            results=results,
            citations=citations,
            metrics=metrics,
            source=source,
            task_id=task_id,
        )
        adapter = self._target.adapter
        unwrapped = self._unwrapped(results)
        if adapter is None:
            if not isinstance(results, dict):
                raise failed([("", "no object")])
            return Reading(unwrapped)
        if self._cuts:
            unwrapped = _with_cuts(deepcopy(unwrapped), self._cuts, self._wrapper)
        fitted = unwrapped if strict else self._fit(unwrapped, locale)
        try:
            return Reading(_validate(adapter, fitted))
        except ValidationError as exc:
            errors = [(self._error_path(error["loc"], fitted), error["msg"]) for error in exc.errors(include_url=False)]
            cause: Exception = exc
        except Exception as exc:  # noqa: BLE001 - validators are the user's code and may raise anything
            errors, cause = [("", f"{type(exc).__name__}: {exc}")], exc
        invalid = tuple(dict(reversed(errors)).items())[::-1]
        if on_invalid == "partial" and isinstance(fitted, dict | list):
            value = what_fits(self._given, fitted)
            if value is not None:
                return Reading(value, invalid)
        raise failed(invalid) from cause

    def _unwrapped(self, results: Any) -> Any:
        if self._wrapper is not None and isinstance(results, Mapping) and self._wrapper in results:
            return results[self._wrapper]
        return results

    def _fit(self, results: Any, locale: str | None) -> Any:
        lenient = self._lenient.get(locale)
        if lenient is None:
            lenient = self._lenient[locale] = Lenient(self._target.wire, locale=locale)
        return lenient.fit(results)

    def _error_path(self, loc: tuple[str | int, ...], data: Any) -> str:
        """Pydantic's location as an attribute path; the names of union alternatives in it are no part of the data."""
        path, here = (self._wrapper or ""), data
        for step in loc:
            if isinstance(step, int):
                path = f"{path}[{step}]"
                here = here[step] if isinstance(here, list) and step < len(here) else None
            elif (isinstance(here, Mapping) and step in here) or (step == loc[-1] and isinstance(here, Mapping)):
                path = f"{path}.{step}" if path else step
                here = here.get(step)
        return self.attribute_path(path)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CompiledSchema) and (self._given, self._options) == (other._given, other._options)

    def __hash__(self) -> int:
        return hash(self.hash)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._given, *self._options)

    def __repr__(self) -> str:
        return f"CompiledSchema({self.name}, hash={self.hash[:12]})"


def _again(given: Any, dialect: str, recursion_depth: int, strict: bool) -> CompiledSchema[Any]:
    return compile_schema(given, dialect=dialect, recursion_depth=recursion_depth, strict=strict)


def _validate(adapter: TypeAdapter[Any], results: Any) -> Any:
    # As JSON, because that is what came: a strict model takes an ISO date from JSON and not from a Python str.
    return adapter.validate_json(json.dumps(results, ensure_ascii=False))


def _with_cuts(results: Any, cuts: Mapping[str, Any], wrapper: str | None) -> Any:
    """Where recursion was cut nothing was asked for, so what is missing there is nothing."""
    for cut, nothing in cuts.items():
        path = steps(cut.replace("[]", "[0]"))
        _fill(results, path[1:] if wrapper and path and path[0] == wrapper else path, nothing)
    return results


def _fill(here: Any, path: list[str | int], nothing: Any) -> None:
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        for item in here if isinstance(here, list) else ():
            _fill(item, rest, nothing)
    elif isinstance(here, dict):
        if rest:
            _fill(here.get(step), rest, nothing)
        else:
            here.setdefault(step, deepcopy(nothing))
