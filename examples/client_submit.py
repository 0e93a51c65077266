"""Submit now and collect later; then ask the same document for something else, without reading it again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from models import Invoice
from pydantic import BaseModel, Field

from chunkr_integrations import Client


class Payment(BaseModel):
    iban: str | None = Field(None, description="IBAN of the bank account to pay to")
    total: Decimal | None = Field(None, description="Total amount due, with tax")


with Client() as chunkr:
    task = chunkr.submit(Path(__file__).parent / "documents" / "rechnung_de.pdf", Invoice)
    # ... any time later, and in any process that asks the same server:
    invoice = chunkr.result(task.task_id, Invoice)
    payment = chunkr.extract(invoice.task.parse_task_id, Payment)

print(invoice.value.invoice_number, payment.value)
