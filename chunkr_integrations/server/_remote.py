"""Documents from URLs, without letting a caller reach what only this machine can.

Every connection, the ones after a redirect included, is made to an address that was just looked up and vetted; the name
is not looked up again in between, so it cannot be rebound. No proxy, cookie or credential of this machine is used.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urljoin, urlsplit

import httpcore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from chunkr_integrations.server.limits import Limits

__all__ = ["FetchError", "Fetched", "Fetcher", "Resolve", "UrlFetcher", "is_public"]

_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_READ_SECONDS = 20.0  # for one piece of an answer
_CONNECT_SECONDS = 10.0
_HEADERS: dict[bytes | str, bytes | str] = {
    "User-Agent": "chunkr-integrations",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
# What `ipaddress` takes for public, in some versions or in all: services of clouds, and a range for local use.
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "64:ff9b:1::/48")))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address within
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


class Resolve(Protocol):
    """Looks up a host's addresses."""

    def __call__(self, host: str, port: int) -> Iterable[str]:
        """The addresses, best first; raises OSError when there are none."""


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
        self._allow_hosts = frozenset(_host(host) for host in allow_hosts)
        self._resolve = resolve or _resolve
        self._clock = clock

    def fetch(self, url: str, write: Callable[[bytes], None]) -> Fetched:
        """See `Fetcher.fetch`."""
        deadline = self._clock() + self._limits.fetch_seconds
        backend = _VettedBackend(self._resolve, self._allow_hosts, lambda: deadline - self._clock())
        try:
            with httpcore.ConnectionPool(network_backend=backend, ssl_context=ssl.create_default_context()) as pool:
                return self._follow(pool, url, write)
        except _RefusedError as error:
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


class _RefusedError(Exception):
    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(host)


class _VettedBackend(httpcore.SyncBackend):
    """Connects to vetted addresses only. TLS still checks the certificate for the name."""

    def __init__(self, resolve: Resolve, allow_hosts: frozenset[str], left: Callable[[], float]) -> None:
        self._resolve = resolve
        self._allow_hosts = allow_hosts
        self._left = left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the interface's; the deadline decides
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - the interface's
    ) -> httpcore.NetworkStream:
        addresses = list(self._resolve(host.strip("[]"), port))
        if _host(host) not in self._allow_hosts and not all(map(is_public, addresses)):
            raise _RefusedError(host)
        failure: Exception = OSError("no address")
        for address in addresses:
            try:
                stream = super().connect_tcp(address, port, _within(self._left, _CONNECT_SECONDS), local_address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:  # noqa: PERF203 - a few addresses
                failure = error
            else:
                return _HurriedStream(stream, self._left)
        raise failure


class _HurriedStream(httpcore.NetworkStream):
    """A connection with one deadline for all it does: an answer that trickles in does not hold a thread."""

    def __init__(self, stream: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the interface's
        return self._stream.read(max_bytes, _within(self._left, _READ_SECONDS))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the interface's
        self._stream.write(buffer, _within(self._left, _READ_SECONDS))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the interface's
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, _within(self._left, _CONNECT_SECONDS))
        return _HurriedStream(inner, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _within(left: Callable[[], float], seconds: float) -> float:
    remaining = left()
    if remaining <= 0:
        raise httpcore.ReadTimeout
    return min(remaining, seconds)


def is_public(address: str) -> bool:
    """Whether an address is one that anybody on the internet can reach: no loopback, private, link-local, metadata."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not any(ip in each for each in _NOT_PUBLIC)


def _host(name: str) -> str:
    return name.strip("[]").casefold().rstrip(".")


def _shown(url: str) -> str:
    """A URL for messages: without its query, which may hold a secret."""
    return url.partition("#")[0].partition("?")[0]


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


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
