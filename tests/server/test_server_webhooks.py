"""Webhooks as they are sent to a receiver on a real port: signed, in order, again when they fail.

What is sent is read by the other spelling of the contract: our own client side, the vendor's SDK, and the library of
Standard Webhooks.
"""

from __future__ import annotations

import base64
import itertools
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel
from receiver import Receiver, receiving
from served import TEXT, ended, extract_form, extracted, inline, served

from chunkr_integrations.client import Client
from chunkr_integrations.server import Webhook, create_app
from chunkr_integrations.server._blobs import FolderBlobs
from chunkr_integrations.server._database import Database
from chunkr_integrations.server._outbox import GIVEN_UP_AFTER, SCHEDULE, Delivery, Outbox
from chunkr_integrations.server._postman import Postman
from chunkr_integrations.server._queue import Queue
from chunkr_integrations.server._sqlite import SQLiteDatabase
from chunkr_integrations.server._tasks import NewTask, TaskStore
from chunkr_integrations.server._telemetry import Telemetry
from chunkr_integrations.webhooks import WebhookError, collect, read_event

chunkr_ai = pytest.importorskip("chunkr_ai")
standardwebhooks = pytest.importorskip("standardwebhooks")


def secret(text: bytes) -> str:
    return "whsec_" + base64.b64encode(text.ljust(24, b".")).decode()


OLD, NEW, FOREIGN = secret(b"old"), secret(b"new"), secret(b"foreign")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class House:
    """The stores on one folder, with a clock that is moved by hand."""

    def __init__(self, folder: Path, database: Database, *webhooks: Webhook) -> None:
        self.clock = Clock()
        self.webhooks = webhooks
        self.database = database
        blobs = FolderBlobs(folder, durable=False)
        self.tasks = TaskStore(self.database, blobs, clock=self.clock)
        self.queue = Queue(self.database, lease_seconds=10, clock=self.clock)
        self.outbox = Outbox(self.database, clock=self.clock)
        self.outbox.set_endpoints([webhook.endpoint_id for webhook in webhooks])
        self._new = lambda: NewTask("me", "{}", "engine 1", '"Unspecified"', "a.txt", blob=blobs.put(b"text"))

    def parse(self) -> Any:
        return self.tasks.create_parse(self._new())

    def extract(self) -> Any:
        return self.tasks.create_extract(self._new(), "{}")

    def take(self) -> Any:
        taken = self.queue.take()
        assert taken is not None
        return taken

    def events(self) -> list[tuple[str, str]]:
        """What is to be delivered, in order: kinds and states."""
        with self.database.read() as connection:
            rows = connection.execute("SELECT * FROM webhook_deliveries ORDER BY delivery").fetchall()
        return [(row["task_type"], row["status"]) for row in rows]

    @contextmanager
    def delivering(self, **options: Any) -> Iterator[None]:
        postman = Postman(self.outbox, self.webhooks, Telemetry(), clock=self.clock, **options)
        postman.start()
        try:
            yield
        finally:
            postman.stop()


@pytest.fixture
def house(tmp_path: Path, database: Database, receiver: Receiver) -> House:
    return House(tmp_path, database, Webhook(receiver.url, [NEW]))


# ------------------------------------------------------------------------------------------- what is sent
async def test_every_change_of_state_is_told_and_can_be_verified_by_all_who_do(receiver: Receiver) -> None:
    async with served(create_app(webhooks=[Webhook(receiver.url, [NEW])])) as http:
        task = await extracted(http)
        receiver.until_sent(6)
    told: dict[str, list[str]] = {task["task_id"]: [], task["parse_task_id"]: []}
    vendors = chunkr_ai.Chunkr(api_key="lu_x", base_url="http://127.0.0.1:1", webhook_key=NEW)
    for headers, body in receiver.requests:
        ours = read_event(body, headers, secret=NEW)
        theirs = vendors.webhooks.unwrap(body.decode(), headers=headers)
        assert standardwebhooks.Webhook(NEW).verify(body, headers) == json.loads(body)
        assert (theirs.task_id, theirs.status, theirs.event_type) == (ours.task_id, ours.status, ours.event_type)
        assert set(json.loads(body)) == {"event_type", "status", "task_id", "message"}
        assert all(headers[f"svix-{name}"] == headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        assert headers["content-type"] == "application/json"
        is_extract = ours.task_id == task["task_id"]
        assert ours.event_type == ("task.extract.updated" if is_extract else "task.parse.updated")
        told[ours.task_id].append(str(ours.status.value))
    assert list(told.values()) == [["Starting", "Processing", "Succeeded"]] * 2
    assert len({headers["svix-id"] for headers, _ in receiver.requests}) == 6


async def test_an_event_that_was_sent_becomes_an_extraction(receiver: Receiver, serve: Callable[[Any], str]) -> None:
    """From a document to a typed value, with nothing but the event in between: our server, our client side."""

    class Order(BaseModel):
        order_number: str
        total: float

    url = serve(create_app(webhooks=[Webhook(receiver.url, [NEW])]))
    with Client(api_key="lu_any", base_url=url) as chunkr:
        chunkr.submit(TEXT, Order)
        receiver.until_sent(6)
        found = [
            extraction
            for headers, body in receiver.requests
            if (extraction := collect(read_event(body, headers, secret=NEW), chunkr, Order)) is not None
        ]
    assert [extraction.value for extraction in found] == [Order(order_number="PO-7781", total=118)]


def test_while_a_secret_is_replaced_receivers_with_either_one_understand(house: House, receiver: Receiver) -> None:
    house.webhooks = (Webhook(receiver.url, [NEW, OLD]),)
    house.parse()
    with house.delivering():
        receiver.until_sent(1)
    headers, body = receiver.requests[0]
    for known in (OLD, NEW, [FOREIGN, OLD]):
        assert read_event(body, headers, secret=known, clock=house.clock).status == "Starting"
    with pytest.raises(WebhookError, match="no signature"):
        read_event(body, headers, secret=FOREIGN, clock=house.clock)
    with pytest.raises(WebhookError, match="no signature"):
        read_event(body.replace(b"Starting", b"Finished"), headers, secret=NEW, clock=house.clock)


async def test_without_webhooks_nothing_is_kept_or_sent(tmp_path: Path, receiver: Receiver) -> None:
    """Nor is what was left of an endpoint that is no longer given."""
    receiver.status = 500
    async with served(create_app(data_dir=tmp_path, webhooks=[Webhook(receiver.url, [NEW])])) as http:
        await extracted(http)
        receiver.until_sent(1)
    async with served(create_app(data_dir=tmp_path)) as http:
        await extracted(http)
    database = SQLiteDatabase(tmp_path / "server.sqlite3", durable=False)
    with database.read() as connection:
        for table in ("webhook_deliveries", "webhook_endpoints"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] == 0
    database.close()


# ----------------------------------------------------------------------------------- what becomes an event
def test_whatever_changes_a_state_makes_an_event(house: House) -> None:
    """Also what ends several tasks at once, and what gives one back."""
    extraction = house.extract()
    assert house.events() == [("Parse", "Starting"), ("Extract", "Starting")]
    taken = house.take()
    house.queue.release(taken)
    taken = house.take()
    house.queue.again(taken)  # its process died: still Processing for those who look
    taken = house.take()
    house.queue.fail(taken, "no")
    assert house.events()[2:] == [
        ("Parse", "Processing"),
        ("Parse", "Starting"),
        ("Parse", "Processing"),
        ("Parse", "Failed"),
        ("Extract", "Failed"),
    ]
    house.tasks.delete("me", extraction.task_id)
    cancelled = house.extract()
    house.tasks.cancel("me", cancelled.task_id)
    assert sorted(house.events()[-2:]) == [("Extract", "Cancelled"), ("Parse", "Cancelled")]


def test_what_is_undone_makes_no_event(house: House) -> None:
    task = house.parse()

    def undone() -> None:
        with house.database.write() as connection:
            connection.execute("UPDATE tasks SET status = 'Processing' WHERE task_id = ?", (task.task_id,))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        undone()
    assert house.events() == [("Parse", "Starting")]


# ---------------------------------------------------------------------------------------------- delivering
def test_a_failed_delivery_is_made_again_when_the_schedule_says(house: House, receiver: Receiver) -> None:
    """The documented one, each wait counted from the failure before; with the same id and a time and signature anew."""
    assert SCHEDULE == (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
    receiver.status = 503
    house.parse()
    with house.delivering():
        receiver.until_sent(1)
        receiver.until(lambda: attempts(house) == [1])
        for number, wait in enumerate(SCHEDULE[1:], start=2):
            house.clock.now += wait - 1
            assert house.outbox.take(house.webhooks[0].endpoint_id) is None  # not a moment too soon
            house.clock.now += 1
            receiver.until_sent(number)
            receiver.until(lambda number=number: attempts(house) == ([number] if number < len(SCHEDULE) else []))
        house.clock.now += 10 * 24 * 3600
    assert len(receiver.requests) == 8
    assert len({headers["svix-id"] for headers, _ in receiver.requests}) == 1
    stamps = [int(headers["svix-timestamp"]) for headers, _ in receiver.requests]
    assert [later - earlier for earlier, later in itertools.pairwise(stamps)] == list(SCHEDULE[1:])
    for headers, body in receiver.requests:
        read_event(body, headers, secret=NEW, clock=lambda at=int(headers["svix-timestamp"]): at)


def attempts(house: House) -> list[int]:
    with house.database.read() as connection:
        rows = connection.execute("SELECT attempts FROM webhook_deliveries ORDER BY delivery").fetchall()
    return [row["attempts"] for row in rows]


def test_a_delivery_that_succeeds_is_made_once(house: House, receiver: Receiver) -> None:
    receiver.status = 500
    house.parse()
    with house.delivering():
        receiver.until(lambda: attempts(house) == [1])
        receiver.status = 200
        house.clock.now += 5
        receiver.until(lambda: house.outbox.pending() == 0)
        house.clock.now += 10 * 24 * 3600
        house.parse()
        receiver.until_sent(3)
    assert len(receiver.requests) == 3


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 500])
def test_anything_but_success_is_a_failure(house: House, receiver: Receiver, status: int) -> None:
    """Redirects are not followed."""
    receiver.status, receiver.location = status, receiver.url
    house.parse()
    with house.delivering():
        receiver.until(lambda: attempts(house) == [1])
    assert len(receiver.requests) == 1


def test_an_answer_that_takes_too_long_is_a_failure(house: House, receiver: Receiver) -> None:
    import threading

    receiver.hold = threading.Event()
    house.parse()
    with house.delivering(seconds=0.2):
        receiver.until(lambda: attempts(house) == [1])


def test_an_endpoint_that_hangs_holds_up_no_other(tmp_path: Path, database: Database, receiver: Receiver) -> None:
    import threading

    with receiving() as other:
        receiver.hold = threading.Event()
        house = House(tmp_path, database, Webhook(receiver.url, [OLD]), Webhook(other.url, [NEW]))
        with house.delivering():
            for _ in range(20):
                house.parse()
            other.until_sent(20)
            for headers, body in other.requests:  # each endpoint has its own secret
                read_event(body, headers, secret=NEW, clock=house.clock)
            receiver.hold.set()
            receiver.until_sent(20)
        house.database.close()


def test_the_first_attempts_for_a_task_go_in_the_order_of_its_states(house: House, receiver: Receiver) -> None:
    for _ in range(30):
        house.parse()
    for _ in range(30):
        house.queue.fail(house.take(), "no")
    with house.delivering():
        receiver.until_sent(90)
    told: dict[str, list[str]] = {}
    for _, body in receiver.requests:
        event = json.loads(body)
        told.setdefault(event["task_id"], []).append(event["status"])
    assert list(told.values()) == [["Starting", "Processing", "Failed"]] * 30


# ------------------------------------------------------------------------------------------------ restarts
def test_what_a_dead_process_was_delivering_is_delivered_by_the_next(house: House, receiver: Receiver) -> None:
    """With the same id, by which the receiver knows it again; and by one of two that look at the same time."""
    house.parse()
    endpoint = house.webhooks[0].endpoint_id
    lost = house.outbox.take(endpoint)
    assert lost is not None
    assert house.outbox.take(endpoint) is None
    house.clock.now += 61
    with house.delivering():
        receiver.until_sent(1)
        receiver.until(lambda: house.outbox.pending() == 0)
    assert [headers["svix-id"] for headers, _ in receiver.requests] == [lost.message_id]


def test_one_who_comes_late_undoes_nothing(house: House) -> None:
    """A process that hung while its lease ran out, and another made the attempt."""
    house.parse()
    endpoint = house.webhooks[0].endpoint_id
    late = house.outbox.take(endpoint)
    house.clock.now += 61
    quick = house.outbox.take(endpoint)
    assert isinstance(late, Delivery)
    assert isinstance(quick, Delivery)
    assert house.outbox.failed(quick) == 5
    house.outbox.failed(late)
    assert attempts(house) == [1]
    house.clock.now += 4
    assert house.outbox.take(endpoint) is None


async def test_events_survive_a_restart(tmp_path: Path) -> None:
    """The receiver is down when they happen, and up after the server has been started anew."""
    with receiving() as receiver:
        webhook = Webhook(receiver.url, [NEW])
        receiver.status = 500
        async with served(create_app(data_dir=tmp_path, webhooks=[webhook])) as http:
            task = await extracted(http)
            receiver.until_sent(6)
        before, receiver.requests, receiver.status = receiver.requests, [], 204
        async with served(create_app(data_dir=tmp_path, webhooks=[webhook])):
            receiver.until_sent(6)  # five seconds after they failed
    assert {headers["svix-id"] for headers, _ in before} == {headers["svix-id"] for headers, _ in receiver.requests}
    assert {json.loads(body)["task_id"] for _, body in receiver.requests} == {task["task_id"], task["parse_task_id"]}


# ---------------------------------------------------------------------------------------------- giving up
def test_an_endpoint_that_fails_for_five_days_is_told_nothing_more(house: House) -> None:
    """Until the server is started anew."""
    endpoint = house.webhooks[0].endpoint_id
    began = house.clock.now
    while not house.outbox.is_disabled(endpoint):
        house.parse()
        while (taken := house.outbox.take(endpoint)) is not None:
            house.outbox.failed(taken)
        house.clock.now += 3600
        assert house.clock.now - began < 6 * 24 * 3600
    assert house.clock.now - 3600 - began == GIVEN_UP_AFTER == 5 * 24 * 3600
    assert (house.events(), house.outbox.disabled()) == ([], 1)
    house.parse()
    assert house.events() == []
    house.outbox.set_endpoints([endpoint])
    house.parse()
    assert (house.events(), house.outbox.disabled()) == ([("Parse", "Starting")], 0)


def test_one_success_starts_the_five_days_anew(house: House) -> None:
    endpoint = house.webhooks[0].endpoint_id
    for hour in range(0, 24 * 8, 6):
        house.parse()
        while (taken := house.outbox.take(endpoint)) is not None:
            if hour == 24 * 4:
                house.outbox.delivered(taken)
            else:
                house.outbox.failed(taken)
        house.clock.now += 6 * 3600
    assert not house.outbox.is_disabled(endpoint)


# ---------------------------------------------------------------------------------------- where it is sent
@pytest.mark.parametrize(("allowed", "sent"), [(False, 0), (True, 1)])
def test_a_name_that_leads_to_a_private_address_needs_the_operators_word(
    tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture, allowed: bool, sent: int
) -> None:
    """Also one that led elsewhere before: it is looked up for each attempt, and what was vetted is connected to."""
    url = receiver.url.replace("127.0.0.1", "hooks.example")
    database = SQLiteDatabase(tmp_path / "server.sqlite3", durable=False)
    house = House(tmp_path, database, Webhook(url + "?token=s3cret", [NEW], allow_private=allowed))
    house.parse()
    with caplog.at_level(logging.INFO), house.delivering(resolve=lambda host, port: ["127.0.0.1"]):
        receiver.until(lambda: attempts(house) == ([] if allowed else [1]))
    assert len(receiver.requests) == sent
    assert ("--webhook-allow-private" in caplog.text) is not allowed
    assert "s3cret" not in caplog.text
    house.database.close()


def test_a_url_and_its_secrets_are_not_stored_or_shown(house: House, tmp_path: Path) -> None:
    webhook = Webhook("https://hooks.example/T0K3N", [NEW])
    house.outbox.set_endpoints([webhook.endpoint_id])
    house.parse()
    house.database.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for hidden in ("T0K3N", NEW, NEW.removeprefix("whsec_")):
        assert hidden.encode() not in stored
        assert hidden not in repr(webhook)


@pytest.mark.parametrize(
    ("url", "secrets", "words"),
    [
        ("ftp://hooks.example/", [NEW], "http"),
        ("hooks.example/", [NEW], "http"),
        ("https://me:pw@hooks.example/", [NEW], "credentials"),
        ("https://hooks.example:0/", [NEW], "http"),
        ("https://hooks.example/ x", [NEW], "http"),
        ("https://hooks.example/", [], "needs a secret"),
        ("https://hooks.example/", "whsec_short", "openssl"),
        ("https://hooks.example/", [NEW, "whsec_" + base64.b64encode(b"x" * 65).decode()], "24 to 64"),
    ],
)
def test_a_webhook_that_cannot_work_is_refused_at_once(url: str, secrets: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        Webhook(url, secrets)
    assert "pw" not in str(refused.value)


async def test_a_failed_task_is_told_with_its_message(receiver: Receiver) -> None:
    async with served(create_app(webhooks=[Webhook(receiver.url, [NEW])])) as http:
        form = extract_form(b"%PDF-1.7 damaged", file_name="a.pdf")
        created = (await http.post("/tasks/extract", json=form)).json()
        task = await ended(http, created["task_id"])
        receiver.until_sent(5)
    event = next(
        event
        for event in (json.loads(body) for _, body in receiver.requests)
        if event["task_id"] == task["task_id"] and event["status"] == "Failed"
    )
    assert event["message"] == task["message"] != ""


async def test_a_listener_that_is_not_there_harms_no_task() -> None:
    """Nothing answers at that port."""
    async with served(create_app(webhooks=[Webhook("http://127.0.0.1:9/", [NEW])])) as http:
        assert (await extracted(http))["status"] == "Succeeded"
        answer: httpx.Response = await http.post("/tasks/parse", json={"file": inline(TEXT)})
        assert (await ended(http, answer.json()["task_id"]))["status"] == "Succeeded"
