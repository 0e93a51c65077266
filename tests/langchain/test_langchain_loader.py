from __future__ import annotations

import asyncio
import io
import json
import logging
import pickle
from typing import ClassVar

import pytest
from langchain_core.document_loaders import BaseLoader, Blob
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import InMemoryRecordManager, index
from langchain_core.load import dumps, loads
from langchain_core.vectorstores import InMemoryVectorStore
from pydantic import BaseModel, Field
from scripted_service import KEY, Line, Order, answer, files_opened_here, word, write

from chunkr_integrations.exceptions import ConfigurationError, SourceError, TaskFailedError
from chunkr_integrations.langchain import ChunkrExtractLoader, check_metadata, restore_citations
from chunkr_integrations.tasks import OcrStrategy, ParseConfiguration


def numbers(documents):
    return [json.loads(document.page_content)["number"] for document in documents]


def test_documents_come_in_the_order_of_the_inputs(paths, client):
    loader = ChunkrExtractLoader(paths, Order, client=client)
    documents = loader.load()
    assert numbers(documents) == ["N-a", "N-b", "N-c"]
    assert [document.metadata["source"] for document in documents] == [str(path) for path in paths]
    assert all(isinstance(document, Document) and document.id for document in documents)


async def test_async_gives_the_same(paths, client, async_client):
    expected = ChunkrExtractLoader(paths, Order, client=client).load()
    loader = ChunkrExtractLoader(paths, Order, async_client=async_client)
    assert await loader.aload() == expected
    assert [document async for document in loader.alazy_load()] == expected


async def test_a_sync_client_serves_the_async_methods_in_threads(paths, client):
    loader = ChunkrExtractLoader(paths, Order, client=client)
    assert await loader.aload() == loader.load()


def test_only_lazy_load_is_written(paths, client):
    """The framework's own load, aload and load_and_split are used."""
    assert not {"load", "aload", "load_and_split"} & set(vars(ChunkrExtractLoader))
    assert issubclass(ChunkrExtractLoader, BaseLoader)
    assert next(iter(ChunkrExtractLoader(paths, Order, client=client).lazy_load())).page_content


def test_a_document_comes_before_the_next_input_is_done(tmp_path, service, client):
    """Streaming: the second task is far from ready when the first document is there."""
    paths = [write(tmp_path, "fast"), write(tmp_path, "slow", polls=10_000)]
    documents = ChunkrExtractLoader(paths, Order, client=client, max_concurrency=1).lazy_load()
    assert numbers([next(documents)]) == ["N-fast"]
    assert service.finished == ["N-fast"]
    documents.close()


def test_a_slow_first_input_does_not_change_the_order(tmp_path, service, client):
    paths = [write(tmp_path, "slow", polls=30), write(tmp_path, "fast")]
    documents = ChunkrExtractLoader(paths, Order, client=client, max_concurrency=2).load()
    assert service.finished == ["N-fast", "N-slow"]
    assert numbers(documents) == ["N-slow", "N-fast"]


async def test_inputs_under_way_are_bounded(tmp_path, service, client, async_client):
    paths = [write(tmp_path, f"{n:02}", polls=3) for n in range(20)]
    assert len(ChunkrExtractLoader(paths, Order, client=client, max_concurrency=3).load()) == 20
    assert len(await ChunkrExtractLoader(paths, Order, async_client=async_client, max_concurrency=3).aload()) == 20
    assert service.most == 3


def test_a_string_is_one_path(paths, client):
    """Not an iterable of characters."""
    assert numbers(ChunkrExtractLoader(str(paths[0]), Order, client=client).load()) == ["N-a"]


def test_every_kind_of_source(paths, client):
    data = paths[0].read_bytes()
    sources = [paths[0], data, io.BytesIO(data), Blob.from_data(data), Blob.from_path(paths[0])]
    assert numbers(ChunkrExtractLoader(sources, Order, client=client).load()) == ["N-a"] * 5


def test_loading_twice_gives_the_same(paths, client):
    """Also from an iterator and from a file object, which can be read only once."""
    data = paths[0].read_bytes()
    loader = ChunkrExtractLoader(iter([paths[0], io.BytesIO(data)]), Order, client=client)
    assert loader.load() == loader.load() != []


def test_bytes_have_sources_of_their_own(client):
    one, two = (json.dumps(answer(number)).encode() for number in ("1", "2"))
    documents = ChunkrExtractLoader([one, two, one], Order, client=client).load()
    sources = [document.metadata["source"] for document in documents]
    assert sources[0] == sources[2] != sources[1]
    assert sources[0].startswith("sha256:")


def test_rows_know_their_place(paths, client):
    """The class has one list of objects, so it need not be named."""
    documents = ChunkrExtractLoader(paths[0], Order, split_by="row", client=client).load()
    assert [document.metadata["field"] for document in documents] == ["lines[0]", "lines[1]"]
    assert restore_citations(documents[1])["lines[1].code"][0].content == "K-1"


def test_a_class_without_rows_is_refused_at_once(paths):
    with pytest.raises(ConfigurationError, match="Line: it has no list of objects"):
        ChunkrExtractLoader(paths, Order.model_fields["lines"].annotation.__args__[0], split_by="row")


@pytest.mark.parametrize("split_by", ["document", "row", "field", "page"])
def test_metadata_go_into_stores(paths, client, split_by):
    for document in ChunkrExtractLoader(paths, Order, split_by=split_by, client=client).lazy_load():
        for store in ("chroma", "flat", "pinecone"):
            assert check_metadata(document.metadata, store=store, text=document.page_content) == ()


def test_indexing_again_skips_everything(paths, client):
    """Each run has new task and citation ids; none of them may show."""
    for split_by in ("document", "field"):
        records, store = InMemoryRecordManager("test"), InMemoryVectorStore(DeterministicFakeEmbedding(size=8))
        records.create_schema()

        def run(split_by=split_by, records=records, store=store):
            loader = ChunkrExtractLoader(paths, Order, split_by=split_by, client=client)
            return index(loader, records, store, cleanup="incremental", source_id_key="source", key_encoder="sha256")

        first, second = run(), run()
        assert first["num_added"] == second["num_skipped"] > 0
        assert second["num_added"] == second["num_deleted"] == 0


def test_two_inputs_in_memory_survive_each_other(client):
    """Under incremental cleanup a common source would delete the first one."""
    records, store = InMemoryRecordManager("test"), InMemoryVectorStore(DeterministicFakeEmbedding(size=8))
    records.create_schema()
    for number in ("1", "2"):
        loader = ChunkrExtractLoader(json.dumps(answer(number)).encode(), Order, client=client)
        result = index(loader, records, store, cleanup="incremental", source_id_key="source", key_encoder="sha256")
        assert (result["num_added"], result["num_deleted"]) == (1, 0)
    assert len(store.store) == 2


def test_every_option_of_the_api_goes_out(paths, service, client):
    configuration = ParseConfiguration(ocr_strategy=OcrStrategy.AUTO)
    loader = ChunkrExtractLoader(
        paths[0],
        Order,
        file_name="renamed.txt",
        system_prompt="Read.",
        parse_configuration=configuration,
        expires_in=60,
        client=client,
    )
    (document,) = loader.load()
    form = service.forms[0]
    assert {name: form[name] for name in ("file_name", "system_prompt", "parse_configuration", "expires_in")} == {
        "file_name": "renamed.txt",
        "system_prompt": "Read.",
        "parse_configuration": {"ocr_strategy": "Auto"},
        "expires_in": 60,
    }
    assert form["schema"]["properties"].keys() == {"number", "total", "lines"}
    assert document.metadata["source"] == str(paths[0])


def test_a_file_name_is_for_one_source(paths):
    with pytest.raises(ConfigurationError, match="names one document, and 3 were given"):
        ChunkrExtractLoader(paths, Order, file_name="x.txt")


def test_an_error_is_raised_in_its_place(bad, client):
    """What came before it was delivered."""
    documents = ChunkrExtractLoader(bad, Order, client=client).lazy_load()
    assert numbers([next(documents)]) == ["N-a"]
    with pytest.raises(TaskFailedError, match=r"b\.txt.*no pages"):
        next(documents)


def test_a_failing_input_is_skipped_with_a_warning(bad, client, caplog):
    loader = ChunkrExtractLoader(bad, Order, on_error="skip", client=client)
    with caplog.at_level(logging.WARNING, "chunkr_integrations"):
        assert numbers(loader.load()) == ["N-a", "N-c"]
    assert "b.txt was skipped" in caplog.text
    (failure,) = loader.errors
    assert failure.source == str(bad[1])
    assert isinstance(failure.error, TaskFailedError)


async def test_a_failing_input_becomes_a_document(bad, client, async_client):
    """The same on every run that fails alike: no task id."""
    loader = ChunkrExtractLoader([*bad, bad[0].with_name("missing.txt")], Order, on_error="document", client=client)
    documents = loader.load()
    assert documents == loader.load()
    _, failed, _, missing = documents
    assert failed.metadata["error_type"] == "TaskFailedError"
    assert "no pages" in failed.metadata["error"]
    assert (failed.metadata["source"], failed.metadata["file_name"]) == (str(bad[1]), "b.txt")
    assert missing.metadata["error_type"] == "SourceError"
    inputs = [*bad, bad[0].with_name("missing.txt")]
    again = ChunkrExtractLoader(inputs, Order, on_error="document", async_client=async_client)
    assert await again.aload() == documents
    assert [type(failure.error) for failure in again.errors] == [TaskFailedError, SourceError]


def test_a_bad_blob_fails_in_its_place(paths, client):
    """Blobs are looked at here rather than by the client; the order holds all the same."""
    broken = Blob.from_data(b"\0\1\2", path="broken.txt")
    loader = ChunkrExtractLoader([paths[0], broken, paths[1], broken], Order, on_error="document", client=client)
    kinds = [document.metadata.get("error_type") for document in loader.load()]
    assert kinds == [None, "SourceError", None, "SourceError"]


def test_a_directory_loader_can_make_it(folder, client):
    """`loader_cls(str(path), **loader_kwargs)` is how they call."""
    made = [ChunkrExtractLoader(str(path), output_schema=Order, client=client) for path in folder.iterdir()]
    assert sorted(numbers(document for loader in made for document in loader.lazy_load())) == ["N-a", "N-b", "N-c"]


def test_the_key_is_never_shown(paths, client):
    loader = ChunkrExtractLoader(paths, Order, api_key=KEY, base_url="http://127.0.0.1:9")
    assert KEY not in repr(loader) + str(vars(loader)) + dumps(loader)
    with pytest.raises(Exception, match="127") as caught:
        ChunkrExtractLoader(paths[0], Order, api_key=KEY, base_url="http://127.0.0.1:9", timeout=0.01).load()
    assert KEY not in str(caught.value)


def test_a_loader_can_be_pickled(paths):
    loader = ChunkrExtractLoader(paths, Order, split_by="row", api_key=KEY)
    assert repr(pickle.loads(pickle.dumps(loader))) == repr(loader)


def test_an_injected_client_stays_open(paths, client):
    ChunkrExtractLoader(paths, Order, client=client).load()
    assert client.extract(paths[0], Order).value.number == "N-a"


class TestClients:
    wrong: ClassVar[list] = [("client", "async_client"), ("async_client", "client")]

    @pytest.mark.parametrize(("given", "right"), wrong)
    async def test_the_wrong_kind_is_named(self, paths, client, async_client, given, right):
        other = {"client": async_client, "async_client": client}[given]
        with pytest.raises(TypeError, match=f"Give it as {right}="):
            ChunkrExtractLoader(paths, Order, **{given: other})

    def test_no_client_at_all(self, paths):
        with pytest.raises(TypeError, match=r"takes a chunkr_integrations\.Client, not str"):
            ChunkrExtractLoader(paths, Order, client="http://localhost")

    def test_two_answers_to_one_question(self, paths, client):
        with pytest.raises(ConfigurationError, match="leave the others out"):
            ChunkrExtractLoader(paths, Order, client=client, api_key="x")

    async def test_a_sync_call_needs_a_sync_client(self, paths, async_client):
        with pytest.raises(TypeError, match="Give client="):
            ChunkrExtractLoader(paths, Order, async_client=async_client).load()


async def test_a_sync_load_works_inside_a_running_loop(paths, client):
    """As in a notebook."""
    loader = ChunkrExtractLoader(paths, Order, client=client)
    assert len(loader.load()) == len(loader.load()) == 3


async def test_the_event_loop_goes_on_meanwhile(tmp_path, async_client):
    path = write(tmp_path, "slow", polls=20)
    turns = 0

    async def turn():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    await ChunkrExtractLoader(path, Order, async_client=async_client).aload()
    turning.cancel()
    assert turns > 20


async def test_no_file_is_read_on_the_event_loop(folder, paths, async_client):
    """Neither to send it nor to name it when it fails."""
    loader = ChunkrExtractLoader(
        [*paths, folder / "missing.txt", folder], Order, on_error="document", async_client=async_client
    )
    with files_opened_here(folder) as opened:
        assert len(await loader.aload()) == 5
    assert opened == []


def test_reading_on_the_event_loop_would_be_noticed(folder, paths):
    """The check above can fail."""
    with files_opened_here(folder) as opened:
        paths[0].read_bytes()
    assert opened == [str(paths[0])]


async def test_own_clients_reach_the_server_of_the_options(tmp_path, service, serve):
    paths = [write(tmp_path, name, polls=0) for name in "abc"]
    loader = ChunkrExtractLoader(paths, Order, api_key=KEY, base_url=serve(service.app()))
    documents = await asyncio.to_thread(loader.load)
    assert numbers(documents) == ["N-a", "N-b", "N-c"]
    assert await loader.aload() == documents
    assert {headers["authorization"] for headers in service.headers} == {KEY}


def test_a_ledger_keeps_a_second_load_from_asking(tmp_path, service, serve):
    paths = [write(tmp_path, name, polls=0) for name in "ab"]
    loader = ChunkrExtractLoader(paths, Order, api_key=KEY, base_url=serve(service.app()), ledger=tmp_path / "ledger")
    assert loader.load() == loader.load()
    assert len(service.forms) == 2


def test_names_on_the_wire_do_not_show(tmp_path, client):
    """Fields, texts and citations have the class's attribute names, whatever its aliases."""

    class Aliased(BaseModel):
        number: str = Field(alias="orderNumber")

    path = tmp_path / "a.txt"
    path.write_text(json.dumps({"results": {"orderNumber": "1"}, "citations": {"orderNumber": [word("1")]}}))
    (document,) = ChunkrExtractLoader(path, Aliased, split_by="field", client=client).load()
    assert (document.page_content, document.metadata["field"]) == ('{"number": "1"}', "number")
    assert list(restore_citations(document)) == ["number"]


def test_a_list_at_the_root_has_rows(tmp_path, client):
    path = tmp_path / "a.txt"
    path.write_text(json.dumps({"results": {"items": [{"code": "a", "qty": 1}, {"code": "b", "qty": 2}]}}))
    documents = ChunkrExtractLoader(path, list[Line], split_by="row", client=client).load()
    assert [document.metadata["field"] for document in documents] == ["[0]", "[1]"]
    assert json.loads(documents[1].page_content) == {"code": "b", "qty": 2}


def test_a_json_schema_is_enough(tmp_path, client):
    schema = {"type": "object", "properties": {"rows": {"type": "array", "items": {"properties": {"x": {}}}}}}
    path = tmp_path / "a.txt"
    path.write_text(json.dumps({"results": {"rows": [{"x": 1}]}}))
    (document,) = ChunkrExtractLoader(path, schema, split_by="row", client=client).load()
    assert document.page_content == '{"x": 1}'


@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
@pytest.mark.parametrize("metadata_mode", ["flat", "nested", "none"])
def test_documents_survive_the_frameworks_own_format(paths, client, metadata_mode):
    """Nothing in the metadata is anything but JSON."""
    documents = ChunkrExtractLoader(paths, Order, metadata_mode=metadata_mode, client=client).load()
    assert loads(dumps(documents), allowed_objects="core") == documents
