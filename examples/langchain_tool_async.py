"""As langchain_tool.py, with ainvoke."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from models import Invoice

from chunkr_integrations.langchain import ChunkrExtractTool, read_artifact


async def main() -> None:
    tool = ChunkrExtractTool(output_schema=Invoice, root=Path(__file__).parent / "documents")

    call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"reference": "invoice_en.pdf"}}
    message = await tool.ainvoke(call)  # what an agent does with a model's tool call
    print(message.status, json.loads(message.content)["values"]["invoice_number"])

    invoice, citations = read_artifact(message.artifact, Invoice)
    print(invoice.total, "stands on page", citations["total"][0].page_number)

    message = await tool.ainvoke({**call, "args": {"reference": "../models.py"}})  # nothing outside of the folder
    print(message.status, message.content)


asyncio.run(main())
