"""The threads that take tasks from the queue and see them to an end.

None of them runs on the event loop. A wake-up within the process reaches them at once; what another process on the same
data folder does, the keeper sees at its next look.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import queue
import secrets
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError  # its own class before Python 3.11
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import ParamSpec

from chunkr_integrations.engine.work.documents import FORMAT
from chunkr_integrations.engine.work.jobs import Broken, Extracted, ExtractJob, Parsed, ParseJob, Refused
from chunkr_integrations.engine.work.runners import JobTimeoutError, RunnerClosedError, WorkerDiedError
from chunkr_integrations.server._database import StoreUnavailableError
from chunkr_integrations.server._faults import shown_fault
from chunkr_integrations.server._forms import known_settings
from chunkr_integrations.server._inputs import Remote, clean_name, generated_name
from chunkr_integrations.server._remote import FetchError
from chunkr_integrations.server._rows import DocumentRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from chunkr_integrations.engine.work.jobs import Job, Outcome
    from chunkr_integrations.engine.work.runners import Runner
    from chunkr_integrations.server._blobs import Blobs
    from chunkr_integrations.server._database import Database
    from chunkr_integrations.server._queue import Queue
    from chunkr_integrations.server._remote import Fetcher
    from chunkr_integrations.server._rows import TaskRow
    from chunkr_integrations.server._tasks import TaskStore
    from chunkr_integrations.server._telemetry import Telemetry
    from chunkr_integrations.server.limits import Limits

__all__ = ["Pace", "Workers"]

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger("chunkr_integrations.server")
_ANOTHER = "Send the document in another format, or a part of it."
_ERRAND = 30.0  # seconds that a caller waits for a small job, its turn included
_TIDY = 60.0  # seconds between two looks for copies of contents that were deleted elsewhere
_JOIN = 10.0  # seconds that closing waits for a thread which finishes what it does


@dataclass(frozen=True)
class Pace:
    """How often the workers look, in seconds.

    Attributes:
        look: Between two looks at what other processes did to the data folder.
        renew: Between two renewals of a lease; well below the lease.
        sweep: Between two deletions of what has expired.
        keep: How long finished tasks without an expiry are kept; None: for ever.
    """

    look: float = 0.02
    renew: float = 5.0
    sweep: float = 1.0
    keep: float | None = None


class _Bell:
    """Wakes all that wait; a ring between looking and waiting is not lost."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rung = 0

    def heard(self) -> int:
        return self._rung

    def ring(self) -> None:
        with self._condition:
            self._rung += 1
            self._condition.notify_all()

    def wait(self, heard: int, seconds: float | None = None) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._rung != heard, seconds)


class Workers:
    """Everything that works in the background.

    Args:
        tasks_queue: Gives the tasks.
        tasks: For expiry, and where documents lie.
        database: For seeing what other processes did.
        blobs: The contents.
        runner: Does the work.
        workers: Tasks worked on at a time.
        fetcher: Gets documents from URLs.
        fetchers: Documents fetched at a time.
        engine_version: A part of the key under which parsed documents are found again.
        limits: Seconds and attempts of a task.
        pace: How often to look.
        telemetry: Is told how tasks end.
    """

    def __init__(
        self,
        tasks_queue: Queue,
        tasks: TaskStore,
        database: Database,
        blobs: Blobs,
        *,
        runner: Runner,
        workers: int,
        fetcher: Fetcher,
        fetchers: int,
        engine_version: str,
        limits: Limits,
        pace: Pace,
        telemetry: Telemetry,
    ) -> None:
        self._queue = tasks_queue
        self._tasks = tasks
        self._database = database
        self._blobs = blobs
        self._runner = runner
        self._fetcher = fetcher
        self._version = engine_version
        self._limits = limits
        self._pace = pace
        self._telemetry = telemetry
        self._bell = _Bell()
        self._errands: queue.SimpleQueue[tuple[Job, Future[Outcome]]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._held: dict[str, TaskRow] = {}
        self._held_lock = threading.Lock()
        self._working = [
            threading.Thread(target=self._work, name=f"chunkr-worker-{number}", daemon=True)
            for number in range(workers)
        ]
        self._fetching = [
            threading.Thread(target=self._fetch_all, name=f"chunkr-fetcher-{number}", daemon=True)
            for number in range(fetchers)
        ]
        self._keeper = threading.Thread(target=self._keep, name="chunkr-keeper", daemon=True)

    def start(self) -> None:
        """Begin; tasks that were left by a process which died are among the first."""
        self._runner.start()
        for thread in (*self._working, *self._fetching, self._keeper):
            thread.start()

    def wake(self) -> None:
        """There may be a new task."""
        self._bell.ring()

    def ask(self, job: Job) -> Outcome:
        """Have a small job done for a caller who waits; it goes before the tasks.

        Raises:
            TimeoutError: All workers are busy, or the job takes too long.
            WorkerDiedError: Its process died.
            RunnerClosedError: The server stops.
        """
        answer: Future[Outcome] = Future()
        self._errands.put((job, answer))
        self._bell.ring()
        try:
            return answer.result(_ERRAND)
        except (FutureTimeoutError, JobTimeoutError):
            answer.cancel()
            raise TimeoutError from None

    def stop(self) -> None:
        """End; tasks in work go back to the queue. A fetch is not waited for: its lease runs out."""
        self._stopping.set()
        self._bell.ring()
        self._runner.close()
        for thread in (*self._working, self._keeper):
            thread.join(_JOIN)

    # ----------------------------------------------------------------------------------------- the threads
    def _work(self) -> None:
        def step() -> None:
            heard = self._bell.heard()
            if self._run_errand():
                return
            task = self._queue.take()
            if task is None:
                self._wait(heard)
            else:
                self._see_through(task)

        self._repeat(step)

    def _fetch_all(self) -> None:
        def step() -> None:
            heard = self._bell.heard()
            task = self._queue.take_remote()
            if task is None:
                self._wait(heard)
                return
            with self._holding(task), self._telemetry.span("fetch", task_id=task.task_id):
                self._fetch(task)
            self._bell.ring()

        self._repeat(step)

    def _keep(self) -> None:
        """Renews leases, deletes what has expired, and looks for what other processes did."""
        renewed = swept = tidied = time.monotonic()
        version = -1

        def step() -> None:
            nonlocal renewed, swept, tidied, version
            now = time.monotonic()
            if now - renewed >= self._pace.renew:
                renewed = now
                with self._held_lock:
                    held = list(self._held.values())
                if held:
                    self._queue.renew(held)
            if now - swept >= self._pace.sweep:
                swept = now
                self._tasks.sweep(keep=self._pace.keep)
                self._runner.rest()
                self._bell.ring()  # the lease of a process that died may have run out
            if now - tidied >= _TIDY:
                tidied = now
                self._blobs.tidy(self._tasks.unknown_blobs)
            seen = self._database.version()
            if seen != version:
                version = seen
                self._bell.ring()
            self._stopping.wait(self._pace.look)

        self._repeat(self._sweep_contents, once=True)
        self._repeat(step)

    def _wait(self, heard: int) -> None:
        """Until the bell has rung since it was heard; not when that ring was the last one, at the end."""
        if not self._stopping.is_set():
            self._bell.wait(heard)

    def _repeat(self, step: Callable[[], None], *, once: bool = False) -> None:
        """Do something until the server stops; a full disk or a locked database must not end the thread."""
        while not self._stopping.is_set():
            try:
                step()
            except RunnerClosedError:  # noqa: PERF203 - each step stands for itself
                return
            except StoreUnavailableError:  # it was logged when it began
                self._stopping.wait(1.0)
            except Exception as error:  # noqa: BLE001 - logged; whatever it is, the next task may fare better
                if self._stopping.is_set():
                    return
                _log.error("Background work failed, and goes on in a second: %s", shown_fault(error))
                self._stopping.wait(1.0)
            else:
                if once:
                    return

    @contextlib.contextmanager
    def _holding(self, task: TaskRow) -> Iterator[None]:
        """The lease is renewed as long as this lasts."""
        with self._held_lock:
            self._held[task.task_id] = task
        try:
            yield
        finally:
            with self._held_lock:
                self._held.pop(task.task_id, None)

    def _run_errand(self) -> bool:
        try:
            job, answer = self._errands.get_nowait()
        except queue.Empty:
            return False
        if answer.set_running_or_notify_cancel():  # False: nobody waits any more
            try:
                answer.set_result(self._runner.run(job, _ERRAND))
            except Exception as error:
                answer.set_exception(error)
                if isinstance(error, RunnerClosedError):
                    raise
        return True

    def _surely(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Write what came of the work, as soon as the store can be reached again: the work was not in vain."""
        while True:
            try:
                return write(*args, **kwargs)
            except StoreUnavailableError:  # noqa: PERF203 - each try stands for itself
                if self._stopping.wait(1.0):
                    raise

    def _sweep_contents(self) -> None:
        self._remove_unknown(self._blobs.rubbish())

    def _fail(self, task: TaskRow, message: str) -> None:
        self._surely(self._queue.fail, task, message)

    def _remove_unknown(self, blob_ids: Iterable[str]) -> None:
        """Delete contents that are not part of the server's state; of a write without an answer, nobody knows it."""
        self._blobs.remove(self._tasks.unknown_blobs(list(blob_ids)))

    # ------------------------------------------------------------------------------------------- one task
    def _see_through(self, task: TaskRow) -> None:
        if task.attempts > self._limits.attempts:
            self._fail(task, self._worn_out(task, ""))
            return
        began = time.monotonic()
        with self._holding(task), self._telemetry.span(task.task_type.lower(), task_id=task.task_id) as say:
            try:
                ended = self._parse(task) if task.task_type == "Parse" else self._extract(task)
            except JobTimeoutError:
                ended = "timeout"
                self._fail(
                    task,
                    f"{task.file_name}: the task took longer than {self._limits.task_seconds:g} seconds. "
                    "Split the document and send the parts.",
                )
            except WorkerDiedError as died:
                ended = "died"
                _log.warning("task=%s type=%s its worker process %s", task.task_id, task.task_type, died.how)
                if not died.again:
                    self._fail(task, f"{task.file_name}: the process that worked on it {died.how}. {_ANOTHER}")
                elif task.attempts >= self._limits.attempts:
                    self._fail(task, self._worn_out(task, f", which {died.how}"))
                else:
                    self._surely(self._queue.again, task)
            except RunnerClosedError:
                self._queue.release(task)
                raise
            except FileNotFoundError:
                ended = "failed"
                self._fail(task, f"{task.file_name}: its content is gone. Send it again.")
            except StoreUnavailableError:  # not the task's fault
                self._surely(self._queue.release, task)
                raise
            say(ended=ended, attempt=task.attempts)
        seconds = time.monotonic() - began
        self._telemetry.task(task.task_type, ended, seconds)
        _log.info("task=%s type=%s ended=%s ms=%.1f", task.task_id, task.task_type, ended, 1000 * seconds)
        self._bell.ring()

    def _worn_out(self, task: TaskRow, how: str) -> str:
        times = self._limits.attempts
        return f"{task.file_name}: the work on it ended {times} times with the death of its process{how}. {_ANOTHER}"

    def _parse(self, task: TaskRow) -> str:
        if task.blob_id is None:
            self._fail(task, f"{task.file_name}: its content is gone. Send it again.")
            return "failed"
        configuration = known_settings(json.loads(task.configuration))
        key = self._document_key(task, configuration)
        before = self._queue.parsed_before(key)
        if before is not None:
            self._queue.parsed(task, before, None)
            return "reused"
        target = self._blobs.new_path()
        try:
            source = str(self._blobs.path(task.blob_id))
            name, pages = task.file_name, self._limits.pages
            job = ParseJob(key, source, str(target), name, task.sent_type, configuration, pages)
            outcome = self._runner.run(job, self._limits.task_seconds)
            if not isinstance(outcome, Parsed):
                return self._failed(task, outcome)
            blob = self._surely(self._blobs.adopt, target)
        finally:
            target.unlink(missing_ok=True)
        facts = (outcome.mime_type, outcome.page_count, outcome.cell_count, outcome.notes)
        document = DocumentRow(secrets.token_hex(16), key, blob.blob_id, *facts)
        if not self._surely(self._queue.parsed, task, document, blob):
            self._remove_unknown([blob.blob_id])
        return "succeeded"

    def _extract(self, task: TaskRow) -> str:
        found = None if task.document_id is None else self._tasks.document(task.document_id)
        if found is None:
            self._fail(task, self._queue.parse_failure(task.parse_task_id or ""))
            return "failed"
        asked: dict[str, Any] = json.loads(task.configuration)
        job = ExtractJob(
            found.key, str(self._blobs.path(found.blob_id)), task.file_name, asked["schema"], asked["system_prompt"]
        )
        outcome = self._runner.run(job, self._limits.task_seconds)
        if not isinstance(outcome, Extracted):
            return self._failed(task, outcome)
        self._surely(self._queue.extracted, task, outcome.output, outcome.notes)
        return "succeeded"

    def _failed(self, task: TaskRow, outcome: Outcome) -> str:
        if isinstance(outcome, Refused):
            self._fail(task, outcome.message)
        elif isinstance(outcome, Broken) and outcome.disk_is_full:
            self._queue.release(task)
            raise OSError(errno.ENOSPC, "the disk is full; tasks wait")
        elif isinstance(outcome, Broken):
            _log.error("task=%s engine raised %s at %s", task.task_id, outcome.kind, " < ".join(outcome.places[::-1]))
            self._fail(
                task,
                f"{task.file_name}: the engine failed unexpectedly ({outcome.kind}). "
                "Report this with the server's log of the task.",
            )
        return "failed"

    def _document_key(self, task: TaskRow, configuration: dict[str, Any]) -> str:
        """Of all that a reading depends on. The owner is a part: nobody learns what others have sent."""
        extension = task.file_name.rpartition(".")[2].casefold() if "." in task.file_name else ""
        sha256 = self._tasks.sha256(task.blob_id or "")
        parts = [FORMAT, self._version, task.owner, sha256, extension, task.sent_type, configuration]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _fetch(self, task: TaskRow) -> None:
        if task.attempts > self._limits.attempts:
            self._fail(task, f"{task.file_name}: it could not be fetched. Upload the file instead.")
            return
        try:
            with self._blobs.receiving() as incoming:
                found = self._fetcher.fetch(task.source_url or "", incoming.write)
            blob = self._surely(self._blobs.keep, incoming)
        except FetchError as error:
            self._fail(task, str(error))
            return
        # A name made up from the URL gives way to the one that comes with the document.
        made_up = task.file_name == generated_name(Remote(task.source_url or ""), None)
        name = (clean_name(found.file_name) if made_up else None) or task.file_name
        if not self._surely(self._queue.fetched, task, blob, file_name=name, sent_type=found.mime_type):
            self._remove_unknown([blob.blob_id])
