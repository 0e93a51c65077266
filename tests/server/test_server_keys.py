"""Keys: who is let in, and that nobody sees, or finds out about, what is another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from served import TEXT, extract_form, served

from chunkr_integrations.server import create_app

NOBODY = "5b0f3c1e-6a43-4f0e-9a57-0f5f3f0c9f10"


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(data_dir=tmp_path / "data", keys=["lu_one", "lu_two"])
    async with served(app, Authorization="lu_one") as client:
        yield client


TWO = {"Authorization": "lu_two"}


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


@pytest.mark.parametrize("keys", [[""], ["lu_one", "  "]])
async def test_keys_that_cannot_be_meant_are_refused(keys: list[str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key"):
        async with served(create_app(keys=keys, data_dir=tmp_path / "data")):
            pass
