"""The tasks table as a queue, with a clock that is moved by hand; and the list that it is too. In both databases."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chunkr_integrations.server._blobs import FolderBlobs
from chunkr_integrations.server._database import Database
from chunkr_integrations.server._files import FileStore
from chunkr_integrations.server._problems import Problem
from chunkr_integrations.server._queue import Queue
from chunkr_integrations.server._rows import DocumentRow, TaskRow
from chunkr_integrations.server._tasks import Idempotency, NewTask, Page, TaskStore


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


class House:
    """The stores on one folder, and short ways to their methods."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.clock = Clock()
        self.folder = folder
        self.blobs = FolderBlobs(folder, durable=False)
        self.database = database
        self.tasks = TaskStore(self.database, self.blobs, clock=self.clock)
        self.files = FileStore(self.database, self.blobs, clock=self.clock)
        self.queue = Queue(self.database, lease_seconds=10, clock=self.clock)

    def new(self, content: bytes | None = b"text", **more: Any) -> NewTask:
        blob = None if content is None else self.blobs.put(content)
        return NewTask("me", "{}", "engine 1", '"Unspecified"', "a.txt", blob=blob, **more)

    def extract(self, **more: Any) -> TaskRow:
        return self.tasks.create_extract(self.new(**more), "{}")

    def parse(self, **more: Any) -> TaskRow:
        return self.tasks.create_parse(self.new(**more))

    def take(self) -> TaskRow:
        taken = self.queue.take()
        assert taken is not None
        return taken

    def end_parse(self, task: TaskRow, key: str = "key") -> bool:
        blob = self.blobs.put(b"document")
        return self.queue.parsed(task, DocumentRow(f"d-{key}", key, blob.blob_id, "text/plain", 1), blob)

    def contents(self) -> int:
        return len(list((self.folder / "contents").glob("*/*")))


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(tmp_path, database)


def test_tasks_are_taken_in_their_order_and_an_extraction_after_its_parse(house: House) -> None:
    first, second = house.extract(), house.extract()
    parse = house.take()
    assert parse.task_id == first.parse_task_id
    assert (parse.status, parse.attempts) == ("Processing", 1)
    assert house.end_parse(parse)
    assert house.take().task_id == first.task_id
    assert house.take().task_id == second.parse_task_id
    assert house.queue.take() is None


def test_a_lease_that_is_renewed_holds_and_one_that_runs_out_does_not(house: House) -> None:
    house.parse()
    held = house.take()
    house.clock.now += 9
    house.queue.renew([held])
    house.clock.now += 9
    assert house.queue.take() is None
    house.clock.now += 1
    again = house.take()
    assert (again.task_id, again.attempts) == (held.task_id, 2)
    assert again.started_at == held.started_at


def test_only_the_holder_of_the_lease_ends_a_task_and_only_once(house: House) -> None:
    house.extract()
    late = house.take()
    house.clock.now += 11
    held = house.take()
    assert not house.queue.fail(late, "late")
    assert not house.end_parse(late)
    assert house.end_parse(held)
    assert not house.end_parse(held)
    extract = house.take()
    assert house.queue.extracted(extract, b"{}")
    assert not house.queue.extracted(extract, b"[]")
    assert not house.queue.fail(extract, "no")
    house.queue.release(extract)
    house.queue.again(extract)
    found = house.tasks.get("me", extract.task_id)
    assert (found.status, house.tasks.output(extract.task_id)) == ("Succeeded", b"{}")


def test_a_released_task_is_as_new_and_a_died_one_has_used_an_attempt(house: House) -> None:
    house.parse()
    held = house.take()
    house.queue.release(held)
    assert house.tasks.get("me", held.task_id).status == "Starting"
    held = house.take()
    assert held.attempts == 1
    house.queue.again(held)
    assert house.tasks.get("me", held.task_id).status == "Processing"
    assert house.take().attempts == 2


def test_an_extraction_ends_with_its_parse_when_that_fails_is_cancelled_deleted_or_expires(house: House) -> None:
    failed = house.extract()
    house.queue.fail(house.take(), "It cannot be read.")
    cancelled = house.extract()
    house.tasks.cancel("me", cancelled.parse_task_id or "")
    expired = house.extract(expires_in=60)
    lasting = house.tasks.create_extract_on(house.new(None), expired.parse_task_id or "")
    house.clock.now += 61
    assert house.tasks.sweep() == 2
    for task, message in (
        (failed, "It cannot be read."),
        (cancelled, "The parse task was cancelled."),
        (lasting, "The parse task was deleted before it ended."),
    ):
        found = house.tasks.get("me", task.task_id)
        assert (found.status, found.message) == ("Failed", message)
    assert house.queue.take() is None


def test_cancelling_an_extraction_cancels_the_parse_that_only_it_wanted(house: House) -> None:
    alone, shared = house.extract(), house.extract()
    other = house.tasks.create_extract_on(house.new(None), shared.parse_task_id or "")
    for task in (alone, shared):
        house.tasks.cancel("me", task.task_id)
        assert house.tasks.get("me", task.task_id).status == "Cancelled"
    assert house.tasks.get("me", alone.parse_task_id or "").status == "Cancelled"
    assert house.tasks.get("me", shared.parse_task_id or "").status == "Starting"
    house.end_parse(house.take())
    assert house.take().task_id == other.task_id


def test_a_cancelled_task_keeps_no_document(house: House) -> None:
    task = house.extract()
    assert house.contents() == 1
    house.tasks.cancel("me", task.task_id)
    assert house.contents() == 0


@pytest.mark.parametrize("status", ["Starting", "Processing", "Cancelled"])
def test_only_a_task_that_succeeded_or_failed_can_be_deleted(house: House, status: str) -> None:
    task = house.parse()
    if status == "Processing":
        house.take()
    if status == "Cancelled":
        house.tasks.cancel("me", task.task_id)
    with pytest.raises(Problem, match=status):
        house.tasks.delete("me", task.task_id)


def test_deleting_the_last_task_that_needs_a_content_deletes_the_content(house: House) -> None:
    extract = house.extract()
    house.end_parse(house.take())
    house.queue.extracted(house.take(), b"{}")
    assert house.contents() == 2
    house.tasks.delete("me", extract.parse_task_id or "")
    assert house.contents() == 2  # the extraction shows the document, and may be asked for it
    house.tasks.delete("me", extract.task_id)
    assert house.contents() == 0
    with house.database.read() as connection:
        for table in ("tasks", "outputs", "blobs", "documents"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] == 0, table


def test_a_deleted_file_leaves_its_tasks_their_document(house: House) -> None:
    file, _ = house.files.create("me", house.blobs.put(b"x"), name="a", content_type="text/plain", metadata="{}")
    task = house.tasks.create_parse(house.new(None, file_id=file.file_id))
    house.files.delete("me", file.file_id)
    assert house.contents() == 1
    assert house.take().blob_id == task.blob_id
    with pytest.raises(Problem, match="File not found"):
        house.tasks.create_parse(house.new(None, file_id=file.file_id))


def test_an_expired_task_is_gone_at_once_and_swept_with_all_it_had(house: House) -> None:
    task = house.extract(expires_in=5)
    house.end_parse(house.take())
    house.queue.extracted(house.take(), b"{}")
    house.clock.now += 5.001
    with pytest.raises(Problem, match="Task not found"):
        house.tasks.get("me", task.task_id)
    assert house.tasks.page("me", Page(10)) == ([], False)
    assert house.contents() == 2
    assert house.tasks.sweep() == 2
    assert house.contents() == 0


def test_a_task_that_expires_while_it_is_worked_on_is_gone(house: House) -> None:
    house.parse(expires_in=5)
    held = house.take()
    house.clock.now += 6
    house.tasks.sweep()
    assert not house.end_parse(held)


def test_finished_tasks_are_kept_for_as_long_as_the_server_is_told(house: House) -> None:
    done, waiting = house.parse(), house.parse()
    house.end_parse(house.take())
    house.clock.now += 100
    assert house.tasks.sweep() == 0
    assert house.tasks.sweep(keep=200) == 0
    assert house.tasks.sweep(keep=99) == 1
    with pytest.raises(Problem):
        house.tasks.get("me", done.task_id)
    assert house.tasks.get("me", waiting.task_id).status == "Starting"


def test_the_same_key_gives_the_same_task_for_a_day(house: House) -> None:
    promise = Idempotency("k", "digest")
    first = house.tasks.create_parse(house.new(), promise)
    assert house.tasks.create_parse(house.new(), promise).task_id == first.task_id
    assert house.tasks.promised("me", promise) == first
    assert house.tasks.promised("somebody else", promise) is None
    with pytest.raises(Problem, match="Idempotency-Key"):
        house.tasks.create_parse(house.new(), Idempotency("k", "another"))
    house.clock.now += 24 * 3600
    assert house.tasks.create_parse(house.new(), promise).task_id != first.task_id


def test_tasks_made_at_one_moment_are_told_apart_by_the_cursor(house: House) -> None:
    made = [house.parse().task_id for _ in range(10)]
    seen: list[str] = []
    cursor: int | None = None
    while True:
        tasks, has_more = house.tasks.page("me", Page(3, cursor=cursor))
        seen += [task.task_id for task in tasks]
        cursor = tasks[-1].created_at
        if not has_more:
            break
    assert seen == made[::-1]


def test_a_document_to_be_fetched_is_leased_without_changing_its_status(house: House) -> None:
    task = house.extract(content=None, source_url="http://example.org/a.txt")
    assert house.queue.take() is None
    held = house.queue.take_remote()
    assert held is not None
    assert (held.task_id, held.status) == (task.parse_task_id, "Starting")
    assert house.queue.take_remote() is None
    house.clock.now += 11
    late, held = held, house.queue.take_remote()
    assert held is not None
    blob = house.blobs.put(b"x")
    assert not house.queue.fetched(late, blob, file_name="b.txt", sent_type=None)
    assert house.queue.fetched(held, blob, file_name="b.txt", sent_type="text/plain")
    for task_id in (task.task_id, task.parse_task_id or ""):
        found = house.tasks.get("me", task_id)
        assert (found.file_name, found.blob_id) == ("b.txt", blob.blob_id)
    assert house.take().attempts == 1


def test_of_two_readings_of_the_same_bytes_the_first_stays(house: House) -> None:
    house.parse()
    house.parse()
    one, two = house.take(), house.take()
    assert house.end_parse(one)
    assert not house.end_parse(two)  # its content is not taken; the task has ended well all the same
    assert house.tasks.get("me", two.task_id).document_id == house.tasks.get("me", one.task_id).document_id


def test_what_a_crash_left_in_the_folder_is_found(house: House, tmp_path: Path) -> None:
    import os

    kept = house.parse().blob_id or ""
    orphan = house.blobs.put(b"nobody's").blob_id
    for path in (tmp_path / "contents").glob("*/*"):
        os.utime(path, (0, 0))
    assert set(house.blobs.rubbish()) == {kept, orphan}
    assert house.tasks.unknown_blobs([kept, orphan]) == [orphan]


@pytest.mark.parametrize("name", ["", "..", "../a", "a/b", "a\\b", "\u00e4"])
def test_no_id_is_a_path(house: House, name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        house.blobs.path(name)


def test_every_query_of_a_worker_has_an_index(house: House) -> None:
    """So that ten thousand waiting tasks cost no more than ten."""
    from chunkr_integrations.server import _queue

    queries = ((_queue._LOST, "tasks_leased"), (_queue._NEXT, "tasks_ready"), (_queue._REMOTE, "tasks_remote"))
    for sql, index in queries:
        plan = planned(house.database, sql.format(skip_locked=house.database.skip_locked))
        assert index in plan
        assert not re.search(r"SCAN tasks(?! USING)|Seq Scan|B-TREE|Sort", plan), plan


def planned(database: Database, sql: str) -> str:
    """How a database means to answer a worker's query, when there are many tasks."""
    with database.write() as connection:
        if not database.is_remote:
            values = {"lease": "", "until": 0, "now": 0}
            return " ".join(row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())
        connection.execute("SET LOCAL enable_seqscan = off")  # it may be quicker as long as there are few tasks
        literal = re.sub(r":(lease|until|now)", "'0'", sql)
        return " ".join(row[0] for row in connection.execute(f"EXPLAIN {literal}").fetchall())
