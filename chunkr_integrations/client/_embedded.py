"""The seam to the embedded engine: an httpx transport that runs the server's ASGI application in this process.

The application lives on an event loop of its own, in a thread of its own, so one piece of code serves threads and event
loops of any kind, and neither ever waits for the engine's work. Documents are read in worker processes. This is the one
module of the client side that knows of `chunkr_integrations.server` and `engine`, by name only.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio.from_thread
import anyio.to_thread
import httpx

from chunkr_integrations.exceptions import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from concurrent.futures import Future

    from anyio.from_thread import BlockingPortal

__all__ = ["EmbeddedTransport"]

_log = logging.getLogger("chunkr_integrations.client")

_KEPT = 3600.0  # seconds that a finished task can be asked for again; a batch of any size must not fill the disk


class _Service:
    """The application, running: started with the first request, stopped once."""

    def __init__(self, create_app: Callable[[], Any]) -> None:
        self._create_app = create_app
        self._lock = threading.Lock()
        self._stack = contextlib.ExitStack()
        self._running: tuple[BlockingPortal, httpx.ASGITransport] | None = None

    def start(self) -> tuple[BlockingPortal, httpx.ASGITransport]:
        """The portal to the application's event loop, and the way into the application."""
        with self._lock:
            if self._running is None:
                app = self._create_app()
                with contextlib.ExitStack() as stack:
                    portal = stack.enter_context(anyio.from_thread.start_blocking_portal(name="chunkr-embedded"))
                    stack.enter_context(portal.wrap_async_context_manager(_lifespan(app)))
                    self._stack = stack.pop_all()
                self._running = portal, httpx.ASGITransport(app, raise_app_exceptions=False)
                _stop_at_exit(self)
                _log.info(
                    "The embedded engine answers: nothing leaves this machine. Set CHUNKR_API_KEY, or CHUNKR_BASE_URL "
                    "(or api_key=, base_url=), to let a server answer instead."
                )
            return self._running

    def stop(self) -> None:
        """End the application and its thread; a later request would start it again."""
        with self._lock:
            stack, self._stack, self._running = self._stack, contextlib.ExitStack(), None
        stack.close()
        _started.pop(self, None)


def _create_app(engine: Any) -> Any:
    try:
        # An extra, needed by this transport only. The reading process imports its libraries while this one goes on.
        from chunkr_integrations.engine.work.embedded import embedded_runner, embedded_workers  # noqa: PLC0415

        runner = embedded_runner(engine)
        from chunkr_integrations.server import Limits, create_app  # noqa: PLC0415
    except ImportError as exc:
        if exc.name is not None and exc.name.startswith("chunkr_integrations"):
            raise
        raise MissingExtraError("local", needed_for="Extracting without a key and without a URL") from exc
    limits = Limits(pages=None)  # nobody else waits
    workers = embedded_workers()
    # The client's own spans say what it waits for.
    return create_app(engine=engine, runner=runner, workers=workers, keep=_KEPT, limits=limits, tracing=False)


@contextlib.asynccontextmanager
async def _lifespan(app: Any) -> AsyncIterator[None]:
    async with app.router.lifespan_context(app):
        yield


# One service for each process: a forked child starts its own, because threads do not survive a fork.
_shared: dict[int, _Service] = {}
_shared_lock = threading.Lock()


def _shared_service() -> _Service:
    with _shared_lock:
        service = _shared.get(os.getpid())
        if service is None:
            _shared.clear()
            service = _shared[os.getpid()] = _Service(partial(_create_app, None))
        return service


# Services that run, each with its process: a program that does not close its clients ends all the same.
_started: dict[_Service, int] = {}
_hooked: set[int] = set()

# The application ends with help of threads, and at the time of `atexit` no more can be started. concurrent.futures has
# the same need and the same way; where it is missing, ending is tried at the usual time.
_at_exit: Callable[..., Any] = getattr(threading, "_register_atexit", atexit.register)


def _stop_at_exit(service: _Service) -> None:
    pid = os.getpid()
    _started[service] = pid
    if pid not in _hooked:
        _hooked.add(pid)
        _at_exit(_stop_all, pid)


def _stop_all(pid: int) -> None:
    if os.getpid() == pid:
        for service in [service for service, started_in in _started.items() if started_in == pid]:
            service.stop()


class EmbeddedTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers requests with the embedded engine.

    Args:
        engine: What reads the documents; None shares one service, with the default engine, in this process.
        create_app: Makes another ASGI application to answer; a service of its own.
    """

    def __init__(self, engine: Any = None, *, create_app: Callable[[], Any] | None = None) -> None:
        if engine is not None and create_app is None:
            create_app = partial(_create_app, engine)
        self._own = None if create_app is None else _Service(create_app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer in the calling thread."""
        return self._begin(request).result()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer without holding up the caller's event loop, whichever it is."""
        # In a thread: the first request starts the service, and each waits until the service's loop has taken it.
        return await _result(await anyio.to_thread.run_sync(self._begin, request))

    def close(self) -> None:
        """Stop the service, if it is this transport's own."""
        if self._own is not None:
            self._own.stop()

    async def aclose(self) -> None:
        """As `close`."""
        await anyio.to_thread.run_sync(self.close)

    def _begin(self, request: httpx.Request) -> Future[httpx.Response]:
        portal, inner = (self._own or _shared_service()).start()
        return portal.start_task_soon(_answer, inner, request)


async def _answer(inner: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
    response = await inner.handle_async_request(request)
    content = await response.aread()
    return httpx.Response(response.status_code, headers=response.headers, content=content)


async def _result(begun: Future[httpx.Response]) -> httpx.Response:
    """Wait for another thread's result; when the waiting is cancelled, so is the work."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # trio
        try:
            return await anyio.to_thread.run_sync(begun.result, abandon_on_cancel=True)
        except BaseException:
            begun.cancel()
            raise
    return await asyncio.wrap_future(begun)
