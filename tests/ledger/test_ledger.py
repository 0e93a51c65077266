"""The ledger: one place for what was asked, safe for threads, processes and sudden ends."""

from __future__ import annotations

import os
import pickle
import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from chunkr_integrations.exceptions import ConfigurationError
from chunkr_integrations.ledger import Ledger, entry_key

FACTS = {"endpoint": "http://h", "content_hash": "c", "schema_hash": "s", "options": {"system_prompt": "p"}}
KEY = entry_key(**FACTS)


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


def claim(ledger: Ledger, *, refresh: bool = False):
    return ledger.claim(KEY, name="a.pdf", refresh=refresh, **FACTS)


def test_an_entry_goes_from_sending_to_finished(ledger):
    first = claim(ledger)
    assert first.verdict == "send"
    ledger.submitted(KEY, "t-1")
    assert (claim(ledger).verdict, claim(ledger).task_id, claim(ledger).answer) == ("known", "t-1", None)
    ledger.finished("t-1", '{"task_id": "t-1"}')
    assert claim(ledger).answer == '{"task_id": "t-1"}'
    (entry,) = ledger.entries()
    assert (entry.status, entry.name, entry.options, entry.answer) == (
        "finished",
        "a.pdf",
        FACTS["options"],
        {"task_id": "t-1"},
    )
    assert entry.to_json()["created_at"] == entry.created_at.isoformat()


def test_what_another_thread_is_sending_is_waited_for(ledger):
    claim(ledger)
    verdicts = []
    thread = threading.Thread(target=lambda: verdicts.append(claim(ledger).verdict))
    thread.start()
    thread.join()
    assert verdicts == ["wait"]


def test_what_was_left_is_looked_for_with_the_first_key_and_time(ledger):
    first = claim(ledger)
    ledger.left(KEY)
    second = claim(ledger)
    assert (second.verdict, second.idempotency_key, second.since) == ("look", first.idempotency_key, first.since)
    assert claim(ledger).verdict == "wait"


def test_what_a_killed_process_was_sending_is_looked_for(ledger):
    code = (
        "import os\nfrom chunkr_integrations.ledger import Ledger\n"
        f"Ledger({str(ledger.path)!r}).claim({KEY!r}, name='a.pdf', **{FACTS!r})\nos.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert claim(ledger).verdict == "look"


def test_failed_and_forgotten_tasks_are_sent_anew(ledger):
    first = claim(ledger)
    ledger.submitted(KEY, "t-1")
    ledger.failed("t-1")
    again = claim(ledger)
    assert (again.verdict, again.idempotency_key != first.idempotency_key) == ("send", True)
    ledger.forget(KEY)
    assert claim(ledger).verdict == "send"


def test_refresh_sends_anew_but_not_beside_another(ledger):
    claim(ledger)
    assert claim(ledger, refresh=True).verdict == "wait"
    ledger.submitted(KEY, "t-1")
    ledger.finished("t-1", "{}")
    assert claim(ledger, refresh=True).verdict == "send"


def test_a_task_that_was_replaced_does_not_write_over_the_new_one(ledger):
    claim(ledger)
    ledger.submitted(KEY, "t-1")
    claim(ledger, refresh=True)
    ledger.submitted(KEY, "t-2")
    ledger.finished("t-1", "{}")
    assert claim(ledger).task_id == "t-2"
    assert ledger.knows("t-2")
    assert not ledger.knows("t-1")


def test_every_part_of_the_question_is_part_of_the_key():
    keys = {
        entry_key(**{**FACTS, name: value})
        for name, value in {**dict.fromkeys(("endpoint", "content_hash", "schema_hash"), "x"), "options": {}}.items()
    }
    assert len(keys | {KEY}) == 5
    assert entry_key(**{**FACTS, "options": {"a": 1, "b": 2}}) == entry_key(**{**FACTS, "options": {"b": 2, "a": 1}})


def test_pruning_deletes_what_is_old_and_of_the_status(ledger):
    claim(ledger)
    assert ledger.prune(older_than=timedelta(days=1)) == 0
    assert ledger.prune(older_than=timedelta(0), status="finished") == 0
    assert ledger.prune(older_than=timedelta(0)) == 1
    assert list(ledger.entries(status="sending")) == []


def test_a_ledger_is_pickled_by_its_path(ledger):
    claim(ledger)
    with pickle.loads(pickle.dumps(ledger)) as copy:
        assert len(list(copy.entries())) == 1


def test_threads_use_one_ledger(ledger):
    verdicts = []

    def work() -> None:
        for number in range(20):
            key = entry_key(**{**FACTS, "content_hash": str(number)})
            verdicts.append(ledger.claim(key, name="a", **{**FACTS, "content_hash": str(number)}).verdict)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == ["send"] * 20 + ["wait"] * 60


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_child_opens_the_file_for_itself(ledger):
    claim(ledger)
    code = (
        "import os\nfrom chunkr_integrations.ledger import Ledger\n"
        f"ledger = Ledger({str(ledger.path)!r})\npid = os.fork()\n"
        "if pid == 0:\n    os._exit(len(list(ledger.entries())))\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "1\n"


@pytest.mark.parametrize(
    "content", [b"this is no database at all, just text " * 50, b"SQLite format 3\0" + b"\1" * 5000]
)
def test_a_broken_file_is_an_error_and_is_left_as_it_is(tmp_path: Path, content):
    path = tmp_path / "broken.sqlite"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"broken\.sqlite.*(Move it away|another path)"):
        Ledger(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_not_touched(tmp_path: Path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="no ledger"):
        Ledger(path)
    assert path.read_bytes() == before


def test_a_ledger_of_another_version_is_not_touched(ledger):
    ledger.close()
    with sqlite3.connect(ledger.path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(ConfigurationError, match="another version"):
        Ledger(ledger.path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="its folder"):
        Ledger(tmp_path / "none" / "ledger.sqlite")


def test_damage_that_comes_later_is_an_error_too(ledger):
    for number in range(200):
        ledger.claim(str(number), name="a" * 500, **FACTS)
    ledger.close()
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(ledger.path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    ledger.path.write_bytes(data)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        list(ledger.entries())
