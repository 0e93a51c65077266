"""A query engine over a persistent Chroma whose answer can name page and box of the invoice's total."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from llama_index.core import MockEmbedding, StorageContext, VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.vector_stores import MetadataFilter, MetadataFilters
from models import Invoice

from chunkr_integrations.llamaindex import ChunkrReader, CitationPostprocessor, to_quotes

try:
    from chromadb import PersistentClient, Settings
    from llama_index.vector_stores.chroma import ChromaVectorStore
except ModuleNotFoundError:
    raise SystemExit(print("This example needs more: pip install llama-index-vector-stores-chroma")) from None

FILE = Path(__file__).parent / "documents" / "invoice_en.pdf"

reader = ChunkrReader(Invoice, split_by="field", content="text")
with TemporaryDirectory() as folder:
    client = PersistentClient(folder, Settings(anonymized_telemetry=False))
    # Without None Chroma would fetch an embedding model of its own.
    store = ChromaVectorStore(client.get_or_create_collection("invoices", embedding_function=None))
    context = StorageContext.from_defaults(vector_store=store)
    embedding = MockEmbedding(embed_dim=8)  # your embedding model here
    index = VectorStoreIndex.from_documents(reader.load_data(FILE), storage_context=context, embed_model=embedding)
    engine = index.as_query_engine(
        llm=MockLLM(),  # your model here; this one repeats its prompt
        filters=MetadataFilters(filters=[MetadataFilter(key="field", value="total")]),
        node_postprocessors=[CitationPostprocessor()],
    )
    response = engine.query("What is the total?")
    print("quotes: [1]" in str(response), *to_quotes(response.source_nodes))
    client.close()
reader.close()
