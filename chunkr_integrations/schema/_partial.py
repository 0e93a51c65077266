"""An instance of what fits, where not everything does."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

__all__ = ["what_fits"]

_NOTHING = object()


def what_fits(target: Any, data: Any) -> Any:
    """A `model_construct`ed instance whose fields are those that fit; the others have their default, or None.

    Field types and constraints are checked field by field; the class's own validators do not run. None where the target
    is no Pydantic class and no list of one.
    """
    made = _build(target, data)
    return None if made is _NOTHING else made


def _build(annotation: Any, data: Any) -> Any:
    whole = _valid(annotation, data)
    if whole is not _NOTHING:
        return whole
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and isinstance(data, Mapping):
        return _construct(annotation, data)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _build(arguments[0], data)
    if origin in {Union, types.UnionType}:
        return next((made for one in arguments if (made := _build(one, data)) is not _NOTHING), _NOTHING)
    if origin is list and isinstance(data, list):
        built = (_build(arguments[0], item) for item in data)
        return [None if item is _NOTHING else item for item in built]
    return _NOTHING


def _construct(model: type[BaseModel], data: Mapping[str, Any]) -> BaseModel:
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        wire = next((key for key in _wire_names(name, field) if key in data), None)
        annotation: Any = field.annotation
        if field.metadata:
            annotation = Annotated.__class_getitem__((annotation, *field.metadata))  # type: ignore[attr-defined]
        value = _NOTHING if wire is None else _build(annotation, data[wire])
        if value is not _NOTHING:
            values[name] = value
        elif field.is_required():
            values[name] = None
    return model.model_construct(**values)


def _wire_names(name: str, field: Any) -> list[str]:
    choices = getattr(field.validation_alias, "choices", None) or [field.validation_alias, field.alias]
    return [choice for choice in choices if isinstance(choice, str)] + [name]


def _valid(annotation: Any, data: Any) -> Any:
    try:
        return TypeAdapter(annotation).validate_python(data)
    except Exception:  # noqa: BLE001 - whatever refuses the value, it does not fit
        return _NOTHING
