"""Errors that nobody foresaw, as the log may have them: a traceback's last line may quote a document."""

from __future__ import annotations

import errno
import sqlite3
import traceback

__all__ = ["is_full", "shown_fault"]

_PLACES = 8
_TELLING = (OSError, sqlite3.Error)  # of the system, about the system: their messages hold nothing of a request


def shown_fault(error: BaseException) -> str:
    """The class of an error and where it came from, innermost first; the message only of those that are known."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    message = f" ({error})" if isinstance(error, _TELLING) else ""
    return f"{type(error).__name__}{message} at {places}"


def is_full(error: BaseException) -> bool:
    """Whether it says that the disk, or what of it may be used, is full."""
    if isinstance(error, sqlite3.OperationalError):
        return "disk is full" in str(error)  # `sqlite_errorcode` came with Python 3.11
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
