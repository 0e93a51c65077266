"""Real documents through the embedded engine: both frameworks say the same, and every citation can be pointed at."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from chunkr_integrations.client import AsyncClient, Client
from chunkr_integrations.documents import check_metadata
from chunkr_integrations.langchain import ChunkrBlobParser, ChunkrExtractLoader, ChunkrExtractor, ChunkrExtractTool
from chunkr_integrations.llamaindex import ChunkrProgram, ChunkrReader, restore_citations

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from models import DOCUMENTS, Invoice


@pytest.fixture(scope="module")
def embedded():
    with Client() as client:
        assert client.embedded
        yield client


def plain(documents):
    return [(document.id, document.page_content, document.metadata) for document in documents]


def plain_nodes(documents):
    return [(document.id_, document.text, document.metadata) for document in documents]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_both_frameworks_give_the_same(example_documents, embedded, name):
    path, model = example_documents / name, DOCUMENTS[name]
    for split_by in ("document", "field"):
        loaded = ChunkrExtractLoader(path, model, split_by=split_by, client=embedded).load()
        read = ChunkrReader(model, split_by=split_by, client=embedded).load_data(path)
        assert plain(loaded) == plain_nodes(read)
        assert loaded


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_field_points_into_its_page(example_documents, embedded, name):
    documents = ChunkrReader(DOCUMENTS[name], split_by="field", client=embedded).load_data(example_documents / name)
    cited = [document for document in documents if document.metadata["n_citations"]]
    assert cited
    for document in cited:
        metadata = document.metadata
        assert 0 <= metadata["cite_x0"] < metadata["cite_x1"] <= 1
        assert 0 <= metadata["cite_y0"] < metadata["cite_y1"] <= 1
        ((path, (best, *_)),) = restore_citations(document).items()
        assert path == metadata["field"]
        assert best.page_number == metadata["page"] == metadata["cite_page"] >= 1
        assert best.content
        for store in ("chroma", "lancedb", "pinecone"):
            assert check_metadata(metadata, store=store, text=document.text) == ()


async def test_async_loads_the_same(example_documents, embedded):
    paths = [example_documents / name for name in ("invoice_en.pdf", "rechnung_de.pdf")]
    expected = ChunkrExtractLoader(paths, Invoice, client=embedded).load()
    assert await ChunkrExtractLoader(paths, Invoice).aload() == expected
    async with AsyncClient() as client:
        read = await ChunkrReader(Invoice, async_client=client).aload_data(files=paths)
    assert plain_nodes(read) == plain(expected)


def test_all_ways_lead_to_the_same_object(example_documents, embedded):
    """Loader, parser, runnable, program and tool, each with a client of its own or the shared one."""
    from langchain_core.document_loaders import Blob

    path = example_documents / "invoice_en.pdf"
    value = embedded.extract(path, Invoice).value
    (document,) = ChunkrBlobParser(Invoice).parse(Blob.from_data(path.read_bytes()))
    assert Invoice.model_validate_json(document.page_content) == value
    assert ChunkrExtractor(output_schema=Invoice).invoke(path) == value
    assert ChunkrProgram(Invoice)(file=path) == value
    tool = ChunkrExtractTool(output_schema=Invoice, root=example_documents, client=embedded)
    assert tool.extract("invoice_en.pdf").value == value


def one_of_each(devset):
    """The first document of each collection, with the schema it is labelled for."""
    for collection in sorted(path for path in devset.iterdir() if path.is_dir()):
        for folder in sorted(collection.iterdir()):
            documents = sorted(folder.glob("document.*"))
            if documents and (folder / "schema.json").is_file():
                yield documents[0], json.loads((folder / "schema.json").read_text("utf-8"))
                break


@pytest.mark.slow
def test_real_documents_give_metadata_that_every_store_takes(devset, embedded):
    """Invoices, forms, tables and workbooks of several collections, each with its own JSON Schema."""
    documents = list(one_of_each(devset))
    assert len(documents) >= 5
    for path, schema in documents:
        for split_by in ("document", "field", "page"):
            loaded = ChunkrExtractLoader(path, schema, split_by=split_by, client=embedded).load()
            read = ChunkrReader(schema, split_by=split_by, client=embedded).load_data(path)
            assert plain(loaded) == plain_nodes(read)
            for document in loaded:
                assert check_metadata(document.metadata, store="chroma") == ()
                assert check_metadata(document.metadata, store="lancedb") == ()
                assert check_metadata(document.metadata, store="pinecone") == ()
