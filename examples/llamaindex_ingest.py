"""Ingest a file twice: the second run brings no nodes, because ids and hashes are the same on every run."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.embeddings import MockEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.vector_stores import SimpleVectorStore
from models import Invoice

from chunkr_integrations.llamaindex import ChunkrReader

FILE = Path(__file__).parent / "documents" / "invoice_en.pdf"

pipeline = IngestionPipeline(
    transformations=[MockEmbedding(embed_dim=8)],  # your embedding model here
    docstore=SimpleDocumentStore(),
    vector_store=SimpleVectorStore(),
)
reader = ChunkrReader(Invoice, split_by="field")
for run in ("first", "second"):
    print(run, "run brings nodes:", len(pipeline.run(documents=reader.load_data(FILE))) > 0)
reader.close()
