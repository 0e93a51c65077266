"""The seam to the embedded engine: an ASGI application in a thread of its own, whoever calls from wherever."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading

import httpx
import pytest

from chunkr_integrations.client._embedded import EmbeddedTransport
from chunkr_integrations.client._multipart import MultipartStream
from chunkr_integrations.client._steps import Upload
from chunkr_integrations.sources import to_source

starlette = pytest.importorskip("starlette.applications", reason="the extra `local` is not installed")

# What a user's script does; run as one, because exit is part of what is tested.
SCRIPT = """
import asyncio, contextlib, threading, httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from chunkr_integrations.client import _embedded

@contextlib.asynccontextmanager
async def lifespan(app):
    print("up", flush=True)
    yield
    await asyncio.to_thread(lambda: None)
    print("down", flush=True)

def create_app(engine):
    async def hello(request):
        return PlainTextResponse("hello")
    return Starlette(routes=[Route("/", hello)], lifespan=lifespan)

_embedded._create_app = create_app
http = httpx.Client(transport=_embedded.EmbeddedTransport())
print(http.get("http://embedded/").text, flush=True)
async def main():
    async with httpx.AsyncClient(transport=_embedded.EmbeddedTransport()) as http:
        print((await http.get("http://embedded/")).text, flush=True)
asyncio.run(main())
"""


class App:
    """Counts what happens to an application, and answers with what it was sent."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.threads: set[str] = set()
        self.release = threading.Event()

    def __call__(self):
        from starlette.applications import Starlette
        from starlette.requests import ClientDisconnect, Request
        from starlette.responses import PlainTextResponse
        from starlette.routing import Route

        @contextlib.asynccontextmanager
        async def lifespan(app):
            self.happened.append("up")
            yield
            self.happened.append("down")

        async def echo(request: Request):
            self.threads.add(threading.current_thread().name)
            with contextlib.suppress(ClientDisconnect):
                size = 0
                async for block in request.stream():
                    size += len(block)
            return PlainTextResponse(f"{request.method} {request.url.path} {size} {request.headers.get('x', '')}")

        async def wait(request: Request):
            try:
                await asyncio.to_thread(self.release.wait, 5)
            except asyncio.CancelledError:
                self.happened.append("cancelled")
                raise
            return PlainTextResponse("done")

        routes = [Route("/wait", wait), Route("/{path:path}", echo, methods=["GET", "POST"])]
        return Starlette(routes=routes, lifespan=lifespan)


@pytest.fixture
def app():
    return App()


@pytest.fixture
def transport(app):
    transport = EmbeddedTransport(create_app=app)
    yield transport
    transport.close()


def test_it_starts_with_the_first_request_once_and_stops(app, transport):
    assert app.happened == []
    with httpx.Client(transport=transport) as http:
        assert http.get("http://embedded/a", headers={"x": "1"}).text == "GET /a 0 1"
        assert http.post("http://embedded/b", json={"a": 1}).text.startswith("POST /b 7")
    assert app.happened == ["up", "down"]


def test_uploads_stream_into_it(transport):
    source = to_source(b"x" * 2_000_000, file_name="a.txt")
    stream = MultipartStream(Upload(source.content, "a.txt", "text/plain", "{}"))
    request = httpx.Request("POST", "http://embedded/files", headers=stream.headers, stream=stream)
    with httpx.Client(transport=transport) as http:
        assert http.send(request).text.split()[2] == stream.headers["Content-Length"]


def test_threads_and_event_loops_share_it(app, transport):
    answers = []

    async def ask() -> str:
        return (await transport.handle_async_request(httpx.Request("GET", "http://embedded/b"))).text

    def work() -> None:
        answers.append(transport.handle_request(httpx.Request("GET", "http://embedded/a")).text)
        answers.append(asyncio.run(ask()))
        answers.append(asyncio.run(ask()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["GET /a 0 "] * 4 + ["GET /b 0 "] * 8
    assert app.threads == {"chunkr-embedded"}
    assert app.happened == ["up"]


async def test_the_callers_event_loop_stays_free(app, transport):
    waiting = asyncio.ensure_future(transport.handle_async_request(httpx.Request("GET", "http://embedded/wait")))
    turns = 0
    while turns < 50:
        await asyncio.sleep(0)
        turns += 1
    assert not waiting.done()
    app.release.set()
    assert (await waiting).text == "done"


async def test_cancelling_the_caller_cancels_the_work(app, transport):
    await transport.handle_async_request(httpx.Request("GET", "http://embedded/"))
    waiting = asyncio.ensure_future(transport.handle_async_request(httpx.Request("GET", "http://embedded/wait")))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    app.release.set()
    await transport.aclose()
    assert app.happened == ["up", "cancelled", "down"]


async def test_the_sync_transport_works_inside_a_running_event_loop(transport):
    assert transport.handle_request(httpx.Request("GET", "http://embedded/")).text == "GET / 0 "


def test_the_shared_service_ends_with_the_process():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["up", "hello", "hello", "down"], done.stderr
    assert done.returncode == 0
    assert done.stderr == ""


def test_each_process_has_a_service_of_its_own_after_a_fork():
    fork = (
        "\nimport os\npid = os.fork()\nif pid == 0:\n    print(http.get('http://embedded/').text, flush=True)\n"
        "    os._exit(0)\nos.waitpid(pid, 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + fork], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["up", "hello", "hello", "up", "hello", "down"], done.stderr
    assert done.returncode == 0
