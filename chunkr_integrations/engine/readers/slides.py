"""PowerPoint files (.pptx): a slide is a page, units are points, boxes of shapes are exact, of words estimated.

A shape's text is set inside the shape's box with characters of the size the shape says, or that fit.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.layout import BlockKind, RawBlock, RawCell, RawPage, RawWord
from chunkr_integrations.engine.readers._typeset import columns_of, wrapped
from chunkr_integrations.engine.readers.sheets import check_zip

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read_slides"]

_EMU = 12_700  # to a point
_SIZE = 14.0  # points, where nothing says how large
_WIDE = 0.5  # width of a character, in its height
_INSET = 3.6  # points between a shape's edge and its text
_DEEP = 20  # groups in groups


def read_slides(data: bytes, name: str, warnings: list[str]) -> Iterator[RawPage]:
    """The slides that are shown."""
    from pptx import Presentation  # noqa: PLC0415 - only for slides

    check_zip(data, name)
    try:
        presentation = Presentation(io.BytesIO(data))
        slides = list(presentation.slides)
    except Exception as error:  # python-pptx raises whatever its parts raise
        raise UnreadableDocumentError(
            f"{name} is no PowerPoint file that can be read. Save it as .pptx anew, or as PDF."
        ) from error
    width = (presentation.slide_width or 9_144_000) / _EMU
    height = (presentation.slide_height or 6_858_000) / _EMU
    shown = [slide for slide in slides if slide.element.get("show") != "0"]
    if len(shown) < len(slides):
        warnings.append(f"{len(slides) - len(shown)} hidden slides were not read.")
    if not shown:
        raise UnreadableDocumentError(f"{name} has no slide that is shown. Send one with at least one slide.")
    for number, slide in enumerate(shown, 1):
        words: list[RawWord] = []
        blocks: list[RawBlock] = []
        for shape in _shapes(slide.shapes, 0):
            _shape(shape, words, blocks)
        blocks.sort(key=lambda block: (round(block.box.top / 20), block.box.left))
        yield RawPage(number, width, height, tuple(words), tuple(blocks), placed=False)


def _shapes(shapes: Any, depth: int) -> Iterator[Any]:
    for shape in shapes:
        if getattr(shape, "shape_type", None) == 6 and depth < _DEEP:  # noqa: PLR2004 - MSO_SHAPE_TYPE.GROUP
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _shape(shape: Any, words: list[RawWord], blocks: list[RawBlock]) -> None:
    if None in (shape.left, shape.top, shape.width, shape.height):
        box = Box(_INSET, _INSET, 600.0, 40.0)
    else:
        box = Box(*(value / _EMU for value in (shape.left, shape.top, shape.width, shape.height)))
    if getattr(shape, "has_table", False) and shape.has_table:
        _table(shape.table, box, words, blocks)
    elif getattr(shape, "has_text_frame", False) and shape.has_text_frame and shape.text_frame.text.strip():
        start = len(words)
        words += _set(shape.text_frame.text.replace("\v", "\n"), box, _size(shape.text_frame))
        inside = Box.around(word.box for word in words[start:])
        blocks.append(RawBlock(_kind(shape), Box.around((box, inside)), 1 if _kind(shape) == "heading" else 0))
    elif getattr(shape, "shape_type", None) == 13 and box.width > 0 and box.height > 0:  # noqa: PLR2004 - PICTURE
        blocks.append(RawBlock("picture", box))


def _kind(shape: Any) -> BlockKind:
    if getattr(shape, "is_placeholder", False):
        kind = getattr(shape.placeholder_format, "type", None)
        if kind in (1, 3):  # PP_PLACEHOLDER.TITLE, CENTER_TITLE
            return "heading"
    return "paragraph"


def _size(frame: Any) -> float:
    for paragraph in frame.paragraphs:
        for run in paragraph.runs:
            if run.font.size:
                return float(run.font.size / _EMU)
    return _SIZE


def _set(text: str, box: Box, size: float) -> Iterator[RawWord]:
    """Words set in a box: lines break where the box ends, and the size shrinks until all lines fit."""
    room = max(box.width - 2 * _INSET, 20.0)
    lines = [text]
    while size >= 4:  # noqa: PLR2004 - points; smaller cannot be read
        lines = wrapped(text, max(1, int(room / (size * _WIDE))))
        if len(lines) * size * 1.2 <= max(box.height, size * 1.3):
            break
        size *= 0.85
    for number, line in enumerate(lines):
        column = 0
        for part in line.split(" "):
            wide = columns_of(part)
            if part:
                left = box.left + _INSET + column * size * _WIDE
                yield RawWord(part, Box(left, box.top + _INSET + number * size * 1.2, wide * size * _WIDE, size))
            column += wide + 1


def _table(table: Any, box: Box, words: list[RawWord], blocks: list[RawBlock]) -> None:
    lefts = [box.left]
    for column in table.columns:
        lefts.append(lefts[-1] + column.width / _EMU)
    tops = [box.top]
    for row in table.rows:
        tops.append(tops[-1] + row.height / _EMU)
    cells = []
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells):
            if cell.is_spanned:
                continue
            across, down = (cell.span_width, cell.span_height) if cell.is_merge_origin else (1, 1)
            place = Box(
                lefts[column],
                tops[number],
                lefts[min(column + across, len(lefts) - 1)] - lefts[column],
                tops[min(number + down, len(tops) - 1)] - tops[number],
            )
            text = cell.text.replace("\v", "\n")
            words += _set(text, place, min(_SIZE, max(place.height - 2 * _INSET, 4.0))) if text.strip() else ()
            cells.append(RawCell(number, column, text, place, down, across, header=number == 0 and table.first_row))
    blocks.append(
        RawBlock("table", Box(box.left, box.top, lefts[-1] - box.left, tops[-1] - box.top), cells=tuple(cells))
    )
