"""How far a batch is: told to a callback, or drawn as a bar."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from chunkr_integrations.exceptions import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Progress", "ProgressCallback", "Tally", "to_tally"]

_log = logging.getLogger("chunkr_integrations.client")


@dataclass(frozen=True)
class Progress:
    """How far a batch is.

    Attributes:
        done: Inputs with an outcome, the failed ones included.
        failed: Inputs with an error.
        running: Inputs that are being extracted.
        total: Inputs in all; None where that is not known, as for a generator.
        elapsed: Seconds since the batch began.
    """

    done: int
    failed: int
    running: int
    total: int | None
    elapsed: float

    @property
    def rate(self) -> float:
        """Outcomes per second so far."""
        return self.done / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that the rest takes at this rate; None while nothing can be said."""
        if self.total is None or self.done == 0:
            return None
        return (self.total - self.done) / self.rate if self.rate else None


class ProgressCallback(Protocol):
    """Is told how far a batch is, whenever an input begins or ends; one call at a time, from any thread.

    What it raises is logged and does not end the batch.
    """

    def __call__(self, progress: Progress, /) -> None:
        """Take note."""


class Tally:
    """Counts a batch's inputs and tells the callback."""

    def __init__(
        self, callback: ProgressCallback | None, total: int | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._callback, self._total, self._clock = callback, total, clock
        self._lock = Lock()
        self._done = self._failed = self._running = 0
        self._began = clock()

    @contextlib.contextmanager
    def one(self) -> Iterator[Callable[[], None]]:
        """An input that begins and ends here; call what is yielded when it fails."""
        failures: list[None] = []
        self._count(running=1)
        try:
            yield lambda: failures.append(None)
        finally:
            self._count(running=-1, done=1, failed=len(failures))

    def close(self) -> None:
        """The batch has ended."""
        close = getattr(self._callback, "close", None)
        if close is not None:
            close()

    def _count(self, *, running: int, done: int = 0, failed: int = 0) -> None:
        if self._callback is None:
            return
        with self._lock:
            self._running += running
            self._done += done
            self._failed += failed
            now = Progress(self._done, self._failed, self._running, self._total, self._clock() - self._began)
            try:
                self._callback(now)
            except Exception:  # noqa: BLE001 - a batch that is paid for goes on
                _log.exception("the progress callback failed")


def to_tally(progress: bool | ProgressCallback, inputs: Any) -> Tally:
    """The tally of a batch; True draws a bar on the terminal's error output."""
    total = len(inputs) if hasattr(inputs, "__len__") else None
    if progress is True:
        return Tally(_Bar(), total)
    return Tally(progress or None, total)


class _Bar:
    """A bar of rich's, with rate, failures and the time that is left."""

    def __init__(self) -> None:
        try:
            from rich import console, progress  # noqa: PLC0415 - wanted for this bar only
        except ImportError as exc:
            raise MissingExtraError("progress", needed_for="progress=True (or give a callback)") from exc
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[note]}"),
            progress.TimeElapsedColumn(),
            progress.TimeRemainingColumn(),
            console=console.Console(stderr=True),
        )
        self._task = self._bar.add_task("extracting", total=None, note="")

    def __call__(self, progress: Progress, /) -> None:
        self._bar.start()
        note = f"{progress.rate:.1f}/s, {progress.failed} failed, {progress.running} waiting"
        self._bar.update(self._task, completed=progress.done, total=progress.total, note=note)

    def close(self) -> None:
        self._bar.stop()
