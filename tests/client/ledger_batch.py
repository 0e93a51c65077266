"""What the processes do that the ledger's tests kill; apart, so that they start quickly."""

from __future__ import annotations

import asyncio
import math
import os
from typing import Any

from both import QUICK, Sha

from chunkr_integrations.client import AsyncClient, Client


def run_batch(ready: Any, url: str, path: str, inputs: list[bytes], asynchronous: bool) -> None:
    ready.set()
    options = {"base_url": url, "api_key": "k", "polling": QUICK, "ledger": path, "rate_limit": math.inf}

    async def run() -> list[bool]:
        async with AsyncClient(**options) as client:
            return [outcome.ok async for outcome in client.extract_many(inputs, Sha, max_concurrency=4)]

    if asynchronous:
        done = asyncio.run(run())
    else:
        with Client(**options) as client:
            done = [outcome.ok for outcome in client.extract_many(inputs, Sha, max_concurrency=4)]
    os._exit(0 if all(done) and len(done) == len(inputs) else 1)
