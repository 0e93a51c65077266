from __future__ import annotations

import asyncio
import threading

import pytest
from langchain_core.document_loaders import Blob
from langchain_core.rate_limiters import BaseRateLimiter, InMemoryRateLimiter
from pydantic import ValidationError
from scripted_service import Order, write

from chunkr_integrations.exceptions import ConfigurationError
from chunkr_integrations.langchain import ChunkrBlobParser, ChunkrExtractLoader, ChunkrExtractor, ChunkrExtractTool


class Turnstile(BaseRateLimiter):
    """Notes how many documents had gone out at each turn, and on which thread the question came."""

    def __init__(self, service) -> None:
        self.service = service
        self.turns: list[tuple[str, int]] = []
        self.threads: set[int] = set()

    def acquire(self, *, blocking=True):
        assert blocking
        self.turns.append(("acquire", len(self.service.forms)))
        self.threads.add(threading.get_ident())
        return True

    async def aacquire(self, *, blocking=True):
        assert blocking
        await asyncio.sleep(0)
        self.turns.append(("aacquire", len(self.service.forms)))
        return True


@pytest.fixture
def turnstile(service):
    return Turnstile(service)


def test_the_loader_asks_before_each_document(paths, service, client, turnstile):
    loader = ChunkrExtractLoader(paths, Order, client=client, rate_limiter=turnstile, max_concurrency=1)
    assert len(loader.load()) == 3
    assert turnstile.turns == [("acquire", 0), ("acquire", 1), ("acquire", 2)]


async def test_the_async_loader_asks_without_holding_up_the_loop(paths, async_client, turnstile):
    loader = ChunkrExtractLoader(paths, Order, async_client=async_client, rate_limiter=turnstile, max_concurrency=1)
    assert len(await loader.aload()) == 3
    assert turnstile.turns == [("aacquire", 0), ("aacquire", 1), ("aacquire", 2)]


async def test_a_sync_client_waits_for_its_turn_in_a_thread(paths, client, turnstile):
    await ChunkrExtractLoader(paths, Order, client=client, rate_limiter=turnstile).aload()
    assert [kind for kind, _ in turnstile.turns] == ["acquire"] * 3
    assert threading.get_ident() not in turnstile.threads


def test_what_cannot_be_read_takes_no_turn(folder, client, turnstile):
    (folder / "d.txt").mkdir()
    loader = ChunkrExtractLoader(
        folder / "d.txt", Order, file_name="d.txt", on_error="skip", client=client, rate_limiter=turnstile
    )
    assert loader.load() == []
    assert turnstile.turns == []


async def test_the_parser_asks(client, async_client, turnstile, paths):
    blob = Blob.from_path(paths[0])
    assert ChunkrBlobParser(Order, client=client, rate_limiter=turnstile).parse(blob)
    assert await ChunkrBlobParser(Order, async_client=async_client, rate_limiter=turnstile).aparse(blob)
    assert [kind for kind, _ in turnstile.turns] == ["acquire", "aacquire"]


async def test_the_tool_and_the_runnable_ask(folder, client, async_client, turnstile):
    asked = {"output_schema": Order, "client": client, "async_client": async_client, "rate_limiter": turnstile}
    tool, extractor = ChunkrExtractTool(root=folder, **asked), ChunkrExtractor(**asked)
    tool.invoke({"reference": "a.txt"})
    await tool.ainvoke({"reference": "a.txt"})
    extractor.batch([folder / "a.txt", folder / "b.txt"])
    await extractor.ainvoke(folder / "a.txt")
    assert sorted(kind for kind, _ in turnstile.turns) == ["aacquire"] * 2 + ["acquire"] * 3


def test_a_reference_that_leads_nowhere_takes_no_turn(folder, client, turnstile):
    tool = ChunkrExtractTool(output_schema=Order, root=folder, client=client, rate_limiter=turnstile)
    tool.invoke({"reference": "../a.txt"})
    assert turnstile.turns == []


def test_langchains_own_limiter_goes_in(tmp_path, client):
    limiter = InMemoryRateLimiter(requests_per_second=1000, check_every_n_seconds=0.001)
    loader = ChunkrExtractLoader(write(tmp_path, "a"), Order, client=client, rate_limiter=limiter)
    assert len(loader.load()) == 1


def test_something_else_is_refused(paths, folder, client):
    with pytest.raises(ConfigurationError, match=r"rate_limiter= takes .* not int"):
        ChunkrExtractLoader(paths, Order, client=client, rate_limiter=5)
    with pytest.raises(ValidationError, match="rate_limiter"):
        ChunkrExtractTool(output_schema=Order, root=folder, client=client, rate_limiter=5)
