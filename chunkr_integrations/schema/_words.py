"""What an extractor should know and a keyword does not tell it: said in the description."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ._inline import Change, Path
from ._paths import ITEM, VALUE, report_path
from ._target import IN_WORDS

__all__ = ["in_words"]

_HINTS = {
    "date": "ISO 8601, YYYY-MM-DD",
    "date-time": "ISO 8601, YYYY-MM-DDThh:mm:ss",
    "time": "ISO 8601, hh:mm:ss",
    "duration": "ISO 8601, such as P30D or PT1H30M",
}
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")


def in_words(schema: Any, report: Callable[[Change], None], path: Path = (), *, said: bool = False) -> Any:
    """The schema, where each date says which spelling is wanted: extractors read descriptions, not all read `format`.

    Args:
        schema: Without references.
        report: Is told each change.
        path: Where the schema stands.
        said: The schema is one alternative of several, and the place's own description says what is to say.
    """
    if not isinstance(schema, Mapping):
        return schema
    done = {key: value for key, value in schema.items() if key != IN_WORDS}
    if "properties" in done:
        done["properties"] = {
            name: in_words(inner, report, (*path, name)) for name, inner in done["properties"].items()
        }
    if "items" in done:
        done["items"] = in_words(done["items"], report, (*path, ITEM))
    if "additionalProperties" in done:
        done["additionalProperties"] = in_words(done["additionalProperties"], report, (*path, VALUE))
    if "prefixItems" in done:
        done["prefixItems"] = [in_words(inner, report, (*path, ITEM)) for inner in done["prefixItems"]]
    for key in _ALTERNATIVES:
        if key in done:
            done[key] = [in_words(inner, report, path, said=True) for inner in done[key]]
    return done if said else _described(done, schema, report, path)


def _described(
    done: dict[str, Any], schema: Mapping[str, Any], report: Callable[[Change], None], path: Path
) -> dict[str, Any]:
    description = str(done.get("description", ""))
    places = [schema, *(inner for key in _ALTERNATIVES for inner in schema.get(key, ()) if isinstance(inner, Mapping))]
    hints = {_HINTS[place["format"]] for place in places if place.get("format") in _HINTS}
    if hints and "ISO" not in description:
        hint = "; ".join(sorted(hints))
        done["description"] = description = f"{description} ({hint})".strip()
        report(Change(report_path(path), "described", f"the description says how to write it: {hint}"))
    for words in dict.fromkeys(place[IN_WORDS] for place in places if IN_WORDS in place):
        done["description"] = description = f"{description} ({words})".strip()
        report(Change(report_path(path), "described", f"JSON Schema has no word for it: {words}"))
    return done
