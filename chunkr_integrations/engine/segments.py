"""Pages of lines and segments, out of what readers found.

Segment types follow geometry: headers and footers by repetition over pages, page numbers by their wording in these
bands, titles, section headers, list items, tables and pictures as the parser saw them, captions by their wording beside
a table or picture. What geometry cannot tell (formulas, legends, form regions) is `Text`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from chunkr_integrations.engine.document import Box, Page, Segment, Word, indexes
from chunkr_integrations.engine.drafts import Proto, Sheet, rows_of, text_of
from chunkr_integrations.engine.grids import cells_of, lies_in, table_of, table_text
from chunkr_integrations.engine.kinds import is_heading, join_items, kind_of, mark_captions, mark_title, top_of
from chunkr_integrations.engine.layout import RawBlock, RawPage, RawWord, join_touching, lines_of
from chunkr_integrations.engine.running_lines import margins_of, mark_running_lines
from chunkr_integrations.engine.scripts import in_reading_order, parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chunkr_integrations.engine.options import ParseOptions

__all__ = ["to_pages"]

_COLUMN_GAP = 1.5  # in line heights: white space this wide through a whole block parts it into columns
_HELD = 50_000  # words of drafts that are held as objects; those of further pages are packed


def to_pages(raw: Iterable[RawPage], options: ParseOptions, fingerprint: str) -> tuple[Page, ...]:
    """The finished pages.

    Args:
        raw: What the reader found, in page order.
        options: Segmentation strategy and ignored types.
        fingerprint: Stands for the document's bytes in segment ids, so that they are the same on every run.
    """
    sheets: list[Sheet] = []
    held = 0
    for page in raw:
        sheet = _sheet(page, options)
        held += len(sheet.words)
        if held > _HELD:
            sheet.pack()
        sheets.append(sheet)
    sheets.reverse()  # the last is let go first
    if _by_layout(options):
        mark_running_lines([sheet for sheet in reversed(sheets) if sheet.raw.bands])
    pages = []
    while sheets:  # each draft is let go as its page is made: a long document is in memory once
        sheet = sheets.pop()
        sheet.unpack()
        pages.append(_page(sheet, options, fingerprint))
    return tuple(pages)


def _sheet(page: RawPage, options: ParseOptions) -> Sheet:
    words: list[RawWord] = []
    lines: list[list[int]] = []
    for line in lines_of(page.words):
        joined = line if page.ocr or page.sheet is not None else join_touching(line)
        if page.placed:
            joined = [replace(word, text=text, box=box) for word in joined for text, box in parts(word.text, word.box)]
            joined = [joined[index] for index in in_reading_order([word.text for word in joined])]
        lines.append(list(range(len(words), len(words) + len(joined))))
        words += joined
    sheet = Sheet(page, words, lines)
    sheet.protos = list(_protos(sheet)) if _by_layout(options) else [_whole(sheet)]
    if page.bands and _by_layout(options):
        sheet.margins = list(margins_of(sheet))
    sheet.raw = replace(page, words=(), blocks=())  # no longer needed; long documents are many of these
    return sheet


def _by_layout(options: ParseOptions) -> bool:
    """Whether a page is taken apart; for one segment a page only to find what is to be left out of it."""
    return not options.by_page or bool(options.ignored - {"Page"})


def _whole(sheet: Sheet) -> Proto:
    return Proto("Page", list(range(len(sheet.words))), Box(0.0, 0.0, sheet.raw.width, sheet.raw.height))


def _protos(sheet: Sheet) -> Iterator[Proto]:
    inside, free = _assigned(sheet)
    found: list[Proto] = []
    for block, words in zip(sheet.raw.blocks, inside, strict=True):
        found += _of_block(sheet, block, words)
    for words in _paragraphs(sheet, free):
        proto = Proto("Text", words)
        top = sheet.words[words[0]].box.top
        place = next((i for i, other in enumerate(found) if top_of(sheet, other) > top), len(found))
        found.insert(place, proto)
    mark_captions(sheet, found)
    join_items(sheet, found)
    mark_title(sheet, found)
    yield from found


def _assigned(sheet: Sheet) -> tuple[list[list[int]], list[int]]:
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


def _of_block(sheet: Sheet, block: RawBlock, words: list[int]) -> list[Proto]:
    if block.kind == "picture":
        return [Proto("Picture", words, block.box)]
    if not words:
        return []
    if block.kind == "table":
        cells = cells_of(block, sheet.words, words, partial(text_of, sheet))
        return [Proto("Table", words, cells=cells)] if cells else [Proto("Text", words)]
    if block.kind == "list_item":
        return [Proto("ListItem", words)]
    if block.kind == "heading" and is_heading(sheet, words):
        return [Proto("SectionHeader", words, level=block.level or 1)]
    return [Proto(kind_of(sheet, part), part) for part in _columns(sheet, words)]


def _columns(sheet: Sheet, words: list[int]) -> list[list[int]]:
    """A block parted where white space runs through all its lines; labels stay with their values."""
    rows = rows_of(sheet, words)
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


def _labels(sheet: Sheet, left: list[int], right: list[int]) -> bool:
    """Whether the two columns are labels and their values, which belong together."""
    ends = [sheet.words[row[-1]].text for row in rows_of(sheet, left)]
    if sum(text.endswith(":") for text in ends) * 2 >= len(ends):
        return True
    starts = rows_of(sheet, right)
    valued = sum(any(character.isdigit() for character in text_of(sheet, row)) for row in starts)
    return valued * 3 >= len(starts) * 2 and len(starts) > 1


def _paragraphs(sheet: Sheet, free: list[int]) -> Iterator[list[int]]:
    """Words that no block holds, as paragraphs: lines that follow each other closely."""
    open_words: list[int] = []
    bottom = 0.0
    for row in rows_of(sheet, free):
        box = Box.around(sheet.words[i].box for i in row)
        if open_words and box.top - bottom > 0.8 * box.height:
            yield from _columns(sheet, open_words)
            open_words = []
        open_words += row
        bottom = box.bottom
    if open_words:
        yield from _columns(sheet, open_words)


def _page(sheet: Sheet, options: ParseOptions, fingerprint: str) -> Page:
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


def _without_ignored(sheet: Sheet, protos: list[Proto]) -> tuple[Sheet, list[Proto]]:
    """The page without the words of ignored segments, so that nothing can be filled or grounded with them."""
    kept = sorted({index for proto in protos for index in proto.words})
    new = {old: index for index, old in enumerate(kept)}
    lines = [[new[i] for i in line if i in new] for line in sheet.lines]
    smaller = Sheet(sheet.raw, [sheet.words[i] for i in kept], [line for line in lines if line])
    moved = [
        replace(
            proto,
            words=[new[i] for i in proto.words],
            cells=tuple(replace(cell, words=tuple(new[i] for i in cell.words)) for cell in proto.cells),
        )
        for proto in protos
    ]
    return smaller, moved


def _segment(sheet: Sheet, proto: Proto, index: int, fingerprint: str) -> Segment:
    box = proto.box or Box.around(sheet.words[i].box for i in proto.words)
    table = table_of(proto.cells) if proto.cells else None
    text = table_text(table) if table else text_of(sheet, proto.words)
    stamp = f"{fingerprint}|{sheet.raw.number}|{index}|{proto.type}|{text}"
    return Segment(
        id=hashlib.sha256(stamp.encode()).hexdigest()[:24],
        type=proto.type,
        page=sheet.raw.number,
        box=box,
        text=text,
        words=indexes(proto.words),
        table=table,
        level=proto.level,
    )
