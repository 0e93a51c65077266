"""How much one request, one file and one task may take."""

from __future__ import annotations

from dataclasses import dataclass

from chunkr_integrations.engine.work.processes import TASK_MEMORY

__all__ = ["Limits"]

_MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Ceilings of a server; each is answered with a text that names it.

    Attributes:
        request_bytes: Of a JSON request, base64 documents included. The vendor documents 1 GB; a request is held in
            memory about four times over, so the default is lower. Larger files go through `POST /files`.
        upload_bytes: Of one file sent to `POST /files`; it is written to disk as it comes.
        fetch_bytes: Of one document fetched from a URL.
        fetch_seconds: For one document fetched from a URL, redirects included.
        fetch_redirects: Redirects followed.
        pages: Of one document, sheets and slides included (the vendor's soft limit is 2,000). None: any.
        idle_seconds: That a request's body may stop coming.
        files_per_second: Of each key, for uploads and for tasks by themselves; as many may come at once. None: any.
            A server without keys does not count, because it cannot tell its callers apart.
        schema_bytes: Of the extraction schema, as JSON.
        task_seconds: For the work on one task (documented by the vendor: one hour from the start of processing).
        task_memory: Bytes that a worker process may use; None: any number. Nothing limits threads.
        attempts: Times a task is begun, when the processes that work on it die.
        page_size: Tasks or files in one page of a list, at most.
    """

    request_bytes: int = 256 * _MIB
    upload_bytes: int = 1024 * _MIB
    fetch_bytes: int = 256 * _MIB
    fetch_seconds: float = 60.0
    fetch_redirects: int = 5
    pages: int | None = 2000
    idle_seconds: float = 60.0
    files_per_second: float | None = 10.0
    schema_bytes: int = _MIB
    task_seconds: float = 3600.0
    task_memory: int | None = TASK_MEMORY
    attempts: int = 3
    page_size: int = 200

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            least = 0 if name == "fetch_redirects" else 1
            if value is not None and (value < least if isinstance(value, int) else not value > 0):
                raise ValueError(f"{name} is {value}; give {'0 or more' if not least else 'more than 0'}.")
