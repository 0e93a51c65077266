"""One line for each request, and no exception without an answer."""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from chunkr_integrations.server._faults import is_full, shown_fault
from chunkr_integrations.server._keys import SHOWN
from chunkr_integrations.server._problems import Problem
from chunkr_integrations.server._telemetry import Telemetry

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Answering", "note_caller"]

_access = logging.getLogger("chunkr_integrations.server.access")
_log = logging.getLogger("chunkr_integrations.server")
CALLER = "chunkr_integrations.caller"  # what the log knows of a request, in its scope
_LONGEST = 256  # characters of a path that are looked at
_REMEMBERED = 1024  # paths; a task that is waited for is asked for again and again
_DEEPEST = 5  # parts of our longest path, the empty one before it included
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_FAULT = (500, "Internal server error. The server's log says more.")
_FULL = (503, "The server has no space left to take it. Send it again later.")
_HEX = frozenset("0123456789abcdefABCDEF-")
_WORDS = frozenset(
    (
        *("api", "v1", "tasks", "files", "extract", "parse", "cancel", "url", "content", "links"),
        *("health", "metrics", "file-types", "docs", "openapi.json"),
    )
)


class BrokenOffError(Exception):
    """An answer ended before its end, which only closing the connection can say; the log says why."""


class Answering:
    """Turns problems into the plain text of the contract, and tells the log what was asked and answered.

    Neither keys nor queries (links carry their permission there) nor bodies reach the log. `key` is the beginning of
    what stands for the caller's key in the database, "-" where none was recognised.

    Args:
        app: What answers.
        telemetry: What else is told.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry | None = None) -> None:
        self._app = app
        self._telemetry = telemetry or Telemetry()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        noted = scope[CALLER] = {"status": 0, "key": "-"}
        method = scope["method"] if scope["method"] in _METHODS else "?"
        path = scope["path"][:_LONGEST]
        route = _route(path)
        began = time.perf_counter()
        with self._telemetry.request_span(method, Headers(scope=scope)) as answered:
            try:
                await self._answer(noted, scope, receive, send)
            finally:
                seconds = time.perf_counter() - began
                answered(route, noted["status"])
                self._telemetry.request(method, route, noted["status"], seconds)
                line = "method=%s path=%s status=%d key=%s ms=%.1f"
                _access.info(line, method, _shown(path), noted["status"], noted["key"], 1000 * seconds)

    async def _answer(self, noted: dict[str, Any], scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                noted["status"] = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Problem as problem:
            await PlainTextResponse(problem.text, problem.status, problem.headers)(scope, receive, noting)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer
            _log.error("path=%s could not be answered: %s", _shown(scope["path"][:_LONGEST]), shown_fault(error))
            if noted["status"]:  # too late for another answer
                raise BrokenOffError from None
            status, text = _FULL if is_full(error) else _FAULT
            await PlainTextResponse(text, status)(scope, receive, noting)


def note_caller(scope: Scope, owner: str) -> None:
    """Let the log say whose request this is."""
    if CALLER in scope:
        scope[CALLER]["key"] = owner[:SHOWN] or "-"


@lru_cache(_REMEMBERED)
def _shown(path: str) -> str:
    """A path with ids as they are, and anything that is neither an id nor one of our words left out."""
    parts = path.split("/")
    return "/".join(part if part in _WORDS or _HEX.issuperset(part) else "?" for part in parts)


@lru_cache(_REMEMBERED)
def _route(path: str) -> str:
    """A path of our words only, without the prefix: one of few, whatever is asked for."""
    parts = path.removeprefix("/api/v1").split("/")[:_DEEPEST]
    return "/".join(part if part in _WORDS or not part else "{id}" for part in parts)
