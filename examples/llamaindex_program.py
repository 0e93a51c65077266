"""A structured program that reads a file: the typed object, and the evidence when it is wanted."""

from __future__ import annotations

from pathlib import Path

from models import Invoice

from chunkr_integrations.llamaindex import ChunkrProgram

FILE = Path(__file__).parent / "documents" / "invoice_en.pdf"

program = ChunkrProgram(Invoice)
invoice = program(file=FILE)
print(type(invoice).__name__, invoice.invoice_number, invoice.total)

found = program.extract(file=FILE)
print(found.confidence["total"], found.citations["total"][0].content)
program.close()
