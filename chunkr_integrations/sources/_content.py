"""Bytes that are sent: in memory while they are few, on disk otherwise, and their hash."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, ClassVar

from chunkr_integrations.exceptions import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["INLINE_LIMIT", "Content", "from_bytes", "from_path", "from_stream"]

INLINE_LIMIT = 512 * 1024
"""Bytes up to which content stays in memory and is sent inside the request, as a data URI; more is uploaded."""


@dataclass(frozen=True)
class Content:
    """Bytes that can be read any number of times.

    Attributes:
        size: Bytes.
        sha256: Hexadecimal, over all of the bytes.
        data: The bytes, when they are in memory.
        path: The file that holds them otherwise; only more than `INLINE_LIMIT` bytes stay on disk.
    """

    BLOCK: ClassVar[int] = 256 * 1024
    """Bytes that are read at a time."""

    size: int
    sha256: str
    data: bytes | None = field(default=None, repr=False)
    path: Path | None = field(default=None, repr=False)
    stamp: tuple[int, ...] = field(default=(), repr=False)

    def open(self) -> BinaryIO:
        """A new binary file over the bytes, at their beginning.

        Raises:
            SourceError: The file has gone, or is not the one that was hashed.
        """
        if self.data is not None:
            return io.BytesIO(self.data)
        path = self.path or Path()
        try:
            file = path.open("rb")
        except OSError as exc:
            raise SourceError(str(path), f"it cannot be read any more ({exc.strerror})", cure=_KEEP) from exc
        if self.stamp and _stamp(file) != self.stamp:
            file.close()
            raise SourceError(str(path), "it was changed while it was being sent", cure=_KEEP)
        return file

    def blocks(self) -> Iterator[bytes]:
        """The bytes in blocks of a quarter MiB."""
        with self.open() as file:
            yield from _blocks(file)


_KEEP = "Leave the file as it is until its extraction has begun, then try again."


def from_bytes(data: bytes) -> Content:
    """Content of bytes that are in memory anyway."""
    return Content(len(data), hashlib.sha256(data).hexdigest(), data=data)


def from_path(path: Path) -> Content:
    """Content of a file: small ones are kept, others hashed block by block and read again when they are sent."""
    try:
        with path.open("rb") as file:
            stamp = _stamp(file)
            if stamp[0] <= INLINE_LIMIT:
                return from_bytes(file.read())
            size, sha256 = _digest(_blocks(file))
    except OSError as exc:
        raise SourceError(str(path), f"it cannot be read ({exc.strerror})", cure="Check its permissions.") from exc
    return Content(size, sha256, path=path, stamp=stamp)


def from_stream(stream: IO[Any], name: str) -> Content:
    """Content of an open binary file, from its beginning when it can be rewound; its position is left as it was.

    More than `INLINE_LIMIT` bytes are copied to a temporary file, which goes with the returned object.
    """
    position = _rewind(stream)
    spool = tempfile.SpooledTemporaryFile(max_size=INLINE_LIMIT)  # noqa: SIM115 - handed on below
    try:
        size, sha256 = _digest(_copied(_blocks(stream, name), spool))
        spool.seek(0)
        if size <= INLINE_LIMIT:
            return Content(size, sha256, data=spool.read())
        return _on_disk(spool, size, sha256)
    finally:
        spool.close()
        if position is not None:
            stream.seek(position)


def _on_disk(spool: IO[bytes], size: int, sha256: str) -> Content:
    handle, name = tempfile.mkstemp(prefix="chunkr-")
    with os.fdopen(handle, "wb") as target:
        for block in _blocks(spool):
            target.write(block)
    content = Content(size, sha256, path=Path(name))
    weakref.finalize(content, _unlink, name)
    return content


def _unlink(name: str) -> None:
    Path(name).unlink(missing_ok=True)


def _rewind(stream: IO[Any]) -> int | None:
    """Go to the beginning; the position before, or None when the stream cannot go back."""
    try:
        if not stream.seekable():
            return None
        position = stream.tell()
        stream.seek(0)
    except (AttributeError, OSError, io.UnsupportedOperation):
        return None
    return position


def _blocks(file: IO[Any], name: str = "") -> Iterator[bytes]:
    while block := file.read(Content.BLOCK):
        if isinstance(block, str):
            raise SourceError(name, "the file object gives text, not bytes", cure='Open it with mode "rb".')
        yield block


def _copied(blocks: Iterator[bytes], target: IO[bytes]) -> Iterator[bytes]:
    for block in blocks:
        target.write(block)
        yield block


def _digest(blocks: Iterator[bytes]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for block in blocks:
        size += len(block)
        digest.update(block)
    return size, digest.hexdigest()


def _stamp(file: BinaryIO) -> tuple[int, ...]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns, found.st_ino
