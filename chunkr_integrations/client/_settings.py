"""What a client was told: arguments first, then the environment."""

from __future__ import annotations

import math
import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import SecretStr

from chunkr_integrations.exceptions import ConfigurationError

from ._polling import EMBEDDED, Polling

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "to_settings"]

VERSION = version("chunkr-integrations")

HOSTED_URL = "https://api.chunkr.ai"  # OpenAPI 2.62.0, servers
EMBEDDED_URL = "http://embedded"  # a name for errors and logs; nothing resolves or connects to it

# The service fails a task an hour after its processing began (docs "limits"); five minutes more for the queue.
DEFAULT_TIMEOUT = 3900.0
DEFAULT_REQUEST_TIMEOUT = 60.0
CONNECT_TIMEOUT = 10.0
DEFAULT_RATE_LIMIT = 10.0  # docs "limits": 10 files per second


@dataclass(frozen=True)
class Settings:
    """Everything a client needs to know; holds no connection.

    Attributes:
        base_url: Without a slash at the end.
        api_key: None sends no Authorization header.
        embedded: Whether the embedded engine answers.
        timeout: Seconds to wait for a task, in all.
        request_timeout: Seconds for one request to bring an answer.
        max_retries: How often a request is sent again; the policy's table multiplies it.
        rate_limit: Creates per second; None: no limit.
        max_concurrency: Extractions at a time in all `extract_many` of the client together.
    """

    base_url: str
    api_key: SecretStr | None = field(default=None, repr=False)
    embedded: bool = False
    timeout: float = DEFAULT_TIMEOUT
    request_timeout: float = DEFAULT_REQUEST_TIMEOUT
    max_retries: int = 5
    polling: Polling = field(default_factory=Polling)
    rate_limit: float | None = DEFAULT_RATE_LIMIT
    max_concurrency: int = 16

    def headers(self) -> dict[str, str]:
        """The headers of every request; the key goes as it is, without "Bearer" (OpenAPI 2.62.0, api_key)."""
        headers = {"User-Agent": _USER_AGENT, "Accept": "application/json, */*;q=0.5"}
        if self.api_key is not None:
            headers["Authorization"] = self.api_key.get_secret_value()
        return headers

    def timeouts(self, limit: float | None) -> httpx.Timeout:
        """Time-outs of one request that has `limit` seconds left."""
        seconds = self.request_timeout if limit is None else max(min(self.request_timeout, limit), 0.001)
        return httpx.Timeout(seconds, connect=min(CONNECT_TIMEOUT, seconds), pool=None)


_USER_AGENT = f"chunkr-integrations/{VERSION} python/{platform.python_version()}"


def to_settings(
    *,
    api_key: str | SecretStr | None,
    base_url: str | httpx.URL | None,
    engine: Any,
    http: httpx.Client | httpx.AsyncClient | None,
    timeout: float | None,
    request_timeout: float | None,
    max_retries: int | None,
    polling: Polling | None,
    rate_limit: float | None,
    max_concurrency: int | None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Put arguments, environment and defaults together.

    Raises:
        ConfigurationError: They contradict each other.
    """
    url, key = _who_answers(api_key, base_url, engine, http, environment)
    embedded = url is None
    return Settings(
        base_url=EMBEDDED_URL if url is None else _checked_url(url),
        api_key=key,
        embedded=embedded,
        timeout=_seconds("timeout", timeout, DEFAULT_TIMEOUT),
        request_timeout=_seconds("request_timeout", request_timeout, DEFAULT_REQUEST_TIMEOUT),
        max_retries=_count("max_retries", max_retries, 5, least=0),
        polling=polling or (EMBEDDED if embedded else Polling()),
        rate_limit=_rate(rate_limit, embedded=embedded),
        max_concurrency=_count("max_concurrency", max_concurrency, 16, least=1),
    )


def _who_answers(
    api_key: str | SecretStr | None,
    base_url: str | httpx.URL | None,
    engine: Any,
    http: httpx.Client | httpx.AsyncClient | None,
    environment: Mapping[str, str],
) -> tuple[str | None, SecretStr | None]:
    """The URL and the key; no URL: the embedded engine."""
    if engine is not None:
        if api_key is not None or base_url is not None or http is not None:
            msg = "engine= answers in this process and goes with none of api_key=, base_url= and http=. Drop one side."
            raise ConfigurationError(msg)
        return None, None
    key = _checked_key(api_key, "api_key") or _checked_key(environment.get("CHUNKR_API_KEY") or None, "CHUNKR_API_KEY")
    url = str(base_url) if base_url is not None else environment.get("CHUNKR_BASE_URL") or None
    if url is None and http is not None and str(http.base_url):
        url = str(http.base_url)
    if url is None and key is not None:
        url = HOSTED_URL
    if url is None and http is not None:
        msg = "http= sends to a server, and none is named. Give base_url= or api_key= too."
        raise ConfigurationError(msg)
    return url, key


def _checked_key(key: str | SecretStr | None, called: str) -> SecretStr | None:
    """The key, fit for a header; the error does not show it, and neither will the HTTP library's."""
    if key is None:
        return None
    text = (key.get_secret_value() if isinstance(key, SecretStr) else key).strip()
    if not text or not text.isascii() or not text.isprintable():
        msg = f"{called} is empty or holds characters that no key has. Give the key as it was issued, or None for none."
        raise ConfigurationError(msg)
    return SecretStr(text)


def _checked_url(value: str) -> str:
    try:
        url = httpx.URL(value.strip())
    except httpx.InvalidURL as exc:
        msg = f"base_url {value!r} is no URL ({exc}). Give it as https://host or http://host:port."
        raise ConfigurationError(msg) from exc
    if url.scheme not in {"http", "https"} or not url.host or url.query or url.fragment:
        msg = f"base_url {value.partition('?')[0]!r} is no address of a server. Give it as https://host or http://host:port."
        raise ConfigurationError(msg)
    return str(url).rstrip("/")


def _seconds(name: str, value: float | None, default: float) -> float:
    if value is None:
        return default
    if not value > 0:
        msg = f"{name}={value!r}: give seconds, more than 0."
        raise ConfigurationError(msg)
    return float(value)


def _rate(value: float | None, *, embedded: bool) -> float | None:
    if value == math.inf or (value is None and embedded):
        return None
    return DEFAULT_RATE_LIMIT if value is None else value


def _count(name: str, value: int | None, default: int, *, least: int) -> int:
    if value is None:
        return default
    if value < least:
        msg = f"{name}={value!r}: give a number of at least {least}."
        raise ConfigurationError(msg)
    return value
