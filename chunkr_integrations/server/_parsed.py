"""A parsed document in the vendor's parse output: chunks of segments, with words as `ocr`.

Boxes are in the frame of the file as a viewer shows it, as in citations: where the reader turned a page upright, they
are turned back. `description` and `llm` of a segment are left out: they need models.
"""

from __future__ import annotations

import hashlib
import html
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.options import parse_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from chunkr_integrations.engine.document import Box, Cell, Document, Page, Segment, Table, Word
    from chunkr_integrations.engine.options import ParseOptions

__all__ = ["cropped", "parse_output"]


def parse_output(
    document: Document,
    configuration: Mapping[str, Any],
    page_url: Callable[[int], str],
    segment_url: Callable[[Segment], str],
) -> dict[str, Any]:
    """The `output` of a parse task.

    Args:
        document: What was read.
        configuration: The request's `ParseConfiguration`, as JSON.
        page_url: Where the picture of a page can be seen.
        segment_url: Where the picture of a segment can be seen; asked only for those that are to have one.
    """
    options = parse_options(configuration)
    segments = [
        _segment(document.page(segment.page), segment, options, segment_url)
        for segment in document.segments
        if segment.type not in options.ignored
    ]
    return {
        "chunks": [_chunk(group) for group in _groups(segments, options.target_length)],
        "pages": [_page(page, page_url(page.number)) for page in document.pages],
        "file_name": document.name,
        "mime_type": document.mime_type,
        "page_count": len(document.pages),
        "pdf_url": None,
    }


def cropped(document: Document, configuration: Mapping[str, Any]) -> list[Segment]:
    """The segments that are to be shown as pictures."""
    options = parse_options(configuration)
    return [segment for segment in document.segments if segment.type in options.cropped - options.ignored]


def _groups(segments: Iterable[dict[str, Any]], target: int) -> Iterator[list[dict[str, Any]]]:
    """As many whole segments as fit into `target` tokens; one each when it is 0."""
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
    width, height = page.file_size
    return round(width, 3), round(height, 3)


def _segment(
    page: Page, segment: Segment, options: ParseOptions, segment_url: Callable[[Segment], str]
) -> dict[str, Any]:
    width, height = _size(page)
    words = [(index, page.words[index]) for index in segment.words]
    as_html = options.formats.get(segment.type, "Html" if segment.table else "Markdown") == "Html"
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
        "segment_length": options.tokens(segment.text),
        "ocr": [_word(page, index, word) for index, word in words],
    }
    if segment.type in options.cropped:
        found["image"] = segment_url(segment)
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
    shown = page.in_file(box)
    return {side: round(getattr(shown, side), 3) for side in ("left", "top", "width", "height")}


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
