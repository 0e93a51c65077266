"""The data folder: where a document's bytes lie. Only ids made by this server are names in it."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from typing import TYPE_CHECKING

from ._records import new_id

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Folder"]

_ABANDONED = 24 * 3600.0  # seconds after which an upload that never ended is removed


class Folder:
    """The files of a server.

    Every task has its input as a file of its own. The same content is stored once all the same: files are linked, so
    nothing has to be counted, and what is deleted in one place stays in the other.

    Args:
        path: The data folder; made, for its owner only, when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        for folder in (path, path / "files", path / "tasks", path / "incoming"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in (path / "incoming").iterdir():
            with contextlib.suppress(OSError):
                if left.stat().st_mtime < time.time() - _ABANDONED:
                    left.unlink()

    @property
    def database(self) -> Path:
        """The database file."""
        return self.path / "tasks.sqlite3"

    def incoming(self) -> Path:
        """A new file, for content that is still arriving."""
        return self.path / "incoming" / new_id()

    def file(self, file_id: str) -> Path:
        """An uploaded file."""
        return self.path / "files" / file_id

    def input(self, task_id: str) -> Path:
        """A task's document."""
        return self.path / "tasks" / f"{task_id}.input"

    def document(self, task_id: str) -> Path:
        """What was read of a parse task's document."""
        return self.path / "tasks" / f"{task_id}.document"

    def rendering(self, task_id: str) -> Path:
        """The output of a parse task, as JSON."""
        return self.path / "tasks" / f"{task_id}.json"

    def remove_task(self, task_id: str) -> None:
        """Remove all of a task."""
        for path in (self.input(task_id), self.document(task_id), self.rendering(task_id)):
            path.unlink(missing_ok=True)

    @staticmethod
    def link(source: Path, target: Path) -> None:
        """Let `target` have the same content; a copy where the file system has no links."""
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(source, target)
