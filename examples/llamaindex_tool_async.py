"""As llamaindex_tool.py, with acall_tool."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from llama_index.core.tools.calling import acall_tool
from models import Invoice

from chunkr_integrations.llamaindex import ChunkrToolSpec, read_artifact


async def main() -> None:
    (tool,) = ChunkrToolSpec(Invoice, root=Path(__file__).parent / "documents").to_tool_list()

    output = await acall_tool(tool, {"reference": "invoice_en.pdf"})  # what an agent does with a model's tool call
    print(output.is_error, json.loads(output.content)["values"]["invoice_number"])

    invoice, citations = read_artifact(output.raw_output, Invoice)
    print(invoice.total, "stands on page", citations["total"][0].page_number)

    output = await acall_tool(tool, {"reference": "../models.py"})  # nothing outside of the folder
    print(output.is_error, output.content)


asyncio.run(main())
