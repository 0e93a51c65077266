"""Where a job is done: in the worker's own thread, or in a process that may crash or hang without harm to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ._job import Done, ExtractJob, ParseJob, do

if TYPE_CHECKING:
    from chunkr_integrations.engine import Engine

__all__ = ["Runner", "ThreadRunner"]


class Runner(Protocol):
    """Does jobs, one at a time."""

    def run(self, job: ParseJob | ExtractJob) -> Done:
        """Do it; failures are part of the answer."""

    def stop(self) -> None:
        """Take no more jobs; may be called from any thread, while a job is being done."""


class ThreadRunner:
    """Does jobs in the calling thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, job: ParseJob | ExtractJob) -> Done:
        """Do it here."""
        return do(self._engine, job)

    def stop(self) -> None:
        """Nothing: a thread cannot be ended from outside."""
