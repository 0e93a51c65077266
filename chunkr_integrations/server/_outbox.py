"""Events that are to be delivered: written by the database itself, in the transaction that changes a task's state.

A trigger writes them, so no change of state, whichever code makes it, is without its event, and no event tells of what
was undone (docs/adr/0009). A delivery is leased while it is tried, as tasks are: one whose process died is tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from chunkr_integrations.server._database import Database

__all__ = ["GIVEN_UP_AFTER", "SCHEDULE", "Delivery", "Outbox"]

# Docs "webhooks", and Svix' "Retry Schedule": each begins with the failure of the one before.
SCHEDULE = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)
GIVEN_UP_AFTER = 5 * 24 * 3600.0  # seconds of nothing but failures, until an endpoint is disabled

# The first attempts for one task go in the order of its states; later ones when they are due.
_DUE = """
SELECT message_id FROM webhook_deliveries AS mine
WHERE endpoint_id = :endpoint_id AND due_at <= :now AND leased_until <= :now AND NOT EXISTS (
    SELECT 1 FROM webhook_deliveries AS earlier
    WHERE earlier.endpoint_id = mine.endpoint_id AND earlier.task_id = mine.task_id
    AND earlier.delivery < mine.delivery AND earlier.attempts = 0
) ORDER BY due_at, delivery LIMIT 1"""
_TAKE = f"""
UPDATE webhook_deliveries SET leased_until = :until
WHERE leased_until <= :now AND message_id = ({_DUE}{{skip_locked}}) RETURNING *"""  # noqa: S608 - our own text


@dataclass(frozen=True)
class Delivery:
    """One event for one endpoint. Times in microseconds since 1970."""

    message_id: str
    endpoint_id: str
    task_id: str
    task_type: str
    status: str
    message: str
    attempts: int  # that have failed
    leased_until: int


class Outbox:
    """The deliveries in the database.

    Args:
        database: Where the tasks are, too.
        lease_seconds: How long one attempt may take.
        clock: Seconds since 1970; None: the database's.
    """

    def __init__(
        self, database: Database, *, lease_seconds: float = 60.0, clock: Callable[[], float] | None = None
    ) -> None:
        self._database = database
        self._lease = int(lease_seconds * 1_000_000)
        self._clock = clock or database.clock

    def set_endpoints(self, endpoint_ids: Collection[str]) -> None:
        """From now on these are told, and no others. One that was disabled is tried again."""
        with self._database.write() as connection:
            there = {
                row["endpoint_id"] for row in connection.execute("SELECT endpoint_id FROM webhook_endpoints").fetchall()
            }
            for endpoint_id in there - set(endpoint_ids):
                for table in ("webhook_deliveries", "webhook_endpoints"):
                    connection.execute(f"DELETE FROM {table} WHERE endpoint_id = :gone", {"gone": endpoint_id})  # noqa: S608 - our own names
            for endpoint_id in set(endpoint_ids) - there:
                connection.execute("INSERT INTO webhook_endpoints (endpoint_id) VALUES (:new)", {"new": endpoint_id})
            connection.execute(
                "UPDATE webhook_endpoints SET disabled_at = NULL, failing_since = NULL WHERE disabled_at IS NOT NULL"
            )

    def take(self, endpoint_id: str) -> Delivery | None:
        """A delivery that is due, leased; None when there is none."""
        now = self._now()
        values = {"endpoint_id": endpoint_id, "now": now, "until": now + self._lease}
        with self._database.read() as connection:
            if connection.execute(_DUE, {"endpoint_id": endpoint_id, "now": now}).fetchone() is None:
                return None
        with self._database.write_row(lasting=False) as connection:
            rows = connection.execute(_TAKE.format(skip_locked=self._database.skip_locked), values).fetchall()
        return Delivery(*[rows[0][name] for name in Delivery.__dataclass_fields__]) if rows else None

    def delivered(self, taken: Delivery) -> None:
        """The endpoint has it."""
        endpoint = {"endpoint": taken.endpoint_id}
        with self._database.write_row() as connection:
            connection.execute("DELETE FROM webhook_deliveries WHERE message_id = :it", {"it": taken.message_id})
        with self._database.read() as connection:
            failing = connection.execute(
                "SELECT 1 FROM webhook_endpoints WHERE endpoint_id = :endpoint AND failing_since IS NOT NULL", endpoint
            ).fetchone()
        if failing is not None:
            with self._database.write() as connection:
                connection.execute(
                    "UPDATE webhook_endpoints SET failing_since = NULL WHERE endpoint_id = :endpoint", endpoint
                )

    def failed(self, taken: Delivery) -> float | None:
        """An attempt failed; gives the seconds until the next one, None when there is none.

        After the last attempt the delivery is dropped; after days of failures all of this endpoint's are, and it is
        told nothing more.
        """
        now, attempts = self._now(), taken.attempts + 1
        after = SCHEDULE[attempts] if attempts < len(SCHEDULE) else None
        mine = {"it": taken.message_id, "lease": taken.leased_until}
        with self._database.write() as connection:
            if after is None:
                connection.execute("DELETE FROM webhook_deliveries WHERE message_id = :it", {"it": taken.message_id})
            else:
                connection.execute(
                    "UPDATE webhook_deliveries SET attempts = :attempts, due_at = :due, leased_until = 0 "
                    "WHERE message_id = :it AND leased_until = :lease",
                    {**mine, "attempts": attempts, "due": now + int(after * 1_000_000)},
                )
            connection.execute(
                "UPDATE webhook_endpoints SET failing_since = COALESCE(failing_since, :now) "
                "WHERE endpoint_id = :endpoint",
                {"now": now, "endpoint": taken.endpoint_id},
            )
            disabled = connection.execute(
                "UPDATE webhook_endpoints SET disabled_at = :now WHERE endpoint_id = :endpoint AND disabled_at IS NULL "
                "AND failing_since <= :since RETURNING endpoint_id",
                {"now": now, "endpoint": taken.endpoint_id, "since": now - int(GIVEN_UP_AFTER * 1_000_000)},
            ).fetchall()
            if disabled:
                connection.execute(
                    "DELETE FROM webhook_deliveries WHERE endpoint_id = :endpoint", {"endpoint": taken.endpoint_id}
                )
        return None if disabled else after

    def pending(self) -> int:
        """Deliveries that are not made yet."""
        with self._database.read() as connection:
            return int(connection.execute("SELECT COUNT(*) AS n FROM webhook_deliveries").fetchone()["n"])

    def disabled(self) -> int:
        """Endpoints that have failed for so long that they are told nothing."""
        with self._database.read() as connection:
            sql = "SELECT COUNT(*) AS n FROM webhook_endpoints WHERE disabled_at IS NOT NULL"
            return int(connection.execute(sql).fetchone()["n"])

    def is_disabled(self, endpoint_id: str) -> bool:
        """Whether an endpoint has failed for so long that it is told nothing."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT disabled_at FROM webhook_endpoints WHERE endpoint_id = :it", {"it": endpoint_id}
            ).fetchone()
            return row is not None and row["disabled_at"] is not None

    def _now(self) -> int:
        return int(self._clock() * 1_000_000)
