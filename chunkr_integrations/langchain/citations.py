"""The citations of documents that came back from a retriever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.documents import Document

from chunkr_integrations import documents as neutral

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chunkr_integrations.citations import Citation
    from chunkr_integrations.documents import Quote

__all__ = ["flatten_metadata", "nest_metadata", "restore_citations", "to_quotes"]


def flatten_metadata(documents: Iterable[Document]) -> list[Document]:
    """Copies whose metadata every vector store takes; `nest_metadata` gives the originals back.

    Unlike `filter_complex_metadata`, nothing is dropped and nothing is changed in place.
    """
    return [_with(document, neutral.flatten_metadata(document.metadata)) for document in documents]


def nest_metadata(documents: Iterable[Document]) -> list[Document]:
    """Copies with the citations as lists of dicts; undoes `flatten_metadata`."""
    return [_with(document, neutral.nest_metadata(document.metadata)) for document in documents]


def restore_citations(document: Document, *, store: Mapping[str, str] | None = None) -> dict[str, tuple[Citation, ...]]:
    """The citations of a document by field path, whatever store it went through.

    Args:
        document: As loaded, or as a retriever gave it back.
        store: The loader's `citation_store`, for documents above its size cap.
    """
    return neutral.restore_citations(document.metadata, store=store)


def to_quotes(
    documents: Iterable[Document], *, store: Mapping[str, str] | None = None, fields: Iterable[str] | None = None
) -> tuple[Quote, ...]:
    """What retrieved documents cite, as an answer can quote it.

    `str` of a quote is `[1] invoice.pdf, p. 2, box (0.61, 0.83)-(0.72, 0.85): "1,190.00"`, the box in fractions of the
    page from its top left corner.

    Args:
        documents: In the order of their ranks.
        store: As in `restore_citations`.
        fields: Field paths to quote; all of them when None.
    """
    return neutral.to_quotes((document.metadata for document in documents), store=store, fields=fields)


def _with(document: Document, metadata: dict[str, object]) -> Document:
    return Document(id=document.id, page_content=document.page_content, metadata=metadata)
