"""The vendor's own SDK on a real port: every method it has, plain, raw and streamed, and each of its error classes."""

from __future__ import annotations

import asyncio
import inspect
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import chunkr_ai
import pytest
from chunkr_ai import AsyncChunkr, Chunkr
from chunkr_ai._resource import AsyncAPIResource, SyncAPIResource
from served import ORDER, SCHEMA, TEXT, ScriptedEngine, inline
from standardwebhooks import Webhook

from chunkr_integrations.server import Limits, create_app

KEY = "lu_surface"
SECRET = "whsec_" + inline(b"0123456789abcdef01234567")
CLIENTS = pytest.mark.parametrize("client_class", [Chunkr, AsyncChunkr], ids=["sync", "async"])


def methods(part: Any, prefix: str = "") -> Iterator[str]:
    """The names of everything a client's resources can do: `tasks.extract.create` and so on."""
    resources = {
        name: found
        for name in dir(part)
        if not name.startswith("_") and isinstance(found := getattr(part, name), (SyncAPIResource, AsyncAPIResource))
    }
    for name, found in resources.items():
        yield from methods(found, f"{prefix}{name}.")
        yield from (
            f"{prefix}{name}.{each}"
            for each, _ in inspect.getmembers(type(found), inspect.isfunction)
            if not each.startswith("_")
        )


class Journey:
    """One caller's way through the whole SDK, each step with what the ones before it gave.

    Args:
        client: Sync or async.
        how: "plain", "with_raw_response" or "with_streaming_response".
        folder: Where its engine waits.
    """

    def __init__(self, client: Any, how: str, folder: Path) -> None:
        self.client = client
        self.how = how
        self.gate = folder / "gate"
        self.done: set[str] = set()

    async def __call__(self, name: str, *args: Any, **options: Any) -> Any:
        """What that method gives, whichever way it is asked."""
        self.done.add(name)
        *path, method = name.split(".")
        call = self.client
        for part in path:
            call = getattr(call, part)
        if self.how == "plain" or name == "webhooks.unwrap":  # which sends nothing
            found = getattr(call, method)(*args, **options)
            return await found if inspect.isawaitable(found) else found
        call = getattr(getattr(call, self.how), method)
        if self.how == "with_raw_response":
            answer = call(*args, **options)
            answer = await answer if inspect.isawaitable(answer) else answer
            assert answer.http_response.status_code == 200
            assert answer.headers["content-type"]
            return await self.parsed(answer)
        streamed = call(*args, **options)
        if hasattr(streamed, "__aenter__"):
            async with streamed as answer:
                return await self.parsed(answer)
        with streamed as answer:
            return await self.parsed(answer)

    async def parsed(self, answer: Any) -> Any:
        found = answer.parse()
        return await found if inspect.isawaitable(found) else found

    async def ended(self, task_id: str) -> Any:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            task = await self("tasks.get", task_id)
            if task.completed:
                return task
            await asyncio.sleep(0.02)
        pytest.fail("the task does not end")

    async def files(self) -> str:
        created = await self("files.create", file=("order.pdf", ORDER.read_bytes()), file_metadata='{"a": 1}')
        assert await self("files.get", created.file_id) == created
        page = await self("files.list", limit=1, sort="desc", start=created.created_at)
        assert (page.files, page.has_more, page.has_next_page()) == ([created], False, False)
        link = await self("files.url", created.file_id, expires_in=60)
        assert (link.expires_in, link.url.startswith("http://127.0.0.1")) == (60, True)
        assert await self("files.content", created.file_id) is None  # as the SDK has it: the bytes come raw only
        return str(created.url)

    async def tasks(self, file_url: str) -> None:
        parse = await self("tasks.parse.create", file=file_url, expires_in=600, file_name="a.pdf")
        await self.ended(parse.task_id)
        parsed = await self("tasks.parse.get", parse.task_id, include_chunks=True, base64_urls=True)
        assert parsed.output.chunks[0].segments
        assert parsed.file_info.url.startswith("data:application/pdf;base64,")
        extract = await self("tasks.extract.create", file=parse.task_id, schema=SCHEMA, system_prompt="The order.")
        await self.ended(extract.task_id)
        extracted = await self("tasks.extract.get", extract.task_id, include_chunks=False, base64_urls=False)
        assert extracted.output.results == {"order_number": "PO-7781", "total": 118}
        page = await self(
            "tasks.list",
            limit=1,
            sort="asc",
            start=datetime(2020, 1, 1, tzinfo=timezone.utc),
            statuses=["Succeeded", "Failed"],
            task_types=["Parse", "Extract"],
            include_chunks=True,
            base64_urls=True,
        )
        assert [task.task_id for task in page.tasks] == [parse.task_id]
        assert page.has_next_page()
        after = page.get_next_page()
        after = await after if inspect.isawaitable(after) else after
        assert [task.task_id for task in after.tasks] == [extract.task_id]
        assert await self("tasks.delete", extract.task_id) is None

    async def cancelling(self) -> None:
        busy = await self("tasks.parse.create", file=inline(f"do wait {self.gate}\n".encode()))
        waiting = await self("tasks.parse.create", file=inline(TEXT))
        assert await self("tasks.cancel", waiting.task_id) is None
        self.gate.touch()
        assert (await self("tasks.get", waiting.task_id)).status == "Cancelled"
        with pytest.raises(chunkr_ai.BadRequestError, match="cancelled"):
            await self("tasks.cancel", waiting.task_id)
        await self.ended(busy.task_id)
        await self("tasks.delete", busy.task_id)
        with pytest.raises(chunkr_ai.NotFoundError, match="Task not found"):
            await self("tasks.get", busy.task_id)

    async def service(self) -> None:
        assert (await self("health.check")).startswith("OK - ")
        assert (await self("file_types.get")).image.formats
        payload = json.dumps({"event_type": "task.parse.updated", "status": "Succeeded", "task_id": "a"})
        now = datetime.now(timezone.utc)
        signature, second = Webhook(SECRET).sign("msg_1", now, payload), str(int(now.timestamp()))
        headers = {
            "webhook-id": "msg_1",
            "webhook-timestamp": second,
            "webhook-signature": signature,
        }
        assert (await self("webhooks.unwrap", payload, headers=headers)).task_id == "a"
        with pytest.raises(chunkr_ai.NotFoundError, match="Not Found"):  # the vendor's dashboard; there is none here
            await self("webhooks.url")


@CLIENTS
@pytest.mark.parametrize("how", ["plain", "with_raw_response", "with_streaming_response"])
async def test_every_method_of_the_sdk(
    client_class: Any, how: str, serve: Callable[[Any], str], tmp_path: Path
) -> None:
    """The answers fit the SDK's models to the letter, and a method that a later release adds fails this test."""
    app = create_app(engine=ScriptedEngine(tmp_path / "log"), data_dir=tmp_path / "data", keys=[KEY], workers=1)
    client = client_class(
        api_key=KEY,
        webhook_key=SECRET,
        base_url=serve(app) + {"plain": "", "with_raw_response": "/api/v1"}.get(how, "/api/v1/"),
        max_retries=0,
        _strict_response_validation=True,
    )
    journey = Journey(client, how, tmp_path)
    file_url = await journey.files()
    await journey.tasks(file_url)
    await journey.cancelling()
    await journey.service()
    assert (await journey("files.delete", file_url.rpartition("/")[2])).deleted
    assert journey.done == set(methods(client))
    closed = client.close()
    assert (await closed if inspect.isawaitable(closed) else closed) is None


async def called(client: Any, name: str, *args: Any, **options: Any) -> Any:
    return await Journey(client, "plain", Path())(name, *args, **options)


async def flood(client: Any) -> None:
    for _ in range(50):
        await called(client, "tasks.parse.create", file=inline(TEXT))


@CLIENTS
async def test_each_status_is_the_sdks_class_for_it(
    client_class: Any, serve: Callable[[Any], str], tmp_path: Path
) -> None:
    app = create_app(data_dir=tmp_path, keys=[KEY], limits=Limits(files_per_second=1, upload_bytes=100_000))
    client = client_class(api_key=KEY, base_url=serve(app), max_retries=0)
    with pytest.raises(chunkr_ai.NotFoundError) as caught:
        await called(client, "tasks.get", "a")
    assert (caught.value.status_code, caught.value.body) == (404, "Task not found")
    with pytest.raises(chunkr_ai.AuthenticationError, match="another key"):
        await called(client, "files.get", "a")
    with pytest.raises(chunkr_ai.AuthenticationError, match="Invalid or inactive"):
        await called(client.with_options(api_key="lu_wrong"), "tasks.list")
    with pytest.raises(chunkr_ai.BadRequestError, match="limit"):
        await called(client, "tasks.list", limit=0)
    with pytest.raises(chunkr_ai.APIStatusError) as caught:
        await called(client, "files.create", file=("a", bytes(4 << 20)))
    assert caught.value.status_code == 413
    with pytest.raises(chunkr_ai.RateLimitError) as caught:
        await flood(client)
    assert int(caught.value.response.headers["retry-after"]) >= 1
    assert await called(client.with_options(max_retries=4), "tasks.parse.create", file=inline(TEXT))  # it waits
    (tmp_path / "contents").rename(tmp_path / "gone")
    (tmp_path / "incoming").rename(tmp_path / "gone too")
    await asyncio.sleep(1.1)  # until the bucket has room for one more
    with pytest.raises(chunkr_ai.InternalServerError, match="The server's log says more"):
        await called(client, "tasks.parse.create", file=inline(b"new"))
    (tmp_path / "gone").rename(tmp_path / "contents")
    (tmp_path / "gone too").rename(tmp_path / "incoming")


@CLIENTS
async def test_no_answer_is_the_sdks_class_for_it(client_class: Any) -> None:
    with pytest.raises(chunkr_ai.APIConnectionError):
        await called(client_class(api_key=KEY, base_url="http://127.0.0.1:9", max_retries=0), "health.check")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(chunkr_ai.APITimeoutError):
            await called(client_class(api_key=KEY, base_url=url, max_retries=0, timeout=0.2), "health.check")
