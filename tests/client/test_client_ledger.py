"""A client with a ledger: what was answered is not asked again, what was begun goes on, whatever happened between."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
from both import Both, Sha
from fake_chunkr import FakeChunkr
from fault_server import serving
from ledger_batch import run_batch
from pydantic import BaseModel

from chunkr_integrations.client import AsyncClient, Client
from chunkr_integrations.exceptions import (
    APIConnectionError,
    BadRequestError,
    ConfigurationError,
    OutputError,
    TaskFailedError,
    TaskTimeoutError,
)
from chunkr_integrations.ledger import Ledger

TEXT = b"Hello, this is a document."


@pytest.fixture(params=[Client, AsyncClient])
def kind(request):
    return request.param


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def test_what_was_answered_is_answered_again_without_a_request(kind, path):
    server = FakeChunkr()
    first = Both(kind, server, ledger=path).extract(TEXT, Sha, file_name="a.txt")
    asked = len(server.asked)
    second = Both(kind, server, ledger=Ledger(path)).extract(TEXT, Sha, file_name="a.txt")
    assert len(server.asked) == asked
    assert (second.value, second.task_id, second.citations) == (first.value, first.task_id, first.citations)
    assert second.task.file_info.url == ""


def test_links_and_documents_are_not_kept(path):
    Both(Client, FakeChunkr(), ledger=path).extract(TEXT, Sha)
    assert b"/links/" not in path.read_bytes()
    (entry,) = Ledger(path).entries()
    assert "url" not in entry.answer["file_info"]


def test_another_question_is_another_entry(path):
    server = FakeChunkr()

    class Other(BaseModel):
        sha256: str
        more: str | None = None

    client = Both(Client, server, ledger=path)
    client.extract(TEXT, Sha)
    client.extract(TEXT, Other)
    client.extract(TEXT, Sha, system_prompt="Another.")
    client.extract(TEXT, Sha, parse_configuration={"ocr_strategy": "Auto"})
    client.extract(TEXT, Sha, file_name="a.md")
    Both(Client, server, ledger=path, base_url="http://other.test").extract(TEXT, Sha)
    assert len(server.tasks) == 6
    client.extract(TEXT, Sha, file_name="other-name.txt", expires_in=5)
    assert len(server.tasks) == 6


def test_references_are_not_written_down(path):
    server = FakeChunkr()
    client = Both(Client, server, ledger=path)
    client.extract("https://example.com/a.pdf", Sha)
    client.extract("https://example.com/a.pdf", Sha)
    assert len(server.tasks) == 2
    assert list(Ledger(path).entries()) == []


def test_modes(path):
    server = FakeChunkr()
    first = Both(Client, server, ledger=path).extract(TEXT, Sha)
    again = Both(Client, server, ledger=path, ledger_mode="refresh").extract(TEXT, Sha)
    assert again.task_id != first.task_id
    Both(Client, server, ledger=path, ledger_mode="off").extract(TEXT, Sha)
    assert Both(Client, server, ledger=path).extract(TEXT, Sha).task_id == again.task_id
    assert len(server.tasks) == 3
    with pytest.raises(ConfigurationError, match="ledger_mode"):
        Client(ledger=path, ledger_mode="sometimes")


def test_a_task_that_was_given_up_waiting_for_goes_on(kind, path):
    server = FakeChunkr(polls=10**9)
    client = Both(kind, server, ledger=path)
    with pytest.raises(TaskTimeoutError) as caught:
        client.extract(TEXT, Sha, timeout=0.05)
    server.finish(caught.value.task_id)
    assert Both(kind, server, ledger=path).extract(TEXT, Sha).task_id == caught.value.task_id
    assert len(server.tasks) == 1


def test_a_task_that_has_gone_is_sent_anew(kind, path):
    server = FakeChunkr()
    task = Both(kind, server, ledger=path).submit(TEXT, Sha)
    server.tasks.clear()
    assert Both(kind, server, ledger=path).extract(TEXT, Sha).task_id != task.task_id


def test_failed_tasks_are_sent_anew(kind, path):
    server = FakeChunkr(final="Failed")
    with pytest.raises(TaskFailedError):
        Both(kind, server, ledger=path).extract(TEXT, Sha)
    server.final = "Succeeded"
    assert Both(kind, server, ledger=path).extract(TEXT, Sha).value
    assert len(server.tasks) == 2


def test_an_answer_that_does_not_fit_is_kept_and_not_paid_for_again(kind, path):
    server = FakeChunkr(results={"sha256": None})
    for _ in range(2):
        with pytest.raises(OutputError):
            Both(kind, server, ledger=path).extract(TEXT, Sha)
    assert len(server.tasks) == 1


def test_a_refused_request_leaves_nothing_behind(kind, path):
    with pytest.raises(BadRequestError):
        Both(kind, lambda request: httpx.Response(400, text="Unsupported file type"), ledger=path).extract(TEXT, Sha)
    assert list(Ledger(path).entries()) == []


def test_a_create_whose_answer_never_came_is_looked_for_by_the_next_run(kind, path):
    server = FakeChunkr()

    def mute(request: httpx.Request) -> httpx.Response:
        server(request)
        raise httpx.ReadError("reset")

    with pytest.raises(APIConnectionError, match="may have received"):
        Both(kind, mute, ledger=path, max_retries=0).extract(TEXT, Sha)
    assert len(server.tasks) == 1
    assert Both(kind, server, ledger=path).extract(TEXT, Sha).task_id in server.tasks
    assert len(server.tasks) == 1


def test_result_writes_the_answer_down_too(kind, path):
    server = FakeChunkr()
    client = Both(kind, server, ledger=path)
    task = client.submit(TEXT, Sha)
    client.result(task.task_id, Sha)
    (entry,) = Ledger(path).entries()
    assert (entry.status, entry.task_id) == ("finished", task.task_id)


def test_the_same_document_many_times_is_sent_once(kind, path):
    server = FakeChunkr(polls=3)
    outcomes = Both(kind, server, ledger=path).extract_many([TEXT] * 12, Sha, max_concurrency=6)
    assert len({outcome.unwrap().task_id for outcome in outcomes}) == 1
    assert len(server.tasks) == 1


def test_a_cancelled_submit_does_not_block_the_next(path):
    server = FakeChunkr()

    async def cancelled() -> None:
        reached = asyncio.Event()

        async def hang(request: httpx.Request) -> httpx.Response:
            reached.set()
            await asyncio.sleep(60)
            raise AssertionError

        async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as http:
            client = AsyncClient(base_url="http://chunkr.test", http=http, ledger=path)
            waiting = asyncio.ensure_future(client.submit(TEXT, Sha))
            await reached.wait()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(cancelled())
    assert Both(Client, server, ledger=path).extract(TEXT, Sha).task_id in server.tasks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the fork server needs fork")
def test_a_batch_that_is_killed_again_and_again_loses_nothing_and_creates_nothing_twice(tmp_path: Path):
    draw = random.Random(20260102)
    kills = int(os.environ.get("CHUNKR_KILLS", "12"))  # 50 when the figure is taken for the release notes
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["chunkr_integrations.client._aiohttp", "chunkr_integrations.schema"])
    done = batch = between = 0
    while done < kills:
        batch += 1
        fake, path = FakeChunkr(polls=3), str(tmp_path / f"{batch}.sqlite")
        inputs = [b"batch %d document %d" % (batch, number) for number in range(40)]
        # Most kills come while an answer to a create is on its way.
        with serving(fake, lambda method, _: "slow" if method == "POST" else None) as url:
            code = None
            while code != 0:
                ready = context.Event()
                process = context.Process(target=run_batch, args=(ready, url, path, inputs, bool(batch % 2)))
                process.start()
                assert ready.wait(30)
                if done < kills:
                    # A moment of the batch, not of the clock: a busy machine is killed at the same places.
                    _wait_until(fake, len(fake.asked) + draw.randint(1, 40), process)
                process.join(draw.uniform(0.0, 0.06) if done < kills else 60)
                if process.exitcode is None:
                    done += 1
                    between += Counter(entry.status for entry in Ledger(path).entries())["sending"]
                process.kill()
                process.join()
                code = process.exitcode
                assert code in {0, -9}
        assert fake.creates() == {hashlib.sha256(data).hexdigest(): 1 for data in inputs}
        entries = list(Ledger(path).entries())
        assert len(entries) == len(inputs)
        assert {entry.answer["output"]["results"]["sha256"] for entry in entries} == set(fake.creates())
    assert between > kills  # the kills did come while answers were on their way


def _wait_until(fake: FakeChunkr, calls: int, process: multiprocessing.process.BaseProcess) -> None:
    """Until the server has seen so many requests, or the process is done; a batch that asks nothing more hangs."""
    patience = time.monotonic() + 60
    while len(fake.asked) < calls and process.exitcode is None:
        assert time.monotonic() < patience, "the batch neither asks nor ends"
        time.sleep(0.001)


def test_two_processes_share_the_work(tmp_path: Path):
    fake, path = FakeChunkr(polls=3), str(tmp_path / "shared.sqlite")
    inputs = [b"document %d" % number for number in range(30)]
    context = multiprocessing.get_context("spawn")
    with serving(fake, lambda *_: None) as url:
        ready = context.Event()
        processes = [context.Process(target=run_batch, args=(ready, url, path, inputs, kind)) for kind in (True, False)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert set(fake.creates().values()) == {1}
    assert len(fake.tasks) == 30
    assert threading.active_count() < 20
