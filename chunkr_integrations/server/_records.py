"""What is stored of a task and of a file."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone

__all__ = ["MICROSECONDS", "FileRow", "TaskRow", "from_wire_time", "new_id", "now", "to_wire_time"]

MICROSECONDS = 1_000_000  # in a second; all stored times are whole microseconds since 1970 UTC


def now() -> int:
    """This moment."""
    return time.time_ns() // 1000


def new_id() -> str:
    """An id for a task or a file: not to be guessed, and never a path."""
    return str(uuid.uuid4())


def to_wire_time(moment: int | None) -> str | None:
    """ISO 8601 in UTC with six decimals, as cursors need them."""
    if moment is None:
        return None
    seconds, rest = divmod(moment, MICROSECONDS)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{rest:06d}Z"


def from_wire_time(text: str) -> int:
    """The moment that a query parameter names, in either of the spellings that the vendor's SDK sends.

    A `+` of a zone arrives as a space when the client did not escape it. A time without a zone is UTC.

    Raises:
        ValueError: It names no moment.
    """
    text = text.strip()
    if len(text) > 6 and text[-6] == " " and text[-3] == ":":  # noqa: PLR2004 - " 00:00"
        text = f"{text[:-6]}+{text[-5:]}"
    if text[-1:] in {"Z", "z"}:  # Python 3.10 does not read it
        text = f"{text[:-1]}+00:00"
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86400 + since.seconds) * MICROSECONDS + since.microseconds


@dataclass(frozen=True)
class TaskRow:
    """A task, as stored. Its document and what was read of it lie in files of the task's id.

    Attributes:
        owner: Hash of the key it belongs to; empty without keys.
        configuration: JSON, as it came.
        client_version: JSON, as it is answered.
        source_url: Where the document has still to be fetched from.
        waiting: Whether it waits for its parse task.
        attempts: How often it was begun.
        lease_owner: The server that works on it.
    """

    task_id: str
    owner: str
    task_type: str
    configuration: str
    client_version: str = '"Unspecified"'
    status: str = "Starting"
    message: str = "Task queued"
    created_at: int = 0
    started_at: int | None = None
    finished_at: int | None = None
    expires_at: int | None = None
    file_name: str | None = None
    mime_type: str | None = None
    page_count: int | None = None
    cell_count: int | None = None
    content_hash: str | None = None
    source_url: str | None = None
    parse_task_id: str | None = None
    waiting: int = 0
    attempts: int = 0
    lease_owner: str | None = None
    lease_until: int | None = None

    @property
    def is_completed(self) -> bool:
        """Whether nothing changes any more."""
        return self.status in {"Succeeded", "Failed", "Cancelled"}


@dataclass(frozen=True)
class FileRow:
    """An uploaded file; its content lies in a file of its id."""

    file_id: str
    owner: str
    file_name: str
    content_type: str
    file_size: int
    content_hash: str
    metadata: str = "{}"
    created_at: int = 0
    deleted_at: int | None = None
