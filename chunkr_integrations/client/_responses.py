"""From an answer to a value or an error of the tree; functions of status, headers and body."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from chunkr_integrations.exceptions import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
)

from ._retry import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chunkr_integrations.exceptions import APIError

__all__ = [
    "connection_error",
    "read_bytes",
    "read_json",
    "read_model",
    "read_nothing",
    "read_text",
    "server_date",
    "shown",
]

M = TypeVar("M", bound=BaseModel)

_BODY_KEPT = 4000  # characters of a strange answer that its error keeps
_ERRORS: Mapping[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    422: UnprocessableEntityError,
}
_TOO_MANY, _SERVER = 429, 500


def read_model(model: type[M]) -> Callable[[httpx.Response], M]:
    """A reader of answers that are a JSON object of the given kind."""

    def read(response: httpx.Response) -> M:
        body = read_json(response)
        try:
            return model.model_validate(body)
        except ValidationError as exc:
            first = exc.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the root"
            raise _unreadable(response, f"this is no {model.__name__}: {where}: {first['msg']}") from exc

    return read


def read_json(response: httpx.Response) -> Any:
    """The answer as JSON."""
    _check(response)
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError) as exc:
        raise _unreadable(response, "the answer is no JSON") from exc


def read_text(response: httpx.Response) -> str:
    """The answer as text."""
    _check(response)
    return response.text


def read_bytes(response: httpx.Response) -> bytes:
    """The answer as it came."""
    _check(response)
    return response.content


def read_nothing(response: httpx.Response) -> None:
    """Nothing, when the status is a success: the bodies of these answers are free text."""
    _check(response)


def server_date(response: httpx.Response) -> datetime | None:
    """The server's clock, to the second; None when it does not say."""
    try:
        date = parsedate_to_datetime(response.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def shown(url: httpx.URL) -> str:
    """A URL for errors and logs: without user and query."""
    return str(url.copy_with(username="", password="", query=None, fragment=None))


def connection_error(
    error: httpx.RequestError, *, method: str, url: str, timeout: float | None, cure: str = ""
) -> APIConnectionError:
    """What an httpx error is to the user."""
    if isinstance(error, httpx.TimeoutException):
        what = "could not be reached" if isinstance(error, httpx.ConnectTimeout) else "did not answer"
        within = "" if timeout is None else f" within {timeout:g} s"
        advice = cure or "Check that the server is up, or raise request_timeout=."
        return APITimeoutError(f"the server {what}{within}", method=method, url=url, cure=advice)
    reason = str(error).strip().rstrip(".") or "the connection was closed"
    return APIConnectionError(reason, method=method, url=url, cure=cure)


def _check(response: httpx.Response) -> None:
    if response.is_success:
        return
    if response.is_redirect:
        target = response.headers.get("location", "nowhere").partition("?")[0]
        raise _unreadable(response, f"the server redirects to {target}, which is not followed")
    raise _status_error(response)


def _status_error(response: httpx.Response) -> APIStatusError:
    status, facts = response.status_code, _facts(response)
    body = response.text[:_BODY_KEPT]
    if status == _TOO_MANY:
        asked = retry_after(response.headers, datetime.now(timezone.utc))
        return RateLimitError(status_code=status, body=body, retry_after=asked, **facts)
    kind = InternalServerError if status >= _SERVER else _ERRORS.get(status, APIStatusError)
    return kind(status_code=status, body=body, **facts)


def _unreadable(response: httpx.Response, reason: str) -> APIResponseError:
    return APIResponseError(
        reason, status_code=response.status_code, body=response.text[:_BODY_KEPT], **_facts(response)
    )


def _facts(response: httpx.Response) -> dict[str, str]:
    return {"method": response.request.method, "url": shown(response.request.url)}


def with_cure(error: APIError, cure: str) -> APIError:
    """The same error with another last sentence."""
    error.args = (f"{error.args[0]} {cure}", *error.args[1:])
    return error
