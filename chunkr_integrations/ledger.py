"""What was asked before, and what came of it: no document is paid for twice, and a killed batch goes on.

An SQLite file. Its key is the hash of the content, the compiled schema, the options that reach the service, and the
endpoint. An entry is made before the request is sent, gets the task's id before the first question about it, and the
answer when the task has ended well. Several threads and processes may use one file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import sqlite3
import threading
import time
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from chunkr_integrations.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from typing_extensions import Self

__all__ = ["Claim", "Entry", "EntryStatus", "Ledger", "LedgerMode", "entry_key"]

LedgerMode = Literal["use", "refresh", "off"]
EntryStatus = Literal["sending", "submitted", "finished", "failed"]

_APPLICATION_ID = 0x43484B4C  # "CHKL", in the file's header
_VERSION = 1
_LEASE = 900.0  # seconds after which a sender that is not known to be alive is taken for dead
_BUSY = 60.0  # seconds to wait for another process's transaction

_TABLE = """
CREATE TABLE IF NOT EXISTS entry (
    key TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    name TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    schema_hash TEXT NOT NULL,
    options TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    owner TEXT,
    task_id TEXT,
    answer TEXT,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_task ON entry (task_id);
"""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Attributes:
        status: `sending` (it may or may not have reached the service), `submitted`, `finished` or `failed`.
        name: The input's name when it was first sent.
        options: What reached the service beside content and schema.
        task_id: None while it is being sent.
        answer: The finished task as JSON, without links that expire; None before.
    """

    key: str
    status: EntryStatus
    endpoint: str
    name: str
    content_hash: str
    schema_hash: str
    options: dict[str, Any]
    task_id: str | None
    answer: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime

    def to_json(self) -> dict[str, Any]:
        """The entry as JSON values, for an export."""
        times = {"created_at": self.created_at.isoformat(), "updated_at": self.updated_at.isoformat()}
        return {**asdict(self), **times}


@dataclass(frozen=True)
class Claim:
    """What the ledger says to someone who is about to send.

    Attributes:
        verdict: `send`: the caller is to send it; `look`: it is, and an earlier try may have reached the service;
            `known`: there is a task; `wait`: another one is sending it just now.
        idempotency_key: To send with; the earlier try's, if there was one.
        since: When the first try began.
        task_id: Only with `known`.
        answer: The finished task as JSON; only with `known`, and None while it is not finished.
    """

    verdict: Literal["send", "look", "known", "wait"]
    idempotency_key: str = ""
    since: datetime | None = None
    task_id: str | None = None
    answer: str | None = None


def entry_key(*, endpoint: str, content_hash: str, schema_hash: str, options: Mapping[str, Any]) -> str:
    """The key of an entry: sha256, hexadecimal."""
    parts = [endpoint, content_hash, schema_hash, json.dumps(options, sort_keys=True, ensure_ascii=False)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class Ledger:
    """The ledger in the file `path`, which is made when it is not there.

    Raises:
        ConfigurationError: The file is no ledger, of another version, or broken. It is left as it is.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._local = threading.local()
        self._me = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._connection()

    def __repr__(self) -> str:
        return f"Ledger({str(self.path)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self.path),)

    # --- what a client does ---

    def claim(
        self,
        key: str,
        *,
        endpoint: str,
        name: str,
        content_hash: str,
        schema_hash: str,
        options: Mapping[str, Any],
        refresh: bool = False,
    ) -> Claim:
        """Begin to send something, unless it was sent before.

        Args:
            key: See `entry_key`, which takes the next arguments but the name.
            endpoint: Who answers.
            name: For people.
            content_hash: sha256 of the content.
            schema_hash: Of the compiled schema.
            options: What else reaches the service.
            refresh: Send anew whatever is known, unless another one is sending it just now.
        """
        now = time.time()
        with self._transaction() as sql:
            row = sql.execute("SELECT * FROM entry WHERE key = ?", (key,)).fetchone()
            if row is None or row["status"] == "failed" or (refresh and row["status"] != "sending"):
                fresh = uuid.uuid4()
                facts = (endpoint, name, content_hash, schema_hash, json.dumps(options, ensure_ascii=False))
                values = (key, "sending", *facts, f"chunkr-integrations-{fresh}", self._owner, None, None, now, now)
                sql.execute(f"INSERT OR REPLACE INTO entry VALUES ({', '.join('?' * 13)})", values)  # noqa: S608
                return Claim("send", f"chunkr-integrations-{fresh}", _moment(now))
            if row["status"] != "sending":
                return Claim("known", task_id=row["task_id"], answer=row["answer"])
            if self._is_at_it(row["owner"], now - row["updated_at"]):
                return Claim("wait")
            sql.execute("UPDATE entry SET owner = ?, updated_at = ? WHERE key = ?", (self._owner, now, key))
            return Claim("look", row["idempotency_key"], _moment(row["created_at"]))

    def submitted(self, key: str, task_id: str) -> None:
        """The service has taken it; to be called before anything else is asked about the task."""
        self._set(key, "status = 'submitted', owner = NULL, task_id = ?", task_id)

    def finished(self, task_id: str, answer: str) -> None:
        """The task ended well; `answer` is the task as JSON. Nothing happens when the ledger has no such task."""
        with self._transaction() as sql:
            sql.execute(
                "UPDATE entry SET status = 'finished', answer = ?, updated_at = ?"
                " WHERE task_id = ? AND status = 'submitted'",
                (answer, time.time(), task_id),
            )

    def failed(self, task_id: str) -> None:
        """The task ended badly; it is sent anew the next time."""
        with self._transaction() as sql:
            sql.execute("UPDATE entry SET status = 'failed', updated_at = ? WHERE task_id = ?", (time.time(), task_id))

    def left(self, key: str) -> None:
        """Sending ended, and it is not known whether the service has taken it; whoever comes next looks."""
        self._set(key, "owner = NULL")

    def forget(self, key: str) -> None:
        """Nothing was sent, or the task has gone."""
        with self._transaction() as sql:
            sql.execute("DELETE FROM entry WHERE key = ?", (key,))

    def knows(self, task_id: str) -> bool:
        """Whether the task is some entry's."""
        with self._guarded():
            found = self._connection().execute("SELECT 1 FROM entry WHERE task_id = ? LIMIT 1", (task_id,)).fetchone()
        return found is not None

    # --- what people do ---

    def entries(self, *, status: EntryStatus | None = None) -> Iterator[Entry]:
        """The entries, oldest first."""
        with self._guarded():
            rows = self._connection().execute(
                "SELECT * FROM entry WHERE ? IS NULL OR status = ? ORDER BY created_at, key", (status, status)
            )
            for row in rows:
                yield _entry(row)

    def prune(self, *, older_than: timedelta, status: EntryStatus | None = None) -> int:
        """Delete the entries that have not changed for so long; how many there were.

        What is deleted is paid for again when it is asked for again.
        """
        before = time.time() - older_than.total_seconds()
        with self._transaction() as sql:
            deleted = sql.execute(
                "DELETE FROM entry WHERE updated_at < ? AND (? IS NULL OR status = ?)", (before, status, status)
            ).rowcount
        return int(deleted)

    def close(self) -> None:
        """Close the file; it is opened again when it is needed again."""
        with self._lock:
            several, self._open, self._local = self._open, [], threading.local()
        for connection in several:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- the file ---

    @property
    def _owner(self) -> str:
        host, pid, mark = self._me.split("/")
        return self._me if pid == str(os.getpid()) else f"{host}/{os.getpid()}/{mark}"

    def _is_at_it(self, owner: str | None, age: float) -> bool:
        """Whether the owner of an entry is still sending it."""
        if owner is None:
            return False
        host, pid, _ = owner.split("/")
        if host == socket.gethostname():
            return _is_alive(int(pid)) and (age < _LEASE or owner == self._owner)
        return age < _LEASE

    def _set(self, key: str, what: str, *values: Any) -> None:
        with self._transaction() as sql:
            sql.execute(f"UPDATE entry SET {what}, updated_at = ? WHERE key = ?", (*values, time.time(), key))  # noqa: S608

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guarded():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as exc:
            if isinstance(exc, sqlite3.OperationalError) and "locked" in str(exc):
                cure = f"Another process held it for more than {_BUSY:g} s; find out which, then try again."
            else:
                cure = "It was left as it is. Move it away to begin a new one, or restore it from a copy."
            msg = f"The ledger {self.path} cannot be used: {exc}. {cure}"
            raise ConfigurationError(msg) from exc

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection; a forked child makes its own."""
        found: tuple[int, sqlite3.Connection] | None = getattr(self._local, "connection", None)
        if found is not None and found[0] == os.getpid():
            return found[1]
        with self._guarded():
            connection = self._connected()
        self._local.connection = os.getpid(), connection
        with self._lock:
            self._open.append(connection)
        return connection

    def _connected(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self.path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as exc:
            msg = (
                f"The ledger {self.path} cannot be opened: {exc}. Check that its folder is there and may be written to."
            )
            raise ConfigurationError(msg) from exc
        try:
            self._check(connection)
        except BaseException:
            connection.close()
            raise
        connection.row_factory = sqlite3.Row
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        read: Callable[[str], int] = lambda name: int(connection.execute(f"PRAGMA {name}").fetchone()[0])  # noqa: E731
        is_new = read("schema_version") == 0 and read("application_id") == 0
        if not is_new and read("application_id") != _APPLICATION_ID:
            msg = f"{self.path} is an SQLite file, and no ledger. Give another path; it was left as it is."
            raise ConfigurationError(msg)
        if not is_new and read("user_version") != _VERSION:
            msg = f"The ledger {self.path} was made by another version of this package. Give another path for this one."
            raise ConfigurationError(msg)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # an id that is lost with the power is paid for again
        if is_new:
            mark = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION};"
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLE} {mark} COMMIT;")


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # there, os.kill(pid, 0) would end the process; the lease decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        key=row["key"],
        status=row["status"],
        endpoint=row["endpoint"],
        name=row["name"],
        content_hash=row["content_hash"],
        schema_hash=row["schema_hash"],
        options=json.loads(row["options"]),
        task_id=row["task_id"],
        answer=None if row["answer"] is None else json.loads(row["answer"]),
        created_at=_moment(row["created_at"]),
        updated_at=_moment(row["updated_at"]),
    )
