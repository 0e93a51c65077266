"""A served application for tests, and engines that do as a document tells them."""

from __future__ import annotations

import asyncio
import base64
import errno
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chunkr_integrations.engine import Document, Engine, EngineError

ORDER = Path(__file__).parent.parent / "samples" / "documents" / "order.pdf"
SCHEMA = {
    "type": "object",
    "properties": {"order_number": {"type": "string"}, "total": {"type": "number"}},
    "required": ["order_number", "total"],
}
TEXT = b"Order number: PO-7781\n\nTotal: 118.00 EUR\n"
_PATIENCE = 60.0  # seconds until a test gives up; nothing is expected to take that long


def inline(content: bytes) -> str:
    return base64.b64encode(content).decode()


def extract_form(content: bytes = TEXT, **more: Any) -> dict[str, Any]:
    return {"file": inline(content), "schema": SCHEMA, **more}


@asynccontextmanager
async def served(app: Any, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """The running application, in this event loop."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://server", headers=headers) as http:
            yield http


async def ended(http: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    """A task, once it has ended."""
    return await until(http, task_id, lambda task: task["completed"])


async def until(http: httpx.AsyncClient, task_id: str, is_so: Any) -> dict[str, Any]:
    """A task, once that is so of it."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        answer = await http.get(f"/tasks/{task_id}")
        assert answer.status_code == 200, answer.text
        task: dict[str, Any] = answer.json()
        if is_so(task):
            return task
        await asyncio.sleep(0.01)
    pytest.fail(f"task {task_id} is still {task['status']}")


async def extracted(http: httpx.AsyncClient, content: bytes = TEXT, **more: Any) -> dict[str, Any]:
    """An extract task that has ended."""
    created = await http.post("/tasks/extract", json=extract_form(content, **more))
    assert created.status_code == 200, created.text
    return await ended(http, created.json()["task_id"])


class ScriptedEngine(Engine):
    """Reads text; a document whose first line is `do <deed> <path>` makes it do that once the path is known.

    Every parse is noted, a line each, in the file `log`.
    """

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.log = log

    def parse(self, data: bytes, **options: Any) -> Document:  # type: ignore[override]
        words = data.split(b"\n", 1)[0].decode("utf-8", "replace").split(" ", 2)
        with self.log.open("a") as stream:
            stream.write(f"{os.getpid()} {options.get('name')}\n")
        if words[0] == "do":
            getattr(self, f"_{words[1]}")(Path(words[2]) if len(words) > 2 else None)
        return super().parse(data, **options)

    def _wait(self, path: Path) -> None:
        """Go on when the file is there."""
        deadline = time.monotonic() + _PATIENCE
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.005)

    def _die(self, path: Path | None) -> None:
        """End the process, always; with a path, the first time only."""
        if path is None or not path.exists():
            if path is not None:
                path.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def _fill(self, space: Path) -> None:
        """Find the disk full until the path is there."""
        if not space.exists():
            raise OSError(errno.ENOSPC, "No space left on device")

    def _pause(self, _: Path | None) -> None:
        """Take long enough to be killed meanwhile."""
        time.sleep(0.05)

    def _refuse(self, _: Path | None) -> None:
        raise EngineError("This document is not to my taste. Send another.")

    def _break(self, _: Path | None) -> None:
        raise RuntimeError("the customer's secret text")

    def parses(self) -> list[str]:
        """The names of the documents that were parsed, in order."""
        return [line.split(" ", 1)[1] for line in self.log.read_text().splitlines()] if self.log.exists() else []
