"""One method for each endpoint: who asks, what is asked, and the answer. What waits for the disk runs in a thread."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from ._refusal import Refused
from ._requests import (
    read_extract_form,
    read_flag,
    read_json,
    read_listing,
    read_metadata,
    read_parse_form,
    read_seconds,
)
from ._responses import client_version, file_answer, page_answer
from ._service import once_for
from ._upload import Upload
from ._wire import FILE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from ._access import Keys, Signer
    from ._records import TaskRow
    from ._requests import Form
    from ._service import Service
    from ._task_store import Once

__all__ = ["Endpoints"]

_LINK_LASTS = 3600  # seconds; the vendor's default for the links of files


class Endpoints:
    """The endpoints of a running server.

    Args:
        service: What carries requests out.
        keys: Who is let in.
        signer: Makes and checks links.
        max_request: Bytes of a JSON request.
    """

    ROUTES: ClassVar = (
        ("POST", "/tasks/extract", "create_extract"),
        ("POST", "/tasks/parse", "create_parse"),
        ("GET", "/tasks", "list_tasks"),
        ("GET", "/tasks/{task_id}", "get_task"),
        ("GET", "/tasks/{task_id}/extract", "get_extract"),
        ("GET", "/tasks/{task_id}/parse", "get_parse"),
        ("GET", "/tasks/{task_id}/cancel", "cancel_task"),
        ("GET", "/tasks/{task_id}/file", "get_task_file"),
        ("DELETE", "/tasks/{task_id}", "delete_task"),
        ("POST", "/files", "create_file"),
        ("GET", "/files", "list_files"),
        ("GET", "/files/{file_id}", "get_file"),
        ("GET", "/files/{file_id}/url", "get_file_url"),
        ("GET", "/files/{file_id}/content", "get_file_content"),
        ("DELETE", "/files/{file_id}", "delete_file"),
        ("GET", "/health", "health"),
        ("GET", "/file-types", "file_types"),
    )

    def __init__(self, service: Service, keys: Keys, signer: Signer, *, max_request: int) -> None:
        self._service, self._keys, self._signer, self._max_request = service, keys, signer, max_request

    async def create_extract(self, request: Request) -> Response:
        """`POST /tasks/extract`."""
        return await self._create(request, read_extract_form, self._service.extract)

    async def create_parse(self, request: Request) -> Response:
        """`POST /tasks/parse`."""
        return await self._create(request, read_parse_form, self._service.parse)

    async def get_task(self, request: Request, task_type: str | None = None) -> Response:
        """`GET /tasks/{task_id}`."""
        owner, query = self._owner(request), request.query_params
        task = self._service.task(owner, request.path_params["task_id"], task_type)
        in_answer = read_flag(query, "base64_urls", default=False)
        # An extract task has no chunks: its output is never left out.
        with_output = read_flag(query, "include_chunks", default=True) or task.task_type == "Extract"
        if in_answer or (task.task_type == "Parse" and task.status == "Succeeded" and with_output):
            return await run_sync(self._task_answer, request, task, in_answer, with_output)
        return self._task_answer(request, task, in_answer, with_output)

    async def get_extract(self, request: Request) -> Response:
        """`GET /tasks/{task_id}/extract`."""
        return await self.get_task(request, "Extract")

    async def get_parse(self, request: Request) -> Response:
        """`GET /tasks/{task_id}/parse`."""
        return await self.get_task(request, "Parse")

    async def list_tasks(self, request: Request) -> Response:
        """`GET /tasks`."""
        owner, query, asked = self._owner(request), request.query_params, read_listing(request.query_params)
        in_answer = read_flag(query, "base64_urls", default=False)
        with_output = read_flag(query, "include_chunks", default=False)

        def page() -> Response:
            rows = self._service.tasks.page(owner, asked)
            answers = [
                self._service.answer(
                    task, url=None if in_answer else self._task_link(request, task), with_output=with_output
                )
                for task in rows[: asked.limit]
            ]
            return _json(page_answer("tasks", rows, answers, asked.limit))

        return await run_sync(page)

    async def cancel_task(self, request: Request) -> Response:
        """`GET /tasks/{task_id}/cancel`."""
        owner = self._owner(request)
        await run_sync(self._service.cancel, owner, request.path_params["task_id"])
        return PlainTextResponse("Task cancelled")

    async def delete_task(self, request: Request) -> Response:
        """`DELETE /tasks/{task_id}`."""
        owner = self._owner(request)
        await run_sync(self._service.delete, owner, request.path_params["task_id"])
        return PlainTextResponse("Task deleted")

    async def get_task_file(self, request: Request) -> Response:
        """What `file_info.url` names: the task's document."""
        task_id = request.path_params["task_id"]
        owner = self._signer.owner(f"tasks/{task_id}", request.query_params) or self._owner(request)
        task = self._service.task(owner, task_id)
        path = await run_sync(self._service.content, task)
        return _content(path, task.mime_type, task.file_name)

    async def create_file(self, request: Request) -> Response:
        """`POST /files`."""
        owner = self._owner(request)
        arriving = await run_sync(self._service.arriving)
        try:
            upload = Upload(request.headers.get("content-type", ""), arriving)
            async for piece in _body(request):
                await run_sync(upload.write, piece)
            name, metadata = upload.finish(), read_metadata(upload.metadata)
            key = request.headers.get("idempotency-key")
            file = await run_sync(self._service.keep, owner, arriving, name, metadata, key)
        finally:
            await run_sync(arriving.discard)
        return JSONResponse(file_answer(file))

    async def list_files(self, request: Request) -> Response:
        """`GET /files`."""
        owner, asked = self._owner(request), read_listing(request.query_params)
        rows = await run_sync(self._service.files.page, owner, asked)
        answers = [json.dumps(file_answer(file)) for file in rows]
        return _json(page_answer("files", rows, answers, asked.limit))

    async def get_file(self, request: Request) -> Response:
        """`GET /files/{file_id}`."""
        return JSONResponse(file_answer(self._service.file(self._owner(request), request.path_params["file_id"])))

    async def get_file_url(self, request: Request) -> Response:
        """`GET /files/{file_id}/url`."""
        owner, query = self._owner(request), request.query_params
        file = self._service.file(owner, request.path_params["file_id"])
        if read_flag(query, "base64_urls", default=False):
            uri = await run_sync(self._service.file_uri, file)
            return JSONResponse({"url": uri})
        seconds = read_seconds(query, "expires_in", default=_LINK_LASTS)
        signed = self._signer.sign(owner, f"files/{file.file_id}", seconds=seconds)
        url = f"{_base(request)}/files/{file.file_id}/content?{urlencode(signed)}"
        return JSONResponse({"url": url, "expires_in": seconds})

    async def get_file_content(self, request: Request) -> Response:
        """`GET /files/{file_id}/content`."""
        file_id = request.path_params["file_id"]
        owner = self._signer.owner(f"files/{file_id}", request.query_params) or self._owner(request)
        file = self._service.file(owner, file_id)
        return _content(self._service.folder.file(file.file_id), file.content_type, file.file_name)

    async def delete_file(self, request: Request) -> Response:
        """`DELETE /files/{file_id}`."""
        owner = self._owner(request)
        await run_sync(self._service.delete_file, owner, request.path_params["file_id"])
        return JSONResponse({"deleted": True})

    async def health(self, _: Request) -> Response:
        """`GET /health`."""
        return PlainTextResponse(f"OK - {self._service.version}")

    async def file_types(self, _: Request) -> Response:
        """`GET /file-types`."""
        return JSONResponse(FILE_TYPES)

    async def _create(
        self,
        request: Request,
        read: Callable[[dict[str, Any]], Form],
        accept: Callable[[str, Form, str, Once | None], TaskRow],
    ) -> Response:
        owner, client = self._owner(request), client_version(request.headers)
        key, body = request.headers.get("idempotency-key"), bytearray()
        async for piece in _body(request):
            body += piece
            if len(body) > self._max_request:
                raise Refused(
                    413, f"Request too large: at most {self._max_request:,} bytes are taken. Upload the file."
                )

        def create() -> Response:
            form, path = read(read_json(body)), request.url.path
            once = once_for(key, path.encode() + b"\n" + body) if key else None
            return self._task_answer(request, accept(owner, form, client, once), in_answer=False, with_output=True)

        return await run_sync(create)

    def _owner(self, request: Request) -> str:
        return self._keys.owner(request.headers.get("authorization"))

    def _task_answer(self, request: Request, task: TaskRow, in_answer: bool, with_output: bool) -> Response:
        url = None if in_answer else self._task_link(request, task)
        return _json(self._service.answer(task, url=url, with_output=with_output))

    def _task_link(self, request: Request, task: TaskRow) -> str:
        signed = self._signer.sign(task.owner, f"tasks/{task.task_id}", seconds=_LINK_LASTS)
        return f"{_base(request)}/tasks/{task.task_id}/file?{urlencode(signed)}"


async def _body(request: Request) -> Any:
    try:
        async for piece in request.stream():
            if piece:
                yield piece
    except ClientDisconnect as error:
        raise Refused(400, "Invalid request: the body ended early.") from error


def _base(request: Request) -> str:
    """Where this server was asked, as the client sees it: behind a proxy, by the headers the ASGI server believes."""
    prefix = "/api/v1" if request.url.path.startswith("/api/v1/") else ""
    return f"{request.base_url}".rstrip("/") + prefix


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


def _content(path: Any, kind: str | None, name: str | None) -> Response:
    """A document, to be saved, never to be shown: a page among the uploads must not run in this server's name."""
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return FileResponse(
        path, media_type=kind or "application/octet-stream", filename=name or "document", headers=headers
    )
