"""A tool for an agent: the model names a file of one folder, and gets short JSON; the program gets the evidence."""

from __future__ import annotations

import json
from pathlib import Path

from models import Invoice

from chunkr_integrations.langchain import ChunkrExtractTool, read_artifact

tool = ChunkrExtractTool(output_schema=Invoice, root=Path(__file__).parent / "documents")

call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"reference": "invoice_en.pdf"}}
message = tool.invoke(call)  # what an agent does with a model's tool call
print(message.status, json.loads(message.content)["values"]["invoice_number"])

invoice, citations = read_artifact(message.artifact, Invoice)
print(invoice.total, "stands on page", citations["total"][0].page_number)

message = tool.invoke({**call, "args": {"reference": "../models.py"}})  # nothing outside of the folder
print(message.status, message.content)
tool.close()
