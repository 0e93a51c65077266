"""The server as a program of its own."""

from __future__ import annotations

import ipaddress
import logging
import os
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from chunkr_integrations.engine import Engine
from chunkr_integrations.server._app import create_app
from chunkr_integrations.server._problems import Problem
from chunkr_integrations.server._protocol import BoundedProtocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from chunkr_integrations.engine import Ocr
    from chunkr_integrations.engine.readers import OcrName
    from chunkr_integrations.server.limits import Limits
    from chunkr_integrations.server.webhooks import Webhook

__all__ = ["StartError", "serve"]

_STOP_SECONDS = 10  # for answers in flight, when the server is told to stop
_FILES = 512  # that the server has open beside connections
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class StartError(RuntimeError):
    """What the server keeps its tasks and files in cannot be used. The message shows no password."""


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    data_dir: Path | None = None,
    database: str | None = None,
    files: str | Path | None = None,
    keys: Collection[str] | Mapping[str, str] = (),
    workers: int | None = None,
    allow_hosts: Collection[str] = (),
    limits: Limits | None = None,
    keep: float | None = None,
    webhooks: Sequence[Webhook] = (),
    metrics: bool = False,
    metrics_key: str | None = None,
    max_connections: int | None = 1000,
    ocr: Ocr | OcrName | None = None,
) -> None:
    """Answer on a port until the process is told to stop; each document is read in a process apart.

    Args:
        host: Address to listen at.
        port: Port to listen at.
        data_dir: For tasks, files and results; None: a temporary folder that goes at the end.
        database: URL of a PostgreSQL database for the tasks of several machines; None: SQLite in `data_dir`.
        files: A shared folder, or the URL of a file store that fsspec knows; None: `data_dir`.
        keys: API keys, see `create_app`; without any, everyone who reaches the port is let in. On a loopback address,
            web pages are not.
        workers: Processes, each for one task at a time; None: one for each processor, up to 8. 0: in threads of this
            process instead.
        allow_hosts: Hosts that documents may be fetched from although their addresses are not public.
        limits: Ceilings of sizes and times.
        keep: Seconds that finished tasks are kept whose request set no `expires_in`; None: for ever.
        webhooks: Endpoints that are told of every change of a task's state.
        metrics: Whether `GET /metrics` tells Prometheus figures; needs the extra `metrics`.
        metrics_key: What `GET /metrics` asks for; None: nothing.
        max_connections: Connections and answers at a time; the next is answered 503. None: any number.
        ocr: What recognises scans and images; None: as the environment says, else Tesseract.

    Raises:
        EngineError: The recogniser is not installed.
        StartError: The database, the file store or the data folder cannot be used.
        TypeError, ValueError, ImportError: As `create_app`.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if max_connections is not None:
        _allow_files(_FILES + 2 * max_connections)
    count = min(os.cpu_count() or 1, 8) if workers is None else workers
    Engine(ocr=ocr)  # what is wrong with it is said here, not by the first document
    app = create_app(
        engine_factory=partial(Engine, ocr=ocr),
        data_dir=data_dir,
        database=database,
        files=files,
        keys=keys,
        allow_hosts=allow_hosts,
        isolation="process" if count else "thread",
        workers=count or 2,
        limits=limits,
        keep=keep,
        webhooks=webhooks,
        metrics=metrics,
        metrics_key=metrics_key,
        hosts=(*_LOCAL_NAMES, host) if _is_loopback(host) else (),
    )
    starting = _Starting(app)
    try:
        uvicorn.run(
            starting,
            host=host,
            port=port,
            http=BoundedProtocol,
            log_config=None,
            access_log=False,  # the application writes its own, without queries
            server_header=False,
            limit_concurrency=max_connections,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
    except SystemExit:
        if starting.failure is not None:
            raise StartError(_said(starting.failure)) from starting.failure
        raise


class _Starting:
    """The application; of what an operator can mend when it starts, uvicorn logs no traceback.

    Attributes:
        failure: Why it did not start.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.failure: Exception | None = None
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await self._app(scope, receive, send)
        failed: list[Message] = []

        async def tell(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failed.append(message)
            else:
                await send(message)

        try:
            await self._app(scope, receive, tell)
        except (OSError, RuntimeError, Problem) as error:
            if not failed:
                raise
            self.failure = error
            await send({"type": "lifespan.startup.failed", "message": ""})
        except BaseException:
            for message in failed:
                await send(message)
            raise


def _said(error: Exception) -> str:
    if isinstance(error, Problem):
        return error.text
    return f"{error.strerror}: {error.filename}" if isinstance(error, OSError) and error.filename else str(error)


def _allow_files(wanted: int) -> None:
    """As many open files as that, where the system lets us: its usual 1,024 are fewer than the connections need."""
    try:
        import resource  # noqa: PLC0415 - not on Windows, which has no such limit
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"
