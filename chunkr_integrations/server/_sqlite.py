"""SQLite as the server uses it: one writer at a time, readers that never wait for it."""

from __future__ import annotations

import contextlib
import sqlite3
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Database"]

# A second of a time stamp is a million units: the cursor of a list is the time of its last row, so it must be exact.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    task_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    task_type TEXT NOT NULL,
    status TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    expires_at INTEGER,
    configuration TEXT NOT NULL,
    client_version TEXT NOT NULL,
    file_name TEXT,
    mime_type TEXT,
    page_count INTEGER,
    cell_count INTEGER,
    content_hash TEXT,
    source_url TEXT,
    parse_task_id TEXT,
    waiting INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tasks_ready ON tasks (created_at) WHERE status = 'Starting' AND waiting = 0;
CREATE INDEX IF NOT EXISTS tasks_leased ON tasks (lease_until) WHERE status = 'Processing';
CREATE INDEX IF NOT EXISTS tasks_waiting ON tasks (parse_task_id) WHERE waiting = 1;
CREATE INDEX IF NOT EXISTS tasks_expiring ON tasks (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_listed ON tasks (owner, created_at);
CREATE INDEX IF NOT EXISTS tasks_created ON tasks (created_at);
CREATE INDEX IF NOT EXISTS tasks_parsed ON tasks (owner, content_hash)
    WHERE task_type = 'Parse' AND status = 'Succeeded';
CREATE TABLE IF NOT EXISTS outputs (task_id TEXT PRIMARY KEY, output TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    file_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    file_name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    file_size INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_listed ON files (owner, created_at) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS files_created ON files (created_at);
CREATE TABLE IF NOT EXISTS idempotency (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    made TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idempotency_age ON idempotency (created_at);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_BUSY = 30.0  # seconds to wait for another process that writes
_VERSION = 1


class Database:
    """One connection for writing and one for reading, each guarded by a lock, usable from every thread.

    Args:
        path: The database file; made when it is not there.
        is_durable: Whether a commit survives a power failure; without it, it survives the death of the process.
    """

    def __init__(self, path: Path, *, is_durable: bool) -> None:
        self._write_lock, self._read_lock = RLock(), RLock()
        self._writer = _connect(path, is_durable=is_durable)
        try:
            _prepare(self._writer, path)
            self._reader = _connect(path, is_durable=is_durable)
        except BaseException:
            self._writer.close()
            raise

    def close(self) -> None:
        """Close both connections; nothing can be asked afterwards."""
        with self._read_lock:
            self._reader.close()
        with self._write_lock:
            self._writer.close()

    def read(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        """All rows of a SELECT."""
        with self._read_lock:
            return self._reader.execute(sql, parameters).fetchall()

    def read_one(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> sqlite3.Row | None:
        """The first row of a SELECT."""
        with self._read_lock:
            row: sqlite3.Row | None = self._reader.execute(sql, parameters).fetchone()
            return row

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of what is done within it, or nothing."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def setting(self, name: str, value: str) -> str:
        """The stored value of that name; `value` is stored when there is none yet."""
        with self.write() as connection:
            connection.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (name, value))
            return str(connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()[0])


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] > _VERSION:
        raise RuntimeError(
            f"The data folder {path.parent} was written by a newer chunkr-integrations. Update this one."
        )
    connection.executescript(_SCHEMA)
    connection.execute(f"PRAGMA user_version = {_VERSION}")


def _connect(path: Path, *, is_durable: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'OFF'}")
    connection.execute("PRAGMA secure_delete = FAST")
    return connection
