"""As client_extract.py, with await."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models import Invoice

from chunkr_integrations import AsyncClient

INVOICE = Path(__file__).parent / "documents" / "invoice_en.pdf"


async def main() -> None:
    async with AsyncClient() as chunkr:
        found = await chunkr.extract(INVOICE, Invoice)
    print(found.value.invoice_number, found.value.total, found.confidence["total"])
    for citation in found.citations["total"]:
        # Fractions of the page, origin top left: multiply by the size of your picture of it.
        boxes = [tuple(round(edge, 3) for edge in box) for box in citation.normalized()]
        print(f"page {citation.page_number}: {citation.content!r} in {boxes}")


asyncio.run(main())
