"""A document and a class become a typed object, and every value says where it stands."""

from __future__ import annotations

from pathlib import Path

from models import Invoice

from chunkr_integrations import Client

INVOICE = Path(__file__).parent / "documents" / "invoice_en.pdf"

with Client() as chunkr:  # CHUNKR_API_KEY, CHUNKR_BASE_URL; with neither the embedded engine answers
    found = chunkr.extract(INVOICE, Invoice)

print(found.value.invoice_number, found.value.total, found.confidence["total"])
for citation in found.citations["total"]:
    # Fractions of the page, origin top left: multiply by the size of your picture of it.
    boxes = [tuple(round(edge, 3) for edge in box) for box in citation.normalized()]
    print(f"page {citation.page_number}: {citation.content!r} in {boxes}")
