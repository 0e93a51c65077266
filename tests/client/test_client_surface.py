"""What a client shows, hides and promises, whatever it talks to."""

from __future__ import annotations

import asyncio
import inspect
import io
import logging
import math
import pickle
import threading

import anyio
import httpx
import pytest
from both import QUICK, Sha
from fake_chunkr import FakeChunkr
from play import NOW
from pydantic import SecretStr

from chunkr_integrations import sources
from chunkr_integrations.client import AsyncClient, Client, Polling
from chunkr_integrations.client._multipart import MultipartStream
from chunkr_integrations.client._retry import POLICY, Failure, failure_of, pause, retry_after
from chunkr_integrations.client._settings import to_settings
from chunkr_integrations.client._steps import Kind, Upload
from chunkr_integrations.exceptions import APIStatusError, ChunkrError, ConfigurationError, TaskTimeoutError

KEY = "lu_very-secret-key"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    monkeypatch.delenv("CHUNKR_API_KEY", raising=False)
    monkeypatch.delenv("CHUNKR_BASE_URL", raising=False)


def public(kind: type) -> dict[str, object]:
    twins = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}
    kept = {"__init__", "__aenter__", "__enter__", "__aexit__", "__exit__"}
    names = [name for name in dir(kind) if not name.startswith("_") or name in kept]
    return {twins.get(name, name): getattr(kind, name) for name in names}


def test_both_clients_have_the_same_methods_with_the_same_arguments():
    sync, asynchronous = public(Client), public(AsyncClient)
    assert sync.keys() == asynchronous.keys()
    for name, method in sync.items():
        if not callable(method):
            continue
        ours, theirs = (inspect.signature(one).parameters.values() for one in (method, asynchronous[name]))
        assert [(p.name, p.kind, p.default) for p in ours] == [(p.name, p.kind, p.default) for p in theirs], name


def test_every_public_method_is_documented():
    for kind in (Client, AsyncClient):
        for name, method in public(kind).items():
            assert name.startswith("__") or inspect.getdoc(method), name


# --- who answers ---


def settings(**told):
    names = (
        "api_key",
        "base_url",
        "engine",
        "http",
        "timeout",
        "request_timeout",
        "max_retries",
        "polling",
        "rate_limit",
        "max_concurrency",
    )
    return to_settings(**{**dict.fromkeys(names), "environment": {}, **told})


@pytest.mark.parametrize(
    ("told", "base_url", "has_key"),
    [
        ({}, "http://embedded", False),
        ({"api_key": "k"}, "https://api.chunkr.ai", True),
        ({"base_url": "http://127.0.0.1:8000/"}, "http://127.0.0.1:8000", False),
        (
            {"base_url": httpx.URL("https://x.example/api/v1/"), "api_key": SecretStr("k")},
            "https://x.example/api/v1",
            True,
        ),
        ({"environment": {"CHUNKR_API_KEY": "k"}}, "https://api.chunkr.ai", True),
        ({"environment": {"CHUNKR_BASE_URL": "http://h:1", "CHUNKR_API_KEY": "k"}}, "http://h:1", True),
        ({"environment": {"CHUNKR_BASE_URL": "http://h:1"}, "base_url": "http://h:2"}, "http://h:2", False),
        ({"environment": {"CHUNKR_BASE_URL": "", "CHUNKR_API_KEY": ""}}, "http://embedded", False),
        ({"environment": {"CHUNKR_API_KEY": "k"}, "engine": object()}, "http://embedded", False),
        ({"http": httpx.Client(base_url="http://h:3/v")}, "http://h:3/v", False),
    ],
)
def test_who_answers(told, base_url, has_key):
    found = settings(**told)
    assert (found.base_url, found.api_key is not None, found.embedded) == (
        base_url,
        has_key,
        base_url == "http://embedded",
    )


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"api_key": ""}, "api_key is empty"),
        ({"api_key": "kéy"}, "characters that no key has"),
        ({"api_key": "a\nb"}, "characters that no key has"),
        ({"base_url": "chunkr.example"}, "no address of a server"),
        ({"base_url": "ftp://chunkr.example"}, "no address of a server"),
        ({"base_url": "http://h:port"}, "no URL"),
        ({"base_url": "https://h/?key=1"}, "no address of a server"),
        ({"engine": object(), "api_key": "k"}, "engine= answers in this process"),
        ({"http": httpx.Client()}, "none is named"),
        ({"timeout": 0}, "timeout=0"),
        ({"timeout": math.nan}, "timeout=nan"),
        ({"request_timeout": -1}, "request_timeout=-1"),
        ({"max_retries": -1}, "max_retries=-1"),
        ({"max_concurrency": 0}, "max_concurrency=0"),
    ],
)
def test_options_that_make_no_sense_are_refused(told, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        settings(**told)
    assert "kéy" not in str(caught.value)


def test_a_polling_or_rate_that_makes_no_sense_is_refused():
    with pytest.raises(ConfigurationError, match="shortest"):
        Polling(shortest=2, longest=1)
    with pytest.raises(ConfigurationError, match="rate_limit=0"):
        Client("k", rate_limit=0)


# --- the key ---


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_the_key_is_nowhere_to_be_seen(kind, caplog):
    caplog.set_level(logging.DEBUG)
    client = Client(KEY, "http://chunkr.test", http=httpx.Client(transport=FakeChunkr(key="other").transport))
    with pytest.raises(ChunkrError) as caught:
        client.extract(b"text", Sha)
    shown = [repr(client), str(client), repr(client._settings), repr(caught.value), caplog.text, repr(kind(KEY))]
    assert not [text for text in shown if KEY in text]
    assert repr(kind(KEY)) == f"<{kind.__name__} of https://api.chunkr.ai with a key>"


def test_neither_documents_nor_queries_are_logged(caplog):
    caplog.set_level(logging.DEBUG, logger="chunkr_integrations")
    client = Client("k", "http://chunkr.test", http=httpx.Client(transport=FakeChunkr().transport), polling=QUICK)
    client.extract(b"the secret text of a document", Sha)
    client.extract("https://user:pw@files.example/a.pdf?sig=secret", Sha)
    assert "task " in caplog.text
    assert not [word for word in ("secret", "pw@", "sig=") if word in caplog.text]


# --- pickle, closing ---


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_can_be_pickled_without_its_connections(kind):
    polling = Polling(shortest=1)
    copy = pickle.loads(pickle.dumps(kind(KEY, "http://h:1", timeout=5, polling=polling, rate_limit=math.inf)))
    assert (copy.base_url, copy._settings.timeout, copy._settings.polling) == ("http://h:1", 5, polling)
    assert copy._settings.rate_limit is None
    assert copy._settings.api_key.get_secret_value() == KEY
    assert pickle.loads(pickle.dumps(kind())).embedded


def test_a_client_with_your_own_connections_says_why_it_cannot_be_pickled():
    with pytest.raises(ConfigurationError, match="cannot be pickled"):
        pickle.dumps(Client(base_url="http://h:1", http=httpx.Client()))


def test_a_closed_client_says_so():
    with Client("k") as client:
        pass
    with pytest.raises(ConfigurationError, match="was closed"):
        client.health()
    with pytest.raises(ConfigurationError, match="was closed"):
        client.extract_many([b"a"], Sha)


def test_making_a_client_opens_and_starts_nothing():
    before = threading.active_count()
    assert Client().embedded
    assert AsyncClient().embedded
    assert threading.active_count() == before


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("one", ["a.pdf", b"text", io.BytesIO(b"text"), sources.to_source(b"text")])
def test_one_document_is_not_many(kind, one):
    with pytest.raises(ConfigurationError, match="is one document"):
        kind("k").extract_many(one, Sha)


def test_several_classes_are_at_least_one():
    for targets in ([], Sha):
        with pytest.raises(ConfigurationError, match="list of classes"):
            Client("k").extract_all(b"text", targets)


# --- threads and event loops ---


def test_threads_share_a_client():
    server = FakeChunkr()
    client = Client(
        "k", "http://chunkr.test", http=httpx.Client(transport=server.transport), polling=QUICK, rate_limit=1e6
    )
    found: dict[int, str] = {}

    def work(number: int) -> None:
        for turn in range(5):
            extraction = client.extract(b"document %d %d" % (number, turn), Sha)
            assert extraction.value.sha256 == extraction.source.content_hash
        found[number] = "done"

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(server.creates().values()) == {1}


async def test_the_sync_client_works_inside_a_running_event_loop():
    client = Client("k", "http://chunkr.test", http=httpx.Client(transport=FakeChunkr().transport), polling=QUICK)
    assert client.extract(b"text", Sha).value.sha256


def async_client(server: FakeChunkr, **options) -> AsyncClient:
    http = httpx.AsyncClient(transport=server.transport)
    return AsyncClient("k", "http://chunkr.test", http=http, **{"polling": QUICK, "rate_limit": 1e6, **options})


async def test_uploads_read_their_file_outside_the_event_loop(tmp_path):
    (tmp_path / "large.txt").write_bytes(b"x" * 2_000_000)
    source = sources.to_source(tmp_path / "large.txt")
    opened_in: list[str] = []

    class Watched(sources.Content):
        def open(self):
            opened_in.append(threading.current_thread().name)
            return super().open()

    content = Watched(source.content.size, source.content.sha256, None, source.content.path)
    stream = MultipartStream(Upload(content, "large.txt", "text/plain", "{}"))
    sent = b"".join([block async for block in stream])
    assert len(sent) == int(stream.headers["Content-Length"])
    assert b"".join(stream) == sent
    assert opened_in[0] != threading.main_thread().name == opened_in[1]


async def test_cancelling_a_wait_names_the_task_in_the_log(caplog):
    server, asked = FakeChunkr(polls=10**9), asyncio.Event()

    async def watched(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            asked.set()
        return server(request)

    http = httpx.AsyncClient(transport=httpx.MockTransport(watched))
    client = AsyncClient("k", "http://chunkr.test", http=http, polling=QUICK)
    waiting = asyncio.ensure_future(client.extract(b"text", Sha, file_name="a.txt"))
    await asked.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    (task_id,) = server.tasks
    assert f"Waiting for task {task_id} of a.txt was given up" in caplog.text
    server.finish(task_id)
    assert (await client.result(task_id, Sha)).task_id == task_id


async def test_leaving_an_async_loop_early_cancels_what_is_running():
    server = FakeChunkr(polls=10**9)
    client = async_client(server)
    server.polls = 1
    outcomes = client.extract_many((b"document %d" % number for number in range(100)), Sha, max_concurrency=2)
    first = await anext(outcomes)
    await outcomes.aclose()
    assert first.ok
    assert len(asyncio.all_tasks()) == 1
    assert len(server.tasks) <= 2 * 4 + 1


async def test_async_inputs_are_taken_as_they_come():
    async def inputs():
        for number in range(3):
            await asyncio.sleep(0)
            yield b"document %d" % number

    outcomes = [outcome async for outcome in async_client(FakeChunkr()).extract_many(inputs(), Sha)]
    assert [outcome.index for outcome in outcomes] == [0, 1, 2]


def test_a_wait_that_ends_can_be_gone_on_with():
    server = FakeChunkr(polls=10**9)
    client = Client("k", "http://chunkr.test", http=httpx.Client(transport=server.transport), polling=QUICK)
    with pytest.raises(TaskTimeoutError) as caught:
        client.extract(b"text", Sha, timeout=0.05)
    server.finish(caught.value.task_id)
    assert client.result(caught.value.task_id, Sha).task_id == caught.value.task_id
    assert len(server.tasks) == 1


def test_one_async_client_works_under_one_event_loop_after_another():
    server = FakeChunkr()
    client = async_client(server)

    async def once() -> str:
        return (await client.extract(b"text", Sha)).value.sha256

    assert asyncio.run(once()) == asyncio.run(once())


def test_it_works_under_trio():
    pytest.importorskip("trio", reason="trio is not installed")
    server = FakeChunkr()

    async def once() -> str:
        return (await async_client(server).extract(b"text", Sha)).value.sha256

    assert anyio.run(once, backend="trio")


# --- the policy as a table ---


def test_a_create_is_never_sent_blindly_again():
    blind = {failure for failure, rule in POLICY[Kind.CREATE].items() if not rule.look_first}
    assert blind == {Failure.NOT_SENT, Failure.NOT_TAKEN, Failure.RATE_LIMITED}


def test_no_kind_of_request_repeats_what_is_final():
    for kind in Kind:
        assert Failure.FINAL not in POLICY[kind]
        assert Failure.USED_UP not in POLICY[kind]


def test_pauses_are_jittered_in_full_and_bounded():
    rule = POLICY[Kind.READ][Failure.LOST]
    assert [pause(rule, attempt, None, 0.999) for attempt in range(6)] == pytest.approx(
        [0.4995, 0.999, 1.998, 3.996, 7.992, 7.992]
    )
    assert pause(rule, 3, None, 0.0) == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Fri, 02 Jan 2026 03:04:15 GMT"}, 10),
        ({"retry-after": "Fri, 02 Jan 2026 03:04:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
    ],
)
def test_what_retry_after_means(headers, seconds):
    assert retry_after(httpx.Headers(headers), NOW) == seconds


def test_statuses_are_told_apart():
    kinds = {
        status: failure_of(APIStatusError(status_code=status, body=body, method="GET", url="u"))
        for status, body in (
            (408, ""),
            (409, ""),
            (418, ""),
            (425, ""),
            (429, "Rate limit exceeded"),
            (500, ""),
            (503, ""),
        )
    }
    assert kinds == {
        408: Failure.NOT_TAKEN,
        409: Failure.FAILED,
        418: Failure.FINAL,
        425: Failure.NOT_TAKEN,
        429: Failure.RATE_LIMITED,
        500: Failure.FAILED,
        503: Failure.NOT_TAKEN,
    }
