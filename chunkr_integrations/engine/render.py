"""Pages as pictures, in the frame of their boxes: a box's `left / page_width` is its place in the picture's width."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont, ImageOps

from chunkr_integrations.engine import sniff
from chunkr_integrations.engine.errors import EngineError, UnreadableDocumentError
from chunkr_integrations.engine.pdfium import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chunkr_integrations.engine.document import Page

__all__ = ["draw_page", "render_page", "render_parts"]

_MAX_PIXELS = 40_000_000  # of one picture made here
_IMAGES = (sniff.PNG, sniff.JPEG, sniff.TIFF, sniff.WEBP, sniff.BMP, sniff.GIF)


def render_page(data: bytes, mime_type: str, number: int, *, width: int = 1000) -> bytes:
    """One page as PNG, as a viewer shows the file.

    Args:
        data: The file.
        mime_type: Its kind, as `Document.mime_type` says.
        number: The page, from 1.
        width: Of the picture, in pixels; its height follows from the page.

    Raises:
        UnreadableDocumentError: The bytes cannot be read.
        EngineError: There is no such page, or it would be too large.
    """
    if mime_type == sniff.PDF:
        return _pdf(data, number, width)
    if mime_type in _IMAGES:
        return _image(data, number, width)
    from chunkr_integrations.engine.readers import read  # noqa: PLC0415 - only kinds without pages of their own

    pages = read(data, name=_name_of(mime_type), mime_type=mime_type).pages
    if not 1 <= number <= len(pages):
        raise _no_page(number, len(pages))
    return draw_page(pages[number - 1], width=width)


def render_parts(
    data: bytes, mime_type: str, number: int, boxes: Iterable[tuple[float, float, float, float]], *, width: int = 1700
) -> tuple[bytes, ...]:
    """Parts of one page as PNG.

    Args:
        data: The file.
        mime_type: As for `render_page`.
        number: The page, from 1.
        boxes: Left, top, right and bottom of each part, as shares of the page's width and height.
        width: Of the whole page, in pixels.

    Raises:
        EngineError: As `render_page`.
    """
    with Image.open(io.BytesIO(render_page(data, mime_type, number, width=width))) as whole:
        return tuple(_png(whole.crop(_pixels(box, whole.size))) for box in boxes)


def _pixels(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Whole pixels around the box, inside the picture, and at least one."""
    left, right = (min(max(round(share * size[0]), 0), size[0]) for share in (box[0], box[2]))
    top, bottom = (min(max(round(share * size[1]), 0), size[1]) for share in (box[1], box[3]))
    left, top = min(left, size[0] - 1), min(top, size[1] - 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def draw_page(page: Page, *, width: int = 1000) -> bytes:
    """A page without a picture of its own (text, HTML, sheets), its words drawn in their boxes, as PNG."""
    scale = width / page.width
    height = max(1, round(page.height * scale))
    _check(width, height)
    picture = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(picture)
    for segment in page.segments:
        for cell in segment.table.cells if segment.table else ():
            if cell.box is not None:
                pen.rectangle(
                    [v * scale for v in (cell.box.left - 2, cell.box.top - 2, cell.box.right + 2, cell.box.bottom + 2)],
                    outline=210,
                )
    fonts: dict[int, ImageFont.FreeTypeFont | ImageFont.ImageFont] = {}
    for word in page.words:
        size = max(4, min(round(word.box.height * scale * 0.9), round(1.7 * word.box.width * scale / len(word.text))))
        if size not in fonts:
            fonts[size] = ImageFont.load_default(size)
        try:
            pen.text((word.box.left * scale, word.box.top * scale), word.text, fill=0, font=fonts[size])
        except (UnicodeError, ValueError):  # the built-in font cannot draw it: show where it is
            pen.rectangle(
                [v * scale for v in (word.box.left, word.box.top, word.box.right, word.box.bottom)], outline=90
            )
    return _png(picture)


def _pdf(data: bytes, number: int, width: int) -> bytes:
    import pypdfium2  # noqa: PLC0415 - only for PDF

    with LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise UnreadableDocumentError("The PDF cannot be opened: it is damaged or encrypted.") from error
        try:
            if not 1 <= number <= len(document):
                raise _no_page(number, len(document))
            page = document[number - 1]
            scale = width / max(page.get_width(), 1.0)
            _check(width, round(page.get_height() * scale))
            return _png(page.render(scale=scale).to_pil())
        except pypdfium2.PdfiumError as error:
            raise UnreadableDocumentError(f"Page {number} of the PDF cannot be drawn.") from error
        finally:
            document.close()


def _image(data: bytes, number: int, width: int) -> bytes:
    try:
        with Image.open(io.BytesIO(data)) as image:
            frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            if not 1 <= number <= frames:
                raise _no_page(number, frames)
            image.seek(number - 1)
            picture = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableDocumentError("The image cannot be read: it is damaged or far too large.") from error
    height = max(1, round(picture.height * width / picture.width))
    _check(width, height)
    return _png(picture.resize((width, height)))


def _check(width: int, height: int) -> None:
    if width < 1 or width * height > _MAX_PIXELS:
        raise EngineError(f"A picture of {width} x {height} pixels cannot be made. Ask for a smaller width.")


def _no_page(number: int, count: int) -> EngineError:
    return EngineError(f"There is no page {number}. The document has {count}; pages count from 1.")


def _name_of(mime_type: str) -> str | None:
    """A name whose extension says the kind, for text kinds that do not show it."""
    extensions = {
        sniff.MARKDOWN: "md",
        sniff.CSV: "csv",
        sniff.HTML: "html",
        sniff.XML: "xml",
        sniff.EML: "eml",
        sniff.TEXT: "txt",
    }
    return f"document.{extensions[mime_type]}" if mime_type in extensions else None


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=1)
    return stream.getvalue()
