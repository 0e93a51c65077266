"""uvicorn's HTTP protocol, with an end to what a caller may draw out: heads, trailers, refused bodies, unread answers.

uvicorn closes connections that are idle after an answer, and bounds bodies in flight; the rest it leaves to a proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

__all__ = ["BoundedProtocol"]

_HEAD_BYTES = 1 << 16  # of a request's head, and of trailers, beyond one read; the vendor's SDKs send less than 2 KiB
_HEAD_SECONDS = 30.0  # for a head to be complete, from the connection or from its first byte
_LINGER_SECONDS = 5.0  # that a refused body is read and thrown away: a caller cut off while sending sees no answer
_UNREAD_SECONDS = 60.0  # that an answer may wait for its reader


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    Attributes:
        head_seconds: For a head to be complete.
        linger_seconds: That a refused body is read.
        unread_seconds: That an answer may wait for its reader.
    """

    head_seconds = _HEAD_SECONDS
    linger_seconds = _LINGER_SECONDS
    unread_seconds = _UNREAD_SECONDS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._coming: asyncio.TimerHandle | None = None  # ends a head, or a refused body
        self._going: asyncio.TimerHandle | None = None  # ends an answer that is not read
        self._aside = 0  # bytes since anything was complete or part of a body
        self._has_body = False  # the body of a request is coming

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._forget_coming()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._aside += len(data)
        super().data_received(data)
        if self._aside > _HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().pause_writing()
        if self._going is None:
            self._going = self.loop.call_later(self.unread_seconds, self._abandon)

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        if self._going is not None:
            self._going.cancel()
            self._going = None
        super().resume_writing()

    # ------------------------------------------------------------------------------------- what is parsed
    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """A head."""
        self._forget_coming()
        self._aside = 0
        self._has_body = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        self._aside = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A whole request."""
        self._aside = 0
        self._has_body = False
        if self.cycle is not None and self.cycle.response_complete:
            self._forget_coming()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """A whole answer; the request may still be coming."""
        super().on_response_complete()
        if self._has_body and not self.transport.is_closing():
            self._forget_coming()
            self._coming = self.loop.call_later(self.linger_seconds, self.transport.close)

    # --------------------------------------------------------------------------------------------- parts
    def _await_head(self) -> None:
        self._forget_coming()
        self._coming = self.loop.call_later(self.head_seconds, self._give_up)

    def _give_up(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:  # of the request before, sent ahead of its time
            self._await_head()
        else:
            self.transport.close()

    def _abandon(self) -> None:
        if self.cycle is not None:
            self.cycle.disconnected = True  # before the answer is written to what is closed
        self.transport.abort()

    def _forget_coming(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
            self._coming = None
