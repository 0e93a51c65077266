"""Uploaded files: rows, and content under the file's id. The sender's name is text to be answered, never a path."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine import EngineError, sniff

from ._records import FileRow, now
from ._refusal import Refused
from ._task_store import Listing, made_before, remember

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ._sqlite import Database
    from ._task_store import Once

__all__ = ["Arriving", "FileStore", "media_type"]

_COLUMNS = tuple(column.name for column in fields(FileRow))
_INSERT = f"INSERT INTO files ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"  # noqa: S608 - names of fields
_UNKNOWN = "application/octet-stream"


@dataclass
class Arriving:
    """Content on its way to the disk: written, counted and hashed piece by piece."""

    path: Path
    most: int
    size: int = 0

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256()
        self._stream = self.path.open("xb")

    def write(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            Refused: That is more than may be sent.
        """
        self.size += len(piece)
        if self.size > self.most:
            raise Refused(413, f"File too large: at most {self.most:,} bytes are taken.")
        self._hash.update(piece)
        self._stream.write(piece)

    def close(self) -> str:
        """End it; the sha256 of the content."""
        self._stream.close()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Remove what has not been moved elsewhere."""
        self._stream.close()
        self.path.unlink(missing_ok=True)


class FileStore:
    """All uploaded files of a data folder."""

    def __init__(self, database: Database, *, clock: Callable[[], int] = now) -> None:
        self._database, self._clock = database, clock

    def add(self, file: FileRow, *, once: Once | None = None) -> str:
        """Accept a file; its id, or the id of the file that the same request made before.

        Raises:
            IdempotencyError: The key was used for another request.
        """
        moment = self._clock()
        with self._database.write() as connection:
            if once is not None:
                made = made_before(connection, file.owner, once, moment)
                if made is not None:
                    return made
            newest = connection.execute("SELECT max(created_at) FROM files").fetchone()[0] or 0
            moment = max(moment, newest + 1)
            connection.execute(_INSERT, {**asdict(file), "created_at": moment})
            if once is not None:
                remember(connection, file.owner, once, file.file_id, moment)
        return file.file_id

    def get(self, owner: str, file_id: str) -> FileRow | None:
        """That file of that key, unless it was deleted."""
        row = self._database.read_one(
            "SELECT * FROM files WHERE file_id = ? AND owner = ? AND deleted_at IS NULL", (file_id, owner)
        )
        return None if row is None else FileRow(**row)

    def page(self, owner: str, asked: Listing) -> list[FileRow]:
        """One file more than the limit, when there are more."""
        where, order, values = asked.where()
        sql = f"SELECT * FROM files WHERE owner = :owner AND deleted_at IS NULL{where}{order}"  # noqa: S608 - names of columns and parameters
        return [FileRow(**row) for row in self._database.read(sql, {**values, "owner": owner})]

    def delete(self, owner: str, file_id: str) -> bool:
        """Delete a file; its size and times stay, its name and metadata go."""
        with self._database.write() as connection:
            gone: Any = connection.execute(
                "UPDATE files SET deleted_at = ?, file_name = '', metadata = '{}'"
                " WHERE file_id = ? AND owner = ? AND deleted_at IS NULL",
                (self._clock(), file_id, owner),
            )
        return bool(gone.rowcount)


def media_type(content: bytes, name: str | None) -> str | None:
    """The kind of a document; None when the engine reads no such kind."""
    try:
        return sniff.media_type(content, name)
    except EngineError:
        return None


def content_type(content: bytes, name: str | None) -> str:
    """The kind that a file is answered with."""
    return media_type(content, name) or _UNKNOWN
