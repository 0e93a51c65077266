"""The data folder: contents by random id. No name or path of a request ever gets there.

A content is written to ``incoming/`` and moved to its place when it is complete. A row in the database makes it part of
the server's state; what has no row is rubbish of a crash and swept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Blob", "Blobs", "Incoming"]

_RUBBISH_AGE = 3600.0  # seconds; nothing takes that long from its first byte to its row


@dataclass(frozen=True)
class Blob:
    """A stored content."""

    blob_id: str
    size: int
    sha256: str


class Incoming:
    """A content on its way in."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self.path = path
        self._stream = stream
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append."""
        self._stream.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """Of what has been written so far."""
        return self._digest.hexdigest()


class Blobs:
    """Contents in a folder.

    Args:
        folder: Made when it is not there, for this user only.
        durable: Wait until contents are on the disk; False for a folder that does not outlive the process.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self._folder = folder / "contents"
        self._incoming = folder / "incoming"
        self._durable = durable
        for made in (self._folder, self._incoming):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, blob_id: str) -> Path:
        """Where a content lies."""
        if not (blob_id.isalnum() and blob_id.isascii()):
            raise ValueError(blob_id)
        return self._folder / blob_id[:2] / blob_id

    def new_path(self) -> Path:
        """A place in ``incoming/`` for another process to write to; `adopt` takes it in."""
        return self._incoming / secrets.token_hex(16)

    def adopt(self, written: Path) -> Blob:
        """Take in a complete file that lies in ``incoming/``."""
        digest = hashlib.sha256()
        with written.open("rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
            size = stream.tell()
        self._sync(written)
        return self._place(written, size, digest.hexdigest())

    def put(self, data: bytes) -> Blob:
        """Store a content that is in memory."""
        with self.receiving() as incoming:
            incoming.write(data)
        return self.keep(incoming)

    @contextlib.contextmanager
    def receiving(self) -> Iterator[Incoming]:
        """Take a content in piece by piece; an exception throws away what has come. Then `keep` it."""
        path = self.new_path()
        try:
            with path.open("xb") as stream:
                incoming = Incoming(path, stream)
                yield incoming
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def keep(self, incoming: Incoming) -> Blob:
        """Wait until a received content is on the disk, and move it to its place."""
        self._sync(incoming.path)
        return self._place(incoming.path, incoming.size, incoming.sha256)

    def remove(self, blob_ids: Iterable[str]) -> None:
        """Delete contents; those that are gone already do not matter."""
        for blob_id in blob_ids:
            with contextlib.suppress(OSError):
                self.path(blob_id).unlink()

    def rubbish(self) -> Iterator[str]:
        """Old contents; those without a row are to be removed. Old incoming files are deleted at once."""
        limit = time.time() - _RUBBISH_AGE
        for path in self._incoming.iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < limit:
                    path.unlink()
        for path in self._folder.glob("??/*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < limit:
                    yield path.name

    def _place(self, path: Path, size: int, sha256: str) -> Blob:
        blob_id = secrets.token_hex(16)
        target = self.path(blob_id)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        path.replace(target)
        if self._durable:
            _sync_folder(target.parent)
        return Blob(blob_id, size, sha256)

    def _sync(self, path: Path) -> None:
        if self._durable:
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename last; Windows cannot open folders and needs no such call."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
