"""Tasks and files as the database has them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from chunkr_integrations.server._database import Row

__all__ = ["DocumentRow", "FileRow", "TaskRow", "from_row"]


@dataclass(frozen=True)
class TaskRow:
    """A task. Times in microseconds since 1970."""

    task_id: str
    owner: str  # who may see it; "" on a server without keys
    task_type: str
    status: str
    stage: str  # what an unfinished task waits for: "fetch", "wait", "run"; "" when it is finished
    message: str
    created_at: int
    configuration: str  # JSON, as the answer echoes it
    server_version: str
    client_version: str  # JSON
    file_name: str
    started_at: int | None = None
    finished_at: int | None = None
    expires_at: int | None = None
    sent_type: str | None = None  # media type as the sender calls it
    mime_type: str | None = None  # media type as it was found to be
    source_url: str | None = None  # where the document was or is to be fetched from
    blob_id: str | None = None  # the document's bytes
    page_count: int | None = None
    cell_count: int | None = None
    parse_task_id: str | None = None
    implied: int = 0  # 1: a parse task that an extraction brought about
    document_id: str | None = None  # the parsed document
    lease: str | None = None
    leased_until: int = 0
    attempts: int = 0

    @property
    def completed(self) -> bool:
        """Whether it is in a terminal state."""
        return self.status in ("Succeeded", "Failed", "Cancelled")


@dataclass(frozen=True)
class FileRow:
    """An uploaded file."""

    file_id: str
    owner: str
    file_name: str
    content_type: str
    file_size: int
    metadata: str  # JSON
    created_at: int
    deleted_at: int | None = None
    blob_id: str | None = None  # None once it is deleted


@dataclass(frozen=True)
class DocumentRow:
    """A parsed document, shared by all tasks of one owner that ask for the same reading of the same bytes."""

    document_id: str
    key: str
    blob_id: str
    mime_type: str
    page_count: int
    cell_count: int | None = None
    notes: str = ""  # what was asked and could not be done, in sentences for users


R = TypeVar("R", TaskRow, FileRow, DocumentRow)


def from_row(kind: type[R], row: Row) -> R:
    """A row of a table as its class."""
    return kind(*[row[name] for name in _NAMES[kind]])


_NAMES: dict[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in dataclasses.fields(kind)) for kind in (TaskRow, FileRow, DocumentRow)
}
