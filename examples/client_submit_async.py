"""As client_submit.py, with await."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

from models import Invoice
from pydantic import BaseModel, Field

from chunkr_integrations import AsyncClient


class Payment(BaseModel):
    iban: str | None = Field(None, description="IBAN of the bank account to pay to")
    total: Decimal | None = Field(None, description="Total amount due, with tax")


async def main() -> None:
    async with AsyncClient() as chunkr:
        task = await chunkr.submit(Path(__file__).parent / "documents" / "rechnung_de.pdf", Invoice)
        # ... any time later, and in any process that asks the same server:
        invoice = await chunkr.result(task.task_id, Invoice)
        payment = await chunkr.extract(invoice.task.parse_task_id, Payment)
    print(invoice.value.invoice_number, payment.value)


asyncio.run(main())
