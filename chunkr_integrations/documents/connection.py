"""Whose client a component uses: one that was handed in and stays its owner's, or its own, opened when needed."""

from __future__ import annotations

import asyncio
import inspect
import weakref
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from chunkr_integrations.client import AsyncClient, Client
from chunkr_integrations.exceptions import ConfigurationError

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Iterator

    from pydantic import SecretStr

    from chunkr_integrations.ledger import Ledger

__all__ = ["Connection", "KeptConnection"]


@dataclass(frozen=True)
class Connection:
    """How to reach the service.

    A client that is handed in is never closed here. Without one, `api_key` and `base_url` (or the environment's
    CHUNKR_API_KEY and CHUNKR_BASE_URL) make one for each load, which is closed with it.
    """

    client: Any = None
    async_client: Any = None
    api_key: SecretStr | None = None
    base_url: str | None = None
    ledger: Ledger | str | os.PathLike[str] | None = None
    """What was asked before; for the clients made here."""
    max_concurrency: int | None = None
    """Extractions at a time of the clients made here, in all calls together."""

    def __post_init__(self) -> None:
        """Refuse a client of the wrong kind, and two answers to one question."""
        _check("client", self.client, wants_async=False)
        _check("async_client", self.async_client, wants_async=True)
        injected = self.client is not None or self.async_client is not None
        told = [name for name in ("api_key", "base_url", "ledger") if getattr(self, name) is not None]
        if injected and told:
            msg = f"A client and {' and '.join(told)} were given. The client has its own; leave the others out."
            raise ConfigurationError(msg)

    @property
    def is_sync_only(self) -> bool:
        """Whether async work has to go through the sync client, in threads."""
        return self.client is not None and self.async_client is None

    @contextmanager
    def open(self) -> Iterator[Client]:
        """The sync client for the time of a `with` block."""
        if self.client is not None:
            yield self.client
        elif self.async_client is not None:
            msg = "Only async_client was given, and this call is sync. Give client=, too, or use the async twin."
            raise TypeError(msg)
        else:
            with Client(**self.options()) as owned:
                yield owned

    @asynccontextmanager
    async def aopen(self) -> AsyncIterator[AsyncClient]:
        """The async client for the time of an `async with` block."""
        if self.async_client is not None:
            yield self.async_client
        else:
            async with await self.make() as owned:
                yield owned

    async def make(self) -> AsyncClient:
        """An own async client, made in a thread: opening a ledger takes its time."""
        return await asyncio.to_thread(AsyncClient, **self.options())

    def options(self) -> dict[str, Any]:
        """What an own client is made with."""
        told = {
            "api_key": self.api_key,
            "base_url": self.base_url,
            "ledger": self.ledger,
            "max_concurrency": self.max_concurrency,
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass
class _Counted:
    making: asyncio.Task[AsyncClient]
    calls: int = 0

    async def client(self) -> AsyncClient:
        """The client; a caller that gives up does not end the making for the others."""
        return await asyncio.shield(self.making)

    async def aclose(self) -> None:
        """Close the client, if there came to be one."""
        try:
            client = await self.making
        except Exception:  # noqa: BLE001 - the callers have been told
            return
        await client.aclose()


class KeptConnection:
    """A connection whose own clients serve many calls, for components that are called once per file.

    The sync client is kept until `close`, or until the component goes; the async one as long as any call on its event
    loop is under way, because a client cannot outlive its loop.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = Lock()
        self._client: Client | None = None
        self._closing: weakref.finalize[..., KeptConnection] | None = None
        self._async: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Counted] = weakref.WeakKeyDictionary()

    @contextmanager
    def open(self) -> Iterator[Client]:
        """The sync client; not closed after the block."""
        with self._lock:
            if self._client is None:
                kept = ExitStack()
                self._client = kept.enter_context(self._connection.open())
                self._closing = weakref.finalize(self, kept.close)
            client = self._client
        yield client

    @asynccontextmanager
    async def aopen(self) -> AsyncIterator[AsyncClient]:
        """The async client of the running event loop; closed with the last of the calls that use it."""
        if self._connection.async_client is not None:
            yield self._connection.async_client
            return
        loop = asyncio.get_running_loop()
        counted = self._async.get(loop)
        if counted is None:  # nothing is awaited up to here, so no other call can come between
            counted = self._async[loop] = _Counted(loop.create_task(self._connection.make()))
        counted.calls += 1
        try:
            yield await counted.client()
        finally:
            counted.calls -= 1
            if counted.calls == 0:
                self._async.pop(loop, None)
                await counted.aclose()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle how to connect, the key included; open clients stay behind."""
        return KeptConnection, (self._connection,)

    @property
    def is_sync_only(self) -> bool:
        """As in `Connection`."""
        return self._connection.is_sync_only

    def close(self) -> None:
        """Close the own sync client; a later call opens another."""
        with self._lock:
            closing, self._closing, self._client = self._closing, None, None
        if closing is not None:
            closing()


def _check(name: str, client: Any, *, wants_async: bool) -> None:
    if client is None:
        return
    extract = getattr(client, "extract", None)
    if not callable(extract) or inspect.iscoroutinefunction(extract) is not wants_async:
        kind = "AsyncClient" if wants_async else "Client"
        msg = f"{name}= takes a chunkr_integrations.{kind}, not {type(client).__name__}."
        other = "client" if wants_async else "async_client"
        raise TypeError(f"{msg} Give it as {other}=." if callable(extract) else msg)
