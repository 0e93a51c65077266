"""The vendor's own SDK, sync and async, on a real port: tasks that are stopped before they begin."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import chunkr_ai
import pytest
from served import SCHEMA, TEXT, ScriptedEngine, inline

from chunkr_integrations.server import create_app


class Sdk:
    """Calls either client, waiting for the answer where it has to be waited for."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def __call__(self, name: str, *args: Any, **options: Any) -> Any:
        call = self.client
        for part in name.split("."):
            call = getattr(call, part)
        answer = call(*args, **options)
        return await answer if inspect.isawaitable(answer) else answer

    async def ended(self, task_id: str) -> Any:
        for _ in range(3000):
            task = await self("tasks.get", task_id)
            if task.completed:
                return task
            await asyncio.sleep(0.02)
        pytest.fail("the task did not end")


@pytest.fixture
def engine(tmp_path: Path) -> ScriptedEngine:
    return ScriptedEngine(tmp_path / "parses")


@pytest.fixture
def url(serve: Callable[[Any], str], tmp_path: Path, engine: ScriptedEngine) -> str:
    return serve(create_app(engine=engine, data_dir=tmp_path / "data", keys=["lu_right"], workers=1))


@pytest.fixture(params=[chunkr_ai.Chunkr, chunkr_ai.AsyncChunkr], ids=["sync", "async"])
def client_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=["", "/api/v1/"], ids=["bare", "prefixed"])
async def sdk(request: pytest.FixtureRequest, url: str, client_class: Any) -> AsyncIterator[Sdk]:
    client = client_class(api_key="lu_right", base_url=url + request.param, max_retries=0)
    yield Sdk(client)
    closed = client.close()
    if inspect.isawaitable(closed):
        await closed


async def test_cancel_and_delete(sdk: Sdk, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    busy = await sdk("tasks.parse.create", file=inline(f"do wait {gate}\n".encode()))
    waiting = await sdk("tasks.extract.create", file=inline(TEXT), schema=SCHEMA)
    await sdk("tasks.cancel", waiting.task_id)
    gate.touch()
    assert (await sdk("tasks.get", waiting.task_id)).status == "Cancelled"
    with pytest.raises(chunkr_ai.BadRequestError, match="cancelled"):
        await sdk("tasks.cancel", waiting.task_id)
    await sdk.ended(busy.task_id)
    await sdk("tasks.delete", busy.task_id)
    with pytest.raises(chunkr_ai.NotFoundError, match="Task not found"):
        await sdk("tasks.get", busy.task_id)
