"""The second PDF parser: words from the characters that pypdfium2 gives; no blocks, no tables."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.layout import RawPage, RawWord
from chunkr_integrations.engine.pdfium import LOCK
from chunkr_integrations.engine.readers._parser import PAGE_SIZE, ParserError, PasswordError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pypdfium2

__all__ = ["PdfiumParser"]

_WORD_GAP = 0.2  # of the character's height; a wider gap starts a new word even without a space


class PdfiumParser:
    """Used when liteparse fails or is not installed.

    Args:
        keep_going: As for `LiteParser`.
    """

    def __init__(self, *, keep_going: bool = False) -> None:
        self._keep_going = keep_going

    def pages(self, data: bytes) -> Iterator[RawPage]:
        """Every page in order, from its text layer."""
        import pypdfium2  # noqa: PLC0415 - only when the first parser failed

        try:
            with LOCK:
                document = pypdfium2.PdfDocument(data)
                count = len(document)
        except pypdfium2.PdfiumError as error:
            raise (PasswordError if "password" in str(error).casefold() else ParserError)(str(error)) from error
        try:
            size = PAGE_SIZE
            for index in range(count):
                try:
                    page = _read(document, index)
                except ParserError as error:
                    if not self._keep_going:
                        raise
                    page = RawPage(index + 1, *size, (), problem=str(error))
                size = page.width, page.height
                yield page
        finally:
            with LOCK:
                document.close()


def _read(document: pypdfium2.PdfDocument, index: int) -> RawPage:
    import pypdfium2  # noqa: PLC0415 - see PdfiumParser

    try:
        with LOCK:
            return _page(document[index], index + 1)
    except pypdfium2.PdfiumError as error:
        raise ParserError(str(error)) from error


def _page(page: pypdfium2.PdfPage, number: int) -> RawPage:
    width, height = page.get_size()
    text = page.get_textpage()
    words = tuple(_words(page, text))
    pictures = bool(next(iter(page.get_objects(max_depth=2)), None))
    text.close()
    return RawPage(number, width, height, words, wants_ocr=not words and pictures)


def _words(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage) -> Iterator[RawWord]:
    letters: list[str] = []
    boxes: list[Box] = []
    for character, box in _characters(page, text):
        apart = bool(boxes and box) and _apart(boxes[-1], box)
        if letters and (box is None or apart):
            yield RawWord("".join(letters), Box.around(boxes))
            letters, boxes = [], []
        if box is not None:
            letters.append(character)
            boxes.append(box)
    if letters:
        yield RawWord("".join(letters), Box.around(boxes))


def _apart(last: Box, box: Box | None) -> bool:
    if box is None:
        return True
    high = max(last.height, box.height, 0.1)
    return box.left - last.right > _WORD_GAP * high or box.right < last.left or abs(box.bottom - last.bottom) > high


def _characters(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage) -> Iterator[tuple[str, Box | None]]:
    """Each character with its box on the upright page; white space has None."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - see PdfiumParser

    width, height = page.get_size()
    size = (int(width * 100), int(height * 100))  # device units: hundredths of a point
    x, y = ctypes.c_int(), ctypes.c_int()

    def device(left: float, top: float) -> tuple[float, float]:
        pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, left, top, x, y)
        return x.value / 100, y.value / 100

    content = text.get_text_range()
    exact = len(content) == text.count_chars()  # characters beyond the first plane take two places
    for index in range(text.count_chars()):
        character = content[index] if exact else chr(pdfium.FPDFText_GetUnicode(text, index))
        if character.isspace() or not character.isprintable():
            yield character, None
            continue
        left, bottom, right, top = text.get_charbox(index, loose=True)
        (x0, y0), (x1, y1) = device(left, top), device(right, bottom)
        yield character, Box(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
