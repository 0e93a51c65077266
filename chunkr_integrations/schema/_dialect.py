"""Dialects: what a server's schema language lacks is said in words.

`chunkr` is the hosted service and the embedded engine: plain JSON Schema. `strict` is for servers that refuse `null`
alternatives and constraint keywords: a nullable field becomes one that need not be there, a constraint a sentence of
the description (the idea is that of the Anthropic SDK's `lib/_parse/_transform.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ._inline import Change

__all__ = ["DIALECTS", "to_strict"]

DIALECTS = ("chunkr", "strict")

_CONSTRAINTS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matching the regular expression {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "uniqueItems": "no item twice",
    "minProperties": "at least {} entries",
    "maxProperties": "at most {} entries",
    "default": "by default {}",
    "examples": "for example {}",
}


def to_strict(schema: dict[str, Any], report: Callable[[Change], None], path: str = "") -> dict[str, Any]:
    """The schema without null alternatives, constraint keywords and `const`."""
    schema = _not_null(schema, report, path)
    done: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _CONSTRAINTS:
            continue
        if key == "const":
            done["enum"] = [value]
        elif key == "properties":
            done[key] = {
                name: to_strict(inner, report, f"{path}.{name}" if path else name) for name, inner in value.items()
            }
        elif key in {"items", "additionalProperties"} and isinstance(value, Mapping):
            done[key] = to_strict(dict(value), report, f"{path}[]")
        elif key in {"anyOf", "oneOf", "allOf", "prefixItems"}:
            done[key] = [to_strict(dict(inner), report, path) for inner in value]
        else:
            done[key] = value
    if "properties" in schema:
        nullable = {name for name, inner in schema["properties"].items() if _is_nullable(inner)}
        done["required"] = [name for name in schema.get("required", ()) if name not in nullable]
    words = list(_in_words(schema, report, path))
    if words:
        done["description"] = f"{done.get('description', '')} ({'; '.join(words)})".strip()
    return done


def _in_words(schema: Mapping[str, Any], report: Callable[[Change], None], path: str) -> Iterator[str]:
    for key, words in _CONSTRAINTS.items():
        if key in schema and not (key == "default" and schema[key] is None):
            value = schema[key]
            yield words.format(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
            report(Change(path, "moved", f"{key} is said in the description; it is enforced when the answer is read"))


def _is_nullable(schema: Any) -> bool:
    if not isinstance(schema, Mapping):
        return False
    kind = schema.get("type")
    return (isinstance(kind, list) and "null" in kind) or any(
        isinstance(inner, Mapping) and inner.get("type") == "null" for inner in schema.get("anyOf", ())
    )


def _not_null(schema: dict[str, Any], report: Callable[[Change], None], path: str) -> dict[str, Any]:
    if not _is_nullable(schema):
        return schema
    report(Change(path, "nullable", "null is not asked for; a field that is not there reads as None"))
    kind = schema.get("type")
    if isinstance(kind, list):
        left = [name for name in kind if name != "null"]
        return {**schema, "type": left[0] if len(left) == 1 else left}
    others = [inner for inner in schema["anyOf"] if inner.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**others[0], **rest} if len(others) == 1 else {**rest, "anyOf": others}
