"""The endpoints: what HTTP asks, done by the operations, answered as the contract spells it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from urllib.parse import quote

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from typing_extensions import ParamSpec

from chunkr_integrations.server._access_log import note_caller
from chunkr_integrations.server._answers import (
    client_version,
    file_answer,
    file_page,
    task_answer,
    task_page,
    to_json,
)
from chunkr_integrations.server._file_types import FILE_TYPES
from chunkr_integrations.server._keys import check_key
from chunkr_integrations.server._openapi import openapi
from chunkr_integrations.server._operations import Caller
from chunkr_integrations.server._problems import Problem, bad_request, no_file, no_task, too_large, too_slow
from chunkr_integrations.server._queries import read_bool, read_choices, read_page, read_seconds
from chunkr_integrations.server._telemetry import METRICS_TYPE
from chunkr_integrations.server._uploads import BESIDE_BYTES, receive_upload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from chunkr_integrations.server._keys import Keys
    from chunkr_integrations.server._links import Links
    from chunkr_integrations.server._operations import Operations
    from chunkr_integrations.server._rate import Rate
    from chunkr_integrations.server._rows import FileRow, TaskRow
    from chunkr_integrations.server._telemetry import Telemetry

__all__ = ["Desk", "routes"]

P = ParamSpec("P")
T = TypeVar("T")

_LINK_SECONDS = 3600  # OpenAPI 2.62.0: the default of `GET /files/{file_id}/url`
_DRAWN_AT_A_TIME = 4  # pages that callers wait for; each holds a thread
_STATUSES = ("Starting", "Processing", "Succeeded", "Failed", "Cancelled")
_TYPES = ("Parse", "Extract")


class Desk:
    """The endpoints of one running server."""

    def __init__(
        self,
        operations: Operations,
        keys: Keys,
        links: Links,
        *,
        rate: Rate | None,
        telemetry: Telemetry,
        metrics_key: str | None,
    ) -> None:
        self._do = operations
        self._keys = keys
        self._links = links
        self._rate = rate
        self._telemetry = telemetry
        self._metrics_key = metrics_key
        self._drawing = anyio.CapacityLimiter(_DRAWN_AT_A_TIME)

    # -------------------------------------------------------------------------------------------- tasks
    async def create_extract(self, request: Request) -> Response:
        """`POST /tasks/extract`."""
        caller = await self._admitted(request, "tasks")
        body = await self._body(request)
        task = await anyio.to_thread.run_sync(self._do.create_extract, caller, body)
        return await self._task(request, task, with_output=False)

    async def create_parse(self, request: Request) -> Response:
        """`POST /tasks/parse`."""
        caller = await self._admitted(request, "tasks")
        body = await self._body(request)
        task = await anyio.to_thread.run_sync(self._do.create_parse, caller, body)
        return await self._task(request, task, with_output=False)

    async def get_extract(self, request: Request) -> Response:
        """`GET /tasks/{task_id}/extract`; `include_chunks` means nothing here, an extraction has none."""
        return await self._task(request, await self._found(request, "Extract"))

    async def get_parse(self, request: Request) -> Response:
        """`GET /tasks/{task_id}/parse`."""
        with_chunks = read_bool(request.query_params, "include_chunks", default=True)
        return await self._task(request, await self._found(request, "Parse"), with_output=with_chunks)

    async def get_task(self, request: Request) -> Response:
        """`GET /tasks/{task_id}`."""
        task = await self._found(request)
        with_chunks = read_bool(request.query_params, "include_chunks", default=True)
        return await self._task(request, task, with_output=with_chunks or task.task_type == "Extract")

    async def list_tasks(self, request: Request) -> Response:
        """`GET /tasks`; output comes only with `include_chunks=true`."""
        owner = self._caller(request).owner
        query = request.query_params
        page = read_page(query, limit=self._do.limits.page_size)
        statuses = read_choices(_all(request, "statuses"), "statuses", _STATUSES)
        types = read_choices(_all(request, "task_types"), "task_types", _TYPES)
        with_output = read_bool(query, "include_chunks", default=False)
        as_base64 = read_bool(query, "base64_urls", default=False)

        def answer() -> bytes:
            tasks, has_more = self._do.tasks.page(owner, page, statuses=statuses, task_types=types)
            return task_page(
                tasks,
                has_more=has_more,
                file_url=lambda task: self._file_url(request, task, as_base64=as_base64),
                output=lambda task: self._output(request, task, as_base64=as_base64) if with_output else None,
            )

        return _json(await anyio.to_thread.run_sync(answer))

    async def cancel_task(self, request: Request) -> Response:
        """`GET /tasks/{task_id}/cancel`: a GET that changes something, as documented."""
        owner = self._caller(request).owner
        await anyio.to_thread.run_sync(self._do.tasks.cancel, owner, request.path_params["task_id"])
        return PlainTextResponse("Task cancelled")

    async def delete_task(self, request: Request) -> Response:
        """`DELETE /tasks/{task_id}`."""
        owner = self._caller(request).owner
        await anyio.to_thread.run_sync(self._do.tasks.delete, owner, request.path_params["task_id"])
        return PlainTextResponse("Task deleted")

    # -------------------------------------------------------------------------------------------- files
    async def create_file(self, request: Request) -> Response:
        """`POST /files`."""
        caller = await self._admitted(request, "files")
        limit = self._do.limits.upload_bytes
        if _content_length(request) > limit + BESIDE_BYTES:
            raise too_large("The file", limit, "Split it and send the parts.")
        upload = await receive_upload(
            request.headers.get("content-type", ""), self._stream(request), self._do.blobs, limit=limit
        )
        file = await anyio.to_thread.run_sync(self._do.create_file, caller, upload)
        return _json(to_json(file_answer(file)))

    async def list_files(self, request: Request) -> Response:
        """`GET /files`."""
        owner = self._caller(request).owner
        page = read_page(request.query_params, limit=self._do.limits.page_size)
        files, has_more = await anyio.to_thread.run_sync(self._do.files.page, owner, page)
        return _json(file_page(files, has_more=has_more))

    async def get_file(self, request: Request) -> Response:
        """`GET /files/{file_id}`."""
        return _json(to_json(file_answer(await self._file(request))))

    async def delete_file(self, request: Request) -> Response:
        """`DELETE /files/{file_id}`."""
        owner = self._caller(request).owner
        await anyio.to_thread.run_sync(self._do.files.delete, owner, request.path_params["file_id"])
        return _json(b'{"deleted":true}')

    async def get_file_url(self, request: Request) -> Response:
        """`GET /files/{file_id}/url`."""
        file = await self._file(request)
        if read_bool(request.query_params, "base64_urls", default=False):
            uri = await anyio.to_thread.run_sync(self._do.data_uri, file.blob_id or "", file.content_type)
            return _json(to_json({"url": uri}))
        seconds = read_seconds(request.query_params, "expires_in", default=_LINK_SECONDS)
        url = self._link(request, "files", file.file_id, seconds)
        return _json(to_json({"url": url, "expires_in": seconds}))

    async def get_file_content(self, request: Request) -> Response:
        """`GET /files/{file_id}/content`."""
        file = await self._file(request)
        return await self._content(file.blob_id, file.content_type, file.file_name)

    async def follow_link(self, request: Request) -> Response:
        """A link that this server made; it needs no key."""
        kind, name = request.path_params["kind"], request.path_params["name"]
        query = request.query_params
        self._links.check(kind, name, query.get("until", ""), query.get("signature", ""))
        if kind == "files":
            file = await self._looked_up(self._do.files.find, name)
            if file is None:
                raise no_file()
            return await self._content(file.blob_id, file.content_type, file.file_name)
        task_id, _, part = name.rpartition("-") if kind in ("pages", "segments") else (name, "", "")
        task = await self._looked_up(self._do.tasks.find, task_id)
        if task is None:
            raise no_task()
        if kind == "pages":
            picture = await anyio.to_thread.run_sync(self._do.picture, task, int(part), limiter=self._drawing)
            return Response(picture, media_type="image/png")
        if kind == "segments":
            picture = await anyio.to_thread.run_sync(self._do.segment_picture, task, part, limiter=self._drawing)
            return Response(picture, media_type="image/png")
        return await self._content(task.blob_id, task.mime_type or task.sent_type, task.file_name)

    # -------------------------------------------------------------------------------------- the service
    async def health(self, _: Request) -> Response:
        """`GET /health`."""
        return PlainTextResponse(f"OK - {self._do.engine_version}")

    async def metrics(self, request: Request) -> Response:
        """`GET /metrics`, where the operator asked for it; not a part of the contract, and with a key of its own."""
        if self._metrics_key is not None:
            check_key(request.headers.get("authorization"), self._metrics_key)
        figures = await anyio.to_thread.run_sync(self._telemetry.text)
        if figures is None:
            raise Problem(404, "Not Found")
        return Response(figures, headers={"Content-Type": METRICS_TYPE})

    async def file_types(self, _: Request) -> Response:
        """`GET /file-types`."""
        return _json(to_json(FILE_TYPES))

    async def openapi(self, request: Request) -> Response:
        """`GET /docs/openapi.json`."""
        return _json(to_json(openapi(str(request.base_url).rstrip("/"), self._do.engine_version)))

    # --------------------------------------------------------------------------------------------- parts
    async def _admitted(self, request: Request, bucket: str) -> Caller:
        """Who sends a file, before its body is read; uploads and tasks each have a rate of their own."""
        caller = self._caller(request)
        if self._rate is not None:
            try:
                await anyio.to_thread.run_sync(self._rate.take, f"{caller.owner}/{bucket}")
            except Problem:
                self._telemetry.limited()
                raise
        return caller

    async def _stream(self, request: Request) -> AsyncIterator[bytes]:
        """A body, piece by piece, as long as it goes on coming."""
        seconds = self._do.limits.idle_seconds
        pieces = request.stream()
        while True:
            try:
                with anyio.move_on_after(seconds) as waiting:
                    piece = await anext(pieces, None)
            except ClientDisconnect:
                raise bad_request("The request ended before its body was complete.") from None
            if waiting.cancelled_caught:
                raise too_slow(seconds)
            if piece is None:
                return
            yield piece

    def _caller(self, request: Request) -> Caller:
        headers = request.headers
        owner = self._keys.owner(headers.get("authorization"))
        note_caller(request.scope, owner)
        return Caller(
            owner,
            client_version(headers.get("user-agent", ""), headers.get("x-stainless-package-version", "")),
            headers.get("idempotency-key"),
        )

    async def _looked_up(self, look_up: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A row, found at once where the database is a file: that takes less time than to wait for a thread."""
        if self._do.tasks.is_remote:
            return await anyio.to_thread.run_sync(partial(look_up, *args, **kwargs))
        return look_up(*args, **kwargs)

    async def _found(self, request: Request, task_type: str | None = None) -> TaskRow:
        owner = self._caller(request).owner
        return await self._looked_up(self._do.task, owner, request.path_params["task_id"], task_type)

    async def _file(self, request: Request) -> FileRow:
        owner = self._caller(request).owner
        return await self._looked_up(self._do.files.get, owner, request.path_params["file_id"])

    async def _body(self, request: Request) -> bytes:
        limit = self._do.limits.request_bytes
        problem = bad_request(
            f"The request is larger than {limit:,} bytes. Upload the document with POST /files, and send its url."
        )
        if _content_length(request) > limit:
            raise problem
        pieces, size = [], 0
        async for piece in self._stream(request):
            size += len(piece)
            if size > limit:
                raise problem
            pieces.append(piece)
        return b"".join(pieces)

    async def _task(self, request: Request, task: TaskRow, *, with_output: bool = True) -> Response:
        as_base64 = read_bool(request.query_params, "base64_urls", default=False)

        def answer() -> bytes:
            output = self._output(request, task, as_base64=as_base64) if with_output else None
            return task_answer(task, file_url=self._file_url(request, task, as_base64=as_base64), output=output)

        takes_a_while = self._do.tasks.is_remote or task.task_type == "Parse"
        if as_base64 or (with_output and takes_a_while and task.status == "Succeeded"):
            return _json(await anyio.to_thread.run_sync(answer))
        return _json(answer())

    def _output(self, request: Request, task: TaskRow, *, as_base64: bool) -> bytes | None:
        def page_url(number: int) -> str:
            return self._link(request, "pages", f"{task.task_id}-{number}", _LINK_SECONDS)

        def segment_url(segment_id: str) -> str:
            return self._link(request, "segments", f"{task.task_id}-{segment_id}", _LINK_SECONDS)

        return self._do.output(task, page_url, None if as_base64 else segment_url)

    def _file_url(self, request: Request, task: TaskRow, *, as_base64: bool) -> str:
        if task.blob_id is None:
            return task.source_url or ""
        if as_base64:
            try:
                return self._do.data_uri(task.blob_id, task.mime_type or task.sent_type)
            except OSError:  # it was deleted just now
                return ""
        return self._link(request, "tasks", task.task_id, _LINK_SECONDS)

    def _link(self, request: Request, kind: str, name: str, seconds: int) -> str:
        return str(request.base_url).rstrip("/") + self._links.path(kind, name, seconds)

    async def _content(self, blob_id: str | None, mime_type: str | None, name: str) -> Response:
        """The bytes; a browser saves them, and never runs them as a page of this server."""
        if blob_id is None:
            raise no_file()
        try:
            path = await anyio.to_thread.run_sync(self._do.blobs.path, blob_id)
        except FileNotFoundError:  # it was deleted just now
            raise no_file() from None
        return FileResponse(
            path,
            headers={
                "Content-Type": mime_type or "application/octet-stream",
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "X-Content-Type-Options": "nosniff",
            },
        )


_Call: TypeAlias = "Callable[[Desk, Request], Awaitable[Response]]"
_PREFIXES = ("", "/api/v1")
_TABLE: tuple[tuple[str, str, _Call], ...] = (
    ("POST", "/tasks/extract", Desk.create_extract),
    ("GET", "/tasks/{task_id}/extract", Desk.get_extract),
    ("POST", "/tasks/parse", Desk.create_parse),
    ("GET", "/tasks/{task_id}/parse", Desk.get_parse),
    ("GET", "/tasks/{task_id}/cancel", Desk.cancel_task),
    ("GET", "/tasks/{task_id}", Desk.get_task),
    ("DELETE", "/tasks/{task_id}", Desk.delete_task),
    ("GET", "/tasks", Desk.list_tasks),
    ("POST", "/files", Desk.create_file),
    ("GET", "/files", Desk.list_files),
    ("GET", "/files/{file_id}/url", Desk.get_file_url),
    ("GET", "/files/{file_id}/content", Desk.get_file_content),
    ("GET", "/files/{file_id}", Desk.get_file),
    ("DELETE", "/files/{file_id}", Desk.delete_file),
    ("GET", "/links/{kind}/{name}", Desk.follow_link),
    ("GET", "/health", Desk.health),
    ("GET", "/metrics", Desk.metrics),
    ("GET", "/file-types", Desk.file_types),
    ("GET", "/docs/openapi.json", Desk.openapi),
)


def routes(desk: Callable[[], Desk]) -> list[BaseRoute]:
    """All routes, under both prefixes: the vendor's OpenAPI document has none, its SDKs have the other."""
    calls: dict[str, dict[str, _Call]] = {}
    for method, path, call in _TABLE:
        calls.setdefault(path, {})[method] = call
    # Not a `Mount`, which knows no path with a line break in it.
    return [_route(desk, prefix + path, by_method) for prefix in _PREFIXES for path, by_method in calls.items()]


def _route(desk: Callable[[], Desk], path: str, calls: Mapping[str, _Call]) -> Route:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await calls[method](desk(), request)

    route = Route(path, endpoint, methods=list(calls))
    if Desk.cancel_task in calls.values() and route.methods:
        route.methods.discard("HEAD")  # which Starlette adds to every GET; it must not change anything
    return route


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _all(request: Request, name: str) -> list[str]:
    query = request.query_params
    return [*query.getlist(name), *query.getlist(f"{name}[]")]


def _content_length(request: Request) -> int:
    value = request.headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else 0  # noqa: PLR2004 - 64 bits
