"""As langchain_load.py, with async for."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models import Invoice

from chunkr_integrations.langchain import ChunkrExtractLoader, restore_citations

FILES = [Path(__file__).parent / "documents" / name for name in ("invoice_en.pdf", "rechnung_de.pdf")]


async def main() -> None:
    loader = ChunkrExtractLoader(FILES, Invoice, split_by="row", row_field="lines", content="text")
    async for document in loader.alazy_load():
        print(document.metadata["file_name"], document.metadata["field"], "page", document.metadata.get("page"))
        print(document.page_content)
        print({path: citations[0].content for path, citations in restore_citations(document).items()})


asyncio.run(main())
