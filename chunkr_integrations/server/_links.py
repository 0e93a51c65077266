"""Links that carry their own permission, as the vendor's presigned URLs do: for a while, for one content."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING

from chunkr_integrations.server._problems import unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Links"]


class Links:
    """Makes links and checks them.

    Args:
        secret: Known to this data folder only.
        clock: Seconds since 1970.
    """

    def __init__(self, secret: str, *, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret.encode()
        self._clock = clock

    def path(self, kind: str, name: str, seconds: int) -> str:
        """The path and query of a link to a content: "tasks" and "files", and pictures: "pages" and "segments"."""
        until = int(self._clock()) + seconds
        return f"/links/{kind}/{name}?until={until}&signature={self._sign(kind, name, until)}"

    def check(self, kind: str, name: str, until: str, signature: str) -> None:
        """Raise `Problem` 401 unless this is one of our links, and its time has not run out."""
        expected = self._sign(kind, name, int(until)) if until.isascii() and until.isdigit() and len(until) < 16 else ""  # noqa: PLR2004 - no time has more digits
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) or not expected:
            raise unauthorized("This link is not valid")
        if int(until) < self._clock():
            raise unauthorized("This link has expired")

    def _sign(self, kind: str, name: str, until: int) -> str:
        return hmac.new(self._secret, f"{kind}/{name}/{until}".encode(), hashlib.sha256).hexdigest()
