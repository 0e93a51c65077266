"""Workers: threads that lease tasks and see each to its end."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from ._job import Done, ExtractJob, ParseJob
from ._records import new_id
from ._task_store import Ending

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._data_folder import Folder
    from ._download import Fetcher
    from ._isolation import Runner
    from ._records import TaskRow
    from ._task_store import TaskStore

__all__ = ["Workers"]

_log = logging.getLogger("chunkr_integrations.server")

_LEASE = 15.0  # seconds until a task of a server that died is begun again
_TICK = 1.0  # seconds between looks for work of other servers, for what has expired, for leases to prolong
_ATTEMPTS = 3  # a document that kills its server this often is not begun again
_GRACE = 20.0  # seconds that a thread may go on with its task when the server stops


class Workers:
    """Threads that work off the queue.

    Args:
        tasks: The queue.
        folder: Where the documents are.
        runners: One for each worker; it does the jobs, in the thread or in a process of its own.
        fetch: Gets a document from a URL.
    """

    def __init__(self, tasks: TaskStore, folder: Folder, runners: list[Runner], fetch: Fetcher) -> None:
        self._tasks, self._folder, self._runners, self._fetch = tasks, folder, runners, fetch
        self._me = new_id()
        self._news = threading.Condition()
        self._told = 0
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads."""
        jobs: list[tuple[str, Callable[..., None], tuple[Any, ...]]] = [
            (f"chunkr-worker-{number}", self._work, (runner,)) for number, runner in enumerate(self._runners)
        ]
        for name, run, arguments in (*jobs, ("chunkr-housekeeping", self._keep_house, ())):
            thread = threading.Thread(target=run, args=arguments, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def tell(self) -> None:
        """There is something new in the queue."""
        with self._news:
            self._told += 1
            self._news.notify_all()

    def stop(self) -> None:
        """End the threads; what they were at goes back into the queue."""
        with self._news:
            self._stopping = True
            self._news.notify_all()
        for runner in self._runners:
            runner.stop()
        until = time.monotonic() + _GRACE
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._tasks.give_back(self._me)

    def _work(self, runner: Runner) -> None:
        while not self._stopping:
            told = self._told
            try:
                task = self._tasks.claim(self._me, lease=_LEASE)
                if task is not None:
                    self._see_to(task, runner)
                    continue
            except Exception:  # noqa: BLE001 - a full disk, a locked database: the worker must outlive it
                _log.exception("A worker could not go on; it tries again")
                time.sleep(_TICK)
            with self._news:
                while not self._stopping and self._told == told:
                    self._news.wait()

    def _see_to(self, task: TaskRow, runner: Runner) -> None:
        if task.attempts > _ATTEMPTS:
            ending = Ending("Failed", f"The task was begun {_ATTEMPTS} times and its worker ended each time.")
        else:
            try:
                ending = self._parse(task, runner) if task.task_type == "Parse" else self._extract(task, runner)
            except Exception:  # noqa: BLE001 - whatever it is, it ends this task only
                _log.exception("Task %s failed", task.task_id)
                ending = Ending("Failed", "Internal error")
        if self._stopping and ending.status == "Failed":
            return  # its process was ended with the server: it is done again by the next
        if self._tasks.end(task, ending):
            _log.info("Task %s: %s", task.task_id, ending.status)
        if task.task_type == "Parse":
            self.tell()

    def _parse(self, task: TaskRow, runner: Runner) -> Ending:
        source, content_hash = self._folder.input(task.task_id), task.content_hash
        if task.source_url is not None and content_hash is None:
            content_hash, failure = self._fetch(task.source_url, source)
            if failure is not None:
                return Ending("Failed", failure)
        document = self._folder.document(task.task_id)
        for other in self._tasks.parsed_like(task, content_hash or ""):
            twin = self._tasks.get(task.owner, other)
            try:
                self._folder.link(self._folder.document(other), document)
            except FileNotFoundError:
                continue
            if twin is not None:
                done = Done(mime_type=twin.mime_type, page_count=twin.page_count, cell_count=twin.cell_count)
                return _ending(done, content_hash)
        configuration = json.loads(task.configuration)
        return _ending(
            runner.run(ParseJob(task.task_id, source, document, task.file_name, configuration)), content_hash
        )

    def _extract(self, task: TaskRow, runner: Runner) -> Ending:
        asked = json.loads(task.configuration)
        document = self._folder.document(task.parse_task_id or "")
        return _ending(
            runner.run(ExtractJob(task.task_id, document, asked["schema"], asked.get("system_prompt"))), None
        )

    def _keep_house(self) -> None:
        while not self._stopping:
            try:
                self._tasks.prolong(self._me, lease=_LEASE)
                for task_id in self._tasks.expire():
                    self._folder.remove_task(task_id)
            except Exception:  # noqa: BLE001 - as for the workers
                _log.exception("The housekeeping could not go on; it tries again")
            self.tell()
            with self._news:
                self._news.wait_for(lambda: self._stopping, timeout=_TICK)


def _ending(done: Done, content_hash: str | None) -> Ending:
    if done.failure is not None:
        return Ending("Failed", done.failure, content_hash=content_hash)
    return Ending(
        "Succeeded", "Task succeeded", done.output, done.mime_type, done.page_count, done.cell_count, content_hash
    )
