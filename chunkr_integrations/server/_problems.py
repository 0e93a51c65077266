"""What goes wrong with a request, as a status and the plain text that the contract asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Problem",
    "bad_request",
    "no_file",
    "no_task",
    "too_large",
    "too_slow",
    "unauthorized",
]


class Problem(Exception):  # noqa: N818 - it is an answer, not an error of this server
    """An answer that is no success.

    Attributes:
        status: The HTTP status.
        text: The whole body; for the caller's eyes.
        headers: Sent beside it.
    """

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.text = text
        self.headers = dict(headers or {})
        super().__init__(status, text)


def bad_request(text: str) -> Problem:
    """400: the request cannot mean anything, or means something this server does not do."""
    return Problem(400, text)


def unauthorized(text: str) -> Problem:
    """401: no key, or not one of ours."""
    return Problem(401, text)


def no_task() -> Problem:
    """404: unknown, deleted, expired, or another key's; which of these is not told (v1: the same text)."""
    return Problem(404, "Task not found")


def no_file() -> Problem:
    """401, not 404: documented so for missing files and for those of another key."""
    return Problem(401, "File not found, or it belongs to another key")


def too_large(what: str, limit: int, cure: str) -> Problem:
    """413, for uploads; the create routes declare 400 only."""
    return Problem(413, f"{what} is larger than {limit:,} bytes. {cure}")


def too_slow(seconds: float) -> Problem:
    """400, not 408, which no create route declares: the body stopped coming."""
    return Problem(400, f"Nothing of the request came for {seconds:g} seconds. Send it again.")
