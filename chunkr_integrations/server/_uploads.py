"""Multipart uploads, written to disk as they come and counted meanwhile. The parts may come in any order."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio.to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from chunkr_integrations.server._problems import bad_request, too_large

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chunkr_integrations.server._blobs import Blob, Blobs, Incoming

__all__ = ["BESIDE_BYTES", "Upload", "receive_upload"]

_METADATA_BYTES = 1 << 20
_HEADER_BYTES = 1 << 14  # of one part
_PARTS = 100  # two are of use
BESIDE_BYTES = 2 << 20  # of a form, beside its file
_BUFFER = 1 << 20  # bytes that are written at a time


@dataclass(frozen=True)
class Upload:
    """What came."""

    blob: Blob
    file_name: str | None
    content_type: str | None
    metadata: str  # a JSON object


@dataclass
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    file_name: str | None = None
    content_type: str | None = None


class _Form:
    """Sorts what the parser reports into the file's bytes and the small fields."""

    def __init__(self, boundary: bytes) -> None:
        self.file: _Part | None = None
        self.pending: list[bytes] = []
        self.metadata = bytearray()
        self.done = False
        self._part = _Part()
        self._parts = 0
        self._header = [b"", b""]
        self._header_bytes = 0
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_part_data": self._data,
                "on_header_field": lambda data, start, end: self._add(0, data[start:end]),
                "on_header_value": lambda data, start, end: self._add(1, data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_end": self._end,
            },
        )

    def _begin(self) -> None:
        self._part = _Part()
        self._header_bytes = 0
        self._parts += 1
        if self._parts > _PARTS:
            raise bad_request(f"Invalid upload: the form has more than {_PARTS} parts.")

    def _add(self, which: int, piece: bytes) -> None:
        self._header[which] += piece
        self._header_bytes += len(piece)
        if self._header_bytes > _HEADER_BYTES:
            raise bad_request("Invalid upload: a part's header is too long.")

    def _header_end(self) -> None:
        self._part.headers[self._header[0].lower()] = self._header[1]
        self._header = [b"", b""]

    def _headers_finished(self) -> None:
        part = self._part
        _, options = parse_options_header(part.headers.get(b"content-disposition", b""))
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        part.file_name = options[b"filename"].decode("utf-8", "replace") if b"filename" in options else None
        part.content_type = _media_type(part.headers.get(b"content-type", b""))
        if part.name == "file":
            if self.file is not None:
                raise bad_request("Invalid upload: there is more than one part called file. Send one file a request.")
            self.file = part

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part.name == "file":
            self.pending.append(data[start:end])
        elif self._part.name == "file_metadata":
            self.metadata += data[start:end]
            if len(self.metadata) > _METADATA_BYTES:
                raise bad_request(f"Invalid upload: file_metadata has more than {_METADATA_BYTES:,} bytes.")

    def _end(self) -> None:
        self.done = True


async def receive_upload(content_type: str, stream: AsyncIterator[bytes], blobs: Blobs, *, limit: int) -> Upload:
    """Store the file of a multipart form.

    Args:
        content_type: The request's header.
        stream: The request's body.
        blobs: Where the file goes.
        limit: Bytes of the file, at most.

    Raises:
        Problem: 400 when this is no such form, 413 when the file is too large.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise bad_request("Invalid upload: send multipart/form-data with a part called file.")
    try:
        form = _Form(boundary)
    except FormParserError:
        raise bad_request("Invalid upload: the boundary of the multipart form is too long.") from None
    with blobs.receiving() as incoming:
        await _receive(form, stream, incoming, limit)
        if form.file is None or not form.done:
            raise bad_request("Invalid upload: there is no complete part called file.")
        if not incoming.size:
            raise bad_request("Invalid upload: the file is empty. Send a file that has content.")
        metadata = _metadata(bytes(form.metadata))
    blob = await anyio.to_thread.run_sync(blobs.keep, incoming)
    return Upload(blob, form.file.file_name, form.file.content_type, metadata)


async def _receive(form: _Form, stream: AsyncIterator[bytes], incoming: Incoming, limit: int) -> None:
    waiting = total = 0
    problem = too_large("The file", limit, "Split it and send the parts.")

    async def flush() -> None:
        nonlocal waiting
        pieces, form.pending, waiting = b"".join(form.pending), [], 0
        if incoming.size + len(pieces) > limit:
            raise problem
        if pieces:
            await anyio.to_thread.run_sync(incoming.write, pieces)

    try:
        async for chunk in stream:
            form.parser.write(chunk)
            waiting += len(chunk)
            total += len(chunk)
            if total > limit + BESIDE_BYTES:
                raise problem
            if waiting >= _BUFFER:
                await flush()
        form.parser.finalize()
    except FormParserError:
        raise bad_request("Invalid upload: the multipart form is damaged. Send it again.") from None
    await flush()


def _media_type(header: bytes) -> str | None:
    text = header.partition(b";")[0].strip().decode("latin-1").casefold()
    return text if re.fullmatch(r"[\w.+-]{1,80}/[\w.+-]{1,80}", text, re.ASCII) else None


def _metadata(text: bytes) -> str:
    if not text.strip():
        return "{}"
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise bad_request("Invalid upload: file_metadata must be a JSON object.")
    return json.dumps(found)
