"""Invoices become LangChain documents, one for each line item; each knows its page and its box."""

from __future__ import annotations

from pathlib import Path

from models import Invoice

from chunkr_integrations.langchain import ChunkrExtractLoader, restore_citations

FILES = [Path(__file__).parent / "documents" / name for name in ("invoice_en.pdf", "rechnung_de.pdf")]

loader = ChunkrExtractLoader(FILES, Invoice, split_by="row", row_field="lines", content="text")
for document in loader.lazy_load():
    print(document.metadata["file_name"], document.metadata["field"], "page", document.metadata.get("page"))
    print(document.page_content)
    print({path: citations[0].content for path, citations in restore_citations(document).items()})
