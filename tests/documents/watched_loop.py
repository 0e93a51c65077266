"""Event loops under watch: a blocking call raises, when this package is among its callers."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager

import blockbuster
from scripted_service import KEY

# The embedded engine has a loop and a thread of its own, where it may read its database.
ENGINE = ["chunkr_integrations.client._embedded", "chunkr_integrations.engine", "chunkr_integrations.server"]
WAYS = ["async client", "async client with a ledger", "sync client", "own client with a ledger"]


@contextmanager
def watched():
    """Components are made outside: a constructor may look at its folder."""
    with blockbuster.blockbuster_ctx("chunkr_integrations", excluded_modules=ENGINE):
        yield


@asynccontextmanager
async def connection(way, service, serve, ledger):
    """The options of a component that reaches the scripted service in one of the ways."""
    if way == "sync client":
        with service.client() as client:
            yield {"client": client}
    elif way.startswith("async client"):
        async with service.async_client(**({"ledger": ledger} if "ledger" in way else {})) as client:
            yield {"async_client": client}
    else:
        own = {"api_key": KEY, "base_url": serve(service.app())}
        yield {**own, "ledger": ledger} if "ledger" in way else own
