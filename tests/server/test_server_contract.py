"""What goes over the wire: sample exchanges, the vendor's OpenAPI document, and the one served here."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from served import ORDER, SCHEMA, TEXT, ended, extract_form, inline, served

from chunkr_integrations.engine import Engine
from chunkr_integrations.server import create_app
from chunkr_integrations.server._openapi import openapi

SAMPLES = Path(__file__).parent.parent / "samples" / "server"
KEY = "lu_sample"
_STANDS_FOR = {
    "<uuid>": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "<time>": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "<link>": re.compile(r"http://server/links/tasks/[0-9a-f-]{36}\?until=\d+&signature=[0-9a-f]{64}"),
    "<version>": re.compile(re.escape(Engine().version)),
    "OK - <version>": re.compile(re.escape(f"OK - {Engine().version}")),
}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(keys=[KEY]), authorization=KEY) as client:
        yield client


def check_like(found: Any, sample: Any, path: str = "$") -> None:
    """`found` is `sample`, with its placeholders filled in; no key more, no key less."""
    if sample == "<any>":
        return
    if sample == "<number>":
        assert isinstance(found, (int, float)), path
    elif isinstance(sample, str) and sample in _STANDS_FOR:
        assert _STANDS_FOR[sample].fullmatch(found), f"{path}: {found!r}"
    elif isinstance(sample, dict):
        assert set(found) == set(sample), path
        for key, value in sample.items():
            check_like(found[key], value, f"{path}.{key}")
    elif isinstance(sample, list):
        assert len(found) == len(sample), path
        for index, value in enumerate(sample):
            check_like(found[index], value, f"{path}[{index}]")
    else:
        assert found == sample, path


def read_sample(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


async def send(http: httpx.AsyncClient, request: dict[str, Any], prefix: str, **names: str) -> httpx.Response:
    path = prefix + request["path"].format(**names)
    return await http.request(request["method"], path, json=request.get("json"), headers=request.get("headers"))


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*.json")), ids=lambda path: f"{path.parent.name}-{path.stem}")
async def test_a_sample_exchange(http: httpx.AsyncClient, path: Path, prefix: str) -> None:
    """Status, content type and body of an answer, to the last key, under both prefixes."""
    sample, names = read_sample(path), {}
    if "prepare" in sample:
        created = await send(http, sample["prepare"], prefix)
        names = {"task_id": created.json()["task_id"]}
        await ended(http, names["task_id"])
    answer = await send(http, sample["request"], prefix, **names)
    wanted = sample["response"]
    assert (answer.status_code, answer.headers["content-type"]) == (wanted["status"], wanted["content_type"])
    assert path.stem == str(wanted["status"])
    check_like(
        answer.json() if "json" in wanted else answer.text, wanted["json"] if "json" in wanted else wanted["text"]
    )


def validator(document: dict[str, Any], name: str) -> jsonschema.Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


async def all_answers(http: httpx.AsyncClient) -> list[tuple[str, Any]]:
    """One answer of each kind, with the name of its schema."""
    uploaded = (await http.post("/files", files={"file": ("order.pdf", ORDER.read_bytes())})).json()
    created = (await http.post("/tasks/extract", json={"file": uploaded["url"], "schema": SCHEMA})).json()
    task = await ended(http, created["task_id"])
    failed = await http.post("/tasks/extract", json=extract_form(b"%PDF-1.7 cut", expires_in=600))
    found: list[tuple[str, Any]] = [
        ("ExtractTaskResponse", created),
        ("ExtractTaskResponse", task),
        ("ExtractTaskResponse", await ended(http, failed.json()["task_id"])),
        ("TaskResponse", task),
        ("File", uploaded),
    ]
    for name, path in (
        ("ParseTaskResponse", f"/tasks/{task['parse_task_id']}/parse"),
        ("ParseTaskResponse", f"/tasks/{task['parse_task_id']}/parse?include_chunks=false&base64_urls=true"),
        ("TaskResponse", f"/tasks/{task['parse_task_id']}"),
        ("TasksListResponse", "/tasks?limit=1"),
        ("TasksListResponse", "/tasks?include_chunks=true"),
        ("FilesListResponse", "/files"),
        ("File", f"/files/{uploaded['file_id']}"),
        ("FileUrl", f"/files/{uploaded['file_id']}/url"),
        ("FileUrl", f"/files/{uploaded['file_id']}/url?base64_urls=true"),
        ("FileTypes", "/file-types"),
    ):
        answer = await http.get(path)
        assert answer.status_code == 200, answer.text
        found.append((name, answer.json()))
    found.append(("Delete", (await http.delete(f"/files/{uploaded['file_id']}")).json()))
    return found


async def test_every_answer_is_as_the_served_document_says(http: httpx.AsyncClient) -> None:
    """Each of our schemas that is an answer validates it; and no answer has a property the document does not name."""
    document = (await http.get("/docs/openapi.json")).json()
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for name, answer in await all_answers(http):
        validator(document, name).validate(answer)
        assert set(answer) <= set(document["components"]["schemas"][name]["properties"]), name


async def test_every_extract_answer_is_as_the_vendors_document_says(
    http: httpx.AsyncClient, vendor_spec: dict[str, Any]
) -> None:
    for name, answer in await all_answers(http):
        if name in vendor_spec["components"]["schemas"]:
            validator(vendor_spec, name).validate(answer)


FORMS = [
    extract_form(),
    extract_form(system_prompt=None, parse_configuration=None, expires_in=None, file_name=None),
    extract_form(system_prompt="", parse_configuration={}, expires_in=1, file_name="a.txt"),
    extract_form(
        parse_configuration={
            "chunk_processing": {"ignore_headers_and_footers": None, "target_length": 0, "tokenizer": {"Enum": "Word"}},
            "error_handling": "Continue",
            "ocr_strategy": "Auto",
            "pipeline": "Azure",
            "segment_processing": {
                "Table": {"format": "Html", "strategy": "Auto", "crop_image": "All", "description": False},
                "Page": None,
            },
            "segmentation_strategy": "Page",
        }
    ),
    extract_form(
        parse_configuration={"chunk_processing": {"tokenizer": {"String": "a/b"}}, "error_handling": "Continue"}
    ),
    extract_form(parse_configuration={"chunk_processing": {"tokenizer": "Word"}}),
    extract_form(more=1),
    {"file": 1, "schema": SCHEMA},
    {"file": inline(TEXT)},
    {"schema": SCHEMA},
    extract_form(schema=[]),
    extract_form(parse_configuration={"ocr_strategy": "None"}),
    extract_form(parse_configuration={"chunk_processing": {"target_length": -1}}),
    extract_form(parse_configuration={"segment_processing": {"Table": {"format": "Pdf"}}}),
    extract_form(expires_in="5"),
    extract_form(file_name=5),
]


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
async def test_what_the_vendors_document_allows_is_accepted_and_nothing_else(
    http: httpx.AsyncClient, form: dict[str, Any], vendor_spec: dict[str, Any]
) -> None:
    """One request is more than the document has: the bare name of a tokenizer, which stands there as a default."""
    is_allowed = validator(vendor_spec, "CreateExtractForm").is_valid(form)
    is_bare_name = form.get("parse_configuration") == {"chunk_processing": {"tokenizer": "Word"}}
    answer = await http.post("/tasks/extract", json=form)
    assert answer.status_code == (200 if is_allowed or is_bare_name else 400), answer.text
    if answer.status_code == 200:
        validator(vendor_spec, "ExtractTaskResponse").validate(answer.json())


def flat(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and those it refers to at the same place."""
    if "$ref" in schema:
        yield from flat(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    yield schema
    for keyword in ("allOf", "oneOf", "anyOf"):
        for inner in schema.get(keyword, []):
            yield from flat(document, inner)


def meaning(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What a schema allows, however it is written: types, choices, required and known properties."""
    parts = list(flat(document, schema))
    types = {kind for part in parts if (kind := part.get("type")) and isinstance(kind, str)}
    types |= {kind for part in parts if isinstance(part.get("type"), list) for kind in part["type"]}
    return {
        "types": types,
        "choices": {choice for part in parts for choice in part.get("enum", [])},
        "required": {name for part in parts for name in part.get("required", [])},
        "properties": {name for part in parts for name in part.get("properties", {})},
        "formats": {part["format"] for part in parts if "format" in part},
        "deprecated": any(part.get("deprecated") for part in parts[:2]),
    }


def test_the_served_document_says_what_the_vendors_says(vendor_spec: dict[str, Any]) -> None:
    """Each schema that both define allows the same, property by property; each route has the same statuses."""
    ours = openapi("http://server", "1")
    theirs = vendor_spec["components"]["schemas"]
    assert set(theirs) <= set(ours["components"]["schemas"])
    for name, schema in theirs.items():
        mine = ours["components"]["schemas"][name]
        assert meaning(ours, mine) == meaning(vendor_spec, schema), name
        for part in (part for part in flat(vendor_spec, schema) if "properties" in part):
            for key, value in part["properties"].items():
                mine_too = [p["properties"][key] for p in flat(ours, mine) if key in p.get("properties", {})]
                assert meaning(ours, mine_too[0]) == meaning(vendor_spec, value), f"{name}.{key}"
    post = vendor_spec["paths"]["/tasks/extract"]["post"]
    mine = ours["paths"]["/tasks/extract"]["post"]
    assert mine["operationId"] == post["operationId"]
    assert mine["security"] == post["security"]
    assert ours["components"]["securitySchemes"] == vendor_spec["components"]["securitySchemes"]
    assert {status: sorted(answer["content"]) for status, answer in mine["responses"].items()} == {
        status: sorted(answer["content"]) for status, answer in post["responses"].items()
    }
    assert mine["responses"]["200"]["content"] == post["responses"]["200"]["content"]
    assert mine["requestBody"]["content"] == post["requestBody"]["content"]


async def test_every_documented_route_is_there(http: httpx.AsyncClient) -> None:
    """Under both prefixes, with its methods; a foreign method is refused."""
    document = (await http.get("/docs/openapi.json")).json()
    for path, methods in document["paths"].items():
        for prefix in ("", "/api/v1"):
            url = prefix + re.sub(r"\{\w+\}", "0", path)
            assert (await http.patch(url)).status_code == 405, url
            for method in methods:
                answer = await http.request(method, url)
                assert answer.status_code != 405, (method, url)
                assert not (answer.status_code == 404 and answer.text == "Not Found"), (method, url)
