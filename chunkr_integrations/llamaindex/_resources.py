"""What a reader is bound to: a folder, or a list of paths, URLs and past tasks."""

from __future__ import annotations

import mimetypes
import os
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations.exceptions import ConfigurationError, SourceError

if TYPE_CHECKING:
    from chunkr_integrations.tasks import Task

_TASK = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def resource_ids(resources: Any) -> list[str]:
    """The ids: the files of a folder and below it, hidden ones left out, sorted; or the list as it is."""
    if resources is None:
        msg = "This reader is bound to no resources. Make it with resources=, a folder or a list of paths and task ids."
        raise ConfigurationError(msg)
    if isinstance(resources, str | os.PathLike):
        return [str(path) for path in _files(Path(resources))]
    return [str(resource) for resource in resources]


def checked(resource_id: str, resources: Any) -> str:
    """The id, when it is one of them: a resource id may come from a model.

    Raises:
        SourceError: It is none.
    """
    if str(resource_id) not in resource_ids(resources):
        cure = "Give one of list_resources()."
        raise SourceError(str(resource_id), "this is no resource of the reader", cure=cure)
    return str(resource_id)


def is_task(resource_id: str) -> bool:
    """Whether an id is a task's."""
    return bool(_TASK.fullmatch(resource_id))


def file_info(path: str) -> dict[str, Any]:
    """What is known of a file without reading it; dates in UTC. Of a URL only itself."""
    if "://" in path:
        return {"url": path}
    found = Path(path).stat()
    modified = datetime.fromtimestamp(found.st_mtime, tz=timezone.utc)
    return {
        "file_path": path,
        "file_name": Path(path).name,
        "file_type": mimetypes.guess_type(path)[0],
        "file_size": found.st_size,
        "last_modified_date": modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def task_info(task: Task) -> dict[str, Any]:
    """What a task says of itself, without its results."""
    return {
        "task_id": task.task_id,
        "status": str(task.status),
        "task_type": None if task.task_type is None else str(task.task_type),
        "message": task.message,
        "file_name": task.file_info.name,
        "file_type": task.file_info.mime_type,
        "page_count": task.file_info.page_count,
        "created_at": None if task.created_at is None else task.created_at.isoformat(),
        "finished_at": None if task.finished_at is None else task.finished_at.isoformat(),
    }


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        msg = f"resources={str(folder)!r} is no folder. Give the folder that holds the documents, or a list of paths."
        raise ConfigurationError(msg)
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
