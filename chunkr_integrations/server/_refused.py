"""A request that is not carried out: a status and a sentence, as text/plain."""

from __future__ import annotations

__all__ = ["Refused"]


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault of the server
    """Answer with this.

    Args:
        status: The HTTP status.
        text: The whole body.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text
