"""One contract, four ways to it: in process and on a port, sync and async."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from pydantic import BaseModel, Field

from chunkr_integrations import AsyncClient, Client, Extraction
from chunkr_integrations.exceptions import NotFoundError
from chunkr_integrations.server import create_app
from chunkr_integrations.tasks import (
    ChunkProcessing,
    GenerationConfig,
    OcrStrategy,
    ParseConfiguration,
    SegmentationStrategy,
    SegmentProcessing,
    Status,
)

ORDER = Path(__file__).parent.parent / "samples" / "documents" / "order.pdf"


class Order(BaseModel):
    order_number: str | None = Field(None, description="Number of the order")
    order_date: str | None = Field(None, description="Date of the order", json_schema_extra={"format": "date"})
    total: float | None = Field(None, description="Total amount")


class Total(BaseModel):
    total: float | None = None
    currency: str | None = Field(None, description="ISO 4217 code of the currency")


class Caller:
    """Calls a client's methods, waiting for the answer when the client is the async one."""

    def __init__(self, client: Client | AsyncClient) -> None:
        self.client = client

    async def __call__(self, method: str, *args: Any, **options: Any) -> Any:
        answer = getattr(self.client, method)(*args, **options)
        return await answer if inspect.isawaitable(answer) else answer


Calls = Callable[..., Awaitable[Any]]


# Both prefixes are in use: the vendor's OpenAPI document has none, the vendor's SDKs say /api/v1.
@pytest.fixture(params=[None, "", "/api/v1"], ids=["in process", "on a port", "on a port under /api/v1"])
def base_url(request: pytest.FixtureRequest, serve: Callable[[Any], str], tmp_path: Path) -> str | None:
    if request.param is None:
        return None
    return serve(create_app(data_dir=tmp_path, keys=["lu_test"])) + str(request.param)


@pytest.fixture(params=[Client, AsyncClient], ids=["sync", "async"])
async def call(request: pytest.FixtureRequest, base_url: str | None) -> AsyncIterator[Calls]:
    options: dict[str, Any] = {"api_key": "lu_test", "base_url": base_url} if base_url else {}
    client = request.param(**options)
    yield Caller(client)
    closed = client.close() if isinstance(client, Client) else client.aclose()
    if closed is not None:
        await closed


async def test_a_document_becomes_a_typed_object_with_citations(call: Calls) -> None:
    found: Extraction[Order] = await call("extract", ORDER, Order)
    assert found.value == Order(order_number="PO-7781", order_date="2026-03-01", total=118.0)
    for path, text in {"order_number": "PO-7781", "total": "118.00"}.items():
        (citation,) = found.citations[path]
        assert text in citation.content
        assert citation.page_number == 1
        assert (citation.page_width, citation.page_height) == (612, 792)
        assert all(72 <= box.left <= box.right <= 300 for box in citation.bboxes)
        assert found.states[path] == "found"
    assert found.source.name.endswith("order.pdf")
    assert "chunkr-integrations" in found.task.version_info.server_version


async def test_a_second_class_needs_no_second_parse(call: Calls) -> None:
    first = await call("extract", ORDER, Order)
    second = await call("extract", first.task.parse_task_id, Total)
    assert second.value == Total(total=118.0, currency="EUR")
    assert second.task.parse_task_id == first.task.parse_task_id


async def test_submit_now_and_collect_later(call: Calls) -> None:
    task = await call("submit", ORDER, Order)
    found = await call("result", task.task_id, Order)
    assert found.value.order_number == "PO-7781"
    assert (await call("task", task.task_id)).status == Status.SUCCEEDED


async def test_an_uploaded_file_is_used_by_reference(call: Calls) -> None:
    file = await call("upload", ORDER)
    assert file.url == f"ch://files/{file.file_id}"
    assert (await call("extract", file.url, Order)).value.total == 118.0
    assert (await call("extract", file, Order)).value.total == 118.0
    assert await call("file_content", file.file_id) == ORDER.read_bytes()


async def test_every_option_of_the_request_reaches_the_service(call: Calls) -> None:
    configuration = ParseConfiguration(
        ocr_strategy=OcrStrategy.AUTO,
        segmentation_strategy=SegmentationStrategy.PAGE,
        chunk_processing=ChunkProcessing(target_length=100),
        segment_processing=SegmentProcessing(page_footer=GenerationConfig(strategy="Ignore")),
    )
    task = await call(
        "submit",
        ORDER,
        Order,
        file_name="renamed.pdf",
        system_prompt="Extract the order.",
        parse_configuration=configuration,
        expires_in=600,
    )
    echoed = (await call("result", task.task_id, Order)).task
    assert echoed.file_info.name == "renamed.pdf"
    assert echoed.configuration.system_prompt == "Extract the order."
    sent = configuration.to_wire()
    received = echoed.configuration.parse_configuration
    assert received is not None
    assert {key: received[key] for key in sent} == sent
    assert echoed.expires_at is not None
    assert echoed.created_at is not None
    assert (echoed.expires_at - echoed.created_at).total_seconds() == pytest.approx(600, abs=1)


async def test_a_deleted_task_is_gone(call: Calls) -> None:
    found = await call("extract", ORDER, Order)
    await call("delete", found.task_id)
    with pytest.raises(NotFoundError, match="404"):
        await call("task", found.task_id)


async def test_health_says_who_answers(call: Calls) -> None:
    assert "chunkr-integrations" in await call("health")


class Recorder(httpx.BaseTransport):
    """Passes requests on to the served app, and keeps what went over the wire."""

    def __init__(self) -> None:
        self.inner = httpx.HTTPTransport()
        self.seen: list[tuple[httpx.Request, httpx.Response]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        response.read()
        self.seen.append((request, response))
        return response


def test_what_goes_over_the_wire_is_the_contracts(
    serve: Callable[[Any], str], tmp_path: Path, vendor_spec: dict[str, Any]
) -> None:
    """Each request body and each answer of an extraction validates against the vendor's OpenAPI document."""
    recorder = Recorder()
    url = serve(create_app(data_dir=tmp_path))
    with httpx.Client(transport=recorder) as http, Client(base_url=url, http=http) as client:
        client.extract(ORDER, Order, parse_configuration=ParseConfiguration(ocr_strategy="Auto"))

    def check(instance: Any, name: str) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": vendor_spec["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER).validate(
            instance
        )

    creates = [request for request, _ in recorder.seen if request.method == "POST"]
    assert [request.url.path for request in creates] == ["/tasks/extract"]
    for request, response in recorder.seen:
        assert response.status_code == 200
        if request.method == "POST":
            import json

            check(json.loads(request.content), "CreateExtractForm")
        check(response.json(), "ExtractTaskResponse")


class Losing(httpx.HTTPTransport):
    """Loses the answer to the first create, after the server has acted on it."""

    lost = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if request.url.path.endswith("/tasks/extract") and not self.lost:
            self.lost = True
            response.close()
            raise httpx.ReadError("lost", request=request)
        return response


def test_a_create_whose_answer_was_lost_is_found_among_documents_of_one_name(
    serve: Callable[[Any], str], tmp_path: Path
) -> None:
    """Both documents are uploaded, and the server never gives them back but behind its signed links."""
    url = serve(create_app(data_dir=tmp_path, keys=["lu_test"]))
    first, second = (f"Total: {total}.00\n".encode() * 50_000 for total in (118, 119))
    with httpx.Client(transport=Losing()) as http, Client("lu_test", url) as other:
        client = Client("lu_test", url, http=http)
        before = other.submit(first, Order, file_name="order.txt")
        found = client.submit(second, Order, file_name="order.txt")
        after = other.submit(first, Order, file_name="order.txt")
        made = [task.task_id for task in other.list_tasks(task_types=["Extract"])]
    assert made == [after.task_id, found.task_id, before.task_id]
