"""A small crowd against the server as a program; `benchmarks/server.py load` is the large one, and tells the memory."""

from __future__ import annotations

import sys

import pytest

from benchmarks.server import load, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the measuring reads /proc")


async def test_a_crowd_is_served_beside_an_upload_too_large_half_open_connections_and_garbage() -> None:
    """Nothing but what is documented is answered; every task has the result of its own document."""
    with running(keys=8, workers=2, per_second=0.25) as program:
        crowd = await load(program, tasks=16, garbage=200)
        assert program.on_disk() < 10
    assert crowd.ended == {"Succeeded": 16}
    assert crowd.answers["POST 200"] == 16
    assert crowd.answers["POST 429"]
    assert crowd.answers["upload of 2048 MiB 413"] == 1
    asked = {name for name in crowd.answers if not name.startswith(("garbage", "upload", "half-open"))}
    assert asked == {"POST 200", "POST 429", "GET 200", "health 200"}
    assert not [name for name in crowd.answers if name.startswith("garbage 5")]
    assert crowd.answers["garbage 400"]
