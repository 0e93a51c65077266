"""What is sent again, when, and how often: the one table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TYPE_CHECKING

import httpx

from chunkr_integrations.exceptions import APIResponseError, APIStatusError

from ._steps import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chunkr_integrations.exceptions import APIError

__all__ = ["POLICY", "Failure", "Rule", "failure_of", "pause", "retry_after"]


class Failure(Enum):
    """What went wrong, as far as sending again goes."""

    NOT_SENT = "the server never saw it"
    LOST = "the server may have acted on it, the answer is lost"
    UNREADABLE = "the answer is not this API's"
    RATE_LIMITED = "429: later"
    USED_UP = "429: the plan's allowance is gone"
    NOT_TAKEN = "408, 425, 503: the server did not take it"
    FAILED = "409, 500, 502, 504 and other 5xx: the server may have acted on it"
    FINAL = "any other status: the same answer would come again"


@dataclass(frozen=True)
class Rule:
    """How often and after which pause a request is sent again.

    Attributes:
        per_retry: Times for each one that `max_retries` allows.
        first: Seconds that the first pause lasts at most; each next one at most twice as long.
        longest: Seconds that no pause exceeds, unless the server asks for more.
        look_first: Look whether the server acted on the request, before it is sent again or given up.
    """

    per_retry: int = 1
    first: float = 0.5
    longest: float = 8.0
    look_first: bool = False


_AGAIN = Rule()
_LATER = Rule(per_retry=2, first=1.0, longest=20.0)
_PATIENTLY = Rule(per_retry=3, longest=20.0)
_LOOK_FIRST = Rule(look_first=True)

# A request that creates is sent again only when it cannot have been received, when the server said that it did not take
# it, or when a look at the server's list shows that it did not act on it; always with the same Idempotency-Key.
_ONCE = {
    Failure.NOT_SENT: _AGAIN,
    Failure.RATE_LIMITED: _LATER,
    Failure.NOT_TAKEN: _AGAIN,
    Failure.LOST: _LOOK_FIRST,
    Failure.UNREADABLE: _LOOK_FIRST,
    Failure.FAILED: _LOOK_FIRST,
}
POLICY: Mapping[Kind, Mapping[Failure, Rule]] = {
    Kind.READ: {
        Failure.NOT_SENT: _AGAIN,
        Failure.LOST: _AGAIN,
        Failure.UNREADABLE: _AGAIN,
        Failure.RATE_LIMITED: _LATER,
        Failure.NOT_TAKEN: _AGAIN,
        Failure.FAILED: _AGAIN,
    },
    Kind.POLL: {
        Failure.NOT_SENT: _PATIENTLY,
        Failure.LOST: _PATIENTLY,
        Failure.UNREADABLE: _AGAIN,
        Failure.RATE_LIMITED: _PATIENTLY,
        Failure.NOT_TAKEN: _PATIENTLY,
        Failure.FAILED: _PATIENTLY,
    },
    Kind.CREATE: _ONCE,
    Kind.UPLOAD: _ONCE,
    Kind.CHANGE: {
        Failure.NOT_SENT: _AGAIN,
        Failure.LOST: _AGAIN,
        Failure.RATE_LIMITED: _LATER,
        Failure.NOT_TAKEN: _AGAIN,
        Failure.FAILED: _AGAIN,
    },
}

LONGEST_RETRY_AFTER = 300.0
"""Seconds; a server that asks for more is not waited for."""

_NOT_TAKEN = frozenset({408, 425, 503})
_REDIRECT, _CONFLICT, _TOO_MANY, _SERVER = 300, 409, 429, 500
# OpenAPI 2.62.0: one status for "Usage limit exceeded or rate limit exceeded"; only the text tells them apart.
_USAGE = re.compile(r"usage|quota|allowance|credit|plan\b|billing", re.IGNORECASE)


def failure_of(error: APIError | httpx.RequestError) -> Failure:
    """What kind of failure this is."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError):
        return Failure.NOT_SENT
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return Failure.FINAL
    if isinstance(error, httpx.RequestError):
        return Failure.LOST
    if isinstance(error, APIStatusError):
        return _of_status(error)
    is_answer = isinstance(error, APIResponseError) and error.status_code < _REDIRECT
    return Failure.UNREADABLE if is_answer else Failure.FINAL


def _of_status(error: APIStatusError) -> Failure:
    if error.status_code == _TOO_MANY:
        return Failure.USED_UP if _USAGE.search(error.body) else Failure.RATE_LIMITED
    if error.status_code in _NOT_TAKEN:
        return Failure.NOT_TAKEN
    if error.status_code == _CONFLICT or error.status_code >= _SERVER:
        return Failure.FAILED
    return Failure.FINAL


def pause(rule: Rule, attempt: int, asked: float | None, chance: float) -> float | None:
    """Seconds to wait before the next attempt; None when the server asks for more than is worth waiting.

    Full jitter: anything up to the limit, so that many clients do not come back at once. What the server asks for is
    waited for in full, and up to a tenth more.

    Args:
        rule: The row of the policy.
        attempt: Attempts made so far beyond the first, from 0.
        asked: What the server asked for, in seconds.
        chance: Evenly distributed in [0, 1).
    """
    if asked is not None:
        return asked * (1 + chance / 10) if asked <= LONGEST_RETRY_AFTER else None
    return float(chance * min(rule.longest, rule.first * 2**attempt))


def retry_after(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds that `retry-after-ms` or `Retry-After` (seconds or a date) ask for; None when neither says."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return float(value) * unit
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
    except (TypeError, ValueError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    return max(0.0, (date - now).total_seconds())
