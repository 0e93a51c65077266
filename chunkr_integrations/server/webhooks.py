"""Where events are sent to, and how they are signed.

The payload and the headers are the vendor's, who delivers through Svix: its signing scheme is that of Standard
Webhooks, and the `svix-*` and `webhook-*` headers mean the same. Both are sent, because the vendor's sample reads the
former and its SDK's `webhooks.unwrap` the latter.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Webhook", "signed_headers"]

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # bytes of a secret (Standard Webhooks, "Signature scheme")
_SEPARATE = frozenset("\r\n\t ")


@dataclass(frozen=True)
class Webhook:
    """An endpoint that is told of every change of a task's state.

    Attributes:
        url: `https://…`, or `http://…` where that is meant. The host may be an address that is not public when it is
            written as an address or `localhost`; a name that leads to one needs `allow_private`.
        secrets: `whsec_…` each. The first is the current one; while the receiver still has an older one, give that
            too: events are signed with all of them.
        allow_private: Whether the host's name may lead to an address that is not public.

    Raises:
        ValueError: The URL or a secret cannot be used. The message repeats neither.
    """

    url: str = field(repr=False)
    secrets: Sequence[str] = field(repr=False)
    allow_private: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.secrets, str):  # which is a sequence too: of its letters
            object.__setattr__(self, "secrets", (self.secrets,))
        _check_url(self.url)
        if not self.secrets:
            raise ValueError(f"A webhook needs a secret. {_CURE}")
        for secret in self.secrets:
            _key(secret)

    @property
    def endpoint_id(self) -> str:
        """What stands for the URL in the database and the log: a URL may itself be a secret."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:32]

    @property
    def host(self) -> str:
        """The URL's host, for the log."""
        return urlsplit(self.url).hostname or ""


_CURE = "Make one with: echo whsec_$(openssl rand -base64 24)"


def signed_headers(message_id: str, seconds: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of one delivery.

    Args:
        message_id: The same for every delivery of one event.
        seconds: The time of this delivery, since 1970.
        body: As it is sent.
        secrets: One signature is made with each.
    """
    content = f"{message_id}.{seconds}.".encode() + body
    signatures = (hmac.new(_key(secret), content, hashlib.sha256).digest() for secret in secrets)
    said = {
        "id": message_id,
        "timestamp": str(seconds),
        "signature": " ".join(f"v1,{base64.b64encode(signature).decode()}" for signature in signatures),
    }
    return {f"{scheme}-{name}": value for scheme in ("svix", "webhook") for name, value in said.items()}


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(f"A webhook secret is whsec_ and the base64 of {_SHORTEST} to {_LONGEST} bytes. {_CURE}")
    return key


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        plain = parts.username is None and parts.password is None and not parts.fragment
    except ValueError:
        fits = plain = False
    if not fits or not plain or not url.isascii() or _SEPARATE & set(url):
        raise ValueError(
            "A webhook URL is an http(s) URL of ASCII characters, without credentials and fragment. "
            "Put a token for the receiver into the path or the query."
        )
