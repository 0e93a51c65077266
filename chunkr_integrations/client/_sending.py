"""Sending one request until it has an answer: retries, look-ups, the rate limit. No I/O: it only asks for it."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from chunkr_integrations.exceptions import APIError, APITimeoutError

from ._bucket import TokenBucket
from ._responses import connection_error, with_cure
from ._retry import POLICY, Failure, failure_of, pause, retry_after
from ._steps import Kind, Sleep

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._settings import Settings
    from ._steps import Flow, Send

__all__ = ["LookUpError", "Sending"]

T = TypeVar("T")

_MAY_HAVE = "The server may have received the request: look at its list before you send it again."
_NOT_FOUND = 404


class LookUpError(Exception):
    """Whether the server acted on a request cannot be told."""


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass
class Sending:
    """What all requests of a client share.

    Attributes:
        clock: Seconds, never backwards.
        now: The time of day.
        chance: Evenly distributed in [0, 1).
    """

    settings: Settings
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now
    chance: Callable[[], float] = random.random
    bucket: TokenBucket = field(init=False)

    def __post_init__(self) -> None:
        self.bucket = TokenBucket(self.settings.rate_limit)

    def send(
        self,
        step: Send,
        read: Callable[[httpx.Response], T],
        *,
        deadline: float = math.inf,
        look_up: Callable[[], Flow[T | None]] | None = None,
        cure: str = "",
    ) -> Flow[T]:
        """Send, and send again as the policy allows.

        Args:
            step: The request.
            read: From the answer to what is returned; raises the errors of the tree.
            deadline: By `clock`; nothing is sent or waited for beyond it.
            look_up: Finds what the request made, if the server acted on it though its answer was lost.
            cure: A last sentence for the error.
        """
        attempt, may_have_acted = 0, False
        while True:
            if step.kind is Kind.CREATE:
                yield from self._turn()
            error, failure, asked = yield from self._attempt(step, read, deadline, again=may_have_acted, cure=cure)
            if failure is None:
                return error  # type: ignore[no-any-return] # then it is the answer
            may_have_acted = may_have_acted or failure in {Failure.LOST, Failure.FAILED}
            rule = POLICY[step.kind].get(failure)
            if rule is None:
                raise error from error.__cause__
            seconds = pause(rule, attempt, asked, self.chance())
            last = attempt >= rule.per_retry * self.settings.max_retries
            last = last or seconds is None or self.clock() + seconds >= deadline
            if rule.look_first and look_up is not None:
                yield Sleep(max(0.0, min(seconds or 0.0, deadline - self.clock())))
                found = yield from self._looked_up(look_up, error)
                if found is not None:
                    return found
            if last or seconds is None:
                raise error from error.__cause__
            if step.kind is Kind.CREATE and failure is Failure.RATE_LIMITED:
                self.bucket.hold(self.clock() + seconds)
            if not (rule.look_first and look_up is not None):
                yield Sleep(seconds)
            attempt += 1

    def _turn(self) -> Flow[None]:
        seconds = self.bucket.take(self.clock())
        if seconds > 0:
            yield Sleep(seconds)

    def _attempt(
        self, step: Send, read: Callable[[httpx.Response], Any], deadline: float, *, again: bool, cure: str
    ) -> Flow[tuple[Any, Failure | None, float | None]]:
        """(answer, None, None), or (error, its kind, the seconds that the server asks to wait)."""
        left = deadline - self.clock()
        url = f"{self.settings.base_url}{step.path}"
        if left <= 0:
            raise APITimeoutError("there was no time left", method=step.method, url=url, cure=cure or "Raise timeout=.")
        if left < self.settings.request_timeout:
            step = replace(step, timeout=left)
        response: httpx.Response | None = None
        try:
            response = yield step
            if again and step.kind is Kind.CHANGE and response.status_code == _NOT_FOUND:
                return None, None, None  # the attempt whose answer was lost had done it
            return read(response), None, None
        except httpx.RequestError as exc:
            limit = step.timeout or self.settings.request_timeout
            error = connection_error(exc, method=step.method, url=url, timeout=limit, cure=cure)
            error.__cause__ = exc
            return error, failure_of(exc), None
        except APIError as exc:
            asked = retry_after(response.headers, self.now()) if response is not None else None
            return (with_cure(exc, cure) if cure else exc), failure_of(exc), asked

    def _looked_up(self, look_up: Callable[[], Flow[T | None]], error: APIError) -> Flow[T | None]:
        try:
            return (yield from look_up())
        except (APIError, LookUpError):
            raise with_cure(error, _MAY_HAVE) from error.__cause__
