"""How many files a key may send a second, counted in the database: for all servers that share it.

A token bucket, kept as one number for each key: the time at which the bucket will be full again ("generic cell rate
algorithm", ITU-T I.371). A file moves it ahead by its share of a second; beyond one bucket ahead of now, it is refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chunkr_integrations.server._problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from chunkr_integrations.server._database import Database

__all__ = ["Rate"]

_READ = "SELECT full_at FROM rates WHERE bucket = :bucket"
_TAKE = """
INSERT INTO rates (bucket, full_at) VALUES (:bucket, :first) ON CONFLICT (bucket) DO UPDATE
SET full_at = CASE WHEN rates.full_at > :now THEN rates.full_at ELSE :now END + :share
WHERE rates.full_at <= :latest
RETURNING full_at"""
_SECOND = 1_000_000


class Rate:
    """The buckets.

    Args:
        database: Shared by all servers that are to count together.
        files_per_second: How fast a bucket fills; it holds what comes in a second, and one file at least.
        clock: Seconds since 1970; None: the database's.
    """

    def __init__(
        self, database: Database, files_per_second: float, *, clock: Callable[[], float] | None = None
    ) -> None:
        self._database = database
        self._per_second = files_per_second
        self._share = max(1, round(_SECOND / files_per_second))
        self._size = max(_SECOND, self._share)
        self._clock = clock or database.clock

    def take(self, bucket: str) -> None:
        """Let one file pass.

        Raises:
            Problem: 429, with `Retry-After`; the bucket is empty.
        """
        now = int(self._clock() * _SECOND)
        latest = now + self._size - self._share
        values = {"bucket": bucket, "now": now, "share": self._share, "first": now + self._share, "latest": latest}
        with self._database.read() as connection:  # a flood of refused requests writes nothing
            row = connection.execute(_READ, {"bucket": bucket}).fetchone()
        if row is None or int(row["full_at"]) <= latest:
            with self._database.write_row(lasting=False) as connection:
                if connection.execute(_TAKE, values).fetchone() is not None:
                    return
                row = connection.execute(_READ, {"bucket": bucket}).fetchone()
        wait = (int(row["full_at"]) - latest) / _SECOND
        raise _too_soon(self._per_second, max(wait, 0.001))


def _too_soon(per_second: float, wait: float) -> Problem:
    seconds = math.ceil(wait)
    return Problem(
        429,
        f"Rate limit exceeded: {per_second:g} files per second. Send it again in {seconds} s.",
        {"Retry-After": str(seconds), "retry-after-ms": str(math.ceil(wait * 1000))},  # the SDKs know both
    )
