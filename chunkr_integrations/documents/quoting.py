"""Citations in the form an answer can quote: `[1] invoice.pdf, p. 2, box (0.61, 0.83)-(0.72, 0.85): "1,190.00"`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chunkr_integrations.documents.metadata import restore_citations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chunkr_integrations.citations import Citation, Corners

__all__ = ["Quote", "to_quotes"]

_SHOWN = 120  # characters of a cited text; more is a block, and the box says where it is


@dataclass(frozen=True)
class Quote:
    """One place that supports an answer."""

    number: int
    """From 1, for `[1]` in the answer's text."""
    file_name: str
    source: str
    field: str
    """Field path of the value that stands there."""
    citation: Citation

    def numbered(self, number: int) -> Quote:
        """The same under another number."""
        return replace(self, number=number)

    def __str__(self) -> str:
        parts = [self.file_name, *self._place()]
        text = " ".join(self.citation.content.split())
        shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        return f"[{self.number}] {', '.join(parts)}" + (f': "{shown}"' if shown else "")

    def _place(self) -> list[str]:
        if self.citation.ss_ranges:
            sheet = f"sheet {self.citation.ss_sheet_name}, " if self.citation.ss_sheet_name else ""
            return [f"{sheet}cells {', '.join(self.citation.ss_ranges)}"]
        page = [] if self.citation.page_number is None else [f"p. {self.citation.page_number}"]
        boxes = self.citation.normalized()
        return [*page, f"box {_around(boxes)}"] if boxes else page


def _around(boxes: tuple[Corners, ...]) -> str:
    """Fractions of the page, origin top left."""
    x0, y0 = min(box.x0 for box in boxes), min(box.y0 for box in boxes)
    x1, y1 = max(box.x1 for box in boxes), max(box.y1 for box in boxes)
    return f"({x0:.2f}, {y0:.2f})-({x1:.2f}, {y1:.2f})"


def to_quotes(
    metadatas: Iterable[Mapping[str, Any]],
    *,
    store: Mapping[str, str] | None = None,
    fields: Iterable[str] | None = None,
) -> tuple[Quote, ...]:
    """The places that the documents of these metadata cite, numbered, each once.

    Args:
        metadatas: Of the retrieved documents, in their order.
        store: The `citation_store` the documents were made with.
        fields: Field paths to quote; all of them when None. A name stands for all below it: `lines`, `lines[0]`.
    """
    wanted = None if fields is None else tuple(fields)
    places: dict[tuple[str, str, Citation], Mapping[str, Any]] = {}
    for metadata in metadatas:
        for path, cited in restore_citations(metadata, store=store).items():
            if wanted is None or any(is_at_or_below(path, field) for field in wanted):
                for citation in cited:
                    places.setdefault((str(metadata.get("source", "")), path, citation), metadata)
    return tuple(
        Quote(number, str(metadata.get("file_name", source)), source, path, citation)
        for number, ((source, path, citation), metadata) in enumerate(places.items(), start=1)
    )


def is_at_or_below(path: str, ancestor: str) -> bool:
    """Whether a field path is `ancestor` or inside of it: `lines[0].price` is below `lines[0]`, not below `line`."""
    return path.startswith(ancestor) and (len(path) == len(ancestor) or not ancestor or path[len(ancestor)] in ".[")
