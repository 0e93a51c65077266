"""The tasks, and the queue they are: a worker leases a row, works, and ends it; what it leaves is leased again.

A task ends once: only the worker that holds the lease may end it, in the same statement that checks the lease.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from ._records import MICROSECONDS, TaskRow, now

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from ._sqlite import Database

__all__ = ["Ending", "IdempotencyError", "Listing", "Once", "TaskStore", "made_before", "remember"]

_COLUMNS = tuple(column.name for column in fields(TaskRow))
_INSERT = f"INSERT INTO tasks ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"  # noqa: S608 - names of fields
# Two questions with an index each: one with OR and ORDER BY reads the whole queue (311 claims a second at 20,000 rows).
_READY = (
    "SELECT task_id FROM tasks WHERE status = 'Starting' AND waiting = 0"
    " AND (expires_at IS NULL OR expires_at > :now) ORDER BY created_at LIMIT 1"
)
_LOST = "SELECT task_id FROM tasks WHERE status = 'Processing' AND lease_until < :now AND lease_owner <> :me LIMIT 1"
_CLAIM = """
UPDATE tasks SET status = 'Processing', message = 'Task is being processed', attempts = attempts + 1,
    started_at = coalesce(started_at, :now), lease_owner = :me, lease_until = :until
WHERE task_id = :task_id RETURNING *
"""
_END = """
UPDATE tasks SET status = :status, message = :message, finished_at = :now, mime_type = :mime_type,
    page_count = :page_count, cell_count = :cell_count,
    content_hash = :content_hash, lease_owner = NULL, lease_until = NULL
WHERE task_id = :task_id AND status = 'Processing' AND lease_owner = :lease_owner AND attempts = :attempts
"""
# What waits for an ended parse task begins, or ends with its message.
_GO_ON = """
UPDATE tasks SET (waiting, status, message, finished_at, mime_type, page_count, cell_count, content_hash) = (
    SELECT 0, iif(p.status = 'Succeeded', 'Starting', 'Failed'),
        iif(p.status = 'Succeeded', tasks.message, p.message), iif(p.status = 'Succeeded', NULL, :now),
        p.mime_type, p.page_count, p.cell_count, p.content_hash
    FROM tasks p WHERE p.task_id = :parse
) WHERE parse_task_id = :parse AND waiting = 1
"""
_IDEMPOTENT_FOR = 24 * 3600 * MICROSECONDS


class IdempotencyError(Exception):
    """The Idempotency-Key was used for another request."""


@dataclass(frozen=True)
class Once:
    """A request that is to be carried out once: its Idempotency-Key and a hash of what it asks."""

    key: str
    request_hash: str


@dataclass(frozen=True)
class Ending:
    """How a task ended, and what came to be known of its document."""

    status: str
    message: str
    output: str | None = None  # JSON
    mime_type: str | None = None
    page_count: int | None = None
    cell_count: int | None = None
    content_hash: str | None = None


@dataclass(frozen=True)
class Listing:
    """What a list asks for; the cursor itself is not part of the answer, `start` and `end` are."""

    limit: int
    cursor: int | None = None
    start: int | None = None
    end: int | None = None
    ascending: bool = False
    statuses: frozenset[str] = frozenset()
    task_types: frozenset[str] = frozenset()

    def where(self) -> tuple[str, str, dict[str, Any]]:
        """Conditions, order and parameters, for rows that have `created_at`, `status` and `task_type`."""
        found, values = [], dict[str, Any]()
        order, after = ("ASC", ">") if self.ascending else ("DESC", "<")
        for name, test, bound in (
            ("cursor", after, self.cursor),
            ("start", ">=", self.start),
            ("end", "<=", self.end),
        ):
            if bound is not None:
                found.append(f" AND created_at {test} :{name}")
                values[name] = bound
        for column, chosen in (("status", self.statuses), ("task_type", self.task_types)):
            if chosen:
                names = {f"{column}{index}": value for index, value in enumerate(sorted(chosen))}
                found.append(f" AND {column} IN ({', '.join(':' + name for name in names)})")
                values |= names
        return "".join(found), f" ORDER BY created_at {order} LIMIT {self.limit + 1}", values


class TaskStore:
    """All tasks of a data folder; may be used from every thread, and by several servers at once.

    Args:
        database: Where they are.
        clock: Gives this moment in microseconds.
    """

    def __init__(self, database: Database, *, clock: Callable[[], int] = now) -> None:
        self._database, self._clock = database, clock

    def add(self, tasks: Sequence[TaskRow], *, once: Once | None = None) -> str:
        """Accept tasks that belong together; the last is the one asked for. `expires_at` counts from now.

        Returns:
            Its id, or the id of the task that the same request made before.

        Raises:
            IdempotencyError: The key was used for another request.
            LookupError: The parse task that it wants to use is gone.
        """
        moment, owner, asked = self._clock(), tasks[-1].owner, tasks[-1]
        with self._database.write() as connection:
            if once is not None:
                made = made_before(connection, owner, once, moment)
                if made is not None:
                    return made
            newest = connection.execute("SELECT max(created_at) FROM tasks").fetchone()[0] or 0
            for task in tasks:  # each its own moment: a cursor of a list must not stand between two of the same
                moment = newest = max(moment, newest + 1)
                lasts = None if task.expires_at is None else moment + task.expires_at
                connection.execute(_INSERT, {**asdict(task), "created_at": moment, "expires_at": lasts})
            if asked.parse_task_id is not None:
                _join(connection, asked.parse_task_id, moment)
            if once is not None:
                remember(connection, owner, once, asked.task_id, moment)
        return asked.task_id

    def get(self, owner: str, task_id: str) -> TaskRow | None:
        """That task of that key, unless it has expired."""
        row = self._database.read_one("SELECT * FROM tasks WHERE task_id = ? AND owner = ?", (task_id, owner))
        if row is None or (row["expires_at"] is not None and row["expires_at"] <= self._clock()):
            return None
        return TaskRow(**row)

    def output(self, task_id: str) -> str | None:
        """The result as JSON."""
        row = self._database.read_one("SELECT output FROM outputs WHERE task_id = ?", (task_id,))
        return None if row is None else str(row[0])

    def page(self, owner: str, asked: Listing) -> list[TaskRow]:
        """One task more than the limit, when there are more."""
        where, order, values = asked.where()
        sql = f"SELECT * FROM tasks WHERE owner = :owner AND (expires_at IS NULL OR expires_at > :now){where}{order}"  # noqa: S608 - names of columns and parameters
        return [TaskRow(**row) for row in self._database.read(sql, {**values, "owner": owner, "now": self._clock()})]

    def parsed_like(self, task: TaskRow, content_hash: str) -> list[str]:
        """Finished parses of the same content and name with the same configuration, of the same key, newest first."""
        rows = self._database.read(
            "SELECT task_id FROM tasks WHERE owner = ? AND content_hash = ? AND task_type = 'Parse'"
            " AND status = 'Succeeded' AND configuration = ? AND coalesce(file_name, '') = ? AND task_id <> ?"
            " ORDER BY created_at DESC LIMIT 3",
            (task.owner, content_hash, task.configuration, task.file_name or "", task.task_id),
        )
        return [str(row[0]) for row in rows]

    def claim(self, me: str, *, lease: float) -> TaskRow | None:
        """The oldest task that is ready, or one whose server died; None when there is nothing to do."""
        values: dict[str, Any] = {"now": self._clock(), "me": me}
        if not any(self._database.read_one(sql, values) for sql in (_READY, _LOST)):  # no lock taken for nothing
            return None
        with self._database.write() as connection:
            found = connection.execute(_READY, values).fetchone() or connection.execute(_LOST, values).fetchone()
            if found is None:
                return None
            values |= {"task_id": found[0], "until": values["now"] + int(lease * MICROSECONDS)}
            return TaskRow(**connection.execute(_CLAIM, values).fetchone())

    def prolong(self, me: str, *, lease: float) -> None:
        """Keep what this server works on from being leased by another."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE tasks SET lease_until = ? WHERE status = 'Processing' AND lease_owner = ?",
                (self._clock() + int(lease * MICROSECONDS), me),
            )

    def give_back(self, me: str) -> None:
        """Put what this server works on back into the queue; that attempt does not count."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'Starting', message = 'Task queued', attempts = attempts - 1,"
                " lease_owner = NULL, lease_until = NULL WHERE status = 'Processing' AND lease_owner = ?",
                (me,),
            )

    def end(self, task: TaskRow, ending: Ending) -> bool:
        """End a task, if its lease is still held; what waited for it goes on, or fails with its message."""
        moment = self._clock()
        with self._database.write() as connection:
            ended = connection.execute(_END, {**asdict(task), **asdict(ending), **_known(task, ending), "now": moment})
            if ended.rowcount and ending.output is not None:
                connection.execute("INSERT OR REPLACE INTO outputs VALUES (?, ?)", (task.task_id, ending.output))
            if ended.rowcount and task.task_type == "Parse":
                connection.execute(_GO_ON, {"parse": task.task_id, "now": moment})
        return bool(ended.rowcount)

    def cancel(self, owner: str, task_id: str) -> bool:
        """Cancel a task that has not been begun. A parse task made for it goes on: others may use it."""
        moment = self._clock()
        with self._database.write() as connection:
            cancelled = connection.execute(
                "UPDATE tasks SET status = 'Cancelled', message = 'Task cancelled', finished_at = ?, waiting = 0"
                " WHERE task_id = ? AND owner = ? AND status = 'Starting'",
                (moment, task_id, owner),
            ).rowcount
            if cancelled:
                connection.execute(_GO_ON, {"parse": task_id, "now": moment})
        return bool(cancelled)

    def delete(self, owner: str, task_id: str) -> bool:
        """Delete a task that has ended."""
        with self._database.write() as connection:
            gone = connection.execute(
                "DELETE FROM tasks WHERE task_id = ? AND owner = ? AND status IN ('Succeeded', 'Failed', 'Cancelled')",
                (task_id, owner),
            ).rowcount
            if gone:
                connection.execute("DELETE FROM outputs WHERE task_id = ?", (task_id,))
        return bool(gone)

    def expire(self) -> list[str]:
        """Delete what has expired; the ids of the tasks."""
        moment = self._clock()
        if self._database.read_one("SELECT 1 FROM tasks WHERE expires_at <= ? LIMIT 1", (moment,)) is None:
            return []
        with self._database.write() as connection:
            ids = connection.execute("DELETE FROM tasks WHERE expires_at <= ? RETURNING task_id", (moment,)).fetchall()
            connection.executemany("DELETE FROM outputs WHERE task_id = ?", ids)
            connection.executemany(
                "UPDATE tasks SET status = 'Failed', message = 'The parse task has expired', waiting = 0"
                " WHERE parse_task_id = ? AND waiting = 1",
                ids,
            )
        return [str(row[0]) for row in ids]


def _known(task: TaskRow, ending: Ending) -> dict[str, Any]:
    names = ("mime_type", "page_count", "cell_count", "content_hash")
    return {name: getattr(task, name) if getattr(ending, name) is None else getattr(ending, name) for name in names}


def made_before(connection: sqlite3.Connection, owner: str, once: Once, moment: int) -> str | None:
    """What a request with the same Idempotency-Key made within 24 hours.

    Raises:
        IdempotencyError: That was another request.
    """
    connection.execute("DELETE FROM idempotency WHERE created_at < ?", (moment - _IDEMPOTENT_FOR,))
    row = connection.execute(
        "SELECT request_hash, made FROM idempotency WHERE owner = ? AND key = ?", (owner, once.key)
    ).fetchone()
    if row is None:
        return None
    if row[0] != once.request_hash:
        raise IdempotencyError
    return str(row[1])


def remember(connection: sqlite3.Connection, owner: str, once: Once, made: str, moment: int) -> None:
    """Note what a request made."""
    values = (owner, once.key, once.request_hash, made, moment)
    connection.execute("INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)", values)


def _join(connection: sqlite3.Connection, parse_task_id: str, moment: int) -> None:
    """Do not let a task wait for a parse task that has ended already."""
    row = connection.execute("SELECT status FROM tasks WHERE task_id = ?", (parse_task_id,)).fetchone()
    if row is None:
        raise LookupError(parse_task_id)
    if row[0] in {"Succeeded", "Failed", "Cancelled"}:
        connection.execute(_GO_ON, {"parse": parse_task_id, "now": moment})
