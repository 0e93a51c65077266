"""The vendor's own SDK, sync and async, against a real port: all of it that this server answers."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served import ORDER, SCHEMA, TEXT, inline

from chunkr_integrations.server import create_app

chunkr_ai = pytest.importorskip("chunkr_ai")

KEY, OTHER = "lu_sdk", "lu_other"


@pytest.fixture(params=["", "/api/v1"], ids=["bare", "prefixed"])
def url(request: pytest.FixtureRequest, serve: Callable[[Any], str], tmp_path: Path) -> str:
    return serve(create_app(data_dir=tmp_path, keys=[KEY, OTHER])) + str(request.param)


@pytest.fixture(params=["Chunkr", "AsyncChunkr"])
def sdk(request: pytest.FixtureRequest, url: str) -> Any:
    return getattr(chunkr_ai, request.param)(api_key=KEY, base_url=url, max_retries=0)


async def answer(found: Any) -> Any:
    return await found if inspect.isawaitable(found) else found


async def ended(sdk: Any, task_id: str) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        task = await answer(sdk.tasks.get(task_id))
        if task.completed:
            return task
        await asyncio.sleep(0.01)
    pytest.fail("the task does not end")


async def everything(pages: Any) -> list[Any]:
    """All items of a list, page after page, as the SDK turns them."""
    if hasattr(pages, "__aiter__"):
        return [item async for item in pages]
    return list(pages)


async def test_a_file_is_uploaded_read_listed_and_deleted(sdk: Any) -> None:
    file = await answer(sdk.files.create(file=("order.pdf", ORDER.read_bytes()), file_metadata='{"a": [1]}'))
    assert (file.file_name, file.content_type) == ("order.pdf", "application/pdf")
    assert file.file_size == ORDER.stat().st_size
    assert file.metadata == {"a": [1]}
    assert file.url == f"ch://files/{file.file_id}"
    assert await answer(sdk.files.get(file.file_id)) == file
    assert await everything(sdk.files.list()) == [file]
    link = await answer(sdk.files.url(file.file_id, expires_in=60))
    assert (link.url.startswith("http://127.0.0.1"), link.expires_in) == (True, 60)
    assert (await answer(sdk.files.url(file.file_id, base64_urls=True))).url.startswith("data:application/pdf;base64,")
    raw = await answer(sdk.files.with_raw_response.content(file.file_id))
    assert raw.http_response.content == ORDER.read_bytes()
    assert raw.http_response.headers["content-type"] == "application/pdf"
    assert (await answer(sdk.files.delete(file.file_id))).deleted
    with pytest.raises(chunkr_ai.AuthenticationError, match="File not found"):
        await answer(sdk.files.get(file.file_id))


async def test_an_extraction_is_created_and_read(sdk: Any) -> None:
    file = await answer(sdk.files.create(file=("order.pdf", ORDER.read_bytes())))
    created = await answer(
        sdk.tasks.extract.create(
            file=file.url,
            schema=SCHEMA,
            system_prompt="Extract the order.",
            parse_configuration={"ocr_strategy": "Auto", "segment_processing": {"page_footer": {"strategy": "Ignore"}}},
            expires_in=600,
            file_name="renamed.pdf",
        )
    )
    assert (created.status, created.completed, created.task_type) == ("Starting", False, "Extract")
    await ended(sdk, created.task_id)
    task = await answer(sdk.tasks.extract.get(created.task_id))
    assert task.status == "Succeeded"
    assert task.output.results == {"order_number": "PO-7781", "total": 118}
    assert task.output.citations["order_number"][0]["content"] == "PO-7781"
    assert task.configuration.schema_ == SCHEMA
    assert task.configuration.parse_configuration.segment_processing.page_footer.strategy == "Ignore"
    assert task.file_info.name == "renamed.pdf"
    assert (task.expires_at - task.created_at).total_seconds() == 600
    assert task.version_info.client_version.generated_sdk == "0.1.0-alpha.15"
    assert type((await answer(sdk.tasks.get(created.task_id))).output) is type(task.output)


async def test_a_parse_is_created_read_and_extracted_from(sdk: Any) -> None:
    created = await answer(
        sdk.tasks.parse.create(file=inline(ORDER.read_bytes()), chunk_processing={"target_length": 0})
    )
    await ended(sdk, created.task_id)
    task = await answer(sdk.tasks.parse.get(created.task_id))
    segments = [segment for chunk in task.output.chunks for segment in chunk.segments]
    assert len(segments) == len(task.output.chunks)
    assert "PO-7781" in "".join(segment.text for segment in segments)
    words = [word for segment in segments for word in segment.ocr]
    assert all(0 <= word.bbox.left <= segments[0].page_width for word in words)
    assert task.output.pages[0].page_number == 1
    assert task.configuration.chunk_processing.target_length == 0
    extract = await answer(sdk.tasks.extract.create(file=created.task_id, schema=SCHEMA))
    assert extract.parse_task_id == created.task_id
    assert (await ended(sdk, extract.task_id)).output.results["total"] == 118


async def test_a_list_is_read_to_its_end_page_by_page(sdk: Any) -> None:
    """The cursor goes out as the SDK spells it, with a blank and an offset."""
    made = []
    for number in range(7):
        task = await answer(sdk.tasks.parse.create(file=inline(b"Page %d" % number)))
        made.append((await ended(sdk, task.task_id)).task_id)
    pages = sdk.tasks.list(limit=3, statuses=["Succeeded", "Failed"], task_types=["Parse", "Extract"])
    assert [task.task_id for task in await everything(pages)] == made[::-1]
    oldest_first = sdk.tasks.list(limit=2, sort="asc")
    assert [task.task_id for task in await everything(oldest_first)] == made
    middle = await answer(sdk.tasks.get(made[3]))
    since = sdk.tasks.list(start=middle.created_at, sort="asc")
    assert [task.task_id for task in await everything(since)] == made[3:]
    with_output = await everything(
        sdk.tasks.list(include_chunks=True, base64_urls=True, limit=1, end=middle.created_at)
    )
    assert all(task.output.chunks for task in with_output)
    assert len(with_output) == 4
    assert await everything(sdk.tasks.list(statuses=["Cancelled"])) == []
    for number in range(5):
        await answer(sdk.files.create(file=(f"{number}.txt", TEXT)))
    assert [file.file_name for file in await everything(sdk.files.list(limit=2))] == [
        f"{n}.txt" for n in (4, 3, 2, 1, 0)
    ]


async def test_a_finished_task_can_be_deleted_and_not_cancelled(sdk: Any) -> None:
    task = await answer(sdk.tasks.extract.create(file=inline(TEXT), schema=SCHEMA))
    await ended(sdk, task.task_id)
    with pytest.raises(chunkr_ai.BadRequestError, match="Succeeded"):
        await answer(sdk.tasks.cancel(task.task_id))
    assert await answer(sdk.tasks.delete(task.task_id)) is None
    for method in (sdk.tasks.get, sdk.tasks.delete, sdk.tasks.cancel, sdk.tasks.extract.get, sdk.tasks.parse.get):
        with pytest.raises(chunkr_ai.NotFoundError) as caught:
            await answer(method(task.task_id))
        assert caught.value.body == "Task not found"


async def test_health_and_file_types(sdk: Any) -> None:
    assert (await answer(sdk.health.check())).startswith("OK - chunkr-integrations")
    types = await answer(sdk.file_types.get())
    assert "application/pdf" in [each.mime_type for each in types.document.formats]


async def test_errors_are_the_sdks_classes_and_plain_text(sdk: Any, url: str) -> None:
    with pytest.raises(chunkr_ai.BadRequestError) as caught:
        await answer(sdk.tasks.extract.create(file="no base64!", schema=SCHEMA))
    assert caught.value.body.startswith("Invalid base64 data")
    wrong = type(sdk)(api_key="lu_wrong", base_url=url, max_retries=0)
    with pytest.raises(chunkr_ai.AuthenticationError, match="Invalid or inactive API key"):
        await answer(wrong.tasks.list())


async def test_another_key_sees_nothing(sdk: Any, url: str) -> None:
    file = await answer(sdk.files.create(file=("a.txt", TEXT)))
    task = await answer(sdk.tasks.parse.create(file=file.url))
    await ended(sdk, task.task_id)
    other = type(sdk)(api_key=OTHER, base_url=url, max_retries=0)
    assert await everything(other.files.list()) == []
    assert await everything(other.tasks.list()) == []
    for method in (other.files.get, other.files.url, other.files.content, other.files.delete):
        with pytest.raises(chunkr_ai.AuthenticationError):
            await answer(method(file.file_id))
    for method in (other.tasks.get, other.tasks.cancel, other.tasks.delete):
        with pytest.raises(chunkr_ai.NotFoundError):
            await answer(method(task.task_id))
    for reference in (file.url, task.task_id):
        with pytest.raises(chunkr_ai.BadRequestError, match="not found"):
            await answer(other.tasks.extract.create(file=reference, schema=SCHEMA))


async def test_the_same_request_sent_again_makes_no_second_task(sdk: Any) -> None:
    """As the SDK does after a lost answer: the same Idempotency-Key."""
    options = {"file": inline(TEXT), "schema": SCHEMA, "idempotency_key": "stainless-python-retry-1"}
    first = await answer(sdk.tasks.extract.create(**options))
    second = await answer(sdk.tasks.extract.create(**options))
    assert first.task_id == second.task_id
    with pytest.raises(chunkr_ai.BadRequestError, match="Idempotency-Key"):
        await answer(sdk.tasks.extract.create(**{**options, "file": inline(b"other")}))
    one, two = [
        await answer(sdk.files.create(file=("a.txt", TEXT), idempotency_key="stainless-python-retry-2")) for _ in "ab"
    ]
    assert one == two
