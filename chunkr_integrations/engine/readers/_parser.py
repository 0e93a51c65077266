"""What a PDF parser does, whichever library is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chunkr_integrations.engine.layout import RawPage

__all__ = ["PAGE_SIZE", "Parser", "ParserError", "PasswordError"]

PAGE_SIZE = (612.0, 792.0)  # points; of a page that cannot be read, when there is none before it to take the size of


class ParserError(Exception):
    """The parser gave up on these bytes."""


class PasswordError(ParserError):
    """The bytes are encrypted and open only with a password."""


class Parser(Protocol):
    """Turns the bytes of a PDF into pages."""

    def pages(self, data: bytes) -> Iterator[RawPage]:
        """Every page in order, from its text layer.

        Raises:
            ParserError: These bytes cannot be parsed.
        """
        ...
