"""Every error this package raises.

::

    ChunkrError
     +- APIError                      a request did not bring an answer that can be used
     |   +- APIConnectionError        nothing came back
     |   |   +- APITimeoutError       nothing came back in time
     |   +- APIResponseError          something came back that is not this API's JSON
     |   +- APIStatusError            an answer that is no success; has `status_code` and `body`
     |       +- BadRequestError           400
     |       +- AuthenticationError       401
     |       +- PermissionDeniedError     403
     |       +- NotFoundError             404
     |       +- UnprocessableEntityError  422
     |       +- RateLimitError            429; has `retry_after`
     |       +- InternalServerError       5xx
     +- TaskError                     the task was accepted and did not end well; has `task_id`
     |   +- TaskFailedError
     |   +- TaskCancelledError
     |   +- TaskTimeoutError          it is still running: `result(task_id)` goes on
     +- SourceError                   the input cannot be read or sent
     +- SchemaError                   the class or JSON Schema cannot be asked for
     +- OutputError                   the answer does not fit the class; keeps results and citations
     +- ConfigurationError            options that contradict each other
     +- MissingExtraError             a part of the package is not installed (also an ImportError)

Each error holds its facts as attributes and makes its message from them; the last sentence says what to do. All of
them can be pickled, so that worker processes can raise them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ChunkrError",
    "ConfigurationError",
    "InternalServerError",
    "MissingExtraError",
    "NotFoundError",
    "OutputError",
    "PermissionDeniedError",
    "RateLimitError",
    "SchemaError",
    "SourceError",
    "TaskCancelledError",
    "TaskError",
    "TaskFailedError",
    "TaskTimeoutError",
    "UnprocessableEntityError",
]

_BODY_SHOWN = 500  # characters of a server's answer that a message repeats


class ChunkrError(Exception):
    """Base of all errors of this package."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by attributes: the constructors take keywords, which Exception would lose."""
        return _rebuild, (type(self), self.args, {**self.__dict__, "__cause__": None})


def _rebuild(cls: type[ChunkrError], args: tuple[Any, ...], state: dict[str, Any]) -> ChunkrError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update({key: value for key, value in state.items() if key != "__cause__"})
    return error


class ConfigurationError(ChunkrError):
    """Options that contradict each other, or that cannot mean anything."""


class MissingExtraError(ChunkrError, ImportError):
    """A part of the package needs an extra that is not installed.

    Attributes:
        extra: The name of the extra, as in ``chunkr-integrations[extra]``.
    """

    def __init__(self, extra: str, *, needed_for: str) -> None:
        self.extra = extra
        self.needed_for = needed_for
        super().__init__(
            f"{needed_for} needs packages that are not installed. "
            f"Install them with: pip install 'chunkr-integrations[{extra}]'"
        )


class SourceError(ChunkrError):
    """The input cannot be read, recognised or sent.

    Attributes:
        source: The input's name: a path, a URL, a file name; never its content.
        reason: What is wrong with it.
        cure: What to do about it; one sentence.
    """

    def __init__(self, source: str, reason: str, *, cure: str) -> None:
        self.source = source
        self.reason = reason
        self.cure = cure
        super().__init__(f"{source}: {reason}. {cure}")


class SchemaError(ChunkrError):
    """The class or JSON Schema cannot be sent as the `schema` of an extraction.

    Attributes:
        target: The name of the class or schema.
        path: Field path of the place that is wrong; "" is the root.
        reason: What is wrong there.
        cure: What to do about it; one sentence.
    """

    def __init__(self, target: str, path: str, reason: str, *, cure: str) -> None:
        self.target = target
        self.path = path
        self.reason = reason
        self.cure = cure
        where = f"{target}.{path}" if path else target
        super().__init__(f"{where}: {reason}. {cure}")


class OutputError(ChunkrError):
    """The service's results do not fit the class they were asked for.

    Nothing is lost: what was paid for is on the error.

    Attributes:
        target: The name of the class.
        source: The input's name.
        task_id: The task that gave the results; None when there was none.
        errors: ``(field path, message)`` for each place that does not fit.
        results: The raw `results`, as they came.
        citations: The raw `citations`, as they came.
        metrics: The raw `metrics`, as they came.
    """

    def __init__(
        self,
        target: str,
        errors: Sequence[tuple[str, str]],
        *,
        results: Any,
        citations: Any = None,
        metrics: Any = None,
        source: str | None = None,
        task_id: str | None = None,
    ) -> None:
        self.target = target
        self.errors = tuple(errors)
        self.results = results
        self.citations = citations
        self.metrics = metrics
        self.source = source
        self.task_id = task_id
        places = "; ".join(f"{path or 'the root'}: {message.rstrip('.')}" for path, message in self.errors[:5])
        more = f" (and {len(self.errors) - 5} more)" if len(self.errors) > 5 else ""  # noqa: PLR2004 - as above
        of = f" of {source}" if source else ""
        task = f" (task {task_id})" if task_id else ""
        super().__init__(
            f"The results{of}{task} do not fit {target}: {places}{more}. "
            "Make those fields optional or wider, or take the raw answer from this error's results and citations."
        )


class APIError(ChunkrError):
    """A request did not bring an answer that can be used.

    Attributes:
        method: The HTTP method.
        url: The URL without its query string.
        task_id: The task that was asked for, where one is known: it goes on at the server.
    """

    def __init__(self, message: str, *, method: str, url: str) -> None:
        self.method = method
        self.url = url
        self.task_id: str | None = None
        super().__init__(message)


class APIConnectionError(APIError):
    """Nothing came back: the server is not there, or the connection broke.

    Attributes:
        reason: What the network said.
    """

    def __init__(self, reason: str, *, method: str, url: str, cure: str = "") -> None:
        self.reason = reason
        super().__init__(
            f"{method} {url}: {reason}. {cure or 'Check the base URL and that the server is running.'}",
            method=method,
            url=url,
        )


class APITimeoutError(APIConnectionError):
    """Nothing came back in time."""


class APIResponseError(APIError):
    """The answer is not what this API sends, for example a proxy's HTML page.

    Attributes:
        reason: What is wrong with the answer.
        status_code: The answer's HTTP status.
        body: The beginning of the answer.
    """

    def __init__(self, reason: str, *, method: str, url: str, status_code: int, body: str = "") -> None:
        self.reason = reason
        self.status_code = status_code
        self.body = body
        super().__init__(
            f"{method} {url}: {reason} (status {status_code}). Check that the base URL points at a Chunkr API.",
            method=method,
            url=url,
        )


class APIStatusError(APIError):
    """The server answered with a status that is no success.

    Attributes:
        status_code: The HTTP status.
        body: The server's text. The API answers errors in plain text (OpenAPI 2.62.0, responses 400 to 500).
    """

    cure = "See the server's text above."

    def __init__(self, *, status_code: int, body: str, method: str, url: str, cure: str | None = None) -> None:
        self.status_code = status_code
        self.body = body
        shown = body.strip()[:_BODY_SHOWN] or "no text"
        super().__init__(
            f"{method} {url}: status {status_code}: {shown.rstrip('.')}. {cure or self.cure}", method=method, url=url
        )


class BadRequestError(APIStatusError):
    """400: the request is invalid, or the file type is not supported."""

    cure = "Mend what the server names; sending the same again brings the same answer."


class AuthenticationError(APIStatusError):
    """401: the key is missing or wrong, or the file belongs to another key."""

    cure = "Set CHUNKR_API_KEY (or api_key=) to a key of this server; it is sent as it is, without 'Bearer'."


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""

    cure = "Use a key that may do this."


class NotFoundError(APIStatusError):
    """404: no such task or file; expired ones are gone, too."""

    cure = "Check the id; tasks that expired or were deleted are gone."


class UnprocessableEntityError(APIStatusError):
    """422: the request is well formed and cannot be processed."""

    cure = "Mend what the server names; sending the same again brings the same answer."


class RateLimitError(APIStatusError):
    """429: too many requests, or the plan's allowance is used up.

    Attributes:
        retry_after: Seconds the server asks to wait; None when it does not say.
    """

    cure = "Send fewer requests at a time, or wait; a used-up plan needs a larger one."

    def __init__(self, *, status_code: int, body: str, method: str, url: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(status_code=status_code, body=body, method=method, url=url)


class InternalServerError(APIStatusError):
    """5xx: the server failed."""

    cure = "Try again later; nothing was lost on this side."


class TaskError(ChunkrError):
    """A task was accepted and did not end well.

    Attributes:
        task_id: The task.
        source: The input's name; None when the task was looked up by its id.
    """

    def __init__(self, message: str, *, task_id: str, source: str | None = None) -> None:
        self.task_id = task_id
        self.source = source
        super().__init__(message)


class TaskFailedError(TaskError):
    """The service gave up.

    Attributes:
        message: The service's reason; free text, there is no code (OpenAPI 2.62.0, `message`).
        configuration: What the task was asked, as the service repeated it.
    """

    def __init__(
        self, *, task_id: str, message: str, source: str | None = None, configuration: Mapping[str, Any] | None = None
    ) -> None:
        self.message = message
        self.configuration = dict(configuration or {})
        super().__init__(
            f"{source or 'The input'}: task {task_id} failed: {message.strip().rstrip('.') or 'no reason given'}. "
            "Mend the document or the options the message names, then extract again.",
            task_id=task_id,
            source=source,
        )


class TaskCancelledError(TaskError):
    """Somebody cancelled the task."""

    def __init__(self, *, task_id: str, source: str | None = None) -> None:
        super().__init__(
            f"{source or 'The input'}: task {task_id} was cancelled. Extract again to get a result.",
            task_id=task_id,
            source=source,
        )


class TaskTimeoutError(TaskError):
    """The task is still running; waiting for it ended.

    Attributes:
        timeout: Seconds that were waited.
    """

    def __init__(self, *, task_id: str, timeout: float, source: str | None = None) -> None:
        self.timeout = timeout
        super().__init__(
            f"{source or 'The input'}: task {task_id} had not finished after {timeout:g} s and goes on at the server. "
            f"Call result({task_id!r}, ...) to wait again; extracting again would pay again.",
            task_id=task_id,
            source=source,
        )
