"""Rows as the JSON of the contract."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chunkr_integrations.server._rows import FileRow, TaskRow

__all__ = ["client_version", "file_answer", "file_page", "task_answer", "task_page", "to_json", "to_text", "wire_time"]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - in UTC, and said so by the "Z" that is put behind it
_LAST_WITHOUT_VERSION = (0, 3, 3)  # the first hand-written SDK that says its version (OpenAPI 2.62.0, ClientVersion)


def wire_time(microseconds: int | None) -> str | None:
    """A time as RFC 3339 in UTC, with microseconds."""
    if microseconds is None:
        return None
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="microseconds") + "Z"


def to_json(value: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def to_text(value: Any) -> str:
    """Compact JSON of ASCII characters only, which can be stored and sent whatever text is in it."""
    return json.dumps(value, separators=(",", ":"))


def task_answer(task: TaskRow, *, file_url: str, output: bytes | None = None) -> bytes:
    """A task.

    Args:
        task: The row.
        file_url: Where its document can be read.
        output: JSON; put into the answer as it is.
    """
    url = file_url
    head = {
        "task_id": task.task_id,
        "task_type": task.task_type,
        "status": task.status,
        "completed": task.completed,
        "message": task.message,
        "created_at": wire_time(task.created_at),
        "started_at": wire_time(task.started_at),
        "finished_at": wire_time(task.finished_at),
        "expires_at": wire_time(task.expires_at),
        "file_info": {
            "url": url,
            "name": task.file_name,
            "mime_type": task.mime_type,
            "page_count": task.page_count,
            "ss_cell_count": task.cell_count,
        },
        "input_file_url": url,
        "parse_task_id": task.parse_task_id,
        "task_url": None,  # the vendor's is presigned; here a task is read with a key
        "version_info": {
            "server_version": task.server_version,
            "client_version": json.loads(task.client_version),
        },
    }
    # What is JSON already is put in as it is: an answer to a poll costs no more for a large schema.
    parts = (
        to_json(head)[:-1],
        b',"configuration":',
        task.configuration.encode(),
        b',"output":',
        output or b"null",
        b"}",
    )
    return b"".join(parts)


def task_page(
    tasks: Sequence[TaskRow],
    *,
    has_more: bool,
    file_url: Callable[[TaskRow], str],
    output: Callable[[TaskRow], bytes | None],
) -> bytes:
    """A page of tasks; the cursor is the last one's time."""
    answers = (task_answer(task, file_url=file_url(task), output=output(task)) for task in tasks)
    return b'{"tasks":[' + b",".join(answers) + b"]," + _cursor([task.created_at for task in tasks], has_more)


def file_answer(file: FileRow) -> dict[str, Any]:
    """A file."""
    return {
        "file_id": file.file_id,
        "file_name": file.file_name,
        "content_type": file.content_type,
        "file_size": file.file_size,
        "metadata": json.loads(file.metadata),
        "created_at": wire_time(file.created_at),
        "url": f"ch://files/{file.file_id}",
    }


def file_page(files: Sequence[FileRow], *, has_more: bool) -> bytes:
    """A page of files; the cursor is the last one's time."""
    answers = (to_json(file_answer(file)) for file in files)
    return b'{"files":[' + b",".join(answers) + b"]," + _cursor([file.created_at for file in files], has_more)


def _cursor(times: Sequence[int], has_more: bool) -> bytes:
    after = wire_time(times[-1]) if has_more and times else None
    return to_json({"has_more": has_more, "next_cursor": after})[1:]


def client_version(user_agent: str, stainless_version: str) -> Any:
    """The contract's `ClientVersion`, from what the official SDKs send.

    Args:
        user_agent: Generated SDKs: "Chunkr/Python 0.1.0-alpha.15"; hand-written ones: "chunkr-ai/0.3.7 (...)".
        stainless_version: `X-Stainless-Package-Version`, of generated SDKs.
    """
    name, _, version = user_agent.partition(" ")[0].partition("/")
    if name == "Chunkr" or stainless_version:
        return {"GeneratedSdk": (stainless_version or user_agent.partition(" ")[2].strip() or "unknown")[:64]}
    if name == "chunkr-ai":
        numbers = tuple(int(part) for part in version[:64].split(".")[:3] if part.isascii() and part.isdigit())
        return {"ManualSdk": version[:64]} if numbers >= _LAST_WITHOUT_VERSION else "Legacy"
    return "Unspecified"
