"""Between steps and httpx: how a `Send` becomes a request, and how much of an answer is read."""

from __future__ import annotations

import hashlib
import urllib.request
from typing import TYPE_CHECKING, Any

import httpx

from ._multipart import MultipartStream

if TYPE_CHECKING:
    from ._settings import Settings
    from ._steps import Digest, Send

__all__ = [
    "LIMITS",
    "adigest",
    "areceive",
    "client_options",
    "digest",
    "environment_names_a_proxy",
    "receive",
    "to_request",
]

_ERROR_READ = 64 * 1024  # bytes of an answer that is no success; errors keep less
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=30.0)


def client_options(settings: Settings) -> dict[str, Any]:
    """For an `httpx.Client` of our own: connections outlive the longest pause between two questions."""
    return {"timeout": settings.timeouts(None), "limits": LIMITS, "follow_redirects": False}


def environment_names_a_proxy() -> bool:
    """Whether the environment, or the system, names a proxy for any address; where httpx looks too."""
    return not {"http", "https", "all"}.isdisjoint(urllib.request.getproxies())


def to_request(http: httpx.Client | httpx.AsyncClient, step: Send, settings: Settings) -> httpx.Request:
    """The request of a step, with what the user's client adds to each of its requests."""
    headers = settings.headers()
    if step.key is not None:
        headers["Idempotency-Key"] = step.key
    url, timeout = settings.base_url + step.path, settings.timeouts(step.timeout)
    params = dict(step.params) or None
    if step.upload is None:
        return http.build_request(step.method, url, params=params, json=step.json, headers=headers, timeout=timeout)
    stream = MultipartStream(step.upload)
    merged = httpx.Headers(http.headers)
    # httpx leaves this header to whoever gives a stream.
    merged.update({"Host": httpx.URL(url).netloc.decode("ascii"), **headers, **stream.headers})
    return httpx.Request(
        step.method,
        url,
        params=params,
        headers=merged,
        cookies=http.cookies,
        stream=stream,
        extensions={"timeout": timeout.as_dict()},
    )


def receive(http: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Send and read; of an answer that is no success only the beginning."""
    response = http.send(request, stream=True, follow_redirects=False)
    try:
        if response.is_success:
            response.read()
            return response
        beginning = bytearray()
        for block in response.iter_bytes():
            beginning += block
            if len(beginning) > _ERROR_READ:
                break
        return _shortened(response, bytes(beginning[:_ERROR_READ]))
    finally:
        response.close()


async def areceive(http: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """As `receive`, under an event loop."""
    response = await http.send(request, stream=True, follow_redirects=False)
    try:
        if response.is_success:
            await response.aread()
            return response
        beginning = bytearray()
        async for block in response.aiter_bytes():
            beginning += block
            if len(beginning) > _ERROR_READ:
                break
        return _shortened(response, bytes(beginning[:_ERROR_READ]))
    finally:
        await response.aclose()


def digest(http: httpx.Client, step: Digest, settings: Settings) -> str | None:
    """What a `Digest` asks for."""
    read = _Reading(step.size)
    try:
        response = http.send(_bare_request(step, settings), stream=True, auth=None, follow_redirects=False)
        try:
            for block in response.iter_bytes() if response.is_success else ():
                if read.is_full_with(block):
                    break
        finally:
            response.close()
    except (httpx.RequestError, httpx.InvalidURL):
        return None
    return read.sha256.hexdigest() if response.is_success else None


async def adigest(http: httpx.AsyncClient, step: Digest, settings: Settings) -> str | None:
    """As `digest`, under an event loop."""
    read = _Reading(step.size)
    try:
        response = await http.send(_bare_request(step, settings), stream=True, auth=None, follow_redirects=False)
        try:
            if response.is_success:
                async for block in response.aiter_bytes():
                    if read.is_full_with(block):
                        break
        finally:
            await response.aclose()
    except (httpx.RequestError, httpx.InvalidURL):
        return None
    return read.sha256.hexdigest() if response.is_success else None


class _Reading:
    """The beginning of an answer, one byte longer than it should be at most: that is another document's."""

    def __init__(self, size: int) -> None:
        self._left = size + 1
        self.sha256 = hashlib.sha256()

    def is_full_with(self, block: bytes) -> bool:
        self.sha256.update(block[: self._left])
        self._left -= len(block)
        return self._left <= 0


def _bare_request(step: Digest, settings: Settings) -> httpx.Request:
    """Without what the user's client adds: a link leads to another host, and what it needs is in it."""
    timeout = settings.timeouts(None).as_dict()
    return httpx.Request("GET", step.url, headers={"Accept-Encoding": "identity"}, extensions={"timeout": timeout})


def _shortened(response: httpx.Response, content: bytes) -> httpx.Response:
    left_out = {"content-encoding", "content-length", "transfer-encoding"}  # these speak of the whole answer
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in left_out]
    return httpx.Response(response.status_code, headers=headers, content=content, request=response.request)
