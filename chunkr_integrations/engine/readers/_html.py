"""HTML as blocks of text and tables; what a browser does not show is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from chunkr_integrations.engine.readers._typeset import Flow, Grid, GridCell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

__all__ = ["html_blocks"]

_UNSEEN = frozenset(
    ("script", "style", "noscript", "template", "head", "svg", "iframe", "object", "ix:header", "ix:hidden", "-comment")
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "  # noqa: SIM905 - reads better
    "footer form header hr html legend main nav p section summary ul ol tbody thead tfoot tr td th li table pre "
    "h1 h2 h3 h4 h5 h6 title".split()
)
_XHTML = re.compile(r"<\?xml|http://www\.w3\.org/1999/xhtml")
_PREFIX = re.compile(r"xmlns:(\w+)\s*=\s*[\"']http://www\.w3\.org/1999/xhtml")
# XML closes any element with "/>"; an HTML parser would leave it open and nest the rest of the page in it.
_SELF_CLOSED = re.compile(r"<([A-Za-z][\w:.-]*)((?:\s[^<>]*?)?)\s*/>")
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
_DEEP = 150  # nesting beyond which text is taken as it comes; Python's stack is not endless
_SPAN = 1000  # the largest colspan browsers accept (HTML standard, 4.9.11)
_BREAK = "\n"


def html_blocks(text: str) -> Iterator[Flow | Grid]:
    """The visible blocks of a page, in order."""
    if _XHTML.search(text[:4096]):
        for prefix in set(_PREFIX.findall(text[:4096])):
            text = re.sub(rf"(</?){prefix}:", r"\1", text)
        text = _SELF_CLOSED.sub(_opened_and_closed, text)
    tree = LexborHTMLParser(text)
    if tree.root is None:
        return
    tree.strip_tags([tag for tag in _UNSEEN if tag.isalpha() and tag != "head"])
    yield from _Walk().blocks(tree.body or tree.root)


class _Walk:
    """Gathers inline text until a block begins or ends."""

    def __init__(self, grids: dict[int, Grid | None] | None = None) -> None:
        self.open: list[str] = []
        # Each table is looked at once, also where tables that arrange others are walked through again and again.
        self.grids: dict[int, Grid | None] = {} if grids is None else grids

    def blocks(self, node: LexborNode) -> Iterator[Flow | Grid]:
        yield from self._children(node, 0)
        yield from self._flush()

    def _flush(self, kind: str = "paragraph", level: int = 0) -> Iterator[Flow]:
        text = _tidy("".join(self.open))
        self.open = []
        if text:
            yield Flow(text, kind, level)  # type: ignore[arg-type] # one of the kinds, see _special

    def _children(self, node: LexborNode, depth: int) -> Iterator[Flow | Grid]:
        for child in node.iter(include_text=True):
            tag = child.tag
            if tag == "-text":
                self.open.append(re.sub(r"\s+", " ", child.text_content or ""))
            elif tag == "br":
                self.open.append(_BREAK)
            elif tag is None or tag in _UNSEEN or _hidden(child):
                continue
            elif depth > _DEEP:
                self.open.append(child.text(separator=" "))
            elif tag in _BLOCKS:
                yield from self._flush()
                yield from self._block(child, tag, depth + 1)
            else:
                if tag in ("input", "textarea", "option") and (value := child.attributes.get("value")):
                    self.open.append(f" {value} ")
                yield from self._children(child, depth + 1)

    def _grid(self, table: LexborNode) -> Grid | None:
        if table.mem_id not in self.grids:
            self.grids[table.mem_id] = _grid(table, self.grids)
        return self.grids[table.mem_id]

    def _block(self, node: LexborNode, tag: str, depth: int) -> Iterator[Flow | Grid]:
        if tag == "table" and (grid := self._grid(node)) is not None:
            yield grid
        elif tag == "pre":
            yield Flow(node.text(), "pre")
        elif tag[0] == "h" and tag[1:].isdigit():
            yield from self._children(node, depth)
            yield from self._flush("heading", int(tag[1:]))
        elif tag == "li":
            self.open.append("• ")
            yield from self._children(node, depth)
            yield from self._flush("list_item", 1)
        else:
            yield from self._children(node, depth)
            yield from self._flush()


def _opened_and_closed(found: re.Match[str]) -> str:
    name, attributes = found.groups()
    return found[0] if name.casefold() in _VOID else f"<{name}{attributes}></{name}>"


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    if "hidden" in attributes or (node.tag == "input" and attributes.get("type") == "hidden"):
        return True
    style = attributes.get("style")
    return bool(style and _HIDDEN_STYLE.search(style))


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    return _BREAK.join(line for line in lines if line and line != "•")


def _grid(table: LexborNode, grids: dict[int, Grid | None]) -> Grid | None:
    """The table's cells; None when it only arranges other blocks (tables or headings in its cells)."""
    rows: list[tuple[GridCell, ...]] = []
    for part in table.iter():
        if part.tag == "caption" and (text := _tidy(part.text(separator=" "))):
            rows.append((GridCell(text),))
        for row in [part] if part.tag == "tr" else part.iter() if part.tag in ("thead", "tbody", "tfoot") else ():
            if row.tag != "tr" or _hidden(row):
                continue
            cells = []
            for cell in row.iter():
                if cell.tag not in ("td", "th") or _hidden(cell):
                    continue
                found = list(_Walk(grids).blocks(cell))
                if any(isinstance(block, Grid) or block.kind == "heading" for block in found):
                    return None
                text = _BREAK.join(block.text for block in found if isinstance(block, Flow))
                header = cell.tag == "th" or part.tag == "thead"
                cells.append(GridCell(text, header, _span(cell, "rowspan"), _span(cell, "colspan")))
            if cells:
                rows.append(tuple(cells))
    filled = _without_empty_columns(rows)
    return Grid(filled) if len(filled) > 1 or (filled and len(filled[0]) > 1) else None


def _without_empty_columns(rows: list[tuple[GridCell, ...]]) -> tuple[tuple[GridCell, ...], ...]:
    """Rows that hold something; spacer columns go when no cell spans (layouts of accounts are full of them)."""
    kept = [row for row in rows if any(cell.text for cell in row) or any(cell.row_span > 1 for cell in row)]
    if not kept or any(cell.column_span > 1 or cell.row_span > 1 for row in kept for cell in row):
        return tuple(kept)
    width = max(len(row) for row in kept)
    used = [i for i in range(width) if any(i < len(row) and row[i].text for row in kept)]
    return tuple(tuple(row[i] for i in used if i < len(row)) for row in kept)


def _span(cell: LexborNode, name: str) -> int:
    value = cell.attributes.get(name) or "1"
    return min(max(1, int(value)), _SPAN) if value.strip().isdigit() else 1
