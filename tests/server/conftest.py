"""A PostgreSQL for the tests that need one; those are skipped where its programs are not installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_cluster import Cluster, programs

from chunkr_integrations.server._database import Database
from chunkr_integrations.server._postgres import PostgresDatabase
from chunkr_integrations.server._postgres_address import PostgresAddress
from chunkr_integrations.server._sqlite import SQLiteDatabase


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A running server, started with the first test that asks for it."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL's programs are not installed: apt-get install postgresql")
    cluster = Cluster(found)
    yield cluster
    cluster.remove()


@pytest.fixture
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """The URL of a new, empty database."""
    with postgres.database() as name:
        yield postgres.url(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A new database of each kind."""
    found: Database
    if request.param == "sqlite":
        found = SQLiteDatabase(tmp_path / "server.sqlite3", durable=False)
    else:
        found = PostgresDatabase(PostgresAddress.read(request.getfixturevalue("postgres_url")))
    yield found
    found.close()
