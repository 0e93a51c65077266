"""Documents from URLs, without lending this machine's place in the network to whoever names one.

A host is resolved once, every address it has must be public, and the connection goes to the address that was looked at:
a name that answers differently the second time gains nothing. The same holds for each redirect.
"""

from __future__ import annotations

import hashlib
import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
import httpx

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["Fetcher"]

_REDIRECTS = 5
_SECONDS = 60.0  # for a whole document, redirects and all
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address within
_PORTS = {"http": 80, "https": 443}


class _RefusedError(Exception):
    """The message says why, for the task."""


@dataclass(frozen=True)
class Fetcher:
    """Fetches documents for tasks.

    Attributes:
        allow_hosts: Names and addresses that may be fetched from although they are not public.
        max_bytes: The most that is read.
        seconds: The most that it takes.
    """

    allow_hosts: Collection[str]
    max_bytes: int
    seconds: float = _SECONDS

    def __call__(self, url: str, target: Path) -> tuple[str | None, str | None]:
        """Write what is at `url` to `target`; its sha256, or why it was not fetched. Not for an event loop's thread."""
        return anyio.run(self._fetch, url, target)

    async def _fetch(self, url: str, target: Path) -> tuple[str | None, str | None]:
        try:
            with anyio.fail_after(self.seconds):
                return await self._follow(httpx.URL(url), target), None
        except _RefusedError as error:
            return None, f"Failed to fetch the file: {error}"
        except TimeoutError:
            return None, f"Failed to fetch the file: it took longer than {self.seconds:g} seconds."
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return None, f"Failed to fetch the file: {type(error).__name__}."

    async def _follow(self, url: httpx.URL, target: Path) -> str:
        # No proxy of the environment: it would resolve the name again, and reach what this must not.
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=self.seconds) as client:
            for _ in range(_REDIRECTS + 1):
                request = await self._request(client, url)
                response = await client.send(request, stream=True)
                try:
                    if response.has_redirect_location:
                        url = url.join(response.headers["location"])
                        continue
                    if response.status_code != httpx.codes.OK:
                        raise _RefusedError(f"the host answered {response.status_code}.")
                    return await self._write(response, target)
                finally:
                    await response.aclose()
        raise _RefusedError(f"there were more than {_REDIRECTS} redirects.")

    async def _request(self, client: httpx.AsyncClient, url: httpx.URL) -> httpx.Request:
        if url.scheme not in _PORTS or not url.host:
            raise _RefusedError("only http:// and https:// URLs are fetched.")
        address = await self._address(url.host, url.port or _PORTS[url.scheme])
        headers = {"Host": url.netloc.decode("ascii"), "Accept": "*/*", "Accept-Encoding": "identity"}
        request = client.build_request("GET", url.copy_with(host=address), headers=headers)
        request.extensions["sni_hostname"] = url.raw_host.decode("ascii")
        return request

    async def _address(self, host: str, port: int) -> str:
        """The address to connect to: the first, after all were looked at."""
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
        if host.casefold().strip("[]") not in {allowed.casefold().strip("[]") for allowed in self.allow_hosts}:
            for address in addresses:
                if not _is_public(address):
                    raise _RefusedError(
                        f"the host {host} is not on the public network. Upload the file, or let the operator allow it."
                    )
        return addresses[0]

    async def _write(self, response: httpx.Response, target: Path) -> str:
        counted, hashed = 0, hashlib.sha256()
        async with await anyio.open_file(target, "wb") as stream:
            async for piece in response.aiter_raw():
                counted += len(piece)
                if counted > self.max_bytes:
                    raise _RefusedError(f"it has more than {self.max_bytes:,} bytes.")
                hashed.update(piece)
                await stream.write(piece)
        return hashed.hexdigest()


def _is_public(text: str) -> bool:
    """Whether an address is one of the public internet, also when an IPv4 address hides in an IPv6 one."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None and not _is_public(str(inner)):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not address.is_multicast and not address.is_reserved
