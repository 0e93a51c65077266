from __future__ import annotations

import asyncio
import io
import json
import pickle
from typing import TYPE_CHECKING

import fsspec
import pytest
from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.async_utils import run_jobs
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.readers.base import BasePydanticReader, BaseReader, ReaderConfig
from llama_index.core.schema import Document, MetadataMode
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.tools.ondemand_loader_tool import OnDemandLoaderTool
from llama_index.core.vector_stores import SimpleVectorStore
from pydantic import BaseModel, ValidationError
from scripted_service import KEY, Order, answer, files_opened_here, word, write

from chunkr_integrations.exceptions import ConfigurationError, SourceError, TaskFailedError
from chunkr_integrations.llamaindex import ChunkrReader, check_metadata, restore_citations
from chunkr_integrations.tasks import OcrStrategy, ParseConfiguration

if TYPE_CHECKING:
    from chunkr_integrations.documents import Part


@pytest.fixture
def reader(client):
    return ChunkrReader(Order, client=client)


def numbers(documents):
    return [json.loads(document.text)["number"] for document in documents]


def shout(part: Part) -> str:
    return str(part.extraction.value.number).upper()


def test_it_is_a_reader():
    assert BaseReader.__name__ in [base.__name__ for base in ChunkrReader.__mro__]
    assert issubclass(ChunkrReader, BasePydanticReader)
    assert (ChunkrReader.class_name(), ChunkrReader(Order).is_remote) == ("ChunkrReader", True)


async def test_sync_and_async_give_the_same(paths, reader, async_client):
    twin = ChunkrReader(Order, async_client=async_client)
    documents = reader.load_data(files=paths)
    assert numbers(documents) == ["N-a", "N-b", "N-c"]
    assert all(isinstance(document, Document) for document in documents)
    assert list(reader.lazy_load_data(files=paths)) == documents
    assert await twin.aload_data(files=paths) == documents
    assert await reader.aload_data(files=paths) == documents  # with only a sync client, in threads


async def test_the_lazy_async_twin_can_be_awaited_and_iterated(paths, reader, async_client):
    """Both readings of the framework's contract."""
    twin = ChunkrReader(Order, async_client=async_client)
    expected = reader.load_data(files=paths)
    assert list(await twin.alazy_load_data(files=paths)) == expected
    assert [document async for document in twin.alazy_load_data(files=paths)] == expected


async def test_the_event_loop_goes_on_meanwhile(tmp_path, async_client):
    path = write(tmp_path, "slow", polls=20)
    turns = 0

    async def turn():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    await ChunkrReader(Order, async_client=async_client).alazy_load_data(path)
    turning.cancel()
    assert turns > 20


def test_every_kind_of_source(paths, reader):
    data = paths[0].read_bytes()
    files = [paths[0], str(paths[0]), data, memoryview(data), io.BytesIO(data)]
    assert numbers(reader.load_data(files=files)) == ["N-a"] * 5
    assert numbers(reader.load_data(str(paths[0]))) == ["N-a"]


@pytest.mark.parametrize("given", [{}, {"file": "a.txt", "files": ["a.txt"]}])
def test_one_input_or_several(reader, given):
    with pytest.raises(ValueError, match="not both and not none"):
        reader.load_data(**given)


def test_ids_and_hashes_are_the_same_on_every_run(paths, reader, client):
    again = ChunkrReader(Order, client=client).load_data(files=paths)
    first = reader.load_data(files=paths)
    assert [(d.id_, d.hash) for d in first] == [(d.id_, d.hash) for d in again]
    assert len({d.id_ for d in first}) == 3


def test_extra_info_is_copied_and_the_readers_keys_win(paths, reader):
    extra = {"owner": {"name": "me"}, "n_citations": -1}
    one, two = reader.load_data(files=paths[:2], extra_info=extra)
    one.metadata["owner"]["name"] = "you"
    assert two.metadata["owner"] == extra["owner"] == {"name": "me"}
    assert (one.metadata["n_citations"], extra["n_citations"]) == (6, -1)


def test_prompts_and_embeddings_do_not_see_what_programs_need(paths, client):
    (document, *_) = ChunkrReader(Order, split_by="field", client=client).load_data(paths[0])
    assert document.get_metadata_str(MetadataMode.EMBED) == "field: number"
    assert document.get_metadata_str(MetadataMode.LLM).splitlines() == [
        "file_name: a.txt",
        "field: number",
        "page: 1",
        "min_confidence: High",
    ]


def test_a_splitter_takes_documents_with_many_citations(tmp_path, client):
    cited = {"lines": [{"code": [word("x" * 20, top=float(n))], "qty": []} for n in range(100)]}
    path = write(tmp_path, "a" * 100, lines=100, citations=cited)
    # The default sentence tokenizer reads files of nltk, which refuses them where an installer made hard links.
    splitter = SentenceSplitter(chunk_size=256, chunk_overlap=16, chunking_tokenizer_fn=lambda text: text.split("}"))
    for mode in ("flat", "nested"):
        documents = ChunkrReader(Order, metadata_mode=mode, client=client).load_data(path)
        assert len(splitter.get_nodes_from_documents(documents)) > 1


def test_the_default_splitter_takes_them_too(paths, client):
    """As users make it: with the framework's own tokenizers, and metadata that leave room for the text."""
    documents = ChunkrReader(Order, client=client).load_data(paths[0])
    assert SentenceSplitter(chunk_size=256).get_nodes_from_documents(documents)


async def test_the_frameworks_own_jobs_run_it(paths, async_client):
    """`run_jobs` gives every reader's documents, in order."""
    reader = ChunkrReader(Order, async_client=async_client)
    one_by_one = [await reader.aload_data(path) for path in paths]
    assert await run_jobs([reader.aload_data(path) for path in paths], workers=2) == one_by_one


@pytest.mark.parametrize("split_by", ["document", "row", "field", "page"])
def test_metadata_go_into_flat_stores(paths, client, split_by):
    for document in ChunkrReader(Order, split_by=split_by, client=client).load_data(paths[0]):
        assert (
            check_metadata(document.metadata, store="flat") == check_metadata(document.metadata, store="chroma") == ()
        )


def test_every_option_of_the_api_goes_out(paths, service, client):
    reader = ChunkrReader(
        Order,
        system_prompt="Read.",
        parse_configuration=ParseConfiguration(ocr_strategy=OcrStrategy.AUTO),
        expires_in=60,
        client=client,
    )
    reader.load_data(paths[0])
    form = service.forms[0]
    assert (form["system_prompt"], form["expires_in"]) == ("Read.", 60)
    assert form["parse_configuration"] == {"ocr_strategy": "Auto"}


class TestErrors:
    def test_raised(self, bad, reader):
        documents = reader.lazy_load_data(files=bad)
        assert numbers([next(documents)]) == ["N-a"]
        with pytest.raises(TaskFailedError, match=r"b\.txt"):
            next(documents)

    async def test_skipped(self, bad, client, async_client):
        reader = ChunkrReader(Order, on_error="skip", client=client, async_client=async_client)
        assert numbers(reader.load_data(files=bad)) == ["N-a", "N-c"]
        assert numbers(await reader.aload_data(files=bad)) == ["N-a", "N-c"]
        assert [failure.source for failure in reader.errors] == [str(bad[1])] * 2

    def test_as_documents(self, bad, client):
        _, failed, _ = ChunkrReader(Order, on_error="document", client=client).load_data(files=bad)
        assert failed.metadata["error_type"] == "TaskFailedError"
        assert "error" in failed.excluded_llm_metadata_keys

    def test_a_directory_reader_swallows_and_the_reader_remembers(self, bad, reader, capsys):
        documents = SimpleDirectoryReader(input_files=bad, file_extractor={".txt": reader}).load_data()
        assert numbers(documents) == ["N-a", "N-c"]
        assert isinstance(reader.errors[0].error, TaskFailedError)
        assert "Failed to load" in capsys.readouterr().out


class TestDirectoryReader:
    def test_sync(self, folder, reader):
        documents = SimpleDirectoryReader(folder, file_extractor={".txt": reader}, raise_on_error=True).load_data()
        assert numbers(documents) == ["N-a", "N-b", "N-c"]
        assert documents[0].metadata["file_path"] == str(folder / "a.txt") == documents[0].metadata["source"]
        assert documents[0].metadata["file_name"] == "a.txt"

    async def test_sixty_files_at_once_stay_within_the_bound(self, tmp_path, service, async_client):
        """The directory reader starts all of them; the bound is the client's."""
        for n in range(60):
            write(tmp_path, f"{n:02}", polls=2)
        async with service.async_client(max_concurrency=4) as bounded:
            reader = ChunkrReader(Order, async_client=bounded)
            loaded = await SimpleDirectoryReader(tmp_path, file_extractor={".txt": reader}).aload_data()
        assert len(loaded) == 60
        assert service.most <= 4

    async def test_own_clients_are_shared_by_all_calls(self, tmp_path, service, serve):
        """The directory reader starts all files; the reader's own bound holds, and nothing stays open."""
        for n in range(6):
            write(tmp_path, f"{n:02}")
        reader = ChunkrReader(Order, max_concurrency=2, api_key=KEY, base_url=serve(service.app()))
        loaded = await SimpleDirectoryReader(tmp_path, file_extractor={".txt": reader}).aload_data()
        assert len(loaded) == 6
        assert service.most == 2

    @pytest.mark.slow
    def test_worker_processes(self, tmp_path, service, serve):
        """A spawned pool pickles the reader, and its key with it."""
        for name in "ab":
            write(tmp_path, name, polls=0)
        reader = ChunkrReader(Order, api_key=KEY, base_url=serve(service.app()))
        directory = SimpleDirectoryReader(tmp_path, file_extractor={".txt": reader}, raise_on_error=True)
        here = directory.load_data()
        assert directory.load_data(num_workers=2) == here
        assert numbers(here) == ["N-a", "N-b"]
        reader.close()

    async def test_a_filesystem_in_memory(self, reader):
        fs = fsspec.filesystem("memory")
        fs.pipe("/in/a.txt", json.dumps(answer("1")).encode())
        fs.pipe("/in/b.txt", json.dumps(answer("2")).encode())
        try:
            found = SimpleDirectoryReader("/in", fs=fs, file_extractor={".txt": reader}, raise_on_error=True)
            documents = found.load_data()
            assert sorted(numbers(documents)) == ["1", "2"]
            assert {d.metadata["source"] for d in documents} == {"/in/a.txt", "/in/b.txt"}
            assert sorted(numbers(await found.aload_data())) == ["1", "2"]
            with pytest.raises(SourceError, match="the filesystem cannot read it"):
                reader.load_data("/in/missing.txt", fs=fs)
        finally:
            fs.rm("/in", recursive=True)


class TestWrittenDown:
    def test_json_has_the_class_by_path_and_no_key(self):
        reader = ChunkrReader(Order, split_by="row", api_key=KEY, base_url="http://127.0.0.1:9", content=shout)
        text = reader.to_json()
        written = json.loads(text)
        assert KEY not in text + repr(reader) + str(reader.to_dict())
        assert written["output_cls"]["import_path"] == "scripted_service:Order"
        assert set(written["output_cls"]["json_schema"]["properties"]) == {"number", "total", "lines"}
        back = ChunkrReader.from_json(text)
        assert (back.output_cls, back.split_by, back.content, back.api_key) == (Order, "row", shout, None)
        assert back.to_json() == text

    def test_all_options_come_back(self):
        reader = ChunkrReader(Order, parse_configuration=ParseConfiguration(ocr_strategy=OcrStrategy.AUTO), timeout=3)
        assert ChunkrReader.from_dict(reader.to_dict()).to_dict() == reader.to_dict()

    def test_a_json_schema_is_written_as_it_is(self):
        schema = {"type": "object", "properties": {"number": {"type": "string"}}}
        assert ChunkrReader.from_json(ChunkrReader(schema).to_json()).output_cls == schema

    def test_what_cannot_be_imported_is_an_error(self):
        class Local(BaseModel):
            number: str

        with pytest.raises(ConfigurationError, match=r"Local. cannot be imported.*top of a module"):
            ChunkrReader(Local).to_json()
        with pytest.raises(ConfigurationError, match="lambda"):
            ChunkrReader(Order, content=lambda _: "").to_json()
        broken = {"output_cls": {"import_path": "nowhere:Order", "json_schema": {}}}
        with pytest.raises(ConfigurationError, match="nowhere:Order cannot be imported"):
            ChunkrReader.from_dict(broken)

    def test_pickle_takes_the_key_along(self):
        """A worker process has to be able to ask the same service."""
        reader = pickle.loads(pickle.dumps(ChunkrReader(Order, api_key=KEY, base_url="http://127.0.0.1:9")))
        assert (reader.api_key.get_secret_value(), reader.base_url) == (KEY, "http://127.0.0.1:9")
        assert reader.errors == []

    def test_pickle_leaves_nothing_out_in_silence(self, client):
        with pytest.raises(Exception, match="pickle"):
            pickle.dumps(ChunkrReader(Order, client=client))

    def test_unknown_options_are_errors(self):
        with pytest.raises(ValidationError, match="confidense"):
            ChunkrReader(Order, confidense=1)


class TestIngestion:
    @pytest.mark.parametrize(
        "strategy", [DocstoreStrategy.UPSERTS, DocstoreStrategy.DUPLICATES_ONLY, DocstoreStrategy.UPSERTS_AND_DELETE]
    )
    def test_the_second_run_brings_nothing(self, paths, reader, strategy):
        def run(docstore, vectors):
            pipeline = IngestionPipeline(
                readers=[ReaderConfig(reader=reader, reader_kwargs={"files": paths})],
                transformations=[SentenceSplitter(chunk_size=256), MockEmbedding(embed_dim=4)],
                docstore=docstore,
                vector_store=vectors,
                docstore_strategy=strategy,
            )
            return pipeline.run()

        docstore, vectors = SimpleDocumentStore(), SimpleVectorStore()
        assert len(run(docstore, vectors)) == 3
        assert run(docstore, vectors) == []

    def test_a_changed_file_replaces_its_document(self, tmp_path, reader):
        docstore = SimpleDocumentStore()
        pipeline = IngestionPipeline(transformations=[], docstore=docstore, vector_store=SimpleVectorStore())
        pipeline.transformations = [MockEmbedding(embed_dim=4)]
        path = write(tmp_path, "a")
        before = pipeline.run(documents=reader.load_data(path))
        path.write_text(json.dumps(answer("new")))
        (after,) = pipeline.run(documents=reader.load_data(path))
        assert json.loads(after.text)["number"] == "new"
        assert [node.id_ for node in before] == [after.id_]
        assert len(docstore.docs) == 1


def test_retrieved_nodes_cite(paths, client):
    documents = ChunkrReader(Order, split_by="field", client=client).load_data(paths[0])
    index = VectorStoreIndex.from_documents(documents, embed_model=MockEmbedding(embed_dim=4))
    nodes = index.as_retriever(similarity_top_k=20).retrieve("total")
    cited = next(node for node in nodes if node.metadata["field"] == "total")
    assert restore_citations(cited)["total"][0].page_number == 2


def test_an_on_demand_tool_can_be_made_of_it(paths, reader):
    """Its schema is read from the annotations of load_data."""
    tool = OnDemandLoaderTool.from_defaults(
        reader, name="orders", description="x", index_kwargs={"embed_model": MockEmbedding(embed_dim=4)}
    )
    assert {"file", "files", "extra_info", "fs", "query_str"} == set(tool.metadata.fn_schema.model_fields)


async def test_no_file_is_read_on_the_event_loop(folder, paths, async_client):
    """Neither to send it nor to name it when it fails."""
    reader = ChunkrReader(Order, on_error="document", async_client=async_client)
    with files_opened_here(folder) as opened:
        assert len(await reader.aload_data(files=[*paths, folder / "missing.txt", folder])) == 5
        assert len(await reader.aload_data("a.txt", fs=fsspec.filesystem("dir", path=str(folder)))) == 1
    assert opened == []
