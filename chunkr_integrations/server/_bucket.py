"""Contents in S3, or whatever else fsspec reaches, with copies of the newest in the data folder."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chunkr_integrations.server._blobs import Blobs, checked
from chunkr_integrations.server._database import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["BucketBlobs"]

_log = logging.getLogger("chunkr_integrations.server")

_COPIES = 4 << 30  # bytes
_IN_USE = 600.0  # seconds that a copy is there after somebody asked for its path


class BucketBlobs(Blobs):
    """See `Blobs`; an object is written once, under a random name, and never changed.

    Args:
        url: As fsspec has it, ``s3://bucket/folder``; credentials come from where its library looks for them.
        folder: Holds ``incoming/`` and ``copies/``; several processes of a machine may share it.
        clock: Seconds since 1970.
        copies: Bytes of local copies that are kept.
    """

    def __init__(
        self, url: str, folder: Path, *, clock: Callable[[], float] = time.time, copies: int = _COPIES
    ) -> None:
        import fsspec.core  # noqa: PLC0415 - the extra `s3`

        super().__init__(folder, clock=clock)
        with _starting(url):  # some stores connect at once
            self._store, root = fsspec.core.url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
        self._root = root.rstrip("/")
        self._copies = folder / "copies"
        self._copies.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._limit = copies
        self._written = 0
        self._lock = threading.Lock()
        with _starting(url):
            self._try_out()

    def path(self, blob_id: str) -> Path:
        """See `Blobs.path`; a copy, fetched when it is not here."""
        copy = self._copies / checked(blob_id)
        with contextlib.suppress(OSError):
            os.utime(copy)
            return copy
        fetched = self.new_path()
        try:
            with _reaching():
                self._store.get_file(self._object(blob_id), str(fetched))
            self._make_copy(fetched, copy)
        finally:
            fetched.unlink(missing_ok=True)
        return copy

    def remove(self, blob_ids: Iterable[str]) -> None:
        """See `Blobs.remove`; one that cannot be removed now is swept later."""
        for blob_id in blob_ids:
            (self._copies / checked(blob_id)).unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError, StoreUnavailableError), _reaching():
                self._store.rm_file(self._object(blob_id))

    def tidy(self, unknown: Callable[[list[str]], list[str]]) -> None:
        """See `Blobs.tidy`."""
        for blob_id in unknown([path.name for path in self._copies.iterdir()]):
            (self._copies / blob_id).unlink(missing_ok=True)

    def _place(self, path: Path, blob_id: str) -> None:
        try:
            with _reaching():
                self._store.put_file(str(path), self._object(blob_id))
        except FileNotFoundError as error:  # the bucket
            raise StoreUnavailableError from error
        self._make_copy(path, self._copies / blob_id)

    def _stored(self) -> Iterator[tuple[str, float]]:
        with _reaching():
            found: dict[str, dict[str, Any]] = self._store.find(self._root, detail=True)
        for name, facts in found.items():
            written = facts.get("LastModified") or facts.get("mtime") or facts.get("last_modified")
            seconds = written.timestamp() if isinstance(written, datetime) else written
            if seconds is not None:
                yield name.rpartition("/")[2], float(seconds)

    def _try_out(self) -> None:
        """Write and delete an object: better now than with the first task."""
        probe = f"{self._root}/probe-{secrets.token_hex(8)}"
        self._store.pipe_file(probe, b"")
        self._store.rm_file(probe)

    def _object(self, blob_id: str) -> str:
        return f"{self._root}/{checked(blob_id)[:2]}/{blob_id}"

    def _make_copy(self, path: Path, copy: Path) -> None:
        size = path.stat().st_size
        path.replace(copy)
        with self._lock:
            self._written += size
            if self._written < self._limit // 8:
                return
            self._written = 0
        self._make_room()

    def _make_room(self) -> None:
        """Delete the copies that were asked for the longest time ago, until the others are few enough."""
        found = []
        for path in self._copies.iterdir():
            with contextlib.suppress(OSError):
                facts = path.stat()
                found.append((facts.st_mtime, facts.st_size, path))
        total, recent = 0, time.time() - _IN_USE
        for used, size, path in sorted(found, reverse=True):
            total += size
            if total > self._limit and used < recent:
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def _starting(url: str) -> Iterator[None]:
    """Whatever a store's library raises, as one line that shows no password."""
    try:
        yield
    except Exception as error:
        scheme, _, place = url.partition("://")
        shown = f"{scheme}://{place.rpartition('@')[2]}"
        raise RuntimeError(f"The file store {shown} cannot be used: {type(error).__name__}: {error}") from error


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    """Whatever a store's library raises, but for a content that is gone, is that it cannot be reached."""
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        _log.warning("The file store does not answer: %s: %s", type(error).__name__, error)
        raise StoreUnavailableError from error
