from __future__ import annotations

import inspect
import pickle

import pytest

from chunkr_integrations import exceptions
from chunkr_integrations.exceptions import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ChunkrError,
    ConfigurationError,
    InternalServerError,
    MissingExtraError,
    NotFoundError,
    OutputError,
    PermissionDeniedError,
    RateLimitError,
    SchemaError,
    SourceError,
    TaskCancelledError,
    TaskFailedError,
    TaskTimeoutError,
    UnprocessableEntityError,
)

WHERE = {"method": "POST", "url": "http://host/tasks/extract"}
STATUS_ERRORS = [
    (BadRequestError, 400),
    (AuthenticationError, 401),
    (PermissionDeniedError, 403),
    (NotFoundError, 404),
    (UnprocessableEntityError, 422),
    (RateLimitError, 429),
    (InternalServerError, 503),
]
EXAMPLES: list[ChunkrError] = [
    ConfigurationError("file_name and a task id"),
    MissingExtraError("local", needed_for="The embedded engine"),
    SourceError("a.pdf", "the file is empty", cure="Give a file with content."),
    SchemaError("Invoice", "lines[].price", "a callable has no JSON Schema", cure="Use a type."),
    OutputError("Invoice", [("total", "not a number")], results={"total": "x"}, source="a.pdf", task_id="t1"),
    APIConnectionError("connection refused", **WHERE),
    APITimeoutError("no answer in 60 s", **WHERE),
    APIResponseError("the answer is HTML", status_code=200, body="<html>", **WHERE),
    *(kind(status_code=code, body="Some text.", **WHERE) for kind, code in STATUS_ERRORS),
    TaskFailedError(task_id="t1", message="Unsupported file type", source="a.pdf"),
    TaskCancelledError(task_id="t1", source="a.pdf"),
    TaskTimeoutError(task_id="t1", timeout=30.0, source="a.pdf"),
]


def test_every_public_error_is_exported_and_in_the_tree_of_the_docstring() -> None:
    public = {
        name for name, item in vars(exceptions).items() if inspect.isclass(item) and issubclass(item, ChunkrError)
    }
    assert public == set(exceptions.__all__)
    assert exceptions.__all__ == sorted(exceptions.__all__)
    for name in public:
        assert f" {name}" in (exceptions.__doc__ or "")


def test_every_error_has_an_example_here() -> None:
    bases = {"ChunkrError", "APIError", "TaskError", "APIStatusError"}
    assert {type(error).__name__ for error in EXAMPLES} | bases == set(exceptions.__all__)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_errors_survive_pickling(error: ChunkrError) -> None:
    """A worker process hands an error over whole: class, message and attributes."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


@pytest.mark.parametrize("error", EXAMPLES[1:], ids=lambda error: type(error).__name__)
def test_messages_end_with_what_to_do(error: ChunkrError) -> None:
    message = str(error)
    cure = message.rsplit(". ", 1)[-1] if not isinstance(error, MissingExtraError) else message
    assert cure
    assert cure[0].isupper()


@pytest.mark.parametrize(("kind", "code"), STATUS_ERRORS)
def test_a_status_error_repeats_the_servers_text(kind: type[APIStatusError], code: int) -> None:
    error = kind(status_code=code, body="Usage limit exceeded", **WHERE)
    assert "Usage limit exceeded" in str(error)
    assert error.status_code == code


def test_a_huge_error_page_does_not_fill_the_message() -> None:
    error = BadRequestError(status_code=400, body="x" * 10_000_000, **WHERE)
    assert len(str(error)) < 1000
    assert len(error.body) == 10_000_000


def test_a_missing_extra_is_an_import_error_that_names_the_command() -> None:
    with pytest.raises(ImportError, match=r"pip install 'chunkr-integrations\[local\]'"):
        raise MissingExtraError("local", needed_for="The embedded engine")
