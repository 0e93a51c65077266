"""What the report shows, before any HTML: fields, pages, boxes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chunkr_integrations.citations import Citation, Corners

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chunkr_integrations.extraction import Extraction, LeafState

__all__ = ["BoxView", "DocumentView", "FieldView", "PageView", "WordView", "document_view"]

_DEFAULT_SIZE = (595.0, 842.0)  # A4 in points, for a page without citations and without picture


@dataclass(frozen=True)
class FieldView:
    """One row of the table."""

    number: int
    path: str
    value: str
    state: LeafState
    confidence: str | None
    message: str
    """Why the value does not fit its class; "" when it does."""
    citations: tuple[Citation, ...]

    @property
    def pages(self) -> tuple[int, ...]:
        """Numbers of the pages it is cited on, in order, each once."""
        return tuple(sorted({c.page_number for c in self.citations if c.page_number is not None}))


@dataclass(frozen=True)
class BoxView:
    """One rectangle, in the units of its page, and the fields that it supports."""

    corners: Corners
    fields: tuple[int, ...]
    content: str
    """The text of the citation that it belongs to."""
    cells: tuple[str, ...] = ()
    """Spreadsheets: the cells, as A1 ranges."""


@dataclass(frozen=True)
class WordView:
    """One cited word and where it stands, for pages without a picture."""

    corners: Corners
    text: str


@dataclass(frozen=True)
class PageView:
    """One page with its boxes; width and height are in the citations' units."""

    number: int
    width: float
    height: float
    sheet: str | None
    boxes: tuple[BoxView, ...]
    words: tuple[WordView, ...]


@dataclass(frozen=True)
class DocumentView:
    """One extraction as it is shown."""

    name: str
    facts: tuple[tuple[str, str], ...]
    fields: tuple[FieldView, ...]
    pages: tuple[PageView, ...]


def document_view(extraction: Extraction[Any]) -> DocumentView:
    """What is shown of an extraction; the first page alone when nothing is cited."""
    messages = dict(extraction.invalid)
    fields = tuple(
        FieldView(
            number=number,
            path=path,
            value=_text(extraction.leaves.get(path)),
            state=state,
            confidence=extraction.confidence.get(path),
            message=messages.get(path, ""),
            citations=extraction.citations.get(path, ()),
        )
        for number, (path, state) in enumerate(extraction.states.items())
    )
    pages = tuple(_pages(fields)) or (PageView(1, *_DEFAULT_SIZE, None, (), ()),)
    return DocumentView(extraction.source.name, tuple(_facts(extraction)), fields, pages)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"  # JSON knows one kind of number; 1140.0 and 1140 are the same
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _facts(extraction: Extraction[Any]) -> Iterator[tuple[str, str]]:
    yield "Class", getattr(type(extraction.value), "__name__", "")
    yield "Answered by", extraction.task.version_info.server_version or ""
    yield "Task", extraction.task_id
    if extraction.source.content_hash:
        yield "sha256", extraction.source.content_hash


def _pages(fields: tuple[FieldView, ...]) -> Iterator[PageView]:
    cited: dict[int, list[tuple[int, Citation]]] = {}
    for field in fields:
        for citation in field.citations:
            if citation.page_number is not None and _has_size(citation) and citation.bboxes:
                cited.setdefault(citation.page_number, []).append((field.number, citation))
    for number in sorted(cited):
        first = cited[number][0][1]
        width, height = first.page_width or 0.0, first.page_height or 0.0
        boxes, words = tuple(_boxes(cited[number], width, height)), tuple(_words(cited[number], width, height))
        yield PageView(number, width, height, first.ss_sheet_name, boxes, words)


def _has_size(citation: Citation) -> bool:
    return all(
        size is not None and math.isfinite(size) and size > 0 for size in (citation.page_width, citation.page_height)
    )


def _boxes(cited: list[tuple[int, Citation]], width: float, height: float) -> Iterator[BoxView]:
    """Each rectangle once, with all fields it supports; large ones first, so that small ones lie on top."""
    found: dict[Corners, tuple[list[int], Citation]] = {}
    for number, citation in cited:
        for box in _runs(citation.scaled(width, height)):
            fields, _ = found.setdefault(Corners(*(round(value, 2) for value in box)), ([], citation))
            if number not in fields:
                fields.append(number)
    boxes = (BoxView(box, tuple(numbers), c.content, c.ss_ranges) for box, (numbers, c) in found.items())
    yield from sorted(boxes, key=lambda box: -_area(box.corners))


def _runs(boxes: tuple[Corners, ...]) -> Iterator[Corners]:
    """Neighbouring words of one line as one rectangle; nothing that stands between distant ones is covered."""
    run: Corners | None = None
    for box in boxes:
        if run is not None and _follows(run, box):
            run = Corners(min(run.x0, box.x0), min(run.y0, box.y0), max(run.x1, box.x1), max(run.y1, box.y1))
            continue
        if run is not None:
            yield run
        run = box
    if run is not None:
        yield run


def _follows(run: Corners, box: Corners) -> bool:
    height = max(run.y1 - run.y0, box.y1 - box.y0)
    overlap = min(run.y1, box.y1) - max(run.y0, box.y0)
    return overlap > min(run.y1 - run.y0, box.y1 - box.y0) / 2 and -height < box.x0 - run.x1 < height


def _words(cited: list[tuple[int, Citation]], width: float, height: float) -> Iterator[WordView]:
    """Each cited word once, where the citation says which of its boxes is which word."""
    found: dict[Corners, str] = {}
    for _, citation in cited:
        words, corners = citation.content.split(), citation.scaled(width, height)
        if len(words) == len(corners):
            found.update(zip(corners, words, strict=True))
    yield from (WordView(corners, text) for corners, text in found.items())


def _area(box: Corners) -> float:
    return (box.x1 - box.x0) * (box.y1 - box.y0)
