"""The routes: HTTP in, the service's answers out, errors as plain text."""

from __future__ import annotations

import contextlib
import logging
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import anyio.to_thread
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from chunkr_integrations.engine import Engine

from ._access import Keys, Signer
from ._data_folder import Folder
from ._download import Fetcher
from ._endpoints import Endpoints
from ._file_store import FileStore
from ._isolation import ThreadRunner
from ._pool import Workers
from ._refusal import Refused
from ._service import Service
from ._sqlite import Database
from ._task_store import TaskStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from ._isolation import Runner

__all__ = ["create_app"]

_log = logging.getLogger("chunkr_integrations.server")

_GIB = 1024**3
_PREFIXES = ("", "/api/v1")  # the vendor's OpenAPI file has none, its SDKs have the other


def create_app(
    *,
    engine: Engine | None = None,
    data_dir: Path | None = None,
    keys: Collection[str] = (),
    allow_hosts: Collection[str] = (),
    isolation: Literal["thread", "process"] = "thread",
    workers: int = 1,
    task_timeout: float = 3600.0,
    max_upload_bytes: int = _GIB,
    max_request_bytes: int = _GIB,
) -> Starlette:
    """The application, for any ASGI server that runs its lifespan: that is when the workers start and stop.

    Args:
        engine: Who reads the documents; None makes one without a model.
        data_dir: For tasks and files, made when it is not there; None uses a folder that goes with the application.
        keys: Who is let in, each seeing only what is its own; none lets everyone in, seeing all.
        allow_hosts: Hosts that documents may be fetched from although their addresses are not public.
        isolation: Where documents are read: in threads of this process, or each worker in a process of its own, which
            may crash, or take longer than `task_timeout`, without harm to other tasks.
        workers: How many documents are read at the same time.
        task_timeout: Seconds that a task may be worked on, with `isolation="process"`; a thread cannot be ended.
        max_upload_bytes: Of a file that is uploaded or fetched.
        max_request_bytes: Of any other request; a document may be in it, as base64.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; there must be at least one.")
    if isolation not in {"thread", "process"}:
        raise ValueError(f'isolation is {isolation!r}; use "thread" or "process".')
    known, chosen = Keys(keys), engine or Engine()
    fetcher = Fetcher(frozenset(allow_hosts), max_upload_bytes)

    def runners() -> list[Runner]:
        return [ThreadRunner(chosen) for _ in range(workers)]

    @contextlib.contextmanager
    def running() -> Iterator[Endpoints]:
        with (
            _folder(data_dir) as folder,
            contextlib.closing(Database(folder.database, is_durable=data_dir is not None)) as database,
        ):
            tasks = TaskStore(database)
            working = Workers(tasks, folder, runners(), fetcher)
            working.start()
            try:
                signer = Signer(database.setting("secret", secrets.token_hex(32)))
                service = Service(
                    chosen.version, folder, tasks, FileStore(database), working, max_upload=max_upload_bytes
                )
                yield Endpoints(service, known, signer, max_request=max_request_bytes)
            finally:
                working.stop()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        entered = running()
        app.state.endpoints = await anyio.to_thread.run_sync(entered.__enter__)
        try:
            yield
        finally:
            del app.state.endpoints
            with _shielded():
                await anyio.to_thread.run_sync(entered.__exit__, None, None, None)

    handlers = {Refused: _refused, 404: _no_route, 405: _no_method, Exception: _internal_error}
    return Starlette(routes=list(_routes()), lifespan=lifespan, exception_handlers=handlers)  # type: ignore[arg-type]


def _shielded() -> anyio.CancelScope:
    """A server that is cancelled still has its threads to end."""
    return anyio.CancelScope(shield=True)


@contextlib.contextmanager
def _folder(data_dir: Path | None) -> Iterator[Folder]:
    if data_dir is not None:
        yield Folder(Path(data_dir))
        return
    made = tempfile.mkdtemp(prefix="chunkr-integrations-")
    try:
        yield Folder(Path(made))
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _routes() -> Iterator[Route]:
    for method, path, name in Endpoints.ROUTES:
        for prefix in _PREFIXES:
            yield Route(prefix + path, _endpoint(name), methods=[method])


def _endpoint(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        endpoints: Endpoints | None = getattr(request.app.state, "endpoints", None)
        if endpoints is None:
            raise RuntimeError("The application's lifespan has not been started. Run it with an ASGI server that does.")
        response: Response = await getattr(endpoints, name)(request)
        return response

    return endpoint


async def _refused(_: Request, error: Refused) -> Response:
    return PlainTextResponse(error.text, error.status, headers=error.headers)


async def _no_route(_: Request, __: Exception) -> Response:
    return PlainTextResponse("Not found", 404)


async def _no_method(_: Request, error: Exception) -> Response:
    return PlainTextResponse("Method not allowed", 405, headers=getattr(error, "headers", None))


async def _internal_error(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return PlainTextResponse("Internal error", 500)
