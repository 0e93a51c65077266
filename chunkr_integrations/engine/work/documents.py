"""Parsed documents as files: JSON, compressed. Not pickled, so that a data folder cannot run code."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from chunkr_integrations.engine.document import Document

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FORMAT", "Documents"]

FORMAT = "1"  # of the files; a part of the key that documents are found again by
_IN_MEMORY = 8 << 20  # compressed bytes; about ten times as much as objects


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Document]:
    return TypeAdapter(Document)


class Documents:
    """Writes and reads documents, and keeps the newest in memory: an extraction mostly follows its parse."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, Document]] = OrderedDict()
        self._lock = Lock()

    def write(self, key: str, path: Path, document: Document) -> None:
        """Store a document that later is asked for by `key`."""
        packed = zlib.compress(_adapter().dump_json(document), 1)
        path.write_bytes(packed)
        self._keep(key, len(packed), document)

    def read(self, key: str, path: Path) -> Document:
        """The document of that key, which lies at `path`."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        packed = path.read_bytes()
        document = _adapter().validate_json(zlib.decompress(packed))
        self._keep(key, len(packed), document)
        return document

    def _keep(self, key: str, size: int, document: Document) -> None:
        with self._lock:
            self._kept[key] = size, document
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(size for size, _ in self._kept.values()) > _IN_MEMORY:
                self._kept.popitem(last=False)
