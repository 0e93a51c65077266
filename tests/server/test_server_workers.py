"""Tasks end once, whatever dies meanwhile: worker processes, the server, the engine's patience."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from machine import Machine
from served import ORDER, TEXT, ScriptedEngine, ended, extract_form, extracted, inline, served, until

from chunkr_integrations.server import Limits, create_app

PATIENCE = 60.0


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "parses"


@pytest.fixture
def app(log: Path, tmp_path: Path) -> Callable[..., Any]:
    """Makes applications on one data folder, with engines that do as the documents say."""

    def make(**options: Any) -> Any:
        defaults = {"isolation": "process", "workers": 1, "data_dir": tmp_path / "data", "lease": 1.0}
        return create_app(engine_factory=partial(ScriptedEngine, log), **{**defaults, **options})

    return make


def pids(log: Path) -> list[int]:
    return [int(line.split()[0]) for line in log.read_text().splitlines()] if log.exists() else []


async def wait_for(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := what():
            return found
        await asyncio.sleep(0.01)
    pytest.fail("it does not come about")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_documents_are_read_in_a_process_apart(app: Callable[..., Any], log: Path) -> None:
    """By the real reader, behind an engine that notes where it works."""
    async with served(app()) as http:
        task = await extracted(http, ORDER.read_bytes())
        assert task["output"]["results"] == {"order_number": "PO-7781", "total": 118}
        parse = (await http.get(f"/tasks/{task['parse_task_id']}")).json()
        picture = await http.get(parse["output"]["pages"][0]["image"])
        assert picture.content.startswith(b"\x89PNG")
    assert pids(log) != [os.getpid()]
    await wait_for(lambda: not is_alive(pids(log)[0]))


async def test_a_task_whose_process_dies_once_is_done_by_another(
    app: Callable[..., Any], log: Path, tmp_path: Path
) -> None:
    async with served(app()) as http:
        task = await extracted(http, f"do die {tmp_path / 'died'}\n".encode() + TEXT)
    assert task["status"] == "Succeeded"
    assert len(set(pids(log))) == 2


async def test_a_task_whose_process_always_dies_fails_and_the_next_is_done(app: Callable[..., Any], log: Path) -> None:
    async with served(app(limits=Limits(attempts=2))) as http:
        task = await extracted(http, b"do die\n", file_name="evil.txt")
        assert (task["status"], task["output"]) == ("Failed", None)
        assert task["message"].startswith("evil.txt: the work on it ended 2 times")
        assert task["message"].endswith(".")
        assert len(pids(log)) == 2
        assert (await extracted(http))["status"] == "Succeeded"


async def test_a_worker_killed_from_outside_costs_an_attempt_and_no_task(
    app: Callable[..., Any], log: Path, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    async with served(app()) as http:
        created = (await http.post("/tasks/extract", json=extract_form(f"do wait {gate}\n".encode() + TEXT))).json()
        os.kill((await wait_for(lambda: pids(log)))[0], signal.SIGKILL)
        gate.touch()
        task = await ended(http, created["task_id"])
        assert task["status"] == "Succeeded", task["message"]
        assert len(pids(log)) == 2
        assert os.getpid() not in pids(log)
        assert (await extracted(http))["status"] == "Succeeded"


@pytest.mark.parametrize("isolation", ["process", "thread"])
async def test_a_task_that_takes_too_long_fails_and_the_next_is_done(
    app: Callable[..., Any], log: Path, isolation: str, tmp_path: Path
) -> None:
    async with served(app(isolation=isolation, limits=Limits(task_seconds=1.0))) as http:
        task = await extracted(http, f"do wait {tmp_path / 'never'}\n".encode(), file_name="slow.txt")
        assert (task["status"], task["message"].partition(".")[0]) == ("Failed", "slow")
        assert "took longer than 1 seconds" in task["message"]
        assert len(pids(log)) == 1
        assert (await extracted(http))["status"] == "Succeeded"
        (tmp_path / "never").touch()


@pytest.mark.parametrize("isolation", ["process", "thread"])
async def test_a_task_in_work_when_the_server_stops_is_done_by_the_next(
    app: Callable[..., Any], log: Path, tmp_path: Path, isolation: str
) -> None:
    gate = tmp_path / "gate"
    async with served(app(isolation=isolation)) as http:
        created = (await http.post("/tasks/extract", json=extract_form(f"do wait {gate}\n".encode() + TEXT))).json()
        waiting = (await http.post("/tasks/extract", json=extract_form())).json()
        await wait_for(lambda: pids(log))
    gate.touch()
    async with served(app(isolation=isolation, lease=3600.0)) as http:
        for each in (created, waiting):
            assert (await ended(http, each["task_id"]))["status"] == "Succeeded"


async def test_two_servers_on_one_folder_share_the_work(app: Callable[..., Any], tmp_path: Path) -> None:
    """What one accepts while it is busy, the other does."""
    gate = tmp_path / "gate"
    async with served(app(isolation="thread")) as one, served(app(isolation="thread")) as other:
        busy = (await one.post("/tasks/extract", json=extract_form(f"do wait {gate}\n".encode() + TEXT))).json()
        await until(one, busy["parse_task_id"], lambda task: task["status"] == "Processing")
        task = await extracted(one, b"Order number: 7\n")
        assert (await other.get(f"/tasks/{task['task_id']}/extract")).json()["output"] == task["output"]
        gate.touch()
        assert (await ended(other, busy["task_id"]))["status"] == "Succeeded"


@pytest.mark.slow
async def test_nothing_is_lost_when_workers_are_killed_at_any_moment(app: Callable[..., Any], log: Path) -> None:
    """Every task ends well and has one output; the killed ones were begun again."""
    async with served(app(workers=2, limits=Limits(attempts=100))) as http:
        forms = [extract_form(f"do pause\nOrder number: N-{n}\n".encode()) for n in range(10)]
        tasks = [(await http.post("/tasks/extract", json=form)).json()["task_id"] for form in forms]
        for killed in range(4):
            await wait_for(lambda begun=2 * killed: len(pids(log)) > begun)
            os.kill(pids(log)[-1], signal.SIGKILL)
        found = [await ended(http, task) for task in tasks]
    assert [task["status"] for task in found] == ["Succeeded"] * 10
    assert [task["output"]["results"]["order_number"] for task in found] == [f"N-{n}" for n in range(10)]


@pytest.fixture
def server(log: Path, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(data_dir=str(tmp_path / "data"), log=str(log))
    yield machine
    machine.process.kill()
    machine.process.wait()


@pytest.mark.slow
async def test_tasks_outlive_the_death_of_the_server(server: Machine, log: Path, tmp_path: Path) -> None:
    """SIGKILL while tasks are waiting, in work and done; after a restart each has ended once."""
    gate = tmp_path / "gate"
    async with httpx.AsyncClient(base_url=server.url) as http:
        server.wait()
        done = await extracted(http)
        forms = [extract_form(f"do wait {gate}\nOrder number: N-{n}\n".encode()) for n in range(4)]
        tasks = [(await http.post("/tasks/extract", json=form)).json()["task_id"] for form in forms]
        await wait_for(lambda: len(pids(log)) >= 3)
        server.process.kill()
        server.process.wait()
        for pid in set(pids(log)):
            await wait_for(lambda pid=pid: not is_alive(pid))
        gate.touch()
        server.start()
        server.wait()
        found = [await ended(http, task) for task in tasks]
        assert [task["output"]["results"]["order_number"] for task in found] == [f"N-{n}" for n in range(4)]
        again = (await http.get(f"/tasks/{done['task_id']}")).json()
        assert (again["output"], again["finished_at"]) == (done["output"], done["finished_at"])


async def test_the_same_bytes_are_read_once(app: Callable[..., Any], log: Path) -> None:
    """For one key, under one configuration and kind of name; the answer has the name it was sent under."""
    async with served(app(isolation="thread")) as http:
        for name, times in (("a.txt", 1), ("b.txt", 1), ("c.md", 2)):
            task = await extracted(http, file_name=name)
            assert task["file_info"]["name"] == name
            assert len(pids(log)) == times
        await extracted(http, file_name="a.txt", parse_configuration={"segmentation_strategy": "Page"})
        assert len(pids(log)) == 3
        parse = (await http.post("/tasks/parse", json={"file": inline(TEXT), "file_name": "b.txt"})).json()
        assert (await ended(http, parse["task_id"]))["output"]["file_name"] == "b.txt"
        assert len(pids(log)) == 3
