"""Messy answers made fit for validation, led by the schema; what is not understood stays as it is and fails there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ._inline import resolve
from ._printed import read_boolean, read_date, read_number

__all__ = ["Lenient"]

_DROP = object()  # the class's own default says what nothing means
_Fit = Callable[[Any], Any]


def _as_it_is(value: Any) -> Any:
    return value


class Lenient:
    """Fits values to one schema; built lazily, because schemas may be recursive.

    Rules beside those of `_printed`: an empty string where a string does not fit is null; null for an array, or for a
    field with a default, is as if the field were not there; a missing field that may be null is null; an enum's value
    is recognised whatever its case and the space around it.
    """

    def __init__(self, root: Mapping[str, Any], *, locale: str | None) -> None:
        self._root = root
        self._locale = locale
        self._made: dict[int, _Fit] = {}

    def fit(self, results: Any) -> Any:
        """A copy of the results, with what could be understood in place."""
        return self._for(self._root)(results)

    def _for(self, schema: Any) -> _Fit:
        if not isinstance(schema, Mapping):
            return _as_it_is
        known = self._made.get(id(schema))
        if known is None:
            made: list[_Fit] = []

            def later(value: Any) -> Any:  # stands in while a recursive schema is being looked at
                return made[0](value)

            self._made[id(schema)] = later
            made.append(self._make(schema))
            known = self._made[id(schema)] = made[0]
        return known

    def _make(self, schema: Mapping[str, Any]) -> _Fit:  # noqa: PLR0911 - one for each kind of schema
        if isinstance(schema.get("$ref"), str):
            return self._for(resolve(self._root, schema["$ref"], "", ""))
        for key in ("anyOf", "oneOf"):
            if isinstance(schema.get(key), list):
                return self._any_of(schema[key])
        if "enum" in schema or "const" in schema:
            return self._enum(schema.get("enum", [schema.get("const")]))
        kind = schema.get("type")
        if kind == "object" and ("properties" in schema or isinstance(schema.get("additionalProperties"), Mapping)):
            return self._object(schema)
        if kind == "array":
            return self._array(schema)
        if kind in {"number", "integer"}:
            return self._number()
        if kind == "boolean":
            return self._boolean()
        if kind == "string" and schema.get("format") == "date":
            return self._date()
        return _as_it_is

    def _number(self) -> _Fit:
        def fit(value: Any) -> Any:
            if not isinstance(value, str):
                return value
            if not value.strip():
                return None
            number = read_number(value, self._locale)
            return value if number is None else _json_number(number)

        return fit

    def _boolean(self) -> _Fit:
        def fit(value: Any) -> Any:
            if not isinstance(value, str):
                return value
            said = read_boolean(value)
            return said if said is not None else (value if value.strip() else None)

        return fit

    def _date(self) -> _Fit:
        def fit(value: Any) -> Any:
            if not isinstance(value, str):
                return value
            if not value.strip():
                return None
            day = read_date(value, self._locale)
            return value if day is None else day.isoformat()

        return fit

    def _enum(self, values: list[Any]) -> _Fit:
        folded: dict[str, Any] = {}
        for one in values:
            if isinstance(one, str):
                folded[one.strip().casefold()] = one if one.strip().casefold() not in folded else _DROP
        numbers = any(isinstance(one, int) and not isinstance(one, bool) for one in values)

        def fit(value: Any) -> Any:
            if not isinstance(value, str) or value in values:
                return value
            found = folded.get(value.strip().casefold(), _DROP)
            if found is not _DROP:
                return found
            if numbers and value.strip().lstrip("-").isdigit():
                return int(value)
            return value if value.strip() else None

        return fit

    def _array(self, schema: Mapping[str, Any]) -> _Fit:
        firsts = [self._for(inner) for inner in schema.get("prefixItems", ())]
        rest = self._for(schema.get("items"))

        def fit(value: Any) -> Any:
            if value is None:
                return []
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
        absent = [name for name in properties if name in required and name in nullable]

        def fit(value: Any) -> Any:
            if not isinstance(value, dict):
                return value
            done = {}
            for name, item in value.items():
                if item is None and name in fits and name not in nullable and name not in required:
                    continue  # the class has a default for what is not there
                done[name] = fits.get(name, extra)(item)
            for name in absent:
                done.setdefault(name, None)
            return done

        return fit

    def _may_be_null(self, schema: Any) -> bool:
        if not isinstance(schema, Mapping):
            return True
        if isinstance(schema.get("$ref"), str):
            return self._may_be_null(resolve(self._root, schema["$ref"], "", ""))
        inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        if inner:
            return any(self._may_be_null(one) for one in inner)
        if "enum" in schema or "const" in schema:
            return None in schema.get("enum", [schema.get("const")])
        kind = schema.get("type")
        return kind in {None, "null"} or (isinstance(kind, list) and "null" in kind)

    def _any_of(self, alternatives: list[Any]) -> _Fit:
        real = [one for one in alternatives if not (isinstance(one, Mapping) and one.get("type") == "null")]
        fits = [self._for(one) for one in real]
        if len(real) > 1:
            return _chosen([(self._resolved(one), its_fit) for one, its_fit in zip(real, fits, strict=True)])
        only = fits[0] if fits else _as_it_is
        if len(real) == len(alternatives):
            return only
        empty_is_null = only("") is None

        def fit(value: Any) -> Any:
            if value is None or (empty_is_null and isinstance(value, str) and not value.strip()):
                return None
            return only(value)

        return fit

    def _resolved(self, schema: Any) -> Mapping[str, Any]:
        if not isinstance(schema, Mapping):
            return {}
        while isinstance(schema.get("$ref"), str):
            schema = resolve(self._root, schema["$ref"], "", "")
        return dict(schema)


def _chosen(alternatives: list[tuple[Mapping[str, Any], _Fit]]) -> _Fit:
    """Fit to the alternative that the value can be of; text that an alternative takes as it is stays."""

    def fit(value: Any) -> Any:
        if isinstance(value, dict):
            its_fit = next((its_fit for schema, its_fit in alternatives if _is_of(schema, value)), _as_it_is)
            return its_fit(value)
        if isinstance(value, list):
            arrays = [its_fit for schema, its_fit in alternatives if schema.get("type") == "array"]
            return arrays[0](value) if len(arrays) == 1 else value
        if not isinstance(value, str) or any(_takes_text(schema) for schema, _ in alternatives):
            return value
        return next((read for _, its_fit in alternatives if (read := its_fit(value)) != value), value)

    return fit


def _takes_text(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "string" and "format" not in schema and "enum" not in schema and "const" not in schema


def _is_of(schema: Mapping[str, Any], value: dict[str, Any]) -> bool:
    """Whether an object can be of this alternative: nothing required is missing, and no constant differs."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return False
    for name in schema.get("required", ()):
        if name not in value:
            return False
    constants = (
        (name, inner["const"]) for name, inner in properties.items() if isinstance(inner, Mapping) and "const" in inner
    )
    return all(value.get(name, constant) == constant for name, constant in constants)


def _json_number(number: Decimal) -> int | float | str:
    """As JSON; a string where a float would lose digits, which Pydantic reads just as well."""
    if number == number.to_integral_value() and abs(number) < 10**15:
        return int(number)
    return float(number) if Decimal(repr(float(number))) == number else str(number)
