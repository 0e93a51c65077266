"""As llamaindex_ingest.py, with arun."""

from __future__ import annotations

import asyncio
from pathlib import Path

from llama_index.core.embeddings import MockEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.vector_stores import SimpleVectorStore
from models import Invoice

from chunkr_integrations.llamaindex import ChunkrReader

FILE = Path(__file__).parent / "documents" / "invoice_en.pdf"


async def main() -> None:
    pipeline = IngestionPipeline(
        transformations=[MockEmbedding(embed_dim=8)],  # your embedding model here
        docstore=SimpleDocumentStore(),
        vector_store=SimpleVectorStore(),
    )
    reader = ChunkrReader(Invoice, split_by="field")
    for run in ("first", "second"):
        print(run, "run brings nodes:", len(await pipeline.arun(documents=await reader.aload_data(FILE))) > 0)


asyncio.run(main())
