"""A rate limit: so many a second, evenly spaced, so that no window of a second ever sees more."""

from __future__ import annotations

from threading import Lock

from chunkr_integrations.exceptions import ConfigurationError

__all__ = ["TokenBucket"]


class TokenBucket:
    """Gives each caller the time to wait before it may go; shared by threads and event loops alike.

    Args:
        rate: Callers per second; None: no limit.
    """

    def __init__(self, rate: float | None) -> None:
        if rate is not None and not rate > 0:
            msg = f"rate_limit={rate!r}: give the number of creates per second, or None for no limit."
            raise ConfigurationError(msg)
        self._rate = rate
        self._next = float("-inf")
        self._lock = Lock()

    def take(self, now: float) -> float:
        """Take one token; the seconds to wait before it may be used."""
        if self._rate is None:
            return 0.0
        with self._lock:
            turn = max(self._next, now)
            self._next = turn + 1 / self._rate
            return turn - now

    def hold(self, until: float) -> None:
        """Hand out nothing before `until`: the server asked for a pause."""
        if self._rate is None:
            return
        with self._lock:
            self._next = max(self._next, until)
