"""Extractions made by hand, so that the report is tested without client, engine and schema."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from chunkr_integrations.citations import Citation, Metrics, leaves
from chunkr_integrations.extraction import Extraction, FieldMap, SourceInfo
from chunkr_integrations.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable


def _state(value: Any, cited: bool) -> str:
    if value is None:
        return "null"
    return "found" if cited else "ungrounded"


@pytest.fixture
def extraction() -> Callable[..., Extraction[Any]]:
    """An extraction of these results, citations by path and confidences by path."""

    def make(
        results: dict[str, Any],
        citations: dict[str, list[dict[str, Any]]] | None = None,
        *,
        confidence: dict[str, str] | None = None,
        states: dict[str, str] | None = None,
        source: SourceInfo | None = None,
        invalid: tuple[tuple[str, str], ...] = (),
        task_id: str = "task-1",
    ) -> Extraction[Any]:
        values = dict(leaves(results))
        cited = {path: tuple(map(Citation.model_validate, items)) for path, items in (citations or {}).items()}
        return Extraction(
            value=results,
            results=results,
            leaves=FieldMap(values),
            citations=FieldMap({path: cited.get(path, ()) for path in values}),
            metrics=FieldMap({path: Metrics(confidence=(confidence or {}).get(path)) for path in values}),
            states=FieldMap(
                {path: _state(value, bool(cited.get(path))) for path, value in values.items()} | (states or {})
            ),
            task=Task(task_id=task_id, status="Succeeded", version_info={"server_version": "test 1"}),
            source=source or SourceInfo("letter.pdf", "sha256:0", None, "application/pdf"),
            schema_hash="0",
            invalid=invalid,
        )

    return make


@pytest.fixture
def citation() -> Callable[..., dict[str, Any]]:
    """A citation of words in boxes of (left, top, width, height), on a page of 600 x 800 unless told."""

    def make(content: str, *boxes: tuple[float, float, float, float], **more: Any) -> dict[str, Any]:
        names = ("left", "top", "width", "height")
        return {
            "citation_type": "Word",
            "content": content,
            "bboxes": [dict(zip(names, box, strict=True)) for box in boxes],
            "page_number": 1,
            "page_width": 600,
            "page_height": 800,
            **more,
        }

    return make


@pytest.fixture
def png() -> Callable[[int, int], bytes]:
    """A white picture of that size."""

    def make(width: int, height: int) -> bytes:
        def chunk(kind: bytes, body: bytes) -> bytes:
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
        rows = zlib.compress((b"\x00" + b"\xff" * width) * height)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")

    return make
