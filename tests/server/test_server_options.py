"""What a parse configuration does to tasks: pictures of segments, and what is said about what was not done."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from served import ORDER, ended, extracted, inline, served

from chunkr_integrations.server import create_app


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(data_dir=tmp_path, isolation="thread", workers=1)) as client:
        yield client


async def parsed(http: httpx.AsyncClient, content: bytes, **configuration: Any) -> dict[str, Any]:
    created = await http.post("/tasks/parse", json={"file": inline(content), **configuration})
    assert created.status_code == 200, created.text
    return await ended(http, created.json()["task_id"])


def segments(task: dict[str, Any]) -> list[dict[str, Any]]:
    return [segment for chunk in task["output"]["chunks"] for segment in chunk["segments"]]


async def test_a_cropped_segment_can_be_seen_by_its_link_or_in_the_answer(http: httpx.AsyncClient) -> None:
    task = await parsed(http, ORDER.read_bytes(), segment_processing={"Text": {"crop_image": "All"}})
    with_images = [segment for segment in segments(task) if segment["segment_type"] == "Text"]
    assert with_images
    inlined = (await http.get(f"/tasks/{task['task_id']}/parse", params={"base64_urls": "true"})).json()
    for segment, same in zip(with_images, (s for s in segments(inlined) if "image" in s), strict=True):
        link = urlsplit(segment["image"])
        answer = await http.get(f"{link.path}?{link.query}")
        assert answer.headers["content-type"] == "image/png"
        head, _, body = same["image"].partition(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(body) == answer.content
        with Image.open(io.BytesIO(answer.content)) as picture:
            shape = picture.width / picture.height
            darkest, _ = picture.convert("L").getextrema()
        assert shape == pytest.approx(segment["bbox"]["width"] / segment["bbox"]["height"], rel=0.1)
        assert darkest < 128  # there is print on it


async def test_the_picture_of_a_segment_needs_a_link_of_this_server(http: httpx.AsyncClient) -> None:
    task = await parsed(http, ORDER.read_bytes(), segment_processing={"Text": {"crop_image": "All"}})
    link = urlsplit(next(segment["image"] for segment in segments(task) if "image" in segment))
    other = link.path[:-1] + ("0" if link.path[-1] != "0" else "1")
    assert (await http.get(f"{other}?{link.query}")).status_code == 401


async def test_what_was_not_done_is_said_in_the_message_of_the_task(http: httpx.AsyncClient) -> None:
    asked = {"segment_processing": {"Table": {"strategy": "LLM"}}, "error_handling": "Continue"}
    first = await parsed(http, ORDER.read_bytes(), **asked)
    again = await parsed(http, ORDER.read_bytes(), **asked)  # the reading is found again, and so is what it lacks
    extract = await extracted(http, ORDER.read_bytes(), parse_configuration=asked)
    for task in (first, again, extract):
        assert task["status"] == "Succeeded"
        assert task["message"].startswith("Task succeeded. segment_processing.Table.strategy LLM needs a vision model")
    assert (await parsed(http, ORDER.read_bytes()))["message"] == "Task succeeded"


async def test_what_cannot_be_done_fails_the_task_otherwise(http: httpx.AsyncClient) -> None:
    task = await parsed(http, ORDER.read_bytes(), segment_processing={"SectionHeader": {"description": True}})
    assert task["status"] == "Failed"
    assert "SectionHeader.description needs a vision model" in task["message"]


async def test_section_headers_can_be_left_out_although_the_contract_has_no_setting_for_them(
    http: httpx.AsyncClient,
) -> None:
    content = b"# Order\n\n## Terms\n\nTotal: 118.00 EUR\n"
    asked = {"SectionHeader": {"strategy": "Ignore"}}
    task = await parsed(http, content, file_name="order.md", segment_processing=asked)
    assert "SectionHeader" not in {segment["segment_type"] for segment in segments(task)}
    assert "SectionHeader" in {
        segment["segment_type"] for segment in segments(await parsed(http, content, file_name="order.md"))
    }
