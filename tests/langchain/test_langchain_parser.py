from __future__ import annotations

import json
import pickle

import pytest
from langchain_core.document_loaders import BaseBlobParser, Blob, BlobLoader
from scripted_service import Order, answer

from chunkr_integrations.exceptions import TaskFailedError
from chunkr_integrations.langchain import ChunkrBlobParser, ChunkrExtractLoader


@pytest.fixture
def parser(client):
    return ChunkrBlobParser(Order, client=client)


def blob(number="N-1", **options):
    return Blob.from_data(json.dumps(answer(number)), **options)


def test_a_blob_in_memory_is_named_by_its_content(parser):
    data = json.dumps(answer("1"))
    one, same, other = (parser.parse(one)[0] for one in (Blob.from_data(data), Blob.from_data(data), blob("2")))
    assert one == same
    assert one.metadata["source"] != other.metadata["source"]
    assert json.loads(one.page_content)["number"] == "1"


def test_a_blob_keeps_its_source_and_metadata(parser):
    """The parser's own keys win."""
    given = {"source": "s3://in/order.txt", "owner": "me", "n_citations": -1}
    (document,) = parser.parse(blob(metadata=given))
    assert document.metadata["source"] == "s3://in/order.txt"
    assert document.metadata["file_name"] == "order.txt"
    assert document.metadata["owner"] == "me"
    assert document.metadata["n_citations"] == 6


def test_a_link_loses_its_signature(parser):
    link = "https://files.example/order.txt?X-Amz-Signature=abc&X-Amz-Expires=60"
    (document,) = parser.parse(blob(metadata={"source": link}))
    assert document.metadata["source"] == "https://files.example/order.txt"


def test_a_media_type_names_a_nameless_blob(parser, service):
    parser.parse(blob(mime_type="text/csv"))
    assert service.forms[0]["file_name"].endswith(".csv")


def test_a_path_blob_gives_what_the_loader_gives(parser, paths, client):
    (document,) = parser.parse(Blob.from_path(paths[0]))
    assert [document] == ChunkrExtractLoader(paths[0], Order, client=client).load()


async def test_the_async_twin_gives_the_same(parser, paths, async_client):
    twin = ChunkrBlobParser(Order, async_client=async_client)
    expected = parser.parse(Blob.from_path(paths[0]))
    assert await twin.aparse(Blob.from_path(paths[0])) == expected
    assert await parser.aparse(Blob.from_path(paths[0])) == expected  # with only a sync client, in a thread


def test_a_generic_loader_can_use_it(parser, paths):
    """`for blob in yield_blobs(): yield from parser.lazy_parse(blob)` is all that one does."""

    class Blobs(BlobLoader):
        def yield_blobs(self):
            yield from map(Blob.from_path, paths)

    assert isinstance(parser, BaseBlobParser)
    documents = [document for found in Blobs().yield_blobs() for document in parser.lazy_parse(found)]
    assert [document.metadata["file_name"] for document in documents] == ["a.txt", "b.txt", "c.txt"]


def test_failures_are_kept(client):
    failing = Blob.from_data(json.dumps(answer(failed="no pages")))
    parser = ChunkrBlobParser(Order, on_error="skip", client=client)
    assert parser.parse(failing) == []
    assert isinstance(parser.errors[0].error, TaskFailedError)


def test_a_parser_can_be_pickled():
    assert pickle.loads(pickle.dumps(ChunkrBlobParser(Order, api_key="x"))).errors == []
