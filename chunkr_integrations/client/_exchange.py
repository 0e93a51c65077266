"""Between steps and httpx: how a `Send` becomes a request, and how much of an answer is read."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING, Any

import httpx

from ._multipart import MultipartStream

if TYPE_CHECKING:
    from ._settings import Settings
    from ._steps import Send

__all__ = ["LIMITS", "areceive", "client_options", "environment_names_a_proxy", "receive", "to_request"]

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


def _shortened(response: httpx.Response, content: bytes) -> httpx.Response:
    left_out = {"content-encoding", "content-length", "transfer-encoding"}  # these speak of the whole answer
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in left_out]
    return httpx.Response(response.status_code, headers=headers, content=content, request=response.request)
