"""Between LangChain's nouns and this package's; no waiting, no I/O but the reading of a blob."""

from __future__ import annotations

import asyncio
import mimetypes
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from langchain_core.document_loaders import Blob
from langchain_core.documents import Document

from chunkr_integrations.documents.loading import Input, as_inputs
from chunkr_integrations.sources import to_source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from chunkr_integrations.documents import Record
    from chunkr_integrations.sources import SourceInput


def to_document(record: Record) -> Document:
    """The same under LangChain's names."""
    return Document(id=record.id, page_content=record.text, metadata=record.metadata)


def to_inputs(sources: SourceInput | Blob | Iterable[SourceInput | Blob], file_name: str | None) -> tuple[Input, ...]:
    """One input or several; blobs under their own source and with their own metadata."""
    return as_inputs(sources, file_name, single=(Blob,), convert=_from_blob_or_source)


def _from_blob_or_source(value: Any, file_name: str | None) -> Input:
    return from_blob(value, file_name) if isinstance(value, Blob) else Input(value, file_name=file_name)


def from_blob(blob: Blob, file_name: str | None = None) -> Input:
    """A blob's bytes, or its path when it has only that.

    Text blobs are sent in their encoding. A blob in memory without a name gets one from its media type, because text
    formats cannot be told apart by their content.
    """
    if blob.data is None and blob.path is not None:
        return Input(blob.path, uri=_uri(blob), file_name=file_name, metadata=_others(blob))
    name = file_name or (PurePath(str(blob.source)).name if blob.source else _name_for(blob.mimetype))
    return Input(blob.as_bytes(), uri=_uri(blob), file_name=name, metadata=_others(blob))


def _uri(blob: Blob) -> str | None:
    """The blob's own source; of a link the part that does not expire. None for bytes: their hash names them."""
    source = blob.source
    if source is not None and source.startswith(("http://", "https://")):
        return to_source(source).uri
    return source


def _others(blob: Blob) -> dict[str, Any]:
    return {key: value for key, value in blob.metadata.items() if key != "source"}


def _name_for(mimetype: str | None) -> str | None:
    extension = mimetypes.guess_extension(mimetype or "")
    return f"document{extension}" if extension else None


async def in_threads(documents: Iterator[Document]) -> AsyncIterator[Document]:
    """An iterator whose every step waits in a thread; for async callers who have only a sync client."""
    while (document := await asyncio.to_thread(next, documents, None)) is not None:
        yield document
