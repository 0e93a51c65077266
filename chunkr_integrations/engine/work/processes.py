"""Worker processes, each for one job at a time; they are replaced when they crash, hang, or have done many jobs.

They are started as programs of their own, by `subprocess` and not by `multiprocessing`: that would import the main
module anew, which needs a guard in scripts, and is forbidden in its own daemonic children.
"""

from __future__ import annotations

import collections
import contextlib
import io
import logging
import multiprocessing.spawn
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.work import _frames
from chunkr_integrations.engine.work.jobs import OUTCOMES
from chunkr_integrations.engine.work.runners import JobTimeoutError, RunnerClosedError, WorkerDiedError
from chunkr_integrations.engine.work.worker import OUT_OF_MEMORY, Order, Setting

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from chunkr_integrations.engine.work.engines import EngineLike
    from chunkr_integrations.engine.work.jobs import Job, Outcome

__all__ = ["TASK_MEMORY", "ProcessRunner", "can_start_processes"]

_log = logging.getLogger("chunkr_integrations.engine")

TASK_MEMORY = 4 << 30  # bytes that a worker process may use, by default
_JOBS_PER_PROCESS = 500  # then a new one starts, so that what native code leaks does not add up
_START_SECONDS = 120.0  # for a new process to import the engine, on a machine that is busy
_GONE = 3  # processes that may be found dead before a job begins
_LAST_WORDS = 12  # lines of a process's stderr that are kept for the log
_BOOT = "import sys; sys.path[:] = {path!r}; from chunkr_integrations.engine.work.worker import serve; serve()"
_TOLD_OF_MEMORY = ("memory allocation of", "std::bad_alloc", "MemoryError", "Cannot allocate memory", "out of memory")


def can_start_processes() -> bool:
    """Whether this interpreter can start another: not in a frozen program, nor in a browser."""
    return bool(multiprocessing.spawn.get_executable()) and not (
        getattr(sys, "frozen", False) or sys.platform in ("emscripten", "wasi")
    )


class ProcessRunner:
    """Runs jobs in processes of their own, as many as callers at a time; the one used last is used first.

    Args:
        factory: Makes the engine, in each process; must be picklable.
        ready: How many processes there are before they are needed.
        memory: Bytes that each may use; None: any number.
        idle: Seconds until a process that has nothing to do is ended; None: it stays.
    """

    def __init__(
        self,
        factory: Callable[[], EngineLike],
        *,
        ready: int = 1,
        memory: int | None = TASK_MEMORY,
        idle: float | None = None,
    ) -> None:
        pickled = pickle.dumps(factory)
        self._setting = Setting(pickled, memory, _main_module() if b"__main__" in pickled else {})
        self._ready = ready
        self._idle = idle
        self._lock = threading.Lock()
        self._resting: list[_Child] = []
        self._working: set[_Child] = set()
        self._closed = False

    def start(self) -> None:
        """Start the processes that are to be ready; they import the engine meanwhile."""
        with self._lock:
            if self._closed:
                raise RunnerClosedError
            while len(self._resting) + len(self._working) < self._ready:
                self._resting.insert(0, _Child(self._setting))

    def run(self, job: Job, seconds: float) -> Outcome:
        """See `Runner.run`."""
        child = self._begun(job)
        try:
            outcome = child.finish(seconds)
        except JobTimeoutError:
            self._put_away(child)
            raise
        except (EOFError, OSError):
            how, again = child.end()
            died = WorkerDiedError(how, again=again)
            self._put_away(child)
            if self._closed:
                raise RunnerClosedError from None
            child.log()
            raise died from None
        with self._lock:
            self._working.discard(child)
            if not self._closed and child.done < _JOBS_PER_PROCESS:
                self._resting.append(child)
                return outcome
        self._put_away(child)
        return outcome

    def rest(self) -> None:
        """End processes that have had nothing to do for long."""
        if self._idle is None:
            return
        limit = time.monotonic() - self._idle
        with self._lock:
            tired = [child for child in self._resting if child.used < limit]
            self._resting = [child for child in self._resting if child.used >= limit]
        for child in tired:
            child.kill()

    def close(self) -> None:
        """See `Runner.close`; the processes are killed."""
        with self._lock:
            self._closed = True
            children = [*self._resting, *self._working]
            self._resting = []
        for child in children:
            child.kill()

    @property
    def pids(self) -> list[int]:
        """Of the processes that there are."""
        with self._lock:
            return [child.process.pid for child in (*self._resting, *self._working)]

    def _take(self, job: Job) -> _Child:
        """A process that has the job's document in memory, else the one used last, else a new one."""
        key = getattr(job, "key", None)
        with self._lock:
            if self._closed:
                raise RunnerClosedError
            alive = [child for child in self._resting if child.alive]
            self._resting = alive
            child = next((one for one in reversed(alive) if key is not None and one.last == key), None)
            child = child or (alive[-1] if alive else _Child(self._setting))
            if child in alive:
                alive.remove(child)
            self._working.add(child)
            return child

    def _begun(self, job: Job) -> _Child:
        """A process that has begun the job; one that was killed while it had nothing to do is replaced unnoticed."""
        how = ""
        for _ in range(_GONE):
            child = self._take(job)
            try:
                child.begin(job)
            except (EOFError, OSError, JobTimeoutError):
                how = child.end()[0]
                self._put_away(child)
            except WorkerDiedError:
                self._put_away(child)
                raise
            else:
                return child
        raise WorkerDiedError(f"{how} before it could begin")

    def _put_away(self, child: _Child) -> None:
        child.kill()
        with self._lock:
            self._working.discard(child)
        with contextlib.suppress(RunnerClosedError):
            self.start()


class _Child:
    """One process, and the threads that listen to it: pipes of Windows cannot be waited for otherwise."""

    def __init__(self, setting: Setting) -> None:
        boot = _BOOT.format(path=[str(Path(path).absolute()) for path in sys.path])
        flags: list[str] = getattr(subprocess, "_args_from_interpreter_flags", list)()
        self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - this interpreter
            [os.fsdecode(multiprocessing.spawn.get_executable()), *flags, "-c", boot],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the parent, which then ends this
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.done = 0
        self.used = time.monotonic()
        self.last: str | None = None
        self._memory = setting.memory
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._told_of_memory = False
        self._said: collections.deque[str] = collections.deque(maxlen=_LAST_WORDS)
        self._hearing = threading.Thread(target=self._hear, name="chunkr-worker-stderr", daemon=True)
        self._hearing.start()
        threading.Thread(target=self._listen, name="chunkr-worker-answers", daemon=True).start()
        with contextlib.suppress(OSError):  # it is gone already: `ask` will tell
            _frames.send(self._orders, pickle.dumps(setting))

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def _orders(self) -> IO[bytes]:
        assert self.process.stdin is not None  # noqa: S101 - it is a pipe
        return self.process.stdin

    def begin(self, job: Job) -> None:
        """Give it a job, and wait until it has begun."""
        self.last = getattr(job, "key", None)
        environment = {name: value for name, value in os.environ.items() if name.startswith("CHUNKR_")}
        _frames.send(self._orders, pickle.dumps(Order(job, environment)))
        failed = self._receive(_START_SECONDS)
        if failed is not None:
            raise WorkerDiedError(f"could not make the engine ({failed.kind}: {failed.places[0]})", again=False)

    def finish(self, seconds: float) -> Outcome:
        """What came of the job."""
        outcome: Outcome = self._receive(seconds)
        self.done += 1
        self.used = time.monotonic()
        return outcome

    def kill(self) -> None:
        """End it, and wait until it is gone."""
        with contextlib.suppress(OSError):
            self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        with contextlib.suppress(OSError):
            self._orders.close()

    def end(self) -> tuple[str, bool]:
        """How it ended, and whether another may fare better."""
        try:
            status = self.process.wait(5)
        except subprocess.TimeoutExpired:
            return "closed its pipe", True
        self._hearing.join(5)
        if status == OUT_OF_MEMORY or self._told_of_memory:
            limit = f" than the {self._memory / (1 << 20):,.0f} MiB it may use" if self._memory else ""
            return f"needed more memory{limit}", False
        if status < 0:
            with contextlib.suppress(ValueError):
                return f"was ended by {signal.Signals(-status).name}", True
        return f"ended with status {status}", True

    def log(self) -> None:
        """Write what it said last; native code prints where it crashed, and no text of documents."""
        _log.warning("A worker process %s. Its last words: %s", self.end()[0], " | ".join(self._said) or "none")

    def _receive(self, seconds: float) -> Any:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise JobTimeoutError from None
        if answer is None:
            raise EOFError
        try:
            return _Outcomes(io.BytesIO(answer)).load()
        except Exception as error:
            raise EOFError from error

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None  # noqa: S101 - it is a pipe
        with contextlib.suppress(EOFError, OSError, ValueError), stream:
            while True:
                self._answers.put(_frames.receive(stream))
        self._answers.put(None)

    def _hear(self) -> None:
        stream = self.process.stderr
        assert stream is not None  # noqa: S101 - it is a pipe
        rest = b""
        with contextlib.suppress(OSError, ValueError), stream:
            while part := stream.read(4096):
                *lines, rest = (rest + part).split(b"\n")
                self._note(lines)
                rest = rest[-4096:]
        self._note([rest])

    def _note(self, lines: list[bytes]) -> None:
        for line in lines:
            said = line.decode("utf-8", "replace")[:500]
            self._told_of_memory |= any(sign in said for sign in _TOLD_OF_MEMORY)
            if said.strip():
                self._said.append(said.strip())


class _Outcomes(pickle.Unpickler):
    """Reads outcomes and nothing else: a document that took over its reader gets no further."""

    def find_class(self, module: str, name: str) -> Any:
        for outcome in OUTCOMES:
            if (outcome.__module__, outcome.__qualname__) == (module, name):
                return outcome
        raise EOFError


def _main_module() -> dict[str, Any]:
    """What `multiprocessing` would tell a child of the main module."""
    told = multiprocessing.spawn.get_preparation_data("chunkr-worker")
    return {name: told[name] for name in ("init_main_from_name", "init_main_from_path", "sys_argv") if name in told}
