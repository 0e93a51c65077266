"""Several machines: servers with data folders of their own, one PostgreSQL, and files in a shared folder or in S3."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from machine import Machine
from object_store import object_store
from postgres_cluster import Cluster
from served import SCHEMA, TEXT, ScriptedEngine, ended, extract_form, inline, served, until

from chunkr_integrations.server import create_app
from chunkr_integrations.server._blobs import FolderBlobs
from chunkr_integrations.server._bucket import BucketBlobs
from chunkr_integrations.server._database import StoreUnavailableError
from chunkr_integrations.server._migrations import MIGRATIONS, SchemaError
from chunkr_integrations.server._postgres import PostgresDatabase
from chunkr_integrations.server._postgres_address import PostgresAddress
from chunkr_integrations.server._problems import Problem
from chunkr_integrations.server._queue import Queue
from chunkr_integrations.server._tasks import Idempotency, NewTask, TaskStore

KEYS = ("first-key", "second-key")


@pytest.fixture(params=["folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "folder":
        yield (tmp_path / "shared").as_uri()
    else:
        with object_store() as url:
            yield url


@pytest.fixture
def engine(tmp_path: Path) -> ScriptedEngine:
    return ScriptedEngine(tmp_path / "parses")


@pytest.fixture
def machine(engine: ScriptedEngine, postgres_url: str, tmp_path: Path) -> Any:
    """Makes a server of a machine; it shares nothing with the others but what is given."""

    def make(name: str, files: str, **options: Any) -> Any:
        return create_app(engine=engine, data_dir=tmp_path / name, database=postgres_url, files=files, **options)

    return make


async def test_what_one_machine_accepts_all_of_them_know(machine: Any, files: str) -> None:
    apps = [machine(name, files, keys=KEYS) for name in ("a", "b")]
    headers = {"Authorization": KEYS[0]}
    async with served(apps[0], **headers) as a, served(apps[1], **headers) as b:
        file = (await a.post("/files", files={"file": ("order.txt", TEXT)})).json()
        assert (await b.get(f"/files/{file['file_id']}/content")).content == TEXT
        made = (await b.post("/tasks/extract", json={"file": file["url"], "schema": SCHEMA})).json()
        seen = [await ended(http, made["task_id"]) for http in (a, b)]
        assert seen[0]["output"]["results"] == {"order_number": "PO-7781", "total": 118}
        assert seen[0]["output"] == seen[1]["output"]
        parse = await ended(a, made["parse_task_id"])
        assert parse["output"]["chunks"] == (await ended(b, made["parse_task_id"]))["output"]["chunks"]
        assert (await b.get(seen[0]["file_info"]["url"])).content == TEXT  # a link of the other machine
        for http in (a, b):
            listed = (await http.get("/tasks")).json()["tasks"]
            assert {task["task_id"] for task in listed} == {made["task_id"], made["parse_task_id"]}
            foreign = await http.get(f"/tasks/{made['task_id']}", headers={"Authorization": KEYS[1]})
            assert foreign.status_code == 404
        for http, task_id in ((a, made["task_id"]), (b, made["parse_task_id"])):
            assert (await http.delete(f"/tasks/{task_id}")).status_code == 200
        assert (await b.delete(f"/files/{file['file_id']}")).status_code == 200
        assert (await a.get(f"/files/{file['file_id']}/content")).status_code == 401


async def test_machines_share_the_work_and_each_document_is_read_once(
    machine: Any, files: str, engine: ScriptedEngine
) -> None:
    async with served(machine("a", files)) as a, served(machine("b", files)) as b:
        forms = [extract_form(b"Order number: %d" % n, file_name=f"{n}.txt") for n in range(20)]
        made = await asyncio.gather(*(a.post("/tasks/extract", json=form) for form in forms))
        tasks = [await ended(b, answer.json()["task_id"]) for answer in made]
    assert [task["output"]["results"]["order_number"] for task in tasks] == [str(n) for n in range(20)]
    assert sorted(engine.parses()) == sorted(f"{n}.txt" for n in range(20))


async def test_a_key_sent_to_two_machines_at_once_makes_one_task(machine: Any, tmp_path: Path) -> None:
    shared = str(tmp_path / "shared")
    async with served(machine("a", shared)) as a, served(machine("b", shared)) as b:
        for number in range(5):
            answers = await asyncio.gather(
                *(
                    http.post("/tasks/extract", json=extract_form(), headers={"Idempotency-Key": f"k{number}"})
                    for http in (a, b) * 4
                )
            )
            assert {answer.status_code for answer in answers} == {200}
            assert len({answer.json()["task_id"] for answer in answers}) == 1
        assert len((await a.get("/tasks?task_types=Extract")).json()["tasks"]) == 5


async def test_cancelling_on_one_machine_what_waits_at_another(machine: Any, tmp_path: Path) -> None:
    shared, gate = str(tmp_path / "shared"), tmp_path / "gate"
    async with served(machine("a", shared, workers=1)) as a, served(machine("b", shared, workers=1)) as b:
        for number in range(2):
            document = f"do wait {gate}\n{number}".encode()
            busy = (await a.post("/tasks/parse", json={"file": inline(document)})).json()
            await until(b, busy["task_id"], lambda task: task["status"] == "Processing")
        waiting = (await a.post("/tasks/extract", json=extract_form())).json()
        assert (await b.get(f"/tasks/{busy['task_id']}/cancel")).status_code == 400
        assert (await b.get(f"/tasks/{waiting['task_id']}/cancel")).status_code == 200
        gate.touch()
        assert (await ended(a, waiting["task_id"]))["status"] == "Cancelled"
        assert (await ended(a, waiting["parse_task_id"]))["status"] == "Cancelled"


async def test_the_database_goes_away_and_comes_back(
    machine: Any, postgres: Cluster, tmp_path: Path, engine: ScriptedEngine
) -> None:
    """Requests get a 503 meanwhile; what was accepted, and what was being worked on, is done."""
    gate = tmp_path / "gate"
    async with served(machine("a", str(tmp_path / "shared"))) as http:
        at_work = (await http.post("/tasks/extract", json=extract_form(f"do wait {gate}\n".encode() + TEXT))).json()
        await until(http, at_work["parse_task_id"], lambda task: task["status"] == "Processing")
        accepted = [(await http.post("/tasks/extract", json=extract_form(b"%d" % n))).json() for n in range(5)]
        postgres.stop()
        try:
            answers = [
                await http.post("/tasks/extract", json=extract_form()),
                await http.get(f"/tasks/{at_work['task_id']}"),
                await http.get("/tasks"),
                await http.get("/files"),
            ]
            assert {(answer.status_code, answer.text) for answer in answers} == {(503, StoreUnavailableError().text)}
            assert (await http.get("/health")).status_code == 200
            gate.touch()  # the work ends while nobody can be told
            await asyncio.sleep(0.5)
        finally:
            postgres.start()
        await _answers(http)
        for task in (at_work, *accepted):
            assert (await ended(http, task["task_id"]))["status"] == "Succeeded"
        assert (await http.post("/tasks/extract", json=extract_form())).status_code == 200
    assert len(engine.parses()) == len(set(engine.parses())) + 5  # each once; they have the same name


async def _answers(http: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + 30
    while (await http.get("/tasks")).status_code != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_the_file_store_goes_away_and_comes_back_without_a_task_being_blamed(
    machine: Any, tmp_path: Path
) -> None:
    """A bucket that is not there any more stands for a store that cannot be reached."""
    import s3fs

    with object_store() as url:
        bucket = s3fs.S3FileSystem(skip_instance_cache=True)
        gate = tmp_path / "gate"
        async with served(machine("a", url)) as http:
            task = (await http.post("/tasks/extract", json=extract_form(f"do wait {gate}\n".encode() + TEXT))).json()
            await until(http, task["parse_task_id"], lambda task: task["status"] == "Processing")
            name = url.split("/")[2]
            bucket.rm(name, recursive=True)
            gate.touch()
            assert (await http.post("/tasks/extract", json=extract_form())).status_code == 503
            await asyncio.sleep(0.5)
            assert not (await http.get(f"/tasks/{task['task_id']}")).json()["completed"]
            bucket.mkdir(name)
            assert (await ended(http, task["task_id"]))["status"] == "Succeeded"


async def test_an_id_with_a_nul_names_nothing(machine: Any, tmp_path: Path) -> None:
    async with served(machine("a", str(tmp_path / "shared"))) as http:
        assert (await http.get("/tasks/%00")).status_code == 404
        assert (await http.get("/files/%00")).status_code == 401


# ----------------------------------------------------------------------------------------------- the database alone
def address(url: str) -> PostgresAddress:
    return PostgresAddress.read(url)


def test_servers_that_start_at_once_on_an_empty_database_agree(postgres_url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        databases = list(pool.map(lambda _: PostgresDatabase(address(postgres_url)), range(8)))
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda database: database.constant("secret"), databases))) == 1
    for database in databases:
        database.close()


def test_a_database_of_a_newer_version_is_refused(postgres: Cluster, postgres_url: str) -> None:
    PostgresDatabase(address(postgres_url)).close()
    name = address(postgres_url).database
    postgres.execute(f"UPDATE chunkr.meta SET value = '{len(MIGRATIONS) + 1}' WHERE name = 'format'", name)
    with pytest.raises(SchemaError, match="Upgrade chunkr-integrations"):
        PostgresDatabase(address(postgres_url))


def test_what_an_older_version_wrote_is_taken_along(postgres: Cluster, postgres_url: str) -> None:
    name = address(postgres_url).database
    PostgresDatabase(address(postgres_url)).close()
    newer = (
        "TABLE chunkr.webhook_endpoints",
        "TABLE chunkr.webhook_deliveries",
        "TABLE chunkr.rates",
        "FUNCTION chunkr.tell",
    )
    for each in newer:
        postgres.execute(f"DROP {each} CASCADE", name)
    postgres.execute("ALTER TABLE chunkr.documents DROP COLUMN notes", name)
    postgres.execute("UPDATE chunkr.meta SET value = '1' WHERE name = 'format'", name)
    PostgresDatabase(address(postgres_url)).close()
    assert postgres.execute("SELECT value FROM chunkr.meta WHERE name = 'format'", name) == [[str(len(MIGRATIONS))]]
    assert postgres.execute("SELECT notes FROM chunkr.documents", name) == []


def test_a_database_that_is_not_there_is_named_without_its_password(postgres: Cluster, tmp_path: Path) -> None:
    url = f"postgresql://chunkr:pass-word@127.0.0.1:{postgres.port}/nowhere?sslmode=disable"
    with pytest.raises(RuntimeError, match="nowhere") as refused:
        PostgresDatabase(address(url))
    silent = address("postgresql://chunkr:pass-word@127.0.0.1:1/x")
    with pytest.raises(RuntimeError, match="cannot be reached") as unreachable:
        PostgresDatabase(silent, patience=0)
    for text in (str(refused.value), str(unreachable.value), str(silent), repr(silent)):
        assert "pass-word" not in text
    with pytest.raises(ValueError, match="data_dir or files"):
        create_app(database=url)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://chunkr:pass-word@h/d",
        "postgresql://h:x/d",
        "postgresql://u:pass-word@h/d?x=1",
        "postgresql://u:pass-word@h/d?port=pass-word",
        "postgresql://u:pass-word@h\u2100/d",  # a sign that urllib's own message repeats with all around it
        "postgresql://u:pass-word@[h/d",
        "postgresql://h/d",
    ],
)
def test_a_wrong_url_is_refused_without_repeating_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGUSER", raising=False)
    with pytest.raises(ValueError, match=r".") as refused:
        create_app(database=url, files="/tmp")
    assert "pass-word" not in str(refused.value)


@pytest.fixture
def database(postgres_url: str) -> Iterator[PostgresDatabase]:
    found = PostgresDatabase(address(postgres_url))
    yield found
    found.close()


def new(blobs: FolderBlobs) -> NewTask:
    return NewTask("me", "{}", "engine 1", '"Unspecified"', "a.txt", blob=blobs.put(b"text"))


def test_many_who_claim_at_once_get_each_task_once(database: PostgresDatabase, tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, durable=False)
    tasks, tasks_queue = TaskStore(database, blobs), Queue(database)
    made = {tasks.create_parse(new(blobs)).task_id for _ in range(100)}

    def claim(_: int) -> list[str]:
        return [task.task_id for task in iter(tasks_queue.take, None)]

    with ThreadPoolExecutor(8) as pool:
        taken = [task_id for each in pool.map(claim, range(8)) for task_id in each]
    assert len(taken) == len(made)
    assert set(taken) == made


def test_cancelling_and_claiming_at_once_is_one_or_the_other(database: PostgresDatabase, tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, durable=False)
    tasks, tasks_queue = TaskStore(database, blobs), Queue(database)
    made = [tasks.create_parse(new(blobs)).task_id for _ in range(60)]

    def cancel(task_id: str) -> str | None:
        try:
            tasks.cancel("me", task_id)
        except Problem:
            return None
        return task_id

    with ThreadPoolExecutor(8) as pool:
        taking = [pool.submit(lambda: [task.task_id for task in iter(tasks_queue.take, None)]) for _ in range(2)]
        cancelled = set(pool.map(cancel, reversed(made))) - {None}
        taken = {task_id for each in taking for task_id in each.result()}
    assert taken | cancelled == set(made)
    assert taken & cancelled == set()
    assert {tasks.get("me", task_id).status for task_id in taken} <= {"Processing"}


def test_one_key_by_many_at_once_makes_one_task(database: PostgresDatabase, tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, durable=False)
    tasks = TaskStore(database, blobs)
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda _: tasks.create_parse(new(blobs), Idempotency("k", "d")).task_id, range(16))
        assert len(set(made)) == 1


def test_a_new_task_is_told_to_the_other_machines_and_its_end_is_not(
    database: PostgresDatabase, postgres_url: str, tmp_path: Path
) -> None:
    other = PostgresDatabase(address(postgres_url))
    blobs = FolderBlobs(tmp_path, durable=False)
    tasks, tasks_queue = TaskStore(database, blobs), Queue(database)
    before = other.version()
    assert other.version() == before
    tasks.create_parse(new(blobs))
    deadline = time.monotonic() + 10
    while (after := other.version()) == before:
        assert time.monotonic() < deadline
    task = tasks_queue.take()
    assert task is not None
    tasks_queue.fail(task, "no")
    time.sleep(0.2)
    assert other.version() == after
    other.close()


def test_the_clock_is_the_databases(database: PostgresDatabase, postgres: Cluster) -> None:
    seen = float(str(postgres.execute("SELECT extract(epoch FROM clock_timestamp())::float8")[0][0]))
    assert seen - 5 < database.clock() < seen + 5


@pytest.mark.parametrize("hours", [1, -1], ids=["ahead", "behind"])
def test_a_machine_whose_clock_is_wrong_neither_loses_a_task_nor_takes_one(
    hours: int, postgres_url: str, tmp_path: Path
) -> None:
    """Two machines, hours apart: the second leaves alone what the first works on, and takes it when that one dies."""
    gate, log = tmp_path / "gate", tmp_path / "parses"
    shared = {"database": postgres_url, "files": str(tmp_path / "shared"), "log": str(log), "workers": 1, "lease": 3.0}
    machines = []
    began = time.time()
    try:
        with httpx.Client(timeout=30) as http:
            for name, skew in (("one", 3600 * hours), ("two", -3600 * hours)):
                machines.append(Machine(data_dir=str(tmp_path / name), skew=skew, **shared))
                machines[-1].wait()
                if name == "one":
                    form = extract_form(f"do wait {gate}\n".encode() + TEXT, file_name="slow.txt")
                    made = http.post(f"{machines[0].url}/tasks/extract", json=form).json()
                    waited_for(log.exists)
            made_too = http.post(f"{machines[1].url}/tasks/extract", json=extract_form()).json()
            waited_for(lambda: http.get(f"{machines[1].url}/tasks/{made_too['task_id']}").json()["completed"])
            assert [line.split()[1] for line in log.read_text().splitlines()] == ["slow.txt", "document.txt"]
            machines[0].process.kill()
            gate.touch()
            task_url = f"{machines[1].url}/tasks/{made['task_id']}"
            waited_for(lambda: http.get(task_url).json()["completed"])
            task = http.get(task_url).json()
            assert task["status"] == "Succeeded"
            assert http.get(task["file_info"]["url"]).status_code == 200  # a link of the second is of now
            made_at = datetime.fromisoformat(task["created_at"].replace("Z", "+00:00")).timestamp()
            assert began - 60 < made_at < time.time() + 60
    finally:
        for machine in machines:
            machine.process.kill()
            machine.process.wait()


def waited_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_connection_that_was_ended_is_replaced_unnoticed(
    database: PostgresDatabase, postgres: Cluster, tmp_path: Path
) -> None:
    tasks = TaskStore(database, FolderBlobs(tmp_path, durable=False))
    task = tasks.create_parse(new(FolderBlobs(tmp_path, durable=False)))
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'chunkr-integrations' AND pid <> pg_backend_pid()"
    )
    time.sleep(0.2)
    assert tasks.get("me", task.task_id) == task


def test_a_machine_that_freezes_in_a_transaction_does_not_hold_up_the_others(
    database: PostgresDatabase, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    frozen = PostgresDatabase(address(postgres_url), idle=1.0)
    woken = threading.Event()

    def freeze() -> None:
        with frozen.write() as connection:
            woken.wait(30)
            connection.execute("SELECT 1")

    def freezing() -> None:
        with pytest.raises(StoreUnavailableError):
            freeze()

    thread = threading.Thread(target=freezing)
    thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    database.constant("x")  # waits until the database ends the transaction of the other
    assert time.monotonic() - began < 25
    woken.set()
    thread.join()
    frozen.close()


def test_copies_of_what_was_deleted_elsewhere_and_old_ones_go(tmp_path: Path) -> None:
    import os

    with object_store() as url:
        here, there = (BucketBlobs(url, tmp_path / name, copies=100) for name in "ab")
        blob = here.put(b"x" * 10)
        copy = there.path(blob.blob_id)
        assert copy.read_bytes() == b"x" * 10
        here.remove([blob.blob_id])
        there.tidy(lambda blob_ids: [each for each in blob_ids if each == blob.blob_id])
        assert not copy.exists()
        with pytest.raises(FileNotFoundError):
            there.path(blob.blob_id)
        old = here.path(here.put(b"y" * 60).blob_id)
        os.utime(old, (1, 1))
        new = here.path(here.put(b"z" * 60).blob_id)
        assert (old.exists(), new.exists()) == (False, True)
        assert here.path(old.name).read_bytes() == b"y" * 60  # it is fetched again
