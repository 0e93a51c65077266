"""Who is let in: keys, links, and web pages where there are no keys; and what the log says of them."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import TEXT, extract_form, extracted, served

from chunkr_integrations.server import create_app
from chunkr_integrations.server._keys import Keys
from chunkr_integrations.server._links import Links
from chunkr_integrations.server._problems import Problem

KEYS = ["lu_one", "lu_two"]


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(keys=KEYS, data_dir=tmp_path)) as client:
        yield client


@pytest.mark.parametrize(
    "header", ["lu_one", "Bearer lu_one", "bearer  lu_one", " lu_one ", "lu_two", "bearer  lu_two"]
)
async def test_a_key_comes_bare_or_as_a_bearers(http: httpx.AsyncClient, header: str) -> None:
    assert (await http.get("/tasks", headers={"Authorization": header})).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/file-types", "/docs/openapi.json", "/api/v1/health"])
async def test_what_needs_no_key(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 200


async def test_a_link_works_without_a_key_for_its_content_only(http: httpx.AsyncClient) -> None:
    http.headers["Authorization"] = KEYS[0]
    task = await extracted(http)
    other = await extracted(http, b"other")
    del http.headers["Authorization"]
    url = task["file_info"]["url"]
    assert (await http.get(url)).content == TEXT
    for wrong in (
        url.replace(task["task_id"], other["task_id"]),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace("/tasks/", "/files/"),
        re.sub(r"until=\d+", "until=9999999999", url),
        re.sub(r"until=\d+", "until=", url),
        re.sub(r"signature=\w+", "signature=", url),
        url.partition("?")[0],
    ):
        answer = await http.get(wrong)
        assert (answer.status_code, answer.text) == (401, "This link is not valid"), wrong
    http.headers["Authorization"] = KEYS[0]
    await http.delete(f"/tasks/{task['task_id']}")
    assert (await http.get(url)).status_code == 404


def test_a_link_ends() -> None:
    now = 1000.0
    links = Links("secret", clock=lambda: now)
    query = dict(part.split("=") for part in links.path("files", "a", 60).partition("?")[2].split("&"))
    now = 1060.0
    links.check("files", "a", query["until"], query["signature"])
    now = 1061.0
    with pytest.raises(Problem, match="expired"):
        links.check("files", "a", query["until"], query["signature"])
    with pytest.raises(Problem, match="not valid"):
        Links("another secret", clock=lambda: now).check("files", "a", query["until"], query["signature"])


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_no_key_is_written_to_the_disk(http: httpx.AsyncClient, tmp_path: Path) -> None:
    http.headers["Authorization"] = KEYS[0]
    await extracted(http)
    for path, content in contents(tmp_path).items():
        assert not any(key.encode() in content for key in KEYS), path
    assert (tmp_path / "server.sqlite3").stat().st_mode & 0o077 == 0
    with sqlite3.connect(tmp_path / "server.sqlite3") as connection:
        owners = {row[0] for row in connection.execute("SELECT owner FROM tasks")}
    connection.close()
    assert all(re.fullmatch(r"[0-9a-f]{32}", owner) for owner in owners)


def test_an_owner_is_told_by_key_and_folder_alone() -> None:
    """After a restart with the keys in another order, everyone sees what is theirs."""
    assert Keys(["a", "b"], "salt").owner("a") == Keys(["b", "a"], "salt").owner("a")
    assert Keys(["a"], "salt").owner("a") != Keys(["a"], "other").owner("a")


@pytest.mark.parametrize("key", ["", " ", "a\nb", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(ValueError, match="HTTP header") as caught:
        create_app(keys=[key])
    assert not key.strip() or key not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "evil.test:8000"}, 401),
        ({"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),
        ({"Host": "localhost:8000", "Origin": "http://evil.test"}, 401),
        ({"Host": "localhost:8000", "Origin": "http://localhost:3000"}, 401),
        ({"Host": "localhost:8000", "Origin": "null"}, 401),
    ],
)
async def test_without_keys_web_pages_are_not_let_in(headers: dict[str, str], status: int) -> None:
    """Neither one of another origin, nor one whose name was bound to this machine."""
    app = create_app(hosts=["localhost", "::1", "server"])
    async with served(app) as http:
        assert (await http.get("/tasks", headers=headers)).status_code == status


async def test_the_log_has_neither_keys_nor_texts_nor_permissions(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="chunkr_integrations")
    async with served(create_app(keys=KEYS), authorization=KEYS[0]) as http:
        task = await extracted(http, b"Order number: PO-SECRET\n", file_name="private.txt")
        await http.get(task["file_info"]["url"])
        await http.get("/tasks/private%0aname?cursor=private")
        await http.get("/tasks", headers={"Authorization": "lu_wrong"})
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("chunkr_integrations.server")]
    assert any(
        re.fullmatch(r"method=POST path=/tasks/extract status=200 key=[0-9a-f]{8} ms=\d+\.\d", line) for line in lines
    )
    assert any(re.fullmatch(rf"task={task['task_id']} type=Extract ended=succeeded ms=\d+\.\d", line) for line in lines)
    assert any(re.search("status=401 key=- ", line) for line in lines)
    for line in lines:
        assert not re.search(r"lu_|SECRET|private|signature|\n", line), line


async def test_a_fault_of_the_server_is_a_500_that_shows_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As when the disk is gone; the log has the traceback, the caller does not."""
    async with served(create_app(data_dir=tmp_path)) as http:
        for folder in ("incoming", "contents"):
            (tmp_path / folder).rmdir()
        answer = await http.post("/tasks/extract", json=extract_form())
    assert answer.status_code == 500
    assert answer.text == "Internal server error. The server's log says more."
    assert "FileNotFoundError" in caplog.text


async def test_an_application_that_was_not_started_says_so() -> None:
    transport = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as http:
        answer = await http.get("/health")
    assert answer.status_code == 503
    assert "lifespan" in answer.text


@pytest.mark.parametrize("option", ["keys", "allow_hosts", "hosts"])
def test_one_text_is_no_list_of_texts(option: str) -> None:
    """Or each letter of a key would be a key."""
    with pytest.raises(TypeError, match=option) as caught:
        create_app(**{option: "lu_one"})
    assert "lu_one" not in str(caught.value)


async def test_keys_of_one_holder_take_each_others_place(tmp_path: Path) -> None:
    """As when one has leaked: the new one sees what the old one made, and others still do not."""
    async with served(create_app(keys={"lu_old": "acme", "lu_other": "else"}, data_dir=tmp_path)) as http:
        made = await http.post("/tasks/extract", json=extract_form(), headers={"Authorization": "lu_old"})
        url = f"/tasks/{made.json()['task_id']}"
        assert (await http.get(url, headers={"Authorization": "lu_other"})).status_code == 404
    keys = {"lu_new": "acme", "lu_other": "else", "acme": "", "lu_own": ""}
    async with served(create_app(keys=keys, data_dir=tmp_path)) as http:
        told = {key: (await http.get(url, headers={"Authorization": key})).status_code for key in (*keys, "lu_old")}
    assert told == {"lu_new": 200, "lu_other": 404, "acme": 404, "lu_own": 404, "lu_old": 401}


async def test_the_start_says_which_key_is_which_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="chunkr_integrations.server")
    async with served(create_app(keys=KEYS)) as http:
        await http.get("/tasks", headers={"Authorization": KEYS[1]})
    told = re.findall(r"key=(\w+) is number (\d) of the keys", caplog.text)
    assert [number for _, number in told] == ["1", "2"]
    assert f"path=/tasks status=200 key={told[1][0]} " in caplog.text
    assert not any(key in caplog.text for key in KEYS)


async def test_a_fault_is_told_without_the_text_that_it_quotes(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it came from is enough to find it."""
    from chunkr_integrations.server import _operations

    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("invalid literal: 'the customer's secret text'")

    monkeypatch.setattr(_operations, "read_input", broken)
    async with served(create_app()) as http:
        answer = await http.post("/tasks/extract", json=extract_form())
    assert answer.status_code == 500
    assert "secret" not in answer.text + caplog.text
    assert re.search(
        r"path=/tasks/extract could not be answered: ValueError at \S+test_server_access.py:\d+ broken", caplog.text
    )
