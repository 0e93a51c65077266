"""Keys: who is let in, and that nobody sees, or finds out about, what is another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from served import SCHEMA, TEXT, extract_form, extracted, inline, served

from chunkr_integrations.server import create_app

NOBODY = "5b0f3c1e-6a43-4f0e-9a57-0f5f3f0c9f10"


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(data_dir=tmp_path / "data", keys=["lu_one", "lu_two"])
    async with served(app, Authorization="lu_one") as client:
        yield client


TWO = {"Authorization": "lu_two"}


@pytest.mark.parametrize("value", ["lu_one", "lu_two", "Bearer lu_one", "bearer  lu_two"])
async def test_a_key_is_let_in_bare_or_as_bearer(http: httpx.AsyncClient, value: str) -> None:
    assert (await http.get("/tasks", headers={"Authorization": value})).status_code == 200


@pytest.mark.parametrize("value", ["", "lu_on", "lu_onee", "LU_ONE", "Bearer", "Basic lu_one", "lu_one,lu_two", "\xff"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/tasks/extract"),
        ("POST", "/tasks/parse"),
        ("GET", "/tasks"),
        ("GET", f"/tasks/{NOBODY}"),
        ("GET", f"/tasks/{NOBODY}/extract"),
        ("GET", f"/tasks/{NOBODY}/cancel"),
        ("DELETE", f"/tasks/{NOBODY}"),
        ("POST", "/files"),
        ("GET", "/files"),
        ("GET", f"/files/{NOBODY}/content"),
        ("DELETE", f"/files/{NOBODY}"),
    ],
)
async def test_another_value_is_a_401_everywhere(http: httpx.AsyncClient, value: str, method: str, path: str) -> None:
    answer = await http.request(method, path, headers={"Authorization": value.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/plain")
    assert "lu_" not in answer.text


async def test_a_missing_header_is_a_401(http: httpx.AsyncClient) -> None:
    del http.headers["authorization"]
    answer = await http.post("/tasks/extract", json=extract_form())
    assert (answer.status_code, answer.text) == (401, "Authorization header is missing")


@pytest.mark.parametrize("path", ["/health", "/api/v1/health", "/file-types"])
async def test_health_and_file_types_need_no_key(http: httpx.AsyncClient, path: str) -> None:
    del http.headers["authorization"]
    assert (await http.get(path)).status_code == 200


async def test_another_keys_task_is_not_found(http: httpx.AsyncClient) -> None:
    """In the very words that a task gets which nobody has."""
    task = await extracted(http)
    for end in ("", "/extract", "/cancel", "/file"):
        answer = await http.get(f"/tasks/{task['task_id']}{end}", headers=TWO)
        unknown = await http.get(f"/tasks/{NOBODY}{end}", headers=TWO)
        assert (answer.status_code, answer.text) == (unknown.status_code, unknown.text)
        assert answer.status_code == 404
    assert (await http.delete(f"/tasks/{task['task_id']}", headers=TWO)).status_code == 404
    assert (await http.get("/tasks", headers=TWO)).json()["tasks"] == []
    form = {"file": task["parse_task_id"], "schema": SCHEMA}
    reused = await http.post("/tasks/extract", json=form, headers=TWO)
    assert (reused.status_code, "not found" in reused.text) == (400, True)
    assert (await http.get(f"/tasks/{task['task_id']}")).status_code == 200


async def test_another_keys_file_is_a_401(http: httpx.AsyncClient) -> None:
    file = (await http.post("/files", files={"file": ("a.txt", TEXT)})).json()
    for end in ("", "/url", "/content"):
        answer = await http.get(f"/files/{file['file_id']}{end}", headers=TWO)
        unknown = await http.get(f"/files/{NOBODY}{end}", headers=TWO)
        assert (answer.status_code, answer.text) == (unknown.status_code, unknown.text) == (401, answer.text)
    assert (await http.delete(f"/files/{file['file_id']}", headers=TWO)).status_code == 401
    assert (await http.get("/files", headers=TWO)).json()["files"] == []
    used = await http.post("/tasks/extract", json={"file": file["url"], "schema": SCHEMA}, headers=TWO)
    assert used.status_code in {400, 401}
    assert (await http.get(f"/files/{file['file_id']}/content")).content == TEXT


async def test_an_idempotency_key_is_the_keys_own(http: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k"}
    one = (await http.post("/tasks/extract", json=extract_form(), headers=headers)).json()
    two = (await http.post("/tasks/extract", json=extract_form(), headers={**headers, **TWO})).json()
    assert one["task_id"] != two["task_id"]


async def test_a_link_opens_what_it_was_made_for_and_nothing_else(http: httpx.AsyncClient) -> None:
    first, second = [
        (await http.post("/files", files={"file": ("a.txt", text)})).json()["file_id"] for text in (TEXT, b"other")
    ]
    link = httpx.URL((await http.get(f"/files/{first}/url")).json()["url"])
    del http.headers["authorization"]
    assert (await http.get(link)).content == TEXT
    assert (await http.get(str(link).replace(first, second))).status_code == 401
    for name, value in link.params.items():
        changed = f"{value}1" if name != "expires" else str(int(value) + 1)
        assert (await http.get(link.copy_set_param(name, changed))).status_code == 401
        assert (await http.get(link.copy_remove_param(name))).status_code == 401


async def test_a_link_ends(http: httpx.AsyncClient) -> None:
    file = (await http.post("/files", files={"file": ("a.txt", TEXT)})).json()["file_id"]
    link = (await http.get(f"/files/{file}/url", params={"expires_in": 1})).json()["url"]
    del http.headers["authorization"]
    for _ in range(500):
        answer = await http.get(link)
        if answer.status_code == 401:
            break
        await asyncio.sleep(0.01)
    assert answer.status_code == 401


async def test_no_key_is_stored(http: httpx.AsyncClient, tmp_path: Path) -> None:
    await http.post("/tasks/parse", json={"file": inline(TEXT)})
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert b"lu_one" not in stored


@pytest.mark.parametrize("keys", [[""], ["lu_one", "  "]])
async def test_keys_that_cannot_be_meant_are_refused(keys: list[str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key"):
        async with served(create_app(keys=keys, data_dir=tmp_path / "data")):
            pass
