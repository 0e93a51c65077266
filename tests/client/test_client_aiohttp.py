"""What AsyncClient's own connections keep of httpx's manners: proxies, certificates, time-outs, paths, errors."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anyio
import httpx
import pytest
from both import QUICK, Sha
from fake_chunkr import FakeChunkr
from fault_server import AFTER, BEFORE, FaultServer, serving

from chunkr_integrations.client import AsyncClient, Client
from chunkr_integrations.client._aiohttp import AiohttpTransport
from chunkr_integrations.client._exchange import LIMITS
from chunkr_integrations.client._retry import Failure, failure_of
from chunkr_integrations.exceptions import APIConnectionError, APITimeoutError, NotFoundError

TLS = Path(__file__).parent.parent / "samples" / "tls"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
PAGE = b"x" * 1_000_000


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in (*PROXIES, *(name.upper() for name in PROXIES), "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def client_of(url: str, **options) -> AsyncClient:
    return AsyncClient("k", url, **{"polling": QUICK, "rate_limit": 1e6, **options})


def sends_with_aiohttp(client: AsyncClient) -> bool:
    return isinstance(client._loop().http._transport, AiohttpTransport)


async def test_it_is_what_sends_unless_there_is_a_reason():
    fake = FakeChunkr()
    with serving(fake, lambda *_: None) as url:
        async with client_of(url) as client:
            assert (await client.extract(b"text", Sha)).value.sha256
            assert sends_with_aiohttp(client)
    assert fake.asked[0].headers["authorization"] == "k"
    assert fake.asked[0].headers["user-agent"].startswith("chunkr-integrations/")


def test_under_trio_httpx_sends():
    pytest.importorskip("trio", reason="trio is not installed")

    async def once(url: str) -> str:
        async with client_of(url) as client:
            found = await client.extract(b"text", Sha)
            assert not sends_with_aiohttp(client)
            return found.value.sha256

    with serving(FakeChunkr(), lambda *_: None) as url:
        assert anyio.run(once, url, backend="trio") == asyncio.run(once_with_asyncio(url))


async def once_with_asyncio(url: str) -> str:
    async with client_of(url) as client:
        return (await client.extract(b"text", Sha)).value.sha256


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop does not exist for Windows")
def test_under_uvloop():
    import uvloop

    with serving(FakeChunkr(), lambda *_: None) as url:
        assert uvloop.run(once_with_asyncio(url)) == asyncio.run(once_with_asyncio(url))


# --- the environment ---


class Proxy(BaseHTTPRequestHandler):
    """Answers itself, and remembers whom it was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "11")
        self.end_headers()
        self.wfile.write(b"through it!")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
        """Say nothing."""


@contextlib.contextmanager
def serving_http(server: ThreadingHTTPServer):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_of_the_environment_is_used(monkeypatch, variable):
    handler = type("Handler", (Proxy,), {"asked": []})
    with serving_http(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        monkeypatch.setenv(variable, f"http://{address}")
        async with client_of("http://chunkr.invalid") as client:
            assert await client.health() == "through it!"
    assert handler.asked == ["http://chunkr.invalid/health"]


async def test_no_proxy_is_obeyed(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nobody is there
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(FakeChunkr(), lambda *_: None) as url:
        async with client_of(url) as client:
            assert await client.health() == "OK - Version fake"


async def test_certificates_are_checked_and_the_environment_may_name_them(monkeypatch):
    server = FaultServer(FakeChunkr(), lambda *_: None)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(TLS / "localhost.pem", TLS / "localhost.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving_http(server) as address:
        async with client_of(f"https://{address}", max_retries=0) as client:
            with pytest.raises(APIConnectionError, match=r"(?i)certificate"):
                await client.health()
        monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "localhost.pem"))
        async with client_of(f"https://{address}") as client:
            assert (await client.extract(b"text", Sha)).value.sha256
            assert (await client.upload(b"x" * 100_000, file_name="a.txt")).file_size == 100_000
            assert sends_with_aiohttp(client)


# --- what goes over the wire ---


async def test_ids_cannot_lead_to_other_paths():
    seen: list[str] = []

    class Watched(FakeChunkr):
        def answer(self, method, url, headers, content):
            seen.append(url.partition("/tasks")[2])
            return super().answer(method, url, headers, content)

    with serving(Watched(), lambda *_: None) as url:
        async with client_of(url) as client:
            for task_id in ("..", "../files", "a/b", "a?b#c"):
                with contextlib.suppress(NotFoundError):
                    await client.task(task_id)
    assert seen == ["/%2E%2E", "/%2E%2E%2Ffiles", "/a%2Fb", "/a%3Fb%23c"]


async def test_compressed_answers_and_large_ones_are_read():
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            import gzip

            assert "gzip" in self.headers["accept-encoding"]
            body = gzip.compress(PAGE)
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("X-Long", "y" * 20_000)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
            """Say nothing."""

    with serving_http(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        async with client_of(f"http://{address}") as client:
            assert await client.file_content("f") == PAGE


# --- errors and time-outs ---


@pytest.mark.parametrize(
    "fault", [fault for fault in (*BEFORE, *AFTER) if fault.startswith(("reset", "stall", "trunc"))]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_may_have_reached_the_server_is_never_an_error_of_connecting(fault, method):
    with serving(FakeChunkr(), lambda *_: fault) as url:
        transport = AiohttpTransport(LIMITS)
        timeout = httpx.Timeout(0.3).as_dict()
        request = httpx.Request(method, f"{url}/health", content=b"{}" * 200, extensions={"timeout": timeout})
        with pytest.raises(httpx.RequestError) as caught:
            await (await transport.handle_async_request(request)).aread()
        assert failure_of(caught.value) is Failure.LOST
        assert caught.value.request is request
        await transport.aclose()


async def test_what_cannot_have_been_sent_is_told_apart():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    transport = AiohttpTransport(LIMITS)
    with pytest.raises(httpx.ConnectError) as caught:
        await transport.handle_async_request(httpx.Request("POST", f"http://127.0.0.1:{port}/", content=b"{}"))
    assert failure_of(caught.value) is Failure.NOT_SENT
    await transport.aclose()


@pytest.mark.parametrize("size", [100, 20_000_000])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
async def test_a_server_that_accepts_and_does_nothing_is_not_waited_for(kind, size):
    """A small body is written and not answered; a large one cannot even be written."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        client = kind("k", url, request_timeout=0.3, max_retries=0, rate_limit=1e6)
        with pytest.raises(APITimeoutError, match=r"within 0\.3 s"):
            _ = await client.submit(b"x" * size, Sha) if kind is AsyncClient else client.submit(b"x" * size, Sha)


async def test_cancelling_a_request_in_flight_leaves_the_client_fit():
    fake = FakeChunkr(polls=3)
    stalled = threading.Event()

    def plan(method: str, path: str) -> str | None:
        if method == "GET" and not stalled.is_set():
            stalled.set()
            return "stall"
        return None

    with serving(fake, plan) as url:
        async with client_of(url) as client:
            waiting = asyncio.ensure_future(client.extract(b"text", Sha))
            await asyncio.to_thread(stalled.wait, 10)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            (task_id,) = fake.tasks
            assert (await client.result(task_id, Sha)).task_id == task_id
    assert len(fake.tasks) == 1


# --- one event loop after another, and clients that nobody closes ---


def test_event_loops_that_are_gone_are_let_go_of(caplog):
    async def once(client: AsyncClient) -> int:
        await client.extract(b"text", Sha)
        return len(client._loops)

    async def dropped(url: str) -> None:
        await client_of(url).extract(b"text", Sha)
        gc.collect()

    with serving(FakeChunkr(), lambda *_: None) as url:
        client = client_of(url)
        assert [asyncio.run(once(client)) for _ in range(3)] == [1, 1, 1]
        del client
        asyncio.run(dropped(url))
        gc.collect()
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
