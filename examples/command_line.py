"""The command line, from Python: the same as `chunkr-integrations extract ... --format text`."""

from __future__ import annotations

from pathlib import Path

from chunkr_integrations.cli import main

HERE = Path(__file__).parent

code = main(
    [
        "extract",
        str(HERE / "documents" / "invoice_en.pdf"),
        "--model",
        f"{HERE / 'models.py'}:Invoice",
        "--format",
        "text",
    ]
)
print(f"exit code {code}")
