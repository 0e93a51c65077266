"""A service whose answers stand in the documents themselves: each is a JSON text that says what its task brings.

`{"results": …, "citations": …, "metrics": …}` is the output; `"polls"` how often the task is asked for;
`"failed"` the reason of a task that fails; `"http"` the status with which the request is refused.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import threading
import uuid
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chunkr_integrations.client import AsyncClient, Client, Polling

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-never-to-be-seen"


class Line(BaseModel):
    code: str
    qty: int


class Order(BaseModel):
    """An order."""

    number: str
    total: float
    lines: list[Line] = []


def word(text: str, page: int = 1, left: float = 306.0, top: float = 396.0) -> dict[str, Any]:
    box = {"left": left, "top": top, "width": 61.2, "height": 7.92}
    return {
        "citation_id": str(uuid.uuid4()),
        "citation_type": "Word",
        "bboxes": [box],
        "content": text,
        "segment_type": "Text",
        "page_number": page,
        "page_width": 612.0,
        "page_height": 792.0,
    }


_watching: list[tuple[str, int, list[str]]] = []


def _opened(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _watching:
        folder, thread, found = _watching[-1]
        if threading.get_ident() == thread and str(arguments[0]).startswith(folder):
            found.append(str(arguments[0]))


sys.addaudithook(_opened)


@contextlib.contextmanager
def files_opened_here(folder: Path):
    """The files of a folder that the calling thread opens: on an event loop there should be none."""
    found: list[str] = []
    _watching.append((str(folder), threading.get_ident(), found))
    try:
        yield found
    finally:
        _watching.pop()


def answer(number: str = "N-1", lines: int = 2, **more: Any) -> dict[str, Any]:
    """What an order's document says, every value cited."""
    rows = [{"code": f"K-{n}", "qty": n} for n in range(lines)]
    return {
        "results": {"number": number, "total": 12.5, "lines": rows},
        "citations": {
            "number": [word(number)],
            "total": [word("12.50", page=2)],
            "lines": [{"code": [word(f"K-{n}", top=float(n))], "qty": [word(str(n))]} for n in range(lines)],
        },
        "metrics": {"number": {"confidence": "High"}, "total": {"confidence": "Low"}},
        **more,
    }


def write(folder: Path, name: str, **more: Any) -> Path:
    path = folder / f"{name}.txt"
    path.write_text(json.dumps(answer(number=f"N-{name}", **more)), "utf-8")
    return path


class ScriptedService:
    """Answers requests; remembers what was asked and how many tasks were under way at a time."""

    def __init__(self) -> None:
        self.forms: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.finished: list[str] = []
        self.most = 0
        self._tasks: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.headers.append(dict(request.headers))
            if request.method == "POST":
                return self._create(json.loads(request.read()))
            if request.url.path == "/tasks":  # asked after a create whose fate is not known
                return httpx.Response(200, json={"tasks": [], "has_more": False})
            if not request.url.path.endswith("/extract"):
                return httpx.Response(200, json=self._task(request.url.path.split("/")[-1], "Starting"))
            return self._poll(request.url.path.split("/")[-2])

    def _create(self, form: dict[str, Any]) -> httpx.Response:
        self.forms.append(form)
        script = json.loads(base64.b64decode(form["file"].partition(",")[2]))
        if "http" in script:
            return httpx.Response(script["http"], text=f"refused because of {form['file'][:40]}")
        task_id = str(uuid.uuid4())
        self._tasks[task_id] = script
        self.most = max(self.most, len(self._tasks))
        if script.get("polls") == 0:
            return self._poll(task_id)
        return httpx.Response(200, json=self._task(task_id, "Starting"))

    def _poll(self, task_id: str) -> httpx.Response:
        script = self._tasks[task_id]
        script["polls"] = script.get("polls", 1) - 1
        if script["polls"] > 0:
            return httpx.Response(200, json=self._task(task_id, "Processing"))
        del self._tasks[task_id]
        self.finished.append(script["results"].get("number", ""))
        if "failed" in script:
            return httpx.Response(200, json={**self._task(task_id, "Failed"), "message": script["failed"]})
        output = {name: script.get(name) for name in ("results", "citations", "metrics")}
        return httpx.Response(200, json={**self._task(task_id, "Succeeded"), "output": output})

    def app(self) -> Starlette:
        """The same behind a port; for clients that components make themselves."""

        async def endpoint(request: Request) -> Response:
            asked = httpx.Request(
                request.method, str(request.url), headers=request.headers, content=await request.body()
            )
            answered = self(asked)
            return Response(answered.content, answered.status_code, media_type=answered.headers.get("content-type"))

        return Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST"])])

    @staticmethod
    def _task(task_id: str, status: str) -> dict[str, Any]:
        return {"task_id": task_id, "status": status, "task_type": "Extract", "created_at": "2026-01-01T00:00:00Z"}

    def client(self, **options: Any) -> Client:
        http = httpx.Client(transport=httpx.MockTransport(self))
        return Client(KEY, "http://scripted", http=http, **(_FAST | options))

    def async_client(self, **options: Any) -> AsyncClient:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return AsyncClient(KEY, "http://scripted", http=http, **(_FAST | options))


_FAST: dict[str, Any] = {
    "polling": Polling(shortest=0.001, share=0.0, longest=0.001),
    "rate_limit": float("inf"),
    "max_retries": 0,
}
