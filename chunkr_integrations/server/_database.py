"""What the stores need of a database: transactions, a clock, and a sign that something changed.

Statements are for SQLite and PostgreSQL alike (`?` or `:name` for values); where they cannot be, the database says how
it spells the difference (`for_update`, `skip_locked`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from chunkr_integrations.server._problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

__all__ = ["Connection", "Database", "Result", "Row", "StoreUnavailableError"]


class StoreUnavailableError(Problem):
    """The database or the file store cannot be reached now; what was accepted is safe, and it may be back at once."""

    def __init__(self) -> None:
        super().__init__(503, "The server cannot reach its store at the moment. Send the request again in a while.")


class Row(Protocol):
    """A row of a result."""

    def __getitem__(self, key: Any, /) -> Any:
        """The value of a column, by its name or its place."""


class Result(Protocol):
    """What a statement found."""

    def fetchone(self) -> Any:
        """The next `Row`, or None."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""


class Connection(Protocol):
    """One conversation with the database."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Result:
        """Run a statement with values for its `?` (a sequence) or its `:name` (a mapping)."""

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        """Run a statement for each of these values."""


class Database(Protocol):
    """The server's tables. All methods may be called by any thread.

    Attributes:
        is_remote: A statement may take milliseconds, so the event loop must not wait for it.
        for_update: Appended to a SELECT in `write` or `write_row` whose rows are to stay as they are until its end.
        skip_locked: Appended to a SELECT of a row that nobody else has in hand.

    Every method may raise `StoreUnavailableError`.
    """

    is_remote: bool
    for_update: str
    skip_locked: str

    def clock(self) -> float:
        """Seconds since 1970, the same for all machines that share the database."""

    def constant(self, name: str) -> str:
        """A random value that is chosen once for each database."""

    def write(self, *, last: bool = False) -> AbstractContextManager[Connection]:
        """A transaction that writes, one at a time over all machines; an exception undoes it.

        Args:
            last: Wait until it is on the disk. Without, a loss of power (not the death of a process) may undo the
                newest transactions; that costs work done twice, while an accepted task must not be lost.
        """

    def write_row(self, *, lasting: bool = True) -> AbstractContextManager[Connection]:
        """A transaction beside others, which changes one row only that nobody else has in hand, and what hangs on it.

        With more rows than one, two of them could wait for each other.

        Args:
            lasting: False does not wait for the disk, for what may be lost with the database's process: a claim, which
                is then made again.
        """

    def read(self) -> AbstractContextManager[Connection]:
        """A connection to read with, while others write; each statement sees one state."""

    def version(self) -> int:
        """A number that changes when there may be something new to do; for one thread only."""

    def close(self) -> None:
        """Close all connections."""
