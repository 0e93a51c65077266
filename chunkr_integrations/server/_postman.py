"""The threads that deliver events; each endpoint has its own, so that one that hangs holds up no other."""

from __future__ import annotations

import ipaddress
import json
import logging
import ssl
import threading
import time
from typing import TYPE_CHECKING

import httpcore

from chunkr_integrations.server._connections import RefusedError, VettedBackend, plain_host, resolve_host
from chunkr_integrations.server._database import StoreUnavailableError
from chunkr_integrations.server._faults import shown_fault
from chunkr_integrations.server.webhooks import signed_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chunkr_integrations.server._connections import Resolve
    from chunkr_integrations.server._outbox import Delivery, Outbox
    from chunkr_integrations.server._telemetry import Telemetry
    from chunkr_integrations.server.webhooks import Webhook

__all__ = ["Postman"]

_log = logging.getLogger("chunkr_integrations.server.webhooks")
_AT_A_TIME = 4  # deliveries to one endpoint
_JOIN = 2.0  # seconds that stopping waits for deliveries under way
_LOOK = 0.1  # seconds between looks for what is due
_ANSWER_SECONDS = 15.0  # docs "webhooks": answer with 2xx within 15 seconds
_OK, _NOT_OK = 200, 300  # a redirect is a failure (Svix, "Indicating successful delivery")
_EVENTS = {"Parse": "task.parse.updated", "Extract": "task.extract.updated"}


class Postman:
    """Delivers events until it is stopped.

    Args:
        outbox: Gives the events.
        webhooks: The endpoints.
        telemetry: Counts the attempts.
        resolve: Looks up names.
        clock: Seconds since 1970, for the signature.
        seconds: Within which an endpoint has to answer.
    """

    def __init__(
        self,
        outbox: Outbox,
        webhooks: Sequence[Webhook],
        telemetry: Telemetry,
        *,
        resolve: Resolve = resolve_host,
        clock: Callable[[], float] = time.time,
        seconds: float = _ANSWER_SECONDS,
    ) -> None:
        self._outbox = outbox
        self._telemetry = telemetry
        self._resolve = resolve
        self._clock = clock
        self._seconds = seconds
        self._stopping = threading.Event()
        self._tls = ssl.create_default_context()
        self._threads = [
            threading.Thread(target=self._serve, args=(webhook,), name=f"chunkr-postman-{number}", daemon=True)
            for webhook in webhooks
            for number in range(_AT_A_TIME)
        ]

    def start(self) -> None:
        """Begin; what was left undelivered is among the first."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End. A delivery that takes long is not waited for: its lease runs out, and it is made again."""
        self._stopping.set()
        deadline = time.monotonic() + _JOIN
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _serve(self, webhook: Webhook) -> None:
        while not self._stopping.is_set():
            try:
                taken = self._outbox.take(webhook.endpoint_id)
                if taken is None:
                    self._stopping.wait(_LOOK)
                else:
                    self._deliver(webhook, taken)
            except StoreUnavailableError:  # noqa: PERF203 - it was logged when it began
                self._stopping.wait(1.0)
            except Exception as error:  # noqa: BLE001 - logged; a full disk must not end the thread
                if self._stopping.is_set():
                    return
                _log.error("Delivering events failed, and goes on in a second: %s", shown_fault(error))
                self._stopping.wait(1.0)

    def _deliver(self, webhook: Webhook, taken: Delivery) -> None:
        began = time.monotonic()
        with self._telemetry.span("webhook", task_id=taken.task_id, attempt=taken.attempts + 1) as say:
            problem = self._attempt(webhook, taken)
            say(ended=problem or "delivered")
        milliseconds = 1000 * (time.monotonic() - began)
        if problem is None:
            self._outbox.delivered(taken)
            ended, after = "delivered", None
        else:
            after = self._outbox.failed(taken)
            ended = "failed" if after is not None else "given up"
        self._telemetry.delivery(ended)
        _log.log(
            logging.INFO if problem is None else logging.WARNING,
            "webhook=%s host=%s task=%s status=%s attempt=%d ended=%s ms=%.1f%s%s",
            taken.message_id,
            webhook.host,
            taken.task_id,
            taken.status,
            taken.attempts + 1,
            ended.replace(" ", "-"),
            milliseconds,
            "" if problem is None else f" because={problem!r}",
            "" if after is None else f" again_in={after:g}s",
        )
        if problem is not None and after is None and self._outbox.is_disabled(webhook.endpoint_id):
            _log.error(
                "The webhook at %s has failed for five days and is told nothing more. Start the server anew to try it.",
                webhook.host,
            )

    def _attempt(self, webhook: Webhook, taken: Delivery) -> str | None:
        """What went wrong, without what may be secret; None when nothing did."""
        event = {
            "event_type": _EVENTS[taken.task_type],
            "status": taken.status,
            "task_id": taken.task_id,
            "message": taken.message,
        }
        body = json.dumps(event, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "chunkr-integrations",
            "Connection": "close",
            **signed_headers(taken.message_id, int(self._clock()), body, webhook.secrets),
        }
        deadline = time.monotonic() + self._seconds
        backend = VettedBackend(self._resolve, _allowed(webhook), lambda: deadline - time.monotonic())
        try:
            with (
                httpcore.ConnectionPool(network_backend=backend, ssl_context=self._tls) as pool,
                pool.stream("POST", webhook.url, headers=list(headers.items()), content=body) as answer,
            ):
                return None if _OK <= answer.status < _NOT_OK else f"status {answer.status}"
        except RefusedError:
            return "its address is not public; allow that with --webhook-allow-private, if it is meant"
        except httpcore.TimeoutException:
            return f"no answer within {self._seconds:g} s"
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            return type(error).__name__


def _allowed(webhook: Webhook) -> frozenset[str]:
    """The host, where the operator wrote an address himself, or allows what the name leads to."""
    host = plain_host(webhook.host)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        named = host == "localhost"
    else:
        named = True
    return frozenset({host}) if named or webhook.allow_private else frozenset()
