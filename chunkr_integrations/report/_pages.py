"""Where page images come from; the only file of the report that knows the engine, and only when it is installed."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Union, cast

from chunkr_integrations.exceptions import SourceError

if TYPE_CHECKING:
    from chunkr_integrations.extraction import SourceInfo

__all__ = ["DocumentContent", "PageImage", "PageImages", "local_document", "page_images"]

_WIDTH = 1240  # pixels; A4 at 150 dpi: small print stays readable and a page stays near 200 kB
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class PageImage:
    """A picture of a whole page: PNG bytes, and their size in pixels.

    The picture shows the page in the frame of its citations: their `page_width` by `page_height`, nothing cut off,
    turned the same way.
    """

    png: bytes
    width: int
    height: int

    @classmethod
    def of(cls, png: bytes) -> PageImage:
        """Read the size from the bytes; ValueError when they are no PNG."""
        if png[:8] != _PNG or png[12:16] != b"IHDR":
            msg = "the page image is no PNG"
            raise ValueError(msg)
        width, height = struct.unpack(">II", png[16:24])
        return cls(png, width, height)


class PageImages(Protocol):
    """A document's pages as pictures."""

    def __call__(self, page_number: int) -> PageImage | None:
        """The page of that number, from 1; None when there is no picture of it."""


DocumentContent = Union[bytes, str, "os.PathLike[str]", PageImages]
"""A document for the page images: its bytes, its path, or whatever gives its pages as pictures."""

_Render = Callable[..., bytes]


def page_images(
    document: bytes | str | os.PathLike[str], *, media_type: str | None = None, width: int = _WIDTH
) -> PageImages:
    """The pages of a document as the embedded engine draws them.

    Without the extra `local`, and for pages that the engine cannot draw, there are no pictures.

    Args:
        document: Its bytes, or the path of the file.
        media_type: None: judged by the content and the file's name.
        width: Pixels.

    Raises:
        SourceError: The file cannot be read.
    """
    data = document if isinstance(document, bytes) else _read(document)
    name = None if isinstance(document, bytes) else os.fspath(document)
    render = _renderer()

    def image(page_number: int) -> PageImage | None:
        return None if render is None else render(data, name, media_type, page_number, width)

    return image


def local_document(source: SourceInfo) -> bytes | None:
    """The input's content, when it is a file here that has not changed since."""
    path = Path(source.uri)
    try:
        data = path.read_bytes() if source.content_hash and path.is_file() else None
    except OSError:
        return None
    return data if data is not None and hashlib.sha256(data).hexdigest() == source.content_hash else None


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        cure = "Give the document's bytes or a path that can be read."
        raise SourceError(os.fspath(path), exc.strerror or "it cannot be read", cure=cure) from exc


def _renderer() -> Callable[[bytes, str | None, str | None, int, int], PageImage | None] | None:
    try:
        from chunkr_integrations.engine.errors import EngineError  # noqa: PLC0415 - the extra `local` may be missing
        from chunkr_integrations.engine.render import render_page  # noqa: PLC0415 - as above
        from chunkr_integrations.engine.sniff import media_type as sniffed  # noqa: PLC0415 - as above
    except ImportError:
        return None
    draw = cast("_Render", render_page)

    def image(data: bytes, name: str | None, media_type: str | None, number: int, width: int) -> PageImage | None:
        try:
            return PageImage.of(draw(data, media_type or sniffed(data, name), number, width=width))
        except EngineError:
            return None

    return image
