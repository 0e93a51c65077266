"""Nothing that an async method does holds up the event loop; blockbuster looks at every blocking call."""

from __future__ import annotations

import pytest
from llama_index.core import SimpleDirectoryReader
from llama_index.core.tools.calling import acall_tool
from pydantic import BaseModel
from scripted_service import Order

from chunkr_integrations.llamaindex import ChunkrProgram, ChunkrReader, ChunkrToolSpec
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


async def test_the_reader(paths, reached):
    """Awaited and iterated."""
    reader = ChunkrReader(Order, split_by="field", on_error="document", **reached)
    files = [*paths, "missing.txt"]
    with watched():
        awaited = await reader.aload_data(files=files)
        iterated = [document async for document in reader.alazy_load_data(files=files)]
    assert awaited == iterated
    assert len(awaited) >= len(files)
    assert len(reader.errors) == 2


async def test_the_reader_of_a_directory(folder, reached):
    """The directory reader looks at its folder itself; what it asks of the reader is watched."""
    reader = ChunkrReader(Order, **reached)
    directory = SimpleDirectoryReader(
        str(folder), required_exts=[".txt"], file_extractor={".txt": reader}, raise_on_error=True
    )
    with watched():
        documents = await directory.aload_data()
    assert len(documents) == 3


async def test_the_resources(paths, reached):
    resources = [str(path) for path in paths]
    reader = ChunkrReader(Order, resources=resources, **reached)
    with watched():
        (document,) = await reader.aload_resource(resources[0])
    assert Order.model_validate_json(document.text).number == "N-a"


async def test_the_tool(folder, reached):
    (tool,) = ChunkrToolSpec(Order, root=folder, **reached).to_tool_list()
    for reference, is_error in (("a.txt", False), ("missing.txt", True), ("../a.txt", True)):
        with watched():
            assert (await acall_tool(tool, {"reference": reference})).is_error == is_error


async def test_the_program(paths, reached):
    program = ChunkrProgram(Order, **reached)
    with watched():
        assert (await program.acall(file=paths[0])).number == "N-a"


class Invoice(BaseModel):
    """An invoice."""

    invoice_number: str | None = None


async def test_the_embedded_engine(example_documents):
    """Started, asked and heard without holding up the loop that asks."""
    pytest.importorskip("liteparse", reason="the embedded engine needs the extra local")
    with watched():
        (document,) = await ChunkrReader(Invoice).aload_data(example_documents / "invoice_en.pdf")
    assert Invoice.model_validate_json(document.text).invoice_number == "MT-2025-0418"
