"""As llamaindex_program.py, with acall."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models import Invoice

from chunkr_integrations.llamaindex import ChunkrProgram

FILE = Path(__file__).parent / "documents" / "invoice_en.pdf"


async def main() -> None:
    program = ChunkrProgram(Invoice)
    invoice = await program.acall(file=FILE)
    print(type(invoice).__name__, invoice.invoice_number, invoice.total)

    found = await program.aextract(file=FILE)
    print(found.confidence["total"], found.citations["total"][0].content)


asyncio.run(main())
