"""Nothing that an async method does holds up the event loop; blockbuster looks at every blocking call."""

from __future__ import annotations

import pytest
from langchain_core.document_loaders import Blob
from pydantic import BaseModel
from scripted_service import Order

from chunkr_integrations.langchain import ChunkrBlobParser, ChunkrExtractLoader, ChunkrExtractor, ChunkrExtractTool
from chunkr_integrations.sources import to_source

pytest.importorskip("blockbuster", reason="blocking calls are found with blockbuster")

from blockbuster import BlockingError
from watched_loop import WAYS, connection, watched


async def test_a_blocking_call_is_seen(paths):
    """Else the other tests would say nothing."""
    with watched(), pytest.raises(BlockingError):
        to_source(paths[0], file_name="a.txt")


@pytest.fixture(params=WAYS)
async def reached(request, service, serve, tmp_path):
    async with connection(request.param, service, serve, tmp_path / "ledger.sqlite") as options:
        yield options


async def test_the_loader(paths, reached):
    inputs = [*paths, "missing.txt"]
    loader = ChunkrExtractLoader(inputs, Order, split_by="field", on_error="document", **reached)
    with watched():
        documents = [document async for document in loader.alazy_load()]
    assert len(documents) >= len(inputs)
    assert len(loader.errors) == 1


async def test_the_parser_with_blobs_of_both_kinds(paths, reached):
    parser = ChunkrBlobParser(Order, **reached)
    for blob in (Blob.from_path(paths[0]), Blob.from_data(paths[0].read_bytes(), mime_type="text/plain")):
        with watched():
            (document,) = await parser.aparse(blob)
        assert Order.model_validate_json(document.page_content).number == "N-a"


async def test_the_tool(folder, reached):
    tool = ChunkrExtractTool(output_schema=Order, root=folder, **reached)
    for reference, status in (("a.txt", "success"), ("missing.txt", "error"), ("../a.txt", "error")):
        call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"reference": reference}}
        with watched():
            assert (await tool.ainvoke(call)).status == status


async def test_the_runnable(paths, reached):
    extractor = ChunkrExtractor(output_schema=Order, **reached)
    with watched():
        assert [order.number for order in await extractor.abatch(list(paths))] == ["N-a", "N-b", "N-c"]


class Invoice(BaseModel):
    """An invoice."""

    invoice_number: str | None = None


async def test_the_embedded_engine(example_documents):
    """Started, asked and heard without holding up the loop that asks."""
    pytest.importorskip("liteparse", reason="the embedded engine needs the extra local")
    loader = ChunkrExtractLoader(example_documents / "invoice_en.pdf", Invoice)
    with watched():
        (document,) = await loader.aload()
    assert Invoice.model_validate_json(document.page_content).invoice_number == "MT-2025-0418"
