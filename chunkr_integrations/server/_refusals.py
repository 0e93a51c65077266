"""What a request gets that is not served: a status and a plain text (OpenAPI 2.62.0, responses 400 to 500)."""

from __future__ import annotations

__all__ = ["Refusal", "bad_request", "not_found", "too_large", "unauthorized"]


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """Ends a request with a status and a text."""

    def __init__(self, status: int, text: str, *, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.text = text
        self.headers = headers or {}
        super().__init__(text)


def bad_request(text: str) -> Refusal:
    """400."""
    return Refusal(400, text)


def unauthorized(text: str) -> Refusal:
    """401; another key's file is one, too (API reference, get file)."""
    return Refusal(401, text)


def not_found(text: str) -> Refusal:
    """404."""
    return Refusal(404, text)


def too_large(text: str) -> Refusal:
    """413."""
    return Refusal(413, text)
