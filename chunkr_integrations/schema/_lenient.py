"""Messy answers made fit for validation, led by the schema; what is not understood stays as it is and fails there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ._inline import merged, resolve
from ._moments import has_two_dates, read_date, read_datetime, read_duration, read_time
from ._printed import has_two_readings, means_nothing, read_boolean, read_number

__all__ = ["Lenient", "why_unread"]

_DROP = object()  # the class's own default says what nothing means
_Fit = Callable[[Any], Any]

# In front of a value that Pydantic would read, and misread: no document has this character (it is for private use).
_UNREAD = "\ue0f1"
_REASONS = {
    "n": 'a mark before three digits is decimal or separates thousands; locale= says which, such as "de" or "en"',
    "d": 'day and month can be either way round; locale= says which comes first, such as "en-US" or "en-GB"',
    "e": "a bare number is no date, time or duration",
}
_REFERENCES = 100  # a chain of references that is longer comes back to itself
_BARE = re.compile(r"[+-]?\d+([.,]\d+)?")
_WANTED = {"date": "a date", "date-time": "a date", "time": "a time", "duration": "a duration"}


def why_unread(value: Any) -> str | None:
    """Why a value that validation refused was kept from being read; None for any other."""
    return _REASONS[value[1]] if isinstance(value, str) and value[:1] == _UNREAD and value[1:2] in _REASONS else None


def _as_it_is(value: Any) -> Any:
    return value


class Lenient:
    """Fits values to one schema; built whole before it is used, so that threads may share it.

    Rules beside those of `_printed` and `_moments`: what says that there is no value (blank, a dash, "n/a") is null
    where text does not fit; null for an array, or for a field with a default, is as if the field were not there; a
    missing field that may be null is null; an enum's value is recognised whatever its case and the space around it; a
    whole number where text is wanted is its digits; other text is never touched.

    Args:
        root: The schema, as Pydantic wrote it: references and all.
        locale: As in `read`.
        keep: There is no class: a null stays, and what could be misread stays as it came.
    """

    def __init__(self, root: Mapping[str, Any], *, locale: str | None, keep: bool = False) -> None:
        self._root = root
        self._locale = locale
        self._keep = keep
        self._made: dict[int, tuple[Any, _Fit]] = {}  # by id, with the schema itself, so that no other gets its id
        self._fit = self._for(root)

    def fit(self, results: Any) -> Any:
        """A copy of the results, with what could be understood in place."""
        return self._fit(results)

    def _for(self, schema: Any) -> _Fit:
        if not isinstance(schema, Mapping):
            return _as_it_is
        known = self._made.get(id(schema))
        if known is None:
            made: list[_Fit] = []

            def later(value: Any) -> Any:  # stands in while a recursive schema is being looked at
                return made[0](value)

            self._made[id(schema)] = (schema, later)
            made.append(self._make(schema))
            known = self._made[id(schema)] = (schema, made[0])
        return known[1]

    def _make(self, schema: Mapping[str, Any]) -> _Fit:
        if _stands_for_another(schema):
            return self._for(self._resolved(schema))
        alternatives = schema.get("anyOf", schema.get("oneOf"))
        if isinstance(alternatives, list):
            return self._any_of(alternatives)
        if "enum" in schema or "const" in schema:
            return self._enum(schema.get("enum", [schema.get("const")]))
        kinds = schema.get("type")
        if isinstance(kinds, list):  # as Zod writes what may be null
            return self._any_of([{**schema, "type": kind} for kind in kinds])
        return self._single(kinds, schema)

    def _single(self, kinds: Any, schema: Mapping[str, Any]) -> _Fit:
        if kinds == "object" and ("properties" in schema or isinstance(schema.get("additionalProperties"), Mapping)):
            return self._object(schema)
        if kinds == "array":
            return self._array(schema)
        if kinds in {"number", "integer"}:
            return self._number
        if kinds == "boolean":
            return _boolean
        if kinds == "string":
            return self._string(schema.get("format"))
        return _as_it_is

    def _number(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if means_nothing(value):
            return None
        number = read_number(value, self._locale)
        if number is None:
            return self._unread("n", value) if has_two_readings(value) else value
        return _json_number(number)

    def _unread(self, reason: str, value: Any) -> Any:
        return value if self._keep else f"{_UNREAD}{reason}{value}"

    def _string(self, form: str | None) -> _Fit:
        if form == "binary":
            return _as_it_is
        if form not in _WANTED:
            return _text if form is None else _formatted

        def fit(value: Any) -> Any:
            if isinstance(value, str) and means_nothing(value):
                return None
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                return value
            text = str(value)
            read = _moment(form, text, self._locale)
            if read is not None:
                return read
            if form in {"date", "date-time"} and self._locale in {None, "en", "en-ca"} and has_two_dates(text):
                return self._unread("d", value)
            return self._unread("e", value) if _BARE.fullmatch(text.strip()) else value

        return fit

    def _enum(self, values: list[Any]) -> _Fit:
        folded: dict[str, Any] = {}
        for one in values:
            if isinstance(one, str):
                folded[one.strip().casefold()] = one if one.strip().casefold() not in folded else _DROP
        numbers = {str(one): one for one in values if isinstance(one, int) and not isinstance(one, bool)}

        def fit(value: Any) -> Any:
            if not isinstance(value, str) or value in values:
                return value
            found = folded.get(value.strip().casefold(), _DROP)
            if found is not _DROP:
                return found
            return numbers.get(value.strip(), None if means_nothing(value) else value)

        return fit

    def _array(self, schema: Mapping[str, Any]) -> _Fit:
        firsts = [self._for(inner) for inner in schema.get("prefixItems", ())]
        rest = self._for(schema.get("items"))

        def fit(value: Any) -> Any:
            if value is None:
                return None if self._keep else []
            if not isinstance(value, list):
                return value
            if rest is _as_it_is and not firsts:
                return value
            return [(firsts[i] if i < len(firsts) else rest)(item) for i, item in enumerate(value)]

        return fit

    def _object(self, schema: Mapping[str, Any]) -> _Fit:
        properties: dict[str, Any] = dict(schema.get("properties", {}))
        fits = {name: self._for(inner) for name, inner in properties.items()}
        extra = self._for(schema.get("additionalProperties"))
        required = set(schema.get("required", ()))
        nullable = {name for name, inner in properties.items() if self._may_be_null(inner)}
        absent = () if self._keep else [name for name in properties if name in required and name in nullable]
        has_default = set() if self._keep else properties.keys() - nullable - required

        def fit(value: Any) -> Any:
            if not isinstance(value, dict):
                return value
            done = {}
            for name, item in value.items():
                read = fits.get(name, extra)(item) if item is not None or name not in has_default else None
                if read is not None or name not in has_default:
                    done[name] = read
            for name in absent:
                done.setdefault(name, None)
            return done

        return fit

    def _may_be_null(self, schema: Any) -> bool:
        if not isinstance(schema, Mapping):
            return True
        schema = self._resolved(schema)
        inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        if inner:
            return any(self._may_be_null(one) for one in inner)
        if "enum" in schema or "const" in schema:
            return None in schema.get("enum", [schema.get("const")])
        kind = schema.get("type")
        return kind in (None, "null") or (isinstance(kind, list) and "null" in kind)

    def _any_of(self, alternatives: list[Any]) -> _Fit:
        real = [one for one in alternatives if not (isinstance(one, Mapping) and one.get("type") == "null")]
        fits = [self._for(one) for one in real]
        if len(real) > 1:
            return self._chosen([_Alternative(self._resolved(one), fit) for one, fit in zip(real, fits, strict=True)])
        only = fits[0] if fits else _as_it_is
        if len(real) == len(alternatives):
            return only

        def fit(value: Any) -> Any:
            return None if value is None else only(value)

        return fit

    def _resolved(self, schema: Any) -> Mapping[str, Any]:
        for _ in range(_REFERENCES):
            if not isinstance(schema, Mapping):
                return {}
            if not _stands_for_another(schema):
                return schema
            key = "$ref" if "$ref" in schema else "allOf"
            above = {name: value for name, value in schema.items() if name != key}
            below = resolve(self._root, schema["$ref"], "", "") if key == "$ref" else schema["allOf"][0]
            schema = merged(below, above) if above else below
        return {}

    def _chosen(self, alternatives: list[_Alternative]) -> _Fit:
        """Fit to the alternative that the value can be of; text that an alternative takes as it is stays."""
        takes_text = any(_takes_text(one.schema) for one in alternatives)
        arrays = [one.fit for one in alternatives if one.schema.get("type") == "array"]

        def fit(value: Any) -> Any:
            if isinstance(value, dict):
                best = max(alternatives, key=lambda one: self._likeness(one, value))
                return best.fit(value) if self._likeness(best, value)[0] else value
            if isinstance(value, list):
                return arrays[0](value) if len(arrays) == 1 else value
            if not isinstance(value, str) or takes_text:
                return value
            reads = [read for one in alternatives if (read := one.fit(value)) != value]
            return next((read for read in reads if why_unread(read) is None), reads[0] if reads else value)

        return fit

    def _likeness(self, one: _Alternative, value: dict[str, Any]) -> tuple[bool, bool, int]:
        """Its constants decide; then that nothing is missing which must be there; then how many names are known."""
        properties = one.schema.get("properties")
        if not isinstance(properties, Mapping):
            return isinstance(one.schema.get("additionalProperties"), Mapping), False, -1
        allowed = ((self._allowed(properties[name]), name) for name in properties if name in value)
        possible = all(values is None or self._enum(values)(value[name]) in values for values, name in allowed)
        missing = [name for name in one.schema.get("required", ()) if name not in value]
        complete = all(self._may_be_null(properties.get(name)) for name in missing)
        return possible, complete, sum(name in properties for name in value)

    def _allowed(self, schema: Any) -> list[Any] | None:
        found = self._resolved(schema)
        if "const" in found:
            return [found["const"]]
        return found["enum"] if isinstance(found.get("enum"), list) else None


@dataclass(frozen=True)
class _Alternative:
    schema: Mapping[str, Any]
    fit: _Fit


def _stands_for_another(schema: Mapping[str, Any]) -> bool:
    return isinstance(schema.get("$ref"), str) or len(schema.get("allOf", ())) == 1


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _formatted(value: Any) -> Any:
    """A UUID, an address and the like: what space there is around it is none of it."""
    if not isinstance(value, str):
        return value
    return None if means_nothing(value) else value.strip()


def _boolean(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    said = read_boolean(value)
    return said if said is not None else (None if means_nothing(value) else value)


def _moment(form: str, text: str, locale: str | None) -> str | None:
    if form == "date":
        day = read_date(text, locale)
        return None if day is None else day.isoformat()
    if form == "date-time":
        return read_datetime(text, locale)
    return read_time(text) if form == "time" else read_duration(text)


def _takes_text(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "string" and not schema.keys() & {"format", "enum", "const"}


def _json_number(number: Decimal) -> int | float | str:
    """As JSON; a string where a float would lose digits, which Pydantic reads just as well."""
    if number == number.to_integral_value() and abs(number) < 10**15:
        return int(number)
    return float(number) if Decimal(repr(float(number))) == number else str(number)
