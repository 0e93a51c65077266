from __future__ import annotations

import pytest
from llama_index.core.schema import MetadataMode, NodeWithScore
from scripted_service import Order, write

from chunkr_integrations.llamaindex import (
    ChunkrReader,
    CitationPostprocessor,
    flatten_metadata,
    nest_metadata,
    restore_citations,
    to_quotes,
)


@pytest.fixture
def fields(paths, client):
    return ChunkrReader(Order, split_by="field", client=client).load_data(paths[0])


def test_flat_and_nested_documents_are_each_other(paths, client):
    flat = ChunkrReader(Order, client=client).load_data(paths[0])
    nested = ChunkrReader(Order, metadata_mode="nested", client=client).load_data(paths[0])
    assert flatten_metadata(nested) == flat
    assert nest_metadata(flat) == nested


def test_nodes_are_quoted(fields):
    scored = [NodeWithScore(node=document, score=1.0) for document in fields]
    assert restore_citations(scored[1])["total"][0].content == "12.50"
    quotes = [str(quote) for quote in to_quotes(scored, fields=["total"])]
    assert quotes == ['[1] a.txt, p. 2, box (0.50, 0.50)-(0.60, 0.51): "12.50"']


def test_the_model_sees_the_quotes_numbered_over_all_nodes(fields):
    scored = [NodeWithScore(node=document, score=1.0) for document in fields[:2]]
    shown = CitationPostprocessor().postprocess_nodes(scored)
    texts = [node.node.get_content(MetadataMode.LLM) for node in shown]
    assert "quotes: [1] a.txt, p. 1, box" in texts[0]
    assert "quotes: [2] a.txt, p. 2, box" in texts[1]
    assert "quotes" not in shown[0].node.get_content(MetadataMode.EMBED)
    assert "quotes" not in scored[0].node.metadata


def test_large_citations_go_to_the_callers_own_store(tmp_path, client):
    """To the mapping that was handed in, not to a copy of it."""
    side: dict[str, str] = {}
    path = write(tmp_path, "a", lines=300)
    (document,) = ChunkrReader(Order, citation_store=side, metadata_cap=2000, client=client).load_data(path)
    assert list(side) == [document.id_]
    assert "lines[299].code" in restore_citations(document, store=side)
