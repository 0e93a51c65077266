"""Which of the server's tasks, if any, came of a request whose answer was lost."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from chunkr_integrations.tasks import DEFAULT_SYSTEM_PROMPT, TaskType

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from chunkr_integrations.tasks import CreateExtractForm, Task

__all__ = ["Sent", "aware", "candidates", "content_hash", "earliest"]

_WITH_SERVER_CLOCK = timedelta(seconds=2)  # a Date header has whole seconds
_WITHOUT_SERVER_CLOCK = timedelta(seconds=60)


@dataclass(frozen=True)
class Sent:
    """A create whose answer is looked for.

    Attributes:
        form: What was sent.
        at: When it was first sent, by this machine's clock.
        content_hash: sha256 of the document; None where this process never saw it.
        is_task: Whether the `file` is a parse task.
    """

    form: CreateExtractForm
    at: datetime
    content_hash: str | None
    is_task: bool


def earliest(sent: Sent, now: datetime, server_now: datetime | None) -> datetime:
    """The earliest time, by the server's clock, at which the request can have made a task."""
    if server_now is None:
        return sent.at - _WITHOUT_SERVER_CLOCK
    return sent.at + (server_now - now) - _WITH_SERVER_CLOCK


def candidates(tasks: Iterable[Task], sent: Sent, since: datetime, known: Container[str]) -> list[Task]:
    """The tasks that the request may have made: the same question, made since, and of no other request."""
    return [
        task
        for task in tasks
        if task.task_id not in known
        and task.task_type in {TaskType.EXTRACT, None}
        and task.created_at is not None
        and aware(task.created_at) >= since
        and _same_question(task, sent)
    ]


def content_hash(task: Task) -> str | None:
    """sha256 of the document that a task fetched with `base64_urls=true` repeats; None when it repeats none."""
    url = task.file_info.url
    if url.startswith(("http://", "https://", "ch://")) or not url:
        return None
    try:
        return hashlib.sha256(base64.b64decode(url.rpartition(",")[2], validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        return None


def _same_question(task: Task, sent: Sent) -> bool:
    form, asked = sent.form, task.configuration
    if asked.schema_ != form.schema_ or (form.system_prompt or DEFAULT_SYSTEM_PROMPT) != (
        asked.system_prompt or DEFAULT_SYSTEM_PROMPT
    ):
        return False
    if sent.is_task and task.parse_task_id != form.file:
        return False
    if form.file_name is not None and task.file_info.name not in {form.file_name, None}:
        return False
    parse = None if form.parse_configuration is None else form.parse_configuration.to_wire()
    return parse is None or asked.parse_configuration is None or _contains(asked.parse_configuration, parse)


def _contains(whole: Any, part: Any) -> bool:
    """Whether `whole` says all that `part` says; a server may add its defaults."""
    if isinstance(part, Mapping) and isinstance(whole, Mapping):
        return all(key in whole and _contains(whole[key], value) for key, value in part.items())
    return bool(whole == part)


def aware(moment: datetime) -> datetime:
    """The moment with a time zone; UTC when it comes with none."""
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
