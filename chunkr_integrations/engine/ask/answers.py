"""What a model says, read as a draft: JSON found in the text, each value checked against its field.

Models wrap JSON in code fences, think aloud before it and explain after it; that is tolerated. Values that do not fit
their field become null, and a sentence says so. These sentences name fields of the schema and never quote the answer.
"""

from __future__ import annotations

import json
import math
import re
from datetime import date
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.ask.shape import WRAPPER
from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill.schema import Array, Field, Object

if TYPE_CHECKING:
    from collections.abc import Collection

    from chunkr_integrations.engine.draft import Draft, Scalar
    from chunkr_integrations.engine.fill.schema import Node

__all__ = ["json_in", "read_answer"]

_TRIES = 40  # opening braces that may begin the object
_LONGEST_QUOTE = 2000
_MOST_PROBLEMS = 20
_MOST_SEGMENTS = 50
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_ABSENT = object()


def json_in(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text that is an answer, else the first one; None when there is none."""
    text = _THOUGHT.sub("", text)
    decoder = json.JSONDecoder(parse_constant=lambda _: None)  # NaN and Infinity are no JSON
    first: dict[str, Any] | None = None
    start = text.find("{")
    for _ in range(_TRIES):
        if start < 0:
            break
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            if WRAPPER in found:
                return dict(found)
            first = first if first is not None else found
        start = text.find("{", end)
    return first


def read_answer(text: str, node: Node, known: Collection[str]) -> tuple[Draft | None, tuple[str, ...]]:
    """The draft in an answer, and what does not fit.

    Args:
        text: What the model said.
        node: What it was asked for.
        known: Ids of the pieces that it was shown; others are dropped.

    Returns:
        None for the draft when there is no JSON object of that shape at all.
    """
    found = json_in(text)
    if found is None:
        return None, ("it held no complete JSON object",)
    reader = _Reader(known)
    inner = found.get(WRAPPER, _ABSENT)
    if inner is _ABSENT:
        named = isinstance(node, Object) and any(member.name in found for member in node.members)
        if not named and not (isinstance(node, Field) and "value" in found):
            return None, (f'its root has to be {{"{WRAPPER}": ...}}',)
        inner = found
    if not isinstance(inner, list if isinstance(node, Array) else (dict, str, int, float, type(None))):
        return None, (f'"{WRAPPER}" is of another type than the schema says',)
    if isinstance(node, Object) and not isinstance(inner, dict):
        return None, (f'"{WRAPPER}" has to be an object',)
    return reader.read(node, inner, WRAPPER), tuple(reader.problems[:_MOST_PROBLEMS])


class _Reader:
    def __init__(self, known: Collection[str]) -> None:
        self.known = known
        self.problems: list[str] = []

    def read(self, node: Node | None, said: Any, path: str) -> Draft:
        if isinstance(node, Object):
            if said is not None and not isinstance(said, dict):
                self.problems.append(f"{path} has to be an object")
            inner = said if isinstance(said, dict) else {}
            return {m.name: self.read(m, inner.get(m.name), f"{path}.{m.name}") for m in node.members}
        if isinstance(node, Array):
            if said is not None and not isinstance(said, list):
                self.problems.append(f"{path} has to be a list")
            items = said if isinstance(said, list) else []
            drafts = [self.read(node.item, item, f"{path}[]") for item in items]
            return [draft for draft in drafts if _says_something(draft)]
        return self._leaf(node, said, path) if isinstance(node, Field) else Leaf(None)

    def _leaf(self, field: Field, said: Any, path: str) -> Leaf:
        if not isinstance(said, dict):
            said = {"value": said}
        value = _fitting(field, said.get("value"))
        if value is _ABSENT:
            self.problems.append(f"{path}.value has to be {_wanted(field)}, or null")
            return Leaf(None)
        if value is None:
            return Leaf(None)
        named = said.get("segments")
        named = [named] if isinstance(named, str) else named if isinstance(named, list) else []
        ids = [name.strip("[] ") for name in named[:_MOST_SEGMENTS] if isinstance(name, str)]
        quote = said.get("quote")
        return Leaf(
            value,
            segments=tuple(dict.fromkeys(name for name in ids if name in self.known)),
            quote=_clean(quote) if isinstance(quote, str) and 0 < len(quote) <= _LONGEST_QUOTE else None,
        )


def _says_something(draft: Draft) -> bool:
    if isinstance(draft, Leaf):
        return draft.value is not None
    return any(_says_something(value) for value in (draft.values() if isinstance(draft, dict) else draft))


def _fitting(field: Field, value: Any) -> Scalar | Any:
    """The value as the field's type; `_ABSENT` when it does not fit."""
    if value is None or (value == "" and not field.choices):
        return None
    if not isinstance(value, (str, int, float)):
        return _ABSENT
    if field.choices:
        fit = next((c for c in field.choices if c == value and isinstance(c, bool) == isinstance(value, bool)), _ABSENT)
        if fit is _ABSENT and isinstance(value, str):
            return next((c for c in field.choices if isinstance(c, str) and c.casefold() == value.casefold()), _ABSENT)
        return fit
    kinds = ("boolean", "integer", "number", "string")
    for kind in reversed(kinds) if isinstance(value, str) else kinds:
        if kind in field.types and (read := _READ[kind](value)) is not _ABSENT:
            return _ABSENT if field.format == "date" and isinstance(read, str) and not _is_date(read) else read
    return _ABSENT


def _boolean(value: Any) -> Any:
    return value if isinstance(value, bool) else _ABSENT


def _integer(value: Any) -> Any:
    number = _number(value)
    return int(number) if number is not _ABSENT and number == int(number) else _ABSENT


def _number(value: Any) -> Any:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _ABSENT
    try:
        return value if math.isfinite(value) else _ABSENT
    except OverflowError:  # a whole number of more than 308 digits
        return _ABSENT


def _string(value: Any) -> Any:
    if isinstance(value, bool):
        return _ABSENT
    return _clean(value) if isinstance(value, str) else json.dumps(value)


_READ = {"boolean": _boolean, "integer": _integer, "number": _number, "string": _string}


def _clean(text: str) -> str:
    """Without what cannot be sent as UTF-8: halves of characters out of JSON's escapes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2000-01-31")


def _wanted(field: Field) -> str:
    if field.choices:
        return f"one of {json.dumps(list(field.choices), ensure_ascii=False)}"
    if field.format == "date":
        return "a date as YYYY-MM-DD"
    return " or ".join(sorted(field.types))
