"""Uploaded files, and the multipart form they come in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import ORDER, SCHEMA, TEXT, ended, served

from chunkr_integrations.server import Limits, create_app

LIMIT = 100_000


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(data_dir=tmp_path, limits=Limits(upload_bytes=LIMIT, page_size=3))) as client:
        yield client


def left_over(folder: Path) -> int:
    """Files in the data folder."""
    return sum(path.is_file() for part in ("incoming", "contents") for path in (folder / part).rglob("*"))


def form(*parts: tuple[str, bytes], end: bytes = b"--x--\r\n") -> dict[str, Any]:
    """A request with a multipart body; each part is its Content-Disposition and its content."""
    body = b"".join(
        b"--x\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return {"content": body + end, "headers": {"Content-Type": "multipart/form-data; boundary=x"}}


FILE = ('name="file"; filename="a.txt"', TEXT)
METADATA = ('name="file_metadata"', b'{"n": 1}')


@pytest.mark.parametrize("parts", [(FILE, METADATA), (METADATA, FILE), (METADATA, ('name="more"', b"x"), FILE)])
async def test_the_parts_of_the_form_come_in_any_order(http: httpx.AsyncClient, parts: Any) -> None:
    answer = await http.post("/files", **form(*parts))
    assert answer.status_code == 200, answer.text
    file = answer.json()
    assert (file["file_name"], file["file_size"], file["metadata"]) == ("a.txt", len(TEXT), {"n": 1})
    assert (await http.get(f"/files/{file['file_id']}/content")).content == TEXT


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (form(METADATA), "no complete part called file"),
        (form(('name="other"', TEXT)), "no complete part called file"),
        (form(FILE, FILE), "more than one part"),
        (form(('name="file"; filename="a"', b"")), "empty"),
        (form(FILE, end=b""), "no complete part called file"),
        (form(FILE, ('name="file_metadata"', b"[]")), "file_metadata must be a JSON object"),
        (form(FILE, ('name="file_metadata"', b"{")), "file_metadata must be a JSON object"),
        (form(FILE, ('name="file_metadata"', b" " * (2 << 20))), "file_metadata has more than"),
        (form(('name="file"; x="' + "y" * 200_000 + '"', TEXT)), "Invalid upload"),
        ({"content": b"--y\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, "damaged"),
        ({"content": TEXT, "headers": {"Content-Type": "text/plain"}}, "send multipart/form-data"),
        ({"content": TEXT, "headers": {"Content-Type": "multipart/form-data"}}, "send multipart/form-data"),
        ({"content": b""}, "send multipart/form-data"),
        ({"json": {"file": "a"}}, "send multipart/form-data"),
    ],
)
async def test_what_is_no_upload_is_a_400_and_leaves_nothing(
    http: httpx.AsyncClient, request_: dict[str, Any], words: str, tmp_path: Path
) -> None:
    answer = await http.post("/files", **request_)
    assert answer.status_code == 400, answer.text
    assert answer.text.startswith("Invalid upload: ")
    assert words in answer.text
    assert left_over(tmp_path) == 0


async def test_an_upload_above_the_limit_is_refused_before_it_is_read(http: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await http.post("/files", files={"file": ("a.bin", bytes(LIMIT + (3 << 20)))})
    assert answer.status_code == 413
    assert "100,000 bytes" in answer.text
    assert left_over(tmp_path) == 0


async def test_an_upload_of_unknown_length_is_refused_as_soon_as_it_is_too_large(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        while sent < 100 << 20:
            sent += 1 << 16
            yield bytes(1 << 16)

    answer = await http.post("/files", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 413
    assert sent < 3 << 20
    assert left_over(tmp_path) == 0


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\a.txt", "a.txt"),
        ("/", "file"),
        ("..", "file"),
        ("a\x00b.txt", "a b.txt"),
        ("Rechnung März.txt", "Rechnung März.txt"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("", "file"),
    ],
)
async def test_a_name_is_kept_and_never_a_path(http: httpx.AsyncClient, name: str, kept: str, tmp_path: Path) -> None:
    before = {path for path in tmp_path.parent.rglob("*") if tmp_path not in path.parents}
    request = form((f'name="file"; filename="{name}"'.replace("\\", "\\\\"), TEXT))
    file = (await http.post("/files", **request)).json()
    assert file["file_name"] == kept
    task = (await http.post("/tasks/parse", json={"file": file["url"]})).json()
    assert (await ended(http, task["task_id"]))["file_info"]["name"] == kept
    assert {path for path in tmp_path.parent.rglob("*") if tmp_path not in path.parents} == before
    assert all(path.name.isalnum() for path in (tmp_path / "contents").rglob("*"))


@pytest.mark.parametrize(
    ("name", "content", "sent", "kind"),
    [
        ("order.pdf", ORDER.read_bytes(), "application/octet-stream", "application/pdf"),
        ("order.txt", ORDER.read_bytes(), "text/plain", "application/pdf"),
        ("a.txt", TEXT, "text/plain", "text/plain"),
        ("a", TEXT, "text/markdown", "text/markdown"),
        ("a.bin", bytes(range(256)), "application/x-mine", "application/x-mine"),
        ("a.bin", bytes(range(256)), "", "application/octet-stream"),
    ],
)
async def test_the_content_type_is_what_the_bytes_say(
    http: httpx.AsyncClient, name: str, content: bytes, sent: str, kind: str
) -> None:
    """Any file may be kept; that it can be read shows when a task is made of it."""
    file = (await http.post("/files", files={"file": (name, content, sent)})).json()
    assert file["content_type"] == kind
    answer = await http.get(f"/files/{file['file_id']}/content")
    assert (answer.content, answer.headers["content-type"].partition(";")[0]) == (content, kind)


async def test_a_page_is_saved_by_a_browser_and_not_shown(http: httpx.AsyncClient) -> None:
    file = (await http.post("/files", files={"file": ('a"\n.html', b"<html><script>1</script></html>")})).json()
    answer = await http.get(f"/files/{file['file_id']}/content")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''a")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_link_to_a_file_lasts_as_long_as_asked(http: httpx.AsyncClient) -> None:
    file = (await http.post("/files", files={"file": ("a.txt", TEXT)})).json()
    path = f"/files/{file['file_id']}/url"
    assert (await http.get(path)).json()["expires_in"] == 3600
    link = (await http.get(path, params={"expires_in": 60})).json()
    assert (await http.get(link["url"])).content == TEXT
    assert (await http.get(path, params={"base64_urls": "true"})).json() == {
        "url": "data:text/plain;base64,T3JkZXIgbnVtYmVyOiBQTy03NzgxCgpUb3RhbDogMTE4LjAwIEVVUgo="
    }
    for wrong in ("0", "-1", "x", "99999999"):
        assert (await http.get(path, params={"expires_in": wrong})).status_code == 400
    await http.delete(f"/files/{file['file_id']}")
    assert (await http.get(link["url"])).status_code == 401


async def test_a_deleted_file_is_gone_and_its_tasks_stay(http: httpx.AsyncClient, tmp_path: Path) -> None:
    file = (await http.post("/files", files={"file": ("secret-name.txt", TEXT)})).json()
    created = (await http.post("/tasks/extract", json={"file": file["url"], "schema": SCHEMA})).json()
    answer = await http.delete(f"/files/{file['file_id']}")
    assert (answer.status_code, answer.json()) == (200, {"deleted": True})
    for method in ("GET", "DELETE"):
        assert (await http.request(method, f"/files/{file['file_id']}")).status_code == 401
    assert (await http.get("/files")).json()["files"] == []
    task = await ended(http, created["task_id"])
    assert task["output"]["results"]["order_number"] == "PO-7781"
    assert (await http.get(task["file_info"]["url"])).content == TEXT


async def test_files_are_listed_in_pages(http: httpx.AsyncClient) -> None:
    names = [(await http.post("/files", files={"file": (f"{n}.txt", TEXT)})).json()["file_name"] for n in range(5)]
    first = (await http.get("/files")).json()
    assert [file["file_name"] for file in first["files"]] == names[:1:-1]  # three is the most this server gives
    assert first["has_more"]
    rest = (await http.get("/files", params={"cursor": first["next_cursor"], "limit": 1000})).json()
    assert [file["file_name"] for file in rest["files"]] == names[1::-1]
    assert (rest["has_more"], rest["next_cursor"]) == (False, None)


async def test_metadata_is_given_back_as_it_came(http: httpx.AsyncClient) -> None:
    metadata = {"a": [1, None, {"ß": 1.5}], "b": "x"}
    sent = {"files": {"file": ("a.txt", TEXT)}, "data": {"file_metadata": json.dumps(metadata)}}
    assert (await http.post("/files", **sent)).json()["metadata"] == metadata
