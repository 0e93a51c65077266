"""Indexing into a real, persistent Chroma; nothing is downloaded, nothing is sent."""

from __future__ import annotations

import re

import pytest
from llama_index.core import MockEmbedding, StorageContext, VectorStoreIndex
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter, TokenTextSplitter
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.vector_stores import MetadataFilter, MetadataFilters
from pydantic import BaseModel
from scripted_service import Order, answer, write

from chunkr_integrations.llamaindex import (
    ChunkrReader,
    CitationPostprocessor,
    check_metadata,
    flatten_metadata,
    nest_metadata,
    restore_citations,
    to_quotes,
)

chromadb = pytest.importorskip("chromadb", reason="the vector store is Chroma: chromadb")
chroma = pytest.importorskip(
    "llama_index.vector_stores.chroma", reason="the vector store is Chroma: llama-index-vector-stores-chroma"
)

EMBEDDING = MockEmbedding(embed_dim=8)


@pytest.fixture
def open_store(tmp_path):
    """Opens the store; each time anew from the disk."""
    opened = []

    def store():
        while opened:
            opened.pop().close()
        settings = chromadb.Settings(anonymized_telemetry=False)
        client = chromadb.PersistentClient(str(tmp_path / "chroma"), settings=settings)
        opened.append(client)
        # None: Chroma's own embedding function would fetch a model.
        collection = client.get_or_create_collection("orders", embedding_function=None)
        return chroma.ChromaVectorStore(chroma_collection=collection)

    yield store
    for client in opened:
        client.close()


def put(documents, store, **options):
    context = StorageContext.from_defaults(vector_store=store)
    return VectorStoreIndex.from_documents(documents, storage_context=context, embed_model=EMBEDDING, **options)


def retrieved(store, **options):
    index = VectorStoreIndex.from_vector_store(store, embed_model=EMBEDDING)
    return index.as_retriever(similarity_top_k=100, **options).retrieve("anything")


def by_field(nodes):
    return {node.metadata["field"]: node for node in nodes}


def test_citations_go_in_and_come_back(paths, client, open_store):
    """From the disk, each field equal to what was loaded, boxes and all."""
    documents = ChunkrReader(Order, split_by="field", client=client).load_data(paths[0])
    assert [check_metadata(document.metadata, store="flat") for document in documents] == [()] * len(documents)
    assert open_store().flat_metadata
    put(documents, open_store())
    back = by_field(retrieved(open_store()))
    assert set(back) == {document.metadata["field"] for document in documents}
    for document in documents:
        node = back[document.metadata["field"]]
        assert node.metadata == document.metadata
        assert node.text == document.text
        assert node.node.ref_doc_id == document.id_
        assert node.node.excluded_embed_metadata_keys == document.excluded_embed_metadata_keys
        assert restore_citations(node) == restore_citations(document)
    assert [str(quote) for quote in to_quotes([back["total"]])] == [
        '[1] a.txt, p. 2, box (0.50, 0.50)-(0.60, 0.51): "12.50"'
    ]


def test_a_filter_finds_a_field_on_a_page(paths, client, open_store):
    """Flat metadata are there to be asked for."""
    documents = ChunkrReader(Order, split_by="field", client=client).load_data(files=list(paths))
    store = open_store()
    put(documents, store)
    wanted = {"field": "total", "page": 2, "min_confidence": "Low"}
    filters = MetadataFilters(filters=[MetadataFilter(key=key, value=value) for key, value in wanted.items()])
    found = retrieved(store, filters=filters)
    assert sorted(node.metadata["file_name"] for node in found) == ["a.txt", "b.txt", "c.txt"]


def test_nested_documents_go_in_flat_and_come_back_nested(paths, client, open_store):
    nested = ChunkrReader(Order, metadata_mode="nested", client=client).load_data(paths[0])
    with pytest.raises(ValueError, match="chunkr_citations"):
        put(nested, open_store())
    put(flatten_metadata(nested), open_store())
    (back,) = nest_metadata([scored.node for scored in retrieved(open_store())])
    assert back.metadata == nested[0].metadata


@pytest.mark.parametrize("lines", [0, 500])
def test_small_chunks_of_any_order_go_in(tmp_path, client, open_store, lines):
    """The metadata that a splitter counts are small, and every chunk keeps the way to the citations."""
    side: dict[str, str] = {}
    path = write(tmp_path, "a", lines=lines)
    documents = ChunkrReader(Order, citation_store=side, metadata_cap=2000, client=client).load_data(path)
    # Of tokens, not of sentences: NLTK refuses to read its words where an installer made hard links of its files.
    put(documents, open_store(), transformations=[TokenTextSplitter(chunk_size=256, chunk_overlap=0)])
    back = retrieved(open_store())
    assert bool(side) == (lines == 500)
    assert (len(back) > 1) == (lines == 500)
    assert all(restore_citations(node, store=side) == restore_citations(documents[0], store=side) for node in back)


class TestIngestion:
    """The pipeline that users run every night."""

    @staticmethod
    def pipeline(store, folder, strategy=DocstoreStrategy.UPSERTS):
        """With the docstore of the night before."""
        kept = folder / "docstore.json"
        docstore = SimpleDocumentStore.from_persist_path(str(kept)) if kept.exists() else SimpleDocumentStore()
        return IngestionPipeline(
            transformations=[SentenceSplitter(chunk_size=256), EMBEDDING],
            docstore=docstore,
            vector_store=store,
            docstore_strategy=strategy,
            disable_cache=True,
        )

    def night(self, store, folder, client, paths, strategy=DocstoreStrategy.UPSERTS):
        pipeline = self.pipeline(store, folder, strategy)
        documents = ChunkrReader(Order, split_by="field", client=client).load_data(files=list(paths))
        nodes = pipeline.run(documents=documents)
        pipeline.docstore.persist(str(folder / "docstore.json"))
        return nodes

    @pytest.mark.parametrize("strategy", [DocstoreStrategy.UPSERTS, DocstoreStrategy.DUPLICATES_ONLY])
    def test_a_second_night_adds_nothing(self, paths, client, open_store, tmp_path, strategy):
        first = self.night(open_store(), tmp_path, client, paths, strategy)
        assert len(first) >= len(paths)
        assert self.night(open_store(), tmp_path, client, paths, strategy) == []
        assert len(retrieved(open_store())) == len(first)

    def test_a_changed_value_is_replaced(self, folder, paths, client, open_store):
        first = self.night(open_store(), folder, client, paths)
        write(folder, "a", results={**answer("N-a")["results"], "total": 99.0})
        (changed,) = self.night(open_store(), folder, client, paths)
        assert (changed.metadata["file_name"], changed.metadata["field"]) == ("a.txt", "total")
        back = retrieved(open_store())
        assert len(back) == len(first)
        totals = [n for n in back if (n.metadata["file_name"], n.metadata["field"]) == ("a.txt", "total")]
        assert [total.text for total in totals] == [changed.text]

    async def test_the_async_pipeline_adds_nothing_either(self, paths, async_client, open_store):
        pipeline = IngestionPipeline(
            transformations=[EMBEDDING], docstore=SimpleDocumentStore(), vector_store=open_store()
        )
        reader = ChunkrReader(Order, split_by="row", async_client=async_client)
        nights = [await pipeline.arun(documents=await reader.aload_data(files=list(paths))) for _ in range(2)]
        assert [len(nodes) for nodes in nights] == [6, 0]


class Invoice(BaseModel):
    """An invoice."""

    invoice_number: str | None = None
    total: float | None = None


def test_the_answer_to_a_query_has_page_and_box_of_the_total(example_documents, open_store):
    """Real engine, real store, from the disk: the box that the answer names holds the total that the page shows."""
    pytest.importorskip("liteparse", reason="the embedded engine needs the extra local")
    path = example_documents / "invoice_en.pdf"
    reader = ChunkrReader(Invoice, split_by="field", content="text")
    put(reader.load_data(path), open_store())
    reader.close()
    index = VectorStoreIndex.from_vector_store(open_store(), embed_model=EMBEDDING)
    filters = MetadataFilters(filters=[MetadataFilter(key="field", value="total")])
    engine = index.as_query_engine(
        llm=MockLLM(), filters=filters, node_postprocessors=[CitationPostprocessor(fields=["total"])]
    )
    response = engine.query("What is the total?")  # MockLLM answers with its prompt: what a model could quote
    quoted = re.search(
        r'\[1\] invoice_en\.pdf, p\. 1, box \((.+?), (.+?)\)-\((.+?), (.+?)\): "£3,559\.20"', str(response)
    )
    assert quoted is not None, str(response)
    box = [float(number) for number in quoted.groups()]
    (node,) = response.source_nodes
    kept = [node.metadata[key] for key in ("cite_x0", "cite_y0", "cite_x1", "cite_y1")]
    assert box == pytest.approx(kept, abs=0.006)  # two decimals
    assert (node.metadata["cite_page"], words_in(path, 1, kept)) == (1, "£3,559.20")


def words_in(path, page, box):
    """What stands in a box of a page, as another library reads it."""
    pdfium = pytest.importorskip("pypdfium2", reason="the page is read with pypdfium2")
    document = pdfium.PdfDocument(path)
    try:
        sheet = document[page - 1]
        width, height = sheet.get_size()
        x0, y0, x1, y1 = box
        text = sheet.get_textpage().get_text_bounded(
            left=x0 * width - 1, bottom=(1 - y1) * height - 1, right=x1 * width + 1, top=(1 - y0) * height + 1
        )
    finally:
        document.close()
    return " ".join(text.split())
