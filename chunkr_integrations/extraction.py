"""What a user holds: the typed value, and for each of its fields where it stands and how sure the service is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from chunkr_integrations.citations import (
    Citation,
    Metrics,
    citation_entries,
    leaves,
    metrics_entries,
    read_citations,
    read_metrics,
)
from chunkr_integrations.tasks import ExtractOutput, Task

if TYPE_CHECKING:
    from chunkr_integrations.schema import CompiledSchema

__all__ = ["Cite", "Extraction", "FieldMap", "LeafState", "ReviewItem", "SourceInfo", "to_extraction"]

T = TypeVar("T")
V = TypeVar("V")

LeafState = Literal["found", "null", "missing", "ungrounded", "invalid"]


@dataclass(frozen=True)
class SourceInfo:
    """What is known of the input; the same on every run for the same input."""

    name: str
    """For people: a file name, a URL, "bytes (sha256 1f2e3d…)"."""
    uri: str
    """Unique for the input: the path or URL as given, `sha256:…` for bytes."""
    content_hash: str | None = None
    """sha256, hexadecimal; None where this process never saw the content (URLs, earlier uploads and tasks)."""
    media_type: str | None = None


class FieldMap(Mapping[str, V]):
    """Values by field path, for every leaf of the results.

    A path that is no leaf raises KeyError with the nearest paths. Iteration is in the order of the results.

    Args:
        paths: The values; raw ones when there is a `read`.
        read: Makes a value of what is raw when it is first asked for; most of a large answer never is.
    """

    def __init__(self, paths: Mapping[str, Any], read: Callable[[Any], V] | None = None) -> None:
        self._paths = dict(paths)
        self._read = read
        self._known: dict[str, V] = {}

    def __getitem__(self, path: str) -> V:
        try:
            raw = self._paths[path]
            if self._read is None:
                return cast("V", raw)
            if path not in self._known:
                self._known[path] = self._read(raw)
            return self._known[path]
        except KeyError:
            near = get_close_matches(path, self._paths, n=3) or list(self._paths)[:3]
            hint = f"; there are: {', '.join(near)}" if near else ""
            msg = f"{path!r} is no field with a value of its own{hint}"
            raise KeyError(msg) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self)!r})"


@dataclass(frozen=True)
class ReviewItem:
    """A field that a person should look at."""

    path: str
    value: Any
    state: LeafState
    confidence: str | None
    citations: tuple[Citation, ...]
    reason: str


@dataclass(frozen=True)
class Extraction(Generic[T]):
    """A document's answer to a class: the instance and its evidence.

    Field paths are attribute paths (`line_items[0].unit_price`), whatever the names on the wire. The maps by field path
    have one entry for every leaf of the results, in their order.
    """

    value: T
    results: Any
    """The raw `results`, as they came."""
    leaves: FieldMap[Any]
    """The raw value of every leaf."""
    citations: FieldMap[tuple[Citation, ...]]
    """An empty tuple: nothing to point at."""
    metrics: FieldMap[Metrics]
    states: FieldMap[LeafState]
    """Fields that the class has and the results lack come last, as `missing`."""
    task: Task
    source: SourceInfo
    schema_hash: str
    invalid: tuple[tuple[str, str], ...] = ()
    """(field path, message) of what does not fit the class; only with `on_invalid="partial"`."""

    @property
    def task_id(self) -> str:
        """The id to ask the service about this extraction."""
        return self.task.task_id

    @cached_property
    def confidence(self) -> FieldMap[str | None]:
        """The service's "High" or "Low"; None where it says nothing, as for null values."""
        return FieldMap({path: metrics.confidence for path, metrics in self.metrics.items()})

    @cached_property
    def cite(self) -> Cite[T]:
        """Citations by attribute: `found.cite.lines[0].price`; see `Cite`."""
        return Cite(self.citations)

    def review(self, *, confidence: Literal["High", "Low"] = "High") -> tuple[ReviewItem, ...]:
        """The fields that a person should look at, in the order of the results.

        Args:
            confidence: The least that passes; with "Low" only what is invalid, missing or without citation is listed.
        """
        return tuple(_review(self, confidence))


class Cite(Generic[T]):
    """A class's fields as citations.

    `found.cite.lines[0].price` and `found.cite["lines"][0]["price"]` are the citations of that field, a tuple. Python's
    type system cannot map a class to such a mirror, so a type checker sees Any there. `found.cite(lambda invoice:
    invoice.lines[0].price)` is the same and fully typed: an editor completes the class inside the lambda.
    """

    def __init__(self, citations: Mapping[str, tuple[Citation, ...]], tree: Any = None) -> None:
        self.__citations = citations
        self.__tree = tree

    def __call__(self, field: Callable[[T], Any]) -> tuple[Citation, ...]:
        """The citations of the field that the callable reads."""
        found: Any = field(cast("T", self))
        return cast("tuple[Citation, ...]", found)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as exc:
            raise AttributeError(str(exc)) from None

    def __getitem__(self, key: str | int) -> Any:
        tree = self.__nodes
        if isinstance(key, int) and key < 0:
            key += len(tree)
        if key not in tree:
            msg = f"{key!r} is no field with citations here; there are: {', '.join(str(k) for k in list(tree)[:8])}"
            raise IndexError(msg) if isinstance(key, int) else KeyError(msg)
        node = tree[key]
        return node if isinstance(node, tuple) else Cite(self.__citations, node)

    def __len__(self) -> int:
        return len(self.__nodes)

    def __iter__(self) -> Iterator[Any]:
        """The items of an array, or the names of an object's fields."""
        keys = list(self.__nodes)
        return iter([self[key] for key in keys] if keys and isinstance(keys[0], int) else keys)

    def __dir__(self) -> list[str]:
        return [key for key in self.__nodes if isinstance(key, str)]

    def __repr__(self) -> str:
        return f"Cite({', '.join(str(key) for key in self.__nodes)})"

    @property
    def __nodes(self) -> dict[str | int, Any]:
        if self.__tree is None:
            self.__tree = _tree(self.__citations)
        return cast("dict[str | int, Any]", self.__tree)


_STEP = re.compile(r"\[(\d+)\]|([^.\[]+)")


def _tree(citations: Mapping[str, tuple[Citation, ...]]) -> dict[str | int, Any]:
    root: dict[str | int, Any] = {}
    for path, found in citations.items():
        node = root
        steps: list[str | int] = [int(m[1]) if m[1] else m[2] for m in _STEP.finditer(path)]
        for step in steps[:-1]:
            inner = node.setdefault(step, {})
            node = inner if isinstance(inner, dict) else {}
        if steps:
            node[steps[-1]] = found
    return root


_REASONS: dict[LeafState, str] = {
    "missing": "the results have no such field",
    "ungrounded": "nothing on the pages can be pointed at",
    "invalid": "the value does not fit the class",
}


def _review(found: Extraction[Any], confidence: str) -> Iterator[ReviewItem]:
    messages = dict(found.invalid)
    for path, state in found.states.items():
        metrics = found.metrics.get(path)
        says = metrics.confidence if metrics else None
        reason = messages.get(path) or _REASONS.get(state)
        if reason is None and state == "found" and confidence == "High" and says not in {"High", None}:
            reason = f"the service's confidence is {says}"
        if reason is not None:
            yield ReviewItem(path, found.leaves.get(path), state, says, found.citations.get(path, ()), reason)


def to_extraction(
    task: Task,
    schema: CompiledSchema[T],
    source: SourceInfo,
    *,
    locale: str | None = None,
    strict: bool = False,
    on_invalid: Literal["raise", "partial"] = "raise",
) -> Extraction[T]:
    """Read a task that succeeded.

    Raises:
        OutputError: The results do not fit the class; it keeps results and citations.
    """
    output = task.output if isinstance(task.output, ExtractOutput) else ExtractOutput(results=None)
    reading = schema.read(
        output.results,
        citations=output.citations,
        metrics=output.metrics,
        source=source.name,
        task_id=task.task_id,
        locale=locale,
        strict=strict,
        on_invalid=on_invalid,
    )
    values = dict(leaves(output.results))
    cited = citation_entries(output.results, output.citations)
    measured = metrics_entries(output.results, output.metrics)
    names = {path: schema.attribute_path(path) for path in values}
    states: dict[str, Any] = {names[path]: (value, cited.get(path)) for path, value in values.items()}
    states |= {schema.attribute_path(path): "missing" for path in missing_paths(schema.json, output.results)}
    states |= {path: "invalid" for path, _ in reading.invalid if path in states}
    return Extraction(
        value=reading.value,
        results=output.results,
        leaves=FieldMap({names[path]: value for path, value in values.items()}),
        citations=FieldMap({names[path]: cited.get(path, []) for path in values}, read_citations),
        metrics=FieldMap({names[path]: measured.get(path, {}) for path in values}, read_metrics),
        states=FieldMap(states, _state),
        task=task,
        source=source,
        schema_hash=schema.hash,
        invalid=reading.invalid,
    )


def _state(raw: LeafState | tuple[Any, list[dict[str, Any]] | None]) -> LeafState:
    if isinstance(raw, str):
        return raw
    value, cited = raw
    if value is None or value in ([], {}):
        return "null"
    return "found" if cited and read_citations(cited) else "ungrounded"


def missing_paths(schema: Mapping[str, Any], results: Any, path: str = "") -> Iterator[str]:
    """Wire paths of the properties that the schema names and the results lack, outermost first."""
    if isinstance(results, dict):
        for name, inner in schema.get("properties", {}).items():
            below = f"{path}.{name}" if path else str(name)
            if name not in results:
                yield below
            else:
                yield from missing_paths(_without_null(inner), results[name], below)
    elif isinstance(results, list) and isinstance(schema.get("items"), Mapping):
        for index, item in enumerate(results):
            yield from missing_paths(_without_null(schema["items"]), item, f"{path}[{index}]")


def _without_null(schema: Any) -> Mapping[str, Any]:
    """The one alternative beside null; a real union has no properties that must be there."""
    if not isinstance(schema, dict):
        return {}
    if "anyOf" not in schema:
        return schema
    others = [inner for inner in schema["anyOf"] if inner.get("type") != "null"]
    return others[0] if len(others) == 1 else schema
