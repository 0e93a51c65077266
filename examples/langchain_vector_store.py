"""Citations into Chroma and back, from the disk, and a second indexing that adds nothing."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import InMemoryRecordManager, index
from models import Invoice

from chunkr_integrations.langchain import ChunkrExtractLoader, to_quotes

try:
    from chromadb import PersistentClient, Settings
    from langchain_chroma import Chroma
except ModuleNotFoundError:
    raise SystemExit(print("This example needs more: pip install langchain-chroma")) from None

FILE = Path(__file__).parent / "documents" / "invoice_en.pdf"

records = InMemoryRecordManager("invoices")  # SQLRecordManager of langchain-classic keeps them
records.create_schema()
with TemporaryDirectory() as folder:
    client = PersistentClient(folder, Settings(anonymized_telemetry=False))
    embedding = DeterministicFakeEmbedding(size=16)  # your embedding model here
    store = Chroma("invoices", embedding_function=embedding, client=client)
    for run in ("first", "second"):
        loader = ChunkrExtractLoader(FILE, Invoice, split_by="field", content="text")
        done = index(loader, records, store, cleanup="incremental", source_id_key="source", key_encoder="sha256")
        print(run, "run added something:", done["num_added"] > 0, "- skipped something:", done["num_skipped"] > 0)
    for quote in to_quotes(store.similarity_search("What is the total?", k=1, filter={"field": "total"})):
        print(quote)
    client.close()
