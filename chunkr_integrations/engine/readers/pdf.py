"""PDF files: text layer page by page, recognition where a page has none; units are points.

Boxes, page size and the picture that `render` draws share one frame: the page as a viewer shows it, `/Rotate` and the
crop box applied. A page whose text runs sideways is turned upright beyond that; `Page.rotation` says by how much.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.pdfium import LOCK
from chunkr_integrations.engine.readers import _ocr
from chunkr_integrations.engine.readers._liteparse import LiteParser
from chunkr_integrations.engine.readers._parser import Parser, ParserError, PasswordError
from chunkr_integrations.engine.readers._passwords import decrypted
from chunkr_integrations.engine.readers._pdfium import PdfiumParser
from chunkr_integrations.engine.readers._recogniser import Ocr, recogniser

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

    from chunkr_integrations.engine.layout import RawPage
    from chunkr_integrations.engine.options import ParseOptions

__all__ = ["read_pdf"]

_DPI = 200.0  # at which clean print is read best; larger letters do not read better, and cost
_LONG_SIDE = 4000  # pixels; pages that would have more are read at a lower resolution


def read_pdf(
    data: bytes,
    options: ParseOptions,
    name: str,
    *,
    ocr: Ocr | None = None,
    notes: list[str] | None = None,
    parsers: Sequence[Parser] | None = None,
) -> Iterator[RawPage]:
    """The pages of a PDF.

    Args:
        data: The file.
        options: Decides which pages are recognised: none with a text layer, unless `ocr` is ``All``.
        name: For messages.
        ocr: What recognises them; None: as the environment says.
        notes: Takes a sentence for each page that could not be recognised.
        parsers: Tried in order; the next one takes over at the page where one gives up.

    Raises:
        UnreadableDocumentError: It is encrypted, damaged, or has no pages; or one page cannot be read or recognised,
            and `options` do not say to keep going.
    """
    if b"/Encrypt" in data:
        data = decrypted(data) or data
    count = 0
    notes = [] if notes is None else notes
    going = options.keep_going
    for page in _pages(data, name, parsers or (LiteParser(keep_going=going), PdfiumParser(keep_going=going))):
        count += 1
        if page.problem:
            notes.append(f"Page {page.number} cannot be read and was left empty: {page.problem.rstrip('.')}.")
            yield page
        elif options.ocr == "All" or page.wants_ocr:
            try:
                yield _recognised(data, page, options, ocr)
            except _ocr.RecognitionError as error:
                _ocr.told(error, page.number, name, notes, keep_going=going)
                yield page
        else:
            yield page
    if not count:
        raise UnreadableDocumentError(f"{name} has no pages. Send a PDF with at least one page.")


def _recognised(data: bytes, page: RawPage, options: ParseOptions, ocr: Ocr | None) -> RawPage:
    reader = recogniser(Ocr.of(ocr))
    if options.ocr == "All":  # asked for where the text layer is not to be believed
        page = replace(page, believed=False)
    try:
        picture, dpi = _picture(data, page.number)
    except ImportError as error:
        raise _ocr.RecognitionError(str(error)) from error
    return _ocr.recognised(picture, dpi, page, reader)


def _picture(data: bytes, number: int) -> tuple[Image.Image, float]:
    """A page as a grey picture, and its resolution."""
    import pypdfium2  # noqa: PLC0415 - only for pages that are recognised

    with LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise _ocr.RecognitionError(str(error).rstrip(".")) from error
        try:
            page = document[number - 1]
            dpi = min(_DPI, _LONG_SIDE * 72 / max(*page.get_size(), 1.0))
            return page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L"), dpi
        except pypdfium2.PdfiumError as error:
            raise _ocr.RecognitionError(str(error).rstrip(".")) from error
        finally:
            document.close()


def _pages(data: bytes, name: str, parsers: Sequence[Parser]) -> Iterator[RawPage]:
    done = 0
    failures: list[Exception] = []
    for parser in parsers:
        try:
            for page in parser.pages(data):
                if page.number > done:
                    done = page.number
                    yield page
        except PasswordError as error:  # noqa: PERF203 - two rounds
            raise UnreadableDocumentError(
                f"{name} is encrypted and opens only with a password. Remove the password and send it again, or name "
                "it in CHUNKR_PDF_PASSWORDS where the engine runs."
            ) from error
        except (ParserError, ImportError) as error:
            failures.append(error)
        else:
            return
    where = f"on page {done + 1}" if done else "from its beginning"
    rest = " Or have its other pages read with error_handling Continue." if done else ""
    raise UnreadableDocumentError(
        f"{name} is a PDF that is truncated or damaged: no parser could read it {where}. "
        f"Open it in a viewer, save or print it as PDF anew, and send that.{rest}"
    ) from failures[-1]
