"""Where the engine works that a client embeds."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from chunkr_integrations.engine.engine import Engine
from chunkr_integrations.engine.work.documents import Documents
from chunkr_integrations.engine.work.processes import TASK_MEMORY, ProcessRunner, can_start_processes
from chunkr_integrations.engine.work.runners import SplitRunner, ThreadRunner

if TYPE_CHECKING:
    from chunkr_integrations.engine.work.engines import EngineLike
    from chunkr_integrations.engine.work.runners import Runner

__all__ = ["embedded_runner", "embedded_workers"]

_log = logging.getLogger("chunkr_integrations.engine")

_ISOLATION = "CHUNKR_ENGINE_ISOLATION"
_MEMORY = "CHUNKR_ENGINE_MEMORY"
_IDLE = 60.0  # seconds until a process that has nothing to do is ended; a new one takes half a second
_MOST = 4  # processes at a time, on a machine that has as many processors


def embedded_workers() -> int:
    """Tasks worked on at a time. A process is started when there is a task for it."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(2, min(usable, _MOST))


def embedded_runner(engine: EngineLike | None) -> Runner:
    """A runner that is started: in worker processes, as far as the engine can go there.

    The built-in engine works in processes. With a model, it reads there and asks the model from this process. An engine
    of the caller's own works in threads of this process, as everything does with ``CHUNKR_ENGINE_ISOLATION=thread``.
    `CHUNKR_ENGINE_MEMORY` is what a process may use, in MiB.

    Raises:
        ValueError: A variable has a value that it cannot have.
    """
    here = ThreadRunner(engine or Engine(), Documents())
    isolation = os.environ.get(_ISOLATION) or "process"
    if isolation not in ("process", "thread"):
        raise ValueError(f'{_ISOLATION} is {isolation!r}; set it to "process" or "thread".')
    reads_as_built_in = engine is None or getattr(type(engine), "parse", None) is Engine.parse
    if isolation == "thread" or not reads_as_built_in or not can_start_processes():
        return here
    reading = ProcessRunner(Engine, memory=_memory(), idle=_IDLE)
    fills_as_built_in = engine is None or (
        getattr(type(engine), "extract", None) is Engine.extract and getattr(engine, "llm", None) is None
    )
    runner: Runner = reading if fills_as_built_in else SplitRunner(reading, here)
    try:
        runner.start()
    except OSError as error:
        _log.warning("No worker process can be started (%s): documents are read in this process.", error)
        return here
    return runner


def _memory() -> int:
    given = os.environ.get(_MEMORY)
    if not given:
        return TASK_MEMORY
    if not given.isdecimal() or not int(given):
        raise ValueError(f"{_MEMORY} is {given!r}; set it to a number of MiB, such as 2048.")
    return int(given) << 20
