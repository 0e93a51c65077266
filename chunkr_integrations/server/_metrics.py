"""`GET /metrics`: what Prometheus is told of this process, and of the queue that all servers of a store share."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chunkr_integrations.server._telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chunkr_integrations.server._database import Database
    from chunkr_integrations.server._outbox import Outbox

__all__ = ["Metrics"]

_REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_TASK_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
# Each is answered from a partial index, whatever else the table holds.
_UNFINISHED = {
    "fetching": "status = 'Starting' AND stage = 'fetch'",
    "queued": "status = 'Starting' AND stage = 'run'",
    "processing": "status = 'Processing'",
}


class Metrics(Telemetry):
    """Counts what happens in this process."""

    def __init__(self, *, tracing: bool = True) -> None:
        super().__init__(tracing=tracing)
        self._registry = CollectorRegistry()
        self._requests = self._make(
            Histogram,
            "chunkr_request_seconds",
            "Requests by what was answered.",
            ["method", "route", "status"],
            buckets=_REQUEST_BUCKETS,
        )
        self._tasks = self._make(
            Histogram,
            "chunkr_task_seconds",
            "Work on tasks by how it ended.",
            ["type", "ended"],
            buckets=_TASK_BUCKETS,
        )
        self._limited = self._make(Counter, "chunkr_rate_limited_requests", "Requests refused with 429.")
        self._deliveries = self._make(Counter, "chunkr_webhook_attempts", "Attempts to deliver an event.", ["ended"])
        ProcessCollector(registry=self._registry)
        self._store: _Store | None = None

    def _make(self, kind: type[Any], name: str, text: str, labels: list[str] | None = None, **options: Any) -> Any:
        return kind(name, text, labels or (), registry=self._registry, **options)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """See `Telemetry.request`."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def task(self, task_type: str, ended: str, seconds: float) -> None:
        """See `Telemetry.task`."""
        self._tasks.labels(task_type, ended).observe(seconds)

    def limited(self) -> None:
        """See `Telemetry.limited`."""
        self._limited.inc()

    def delivery(self, ended: str) -> None:
        """See `Telemetry.delivery`."""
        self._deliveries.labels(ended).inc()

    def watch(self, database: Database, outbox: Outbox, folder: Path) -> None:
        """From now on tell of this store."""
        if self._store is not None:
            self._registry.unregister(self._store)
        self._store = _Store(database, outbox, folder)
        self._registry.register(self._store)

    def text(self) -> bytes:
        """All of it in Prometheus' text format; reads the store, so not for the event loop."""
        return generate_latest(self._registry)


class _Store(Collector):
    def __init__(
        self, database: Database, outbox: Outbox, folder: Path, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._folder = folder
        self._clock = clock

    def describe(self) -> Iterator[Any]:
        """Nothing: registering this must not read the store."""
        yield from ()

    def collect(self) -> Iterator[Any]:
        """The gauges, read now."""
        tasks = GaugeMetricFamily(
            "chunkr_unfinished_tasks", "Tasks of the store that have not ended.", labels=["state"]
        )
        with self._database.read() as connection:
            for state, condition in _UNFINISHED.items():
                row = connection.execute(f"SELECT COUNT(*) AS n FROM tasks WHERE {condition}").fetchone()  # noqa: S608 - our own text
                tasks.add_metric([state], row["n"])
            oldest = connection.execute(
                f"SELECT MIN(created_at) AS at FROM tasks WHERE {_UNFINISHED['queued']}"  # noqa: S608 - our own text
            ).fetchone()["at"]
        yield tasks
        waited = 0.0 if oldest is None else max(0.0, self._clock() - oldest / 1_000_000)
        yield GaugeMetricFamily("chunkr_oldest_queued_seconds", "How long the oldest queued task has waited.", waited)
        yield GaugeMetricFamily(
            "chunkr_pending_webhook_deliveries", "Events that are not delivered yet.", self._outbox.pending()
        )
        yield GaugeMetricFamily(
            "chunkr_disabled_webhooks", "Endpoints that failed for five days.", self._outbox.disabled()
        )
        yield GaugeMetricFamily(
            "chunkr_data_free_bytes", "Free space where the data folder is.", shutil.disk_usage(self._folder).free
        )
