"""Deleting rows with all that only they needed; what else used a content keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chunkr_integrations.server._database import Connection, Row

__all__ = ["add_blob", "drop_blobs", "fail_waiting", "remove_tasks"]

_REFERENCES = ("tasks", "files", "documents")


def add_blob(connection: Connection, blob_id: str, size: int, sha256: str) -> None:
    """Make a stored content part of the server's state."""
    connection.execute("INSERT INTO blobs VALUES (?, ?, ?)", (blob_id, size, sha256))


def drop_blobs(connection: Connection, blob_ids: Iterable[str | None]) -> list[str]:
    """Those of `blob_ids` that no row needs any more, their own rows deleted; the caller deletes their files."""
    dropped = []
    for blob_id in {blob_id for blob_id in blob_ids if blob_id is not None}:
        used = any(
            connection.execute(f"SELECT 1 FROM {table} WHERE blob_id = ? LIMIT 1", (blob_id,)).fetchone()  # noqa: S608 - names from the tuple above
            for table in _REFERENCES
        )
        if not used:
            connection.execute("DELETE FROM blobs WHERE blob_id = ?", (blob_id,))
            dropped.append(blob_id)
    return dropped


def fail_waiting(connection: Connection, parse_task_id: str, message: str, now: int) -> None:
    """End the extractions that wait for a parse task which will not come to an end."""
    connection.execute(
        "UPDATE tasks SET status = 'Failed', stage = '', message = ?, started_at = COALESCE(started_at, ?), "
        "finished_at = ? WHERE parse_task_id = ? AND status = 'Starting' AND stage IN ('wait', 'fetch')",
        (message, now, now, parse_task_id),
    )


def remove_tasks(connection: Connection, rows: Sequence[Row], now: int) -> list[str]:
    """Delete tasks with their outputs; gives the contents that nobody needs now, for the caller to delete.

    Args:
        connection: In a transaction.
        rows: Need `task_id`, `task_type`, `blob_id`, `document_id`.
        now: Microseconds since 1970.
    """
    for row in rows:
        if row["task_type"] == "Parse":
            fail_waiting(connection, row["task_id"], "The parse task was deleted before it ended.", now)
        connection.execute("DELETE FROM outputs WHERE task_id = ?", (row["task_id"],))
        connection.execute("DELETE FROM tasks WHERE task_id = ?", (row["task_id"],))
    dropped = drop_blobs(connection, [row["blob_id"] for row in rows])
    for document_id in {row["document_id"] for row in rows if row["document_id"] is not None}:
        used = connection.execute("SELECT 1 FROM tasks WHERE document_id = ? LIMIT 1", (document_id,)).fetchone()
        if not used:
            found = connection.execute(
                "DELETE FROM documents WHERE document_id = ? RETURNING blob_id", (document_id,)
            ).fetchall()
            dropped += drop_blobs(connection, [row["blob_id"] for row in found])
    return dropped
