"""Where the work is done: in a thread of this process, or in a process of its own that may crash and be killed.

A runner does one job at a time, for one caller at a time; `close` may be called by another thread and ends a wait.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import queue
import signal
import threading
from typing import TYPE_CHECKING, Any, Protocol

from chunkr_integrations.server._documents import Documents
from chunkr_integrations.server._jobs import perform

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from chunkr_integrations.server._jobs import Job, Outcome
    from chunkr_integrations.server.engines import EngineLike

__all__ = ["JobTimeoutError", "ProcessRunner", "Runner", "RunnerClosedError", "ThreadRunner", "WorkerDiedError"]

_JOBS_PER_PROCESS = 500  # then a new one starts, so that what native code leaks does not add up
_START_SECONDS = 120.0  # for a new process to import the engine, on a machine that is busy


class JobTimeoutError(Exception):
    """The job did not end in time; it has been stopped or left to itself."""


class WorkerDiedError(Exception):
    """The process died of the job."""


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

    def close(self) -> None:
        """Stop; a running job is not waited for."""


class ThreadRunner:
    """Runs jobs in a thread of this process; one that does not end in time is left to itself.

    Args:
        engine: May be shared with other runners.
        documents: May be shared with other runners.
    """

    def __init__(self, engine: EngineLike, documents: Documents) -> None:
        self._engine = engine
        self._documents = documents
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[tuple[Job, queue.SimpleQueue[Outcome | None]] | None] | None = None
        self._answers: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()
        self._closed = False

    def start(self) -> None:
        """Start the thread."""
        with self._lock:
            if self._jobs is None and not self._closed:
                self._jobs = queue.SimpleQueue()
                threading.Thread(target=self._work, args=(self._jobs,), name="chunkr-engine", daemon=True).start()

    def run(self, job: Job, seconds: float) -> Outcome:
        """See `Runner.run`."""
        self.start()
        with self._lock:
            if self._closed or self._jobs is None:
                raise RunnerClosedError
            answers = self._answers = queue.SimpleQueue()
            self._jobs.put((job, answers))
        try:
            outcome = answers.get(timeout=seconds)
        except queue.Empty:
            self._abandon()
            raise JobTimeoutError from None
        if outcome is None:
            raise RunnerClosedError
        return outcome

    def close(self) -> None:
        """See `Runner.close`."""
        with self._lock:
            self._closed = True
            self._answers.put(None)
        self._abandon()

    def _abandon(self) -> None:
        with self._lock:
            jobs, self._jobs = self._jobs, None
        if jobs is not None:
            jobs.put(None)

    def _work(self, jobs: queue.SimpleQueue[tuple[Job, queue.SimpleQueue[Outcome | None]] | None]) -> None:
        while (item := jobs.get()) is not None:
            job, answers = item
            answers.put(perform(job, self._engine, self._documents))


class ProcessRunner:
    """Runs jobs in a process of its own, which is replaced when it dies, hangs, or has done many.

    Args:
        factory: Makes the engine, in the process; must be picklable.
    """

    def __init__(self, factory: Callable[[], EngineLike]) -> None:
        self._factory = factory
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._done = 0
        self._closed = False

    def start(self) -> None:
        """Start the process; it imports the engine meanwhile."""
        with self._lock:
            if self._closed:
                raise RunnerClosedError
            if self._child is None or not self._child.process.is_alive() or self._done >= _JOBS_PER_PROCESS:
                self._stop()
                self._child = _Child(self._factory)
                self._done = 0

    def run(self, job: Job, seconds: float) -> Outcome:
        """See `Runner.run`."""
        self.start()
        child = self._child
        if child is None:
            raise RunnerClosedError
        try:
            outcome = child.ask(job, seconds)
        except JobTimeoutError:
            with self._lock:
                self._stop()
            raise
        except (EOFError, OSError):
            with self._lock:
                self._stop()
            if self._closed:
                raise RunnerClosedError from None
            raise WorkerDiedError from None
        self._done += 1
        return outcome

    def close(self) -> None:
        """See `Runner.close`; the process is killed."""
        with self._lock:
            self._closed = True
            self._stop()

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._child is None else self._child.process.pid

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()


class _Child:
    def __init__(self, factory: Callable[[], EngineLike]) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy locks that threads hold
        self._connection, theirs = context.Pipe()
        lifeline, self._lifeline = context.Pipe(duplex=False)
        self.process = context.Process(
            target=_serve_jobs, args=(theirs, lifeline, factory), name="chunkr-worker", daemon=True
        )
        self.process.start()
        theirs.close()
        lifeline.close()
        self._ready = False

    def ask(self, job: Job, seconds: float) -> Outcome:
        if not self._ready:
            self._receive(_START_SECONDS)
            self._ready = True
        self._connection.send(job)
        answer: Outcome = self._receive(seconds)
        return answer

    def kill(self) -> None:
        self.process.kill()
        self.process.join(5)
        self._lifeline.close()

    def _receive(self, seconds: float) -> Any:
        ready = multiprocessing.connection.wait([self._connection, self.process.sentinel], seconds)
        if not ready:
            raise JobTimeoutError
        return self._connection.recv()  # raises EOFError when the process is gone and has left nothing


def _serve_jobs(
    connection: Connection[Outcome | None, Job], lifeline: Connection[Any, Any], factory: Callable[[], EngineLike]
) -> None:
    """What runs in the process: jobs one by one, until the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends this
    threading.Thread(target=_die_with, args=(lifeline,), daemon=True).start()
    engine, documents = factory(), Documents()
    connection.send(None)
    while True:
        try:
            job = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(perform(job, engine, documents))


def _die_with(lifeline: Connection[Any, Any]) -> None:
    """End this process with the server, however that one ends: its end of the pipe closes."""
    try:
        lifeline.recv()
    except (EOFError, OSError):
        os._exit(1)
