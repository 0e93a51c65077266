"""How many pages a document has, where that can be told without reading them."""

from __future__ import annotations

from chunkr_integrations.engine import sniff
from chunkr_integrations.engine.errors import EngineError
from chunkr_integrations.engine.pdfium import LOCK

__all__ = ["page_count"]


def page_count(data: bytes, name: str | None = None) -> int | None:
    """The number of pages of a PDF; None for other kinds, and for a file that does not open."""
    try:
        if sniff.media_type(data, name) != sniff.PDF:
            return None
    except EngineError:
        return None
    import pypdfium2  # noqa: PLC0415 - other kinds do not need it

    try:
        with LOCK:
            document = pypdfium2.PdfDocument(data)
            try:
                return len(document)
            finally:
                document.close()
    except pypdfium2.PdfiumError:
        return None
