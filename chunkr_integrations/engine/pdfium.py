"""One at a time: PDFium keeps state that calls from several threads would break (pypdfium2 documentation)."""

from __future__ import annotations

from threading import Lock

__all__ = ["LOCK"]

LOCK = Lock()
