from __future__ import annotations

import json
import pickle

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.document_loaders import Blob
from langchain_core.load import dumps
from langchain_core.runnables import RunnableLambda
from scripted_service import KEY, Order, answer, write

from chunkr_integrations.exceptions import OutputError, TaskFailedError
from chunkr_integrations.langchain import ChunkrExtractor


@pytest.fixture
def extractor(client):
    return ChunkrExtractor(output_schema=Order, client=client)


async def test_a_document_becomes_an_object(extractor, paths, async_client):
    assert extractor.invoke(paths[0]) == Order.model_validate(answer("N-a")["results"])
    assert extractor.invoke(Blob.from_path(paths[0])).number == "N-a"
    twin = ChunkrExtractor(output_schema=Order, async_client=async_client)
    assert await twin.ainvoke(paths[0]) == await extractor.ainvoke(paths[0])


def test_include_raw_gives_the_triple_and_the_citations(paths, client):
    found = ChunkrExtractor(output_schema=Order, include_raw=True, client=client).invoke(paths[0])
    assert list(found) == ["raw", "parsed", "parsing_error", "citations"]
    assert found["raw"] == answer("N-a")["results"]
    assert (found["parsed"].number, found["parsing_error"]) == ("N-a", None)
    assert found["citations"]["total"][0].page_number == 2


async def test_an_answer_that_does_not_fit_is_returned_with_include_raw_and_raised_without(tmp_path, client):
    """What was paid for is not lost."""
    script = answer()
    script["results"]["total"] = "many"
    path = write(tmp_path, "a", results=script["results"], citations=script["citations"])
    extractor = ChunkrExtractor(output_schema=Order, include_raw=True, client=client)
    for found in (extractor.invoke(path), await extractor.ainvoke(path)):
        assert found["parsed"] is None
        assert isinstance(found["parsing_error"], OutputError)
        assert found["raw"]["total"] == "many"
        assert found["citations"]["number"][0].content == "N-1"
    with pytest.raises(OutputError):
        ChunkrExtractor(output_schema=Order, client=client).invoke(path)


def test_extract_gives_the_evidence(extractor, paths):
    assert extractor.extract(paths[0]).confidence["total"] == "Low"


async def test_batches_keep_order_errors_and_bounds(bad, extractor, service):
    options = {"config": {"max_concurrency": 2}, "return_exceptions": True}
    for found in (extractor.batch(bad, **options), await extractor.abatch(bad, **options)):
        assert [type(one) for one in found] == [Order, TaskFailedError, Order]
    assert {index for index, _ in extractor.batch_as_completed(bad, return_exceptions=True)} == {0, 1, 2}
    assert service.most <= 3


def test_retry_and_fallbacks(bad, extractor):
    fallback = RunnableLambda(lambda path: f"by hand: {path.name}")
    assert extractor.with_fallbacks([fallback]).invoke(bad[1]) == "by hand: b.txt"
    with pytest.raises(TaskFailedError):
        extractor.with_retry(stop_after_attempt=2, wait_exponential_jitter=False).invoke(bad[1])


def test_it_is_a_step_of_a_chain(extractor, paths):
    chain = extractor | RunnableLambda(lambda order: f"{order.number}: {order.total}")
    assert chain.batch(paths) == ["N-a: 12.5", "N-b: 12.5", "N-c: 12.5"]


def test_a_trace_names_the_document_and_has_no_bytes_of_it(extractor):
    class Recorder(BaseCallbackHandler):
        inputs = None
        outputs = None

        def on_chain_start(self, serialized, inputs, **kwargs):
            self.inputs = inputs

        def on_chain_end(self, outputs, **kwargs):
            self.outputs = outputs

    recorder = Recorder()
    data = json.dumps(answer("hidden")).encode()
    extractor.invoke(data, config={"callbacks": [recorder]})
    assert recorder.inputs == f"{len(data)} bytes"
    assert recorder.outputs.number == "hidden"


def test_the_key_is_never_shown():
    extractor = ChunkrExtractor(output_schema=Order, api_key=KEY)
    assert KEY not in repr(extractor) + dumps(extractor) + extractor.model_dump_json()
    assert pickle.loads(pickle.dumps(extractor)).api_key.get_secret_value() == KEY
