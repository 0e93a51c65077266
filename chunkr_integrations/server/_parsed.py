"""A parsed document in the vendor's parse output: chunks of segments, with words as `ocr`.

Boxes are in the frame of the file as a viewer shows it, as in citations: where the reader turned a page upright, they
are turned back. `image`, `description` and `llm` of a segment are left out: the first is not cut, the others need
models.
"""

from __future__ import annotations

import hashlib
import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from chunkr_integrations.engine.document import Box, Cell, Document, Page, Segment, Table, Word

__all__ = ["parse_output"]

_TARGET_LENGTH = 4096  # words; OpenAPI 2.62.0, ChunkProcessing.target_length
_HALF_TURN, _TURNED_LEFT, _TURNED_RIGHT = 180, 270, 90


def parse_output(
    document: Document, configuration: Mapping[str, Any], picture_url: Callable[[int], str]
) -> dict[str, Any]:
    """The `output` of a parse task.

    Args:
        document: What was read.
        configuration: The request's `ParseConfiguration`, as JSON.
        picture_url: Where the picture of a page can be seen.
    """
    chunking = configuration.get("chunk_processing") or {}
    settings = configuration.get("segment_processing") or {}
    ignored = {kind for kind, setting in settings.items() if (setting or {}).get("strategy") == "Ignore"}
    if chunking.get("ignore_headers_and_footers"):
        ignored |= {"PageHeader", "PageFooter"}
    formats = {kind: setting["format"] for kind, setting in settings.items() if (setting or {}).get("format")}
    segments = [
        _segment(document.page(segment.page), segment, formats.get(segment.type))
        for segment in document.segments
        if segment.type not in ignored
    ]
    return {
        "chunks": [_chunk(group) for group in _groups(segments, chunking.get("target_length", _TARGET_LENGTH))],
        "pages": [_page(page, picture_url(page.number)) for page in document.pages],
        "file_name": document.name,
        "mime_type": document.mime_type,
        "page_count": len(document.pages),
        "pdf_url": None,
    }


def _groups(segments: Iterable[dict[str, Any]], target: int) -> Iterator[list[dict[str, Any]]]:
    """As many whole segments as fit into `target` words; one each when it is 0."""
    group: list[dict[str, Any]] = []
    length = 0
    for segment in segments:
        if group and (target == 0 or length + segment["segment_length"] > target):
            yield group
            group, length = [], 0
        group.append(segment)
        length += segment["segment_length"]
    if group:
        yield group


def _chunk(segments: list[dict[str, Any]]) -> dict[str, Any]:
    text = "\n\n".join(segment["content"] for segment in segments if segment["content"])
    ids = "|".join(segment["segment_id"] for segment in segments)
    return {
        "chunk_id": hashlib.sha256(ids.encode()).hexdigest()[:24],
        "chunk_length": sum(segment["segment_length"] for segment in segments),
        "content": text,
        "embed": "\n\n".join(segment["embed"] for segment in segments if segment["embed"]),
        "segments": segments,
    }


def _page(page: Page, image: str) -> dict[str, Any]:
    width, height = _size(page)
    found = {"image": image, "page_number": page.number, "page_width": width, "page_height": height}
    return found if page.sheet is None else {**found, "ss_sheet_name": page.sheet}


def _size(page: Page) -> tuple[float, float]:
    """Width and height in the frame of the file."""
    turned = page.rotation % _HALF_TURN != 0
    return round(page.height if turned else page.width, 3), round(page.width if turned else page.height, 3)


def _segment(page: Page, segment: Segment, wanted: str | None) -> dict[str, Any]:
    width, height = _size(page)
    words = [(index, page.words[index]) for index in segment.words]
    as_html = (wanted or ("Html" if segment.table else "Markdown")) == "Html"
    found: dict[str, Any] = {
        "segment_id": segment.id,
        "segment_type": segment.type,
        "bbox": _box(page, segment.box),
        "page_number": page.number,
        "page_width": width,
        "page_height": height,
        "text": segment.text,
        "content": _html(segment) if as_html else _markdown(segment),
        "embed": segment.text,
        "segment_length": len(segment.text.split()),
        "ocr": [_word(page, index, word) for index, word in words],
    }
    if page.sheet is not None:
        found["ss_sheet_name"] = page.sheet
        found |= _cells(segment, [word for _, word in words])
    return found


def _word(page: Page, index: int, word: Word) -> dict[str, Any]:
    found = {
        "ocr_id": f"{page.number}-{index}",
        "text": word.text,
        "bbox": _box(page, word.box),
        "confidence": round(word.confidence, 4),
    }
    if word.ref is not None:
        found["ss_cell_ref"] = word.ref
    return found


def _cells(segment: Segment, words: list[Word]) -> dict[str, Any]:
    refs = [word.ref for word in words if word.ref]
    found: dict[str, Any] = {}
    if refs:
        first, last = refs[0].partition(":")[0], refs[-1].rpartition(":")[2]
        found["ss_range"] = first if first == last else f"{first}:{last}"
    if segment.table is not None:
        found["ss_cells"] = [
            {"cell_id": f"{segment.id}-{cell.ref}", "range": cell.ref, "text": cell.text, "value": cell.text}
            for cell in segment.table.cells
            if cell.ref is not None
        ]
    return found


def _box(page: Page, box: Box) -> dict[str, float]:
    left, top, width, height = box.left, box.top, box.width, box.height
    if page.rotation == _TURNED_RIGHT:
        left, top, width, height = box.top, page.width - box.right, box.height, box.width
    elif page.rotation == _HALF_TURN:
        left, top = page.width - box.right, page.height - box.bottom
    elif page.rotation == _TURNED_LEFT:
        left, top, width, height = page.height - box.bottom, box.left, box.height, box.width
    return {"left": round(left, 3), "top": round(top, 3), "width": round(width, 3), "height": round(height, 3)}


def _html(segment: Segment) -> str:
    if segment.table is not None:
        rows = "".join(f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in _by_row(segment.table))
        return f"<table>{rows}</table>"
    text = html.escape(segment.text, quote=False).replace("\n", "<br>")
    if segment.level:
        return f"<h{min(segment.level, 6)}>{text}</h{min(segment.level, 6)}>"
    return {"Title": f"<h1>{text}</h1>", "ListItem": f"<li>{text}</li>"}.get(segment.type, f"<p>{text}</p>")


def _html_cell(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    spans = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    spans += f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    return f"<{tag}{spans}>{html.escape(cell.text, quote=False)}</{tag}>"


def _markdown(segment: Segment) -> str:
    if segment.table is not None:
        return _markdown_table(segment.table)
    if segment.level or segment.type == "Title":
        return f"{'#' * min(segment.level or 1, 6)} {' '.join(segment.text.split())}"
    return f"- {segment.text}" if segment.type == "ListItem" else segment.text


def _markdown_table(table: Table) -> str:
    """The first row stands as the header: Markdown tables have one."""
    lines = []
    for row in _by_row(table):
        texts = [""] * table.columns
        for cell in row:
            if cell.column < table.columns:
                texts[cell.column] = " ".join(cell.text.split()).replace("|", "\\|")
        lines.append(f"| {' | '.join(texts)} |")
    if lines:
        lines.insert(1, f"|{'---|' * table.columns}")
    return "\n".join(lines)


def _by_row(table: Table) -> list[list[Cell]]:
    rows: list[list[Cell]] = [[] for _ in range(table.rows)]
    for cell in table.cells:
        if 0 <= cell.row < table.rows:
            rows[cell.row].append(cell)
    return rows
