"""Which database and which file store an operator means."""

from __future__ import annotations

import importlib.util
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from chunkr_integrations.server._blobs import FolderBlobs
from chunkr_integrations.server._postgres_address import PostgresAddress
from chunkr_integrations.server._sqlite import SQLiteDatabase

if TYPE_CHECKING:
    from chunkr_integrations.server._blobs import Blobs
    from chunkr_integrations.server._database import Database

__all__ = ["Stores"]


class Stores:
    """Where tasks and contents are kept; opened when the server starts.

    Args:
        database: URL of a PostgreSQL database; None: SQLite in the data folder.
        files: A folder, or a URL that fsspec knows; None: the data folder.
        durable: The data folder outlives the process.

    Raises:
        ValueError: They cannot be used, or not together. The message shows no password.
        ImportError: A package that they need is not installed.
    """

    def __init__(self, database: str | None, files: str | Path | None, *, durable: bool) -> None:
        self._address = None if database is None else PostgresAddress.read(database)
        self._files = None if files is None else str(files)
        self._durable = durable
        if self._address is not None and self._files is None and not durable:
            raise ValueError("The database would outlive the files of its tasks. Give data_dir or files with it.")
        if self._address is not None:
            _need("pg8000", "A PostgreSQL database", "postgres")
        scheme = self._scheme()
        if scheme is not None:
            _need("fsspec", "A file store in the network", "s3")
            if scheme in ("s3", "s3a"):
                _need("s3fs", "A file store in S3", "s3")

    @property
    def shared(self) -> bool:
        """Whether other processes may work on the same tasks."""
        return self._durable or self._address is not None

    def open_database(self, folder: Path) -> Database:
        """The database; PostgreSQL is waited for, half a minute long.

        Raises:
            RuntimeError: It cannot be opened, or was written by a newer version.
        """
        if self._address is None:
            path = folder / "server.sqlite3"
            try:
                return SQLiteDatabase(path, durable=self._durable)
            except sqlite3.Error as error:
                raise RuntimeError(f"The database {path} cannot be opened: {error}") from error
        from chunkr_integrations.server._postgres import PostgresDatabase  # noqa: PLC0415 - its driver is an extra

        return PostgresDatabase(self._address)

    def open_blobs(self, folder: Path, database: Database) -> Blobs:
        """The file store."""
        if self._files is None:
            return FolderBlobs(folder, durable=self._durable, clock=database.clock)
        if self._scheme() is None:
            path = unquote(urlsplit(self._files).path) if self._files.startswith("file:") else self._files
            return FolderBlobs(Path(path), durable=True, clock=database.clock)
        from chunkr_integrations.server._bucket import BucketBlobs  # noqa: PLC0415 - fsspec is an extra

        return BucketBlobs(self._files, folder, clock=database.clock)

    def _scheme(self) -> str | None:
        """Of the file store's URL; None for a folder."""
        if self._files is None or "://" not in self._files:
            return None
        scheme = self._files.partition("://")[0].casefold()
        return None if scheme == "file" else scheme


def _need(module: str, what: str, extra: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise ImportError(f"{what} needs the package {module}: pip install 'chunkr-integrations[{extra}]'")
