"""Both clients against the whole contract, and every request against the OpenAPI document."""

from __future__ import annotations

import io
import os
import threading
from datetime import datetime, timezone
from pathlib import Path

import httpx
import pytest
import yaml
from both import QUICK, Both, Sha
from fake_chunkr import FakeChunkr
from jsonschema import Draft202012Validator

from chunkr_integrations.client import AsyncClient, Client
from chunkr_integrations.exceptions import (
    APIResponseError,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    SourceError,
    TaskFailedError,
)
from chunkr_integrations.tasks import (
    ChunkProcessing,
    GenerationConfig,
    GenerationStrategy,
    ParseConfiguration,
    SegmentProcessing,
    Status,
    Tokenizer,
)

TEXT = b"Hello, this is a document."


@pytest.fixture(params=[Client, AsyncClient])
def kind(request):
    return request.param


@pytest.fixture
def server():
    return FakeChunkr()


@pytest.fixture
def client(kind, server):
    return Both(kind, server)


def test_the_whole_way(client, server):
    found = client.extract(TEXT, Sha, file_name="a.txt")
    assert found.value.sha256 == found.source.content_hash
    assert found.task.status is Status.SUCCEEDED
    assert server.asked[0].body["file_name"] == "a.txt"


def test_submit_now_collect_later(client, server):
    task = client.submit(TEXT, Sha)
    assert task.status is Status.STARTING
    assert client.result(task.task_id, Sha).task_id == task.task_id
    assert client.result(task, Sha).value == client.result(task.task_id, Sha).value


def test_a_second_class_uses_the_first_ones_parse(client, server):
    first, second = client.extract_all(TEXT, [Sha, Sha])
    assert server.asked[-2].body["file"] == first.task.parse_task_id or first.task.parse_task_id in {
        asked.body["file"] for asked in server.asked if asked.method == "POST"
    }
    assert second.value == first.value
    again = client.extract(first.task, Sha)
    assert again.task.parse_task_id == first.task.parse_task_id


def test_large_files_are_uploaded_once_and_streamed(client, server, tmp_path: Path):
    path = tmp_path / "large.txt"
    path.write_bytes(b"0123456789abcdef" * 50_000)
    found = client.extract(path, Sha)
    assert client.extract(path, Sha).value == found.value
    assert found.value.sha256 == found.source.content_hash
    assert server.calls.count(("POST", "/files")) == 1


def test_a_stream_and_a_name_with_quotes_can_be_uploaded(client, server):
    file = client.upload(io.BytesIO(b"a,b\n1,2\n"), file_name='my "own" table.csv', metadata={"from": "test"})
    assert (file.file_name, file.content_type, file.metadata["from"]) == ("my %22own%22 table.csv", "text/csv", "test")
    assert client.file_content(file.file_id) == b"a,b\n1,2\n"
    assert client.file(file.file_id) == file
    assert [listed.file_id for listed in client.files(page_size=1)] == [file.file_id]
    assert client.file_url(file.file_id, expires_in=5).expires_in == 5
    client.delete_file(file.file_id)
    assert client.files() == []
    client.upload(io.BytesIO(b"a,b\n1,2\n"), file_name='my "own" table.csv', metadata={"from": "test"})


def test_the_same_content_goes_up_again_after_it_was_deleted(client, server):
    first = client.upload(TEXT, file_name="a.txt")
    assert client.upload(TEXT, file_name="a.txt") == first
    client.delete_file(first.file_id)
    assert client.upload(TEXT, file_name="a.txt").file_id != first.file_id


def test_tasks_are_listed_over_all_pages(client, server):
    ids = [client.submit(b"document %d" % number, Sha).task_id for number in range(5)]
    listed = client.list_tasks(page_size=2, statuses=[Status.STARTING, "Failed"], task_types=["Extract"], sort="desc")
    assert [task.task_id for task in listed] == ids[::-1]
    query = server.asked[-1].query
    assert (query["statuses"], query["task_types"], query["limit"]) == ("Starting,Failed", "Extract", "2")
    client.list_tasks(start=datetime(2026, 1, 1, tzinfo=timezone.utc), base64_urls=True, include_chunks=False)
    assert server.asked[-1].query == {
        "start": "2026-01-01T00:00:00+00:00",
        "base64_urls": "true",
        "include_chunks": "false",
    }


def test_cancel_delete_health_and_file_types(client, server):
    task = client.submit(TEXT, Sha)
    client.cancel(task.task_id)
    assert client.task(task.task_id).status is Status.CANCELLED
    with pytest.raises(BadRequestError, match="cannot be cancelled"):
        client.cancel(task.task_id)
    client.delete(task.task_id)
    with pytest.raises(NotFoundError):
        client.task(task.task_id)
    assert client.health() == "OK - Version fake"
    assert client.file_types()["document"]["formats"][0]["extension"] == "pdf"


@pytest.mark.parametrize("task_id", ["../files", "..", ".", "a/b", "a?b#c"])
def test_ids_cannot_lead_to_other_paths(client, server, task_id):
    seen = []

    def watched(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return httpx.Response(404)

    with pytest.raises(NotFoundError):
        Both(type(client.client), watched).task(task_id)
    assert seen[0].startswith("/tasks/")
    assert seen[0].count("/") == 2
    assert "/." not in seen[0]


def test_a_failed_task_is_an_error_with_the_services_reason(kind):
    client = Both(kind, FakeChunkr(final="Failed", message="Page 3 is unreadable"))
    with pytest.raises(TaskFailedError, match=r"a\.txt: task .* failed: Page 3 is unreadable\."):
        client.extract(TEXT, Sha, file_name="a.txt")


def test_a_wrong_key_is_an_error_that_says_what_to_set(kind):
    client = Both(kind, FakeChunkr(key="right"), api_key="wrong")
    with pytest.raises(AuthenticationError, match="CHUNKR_API_KEY"):
        client.extract(TEXT, Sha)


def test_redirects_are_not_followed(kind):
    client = Both(kind, lambda request: httpx.Response(307, headers={"location": "https://elsewhere.example/x?key=1"}))
    with pytest.raises(APIResponseError, match=r"redirects to https://elsewhere\.example/x, which is not followed"):
        client.health()


def test_the_key_goes_bare_and_absent_ones_send_no_header(kind, monkeypatch):
    monkeypatch.delenv("CHUNKR_API_KEY", raising=False)
    server = FakeChunkr()
    Both(kind, server, api_key=" key-1\n").health()
    Both(kind, server).health()
    assert server.asked[0].headers["authorization"] == "key-1"
    assert "authorization" not in server.asked[1].headers
    assert server.asked[0].headers["user-agent"].startswith("chunkr-integrations/")


def test_what_the_users_own_client_adds_is_kept_and_it_stays_open(kind):
    server = FakeChunkr()
    own = httpx.AsyncClient if kind is AsyncClient else httpx.Client
    http = own(transport=server.transport, headers={"x-tenant": "7"}, cookies={"c": "1"})
    client = Both(kind, http=http, base_url="http://chunkr.test/api/v1/")
    client.upload(TEXT, file_name="a.txt")
    client.health()
    (client.aclose if kind is AsyncClient else client.close)()
    assert not http.is_closed
    assert [asked.headers["x-tenant"] for asked in server.asked] == ["7", "7"]
    assert [asked.headers["cookie"] for asked in server.asked] == ["c=1", "c=1"]
    assert {asked.path for asked in server.asked} == {"/files", "/health"}


def test_one_key_for_each_create(client, server):
    client.submit(TEXT, Sha)
    client.submit(TEXT, Sha)
    first, second = (asked.headers["idempotency-key"] for asked in server.asked)
    assert first != second


# --- many ---


def test_many_in_order_with_an_outcome_for_each(client, server, tmp_path: Path):
    inputs = [b"one", tmp_path / "missing.pdf", b"three", b""]
    outcomes = client.extract_many(inputs, Sha)
    assert [outcome.index for outcome in outcomes] == [0, 1, 2, 3]
    assert [outcome.ok for outcome in outcomes] == [True, False, True, False]
    assert outcomes[1].name == str(tmp_path / "missing.pdf")
    with pytest.raises(SourceError, match="no such file"):
        outcomes[1].unwrap()
    assert outcomes[2].unwrap().value.sha256 == outcomes[2].value.source.content_hash
    assert outcomes[0].task_id == outcomes[0].value.task_id


def test_many_as_they_finish(client, server):
    outcomes = client.extract_many((b"document %d" % n for n in range(30)), Sha, ordered=False, max_concurrency=4)
    assert sorted(outcome.index for outcome in outcomes) == list(range(30))
    assert len(server.tasks) == 30


def test_many_are_bounded_and_inputs_are_taken_no_further_ahead(kind):
    taken, running, most, lock = [], 0, 0, threading.Lock()
    server = FakeChunkr(polls=3)

    def counting(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        with lock:
            if request.method == "POST":
                running += 1
                most = max(most, running)
        response = server(request)
        with lock:
            if request.method == "GET" and response.json()["completed"]:
                running -= 1
        return response

    def inputs():
        for number in range(40):
            taken.append(number)
            yield b"document %d" % number

    client = Both(kind, counting, max_concurrency=3)
    outcomes = client.extract_many(inputs(), Sha, max_concurrency=8)
    assert len(outcomes) == 40
    assert most == 3


def test_taking_few_outcomes_takes_few_inputs(server):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield b"document %d" % len(taken)

    with Client(
        http=httpx.Client(transport=server.transport), base_url="http://chunkr.test", rate_limit=1e6, polling=QUICK
    ) as client:
        outcomes = client.extract_many(endless(), Sha, max_concurrency=2)
        first = [next(outcomes) for _ in range(3)]
        outcomes.close()
    assert [outcome.ok for outcome in first] == [True] * 3
    assert len(taken) <= 3 + 2 * 4


# --- the OpenAPI document ---


def openapi() -> dict:
    root = Path(__file__).resolve().parents[2]
    path = Path(os.environ.get("CHUNKR_SPEC") or root.parent / "shared" / "spec" / "chunkr-extract-openapi.yaml")
    if path.is_dir():
        path /= "chunkr-extract-openapi.yaml"
    if not path.exists():
        pytest.skip(f"there is no OpenAPI document at {path}; CHUNKR_SPEC names one")
    return yaml.safe_load(path.read_text())


def test_requests_are_what_the_openapi_document_asks_for(client, server, tmp_path: Path):
    document = openapi()
    schema = {"$ref": "#/components/schemas/CreateExtractForm", "components": document["components"]}
    validator = Draft202012Validator(schema)
    configuration = ParseConfiguration(
        chunk_processing=ChunkProcessing(target_length=0, tokenizer="Qwen/Qwen-tokenizer"),
        segment_processing=SegmentProcessing(page_header=GenerationConfig(strategy=GenerationStrategy.IGNORE)),
    )
    cl100k = {
        "chunk_processing": {"tokenizer": Tokenizer.CL100K_BASE},
        "ocr_strategy": "Auto",
        "segmentation_strategy": "Page",
    }
    client.submit(TEXT, Sha, file_name="a.txt", system_prompt="Read.", parse_configuration=configuration, expires_in=60)
    client.submit("https://example.com/a.pdf", Sha, parse_configuration=cl100k)
    client.submit("ch://files/f-1", {"type": "object", "properties": {"a": {"type": "string"}}})
    (tmp_path / "a.txt").write_bytes(b"x" * 600_000)
    client.submit(tmp_path / "a.txt", Sha)
    bodies = [asked.body for asked in server.asked if asked.path == "/tasks/extract"]
    assert len(bodies) == 4
    for body in bodies:
        validator.validate(body)
    assert bodies[0]["parse_configuration"]["segment_processing"] == {"PageHeader": {"strategy": "Ignore"}}
    assert bodies[0]["parse_configuration"]["chunk_processing"]["tokenizer"] == {"String": "Qwen/Qwen-tokenizer"}
    assert bodies[1]["parse_configuration"]["chunk_processing"]["tokenizer"] == {"Enum": "Cl100kBase"}
    assert list(document["paths"]) == ["/tasks/extract"]
