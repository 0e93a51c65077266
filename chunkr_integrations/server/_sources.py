"""What the `file` of a request may be, and the document it stands for."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from ._refusal import Refused

__all__ = ["FileId", "Inline", "Input", "ParseTask", "Url", "to_input"]

# A task id is looked for first: without its dashes it could be base64, with them it cannot.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_DATA = re.compile(r"data:[^,]*?,", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True)
class ParseTask:
    """A document that was parsed before."""

    task_id: str


@dataclass(frozen=True)
class FileId:
    """A file that was uploaded."""

    file_id: str


@dataclass(frozen=True)
class Url:
    """A document to fetch."""

    url: str


@dataclass(frozen=True)
class Inline:
    """A document that came with the request, and what its data URI calls it."""

    content: bytes
    media_type: str | None = None


Input: TypeAlias = "ParseTask | FileId | Url | Inline"


def to_input(file: str) -> Input:
    """What `file` is, told by its form alone.

    Raises:
        Refused: It is none of what it may be.
    """
    file = file.strip()
    if _UUID.fullmatch(file):
        return ParseTask(file.lower())
    scheme = file[:11].casefold()
    if scheme.startswith("ch://files/"):
        return FileId(file[11:].lower())
    if scheme.startswith("ch://"):
        raise Refused(400, "Invalid file: a reference to an uploaded file is ch://files/{file_id}.")
    if scheme.startswith(("http://", "https://")):
        return Url(_checked(file))
    if scheme.startswith("data:"):
        return _of_uri(file)
    return Inline(_decoded(file))


def _checked(url: str) -> str:
    try:
        if not httpx.URL(url).host:
            raise Refused(400, "Invalid file: the URL has no host.")
    except httpx.InvalidURL as error:
        raise Refused(400, "Invalid file: the URL cannot be read.") from error
    return url


def _of_uri(uri: str) -> Inline:
    match = _DATA.match(uri)
    if match is None or not match[0][:-1].casefold().rstrip().endswith(";base64"):
        raise Refused(400, "Invalid base64 data: a data URI is data:{media type};base64,{data}.")
    return Inline(_decoded(uri[match.end() :]), match[0][5:].partition(";")[0].strip().casefold() or None)


def _decoded(text: str) -> bytes:
    try:
        data = _SPACE.sub("", text).encode("ascii")
        found = base64.b64decode(data, validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError) as error:
        raise Refused(
            400,
            "Invalid base64 data: the file is neither ch://files/{file_id}, an http(s) URL, a data URI, base64, "
            "nor the id of a parse task.",
        ) from error
    if not found:
        raise Refused(400, "Invalid base64 data: the file is empty.")
    return found
