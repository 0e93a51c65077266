"""What the server tells those who watch it: nothing, unless metrics are asked for or OpenTelemetry is installed.

Spans are those of `opentelemetry-api`, exported as the program that runs the server configures it. Neither metrics nor
spans hold keys, names, URLs or document text.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from chunkr_integrations._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from chunkr_integrations.server._database import Database
    from chunkr_integrations.server._outbox import Outbox

__all__ = ["METRICS_TYPE", "Telemetry"]

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # of Prometheus' text format
_SERVER_ERROR = 500


class Telemetry:
    """Spans only; `Metrics` counts, too.

    Args:
        tracing: Whether there are spans.
    """

    def __init__(self, *, tracing: bool = True) -> None:
        self._tracing = tracing

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is its path with words for ids."""

    def task(self, task_type: str, ended: str, seconds: float) -> None:
        """A worker is done with a task; `ended` is "succeeded", "reused", "failed", "timeout" or "died"."""

    def limited(self) -> None:
        """A request came too soon."""

    def delivery(self, ended: str) -> None:
        """An event was tried to be delivered: "delivered", "failed" or, for the last time, "given up"."""

    def watch(self, database: Database, outbox: Outbox, folder: Path) -> None:
        """The server runs on this store."""

    def text(self) -> bytes | None:
        """What `GET /metrics` answers; None when there are none."""
        return None

    @contextmanager
    def span(self, name: str, **attributes: str | float) -> Iterator[Callable[..., None]]:
        """A span around a piece of background work; gives a function that sets its attributes."""
        trace = _tracing() if self._tracing else None
        if trace is None:
            yield _say_nothing
            return
        with _tracer(trace).start_as_current_span(
            f"chunkr.server.{name}", record_exception=False, set_status_on_exception=False
        ) as begun:
            say = _saying(begun)
            say(**attributes)
            try:
                yield say
            except BaseException as exc:
                begun.set_status(trace.StatusCode.ERROR, type(exc).__name__)  # the class: a message may name the input
                raise

    @contextmanager
    def request_span(self, method: str, headers: Mapping[str, str]) -> Iterator[Callable[[str, int], None]]:
        """A span around a request, the child of its `traceparent`; gives a function that takes route and status."""
        trace = _tracing() if self._tracing else None
        if trace is None:
            yield _answer_nothing
            return
        from opentelemetry.propagate import extract  # noqa: PLC0415 - optional, as the rest

        with _tracer(trace).start_as_current_span(
            method, extract(headers), trace.SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as begun:

            def answered(route: str, status: int) -> None:
                begun.update_name(f"{method} {route}")
                begun.set_attributes(
                    {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                )
                if status >= _SERVER_ERROR:
                    begun.set_status(trace.StatusCode.ERROR)

            yield answered


@cache
def _api() -> Any:
    try:
        from opentelemetry import trace  # noqa: PLC0415 - optional, and no part of any extra
    except ImportError:
        return None
    return trace


def _tracing() -> Any:
    """The API, where somebody has set up what spans go to; without that they cost a sixth of a poll for nothing."""
    trace = _api()
    is_set_up = trace is not None and not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
    return trace if is_set_up else None


def _tracer(trace: Any) -> Any:
    return trace.get_tracer("chunkr_integrations.server", __version__)


def _saying(begun: Any) -> Callable[..., None]:
    def say(**attributes: str | float | None) -> None:
        for key, value in attributes.items():
            if value is not None:
                begun.set_attribute(f"chunkr.{key}", value)

    return say


def _say_nothing(**_: Any) -> None:
    pass


def _answer_nothing(_route: str, _status: int) -> None:
    pass
