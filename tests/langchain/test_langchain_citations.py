from __future__ import annotations

from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.vectorstores import InMemoryVectorStore
from scripted_service import Order, word, write

from chunkr_integrations.langchain import (
    ChunkrExtractLoader,
    check_metadata,
    flatten_metadata,
    nest_metadata,
    restore_citations,
    to_quotes,
)


def test_flat_and_nested_documents_are_each_other(paths, client):
    flat = ChunkrExtractLoader(paths, Order, client=client).load()
    nested = ChunkrExtractLoader(paths, Order, metadata_mode="nested", client=client).load()
    assert flatten_metadata(nested) == flat
    assert nest_metadata(flat) == nested
    assert check_metadata(nested[0].metadata, store="chroma") != ()


def test_citations_survive_a_store(paths, client):
    documents = ChunkrExtractLoader(paths[0], Order, split_by="field", client=client).load()
    store = InMemoryVectorStore.from_documents(documents, DeterministicFakeEmbedding(size=8))
    back = store.similarity_search("anything", k=100)
    total = next(document for document in back if document.metadata["field"] == "total")
    assert restore_citations(total)["total"][0].content == "12.50"
    assert [str(quote) for quote in to_quotes([total])] == [
        '[1] a.txt, p. 2, box (0.50, 0.50)-(0.60, 0.51): "12.50"',
    ]


def test_large_citations_go_to_the_side_store(tmp_path, client):
    cited = {"lines": [{"code": [word("x" * 50, top=float(n))], "qty": []} for n in range(300)]}
    path = write(tmp_path, "a", lines=300, citations=cited)
    side: dict[str, str] = {}
    (document,) = ChunkrExtractLoader(path, Order, citation_store=side, client=client).load()
    assert len(str(document.metadata)) < 1000
    assert len(restore_citations(document, store=side)) == 300
