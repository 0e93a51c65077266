"""Pydantic class + document -> typed object + citations, inside LangChain and LlamaIndex.

The names here import no framework and no engine: `chunkr_integrations.langchain` and `chunkr_integrations.llamaindex`
are imported by name, the embedded engine when it is asked.
Each is loaded when it is first used, so that a part of the package costs no more than itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chunkr_integrations._version import __version__

if TYPE_CHECKING:
    from chunkr_integrations.citations import BoundingBox, Citation, Metrics
    from chunkr_integrations.client import AsyncClient, Client, Outcome
    from chunkr_integrations.exceptions import (
        APIConnectionError,
        APIError,
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
        TaskError,
        TaskFailedError,
        TaskTimeoutError,
        UnprocessableEntityError,
    )
    from chunkr_integrations.extraction import Extraction, ReviewItem, SourceInfo
    from chunkr_integrations.schema import CompiledSchema, compile_schema
    from chunkr_integrations.tasks import (
        ChunkProcessing,
        CroppingStrategy,
        ErrorHandlingStrategy,
        File,
        GenerationConfig,
        GenerationStrategy,
        OcrStrategy,
        ParseConfiguration,
        PipelineType,
        SegmentationStrategy,
        SegmentFormat,
        SegmentProcessing,
        Status,
        Task,
        TaskType,
        Tokenizer,
    )

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncClient",
    "AuthenticationError",
    "BadRequestError",
    "BoundingBox",
    "ChunkProcessing",
    "ChunkrError",
    "Citation",
    "Client",
    "CompiledSchema",
    "ConfigurationError",
    "CroppingStrategy",
    "ErrorHandlingStrategy",
    "Extraction",
    "File",
    "GenerationConfig",
    "GenerationStrategy",
    "InternalServerError",
    "Metrics",
    "MissingExtraError",
    "NotFoundError",
    "OcrStrategy",
    "Outcome",
    "OutputError",
    "ParseConfiguration",
    "PermissionDeniedError",
    "PipelineType",
    "RateLimitError",
    "ReviewItem",
    "SchemaError",
    "SegmentFormat",
    "SegmentProcessing",
    "SegmentationStrategy",
    "SourceError",
    "SourceInfo",
    "Status",
    "Task",
    "TaskCancelledError",
    "TaskError",
    "TaskFailedError",
    "TaskTimeoutError",
    "TaskType",
    "Tokenizer",
    "UnprocessableEntityError",
    "__version__",
    "compile_schema",
]

_PLACES = {
    "citations": ("BoundingBox", "Citation", "Metrics"),
    "client": ("AsyncClient", "Client", "Outcome"),
    "exceptions": (
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
    ),
    "extraction": ("Extraction", "ReviewItem", "SourceInfo"),
    "schema": ("CompiledSchema", "compile_schema"),
    "tasks": (
        "ChunkProcessing",
        "CroppingStrategy",
        "ErrorHandlingStrategy",
        "File",
        "GenerationConfig",
        "GenerationStrategy",
        "OcrStrategy",
        "ParseConfiguration",
        "PipelineType",
        "SegmentationStrategy",
        "SegmentFormat",
        "SegmentProcessing",
        "Status",
        "Task",
        "TaskType",
        "Tokenizer",
    ),
}
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _PLACE_OF:
        found = getattr(import_module(f"{__name__}.{_PLACE_OF[name]}"), name)
    elif name in _PLACES:
        found = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES, *__all__})
