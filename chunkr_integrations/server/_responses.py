"""The answers: tasks, files and pages as the contract spells them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ._records import to_wire_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._records import FileRow, TaskRow

__all__ = ["client_version", "file_answer", "page_answer", "task_answer"]

DEFAULT_SYSTEM_PROMPT = (
    "You are an expert at structured data extraction. You will be given parsed text from a document and should convert "
    "it into the given structure."
)
_MANUAL = re.compile(r"chunkr-ai/(\d[\w.]*)")


def task_answer(task: TaskRow, *, url: str, server_version: str, output: str | None) -> str:
    """A task as JSON; `output` is JSON already, and is not read again."""
    configuration = json.loads(task.configuration)
    if task.task_type == "Extract":
        configuration.setdefault("system_prompt", DEFAULT_SYSTEM_PROMPT)
        configuration.setdefault("parse_configuration", None)
    answer = {
        "task_id": task.task_id,
        "task_type": task.task_type,
        "status": task.status,
        "completed": task.is_completed,
        "message": task.message,
        "created_at": to_wire_time(task.created_at),
        "started_at": to_wire_time(task.started_at),
        "finished_at": to_wire_time(task.finished_at),
        "expires_at": to_wire_time(task.expires_at),
        "configuration": configuration,
        "file_info": {
            "url": url,
            "name": task.file_name,
            "mime_type": task.mime_type,
            "page_count": task.page_count,
            "ss_cell_count": task.cell_count,
        },
        "input_file_url": None,
        "task_url": None,
        "version_info": {"server_version": server_version, "client_version": json.loads(task.client_version)},
    }
    if task.task_type == "Extract":
        answer["parse_task_id"] = task.parse_task_id
    return f'{json.dumps(answer)[:-1]}, "output": {output or "null"}}}'


def file_answer(file: FileRow) -> dict[str, Any]:
    """A file."""
    return {
        "file_id": file.file_id,
        "file_name": file.file_name,
        "content_type": file.content_type,
        "file_size": file.file_size,
        "metadata": json.loads(file.metadata),
        "created_at": to_wire_time(file.created_at),
        "url": f"ch://files/{file.file_id}",
    }


def page_answer(name: str, rows: Sequence[TaskRow | FileRow], answers: Sequence[str], limit: int) -> str:
    """A page of `answers` to `rows`, of which there is one too many when there are more pages."""
    has_more = len(rows) > limit
    cursor = to_wire_time(rows[limit - 1].created_at) if has_more else None
    rest = json.dumps({"has_more": has_more, "next_cursor": cursor})
    return f'{{"{name}": [{", ".join(answers[:limit])}], {rest[1:]}'


def client_version(headers: Mapping[str, str]) -> str:
    """`version_info.client_version` as JSON: what the vendor's clients say of themselves in each request."""
    generated, agent = headers.get("x-stainless-package-version"), headers.get("user-agent", "")
    if generated:
        return json.dumps({"GeneratedSdk": generated[:100]})
    manual = _MANUAL.match(agent)
    if manual:
        return json.dumps({"ManualSdk": manual[1][:100]})
    return json.dumps("Unspecified")
