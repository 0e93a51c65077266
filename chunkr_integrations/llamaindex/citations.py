"""The citations of documents and nodes that came back from a retriever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle

from chunkr_integrations import documents as neutral

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chunkr_integrations.citations import Citation
    from chunkr_integrations.documents import Quote

__all__ = ["CitationPostprocessor", "flatten_metadata", "nest_metadata", "restore_citations", "to_quotes"]

N = TypeVar("N", bound=BaseNode)


def flatten_metadata(nodes: Iterable[N]) -> list[N]:
    """Copies whose metadata every vector store takes; `nest_metadata` gives the originals back."""
    return [node.model_copy(update={"metadata": neutral.flatten_metadata(node.metadata)}) for node in nodes]


def nest_metadata(nodes: Iterable[N]) -> list[N]:
    """Copies with the citations as lists of dicts; undoes `flatten_metadata`."""
    return [node.model_copy(update={"metadata": neutral.nest_metadata(node.metadata)}) for node in nodes]


def restore_citations(
    node: BaseNode | NodeWithScore, *, store: Mapping[str, str] | None = None
) -> dict[str, tuple[Citation, ...]]:
    """The citations of a document or node by field path, whatever store it went through.

    Args:
        node: As loaded, or as a retriever gave it back.
        store: The reader's `citation_store`, for documents above its size cap.
    """
    return neutral.restore_citations(node.metadata, store=store)


def to_quotes(
    nodes: Iterable[BaseNode | NodeWithScore],
    *,
    store: Mapping[str, str] | None = None,
    fields: Iterable[str] | None = None,
) -> tuple[Quote, ...]:
    """What retrieved nodes cite, as an answer can quote it.

    `str` of a quote is `[1] invoice.pdf, p. 2, box (0.61, 0.83)-(0.72, 0.85): "1,190.00"`, the box in fractions of the
    page from its top left corner.

    Args:
        nodes: In the order of their ranks; `response.source_nodes` of a query engine.
        store: As in `restore_citations`.
        fields: Field paths to quote; all of them when None.
    """
    return neutral.to_quotes((node.metadata for node in nodes), store=store, fields=fields)


class CitationPostprocessor(BaseNodePostprocessor):
    """Shows the model what each retrieved node cites, so that its answer can quote page and box.

    The quotes are numbered over all nodes and stand in each node's metadata under `quotes`, which the model sees and
    embeddings do not.
    """

    fields: list[str] | None = None
    """Field paths to quote; all of them when None."""

    @classmethod
    def class_name(cls) -> str:
        """The name in serialized form."""
        return "ChunkrCitationPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        del query_bundle
        number = 0
        shown = []
        for scored in nodes:
            quotes = to_quotes([scored], fields=self.fields)
            lines = "; ".join(str(quote.numbered(number + quote.number)) for quote in quotes)
            number += len(quotes)
            shown.append(_quoting(scored, lines) if lines else scored)
        return shown


def _quoting(scored: NodeWithScore, lines: str) -> NodeWithScore:
    node = scored.node
    update: dict[str, Any] = {
        "metadata": {**node.metadata, "quotes": lines},
        "excluded_embed_metadata_keys": [*node.excluded_embed_metadata_keys, "quotes"],
    }
    return NodeWithScore(node=node.model_copy(update=update), score=scored.score)
