"""A query engine whose prompt holds page and box of every value, and the same as quotes under the answer."""

from __future__ import annotations

from pathlib import Path

from llama_index.core import MockEmbedding, VectorStoreIndex
from llama_index.core.llms import MockLLM
from models import Invoice

from chunkr_integrations.llamaindex import ChunkrReader, CitationPostprocessor, to_quotes

FILE = Path(__file__).parent / "documents" / "invoice_en.pdf"

reader = ChunkrReader(Invoice, split_by="field", content="text")
index = VectorStoreIndex.from_documents(reader.load_data(FILE), embed_model=MockEmbedding(embed_dim=8))
engine = index.as_query_engine(
    llm=MockLLM(),  # your model here; this one repeats its prompt
    similarity_top_k=100,
    node_postprocessors=[CitationPostprocessor(fields=["total", "due_date"])],
)
response = engine.query("What is the total?")
print("quotes: [1]" in str(response))
for quote in to_quotes(response.source_nodes, fields=["total", "due_date"]):
    print(quote)
reader.close()
