"""A notebook kernel runs its cells inside a running event loop; neither client minds."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent.parent
CELLS = (
    """
from pydantic import BaseModel
from chunkr_integrations import AsyncClient, Client

class Order(BaseModel):
    order_number: str | None = None
""",
    "with Client() as client:\n    print(client.extract('tests/samples/documents/order.pdf', Order).value)",
    """
async with AsyncClient() as client:
    print((await client.extract('tests/samples/documents/order.pdf', Order)).value)
""",
)


@pytest.mark.slow
def test_both_clients_work_in_a_notebook() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": ROOT}}).execute()
    printed = ["".join(output.get("text", "") for output in cell["outputs"]) for cell in notebook.cells]
    assert printed == ["", "order_number='PO-7781'\n", "order_number='PO-7781'\n"]
