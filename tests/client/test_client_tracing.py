from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel

from chunkr_integrations import AsyncClient, Client, OutputError

ORDER = Path(__file__).parent.parent / "samples" / "documents" / "order.pdf"


class Order(BaseModel):
    order_number: str | None = None


class Impossible(BaseModel):
    delivery_code: int


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    # A process has one tracer provider; only this module sets it.
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> InMemorySpanExporter:
    exporter.clear()
    return exporter


def told(spans: InMemorySpanExporter) -> list[tuple[str, dict[str, Any]]]:
    return [(span.name, dict(span.attributes or {})) for span in spans.get_finished_spans() if "chunkr" in span.name]


def test_submitting_waiting_and_reading_are_spans_of_the_callers(spans: InMemorySpanExporter) -> None:
    with trace.get_tracer("caller").start_as_current_span("caller") as parent, Client() as client:
        found = client.extract(ORDER, Order)
    finished = [span for span in spans.get_finished_spans() if span.name.startswith("chunkr.")]
    assert [span.name for span in finished] == ["chunkr.submit", "chunkr.wait", "chunkr.read"]
    assert {span.parent.span_id for span in finished if span.parent} == {parent.get_span_context().span_id}
    assert {attributes["chunkr.task_id"] for _, attributes in told(spans)} == {found.task_id}
    assert told(spans)[0][1]["chunkr.size"] == ORDER.stat().st_size


async def test_the_async_client_has_the_same_spans(spans: InMemorySpanExporter) -> None:
    async with AsyncClient() as client:
        await client.extract(ORDER, Order)
    assert [name for name, _ in told(spans)] == ["chunkr.submit", "chunkr.wait", "chunkr.read"]


def test_a_failure_is_told_by_its_class_alone(spans: InMemorySpanExporter) -> None:
    with Client() as client, pytest.raises(OutputError):
        client.extract(ORDER, Impossible)
    last = spans.get_finished_spans()[-1]
    assert (last.name, last.status.description) == ("chunkr.read", "OutputError")
    assert not last.events
    assert "order.pdf" not in str([told(spans), last.to_json()])
