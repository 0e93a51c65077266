"""The `file` of a request: what kind of reference it is, read without guessing.

The order settles what could be two things: a UUID is a task, because base64 has no hyphens.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import mimetypes
import re
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from chunkr_integrations.server._problems import bad_request

__all__ = ["Content", "FileReference", "Input", "Remote", "TaskReference", "clean_name", "generated_name", "read_input"]

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FILE = re.compile(r"ch://files/([A-Za-z0-9_-]{1,64})")
_DATA = re.compile(r"data:([^,;]*)((?:;[^,;]*)*),", re.IGNORECASE)
_LONGEST_URL = 8192
_LONGEST_NAME = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_EXTENSIONS = {  # where the platform's own table differs between systems or has no entry
    "image/jpeg": ".jpg",
    "image/tiff": ".tiff",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "application/xml": ".xml",
    "message/rfc822": ".eml",
    "application/octet-stream": "",
}


@dataclass(frozen=True)
class TaskReference:
    """An existing parse task."""

    task_id: str


@dataclass(frozen=True)
class FileReference:
    """A file uploaded before."""

    file_id: str


@dataclass(frozen=True)
class Remote:
    """A document that this server is to fetch."""

    url: str


@dataclass(frozen=True)
class Content:
    """The document itself."""

    data: bytes
    mime_type: str | None  # as its sender calls it


Input: TypeAlias = TaskReference | FileReference | Remote | Content


def read_input(value: str) -> Input:
    """What the `file` of a request is.

    Raises:
        Problem: 400; it is none of the kinds there are.
    """
    value = value.strip()
    if _UUID.fullmatch(value):
        return TaskReference(value.lower())
    scheme = value[:16].partition(":")[0].casefold() if ":" in value[:16] else ""
    if scheme == "ch":
        return _file(value)
    if scheme in ("http", "https"):
        return Remote(_checked_url(value))
    if scheme == "data":
        return _data_uri(value)
    return Content(_decoded(value), None)


def _file(value: str) -> FileReference:
    found = _FILE.fullmatch(value)
    if found is None:
        raise bad_request("Invalid file: a reference to an uploaded file is written ch://files/{file_id}.")
    return FileReference(found[1])


def _checked_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    else:
        if parts.username is not None or parts.password is not None:
            raise bad_request("Invalid file: a URL must not carry credentials. Upload the file instead.")
    if not host or port == 0 or len(value) > _LONGEST_URL or _CONTROL.search(value) or " " in value:
        raise bad_request("Invalid file: this is not a URL that can be fetched.")
    return value


def _data_uri(value: str) -> Content:
    found = _DATA.match(value, 0, 512)
    if found is None or "base64" not in [part.strip().casefold() for part in found[2].split(";")]:
        raise bad_request("Invalid base64 data: a data URI is written data:{mime type};base64,{content}.")
    mime_type = found[1].strip().casefold()
    return Content(_decoded(value[found.end() :]), mime_type or None)


def _decoded(text: str) -> bytes:
    if any(space in text for space in " \n\r\t"):
        text = "".join(text.split())
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise bad_request(
            "Invalid base64 data. `file` takes ch://files/{file_id}, an http(s) URL, a data URI, base64, or the "
            "task_id of a parse task; a path is not one of them."
        ) from None
    if not data:
        raise bad_request("Invalid file: it is empty. Send a file that has content.")
    return data


def clean_name(name: str | None) -> str | None:
    """A file name fit for messages and headers: its last part, without control characters; None when none is left.

    It is never used as a path.
    """
    if name is None:
        return None
    last = _CONTROL.sub(" ", name).replace("\\", "/").rstrip("/ ").rpartition("/")[2].strip()
    if last in ("", ".", ".."):
        return None
    stem, dot, extension = last.rpartition(".")
    if len(last) > _LONGEST_NAME and dot and len(extension) < 16:  # noqa: PLR2004 - keeps what tells the kind
        return f"{stem[: _LONGEST_NAME - len(extension) - 1]}.{extension}"
    return last[:_LONGEST_NAME]


def generated_name(input_: Input, mime_type: str | None) -> str:
    """A name for what was sent without one."""
    if isinstance(input_, Remote):
        parts = urlsplit(input_.url)
        named = clean_name(unquote(parts.path))
        if named:
            return named
        host = parts.hostname or "document"
        return host if not _is_address(host) else "document"
    extension = _EXTENSIONS.get(mime_type or "", mimetypes.guess_extension(mime_type or "") or "")
    return f"document{extension}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
