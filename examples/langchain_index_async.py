"""As langchain_index.py, with aindex."""

from __future__ import annotations

import asyncio
from pathlib import Path

from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import InMemoryRecordManager, aindex
from langchain_core.vectorstores import InMemoryVectorStore
from models import Invoice

from chunkr_integrations.langchain import ChunkrExtractLoader

FILE = Path(__file__).parent / "documents" / "invoice_en.pdf"


async def main() -> None:
    records = InMemoryRecordManager("invoices")
    await records.acreate_schema()
    store = InMemoryVectorStore(DeterministicFakeEmbedding(size=16))  # your embedding model here
    for run in ("first", "second"):
        loader = ChunkrExtractLoader(FILE, Invoice, split_by="field")
        done = await aindex(loader, records, store, cleanup="incremental", source_id_key="source", key_encoder="sha256")
        print(run, "run added something:", done["num_added"] > 0, "- skipped something:", done["num_skipped"] > 0)


asyncio.run(main())
