"""Citations and metrics by field path, from all three shapes the vendor has published.

Shape A (SDK 0.1.0a7) and shape C (OpenAPI 2.62.0, docs "outputs") mirror `results`; at an array of primitives A has one
list of citations for the whole array, C one per element. Shape B (older docs) is a flat map whose keys are field paths.
A *field path* is `vendor.name`, `lines[0].price`, `tags[1]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

__all__ = [
    "BoundingBox",
    "Citation",
    "Corners",
    "Metrics",
    "citation_entries",
    "citations_by_path",
    "leaves",
    "metrics_by_path",
    "metrics_entries",
    "read_citations",
    "read_metrics",
    "union_by_line",
]


class Corners(NamedTuple):
    """A rectangle by two corners; origin and unit are those of the call that made it."""

    x0: float
    y0: float
    x1: float
    y1: float


class BoundingBox(BaseModel):
    """A rectangle in the units of its citation's `page_width` and `page_height`; origin top left, y down."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.top + self.height

    @classmethod
    def around(cls, boxes: Iterable[BoundingBox]) -> BoundingBox:
        """The smallest box that holds all of `boxes`; there must be one."""
        several = list(boxes)
        left, top = min(b.left for b in several), min(b.top for b in several)
        right, bottom = max(b.right for b in several), max(b.bottom for b in several)
        return cls(left=left, top=top, width=right - left, height=bottom - top)


class Citation(BaseModel):
    """Where a value stands: a page, boxes on it, and their text."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    citation_id: str | None = None
    citation_type: str = "Segment"
    """`Word`: one box a word, `content` the words; `Segment`: one box, the whole block."""
    bboxes: tuple[BoundingBox, ...] = Field(default=(), validation_alias=AliasChoices("bboxes", "bbox"))
    content: str = ""
    """The text inside the boxes."""
    segment_id: str | None = None
    segment_type: str | None = None
    page_number: int | None = None
    """From 1; for spreadsheets the sheet's number. None in the oldest shape."""
    page_width: float | None = None
    page_height: float | None = None
    ss_ranges: tuple[str, ...] = Field(default=(), validation_alias=AliasChoices("ss_ranges", "ss_range"))
    """Spreadsheets: A1 ranges."""
    ss_sheet_name: str | None = None

    @property
    def bbox(self) -> BoundingBox | None:
        """The smallest box around all boxes; None without boxes."""
        return BoundingBox.around(self.bboxes) if self.bboxes else None

    @cached_property
    def lines(self) -> tuple[BoundingBox, ...]:
        """One box per printed line, top to bottom."""
        return union_by_line(self.bboxes)

    def normalized(self) -> tuple[Corners, ...]:
        """The boxes as fractions of the page, 0 to 1, origin top left; empty when the page's size is not known."""
        return self.scaled(1.0, 1.0)

    def scaled(self, width: float, height: float) -> tuple[Corners, ...]:
        """The boxes on a rendering of the page of `width` x `height`, origin top left.

        Empty when the page's size is not known.
        """
        if not self.page_width or not self.page_height:
            return ()
        x, y = width / self.page_width, height / self.page_height
        return tuple(Corners(b.left * x, b.top * y, b.right * x, b.bottom * y) for b in self.bboxes)

    def to_pdf_space(self, width: float | None = None, height: float | None = None) -> tuple[Corners, ...]:
        """The boxes in PDF user space: points, origin bottom left, y up.

        Args:
            width: The page's width in points; the citation's own page width when None.
            height: The page's height in points; the citation's own page height when None.
        """
        width, height = width or self.page_width or 0.0, height or self.page_height or 0.0
        return tuple(Corners(c.x0, height - c.y1, c.x1, height - c.y0) for c in self.scaled(width, height))


def union_by_line(boxes: Iterable[BoundingBox]) -> tuple[BoundingBox, ...]:
    """Boxes whose vertical middles lie within each other's height become one; top to bottom."""
    lines: list[list[BoundingBox]] = []
    for box in sorted(boxes, key=lambda b: (b.top + b.height / 2, b.left)):
        middle = box.top + box.height / 2
        if lines and any(other.top <= middle <= other.bottom for other in lines[-1]):
            lines[-1].append(box)
        else:
            lines.append([box])
    return tuple(BoundingBox.around(line) for line in lines)


class Metrics(BaseModel):
    """What the service says about one value."""

    model_config = ConfigDict(frozen=True, extra="allow")

    confidence: str | None = None
    """ "High" or "Low": a hint for review, not a probability."""
    citation_status: str | None = None
    """ "Created", "Failed" or "Skipped"."""


def leaves(value: Any) -> list[tuple[str, Any]]:
    """The field path and value of each JSON primitive of `value`, and of each empty array or object."""
    found: list[tuple[str, Any]] = []
    _leaves(value, "", found)
    return found


def _leaves(value: Any, path: str, found: list[tuple[str, Any]]) -> None:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            _leaves(item, f"{path}.{key}" if path else str(key), found)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            _leaves(item, f"{path}[{index}]", found)
    else:
        found.append((path, value))


def citations_by_path(results: Any, citations: Any) -> dict[str, tuple[Citation, ...]]:
    """The citations of each field of `results` that has some, by field path.

    One list for a whole array of primitives (shape A) supports each of its elements, so that all shapes give the same
    paths. Entries that are no citations are left out: nothing is cited that cannot be pointed at.
    """
    entries = citation_entries(results, citations)
    return {path: found for path, entry in entries.items() if (found := read_citations(entry))}


def metrics_by_path(results: Any, metrics: Any) -> dict[str, Metrics]:
    """The metrics of each field of `results` that has some, by field path; as `citations_by_path`."""
    return {path: read_metrics(entry) for path, entry in metrics_entries(results, metrics).items()}


def citation_entries(results: Any, citations: Any) -> dict[str, list[dict[str, Any]]]:
    """The raw lists of citations by field path, for `read_citations`; one may hold nothing that can be read."""
    return dict(_by_path(results, citations, _is_citation_list))


def metrics_entries(results: Any, metrics: Any) -> dict[str, dict[str, Any]]:
    """The raw metrics by field path, for `read_metrics`."""
    return dict(_by_path(results, metrics, _is_metrics))


def read_citations(entry: list[dict[str, Any]]) -> tuple[Citation, ...]:
    """The citations of one field; what is none is left out."""
    if not entry:
        return ()
    try:
        return _several.validate_python(entry)
    except ValidationError:
        read = (_read_citation(item) for item in entry)
        return tuple(citation for citation in read if citation is not None)


def read_metrics(entry: dict[str, Any]) -> Metrics:
    """The metrics of one field; words that are none are left out."""
    try:
        return Metrics.model_validate(entry)
    except ValidationError:
        return Metrics()


_PATH_KEY = re.compile(r"[.\[]")


def _is_flat(results: Any, mirror: Any) -> bool:
    """Shape B: a key with a dot or bracket that is no key of the results."""
    if not isinstance(mirror, dict) or not isinstance(results, dict):
        return False
    return any(_PATH_KEY.search(key) and key not in results for key in mirror)


_IsLeaf = Callable[[Any], bool]
_Entries = list[tuple[str, Any]]


def _by_path(results: Any, mirror: Any, is_leaf: _IsLeaf) -> _Entries:
    if _is_flat(results, mirror):
        return [(str(path), entry) for path, entry in mirror.items() if is_leaf(entry)]
    entries: _Entries = []
    _walk(results, mirror, is_leaf, "", entries)
    return entries


def _walk(results: Any, mirror: Any, is_leaf: _IsLeaf, path: str, found: _Entries) -> None:
    """Pairs of field path and leaf entry; the shape of `results` says what is a leaf, never the entry's own keys."""
    if mirror is None:
        return
    if isinstance(results, dict) and results:
        if isinstance(mirror, dict):
            for key, item in results.items():
                _walk(item, mirror.get(key), is_leaf, f"{path}.{key}" if path else str(key), found)
    elif isinstance(results, list) and results:
        if _is_whole_array(results, mirror, is_leaf):
            found += [(f"{path}[{index}]", mirror) for index in range(len(results))]
        elif isinstance(mirror, list):
            for index, (item, entry) in enumerate(zip(results, mirror)):  # noqa: B905 - a short mirror lacks the rest
                _walk(item, entry, is_leaf, f"{path}[{index}]", found)
    elif is_leaf(mirror):
        found.append((path, mirror))


def _is_whole_array(results: list[Any], mirror: Any, is_leaf: _IsLeaf) -> bool:
    """Whether the entry of an array of primitives is one for all of it (shape A) rather than one per element."""
    return not any(isinstance(item, dict | list) for item in results) and is_leaf(mirror)


def _is_citation_list(entry: Any) -> bool:
    return isinstance(entry, list) and all(isinstance(item, dict) for item in entry)


def _is_metrics(entry: Any) -> bool:
    return isinstance(entry, dict)


_several: TypeAdapter[tuple[Citation, ...]] = TypeAdapter(tuple[Citation, ...])


def _read_citation(item: dict[str, Any]) -> Citation | None:
    """One citation that is not as it should be: null is absence, and one box or range may come without its list."""
    tidy = {key: value for key, value in item.items() if value is not None}
    for key in ("bboxes", "bbox", "ss_ranges", "ss_range"):
        if key in tidy and not isinstance(tidy[key], list | tuple):
            tidy[key] = [tidy[key]]
    try:
        return Citation.model_validate(tidy)
    except ValidationError:
        return None
