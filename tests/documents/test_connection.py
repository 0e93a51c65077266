from __future__ import annotations

import asyncio
import copy
import gc
import pickle

import pytest
from pydantic import SecretStr

from chunkr_integrations.client import AsyncClient
from chunkr_integrations.documents.connection import Connection, KeptConnection
from chunkr_integrations.exceptions import ChunkrError, ConfigurationError

KEY = "sk-never-to-be-seen"


@pytest.fixture
def connection():
    return Connection(api_key=SecretStr(KEY), base_url="http://127.0.0.1:9", max_concurrency=3)


def is_closed(client):
    return "closed" in repr(client)


def test_a_connection_makes_a_client_for_each_block(connection):
    with connection.open() as one:
        assert one.base_url == "http://127.0.0.1:9"
        assert not is_closed(one)
    assert is_closed(one)
    with connection.open() as two:
        assert two is not one


async def test_and_an_async_one(connection):
    async with connection.aopen() as one:
        assert not is_closed(one)
    assert is_closed(one)


def test_a_kept_client_serves_many_calls(connection):
    kept = KeptConnection(connection)
    with kept.open() as one:
        pass
    with kept.open() as two:
        assert two is one
    kept.close()
    assert is_closed(one)
    with kept.open() as three:
        assert three is not one


def test_a_kept_client_goes_with_its_component(connection):
    kept = KeptConnection(connection)
    with kept.open() as client:
        pass
    del kept
    gc.collect()
    assert is_closed(client)


async def test_calls_on_one_loop_share_an_async_client(connection):
    kept = KeptConnection(connection)
    async with kept.aopen() as one:
        async with kept.aopen() as two:
            assert two is one
        assert not is_closed(one)
    assert is_closed(one)
    async with kept.aopen() as three:
        assert three is not one


def test_a_client_that_was_given_is_never_closed(connection):
    with connection.open() as given:
        kept = KeptConnection(Connection(client=given))
        with kept.open() as client:
            assert client is given
        kept.close()
        assert not is_closed(given)


def test_what_is_pickled_can_connect_and_shows_no_key(connection):
    kept = KeptConnection(connection)
    with kept.open() as one:
        for other in (pickle.loads(pickle.dumps(kept)), copy.deepcopy(kept)):
            with other.open() as two:
                assert two is not one
                assert two.base_url == one.base_url
            other.close()
    assert KEY not in repr(connection) + repr(kept)
    kept.close()


def test_a_client_and_a_ledger_contradict_each_other(connection, tmp_path):
    with connection.open() as client, pytest.raises(ConfigurationError, match="A client and ledger were given"):
        Connection(client=client, ledger=tmp_path / "ledger")


async def test_an_own_client_that_cannot_be_made_is_told_to_each_caller(tmp_path):
    """And tried again by the next: the ledger's place may have been repaired."""
    place = tmp_path / "ledger.sqlite"
    place.write_bytes(b"no database, whatever its name says" * 50)
    kept = KeptConnection(Connection(None, None, None, "http://127.0.0.1:9", place))

    async def use():
        async with kept.aopen() as client:
            return client

    first, second = await asyncio.gather(use(), use(), return_exceptions=True)
    assert isinstance(first, ChunkrError)
    assert type(second) is type(first)
    place.unlink()
    assert isinstance(await use(), AsyncClient)


async def test_a_caller_that_gives_up_spoils_no_other(tmp_path):
    kept = KeptConnection(Connection(None, None, None, "http://127.0.0.1:9", tmp_path / "ledger.sqlite"))

    async def use():
        async with kept.aopen() as client:
            return client

    impatient, patient = asyncio.ensure_future(use()), asyncio.ensure_future(use())
    await asyncio.sleep(0)  # both wait for the one client
    impatient.cancel()
    assert isinstance(await patient, AsyncClient)
    with pytest.raises(asyncio.CancelledError):
        await impatient
