"""Who may come in: keys, and what stands in for them on a server without keys."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from chunkr_integrations.server._problems import unauthorized

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["ANYONE", "SHOWN", "Keys", "LocalOnly", "check_key", "check_keys"]

ANYONE = ""  # the owner of everything on a server without keys
SHOWN = 8  # characters of an owner in the log: tells callers apart, and is no way back to a key
_BEARER = "bearer "


class Keys:
    """Which keys are let in, and whose tasks and files each one sees. The keys themselves are not kept.

    Args:
        keys: Empty lets everyone in. A mapping names the holder of each key: keys of one holder see the same tasks and
            files, so that one can take the place of another. A key without a holder is its own.
        salt: Of this data folder; the owners written there are slow hashes, from which no key can be guessed cheaply.
    """

    def __init__(self, keys: Collection[str], salt: str) -> None:
        check_keys(keys)
        holders = keys if isinstance(keys, Mapping) else {}
        self._owners = {
            _digest(key.strip()): _owner(f"\0{holder}" if (holder := holders.get(key)) else key.strip(), salt)
            for key in keys
        }
        self.shown = tuple(owner[:SHOWN] for owner in self._owners.values())

    def owner(self, header: str | None) -> str:
        """Who sends this `Authorization` header.

        The vendor's value is the bare key; "Bearer " before it is tolerated.

        Raises:
            Problem: 401.
        """
        if not self._owners:
            return ANYONE
        if not header:
            raise unauthorized("Authorization header is missing")
        given, found = _digest(_bare(header)), None
        for digest, owner in self._owners.items():  # all of them, so that the time taken tells nothing
            if hmac.compare_digest(digest, given):
                found = owner
        if found is None:
            raise unauthorized("Invalid or inactive API key")
        return found


def check_key(header: str | None, key: str) -> None:
    """Raise `Problem` 401 unless this `Authorization` header has that key, bare or as a bearer's."""
    if not header:
        raise unauthorized("Authorization header is missing")
    if not hmac.compare_digest(_digest(_bare(header)), _digest(key.strip())):
        raise unauthorized("Invalid or inactive API key")


def _bare(header: str) -> str:
    key = header.strip()
    return key[len(_BEARER) :].strip() if key.casefold().startswith(_BEARER) else key


def check_keys(keys: Collection[str]) -> None:
    """Raise ValueError when a key cannot be sent in a header. The message does not repeat it."""
    if any(not key.strip() or not key.isascii() or not key.isprintable() for key in keys):
        raise ValueError("A key is empty or has characters that no HTTP header can carry. Use letters and digits.")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def _owner(secret: str, salt: str) -> str:
    return hashlib.scrypt(secret.encode(), salt=salt.encode(), n=1 << 13, r=8, p=1, dklen=16).hex()


class LocalOnly:
    """Keeps web pages away from a server without keys, which any browser on its machine can reach.

    A page of another origin shows itself by its `Origin`; one whose name was bound to a loopback address shows itself
    by the `Host` it asks for.

    Args:
        app: What to protect.
        hosts: Names the server is asked for by; empty does not check them.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(host.casefold() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host = headers.get("host", "").casefold()
            origin = headers.get("origin", "").casefold()
            if self._hosts and _without_port(host) not in self._hosts:
                refusal = "This server has no keys and does not answer to that host name. Start it with keys."
            elif origin and origin.partition("://")[2] != host:
                refusal = "This server has no keys and does not answer web pages. Start it with keys."
            else:
                refusal = ""
            if refusal:
                await PlainTextResponse(refusal, 401)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
