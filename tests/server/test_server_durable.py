"""What is accepted is done, once: over restarts, deaths of workers, and documents that kill whoever reads them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from served import SCHEMA, TEXT, ScriptedEngine, ended, extract_form, extracted, inline, served, until

from chunkr_integrations.server import create_app


@pytest.fixture
def engine(tmp_path: Path) -> ScriptedEngine:
    return ScriptedEngine(tmp_path / "parses")


def process_app(engine: ScriptedEngine, data_dir: Path, **options: Any) -> Any:
    return create_app(engine=engine, data_dir=data_dir, isolation="process", **{"workers": 1, **options})


async def test_a_restart_finishes_what_was_accepted(engine: ScriptedEngine, tmp_path: Path) -> None:
    gate, data = tmp_path / "gate", tmp_path / "data"
    async with served(process_app(engine, data)) as http:
        forms = [extract_form(f"do wait {gate}\n".encode() + TEXT), extract_form(), extract_form(b"do refuse\n")]
        tasks = [(await http.post("/tasks/extract", json=form)).json() for form in forms]
        await until(http, tasks[0]["parse_task_id"], lambda task: task["status"] == "Processing")
    gate.touch()
    async with served(process_app(engine, data)) as http:
        found = [await ended(http, task["task_id"]) for task in tasks]
        assert [task["status"] for task in found] == ["Succeeded", "Succeeded", "Failed"]
        assert [task["created_at"] for task in found] == [task["created_at"] for task in tasks]
        assert len((await http.get("/tasks")).json()["tasks"]) == 6


async def test_results_files_and_idempotency_keys_survive_a_restart(engine: ScriptedEngine, tmp_path: Path) -> None:
    headers = {"Idempotency-Key": "k"}
    async with served(create_app(engine=engine, data_dir=tmp_path / "data")) as http:
        file = (await http.post("/files", files={"file": ("a.txt", TEXT)})).json()
        form = {"file": file["url"], "schema": SCHEMA}
        created = (await http.post("/tasks/extract", json=form, headers=headers)).json()
        task = await ended(http, created["task_id"])
    async with served(create_app(engine=engine, data_dir=tmp_path / "data")) as http:
        assert (await ended(http, task["task_id"]))["output"] == task["output"]
        assert (await http.get(f"/files/{file['file_id']}/content")).content == TEXT
        assert (await http.get(task["file_info"]["url"])).content == TEXT
        again = (await http.post("/tasks/extract", json=form, headers=headers)).json()
        assert again["task_id"] == task["task_id"]


async def test_several_workers_do_each_task_once(engine: ScriptedEngine, tmp_path: Path) -> None:
    async with served(create_app(engine=engine, data_dir=tmp_path / "data", workers=4)) as http:
        form = [extract_form(b"Order number: %d" % number, file_name=f"{number}.txt") for number in range(40)]
        made = await asyncio.gather(*(http.post("/tasks/extract", json=each) for each in form))
        tasks = [await ended(http, answer.json()["task_id"]) for answer in made]
    assert [task["output"]["results"]["order_number"] for task in tasks] == [str(number) for number in range(40)]
    assert sorted(engine.parses()) == sorted(f"{number}.txt" for number in range(40))


async def test_two_servers_share_a_data_folder(engine: ScriptedEngine, tmp_path: Path) -> None:
    apps = [create_app(engine=engine, data_dir=tmp_path / "data") for _ in range(2)]
    async with served(apps[0]) as one, served(apps[1]) as two:
        made = [
            (await http.post("/tasks/extract", json=extract_form(b"%d" % n))).json()
            for n in range(10)
            for http in (one, two)
        ]
        for task in made:
            assert (await ended(two, task["task_id"]))["status"] == "Succeeded"
            assert (await ended(one, task["task_id"]))["output"] == (await ended(two, task["task_id"]))["output"]


@pytest.mark.parametrize("isolation", ["thread", "process"])
async def test_nothing_is_left_when_the_application_ends(
    isolation: Any, engine: ScriptedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thread, no process, and without a data folder no file."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = set(threading.enumerate())
    app = create_app(engine=engine, isolation=isolation, workers=2)
    for _ in range(2):  # and it can be started again
        async with served(app) as http:
            assert (await extracted(http))["status"] == "Succeeded"
            assert list(temporary.iterdir())
        assert list(temporary.iterdir()) == []
    left = [thread.name for thread in set(threading.enumerate()) - before if "AnyIO" not in thread.name]
    assert left == []
    for process in {int(line.split(" ", 1)[0]) for line in engine.log.read_text().splitlines()} - {os.getpid()}:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


async def test_the_data_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    async with served(create_app(data_dir=tmp_path / "new" / "data")) as http:
        await http.post("/tasks/parse", json={"file": inline(TEXT)})
        assert (tmp_path / "new" / "data").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("options", [{"workers": 0}, {"isolation": "fiber"}])
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        create_app(**options)


async def test_while_the_disk_is_full_nothing_is_taken_or_lost(engine: ScriptedEngine, tmp_path: Path) -> None:
    """What is there can be read, what was accepted waits without using up attempts, and goes on by itself."""
    space = tmp_path / "space"
    async with served(create_app(engine=engine, data_dir=tmp_path / "data", workers=1)) as http:
        done = await extracted(http)
        waiting = await http.post("/tasks/extract", json=extract_form(f"do fill {space}\n".encode() + TEXT))
        # More than the attempts that a document has.
        await until(http, waiting.json()["task_id"], lambda _: len(engine.parses()) > 4)
        assert (await http.get(f"/tasks/{done['task_id']}")).json()["output"] == done["output"]
        assert not (await http.get(f"/tasks/{waiting.json()['task_id']}")).json()["completed"]
        space.touch()
        assert (await ended(http, waiting.json()["task_id"]))["status"] == "Succeeded"


async def test_a_full_disk_is_a_503_that_says_so(tmp_path: Path) -> None:
    """And the database goes on as soon as there is space: no transaction is left open."""
    app = create_app(data_dir=tmp_path / "data")
    async with served(app) as http:
        done = await extracted(http)
        database = app.state.desk._do.tasks._database
        writer = database._writer
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own full disk
        form = extract_form(schema={"type": "object", "description": "x" * 500_000})
        refused = await http.post("/tasks/extract", json=form)
        said = "The server has no space left to take it. Send it again later."
        assert (refused.status_code, refused.text) == (503, said)
        assert (await http.get(f"/tasks/{done['task_id']}")).json()["output"] == done["output"]
        writer.execute("PRAGMA max_page_count = 1000000")
        assert (await extracted(http, b"Order number: PO-7782"))["status"] == "Succeeded"
        assert len((await http.get("/tasks")).json()["tasks"]) == 4


async def test_a_backup_that_was_made_while_it_ran_is_a_server(engine: ScriptedEngine, tmp_path: Path) -> None:
    """As the guide has it: the database first, then the contents."""
    data, backup, gate = tmp_path / "data", tmp_path / "backup", tmp_path / "gate"
    backup.mkdir()
    async with served(create_app(engine=engine, data_dir=data, workers=1, lease=1.0)) as http:
        done = await extracted(http)
        waiting = (await http.post("/tasks/extract", json=extract_form(f"do wait {gate}\n".encode() + TEXT))).json()
        await until(http, waiting["parse_task_id"], lambda task: task["status"] == "Processing")
        source, target = sqlite3.connect(data / "server.sqlite3"), sqlite3.connect(backup / "server.sqlite3")
        source.backup(target)  # what the shell's `.backup` does
        source.close()
        target.close()
        shutil.copytree(data / "contents", backup / "contents")
        gate.touch()
    async with served(create_app(engine=engine, data_dir=backup, workers=1, lease=0.1)) as http:
        assert (await http.get(f"/tasks/{done['task_id']}")).json()["output"] == done["output"]
        assert (await ended(http, waiting["task_id"]))["status"] == "Succeeded"
        parsed = await http.get(f"/tasks/{done['parse_task_id']}/parse")
        assert parsed.json()["output"]["chunks"]
