"""As client_many.py, with async for."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models import Invoice

from chunkr_integrations import AsyncClient

DOCUMENTS = Path(__file__).parent / "documents"
NAMES = ["invoice_en.pdf", "rechnung_de.pdf", "no_such_file.pdf"]


async def main() -> None:
    async with AsyncClient() as chunkr:
        async for outcome in chunkr.extract_many([DOCUMENTS / name for name in NAMES], Invoice, max_concurrency=2):
            if outcome.value is not None:
                print(Path(outcome.name).name, outcome.value.value.total)
            else:
                print(Path(outcome.name).name, type(outcome.error).__name__)


asyncio.run(main())
