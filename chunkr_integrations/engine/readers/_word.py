"""Word documents (.docx) as blocks of text and tables, straight from their XML.

Element names are compared without their namespace, so that files in the strict form of the standard (ISO/IEC 29500-1),
which python-docx refuses, are read like all others.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.readers._typeset import Flow, Grid, GridCell
from chunkr_integrations.engine.readers._xml import parsed
from chunkr_integrations.engine.readers.sheets import check_zip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

__all__ = ["word_blocks"]

_HEADING = re.compile(r"heading\s*(\d)", re.IGNORECASE)
_DEEP = 40  # tables in tables


def word_blocks(data: bytes, name: str, warnings: list[str]) -> Iterator[Flow | Grid]:
    """The headers, the body and the footers and notes of a Word file, in this order."""
    check_zip(data, name)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = set(archive.namelist())
        if "word/document.xml" not in parts:
            raise UnreadableDocumentError(f"{name} has no text part (word/document.xml). Save it as .docx anew.")
        try:
            body = parsed(archive.read("word/document.xml"), name)
            styles = _styles(parsed(archive.read("word/styles.xml"), name)) if "word/styles.xml" in parts else {}
            around = {part: parsed(archive.read(part), name) for part in sorted(parts) if _is_around(part)}
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise UnreadableDocumentError(
                f"{name} is damaged or encrypted. Save it anew without a password."
            ) from error
    if any(part.startswith("word/comments") for part in parts):
        warnings.append("Comments of the Word file were not read.")
    reader = _Reader(styles)
    seen: set[str] = set()
    for part, root in around.items():
        if "header" in part:
            yield from _once(reader.blocks(root), seen)
    yield from reader.blocks(next((child for child in body if _tag(child) == "body"), body))
    for part, root in around.items():
        if "header" not in part:
            yield from _once(reader.blocks(root), seen)


def _is_around(part: str) -> bool:
    return bool(re.fullmatch(r"word/(?:header\d*|footer\d*|footnotes|endnotes)\.xml", part))


def _once(blocks: Iterator[Flow | Grid], seen: set[str]) -> Iterator[Flow | Grid]:
    """First pages and even pages often have headers of the same text."""
    for block in blocks:
        key = repr(block)
        if key not in seen:
            seen.add(key)
            yield block


def _styles(root: Element) -> dict[str, str]:
    """Style ids to their names; names are in English in every language's Word for the built-in styles."""
    found = {}
    for style in root:
        if _tag(style) == "style":
            names = [_value(child) for child in style if _tag(child) == "name"]
            found[_attribute(style, "styleId")] = (names or [""])[0].casefold()
    return found


class _Reader:
    def __init__(self, styles: dict[str, str]) -> None:
        self.styles = styles

    def blocks(self, root: Element, depth: int = 0) -> Iterator[Flow | Grid]:
        """The paragraphs and tables below an element."""
        for child in root:
            tag = _tag(child)
            if tag == "p":
                yield from self._paragraph(child, depth)
            elif tag == "tbl" and depth < _DEEP:
                yield self._table(child, depth + 1)
            elif tag in ("sdt", "sdtContent", "ins", "smartTag", "customXml", "footnote", "endnote", "txbxContent"):
                yield from self.blocks(child, depth)

    def _paragraph(self, paragraph: Element, depth: int) -> Iterator[Flow | Grid]:
        text = _run_text(paragraph)
        kind, level, breaks = self._kind(paragraph)
        if breaks:
            yield Flow("", "page_break")
        if text.strip():
            if kind == "heading":
                yield Flow(text.strip(), "heading", level)
            elif kind == "list_item":
                yield Flow(f"• {text.strip()}", "list_item", level)
            else:
                yield Flow(text, "pre" if "\t" in text else "paragraph")
        if depth < _DEEP:
            for box in _boxes(paragraph):
                yield from self.blocks(box, depth + 1)

    def _kind(self, paragraph: Element) -> tuple[str, int, bool]:
        kind, level, breaks = "paragraph", 0, False
        for properties in paragraph:
            if _tag(properties) != "pPr":
                continue
            for child in properties:
                tag = _tag(child)
                if tag == "pStyle":
                    style = self.styles.get(_value(child), _value(child).casefold())
                    if found := _HEADING.match(style):
                        kind, level = "heading", int(found[1])
                    elif style in ("title", "subtitle"):
                        kind, level = "heading", 1 if style == "title" else 2
                    elif style.startswith("list"):
                        kind, level = "list_item", 1
                elif tag == "numPr" and kind == "paragraph":
                    depth = next((_value(part) for part in child if _tag(part) == "ilvl"), "0")
                    kind, level = "list_item", 1 + int(depth) if depth.isdigit() else 1
                elif tag == "pageBreakBefore":
                    breaks = True
        return kind, level, breaks

    def _table(self, table: Element, depth: int) -> Grid:
        rows: list[list[tuple[int, int, str, bool, str]]] = []  # column, span, vertical merge, header, text
        for row in _below(table, "tr"):
            header = any(_tag(mark) == "tblHeader" for part in row if _tag(part) == "trPr" for mark in part)
            cells = []
            column = 0
            for cell in _below(row, "tc"):
                span, merge = _spans(cell)
                text = "\n".join(_plain(block) for block in self.blocks(cell, depth))
                cells.append((column, span, merge, header, text))
                column += span
            rows.append(cells)
        return Grid(tuple(tuple(_cells(rows, number)) for number in range(len(rows))))


def _cells(rows: list[list[tuple[int, int, str, bool, str]]], number: int) -> Iterator[GridCell]:
    for column, span, merge, header, text in rows[number]:
        if merge == "continue":
            continue
        down = 1
        if merge == "restart":
            for later in rows[number + 1 :]:
                if not any(c == column and m == "continue" for c, _, m, _, _ in later):
                    break
                down += 1
        yield GridCell(text, header, down, span)


def _spans(cell: Element) -> tuple[int, str]:
    span, merge = 1, ""
    for properties in cell:
        if _tag(properties) == "tcPr":
            for child in properties:
                if _tag(child) == "gridSpan" and _value(child).isdigit():
                    span = min(max(1, int(_value(child))), 1000)
                elif _tag(child) == "vMerge":
                    merge = "restart" if _value(child) == "restart" else "continue"
    return span, merge


def _plain(block: Flow | Grid) -> str:
    if isinstance(block, Flow):
        return block.text
    return "\n".join(" ".join(cell.text for cell in row) for row in block.rows)


def _run_text(paragraph: Element) -> str:
    """Visible text: deleted runs, field codes and text boxes (which are read by themselves) left out."""
    parts: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        tag = _tag(element)
        if tag in ("pPr", "del", "instrText", "txbxContent", "Fallback", "delText"):
            continue
        if tag == "t":
            parts.append(element.text or "")
        elif tag == "tab":
            parts.append("\t")
        elif tag in ("br", "cr"):
            parts.append("\n")
        elif tag == "noBreakHyphen":
            parts.append("-")
        elif tag == "r" and _vanished(element):
            continue
        else:
            stack += reversed(element)
    return "".join(parts)


def _vanished(run: Element) -> bool:
    return any(_tag(mark) == "vanish" for part in run if _tag(part) == "rPr" for mark in part)


def _boxes(paragraph: Element) -> Iterator[Element]:
    """Text boxes anchored in a paragraph; the second copy for old programs is left out."""
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        if _tag(element) == "txbxContent":
            yield element
        elif _tag(element) != "Fallback":
            stack += reversed(element)


def _below(element: Element, wanted: str) -> Iterator[Element]:
    """Children of that name, also those inside content controls."""
    for child in element:
        if _tag(child) == wanted:
            yield child
        elif _tag(child) in ("sdt", "sdtContent", "ins"):
            yield from _below(child, wanted)


def _tag(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rsplit("}", 1)[-1] == name), "")


def _value(element: Element) -> str:
    return _attribute(element, "val")
