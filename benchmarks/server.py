"""The server as a program on a loopback port: status polls a second on one core, and a crowd with its memory.

python benchmarks/server.py polls [--seconds 10] [--connections 16]
python benchmarks/server.py load [--clients 100] [--tasks 5000] [--per-second 10] [--garbage 10000]

`polls` measures with `wrk` where it is installed, else with raw sockets in another process. `load` gives each client
a key, sends small extractions until all are done (a 429 is waited out, any other answer that is not a 200 is a fault),
and meanwhile a 2 GiB upload, half-open connections and garbage, beside a caller who asks for `/health`. Linux only: it
reads `/proc`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import os
import random
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = """
import os, sys
from pathlib import Path
from chunkr_integrations.server import Limits, serve

if __name__ == "__main__":
    port, folder, keys, workers, core, rate = sys.argv[1:]
    if core != "-":
        os.sched_setaffinity(0, {int(core)})
    serve(
        port=int(port), data_dir=Path(folder), keys=keys.split(","), workers=int(workers),
        limits=Limits(files_per_second=float(rate)),
    )
"""
SCHEMA = {"type": "object", "properties": {"order_number": {"type": "string"}, "total": {"type": "number"}}}
PLAIN = ssl.create_default_context()  # made once: a hundred clients would take seconds for theirs
POLLER = """
import socket, sys, time
host, port, path, key, seconds = sys.argv[1:]
request = f"GET {path} HTTP/1.1\\r\\nHost: a\\r\\nAuthorization: {key}\\r\\n\\r\\n".encode()
connections = [socket.create_connection((host, int(port))) for _ in range(16)]
end, count = time.perf_counter() + float(seconds), 0
began = time.perf_counter()
for connection in connections:
    connection.sendall(request)
while time.perf_counter() < end:
    for connection in connections:
        answer = b""
        while b"\\r\\n\\r\\n" not in answer:
            answer += connection.recv(65536)
        head, _, body = answer.partition(b"\\r\\n\\r\\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\\r")[0])
        while len(body) < length:
            body += connection.recv(65536)
        count += 1
        connection.sendall(request)
print(f"Requests/sec: {count / (time.perf_counter() - began):.0f}")
"""


@dataclass
class Program:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    keys: list[str]
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """Of the server's own process."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> tuple[int, int]:
        """MB that the server has resident, and its worker processes together."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        children = [child for path in threads for child in path.read_text().split()]
        return _resident(str(self.process.pid)), sum(map(_resident, children))

    def on_disk(self) -> int:
        """MB of its data folder."""
        sizes = [path.stat().st_size for path in self.folder.rglob("*") if path.is_file()]
        return sum(sizes) >> 20


def _resident(pid: str) -> int:
    with contextlib.suppress(OSError):  # it has just ended
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) // 1024 if found else 0
    return 0


@contextlib.contextmanager
def running(*, keys: int, workers: int, core: str = "-", per_second: float = 10.0) -> Iterator[Program]:
    """A server until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder, script = Path(name) / "data", Path(name) / "program.py"
        script.write_text(PROGRAM)
        names = [f"lu_{number:03}" for number in range(keys)]
        arguments = [str(port), str(folder), ",".join(names), str(workers), core, str(per_second)]
        process = subprocess.Popen([sys.executable, str(script), *arguments], stderr=subprocess.DEVNULL)
        try:
            program = Program(process, port, names, folder)
            _await_start(program)
            yield program
        finally:
            process.terminate()
            process.wait(60)


def _await_start(program: Program) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and program.process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{program.url}/health")
            return
        time.sleep(0.1)
    raise SystemExit("the server does not start")


# ------------------------------------------------------------------------------------------------------ polls
def polls(seconds: int, connections: int) -> None:
    """Print polls a second of a finished extraction, and the processor time of each."""
    cores = sorted(os.sched_getaffinity(0))
    with running(keys=1, workers=1, core=str(cores[0])) as program:
        with httpx.Client(base_url=program.url, headers={"Authorization": program.keys[0]}) as http:
            form = {
                "file": base64.b64encode(b"Order number: PO-7781\n\nTotal: 118.00 EUR\n").decode(),
                "schema": SCHEMA,
            }
            task = http.post("/tasks/extract", json=form).json()
            path = f"/tasks/{task['task_id']}/extract"
            while not http.get(path).json()["completed"]:
                time.sleep(0.05)
            size = len(http.get(path).content)
        measure = _wrk if shutil.which("wrk") else _raw
        measure(program, path, 2, connections)  # warm
        before, began = program.cpu_seconds(), time.perf_counter()
        rate = measure(program, path, seconds, connections)
        used, passed = program.cpu_seconds() - before, time.perf_counter() - began
        print(
            f"{rate:.0f} polls a second of {size} bytes ({measure.__name__.strip('_')}, {connections} connections, "
            f"{seconds} s); {1e6 * used / (rate * seconds):.0f} µs of processor time each, so "
            f"{rate * seconds / used:.0f} a second on a core of its own; the server had {used / passed:.0%} of one"
        )


def _wrk(program: Program, path: str, seconds: int, connections: int) -> float:
    header = f"Authorization: {program.keys[0]}"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", header, program.url + path]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit(out)
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", out)[0])


def _raw(program: Program, path: str, seconds: int, connections: int) -> float:  # noqa: ARG001 - it has 16
    arguments = ["127.0.0.1", str(program.port), path, program.keys[0], str(seconds)]
    command = [sys.executable, "-c", POLLER, *arguments]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", out)[0])


# ------------------------------------------------------------------------------------------------------- load
@dataclass
class Crowd:
    """What happened so far.

    Attributes:
        answers: How often each status came, by what was asked.
        ended: Tasks by their last status.
        memory: MB of the server and of its workers, by the share of tasks done.
        faults: Messages of the tasks that did not end well.
        waits: Seconds of each `/health`.
        uploaded: MiB of the upload that were taken before its connection was closed.
    """

    answers: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[int, int, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    uploaded: int = 0
    done: bool = False


async def load(program: Program, *, tasks: int, garbage: int, upload_bytes: int = 2 << 30) -> Crowd:
    """Send everything at once, and give back what came of it."""
    crowd, left = Crowd(), iter(range(tasks))
    beside = [
        asyncio.create_task(_health(program, crowd)),
        asyncio.create_task(_half_open(program, crowd)),
    ]
    bad = [
        asyncio.create_task(_garbage(program, crowd, garbage)),
        asyncio.create_task(_upload(program, crowd, upload_bytes)),
    ]
    watching = asyncio.create_task(_watch(program, crowd, tasks))
    await asyncio.gather(*(_client(program, key, left, crowd) for key in program.keys))
    await asyncio.gather(*bad)
    crowd.done = True
    await asyncio.gather(*beside, watching)
    return crowd


async def _client(program: Program, key: str, left: Iterator[int], crowd: Crowd) -> None:
    async with httpx.AsyncClient(
        base_url=program.url, headers={"Authorization": key}, timeout=120, verify=PLAIN
    ) as http:
        for number in left:
            text = f"Order number: PO-{number}\n\nTotal: {number}.50 EUR\n".encode()
            form = {"file": base64.b64encode(text).decode(), "schema": SCHEMA}
            task = await _asked(http, crowd, "POST", "/tasks/extract", json=form)
            while not task["completed"]:
                await asyncio.sleep(0.2)
                task = await _asked(http, crowd, "GET", f"/tasks/{task['task_id']}/extract")
            right = task["status"] == "Succeeded" and task["output"]["results"]["order_number"] == f"PO-{number}"
            crowd.ended[task["status"] if right or task["status"] != "Succeeded" else "Wrong"] += 1
            if not right:
                crowd.faults.append(str(task["message"]))


async def _asked(http: httpx.AsyncClient, crowd: Crowd, method: str, path: str, **more: Any) -> dict[str, Any]:
    while True:
        answer = await http.request(method, path, **more)
        crowd.answers[f"{method} {answer.status_code}"] += 1
        if answer.status_code == 429:
            await asyncio.sleep(int(answer.headers["retry-after-ms"]) / 1000)
            continue
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


async def _watch(program: Program, crowd: Crowd, tasks: int) -> None:
    wanted = 0
    while not crowd.done:
        share = 100 * crowd.ended.total() // tasks
        if share >= wanted:
            crowd.memory.append((share, *program.memory()))
            wanted = share + 10
        await asyncio.sleep(0.2)
    crowd.memory.append((100, *program.memory()))


async def _health(program: Program, crowd: Crowd) -> None:
    async with httpx.AsyncClient(base_url=program.url, timeout=120, verify=PLAIN) as http:
        while not crowd.done:
            began = time.perf_counter()
            crowd.answers[f"health {(await http.get('/health')).status_code}"] += 1
            crowd.waits.append(time.perf_counter() - began)
            await asyncio.sleep(0.1)


async def _half_open(program: Program, crowd: Crowd) -> None:
    """Twenty connections whose head never ends; one that is given up is begun again."""
    found: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    while not crowd.done:
        crowd.answers["half-open, given up"] += sum(reader.at_eof() for reader, _ in found)
        found = [(reader, writer) for reader, writer in found if not reader.at_eof()]
        while len(found) < 20:
            found.append(await asyncio.open_connection("127.0.0.1", program.port))
            found[-1][1].write(b"GET /health HTTP/1.1\r\nX: ")
        for _, writer in found:
            writer.write(b"x")
        await asyncio.sleep(1)
    for _, writer in found:
        writer.transport.abort()


async def _upload(program: Program, crowd: Crowd, size: int) -> None:
    """Above the limit, and sent to its end by a caller who does not listen, as far as that is let."""
    reader, writer = await asyncio.open_connection("127.0.0.1", program.port)
    writer.write(
        f"POST /files HTTP/1.1\r\nHost: a\r\nAuthorization: {program.keys[0]}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {size}\r\n\r\n--x\r\n"
        'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n'.encode()
    )
    answer, sent = asyncio.create_task(reader.readline()), 0
    with contextlib.suppress(OSError):
        while sent < size:
            writer.write(bytes(1 << 18))
            await writer.drain()
            sent += 1 << 18
    line = b""
    with contextlib.suppress(OSError):
        line = await answer
    crowd.answers[f"upload of {size >> 20} MiB {line.split()[1].decode() if line else 'cut off'}"] += 1
    crowd.uploaded = sent >> 20
    writer.transport.abort()


async def _garbage(program: Program, crowd: Crowd, count: int) -> None:
    chance = random.Random(1)
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", program.port)
        line = b"GET /tasks/%s HTTP/1.1\r\n" % chance.randbytes(5)
        writer.write(chance.choice([chance.randbytes(300), line + chance.randbytes(50), line + b"\r\n"]))
        with contextlib.suppress(OSError):
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(100), 60)
            crowd.answers[f"garbage {answer[9:12].decode() or 'closed'}"] += 1
        writer.transport.abort()


def report(crowd: Crowd, program: Program, seconds: float) -> None:
    """Print it."""
    waits = sorted(crowd.waits)
    print(f"{crowd.ended.total()} tasks in {seconds:.0f} s: {dict(crowd.ended)}")
    print("faults:", crowd.faults or "none")
    print("answers:", ", ".join(f"{name}: {count}" for name, count in sorted(crowd.answers.items())))
    print(f"/health meanwhile: {1000 * waits[len(waits) // 2]:.0f} ms (median), {1000 * waits[-1]:.0f} ms (longest)")
    print("memory (share of tasks: MB of the server + MB of its workers):")
    print("  " + ", ".join(f"{share} %: {server} + {workers}" for share, server, workers in crowd.memory))
    print(f"on disk: {program.on_disk()} MB; of the upload, {crowd.uploaded:,} MiB were read and thrown away")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("polls")
    one.add_argument("--seconds", type=int, default=10)
    one.add_argument("--connections", type=int, default=16)
    two = commands.add_parser("load")
    two.add_argument("--clients", type=int, default=100)
    two.add_argument("--tasks", type=int, default=5000)
    two.add_argument("--per-second", type=float, default=10.0)
    two.add_argument("--garbage", type=int, default=10_000)
    options = parser.parse_args()
    if options.command == "polls":
        polls(options.seconds, options.connections)
        return
    with running(keys=options.clients, workers=2, per_second=options.per_second) as program:
        began = time.perf_counter()
        crowd = asyncio.run(load(program, tasks=options.tasks, garbage=options.garbage))
        report(crowd, program, time.perf_counter() - began)


if __name__ == "__main__":
    main()
