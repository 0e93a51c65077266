"""The endpoints of the contract, one after the other under both prefixes: status, media type and body of each."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from served import ORDER, SCHEMA, TEXT, ScriptedEngine, ended, extract_form, inline, served

from chunkr_integrations.server import create_app

KEYS = ["lu_mine", "lu_theirs"]
THEIRS = {"Authorization": "lu_theirs"}
UNKNOWN = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "gate"


@pytest.fixture
async def http(tmp_path: Path, gate: Path) -> AsyncIterator[httpx.AsyncClient]:
    engine = ScriptedEngine(tmp_path / "log")
    async with served(create_app(engine=engine, keys=KEYS, workers=1), authorization="lu_mine") as client:
        yield client
        gate.touch()  # noqa: ASYNC240 - an empty file


def said(answer: httpx.Response, status: int, kind: str) -> None:
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, kind), answer.text


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_tasks(http: httpx.AsyncClient, gate: Path, prefix: str) -> None:
    """Rows 1 to 6 and 16."""
    held = await http.post(f"{prefix}/tasks/parse", json={"file": inline(f"do wait {gate}\n".encode())})
    said(held, 200, "application/json")
    created = await http.post(f"{prefix}/tasks/extract", json=extract_form())
    said(created, 200, "application/json")
    task = created.json()
    assert (task["status"], task["completed"], task["task_type"]) == ("Starting", False, "Extract")
    own, parse = f"{prefix}/tasks/{task['task_id']}", f"{prefix}/tasks/{task['parse_task_id']}"

    for wrong, status, text in (
        (await http.delete(own), 400, "Task cannot be deleted: it is Starting"),
        (await http.get(f"{prefix}/tasks/{UNKNOWN}/cancel"), 404, "Task not found"),
        (await http.get(f"{own}/cancel", headers=THEIRS), 404, "Task not found"),
        (await http.get(own, headers=THEIRS), 404, "Task not found"),
        (await http.get(f"{parse}/extract"), 404, "Task not found"),
        (await http.get(f"{own}/parse"), 404, "Task not found"),
        (await http.post(f"{prefix}/tasks/extract", json={"file": "x"}), 400, "Invalid request"),
        (await http.post(f"{prefix}/tasks/parse", content=b"no json"), 400, "Invalid request"),
        (await http.post(f"{prefix}/tasks/extract", json={"file": "\x00", "schema": {}}), 400, "Invalid base64 data"),
    ):
        said(wrong, status, "text/plain")
        assert wrong.text.startswith(text)

    cancelled = await http.post(f"{prefix}/tasks/extract", json=extract_form())
    answer = await http.get(f"{prefix}/tasks/{cancelled.json()['task_id']}/cancel")
    said(answer, 200, "text/plain")
    assert answer.text == "Task cancelled"
    assert (await http.get(f"{prefix}/tasks/{cancelled.json()['task_id']}")).json()["status"] == "Cancelled"

    gate.touch()  # noqa: ASYNC240 - an empty file
    done = await ended(http, task["task_id"])
    for url in (own, f"{own}/extract"):
        answer = await http.get(url)
        said(answer, 200, "application/json")
        assert answer.json()["output"]["results"] == {"order_number": "PO-7781", "total": 118}
    for url in (parse, f"{parse}/parse"):
        answer = await http.get(url, params={"include_chunks": "true"})
        said(answer, 200, "application/json")
        assert answer.json()["output"]["chunks"][0]["segments"]
        assert (await http.get(url, params={"include_chunks": "false"})).json()["output"] is None
    for value in ("true", "false"):  # an extraction has no chunks to leave out
        answer = await http.get(f"{own}/extract", params={"include_chunks": value})
        assert answer.json()["output"] == done["output"]
    again = await http.get(own, params={"base64_urls": "true"})
    assert base64.b64decode(again.json()["file_info"]["url"].partition(",")[2]) == TEXT

    page = await http.get(f"{prefix}/tasks", params={"task_types": "Extract", "statuses": "Succeeded,Failed"})
    said(page, 200, "application/json")
    assert [each["task_id"] for each in page.json()["tasks"]] == [task["task_id"]]
    assert (page.json()["has_more"], page.json()["next_cursor"]) == (False, None)
    said(await http.get(f"{prefix}/tasks", params={"cursor": "soon"}), 400, "text/plain")

    said(await http.get(f"{own}/cancel"), 400, "text/plain")
    answer = await http.delete(own)
    said(answer, 200, "text/plain")
    assert answer.text == "Task deleted"
    for url in (own, f"{own}/extract", f"{own}/cancel"):
        said(await http.get(url), 404, "text/plain")
    said(await http.delete(own), 404, "text/plain")


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_files(http: httpx.AsyncClient, prefix: str) -> None:
    """Rows 7 to 12; a foreign file is a 401 in each of them."""
    content = ORDER.read_bytes()
    made = await http.post(
        f"{prefix}/files", data={"file_metadata": '{"a": 1}'}, files={"file": ("order.pdf", content, "application/pdf")}
    )
    said(made, 200, "application/json")
    file = made.json()
    assert (file["file_size"], file["metadata"], file["content_type"]) == (len(content), {"a": 1}, "application/pdf")
    assert file["url"] == f"ch://files/{file['file_id']}"
    own = f"{prefix}/files/{file['file_id']}"

    answer = await http.get(own)
    said(answer, 200, "application/json")
    assert answer.json() == file
    listed = await http.get(f"{prefix}/files", params={"limit": 1})
    said(listed, 200, "application/json")
    assert listed.json() == {"files": [file], "has_more": False, "next_cursor": None}
    link = await http.get(f"{own}/url")
    said(link, 200, "application/json")
    assert link.json()["expires_in"] == 3600
    assert (await http.get(f"{own}/url", params={"expires_in": 60})).json()["expires_in"] == 60
    followed = await http.get(link.json()["url"], headers={"Authorization": ""})
    said(followed, 200, "application/pdf")
    assert followed.content == content
    uri = (await http.get(f"{own}/url", params={"base64_urls": "true"})).json()["url"]
    assert uri == f"data:application/pdf;base64,{inline(content)}"
    raw = await http.get(f"{own}/content")
    said(raw, 200, "application/pdf")
    assert raw.content == content

    for method, url in (("GET", own), ("GET", f"{own}/url"), ("GET", f"{own}/content"), ("DELETE", own)):
        said(await http.request(method, url, headers=THEIRS), 401, "text/plain")
        said(await http.request(method, url.replace(file["file_id"], UNKNOWN)), 401, "text/plain")
    assert (await http.get(f"{prefix}/files", headers=THEIRS)).json()["files"] == []
    taken = await http.post(f"{prefix}/tasks/extract", json={"file": file["url"], "schema": SCHEMA}, headers=THEIRS)
    said(taken, 400, "text/plain")
    said(await http.post(f"{prefix}/files", content=b"no form"), 400, "text/plain")

    gone = await http.delete(own)
    said(gone, 200, "application/json")
    assert gone.json() == {"deleted": True}
    for url in (own, f"{own}/url", f"{own}/content", link.json()["url"]):
        said(await http.get(url), 401, "text/plain")


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_the_service(http: httpx.AsyncClient, prefix: str) -> None:
    """Rows 13 and 14, without a key; row 15 belongs to the vendor's dashboard and is not there."""
    nobody = {"Authorization": ""}
    health = await http.get(f"{prefix}/health", headers=nobody)
    said(health, 200, "text/plain")
    assert "chunkr-integrations" in health.text
    types = await http.get(f"{prefix}/file-types", headers=nobody)
    said(types, 200, "application/json")
    assert set(types.json()) == {"document", "image", "presentation", "spreadsheet", "text"}
    said(await http.get(f"{prefix}/webhook/url"), 404, "text/plain")


async def test_a_task_expires_with_all_it_had(http: httpx.AsyncClient) -> None:
    """`expires_in` goes for the implied parse task, too."""
    created = (await http.post("/tasks/extract", json=extract_form(expires_in=1))).json()
    await ended(http, created["task_id"])
    assert created["expires_at"] > created["created_at"]
    for task_id in (created["task_id"], created["parse_task_id"]):
        while (answer := await http.get(f"/tasks/{task_id}")).status_code == 200:
            pass
        said(answer, 404, "text/plain")
    assert (await http.get("/tasks")).json()["tasks"] == []
