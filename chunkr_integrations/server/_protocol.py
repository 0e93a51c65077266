"""uvicorn's HTTP protocol, which waits for ever for a request that does not come, with an end to that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

__all__ = ["PatientProtocol"]

_HEAD_SECONDS = 30.0  # from the connection, or the first byte of a further request, to the end of the headers
_HEAD_BYTES = 1 << 16


class PatientProtocol(HttpToolsProtocol):
    """Closes connections whose request line and headers take too long or are too long.

    What happens later has ends of its own: bodies in the application, idle connections in uvicorn.
    """

    head_seconds = _HEAD_SECONDS
    _waiting: asyncio.TimerHandle | None = None
    _taken = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """A connection: a request has to come."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """A piece of a request."""
        if self._waiting is not None:
            self._taken += len(data)
        super().data_received(data)
        if self._waiting is not None and self._taken > _HEAD_BYTES:  # and still no end of the headers
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        if self._waiting is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """The headers have come."""
        self._wait_no_more()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._taken = 0
        self._waiting = self.loop.call_later(self.head_seconds, self._give_up)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if not self.transport.is_closing():
            self.transport.close()
