"""Dialects: what a server's schema language lacks is said in words.

`chunkr` is the hosted service and the embedded engine: plain JSON Schema. `strict` is for servers that refuse `null`
alternatives, `const`, `oneOf`, tuples and constraint keywords: a nullable field becomes one that need not be there, a
constraint a sentence of the description (the idea is that of the Anthropic SDK's `lib/_parse/_transform.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ._inline import Change, Path
from ._paths import ITEM, VALUE, report_path

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

_SYNONYMS = {"oneOf": "anyOf", "const": "enum"}
_BELOW: dict[str, Path] = {"items": (ITEM,), "additionalProperties": (VALUE,)}

_Report = Callable[[Change], None]


def to_strict(schema: dict[str, Any], report: _Report, path: Path = ()) -> dict[str, Any]:
    """The schema without null alternatives, constraint keywords, `const`, `oneOf` and `prefixItems`."""
    schema = _without_tuple(_without_null(schema, report, path), report, path)
    schema = _without_synonyms(schema, report, path)
    done: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _CONSTRAINTS:
            continue
        if key == "properties":
            done[key] = {name: _inner(inner, report, (*path, name)) for name, inner in value.items()}
        elif key in _BELOW:
            done[key] = _inner(value, report, path + _BELOW[key])
        elif key in {"anyOf", "allOf"}:
            done[key] = [_inner(inner, report, path) for inner in value]
        else:
            done[key] = value
    if isinstance(schema.get("properties"), Mapping):
        nullable = {name for name, inner in schema["properties"].items() if _is_nullable(inner)}
        done["required"] = [name for name in schema.get("required", ()) if name not in nullable]
    words = list(_in_words(schema, report, path))
    if words:
        done["description"] = f"{done.get('description', '')} ({'; '.join(words)})".strip()
    return done


def _without_synonyms(schema: dict[str, Any], report: _Report, path: Path) -> dict[str, Any]:
    if "oneOf" in schema:
        report(Change(report_path(path), "rewritten", "oneOf is an anyOf whose alternatives exclude each other"))
    if "const" in schema:
        report(Change(report_path(path), "rewritten", "const is an enum of one value"))
    return {_SYNONYMS.get(key, key): [value] if key == "const" else value for key, value in schema.items()}


def _inner(schema: Any, report: _Report, path: Path) -> Any:
    return to_strict(dict(schema), report, path) if isinstance(schema, Mapping) else schema


def _in_words(schema: Mapping[str, Any], report: _Report, path: Path) -> Iterator[str]:
    for key, words in _CONSTRAINTS.items():
        if key in schema and not (key == "default" and schema[key] in (None, [], {})):
            value = schema[key]
            yield words.format(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
            said = f"{key} is said in the description; it is enforced when the answer is read"
            report(Change(report_path(path), "moved", said))


def _is_nullable(schema: Any) -> bool:
    if not isinstance(schema, Mapping):
        return False
    kind = schema.get("type")
    alternatives = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return (isinstance(kind, list) and "null" in kind) or any(map(_is_null, alternatives))


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "null"


def _without_null(schema: dict[str, Any], report: _Report, path: Path) -> dict[str, Any]:
    if not _is_nullable(schema):
        return schema
    report(Change(report_path(path), "nullable", "null is not asked for; a field that is not there reads as None"))
    kind = schema.get("type")
    if isinstance(kind, list):
        left = [name for name in kind if name != "null"]
        schema = {**schema, "type": left[0] if len(left) == 1 else left}
    for key in ("anyOf", "oneOf"):
        if any(map(_is_null, schema.get(key, ()))):
            others = [inner for inner in schema[key] if not _is_null(inner)]
            rest = {name: value for name, value in schema.items() if name != key}
            schema = _merged(others[0], rest) if len(others) == 1 else {**rest, key: others}
    if "enum" in schema:
        schema = {**schema, "enum": [value for value in schema["enum"] if value is not None]}
    return schema


def _merged(only: Any, rest: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(only, Mapping):
        return rest
    both = [one["description"] for one in (rest, only) if "description" in one]
    said = {"description": "\n".join(dict.fromkeys(both))} if both else {}
    return {**only, **rest, **said}


def _without_tuple(schema: dict[str, Any], report: _Report, path: Path) -> dict[str, Any]:
    """A tuple as a list of its kinds of items; which item is which is said in words, and checked when read."""
    firsts = schema.get("prefixItems")
    if not isinstance(firsts, list):
        return schema
    kinds = [*firsts, schema["items"]] if isinstance(schema.get("items"), Mapping) else firsts
    several = list({json.dumps(kind, sort_keys=True): kind for kind in kinds}.values())
    names = ", ".join(str(kind.get("title") or kind.get("type", "any")) for kind in firsts if isinstance(kind, Mapping))
    done = {key: value for key, value in schema.items() if key != "prefixItems"}
    done["items"] = several[0] if len(several) == 1 else {"anyOf": several}
    done["description"] = f"{done.get('description', '')} (in this order: {names})".strip()
    report(Change(report_path(path), "rewritten", "a tuple is a list whose items are described"))
    return done
