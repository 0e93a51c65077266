"""Images: every frame of a TIFF is a page, of other kinds the first; units are the pixels of the file.

A frame is turned as its EXIF orientation says, as viewers do, and read by recognition.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.layout import RawBlock, RawPage
from chunkr_integrations.engine.readers._ocr import RecognitionError, recognised, told
from chunkr_integrations.engine.readers._recogniser import Ocr, recogniser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chunkr_integrations.engine.readers._recogniser import Recogniser

__all__ = ["read_image"]

_MAX_PIXELS = 89_000_000  # of one frame, just below where Pillow warns; A0 at 200 dpi has 62 million
_MAX_FRAMES = 2000
_SMALLEST = 8  # pixels of a side; below, no letter can be there
_LONG_SIDE = (
    1700,
    3500,
)  # pixels of the longer side that are recognised best: small images are enlarged, large reduced
_DPI = 200.0
_DAMAGED = (OSError, ValueError, SyntaxError)  # what Pillow raises; EngineError is none of them


def read_image(
    data: bytes, name: str, notes: list[str], *, keep_going: bool = False, ocr: Ocr | None = None
) -> Iterator[RawPage]:
    """The pages of an image; what is left out is added to `notes`.

    Args:
        data: The file.
        name: For messages.
        notes: Takes sentences.
        keep_going: Leave a page that cannot be read empty, instead of raising.
        ocr: What recognises them; None: as the environment says.

    Raises:
        UnreadableDocumentError: It is damaged, or too large or too small to hold text.
    """
    try:
        with _opened(data) as image:
            frames = getattr(image, "n_frames", 1)
            if image.format != "TIFF" and frames > 1:
                notes.append(f"Only the first of {frames} frames of the animation was read.")
                frames = 1
            if frames > _MAX_FRAMES:
                raise UnreadableDocumentError(
                    f"{name} has {frames:,} pages; at most {_MAX_FRAMES:,} are read. Split it."
                )
            reader = recogniser(Ocr.of(ocr))
            for index in range(frames):
                image.seek(0)
                width, height = image.size  # of a page that cannot be read, as far as is known
                try:
                    image.seek(index)
                    width, height = image.size
                    _check_size(image.size, name)
                    page = _page(_upright(image), index + 1, reader)
                except _DAMAGED as error:
                    if frames == 1 or not keep_going:
                        raise
                    notes.append(f"Page {index + 1} cannot be read and was left empty: it is damaged.")
                    page = RawPage(index + 1, width, height, (), ocr=True, problem=str(error))
                except RecognitionError as error:
                    told(error, index + 1, name, notes, keep_going=keep_going)
                    page = RawPage(index + 1, width, height, (), ocr=True)
                yield page
    except Image.DecompressionBombError as error:
        raise _too_large(name) from error
    except _DAMAGED as error:
        raise UnreadableDocumentError(
            f"{name} is an image that is truncated or damaged. Open it in a viewer, save it anew, and send that."
        ) from error


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > _MAX_PIXELS:
        raise _too_large(name)
    if min(width, height) < _SMALLEST:
        raise UnreadableDocumentError(
            f"{name} has {width} x {height} pixels, too few for any text. Send an image at 200 dpi or more."
        )


def _opened(data: bytes) -> Image.Image:
    with warnings.catch_warnings():  # broken EXIF data is not worth a warning
        warnings.simplefilter("ignore")
        return Image.open(io.BytesIO(data))


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF orientation says."""
    with warnings.catch_warnings():  # as above
        warnings.simplefilter("ignore")
        return ImageOps.exif_transpose(image)


def _too_large(name: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(
        f"{name} has too many pixels: at most {_MAX_PIXELS:,} of a page are read. Scan it at 200 to 300 dpi."
    )


def _page(image: Image.Image, number: int, reader: Recogniser) -> RawPage:
    """A frame, in its own pixels."""
    picture = _flat(image)
    factor = _factor(max(image.size))
    if factor != 1.0:
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    blank = RawPage(number, picture.width * 72 / _DPI, picture.height * 72 / _DPI, ())
    found = _scaled(recognised(picture, _DPI, blank, reader), _DPI / 72 / factor)
    if found.skew:
        return found
    size = (image.height, image.width) if found.rotation % 180 else image.size  # whole pixels were enlarged to such
    return replace(found, width=float(size[0]), height=float(size[1]))


def _flat(image: Image.Image) -> Image.Image:
    """Grey on white: transparency would be read as black."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        coloured = image.convert("RGBA")
        paper = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(paper, coloured).convert("L")
    if image.mode.startswith(("I", "F")):  # 16 bits and more
        low, high = image.getextrema()
        span = max(float(high) - float(low), 1.0)  # type: ignore[arg-type] # one band
        return image.convert("F").point(lambda value: (value - float(low)) * 255 / span).convert("L")  # type: ignore[arg-type] # one band
    return image.convert("L")


def _factor(side: int) -> float:
    low, high = _LONG_SIDE
    return min(low / side, 3.0) if side < low else high / side if side > high else 1.0


def _scaled(page: RawPage, factor: float) -> RawPage:
    """The page in pixels."""

    def box(b: Box) -> Box:
        return Box(b.left * factor, b.top * factor, b.width * factor, b.height * factor)

    def block(b: RawBlock) -> RawBlock:
        cells = tuple(replace(cell, box=box(cell.box) if cell.box else None) for cell in b.cells)
        return replace(b, box=box(b.box), cells=cells)

    return replace(
        page,
        width=page.width * factor,
        height=page.height * factor,
        words=tuple(replace(word, box=box(word.box)) for word in page.words),
        blocks=tuple(block(b) for b in page.blocks),
        ocr=True,
    )
