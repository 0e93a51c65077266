"""As llamaindex_load.py, with async for; `await reader.aload_data(files=FILES)` gives them all at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models import Invoice

from chunkr_integrations.llamaindex import ChunkrReader, restore_citations

FILES = [Path(__file__).parent / "documents" / name for name in ("invoice_en.pdf", "rechnung_de.pdf")]


async def main() -> None:
    reader = ChunkrReader(Invoice, split_by="row", row_field="lines", content="text")
    async for document in reader.alazy_load_data(files=FILES):
        print(document.metadata["file_name"], document.metadata["field"], "page", document.metadata.get("page"))
        print(document.text)
        print({path: citations[0].content for path, citations in restore_citations(document).items()})


asyncio.run(main())
