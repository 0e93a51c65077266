"""The embedded engine reads in worker processes: whatever a document does to its reader ends one task, and no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from faulty import FaultyEngine
from pydantic import BaseModel

from chunkr_integrations.client import Client
from chunkr_integrations.client._embedded import EmbeddedTransport
from chunkr_integrations.engine import Engine
from chunkr_integrations.engine.work.documents import Documents
from chunkr_integrations.engine.work.embedded import embedded_runner
from chunkr_integrations.engine.work.jobs import Parsed, ParseJob, Refused
from chunkr_integrations.engine.work.processes import ProcessRunner
from chunkr_integrations.engine.work.runners import (
    JobTimeoutError,
    RunnerClosedError,
    SplitRunner,
    ThreadRunner,
    WorkerDiedError,
)
from chunkr_integrations.exceptions import TaskFailedError
from chunkr_integrations.server import Limits, create_app

TEXT = b"Order number: A-17\n\nTotal: 12.50 EUR\n"
ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


class Order(BaseModel):
    order_number: str | None = None
    total: float | None = None


@contextmanager
def client_of(limits: Limits) -> Iterator[Client]:
    """A client of the whole embedded path, with an engine that can be told to do harm."""

    def make() -> object:
        return create_app(engine_factory=FaultyEngine, isolation="process", workers=2, limits=limits)

    transport = EmbeddedTransport(create_app=make)
    with httpx.Client(transport=transport) as http:
        yield Client(base_url="http://embedded.test", http=http, max_retries=0)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline:
            pytest.fail("it does not come about")
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("deed", "message"),
    [
        ("crash", r"evil\.txt: the work on it ended 1 times .*SIGSEGV\. Send the document in another format"),
        (f"signal {int(signal.SIGKILL)}", "SIGKILL"),
        ("exit", "status 3"),
        ("swell", r"evil\.txt needs more memory than a task may use\. Split"),
        ("swell_natively", r"needed more memory than the 400 MiB it may use"),
        ("hang", r"evil\.txt: the task took longer than 2 seconds\. Split"),
    ],
)
def test_what_kills_or_stops_a_reader_ends_one_task(deed: str, message: str) -> None:
    with client_of(Limits(attempts=1, task_seconds=2.0, task_memory=400 << 20)) as client:
        client.extract(TEXT, Order, file_name="before.txt")  # the process is warm: only the deed takes time
        evil = client.submit(f"do {deed}\n".encode() + TEXT, Order, file_name="evil.txt")
        others = [client.submit(TEXT + b"%d" % number, Order, file_name="other.txt") for number in range(3)]
        with pytest.raises(TaskFailedError, match=message):
            client.result(evil.task_id, Order)
        assert [client.result(other.task_id, Order).value.total for other in others] == [12.5] * 3


def test_a_bomb_that_is_known_as_one_is_not_tried_again(tmp_path: Path) -> None:
    runner = ProcessRunner(FaultyEngine, memory=400 << 20)
    with pytest.raises(WorkerDiedError, match="needed more memory") as died:
        runner.run(job(tmp_path, b"do swell_natively\n"), PATIENCE)
    assert not died.value.again
    runner.close()


def test_what_native_code_prints_does_no_harm(tmp_path: Path) -> None:
    runner = ProcessRunner(FaultyEngine)
    assert isinstance(runner.run(job(tmp_path, b"do babble\n" + TEXT), PATIENCE), Parsed)
    runner.close()


def job(folder: Path, content: bytes) -> ParseJob:
    source = folder / "source"
    source.write_bytes(content)
    return ParseJob("key", str(source), str(folder / "target"), "a.txt", None, {})


def test_a_process_that_has_nothing_to_do_retires(tmp_path: Path) -> None:
    runner = ProcessRunner(Engine, idle=0.0)
    assert isinstance(runner.run(job(tmp_path, TEXT), PATIENCE), Parsed)
    (pid,) = runner.pids
    time.sleep(0.01)
    runner.rest()
    assert not is_alive(pid)
    assert isinstance(runner.run(job(tmp_path, TEXT), PATIENCE), Parsed)
    runner.close()
    with pytest.raises(RunnerClosedError):
        runner.run(job(tmp_path, TEXT), PATIENCE)


def test_one_caller_after_another_needs_one_process(tmp_path: Path) -> None:
    runner = ProcessRunner(Engine)
    pids = set()
    for _ in range(3):
        runner.run(job(tmp_path, TEXT), PATIENCE)
        pids.update(runner.pids)
    assert len(pids) == 1
    runner.close()


def test_an_idle_process_that_was_killed_is_replaced_at_no_cost(tmp_path: Path) -> None:
    runner = ProcessRunner(Engine)
    runner.run(job(tmp_path, TEXT), PATIENCE)
    os.kill(runner.pids[0], signal.SIGKILL)
    wait_for(lambda: not is_alive(runner.pids[0]))
    assert isinstance(runner.run(job(tmp_path, TEXT), PATIENCE), Parsed)
    runner.close()


def test_settings_of_the_environment_reach_a_process_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = ParseJob(
        "k", str(ROOT / "examples/documents/invoice_en_scan.pdf"), str(tmp_path / "t"), "scan.pdf", None, {}
    )
    runner = ProcessRunner(Engine)
    runner.run(job(tmp_path, TEXT), PATIENCE)
    monkeypatch.setenv("CHUNKR_OCR_LANGUAGES", "tlh")
    refused = runner.run(scan, PATIENCE)
    assert isinstance(refused, Refused)
    assert "tlh" in refused.message
    monkeypatch.delenv("CHUNKR_OCR_LANGUAGES")
    assert isinstance(runner.run(scan, PATIENCE), Parsed)
    runner.close()


def test_an_engine_that_cannot_go_to_another_process_is_told(tmp_path: Path) -> None:
    runner = ProcessRunner(partial(__import__, "no_such_module"))  # type: ignore[arg-type]
    with pytest.raises(WorkerDiedError, match=r"could not make the engine.*no_such_module"):
        runner.run(job(tmp_path, TEXT), PATIENCE)
    runner.close()


class Model:
    """A fake language model."""

    def complete(self, *_: object, **__: object) -> object:
        raise NotImplementedError


class Own(Engine):
    """An engine of the caller's."""

    def parse(self, *_: object, **__: object) -> object:  # type: ignore[override]
        raise NotImplementedError


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        (None, ProcessRunner),
        (Engine(), ProcessRunner),
        (Engine(llm=Model()), SplitRunner),  # type: ignore[arg-type]
        (Own(), ThreadRunner),
    ],
)
def test_the_engine_goes_to_processes_as_far_as_it_can(engine: Engine | None, kind: type) -> None:
    runner = embedded_runner(engine)
    runner.close()
    assert type(runner) is kind


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [("CHUNKR_ENGINE_ISOLATION", "fork", '"process" or "thread"'), ("CHUNKR_ENGINE_MEMORY", "2G", "a number of MiB")],
)
def test_settings_that_cannot_be_are_refused(
    variable: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=message):
        embedded_runner(None)


def test_threads_of_this_process_on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHUNKR_ENGINE_ISOLATION", "thread")
    runner = embedded_runner(None)
    assert isinstance(runner, ThreadRunner)
    assert isinstance(runner.run(job(tmp_path, TEXT), PATIENCE), Parsed)


def test_a_thread_that_hangs_is_left_to_itself(tmp_path: Path) -> None:
    runner = ThreadRunner(FaultyEngine(), Documents())
    with pytest.raises(JobTimeoutError):
        runner.run(job(tmp_path, b"do hang\n"), 0.1)
    assert isinstance(runner.run(job(tmp_path, TEXT), PATIENCE), Parsed)


# --------------------------------------------------------------------- from wherever a program may be started
BODY = """
from pydantic import BaseModel
from chunkr_integrations import Client
class Order(BaseModel):
    order_number: str | None = None
def run():
    with Client() as client:
        return client.extract(b"Order number: A-17", Order, file_name="a.txt").value.order_number
"""
CHILD = """
import multiprocessing
def tell(pipe):
    pipe.send(run())
if __name__ == "__main__":
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context({method!r}).Process(target=tell, args=(there,), daemon=True)
    child.start()
    print(here.recv())
    child.join()
"""
UNDER_UVLOOP = """
import asyncio, uvloop
from chunkr_integrations import AsyncClient
async def main():
    async with AsyncClient() as client:
        found = await asyncio.gather(
            *(client.extract(b"Order number: A-17", Order, file_name="a.txt") for _ in range(3)))
        print(*{each.value.order_number for each in found})
uvloop.run(main()) if hasattr(uvloop, "run") else (uvloop.install(), asyncio.run(main()))
"""


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("script", BODY + "print(run())"),  # no guard: a main module that is imported anew would run it again
        ("-c", BODY + "print(run())"),
        ("stdin", BODY + "\nprint(run())\n"),
        ("script", BODY + CHILD.format(method="spawn")),
        ("script", BODY + CHILD.format(method="fork")),
        ("script", BODY + UNDER_UVLOOP),
    ],
    ids=["script", "-c", "stdin", "daemon, spawned", "daemon, forked", "uvloop"],
)
def test_it_works_however_the_program_was_started(how: str, code: str, tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(code)
    command = {"script": [str(script)], "-c": ["-c", code], "stdin": ["-"]}[how]
    done = subprocess.run(
        [sys.executable, *command], input=code, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False
    )
    assert done.stdout.split() == ["A-17"], done.stderr
    assert not done.stderr


ORPHAN = """
import sys
sys.path.insert(0, sys.argv[1])
import httpx
from faulty import FaultyEngine
from chunkr_integrations import Client
from chunkr_integrations.client._embedded import EmbeddedTransport
from chunkr_integrations.server import create_app
transport = EmbeddedTransport(create_app=lambda: create_app(engine_factory=FaultyEngine, isolation="process"))
client = Client(base_url="http://embedded.test", http=httpx.Client(transport=transport))
client.submit(f"do tell {sys.argv[2]}".encode(), {"type": "object", "properties": {}}, file_name="a.txt")
if sys.argv[3] == "wait":
    input()
else:
    import pathlib, time
    while not pathlib.Path(sys.argv[2]).exists() or not pathlib.Path(sys.argv[2]).read_text():
        time.sleep(0.01)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, None])
def test_no_process_outlives_the_program(end: signal.Signals | None, tmp_path: Path) -> None:
    """Even one that is busy, of a client that was never closed."""
    told = tmp_path / "pid"
    code = [sys.executable, "-c", ORPHAN, str(Path(__file__).parent), str(told), "wait" if end else "end"]
    with subprocess.Popen(code, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        try:
            wait_for(lambda: told.exists() and told.read_text())
            pid = int(told.read_text())
            if end:
                assert is_alive(pid)
                program.send_signal(end)
            program.wait(PATIENCE)
        finally:
            program.kill()
    wait_for(lambda: not is_alive(pid))
