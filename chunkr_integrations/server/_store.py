"""Tasks and files in SQLite; the table of tasks is the queue.

A worker takes a task by writing a lease into its row. A lease that has run out, because its worker died, makes the task
free again, a bounded number of times. A row changes from `Processing` to a final status once, by the holder of its lease.
Times are seconds since the epoch, in UTC.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FINAL", "FileRow", "NewTask", "Store", "TaskRow"]

FINAL = ("Succeeded", "Failed", "Cancelled")
ATTEMPTS = 3  # starts of one task, after which it fails
KEPT_KEYS = 24 * 3600.0  # seconds that an Idempotency-Key is remembered

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    ready INTEGER NOT NULL,       -- 0: waits for its parse task
    message TEXT NOT NULL,
    created REAL NOT NULL,
    started REAL,
    finished REAL,
    expires REAL,
    configuration TEXT NOT NULL,  -- as the request said it, JSON
    client TEXT NOT NULL,         -- version_info.client_version, JSON
    name TEXT,
    blob TEXT,                    -- sha256 of the document; NULL while a URL has not been fetched
    url TEXT,                     -- where to fetch the document
    mime_type TEXT,
    page_count INTEGER,
    cell_count INTEGER,
    parse_task_id TEXT,
    parsed TEXT,                  -- name of the parsed document
    output TEXT,                  -- JSON
    lease TEXT,
    lease_until REAL,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS tasks_waiting ON tasks (seq) WHERE status = 'Starting' AND ready = 1;
CREATE INDEX IF NOT EXISTS tasks_leased ON tasks (lease_until) WHERE status = 'Processing' AND lease IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_listed ON tasks (owner, created);
CREATE INDEX IF NOT EXISTS tasks_expiring ON tasks (expires) WHERE expires IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_of_parse ON tasks (parse_task_id) WHERE parse_task_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_of_blob ON tasks (blob);
CREATE INDEX IF NOT EXISTS tasks_of_parsed ON tasks (parsed);
CREATE TABLE IF NOT EXISTS files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    created REAL NOT NULL,
    blob TEXT,                    -- NULL: deleted; the rest is kept for audit
    deleted REAL
);
CREATE INDEX IF NOT EXISTS files_listed ON files (owner, created);
CREATE INDEX IF NOT EXISTS files_of_blob ON files (blob);
CREATE TABLE IF NOT EXISTS idempotency (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,        -- sha256 of what was asked
    made TEXT NOT NULL,           -- the id of the task or file
    created REAL NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class NewTask:
    """What a create asks for."""

    owner: str
    type: str
    configuration: Mapping[str, Any]
    client: Any
    name: str | None = None
    blob: str | None = None
    url: str | None = None
    mime_type: str | None = None
    parse_task_id: str | None = None
    expires_in: int | None = None


@dataclass(frozen=True)
class TaskRow:
    """A task as it is stored; see the table."""

    seq: int
    task_id: str
    owner: str
    type: str
    status: str
    ready: int
    message: str
    created: float
    started: float | None
    finished: float | None
    expires: float | None
    configuration: str
    client: str
    name: str | None
    blob: str | None
    url: str | None
    mime_type: str | None
    page_count: int | None
    cell_count: int | None
    parse_task_id: str | None
    parsed: str | None
    output: str | None
    lease: str | None
    lease_until: float | None
    attempts: int


@dataclass(frozen=True)
class FileRow:
    """A file as it is stored; see the table."""

    seq: int
    file_id: str
    owner: str
    name: str
    mime_type: str
    size: int
    metadata: str
    created: float
    blob: str | None
    deleted: float | None


class Store:
    """The database; may be shared by threads, each has its own connection, and by processes."""

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with self._writing() as db:
            db.executescript(_SCHEMA)

    # --- tasks ----------------------------------------------------------------------------------------------------

    def create(self, new: NewTask, *, key: str | None = None, request: str = "") -> tuple[TaskRow, bool]:
        """Store a task, and the parse task it implies; or find the one that the same key has made.

        Returns:
            The task, and whether it is new.

        Raises:
            KeyError: The key was used for another request.
        """
        with self._writing() as db:
            made = self._made_before(db, new.owner, key, request)
            if made is not None:
                return self._task(db, made), False
            parse_id, ready = new.parse_task_id, True
            if new.type == "Extract" and parse_id is None:
                parse = NewTask(**{**vars(new), "type": "Parse", "configuration": _parse_part(new.configuration)})
                parse_id = self._insert(db, parse, parse_task_id=None, ready=False)
            elif parse_id is not None:
                ready = db.execute("SELECT status FROM tasks WHERE task_id = ?", (parse_id,)).fetchone()[0] in FINAL
            task_id = self._insert(db, new, parse_task_id=parse_id, ready=ready)
            self._remember(db, new.owner, key, request, task_id)
            return self._task(db, task_id), True

    def _insert(self, db: sqlite3.Connection, new: NewTask, *, parse_task_id: str | None, ready: bool) -> str:
        task_id, now = str(uuid.uuid4()), self._now()
        row = {
            "task_id": task_id,
            "owner": new.owner,
            "type": new.type,
            "status": "Starting",
            "ready": int(ready),
            "message": "Task queued",
            "created": now,
            "expires": None if new.expires_in is None else now + new.expires_in,
            "configuration": json.dumps(new.configuration, ensure_ascii=False),
            "client": json.dumps(new.client),
            "name": new.name,
            "blob": new.blob,
            "url": new.url,
            "mime_type": new.mime_type,
            "parse_task_id": parse_task_id,
        }
        marks = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO tasks ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))  # noqa: S608 - own names
        return task_id

    def task(self, task_id: str, owner: str | None = None) -> TaskRow | None:
        """The task, if it is the owner's and has not expired; None for `owner` asks for anybody's."""
        found = self._rows(TaskRow, "SELECT * FROM tasks WHERE task_id = ?", (task_id,))
        if not found or (owner is not None and found[0].owner != owner):
            return None
        expired = found[0].expires is not None and found[0].expires <= self._now()
        return None if expired else found[0]

    def tasks(self, where: Mapping[str, Any], *, newest_first: bool, limit: int) -> list[TaskRow]:
        """Tasks in the order of their creation.

        Args:
            where: `owner`, and any of `statuses`, `types`, `after`, `before` (exclusive, seconds), `start`, `end`.
            newest_first: The order.
            limit: At most so many.
        """
        sql, values = ["owner = ?", "(expires IS NULL OR expires > ?)"], [where["owner"], self._now()]
        for column, several in (("status", where.get("statuses")), ("type", where.get("types"))):
            if several:
                sql.append(f"{column} IN ({', '.join('?' * len(several))})")
                values += several
        return self._listed(TaskRow, "tasks", (sql, values), where, newest_first=newest_first, limit=limit)

    def cancel(self, task_id: str) -> bool:
        """Whether the task was still `Starting`, and so could be cancelled; its own parse task goes with it."""
        with self._writing() as db:
            now = self._now()
            done = db.execute(
                "UPDATE tasks SET status = 'Cancelled', message = 'Task cancelled', finished = ? "
                "WHERE task_id = ? AND status = 'Starting' RETURNING parse_task_id",
                (now, task_id),
            ).fetchone()
            if done and done[0]:
                db.execute(
                    "UPDATE tasks SET status = 'Cancelled', message = 'Task cancelled', finished = ? "
                    "WHERE task_id = ? AND status = 'Starting' AND ready = 0",
                    (now, done[0]),
                )
            return done is not None

    def delete(self, task_id: str) -> bool:
        """Whether the task was final, and so could be deleted."""
        with self._writing() as db:
            done = db.execute(
                "DELETE FROM tasks WHERE task_id = ? AND status IN ('Succeeded', 'Failed', 'Cancelled')", (task_id,)
            )
            return done.rowcount > 0

    def delete_expired(self) -> int:
        """Delete what has expired, whatever its status; gives how many."""
        with self._writing() as db:
            return db.execute("DELETE FROM tasks WHERE expires <= ?", (self._now(),)).rowcount

    # --- the queue ------------------------------------------------------------------------------------------------

    def claim(self, *, seconds: float) -> TaskRow | None:
        """Take the oldest task that waits, or one whose worker is gone; None when there is none.

        A task that has been started too often fails here.
        """
        with self._writing() as db:
            while True:
                now = self._now()
                # Two queries, because one with OR walks the whole queue (measured: 311 claims a second).
                found = db.execute(
                    "SELECT task_id, attempts FROM tasks WHERE status = 'Starting' AND ready = 1 ORDER BY seq LIMIT 1"
                ).fetchone()
                found = (
                    found
                    or db.execute(
                        "SELECT task_id, attempts FROM tasks WHERE status = 'Processing' AND lease IS NOT NULL "
                        "AND lease_until < ? ORDER BY lease_until LIMIT 1",
                        (now,),
                    ).fetchone()
                )
                if found is None:
                    return None
                task_id, attempts = found
                if attempts >= ATTEMPTS:
                    text = (
                        f"The task was started {attempts} times and its worker ended each time. Send another document"
                    )
                    self._end(db, task_id, "Failed", text)
                    continue
                db.execute(
                    "UPDATE tasks SET status = 'Processing', message = 'Task processing', lease = ?, lease_until = ?, "
                    "attempts = attempts + 1, started = coalesce(started, ?) WHERE task_id = ?",
                    (str(uuid.uuid4()), now + seconds, now, task_id),
                )
                return self._task(db, task_id)

    def renew(self, leases: Sequence[str], *, seconds: float) -> None:
        """Keep the leases of tasks that are still being worked on."""
        with self._writing() as db:
            until = self._now() + seconds
            db.executemany("UPDATE tasks SET lease_until = ? WHERE lease = ?", [(until, lease) for lease in leases])

    def release(self, task: TaskRow) -> None:
        """Give a task back that could not be worked on; the start counts."""
        with self._writing() as db:
            db.execute(
                "UPDATE tasks SET status = 'Starting', lease = NULL, lease_until = NULL WHERE task_id = ? AND lease = ?",
                (task.task_id, task.lease),
            )

    def found_out(self, task: TaskRow, **facts: Any) -> None:
        """Note what was learnt of the document, on the task and its own parse task."""
        columns = ", ".join(f"{name} = ?" for name in facts)
        with self._writing() as db:
            sql = f"UPDATE tasks SET {columns} WHERE task_id IN (?, ?) AND status NOT IN ('Failed', 'Cancelled')"  # noqa: S608 - own names
            db.execute(sql, (*facts.values(), task.task_id, task.parse_task_id))

    def parsed(self, task: TaskRow) -> None:
        """The parse task that came with this task is done."""
        with self._writing() as db:
            now = self._now()
            db.execute(
                "UPDATE tasks SET status = 'Succeeded', message = 'Task succeeded', started = ?, finished = ? "
                "WHERE task_id = ? AND status = 'Starting' AND ready = 0",
                (task.started or now, now, task.parse_task_id),
            )

    def end(self, task: TaskRow, status: str, message: str, output: str | None = None) -> bool:
        """Give a task its final status; False when the lease was lost, and another worker has the task."""
        with self._writing() as db:
            return self._end(db, task.task_id, status, message, output=output, lease=task.lease)

    def _end(
        self,
        db: sqlite3.Connection,
        task_id: str,
        status: str,
        message: str,
        *,
        output: str | None = None,
        lease: str | None = None,
    ) -> bool:
        now = self._now()
        ended = db.execute(
            "UPDATE tasks SET status = ?, message = ?, output = ?, finished = ?, lease = NULL, lease_until = NULL "
            "WHERE task_id = ? AND status IN ('Processing', 'Starting') AND (? IS NULL OR lease = ?) "
            "RETURNING parse_task_id",
            (status, message, output, now, task_id, lease, lease),
        ).fetchone()
        if ended is None:
            return False
        if status == "Failed" and ended[0]:  # its own parse task, if that had not ended
            db.execute(
                "UPDATE tasks SET status = 'Failed', message = ?, finished = ? "
                "WHERE task_id = ? AND status = 'Starting' AND ready = 0",
                (message, now, ended[0]),
            )
        db.execute("UPDATE tasks SET ready = 1 WHERE parse_task_id = ? AND ready = 0", (task_id,))
        return True

    # --- files ----------------------------------------------------------------------------------------------------

    def add_file(self, file: Mapping[str, Any], *, key: str | None = None, request: str = "") -> FileRow:
        """Store a file's facts: `owner`, `name`, `mime_type`, `size`, `metadata` (JSON), `blob`."""
        with self._writing() as db:
            made = self._made_before(db, file["owner"], key, request)
            if made is None:
                made = str(uuid.uuid4())
                db.execute(
                    "INSERT INTO files (file_id, owner, name, mime_type, size, metadata, created, blob) "
                    "VALUES (?, :owner, :name, :mime_type, :size, :metadata, ?, :blob)".replace(":owner", "?")
                    .replace(":name", "?")
                    .replace(":mime_type", "?")
                    .replace(":size", "?")
                    .replace(":metadata", "?")
                    .replace(":blob", "?"),
                    (
                        made,
                        file["owner"],
                        file["name"],
                        file["mime_type"],
                        file["size"],
                        file["metadata"],
                        self._now(),
                        file["blob"],
                    ),
                )
                self._remember(db, file["owner"], key, request, made)
            return FileRow(*db.execute("SELECT * FROM files WHERE file_id = ?", (made,)).fetchone())

    def file(self, file_id: str, owner: str) -> FileRow | None:
        """The file, if it is the owner's and not deleted."""
        found = self._rows(FileRow, "SELECT * FROM files WHERE file_id = ?", (file_id,))
        return found[0] if found and found[0].owner == owner and found[0].blob is not None else None

    def files(self, where: Mapping[str, Any], *, newest_first: bool, limit: int) -> list[FileRow]:
        """Files in the order of their creation; `where` as for tasks."""
        conditions: tuple[list[str], list[Any]] = (["owner = ?", "blob IS NOT NULL"], [where["owner"]])
        return self._listed(FileRow, "files", conditions, where, newest_first=newest_first, limit=limit)

    def delete_file(self, file_id: str) -> None:
        """Forget the content; what is needed for an audit stays."""
        with self._writing() as db:
            db.execute("UPDATE files SET blob = NULL, deleted = ? WHERE file_id = ?", (self._now(), file_id))

    def is_used(self, *, blob: str | None = None, parsed: str | None = None) -> bool:
        """Whether a task or file still needs a blob, or a task a parsed document."""
        sql = "SELECT 1 FROM tasks WHERE blob = ? UNION ALL SELECT 1 FROM files WHERE blob = ? LIMIT 1"
        if parsed is not None:
            return bool(self._read("SELECT 1 FROM tasks WHERE parsed = ? LIMIT 1", (parsed,)))
        return bool(self._read(sql, (blob, blob)))

    # --- the database ---------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    def _listed(
        self,
        row: type[Any],
        table: str,
        conditions: tuple[list[str], list[Any]],
        where: Mapping[str, Any],
        *,
        newest_first: bool,
        limit: int,
    ) -> list[Any]:
        sql, values = conditions
        for name, comparison in (("start", ">="), ("end", "<="), ("before", "<"), ("after", ">")):
            if where.get(name) is not None:
                sql.append(f"created {comparison} ?")
                values.append(where[name])
        order = "DESC" if newest_first else "ASC"
        text = f"SELECT * FROM {table} WHERE {' AND '.join(sql)} ORDER BY created {order}, seq {order} LIMIT ?"  # noqa: S608 - own names, values are bound
        return self._rows(row, text, (*values, limit))

    def _made_before(self, db: sqlite3.Connection, owner: str, key: str | None, request: str) -> str | None:
        if key is None:
            return None
        db.execute("DELETE FROM idempotency WHERE created < ?", (self._now() - KEPT_KEYS,))
        found = db.execute("SELECT request, made FROM idempotency WHERE owner = ? AND key = ?", (owner, key)).fetchone()
        if found is None:
            return None
        if found[0] != request:
            raise KeyError(key)
        return str(found[1])

    def _remember(self, db: sqlite3.Connection, owner: str, key: str | None, request: str, made: str) -> None:
        if key is not None:
            db.execute("INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)", (owner, key, request, made, self._now()))

    def _task(self, db: sqlite3.Connection, task_id: str) -> TaskRow:
        return TaskRow(*db.execute("SELECT * FROM tasks WHERE task_id = ?", (task_id,)).fetchone())

    def _rows(self, row: type[Any], sql: str, values: Sequence[Any]) -> list[Any]:
        return [row(*found) for found in self._read(sql, values)]

    def _read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        return self._connection().execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its beginning, so that what it reads stays true."""
        db = self._connection()
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        if db.in_transaction:  # a script commits by itself
            db.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        known: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if known is None:
            known = sqlite3.connect(self._path, isolation_level=None, timeout=60.0, check_same_thread=False)
            known.execute("PRAGMA journal_mode = WAL")
            known.execute("PRAGMA synchronous = NORMAL")
            self._local.connection = known
            with self._lock:
                self._connections.append(known)
        return known


def _parse_part(configuration: Mapping[str, Any]) -> dict[str, Any]:
    return dict(configuration.get("parse_configuration") or {})
