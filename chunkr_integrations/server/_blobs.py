"""Contents by random id. No name or path of a request ever gets there.

A content is written to ``incoming/`` in the data folder and moved to its place when it is complete. A row in the
database makes it part of the server's state; what has no row is rubbish of a crash and swept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["Blob", "Blobs", "FolderBlobs", "Incoming", "checked"]

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


class Blobs(ABC):
    """Contents, wherever they are kept; what comes in is written to a local folder first.

    Args:
        folder: Holds ``incoming/``; made when it is not there, for this user only.
        clock: Seconds since 1970.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._incoming = folder / "incoming"
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._clock = clock

    @abstractmethod
    def path(self, blob_id: str) -> Path:
        """A file with the content, which is there for ten minutes at least, unless it is deleted.

        Raises:
            FileNotFoundError: It is gone. Where that costs nothing to find out only.
            StoreUnavailableError: The store cannot be reached.
        """

    @abstractmethod
    def remove(self, blob_ids: Iterable[str]) -> None:
        """Delete contents; those that are gone already do not matter."""

    @abstractmethod
    def _place(self, path: Path, blob_id: str) -> None:
        """Move a complete file to its place, and wait until it lasts; may be called again after a failure."""

    @abstractmethod
    def _stored(self) -> Iterator[tuple[str, float]]:
        """All ids, with the time of their writing."""

    def tidy(self, unknown: Callable[[list[str]], list[str]]) -> None:  # noqa: B027 - without copies, there is nothing to do
        """Delete copies of contents that were deleted elsewhere.

        Args:
            unknown: Those of a list of ids that are no longer part of the server's state.
        """

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
        return self._keep(written, size, digest.hexdigest())

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
        """Wait until a received content is in its place, and lasts."""
        return self._keep(incoming.path, incoming.size, incoming.sha256)

    def rubbish(self) -> Iterator[str]:
        """Old contents; those without a row are to be removed. Old incoming files are deleted at once."""
        for path in self._incoming.iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < time.time() - _RUBBISH_AGE:
                    path.unlink()
        limit = self._clock() - _RUBBISH_AGE
        yield from (blob_id for blob_id, written in self._stored() if written < limit)

    def _keep(self, path: Path, size: int, sha256: str) -> Blob:
        blob_id = secrets.token_hex(16)
        self._place(path, blob_id)
        return Blob(blob_id, size, sha256)


class FolderBlobs(Blobs):
    """Contents in a folder: of this machine, or one that several machines share.

    Args:
        folder: Made when it is not there, for this user only.
        durable: Wait until contents are on the disk; False for a folder that does not outlive the process.
        clock: Seconds since 1970.
    """

    def __init__(self, folder: Path, *, durable: bool, clock: Callable[[], float] = time.time) -> None:
        super().__init__(folder, clock=clock)
        self._folder = folder / "contents"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._durable = durable

    def path(self, blob_id: str) -> Path:
        """See `Blobs.path`; where the content lies, whether it is there or not."""
        return self._folder / checked(blob_id)[:2] / blob_id

    def remove(self, blob_ids: Iterable[str]) -> None:
        """See `Blobs.remove`."""
        for blob_id in blob_ids:
            with contextlib.suppress(OSError):
                self.path(blob_id).unlink()

    def _place(self, path: Path, blob_id: str) -> None:
        if self._durable:
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())
        target = self.path(blob_id)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        path.replace(target)
        if self._durable:
            _sync_folder(target.parent)

    def _stored(self) -> Iterator[tuple[str, float]]:
        for path in self._folder.glob("??/*"):
            with contextlib.suppress(OSError):
                yield path.name, path.stat().st_mtime


def checked(blob_id: str) -> str:
    """An id, of which nothing but letters and digits can become part of a path; else ValueError."""
    if not (blob_id.isalnum() and blob_id.isascii()):
        raise ValueError(blob_id)
    return blob_id


def _sync_folder(folder: Path) -> None:
    """Make a rename last; Windows cannot open folders and needs no such call."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
