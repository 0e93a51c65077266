"""A grounded draft as `results`, `citations` and `metrics`, in the newest shape the vendor documents.

That is shape C of the vendor's output page: both mirrors follow `results`; an array of primitives is cited element by
element; a null leaf is null in both. Boxes are given in the frame of the file as a viewer shows it: where a reader
turned a page upright, they are turned back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.draft import Leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chunkr_integrations.engine.document import Document, Page, Segment
    from chunkr_integrations.engine.draft import Draft, Place
    from chunkr_integrations.engine.models.protocol import Usage

__all__ = ["Output", "output"]

_HIGH = 0.9  # how often values at or above are right: docs/accuracy.md
_ABOVE, _BESIDE = 0.15, 0.1  # room around a recognised word, in heights of it
_READ = 0.8  # a word that recognition was less sure of makes no value `High` (docs/adr/0015)


@dataclass(frozen=True)
class Output:
    """What an extraction answers: plain JSON values."""

    results: Any
    citations: Any
    metrics: Any
    usage: Usage | None = None  # what was asked of a language model; None without one; no part of the wire's answer


def output(document: Document, draft: Draft, schema: Mapping[str, Any]) -> Output:  # noqa: ARG001 - the contract: a later dialect may differ by schema
    """The answer for a grounded draft; its three parts have one shape."""
    segments = {segment.id: segment for segment in document.segments}
    return Output(*_mirror(document, segments, draft, ""))


def _mirror(document: Document, segments: dict[str, Segment], draft: Draft, path: str) -> tuple[Any, Any, Any]:
    if isinstance(draft, Leaf):
        return _leaf(document, segments, draft, path)
    if isinstance(draft, dict):
        by_key = {
            key: _mirror(document, segments, value, f"{path}.{key}" if path else key) for key, value in draft.items()
        }
        r, c, m = ({key: three[part] for key, three in by_key.items()} for part in range(3))
        return r, c, m
    items = [_mirror(document, segments, value, f"{path}[{index}]") for index, value in enumerate(draft)]
    results, citations, metrics = ([three[part] for three in items] for part in range(3))
    return results, citations, metrics


def _leaf(document: Document, segments: dict[str, Segment], leaf: Leaf, path: str) -> tuple[Any, Any, Any]:
    if leaf.value is None:
        return None, None, None
    cited = [_citation(document, segments, place, f"{path}#{index}") for index, place in enumerate(leaf.places)]
    citations = [citation for citation in cited if citation is not None]
    exact = bool(citations) and all(place.exact and place.words for place in leaf.places)
    read = all(document.page(place.page).words[i].confidence >= _READ for place in leaf.places for i in place.words)
    high = exact and read and not leaf.tied and leaf.score >= _HIGH
    metrics = {
        "confidence": "High" if high else "Low",
        "citation_status": "Created" if citations else "Failed",
    }
    return leaf.value, citations, metrics


def _citation(document: Document, segments: dict[str, Segment], place: Place, path: str) -> dict[str, Any] | None:
    """One citation; None when the place names neither words nor a segment."""
    page = document.page(place.page)
    segment = segments.get(place.segment_id or _owner(page, place) or "")
    if place.words:
        words = [page.words[index] for index in place.words]
        boxes = [_roomy(word.box, page) if page.ocr else word.box for word in words]
        content, refs = " ".join(word.text for word in words), _refs(page, place)
    elif segment is not None:
        boxes, content, refs = [segment.box], segment.text, _range(page, segment)
    else:
        return None
    width, height = page.file_size
    stamp = f"{path}|{place.page}|{place.words}|{place.segment_id}"
    citation: dict[str, Any] = {
        "citation_id": hashlib.sha256(stamp.encode()).hexdigest()[:24],
        "citation_type": "Word" if place.words else "Segment",
        "bboxes": [_wire(page.in_file(box)) for box in boxes],
        "content": content,
        "segment_id": segment.id if segment else None,
        "segment_type": segment.type if segment and not place.words else "Text",
        "page_number": page.number,
        "page_width": round(width, 3),
        "page_height": round(height, 3),
    }
    if page.sheet is not None:
        citation["ss_ranges"] = refs
        citation["ss_sheet_name"] = page.sheet
    return citation


def _roomy(box: Box, page: Page) -> Box:
    """The box of a recognised word with the room that a font leaves around its letters.

    Recognition draws boxes along the ink; those of a text layer are as high as the font. With this margin both cite
    alike: boxes on scans of the labelled PDFs came to overlap those of their text layers by half in .95 instead of .88.
    """
    across, down = _BESIDE * box.height, _ABOVE * box.height
    left, top = max(box.left - across, 0.0), max(box.top - down, 0.0)
    right, bottom = min(box.right + across, page.width), min(box.bottom + down, page.height)
    return Box(left, top, right - left, bottom - top)


def _owner(page: Page, place: Place) -> str | None:
    return page.words[place.words[0]].segment_id if place.words else None


def _refs(page: Page, place: Place) -> list[str]:
    """The cells of the words, each once, in order."""
    return list(dict.fromkeys(ref for index in place.words if (ref := page.words[index].ref)))


def _range(page: Page, segment: Segment) -> list[str]:
    """The cells from a segment's first word to its last."""
    refs = [ref for index in segment.words if (ref := page.words[index].ref)]
    if not refs:
        return []
    first, last = refs[0].split(":")[0], refs[-1].split(":")[-1]
    return [first if first == last else f"{first}:{last}"]


def _wire(box: Box) -> dict[str, float]:
    return {
        "left": round(box.left, 3),
        "top": round(box.top, 3),
        "width": round(box.width, 3),
        "height": round(box.height, 3),
    }
