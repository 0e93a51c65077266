"""Files: uploaded, listed, linked, read, deleted; and names that try to be more than names."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import ORDER, SCHEMA, TEXT, ended, served

from chunkr_integrations.server import Limits, create_app


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(data_dir=tmp_path / "data", limits=Limits(upload_bytes=100_000))) as client:
        yield client


async def upload(http: httpx.AsyncClient, content: bytes = TEXT, name: str = "a.txt", **more: Any) -> dict[str, Any]:
    answer = await http.post("/files", files={"file": (name, content)}, **more)
    assert answer.status_code == 200, answer.text
    file: dict[str, Any] = answer.json()
    return file


async def test_an_uploaded_file_is_answered_as_the_contract_has_it(http: httpx.AsyncClient) -> None:
    file = await upload(http, ORDER.read_bytes(), "order.pdf", data={"file_metadata": '{"team": "ä", "n": 1}'})
    assert set(file) == {"file_id", "file_name", "content_type", "file_size", "metadata", "created_at", "url"}
    assert file["file_name"] == "order.pdf"
    assert file["content_type"] == "application/pdf"
    assert file["file_size"] == ORDER.stat().st_size
    assert file["metadata"] == {"team": "ä", "n": 1}
    assert file["url"] == f"ch://files/{file['file_id']}"
    for prefix in ("", "/api/v1"):
        assert (await http.get(f"{prefix}/files/{file['file_id']}")).json() == file


@pytest.mark.parametrize("order", [("file", "file_metadata"), ("file_metadata", "file")])
async def test_the_parts_come_in_any_order(http: httpx.AsyncClient, order: tuple[str, ...]) -> None:
    parts = {
        "file": b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + TEXT,
        "file_metadata": b'Content-Disposition: form-data; name="file_metadata"\r\n\r\n{"a": [1]}',
    }
    body = b"".join(b"--x\r\n" + parts[name] + b"\r\n" for name in order) + b"--x--\r\n"
    answer = await http.post("/files", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert answer.json()["metadata"] == {"a": [1]}
    assert (await http.get(f"/files/{answer.json()['file_id']}/content")).content == TEXT


@pytest.mark.parametrize("name", ["Müller.txt", "請求書.txt", "счёт № 5.txt", "a b (1).txt"])
async def test_a_name_in_any_language_comes_back_as_it_was(http: httpx.AsyncClient, name: str) -> None:
    file = await upload(http, TEXT, name)
    assert file["file_name"] == name
    answer = await http.get(f"/files/{file['file_id']}/content")
    assert answer.content == TEXT


async def test_a_files_content_comes_back_as_it_was(http: httpx.AsyncClient) -> None:
    file = await upload(http, ORDER.read_bytes(), "order.pdf")
    answer = await http.get(f"/files/{file['file_id']}/content")
    assert answer.content == ORDER.read_bytes()
    assert answer.headers["content-type"] == "application/pdf"


async def test_a_files_link_is_a_url_or_the_content(http: httpx.AsyncClient) -> None:
    file = await upload(http)
    link = (await http.get(f"/files/{file['file_id']}/url", params={"expires_in": 60})).json()
    assert link["expires_in"] == 60
    assert (await http.get(link["url"])).content == TEXT
    inline = (await http.get(f"/files/{file['file_id']}/url", params={"base64_urls": "true"})).json()["url"]
    assert base64.b64decode(inline.rpartition(",")[2]) == TEXT
    refused = await http.get(f"/files/{file['file_id']}/url", params={"expires_in": "soon"})
    assert (refused.status_code, "expires_in" in refused.text) == (400, True)


async def test_files_are_paged(http: httpx.AsyncClient) -> None:
    files = [await upload(http, b"%d" % number) for number in range(3)]
    first = (await http.get("/files", params={"limit": 2})).json()
    assert [file["file_id"] for file in first["files"]] == [files[2]["file_id"], files[1]["file_id"]]
    assert first["has_more"]
    last = (await http.get("/files", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert (last["files"], last["has_more"], last["next_cursor"]) == ([files[0]], False, None)


async def test_a_deleted_file_is_a_401_and_its_content_is_gone(http: httpx.AsyncClient, tmp_path: Path) -> None:
    """The vendor documents 401, not 404, for files that are not there."""
    file = await upload(http, b"nowhere else to be seen")
    assert (await http.delete(f"/files/{file['file_id']}")).json() == {"deleted": True}
    for path in ("", "/content", "/url"):
        answer = await http.get(f"/files/{file['file_id']}{path}")
        assert (answer.status_code, answer.text.startswith("File not found")) == (401, True)
    assert (await http.delete(f"/files/{file['file_id']}")).status_code == 401
    assert (await http.get("/files")).json()["files"] == []
    stored = [path for path in (tmp_path / "data").rglob("*") if path.is_file() and "sqlite" not in path.name]
    assert not [path for path in stored if b"nowhere else to be seen" in path.read_bytes()]


async def test_a_task_keeps_the_document_of_a_deleted_file(http: httpx.AsyncClient) -> None:
    file = await upload(http)
    created = await http.post("/tasks/extract", json={"file": file["url"], "schema": SCHEMA})
    await http.delete(f"/files/{file['file_id']}")
    task = await ended(http, created.json()["task_id"])
    assert task["output"]["results"]["order_number"] == "PO-7781"
    assert task["file_info"]["name"] == "a.txt"
    assert (await http.get(task["file_info"]["url"])).content == TEXT


@pytest.mark.parametrize(
    "name",
    ["../../x.txt", "/etc/x.txt", "..", "C:\\x.txt", "a\tb.txt", "ä\u202e.txt", "n" * 300 + ".txt", "%2e%2e%2fx"],
)
async def test_a_name_is_text_and_never_a_path(http: httpx.AsyncClient, name: str, tmp_path: Path) -> None:
    file = await upload(http, TEXT, name)
    assert (await http.get(f"/files/{file['file_id']}/content")).content == TEXT
    inside = {path.name for path in (tmp_path / "data").rglob("*")} | {
        path.name for path in (tmp_path / "..").glob("*")
    }
    assert not any("x.txt" in found or "nnn" in found for found in inside)


@pytest.mark.parametrize(
    "path",
    ["/files/..%2f..%2fetc%2fpasswd", "/files/..%2f..%2fetc%2fpasswd/content", "/files/%00/content", "/files/x/url"],
)
async def test_an_id_is_never_a_path(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code in {401, 404}


async def test_too_large_an_upload_is_refused_while_it_arrives(http: httpx.AsyncClient, tmp_path: Path) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(10_000):
            sent += 1000
            yield b"x" * 1000
        yield b"\r\n--x--\r\n"

    answer = await http.post("/files", content=body(), headers={"content-type": "multipart/form-data; boundary=x"})
    assert (answer.status_code, "100,000" in answer.text) == (413, True)
    assert sent < 3_000_000  # of ten
    left = [path for path in (tmp_path / "data").rglob("*") if path.is_file() and "sqlite" not in path.name]
    assert left == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--y\r\n\r\n--y--"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\na\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\r\n--x--\r\n',
        ),
    ],
)
async def test_an_upload_without_a_file_is_a_400(http: httpx.AsyncClient, content_type: str, body: bytes) -> None:
    answer = await http.post("/files", content=body, headers={"content-type": content_type})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert (await http.get("/files")).json()["files"] == []


@pytest.mark.parametrize("metadata", ["{", "[]", "NaN", '"a"'])
async def test_metadata_that_is_no_json_object_is_a_400(http: httpx.AsyncClient, metadata: str) -> None:
    answer = await http.post("/files", files={"file": ("a.txt", TEXT)}, data={"file_metadata": metadata})
    assert (answer.status_code, "file_metadata" in answer.text) == (400, True)


async def test_the_same_idempotency_key_makes_one_file(http: httpx.AsyncClient) -> None:
    """A repeated upload has another boundary: it is the content that is compared."""
    made = [await upload(http, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert made[0] == made[1]
    other = await http.post("/files", files={"file": ("a.txt", b"other")}, headers={"Idempotency-Key": "k"})
    assert (other.status_code, "Idempotency-Key" in other.text) == (400, True)
    assert len((await http.get("/files")).json()["files"]) == 1


async def test_a_file_of_any_kind_is_kept_but_only_documents_are_read(http: httpx.AsyncClient) -> None:
    file = await upload(http, bytes(range(256)), "thing.bin")
    assert file["content_type"] == "application/octet-stream"
    answer = await http.post("/tasks/extract", content=json.dumps({"file": file["url"], "schema": SCHEMA}))
    assert answer.status_code == 400
    assert answer.text.startswith("Unsupported file type")
    assert "thing.bin" in answer.text
