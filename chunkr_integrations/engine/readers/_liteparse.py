"""The first PDF parser: liteparse, with PDFium and Tesseract inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.layout import BlockKind, RawBlock, RawCell, RawPage, RawWord
from chunkr_integrations.engine.readers._parser import PAGE_SIZE, ParserError, PasswordError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import liteparse

__all__ = ["LiteParser", "recognise"]

_BATCH = 25  # pages held by the parser at a time; the whole document is never in its memory twice
_MAX_PAGES = 1_000_000  # its own limit is 1,000, and it says nothing about the rest
_KINDS: dict[str, BlockKind] = {
    "heading": "heading",
    "paragraph": "paragraph",
    "list_item": "list_item",
    "table": "table",
    "figure": "picture",
    "code": "paragraph",  # fixed pitch fonts and dense forms are called code
    "grid_fallback": "paragraph",
}
# Below these, a page's own text is not what it shows.
_FEW = 60  # characters beside pictures
_STAMPED = 200  # characters on a page that is one picture
_UPRIGHT = 0.6  # share of the characters that must run one way for the page to be taken as turned


class LiteParser:
    """Words, blocks and table cells by liteparse, from the text layer.

    Args:
        keep_going: Give a page that cannot be read as an empty one with its `problem`, instead of giving up.
    """

    def __init__(self, *, keep_going: bool = False) -> None:
        self._keep_going = keep_going

    def pages(self, data: bytes) -> Iterator[RawPage]:
        """Every page, from its text layer; turned upright when most of its text runs sideways."""
        parser = _parser(ocr_enabled=False, include_complexity=True, continue_on_page_error=self._keep_going)
        shared = _Shared()
        size = PAGE_SIZE
        for page in _batches(parser, data):
            if isinstance(page, _Lost):
                yield RawPage(page.number, *size, (), problem=page.reason)
                continue
            size = page.width, page.height
            angle = _angle(page)
            if angle:
                yield from self._turned(data, page.page_num, angle)
            else:
                yield _raw(page, ocr=False, shared=shared)

    def _turned(self, data: bytes, number: int, angle: int) -> Iterator[RawPage]:
        parser = _parser(
            ocr_enabled=False,
            include_complexity=True,
            target_pages=str(number),
            page_orientation_corrections=[(number, angle)],
        )
        for page in _parse(parser, data).pages:
            yield _raw(page, ocr=False, rotation=-angle % 360)


def recognise(data: bytes, dpi: float, languages: str, tessdata: str) -> RawPage:
    """The first page of a PDF by recognition of its image, with Tesseract.

    Args:
        data: The PDF.
        dpi: Resolution to read at.
        languages: As Tesseract spells them.
        tessdata: The folder of their data.

    Raises:
        ParserError: It could not be read.
    """
    parser = _parser(
        ocr_enabled=True, tessdata_path=tessdata, ocr_language=languages, target_pages="1", dpi=dpi, num_workers=1
    )
    return _raw(_parse(parser, data).pages[0], ocr=True)


class _Shared:
    """Equal numbers and texts as one object: most words of a long document were seen before.

    Numbers are kept to a hundredth of a point. It halves what the words of a document take in memory.
    """

    def __init__(self) -> None:
        self._numbers: dict[float, float] = {}
        self._texts: dict[str, str] = {}

    def text(self, text: str) -> str:
        """The first text that was equal to this one."""
        return self._texts.setdefault(text, text)

    def box(self, left: float, top: float, width: float, height: float) -> Box:
        """A box of shared numbers."""
        one = self._numbers.setdefault
        left, top, width, height = round(left, 2), round(top, 2), round(width, 2), round(height, 2)
        return Box(one(left, left), one(top, top), one(width, width), one(height, height))


def _parser(**options: Any) -> liteparse.LiteParse:
    from liteparse import LiteParse  # noqa: PLC0415 - absent: the second parser answers

    return LiteParse(
        emit_word_boxes=True,
        extract_blocks=True,
        keep_headers_footers=True,
        image_mode="off",
        extract_links=False,
        quiet=True,
        max_pages=_MAX_PAGES,
        **options,
    )


def _parse(parser: liteparse.LiteParse, data: bytes) -> liteparse.ParseResult:
    try:
        return parser.parse(data)
    except Exception as error:
        raise _error(error) from error


@dataclass(frozen=True)
class _Lost:
    """A page that the parser skipped."""

    number: int
    reason: str


def _batches(parser: liteparse.LiteParse, data: bytes) -> Iterator[liteparse.ParsedPage | _Lost]:
    try:
        for batch in parser.parse_batches(data, _BATCH):
            by_number: dict[int, liteparse.ParsedPage | _Lost] = {page.page_num: page for page in batch.result.pages}
            by_number.update({e.page_num: _Lost(e.page_num, e.message) for e in batch.result.page_errors or ()})
            for number in sorted(by_number):
                yield by_number[number]
    except Exception as error:
        raise _error(error) from error


def _error(error: Exception) -> ParserError:
    text = str(error)
    return PasswordError(text) if "password" in text.casefold() else ParserError(text)


def _angle(page: liteparse.ParsedPage) -> int:
    """Clockwise degrees by which most of the page's text is turned: 0, 90, 180 or 270."""
    turned: dict[int, int] = {}
    for item in page.text_items:
        turned[round(item.rotation / 90) % 4] = turned.get(round(item.rotation / 90) % 4, 0) + len(item.text)
    total = sum(turned.values())
    for quarter in (1, 2, 3):
        if turned.get(quarter, 0) > _UPRIGHT * total:
            return quarter * 90
    return 0


def _raw(page: liteparse.ParsedPage, *, ocr: bool, rotation: int = 0, shared: _Shared | None = None) -> RawPage:
    shared = shared or _Shared()
    return RawPage(
        number=page.page_num,
        width=page.width,
        height=page.height,
        words=tuple(_words(page, shared)),
        blocks=tuple(_blocks(page, shared)),
        ocr=ocr,
        rotation=rotation,
        wants_ocr=not ocr and _wants_ocr(page),
        believed=page.complexity is None or not page.complexity.is_garbled,
    )


def _words(page: liteparse.ParsedPage, shared: _Shared) -> Iterator[RawWord]:
    for item in page.text_items:
        confidence = 1.0 if item.confidence is None else item.confidence
        parts = [(word.text, word.x, word.y, word.width, word.height) for word in item.words]
        for text, x, y, width, height in parts or [(item.text, item.x, item.y, item.width, item.height)]:
            shown = text.strip().replace("\0", "")
            if shown and width > 0 and height > 0 and x == x and y == y:  # noqa: PLR0124 - NaN is not itself
                yield RawWord(shared.text(shown), shared.box(x, y, width, height), confidence)


def _blocks(page: liteparse.ParsedPage, shared: _Shared) -> Iterator[RawBlock]:
    for block in page.blocks or ():
        kind = _KINDS.get(block.kind)
        if kind is None or block.bbox is None:
            continue
        level = block.level or 1 if kind == "heading" else 0
        yield RawBlock(kind, _box(block.bbox), level, tuple(_cells(block, shared)) if kind == "table" else ())


def _cells(block: liteparse.LayoutBlock, shared: _Shared) -> Iterator[RawCell]:
    rows = [*([block.header] if block.header else []), *(block.rows or [])]
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            where = cell.bbox
            box = shared.box(where.x, where.y, where.width, where.height) if where is not None else None
            yield RawCell(number, column, shared.text(cell.text), box, header=bool(block.header) and number == 0)


def _box(rectangle: liteparse.AnnotationRect) -> Box:
    return Box(rectangle.x, rectangle.y, rectangle.width, rectangle.height)


def _wants_ocr(page: liteparse.ParsedPage) -> bool:
    """Whether the text layer misses what the page shows; see `PageComplexityStats` of liteparse."""
    signs = page.complexity
    if signs is None or not signs.needs_ocr:
        return False
    reasons = set(signs.reasons)
    if "garbled" in reasons or signs.is_garbled:
        return True
    drawn = signs.full_page_image or signs.has_substantial_images or bool(signs.uncovered_vector_area)
    if reasons & {"scanned", "no-text"}:
        return drawn
    if signs.full_page_image and signs.text_length < _STAMPED:
        return True
    return signs.text_length < _FEW and ("vector-text" in reasons or signs.image_coverage > 0.3)  # noqa: PLR2004 - share
