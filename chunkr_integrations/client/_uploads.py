"""What this client has uploaded: the same content goes up once."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chunkr_integrations.tasks import File

__all__ = ["Uploads"]


class Uploads:
    """Files by the hash of their content and their name; shared by threads and event loops alike."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], File | None] = {}
        self._lock = Lock()

    def claim(self, key: tuple[str, str]) -> tuple[bool, File | None]:
        """Whether the caller is to upload it now, and the file if it is there; (False, None): another is at it."""
        with self._lock:
            if key in self._files:
                return False, self._files[key]
            self._files[key] = None
            return True, None

    def settle(self, key: tuple[str, str], file: File | None) -> None:
        """End a claim: the file is there, or (None) it did not work and others may try."""
        with self._lock:
            if file is None:
                self._files.pop(key, None)
            else:
                self._files[key] = file

    def forget(self, file_id: str) -> None:
        """The file was deleted."""
        with self._lock:
            for key in [key for key, file in self._files.items() if file is not None and file.file_id == file_id]:
                del self._files[key]
