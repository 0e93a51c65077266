"""Uploaded files: rows for what they are called, contents in the data folder."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from chunkr_integrations.server._problems import bad_request, no_file
from chunkr_integrations.server._removal import add_blob, drop_blobs
from chunkr_integrations.server._rows import FileRow, from_row
from chunkr_integrations.server._tasks import KEEP_PROMISE, page_conditions

if TYPE_CHECKING:
    from collections.abc import Callable

    from chunkr_integrations.server._blobs import Blob, Blobs
    from chunkr_integrations.server._database import Database
    from chunkr_integrations.server._tasks import Idempotency, Page

__all__ = ["FileStore"]

_DAY = 24 * 3600 * 1_000_000


class FileStore:
    """Files in the database.

    Args:
        database: Where the rows are.
        blobs: Where the contents are.
        clock: Seconds since 1970; None: the database's.
    """

    def __init__(self, database: Database, blobs: Blobs, *, clock: Callable[[], float] | None = None) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock or database.clock

    def create(
        self, owner: str, blob: Blob, *, name: str, content_type: str, metadata: str, promise: Idempotency | None = None
    ) -> tuple[FileRow, bool]:
        """A file with a new content, and whether it was made now: an earlier request with the same key made it else.

        Raises:
            Problem: 400; the Idempotency-Key stands for another request.
        """
        with self._database.write(last=True) as connection:
            if promise is not None:
                row = connection.execute(
                    "SELECT digest, files.* FROM idempotency JOIN files ON file_id = made WHERE idempotency.owner = ? "
                    "AND key = ? AND idempotency.created_at > ? AND deleted_at IS NULL",
                    (owner, promise.key, self._now() - _DAY),
                ).fetchone()
                if row is not None and row["digest"] != promise.digest:
                    raise bad_request(
                        "The Idempotency-Key was used for another request. Use a new key for a new request."
                    )
                if row is not None:
                    return from_row(FileRow, row), False
            last = connection.execute("SELECT MAX(created_at) FROM files").fetchone()[0] or 0
            now = max(self._now(), last + 1)
            add_blob(connection, blob.blob_id, blob.size, blob.sha256)
            made = FileRow(str(uuid.uuid4()), owner, name, content_type, blob.size, metadata, now, blob_id=blob.blob_id)
            connection.execute(
                "INSERT INTO files VALUES (:file_id, :owner, :file_name, :content_type, :file_size, :metadata, "
                ":created_at, :deleted_at, :blob_id)",
                vars(made),
            )
            if promise is not None:
                connection.execute(
                    KEEP_PROMISE,
                    (owner, promise.key, promise.digest, made.file_id, now),
                )
        return made, True

    def get(self, owner: str, file_id: str) -> FileRow:
        """A file.

        Raises:
            Problem: 401; there is none that this owner may see.
        """
        found = self.find(file_id)
        if found is None or found.owner != owner:
            raise no_file()
        return found

    def find(self, file_id: str) -> FileRow | None:
        """A file of any owner, for links that carry their own permission."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM files WHERE file_id = ? AND deleted_at IS NULL", (file_id.lower(),)
            ).fetchone()
            return None if row is None else from_row(FileRow, row)

    def page(self, owner: str, page: Page) -> tuple[list[FileRow], bool]:
        """One page of files, and whether there are more."""
        where, values = page_conditions(page)
        order = "ASC" if page.ascending else "DESC"
        sql = (
            "SELECT * FROM files WHERE owner = ? AND deleted_at IS NULL"  # noqa: S608 - our own text
            f"{''.join(f' AND {each}' for each in where)} ORDER BY created_at {order} LIMIT ?"
        )
        with self._database.read() as connection:
            rows = connection.execute(sql, (owner, *values, page.limit + 1)).fetchall()
        return [from_row(FileRow, row) for row in rows[: page.limit]], len(rows) > page.limit

    def delete(self, owner: str, file_id: str) -> None:
        """Remove a file's content; tasks that were made from it keep theirs.

        Name and metadata go as well. Size, type and times stay, which is the "minimal metadata" the vendor keeps.

        Raises:
            Problem: 401; there is none that this owner may see.
        """
        found = self.get(owner, file_id)
        with self._database.write() as connection:
            connection.execute(
                "UPDATE files SET deleted_at = ?, blob_id = NULL, file_name = '', metadata = '{}' WHERE file_id = ?",
                (self._now(), found.file_id),
            )
            dropped = drop_blobs(connection, [found.blob_id])
        self._blobs.remove(dropped)

    def _now(self) -> int:
        return int(self._clock() * 1_000_000)
