"""One reader for the PDFs of a folder; without `raise_on_error=True` the directory reader swallows errors."""

from __future__ import annotations

from pathlib import Path

from llama_index.core import SimpleDirectoryReader
from models import Invoice

from chunkr_integrations.llamaindex import ChunkrReader

FILES = [Path(__file__).parent / "documents" / name for name in ("invoice_en.pdf", "rechnung_de.pdf")]

reader = ChunkrReader(Invoice)
directory = SimpleDirectoryReader(input_files=FILES, file_extractor={".pdf": reader}, raise_on_error=True)
for document in directory.load_data():
    total = Invoice.model_validate_json(document.text).total
    print(document.metadata["file_name"], document.metadata["n_citations"] > 0, total)
reader.close()
