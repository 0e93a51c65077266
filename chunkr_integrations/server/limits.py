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
    schema_bytes: int = _MIB
    task_seconds: float = 3600.0
    task_memory: int | None = TASK_MEMORY
    attempts: int = 3
    page_size: int = 200
