"""One way to call both clients, so that each test of behaviour runs with each of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import BaseModel

from chunkr_integrations.client import AsyncClient, Client, Polling

if TYPE_CHECKING:
    from collections.abc import Callable


class Sha(BaseModel):
    """What the fake server answers: which document it saw."""

    sha256: str


QUICK = Polling(shortest=0.001, share=0.1, longest=0.01)


class Both:
    """Calls a method of `Client`, or of `AsyncClient` in an event loop of its own; iterators become lists."""

    def __init__(
        self,
        kind: type[Client | AsyncClient],
        transport: Callable[[httpx.Request], httpx.Response] | None = None,
        **options: Any,
    ) -> None:
        options = {"polling": QUICK, "rate_limit": float("inf"), **options}
        self.is_async = kind is AsyncClient
        if transport is not None:
            mock = httpx.MockTransport(transport)
            http = httpx.AsyncClient(transport=mock) if self.is_async else httpx.Client(transport=mock)
            options |= {"http": http, "base_url": options.get("base_url", "http://chunkr.test")}
        self.client = kind(**options)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)

        def call(*args: Any, **options: Any) -> Any:
            if not self.is_async:
                found = method(*args, **options)
                return list(found) if hasattr(found, "__next__") else found
            return asyncio.run(self._collected(method, args, options))

        return call

    async def _collected(self, method: Any, args: Any, options: Any) -> Any:
        try:
            found = method(*args, **options)
            return [item async for item in found] if hasattr(found, "__anext__") else await found
        finally:
            loop = self.client._loops.pop(asyncio.get_running_loop(), None)
            if loop is not None:
                await loop.http.aclose()
