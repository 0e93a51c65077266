"""What the client costs: CPU against a hand-written loop and the official SDK, wall time under a rate limit, memory.

    python benchmarks/client.py cpu [--tasks 1000]
    python benchmarks/client.py wall [--tasks 100]
    python benchmarks/client.py many [--tasks 10000]
    python benchmarks/client.py upload [--mib 1024]

The server runs in a process of its own on a loopback port, so that its work is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gc
import json
import math
import multiprocessing
import os
import random
import resource
import tempfile
import time
import tracemalloc
from pathlib import Path

import httpx
from pydantic import BaseModel

from chunkr_integrations.client import AsyncClient, Client, Polling
from chunkr_integrations.schema import compile_schema

CONCURRENCY = 16
AT_ONCE = Polling(shortest=0.0001)  # as the server answers


class Answer(BaseModel):
    total: float
    name: str


ANSWER = {
    "results": {"total": 12.5, "name": "Example"},
    "citations": {
        "total": [
            {
                "citation_id": "c",
                "citation_type": "Word",
                "bboxes": [{"left": 1, "top": 2, "width": 3, "height": 4}],
                "content": "12.50",
                "page_number": 1,
                "page_width": 612,
                "page_height": 792,
            }
        ],
        "name": [],
    },
    "metrics": {"total": {"confidence": "High"}, "name": {"confidence": "Low"}},
}


async def answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, durations: bool, draw: random.Random
) -> None:
    """One connection of a server that answers at once, or after a log-normal time with a median of 5 s."""
    while head := await reader.readuntil(b"\r\n\r\n"):
        line, *rest = head.decode("latin-1").split("\r\n")
        method, path, _ = line.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (entry.partition(":") for entry in rest)}
        left = int(headers.get("content-length", 0))
        while left:
            left -= len(await reader.read(min(left, 1 << 20)))
        if path.startswith("/files"):
            body = json.dumps({"file_id": "f", "url": "ch://files/f", "file_name": "f"})
        else:
            if method == "GET":
                task_id = path.split("/")[2]
            else:
                until = time.time() + draw.lognormvariate(math.log(5), 0.6) if durations else 0.0
                task_id = f"{until}-{draw.random()}"
            done = method == "GET" and time.time() >= float(task_id.split("-")[0])
            body = json.dumps(
                {
                    "task_id": task_id,
                    "task_type": "Extract",
                    "status": "Succeeded" if done else "Starting",
                    "completed": done,
                    "message": "",
                    "created_at": "2026-01-01T00:00:00Z",
                    "configuration": {"schema": {}},
                    "file_info": {"url": ""},
                    "version_info": {"server_version": "x", "client_version": "Unspecified"},
                    "output": ANSWER if done else None,
                }
            )
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        await writer.drain()


def serve(port, durations: bool) -> None:
    async def main() -> None:
        draw = random.Random(1)

        async def connection(reader, writer) -> None:
            try:
                await answer(reader, writer, durations, draw)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        server = await asyncio.start_server(connection, "127.0.0.1", 0)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(main())


class Server:
    def __init__(self, *, durations: bool = False) -> None:
        context = multiprocessing.get_context("spawn")
        self._port = context.Value("i", 0)
        self._process = context.Process(target=serve, args=(self._port, durations), daemon=True)

    def __enter__(self) -> str:
        self._process.start()
        while not self._port.value:
            time.sleep(0.01)
        return f"http://127.0.0.1:{self._port.value}"

    def __exit__(self, *_: object) -> None:
        self._process.kill()


def documents(count: int):
    for number in range(count):
        yield b"document %d " % number * 100


async def ours(url: str, count: int) -> None:
    async with AsyncClient("k", url, rate_limit=math.inf, polling=AT_ONCE) as client:
        async for outcome in client.extract_many(documents(count), Answer, max_concurrency=CONCURRENCY):
            outcome.unwrap()


async def by_hand(url: str, count: int) -> None:
    """The same requests, and the same JSON parsed to the same class and nothing else."""
    schema, slots = compile_schema(Answer).json, asyncio.Semaphore(CONCURRENCY)
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": "k"}) as http:

        async def one(data: bytes) -> Answer:
            async with slots:
                body = {"file": "data:text/plain;base64," + base64.b64encode(data).decode(), "schema": schema}
                task = (await http.post("/tasks/extract", json=body)).json()
                while not task["completed"]:
                    await asyncio.sleep(0.0001)
                    task = (await http.get(f"/tasks/{task['task_id']}/extract")).json()
                return Answer.model_validate(task["output"]["results"])

        await asyncio.gather(*(one(data) for data in documents(count)))


async def by_sdk(url: str, count: int) -> None:
    from chunkr_ai import AsyncChunkr  # noqa: PLC0415 - the other two need no SDK

    schema, slots = compile_schema(Answer).json, asyncio.Semaphore(CONCURRENCY)
    async with AsyncChunkr(api_key="k", base_url=url) as sdk:

        async def one(data: bytes) -> Answer:
            async with slots:
                file = "data:text/plain;base64," + base64.b64encode(data).decode()
                task = await sdk.tasks.extract.create(file=file, schema=schema)
                while not task.completed:
                    await asyncio.sleep(0.0001)
                    task = await sdk.tasks.extract.get(task.task_id)
                return Answer.model_validate(task.output.results)

        await asyncio.gather(*(one(data) for data in documents(count)))


def cpu(tasks: int) -> None:
    with Server() as url:
        took: dict[str, float] = {}
        for _ in range(3):
            for name, run in (("by hand", by_hand), ("ours", ours), ("official SDK", by_sdk)):
                asyncio.run(run(url, 20))
                gc.collect()
                before = time.process_time()
                asyncio.run(run(url, tasks))
                took[name] = min(took.get(name, math.inf), time.process_time() - before)
    for name, seconds in took.items():
        print(f"{name:>14}: {seconds:6.2f} s CPU for {tasks} extractions, {seconds / took['by hand']:.2f} x by hand")


def wall(tasks: int) -> None:
    draw = random.Random(1)
    with Server(durations=True) as url:
        before = time.monotonic()

        async def run() -> None:
            async with AsyncClient("k", url, max_concurrency=1000) as client:
                async for outcome in client.extract_many(documents(tasks), Answer, ordered=False):
                    outcome.unwrap()

        asyncio.run(run())
        took = time.monotonic() - before
    ends = []
    for number in range(tasks):
        ends.append(number / 10 + draw.lognormvariate(math.log(5), 0.6))
        draw.random()
    bound = max(ends)
    print(f"{took:.2f} s for {tasks} tasks; the arrivals allow {bound:.2f} s; {took / bound:.3f} x")


def many(tasks: int) -> None:
    async def run(url: str) -> None:
        async with AsyncClient("k", url, rate_limit=math.inf, polling=AT_ONCE) as client:
            done = 0
            async for _ in client.extract_many(documents(tasks), Answer, max_concurrency=CONCURRENCY):
                done += 1
                if done in {tasks // 10, tasks // 2, tasks}:
                    gc.collect()
                    print(f"after {done:6}: {tracemalloc.get_traced_memory()[0] / 2**20:6.2f} MiB")

    with Server() as url:
        tracemalloc.start()
        asyncio.run(run(url))


def upload(mib: int) -> None:
    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    with Server() as url, tempfile.TemporaryDirectory() as folder, Client("k", url) as client:
        path = Path(folder) / "large.txt"
        with path.open("wb") as file:
            for _ in range(mib):
                file.write(os.urandom(1 << 19).hex().encode())
        client.upload(b"warm", file_name="warm.txt")
        before, began = peak(), time.monotonic()
        client.upload(path)
        print(f"{mib} MiB in {time.monotonic() - began:.1f} s; peak memory grew by {peak() - before:.1f} MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["cpu", "wall", "many", "upload"])
    parser.add_argument("--tasks", type=int)
    parser.add_argument("--mib", type=int, default=1024)
    told = parser.parse_args()
    if told.what == "upload":
        upload(told.mib)
    else:
        run, usual = {"cpu": (cpu, 1000), "wall": (wall, 100), "many": (many, 10_000)}[told.what]
        run(told.tasks or usual)
