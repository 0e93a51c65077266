"""Tasks: created, answered, listed, cancelled, deleted, expired; and what a request that cannot be done gets."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from served import ORDER, SCHEMA, TEXT, ScriptedEngine, ended, extract_form, extracted, inline, served, until

from chunkr_integrations.engine import Engine
from chunkr_integrations.server import Limits, create_app


@pytest.fixture
def engine(tmp_path: Path) -> ScriptedEngine:
    return ScriptedEngine(tmp_path / "parses")


@pytest.fixture
async def http(engine: ScriptedEngine, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(engine=engine, data_dir=tmp_path / "data")) as client:
        yield client


def check(instance: Any, name: str, spec: dict[str, Any]) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": spec["components"]}
    formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=formats).validate(instance)


async def test_an_answer_is_the_contracts_from_start_to_end(
    http: httpx.AsyncClient, vendor_spec: dict[str, Any], tmp_path: Path
) -> None:
    """Starting, Processing, Succeeded and Failed: every answer validates against the vendor's OpenAPI document."""
    gate = tmp_path / "gate"
    first = await http.post("/tasks/extract", json=extract_form(f"do wait {gate}\n".encode() + TEXT))
    second = await http.post("/tasks/extract", json=extract_form(b"do refuse\n", system_prompt=None, expires_in=60))
    assert first.headers["content-type"] == "application/json"
    for answer in (first, second):
        check(answer.json(), "ExtractTaskResponse", vendor_spec)
        assert answer.json()["status"] == "Starting"
        assert not answer.json()["completed"]
    parse = await until(http, first.json()["parse_task_id"], lambda task: task["status"] == "Processing")
    assert parse["started_at"]
    gate.touch()
    for answer, status in ((first, "Succeeded"), (second, "Failed")):
        task = await ended(http, answer.json()["task_id"])
        check(task, "ExtractTaskResponse", vendor_spec)
        assert (task["status"], task["completed"]) == (status, True)
        assert task["created_at"] <= task["finished_at"]
    assert task["message"] == "This document is not to my taste. Send another."
    assert task["output"] is None


async def test_the_values_come_with_citations_and_metrics(http: httpx.AsyncClient) -> None:
    task = await extracted(http, ORDER.read_bytes(), file_name="order.pdf")
    output = task["output"]
    assert output["results"] == {"order_number": "PO-7781", "total": 118}
    assert output["citations"]["order_number"][0]["content"] == "PO-7781"
    assert output["metrics"]["order_number"]["confidence"] in {"High", "Low"}
    assert task["file_info"]["name"] == "order.pdf"
    assert task["file_info"]["mime_type"] == "application/pdf"
    assert task["file_info"]["page_count"] == 1
    assert task["version_info"] == {"server_version": Engine().version, "client_version": "Unspecified"}


async def test_the_configuration_is_echoed_as_it_came(http: httpx.AsyncClient) -> None:
    schema = {"properties": {"ß": {"type": ["string", "null"], "x-mine": 1.5}}, "type": "object", "$comment": "\u2028"}
    asked = {"ocr_strategy": "Auto", "segment_processing": {"Table": {"format": "Html"}}, "my_own": 3}
    task = await extracted(http, schema=schema, system_prompt="Read.", parse_configuration=asked)
    assert task["configuration"] == {"schema": schema, "system_prompt": "Read.", "parse_configuration": asked}


async def test_both_prefixes_and_every_way_to_ask_for_a_task_agree(http: httpx.AsyncClient) -> None:
    task = await extracted(http)
    paths = [f"{prefix}/tasks/{task['task_id']}{end}" for prefix in ("", "/api/v1") for end in ("", "/extract")]
    for path in paths:
        found = (await http.get(path)).json()
        assert found["output"] == task["output"]
    assert (await http.get(f"/tasks/{task['task_id']}/parse")).status_code == 404


@pytest.mark.parametrize(
    "file",
    [inline(TEXT), f"data:text/plain;base64,{inline(TEXT)}", f"data:;base64,{inline(TEXT)}", f" {inline(TEXT)}\n"],
)
async def test_a_document_comes_as_base64_or_data_uri(http: httpx.AsyncClient, file: str) -> None:
    created = await http.post("/tasks/extract", json={"file": file, "schema": SCHEMA})
    task = await ended(http, created.json()["task_id"])
    assert task["output"]["results"]["order_number"] == "PO-7781"
    assert task["file_info"]["name"]


async def test_base64_urls_puts_the_document_into_the_answer(http: httpx.AsyncClient) -> None:
    task = await extracted(http, ORDER.read_bytes())
    answer = await http.get(f"/tasks/{task['task_id']}/extract", params={"base64_urls": "true"})
    head, _, data = answer.json()["file_info"]["url"].partition(",")
    assert head == "data:application/pdf;base64"
    assert base64.b64decode(data) == ORDER.read_bytes()


async def test_the_documents_link_works_and_does_not_show_it_in_a_browser(http: httpx.AsyncClient) -> None:
    page = b"<html><script>alert(1)</script><p>Order number: PO-7781</p></html>"
    task = await extracted(http, page, file_name='a"\u202e/../x.html')
    answer = await http.get(task["file_info"]["url"])
    assert answer.content == page
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_second_schema_uses_the_parse_there_is(http: httpx.AsyncClient, engine: ScriptedEngine) -> None:
    first = await extracted(http)
    other = {"type": "object", "properties": {"total": {"type": "number"}}}
    created = await http.post("/tasks/extract", json={"file": first["parse_task_id"], "schema": other})
    second = await ended(http, created.json()["task_id"])
    assert second["output"]["results"] == {"total": 118}
    assert second["parse_task_id"] == first["parse_task_id"]
    assert second["file_info"]["name"] == first["file_info"]["name"]
    assert len(engine.parses()) == 1


async def test_the_same_document_is_read_once(http: httpx.AsyncClient, engine: ScriptedEngine) -> None:
    """The same content, name and configuration: the reading is reused; with another configuration it is not."""
    first, second = await extracted(http, file_name="a.txt"), await extracted(http, file_name="a.txt")
    assert first["output"] == second["output"]
    assert first["parse_task_id"] != second["parse_task_id"]
    assert len(engine.parses()) == 1
    await extracted(http, file_name="a.txt", parse_configuration={"segmentation_strategy": "Page"})
    assert len(engine.parses()) == 2


async def test_an_extract_waits_for_its_parse(http: httpx.AsyncClient, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    document = f"do wait {gate}\n".encode() + TEXT
    parse = (await http.post("/tasks/parse", json={"file": inline(document)})).json()
    created = await http.post("/tasks/extract", json={"file": parse["task_id"], "schema": SCHEMA})
    assert created.json()["status"] == "Starting"
    gate.touch()
    assert (await ended(http, created.json()["task_id"]))["output"]["results"]["order_number"] == "PO-7781"


@pytest.mark.parametrize("is_over", [True, False], ids=["before", "while it waits"])
async def test_an_extract_fails_with_the_message_of_its_parse(
    http: httpx.AsyncClient, tmp_path: Path, is_over: bool
) -> None:
    gate = tmp_path / "gate"
    await http.post("/tasks/parse", json={"file": inline(f"do wait {gate}\n".encode())})
    parse = (await http.post("/tasks/parse", json={"file": inline(b"do refuse\n")})).json()
    if is_over:
        gate.touch()
        await ended(http, parse["task_id"])
    created = await http.post("/tasks/extract", json={"file": parse["task_id"], "schema": SCHEMA})
    gate.touch()
    task = await ended(http, created.json()["task_id"])
    assert (task["status"], task["message"]) == ("Failed", "This document is not to my taste. Send another.")


async def test_a_fault_is_an_internal_error_and_shows_nothing(http: httpx.AsyncClient) -> None:
    task = await extracted(http, b"do break\n")
    assert task["status"] == "Failed"
    assert "RuntimeError" in task["message"]
    assert "secret" not in task["message"]
    assert (await extracted(http))["status"] == "Succeeded"


async def test_a_parse_gives_segments_in_chunks(http: httpx.AsyncClient) -> None:
    created = await http.post("/tasks/parse", json={"file": inline(ORDER.read_bytes()), "file_name": "order.pdf"})
    assert created.json()["task_type"] == "Parse"
    await ended(http, created.json()["task_id"])
    task = (await http.get(f"/tasks/{created.json()['task_id']}/parse")).json()
    (chunk,) = task["output"]["chunks"]
    assert "PO-7781" in chunk["content"]
    assert chunk["chunk_length"] == sum(len(segment["text"].split()) for segment in chunk["segments"])
    (page,) = task["output"]["pages"]
    assert (page["page_number"], page["page_width"], page["page_height"]) == (1, 612, 792)
    bare = await http.get(f"/tasks/{task['task_id']}/parse", params={"include_chunks": "false"})
    assert bare.json()["output"] is None


async def test_a_target_length_of_zero_makes_a_chunk_of_each_segment(http: httpx.AsyncClient) -> None:
    form = {"file": inline(b"One.\n\nTwo two.\n\nThree.\n"), "chunk_processing": {"target_length": 0}}
    created = (await http.post("/tasks/parse", json=form)).json()
    assert created["configuration"] == {"chunk_processing": {"target_length": 0}}
    task = await ended(http, created["task_id"])
    assert [len(chunk["segments"]) for chunk in task["output"]["chunks"]] == [1, 1, 1]


async def test_a_list_is_paged_newest_first(http: httpx.AsyncClient) -> None:
    tasks = [await extracted(http, b"Number %d" % number) for number in range(5)]
    found, cursor = [], None
    for spelling in (str, lambda text: text.replace("T", " ").replace("Z", "+00:00"), str):
        query = {"limit": 2, "task_types": "Extract", **({"cursor": spelling(cursor)} if cursor else {})}
        page = (await http.get("/tasks", params=query)).json()
        found += [task["task_id"] for task in page["tasks"]]
        cursor = page["next_cursor"]
        assert page["has_more"] == (len(found) < 5)
    assert cursor is None
    assert found == [task["task_id"] for task in reversed(tasks)]
    ascending = (await http.get("/tasks", params={"sort": "asc", "task_types": "Extract"})).json()["tasks"]
    assert [task["task_id"] for task in ascending] == list(reversed(found))


async def test_a_list_is_narrowed(http: httpx.AsyncClient) -> None:
    good, bad = await extracted(http), await extracted(http, b"do refuse\n")

    async def listed(**query: str) -> set[str]:
        answer = await http.get("/tasks", params=query)
        assert answer.status_code == 200, answer.text
        return {task["task_id"] for task in answer.json()["tasks"]}

    assert await listed(statuses="Failed", task_types="Extract") == {bad["task_id"]}
    assert await listed(statuses="Failed,Succeeded", task_types="Extract") == {good["task_id"], bad["task_id"]}
    assert await listed(task_types="Parse") == {good["parse_task_id"], bad["parse_task_id"]}
    assert good["task_id"] in await listed(start=good["created_at"], end=good["created_at"])
    assert bad["task_id"] not in await listed(end=good["created_at"])
    assert good["task_id"] not in await listed(start=bad["created_at"])


async def test_a_list_leaves_outputs_out_unless_asked(http: httpx.AsyncClient) -> None:
    task = await extracted(http)
    for query, expected in (({}, None), ({"include_chunks": "true"}, task["output"])):
        (found,) = (await http.get("/tasks", params={"task_types": "Extract", **query})).json()["tasks"]
        assert found["output"] == expected
    (found,) = (await http.get("/tasks", params={"task_types": "Extract", "base64_urls": "true"})).json()["tasks"]
    assert found["file_info"]["url"].startswith("data:text/plain;base64,")


async def test_only_a_task_that_has_not_begun_is_cancelled(http: httpx.AsyncClient, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    for number in range(2):  # as many as there are workers
        busy = (await http.post("/tasks/parse", json={"file": inline(f"do wait {gate}\n{number}".encode())})).json()
        await until(http, busy["task_id"], lambda task: task["status"] == "Processing")
    waiting = (await http.post("/tasks/extract", json=extract_form())).json()
    refused = await http.get(f"/tasks/{busy['task_id']}/cancel")
    assert (refused.status_code, "cannot be cancelled" in refused.text) == (400, True)
    done = await http.get(f"/tasks/{waiting['task_id']}/cancel")
    assert (done.status_code, done.text) == (200, "Task cancelled")
    assert (await http.delete(f"/tasks/{busy['task_id']}")).status_code == 400
    gate.touch()
    await ended(http, busy["task_id"])
    task = await ended(http, waiting["task_id"])
    assert (task["status"], task["output"]) == ("Cancelled", None)
    assert (await http.get(f"/tasks/{waiting['task_id']}/cancel")).status_code == 400


async def test_a_deleted_task_is_gone_with_its_document(http: httpx.AsyncClient, tmp_path: Path) -> None:
    task = await extracted(http)
    for task_id in (task["task_id"], task["parse_task_id"]):
        gone = await http.delete(f"/tasks/{task_id}")
        assert (gone.status_code, gone.text) == (200, "Task deleted")
        for path in (f"/tasks/{task_id}", f"/tasks/{task_id}/extract", f"/tasks/{task_id}/cancel"):
            answer = await http.get(path)
            assert (answer.status_code, answer.text) == (404, "Task not found")
            assert answer.headers["content-type"].startswith("text/plain")
    left = [path for path in (tmp_path / "data").rglob("*") if path.is_file() and TEXT in path.read_bytes()]
    assert [path for path in left if "sqlite" not in path.name] == []


async def test_an_expired_task_is_not_found_and_removed(http: httpx.AsyncClient) -> None:
    task = (await http.post("/tasks/extract", json=extract_form(expires_in=1))).json()
    assert task["expires_at"]
    for _ in range(1000):
        if (await http.get(f"/tasks/{task['task_id']}")).status_code == 404:
            break
        await asyncio.sleep(0.01)
    assert (await http.get(f"/tasks/{task['task_id']}")).text == "Task not found"
    assert (await http.get("/tasks")).json()["tasks"] == []


async def test_the_same_idempotency_key_makes_one_task(http: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "stainless-python-retry-1"}
    answers = await asyncio.gather(
        *(http.post("/tasks/extract", json=extract_form(), headers=headers) for _ in range(5))
    )
    assert len({answer.json()["task_id"] for answer in answers}) == 1
    other = await http.post("/tasks/extract", json=extract_form(file_name="b.txt"), headers=headers)
    assert (other.status_code, "Idempotency-Key" in other.text) == (400, True)
    page = (await http.get("/tasks", params={"task_types": "Extract"})).json()
    assert len(page["tasks"]) == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"schema": SCHEMA}, "file"),
        ({"file": 3, "schema": SCHEMA}, "file"),
        ({"file": "", "schema": SCHEMA}, "file"),
        ({"file": inline(TEXT)}, "schema"),
        ({"file": inline(TEXT), "schema": []}, "schema"),
        ({"file": inline(TEXT), "schema": {"type": "nonsense"}}, "schema"),
        ({"file": inline(TEXT), "schema": {"properties": 1}}, "schema"),
        ({"file": "/etc/passwd", "schema": SCHEMA}, "Invalid base64 data"),
        ({"file": "no base64!", "schema": SCHEMA}, "Invalid base64 data"),
        ({"file": "data:text/plain,hello", "schema": SCHEMA}, "Invalid base64 data"),
        ({"file": "file:///etc/passwd", "schema": SCHEMA}, "Invalid base64 data"),
        ({"file": inline(bytes(range(256)) * 8), "schema": SCHEMA}, "Unsupported file type"),
        ({"file": "5b0f3c1e-6a43-4f0e-9a57-0f5f3f0c9f10", "schema": SCHEMA}, "Task not found"),
        ({"file": "ch://files/5b0f3c1e-6a43-4f0e-9a57-0f5f3f0c9f10", "schema": SCHEMA}, "File not found"),
        ({"file": "ch://files/../../etc/passwd", "schema": SCHEMA}, "ile"),
        (extract_form(expires_in=0), "expires_in"),
        (extract_form(expires_in=2**31), "expires_in"),
        (extract_form(expires_in=True), "expires_in"),
        (extract_form(file_name=7), "file_name"),
        (extract_form(system_prompt=["a"]), "system_prompt"),
        (extract_form(parse_configuration="fast"), "parse_configuration"),
        (extract_form(parse_configuration={"ocr_strategy": "Never"}), "ocr_strategy"),
        (extract_form(parse_configuration={"chunk_processing": {"target_length": -1}}), "target_length"),
    ],
)
async def test_a_request_that_cannot_be_done_is_a_400_in_plain_text(
    http: httpx.AsyncClient, form: dict[str, Any], words: str
) -> None:
    answer = await http.post("/tasks/extract", json=form)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert words in answer.text
    assert (await http.get("/tasks")).json()["tasks"] == []


@pytest.mark.parametrize("option", [{"file_name": "a.pdf"}, {"parse_configuration": {"ocr_strategy": "Auto"}}])
async def test_options_that_a_parse_task_does_not_allow(http: httpx.AsyncClient, option: dict[str, Any]) -> None:
    parse = (await http.post("/tasks/parse", json={"file": inline(TEXT)})).json()
    answer = await http.post("/tasks/extract", json={"file": parse["task_id"], "schema": SCHEMA, **option})
    assert (answer.status_code, next(iter(option)) in answer.text) == (400, True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"a"',
        b"\xff",
        b'{"file": NaN}',
        b'{"a": 1e999}',
        b"[" * 100_000,
        b'{"file":"\\ud800","schema":{}}',
        b'{"file":"eA==","schema":{"minimum":NaN}}',
        b'{"file":"eA==","schema":{"minimum":1e999}}',
    ],
)
async def test_a_body_that_is_no_json_object_is_a_400(http: httpx.AsyncClient, body: bytes) -> None:
    for path in ("/tasks/extract", "/tasks/parse"):
        answer = await http.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(("levels", "status"), [(90, 200), (110, 400), (400, 400)])
async def test_a_schema_nested_too_deeply_is_a_400(http: httpx.AsyncClient, levels: int, status: int) -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):  # each is two levels of JSON
        schema = {"type": "object", "properties": {"a": schema}}
    answer = await http.post("/tasks/extract", content=json.dumps(extract_form(schema=schema)))
    assert answer.status_code == status
    assert status == 200 or "levels deep" in answer.text
    assert (await extracted(http))["status"] == "Succeeded"


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=x", "cursor=yesterday", "sort=up", "statuses=Done", "task_types=x", "start=1e9x"],
)
async def test_a_list_that_cannot_be_made_is_a_400(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"/tasks?{query}")
    assert (answer.status_code, query.partition("=")[0] in answer.text) == (400, True)


async def test_a_request_that_is_too_large_is_refused_while_it_arrives(tmp_path: Path) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1000
            yield b"x" * 1000

    async with served(create_app(data_dir=tmp_path, limits=Limits(request_bytes=10_000))) as http:
        answer = await http.post("/tasks/extract", content=body())
        assert (answer.status_code, "10,000" in answer.text) == (400, True)
        assert sent < 100_000


async def test_who_asked_is_in_the_version_info(http: httpx.AsyncClient) -> None:
    for headers, expected in (
        ({"X-Stainless-Package-Version": "0.1.0-alpha.15"}, {"GeneratedSdk": "0.1.0-alpha.15"}),
        ({"User-Agent": "chunkr-ai/0.3.7 (Python/3.11; OS/Linux)"}, {"ManualSdk": "0.3.7"}),
        ({"User-Agent": "curl/8"}, "Unspecified"),
    ):
        answer = await http.post("/tasks/extract", json=extract_form(), headers=headers)
        assert answer.json()["version_info"]["client_version"] == expected


async def test_what_is_there_without_tasks(http: httpx.AsyncClient) -> None:
    health = await http.get("/health")
    assert health.headers["content-type"].startswith("text/plain")
    assert Engine().version in health.text
    types = (await http.get("/api/v1/file-types")).json()
    assert set(types) == {"document", "image", "presentation", "spreadsheet", "text"}
    assert {"extension": "pdf", "mime_type": "application/pdf"} in types["document"]["formats"]
    assert (await http.get("/nowhere")).status_code == 404
    assert (await http.put("/tasks")).status_code == 405
