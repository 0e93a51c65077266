"""Connections to vetted addresses only, each with one deadline for all that is done on it.

A name is looked up once for each connection, every address is vetted, and the connection is made to the address that
was vetted: the name cannot be rebound in between. Redirects are other connections, and vetted like the first.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any, Protocol

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

__all__ = ["RefusedError", "Resolve", "VettedBackend", "is_public", "plain_host", "resolve_host"]

_READ_SECONDS = 20.0  # for one piece of an answer
_CONNECT_SECONDS = 10.0
# What `ipaddress` takes for public, in some versions or in all: services of clouds, relays, and ranges for local use,
# among them the site-local addresses that IPv6 once had.
_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            *("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24"),
            *("64:ff9b:1::/48", "fec0::/10", "3fff::/20", "5f00::/16"),
        ),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address within


class Resolve(Protocol):
    """Looks up a host's addresses."""

    def __call__(self, host: str, port: int) -> Iterable[str]:
        """The addresses, best first; raises OSError when there are none."""


class RefusedError(Exception):
    """The host has an address that not everybody can reach, and is not allowed by name."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(host)


class VettedBackend(httpcore.SyncBackend):
    """Connects to vetted addresses only. TLS still checks the certificate for the name.

    Args:
        resolve: Looks up names.
        allow_hosts: As `plain_host` spells them; reached although their addresses are not public.
        left: Seconds until all must be done.
    """

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
        if plain_host(host) not in self._allow_hosts and not all(map(is_public, addresses)):
            raise RefusedError(host)
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


def plain_host(name: str) -> str:
    """A host in the one spelling that hosts are compared in."""
    return name.strip("[]").casefold().rstrip(".")


def resolve_host(host: str, port: int) -> list[str]:
    """See `Resolve`: as the system looks it up."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
