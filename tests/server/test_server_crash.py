"""SIGKILL at random moments, of servers, workers and the database: each accepted task ends, and ends once.

`CHUNKR_CRASH=200,30` is the full number, of tasks and kills; without, a run of seconds. `CHUNKR_CRASH_SEED` repeats
the choices of a run.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from machine import Machine
from object_store import object_store
from postgres_cluster import Cluster
from served import extract_form

from chunkr_integrations.server._postgres import PostgresDatabase
from chunkr_integrations.server._postgres_address import PostgresAddress
from chunkr_integrations.server._sqlite import SQLiteDatabase

TASKS, KILLS = (int(number) for number in os.environ.get("CHUNKR_CRASH", "24,4").split(","))
SEED = int(os.environ.get("CHUNKR_CRASH_SEED", time.time_ns() % 1_000_000))
PATIENCE = 60.0 + 3 * TASKS
PAUSE = 0.05  # seconds that a document takes, so that it can be killed meanwhile
# Written by the database itself whenever a state changes: nothing that a killed process did is forgotten.
AUDIT = "CREATE TABLE audit (task_id TEXT, before TEXT, after TEXT)"
SQLITE_AUDIT = """CREATE TRIGGER audited AFTER UPDATE OF status ON tasks WHEN OLD.status <> NEW.status
    BEGIN INSERT INTO audit VALUES (NEW.task_id, OLD.status, NEW.status); END"""
POSTGRES_AUDIT = (
    """CREATE FUNCTION chunkr.audit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO chunkr.audit VALUES (NEW.task_id, OLD.status, NEW.status); RETURN NULL; END $$""",
    """CREATE TRIGGER audited AFTER UPDATE OF status ON chunkr.tasks FOR EACH ROW
    WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION chunkr.audit()""",
)


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Two servers of one folder; or two machines with PostgreSQL and S3. And how to ask their database."""
    options: dict[str, Any] = {"log": str(tmp_path / "parses")}
    if request.param == "sqlite":
        folder = tmp_path / "data"
        folder.mkdir()
        SQLiteDatabase(folder / "server.sqlite3", durable=True).close()

        def ask(sql: str) -> list[Any]:
            with sqlite3.connect(folder / "server.sqlite3", timeout=60) as connection:
                return connection.execute(sql).fetchall()

        for statement in (AUDIT, SQLITE_AUDIT):
            ask(statement)
        yield {"options": [{**options, "data_dir": str(folder)}] * 2, "ask": ask, "crash": None}
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    url = request.getfixturevalue("postgres_url")
    address = PostgresAddress.read(url)
    PostgresDatabase(address).close()
    for statement in (AUDIT.replace("audit", "chunkr.audit"), *POSTGRES_AUDIT):
        cluster.execute(statement, address.database)

    def crash() -> None:
        cluster.stop(signal.SIGQUIT)
        cluster.start()

    with object_store() as files:
        yield {
            "options": [{**options, "data_dir": str(tmp_path / n), "database": url, "files": files} for n in "ab"],
            "ask": lambda sql: cluster.execute(f"SET search_path TO chunkr; {sql}", address.database),
            "crash": crash,
        }


@pytest.fixture
def machines(house: dict[str, Any]) -> Iterator[list[Machine]]:
    found = [Machine(**options) for options in house["options"]]
    yield found
    for machine in found:
        machine.process.kill()
        machine.process.wait()


def persistent(machines: list[Machine], first: int, request: Callable[[httpx.Client, str], httpx.Response]) -> Any:
    """The answer of whichever server gives one; each is asked in turn, with the same request."""
    deadline, number = time.monotonic() + PATIENCE, first
    with httpx.Client(timeout=10) as http:
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                answer = request(http, machines[number % 2].url)
                if answer.status_code == 200:
                    return answer.json()
                assert answer.status_code in {500, 503}, answer.text
            number += 1
            time.sleep(0.05)
    pytest.fail("no server answers")


class Killer:
    """Kills at random moments: servers, workers, and the database where it is a process."""

    def __init__(self, machines: list[Machine], crash: Callable[[], None] | None) -> None:
        self._machines = machines
        self._crash = crash
        self.killed: list[str] = []

    def run(self, chance: random.Random) -> None:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.1, 0.8))
            kind = chance.choice(["server", "worker", "worker"] + ["database"] * (self._crash is not None))
            machine = chance.choice(self._machines)
            if kind == "database" and self._crash is not None:
                self._crash()
            elif kind == "worker" and (workers := machine.working()):
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(workers), signal.SIGKILL)
            else:
                kind = "server"
                machine.kill()
            self.killed.append(kind)

    def wait_for(self, share: float) -> None:
        """Until that share of the kills is done: tasks keep coming as long as there are kills."""
        deadline = time.monotonic() + PATIENCE
        while len(self.killed) < int(share * KILLS) and time.monotonic() < deadline:
            time.sleep(0.02)


def submit(machines: list[Machine], killer: Killer, number: int) -> str:
    killer.wait_for(number / TASKS)
    form = extract_form(f"do pause\nOrder number: {number}".encode(), file_name=f"{number}.txt")
    headers = {"Idempotency-Key": f"task-{number}"}
    made = persistent(machines, number, lambda http, url: http.post(f"{url}/tasks/extract", json=form, headers=headers))
    return str(made["task_id"])


def ended(machines: list[Machine], task_id: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        task = persistent(machines, 0, lambda http, url: http.get(f"{url}/tasks/{task_id}"))
        if task["completed"]:
            return task
        time.sleep(0.1)
    pytest.fail(f"{task_id} does not end")


def test_whatever_is_killed_each_accepted_task_ends_once(house: dict[str, Any], machines: list[Machine]) -> None:
    persistent(machines, 0, lambda http, url: http.get(f"{url}/tasks"))
    killer, began = Killer(machines, house["crash"]), time.monotonic()
    with ThreadPoolExecutor(9) as pool:
        killing = pool.submit(killer.run, random.Random(SEED))
        made = list(pool.map(lambda number: submit(machines, killer, number), range(TASKS)))
        tasks = list(pool.map(lambda task_id: ended(machines, task_id), made))
        killing.result()
    states = Counter(task["status"] for task in tasks)
    seconds = time.monotonic() - began
    kinds = dict(Counter(killer.killed))
    sys.stderr.write(f"\n{len(tasks)} tasks, kills {kinds}, seed {SEED}: {dict(states)} in {seconds:.0f} s\n")
    assert set(states) <= {"Succeeded", "Failed"}
    assert len(set(made)) == TASKS  # none accepted twice
    for number, task in enumerate(tasks):
        if task["status"] == "Succeeded":
            assert task["output"]["results"]["order_number"] == str(number)
        else:  # three deaths of one task are a reason to give up, and nothing else is
            assert "with the death of its process" in task["message"]
    ask = house["ask"]
    every = ask("SELECT task_id, status FROM tasks")
    assert len(every) == 2 * TASKS  # each extraction, and its parse task: none lost, none more
    ends = ask("SELECT task_id FROM audit WHERE after IN ('Succeeded', 'Failed', 'Cancelled')")
    assert sorted(row[0] for row in ends) == sorted(row[0] for row in every)  # each ended, and once
    assert ask("SELECT COUNT(*) FROM audit WHERE before IN ('Succeeded', 'Failed', 'Cancelled')")[0][0] == 0
