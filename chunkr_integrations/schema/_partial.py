"""An instance of what fits, where not everything does."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

from pydantic import AliasChoices, AliasPath, BaseModel, RootModel, TypeAdapter
from typing_extensions import TypeAliasType, is_typeddict

__all__ = ["what_fits"]

Place = tuple["str | int", ...]

_NOTHING = object()


def what_fits(target: Any, data: Any, refused: Collection[Place]) -> Any:
    """An instance without what does not fit; None where nothing of it can be made.

    Classes are `model_construct`ed: a field that was refused, or is missing, has its default, or None. An item of a
    list that was refused is None, so that the others keep their index. What validation did not refuse has been
    validated; rules of a class as a whole have not.

    Args:
        target: The class.
        data: The results, by wire names.
        refused: Where in `data` validation refused something.
    """
    made = _Builder(refused).build(target, data, ())
    return None if made is _NOTHING else made


class _Builder:
    def __init__(self, refused: Collection[Place]) -> None:
        self._refused = frozenset(refused)
        self._above = {place[:end] for place in refused for end in range(len(place))}
        self._adapters: dict[int, tuple[Any, TypeAdapter[Any] | None]] = {}  # by id, with the type, so that it stays
        self._annotations: dict[type, dict[str, Any]] = {}

    def build(self, annotation: Any, data: Any, place: Place, config: Any = None) -> Any:
        """The value, or `_NOTHING`."""
        if place not in self._above and place not in self._refused:
            whole = self._valid(annotation, data, config)
            if whole is not _NOTHING:
                return whole
        return self._in_parts(annotation, data, place, config)

    def _in_parts(self, annotation: Any, data: Any, place: Place, config: Any) -> Any:  # noqa: PLR0911 - one for each kind of type
        annotation = _bare(annotation)
        if data is None:
            return _NOTHING
        if isinstance(annotation, type) and get_origin(annotation) is None:
            if issubclass(annotation, RootModel):
                root = self.build(annotation.model_fields["root"].annotation, data, place)
                return _NOTHING if root is _NOTHING else annotation.model_construct(root)
            if isinstance(data, Mapping):
                return self._object(annotation, data, place, config)
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin in {Union, types.UnionType}:
            return self._alternative(arguments, data, place, config)
        if origin in {list, tuple} and isinstance(data, list):
            kinds = arguments if origin is tuple and arguments[-1] is not ... else [arguments[0]] * len(data)
            items = [
                self.build(kind, item, (*place, i), config)
                for i, (kind, item) in enumerate(zip(kinds, data, strict=False))
            ]
            return origin(None if item is _NOTHING else item for item in items)
        if origin in {set, frozenset} and isinstance(data, list):
            items = [self.build(arguments[0], item, (*place, i), config) for i, item in enumerate(data)]
            return origin(item for item in items if item is not _NOTHING)
        if origin is dict and isinstance(data, Mapping):
            values = {key: self.build(arguments[1], value, (*place, key), config) for key, value in data.items()}
            return {key: None if value is _NOTHING else value for key, value in values.items()}
        return _NOTHING

    def _object(self, kind: type, data: Mapping[str, Any], place: Place, config: Any) -> Any:
        if issubclass(kind, BaseModel):
            return self._model(kind, data, place)
        if not is_typeddict(kind) and not dataclasses.is_dataclass(kind):
            return _NOTHING
        config = getattr(kind, "__pydantic_config__", config)  # without one it has that of the class around it
        hints = self._annotations.get(kind) or get_type_hints(kind, include_extras=not is_typeddict(kind))
        self._annotations[kind] = hints
        values = {}
        for name in hints:
            wire = _wire_name(kind, name, data, config)
            if wire in data:
                value = self.build(hints[name], data[wire], (*place, wire), config)
                if value is not _NOTHING:
                    values[name] = value
        return values if is_typeddict(kind) else _dataclass(kind, values)

    def _model(self, model: type[BaseModel], data: Mapping[str, Any], place: Place) -> BaseModel:
        values: dict[str, Any] = {}
        if not model.__pydantic_complete__:  # it names classes that were not there yet when it was made
            model.model_rebuild(raise_errors=False)
        fields = model.model_fields
        annotations = self._annotations.get(model)
        if annotations is None:
            annotations = {name: _annotated(field.annotation, field.metadata) for name, field in fields.items()}
            self._annotations[model] = annotations
        for name, field in fields.items():
            value = _NOTHING
            for wire in _wire_paths(name, field):
                there = _at(data, wire)
                if there is not _NOTHING:
                    value = self.build(annotations[name], there, (*place, *wire), model.model_config)
                    break
            if value is not _NOTHING:
                values[name] = value
            elif field.is_required():
                values[name] = None
        if model.model_config.get("extra") == "allow":
            known = {step for name, field in fields.items() for wire in _wire_paths(name, field) for step in wire[:1]}
            values |= {name: value for name, value in data.items() if name not in known}
        return model.model_construct(**values)

    def _alternative(self, kinds: tuple[Any, ...], data: Any, place: Place, config: Any) -> Any:
        """Of the alternative whose constants the data has, else of the one that knows most of its names."""
        ranked = sorted(kinds, key=lambda kind: _likeness(_bare(kind), data), reverse=True)
        for kind in ranked:
            made = self._in_parts(kind, data, place, config)
            if made is not _NOTHING:
                return made
        return _NOTHING

    def _valid(self, annotation: Any, data: Any, config: Any) -> Any:
        try:
            adapter = self._adapter(annotation, config)
            return _NOTHING if adapter is None else adapter.validate_json(json.dumps(data))
        except Exception:  # noqa: BLE001 - whatever refuses the value, it does not fit
            return _NOTHING

    def _adapter(self, annotation: Any, config: Any) -> TypeAdapter[Any] | None:
        known = self._adapters.get(id(annotation))
        if known is None:
            known = self._adapters[id(annotation)] = (annotation, _adapter(annotation, config))
        return known[1]


def _wire_name(kind: Any, name: str, data: Mapping[str, Any], config: Any) -> str:
    field = getattr(kind, "__pydantic_fields__", {}).get(name)
    generate = (config or {}).get("alias_generator")
    paths = _wire_paths(name, field) if field is not None else [(name,)]
    generated = [generate(name)] if callable(generate) else []
    return next((one for one in [*(str(path[0]) for path in paths), *generated] if one in data), name)


def _dataclass(kind: Any, values: Mapping[str, Any]) -> Any:
    """Made without its `__init__`, as `model_construct` makes a model."""
    made = object.__new__(kind)
    for field in dataclasses.fields(kind):
        default = None if field.default is dataclasses.MISSING else field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        object.__setattr__(made, field.name, values.get(field.name, default))
    return made


def _adapter(annotation: Any, config: Any) -> TypeAdapter[Any] | None:
    try:
        return TypeAdapter(annotation, config=config)
    except Exception:  # noqa: BLE001 - a class takes no configuration but its own; a type may have no schema at all
        return _adapter(annotation, None) if config else None


def _bare(annotation: Any) -> Any:
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, TypeAliasType):
            annotation = annotation.__value__
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        else:
            return annotation


def _annotated(annotation: Any, metadata: list[Any]) -> Any:
    return Annotated.__class_getitem__((annotation, *metadata)) if metadata else annotation  # type: ignore[attr-defined]


def _likeness(kind: Any, data: Any) -> tuple[bool, int]:
    if not (isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(data, Mapping)):
        return False, -1
    possible, known = True, 0
    for name, field in kind.model_fields.items():
        there = next(
            (found for wire in _wire_paths(name, field) if (found := _at(data, wire)) is not _NOTHING), _NOTHING
        )
        if there is not _NOTHING:
            known += 1
            constants = get_args(field.annotation) if get_origin(field.annotation) is Literal else None
            possible = possible and (constants is None or there in constants)
    return possible, known


def _wire_paths(name: str, field: Any) -> list[Place]:
    alias = field.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias, field.alias]
    paths = [tuple(one.path) if isinstance(one, AliasPath) else (one,) for one in choices if one is not None]
    return [*paths, (name,)]


def _at(data: Any, path: Place) -> Any:
    try:
        for step in path:
            data = data[step]
    except (KeyError, IndexError, TypeError):
        return _NOTHING
    return data
