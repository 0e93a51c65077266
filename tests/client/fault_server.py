"""The fake Chunkr on a real port, with a fault for any request one likes."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from fake_chunkr import FakeChunkr
from typing_extensions import Self

# What a fault does before it shows: whether the server has acted on the request.
BEFORE = (
    "reset-unread",
    "reset-before",
    "408",
    "408-after",
    "425",
    "425-after",
    "429",
    "429-after",
    "503",
    "503-after",
    "500-before",
    "redirect",
    "409",
    "409-after",
)
AFTER = (
    "reset-after",
    "500-after",
    "502-page",
    "504",
    "500-later",
    "502-later",
    "504-later",
    "stall",
    "truncate",
    "no-json",
    "wrong-types",
    "html",
    "close",
)

Plan = Callable[[str, str], "str | None"]
"""From method and path to the fault, or None."""


class FaultServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, fake: FakeChunkr, plan: Plan, port: int = 0) -> None:
        self.fake, self.plan, self.stalling = fake, plan, threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request, client_address) -> None:
        """Broken connections are what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one packet: no waiting for a delayed acknowledgement
    server: FaultServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        fault = self.server.plan(self.command, path)
        if fault == "reset-unread":
            return self._reset()
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if fault == "reset-before":
            return self._reset()
        if fault in BEFORE:
            return self._refuse(fault)
        url = f"http://{self.headers['host']}{self.path}"
        answer = self.server.fake.answer(self.command, url, dict(self.headers), body)
        return self._answer(answer, fault)

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names http.server looks for

    def _refuse(self, fault: str) -> None:
        status, _, what = fault.partition("-")
        if fault == "redirect":
            return self._send(307, b"", {"Location": "http://elsewhere.invalid/"})
        headers = {"Retry-After": "0.01"} if what == "after" else {}
        return self._send(int(status), b"Rate limit exceeded" if status == "429" else b"try later", headers)

    def _answer(self, answer: httpx.Response, fault: str | None) -> None:
        content, headers = (
            answer.content,
            {"Content-Type": answer.headers["content-type"], "Date-Server": answer.headers["date"]},
        )
        if fault == "slow":
            time.sleep(0.05)
        if fault == "reset-after":
            return self._reset()
        if fault in {"500-after", "504"}:
            return self._send(int(fault[:3]), b"failed")
        if fault in {"500-later", "502-later", "504-later"}:
            return self._send(int(fault[:3]), b"failed", {"retry-after-ms": "10"})
        if fault == "502-page":
            return self._send(502, b"<html>" + b"x" * (10 * 1024 * 1024))
        if fault in {"stall", "truncate"}:
            self._head(200, len(content), headers)
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            if fault == "stall":
                self.server.stalling.wait(5)
            self.close_connection = True
            return None
        changed = {
            "no-json": b'{"task_id":',
            "wrong-types": b'{"task_id": 3, "tasks": 3, "files": 3}',
            "html": b"<html>Hello</html>",
        }
        self._send(answer.status_code, changed.get(fault or "", content), headers)
        if fault == "close":
            self._reset()
        return None

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, len(content), headers or {})
        self.wfile.write(content)

    def _reset(self) -> None:
        # A linger of zero seconds: the connection ends with RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
        """Say nothing."""


@contextlib.contextmanager
def serving(fake: FakeChunkr, plan: Plan, port: int = 0) -> Iterator[str]:
    server = FaultServer(fake, plan, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.stalling.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Outage:
    """Nobody listens at the port from one request on, whose connection is reset, until `over` is set."""

    def __init__(self, fake: FakeChunkr, method: str, prefix: str) -> None:
        self.over = threading.Event()
        self._asked = method, prefix
        self._began, self._closed, self._end = threading.Event(), threading.Event(), threading.Event()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._fake, self._ready = fake, threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        for event in (self._began, self.over, self._end):
            event.set()
        self._thread.join()

    def _serve(self) -> None:
        with serving(self._fake, self._plan, self._port):
            self._ready.set()
            self._began.wait()
        self._closed.set()
        self.over.wait(10)
        with serving(self._fake, lambda *_: None, self._port):
            self._end.wait()

    def _plan(self, method: str, path: str) -> str | None:
        wanted, prefix = self._asked
        if method != wanted or not (path.startswith(prefix) if prefix.endswith("/") else path == prefix):
            return None
        self._began.set()
        self._closed.wait(10)
        return "reset-unread"
