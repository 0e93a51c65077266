"""Reads bytes of any supported kind into a `Document`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine import sniff
from chunkr_integrations.engine.document import Document
from chunkr_integrations.engine.errors import EngineError, UnreadableDocumentError
from chunkr_integrations.engine.options import parse_options
from chunkr_integrations.engine.readers._recogniser import Ocr, OcrName, recogniser
from chunkr_integrations.engine.segments import to_pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chunkr_integrations.engine.layout import RawPage
    from chunkr_integrations.engine.options import ParseOptions

__all__ = ["Ocr", "OcrName", "read", "recogniser"]

_MAX_BYTES = 1 << 30  # the contract's limit of a request (Chunkr, limits page)
_IMAGES = (sniff.PNG, sniff.JPEG, sniff.TIFF, sniff.WEBP, sniff.BMP, sniff.GIF)


def read(
    data: bytes,
    *,
    name: str | None = None,
    mime_type: str | None = None,
    configuration: Mapping[str, Any] | None = None,
    ocr: Ocr | None = None,
) -> Document:
    """The document in `data`.

    Args:
        data: The file.
        name: Its name; helps to tell text kinds apart, and stands in messages.
        mime_type: What the sender calls it; used for text kinds only, where bytes do not tell.
        configuration: A `ParseConfiguration` as JSON on the wire.
        ocr: What recognises scans and images; None: as the environment says.

    Raises:
        UnreadableDocumentError: These bytes cannot be read; the message says why and what to do.
        UnsupportedOptionError: The configuration asks for what this engine does not have.
    """
    options = parse_options(configuration)
    called = name or "The document"
    sniff.check_size(data, _MAX_BYTES, name)
    kind = sniff.media_type(data, name)
    if kind == sniff.TEXT and mime_type in (sniff.HTML, sniff.MARKDOWN, sniff.CSV, sniff.XML, sniff.EML):
        kind = mime_type
    warnings: list[str] = list(options.warnings)
    try:
        raw = _raw_pages(data, kind, options, called, notes=warnings, ocr=ocr)
        pages = to_pages(raw, options, hashlib.sha256(data).hexdigest())
    except EngineError:
        raise
    except ModuleNotFoundError as error:
        raise EngineError(
            f"{called} cannot be read as {kind} because {error.name} is not installed. "
            "Install it with: pip install 'chunkr-integrations[local]'"
        ) from error
    except (MemoryError, RecursionError) as error:
        raise UnreadableDocumentError(
            f"{called} is too large or too deeply nested to read. Split it and send the parts."
        ) from error
    except BaseException as error:  # the boundary: no error of a library leaves this package
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":  # what Rust libraries raise
            raise
        raise UnreadableDocumentError(
            f"{called} could not be read as {kind} ({type(error).__name__}). "
            "It may be damaged: open it in its own program, save it anew, and send that."
        ) from error
    cells = _cell_count(kind, pages)
    return Document(mime_type=kind, pages=pages, name=name, cell_count=cells, warnings=tuple(warnings))


def _raw_pages(
    data: bytes, kind: str, options: ParseOptions, called: str, *, notes: list[str], ocr: Ocr | None
) -> Iterable[RawPage]:
    if kind == sniff.PDF:
        from chunkr_integrations.engine.readers.pdf import read_pdf  # noqa: PLC0415 - each reader loads its library

        return read_pdf(data, options, called, ocr=ocr, notes=notes)
    if kind in _IMAGES:
        from chunkr_integrations.engine.readers.images import read_image  # noqa: PLC0415 - as above

        return read_image(data, called, notes, keep_going=options.keep_going, ocr=ocr)
    if kind in (sniff.XLSX, sniff.XLS, sniff.CSV):
        from chunkr_integrations.engine.readers.sheets import read_csv, read_workbook  # noqa: PLC0415 - as above

        return read_csv(data, called) if kind == sniff.CSV else read_workbook(data, called, notes)
    if kind == sniff.PPTX:
        from chunkr_integrations.engine.readers.slides import read_slides  # noqa: PLC0415 - as above

        return read_slides(data, called, notes)
    from chunkr_integrations.engine.readers.flow import read_flow  # noqa: PLC0415 - as above

    return read_flow(data, kind, called, notes)


def _cell_count(kind: str, pages: tuple[Any, ...]) -> int | None:
    if kind not in (sniff.XLSX, sniff.XLS, sniff.CSV):
        return None
    return len({(page.number, word.ref) for page in pages for word in page.words})
