"""Who asks: keys, of which only hashes are kept, and signed links, which let one thing be read for a while."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING

from ._refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["Keys", "Signer"]

_BEARER = "bearer "


class Keys:
    """The keys that are let in; without any, everyone is."""

    def __init__(self, keys: Collection[str]) -> None:
        if isinstance(keys, str):
            raise TypeError("keys is one string; give a list of keys.")
        if any(not key or key != key.strip() for key in keys):
            raise ValueError("A key is empty or has spaces around it. Leave it out, or strip it.")
        self._hashes = tuple(_hash(key) for key in keys)

    def owner(self, authorization: str | None) -> str:
        """Whose tasks and files are meant: the key's hash; empty where no key is asked.

        The header is the bare key, as the vendor's clients send it; `Bearer ` before it is taken off.
        """
        if not self._hashes:
            return ""
        if not authorization:
            raise Refused(401, "Authorization header is missing")
        given = authorization.strip()
        if given[: len(_BEARER)].casefold() == _BEARER:
            given = given[len(_BEARER) :].strip()
        found, hashed = "", _hash(given)
        for known in self._hashes:  # all of them, so that the time says nothing
            if hmac.compare_digest(known, hashed):
                found = known
        if not found:
            raise Refused(401, "Invalid or inactive API key")
        return found


class Signer:
    """Makes and checks the query of links that need no key."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode("ascii")

    def sign(self, owner: str, path: str, *, seconds: int) -> dict[str, str]:
        """Parameters that let `path` be read for so long."""
        expires = str(int(time.time()) + seconds)
        return {"owner": owner, "expires": expires, "signature": self._signature(owner, path, expires)}

    def owner(self, path: str, query: Mapping[str, str]) -> str | None:
        """Whose link it is; None when it is no link, or one that has run out."""
        owner, expires, signature = (query.get(name, "") for name in ("owner", "expires", "signature"))
        if not signature.isascii() or not expires.isascii() or not expires.isdigit() or not owner.isascii():
            return None
        is_right = hmac.compare_digest(signature, self._signature(owner, path, expires))
        return owner if is_right and int(expires[:15]) > time.time() else None

    def _signature(self, owner: str, path: str, expires: str) -> str:
        return hmac.new(self._secret, f"{owner}\n{path}\n{expires}".encode(), hashlib.sha256).hexdigest()


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
