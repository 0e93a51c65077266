"""PDF files: text layer page by page, recognition where a page has none; units are points.

Boxes, page size and the picture that `render` draws share one frame: the page as a viewer shows it, `/Rotate` and the
crop box applied. A page whose text runs sideways is turned upright beyond that; `Page.rotation` says by how much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.readers import _ocr
from chunkr_integrations.engine.readers._liteparse import LiteParser
from chunkr_integrations.engine.readers._parser import Parser, ParserError, PasswordError
from chunkr_integrations.engine.readers._pdfium import PdfiumParser

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chunkr_integrations.engine.layout import RawPage
    from chunkr_integrations.engine.options import ParseOptions

__all__ = ["read_pdf"]


def read_pdf(
    data: bytes,
    options: ParseOptions,
    name: str,
    *,
    notes: list[str] | None = None,
    parsers: Sequence[Parser] | None = None,
) -> Iterator[RawPage]:
    """The pages of a PDF.

    Args:
        data: The file.
        options: Decides which pages are recognised: none with a text layer, unless `ocr` is ``All``.
        name: For messages.
        notes: Takes a sentence for each page that could not be recognised.
        parsers: Tried in order; the next one takes over at the page where one gives up.

    Raises:
        UnreadableDocumentError: It is encrypted, damaged, or has no pages; or one page cannot be read or recognised,
            and `options` do not say to keep going.
    """
    count = 0
    notes = [] if notes is None else notes
    going = options.keep_going
    for page in _pages(data, name, parsers or (LiteParser(keep_going=going), PdfiumParser(keep_going=going))):
        count += 1
        if page.problem:
            notes.append(f"Page {page.number} cannot be read and was left empty: {page.problem.rstrip('.')}.")
            yield page
        elif options.ocr == "All" or page.wants_ocr:
            yield _ocr.recognised(data, page, notes, name, keep_going=going)
        else:
            yield page
    if not count:
        raise UnreadableDocumentError(f"{name} has no pages. Send a PDF with at least one page.")


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
                f"{name} is encrypted and opens only with a password. Remove the password and send it again."
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
