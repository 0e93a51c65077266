"""How far a batch is: counted once for each input, told one at a time, silent unless asked for."""

from __future__ import annotations

import pytest
from both import Both, Sha
from fake_chunkr import FakeChunkr

from chunkr_integrations.client import AsyncClient, Client, Progress
from chunkr_integrations.client._progress import Tally


@pytest.fixture(params=[Client, AsyncClient])
def client(request):
    return Both(request.param, FakeChunkr())


def test_a_callback_is_told_of_every_beginning_and_end(client):
    told: list[Progress] = []
    client.extract_many([b"one", b"", b"three"], Sha, progress=told.append)
    assert len(told) == 6
    assert (told[-1].done, told[-1].failed, told[-1].running, told[-1].total) == (3, 1, 0, 3)
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)


def test_the_total_of_a_generator_is_not_known(client):
    told: list[Progress] = []
    client.extract_many((data for data in [b"one", b"two"]), Sha, progress=told.append)
    assert told[-1].total is None
    assert told[-1].left is None


def test_a_callback_that_fails_does_not_end_the_batch(client, caplog):
    def broken(progress: Progress) -> None:
        raise ValueError("mine")

    assert all(outcome.ok for outcome in client.extract_many([b"one", b"two"], Sha, progress=broken))
    assert "the progress callback failed" in caplog.text


def test_nothing_is_printed_unless_asked_for(client, capfd):
    client.extract_many([b"one", b"two"], Sha)
    assert capfd.readouterr() == ("", "")


def test_the_bar_shows_counts_and_failures_on_the_error_output(client, capfd):
    pytest.importorskip("rich", reason="rich is not installed")
    client.extract_many([b"one", b""], Sha, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "2/2" in err
    assert "1 failed" in err


def test_rate_and_time_left():
    clock = iter([0.0, 1.0, 2.0])
    told: list[Progress] = []
    with Tally(told.append, 3, clock=lambda: next(clock)).one():
        pass
    assert (told[-1].rate, told[-1].left) == (0.5, 4.0)
