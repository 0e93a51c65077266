"""What kind of document some bytes are: their content decides, the name only where content cannot.

Magic bytes are believed first. Office files are zips that are told apart by the parts inside. Text kinds have no magic
bytes: HTML and XML show themselves at the start, the rest goes by the name's extension.
"""

from __future__ import annotations

import io
import re
import zipfile

import filetype

from chunkr_integrations.engine.errors import UnreadableDocumentError

__all__ = [
    "BMP",
    "CSV",
    "DOCX",
    "EML",
    "GIF",
    "HTML",
    "JPEG",
    "MARKDOWN",
    "PDF",
    "PNG",
    "PPTX",
    "SUPPORTED",
    "TEXT",
    "TIFF",
    "WEBP",
    "XLS",
    "XLSX",
    "XML",
    "check_size",
    "media_type",
]

PDF = "application/pdf"
PNG, JPEG, TIFF, WEBP, BMP, GIF = ("image/png", "image/jpeg", "image/tiff", "image/webp", "image/bmp", "image/gif")
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = _OFFICE + "wordprocessingml.document"
PPTX = _OFFICE + "presentationml.presentation"
XLSX = _OFFICE + "spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
HTML, XML, MARKDOWN, CSV, TEXT = ("text/html", "application/xml", "text/markdown", "text/csv", "text/plain")
EML = "message/rfc822"

SUPPORTED = (PDF, PNG, JPEG, TIFF, WEBP, BMP, GIF, DOCX, PPTX, XLSX, XLS, HTML, XML, MARKDOWN, CSV, EML, TEXT)

_BY_EXTENSION = {
    "csv": CSV,
    "eml": EML,
    "htm": HTML,
    "html": HTML,
    "json": TEXT,
    "log": TEXT,
    "markdown": MARKDOWN,
    "md": MARKDOWN,
    "mkd": MARKDOWN,
    "text": TEXT,
    "tsv": CSV,
    "txt": TEXT,
    "xhtml": HTML,
    "xml": XML,
}
# Binary kinds: a name may not claim them when the bytes say otherwise.
_BINARY_EXTENSIONS = {
    "bmp": BMP,
    "docx": DOCX,
    "gif": GIF,
    "jpeg": JPEG,
    "jpg": JPEG,
    "pdf": PDF,
    "png": PNG,
    "pptx": PPTX,
    "tif": TIFF,
    "tiff": TIFF,
    "webp": WEBP,
    "xls": XLS,
    "xlsx": XLSX,
}
# Kinds that filetype calls by other names.
_ALIASES = {"image/x-ms-bmp": BMP, "image/jpg": JPEG}
_PARTS = (("word/", DOCX), ("ppt/", PPTX), ("xl/", XLSX))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_NAMES = {  # streams of OLE files: (UTF-16 name, kind or what to say)
    "EncryptedPackage": "it is encrypted: save it without a password and send that",
    "WordDocument": "it is an old Word file (.doc): save it as .docx or PDF",
    "PowerPoint Document": "it is an old PowerPoint file (.ppt): save it as .pptx or PDF",
}
_PDF_WITHIN = 1024  # readers accept the header within the first KiB (ISO 32000-1, annex H.3.4.1)
_HTML_START = re.compile(
    rb"^(?:\s|<!--.*?-->|<\?xml[^>]*\?>)*<(?:!doctype\s+html|(?:\w+:)?html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_XML_START = re.compile(rb"^\s*<(?:\?xml|[A-Za-z_][\w.:-]*[\s>/])")


def media_type(data: bytes, name: str | None = None) -> str:
    """The media type of `data`, one of `SUPPORTED`.

    Raises:
        UnreadableDocumentError: It is empty, of a kind that is not supported, or not what its name says.
    """
    called = name or "The document"
    if not data or not data.strip(b"\0\t\n\r "):
        raise UnreadableDocumentError(f"{called} is empty. Send a file that has content.")
    extension = name.rsplit(".", 1)[-1].casefold() if name and "." in name else ""
    found = _by_content(data, called) or _by_text(data, extension)
    claimed = _BINARY_EXTENSIONS.get(extension)
    if found is None or (found == TEXT and claimed is not None):
        if claimed:
            raise UnreadableDocumentError(
                f"{called} is not what its name says: no {extension.upper()} content was found in it. "
                "Send the original file, or name it as what it is."
            )
        raise UnreadableDocumentError(
            f"{called} is of a kind that cannot be read. Send a PDF, an image (PNG, JPEG, TIFF, WebP, BMP, GIF), "
            "an Office file (.docx, .pptx, .xlsx, .xls), HTML, XML, Markdown, CSV, a mail (.eml) or plain text."
        )
    return found


def check_size(data: bytes, limit: int, name: str | None) -> None:
    """Raise when there are more than `limit` bytes."""
    if len(data) > limit:
        raise UnreadableDocumentError(
            f"{name or 'The document'} has {len(data):,} bytes; at most {limit:,} are read. Send a smaller file."
        )


def _by_content(data: bytes, called: str) -> str | None:
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return PDF
    if data.startswith(b"PK\x03\x04"):
        return _zip_kind(data, called)
    if data.startswith(_OLE):
        return _ole_kind(data, called)
    mime = filetype.guess_mime(data[:8192])
    mime = _ALIASES.get(mime, mime)
    if mime in SUPPORTED:
        return str(mime)
    if mime is not None and not mime.startswith(("text/", "application/xml")):
        raise UnreadableDocumentError(
            f"{called} is of the kind {mime}, which cannot be read. Convert it to PDF, PNG or JPEG."
        )
    return None


def _zip_kind(data: bytes, called: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableDocumentError(f"{called} is truncated or damaged. Send the complete file again.") from error
    for prefix, kind in _PARTS:
        if any(part.startswith(prefix) for part in names):
            return kind
    raise UnreadableDocumentError(f"{called} is a zip archive without a document. Send the files in it one by one.")


def _ole_kind(data: bytes, called: str) -> str:
    for stream, cure in _OLE_NAMES.items():
        if stream.encode("utf-16-le") in data:
            raise UnreadableDocumentError(f"{called} cannot be read as it is; {cure}.")
    return XLS


def _by_text(data: bytes, extension: str) -> str | None:
    head = data[:65536]
    by_name = _BY_EXTENSION.get(extension)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return by_name or TEXT
    if b"\0" in head:
        return None
    if _HTML_START.match(head.removeprefix(b"\xef\xbb\xbf")[:4096]):
        return HTML
    if (
        by_name in (None, TEXT)
        and _XML_START.match(head.removeprefix(b"\xef\xbb\xbf"))
        and extension not in ("txt", "md")
    ):
        return XML
    if by_name:
        return by_name
    control = sum(byte < 9 or 13 < byte < 32 for byte in head)  # noqa: PLR2004 - ASCII control characters
    return TEXT if control * 100 <= len(head) else None
