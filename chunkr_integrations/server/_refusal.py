"""A request that is not carried out: a status and a sentence, as text/plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Refused"]


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault of the server
    """Answer with this.

    Args:
        status: The HTTP status.
        text: The whole body.
        headers: More headers.
    """

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, dict(headers or {})
