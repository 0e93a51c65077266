"""The requests of the contract, as values; no client in sight."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ._steps import Kind, Send, Upload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chunkr_integrations.sources import Source
    from chunkr_integrations.tasks import CreateExtractForm

__all__ = [
    "cancel_task",
    "create_extract",
    "delete_file",
    "delete_task",
    "get_extract",
    "get_file",
    "get_file_content",
    "get_file_types",
    "get_file_url",
    "get_health",
    "get_task",
    "list_files",
    "list_tasks",
    "upload_file",
]


def create_extract(form: CreateExtractForm, key: str) -> Send:
    """`POST /tasks/extract`."""
    return Send("POST", "/tasks/extract", Kind.CREATE, json=form.to_wire(), key=key)


def get_extract(task_id: str, *, base64_urls: bool | None = None) -> Send:
    """`GET /tasks/{task_id}/extract`."""
    return Send("GET", f"/tasks/{_part(task_id)}/extract", Kind.POLL, _params(base64_urls=base64_urls))


def get_task(task_id: str, *, base64_urls: bool | None = None, include_chunks: bool | None = None) -> Send:
    """`GET /tasks/{task_id}`: parse and extract tasks."""
    params = _params(base64_urls=base64_urls, include_chunks=include_chunks)
    return Send("GET", f"/tasks/{_part(task_id)}", params=params)


def list_tasks(**options: Any) -> Send:
    """`GET /tasks`: one page."""
    return Send("GET", "/tasks", params=_params(**options))


def cancel_task(task_id: str) -> Send:
    """`GET /tasks/{task_id}/cancel`; a GET that changes something (OpenAPI 2.62.0)."""
    return Send("GET", f"/tasks/{_part(task_id)}/cancel", Kind.CHANGE)


def delete_task(task_id: str) -> Send:
    """`DELETE /tasks/{task_id}`."""
    return Send("DELETE", f"/tasks/{_part(task_id)}", Kind.CHANGE)


def upload_file(source: Source, metadata: Mapping[str, Any], key: str) -> Send:
    """`POST /files` with the content of a source; `sha256` joins its metadata, to find the file again by."""
    content = source.content
    if content is None:  # the flow sends sources with content only
        raise TypeError(source.name)
    text = json.dumps({**metadata, "sha256": content.sha256})
    media_type = source.media_type or "application/octet-stream"
    return Send(
        "POST", "/files", Kind.UPLOAD, upload=Upload(content, source.file_name or "file", media_type, text), key=key
    )


def list_files(**options: Any) -> Send:
    """`GET /files`: one page."""
    return Send("GET", "/files", params=_params(**options))


def get_file(file_id: str) -> Send:
    """`GET /files/{file_id}`."""
    return Send("GET", f"/files/{_part(file_id)}")


def get_file_url(file_id: str, *, expires_in: int | None = None, base64_urls: bool | None = None) -> Send:
    """`GET /files/{file_id}/url`."""
    params = _params(expires_in=expires_in, base64_urls=base64_urls)
    return Send("GET", f"/files/{_part(file_id)}/url", params=params)


def get_file_content(file_id: str) -> Send:
    """`GET /files/{file_id}/content`."""
    return Send("GET", f"/files/{_part(file_id)}/content")


def delete_file(file_id: str) -> Send:
    """`DELETE /files/{file_id}`."""
    return Send("DELETE", f"/files/{_part(file_id)}", Kind.CHANGE)


def get_health() -> Send:
    """`GET /health`."""
    return Send("GET", "/health")


def get_file_types() -> Send:
    """`GET /file-types`."""
    return Send("GET", "/file-types")


def _part(value: str) -> str:
    """A path segment: an id that begins with dots, or holds a slash, must not become another path."""
    quoted = quote(value, safe="")
    return quoted.replace(".", "%2E") if quoted.startswith(".") else quoted


def _params(**options: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name, _on_wire(value)) for name, value in options.items() if value is not None)


def _on_wire(value: Any) -> str:
    """As the official SDK writes them: lower-case booleans, ISO dates, lists joined by commas."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return _joined(value)
    return str(value)


def _joined(values: Iterable[Any]) -> str:
    return ",".join(str(value) for value in values)
