"""What a person should look at, and a report to look at it in."""

from __future__ import annotations

import tempfile
from pathlib import Path

from models import Receipt

from chunkr_integrations import Client
from chunkr_integrations.report import write_report

with Client() as chunkr:
    found = chunkr.extract(Path(__file__).parent / "documents" / "receipt_en.png", Receipt)

for item in found.review():
    print(f"{item.path} = {item.value!r}: {item.reason}")

with tempfile.TemporaryDirectory() as folder:  # a place of your own, to keep it
    path = write_report(Path(folder) / "report.html", found, title="Receipts to check")
    print(path.name, path.stat().st_size > 0)
