"""Chunkr for LlamaIndex: documents, tools and programs whose every value has its place on a page."""

from __future__ import annotations

from chunkr_integrations.exceptions import MissingExtraError

try:
    import llama_index.core as _llama_index_core  # noqa: F401 - only asked whether it is there
except ModuleNotFoundError as exc:
    if exc.name not in {"llama_index", "llama_index.core"}:
        raise
    raise MissingExtraError("llamaindex", needed_for="chunkr_integrations.llamaindex") from exc

from chunkr_integrations.documents import check_metadata
from chunkr_integrations.documents.answers import read_artifact
from chunkr_integrations.llamaindex.citations import (
    CitationPostprocessor,
    flatten_metadata,
    nest_metadata,
    restore_citations,
    to_quotes,
)
from chunkr_integrations.llamaindex.language_models import from_llm
from chunkr_integrations.llamaindex.programs import ChunkrProgram
from chunkr_integrations.llamaindex.readers import ChunkrReader
from chunkr_integrations.llamaindex.tools import ChunkrToolSpec

__all__ = [
    "ChunkrProgram",
    "ChunkrReader",
    "ChunkrToolSpec",
    "CitationPostprocessor",
    "check_metadata",
    "flatten_metadata",
    "from_llm",
    "nest_metadata",
    "read_artifact",
    "restore_citations",
    "to_quotes",
]
