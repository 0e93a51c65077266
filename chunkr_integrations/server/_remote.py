"""Documents from URLs, without letting a caller reach what only this machine can.

Connections are vetted, those after a redirect included. No proxy, cookie or credential of this machine is used.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urljoin, urlsplit

import httpcore

from chunkr_integrations.server._connections import RefusedError, VettedBackend, plain_host, resolve_host

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from chunkr_integrations.server._connections import Resolve
    from chunkr_integrations.server.limits import Limits

__all__ = ["FetchError", "Fetched", "Fetcher", "UrlFetcher"]

_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS: dict[bytes | str, bytes | str] = {
    "User-Agent": "chunkr-integrations",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_ASCII = "".join(map(chr, range(33, 127)))


class FetchError(Exception):
    """The document could not be fetched; the message is for the task and says what to do."""


@dataclass(frozen=True)
class Fetched:
    """What came with a document, as the other server says it."""

    file_name: str | None
    mime_type: str | None


class Fetcher(Protocol):
    """Gets documents."""

    def fetch(self, url: str, write: Callable[[bytes], None]) -> Fetched:
        """Hand the document at `url` to `write`, piece by piece.

        Raises:
            FetchError: It cannot be had, or may not.
        """


class UrlFetcher:
    """Fetches over HTTP and HTTPS.

    Args:
        limits: Bytes, seconds and redirects of one document.
        allow_hosts: Names and addresses that may be reached although they are not public.
        resolve: Looks up names.
        clock: Seconds from any start.
    """

    def __init__(
        self,
        limits: Limits,
        allow_hosts: Collection[str] = (),
        *,
        resolve: Resolve | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._allow_hosts = frozenset(plain_host(host) for host in allow_hosts)
        self._resolve = resolve or resolve_host
        self._clock = clock

    def fetch(self, url: str, write: Callable[[bytes], None]) -> Fetched:
        """See `Fetcher.fetch`."""
        deadline = self._clock() + self._limits.fetch_seconds
        backend = VettedBackend(self._resolve, self._allow_hosts, lambda: deadline - self._clock())
        try:
            with httpcore.ConnectionPool(network_backend=backend, ssl_context=ssl.create_default_context()) as pool:
                return self._follow(pool, url, write)
        except RefusedError as error:
            raise FetchError(
                f"{_shown(url)}: {error.host} is not on the public internet. "
                "Upload the file instead, or let the server's operator allow the host."
            ) from None
        except httpcore.TimeoutException:
            raise FetchError(
                f"{_shown(url)}: it did not come within {self._limits.fetch_seconds:g} seconds. Upload it instead."
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, UnicodeError) as error:
            raise FetchError(
                f"{_shown(url)}: it could not be fetched ({type(error).__name__}). Check the URL, or upload the file."
            ) from None

    def _follow(self, pool: httpcore.ConnectionPool, url: str, write: Callable[[bytes], None]) -> Fetched:
        first = _shown(url)
        for _ in range(self._limits.fetch_redirects + 1):
            with pool.stream("GET", _target(url, first), headers=_HEADERS) as answer:
                if answer.status not in _REDIRECTS:
                    self._copy(answer, first, write)
                    kind = _header(answer, "content-type").partition(";")[0].strip().casefold()
                    return Fetched(_file_name(answer), kind or None)
                url = urljoin(url, _header(answer, "location"))
        raise FetchError(f"{first}: it has more than {self._limits.fetch_redirects} redirects. Use the last URL.")

    def _copy(self, answer: httpcore.Response, shown: str, write: Callable[[bytes], None]) -> None:
        if answer.status != _OK:
            raise FetchError(f"{shown}: the answer was {answer.status}. Check the URL.")
        if _header(answer, "content-encoding").casefold() not in ("", "identity"):
            raise FetchError(f"{shown}: it comes compressed without being asked for so. Upload the file instead.")
        size = 0
        for piece in answer.iter_stream():
            size += len(piece)
            if size > self._limits.fetch_bytes:
                raise FetchError(f"{shown}: it is larger than {self._limits.fetch_bytes:,} bytes. Upload it instead.")
            write(piece)
        if not size:
            raise FetchError(f"{shown}: it is empty. Check the URL.")


def _shown(url: str) -> str:
    """A URL for messages: without its query, which may hold a secret."""
    return url.partition("#")[0].partition("?")[0]


def _target(url: str, shown: str) -> str:
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        plain = False
    if not plain:
        raise FetchError(f"{shown}: it redirects to what cannot be fetched. Use another URL.")
    return _ascii(url.partition("#")[0])


def _ascii(url: str) -> str:
    """A URL as browsers send it: the host in its IDNA form, other characters beyond ASCII escaped."""
    if url.isascii():
        return url
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode("ascii")
    port = f":{parts.port}" if parts.port else ""
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"{parts.scheme}://{host}{port}{quote(rest, safe=_ASCII)}"


def _header(answer: httpcore.Response, name: str) -> str:
    for key, value in answer.headers:
        if key.decode("latin-1").casefold() == name:
            return str(value.decode("latin-1"))
    return ""


def _file_name(answer: httpcore.Response) -> str | None:
    """From `Content-Disposition`, both spellings of RFC 6266."""
    message = Message()
    message["Content-Disposition"] = _header(answer, "content-disposition")
    return message.get_filename()
