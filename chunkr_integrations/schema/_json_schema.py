"""Whether a dict is a JSON Schema that can be asked for: a mistake in it is named here, with its place.

The meta-schema would say the same in the words of a validator, and needs a package that may not be installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chunkr_integrations.exceptions import SchemaError

from ._paths import joined

__all__ = ["check"]

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_SAYS_SOMETHING = frozenset({"type", "properties", "$ref", "anyOf", "oneOf", "allOf", "enum", "const", "items"})
_CURE = 'Give a JSON Schema such as {"type": "object", "properties": {"total": {"type": "number"}}}.'


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_schema(value: Any) -> bool:
    return isinstance(value, Mapping | bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


# keyword: (whether its value may be, what it must be)
_SHAPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(
        ("properties", "$defs", "definitions"),
        (lambda v: isinstance(v, Mapping) and all(map(_is_schema, v.values())), "an object of schemas"),
    ),
    "items": (_is_schema, "a schema; a list of schemas is `prefixItems` since 2020-12"),
    "additionalProperties": (_is_schema, "a schema or a boolean"),
    "prefixItems": (lambda v: isinstance(v, list) and v != [] and all(map(_is_schema, v)), "a list of schemas"),
    **dict.fromkeys(
        ("anyOf", "oneOf", "allOf"),
        (lambda v: isinstance(v, list) and v != [] and all(map(_is_schema, v)), "a list of schemas, not empty"),
    ),
    "not": (_is_schema, "a schema"),
    "contains": (_is_schema, "a schema"),
    "propertyNames": (_is_schema, "a schema"),
    "required": (_is_names, "a list of names"),
    "enum": (lambda v: isinstance(v, list) and v != [], "a list of values, not empty"),
    "description": (lambda v: isinstance(v, str), "text"),
    "title": (lambda v: isinstance(v, str), "text"),
    "format": (lambda v: isinstance(v, str), "text"),
    "pattern": (lambda v: isinstance(v, str), "text"),
    "$ref": (lambda v: isinstance(v, str), "text"),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), (_is_number, "a number")
    ),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), (_is_count, "a count")
    ),
}


def check(schema: Mapping[str, Any], name: str) -> None:
    """Look at the schema and all below it.

    Raises:
        SchemaError: It says nothing of what it wants, or a keyword holds what it cannot hold.
    """
    if not _SAYS_SOMETHING & schema.keys():
        reason = (
            "it says nothing of what to extract" if not schema else f"no JSON Schema has {next(iter(schema))!r} alone"
        )
        raise SchemaError(name, "", reason, cure=_CURE)
    _check(schema, name, "")
    kinds = schema.get("type")
    if isinstance(kinds, str) and kinds not in {"object", "array"}:
        cure = 'Give it a name: {"type": "object", "properties": {"total": {"type": "number"}}}.'
        raise SchemaError(name, "", f"its root is a single {kinds}, not an object", cure=cure)


def _check(schema: Any, name: str, path: str) -> None:
    if not isinstance(schema, Mapping):
        return
    _check_keywords(schema, name, path)
    for key, inner in schema.get("properties", {}).items():
        _check(inner, name, joined(path, str(key)))
    for keyword in ("items", "contains"):
        _check(schema.get(keyword), name, f"{path}[]")
    _check(schema.get("additionalProperties"), name, joined(path, "*"))
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for inner in schema.get(keyword, ()):
            _check(inner, name, path)
    for keyword in ("$defs", "definitions"):
        for key, inner in schema.get(keyword, {}).items():
            _check(inner, name, f"{keyword}.{key}")


def _check_keywords(schema: Mapping[str, Any], name: str, path: str) -> None:
    kinds = schema.get("type", [])
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind not in _TYPES:
            raise SchemaError(name, path, f"there is no type {kind!r}", cure=f"JSON Schema has {', '.join(_TYPES)}.")
    for keyword, (fits, wanted) in _SHAPES.items():
        if keyword in schema and not fits(schema[keyword]):
            raise SchemaError(name, path, f"{keyword!r} must be {wanted}", cure=_CURE)
