"""Invoices become LlamaIndex documents, one for each line item; each knows its page and its box."""

from __future__ import annotations

from pathlib import Path

from models import Invoice

from chunkr_integrations.llamaindex import ChunkrReader, restore_citations

FILES = [Path(__file__).parent / "documents" / name for name in ("invoice_en.pdf", "rechnung_de.pdf")]

reader = ChunkrReader(Invoice, split_by="row", row_field="lines", content="text")
for document in reader.lazy_load_data(files=FILES):
    print(document.metadata["file_name"], document.metadata["field"], "page", document.metadata.get("page"))
    print(document.text)
    print({path: citations[0].content for path, citations in restore_citations(document).items()})
reader.close()
