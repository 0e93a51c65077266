"""What runs in a worker process: jobs one by one, until the process that began it is gone.

The process is started by `processes` without the program's main module, so it works from a notebook, from `python -c`
and from a script without a guard around its main part.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import multiprocessing.spawn
import os
import pickle
import queue
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.work import _frames
from chunkr_integrations.engine.work.documents import Documents
from chunkr_integrations.engine.work.jobs import Broken, perform

if TYPE_CHECKING:
    from typing import IO

    from chunkr_integrations.engine.work.jobs import Job

__all__ = ["OUT_OF_MEMORY", "Order", "Setting", "serve"]

OUT_OF_MEMORY = 86  # exit status of a process that watched itself grow too large
_LOOK = 0.5  # seconds between two looks at itself
_PREFIX = "CHUNKR_"
# What most jobs need, imported while the parent is still at its own; no job's time is spent on it.
_SOON = (
    "liteparse",
    *(f"chunkr_integrations.engine.{name}" for name in ("readers.pdf", "readers.flow", "fill", "ground")),
)


@dataclass(frozen=True)
class Setting:
    """What a new process is told first.

    Attributes:
        factory: Makes the engine; pickled.
        memory: Bytes that the process may use; None: any number.
        main: Says how to import the program's main module, where the factory is defined in it; else empty.
    """

    factory: bytes
    memory: int | None
    main: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Order:
    """A job, with what may have changed in the environment since the process began."""

    job: Job
    environment: dict[str, str]


def serve() -> None:
    """Do the jobs that come in at stdin; the outcomes go to stdout, what anybody prints to stderr."""
    faulthandler.enable()  # where native code crashed; the parent logs it
    orders: IO[bytes] = os.fdopen(os.dup(0), "rb", buffering=0)
    answers: IO[bytes] = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    setting: Setting = pickle.loads(_frames.receive(orders))  # noqa: S301 - from the process that began this one
    _limit(setting.memory)
    threading.Thread(target=_watch, args=(os.getppid(), setting.memory), daemon=True).start()
    try:
        if setting.main:
            multiprocessing.spawn.prepare(setting.main)
        engine, documents = pickle.loads(setting.factory)(), Documents()  # noqa: S301 - as above
    except Exception as error:  # noqa: BLE001 - told to the parent, whatever it is
        _frames.send(answers, pickle.dumps(Broken(type(error).__name__, (str(error),))))
        return
    waiting: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders, waiting), daemon=True).start()
    for module in _SOON:
        with contextlib.suppress(ImportError):  # it will be told by the job that needs it
            importlib.import_module(module)
    while True:
        order = waiting.get()
        _frames.send(answers, pickle.dumps(None))  # it begins: who is gone before that may be replaced unnoticed
        _take_over(order.environment)
        _frames.send(answers, pickle.dumps(perform(order.job, engine, documents)))


def _listen(orders: IO[bytes], waiting: queue.SimpleQueue[Order]) -> None:
    """Ends the process with its parent, however that one ends: its end of the pipe closes, even amid a job."""
    while True:
        try:
            waiting.put(pickle.loads(_frames.receive(orders)))  # noqa: S301 - from the process that began this one
        except (EOFError, OSError):  # noqa: PERF203 - the way out
            os._exit(0)


def _take_over(environment: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith(_PREFIX) and name not in environment]:
        del os.environ[name]
    os.environ.update(environment)


def _limit(memory: int | None) -> None:
    """Have the system refuse what is beyond; and offer this process first where the machine runs out of memory."""
    with contextlib.suppress(OSError):  # not Linux
        Path("/proc/self/oom_score_adj").write_text("500")
    if memory is None:
        return
    try:
        import resource  # noqa: PLC0415 - not on Windows

        # Linux counts in RLIMIT_DATA what is really the process's own; elsewhere only the address space is limited.
        kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
        resource.setrlimit(kind, (memory, resource.getrlimit(kind)[1]))
    except (ImportError, OSError, ValueError):
        pass  # _watch looks where the system can tell


def _watch(parent: int, memory: int | None) -> None:
    while True:
        time.sleep(_LOOK)
        if os.name == "posix" and os.getppid() != parent:  # a fork of the parent may still hold the pipe
            os._exit(0)
        if memory is not None and _peak() > memory:
            os._exit(OUT_OF_MEMORY)


def _peak() -> int:
    """The most bytes that this process has had in memory; 0 where that is not known.

    On Linux `ru_maxrss` would be that of the process that started this one, if it was larger: it outlives `exec`.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):  # not Linux
        status = Path("/proc/self/status").read_text("ascii", "replace")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
