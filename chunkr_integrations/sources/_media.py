"""What kind of file some bytes are: magic bytes first, then the name."""

from __future__ import annotations

import codecs
import mimetypes
import zipfile
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO

import filetype

from chunkr_integrations.exceptions import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["extension_for", "media_type"]

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_PDF, _OLE, _ZIP = "application/pdf", "application/x-ole-storage", "application/zip"
_UNKNOWN = "application/octet-stream"

# Extensions whose files begin with magic bytes: such a file must begin with them.
_BINARY: Mapping[str, str] = {
    ".pdf": _PDF,
    ".docx": f"{_OOXML}wordprocessingml.document",
    ".pptx": f"{_OOXML}presentationml.presentation",
    ".xlsx": f"{_OOXML}spreadsheetml.sheet",
    ".odt": f"{_ODF}text",
    ".odp": f"{_ODF}presentation",
    ".ods": f"{_ODF}spreadsheet",
    ".doc": "application/msword",
    ".ppt": "application/vnd.ms-powerpoint",
    ".xls": "application/vnd.ms-excel",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".bmp": "image/bmp",
    ".heic": "image/heic",
    ".heif": "image/heic",
    ".avif": "image/avif",
}
# Extensions whose files are text: such a file must hold none of the magic bytes above.
_TEXT: Mapping[str, str] = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".mkd": "text/markdown",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".xml": "text/xml",
    ".json": "application/json",
    ".eml": "message/rfc822",
    ".svg": "image/svg+xml",
}
_OLE_KINDS = frozenset({_OLE, "application/msword", "application/vnd.ms-powerpoint", "application/vnd.ms-excel"})
_OOXML_PARTS = (("word/", _BINARY[".docx"]), ("ppt/", _BINARY[".pptx"]), ("xl/", _BINARY[".xlsx"]))
_HTML_BEGINS = (b"<!doctype html", b"<html", b"<head", b"<body")
_HEAD = 8192  # bytes read to know the kind
_PDF_HEADER_WITHIN = 1024  # ISO 32000-1, annex H, note 13: readers accept the header within the first 1024 bytes


def media_type(file: BinaryIO, name: str, *, called: str | None = None) -> str:
    """The media type of an open file; `application/octet-stream` when neither content nor name tells.

    Args:
        file: At its beginning, and rewindable.
        name: The file's name; its extension is a claim that is checked.
        called: What errors call the file; its name when None.

    Raises:
        SourceError: The content is not what the name says.
    """
    head = file.read(_HEAD)
    found = _by_magic(head, file)
    extension = PurePath(name).suffix.lower()
    claimed = _BINARY.get(extension) or _TEXT.get(extension)
    if extension in _BINARY:
        if found == claimed or (found in _OLE_KINDS and claimed in _OLE_KINDS):
            return _BINARY[extension]
        raise _mismatch(called or name, extension, found or _text_kind(head))
    if extension in _TEXT:
        mentions_pdf = found == _PDF and not head.lstrip().startswith(b"%PDF-")
        if (found is not None and not mentions_pdf) or not _is_text(head):
            raise _mismatch(called or name, extension, found)
        return _TEXT[extension]
    return found or _text_kind(head) or mimetypes.guess_type(name)[0] or _UNKNOWN


def extension_for(kind: str | None) -> str:
    """The usual extension of a media type, with its dot; "" when there is none."""
    for table in (_BINARY, _TEXT):
        for extension, claimed in table.items():
            if claimed == kind:
                return extension
    return mimetypes.guess_extension(kind or "") or ""


def _by_magic(head: bytes, file: BinaryIO) -> str | None:
    if b"%PDF-" in head[:_PDF_HEADER_WITHIN]:
        return _PDF
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(file)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _OLE
    if head.startswith(b"{\\rtf"):
        return "application/rtf"
    # Some magic bytes are two letters ("BM", "MZ") with which a text may begin.
    found = None if _is_utf8(head) else filetype.guess_mime(head)
    return None if found is None else str(found).replace("image/apng", "image/png")


def _office_kind(file: BinaryIO) -> str:
    """Office files are zip files; which one, their parts tell."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as parts:
            names = parts.namelist()
            if "mimetype" in names:
                return parts.read("mimetype")[:100].decode("ascii", "replace").strip()
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError):
        return _ZIP
    return next((kind for part, kind in _OOXML_PARTS if any(name.startswith(part) for name in names)), _ZIP)


def _text_kind(head: bytes) -> str | None:
    if not _is_text(head):
        return None
    begin = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "text/html" if begin.startswith(_HTML_BEGINS) else "text/plain"


def _is_text(head: bytes) -> bool:
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in head


def _is_utf8(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # incremental: the head may end inside a character
    except UnicodeDecodeError:
        return False
    return True


def _mismatch(called: str, extension: str, found: str | None) -> SourceError:
    is_what = f"it is {found}" if found else "its content is of no known kind"
    right = extension_for(found)
    rename = f'rename it, or pass file_name="….{right[1:]}"' if right else "pass file_name= with the right extension"
    return SourceError(
        called,
        f"its name says {extension} and {is_what}",
        cure=f"If the content is what you want to send, {rename}; otherwise get the file again.",
    )
