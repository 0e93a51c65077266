"""Recognition of one page, turned until it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.readers._liteparse import LiteParser
from chunkr_integrations.engine.readers._parser import ParserError

if TYPE_CHECKING:
    from chunkr_integrations.engine.layout import RawPage

__all__ = ["recognised"]

# Upright pages measured 0.92 on average, turned ones 0.5 to 0.7 (Tesseract, mean over words).
_SURE = 0.7
_DOUBTFUL = 0.85  # short texts upside down reach this
_FEW = 5  # words; the unsure ones are left out before they come here
_SHORT = 3  # characters; shorter words are often specks


def recognised(
    data: bytes,
    page: RawPage,
    notes: list[str],
    name: str,
    *,
    keep_going: bool = False,
    shown: int = 0,
    dpi: float = 200.0,
) -> RawPage:
    """The page with its image read; turned by 90, 180 and 270 degrees when it does not read well as it is.

    Args:
        data: The PDF.
        page: What is known of the page; kept when recognition finds less.
        notes: Takes a sentence when recognition fails and `keep_going` is set; `page` is kept then.
        name: Of the document, for messages.
        keep_going: Do not raise when recognition fails.
        shown: The page's number in messages, where `data` is only a part of the file.
        dpi: Resolution to read at.

    Raises:
        UnreadableDocumentError: Recognition failed.
    """
    parser = LiteParser()
    try:
        best = parser.recognise(data, page.number, dpi=dpi)
        turned = [parser.recognise(data, page.number, rotation=angle, dpi=dpi) for angle in _worth_trying(best)]
        best = max((best, *turned), key=_readable)
    except (ParserError, ImportError) as error:
        reason = str(error).rstrip(".")
        if isinstance(error, ImportError):
            reason = "liteparse is not installed. Install it with: pip install 'chunkr-integrations[local]'"
        if not keep_going:
            raise UnreadableDocumentError(
                f"Page {shown or page.number} of {name} could not be recognised: {reason}. "
                "Send it with error_handling Continue to have the rest."
            ) from error
        notes.append(f"Page {shown or page.number} could not be recognised: {reason}.")
        return page
    return best if _readable(best) > 0 or not page.words else page


def _worth_trying(page: RawPage) -> tuple[int, ...]:
    """Angles at which the page may read better than it does."""
    words = [word for word in page.words if len(word.text) >= _SHORT]
    if not words:
        return (90, 180, 270)
    letters = sum(len(word.text) for word in words)
    mean = sum(word.confidence * len(word.text) for word in words) / letters
    tall = sum(word.box.height > 1.5 * word.box.width for word in words)  # lines that run downwards
    if mean < _SURE:
        return (90, 180, 270)
    if tall * 2 > len(words):
        return (90, 270)
    return (180,) if mean < _DOUBTFUL or len(words) < _FEW else ()


def _readable(page: RawPage) -> float:
    """How many letters were read surely in words that lie flat."""
    return sum(
        len(word.text) * word.confidence**2
        for word in page.words
        if len(word.text) >= _SHORT and word.confidence >= _SURE and word.box.width > 0.7 * word.box.height
    )
