"""What a request made whose answer was lost: which of the server's tasks or files, if any."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from chunkr_integrations.tasks import DEFAULT_SYSTEM_PROMPT, File, FilePage, Task, TaskPage, TaskType

from . import _requests as requests
from ._responses import read_model, server_date
from ._sending import LookUpError
from ._steps import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import httpx

    from chunkr_integrations.sources import Content, Source
    from chunkr_integrations.tasks import CreateExtractForm

    from ._sending import Sending
    from ._steps import Flow

__all__ = ["Sent", "aware", "candidates", "content_hash", "earliest", "made_file", "made_task"]

_PAGE = 50  # tasks or files that one look asks for
_PAGES = 20  # pages that one look reads
_PROOFS = 50  # candidates whose documents one look compares
_UPLOADED = "ch://files/"  # what comes after it is a UUID, which no other address holds

_read_task = read_model(Task)
_read_tasks = read_model(TaskPage)
_read_files = read_model(FilePage)

_WITH_SERVER_CLOCK = timedelta(seconds=2)  # a Date header has whole seconds
_WITHOUT_SERVER_CLOCK = timedelta(seconds=60)


@dataclass(frozen=True)
class Sent:
    """A create whose answer is looked for.

    Attributes:
        form: What was sent.
        at: When it was first sent, by this machine's clock.
        source: What it is about.
    """

    form: CreateExtractForm
    at: datetime
    source: Source


def made_task(sending: Sending, sent: Sent, is_known: Callable[[Task], bool]) -> Flow[Task | None]:
    """The task that a create made; None when it made none.

    Raises:
        LookUpError: Several tasks may be it.
    """
    since, cursor, found = None, None, list[Task]()
    for _ in range(_PAGES):
        step = requests.list_tasks(limit=_PAGE, cursor=cursor, sort="desc", task_types=["Extract"])
        page, server_now = yield from sending.send(step, _read_dated_tasks)
        since = since or earliest(sent, sending.now(), server_now)
        found += candidates([task for task in page.tasks if not is_known(task)], sent, since)
        oldest = page.tasks[-1].created_at if page.tasks else None
        if not page.has_more or page.next_cursor in {None, cursor} or oldest is None or aware(oldest) < since:
            break
        cursor = page.next_cursor
    return (yield from _proven(sending, found, sent))


def _proven(sending: Sending, found: Sequence[Task], sent: Sent) -> Flow[Task | None]:
    """The candidate with the same document; failing that the only candidate."""
    unproven = []
    for task in found[:_PROOFS]:
        is_it = yield from _is_of(sending, task, sent)
        if is_it:
            return task
        if is_it is None:
            unproven.append(task)
    unproven += found[_PROOFS:]
    if len(unproven) > 1:
        raise LookUpError
    return unproven[0] if unproven else None


def _is_of(sending: Sending, task: Task, sent: Sent) -> Flow[bool | None]:
    """Whether a task is of the document that was sent; None when that cannot be told."""
    content = sent.source.content
    if content is None:
        return None
    in_memory = None if sent.source.is_large else True  # as base64 in the answer
    full = yield from sending.send(requests.get_extract(task.task_id, base64_urls=in_memory), _read_task)
    url = full.file_info.url
    if sent.form.file.startswith(_UPLOADED) and sent.form.file.removeprefix(_UPLOADED) in url:
        return True
    document = content_hash(full)
    if document is None and url.startswith(("http://", "https://")):
        document = yield Digest(url, content.size)
    return None if document is None else document == content.sha256


def made_file(sending: Sending, source: Source, content: Content, metadata: Mapping[str, Any]) -> Flow[File | None]:
    """The newest file with the same content, name and metadata; None when there is none."""
    wanted = {**metadata, "sha256": content.sha256}
    page = yield from sending.send(requests.list_files(limit=_PAGE, sort="desc"), _read_files)
    return next((file for file in page.files if file.metadata == wanted and file.file_name == source.file_name), None)


def _read_dated_tasks(response: httpx.Response) -> tuple[TaskPage, datetime | None]:
    return _read_tasks(response), server_date(response)


def earliest(sent: Sent, now: datetime, server_now: datetime | None) -> datetime:
    """The earliest time, by the server's clock, at which the request can have made a task."""
    if server_now is None:
        return sent.at - _WITHOUT_SERVER_CLOCK
    return sent.at + (server_now - now) - _WITH_SERVER_CLOCK


def candidates(tasks: Iterable[Task], sent: Sent, since: datetime) -> list[Task]:
    """The tasks that the request may have made: the same question, made since."""
    return [
        task
        for task in tasks
        if task.task_type in {TaskType.EXTRACT, None}
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
    if sent.source.is_task and task.parse_task_id != form.file:
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
