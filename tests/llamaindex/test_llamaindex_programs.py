from __future__ import annotations

import pytest
from llama_index.core.types import BasePydanticProgram
from scripted_service import Order, answer, write

from chunkr_integrations.exceptions import OutputError
from chunkr_integrations.llamaindex import ChunkrProgram


async def test_a_file_becomes_an_object(paths, client, async_client):
    program = ChunkrProgram(Order, client=client, async_client=async_client)
    assert isinstance(program, BasePydanticProgram)
    assert program.output_cls is Order
    expected = Order.model_validate(answer("N-a")["results"])
    assert program(file=paths[0]) == await program.acall(file=paths[0]) == expected


async def test_the_evidence_is_reachable(paths, client):
    program = ChunkrProgram(Order, client=client)
    assert program.extract(paths[0]).citations["total"][0].page_number == 2
    assert (await program.aextract(paths[0].read_bytes(), file_name="x.txt")).confidence["number"] == "High"


def test_an_answer_that_does_not_fit_keeps_what_was_paid_for(tmp_path, client):
    path = write(tmp_path, "a", results={"number": "1"})
    with pytest.raises(OutputError) as caught:
        ChunkrProgram(Order, client=client)(file=path)
    assert caught.value.results == {"number": "1"}
