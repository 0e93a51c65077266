"""Pages of lines and segments, out of what readers found.

Segment types follow geometry: headers and footers by repetition over pages, page numbers by their wording in these
bands, titles, section headers, list items, tables and pictures as the parser saw them, captions by their wording beside
a table or picture. What geometry cannot tell (formulas, legends, form regions) is `Text`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from chunkr_integrations.engine.document import Box, Cell, Page, Segment, SegmentType, Word
from chunkr_integrations.engine.grids import cells_of, lies_in, table_of, table_text
from chunkr_integrations.engine.layout import RawBlock, RawPage, RawWord, join_touching, lines_of
from chunkr_integrations.engine.scripts import in_reading_order, parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chunkr_integrations.engine.options import ParseOptions

__all__ = ["to_pages"]

_BAND = 0.14  # share of the page's height in which running headers and footers are looked for
_DRIFT = 0.02  # share of the page's height by which a running line may move from page to page
_REPEATED = 0.4  # share of the pages a running line must be on
_COLUMN_GAP = 1.5  # in line heights: white space this wide through a whole block parts it into columns
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|pagina|página|p\.|pg\.?|s\.)?\s*[:\-\u2013]?\s*\d{1,4}\s*(?:(?:of|/|von|de|van|di|sur)\s*\d{1,4})?\s*[-\u2013]?",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|tab(?:le|elle|\.)|abb(?:ildung|\.)|chart|exhibit|grafik)\s*[\dIVX]+\b", re.IGNORECASE
)
_AMOUNT = re.compile(r"\d[.,]\d\d\b|[$€£¥]\s*\d")
_BULLET = re.compile(r"(?:[•‣◦▪●○■□*·\u2013-]|\(?\d{1,2}[.)]|\(?[a-z][.)])$")
_NOTE = re.compile(r"(?:\d{1,2}|[*†‡]+)(?:\s|$)")
_LONG_HEADING = 20  # words; longer is no heading


@dataclass
class _Proto:
    """A segment in the making."""

    type: SegmentType
    words: list[int]
    box: Box | None = None  # pictures keep the parser's; else the words' hull
    level: int = 0
    cells: tuple[Cell, ...] = ()


@dataclass
class _Sheet:
    """A page in the making: words in line order, and its segments."""

    raw: RawPage
    words: list[RawWord]
    lines: list[list[int]]
    protos: list[_Proto] = field(default_factory=list)

    @cached_property
    def line_of(self) -> list[int]:
        """The line of each word."""
        return [number for number, line in enumerate(self.lines) for _ in line]


def to_pages(raw: Iterable[RawPage], options: ParseOptions, fingerprint: str) -> tuple[Page, ...]:
    """The finished pages.

    Args:
        raw: What the reader found, in page order.
        options: Segmentation strategy and ignored types.
        fingerprint: Stands for the document's bytes in segment ids, so that they are the same on every run.
    """
    sheets = [_sheet(page, options) for page in raw]
    if _by_layout(options):
        _mark_bands([sheet for sheet in sheets if sheet.raw.bands])
    pages = []
    while sheets:  # each draft is let go as its page is made: a long document is in memory once
        pages.append(_page(sheets.pop(0), options, fingerprint))
    return tuple(pages)


def _sheet(page: RawPage, options: ParseOptions) -> _Sheet:
    words: list[RawWord] = []
    lines: list[list[int]] = []
    for line in lines_of(page.words):
        joined = line if page.ocr or page.sheet is not None else join_touching(line)
        if page.placed:
            joined = [replace(word, text=text, box=box) for word in joined for text, box in parts(word.text, word.box)]
            joined = [joined[index] for index in in_reading_order([word.text for word in joined])]
        lines.append(list(range(len(words), len(words) + len(joined))))
        words += joined
    sheet = _Sheet(page, words, lines)
    sheet.protos = list(_protos(sheet)) if _by_layout(options) else [_whole(sheet)]
    sheet.raw = replace(page, words=(), blocks=())  # no longer needed; long documents are many of these
    return sheet


def _by_layout(options: ParseOptions) -> bool:
    """Whether a page is taken apart; for one segment a page only to find what is to be left out of it."""
    return not options.by_page or bool(options.ignored - {"Page"})


def _whole(sheet: _Sheet) -> _Proto:
    return _Proto("Page", list(range(len(sheet.words))), Box(0.0, 0.0, sheet.raw.width, sheet.raw.height))


def _protos(sheet: _Sheet) -> Iterator[_Proto]:
    inside, free = _assigned(sheet)
    found: list[_Proto] = []
    for block, words in zip(sheet.raw.blocks, inside, strict=True):
        found += _of_block(sheet, block, words)
    for words in _paragraphs(sheet, free):
        proto = _Proto("Text", words)
        top = sheet.words[words[0]].box.top
        place = next((i for i, other in enumerate(found) if _top(sheet, other) > top), len(found))
        found.insert(place, proto)
    _captions(sheet, found)
    _title(sheet, found)
    yield from found


def _assigned(sheet: _Sheet) -> tuple[list[list[int]], list[int]]:
    """Words of each block, in line order, and the words of none; a word goes to the smallest block around it.

    What a parser puts apart inside a table is a part of the table: it lies between its cells.
    """
    blocks = sheet.raw.blocks
    tables = [block.box for block in blocks if block.kind == "table"]
    by_size = sorted(
        (
            i
            for i, b in enumerate(blocks)
            if b.kind in ("table", "picture") or not any(lies_in(b.box, t) for t in tables)
        ),
        key=lambda i: blocks[i].box.width * blocks[i].box.height,
    )
    boxes = [(i, blocks[i].box) for i in by_size if blocks[i].kind != "picture"]
    inside: list[list[int]] = [[] for _ in blocks]
    free: list[int] = []
    for index, word in enumerate(sheet.words):
        x, y = word.box.left + word.box.width / 2, word.box.top + word.box.height / 2
        for i, box in boxes:
            if box.left - 1 <= x <= box.right + 1 and box.top - 1 <= y <= box.bottom + 1:
                inside[i].append(index)
                break
        else:
            free.append(index)
    return inside, free


def _of_block(sheet: _Sheet, block: RawBlock, words: list[int]) -> list[_Proto]:
    if block.kind == "picture":
        return [_Proto("Picture", words, block.box)]
    if not words:
        return []
    if block.kind == "table":
        cells = cells_of(block, sheet.words, words, partial(_text, sheet))
        return [_Proto("Table", words, cells=cells)] if cells else [_Proto("Text", words)]
    if block.kind == "list_item":
        return [_Proto("ListItem", words)]
    if block.kind == "heading" and _is_heading(sheet, words):
        return [_Proto("SectionHeader", words, level=block.level or 1)]
    return [_Proto(_kind(sheet, part), part) for part in _columns(sheet, words)]


def _kind(sheet: _Sheet, words: list[int]) -> SegmentType:
    first = sheet.words[words[0]]
    if len(words) > 1 and _BULLET.fullmatch(first.text) and not first.text.startswith("-"):
        return "ListItem"
    low = first.box.top > 0.75 * sheet.raw.height  # footnotes: small print in the lowest quarter
    if low and _NOTE.match(first.text) and first.box.height < 0.85 * _usual_height(sheet):
        return "Footnote"
    return "Text"


def _usual_height(sheet: _Sheet) -> float:
    heights = sorted(word.box.height for word in sheet.words)
    return heights[len(heights) // 2]


def _is_heading(sheet: _Sheet, words: list[int]) -> bool:
    """Parsers call bold lines headings; totals and `label: value` lines are none."""
    text = _text(sheet, words)
    return len(words) <= _LONG_HEADING and not _AMOUNT.search(text) and not re.search(r":\s*\S", text)


def _rows(sheet: _Sheet, words: Sequence[int]) -> list[list[int]]:
    """The given words, line by line."""
    rows: list[list[int]] = []
    number = -1
    for index in sorted(words):  # words are numbered in line order
        if sheet.line_of[index] != number:
            number = sheet.line_of[index]
            rows.append([])
        rows[-1].append(index)
    return rows


def _columns(sheet: _Sheet, words: list[int]) -> list[list[int]]:
    """A block parted where white space runs through all its lines; labels stay with their values."""
    rows = _rows(sheet, words)
    if len(rows) < 2:  # noqa: PLR2004 - one line has no columns
        return [words]
    high = sorted(sheet.words[i].box.height for i in words)[len(words) // 2]
    spans = sorted((sheet.words[i].box.left, sheet.words[i].box.right) for i in words)
    cut, reach = None, spans[0][1]
    for left, right in spans[1:]:
        if left - reach > _COLUMN_GAP * high:
            cut = (left + reach) / 2
            break
        reach = max(reach, right)
    if cut is None:
        return [words]
    first = [i for i in words if sheet.words[i].box.left < cut]
    rest = [i for i in words if sheet.words[i].box.left >= cut]
    if _labels(sheet, first, rest):
        return [words]
    return [*_columns(sheet, first), *_columns(sheet, rest)]


def _labels(sheet: _Sheet, left: list[int], right: list[int]) -> bool:
    """Whether the two columns are labels and their values, which belong together."""
    ends = [sheet.words[row[-1]].text for row in _rows(sheet, left)]
    if sum(text.endswith(":") for text in ends) * 2 >= len(ends):
        return True
    starts = _rows(sheet, right)
    valued = sum(any(character.isdigit() for character in _text(sheet, row)) for row in starts)
    return valued * 3 >= len(starts) * 2 and len(starts) > 1


def _paragraphs(sheet: _Sheet, free: list[int]) -> Iterator[list[int]]:
    """Words that no block holds, as paragraphs: lines that follow each other closely."""
    open_words: list[int] = []
    bottom = 0.0
    for row in _rows(sheet, free):
        box = Box.around(sheet.words[i].box for i in row)
        if open_words and box.top - bottom > 0.8 * box.height:
            yield from _columns(sheet, open_words)
            open_words = []
        open_words += row
        bottom = box.bottom
    if open_words:
        yield from _columns(sheet, open_words)


def _captions(sheet: _Sheet, found: list[_Proto]) -> None:
    """Text beside a table or picture that begins like a caption."""
    for index, proto in enumerate(found):
        beside = {other.type for other in found[max(0, index - 1) : index + 2] if other is not proto}
        candidate = proto.type in ("Text", "SectionHeader") and bool(beside & {"Table", "Picture"})
        short = len(proto.words) <= 3 * _LONG_HEADING
        if candidate and short and _CAPTION.match(_text(sheet, proto.words)):
            proto.type, proto.level = "Caption", 0


def _title(sheet: _Sheet, found: list[_Proto]) -> None:
    """The tallest heading in the upper half of the first page, when it is taller than the text."""
    if sheet.raw.number != 1:
        return
    headings = [p for p in found if p.type == "SectionHeader" and _top(sheet, p) < sheet.raw.height / 2]
    if not headings:
        return
    tallest = max(headings, key=lambda p: max(sheet.words[i].box.height for i in p.words))
    if tallest is headings[0] or max(sheet.words[i].box.height for i in tallest.words) > 1.2 * _usual_height(sheet):
        tallest.type, tallest.level = "Title", 1


def _top(sheet: _Sheet, proto: _Proto) -> float:
    if proto.box is not None:
        return proto.box.top
    return min(sheet.words[i].box.top for i in proto.words)


def _mark_bands(sheets: list[_Sheet]) -> None:
    """Makes running lines of all pages headers, footers and page numbers."""
    seen: dict[tuple[str, str], list[tuple[int, float]]] = {}
    lines: list[tuple[int, list[int], str, str, float]] = []
    for number, sheet in enumerate(sheets):
        for line in sheet.lines:
            box = Box.around(sheet.words[i].box for i in line)
            place = (box.top + box.height / 2) / max(sheet.raw.height, 1.0)
            band = "PageHeader" if place < _BAND else "PageFooter" if place > 1 - _BAND else ""
            if not band:
                continue
            text = _text(sheet, line)
            key = re.sub(r"\d+", "#", text.casefold())
            seen.setdefault((band, key), []).append((number, place))
            lines.append((number, line, band, key, place))
    for number, line, band, key, place in lines:
        sheet = sheets[number]
        pages = {other for other, at in seen[band, key] if abs(at - place) < _DRIFT}
        text = _text(sheet, line)
        if _PAGE_NUMBER.fullmatch(text.strip()) and (len(pages) > 1 or not text.strip().isdigit()):
            _cut_out(sheet, line, "PageNumber")
        elif len(pages) > 1 and len(pages) >= _REPEATED * len(sheets):
            _cut_out(sheet, line, "PageHeader" if band == "PageHeader" else "PageFooter")


def _cut_out(sheet: _Sheet, line: list[int], kind: SegmentType) -> None:
    """Takes a line out of the segments it is in and makes it one of `kind`; tables keep their lines."""
    taken = set(line)
    if any(taken & set(p.words) and p.type in ("Table", "Picture") for p in sheet.protos):
        return
    for proto in sheet.protos:
        if taken & set(proto.words):
            proto.words = [i for i in proto.words if i not in taken]
    sheet.protos = [p for p in sheet.protos if p.words or p.box is not None]
    near = [p for p in sheet.protos if p.type == kind and abs(p.words[-1] - line[0]) == 1]
    if near:
        near[0].words += line
    elif kind == "PageHeader":
        sheet.protos.insert(sum(p.type == "PageHeader" for p in sheet.protos), _Proto(kind, list(line)))
    else:
        sheet.protos.append(_Proto(kind, list(line)))


def _text(sheet: _Sheet, words: Sequence[int]) -> str:
    return "\n".join(" ".join(sheet.words[i].text for i in row) for row in _rows(sheet, words))


def _page(sheet: _Sheet, options: ParseOptions, fingerprint: str) -> Page:
    protos = [proto for proto in sheet.protos if proto.type not in options.ignored]
    kept = sheet.words
    if len(protos) < len(sheet.protos):
        sheet, protos = _without_ignored(sheet, protos)
        kept = sheet.words
    if options.by_page and _by_layout(options):
        protos = [] if "Page" in options.ignored else [_whole(sheet)]
    segments = [_segment(sheet, proto, index, fingerprint) for index, proto in enumerate(protos)]
    owner = {word: segment.id for segment in segments for word in segment.words}
    words: list[Word] = []
    for number, line in enumerate(sheet.lines):
        for index in line:
            word = kept[index]
            words.append(Word(word.text, word.box, number, owner.get(index), word.confidence, word.ref))
    raw = sheet.raw
    return Page(
        number=raw.number,
        width=raw.width,
        height=raw.height,
        words=tuple(words),
        segments=tuple(segments),
        sheet=raw.sheet,
        ocr=raw.ocr,
        rotation=raw.rotation,
        skew=raw.skew,
    )


def _without_ignored(sheet: _Sheet, protos: list[_Proto]) -> tuple[_Sheet, list[_Proto]]:
    """The page without the words of ignored segments, so that nothing can be filled or grounded with them."""
    kept = sorted({index for proto in protos for index in proto.words})
    new = {old: index for index, old in enumerate(kept)}
    lines = [[new[i] for i in line if i in new] for line in sheet.lines]
    smaller = _Sheet(sheet.raw, [sheet.words[i] for i in kept], [line for line in lines if line])
    moved = [
        replace(
            proto,
            words=[new[i] for i in proto.words],
            cells=tuple(replace(cell, words=tuple(new[i] for i in cell.words)) for cell in proto.cells),
        )
        for proto in protos
    ]
    return smaller, moved


def _segment(sheet: _Sheet, proto: _Proto, index: int, fingerprint: str) -> Segment:
    box = proto.box or Box.around(sheet.words[i].box for i in proto.words)
    table = table_of(proto.cells) if proto.cells else None
    text = table_text(table) if table else _text(sheet, proto.words)
    stamp = f"{fingerprint}|{sheet.raw.number}|{index}|{proto.type}|{text}"
    return Segment(
        id=hashlib.sha256(stamp.encode()).hexdigest()[:24],
        type=proto.type,
        page=sheet.raw.number,
        box=box,
        text=text,
        words=tuple(proto.words),
        table=table,
        level=proto.level,
    )
