"""Bytes on a real socket that no library would send: half heads, two lengths, bodies without end, garbage.

`CHUNKR_GARBAGE=10000` sends that many requests of garbage instead of a few hundred.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from chunkr_integrations.server import Limits, create_app
from chunkr_integrations.server._protocol import BoundedProtocol

GARBAGE = int(os.environ.get("CHUNKR_GARBAGE", "300"))
_PATIENCE = 60.0  # seconds until a test gives up; nothing is expected to take that long


class Hasty(BoundedProtocol):
    """As served, but sooner."""

    head_seconds = 0.5
    linger_seconds = 0.5
    unread_seconds = 0.5


class Noting:
    """An application that notes the paths it was asked for."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.paths: list[str] = []
        self.router = app.router

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.paths.append(scope["path"])
        await self._app(scope, receive, send)


@pytest.fixture
def app(tmp_path: Path) -> Noting:
    return Noting(create_app(data_dir=tmp_path, limits=Limits(upload_bytes=100_000, idle_seconds=1.0)))


@pytest.fixture
def url(app: Noting, serve: Callable[..., str]) -> str:
    return serve(app, http=Hasty)


def connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return socket.create_connection((parts.hostname, parts.port), timeout=_PATIENCE)


def received(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    pieces = []
    try:
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def exchanged(url: str, data: bytes) -> bytes:
    with connected(url) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        return received(connection)


def is_well(url: str) -> bool:
    return httpx.get(f"{url}/health", timeout=_PATIENCE).status_code == 200


# ------------------------------------------------------------------------------------------ slow and long
@pytest.mark.parametrize("head", [b"", b"G", b"GET /health HTTP/1.1\r\n", b"GET /health HTTP/1.1\r\nHost: a\r\nX-A: "])
def test_a_head_that_does_not_end_is_given_up(url: str, head: bytes) -> None:
    assert exchanged(url, head) == b""


def test_a_head_that_drips_is_given_up_and_others_are_served_meanwhile(url: str) -> None:
    """Each byte comes well within the time; the whole does not."""
    dripping = [connected(url) for _ in range(50)]
    answered = 0
    try:
        for connection in dripping:
            connection.sendall(b"GET /health HTTP/1.1\r\nX: ")
        open_ones = list(dripping)
        while open_ones:
            answered += is_well(url)
            open_ones = [connection for connection in open_ones if drips(connection)]
    finally:
        for connection in dripping:
            connection.close()
    assert answered


def drips(connection: socket.socket) -> bool:
    """Whether the server still takes a byte."""
    try:
        connection.sendall(b"x")
        connection.setblocking(False)
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.setblocking(True)


def test_a_second_request_has_a_time_of_its_own(url: str) -> None:
    request = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
    with connected(url) as connection:
        connection.sendall(request)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
        connection.sendall(request + request[:9])
        assert received(connection).count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 1_000_000,
        b"GET / HTTP/1.1\r\nX: " + b"a" * 1_000_000,
        b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 200_000,
        b"POST /tasks/parse HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"a" * 1_000_000,
        b"POST /tasks/parse HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-A: b\r\n" * 200_000,
    ],
    ids=["path", "header", "headers", "trailer", "trailers"],
)
def test_a_head_or_trailer_that_is_too_long_is_refused(url: str, head: bytes) -> None:
    """At once, so that it fills no memory; the answer may be lost when its caller goes on sending."""
    answer = exchanged(url, head)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert is_well(url)


def test_a_head_of_a_usual_length_is_not_too_long(url: str) -> None:
    assert httpx.get(f"{url}/health", headers={"Cookie": "a" * 8_000}).status_code == 200
    body = b"a" * 5_000_000  # longer than any head, and not one
    assert httpx.post(f"{url}/tasks/parse", content=body).status_code == 400


def test_a_body_that_stops_coming_is_a_400(url: str) -> None:
    answer = exchanged(url, b"POST /tasks/parse HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"Nothing of the request came for 1 seconds" in answer


def test_an_answer_that_nobody_reads_is_given_up(serve: Callable[..., str]) -> None:
    lost = threading.Event()

    class Watched(Hasty):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            lost.set()

    size = 32 << 20  # more than the buffers between the two hold
    url = serve(create_app(), http=Watched)
    with httpx.Client(base_url=url) as client:
        file = client.post("/files", files={"file": ("a.bin", bytes(size))}).json()
        head = f"GET /files/{file['file_id']}/content HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        with connected(url) as connection:
            connection.sendall(head)
            assert lost.wait(_PATIENCE)
            assert len(received(connection)) < size
        assert client.get(f"/files/{file['file_id']}/content").content == bytes(size)


# ---------------------------------------------------------------------------------------- two of everything
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
HEAD = b"POST /tasks/parse HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Content-Length: 0\r\nContent-Length: 37\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: +0\r\n\r\n",
        HEAD + b"Content-Length: 0x0\r\n\r\n",
        HEAD + b"Content-Length: 0 0\r\n\r\n",
        HEAD + b"Content-Length: 0,0\r\n\r\n",
        HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nG\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 17 + b"\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\naX\r\n0\r\n\r\n",
        b"POST /tasks/parse HTTP/1.1\nHost: a\nContent-Length: 0\n\n",
        HEAD + b"X: a\r\n Content-Length: 3\r\nContent-Length: x\r\n\r\n",
        HEAD + b"X\x00Y: a\r\n\r\n",
        HEAD + b"X: a\x00b\r\n\r\n",
        HEAD + b": a\r\n\r\n",
        b"POST /tasks/parse HTTP/9.9\r\nHost: a\r\n\r\n",
        b"POST /tasks parse HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"{}\r\n\r\n",
    ],
)
def test_a_request_whose_end_can_be_seen_two_ways_is_refused_with_what_follows_it(
    url: str, app: Noting, request_: bytes
) -> None:
    answer = exchanged(url, request_ + SMUGGLED)
    assert answer.startswith(b"HTTP/1.1 400"), answer
    assert "/smuggled" not in app.paths
    assert is_well(url)


def test_requests_that_follow_each_other_are_answered_in_their_order(url: str) -> None:
    """What is no smuggling: pipelined requests, a whole URL as the target, and HTTP/1.0."""
    requests = (
        b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
        b"GET /tasks/0 HTTP/1.1\r\nHost: a\r\n\r\n"
        b"GET http://a/tasks HTTP/1.1\r\nHost: a\r\n\r\n"
        b"GET /health HTTP/1.0\r\n\r\n"
    )
    assert re.findall(rb"HTTP/1\.1 (\d+)", exchanged(url, requests)) == [b"200", b"404", b"200", b"200"]


# ------------------------------------------------------------------------------------------------- too much
@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Content-Length: 2147483648\r\n", b"x" * (1 << 16)),
        (b"Transfer-Encoding: chunked\r\n", b"10000\r\n" + b"x" * (1 << 16) + b"\r\n"),
    ],
    ids=["2 GiB of a known length", "of an unknown length"],
)
@pytest.mark.parametrize("name", [b"file", b"more"])
def test_an_upload_above_the_limit_is_refused_early_and_read_no_longer(
    url: str, head: bytes, piece: bytes, name: bytes, tmp_path: Path
) -> None:
    """The answer comes, the connection ends long before the upload does, and nothing of it is left."""
    form = b'--x\r\nContent-Disposition: form-data; name="' + name + b'"; filename="a"\r\n\r\n'
    if head.startswith(b"Transfer"):
        form = f"{len(form):x}".encode() + b"\r\n" + form + b"\r\n"
    answer, sent = b"", 0
    with connected(url) as connection:
        connection.sendall(
            b"POST /files HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\n" + head + b"\r\n"
        )
        connection.sendall(form)
        try:
            while sent < 64 << 20 and b"\r\n\r\n" not in answer:
                connection.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    answer += connection.recv(1 << 16)
                connection.settimeout(_PATIENCE)
                connection.sendall(piece)
                sent += len(piece)
            assert answer.startswith(b"HTTP/1.1 413"), (answer, sent)
            while True:  # a caller that does not care
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert b"100,000 bytes" in answer
    assert [path for folder in ("incoming", "contents") for path in (tmp_path / folder).rglob("*")] == []
    assert is_well(url)


def garbage(seed: int) -> bytes:
    """A request, with a few of its bytes otherwise, cut somewhere or grown; or no request at all."""
    chance = random.Random(seed)
    bodies = [b'{"file":"eA==","schema":{"type":"object"}}', b"--x\r\n\r\n\r\n--x--\r\n", chance.randbytes(200)]
    body = chance.choice(bodies)
    method, path = (
        chance.choice([b"GET", b"POST", b"DELETE"]),
        chance.choice(
            [b"/tasks/extract", b"/files", b"/tasks?cursor=%ff", b"/tasks/%00", b"/api/v1/files/..%2f..", b"//", b"*"]
        ),
    )
    data = bytearray(
        method
        + b" "
        + path
        + b" HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: "
        + str(len(body)).encode()
        + b"\r\n\r\n"
        + body
    )
    for _ in range(chance.randrange(8)):
        place = chance.randrange(len(data))
        what = chance.randrange(4)
        if what == 0:
            data[place] = chance.randrange(256)
        elif what == 1:
            del data[place : place + chance.randrange(40)]
        elif what == 2:
            data[place:place] = chance.randbytes(chance.randrange(40))
        else:
            data[place:place] = data[:place]
        data = data or bytearray(b"\x00")
    return bytes(data) if chance.random() < 0.9 else chance.randbytes(300)


def test_garbage_is_refused_and_others_are_served_meanwhile(url: str) -> None:
    """No 5xx among the answers, and a caller beside it who is always answered."""
    well = []
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda seed: sent_and_left(url, garbage(seed)), range(GARBAGE))
        for number, answer in enumerate(answers):
            assert not answer.startswith(b"HTTP/1.1 5"), (number, answer)
            if number % 50 == 0:
                well.append(is_well(url))
    assert all(well)
    assert len(well) >= GARBAGE // 50


def sent_and_left(url: str, data: bytes) -> bytes:
    """What comes first; whoever sends garbage does not wait for the rest."""
    with connected(url) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(1 << 16)
        except OSError:
            return b""
