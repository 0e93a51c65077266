"""Chunkr for LangChain: documents, tools and chains whose every value has its place on a page."""

from __future__ import annotations

from chunkr_integrations.exceptions import MissingExtraError

try:
    import langchain_core as _langchain_core  # noqa: F401 - only asked whether it is there
except ModuleNotFoundError as exc:
    if exc.name != "langchain_core":
        raise
    raise MissingExtraError("langchain", needed_for="chunkr_integrations.langchain") from exc

from chunkr_integrations.documents import check_metadata
from chunkr_integrations.documents.answers import read_artifact
from chunkr_integrations.langchain.citations import flatten_metadata, nest_metadata, restore_citations, to_quotes
from chunkr_integrations.langchain.document_loaders import ChunkrExtractLoader
from chunkr_integrations.langchain.document_parsers import ChunkrBlobParser
from chunkr_integrations.langchain.language_models import from_chat_model
from chunkr_integrations.langchain.runnables import ChunkrExtractor
from chunkr_integrations.langchain.tools import ChunkrExtractTool, ChunkrToolkit

__all__ = [
    "ChunkrBlobParser",
    "ChunkrExtractLoader",
    "ChunkrExtractTool",
    "ChunkrExtractor",
    "ChunkrToolkit",
    "check_metadata",
    "flatten_metadata",
    "from_chat_model",
    "nest_metadata",
    "read_artifact",
    "restore_citations",
    "to_quotes",
]
