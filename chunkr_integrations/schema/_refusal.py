"""What validation refused: where in the results, and why."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._lenient import why_unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError

__all__ = ["Refusal", "can_check", "refused_by_class", "refused_by_schema", "with_null"]

Place = tuple["str | int", ...]


@dataclass(frozen=True)
class Refusal:
    """One place that does not fit."""

    place: Place
    """Keys and indexes in the results, without a wrapper."""
    message: str


def refused_by_class(exc: ValidationError, data: Any) -> tuple[Refusal, ...]:
    """Pydantic's errors, one a place: where no alternative of a union fits, each of them complains."""
    complaints = [_Complaint.of(error, data) for error in exc.errors(include_url=False)]
    found: dict[Place, str] = {}
    for complaint in _of_the_likeliest(complaints):
        found.setdefault(complaint.place, complaint.message)
    return tuple(Refusal(place, message) for place, message in found.items())


@dataclass(frozen=True)
class _Complaint:
    place: Place
    message: str
    kind: str
    alternatives: tuple[tuple[Place, str], ...]
    """Where an object could be of several classes, and which of them complains."""

    @classmethod
    def of(cls, error: Any, data: Any) -> _Complaint:
        """Pydantic's location has the names of union alternatives in it, which stand in no data."""
        place: list[str | int] = []
        alternatives: list[tuple[Place, str]] = []
        loc, here = error["loc"], data
        for number, step in enumerate(loc, start=1):
            if isinstance(step, int) and isinstance(here, list):
                here = here[step] if step < len(here) else None
            elif isinstance(here, Mapping) and step in here:
                here = here[step]
            elif not (error["type"] == "missing" and number == len(loc)):
                if isinstance(here, Mapping):
                    alternatives.append((tuple(place), str(step)))
                continue
            place.append(step)
        message = why_unread(error["input"]) or error["msg"]
        return cls(tuple(place), message, error["type"], tuple(alternatives))


def _of_the_likeliest(complaints: list[_Complaint]) -> Iterator[_Complaint]:
    """Of an object that fits none of several classes: what that one says whose constants it has, or that says least."""
    said: dict[Place, dict[str, list[_Complaint]]] = {}
    for complaint in complaints:
        for place, name in complaint.alternatives:
            said.setdefault(place, {}).setdefault(name, []).append(complaint)
    likeliest = {place: min(names, key=lambda name: _unlikely(names[name])) for place, names in said.items()}
    for complaint in complaints:
        if all(likeliest[place] == name for place, name in complaint.alternatives):
            yield complaint


def _unlikely(complaints: list[_Complaint]) -> tuple[bool, int]:
    return any(complaint.kind == "literal_error" for complaint in complaints), len(complaints)


def can_check() -> bool:
    """Whether the package is there that knows JSON Schema."""
    return importlib.util.find_spec("jsonschema") is not None


def refused_by_schema(schema: Mapping[str, Any], data: Any) -> tuple[Refusal, ...]:
    """What the JSON Schema refuses; formats are not checked, as the specification has it."""
    validator = importlib.import_module("jsonschema").Draft202012Validator(schema)
    return tuple(_of_schema_error(error) for error in validator.iter_errors(data))


def _of_schema_error(error: Any) -> Refusal:
    # The package's own messages repeat the value, which is the document's text.
    place, wanted = tuple(error.absolute_path), error.validator_value
    if error.validator == "required":
        name = next((name for name in wanted if error.message.startswith(repr(name))), "")
        return Refusal((*place, name), "Field required")
    if error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else [kind for kind in wanted if kind != "null"] or wanted
        return Refusal(place, f"Input should be of type {' or '.join(kinds)}")
    if error.validator == "enum":
        return Refusal(place, f"Input should be one of {', '.join(str(one) for one in wanted if one is not None)}")
    return Refusal(place, f"Input does not fit the schema's {error.validator}")


def with_null(schema: Any, *, root: bool = True) -> Any:
    """The schema, where every value below the root may also be null."""
    if not isinstance(schema, Mapping):
        return schema
    done = dict(schema)
    if "properties" in done:
        done["properties"] = {name: with_null(inner, root=False) for name, inner in done["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in done:
            done[key] = with_null(done[key], root=False)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if key in done:
            done[key] = [with_null(inner, root=root and key != "prefixItems") for inner in done[key]]
    return done if root else _nullable(done)


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    if "type" in schema:
        kinds = schema["type"]
        schema["type"] = [*([kinds] if isinstance(kinds, str) else kinds), "null"]
    for key in ("anyOf", "oneOf"):
        if key in schema and not any(_takes_null(inner) for inner in schema[key]):
            schema[key] = [*schema[key], {"type": "null"}]
    return schema


def _takes_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and "null" in schema.get("type", ())
