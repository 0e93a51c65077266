from __future__ import annotations

import json

import pytest
from llama_index.core.readers.base import ResourcesReaderMixin
from scripted_service import Order, write

from chunkr_integrations.exceptions import ConfigurationError, SourceError
from chunkr_integrations.llamaindex import ChunkrReader


async def test_a_folder_is_a_list_of_files(folder, paths, client, async_client):
    (folder / "below").mkdir()
    deep = write(folder / "below", "d")
    (folder / ".hidden").write_text("x")
    reader = ChunkrReader(Order, resources=folder, client=client, async_client=async_client)
    assert isinstance(reader, ResourcesReaderMixin)
    assert reader.list_resources() == [str(path) for path in sorted([*paths, deep])]
    assert reader.get_resource_info(str(deep))["file_name"] == "d.txt"
    assert set(reader.list_resources_with_info()) == set(await reader.alist_resources())
    documents = reader.load_resources(reader.list_resources())
    assert sorted(json.loads(document.text)["number"] for document in documents) == ["N-a", "N-b", "N-c", "N-d"]
    loaded = await reader.aload_resources(reader.list_resources())
    assert [document for found in loaded.values() for document in found] == documents


async def test_a_past_task_is_read_and_not_asked_again(paths, service, client, async_client):
    task = client.submit(paths[0], Order)
    later = client.submit(paths[1], Order)
    ids = [task.task_id, later.task_id]
    reader = ChunkrReader(Order, resources=ids, client=client, async_client=async_client)
    assert reader.get_resource_info(task.task_id)["status"] == "Starting"
    (document,) = reader.load_resource(task.task_id)
    assert json.loads(document.text)["number"] == "N-a"
    assert document.metadata["source"] == f"task:{task.task_id}"
    (document,) = await reader.aload_resource(later.task_id)
    assert json.loads(document.text)["number"] == "N-b"
    assert len(service.forms) == 2


def test_nothing_else_is_a_resource(folder, client):
    """An id may come from a model."""
    reader = ChunkrReader(Order, resources=folder, client=client)
    for other in ("/etc/passwd", str(folder / ".." / "x"), "https://example.com/a.pdf"):
        with pytest.raises(SourceError, match="no resource of the reader"):
            reader.load_resource(other)


def test_a_reader_without_resources_says_so(client, tmp_path):
    with pytest.raises(ConfigurationError, match="resources="):
        ChunkrReader(Order, client=client).list_resources()
    with pytest.raises(ConfigurationError, match="is no folder"):
        ChunkrReader(Order, resources=tmp_path / "missing", client=client).list_resources()


def test_resources_are_written_down(folder):
    reader = ChunkrReader.from_json(ChunkrReader(Order, resources=folder).to_json())
    assert len(reader.list_resources()) == 3
