"""Labels against results: which leaves are right, wrong, missing or too many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._pairing import best_pairs
from ._values import blank, equal, exact, similarity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Counts", "Pair", "compare"]

_FURTHER = 1e-6  # what a pair of items loses for each place it is out of order: decides between equals
_UNRELATED = 0.1  # scalars of a list that gain less are two different things
_REFERENCES = 8  # in a row, before a schema is taken to refer to itself
_HALF = 0.5  # similar scalars are paired, but never before equal ones

Pointer = tuple[str | int, ...]


@dataclass(frozen=True)
class Pair:
    """A labelled leaf and the leaf of the results that answers it.

    Attributes:
        label_at: Where the labelled leaf stands in the labels, as keys and indices.
        value_at: Where the predicted leaf stands in the results; None when there is none.
        label: The labelled value.
        right: Whether the values are equal.
    """

    label_at: Pointer
    value_at: Pointer | None
    label: Any
    right: bool


@dataclass
class Counts:
    """Leaves of one document, or of several together.

    Attributes:
        right: Both have a value, and they are equal.
        wrong: Both have a value, and they differ.
        missing: Only the labels have one.
        surplus: Only the results have one.
        exact: Of the right ones, those whose JSON value is the same.
        soft: The right ones, and for each wrong string how alike it is where that is one half or more.
        pairs: Each labelled leaf that has a value.
    """

    right: int = 0
    wrong: int = 0
    missing: int = 0
    surplus: int = 0
    exact: int = 0
    soft: float = 0.0
    pairs: list[Pair] = field(default_factory=list)

    @property
    def labelled(self) -> int:
        """How many labelled leaves have a value."""
        return self.right + self.wrong + self.missing

    @property
    def share_right(self) -> float:
        """Right leaves of all leaves that either side has; 1 where both have none."""
        seen = self.labelled + self.surplus
        return self.right / seen if seen else 1.0


def compare(labels: Any, results: Any, schema: Mapping[str, Any]) -> Counts:
    """Compare the results of one document with its labels.

    A key that the labels lack is not judged; null and the empty list mean that there is nothing. Lists are compared
    without order: items are paired so that the most leaves are equal.

    Args:
        labels: The labelled values.
        results: The predicted values; anything that is no object or list counts as nothing.
        schema: Tells which strings are dates (`format`); `$ref` and `anyOf` are followed.
    """
    comparison = _Comparison(schema)
    comparison.walk(labels, results if isinstance(results, (dict, list)) else {}, schema, (), ())
    return comparison.counts


class _Comparison:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self.counts = Counts()

    def walk(self, label: Any, value: Any, schema: Any, label_at: Pointer, value_at: Pointer) -> None:
        if isinstance(label, dict):
            self.counts.surplus += not isinstance(value, dict) and not blank(value)
            inside = value if isinstance(value, dict) else {}
            for key, part in label.items():
                below = _property(schema, key, self._root)
                self.walk(part, inside.get(key), below, (*label_at, key), (*value_at, key))
        elif isinstance(label, list):
            self._walk_list(label, _as_list(value), _items(schema, self._root), label_at, value_at)
        elif blank(label):
            self.counts.surplus += _filled(value)
        else:
            self._walk_leaf(label, value, schema, label_at, value_at)

    def _walk_list(
        self, labels: list[Any], values: list[Any], schema: Any, label_at: Pointer, value_at: Pointer
    ) -> None:
        gains = [
            [self._gain(label, value, schema) - _FURTHER * abs(row - column) for column, value in enumerate(values)]
            for row, label in enumerate(labels)
        ]
        unanswered, unasked = set(range(len(labels))), set(range(len(values)))
        for row, column in best_pairs(gains):
            if gains[row][column] < _UNRELATED and not isinstance(labels[row], (dict, list)):
                continue
            self.walk(labels[row], values[column], schema, (*label_at, row), (*value_at, column))
            unanswered.discard(row)
            unasked.discard(column)
        for row in sorted(unanswered):
            self.walk(labels[row], None, schema, (*label_at, row), (*value_at, "-"))
        judged = {key for label in labels if isinstance(label, dict) for key in label}
        self.counts.surplus += sum(_filled(_only(values[column], judged)) for column in unasked)

    def _gain(self, label: Any, value: Any, schema: Any) -> float:
        equal_leaves = _equal_leaves(label, value, schema, self._root)
        if not equal_leaves and isinstance(label, str) and isinstance(value, str):
            return _HALF * similarity(label, value)
        return equal_leaves

    def _walk_leaf(self, label: Any, value: Any, schema: Any, label_at: Pointer, value_at: Pointer) -> None:
        value, value_at = _unwrapped(value, value_at)
        if not _filled(value):
            self.counts.missing += 1
            self.counts.pairs.append(Pair(label_at, None, label, right=False))
            return
        right = equal(label, value, is_date=_is_date(schema, self._root))
        self.counts.pairs.append(Pair(label_at, value_at, label, right))
        if right:
            self.counts.right += 1
            self.counts.soft += 1
            self.counts.exact += exact(label, value)
        else:
            self.counts.wrong += 1
            if isinstance(label, str) and isinstance(value, str):
                self.counts.soft += similarity(label, value)


def _equal_leaves(label: Any, value: Any, schema: Any, root: Mapping[str, Any]) -> int:
    """How many leaves would be right if these two were paired."""
    if isinstance(label, dict):
        inside = value if isinstance(value, dict) else {}
        return sum(
            _equal_leaves(part, inside.get(key), _property(schema, key, root), root) for key, part in label.items()
        )
    if isinstance(label, list):
        values, item = _as_list(value), _items(schema, root)
        leaves = [[_equal_leaves(one, other, item, root) for other in values] for one in label]
        gains = [[n - _FURTHER * abs(row - column) for column, n in enumerate(line)] for row, line in enumerate(leaves)]
        return sum(leaves[row][column] for row, column in best_pairs(gains))
    value, _ = _unwrapped(value, ())
    if blank(label) or not _filled(value):
        return 0
    return int(equal(label, value, is_date=_is_date(schema, root)))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if blank(value) else [value]


def _unwrapped(value: Any, at: Pointer) -> tuple[Any, Pointer]:
    """The one scalar of a list where a scalar was asked for."""
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], (dict, list)):
        return value[0], (*at, 0)
    return value, at


def _only(item: Any, keys: set[str]) -> Any:
    """An item without what the labels do not judge."""
    return {key: part for key, part in item.items() if key in keys} if keys and isinstance(item, dict) else item


def _filled(value: Any) -> int:
    """How many leaves have a value."""
    return sum(not blank(leaf) for leaf in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    else:
        yield value


def _property(schema: Any, key: str, root: Mapping[str, Any]) -> Any:
    found = _resolved(schema, root)
    further = found.get("additionalProperties")
    properties = found.get("properties")
    otherwise = further if isinstance(further, dict) else {}
    return properties.get(key, otherwise) if isinstance(properties, dict) else otherwise


def _items(schema: Any, root: Mapping[str, Any]) -> Any:
    return _resolved(schema, root).get("items", {})


def _is_date(schema: Any, root: Mapping[str, Any]) -> bool:
    return _resolved(schema, root).get("format") in ("date", "date-time")


def _resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without references, and of alternatives the first that is not null."""
    found: Mapping[str, Any] = schema if isinstance(schema, dict) else {}
    for _ in range(_REFERENCES):
        if "$ref" not in found:
            break
        found = _referred(str(found["$ref"]), root)
    for alternative in (*found.get("anyOf", ()), *found.get("oneOf", ())):
        if isinstance(alternative, dict) and alternative.get("type") != "null":
            beside = {key: part for key, part in found.items() if key not in ("anyOf", "oneOf")}
            return {**_resolved(alternative, root), **beside}
    return found


def _referred(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = root
    for part in reference.lstrip("#/").split("/"):
        found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}
