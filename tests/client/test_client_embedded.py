"""With no key and no URL the embedded engine answers: the whole path, in this process, whoever calls from wherever."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from pydantic import BaseModel

from chunkr_integrations.client import AsyncClient, Client
from chunkr_integrations.client._embedded import EmbeddedTransport
from chunkr_integrations.engine import Engine
from chunkr_integrations.exceptions import ConfigurationError, TaskFailedError

TEXT = b"Order number: A-17\n\nTotal: 12.50 EUR\n"


class Order(BaseModel):
    order_number: str | None = None
    total: float | None = None


class Found(BaseModel):
    invoice_number: str | None = None
    number: str | None = None
    total: float | None = None
    date: str | None = None


def test_a_text_becomes_an_object_whose_values_can_be_pointed_at():
    with Client() as client:
        found = client.extract(TEXT, Order, file_name="order.txt")
    assert found.value == Order(order_number="A-17", total=12.5)
    assert "12.50" in found.citations["total"][0].content
    assert found.task.version_info.server_version.startswith("chunkr-integrations")


async def test_the_same_under_an_event_loop_and_twice():
    async with AsyncClient() as client:
        first, second = await asyncio.gather(*(client.extract(TEXT, Order, file_name="order.txt") for _ in range(2)))
    assert first.value == second.value == Order(order_number="A-17", total=12.5)


async def test_the_sync_client_works_inside_a_running_event_loop():
    with Client() as client:
        assert client.extract(TEXT, Order, file_name="order.txt").value.order_number == "A-17"


def test_one_event_loop_after_another():
    client = AsyncClient()

    async def once() -> str | None:
        return (await client.extract(TEXT, Order, file_name="order.txt")).value.order_number

    assert [asyncio.run(once()) for _ in range(2)] == ["A-17", "A-17"]


async def test_the_callers_event_loop_stays_free():
    """While the engine reads, the loop turns."""
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.ensure_future(turn())
    async with AsyncClient() as client:
        await client.health()  # starting is another matter: it happens once, in a thread
        turns = 0
        await client.extract(TEXT, Order, file_name="order.txt")
    turning.cancel()
    assert turns > 10


def test_a_pdf_and_two_classes_with_one_parse(example_documents: Path):
    class Number(BaseModel):
        invoice_number: str | None = None

    class Total(BaseModel):
        total: float | None = None

    gold = json.loads((example_documents / "invoice_en.gold.json").read_text())
    with Client() as client:
        number, total = client.extract_all(example_documents / "invoice_en.pdf", [Number, Total])
    assert number.value.invoice_number == gold["invoice_number"]
    assert total.value.total == pytest.approx(float(gold["total"]))
    assert number.task.parse_task_id == total.task.parse_task_id is not None


def test_large_content_is_uploaded_to_it(tmp_path: Path):
    path = tmp_path / "order.txt"
    path.write_bytes(TEXT + b"\n" + b"Nothing of interest stands here.\n" * 20_000)
    with Client() as client:
        file = client.upload(path)
        assert client.upload(path) == file
        assert client.file_content(file.file_id) == path.read_bytes()
        assert [listed.file_id for listed in client.files() if listed.file_id == file.file_id]
        client.delete_file(file.file_id)


def test_many_with_one_that_cannot_be_read():
    inputs = [b"Order number: A-%d\n" % number for number in range(5)]
    with Client() as client:
        outcomes = list(client.extract_many([*inputs, b"%PDF-1.7 broken"], Order, max_concurrency=3))
    assert [outcome.ok for outcome in outcomes] == [True] * 5 + [False]
    assert [outcome.value.value.order_number for outcome in outcomes[:5]] == [f"A-{number}" for number in range(5)]
    assert isinstance(outcomes[5].error, TaskFailedError)


def test_tasks_can_be_listed_and_deleted():
    with Client() as client:
        found = client.extract(TEXT, Order, file_name="order.txt")
        assert found.task_id in [task.task_id for task in client.list_tasks(page_size=3)]
        client.delete(found.task_id)
        assert found.task_id not in [task.task_id for task in client.list_tasks(page_size=3)]


def test_one_worker_at_a_time_and_several_find_the_same(example_documents: Path):
    """Results, citations and confidence do not depend on which process did the work, nor on what it did before."""
    names = [p for p in sorted(example_documents.iterdir()) if p.suffix in (".pdf", ".xlsx", ".html", ".md")]
    with Client() as client:
        alone = [client.extract(path, Found).task.output for path in names]
        together = list(client.extract_many([*names, *reversed(names)], Found, max_concurrency=4, ordered=True))
    assert len({str(output) for output in alone}) > 1
    assert [outcome.value.task.output for outcome in together] == [*alone, *reversed(alone)]


def test_an_engine_of_ones_own_answers_alone_and_ends_with_its_client():
    with Client(engine=Engine()) as client:
        found = client.extract(TEXT, Order, file_name="order.txt")
        assert [task.task_id for task in client.list_tasks()][:1] == [found.task_id]
        assert len([task for task in client.list_tasks() if task.task_type == "Extract"]) == 1
        before = threading.active_count()
    assert threading.active_count() < before


def test_a_create_whose_answer_is_lost_is_found_again_on_the_real_server():
    class Lossy(httpx.BaseTransport):
        def __init__(self) -> None:
            self.inner, self.lost = EmbeddedTransport(Engine()), 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = self.inner.handle_request(request)
            if request.method == "POST" and self.lost == 0:
                self.lost += 1
                raise httpx.ReadError("reset", request=request)
            return response

        def close(self) -> None:
            self.inner.close()

    # Two documents with one name: the document itself tells whose task it is.
    with httpx.Client(transport=Lossy()) as http:
        client = Client(base_url="http://chunkr.test", http=http)
        found = client.extract(TEXT, Order, file_name="order.txt")
        other = client.extract(b"Order number: B-2", Order, file_name="order.txt")
        extracts = [task.task_id for task in client.list_tasks() if task.task_type == "Extract"]
    assert (found.value.order_number, other.value.order_number) == ("A-17", "B-2")
    assert sorted(extracts) == sorted([found.task_id, other.task_id])


def test_the_log_says_once_who_answers_and_how_to_change_it():
    script = (
        "import logging; logging.basicConfig(level=logging.INFO, format='%(name)s %(message)s')\n"
        "from chunkr_integrations import Client\n"
        "for _ in range(2):\n    with Client() as client: client.health()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    lines = [line for line in done.stderr.splitlines() if "embedded engine" in line]
    assert len(lines) == 1
    assert "nothing leaves this machine" in lines[0]
    assert "CHUNKR_API_KEY" in lines[0]


def test_a_script_that_closes_nothing_ends_cleanly(tmp_path: Path):
    script = (
        "import asyncio\nfrom pydantic import BaseModel\nfrom chunkr_integrations import AsyncClient, Client\n"
        "class Order(BaseModel):\n    order_number: str | None = None\n"
        "print(Client().extract(b'Order number: A-17', Order, file_name='a.txt').value.order_number)\n"
        "async def main():\n"
        "    print((await AsyncClient().extract(b'Order number: A-18', Order, file_name='a.txt')).value.order_number)\n"
        "asyncio.run(main())\n"
    )
    environment = {"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["A-17", "A-18"], "")
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_the_error_names_the_command():
    script = (
        "import sys\nsys.modules['starlette'] = None\nsys.modules['starlette.applications'] = None\n"
        "from chunkr_integrations import Client, MissingExtraError\n"
        "try:\n    Client().health()\nexcept MissingExtraError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert "pip install 'chunkr-integrations[local]'" in done.stdout


def test_a_key_never_falls_back_to_the_engine():
    client = Client("key", "http://127.0.0.1:9", max_retries=0)
    with pytest.raises(Exception, match=r"http://127\.0\.0\.1:9/tasks/extract"):
        client.extract(TEXT, Order, file_name="order.txt")
    with pytest.raises(ConfigurationError, match="engine= answers in this process"):
        Client("key", engine=object())


@pytest.mark.parametrize("document", ["zugferd", "icdar2013", "invoice2data"])
async def test_real_documents_become_objects(devset: Path, document: str, caplog):
    caplog.set_level(logging.ERROR)
    folder = min(path for path in (devset / document).iterdir() if (path / "document.pdf").exists())
    schema = json.loads((folder / "schema.json").read_text())
    async with AsyncClient() as client:
        found = await client.extract(folder / "document.pdf", schema)
    assert found.results.keys() <= schema["properties"].keys()
    cited = [path for path, citations in found.citations.items() if citations]
    assert cited
    for path in cited:
        for citation in found.citations[path]:
            assert citation.page_number >= 1
            assert citation.page_width >= citation.bbox.right - 1
    assert caplog.text == ""
