"""What the store costs, in SQLite and in PostgreSQL: accepting, claiming from queues of 10 and 10,000, waiting.

python benchmarks/claims.py [--depths N ...] [--claims N] [--waits N]

PostgreSQL is a throw-away one of the machine's own package, with fsync; it is left out where there is none.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator  # noqa: TC003 - as the tests have it
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx  # noqa: TC002 - as above

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "server"))

from postgres_cluster import Cluster, programs
from served import ended, extract_form, served

from chunkr_integrations.server import create_app
from chunkr_integrations.server._blobs import FolderBlobs
from chunkr_integrations.server._database import Database  # noqa: TC001 - as above
from chunkr_integrations.server._postgres import PostgresDatabase
from chunkr_integrations.server._postgres_address import PostgresAddress
from chunkr_integrations.server._queue import Queue
from chunkr_integrations.server._sqlite import SQLiteDatabase
from chunkr_integrations.server._tasks import NewTask, TaskStore

_ALONE, _THREADS = 300, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--depths", type=int, nargs="+", default=[10, 10_000])
    parser.add_argument("--claims", type=int, default=300, help="claims measured at each depth, in turn")
    parser.add_argument("--waits", type=int, default=100, help="tasks whose time in queue is measured")
    options = parser.parse_args()
    found = programs()
    measure("SQLite", None, options)
    if found is not None:
        cluster = Cluster(found, settings="fsync=on")
        try:
            measure("PostgreSQL", cluster, options)
        finally:
            cluster.remove()


def measure(name: str, cluster: Cluster | None, options: argparse.Namespace) -> None:
    print(name)
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)

        def url() -> str | None:
            return None if cluster is None else cluster.url(stack.enter_context(cluster.database()))

        places = [(depth, stack.enter_context(stores(folder / str(depth), url()))) for depth in options.depths]
        claim(places, options.claims)
        asyncio.run(wait(folder / "idle", url(), options.waits))
        if cluster is not None:
            asyncio.run(wait_elsewhere(folder / "other", url(), options.waits))


@contextmanager
def stores(folder: Path, url: str | None) -> Iterator[Stores]:
    folder.mkdir()
    database: Database
    if url is None:
        database = SQLiteDatabase(folder / "claims.sqlite3", durable=True)
    else:
        database = PostgresDatabase(PostgresAddress.read(url))
    yield Stores(database, TaskStore(database, FolderBlobs(folder, durable=True)), Queue(database))
    database.close()


@dataclass
class Stores:
    database: Database
    tasks: TaskStore
    queue: Queue

    def create(self) -> None:
        self.tasks.create_parse(NewTask("me", "{}", "engine 1", '"Unspecified"', "a.txt"))

    def claim(self) -> float:
        """Seconds of one claim; the task ends, and another takes its place."""
        began = time.perf_counter()
        task = self.queue.take()
        seconds = time.perf_counter() - began
        assert task is not None
        self.queue.fail(task, "no")
        self.create()
        return seconds


def claim(places: list[tuple[int, Stores]], claims: int) -> None:
    """At each depth in turn, so that what else the machine does falls on all of them."""
    for depth, place in places:
        alone = min(depth, _ALONE)
        began = time.perf_counter()
        for _ in range(alone):
            place.create()
        print(f"  {alone} tasks accepted: {alone / (time.perf_counter() - began):.0f} a second, one after the other")
        began, count = time.perf_counter(), depth - alone
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda place: place.create(), [place] * count))
        if count:
            rate = count / (time.perf_counter() - began)
            print(f"  {count} tasks accepted: {rate:.0f} a second, by {_THREADS} threads")
    times: dict[int, list[float]] = {depth: [] for depth, _ in places}
    for _ in range(claims):
        for depth, place in places:
            times[depth].append(place.claim())
    first = statistics.median(times[places[0][0]])
    for depth, seconds in times.items():
        median, share = 1000 * statistics.median(seconds), statistics.median(seconds) / first
        print(f"  a claim from {depth}: median {median:.2f} ms, {share:.2f} of the first ({claims} claims)")


async def wait(folder: Path, url: str | None, count: int) -> None:
    """Time in queue of one task after the other, on an idle server."""
    async with served(create_app(data_dir=folder, database=url)) as http:
        waited = [await queued(http, await created(http, number)) for number in range(count)]
    shown("time in queue, idle", waited)


async def wait_elsewhere(folder: Path, url: str | None, count: int) -> None:
    """The same, of tasks that another machine accepted, whose own workers are not there."""
    assert url is not None
    shared = folder / "shared"
    app = create_app(data_dir=folder, database=url, files=shared)
    database = PostgresDatabase(PostgresAddress.read(url))
    blobs = FolderBlobs(shared, durable=True)
    tasks, waited = TaskStore(database, blobs), []
    async with served(app) as http:
        for number in range(count):
            blob = blobs.put(b"Order number: %d" % number)
            new = NewTask("", "{}", "engine 1", '"Unspecified"', "a.txt", blob=blob)
            task = await asyncio.to_thread(tasks.create_parse, new)
            waited.append(await queued(http, task.task_id))
    database.close()
    shown("time in queue, idle, accepted by another machine", waited)


async def created(http: httpx.AsyncClient, number: int) -> str:
    await asyncio.sleep(0.03)  # not in step with anything
    answer = await http.post("/tasks/extract", json=extract_form(b"Order number: %d" % number))
    return str(answer.json()["parse_task_id"])


async def queued(http: httpx.AsyncClient, task_id: str) -> float:
    task = await ended(http, task_id)
    at = [datetime.fromisoformat(task[name].replace("Z", "+00:00")) for name in ("created_at", "started_at")]
    return (at[1] - at[0]).total_seconds()


def shown(what: str, waited: list[float]) -> None:
    waited = sorted(1000 * each for each in waited)
    late = waited[int(0.95 * len(waited))]
    print(
        f"  {what}: median {statistics.median(waited):.1f} ms, 95% within {late:.1f} ms, longest {waited[-1]:.1f} ms "
        f"({len(waited)} tasks)"
    )


if __name__ == "__main__":
    main()
