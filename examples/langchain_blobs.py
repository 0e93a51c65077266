"""Documents that are in memory: a blob parser, which any blob loader can feed."""

from __future__ import annotations

from pathlib import Path

from langchain_core.document_loaders import Blob
from models import PurchaseOrder

from chunkr_integrations.langchain import ChunkrBlobParser

data = (Path(__file__).parent / "documents" / "bestellung_de.md").read_bytes()
blob = Blob.from_data(data, mime_type="text/markdown", metadata={"source": "mail/4711/order.md", "sender": "Buchner"})

parser = ChunkrBlobParser(PurchaseOrder)
for document in parser.lazy_parse(blob):
    print(document.metadata["source"], document.metadata["sender"], document.metadata["n_citations"] > 0)
    print(document.page_content)
parser.close()
