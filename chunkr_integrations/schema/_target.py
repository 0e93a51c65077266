"""What may stand for "the class": anything Pydantic can validate, or a JSON Schema."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_origin

from pydantic import PydanticUserError, TypeAdapter
from pydantic.errors import PydanticUndefinedAnnotation
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from chunkr_integrations.exceptions import SchemaError

__all__ = ["Target", "to_target"]

_VALUES = (str, bytes, int, float, list, tuple, set)
_SHORT = re.compile(r"(?<![\w.])(?:[a-z_]\w*\.|\w+\.<locals>\.)+(?=[A-Za-z_<])")  # the modules in a type's repr
_CURE = "Give a Pydantic class, a dataclass, a TypedDict, a type such as list[Invoice], or a JSON Schema as a dict."


class _Generator(GenerateJsonSchema):
    """Pydantic's schema, where a Decimal is a number and nothing else."""

    def encode_default(self, dft: Any) -> Any:
        """Pydantic builds a type adapter for each default; most are what JSON has anyway."""
        return dft if dft is None or type(dft) in {bool, int, str} else super().encode_default(dft)

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        # Pydantic's own is `anyOf [number, string]` in validation mode. The service answers with a number; a string is
        # read just as well when the answer comes back.
        made = self.float_schema(core_schema.float_schema())
        self.update_with_validations(made, schema, self.ValidationsMapping.numeric)
        return made


@dataclass(frozen=True)
class Target:
    """A class, and its JSON Schema with the names on the wire."""

    name: str
    wire: Mapping[str, Any]
    adapter: TypeAdapter[Any] | None  # None: a JSON Schema, which has no class to come back as

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """As `wire`, with the names of the attributes in place of their aliases."""
        if self.adapter is None:
            return self.wire
        return self.adapter.json_schema(by_alias=False, schema_generator=_Generator)


def to_target(given: Any) -> Target:
    """Look at what was given.

    Raises:
        SchemaError: It has no JSON Schema.
    """
    if isinstance(given, Mapping):
        return _of_json_schema(given)
    name = given.__name__ if inspect.isclass(given) and get_origin(given) is None else _SHORT.sub("", repr(given))[:80]
    if given is None or isinstance(given, _VALUES) or inspect.isroutine(given):
        raise SchemaError(name, "", "it is no class and no schema", cure=_CURE)
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(given)
        wire = adapter.json_schema(by_alias=True, schema_generator=_Generator)
    except PydanticUndefinedAnnotation as exc:
        reason = f"the name {exc.name!r} in its annotations is not defined"
        raise SchemaError(name, "", reason, cure="Define or import it before the class is used.") from exc
    except PydanticUserError as exc:
        reason = f"it has no JSON Schema: {exc.message.splitlines()[0].rstrip('.')}"
        raise SchemaError(name, "", reason, cure=_CURE) from exc
    except Exception as exc:
        reason = f"it has no JSON Schema: {type(exc).__name__}: {exc}".splitlines()[0].rstrip(".")
        raise SchemaError(name, "", reason, cure=_CURE) from exc
    return Target(name, wire, adapter)


_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def _of_json_schema(schema: Mapping[str, Any]) -> Target:
    name = str(schema.get("title") or "The JSON Schema")
    try:
        json.dumps(schema)
    except (TypeError, ValueError) as exc:
        raise SchemaError(name, "", f"it is no JSON: {exc}", cure="Use JSON values only.") from exc
    is_object = schema.get("type", "object") == "object" and (
        "type" in schema or "properties" in schema or "$ref" in schema
    )
    if not is_object:
        wrapped = '{"type": "object", "properties": {"items": ...}}'
        cure = f"Put it into an object: {wrapped}; or give a type such as list[Invoice]."
        raise SchemaError(name, "", "its root is not an object", cure=cure)
    _check_types(schema, name, "")
    return Target(name, schema, None)


def _check_types(schema: Any, name: str, path: str) -> None:
    if not isinstance(schema, Mapping):
        return
    kinds = schema.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind not in _TYPES:
            cure = f"JSON Schema has {', '.join(sorted(_TYPES))}."
            raise SchemaError(name, path, f"there is no type {kind!r}", cure=cure)
    for key, inner in (schema.get("properties") or {}).items():
        _check_types(inner, name, f"{path}.{key}" if path else str(key))
    if "items" in schema:
        _check_types(schema["items"], name, f"{path}[]")
