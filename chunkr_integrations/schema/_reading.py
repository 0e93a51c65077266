"""The way back: results to an instance."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from ._lenient import Lenient
from ._partial import what_fits
from ._refusal import Refusal, can_check, refused_by_class, refused_by_schema, with_null

if TYPE_CHECKING:
    from ._inline import Path
    from ._target import Target

__all__ = ["Reader", "Reading", "RefusedError"]

T = TypeVar("T")


@dataclass(frozen=True)
class Reading(Generic[T]):
    """Results read into the class."""

    value: T
    invalid: tuple[tuple[str, str], ...] = ()
    """(attribute path, message) of what did not fit; empty unless read with `on_invalid="partial"`."""
    checked: bool = True
    """False: a JSON Schema's results, as they came, because the package that could check them is not installed."""


class RefusedError(Exception):
    """The results do not fit; `partial` is an instance of what does, or None."""

    def __init__(self, refusals: tuple[Refusal, ...], partial: Any) -> None:
        super().__init__(refusals)
        self.refusals = refusals
        self.partial = partial


class Reader:
    """Reads results of one compiled schema.

    Args:
        given: The class as the user gave it.
        target: What is known of it.
        inlined: The schema without references, without a wrapper.
        wrapper: The name under which the root was asked for; None when it is an object itself.
        cuts: Where recursion was cut, and what nothing is there.
    """

    def __init__(
        self, given: Any, target: Target, inlined: Mapping[str, Any], wrapper: str | None, cuts: Mapping[Path, Any]
    ) -> None:
        self._given = given
        self._target = target
        self._inlined = inlined
        self._wrapper = wrapper
        self._cuts = cuts
        self._lenient: dict[tuple[str | None, bool], Lenient] = {}

    def read(self, results: Any, *, locale: str | None, strict: bool) -> tuple[Any, bool]:
        """The value, and whether it was checked.

        Raises:
            RefusedError: The results do not fit.
        """
        unwrapped = self._unwrapped(results)
        if self._target.adapter is None:
            return self._read_json(unwrapped, locale, strict=strict)
        if self._cuts:
            unwrapped = _with_cuts(deepcopy(unwrapped), self._cuts)
        fitted = unwrapped if strict else self._fit(unwrapped, locale)
        try:
            # As JSON, because that is what came: a strict model takes an ISO date from JSON and not from a Python str.
            return self._target.adapter.validate_json(json.dumps(fitted), **self._by_name), True
        except ValidationError as exc:
            refusals = refused_by_class(exc, fitted)
            raise RefusedError(refusals, self._partial(fitted, refusals)) from exc
        except Exception as exc:  # validators are the user's code and may raise anything
            refusals = (Refusal((), f"{type(exc).__name__}: {exc}"),)
            raise RefusedError(refusals, self._partial(fitted, refusals)) from exc

    def _partial(self, fitted: Any, refusals: tuple[Refusal, ...]) -> Any:
        if not isinstance(fitted, dict | list):
            return None
        return what_fits(self._given, fitted, [refusal.place for refusal in refusals])

    def _read_json(self, results: Any, locale: str | None, *, strict: bool) -> tuple[Any, bool]:
        """A JSON Schema's results stay JSON, with what is printed in them read.

        The service answers null where it finds nothing. A dict can hold that, so it is refused only when strict.
        """
        value = results if strict else self._fit(results, locale, keep=True)
        if self._wrapper is None and not isinstance(value, dict):
            raise RefusedError((Refusal((), "it is no object"),), None)
        if not can_check():
            return value, False
        filled = _with_cuts(deepcopy(value), self._cuts) if self._cuts else value
        refusals = refused_by_schema(self._inlined if strict else self._with_null, filled)
        if refusals:
            raise RefusedError(refusals, value)
        return value, True

    def _unwrapped(self, results: Any) -> Any:
        if self._wrapper is not None and isinstance(results, Mapping) and self._wrapper in results:
            return results[self._wrapper]
        return results

    def _fit(self, results: Any, locale: str | None, *, keep: bool = False) -> Any:
        lenient = self._lenient.get((locale, keep))
        if lenient is None:
            lenient = self._lenient[locale, keep] = Lenient(self._target.wire, locale=locale, keep=keep)
        return lenient.fit(results)

    @cached_property
    def _with_null(self) -> Mapping[str, Any]:
        relaxed: Mapping[str, Any] = with_null(self._inlined)
        return relaxed

    @cached_property
    def _by_name(self) -> dict[str, Any]:
        """Where a class takes no name that a schema can have (an alias path alone), attribute names were asked for."""
        adapter: Any = self._target.adapter
        can = "by_name" in inspect.signature(TypeAdapter.validate_json).parameters  # Pydantic 2.11
        needed = can and any(_takes_no_alias(node) for node in _nodes(adapter.core_schema))
        return {"by_alias": True, "by_name": True} if needed else {}


def _nodes(core: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(core, dict):
        yield core
        for inner in core.values():
            yield from _nodes(inner)
    elif isinstance(core, list | tuple):
        for inner in core:
            yield from _nodes(inner)


def _takes_no_alias(node: Mapping[str, Any]) -> bool:
    alias = node.get("validation_alias")
    paths = alias if isinstance(alias, list) and alias and isinstance(alias[0], list) else [alias]
    only_paths = isinstance(alias, list) and not any(isinstance(path, list) and len(path) == 1 for path in paths)
    return only_paths or node.get("validate_by_alias") is False


def _with_cuts(results: Any, cuts: Mapping[Path, Any]) -> Any:
    """Where recursion was cut nothing was asked for, so what is missing there is nothing."""
    for path, nothing in cuts.items():
        _fill(results, path, nothing)
    return results


def _fill(here: Any, path: Path, nothing: Any) -> None:
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        for item in here if isinstance(here, list) else ():
            _fill(item, rest, nothing)
    elif step is None:
        for item in here.values() if isinstance(here, dict) else ():
            _fill(item, rest, nothing)
    elif isinstance(here, dict):
        if rest:
            _fill(here.get(step), rest, nothing)
        else:
            here.setdefault(step, deepcopy(nothing))
