"""What those who watch the server see: figures for Prometheus, spans, and whose request a line of the log is of."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families
from receiver import receiving
from served import TEXT, ScriptedEngine, extract_form, extracted, served, until

from chunkr_integrations.server import Limits, Webhook, create_app

SECRET = "whsec_" + "QUJD" * 8


async def figures(http: httpx.AsyncClient, **headers: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Samples by name and the values of their labels, as Prometheus' own parser reads them."""
    answer = await http.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_requests_tasks_and_deliveries_are_counted() -> None:
    limits = Limits(files_per_second=0.01)
    with receiving() as receiver:
        app = create_app(keys=["lu_one"], metrics=True, limits=limits, webhooks=[Webhook(receiver.url, [SECRET])])
        async with served(app, authorization="lu_one") as http:
            await extracted(http)
            assert (await http.post("/tasks/extract", json=extract_form())).status_code == 429
            await http.get("/tasks", headers={"Authorization": "lu_wrong"})
            receiver.until_sent(6)
            found = await figures(http)
            while found.get(("chunkr_webhook_attempts_total", ("delivered",))) != 6:  # noted after the answer came
                found = await figures(http)
    assert found["chunkr_request_seconds_count", ("POST", "/tasks/extract", "200")] == 1
    assert found["chunkr_request_seconds_count", ("POST", "/tasks/extract", "429")] == 1
    assert found["chunkr_request_seconds_count", ("GET", "/tasks", "401")] == 1
    assert found["chunkr_request_seconds_count", ("GET", "/tasks/{id}", "200")] >= 1
    assert found["chunkr_rate_limited_requests_total", ()] == 1
    assert found["chunkr_task_seconds_count", ("succeeded", "Parse")] == 1
    assert found["chunkr_task_seconds_count", ("succeeded", "Extract")] == 1
    assert found["chunkr_pending_webhook_deliveries", ()] == 0
    assert found["chunkr_disabled_webhooks", ()] == 0
    assert found["chunkr_data_free_bytes", ()] > 0
    assert found["process_resident_memory_bytes", ()] > 0


async def test_the_queue_is_seen_as_it_is_now(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    engine = ScriptedEngine(tmp_path / "log")
    async with served(create_app(engine=engine, workers=1, metrics=True)) as http:
        held = (await http.post("/tasks/extract", json=extract_form(f"do wait {gate}\n".encode()))).json()
        await until(http, held["parse_task_id"], lambda task: task["status"] == "Processing")
        for number in range(3):
            await http.post("/tasks/extract", json=extract_form(TEXT + b"%d" % number))
        found = await figures(http)
        assert [found["chunkr_unfinished_tasks", (state,)] for state in ("fetching", "queued", "processing")] == [
            0,
            3,
            1,
        ]
        assert found["chunkr_oldest_queued_seconds", ()] > 0
        gate.touch()
        await until(http, held["task_id"], lambda task: task["completed"])


async def test_labels_are_few_whatever_is_asked_for() -> None:
    """Or anybody could fill the memory with them."""
    async with served(create_app(metrics=True)) as http:
        for number in range(20):
            await http.get(f"/tasks/{number}/{number}/{number}/{number}/{number}")
            await http.request(f"X{number}", "/health")
            await http.get(f"/{number}.php")
        routes = {labels[:2] for name, labels in await figures(http) if name == "chunkr_request_seconds_count"}
    assert routes == {
        ("GET", "/tasks/{id}/{id}/{id}"),
        ("?", "/health"),
        ("GET", "/{id}"),
    }


@pytest.mark.parametrize(
    ("options", "header", "status"),
    [
        ({}, "lu_one", 404),
        ({"metrics": True}, "", 200),
        ({"metrics": True, "metrics_key": "prom"}, "", 401),
        ({"metrics": True, "metrics_key": "prom"}, "lu_one", 401),
        ({"metrics": True, "metrics_key": "prom"}, "prom", 200),
        ({"metrics": True, "metrics_key": "prom"}, "Bearer prom", 200),
    ],
)
async def test_figures_are_off_or_open_or_asked_a_key_for(options: dict[str, Any], header: str, status: int) -> None:
    """That of a scraper is none of those that let tasks be seen, and the reverse."""
    async with served(create_app(keys=["lu_one"], **options)) as http:
        answer = await http.get("/metrics", headers={"Authorization": header})
        assert answer.status_code == status
        assert (await http.get("/tasks", headers={"Authorization": "prom"})).status_code == 401


async def test_figures_hold_nothing_of_documents_and_keys() -> None:
    async with served(create_app(keys=["lu_one"], metrics=True), authorization="lu_one") as http:
        task = await extracted(http, b"Order number: PO-SECRET\n", file_name="private.txt")
        text = (await http.get("/metrics")).text
    assert not re.search(f"lu_one|SECRET|private|{task['task_id']}", text)


# --------------------------------------------------------------------------------------------------- spans
@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    # A process has one provider of tracers, and the tests of the client have set it.
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    yield exporter
    provider.shutdown()


def named(exporter: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if span.name == name]


async def test_requests_and_work_are_spans(spans: InMemorySpanExporter) -> None:
    with receiving() as receiver:
        async with served(create_app(webhooks=[Webhook(receiver.url, [SECRET])])) as http:
            parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            created = await http.post("/tasks/extract", json=extract_form(), headers={"traceparent": parent})
            task = await until(http, created.json()["task_id"], lambda task: task["completed"])
            receiver.until_sent(6)
    request = named(spans, "POST /tasks/extract")[0]
    assert request.kind is trace.SpanKind.SERVER
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/tasks/extract",
        "http.response.status_code": 200,
    }
    assert request.context is not None
    assert request.context.trace_id == 0x0AF7651916CD43DD8448EB211C80319C
    assert request.parent is not None
    assert request.parent.span_id == 0xB7AD6B7169203331
    for kind, task_id in (("parse", task["parse_task_id"]), ("extract", task["task_id"])):
        (work,) = named(spans, f"chunkr.server.{kind}")
        assert work.attributes == {"chunkr.task_id": task_id, "chunkr.ended": "succeeded", "chunkr.attempt": 1}
    told = named(spans, "chunkr.server.webhook")
    assert {span.attributes["chunkr.ended"] for span in told if span.attributes} == {"delivered"}


async def test_a_fault_is_an_error_without_its_text(spans: InMemorySpanExporter, tmp_path: Path) -> None:
    async with served(create_app(data_dir=tmp_path)) as http:
        for folder in ("incoming", "contents"):
            (tmp_path / folder).rmdir()
        assert (await http.post("/tasks/extract", json=extract_form())).status_code == 500
    (span,) = named(spans, "POST /tasks/extract")
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.events == ()


# ---------------------------------------------------------------------------------------------------- log
async def test_the_log_tells_callers_apart_without_their_keys(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="chunkr_integrations.server.access")
    async with served(create_app(keys=["lu_one", "lu_two"])) as http:
        for key in ("lu_one", "lu_two", "lu_one", "lu_wrong"):
            await http.get("/tasks", headers={"Authorization": key})
    told = re.findall(r"key=(\S+)", caplog.text)
    assert len(told) == 4
    assert told[0] == told[2] != told[1]
    assert told[3] == "-"
    assert all(re.fullmatch("[0-9a-f]{8}", key) for key in told[:3])
