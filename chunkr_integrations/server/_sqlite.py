"""SQLite: one writing connection behind a lock, and a few reading ones."""

from __future__ import annotations

import contextlib
import queue
import secrets
import sqlite3
import time
from threading import Lock
from typing import TYPE_CHECKING

from chunkr_integrations.server._migrations import META, MIGRATIONS, missing_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["SQLiteDatabase"]

_OLDEST = (3, 35, 0)  # UPDATE ... RETURNING
_TELL = """
    INSERT INTO webhook_deliveries (message_id, endpoint_id, task_id, task_type, status, message)
    SELECT 'msg_' || lower(hex(randomblob(16))), endpoint_id, NEW.task_id, NEW.task_type, NEW.status, NEW.message
    FROM webhook_endpoints WHERE disabled_at IS NULL;
"""
# What only SQLite spells so, with the step that it belongs to.
_OWN: Mapping[int, tuple[str, ...]] = {
    3: (
        f"CREATE TRIGGER tasks_created AFTER INSERT ON tasks BEGIN {_TELL} END",
        f"""CREATE TRIGGER tasks_changed AFTER UPDATE OF status ON tasks WHEN OLD.status <> NEW.status
            BEGIN {_TELL} END""",
    ),
}
_BUSY = 30.0  # seconds to wait for another process's write


class SQLiteDatabase:
    """See `Database`; for the processes of one machine.

    Args:
        path: The file; must be on a local disk, because WAL needs shared memory.
        durable: False for a database that does not outlive the process.
    """

    is_remote = False
    for_update = ""
    skip_locked = ""

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
        try:
            self._writer.execute("PRAGMA journal_mode = WAL")
            self._migrate()
        except BaseException:
            self._writer.close()
            raise
        path.chmod(0o600)

    def clock(self) -> float:
        """See `Database.clock`: this machine's, there is only one."""
        return time.time()

    def constant(self, name: str) -> str:
        """See `Database.constant`."""
        with self.write() as connection:
            connection.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", (name, secrets.token_hex(32)))
            return str(connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0])

    @contextlib.contextmanager
    def write(self, *, last: bool = False) -> Iterator[sqlite3.Connection]:
        """See `Database.write`."""
        with self._lock:
            level = 0 if not self._durable else 2 if last else 1
            self._writer.execute(f"PRAGMA synchronous = {level}")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:  # SQLite may have undone it by itself, as when the disk is full
                    self._writer.execute("ROLLBACK")
                raise

    def write_row(self, *, lasting: bool = True) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        """See `Database.write_row`: as any other write; what a process has written, its death does not undo."""
        del lasting
        return self.write()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """See `Database.read`."""
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
        """See `Database.version`."""
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

    def _migrate(self) -> None:
        with self.write(last=True) as connection:
            connection.execute(META)
            row = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
            steps = missing_steps(None if row is None else row[0])
            for number, step in enumerate(steps, len(MIGRATIONS) - len(steps) + 1):
                for statement in (*step, *_OWN.get(number, ())):
                    connection.execute(statement)
            connection.execute(
                "INSERT INTO meta VALUES ('format', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (str(len(MIGRATIONS)),),
            )

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("the database is closed")
        connection = sqlite3.connect(self._path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection
