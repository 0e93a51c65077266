"""SQLite: one writing connection behind a lock, a few reading ones, and the tables.

Times are whole microseconds since 1970, UTC. `created_at` is unique over all tasks, and over all files, so that a
timestamp is an exact cursor.
"""

from __future__ import annotations

import contextlib
import queue
import secrets
import sqlite3
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Database"]

_OLDEST = (3, 35, 0)  # UPDATE ... RETURNING
_BUSY = 30.0  # seconds to wait for another process's write
_FORMAT = "1"

# The tasks table is the queue (docs/adr/0002). `stage` says what an unfinished task waits for: "fetch" (its URL),
# "wait" (its parse task), "run" (a worker). Three partial indexes are for the two queries of a worker and the one of a
# fetcher.
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tasks (
    task_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    task_type TEXT NOT NULL,
    status TEXT NOT NULL,
    stage TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    expires_at INTEGER,
    configuration TEXT NOT NULL,
    server_version TEXT NOT NULL,
    client_version TEXT NOT NULL,
    file_name TEXT NOT NULL,
    sent_type TEXT,
    mime_type TEXT,
    source_url TEXT,
    blob_id TEXT,
    page_count INTEGER,
    cell_count INTEGER,
    parse_task_id TEXT,
    implied INTEGER NOT NULL DEFAULT 0,
    document_id TEXT,
    lease TEXT,
    leased_until INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS tasks_created ON tasks (created_at);
CREATE INDEX IF NOT EXISTS tasks_owner ON tasks (owner, created_at);
CREATE INDEX IF NOT EXISTS tasks_ready ON tasks (created_at) WHERE status = 'Starting' AND stage = 'run';
CREATE INDEX IF NOT EXISTS tasks_leased ON tasks (leased_until) WHERE status = 'Processing';
CREATE INDEX IF NOT EXISTS tasks_remote ON tasks (leased_until, created_at)
    WHERE status = 'Starting' AND stage = 'fetch';
CREATE INDEX IF NOT EXISTS tasks_expiry ON tasks (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_finished ON tasks (finished_at) WHERE expires_at IS NULL;
CREATE INDEX IF NOT EXISTS tasks_parse ON tasks (parse_task_id) WHERE parse_task_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_blob ON tasks (blob_id) WHERE blob_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_document ON tasks (document_id) WHERE document_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS outputs (task_id TEXT PRIMARY KEY, json BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS blobs (
    blob_id TEXT PRIMARY KEY, size INTEGER NOT NULL, sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    document_id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    blob_id TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    page_count INTEGER NOT NULL,
    cell_count INTEGER,
    notes TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS documents_blob ON documents (blob_id);
CREATE TABLE IF NOT EXISTS files (
    file_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    file_name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    file_size INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    blob_id TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS files_created ON files (created_at);
CREATE INDEX IF NOT EXISTS files_owner ON files (owner, created_at) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS files_blob ON files (blob_id) WHERE blob_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS idempotency (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    made TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idempotency_age ON idempotency (created_at);
"""


class Database:
    """The server's tables.

    Args:
        path: The file; must be on a local disk, because WAL needs shared memory.
        durable: False for a database that does not outlive the process.
    """

    def __init__(self, path: Path, *, durable: bool) -> None:
        if sqlite3.sqlite_version_info < _OLDEST:
            raise RuntimeError(
                f"SQLite {sqlite3.sqlite_version} is too old: the server needs 3.35. Use a newer Python build."
            )
        self._path = path
        self._durable = durable
        self._lock = Lock()
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._closed = False
        self._watcher: sqlite3.Connection | None = None
        self._writer = self._connect()
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.executescript(_TABLES)
        with contextlib.suppress(sqlite3.OperationalError):  # it is there, but in folders of versions before 0.2
            self._writer.execute("ALTER TABLE documents ADD COLUMN notes TEXT NOT NULL DEFAULT ''")
        found = self.constant("format", _FORMAT)
        if found != _FORMAT:
            raise RuntimeError(f"{path} was written by another version of this server. Use a new data folder.")
        path.chmod(0o600)

    def constant(self, name: str, value: str | None = None) -> str:
        """A value that is chosen once for each database: the first one given, or a random one."""
        with self.write() as connection:
            connection.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", (name, value or secrets.token_hex(32))
            )
            return str(connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0])

    @contextlib.contextmanager
    def write(self, *, last: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction that writes, one at a time; an exception undoes it.

        Args:
            last: Wait until it is on the disk. Without, a loss of power (not the death of a process) may undo the
                newest transactions; that costs work done twice, while an accepted task must not be lost.
        """
        with self._lock:
            level = 0 if not self._durable else 2 if last else 1
            self._writer.execute(f"PRAGMA synchronous = {level}")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with, while others write; each statement sees one state."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._connect()
        try:
            yield connection
        finally:
            if self._closed:
                connection.close()
            else:
                self._idle.put(connection)

    def version(self) -> int:
        """A number that changes when anything was written, by this process or another; for one thread only."""
        if self._watcher is None:
            self._watcher = self._connect()
        return int(self._watcher.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close all connections; a later use raises `sqlite3.ProgrammingError`."""
        self._closed = True
        with self._lock:
            self._writer.close()
        if self._watcher is not None:
            self._watcher.close()
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("the database is closed")
        connection = sqlite3.connect(self._path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection
