"""What may stand for "the class": anything Pydantic can validate, or a JSON Schema."""

from __future__ import annotations

import inspect
import json
import math
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_origin

from pydantic import PydanticUserError, TypeAdapter
from pydantic.errors import PydanticUndefinedAnnotation
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind
from pydantic_core import PydanticSerializationError, core_schema, to_jsonable_python

from chunkr_integrations.exceptions import SchemaError

from ._json_schema import check

__all__ = ["IN_WORDS", "Target", "to_target"]

_VALUES = (str, bytes, int, float, list, tuple, set)
_SHORT = re.compile(r"(?<![\w.])(?:[a-z_]\w*\.|\w+\.<locals>\.)+(?=[A-Za-z_<])")  # the modules in a type's repr
_CURE = "Give a Pydantic class, a dataclass, a TypedDict, a type such as list[Invoice], or a JSON Schema as a dict."

IN_WORDS = "x-chunkr-in-words"
"""A keyword that holds what JSON Schema has no word for; it is moved into the description, never sent."""


class _Generator(GenerateJsonSchema):
    """Pydantic's schema, but for decimals, named tuples and defaults that are no JSON."""

    unsaid: list[str]

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        """A warning is a line of the report."""
        if kind == "non-serializable-default":
            self.unsaid.append("a default value that is no JSON is not in the schema; it stands where nothing is found")
        else:
            super().emit_warning(kind, detail)

    def encode_default(self, dft: Any) -> Any:
        """Pydantic builds a type adapter for each default; most are what JSON has anyway."""
        if isinstance(dft, float) and not math.isfinite(dft):
            raise PydanticSerializationError("JSON has no such number")
        return dft if dft is None or type(dft) in {bool, int, str} else super().encode_default(dft)

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        # Pydantic's own is `anyOf [number, string]` in validation mode. The service answers with a number; a string is
        # read just as well when the answer comes back.
        made = self.float_schema(core_schema.float_schema())
        for bound, keyword in self.ValidationsMapping.numeric.items():
            if schema.get(bound) is not None:
                made[keyword] = _json_number(schema[bound])  # type: ignore[literal-required]
        digits = [("max_digits", "at most {} digits"), ("decimal_places", "at most {} decimal places")]
        words = [said.format(schema[key]) for key, said in digits if schema.get(key) is not None]  # type: ignore[literal-required]
        if words:
            made[IN_WORDS] = "; ".join(words)
        return made

    def named_tuple_schema(self, schema: Any) -> JsonSchemaValue:
        # Pydantic's own is an array of nameless items. Names say what is asked for, and Pydantic takes both.
        fields = [{**field, "alias": field.get("validation_alias")} for field in schema["fields"]]
        return self.kw_arguments_schema(fields, None)  # type: ignore[arg-type]  # all that it looks at is there

    def arguments_schema(self, schema: core_schema.ArgumentsSchema) -> JsonSchemaValue:
        # What a NamedTuple was to Pydantic before 2.14.
        arguments = list(schema["arguments_schema"])
        if any(argument.get("mode") == "positional_only" for argument in arguments) or schema.get("var_args_schema"):
            return super().arguments_schema(schema)
        return self.kw_arguments_schema(arguments, schema.get("var_kwargs_schema"))


def _json_number(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


@dataclass(frozen=True)
class Target:
    """A class, and its JSON Schema with the names on the wire."""

    name: str
    wire: Mapping[str, Any]
    adapter: TypeAdapter[Any] | None  # None: a JSON Schema, which has no class to come back as
    unsaid: tuple[str, ...] = field(default=())
    """What the JSON Schema leaves out of the class, a sentence each."""

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """As `wire`, with the names of the attributes in place of their aliases."""
        return self.wire if self.adapter is None else _generated(self.adapter, by_alias=False)[0]


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
    if _is_instance(given):
        name = type(given).__name__
        raise SchemaError(name, "", "it is an instance, not the class", cure=f"Give the class: {name}.")
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(given)
        wire, unsaid = _generated(adapter, by_alias=True)
    except PydanticUndefinedAnnotation as exc:
        reason = f"the name {exc.name!r} in its annotations is not defined"
        raise SchemaError(name, "", reason, cure="Define or import it before the class is used.") from exc
    except PydanticUserError as exc:
        reason = f"it has no JSON Schema: {exc.message.splitlines()[0].rstrip('.')}"
        raise SchemaError(name, "", reason, cure=_CURE) from exc
    except ImportError as exc:  # EmailStr and its kind
        reason = f"one of its types needs a package: {exc}".rstrip(".")
        raise SchemaError(name, "", reason, cure="Install it, or use str.") from exc
    except Exception as exc:
        reason = f"it has no JSON Schema: {type(exc).__name__}: {exc}".splitlines()[0].rstrip(".")
        raise SchemaError(name, "", reason, cure=_CURE) from exc
    return Target(name, wire, adapter, unsaid)


def _is_instance(given: Any) -> bool:
    return not inspect.isclass(given) and (
        hasattr(type(given), "__pydantic_validator__") or hasattr(type(given), "__dataclass_fields__")
    )


def _generated(adapter: TypeAdapter[Any], *, by_alias: bool) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    unsaid: list[str] = []
    generator = type("_Generator", (_Generator,), {"unsaid": unsaid})
    made = adapter.json_schema(by_alias=by_alias, schema_generator=generator)
    try:
        json.dumps(made, allow_nan=False)
    except (TypeError, ValueError):  # json_schema_extra may hold anything
        made = to_jsonable_python(made, inf_nan_mode="null", fallback=str)
    return made, tuple(dict.fromkeys(unsaid))


def _of_json_schema(schema: Mapping[str, Any]) -> Target:
    name = str(schema.get("title") or "The JSON Schema")
    try:
        json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        raise SchemaError(name, "", f"it is no JSON: {exc}", cure="Use JSON values only.") from exc
    check(schema, name)
    return Target(name, deepcopy(dict(schema)), None)
