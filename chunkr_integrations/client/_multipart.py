"""The body of an upload as a stream: a 1 GiB file costs as much memory as a small one."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import anyio.to_thread
import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ._steps import Upload

__all__ = ["MultipartStream"]


class MultipartStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """`file_metadata`, then `file`, as the official SDK orders them; can be sent any number of times."""

    def __init__(self, upload: Upload) -> None:
        boundary = uuid.uuid4().hex
        self._content = upload.content
        self._head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file_metadata"\r\n\r\n{upload.metadata}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{_escaped(upload.file_name)}"\r\n'
            f"Content-Type: {upload.media_type}\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._head) + upload.content.size + len(self._tail)),
        }

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        yield from self._content.blocks()
        yield self._tail

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._head
        file = await anyio.to_thread.run_sync(self._content.open)
        try:
            while block := await anyio.to_thread.run_sync(file.read, self._content.BLOCK):
                yield block
        finally:
            file.close()
        yield self._tail


def _escaped(name: str) -> str:
    # WHATWG HTML, "multipart/form-data encoding algorithm": these three characters, percent-encoded.
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
