"""The database behind the stores: its steps from one version to the next."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from chunkr_integrations.server._migrations import META, MIGRATIONS, SchemaError
from chunkr_integrations.server._sqlite import SQLiteDatabase


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "server.sqlite3"
    SQLiteDatabase(path, durable=True).close()
    newer = str(len(MIGRATIONS) + 1)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'format'", (newer,))
    with pytest.raises(SchemaError, match="Upgrade chunkr-integrations"):
        SQLiteDatabase(path, durable=True)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()[0] == newer


def test_a_database_that_has_seen_all_steps_is_opened_again_with_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "server.sqlite3"
    database = SQLiteDatabase(path, durable=True)
    secret = database.constant("secret")
    database.close()
    database = SQLiteDatabase(path, durable=True)
    assert database.constant("secret") == secret
    database.close()


def test_what_an_older_version_wrote_is_taken_along(tmp_path: Path) -> None:
    path = tmp_path / "server.sqlite3"
    with sqlite3.connect(path) as connection:
        for statement in (META, *MIGRATIONS[0], "INSERT INTO meta VALUES ('format', '1')"):
            connection.execute(statement)
        connection.execute("INSERT INTO documents VALUES ('d', 'k', 'b', 'text/plain', 1, NULL)")
    connection.close()
    database = SQLiteDatabase(path, durable=True)
    with database.read() as reader:
        assert reader.execute("SELECT notes FROM documents").fetchone()["notes"] == ""
        assert reader.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()[0] == str(len(MIGRATIONS))
    database.close()
