"""A webhook request counts only when the service signed it, with this secret, just now."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from chunkr_integrations.client import AsyncClient, Client
from chunkr_integrations.exceptions import ConfigurationError, TaskFailedError
from chunkr_integrations.tasks import Status
from chunkr_integrations.webhooks import WebhookError, WebhookEvent, acollect, collect, read_event

standardwebhooks = pytest.importorskip("standardwebhooks", reason="the extra `webhooks` is not installed")

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four!").decode()
OTHER = "whsec_" + base64.b64encode(b"another one").decode()
NOW = 1_767_323_045
EVENT = {"event_type": "task.extract.updated", "status": "Succeeded", "task_id": "t-1", "message": None}
BODY = json.dumps(EVENT).encode()


class Total(BaseModel):
    total: int


def signed(
    body: bytes = BODY, *, secret: str = SECRET, at: int = NOW, prefix: str = "svix-", more: str = ""
) -> dict[str, str]:
    moment = datetime.fromtimestamp(at, timezone.utc)
    signature = standardwebhooks.Webhook(secret).sign("msg_1", moment, body.decode())
    return {f"{prefix}id": "msg_1", f"{prefix}timestamp": str(at), f"{prefix}signature": f"{more}{signature}"}


def read(body: bytes = BODY, headers: dict[str, str] | None = None, **options):
    return read_event(body, headers or signed(), **{"secret": SECRET, "clock": lambda: NOW, **options})


@pytest.mark.parametrize("prefix", ["svix-", "webhook-", "Svix-", "WEBHOOK-"])
def test_a_signed_request_is_an_event(prefix):
    assert read(headers=signed(prefix=prefix)) == WebhookEvent("msg_1", "task.extract.updated", "t-1", Status.SUCCEEDED)


def test_a_known_signature_is_taken():
    """The example of the Standard Webhooks specification."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    with pytest.raises(WebhookError, match="no event of a task"):
        read_event(
            b'{"test": 2432232314}', headers, secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", clock=lambda: 1614265330
        )


def test_while_keys_rotate_several_secrets_and_signatures_are_taken():
    assert read(headers=signed(secret=OTHER), secret=[SECRET, SecretStr(OTHER)])
    assert read(headers=signed(more="v1a,abc= v1,AAAA= "))


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (BODY.replace(b"t-1", b"t-2"), signed(), "no signature"),
        (BODY, signed(secret=OTHER), "no signature"),
        (BODY, {**signed(), "svix-id": "msg_2"}, "no signature"),
        (BODY, {**signed(), "svix-signature": "v1"}, "no signature"),
        (BODY, {**signed(), "svix-signature": "v1,ü"}, "no signature"),
        (BODY, {**signed(), "svix-signature": "v2," + signed()["svix-signature"][3:]}, "no signature"),
        (BODY, signed(at=NOW - 301), "differs"),
        (BODY, signed(at=NOW + 301), "differs"),
        (BODY, {**signed(), "svix-timestamp": "soon"}, "no number"),
        (BODY, {**signed(), "svix-timestamp": "9" * 400}, "no number"),
        (BODY, {}, "no svix-id"),
        (BODY, {name: value for name, value in signed().items() if name != "svix-signature"}, "no svix-signature"),
        (b"\xff\xfe", signed(), "UTF-8"),
        (b"[]", signed(b"[]"), "no event"),
        (b"{", signed(b"{"), "no event"),
        (
            b'{"event_type": 1, "task_id": "t", "status": "x"}',
            signed(b'{"event_type": 1, "task_id": "t", "status": "x"}'),
            "no event",
        ),
    ],
)
def test_everything_else_is_refused(body, headers, reason):
    with pytest.raises(WebhookError, match=reason) as caught:
        read_event(body, headers, secret=SECRET, clock=lambda: NOW)
    assert SECRET not in str(caught.value)


def test_the_tolerance_can_be_changed():
    assert read(headers=signed(at=NOW - 3000), tolerance=3600)
    with pytest.raises(WebhookError):
        read(headers=signed(at=NOW - 2), tolerance=1)


def test_the_secret_comes_from_the_environment(monkeypatch):
    monkeypatch.delenv("CHUNKR_WEBHOOK_KEY", raising=False)
    monkeypatch.delenv("CHUNKR_WEBHOOK_SECRET", raising=False)
    with pytest.raises(ConfigurationError, match="CHUNKR_WEBHOOK_SECRET"):
        read(secret=None)
    monkeypatch.setenv("CHUNKR_WEBHOOK_SECRET", SECRET)
    assert read(secret=None).task_id == "t-1"


@pytest.mark.parametrize("secret", ["", [], "whsec_", "whsec_ü"])
def test_no_secret_is_an_error_and_never_a_pass(secret):
    with pytest.raises(ConfigurationError, match="secret"):
        read(secret=secret)


def task(status: str) -> httpx.MockTransport:
    output = {"results": {"total": 5}, "citations": {}, "metrics": {}} if status == "Succeeded" else None
    body = {"task_id": "t-1", "task_type": "Extract", "status": status, "message": "broken", "output": output}
    return httpx.MockTransport(lambda request: httpx.Response(200, json=body))


def test_an_event_becomes_an_extraction():
    client = Client(base_url="http://chunkr.test", http=httpx.Client(transport=task("Succeeded")))
    assert collect(read(), client, Total).value == Total(total=5)


async def test_an_event_becomes_an_extraction_under_an_event_loop():
    client = AsyncClient(base_url="http://chunkr.test", http=httpx.AsyncClient(transport=task("Succeeded")))
    assert (await acollect(read(), client, Total)).value == Total(total=5)
    assert await acollect(WebhookEvent("m", "task.extract.updated", "t-1", Status.STARTING), client, Total) is None


def test_a_failure_is_raised_and_what_is_not_done_is_none():
    client = Client(base_url="http://chunkr.test", http=httpx.Client(transport=task("Failed")))
    with pytest.raises(TaskFailedError, match="broken"):
        collect(WebhookEvent("m", "task.extract.updated", "t-1", Status.FAILED), client, Total)
    assert collect(WebhookEvent("m", "task.extract.updated", "t-1", Status.PROCESSING), client, Total) is None
    assert collect(WebhookEvent("m", "task.extract.updated", "t-1", "Paused"), client, Total) is None
    assert collect(WebhookEvent("m", "task.parse.updated", "t-1", Status.SUCCEEDED), client, Total) is None
