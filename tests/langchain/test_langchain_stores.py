"""Indexing into a real, persistent Chroma with a real record manager; nothing is downloaded, nothing is sent."""

from __future__ import annotations

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import aindex, index
from scripted_service import Line, Order, answer, write

from chunkr_integrations.langchain import (
    ChunkrExtractLoader,
    check_metadata,
    flatten_metadata,
    nest_metadata,
    restore_citations,
    to_quotes,
)

chromadb = pytest.importorskip("chromadb", reason="the vector store is Chroma: chromadb")
langchain_chroma = pytest.importorskip("langchain_chroma", reason="the vector store is Chroma: langchain-chroma")
indexes = pytest.importorskip("langchain_classic.indexes", reason="the record manager is langchain-classic's")
sqlalchemy = pytest.importorskip("sqlalchemy", reason="the record manager keeps its records with SQLAlchemy")

OPTIONS = {"cleanup": "incremental", "source_id_key": "source", "key_encoder": "sha256"}


class Untouched(Exception):  # noqa: N818 - not an error of the package
    """Chroma asked its own embedding model."""


@pytest.fixture(autouse=True)
def _no_model_of_chromas_own(monkeypatch):
    """Chroma would fetch a model for texts that come without vectors: here that fails, whether it has one or not."""
    from chromadb.utils.embedding_functions import DefaultEmbeddingFunction

    def refuse(self, input):  # noqa: A002 - Chroma's name
        raise Untouched

    monkeypatch.setattr(DefaultEmbeddingFunction, "__call__", refuse)


@pytest.fixture
def open_store(tmp_path):
    """Opens the store; each time anew from the disk."""
    opened = []

    def store(name="orders"):
        while opened:
            opened.pop().close()
        settings = chromadb.Settings(anonymized_telemetry=False)
        client = chromadb.PersistentClient(str(tmp_path / "chroma"), settings=settings)
        opened.append(client)
        embedding = DeterministicFakeEmbedding(size=16)
        return langchain_chroma.Chroma(name, embedding_function=embedding, client=client)

    yield store
    for client in opened:
        client.close()


@pytest.fixture
def open_records(tmp_path):
    """Opens the record manager; each time anew from the disk."""
    engines = []

    def records():
        engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'records.sqlite'}")
        engines.append(engine)
        manager = indexes.SQLRecordManager("orders", engine=engine)
        manager.create_schema()
        return manager

    yield records
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize("split_by", ["document", "row", "field", "page"])
def test_indexing_again_skips_everything(paths, client, open_store, open_records, split_by):
    """Another day: new ids of tasks and citations at the service, a new loader, store and manager from the disk."""
    results = []
    for _ in range(2):
        loader = ChunkrExtractLoader(paths, Order, split_by=split_by, client=client)
        results.append(index(loader, open_records(), open_store(), **OPTIONS))
    first, second = results
    assert first["num_added"] >= len(paths)
    assert second == {"num_added": 0, "num_updated": 0, "num_deleted": 0, "num_skipped": first["num_added"]}


def test_a_changed_file_replaces_its_documents_and_no_other(paths, client, open_store, open_records):
    def run():
        loader = ChunkrExtractLoader(paths, Order, split_by="field", client=client)
        return index(loader, open_records(), open_store(), **OPTIONS)

    first = run()
    write(paths[0].parent, "a", results={**answer("N-a")["results"], "total": 99.0})
    second = run()
    assert (second["num_added"], second["num_deleted"]) == (1, 1)
    assert second["num_skipped"] == first["num_added"] - 1


def test_rows_that_are_gone_go(folder, client, open_store, open_records):
    path = folder / "a.txt"
    for lines in (5, 2):
        write(folder, "a", lines=lines)
        loader = ChunkrExtractLoader(path, Order, split_by="row", row_field="lines", client=client)
        done = index(loader, open_records(), open_store(), **OPTIONS)
    assert (done["num_added"], done["num_deleted"]) == (0, 5 - 2)


async def test_the_async_index_skips_too(paths, async_client, open_store, tmp_path):
    pytest.importorskip("aiosqlite", reason="the async record manager needs aiosqlite")
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'records.sqlite'}")
    records = indexes.SQLRecordManager("orders", engine=engine)
    await records.acreate_schema()
    store = open_store()
    loader = ChunkrExtractLoader(paths, Order, split_by="field", async_client=async_client)
    first = await aindex(loader, records, store, **OPTIONS)
    second = await aindex(loader, records, store, **OPTIONS)
    await engine.dispose()
    assert (second["num_added"], second["num_skipped"]) == (0, first["num_added"])


def test_citations_go_in_and_come_back(paths, client, open_store):
    """From the disk, each field equal to what was loaded, boxes and all."""
    documents = ChunkrExtractLoader(paths[0], Order, split_by="field", client=client).load()
    assert [check_metadata(document.metadata, store="chroma") for document in documents] == [()] * len(documents)
    open_store().add_documents(documents)
    back = {document.id: document for document in open_store().similarity_search("anything", k=100)}
    assert {document.id for document in documents} == set(back)
    for document in documents:
        assert back[document.id] == document
        assert restore_citations(back[document.id]) == restore_citations(document)
    (total,) = (document for document in back.values() if document.metadata["field"] == "total")
    assert [str(quote) for quote in to_quotes([total])] == ['[1] a.txt, p. 2, box (0.50, 0.50)-(0.60, 0.51): "12.50"']


def test_a_filter_finds_a_field_on_a_page(paths, client, open_store):
    """Flat metadata are there to be asked for."""
    documents = ChunkrExtractLoader(paths, Order, split_by="field", client=client).load()
    store = open_store()
    store.add_documents(documents)
    where = {"$and": [{"field": "total"}, {"page": 2}, {"min_confidence": "Low"}]}
    found = store.similarity_search("anything", k=100, filter=where)
    assert sorted(document.metadata["file_name"] for document in found) == ["a.txt", "b.txt", "c.txt"]


def test_nested_documents_go_in_flat_and_come_back_nested(paths, client, open_store):
    nested = ChunkrExtractLoader(paths[0], Order, metadata_mode="nested", client=client).load()
    store = open_store()
    with pytest.raises(ValueError, match="chunkr_citations"):
        store.add_documents(nested)
    store.add_documents(flatten_metadata(nested))
    assert nest_metadata(store.similarity_search("anything", k=10)) == nested


@pytest.mark.parametrize("lines", [0, 500])
def test_empty_lists_and_very_many_citations_go_in(tmp_path, client, open_store, lines):
    """The store refuses empty lists; the size cap sends what is large to the side store."""
    side: dict[str, str] = {}
    path = write(tmp_path, "a", lines=lines)
    documents = ChunkrExtractLoader(path, Order, citation_store=side, metadata_cap=2000, client=client).load()
    store = open_store()
    store.add_documents(documents)
    (back,) = store.similarity_search("anything", k=1)
    assert back == documents[0]
    assert bool(side) == (lines == 500)
    assert "number" in restore_citations(back, store=side)
    read = Order.model_validate_json(back.page_content)
    assert len(read.lines) == lines
    assert all(isinstance(line, Line) for line in read.lines)
