"""The tasks table as a queue: leases, so that a task outlives the process that works on it.

A worker takes a task by writing a lease with an end into its row, and renews it while it works. A task whose lease ran
out may be taken again, a bounded number of times. Only the holder of the lease can end the task, so it ends once.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from chunkr_integrations.server._removal import add_blob, fail_waiting
from chunkr_integrations.server._rows import DocumentRow, TaskRow, from_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chunkr_integrations.server._blobs import Blob
    from chunkr_integrations.server._database import Connection, Database

__all__ = ["Queue"]

# Two queries instead of one with OR: each has its own index.
_TAKE = (
    "UPDATE tasks SET status = 'Processing', message = 'Task is being processed', lease = :lease, "
    "leased_until = :until, attempts = attempts + 1, started_at = COALESCE(started_at, :now) WHERE task_id = ("
)
_LOST = f"""{_TAKE}
    SELECT task_id FROM tasks WHERE status = 'Processing' AND leased_until <= :now
    ORDER BY leased_until LIMIT 1{{skip_locked}}
) RETURNING *"""  # noqa: S608 - our own text
_NEXT = f"""{_TAKE}
    SELECT task_id FROM tasks WHERE status = 'Starting' AND stage = 'run' ORDER BY created_at LIMIT 1{{skip_locked}}
) RETURNING *"""  # noqa: S608 - our own text
_WAITING = """
SELECT EXISTS (SELECT 1 FROM tasks WHERE status = 'Processing' AND leased_until <= :now) AS lost,
    EXISTS (SELECT 1 FROM tasks WHERE status = 'Starting' AND stage = 'run') AS ready"""
_REMOTE = """
UPDATE tasks SET message = 'Fetching the document', lease = :lease, leased_until = :until, attempts = attempts + 1
WHERE task_id = (
    SELECT task_id FROM tasks WHERE status = 'Starting' AND stage = 'fetch' AND leased_until <= :now
    ORDER BY leased_until, created_at LIMIT 1{skip_locked}
) RETURNING *"""
_HELD = "task_id = :task_id AND lease = :lease AND status IN ('Processing', 'Starting')"


class Queue:
    """Tasks to be worked on.

    Args:
        database: Where the rows are.
        lease_seconds: How long a task is held without being renewed.
        clock: Seconds since 1970; None: the database's.
    """

    def __init__(
        self, database: Database, *, lease_seconds: float = 15.0, clock: Callable[[], float] | None = None
    ) -> None:
        self._database = database
        self._lease = int(lease_seconds * 1_000_000)
        self._clock = clock or database.clock

    def take(self) -> TaskRow | None:
        """A task to work on, leased; None when there is none. A lost one comes before a new one."""
        with self._database.read() as connection:
            found = connection.execute(_WAITING, {"now": self._now()}).fetchone()
        queries = [sql for sql, name in ((_LOST, "lost"), (_NEXT, "ready")) if found[name]]
        if not queries:
            return None
        with self._database.write_row(lasting=False) as connection:
            return self._first(connection, *queries)

    def take_remote(self) -> TaskRow | None:
        """A parse task whose document is to be fetched, leased; its status stays Starting."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT 1 FROM tasks WHERE status = 'Starting' AND stage = 'fetch' AND leased_until <= ? LIMIT 1",
                (self._now(),),
            ).fetchone()
        if found is None:
            return None
        with self._database.write_row(lasting=False) as connection:
            return self._first(connection, _REMOTE)

    def renew(self, held: Iterable[TaskRow]) -> None:
        """Hold tasks for another while."""
        until = self._now() + self._lease
        with self._database.write() as connection:
            connection.executemany(
                f"UPDATE tasks SET leased_until = :until WHERE {_HELD}",  # noqa: S608 - our own text
                [{"until": until, "task_id": task.task_id, "lease": task.lease} for task in held],
            )

    def release(self, task: TaskRow) -> None:
        """Give a task back unworked, for the next worker; the attempt does not count."""
        with self._database.write_row(lasting=False) as connection:
            if self._holds(connection, task):
                connection.execute(
                    "UPDATE tasks SET status = 'Starting', message = 'Task queued', lease = NULL, leased_until = 0, "
                    "attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END WHERE task_id = ?",
                    (task.task_id,),
                )

    def again(self, task: TaskRow) -> None:
        """Let a task be taken at once: the process that worked on it died. The attempt counts."""
        with self._database.write_row(lasting=False) as connection:
            if self._holds(connection, task):
                self._again(connection, task)

    def fetched(self, task: TaskRow, blob: Blob, *, file_name: str, sent_type: str | None) -> bool:
        """The document of a parse task is here; False when the task is no longer ours, and the content not taken."""
        with self._database.write(last=True) as connection:
            if not self._holds(connection, task):
                return False
            add_blob(connection, blob.blob_id, blob.size, blob.sha256)
            for column in ("task_id", "parse_task_id"):
                connection.execute(
                    f"UPDATE tasks SET blob_id = ?, file_name = ?, sent_type = ? WHERE {column} = ?"  # noqa: S608 - our own names
                    " AND status = 'Starting'",
                    (blob.blob_id, file_name, sent_type, task.task_id),
                )
            connection.execute(
                "UPDATE tasks SET stage = 'run', message = 'Task queued', lease = NULL, leased_until = 0, attempts = 0 "
                "WHERE task_id = ?",
                (task.task_id,),
            )
            return True

    def parsed_before(self, key: str) -> DocumentRow | None:
        """A document that was read from the same bytes, for the same owner, in the same way."""
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM documents WHERE key = ?", (key,)).fetchone()
            return None if row is None else from_row(DocumentRow, row)

    def parsed(self, task: TaskRow, document: DocumentRow, blob: Blob | None) -> bool:
        """End a parse task well, and wake the extractions that wait for it.

        Args:
            task: With its lease.
            document: What was read.
            blob: The document's new content; None when `document` was there before.

        Returns:
            Whether the content was taken: False when the task is no longer ours, or another task was quicker.
        """
        with self._database.write() as connection:
            if not self._holds(connection, task):
                return False
            row = connection.execute("SELECT * FROM documents WHERE key = ?", (document.key,)).fetchone()
            if row is None and blob is None:  # it was deleted in between: parse it after all
                self._again(connection, task)
                return False
            if row is None and blob is not None:
                add_blob(connection, blob.blob_id, blob.size, blob.sha256)
                connection.execute(
                    "INSERT INTO documents (document_id, key, blob_id, mime_type, page_count, cell_count, notes) "
                    "VALUES (:document_id, :key, :blob_id, :mime_type, :page_count, :cell_count, :notes)",
                    vars(document),
                )
            found = document if row is None else from_row(DocumentRow, row)
            facts = (found.document_id, found.mime_type, found.page_count, found.cell_count)
            self._end(connection, task, "Succeeded", _succeeded(found.notes))
            for column in ("task_id", "parse_task_id"):
                connection.execute(
                    "UPDATE tasks SET document_id = ?, mime_type = ?, page_count = ?, cell_count = ? "  # noqa: S608 - our own names
                    f"WHERE {column} = ? AND document_id IS NULL AND status NOT IN ('Failed', 'Cancelled')",
                    (*facts, task.task_id),
                )
            connection.execute(
                "UPDATE tasks SET stage = 'run', message = 'Task queued' "
                "WHERE parse_task_id = ? AND status = 'Starting' AND stage = 'wait'",
                (task.task_id,),
            )
            return row is None

    def extracted(self, task: TaskRow, output: bytes, notes: str = "") -> bool:
        """End an extraction well; False when the task is no longer ours.

        Args:
            task: With its lease.
            output: As JSON.
            notes: What was asked and could not be done.
        """
        with self._database.write_row() as connection:
            if not self._holds(connection, task):
                return False
            connection.execute("INSERT INTO outputs VALUES (?, ?)", (task.task_id, output))
            self._end(connection, task, "Succeeded", _succeeded(notes))
            return True

    def fail(self, task: TaskRow, message: str) -> bool:
        """End a task badly, and with a parse task the extractions that wait for it; False when it is no longer ours."""
        database = self._database
        with database.write() if task.task_type == "Parse" else database.write_row() as connection:
            if not self._holds(connection, task):
                return False
            self._end(connection, task, "Failed", message)
            if task.task_type == "Parse":
                fail_waiting(connection, task.task_id, message, self._now())
            return True

    def parse_failure(self, parse_task_id: str) -> str:
        """Why there is no document of a parse task."""
        with self._database.read() as connection:
            row = connection.execute("SELECT message FROM tasks WHERE task_id = ?", (parse_task_id,)).fetchone()
        return "The parse task was deleted or has expired." if row is None else str(row["message"])

    def _first(self, connection: Connection, *queries: str) -> TaskRow | None:
        now = self._now()
        values = {"lease": secrets.token_hex(16), "until": now + self._lease, "now": now}
        for query in queries:
            rows = connection.execute(query.format(skip_locked=self._database.skip_locked), values).fetchall()
            if rows:
                return from_row(TaskRow, rows[0])
        return None

    def _holds(self, connection: Connection, task: TaskRow) -> bool:
        sql = f"SELECT 1 FROM tasks WHERE {_HELD}{self._database.for_update}"  # noqa: S608 - our own text
        return connection.execute(sql, {"task_id": task.task_id, "lease": task.lease}).fetchone() is not None

    def _again(self, connection: Connection, task: TaskRow) -> None:
        connection.execute("UPDATE tasks SET leased_until = 0 WHERE task_id = ?", (task.task_id,))

    def _end(self, connection: Connection, task: TaskRow, status: str, message: str) -> None:
        now = self._now()
        connection.execute(
            "UPDATE tasks SET status = ?, stage = '', message = ?, lease = NULL, started_at = COALESCE(started_at, ?), "
            "finished_at = ? WHERE task_id = ?",
            (status, message, now, now, task.task_id),
        )

    def _now(self) -> int:
        return int(self._clock() * 1_000_000)


def _succeeded(notes: str) -> str:
    """The message of a task that succeeded: what was asked and not done is said there."""
    return f"Task succeeded. {notes}" if notes else "Task succeeded"
