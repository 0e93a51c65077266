"""The engine's own errors; the server turns them into the `message` of a failed task."""

from __future__ import annotations

__all__ = ["EngineError", "UnreadableDocumentError", "UnsupportedOptionError"]


class EngineError(Exception):
    """The engine cannot do what it was asked; the message says what and what to do."""


class UnreadableDocumentError(EngineError):
    """The bytes are no document that the engine can read: empty, truncated, encrypted, of an unknown kind."""


class UnsupportedOptionError(EngineError):
    """An option of the request needs what this engine does not have, for example a vision model."""
