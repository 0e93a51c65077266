"""`compile_schema`, and what it gives."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections import OrderedDict
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from chunkr_integrations.exceptions import ConfigurationError, OutputError, SchemaError

from ._dialect import DIALECTS, to_strict
from ._inline import Change, Inliner
from ._locale import check_locale
from ._names import Names
from ._reading import Reader, Reading, RefusedError
from ._target import Target, to_target
from ._words import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CompiledSchema", "compile_schema"]

T = TypeVar("T")

_Options = tuple[str, int, bool]
_ON_CLASS = "__chunkr_compiled__"
_REMEMBERED = 64  # types that are no class, such as list[Invoice]; they can hold nothing themselves


class _Memo(dict[_Options, "CompiledSchema[Any]"]):
    """What a class was compiled to, kept on the class, so that both go together; a copy or a pickle of it is empty."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _Memo, ()

    def __deepcopy__(self, memo: Any) -> _Memo:
        return _Memo()


_types: OrderedDict[Any, _Memo] = OrderedDict()
_types_lock = Lock()


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
        target: A Pydantic class, a dataclass, a TypedDict, any other type that Pydantic can validate, or a JSON Schema
            as a dict, whose results come back as JSON. What is no object is wrapped in one and unwrapped again.
        dialect: `chunkr`, or `strict` for servers that refuse `null` alternatives and constraint keywords.
        recursion_depth: How often a recursive class contains itself in the schema that is sent.
        strict: Refuse what cannot be said in full, instead of reporting it.

    Raises:
        SchemaError: The target has no JSON Schema, or, when strict, not all of it can be said.
        ConfigurationError: There is no such dialect or depth.
    """
    if isinstance(target, CompiledSchema):
        return target
    if dialect not in DIALECTS or recursion_depth < 0:
        dialects = " or ".join(DIALECTS)
        msg = f"There is no dialect {dialect!r} with recursion_depth {recursion_depth}. Use {dialects}, and 0 or more."
        raise ConfigurationError(msg)
    options = (dialect, recursion_depth, strict)
    known = _memo(target)
    if options not in known:
        known[options] = _compile(target, options)
    return known[options]


def _memo(target: Any) -> _Memo:
    try:
        if inspect.isclass(target):
            found = target.__dict__.get(_ON_CLASS)
            if not isinstance(found, _Memo):
                found = _Memo()
                setattr(target, _ON_CLASS, found)
            return found
        with _types_lock:
            known = _types.setdefault(target, _Memo())
            _types.move_to_end(target)
            if len(_types) > _REMEMBERED:
                _types.popitem(last=False)
            return known
    except (TypeError, AttributeError):  # built-in classes take no attribute, and a JSON Schema has no hash
        return _Memo()


def _compile(given: Any, options: _Options) -> CompiledSchema[Any]:
    dialect, recursion_depth, strict = options
    target = to_target(given)
    inliner = Inliner(target.wire, target=target.name, depth=recursion_depth)
    inlined = inliner.inline()
    changes = inliner.changes
    changes.extend(Change("", "dropped", reason, lossless=False) for reason in target.unsaid)
    schema: dict[str, Any] = in_words(inlined, changes.append)
    wrapper = None
    if not _is_object(schema):
        wrapper = "items" if schema.get("type") == "array" else "value"
        changes.append(Change("", "wrapped", f"the root must be an object: the answer is asked for as its {wrapper!r}"))
        schema = {"type": "object", "properties": {wrapper: schema}, "required": [wrapper]}
    schema.setdefault("type", "object")
    if dialect == "strict":
        schema = to_strict(schema, changes.append)
    if strict:
        _refuse(target.name, changes)
    reader = Reader(given, target, inlined, wrapper, inliner.cuts)
    return CompiledSchema(_Made(given, target, schema, tuple(changes), wrapper, options), reader)


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object" or ("type" not in schema and "properties" in schema)


def _refuse(name: str, changes: list[Change]) -> None:
    for change in changes:
        if not change.lossless:
            cure = "Change the class, or compile without strict=True and read the report."
            raise SchemaError(name, change.path, change.reason, cure=cure)


@dataclass(frozen=True)
class _Made:
    """What `_compile` found out."""

    given: Any
    target: Target
    schema: dict[str, Any]
    changes: tuple[Change, ...]
    wrapper: str | None
    options: _Options


class CompiledSchema(Generic[T]):
    """A class as the `schema` of an extraction; made by `compile_schema`, equal for equal classes and options.

    Attributes:
        name: The class's name, for messages.
        changes: What the schema differs in from the class, in order.
    """

    def __init__(self, made: _Made, reader: Reader) -> None:
        self.name = made.target.name
        self.changes = made.changes
        self._made = made
        self._reader = reader

    @property
    def json(self) -> dict[str, Any]:
        """The JSON Schema to send; a copy."""
        return deepcopy(self._made.schema)

    @cached_property
    def hash(self) -> str:
        """sha256, hexadecimal, of the schema's canonical JSON."""
        canonical = json.dumps(self._made.schema, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def _names(self) -> Names:
        return Names(self._made.target.wire, self._made.target.attributes, wrapper=self._made.wrapper)

    @property
    def target(self) -> Any:
        """What was compiled."""
        return self._made.given

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
            ConfigurationError: There is no such locale or `on_invalid`.
        """
        if on_invalid not in {"raise", "partial"}:
            msg = f'There is no on_invalid={on_invalid!r}. Use "raise" or "partial".'
            raise ConfigurationError(msg)
        try:
            value, checked = self._reader.read(results, locale=check_locale(locale), strict=strict)
        except RefusedError as exc:
            invalid = tuple((self._names.of_place(refusal.place), refusal.message) for refusal in exc.refusals)
            if on_invalid == "partial" and exc.partial is not None:
                return Reading(exc.partial, invalid)
            kept = {"citations": citations, "metrics": metrics, "source": source, "task_id": task_id}
            raise OutputError(self.name, invalid, results=results, **kept) from exc.__cause__
        return Reading(value, checked=checked)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CompiledSchema):
            return NotImplemented
        return bool((self.target, self._made.options) == (other.target, other._made.options))

    def __hash__(self) -> int:
        return hash(self.hash)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.target, *self._made.options)

    def __repr__(self) -> str:
        return f"CompiledSchema({self.name}, hash={self.hash[:12]})"


def _again(given: Any, dialect: str, recursion_depth: int, strict: bool) -> CompiledSchema[Any]:
    return compile_schema(given, dialect=dialect, recursion_depth=recursion_depth, strict=strict)
