"""Recognition of one page: its picture is made level and turned until it can be read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.layout import RawPage
from chunkr_integrations.engine.readers._arrange import arranged
from chunkr_integrations.engine.readers._parser import ParserError
from chunkr_integrations.engine.readers._upright import Runs, lie_of, turned

if TYPE_CHECKING:
    from PIL import Image

    from chunkr_integrations.engine.document import Box
    from chunkr_integrations.engine.layout import RawWord
    from chunkr_integrations.engine.readers._recogniser import Recogniser

__all__ = ["RecognitionError", "recognised", "told"]

_FEW = 5  # words; the unsure ones are left out before they come here
_SHORT = 3  # characters; shorter words are often specks
# Turns to try, the likely ones first, by how the lines of the picture run.
_QUARTERS: dict[Runs, tuple[int, ...]] = {"across": (0, 180), "down": (90, 270), "unknown": (0, 90, 270, 180)}
_OWN = 0.5  # share of a recognised word's box over a word of the text layer from which on it is that word


class RecognitionError(Exception):
    """A page could not be recognised; the message says why."""


def recognised(picture: Image.Image, dpi: float, page: RawPage, reader: Recogniser) -> RawPage:
    """What is printed on the picture of a page.

    Args:
        picture: Grey, as a viewer shows the page.
        dpi: Its resolution; what is found is in points.
        page: What is known of the page: its words are kept where nothing can be read. Words of a text layer that is
            right as far as it goes are kept in place of what is read there.
        reader: What reads.

    Raises:
        RecognitionError: It could not be read.
        EngineError: What is needed for it is not installed.
    """
    try:
        best = _best(picture, dpi, reader)
    except (ParserError, ImportError) as error:
        raise RecognitionError(_reason(error)) from error
    if _readable(best, reader) <= 0 and page.words:
        return page
    best = replace(best, number=page.number)
    as_shown = not (best.rotation or best.skew or page.rotation)
    return _with_own(best, page) if as_shown and page.believed and page.words else best


def told(error: RecognitionError, number: int, name: str, notes: list[str], *, keep_going: bool) -> None:
    """Say that a page could not be recognised: in the notes, or, where the rest is not wanted alone, by raising."""
    if not keep_going:
        raise UnreadableDocumentError(
            f"Page {number} of {name} could not be recognised: {error}. "
            "Send it with error_handling Continue to have the rest."
        ) from error
    notes.append(f"Page {number} could not be recognised: {error}.")


def _reason(error: Exception) -> str:
    if isinstance(error, ImportError):
        return f"{error.name} is not installed. Install it with: pip install 'chunkr-integrations[local]'"
    return str(error).rstrip(".")


def _best(picture: Image.Image, dpi: float, reader: Recogniser) -> RawPage:
    """The reading with the most letters that are sure; others are tried only where the ones before are doubtful."""
    low, high = picture.getextrema()
    if low == high:  # an empty sheet
        return RawPage(1, picture.width * 72 / dpi, picture.height * 72 / dpi, (), ocr=True)
    lie = lie_of(picture)
    readings: list[RawPage] = []
    for quarter in _QUARTERS[lie.runs]:
        page = reader.read(turned(picture, quarter, lie.skew), dpi)
        readings.append(replace(page, rotation=quarter, skew=lie.skew))
        if _is_upright(page, reader):
            break
    return max(readings, key=lambda page: _readable(page, reader))


def _is_upright(page: RawPage, reader: Recogniser) -> bool:
    """Whether the page need not be tried at another turn."""
    words = [word for word in page.words if len(word.text) >= _SHORT]
    letters = sum(len(word.text) for word in words)
    mean = sum(word.confidence * len(word.text) for word in words) / max(letters, 1)
    tall = sum(word.box.height > 1.5 * word.box.width for word in words)  # lines that run downwards
    return len(words) >= _FEW and mean >= reader.doubtful and tall * 2 <= len(words)


def _readable(page: RawPage, reader: Recogniser) -> float:
    """How many letters were read surely in words that lie flat."""
    return sum(
        len(word.text) * word.confidence**2
        for word in page.words
        if len(word.text) >= _SHORT and word.confidence >= reader.sure and word.box.width > 0.7 * word.box.height
    )


def _with_own(read: RawPage, page: RawPage) -> RawPage:
    """The words of the text layer, and those that were read elsewhere."""
    others = [word for word in read.words if not any(_covers(own.box, word.box) for own in page.words)]
    words: tuple[RawWord, ...] = (*page.words, *others)
    return replace(read, words=words, blocks=arranged(read.width, read.height, words))


def _covers(own: Box, read: Box) -> bool:
    across = min(own.right, read.right) - max(own.left, read.left)
    down = min(own.bottom, read.bottom) - max(own.top, read.top)
    return across > 0 and down > 0 and across * down > _OWN * min(read.width * read.height, own.width * own.height)
