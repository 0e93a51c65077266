"""The output of a parse task: a document's segments, in chunks."""

from __future__ import annotations

import html
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from chunkr_integrations.engine import Document

    from ._records import TaskRow

__all__ = ["parse_output"]

_TARGET_LENGTH = 4096  # words of a chunk


def parse_output(document: Document, configuration: Mapping[str, Any], task: TaskRow) -> dict[str, Any]:
    """`ParseOutputResponse`. Pages have no images: `image` is empty, as the field is required."""
    formats = configuration.get("segment_processing") or {}
    length = (configuration.get("chunk_processing") or {}).get("target_length", _TARGET_LENGTH)
    segments = [
        _segment(segment, page, (formats.get(segment.type) or {}).get("format"))
        for page in document.pages
        for segment in page.segments
    ]
    return {
        "chunks": [_chunk(chunk, task.task_id, number) for number, chunk in enumerate(_chunks(segments, length))],
        "pages": [
            {
                "image": "",
                "page_number": page.number,
                "page_width": page.width,
                "page_height": page.height,
                "ss_sheet_name": page.sheet,
            }
            for page in document.pages
        ],
        "file_name": task.file_name,
        "mime_type": document.mime_type,
        "page_count": len(document.pages),
        "pdf_url": None,
    }


def _chunks(segments: Iterable[dict[str, Any]], length: int) -> Iterator[list[dict[str, Any]]]:
    """As many segments as fit into `length` words, at least one; 0 means one each."""
    chunk, words = list[dict[str, Any]](), 0
    for segment in segments:
        if chunk and (not length or words + segment["segment_length"] > length):
            yield chunk
            chunk, words = [], 0
        chunk.append(segment)
        words += segment["segment_length"]
    if chunk:
        yield chunk


def _chunk(segments: list[dict[str, Any]], task_id: str, number: int) -> dict[str, Any]:
    return {
        "chunk_id": str(uuid.uuid5(uuid.UUID(task_id), str(number))),
        "chunk_length": sum(segment["segment_length"] for segment in segments),
        "segments": segments,
        "content": "\n\n".join(segment["content"] for segment in segments),
        "embed": "\n\n".join(segment["embed"] for segment in segments),
    }


def _segment(segment: Any, page: Any, wanted: str | None) -> dict[str, Any]:
    found = {
        "segment_id": segment.id,
        "segment_type": segment.type,
        "bbox": _box(segment.box),
        "page_number": page.number,
        "page_width": page.width,
        "page_height": page.height,
        "text": segment.text,
        "content": _html(segment) if (wanted or _usual(segment)) == "Html" else _markdown(segment),
        "embed": segment.text,
        "segment_length": len(segment.text.split()),
        "confidence": min((page.words[index].confidence for index in segment.words), default=None),
        "ocr": [_word(page.words[index], f"{segment.id}-{index}") for index in segment.words],
    }
    if page.sheet is not None:
        cells = segment.table.cells if segment.table else ()
        found["ss_sheet_name"] = page.sheet
        found["ss_cells"] = [
            {"cell_id": f"{segment.id}-{cell.ref}", "range": cell.ref, "text": cell.text} for cell in cells if cell.ref
        ]
        refs = [cell.ref for cell in cells if cell.ref]
        found["ss_range"] = f"{refs[0].partition(':')[0]}:{refs[-1].rpartition(':')[2]}" if refs else None
    return found


def _usual(segment: Any) -> str:
    """Tables are HTML, the rest is Markdown, as the vendor's defaults are."""
    return "Html" if segment.table is not None else "Markdown"


def _html(segment: Any) -> str:
    if segment.table is None:
        return f"<p>{html.escape(segment.text, quote=False)}</p>"
    rows: dict[int, list[str]] = {}
    for cell in segment.table.cells:
        tag = "th" if cell.header else "td"
        wide = (("rowspan", cell.row_span), ("colspan", cell.column_span))
        spans = "".join(f' {name}="{value}"' for name, value in wide if value > 1)
        rows.setdefault(cell.row, []).append(f"<{tag}{spans}>{html.escape(cell.text, quote=False)}</{tag}>")
    lines = [f"<tr>{''.join(rows[row])}</tr>" for row in sorted(rows)]
    return f"<table>{''.join(lines)}</table>"


def _markdown(segment: Any) -> str:
    if segment.table is not None:
        return _pipes(segment.table)
    text: str = segment.text
    if segment.level:
        return f"{'#' * min(segment.level, 6)} {text}"
    return f"# {text}" if segment.type == "Title" else f"## {text}" if segment.type == "SectionHeader" else text


def _pipes(table: Any) -> str:
    grid = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = cell.text.replace("|", "\\|").replace("\n", " ")
    lines = [f"| {' | '.join(row)} |" for row in grid]
    return "\n".join([*lines[:1], f"|{' --- |' * table.columns}", *lines[1:]])


def _box(box: Any) -> dict[str, float]:
    return {"left": box.left, "top": box.top, "width": box.width, "height": box.height}


def _word(word: Any, ocr_id: str) -> dict[str, Any]:
    found = {"ocr_id": ocr_id, "text": word.text, "bbox": _box(word.box), "confidence": word.confidence}
    return {**found, "ss_cell_ref": word.ref} if word.ref else found
