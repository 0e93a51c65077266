"""What callers do with tasks: create, read, list, cancel, delete; and what time does: expire."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chunkr_integrations.server._problems import bad_request, no_task
from chunkr_integrations.server._removal import add_blob, drop_blobs, fail_waiting, remove_tasks
from chunkr_integrations.server._rows import DocumentRow, TaskRow, from_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from chunkr_integrations.server._blobs import Blob, Blobs
    from chunkr_integrations.server._database import Connection, Database

__all__ = ["KEEP_PROMISE", "Idempotency", "NewTask", "Page", "TaskStore"]

_DAY = 24 * 3600 * 1_000_000
_COLUMNS = tuple(field.name for field in dataclasses.fields(TaskRow))
_INSERT = f"INSERT INTO tasks ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - our own names
KEEP_PROMISE = (
    "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner, key) DO UPDATE SET "
    "digest = excluded.digest, made = excluded.made, created_at = excluded.created_at"
)
_SWEEP = 200  # tasks deleted in one transaction


@dataclass(frozen=True)
class Idempotency:
    """The promise that one request, sent several times, creates one thing."""

    key: str
    digest: str  # of what the request asks for


@dataclass(frozen=True)
class NewTask:
    """A task to be created, as its request gives it."""

    owner: str
    configuration: str  # JSON, as the answer echoes it
    server_version: str
    client_version: str  # JSON
    file_name: str
    expires_in: int | None = None  # seconds
    sent_type: str | None = None
    mime_type: str | None = None
    source_url: str | None = None
    blob: Blob | None = None  # a new content
    file_id: str | None = None  # or the content of an uploaded file


@dataclass(frozen=True)
class Page:
    """What of a list is asked for. Times in microseconds since 1970."""

    limit: int
    cursor: int | None = None  # begin after the row of this time
    start: int | None = None
    end: int | None = None
    ascending: bool = False


class TaskStore:
    """Tasks in the database. Every method takes the owner whose tasks are to be seen.

    Args:
        database: Where the rows are.
        blobs: Where the contents are.
        clock: Seconds since 1970; None: the database's.
    """

    def __init__(self, database: Database, blobs: Blobs, *, clock: Callable[[], float] | None = None) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock or database.clock

    @property
    def is_remote(self) -> bool:
        """See `Database.is_remote`."""
        return self._database.is_remote

    # ------------------------------------------------------------------------------------------- create
    def create_parse(self, new: NewTask, promise: Idempotency | None = None) -> TaskRow:
        """A parse task, accepted: it will end, whatever dies.

        Raises:
            Problem: The file is gone, or the Idempotency-Key stands for another request.
        """
        with self._database.write(last=True) as connection:
            if (found := self._promised(connection, new.owner, promise)) is not None:
                return found
            made = self._insert_parse(connection, new, implied=False)
            self._promise(connection, new.owner, promise, made.task_id)
            return made

    def create_extract(self, new: NewTask, parse_configuration: str, promise: Idempotency | None = None) -> TaskRow:
        """An extraction from a raw document, and the parse task that it implies."""
        with self._database.write(last=True) as connection:
            if (found := self._promised(connection, new.owner, promise)) is not None:
                return found
            parse = self._insert_parse(
                connection, dataclasses.replace(new, configuration=parse_configuration), implied=True
            )
            made = self._insert(connection, new, "Extract", "wait", parse_task_id=parse.task_id, blob_id=parse.blob_id)
            self._promise(connection, new.owner, promise, made.task_id)
            return made

    def create_extract_on(self, new: NewTask, parse_task_id: str, promise: Idempotency | None = None) -> TaskRow:
        """An extraction from a parse task; it waits when that one has not ended.

        Raises:
            Problem: 400; there is no such parse task.
        """
        with self._database.write(last=True) as connection:
            if (found := self._promised(connection, new.owner, promise)) is not None:
                return found
            parse = self._visible(connection, new.owner, parse_task_id)
            if parse is None:
                raise bad_request("Task not found: file names no parse task. It may have expired or been deleted.")
            if parse.task_type != "Parse":
                raise bad_request("Invalid file: this task_id is not that of a parse task. Use its parse_task_id.")
            taken = {
                name: getattr(parse, name)
                for name in ("blob_id", "page_count", "cell_count", "mime_type", "source_url", "document_id")
            }
            stage = "run" if parse.completed else "wait"
            new = dataclasses.replace(new, file_name=parse.file_name)
            made = self._insert(connection, new, "Extract", stage, parse_task_id=parse.task_id, **taken)
            self._promise(connection, new.owner, promise, made.task_id)
            return made

    def promised(self, owner: str, promise: Idempotency | None) -> TaskRow | None:
        """The task that an earlier request with this key created; None when there was none.

        Raises:
            Problem: 400; the key stands for another request.
        """
        if promise is None:
            return None
        with self._database.read() as connection:
            return self._promised(connection, owner, promise)

    def _insert_parse(self, connection: Connection, new: NewTask, *, implied: bool) -> TaskRow:
        taken: dict[str, Any] = {}
        if new.blob is not None:
            add_blob(connection, new.blob.blob_id, new.blob.size, new.blob.sha256)
            taken = {"blob_id": new.blob.blob_id}
        elif new.file_id is not None:
            found = connection.execute(
                "SELECT blob_id FROM files WHERE file_id = ? AND owner = ? AND deleted_at IS NULL",
                (new.file_id, new.owner),
            ).fetchone()
            if found is None:
                raise bad_request("File not found: file names no uploaded file. It may have been deleted.")
            taken = {"blob_id": found["blob_id"]}
        stage = "fetch" if new.source_url is not None else "run"
        return self._insert(connection, new, "Parse", stage, implied=int(implied), **taken)

    def _insert(self, connection: Connection, new: NewTask, kind: str, stage: str, **more: Any) -> TaskRow:
        last = connection.execute("SELECT MAX(created_at) FROM tasks").fetchone()[0] or 0
        now = max(self._now(), last + 1)
        given: dict[str, Any] = {
            "mime_type": new.mime_type,
            "source_url": new.source_url,
            **more,
        }
        task = TaskRow(
            task_id=str(uuid.uuid4()),
            owner=new.owner,
            task_type=kind,
            status="Starting",
            stage=stage,
            message="Waiting for the parse task" if stage == "wait" else "Task queued",
            created_at=now,
            expires_at=None if new.expires_in is None else now + new.expires_in * 1_000_000,
            configuration=new.configuration,
            server_version=new.server_version,
            client_version=new.client_version,
            file_name=new.file_name,
            sent_type=new.sent_type,
            **given,
        )
        connection.execute(_INSERT, [getattr(task, name) for name in _COLUMNS])
        return task

    def _promised(self, connection: Connection, owner: str, promise: Idempotency | None) -> TaskRow | None:
        if promise is None:
            return None
        row = connection.execute(
            "SELECT digest, made FROM idempotency WHERE owner = ? AND key = ? AND created_at > ?",
            (owner, promise.key, self._now() - _DAY),
        ).fetchone()
        if row is None:
            return None
        if row["digest"] != promise.digest:
            raise bad_request("The Idempotency-Key was used for another request. Use a new key for a new request.")
        return self._visible(connection, owner, row["made"])

    def _promise(self, connection: Connection, owner: str, promise: Idempotency | None, made: str) -> None:
        if promise is not None:
            connection.execute(
                KEEP_PROMISE,
                (owner, promise.key, promise.digest, made, self._now()),
            )

    # --------------------------------------------------------------------------------------------- read
    def get(self, owner: str, task_id: str) -> TaskRow:
        """A task.

        Raises:
            Problem: 404; there is none that this owner may see.
        """
        with self._database.read() as connection:
            found = self._visible(connection, owner, task_id)
        if found is None:
            raise no_task()
        return found

    def find(self, task_id: str) -> TaskRow | None:
        """A task of any owner, for links that carry their own permission."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM tasks WHERE task_id = ? AND (expires_at IS NULL OR expires_at > ?)",
                (task_id, self._now()),
            ).fetchone()
            return None if row is None else from_row(TaskRow, row)

    def output(self, task_id: str) -> bytes | None:
        """The output of a finished extraction, as JSON."""
        with self._database.read() as connection:
            row = connection.execute("SELECT json FROM outputs WHERE task_id = ?", (task_id,)).fetchone()
            return None if row is None else bytes(row["json"])

    def document(self, document_id: str) -> DocumentRow | None:
        """A parsed document; None when it is gone."""
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM documents WHERE document_id = ?", (document_id,)).fetchone()
            return None if row is None else from_row(DocumentRow, row)

    def sha256(self, blob_id: str) -> str | None:
        """The digest of a content; None when it is gone."""
        with self._database.read() as connection:
            row = connection.execute("SELECT sha256 FROM blobs WHERE blob_id = ?", (blob_id,)).fetchone()
            return None if row is None else str(row["sha256"])

    def page(
        self, owner: str, page: Page, *, statuses: tuple[str, ...] = (), task_types: tuple[str, ...] = ()
    ) -> tuple[list[TaskRow], bool]:
        """One page of tasks, and whether there are more."""
        where, values = page_conditions(page)
        for column, wanted in (("status", statuses), ("task_type", task_types)):
            if wanted:
                where.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values += wanted
        order = "ASC" if page.ascending else "DESC"
        sql = (
            f"SELECT * FROM tasks WHERE owner = ? AND (expires_at IS NULL OR expires_at > ?) "  # noqa: S608 - our own text
            f"{''.join(f' AND {each}' for each in where)} ORDER BY created_at {order} LIMIT ?"
        )
        with self._database.read() as connection:
            rows = connection.execute(sql, (owner, self._now(), *values, page.limit + 1)).fetchall()
        return [from_row(TaskRow, row) for row in rows[: page.limit]], len(rows) > page.limit

    # -------------------------------------------------------------------------------------------- change
    def cancel(self, owner: str, task_id: str) -> None:
        """Cancel a task that has not begun, with the parse task that only it wanted.

        Raises:
            Problem: 404 when there is none, 400 when it has begun.
        """
        with self._database.write() as connection:
            task = self._visible(connection, owner, task_id, lock=self._database.for_update)
            if task is None:
                raise no_task()
            if task.status != "Starting":
                raise bad_request(f"Task cannot be cancelled: it is {task.status}. Only Starting tasks can be.")
            dropped = self._cancel(connection, task)
            if task.parse_task_id is not None:
                dropped += self._cancel_implied(connection, task.parse_task_id)
        self._blobs.remove(dropped)

    def delete(self, owner: str, task_id: str) -> None:
        """Delete a task that has succeeded or failed, with its output and what only it needed.

        Raises:
            Problem: 404 when there is none, 400 in another state.
        """
        with self._database.write() as connection:
            task = self._visible(connection, owner, task_id, lock=self._database.for_update)
            if task is None:
                raise no_task()
            if task.status not in ("Succeeded", "Failed"):
                raise bad_request(
                    f"Task cannot be deleted: it is {task.status}. Only Succeeded and Failed tasks can be."
                )
            rows = connection.execute("SELECT * FROM tasks WHERE task_id = ?", (task_id,)).fetchall()
            dropped = remove_tasks(connection, rows, self._now())
        self._blobs.remove(dropped)

    def sweep(self, *, keep: float | None = None) -> int:
        """Delete tasks whose time has run out; gives how many. What is left is seen at the next call.

        Args:
            keep: Seconds that finished tasks without an expiry of their own are kept; None: for ever.
        """
        now = self._now()
        kept_since = -1 if keep is None else now - int(keep * 1_000_000)
        with self._database.read() as connection:
            due = connection.execute(
                "SELECT 1 FROM tasks WHERE expires_at <= ? UNION ALL "
                "SELECT 1 FROM tasks WHERE expires_at IS NULL AND finished_at <= ? UNION ALL "
                "SELECT 1 FROM idempotency WHERE created_at <= ? LIMIT 1",
                (now, kept_since, now - _DAY),
            ).fetchone()
        if due is None:
            return 0
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT * FROM tasks WHERE expires_at <= ? UNION ALL "
                "SELECT * FROM tasks WHERE expires_at IS NULL AND finished_at <= ? LIMIT ?",
                (now, kept_since, _SWEEP),
            ).fetchall()
            dropped = remove_tasks(connection, rows, now)
            connection.execute("DELETE FROM idempotency WHERE created_at <= ?", (now - _DAY,))
        self._blobs.remove(dropped)
        return len(rows)

    def unknown_blobs(self, blob_ids: list[str]) -> list[str]:
        """Those contents that have no row."""
        with self._database.read() as connection:
            return [
                blob_id
                for blob_id in blob_ids
                if connection.execute("SELECT 1 FROM blobs WHERE blob_id = ?", (blob_id,)).fetchone() is None
            ]

    def _cancel(self, connection: Connection, task: TaskRow) -> list[str]:
        now = self._now()
        connection.execute(
            "UPDATE tasks SET status = 'Cancelled', stage = '', message = 'Task cancelled', finished_at = ?, "
            "blob_id = NULL WHERE task_id = ?",
            (now, task.task_id),
        )
        if task.task_type == "Parse":
            fail_waiting(connection, task.task_id, "The parse task was cancelled.", now)
        return drop_blobs(connection, [task.blob_id])

    def _cancel_implied(self, connection: Connection, parse_task_id: str) -> list[str]:
        """Cancel a parse task that no caller asked for and no other extraction waits for."""
        parse = connection.execute(
            "SELECT * FROM tasks WHERE task_id = ? AND implied = 1 AND status = 'Starting' AND NOT EXISTS "  # noqa: S608 - our own text
            "(SELECT 1 FROM tasks other WHERE other.parse_task_id = tasks.task_id AND other.status = 'Starting')"
            f"{self._database.for_update}",
            (parse_task_id,),
        ).fetchone()
        return [] if parse is None else self._cancel(connection, from_row(TaskRow, parse))

    def _visible(self, connection: Connection, owner: str, task_id: str, *, lock: str = "") -> TaskRow | None:
        row = connection.execute(
            f"SELECT * FROM tasks WHERE task_id = ? AND owner = ? AND (expires_at IS NULL OR expires_at > ?){lock}",  # noqa: S608 - our own text
            (task_id.lower(), owner, self._now()),
        ).fetchone()
        return None if row is None else from_row(TaskRow, row)

    def _now(self) -> int:
        return int(self._clock() * 1_000_000)


def page_conditions(page: Page) -> tuple[list[str], list[Any]]:
    """The part of WHERE that a page is, and its values."""
    conditions = {
        "created_at > ?" if page.ascending else "created_at < ?": page.cursor,
        "created_at >= ?": page.start,
        "created_at <= ?": page.end,
    }
    wanted = {sql: value for sql, value in conditions.items() if value is not None}
    return list(wanted), list(wanted.values())
