"""Many documents: each has its own outcome, and one that cannot be read does not end the rest."""

from __future__ import annotations

from pathlib import Path

from models import Invoice

from chunkr_integrations import Client

DOCUMENTS = Path(__file__).parent / "documents"
NAMES = ["invoice_en.pdf", "rechnung_de.pdf", "no_such_file.pdf"]

with Client() as chunkr:
    for outcome in chunkr.extract_many([DOCUMENTS / name for name in NAMES], Invoice, max_concurrency=2):
        if outcome.value is not None:
            print(Path(outcome.name).name, outcome.value.value.total)
        else:
            print(Path(outcome.name).name, type(outcome.error).__name__)
