"""As llamaindex_directory.py, with aload_data: the directory reader starts all files, the reader bounds them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from llama_index.core import SimpleDirectoryReader
from models import Invoice

from chunkr_integrations.llamaindex import ChunkrReader

FILES = [Path(__file__).parent / "documents" / name for name in ("invoice_en.pdf", "rechnung_de.pdf")]


async def main() -> None:
    reader = ChunkrReader(Invoice, max_concurrency=2)
    directory = SimpleDirectoryReader(input_files=FILES, file_extractor={".pdf": reader}, raise_on_error=True)
    for document in await directory.aload_data():
        total = Invoice.model_validate_json(document.text).total
        print(document.metadata["file_name"], document.metadata["n_citations"] > 0, total)


asyncio.run(main())
