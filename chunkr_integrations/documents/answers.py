"""An extraction as a tool's answer: few words for a model, everything for the program around it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from chunkr_integrations.citations import Citation
from chunkr_integrations.documents.metadata import cited_pages
from chunkr_integrations.documents.records import value_as_json
from chunkr_integrations.exceptions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    ChunkrError,
    ConfigurationError,
    InternalServerError,
    MissingExtraError,
    OutputError,
    PermissionDeniedError,
    RateLimitError,
    SourceError,
    TaskCancelledError,
    TaskFailedError,
    TaskTimeoutError,
)
from chunkr_integrations.schema import CompiledSchema, compile_schema

if TYPE_CHECKING:
    from chunkr_integrations.extraction import Extraction

__all__ = ["describe_error", "describe_tool", "read_artifact", "to_answer", "to_artifact"]

_ITEMS: Final = (100, 50, 20, 10, 5, 2, 1)  # list items that remain, tried until the answer is short enough
_TEXT_SHOWN = 200  # characters of a value, when lists alone do not make the answer short enough
_DESCRIPTION = 1024  # characters; what OpenAI and LlamaIndex take
_REVIEWED = 20  # fields to review that are named


def to_answer(found: Extraction[Any], *, max_characters: int = 8000) -> str:
    """Short JSON for a model: the values, the pages they stand on, the fields that a person should look at.

    Lists that are too long are cut, and `omitted` says by how much; the artifact has all.
    """
    values = value_as_json(found.value)
    review = [{"field": item.path, "reason": item.reason} for item in found.review()]
    answer: dict[str, Any] = {"document": found.source.name, "values": values}
    if pages := cited_pages(found.citations):
        answer["pages"] = pages
    if review:
        answer["review"] = review[:_REVIEWED]
    for items in _ITEMS:
        if len(text := _dumps(answer)) <= max_characters:
            return text
        answer |= _shortened(values, items)
    answer["values"] = _cut(answer["values"])
    if len(text := _dumps(answer)) <= max_characters:
        return text
    return _dumps(
        {"document": answer["document"], "omitted": "all values: they are too many; ask the user for the file"}
    )


def to_artifact(found: Extraction[Any]) -> dict[str, Any]:
    """Everything, in JSON values only, so that any checkpointer keeps it; `read_artifact` gives the objects back."""
    return {
        "results": found.results,
        "citations": {
            path: [citation.model_dump(mode="json", exclude_none=True) for citation in cited]
            for path, cited in found.citations.items()
            if cited
        },
        "confidence": {path: confidence for path, confidence in found.confidence.items() if confidence is not None},
        "review": [
            {"field": item.path, "state": item.state, "confidence": item.confidence, "reason": item.reason}
            for item in found.review()
        ],
        "source": {"name": found.source.name, "content_hash": found.source.content_hash},
        "task_id": found.task_id,
    }


def describe_tool(schema: CompiledSchema[Any]) -> str:
    """For the model: what it gets, in the class's own words, and what it gives."""
    fields = ", ".join(schema.json.get("properties", {}))
    about = " ".join(str(schema.json.get("description", "")).split())
    return (
        f"Extract {schema.name} from a document{f' ({about})' if about else ''}. Fields: {fields}. "
        "Takes the document's reference. "
        "Returns JSON: the values, the pages they stand on, and the fields that a person should review."
    )[:_DESCRIPTION]


def read_artifact(artifact: Mapping[str, Any], target: Any) -> tuple[Any, dict[str, tuple[Citation, ...]]]:
    """The typed object and the citations by field path, from a tool's artifact.

    Args:
        artifact: What `to_artifact` made, also after a checkpoint.
        target: The class that the tool was made with.

    Raises:
        OutputError: The results do not fit the class.
    """
    value = compile_schema(target).read(artifact["results"], source=artifact["source"]["name"]).value
    return value, {
        path: tuple(Citation.model_validate(item) for item in cited) for path, cited in artifact["citations"].items()
    }


def describe_error(error: ChunkrError, reference: str) -> str:
    """What a model should know of an error: whether to try again, and with what.

    No key, no address, no path but the reference, no word of the document or of the server's answer.
    """
    return f"{reference}: {next(words for kinds, words in _explained(error) if isinstance(error, kinds))}"


def _explained(error: ChunkrError) -> Iterator[tuple[Any, str]]:
    if isinstance(error, SourceError):
        yield SourceError, f"{error.reason}. {error.cure}"
    if isinstance(error, OutputError):
        fields = ", ".join(path or "the whole" for path, _ in error.errors[:5])
        yield OutputError, f"the extraction service's answer is not usable in these fields: {fields}. Tell the user."
    if isinstance(error, RateLimitError):
        wait = f" in {error.retry_after:g} seconds" if error.retry_after else " later"
        yield (
            RateLimitError,
            f"the extraction service is busy or the plan is used up. Try again{wait}, or tell the user.",
        )
    if isinstance(error, APIStatusError) and error.status_code == _PAYMENT_REQUIRED:
        yield APIStatusError, "the extraction service's plan is used up. Tell the user; trying again does not help."
    yield (
        (AuthenticationError, PermissionDeniedError),
        "the extraction service refuses this program's credentials. Tell the user; trying again does not help.",
    )
    yield InternalServerError, "the extraction service failed. Try again later, or tell the user."
    yield APIStatusError, "the extraction service refuses this request. Tell the user; trying again does not help."
    yield (
        (APITimeoutError, TaskTimeoutError),
        "the extraction has not finished in time. Try again later, or tell the user.",
    )
    yield APIConnectionError, "the extraction service cannot be reached. Try again later, or tell the user."
    yield TaskFailedError, "the extraction service could not process this document. Try another one, or tell the user."
    yield TaskCancelledError, "the extraction was cancelled. Ask the user whether to try again."
    yield (
        (ConfigurationError, MissingExtraError),
        "the extraction tool is not set up correctly. Tell the user; trying again does not help.",
    )
    yield ChunkrError, "the extraction failed. Tell the user."


_PAYMENT_REQUIRED = 402


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shortened(values: Any, items: int) -> dict[str, Any]:
    omitted: dict[str, str] = {}
    return {"values": _first(values, items, "", omitted), "omitted": omitted}


def _first(value: Any, items: int, path: str, omitted: dict[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {k: _first(item, items, f"{path}.{k}" if path else str(k), omitted) for k, item in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) > items:
        omitted[path or "the list"] = f"{len(value) - items} of {len(value)} items"
    return [_first(item, items, f"{path}[{index}]", omitted) for index, item in enumerate(value[:items])]


def _cut(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _cut(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cut(item) for item in value]
    return f"{value[:_TEXT_SHOWN]}…" if isinstance(value, str) and len(value) > _TEXT_SHOWN else value
