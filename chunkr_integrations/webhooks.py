"""Webhook requests: verified, read, and turned into the extraction they speak of.

The service delivers through Svix, whose signing scheme is that of Standard Webhooks; the `svix-*` and `webhook-*`
headers mean the same (docs "webhooks"). An event holds no results: the task is fetched.
"""

from __future__ import annotations

import hmac
import json
import os
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from typing_extensions import TypeVar

from chunkr_integrations.exceptions import ChunkrError, ConfigurationError, MissingExtraError
from chunkr_integrations.tasks import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from chunkr_integrations.client import AsyncClient, Client
    from chunkr_integrations.extraction import Extraction
    from chunkr_integrations.schema import CompiledSchema

__all__ = ["WebhookError", "WebhookEvent", "acollect", "collect", "read_event"]

T = TypeVar("T", default=Any)  # a JSON Schema as a dict brings JSON

_EXTRACT_EVENT = "task.extract.updated"  # SDK 0.1.0a7, webhook types; the docs name only the one of parse tasks


class WebhookError(ChunkrError):
    """The request is not one that the service signed with this secret just now: answer it with a 400 or 401.

    Attributes:
        reason: What is wrong with it.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The webhook request is refused: {reason}. Pass the raw body and all headers, unchanged.")


@dataclass(frozen=True)
class WebhookEvent:
    """What the service says happened to a task.

    Attributes:
        message_id: The same for every delivery of one event; keep it to tell repeated deliveries.
        event_type: `task.extract.updated` or `task.parse.updated`.
        status: As `Task.status`; a newer server's unknown status stays a string.
    """

    message_id: str
    event_type: str
    task_id: str
    status: Status | str
    message: str | None = None

    @property
    def completed(self) -> bool:
        """Whether the status is final; the service sends an event for every change, the first ones included."""
        return self.status in {Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}


def read_event(
    body: bytes,
    headers: Mapping[str, str],
    *,
    secret: str | SecretStr | Iterable[str | SecretStr] | None = None,
    tolerance: float = 300.0,
    clock: Callable[[], float] = time.time,
) -> WebhookEvent:
    """Verify a request and read its event.

    Args:
        body: Exactly as it came: parsed and written again it has another signature.
        headers: In any case; `svix-id`, `svix-timestamp` and `svix-signature`, or the same with `webhook-`.
        secret: `whsec_…`, from the Svix portal; several while one replaces the other. None: `CHUNKR_WEBHOOK_SECRET`
            or `CHUNKR_WEBHOOK_KEY`.
        tolerance: Seconds that the request's time may differ from now; older ones may be replays.
        clock: The time, in seconds since 1970.

    Raises:
        WebhookError: It is not signed with the secret, too old, or no event.
        ConfigurationError: There is no secret, or it is none.
        MissingExtraError: The extra `webhooks` is not installed.
    """
    signers = [_signer(one) for one in _secrets(secret)]
    lowered = {name.lower(): value for name, value in headers.items()}
    message_id, stamp, signatures = (_header(lowered, name) for name in ("id", "timestamp", "signature"))
    moment = _moment(stamp, tolerance, clock())
    given = [signature for signature in signatures.split() if signature.startswith("v1,")]
    try:
        expected = [signer.sign(message_id, moment, body.decode()) for signer in signers]
    except UnicodeDecodeError as exc:
        raise WebhookError("its body is no UTF-8") from exc
    if not any(hmac.compare_digest(one.encode(), other.encode()) for one in expected for other in given):
        raise WebhookError("no signature in it was made with this secret")
    return _event(body, message_id)


def collect(
    event: WebhookEvent, client: Client, target: type[T] | CompiledSchema[T] | Mapping[str, Any], **options: Any
) -> Extraction[T] | None:
    """The extraction that an event announces; None while the task is not done, or when it is no extract task.

    Args:
        event: From `read_event`.
        client: To fetch the task with.
        target: The class that it was submitted with.
        options: As for `Client.result`.

    Raises:
        TaskFailedError: The event announces a failure; and the other errors of `Client.result`.
    """
    if not event.completed or event.event_type != _EXTRACT_EVENT:
        return None
    return client.result(event.task_id, target, **options)


async def acollect(
    event: WebhookEvent, client: AsyncClient, target: type[T] | CompiledSchema[T] | Mapping[str, Any], **options: Any
) -> Extraction[T] | None:
    """As `collect`, with an `AsyncClient`."""
    if not event.completed or event.event_type != _EXTRACT_EVENT:
        return None
    return await client.result(event.task_id, target, **options)


def _secrets(secret: str | SecretStr | Iterable[str | SecretStr] | None) -> list[str]:
    if secret is None:
        secret = os.environ.get("CHUNKR_WEBHOOK_SECRET") or os.environ.get("CHUNKR_WEBHOOK_KEY") or ""
    several = [secret] if isinstance(secret, str | SecretStr) else list(secret)
    found = [one.get_secret_value() if isinstance(one, SecretStr) else one for one in several]
    if not found or not all(found):
        msg = "There is no webhook secret. Give secret=, or set CHUNKR_WEBHOOK_SECRET, to the portal's whsec_… value."
        raise ConfigurationError(msg)
    return found


def _signer(secret: str) -> Any:
    try:
        from standardwebhooks.webhooks import Webhook  # noqa: PLC0415 - an extra, needed by this function only
    except ImportError as exc:
        raise MissingExtraError("webhooks", needed_for="Verifying webhooks") from exc
    try:
        return Webhook(secret)
    except Exception as exc:
        msg = "The webhook secret is none. Give the portal's value as it is: whsec_ and base64."
        raise ConfigurationError(msg) from exc


def _header(lowered: Mapping[str, str], name: str) -> str:
    value = lowered.get(f"svix-{name}") or lowered.get(f"webhook-{name}")
    if not value:
        raise WebhookError(f"it has no svix-{name} header")
    return value


def _moment(stamp: str, tolerance: float, now: float) -> datetime:
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:  # noqa: PLR2004 - seconds, some 30,000 years
        raise WebhookError("its timestamp is no number of seconds")
    if abs(now - int(stamp)) > tolerance:
        raise WebhookError(f"its time differs from this machine's by more than {tolerance:g} s")
    return datetime.fromtimestamp(int(stamp), timezone.utc)


def _event(body: bytes, message_id: str) -> WebhookEvent:
    try:
        data = json.loads(body)
        kind, task_id, status, message = data["event_type"], data["task_id"], data["status"], data.get("message")
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise WebhookError("its body is no event of a task") from exc
    if not all(isinstance(value, str) for value in (kind, task_id, status)):
        raise WebhookError("its body is no event of a task")
    known = Status(status) if status in Status._value2member_map_ else status
    return WebhookEvent(message_id, kind, task_id, known, message if isinstance(message, str) else None)
