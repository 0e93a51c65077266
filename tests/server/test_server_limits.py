"""What one key, one request and one document may take, and what is said when it is too much."""

from __future__ import annotations

import io
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from served import SCHEMA, TEXT, ended, extract_form, extracted, inline, served

from chunkr_integrations.client import Client
from chunkr_integrations.server import Limits, create_app
from chunkr_integrations.server._database import Database
from chunkr_integrations.server._problems import Problem
from chunkr_integrations.server._rate import Rate
from chunkr_integrations.server._sqlite import SQLiteDatabase

chunkr_ai = pytest.importorskip("chunkr_ai")


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def passes(rate: Rate, bucket: str = "one", tries: int = 100) -> int:
    """How many of so many files pass."""
    passed = 0
    for _ in range(tries):
        try:
            rate.take(bucket)
        except Problem:
            continue
        passed += 1
    return passed


# --------------------------------------------------------------------------------------------------- the rate
def test_a_bucket_holds_a_second_and_fills_at_the_rate(database: Database) -> None:
    clock = Clock()
    rate = Rate(database, 10, clock=clock)
    assert passes(rate) == 10
    for seconds, more in ((0.09, 0), (0.02, 1), (0.5, 5), (3600, 10)):
        clock.now += seconds
        assert passes(rate) == more
    assert passes(rate, "another") == 10


@pytest.mark.parametrize(("per_second", "at_once", "wait"), [(10, 10, 1), (0.5, 1, 2), (0.25, 1, 4), (1000, 1000, 1)])
def test_who_waits_as_told_is_let_in_and_not_before(
    database: Database, per_second: float, at_once: int, wait: int
) -> None:
    clock = Clock()
    rate = Rate(database, per_second, clock=clock)
    assert passes(rate, tries=at_once) == at_once
    with pytest.raises(Problem) as refused:
        rate.take("one")
    headers = refused.value.headers
    assert headers["Retry-After"] == str(wait)
    exactly = int(headers["retry-after-ms"]) / 1000
    assert exactly <= wait
    clock.now += exactly - 0.001
    with pytest.raises(Problem):
        rate.take("one")
    clock.now += 0.001
    rate.take("one")


def test_all_servers_of_a_folder_count_together(database: Database, tmp_path: Path) -> None:
    """Each with a connection of its own, at the same time: as many pass as if there were one."""
    clock = Clock()
    is_file = isinstance(database, SQLiteDatabase)  # the other kind gives each thread a connection by itself
    others = [SQLiteDatabase(tmp_path / "server.sqlite3", durable=False) for _ in range(3 if is_file else 0)]
    passed: list[int] = []
    rates = [Rate(each, 10, clock=clock) for each in (database, *others)] * (2 if is_file else 8)
    threads = [threading.Thread(target=lambda rate=rate: passed.append(passes(rate, tries=20))) for rate in rates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 10
    for other in others:
        other.close()


async def test_a_key_that_sends_too_fast_is_told_when_to_come_again() -> None:
    """Only that key; uploads and tasks have a rate each; reading has none."""
    limits = Limits(files_per_second=0.1)
    async with served(create_app(keys=["lu_one", "lu_two"], limits=limits), authorization="lu_one") as http:
        upload = {"file": ("a.txt", TEXT)}
        assert (await http.post("/tasks/extract", json=extract_form())).status_code == 200
        assert (await http.post("/files", files=upload)).status_code == 200
        for answer in (
            await http.post("/tasks/extract", json=extract_form()),
            await http.post("/api/v1/tasks/parse", json={"file": inline(TEXT)}),
            await http.post("/files", files=upload),
        ):
            assert (answer.status_code, answer.headers["content-type"]) == (429, "text/plain; charset=utf-8")
            assert answer.text.startswith("Rate limit exceeded: 0.1 files per second. Send it again in ")
            assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert (await http.post("/tasks/extract", json=extract_form(), headers={"Authorization": "lu_two"})).is_success
        assert [(await http.get("/tasks")).status_code for _ in range(20)] == [200] * 20
        assert len((await http.get("/tasks")).json()["tasks"]) == 2  # the extraction and its parse: no more was made


async def test_without_keys_nobody_is_counted() -> None:
    async with served(create_app(limits=Limits(files_per_second=0.001))) as http:
        for _ in range(3):
            assert (await http.post("/tasks/parse", json={"file": inline(TEXT)})).status_code == 200


def test_clients_wait_as_they_are_told(serve: Callable[[Any], str]) -> None:
    """The vendor's SDK and our own get through without being told how fast they may be."""
    url = serve(create_app(keys=["lu_one"], limits=Limits(files_per_second=4)))
    sdk = chunkr_ai.Chunkr(api_key="lu_one", base_url=url)
    made = [sdk.tasks.extract.create(file=inline(TEXT), schema=SCHEMA).task_id for _ in range(8)]
    assert len(set(made)) == 8
    with Client(api_key="lu_one", base_url=url) as chunkr:
        found = list(chunkr.extract_many([TEXT] * 8, SCHEMA, max_concurrency=8))
    assert [outcome.error for outcome in found] == [None] * 8


# ------------------------------------------------------------------------------------------------- requests
def test_a_body_that_stops_coming_is_given_up_and_others_are_served(serve: Callable[[Any], str]) -> None:
    url = serve(create_app(limits=Limits(idle_seconds=0.3)))
    port = httpx.URL(url).port
    assert port is not None
    for path, kind, start in (
        ("/tasks/extract", "application/json", b'{"fi'),
        ("/files", "multipart/form-data; boundary=x", b"--x\r\nContent-Disp"),
    ):
        with socket.create_connection(("127.0.0.1", port)) as slow:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: 999\r\n\r\n"
            slow.sendall(head.encode() + start)
            assert httpx.get(f"{url}/health").status_code == 200
            slow.settimeout(30)
            answer = b""
            while b"Send it again." not in answer:
                piece = slow.recv(65536)
                assert piece, answer
                answer += piece
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"Nothing of the request came for 0.3 seconds." in answer


def test_a_sender_who_goes_away_is_no_fault_of_the_server(
    serve: Callable[[Any], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="chunkr_integrations.server")
    port = httpx.URL(serve(create_app())).port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(b"POST /tasks/extract HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{")
    deadline = time.monotonic() + 30
    while "path=/tasks/extract" not in caplog.text:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert "path=/tasks/extract status=400" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[int]:
    """The port of a server with the protocol that `serve` has, which waits for half a second."""
    import uvicorn

    from chunkr_integrations.server._protocol import BoundedProtocol

    class Impatient(BoundedProtocol):
        head_seconds = 0.5

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(), http=Impatient, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("sent", [b"", b"GET /he", b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: "])
def test_a_connection_whose_request_does_not_come_is_closed(impatient: int, sent: bytes) -> None:
    """The first one, and a further one on a connection that is kept; others are answered meanwhile."""
    with socket.create_connection(("127.0.0.1", impatient)) as first, httpx.Client() as http:
        first.sendall(sent)
        assert http.get(f"http://127.0.0.1:{impatient}/health").status_code == 200
        first.settimeout(30)
        assert first.recv(1024) == b""
    if sent:
        with socket.create_connection(("127.0.0.1", impatient)) as kept:
            kept.settimeout(30)
            kept.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert kept.recv(65536).startswith(b"HTTP/1.1 200 ")
            kept.sendall(sent)
            assert kept.recv(1024) == b""


def test_headers_without_end_are_cut_off(impatient: int) -> None:
    with socket.create_connection(("127.0.0.1", impatient)) as sender:
        sender.settimeout(30)
        sent = 0
        try:
            sender.sendall(b"GET /health HTTP/1.1\r\n")
            while sent < 1 << 24:
                sender.sendall(b"X-Again: %s\r\n" % (b"a" * 1000))
                sent += 1011
            assert sender.recv(1024) == b""
        except ConnectionError:
            pass
    assert sent < 1 << 24


def test_a_request_with_a_large_body_is_not_taken_for_headers(impatient: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{impatient}") as http:
        for _ in range(3):
            text = b"word " * (1 << 17)
            assert http.post("/files", files={"file": ("a.txt", text)}).json()["file_size"] == len(text)


# ------------------------------------------------------------------------------------------------ documents
def pdf(pages: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 200)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


async def test_a_document_with_too_many_pages_fails_and_says_so() -> None:
    """A PDF before it is read; what has no pages of its own, after."""
    text = b"\n\n".join(b"A paragraph with some words in it, number %d." % n for n in range(400))
    async with served(create_app(limits=Limits(pages=2))) as http:
        for content, name in ((pdf(3), "three.pdf"), (text, "long.txt")):
            task = await extracted(http, content, file_name=name)
            assert task["status"] == "Failed"
            assert task["message"].startswith(f"{name} has ")
            assert task["message"].endswith("this server reads at most 2 of a document. Split it and send the parts.")
        assert (await extracted(http, pdf(2)))["status"] == "Succeeded"


async def test_an_image_with_too_many_pixels_fails_and_says_so() -> None:
    from PIL import Image

    written = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(written, "PNG")
    async with served(create_app()) as http:
        created = await http.post("/tasks/parse", json={"file": inline(written.getvalue()), "file_name": "wide.png"})
        task = await ended(http, created.json()["task_id"])
    assert task["status"] == "Failed"
    assert "wide.png has too many pixels: at most 89,000,000 of a page are read." in task["message"]


@pytest.mark.parametrize(
    "options", [{"pages": 0}, {"files_per_second": 0}, {"task_seconds": -1}, {"idle_seconds": float("nan")}]
)
def test_a_limit_that_lets_nothing_through_is_refused_by_name(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Limits(**options)
