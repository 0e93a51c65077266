"""Where the work is done: in threads of this process, or in processes of their own (`processes`).

A runner may be used by several threads at a time; `close` ends all waits.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Protocol

from chunkr_integrations.engine.work.jobs import ExtractJob, perform

if TYPE_CHECKING:
    from chunkr_integrations.engine.work.documents import Documents
    from chunkr_integrations.engine.work.engines import EngineLike
    from chunkr_integrations.engine.work.jobs import Job, Outcome

__all__ = ["JobTimeoutError", "Runner", "RunnerClosedError", "SplitRunner", "ThreadRunner", "WorkerDiedError"]


class JobTimeoutError(Exception):
    """The job did not end in time; it has been stopped or left to itself."""


class WorkerDiedError(Exception):
    """The process died of the job.

    Attributes:
        how: What ended it, as the end of a sentence that begins with "its process".
        again: Whether another attempt may fare better.
    """

    def __init__(self, how: str = "ended", *, again: bool = True) -> None:
        super().__init__(f"Its process {how}.")
        self.how = how
        self.again = again


class RunnerClosedError(Exception):
    """The runner was closed while it waited."""


class Runner(Protocol):
    """Does jobs."""

    def start(self) -> None:
        """Get ready, so that the first job need not wait."""

    def run(self, job: Job, seconds: float) -> Outcome:
        """Do one job.

        Raises:
            JobTimeoutError: It took longer.
            WorkerDiedError: Its process died.
            RunnerClosedError: `close` was called.
        """

    def rest(self) -> None:
        """Let go what has not been used for long; called now and then."""

    def close(self) -> None:
        """Stop; running jobs are not waited for."""


class ThreadRunner:
    """Runs each job in a thread of this process; one that does not end in time is left to itself.

    Args:
        engine: Is used by several threads at a time.
        documents: The same.
    """

    def __init__(self, engine: EngineLike, documents: Documents) -> None:
        self._engine = engine
        self._documents = documents
        self._lock = threading.Lock()
        self._waits: set[queue.SimpleQueue[Outcome | None]] = set()
        self._closed = False

    def start(self) -> None:
        """Nothing to do."""

    def run(self, job: Job, seconds: float) -> Outcome:
        """See `Runner.run`."""
        answers: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()
        with self._lock:
            if self._closed:
                raise RunnerClosedError
            self._waits.add(answers)
        try:
            threading.Thread(target=self._work, args=(job, answers), name="chunkr-engine", daemon=True).start()
            outcome = answers.get(timeout=seconds)
        except queue.Empty:
            raise JobTimeoutError from None
        finally:
            with self._lock:
                self._waits.discard(answers)
        if outcome is None:
            raise RunnerClosedError
        return outcome

    def rest(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """See `Runner.close`."""
        with self._lock:
            self._closed = True
            for answers in self._waits:
                answers.put(None)

    def _work(self, job: Job, answers: queue.SimpleQueue[Outcome | None]) -> None:
        answers.put(perform(job, self._engine, self._documents))


class SplitRunner:
    """Reads documents in one runner and fills schemas in another.

    For engines that ask a model: a connection cannot go to another process, and only reading meets the bytes.
    """

    def __init__(self, reading: Runner, filling: Runner) -> None:
        self._reading = reading
        self._filling = filling

    def start(self) -> None:
        """See `Runner.start`."""
        self._reading.start()
        self._filling.start()

    def run(self, job: Job, seconds: float) -> Outcome:
        """See `Runner.run`."""
        return (self._filling if isinstance(job, ExtractJob) else self._reading).run(job, seconds)

    def rest(self) -> None:
        """See `Runner.rest`."""
        self._reading.rest()
        self._filling.rest()

    def close(self) -> None:
        """See `Runner.close`."""
        self._reading.close()
        self._filling.close()
