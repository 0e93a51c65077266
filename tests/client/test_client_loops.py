"""The embedded path under every kind of loop, and shared by threads."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import BaseModel

from chunkr_integrations import AsyncClient, Client

ORDER = Path(__file__).parent.parent / "samples" / "documents" / "order.pdf"


class Order(BaseModel):
    order_number: str | None = None


async def number() -> str | None:
    async with AsyncClient() as client:
        return (await client.extract(ORDER, Order)).value.order_number


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop does not exist for Windows")
def test_it_works_under_uvloop_twice_in_a_row() -> None:
    import uvloop

    assert [uvloop.run(number()) for _ in range(2)] == ["PO-7781", "PO-7781"]


def test_it_works_in_one_asyncio_loop_after_another() -> None:
    assert [asyncio.run(number()) for _ in range(2)] == ["PO-7781", "PO-7781"]


def test_threads_share_one_client() -> None:
    with Client() as client, ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: client.extract(ORDER, Order).value.order_number, range(24)))
    assert found == ["PO-7781"] * 24


async def test_the_sync_client_works_inside_a_running_loop() -> None:
    with Client() as client:
        assert client.extract(ORDER, Order).value.order_number == "PO-7781"
