"""Damaged files of every kind end as a result or a refusal in words: no crash of a worker, no hang.

`CHUNKR_FUZZ` is how many files are damaged, `CHUNKR_FUZZ_SEED` with which numbers that begins.
"""

from __future__ import annotations

import collections
import os
import random
import time
from pathlib import Path

import pytest
from mutation import mutated
from specimens import SPECIMENS

from chunkr_integrations.engine import Engine
from chunkr_integrations.engine.work.jobs import Broken, Extracted, ExtractJob, Parsed, ParseJob, Refused
from chunkr_integrations.engine.work.processes import ProcessRunner
from chunkr_integrations.engine.work.runners import JobTimeoutError, WorkerDiedError

COUNT = int(os.environ.get("CHUNKR_FUZZ", "210"))
SEED = int(os.environ.get("CHUNKR_FUZZ_SEED", "0"))
DEADLINE = 120.0  # seconds; a hang is what takes longer, also on a machine that is busy
MEMORY = 1 << 30
SCHEMA = {
    "type": "object",
    "properties": {
        "order_number": {"type": "string"},
        "total": {"type": "number"},
        "date": {"type": "string", "format": "date"},
        "lines": {
            "type": "array",
            "items": {"type": "object", "properties": {"item": {"type": "string"}, "price": {"type": "number"}}},
        },
    },
}


def ending(runner: ProcessRunner, folder: Path, name: str, data: bytes, key: str) -> str:
    """What becomes of one file: how the reading ends, and the extraction after it."""
    source, target = folder / "source", folder / "target"
    source.write_bytes(data)
    try:
        outcome = runner.run(ParseJob(key, str(source), str(target), name, None, {}), DEADLINE)
        if isinstance(outcome, Parsed):
            outcome = runner.run(ExtractJob(key, str(target), name, SCHEMA, None), DEADLINE)
    except WorkerDiedError as died:  # native code that is refused memory ends its process; the task fails for that
        return "refused memory" if died.how.startswith("needed more memory") else f"died: {died.how}"
    except JobTimeoutError:
        return "hung"
    if isinstance(outcome, Broken):
        return f"broken: {outcome.kind} at {outcome.places[-1]}"
    if isinstance(outcome, Refused):
        assert outcome.message.rstrip().endswith((".", ")")), outcome.message
        return "refused"
    assert isinstance(outcome, Extracted)
    return "read"


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_undamaged_files_are_read(name: str, tmp_path: Path, runner: ProcessRunner) -> None:
    """So that the fuzzing begins from files that get as far as can be."""
    assert ending(runner, tmp_path, name, SPECIMENS[name](), name) == "read"


@pytest.fixture(scope="module")
def runner() -> collections.abc.Iterator[ProcessRunner]:
    running = ProcessRunner(Engine, memory=MEMORY)
    yield running
    running.close()


def test_damaged_files_are_read_or_refused_in_words(tmp_path: Path, runner: ProcessRunner) -> None:
    files = {name: make() for name, make in SPECIMENS.items()}
    names, contents = list(files), list(files.values())
    endings: collections.Counter[str] = collections.Counter()
    bad: dict[str, str] = {}
    slowest = (0.0, "")
    for number in range(SEED, SEED + COUNT):
        name = names[number % len(names)]
        data = mutated(files[name], random.Random(number), contents)
        began = time.monotonic()
        end = ending(runner, tmp_path, name, data, str(number))
        slowest = max(slowest, (time.monotonic() - began, f"{number} {name}"))
        endings[end] += 1
        if end not in ("read", "refused", "refused memory"):
            bad[f"{number} {name}"] = end
            if kept := os.environ.get("CHUNKR_FUZZ_KEEP"):
                (Path(kept) / f"{number}-{name}").write_bytes(data)
    print(f"{COUNT} files from {SEED}: {dict(endings)}; slowest {slowest}")  # noqa: T201 - with -s
    assert not bad


def test_a_worker_of_a_large_program_has_its_own_measure(tmp_path: Path) -> None:
    """What the program around it had in memory once does not count against a worker."""
    ballast = bytearray(700 << 20)
    ballast[::4096] = b"x" * len(ballast[::4096])  # touched, so that it is really there
    runner = ProcessRunner(Engine, memory=512 << 20)
    try:
        assert ending(runner, tmp_path, "a.txt", SPECIMENS["a.txt"](), "key") == "read"
        assert ending(runner, tmp_path, "a.png", SPECIMENS["a.png"](), "other") == "read"
    finally:
        runner.close()
