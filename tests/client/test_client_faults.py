"""Whatever the network and the server do: nothing lost, nothing created twice, no hang, only errors of the tree."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import threading
from collections import Counter

import pytest
from both import Both, Sha
from fake_chunkr import FakeChunkr
from fault_server import AFTER, BEFORE, Outage, serving

from chunkr_integrations.client import AsyncClient, Client, _sending
from chunkr_integrations.client._retry import Failure, failure_of
from chunkr_integrations.exceptions import APIConnectionError, APIResponseError, APIStatusError, ChunkrError
from chunkr_integrations.sources import to_source

TEXT = b"Hello, this is a document."
LARGE = b"0123456789abcdef" * 40_000


@pytest.fixture(params=["Client", "AsyncClient", "AsyncClient over httpx"])
def kind(request, monkeypatch):
    """Every way to send: a named proxy, though none is used here, makes httpx the asynchronous one."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    if request.param.endswith("httpx"):
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Client if request.param == "Client" else AsyncClient


def client_for(kind, url: str, **options) -> Both:
    client = Both(kind, base_url=url, api_key="k", **{"request_timeout": 0.5, "max_retries": 3, **options})
    client.client._flows.sending.chance = lambda: 0.001  # short pauses
    return client


def first(fault: str, method: str, path: str):
    """The fault, on the first request of a kind only."""
    left = Counter({(method, path): 1})
    lock = threading.Lock()

    def plan(asked: str, where: str) -> str | None:
        for (wanted, prefix), count in left.items():
            is_it = where.startswith(prefix) if prefix.endswith("/") else where == prefix
            if count and asked == wanted and is_it:
                with lock:
                    left[wanted, prefix] -= 1
                return fault
        return None

    return plan


@pytest.mark.parametrize("fault", [fault for fault in (*BEFORE, *AFTER) if fault != "redirect"])
def test_each_fault_at_each_step_is_got_over_without_a_second_create(kind, fault):
    for method, path in (("POST", "/tasks/extract"), ("GET", "/tasks/"), ("POST", "/files"), ("GET", "/tasks")):
        fake = FakeChunkr(polls=2)
        with serving(fake, first(fault, method, path)) as url:
            client = client_for(kind, url)
            found = client.extract(LARGE, Sha, file_name="a.txt")
            assert found.value.sha256 == found.source.content_hash
            assert [task.task_id for task in client.list_tasks()] == [found.task_id]
            _close(client)
        assert fake.creates() == {found.source.content_hash: 1}
        assert len(fake.files) == 1


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/files"), ("POST", "/tasks/extract"), ("GET", "/tasks/"), ("GET", "/tasks")]
)
def test_connections_refused_in_the_middle_are_got_over(kind, method, path, monkeypatch):
    """The server goes away when it is asked that, and comes back once the client has found nobody there."""
    fake = FakeChunkr(polls=2)
    with Outage(fake, method, path) as outage:

        def notice(error):
            found = failure_of(error)
            if found is Failure.NOT_SENT:
                outage.over.set()
            return found

        monkeypatch.setattr(_sending, "failure_of", notice)
        client = client_for(kind, outage.url, max_retries=200)
        found = client.extract(LARGE, Sha, file_name="a.txt")
        assert found.value.sha256 == found.source.content_hash
        assert [task.task_id for task in client.list_tasks()] == [found.task_id]
        assert outage.over.is_set()
        _close(client)
    assert fake.creates() == {found.source.content_hash: 1}
    assert len(fake.files) == 1


def test_a_redirect_ends_it(kind):
    with serving(FakeChunkr(), lambda *_: "redirect") as url:
        client = client_for(kind, url)
        with pytest.raises(APIResponseError, match="redirects to"):
            client.extract(TEXT, Sha)
        _close(client)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset-before", APIConnectionError),
        ("502-page", APIStatusError),
        ("html", APIResponseError),
        ("503", APIStatusError),
    ],
)
def test_faults_that_do_not_end_become_errors_of_the_tree(kind, fault, error):
    with serving(FakeChunkr(), lambda *_: fault) as url:
        client = client_for(kind, url, max_retries=1)
        with pytest.raises(error) as caught:
            client.extract(TEXT, Sha)
        assert len(str(caught.value)) < 2000
        _close(client)


def test_a_server_that_is_not_there_is_named(kind):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = client_for(kind, url)
    with pytest.raises(APIConnectionError, match=rf"{url}/tasks/extract: .*Check the base URL"):
        client.extract(TEXT, Sha)
    _close(client)


def mix(seed: int, share: float):
    """A fault for one in so many requests, drawn by a seed."""
    draw, lock, faults = random.Random(seed), threading.Lock(), [*BEFORE, *AFTER]
    faults.remove("redirect")  # nothing to get over
    seen: Counter[str] = Counter()

    def plan(method: str, path: str) -> str | None:
        with lock:
            if draw.random() >= share:
                return None
            # A stall costs the client its whole time-out, so there are few.
            fault = draw.choice(faults) if draw.random() < 0.9 else draw.choice(faults[:4])
            fault = fault if fault != "stall" or draw.random() < 0.2 else "truncate"
            fault = fault if fault != "502-page" or draw.random() < 0.2 else "504"
            seen[fault] += 1
            return fault

    return plan, seen


def test_a_thousand_tasks_through_a_mix_of_faults(kind):
    fake = FakeChunkr(polls=2)
    plan, seen = mix(20260102, 0.2)
    count = int(os.environ.get("CHUNKR_FAULT_TASKS", "334"))  # a thousand in the three ways together
    with serving(fake, plan) as url:
        client = client_for(kind, url, max_retries=12)
        inputs = [b"document %d" % number for number in range(count)]
        outcomes = client.extract_many(inputs, Sha, max_concurrency=8)
        _close(client)
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert not errors
    assert [outcome.value.value.sha256 for outcome in outcomes] == [
        outcome.value.source.content_hash for outcome in outcomes
    ]
    assert set(fake.creates().values()) == {1}
    assert len(fake.tasks) == count
    assert sum(seen.values()) > count / 2
    assert len(seen) > 15


@pytest.mark.parametrize(("count", "size"), [(60, 1), (12, 60_000)], ids=["inside the request", "uploaded"])
@pytest.mark.parametrize("proof", ["gives_base64", "gives_links"])
def test_same_named_documents_are_not_mixed_up_when_answers_are_lost(kind, count, size, proof):
    """Each is found by its content: given as base64 by the server, or read from its link."""
    fake = FakeChunkr(polls=2, **{"gives_base64": False, "gives_links": False, proof: True})
    if size > 1 and proof == "gives_base64":
        fake.gives_links = True  # a large one is never asked for as base64
    lost: Counter[str] = Counter()

    def plan(method: str, path: str) -> str | None:
        lost[path] += 1
        return "reset-after" if path == "/tasks/extract" and lost[path] % 2 else None

    with serving(fake, plan) as url:
        client = client_for(kind, url, max_retries=12)
        inputs = [to_source(b"document %d, " % number * size, file_name="invoice.txt") for number in range(count)]
        outcomes = client.extract_many(inputs, Sha, max_concurrency=8)
        _close(client)
    assert [outcome.unwrap().value.sha256 for outcome in outcomes] == [source.content_hash for source in inputs]
    assert set(fake.creates().values()) == {1}
    assert len(fake.tasks) == count


def test_every_failure_is_an_error_of_the_tree(kind):
    plan, _ = mix(7, 0.7)
    with serving(FakeChunkr(), plan) as url:
        client = client_for(kind, url, max_retries=0)
        outcomes = client.extract_many([b"document %d" % number for number in range(60)], Sha, max_concurrency=8)
        _close(client)
    assert len(outcomes) == 60
    failures = [outcome.error for outcome in outcomes if not outcome.ok]
    assert failures
    assert all(isinstance(error, ChunkrError) for error in failures)


def _close(client: Both) -> None:
    if client.is_async:
        asyncio.run(client.client.aclose())
    else:
        client.client.close()
