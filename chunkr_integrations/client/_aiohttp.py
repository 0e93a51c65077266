"""httpx requests over aiohttp's connections: a small request costs a tenth of the processor time there."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
import httpx
from yarl import URL

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator

__all__ = ["AiohttpTransport"]

# aiohttp bounds the time until an answer comes, not the time that writing takes. Up to here nothing waits for writing:
# the event loop takes 64 KiB at once, and the head of a request has room beside this.
_WRITTEN_AT_ONCE = 48 * 1024  # bytes of a body
_LONGEST_LINE = 64 * 1024  # bytes of a header; h11 takes them too

# The first that fits. What is none of the first two may have reached the server, and is no error of connecting:
# the retry policy goes by it.
_ERRORS: tuple[tuple[type[Exception], type[httpx.RequestError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (asyncio.TimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientOSError, httpx.ReadError),
    (aiohttp.ClientError, httpx.RemoteProtocolError),  # disconnected, cut short, or no HTTP
    (OSError, httpx.ReadError),
)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends small requests with aiohttp, and those that take time to write with httpx; for one asyncio event loop.

    Names no proxy and follows no redirect; certificates are found as httpx finds them (`SSL_CERT_FILE`).
    """

    def __init__(self, limits: httpx.Limits) -> None:
        self._limits = limits
        self._context: ssl.SSLContext | None = None
        self._session: aiohttp.ClientSession | None = None
        self._large: httpx.AsyncHTTPTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send; errors are httpx's, told apart by whether the server can have seen the request."""
        content = _content(request)
        if content is None or len(content) > _WRITTEN_AT_ONCE:
            return await self._for_large().handle_async_request(request)
        limits = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(sock_connect=limits.get("connect"), sock_read=limits.get("read"))
        with _as_httpx_errors(request):
            response = await self._for_small(request.url.scheme).request(
                request.method,
                URL(str(request.url), encoded=True),  # as it is: "%2E%2E" must not become ".."
                data=content or None,
                headers=[(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw],
                allow_redirects=False,
                timeout=timeout,
            )
        extensions = {"http_version": b"HTTP/1.1", "reason_phrase": (response.reason or "").encode("ascii", "replace")}
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=_Stream(response, request),
            request=request,
            extensions=extensions,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
        if self._large is not None:
            await self._large.aclose()

    def _for_small(self, scheme: str) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._limits.max_connections or 0,
                    keepalive_timeout=self._limits.keepalive_expiry or 0.0,
                    ssl=self._certificates() if scheme == "https" else True,
                ),
                auto_decompress=False,  # httpx does
                cookie_jar=aiohttp.DummyCookieJar(),  # httpx has one
                max_line_size=_LONGEST_LINE,
                max_field_size=_LONGEST_LINE,
            )
        return self._session

    def _for_large(self) -> httpx.AsyncHTTPTransport:
        if self._large is None:
            self._large = httpx.AsyncHTTPTransport(verify=self._certificates(), limits=self._limits)
        return self._large

    def _certificates(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = httpx.create_ssl_context()
        return self._context

    def __del__(self) -> None:
        # A client that nobody closed, perhaps of an event loop that is gone. httpx says nothing then; aiohttp would
        # have the loop log an error. A finaliser cannot wait, but the first step of closing is what lets go.
        if self._session is not None and self._session.connector is not None:
            connector = self._session.connector
            self._session.detach()
            with contextlib.suppress(StopIteration, RuntimeError):
                next(connector.close().__await__())


class _Stream(httpx.AsyncByteStream):
    def __init__(self, response: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx_errors(self._request):
            async for block in self._response.content.iter_any():
                yield block

    async def aclose(self) -> None:
        self._response.release()  # a connection with something left to read is closed


@contextlib.contextmanager
def _as_httpx_errors(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as exc:
        kind = next(theirs for ours, theirs in _ERRORS if isinstance(exc, ours))
        raise kind(str(exc), request=request) from exc


def _content(request: httpx.Request) -> bytes | None:
    try:
        return request.content
    except httpx.RequestNotRead:
        return None
