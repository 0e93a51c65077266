"""A small Chunkr that remembers everything it was asked: pure functions of a request, no network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any

import httpx


@dataclass
class Asked:
    """One request, as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    origin: str = ""


@dataclass
class FakeChunkr:
    """Tasks succeed after `polls` questions; the result is the sha256 of the document, so that none can be mixed up."""

    polls: int = 1
    key: str | None = None
    gives_base64: bool = True
    gives_links: bool = True
    honours_idempotency: bool = False
    results: Any = None
    message: str = ""
    final: str = "Succeeded"
    page: int = 50
    asked: list[Asked] = field(default_factory=list)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.left: Counter[str] = Counter()
        self.documents: dict[str, bytes] = {}
        self.by_key: dict[str, str] = {}

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)

    @property
    def calls(self) -> list[tuple[str, str]]:
        return [(asked.method, asked.path) for asked in self.asked]

    def creates(self) -> Counter[str]:
        """How many tasks there are for each document."""
        return Counter(hashlib.sha256(document).hexdigest() for document in self.documents.values())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return self.answer(request.method, str(request.url), dict(request.headers), request.read())

    def answer(self, method: str, url: str, headers: dict[str, str], content: bytes) -> httpx.Response:
        parsed = httpx.URL(url)
        headers = {name.lower(): value for name, value in headers.items()}
        is_json = headers.get("content-type", "").startswith("application/json")
        body = json.loads(content) if is_json and content else content
        path = parsed.path.removeprefix("/api/v1")
        origin = f"{parsed.scheme}://{parsed.netloc.decode()}"
        asked = Asked(method, path, dict(parsed.params), headers, body, origin)
        with self.lock:
            self.asked.append(asked)
            if self.key is not None and not path.startswith("/links/") and headers.get("authorization") != self.key:
                return _text(401, "Invalid or inactive API key")
            response = self._route(asked)
        response.headers["date"] = format_datetime(datetime.now(timezone.utc), usegmt=True)
        return response

    def _route(self, asked: Asked) -> httpx.Response:
        for method, pattern, call in _ROUTES:
            match = re.fullmatch(pattern, asked.path)
            if match and asked.method == method:
                return call(self, asked, *match.groups())
        return _text(404, "no such route")

    def create(self, asked: Asked) -> httpx.Response:
        key = asked.headers.get("idempotency-key", "")
        if self.honours_idempotency and key in self.by_key:
            return _json(self.tasks[self.by_key[key]])
        form, task_id = asked.body, str(uuid.uuid4())
        parse_id = form["file"] if form["file"] in self.parses() else str(uuid.uuid4())
        document = self._document(form["file"])
        self.documents[task_id] = document
        self.by_key[key] = task_id
        self.left[task_id] = self.polls
        self.tasks[task_id] = {
            "task_id": task_id,
            "task_type": "Extract",
            "status": "Starting",
            "completed": False,
            "message": "Task queued",
            "created_at": datetime.now(timezone.utc).isoformat(),
            "configuration": {name: form.get(name) for name in ("schema", "system_prompt", "parse_configuration")},
            "file_info": {"url": f"{asked.origin}/links/{task_id}?sig=1", "name": form.get("file_name")},
            "parse_task_id": parse_id,
            "version_info": {"server_version": "fake", "client_version": "Unspecified"},
            "output": None,
        }
        return _json(self.tasks[task_id])

    def parses(self) -> dict[str, str]:
        return {task["parse_task_id"]: task_id for task_id, task in self.tasks.items()}

    def _document(self, file: str) -> bytes:
        if file.startswith("data:"):
            return base64.b64decode(file.partition(",")[2])
        if file.startswith("ch://files/"):
            return self.contents.get(file.removeprefix("ch://files/"), b"?")
        return self.documents.get(self.parses().get(file, ""), file.encode())

    def get(self, asked: Asked, task_id: str) -> httpx.Response:
        task = self.tasks.get(task_id)
        if task is None:
            return _text(404, "Task not found")
        if asked.query.get("base64_urls") == "true":
            if not self.gives_base64:
                return _json(task)
            data = base64.b64encode(self.documents[task_id]).decode()
            return _json({**task, "file_info": {**task["file_info"], "url": data}})
        self.left[task_id] -= 1
        if self.left[task_id] <= 0 and task["status"] in {"Starting", "Processing"}:
            self.finish(task_id)
        return _json(task)

    def finish(self, task_id: str) -> None:
        task = self.tasks[task_id]
        task |= {"status": self.final, "completed": True, "message": self.message}
        if self.final == "Succeeded":
            digest = hashlib.sha256(self.documents[task_id]).hexdigest()
            results = {"sha256": digest} if self.results is None else self.results
            task["output"] = {"results": results, "citations": {"sha256": []}, "metrics": {"sha256": None}}

    def list_tasks(self, asked: Asked) -> httpx.Response:
        # As the real ones: a list holds no outputs.
        rows = [{**task, "output": None} for task in self.tasks.values()]
        tasks = sorted(rows, key=lambda task: task["created_at"], reverse=True)
        return _json(self._page(asked, tasks, "tasks"))

    def _page(self, asked: Asked, rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
        cursor = asked.query.get("cursor")
        rows = [row for row in rows if cursor is None or row["created_at"] < cursor]
        limit = min(int(asked.query.get("limit", self.page)), self.page)
        more = len(rows) > limit
        return {name: rows[:limit], "has_more": more, "next_cursor": rows[limit - 1]["created_at"] if more else None}

    def cancel(self, asked: Asked, task_id: str) -> httpx.Response:
        if task_id not in self.tasks:
            return _text(404, "Task not found")
        if self.tasks[task_id]["status"] != "Starting":
            return _text(400, "Task cannot be cancelled")
        self.tasks[task_id] |= {"status": "Cancelled", "completed": True}
        return _text(200, "Task cancelled")

    def delete(self, asked: Asked, task_id: str) -> httpx.Response:
        return _text(200, "Task deleted") if self.tasks.pop(task_id, None) else _text(404, "Task not found")

    def upload(self, asked: Asked) -> httpx.Response:
        boundary = asked.headers["content-type"].partition("boundary=")[2].encode()
        file_id, created, metadata, file_name, kind, data = (
            str(uuid.uuid4()),
            datetime.now(timezone.utc),
            "{}",
            "",
            "",
            b"",
        )
        for part in asked.body.split(b"--" + boundary)[1:-1]:
            head, _, content = part.partition(b"\r\n\r\n")
            content = content.removesuffix(b"\r\n")
            if b'name="file_metadata"' in head:
                metadata = content.decode()
            else:
                file_name = re.search(rb'filename="([^"]*)"', head)[1].decode()
                kind, data = re.search(rb"Content-Type: (.*)", head)[1].decode().strip(), content
        self.contents[file_id] = data
        self.files[file_id] = {
            "file_id": file_id,
            "file_name": file_name,
            "content_type": kind,
            "file_size": len(data),
            "metadata": json.loads(metadata),
            "created_at": created.isoformat(),
            "url": f"ch://files/{file_id}",
        }
        return _json(self.files[file_id])

    def list_files(self, asked: Asked) -> httpx.Response:
        rows = sorted(self.files.values(), key=lambda file: file["created_at"], reverse=True)
        return _json(self._page(asked, rows, "files"))

    def file(self, asked: Asked, file_id: str) -> httpx.Response:
        return _json(self.files[file_id]) if file_id in self.files else _text(401, "Unauthorized")

    def file_url(self, asked: Asked, file_id: str) -> httpx.Response:
        return _json(
            {"url": f"https://storage.example/{file_id}", "expires_in": int(asked.query.get("expires_in", 3600))}
        )

    def file_content(self, asked: Asked, file_id: str) -> httpx.Response:
        return httpx.Response(200, content=self.contents[file_id])

    def delete_file(self, asked: Asked, file_id: str) -> httpx.Response:
        return _json({"deleted": self.files.pop(file_id, None) is not None})

    def link(self, asked: Asked, task_id: str) -> httpx.Response:
        """A presigned link: no key, and it must not get one."""
        if not self.gives_links or "authorization" in asked.headers:
            return _text(403, "no such link")
        return httpx.Response(200, content=self.documents[task_id], headers={"content-type": "text/plain"})

    def health(self, asked: Asked) -> httpx.Response:
        return _text(200, "OK - Version fake")

    def file_types(self, asked: Asked) -> httpx.Response:
        return _json({"document": {"formats": [{"extension": "pdf", "mime_type": "application/pdf"}]}})


_ID = "([^/]+)"
_ROUTES = [
    ("POST", "/tasks/extract", FakeChunkr.create),
    ("GET", f"/tasks/{_ID}/extract", FakeChunkr.get),
    ("GET", f"/tasks/{_ID}/cancel", FakeChunkr.cancel),
    ("GET", f"/tasks/{_ID}", FakeChunkr.get),
    ("DELETE", f"/tasks/{_ID}", FakeChunkr.delete),
    ("GET", "/tasks", FakeChunkr.list_tasks),
    ("POST", "/files", FakeChunkr.upload),
    ("GET", "/files", FakeChunkr.list_files),
    ("GET", f"/files/{_ID}/url", FakeChunkr.file_url),
    ("GET", f"/files/{_ID}/content", FakeChunkr.file_content),
    ("GET", f"/files/{_ID}", FakeChunkr.file),
    ("DELETE", f"/files/{_ID}", FakeChunkr.delete_file),
    ("GET", f"/links/{_ID}", FakeChunkr.link),
    ("GET", "/health", FakeChunkr.health),
    ("GET", "/file-types", FakeChunkr.file_types),
]


def _json(value: Any) -> httpx.Response:
    return httpx.Response(200, json=value)


def _text(status: int, text: str) -> httpx.Response:
    return httpx.Response(status, text=text)
